"""The usable segments as a graph: arrays of arcs for us, an osmnx-style MultiDiGraph for everyone.

Roads meet at nodes; each segment gives an arc for each direction it may be driven. Sites lie
anywhere along a segment: where one does, its arcs are cut there, so that every depot and
destination is a node and a route is a list of arcs. Closures are decided on whole segments, before:
cutting changes none.

    Topology   where arcs lead: what no closure, price or vehicle changes Network    a topology with
    what each arc takes now; another situation is other numbers on the same topology
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
from corridors.rules import Rules
from corridors.tables import CRS, PASSABLE, RESTRICTED, UNKNOWN, Flags, Floats, Ints

if TYPE_CHECKING:
    import networkx as nx


from corridors.network.topology import Topology, build_topology

USABLE = (PASSABLE, RESTRICTED)


ROOM = 4
"""All arcs together cost less than `CLOSED` over this many ticks, so that no sum of them is ever
taken for closed."""


@dataclass(frozen=True, eq=False)
class Network:
    """Segments, where their arcs lead, and what each arc takes now.

    `minutes` is the driving time of each arc, `ticks` its price as a whole number, `CLOSED` where
    it may not be driven. A tick is `tick_min` minutes: a millisecond or, on networks so large that
    the arcs together would cost too many, the least power of ten of them that will do. Every arc of
    a segment costs at least one tick. Searches add up ticks, so that every engine finds the same
    ways, and ties are ties.

    Functions of networkx take it as a graph: see `corridors.network.networkx_backend`.
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
        """Whether each arc may be driven."""
        return self.ticks < CLOSED

    @cached_property
    def links(self) -> PricedLinks:
        """The roads between junctions, and what each costs now."""
        return price_links(self.topology.links, self.ticks)

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """Every arc as a table: from_node, to_node, segment_id ("" into a zone), direction,
        start_m, end_m, piece, length_m, minutes, cost, usable.

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
                "edge_id": roads.edge_id,
                "length_m": roads.length_m,
                "minutes": self.minutes,
                "cost": np.where(self.usable, self.ticks * self.tick_min, np.inf),
                "usable": self.usable,
            }
        )

    @cached_property
    def graph(self) -> nx.MultiDiGraph[int]:
        """The usable arcs as an osmnx-style graph, built when first asked for.

        Nodes carry `x`, `y` (degrees) and, where they are one, `terminal` (the id of the site or
        zone); edges carry `segment_id`, `direction`, `length` (metres, as osmnx has it), `minutes`,
        `cost` (minutes), `ticks`, `speed_kph`, `highway`, `name`, `oneway`, `status`, `geometry`
        (in driving order) and `arc` (their row in `arcs`). `graph["crs"]` is EPSG:4326.
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
        columns = {
            "length": arcs["length_m"],
            **{name: arcs[name] for name in ("segment_id", "direction", "minutes", "cost")},
        }
        columns |= {"arc": pd.Series(rows), "ticks": pd.Series(self.ticks[rows])}
        known = self.segments.reindex(arcs["segment_id"])
        for name, column in (
            ("highway", "road_class"),
            ("name", "name"),
            ("speed_kph", "speed_kph"),
            ("status", "status"),
        ):
            columns[name] = known[column]
        columns["oneway"] = known["oneway"] != "both"
        columns["geometry"] = pd.Series(self.draw_arcs(rows))
        told = zip(*(column.tolist() for column in columns.values()), strict=True)
        gc_was_on = gc.isenabled()
        # hundreds of thousands of small dicts, none of them garbage: collecting doubles the time
        gc.disable()
        try:
            graph.add_edges_from(
                (tail, head, dict(zip(columns, row, strict=True)))
                for tail, head, row in zip(
                    arcs["from_node"].tolist(), arcs["to_node"].tolist(), told, strict=True
                )
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
        """The line of each arc (rows of `arcs`) in driving order; a point's length of line for an
        arc into a zone.
        """
        roads, rows = self.topology, np.asarray(arcs, dtype=np.int64)
        lines, on_road = np.empty(len(rows), dtype=object), roads.segment[rows] >= 0
        driven, into = rows[on_road], rows[~on_road]
        lines[on_road] = self._draw_driven(driven)
        if len(into):
            spots = self.nodes[["lon", "lat"]].to_numpy()[roads.tail[into]]
            lines[~on_road] = shapely.linestrings(np.stack([spots, spots], axis=1))
        return lines

    def _draw_driven(self, arcs: Ints) -> npt.NDArray[np.object_]:
        """The line of each arc of a segment; parts of segments are drawn once a topology."""
        roads, segments = self.topology, self.segments
        segment, start_m, end_m = (
            getattr(roads, name)[arcs] for name in ("segment", "start_m", "end_m")
        )
        whole = segments.geometry.to_numpy()
        length_m = segments["length_m"].to_numpy()[segment]
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
        A table of the contract `SEGMENTS`. What stands in `closed_direction` is not driven. Where
        that is empty, a segment is closed both ways if it is NOT_PASSABLE, or UNKNOWN and
        `road_reports.use_unknown` is not set.
    rules
        minutes = length / min(speed_kph, top_speed_kph); cost = minutes * (1 + exposure_weight *
        exposure).
    snaps
        What `snap_sites` gives: each becomes a terminal.
    zones
        Zones to be reached (`ZONES`): each becomes a terminal, reached just inside the first point
        at which a road enters it, or at once from a site within.
    topology
        What `build_topology` gave for the same roads, snaps and zones: then only numbers are worked
        out anew.
    is_open
        What `find_open` returns for the segments, where it exists already.

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
    price = 1.0 + rules.routing.exposure_weight * segments["exposure"].to_numpy()
    is_open = is_open or find_open(segments, rules)
    inside = roads.segment < 0
    minutes = np.where(inside, 0.0, roads.length_m / 1000.0 / speed_kph[roads.segment] * 60.0)
    cost_ms = minutes * np.where(inside, 1.0, price[roads.segment]) * 60_000.0
    open_arcs = inside | np.where(
        roads.forward, is_open[0][roads.segment], is_open[1][roads.segment]
    )
    tick_ms = 1.0
    while (ticks := np.where(inside, 0, np.maximum(np.rint(cost_ms / tick_ms), 1.0)))[
        open_arcs
    ].sum() >= CLOSED // ROOM:
        tick_ms *= 10.0
    return Network(
        segments,
        roads,
        minutes,
        np.where(open_arcs, ticks, CLOSED).astype(np.int64),
        tick_ms / 60_000.0,
    )


def find_open(segments: gpd.GeoDataFrame, rules: Rules) -> tuple[Flags, Flags]:
    """Whether each segment may be used along its line and against it, as far as closures go; see
    `build_network`.
    """
    usable = (
        segments["status"]
        .isin((*USABLE, UNKNOWN) if rules.road_reports.use_unknown else USABLE)
        .to_numpy()
    )
    closed = (
        segments["closed_direction"]
        if "closed_direction" in segments
        else pd.Series("", index=segments.index)
    )
    unsaid = (closed == "").to_numpy() & ~usable
    return tuple(
        ~unsaid & ~closed.isin(["both", direction]).to_numpy()
        for direction in ("forward", "backward")
    )
