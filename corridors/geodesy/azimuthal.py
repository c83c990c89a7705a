"""Distances of any length: lines seen from a place in the ellipsoidal azimuthal-equidistant plane.

Geodesic distance and azimuth (Karney) give that plane exactly at every vertex of a line cut into
pieces of at most 100 m. A straight line in longitude and latitude leaves the straight line between
two of them by less than 1 mm where both are within some hundred kilometres: the geodesic to the
place found so is therefore measured itself, which leaves less than 0.01 mm up to 150 km. Whoever
decides does it again with pieces of 1 m within DOUBT_M of a limit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.chords import Floats, Ints, nearest_share
from corridors.geodesy.measures import GEOD
from corridors.geodesy.pieces import cut

COARSE_M, FINE_M = 100.0, 1.0
"""Pieces a line is cut into, first and where it matters."""
DOUBT_M = 0.01
"""Above the error with coarse pieces: within this of a limit it matters."""
BATCH_SIZE = 1_000_000
"""So many vertices at most are measured at once, or those of one pair."""


class Spots(NamedTuple):
    """The nearest point of each of many lines, and how far it is; degrees."""

    distance_m: Floats
    lon: Floats
    lat: Floats


def measure_pairs(centre: Floats, lines: npt.NDArray[np.object_], limit_m: Floats) -> Spots:
    """The distance of each point (rows of longitude and latitude) from the line of the same row;
    exact about the limit of the row.
    """
    spots = _measure(centre, lines, COARSE_M)
    doubtful = np.flatnonzero(np.abs(spots.distance_m - limit_m) < DOUBT_M)
    if len(doubtful):
        for column, better in zip(
            spots, _measure(centre[doubtful], lines[doubtful], FINE_M), strict=True
        ):
            column[doubtful] = better
    return spots


def _measure(centre: Floats, lines: npt.NDArray[np.object_], spacing_m: float) -> Spots:
    degrees = (
        spacing_m / 111_700.0
    )  # longer than any degree of latitude or longitude: pieces come out shorter, never longer
    size = np.maximum(shapely.get_num_coordinates(lines), 2) + shapely.length(lines) / degrees
    parts = np.split(
        np.arange(len(lines)), np.flatnonzero(np.diff(np.cumsum(size) // BATCH_SIZE)) + 1
    )
    found = [_measure_at_once(centre[part], cut(lines[part], degrees)) for part in parts]
    return Spots(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _measure_at_once(centre: Floats, lines: npt.NDArray[np.object_]) -> Spots:
    stretches, pair_of = shapely.get_parts(lines, return_index=True)
    coords, stretch = shapely.get_coordinates(stretches, return_index=True)
    pair = pair_of[stretch]
    azimuth, _, far = GEOD.inv(centre[pair, 0], centre[pair, 1], coords[:, 0], coords[:, 1])
    x, y = far * np.sin(np.radians(azimuth)), far * np.cos(np.radians(azimuth))
    ends = np.flatnonzero(
        stretch[1:] == stretch[:-1]
    )  # pieces from vertex i to i + 1 within a line
    step = x[ends + 1] - x[ends], y[ends + 1] - y[ends], np.zeros(len(ends))
    share = nearest_share((x[ends], y[ends], step[2]), step)
    distance = np.hypot(x[ends] + share * step[0], y[ends] + share * step[1])
    starts = run_starts(pair[ends])
    least = np.minimum.reduceat(distance, starts) if len(starts) else distance
    close = np.flatnonzero(
        distance <= np.repeat(least, np.diff(np.r_[starts, len(distance)])) + DOUBT_M
    )
    at, part = ends[close], share[close]
    spot = coords[at] + part[:, None] * (coords[at + 1] - coords[at])
    exact = np.asarray(
        GEOD.inv(centre[pair[at], 0], centre[pair[at], 1], spot[:, 0], spot[:, 1])[2],
        dtype=np.float64,
    )
    best = first_smallest(exact, pair[at])
    return Spots(exact[best], spot[best, 0], spot[best, 1])


def first_smallest(values: Floats, group: Ints) -> Ints:
    """The position of the smallest value of each run of `group`, the first where several are."""
    starts = run_starts(group)
    smallest = np.minimum.reduceat(values, starts) if len(starts) else values
    at = np.flatnonzero(values == np.repeat(smallest, np.diff(np.r_[starts, len(group)])))
    return at[run_starts(group[at])]


def run_starts(group: Ints) -> Ints:
    """Where each run of equal values begins."""
    return (
        np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        if len(group)
        else np.zeros(0, dtype=np.int64)
    )
