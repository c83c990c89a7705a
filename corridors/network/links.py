"""Roads between junctions: what leaves no choice to whoever drives it is one link.

Most nodes of a road network only carry a road on: bends, places where a tag changes, driveways. A
search that need not stop there looks at a fifth of the nodes, or at a thirtieth where a map has a
node at every bend. Dead ends are left out, for a way that meets no node twice enters none; unless
it begins or ends there: so where ways begin and end is said beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corridors.kernels import kernel
from corridors.messages import Message
from corridors.tables import Floats, Ints

CLOSED = 2**31 - 1
"""What an arc that may not be driven costs, in ticks, and how far away what cannot be reached is.
"""
DEAD_END, CARRIES_ON, END = 0, 1, 2
"""What a node is: left out, inside a link, or where links end."""


@dataclass(frozen=True, eq=False, slots=True)
class Links:
    """Where links lead. Nodes at which links end are *ends*, numbered in the order of the nodes.

    `node` is the node of each end. For each link, `tail` and `head` are ends, `opposite` is the
    link that drives the same roads the other way (-1 where none does), `length_m` its length, and
    `arcs[first[i] : first[i + 1]]` are the arcs of link i in driving order. Links that leave end i
    are those from `leaving[i]` to `leaving[i + 1]`, in the order of their first arcs; those that
    enter it `entering[entering_first[i] : entering_first[i + 1]]`, in the order of their last arcs.
    """

    node: Ints
    tail: Ints
    head: Ints
    opposite: Ints
    length_m: Floats
    first: Ints
    arcs: Ints
    leaving: Ints
    entering_first: Ints
    entering: Ints

    def find_end(self, node: int) -> int:
        """The end at a node.

        Raises
        ------
        ValueError
            No link ends there: it is neither a junction nor one of the nodes that were to be kept.
        """
        end = int(np.searchsorted(self.node, node))
        if end == len(self.node) or self.node[end] != node:
            raise ValueError(Message("usage.no_link_at_node", node=int(node)))
        return end

    def find_links(self, arcs: Ints) -> Ints:
        """The links that hold arcs, in the order of the arcs, each once where it is driven whole.

        Arcs in dead ends are in none.
        """
        owner = np.full(max(self.arcs.max(initial=-1), arcs.max(initial=-1)) + 1, -1)
        owner[self.arcs] = np.repeat(np.arange(len(self.tail)), np.diff(self.first))
        found = owner[arcs]
        found = found[found >= 0]
        return found[np.r_[True, np.diff(found) != 0]] if len(found) else found

    def expand(self, links: Ints) -> Ints:
        """The arcs of links, one after the other."""
        return _expand(links, self.first, self.arcs)


@dataclass(frozen=True, eq=False, slots=True)
class PricedLinks:
    """Links, and what each costs now: `ticks`, `CLOSED` where an arc of it may not be driven.

    `reached` says what is driven from the tail of a link to the head of each of its arcs (as
    `Links.arcs`), and `entering_from` and `entering_ticks` tell of the links that enter an end, in
    their order there. `dearest_leaving` and `dearest_entering` say for each end what the dearest
    open link costs that leaves or enters it.
    """

    links: Links
    ticks: Ints
    reached: Ints
    entering_from: Ints
    entering_ticks: Ints
    dearest_leaving: Ints
    dearest_entering: Ints


def build_links(
    leaving: tuple[Ints, Ints],
    entering: tuple[Ints, Ints],
    tail: Ints,
    head: Ints,
    edge_id: Ints,
    length_m: Floats,
    kept: Ints,
) -> Links:
    """The links of a network.

    A node carries on, and is no end, where just two others are next to it and one road leads to
    either, both in both directions or both in the same one. A way that meets no node twice, and
    begins and ends at ends, drives whole links only; links that come back to the end they left are
    left out.

    Parameters
    ----------
    leaving, entering
        The arcs that leave and that enter each node, as `Topology` has them.
    tail, head, length_m
        The nodes of each arc, and its length in metres.
    piece
        The same number for the two arcs that drive one road, -1 for arcs that are no road.
    kept
        Nodes that are to be ends, whatever is next to them.

    Examples
    --------
    >>> tail, head, piece = (
    ...     np.array([0, 1, 1, 2, 2, 3]),
    ...     np.array([1, 0, 2, 1, 3, 2]),
    ...     np.array([0, 0, 1, 1, 2, 2]),
    ... )
    >>> leaving, entering = (
    ...     (np.array([0, 1, 3, 5, 6]), np.argsort(ends, kind="stable")) for ends in (tail, head)
    ... )
    >>> street = build_links(
    ...     leaving, entering, tail, head, piece, np.ones(6), kept=np.array([0, 2])
    ... )
    >>> (
    ...     street.node.tolist(),
    ...     street.expand(np.array([0])).tolist(),
    ...     street.length_m.tolist(),
    ...     street.opposite.tolist(),
    ... )
    ([0, 2], [0, 2], [2.0, 2.0], [1, 0])
    """
    count = len(leaving[0]) - 1
    is_kept = np.zeros(count, dtype=bool)
    is_kept[kept] = True
    partner = _find_partners(edge_id)
    role = _find_roles(*leaving, *entering, tail, head, partner, is_kept)
    first, arcs = _follow_links(*leaving, tail, head, role)
    begin, last = arcs[first[:-1]], arcs[first[1:] - 1]
    node = np.flatnonzero(role == END)
    end_at = np.cumsum(role == END) - 1
    starts, stops = end_at[tail[begin]].astype(np.int32), end_at[head[last]].astype(np.int32)
    begun_by = np.full(len(tail) + 1, -1, np.int32)  # the last, for arcs without a partner
    begun_by[begin] = np.arange(len(begin), dtype=np.int32)
    leaving_first, entering_first = (
        np.r_[0, np.cumsum(np.bincount(ends, minlength=len(node)))] for ends in (starts, stops)
    )
    driven_m = np.add.reduceat(length_m[arcs], first[:-1]) if len(begin) else np.empty(0)
    return Links(
        node,
        starts,
        stops,
        begun_by[partner[last]],
        driven_m,
        first,
        arcs,
        leaving_first,
        entering_first,
        np.lexsort((last, stops)).astype(np.int32),
    )


def price_links(links: Links, ticks: Ints) -> PricedLinks:
    """The links at these prices of the arcs."""
    driven = ticks[links.arcs]
    total = np.r_[0, np.cumsum(driven)]
    reached = total[1:] - np.repeat(total[links.first[:-1]], np.diff(links.first))
    price = np.minimum(total[links.first[1:]] - total[links.first[:-1]], CLOSED).astype(np.int32)
    entering = price[links.entering]
    dearest = _find_dearest(links.leaving, price), _find_dearest(links.entering_first, entering)
    return PricedLinks(links, price, reached, links.tail[links.entering], entering, *dearest)


def _find_dearest(first: Ints, price: Ints) -> Ints:
    """The dearest open link of each end, 0 where there is none."""
    dearest, some = np.zeros(len(first) - 1, np.int64), first[1:] > first[:-1]
    dearest[some] = (
        np.maximum.reduceat(np.where(price < CLOSED, price, 0), first[:-1][some])
        if some.any()
        else 0
    )
    return dearest


def _find_partners(edge_id: Ints) -> Ints:
    """For each arc the other one of its piece, -1 where there is none."""
    order = np.argsort(edge_id, kind="stable")
    same = (edge_id[order[1:]] == edge_id[order[:-1]]) & (edge_id[order[1:]] >= 0)
    partner = np.full(len(edge_id), -1, np.int64)
    partner[order[:-1][same]], partner[order[1:][same]] = order[1:][same], order[:-1][same]
    return partner


@kernel
def _find_roles(
    first_leaving: Ints,
    leaving: Ints,
    first_entering: Ints,
    entering: Ints,
    tail: Ints,
    head: Ints,
    partner: Ints,
    kept: Ints,
) -> npt.NDArray[np.int8]:
    """Whether each node is in a dead end, carries on, or is an end.

    Nodes with one neighbour are taken off until none is left.
    """
    count = len(kept)
    role, neighbours, crossed = (
        np.full(count, END, np.int8),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
    )
    for node in range(count):
        if kept[node]:
            continue
        for place in range(first_leaving[node], first_leaving[node + 1]):
            other, met = head[leaving[place]], False
            for earlier in range(first_leaving[node], place):
                met |= head[leaving[earlier]] == other
            if not met and other != node:
                neighbours[node] += 1
                crossed[node] ^= other  # in the end the number of the last neighbour left
        for place in range(first_entering[node], first_entering[node + 1]):
            other, met = tail[entering[place]], False
            for earlier in range(first_entering[node], place):
                met |= tail[entering[earlier]] == other
            for earlier in range(first_leaving[node], first_leaving[node + 1]):
                met |= head[leaving[earlier]] == other
            if not met and other != node:
                neighbours[node] += 1
                crossed[node] ^= other
    for start in range(count):
        node = start
        while neighbours[node] == 1 and not kept[node]:
            role[node], neighbours[node], further = DEAD_END, 0, crossed[node]
            neighbours[further] -= 1
            crossed[further] ^= node
            node = further
        if neighbours[node] == 0 and not kept[node]:
            role[node] = DEAD_END
    for node in range(count):
        if role[node] == DEAD_END or kept[node]:
            continue
        out, into, both, to, fro = 0, 0, True, -1, -1
        for place in range(first_leaving[node], first_leaving[node + 1]):
            arc = leaving[place]
            if role[head[arc]] != DEAD_END and head[arc] != node:
                out, both, to, fro = out + 1, both and partner[arc] >= 0, head[arc], to
        for place in range(first_entering[node], first_entering[node + 1]):
            arc = entering[place]
            if role[tail[arc]] != DEAD_END and tail[arc] != node:
                into += 1
                if out == 1:
                    fro = tail[arc]
        if to != fro and ((out == 2 and into == 2 and both) or (out == 1 and into == 1)):
            role[node] = CARRIES_ON
    return role


@kernel
def _follow_links(
    first_leaving: Ints, leaving: Ints, tail: Ints, head: Ints, role: npt.NDArray[np.int8]
) -> tuple[Ints, Ints]:
    """The arcs of all links, one after the other, and where each begins."""
    first, arcs, links, size = (
        np.zeros(len(tail) + 1, np.int64),
        np.empty(len(tail), np.int64),
        0,
        0,
    )
    for start in range(len(role)):
        if role[start] != END:
            continue
        for place in range(first_leaving[start], first_leaving[start + 1]):
            arc = leaving[place]
            if role[head[arc]] == DEAD_END or head[arc] == start:
                continue
            arcs[size], size = arc, size + 1
            while role[head[arc]] == CARRIES_ON:
                node, before = head[arc], tail[arc]
                for onward in range(first_leaving[node], first_leaving[node + 1]):
                    other = head[leaving[onward]]
                    if role[other] != DEAD_END and other not in (node, before):
                        arc = leaving[onward]
                        break
                arcs[size], size = arc, size + 1
            if head[arc] == start:
                size = first[links]
            else:
                links += 1
                first[links] = size
    return first[: links + 1].copy(), arcs[:size].copy()


@kernel
def _expand(links: Ints, first: Ints, arcs: Ints) -> Ints:
    """See `Links.expand`."""
    count = 0
    for link in links:
        count += first[link + 1] - first[link]
    found, size = np.empty(count, np.int64), 0
    for link in links:
        for place in range(first[link], first[link + 1]):
            found[size], size = arcs[place], size + 1
    return found
