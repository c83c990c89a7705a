"""What the tags of OpenStreetMap mean to a truck."""

from __future__ import annotations

import math

import pytest
from osm_files import write_osm

from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message
from corridors.rules import RoadRules


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
