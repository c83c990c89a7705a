"""The network as it is given: checked arcs, and the neighbours of each node."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem
from corridors.messages import Message

Ints = npt.NDArray[np.int32]
Unsigned = npt.NDArray[np.uint32]
"""The type of indices in kernels: numba then makes no test for negative indices, which halves the
time."""
Floats = npt.NDArray[np.float64]

compiled = numba.njit(cache=True, nogil=True)
"""Compile a kernel when it is first called, keep it on disk, and let other threads run."""


def check_arcs(tail: npt.ArrayLike, head: npt.ArrayLike, node_count: int) -> tuple[Ints, Ints]:
    """Tails and heads as int32 arrays.

    Raises
    ------
    InputError
        `bad-arcs` where they are not integers from 0 to below `node_count`, or not as many tails as
        heads (Fix: one tail and one head an arc, nodes numbered from 0).
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
    tails, heads = (np.ascontiguousarray(end, dtype=np.int32) for end in ends)
    return tails, heads


@compiled
def list_neighbours(tail: Ints, head: Ints, node_count: int) -> tuple[Ints, Ints]:
    """The neighbours of each node as (first, neighbour), ascending, each once.

    Directions do not matter, and no node is its own neighbour.
    """
    first = np.zeros(node_count + 1, np.int64)
    for arc in range(len(tail)):
        if tail[arc] != head[arc]:
            first[tail[arc] + 1] += 1
            first[head[arc] + 1] += 1
    first = np.cumsum(first)
    # Two counting sorts: the ends are listed by one end, then these lists by the other. Both are
    # ascending afterwards.
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
