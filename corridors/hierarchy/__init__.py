r"""Shortest ways, thousands of times faster than searching: customizable contraction hierarchies.

    arcs   places
       \   /
    order_nodes          which nodes separate the network: once for a network
         |
    build_hierarchy      its shortcuts, no weights yet: once for a network
         |
     customize           weights of all arcs (closures are weights): milliseconds
      /     \
  update   Metric        only what changed; then microseconds for each question:
              |
      distance  path  distances_from  distances_to  sweeps  matrix

Arrays in, arrays out; it knows nothing of roads. Nodes and arcs are numbers from 0. Weights are
whole (uint32, with CLOSED for an arc that may not be used) and then exact, or floating point
(float64, with inf).

>>> import numpy as np
>>> tail, head = [0, 1, 2, 3, 0], [1, 2, 3, 0, 2]
>>> order = order_nodes(tail, head, lon=[0, 1, 1, 0], lat=[0, 0, 1, 1])
>>> metric = build_hierarchy(tail, head, 4, order).customize(np.array([3, 4, 5, 6, 9], np.uint32))
>>> metric.path(0, 3).tolist(), int(metric.distance(0, 3))
([0, 1, 2], 12)

After J. Dibbelt, B. Strasser and D. Wagner, Customizable Contraction Hierarchies, ACM Journal of
Experimental Algorithmics 21 (2016).

- `neighbours`, `chains`: the network as it is given
- `order`: nested dissection, chains first
- `contraction`: the arcs of the hierarchy and the elimination tree, on which everything else rests
- `customization`: weights for those arcs, all at once, after a change, or of many scenarios side by
  side
- `queries`: distances, paths, sweeps and matrices
- `structure`, `metrics`: what is called from outside, which checks what it is given

It needs numba, which the extra `fast` installs.
"""

import importlib.util

from corridors.messages import Message

if not importlib.util.find_spec("numba"):
    raise ModuleNotFoundError(str(Message("usage.hierarchy_needs_numba")), name="numba")

from corridors.hierarchy.customization import CLOSED, LANES
from corridors.hierarchy.metrics import Metric, MetricBatch, Sweeps
from corridors.hierarchy.order import order_nodes
from corridors.hierarchy.structure import Hierarchy, Selection, build_hierarchy

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
