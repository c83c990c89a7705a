"""What corridors are worth, who is cut off, and what must be lifted, found by hand and by brute force."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import networkx as nx
import pytest
import shapely
from effort import examples
from hypothesis import given
from random_towns import SMALL, free_graph, towns
from town import FAR, GRID, make_roads, make_situation, spot
from town_plans import explain, explain_cut_off, plan, rules

from corridors.assessment.cut_off import name_causes
from corridors.messages import Message
from corridors.release.audiences import render_remarks


def test_a_corridor_of_exactly_one_road_is_made_of_chokepoints():
    made = plan(pairs=[(1, 2), (2, 3), (3, 6), (6, 9)])
    assert made.corridors.at["depot:clinic:1", "chokepoints"] == ("1-2", "2-3", "3-6", "6-9")
    assert any("2 of 2 alternates were not found" in remark for remark in render_remarks(made))


def test_a_clinic_behind_strikes_is_cut_off_with_what_blocks_it_and_the_fewest_to_lift():
    made = plan(incidents=[("six", *spot(6)), ("eight", *spot(8))])
    assert made.corridors.empty
    assert made.steps.empty
    row = made.cut_off.loc["clinic"]
    assert row["blocking"] == ("incident:eight", "incident:six")
    assert len(row["smallest_set"]) == 1
    assert row["smallest_set"][0] in row["blocking"]
    causes = name_causes(["incident:eight", "incident:six"])
    assert explain_cut_off(made, "clinic") == Message("cut_off.closed", causes=causes)
    assert "(eight, six)" in str(explain_cut_off(made, "clinic"))
    # Node 5's streets to 2 and 4 are open: 5 is the nearest point that can be reached, a diagonal
    # block away.
    assert row["reachable_within_m"] == pytest.approx(2900, abs=5)


def test_two_strikes_on_the_only_road_must_both_be_lifted():
    pairs = [(1, 2), (2, 3), (3, 6), (6, 9)]
    made = plan(pairs=pairs, incidents=[("a", 35.01, 33.0), ("b", 35.04, 33.01)])
    assert made.cut_off.at["clinic", "smallest_set"] == ("incident:a", "incident:b")


def test_a_segment_closed_twice_needs_both_causes_lifted():
    made = plan(pairs=[(1, 2), (2, 9)], incidents=[("a", 35.01, 33.0), ("b", 35.01, 33.001)])
    assert made.cut_off.at["clinic", "smallest_set"] == ("incident:a", "incident:b")


def test_a_site_whose_own_road_is_closed_says_so_and_how_near_one_can_get():
    sites = {"depot": ("depot", *spot(1)), "clinic": ("destination", 35.03, 33.0401)}
    made = plan(
        make_situation(incidents=[("s", 35.03, 33.04)], sites=sites),
        rules(incidents={"radius_m": 800.0}),
    )
    reason = explain_cut_off(made, "clinic")
    assert (reason.code, reason.values["road"]) == ("cut_off.own_road", "8-9")
    assert reason.values["reason"].code == explain(made, "8-9").code == "reason.within_radius"
    assert reason.values["reason"].values["incident"] == "s"
    assert "8-9" in str(reason)
    assert "s of 2026-11-22" in str(reason)
    assert made.cut_off.at["clinic", "reachable_within_m"] == pytest.approx(
        935, abs=3
    )  # half a street, to node 8 or 9


def test_a_place_no_road_leads_to_says_that_lifting_closures_would_not_help():
    made = plan(pairs=[(1, 2), (6, 9)])
    row = made.cut_off.loc["clinic"]
    assert row["reason_code"] == "cut_off.no_road"
    assert row["smallest_set"] == ()


def test_a_safe_zone_that_no_usable_road_enters_is_cut_off():
    made = plan(
        zones=[("safe", "safe_zone", shapely.Point(spot(9)).buffer(0.005))],
        sites={"depot": ("depot", *spot(1))},
        incidents=[("s", *spot(9))],
    )
    assert made.cut_off.at["safe", "smallest_set"] == ("incident:s",)


def test_a_strike_at_the_place_of_depot_and_clinic_cuts_the_clinic_off():
    for sites in (
        {"depot": ("depot", *spot(5)), "clinic": ("destination", *spot(5))},
        {"depot": ("depot", 35.01, 33.02), "clinic": ("destination", 35.01, 33.02)},
    ):
        made = plan(incidents=[("s", *spot(5))], sites=sites)
        assert made.corridors.empty
        assert made.cut_off.at["clinic", "smallest_set"] == ("incident:s",)
        assert any(
            "Clinic itself lies" in remark and "within its reach" in remark
            for remark in render_remarks(made)
        )


def test_a_struck_zone_is_not_reached_because_the_depot_is_in_it():
    made = plan(
        zones=[("safe", "safe_zone", shapely.Point(spot(1)).buffer(0.005))],
        sites={"depot": ("depot", *spot(1))},
        incidents=[("s", *spot(1))],
    )
    assert made.corridors.empty
    assert made.cut_off.index.tolist() == ["safe"]


def test_a_zone_whose_depot_is_on_closed_roads_names_them_and_the_fewest_causes_that_any_depot_needs_lifted():
    zones = [
        ("safe", "safe_zone", shapely.box(34.99, 32.99, 35.005, 33.025))
    ]  # round nodes 1 and 4
    struck = {"a": spot(1), "b": spot(1), "c": spot(4)}
    everywhere = {"depot": ("depot", *spot(1)), "other": ("depot", *spot(9))}

    def planned(sites, lifted=()):
        incidents = [FAR, *((name, *where) for name, where in struck.items() if name not in lifted)]
        return plan(zones=zones, sites=sites, incidents=incidents)

    for sites in ({"depot": everywhere["depot"]}, everywhere):
        made = planned(sites)
        cut_off = made.cut_off.loc["safe"]
        causes = name_causes(["incident:a", "incident:b", "incident:c"])
        assert explain_cut_off(made, "safe") == Message("cut_off.closed", causes=causes)
        opening = [
            set(lifted)
            for size in range(4)
            for lifted in combinations(struck, size)
            if planned(sites, lifted).cut_off.empty
        ]
        assert {cause.removeprefix("incident:") for cause in cut_off["smallest_set"]} == opening[0]
        assert len(opening[0]) == (1 if "other" in sites else 2)


def test_what_to_lift_is_named_for_every_depot_in_the_zone():
    zones = [
        ("safe", "safe_zone", shapely.Point(spot(1)).buffer(0.015))
    ]  # of the streets only 1-2, 1-4 and 9-1 lead into it
    alone, small = {"depot": ("depot", *spot(1))}, rules(incidents={"radius_m": 100.0})
    own = plan(zones=zones, sites=alone, incidents=[("s", *spot(1))])
    assert own.cut_off.loc["safe", ["blocking", "smallest_set"]].tolist() == [
        ("incident:s",),
        ("incident:s",),
    ]
    causes = name_causes(["incident:s"])
    assert explain_cut_off(own, "safe") == Message("cut_off.closed", causes=causes)
    strikes = [
        ("s", *spot(1)),
        ("t", 35.01, 33.0),
        ("u", 35.0, 33.01),
        ("v", 35.02, 33.02),
    ]  # at the depot, on 1-2, on 1-4, on 9-1
    made = plan(zones=zones, sites=alone, incidents=strikes, given_rules=small)
    assert made.cut_off.at["safe", "smallest_set"] == ("incident:s", "incident:t")
    both = alone | {"other": ("depot", *spot(9))}
    made = plan(
        pairs=[*GRID, (9, 1)], zones=zones, sites=both, incidents=strikes, given_rules=small
    )
    assert made.cut_off.at["safe", "smallest_set"] == (
        "incident:s",
        "incident:t",
    )  # each street is closed by s and another
    assert made.cut_off.at["safe", "blocking"] == (
        "incident:s",
        "incident:t",
        "incident:u",
        "incident:v",
    )
    apart = [
        ("s1", 35.002, 33.0),
        ("s2", 35.0, 33.002),
        ("t", 35.01, 33.0),
        ("u", 35.0, 33.01),
        ("v", 35.02, 33.02),
    ]
    made = plan(pairs=[*GRID, (9, 1)], zones=zones, sites=both, incidents=apart, given_rules=small)
    assert made.cut_off.at["safe", "smallest_set"] == (
        "incident:v",
    )  # from node 9; the depot's own streets are closed twice each


def test_a_closed_loop_is_all_that_must_be_lifted_where_the_depot_in_the_zone_has_no_other_road():
    roads = make_roads([(1, 1), (2, 3)])
    ring = shapely.LineString([spot(1), (35.001, 33.0), (35.001, 33.001), spot(1)])
    roads = roads.set_geometry([ring, roads.geometry["2-3"]], crs=4326).assign(
        length_m=[400.0, 1865.0]
    )
    situation = make_situation(
        zones=[("safe", "safe_zone", shapely.Point(spot(1)).buffer(0.005))],
        sites={"depot": ("depot", *spot(1))},
        incidents=[("s", *spot(1))],
    )
    made = plan(dataclasses.replace(situation, roads=roads))
    assert made.cut_off.at["safe", "smallest_set"] == ("incident:s",)


@examples(10, 100)
@given(towns())
def test_the_fewest_causes_to_lift_are_what_trying_every_set_finds(town):
    situation, depot, clinic = town
    made = plan(situation, SMALL)
    if made.cut_off.empty:
        return
    causes = (
        (made.closures["cause_type"] + ":" + made.closures["cause_id"])
        .groupby(made.closures["segment_id"])
        .agg(set)
    )

    def opens(lifted):
        graph = free_graph(
            made, {name for name, needed in causes.items() if not needed <= set(lifted)}
        )
        return (
            graph.has_node(depot) and graph.has_node(clinic) and nx.has_path(graph, depot, clinic)
        )

    everything = sorted(set().union(*causes)) if len(causes) else []
    found = made.cut_off.at["clinic", "smallest_set"]
    if not opens(everything):
        assert found == ()
        assert made.cut_off.at["clinic", "reason_code"] == "cut_off.no_road"
        return
    assert opens(found)
    assert not any(opens(fewer) for fewer in combinations(everything, len(found) - 1))
