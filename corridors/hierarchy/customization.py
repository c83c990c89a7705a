r"""Customization: the weights of the hierarchy's arcs, from those of the input arcs.

An arc of the hierarchy is as dear as the cheapest way between its ends over lower nodes. Going
through the nodes from the lowest, all that lies below is known: for each arc that comes into `node`
from a lower node `below`, and each higher neighbour `above` of `below`, the way node - below -
above may be cheaper than what node - above has cost so far (a lower triangle).

    above       The row of a node, that is its upward arcs, is held by depth of their heads while
    its triangles are tried:
     | \        short enough for the fastest memory, and found without searching.
     |  node    `weight[arc]` is a pair: driven upward, driven downward.
     | /
    below

Kernels are the same for whole numbers (uint32, CLOSED) and floating point (float64, inf); a sum of
two CLOSED still fits uint32.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import overload

from corridors.hierarchy.contraction import DEPTH, FIRST_DOWN, FIRST_UP, PARENT
from corridors.hierarchy.neighbours import Ints, Unsigned

Weights = npt.NDArray[Any]
"""uint32 or float64."""

CLOSED = 2**31 - 1
"""The weight of an arc that may not be used, and the distance of what cannot be reached, in whole
numbers. Else it is inf."""
LANES = 32
"""Weight sets that a batch takes through the hierarchy side by side."""


def closed_like(weight: Weights) -> Any:
    """CLOSED or inf, in the type of an array of weights."""
    return np.uint32(CLOSED) if weight.dtype == np.uint32 else np.float64(np.inf)


@overload(closed_like)
def _compile_closed_like(weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - numba compares signatures
    if weight.dtype == numba.uint32:
        return lambda weight: np.uint32(CLOSED)  # noqa: ARG005
    return lambda weight: np.inf  # noqa: ARG005


@numba.njit(cache=True, nogil=True, fastmath={"reassoc"})
def add_up(given: Weights) -> tuple[bool, float, bool]:
    """Whether each is a weight (from 0 to CLOSED or inf), what all usable ones add up to, and
    whether one of them is nothing.
    """
    closed, total = closed_like(given), given.dtype.type(0)
    valid, zero = True, False
    for arc in range(len(given)):
        weight = given[arc]
        valid &= (weight >= 0) & (weight <= closed)
        zero |= weight == 0
        total += weight if weight < closed else given.dtype.type(0)
    return valid, float(total), zero


@numba.njit(cache=True, nogil=True)
def add_up_dearest(given: Weights, tail: Ints, node_count: int) -> float:
    """What the dearest usable arc leaving each node adds up to: no path without a loop costs more,
    for it leaves no node twice.
    """
    dearest, closed, total = np.zeros(node_count, given.dtype), closed_like(given), 0.0
    for arc in range(len(given)):
        if given[arc] < closed:
            dearest[tail[arc]] = max(dearest[tail[arc]], given[arc])
    for node in range(node_count):
        total += dearest[node]
    return total


@numba.njit(cache=True, nogil=True)
def place_weights(given: Weights, slot_of: Ints, weight: Weights) -> None:
    """Each arc of the hierarchy gets the least weight of the input arcs that it stands for."""
    closed = closed_like(weight)
    for arc in range(len(weight)):
        weight[arc, 0], weight[arc, 1] = closed, closed
    for arc in range(len(given)):
        slot = slot_of[arc]
        if slot >= 0:
            weight[slot >> 1, slot & 1] = min(weight[slot >> 1, slot & 1], given[arc])


@numba.njit(cache=True, nogil=True)
def try_triangles(
    node: int, nodes: Unsigned, up_depth: Unsigned, down: Unsigned, weight: Weights, row: Weights
) -> None:
    """The row of a node, by depth, made as cheap as its lower triangles allow."""
    number = weight.dtype.type
    for place in range(nodes[node, FIRST_DOWN], nodes[node + 1, FIRST_DOWN]):
        from_below = down[place, 0]
        to_node, to_below = weight[from_below, 0], weight[from_below, 1]
        for onward in range(from_below + 1, down[place, 1]):
            depth = up_depth[onward]
            upward, downward = (
                number(to_below + weight[onward, 0]),
                number(to_node + weight[onward, 1]),
            )
            row[depth, 0] = min(row[depth, 0], upward)
            row[depth, 1] = min(row[depth, 1], downward)


@numba.njit(cache=True, nogil=True)
def customize(nodes: Unsigned, up_depth: Unsigned, down: Unsigned, weight: Weights) -> None:
    """Every arc as cheap as its lower triangles allow, in place.

    `weight` holds what `place_weights` gives.
    """
    row = np.empty((len(nodes), 2), weight.dtype)
    for node in range(len(nodes) - 1):
        if nodes[node, FIRST_DOWN] == nodes[node + 1, FIRST_DOWN]:
            continue
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            row[up_depth[arc], 0], row[up_depth[arc], 1] = weight[arc, 0], weight[arc, 1]
        try_triangles(node, nodes, up_depth, down, weight, row)
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            weight[arc, 0], weight[arc, 1] = row[up_depth[arc], 0], row[up_depth[arc], 1]


@numba.njit(cache=True, nogil=True)
def list_rows_above(
    slots: Ints, ends: Unsigned, nodes: Unsigned, work: npt.NDArray[np.int64]
) -> tuple[Ints, int]:
    """The nodes whose rows a change of these slots may reach, ascending: the lower ends and all
    their ancestors. And the work in them.
    """
    seen, above, found, their_work = np.zeros(len(nodes), np.bool_), np.empty(1024, np.int32), 0, 0
    for slot in slots:
        node = ends[slot >> 1, 0] if slot >= 0 else len(nodes) - 1
        while node < len(nodes) - 1 and not seen[node]:
            seen[node] = True
            if found == len(above):
                above = np.concatenate((above, np.empty(found, np.int32)))
            above[found] = node
            found += 1
            their_work += work[node + 1] - work[node]
            node = nodes[node, PARENT]
    return np.sort(above[:found]), their_work


@numba.njit(cache=True, nogil=True)
def recustomize(
    above: Ints,
    slots: Ints,
    given: Weights,
    first_arc: Ints,
    next_arc: Ints,
    nodes: Unsigned,
    ends: Unsigned,
    up_depth: Unsigned,
    down: Unsigned,
    weight: Weights,
) -> int:
    """Weights after a change of the input arcs in these slots, in place, from the lowest node up.
    How many rows were done again.

    A row is done again where an input arc of it changed, or an arc of a lower triangle: then all of
    it, from the input arcs. Where an arc comes out as before, nothing above it has to be done on
    its account.
    """
    row, stale, closed, redone = (
        np.empty((len(nodes), 2), weight.dtype),
        np.zeros(len(nodes), np.bool_),
        closed_like(weight),
        0,
    )
    for slot in slots:
        if slot >= 0:
            stale[ends[slot >> 1, 0]] = True
    for node in above:
        if not stale[node]:
            continue
        redone += 1
        first, stop = nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]
        for arc in range(first, stop):
            for direction in range(2):
                least = closed
                stands_for = first_arc[2 * arc + direction]
                while stands_for >= 0:
                    least = min(least, given[stands_for])
                    stands_for = next_arc[stands_for]
                row[up_depth[arc], direction] = least
        try_triangles(node, nodes, up_depth, down, weight, row)
        for arc in range(first, stop):
            depth = up_depth[arc]
            if weight[arc, 0] != row[depth, 0] or weight[arc, 1] != row[depth, 1]:
                weight[arc, 0], weight[arc, 1] = row[depth, 0], row[depth, 1]
                for other in range(
                    first, arc
                ):  # the triangles above: of node, the head of this arc, and another head
                    stale[ends[other, 1]] = True
                if arc + 1 < stop:
                    stale[ends[arc, 1]] = True
    return redone


@numba.njit(cache=True, nogil=True)
def customize_lanes(
    given: Weights,
    first_arc: Ints,
    next_arc: Ints,
    nodes: Unsigned,
    up_depth: Unsigned,
    down: Unsigned,
    weight: Weights,
) -> None:
    """As `place_weights` and `customize`, for up to LANES weight sets at once: `given[lane, arc]`.

    A row of `weight` holds LANES weights upward and as many downward. Lanes without a weight set
    stay closed.
    """
    number, closed, lanes = weight.dtype.type, closed_like(weight), len(given)
    row, to_ends = (
        np.empty((nodes[:, DEPTH].max() + 1, 2 * LANES), weight.dtype),
        np.empty(2 * LANES, weight.dtype),
    )
    for node in range(len(nodes) - 1):
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            for direction in range(2):
                held, stands_for = (
                    row[up_depth[arc], direction * LANES : (direction + 1) * LANES],
                    first_arc[2 * arc + direction],
                )
                for lane in range(lanes if stands_for >= 0 else 0, LANES):
                    held[lane] = closed
                if stands_for >= 0:
                    for lane in range(lanes):
                        held[lane] = given[lane, stands_for]
                    stands_for = next_arc[stands_for]
                while stands_for >= 0:
                    for lane in range(lanes):
                        held[lane] = min(held[lane], given[lane, stands_for])
                    stands_for = next_arc[stands_for]
        for place in range(nodes[node, FIRST_DOWN], nodes[node + 1, FIRST_DOWN]):
            from_below = down[place, 0]
            for lane in range(LANES):
                to_ends[lane] = weight[from_below, LANES + lane]
                to_ends[LANES + lane] = weight[from_below, lane]
            for onward in range(from_below + 1, down[place, 1]):
                depth = up_depth[onward]
                for lane in range(2 * LANES):
                    row[depth, lane] = min(
                        row[depth, lane], number(to_ends[lane] + weight[onward, lane])
                    )
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            depth = up_depth[arc]
            for lane in range(2 * LANES):
                weight[arc, lane] = row[depth, lane]
