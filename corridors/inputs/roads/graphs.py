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
from corridors.inputs.roads.barriers import apply_nodes
from corridors.inputs.roads.segmentation import ENDS, build_roads
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
from corridors.inputs.roads.tag_reader import TagReader
from corridors.inputs.roads.tags import NODE_KEYS, read_node
from corridors.inputs.roads.ways import ParsedRoads
from corridors.messages import Message
from corridors.rules import RoadRules


def roads_from_graph(
    G: nx.Graph[Any],  # noqa: N803 - the name in osmnx
    *,
    rules: RoadRules | None = None,
) -> gpd.GeoDataFrame:
    """The roads table of a street graph as osmnx makes it, simplified or not.

    The two directed edges of one street (same nodes, way and line) become one row that goes both
    ways; an edge without its opposite goes forward only. Parallel edges stay separate. Edges that
    no truck may use are excluded.

    Parameters
    ----------
    G
        Nodes with x and y in the coordinate system `G.graph["crs"]`; edges with or without
        geometry, with the tags of OpenStreetMap (a value may be a list). In an undirected graph the
        tag oneway decides.
    rules
        Speeds, highway classes that count, and the maximum length of a segment.

    Returns
    -------
    GeoDataFrame
        The columns of `corridors.tables.ROADS`, EPSG:4326. Node ids are kept where they are whole
        numbers; other labels become negative numbers made from their text (BLAKE2b), the same in
        every run.

    Raises
    ------
    InputError
        `unknown-crs`. Fix: set `G.graph["crs"]`. `bad-node`. Fix: give every node x and y.
        `node-in-two-places`: the geometry of an edge does not end at its nodes. Fix: correct it.
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
    return build_roads(found.segments, rules, found.rows).table


def read_graphml(path: Path, rules: RoadRules) -> ParsedRoads:
    """The road segments in a graph that osmnx saved as GraphML.

    Raises
    ------
    InputError
        `broken-file`. Fix: save the graph again with `osmnx.save_graphml`. Those of
        `roads_from_graph`.
    """
    hint = Message("hint.save_graphml_again")
    try:
        with path.open("rb") as stream:
            start = stream.read(4096).lower()
        if b"<!doctype" in start or b"<!entity" in start or b"<html" in start:
            message = Message("problem.graph_is_web_page")
            raise InputError(Problem("broken-file", message, hint, path.name))
        graph = nx.read_graphml(path)
    except (ParseError, nx.NetworkXError, ValueError, KeyError, OSError) as error:
        message = Message("problem.graphml_unreadable", text=str(error))
        raise InputError(Problem("broken-file", message, hint, path.name)) from error
    whole = all(str(label).removeprefix("-").isdecimal() for label in graph)
    # "7" and "07" are two nodes
    distinct = whole and len({int(label) for label in graph}) == len(graph)
    return find_in_graph(nx.relabel_nodes(graph, int) if distinct else graph, rules)


def find_in_graph(graph: nx.Graph[Any], rules: RoadRules) -> ParsedRoads:
    """The road segments in a street graph; see `roads_from_graph`."""
    if "crs" not in graph.graph:
        message, hint = Message("problem.graph_without_crs"), Message("hint.set_graph_crs")
        raise InputError(Problem("unknown-crs", message, hint, field="crs"))
    reader = TagReader(rules.speed_kph)
    frame, lines = _read_edges(graph, reader)
    if frame.empty:
        return ParsedRoads(frame.assign(segment_id="", geometry=[]), reader.rows)
    number = number_nodes(list(graph))
    start, end = (
        np.array([number[label] for label in frame[name]], dtype=np.int64) for name in ENDS
    )
    shapes = orient_lines(
        start,
        end,
        to_wgs84(gpd.GeoSeries(lines, crs=graph.graph["crs"]), graph.graph["crs"]).to_numpy(),
        frame["row"].to_numpy(dtype=np.int64),
        frame["oneway"].to_numpy(dtype=object),
    )
    if (frame["own_id"] == "").any():
        frame["own_id"] = ""
    merged = merge_edges(
        frame.assign(from_node=start, to_node=end, geometry=shapes), directed=graph.is_directed()
    )
    nodes = {
        number[label]: read_node(tags)
        for label, data in graph.nodes(data=True)
        if (tags := _read_node_tags(data))
    }
    used = {*start.tolist(), *end.tolist()}
    segments, notes = apply_nodes(merged.segments, nodes)
    node_notes = reader.build_notes(nodes[node_id] for node_id in sorted(used & nodes.keys()))
    return ParsedRoads(
        segments,
        reader.drop_duplicates(merged.duplicates),
        (*notes, *merged.notes, *node_notes),
    )


def _read_edges(
    graph: nx.Graph[Any], reader: TagReader
) -> tuple[pd.DataFrame, list[shapely.LineString]]:
    """The edges that a truck may use, and their lines in the coordinates of the graph."""
    places = _read_places(graph)
    edges = list(graph.edges(data=True))
    columns = name_columns(sorted({key for _, _, data in edges for key in data}))
    directed = graph.is_directed()
    kept: list[tuple[Any, ...]] = []
    lines = []
    for row, (one, other, data) in enumerate(edges, 1):
        if reader.add(_read_edge_tags(data, columns, directed=directed)) is None:
            continue
        stated = data.get("from"), data.get("to")
        ends = stated if set(stated) == {one, other} else (one, other)
        kept.append((*ends, smallest(_first(data, WAY_IDS)), _first(data, OWN_IDS[:1]), row, True))
        lines.append(_build_line(data, places[ends[0]], places[ends[1]]))
    names = [*ENDS, "way_id", "own_id", "row", "has_nodes"]
    return reader.build_frame().join(pd.DataFrame(kept, columns=names)), lines


def _read_places(graph: nx.Graph[Any]) -> dict[Any, tuple[float, float]]:
    places, problems = {}, []
    message, hint = Message("problem.node_without_place"), Message("hint.give_node_places")
    for label, data in graph.nodes(data=True):
        try:
            places[label] = (float(data["x"]), float(data["y"]))
        except (KeyError, TypeError, ValueError):
            places[label] = (np.nan, np.nan)
        if not np.isfinite(places[label]).all():
            problems.append(Problem("bad-node", message, hint, field="x, y", value=str(label)))
    if problems:
        raise InputError(problems)
    return places


def _read_edge_tags(
    data: Mapping[str, Any], columns: Mapping[str, list[str]], *, directed: bool
) -> dict[str, str]:
    tags = {
        key: text
        for key, names in columns.items()
        if (text := to_text([to_text(data.get(name)) for name in names]))
    }
    if directed and tags.get("oneway") != "reversible":
        tags.pop("oneway", None)  # a directed edge goes along its line, whatever its tag
    return tags


def _read_node_tags(data: Mapping[str, Any]) -> dict[str, str]:
    return {key: text for key in NODE_KEYS if (text := to_text(data.get(key)))}


def _build_line(
    data: Mapping[str, Any], start: tuple[float, float], end: tuple[float, float]
) -> shapely.LineString:
    shape = data.get("geometry")
    if shape is None or shape == "":
        return shapely.LineString([start, end])
    return shapely.force_2d(shapely.from_wkt(shape) if isinstance(shape, str) else shape)


def _first(data: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := to_text(data.get(name)))), "")
