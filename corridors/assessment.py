"""What the corridors are worth, and who is cut off, by what.

Figures stay apart (time, clearance, exposure, chokepoints): no blended score says more than they do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.loops import loop
from corridors.nearness import LineIndex
from corridors.network import Network
from corridors.routing import Exposed, Route, measure_exposed, measure_shared, name_shared
from corridors.tables import CORRIDORS, CUT_OFF, NOT_PASSABLE, SEVERITY, UNKNOWN, build_table

REACHES_M = tuple(5_000.0 * 2**doubling for doubling in range(13))
"""The nearest thing is looked for within the first, then the next, ...; the last is beyond the far side of the Earth."""
DIRECTIONS_OF = {"both": (True, False), "forward": (True,), "backward": (False,)}
"""Whether along the line of a segment, for the words of the ledger."""
MOST_SETS = 5_000
"""How many sets of lifted causes are tried before the smallest is given up as unknown: it is a covering problem, and hard."""
NO_ROAD = "no road leads there from any depot, even with nothing closed"
OWN_ROAD = "its own road"
"""What a reason for being cut off says, or begins with."""


def assess_corridors(
    network: Network, routes: Sequence[Route], incidents: gpd.GeoDataFrame, *, nearby: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """A row for each route: a table of the contract `CORRIDORS`.

    Parameters
    ----------
    network
        What the routes were found on.
    routes
        As `routing.find_routes` gives them.
    incidents
        The active ones: clearance is the geodesic distance from the driven line to the nearest of them.
    nearby
        What `exposure.weigh_nearby` gives, for the exposure that a route and its primary have in common; without it there is none.
    """
    exposed = None if nearby is None else Exposed.build(network.segments, nearby)
    primary = {(route.depot_id, route.destination_id): route for route in routes if route.rank == 1}
    divided = _find_divided(network)
    chokepoints = {pair: _find_chokepoints(network, route, divided) for pair, route in primary.items()}
    felt = {pair: measure_exposed(network, route.arcs, exposed) for pair, route in primary.items()} if exposed else {}
    clearance_m = _measure_clearance(network, routes, incidents)
    severity = pd.Categorical(network.segments["status"], categories=SEVERITY).codes
    exposure = np.append(network.segments["exposure"].to_numpy(), 0.0)
    unknown = np.append((network.segments["status"] == UNKNOWN).to_numpy(), False)
    rows = []
    for route, clear in zip(routes, clearance_m, strict=True):
        pair, segment, minutes = (route.depot_id, route.destination_id), network.topology.segment[route.arcs], network.minutes[route.arcs]
        length_m = network.topology.length_m[route.arcs]
        shared = name_shared(measure_exposed(network, route.arcs, exposed), felt[pair], exposed) if exposed and route.rank > 1 else {}
        rows.append(
            {
                "corridor_id": route.corridor_id,
                "depot_id": route.depot_id,
                "destination_id": route.destination_id,
                "rank": route.rank,
                "status": SEVERITY[severity[segment[segment >= 0]].max(initial=0)],
                "length_m": length_m.sum(),
                "duration_min": minutes.sum(),
                "exposure": (exposure[segment] * minutes).sum() / minutes.sum() if minutes.any() else 0.0,
                "clearance_m": clear,
                "shared_with_primary": measure_shared(network, route.arcs, primary[pair].arcs),
                "shared_exposure": sum(shared.values()) if route.rank > 1 else float(bool(exposed and felt[pair].any())),
                "unknown_share": length_m[unknown[segment]].sum() / length_m.sum() if length_m.any() else 0.0,
                "shared_incidents": tuple(shared),
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
    return _find_chokepoints(network, route, _find_divided(network))


def _find_chokepoints(network: Network, route: Route, divided: np.ndarray) -> tuple[str, ...]:
    """As `find_chokepoints`, knowing which segments are divided."""
    roads, arcs = network.topology, route.arcs
    if not len(arcs):
        return ()
    segment = roads.segment[arcs]
    path = np.r_[roads.tail[arcs[:1]], roads.head[arcs]]
    necessary = _find_necessary(*roads.leaving, roads.head, roads.piece, network.usable, path, _barred(network, roads.piece[arcs]))
    for at in np.flatnonzero(divided[segment] & (segment >= 0) & ~necessary):  # without a necessary piece, none leads past the whole either
        pieces = roads.piece[roads.segment == segment[at]]
        necessary[at] = not _sweep(*roads.leaving, roads.head, roads.piece, network.usable, path[:1], _barred(network, pieces))[path[-1]]
    names = network.segments.index[segment[necessary & (segment >= 0)]]
    return tuple(dict.fromkeys(names))


def _find_divided(network: Network) -> np.ndarray:
    """Whether a site or the edge of a zone divides each segment: then some of its arcs end before it does."""
    roads = network.topology
    divided = np.zeros(len(network.segments), dtype=bool)
    inside = (roads.segment >= 0) & (np.minimum(roads.start_m, roads.end_m) > 0)
    divided[roads.segment[inside]] = True
    return divided


def _barred(network: Network, pieces: np.ndarray) -> np.ndarray:
    """A flag for each piece, and a last one, never set, for the arcs into zones (piece -1)."""
    barred = np.zeros(network.topology.piece.max(initial=-1) + 2, dtype=bool)
    barred[pieces[pieces >= 0]] = True
    return barred


@loop
def _find_necessary(
    first: np.ndarray, leaving: np.ndarray, head: np.ndarray, piece: np.ndarray, usable: np.ndarray, path: np.ndarray, barred: np.ndarray
) -> np.ndarray:
    """Whether each arc of a path (given by its nodes) is on every way: nothing met before it leads past it without the path's own pieces."""
    position = np.full(len(first) - 1, -1, np.int64)
    for at in range(len(path) - 1, -1, -1):
        position[path[at]] = at
    seen = np.zeros(len(first) - 1, np.bool_)
    waiting = np.empty(len(first), np.int64)
    necessary = np.zeros(len(path) - 1, np.bool_)
    farthest, done = 0, 0
    for at in range(len(path) - 1):
        while done <= max(at, min(farthest, len(path) - 1)):
            farthest = max(farthest, position[path[done]])
            waiting[0], count = path[done], 1
            seen[path[done]] = True
            while count:
                count -= 1
                node = waiting[count]
                for arc in leaving[first[node] : first[node + 1]]:
                    end = head[arc]
                    if usable[arc] and not seen[end] and not barred[piece[arc]]:
                        seen[end] = True
                        farthest = max(farthest, position[end])
                        waiting[count] = end
                        count += 1
            done += 1
        necessary[at] = farthest <= at
    return necessary


@loop
def _sweep(
    first: np.ndarray, leaving: np.ndarray, head: np.ndarray, piece: np.ndarray, usable: np.ndarray, starts: np.ndarray, barred: np.ndarray
) -> np.ndarray:
    """Whether each node is reached from any of the starts without the barred pieces."""
    seen = np.zeros(len(first) - 1, np.bool_)
    waiting = np.empty(len(first), np.int64)
    for start in starts:
        waiting[0], count = start, 1
        seen[start] = True
        while count:
            count -= 1
            node = waiting[count]
            for arc in leaving[first[node] : first[node + 1]]:
                end = head[arc]
                if usable[arc] and not seen[end] and not barred[piece[arc]]:
                    seen[end] = True
                    waiting[count] = end
                    count += 1
    return seen


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
        As `network.find_snaps` gives them, for the sites among the destinations.
    """
    if destinations.empty:
        return build_table(CUT_OFF)
    islands = build_islands(network, closures)
    within_m = _measure_reachable(network, depots, destinations)
    starts = [network.topology.position[depot] for depot in depots]
    rows = []
    for site, name, shape in zip(destinations.index, destinations["name"], destinations.geometry, strict=True):
        cut = find_cut(islands, starts, network.topology.position[site])
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
    roads, usable = network.topology, network.usable
    of = _find_islands(*roads.leaving, roads.head, usable)
    tail, head = of[roads.tail], of[roads.head]
    apart = np.flatnonzero((tail != head) | (roads.tail == roads.head))  # a loop leads nowhere else, yet may be the only road of a place
    labels = _label_closed(network, closures)
    between: dict[int, set[tuple[int, frozenset[str]]]] = {}
    columns = (usable[apart], roads.segment[apart], roads.forward[apart], tail[apart], head[apart])
    for is_usable, segment, forward, source, target in zip(*(column.tolist() for column in columns), strict=True):
        between.setdefault(target, set()).add((source, frozenset() if is_usable else labels[segment, forward]))
    return Islands(of, {island: tuple(ways) for island, ways in between.items()})


def _label_closed(network: Network, closures: pd.DataFrame) -> dict[tuple[int, bool], frozenset[str]]:
    """For each closed direction of a segment (its position; whether along its line) the causes, as "type:id"."""
    causes: dict[tuple[int, bool], set[str]] = {}
    segment = network.segments.index.get_indexer(closures["segment_id"])
    columns = (closures[name].tolist() for name in ("direction", "cause_type", "cause_id"))
    for at, direction, kind, name in zip(segment.tolist(), *columns, strict=True):
        for forward in DIRECTIONS_OF[direction]:
            causes.setdefault((at, forward), set()).add(f"{kind}:{name}")
    same: dict[frozenset[str], frozenset[str]] = {}
    return {at: same.setdefault(frozenset(names), frozenset(names)) for at, names in causes.items()}


@loop
def _find_islands(first: np.ndarray, leaving: np.ndarray, head: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """The strongly connected component of each node (Tarjan 1972, without recursion)."""
    nodes = len(first) - 1
    number, lowest = np.full(nodes, -1, np.int64), np.zeros(nodes, np.int64)
    island = np.full(nodes, -1, np.int64)
    following = first[:-1].copy()
    path, open_nodes = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    met, on_path, still_open, islands = 0, 0, 0, 0
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
                    island[open_nodes[still_open]] = islands
                    if open_nodes[still_open] == node:
                        break
                islands += 1
    return island


def find_cut(islands: Islands, depots: Iterable[int], destination: int) -> Cut:
    """Which causes close the last ways to a destination, and the fewest whose lifting would let some depot reach it.

    Sets of causes are tried by size; from each, the islands that then reach the destination grow backwards until only
    closed segments lead to them, whose causes extend the set. Every smallest set is met so, one frontier at a time.

    Parameters
    ----------
    islands
        As `build_islands` gives them.
    depots, destination
        Positions in `Network.nodes`.
    """
    starts, end = {int(islands.of[depot]) for depot in depots}, int(islands.of[destination])
    here, frontier = _grow_back({end}, frozenset(), islands)
    there = starts & here  # at the destination already, or in the zone that it is, and yet nowhere: every road there is closed
    roads = {causes for head, ways in islands.into.items() for tail, causes in ways if causes and there & {head, tail}} if there else set()
    blocking = tuple(sorted(frozenset().union(*frontier, *roads)))
    if starts.isdisjoint(_find_sources(end, islands)):
        return Cut(connected=False, blocking=(), smallest=(), exact=True)
    tried: set[frozenset[str]] = {frozenset()}
    waiting: list[deque[tuple[frozenset[str], set[int]]]] = [deque([(frozenset(), here)])]
    for sets in waiting:  # grows as it is gone through
        while sets:
            lifted, reached = sets.popleft()
            grown, frontier = _grow_back(reached, lifted, islands)
            if (starts - there) & grown or any(causes <= lifted for causes in roads):
                return Cut(connected=True, blocking=blocking, smallest=tuple(sorted(lifted)), exact=True)
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


def _find_sources(end: int, islands: Islands) -> set[int]:
    """The islands from which one can be reached with everything lifted."""
    sources, waiting = {end}, [end]
    while waiting:
        for island, _ in islands.into.get(waiting.pop(), ()):
            if island not in sources:
                sources.add(island)
                waiting.append(island)
    return sources


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
        reason = NO_ROAD
    elif own and segments.at[own, "status"] == NOT_PASSABLE:
        reason = f"{OWN_ROAD} ({segments.at[own, 'name'] or own}) is closed: {segments.at[own, 'reason']}"
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
    roads = network.topology
    starts = np.array([roads.position[depot] for depot in depots], dtype=np.int64)
    seen = _sweep(*roads.leaving, roads.head, roads.piece, network.usable, starts, _barred(network, starts[:0]))
    driven = np.flatnonzero(network.usable & seen[roads.tail] & (roads.segment >= 0))
    lines = network.draw_arcs(driven[np.unique(roads.piece[driven], return_index=True)[1]])
    nearest = _nearest_m(LineIndex(lines), destinations.geometry.array) if len(lines) else np.full(len(destinations), np.nan)
    return dict(zip(destinations.index, nearest, strict=True))


def _nearest_m(index: LineIndex, shapes: Iterable[shapely.Geometry]) -> np.ndarray:
    """From each shape to the nearest line: looked for ever farther, so that near things are found fast."""
    shapes = np.asarray(shapes, dtype=object)
    nearest = np.full(len(shapes), np.inf)
    for reach in REACHES_M:
        far = np.flatnonzero(np.isinf(nearest))
        if not len(far):
            break
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
        starts = network.nodes[["lon", "lat"]].iloc[[network.topology.position[routes[at].depot_id] for at in far]].to_numpy()
        dots = shapely.linestrings(np.stack([starts, starts], axis=1))  # a route of no length is where it starts
        found = LineIndex(np.concatenate([network.draw_arcs(arcs), dots])).measure(incidents.geometry.array, reach)
        shortest = np.full(len(arcs) + len(dots), np.nan)
        np.fmin.at(shortest, found.line, found.distance_m)
        for dot, at in enumerate(far, start=len(arcs)):
            nearest[at] = np.fmin.reduce(shortest[[*np.searchsorted(arcs, routes[at].arcs), dot]])
    return nearest


def _draw(network: Network, route: Route) -> shapely.Geometry:
    """The driven line; a point where a route has no length (a depot that lies in its destination)."""
    coords = shapely.get_coordinates(network.draw_arcs(route.arcs))
    if len(coords):
        coords = coords[np.r_[True, (np.diff(coords, axis=0) != 0).any(axis=1)]]
    if len(coords) < 2:
        lon, lat = network.nodes.loc[network.terminals[route.depot_id], ["lon", "lat"]] if not len(coords) else coords[0]
        return shapely.Point(lon, lat)
    return shapely.LineString(coords)
