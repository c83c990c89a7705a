"""A graph as osmnx makes it in, a strike, corridors out, and back to a graph for any networkx
algorithm.

The graph is made here, so that nothing is downloaded; `osmnx.graph_from_place(...)` gives one of
the same kind.
"""

from datetime import UTC, datetime

import networkx as nx
from shapely import Point

import corridors as co
from corridors.tables import INCIDENTS, SITES

# Nine crossings in three rows, 1.9 km apart east to west and 2.2 km south to north, joined by
# two-way streets
G = nx.MultiDiGraph(crs="EPSG:4326")
for node in range(9):
    G.add_node(node, x=35.0 + node % 3 * 0.02, y=33.0 + node // 3 * 0.02)
streets = [(a, a + 1) for a in range(9) if a % 3 < 2] + [(a, a + 3) for a in range(6)]
for way, (a, b) in enumerate(streets):
    G.add_edge(a, b, osmid=way, highway="secondary")
    G.add_edge(b, a, osmid=way, highway="secondary")

as_of = datetime(2026, 11, 23, 6, tzinfo=UTC)
strike = {
    "incident_id": "strike",
    "kind": "air_strike",
    "verification": "reported",
    "accuracy_m": 100.0,
    "source": "invented",
}
strike |= {
    "occurred_at": "2026-11-22T03:00Z",
    "occurred_until": "2026-11-22T03:00Z",
    "geometry": Point(35.02, 33.02),
}
ends = [{"site_id": "depot", "role": "depot", "geometry": Point(35.0, 33.0)}]
ends += [{"site_id": "clinic", "role": "destination", "geometry": Point(35.04, 33.04)}]

plan = co.plan_corridors(
    co.Situation(
        as_of=as_of,
        roads=co.roads_from_graph(G),
        incidents=co.build_table(INCIDENTS, [strike]),
        sites=co.build_table(SITES, ends),
    )
)
print(
    plan.corridors[["rank", "length_m", "duration_min", "nearest_incident_m"]].round(1).to_string()
)

graph, node = plan.network.graph, plan.network.terminals
way = nx.shortest_path(graph, node["depot"], node["clinic"], weight="length")
metres = nx.path_weight(graph, way, weight="length")
print(
    f"networkx: {metres / 1000:.1f} km over {len(way)} nodes; the strike in the middle is {'' if 4 in way else 'not '}on the way"
)
