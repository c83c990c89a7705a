"""Chains: consecutive nodes with two neighbours, such as the bends of a road between junctions.

Nine of ten nodes are bends where a map is not simplified. Along a chain there is only one path,
whatever the arcs weigh. So the nodes of chains need no elaborate order (`order` ranks them lowest),
and their arcs can be listed in driving order without unpacking any shortcut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridors.hierarchy.contraction import InputArcs, UpwardGraph
from corridors.hierarchy.neighbours import Ints, Unsigned, compiled

FORWARD, BACKWARD = 0, 1
"""The two rows of `ChainSteps.steps`: along the chain as it is listed, and against it."""


class Chains(NamedTuple):
    """The chains of a network.

    `node[first[chain] : first[chain + 1]]` are the nodes of a chain from one end to the other, and
    `outer[chain]` the junctions before and after them, -1 where there is none. A `ring` has no
    ends; its list begins anywhere.
    """

    first: Ints
    node: Ints
    outer: Ints
    ring: npt.NDArray[np.bool_]


class ChainSteps(NamedTuple):
    """The input arcs along chains, and the part of a chain that each arc of the hierarchy covers.

    The places of a chain are its low end, its nodes and its high end; all are numbered along the
    chain. `steps[FORWARD, place]` is the input arc to the next place and `steps[BACKWARD, place]`
    the one back from there: -1 where there is none, and `-2 - slot` where there are several.
    `span[arc]` are the places of the lower and the higher end of an arc, -1 where it covers more
    than a chain.
    """

    steps: Ints
    span: Ints


@dataclass(frozen=True, eq=False)
class Contraction:
    """The contracted topology of a network; nothing in it depends on weights.

    Input arcs run from `tail` to `head`. `order[rank]` is a node, and `rank[node]` its rank: the
    given order, rearranged so that each subtree of the elimination tree is contiguous. `graph` is
    the hierarchy by rank, `arcs` the input arcs that it stands for, `chains` its chains, and
    `work[rank]` the work of customizing all nodes below a rank. Arrays must not be changed.
    """

    tail: Ints
    head: Ints
    order: Ints
    rank: Unsigned
    graph: UpwardGraph
    arcs: InputArcs
    chains: ChainSteps
    work: npt.NDArray[np.int64]

    @property
    def node_count(self) -> int:
        """The number of nodes of the network."""
        return len(self.order)


@compiled
def list_chains(first: Ints, neighbour: Ints) -> Chains:
    """The chains of nodes with at most two neighbours."""
    count = len(first) - 1
    chain_first, chain_node = np.empty(count + 1, np.int32), np.empty(count, np.int32)
    outer, ring = np.empty((count, 2), np.int32), np.zeros(count, np.bool_)
    done, listed, chains = np.zeros(count, np.bool_), 0, 0
    for node in range(count):
        done[node] = first[node + 1] - first[node] > 2
    junction = done.copy()
    for start in range(count):
        if done[start]:
            continue
        node, ring[chains] = find_chain_end(first, neighbour, junction, start)
        chain_first[chains], outer[chains, 0], outer[chains, 1] = listed, -1, -1
        following = node
        while following >= 0:  # from this end to the other
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
    return Chains(
        chain_first[: chains + 1].copy(),
        chain_node[:listed].copy(),
        outer[:chains].copy(),
        ring[:chains].copy(),
    )


@compiled
def find_chain_end(
    first: Ints, neighbour: Ints, junction: npt.NDArray[np.bool_], start: int
) -> tuple[int, bool]:
    """An end of the chain of a node, and whether the chain is a ring."""
    previous, node, following = -1, start, start
    while following >= 0:
        following = -1
        for at in range(first[node], first[node + 1]):
            if not junction[neighbour[at]] and neighbour[at] != previous:
                following = neighbour[at]
        if following == start:
            return node, True
        if following >= 0:
            previous, node = node, following
    return node, False


@compiled
def lay_out_chains(
    chains: Chains, rank: Unsigned, graph: UpwardGraph, arcs: InputArcs
) -> ChainSteps:
    """The steps of all chains along which there is only one path."""
    nodes, ends = graph.nodes, graph.ends
    span = np.full((len(ends), 2), -1, np.int32)
    steps = np.full((2, len(chains.node) + 2 * len(chains.ring)), -1, np.int32)
    place_of = np.full(len(rank), -1, np.int32)
    for chain in range(len(chains.ring)):
        if not has_one_path(chains, chain, rank):
            continue
        first, stop = chains.first[chain], chains.first[chain + 1]
        low = chains.outer[chain, 0]
        # The place of the low end; those of the nodes of the chain follow, then the high end.
        begin = first + 2 * chain
        for at in range(first, stop):
            place_of[rank[chains.node[at]]] = begin + 1 + at - first
        for at in range(first, stop):
            node = rank[chains.node[at]]
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
                        driven = arcs.first_arc[slot]
                        if driven >= 0 and arcs.next_arc[driven] >= 0:
                            driven = -2 - slot
                        along = (to > place) == (direction == 0)
                        steps[FORWARD if along else BACKWARD, min(place, to)] = driven
    return ChainSteps(steps, span)


@compiled
def has_one_path(chains: Chains, chain: int, rank: Unsigned) -> bool:
    """Whether a chain is no ring, does not return to its first junction, and is below its ends."""
    low, high = chains.outer[chain, 0], chains.outer[chain, 1]
    if chains.ring[chain] or (low >= 0 and low == high):
        return False
    highest = 0
    for at in range(chains.first[chain], chains.first[chain + 1]):
        highest = max(highest, rank[chains.node[at]])
    return (low < 0 or rank[low] > highest) and (high < 0 or rank[high] > highest)
