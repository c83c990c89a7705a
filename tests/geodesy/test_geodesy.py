"""Distances against an independent oracle: geographiclib's inverse, searched along the straight
lon/lat line."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from distance_oracle import inverse_m, oracle_m, place
from effort import examples
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from zone_proposals import box, exact_km2

from corridors.errors import InputError
from corridors.geodesy import LineIndex, find_within
from corridors.geodesy.crs import to_wgs84
from corridors.geodesy.measures import (
    build_disc,
    cut_line,
    measure_area_m2,
    measure_length_m,
    measure_perimeter_m,
    wrap_longitudes,
)


@examples(25, 300)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-80, 80),
    steps=st.lists(st.tuples(st.floats(0, 360), st.floats(1, 20_000)), min_size=1, max_size=4),
    offset=st.tuples(st.floats(0, 360), st.floats(0, 30_000)),
)
def test_distances_agree_with_an_independent_search_to_three_millimetres(lon, lat, steps, offset):
    coords = [(lon, lat)]
    for azimuth, metres in steps:
        coords.append(place(*coords[-1], azimuth, metres))
    line = shapely.LineString(np.round(coords, 9))
    point = shapely.Point(*place(lon, lat, *offset))
    expected = oracle_m(point, line)
    near = find_within([point], [line], 200_000.0)
    assert near.distance_m.tolist() == pytest.approx([expected], abs=0.003)


@pytest.mark.parametrize("lat", [0.0, 34.0, 60.0])
@pytest.mark.parametrize("lon", [35.3, 180.0, -179.999])
@pytest.mark.parametrize("radius", [500.0, 1000.0, 5000.0])
def test_incidents_just_within_and_just_beyond_the_radius_fall_on_the_right_sides(lat, lon, radius):
    west, east = place(lon, lat, 270, 300), place(lon, lat, 90, 300)
    road = shapely.LineString([west, (lon, lat), east])
    middle_lon, middle_lat = east
    for share, expected in ((0.9999, True), (1.0001, False)):
        spot = shapely.Point(*place(middle_lon, middle_lat, 90, radius * share))
        found = len(find_within([spot], [road], radius).line) == 1
        assert found is expected, (lat, lon, share)


def test_a_long_segment_through_the_middle_of_a_disc_is_found_though_its_ends_lie_far_outside():
    road = shapely.LineString([place(35.0, 33.0, 270, 5000), place(35.0, 33.0, 90, 5000)])
    near = find_within([shapely.Point(35.0, 33.0)], [road], 500.0)
    assert near.distance_m[0] < 2.0  # the straight lon/lat line bows that much from the geodesic
    assert near.along_m[0] == pytest.approx(5000, abs=1)


def test_a_line_across_the_antimeridian_is_near_on_both_sides_and_not_round_the_globe():
    road = shapely.LineString([(179.99, 10.0), (-179.99, 10.0)])
    places = [
        shapely.Point(179.995, 10.001),
        shapely.Point(-179.995, 10.001),
        shapely.Point(0.0, 10.0),
    ]
    near = find_within(places, [road], 1000.0)
    assert near.place.tolist() == [0, 1]
    assert np.all(np.abs(near.lon) <= 180)


def test_longitude_does_not_matter_not_even_across_180():
    road, spot = shapely.LineString([(-0.01, 45.0), (0.01, 45.003)]), shapely.Point(0.002, 45.006)
    expected = find_within([spot], [road], 5000.0).distance_m[0]
    for shift in (35.0, 180.0, -90.0, 179.995):

        def move(xy, shift=shift):
            return np.column_stack([(xy[:, 0] + shift + 180) % 360 - 180, xy[:, 1]])

        moved = find_within(
            [shapely.transform(spot, move)], [shapely.transform(road, move)], 5000.0
        )
        assert moved.distance_m[0] == pytest.approx(expected, abs=0.001)


@examples(8, 60)
@given(seed=st.integers(0, 10_000), lat=st.sampled_from([0.0, 34.0, -60.0, 82.0, 89.5]))
def test_the_filter_by_boxes_loses_no_true_pair(seed, lat):
    random = np.random.default_rng(seed)
    spread = 0.3
    lines = [
        shapely.LineString(
            [(lon, at), (lon + random.normal(0, 0.05), min(at + random.normal(0, 0.02), 90.0))]
        )
        for lon, at in zip(
            random.uniform(-spread, spread, 40),
            np.clip(random.uniform(lat - spread, lat + spread, 40), -90, 90),
            strict=True,
        )
    ]
    places = [
        shapely.Point(
            random.uniform(-spread, spread), min(random.uniform(lat - spread, lat + spread), 90.0)
        )
        for _ in range(10)
    ]
    reach = random.uniform(10, 20_000, 10)
    near = find_within(places, lines, reach)
    found = set(zip(near.place.tolist(), near.line.tolist(), strict=True))
    for i, spot in enumerate(places):
        for j, line in enumerate(lines):
            middle = [
                inverse_m(spot.x, spot.y, *line.interpolate(share, normalized=True).coords[0])
                for share in (0, 0.25, 0.5, 0.75, 1)
            ]
            if min(middle) < reach[i]:
                assert (i, j) in found


def test_an_area_counts_from_its_nearest_point_and_zero_where_it_is_crossed():
    road = shapely.LineString([(35.0, 33.0), (35.1, 33.0)])
    beside, across = (
        shapely.box(35.04, 33.01, 35.05, 33.02),
        shapely.box(35.04, 32.99, 35.05, 33.01),
    )
    near = find_within([beside, across], [road], 5000.0)
    assert near.distance_m[0] == pytest.approx(inverse_m(35.045, 33.01, 35.045, 33.0), abs=0.01)
    assert near.distance_m[1] == 0.0


def test_a_hole_in_an_area_is_respected():
    ring = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]])
    inside, through = (
        shapely.LineString([(1.5, 2), (2.5, 2)]),
        shapely.LineString([(0.5, 2), (2, 2)]),
    )
    assert LineIndex([inside, through]).crossed_by([ring])[1].tolist() == [1]


def test_a_meridian_arc_and_an_arc_of_the_equator_have_their_published_lengths():
    # Quarter meridian of WGS 84: 10,001,965.729 m; equator: 2 pi * 6,378,137 m / 360 per degree.
    lines = [shapely.LineString([(0, 0), (0, 90)]), shapely.LineString([(0, 0), (1, 0)])]
    assert measure_length_m(lines).tolist() == pytest.approx(
        [10_001_965.729, 2 * math.pi * 6_378_137 / 360], abs=0.001
    )


def test_extra_shape_points_change_no_distance():
    road = shapely.LineString([(35.0, 33.0), (35.1, 33.07)])
    spot = shapely.Point(35.06, 33.02)
    plain = find_within([spot], [road], 50_000.0).distance_m[0]
    assert find_within([spot], [shapely.segmentize(road, 0.0007)], 50_000.0).distance_m[
        0
    ] == pytest.approx(plain, abs=0.005)


def test_a_line_of_no_length_is_measured_as_a_point():
    dot = shapely.LineString([(35.0, 33.0), (35.0, 33.0)])
    assert find_within([shapely.Point(35.0, 33.001)], [dot], 500.0).distance_m[0] == pytest.approx(
        inverse_m(35, 33.001, 35, 33), abs=1e-6
    )


def test_nothing_is_near_nothing():
    assert len(find_within([], [shapely.LineString([(0, 0), (1, 1)])], 1000.0).place) == 0
    assert len(find_within([shapely.Point(0, 0)], [], 1000.0).place) == 0


@pytest.mark.parametrize("lon", [180.0, 179.995, -179.995])
def test_a_line_across_the_antimeridian_is_cut_where_it_would_be_elsewhere(lon):
    there = np.array([(-0.01, 0.0), (0.0, 0.004), (0.01, 0.0)])
    line, moved = (
        shapely.LineString(wrap_longitudes(there + np.array([middle, 68.0]), 0.0))
        for middle in (35.0, lon)
    )
    length_m = float(measure_length_m([line])[0])
    for start_m, end_m in [(0.0, 100.0), (100.0, length_m), (length_m, 700.0), (300.0, 500.0)]:
        part, cut = (
            np.array(cut_line(whole, length_m, start_m, end_m).coords) for whole in (line, moved)
        )
        assert np.abs(cut[:, 0]).max() <= 180.0
        assert wrap_longitudes(cut - np.array([lon - 35.0, 0.0]), 35.0) == pytest.approx(
            part, abs=1e-9
        )
        assert measure_length_m([shapely.LineString(cut)])[0] == pytest.approx(
            abs(end_m - start_m), abs=0.01
        )


def test_a_cut_line_keeps_its_inner_vertices_and_its_direction():
    line = shapely.LineString([(0, 0), (1, 0), (1, 1)])
    assert cut_line(line, 300.0, 0.0, 300.0).equals_exact(line, 1e-12)
    back = cut_line(line, 300.0, 250.0, 50.0)
    assert back.coords[0][0] == pytest.approx(1.0)
    assert back.coords[1] == (1.0, 0.0)
    assert back.coords[-1][1] == pytest.approx(0.0)


@pytest.mark.parametrize("crs", ["EPSG:32636", "EPSG:3857", "EPSG:4326"])
def test_a_copy_in_another_projection_comes_back_as_the_same_numbers(crs):
    spots = gpd.GeoSeries(gpd.points_from_xy([35.1234567, 35.5], [33.7654321, 33.25]), crs=4326)
    assert to_wgs84(spots.to_crs(crs), crs).geom_equals(spots).all()


@pytest.mark.parametrize(
    ("crs", "east", "north"),
    [
        (
            "EPSG:28191",
            [170_000] * 160,
            range(220_000, 380_000, 1_000),
        ),  # the Palestine grid of 1923, on into Lebanon
        (
            "EPSG:22780",
            range(-400_000, -200_000, 1_000),
            [-30_000] * 200,
        ),  # that of Syria and Lebanon, from Beirut inland
    ],
)
def test_the_datum_is_moved_alike_for_all_places_of_a_file_also_where_its_area_of_use_ends(
    crs, east, north
):
    moved = to_wgs84(gpd.GeoSeries(gpd.points_from_xy(list(east), list(north))), crs)
    steps = [inverse_m(one.x, one.y, other.x, other.y) for one, other in pairwise(moved)]
    assert steps == pytest.approx(
        [1000.0] * len(steps), abs=1.0
    )  # what the scale of the grids leaves of a kilometre


@pytest.mark.parametrize(
    "crs",
    [
        "+proj=longlat +ellps=WGS84",
        'GEOGCS["unknown",DATUM["unknown",SPHEROID["WGS84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]',
    ],
)
def test_an_ellipsoid_of_wgs_84_without_a_datum_is_taken_for_wgs_84(crs):
    spots = gpd.GeoSeries([shapely.Point(35.1234567, 33.7654321)])
    assert to_wgs84(spots, crs).geom_equals(spots.set_crs(4326)).all()


@pytest.mark.parametrize(
    ("shape", "crs", "code"),
    [
        (shapely.Point(35, 33), None, "unknown-crs"),
        (
            shapely.Point(35, 33),
            "EPSG:4008",
            "unknown-crs",
        ),  # Clarke's ellipsoid of 1866, lying nobody knows where
        (shapely.Point(200_000, 250_000), "+proj=tmerc +lon_0=35.2 +ellps=GRS80", "unknown-crs"),
        (shapely.Point(3_900_000, 3_900_000), "EPSG:4326", "bad-coordinates"),
    ],
)
def test_a_coordinate_system_that_is_missing_or_not_the_files_is_refused(shape, crs, code):
    with pytest.raises(InputError) as error:
        to_wgs84(gpd.GeoSeries([shape]), crs, "roads.gpkg")
    assert error.value.problems[0].code == code
    assert error.value.problems[0].file == "roads.gpkg"


def test_a_few_places_are_answered_from_the_lines_near_them_as_from_all(monkeypatch):
    random = np.random.default_rng(5)
    starts = np.concatenate(
        [
            random.uniform((179.0, -20.0), (181.0, -19.0), (300, 2)),
            random.uniform((20.0, 84.0), (40.0, 86.0), (300, 2)),
        ]
    )
    ends = starts + random.normal(0, 0.02, starts.shape)
    lines = shapely.linestrings(np.stack([starts, ends], axis=1))
    lines[::2] = shapely.transform(
        lines[::2], lambda xy: np.column_stack([(xy[:, 0] + 180) % 360 - 180, xy[:, 1]])
    )
    places = shapely.points(
        [(179.99, -19.5), (-179.95, -19.2), (30.0, 85.0), (39.9, 84.1), (-179.0, -19.9), (0.0, 0.0)]
    )
    whole = LineIndex(lines)
    whole.pieces  # noqa: B018 - cut before anything is asked
    for reach in (300.0, 5_000.0, 20_000.0):
        for parted in (False, True):
            monkeypatch.setattr("corridors.geodesy.index.MANY", 1 if parted else len(lines) + 1)
            monkeypatch.setattr("corridors.geodesy.index.FEW", 1.0)
            index = LineIndex(lines)
            for question in ("within", "nearest"):
                answer, expected = (
                    getattr(index, question)(places, reach),
                    getattr(whole, question)(places, reach),
                )
                for field in dataclasses.fields(expected):
                    np.testing.assert_array_equal(
                        getattr(answer, field.name), getattr(expected, field.name)
                    )
                assert not (parted and reach == 300.0 and "pieces" in index.__dict__)
            blocks = [list(one.measure_in_blocks(places, reach)) for one in (index, whole)]
            for answer, expected in zip(
                *(zip(*block, strict=True) for block in blocks), strict=True
            ):
                np.testing.assert_array_equal(np.concatenate(answer), np.concatenate(expected))


AREA = [(0.01, 0.0), (0.0, 0.01), (-0.01, 0.0), (0.0, -0.01), (0.01, 0.0)]


@pytest.mark.parametrize("lon", [35.0, 180.0, -179.995, 179.985])
@pytest.mark.parametrize("kind", ["area", "line", "points"])
def test_the_disc_about_an_area_at_the_antimeridian_holds_what_lies_within_reach_and_nothing_else(
    lon, kind
):
    coords = np.array(AREA) + np.array([lon, -16.8])
    if kind == "points":
        shape = shapely.multipoints(wrap_longitudes(coords[:2], 0.0))
    elif kind == "line":
        shape = shapely.LineString(wrap_longitudes(coords[1:4], 0.0))
    else:  # in parts on both sides, as RFC 7946 wants it
        halves = [
            shapely.intersection(shapely.Polygon(coords - [by, 0]), shapely.box(-180, -90, 180, 90))
            for by in (-360, 0, 360)
        ]
        shape = shapely.multipolygons([half for half in halves if not half.is_empty])
    disc = build_disc(shape, 1000.0)
    assert disc.is_valid
    for vertex in {"points": AREA[:2], "line": AREA[1:4], "area": AREA[:4]}[kind]:
        for azimuth in range(0, 360, 15):
            spot = wrap_longitudes(
                np.array([place(lon + vertex[0], -16.8 + vertex[1], azimuth, 999.9)]),
                disc.centroid.x,
            )[0]
            assert disc.covers(shapely.Point(spot))
    assert disc.bounds[2] - disc.bounds[0] < 0.04  # 0.02 degrees and a kilometre each way


@pytest.mark.parametrize(
    "shape",
    [
        box(35, 33, 35.1, 33.1),
        box(35, 33, 36, 34),
        box(-10, 60, -9, 61),
        box(179.5, -17, 180, -16.5),
    ],
)
def test_an_area_is_that_of_an_equal_area_plane(shape):
    assert measure_area_m2([shape])[0] / 1e6 == pytest.approx(exact_km2(shape), rel=1e-7)


def test_an_area_is_that_of_the_geodesics_between_its_corners_for_zones_of_a_few_kilometres():
    shape = shapely.Point(35.3, 33.5).buffer(0.03, quad_segs=4)
    polygon = Geodesic.WGS84.Polygon()
    for lon, lat in shape.exterior.coords[:-1]:
        polygon.AddPoint(lat, lon)
    _, perimeter_m, area_m2 = polygon.Compute()
    assert measure_area_m2([shape])[0] == pytest.approx(abs(area_m2), rel=1e-4)
    assert measure_perimeter_m([shape])[0] == pytest.approx(perimeter_m, rel=1e-6)


def test_a_hole_is_no_area_but_has_a_border_and_parts_are_summed():
    outer, inner = box(35, 33, 35.2, 33.2), box(35.05, 33.05, 35.1, 33.1)
    both = shapely.MultiPolygon([outer.difference(inner), box(36, 33, 36.1, 33.1)])
    assert measure_area_m2([both])[0] / 1e6 == pytest.approx(
        exact_km2(outer) - exact_km2(inner) + exact_km2(box(36, 33, 36.1, 33.1))
    )
    rings = [
        shapely.segmentize(ring, 0.01)
        for shape in (outer, inner, box(36, 33, 36.1, 33.1))
        for ring in shapely.get_rings(shape)
    ]
    assert measure_perimeter_m([both])[0] == pytest.approx(measure_length_m(rings).sum())


def test_the_cut_at_the_antimeridian_is_no_border():
    cut = shapely.MultiPolygon([box(179.9, -17, 180, -16.9), box(-180, -17, -179.9, -16.9)])
    assert measure_perimeter_m([cut])[0] == pytest.approx(
        measure_perimeter_m([box(10.0, -17, 10.2, -16.9)])[0]
    )
    assert measure_area_m2([cut])[0] == pytest.approx(
        measure_area_m2([box(10.0, -17, 10.2, -16.9)])[0]
    )
