r"""Shortest paths without searching the network: customizable contraction hierarchies.

    arcs   coordinates
       \   /
    order_nodes          the nodes that separate the network: once per network
         |
    build_hierarchy      its shortcuts, without weights: once per network
         |
     customize           weights of all arcs (closures are weights): milliseconds
      /     \
  update   Metric        what changed only; then microseconds for each query:
              |
      distance  path  distances_from  distances_to  sweeps  matrix

Arrays in, arrays out; the package knows nothing of roads. Nodes and arcs are numbers from 0.
Weights are whole numbers (uint32, CLOSED for a closed arc), which gives exact sums, or floating
point (float64, inf).

>>> import numpy as np
>>> tail, head = [0, 1, 2, 3, 0], [1, 2, 3, 0, 2]
>>> order = order_nodes(tail, head, lon=[0, 1, 1, 0], lat=[0, 0, 1, 1])
>>> metric = build_hierarchy(tail, head, 4, order).customize(np.array([3, 4, 5, 6, 9], np.uint32))
>>> metric.path(0, 3).tolist(), int(metric.distance(0, 3))
([0, 1, 2], 12)

The method is that of J. Dibbelt, B. Strasser and D. Wagner, Customizable Contraction Hierarchies,
ACM Journal of Experimental Algorithmics 21 (2016).

- `neighbours`, `chains`: the network as it is given
- `order`: nested dissection, chains first
- `contraction`: the arcs of the hierarchy and the elimination tree
- `customization`: weights of these arcs: all, after a change, or of many sets side by side
- `queries`: distances, paths, sweeps and matrices
- `structure`, `metrics`: the public classes, which check their input

It needs numba, which the extra `fast` installs.
"""

import importlib.util

from corridors.messages import Message

if not importlib.util.find_spec("numba"):
    raise ModuleNotFoundError(str(Message("usage.hierarchy_needs_numba")), name="numba")

from corridors.hierarchy.customization import CLOSED, LANES
from corridors.hierarchy.metrics import Metric, MetricBatch, Sweeps
from corridors.hierarchy.order import order_nodes
from corridors.hierarchy.queries import Selection
from corridors.hierarchy.structure import Hierarchy, build_hierarchy

__all__ = [
    "CLOSED",
    "LANES",
    "Hierarchy",
    "Metric",
    "MetricBatch",
    "Selection",
    "Sweeps",
    "build_hierarchy",
    "order_nodes",
]
