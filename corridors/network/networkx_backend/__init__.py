r"""A backend of networkx: its functions run on the contraction hierarchy of a `Network`.

    nx.shortest_path(network, ...)      nx.shortest_path(G, ..., backend="corridors")
               |                                        |
               |                       networkx asks `can_run`, and converts G once
                \                                      /
                             ArcGraph                      arc_graph.py: arcs and their weights
                                 |
                          shortest_paths.py                the functions by their names in networkx

networkx finds the backend by the entry points of this package: `claims` is loaded when networkx is
imported, so it imports nothing; `shortest_paths` is loaded when a function first runs here.
"""
