"""The engine without the extra `fast`, and for small networks: Dijkstra's search, by networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np

from corridors.network.links import CLOSED
from corridors.network.topology import Topology
from corridors.tables import Ints


class NetworkxEngine:
    """Dijkstra's search by networkx, over a graph that is built once; costs are looked up."""

    def __init__(
        self, topology: Topology, ticks: Ints, graph: nx.DiGraph[int] | None = None
    ) -> None:
        """Build the graph of a topology, or use one of it."""
        self._topology, self._ticks = topology, ticks.tolist()
        self._graph = graph if graph is not None else _build_graph(topology)

    def _weight(self, _tail: int, _head: int, edge: dict[str, list[int]]) -> int | None:
        least = min(map(self._ticks.__getitem__, edge["arcs"]))
        return None if least >= CLOSED else least  # None: networkx does not go there

    def _search(self, graph: nx.DiGraph[int], node: int) -> Ints:
        found = nx.single_source_dijkstra_path_length(graph, node, weight=self._weight)
        distance = np.full(len(self._topology.nodes), CLOSED, dtype=np.int64)
        distance[list(found)] = list(found.values())
        return distance

    def distances_from(self, node: int) -> Ints:
        """See `Engine`."""
        return self._search(self._graph, node)

    def distances_to(self, node: int) -> Ints:
        """See `Engine`."""
        return self._search(self._graph.reverse(copy=False), node)

    def ends_from(self, node: int) -> Ints:
        """See `Engine`."""
        return self.distances_from(node)[self._topology.links.node]

    def ends_to(self, node: int) -> Ints:
        """See `Engine`."""
        return self.distances_to(node)[self._topology.links.node]

    def distance(self, source: int, target: int) -> int:
        """See `Engine`."""
        try:
            return int(
                nx.bidirectional_dijkstra(self._graph, source, target, weight=self._weight)[0]
            )
        except nx.NetworkXNoPath:
            return CLOSED

    def repriced(self, ticks: Ints) -> NetworkxEngine:
        """See `Engine`."""
        return NetworkxEngine(self._topology, ticks, self._graph)


def _build_graph(topology: Topology) -> nx.DiGraph[int]:
    """One edge for each pair of nodes that arcs join, with the list of its arcs."""
    joined: dict[tuple[int, int], list[int]] = {}
    for arc, ends in enumerate(zip(topology.tail.tolist(), topology.head.tolist(), strict=True)):
        joined.setdefault(ends, []).append(arc)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(topology.nodes)))
    graph.add_edges_from((tail, head, {"arcs": arcs}) for (tail, head), arcs in joined.items())
    return graph
