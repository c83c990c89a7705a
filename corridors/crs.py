"""Metres and degrees: exact distance on the WGS 84 ellipsoid, wherever on Earth, and the way into EPSG:4326.

"Within R metres" is decided between a place and the nearest point of a line whose vertices are joined by straight lines in
longitude and latitude (RFC 7946, section 3.1.1). Boxes find the candidates with a margin that provably misses none; then
the line is cut into pieces of at most 100 m and seen from the place in the ellipsoidal azimuthal-equidistant plane, which
geodesic distance and azimuth give exactly. Against an independent golden-section search over Karney's inverse this errs by
less than 3 mm at any latitude up to 85 degrees. Where that could decide, it is done again with pieces of 1 m, whose error is
ten thousand times less; `GUARD_M` is above that, and whoever decides adds it on the careful side.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from corridors.errors import InputError, Problem
from corridors.tables import CRS

GEOD = pyproj.Geod(ellps="WGS84")
GUARD_M = 1e-5
"""Above the error of the method: within this of a limit counts as within the limit."""
COARSE_M, FINE_M = 100.0, 1.0
"""Pieces a line is cut into, first and where it matters."""
DOUBT_M = 0.01
"""Above the error with coarse pieces: within this of a limit it matters."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_METRES_PER_DEGREE = 110_574.0
"""A degree of latitude at the equator, the shortest there is (a * (1 - e^2) * pi / 180); one of longitude is longer
than this times the cosine of the latitude."""
_MARGIN = 1.01


@dataclass(frozen=True, eq=False, slots=True)
class Nearness:
    """Pairs of a place and a line: how far, and where along the line.

    All arrays have one entry a pair, sorted by place, then line. `place` and `line` are positions (from 0) in what was
    given; `distance_m` is geodesic; `along_m` is the geodesic length of the line up to its nearest point, which lies at
    `lon`, `lat`.
    """

    place: Ints
    line: Ints
    distance_m: Floats
    along_m: Floats
    lon: Floats
    lat: Floats

    def select(self, rows: Any) -> Nearness:
        """Some of the pairs, in the order asked for."""
        return Nearness(*(getattr(self, field.name)[rows] for field in fields(self)))


def to_wgs84(geometry: gpd.GeoSeries, crs: object, file: str = "") -> gpd.GeoSeries:
    """The same shapes in EPSG:4326, rounded to 1e-9 degrees (0.1 mm), so that a change of projection leaves no noise.

    Vertices are projected; the lines between them are straight in longitude and latitude from then on.

    Raises
    ------
    InputError
        `unknown-crs` where `crs` is none or not one PROJ knows (mend: save the file with its coordinate system);
        `bad-coordinates` where a coordinate does not land on Earth (mend: the coordinate system named is not the file's).

    Examples
    --------
    >>> utm = gpd.GeoSeries([shapely.Point(500_000, 3_700_000)], crs=32636)
    >>> to_wgs84(utm, utm.crs).x[0]
    np.float64(33.0)
    """
    if crs is None:
        raise InputError(
            Problem(
                "unknown-crs", "the file does not say its coordinate system", "save it again with its coordinate system (EPSG code)", file
            )
        )
    try:
        moved = gpd.GeoSeries(geometry, crs=crs).to_crs(CRS)
    except (pyproj.exceptions.CRSError, ValueError) as error:
        raise InputError(
            Problem("unknown-crs", f"the coordinate system is not known: {error}", "save it again with an EPSG code", file)
        ) from error
    moved = gpd.GeoSeries(shapely.transform(moved.array, lambda xy: np.round(xy, 9)), index=geometry.index, crs=CRS)
    bad = ~np.isfinite(moved.bounds.to_numpy()).all(axis=1) & ~moved.is_empty.to_numpy() & moved.notna().to_numpy()
    bad |= (np.abs(moved.bounds.to_numpy()[:, [1, 3]]) > 90).any(axis=1) | (np.abs(moved.bounds.to_numpy()[:, [0, 2]]) > 180).any(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0]) + 1
        raise InputError(
            Problem(
                "bad-coordinates",
                f"{bad.sum()} shapes do not lie on Earth in the coordinate system that the file names",
                "check which coordinate system the file is in",
                file,
                row,
                "geometry",
                str(geometry.iloc[row - 1])[:80],
            )
        )
    return moved


def cut_line(line: shapely.LineString, length_m: float, start_m: float, end_m: float) -> shapely.LineString:
    """The part of `line` between two places along it, in metres; from the later to the earlier gives it reversed.

    `length_m` is the line's geodesic length: places are found by share of it, as everywhere in this package.

    >>> cut_line(shapely.LineString([(0, 0), (1, 0)]), 100.0, 75.0, 25.0).wkt
    'LINESTRING (0.75 0, 0.25 0)'
    """
    if start_m > end_m:
        return cut_line(line, length_m, end_m, start_m).reverse()
    coords = shapely.get_coordinates(line)
    reached = np.concatenate([[0.0], np.cumsum(_step_lengths_m(coords))])
    reached *= length_m / reached[-1] if reached[-1] else 0.0
    inner = (reached > start_m) & (reached < end_m)
    ends = [np.array([[np.interp(at, reached, coords[:, axis]) for axis in (0, 1)]]) for at in (start_m, end_m)]
    return shapely.LineString(np.concatenate([ends[0], coords[inner], ends[1]]))


def cut_lines(lines: Any, length_m: Floats, start_m: Floats, end_m: Floats) -> npt.NDArray[np.object_]:
    """The part of each line between two places along it, as `cut_line` gives it; whole lines are only turned.

    >>> [line.wkt for line in cut_lines([shapely.LineString([(0, 0), (1, 0)])] * 2, *np.array([[9.0, 9.0], [9.0, 0.0], [0.0, 9.0]]))]
    ['LINESTRING (1 0, 0 0)', 'LINESTRING (0 0, 1 0)']
    """
    cut = np.array(lines, dtype=object)
    turned = start_m > end_m
    cut[turned] = shapely.reverse(cut[turned])
    for at in np.flatnonzero((np.minimum(start_m, end_m) > 0) | (np.maximum(start_m, end_m) < length_m)):
        cut[at] = cut_line(lines[at], length_m[at], start_m[at], end_m[at])
    return cut


def _step_lengths_m(coords: Floats) -> Floats:
    return np.asarray(GEOD.inv(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])[2], dtype=np.float64)


def measure_length_m(lines: Any) -> Floats:
    """Geodesic length of each line, in metres (vertices joined by geodesics).

    >>> float(measure_length_m([shapely.LineString([(0, 0), (1, 0)])])[0].round(3))
    111319.491
    """
    array = np.asarray(lines, dtype=object)
    coords, owner = shapely.get_coordinates(array, return_index=True)
    inner = owner[1:] == owner[:-1]
    steps = np.zeros(len(coords))
    if inner.any():
        start, end = coords[:-1][inner], coords[1:][inner]
        steps[1:][inner] = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2]
    return np.bincount(owner, steps, len(array)).astype(np.float64)


def find_within(places: Any, lines: Any, reach_m: float | Floats) -> Nearness:
    """Every pair of a place and a line that lie within `reach_m` of each other, measured exactly.

    Parameters
    ----------
    places
        Points, lines or polygons in degrees (longitude, latitude); lines and polygons count from their nearest point.
    lines
        LineStrings in degrees. A step of more than 180 degrees of longitude is one across the antimeridian.
    reach_m
        One distance, or one a place. Pairs up to `GUARD_M` beyond are given too: the caller decides.

    Returns
    -------
    Nearness
        The pairs, sorted by place, then line. For places that are no points, `along_m`, `lon` and `lat` are of the
        vertex or crossing found nearest.

    Examples
    --------
    >>> road = shapely.LineString([(35.0, 33.0), (35.1, 33.0)])
    >>> near = find_within([shapely.Point(35.05, 33.004)], [road], 500.0)
    >>> near.distance_m.round(1).tolist(), near.along_m.round(0).tolist()
    ([443.6], [4673.0])
    """
    index = LineIndex(lines)
    return index.within(places, reach_m)


class LineIndex:
    """Lines made ready to be asked often; see `find_within`."""

    def __init__(self, lines: Any) -> None:
        """Unwrap the lines across the antimeridian and put their boxes in a tree."""
        self._lines = _unwrapped(np.asarray(lines, dtype=object))
        self._tree = shapely.STRtree(self._lines)

    def within(self, places: Any, reach_m: float | Floats) -> Nearness:
        """As `find_within`, for these lines."""
        array = np.asarray(places, dtype=object)
        reach = np.broadcast_to(np.asarray(reach_m, dtype=float), array.shape)
        place, line = self._candidates(array, reach)
        pointlike = (shapely.get_type_id(array) == 0)[place]
        near = _from_points(array, self._lines, place[pointlike], line[pointlike], COARSE_M)
        doubtful = np.abs(near.distance_m - reach[near.place]) < DOUBT_M
        near = _joined(near.select(~doubtful), _from_points(array, self._lines, near.place[doubtful], near.line[doubtful], FINE_M))
        if not pointlike.all():
            near = _joined(near, _from_shapes(array, self._lines, place[~pointlike], line[~pointlike]))
        order = np.lexsort((near.line, near.place))
        return near.select(order[near.distance_m[order] <= reach[near.place[order]] + GUARD_M])

    def nearest(self, places: Any, reach_m: float) -> Nearness:
        """The nearest line of each point within `reach_m`: at most one pair a place, ties going to the first line."""
        near = self.within(places, reach_m)
        order = np.lexsort((near.line, np.round(near.distance_m, 3), near.place))
        return near.select(order[_run_starts(near.place[order])])

    def crossed_by(self, areas: Any) -> tuple[Ints, Ints]:
        """Positions of every pair of an area and a line that meet, sorted by area, then line; touching counts as meeting.

        >>> LineIndex([shapely.LineString([(0, 0), (2, 0)])]).crossed_by([shapely.box(1, -1, 3, 1)])[1].tolist()
        [0]
        """
        return self._meeting(np.asarray(areas, dtype=object))

    def _candidates(self, places: npt.NDArray[np.object_], reach_m: Floats) -> tuple[Ints, Ints]:
        """Pairs whose boxes lie within reach: a superset, by the margin, of the pairs within reach."""
        west, south, east, north = shapely.bounds(_unwrapped(places)).T
        pad_lat = (reach_m + GUARD_M) / _METRES_PER_DEGREE * _MARGIN
        widest = np.maximum(np.abs(south - pad_lat), np.abs(north + pad_lat))
        polar = widest >= 89.0  # so near a pole a circle may hold every longitude
        pad_lon = np.where(polar, 360.0, pad_lat / np.cos(np.radians(np.where(polar, 0.0, widest))))
        return self._meeting(shapely.box(west - pad_lon, south - pad_lat, east + pad_lon, north + pad_lat))

    def _meeting(self, shapes: npt.NDArray[np.object_]) -> tuple[Ints, Ints]:
        """Positions of every pair of a shape and a line that meet, on whichever turn round the globe either is drawn."""
        west, _, east, _ = shapely.total_bounds(np.concatenate([shapes, self._lines])) if len(shapes) else np.zeros(4)
        turns = (-360.0, 0.0, 360.0) if west <= -180 or east >= 180 else (0.0,)
        pairs = np.unique(np.concatenate([self._tree.query(_turned(shapes, turn), "intersects") for turn in turns], axis=1), axis=1)
        return pairs[0].astype(np.int64), pairs[1].astype(np.int64)


def _unwrapped(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Shapes whose longitudes run on past 180 instead of jumping by 360."""
    west, _, east, _ = shapely.bounds(shapes).T
    jumps = (east - west > 180) & np.isin(shapely.get_type_id(shapes), (1, 2))
    if not jumps.any():
        return shapes
    unwrapped = shapes.copy()
    unwrapped[jumps] = [
        shapely.transform(line, lambda xy: np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])) for line in shapes[jumps]
    ]
    return unwrapped


def _turned(shapes: Any, degrees: float) -> Any:
    """The shapes moved east by so many degrees of longitude."""
    return shapely.transform(shapes, lambda xy: xy + np.array([degrees, 0.0])) if degrees else shapes


def _wrap(lon: Floats) -> Floats:
    return np.where(np.abs(lon) > 180, (lon + 180) % 360 - 180, lon)


def _joined(one: Nearness, other: Nearness) -> Nearness:
    return Nearness(*(np.concatenate([getattr(one, field.name), getattr(other, field.name)]) for field in fields(one)))


def _dense(lines: npt.NDArray[np.object_], spacing_m: float) -> npt.NDArray[np.object_]:
    """The lines with a vertex at least every so many metres along each straight piece."""
    degrees = spacing_m / 111_700.0  # longer than any degree of latitude or longitude: pieces come out shorter, never longer
    dense, long = lines.copy(), shapely.length(lines) > degrees
    dense[long] = shapely.segmentize(lines[long], degrees)
    return dense


def _from_points(places: npt.NDArray[np.object_], lines: npt.NDArray[np.object_], place: Ints, line: Ints, spacing_m: float) -> Nearness:
    """Measure the pairs whose place is a point, in the azimuthal-equidistant plane about it."""
    used, line_of = np.unique(line, return_inverse=True)
    dense = _dense(lines[used], spacing_m)
    coords, owner = shapely.get_coordinates(dense, return_index=True)
    count = np.bincount(owner, minlength=len(used))
    first = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(used) else np.zeros(0, dtype=np.int64)
    reached = np.zeros(len(coords))
    if len(coords) > 1:
        steps = GEOD.inv(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])[2]
        reached[1:] = np.cumsum(np.where(owner[1:] == owner[:-1], steps, 0.0))
        reached -= reached[first][owner]

    size = count[line_of]
    begin = np.concatenate([[0], np.cumsum(size)[:-1]]) if len(size) else np.zeros(0, dtype=np.int64)
    pair = np.repeat(np.arange(len(size)), size)
    vertex = first[line_of][pair] + np.arange(len(pair)) - begin[pair]
    centre = shapely.get_coordinates(places[place]) if len(place) else np.zeros((0, 2))
    azimuth, _, far = GEOD.inv(centre[pair, 0], centre[pair, 1], coords[vertex, 0], coords[vertex, 1])
    x, y = far * np.sin(np.radians(azimuth)), far * np.cos(np.radians(azimuth))

    ends = np.flatnonzero(pair[1:] == pair[:-1])  # pieces from vertex i to i + 1 within a pair
    step_x, step_y = x[ends + 1] - x[ends], y[ends + 1] - y[ends]
    square = step_x**2 + step_y**2
    share = np.clip(np.divide(-(x[ends] * step_x + y[ends] * step_y), square, out=np.zeros_like(square), where=square > 0), 0.0, 1.0)
    distance = np.hypot(x[ends] + share * step_x, y[ends] + share * step_y)
    best = _first_smallest(distance, pair[ends])
    at, end, part = vertex[ends[best]], vertex[ends[best] + 1], share[best]
    spot = coords[at] + part[:, None] * (coords[end] - coords[at]) if len(best) else np.zeros((0, 2))
    along = reached[at] + part * (reached[end] - reached[at])
    return Nearness(place, line, distance[best], along, _wrap(spot[:, 0]), spot[:, 1])


def _from_shapes(places: npt.NDArray[np.object_], lines: npt.NDArray[np.object_], place: Ints, line: Ints) -> Nearness:
    """Measure the pairs whose place is a line or polygon: nothing where they meet, else between vertices and pieces both ways."""
    rows = []
    for at, to in zip(place.tolist(), line.tolist(), strict=True):
        shape, road = places[at], lines[to]
        meeting = next(
            (spot for turn in (-360.0, 0.0, 360.0) if not (spot := shapely.intersection(_turned(shape, turn), road)).is_empty), None
        )
        if meeting is not None:
            inside = (
                shapely.get_point(meeting, 0) if shapely.get_type_id(meeting) == 1 else shapely.Point(shapely.get_coordinates(meeting)[0])
            )
            there = _from_points(np.array([inside], dtype=object), lines[[to]], np.zeros(1, np.int64), np.zeros(1, np.int64), FINE_M)
            rows.append((at, to, 0.0, there.along_m[0], there.lon[0], there.lat[0]))
            continue
        edges = shapely.get_parts(shapely.boundary(shape)) if shapely.get_dimensions(shape) == 2 else shapely.get_parts(shape)
        corners = shapely.points(shapely.get_coordinates(_dense(np.asarray(edges, dtype=object), COARSE_M)))
        zeros = np.zeros(len(corners), np.int64)
        one_way = _from_points(corners, lines[[to]], np.arange(len(corners)), zeros, COARSE_M)
        nearest = int(np.argmin(one_way.distance_m))
        best = (at, to, one_way.distance_m[nearest], one_way.along_m[nearest], one_way.lon[nearest], one_way.lat[nearest])
        outline = edges[shapely.get_type_id(edges) == 1]
        vertices = shapely.points(shapely.get_coordinates(_dense(lines[[to]], COARSE_M)))
        for edge in range(len(outline)):
            other_way = _from_points(vertices, outline, np.arange(len(vertices)), np.full(len(vertices), edge), COARSE_M)
            nearest = int(np.argmin(other_way.distance_m))
            if other_way.distance_m[nearest] < best[2]:
                there = _from_points(vertices[[nearest]], lines[[to]], np.zeros(1, np.int64), np.zeros(1, np.int64), FINE_M)
                best = (at, to, other_way.distance_m[nearest], there.along_m[0], there.lon[0], there.lat[0])
        rows.append(best)
    columns = list(zip(*rows, strict=True))
    numbers = [np.array(column, dtype=float) for column in columns[2:]]
    return Nearness(np.array(columns[0], dtype=np.int64), np.array(columns[1], dtype=np.int64), *numbers)


def _first_smallest(values: Floats, group: Ints) -> Ints:
    """The position of the smallest value of each run of `group`, the first where several are."""
    starts = _run_starts(group)
    smallest = np.minimum.reduceat(values, starts) if len(starts) else values
    at = np.flatnonzero(values == np.repeat(smallest, np.diff(np.r_[starts, len(group)])))
    return at[_run_starts(group[at])]


def _run_starts(group: Ints) -> Ints:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, dtype=np.int64)
