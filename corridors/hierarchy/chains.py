"""Chains: nodes with two neighbours in a row, as the bends of a road between two junctions.

Nine nodes of ten are bends where a map is not simplified. There is one way only along a chain,
whatever arcs weigh: so its nodes need no clever order (`order` ranks them lowest), and its arcs can
be read off in driving order without unpacking any shortcut.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from corridors.hierarchy.neighbours import Ints, Unsigned

FORWARD, BACKWARD = 0, 1
"""The two rows of `steps`: along the chain as it is listed, and against it."""


@numba.njit(cache=True, nogil=True)
def list_chains(first: Ints, neighbour: Ints) -> tuple[Ints, Ints, Ints, npt.NDArray[np.bool_]]:
    """The chains of nodes with at most two neighbours: (chain_first, chain_node, outer, ring).

    `chain_node[chain_first[chain] : chain_first[chain + 1]]` are the nodes of a chain from one end
    to the other, and `outer[chain]` the junctions before and after them, -1 where there is none. A
    ring has no ends; it begins anywhere.
    """
    count = len(first) - 1
    chain_first, chain_node, outer = (
        np.empty(count + 1, np.int32),
        np.empty(count, np.int32),
        np.empty((count, 2), np.int32),
    )
    ring, done, listed, chains = np.zeros(count, np.bool_), np.zeros(count, np.bool_), 0, 0
    for node in range(count):
        done[node] = first[node + 1] - first[node] > 2
    junction = done.copy()
    for start in range(count):
        if done[start]:
            continue
        previous, node, following = -1, start, start
        while following >= 0:  # to one end, or round a ring
            following = -1
            for at in range(first[node], first[node + 1]):
                if not junction[neighbour[at]] and neighbour[at] != previous:
                    following = neighbour[at]
            if following == start:
                ring[chains] = True
                break
            if following >= 0:
                previous, node = node, following
        chain_first[chains], outer[chains, 0], outer[chains, 1] = listed, -1, -1
        following = node
        while following >= 0:  # and from there to the other
            node, following = following, -1
            chain_node[listed], done[node] = node, True
            for at in range(first[node], first[node + 1]):
                if not junction[neighbour[at]]:
                    if not done[neighbour[at]]:
                        following = neighbour[at]
                elif listed == chain_first[chains] and outer[chains, 0] < 0:
                    outer[chains, 0] = neighbour[at]
                else:
                    outer[chains, 1] = neighbour[at]
            listed += 1
        chains += 1
    chain_first[chains] = listed
    return (
        chain_first[: chains + 1].copy(),
        chain_node[:listed].copy(),
        outer[:chains].copy(),
        ring[:chains].copy(),
    )


@numba.njit(cache=True, nogil=True)
def lay_out_chains(
    chains: tuple[Ints, Ints, Ints, npt.NDArray[np.bool_]],
    rank: Unsigned,
    nodes: Unsigned,
    ends: Unsigned,
    first_arc: Ints,
    next_arc: Ints,
) -> tuple[Ints, Ints]:
    """The input arcs along chains, and which of them each arc of the hierarchy goes over: (steps,
    span).

    A place is an end of a chain, or a node of it: they are numbered along the chain.
    `steps[FORWARD, place]` is the input arc to the next place and `steps[BACKWARD, place]` the one
    back from there; -1 where there is none, and `-2 - slot` where there are several. `span[arc]`
    are the places of the lower and the higher end of an arc, -1 where it goes over more than a
    chain.

    Only where the way is the only one: the chain is no ring, does not come back to the junction it
    left, and lies below its ends.
    """
    chain_first, chain_node, outer, ring = chains
    span = np.full((len(ends), 2), -1, np.int32)
    steps = np.full((2, len(chain_node) + 2 * len(ring)), -1, np.int32)
    place_of = np.full(len(rank), -1, np.int32)
    for chain in range(len(ring)):
        first, stop = chain_first[chain], chain_first[chain + 1]
        low, high = outer[chain, 0], outer[chain, 1]
        highest = 0
        for at in range(first, stop):
            highest = max(highest, rank[chain_node[at]])
        below = (low < 0 or rank[low] > highest) and (high < 0 or rank[high] > highest)
        if ring[chain] or not below or (low >= 0 and low == high):
            continue
        begin = (
            first + 2 * chain
        )  # the place of the low end; the nodes of the chain follow, and the high end
        for at in range(first, stop):
            place_of[rank[chain_node[at]]] = begin + 1 + at - first
        for at in range(first, stop):
            node = rank[chain_node[at]]
            place = place_of[node]
            for arc in range(nodes[node, 0], nodes[node + 1, 0]):
                head = ends[arc, 1]
                to = place_of[head]
                if to < 0:
                    to = begin if low >= 0 and head == rank[low] else begin + 1 + stop - first
                span[arc, 0], span[arc, 1] = place, to
                if abs(to - place) == 1:
                    for direction in range(2):
                        slot = 2 * arc + direction
                        driven = first_arc[slot]
                        if driven >= 0 and next_arc[driven] >= 0:
                            driven = -2 - slot
                        along = (to > place) == (direction == 0)
                        steps[FORWARD if along else BACKWARD, min(place, to)] = driven
    return steps, span
