"""An index of lines: which of them are near a place, and how far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy import shapes
from corridors.geodesy.azimuthal import measure_pairs
from corridors.geodesy.chords import (
    MIN_RADIUS_M,
    NEAR_M,
    PIECE_DEGREES,
    SAG_M,
    UNEVEN_M,
    NearestPoints,
    Points,
    Vectors,
    chord_within,
    dot,
    join,
    locate_points,
    measure_pieces,
    move,
    nearest_fraction,
    select,
    subtract,
    to_xyz,
)
from corridors.geodesy.groups import first_minimum, group_minimum, group_starts
from corridors.geodesy.measures import measure_distance_m
from corridors.geodesy.pieces import CHUNK, HALF_M, Candidates, Pieces, cut
from corridors.geodesy.shapes import (
    DOUBT_M,
    EMPTY,
    FINE_DEGREES,
    ShapePairs,
    Shapes,
    first_common,
    list_edges,
)
from corridors.kernels import expand_ranges
from corridors.tables import Flags, Floats, Ints

GUARD_M = 1e-5
"""Above the error of the method: a distance within this of a limit counts as within the limit."""
MANY = 20_000
"""An index of so many lines answers for a few places from the lines near them, and cuts no others
into pieces."""
FEW = 0.5
"""The greatest share of lines that counts as few."""
PARTS = 2**26
"""Lengths along lines are summed in whole parts of a metre, 15 nanometres each."""


@dataclass(frozen=True, eq=False, slots=True)
class NearPairs:
    """Pairs of a place and a line: how far, and where along the line.

    All arrays have one entry a pair, sorted by place, then line. `place` and `line` are positions
    (from 0) in the inputs. `distance_m` is geodesic. The nearest point of the line is at `lon`,
    `lat`; `along_m` is the geodesic length of the line up to it.
    """

    place: Ints
    line: Ints
    distance_m: Floats
    along_m: Floats
    lon: Floats
    lat: Floats

    def select(self, rows: Any) -> NearPairs:
        """The pairs in these rows, in that order."""
        return NearPairs(*(getattr(self, field.name)[rows] for field in fields(self)))


class Distances(NamedTuple):
    """Pairs of a place and a line (positions from 0) and their geodesic distance.

    They are sorted by place, then line.
    """

    place: Ints
    line: Ints
    distance_m: Floats


class _Found(NamedTuple):
    """Measured pairs.

    The nearest point of the line is on the piece from `vertex` to the next one; the vertex is -1
    where it is not known. A place may have several points: `point` is the nearest of them.
    """

    place: Ints
    line: Ints
    distance_m: Floats
    lon: Floats
    lat: Floats
    vertex: Ints
    point: Ints


_NONE = _Found(*np.zeros((2, 0), np.int64), *np.zeros((3, 0)), *np.zeros((2, 0), np.int64))


def find_within(places: Any, lines: Any, radius_m: float | Floats) -> NearPairs:
    """Every pair of a place and a line within `radius_m` of each other, measured exactly.

    Parameters
    ----------
    places
        Points, lines or polygons in degrees (longitude, latitude). The distance of lines and
        polygons is that of their nearest point.
    lines
        LineStrings in degrees. A step of more than 180 degrees of longitude crosses the
        antimeridian.
    radius_m
        One distance, or one for each place. Pairs up to `GUARD_M` beyond are included.

    Returns
    -------
    NearPairs
        Sorted by place, then line. For places that are not points, `along_m`, `lon` and `lat` are
        those of the vertex or intersection found nearest.

    Examples
    --------
    >>> road = shapely.LineString([(35.0, 33.0), (35.1, 33.0)])
    >>> near = find_within([shapely.Point(35.05, 33.004)], [road], 500.0)
    >>> near.distance_m.round(1).tolist(), near.along_m.round(0).tolist()
    ([443.6], [4673.0])
    """
    return LineIndex(lines).within(places, radius_m)


class LineIndex:
    """Lines prepared for many queries; see `find_within`.

    All parts are built when they are first needed. Queries for a few places cut only the lines near
    them into pieces. Once such queries have cut as many lines as there are, all lines are cut. The
    results do not depend on this.
    """

    def __init__(self, lines: Any) -> None:
        """Unwrap the lines across the antimeridian."""
        self.lines = _unwrap(np.asarray(lines, dtype=object))
        self._lines_cut = 0

    @cached_property
    def pieces(self) -> Pieces:
        """The lines in short pieces, in a grid."""
        return Pieces(self.lines)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.lines)

    def within(self, places: Any, radius_m: float | Floats) -> NearPairs:
        """As `find_within`, for these lines."""
        array = np.asarray(places, dtype=object)
        if part := self._select_near(array, radius_m):
            near = part.lines.within(array, radius_m)
            return replace(near, line=part.line[near.line])
        return self._locate(self._measure(array, radius_m))

    def measure(self, places: Any, radius_m: float | Floats) -> Distances:
        """As `within`, without the position along the line: faster, and less memory.

        >>> index = LineIndex([shapely.LineString([(35.0, 33.0), (35.1, 33.0)])])
        >>> index.measure([shapely.Point(35.05, 33.004)], 500.0).distance_m.round(1).tolist()
        [443.6]
        """
        return Distances(*self._measure(np.asarray(places, dtype=object), radius_m)[:3])

    def measure_in_blocks(self, places: Any, radius_m: float | Floats) -> Iterator[Distances]:
        """As `measure`, in blocks of places, to save memory; points come first."""
        array = np.asarray(places, dtype=object)
        if part := self._select_near(array, radius_m):
            for near in part.lines.measure_in_blocks(array, radius_m):
                yield near._replace(line=part.line[near.line])
            return
        for found in self._find_blocks(array, radius_m):
            yield Distances(*found[:3])

    def pairs_within(self, places: Any, radius_m: float | Floats) -> tuple[Ints, Ints]:
        """The pairs (place, line) that `within` returns, without their distances.

        They are as exact, but a distance is measured only where it can matter.

        >>> index = LineIndex([shapely.LineString([(35.0, 33.0), (35.1, 33.0)])])
        >>> index.pairs_within([shapely.Point(35.05, 33.004)] * 2, np.array([443.0, 444.0]))
        (array([1]), array([0]))
        """
        array = np.asarray(places, dtype=object)
        radius_m = _spread(radius_m, array)
        if not _are_points(array).all():
            return self._measure(array, radius_m)[:2]
        points, count = _to_points(shapely.get_coordinates(array)), len(self.lines)
        certain_m = chord_within(radius_m) - SAG_M
        pairs = [np.zeros(0, np.int64)]
        for block, rows in self.pieces.find_candidates(
            points, radius_m + (GUARD_M + SAG_M), enough_m=certain_m
        ):
            key = rows.point * count + self.pieces.line.take(rows.piece)
            certain = rows.chord_m <= certain_m[block].take(rows.point)
            within = _distinct(key[certain])
            rest = np.flatnonzero(~certain)
            rest = rest[~_is_in(key[rest], within)]
            if len(rest):
                owner = np.arange(block.stop - block.start)
                decided = self._measure_candidates(
                    select(points, block), radius_m[block], owner, select(rows, rest)
                )
                within = _distinct(np.r_[within, decided.place * count + decided.line])
            pairs.append(within + block.start * count)
        every = np.concatenate(pairs)
        return every // max(count, 1), every % max(count, 1)

    def nearest(self, places: Any, radius_m: float | Floats) -> NearPairs:
        """The nearest line of each point within `radius_m`: at most one pair a place.

        Of lines that are equally near, to the millimetre, it is the first.
        """
        array = np.asarray(places, dtype=object)
        if part := self._select_near(array, radius_m):
            near = part.lines.nearest(array, radius_m)
            return replace(near, line=part.line[near.line])
        found = self._measure(array, radius_m, nearest=True)
        order = np.lexsort((found.line, np.round(found.distance_m, 3), found.place))
        return self._locate(select(found, order[group_starts(found.place[order])]))

    def crossed_by(self, areas: Any) -> tuple[Ints, Ints]:
        """The positions of every pair of an area and a line that intersect, by area, then line.

        Touching counts.

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
        pairs = [
            self._tree.query(shapes.shift_longitudes(array, turn), "intersects") for turn in turns
        ]
        area, line = np.unique(np.concatenate(pairs, axis=1), axis=1).astype(np.int64)
        return area, line

    def _select_near(
        self, places: npt.NDArray[np.object_], radius_m: float | Floats
    ) -> _Part | None:
        """The lines whose boxes intersect those of the discs about some points.

        None where it is better to cut all lines. The boxes are those of a sphere of the least
        radius of curvature, and of the circle of latitude nearest to a pole: there a chord of
        length c spans the widest angle.
        """
        if len(self.lines) < MANY or "pieces" in self.__dict__:
            return None
        if not len(places) or not _are_points(places).all():
            return None
        lon, lat = shapely.get_coordinates(places).T
        limit_m = _spread(radius_m, places) + 1.0
        high = 1.01 * limit_m / 110_574.0
        farthest = np.abs(lat) + high
        half_sine = limit_m / (2 * MIN_RADIUS_M * np.cos(np.radians(np.minimum(farthest, 89.9))))
        if limit_m.max() > 1e6 or farthest.max() > 89.0 or half_sine.max() > 0.5:
            return None
        wide = np.degrees(2 * np.arcsin(half_sine)) + 1e-7
        boxes = [
            shapely.box(lon + turn - wide, lat - high, lon + turn + wide, lat + high)
            for turn in (-360.0, 0.0, 360.0)
        ]
        line = np.unique(self._tree.query(np.concatenate(boxes))[1])
        self._lines_cut += len(line)
        if len(line) > FEW * len(self.lines) or self._lines_cut > len(self.lines):
            return None
        part = _Part(line, LineIndex(self.lines[line]))
        part.lines.pieces  # noqa: B018 - cut now: a part is not divided again
        return part

    def _measure(
        self, places: npt.NDArray[np.object_], radius_m: float | Floats, *, nearest: bool = False
    ) -> _Found:
        """Every pair within the radius, by place, then line; or all that can be the nearest."""
        found = join([_NONE, *self._find_blocks(places, radius_m, nearest=nearest)])
        mixed = bool((np.diff(found.place) < 0).any())
        return select(found, np.lexsort((found.line, found.place))) if mixed else found

    def _find_blocks(
        self, places: npt.NDArray[np.object_], radius_m: float | Floats, *, nearest: bool = False
    ) -> Iterator[_Found]:
        """The same in blocks: first the places that are points, then all others."""
        radius_m = _spread(radius_m, places)
        points = _are_points(places)
        which = np.flatnonzero(points)
        coords = shapely.get_coordinates(places[points])
        for found in self.measure_points(coords, which, radius_m[points], nearest=nearest):
            yield found._replace(point=which[found.point])
        if not points.all():
            which = np.flatnonzero(~points)
            pairs = measure_shapes(self, _unwrap(places[which]), radius_m[which])
            unknown = np.full(len(pairs.shape), -1)
            others = _Found(which[pairs.shape], *pairs[1:], unknown, unknown)
            yield select(others, others.distance_m <= radius_m[others.place] + GUARD_M)

    def measure_points(
        self, coords: Floats, owner: Ints, radius_m: Floats, *, nearest: bool = False
    ) -> Iterator[_Found]:
        """Every pair of an owner and a line within the radius, in blocks of owners.

        `coords` are points (longitude, latitude), sorted by owner. The radius is that of the point.
        """
        points = _to_points(coords)
        for block, rows in self.pieces.find_candidates(
            points, radius_m + (GUARD_M + SAG_M), owner=owner
        ):
            rivals = _find_rivals(rows, rows.point) if nearest else rows
            found = self._measure_candidates(
                select(points, block), radius_m[block], owner[block], rivals
            )
            yield found._replace(point=found.point + block.start)

    def _measure_candidates(
        self, points: Points, radius_m: Floats, owner: Ints, rows: Candidates
    ) -> _Found:
        """The pairs within the radius among candidates: each line by the nearest of its pieces."""
        pieces = self.pieces
        order = owner[rows.point] * len(pieces.lon) + pieces.vertex[rows.piece]
        rows = select(rows, np.argsort(order, kind="stable"))
        line = pieces.line[rows.piece]
        pair = owner[rows.point] * len(self.lines) + line
        least = group_minimum(rows.chord_m, pair)
        at = np.flatnonzero((rows.chord_m <= least + (2 * SAG_M + UNEVEN_M)) & (least <= NEAR_M))
        # In chunks that fit into the processor's cache, at least one.
        nearest = join(
            [
                self._measure_feet(points, rows.point[chunk], rows.piece[chunk])
                for chunk in np.split(at, np.arange(CHUNK, len(at), CHUNK))
            ]
        )
        best = first_minimum(nearest.distance_m, pair[at])
        chosen = at[best]
        point, vertex = rows.point[chosen], pieces.vertex[rows.piece[chosen]]
        found = _Found(owner[point], line[chosen], *select(nearest, best), vertex, point)
        far = np.flatnonzero(least > NEAR_M)
        if len(far):
            found = join([found, self._measure_far(points, radius_m, owner, select(rows, far))])
            found = select(found, np.lexsort((found.line, found.place)))
        return select(found, found.distance_m <= radius_m[found.point] + GUARD_M)

    def _measure_far(
        self, points: Points, radius_m: Floats, owner: Ints, rows: Candidates
    ) -> _Found:
        """The same beyond NEAR_M."""
        count = len(self.lines)
        pair = owner[rows.point] * count + self.pieces.line[rows.piece]
        rows = _find_rivals(rows, np.unique(pair, return_inverse=True)[1])
        pairs = np.unique(np.column_stack([rows.point, self.pieces.line[rows.piece]]), axis=0)
        pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1], owner[pairs[:, 0]]))]
        point, line = pairs.T
        coords = np.column_stack([points.lon, points.lat])[point]
        nearest = measure_pairs(coords, self.lines[line], radius_m[point])
        found = _Found(owner[point], line, *nearest, np.full(len(point), -1), point)
        return select(found, first_minimum(found.distance_m, found.place * count + found.line))

    def _measure_feet(self, points: Points, point: Ints, piece: Ints) -> NearestPoints:
        pieces = self.pieces
        vertex = pieces.vertex[piece]
        begin = Vectors(*(pieces.begin[piece, axis] for axis in range(3)))
        begins, ends = ((pieces.lon[at], pieces.lat[at]) for at in (vertex, vertex + 1))
        return measure_pieces(points, point, begin, select(pieces.step, piece), (*begins, *ends))

    def _locate(self, found: _Found) -> NearPairs:
        """The pairs, with the length of the line up to its nearest point."""
        pieces = self.pieces
        used, of = np.unique(found.line, return_inverse=True)
        begin = np.searchsorted(pieces.line_of_vertex, used, "left")
        size = np.searchsorted(pieces.line_of_vertex, used, "right") - begin
        first = begin[of]
        vertex = found.vertex.copy()
        unknown = np.flatnonzero(vertex < 0)
        vertex[unknown] = self._find_vertices(
            found.lon[unknown], found.lat[unknown], first[unknown], size[of][unknown]
        )
        every = expand_ranges(begin, size)
        lon, lat = pieces.lon[every], pieces.lat[every]
        steps = np.zeros(len(lon))
        steps[1:] = measure_distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
        offset = np.cumsum(size) - size
        steps[offset] = 0.0
        # Sums of whole numbers do not depend on the other lines of the query.
        reached = np.cumsum(np.rint(steps * PARTS).astype(np.int64))
        beyond = measure_distance_m(pieces.lon[vertex], pieces.lat[vertex], found.lon, found.lat)
        start = offset[of]
        along = (reached[start + vertex - first] - reached[start]) / PARTS + beyond
        lon = np.where(np.abs(found.lon) > 180, (found.lon + 180) % 360 - 180, found.lon)
        return NearPairs(found.place, found.line, found.distance_m, along, lon, found.lat)

    def _find_vertices(self, lon: Floats, lat: Floats, first: Ints, count: Ints) -> Ints:
        """The first vertex of the piece on which each point of a line lies."""
        pieces = self.pieces
        vertex, row = expand_ranges(first, count - 1), np.repeat(np.arange(len(lon)), count - 1)
        start = to_xyz(pieces.lon[vertex], pieces.lat[vertex])
        end = to_xyz(pieces.lon[vertex + 1], pieces.lat[vertex + 1])
        begin, step = subtract(start, select(to_xyz(lon, lat), row)), subtract(end, start)
        nearest = move(begin, step, nearest_fraction(begin, step))
        return vertex[first_minimum(dot(nearest, nearest), row)]


class _Part(NamedTuple):
    """Some of the lines of an index (their positions, ascending), and an index of them alone."""

    line: Ints
    lines: LineIndex


def _find_rivals(rows: Candidates, group: Ints) -> Candidates:
    """The rows that can be the nearest of their group, to the millimetre.

    They allow for the greatest difference between a chord and its geodesic.
    """
    least = np.full(int(group.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, group, rows.chord_m)
    circle = 2 * MIN_RADIUS_M
    longest = circle * np.arcsin(np.minimum((least + SAG_M) / circle, 1.0))
    longest = np.where(least + SAG_M >= circle, np.inf, longest) + 0.002
    return select(rows, rows.chord_m - SAG_M <= longest[group])


def _are_points(places: npt.NDArray[np.object_]) -> Flags:
    return shapely.get_type_id(places) == 0


def _spread(radius_m: float | Floats, places: npt.NDArray[np.object_]) -> Floats:
    """The radius of each place."""
    return np.broadcast_to(np.asarray(radius_m, dtype=np.float64), places.shape)


def _to_points(coords: Floats) -> Points:
    return locate_points(np.ascontiguousarray(coords[:, 0]), np.ascontiguousarray(coords[:, 1]))


def _distinct(keys: Ints) -> Ints:
    """The keys, sorted, each once."""
    keys = np.sort(keys)
    return keys[group_starts(keys)]


def _is_in(keys: Ints, those: Ints) -> Flags:
    """Whether each key is one of those, which are sorted."""
    if not len(those):
        return np.zeros(len(keys), dtype=bool)
    return those[np.minimum(np.searchsorted(those, keys), len(those) - 1)] == keys


def _unwrap(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The lines with longitudes beyond 180 degrees instead of steps of 360 degrees."""
    west, _, east, _ = shapely.bounds(lines).T
    kind = shapely.get_type_id(lines)
    is_wide = east - west > 180
    jumps, several = is_wide & np.isin(kind, (1, 2)), is_wide & (kind == 5)
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
        shapely.multilinestrings(_unwrap(shapely.get_parts(line))) for line in lines[several]
    ]
    return unwrapped


def measure_shapes(index: LineIndex, shapes: Shapes, radius_m: Floats) -> ShapePairs:
    """Each pair of a shape and a line within the radius, and some beyond, by shape, then line."""
    count = len(index.lines)
    shape, line = index.crossed_by(shapes)
    common = [
        first_common(shapes[at], index.lines[to])
        for at, to in zip(shape.tolist(), line.tolist(), strict=True)
    ]
    points = np.array(common, dtype=np.float64).reshape(-1, 2)
    crossing = ShapePairs(shape, line, np.zeros(len(shape)), *points.T)
    apart = _measure_apart(index, shapes, radius_m + DOUBT_M, PIECE_DEGREES)
    is_crossing = np.isin(apart.shape * count + apart.line, shape * count + line)
    apart = select(apart, ~is_crossing)
    limit_m = radius_m[apart.shape]
    doubtful = (apart.distance_m > limit_m) & (apart.distance_m <= limit_m + DOUBT_M)
    for row in np.flatnonzero(doubtful).tolist():
        at, to = apart.shape[row], apart.line[row]
        lone = LineIndex(index.lines[[to]])
        exact = _measure_apart(lone, shapes[[at]], radius_m[[at]] + DOUBT_M, FINE_DEGREES)
        for column, better in zip(apart[2:], exact[2:], strict=True):
            column[row] = better[0]
    joined = join([crossing, apart])
    return select(joined, np.lexsort((joined.line, joined.shape)))


def _measure_apart(
    index: LineIndex, shapes: Shapes, radius_m: Floats, spacing_degrees: float
) -> ShapePairs:
    """The least distance from the vertices of either to the other, where within the radius."""
    edges, shape_of_edge = list_edges(shapes)
    vertices, edge = shapely.get_coordinates(cut(edges, spacing_degrees), return_index=True)
    shape = shape_of_edge[edge]
    # A line near an edge is at most half a piece farther from one of its vertices.
    blocks = index.measure_points(vertices, shape, radius_m[shape] + HALF_M)
    from_shapes = join([EMPTY, *(ShapePairs(*found[:5]) for found in blocks)])

    used, farthest = np.unique(from_shapes.line), np.zeros(len(index.lines))
    np.maximum.at(farthest, from_shapes.line, radius_m[from_shapes.shape])
    vertices, at = shapely.get_coordinates(
        cut(index.lines[used], spacing_degrees), return_index=True
    )
    has_length = shapely.get_type_id(edges) != 0
    outlined = np.unique(shape_of_edge[has_length])
    outlines = [
        shapely.multilinestrings(edges[has_length & (shape_of_edge == shape)]) for shape in outlined
    ]
    outline_index = LineIndex(np.array(outlines, dtype=object))
    blocks = outline_index.measure_points(vertices, used[at], farthest[used[at]])
    from_lines = join(
        [
            EMPTY,
            *(
                ShapePairs(
                    outlined[found.line], found.place, found.distance_m, *vertices[found.point].T
                )
                for found in blocks
            ),
        ]
    )

    both = join([from_shapes, from_lines])
    both = select(both, np.lexsort((both.distance_m, both.line, both.shape)))
    both = select(both, group_starts(both.shape * len(index.lines) + both.line))
    return select(both, both.distance_m <= radius_m[both.shape])
