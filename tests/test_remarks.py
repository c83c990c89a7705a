"""Remarks: told in every language, and the same after the plan was written and read."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest
import shapely
from town import FAR, spot
from town_plans import plan, rules

import corridors as co
from corridors import remarks
from corridors.evidence.status import FUTURE, TOO_IMPRECISE, UNVERIFIED
from corridors.locales import LANGUAGES, read_locale
from corridors.messages import Message
from corridors.release.audiences import render_remarks


@pytest.fixture(scope="module")
def demo():
    folder = co.demo_folder()
    return co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))


def list_codes():
    """The codes of all remarks that the source makes."""
    source = inspect.getsource(remarks)
    made = re.findall(r'"remark\.(\w+)"|_name_all\(\s*"(\w+)"|"((?:report|far)_\w+)"', source)
    return {code for found in made for code in found if code} | {FUTURE, TOO_IMPRECISE, UNVERIFIED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remark_that_can_be_made_has_words_in_every_language_and_no_other_has(language):
    assert list_codes() == set(read_locale(language).texts["remark"]) - {"some_more"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_remarks_of_a_plan_are_complete_in_every_language(demo, language):
    told = co.render_remarks(demo, language)
    assert len(told) == len(demo.remarks) > 2
    assert not any("{" in sentence or "}" in sentence for sentence in told)
    for remark, sentence in zip(demo.remarks, told, strict=True):
        listed = [
            name
            for value in remark.values.values()
            if isinstance(value, tuple)
            for name in value[:5]
        ]
        assert all(name in sentence for name in listed)
    if language == "ar":
        assert all(re.search(r"[\u0621-\u064a]", sentence) for sentence in told)
        assert not any("�" in sentence for sentence in told)


def render(plan, *made, language="en"):
    return co.render_remarks(replace(plan, remarks=made), language)


def test_more_than_five_names_are_counted(demo):
    remark = Message("remark.far_zones", names=tuple("abcdefg"))
    assert render(demo, remark)[0].startswith("a, b, c, d, e and 2 more: zones far from")
    assert "a, b, c, d, e et 2 de plus" in render(demo, remark, language="fr")[0]


def test_distances_are_rounded_down_and_shares_up(demo):
    pair = {"depot": "DEP-SIDON", "destination": "DST-TYRE", "rank": 1}
    near, part = (
        Message("remark.in_reach", site="DST-TYRE", incident="inc-1", distance_m=612.9),
        Message("remark.unknown_roads", **pair, share=0.401),
    )
    assert render(demo, near) == ["Tyre hospital itself lies 612 m from inc-1, within its reach."]
    assert "41 % of corridor 1" in render(demo, part)[0]


def test_places_are_called_as_the_language_calls_them_and_figures_stay_where_they_are(demo):
    remark = Message(
        "remark.unknown_roads", depot="DEP-SIDON", destination="DST-TYRE", rank=1, share=0.4
    )
    assert "من مستودع صيدا إلى مستشفى صور" in render(demo, remark, language="ar")[0]
    assert render(demo, remark)[0].startswith("From Sidon depot to Tyre hospital, 40 %")
    sites = demo.situation.sites.assign(name=demo.situation.sites["name_ar"])
    arabic = replace(demo, situation=replace(demo.situation, sites=sites))
    assert render(arabic, remark)[0].startswith("From مستودع صيدا\u200e to مستشفى صور\u200e, 40 %")


def test_remarks_are_the_same_after_the_plan_was_written_and_read(demo, tmp_path):
    co.write_plan(demo, tmp_path / "plan")
    release = co.read_plan(tmp_path / "plan")
    assert release.remarks == demo.remarks
    for language in LANGUAGES:
        assert co.render_remarks(release, language) == co.render_remarks(demo, language)


def test_a_depot_on_a_closed_road_is_remarked_upon():
    sites = {"depot": ("depot", 35.01, 33.0), "clinic": ("destination", *spot(9))}
    made = plan(incidents=[("s", 35.01, 33.001)], sites=sites)
    assert made.cut_off.index.tolist() == ["clinic"]
    assert any("The depot Depot lies on a closed road" in remark for remark in render_remarks(made))
    assert made.cut_off.at["clinic", "smallest_set"] == ("incident:s",)


def test_future_and_vague_reports_and_places_far_away_are_remarked_upon():
    made = plan(
        incidents=[
            FAR,
            ("later", *spot(5), {"occurred_at": "2026-11-23T06:00:01Z"}),
            ("vague", *spot(5), {"accuracy_m": 6000.0}),
            ("lost", 5.0, 3.0),
        ],
        zones=[("lost-zone", "no_go", shapely.box(-35, 33, -34.9, 33.1))],
    )
    for name, words in (
        ("later", "dated after"),
        ("vague", "too vague"),
        ("lost", "far from every road"),
        ("lost-zone", "far from every road"),
    ):
        assert any(name in remark and words in remark for remark in render_remarks(made))


def test_a_zone_in_force_that_the_rules_leave_open_is_remarked_upon():
    mined = ("mined", "contaminated", shapely.Point(*spot(5)).buffer(0.002))
    left_open = plan(zones=[mined], given_rules=rules(zones={"close": ["no_go"]}))
    assert (
        Message("remark.zone_left_open", zone="mined", zone_kind="contaminated")
        in left_open.remarks
    )
    assert left_open.closures["cause_id"].eq("mined").sum() == 0
    for rules_given in (None, rules(zones={"close": ["contaminated"]})):
        made = plan(zones=[mined], given_rules=rules_given)
        assert not [remark for remark in made.remarks if remark.code == "remark.zone_left_open"]
        assert made.closures["cause_id"].eq("mined").sum() == 4
