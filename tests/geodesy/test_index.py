"""What the proofs of `corridors.geodesy` say, against geographiclib; and that no way of cutting the
work changes a bit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from distance_oracle import inverse_m, oracle_m, place
from effort import examples
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from corridors.geodesy import GUARD_M, LineIndex, find_within
from corridors.geodesy import index as index_module
from corridors.geodesy import pieces as pieces_module
from corridors.geodesy.chords import NEAR_M, PIECE_DEGREES, SAG_M, UNEVEN_M, chord_within, to_xyz
from corridors.geodesy.pieces import HALF_M

LATITUDES = [0.0, 34.0, -60.0, 80.0, -89.0, 89.99, 90.0]


def random_geodesics(count, longest_m, seed=0):
    """Starts, ends and lengths; lengths of all magnitudes from a millimetre, some starts at or near
    a pole."""
    random = np.random.default_rng(seed)
    lat = np.where(
        random.random(count) < 0.1,
        90 - 10 ** random.uniform(-9, 0, count),
        random.uniform(-90, 90, count),
    )
    lat[:20] = 90.0
    lon, azimuth, length_m = (
        random.uniform(-180, 180, count),
        random.uniform(0, 360, count),
        longest_m * 10 ** random.uniform(-7, 0, count),
    )
    ends = np.array(
        [place(x, y, a, s) for x, y, a, s in zip(lon, lat, azimuth, length_m, strict=True)]
    )
    length_m = np.array([inverse_m(x, y, *end) for x, y, end in zip(lon, lat, ends, strict=True)])
    return np.column_stack([lon, lat]), ends, length_m


def chords(one, other):
    return np.sqrt(sum((a - b) ** 2 for a, b in zip(to_xyz(*one.T), to_xyz(*other.T), strict=True)))


def test_the_chord_of_a_geodesic_lies_between_its_bounds():
    start, end, length_m = random_geodesics(4000, 1e7)
    chord = chords(start, end)
    assert np.all(chord <= length_m + 1e-8)
    assert np.all(chord_within(length_m) <= chord + 1e-8)
    assert np.all(
        chord_within(length_m[length_m < 5000]) > length_m[length_m < 5000] - 2e-4
    )  # so little is left to measure


def test_the_formula_errs_by_less_than_a_micrometre_up_to_its_limit():
    start, end, length_m = random_geodesics(3000, NEAR_M, seed=1)
    for spots, dots, expected in zip(
        np.split(start, 30), np.split(end, 30), np.split(length_m, 30), strict=True
    ):
        near = LineIndex(shapely.linestrings(np.stack([dots, dots], axis=1))).measure(
            shapely.points(spots), expected + 0.001
        )
        own = near.place == near.line
        assert near.place[own].tolist() == list(range(100))
        assert np.abs(near.distance_m[own] - expected).max() < 1e-6


def test_two_geodesics_of_the_same_chord_differ_by_no_more_than_is_allowed_for():
    start, end, length_m = random_geodesics(2000, NEAR_M, seed=2)
    sphere = 2 * 6_367_000 * np.arcsin(chords(start, end) / (2 * 6_367_000))
    assert np.abs(length_m - sphere).max() < UNEVEN_M / 2


def test_a_piece_stays_near_its_straight_segment_and_its_middle():
    random = np.random.default_rng(3)
    lat, turned = random.uniform(-90, 90, 20_000), random.uniform(0, 2 * np.pi, 20_000)
    lat[:5000] = np.where(random.random(5000) < 0.5, -1, 1) * (
        90 - 10 ** random.uniform(-7, -2, 5000)
    )
    lon = random.uniform(-180, 180, 20_000)
    to_lon, to_lat = (
        lon + PIECE_DEGREES * np.cos(turned),
        np.clip(lat + PIECE_DEGREES * np.sin(turned), -90, 90),
    )
    begin, end = np.array(to_xyz(lon, lat)), np.array(to_xyz(to_lon, to_lat))
    middle = np.array(to_xyz((lon + to_lon) / 2, (lat + to_lat) / 2))
    worst = 0.0
    for share in np.linspace(0, 1, 11):
        curve = np.array(to_xyz(lon + share * (to_lon - lon), lat + share * (to_lat - lat)))
        worst = max(
            worst, np.sqrt(((curve - begin - share * (end - begin)) ** 2).sum(axis=0)).max()
        )
        assert np.sqrt(((curve - middle) ** 2).sum(axis=0)).max() + SAG_M < HALF_M
    assert SAG_M / 5 < worst < SAG_M


@examples(25, 300)
@given(
    lon=st.sampled_from([-180.0, 179.9999, 35.0]) | st.floats(-180, 180),
    lat=st.sampled_from([89.0, -89.0, 0.0]) | st.floats(-89, 89),
    steps=st.lists(
        st.tuples(st.floats(0, 360), st.sampled_from([0.0, 30.0]) | st.floats(0, 20_000)),
        min_size=1,
        max_size=4,
    ),
    offset=st.tuples(
        st.floats(0, 360), st.sampled_from([0.0, 1.0, 50_000.0]) | st.floats(0, 50_000)
    ),
)
def test_distances_and_decisions_agree_with_an_independent_search_to_the_hundredth_of_a_millimetre(
    lon, lat, steps, offset
):
    coords = [(lon, lat)]
    for azimuth, metres in steps:
        coords.append(place(*coords[-1], azimuth, metres))
    line, spot = shapely.LineString(coords), shapely.Point(*place(*coords[-1], *offset))
    expected = oracle_m(spot, line)
    index = LineIndex([line])
    assert index.measure([spot], 60_000.0).distance_m.tolist() == pytest.approx(
        [expected], abs=GUARD_M
    )
    assert index.nearest([spot], 60_000.0).distance_m.tolist() == pytest.approx(
        [expected], abs=GUARD_M
    )
    for reach, within in (
        (expected + 2 * GUARD_M, True),
        (expected, True),
        (expected - 3 * GUARD_M, False),
    ):
        assert bool(len(index.pairs_within([spot], reach)[1])) is within
        assert bool(len(index.within([spot], reach).line)) is within


@pytest.mark.parametrize("lat", LATITUDES)
@pytest.mark.parametrize("effective_radius_m", [1.0, 3000.0, 50_000.0, 3e6, 2e7])
def test_the_grid_loses_no_piece_within_reach_at_any_latitude_or_longitude(lat, effective_radius_m):
    random = np.random.default_rng(int(abs(lat) + effective_radius_m))
    spread = min(effective_radius_m / 111_000 * 1.5, 200.0)
    squeeze = max(np.cos(np.radians(lat)), 1e-3)
    starts = np.column_stack(
        [
            random.normal(180, spread / squeeze, 300),
            np.clip(random.normal(lat, spread, 300), -90, 90),
        ]
    )
    starts[:20] = 180.0, lat
    ends = np.column_stack(
        [
            starts[:, 0] + random.normal(0, 1e-3, 300),
            np.clip(starts[:, 1] + random.normal(0, 1e-3, 300), -90, 90),
        ]
    )
    pieces = LineIndex(shapely.linestrings(np.stack([starts, ends], axis=1))).pieces
    spots = np.column_stack(
        [
            (random.normal(180, spread / squeeze / 3, 40) + 180) % 360 - 180,
            np.clip(random.normal(lat, spread / 3, 40), -90, 90),
        ]
    )
    places = index_module._to_points(spots)
    found = {
        (some.start + p, q)
        for some, rows in pieces.find_candidates(places, np.full(40, effective_radius_m))
        for p, q in zip(rows.point.tolist(), rows.piece.tolist(), strict=True)
    }
    begin, step, at = (
        pieces.begin.T[:3, None],
        np.array(pieces.step)[:, None],
        np.array(places.xyz)[:, :, None],
    )
    share = np.clip(
        ((at - begin) * step).sum(axis=0) / np.maximum((step**2).sum(axis=0), 1e-300), 0, 1
    )
    chord = np.sqrt(((begin + share * step - at) ** 2).sum(axis=0))
    assert (
        {tuple(pair) for pair in np.argwhere(chord < effective_radius_m - 1e-6).tolist()}
        <= found
        <= {tuple(pair) for pair in np.argwhere(chord <= effective_radius_m + 1e-6).tolist()}
    )
    assert len(found) > 0


def a_land(seed=0, count=400):
    """Roads of all lengths about 180 E, and places among them."""
    random = np.random.default_rng(seed)
    lines = [
        shapely.LineString(np.column_stack([(x + steps[:, 0] + 180) % 360 - 180, y + steps[:, 1]]))
        for x, y, steps in zip(
            random.normal(180, 0.3, count),
            random.normal(65, 0.15, count),
            (
                np.cumsum(
                    random.normal(0, 10 ** random.uniform(-5, -1.3), (random.integers(2, 9), 2)),
                    axis=0,
                )
                for _ in range(count)
            ),
            strict=True,
        )
    ]
    spots = shapely.points(
        (random.normal(180, 0.3, 60) + 180) % 360 - 180, random.normal(65, 0.15, 60)
    )
    return lines, spots, 10 ** random.uniform(0, 4.6, 60)


def as_bytes(near):
    columns = near if isinstance(near, tuple) else [getattr(near, name) for name in near.__slots__]
    return [np.asarray(column).tobytes() for column in columns]


def test_however_the_work_is_cut_the_results_are_the_same_to_the_bit(monkeypatch):
    lines, spots, effective_radius_m = a_land(count=150)
    shapes = [
        *spots[:20],
        *shapely.buffer(spots[20:23], 0.01),
        shapely.LineString([(179.5, 65.0), (179.6, 65.01)]),
    ]
    questions = [
        lambda index: index.within(shapes, np.r_[effective_radius_m[:23], 9000.0]),
        lambda index: index.measure(spots, effective_radius_m),
        lambda index: index.pairs_within(spots, effective_radius_m),
        lambda index: index.nearest(spots, 40_000.0),
    ]
    whole = [as_bytes(ask(LineIndex(lines))) for ask in questions]
    assert len(LineIndex(lines).measure(spots, effective_radius_m).place) > 300
    for size in (7, 500):
        for name, module in (
            ("BLOCK", pieces_module),
            ("RUNS", pieces_module),
            ("CHUNK", pieces_module),
            ("CHUNK", index_module),
        ):
            monkeypatch.setattr(module, name, size)
        assert [as_bytes(ask(LineIndex(lines))) for ask in questions] == whole


def test_a_pair_is_measured_the_same_alone_and_among_all_others():
    lines, spots, effective_radius_m = a_land(1)
    near = LineIndex(lines).within(spots, effective_radius_m)
    assert 100 < (near.distance_m > NEAR_M).sum() < len(near.place) - 100
    for row in range(0, len(near.place), 97):
        alone = find_within(
            [spots[near.place[row]]], [lines[near.line[row]]], effective_radius_m[near.place[row]]
        )
        assert as_bytes(alone)[2:] == as_bytes(near.select([row]))[2:]


def test_what_is_reached_is_what_is_measured_within_reach():
    lines, spots, effective_radius_m = a_land(2)
    index = LineIndex(lines)
    near, (at, line) = (
        index.within(spots, effective_radius_m),
        index.pairs_within(spots, effective_radius_m),
    )
    assert (at.tolist(), line.tolist()) == (near.place.tolist(), near.line.tolist())
    assert (near.distance_m <= effective_radius_m[near.place] + GUARD_M).all()


def test_the_nearest_line_of_all_is_found_however_far_one_may_look():
    lines, spots, _ = a_land(3, count=60)
    index = LineIndex(lines)
    for effective_radius_m in (3000.0, 3e5):
        near, every = (
            index.nearest(spots, effective_radius_m),
            index.within(spots, effective_radius_m),
        )
        for row, spot in enumerate(near.place):
            assert near.distance_m[row] == pytest.approx(
                every.distance_m[every.place == spot].min(), abs=0.001
            )
        assert near.place.tolist() == sorted(set(every.place.tolist()))


def test_the_nearest_point_lies_on_the_line_at_the_distance_and_so_far_along():
    line = shapely.LineString([(35.0, 33.0), (35.03, 33.02), (35.03, 33.02), (35.05, 32.97)])
    spots = [
        shapely.Point(35.01, 33.02),
        shapely.Point(35.06, 32.98),
        shapely.Point(34.99, 33.0),
        shapely.Point(35.3, 32.9),
    ]
    near = find_within(spots, [line], 40_000.0)
    for row, spot in enumerate(spots):
        assert inverse_m(spot.x, spot.y, near.lon[row], near.lat[row]) == pytest.approx(
            near.distance_m[row], abs=1e-6
        )
        walked = shapely.ops.substring(
            line, 0, line.project(shapely.Point(near.lon[row], near.lat[row]))
        )
        dense = np.array(shapely.segmentize(walked, 0.0005).coords)
        assert near.along_m[row] == pytest.approx(
            sum(inverse_m(*a, *b) for a, b in pairwise(dense)), abs=1e-3
        )


@pytest.mark.parametrize("lon", [35.0, 180.0])
def test_areas_and_lines_count_from_their_nearest_point_and_are_decided_as_exactly_as_points(lon):
    def at(*coords):
        return [
            ((lon + x + 180) % 360 - 180 if lon == 35.0 else lon + x, 33.0 + y) for x, y in coords
        ]

    road = shapely.LineString(at((-0.02, -0.01), (0.05, 0.0)))
    area = shapely.Polygon(at((0.0, 0.01), (0.03, 0.004), (0.03, 0.03)))
    wire = shapely.LineString(at((-0.02, 0.003), (0.0, 0.02)))
    pair = shapely.MultiPoint(at((0.2, 0.2), (0.01, 0.005)))
    for shape in (
        area,
        wire,
        pair,
        shapely.MultiPolygon([area, shapely.Polygon(at((0.2, 0.2), (0.3, 0.2), (0.2, 0.3)))]),
    ):
        outline = shape.boundary if shape.geom_type.endswith("Polygon") else shape
        corners = shapely.points(
            shapely.get_coordinates(
                shapely.segmentize(outline, 3e-5) if shape is not pair else outline
            )
        )
        ends = (
            [oracle_m(spot, outline) for spot in map(shapely.Point, road.coords)]
            if outline.geom_type == "LineString"
            else []
        )
        expected = min([find_within(corners, [road], 50_000.0).distance_m.min(), *ends])
        found = find_within([shape], [road], 50_000.0)
        assert found.distance_m.tolist() == pytest.approx([expected], abs=1e-4)
        assert len(find_within([shape], [road], found.distance_m[0]).line) == 1
        assert len(find_within([shape], [road], found.distance_m[0] - 0.001).line) == 0


def test_a_road_seen_from_the_pole_and_a_place_at_the_pole():
    road = shapely.LineString([(0.0, 89.99), (170.0, 89.99)])
    expected = Geodesic.WGS84.Inverse(90, 0, 89.99, 0)["s12"]
    for lon in (0.0, -75.0, 180.0):
        assert find_within(
            [shapely.Point(lon, 90.0)], [road], 2000.0
        ).distance_m.tolist() == pytest.approx([expected], abs=1e-6)


@pytest.mark.parametrize("lon", [35.0, 180.0])
def test_a_place_on_the_border_of_an_area_or_on_a_reported_line_lies_at_no_distance_from_it(lon):
    def at(*coords):
        return [((lon + x + 180.0) % 360.0 - 180.0, 33.0 + y) for x, y in coords]

    corner, inside = at((-0.01, 0.0), (-0.005, 0.002))
    shapes = [
        shapely.Polygon(at((-0.01, 0.0), (-0.001, 0.0), (-0.001, 0.01))),
        shapely.LineString(at((-0.01, 0.0), (-0.001, 0.01))),
    ]
    dots = [shapely.LineString([spot, spot]) for spot in (corner, inside)]  # as sites are asked for
    found = find_within(shapes, dots, 10_000.0)
    assert list(zip(found.place.tolist(), found.line.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    assert found.distance_m[:3].tolist() == [0.0, 0.0, 0.0]
    assert found.distance_m[3] > 100.0
    assert (found.lon[0], found.lat[0]) == (corner[0], corner[1])


@pytest.mark.parametrize("lon", [180.0, 179.997, -179.997])
def test_a_reported_line_across_the_antimeridian_is_near_what_it_is_near_elsewhere(lon):
    def at(middle, *coords):
        return [((middle + x + 180.0) % 360.0 - 180.0, 33.0 + y) for x, y in coords]

    def ask(middle):
        wire = shapely.LineString(at(middle, (-0.005, 0.0), (0.005, 0.0)))
        pair = shapely.MultiLineString(
            [wire, shapely.LineString(at(middle, (0.004, 0.01), (0.006, 0.02)))]
        )
        roads = [at(middle, (x, -0.01), (x, 0.01)) for x in (-0.02, -0.001, 0.001, 0.007)] + [
            at(middle, (-3, -0.1), (-3, 0.1))
        ]
        near = find_within([wire, pair], [shapely.LineString(road) for road in roads], 1000.0)
        return near.place.tolist(), near.line.tolist(), near.distance_m

    place, line, distance_m = ask(35.0)
    assert (place, line) == ([0, 0, 0, 1, 1, 1], [1, 2, 3, 1, 2, 3])
    assert distance_m[:3] == pytest.approx(
        [0.0, 0.0, inverse_m(35.005, 33.0, 35.007, 33.0)], abs=1e-3
    )
    found = ask(lon)
    assert found[:2] == (place, line)
    assert found[2] == pytest.approx(distance_m, abs=1e-6)
