"""The spine end to end on the town of the tests, where every answer can be found by hand."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from random_towns import SMALL, free_graph, towns
from town import AS_OF, FAR, GRID, make_incidents, make_roads, make_sites, make_situation, spot
from town_plans import assert_alternates_differ, assert_drivable, driven, plan, rules

from corridors.errors import InputError
from corridors.geodesy.measures import measure_length_m
from corridors.situation import Situation
from corridors.tables import INCIDENTS, ROADS, SITES, build_table


def test_the_primary_is_the_cheapest_and_the_alternates_share_at_most_half_of_any_better_one():
    made = plan()
    assert_drivable(made)
    assert made.corridors["rank"].tolist() == [1, 2, 3]
    assert made.corridors["duration_min"].is_monotonic_increasing
    assert_alternates_differ(made)
    # Four streets each: two east-west of about 1.87 km, two north-south of about 2.22 km, at 50
    # km/h.
    assert made.corridors["length_m"].tolist() == pytest.approx([8173, 8173, 8173], abs=3)
    assert made.corridors["duration_min"].tolist() == pytest.approx([8.173 / 50 * 60] * 3, abs=0.01)


def test_a_strike_in_the_middle_of_town_sends_corridors_round_it():
    made = plan(incidents=[("s", *spot(5))])
    assert driven(made, "depot:clinic:1") in (
        ["1-2", "2-3", "3-6", "6-9"],
        ["1-4", "4-7", "7-8", "8-9"],
    )
    assert made.summary["closed"] == 4
    assert made.corridors.at["depot:clinic:1", "nearest_incident_m"] == pytest.approx(
        1866, abs=3
    )  # the ring is one street away


def test_a_depot_at_the_clinic_itself_is_a_corridor_of_no_length():
    sites = {"depot": ("depot", *spot(5)), "clinic": ("destination", *spot(5))}
    made = plan(sites=sites)
    assert made.corridors.at["depot:clinic:1", "length_m"] == 0.0
    assert made.corridors.geometry["depot:clinic:1"].geom_type == "Point"
    assert made.corridors.at["depot:clinic:1", "nearest_incident_m"] == pytest.approx(
        60_900, abs=1000
    )  # to FAR, 0.48 by 0.38 degrees away


def test_a_one_way_street_is_never_driven_backwards():
    made = plan(oneway={"1-2": "backward", "8-9": "backward"})
    assert_drivable(made)
    assert "1-2" not in driven(made, "depot:clinic:1")
    # Into node 9 only 6-9 remains, and out of node 1 only 1-4.
    assert {"1-4", "6-9"} <= set(driven(made, "depot:clinic:1"))


def test_each_destination_is_served_from_the_nearest_depot_or_from_all():
    sites = {
        "east": ("depot", *spot(3)),
        "west": ("depot", *spot(1)),
        "clinic": ("destination", *spot(9)),
        "school": ("destination", *spot(4)),
    }
    nearest = plan(sites=sites)
    assert set(
        zip(nearest.corridors["depot_id"], nearest.corridors["destination_id"], strict=True)
    ) == {
        ("east", "clinic"),
        ("west", "school"),
    }
    every = plan(sites=sites, given_rules=rules(routing={"pairs": "all", "alternates": 0}))
    assert len(every.corridors) == 4


@pytest.mark.parametrize("moved", [144.97, 144.973, 144.99, -215.03])
def test_a_plan_is_the_same_across_the_antimeridian(moved):
    """A zone there is cut in two, as RFC 7946 asks; its sites lie in the middle of roads that cross
    180 degrees."""
    west, east = shapely.box(-180, -90, 180, 90), shapely.box(180, -90, 540, 90)

    def to_there(shape):
        return shapely.transform(
            shape,
            lambda lonlat: np.round(
                (lonlat + np.array([moved + 180.0, 0.0])) % [360.0, 1e9] - [180.0, 0.0], 9
            ),
        )

    def cut_there(zone):
        parts = shapely.transform(zone, lambda lonlat: lonlat + np.array([moved % 360.0, 0.0]))
        return shapely.union(
            shapely.intersection(parts, west),
            shapely.transform(shapely.intersection(parts, east), lambda at: at - [360, 0]),
        )

    depot, clinic = ("depot", 35.011, 33.0), ("destination", 35.031, 33.04)
    for sites, zones in (
        ({"depot": depot, "clinic": clinic}, ()),
        ({"depot": depot}, [("safe", "safe_zone", shapely.box(35.025, 33.01, 35.05, 33.05))]),
    ):
        here = make_situation(incidents=[("s", *spot(5)), FAR], sites=sites, zones=zones)
        tables = {
            name: getattr(here, name).assign(
                geometry=[move(shape) for shape in getattr(here, name).geometry]
            )
            for name, move in (
                ("roads", to_there),
                ("incidents", to_there),
                ("sites", to_there),
                ("zones", cut_there),
            )
        }
        one, other = plan(here), plan(dataclasses.replace(here, **tables))
        figures = ["length_m", "duration_min", "exposure", "nearest_incident_m"]
        assert other.corridors[figures].to_numpy() == pytest.approx(
            one.corridors[figures].to_numpy(), abs=0.01
        )
        for line, there in zip(one.corridors.geometry, other.corridors.geometry, strict=True):
            apart = (
                shapely.get_coordinates(there)[[0, -1]]
                - shapely.get_coordinates(line)[[0, -1]]
                - [moved, 0.0]
            ) / [360.0, 1.0]
            assert apart[:, 0] == pytest.approx(np.round(apart[:, 0]), abs=1e-9)
            assert apart[:, 1] == pytest.approx([0.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_rows_of_no_table_changes_a_plan(seed):
    situation = make_situation(
        incidents=[FAR, ("hit", (spot(2)[0] + spot(3)[0]) / 2, spot(2)[1])],
        zones=[
            ("field", "no_go", shapely.box(35.0, 33.03, 35.01, 33.05)),
            ("camp", "restricted", shapely.box(35.03, 33.0, 35.05, 33.01)),
        ],
        sites={
            "east": ("depot", *spot(3)),
            "west": ("depot", *spot(1)),
            "clinic": ("destination", *spot(9)),
            "mill": ("destination", *spot(8)),
        },
    )
    tables = {name: getattr(situation, name) for name in ("roads", "sites", "zones", "incidents")}
    mixed = dataclasses.replace(
        situation,
        **{name: table.sample(frac=1, random_state=seed) for name, table in tables.items()},
    )
    made, same = plan(mixed), plan(situation)
    assert_drivable(made)
    assert made.plan_hash == same.plan_hash
    assert driven(made, "west:clinic:1") == driven(same, "west:clinic:1")
    assert "2-3" not in set(made.steps["segment_id"])


def test_a_safe_zone_that_is_no_longer_in_force_is_no_destination():
    situation = make_situation(
        zones=[("safe", "safe_zone", shapely.Point(spot(9)).buffer(0.005))],
        sites={"depot": ("depot", *spot(1))},
    )
    over = situation.zones.assign(valid_to=pd.Timestamp("2026-11-22T00:00Z").as_unit("us"))
    with pytest.raises(InputError, match="no-destination"):
        plan(dataclasses.replace(situation, zones=over))


def test_the_other_half_of_the_depots_street_is_a_detour():
    # From the middle of 1-2 a ring leads both ways to the middle of 4-5: only the two streets
    # themselves are needed.
    sites = {"depot": ("depot", 35.01, 33.0), "clinic": ("destination", 35.01, 33.02)}
    made = plan(pairs=[(1, 2), (2, 5), (4, 5), (1, 4)], sites=sites)
    assert sorted(made.corridors.at["depot:clinic:1", "chokepoints"]) == ["1-2", "4-5"]
    assert made.corridors["shared_with_primary"].tolist() == [1.0, 0.0]  # not one metre in common


def test_the_primary_is_never_its_own_alternate():
    made = plan(given_rules=rules(routing={"max_shared": 1.0, "alternates": 5}))
    ways = [tuple(driven(made, corridor)) for corridor in made.corridors.index]
    assert len(ways) == len(set(ways))


def test_a_loop_driven_past_its_start_is_two_steps_and_never_backwards():
    ring = shapely.LineString([spot(1), spot(2), spot(5), spot(4), spot(1)])
    table = {
        "segment_id": ["ring"],
        "from_node": [1],
        "to_node": [1],
        "oneway": "forward",
        "length_m": measure_length_m([ring]),
        "speed_kph": 50.0,
    }
    roads = build_table(ROADS, pd.DataFrame(table | {"geometry": [ring]}))
    sites = make_sites(depot=("depot", 35.0, 33.005), clinic=("destination", 35.005, 33.0))
    made = plan(Situation(as_of=AS_OF, roads=roads, incidents=make_incidents(FAR), sites=sites))
    assert len(made.steps) == 2
    assert (made.steps["start_m"] < made.steps["end_m"]).all()
    assert made.steps["end_m"].iloc[0] == pytest.approx(measure_length_m([ring])[0])


def test_a_colon_in_an_id_never_makes_two_corridors_one():
    sites = {
        "a:b": ("depot", *spot(1)),
        "a": ("depot", *spot(3)),
        "c": ("destination", *spot(7)),
        "b:c": ("destination", *spot(9)),
    }
    made = plan(sites=sites, given_rules=rules(routing={"pairs": "all", "alternates": 0}))
    assert sorted(made.corridors.index) == ["a%3Ab:b%3Ac:1", "a%3Ab:c:1", "a:b%3Ac:1", "a:c:1"]


def test_row_conservation_holds_for_incidents():
    incidents = [
        ("a", *spot(5)),
        ("b", *spot(5), {"occurred_at": "2026-10-01T00:00Z"}),
        ("c", *spot(5), {"verification": "retracted"}),
        FAR,
    ]
    counts = plan(incidents=incidents).summary
    parts = [
        n
        for name, n in counts.items()
        if name.startswith("incidents_") and name != "incidents_read"
    ]
    assert counts["incidents_read"] == sum(parts) == 4
    assert (
        counts["incidents_active"],
        counts["incidents_expired"],
        counts["incidents_retracted"],
    ) == (2, 1, 1)


def test_the_callers_tables_are_left_as_they_were():
    situation = make_situation(incidents=[("s", *spot(5))])
    before = {
        name: getattr(situation, name).copy() for name in ("roads", "sites", "zones", "incidents")
    }
    plan(situation)
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(getattr(situation, name)))


def test_the_plan_hash_changes_with_a_rule_and_with_an_incident_and_with_nothing_else():
    first = plan().plan_hash
    assert plan().plan_hash == first
    assert plan(given_rules=rules(vehicle={"height_m": 3.9})).plan_hash != first
    assert plan(incidents=[FAR, ("s", *spot(5))]).plan_hash != first


# --- against brute force
# -------------------------------------------------------------------------------------------------


def best_by_brute_force(graph, start, end):
    if start == end and start in graph:
        return 0.0
    if start not in graph or end not in graph:
        return None
    costs = [
        sum(min(e["cost"] for e in graph[a][b].values()) for a, b in pairwise(path))
        for path in nx.all_simple_paths(nx.DiGraph(graph), start, end)
    ]
    return min(costs, default=None)


@examples(10, 100)
@given(towns())
def test_the_primary_costs_what_brute_force_over_all_simple_paths_finds_and_cut_off_means_none(
    town,
):
    situation, depot, clinic = town
    made = plan(situation, SMALL)
    assert_drivable(made)
    graph = free_graph(made, set(made.closures["segment_id"]))
    expected = best_by_brute_force(graph, depot, clinic)
    if expected is None:
        assert made.cut_off.index.tolist() == ["clinic"]
        return
    assert_alternates_differ(made)
    steps = made.steps[made.steps["corridor_id"] == "depot:clinic:1"]
    roads = made.segments.loc[steps["segment_id"]]
    cost = (
        roads["length_m"] / 1000 / roads["speed_kph"].clip(upper=60) * 60 * (1 + roads["exposure"])
    ).sum()
    assert cost == pytest.approx(expected, rel=1e-9, abs=1e-9)

    necessary = []
    for name in dict.fromkeys(steps["segment_id"]):
        rest = free_graph(made, {*made.closures["segment_id"], name})
        if not (
            rest.has_node(depot) and rest.has_node(clinic) and nx.has_path(rest, depot, clinic)
        ):
            necessary.append(name)
    assert list(made.corridors.at["depot:clinic:1", "chokepoints"]) == necessary


@examples(6, 60)
@given(towns(), st.tuples(st.floats(34.99, 35.05), st.floats(32.99, 33.05)), st.floats(1.0, 3.0))
def test_one_more_strike_or_a_larger_radius_never_opens_a_segment_nor_cheapens_the_route(
    town, where, wider
):
    situation, _, _ = town
    before = plan(situation, SMALL)
    one_more = make_incidents(
        *[(name, row.geometry.x, row.geometry.y) for name, row in situation.incidents.iterrows()],
        ("more", *where),
    )
    for made in (
        plan(dataclasses.replace(situation, incidents=one_more), SMALL),
        plan(situation, rules(incidents={"radius_m": 400.0 * wider})),
    ):
        assert set(before.closures["segment_id"]) <= set(made.closures["segment_id"])
        if before.corridors.empty:
            assert made.corridors.empty


@examples(4, 40)
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(town, random):
    situation, _, _ = town
    before = plan(situation, SMALL)

    def shuffled(table):
        order = list(range(len(table)))
        random.shuffle(order)
        return table.iloc[order]

    # Readers build tables sorted by id; a table handed over in another order is put back by
    # build_table.
    again = Situation(
        as_of=AS_OF,
        title=situation.title,
        roads=build_table(ROADS, shuffled(situation.roads).reset_index()),
        incidents=build_table(INCIDENTS, shuffled(situation.incidents).reset_index()),
        sites=build_table(SITES, shuffled(situation.sites).reset_index()),
    )
    assert plan(again, SMALL).plan_hash == before.plan_hash


def test_times_are_what_length_and_the_lower_of_road_and_vehicle_speed_give():
    made = plan(
        pairs=[(1, 2)],
        sites={"depot": ("depot", *spot(1)), "clinic": ("destination", *spot(2))},
        speed_kph={"1-2": 90.0},
    )
    row = made.corridors.iloc[0]
    assert row["duration_min"] == pytest.approx(
        row["length_m"] / 1000.0
    )  # 60 km/h: a kilometre a minute
    assert np.isfinite(row["nearest_incident_m"])


def test_grid_of_conftest_is_what_its_picture_shows():
    assert len(GRID) == 12
    assert make_roads(GRID)["length_m"].between(1860, 2225).all()
