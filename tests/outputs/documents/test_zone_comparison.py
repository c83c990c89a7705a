"""The comparison of two proposals as a page, a document and shapes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from zone_proposals import box, exact_km2, propose, render_zone_page, write_zones

import corridors as co
from corridors.cli import cli
from corridors.locales import LANGUAGES
from corridors.locales.bidi import isolate_ltr
from corridors.outputs.documents.zone_comparison import ZONE_COMPARISON_FILES
from corridors.review.zone_proposals import PARTS

HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}</script>"


@pytest.fixture
def proposals(tmp_path):
    first = write_zones(
        tmp_path / "a.geojson",
        (box(35.0, 33, 35.2, 33.1), {"zone_id": "N-1", "kind": "safe_zone", "name": HOSTILE}),
    )
    second = write_zones(
        tmp_path / "b.geojson",
        (box(35.1, 33, 35.4, 33.1), {"zone_id": "S-1", "kind": "safe_zone", "name_ar": "الجنوب"}),
    )
    return first, second


def test_the_command_prints_both_on_the_terminal_and_writes_a_page_a_document_and_shapes(
    proposals, tmp_path
):
    out = tmp_path / "out"
    result = CliRunner().invoke(
        cli,
        ["compare-zones", *proposals, "--names", "North,South", "--out", str(out)],
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    assert "in both" in result.output
    assert "North" in result.output
    assert sorted(path.name for path in out.iterdir()) == sorted(ZONE_COMPARISON_FILES)
    document = json.loads((out / "zone-comparison.json").read_text("utf-8"))
    assert document["total"][0]["area_km2"] == pytest.approx(
        exact_km2(box(35.1, 33, 35.2, 33.1)), abs=1e-6
    )
    shapes = gpd.read_file(out / "zone-comparison.geojson")
    assert shapes["of"].tolist() == ["total"] * 3 + ["pair"] * 3
    drawn = {
        row.part: exact_km2(row.geometry) for row in shapes[shapes["of"] == "total"].itertuples()
    }
    assert [drawn[part] for part in PARTS] == pytest.approx(
        [row["area_km2"] for row in document["total"]], rel=1e-5
    )
    again = CliRunner().invoke(cli, ["compare-zones", *proposals, "--out", str(out)])
    assert isinstance(again.exception, co.UsageError)


def test_json_on_stdout_is_one_document(proposals):
    result = CliRunner().invoke(
        cli, ["compare-zones", *proposals, "--json"], catch_exceptions=False
    )
    assert json.loads(result.stdout)["names"] == {"first": "A", "second": "B"}


@pytest.mark.parametrize("names", ["one", "one,two,three", "same,same", ",two"])
def test_names_that_are_not_two_are_refused(proposals, names):
    assert CliRunner().invoke(cli, ["compare-zones", *proposals, "--names", names]).exit_code == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_loads_nothing_and_names_stay_text(proposals, lang):
    zones = [co.read_zones(path).table for path in proposals]
    page = render_zone_page(co.compare_zones(*zones), lang=lang).replace("\u200e", "")
    assert "<img" not in page
    assert "<script" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in page
    assert "default-src 'none'" in page
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("من 2026-11-23 06:00 UTC حتى", "2026-11-23 06:00 UTC"),
        ("الموقع 33.55751, 35.37148.", "33.55751, 35.37148"),
        (
            "الموقع 33°33\u203227.0\u2033N 35°22\u203217.3\u2033E",
            "33°33\u203227.0\u2033N 35°22\u203217.3\u2033E",
        ),
        ("المربع 36S YC 20154 15614", "36S YC 20154 15614"),
    ],
)
def test_dates_and_coordinates_in_arabic_are_held_in_their_order(text, kept):
    assert f"\u200e{kept}\u200e" in isolate_ltr(text)
    assert isolate_ltr(text).replace("\u200e", "") == text


def test_the_same_proposals_give_the_same_bytes_everywhere(proposals, tmp_path):
    sites = Path(__file__).parents[3] / "data" / "lebanon" / "sites.csv"
    made = []
    for number, settings_ in enumerate(
        (
            {"TZ": "UTC", "PYTHONHASHSEED": "1"},
            {"TZ": "Asia/Beirut", "LC_ALL": "C", "PYTHONHASHSEED": "2"},
        )
    ):
        out = tmp_path / str(number)
        command = [
            sys.executable,
            "-m",
            "corridors.cli",
            "compare-zones",
            *proposals,
            "--sites",
            str(sites),
            "--lang",
            "ar",
            "--out",
            str(out),
        ]
        subprocess.run(command, check=True, env=os.environ | settings_, capture_output=True)
        made.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert made[0] == made[1]
    assert not any(str(tmp_path).encode() in data for data in made[0].values())


def test_a_large_comparison_is_read_by_other_programs(tmp_path):
    spots = [
        box(35 + x / 10, 33 + y / 10, 35.08 + x / 10, 33.08 + y / 10)
        for x in range(5)
        for y in range(5)
    ]
    moved = [shapely.transform(shape, lambda xy: xy + np.array([0.02, 0.01])) for shape in spots]
    co.write_zone_comparison(co.compare_zones(propose(*spots), propose(*moved)), tmp_path)
    assert pyogrio.read_info(tmp_path / "zone-comparison.geojson")["crs"] == "EPSG:4326"
