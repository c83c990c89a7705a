"""The ways of a file are counted: used, excluded, not understood, not read."""

from __future__ import annotations

import pytest
from osm_files import write_osm

from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"highway": "footway"}, "not_a_truck_road"),
        ({"highway": "pedestrian"}, "not_a_truck_road"),
        ({"highway": ""}, "not_a_truck_road"),
        ({"highway": "construction", "construction": "primary"}, "under_construction"),
        ({"highway": "proposed"}, "under_construction"),
        ({"highway": "primary", "construction": "yes"}, "under_construction"),
        ({"construction:highway": "primary"}, "under_construction"),
        ({"proposed:highway": "primary"}, "under_construction"),
        ({"highway": "abandoned"}, "abandoned"),
        ({"disused:highway": "primary"}, "abandoned"),
        ({"highway": "primary", "abandoned": "yes"}, "abandoned"),
        ({"highway": "primary", "bridge": "abandoned"}, "abandoned"),
        ({"highway": "razed"}, "destroyed"),
        ({"demolished:highway": "primary"}, "destroyed"),
        ({"highway": "primary", "bridge": "collapsed"}, "destroyed"),
        ({"highway": "primary", "destroyed:bridge": "yes"}, "destroyed"),
        ({"highway": "primary", "destroyed": "yes"}, "destroyed"),
        ({"route": "ferry"}, "ferry"),
        ({"highway": "primary", "route": "ferry"}, "ferry"),
        ({"highway": "service", "area": "yes"}, "area"),
        ({"highway": "primary", "access": "no"}, "no_access"),
        ({"highway": "primary", "access": "private"}, "no_access"),
        ({"highway": "primary", "access": "military"}, "no_access"),
        ({"highway": "track", "motor_vehicle": "agricultural;forestry"}, "no_access"),
        ({"highway": "primary", "vehicle": "no"}, "no_access"),
        ({"highway": "primary", "goods": "no"}, "no_access"),
        ({"highway": "primary", "goods": "yes", "motor_vehicle": "no"}, "no_access"),
        ({"highway": "primary", "hgv": "no"}, "no_access"),
        ({"highway": "primary", "access": "yes", "hgv": "No"}, "no_access"),
        ({"highway": "primary", "access": "no", "hgv": ""}, "no_access"),
        ({"highway": "primary", "access": "no", "hgv": "unknown"}, "no_access"),
        (
            {"highway": "primary", "access": "yes", "vehicle": "no", "motor_vehicle": "perhaps"},
            "no_access",
        ),
        (
            {"highway": "primary", "motor_vehicle:forward": "no", "motor_vehicle:backward": "no"},
            "no_access",
        ),
        ({"highway": "primary", "oneway": "yes", "motor_vehicle:forward": "no"}, "no_access"),
        ({"highway": "track", "smoothness": "impassable"}, "no_access"),
        ({"highway": "primary", "oneway": "reversible"}, "reversible"),
    ],
)
def test_what_a_truck_cannot_use_is_left_out_and_counted(left_out, tags, reason):
    assert left_out(tags) == {"read": 2, "kept": 1, reason: 1}


def test_ways_that_are_no_roads_are_not_counted(left_out):
    assert left_out({"railway": "rail"}) == {"read": 1, "kept": 1}
    assert left_out({"route": "power"}) == {"read": 1, "kept": 1}
    assert left_out({"access": "no", "barrier": "fence"}) == {"read": 1, "kept": 1}


def test_the_source_accounts_for_every_way_and_says_how_much_is_stated(tmp_path):
    ways = {
        7: ([0, 1], {"highway": "primary", "maxspeed": "50", "name": "A"}),
        8: ([1, 4], {"highway": "primary", "surface": "asphalt"}),
        9: ([4, 5], {"highway": "footway"}),
    }
    source = read_roads(write_osm(tmp_path / "a.osm", ways)).source
    assert (source.role, source.name, source.format) == ("roads", "a.osm", "osm")
    assert source.attribution == "© OpenStreetMap contributors, ODbL 1.0"
    assert (
        source.rows["read"]
        == sum(count for reason, count in source.rows.items() if reason != "read")
        == 3
    )
    assert source.completeness == pytest.approx(
        {"speed_kph": 0.25, "max_weight_t": 0, "max_height_m": 0, "surface": 0.75, "name": 0.25},
        abs=1e-4,
    )
    assert (
        read_roads(tmp_path / "a.osm", attribution="A. Surveyor").source.attribution
        == "A. Surveyor"
    )


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("maxweight:conditional", "conditional_limits"),
        ("maxheight:forward:conditional", "conditional_limits"),
        ("hgv:conditional", "conditional_access"),
        ("oneway:conditional", "conditional_access"),
        ("maxaxleload", "limits_of_axle_load"),
        ("maxwidth:physical", "limits_of_width"),
        ("maxlength", "limits_of_length"),
        ("ford", "fords"),
    ],
)
def test_what_may_stop_a_truck_and_is_not_read_is_counted(one_road, key, what):
    _, source = one_road(**{key: "no @ (22:00-06:00)"})
    assert source.notes == (Message("note.tags_unread_on_ways", what=what, tag=key, ways=1),)
    assert one_road(**{key: "no"})[1].notes == ()


def test_limits_not_read_at_a_node_are_counted_and_cut_no_road(tmp_path):
    ways = {1: ([1, 2, 3], {"highway": "primary"}), 2: ([3, 4], {"highway": "footway"})}
    reading = read_roads(
        write_osm(tmp_path / "a.osm", ways, {2: {"maxwidth": "2"}, 4: {"maxwidth": "2"}})
    )
    assert reading.source.notes == (
        Message("note.tags_unread_on_nodes", what="limits_of_width", tag="maxwidth", nodes=1),
    )
    assert len(reading.table) == 1


def test_turn_restrictions_that_begin_on_a_road_read_are_counted_wherever_they_are_in_the_file(
    tmp_path,
):
    ways = {
        1: ([1, 2], {"highway": "primary"}),
        2: ([2, 3], {"highway": "primary"}),
        3: ([3, 4], {"highway": "footway"}),
    }

    def relation(number, start, kind="restriction", mark=""):
        member = f'<member type="way" ref="{start}" role="from"/><member type="node" ref="2" role="via"/>'
        return f'<relation id="{number}"{mark}>{member}<tag k="type" v="{kind}"/></relation>'

    said = [
        relation(1, 1),
        relation(2, 2, "restriction:hgv"),
        relation(3, 3),
        relation(4, 1, "route"),
        relation(5, 1, mark=' action="delete"'),
    ]
    path = write_osm(tmp_path / "a.osm", ways, head="".join(said[:2]), tail="".join(said[2:]))
    assert read_roads(path).source.notes == (Message("note.turns_unread", n=2),)
