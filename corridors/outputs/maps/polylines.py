"""Shapes as short texts, for a page that must stay small and open fast.

Positions are in 1e-5 degrees (about a metre), each is told as its difference from the one before,
and whole numbers as few letters: a road network of 100,000 pieces becomes one text a road class, 2
MB instead of 28.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.measures import wrap_longitudes
from corridors.tables import Ints

UNITS_PER_DEGREE = 100_000


LETTERS = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8
)


def pack(numbers: Any) -> str:
    """Whole numbers as letters, five bits each, the lowest first; a letter of the second half of
    the 64 says that more follow.

    A number below zero stands as the odd number before its double's.

    >>> pack([0, 1, -1, 16])
    'ACBgB'
    """
    signed = np.asarray(numbers, dtype=np.int64)
    if not len(signed):
        return ""
    plain = np.where(signed < 0, -2 * signed - 1, 2 * signed)
    size = np.ones(len(plain), dtype=np.int8)
    longest = int(plain.max())
    for digits in range(1, -(-longest.bit_length() // 5)):
        size += plain >= 32**digits
    start = np.cumsum(size, dtype=np.int64) - size
    text = np.empty(int(start[-1]) + int(size[-1]), dtype=np.uint8)
    for digit in range(int(size.max())):
        more = size > digit + 1
        text[start + digit] = LETTERS[(plain & 31) + 32 * more]
        start, size, plain = start[more], size[more], plain[more] >> 5
    return text.tobytes().decode("ascii")


def encode_lines(shapes: Any, meridian: float = 0.0) -> str:
    """Lines or rings as one packed list: for each its number of positions, then longitude and
    latitude steps.

    The first position of a line is told from the last one of the line before; the very first from
    0, 0.

    >>> encode_lines([shapely.LineString([(0, 0), (0, 0.00003)])]) == pack([2, 0, 0, 0, 3])
    True
    """
    coords, owner = shapely.get_coordinates(np.asarray(shapes, dtype=object), return_index=True)
    if not len(coords):
        return ""
    units = np.rint(wrap_longitudes(coords, meridian) * UNITS_PER_DEGREE).astype(np.int64)
    steps = np.diff(units, axis=0, prepend=np.zeros((1, 2), np.int64))
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return pack(np.insert(steps.ravel(), 2 * starts, np.diff(np.append(starts, len(owner)))))


def number_edges(lines: Any) -> tuple[Ints, Ints, Ints]:
    """The steps of lines between positions in 1e-5 degrees, each told once whichever way and
    however often it is driven.

    Returns
    -------
    The steps, sorted: for each its two ends, smaller first, as (lon, lat). Then,
    for each step of each line in driving order, its row in the first, and the position of its line.

    >>> edges, number, line = number_edges(
    ...     [shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (0, 0)])]
    ... )
    >>> edges.tolist(), number.tolist(), line.tolist()
    ([[[0, 0], [100000, 0]]], [0, 0], [0, 1])
    """
    coords, line = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    units = np.rint(coords * UNITS_PER_DEGREE).astype(np.int64)
    _, first, place = np.unique(
        units[:, 0] * 2**26 + units[:, 1], return_index=True, return_inverse=True
    )  # 2**25 is beyond the poles
    step = line[1:] == line[:-1]
    low, high = np.sort([place[:-1][step], place[1:][step]], axis=0)
    pairs, number = np.unique(low * len(first) + high, return_inverse=True)
    return (
        units[first][np.stack(np.divmod(pairs, max(len(first), 1)), axis=1)],
        number,
        line[1:][step],
    )


def join_edges(edges: Ints) -> npt.NDArray[np.object_]:
    """Edges as lines as long as possible, each edge once: dashes stay even where many corridors use
    a road.

    >>> [
    ...     line.wkt
    ...     for line in join_edges(np.array([[[0, 0], [100000, 0]], [[100000, 0], [200000, 0]]]))
    ... ]
    ['LINESTRING (0 0, 1 0, 2 0)']
    """
    if not len(edges):
        return np.zeros(0, dtype=object)
    return shapely.get_parts(
        shapely.line_merge(shapely.multilinestrings(shapely.linestrings(edges / UNITS_PER_DEGREE)))
    )
