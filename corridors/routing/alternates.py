"""Ways worth having besides the cheapest: not the cheapest again with a loop in it, and not one full of detours.

A way *through* a node drives the cheapest way to it and the cheapest way on. Where the tree of cheapest ways from the depot
and the tree of cheapest ways to the destination have a run of arcs in common, a *plateau* (it may be a single node), all ways
through its nodes are one. Between any two of its places that way is the cheapest, unless one lies before the plateau and the
other after it: every other stretch is part of one of the two trees. So if the plateau and one arc on either side of it cost
more than T together, the way holds no detour of up to T: it passes the T-test of Abraham, Delling, Goldberg and Werneck
(Alternative routes in road networks, 2013) without a search. Every node is looked at, so no way through a node that keeps the
bounds is missed. A way that meets a node twice is no corridor and is left out.

Where these do not suffice, roads already taken are made dearer and the cheapest way is looked for again; a way found so is
kept if it stands the same T-test, by search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

import numpy as np

from corridors.loops import loop
from corridors.network import CLOSED, Network
from corridors.routing.engines import Engine
from corridors.routing.sharing import Exposed, measure_exposed, measure_shared_exposure
from corridors.routing.trees import Tree
from corridors.rules import RoutingRules
from corridors.tables import Flags, Floats, Ints

PENALTIES = (1.5, 3.0, 10.0, 1000.0)
"""What roads already taken are made dearer by, in turn. The last is in effect a search for the way that shares least."""
STAGES = (1.3, 1.7)
"""Ways are looked for up to so many times the price of the primary first: few are worth the rest. It decides speed only."""


def find_alternates(
    network: Network, engine: Engine, out: Tree, back: Tree, primary: Ints, *, rules: RoutingRules, exposed: Exposed | None = None
) -> list[Ints]:
    """Up to `rules.alternates` ways besides the primary, each as its arcs in driving order.

    Parameters
    ----------
    network, engine
        The engine answers for the network's own ticks.
    out, back
        The tree from the depot, and the tree towards the destination.
    primary
        The arcs of the cheapest way.
    rules
        An alternate costs at most `max_stretch_ratio` times the primary, shares at most `max_shared` of its length with any
        cheaper corridor of the pair, and has no detour within `locally_cheapest_ratio` of the primary's price. Those that
        also share at most `max_shared_exposure` of their exposure with every cheaper one come first.
    exposed
        What exposes the segments; without it, exposure is not looked at.
    """
    best = int(network.ticks[primary].sum())
    most = min(int(best * rules.max_stretch_ratio), CLOSED - 1)  # no way costs more
    least = max(int(np.ceil(best * rules.locally_cheapest_ratio)), 1)
    if not best or not rules.alternates:
        return []
    chosen = _Chosen(network, primary, rules, exposed)
    postponed = []
    for arcs in _ways_through_plateaus(network, out, back, best, most, least):
        if chosen.full:
            return chosen.alternates
        if chosen.differs(arcs):
            if chosen.differs_in_exposure(arcs):
                chosen.add(arcs)
            else:
                postponed.append(arcs)
    for arcs in postponed:
        if not chosen.full and chosen.differs(arcs):
            chosen.add(arcs)
    while not chosen.full:
        for arcs in _penalised_ways(network, chosen.all, out, back, most):
            cost = int(network.ticks[arcs].sum())
            if cost <= most and chosen.differs(arcs) and is_locally_cheapest(network, engine, arcs, least):
                chosen.add(arcs)
                break
        else:
            break
    return chosen.alternates


class _Chosen:
    """The primary and the alternates chosen so far, and what they have in common with another."""

    def __init__(self, network: Network, primary: Ints, rules: RoutingRules, exposed: Exposed | None) -> None:
        self._network, self._rules, self._exposed = network, rules, exposed
        self.all = [primary]
        self._felt = [measure_exposed(network, primary, exposed)] if exposed else []
        self._joined, self._first = primary, np.array([0, len(primary)])
        self._seen, self._asked = np.zeros(network.topology.piece.max(initial=-1) + 2, np.int64), 0

    @property
    def alternates(self) -> list[Ints]:
        return self.all[1:]

    @property
    def full(self) -> bool:
        return len(self.all) > self._rules.alternates

    def add(self, arcs: Ints) -> None:
        self.all.append(arcs)
        self._joined, self._first = np.concatenate(self.all), np.append(self._first, self._first[-1] + len(arcs))
        if self._exposed:
            self._felt.append(measure_exposed(self._network, arcs, self._exposed))

    def differs(self, arcs: Ints) -> bool:
        """Whether it is new, and the dearer of it and each other shares little enough with the cheaper."""
        roads, number = self._network.topology, self._asked + 1
        self._asked += len(self.all) + 1
        return bool(
            _differs(
                arcs,
                self._joined,
                self._first,
                self._network.ticks,
                roads.piece,
                roads.length_m,
                self._rules.max_shared,
                self._seen,
                number,
            )
        )

    def differs_in_exposure(self, arcs: Ints) -> bool:
        if not self._exposed:
            return True
        own = measure_exposed(self._network, arcs, self._exposed)
        return all(measure_shared_exposure(own, other) <= self._rules.max_shared_exposure for other in self._felt)


def is_locally_cheapest(network: Network, engine: Engine, arcs: Ints, least: int) -> bool:
    """Whether no stretch of a way that costs at most `least` ticks could be driven at a lower price: the T-test, by search.

    >>> import corridors as co
    >>> from corridors.routing import start_engine
    >>> network = co.plan_corridors(co.read_situation(co.demo_folder())).network
    >>> is_locally_cheapest(network, start_engine(network), np.array([0]), 1)
    True
    """
    roads = network.topology
    reached = np.r_[0, np.cumsum(network.ticks[arcs])]
    nodes = np.r_[roads.tail[arcs[:1]], roads.head[arcs]]
    last = np.searchsorted(reached, reached + least, side="right") - 1  # the farthest place within `least` of each
    whole = np.r_[True, last[1:] > last[:-1]]  # a stretch that lies within another need not be tried
    return all(
        engine.distance(int(nodes[start]), int(nodes[end])) == reached[end] - reached[start]
        for start, end in enumerate(last)
        if whole[start] and end > start
    )


def _ways_through_plateaus(network: Network, out: Tree, back: Tree, best: int, most: int, least: int) -> Iterator[Ints]:
    """Every way through a node that costs at most `most` and has no detour of up to `least`, cheapest first; ties by node."""
    roads = network.topology
    arcs = (roads.tail, roads.head, network.ticks, *network.entering, *network.leaving)
    passable, above = _find_passable(roads.outward, out.root, back.root), -1
    seen, number = np.zeros(len(passable), np.int64), 0
    out_via, back_via = np.empty((2, len(passable)), np.int32)
    for up_to in sorted({*(min(int(best * stage), most) for stage in STAGES), most}):
        bounds = (above, up_to, least)
        through = _find_plateaus(*arcs, passable, out.root, back.root, out.distance, back.distance, *bounds, out_via, back_via)
        through = through[np.argsort(out.distance[through] + back.distance[through], kind="stable")]
        at = 0
        while at < len(through):
            at, number, way = _join_ways(roads.tail, roads.head, out_via, back_via, through, at, seen, number)
            if len(way):
                yield way
        above = up_to


def _find_passable(outward: Ints, source: int, target: int) -> Flags:
    """Whether a way between two nodes that meets none twice can go through each: it enters only the dead ends that they lie in."""
    passable = outward < 0
    for node in (source, target):
        at = node
        while at >= 0:
            passable[at] = True
            at = outward[at]
    return passable


def _penalised_ways(network: Network, taken: Sequence[Ints], out: Tree, back: Tree, most: int) -> Iterator[Ints]:
    """The cheapest ways where the roads already taken are dearer and dearer, on what any way of at most `most` can use.

    An arc of such a way has at most `most` between the cheapest way to it and the cheapest way on: no other is looked at.
    """
    roads = network.topology
    dearer = np.zeros(roads.piece.max(initial=-1) + 2, bool)
    dearer[roads.piece[np.concatenate(taken)]] = True
    dearer[-1] = False  # arcs into zones are no pieces of road
    arcs = (roads.tail, roads.head, network.ticks, roads.piece)
    bounds, passable = (out.distance, back.distance, most), _find_passable(roads.outward, out.root, back.root)
    everything, used = _add_up(*arcs, *bounds, dearer)
    highest = (CLOSED - 1 - everything) / used  # so that no sum reaches CLOSED
    for penalty in PENALTIES:
        yield _search_dearer(
            roads.piece, *network.entering, *network.leaving, passable, *bounds, dearer, min(penalty, highest), out.root, back.root
        )


@loop
def _differs(
    arcs: Ints,
    chosen: Ints,
    first: Ints,
    ticks: Ints,
    piece: Ints,
    length_m: Floats,
    max_shared: float,
    seen: Ints,
    number: int,
) -> bool:
    """Whether a way differs from each chosen one (`chosen[first[k] : first[k + 1]]`): see `_Chosen.differs`.

    Pieces of a way are marked in `seen`: its own with `number`, those of chosen ones with the numbers after it.
    """
    cost, length = 0, 0.0
    for arc in arcs:
        seen[piece[arc]] = number
        cost += ticks[arc]
        length += length_m[arc]
    for other in range(len(first) - 1):
        other_cost, other_length, shared, same = 0, 0.0, 0.0, first[other + 1] - first[other] == len(arcs)
        for at in range(first[other], first[other + 1]):
            arc = chosen[at]
            same = same and arc == arcs[at - first[other]]
            other_cost += ticks[arc]
            other_length += length_m[arc]
            if seen[piece[arc]] == number:
                shared += length_m[arc]
        driven = length if cost >= other_cost else other_length
        if same or driven == 0.0 or shared / driven > max_shared:
            return False
    return True


@loop
def _find_plateaus(
    tail: Ints,
    head: Ints,
    ticks: Ints,
    first_entering: Ints,
    entering: Ints,
    entering_from: Ints,
    entering_ticks: Ints,
    first_leaving: Ints,
    leaving: Ints,
    leaving_to: Ints,
    leaving_ticks: Ints,
    passable: Flags,
    source: int,
    target: int,
    out_distance: Ints,
    back_distance: Ints,
    above: int,
    up_to: int,
    least: int,
    out_via: Ints,
    back_via: Ints,
) -> Ints:
    """The first node of each plateau of two trees whose way costs more than `above`, at most `up_to`, and holds no detour of `least`.

    For each node through which a way costs so much, it fills in the arc by which the tree from the source enters it, and that
    by which the tree to the target leaves it; -1 where there is none. Those of cheaper ways must be there already.
    """
    within, size = np.empty(len(out_distance), np.int64), 0
    for node in range(len(out_distance)):
        cost = out_distance[node] + back_distance[node]
        if not above < cost <= up_to or not passable[node]:
            continue
        within[size] = node
        size += 1
        out_via[node], back_via[node] = -1, -1
        if node != source:
            for at in range(first_entering[node], first_entering[node + 1]):
                if out_distance[entering_from[at]] + entering_ticks[at] == out_distance[node]:
                    out_via[node] = entering[at]
                    break
        if node != target:
            for at in range(first_leaving[node], first_leaving[node + 1]):
                if back_distance[leaving_to[at]] + leaving_ticks[at] == back_distance[node]:
                    back_via[node] = leaving[at]
                    break
    found, plateaus = np.empty(size, np.int64), 0
    for node in within[:size]:
        before = out_via[node]
        if before >= 0 and back_via[tail[before]] == before:
            continue  # the plateau began earlier
        end = node
        while back_via[end] >= 0 and out_via[head[back_via[end]]] == back_via[end]:
            end = head[back_via[end]]
        after = back_via[end]
        if before < 0 or after < 0 or out_distance[end] - out_distance[node] + ticks[before] + ticks[after] > least:
            found[plateaus] = node
            plateaus += 1
    return found[:plateaus].copy()


@loop
def _add_up(
    tail: Ints, head: Ints, ticks: Ints, piece: Ints, out_distance: Ints, back_distance: Ints, most: int, dearer: Flags
) -> tuple[int, int]:
    """What all arcs that a way of at most `most` can use cost together, and those of the dearer pieces."""
    everything, used = 0, 0
    for arc in range(len(tail)):
        if ticks[arc] < CLOSED and out_distance[tail[arc]] + ticks[arc] + back_distance[head[arc]] <= most:
            everything += ticks[arc]
            if dearer[piece[arc]]:
                used += ticks[arc]
    return everything, used


@loop
def _search_dearer(
    piece: Ints,
    first_entering: Ints,
    entering: Ints,
    entering_from: Ints,
    entering_ticks: Ints,
    first_leaving: Ints,
    leaving: Ints,
    leaving_to: Ints,
    leaving_ticks: Ints,
    passable: Flags,
    out_distance: Ints,
    back_distance: Ints,
    most: int,
    dearer: Flags,
    penalty: float,
    source: int,
    target: int,
) -> Ints:
    """The cheapest way on arcs that a way of at most `most` can use, where some pieces are dearer.

    A* (Hart, Nilsson and Raphael, 1968): what is still to be driven costs at least what it does where nothing is dearer. It
    goes on through everything that costs no more than the way found, so that ties are decided among all.
    """
    distance = np.full(len(out_distance), CLOSED, np.int64)
    distance[source] = 0
    count = len(distance)
    waiting = [back_distance[source] * count + source]  # what a way through a node costs at least, and the node, as one number
    while len(waiting) > 0:
        bound, node = divmod(heappop(waiting), count)
        if bound > distance[target]:
            break
        if bound > distance[node] + back_distance[node]:
            continue  # it was met again, on a cheaper way
        for place in range(first_leaving[node], first_leaving[node + 1]):
            end, price = leaving_to[place], np.int64(leaving_ticks[place])
            if not passable[end] or price >= CLOSED or out_distance[node] + price + back_distance[end] > most:
                continue
            if dearer[piece[leaving[place]]]:
                price = np.int64(np.rint(price * penalty))
            if distance[node] + price < distance[end]:
                distance[end] = distance[node] + price
                heappush(waiting, (distance[end] + back_distance[end]) * count + end)
    found, size, at = np.empty(256, np.int64), 0, np.int64(target)
    while at != source:
        for place in range(first_entering[at], first_entering[at + 1]):
            start, price = entering_from[place], np.int64(entering_ticks[place])
            if not passable[start] or price >= CLOSED or out_distance[start] + price + back_distance[at] > most:
                continue
            if dearer[piece[entering[place]]]:
                price = np.int64(np.rint(price * penalty))
            if distance[start] + price == distance[at]:
                if size == len(found):
                    found = np.concatenate((found, np.empty(size, np.int64)))
                found[size] = entering[place]
                size += 1
                at = np.int64(start)
                break
    return found[:size][::-1].copy()


@loop
def _join_ways(
    tail: Ints, head: Ints, out_via: Ints, back_via: Ints, through: Ints, begin: int, seen: Ints, number: int
) -> tuple[int, int, Ints]:
    """The arcs of the first way that meets no node twice, of those through some nodes from `begin` on; none where there is none.

    Besides, where to go on, and the last number in `seen`, which tells for each node by which way it was met last. Both halves
    of a way are followed from the middle at once: most that meet do so at once.
    """
    for at in range(begin, len(through)):
        number += 1
        start = end = through[at]
        seen[start] = number
        before, after, simple = 0, 0, True
        while simple and (out_via[start] >= 0 or back_via[end] >= 0):
            if out_via[start] >= 0:
                start = tail[out_via[start]]
                simple = seen[start] != number
                seen[start] = number
                before += 1
            if simple and back_via[end] >= 0:
                end = head[back_via[end]]
                simple = seen[end] != number
                seen[end] = number
                after += 1
        if not simple:
            continue
        arcs = np.empty(before + after, np.int64)
        node = through[at]
        for step in range(before):
            arcs[before - 1 - step] = out_via[node]
            node = tail[out_via[node]]
        node = through[at]
        for step in range(after):
            arcs[before + step] = back_via[node]
            node = head[back_via[node]]
        return at + 1, number, arcs
    return len(through), number, np.empty(0, np.int64)
