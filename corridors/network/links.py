"""Links: roads between junctions. A driver on a link has no choice until its end.

Most nodes of a road network have no choice: bends, places where a tag changes, driveways. A search
that skips them visits a fifth of the nodes, or a thirtieth where a map has a node at every bend.
Dead ends are left out, because a path that visits no node twice enters none, unless it begins or
ends there. So the nodes where paths begin and end are named beforehand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridors.geodesy.groups import group_starts
from corridors.kernels import count_starts, kernel
from corridors.messages import Message
from corridors.tables import Flags, Floats, Ints

CLOSED = 2**31 - 1
"""The cost of a closed arc, in ticks, and the distance of a node that cannot be reached."""
DEAD_END, INNER, END = 0, 1, 2
"""The role of a node: left out, inside a link, or where links end."""


class Incidence(NamedTuple):
    """The nodes of each arc, and the arcs of each node.

    Arcs run from `tail` to `head`. Those that leave node i are `leaving[first_leaving[i] :
    first_leaving[i + 1]]`, and those that enter it are in `entering` likewise.
    """

    tail: Ints
    head: Ints
    first_leaving: Ints
    leaving: Ints
    first_entering: Ints
    entering: Ints


class Links(NamedTuple):
    """Links as arrays. The nodes where links end are *ends*, numbered in the order of the nodes.

    `node` is the node of each end. For each link, `tail` and `head` are ends, `opposite` is the
    link that drives the same roads the other way (-1 where there is none), `length_m` is its
    length, and `arcs[first[i] : first[i + 1]]` are the arcs of link i in driving order. The links
    that leave end i are those from `leaving[i]` to `leaving[i + 1]`, in the order of their first
    arcs. The links that enter it are `entering[entering_first[i] : entering_first[i + 1]]`, in the
    order of their last arcs.
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
            No link ends there: it is no junction and none of the nodes that were kept.
        """
        end = int(np.searchsorted(self.node, node))
        if end == len(self.node) or self.node[end] != node:
            raise ValueError(Message("usage.no_link_at_node", node=int(node)))
        return end

    def find_links(self, arcs: Ints) -> Ints:
        """The links of some arcs, in their order, without immediate repetitions.

        Arcs in dead ends have no link.
        """
        link_of = np.full(max(self.arcs.max(initial=-1), arcs.max(initial=-1)) + 1, -1)
        link_of[self.arcs] = np.repeat(np.arange(len(self.tail)), np.diff(self.first))
        links = link_of[arcs]
        links = links[links >= 0]
        return links[group_starts(links)]

    def expand(self, links: Ints) -> Ints:
        """The arcs of some links, one link after the other."""
        return _expand(links, self.first, self.arcs)


class PricedLinks(NamedTuple):
    """Links and their costs: `ticks`, `CLOSED` where an arc of the link is closed.

    `reached` is the cost from the tail of a link to the head of each of its arcs (as `Links.arcs`).
    `entering_from` and `entering_ticks` are the tails and the costs of the links that enter an end,
    in the order of `Links.entering`. `max_leaving` and `max_entering` are the cost of the most
    expensive open link that leaves or enters each end, 0 where there is none.
    """

    links: Links
    ticks: Ints
    reached: Ints
    entering_from: Ints
    entering_ticks: Ints
    max_leaving: Ints
    max_entering: Ints


def build_links(incidence: Incidence, edge_id: Ints, length_m: Floats, kept: Ints) -> Links:
    """The links of a network.

    A node is inside a link, and is no end, where it has two neighbours and one road to each, both
    two-way or both one-way in the same sense. A path that visits no node twice, and begins and ends
    at ends, drives whole links only. Links that return to the end they left are left out.

    Parameters
    ----------
    incidence
        The nodes of each arc, and the arcs of each node.
    edge_id
        The same number for the two arcs that drive one road, -1 for arcs that are no road.
    length_m
        The length of each arc in metres.
    kept
        Nodes that are ends whatever their neighbours are.

    Examples
    --------
    >>> from corridors.kernels import list_groups
    >>> tail, head = np.array([0, 1, 1, 2, 2, 3]), np.array([1, 0, 2, 1, 3, 2])
    >>> incidence = Incidence(tail, head, *list_groups(tail, 4), *list_groups(head, 4))
    >>> edge_id = np.array([0, 0, 1, 1, 2, 2])
    >>> street = build_links(incidence, edge_id, np.ones(6), kept=np.array([0, 2]))
    >>> street.node.tolist(), street.expand(np.array([0])).tolist(), street.opposite.tolist()
    ([0, 2], [0, 2], [1, 0])
    """
    is_kept = np.zeros(len(incidence.first_leaving) - 1, dtype=bool)
    is_kept[kept] = True
    partner = _find_partners(edge_id)
    role = _find_dead_ends(*_count_neighbours(incidence, is_kept), is_kept)
    _mark_inner(incidence, partner, is_kept, role)
    first, arcs = _follow_links(incidence, role)
    begin, last = arcs[first[:-1]], arcs[first[1:] - 1]
    node = np.flatnonzero(role == END)
    end_at = np.cumsum(role == END) - 1
    tail = end_at[incidence.tail[begin]].astype(np.int32)
    head = end_at[incidence.head[last]].astype(np.int32)
    begun_by = np.full(len(edge_id) + 1, -1, np.int32)  # the last is for arcs without a partner
    begun_by[begin] = np.arange(len(begin), dtype=np.int32)
    return Links(
        node,
        tail,
        head,
        opposite=begun_by[partner[last]],
        length_m=np.add.reduceat(length_m[arcs], first[:-1]) if len(begin) else np.empty(0),
        first=first,
        arcs=arcs,
        leaving=count_starts(tail, len(node)),
        entering_first=count_starts(head, len(node)),
        entering=np.lexsort((last, head)).astype(np.int32),
    )


def price_links(links: Links, ticks: Ints) -> PricedLinks:
    """The links with their costs, from the ticks of the arcs."""
    driven = ticks[links.arcs]
    total = np.r_[0, np.cumsum(driven)]
    reached = total[1:] - np.repeat(total[links.first[:-1]], np.diff(links.first))
    cost = np.minimum(total[links.first[1:]] - total[links.first[:-1]], CLOSED).astype(np.int32)
    entering = cost[links.entering]
    return PricedLinks(
        links,
        cost,
        reached,
        links.tail[links.entering],
        entering,
        _find_max(links.leaving, cost),
        _find_max(links.entering_first, entering),
    )


def _find_max(first: Ints, cost: Ints) -> Ints:
    """The cost of the most expensive open link of each end, 0 where there is none."""
    highest, some = np.zeros(len(first) - 1, np.int64), first[1:] > first[:-1]
    if some.any():
        highest[some] = np.maximum.reduceat(np.where(cost < CLOSED, cost, 0), first[:-1][some])
    return highest


def _find_partners(edge_id: Ints) -> Ints:
    """For each arc the other one of its edge, -1 where there is none.

    An edge has at most two arcs. Where states of a turn restriction add more, they must be paired
    by their nodes as well.
    """
    order = np.argsort(edge_id, kind="stable")
    same = (edge_id[order[1:]] == edge_id[order[:-1]]) & (edge_id[order[1:]] >= 0)
    partner = np.full(len(edge_id), -1, np.int64)
    partner[order[:-1][same]], partner[order[1:][same]] = order[1:][same], order[:-1][same]
    return partner


@kernel
def _count_neighbours(incidence: Incidence, kept: Flags) -> tuple[Ints, Ints]:
    """The number of neighbours of each node that is not kept, and the XOR of their numbers.

    Once all neighbours but one are removed, the XOR is the number of that one.
    """
    tail, head, first_leaving, leaving, first_entering, entering = incidence
    neighbours, crossed = np.zeros(len(kept), np.int64), np.zeros(len(kept), np.int64)
    for node in range(len(kept)):
        if kept[node]:
            continue
        for place in range(first_leaving[node], first_leaving[node + 1]):
            other, met = head[leaving[place]], False
            for earlier in range(first_leaving[node], place):
                met |= head[leaving[earlier]] == other
            if not met and other != node:
                neighbours[node] += 1
                crossed[node] ^= other
        for place in range(first_entering[node], first_entering[node + 1]):
            other, met = tail[entering[place]], False
            for earlier in range(first_entering[node], place):
                met |= tail[entering[earlier]] == other
            for earlier in range(first_leaving[node], first_leaving[node + 1]):
                met |= head[leaving[earlier]] == other
            if not met and other != node:
                neighbours[node] += 1
                crossed[node] ^= other
    return neighbours, crossed


@kernel
def _find_dead_ends(neighbours: Ints, crossed: Ints, kept: Flags) -> npt.NDArray[np.int8]:
    """The role DEAD_END or END of each node.

    Nodes with one neighbour are dead ends, and are removed until there are none.
    """
    role = np.full(len(kept), END, np.int8)
    for start in range(len(kept)):
        node = start
        while neighbours[node] == 1 and not kept[node]:
            role[node], neighbours[node], further = DEAD_END, 0, crossed[node]
            neighbours[further] -= 1
            crossed[further] ^= node
            node = further
        if neighbours[node] == 0 and not kept[node]:
            role[node] = DEAD_END
    return role


@kernel
def _mark_inner(
    incidence: Incidence, partner: Ints, kept: Flags, role: npt.NDArray[np.int8]
) -> None:
    """Set the role INNER of the nodes inside links."""
    tail, head, first_leaving, leaving, first_entering, entering = incidence
    for node in range(len(kept)):
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
            role[node] = INNER


@kernel
def _follow_links(incidence: Incidence, role: npt.NDArray[np.int8]) -> tuple[Ints, Ints]:
    """Where each link begins in the list of arcs, and the arcs of all links."""
    tail, head = incidence.tail, incidence.head
    first_leaving, leaving = incidence.first_leaving, incidence.leaving
    first, arcs = np.zeros(len(tail) + 1, np.int64), np.empty(len(tail), np.int64)
    links, size = 0, 0
    for start in range(len(role)):
        if role[start] != END:
            continue
        for place in range(first_leaving[start], first_leaving[start + 1]):
            arc = leaving[place]
            if role[head[arc]] == DEAD_END or head[arc] == start:
                continue
            arcs[size], size = arc, size + 1
            while role[head[arc]] == INNER:
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
