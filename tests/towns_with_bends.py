"""Networks of any shape, made from arrays: bends, dead ends, one-ways, roads side by side, rings,
closures and many ties."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from corridors.network.graph import Network
from corridors.network.links import CLOSED
from corridors.network.topology import Topology
from corridors.tables import SEGMENTS, build_table

JUNCTIONS = st.integers(0, 5)
ROADS = st.lists(
    st.tuples(
        JUNCTIONS,
        JUNCTIONS,
        st.sampled_from(
            ["both", "both", "both", "forward", "half"]
        ),  # half: the last part is one-way
        st.lists(
            st.tuples(
                st.integers(1, 4),
                st.integers(1, 4),
                st.sampled_from([False, False, False, False, True]),
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=10,
)


def build_bent(roads, terminals=()):
    """Each road joins two junctions in parts of (ticks there, ticks back, whether it is closed on
    the way back), a node between every two."""
    nodes, arcs = 6, []
    for start, end, oneway, parts in roads:
        stops = [start, *range(nodes, nodes + len(parts) - 1), end]
        nodes += len(parts) - 1
        for at, (there, back, is_closed) in enumerate(parts):
            piece = arcs[-1][3] + 1 if arcs else 0
            arcs.append((stops[at], stops[at + 1], there, piece, True))
            if oneway == "both" or (oneway == "half" and at < len(parts) - 1):
                arcs.append((stops[at + 1], stops[at], CLOSED if is_closed else back, piece, False))
    tail, head, ticks, piece, forward = (np.array(column) for column in zip(*arcs, strict=True))
    length_m = 1.0 + piece % 3
    ends = np.where(forward, 0.0, length_m), np.where(forward, length_m, 0.0)
    table = pd.DataFrame(
        {"lon": np.zeros(nodes), "lat": np.zeros(nodes)}, index=pd.RangeIndex(nodes, name="node")
    )
    named = MappingProxyType({str(node): node for node in terminals})
    topology = Topology(table, tail, head, piece, forward, *ends, edge_id=piece, terminals=named)
    return Network(build_table(SEGMENTS), topology, np.zeros(len(tail)), ticks, 1 / 60_000)


def all_pairs(network):
    """The ticks between every two nodes, by Floyd and Warshall."""
    count, roads = len(network.nodes), network.topology
    between = np.full((count, count), CLOSED, dtype=np.int64)
    np.fill_diagonal(between, 0)
    for tail, head, ticks in zip(roads.tail, roads.head, network.ticks, strict=True):
        between[tail, head] = min(between[tail, head], ticks)
    for middle in range(count):
        between = np.minimum(between, between[:, [middle]] + between[[middle]])
    return np.minimum(between, CLOSED)
