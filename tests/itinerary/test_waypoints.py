"""The places where road, structure or state changes along a corridor, and places along a line."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from corridors.itinerary.waypoints import MAX_SAMPLES, find_changes, find_roads, sample_line
from corridors.tables import CRS, PASSABLE, RESTRICTED


def make_steps(*length_m):
    lines = [
        shapely.LineString([(at / 100, 0), ((at + 1) / 100, 0)]) for at in range(len(length_m))
    ]
    return gpd.GeoDataFrame({"start_m": 0.0, "end_m": list(length_m)}, geometry=lines, crs=CRS)


def make_segments(count, **columns):
    plain = {"speed_kph": 60.0, "bridge": False, "tunnel": False, "status": PASSABLE}
    return pd.DataFrame(plain | columns, index=range(count))


def test_a_waypoint_is_where_road_structure_or_state_changes():
    segments = make_segments(
        4, bridge=[False, True, True, False], status=[PASSABLE, PASSABLE, RESTRICTED, RESTRICTED]
    )
    places = find_changes(
        make_steps(1000.0, 1000.0, 1000.0, 1000.0),
        segments,
        ["A", "A", "B", "B"],
        top_speed_kph=math.inf,
    )
    assert [(place.road, place.structure, place.status) for place in places] == [
        ("A", "", ""),
        (None, "bridge", ""),
        ("B", "", RESTRICTED),
        (None, "", ""),
    ]
    assert [place.distance_m for place in places] == [0.0, 1000.0, 2000.0, 4000.0]
    assert [place.minutes for place in places] == pytest.approx([0.0, 1.0, 2.0, 4.0])


def test_a_junction_is_no_waypoint_but_its_bridge_keeps_its_own_name():
    segments = make_segments(3, bridge=[False, True, False])
    places = find_changes(
        make_steps(1000.0, 20.0, 1000.0), segments, ["A", "Slip road", "A"], top_speed_kph=30.0
    )
    assert [(place.road, place.structure_road) for place in places[:2]] == [
        ("A", ""),
        (None, "Slip road"),
    ]
    assert len(places) == 3
    assert places[-1].minutes == pytest.approx(4.04)


def test_a_long_line_has_a_larger_step_and_both_ends():
    line = shapely.LineString([(0, 0), (10, 0)])
    step_m, places = sample_line(line, 1000.0)
    assert step_m % 1000.0 == 0
    assert len(places) <= MAX_SAMPLES + 1
    assert (places[0].lon, places[-1].lon) == (0.0, 10.0)
    assert all(math.isnan(place.minutes) for place in places)


def test_a_road_is_found_only_near_a_place():
    _, places = sample_line(shapely.LineString([(0, 0), (0.03, 0)]), 5000.0)
    segments = gpd.GeoDataFrame(geometry=[shapely.LineString([(0.02, 0), (0.03, 0)])], crs=CRS)
    assert find_roads(places, segments).tolist() == [-1, 0]
    assert find_roads(places, segments[:0]).tolist() == [-1, -1]
