"""A graph as arrays for the hierarchy: made from a `Network`, or from any graph of networkx."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import networkx as nx
import numpy as np

from corridors.errors import UsageError
from corridors.kernels import kernel, list_groups
from corridors.messages import Message
from corridors.network.graph import Network
from corridors.tables import Floats, Ints

if TYPE_CHECKING:
    from corridors.hierarchy import Hierarchy, Metric

EXACT = 2.0**53
"""Whole numbers below this, and their sums, are exact in floating point."""
NETWORK_WEIGHTS = ("minutes", "length", "cost", "ticks")
"""The edge attributes of `Network.graph` that can be weights."""


@dataclass(frozen=True, eq=False)
class ArcGraph:
    """A graph as arrays, and its hierarchy.

    Arcs run from `tail` to `head`, which are positions in `names`, the nodes of the user. `weights`
    has one number an arc for each edge attribute, inf where an arc is closed; under None every arc
    weighs 1. Those in `whole` are whole numbers, and so are their sums. An undirected graph has
    every edge twice: first all in one direction, then all in the other.
    """

    directed: bool
    multigraph: bool
    names: list[Hashable]
    tail: Ints
    head: Ints
    weights: Mapping[Hashable, Floats]
    whole: frozenset[Hashable]
    hierarchy: Hierarchy
    _metrics: dict[Hashable, Metric] = field(init=False, repr=False, default_factory=dict)

    __networkx_backend__: ClassVar[str] = "corridors"

    def is_directed(self) -> bool:
        """Whether edges have a direction, for networkx."""
        return self.directed

    def is_multigraph(self) -> bool:
        """Whether several edges may join two nodes, for networkx."""
        return self.multigraph

    @cached_property
    def position(self) -> dict[Hashable, int]:
        """The position of each node in `names`."""
        return dict(zip(self.names, range(len(self.names)), strict=True))

    def metric(self, weight: Hashable) -> Metric:
        """The hierarchy under one of the weights, customized at the first call."""
        if weight not in self._metrics:
            self._metrics[weight] = self.hierarchy.customize(self.weights[weight])
        return self._metrics[weight]

    @cached_property
    def leaving(self) -> tuple[Ints, Ints]:
        """The arcs that leave node i, as arcs[first[i]:first[i + 1]]: (first, arcs)."""
        return list_groups(self.tail, len(self.names))

    @cached_property
    def entering(self) -> tuple[Ints, Ints]:
        """The arcs that enter node i, as arcs[first[i]:first[i + 1]]: (first, arcs)."""
        return list_groups(self.head, len(self.names))

    def grow_tree(
        self, root: int, weight: Hashable, *, towards: bool = False
    ) -> tuple[Ints, Floats, Ints]:
        """The shortest paths from a node, or towards it.

        Returns the nodes reached, nearest first; then for every node its distance and the last arc
        to it, -1 at the root and where there is no path. Distances are summed along the path from
        the root, as in Dijkstra's search, and equal its results to the last bit.
        """
        metric = self.metric(weight)
        # These distances are summed in another order, so they are only nearly right.
        about = metric.distances_to(root) if towards else metric.distances_from(root)
        first, arcs = self.entering if towards else self.leaving
        far = self.tail if towards else self.head
        order = np.argsort(about, kind="stable")[: np.count_nonzero(np.isfinite(about))]
        distance, last_arc = _relax(first, arcs, far, self.weights[weight], order, root)
        reached = np.flatnonzero(np.isfinite(distance))
        return reached[np.lexsort((reached != root, distance[reached]))], distance, last_arc


@kernel
def _relax(
    first: Ints, arcs: Ints, far: Ints, weight: Floats, order: Ints, root: int
) -> tuple[Floats, Ints]:
    """The distance of each node from the root, and the arc that leads to it.

    The nodes are visited in (nearly) the right order. Where rounding puts a node before the one it
    is reached from, it is visited again. So each distance is the least over all paths of their
    weights summed in driving order, because addition is monotone in floating point too.
    """
    distance, last_arc = np.full(len(first) - 1, np.inf), np.full(len(first) - 1, -1, np.int64)
    passed, waiting = np.zeros(len(distance), np.bool_), np.zeros(len(distance), np.bool_)
    again, size, turn = np.empty(len(distance), np.int64), 0, 0
    distance[root] = 0.0
    while turn < len(order) or size > 0:
        if size > 0:
            size -= 1
            node = again[size]
            waiting[node] = False
        else:
            node = order[turn]
            turn += 1
            passed[node] = True
        for place in range(first[node], first[node + 1]):
            further = far[arcs[place]]
            found = distance[node] + weight[arcs[place]]
            if found < distance[further]:
                distance[further], last_arc[further] = found, arcs[place]
                if passed[further] and not waiting[further]:
                    again[size] = further
                    size += 1
                    waiting[further] = True
    return distance, last_arc


_ARC_GRAPHS: WeakKeyDictionary[Network, ArcGraph] = WeakKeyDictionary()


def view_network(network: Network) -> ArcGraph:
    """The arcs of a network with the weights `NETWORK_WEIGHTS`, kept as long as the network.

    >>> import corridors as co
    >>> network = co.plan_corridors(co.read_situation(co.demo_folder())).network
    >>> view_network(network) is view_network(network), list(view_network(network).weights)
    (True, [None, 'minutes', 'length', 'cost', 'ticks'])
    """
    if network not in _ARC_GRAPHS:
        roads, ticks = network.topology, network.ticks.astype(np.float64)
        weights: dict[Hashable, Floats] = {
            None: np.ones(len(ticks)),
            "minutes": network.minutes,
            "length": roads.length_m,
            "cost": ticks * network.tick_min,
            "ticks": ticks,
        }
        _ARC_GRAPHS[network] = ArcGraph(
            directed=True,
            multigraph=True,
            names=network.nodes.index.tolist(),
            tail=roads.tail,
            head=roads.head,
            weights={
                name: np.where(network.usable, weight, np.inf) for name, weight in weights.items()
            },
            whole=frozenset({None, "ticks"}),
            hierarchy=roads.hierarchy,
        )
    return _ARC_GRAPHS[network]


def check_weight(graph: Network | ArcGraph, weight: Any) -> None:
    """Pass where edges have this weight, or it is a function or None.

    Raises
    ------
    UsageError
        They do not have it. networkx itself would count every edge as 1, without a message.
    """
    of = NETWORK_WEIGHTS if isinstance(graph, Network) else graph.weights
    names = [name for name in of if name is not None]
    if weight is not None and not callable(weight) and weight not in names:
        code = "usage.unknown_edge_weight" if names else "usage.graph_without_weights"
        raise UsageError(Message(code, weight=str(weight), names=tuple(names)))


def convert_graph(graph: nx.Graph[Any], attributes: Mapping[Hashable, Any]) -> ArcGraph:
    """Any graph of networkx, with some edge attributes as weights.

    `attributes` has the weight of an edge without the attribute.

    Raises
    ------
    NotImplementedError
        A weight is not an int or float from 0 up, is infinite, or is so large that sums would be
        rounded or overflow; or pymetis is not installed and a node has no coordinates (`x` and `y`,
        as in osmnx), which the order of contraction then needs.
    """
    from corridors.hierarchy import build_hierarchy, order_nodes  # noqa: PLC0415 - brings numba

    names: list[Hashable] = list(graph)
    position = dict(zip(names, range(len(names)), strict=True))
    edges: list[tuple[Any, Any, dict[Any, Any]]] = list(graph.edges(data=True))
    ends = np.array(
        [(position[one], position[other]) for one, other, _ in edges], dtype=np.int64
    ).reshape(-1, 2)
    copies = 1 if graph.is_directed() else 2
    tail, head = (ends if copies == 1 else np.concatenate([ends, ends[:, ::-1]])).T
    weights: dict[Hashable, Floats] = {None: np.ones(len(tail))}
    whole: set[Hashable] = {None}
    for name, default in attributes.items():
        numbers = [data.get(name, default) for _, _, data in edges]
        check_numbers(name, numbers, copies)
        weights[name] = np.array(numbers * copies, dtype=np.float64)
        if all(isinstance(number, int) for number in numbers):
            whole.add(name)
    lon, lat = _list_coordinates(graph)
    hierarchy = build_hierarchy(tail, head, len(names), order_nodes(tail, head, lon, lat))
    return ArcGraph(
        graph.is_directed(),
        graph.is_multigraph(),
        names,
        tail,
        head,
        weights,
        frozenset(whole),
        hierarchy,
    )


def _list_coordinates(graph: nx.Graph[Any]) -> Floats:
    """The x and y of all nodes; zeros where a node has none, and METIS needs none."""
    points = [(data.get("x"), data.get("y")) for _, data in graph.nodes(data=True)]
    if not all(
        isinstance(number, int | float) and math.isfinite(number)
        for point in points
        for number in point
    ):
        if not find_spec("pymetis"):
            raise NotImplementedError(Message("usage.nodes_need_coordinates"))
        return np.zeros((2, len(points)))
    return np.array(points, dtype=np.float64).reshape(-1, 2).T


def check_numbers(name: Hashable, numbers: list[Any], copies: int) -> None:
    """Pass where sums of these weights equal those of networkx.

    Raises
    ------
    NotImplementedError
        As `convert_graph`.
    """
    for number in numbers:
        if not (isinstance(number, int | float) and 0 <= number < math.inf):
            raise NotImplementedError(
                Message("usage.edge_weight_not_a_number", weight=str(name), value=repr(number))
            )
    whole = sum(number for number in numbers if isinstance(number, int)) * copies
    if whole >= EXACT or not math.isfinite(sum(map(float, numbers)) * copies):
        raise NotImplementedError(Message("usage.edge_weights_too_large", weight=str(name)))


def rebuild_graph(graph: ArcGraph) -> nx.Graph[Any]:
    """The graph of networkx that was converted: its nodes, its edges and the weights kept."""
    kinds = {
        (False, False): nx.Graph,
        (False, True): nx.MultiGraph,
        (True, False): nx.DiGraph,
        (True, True): nx.MultiDiGraph,
    }
    rebuilt: nx.Graph[Any] = kinds[graph.directed, graph.multigraph]()
    rebuilt.add_nodes_from(graph.names)
    rows = np.flatnonzero(np.isfinite(graph.weights[None]))
    rows = rows if graph.directed else rows[: len(rows) // 2]
    kept: dict[Any, list[float]] = {
        name: weight[rows].astype(np.int64 if name in graph.whole else np.float64).tolist()
        for name, weight in graph.weights.items()
        if name is not None
    }
    ends = (graph.tail[rows].tolist(), graph.head[rows].tolist())
    rebuilt.add_edges_from(
        (
            graph.names[tail],
            graph.names[head],
            {name: weight[edge] for name, weight in kept.items()},
        )
        for edge, (tail, head) in enumerate(zip(*ends, strict=True))
    )
    return rebuilt
