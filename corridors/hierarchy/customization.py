r"""Customization: the weights of the hierarchy's arcs, from those of the input arcs.

An arc of the hierarchy weighs as much as the cheapest path between its ends over lower nodes. Nodes
are processed from the lowest, so that all arcs below are final: for each arc that comes into `node`
from a lower node `below`, and each higher neighbour `above` of `below`, the path node - below -
above may be cheaper than node - above has been so far (a lower triangle).

    above       While its triangles are tried, the row of a node (its upward arcs) is an array
     | \        indexed by the depth of their heads: short enough for the fastest memory, and
     |  node    found without a search. `weight[arc]` is a pair: driven upward, driven downward.
     | /
    below

The kernels are the same for whole numbers (uint32, CLOSED) and floating point (float64, inf); a sum
of two CLOSED still fits uint32.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import overload

from corridors.hierarchy.contraction import (
    DEPTH,
    FIRST_DOWN,
    FIRST_UP,
    PARENT,
    InputArcs,
    UpwardGraph,
)
from corridors.hierarchy.neighbours import Ints, compiled

Weights = npt.NDArray[Any]
"""uint32 or float64."""

CLOSED = 2**31 - 1
"""The weight of a closed arc, and the distance of a node that cannot be reached, in whole numbers.
In floating point it is inf."""
LANES = 32
"""The weight sets that a batch takes through the hierarchy side by side."""


def closed_like(weight: Weights) -> Any:
    """CLOSED or inf, in the type of an array of weights."""
    return np.uint32(CLOSED) if weight.dtype == np.uint32 else np.float64(np.inf)


@overload(closed_like)
def _compile_closed_like(weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if weight.dtype == numba.uint32:
        return lambda weight: np.uint32(CLOSED)  # noqa: ARG005
    return lambda weight: np.inf  # noqa: ARG005


@numba.njit(cache=True, nogil=True, fastmath={"reassoc"})
def sum_weights(given: Weights) -> tuple[bool, float, bool]:
    """Whether all are weights (0 to CLOSED or inf), the sum of the usable, whether one is 0."""
    closed, total = closed_like(given), given.dtype.type(0)
    valid, zero = True, False
    for arc in range(len(given)):
        weight = given[arc]
        valid &= (weight >= 0) & (weight <= closed)
        zero |= weight == 0
        total += weight if weight < closed else given.dtype.type(0)
    return valid, float(total), zero


@compiled
def bound_path_weight(given: Weights, tail: Ints, node_count: int) -> float:
    """The sum over all nodes of the costliest usable arc that leaves the node.

    No path without a loop costs more, because it leaves no node twice.
    """
    costliest, closed, total = np.zeros(node_count, given.dtype), closed_like(given), 0.0
    for arc in range(len(given)):
        if given[arc] < closed:
            costliest[tail[arc]] = max(costliest[tail[arc]], given[arc])
    for node in range(node_count):
        total += costliest[node]
    return total


@compiled
def place_weights(given: Weights, slot_of: Ints, weight: Weights) -> None:
    """Set each arc of the hierarchy to the least weight of the input arcs it stands for."""
    closed = closed_like(weight)
    for arc in range(len(weight)):
        weight[arc, 0], weight[arc, 1] = closed, closed
    for arc in range(len(given)):
        slot = slot_of[arc]
        if slot >= 0:
            weight[slot >> 1, slot & 1] = min(weight[slot >> 1, slot & 1], given[arc])


@compiled
def try_triangles(node: int, graph: UpwardGraph, weight: Weights, row: Weights) -> None:
    """Lower the row of a node, by depth, to what its lower triangles allow."""
    nodes, up_depth, down, number = graph.nodes, graph.up_depth, graph.down, weight.dtype.type
    for place in range(nodes[node, FIRST_DOWN], nodes[node + 1, FIRST_DOWN]):
        from_below = down[place, 0]
        to_node, to_below = weight[from_below, 0], weight[from_below, 1]
        for onward in range(from_below + 1, down[place, 1]):
            depth = up_depth[onward]
            upward = number(to_below + weight[onward, 0])
            downward = number(to_node + weight[onward, 1])
            row[depth, 0] = min(row[depth, 0], upward)
            row[depth, 1] = min(row[depth, 1], downward)


@compiled
def customize(graph: UpwardGraph, weight: Weights) -> None:
    """Lower every arc to what its lower triangles allow, in place, after `place_weights`."""
    nodes, up_depth = graph.nodes, graph.up_depth
    row = np.empty((len(nodes), 2), weight.dtype)
    for node in range(len(nodes) - 1):
        if nodes[node, FIRST_DOWN] == nodes[node + 1, FIRST_DOWN]:
            continue
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            row[up_depth[arc], 0], row[up_depth[arc], 1] = weight[arc, 0], weight[arc, 1]
        try_triangles(node, graph, weight, row)
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            weight[arc, 0], weight[arc, 1] = row[up_depth[arc], 0], row[up_depth[arc], 1]


@compiled
def list_rows_above(
    slots: Ints, graph: UpwardGraph, work: npt.NDArray[np.int64]
) -> tuple[Ints, int]:
    """The nodes whose rows a change of these slots can affect, ascending, and the work in them.

    They are the lower ends and all their ancestors.
    """
    nodes, ends = graph.nodes, graph.ends
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


@compiled
def recustomize(  # noqa: C901 - the loop over rows, with the marks of stale rows
    above: Ints, slots: Ints, given: Weights, arcs: InputArcs, graph: UpwardGraph, weight: Weights
) -> None:
    """Update the weights after a change of the input arcs in these slots, in place.

    A row is computed again, from the input arcs, where an input arc of it changed, or an arc of a
    lower triangle. Where an arc comes out as before, it makes no row above it stale.
    """
    nodes, ends, up_depth = graph.nodes, graph.ends, graph.up_depth
    first_arc, next_arc = arcs.first_arc, arcs.next_arc
    row, stale = np.empty((len(nodes), 2), weight.dtype), np.zeros(len(nodes), np.bool_)
    closed = closed_like(weight)
    for slot in slots:
        if slot >= 0:
            stale[ends[slot >> 1, 0]] = True
    for node in above:
        if not stale[node]:
            continue
        first, stop = nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]
        for arc in range(first, stop):
            for direction in range(2):
                least = closed
                driven = first_arc[2 * arc + direction]
                while driven >= 0:
                    least = min(least, given[driven])
                    driven = next_arc[driven]
                row[up_depth[arc], direction] = least
        try_triangles(node, graph, weight, row)
        for arc in range(first, stop):
            depth = up_depth[arc]
            if weight[arc, 0] != row[depth, 0] or weight[arc, 1] != row[depth, 1]:
                weight[arc, 0], weight[arc, 1] = row[depth, 0], row[depth, 1]
                # The triangles above: of the node, the head of this arc, and another head.
                for other in range(first, arc):
                    stale[ends[other, 1]] = True
                if arc + 1 < stop:
                    stale[ends[arc, 1]] = True


@compiled
def customize_lanes(  # noqa: C901, PLR0912 - a helper for the lanes of an arc takes a sixth longer
    given: Weights, arcs: InputArcs, graph: UpwardGraph, weight: Weights
) -> None:
    """As `place_weights` and `customize`, for up to LANES weight sets: `given[lane, arc]`.

    A row of `weight` holds LANES weights upward, then LANES weights downward. Lanes without a
    weight set stay closed.
    """
    nodes, up_depth, down = graph.nodes, graph.up_depth, graph.down
    first_arc, next_arc = arcs.first_arc, arcs.next_arc
    number, closed, lanes = weight.dtype.type, closed_like(weight), len(given)
    row = np.empty((nodes[:, DEPTH].max() + 1, 2 * LANES), weight.dtype)
    to_ends = np.empty(2 * LANES, weight.dtype)
    for node in range(len(nodes) - 1):
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            for direction in range(2):
                held = row[up_depth[arc], direction * LANES : (direction + 1) * LANES]
                driven = first_arc[2 * arc + direction]
                for lane in range(lanes if driven >= 0 else 0, LANES):
                    held[lane] = closed
                if driven >= 0:
                    for lane in range(lanes):
                        held[lane] = given[lane, driven]
                    driven = next_arc[driven]
                while driven >= 0:
                    for lane in range(lanes):
                        held[lane] = min(held[lane], given[lane, driven])
                    driven = next_arc[driven]
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
