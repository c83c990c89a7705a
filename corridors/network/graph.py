"""The usable segments as a graph: arrays of arcs, and an osmnx-style MultiDiGraph for users.

Roads meet at nodes; each segment has an arc for each direction in which it may be driven. A site
can be anywhere along a segment: its arcs are cut there, so that every depot and destination is a
node and a route is a list of arcs. Closures are decided on whole segments before, and cuts change
none of them.

A `Topology` says where arcs lead; no closure, cost or vehicle changes it. A `Network` is a topology
with the cost of each arc now; in another situation, other costs are on the same topology.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.geodesy.measures import cut_line, cut_lines
from corridors.network.links import CLOSED, PricedLinks, price_links
from corridors.network.topology import Topology, build_topology
from corridors.rules import Rules
from corridors.tables import CRS, PASSABLE, RESTRICTED, UNKNOWN, Flags, Floats, Ints

if TYPE_CHECKING:
    import networkx as nx

USABLE = (PASSABLE, RESTRICTED)
MARGIN = 4
"""All arcs together cost less than `CLOSED` over this, in ticks: no sum reaches `CLOSED`."""


@dataclass(frozen=True, eq=False)
class Network:
    """Segments, where their arcs lead, and what each arc costs now.

    `minutes` is the driving time of each arc, `ticks` its cost as a whole number, `CLOSED` where it
    is closed. A tick is `tick_min` minutes. It is a millisecond, or the least power of ten of them
    with which all arcs together do not cost too many. Every arc of a segment costs at least one
    tick. Searches add ticks, so every engine finds the same routes, and ties are exact.

    Functions of networkx accept it as a graph: see `corridors.network.networkx_backend`.
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

    @cached_property
    def usable(self) -> Flags:
        """Whether each arc is open."""
        return self.ticks < CLOSED

    @cached_property
    def links(self) -> PricedLinks:
        """The roads between junctions, and what each costs now."""
        return price_links(self.topology.links, self.ticks)

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """Every arc as a row of a table.

        The columns are from_node, to_node, segment_id ("" into a zone), direction, start_m, end_m,
        edge_id, length_m, minutes, cost and usable. `cost` is in minutes: minutes * (1 +
        exposure_weight * exposure), rounded to the tick.
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
                "edge_id": roads.edge_id,
                "length_m": roads.length_m,
                "minutes": self.minutes,
                "cost": np.where(self.usable, self.ticks * self.tick_min, np.inf),
                "usable": self.usable,
            }
        )

    @cached_property
    def graph(self) -> nx.MultiDiGraph[int]:
        """The usable arcs as an osmnx-style graph, built at the first access.

        Nodes have `x`, `y` (degrees) and, at a terminal, `terminal` (the id of the site or zone).
        Edges have `segment_id`, `direction`, `length` (metres, as in osmnx), `minutes`, `cost`
        (minutes), `ticks`, `speed_kph`, `highway`, `name`, `oneway`, `status`, `geometry` (in
        driving order) and `arc` (their row in `arcs`). `graph["crs"]` is EPSG:4326.
        """
        import networkx as nx  # noqa: PLC0415 - a tenth of a second, for those who ask for a graph

        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=CRS.lower(), simplified=True)
        name_of = {node: name for name, node in self.terminals.items()}
        graph.add_nodes_from(
            (node, {"x": lon, "y": lat} | ({"terminal": name_of[node]} if node in name_of else {}))
            for node, lon, lat in self.nodes[["lon", "lat"]].itertuples(name=None)
        )
        rows = np.flatnonzero(self.usable)
        arcs = self.arcs.iloc[rows]
        segments = self.segments.reindex(arcs["segment_id"])
        columns = {
            "length": arcs["length_m"],
            **{name: arcs[name] for name in ("segment_id", "direction", "minutes", "cost")},
            "arc": pd.Series(rows),
            "ticks": pd.Series(self.ticks[rows]),
            "highway": segments["road_class"],
            **{name: segments[name] for name in ("name", "speed_kph", "status")},
            "oneway": segments["oneway"] != "both",
            "geometry": pd.Series(self.draw_arcs(rows)),
        }
        values = zip(*(column.tolist() for column in columns.values()), strict=True)
        ends = (arcs["from_node"].tolist(), arcs["to_node"].tolist())
        gc_was_on = gc.isenabled()
        # Hundreds of thousands of small dicts, none of them garbage: collection doubles the time.
        gc.disable()
        try:
            graph.add_edges_from(
                (tail, head, dict(zip(columns, row, strict=True)))
                for tail, head, row in zip(*ends, values, strict=True)
            )
        finally:
            if gc_was_on:
                gc.enable()
        return graph

    def is_directed(self) -> bool:
        """Whether edges of the graph have a direction, for networkx: they have."""
        return True

    def is_multigraph(self) -> bool:
        """Whether several edges may join two nodes, for networkx: they may."""
        return True

    def draw_arcs(self, arcs: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """The line of each arc (rows of `arcs`) in driving order.

        An arc into a zone is a line of no length.
        """
        roads, rows = self.topology, np.asarray(arcs, dtype=np.int64)
        lines, on_road = np.empty(len(rows), dtype=object), roads.segment[rows] >= 0
        driven, into = rows[on_road], rows[~on_road]
        lines[on_road] = self._draw_driven(driven)
        if len(into):
            points = self.nodes[["lon", "lat"]].to_numpy()[roads.tail[into]]
            lines[~on_road] = shapely.linestrings(np.stack([points, points], axis=1))
        return lines

    def _draw_driven(self, arcs: Ints) -> npt.NDArray[np.object_]:
        """The line of each arc of a segment; parts of segments are drawn once per topology."""
        roads, segment = self.topology, self.topology.segment[arcs]
        start_m, end_m = roads.start_m[arcs], roads.end_m[arcs]
        whole = self.segments.geometry.to_numpy()
        length_m = self.segments["length_m"].to_numpy()[segment]
        is_part = (np.minimum(start_m, end_m) > 0) | (np.maximum(start_m, end_m) < length_m)
        lines = np.empty(len(arcs), dtype=object)
        lines[~is_part] = cut_lines(
            whole[segment[~is_part]], *(each[~is_part] for each in (length_m, start_m, end_m))
        )
        for at in np.flatnonzero(is_part).tolist():
            arc = int(arcs[at])
            if arc not in roads.drawn:
                ends = length_m[at], start_m[at], end_m[at]
                roads.drawn[arc] = cut_line(whole[segment[at]], *ends)
            lines[at] = roads.drawn[arc]
        return lines


def build_network(
    segments: gpd.GeoDataFrame,
    *,
    rules: Rules,
    snaps: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    topology: Topology | None = None,
    is_open: tuple[Flags, Flags] | None = None,
) -> Network:
    """The network of classified segments, with the sites and the destination zones on it.

    Parameters
    ----------
    segments
        A table of the contract `SEGMENTS`. The directions in `closed_direction` are closed. Where
        that is empty, a segment is closed in both directions if it is NOT_PASSABLE, or UNKNOWN and
        `road_reports.use_unknown` is not set.
    rules
        minutes = length / min(speed_kph, top_speed_kph); cost = minutes * (1 + exposure_weight *
        exposure).
    snaps
        The result of `snap_sites`: each site becomes a terminal.
    zones
        The destination zones (`ZONES`). Each becomes a terminal, which is reached just inside the
        first point where a road enters it, or at once from a site inside it.
    topology
        The result of `build_topology` for the same roads, snaps and zones, where it exists already;
        then only the costs are computed.
    is_open
        The result of `find_open` for the segments, where it exists already.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> again = build_network(plan.segments, rules=plan.rules, topology=plan.network.topology)
    >>> bool((again.ticks == plan.network.ticks).all())
    True
    """
    roads = topology or build_topology(segments, snaps=snaps, zones=zones)
    speed_kph = np.minimum(segments["speed_kph"].to_numpy(), rules.vehicle.top_speed_kph)
    weight = 1.0 + rules.routing.exposure_weight * segments["exposure"].to_numpy()
    into_zone = roads.segment < 0
    minutes = np.where(into_zone, 0.0, roads.length_m / 1000.0 / speed_kph[roads.segment] * 60.0)
    cost_ms = minutes * np.where(into_zone, 1.0, weight[roads.segment]) * 60_000.0
    forward, backward = is_open or find_open(segments, rules)
    driven = np.where(roads.forward, forward[roads.segment], backward[roads.segment])
    usable = into_zone | driven
    tick_ms = 1.0
    while True:
        ticks = np.where(into_zone, 0, np.maximum(np.rint(cost_ms / tick_ms), 1.0))
        if ticks[usable].sum() < CLOSED // MARGIN:
            break
        tick_ms *= 10.0
    ticks = np.where(usable, ticks, CLOSED).astype(np.int64)
    return Network(segments, roads, minutes, ticks, tick_ms / 60_000.0)


def find_open(segments: gpd.GeoDataFrame, rules: Rules) -> tuple[Flags, Flags]:
    """Whether closures leave each segment open along its line, and against it.

    The rules are those of `build_network`.
    """
    statuses = (*USABLE, UNKNOWN) if rules.road_reports.use_unknown else USABLE
    closed = pd.Series("", index=segments.index)
    if "closed_direction" in segments:
        closed = segments["closed_direction"]
    by_status = (closed == "").to_numpy() & ~segments["status"].isin(statuses).to_numpy()
    forward, backward = (
        ~by_status & ~closed.isin(["both", direction]).to_numpy()
        for direction in ("forward", "backward")
    )
    return forward, backward
