"""The backend itself: the functions that networkx calls, with their names, arguments, results and
errors in networkx.

Nodes are named as the graph names them. A `Network` has the nodes and edges of `Network.graph`; its
weights are "minutes", "length", "cost" and "ticks", or None to count edges. Closed arcs are not
there, and of parallel ones the least counts. Of several ways that weigh the same, networkx may name
another. What the hierarchy cannot do for a `Network`, networkx does on `Network.graph`.
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
"""A graph with more edges a node is no road network, and its hierarchy would be large: networkx is
not to send it here unasked."""
_SIGNATURES: dict[str, inspect.Signature] = {}


def convert_from_nx(
    graph: nx.Graph[Any],
    *,
    edge_attrs: Mapping[Hashable, Any] | None = None,
    preserve_edge_attrs: bool = False,
    **_: Any,
) -> ArcGraph:
    """A graph of networkx for the functions here; networkx keeps it with the graph until that
    changes.

    Raises
    ------
    NotImplementedError
        As `convert_graph`: networkx then does itself what was asked, unless it was told
        `backend="corridors"`.
    """
    if preserve_edge_attrs:
        raise NotImplementedError(Message("usage.keep_named_attributes"))
    return convert_graph(graph, edge_attrs or {})


def convert_to_nx(result: Any) -> Any:
    """The graph of networkx that a `Network` or a converted graph stands for; anything else as it
    is.
    """
    if isinstance(result, Network):
        return result.graph
    return rebuild_graph(result) if isinstance(result, ArcGraph) else result


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether a function runs here with these arguments; where not, why.

    For a `Network`, it always does.
    """
    asked = _SIGNATURES[name].bind(*args, **kwargs).arguments
    return isinstance(asked["G"], Network) or _find_obstacle(asked) or True


def should_run(_name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Whether networkx should convert a graph unasked (`nx.config.backend_priority`); where not,
    why.
    """
    graph = args[0] if args else kwargs["G"]
    if graph.number_of_edges() > EDGES_A_NODE * len(graph):
        return str(Message("usage.not_a_road_network", limit=EDGES_A_NODE))
    return True


def _find_obstacle(asked: Mapping[str, Any]) -> str:
    """Why the hierarchy cannot answer, or nothing."""
    obstacles = {
        "usage.hierarchy_needs_numba": not has_numba(),
        "usage.weight_not_a_name": callable(asked.get("weight")),
        "usage.method_not_dijkstra": asked.get("method", "dijkstra") != "dijkstra",
        "usage.no_source_or_target": asked.get("source") is None and asked.get("target") is None,
    }
    return next((str(Message(code)) for code, found in obstacles.items() if found), "")


def _claim(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that knows only an `ArcGraph` be called by networkx, and with a `Network`."""
    name = answer.__name__
    signature = _SIGNATURES[name] = inspect.signature(answer)

    @wraps(answer)
    def called(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        asked = bound.arguments
        graph = asked["G"]
        check_weight(graph, asked.get("weight"))
        if not isinstance(graph, Network):
            return answer(**asked)
        if _find_obstacle(asked):
            return getattr(nx, name)(**asked | {"G": graph.graph}, backend="networkx")
        return answer(**asked | {"G": view_network(graph)})

    return called


@_claim
def has_path(G: ArcGraph, source: Hashable, target: Hashable) -> bool:
    """Whether there is a way."""
    return bool(np.isfinite(G.metric(None).distance(*_find_ends(G, source, target))))


@_claim
def shortest_path(
    G: ArcGraph,
    source: Hashable = None,
    target: Hashable = None,
    weight: Hashable = None,
    method: str = "dijkstra",  # noqa: ARG001 - see `_find_obstacle`
) -> list[Hashable] | dict[Hashable, list[Hashable]]:
    """The nodes of a shortest way; with only one end, of those between it and each node that it can
    be joined with.
    """
    if source is not None and target is not None:
        return _find_way(G, *_find_ends(G, source, target), weight)[1]
    root, towards = (target, True) if source is None else (source, False)
    return _list_ways(G, *_reach(G, root, weight, towards=towards), towards=towards)


@_claim
def shortest_path_length(
    G: ArcGraph,
    source: Hashable = None,
    target: Hashable = None,
    weight: Hashable = None,
    method: str = "dijkstra",  # noqa: ARG001 - see `_find_obstacle`
) -> float | dict[Hashable, float]:
    """What a shortest way weighs; with only one end, what those do between it and each node that it
    can be joined with.
    """
    if source is not None and target is not None:
        return _measure_way(G, *_find_ends(G, source, target, leniently=weight is not None), weight)
    root, towards = (target, True) if source is None else (source, False)
    return _list_distances(G, *_reach(G, root, weight, towards=towards), weight)


@_claim
def bidirectional_shortest_path(G: ArcGraph, source: Hashable, target: Hashable) -> list[Hashable]:
    """The nodes of a way of fewest edges."""
    return _find_way(G, *_find_ends(G, source, target), None)[1]


@_claim
def single_source_shortest_path(
    G: ArcGraph, source: Hashable, cutoff: float | None = None
) -> dict[Hashable, list[Hashable]]:
    """The nodes of a way of fewest edges to each node that is at most `cutoff` edges away."""
    return _list_ways(
        G, *_reach(G, source, None, None if cutoff is None else float(np.ceil(cutoff)))
    )


@_claim
def single_source_shortest_path_length(
    G: ArcGraph, source: Hashable, cutoff: float | None = None
) -> dict[Hashable, float]:
    """How many edges away each node is that is at most `cutoff` edges away."""
    return _list_distances(
        G, *_reach(G, source, None, None if cutoff is None else float(np.ceil(cutoff))), None
    )


@_claim
def bidirectional_dijkstra(
    G: ArcGraph, source: Hashable, target: Hashable, weight: Hashable = "weight"
) -> tuple[float, list[Hashable]]:
    """What a shortest way weighs, added up in driving order, and its nodes."""
    return _find_way(G, *_find_ends(G, source, target), weight)


@_claim
def dijkstra_path(
    G: ArcGraph, source: Hashable, target: Hashable, weight: Hashable = "weight"
) -> list[Hashable]:
    """The nodes of a shortest way."""
    return _find_way(G, *_find_ends(G, source, target, leniently=True), weight)[1]


@_claim
def dijkstra_path_length(
    G: ArcGraph, source: Hashable, target: Hashable, weight: Hashable = "weight"
) -> float:
    """What a shortest way weighs."""
    return _measure_way(G, *_find_ends(G, source, target, leniently=True), weight)


@_claim
def single_source_dijkstra(
    G: ArcGraph,
    source: Hashable,
    target: Hashable = None,
    cutoff: float | None = None,
    weight: Hashable = "weight",
) -> tuple[float, list[Hashable]] | tuple[dict[Hashable, float], dict[Hashable, list[Hashable]]]:
    """What the shortest ways weigh, and their nodes: to each node, or to one; only such as weigh at
    most `cutoff`.
    """
    if target is None:
        found = _reach(G, source, weight, cutoff)
        return _list_distances(G, *found, weight), _list_ways(G, *found)
    length, way = _find_way(G, *_find_ends(G, source, target, leniently=True), weight)
    if cutoff is not None and length > cutoff and source != target:
        raise nx.NetworkXNoPath(f"No path of at most {cutoff} between {source} and {target}.")
    return length, way


@_claim
def single_source_dijkstra_path(
    G: ArcGraph, source: Hashable, cutoff: float | None = None, weight: Hashable = "weight"
) -> dict[Hashable, list[Hashable]]:
    """The nodes of a shortest way to each node; only of such as weigh at most `cutoff`."""
    return _list_ways(G, *_reach(G, source, weight, cutoff))


@_claim
def single_source_dijkstra_path_length(
    G: ArcGraph, source: Hashable, cutoff: float | None = None, weight: Hashable = "weight"
) -> dict[Hashable, float]:
    """What a shortest way to each node weighs; only of such as weigh at most `cutoff`."""
    return _list_distances(G, *_reach(G, source, weight, cutoff), weight)


def _find_ends(
    graph: ArcGraph, source: Hashable, target: Hashable, *, leniently: bool = False
) -> tuple[int, int]:
    """The positions of two nodes.

    `leniently` as networkx has it where it searches from the source: an unknown target is not
    reached.
    """
    if source not in graph.position:
        raise nx.NodeNotFound(f"Source {source} is not in G")
    if target not in graph.position:
        if leniently:
            raise nx.NetworkXNoPath(f"No path to {target}.")
        raise nx.NodeNotFound(f"Target {target} is not in G")
    return graph.position[source], graph.position[target]


def _find_way(
    graph: ArcGraph, start: int, end: int, weight: Hashable
) -> tuple[float, list[Hashable]]:
    """What a shortest way weighs, added up in driving order, and its nodes."""
    arcs = graph.metric(weight).path(start, end)
    if arcs is None:
        raise nx.NetworkXNoPath(f"No path between {graph.names[start]} and {graph.names[end]}.")
    length: float = 0
    for number in graph.weights[weight][arcs].tolist():
        length += number  # as networkx adds; `sum` does it otherwise from Python 3.12
    return int(length) if weight in graph.whole else length, [
        graph.names[node] for node in (start, *graph.head[arcs].tolist())
    ]


def _measure_way(graph: ArcGraph, start: int, end: int, weight: Hashable) -> float:
    """What a shortest way weighs. Whole numbers are known without the way itself."""
    if weight not in graph.whole or not np.isfinite(
        distance := graph.metric(weight).distance(start, end)
    ):
        return _find_way(graph, start, end, weight)[0]
    return int(distance)


def _reach(
    graph: ArcGraph,
    root: Hashable,
    weight: Hashable,
    cutoff: float | None = None,
    *,
    towards: bool = False,
) -> tuple[Ints, Floats, Ints]:
    """As `ArcGraph.grow_tree`, by the name of the root, and only the nodes that are not farther
    than `cutoff`.
    """
    if root not in graph.position:
        raise nx.NodeNotFound(f"{'Target' if towards else 'Source'} {root} is not in G")
    nodes, distance, via = graph.grow_tree(graph.position[root], weight, towards=towards)
    if cutoff is not None:
        nodes = nodes[(distance[nodes] <= cutoff) | (nodes == nodes[0])]
    return nodes, distance, via


def _list_distances(
    graph: ArcGraph, nodes: Ints, distance: Floats, _via: Ints, weight: Hashable
) -> dict[Hashable, float]:
    """How far each of some nodes is, by their names; the root, which comes first, is exactly 0."""
    far = distance[nodes].astype(np.int64 if weight in graph.whole else np.float64).tolist()
    far[0] = 0
    return dict(zip(map(graph.names.__getitem__, nodes.tolist()), far, strict=True))


def _list_ways(
    graph: ArcGraph, nodes: Ints, _distance: Floats, via: Ints, *, towards: bool = False
) -> dict[Hashable, list[Hashable]]:
    """The nodes of the way between the root, which comes first, and each of some nodes."""
    root, *others = nodes.tolist()
    before = dict(
        zip(others, (graph.head if towards else graph.tail)[via[others]].tolist(), strict=True)
    )
    ways = {root: [graph.names[root]]}
    for node in others:
        climbed = []
        while (
            node not in ways
        ):  # over an edge that weighs nothing, the node before may come later in the list
            climbed.append(node)
            node = before[node]  # noqa: PLW2901 - up the tree
        for further in reversed(climbed):
            name, way = [graph.names[further]], ways[before[further]]
            ways[further] = name + way if towards else way + name
    return {graph.names[node]: way for node, way in ways.items()}
