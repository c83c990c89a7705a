"""The cheapest ways from one place to all others, or from all others to it, link by link.

The rule of ties: where several links lead on at the same total price, the way takes the one whose
arc there has the lowest number, that is the first in the order of segment ids. Every arc of a
segment costs at least a tick, so no way ever turns in a circle.
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
    """The cheapest ways between the end `root` and every end of links, at the prices that these
    have.

    `distance` is in ticks, `CLOSED` where there is no way. On which link a way enters or leaves an
    end follows from it, and is found where somebody asks.
    """

    priced: PricedLinks
    root: int
    towards: bool
    distance: Ints

    def path(self, end: int) -> Ints:
        """The links, in driving order, between the root and an end that it reaches."""
        of, links = self.priced, self.priced.links
        if self.towards:
            return _climb(
                links.leaving,
                np.arange(len(links.tail)),
                links.head,
                of.ticks,
                self.distance,
                self.root,
                end,
            )
        return _climb(
            links.entering_first,
            links.entering,
            links.tail,
            of.ticks,
            self.distance,
            self.root,
            end,
        )[::-1]


def grow_tree(priced: PricedLinks, engine: Engine, node: int, *, towards: bool = False) -> Tree:
    """The tree from a node, or towards it, at the prices that the engine was started with.

    Raises
    ------
    ValueError
        No link ends at the node.
    """
    return Tree(
        priced,
        priced.links.find_end(node),
        towards,
        engine.ends_to(node) if towards else engine.ends_from(node),
    )


@kernel
def _climb(
    first: Ints, links_at: Ints, other_end: Ints, ticks: Ints, distance: Ints, root: int, end: int
) -> Ints:
    """The links from an end up to the root of its tree: at each the first that costs just what lies
    between its two.
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
