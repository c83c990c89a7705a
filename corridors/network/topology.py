"""Where arcs lead: roads cut where sites meet them and where zones begin, whatever is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.geodesy import LineIndex
from corridors.geodesy.measures import cut_line, measure_length_m
from corridors.geodesy.shapes import wrap_near
from corridors.network.links import Links, build_links
from corridors.tables import Flags, Floats, Ints, made_node

if TYPE_CHECKING:
    from corridors.hierarchy import Hierarchy, Selection


AT_END_M = 0.01
"""A site this near to the end of a segment lies at the junction itself, not on one of the roads
that meet there."""


@dataclass(frozen=True, eq=False)
class Topology:
    """Where arcs lead: one for each direction of each segment, or part of one, that may be driven.

    `nodes` (index node): lon, lat. All arrays have one entry an arc, in the order of segments, then
    along them, forward before backward: `tail` and `head` (positions in `nodes`), `segment`
    (position in the segments table, -1 for an arc of no length into a zone), `forward` (along the
    line of the segment), `start_m` and `end_m` (metres along that line, in driving order),
    `edge_id` (the same number for the two directions of one part of a segment, -1 into a zone).
    `terminals` names the node of each site and of each zone that is a destination. `order` is what
    `order_roads` gave for these roads, where it was known already.
    """

    nodes: pd.DataFrame
    tail: Ints
    head: Ints
    segment: Ints
    forward: Flags
    start_m: Floats
    end_m: Floats
    edge_id: Ints
    terminals: Mapping[str, int]
    order: Ints | None = None

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The position in `nodes` of each terminal."""
        return dict(
            zip(
                self.terminals,
                self.nodes.index.get_indexer(list(self.terminals.values())).tolist(),
                strict=True,
            )
        )

    @cached_property
    def drawn(self) -> dict[int, shapely.LineString]:
        """The lines of arcs that are parts of segments, as `Network.draw_arcs` has drawn them."""
        return {}

    @cached_property
    def length_m(self) -> Floats:
        """The driven length of each arc."""
        return np.abs(self.end_m - self.start_m)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The contraction hierarchy of these arcs (needs the extra `fast`); built when first asked
        for.

        Nodes that sites and zones made have no place in the order of the roads: those along a
        segment come before all others, where they change nothing for them, and zones after all
        others. Any order gives the same ways.
        """
        from corridors.hierarchy import build_hierarchy, order_nodes  # noqa: PLC0415 - brings numba

        if self.order is None:
            order = order_nodes(
                self.tail, self.head, self.nodes["lon"].to_numpy(), self.nodes["lat"].to_numpy()
            )
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
        """The arcs that leave each node: those of node i are arcs[first[i]:first[i + 1]]; given as
        (first, arcs).
        """
        return np.r_[0, np.cumsum(np.bincount(self.tail, minlength=len(self.nodes)))], np.argsort(
            self.tail, kind="stable"
        )

    @cached_property
    def links(self) -> Links:
        """The roads between junctions; every terminal is an end of links."""
        kept = np.unique(np.fromiter(self.position.values(), np.int64, len(self.position)))
        return build_links(
            self.leaving, self.entering, self.tail, self.head, self.edge_id, self.length_m, kept
        )

    @cached_property
    def ends(self) -> Selection:
        """The ends of `links`, for sweeps over the hierarchy (needs the extra `fast`)."""
        return self.hierarchy.select(self.links.node)

    @cached_property
    def entering(self) -> tuple[Ints, Ints]:
        """The arcs that enter each node, as `leaving`."""
        return np.r_[0, np.cumsum(np.bincount(self.head, minlength=len(self.nodes)))], np.argsort(
            self.head, kind="stable"
        )


def build_topology(
    roads: gpd.GeoDataFrame,
    *,
    snaps: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    index: LineIndex | None = None,
    order: Ints | None = None,
) -> Topology:
    """Where the arcs of all segments lead, cut where sites lie and zones begin; see
    `build_network`.

    `index` is `LineIndex(roads.geometry.array)` and `order` what `order_roads` gives, where they
    are there already.
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
    arcs = pd.concat(
        [there, parts[oneway != "forward"].rename(columns=back).assign(forward=False)]
    ).sort_index(kind="stable")
    arcs = arcs.rename_axis("edge_id").reset_index()
    arcs = pd.concat(
        [arcs, links.assign(segment=-1, forward=True, start_m=0.0, end_m=0.0, edge_id=-1)],
        ignore_index=True,
    )
    at = {end: nodes.index.get_indexer(arcs[end]).astype(np.int64) for end in ("tail", "head")}
    columns = {name: arcs[name].to_numpy() for name in ("segment", "start_m", "end_m", "edge_id")}
    return Topology(
        nodes,
        at["tail"],
        at["head"],
        forward=arcs["forward"].to_numpy(bool),
        terminals=MappingProxyType(terminals),
        order=order,
        **columns,
    )


def order_roads(roads: gpd.GeoDataFrame) -> Ints:
    """The nodes of roads (their ids) in the order in which a contraction hierarchy takes them;
    needs the extra `fast`.

    It depends on where roads lead alone, and takes longest of all that a hierarchy needs, so it is
    worth keeping.
    """
    from corridors.hierarchy import order_nodes  # noqa: PLC0415 - brings numba

    roads_only = build_topology(roads)
    nodes = roads_only.nodes
    order = order_nodes(
        roads_only.tail, roads_only.head, nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    )
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
    return pd.DataFrame(
        {"segment": segment, "along_m": along, "node": node, "terminal": snaps.index}
    )


def _zone_cuts(
    roads: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, index: LineIndex | None
) -> pd.DataFrame:
    """A place to cut wherever a segment enters or leaves a zone, a hand's breadth inside it."""
    index = index or LineIndex(roads.geometry.array)
    shapes, lengths = zones.geometry.to_numpy(), roads["length_m"].to_numpy()
    edges = shapely.boundary(shapes)
    shapely.prepare(edges)
    area, line = index.crossed_by(shapes)
    shape, edge, whole = (
        shapes[area],
        edges[area],
        index.lines[line],
    )  # longitudes of roads run on past 180 degrees
    west, _, east, _ = shapely.bounds(whole).T
    past = np.flatnonzero((west < -180.0) | (east > 180.0))
    shape[past] = [
        shapely.union_all(wrap_near(shapely.get_parts(shape[at]), whole[at]))
        for at in past.tolist()
    ]
    edge[past] = shapely.boundary(shape[past])
    # a road that lies in the zone is entered at an end of it that lies on the edge: the road before
    # it only touches there
    crossing = ~shapely.covers(shape, whole) | (
        shapely.intersects(edge, whole) & ~shapely.covers(edge, whole)
    )
    inside = shapely.intersection(shape[crossing], whole[crossing])
    rows = []
    for zone, segment, road, parts in zip(
        *(column.tolist() for column in (area[crossing], line[crossing], whole[crossing], inside)),
        strict=True,
    ):
        for part in shapely.get_parts(parts):
            if shapely.get_type_id(part) != 1 or part.is_empty:
                continue  # the road only touches the boundary
            nudge = min(0.1, float(measure_length_m([part])[0]) / 2)
            first, last = sorted(
                _along_m(road, lengths[segment], shapely.get_point(part, end)) for end in (0, -1)
            )
            for along in sorted({max(first + nudge, 0.0), min(last - nudge, lengths[segment])}):
                name = zones.index[zone]
                # quoted, for ids may hold blanks: else two might read alike
                entry = f"entry {name!r} {roads.index[segment]!r} {along:.3f}"
                rows.append((segment, along, made_node(entry), name))
    return (
        pd.DataFrame(rows, columns=["segment", "along_m", "node", "terminal"])
        if rows
        else _no_cuts()
    )


def _along_m(line: shapely.LineString, length_m: float, spot: shapely.Point) -> float:
    """How far along a line a point on it lies, by share of its geodesic length."""
    coords = shapely.get_coordinates(line)
    pieces = shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1))
    edge_id = int(np.argmin(shapely.distance(pieces, spot)))
    lengths = measure_length_m(pieces)
    share = shapely.line_locate_point(pieces[edge_id], spot, normalized=True)
    return float(
        (lengths[:edge_id].sum() + share * lengths[edge_id])
        * (length_m / lengths.sum() if lengths.sum() else 0.0)
    )


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
        parts.append(
            pd.DataFrame(
                {
                    "segment": segment,
                    "tail": nodes[:-1],
                    "head": nodes[1:],
                    "start_m": stops[:-1],
                    "end_m": stops[1:],
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values(
        "segment", kind="stable", ignore_index=True
    )


def _build_nodes(roads: gpd.GeoDataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """Where each node lies: the ends of segments, and the places they are cut at."""
    lines, lengths = roads.geometry.to_numpy(), roads["length_m"].to_numpy()
    at = [
        cut_line(lines[segment], lengths[segment], along, along)
        for segment, along in zip(cuts["segment"], cuts["along_m"], strict=True)
    ]
    corners, count = shapely.get_coordinates(lines), shapely.get_num_coordinates(lines)
    end = np.cumsum(count)
    spots = np.concatenate(
        [corners[end - count], corners[end - 1], shapely.get_coordinates(shapely.get_point(at, 0))]
    )
    node, first = np.unique(
        np.concatenate([roads["from_node"], roads["to_node"], cuts["node"]]).astype("int64"),
        return_index=True,
    )
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
    places = pd.DataFrame(
        {"lon": inside.x.to_numpy(), "lat": inside.y.to_numpy()},
        index=pd.Index(reached.values(), name="node"),
    )
    return pd.concat([nodes, places]), links, reached
