"""Random towns: roads, sites and strikes that hypothesis draws."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
from hypothesis import strategies as st
from town import FAR, make_situation, spot
from town_plans import rules

ALL_PAIRS = [
    (a, b)
    for a, b in combinations(range(1, 10), 2)
    if any((q - p) % 2 for p, q in zip(divmod(a - 1, 3), divmod(b - 1, 3), strict=True))
]
"""Roads that do not run through the place of a third node, where a site would belong to both."""


@st.composite
def towns(draw):
    """A random town: some of all thinkable straight roads, some one-way, some strikes, some weak
    bridges."""
    pairs = draw(st.lists(st.sampled_from(ALL_PAIRS), min_size=4, max_size=14, unique=True))
    names = [f"{a}-{b}" for a, b in pairs]
    oneway = draw(
        st.dictionaries(
            st.sampled_from(names), st.sampled_from(["forward", "backward"]), max_size=4
        )
    )
    speed = draw(
        st.dictionaries(st.sampled_from(names), st.sampled_from([20.0, 35.0, 60.0]), max_size=6)
    )
    weak = draw(st.dictionaries(st.sampled_from(names), st.just(5.0), max_size=2))
    inside = st.tuples(st.floats(34.99, 35.05), st.floats(32.99, 33.05))
    strikes = draw(st.lists(inside, max_size=3))
    used = sorted({node for pair in pairs for node in pair})
    depot, clinic = draw(st.sampled_from(used)), draw(st.sampled_from(used))
    incidents = [
        FAR,
        *((f"s{i}", round(lon, 5), round(lat, 5)) for i, (lon, lat) in enumerate(strikes)),
    ]
    sites = {"depot": ("depot", *spot(depot)), "clinic": ("destination", *spot(clinic))}
    return (
        make_situation(
            pairs,
            incidents=incidents,
            sites=sites,
            oneway=oneway,
            speed_kph=speed,
            max_weight_t=weak,
        ),
        depot,
        clinic,
    )


SMALL = rules(incidents={"radius_m": 400.0})


def free_graph(made, closed=()):
    """The town as a simple graph of minutes and segments, built anew from the segments table."""
    graph = nx.MultiDiGraph()
    for name, road in made.segments.iterrows():
        minutes = road["length_m"] / 1000 / min(road["speed_kph"], 60) * 60
        cost = minutes * (1 + road["exposure"])
        if name in closed:
            continue
        if road["oneway"] != "backward":
            graph.add_edge(road["from_node"], road["to_node"], key=name, cost=cost)
        if road["oneway"] != "forward":
            graph.add_edge(road["to_node"], road["from_node"], key=name, cost=cost)
    return graph
