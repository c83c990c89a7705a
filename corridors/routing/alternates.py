"""Ways worth having besides the cheapest: not the cheapest again with a loop in it, and not one
full of detours.

A way *through* a node drives the cheapest way to it and the cheapest way on. Where the tree of
cheapest ways from the depot and the tree of cheapest ways to the destination have a run of arcs in
common, a *plateau* (it may be a single node), all ways through its nodes are one. Between any two
of its places that way is the cheapest, unless one lies before the plateau and the other after it:
every other stretch is part of one of the two trees. So if the plateau and one arc on either side of
it cost more than T together, the way holds no detour of up to T: it passes the T-test of Abraham,
Delling, Goldberg and Werneck (Alternative routes in road networks, 2013) without a search. A way
that meets a node twice is no corridor and is left out.

All this is done on links, from junction to junction; inside of a link a node is looked at only
where a plateau begins or ends there. What lies inside of no link and at no end is in a dead end,
where no way passes. So no way through a node that keeps the bounds is missed.

Where these do not suffice, roads already taken are made dearer and the cheapest way is looked for
again; a way found so is kept if it stands the same T-test, by search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import accumulate

import numpy as np

from corridors.kernels import kernel
from corridors.network.graph import Network
from corridors.network.links import CLOSED
from corridors.routing.engines import Engine
from corridors.routing.sharing import Exposed, measure_exposed, measure_shared_exposure
from corridors.routing.trees import Tree
from corridors.rules import RoutingRules
from corridors.tables import Flags, Floats, Ints

PENALTIES = (1.5, 3.0, 10.0, 1000.0)
"""What roads already taken are made dearer by, in turn.

The last is in effect a search for the way that shares least.
"""
FAR = 2**62
"""Farther than anything is, whatever roads are made dearer by."""
BATCH_SIZE = 3_000
"""Links of ways that are listed before they are looked at: more are seldom asked for."""


def find_alternates(
    network: Network,
    engine: Engine,
    forward: Tree,
    backward: Tree,
    *,
    rules: RoutingRules,
    exposed: Exposed | None = None,
) -> list[Ints]:
    """Up to `rules.alternates` ways besides the cheapest, each as its links in driving order.

    Parameters
    ----------
    network, engine
        The engine answers for the network's own ticks.
    out, back
        The tree from the depot, and the tree towards the destination.
    rules
        An alternate costs at most `max_stretch_ratio` times the primary, shares at most
        `max_shared` of its length with any cheaper corridor of the pair, and has no detour within
        `local_optimality_ratio` of the primary's price. Those that also share at most
        `max_shared_exposure` of their exposure with every cheaper one come first.
    exposed
        What exposes the segments; without it, exposure is not looked at.
    """
    best = int(forward.distance[backward.root])
    if not 0 < best < CLOSED or not rules.alternates:
        return []
    max_cost = min(int(best * rules.max_stretch_ratio), CLOSED - 1)  # no way costs more
    least = max(int(np.ceil(best * rules.local_optimality_ratio)), 1)
    chosen = _Chosen(network, forward.path(backward.root), rules, exposed)
    goes_on = _find_going_on(network, backward.root)
    postponed = []
    for ways, first in _ways_through_plateaus(network, forward, backward, max_cost, least):
        number = -1
        while (
            not chosen.full
            and (number := chosen.find_different(ways, first, number + 1)) < len(first) - 1
        ):
            way = ways[first[number] : first[number + 1]]
            if len(goes_on) and np.isin(way, goes_on).any():
                continue
            if chosen.differs_in_exposure(way):
                chosen.add(way)
            else:
                postponed.append(way)
        if chosen.full:
            return chosen.alternates
    for way in postponed:
        if not chosen.full and chosen.differs(way):
            chosen.add(way)
    while (
        not chosen.full
        and (
            more := _find_penalised(
                network, engine, chosen, forward, backward, max_cost, least, goes_on
            )
        )
        is not None
    ):
        chosen.add(more)
    return chosen.alternates


def _find_going_on(network: Network, target: int) -> Ints:
    """The links that leave a place where one is in the zone that ends at `target`, but for those
    that end there; none for a site.

    Who is in the zone has arrived: what drives on inside it is the same corridor, made longer until
    it shares less of its length.
    """
    roads, links = network.topology, network.links.links
    into = links.entering[links.entering_first[target] : links.entering_first[target + 1]]
    into = into[roads.segment[links.arcs[links.first[into]]] < 0]
    if not len(into):
        return into
    goes_on = np.isin(links.tail, links.tail[into])
    goes_on[into] = False
    return np.flatnonzero(goes_on)


class _Chosen:
    """The primary and the alternates chosen so far, and what they have in common with others."""

    def __init__(
        self, network: Network, primary: Ints, rules: RoutingRules, exposed: Exposed | None
    ) -> None:
        self._network, self._rules, self._exposed = network, rules, exposed
        self.all: list[Ints] = []
        self._felt: list[Floats] = []
        self._met, self._asked = np.full(len(network.links.ticks) + 1, -1, np.int32), 0
        self.add(primary)

    @property
    def alternates(self) -> list[Ints]:
        return self.all[1:]

    @property
    def full(self) -> bool:
        return len(self.all) > self._rules.alternates

    def add(self, way: Ints) -> None:
        self.all.append(way)
        self._joined, self._first = _join(self.all)
        if self._exposed:
            self._felt.append(self._measure_exposed(way, self._exposed))

    def find_different(self, ways: Ints, first: Ints, begin: int) -> int:
        """The number, from `begin` on, of the first way that is new and shares little enough with
        each chosen one; how many there are if none does.

        Way number k is `ways[first[k] : first[k + 1]]`. Of two, what the dearer drives of the
        cheaper is held against `max_shared`.
        """
        priced, asked = self._network.links, self._asked
        self._asked += len(first)
        links = (priced.links.opposite, priced.ticks, priced.links.length_m)
        return int(
            _find_different(
                ways,
                first,
                begin,
                self._joined,
                self._first,
                *links,
                self._rules.max_shared,
                self._met,
                asked,
            )
        )

    def differs(self, way: Ints) -> bool:
        return self.find_different(*_join([way]), 0) == 0

    def differs_in_exposure(self, way: Ints) -> bool:
        if not self._exposed:
            return True
        own = self._measure_exposed(way, self._exposed)
        return all(
            measure_shared_exposure(own, other) <= self._rules.max_shared_exposure
            for other in self._felt
        )

    def _measure_exposed(self, way: Ints, exposed: Exposed) -> Floats:
        return measure_exposed(self._network, self._network.topology.links.expand(way), exposed)


def _join(ways: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Ways one after the other, and where each begins and the last ends."""
    return np.concatenate(ways), np.array([0, *accumulate(map(len, ways))])


def is_locally_cheapest(network: Network, engine: Engine, arcs: Ints, least: int) -> bool:
    """Whether no stretch of a way that costs at most `least` ticks could be driven at a lower
    price: the T-test, by search.

    >>> import corridors as co
    >>> from corridors.routing import start_engine
    >>> network = co.plan_corridors(co.read_situation(co.demo_folder())).network
    >>> is_locally_cheapest(network, start_engine(network), np.array([0]), 1)
    True
    """
    roads = network.topology
    reached = np.r_[0, np.cumsum(network.ticks[arcs])]
    nodes = np.r_[roads.tail[arcs[:1]], roads.head[arcs]]
    last = (
        np.searchsorted(reached, reached + least, side="right") - 1
    )  # the farthest place within `least` of each
    whole = np.r_[
        True, last[1:] > last[:-1]
    ]  # a stretch that lies within another need not be tried
    return all(
        engine.distance(int(nodes[start]), int(nodes[end])) == reached[end] - reached[start]
        for start, end in enumerate(last)
        if whole[start] and end > start
    )


def _ways_through_plateaus(
    network: Network, forward: Tree, backward: Tree, max_cost: int, least: int
) -> Iterator[tuple[Ints, Ints]]:
    """Every simple way through a node that costs at most `max_cost` and has no detour of up to
    `least`, cheapest first; ties by node.

    They come some at a time, as `_join` gives them.
    """
    priced, of = forward.priced, forward.priced.links
    distances = (forward.distance, backward.distance)
    at_ends = (of.tail, of.head, of.leaving, of.entering_first, of.entering)
    trees = (
        *at_ends,
        priced.ticks,
        priced.entering_from,
        priced.entering_ticks,
        *distances,
        forward.root,
        backward.root,
    )
    plateaus = _find_plateaus(
        *trees, priced.dearest_leaving, priced.dearest_entering, max_cost, least
    )
    inside = (of.tail, of.head, of.opposite, of.first, of.arcs, priced.reached)
    cost, first_node, through = _measure_plateaus(
        plateaus, of.node, *inside, network.topology.head, *distances, least
    )
    through = through[np.lexsort((first_node, cost))]
    at, (seen, out_via, back_via) = 0, np.full((3, len(of.node)), -1, np.int32)
    while at < len(through):
        at, ways, first = _join_ways(*trees, out_via, back_via, through, at, seen, BATCH_SIZE)
        yield ways, first


def _find_penalised(
    network: Network,
    engine: Engine,
    chosen: _Chosen,
    forward: Tree,
    backward: Tree,
    max_cost: int,
    least: int,
    closed: Ints,
) -> Ints | None:
    """The cheapest way where the roads already taken are as much dearer as it takes to share little
    enough with each.

    None where that costs more than `max_cost` or holds a detour of up to `least`. The dearer they
    are, the less of them is driven, and the more the way costs; and what avoids them by detours
    avoids them by more when they are dearer still. So no more is tried then. A link of a way that
    costs at most `max_cost` has no more between the cheapest way to it and the cheapest way on: no
    other is looked at, and none that is `closed`.
    """
    priced, links = forward.priced, forward.priced.links
    dearer = np.zeros(len(priced.ticks) + 1, bool)
    for way in chosen.all:
        dearer[way] = dearer[links.opposite[way]] = (
            True  # those without an opposite mark the last, which is no link
        )
    ticks = priced.ticks
    if len(closed):
        ticks = ticks.copy()
        ticks[closed] = CLOSED
    arrays = (
        links.tail,
        links.head,
        links.leaving,
        links.entering_first,
        links.entering,
        ticks,
        forward.distance,
        backward.distance,
    )
    for penalty in PENALTIES:
        way = _search_penalised(*arrays, max_cost, dearer, penalty, forward.root, backward.root)
        if priced.ticks[way].sum() > max_cost:
            return None
        if chosen.differs(way):
            return way if is_locally_cheapest(network, engine, links.expand(way), least) else None
    return None


@kernel
def _find_different(
    ways: Ints,
    first: Ints,
    begin: int,
    chosen: Ints,
    chosen_first: Ints,
    opposite: Ints,
    ticks: Ints,
    length_m: Floats,
    max_shared: float,
    met: Ints,
    asked: int,
) -> int:
    """See `_Chosen.find_different`.

    Links that a way drives, in either direction, are marked in `met` by its number and `asked`.
    """
    for number in range(begin, len(first) - 1):
        way = ways[first[number] : first[number + 1]]
        cost, length = 0, 0.0
        for link in way:
            met[link] = met[opposite[link]] = number + asked
            cost += ticks[link]
            length += length_m[link]
        different = True
        for other in range(len(chosen_first) - 1):
            other_cost, other_length, shared, same = (
                0,
                0.0,
                0.0,
                chosen_first[other + 1] - chosen_first[other] == len(way),
            )
            for at in range(chosen_first[other], chosen_first[other + 1]):
                link = chosen[at]
                same = same and link == way[at - chosen_first[other]]
                other_cost += ticks[link]
                other_length += length_m[link]
                if met[link] == number + asked:
                    shared += length_m[link]
            driven = length if cost >= other_cost else other_length
            if same or driven == 0.0 or shared / driven > max_shared:
                different = False
                break
        if different:
            return number
    return len(first) - 1


@kernel
def _find_plateaus(
    tail: Ints,
    head: Ints,
    leaving: Ints,
    entering_first: Ints,
    entering: Ints,
    ticks: Ints,
    entering_from: Ints,
    entering_ticks: Ints,
    out_distance: Ints,
    back_distance: Ints,
    source: int,
    target: int,
    dearest_leaving: Ints,
    dearest_entering: Ints,
    max_cost: int,
    least: int,
) -> Ints:
    """What two trees have in common, where the way costs at most `max_cost` and may hold no detour
    of `least`; one plateau a row.

    A row holds what the way costs, the first end of the plateau, the link by which the tree from
    the source enters it (-1 where there is none), what the plateau costs from there to its last
    end, the link by which the tree to the target leaves that, and -1. Or, of a plateau that may lie
    inside of a link: the end where the link begins, the link, less than nothing by what the link
    costs, the link, and the link.
    """
    count = len(out_distance)
    onward, goes_on = (
        np.full(count, -1, np.int32),
        np.zeros(count, np.bool_),
    )  # over links that are in both trees
    costs = out_distance + back_distance
    in_both, size = np.empty(len(tail) + 1, np.int64), 0
    for link in range(len(tail)):  # without a branch, for no processor could guess it
        start, stop = tail[link], head[link]
        in_both[size] = link
        size += int(
            (costs[start] == costs[stop])
            & (costs[start] <= max_cost)
            & (out_distance[stop] - out_distance[start] == ticks[link])
        )
    for link in in_both[:size]:
        start, stop = tail[link], head[link]
        first, place = (
            leaving[start],
            entering_first[stop],
        )  # of several that cost the same, a tree takes the first
        while back_distance[head[first]] + ticks[first] != back_distance[start]:
            first += 1
        while out_distance[entering_from[place]] + entering_ticks[place] != out_distance[stop]:
            place += 1
        if first == link and entering[place] == link:
            onward[start], goes_on[stop] = link, True
    looked_at, ends = np.empty(count + 1, np.int64), 0
    for end in range(count):
        begins = (onward[end] >= 0) & (not goes_on[end]) | (end == source) | (end == target)
        looked_at[ends] = end
        ends += int(
            (costs[end] <= max_cost)
            & (begins | (dearest_entering[end] + dearest_leaving[end] > least))
        )
    found, size = np.empty((256, 6), np.int64), 0
    for end in looked_at[:ends]:
        cost = costs[end]
        last = end
        while not goes_on[end] and onward[last] >= 0:
            last = np.int64(head[onward[last]])
        driven = out_distance[last] - out_distance[end]
        begins = not goes_on[end] and (
            driven + dearest_entering[end] + dearest_leaving[last] > least
            or end == source
            or last == target
        )
        if not begins and dearest_leaving[end] <= least:
            continue
        before, after = -1, -1
        if begins and end != source:
            place = entering_first[end]
            while out_distance[entering_from[place]] + entering_ticks[place] != out_distance[end]:
                place += 1
            before = entering[place]
        if begins and last != target:
            after = leaving[last]
            while back_distance[head[after]] + ticks[after] != back_distance[last]:
                after += 1
        if size + leaving[end + 1] - leaving[end] + 1 > len(found):
            found = np.concatenate(
                (found, np.empty((len(found) + leaving[end + 1] - leaving[end], 6), np.int64))
            )
        if begins and (before < 0 or after < 0 or driven + ticks[before] + ticks[after] > least):
            found[size, 0], found[size, 1], found[size, 2] = cost, end, before
            found[size, 3], found[size, 4], found[size, 5] = driven, after, -1
            size += 1
        for link in range(leaving[end], leaving[end + 1]):
            further = head[link]
            cost = out_distance[end] + ticks[link] + back_distance[further]
            if ticks[link] <= least or cost > max_cost:
                continue
            enters, leaves = (
                out_distance[end] + ticks[link] == out_distance[further],
                cost == out_distance[end] + back_distance[end],
            )
            if enters:  # but if another one before it does as well, the tree does not
                place = entering_first[further]
                while (
                    out_distance[entering_from[place]] + entering_ticks[place]
                    != out_distance[further]
                ):
                    place += 1
                enters = entering[place] == link
            if leaves:
                first = leaving[end]
                while back_distance[head[first]] + ticks[first] != back_distance[end]:
                    first += 1
                leaves = first == link
            if not enters and not leaves:
                found[size, 0], found[size, 1], found[size, 2] = cost, end, link
                found[size, 3], found[size, 4], found[size, 5] = -ticks[link], link, link
                size += 1
    return found[:size].copy()


@kernel
def _measure_plateaus(
    plateaus: Ints,
    node: Ints,
    tail: Ints,
    head: Ints,
    opposite: Ints,
    first: Ints,
    arcs: Ints,
    reached: Ints,
    arc_head: Ints,
    out_distance: Ints,
    back_distance: Ints,
    least: int,
) -> tuple[Ints, Ints, Ints]:
    """Of the plateaus that `_find_plateaus` gives, those that cost more than `least` with the arcs
    before and after them, or have none there.

    Of each what its way costs, its first node, and an end and a link (or -1) that the way goes
    through.

    A plateau may begin and end inside of a link. The tree from the source enters a link that may be
    driven both ways from both sides: up to some node from its tail, and from there on from its
    head; the tree to the target leaves it likewise.
    """
    cost, first_node, through = (
        np.empty(len(plateaus), np.int64),
        np.empty(len(plateaus), np.int64),
        np.empty((len(plateaus), 2), np.int64),
    )
    size = 0
    for at in range(len(plateaus)):
        end, before, driven, after, link = (
            plateaus[at, 1],
            plateaus[at, 2],
            plateaus[at, 3],
            plateaus[at, 4],
            plateaus[at, 5],
        )
        begin, leads_on, stop = node[end], 0, 0
        if before >= 0:
            place, length = first[before], first[before + 1] - first[before]
            backward, leads_on = opposite[before], length
            while (
                leads_on > 1
                # whether from the node before this one, too, the tree to the target goes on to the head
            ):
                onward = (
                    back_distance[head[before]]
                    + reached[place + length - 1]
                    - reached[place + leads_on - 2]
                )
                if backward >= 0:
                    against = (
                        first[backward] + length - leads_on
                    )  # the arc that leads into that node from the other side
                    turned = (
                        back_distance[tail[before]]
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
            while (
                stop < length - 1
            ):  # whether into the next node, too, the tree from the source comes from the tail
                if backward >= 0:
                    against = first[backward] + length - stop - 2
                    onward = out_distance[tail[after]] + reached[place + stop]
                    turned = out_distance[head[after]] + reached[against]
                    if onward > turned or (onward == turned and arcs[place + stop] > arcs[against]):
                        break
                stop += 1
            driven += reached[place + stop]
        if (driven > least and (link < 0 or leads_on <= stop)) or before < 0 or after < 0:
            cost[size], first_node[size], through[size, 0], through[size, 1] = (
                plateaus[at, 0],
                begin,
                end,
                link,
            )
            size += 1
    return cost[:size].copy(), first_node[:size].copy(), through[:size].copy()


@kernel
def _join_ways(
    tail: Ints,
    head: Ints,
    leaving: Ints,
    entering_first: Ints,
    entering: Ints,
    ticks: Ints,
    entering_from: Ints,
    entering_ticks: Ints,
    out_distance: Ints,
    back_distance: Ints,
    source: int,
    target: int,
    out_via: Ints,
    back_via: Ints,
    through: Ints,
    begin: int,
    seen: Ints,
    at_once: int,
) -> tuple[int, Ints, Ints]:
    """Where to go on, and the ways through some ends or links, from `begin` on, until they have
    `at_once` links: as `_join` gives them.

    Ways that meet an end twice are left out. `seen` tells for each end by which way it was met
    last. Both halves of a way are followed from the middle at once: most that meet do so at once.
    """
    ways, size, (first_half, second_half) = (
        np.empty(8192, np.int64),
        0,
        np.empty((2, len(seen)), np.int64),
    )
    first, count, at = np.zeros(len(through) - begin + 1, np.int64), 0, begin
    while at < len(through) and size < at_once:
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
                    entering_first[start], entering_first[start + 1] if out_via[start] < 0 else 0
                ):
                    if (
                        out_distance[entering_from[place]] + entering_ticks[place]
                        == out_distance[start]
                    ):
                        out_via[start] = entering[place]
                        break
                first_half[before] = out_via[start]
                start = np.int64(tail[out_via[start]])
                simple = seen[start] != at
                seen[start] = at
                before += 1
            if simple and end != target:
                for link in range(leaving[end], leaving[end + 1] if back_via[end] < 0 else 0):
                    if back_distance[head[link]] + ticks[link] == back_distance[end]:
                        back_via[end] = link
                        break
                second_half[after] = back_via[end]
                end = np.int64(head[back_via[end]])
                simple = seen[end] != at
                seen[end] = at
                after += 1
        if simple:
            while size + before + after + 1 > len(ways):
                ways = np.concatenate((ways, np.empty(len(ways), np.int64)))
            ways[size : size + before] = first_half[:before][::-1]
            size += before
            if middle >= 0:
                ways[size], size = middle, size + 1
            ways[size : size + after] = second_half[:after]
            size += after
            count += 1
            first[count] = size
        at += 1
    return at, ways[:size].copy(), first[: count + 1].copy()


@kernel
def _search_penalised(
    tail: Ints,
    head: Ints,
    leaving: Ints,
    entering_first: Ints,
    entering: Ints,
    ticks: Ints,
    out_distance: Ints,
    back_distance: Ints,
    max_cost: int,
    dearer: Flags,
    penalty: float,
    source: int,
    target: int,
) -> Ints:
    """The cheapest way on links that a way of at most `max_cost` can use, where some links are
    dearer.

    A* (Hart, Nilsson and Raphael, 1968): what is still to be driven costs at least what it does
    where nothing is dearer. It goes on through everything that costs no more than the way found, so
    that ties are decided among all.
    """
    bits = 0
    while 2**bits < len(out_distance):
        bits += 1
    distance = np.full(len(out_distance), FAR, np.int64)
    distance[source] = 0
    waiting = [
        (back_distance[source] << bits) + source
    ]  # what a way through an end costs at least, and the end, as one number
    while len(waiting) > 0:
        lowest = heappop(waiting)
        bound, end = lowest >> bits, lowest & (2**bits - 1)
        if bound > distance[target]:
            break
        if bound > distance[end] + back_distance[end]:
            continue  # it was met again, on a cheaper way
        for link in range(leaving[end], leaving[end + 1]):
            further, price = head[link], np.int64(ticks[link])
            if out_distance[end] + price + back_distance[further] > max_cost:
                continue
            if dearer[link]:
                price = np.int64(np.rint(price * penalty))
            if distance[end] + price < distance[further]:
                distance[further] = distance[end] + price
                bound = distance[further] + back_distance[further]
                if bound <= distance[target]:
                    heappush(waiting, (bound << bits) + further)
    found, size, at = np.empty(256, np.int64), 0, np.int64(target)
    while at != source:
        for place in range(entering_first[at], entering_first[at + 1]):
            link = entering[place]
            start, price = tail[link], np.int64(ticks[link])
            if out_distance[start] + price + back_distance[at] > max_cost:
                continue
            if dearer[link]:
                price = np.int64(np.rint(price * penalty))
            if distance[start] + price == distance[at]:
                if size == len(found):
                    found = np.concatenate((found, np.empty(size, np.int64)))
                found[size] = link
                size += 1
                at = np.int64(start)
                break
    return found[:size][::-1].copy()
