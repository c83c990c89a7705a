"""Lines cut into short pieces in a grid: the pieces near a point are a few runs of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.chords import (
    MAX_RADIUS_M,
    PIECE_DEGREES,
    Points,
    Vectors,
    dot,
    join,
    move,
    nearest_fraction,
    select,
    to_xyz,
)
from corridors.kernels import expand_ranges
from corridors.tables import Flags, Floats, Ints

ROW_DEGREES = 650.0 / 111_700.0
"""The height of a row of the grid: it changes the speed only."""
HALF_M = np.radians(PIECE_DEGREES) * MAX_RADIUS_M / 2 * 1.01
"""No point of a piece is farther than this from its middle."""
ROUND = 2**31
"""The number of parts of a row, all round the globe; part numbers are rounded outward."""
BLOCK = 250_000
"""The most candidates of one block of points."""
RUNS = 125_000
"""The most runs searched at once."""
CHUNK = 50_000
"""The most pieces measured at once: they fit into the processor's cache."""


class Candidates(NamedTuple):
    """Pairs of a point and a piece near it (positions).

    `chord_m` is the chord from the point to the straight segment of the piece.
    """

    point: Ints
    piece: Ints
    chord_m: Floats


class Runs(NamedTuple):
    """The pieces from `first` to before `last` that can be near a point; `certain`: that are."""

    point: Ints
    first: Ints
    last: Ints
    certain: Flags


class Pieces:
    """The pieces of lines, by their middles: rows from south to north, each from west to east.

    `begin` holds where each piece begins, in metres from the centre of the Earth, and its length:
    one array of four columns, as they are read together. `step` is the vector to its end. `vertex`
    is the position of its first vertex in `lon` and `lat`, the vertices of the cut lines, one line
    after the other. `line` is the position of its line, which may have several parts.
    """

    def __init__(self, lines: npt.NDArray[np.object_]) -> None:
        """Cut the lines and sort their pieces."""
        parts, line_of_part = cut(lines, PIECE_DEGREES), np.arange(len(lines))
        if (shapely.get_type_id(lines) != 1).any():
            parts, line_of_part = shapely.get_parts(parts, return_index=True)
        coords, part = shapely.get_coordinates(parts, return_index=True)
        lon, lat = np.ascontiguousarray(coords[:, 0]), np.ascontiguousarray(coords[:, 1])
        self.lon, self.lat = lon, lat
        self.line_of_vertex = line_of_part[part]
        vertex = np.flatnonzero(part[1:] == part[:-1])
        row = _row((lat[vertex] + lat[vertex + 1]) / 2)
        key = row * (2 * ROUND) + _part_of_row((lon[vertex] + lon[vertex + 1]) / 2)
        order = np.argsort(key)  # the order of equals changes no result
        self._key, self.vertex = key[order], vertex[order]
        self.line = self.line_of_vertex[self.vertex]
        xyz = to_xyz(lon, lat)
        x, y, z = (axis[self.vertex + 1] - axis[self.vertex] for axis in xyz)
        self.step = Vectors(x, y, z)
        self.begin: Floats = np.column_stack(
            [*select(xyz, self.vertex), np.sqrt(x * x + y * y + z * z) + 1e-6]
        )
        self._first_row, self._last_row = (int(row.min()), int(row.max())) if len(row) else (0, -1)
        edge = np.minimum(np.arange(self._first_row, self._last_row + 2) * ROW_DEGREES - 90.0, 90.0)
        from_axis, _, north_m = to_xyz(np.zeros(len(edge)), edge)
        self._edges = np.maximum(from_axis, 0.0), north_m

    def find_runs(self, points: Points, chord_m: Floats, enough_m: Floats) -> Runs:
        """The runs that hold, for each point, every piece with a part within a chord of it.

        Runs are certain where all their pieces are within `enough_m`.

        In cylindrical coordinates, the square of the chord from a point to the middle of a piece is
        (r - r0)^2 + 4 r r0 sin^2(dlon / 2) + (z - z0)^2. In a row, r and z are between those of its
        edges. So the rest of the squared chord, with half a piece added, bounds the difference of
        longitude of all pieces that can be near; with half a piece subtracted, of those that must.
        """
        point, row = self._cross_rows(points, chord_m)
        r_edge, z_edge = self._edges
        low, z = row - self._first_row, points.xyz.z[point]
        from_axis = np.hypot(points.xyz.x, points.xyz.y)[point]
        z_low, z_high, r_low, r_high = z_edge[low], z_edge[low + 1], r_edge[low], r_edge[low + 1]
        apart = np.maximum(np.maximum(z_low - z, z - z_high), 0.0)
        left = (chord_m + HALF_M)[point] ** 2 - apart**2 + 0.01
        span = _longitude_span(left, 4 * np.minimum(r_low, r_high) * from_axis) + 1e-7
        whole = span >= 179.9
        lon = (points.lon[point] + 180.0) % 360.0
        west, east = np.where(whole, 0.0, lon - span), np.where(whole, 360.0, lon + span)

        farthest = np.maximum(
            (z_low - z) ** 2 + (r_low - from_axis) ** 2,
            (z_high - z) ** 2 + (r_high - from_axis) ** 2,
        )
        left = np.maximum(enough_m - HALF_M, 0.0)[point] ** 2 - farthest - 0.01
        sure = _longitude_span(left, 4 * np.maximum(r_low, r_high) * from_axis) - 1e-7
        # A run that continues at the other end of its row is never certain.
        sure = np.where((sure > 0) & (west >= 0) & (east <= 360) & ~whole, sure, 0.0)
        return self._list_runs(point, row * (2 * ROUND), lon, (west, east), sure)

    def _cross_rows(self, points: Points, chord_m: Floats) -> tuple[Ints, Ints]:
        """Each point with each row that its chord reaches, in the order of the grid."""
        degrees = _latitude_span(chord_m)
        south = np.maximum(_row(np.maximum(points.lat - degrees, -90.0)), self._first_row)
        north = np.minimum(_row(np.minimum(points.lat + degrees, 90.0)), self._last_row)
        count = np.maximum(north - south + 1, 0)
        point, row = np.repeat(np.arange(len(count)), count), expand_ranges(south, count)
        # Searches in the order of what is searched take a third of the time.
        order = np.argsort(row * (2 * ROUND) + _part_of_row(points.lon)[point])
        return point[order], row[order]

    def _list_runs(
        self, point: Ints, base: Ints, lon: Floats, bounds: tuple[Floats, Floats], sure: Floats
    ) -> Runs:
        """The runs between the bounds (west, east) of each row, certain within `sure` of `lon`.

        `base` is the key of the row at 180 W; all longitudes are degrees east of it.
        """
        west, east = bounds
        first = self._find(base, np.maximum(west, 0.0))
        last = self._find(base, np.minimum(east, 360.0), beyond=True)
        first_sure = self._find(base, lon - sure, beyond=True)
        last_sure = np.maximum(self._find(base, lon + sure), first_sure)
        first_sure = np.where(sure > 0, first_sure, last)
        last_sure = np.where(sure > 0, last_sure, last)
        over_west, over_east = np.flatnonzero(west < 0), np.flatnonzero(east > 360)
        beyond_west = (
            self._find(base[over_west], west[over_west] + 360),
            self._find(base[over_west] + ROUND, 0.0, beyond=True),
        )
        beyond_east = (
            self._find(base[over_east], 0.0),
            self._find(base[over_east], east[over_east] - 360, beyond=True),
        )
        runs = [
            (point, first, first_sure),
            (point, last_sure, last),
            (point[over_west], *beyond_west),
            (point[over_east], *beyond_east),
            (point, first_sure, last_sure),
        ]
        points, firsts, lasts = (np.concatenate(column) for column in zip(*runs, strict=True))
        certain = np.arange(len(points)) >= len(points) - len(point)
        some = np.flatnonzero(lasts > firsts)
        order = some[np.argsort(points[some], kind="stable")]
        return Runs(points[order], firsts[order], lasts[order], certain[order])

    def _find(self, base: Ints, degrees: Floats | float, *, beyond: bool = False) -> Ints:
        """The position of the first piece of a row east of some degrees (from 180 W).

        The position is right to a hundredth of a metre: it counts all pieces that can be east, or,
        with `beyond`, only those that must be.
        """
        part = np.asarray(degrees) / 360 * ROUND
        if beyond:
            return np.searchsorted(self._key, base + np.ceil(part).astype(np.int64) + 1, "right")
        return np.searchsorted(self._key, base + np.floor(part).astype(np.int64) - 1, "left")

    def find_candidates(
        self,
        points: Points,
        chord_m: Floats,
        *,
        owner: Ints | None = None,
        enough_m: Floats | None = None,
    ) -> Iterator[tuple[slice, Candidates]]:
        """Every piece whose straight segment comes within a chord of a point.

        They come in blocks of points (slices of all). The points of one `owner` (sorted) are in one
        block. Where a chord to the piece is up to `enough_m` (one for each point), the nearest is
        not searched for. The size of the blocks changes no result.
        """
        enough_m = np.full(len(chord_m), -1.0) if enough_m is None else enough_m
        owner = np.arange(len(chord_m)) if owner is None else owner
        rows = np.cumsum(2 * _latitude_span(chord_m) / ROW_DEGREES + 3)
        start = 0
        while start < len(rows):
            stop = _find_stop(owner, rows, start, RUNS)
            some = slice(start, stop)
            runs = self.find_runs(select(points, some), chord_m[some], enough_m[some])
            owner_of_run, pieces = owner[some][runs.point], np.cumsum(runs.last - runs.first)
            at = 0
            while at < len(runs.point):
                end = _find_stop(owner_of_run, pieces, at, BLOCK)
                part = select(runs, slice(at, end))
                low, high = int(part.point[0]), int(part.point[-1]) + 1
                block = slice(start + low, start + high)
                part = part._replace(point=part.point - low)
                yield (
                    block,
                    self._filter(select(points, block), chord_m[block], enough_m[block], part),
                )
                at = end
            start = stop

    def _filter(self, points: Points, chord_m: Floats, enough_m: Floats, runs: Runs) -> Candidates:
        certain = select(runs, np.flatnonzero(runs.certain))
        size = certain.last - certain.first
        of = np.repeat(certain.point, size)
        found = [Candidates(of, expand_ranges(certain.first, size), np.zeros(len(of)))]
        doubtful = select(runs, np.flatnonzero(~runs.certain))
        size = doubtful.last - doubtful.first
        cuts = np.searchsorted(np.cumsum(size), np.arange(CHUNK, int(size.sum()), CHUNK), "right")
        to_begin = np.column_stack([*points.xyz, -chord_m])
        enough = np.where(enough_m > 0, enough_m * enough_m, -1.0)
        for part in np.split(np.arange(len(size)), np.unique(cuts)):
            piece = expand_ranges(doubtful.first[part], size[part])
            of = np.repeat(doubtful.point[part], size[part])
            away = self.begin.take(piece, axis=0)
            away -= to_begin.take(of, axis=0)
            squares = away * away
            square = squares[:, 0] + squares[:, 1]
            square += squares[:, 2]
            # Most pieces begin so far away that no point of them can be near.
            rest = np.flatnonzero(square <= squares[:, 3])
            of, piece, square = of.take(rest), piece.take(rest), square.take(rest)
            near = square <= enough.take(of)
            open_ = np.flatnonzero(~near)
            chord = self._measure_chords(away.take(rest.take(open_), axis=0), piece.take(open_))
            near[open_] = chord <= chord_m.take(of.take(open_))
            square[open_] = chord * chord
            kept = np.flatnonzero(near)
            found.append(Candidates(of.take(kept), piece.take(kept), np.sqrt(square.take(kept))))
        return join(found)

    def _measure_chords(self, away: Floats, piece: Ints) -> Floats:
        """The chord from the origin to each piece; the columns of `away` are where it begins."""
        begin = Vectors(away[:, 0], away[:, 1], away[:, 2])
        step = Vectors(*(axis.take(piece) for axis in self.step))
        nearest = move(begin, step, nearest_fraction(begin, step))
        return np.sqrt(dot(nearest, nearest))


def _longitude_span(left: Floats, scale: Floats) -> Floats:
    """The degrees of longitude, from 0 to 180, that the rest of a squared chord allows."""
    share = np.divide(left, scale, out=np.ones_like(left), where=scale > left)
    return np.degrees(2 * np.arcsin(np.sqrt(np.maximum(share, 0.0))))


def _find_stop(owner: Ints, total: npt.NDArray[Any], start: int, limit: int) -> int:
    """The end of a block of whole owners whose `total` grows by at most `limit`.

    One owner may exceed it.
    """
    stop = int(np.searchsorted(total, (total[start - 1] if start else 0) + limit, "right"))
    if stop < len(owner):
        stop = int(np.searchsorted(owner, owner[stop], "left"))
    return max(stop, int(np.searchsorted(owner, owner[start], "right")))


def cut(lines: npt.NDArray[np.object_], degrees: float) -> npt.NDArray[np.object_]:
    """The lines with additional vertices, so that no piece is longer than some degrees."""
    cut, long = lines.copy(), shapely.length(lines) > degrees
    cut[long] = shapely.segmentize(lines[long], degrees)
    return cut


def _latitude_span(chord_m: Floats) -> Floats:
    """The degrees of latitude between a point and the middle of a piece within a chord.

    No degree is shorter than 110,574 m. An arc is at most pi / 2 times its chord, and at most 1.01
    times where that is below 1,000 km.
    """
    limit = chord_m + HALF_M
    return np.where(limit < 1e6, limit * 1.01, limit * 1.6) / 110_574.0


def _row(lat: Floats) -> Ints:
    return np.floor((lat + 90.0) / ROW_DEGREES).astype(np.int64)


def _part_of_row(lon: Floats) -> Ints:
    return np.floor((lon + 180.0) % 360.0 / 360.0 * ROUND).astype(np.int64)
