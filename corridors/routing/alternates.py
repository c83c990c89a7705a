"""Paths worth having in addition to the cheapest: not the same with a loop, and without detours.

A path *through* a node takes the cheapest path to it and the cheapest path on. Where the tree of
cheapest paths from the depot and the tree of cheapest paths to the destination share a run of arcs,
a *plateau* (it may be a single node), all paths through its nodes are one. Between any two of its
nodes that path is the cheapest, unless one is before the plateau and the other after it, because
every other stretch is part of one of the two trees. So if the plateau and one arc on either side of
it cost more than T together, the path has no detour of up to T: it passes the T-test of Abraham,
Delling, Goldberg and Werneck (Alternative routes in road networks, 2013) without a search. A path
that visits a node twice is no corridor and is left out.

All this is done on links, from junction to junction. Inside a link, a node matters only where a
plateau begins or ends there. A node that is neither inside a link nor an end is in a dead end,
where no path passes. So no path through a node that keeps the bounds is missed.

Where these paths do not suffice, the roads already taken become more expensive, and the cheapest
path is searched again; it is kept if it passes the same T-test, by search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corridors.kernels import kernel
from corridors.network.graph import Network
from corridors.network.links import CLOSED, PricedLinks
from corridors.routing.engines import Engine
from corridors.routing.sharing import (
    IncidentExposure,
    measure_incident_exposure,
    measure_shared_exposure,
)
from corridors.routing.trees import Tree
from corridors.rules import RoutingRules
from corridors.tables import Flags, Floats, Ints

PENALTIES = (1.5, 3.0, 10.0, 1000.0)
"""The factors by which the roads already taken become more expensive, in turn.

The last is in effect a search for the path that shares least.
"""
FAR = 2**62
"""More than any distance, with any penalty."""
BATCH_SIZE = 3_000
"""The links of paths that are listed before they are examined: more are seldom needed."""


class TreePair(NamedTuple):
    """The tree from a source and the tree to a target (both ends), over the same links.

    `from_source` and `to_target` are the distances of every end.
    """

    priced: PricedLinks
    from_source: Ints
    to_target: Ints
    source: int
    target: int


class LinkCosts(NamedTuple):
    """The cost, the opposite and the length of each link."""

    ticks: Ints
    opposite: Ints
    length_m: Floats


class PathList(NamedTuple):
    """Paths one after the other: path k is `links[first[k] : first[k + 1]]`."""

    links: Ints
    first: Ints


def find_alternates(
    network: Network,
    engine: Engine,
    forward: Tree,
    backward: Tree,
    *,
    rules: RoutingRules,
    exposed: IncidentExposure | None = None,
) -> list[Ints]:
    """Up to `rules.alternates` paths in addition to the cheapest, each as its links in order.

    Parameters
    ----------
    network, engine
        The engine was started for the network's own ticks.
    forward, backward
        The tree from the depot, and the tree towards the destination.
    rules
        An alternate costs at most `max_stretch_ratio` times the primary, shares at most
        `max_shared` of its length with any cheaper corridor of the pair, and has no detour within
        `local_optimality_ratio` of the primary's cost. Alternates that also share at most
        `max_shared_exposure` of their exposure with every cheaper one come first.
    exposed
        The exposure of the segments; without it, exposure plays no part.
    """
    best = int(forward.distance[backward.root])
    if not 0 < best < CLOSED or not rules.alternates:
        return []
    max_cost = min(int(best * rules.max_stretch_ratio), CLOSED - 1)
    detour_limit = max(int(np.ceil(best * rules.local_optimality_ratio)), 1)
    trees = TreePair(
        forward.priced, forward.distance, backward.distance, forward.root, backward.root
    )
    beyond = _find_links_beyond(network, backward.root)
    chosen = _Chosen(network, forward.path(backward.root), beyond, rules, exposed)
    postponed = []
    for paths in _list_paths_through_plateaus(network, trees, max_cost, detour_limit):
        for path in chosen.iterate_different(paths):
            if chosen.differs_in_exposure(path):
                chosen.add(path)
            else:
                postponed.append(path)
        if chosen.full:
            return chosen.alternates
    for path in postponed:
        if not chosen.full and chosen.differs(path):
            chosen.add(path)
    while not chosen.full:
        more = _find_penalised(network, engine, chosen, trees, max_cost, detour_limit)
        if more is None:
            break
        chosen.add(more)
    return chosen.alternates


def _find_links_beyond(network: Network, target: int) -> Ints:
    """The links that continue inside the zone that ends at `target`; none for a site.

    A convoy inside the zone has arrived. A path that continues there is the same corridor, made
    longer until it shares less of its length.
    """
    roads, links = network.topology, network.links.links
    into = links.entering[links.entering_first[target] : links.entering_first[target + 1]]
    into = into[roads.segment[links.arcs[links.first[into]]] < 0]
    if not len(into):
        return into
    beyond = np.isin(links.tail, links.tail[into])
    beyond[into] = False
    return np.flatnonzero(beyond)


class _Chosen:
    """The primary and the alternates chosen so far, and what they share with other paths.

    No alternate may use a link in `beyond`.
    """

    def __init__(
        self,
        network: Network,
        primary: Ints,
        beyond: Ints,
        rules: RoutingRules,
        exposed: IncidentExposure | None,
    ) -> None:
        self._network, self._rules, self._exposed = network, rules, exposed
        self.beyond = beyond
        self.all: list[Ints] = []
        self._exposures: list[Floats] = []
        links = network.links.links
        self._costs = LinkCosts(network.links.ticks, links.opposite, links.length_m)
        self._met, self._marks = np.full(len(links.opposite) + 1, -1, np.int32), 0
        self.add(primary)

    @property
    def alternates(self) -> list[Ints]:
        return self.all[1:]

    @property
    def full(self) -> bool:
        return len(self.all) > self._rules.alternates

    def add(self, path: Ints) -> None:
        self.all.append(path)
        self._joined = _join(self.all)
        if self._exposed:
            self._exposures.append(self._measure_exposure(path, self._exposed))

    def iterate_different(self, paths: PathList) -> Iterator[Ints]:
        """The new paths that share little with those chosen by then, until enough are chosen."""
        number, count = -1, len(paths.first) - 1
        while not self.full:
            number = self._find_different(paths, number + 1)
            if number == count:
                return
            path = paths.links[paths.first[number] : paths.first[number + 1]]
            if not (len(self.beyond) and np.isin(path, self.beyond).any()):
                yield path

    def _find_different(self, paths: PathList, begin: int) -> int:
        """The first path, from `begin` on, that is new and shares little with each chosen one.

        The number of paths if there is none. `max_shared` limits the share of the more expensive
        path that is on the cheaper one.
        """
        marks = self._marks
        self._marks += len(paths.first)
        return int(
            _find_different(
                self._costs,
                paths,
                begin,
                self._joined,
                self._rules.max_shared,
                self._met,
                marks,
            )
        )

    def differs(self, path: Ints) -> bool:
        return self._find_different(_join([path]), 0) == 0

    def differs_in_exposure(self, path: Ints) -> bool:
        if not self._exposed:
            return True
        own = self._measure_exposure(path, self._exposed)
        return all(
            measure_shared_exposure(own, other) <= self._rules.max_shared_exposure
            for other in self._exposures
        )

    def _measure_exposure(self, path: Ints, exposed: IncidentExposure) -> Floats:
        arcs = self._network.topology.links.expand(path)
        return measure_incident_exposure(self._network, arcs, exposed)


def _join(paths: Sequence[Ints]) -> PathList:
    return PathList(np.concatenate(paths), np.array([0, *accumulate(map(len, paths))]))


def is_locally_cheapest(network: Network, engine: Engine, arcs: Ints, detour_limit: int) -> bool:
    """Whether every stretch of a path of at most `detour_limit` ticks is a cheapest path.

    This is the T-test, by search.

    >>> import corridors as co
    >>> from corridors.routing import start_engine
    >>> network = co.plan_corridors(co.read_situation(co.demo_folder())).network
    >>> is_locally_cheapest(network, start_engine(network), np.array([0]), 1)
    True
    """
    roads = network.topology
    reached = np.r_[0, np.cumsum(network.ticks[arcs])]
    nodes = np.r_[roads.tail[arcs[:1]], roads.head[arcs]]
    # The farthest node within the limit of each; a stretch inside another need not be tested.
    last = np.searchsorted(reached, reached + detour_limit, side="right") - 1
    whole = np.r_[True, last[1:] > last[:-1]]
    return all(
        engine.distance(int(nodes[start]), int(nodes[end])) == reached[end] - reached[start]
        for start, end in enumerate(last)
        if whole[start] and end > start
    )


def _list_paths_through_plateaus(
    network: Network, trees: TreePair, max_cost: int, detour_limit: int
) -> Iterator[PathList]:
    """Every simple path through a node of at most `max_cost`, without a detour of `detour_limit`.

    They come in batches, cheapest first, ties by node.
    """
    common = _find_common_links(trees, max_cost)
    plateaus = _find_plateaus(trees, *common, max_cost, detour_limit)
    cost, first_node, through = _measure_plateaus(
        trees, plateaus, network.topology.head, detour_limit
    )
    through = through[np.lexsort((first_node, cost))]
    at, state = 0, np.full((3, len(trees.from_source)), -1, np.int32)
    while at < len(through):
        at, links, first = _list_paths(trees, through, at, state, BATCH_SIZE)
        yield PathList(links, first)


def _find_penalised(
    network: Network,
    engine: Engine,
    chosen: _Chosen,
    trees: TreePair,
    max_cost: int,
    detour_limit: int,
) -> Ints | None:
    """The cheapest path with the least penalty with which it shares little with each chosen one.

    None where it costs more than `max_cost` or has a detour of up to `detour_limit`. With a higher
    penalty, a path drives less of the penalised roads and costs more, and a path that avoids them
    by detours avoids more of them. So no higher penalty is tried then. A link of a path of at most
    `max_cost` costs no more than this with the cheapest path to it and the cheapest path on: no
    other link is examined.
    """
    priced, links = trees.priced, trees.priced.links
    penalised = np.zeros(len(priced.ticks) + 1, bool)  # the last is for links without an opposite
    for path in chosen.all:
        penalised[path] = penalised[links.opposite[path]] = True
    ticks = priced.ticks
    if len(chosen.beyond):
        ticks = ticks.copy()
        ticks[chosen.beyond] = CLOSED
    for penalty in PENALTIES:
        path = _search_penalised(trees, ticks, max_cost, penalised, penalty)
        if priced.ticks[path].sum() > max_cost:
            return None
        if chosen.differs(path):
            arcs = links.expand(path)
            return path if is_locally_cheapest(network, engine, arcs, detour_limit) else None
    return None


@kernel
def _find_different(
    costs: LinkCosts,
    paths: PathList,
    begin: int,
    chosen: PathList,
    max_shared: float,
    met: Ints,
    marks: int,
) -> int:
    """See `_Chosen._find_different`.

    The links of a path, in either direction, are marked in `met` with its number plus `marks`.
    """
    ticks, opposite, length_m = costs
    for number in range(begin, len(paths.first) - 1):
        path = paths.links[paths.first[number] : paths.first[number + 1]]
        cost, length = 0, 0.0
        for link in path:
            met[link] = met[opposite[link]] = number + marks
            cost += ticks[link]
            length += length_m[link]
        different = True
        for other in range(len(chosen.first) - 1):
            first, stop = chosen.first[other], chosen.first[other + 1]
            other_cost, other_length, shared, same = 0, 0.0, 0.0, stop - first == len(path)
            for at in range(first, stop):
                link = chosen.links[at]
                same = same and link == path[at - first]
                other_cost += ticks[link]
                other_length += length_m[link]
                if met[link] == number + marks:
                    shared += length_m[link]
            driven = length if cost >= other_cost else other_length
            if same or driven == 0.0 or shared / driven > max_shared:
                different = False
                break
        if different:
            return number
    return len(paths.first) - 1


@kernel
def _find_common_links(trees: TreePair, max_cost: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The links in both trees, on paths of at most `max_cost`.

    For each end, the common link that leaves it (-1 where there is none), and whether one enters.
    """
    priced, from_source, to_target = trees.priced, trees.from_source, trees.to_target
    links, ticks = priced.links, priced.ticks
    entering_from, entering_ticks = priced.entering_from, priced.entering_ticks
    tail, head = links.tail, links.head
    leaving, entering_first = links.leaving, links.entering_first
    onward, enters = np.full(len(from_source), -1, np.int32), np.zeros(len(from_source), np.bool_)
    in_both, size = np.empty(len(tail) + 1, np.int64), 0
    for link in range(len(tail)):  # without a branch, which no processor could predict
        start, stop = tail[link], head[link]
        in_both[size] = link
        size += int(
            (from_source[start] + to_target[start] <= max_cost)
            & (from_source[stop] - from_source[start] == ticks[link])
            & (to_target[start] - to_target[stop] == ticks[link])
        )
    for link in in_both[:size]:
        start, stop = tail[link], head[link]
        # Of several links that cost the same, a tree takes the first.
        first, place = leaving[start], entering_first[stop]
        while to_target[head[first]] + ticks[first] != to_target[start]:
            first += 1
        while from_source[entering_from[place]] + entering_ticks[place] != from_source[stop]:
            place += 1
        if first == link and links.entering[place] == link:
            onward[start], enters[stop] = link, True
    return onward, enters


@kernel
def _find_plateaus(  # noqa: C901, PLR0912, PLR0915 - one loop; kernels call no other kernel
    trees: TreePair, onward: Ints, enters: Flags, max_cost: int, detour_limit: int
) -> Ints:
    """The plateaus of two trees whose paths keep the limits, one a row.

    `onward` and `enters` are the result of `_find_common_links`. A row holds the cost of the path,
    the first end of the plateau, the link by which the tree from the source enters it (-1 where
    there is none), the cost from there to its last end, the link by which the tree to the target
    leaves that, and -1. Or, for a plateau that may lie inside a link: the end where the link
    begins, the link, minus the cost of the link, the link, and the link.
    """
    priced, from_source, to_target, source, target = trees
    links, ticks = priced.links, priced.ticks
    entering_from, entering_ticks = priced.entering_from, priced.entering_ticks
    max_leaving, max_entering = priced.max_leaving, priced.max_entering
    head, leaving, entering_first = links.head, links.leaving, links.entering_first
    entering, count = links.entering, len(from_source)
    costs = from_source + to_target
    candidates, ends = np.empty(count + 1, np.int64), 0
    for end in range(count):
        begins = (onward[end] >= 0) & (not enters[end]) | (end == source) | (end == target)
        candidates[ends] = end
        ends += int(
            (costs[end] <= max_cost)
            & (begins | (max_entering[end] + max_leaving[end] > detour_limit))
        )
    found, size = np.empty((256, 6), np.int64), 0
    for end in candidates[:ends]:
        cost = costs[end]
        last = end
        while not enters[end] and onward[last] >= 0:
            last = np.int64(head[onward[last]])
        driven = from_source[last] - from_source[end]
        begins = not enters[end] and (
            driven + max_entering[end] + max_leaving[last] > detour_limit
            or end == source
            or last == target
        )
        if not begins and max_leaving[end] <= detour_limit:
            continue
        before, after = -1, -1
        if begins and end != source:
            place = entering_first[end]
            while from_source[entering_from[place]] + entering_ticks[place] != from_source[end]:
                place += 1
            before = entering[place]
        if begins and last != target:
            after = leaving[last]
            while to_target[head[after]] + ticks[after] != to_target[last]:
                after += 1
        if size + leaving[end + 1] - leaving[end] + 1 > len(found):
            room = np.empty((len(found) + leaving[end + 1] - leaving[end], 6), np.int64)
            found = np.concatenate((found, room))
        if begins and (
            before < 0 or after < 0 or driven + ticks[before] + ticks[after] > detour_limit
        ):
            found[size, 0], found[size, 1], found[size, 2] = cost, end, before
            found[size, 3], found[size, 4], found[size, 5] = driven, after, -1
            size += 1
        for link in range(leaving[end], leaving[end + 1]):
            further = head[link]
            cost = from_source[end] + ticks[link] + to_target[further]
            if ticks[link] <= detour_limit or cost > max_cost:
                continue
            arrives = from_source[end] + ticks[link] == from_source[further]
            leaves = cost == from_source[end] + to_target[end]
            if arrives:  # unless another link before it does as well: the tree takes that one
                place = entering_first[further]
                while (
                    from_source[entering_from[place]] + entering_ticks[place]
                    != from_source[further]
                ):
                    place += 1
                arrives = entering[place] == link
            if leaves:
                first = leaving[end]
                while to_target[head[first]] + ticks[first] != to_target[end]:
                    first += 1
                leaves = first == link
            if not arrives and not leaves:
                found[size, 0], found[size, 1], found[size, 2] = cost, end, link
                found[size, 3], found[size, 4], found[size, 5] = -ticks[link], link, link
                size += 1
    return found[:size].copy()


@kernel
def _measure_plateaus(  # noqa: C901 - two like walks along a link, one from each side
    trees: TreePair, plateaus: Ints, arc_head: Ints, detour_limit: int
) -> tuple[Ints, Ints, Ints]:
    """The plateaus that cost more than `detour_limit` with the arcs before and after them.

    Also those without an arc there. For each, the cost of its path, its first node, and an end and
    a link (or -1) that the path goes through.

    A plateau may begin and end inside a link. The tree from the source enters a two-way link from
    both sides: up to some node from its tail, and from there on from its head. The tree to the
    target leaves it likewise.
    """
    priced, from_source, to_target = trees.priced, trees.from_source, trees.to_target
    reached, links = priced.reached, priced.links
    node, tail, head, opposite = links.node, links.tail, links.head, links.opposite
    first, arcs, count = links.first, links.arcs, len(plateaus)
    cost, first_node = np.empty(count, np.int64), np.empty(count, np.int64)
    through, size = np.empty((count, 2), np.int64), 0
    for at in range(count):
        end, before, driven = plateaus[at, 1], plateaus[at, 2], plateaus[at, 3]
        after, link = plateaus[at, 4], plateaus[at, 5]
        begin, leads_on, stop = node[end], 0, 0
        if before >= 0:
            place, length = first[before], first[before + 1] - first[before]
            backward, leads_on = opposite[before], length
            # As long as the tree to the target continues to the head from the node before, too.
            while leads_on > 1:
                onward = (
                    to_target[head[before]]
                    + reached[place + length - 1]
                    - reached[place + leads_on - 2]
                )
                if backward >= 0:
                    # The arc that leads into that node from the other side.
                    against = first[backward] + length - leads_on
                    turned = (
                        to_target[tail[before]]
                        + reached[first[backward] + length - 1]
                        - reached[against]
                    )
                    if onward > turned or (
                        onward == turned and arcs[place + leads_on - 1] > arcs[against + 1]
                    ):
                        break
                leads_on -= 1
            if leads_on < length:
                begin = arc_head[arcs[place + leads_on - 1]]
            driven += reached[place + length - 1] - (
                reached[place + leads_on - 2] if leads_on > 1 else 0
            )
        if after >= 0:
            place, length = first[after], first[after + 1] - first[after]
            backward = opposite[after]
            # As long as the tree from the source comes from the tail into the next node, too.
            while stop < length - 1:
                if backward >= 0:
                    against = first[backward] + length - stop - 2
                    onward = from_source[tail[after]] + reached[place + stop]
                    turned = from_source[head[after]] + reached[against]
                    if onward > turned or (onward == turned and arcs[place + stop] > arcs[against]):
                        break
                stop += 1
            driven += reached[place + stop]
        if (driven > detour_limit and (link < 0 or leads_on <= stop)) or before < 0 or after < 0:
            cost[size], first_node[size] = plateaus[at, 0], begin
            through[size, 0], through[size, 1] = end, link
            size += 1
    return cost[:size].copy(), first_node[:size].copy(), through[:size].copy()


@kernel
def _list_paths(  # noqa: C901 - both halves of a path are followed at once
    trees: TreePair, through: Ints, begin: int, state: Ints, limit: int
) -> tuple[int, Ints, Ints]:
    """The paths through some ends or links from `begin` on, until they have `limit` links.

    The position to continue from, and the paths as in `PathList`. Paths that visit an end twice are
    left out. Both halves of a path are followed from the middle at once, because most that meet do
    so early. The rows of `state` are, for each end, the last path that visited it, the link by
    which the tree from the source enters it, and that by which the tree to the target leaves it;
    -1 where this is not known yet.
    """
    priced, from_source, to_target = trees.priced, trees.from_source, trees.to_target
    links, ticks = priced.links, priced.ticks
    entering_from, entering_ticks = priced.entering_from, priced.entering_ticks
    source, target = trees.source, trees.target
    seen, link_in, link_out = state[0], state[1], state[2]
    tail, head = links.tail, links.head
    leaving, entering_first = links.leaving, links.entering_first
    paths, size = np.empty(8192, np.int64), 0
    first_half, second_half = np.empty(len(seen), np.int64), np.empty(len(seen), np.int64)
    first, count, at = np.zeros(len(through) - begin + 1, np.int64), 0, begin
    while at < len(through) and size < limit:
        start = end = through[at, 0]
        middle = through[at, 1]
        seen[start] = at
        if middle >= 0:
            end = np.int64(head[middle])
            seen[end] = at
        before, after, simple = 0, 0, True
        while simple and (start != source or end != target):
            if start != source:
                for place in range(
                    entering_first[start], entering_first[start + 1] if link_in[start] < 0 else 0
                ):
                    if (
                        from_source[entering_from[place]] + entering_ticks[place]
                        == from_source[start]
                    ):
                        link_in[start] = links.entering[place]
                        break
                first_half[before] = link_in[start]
                start = np.int64(tail[link_in[start]])
                simple = seen[start] != at
                seen[start] = at
                before += 1
            if simple and end != target:
                for link in range(leaving[end], leaving[end + 1] if link_out[end] < 0 else 0):
                    if to_target[head[link]] + ticks[link] == to_target[end]:
                        link_out[end] = link
                        break
                second_half[after] = link_out[end]
                end = np.int64(head[link_out[end]])
                simple = seen[end] != at
                seen[end] = at
                after += 1
        if simple:
            while size + before + after + 1 > len(paths):
                paths = np.concatenate((paths, np.empty(len(paths), np.int64)))
            paths[size : size + before] = first_half[:before][::-1]
            size += before
            if middle >= 0:
                paths[size], size = middle, size + 1
            paths[size : size + after] = second_half[:after]
            size += after
            count += 1
            first[count] = size
        at += 1
    return at, paths[:size].copy(), first[: count + 1].copy()


@kernel
def _search_penalised(  # noqa: C901, PLR0912 - the search, and its path; kernels call no other
    trees: TreePair, ticks: Ints, max_cost: int, penalised: Flags, penalty: float
) -> Ints:
    """The cheapest path on links that a path of at most `max_cost` can use, with a penalty on some.

    A* (Hart, Nilsson and Raphael, 1968): the rest of a path costs at least as much as without a
    penalty. The search continues through all ends that cost no more than the path found, so that
    ties are decided among all.
    """
    priced, from_source, to_target, source, target = trees
    links = priced.links
    tail, head = links.tail, links.head
    leaving, entering_first = links.leaving, links.entering_first
    bits = 0
    while 2**bits < len(from_source):
        bits += 1
    distance = np.full(len(from_source), FAR, np.int64)
    distance[source] = 0
    # The least cost of a path through an end, and the end, as one number.
    waiting = [(to_target[source] << bits) + source]
    while len(waiting) > 0:
        lowest = heappop(waiting)
        bound, end = lowest >> bits, lowest & (2**bits - 1)
        if bound > distance[target]:
            break
        if bound > distance[end] + to_target[end]:
            continue  # a cheaper path to it was found later
        for link in range(leaving[end], leaving[end + 1]):
            further, cost = head[link], np.int64(ticks[link])
            if from_source[end] + cost + to_target[further] > max_cost:
                continue
            if penalised[link]:
                cost = np.int64(np.rint(cost * penalty))
            if distance[end] + cost < distance[further]:
                distance[further] = distance[end] + cost
                bound = distance[further] + to_target[further]
                if bound <= distance[target]:
                    heappush(waiting, (bound << bits) + further)
    found, size, at = np.empty(256, np.int64), 0, np.int64(target)
    while at != source:
        for place in range(entering_first[at], entering_first[at + 1]):
            link = links.entering[place]
            start, cost = tail[link], np.int64(ticks[link])
            if from_source[start] + cost + to_target[at] > max_cost:
                continue
            if penalised[link]:
                cost = np.int64(np.rint(cost * penalty))
            if distance[start] + cost == distance[at]:
                if size == len(found):
                    found = np.concatenate((found, np.empty(size, np.int64)))
                found[size] = link
                size += 1
                at = np.int64(start)
                break
    return found[:size][::-1].copy()
