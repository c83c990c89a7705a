"""The functions that networkx calls: names, arguments, results and errors are those of networkx.

Nodes are those of the graph. A `Network` has the nodes and edges of `Network.graph`; its weights
are "minutes", "length", "cost" and "ticks", or None to count edges. Closed arcs do not exist, and
of parallel arcs the cheapest counts. Of several shortest paths, networkx may return another one. If
the hierarchy cannot answer for a `Network`, networkx does so on `Network.graph`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import Any

import networkx as nx
import numpy as np

from corridors.kernels import has_numba
from corridors.messages import Message
from corridors.network.graph import Network
from corridors.network.networkx_backend.arc_graph import (
    ArcGraph,
    check_weight,
    convert_graph,
    rebuild_graph,
    view_network,
)
from corridors.tables import Floats, Ints

EDGES_A_NODE = 4
"""A graph with more edges a node is no road network, and its hierarchy would be large: networkx
should not send it here unasked."""
_SIGNATURES: dict[str, inspect.Signature] = {}


def convert_from_nx(
    graph: nx.Graph[Any],
    *,
    edge_attrs: Mapping[Hashable, Any] | None = None,
    preserve_edge_attrs: bool = False,
    **_: Any,
) -> ArcGraph:
    """A graph of networkx for these functions; networkx caches it until the graph changes.

    Raises
    ------
    NotImplementedError
        As `convert_graph`: networkx then runs the function itself, unless the user asked for
        `backend="corridors"`.
    """
    if preserve_edge_attrs:
        raise NotImplementedError(Message("usage.keep_named_attributes"))
    return convert_graph(graph, edge_attrs or {})


def convert_to_nx(result: Any) -> Any:
    """The graph of networkx of a `Network` or a converted graph; other values unchanged."""
    if isinstance(result, Network):
        return result.graph
    return rebuild_graph(result) if isinstance(result, ArcGraph) else result


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether a function runs here with these arguments, else why not.

    For a `Network` it always does.
    """
    arguments = _SIGNATURES[name].bind(*args, **kwargs).arguments
    return isinstance(arguments["G"], Network) or _find_obstacle(arguments) or True


def should_run(_name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether networkx should convert a graph unasked (`nx.config.backend_priority`), else why."""
    graph = args[0] if args else kwargs["G"]
    if graph.number_of_edges() > EDGES_A_NODE * len(graph):
        return str(Message("usage.not_a_road_network", limit=EDGES_A_NODE))
    return True


def _find_obstacle(arguments: Mapping[str, Any]) -> str:
    """Why the hierarchy cannot answer, or an empty text."""
    ends = (arguments.get("source"), arguments.get("target"))
    obstacles = {
        "usage.hierarchy_needs_numba": not has_numba(),
        "usage.weight_not_a_name": callable(arguments.get("weight")),
        "usage.method_not_dijkstra": arguments.get("method", "dijkstra") != "dijkstra",
        "usage.no_source_or_target": ends == (None, None),
    }
    return next((str(Message(code)) for code, found in obstacles.items() if found), "")


def _claim(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of an `ArcGraph` callable by networkx, and with a `Network`."""
    name = answer.__name__
    signature = _SIGNATURES[name] = inspect.signature(answer)

    @wraps(answer)
    def called(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = bound.arguments
        graph = arguments["G"]
        check_weight(graph, arguments.get("weight"))
        if not isinstance(graph, Network):
            return answer(**arguments)
        if _find_obstacle(arguments):
            return getattr(nx, name)(**arguments | {"G": graph.graph}, backend="networkx")
        return answer(**arguments | {"G": view_network(graph)})

    return called


@_claim
def has_path(G: ArcGraph, source: Hashable, target: Hashable) -> bool:
    """Whether there is a path."""
    return bool(np.isfinite(G.metric(None).distance(*_find_ends(G, source, target))))


@_claim
def shortest_path(
    G: ArcGraph,
    source: Hashable = None,
    target: Hashable = None,
    weight: Hashable = None,
    method: str = "dijkstra",  # noqa: ARG001 - see `_find_obstacle`
) -> list[Hashable] | dict[Hashable, list[Hashable]]:
    """The nodes of a shortest path; with one end only, of those between it and each other node."""
    if source is not None and target is not None:
        return _find_path(G, *_find_ends(G, source, target), weight)[1]
    root, towards = (target, True) if source is None else (source, False)
    return _list_paths(G, *_reach(G, root, weight, towards=towards), towards=towards)


@_claim
def shortest_path_length(
    G: ArcGraph,
    source: Hashable = None,
    target: Hashable = None,
    weight: Hashable = None,
    method: str = "dijkstra",  # noqa: ARG001 - see `_find_obstacle`
) -> float | dict[Hashable, float]:
    """The weight of a shortest path; with one end only, of those between it and each other node."""
    if source is not None and target is not None:
        ends = _find_ends(G, source, target, leniently=weight is not None)
        return _measure_path(G, *ends, weight)
    root, towards = (target, True) if source is None else (source, False)
    return _list_distances(G, *_reach(G, root, weight, towards=towards), weight)


@_claim
def bidirectional_shortest_path(G: ArcGraph, source: Hashable, target: Hashable) -> list[Hashable]:
    """The nodes of a path of fewest edges."""
    return _find_path(G, *_find_ends(G, source, target), None)[1]


@_claim
def single_source_shortest_path(
    G: ArcGraph, source: Hashable, cutoff: float | None = None
) -> dict[Hashable, list[Hashable]]:
    """The nodes of a path of fewest edges to each node at most `cutoff` edges away."""
    return _list_paths(G, *_reach(G, source, None, _round_up(cutoff)))


@_claim
def single_source_shortest_path_length(
    G: ArcGraph, source: Hashable, cutoff: float | None = None
) -> dict[Hashable, float]:
    """The number of edges to each node at most `cutoff` edges away."""
    return _list_distances(G, *_reach(G, source, None, _round_up(cutoff)), None)


@_claim
def bidirectional_dijkstra(
    G: ArcGraph, source: Hashable, target: Hashable, weight: Hashable = "weight"
) -> tuple[float, list[Hashable]]:
    """The weight of a shortest path, summed in driving order, and its nodes."""
    return _find_path(G, *_find_ends(G, source, target), weight)


@_claim
def dijkstra_path(
    G: ArcGraph, source: Hashable, target: Hashable, weight: Hashable = "weight"
) -> list[Hashable]:
    """The nodes of a shortest path."""
    return _find_path(G, *_find_ends(G, source, target, leniently=True), weight)[1]


@_claim
def dijkstra_path_length(
    G: ArcGraph, source: Hashable, target: Hashable, weight: Hashable = "weight"
) -> float:
    """The weight of a shortest path."""
    return _measure_path(G, *_find_ends(G, source, target, leniently=True), weight)


@_claim
def single_source_dijkstra(
    G: ArcGraph,
    source: Hashable,
    target: Hashable = None,
    cutoff: float | None = None,
    weight: Hashable = "weight",
) -> tuple[float, list[Hashable]] | tuple[dict[Hashable, float], dict[Hashable, list[Hashable]]]:
    """The weights and nodes of the shortest paths to each node, or to one, of at most `cutoff`."""
    if target is None:
        reached = _reach(G, source, weight, cutoff)
        return _list_distances(G, *reached, weight), _list_paths(G, *reached)
    length, path = _find_path(G, *_find_ends(G, source, target, leniently=True), weight)
    if cutoff is not None and length > cutoff and source != target:
        raise nx.NetworkXNoPath(f"No path of at most {cutoff} between {source} and {target}.")
    return length, path


@_claim
def single_source_dijkstra_path(
    G: ArcGraph, source: Hashable, cutoff: float | None = None, weight: Hashable = "weight"
) -> dict[Hashable, list[Hashable]]:
    """The nodes of a shortest path of at most `cutoff` to each node."""
    return _list_paths(G, *_reach(G, source, weight, cutoff))


@_claim
def single_source_dijkstra_path_length(
    G: ArcGraph, source: Hashable, cutoff: float | None = None, weight: Hashable = "weight"
) -> dict[Hashable, float]:
    """The weight of a shortest path of at most `cutoff` to each node."""
    return _list_distances(G, *_reach(G, source, weight, cutoff), weight)


def _round_up(cutoff: float | None) -> float | None:
    """The cutoff as a number of edges."""
    return None if cutoff is None else float(np.ceil(cutoff))


def _find_ends(
    graph: ArcGraph, source: Hashable, target: Hashable, *, leniently: bool = False
) -> tuple[int, int]:
    """The positions of two nodes.

    `leniently` as in functions of networkx that search from the source: there is no path to an
    unknown target.
    """
    if source not in graph.position:
        raise nx.NodeNotFound(f"Source {source} is not in G")
    if target not in graph.position:
        if leniently:
            raise nx.NetworkXNoPath(f"No path to {target}.")
        raise nx.NodeNotFound(f"Target {target} is not in G")
    return graph.position[source], graph.position[target]


def _find_path(
    graph: ArcGraph, start: int, end: int, weight: Hashable
) -> tuple[float, list[Hashable]]:
    """The weight of a shortest path, summed in driving order, and its nodes."""
    arcs = graph.metric(weight).path(start, end)
    if arcs is None:
        raise nx.NetworkXNoPath(f"No path between {graph.names[start]} and {graph.names[end]}.")
    length: float = 0
    for number in graph.weights[weight][arcs].tolist():
        length += number  # as networkx does; `sum` adds otherwise from Python 3.12
    nodes = [graph.names[node] for node in (start, *graph.head[arcs].tolist())]
    return int(length) if weight in graph.whole else length, nodes


def _measure_path(graph: ArcGraph, start: int, end: int, weight: Hashable) -> float:
    """The weight of a shortest path. Whole numbers need no path."""
    if weight in graph.whole:
        distance = graph.metric(weight).distance(start, end)
        if np.isfinite(distance):
            return int(distance)
    return _find_path(graph, start, end, weight)[0]


def _reach(
    graph: ArcGraph,
    root: Hashable,
    weight: Hashable,
    cutoff: float | None = None,
    *,
    towards: bool = False,
) -> tuple[Ints, Floats, Ints]:
    """As `ArcGraph.grow_tree`, from the name of the root, and only nodes within the cutoff."""
    if root not in graph.position:
        raise nx.NodeNotFound(f"{'Target' if towards else 'Source'} {root} is not in G")
    nodes, distance, last_arc = graph.grow_tree(graph.position[root], weight, towards=towards)
    if cutoff is not None:
        nodes = nodes[(distance[nodes] <= cutoff) | (nodes == nodes[0])]
    return nodes, distance, last_arc


def _list_distances(
    graph: ArcGraph, nodes: Ints, distance: Floats, _last_arc: Ints, weight: Hashable
) -> dict[Hashable, float]:
    """The distance of each node, by name; that of the root, which comes first, is exactly 0."""
    far = distance[nodes].astype(np.int64 if weight in graph.whole else np.float64).tolist()
    far[0] = 0
    return dict(zip(map(graph.names.__getitem__, nodes.tolist()), far, strict=True))


def _list_paths(
    graph: ArcGraph, nodes: Ints, _distance: Floats, last_arc: Ints, *, towards: bool = False
) -> dict[Hashable, list[Hashable]]:
    """The nodes of the path between the root, which comes first, and each node."""
    root, *others = nodes.tolist()
    ends = graph.head if towards else graph.tail
    before = dict(zip(others, ends[last_arc[others]].tolist(), strict=True))
    paths = {root: [graph.names[root]]}
    for node in others:
        climbed, at = [], node
        # Over an edge of weight 0, the node before may come later in the list.
        while at not in paths:
            climbed.append(at)
            at = before[at]
        for further in reversed(climbed):
            name, path = [graph.names[further]], paths[before[further]]
            paths[further] = name + path if towards else path + name
    return {graph.names[node]: path for node, path in paths.items()}
