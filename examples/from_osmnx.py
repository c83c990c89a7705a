"""Plan on an osmnx graph around a strike, and use the result in networkx.

The graph is made here, so nothing is downloaded. `osmnx.graph_from_place(...)` returns a graph of
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
for street, (a, b) in enumerate(streets):
    G.add_edge(a, b, osmid=street, highway="secondary")
    G.add_edge(b, a, osmid=street, highway="secondary")

strike = {
    "incident_id": "strike",
    "kind": "air_strike",
    "occurred_at": "2026-11-22T03:00Z",
    "occurred_until": "2026-11-22T03:00Z",
    "accuracy_m": 100.0,
    "verification": "reported",
    "source": "invented",
    "geometry": Point(35.02, 33.02),
}
ends = [
    {"site_id": "depot", "role": "depot", "geometry": Point(35.0, 33.0)},
    {"site_id": "clinic", "role": "destination", "geometry": Point(35.04, 33.04)},
]
situation = co.Situation(
    as_of=datetime(2026, 11, 23, 6, tzinfo=UTC),
    roads=co.roads_from_graph(G),
    incidents=co.build_table(INCIDENTS, [strike]),
    sites=co.build_table(SITES, ends),
)
plan = co.plan_corridors(situation)
figures = ["rank", "length_m", "duration_min", "nearest_incident_m"]
print(plan.corridors[figures].round(1).to_string())

graph, node = plan.network.graph, plan.network.terminals
path = nx.shortest_path(graph, node["depot"], node["clinic"], weight="length")
length_m = nx.path_weight(graph, path, weight="length")
print(f"networkx: {length_m / 1000:.1f} km over {len(path)} nodes")
print(f"the path {'passes' if 4 in path else 'avoids'} the strike in the middle")
