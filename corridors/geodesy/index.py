"""Lines made ready to be asked which of them lie near, and how far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy import shapes
from corridors.geodesy.azimuthal import first_smallest, measure_pairs, run_starts
from corridors.geodesy.chords import (
    LEAST_RADIUS_M,
    NEAR_M,
    SAG_M,
    UNEVEN_M,
    Feet,
    Floats,
    Ints,
    Places,
    chord_within,
    find_places,
    measure_rows,
    nearest_share,
    to_xyz,
)
from corridors.geodesy.measures import GEOD
from corridors.geodesy.pieces import CHUNK, Pieces, Rows, spread

GUARD_M = 1e-5
"""Above the error of the method: within this of a limit counts as within the limit."""
MANY = 20_000
"""From so many lines on, a few places are asked of the lines near them alone, and the others are
not cut into pieces."""
FEW = 0.5
"""Lines near the places are few where they are at most this share of all."""
PARTS = 2**26
"""Lengths along lines are summed in this part of a metre, 15 nanometres."""


@dataclass(frozen=True, eq=False, slots=True)
class Nearness:
    """Pairs of a place and a line: how far, and where along the line.

    All arrays have one entry a pair, sorted by place, then line. `place` and `line` are positions
    (from 0) in what was given; `distance_m` is geodesic; `along_m` is the geodesic length of the
    line up to its nearest point, which lies at `lon`, `lat`.
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


class Distances(NamedTuple):
    """Pairs of a place and a line, sorted by place, then line: positions from 0 in what was given,
    and geodesic metres.
    """

    place: Ints
    line: Ints
    distance_m: Floats


class _Found(NamedTuple):
    """Measured pairs. The nearest point lies on the piece from `vertex` to the next; the vertex is
    -1 where not known.

    A place may have several points: `point` is the one that is nearest.
    """

    place: Ints
    line: Ints
    distance_m: Floats
    lon: Floats
    lat: Floats
    vertex: Ints
    point: Ints

    def select(self, rows: Any) -> Self:
        return type(self)(*(column[rows] for column in self))


class _Part(NamedTuple):
    """Some of the lines (their positions, ascending), and an index of them alone."""

    line: Ints
    lines: LineIndex


def find_within(places: Any, lines: Any, radius_m: float | Floats) -> Nearness:
    """Every pair of a place and a line that lie within `radius_m` of each other, measured exactly.

    Parameters
    ----------
    places
        Points, lines or polygons in degrees (longitude, latitude); lines and polygons count from
        their nearest point.
    lines
        LineStrings in degrees. A step of more than 180 degrees of longitude is one across the
        antimeridian.
    radius_m
        One distance, or one a place. Pairs up to `GUARD_M` beyond are given too: the caller
        decides.

    Returns
    -------
    Nearness
        The pairs, sorted by place, then line. For places that are no points, `along_m`, `lon` and
        `lat` are of the vertex or crossing found nearest.

    Examples
    --------
    >>> road = shapely.LineString([(35.0, 33.0), (35.1, 33.0)])
    >>> near = find_within([shapely.Point(35.05, 33.004)], [road], 500.0)
    >>> near.distance_m.round(1).tolist(), near.along_m.round(0).tolist()
    ([443.6], [4673.0])
    """
    return LineIndex(lines).within(places, radius_m)


class LineIndex:
    """Lines made ready to be asked often; see `find_within`. What a question needs is built when it
    is first asked.

    Of many lines, only those near the places are cut into pieces, until all questions together have
    come to as many as there are: then all are, once. What is answered does not depend on it.
    """

    def __init__(self, lines: Any) -> None:
        """Unwrap the lines across the antimeridian."""
        self.lines = _unwrapped(np.asarray(lines, dtype=object))
        self._cut_so_far = 0

    @cached_property
    def pieces(self) -> Pieces:
        """The lines in short pieces, in a grid."""
        return Pieces(self.lines)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.lines)

    def within(self, places: Any, radius_m: float | Floats) -> Nearness:
        """As `find_within`, for these lines."""
        array = np.asarray(places, dtype=object)
        if part := self._part_near(array, radius_m):
            found = part.lines.within(array, radius_m)
            return replace(found, line=part.line[found.line])
        return self._locate(self._measure(array, radius_m))

    def measure(self, places: Any, radius_m: float | Floats) -> Distances:
        """As `within`, without where along the line: less to compute, and to keep.

        >>> index = LineIndex([shapely.LineString([(35.0, 33.0), (35.1, 33.0)])])
        >>> index.measure([shapely.Point(35.05, 33.004)], 500.0).distance_m.round(1).tolist()
        [443.6]
        """
        return Distances(*self._measure(np.asarray(places, dtype=object), radius_m)[:3])

    def measure_in_blocks(self, places: Any, radius_m: float | Floats) -> Iterator[Distances]:
        """As `measure`, for some places after the other: what need not be kept takes no memory.

        Points come first.
        """
        array = np.asarray(places, dtype=object)
        if part := self._part_near(array, radius_m):
            for near in part.lines.measure_in_blocks(array, radius_m):
                yield near._replace(line=part.line[near.line])
            return
        for found in self._find_blocks(array, radius_m):
            yield Distances(*found[:3])

    def reached_by(self, places: Any, radius_m: float | Floats) -> tuple[Ints, Ints]:
        """Positions of every pair of a place and a line within `radius_m`, sorted by place, then
        line.

        The same pairs as `within` gives, decided as exactly; a distance is measured only where it
        can matter.

        >>> index = LineIndex([shapely.LineString([(35.0, 33.0), (35.1, 33.0)])])
        >>> index.reached_by([shapely.Point(35.05, 33.004)], [443.0, 444.0][1])[1].tolist()
        [0]
        """
        array = np.asarray(places, dtype=object)
        reach = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), array.shape)
        if not _are_points(array).all():
            return self._measure(array, reach)[:2]
        centre, count = _to_places(array), len(self.lines)
        certain_m, place, line = (
            chord_within(reach) - SAG_M,
            [np.zeros(0, np.int64)],
            [np.zeros(0, np.int64)],
        )
        for some, rows in self.pieces.find_rows(
            centre, reach + (GUARD_M + SAG_M), enough_m=certain_m
        ):
            key = rows.place * count + self.pieces.line.take(rows.piece)
            certain = rows.chord_m <= certain_m[some].take(rows.place)
            pairs = _distinct(key[certain])
            rest = np.flatnonzero(~certain)
            rest = rest[~_is_in(key[rest], pairs)]
            if len(rest):
                decided = self._measure_rows(
                    centre.part(some),
                    reach[some],
                    np.arange(some.stop - some.start),
                    rows.select(rest),
                )
                pairs = _distinct(np.concatenate([pairs, decided.place * count + decided.line]))
            place.append(pairs // count + some.start)
            line.append(pairs % count)
        return np.concatenate(place), np.concatenate(line)

    def nearest(self, places: Any, radius_m: float | Floats) -> Nearness:
        """The nearest line of each point within `radius_m`: at most one pair a place, ties (to the
        millimetre) going to the first line.
        """
        array = np.asarray(places, dtype=object)
        if part := self._part_near(array, radius_m):
            near = part.lines.nearest(array, radius_m)
            return replace(near, line=part.line[near.line])
        found = self._measure(array, radius_m, nearest=True)
        order = np.lexsort((found.line, np.round(found.distance_m, 3), found.place))
        return self._locate(found.select(order[run_starts(found.place[order])]))

    def crossed_by(self, areas: Any) -> tuple[Ints, Ints]:
        """Positions of every pair of an area and a line that meet, sorted by area, then line;
        touching counts as meeting.

        >>> LineIndex([shapely.LineString([(0, 0), (2, 0)])]).crossed_by(
        ...     [shapely.box(1, -1, 3, 1)]
        ... )[1].tolist()
        [0]
        """
        array = np.asarray(areas, dtype=object)
        west, _, east, _ = (
            shapely.total_bounds(np.concatenate([array, self.lines])) if len(array) else np.zeros(4)
        )
        turns = (-360.0, 0.0, 360.0) if west <= -180 or east >= 180 else (0.0,)
        pairs = np.unique(
            np.concatenate(
                [
                    self._tree.query(shapes.shift_longitudes(array, turn), "intersects")
                    for turn in turns
                ],
                axis=1,
            ),
            axis=1,
        )
        return pairs[0].astype(np.int64), pairs[1].astype(np.int64)

    def _part_near(self, places: npt.NDArray[np.object_], radius_m: float | Floats) -> _Part | None:
        """The lines whose boxes meet those of what lies within reach of some points; None where it
        does not pay to cut only them.

        On a sphere of the Earth's least radius, and of the circle of latitude nearest a pole, a
        chord of c spans the widest angle.
        """
        if (
            len(self.lines) < MANY
            or "pieces" in self.__dict__
            or not len(places)
            or not _are_points(places).all()
        ):
            return None
        lon, lat = shapely.get_coordinates(places).T
        reach = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), places.shape) + 1.0
        high = 1.01 * reach / 110_574.0
        farthest = np.abs(lat) + high
        half_turn = reach / (2 * LEAST_RADIUS_M * np.cos(np.radians(np.minimum(farthest, 89.9))))
        if reach.max() > 1e6 or farthest.max() > 89.0 or half_turn.max() > 0.5:
            return None
        wide = np.degrees(2 * np.arcsin(half_turn)) + 1e-7
        boxes = [
            shapely.box(lon + turn - wide, lat - high, lon + turn + wide, lat + high)
            for turn in (-360.0, 0.0, 360.0)
        ]
        line = np.unique(self._tree.query(np.concatenate(boxes))[1])
        self._cut_so_far += len(line)
        if len(line) > FEW * len(self.lines) or self._cut_so_far > len(self.lines):
            return None
        index = LineIndex(self.lines[line])
        index.pieces  # noqa: B018 - cut now: it is no whole to be divided again
        return _Part(line, index)

    def _measure(
        self, places: npt.NDArray[np.object_], radius_m: float | Floats, *, nearest: bool = False
    ) -> _Found:
        """Every pair within reach (or all that may be a place's nearest), sorted by place, then
        line.
        """
        found = _join(list(self._find_blocks(places, radius_m, nearest=nearest)))
        mixed = bool((np.diff(found.place) < 0).any())
        return found.select(np.lexsort((found.line, found.place))) if mixed else found

    def _find_blocks(
        self, places: npt.NDArray[np.object_], radius_m: float | Floats, *, nearest: bool = False
    ) -> Iterator[_Found]:
        """The same for some places after the other: first those that are points, then all others."""
        reach = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), places.shape)
        points = _are_points(places)
        which = np.flatnonzero(points)
        for found in self.measure_points(
            shapely.get_coordinates(places[points]), which, reach[points], nearest=nearest
        ):
            yield found._replace(point=which[found.point])
        if not points.all():
            which = np.flatnonzero(~points)
            place, line, distance, lon, lat = shapes.measure_shapes(
                self, _unwrapped(places[which]), reach[which]
            )
            unknown = np.full(len(place), -1)
            others = _Found(which[place], line, distance, lon, lat, unknown, unknown)
            yield others.select(distance <= reach[others.place] + GUARD_M)

    def measure_points(
        self, coords: Floats, owner: Ints, radius_m: Floats, *, nearest: bool = False
    ) -> Iterator[_Found]:
        """Every pair of an owner of points (longitude, latitude; sorted by owner) and a line within
        reach, owners one after the other.
        """
        centre = find_places(np.ascontiguousarray(coords[:, 0]), np.ascontiguousarray(coords[:, 1]))
        for some, rows in self.pieces.find_rows(centre, radius_m + (GUARD_M + SAG_M), owner=owner):
            rivals = _find_rivals(rows, rows.place) if nearest else rows
            found = self._measure_rows(centre.part(some), radius_m[some], owner[some], rivals)
            yield found._replace(point=found.point + some.start)

    def _measure_rows(self, places: Places, radius_m: Floats, owner: Ints, rows: Rows) -> _Found:
        """The pairs within reach among places and pieces that may lie so near: each line by the
        nearest of its pieces.
        """
        pieces = self.pieces
        order = np.argsort(
            owner[rows.place] * len(pieces.lon) + pieces.vertex[rows.piece], kind="stable"
        )
        rows = rows.select(order)
        line = pieces.line[rows.piece]
        pair = owner[rows.place] * len(self.lines) + line
        starts = run_starts(pair)
        least = np.repeat(
            np.minimum.reduceat(rows.chord_m, starts) if len(starts) else rows.chord_m,
            np.diff(np.r_[starts, len(pair)]),
        )
        at = np.flatnonzero((rows.chord_m <= least + (2 * SAG_M + UNEVEN_M)) & (least <= NEAR_M))
        measured = [
            self._measure_feet(places, rows.place[some], rows.piece[some]) for some in _chunks(at)
        ]
        feet = Feet(*(np.concatenate(columns) for columns in zip(*measured, strict=True)))
        best = first_smallest(feet.distance_m, pair[at])
        chosen = at[best]
        point = rows.place[chosen]
        vertex = pieces.vertex[rows.piece[chosen]]
        found = _Found(
            owner[point],
            line[chosen],
            feet.distance_m[best],
            feet.lon[best],
            feet.lat[best],
            vertex,
            point,
        )
        far = np.flatnonzero(least > NEAR_M)
        if len(far):
            found = _join([found, self._measure_far(places, radius_m, owner, rows.select(far))])
            found = found.select(np.lexsort((found.line, found.place)))
        return found.select(found.distance_m <= radius_m[found.point] + GUARD_M)

    def _measure_far(self, places: Places, radius_m: Floats, owner: Ints, rows: Rows) -> _Found:
        """The same beyond NEAR_M."""
        count = len(self.lines)
        pair = owner[rows.place] * count + self.pieces.line[rows.piece]
        rows = _find_rivals(rows, np.unique(pair, return_inverse=True)[1])
        pairs = np.unique(np.column_stack([rows.place, self.pieces.line[rows.piece]]), axis=0)
        pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1], owner[pairs[:, 0]]))]
        point, line = pairs.T
        spots = measure_pairs(
            np.column_stack([places.lon, places.lat])[point], self.lines[line], radius_m[point]
        )
        found = _Found(owner[point], line, *spots, np.full(len(point), -1), point)
        return found.select(first_smallest(found.distance_m, found.place * count + found.line))

    def _measure_feet(self, places: Places, place: Ints, piece: Ints) -> Feet:
        pieces = self.pieces
        vertex = pieces.vertex[piece]
        begin = pieces.begin[piece, 0], pieces.begin[piece, 1], pieces.begin[piece, 2]
        step = pieces.step[0][piece], pieces.step[1][piece], pieces.step[2][piece]
        ends = (
            pieces.lon[vertex],
            pieces.lat[vertex],
            pieces.lon[vertex + 1],
            pieces.lat[vertex + 1],
        )
        return measure_rows(places, place, begin, step, ends)

    def _locate(self, found: _Found) -> Nearness:
        """The pairs with how far along its line the nearest point of each lies."""
        pieces = self.pieces
        first = np.searchsorted(pieces.line_of_vertex, found.line, "left")
        count = np.searchsorted(pieces.line_of_vertex, found.line, "right") - first
        vertex = found.vertex.copy()
        unknown = np.flatnonzero(vertex < 0)
        vertex[unknown] = self._find_vertices(
            found.lon[unknown], found.lat[unknown], first[unknown], count[unknown]
        )
        used, of = np.unique(found.line, return_inverse=True)
        begin = np.searchsorted(pieces.line_of_vertex, used, "left")
        size = np.searchsorted(pieces.line_of_vertex, used, "right") - begin
        all_vertices = spread(begin, size)
        lon, lat = pieces.lon[all_vertices], pieces.lat[all_vertices]
        steps = np.zeros(len(lon))
        if len(lon) > 1:
            steps[1:] = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
        offset = np.cumsum(size) - size
        steps[offset] = 0.0
        reached = np.cumsum(
            np.rint(steps * PARTS).astype(np.int64)
        )  # whole numbers: what other lines are asked for changes nothing
        at = offset[of] + vertex - first
        beyond = np.asarray(
            GEOD.inv(pieces.lon[vertex], pieces.lat[vertex], found.lon, found.lat)[2],
            dtype=np.float64,
        )
        along = (reached[at] - reached[offset[of]]) / PARTS + beyond
        return Nearness(
            found.place, found.line, found.distance_m, along, _wrap(found.lon), found.lat
        )

    def _find_vertices(self, lon: Floats, lat: Floats, first: Ints, count: Ints) -> Ints:
        """The vertex at which the piece begins that each spot of a line lies on."""
        pieces = self.pieces
        vertex, spot = spread(first, count - 1), np.repeat(np.arange(len(lon)), count - 1)
        here, start = to_xyz(lon, lat), to_xyz(pieces.lon[vertex], pieces.lat[vertex])
        end = to_xyz(pieces.lon[vertex + 1], pieces.lat[vertex + 1])
        away = start[0] - here[0][spot], start[1] - here[1][spot], start[2] - here[2][spot]
        step = end[0] - start[0], end[1] - start[1], end[2] - start[2]
        share = nearest_share(away, step)
        x, y, z = (a + share * s for a, s in zip(away, step, strict=True))
        return vertex[first_smallest(x * x + y * y + z * z, spot)]


def _find_rivals(rows: Rows, group: Ints) -> Rows:
    """The rows that may be the nearest of their group, whatever the difference between a chord and
    its geodesic.
    """
    least = np.full(int(group.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, group, rows.chord_m)
    circle = 2 * LEAST_RADIUS_M
    longest = circle * np.arcsin(np.minimum((least + SAG_M) / circle, 1.0))
    longest = (
        np.where(least + SAG_M >= circle, np.inf, longest) + 0.002
    )  # ties are to the millimetre
    return rows.select(rows.chord_m - SAG_M <= longest[group])


def _are_points(places: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    return shapely.get_type_id(places) == 0


def _to_places(points: npt.NDArray[np.object_]) -> Places:
    coords = shapely.get_coordinates(points)
    lon, lat = np.ascontiguousarray(coords[:, 0]), np.ascontiguousarray(coords[:, 1])
    return find_places(lon, lat)


def _join(found: list[_Found]) -> _Found:
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    empty = _Found(none, none, nothing, nothing, nothing, none, none)
    return _Found(*(np.concatenate(columns) for columns in zip(empty, *found, strict=True)))


def _chunks(rows: Ints) -> list[Ints]:
    """The rows in parts that fit into the cache, at least one."""
    return np.split(rows, np.arange(CHUNK, len(rows), CHUNK))


def _distinct(keys: Ints) -> Ints:
    """The keys, sorted, each once."""
    keys = np.sort(keys)
    return keys[run_starts(keys)]


def _is_in(keys: Ints, those: Ints) -> npt.NDArray[np.bool_]:
    """Whether each key is one of those, which are sorted."""
    if not len(those):
        return np.zeros(len(keys), dtype=bool)
    return those[np.minimum(np.searchsorted(those, keys), len(those) - 1)] == keys


def _unwrapped(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Lines whose longitudes run on past 180 instead of jumping by 360."""
    west, _, east, _ = shapely.bounds(lines).T
    kind = shapely.get_type_id(lines)
    jumps, several = (east - west > 180) & np.isin(kind, (1, 2)), (east - west > 180) & (kind == 5)
    if not (jumps.any() or several.any()):
        return lines
    unwrapped = lines.copy()
    unwrapped[jumps] = [
        shapely.transform(
            line, lambda xy: np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])
        )
        for line in lines[jumps]
    ]
    unwrapped[several] = [
        shapely.multilinestrings(_unwrapped(shapely.get_parts(line))) for line in lines[several]
    ]
    return unwrapped


def _wrap(lon: Floats) -> Floats:
    return np.where(np.abs(lon) > 180, (lon + 180) % 360 - 180, lon)
