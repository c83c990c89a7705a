"""Five alternates for random pairs of places on Iceland: ours, against the penalty method and Yen's
algorithm by networkx.

    python benchmarks/alternates.py [--pairs 200] [--unsimplified]

On the planner's network (pieces of road between junctions) or, with --unsimplified, with a node at
every bend. Each alternate is checked before a time is printed: it meets no node twice, costs at
most max_stretch_ratio times the primary, shares at most max_shared of its length with every better
way, and no stretch of it up to local_optimality_ratio of the primary could be driven at a lower
price, by distances that the hierarchy gives. CPU time, medians; kernels are compiled before. The
ends of all pairs are sites of the network, as in a plan.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Sequence
from itertools import islice, pairwise
from types import MappingProxyType
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from engine import coarsen
from networks import ICELAND, read_iceland

import corridors as co
from corridors.network.graph import Network, build_network
from corridors.network.links import CLOSED
from corridors.network.topology import Topology
from corridors.routing import measure_shared, start_engine
from corridors.routing.alternates import find_alternates, is_locally_cheapest
from corridors.routing.engines import Engine
from corridors.routing.trees import grow_tree
from corridors.rules import RoutingRules, Rules
from corridors.tables import PASSABLE, SEGMENTS, Ints

RULES = RoutingRules(alternates=5)
PENALTY, ROUNDS, SLOW_PAIRS, YEN_MINUTES = 1.4, 10, 5, 20.0


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--pairs", type=int, default=200)
    arguments.add_argument("--unsimplified", action="store_true")
    given = arguments.parse_args()
    if not ICELAND.is_file():
        sys.exit(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
    network = build_unsimplified() if given.unsimplified else build_planners()
    engine = start_engine(network, "hierarchy")
    pairs, short = find_pairs(network, engine, given.pairs), find_short_pairs(network, engine)
    network = with_sites(network, [*pairs, *short])
    engine = start_engine(network, "hierarchy")
    for pair in pairs[:3]:
        find_ways(network, engine, *pair)  # compiles

    found, seconds, rows = [], [], []
    for source, target in pairs:
        start = time.process_time()
        ways = find_ways(network, engine, source, target)
        seconds.append(time.process_time() - start)
        found.append(len(ways) - 1)
        rows.append(check_ways(network, engine, ways))
    times, counts = np.array(seconds) * 1000, np.array(found)
    print(
        f"{len(network.nodes):,} nodes, {len(network.ticks):,} arcs; {len(pairs)} pairs, {np.median([row[0] for row in rows]):,.0f} arcs a way\n"
    )
    print(f"{'ways':<40} {'CPU ms':>9} {'found':>6} {'shared':>7} {'price':>6}")
    show("ours, all pairs (median)", times, counts, rows, np.full(len(pairs), fill_value=True))
    show(
        f"ours, where all {RULES.alternates} were found",
        times,
        counts,
        rows,
        counts == RULES.alternates,
    )
    show("ours, where fewer were: penalties, too", times, counts, rows, counts < RULES.alternates)
    compare_networkx(network, engine, pairs, short)


def build_planners() -> Network:
    """Pieces of road between junctions, as a plan has them, nothing closed."""
    roads = co.read_roads(ICELAND).table
    segments = co.build_table(SEGMENTS, roads.assign(exposure=0.0, status=PASSABLE, reason=""))
    return build_network(segments, rules=Rules())


def build_unsimplified() -> Network:
    """A piece for each two nodes of a way that follow each other, and its two arcs."""
    arcs = coarsen(read_iceland())
    count, half = len(arcs.tail), len(arcs.tail) // 2
    nodes = pd.DataFrame(
        {"lon": arcs.lon, "lat": arcs.lat}, index=pd.RangeIndex(len(arcs.lon), name="node")
    )
    piece, forward, nothing = np.tile(np.arange(half), 2), np.arange(count) < half, np.zeros(count)
    ends = np.where(forward, nothing, arcs.length_m), np.where(forward, arcs.length_m, nothing)
    topology = Topology(
        nodes,
        arcs.tail.astype(np.int64),
        arcs.head.astype(np.int64),
        piece,
        forward,
        *ends,
        edge_id=piece,
        terminals=MappingProxyType({}),
    )
    return Network(
        co.build_table(SEGMENTS), topology, nothing, arcs.weight.astype(np.int64), 1 / 6_000
    )


def find_pairs(network: Network, engine: Engine, count: int) -> list[tuple[int, int]]:
    random, pairs = np.random.default_rng(7), []
    while len(pairs) < count:
        source, target = random.integers(0, len(network.nodes), 2).tolist()
        if source != target and engine.distance(source, target) < CLOSED:
            pairs.append((source, target))
    return pairs


def find_short_pairs(network: Network, engine: Engine) -> list[tuple[int, int]]:
    most = YEN_MINUTES / network.tick_min
    return [pair for pair in find_pairs(network, engine, 3000) if engine.distance(*pair) < most][
        :SLOW_PAIRS
    ]


def with_sites(network: Network, pairs: list[tuple[int, int]]) -> Network:
    """The same network with a site at each of these nodes, as a plan has sites, and the order of
    its nodes kept."""
    topology, names = network.topology, network.nodes.index.to_numpy()
    terminals = MappingProxyType({str(node): names[node] for pair in pairs for node in pair})
    sited = dataclasses.replace(
        topology, terminals=terminals, order=names[topology.hierarchy.order]
    )
    return dataclasses.replace(network, topology=sited)


def find_ways(network: Network, engine: Engine, source: int, target: int) -> list[Ints]:
    """The primary and its alternates: both trees are grown, as for a pair that nobody asked for
    before."""
    links = network.links
    forward, backward = (
        grow_tree(links, engine, source),
        grow_tree(links, engine, target, towards=True),
    )
    ways = [
        forward.path(backward.root),
        *find_alternates(network, engine, forward, backward, rules=RULES),
    ]
    return [links.links.expand(way) for way in ways]


def check_ways(network: Network, engine: Engine, ways: Sequence[Ints]) -> tuple[int, float, float]:
    """Stop, unless all ways keep what they promise; arcs of the primary, mean share and mean price
    of the alternates."""
    roads, prices = network.topology, [int(network.ticks[way].sum()) for way in ways]
    source, target = roads.tail[ways[0][0]], roads.head[ways[0][-1]]
    if prices[0] != engine.distance(int(source), int(target)):
        raise SystemExit("WRONG: a primary is not the cheapest way; no time is printed")
    least = max(int(np.ceil(prices[0] * RULES.local_optimality_ratio)), 1)
    shares = []
    for number, (way, price) in enumerate(zip(ways, prices, strict=True)):
        nodes = np.r_[roads.tail[way[:1]], roads.head[way]]
        joined = (
            (roads.tail[way[1:]] == roads.head[way[:-1]]).all()
            and nodes[0] == source
            and nodes[-1] == target
        )
        if (
            not joined
            or len(np.unique(nodes)) < len(nodes)
            or price > prices[0] * RULES.max_stretch_ratio
        ):
            raise SystemExit(
                "WRONG: a way is broken, meets a node twice, or costs too much; no time is printed"
            )
        if number and not is_locally_cheapest(network, engine, way, least):
            raise SystemExit("WRONG: a way holds a detour; no time is printed")
        for other, other_price in zip(ways[:number], prices[:number], strict=True):
            pair = (way, other) if price >= other_price else (other, way)
            shares.append(measure_shared(network, *pair))
            if shares[-1] > RULES.max_shared + 1e-9:
                raise SystemExit("WRONG: two ways share too much; no time is printed")
    stretch = [price / prices[0] for price in prices[1:]]
    return (
        len(ways[0]),
        float(np.mean(shares)) if shares else np.nan,
        float(np.mean(stretch)) if stretch else np.nan,
    )


def show(
    name: str, times: Any, counts: Any, rows: list[tuple[int, float, float]], chosen: Any
) -> None:
    if chosen.any():
        shared, price = np.nanmean(np.array(rows)[chosen][:, 1:], axis=0)
        print(
            f"{name:<40} {np.median(times[chosen]):>9,.1f} {counts[chosen].mean():>6.1f} {shared:>7.0%} {price:>6.2f}"
        )


def compare_networkx(
    network: Network, engine: Engine, pairs: list[tuple[int, int]], short: list[tuple[int, int]]
) -> None:
    """The penalty method on the same pairs;

    Yen's algorithm on a short one, for it does not end on others.
    """
    roads, usable = (
        network.topology,
        np.flatnonzero(network.usable & (network.topology.tail != network.topology.head)),
    )
    graph = nx.DiGraph()
    dearest_first = usable[
        np.argsort(-network.ticks[usable], kind="stable")
    ]  # of parallel arcs the cheapest stays
    told = zip(
        roads.tail[dearest_first].tolist(),
        roads.head[dearest_first].tolist(),
        network.ticks[dearest_first].tolist(),
        strict=True,
    )
    graph.add_weighted_edges_from(told)
    of = dict(
        zip(
            zip(
                roads.tail[dearest_first].tolist(), roads.head[dearest_first].tolist(), strict=True
            ),
            dearest_first.tolist(),
            strict=True,
        )
    )

    def to_arcs(nodes: list[int]) -> Ints:
        return np.array([of[ends] for ends in pairwise(nodes)])

    def penalise(source: int, target: int) -> list[Ints]:
        ways, dearer = (
            [to_arcs(nx.bidirectional_dijkstra(graph, source, target)[1])],
            dict[tuple[int, int], float](),
        )
        for _ in range(ROUNDS):
            if len(ways) > RULES.alternates:
                break
            for arc in ways[-1].tolist():
                ends = int(roads.tail[arc]), int(roads.head[arc])
                dearer[ends] = dearer[ends[::-1]] = dearer.get(ends, 1.0) * PENALTY
            ways.append(
                to_arcs(
                    nx.bidirectional_dijkstra(
                        graph, source, target, lambda u, v, d: d["weight"] * dearer.get((u, v), 1.0)
                    )[1]
                )
            )
        return ways

    report("networkx, penalties", network, [timed(penalise, *pair) for pair in pairs[:SLOW_PAIRS]])
    near = [
        nx.ego_graph(graph, source, radius=3 * engine.distance(source, target), distance="weight")
        for source, target in short
    ]

    def yen(piece: Any, source: int, target: int) -> list[Ints]:
        return [
            to_arcs(nodes)
            for nodes in islice(
                nx.shortest_simple_paths(piece, source, target, weight="weight"),
                RULES.alternates + 1,
            )
        ]

    report(
        "ours, short pairs", network, [timed(find_ways, network, engine, *pair) for pair in short]
    )
    report(
        "networkx, Yen, the same short pairs",
        network,
        [timed(yen, piece, *pair) for piece, pair in zip(near, short, strict=True)],
    )


def timed(work: Any, *given: Any) -> tuple[float, list[Ints]]:
    start = time.process_time()
    ways = work(*given)
    return time.process_time() - start, ways


def report(name: str, network: Network, answers: list[tuple[float, list[Ints]]]) -> None:
    """Time, number, share with the best of the ways before, and price of what was found."""
    if not answers:
        return
    shared = [
        max(measure_shared(network, way, other) for other in ways[:at])
        for _, ways in answers
        for at, way in enumerate(ways)
        if at
    ]
    price = [
        network.ticks[way].sum() / network.ticks[ways[0]].sum()
        for _, ways in answers
        for way in ways[1:]
    ]
    found = np.mean([len(ways) - 1 for _, ways in answers])
    numbers = f"{1000 * np.median([seconds for seconds, _ in answers]):>9,.1f} {found:>6.1f} {np.mean(shared):>7.0%} {np.mean(price):>6.2f}"
    print(f"{f'{name} ({len(answers)} pairs)':<40} {numbers}")


if __name__ == "__main__":
    main()
