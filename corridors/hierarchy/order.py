"""The order in which nodes are contracted: chains first, then the junctions, with separators last.

A good order cuts the network in halves by few nodes, ranks those few highest, and goes on within
each half (nested dissection). Most nodes of a road network are bends: they have two neighbours and
cannot separate anything. Those are ranked lowest, every other node of a chain at a time, so that a
chain of a thousand bends is a thousand nodes but only ten levels. What is left, the core, is
ordered by METIS where it is installed, or by cutting the map where a straight line meets the fewest
roads.

Order matters for speed only: distances are the same with every order.
"""

from __future__ import annotations

import importlib.util
from typing import Literal, get_args

import numba
import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem, UsageError
from corridors.hierarchy.chains import list_chains
from corridors.hierarchy.neighbours import Floats, Ints, check_arcs, list_neighbours
from corridors.messages import Message

Method = Literal["auto", "metis", "inertial", "geometric"]
METHODS: tuple[str, ...] = get_args(Method)

PACKAGE_OF = {"metis": "pymetis", "inertial": "routingkit_cch"}
WORTH_A_ROUND = 0.1
"""Chains are taken off again as long as a round takes this share of the nodes: so all rounds
together cost no more than ten."""
LEAF_NODES = 8
"""Pieces of this many nodes are not cut any further."""


def order_nodes(
    tail: npt.ArrayLike,
    head: npt.ArrayLike,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    method: Method = "auto",
) -> Ints:
    """The nodes in the order in which they are contracted: `order[rank]` is a node, the most
    important one last.

    Parameters
    ----------
    tail, head
        The nodes that each arc joins, numbered from 0. Directions, parallel arcs and self-loops do
        not matter.
    lon, lat
        Where each node lies, in degrees; as many as there are nodes. METIS does not look at them.
    method
        "metis" (nested dissection by the package pymetis), "inertial" (inertial flow by the package
        routingkit-cch, slower, and often a little better), "geometric" (straight cuts, needs no
        package, and makes the hierarchy about twice as large), or "auto": metis where it is
        installed, else geometric.

    Raises
    ------
    InputError
        `bad-arcs` where arrays do not fit together (fix: one tail and head an arc, one lon and lat
        a node).
    UsageError
        The method is unknown, or its package is not installed (fix: install it, or say "auto").

    Of five bends in a row every other is contracted first:

    >>> order_nodes([0, 1, 2, 3], [1, 2, 3, 4], lon=[0, 1, 2, 3, 4], lat=[0, 0, 0, 0, 0]).tolist()
    [4, 2, 0, 3, 1]
    """
    lon, lat = (
        np.ascontiguousarray(lon, dtype=np.float64),
        np.ascontiguousarray(lat, dtype=np.float64),
    )
    if (
        lon.shape != lat.shape
        or lon.ndim != 1
        or not (np.isfinite(lon).all() and np.isfinite(lat).all())
    ):
        message, hint = (
            Message("problem.places_do_not_fit"),
            Message("hint.give_one_place_per_node"),
        )
        raise InputError(Problem("bad-arcs", message, hint))
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
    return np.concatenate(
        [*chained, nodes[_order_core(first, neighbour, lon[nodes], lat[nodes], method)]]
    ).astype(np.int32)


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

        return np.array(
            pymetis.nested_dissection(pymetis.CSRAdjacency(first, neighbour))[0], dtype=np.int32
        )
    if method == "inertial":
        import routingkit_cch  # noqa: PLC0415 - optional

        tails = np.repeat(np.arange(len(lon)), np.diff(first)).tolist()
        order = routingkit_cch.compute_order_inertial(
            len(lon), tails, neighbour.tolist(), lat.tolist(), lon.tolist()
        )
        return np.array(order, dtype=np.int32)
    east = (lon - lon.mean()) * np.cos(np.radians(lat.mean()))
    return cut_map(first, neighbour, east, lat - lat.mean())


@numba.njit(cache=True, nogil=True)
def take_chains_off(first: Ints, neighbour: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The nodes with at most two neighbours, in order, and the network that is left when they are
    contracted.

    Returns (taken, first, neighbour, kept): the nodes taken, lowest rank first; the neighbours of
    the nodes kept, in a numbering of their own; and their numbers before.
    """
    count = len(first) - 1
    chain_first, chain_node, outer, ring = list_chains(first, neighbour)
    taken, taken_count = np.empty(len(chain_node), np.int32), 0
    for chain in range(len(ring)):
        nodes = chain_node[chain_first[chain] : chain_first[chain + 1]]
        inner = nodes[1:] if ring[chain] else nodes
        step = 1
        while step <= len(
            inner
        ):  # every other node, then every other of those that are left, and so on
            for at in range(step, len(inner) + 1, 2 * step):
                taken[taken_count] = inner[at - 1]
                taken_count += 1
            step *= 2
        if ring[chain]:  # one node holds it together: it comes last
            taken[taken_count] = nodes[0]
            taken_count += 1
    kept, number = np.empty(count - taken_count, np.int32), np.full(count, -1, np.int32)
    kept_count, left_count = 0, 0
    for node in range(count):
        if first[node + 1] - first[node] > 2:
            kept[kept_count], number[node] = node, kept_count
            kept_count += 1
    tail, head = (
        np.empty(len(ring) + len(neighbour), np.int32),
        np.empty(len(ring) + len(neighbour), np.int32),
    )
    for chain in range(len(ring)):
        if outer[chain, 0] >= 0 and outer[chain, 1] >= 0:
            tail[left_count], head[left_count] = number[outer[chain, 0]], number[outer[chain, 1]]
            left_count += 1
    for junction in kept:
        for at in range(first[junction], first[junction + 1]):
            if number[neighbour[at]] >= 0:
                tail[left_count], head[left_count] = number[junction], number[neighbour[at]]
                left_count += 1
    core_first, core_neighbour = list_neighbours(tail[:left_count], head[:left_count], kept_count)
    return taken, core_first, core_neighbour, kept


@numba.njit(cache=True, nogil=True)
def cut_map(first: Ints, neighbour: Ints, east: Floats, north: Floats) -> Ints:
    """Nested dissection by straight cuts: of the halvings in four directions the one that separates
    by the fewest nodes.

    The separator are the nodes of one half that have a neighbour in the other. It stays behind both
    halves, where it has its rank.
    """
    count = len(east)
    order, part, moved = (
        np.arange(count).astype(np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
    )
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
            stamp += 2
            sorted_along = np.argsort(
                along[begin:end], kind="mergesort"
            )  # places that coincide are halved, too
            for at in range(end - begin):
                side[order[begin + sorted_along[at]]] = stamp + (2 * at >= end - begin)
            for flank in range(2):
                if attempt == 4:
                    flank = best_flank  # noqa: PLW2901
                facing = 0
                for at in range(begin, end):
                    part[at] = side[order[at]] - stamp
                    if part[at] == flank:
                        for place in range(first[order[at]], first[order[at] + 1]):
                            if side[neighbour[place]] == stamp + 1 - flank:
                                part[at] = 2
                                facing += 1
                                break
                if facing < fewest:
                    fewest, best_direction, best_flank = facing, direction, flank
        sizes, place = np.zeros(3, np.int64), begin
        for which in range(3):
            for at in range(begin, end):
                if part[at] == which:
                    moved[place] = order[at]
                    place += 1
                    sizes[which] += 1
        order[begin:end] = moved[begin:end]
        pieces.append((begin, begin + sizes[0]))
        pieces.append((begin + sizes[0], begin + sizes[0] + sizes[1]))
    return order
