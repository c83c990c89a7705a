"""Shortest ways: our hierarchy against networkx, scipy and routingkit-cch, the same work in the
same run.

    python benchmarks/engine.py [--runs 5] [--arcs 1000000]    # Iceland, and a planar network of
    about so many arcs python benchmarks/engine.py --scaling                      # ours alone, from
    10 thousand to 3 million arcs

The peers come with the extra `benchmarks`. Every answer is compared before its time is printed. CPU
time, medians; kernels are compiled before. `one path` is one call from Python that gives the arcs
of the way; networkx gives its nodes.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from functools import partial
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np
from networks import CLOSED, ICELAND, Arcs, make_planar, read_iceland

from corridors.errors import InputError
from corridors.hierarchy import LANES, Hierarchy, Metric, MetricBatch, build_hierarchy, order_nodes

PAIRS, LISTED, SLOW_PAIRS, CHANGED = 1000, 1000, 15, 1000
"""Pairs asked of fast engines; sources and targets of a matrix; pairs asked of networkx; arcs
closed by an update."""
ARCS_PER_NODE = 2.5
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument(
        "--arcs", type=int, default=1_000_000, help="the size of the planar network"
    )
    arguments.add_argument("--scaling", action="store_true")
    given = arguments.parse_args()
    compile_kernels()
    if given.scaling:
        show_scaling(given.runs)
        return
    if ICELAND.is_file():
        compare("Iceland, a node at every bend", coarsen(read_iceland()), runs=given.runs)
    else:
        print(f"{ICELAND.name} is not here (set CORRIDORS_REAL_DATA to the folder of real data)")
    compare(
        "planar, by seed", coarsen(make_planar(int(given.arcs / ARCS_PER_NODE))), runs=given.runs
    )


def compile_kernels() -> None:
    """Everything that will be timed, on a network of nothing."""
    for method in ("auto", "geometric"):
        network = Arcs(
            np.array([0, 1]),
            np.array([1, 2]),
            np.array([1, 1], np.uint32),
            *np.zeros((2, 3)),
            np.ones(2),
        )
        hierarchy = prepare(network, method)
        metric = hierarchy.customize(network.weight)
        (
            metric.matrix([0], [1]),
            metric.distance(0, 1),
            metric.path(0, 1),
            metric.distances_from(0),
            metric.distances_from_many([0]),
        )
        metric.update([0], [2]), metric.update([0], [2], in_place=True)
        hierarchy.customize_batch(network.weight[None]).distances([0], [1])


def prepare(network: Arcs, method: str = "auto") -> Hierarchy:
    order = order_nodes(network.tail, network.head, network.lon, network.lat, method=method)
    return build_hierarchy(network.tail, network.head, len(network.lon), order)


def coarsen(network: Arcs) -> Arcs:
    """The network in the finest unit, from a millisecond up, in which no path can reach CLOSED."""
    hierarchy, ticks = prepare(network), network.weight
    for unit_ms in (1, 10, 100, 1000):
        ticks = np.where(
            network.weight < CLOSED, np.maximum(network.weight // unit_ms, 1), CLOSED
        ).astype(np.uint32)
        try:
            hierarchy.customize(ticks)
        except InputError:
            continue
        print(f"weights in units of {unit_ms} ms")
        break
    return network._replace(weight=ticks)


def measure(work: Callable[[], Any], runs: int) -> tuple[Any, float]:
    """What the work gives, and the median of its CPU seconds."""
    seconds, found = [], None
    for _ in range(runs):
        found = None  # some engines allow no answer to live on
        start = time.process_time()
        found = work()
        seconds.append(time.process_time() - start)
    return found, median(seconds)


class Comparison:
    """A table of one piece of work a line: the first engine is ours, and the others must have found
    the same."""

    def __init__(self) -> None:
        print(f"{'work':<36} {'engine':<26} {'CPU ms':>12} {'times ours':>11}")
        self.work, self.found, self.seconds = "", None, 0.0

    def ours(self, work: str, found: Any, seconds: float) -> None:
        self.work, self.found, self.seconds = work, found, seconds
        print(f"{work:<36} {'ours':<26} {1000 * seconds:>12,.4g} {1:>11}")

    def peer(self, engine: str, found: Any, seconds: float, *, expected: Any = None) -> None:
        expected = self.found if expected is None else expected
        if found is not None and not np.array_equal(np.asarray(found), np.asarray(expected)):
            raise SystemExit(f"WRONG: {engine} and ours differ in: {self.work}; no time is printed")
        print(f"{'':<36} {engine:<26} {1000 * seconds:>12,.4g} {seconds / self.seconds:>11,.3g}")


def compare(title: str, network: Arcs, *, runs: int) -> None:
    import routingkit_cch  # noqa: PLC0415 - a peer, not needed for --scaling

    random = np.random.default_rng(7)
    node_count = len(network.lon)
    print(f"\n{title}: {node_count:,} nodes, {len(network.tail):,} arcs; medians of {runs} runs\n")
    table = Comparison()
    lists = [
        values.tolist()
        for values in (network.tail, network.head, network.lat, network.lon, network.weight)
    ]
    pairs = random.choice(network.tail, (PAIRS, 2)).tolist()

    hierarchy, seconds = measure(lambda: prepare(network), min(runs, 3))
    table.ours("prepare: order and contract", None, seconds)
    inertial = partial(
        routingkit_cch.compute_order_inertial, node_count, lists[0], lists[1], lists[2], lists[3]
    )
    cch, seconds = measure(lambda: routingkit_cch.CCH(inertial(), lists[0], lists[1], False), 1)
    table.peer("routingkit-cch, inertial", None, seconds)
    arrays = hierarchy.as_arrays()
    table.ours(
        "load a stored hierarchy", None, measure(lambda: Hierarchy.from_arrays(arrays), runs)[1]
    )

    metric, seconds = measure(lambda: hierarchy.customize(network.weight), runs)
    table.ours("customize all weights", None, seconds)
    kit_metric = routingkit_cch.CCHMetric(cch, lists[4])
    _, reset_seconds = measure(lambda: kit_metric.reset(lists[4]), runs)
    table.peer("routingkit-cch", None, reset_seconds)
    compare_batch(table, network, hierarchy, pairs, reset_seconds, min(runs, 3))
    compare_update(table, network, metric, (routingkit_cch, cch, kit_metric), pairs, runs)
    compare_pairs(table, metric, (routingkit_cch, kit_metric), pairs, runs)
    compare_matrix(table, metric, (routingkit_cch, kit_metric), random, min(runs, 3))
    compare_searches(table, network, metric, pairs, runs)


def compare_batch(
    table: Comparison,
    network: Arcs,
    hierarchy: Hierarchy,
    pairs: list[list[int]],
    kit_seconds: float,
    runs: int,
) -> None:
    weights = np.tile(network.weight, (LANES, 1))
    random = np.random.default_rng(3)
    for row in weights:
        row[random.integers(0, len(row), CHANGED)] = CLOSED
    sources, targets = np.array(pairs[:100]).T
    spent = hierarchy.customize_batch(weights)

    def customize() -> MetricBatch:
        nonlocal spent
        spent = hierarchy.customize_batch(weights, reuse=spent)
        return spent

    batch, seconds = measure(customize, runs)
    found, asking = measure(lambda: batch.distances(sources, targets), runs)
    alone = hierarchy.customize(weights[-1])
    if not np.array_equal(found[-1], [alone.distance(*pair) for pair in pairs[:100]]):
        raise SystemExit("WRONG: a batch differs from a set of weights alone; no time is printed")
    table.ours(f"customize, each of a batch of {LANES}", None, seconds / LANES)
    table.peer("routingkit-cch, one by one", None, kit_seconds)
    table.ours("distance, each of a batch", None, asking / LANES / len(sources))


def compare_update(
    table: Comparison, network: Arcs, metric: Metric, kit: Any, pairs: list[list[int]], runs: int
) -> None:
    """A thousand arcs that lie together closed, and opened again."""
    package, cch, kit_metric = kit
    begin = len(network.tail) // 3
    arcs = np.arange(begin, begin + CHANGED)
    closed, opened = np.full(CHANGED, CLOSED, np.uint32), network.weight[arcs]
    shut, open_again = (
        dict(zip(arcs.tolist(), weight.tolist(), strict=True)) for weight in (closed, opened)
    )
    own = metric.update([], [])
    updater = package.CCHMetricPartialUpdater(cch)

    def change() -> None:
        own.update(arcs, closed, in_place=True)
        own.update(arcs, opened, in_place=True)

    def change_kit() -> None:
        updater.apply(kit_metric, shut)
        updater.apply(kit_metric, open_again)

    seconds, kit_seconds = measure(change, runs)[1], measure(change_kit, runs)[1]
    own.update(arcs, closed, in_place=True)
    updater.apply(kit_metric, shut)
    table.ours(
        f"update {CHANGED:,} arcs, in place", [own.distance(*pair) for pair in pairs], seconds / 2
    )
    found = ask_kit(package.CCHQuery(kit_metric), pairs)
    table.peer("routingkit-cch", found, kit_seconds / 2)
    updater.apply(kit_metric, open_again)
    updated, seconds = measure(lambda: metric.update(arcs, closed), runs)
    table.ours(
        f"update {CHANGED:,} arcs, a new metric",
        [updated.distance(*pair) for pair in pairs],
        seconds,
    )


def ask_kit(query: Any, pairs: list[list[int]]) -> list[int]:
    found = []
    for source, target in pairs:
        answer = query.run(source, target)
        found.append(CLOSED if answer.distance is None else answer.distance)
        del answer  # it allows no other question while it lives
    return found


def compare_pairs(
    table: Comparison, metric: Metric, kit: Any, pairs: list[list[int]], runs: int
) -> None:
    package, kit_metric = kit
    query = package.CCHQuery(kit_metric)
    given, arcs = metric.given, []

    def ask_paths() -> list[Any]:
        return [metric.path(source, target) for source, target in pairs]

    def ask_kit_paths() -> list[Any]:
        found = []
        for source, target in pairs:
            answer = query.run(source, target)
            found.append(answer.arc_path)
            del answer
        return found

    found, seconds = measure(
        lambda: [metric.distance(source, target) for source, target in pairs], runs
    )
    kit_found, kit_seconds = measure(lambda: ask_kit(query, pairs), runs)
    table.ours("one distance", found, seconds / PAIRS)
    table.peer("routingkit-cch", kit_found, kit_seconds / PAIRS)
    paths, seconds = measure(ask_paths, runs)
    kit_paths, kit_seconds = measure(ask_kit_paths, runs)
    sums = [CLOSED if path is None else int(given[path].sum(dtype=np.int64)) for path in paths]
    if sums != found:
        raise SystemExit("WRONG: a path does not add up to its distance; no time is printed")
    arcs = [len(path) for path in paths if path is not None]
    table.ours(f"one path (of {np.mean(arcs):,.0f} arcs)", sums, seconds / PAIRS)
    kit_sums = [
        int(given[path].sum(dtype=np.int64)) if length < CLOSED else CLOSED
        for path, length in zip(kit_paths, found, strict=True)
    ]
    table.peer("routingkit-cch", kit_sums, kit_seconds / PAIRS)


def compare_matrix(
    table: Comparison, metric: Metric, kit: Any, random: np.random.Generator, runs: int
) -> None:
    package, kit_metric = kit
    sources, targets = random.integers(0, metric.hierarchy.node_count, (2, LISTED))
    found, seconds = measure(lambda: metric.matrix(sources, targets), runs)
    table.ours(f"matrix, {LISTED:,} x {LISTED:,}", found, seconds)

    def ask() -> list[list[int | None]]:
        pinned = package.CCHOneToMany(kit_metric, targets.tolist())
        return [pinned.distances_from(source) for source in sources.tolist()]

    kit_found, seconds = measure(ask, 1)
    table.peer(
        "routingkit-cch, pinned",
        np.array([[CLOSED if value is None else value for value in row] for row in kit_found]),
        seconds,
    )


def compare_searches(
    table: Comparison, network: Arcs, metric: Metric, pairs: list[list[int]], runs: int
) -> None:
    """Against engines that search the network itself: scipy and networkx."""
    import networkx as nx  # noqa: PLC0415 - a peer
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - a peer
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    node_count = len(network.lon)
    usable = np.flatnonzero((network.weight < CLOSED) & (network.tail != network.head))
    usable = usable[
        np.lexsort((network.weight[usable], network.head[usable], network.tail[usable]))
    ]
    ends = network.tail[usable].astype(np.int64) * node_count + network.head[usable]
    usable = usable[np.unique(ends, return_index=True)[1]]  # the cheapest of parallel arcs
    tail, head, weight = network.tail[usable], network.head[usable], network.weight[usable]
    source = pairs[0][0]
    found, seconds = measure(lambda: metric.distances_from(source), runs)
    table.ours("from one node to all", found, seconds)
    matrix = csr_matrix((weight.astype(np.float64), (tail, head)), (node_count, node_count))
    scipy_found, scipy_seconds = measure(lambda: dijkstra(matrix, indices=source), runs)
    table.peer(
        "scipy dijkstra", np.where(np.isinf(scipy_found), CLOSED, scipy_found), scipy_seconds
    )
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), weight.tolist(), strict=True))
    nx_found, nx_seconds = measure(lambda: nx.single_source_dijkstra_path_length(graph, source), 1)
    table.peer(
        "networkx dijkstra", [nx_found.get(node, CLOSED) for node in range(node_count)], nx_seconds
    )
    many, seconds = measure(
        lambda: metric.distances_from_many([pair[0] for pair in pairs[:LANES]]), min(runs, 3)
    )
    if not np.array_equal(many[0], found):
        raise SystemExit("WRONG: many sources at once differ from one; no time is printed")
    table.ours(f"the same, each of {LANES} at once", None, seconds / LANES)

    reached = [pair for pair in pairs if metric.distance(*pair) < CLOSED][:SLOW_PAIRS]
    each = [measure(partial(nx.bidirectional_dijkstra, graph, *pair), 1) for pair in reached]
    ours = [
        measure(lambda pair=pair: [metric.path(*pair) for _ in range(20)], runs)[1] / 20
        for pair in reached
    ]
    table.ours(
        f"one path, medians of {SLOW_PAIRS} pairs",
        [metric.distance(*pair) for pair in reached],
        median(ours),
    )
    table.peer(
        "networkx bidirectional",
        [answer[0] for answer, _ in each],
        median(seconds for _, seconds in each),
    )


def show_scaling(runs: int) -> None:
    """Ours alone, each size in a process of its own."""
    names = (
        "arcs",
        "order s",
        "contract s",
        "hierarchy arcs",
        "customize ms",
        "batch ms",
        "distance us",
        "path us",
        "arrays MB",
        "peak MB",
    )
    print(" ".join(f"{name:>14}" for name in names))
    for size in SIZES:
        network = coarsen_quietly(make_planar(int(size / ARCS_PER_NODE)))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            row = process.submit(measure_size, network, runs).result()
        print(
            " ".join(
                f"{value:>14,.4g}" if isinstance(value, float) else f"{value:>14,}" for value in row
            ),
            flush=True,
        )


def coarsen_quietly(network: Arcs) -> Arcs:
    """Tenths of a second: the same unit for all sizes."""
    return network._replace(weight=np.maximum(network.weight // 100, 1).astype(np.uint32))


def measure_size(network: Arcs, runs: int) -> tuple[int | float, ...]:
    compile_kernels()
    node_count = len(network.lon)
    order, ordering = measure(
        lambda: order_nodes(network.tail, network.head, network.lon, network.lat), min(runs, 3)
    )
    hierarchy, contracting = measure(
        lambda: build_hierarchy(network.tail, network.head, node_count, order), min(runs, 3)
    )
    metric, customizing = measure(lambda: hierarchy.customize(network.weight), runs)
    pairs = np.random.default_rng(1).integers(0, node_count, (PAIRS, 2)).tolist()
    asking = measure(lambda: [metric.distance(*pair) for pair in pairs], runs)[1]
    driving = measure(lambda: [metric.path(*pair) for pair in pairs], runs)[1]
    arrays = [metric.weight.nbytes, metric.given.nbytes]
    for value in (getattr(hierarchy, field.name) for field in fields(Hierarchy)):
        arrays += [array.nbytes for array in (value if isinstance(value, tuple) else (value,))]
    peak_kb = resource.getrusage(
        resource.RUSAGE_SELF
    ).ru_maxrss  # all of the process, before the batch
    weights = np.tile(network.weight, (LANES, 1))
    spent = hierarchy.customize_batch(weights)
    batching = measure(lambda: hierarchy.customize_batch(weights, reuse=spent), 1)[1] / LANES
    in_ms, in_us = 1e3, 1e6 / PAIRS
    times = (customizing * in_ms, batching * in_ms, asking * in_us, driving * in_us)
    return (
        len(network.tail),
        ordering,
        contracting,
        len(hierarchy.graph.ends),
        *times,
        sum(arrays) / 1e6,
        peak_kb / 1e3,
    )


if __name__ == "__main__":
    sys.exit(main())
