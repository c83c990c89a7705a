"""Corridors as segments in driving order: the cheapest, and alternates that are not the same road again.

Searches run on `Network.graph` with networkx, so that anyone can repeat them. A tie goes to the route networkx finds first
in the order of the arcs, which is that of the segment ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from corridors.network import Network
from corridors.rules import Rules
from corridors.tables import STEPS, build_table

PENALTIES = (1.5, 3.0, 10.0, 1000.0)
"""What roads already taken are made dearer by, in turn, in the search for an alternate. The last is in effect a search for
the way that shares least: where it shares too much, there is no alternate."""


@dataclass(frozen=True, eq=False, slots=True)
class Route:
    """One way from a depot to a destination: rows of `Network.arcs` in driving order, and what they cost together."""

    depot_id: str
    destination_id: str
    rank: int
    arcs: npt.NDArray[np.int64]
    cost: float

    @property
    def corridor_id(self) -> str:
        """depot:destination:rank, with a colon or percent sign inside an id told as %3A or %25."""
        ends = (end.replace("%", "%25").replace(":", "%3A") for end in (self.depot_id, self.destination_id))
        return ":".join([*ends, str(self.rank)])


def find_routes(network: Network, depots: Sequence[str], destinations: Sequence[str], *, rules: Rules) -> list[Route]:
    """The primary and the alternates of every pair to be served; a pair without any way is simply not among them.

    Parameters
    ----------
    network
        Its `terminals` name the depots and destinations.
    depots, destinations
        Ids, in the order in which ties are decided.
    rules
        `routing.pairs`: "nearest" takes for each destination the depot that reaches it at least cost, "all" every depot.
        At most `alternates` more per pair, each sharing at most `max_shared` of its length with any better one and costing
        at most `max_stretch_ratio` times the primary.

    Returns
    -------
    list of Route, by destination, depot and rank.
    """
    driven = network.arcs[network.arcs["usable"] & (network.arcs["segment_id"] != "")]
    touched = {*driven["from_node"], *driven["to_node"]}  # a depot whose every road is closed is nowhere, even for a neighbour
    depots = [depot for depot in depots if network.terminals[depot] in touched]
    cost = {depot: nx.single_source_dijkstra_path_length(network.graph, network.terminals[depot], weight="cost") for depot in depots}
    routes: list[Route] = []
    for destination in destinations:
        node = network.terminals[destination]
        reached = {depot: cost[depot][node] for depot in depots if node in cost[depot]}
        nearest = sorted(reached, key=lambda depot: reached[depot])[:1]
        for depot in nearest if rules.routing.pairs == "nearest" else reached:
            routes += _ranked(network, depot, destination, rules)
    return routes


def build_steps(network: Network, routes: Sequence[Route]) -> pd.DataFrame:
    """The steps of all routes as a table of the contract `STEPS`: one row for each segment driven, in driving order."""
    parts = []
    for route in routes:
        arcs = network.arcs.iloc[route.arcs]
        arcs = arcs[arcs["segment_id"] != ""]
        new = (arcs[["segment_id", "direction"]] != arcs[["segment_id", "direction"]].shift()).any(axis=1)
        new = (new | (arcs["start_m"] != arcs["end_m"].shift())).cumsum()
        steps = arcs.groupby(new.to_numpy()).agg({"segment_id": "first", "direction": "first", "start_m": "first", "end_m": "last"})
        parts.append(steps.assign(corridor_id=route.corridor_id, sequence=range(len(steps))))
    return build_table(STEPS, pd.concat(parts, ignore_index=True) if parts else None)


def measure_shared(network: Network, route: Route, other: Route) -> float:
    """The share of a route's length, from 0 to 1, that the other drives too, in either direction."""
    arcs, used = network.arcs.iloc[route.arcs], network.arcs["piece"].iloc[other.arcs]
    length_m = arcs["length_m"].sum()
    return float(arcs["length_m"][arcs["piece"].isin(used)].sum() / length_m) if length_m else 1.0


def _ranked(network: Network, depot: str, destination: str, rules: Rules) -> list[Route]:
    """The primary and its alternates, by cost."""
    start, end = network.terminals[depot], network.terminals[destination]
    own = network.arcs["cost"].to_numpy()
    pieces = network.arcs["piece"]

    def search(cost: npt.NDArray[np.float64]) -> Route:
        arcs = _search(network, start, end, cost)
        return Route(depot, destination, 1, arcs, float(own[arcs].sum()))

    taken = [search(own)]
    while len(taken) <= rules.routing.alternates:
        used = pieces.isin(pieces.iloc[np.concatenate([route.arcs for route in taken])]).to_numpy()
        for penalty in PENALTIES:
            found = search(np.where(used, own * penalty, own))
            pairs = (sorted((found, other), key=lambda route: route.cost, reverse=True) for other in taken)
            differs = all(measure_shared(network, dearer, cheaper) <= rules.routing.max_shared for dearer, cheaper in pairs)
            new = not any(np.array_equal(found.arcs, other.arcs) for other in taken)
            if new and differs and found.cost <= taken[0].cost * rules.routing.max_stretch_ratio:
                taken.append(found)
                break
        else:
            break
    ordered = sorted(taken, key=lambda route: route.cost)
    return [replace(route, rank=rank) for rank, route in enumerate(ordered, start=1)]


def _search(network: Network, start: int, end: int, cost: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The arcs of the cheapest way at these costs, one cost for each row of `Network.arcs`."""
    prices = cost.tolist()

    def price(_tail: Any, _head: Any, parallel: dict[Any, Any]) -> float:
        return min(prices[edge["arc"]] for edge in parallel.values())

    _, nodes = nx.bidirectional_dijkstra(network.graph, start, end, weight=price)
    between = (network.graph[tail][head].values() for tail, head in pairwise(nodes))
    return np.array([min((edge["arc"] for edge in edges), key=prices.__getitem__) for edges in between], dtype=np.int64)
