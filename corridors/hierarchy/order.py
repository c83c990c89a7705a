"""The order in which nodes are contracted: chains first, then junctions, separators last.

A good order divides the network into halves by few nodes, ranks those few highest, and continues
within each half (nested dissection). Most nodes of a road network are bends: they have two
neighbours and separate nothing. They are ranked lowest, every other node of a chain at a time, so
that a chain of a thousand bends has a thousand nodes but only ten levels. The rest, the core, is
ordered by METIS where it is installed, else by cutting the map where a straight line crosses the
fewest roads.

The order changes the speed only: distances are the same with every order.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem, UsageError
from corridors.hierarchy.chains import Chains, list_chains
from corridors.hierarchy.neighbours import Floats, Ints, check_arcs, compiled, list_neighbours
from corridors.messages import Message

Method = Literal["auto", "metis", "inertial", "geometric"]
METHODS: tuple[str, ...] = get_args(Method)

PACKAGE_OF = {"metis": "pymetis", "inertial": "routingkit_cch"}
WORTH_A_ROUND = 0.1
"""Chains are removed again while a round removes at least this share of the nodes: all rounds
together then cost no more than ten."""
LEAF_NODES = 8
"""Parts of this many nodes are not divided further."""


def order_nodes(
    tail: npt.ArrayLike,
    head: npt.ArrayLike,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    method: Method = "auto",
) -> Ints:
    """The nodes in the order of contraction: `order[rank]` is a node, the most important one last.

    Parameters
    ----------
    tail, head
        The nodes that each arc joins, numbered from 0. Directions, parallel arcs and self-loops do
        not matter.
    lon, lat
        The coordinates of each node, in degrees. METIS does not use them.
    method
        "metis" (nested dissection by the package pymetis), "inertial" (inertial flow by the package
        routingkit-cch, slower, and often a little better), "geometric" (straight cuts, needs no
        package, and makes the hierarchy about twice as large), or "auto": metis where it is
        installed, else geometric.

    Raises
    ------
    InputError
        `bad-arcs` where arrays do not fit together (Fix: one tail and head an arc, one lon and lat
        a node).
    UsageError
        The method is unknown, or its package is not installed (Fix: install it, or use "auto").

    Examples
    --------
    Of five bends in a row, every other is contracted first:

    >>> order_nodes([0, 1, 2, 3], [1, 2, 3, 4], lon=[0, 1, 2, 3, 4], lat=[0, 0, 0, 0, 0]).tolist()
    [4, 2, 0, 3, 1]
    """
    lon = np.ascontiguousarray(lon, dtype=np.float64)
    lat = np.ascontiguousarray(lat, dtype=np.float64)
    if lon.shape != lat.shape or lon.ndim != 1 or not np.isfinite([lon, lat]).all():
        message, hint = (
            Message("problem.places_do_not_fit"),
            Message("hint.give_one_place_per_node"),
        )
        raise InputError(Problem("bad-arcs", message, hint))
    tail, head = check_arcs(tail, head, len(lon))
    method = _choose(method)
    first, neighbour = list_neighbours(tail, head, len(lon))
    nodes, parts = np.arange(len(lon), dtype=np.int32), []
    while len(nodes):
        removed, first, neighbour, kept = remove_chains(first, neighbour)
        parts.append(nodes[removed])
        nodes = nodes[kept]
        if len(removed) < WORTH_A_ROUND * (len(nodes) + len(removed)):
            break
    core = _order_core(first, neighbour, lon[nodes], lat[nodes], method)
    return np.concatenate([*parts, nodes[core]]).astype(np.int32)


def _choose(method: Method) -> Method:
    if method not in METHODS:
        raise UsageError(Message("usage.unknown_order_method", method=method, names=METHODS))
    if method == "auto":
        return "metis" if importlib.util.find_spec("pymetis") else "geometric"
    if method in PACKAGE_OF and not importlib.util.find_spec(PACKAGE_OF[method]):
        package = PACKAGE_OF[method].replace("_", "-")
        raise UsageError(Message("usage.order_needs_package", method=method, package=package))
    return method


def _order_core(first: Ints, neighbour: Ints, lon: Floats, lat: Floats, method: Method) -> Ints:
    if len(lon) <= LEAF_NODES:
        return np.arange(len(lon), dtype=np.int32)
    if method == "metis":
        import pymetis  # noqa: PLC0415 - optional

        order: Any = pymetis.nested_dissection(pymetis.CSRAdjacency(first, neighbour))[0]
    elif method == "inertial":
        import routingkit_cch  # noqa: PLC0415 - optional

        tails = np.repeat(np.arange(len(lon)), np.diff(first)).tolist()
        order = routingkit_cch.compute_order_inertial(
            len(lon), tails, neighbour.tolist(), lat.tolist(), lon.tolist()
        )
    else:
        east = (lon - lon.mean()) * np.cos(np.radians(lat.mean()))
        order = cut_map(first, neighbour, east, lat - lat.mean())
    return np.array(order, dtype=np.int32)


@compiled
def remove_chains(first: Ints, neighbour: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The nodes with at most two neighbours, in order, and the network without them.

    Returns (removed, first, neighbour, kept): the nodes removed, lowest rank first; the neighbours
    of the nodes kept, which are renumbered; and the old numbers of the nodes kept.
    """
    count = len(first) - 1
    chains = list_chains(first, neighbour)
    removed = order_chains(chains)
    kept, number = np.empty(count - len(removed), np.int32), np.full(count, -1, np.int32)
    kept_count, left_count = 0, 0
    for node in range(count):
        if first[node + 1] - first[node] > 2:
            kept[kept_count], number[node] = node, kept_count
            kept_count += 1
    size = len(chains.ring) + len(neighbour)
    tail, head = np.empty(size, np.int32), np.empty(size, np.int32)
    for chain in range(len(chains.ring)):
        before, after = chains.outer[chain, 0], chains.outer[chain, 1]
        if before >= 0 and after >= 0:
            tail[left_count], head[left_count] = number[before], number[after]
            left_count += 1
    for junction in kept:
        for at in range(first[junction], first[junction + 1]):
            if number[neighbour[at]] >= 0:
                tail[left_count], head[left_count] = number[junction], number[neighbour[at]]
                left_count += 1
    core_first, core_neighbour = list_neighbours(tail[:left_count], head[:left_count], kept_count)
    return removed, core_first, core_neighbour, kept


@compiled
def order_chains(chains: Chains) -> Ints:
    """The nodes of all chains: every other node first, then every other of the rest, and so on."""
    order, size = np.empty(len(chains.node), np.int32), 0
    for chain in range(len(chains.ring)):
        nodes = chains.node[chains.first[chain] : chains.first[chain + 1]]
        inner = nodes[1:] if chains.ring[chain] else nodes
        step = 1
        while step <= len(inner):
            for at in range(step, len(inner) + 1, 2 * step):
                order[size] = inner[at - 1]
                size += 1
            step *= 2
        if chains.ring[chain]:  # one node holds a ring together: it comes last
            order[size] = nodes[0]
            size += 1
    return order


@compiled
def cut_map(first: Ints, neighbour: Ints, east: Floats, north: Floats) -> Ints:
    """Nested dissection by straight cuts: the best of the halvings in four directions.

    The separator consists of the nodes of one half that have a neighbour in the other. It comes
    after both halves, where it has its rank. The best halving has the fewest separator nodes.
    """
    count = len(east)
    order = np.arange(count).astype(np.int32)
    part, moved = np.empty(count, np.int32), np.empty(count, np.int32)
    side, stamp = np.full(count, -1, np.int64), 0
    ranges = [(0, count)]
    while len(ranges) > 0:
        begin, end = ranges.pop()
        if end - begin <= LEAF_NODES:
            continue
        nodes = order[begin:end]
        fewest, best_direction, best_flank = end - begin + 1, 0, 0
        for direction in range(4):
            stamp += 2
            halve(nodes, direction, east, north, side, stamp)
            for flank in range(2):
                facing = separate(nodes, flank, first, neighbour, side, stamp, part)
                if facing < fewest:
                    fewest, best_direction, best_flank = facing, direction, flank
        stamp += 2
        halve(nodes, best_direction, east, north, side, stamp)
        separate(nodes, best_flank, first, neighbour, side, stamp, part)
        sizes, place = np.zeros(3, np.int64), 0
        for which in range(3):
            for at in range(len(nodes)):
                if part[at] == which:
                    moved[place] = nodes[at]
                    place += 1
                    sizes[which] += 1
        nodes[:] = moved[: len(nodes)]
        ranges.append((begin, begin + sizes[0]))
        ranges.append((begin + sizes[0], begin + sizes[0] + sizes[1]))
    return order


@compiled
def halve(
    nodes: Ints,
    direction: int,
    east: Floats,
    north: Floats,
    side: npt.NDArray[np.int64],
    stamp: int,
) -> None:
    """Set the side of each node to `stamp` or `stamp + 1`, by halves along one of four directions.

    Halves are equal also where coordinates coincide.
    """
    along = np.empty(len(nodes), np.float64)
    for at in range(len(nodes)):
        node = nodes[at]
        if direction == 0:
            along[at] = east[node]
        elif direction == 1:
            along[at] = north[node]
        elif direction == 2:
            along[at] = east[node] + north[node]
        else:
            along[at] = east[node] - north[node]
    sorted_along = np.argsort(along, kind="mergesort")
    for at in range(len(nodes)):
        side[nodes[sorted_along[at]]] = stamp + (2 * at >= len(nodes))


@compiled
def separate(
    nodes: Ints,
    flank: int,
    first: Ints,
    neighbour: Ints,
    side: npt.NDArray[np.int64],
    stamp: int,
    part: Ints,
) -> int:
    """Set the part of each node to its half, or to 2 in the separator; the separator's size.

    The separator are the nodes of half `flank` with a neighbour in the other half.
    """
    facing = 0
    for at in range(len(nodes)):
        part[at] = side[nodes[at]] - stamp
        if part[at] == flank:
            for place in range(first[nodes[at]], first[nodes[at] + 1]):
                if side[neighbour[place]] == stamp + 1 - flank:
                    part[at] = 2
                    facing += 1
                    break
    return facing
