"""Street graphs: networkx graphs as osmnx makes them, in memory or saved as GraphML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.crs import to_wgs84
from corridors.inputs.roads.account import Account
from corridors.inputs.roads.barriers import apply_nodes
from corridors.inputs.roads.segmentation import build_roads
from corridors.inputs.roads.streets import (
    OWN_IDS,
    WAY_IDS,
    merge_edges,
    name_columns,
    number_nodes,
    orient_lines,
    smallest,
    to_text,
)
from corridors.inputs.roads.tags import NODE_KEYS, read_node
from corridors.inputs.roads.ways import ParsedRoads
from corridors.rules import RoadRules


def roads_from_graph(G: nx.Graph[Any], *, rules: RoadRules | None = None) -> gpd.GeoDataFrame:  # noqa: N803 - as osmnx calls it
    """The roads table of a street graph as osmnx makes it, simplified or not.

    The two directed edges of one street (same nodes, way and line) become one row that goes both
    ways; an edge without its opposite goes forward only. Parallel edges stay apart. Edges that no
    truck may use are left out.

    Parameters
    ----------
    G
        Nodes with x and y in the coordinate system `G.graph["crs"]`; edges with or without
        geometry, with the tags of OpenStreetMap (a value may be a list). In an undirected graph the
        tag oneway decides.
    rules
        Speeds, which highway classes count, and how long a piece may be.

    Returns
    -------
    GeoDataFrame
        Contract `corridors.tables.ROADS`, EPSG:4326. Node ids are kept where they are whole
        numbers; other labels become negative numbers made from their text (BLAKE2b), the same in
        every run.

    Raises
    ------
    InputError
        `unknown-crs` (fix: set `G.graph["crs"]`), `bad-node` (fix: give every node x and y),
        `node-in-two-places` (mend: the geometry of an edge does not end at its nodes),
        `duplicate-id`, `no-roads`.

    Examples
    --------
    >>> G = nx.MultiDiGraph(crs="EPSG:4326")
    >>> G.add_nodes_from([(1, {"x": 35.0, "y": 33.0}), (2, {"x": 35.001, "y": 33.0})])
    >>> _ = (
    ...     G.add_edge(1, 2, osmid=7, highway="primary"),
    ...     G.add_edge(2, 1, osmid=7, highway="primary"),
    ... )
    >>> roads_from_graph(G)[["from_node", "to_node", "oneway", "speed_kph"]].to_dict("index")
    {'7:1-2': {'from_node': 1, 'to_node': 2, 'oneway': 'both', 'speed_kph': 65.0}}
    """
    rules = rules or RoadRules()
    found = find_in_graph(G, rules)
    return build_roads(found.pieces, rules, found.rows).table


def read_graphml(path: Path, rules: RoadRules) -> ParsedRoads:
    """The pieces of road in a graph that osmnx saved as GraphML.

    Raises
    ------
    InputError
        `broken-file` (fix: save the graph again with `osmnx.save_graphml`), and those of
        `roads_from_graph`.
    """
    hint = "save the graph again with osmnx.save_graphml"
    try:
        with path.open("rb") as stream:
            start = stream.read(4096).lower()
        if b"<!doctype" in start or b"<!entity" in start or b"<html" in start:
            raise InputError(
                Problem(
                    "broken-file",
                    "the file is a web page or declares entities, which no graph needs",
                    hint,
                    path.name,
                )
            )
        graph = nx.read_graphml(path)
    except (ParseError, nx.NetworkXError, ValueError, KeyError, OSError) as error:
        raise InputError(
            Problem("broken-file", f"the file cannot be read as GraphML: {error}", hint, path.name)
        ) from error
    whole = all(str(label).removeprefix("-").isdecimal() for label in graph)
    apart = whole and len({int(label) for label in graph}) == len(
        graph
    )  # "7" and "07" are two nodes
    return find_in_graph(nx.relabel_nodes(graph, int) if apart else graph, rules)


def find_in_graph(graph: nx.Graph[Any], rules: RoadRules) -> ParsedRoads:
    """The pieces of road in a street graph; see `roads_from_graph`."""
    if "crs" not in graph.graph:
        raise InputError(
            Problem(
                "unknown-crs",
                "the graph does not say its coordinate system",
                'set G.graph["crs"]',
                field="crs",
            )
        )
    places = _node_places(graph)
    edges = list(graph.edges(data=True))
    columns = name_columns(sorted({key for _, _, data in edges for key in data}))
    account = Account(rules.speed_kph)
    kept: list[tuple[Any, ...]] = []
    lines = []
    directed = graph.is_directed()
    for row, (one, other, data) in enumerate(edges, 1):
        if account.add(_edge_tags(data, columns, directed=directed)) is None:
            continue
        ends = (
            (data["from"], data["to"])
            if {data.get("from"), data.get("to")} == {one, other}
            else (one, other)
        )
        kept.append((*ends, smallest(_first(data, WAY_IDS)), _first(data, OWN_IDS[:1]), row, True))
        lines.append(_edge_line(data, places[ends[0]], places[ends[1]]))
    names = ["from_node", "to_node", "way_id", "own_id", "row", "has_nodes"]
    frame = account.build_frame().join(pd.DataFrame(kept, columns=names))
    rows = account.rows
    if frame.empty:
        return ParsedRoads(frame.assign(segment_id="", geometry=[]), rows)
    number = number_nodes(list(graph))
    start, end = (
        np.array([number[label] for label in frame[name]], dtype=np.int64)
        for name in ("from_node", "to_node")
    )
    shapes = to_wgs84(gpd.GeoSeries(lines, crs=graph.graph["crs"]), graph.graph["crs"]).to_numpy()
    shapes = orient_lines(
        start,
        end,
        shapes,
        frame["row"].to_numpy(dtype=np.int64),
        frame["oneway"].to_numpy(dtype=object),
    )
    if (frame["own_id"] == "").any():
        frame["own_id"] = ""
    merged = merge_edges(
        frame.assign(from_node=start, to_node=end, geometry=shapes), directed=directed
    )
    nodes = {
        number[label]: read_node(tags)
        for label, data in graph.nodes(data=True)
        if (tags := _node_tags(data))
    }
    met = {*start.tolist(), *end.tolist()}
    pieces, notes = apply_nodes(merged.pieces, nodes)
    rows.update(
        {"kept": -merged.duplicates, "duplicate": merged.duplicates} if merged.duplicates else {}
    )
    return ParsedRoads(
        pieces,
        {key: rows[key] for key in sorted(rows)},
        (
            *notes,
            *merged.notes,
            *account.describe(nodes[node_id] for node_id in sorted(nodes) if node_id in met),
        ),
    )


def _node_places(graph: nx.Graph[Any]) -> dict[Any, tuple[float, float]]:
    places, problems = {}, []
    for label, data in graph.nodes(data=True):
        try:
            places[label] = (float(data["x"]), float(data["y"]))
        except (KeyError, TypeError, ValueError):
            places[label] = (np.nan, np.nan)
        if not np.isfinite(places[label]).all():
            problems.append(
                Problem(
                    "bad-node",
                    "a node has no place",
                    "give every node x and y as numbers",
                    field="x, y",
                    value=str(label),
                )
            )
    if problems:
        raise InputError(problems)
    return places


def _edge_tags(
    data: Mapping[str, Any], columns: Mapping[str, list[str]], *, directed: bool
) -> dict[str, str]:
    tags = {
        key: text
        for key, held in columns.items()
        if (text := to_text([to_text(data.get(name)) for name in held]))
    }
    if directed and tags.get("oneway") != "reversible":
        tags.pop("oneway", None)  # a directed edge goes along its line, whatever was tagged
    return tags


def _node_tags(data: Mapping[str, Any]) -> dict[str, str]:
    return {key: text for key in NODE_KEYS if (text := to_text(data.get(key)))}


def _edge_line(
    data: Mapping[str, Any], start: tuple[float, float], end: tuple[float, float]
) -> shapely.LineString:
    shape = data.get("geometry")
    if shape is None or shape == "":
        return shapely.LineString([start, end])
    return shapely.force_2d(shapely.from_wkt(shape) if isinstance(shape, str) else shape)


def _first(data: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := to_text(data.get(name)))), "")
