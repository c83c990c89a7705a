"""The usable segments as a graph: arrays of arcs for us, an osmnx-style MultiDiGraph for everyone.

Roads meet at nodes; each segment gives an arc for each direction it may be driven. Sites lie anywhere along a segment: where
one does, its arcs are cut there, so that every depot and destination is a node and a route is a list of arcs. Closures are
decided on whole segments, before: cutting changes none.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from corridors.crs import cut_line, measure_length_m
from corridors.errors import InputError, Problem
from corridors.nearness import LineIndex
from corridors.rules import Rules
from corridors.tables import CRS, PASSABLE, RESTRICTED, made_node

USABLE = (PASSABLE, RESTRICTED)
AT_END_M = 0.01
"""A site this near to the end of a segment lies at the junction itself, not on one of the roads that meet there."""


@dataclass(frozen=True, eq=False)
class Network:
    """Segments, and their arcs.

    `arcs` has one row for each direction of each segment (or part of one): from_node, to_node, segment_id, direction,
    start_m and end_m (metres along the line of the segment, in driving order), length_m, minutes, cost, usable, and piece: the
    same number for the two directions of one part of a segment. Arcs into a zone have no length, the segment_id "" and the
    piece -1. `nodes` (index node): lon, lat. `terminals` names the node of each site
    and of each zone that is a destination.
    """

    segments: gpd.GeoDataFrame
    nodes: pd.DataFrame
    arcs: pd.DataFrame
    terminals: Mapping[str, int]

    @cached_property
    def graph(self) -> nx.MultiDiGraph[int]:
        """The usable arcs as an osmnx-style graph, built when first asked for.

        Nodes carry `x`, `y` (degrees) and, where they are one, `terminal` (the id of the site or zone); edges carry
        `segment_id`, `direction`, `length` (metres, as osmnx has it), `minutes`, `cost`, `speed_kph`, `highway`, `name`,
        `oneway`, `status`, `geometry` (in driving order) and `arc` (their row in `arcs`). `graph["crs"]` is EPSG:4326.
        """
        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=CRS.lower(), simplified=True)
        named = {node: name for name, node in self.terminals.items()}
        graph.add_nodes_from(
            (node, {"x": lon, "y": lat} | ({"terminal": named[node]} if node in named else {}))
            for node, lon, lat in self.nodes[["lon", "lat"]].itertuples(name=None)
        )
        arcs = self.arcs[self.arcs["usable"]]
        columns = {"length": arcs["length_m"], **{name: arcs[name] for name in ("segment_id", "direction", "minutes", "cost")}}
        columns["arc"] = pd.Series(np.flatnonzero(self.arcs["usable"]), index=arcs.index)
        known = self.segments.reindex(arcs["segment_id"])
        for name, column in (("highway", "road_class"), ("name", "name"), ("speed_kph", "speed_kph"), ("status", "status")):
            columns[name] = known[column]
        columns["oneway"] = known["oneway"] != "both"
        columns["geometry"] = pd.Series(self.draw_arcs(columns["arc"].to_numpy()), index=arcs.index)
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        gc_was_on = gc.isenabled()
        gc.disable()  # hundreds of thousands of small dicts, none of them garbage: collecting doubles the time
        try:
            graph.add_edges_from(
                (tail, head, dict(zip(columns, row, strict=True)))
                for tail, head, row in zip(arcs["from_node"].tolist(), arcs["to_node"].tolist(), rows, strict=True)
            )
        finally:
            if gc_was_on:
                gc.enable()
        return graph

    @cached_property
    def onward(self) -> dict[int, list[tuple[int, int]]]:
        """For each node where its usable arcs lead: (node, piece)."""
        arcs, onward = self.arcs[self.arcs["usable"]], defaultdict(list)
        for tail, head, piece in zip(arcs["from_node"].tolist(), arcs["to_node"].tolist(), arcs["piece"].tolist(), strict=True):
            onward[tail].append((head, piece))
        return dict(onward)

    def draw_arcs(self, arcs: np.ndarray) -> np.ndarray:
        """The line of each arc (rows of `arcs`) in driving order; a point's length of line for an arc into a zone."""
        table = self.arcs.iloc[arcs]
        lines = np.empty(len(table), dtype=object)
        driven = (table["segment_id"] != "").to_numpy()
        segments = self.segments.loc[table["segment_id"][driven]]
        whole = segments.geometry.to_numpy().copy()
        start, end, length = table["start_m"][driven].to_numpy(), table["end_m"][driven].to_numpy(), segments["length_m"].to_numpy()
        forward, backward = (start == 0) & (end == length), (end == 0) & (start == length)
        whole[backward] = shapely.reverse(whole[backward])
        for at in np.flatnonzero(~forward & ~backward):
            whole[at] = cut_line(whole[at], length[at], start[at], end[at])
        lines[driven] = whole
        for at in np.flatnonzero(~driven):
            spot = self.nodes.loc[table["from_node"].iloc[at], ["lon", "lat"]]
            lines[at] = shapely.LineString([spot, spot])
        return lines


def find_snaps(sites: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, *, rules: Rules) -> pd.DataFrame:
    """Where each site meets the roads: the nearest point along any segment, open or closed.

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
    near = LineIndex(roads.geometry.array).nearest(sites.geometry.array, rules.routing.max_snap_m)
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
    segments: gpd.GeoDataFrame, *, rules: Rules, snaps: pd.DataFrame | None = None, zones: gpd.GeoDataFrame | None = None
) -> Network:
    """The network of classified segments, with the sites and the destination zones on it.

    Parameters
    ----------
    segments
        A table of the contract `SEGMENTS`. Its PASSABLE and RESTRICTED rows are usable.
    rules
        minutes = length / min(speed_kph, top_speed_kph); cost = minutes * (1 + exposure_weight * exposure).
    snaps
        What `find_snaps` gives: each becomes a terminal.
    zones
        Zones to be reached (`ZONES`): each becomes a terminal, reached just inside the first point at which a road
        enters it, or at once from a site within.
    """
    cuts = _site_cuts(segments, snaps) if snaps is not None else _no_cuts()
    entries = _zone_cuts(segments, zones) if zones is not None and len(zones) else _no_cuts()
    arcs, nodes = _build_arcs(segments, pd.concat([cuts, entries], ignore_index=True))
    terminals = dict(zip(cuts["terminal"], cuts["node"], strict=True))
    if zones is not None and len(zones):
        arcs, nodes, reached = _add_zones(arcs, nodes, zones, entries, {name: terminals[name] for name in terminals})
        terminals |= reached
    speed_kph = arcs["segment_id"].map(segments["speed_kph"]).fillna(1.0).clip(upper=rules.vehicle.top_speed_kph)
    exposure = arcs["segment_id"].map(segments["exposure"]).fillna(0.0)
    arcs["minutes"] = arcs["length_m"] / 1000.0 / speed_kph * 60.0
    arcs["cost"] = arcs["minutes"] * (1.0 + rules.routing.exposure_weight * exposure)
    arcs["usable"] = arcs["segment_id"].map(segments["status"].isin(USABLE)).astype("boolean").fillna(value=True).astype(bool)
    return Network(segments, nodes, arcs, MappingProxyType(terminals))


def _no_cuts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment_id": pd.Series(dtype="str"),
            "along_m": pd.Series(dtype=float),
            "node": pd.Series(dtype="int64"),
            "terminal": pd.Series(dtype="str"),
        }
    )


def _site_cuts(segments: gpd.GeoDataFrame, snaps: pd.DataFrame) -> pd.DataFrame:
    """A place to cut for each site; one at the end of a segment is the junction there."""
    at = segments.loc[snaps["segment_id"]]
    along, length = snaps["along_m"].to_numpy(), at["length_m"].to_numpy()
    made = [made_node(f"site {site}") for site in snaps.index]
    node = np.where(along <= AT_END_M, at["from_node"], np.where(along >= length - AT_END_M, at["to_node"], made))
    return pd.DataFrame(
        {"segment_id": snaps["segment_id"].to_numpy(), "along_m": along, "node": node.astype("int64"), "terminal": snaps.index}
    )


def _zone_cuts(segments: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """A place to cut wherever a segment enters or leaves a zone, a hand's breadth inside it."""
    area, line = LineIndex(segments.geometry.array).crossed_by(zones.geometry.array)
    crossing = ~shapely.covers(zones.geometry.to_numpy()[area], segments.geometry.to_numpy()[line])
    area, line = area[crossing], line[crossing]
    rows = []
    for zone, segment in zip(zones.index[area], segments.index[line], strict=True):
        shape, length_m = segments.geometry[segment], segments.at[segment, "length_m"]
        inside = shapely.intersection(zones.geometry[zone], shape)
        for part in shapely.get_parts(inside):
            if shapely.get_type_id(part) != 1:
                continue  # the road only touches the boundary
            nudge = min(0.1, float(measure_length_m([part])[0]) / 2)
            first, last = (_along_m(shape, length_m, shapely.get_point(part, end)) for end in (0, -1))
            spots = sorted((first, last))
            inside_m = sorted({max(spots[0] + nudge, 0.0), min(spots[1] - nudge, length_m)})
            rows += [(segment, along, made_node(f"zone {zone} {segment} {along:.3f}"), zone) for along in inside_m]
    return pd.DataFrame(rows, columns=["segment_id", "along_m", "node", "terminal"]) if rows else _no_cuts()


def _along_m(line: shapely.LineString, length_m: float, spot: shapely.Point) -> float:
    """How far along a line a point on it lies, by share of its geodesic length."""
    coords = shapely.get_coordinates(line)
    pieces = shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1))
    piece = int(np.argmin(shapely.distance(pieces, spot)))
    lengths = measure_length_m(pieces)
    share = shapely.line_locate_point(pieces[piece], spot, normalized=True)
    return float((lengths[:piece].sum() + share * lengths[piece]) * (length_m / lengths.sum() if lengths.sum() else 0.0))


def _build_arcs(segments: gpd.GeoDataFrame, cuts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The arcs of all segments, cut where asked, and the nodes they join."""
    inner = cuts[
        (cuts["node"] != cuts["segment_id"].map(segments["from_node"])) & (cuts["node"] != cuts["segment_id"].map(segments["to_node"]))
    ]
    whole = segments[~segments.index.isin(inner["segment_id"])]
    pieces = [
        pd.DataFrame(
            {
                "segment_id": whole.index,
                "tail": whole["from_node"].to_numpy(),
                "head": whole["to_node"].to_numpy(),
                "start_m": 0.0,
                "end_m": whole["length_m"].to_numpy(),
            }
        )
    ]
    for segment, cut in inner.sort_values(["along_m", "node"]).groupby("segment_id", sort=True):
        row, places = segments.loc[segment], cut.drop_duplicates("node")
        stops = [0.0, *places["along_m"], row["length_m"]]
        nodes = [row["from_node"], *places["node"], row["to_node"]]
        pieces.append(
            pd.DataFrame({"segment_id": segment, "tail": nodes[:-1], "head": nodes[1:], "start_m": stops[:-1], "end_m": stops[1:]})
        )
    parts = pd.concat(pieces, ignore_index=True)
    oneway = parts["segment_id"].map(segments["oneway"])
    forward = parts[oneway != "backward"].assign(direction="forward")
    backward = (
        parts[oneway != "forward"]
        .rename(columns={"tail": "head", "head": "tail", "start_m": "end_m", "end_m": "start_m"})
        .assign(direction="backward")
    )
    arcs = pd.concat([forward, backward]).sort_index(kind="stable").rename(columns={"tail": "from_node", "head": "to_node"})
    arcs = arcs.rename_axis("piece").reset_index()[["from_node", "to_node", "segment_id", "direction", "start_m", "end_m", "piece"]]
    arcs["length_m"] = (arcs["end_m"] - arcs["start_m"]).abs()
    return arcs, _build_nodes(segments, inner)


def _build_nodes(segments: gpd.GeoDataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    lines = segments.geometry.to_numpy()
    at = [
        cut_line(segments.geometry[segment], segments.at[segment, "length_m"], along, along)
        for segment, along in zip(cuts["segment_id"], cuts["along_m"], strict=True)
    ]
    spots = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1), shapely.get_point(np.array(at, dtype=object), 0)])
    node = np.concatenate([segments["from_node"], segments["to_node"], cuts["node"]]).astype("int64")
    first = np.unique(node, return_index=True)[1]
    return pd.DataFrame({"lon": shapely.get_x(spots[first]), "lat": shapely.get_y(spots[first])}, index=pd.Index(node[first], name="node"))


def _add_zones(
    arcs: pd.DataFrame, nodes: pd.DataFrame, zones: gpd.GeoDataFrame, entries: pd.DataFrame, sites: Mapping[str, int]
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
    links = pd.DataFrame(joined, columns=["from_node", "to_node"]).drop_duplicates()
    links = links.assign(segment_id="", direction="forward", start_m=0.0, end_m=0.0, piece=-1, length_m=0.0)
    inside = zones.geometry.representative_point()
    places = pd.DataFrame({"lon": inside.x.to_numpy(), "lat": inside.y.to_numpy()}, index=pd.Index(reached.values(), name="node"))
    return pd.concat([arcs, links], ignore_index=True), pd.concat([nodes, places]), reached
