"""Distances of any length, in the azimuthal equidistant projection of the ellipsoid about a point.

A line is cut into pieces of at most 100 m. Geodesic distance and azimuth (Karney) give the exact
projected position of each vertex. A line that is straight in longitude and latitude differs from
the straight line between two projected vertices by less than 1 mm, where both are within some
hundred kilometres. So the nearest point is found in the plane, and its distance is measured with
Karney's inverse: the error is below 0.01 mm up to 150 km. Within DOUBT_M of a limit, the same is
done again with pieces of 1 m.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.chords import NearestPoints, Vectors, join, nearest_fraction
from corridors.geodesy.groups import first_minimum, group_minimum
from corridors.geodesy.measures import GEOD, measure_distance_m
from corridors.geodesy.pieces import cut
from corridors.tables import Floats

COARSE_M, FINE_M = 100.0, 1.0
"""The length of pieces: at first, and near a limit."""
DOUBT_M = 0.01
"""Above the error with coarse pieces: within this of a limit, fine pieces decide."""
BATCH_SIZE = 1_000_000
"""The most vertices measured at once, unless one pair has more."""


def measure_pairs(centre: Floats, lines: npt.NDArray[np.object_], limit_m: Floats) -> NearestPoints:
    """The nearest point of each line to the point of the same row (longitude, latitude).

    Distances are exact near the limit of the row.
    """
    nearest = _measure(centre, lines, COARSE_M)
    doubtful = np.flatnonzero(np.abs(nearest.distance_m - limit_m) < DOUBT_M)
    if len(doubtful):
        exact = _measure(centre[doubtful], lines[doubtful], FINE_M)
        for column, better in zip(nearest, exact, strict=True):
            column[doubtful] = better
    return nearest


def _measure(centre: Floats, lines: npt.NDArray[np.object_], spacing_m: float) -> NearestPoints:
    # No degree of latitude or longitude is longer than 111.7 km, so pieces are never too long.
    degrees = spacing_m / 111_700.0
    size = np.maximum(shapely.get_num_coordinates(lines), 2) + shapely.length(lines) / degrees
    batch_of = np.cumsum(size) // BATCH_SIZE
    batches = np.split(np.arange(len(lines)), np.flatnonzero(np.diff(batch_of)) + 1)
    return join([_measure_batch(centre[batch], cut(lines[batch], degrees)) for batch in batches])


def _measure_batch(centre: Floats, lines: npt.NDArray[np.object_]) -> NearestPoints:
    parts, pair_of_part = shapely.get_parts(lines, return_index=True)
    coords, part = shapely.get_coordinates(parts, return_index=True)
    pair = pair_of_part[part]
    azimuth, _, far = GEOD.inv(*centre[pair].T, *coords.T)
    x, y = far * np.sin(np.radians(azimuth)), far * np.cos(np.radians(azimuth))
    first = np.flatnonzero(part[1:] == part[:-1])  # the first vertex of each piece
    flat = np.zeros(len(first))
    begin = Vectors(x[first], y[first], flat)
    step = Vectors(x[first + 1] - x[first], y[first + 1] - y[first], flat)
    fraction = nearest_fraction(begin, step)
    distance = np.hypot(begin.x + fraction * step.x, begin.y + fraction * step.y)
    close = np.flatnonzero(distance <= group_minimum(distance, pair[first]) + DOUBT_M)
    vertex, pair = first[close], pair[first[close]]
    nearest = coords[vertex] + fraction[close][:, None] * (coords[vertex + 1] - coords[vertex])
    exact = measure_distance_m(*centre[pair].T, *nearest.T)
    best = first_minimum(exact, pair)
    return NearestPoints(exact[best], *nearest[best].T)
