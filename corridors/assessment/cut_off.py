"""Destinations that no depot reaches: what blocks them, and the minimum set of closures to lift."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.assessment.chokepoints import _barred, _sweep
from corridors.assessment.corridors import DIRECTIONS_OF, REACHES_M
from corridors.geodesy import LineIndex
from corridors.kernels import kernel
from corridors.network.graph import Network
from corridors.tables import CUT_OFF, NOT_PASSABLE, build_table

MOST_SETS = 5_000
"""How many sets of lifted causes are tried before the smallest is given up as unknown: it is a
covering problem, and hard."""


NO_ROAD = "no road leads there from any depot, even with nothing closed"


OWN_ROAD = "its own road"
"""What a reason for being cut off says, or begins with."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What stands between a destination and every depot: causes as "type:id".

    `connected` is whether a road would lead there with nothing closed; `smallest` the fewest causes
    to lift (empty where none helps, or where the search was given up: then `exact` is False).
    """

    connected: bool
    blocking: tuple[str, ...]
    smallest: tuple[str, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Components:
    """The network as closures leave it: islands within which every node reaches every other, and
    what lies between them.

    `of` gives the island of each node; `into` lists for each island where one can come from, and
    the causes to be lifted for that (none where an open one-way road leads over).
    """

    of: np.ndarray
    into: Mapping[int, Sequence[tuple[int, frozenset[str]]]]


def assess_cut_off(
    network: Network,
    depots: Sequence[str],
    destinations: gpd.GeoDataFrame,
    closures: pd.DataFrame,
    snaps: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """A row for each destination that no depot reaches: a table of the contract `CUT_OFF`.

    Parameters
    ----------
    network
        The network, closed segments included.
    depots
        Ids of the depots.
    destinations
        The sites or zones that none of them reaches: index site_id, columns name and geometry.
    closures
        The ledger.
    snaps
        As `network.snap_sites` gives them, for the sites among the destinations.
    """
    if destinations.empty:
        return build_table(CUT_OFF)
    components = build_components(network, closures)
    within_m = _measure_reachable(network, depots, destinations)
    starts = [network.topology.position[depot] for depot in depots]
    rows = []
    for site, name, shape in zip(
        destinations.index, destinations["name"], destinations.geometry, strict=True
    ):
        cut = find_cut(components, starts, network.topology.position[site])
        own = find_own_segment(network, site, snaps)
        rows.append(
            {
                "site_id": site,
                "name": name,
                "reason": _say(network.segments, cut, own, within_m[site]),
                "blocking": cut.blocking,
                "smallest_set": cut.smallest,
                "reachable_within_m": within_m[site],
                "geometry": shape,
            }
        )
    return build_table(CUT_OFF, pd.DataFrame(rows))


def build_components(network: Network, closures: pd.DataFrame) -> Components:
    """The islands of a network, closed segments being the water between them."""
    roads, usable = network.topology, network.usable
    of = _find_components(*roads.leaving, roads.head, usable)
    tail, head = of[roads.tail], of[roads.head]
    apart = np.flatnonzero(
        (tail != head) | (roads.tail == roads.head)
    )  # a loop leads nowhere else, yet may be the only road of a place
    labels = _label_closed(network, closures)
    between: dict[int, set[tuple[int, frozenset[str]]]] = {}
    columns = (usable[apart], roads.segment[apart], roads.forward[apart], tail[apart], head[apart])
    for is_usable, segment, forward, source, target in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        between.setdefault(target, set()).add(
            (source, frozenset() if is_usable else labels[segment, forward])
        )
    return Components(of, {island: tuple(ways) for island, ways in between.items()})


def _label_closed(
    network: Network, closures: pd.DataFrame
) -> dict[tuple[int, bool], frozenset[str]]:
    """For each closed direction of a segment (its position; whether along its line) the causes, as
    "type:id".
    """
    causes: dict[tuple[int, bool], set[str]] = {}
    segment = network.segments.index.get_indexer(closures["segment_id"])
    columns = (closures[name].tolist() for name in ("direction", "cause_type", "cause_id"))
    for at, direction, kind, name in zip(segment.tolist(), *columns, strict=True):
        for forward in DIRECTIONS_OF[direction]:
            causes.setdefault((at, forward), set()).add(f"{kind}:{name}")
    same: dict[frozenset[str], frozenset[str]] = {}
    return {at: same.setdefault(frozenset(names), frozenset(names)) for at, names in causes.items()}


@kernel
def _find_components(
    first: np.ndarray, leaving: np.ndarray, head: np.ndarray, usable: np.ndarray
) -> np.ndarray:
    """The strongly connected component of each node (Tarjan 1972, without recursion)."""
    nodes = len(first) - 1
    number, lowest = np.full(nodes, -1, np.int64), np.zeros(nodes, np.int64)
    island = np.full(nodes, -1, np.int64)
    following = first[:-1].copy()
    path, open_nodes = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    met, on_path, still_open, components = 0, 0, 0, 0
    for start in range(nodes):
        if number[start] >= 0:
            continue
        path[0], on_path = start, 1
        while on_path:
            node = path[on_path - 1]
            if number[node] < 0:
                number[node] = lowest[node] = met
                met += 1
                open_nodes[still_open] = node
                still_open += 1
            deeper = False
            while following[node] < first[node + 1]:
                arc = leaving[following[node]]
                end = head[arc]
                if usable[arc] and number[end] < 0:
                    path[on_path] = end
                    on_path += 1
                    deeper = True
                    break
                if usable[arc] and island[end] < 0:
                    lowest[node] = min(lowest[node], lowest[end])
                following[node] += 1
            if deeper:
                continue
            on_path -= 1
            if lowest[node] == number[node]:
                while True:
                    still_open -= 1
                    island[open_nodes[still_open]] = components
                    if open_nodes[still_open] == node:
                        break
                components += 1
    return island


def find_cut(components: Components, depots: Iterable[int], destination: int) -> Cut:
    """Which causes close the last ways to a destination, and the fewest whose lifting would let
    some depot reach it.

    Sets of causes are tried by size; from each, the islands that then reach the destination grow
    backwards until only closed segments lead to them, whose causes extend the set. Every smallest
    set is met so, one frontier at a time.

    Parameters
    ----------
    islands
        As `build_components` gives them.
    depots, destination
        Positions in `Network.nodes`.
    """
    starts, end = {int(components.of[depot]) for depot in depots}, int(components.of[destination])
    here, frontier = _grow_back({end}, frozenset(), components)
    there = (
        starts & here
        # at the destination already, or in the zone that it is, and yet nowhere: every road there is
        # closed
    )
    roads = (
        {
            causes
            for head, ways in components.into.items()
            for tail, causes in ways
            if causes and there & {head, tail}
        }
        if there
        else set()
    )
    blocking = tuple(sorted(frozenset().union(*frontier, *roads)))
    if starts.isdisjoint(_find_sources(end, components)):
        return Cut(connected=False, blocking=(), smallest=(), exact=True)
    tried: set[frozenset[str]] = {frozenset()}
    waiting: list[deque[tuple[frozenset[str], set[int]]]] = [deque([(frozenset(), here)])]
    for sets in waiting:  # grows as it is gone through
        while sets:
            lifted, reached = sets.popleft()
            grown, frontier = _grow_back(reached, lifted, components)
            if (starts - there) & grown or any(causes <= lifted for causes in roads):
                return Cut(
                    connected=True, blocking=blocking, smallest=tuple(sorted(lifted)), exact=True
                )
            for causes in sorted(frontier | {causes - lifted for causes in roads}, key=sorted):
                wider = lifted | causes
                if wider in tried:
                    continue
                tried.add(wider)
                if len(tried) > MOST_SETS:
                    return Cut(connected=True, blocking=blocking, smallest=(), exact=False)
                waiting += [deque() for _ in range(len(wider) + 1 - len(waiting))]
                waiting[len(wider)].append((wider, grown))
    return Cut(connected=False, blocking=(), smallest=(), exact=True)


def _find_sources(end: int, components: Components) -> set[int]:
    """The islands from which one can be reached with everything lifted."""
    sources, waiting = {end}, [end]
    while waiting:
        for island, _ in components.into.get(waiting.pop(), ()):
            if island not in sources:
                sources.add(island)
                waiting.append(island)
    return sources


def _grow_back(
    reached: set[int], lifted: frozenset[str], components: Components
) -> tuple[set[int], set[frozenset[str]]]:
    """The islands from which `reached` can be reached with some causes lifted, and the causes that
    stop it growing.
    """
    grown, waiting = set(reached), list(reached)
    shore: list[tuple[int, frozenset[str]]] = []
    while waiting:
        for island, causes in components.into.get(waiting.pop(), ()):
            if missing := causes - lifted:
                shore.append((island, missing))
            elif island not in grown:
                grown.add(island)
                waiting.append(island)
    return grown, {missing for island, missing in shore if island not in grown}


def find_own_segment(network: Network, site: str, snaps: pd.DataFrame) -> str:
    """The segment a site lies along; none for a zone, and for a site at a junction, where it has
    several.
    """
    if site not in snaps.index:
        return ""
    road = network.segments.loc[snaps.at[site, "segment_id"]]
    return "" if network.terminals[site] in (road["from_node"], road["to_node"]) else str(road.name)


def _say(segments: gpd.GeoDataFrame, cut: Cut, own: str, within_m: float) -> str:
    """The reason in words."""
    if not cut.connected:
        reason = NO_ROAD
    elif own and segments.at[own, "status"] == NOT_PASSABLE:
        reason = f"{OWN_ROAD} ({segments.at[own, 'name'] or own}) is closed: {segments.at[own, 'reason']}"
    else:
        reason = f"every way there is closed by {_name_causes(cut.blocking)}"
    if cut.connected and not cut.exact:
        reason += ". Too many closures stand in the way to name the fewest"
    near = (
        ""
        if np.isnan(within_m)
        else f". The nearest point that can be reached is {_metres(within_m)} away"
    )
    return reason + near


def _name_causes(causes: Sequence[str]) -> str:
    """Causes ("type:id") in words, those of a type together."""
    by_type: dict[str, list[str]] = {}
    for cause in causes:
        kind, name = cause.split(":", 1)
        by_type.setdefault(kind.replace("_", " "), []).append(name)
    return " and ".join(
        f"{kind}{'s' * (len(names) > 1)} {', '.join(names)}" for kind, names in by_type.items()
    )


def _metres(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def _measure_reachable(
    network: Network, depots: Sequence[str], destinations: gpd.GeoDataFrame
) -> dict[str, float]:
    """From each destination to the nearest point of a segment that some depot reaches, in metres."""
    roads = network.topology
    starts = np.array([roads.position[depot] for depot in depots], dtype=np.int64)
    seen = _sweep(
        *roads.leaving,
        roads.head,
        roads.edge_id,
        network.usable,
        starts,
        _barred(network, starts[:0]),
    )
    driven = np.flatnonzero(network.usable & seen[roads.tail] & (roads.segment >= 0))
    lines = network.draw_arcs(driven[np.unique(roads.edge_id[driven], return_index=True)[1]])
    nearest = (
        _nearest_m(LineIndex(lines), destinations.geometry.array)
        if len(lines)
        else np.full(len(destinations), np.nan)
    )
    return dict(zip(destinations.index, nearest, strict=True))


def _nearest_m(index: LineIndex, shapes: Iterable[shapely.Geometry]) -> np.ndarray:
    """From each shape to the nearest line: looked for ever farther, so that near things are found
    fast.
    """
    shapes = np.asarray(shapes, dtype=object)
    nearest = np.full(len(shapes), np.inf)
    for reach in REACHES_M:
        far = np.flatnonzero(np.isinf(nearest))
        if not len(far):
            break
        found = index.within(shapes[far], reach)
        np.minimum.at(nearest, far[found.place], found.distance_m)
    return np.where(np.isinf(nearest), np.nan, nearest)
