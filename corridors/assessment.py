"""What the corridors are worth, and who is cut off, by what.

Figures stay apart (time, clearance, exposure, chokepoints): no blended score says more than they do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from corridors.nearness import LineIndex
from corridors.network import Network
from corridors.routing import Route, measure_shared
from corridors.tables import CORRIDORS, CUT_OFF, NOT_PASSABLE, PASSABLE, RESTRICTED, UNKNOWN, build_table

SEVERITY = (PASSABLE, RESTRICTED, UNKNOWN, NOT_PASSABLE)
REACHES_M = tuple(5_000.0 * 2**doubling for doubling in range(13))
"""The nearest thing is looked for within the first, then the next, ...; the last is beyond the far side of the Earth."""
MOST_SETS = 5_000
"""How many sets of lifted causes are tried before the smallest is given up as unknown: it is a covering problem, and hard."""


def assess_corridors(network: Network, routes: Sequence[Route], incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A row for each route: a table of the contract `CORRIDORS`.

    Parameters
    ----------
    network
        What the routes were found on.
    routes
        As `routing.find_routes` gives them.
    incidents
        The active ones: clearance is the geodesic distance from the driven line to the nearest of them.
    """
    primary = {(route.depot_id, route.destination_id): route for route in routes if route.rank == 1}
    chokepoints = {pair: find_chokepoints(network, route) for pair, route in primary.items()}
    clearance_m = _measure_clearance(network, routes, incidents)
    rows = []
    for route, clear in zip(routes, clearance_m, strict=True):
        arcs, pair = network.arcs.iloc[route.arcs], (route.depot_id, route.destination_id)
        known = network.segments.loc[arcs["segment_id"][arcs["segment_id"] != ""].unique()]
        minutes = arcs["minutes"].sum()
        exposure = arcs["segment_id"].map(known["exposure"]).fillna(0.0)
        rows.append(
            {
                "corridor_id": route.corridor_id,
                "depot_id": route.depot_id,
                "destination_id": route.destination_id,
                "rank": route.rank,
                "status": max(known["status"], key=SEVERITY.index, default=PASSABLE),
                "length_m": arcs["length_m"].sum(),
                "duration_min": minutes,
                "exposure": (exposure * arcs["minutes"]).sum() / minutes if minutes else 0.0,
                "clearance_m": clear,
                "shared_with_primary": measure_shared(network, route, primary[pair]),
                "chokepoints": chokepoints[pair],
                "geometry": _draw(network, route),
            }
        )
    return build_table(CORRIDORS, pd.DataFrame(rows) if rows else None)


def find_chokepoints(network: Network, route: Route) -> tuple[str, ...]:
    """The segments, in driving order, that every way between the ends of a route must use.

    One sweep along the route finds the pieces that nothing reachable before them, without the route's own pieces, leads
    past: linear in the size of the network. A segment that a site divides is judged by barring all its pieces.
    """
    arcs = network.arcs.iloc[route.arcs]
    start, end = network.terminals[route.depot_id], network.terminals[route.destination_id]
    path = [start, *arcs["to_node"]]
    own = set(arcs["piece"]) - {-1}
    position: dict[int, int] = {}
    for at, node in enumerate(path):
        position.setdefault(node, at)
    pieces = network.arcs[network.arcs["segment_id"].isin(arcs["segment_id"])].groupby("segment_id")["piece"].unique()
    seen: set[int] = set()
    farthest = 0
    found: list[str] = []
    done = 0
    for at, segment in enumerate(arcs["segment_id"]):
        while done <= max(at, min(farthest, len(path) - 1)):
            farthest = max(farthest, _sweep(network, path[done], own, seen, position))
            done += 1
        if segment == "":
            continue
        if len(pieces[segment]) == 1:
            necessary = farthest <= at
        else:
            around: set[int] = set()
            _sweep(network, start, set(pieces[segment]), around, {})
            necessary = end not in around
        if necessary:
            found.append(segment)
    return tuple(dict.fromkeys(found))


def _sweep(network: Network, start: int, barred: Collection[int], seen: set[int], position: Mapping[int, int]) -> int:
    """How far along the route anything reachable from `start` without the barred pieces lies; `seen` grows."""
    farthest = position.get(start, 0)
    waiting = [start]
    seen.add(start)
    while waiting:
        for node, piece in network.onward.get(waiting.pop(), ()):
            if node not in seen and piece not in barred:
                seen.add(node)
                farthest = max(farthest, position.get(node, 0))
                waiting.append(node)
    return farthest


@dataclass(frozen=True, slots=True)
class Cut:
    """What stands between a destination and every depot: causes as "type:id".

    `connected` is whether a road would lead there with nothing closed; `smallest` the fewest causes to lift (empty where
    none helps, or where the search was given up: then `exact` is False).
    """

    connected: bool
    blocking: tuple[str, ...]
    smallest: tuple[str, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Islands:
    """The network as closures leave it: islands within which every node reaches every other, and what lies between them.

    `of` gives the island of each node; `into` lists for each island where one can come from, and the causes to be lifted
    for that (none where an open one-way road leads over).
    """

    of: Mapping[int, int]
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
        As `network.find_snaps` gives them, for the sites among the destinations.
    """
    if destinations.empty:
        return build_table(CUT_OFF)
    islands = build_islands(network, closures)
    within_m = _measure_reachable(network, depots, destinations)
    starts = [network.terminals[depot] for depot in depots]
    rows = []
    for site, name, shape in zip(destinations.index, destinations["name"], destinations.geometry, strict=True):
        cut = find_cut(islands, starts, network.terminals[site])
        own = find_own_road(network, site, snaps)
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


def build_islands(network: Network, closures: pd.DataFrame) -> Islands:
    """The islands of a network, closed segments being the water between them."""
    causes = closures["cause_type"] + ":" + closures["cause_id"]
    labels = {segment: frozenset(group) for segment, group in causes.groupby(closures["segment_id"])}
    of = {node: island for island, nodes in enumerate(nx.strongly_connected_components(network.graph)) for node in nodes}
    between: dict[int, set[tuple[int, frozenset[str]]]] = {}
    columns = (network.arcs[name].tolist() for name in ("from_node", "to_node", "segment_id", "usable"))
    for tail, head, segment, is_usable in zip(*columns, strict=True):
        if of[tail] != of[head]:
            between.setdefault(of[head], set()).add((of[tail], frozenset() if is_usable else labels[segment]))
    return Islands(of, {island: tuple(ways) for island, ways in between.items()})


def find_cut(islands: Islands, depots: Iterable[int], destination: int) -> Cut:
    """Which causes close the last ways to a destination, and the fewest whose lifting would let some depot reach it.

    Sets of causes are tried by size; from each, the islands that then reach the destination grow backwards until only
    closed segments lead to them, whose causes extend the set. Every smallest set is met so, one frontier at a time.

    Parameters
    ----------
    islands
        As `build_islands` gives them.
    depots, destination
        Nodes.
    """
    starts, end = {islands.of[depot] for depot in depots}, islands.of[destination]
    everything = frozenset(cause for ways in islands.into.values() for _, causes in ways for cause in causes)
    connected = bool(starts & _grow_back({end}, everything, islands)[0])
    here, frontier = _grow_back({end}, frozenset(), islands)
    blocking = tuple(sorted(frozenset().union(*frontier)))
    if not connected:
        return Cut(connected=False, blocking=blocking, smallest=(), exact=True)
    if starts & here:  # they are one place, and every road there is closed
        roads = [sorted(causes) for head, ways in islands.into.items() for tail, causes in ways if end in (head, tail)]
        fewest: list[str] = min(sorted(roads), key=len, default=[])
        return Cut(
            connected=True, blocking=tuple(sorted({cause for causes in roads for cause in causes})), smallest=tuple(fewest), exact=True
        )
    tried: set[frozenset[str]] = {frozenset()}
    waiting: list[deque[tuple[frozenset[str], set[int]]]] = [deque([(frozenset(), here)])]
    for size in count():
        while waiting[size]:
            lifted, reached = waiting[size].popleft()
            grown, frontier = _grow_back(reached, lifted, islands)
            if starts & grown:
                return Cut(connected=True, blocking=blocking, smallest=tuple(sorted(lifted)), exact=True)
            for causes in sorted(frontier, key=sorted):
                wider = lifted | causes
                if wider in tried:
                    continue
                tried.add(wider)
                if len(tried) > MOST_SETS:
                    return Cut(connected=True, blocking=blocking, smallest=(), exact=False)
                waiting += [deque() for _ in range(len(wider) + 1 - len(waiting))]
                waiting[len(wider)].append((wider, grown))
    raise AssertionError  # count() has no end


def _grow_back(reached: set[int], lifted: frozenset[str], islands: Islands) -> tuple[set[int], set[frozenset[str]]]:
    """The islands from which `reached` can be reached with some causes lifted, and the causes that stop it growing."""
    grown, waiting = set(reached), list(reached)
    shore: list[tuple[int, frozenset[str]]] = []
    while waiting:
        for island, causes in islands.into.get(waiting.pop(), ()):
            if missing := causes - lifted:
                shore.append((island, missing))
            elif island not in grown:
                grown.add(island)
                waiting.append(island)
    return grown, {missing for island, missing in shore if island not in grown}


def find_own_road(network: Network, site: str, snaps: pd.DataFrame) -> str:
    """The segment a site lies along; none for a zone, and for a site at a junction, where it has several."""
    if site not in snaps.index:
        return ""
    road = network.segments.loc[snaps.at[site, "segment_id"]]
    return "" if network.terminals[site] in (road["from_node"], road["to_node"]) else str(road.name)


def _say(segments: gpd.GeoDataFrame, cut: Cut, own: str, within_m: float) -> str:
    """The reason in words."""
    if not cut.connected:
        reason = "no road leads there from any depot, even with nothing closed"
    elif own and segments.at[own, "status"] == NOT_PASSABLE:
        reason = f"its own road ({segments.at[own, 'name'] or own}) is closed: {segments.at[own, 'reason']}"
    else:
        reason = f"every way there is closed by {_name_causes(cut.blocking)}"
    if cut.connected and not cut.exact:
        reason += ". Too many closures stand in the way to name the fewest"
    near = "" if np.isnan(within_m) else f". The nearest point that can be reached is {_metres(within_m)} away"
    return reason + near


def _name_causes(causes: Sequence[str]) -> str:
    """Causes ("type:id") in words, those of a type together."""
    by_type: dict[str, list[str]] = {}
    for cause in causes:
        kind, name = cause.split(":", 1)
        by_type.setdefault(kind.replace("_", " "), []).append(name)
    return " and ".join(f"{kind}{'s' * (len(names) > 1)} {', '.join(names)}" for kind, names in by_type.items())


def _metres(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def _measure_reachable(network: Network, depots: Sequence[str], destinations: gpd.GeoDataFrame) -> dict[str, float]:
    """From each destination to the nearest point of a segment that some depot reaches, in metres."""
    seen: set[int] = set()
    for depot in depots:
        _sweep(network, network.terminals[depot], (), seen, {})
    usable = network.arcs[network.arcs["usable"]]
    driven = usable["from_node"].isin(seen) & (usable["segment_id"] != "")
    lines = network.draw_arcs(np.flatnonzero(network.arcs["usable"])[driven.to_numpy()])
    nearest = _nearest_m(LineIndex(lines), destinations.geometry.array) if len(lines) else np.full(len(destinations), np.nan)
    return dict(zip(destinations.index, nearest, strict=True))


def _nearest_m(index: LineIndex, shapes: Iterable[shapely.Geometry]) -> np.ndarray:
    """From each shape to the nearest line: looked for ever farther, so that near things are found fast."""
    shapes = np.asarray(shapes, dtype=object)
    nearest = np.full(len(shapes), np.inf)
    for reach in REACHES_M:
        far = np.flatnonzero(np.isinf(nearest))
        found = index.within(shapes[far], reach)
        np.minimum.at(nearest, far[found.place], found.distance_m)
    return np.where(np.isinf(nearest), np.nan, nearest)


def _measure_clearance(network: Network, routes: Sequence[Route], incidents: gpd.GeoDataFrame) -> np.ndarray:
    """From the driven line of each route to the nearest incident, in metres; null where there is no incident."""
    nearest = np.full(len(routes), np.nan)
    for reach in REACHES_M if len(incidents) else ():
        far = np.flatnonzero(np.isnan(nearest)).tolist()
        if not far:
            break
        arcs = np.unique(np.concatenate([routes[at].arcs for at in far]))
        starts = network.nodes.loc[[network.terminals[routes[at].depot_id] for at in far], ["lon", "lat"]].to_numpy()
        dots = shapely.linestrings(np.stack([starts, starts], axis=1))  # a route of no length is where it starts
        found = LineIndex(np.concatenate([network.draw_arcs(arcs), dots])).within(incidents.geometry.array, reach)
        shortest = np.full(len(arcs) + len(dots), np.nan)
        np.fmin.at(shortest, found.line, found.distance_m)
        for dot, at in enumerate(far, start=len(arcs)):
            nearest[at] = np.fmin.reduce(shortest[[*np.searchsorted(arcs, routes[at].arcs), dot]])
    return nearest


def _draw(network: Network, route: Route) -> shapely.Geometry:
    """The driven line; a point where a route has no length (a depot that lies in its destination)."""
    lines = network.draw_arcs(route.arcs)
    coords = np.concatenate([shapely.get_coordinates(line) for line in lines]) if len(lines) else np.zeros((0, 2))
    if len(coords):
        coords = coords[np.r_[True, (np.diff(coords, axis=0) != 0).any(axis=1)]]
    if len(coords) < 2:
        lon, lat = network.nodes.loc[network.terminals[route.depot_id], ["lon", "lat"]] if not len(coords) else coords[0]
        return shapely.Point(lon, lat)
    return shapely.LineString(coords)
