"""Strikes arrive and corridors move: closing roads, new weights, new ways; and a whole plan made
again where only strikes changed.

    python benchmarks/replanning.py [--runs 5] [--only plans] [--many]

The engine: Iceland with a node at every bend, prepared. Thirty strikes come in; the arcs within a
kilometre are found exactly and closed, the hierarchy is customized, and a hundred corridors are
routed with their arcs. networkx closes the same arcs (given to it) and searches for each pair; its
time for all is that of a few pairs, times their number. Distances are compared before a time is
printed.

The plan: the mission of `country.py` on Iceland, and one like it on a part of its roads as large as
those of Andorra. A strike on a corridor is added, and taken away again: `co.replan` against
`co.plan_corridors`, equal to the byte before a time is printed. With `--many`, a plan of 10,000
active strikes on Iceland from prepared roads to tables, and the peak of memory. CPU time, medians
of 20 in a warm process.
"""

from __future__ import annotations

import argparse
import resource
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
from corridors.outputs.files import describe_plan
from corridors.outputs.serialization import render_json
from corridors.tables import INCIDENTS, SITES

TABLES = [
    "corridors",
    "segments",
    "closures",
    "steps",
    "cut_off",
    "incidents",
    "reports",
    "structures",
]
FACTS = ["kind", "occurred_at", "occurred_until", "accuracy_m", "verification", "source"]
STRIKES, RADIUS_M, CORRIDORS, SLOW_PAIRS = 30, 1000.0, 100, 10


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--only", choices=["engines", "plans"])
    arguments.add_argument("--many", action="store_true")
    given = arguments.parse_args()
    runs = given.runs
    if not ICELAND.is_file():
        sys.exit(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
    if given.only != "plans":
        compare_engines(coarsen(read_iceland()), runs)
    if given.only != "engines":
        compare_plans(max(runs, 20))
    if given.many:
        plan_many()


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
        iceland, rules = co.read_situation(folder, cache=Path(place)), co.read_rules(folder)
    small_rules = co.Rules.from_tables({"incidents": {"radius_m": 150.0}})
    cases = [
        ("a network of Andorra's size", make_small(iceland), small_rules, 60),
        ("Iceland", iceland, rules, 170),
    ]
    for name, situation, by, budget_ms in cases:
        plan = co.plan_corridors(situation, rules=by)
        more = add_strike(situation, plan)
        added = co.replan(plan, incidents=more)
        fresh = co.plan_corridors(situation.change(incidents=more), rules=by)
        check_same(added, fresh)
        check_same(co.replan(added, incidents=situation.incidents), plan)
        times = {
            "co.plan_corridors": partial(co.plan_corridors, situation, rules=by),
            "co.replan, one strike added": partial(co.replan, plan, incidents=more),
            "co.replan, one strike removed": partial(
                co.replan, added, incidents=situation.incidents
            ),
        }
        print(
            f"\n{name}: {len(situation.roads):,} segments, {plan.summary['closed']:,} closed, "
            f"{len(plan.corridors)} corridors; equal to the byte; budget {budget_ms} ms\n"
        )
        for what, work in times.items():
            _, seconds = measure(lambda work=work: build_all(work()), runs)
            print(f"{what:<44} {1000 * seconds:>10,.0f}")


def build_all(plan: co.Plan) -> tuple[Any, ...]:
    """What a live page shows of a plan, all built."""
    return (
        *(plan.corridors, plan.cut_off, plan.closures, plan.segments["status"]),
        *(plan.remarks, plan.plan_hash),
    )


def add_strike(situation: co.Situation, plan: co.Plan) -> gpd.GeoDataFrame:
    """The incidents of a situation, and one in the middle of its first corridor."""
    spot = plan.corridors.geometry.iloc[0].interpolate(0.5, normalized=True)
    strike = {
        "incident_id": ["strike"],
        "kind": ["shelling"],
        "verification": ["reported"],
        "accuracy_m": [20.0],
        "occurred_at": ["2026-11-22T10:00Z"],
        "occurred_until": ["2026-11-22T10:00Z"],
        "source": ["invented"],
        "geometry": [spot],
    }
    table = pd.concat([situation.incidents, co.build_table(INCIDENTS, strike)])
    return co.build_table(INCIDENTS, table)


def make_small(iceland: co.Situation, count: int = 2444) -> co.Situation:
    """A mission on the roads of Iceland that are nearest, by number of roads, to one of them."""
    graph = nx.Graph(zip(iceland.roads["from_node"], iceland.roads["to_node"], strict=True))
    seed = iceland.roads.loc[iceland.roads["road_class"] == "residential", "from_node"].iloc[0]
    rank = {node: number for number, node in enumerate(nx.bfs_tree(graph, seed))}
    far = np.array(
        [
            max(rank.get(tail, len(graph)), rank.get(head, len(graph)))
            for tail, head in zip(iceland.roads["from_node"], iceland.roads["to_node"], strict=True)
        ]
    )
    roads = iceland.roads.iloc[np.sort(np.argsort(far, kind="stable")[:count])]
    both_ways = roads[(roads["oneway"] == "both") & ~roads["bridge"]]
    lines = both_ways.sample(33, random_state=1).geometry.array
    spots = shapely.line_interpolate_point(lines, 0.4, normalized=True)
    roles = ["depot"] * 3 + ["destination"] * 10
    sites = {
        "site_id": [f"{role}-{number}" for number, role in enumerate(roles)],
        "role": roles,
        "geometry": spots[:13],
    }
    incidents = iceland.incidents.iloc[:20].set_geometry(
        gpd.GeoSeries(spots[13:], index=iceland.incidents.index[:20], crs=iceland.incidents.crs)
    )
    return co.Situation(
        as_of=iceland.as_of,
        roads=roads,
        sites=co.build_table(SITES, sites),
        incidents=co.build_table(INCIDENTS, incidents),
        title="Part of Iceland, invented",
    )


def plan_many(count: int = 10_000) -> None:
    """Time a plan of many active strikes on prepared roads, and measure the peak of memory."""
    with tempfile.TemporaryDirectory() as place:
        folder = write_mission(Path(place) / "mission")
        iceland, rules = co.read_situation(folder, cache=Path(place)), co.read_rules(folder)
    prepared = co.prepare(iceland, rules=rules)
    random = np.random.default_rng(10)
    lines = iceland.roads.geometry.array[random.integers(len(iceland.roads), size=count)]
    spots = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    rows = {name: [iceland.incidents[name].iloc[0]] * count for name in FACTS}
    rows["incident_id"] = [f"strike-{number}" for number in range(count)]
    rows["geometry"] = shapely.points(spots + random.normal(0, 1e-2, spots.shape))
    incidents = co.build_table(INCIDENTS, rows)
    plan, seconds = measure(lambda: prepared.plan(incidents=incidents), 1)
    build_all(plan)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{count:,} active strikes on Iceland: {len(plan.closures):,} closures")
    print(f"{'Prepared.plan, CPU s (budget 15)':<44} {seconds:>10,.1f}")
    print(f"{'peak memory, MB (budget 1,500)':<44} {peak_mb:>10,.0f}")


def check_same(made: co.Plan, fresh: co.Plan) -> None:
    """Stop, unless two plans are the same in every table and every byte of plan.json."""
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(made, name), getattr(fresh, name), check_exact=True)
    same_json = render_json(describe_plan(made)) == render_json(describe_plan(fresh))
    if made.plan_hash != fresh.plan_hash or made.remarks != fresh.remarks or not same_json:
        raise SystemExit("WRONG: replanning gives another plan; no time is printed")


if __name__ == "__main__":
    main()
