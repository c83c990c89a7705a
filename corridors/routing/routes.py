"""Which pairs are served, and their routes by rank."""

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
from corridors.routing.sharing import Exposed, read_exposed
from corridors.routing.trees import grow_tree
from corridors.rules import Rules
from corridors.tables import STEPS, Flags, Ints, assemble_table, take_words


@dataclass(frozen=True, eq=False, slots=True)
class Route:
    """One way from a depot to a destination: rows of `Network.arcs` in driving order, and what they
    cost together, in ticks.
    """

    depot_id: str
    destination_id: str
    rank: int
    arcs: Ints
    ticks: int

    @property
    def corridor_id(self) -> str:
        """depot:destination:rank, with a colon or percent sign inside an id told as %3A or %25."""
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
    """What `build_steps` returns: a table of the contract `STEPS`."""

    def __iter__(self) -> Iterator[Route]:
        """Each route in turn."""
        return iter(self.routes)

    def __len__(self) -> int:
        """How many routes there are."""
        return len(self.routes)

    def __getitem__(self, at: int) -> Route:
        """One route by its number."""
        return self.routes[at]


class Known(NamedTuple):
    """What was found before on the same topology and by the same rules, and the segments that are
    exposed otherwise since.
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
    nearby: pd.DataFrame | Exposed | None = None,
    engine: str = "auto",
    known: Known | None = None,
) -> Routes:
    """The primary and the alternates of every pair to be served; a pair without any way is simply
    not among them.

    Routes that are `known` are kept where nothing that changed since can have a part in them. Why
    that is exact: whatever makes a route (the primary, ways through nodes, ways found by penalties,
    their tests for detours) lies on ways from the depot to the destination that cost at most
    `max_stretch_ratio` times the primary. An arc that changed lies on such a way, before or now,
    only if the cheapest way over it does so at the lower of its two prices, on roads that are all
    at the lower of theirs. Where no changed arc does, all that is compared is the same as before,
    in the same order.

    Parameters
    ----------
    network
        Its `terminals` name the depots and destinations.
    depots, destinations
        Ids, in the order in which ties are decided.
    rules
        `routing.pairs`: "nearest" takes for each destination the depot that reaches it at least
        cost, "all" every depot. For the alternates see `alternates.find_alternates`.
    nearby
        What `exposure.weigh_nearby` gives, or `Exposed` made of it: alternates that are exposed to other incidents than the
        primary then come first.
    engine
        One of `ENGINES`; the routes are the same with each.
    known
        Routes found before.

    Returns
    -------
    Routes
    """
    at, is_touched = network.topology.position, find_touched(network)
    searches, links = start_engine(network, engine), network.links
    exposed = read_exposed(network, nearby)
    forward_trees = {
        depot: grow_tree(links, searches, at[depot]) for depot in depots if is_touched[at[depot]]
    }
    kept = _find_kept(network, known, searches, rules) if known else {}
    routes: list[Route] = []
    for destination in destinations:
        end = links.links.find_end(at[destination])
        reached = {
            depot: int(tree.distance[end])
            for depot, tree in forward_trees.items()
            if tree.distance[end] < CLOSED
        }
        if not reached:
            continue
        served = (
            sorted(reached, key=reached.__getitem__)[:1]
            if rules.routing.pairs == "nearest"
            else list(reached)
        )
        alone = not rules.routing.alternates or all(
            (depot, destination) in kept for depot in served
        )
        backward_trees = (
            None if alone else grow_tree(links, searches, at[destination], towards=True)
        )
        for depot in served:
            if (depot, destination) in kept:
                routes += kept[depot, destination]
                continue
            others = (
                find_alternates(
                    network,
                    searches,
                    forward_trees[depot],
                    backward_trees,
                    rules=rules.routing,
                    exposed=exposed,
                )
                if backward_trees
                else []
            )
            priced = sorted(
                (
                    (int(links.ticks[way].sum()), way)
                    for way in [forward_trees[depot].path(end), *others]
                ),
                key=lambda one: one[0],
            )
            routes += [
                Route(depot, destination, rank, links.links.expand(way), price)
                for rank, (price, way) in enumerate(priced, start=1)
            ]
    return Routes(tuple(routes), build_steps(network, routes))


def find_touched(network: Network) -> Flags:
    """Whether a road that may be driven begins or ends at each node: a depot whose every road is
    closed is nowhere, even for a neighbour.
    """
    roads, touched = network.topology, np.zeros(len(network.nodes), dtype=bool)
    driven = network.usable & (roads.segment >= 0)
    touched[roads.tail[driven]] = touched[roads.head[driven]] = True
    return touched


def _find_kept(
    network: Network, known: Known, searches: Engine, rules: Rules
) -> dict[tuple[str, str], list[Route]]:
    """The known routes of the pairs that no change can have a part in."""
    if network.tick_min != known.network.tick_min:
        return {}
    roads, at = network.topology, network.topology.position
    exposed = np.zeros(len(network.segments) + 1, dtype=bool)
    exposed[known.changed] = True  # the last, for arcs into zones, never is
    changed = np.flatnonzero((network.ticks != known.network.ticks) | exposed[roads.segment])
    lower = np.minimum(network.ticks, known.network.ticks)
    at_lower = searches.repriced(lower)
    pairs: dict[tuple[str, str], list[Route]] = {}
    for route in known.routes:
        pairs.setdefault((route.depot_id, route.destination_id), []).append(route)
    forward_trees = {
        depot: at_lower.distances_from(at[depot])[roads.tail[changed]]
        for depot in {depot for depot, _ in pairs}
    }
    backward_trees = {
        place: at_lower.distances_to(at[place])[roads.head[changed]]
        for place in {place for _, place in pairs}
    }
    most = {
        pair: int(routes[0].ticks * rules.routing.max_stretch_ratio)
        for pair, routes in pairs.items()
    }
    return {
        pair: routes
        for pair, routes in pairs.items()
        if (forward_trees[pair[0]] + lower[changed] + backward_trees[pair[1]] > most[pair]).all()
    }


def build_steps(network: Network, routes: Sequence[Route]) -> pd.DataFrame:
    """The steps of all routes as a table of the contract `STEPS`: one row for each segment driven,
    in driving order.
    """
    roads = network.topology
    driven = [route.arcs[roads.segment[route.arcs] >= 0] for route in routes]
    arcs = np.concatenate([np.zeros(0, np.int64), *driven])
    route = np.repeat(np.arange(len(routes)), [len(each) for each in driven])
    segment, forward, start_m, end_m = (
        getattr(roads, name)[arcs] for name in ("segment", "forward", "start_m", "end_m")
    )
    new = (
        (np.diff(route) != 0)
        | (np.diff(segment) != 0)
        | (np.diff(forward) != 0)
        | (start_m[1:] != end_m[:-1])
    )
    any_driven = np.full(min(len(arcs), 1), fill_value=True)
    first, last = (
        np.flatnonzero(np.concatenate(ends)) for ends in ((any_driven, new), (new, any_driven))
    )
    owner = route[first]
    sequence = np.arange(len(first)) - np.searchsorted(owner, owner)
    names = [each.corridor_id for each in routes]
    return assemble_table(
        STEPS,
        {
            "corridor_id": take_words(names, owner),
            "sequence": sequence,
            "segment_id": network.segments.index.array.take(segment[first]),
            "direction": take_words(("backward", "forward"), forward[first].astype(np.int8)),
            "start_m": start_m[first],
            "end_m": end_m[last],
        },
    )
