"""Links on networks of any shape, against what can be said of each node and of each simple way by
looking at it."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from towns_with_bends import JUNCTIONS, ROADS, all_pairs, build_bent

from corridors.network.links import CLOSED


@examples(60, 600)
@given(ROADS, st.sets(JUNCTIONS, max_size=3))
def test_every_simple_path_between_ends_drives_whole_links_and_every_link_is_on_one_road(
    roads, kept
):
    network = build_bent(roads, kept)
    topology, links = network.topology, network.topology.links
    assert set(kept) <= set(links.node.tolist())
    driven = [
        links.arcs[links.first[link] : links.first[link + 1]].tolist()
        for link in range(len(links.tail))
    ]
    ends = set(links.node.tolist())
    for link, arcs in enumerate(driven):
        nodes = [int(topology.tail[arcs[0]]), *topology.head[arcs].tolist()]
        assert (nodes[0], nodes[-1]) == (links.node[links.tail[link]], links.node[links.head[link]])
        assert not ends & set(nodes[1:-1])
        assert nodes[0] != nodes[-1]
        assert all(topology.head[one] == topology.tail[other] for one, other in pairwise(arcs))
        assert links.length_m[link] == topology.length_m[arcs].sum()
        against = [
            other
            for other, there in enumerate(driven)
            if topology.edge_id[there].tolist() == topology.edge_id[arcs].tolist()[::-1]
        ]
        assert links.opposite[link] == next((other for other in against if other != link), -1)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(network.nodes)))
    graph.add_edges_from(
        (int(tail), int(head), arc)
        for arc, (tail, head) in enumerate(zip(topology.tail, topology.head, strict=True))
    )
    for start in kept:
        for end in kept - {start}:
            for way in nx.all_simple_edge_paths(graph, start, end):
                left = [arc for _, _, arc in way]
                while left:
                    found = [arcs for arcs in driven if arcs == left[: len(arcs)]]
                    assert len(found) == 1
                    left = left[len(found[0]) :]


@examples(40, 300)
@given(ROADS, st.sets(JUNCTIONS, min_size=1, max_size=3))
def test_paths_over_links_cost_what_paths_over_arcs_cost_and_links_are_in_the_order_of_their_arcs(
    roads, kept
):
    network = build_bent(roads, kept)
    priced, links = network.links, network.topology.links
    between = np.full((len(links.node), len(links.node)), CLOSED, dtype=np.int64)
    np.fill_diagonal(between, 0)
    for tail, head, ticks in zip(links.tail, links.head, priced.ticks, strict=True):
        between[tail, head] = min(between[tail, head], ticks)
    for middle in range(len(links.node)):
        between = np.minimum(between, between[:, [middle]] + between[[middle]])
    assert np.array_equal(between, all_pairs(network)[np.ix_(links.node, links.node)])
    begin, last = links.arcs[links.first[:-1]], links.arcs[links.first[1:] - 1]
    for end in range(len(links.node)):
        leaving = np.arange(links.leaving[end], links.leaving[end + 1])
        entering = links.entering[links.entering_first[end] : links.entering_first[end + 1]]
        assert (links.tail[leaving] == end).all()
        assert (links.head[entering] == end).all()
        assert (np.diff(begin[leaving]) > 0).all()
        assert (np.diff(last[entering]) > 0).all()
        usable = [
            priced.ticks[some][priced.ticks[some] < CLOSED].max(initial=0)
            for some in (leaving, entering)
        ]
        assert (priced.max_leaving[end], priced.max_entering[end]) == tuple(usable)
    assert len(links.entering) == len(links.tail)
    for link in range(len(links.tail)):
        arcs = links.arcs[links.first[link] : links.first[link + 1]]
        assert np.array_equal(
            priced.reached[links.first[link] : links.first[link + 1]],
            np.cumsum(network.ticks[arcs]),
        )


def test_a_path_that_begins_where_no_link_ends_is_refused():
    street = [(0, 1, "both", [(1, 1, False), (1, 1, False)])]
    links = build_bent(street, {0, 1}).topology.links
    assert [links.find_end(node) for node in (0, 1)] == [0, 1]
    with pytest.raises(ValueError, match="no link ends at node 6"):
        links.find_end(6)
