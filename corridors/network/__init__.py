"""The usable segments as arrays and as a networkx graph.

- `topology`: where arcs lead; segments are cut where sites meet them and where zones begin
- `links`: roads between junctions, the arrays that `routing` searches
- `snapping`: where sites meet the roads
- `graph`: `Network`, a topology with the costs of its arcs, and its networkx graph
- `networkx_backend`: functions of networkx that run on a `Network`
"""
