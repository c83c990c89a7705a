"""Where corridors and roads cross the borders of zones, and the roads that a corridor follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from town import make_situation, spot
from zoned_town import MIDDLE, make_release, zones

import corridors as co
from corridors.itinerary.crossings import find_crossings, find_passages, follow_roads


def passages_of(plan):
    return find_passages(plan.table("corridors"), plan.table("zones"))


def crossings_of(plan):
    return find_crossings(plan.table("segments"), plan.table("zones"), passages_of(plan))


def test_a_corridor_enters_and_leaves_a_zone_where_its_road_crosses_the_border():
    release = make_release(("Z", MIDDLE, {}))
    passages = passages_of(release)
    assert [(passage.act, passage.zone_id) for passage in passages] == [
        ("enters", "Z"),
        ("leaves", "Z"),
    ]
    assert [(passage.lon, passage.lat) for passage in passages] == [
        pytest.approx((35.01, 33.0)),
        pytest.approx((35.03, 33.0)),
    ]
    crossings = crossings_of(release)
    assert [crossing.corridors for crossing in crossings] == [
        (("depot:clinic:1", "enters"),),
        (("depot:clinic:1", "leaves"),),
    ]
    names = release.table("segments")["name"]
    assert {names.iloc[crossing.road] for crossing in crossings} == {"South Street"}


def test_a_corridor_that_begins_in_a_zone_only_leaves_it_and_one_inside_does_neither():
    depot = shapely.box(34.99, 32.99, 35.01, 33.01)
    everything = shapely.box(34, 32, 36, 34)
    acts = [
        (passage.zone_id, passage.act)
        for passage in passages_of(make_release(("Z", depot, {}), ("all", everything, {})))
    ]
    assert acts == [("Z", "leaves")]


def test_a_border_is_of_its_zone_and_a_corridor_that_only_meets_a_corner_touches_it():
    above = shapely.box(35.01, 33.0, 35.03, 33.01)
    along = passages_of(make_release(("Z", above, {})))
    assert [(passage.act, round(passage.lon, 5)) for passage in along] == [
        ("enters", 35.01),
        ("leaves", 35.03),
    ]
    corner = shapely.Polygon([(35.02, 33.0), (35.03, 33.01), (35.01, 33.01)])
    assert [passage.act for passage in passages_of(make_release(("Z", corner, {})))] == ["touches"]


def test_a_corridor_across_the_antimeridian_meets_only_the_zones_that_lie_on_it():
    line = shapely.LineString([(179.0, 0.0), (179.9, 0.0), (-179.9, 0.0), (-179.0, 0.0)])
    split = shapely.MultiPolygon(
        [shapely.box(179.95, -0.1, 180, 0.1), shapely.box(-180, -0.1, -179.5, 0.1)]
    )
    release = make_release(
        ("on it", shapely.box(179.2, -0.1, 179.5, 0.1), {}),
        ("other side", shapely.box(0.0, -0.1, 1.0, 0.1), {}),
        ("split", split, {}),
    )
    corridors = release.table("corridors").set_geometry([line], crs="EPSG:4326")
    passages = find_passages(corridors, release.table("zones"))
    assert [(passage.zone_id, passage.act, round(passage.lon, 6)) for passage in passages] == [
        ("on it", "enters", 179.2),
        ("on it", "leaves", 179.5),
        ("split", "enters", 179.95),
        ("split", "leaves", -179.5),
    ]


def test_roads_in_use_cross_where_no_corridor_does_and_closed_ones_are_no_entry():
    north_east = shapely.box(35.03, 33.01, 35.05, 33.05)
    town = replace(make_situation(name={"8-9": "North Street"}), zones=zones(("Z", north_east, {})))
    release = co.build_release(co.plan_corridors(town))
    places = {(round(c.lon, 5), round(c.lat, 5)) for c in crossings_of(release)}
    assert places == {(35.04, 33.01), (35.03, 33.02), (35.03, 33.04)}
    closed = replace(town, zones=town.zones.assign(kind="no_go"))
    release = co.build_release(co.plan_corridors(closed))
    assert crossings_of(release) == ()


def test_the_roads_that_a_corridor_follows_stand_in_driving_order_with_where_it_turns():
    release = make_release()
    roads = follow_roads(release.table("corridors"), release.table("segments"))
    min_m, stretches = roads["depot:clinic:1"]
    names = release.table("segments")["name"]
    assert [names.iloc[stretch.road] for stretch in stretches] == ["South Street", "East Street"]
    assert (stretches[1].lon, stretches[1].lat) == pytest.approx(spot(3))
    assert min_m == 500.0
