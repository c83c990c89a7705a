"""Shapes as short lists of whole numbers, for a page that must stay small and open fast.

Positions are in 1e-5 degrees (about a metre) and each is told as its difference from the one before: a road network of
100,000 pieces becomes one list a road class, 4 MB instead of 28.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from corridors.crs import turn
from corridors.tables import Ints

UNITS_PER_DEGREE = 100_000


def encode_lines(shapes: Any, meridian: float = 0.0) -> list[int]:
    """Lines or rings as one flat list: for each its number of positions, then longitude and latitude steps.

    The first position of a line is told from the last one of the line before; the very first from 0, 0.

    >>> encode_lines([shapely.LineString([(1, 2), (1, 2.00003)]), shapely.LineString([(1, 2), (1.00001, 2)])])
    [2, 100000, 200000, 0, 3, 2, 0, -3, 1, 0]
    """
    coords, owner = shapely.get_coordinates(np.asarray(shapes, dtype=object), return_index=True)
    if not len(coords):
        return []
    units = np.rint(turn(coords, meridian) * UNITS_PER_DEGREE).astype(np.int64)
    steps = np.diff(units, axis=0, prepend=np.zeros((1, 2), np.int64))
    _, starts, counts = np.unique(owner, return_index=True, return_counts=True)
    return np.insert(steps.ravel(), 2 * starts, counts).tolist()


def number_edges(lines: Any) -> tuple[Ints, Ints, Ints]:
    """The steps of lines between positions in 1e-5 degrees, each told once whichever way and however often it is driven.

    Returns
    -------
    The steps, sorted: for each its two ends, smaller first, as (lon, lat). Then, for each step of each line in driving
    order, its row in the first, and the position of its line.

    >>> edges, number, line = number_edges([shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (0, 0)])])
    >>> edges.tolist(), number.tolist(), line.tolist()
    ([[[0, 0], [100000, 0]]], [0, 0], [0, 1])
    """
    coords, line = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    units = np.rint(coords * UNITS_PER_DEGREE).astype(np.int64)
    _, first, place = np.unique(units[:, 0] * 2**26 + units[:, 1], return_index=True, return_inverse=True)  # 2**25 is beyond the poles
    step = line[1:] == line[:-1]
    low, high = np.sort([place[:-1][step], place[1:][step]], axis=0)
    pairs, number = np.unique(low * len(first) + high, return_inverse=True)
    return units[first][np.stack(np.divmod(pairs, max(len(first), 1)), axis=1)], number, line[1:][step]


def join_edges(edges: Ints) -> npt.NDArray[np.object_]:
    """Edges as lines as long as possible, each edge once: dashes stay even where many corridors use a road.

    >>> [line.wkt for line in join_edges(np.array([[[0, 0], [100000, 0]], [[100000, 0], [200000, 0]]]))]
    ['LINESTRING (0 0, 1 0, 2 0)']
    """
    if not len(edges):
        return np.zeros(0, dtype=object)
    return shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(edges / UNITS_PER_DEGREE))))
