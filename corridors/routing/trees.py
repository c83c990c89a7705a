"""The cheapest paths from one node to all others, or from all others to it, as links.

The rule of ties: where several links lead on at the same total cost, the path takes the one whose
arc there has the lowest number, that is the first in the order of segment ids. Every arc of a
segment costs at least a tick, so no path has a loop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.kernels import kernel
from corridors.network.links import CLOSED, PricedLinks
from corridors.routing.engines import Engine
from corridors.tables import Ints


@dataclass(frozen=True, eq=False, slots=True)
class Tree:
    """The cheapest paths between the end `root` and every end of links, at the costs of `priced`.

    `distance` is in ticks, `CLOSED` where there is no path. The link by which a path enters or
    leaves an end follows from the distances, and is found when it is needed.
    """

    priced: PricedLinks
    root: int
    towards: bool
    distance: Ints

    def path(self, end: int) -> Ints:
        """The links, in driving order, between the root and an end that it reaches."""
        links = self.priced.links
        if self.towards:
            lists = (links.leaving, np.arange(len(links.tail)), links.head)
        else:
            lists = (links.entering_first, links.entering, links.tail)
        path: Ints = _climb(*lists, self.priced.ticks, self.distance, self.root, end)
        return path if self.towards else path[::-1]


def grow_tree(priced: PricedLinks, engine: Engine, node: int, *, towards: bool = False) -> Tree:
    """The tree from a node, or towards it, at the costs that the engine was started with.

    Raises
    ------
    ValueError
        No link ends at the node.
    """
    root = priced.links.find_end(node)
    return Tree(priced, root, towards, engine.ends_to(node) if towards else engine.ends_from(node))


@kernel
def _climb(
    first: Ints, links_at: Ints, other_end: Ints, ticks: Ints, distance: Ints, root: int, end: int
) -> Ints:
    """The links from an end up to the root of its tree.

    At each end it takes the first link that costs the difference of the distances of its two ends.
    """
    found, count, at = np.empty(256, np.int64), 0, np.int64(end)
    while at != root and distance[end] < CLOSED:
        for place in range(first[at], first[at + 1]):
            link = links_at[place]
            nearer = distance[other_end[link]]
            if ticks[link] < CLOSED and nearer < CLOSED and nearer + ticks[link] == distance[at]:
                if count == len(found):
                    found = np.concatenate((found, np.empty(count, np.int64)))
                found[count] = link
                count += 1
                at = np.int64(other_end[link])
                break
    return found[:count].copy()
