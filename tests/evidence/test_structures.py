"""Bridges, tunnels, culverts and fords: which segments they are, and what reports say of them."""

from __future__ import annotations

import dataclasses

import shapely
from town import AS_OF, make_situation, spot
from town_plans import plan
from town_reports import DAY, SITES_1_3, ledger, make_reports, middle, plan_with, remarked


def test_a_report_of_a_bridge_is_of_the_bridge_near_and_of_all_its_segments():
    situation = make_situation(
        [(1, 2), (2, 3), (2, 5)], bridge={"1-2": True, "2-3": True}, sites=SITES_1_3
    )
    roads = situation.roads.rename(index={"1-2": "9:1-3/1", "2-3": "9:1-3/2"}).sort_index()
    report = make_reports(("r", shapely.Point(spot(2)), "NOT_PASSABLE", {"kind": "bridge_damage"}))
    made = plan(dataclasses.replace(situation, roads=roads, road_reports=report))
    assert {segment for segment, *_ in ledger(made)} == {
        "9:1-3/1",
        "9:1-3/2",
    }  # not the road that meets it
    assert made.structures.index.tolist() == ["bridge 9:1-3/1"]
    assert made.structures["segments"].tolist() == [("9:1-3/1", "9:1-3/2")]
    assert not remarked(made, "several")


def test_a_report_that_may_mean_several_bridges_closes_all_and_opens_none_and_says_so():
    bridges = {"1-2": True, "4-5": True, "2-5": False}
    between = shapely.Point(35.01, 33.01)
    vague = {"kind": "bridge_status", "accuracy_m": 1200.0}
    made = plan_with(("r", between, "NOT_PASSABLE", vague), bridge=bridges)
    assert {segment for segment, *_ in ledger(made)} == {"1-2", "4-5"}
    assert remarked(made, "r: road reports that may mean several", "applied to all")
    shut = (
        "a",
        middle(1, 2),
        "NOT_PASSABLE",
        {"kind": "bridge_status", "reported_at": AS_OF - DAY},
    )
    opened = plan_with(shut, ("b", between, "PASSABLE", vague), bridge=bridges)
    assert {segment for segment, *_ in ledger(opened)} == {"1-2"}
    assert remarked(opened, "b: road reports that may mean several", "open none")


def test_a_bridge_that_the_roads_do_not_mark_is_the_road_and_said_so():
    made = plan_with(("r", middle(4, 5), "NOT_PASSABLE", {"kind": "bridge_damage"}))
    assert {segment for segment, *_ in ledger(made)} == {"4-5"}
    assert remarked(
        made, "r: road reports that are of a bridge or tunnel where the roads mark none"
    )


def test_fords_and_culverts_are_where_reports_say():
    ford = (
        "r",
        middle(4, 5),
        "RESTRICTED",
        {"kind": "ford", "name": "Wadi ford", "max_weight_t": 25.0, "source": "scout"},
    )
    made = plan_with(ford)
    row = made.structures.loc["ford 4-5"]
    assert (row["kind"], row["name"], row["segments"], row["status"], row["max_weight_t"]) == (
        "ford",
        "Wadi ford",
        ("4-5",),
        "RESTRICTED",
        25,
    )
    assert (row["source"], row.geometry) == ("scout", middle(4, 5))
