"""Shapes as short texts, for a page that must be small and open fast.

Positions are in 1e-5 degrees (about a metre). Each is stored as the difference from the one before,
and whole numbers as a few letters. A road network of 100,000 segments becomes one text per width,
2 MB instead of 28 MB.
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
    """Whole numbers as letters, five bits each, the lowest bits first.

    A letter of the second half of the 64 means that more letters follow. A negative number n is
    stored as -2n - 1, any other as 2n.

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
    """Lines or rings as one packed list of numbers.

    Each line has its number of positions, then steps of longitude and latitude. The first step of a
    line starts at the last position of the line before, the very first step at 0, 0.

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
    """The different edges of lines between positions in 1e-5 degrees, in either direction.

    Returns
    -------
    The edges, sorted; each has its two ends, the smaller first, as (lon, lat). Then, for each step
    of each line in driving order, the row of its edge, and the number of its line.

    Examples
    --------
    >>> edges, number, line = number_edges(
    ...     [shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (0, 0)])]
    ... )
    >>> edges.tolist(), number.tolist(), line.tolist()
    ([[[0, 0], [100000, 0]]], [0, 0], [0, 1])
    """
    coords, line = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    units = np.rint(coords * UNITS_PER_DEGREE).astype(np.int64)
    # Latitudes are below 2**25 units.
    codes = units[:, 0] * 2**26 + units[:, 1]
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    step = line[1:] == line[:-1]
    low, high = np.sort([place[:-1][step], place[1:][step]], axis=0)
    pairs, number = np.unique(low * len(first) + high, return_inverse=True)
    return (
        units[first][np.stack(np.divmod(pairs, max(len(first), 1)), axis=1)],
        number,
        line[1:][step],
    )


def join_edges(edges: Ints) -> npt.NDArray[np.object_]:
    """Edges joined to the longest lines, so that dashes stay even on shared roads.

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
