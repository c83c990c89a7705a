"""The pairs of depot and destination that are served, and their routes by rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from corridors.network.graph import Network
from corridors.network.links import CLOSED
from corridors.routing.alternates import find_alternates
from corridors.routing.engines import Engine, start_engine
from corridors.routing.sharing import IncidentExposure, read_exposure
from corridors.routing.trees import grow_tree
from corridors.rules import Rules
from corridors.tables import STEPS, Flags, Ints, assemble_table, take_words

Pair = tuple[str, str]
"""The ids of a depot and a destination."""


@dataclass(frozen=True, eq=False, slots=True)
class Route:
    """A route from a depot to a destination.

    `arcs` are rows of `Network.arcs` in driving order, and `ticks` their total cost.
    """

    depot_id: str
    destination_id: str
    rank: int
    arcs: Ints
    ticks: int

    @property
    def corridor_id(self) -> str:
        """depot:destination:rank; a colon or percent sign inside an id becomes %3A or %25."""
        ends = (
            end.replace("%", "%25").replace(":", "%3A")
            for end in (self.depot_id, self.destination_id)
        )
        return ":".join([*ends, str(self.rank)])


@dataclass(frozen=True, eq=False, slots=True)
class Routes:
    """The routes of all pairs, by destination, depot and rank, and their steps."""

    routes: tuple[Route, ...]
    steps: pd.DataFrame
    """The result of `build_steps`: a table of the contract `STEPS`."""

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)

    def __len__(self) -> int:
        return len(self.routes)

    def __getitem__(self, at: int) -> Route:
        return self.routes[at]


class EarlierRoutes(NamedTuple):
    """Routes found before on the same topology, by the same rules.

    `changed` are the segments (positions) whose exposure to an incident differs since.
    """

    network: Network
    routes: Sequence[Route]
    changed: Ints


def find_routes(
    network: Network,
    depots: Sequence[str],
    destinations: Sequence[str],
    *,
    rules: Rules,
    nearby: pd.DataFrame | IncidentExposure | None = None,
    engine: str = "auto",
    earlier: EarlierRoutes | None = None,
) -> Routes:
    """The primary and the alternates of every pair that is served.

    A pair without any route is not among them.

    The routes of a pair in `earlier` are kept where no change since can affect them. This is exact:
    all that makes a route (the primary, paths through nodes, paths found by penalties, their tests
    for detours) is on paths from the depot to the destination that cost at most `max_stretch_ratio`
    times the primary. A changed arc is on such a path, before or now, only if the cheapest path
    over it is, with every arc at the lower of its two costs. Where this is true of no changed arc,
    all that is compared is the same as before, in the same order.

    Parameters
    ----------
    network
        Its `terminals` name the depots and destinations.
    depots, destinations
        Ids, in the order in which ties are decided.
    rules
        `routing.pairs`: "nearest" takes for each destination the depot that reaches it at the least
        cost, "all" every depot. For the alternates see `alternates.find_alternates`.
    nearby
        The result of `exposure.weigh_nearby`, or an `IncidentExposure` of it: alternates exposed to
        other incidents than the primary then come first.
    engine
        One of `ENGINES`; the routes are the same with each.
    earlier
        Routes found before.

    Returns
    -------
    Routes
    """
    position, is_touched = network.topology.position, find_touched(network)
    searcher, links = start_engine(network, engine), network.links
    exposed = read_exposure(network, nearby)
    trees = {
        depot: grow_tree(links, searcher, position[depot])
        for depot in depots
        if is_touched[position[depot]]
    }
    kept = _find_kept(network, earlier, searcher, rules) if earlier else {}
    routes: list[Route] = []
    for destination in destinations:
        end = links.links.find_end(position[destination])
        reaching = [depot for depot, tree in trees.items() if tree.distance[end] < CLOSED]
        if rules.routing.pairs == "nearest":
            reaching = sorted(reaching, key=lambda depot: trees[depot].distance[end])[:1]
        backward = None
        for depot in reaching:
            if (depot, destination) in kept:
                routes += kept[depot, destination]
                continue
            paths = [trees[depot].path(end)]
            if rules.routing.alternates:
                backward = backward or grow_tree(
                    links, searcher, position[destination], towards=True
                )
                paths += find_alternates(
                    network, searcher, trees[depot], backward, rules=rules.routing, exposed=exposed
                )
            costs = [int(links.ticks[path].sum()) for path in paths]
            for rank, at in enumerate(np.argsort(costs, kind="stable").tolist(), start=1):
                arcs = links.links.expand(paths[at])
                routes.append(Route(depot, destination, rank, arcs, costs[at]))
    return Routes(tuple(routes), build_steps(network, routes))


def find_touched(network: Network) -> Flags:
    """Whether an open road begins or ends at each node.

    A depot whose every road is closed reaches nothing, not even a site at the same place.
    """
    roads, touched = network.topology, np.zeros(len(network.nodes), dtype=bool)
    driven = network.usable & (roads.segment >= 0)
    touched[roads.tail[driven]] = touched[roads.head[driven]] = True
    return touched


def _find_kept(
    network: Network, earlier: EarlierRoutes, searcher: Engine, rules: Rules
) -> dict[Pair, list[Route]]:
    """The earlier routes of the pairs that no change can affect."""
    if network.tick_min != earlier.network.tick_min:
        return {}
    roads, position = network.topology, network.topology.position
    is_changed = np.zeros(len(network.segments) + 1, dtype=bool)
    is_changed[earlier.changed] = True  # the last, for arcs into zones, never is
    changed = np.flatnonzero((network.ticks != earlier.network.ticks) | is_changed[roads.segment])
    lower = np.minimum(network.ticks, earlier.network.ticks)
    at_lower = searcher.repriced(lower)
    pairs: dict[Pair, list[Route]] = {}
    for route in earlier.routes:
        pairs.setdefault((route.depot_id, route.destination_id), []).append(route)
    before = {
        depot: at_lower.distances_from(position[depot])[roads.tail[changed]]
        for depot in {depot for depot, _ in pairs}
    }
    after = {
        place: at_lower.distances_to(position[place])[roads.head[changed]]
        for place in {place for _, place in pairs}
    }
    stretch = rules.routing.max_stretch_ratio
    return {
        (depot, place): routes
        for (depot, place), routes in pairs.items()
        if (before[depot] + lower[changed] + after[place] > int(routes[0].ticks * stretch)).all()
    }


def build_steps(network: Network, routes: Sequence[Route]) -> pd.DataFrame:
    """The steps of all routes as a table of the contract `STEPS`.

    There is one row for each segment driven, in driving order.
    """
    roads = network.topology
    driven = [route.arcs[roads.segment[route.arcs] >= 0] for route in routes]
    arcs = np.concatenate([np.zeros(0, np.int64), *driven])
    route = np.repeat(np.arange(len(routes)), [len(each) for each in driven])
    segment, forward = roads.segment[arcs], roads.forward[arcs]
    start_m, end_m = roads.start_m[arcs], roads.end_m[arcs]
    new = (np.diff(route) != 0) | (np.diff(segment) != 0) | (np.diff(forward) != 0)
    new |= start_m[1:] != end_m[:-1]
    some = np.full(min(len(arcs), 1), fill_value=True)
    first, last = np.flatnonzero(np.r_[some, new]), np.flatnonzero(np.r_[new, some])
    owner = route[first]
    return assemble_table(
        STEPS,
        {
            "corridor_id": take_words([each.corridor_id for each in routes], owner),
            "sequence": np.arange(len(first)) - np.searchsorted(owner, owner),
            "segment_id": network.segments.index.array.take(segment[first]),
            "direction": take_words(("backward", "forward"), forward[first].astype(np.int8)),
            "start_m": start_m[first],
            "end_m": end_m[last],
        },
    )
