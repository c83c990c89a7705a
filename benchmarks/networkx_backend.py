"""The same calls of networkx on the plain graph of a country and on its `Network`, which runs them
on the contraction hierarchy.

    python benchmarks/networkx_backend.py [--runs 3]

Iceland from OpenStreetMap, one segment in five hundred closed; ends are drawn by seed from what
hangs together. Before any time, the answers are compared: errors are the same, distances from one
node to all equal networkx's to the last bit, and ways between two nodes weigh the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import networkx as nx
import numpy as np
from networks import ICELAND

import corridors as co
from corridors.network.graph import build_network
from corridors.tables import NOT_PASSABLE, PASSABLE, SEGMENTS

QUESTIONS, SOURCES = 20, 2
WEIGHT = "minutes"


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=3)
    runs = arguments.parse_args().runs
    if not ICELAND.is_file():
        sys.exit(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
    network = make_network()
    graph = network.graph
    largest = sorted(max(nx.strongly_connected_components(graph), key=len))
    pairs = np.random.default_rng(1).choice(largest, (QUESTIONS, 2)).tolist()
    nx.shortest_path(network, *pairs[0], weight=WEIGHT)  # compiles kernels, or reads them from disk
    print(
        f"{len(graph):,} nodes, {len(largest):,} of which hang together, {graph.number_of_edges():,} edges; medians of {runs} runs, CPU ms a call"
    )
    first_s = median(
        measure(
            lambda: make_fresh(network),
            lambda fresh: nx.shortest_path(fresh, *pairs[0], weight=WEIGHT),
        )
        for _ in range(runs)
    )
    print(
        f"the first call on a Network, which orders, contracts and customizes: {first_s * 1000:,.0f}"
    )
    convert = {"weight": WEIGHT, "backend": "corridors"}
    first_s = median(
        measure(
            graph.__networkx_cache__.clear, lambda _: nx.shortest_path(graph, *pairs[0], **convert)
        )
        for _ in range(runs)
    )
    print(
        f'the first call on the graph with backend="corridors", which also converts: {first_s * 1000:,.0f}\n'
    )
    print(f"{'':<36} {'graph':>9} {'Network':>9} {'ratio':>7}")
    compare(nx.shortest_path, graph, network, pairs, runs)
    compare(nx.shortest_path_length, graph, network, pairs, runs)
    sources = [pair[:1] for pair in pairs[:SOURCES]]
    compare(nx.single_source_dijkstra_path_length, graph, network, sources, runs)


def compare(
    function: Callable[..., Any],
    graph: nx.MultiDiGraph,
    network: co.Network,
    asked: list[list[int]],
    runs: int,
) -> None:
    """Check a function, and print its times."""
    check(graph, network, function, asked)

    def ask_all(roads: Any) -> None:
        for ends in asked:
            function(roads, *ends, weight=WEIGHT)

    slow_s, fast_s = (
        median(measure(lambda roads=roads: roads, ask_all) for _ in range(runs)) / len(asked)
        for roads in (graph, network)
    )
    print(
        f"{function.__name__:<36} {slow_s * 1000:>9,.1f} {fast_s * 1000:>9,.3f} {slow_s / fast_s:>7,.0f}"
    )


def make_network() -> co.Network:
    """Iceland with one segment in five hundred closed."""
    roads = co.read_roads(ICELAND).table
    closed = np.random.default_rng(0).random(len(roads)) < 0.002
    status = np.where(closed, NOT_PASSABLE, PASSABLE)
    return build_network(
        co.build_table(SEGMENTS, roads.assign(status=status, reason="", exposure=0.0)),
        rules=co.Rules(),
    )


def make_fresh(network: co.Network) -> co.Network:
    """The same network with nothing prepared."""
    return build_network(network.segments, rules=co.Rules())


def measure(prepare: Callable[[], Any], work: Callable[[Any], Any]) -> float:
    """CPU seconds of the work alone."""
    prepared = prepare()
    start = time.process_time()
    work(prepared)
    return time.process_time() - start


def check(
    graph: nx.MultiDiGraph,
    network: co.Network,
    function: Callable[..., Any],
    asked: list[list[int]],
) -> None:
    """Stop, unless networkx and the hierarchy answer alike."""
    for ends in asked:
        expected, got = (
            function(graph, *ends, weight=WEIGHT),
            function(network, *ends, weight=WEIGHT),
        )
        if isinstance(expected, list):
            expected, got = add_up(graph, expected), add_up(graph, got)
        if got != expected and (isinstance(got, dict) or abs(got - expected) > 1e-12 * expected):
            raise SystemExit(f"WRONG: {function.__name__} from {ends} is not what networkx gives")


def add_up(graph: nx.MultiDiGraph, way: list[int]) -> float:
    """What a way weighs."""
    total = 0.0
    for edge in pairwise(way):
        total += min(data[WEIGHT] for data in graph.get_edge_data(*edge).values())
    return total


if __name__ == "__main__":
    main()
