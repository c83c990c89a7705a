"""Lines cut into short pieces, sorted into a grid: what lies near a place is a few runs of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.nearness.chords import MOST_RADIUS_M, PIECE_DEGREES, Floats, Ints, Places, Vectors, nearest_share, to_xyz

ROW_DEGREES = 250.0 / 111_700.0
"""The rows of the grid are so high: it decides speed only."""
HALF_M = np.radians(PIECE_DEGREES) * MOST_RADIUS_M / 2 * 1.01
"""No point of a piece lies farther than this from its middle."""
ROUND = 2**31
"""The parts that a row of the grid is divided into; their numbers are rounded outward."""
BLOCK = 1_000_000
"""So many pieces are looked at, and all that lie near remembered, before going on to the next places."""
RUNS = 300_000
"""So many runs at most are looked for at once."""
CHUNK = 50_000
"""So many pieces are looked at at once: they fit into the cache."""


class Rows(NamedTuple):
    """A place and a piece that lie near each other, many times; `chord_m` is through the Earth, to the straight segment of the piece."""

    place: Ints
    piece: Ints
    chord_m: Floats

    def select(self, rows: Any) -> Rows:
        """Some of the rows, in the order asked for."""
        return Rows(self.place[rows], self.piece[rows], self.chord_m[rows])


class Pieces:
    """The pieces of lines, in the order of their middles: rows of latitude from south to north, each from west to east.

    `begin` and `step` are metres from the centre of the Earth; `vertex` is the position of the beginning in `lon`, `lat`,
    which hold the vertices of the cut lines, one line after the other; `line` is the position of the line, which may have
    several parts.
    """

    def __init__(self, lines: npt.NDArray[np.object_]) -> None:
        """Cut the lines, and sort their pieces."""
        parts, line_of_part = shapely.get_parts(cut(lines, PIECE_DEGREES), return_index=True)
        coords, part = shapely.get_coordinates(parts, return_index=True)
        owner = line_of_part[part]
        self.lon, self.lat = np.ascontiguousarray(coords[:, 0]), np.ascontiguousarray(coords[:, 1])
        self.line_of_vertex = owner
        xyz = to_xyz(self.lon, self.lat)
        vertex = np.flatnonzero(part[1:] == part[:-1])
        east, north = (self.lon[vertex] + self.lon[vertex + 1]) / 2, (self.lat[vertex] + self.lat[vertex + 1]) / 2
        row = _row(north)
        key = row * (2 * ROUND) + _part(east)
        order = np.argsort(key, kind="stable")
        self._key, self.vertex = key[order], vertex[order]
        self.line = owner[self.vertex]
        x, y, z = (axis[self.vertex] for axis in xyz)
        self.begin: Vectors = (x, y, z)
        x, y, z = (axis[self.vertex + 1] - axis[self.vertex] for axis in xyz)
        self.step: Vectors = (x, y, z)
        self.length_m = np.sqrt(x * x + y * y + z * z) + 1e-6
        self._first_row, self._last_row = (int(row.min()), int(row.max())) if len(row) else (0, -1)

    def find_runs(self, places: Places, chord_m: Floats) -> tuple[Ints, Ints, Ints]:
        """Runs of pieces that hold, for each place, every piece with a point within a chord of it: place, first, last + 1.

        A point within c of a place lies, in cylindrical coordinates, so that (r - r0)^2 + 4 r r0 sin^2(turn / 2) + (z - z0)^2 <= c^2. So the
        rows are those whose z comes near enough, and sin^2(turn / 2) <= (c^2 - (z - z0)^2) / (4 r r0) bounds the longitudes in each.
        """
        reach, degrees = chord_m + HALF_M, _degrees(chord_m)
        south = np.maximum(_row(np.maximum(places.lat - degrees, -90.0)), self._first_row)
        north = np.minimum(_row(np.minimum(places.lat + degrees, 90.0)), self._last_row)
        count = np.maximum(north - south + 1, 0)
        place = np.repeat(np.arange(len(count)), count)
        row = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count) + south[place]

        low, high = row * ROW_DEGREES - 90.0, np.minimum((row + 1) * ROW_DEGREES - 90.0, 90.0)
        (r_low, _, z_low), (r_high, _, z_high) = to_xyz(np.zeros(len(low)), low), to_xyz(np.zeros(len(high)), high)
        z, from_axis = places.xyz[2][place], np.hypot(places.xyz[0], places.xyz[1])[place]
        apart = np.maximum(np.maximum(z_low - z, z - z_high), 0.0)
        left = reach[place] ** 2 - apart**2 + 0.01
        keep = left > 0
        place, row, left, round_axis = (
            place[keep],
            row[keep],
            left[keep],
            (4 * np.maximum(np.minimum(r_low, r_high), 0.0) * from_axis)[keep],
        )
        half_turn = np.sqrt(np.divide(left, round_axis, out=np.ones_like(left), where=round_axis > left))
        turn = np.degrees(2 * np.arcsin(half_turn)) + 1e-7
        whole = turn >= 179.9
        lon = (places.lon[place] + 180.0) % 360.0
        west, east = np.where(whole, 0.0, lon - turn), np.where(whole, 360.0, lon + turn)

        # A run that passes 180 degrees goes on at the other end of its row.
        over_west, over_east = west < 0, east > 360
        again = over_west | over_east
        place, row = np.concatenate([place, place[again]]), np.concatenate([row, row[again]])
        west, east = (
            np.concatenate([np.maximum(west, 0.0), np.where(over_west, west + 360, 0.0)[again]]),
            np.concatenate([np.minimum(east, 360.0), np.where(over_west, 360.0, east - 360)[again]]),
        )
        base = row * (2 * ROUND)
        first = np.searchsorted(self._key, base + np.floor(west / 360 * ROUND).astype(np.int64) - 1, "left")
        last = np.searchsorted(self._key, base + np.ceil(east / 360 * ROUND).astype(np.int64) + 1, "right")
        some = np.flatnonzero(last > first)
        order = some[np.argsort(place[some], kind="stable")]
        return place[order], first[order], last[order]

    def find_rows(
        self, places: Places, chord_m: Floats, *, owner: Ints | None = None, enough_m: Floats | None = None
    ) -> Iterator[tuple[slice, Rows]]:
        """Every piece whose straight segment comes within a chord of a place, for some places (a slice of all) after the other.

        The places of one `owner` (sorted) come together. Where a chord to the piece is up to `enough_m` (one for each place), the
        nearest is not looked for. How the work is cut changes no result.
        """
        enough_m = np.full(len(chord_m), -1.0) if enough_m is None else enough_m
        owner = np.arange(len(chord_m)) if owner is None else owner
        tall = np.cumsum(2 * _degrees(chord_m) / ROW_DEGREES + 3)
        start = 0
        while start < len(tall):
            stop = _find_stop(owner, tall, start, RUNS)
            some = slice(start, stop)
            place, first, last = self.find_runs(places.part(some), chord_m[some])
            owner_of_run, looked_at = owner[some][place], np.cumsum(last - first)
            at = 0
            while at < len(place):
                end = _find_stop(owner_of_run, looked_at, at, BLOCK)
                block = slice(start + int(place[at]), start + int(place[end - 1]) + 1)
                runs = place[at:end] - place[at], first[at:end], last[at:end]
                yield block, self._filter(places.part(block), chord_m[block], enough_m[block], runs)
                at = end
            start = stop

    def _filter(self, places: Places, chord_m: Floats, enough_m: Floats, runs: tuple[Ints, Ints, Ints]) -> Rows:
        found = []
        place, first, last = runs
        size = last - first
        cuts = np.searchsorted(np.cumsum(size), np.arange(CHUNK, int(size.sum()), CHUNK), "right")
        # Whether a chord to the beginning of a piece is short, or so long that no point of the piece can be near, is asked first.
        enough, limit = np.where(enough_m > 0, enough_m * enough_m, -1.0), chord_m
        for part in np.split(np.arange(len(place)), np.unique(cuts)):
            count, run_place = size[part], place[part]
            piece = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count - first[part], count)
            x, y, z = (axis[piece] - np.repeat(at[run_place], count) for axis, at in zip(self.begin, places.xyz, strict=True))
            square = x * x + y * y + z * z
            is_enough = square <= np.repeat(enough[run_place], count)
            most = np.repeat(limit[run_place], count) + self.length_m[piece]
            rest = np.flatnonzero(~is_enough & (square <= most * most))
            of = np.repeat(run_place, count)
            chord = self._measure_chords((x[rest], y[rest], z[rest]), piece[rest])
            near = chord <= limit[of[rest]]
            is_enough[rest] = near
            square[rest[near]] = chord[near] ** 2
            kept = np.flatnonzero(is_enough)
            found.append(Rows(of[kept], piece[kept], np.sqrt(square[kept])))
        return Rows(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _measure_chords(self, away: Vectors, piece: Ints) -> Floats:
        """From the origin to the segment of each piece, `away` being where it begins."""
        step = self.step[0][piece], self.step[1][piece], self.step[2][piece]
        share = nearest_share(away, step)
        x, y, z = (a + share * s for a, s in zip(away, step, strict=True))
        return np.sqrt(x * x + y * y + z * z)


def _find_stop(owner: Ints, reached: npt.NDArray[Any], start: int, most: int) -> int:
    """How far to go from a start so that what is reached grows by `most` at most, or by that of one owner; owners stay whole."""
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

    None is shorter than 110,574 m; an arc is at most pi / 2 times its chord, and 1.01 times where that is below 1,000 km.
    """
    reach = chord_m + HALF_M
    return np.where(reach < 1e6, reach * 1.01, reach * 1.6) / 110_574.0


def _row(lat: Floats) -> Ints:
    return np.floor((lat + 90.0) / ROW_DEGREES).astype(np.int64)


def _part(lon: Floats) -> Ints:
    return np.floor((lon + 180.0) % 360.0 / 360.0 * ROUND).astype(np.int64)
