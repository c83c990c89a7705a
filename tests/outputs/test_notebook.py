"""A plan in a notebook: what it says, that its map is shown in a frame of its own, and that its
tables explore."""

from __future__ import annotations

import html
import re

import pytest
import shapely
from town import make_situation, spot

import corridors as co


@pytest.fixture(scope="module")
def plan():
    sites = {
        "depot": ("depot", *spot(1)),
        "clinic": ("destination", *spot(9)),
        "mill": ("destination", *spot(2)),
    }
    return co.plan_corridors(
        make_situation(
            incidents=(("hit", *spot(2), {"source": "<img src=x onerror=alert(1)>"}),), sites=sites
        )
    )


def test_a_plan_says_what_must_be_known_and_shows_its_map(plan):
    shown = plan._repr_html_()
    summary = html.unescape(re.sub(r"<[^>]*>", " ", shown[: shown.index("<iframe")]))
    for said in (
        "Town",
        "As of 2026-11-23 06:00 UTC",
        "for use until 2026-11-24",
        "TLP:AMBER+STRICT",
        "CUT OFF: Mill",
        "not a guarantee",
    ):
        assert said in summary
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', shown)[1]) == co.outputs.maps.render_map(
        plan
    )
    assert co.disclose(co.build_release(plan), "parties")._repr_html_().count("PARTIES") >= 1


@pytest.mark.parametrize("audience", ["internal", "parties", "public"])
def test_zones_and_sites_that_are_cut_off_are_counted_and_named_for_every_audience_that_may_know(
    plan, audience
):
    struck = shapely.box(35.019, 32.999, 35.021, 33.001)
    only_zones = make_situation(
        incidents=(("hit", *spot(2)),),
        sites={"depot": ("depot", *spot(1))},
        zones=(("Camp", "safe_zone", struck),),
    )
    zone_told = co.render_notebook(
        co.disclose(co.build_release(co.plan_corridors(only_zones)), audience)
    )
    site_told = co.render_notebook(co.disclose(co.build_release(plan), audience))
    assert "CUT OFF: Mill" in site_told
    assert ", 1 cut off;" in site_told
    assert (", 1 cut off;" in zone_told, "CUT OFF: Camp" in zone_told) == (
        (audience != "public",) * 2
    )


def test_the_map_in_a_notebook_is_drawn_and_asks_nobody(plan, browser, tmp_path):
    page = tmp_path / "notebook.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><body>{plan._repr_html_()}", encoding="utf-8"
    )
    browser.open(page)
    assert browser.requests() == []
    assert browser.run("document.querySelector('iframe').getBoundingClientRect().height") > 500
    assert browser.complaints() == []


@pytest.mark.filterwarnings("ignore:The GeoSeries you are attempting to plot")
def test_the_tables_of_a_plan_explore(plan):
    pytest.importorskip(
        "mapclassify", reason="explore() of a GeoDataFrame needs the extra notebook"
    )
    situation = plan.situation
    tables = (
        plan.corridors,
        plan.segments,
        plan.incidents,
        plan.structures,
        plan.cut_off,
        situation.zones,
        situation.sites,
    )
    for table in tables:
        assert "L.map(" in table.explore(tiles=None).get_root().render()
