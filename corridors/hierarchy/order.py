"""The order in which nodes are contracted: chains first, then the junctions, with separators last.

A good order cuts the network in halves by few nodes, ranks those few highest, and goes on within each half (nested dissection).
Most nodes of a road network are bends: they have two neighbours and cannot separate anything. Those are ranked lowest, every
other node of a chain at a time, so that a chain of a thousand bends is a thousand nodes but only ten levels. What is left, the
core, is ordered by METIS where it is installed, or by cutting the map where a straight line meets the fewest roads.

Order matters for speed only: distances are the same with every order.
"""

from __future__ import annotations

import importlib.util
from typing import Literal

import numba
import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem, UsageError

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Method = Literal["auto", "metis", "inertial", "geometric"]

PACKAGE_OF = {"metis": "pymetis", "inertial": "routingkit_cch"}
WORTH_A_ROUND = 0.1
"""Chains are taken off again as long as a round takes this share of the nodes: so all rounds together cost no more than ten."""
LEAF_NODES = 8
"""Pieces of this many nodes are not cut any further."""


def order_nodes(tail: npt.ArrayLike, head: npt.ArrayLike, lon: npt.ArrayLike, lat: npt.ArrayLike, *, method: Method = "auto") -> Ints:
    """The nodes in the order in which they are contracted: `order[rank]` is a node, the most important one last.

    Parameters
    ----------
    tail, head
        The nodes that each arc joins, numbered from 0. Directions, parallel arcs and self-loops do not matter.
    lon, lat
        Where each node lies, in degrees; as many as there are nodes. METIS does not look at them.
    method
        "metis" (nested dissection by the package pymetis), "inertial" (inertial flow by the package routingkit-cch, slower, and
        often a little better), "geometric" (straight cuts, needs no package, and makes the hierarchy about twice as large), or
        "auto": metis where it is installed, else geometric.

    Raises
    ------
    InputError
        `bad-arcs` where arrays do not fit together (mend: one tail and head an arc, one lon and lat a node).
    UsageError
        The method is unknown, or its package is not installed (mend: install it, or say "auto").

    A street of five bends, its ends and every other bend are contracted first:

    >>> order_nodes([0, 1, 2, 3], [1, 2, 3, 4], lon=[0, 1, 2, 3, 4], lat=[0, 0, 0, 0, 0]).tolist()
    [0, 2, 4, 1, 3]
    """
    lon, lat = np.ascontiguousarray(lon, dtype=np.float64), np.ascontiguousarray(lat, dtype=np.float64)
    if lon.shape != lat.shape or lon.ndim != 1 or not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise InputError(Problem("bad-arcs", "lon and lat must be one finite number a node", "give as many of one as of the other"))
    tail, head = check_arcs(tail, head, len(lon))
    method = _choose(method)
    first, neighbour = list_neighbours(tail, head, len(lon))
    nodes, chained = np.arange(len(lon), dtype=np.int32), []
    while len(nodes):
        taken, first, neighbour, kept = take_chains_off(first, neighbour)
        chained.append(nodes[taken])
        nodes = nodes[kept]
        if len(taken) < WORTH_A_ROUND * (len(nodes) + len(taken)):
            break
    return np.concatenate([*chained, nodes[_order_core(first, neighbour, lon[nodes], lat[nodes], method)]]).astype(np.int32)


def check_arcs(tail: npt.ArrayLike, head: npt.ArrayLike, node_count: int) -> tuple[Ints, Ints]:
    """Tails and heads as int32 arrays, checked: whole numbers from 0, below `node_count`, as many tails as heads."""
    ends = [np.asarray(end) for end in (tail, head)]
    fitting = ends[0].shape == ends[1].shape and ends[0].ndim == 1
    whole = all(end.dtype.kind in "iu" or not end.size for end in ends)
    if not (fitting and whole) or any(end.size and not 0 <= int(end.min()) <= int(end.max()) < node_count for end in ends):
        mend = f"give one tail and one head an arc, whole numbers from 0 to {node_count - 1}"
        raise InputError(Problem("bad-arcs", f"the arcs do not join nodes of a network of {node_count}", mend))
    return np.ascontiguousarray(ends[0], dtype=np.int32), np.ascontiguousarray(ends[1], dtype=np.int32)


def _choose(method: Method) -> Method:
    if method not in ("auto", "geometric", *PACKAGE_OF):
        raise UsageError(f"no method of ordering is called {method!r}: say auto, metis, inertial or geometric")
    if method == "auto":
        return "metis" if importlib.util.find_spec("pymetis") else "geometric"
    if method in PACKAGE_OF and not importlib.util.find_spec(PACKAGE_OF[method]):
        package = PACKAGE_OF[method].replace("_", "-")
        raise UsageError(f"the order {method!r} needs the package {package}: install it, or say auto")
    return method


def _order_core(first: Ints, neighbour: Ints, lon: Floats, lat: Floats, method: Method) -> Ints:
    if len(lon) <= LEAF_NODES:
        return np.arange(len(lon), dtype=np.int32)
    if method == "metis":
        import pymetis  # noqa: PLC0415 - optional

        return np.array(pymetis.nested_dissection(pymetis.CSRAdjacency(first, neighbour))[0], dtype=np.int32)
    if method == "inertial":
        import routingkit_cch  # noqa: PLC0415 - optional

        tails = np.repeat(np.arange(len(lon)), np.diff(first)).tolist()
        order = routingkit_cch.compute_order_inertial(len(lon), tails, neighbour.tolist(), lat.tolist(), lon.tolist())
        return np.array(order, dtype=np.int32)
    east = (lon - lon.mean()) * np.cos(np.radians(lat.mean()))
    return cut_map(first, neighbour, east, lat - lat.mean())


@numba.njit(cache=True, nogil=True)
def list_neighbours(tail: Ints, head: Ints, node_count: int) -> tuple[Ints, Ints]:
    """The neighbours of each node, directions aside, each once and no node its own: (first, neighbour), ascending."""
    first = np.zeros(node_count + 1, np.int64)
    for arc in range(len(tail)):
        if tail[arc] != head[arc]:
            first[tail[arc] + 1] += 1
            first[head[arc] + 1] += 1
    first = np.cumsum(first)
    # Sorting by counting, twice: listing the ends by one end, and then those lists by the other, leaves both ascending.
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


@numba.njit(cache=True, nogil=True)
def take_chains_off(first: Ints, neighbour: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The nodes with at most two neighbours, in order, and the network that is left when they are contracted.

    Returns (taken, first, neighbour, kept): the nodes taken, lowest rank first; the neighbours of the nodes kept, in a
    numbering of their own; and their numbers before.
    """
    count = len(first) - 1
    taken, done = np.empty(count, np.int32), np.zeros(count, np.bool_)
    kept, number = np.empty(count, np.int32), np.full(count, -1, np.int32)
    chain, bridges = np.empty(count, np.int32), np.empty((count, 2), np.int32)
    taken_count, kept_count, bridge_count = 0, 0, 0
    for node in range(count):
        if first[node + 1] - first[node] > 2:
            kept[kept_count], number[node] = node, kept_count
            kept_count += 1
    for ends_only in (True, False):  # what is left after the chains with ends are rings
        for start in range(count):
            if done[start] or number[start] >= 0:
                continue
            outer, onward, previous = -1, 0, -1
            for at in range(first[start], first[start + 1]):
                onward += number[neighbour[at]] < 0
                if number[neighbour[at]] >= 0:
                    outer = neighbour[at]
            if ends_only and onward == 2:
                continue  # within a chain, or on a ring
            length, node, last_outer = 0, start, -1
            while node >= 0:
                chain[length], done[node] = node, True
                length += 1
                following, last_outer = -1, -1
                for at in range(first[node], first[node + 1]):
                    if number[neighbour[at]] >= 0:
                        last_outer = neighbour[at]
                    elif not done[neighbour[at]] and neighbour[at] != previous:
                        following = neighbour[at]
                previous, node = node, following
            if length == 1 and first[start + 1] - first[start] == 2:  # a single bend between two junctions
                outer, last_outer = neighbour[first[start]], neighbour[first[start] + 1]
            if outer >= 0 and last_outer >= 0 and outer != last_outer:
                bridges[bridge_count] = number[outer], number[last_outer]
                bridge_count += 1
            if not ends_only:  # the first node of a ring holds it together: it comes last
                length -= 1
                chain[:length], chain[length] = chain[1 : length + 1].copy(), chain[0]
            step = 1
            while step <= length:  # every other node, then every other of those that are left, and so on
                for at in range(step, length + 1, 2 * step):
                    taken[taken_count] = chain[at - 1]
                    taken_count += 1
                step *= 2
            if not ends_only:
                taken[taken_count] = chain[length]
                taken_count += 1
    left_count = bridge_count
    for node in kept[:kept_count]:
        for at in range(first[node], first[node + 1]):
            left_count += number[neighbour[at]] >= 0
    tail, head = np.empty(left_count, np.int32), np.empty(left_count, np.int32)
    tail[:bridge_count], head[:bridge_count] = bridges[:bridge_count, 0], bridges[:bridge_count, 1]
    left_count = bridge_count
    for node in kept[:kept_count]:
        for at in range(first[node], first[node + 1]):
            if number[neighbour[at]] >= 0:
                tail[left_count], head[left_count] = number[node], number[neighbour[at]]
                left_count += 1
    core_first, core_neighbour = list_neighbours(tail, head, kept_count)
    return taken[:taken_count].copy(), core_first, core_neighbour, kept[:kept_count].copy()


@numba.njit(cache=True, nogil=True)
def cut_map(first: Ints, neighbour: Ints, east: Floats, north: Floats) -> Ints:
    """Nested dissection by straight cuts: of the halvings in four directions the one that separates by the fewest nodes."""
    count = len(east)
    order, part, moved = np.arange(count).astype(np.int32), np.empty(count, np.int32), np.empty(count, np.int32)
    side, along = np.full(count, -1, np.int64), np.empty(count, np.float64)
    pieces, stamp = [(0, count)], 0
    while len(pieces) > 0:
        begin, end = pieces.pop()
        if end - begin <= LEAF_NODES:
            continue
        fewest, best_direction, best_flank = end - begin + 1, 0, 0
        for attempt in range(5):  # the fifth is the best of the four again, to be kept
            direction = attempt if attempt < 4 else best_direction
            for at in range(begin, end):
                node = order[at]
                if direction == 0:
                    along[at] = east[node]
                elif direction == 1:
                    along[at] = north[node]
                elif direction == 2:
                    along[at] = east[node] + north[node]
                else:
                    along[at] = east[node] - north[node]
            middle = np.median(along[begin:end])
            stamp += 2
            for at in range(begin, end):
                side[order[at]] = stamp + (along[at] >= middle)
            for flank in range(2):
                facing = 0
                for at in range(begin, end):
                    part[at] = side[order[at]] - stamp
                    if part[at] == flank:
                        for place in range(first[order[at]], first[order[at] + 1]):
                            if side[neighbour[place]] == stamp + 1 - flank:
                                part[at] = 2
                                facing += 1
                                break
                if attempt == 4 and flank == best_flank:
                    break
                if facing < fewest and attempt < 4:
                    fewest, best_direction, best_flank = facing, direction, flank
        sizes, place = np.zeros(3, np.int64), begin
        for which in range(3):
            for at in range(begin, end):
                if part[at] == which:
                    moved[place] = order[at]
                    place += 1
                    sizes[which] += 1
        order[begin:end] = moved[begin:end]
        if max(sizes[0], sizes[1]) < end - begin:
            pieces.append((begin, begin + sizes[0]))
            pieces.append((begin + sizes[0], begin + sizes[0] + sizes[1]))
    return order
