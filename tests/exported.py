"""A release with hostile words in every layer, and what readers make of its files."""

from __future__ import annotations

import math
import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from town import make_situation, spot

import corridors as co
from corridors.outputs.serialization import DECIMALS
from corridors.release.layers import LAYERS
from corridors.situation import Producer, Source

FORMULA, MARKUP, UNSEEN = "=1+1", "</name><script>alert(1)</script>&amp;", "a\x01b\u202ec\ufffe"

EVIL = (FORMULA, MARKUP, UNSEEN)

SECRET = "a source that stays inside"


def make_release(**changes):
    """What is known of the town, with names that would do harm if they were more than names."""
    sites = {
        "depot": ("depot", *spot(1)),
        "clinic": ("destination", *spot(9)),
        "mill": ("destination", *spot(2)),
        "well": ("waypoint", *spot(5)),
    }
    zones = (
        ("Z-1", "no_go", shapely.box(35.1, 33.1, 35.11, 33.11)),
        ("Z-2", "safe_zone", shapely.box(35.015, 33.015, 35.045, 33.025)),
    )
    incidents = (
        ("hit", *spot(2), {"accuracy_m": 50.0, "source": SECRET}),
        ("old", 35.5, 33.4, {"occurred_at": "2026-01-01T00:00Z"}),
    )
    situation = make_situation(
        **{
            "sites": sites,
            "zones": zones,
            "incidents": incidents,
            "bridge": {"4-5": True},
            **changes,
        }
    )
    site_names = pd.Series(
        dict(zip(situation.sites.index, [*EVIL, "x"], strict=False)), dtype="str"
    )
    situation.sites["name"] = site_names.reindex(situation.sites.index).fillna("x").to_numpy()
    situation.zones["name"] = pd.Series(
        EVIL[: len(situation.zones)], index=situation.zones.index, dtype="str"
    )
    sources = (
        Source(
            "roads",
            "roads.pbf",
            "OpenStreetMap PBF",
            attribution="© OpenStreetMap contributors, ODbL 1.0",
        ),
    )
    situation = replace(
        situation,
        sources=sources,
        producer=Producer("Logistics <cell>", "+961 1", {"parties": "Restricted"}),
    )
    rules = co.Rules.from_tables(
        {"disclosure": {"grid_m": 1000}}
    )  # the town is smaller than a cell of the default
    return co.build_release(co.plan_corridors(situation, rules=rules))


def find(folder, what, suffix):
    (path,) = folder.glob(f"{what.replace('_', '-')}_*.{suffix}")
    return path


def flat(layer):
    return layer.reset_index() if layer.index.name else layer


def show(text):
    """A text with what nobody sees spelled out, by the letters of this test alone."""
    return (
        text.replace("\x01", "[U+0001]").replace("\u202e", "[U+202E]").replace("\ufffe", "[U+FFFE]")
    )


def assert_same(expected, back, column):
    """One value of the release, and what a reader made of the file: figures within half of the last
    decimal that is kept."""
    if isinstance(expected, tuple):
        assert list(back) == list(expected), column
    elif (
        expected is None
        or expected is pd.NaT
        or (isinstance(expected, float) and math.isnan(expected))
    ):
        assert back is None or back == "" or pd.isna(back), column
    elif isinstance(expected, pd.Timestamp):
        assert pd.Timestamp(back) == expected, column
    elif isinstance(expected, bool | np.bool_):
        assert back in (expected, str(expected).lower()), column
    elif isinstance(expected, float | int | np.integer):
        within = 0.5 * 10.0 ** -DECIMALS[column] if column in DECIMALS else 0.0
        assert abs(float(back) - float(expected)) <= within + 1e-9 * (within > 0), (
            column,
            back,
            expected,
        )
    else:
        assert (back or "") == expected, column


def assert_rows(layer, rows, *, shown=False):
    """The rows of a layer against dicts by column; with `shown`, texts as people see them."""
    table = flat(layer).drop(columns="geometry", errors="ignore")
    assert len(rows) == len(table)
    for position, (_, expected) in enumerate(table.iterrows()):
        for column in table.columns:
            value = expected[column]
            if shown and isinstance(value, str):
                value = show(value)
            if shown and isinstance(value, tuple):
                value = tuple(map(show, value))
            assert_same(value, rows[position].get(column), column)


def assert_shapes(layer, shapes, within=1e-7):
    """Shapes against those of the release, whichever way their rings run."""
    ours, theirs = (
        shapely.normalize(np.asarray(array, dtype=object))
        for array in (layer.geometry.array, shapes)
    )
    assert shapely.equals_exact(ours, theirs, tolerance=within).all()


def split(text):
    """The entries of a list as text."""
    return [entry.replace("\\;", ";") for entry in re.split(r"(?<!\\);", text)] if text else []


def lists_of(name):
    return [column.name for column in LAYERS[name].columns if column.kind == "list"]


def read_styles(path):
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        return [dict(row) for row in file.execute("SELECT * FROM layer_styles")]
