"""The cheapest ways from one node to all others, or from all others to it.

The rule of ties: where several arcs lead on at the same total price, the way takes the one with the lowest number, that is
the first in the order of segment ids. Every arc of a segment costs at least a tick, so no way ever turns in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.loops import loop
from corridors.network import CLOSED, Topology
from corridors.routing.engines import Engine
from corridors.tables import Ints


@dataclass(frozen=True, eq=False, slots=True)
class Tree:
    """The cheapest ways between `root` and every node, at the prices `ticks` of the arcs.

    `distance` is in ticks, `CLOSED` where there is no way. On which arc a way enters or leaves a node follows from it, and is
    found where somebody asks.
    """

    root: int
    towards: bool
    ticks: Ints
    distance: Ints

    def way(self, topology: Topology, node: int) -> Ints:
        """The arcs, in driving order, between the root and a node that it reaches."""
        if self.towards:
            return _climb(*topology.leaving, topology.head, self.ticks, self.distance, self.root, node)
        return _climb(*topology.entering, topology.tail, self.ticks, self.distance, self.root, node)[::-1]


def grow_tree(ticks: Ints, engine: Engine, root: int, *, towards: bool = False) -> Tree:
    """The tree from a node, or towards it, at the prices that the engine was started with."""
    return Tree(root, towards, ticks, engine.distances_to(root) if towards else engine.distances_from(root))


@loop
def _climb(first: Ints, arcs_at: Ints, other_end: Ints, ticks: Ints, distance: Ints, root: int, node: int) -> Ints:
    """The arcs from a node up to the root of its tree: at each node the first that costs just what lies between its ends."""
    found, count, at = np.empty(256, np.int64), 0, node
    while at != root and distance[node] < CLOSED:
        for arc in arcs_at[first[at] : first[at + 1]]:
            nearer = distance[other_end[arc]]
            if ticks[arc] < CLOSED and nearer < CLOSED and nearer + ticks[arc] == distance[at]:
                if count == len(found):
                    found = np.concatenate((found, np.empty(count, np.int64)))
                found[count] = arc
                count += 1
                at = other_end[arc]
                break
    return found[:count].copy()
