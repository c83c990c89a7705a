"""Structures: bridges and tunnels as the roads have them, culverts and fords as reports name them, each with a state of its own.

A bridge or tunnel is made of the pieces of one way that are marked so and meet end to end. Roads do not mark culverts and
fords: one is where a report says, on the segment nearest to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from corridors.tables import SEVERITY, STRUCTURES, build_table

STRUCTURE_OF: Mapping[str, str] = MappingProxyType(
    {
        "bridge_status": "bridge",
        "bridge_damage": "bridge",
        "tunnel_damage": "tunnel",
        "culvert_damage": "culvert",
        "ford": "ford",
    }
)
"""The kinds of road reports that are of a structure."""


def find_structures(roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """The bridges and tunnels among the segments: a row for each piece, with structure_id, kind and segment (its position).

    A structure is named after its kind and the first of its segments, so that it has the same name in every run.

    Examples
    --------
    >>> from corridors.tables import ROADS
    >>> lines = [shapely.LineString([(at, 0), (at + 1, 0)]) for at in range(3)]
    >>> ways = {"segment_id": ["7:1-2/1", "7:1-2/2", "8:3-4"], "from_node": [1, 2, 3], "to_node": [2, 3, 4], "bridge": True}
    >>> roads = build_table(ROADS, {**ways, "oneway": "both", "length_m": 1.0, "speed_kph": 50.0, "geometry": lines})
    >>> find_structures(roads)["structure_id"].tolist()
    ['bridge 7:1-2/1', 'bridge 7:1-2/1', 'bridge 8:3-4']
    """
    parts = [_join_pieces(roads, kind) for kind in ("bridge", "tunnel")]
    return pd.concat(parts, ignore_index=True).astype({"structure_id": "str", "kind": "str", "segment": "int64"})


def find_way(segment_id: str) -> str:
    """The way that a segment was cut from: its id without the nodes and the number of the piece.

    >>> find_way("7:1-2/1"), find_way("lane 4")
    ('7', 'lane 4')
    """
    return segment_id.split("/", 1)[0].split(":", 1)[0]


def classify_structures(
    segments: gpd.GeoDataFrame, found: pd.DataFrame, reports: gpd.GeoDataFrame, meant: pd.DataFrame, holding: pd.DataFrame
) -> gpd.GeoDataFrame:
    """The structures as a table of the contract `STRUCTURES`: each in the most restrictive state of its segments.

    Parameters
    ----------
    segments
        A table of the contract `SEGMENTS`.
    found
        What `find_structures` gives for them.
    reports
        The road reports that count at the moment planned for, as `ROAD_REPORTS`.
    meant
        Which segments they may mean: columns report and segment (positions), distance_m; as `road_reports.find_meant` gives.
    holding
        What of them holds, as `road_reports.find_holding` gives: columns segment and max_weight_t.
    """
    kind = reports["kind"].map(STRUCTURE_OF).fillna("").to_numpy(dtype=object)
    told = meant.assign(of=kind[meant["report"]])
    pieces = pd.concat([found, _find_named(segments, told)], ignore_index=True)
    told = pieces.merge(told, on="segment")
    told = told[told["kind"].isin(["bridge", "tunnel"]) | (told["of"] == told["kind"])]
    told = told.assign(reported_at=reports["reported_at"].array[told["report"]])
    order = ["structure_id", "reported_at", "report"]
    last = told.sort_values(order, na_position="first").drop_duplicates("structure_id", keep="last").set_index("structure_id")["report"]
    limits = pieces.merge(holding[["segment", "max_weight_t"]], on="segment").groupby("structure_id")["max_weight_t"].min()
    rows = []
    for structure_id, part in pieces.sort_values(["structure_id", "segment"]).groupby("structure_id"):
        own, kind_of = segments.iloc[part["segment"]], part["kind"].iloc[0]
        worst = own.iloc[int(np.argmax([SEVERITY.index(status) for status in own["status"]]))]
        report = reports.iloc[int(last[structure_id])] if structure_id in last.index else None
        said = {} if report is None else {"reported_at": report["reported_at"], "source": report["source"]}
        if report is not None and kind_of in ("culvert", "ford"):
            said |= {"name": report["name"], "geometry": report.geometry}
        rows.append(
            {
                "structure_id": structure_id,
                "kind": kind_of,
                "name": own["name"].iloc[0],
                "name_ar": own["name_ar"].iloc[0],
                "segments": tuple(own.index),
                "status": worst["status"],
                "reason": worst["reason"],
                "max_weight_t": np.fmin(own["max_weight_t"].min(), limits.get(structure_id, np.nan)),
                "geometry": _draw(own),
                **said,
            }
        )
    return build_table(STRUCTURES, pd.DataFrame(rows) if rows else None)


def _find_named(segments: gpd.GeoDataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """The culverts and fords that reports name, each called after its kind and the segment nearest to the report."""
    named = told[told["of"].isin(["culvert", "ford"])].sort_values(["report", "distance_m", "segment"])
    nearest = segments.index.to_numpy()[named.groupby("report")["segment"].transform("first").to_numpy(dtype=np.int64)]
    ids = [f"{kind} {segment}" for kind, segment in zip(named["of"], nearest, strict=True)]
    return pd.DataFrame({"structure_id": ids, "kind": named["of"], "segment": named["segment"]}).drop_duplicates()


def _join_pieces(roads: gpd.GeoDataFrame, kind: str) -> pd.DataFrame:
    """The marked pieces of each way that meet end to end, joined into one structure."""
    segment = np.flatnonzero(roads[kind].to_numpy())
    names = roads.index.to_numpy()[segment].tolist()
    ends = [roads[end].to_numpy()[segment].tolist() for end in ("from_node", "to_node")]
    graph: nx.Graph[object] = nx.Graph()
    for name, start, end in zip(names, *ends, strict=True):
        way = find_way(name)
        graph.add_edges_from([(name, (way, start)), (name, (way, end))])
    first = {name: min(piece for piece in part if isinstance(piece, str)) for part in nx.connected_components(graph) for name in part}
    return pd.DataFrame({"structure_id": [f"{kind} {first[name]}" for name in names], "kind": kind, "segment": segment})


def _draw(pieces: gpd.GeoDataFrame) -> shapely.Geometry:
    merged = shapely.line_merge(shapely.multilinestrings(pieces.geometry.to_numpy()))
    return shapely.MultiLineString(pieces.geometry.tolist()) if shapely.is_empty(merged) else merged
