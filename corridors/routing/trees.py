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
    """The cheapest ways between `root` and every node.

    `distance` is in ticks, `CLOSED` where there is no way. `via` is the arc on which the way enters each node or, in a tree
    towards the root, leaves it; -1 at the root and where there is no way.
    """

    root: int
    towards: bool
    distance: Ints
    via: Ints

    def way(self, topology: Topology, node: int) -> Ints:
        """The arcs, in driving order, between the root and a node that it reaches."""
        arcs = _climb(topology.head if self.towards else topology.tail, self.via, node)
        return arcs if self.towards else arcs[::-1]


def grow_tree(topology: Topology, ticks: Ints, engine: Engine, root: int, *, towards: bool = False) -> Tree:
    """The tree from a node, or towards it, at the prices that the engine was started with."""
    if towards:
        distance = engine.distances_to(root)
        return Tree(root, towards, distance, _first_tight(topology.head, topology.tail, ticks, distance))
    distance = engine.distances_from(root)
    return Tree(root, towards, distance, _first_tight(topology.tail, topology.head, ticks, distance))


@loop
def _first_tight(near: Ints, far: Ints, ticks: Ints, distance: Ints) -> Ints:
    """For each node the first arc that ends there and costs just what lies between its ends."""
    via = np.full(len(distance), -1, np.int64)
    for arc in range(len(near)):
        end = far[arc]
        if via[end] < 0 and ticks[arc] < CLOSED and distance[near[arc]] < CLOSED and distance[near[arc]] + ticks[arc] == distance[end]:
            via[end] = arc
    return via


@loop
def _climb(other_end: Ints, via: Ints, node: int) -> Ints:
    """The arcs from a node up to the root of its tree."""
    count, at = 0, node
    while via[at] >= 0:
        count += 1
        at = other_end[via[at]]
    arcs = np.empty(count, np.int64)
    at = node
    for step in range(count):
        arcs[step] = via[at]
        at = other_end[via[at]]
    return arcs
