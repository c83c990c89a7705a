"""Street graphs as osmnx makes them, in memory and as GraphML."""

import networkx as nx
import osmnx
import pytest
from real_files import REAL
from shapely import LineString

from corridors.errors import InputError
from corridors.inputs.roads.graphs import roads_from_graph
from corridors.inputs.roads.reader import read_roads
from corridors.rules import RoadRules
from corridors.tables import ROADS, check_table


def street_graph(edges, nodes=None, crs="EPSG:4326", kind=nx.MultiDiGraph):
    """Node n lies n thousandths of a degree east of (35, 33)."""
    graph = kind(crs=crs)
    for one, other, data in edges:
        for label in (one, other):
            graph.add_node(
                label,
                x=35 + (label if isinstance(label, int) else ord(label) - 64) / 1000,
                y=33.0,
                **(nodes or {}).get(label, {}),
            )
        graph.add_edge(one, other, **{"highway": "primary", **data})
    return graph


def test_two_directed_edges_of_a_street_are_one_row_and_a_single_one_goes_forward():
    graph = street_graph(
        [(1, 2, {"osmid": 7}), (2, 1, {"osmid": 7}), (3, 2, {"osmid": 8, "oneway": True})]
    )
    table = roads_from_graph(graph)
    check_table(ROADS, table)
    assert table["oneway"].to_dict() == {"7:1-2": "both", "8:3-2": "forward"}
    assert table.loc["8:3-2", ["from_node", "to_node"]].tolist() == [3, 2]


def test_an_edge_without_its_opposite_goes_forward_whatever_its_tag_says():
    assert roads_from_graph(street_graph([(1, 2, {"oneway": False})]))["oneway"].tolist() == [
        "forward"
    ]


def test_a_motorway_in_both_directions_of_a_graph_goes_both_ways():
    edges = [
        (1, 2, {"osmid": 7, "highway": "motorway"}),
        (2, 1, {"osmid": 7, "highway": "motorway"}),
    ]
    assert roads_from_graph(street_graph(edges))["oneway"].tolist() == ["both"]


def test_in_an_undirected_graph_the_tag_decides():
    edges = [
        (1, 2, {"oneway": True}),
        (2, 3, {"oneway": False}),
        (4, 3, {"oneway": True, "from": 3, "to": 4}),
    ]
    table = roads_from_graph(street_graph(edges, kind=nx.MultiGraph))
    assert sorted(table[["from_node", "to_node", "oneway"]].to_numpy().tolist()) == [
        [1, 2, "forward"],
        [2, 3, "both"],
        [3, 4, "forward"],
    ]


def test_parallel_edges_and_edges_of_other_ways_stay_apart():
    bent = LineString([(35.001, 33), (35.0015, 33.001), (35.002, 33)])
    graph = street_graph(
        [
            (1, 2, {"osmid": 7}),
            (1, 2, {"osmid": 7, "geometry": bent}),
            (2, 1, {"osmid": 7, "geometry": bent.reverse()}),
        ]
    )
    table = roads_from_graph(graph)
    assert sorted(
        zip(table["oneway"], table.geometry.map(lambda shape: len(shape.coords)), strict=True)
    ) == [("both", 3), ("forward", 2)]
    assert len(roads_from_graph(street_graph([(1, 2, {"osmid": 7}), (2, 1, {"osmid": 8})]))) == 2


def test_lists_take_the_careful_value_and_forbidden_parts_forbid():
    data = {
        "osmid": [9, 7],
        "highway": ["primary", "residential"],
        "maxspeed": ["50", "30"],
        "maxweight": ["12", "7.5"],
        "bridge": ["yes", "viaduct"],
    }
    row = roads_from_graph(street_graph([(1, 2, data)])).loc["7:1-2"]
    assert (row.road_class, row.speed_kph, row.max_weight_t, row.bridge) == (
        "residential",
        30,
        7.5,
        True,
    )
    graph = street_graph(
        [
            (1, 2, {"highway": ["primary", "footway"]}),
            (2, 3, {"access": ["yes", "private"]}),
            (3, 4, {"osmid": 1}),
        ]
    )
    assert roads_from_graph(graph).index.tolist() == ["1:3-4"]


def test_labels_that_are_no_numbers_become_negative_and_stay_the_same():
    one, other = (
        roads_from_graph(street_graph([("A", "B", {}), ("B", "C", {})])),
        roads_from_graph(street_graph([("B", "C", {})])),
    )
    assert (one[["from_node", "to_node"]] < 0).all().all()
    assert set(other["from_node"]) == set(one["to_node"]) & set(one["from_node"])


def test_barriers_and_limits_of_nodes_are_kept():
    nodes = {2: {"barrier": "bollard"}, 3: {"maxweight": "3.5"}}
    table = roads_from_graph(
        street_graph([(1, 2, {"osmid": 7}), (2, 3, {"osmid": 8}), (3, 4, {"osmid": 9})], nodes)
    )
    assert table.loc["7:1-2", "to_node"] != table.loc["8:2-3", "from_node"]
    assert table["max_weight_t"].fillna(0).tolist() == [0, 3.5, 3.5]


def test_a_projected_graph_gives_the_same_roads(tmp_path):
    graph = street_graph([(1, 2, {"osmid": 7}), (2, 1, {"osmid": 7}), (2, 30, {"osmid": 8})])
    projected = osmnx.project_graph(graph, to_crs="EPSG:32636")
    assert roads_from_graph(projected).equals(roads_from_graph(graph))
    osmnx.save_graphml(projected, tmp_path / "p.graphml")
    assert read_roads(tmp_path / "p.graphml").table.equals(roads_from_graph(graph))


def test_long_edges_are_divided():
    table = roads_from_graph(
        street_graph([(0, 30, {"osmid": 7})]), rules=RoadRules(max_piece_m=1500)
    )
    assert table.index.tolist() == ["7:0-30/1", "7:0-30/2"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda graph: graph.graph.pop("crs"), "unknown-crs"),
        (lambda graph: graph.nodes[1].update(x=float("nan")), "bad-node"),
        (lambda graph: graph.nodes[1].pop("y"), "bad-node"),
        (lambda graph: graph.nodes[1].update(y=500.0), "bad-coordinates"),
        (
            lambda graph: graph.edges[1, 2, 0].update(
                geometry=LineString([(35.1, 33), (35.002, 33)])
            ),
            "node-in-two-places",
        ),
        (lambda graph: nx.set_edge_attributes(graph, "footway", "highway"), "no-roads"),
    ],
)
def test_graphs_that_cannot_be_trusted_are_refused(spoil, code):
    graph = street_graph([(1, 2, {"osmid": 7}), (0, 1, {"osmid": 8})])
    spoil(graph)
    with pytest.raises(InputError) as caught:
        roads_from_graph(graph)
    assert caught.value.problems[0].code == code


def test_a_graphml_file_of_osmnx_gives_the_roads_of_its_graph(tmp_path):
    path = REAL / "osmnx_testdata/West-Oakland.osm.bz2"
    if not path.exists():
        pytest.skip("real data osmnx_testdata is not here")
    graph = osmnx.graph_from_xml(path, simplify=True, retain_all=True)
    osmnx.save_graphml(graph, tmp_path / "town.graphml")
    undivided = RoadRules(max_piece_m=1e9)
    reading = read_roads(tmp_path / "town.graphml", rules=undivided)
    assert reading.table.equals(roads_from_graph(graph, rules=undivided))
    assert reading.source.rows["read"] == graph.number_of_edges()
    assert reading.source.attribution == "© OpenStreetMap contributors, ODbL 1.0"
    both = reading.table["oneway"] == "both"
    assert 2 * both.sum() + (~both).sum() == reading.source.rows["kept"]
    osmnx.save_graph_geopackage(graph, tmp_path / "town.gpkg", directed=True)
    again = read_roads(tmp_path / "town.gpkg", rules=undivided).table
    assert sorted(again["length_m"].round(6)) == sorted(reading.table["length_m"].round(6))


def test_labels_that_are_one_number_in_two_forms_are_not_made_one_node(tmp_path):
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for label, lon in (("7", 35.0), ("8", 35.001), ("07", 35.002)):
        graph.add_node(label, x=lon, y=33.0)
    graph.add_edges_from([("7", "8", {"highway": "primary"}), ("8", "07", {"highway": "primary"})])
    nx.write_graphml(graph, tmp_path / "a.graphml")
    with pytest.raises(InputError) as caught:
        read_roads(tmp_path / "a.graphml")
    assert caught.value.problems[0].code == "node-in-two-places"


def test_graphml_that_is_broken_or_declares_entities_is_refused(tmp_path):
    for text in (
        "",
        "<html>",
        '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "b">]><graphml/>',
        "<graphml><graph>",
        "<graphml/>",
    ):
        (tmp_path / "a.graphml").write_text(text)
        with pytest.raises(InputError) as caught:
            read_roads(tmp_path / "a.graphml")
        assert caught.value.problems[0].code == "broken-file"
        assert caught.value.problems[0].file == "a.graphml"
