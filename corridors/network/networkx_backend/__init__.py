r"""networkx stays the interface: its functions, called with a `Network`, run on the contraction
hierarchy.

    nx.shortest_path(network, ...)      nx.shortest_path(G, ..., backend="corridors")
               |                                        |
               |                       networkx asks `can_run`, and converts G once
                \                                      /
                             ArcGraph                      arc_graph.py: where arcs lead, and what
                             each weighs
                                 |
                          shortest_paths.py                the functions by their names in networkx

networkx finds it by the entry points of this package: `claims` when networkx is imported, so that
nothing heavy may be imported there; `shortest_paths` when a function is first to run here.
"""
