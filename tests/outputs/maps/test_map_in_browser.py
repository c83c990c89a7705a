"""The map in a real browser without a network: nothing is asked for, nothing in a name is run,
everything is shown."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from chromium import hostile, open_browser, open_everything
from drawn_plan import make_plan

from corridors.locales import show_unseen
from corridors.messages import Message
from corridors.outputs.maps import render_map


@pytest.fixture
def show(browser, tmp_path):
    def show_plan(plan, **size):
        (tmp_path / "map.html").write_text(render_map(plan), encoding="utf-8")
        browser.open(tmp_path / "map.html", **size)
        return browser

    return show_plan


def test_the_map_opens_without_a_network_in_silence(show):
    browser = show(make_plan())
    words = open_everything(browser)
    assert "Rank" in words
    assert "Because" in words
    assert browser.complaints() == []
    assert browser.requests() == []


@pytest.mark.parametrize(("width", "height"), [(1400, 1000), (400, 800)])
def test_the_map_is_drawn_on_large_and_small_screens(show, width, height):
    browser = show(make_plan(), width=width, height=height)
    picture = browser.shoot(f"town-{width}.png")
    assert len(picture) > 20_000
    assert browser.run("document.documentElement.scrollWidth") <= width
    seen = browser.run(
        "[...document.querySelectorAll('.label:not(.hidden)')].map((label) => label.innerText).join('|')"
    )
    assert "CUT OFF" in seen
    assert {"place 0", "place 1", "place 2"} <= set(re.split(r"[|\n]", seen))


def test_names_on_the_map_do_not_cover_each_other(show):
    boxes = show(make_plan()).run(
        "[...document.querySelectorAll('.label:not(.hidden)')].map((e) => e.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"
    )
    assert len(boxes) > 3
    for (left, top, right, bottom), other in itertools.combinations(boxes, 2):
        assert left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1]


PAINTED = """[...document.querySelectorAll("canvas")].map(
  (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""


def test_roads_and_closures_stay_painted_whatever_is_done_to_the_map(show):
    browser = show(make_plan())
    toggle = "document.querySelectorAll('.leaflet-control-layers-selector').forEach((box) => { box.click(); box.click(); })"
    for action in (
        "1",
        "map.setView([33.24, 35.25], 14, { animate: false })",
        "map.panBy([30, 5], { animate: false })",
        "map.zoomOut(1, { animate: false })",
        toggle,
    ):
        browser.run(f"void ({action})")
        assert browser.run(PAINTED) == [True] * 3, action


def test_a_row_of_the_table_shows_its_corridor(show):
    browser = show(make_plan())
    browser.run("document.querySelectorAll('tr.corridor')[1].click()")
    assert (
        browser.run("document.querySelector('.leaflet-popup h3').textContent")
        == "place 0 → place 1 مكان 1"
    )
    assert browser.run("document.querySelectorAll('.leaflet-chosen-pane path').length") == 2
    browser.run("void map.closePopup()")
    assert browser.run("document.querySelectorAll('.leaflet-chosen-pane path').length") == 0


def test_arrows_point_the_way_it_is_driven(show):
    # The primary leaves the depot northwards, then turns east: no arrow may point south or west.
    triangles = show(make_plan()).run(
        "arrows.primary.getLatLngs().map(([ring]) => ring.map((p) => [p.lng, p.lat]))"
    )
    assert len(triangles) > 1
    for tip, left, right in triangles:
        ahead = [tip[axis] - (left[axis] + right[axis]) / 2 for axis in (0, 1)]
        assert max(ahead) > 0 > -1e-4 < min(ahead)


@pytest.mark.parametrize("first", [0, 50, 100, 150])
def test_hostile_names_are_shown_and_never_run(show, first):
    numbers = itertools.count(first)
    given = []

    def name_of(_what, _number):
        given.append(hostile(next(numbers) % 200))
        return given[-1]

    plan = make_plan(name_of)
    assert len(given) >= 50
    plan = replace(
        plan,
        remarks=tuple(
            Message("remark.file_note", file="a file", note=hostile(number))
            for number in range(200)
        ),
    )
    tags = "document.querySelectorAll('script, iframe, object, embed, base, link, form, img, style, meta').length"
    tame = show(make_plan()).run(tags)
    browser = show(plan)
    title = browser.run("document.title")
    shown = " ".join(open_everything(browser).split())
    assert browser.run("document.title") == title
    assert browser.run("typeof window.hacked") == "undefined"
    assert browser.run(tags) == tame
    assert browser.requests() == []
    assert browser.complaints() == []
    missing = [
        name
        for name in {*given, *(remark.values["note"] for remark in plan.remarks)}
        if " ".join(show_unseen(name).split()) not in shown
    ]
    assert missing == []


@pytest.mark.usefixtures("browser")
def test_the_log_of_the_network_holds_no_address_that_the_page_names(tmp_path):
    # The browser has addresses of its own, which differ between its distributions; the page's must
    # not be among them.
    plan = make_plan(lambda what, number: f"{what} {number} <img src=//x.example/{number}.png>")
    (tmp_path / "map.html").write_text(render_map(plan), encoding="utf-8")
    with open_browser(tmp_path) as own:
        own.open(tmp_path / "map.html")
        open_everything(own)
    named = set(re.findall(r"//([\w.-]+)", (tmp_path / "map.html").read_text("utf-8")))
    asked = set(
        re.findall(
            r'"url":"https?://([\w.-]+)', (tmp_path / "net.json").read_text("utf-8", "replace")
        )
    )
    assert "leafletjs.com" in named
    assert named & asked == set()
