"""Who is next to whom: arcs as they are given, checked, and without their directions."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem
from corridors.messages import Message

Ints = npt.NDArray[np.int32]
Unsigned = npt.NDArray[np.uint32]
"""What kernels index with: numba then need not ask whether an index is negative, and takes half the
time."""
Floats = npt.NDArray[np.float64]


def check_arcs(tail: npt.ArrayLike, head: npt.ArrayLike, node_count: int) -> tuple[Ints, Ints]:
    """Tails and heads as int32 arrays, checked: whole numbers from 0, below `node_count`, as many
    tails as heads.
    """
    ends = [np.asarray(end) for end in (tail, head)]
    fitting = ends[0].shape == ends[1].shape and ends[0].ndim == 1
    whole = all(end.dtype.kind in "iu" or not end.size for end in ends)
    if not (fitting and whole) or any(
        end.size and not 0 <= int(end.min()) <= int(end.max()) < node_count for end in ends
    ):
        message = Message("problem.arcs_outside_network", nodes=node_count)
        hint = Message("hint.give_arc_ends", last=node_count - 1)
        raise InputError(Problem("bad-arcs", message, hint))
    return np.ascontiguousarray(ends[0], dtype=np.int32), np.ascontiguousarray(
        ends[1], dtype=np.int32
    )


@numba.njit(cache=True, nogil=True)
def list_neighbours(tail: Ints, head: Ints, node_count: int) -> tuple[Ints, Ints]:
    """The neighbours of each node, directions aside, each once and no node its own: (first,
    neighbour), ascending.
    """
    first = np.zeros(node_count + 1, np.int64)
    for arc in range(len(tail)):
        if tail[arc] != head[arc]:
            first[tail[arc] + 1] += 1
            first[head[arc] + 1] += 1
    first = np.cumsum(first)
    # Sorting by counting, twice: listing the ends by one end, and then those lists by the other,
    # leaves both ascending.
    free, listed = first.copy(), np.empty(first[-1], np.int32)
    for arc in range(len(tail)):
        one, other = tail[arc], head[arc]
        if one != other:
            listed[free[one]], listed[free[other]] = other, one
            free[one] += 1
            free[other] += 1
    free, ascending = first.copy(), np.empty(first[-1], np.int32)
    for node in range(node_count):
        for at in range(first[node], first[node + 1]):
            ascending[free[listed[at]]] = node
            free[listed[at]] += 1
    kept_first, kept = np.zeros(node_count + 1, np.int32), 0
    for node in range(node_count):
        previous = -1
        for at in range(first[node], first[node + 1]):
            if ascending[at] != previous:
                previous = ascending[at]
                ascending[kept] = previous
                kept += 1
        kept_first[node + 1] = kept
    return kept_first, ascending[:kept].copy()
