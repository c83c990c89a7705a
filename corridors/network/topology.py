"""Where arcs lead: segments cut where sites meet them and where zones begin, open or closed."""

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
from corridors.kernels import list_groups
from corridors.network.links import Incidence, Links, build_links
from corridors.tables import Flags, Floats, Ints, made_node

if TYPE_CHECKING:
    from corridors.hierarchy import Hierarchy, Selection

AT_END_M = 0.01
"""A site this near to the end of a segment is at the junction, not on one of the segments there."""
INSIDE_M = 0.1
"""A zone is entered this far inside it, or at the middle of what lies in it where that is short."""


@dataclass(frozen=True, eq=False)
class Topology:
    """Where arcs lead: one arc for each direction in which a segment, or a part, may be driven.

    `nodes` (index node) has the columns lon and lat. All arrays have one entry an arc, in the order
    of segments, then along them, forward before backward: `tail` and `head` (positions in `nodes`),
    `segment` (position in the segments table, -1 for an arc of no length into a zone), `forward`
    (along the line of the segment), `start_m` and `end_m` (metres along that line, in driving
    order), `edge_id` (one number for the two directions of one part of a segment, -1 into a zone).
    `terminals` is the node of each site and of each zone that is a destination. `order` is the
    result of `order_roads` for these roads, where it exists already.

    An arc is one state of driving a part of a segment. Readers find the segment, the direction and
    the part of an arc in its columns; only `links` pairs the two arcs of an edge.
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
        nodes = self.nodes.index.get_indexer(list(self.terminals.values()))
        return dict(zip(self.terminals, nodes.tolist(), strict=True))

    @cached_property
    def drawn(self) -> dict[int, shapely.LineString]:
        """The lines of arcs that are parts of segments, as `Network.draw_arcs` has drawn them."""
        return {}

    @cached_property
    def length_m(self) -> Floats:
        """The driven length of each arc."""
        return np.abs(self.end_m - self.start_m)

    @cached_property
    def leaving(self) -> tuple[Ints, Ints]:
        """The arcs that leave each node, as offsets and arcs.

        Those of node i are at ``offsets[i]`` to ``offsets[i + 1]``.
        """
        return list_groups(self.tail, len(self.nodes))

    @cached_property
    def entering(self) -> tuple[Ints, Ints]:
        """The arcs that enter each node, as `leaving`."""
        return list_groups(self.head, len(self.nodes))

    @cached_property
    def links(self) -> Links:
        """The roads between junctions; every terminal is an end of links."""
        incidence = Incidence(self.tail, self.head, *self.leaving, *self.entering)
        kept = np.array(sorted(set(self.position.values())), dtype=np.int64)
        return build_links(incidence, self.edge_id, self.length_m, kept)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The contraction hierarchy of these arcs (needs the extra `fast`).

        The nodes of sites and zones are not in the order of the roads. Those along a segment come
        before all others, where they change nothing for them, and zones after all others. The
        routes are the same with any order.
        """
        from corridors.hierarchy import build_hierarchy  # noqa: PLC0415 - brings numba

        if self.order is None:
            order = self.find_order()
        else:
            roads = self.nodes.index.get_indexer(self.order)
            roads = roads[roads >= 0]  # some roads may have been removed since
            made = np.setdiff1d(np.arange(len(self.nodes)), roads)
            is_zone = np.isin(made, self.head[self.segment < 0])
            order = np.concatenate([made[~is_zone], roads, made[is_zone]])
        return build_hierarchy(self.tail, self.head, len(self.nodes), order)

    def find_order(self) -> Ints:
        """The nodes (positions) in an order of contraction (needs the extra `fast`)."""
        from corridors.hierarchy import order_nodes  # noqa: PLC0415 - brings numba

        order = order_nodes(self.tail, self.head, *self.nodes[["lon", "lat"]].to_numpy().T)
        return order.astype(np.int64)

    @cached_property
    def end_selection(self) -> Selection:
        """The ends of `links`, for sweeps over the hierarchy (needs the extra `fast`)."""
        return self.hierarchy.select(self.links.node)


def build_topology(
    roads: gpd.GeoDataFrame,
    *,
    snaps: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    index: LineIndex | None = None,
    order: Ints | None = None,
) -> Topology:
    """The arcs of all segments, cut where sites lie and zones begin; see `build_network`.

    `index` is `LineIndex(roads.geometry.array)` and `order` the result of `order_roads`, where they
    exist already.
    """
    at_sites = _cut_at_sites(roads, snaps) if snaps is not None else _no_cuts()
    has_zones = zones is not None and len(zones) > 0
    at_zones = _cut_at_zones(roads, zones, index) if has_zones else _no_cuts()
    cuts = pd.concat([at_sites, at_zones], ignore_index=True)
    is_inner = np.ones(len(cuts), dtype=bool)
    for end in ("from_node", "to_node"):
        is_inner &= (cuts["node"] != roads[end].to_numpy()[cuts["segment"]]).to_numpy()
    nodes = _build_nodes(roads, cuts[is_inner])
    arcs = _build_arcs(roads, _build_parts(roads, cuts[is_inner]))
    terminals = dict(zip(at_sites["terminal"], at_sites["node"], strict=True))
    if has_zones:
        nodes, entries, zone_nodes = _add_zones(nodes, zones, at_zones, terminals)
        arcs = pd.concat([arcs, entries], ignore_index=True)
        terminals |= zone_nodes
    tail, head = (nodes.index.get_indexer(arcs[end]).astype(np.int64) for end in ("tail", "head"))
    columns = {name: arcs[name].to_numpy() for name in ("segment", "start_m", "end_m", "edge_id")}
    return Topology(
        nodes,
        tail,
        head,
        forward=arcs["forward"].to_numpy(bool),
        terminals=MappingProxyType(terminals),
        order=order,
        **columns,
    )


def order_roads(roads: gpd.GeoDataFrame) -> Ints:
    """The nodes (ids) of roads in an order of contraction (needs the extra `fast`).

    It depends only on where the roads lead, and takes longer than all else that a hierarchy needs,
    so it is worth storing.
    """
    topology = build_topology(roads)
    return topology.nodes.index.to_numpy()[topology.find_order()]


def _no_cuts() -> pd.DataFrame:
    """A table of cuts: where a segment is cut, the node there, and the terminal it belongs to."""
    kinds = {"segment": "int64", "along_m": "float64", "node": "int64", "terminal": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _cut_at_sites(roads: gpd.GeoDataFrame, snaps: pd.DataFrame) -> pd.DataFrame:
    """A cut for each site; the node of one at the end of a segment is the junction there."""
    segment = roads.index.get_indexer(snaps["segment_id"])
    along, length = snaps["along_m"].to_numpy(), roads["length_m"].to_numpy()[segment]
    first, last = (roads[name].to_numpy()[segment] for name in ("from_node", "to_node"))
    made = np.array([made_node(f"site {site}") for site in snaps.index], dtype=np.int64)
    node = np.where(along <= AT_END_M, first, np.where(along >= length - AT_END_M, last, made))
    return pd.DataFrame(
        {"segment": segment, "along_m": along, "node": node, "terminal": snaps.index}
    )


def _cut_at_zones(
    roads: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, index: LineIndex | None
) -> pd.DataFrame:
    """A cut wherever a segment enters or leaves a zone, a little inside it."""
    lengths, rows = roads["length_m"].to_numpy(), []
    for zone, segment, line, inside in _find_crossings(
        zones.geometry.to_numpy(), index or LineIndex(roads.geometry.array)
    ):
        for part in shapely.get_parts(inside):
            if shapely.get_type_id(part) != 1 or part.is_empty:
                continue  # the segment only touches the boundary
            nudge = min(INSIDE_M, float(measure_length_m([part])[0]) / 2)
            first, last = sorted(
                _measure_along(line, lengths[segment], shapely.get_point(part, end))
                for end in (0, -1)
            )
            name = zones.index[zone]
            for along in sorted({max(first + nudge, 0.0), min(last - nudge, lengths[segment])}):
                # Quotes keep ids with blanks apart.
                entry = f"entry {name!r} {roads.index[segment]!r} {along:.3f}"
                rows.append((segment, along, made_node(entry), name))
    return pd.DataFrame(rows, columns=list(_no_cuts())) if rows else _no_cuts()


def _find_crossings(
    shapes: np.ndarray, index: LineIndex
) -> list[tuple[int, int, shapely.LineString, shapely.Geometry]]:
    """Each area and segment (positions) that cross, with the line and its part inside the area."""
    boundaries = shapely.boundary(shapes)
    shapely.prepare(boundaries)
    area, segment = index.crossed_by(shapes)
    shape, boundary, line = shapes[area], boundaries[area], index.lines[segment]
    # The longitudes of lines across the antimeridian continue past 180 degrees.
    west, _, east, _ = shapely.bounds(line).T
    for at in np.flatnonzero((west < -180.0) | (east > 180.0)).tolist():
        shape[at] = shapely.union_all(wrap_near(shapely.get_parts(shape[at]), line[at]))
        boundary[at] = shapely.boundary(shape[at])
    # A segment inside the area is entered at an end that lies on the boundary: the segment before
    # it only touches there.
    crosses = ~shapely.covers(shape, line) | (
        shapely.intersects(boundary, line) & ~shapely.covers(boundary, line)
    )
    inside = shapely.intersection(shape[crosses], line[crosses])
    columns = (area[crosses], segment[crosses], line[crosses], inside)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _measure_along(line: shapely.LineString, length_m: float, point: shapely.Point) -> float:
    """The distance along a line of a point on it, as a fraction of its geodesic length."""
    coords = shapely.get_coordinates(line)
    edges = shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1))
    at = int(np.argmin(shapely.distance(edges, point)))
    lengths = measure_length_m(edges)
    fraction = shapely.line_locate_point(edges[at], point, normalized=True)
    scale = length_m / lengths.sum() if lengths.sum() else 0.0
    return float((lengths[:at].sum() + fraction * lengths[at]) * scale)


def _build_parts(roads: gpd.GeoDataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """The parts of segments between cuts, in the order of the segments and along them."""
    names = ("segment", "tail", "head", "start_m", "end_m")
    tail, head, length_m = (roads[name].to_numpy() for name in ("from_node", "to_node", "length_m"))
    whole = (np.arange(len(roads), dtype=np.int64), tail, head, 0.0, length_m)
    parts = [pd.DataFrame(dict(zip(names, whole, strict=True))).drop(cuts["segment"].unique())]
    for segment, cut in cuts.sort_values(["along_m", "node"]).groupby("segment"):
        places = cut.drop_duplicates("node")
        stops = [0.0, *places["along_m"], length_m[segment]]
        nodes = [tail[segment], *places["node"], head[segment]]
        columns = (segment, nodes[:-1], nodes[1:], stops[:-1], stops[1:])
        parts.append(pd.DataFrame(dict(zip(names, columns, strict=True))))
    return pd.concat(parts, ignore_index=True).sort_values(
        "segment", kind="stable", ignore_index=True
    )


def _build_arcs(roads: gpd.GeoDataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """The arcs of all parts, forward before backward; `edge_id` is the position of the part."""
    oneway = roads["oneway"].to_numpy()[parts["segment"]]
    reverse = {"tail": "head", "head": "tail", "start_m": "end_m", "end_m": "start_m"}
    forward = parts[oneway != "backward"].assign(forward=True)
    backward = parts[oneway != "forward"].rename(columns=reverse).assign(forward=False)
    arcs = pd.concat([forward, backward]).sort_index(kind="stable")
    return arcs.rename_axis("edge_id").reset_index()


def _build_nodes(roads: gpd.GeoDataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """The coordinates of each node: the ends of segments, and the points where they are cut."""
    lines, lengths = roads.geometry.to_numpy(), roads["length_m"].to_numpy()
    points = [
        cut_line(lines[segment], lengths[segment], along, along)
        for segment, along in zip(cuts["segment"], cuts["along_m"], strict=True)
    ]
    ends = [shapely.get_point(lines, 0), shapely.get_point(lines, -1), shapely.get_point(points, 0)]
    coords = np.concatenate([shapely.get_coordinates(end) for end in ends])
    node, first = np.unique(
        np.concatenate([roads["from_node"], roads["to_node"], cuts["node"]]).astype("int64"),
        return_index=True,
    )
    return pd.DataFrame(coords[first], columns=["lon", "lat"], index=pd.Index(node, name="node"))


def _add_zones(
    nodes: pd.DataFrame, zones: gpd.GeoDataFrame, cuts: pd.DataFrame, sites: Mapping[str, int]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """The nodes with one for each zone, the arcs into zones, and the node of each zone.

    An arc of no length leads into a zone from every node inside it: cuts and sites.
    """
    zone_nodes = {zone: made_node(f"zone {zone}") for zone in zones.index}
    inside = [
        (node, zone_nodes[zone])
        for zone, shape in zones.geometry.items()
        for node in sorted(set(sites.values()))
        if shapely.intersects_xy(shape, *nodes.loc[node, ["lon", "lat"]])
    ]
    joined = [*zip(cuts["node"], cuts["terminal"].map(zone_nodes), strict=True), *inside]
    arcs = pd.DataFrame(joined, columns=["tail", "head"], dtype="int64").drop_duplicates()
    arcs = arcs.assign(segment=-1, forward=True, start_m=0.0, end_m=0.0, edge_id=-1)
    middle = zones.geometry.representative_point()
    places = pd.DataFrame(
        {"lon": middle.x.to_numpy(), "lat": middle.y.to_numpy()},
        index=pd.Index(zone_nodes.values(), name="node"),
    )
    return pd.concat([nodes, places]), arcs, zone_nodes
