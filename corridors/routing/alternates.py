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

import numpy as np

from corridors.loops import loop
from corridors.network import CLOSED, Network
from corridors.routing.engines import Engine
from corridors.routing.sharing import Exposed, measure_exposed, measure_shared, measure_shared_exposure
from corridors.routing.trees import Tree, grow_tree
from corridors.rules import RoutingRules
from corridors.tables import Ints

PENALTIES = (1.5, 3.0, 10.0, 1000.0)
"""What roads already taken are made dearer by, in turn. The last is in effect a search for the way that shares least."""


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
    most, least = int(best * rules.max_stretch_ratio), max(int(np.ceil(best * rules.locally_cheapest_ratio)), 1)
    if not best or not rules.alternates:
        return []
    chosen = _Chosen(network, primary, rules, exposed)
    postponed = []
    for arcs in _ways_through_plateaus(network, out, back, most, least):
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
        for arcs in _penalised_ways(network, engine, chosen.all, out, back, most):
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

    @property
    def alternates(self) -> list[Ints]:
        return self.all[1:]

    @property
    def full(self) -> bool:
        return len(self.all) > self._rules.alternates

    def add(self, arcs: Ints) -> None:
        self.all.append(arcs)
        if self._exposed:
            self._felt.append(measure_exposed(self._network, arcs, self._exposed))

    def differs(self, arcs: Ints) -> bool:
        """Whether it is new, and the dearer of it and each other shares little enough with the cheaper."""
        ticks = self._network.ticks
        for other in self.all:
            pair = (arcs, other) if ticks[arcs].sum() >= ticks[other].sum() else (other, arcs)
            if measure_shared(self._network, *pair) > self._rules.max_shared or np.array_equal(arcs, other):
                return False
        return True

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


def _ways_through_plateaus(network: Network, out: Tree, back: Tree, most: int, least: int) -> Iterator[Ints]:
    """Every way through a node that costs at most `most` and has no detour of up to `least`, cheapest first; ties by node."""
    roads = network.topology
    through = _find_plateaus(roads.tail, roads.head, network.ticks, out.distance, out.via, back.distance, back.via, most, least)
    seen = np.full(len(out.via), -1, np.int64)
    for number, at in enumerate(np.argsort(out.distance[through] + back.distance[through], kind="stable").tolist()):
        arcs = _join_ways(roads.tail, roads.head, out.via, back.via, int(through[at]), seen, number)
        if len(arcs):
            yield arcs


def _penalised_ways(network: Network, engine: Engine, taken: Sequence[Ints], out: Tree, back: Tree, most: int) -> Iterator[Ints]:
    """The cheapest ways where the roads already taken are dearer and dearer, on what any way of at most `most` can use."""
    roads = network.topology
    own = np.where(out.distance[roads.tail] + network.ticks + back.distance[roads.head] <= most, network.ticks, CLOSED)
    taken_pieces = np.unique(roads.piece[np.concatenate(taken)])
    used = np.isin(roads.piece, taken_pieces[taken_pieces >= 0]) & (own < CLOSED)
    highest = (CLOSED - 1 - own[own < CLOSED].sum()) / own[used].sum()  # so that no sum reaches CLOSED
    for penalty in PENALTIES:
        ticks = own.copy()
        ticks[used] = np.rint(own[used] * min(penalty, highest)).astype(np.int64)
        tree = grow_tree(roads, ticks, engine.repriced(ticks), out.root)
        yield tree.way(roads, back.root)


@loop
def _find_plateaus(
    tail: Ints,
    head: Ints,
    ticks: Ints,
    out_distance: Ints,
    out_via: Ints,
    back_distance: Ints,
    back_via: Ints,
    most: int,
    least: int,
) -> Ints:
    """The first node of each plateau of two trees whose way keeps the bounds."""
    found = np.empty(len(out_via), np.int64)
    count = 0
    for node in range(len(out_via)):
        if out_distance[node] + back_distance[node] > most:
            continue
        before = out_via[node]
        if before >= 0 and back_via[tail[before]] == before:
            continue  # the plateau began earlier
        end = node
        while back_via[end] >= 0 and out_via[head[back_via[end]]] == back_via[end]:
            end = head[back_via[end]]
        after = back_via[end]
        if before < 0 or after < 0 or out_distance[end] - out_distance[node] + ticks[before] + ticks[after] > least:
            found[count] = node
            count += 1
    return found[:count]


@loop
def _join_ways(tail: Ints, head: Ints, out_via: Ints, back_via: Ints, node: int, seen: Ints, number: int) -> Ints:
    """The arcs of the way through a node; none where it meets a node twice. `seen` holds the last number by which each node was met."""
    before, at = 0, node
    seen[node] = number
    while out_via[at] >= 0:
        at = tail[out_via[at]]
        seen[at] = number
        before += 1
    after, at = 0, node
    while back_via[at] >= 0:
        at = head[back_via[at]]
        if seen[at] == number:
            return np.empty(0, np.int64)
        seen[at] = number
        after += 1
    arcs = np.empty(before + after, np.int64)
    at = node
    for step in range(before):
        arcs[before - 1 - step] = out_via[at]
        at = tail[out_via[at]]
    at = node
    for step in range(after):
        arcs[before + step] = back_via[at]
        at = head[back_via[at]]
    return arcs
