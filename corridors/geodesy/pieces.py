"""Lines cut into short pieces, sorted into a grid: what lies near a place is a few runs of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.chords import (
    MOST_RADIUS_M,
    PIECE_DEGREES,
    Floats,
    Ints,
    Places,
    Vectors,
    nearest_share,
    to_xyz,
)

ROW_DEGREES = 650.0 / 111_700.0
"""The rows of the grid are so high: it decides speed only."""
HALF_M = np.radians(PIECE_DEGREES) * MOST_RADIUS_M / 2 * 1.01
"""No point of a piece lies farther than this from its middle."""
ROUND = 2**31
"""The parts that a row of the grid is divided into; their numbers are rounded outward."""
BLOCK = 250_000
"""So many pieces are looked at, and all that lie near remembered, before going on to the next
places."""
RUNS = 125_000
"""So many runs at most are looked for at once."""
CHUNK = 50_000
"""So many pieces are looked at at once: they fit into the cache."""


class Rows(NamedTuple):
    """A place and a piece that lie near each other, many times;

    `chord_m` is through the Earth, to the straight segment of the piece.
    """

    place: Ints
    piece: Ints
    chord_m: Floats

    def select(self, rows: Any) -> Rows:
        """Some of the rows, in the order asked for."""
        return Rows(self.place[rows], self.piece[rows], self.chord_m[rows])


class Runs(NamedTuple):
    """Pieces from `first` to before `last` that may be near a place, or, where `certain`, are."""

    place: Ints
    first: Ints
    last: Ints
    certain: npt.NDArray[np.bool_]


class Pieces:
    """The pieces of lines, in the order of their middles: rows of latitude from south to north,
    each from west to east.

    `begin` is where each begins, in metres from the centre of the Earth, and its length: four
    columns, as what is asked for together is read faster where it lies together. `step` leads from
    there to its end; `vertex` is the position of the beginning in `lon`, `lat`, which hold the
    vertices of the cut lines, one line after the other; `line` is the position of the line, which
    may have several parts.
    """

    def __init__(self, lines: npt.NDArray[np.object_]) -> None:
        """Cut the lines, and sort their pieces."""
        parts, line_of_part = cut(lines, PIECE_DEGREES), np.arange(len(lines))
        if (shapely.get_type_id(lines) != 1).any():
            parts, line_of_part = shapely.get_parts(parts, return_index=True)
        coords, part = shapely.get_coordinates(parts, return_index=True)
        owner = line_of_part[part]
        self.lon, self.lat = np.ascontiguousarray(coords[:, 0]), np.ascontiguousarray(coords[:, 1])
        self.line_of_vertex = owner
        xyz = to_xyz(self.lon, self.lat)
        vertex = np.flatnonzero(part[1:] == part[:-1])
        east, north = (
            (self.lon[vertex] + self.lon[vertex + 1]) / 2,
            (self.lat[vertex] + self.lat[vertex + 1]) / 2,
        )
        row = _row(north)
        key = row * (2 * ROUND) + _part(east)
        order = np.argsort(key)  # the order of equals changes no result
        self._key, self.vertex = key[order], vertex[order]
        self.line = owner[self.vertex]
        x, y, z = (axis[self.vertex + 1] - axis[self.vertex] for axis in xyz)
        self.step: Vectors = (x, y, z)
        self.begin: Floats = np.column_stack(
            [*(axis[self.vertex] for axis in xyz), np.sqrt(x * x + y * y + z * z) + 1e-6]
        )
        self._first_row, self._last_row = (int(row.min()), int(row.max())) if len(row) else (0, -1)
        edge = np.minimum(np.arange(self._first_row, self._last_row + 2) * ROW_DEGREES - 90.0, 90.0)
        from_axis, _, north_m = to_xyz(np.zeros(len(edge)), edge)
        self._edges = np.maximum(from_axis, 0.0), north_m

    def find_runs(self, places: Places, chord_m: Floats, enough_m: Floats) -> Runs:
        """Runs of pieces that hold, for each place, every piece with a point within a chord of it;
        certain within `enough_m`.

        In cylindrical coordinates, (r - r0)^2 + 4 r r0 sin^2(turn / 2) + (z - z0)^2 is the square
        of the chord from a place to the middle of a piece. In a row, r and z lie between those of
        its edges; so what is left of the square of the chord, and half a piece, bounds the turns of
        all that may be near, and of those that must be.
        """
        reach, degrees = chord_m + HALF_M, _degrees(chord_m)
        south = np.maximum(_row(np.maximum(places.lat - degrees, -90.0)), self._first_row)
        north = np.minimum(_row(np.minimum(places.lat + degrees, 90.0)), self._last_row)
        count = np.maximum(north - south + 1, 0)
        place = np.repeat(np.arange(len(count)), count)
        row = spread(south, count)
        # Searching in the order of what is searched takes a third of the time.
        order = np.argsort(row * (2 * ROUND) + _part(places.lon)[place])
        place, row = place[order], row[order]

        r_edge, z_edge = self._edges
        low, z, from_axis = (
            row - self._first_row,
            places.xyz[2][place],
            np.hypot(places.xyz[0], places.xyz[1])[place],
        )
        z_low, z_high, r_low, r_high = z_edge[low], z_edge[low + 1], r_edge[low], r_edge[low + 1]
        apart = np.maximum(np.maximum(z_low - z, z - z_high), 0.0)
        left = reach[place] ** 2 - apart**2 + 0.01
        turn = _turn(left, 4 * np.minimum(r_low, r_high) * from_axis) + 1e-7
        whole = turn >= 179.9
        lon = (places.lon[place] + 180.0) % 360.0
        west, east = np.where(whole, 0.0, lon - turn), np.where(whole, 360.0, lon + turn)

        enough = np.maximum(enough_m - HALF_M, 0.0)[place]
        farthest = np.maximum(
            (z_low - z) ** 2 + (r_low - from_axis) ** 2,
            (z_high - z) ** 2 + (r_high - from_axis) ** 2,
        )
        sure = _turn(enough**2 - farthest - 0.01, 4 * np.maximum(r_low, r_high) * from_axis) - 1e-7
        sure = np.where(
            (sure > 0) & (west >= 0) & (east <= 360) & ~whole, sure, 0.0
        )  # not where a run goes on at the other end of its row

        base, over_west, over_east = (
            row * (2 * ROUND),
            np.flatnonzero(west < 0),
            np.flatnonzero(east > 360),
        )
        first, last = (
            self._find(base, np.maximum(west, 0.0)),
            self._find(base, np.minimum(east, 360.0), beyond=True),
        )
        first_sure, last_sure = (
            self._find(base, lon - sure, beyond=True),
            self._find(base, lon + sure),
        )
        last_sure = np.where(sure > 0, np.maximum(last_sure, first_sure), last)
        first_sure = np.where(sure > 0, first_sure, last)
        runs = [
            (place, first, first_sure),
            (place, last_sure, last),
            (
                place[over_west],
                self._find(base[over_west], west[over_west] + 360),
                self._find(base[over_west] + ROUND, 0.0, beyond=True),
            ),
            (
                place[over_east],
                self._find(base[over_east], 0.0),
                self._find(base[over_east], east[over_east] - 360, beyond=True),
            ),
            (place, first_sure, last_sure),
        ]
        places_of, firsts, lasts = (np.concatenate(column) for column in zip(*runs, strict=True))
        certain = np.arange(len(places_of)) >= len(places_of) - len(place)
        some = np.flatnonzero(lasts > firsts)
        order = some[np.argsort(places_of[some], kind="stable")]
        return Runs(places_of[order], firsts[order], lasts[order], certain[order])

    def _find(self, base: Ints, degrees: Floats | float, *, beyond: bool = False) -> Ints:
        """Where in a row the pieces begin that lie east of some degrees (from 180 W), give or take
        a hundredth of a metre.

        Those are counted as east that may be; `beyond`, those that must be.
        """
        part = np.asarray(degrees) / 360 * ROUND
        if beyond:
            return np.searchsorted(self._key, base + np.ceil(part).astype(np.int64) + 1, "right")
        return np.searchsorted(self._key, base + np.floor(part).astype(np.int64) - 1, "left")

    def find_rows(
        self,
        places: Places,
        chord_m: Floats,
        *,
        owner: Ints | None = None,
        enough_m: Floats | None = None,
    ) -> Iterator[tuple[slice, Rows]]:
        """Every piece whose straight segment comes within a chord of a place, for some places (a
        slice of all) after the other.

        The places of one `owner` (sorted) come together. Where a chord to the piece is up to
        `enough_m` (one for each place), the nearest is not looked for. How the work is cut changes
        no result.
        """
        enough_m = np.full(len(chord_m), -1.0) if enough_m is None else enough_m
        owner = np.arange(len(chord_m)) if owner is None else owner
        tall = np.cumsum(2 * _degrees(chord_m) / ROW_DEGREES + 3)
        start = 0
        while start < len(tall):
            stop = _find_stop(owner, tall, start, RUNS)
            some = slice(start, stop)
            runs = self.find_runs(places.part(some), chord_m[some], enough_m[some])
            owner_of_run, looked_at = owner[some][runs.place], np.cumsum(runs.last - runs.first)
            at = 0
            while at < len(runs.place):
                end = _find_stop(owner_of_run, looked_at, at, BLOCK)
                low, high = int(runs.place[at]), int(runs.place[end - 1]) + 1
                block = slice(start + low, start + high)
                part = Runs(
                    runs.place[at:end] - low,
                    runs.first[at:end],
                    runs.last[at:end],
                    runs.certain[at:end],
                )
                yield block, self._filter(places.part(block), chord_m[block], enough_m[block], part)
                at = end
            start = stop

    def _filter(self, places: Places, chord_m: Floats, enough_m: Floats, runs: Runs) -> Rows:
        certain = np.flatnonzero(runs.certain)
        size = runs.last - runs.first
        of, piece = (
            np.repeat(runs.place[certain], size[certain]),
            spread(runs.first[certain], size[certain]),
        )
        found = [Rows(of, piece, np.zeros(len(of)))]
        doubtful = np.flatnonzero(~runs.certain)
        place, first, size = runs.place[doubtful], runs.first[doubtful], size[doubtful]
        cuts = np.searchsorted(np.cumsum(size), np.arange(CHUNK, int(size.sum()), CHUNK), "right")
        to_beginning = np.column_stack([*places.xyz, -chord_m])
        enough = np.where(enough_m > 0, enough_m * enough_m, -1.0)
        for part in np.split(np.arange(len(place)), np.unique(cuts)):
            piece, of = spread(first[part], size[part]), np.repeat(place[part], size[part])
            away = self.begin.take(piece, axis=0)
            away -= to_beginning.take(of, axis=0)
            squares = away * away
            square = squares[:, 0] + squares[:, 1]
            square += squares[:, 2]
            # Most pieces begin so far away that no point of them can be near.
            rest = np.flatnonzero(square <= squares[:, 3])
            of, piece, square = of.take(rest), piece.take(rest), square.take(rest)
            near = square <= enough.take(of)
            unknown = np.flatnonzero(~near)
            chord = self._measure_chords(away.take(rest.take(unknown), axis=0), piece.take(unknown))
            near[unknown] = chord <= chord_m.take(of.take(unknown))
            square[unknown] = chord * chord
            kept = np.flatnonzero(near)
            found.append(Rows(of.take(kept), piece.take(kept), np.sqrt(square.take(kept))))
        return Rows(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _measure_chords(self, away: Floats, piece: Ints) -> Floats:
        """From the origin to the segment of each piece, the columns of `away` being where it
        begins.
        """
        begin, step = (
            (away[:, 0], away[:, 1], away[:, 2]),
            (self.step[0].take(piece), self.step[1].take(piece), self.step[2].take(piece)),
        )
        share = nearest_share(begin, step)
        x, y, z = (a + share * s for a, s in zip(begin, step, strict=True))
        return np.sqrt(x * x + y * y + z * z)


def spread(first: Ints, count: Ints) -> Ints:
    """All numbers of runs that begin at `first`: first, first + 1, ..., of each."""
    return np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count - first, count)


def _turn(left: Floats, round_axis: Floats) -> Floats:
    """Degrees of longitude between two places whose squared chord has so much left for them: at
    most 180, at least 0.
    """
    share = np.divide(left, round_axis, out=np.ones_like(left), where=round_axis > left)
    return np.degrees(2 * np.arcsin(np.sqrt(np.maximum(share, 0.0))))


def _find_stop(owner: Ints, reached: npt.NDArray[Any], start: int, most: int) -> int:
    """How far to go from a start so that what is reached grows by `most` at most, or by that of one
    owner; owners stay whole.
    """
    stop = int(np.searchsorted(reached, (reached[start - 1] if start else 0) + most, "right"))
    if stop < len(owner):
        stop = int(np.searchsorted(owner, owner[stop], "left"))
    return max(stop, int(np.searchsorted(owner, owner[start], "right")))


def cut(lines: npt.NDArray[np.object_], degrees: float) -> npt.NDArray[np.object_]:
    """The lines with a vertex at least every so many degrees along each straight stretch."""
    cut, long = lines.copy(), shapely.length(lines) > degrees
    cut[long] = shapely.segmentize(lines[long], degrees)
    return cut


def _degrees(chord_m: Floats) -> Floats:
    """Degrees of latitude that the middle of a piece within a chord may lie away.

    None is shorter than 110,574 m; an arc is at most pi / 2 times its chord, and 1.01 times where
    that is below 1,000 km.
    """
    reach = chord_m + HALF_M
    return np.where(reach < 1e6, reach * 1.01, reach * 1.6) / 110_574.0


def _row(lat: Floats) -> Ints:
    return np.floor((lat + 90.0) / ROW_DEGREES).astype(np.int64)


def _part(lon: Floats) -> Ints:
    return np.floor((lon + 180.0) % 360.0 / 360.0 * ROUND).astype(np.int64)
