"""What changed from one plan to the next, held against towns in which one can see it."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import shapely
from town import GRID, make_situation, spot

import corridors as co
from corridors.outputs.documents.changes import render_changes
from corridors.review.plan_diff import CORRIDOR_CHANGES
from corridors.tables import ROAD_REPORTS, build_table

FAR = ("far", 35.5, 33.4)
SITES = {
    "depot": ("depot", *spot(1)),
    "clinic": ("destination", *spot(9)),
    "mill": ("destination", *spot(2)),
}


NEAR = co.Rules.from_tables({"incidents": {"radius_m": 500.0}})
"""So that a strike in the middle of a street closes that street alone."""


def make(*strikes, pairs=GRID, audience="internal", rules=None):
    plan = co.plan_corridors(
        make_situation(incidents=(*strikes, FAR), sites=SITES, pairs=pairs), rules=rules or NEAR
    )
    return co.disclose(co.build_release(plan), audience)


ON_THE_WAY = ("hit", 35.01, 33.0)
"""In the middle of the street from 1 to 2."""


def test_the_same_plan_has_no_changes():
    changes = co.compare_plans(make(), make())
    assert not changes
    assert changes.segments.empty
    assert set(changes.corridors["change"]) == {"unaffected"}
    assert "Roads: +0 closed (0.0 km), 0 open again (0.0 km)." in render_changes(changes)


def test_a_strike_closes_a_road_and_says_which_corridors_it_moves():
    older, newer = make(), make(ON_THE_WAY)
    changes = co.compare_plans(older, newer)
    assert changes
    assert changes.segments[["segment_id", "change"]].to_numpy().tolist() == [["1-2", "closed"]]
    assert set(changes.corridors["change"]) <= set(CORRIDOR_CHANGES)
    moved = changes.corridors.loc["depot:mill:1"]
    assert (moved["change"], moved["depot"], moved["destination"]) == ("rerouted", "Depot", "Mill")
    before, after = (
        release.layers["corridors"].loc["depot:mill:1", "length_m"] for release in (older, newer)
    )
    assert moved["more_m"] == pytest.approx(after - before)
    assert moved["more_m"] > 3000
    text = render_changes(changes, width=120)
    assert "Roads: +1 closed (1.9 km), 0 open again" in text
    assert "rerouted" in text


def test_a_strike_far_off_leaves_a_corridor_where_it_is_though_it_closes_a_road():
    changes = co.compare_plans(make(rules=_few()), make(("late", 35.03, 33.04), rules=_few()))
    assert changes.segments["segment_id"].tolist() == ["8-9"]
    assert changes.corridors.loc["depot:mill:1", "change"] in ("unaffected", "reassessed")


def test_a_road_that_is_closed_in_one_direction_is_named_with_its_direction():
    situation = make_situation(incidents=(FAR,), sites=SITES, pairs=GRID)
    said = {
        "report_id": ["r"],
        "status": "NOT_PASSABLE",
        "kind": "road_status",
        "direction": "forward",
        "accuracy_m": 0.0,
    }
    said |= {
        "verification": "reported",
        "reported_at": [situation.as_of],
        "geometry": [shapely.LineString([spot(1), spot(2)])],
    }
    shut = dataclasses.replace(situation, road_reports=build_table(ROAD_REPORTS, said))
    older, one_way, newer = (
        co.build_release(co.plan_corridors(told, rules=NEAR))
        for told in (
            situation,
            shut,
            dataclasses.replace(shut, road_reports=shut.road_reports.assign(direction="both")),
        )
    )
    changes = co.compare_plans(older, one_way)
    assert changes.segments[["segment_id", "change", "direction"]].to_numpy().tolist() == [
        ["1-2", "closed", "forward"]
    ]
    assert (
        "Roads: +1 closed (1.9 km; 1 in one direction), 0 open again (0.0 km)."
        in render_changes(changes)
    )
    assert co.compare_plans(one_way, newer).segments[
        ["change", "direction"]
    ].to_numpy().tolist() == [["closed", "backward"]]
    assert co.compare_plans(newer, one_way).segments[
        ["change", "direction"]
    ].to_numpy().tolist() == [["reopened", "backward"]]
    assert co.compare_plans(older, newer).segments["direction"].tolist() == ["both"]


@pytest.mark.parametrize("audience", co.AUDIENCES)
@pytest.mark.parametrize("oneway", ["forward", "both"])
def test_a_road_that_is_closed_and_then_of_unknown_state_is_not_listed_as_open_again(
    audience, oneway
):
    situation = make_situation(incidents=(FAR,), sites=SITES, pairs=GRID, oneway={"1-2": oneway})
    said = {"report_id": ["r"], "kind": "road_status", "direction": "both", "accuracy_m": 0.0}
    said |= {
        "verification": "reported",
        "reported_at": [situation.as_of],
        "geometry": [shapely.Point(35.01, 33.0)],
    }
    shut, unknown = (
        co.disclose(
            co.build_release(
                co.plan_corridors(
                    dataclasses.replace(
                        situation,
                        road_reports=build_table(ROAD_REPORTS, {**said, "status": status}),
                    ),
                    rules=NEAR,
                )
            ),
            audience,
        )
        for status in ("NOT_PASSABLE", "UNKNOWN")
    )
    assert "reopened" not in co.compare_plans(shut, unknown).segments["change"].tolist()
    if audience in ("internal", "partners"):
        assert co.compare_plans(shut, unknown).segments.empty
        assert co.compare_plans(unknown, shut).segments.empty
    opened = co.disclose(co.build_release(co.plan_corridors(situation, rules=NEAR)), audience)
    assert "reopened" in co.compare_plans(shut, opened).segments["change"].tolist()


def test_two_roads_on_one_line_closed_in_opposite_directions_are_closed_in_both_where_ids_are_withheld():
    release = co.disclose(
        co.build_release(
            co.plan_corridors(make_situation(incidents=(FAR,), sites=SITES, pairs=GRID))
        ),
        "parties",
    )
    roads = release.layers["segments"]
    twice = pd.concat([roads, roads.iloc[:1]], ignore_index=True)
    shut, way = np.r_[True, np.zeros(len(roads) - 1, bool), True], twice["closed_direction"].copy()
    older = way.mask(shut, ["forward", *[""] * (len(roads) - 1), "backward"])
    newer = way.mask(shut, "both")
    made = [
        dataclasses.replace(
            release, layers=release.layers | {"segments": twice.assign(closed_direction=said)}
        )
        for said in (older, newer)
    ]
    assert co.compare_plans(*made).segments.empty


def _few():
    return co.Rules.from_tables(
        {"incidents": {"radius_m": 500.0}, "routing": {"alternates": 0, "exposure_weight": 0.01}}
    )


def test_who_is_cut_off_is_last_and_is_reached_again_when_it_ends():
    strikes = [("one", *spot(2))]
    older, newer = make(), make(*strikes)
    assert co.compare_plans(older, newer).sites["change"].to_dict() == {"mill": "cut_off"}
    assert co.compare_plans(older, newer).corridors.loc["depot:mill:1", "change"] == "blocked"
    assert (
        render_changes(co.compare_plans(older, newer))
        .splitlines()[-1]
        .endswith("CUT OFF: Mill\x1b[0m")
    )
    back = co.compare_plans(newer, older)
    assert back.sites["change"].to_dict() == {"mill": "reached"}
    assert back.corridors.loc["depot:mill:1", "change"] == "new"
    assert set(back.segments["change"]) == {"reopened"}


@pytest.mark.parametrize("audience", co.AUDIENCES)
def test_a_place_that_is_no_destination_any_more_is_not_listed_as_reached_again(audience):
    situation = make_situation(incidents=(("one", *spot(2)), FAR), sites=SITES)
    removed, elsewhere = (
        situation.sites.drop("mill"),
        situation.sites.assign(
            role=situation.sites["role"].where(situation.sites.index != "mill", "waypoint")
        ),
    )
    older, *newer = (
        co.disclose(
            co.build_release(
                co.plan_corridors(dataclasses.replace(situation, sites=sites), rules=NEAR)
            ),
            audience,
        )
        for sites in (situation.sites, removed, elsewhere)
    )
    for release in newer:
        changes = co.compare_plans(older, release)
        assert changes.sites[["change", "name"]].to_numpy().tolist() == [["gone", "Mill"]]
        assert "REACHED" not in render_changes(changes)
        assert "CUT OFF BEFORE, and no destination of the newer plan: Mill" in render_changes(
            changes, width=120
        )


@pytest.mark.parametrize("audience", co.AUDIENCES)
def test_a_closed_road_that_the_newer_roads_do_not_have_is_not_listed_as_open_again(audience):
    older = make(ON_THE_WAY, ("two", 35.0, 33.03), audience=audience)
    newer = make(pairs=[pair for pair in GRID if pair != (1, 2)], audience=audience)
    changes = co.compare_plans(older, newer)
    assert sorted(changes.segments["change"]) == ["gone", "reopened"]
    assert (
        "1 open again (2.2 km), 1 closed before and not among the roads of the newer plan (1.9 km)"
        in render_changes(changes, width=160)
    )


def test_plans_for_parties_are_compared_by_their_lines_and_never_with_those_of_the_house():
    older, newer = make(audience="parties"), make(ON_THE_WAY, audience="parties")
    changes = co.compare_plans(older, newer)
    assert changes.segments["change"].tolist() == ["closed"]
    assert changes.segments["segment_id"].tolist() == [""]
    with pytest.raises(co.UsageError, match="compare two of one audience"):
        co.compare_plans(make(), newer)


@pytest.mark.parametrize("audience", ["parties", "public"])
def test_a_corridor_is_the_same_by_where_it_leads_when_others_move_up_in_number(audience):
    small = co.Rules.from_tables(
        {
            "incidents": {"radius_m": 500.0},
            "disclosure": {"grid_m": 1000.0, "length_step_m": 1000.0},
        }
    )
    sites = {
        "depot": ("depot", *spot(1)),
        "east": ("destination", *spot(9)),
        "mid": ("destination", *spot(6)),
        "north": ("destination", *spot(8)),
    }
    plans = [
        co.plan_corridors(make_situation(incidents=(*strikes, FAR), sites=sites), rules=small)
        for strikes in ((), (("hit", *spot(9)),))
    ]
    changes = co.compare_plans(*(co.disclose(co.build_release(plan), audience) for plan in plans))
    became = dict(zip(changes.corridors["destination"], changes.corridors["change"], strict=True))
    assert became == {"East": "blocked", "Mid": "unaffected", "North": "unaffected"}
    assert changes.sites["name"].tolist() == ["East"]


def test_a_plan_whose_convoy_is_slower_is_not_the_same_plan():
    rules = [
        co.Rules.from_tables({"routing": {"alternates": 0}, "vehicle": {"top_speed_kph": kph}})
        for kph in (40.0, 20.0)
    ]
    corridors = co.compare_plans(*(make(rules=each) for each in rules)).corridors
    assert set(corridors["change"]) == {"reassessed"}
    assert corridors["duration_min"].tolist() == pytest.approx(
        (corridors["more_min"] * 2).tolist()
    )  # half the speed, twice the time


def test_plans_in_the_wrong_order_are_compared_as_going_back_in_time():
    plan = make()
    newer = dataclasses.replace(plan, as_of=plan.as_of + timedelta(hours=30, minutes=20))
    assert "30.3 h later." in render_changes(co.compare_plans(plan, newer), width=200)
    assert "30.3 h earlier." in render_changes(co.compare_plans(newer, plan), width=200)


def test_the_command_ends_with_1_only_where_it_is_asked_to_and_something_changed(run, tmp_path):
    for name, release in (("a", make()), ("b", make(ON_THE_WAY))):
        co.write_plan(release, tmp_path / name)
    code, out, _ = run("diff", tmp_path / "a", tmp_path / "b", "--exit-code")
    assert (code, "Roads: +1 closed" in out) == (1, True)
    assert run("diff", tmp_path / "a", tmp_path / "a", "--exit-code")[0] == 0
    assert run("diff", tmp_path / "a", tmp_path / "b")[0] == 0
    code, out, err = run("diff", tmp_path / "a", tmp_path / "b", "--json")
    told = json.loads(out)
    assert (code, err, told["changed"]) == (0, "", True)
    assert [row["segment_id"] for row in told["segments"]] == ["1-2"]
    assert run("diff", tmp_path / "a", tmp_path / "nowhere")[0] == 4


def test_plans_are_compared_as_their_releases_are():
    plans = [
        co.plan_corridors(make_situation(incidents=(*strikes, FAR), sites=SITES), rules=NEAR)
        for strikes in ((), (ON_THE_WAY,))
    ]
    releases = [co.build_release(plan) for plan in plans]
    expected = co.compare_plans(*releases)
    for older, newer in (plans, (plans[0], releases[1])):
        changes = co.compare_plans(older, newer)
        for table in ("segments", "corridors", "sites"):
            pd.testing.assert_frame_equal(getattr(changes, table), getattr(expected, table))


@pytest.mark.parametrize("other", [None, "plan", {}, pd.DataFrame()])
def test_what_is_neither_a_plan_nor_a_release_is_refused_with_a_sentence(other):
    with pytest.raises(co.UsageError, match="neither a plan nor a release"):
        co.compare_plans(make(), other)


@pytest.mark.parametrize(("lang", "word"), [("fr", "ACCÈS COUPÉ"), ("ar", "الوصول متعذّر")])
def test_changes_are_rendered_in_every_language(lang, word):
    changes = co.compare_plans(make(), make(("one", *spot(2))))
    assert f"{word}" in render_changes(changes, lang=lang, width=120)
