"""Strikes arrive and corridors move: closing roads, new weights, new ways; and a whole plan made
again where only strikes changed.

    python benchmarks/replanning.py [--runs 5]

The engine: Iceland with a node at every bend, prepared. Thirty strikes come in; the arcs within a
kilometre are found exactly and closed, the hierarchy is customized, and a hundred corridors are
routed with their arcs. networkx closes the same arcs (given to it) and searches for each pair; its
time for all is that of a few pairs, times their number. Distances are compared before a time is
printed.

The plan: the mission of `country.py`, planned, then made again with five strikes fewer and five
others: `co.replan` against `co.plan_corridors`, equal to the byte. CPU time, medians; kernels are
compiled before.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from country import write_mission
from engine import coarsen, measure, prepare
from networks import CLOSED, ICELAND, Arcs, read_iceland

import corridors as co
from corridors.geodesy import LineIndex
from corridors.tables import INCIDENTS

STRIKES, RADIUS_M, CORRIDORS, SLOW_PAIRS = 30, 1000.0, 100, 10


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=5)
    runs = arguments.parse_args().runs
    if not ICELAND.is_file():
        sys.exit(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
    compare_engines(coarsen(read_iceland()), runs)
    compare_plans(runs)


def compare_engines(network: Arcs, runs: int) -> None:
    random = np.random.default_rng(30)
    half = len(network.tail) // 2  # the second half are the same pieces of road the other way
    ends = [
        np.column_stack([network.lon[nodes[:half]], network.lat[nodes[:half]]])
        for nodes in (network.tail, network.head)
    ]
    index = LineIndex(shapely.linestrings(np.stack(ends, axis=1)))
    index.pieces  # noqa: B018 - prepared once, as the hierarchy is
    hierarchy = prepare(network)
    before = hierarchy.customize(network.weight)
    pairs = find_pairs(network, before, random)
    struck = random.integers(0, half, STRIKES)
    strikes = shapely.points(ends[0][struck] + random.normal(0, 1e-3, (STRIKES, 2)))

    def close() -> Any:
        pieces = np.unique(index.pairs_within(strikes, RADIUS_M)[1])
        return np.concatenate([pieces, pieces + half])

    def reweigh(closed: Any) -> Any:
        return before.update(closed, np.full(len(closed), CLOSED, np.uint32))

    def route(metric: Any) -> list[Any]:
        return [metric.path(source, target) for source, target in pairs]

    route(reweigh(close()))
    closed, closing = measure(close, runs)
    metric, reweighing = measure(partial(reweigh, closed), runs)
    paths, routing = measure(partial(route, metric), runs)
    _, whole = measure(lambda: route(reweigh(close())), runs)
    weight = network.weight.copy()
    weight[closed] = CLOSED
    if not all(
        np.array_equal(metric.weight, again.weight) for again in [hierarchy.customize(weight)]
    ):
        raise SystemExit("WRONG: an update differs from customizing all; no time is printed")
    found = [CLOSED if path is None else int(weight[path].sum(dtype=np.int64)) for path in paths]
    for number, path in enumerate(paths):
        if path is not None and (
            found[number] >= CLOSED or (network.head[path[:-1]] != network.tail[path[1:]]).any()
        ):
            raise SystemExit("WRONG: a way goes over a closed arc, or is none; no time is printed")

    graph, setting, searching = search_networkx(
        network, closed, [pair for pair, way in zip(pairs, paths, strict=True) if way is not None]
    )
    expected = [length for length, _ in graph]
    if expected != [length for length in found if length < CLOSED][:SLOW_PAIRS]:
        raise SystemExit("WRONG: networkx finds other distances; no time is printed")
    arcs = np.mean([len(path) for path in paths if path is not None])
    changed = sum(metric.distance(*pair) != before.distance(*pair) for pair in pairs)
    print(
        f"\nIceland, a node at every bend: {len(network.tail):,} arcs. {STRIKES} strikes close {len(closed):,} arcs;"
    )
    print(
        f"{CORRIDORS} corridors of {arcs:,.0f} arcs, {changed} of them moved; medians of {runs} runs\n"
    )
    print(f"{'work':<44} {'CPU ms':>10}")
    for name, seconds in (
        ("closed arcs, exactly", closing),
        ("weights, and customization", reweighing),
        ("ways with their arcs", routing),
    ):
        print(f"{name:<44} {1000 * seconds:>10,.1f}")
    print(f"{'all of it, ours':<44} {1000 * whole:>10,.1f}")
    theirs = setting + searching * CORRIDORS
    print(
        f"{f'networkx, from {SLOW_PAIRS} pairs; closed arcs given':<44} {1000 * theirs:>10,.0f}   {theirs / whole:,.0f} times ours"
    )


def find_pairs(network: Arcs, metric: Any, random: np.random.Generator) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    while len(pairs) < CORRIDORS:
        source, target = random.choice(network.tail, 2).tolist()
        if source != target and metric.distance(source, target) < CLOSED:
            pairs.append((source, target))
    return pairs


def search_networkx(
    network: Arcs, closed: Any, pairs: list[tuple[int, int]]
) -> tuple[list[Any], float, float]:
    """Answers for a few pairs; seconds of closing, and of one pair (the median)."""
    graph = nx.DiGraph()
    usable = np.flatnonzero((network.weight < CLOSED) & (network.tail != network.head))
    usable = usable[
        np.argsort(-network.weight[usable].astype(np.int64), kind="stable")
    ]  # of parallel arcs the cheapest comes last, and stays
    shut = np.zeros(len(network.tail), bool)
    shut[closed] = True
    rows = zip(
        *(values[usable].tolist() for values in (network.tail, network.head, network.weight, shut)),
        strict=True,
    )
    told = [
        (tail, head, {"weight": weight, "shut": is_shut}) for tail, head, weight, is_shut in rows
    ]
    graph.add_edges_from(told)
    # Where one of parallel arcs is closed, all are: a strike that reaches one piece between two
    # nodes may leave another open.
    tails, heads = network.tail[closed].tolist(), network.head[closed].tolist()
    opened = {(tail, head): said["weight"] for tail, head, said in told if not said["shut"]}

    def close() -> None:
        for ends in zip(tails, heads, strict=True):
            if graph.has_edge(*ends):
                graph.edges[ends]["weight"] = opened.get(ends)  # None: networkx does not go there

    _, setting = measure(close, 1)

    def weight(_tail: int, _head: int, said: Any) -> Any:
        return said["weight"]

    each = [
        measure(partial(nx.bidirectional_dijkstra, graph, *pair, weight=weight), 1)
        for pair in pairs[:SLOW_PAIRS]
    ]
    return [answer for answer, _ in each], setting, median(seconds for _, seconds in each)


def compare_plans(runs: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = write_mission(Path(place) / "mission")
        situation, rules = co.read_situation(folder, cache=Path(place)), co.read_rules(folder)
        plan = co.plan_corridors(situation, rules=rules)
        moved = (
            situation.incidents.iloc[:5]
            .set_axis([f"new-{number}" for number in range(5)])
            .rename_axis("incident_id")
        )
        moved = moved.set_geometry(
            situation.sites.geometry.iloc[:5].translate(0.02, 0.01).set_axis(moved.index)
        )
        incidents = co.build_table(INCIDENTS, pd.concat([situation.incidents.iloc[5:], moved]))
        again, seconds = measure(lambda: co.replan(plan, incidents=incidents), runs)
        fresh, fresh_seconds = measure(
            lambda: co.plan_corridors(
                dataclasses.replace(situation, incidents=incidents), rules=rules
            ),
            runs,
        )
    check_same(again, fresh)
    closed = again.summary["closed"]
    print(
        f"\nThe plan for Iceland, five strikes gone and five new, equal to the byte: {closed:,} segments closed, {len(again.corridors)} corridors\n"
    )
    print(f"{'co.plan_corridors':<44} {1000 * fresh_seconds:>10,.0f}")
    print(
        f"{'co.replan':<44} {1000 * seconds:>10,.0f}   {fresh_seconds / seconds:.1f} times faster"
    )


def check_same(made: co.Plan, fresh: co.Plan) -> None:
    """Stop, unless two plans are the same in every table and every byte of plan.json."""
    for field in dataclasses.fields(fresh):
        value = getattr(fresh, field.name)
        if isinstance(value, gpd.GeoDataFrame | pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(made, field.name), value, check_exact=True)
    if co.render_json(co.describe_plan(made)) != co.render_json(co.describe_plan(fresh)):
        raise SystemExit("WRONG: replanning gives another plan; no time is printed")


if __name__ == "__main__":
    main()
