"""The dossier as a page, as text and as shapes; nothing from a file is run."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import geopandas as gpd
import pytest
import shapely
from folders import tree
from incident_dossier import CALL, SITES, everything, make_plan, render_page
from town import AS_OF, FAR, make_incidents, make_situation, spot
from town_mission import STRIKES, write_town

import corridors as co
from corridors.outputs.documents.dossier import DOSSIER_FILES, render_dossier, render_geojson

HOSTILE = "<script>alert(1)</script>${alert(2)}`{{ 7 * 7 }}\u202e\"'><img src=x onerror=alert(3)>"


@pytest.fixture(scope="module")
def hostile():
    said = CALL | {"source": HOSTILE, "structure": HOSTILE}
    names = dict.fromkeys(("1-2", "2-3"), HOSTILE)
    situation = make_situation(incidents=(("A-1", *spot(2), said), FAR), sites=SITES, name=names)
    situation = replace(situation, title=HOSTILE, sites=situation.sites.assign(name=HOSTILE))
    plan = co.plan_corridors(situation)
    return co.build_dossier(plan, "A-1"), plan


def test_nothing_from_a_file_is_run_or_loaded_or_turns_the_line_about(hostile):
    page = render_page(*hostile)
    assert not re.search(r"<script|<img|\u202e", page)
    assert "{{ 7 * 7 }}" in page
    assert "[U+202E]" in page
    assert "script-src &#39;none&#39;" in page or "script-src 'none'" in page
    assert "\u202e" not in render_dossier(hostile[0])


def test_the_page_asks_the_network_for_nothing_and_complains_of_nothing(hostile, browser, tmp_path):
    paths = co.write_dossier(*hostile, tmp_path / "dossier")
    browser.open(paths[-1], width=1000, height=2200)
    assert browser.requests() == []
    assert browser.complaints() == []
    assert browser.run("document.querySelectorAll('script, img').length") == 0
    assert browser.run("document.querySelectorAll('figure svg path.closed').length") >= 3


def test_the_places_are_geojson_that_gdal_reads(tmp_path):
    plan = make_plan()
    dossier = co.build_dossier(plan, "A-1")
    path = co.write_dossier(dossier, plan, tmp_path / "dossier")[1]
    table = gpd.read_file(path)
    assert table.crs == "EPSG:4326"
    assert table["what"].tolist() == ["report"] * 2 + ["closed segment"] * 3
    assert table.geometry.iloc[0].coords[0] == pytest.approx(spot(2))
    assert table.loc[2:, "segment_id"].tolist() == dossier.closures.index.tolist()
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["plan_hash"], document["as_of"]) == (plan.plan_hash, "2026-11-23T06:00:00Z")
    assert "crs" not in document


def test_areas_are_drawn_counter_clockwise_as_the_standard_asks():
    table = make_incidents(("A-1", *spot(2), CALL), FAR)
    ring = [
        (35.018, 32.999),
        (35.018, 33.001),
        (35.022, 33.001),
        (35.022, 32.999),
        (35.018, 32.999),
    ]  # clockwise
    table.loc["A-1", "geometry"] = shapely.Polygon(ring)
    plan = co.plan_corridors(replace(make_situation(sites=SITES), incidents=table))
    shape = json.loads(render_geojson(co.build_dossier(plan, "A-1")))["features"][0]["geometry"]
    assert shapely.geometry.LinearRing(shape["coordinates"][0]).is_ccw


def test_no_word_of_it_calls_anything_safe():
    plan = make_plan()
    assert not re.search(
        r"\b(safe|safer|safest|approved)\b",
        everything(co.build_dossier(plan, "A-1"), plan),
        re.IGNORECASE,
    )


def test_the_same_plan_gives_the_same_bytes(tmp_path):
    written = []
    for name in ("one", "two"):
        plan = make_plan()
        co.write_dossier(co.build_dossier(plan, "A-1"), plan, tmp_path / name)
        written.append(tree(tmp_path / name))
    assert written[0] == written[1]
    assert sorted(written[0]) == sorted(DOSSIER_FILES)


def test_the_command_line_prints_and_writes_a_dossier(run, tmp_path):
    folder = write_town(tmp_path / "town")
    code, out, err = run("incident", "I-1", folder, "--out", tmp_path / "dossier")
    assert (code, err) == (0, "")
    for said in (
        "Incident I-1: air strike",
        "as of 2026-11-23 06:00 UTC",
        "فريق",
        "Roads that the plan closes because of it",
        str(tmp_path / "dossier" / "dossier.html"),
    ):
        assert said in " ".join(out.split())
    code, out, _ = run("incident", "I-1", folder, "--json")
    assert code == 0
    assert out == (tmp_path / "dossier" / "dossier.json").read_text(encoding="utf-8")


def test_as_of_is_the_moment_of_the_dossier(run, tmp_path):
    folder = write_town(
        tmp_path / "town",
        strikes=STRIKES + "I-2,shelling,2026-11-20T03:00Z,33.1,35.1,50,verified,x\n",
    )
    code, out, err = run("incident", "I-1", folder, "--as-of", "2026-11-21T00:00Z")
    assert (code, out) == (2, "")
    assert "nothing of the id I-1 was reported by 2026-11-21 00:00 UTC; did you mean I-2?" in err


def test_an_unknown_id_or_a_folder_in_use_ends_with_2_and_writes_nothing(run, tmp_path):
    folder = write_town(tmp_path / "town")
    code, out, err = run("incident", "I-9", folder, "--out", tmp_path / "dossier")
    assert (code, out, (tmp_path / "dossier").exists()) == (2, "", False)
    assert "did you mean I-1?" in err
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("x", encoding="utf-8")
    code, _, err = run("incident", "I-1", folder, "--out", tmp_path / "notes", "--force")
    assert (code, "holds other files than a dossier" in err) == (2, True)
    assert run("incident", "I-1", folder, "--out", tmp_path / "dossier")[0] == 0
    code, _, err = run("incident", "I-1", folder, "--out", tmp_path / "dossier")
    assert (code, "use --force" in err) == (2, True)


def test_a_mission_that_cannot_be_planned_has_no_dossier(run, tmp_path):
    folder = write_town(tmp_path / "town", strikes=STRIKES.replace("33.0", "north"))
    code, out, err = run("incident", "I-1", folder)
    assert (code, out) == (4, "")
    assert "bad-latitude" in err


def test_the_moment_is_on_every_form():
    plan = make_plan()
    dossier = co.build_dossier(plan, "A-1")
    assert dossier.as_of == AS_OF
    assert "as of 2026-11-23 06:00 UTC" in render_dossier(dossier)
    assert "as of 2026-11-23 06:00 UTC" in render_page(dossier, plan)
