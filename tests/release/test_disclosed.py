"""Random plans written in every format for parties and the public: nothing that is withheld is in
any byte of it; documents, which take seconds each, are made of the first and of every fiftieth.
"""

from __future__ import annotations

import getpass
import socket
from itertools import pairwise
from pathlib import Path

import pytest
import shapely
from disclosed import find_places, find_words, make_random
from effort import counts

import corridors as co
from corridors.outputs.files import describe_plan
from corridors.outputs.serialization import render_json
from corridors.release.layers import LAYERS

PLANS = counts(4, 150)
OF_THE_MACHINE = {
    word
    for word in (str(Path.home()), str(Path.cwd()), socket.gethostname(), getpass.getuser())
    if len(word) > 4
} - {"/root"}
"""Shorter words stand in any file, and that one in every PDF."""


def write_all(release, folder, *, papers):
    """Every file that is written of a release."""
    co.write_plan(release, folder / "plan", languages=("en", "ar", "fr"))
    co.write_exports(release, folder, formats=co.EXPORT_FORMATS)
    if papers:
        co.write_print(release, folder)
        for suffix in ("docx", "pdf"):
            co.write_annex(release, folder, format=suffix, languages=("en", "ar"))
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(PLANS))
def test_nothing_that_is_withheld_is_in_any_byte_of_any_file(seed, tmp_path):
    house, words, places = make_random(seed)
    assert find_words(
        render_json(describe_plan(house)).encode(), words
    )  # they can be found where they may stand
    for audience in ("parties", "public"):
        told = co.disclose(house, audience)
        for path in write_all(told, tmp_path / audience, papers=seed % 50 == 0):
            content = path.read_bytes()
            assert find_words(content, {*words, *OF_THE_MACHINE}) == set(), path.name
            assert find_places(content, places) == set(), path.name
            assert audience in path.name
            assert find_words(path.name.encode(), words) == set()


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(PLANS))
def test_each_level_holds_less_of_the_same(seed):
    house, _, _ = make_random(seed)
    levels = [co.disclose(house, audience) for audience in co.AUDIENCES]
    for wide, narrow in pairwise(levels):
        assert narrow.layers.keys() <= wide.layers.keys()
        for name, layer in narrow.layers.items():
            assert set(layer.columns) <= set(wide.layers[name].columns) | (
                {"geometry"} & set(layer.columns)
            )
            assert len(layer) <= len(wide.layers[name])
            if LAYERS[name].geometry and len(layer):
                within = shapely.union_all(wide.layers[name].geometry.to_numpy())
                assert name == "sites" or shapely.covers(
                    shapely.buffer(within, 1e-6), shapely.union_all(layer.geometry.to_numpy())
                )
        assert narrow.counts.items() <= wide.counts.items()
    parties, partners = levels[2].layers["corridors"], levels[1].layers["corridors"]
    assert parties["length_m"].sum() % 1000 == pytest.approx(0)
    assert len(parties) + levels[2].withheld["corridors"] == (partners["rank"] == 1).sum()
    ends = shapely.get_point(parties.geometry.to_numpy(), 0)
    cells = levels[2].layers["sites"].query("role == 'depot'").geometry.to_numpy()
    assert all(min(shapely.distance(cell.boundary, end) for cell in cells) < 1e-6 for end in ends)
    depots = house.layers["sites"].query("role == 'depot'")
    assert all(
        any(shapely.covers(cell, place) for cell in cells)
        for place in shapely.points(depots["snap_lon"], depots["snap_lat"])
    )


@pytest.mark.parametrize(
    "suffix",
    [
        "json",
        "gpkg",
        "html",
        "geojson",
        "kmz",
        "gpx",
        "xlsx",
        "csv",
        "parquet",
        "geojsonl",
        "pdf",
        "docx",
    ],
)
def test_what_is_withheld_would_be_found_in_files_of_that_kind(suffix, tmp_path):
    house, words, places = make_random(3)
    if suffix == "docx":
        co.write_annex(house, tmp_path, audience="internal")
    elif suffix == "pdf":
        co.write_print(house, tmp_path)
    elif suffix in ("json", "html"):
        co.write_plan(house, tmp_path / "plan")
    else:
        co.write_exports(house, tmp_path, formats=[suffix])
    contents = [path.read_bytes() for path in tmp_path.rglob(f"*.{suffix}")]
    assert any(find_words(content, words) for content in contents)
    # the annex and the record name depots, and not their places
    assert suffix in ("docx", "json") or any(find_places(content, places) for content in contents)
