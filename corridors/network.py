"""The usable segments as a graph: arrays of arcs for us, an osmnx-style MultiDiGraph for everyone.

Roads meet at nodes; each segment gives an arc for each direction it may be driven. Sites lie anywhere along a segment: where
one does, its arcs are cut there, so that every depot and destination is a node and a route is a list of arcs. Closures are
decided on whole segments, before: cutting changes none.

    Topology   where arcs lead: what no closure, price or vehicle changes
    Network    a topology with what each arc takes now; another situation is other numbers on the same topology
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.crs import cut_line, cut_lines, measure_length_m
from corridors.errors import InputError, Problem
from corridors.links import CLOSED, Links, PricedLinks, build_links, price_links
from corridors.nearness import LineIndex
from corridors.nearness.shapes import turn_beside
from corridors.rules import Rules
from corridors.tables import CRS, PASSABLE, RESTRICTED, UNKNOWN, Flags, Floats, Ints, made_node

if TYPE_CHECKING:
    import networkx as nx

    from corridors.hierarchy import Hierarchy, Selection

USABLE = (PASSABLE, RESTRICTED)
AT_END_M = 0.01
"""A site this near to the end of a segment lies at the junction itself, not on one of the roads that meet there."""
ROOM = 4
"""All arcs together cost less than `CLOSED` over this many ticks, so that no sum of them is ever taken for closed."""


@dataclass(frozen=True, eq=False)
class Topology:
    """Where arcs lead: one for each direction of each segment, or part of one, that may be driven.

    `nodes` (index node): lon, lat. All arrays have one entry an arc, in the order of segments, then along them, forward
    before backward: `tail` and `head` (positions in `nodes`), `segment` (position in the segments table, -1 for an arc of
    no length into a zone), `forward` (along the line of the segment), `start_m` and `end_m` (metres along that line, in
    driving order), `piece` (the same number for the two directions of one part of a segment, -1 into a zone).
    `terminals` names the node of each site and of each zone that is a destination. `order` is what `order_roads` gave for
    these roads, where it was known already.
    """

    nodes: pd.DataFrame
    tail: Ints
    head: Ints
    segment: Ints
    forward: Flags
    start_m: Floats
    end_m: Floats
    piece: Ints
    terminals: Mapping[str, int]
    order: Ints | None = None

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The position in `nodes` of each terminal."""
        return dict(zip(self.terminals, self.nodes.index.get_indexer(list(self.terminals.values())).tolist(), strict=True))

    @cached_property
    def length_m(self) -> Floats:
        """The driven length of each arc."""
        return np.abs(self.end_m - self.start_m)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The contraction hierarchy of these arcs (needs the extra `fast`); built when first asked for.

        Nodes that sites and zones made have no place in the order of the roads: those along a segment come before all
        others, where they change nothing for them, and zones after all others. Any order gives the same ways.
        """
        from corridors.hierarchy import build_hierarchy, order_nodes  # noqa: PLC0415 - brings numba

        if self.order is None:
            order = order_nodes(self.tail, self.head, self.nodes["lon"].to_numpy(), self.nodes["lat"].to_numpy())
        else:
            known = self.nodes.index.get_indexer(self.order)
            known = known[known >= 0]  # roads may have been taken out since
            is_made = np.ones(len(self.nodes), dtype=bool)
            is_made[known] = False
            made = np.flatnonzero(is_made)
            is_zone = np.isin(made, self.head[self.segment < 0])
            order = np.concatenate([made[~is_zone], known, made[is_zone]])
        return build_hierarchy(self.tail, self.head, len(self.nodes), order)

    @cached_property
    def leaving(self) -> tuple[Ints, Ints]:
        """The arcs that leave each node: those of node i are arcs[first[i]:first[i + 1]]; given as (first, arcs)."""
        return np.r_[0, np.cumsum(np.bincount(self.tail, minlength=len(self.nodes)))], np.argsort(self.tail, kind="stable")

    @cached_property
    def links(self) -> Links:
        """The roads between junctions; every terminal is an end of links."""
        kept = np.unique(np.fromiter(self.position.values(), np.int64, len(self.position)))
        return build_links(self.leaving, self.entering, self.tail, self.head, self.piece, self.length_m, kept)

    @cached_property
    def ends(self) -> Selection:
        """The ends of `links`, for sweeps over the hierarchy (needs the extra `fast`)."""
        return self.hierarchy.select(self.links.node)

    @cached_property
    def entering(self) -> tuple[Ints, Ints]:
        """The arcs that enter each node, as `leaving`."""
        return np.r_[0, np.cumsum(np.bincount(self.head, minlength=len(self.nodes)))], np.argsort(self.head, kind="stable")


@dataclass(frozen=True, eq=False)
class Network:
    """Segments, where their arcs lead, and what each arc takes now.

    `minutes` is the driving time of each arc, `ticks` its price as a whole number, `CLOSED` where it may not be driven. A
    tick is `tick_min` minutes: a millisecond or, on networks so large that the arcs together would cost too many, the
    least power of ten of them that will do. Every arc of a segment costs at least one tick. Searches add up ticks, so that
    every engine finds the same ways, and ties are ties.

    Functions of networkx take it as a graph: see `corridors.networkx_backend`.
    """

    __networkx_backend__: ClassVar[str] = "corridors"

    segments: gpd.GeoDataFrame
    topology: Topology
    minutes: Floats
    ticks: Ints
    tick_min: float

    @property
    def nodes(self) -> pd.DataFrame:
        """Index node: lon, lat."""
        return self.topology.nodes

    @property
    def terminals(self) -> Mapping[str, int]:
        """The node of each site and of each zone that is a destination."""
        return self.topology.terminals

    @property
    def usable(self) -> Flags:
        """Whether each arc may be driven."""
        return self.ticks < CLOSED

    @cached_property
    def links(self) -> PricedLinks:
        """The roads between junctions, and what each costs now."""
        return price_links(self.topology.links, self.ticks)

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """Every arc as a table: from_node, to_node, segment_id ("" into a zone), direction, start_m, end_m, piece, length_m, minutes, cost, usable.

        `cost` is in minutes: minutes * (1 + exposure_weight * exposure), to the tick.
        """
        roads, node = self.topology, self.nodes.index.to_numpy()
        names = np.append(self.segments.index.to_numpy(dtype=object), "")
        return pd.DataFrame(
            {
                "from_node": node[roads.tail],
                "to_node": node[roads.head],
                "segment_id": pd.Series(names[roads.segment], dtype="str"),
                "direction": pd.Series(np.where(roads.forward, "forward", "backward"), dtype="str"),
                "start_m": roads.start_m,
                "end_m": roads.end_m,
                "piece": roads.piece,
                "length_m": roads.length_m,
                "minutes": self.minutes,
                "cost": np.where(self.usable, self.ticks * self.tick_min, np.inf),
                "usable": self.usable,
            }
        )

    @cached_property
    def graph(self) -> nx.MultiDiGraph[int]:
        """The usable arcs as an osmnx-style graph, built when first asked for.

        Nodes carry `x`, `y` (degrees) and, where they are one, `terminal` (the id of the site or zone); edges carry
        `segment_id`, `direction`, `length` (metres, as osmnx has it), `minutes`, `cost` (minutes), `ticks`, `speed_kph`,
        `highway`, `name`, `oneway`, `status`, `geometry` (in driving order) and `arc` (their row in `arcs`).
        `graph["crs"]` is EPSG:4326.
        """
        import networkx as nx  # noqa: PLC0415 - a tenth of a second, for those who ask for a graph

        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=CRS.lower(), simplified=True)
        named = {node: name for name, node in self.terminals.items()}
        graph.add_nodes_from(
            (node, {"x": lon, "y": lat} | ({"terminal": named[node]} if node in named else {}))
            for node, lon, lat in self.nodes[["lon", "lat"]].itertuples(name=None)
        )
        rows = np.flatnonzero(self.usable)
        arcs = self.arcs.iloc[rows]
        columns = {"length": arcs["length_m"], **{name: arcs[name] for name in ("segment_id", "direction", "minutes", "cost")}}
        columns |= {"arc": pd.Series(rows), "ticks": pd.Series(self.ticks[rows])}
        known = self.segments.reindex(arcs["segment_id"])
        for name, column in (("highway", "road_class"), ("name", "name"), ("speed_kph", "speed_kph"), ("status", "status")):
            columns[name] = known[column]
        columns["oneway"] = known["oneway"] != "both"
        columns["geometry"] = pd.Series(self.draw_arcs(rows))
        told = zip(*(column.tolist() for column in columns.values()), strict=True)
        gc_was_on = gc.isenabled()
        gc.disable()  # hundreds of thousands of small dicts, none of them garbage: collecting doubles the time
        try:
            graph.add_edges_from(
                (tail, head, dict(zip(columns, row, strict=True)))
                for tail, head, row in zip(arcs["from_node"].tolist(), arcs["to_node"].tolist(), told, strict=True)
            )
        finally:
            if gc_was_on:
                gc.enable()
        return graph

    def is_directed(self) -> bool:
        """Whether edges of the graph have a direction, as networkx asks: they do."""
        return True

    def is_multigraph(self) -> bool:
        """Whether two nodes may be joined by several edges, as networkx asks: they may."""
        return True

    def draw_arcs(self, arcs: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """The line of each arc (rows of `arcs`) in driving order; a point's length of line for an arc into a zone."""
        roads, rows = self.topology, np.asarray(arcs, dtype=np.int64)
        lines, on_road = np.empty(len(rows), dtype=object), roads.segment[rows] >= 0
        driven, into = rows[on_road], rows[~on_road]
        shapes, length = (self.segments[name].to_numpy()[roads.segment[driven]] for name in ("geometry", "length_m"))
        lines[on_road] = cut_lines(shapes, length, roads.start_m[driven], roads.end_m[driven])
        spots = self.nodes[["lon", "lat"]].iloc[roads.tail[into]].to_numpy()
        lines[~on_road] = shapely.linestrings(np.stack([spots, spots], axis=1))
        return lines


def find_snaps(sites: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, *, rules: Rules, index: LineIndex | None = None) -> pd.DataFrame:
    """Where each site meets the roads: the nearest point along any segment, open or closed.

    Parameters
    ----------
    sites, roads
        Tables of the contracts `SITES` and `ROADS`.
    rules
        `routing.max_snap_m`.
    index
        `LineIndex(roads.geometry.array)`, where it is there already.

    Returns
    -------
    DataFrame with index site_id and columns segment_id, along_m (metres along its line), snap_m (from the site to that
    point, geodesic), lon, lat.

    Raises
    ------
    InputError
        `site-far-from-roads` for each site with no road within `rules.routing.max_snap_m` (mend: its coordinates, or roads
        that reach it, or a larger max_snap_m).
    """
    near = (index or LineIndex(roads.geometry.array)).nearest(sites.geometry.array, rules.routing.max_snap_m)
    missing = sites.index[~np.isin(np.arange(len(sites)), near.place)]
    if len(missing):
        message = f"lies more than {rules.routing.max_snap_m:g} m from every road (max_snap_m)"
        mend = "correct its coordinates, bring roads that reach it, or raise rules.routing.max_snap_m"
        spots = sites.geometry.loc[missing]
        raise InputError(
            Problem(
                "site-far-from-roads",
                f"{sites.at[site, 'role']} {site} {message}",
                mend,
                field="lat, lon",
                value=f"{spot.y:.5f}, {spot.x:.5f}",
            )
            for site, spot in spots.items()
        )
    return pd.DataFrame(
        {
            "segment_id": roads.index.to_numpy()[near.line],
            "along_m": near.along_m,
            "snap_m": near.distance_m,
            "lon": near.lon,
            "lat": near.lat,
        },
        index=sites.index,
    )


def build_network(
    segments: gpd.GeoDataFrame,
    *,
    rules: Rules,
    snaps: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    topology: Topology | None = None,
) -> Network:
    """The network of classified segments, with the sites and the destination zones on it.

    Parameters
    ----------
    segments
        A table of the contract `SEGMENTS`. What stands in `closed_direction` is not driven. Where that is empty, a segment is
        closed both ways if it is NOT_PASSABLE, or UNKNOWN and `road_reports.use_unknown` is not set.
    rules
        minutes = length / min(speed_kph, top_speed_kph); cost = minutes * (1 + exposure_weight * exposure).
    snaps
        What `find_snaps` gives: each becomes a terminal.
    zones
        Zones to be reached (`ZONES`): each becomes a terminal, reached just inside the first point at which a road
        enters it, or at once from a site within.
    topology
        What `build_topology` gave for the same roads, snaps and zones: then only numbers are worked out anew.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> again = build_network(plan.segments, rules=plan.rules, topology=plan.network.topology)
    >>> bool((again.ticks == plan.network.ticks).all())
    True
    """
    roads = topology or build_topology(segments, snaps=snaps, zones=zones)
    speed_kph = segments["speed_kph"].clip(upper=rules.vehicle.top_speed_kph).to_numpy()
    price = 1.0 + rules.routing.exposure_weight * segments["exposure"].to_numpy()
    is_open = find_open(segments, rules)
    inside = roads.segment < 0
    minutes = np.where(inside, 0.0, roads.length_m / 1000.0 / speed_kph[roads.segment] * 60.0)
    cost_ms = minutes * np.where(inside, 1.0, price[roads.segment]) * 60_000.0
    open_arcs = inside | np.where(roads.forward, is_open[0][roads.segment], is_open[1][roads.segment])
    tick_ms = 1.0
    while (ticks := np.where(inside, 0, np.maximum(np.rint(cost_ms / tick_ms), 1.0)))[open_arcs].sum() >= CLOSED // ROOM:
        tick_ms *= 10.0
    return Network(segments, roads, minutes, np.where(open_arcs, ticks, CLOSED).astype(np.int64), tick_ms / 60_000.0)


def find_open(segments: gpd.GeoDataFrame, rules: Rules) -> tuple[Flags, Flags]:
    """Whether each segment may be used along its line and against it, as far as closures go; see `build_network`."""
    usable = segments["status"].isin((*USABLE, UNKNOWN) if rules.road_reports.use_unknown else USABLE).to_numpy()
    closed = segments["closed_direction"] if "closed_direction" in segments else pd.Series("", index=segments.index)
    unsaid = (closed == "").to_numpy() & ~usable
    return tuple(~unsaid & ~closed.isin(["both", direction]).to_numpy() for direction in ("forward", "backward"))


def build_topology(
    roads: gpd.GeoDataFrame,
    *,
    snaps: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    index: LineIndex | None = None,
    order: Ints | None = None,
) -> Topology:
    """Where the arcs of all segments lead, cut where sites lie and zones begin; see `build_network`.

    `index` is `LineIndex(roads.geometry.array)` and `order` what `order_roads` gives, where they are there already.
    """
    cuts = _site_cuts(roads, snaps) if snaps is not None else _no_cuts()
    entries = _zone_cuts(roads, zones, index) if zones is not None and len(zones) else _no_cuts()
    found = pd.concat([cuts, entries], ignore_index=True)
    made = found[
        (found["node"] != roads["from_node"].to_numpy()[found["segment"]])
        & (found["node"] != roads["to_node"].to_numpy()[found["segment"]])
    ]
    nodes = _build_nodes(roads, made)
    parts = _build_parts(roads, made)
    terminals = dict(zip(cuts["terminal"], cuts["node"], strict=True))
    links = pd.DataFrame({"tail": [], "head": []}, dtype="int64")
    if zones is not None and len(zones):
        nodes, links, reached = _add_zones(nodes, zones, entries, terminals)
        terminals |= reached
    oneway = roads["oneway"].to_numpy()[parts["segment"]]
    there = parts[oneway != "backward"].assign(forward=True)
    back = {"tail": "head", "head": "tail", "start_m": "end_m", "end_m": "start_m"}
    arcs = pd.concat([there, parts[oneway != "forward"].rename(columns=back).assign(forward=False)]).sort_index(kind="stable")
    arcs = arcs.rename_axis("piece").reset_index()
    arcs = pd.concat([arcs, links.assign(segment=-1, forward=True, start_m=0.0, end_m=0.0, piece=-1)], ignore_index=True)
    at = {end: nodes.index.get_indexer(arcs[end]).astype(np.int64) for end in ("tail", "head")}
    columns = {name: arcs[name].to_numpy() for name in ("segment", "start_m", "end_m", "piece")}
    return Topology(
        nodes, at["tail"], at["head"], forward=arcs["forward"].to_numpy(bool), terminals=MappingProxyType(terminals), order=order, **columns
    )


def order_roads(roads: gpd.GeoDataFrame) -> Ints:
    """The nodes of roads (their ids) in the order in which a contraction hierarchy takes them; needs the extra `fast`.

    It depends on where roads lead alone, and takes longest of all that a hierarchy needs, so it is worth keeping.
    """
    from corridors.hierarchy import order_nodes  # noqa: PLC0415 - brings numba

    roads_only = build_topology(roads)
    nodes = roads_only.nodes
    order = order_nodes(roads_only.tail, roads_only.head, nodes["lon"].to_numpy(), nodes["lat"].to_numpy())
    return nodes.index.to_numpy()[order]


def _no_cuts() -> pd.DataFrame:
    kinds = {"segment": "int64", "along_m": "float64", "node": "int64", "terminal": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _site_cuts(roads: gpd.GeoDataFrame, snaps: pd.DataFrame) -> pd.DataFrame:
    """A place to cut for each site; one at the end of a segment is the junction there."""
    segment = roads.index.get_indexer(snaps["segment_id"])
    along, length = snaps["along_m"].to_numpy(), roads["length_m"].to_numpy()[segment]
    ends = [roads[name].to_numpy()[segment] for name in ("from_node", "to_node")]
    made = np.array([made_node(f"site {site}") for site in snaps.index], dtype=np.int64)
    node = np.where(along <= AT_END_M, ends[0], np.where(along >= length - AT_END_M, ends[1], made))
    return pd.DataFrame({"segment": segment, "along_m": along, "node": node, "terminal": snaps.index})


def _zone_cuts(roads: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, index: LineIndex | None) -> pd.DataFrame:
    """A place to cut wherever a segment enters or leaves a zone, a hand's breadth inside it."""
    index = index or LineIndex(roads.geometry.array)
    shapes, lengths = zones.geometry.to_numpy(), roads["length_m"].to_numpy()
    edges = shapely.boundary(shapes)
    shapely.prepare(edges)
    area, line = index.crossed_by(shapes)
    shape, edge, whole = shapes[area], edges[area], index.lines[line]  # longitudes of roads run on past 180 degrees
    west, _, east, _ = shapely.bounds(whole).T
    past = np.flatnonzero((west < -180.0) | (east > 180.0))
    shape[past] = [shapely.union_all(turn_beside(shapely.get_parts(shape[at]), whole[at])) for at in past.tolist()]
    edge[past] = shapely.boundary(shape[past])
    # a road that lies in the zone is entered at an end of it that lies on the edge: the road before it only touches there
    crossing = ~shapely.covers(shape, whole) | (shapely.intersects(edge, whole) & ~shapely.covers(edge, whole))
    inside = shapely.intersection(shape[crossing], whole[crossing])
    rows = []
    for zone, segment, road, parts in zip(
        *(column.tolist() for column in (area[crossing], line[crossing], whole[crossing], inside)), strict=True
    ):
        for part in shapely.get_parts(parts):
            if shapely.get_type_id(part) != 1 or part.is_empty:
                continue  # the road only touches the boundary
            nudge = min(0.1, float(measure_length_m([part])[0]) / 2)
            first, last = sorted(_along_m(road, lengths[segment], shapely.get_point(part, end)) for end in (0, -1))
            for along in sorted({max(first + nudge, 0.0), min(last - nudge, lengths[segment])}):
                name = zones.index[zone]
                entry = f"entry {name!r} {roads.index[segment]!r} {along:.3f}"  # quoted, for ids may hold blanks: else two might read alike
                rows.append((segment, along, made_node(entry), name))
    return pd.DataFrame(rows, columns=["segment", "along_m", "node", "terminal"]) if rows else _no_cuts()


def _along_m(line: shapely.LineString, length_m: float, spot: shapely.Point) -> float:
    """How far along a line a point on it lies, by share of its geodesic length."""
    coords = shapely.get_coordinates(line)
    pieces = shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1))
    piece = int(np.argmin(shapely.distance(pieces, spot)))
    lengths = measure_length_m(pieces)
    share = shapely.line_locate_point(pieces[piece], spot, normalized=True)
    return float((lengths[:piece].sum() + share * lengths[piece]) * (length_m / lengths.sum() if lengths.sum() else 0.0))


def _build_parts(roads: gpd.GeoDataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """The parts that cuts make of the segments, in the order of the segments and along them."""
    ends = {
        "segment": np.arange(len(roads), dtype=np.int64),
        "tail": roads["from_node"].to_numpy(),
        "head": roads["to_node"].to_numpy(),
        "start_m": 0.0,
        "end_m": roads["length_m"].to_numpy(),
    }
    parts = [pd.DataFrame(ends).drop(cuts["segment"].unique())]
    for segment, cut in cuts.sort_values(["along_m", "node"]).groupby("segment"):
        row, places = roads.iloc[segment], cut.drop_duplicates("node")
        stops = [0.0, *places["along_m"], row["length_m"]]
        nodes = [row["from_node"], *places["node"], row["to_node"]]
        parts.append(pd.DataFrame({"segment": segment, "tail": nodes[:-1], "head": nodes[1:], "start_m": stops[:-1], "end_m": stops[1:]}))
    return pd.concat(parts, ignore_index=True).sort_values("segment", kind="stable", ignore_index=True)


def _build_nodes(roads: gpd.GeoDataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """Where each node lies: the ends of segments, and the places they are cut at."""
    lines, lengths = roads.geometry.to_numpy(), roads["length_m"].to_numpy()
    at = [cut_line(lines[segment], lengths[segment], along, along) for segment, along in zip(cuts["segment"], cuts["along_m"], strict=True)]
    corners, count = shapely.get_coordinates(lines), shapely.get_num_coordinates(lines)
    end = np.cumsum(count)
    spots = np.concatenate([corners[end - count], corners[end - 1], shapely.get_coordinates(shapely.get_point(at, 0))])
    node, first = np.unique(np.concatenate([roads["from_node"], roads["to_node"], cuts["node"]]).astype("int64"), return_index=True)
    return pd.DataFrame(spots[first], columns=["lon", "lat"], index=pd.Index(node, name="node"))


def _add_zones(
    nodes: pd.DataFrame, zones: gpd.GeoDataFrame, entries: pd.DataFrame, sites: Mapping[str, int]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """A node for each zone, and an arc of no length into it from every place where one is inside."""
    reached = {zone: made_node(f"zone {zone}") for zone in zones.index}
    within = [
        (node, reached[zone])
        for zone, shape in zones.geometry.items()
        for node in sorted(set(sites.values()))
        if shapely.intersects_xy(shape, *nodes.loc[node, ["lon", "lat"]])
    ]
    joined = [*zip(entries["node"], entries["terminal"].map(reached), strict=True), *within]
    links = pd.DataFrame(joined, columns=["tail", "head"], dtype="int64").drop_duplicates()
    inside = zones.geometry.representative_point()
    places = pd.DataFrame({"lon": inside.x.to_numpy(), "lat": inside.y.to_numpy()}, index=pd.Index(reached.values(), name="node"))
    return pd.concat([nodes, places]), links, reached
