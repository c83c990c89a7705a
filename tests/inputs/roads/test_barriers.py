"""Nodes that stop a truck, or limit it."""

from __future__ import annotations

import networkx as nx
import pytest
from osm_files import ENDS, connected, write_osm

from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message


@pytest.mark.parametrize(
    "kind",
    [
        "bollard",
        "block",
        "jersey_barrier",
        "chain",
        "log",
        "debris",
        "cycle_barrier",
        "kissing_gate",
        "stile",
        "yes",
    ],
)
def test_a_barrier_that_stops_a_truck_cuts_the_road_there(tmp_path, kind):
    ways = {7: ([1, 2, 3], {"highway": "primary"})}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, {2: {"barrier": kind}}))
    assert reading.table.index.tolist() == ["7:1-2", "7:2-3"]
    assert not connected(reading.table, *ENDS)
    inner = {reading.table.loc["7:1-2", "to_node"], reading.table.loc["7:2-3", "from_node"]}
    assert len(inner) == 2
    assert max(inner) < 0
    assert reading.source.notes == (Message("note.barriers", kind=kind, n=1),)


@pytest.mark.parametrize(
    "kind",
    ["gate", "lift_gate", "toll_booth", "border_control", "checkpoint", "cattle_grid", "entrance"],
)
def test_a_barrier_that_lets_a_truck_through_does_not_even_divide_the_road(tmp_path, kind):
    ways = {7: ([1, 2, 3], {"highway": "primary"})}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, {2: {"barrier": kind}}))
    assert reading.table.index.tolist() == ["7:1-3"]


@pytest.mark.parametrize(
    "tags",
    [
        {"access": "no"},
        {"motor_vehicle": "private"},
        {"access": "yes", "hgv": "no"},
        {"access": "no", "hgv": "perhaps"},
    ],
)
def test_a_gate_that_denies_access_cuts_the_road(tmp_path, tags):
    ways = {7: ([1, 2, 3], {"highway": "primary"})}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, {2: {"barrier": "gate", **tags}}))
    assert not connected(reading.table, *ENDS)


def test_a_bollard_that_lets_trucks_pass_by_its_tags_does_not_cut(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"})}
    assert (
        len(
            read_roads(
                write_osm(
                    tmp_path / "a.osm", ways, {2: {"barrier": "bollard", "motor_vehicle": "yes"}}
                )
            ).table
        )
        == 1
    )
    assert (
        len(
            read_roads(
                write_osm(tmp_path / "a.osm", ways, {2: {"barrier": "bollard", "access": "yes"}})
            ).table
        )
        == 2
    )


def test_a_barrier_at_a_crossing_parts_every_road_that_meets_there(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"}), 8: ([4, 2], {"highway": "primary"})}
    table = read_roads(
        write_osm(tmp_path / "a.osm", ways, {2: {"barrier": "block"}}, places={4: (35.002, 33.001)})
    ).table
    assert (
        nx.number_connected_components(
            nx.Graph(zip(table["from_node"], table["to_node"], strict=True))
        )
        == 3
    )


def test_a_barrier_between_two_ways_parts_them(tmp_path):
    ways = {7: ([1, 2], {"highway": "primary"}), 8: ([2, 3], {"highway": "primary"})}
    assert not connected(
        read_roads(write_osm(tmp_path / "a.osm", ways, {2: {"barrier": "bollard"}})).table, *ENDS
    )


def test_a_limit_at_a_node_holds_for_the_segments_that_touch_it_and_no_other(tmp_path):
    ways = {
        7: ([1, 2, 3, 4], {"highway": "primary", "maxheight": "4.5"}),
        8: ([3, 9], {"highway": "primary"}),
    }
    nodes = {2: {"barrier": "height_restrictor", "maxheight": "2.1"}, 9: {"maxweight": "3.5"}}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, nodes))
    assert reading.table["max_height_m"].fillna(0).to_dict() == {
        "7:1-2": 2.1,
        "7:2-3": 2.1,
        "7:3-4": 4.5,
        "8:3-9": 0,
    }
    assert reading.table["max_weight_t"].fillna(0).to_dict() == {
        "7:1-2": 0,
        "7:2-3": 0,
        "7:3-4": 0,
        "8:3-9": 3.5,
    }
    assert connected(reading.table, *ENDS)


def test_a_height_restrictor_that_does_not_say_its_height_stops_a_truck(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"})}
    assert not connected(
        read_roads(
            write_osm(tmp_path / "a.osm", ways, {2: {"barrier": "height_restrictor"}})
        ).table,
        *ENDS,
    )


def test_a_limit_of_a_node_that_cannot_be_read_is_noted(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"})}
    notes = read_roads(
        write_osm(tmp_path / "a.osm", ways, {2: {"maxweight": "heavy"}})
    ).source.notes
    assert notes == (Message("note.values_unknown", tag="maxweight", n=1, names=("heavy",)),)
