"""The network: where sites and zones meet the roads, and the graph that users see."""

from __future__ import annotations

import dataclasses

import networkx as nx
import pandas as pd
import pytest
import shapely
from town import (
    AS_OF,
    FAR,
    make_incidents,
    make_roads,
    make_sites,
    make_situation,
    make_zones,
    spot,
)
from town_plans import QUIET, assert_drivable, driven, plan

from corridors.errors import InputError
from corridors.geodesy.measures import measure_length_m
from corridors.situation import Situation
from corridors.tables import ROADS, build_table


def test_sites_snap_along_a_segment_and_are_driven_to_and_from_there():
    sites = {"depot": ("depot", 35.005, 33.0005), "clinic": ("destination", 35.035, 33.0395)}
    made = plan(sites=sites)
    assert_drivable(made)
    assert made.prepared.snaps.at["depot", "segment_id"] == "1-2"
    assert made.prepared.snaps.at["depot", "along_m"] == pytest.approx(467.3, abs=0.1)
    assert made.prepared.snaps.at["depot", "snap_m"] == pytest.approx(55.5, abs=0.1)
    first = made.steps.iloc[0]
    assert first["start_m"] == pytest.approx(467.3, abs=0.1)
    assert first["end_m"] in (0.0, made.segments.at["1-2", "length_m"])


def test_two_sites_on_one_segment_are_joined_along_it():
    sites = {"depot": ("depot", 35.005, 33.0), "clinic": ("destination", 35.015, 33.0)}
    made = plan(sites=sites)
    assert driven(made, "depot:clinic:1") == ["1-2"]
    assert made.corridors.at["depot:clinic:1", "length_m"] == pytest.approx(934.5, abs=0.2)


def test_safe_zones_are_the_destinations_where_no_site_is_and_are_entered_at_their_first_road_point():
    safe = shapely.Point(spot(9)).buffer(0.005)
    made = plan(zones=[("safe", "safe_zone", safe)], sites={"depot": ("depot", *spot(1))})
    assert_drivable(made)
    assert made.corridors["destination_id"].unique().tolist() == ["safe"]
    for line in made.corridors.geometry:
        assert safe.covers(shapely.Point(line.coords[-1]))
        assert safe.intersection(line).length < 1e-5  # it ends at once


@pytest.mark.parametrize("beyond", [0.0, 1e-6])
def test_a_safe_zone_is_entered_at_a_junction_on_its_edge_as_at_one_just_inside(beyond):
    lon, lat = spot(5)
    to_node_5 = measure_length_m([shapely.LineString([spot(1), spot(4), spot(5)])])[
        0
    ]  # a metre less than by node 2
    for inner in (
        [(lon + 0.05, lat - 0.01), (lon + 0.05, lat + 0.01)],
        [(lon, lat + 0.03), (lon + 0.05, lat + 0.03), (lon + 0.05, lat - 0.01)],
    ):
        made = plan(
            zones=[("safe", "safe_zone", shapely.Polygon([(lon - beyond, lat), *inner]))],
            sites={"depot": ("depot", *spot(1))},
        )
        assert_drivable(made)
        assert made.corridors.at["depot:safe:1", "length_m"] == pytest.approx(to_node_5, abs=0.3)


def test_a_road_along_the_edge_of_a_safe_zone_does_not_lead_into_it():
    north = spot(4)[1]  # the road 4-5-6 is part of its edge; 1-4, 2-5 and 3-6 come out of it there
    below = shapely.box(spot(4)[0] - 0.005, north - 0.005, spot(6)[0] + 0.005, north)
    made = plan(zones=[("safe", "safe_zone", below)], sites={"depot": ("depot", *spot(8))})
    for line in made.corridors.geometry:
        assert below.exterior.distance(shapely.Point(line.coords[-1])) == pytest.approx(
            0.1 / 110_900, rel=0.01
        )


@pytest.mark.parametrize("half", [0.012, 0.02, 0.03])
@pytest.mark.parametrize("node", [5, 6, 8, 9])
def test_no_alternate_is_a_better_corridor_driven_on_inside_the_zone(node, half):
    lon, lat = spot(node)
    safe = shapely.box(lon - half, lat - half + 0.003, lon + half + 0.004, lat + half)
    made = plan(zones=[("safe", "safe_zone", safe)], sites={"depot": ("depot", *spot(1))})
    assert_drivable(made)
    for line in made.corridors.geometry:
        assert measure_length_m(shapely.get_parts(safe.intersection(line))).sum() < 0.2


@pytest.mark.parametrize("lon", [35.0, 180.0])
@pytest.mark.parametrize(
    ("west", "east", "depot", "entered"),
    [(0.005, 0.02, -0.02, 0.005), (-0.03, -0.008, 0.02, -0.008), (-0.004, 0.004, -0.015, -0.004)],
)
def test_a_safe_zone_is_entered_where_the_road_meets_it_also_across_the_antimeridian(
    lon, west, east, depot, entered
):
    def turn(x):
        return (lon + x + 180.0) % 360.0 - 180.0

    lines = [
        shapely.LineString([(turn(start), 33.0), (turn(end), 33.0)])
        for start, end in ((-0.02, 0.01), (0.01, 0.03))
    ]
    ids = {
        "segment_id": ["a", "b"],
        "from_node": [1, 2],
        "to_node": [2, 3],
        "oneway": "both",
        "speed_kph": 50.0,
    }
    roads = build_table(ROADS, {**ids, "length_m": measure_length_m(lines), "geometry": lines})
    whole = shapely.box(lon + west, 32.99, lon + east, 33.01)
    sides = [
        shapely.intersection(whole, shapely.box(side - 180, -90, side + 180, 90))
        for side in (0, 360)
    ]  # as RFC 7946 asks
    zone = shapely.multipolygons(
        [
            shapely.transform(half, lambda xy, by=by: xy - [by, 0])
            for half, by in zip(sides, (0, 360), strict=True)
            if half.area
        ]
    )
    situation = Situation(
        as_of=AS_OF,
        roads=roads,
        sites=make_sites(depot=("depot", turn(depot), 33.0)),
        zones=make_zones(("safe", "safe_zone", zone)),
        incidents=make_incidents(("far", turn(0.3), 33.3)),
    )
    corridor = plan(situation).corridors.loc["depot:safe:1"]
    expected_m = measure_length_m([shapely.LineString([(35 + depot, 33.0), (35 + entered, 33.0)])])[
        0
    ]
    assert corridor["length_m"] == pytest.approx(expected_m + 0.1, abs=0.01)
    assert (
        corridor.geometry.coords[-1][0] - turn(entered) + 180.0
    ) % 360.0 - 180.0 == pytest.approx(0.0, abs=2e-6)


def test_zones_and_roads_whose_ids_read_alike_when_joined_are_not_joined_themselves():
    # Zone "A" on road "B C" and zone "A B" on road "C", each beginning in its zone; nothing leads
    # from the one road to the other.
    camps = [
        (name, "safe_zone", shapely.Point(*spot(node)).buffer(0.004))
        for name, node in (("A", 1), ("A B", 8))
    ]
    situation = make_situation(
        pairs=[(1, 2), (8, 9)], zones=camps, sites={"depot": ("depot", *spot(2))}
    )
    roads = build_table(
        ROADS, situation.roads.rename(index={"1-2": "B C", "8-9": "C"}).reset_index()
    )
    made = plan(dataclasses.replace(situation, roads=roads))
    assert made.corridors.index.tolist() == ["depot:A:1"]
    assert made.cut_off.index.tolist() == ["A B"]


def test_a_depot_inside_the_safe_zone_has_arrived():
    made = plan(
        zones=[("safe", "safe_zone", shapely.Point(spot(1)).buffer(0.005))],
        sites={"depot": ("depot", *spot(1))},
    )
    assert made.corridors.at["depot:safe:1", "length_m"] == 0.0


def test_a_site_far_from_every_road_is_an_error_not_a_guess():
    with pytest.raises(InputError, match="site-far-from-roads"):
        plan(sites={**QUIET, "school": ("destination", 35.2, 33.2)})


def test_the_graph_of_a_plan_gives_networkx_the_same_shortest_path():
    made = plan(
        incidents=[("s", *spot(5))],
        sites={"depot": ("depot", 35.004, 33.001), "clinic": ("destination", *spot(9))},
    )
    graph, terminals = made.network.graph, made.network.terminals
    cost = nx.shortest_path_length(graph, terminals["depot"], terminals["clinic"], weight="minutes")
    assert made.corridors.at["depot:clinic:1", "duration_min"] == pytest.approx(cost, rel=1e-9)
    assert graph.graph["crs"] == "epsg:4326"
    assert all({"x", "y"} <= data.keys() for _, data in graph.nodes(data=True))
    assert all(
        data["geometry"].coords[0]
        == pytest.approx((graph.nodes[tail]["x"], graph.nodes[tail]["y"]), abs=1e-8)
        for tail, _, data in graph.edges(data=True)
    )


def test_parallel_roads_stay_apart_and_the_faster_one_is_driven():
    roads = make_roads([(1, 2), (2, 3)])
    slow = roads.rename(index={"1-2": "1-2b"}).loc[["1-2b"]].assign(speed_kph=20.0)
    both = pd.concat([roads, slow]).sort_index()
    situation = Situation(
        as_of=AS_OF,
        roads=both,
        incidents=make_incidents(FAR),
        zones=make_zones(),
        sites=make_sites(depot=("depot", *spot(1)), clinic=("destination", *spot(3))),
    )
    made = plan(situation)
    assert driven(made, "depot:clinic:1") == ["1-2", "2-3"]
    assert made.network.graph.number_of_edges(1, 2) == 2
    assert made.corridors.at["depot:clinic:1", "chokepoints"] == ("2-3",)
