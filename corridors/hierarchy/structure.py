"""The hierarchy of a network: built once for its arcs, whatever they weigh."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem
from corridors.hierarchy import chains, contraction, customization, queries
from corridors.hierarchy.chains import Contraction
from corridors.hierarchy.customization import LANES, Weights
from corridors.hierarchy.metrics import Metric, MetricBatch, check_nodes, check_path_weights
from corridors.hierarchy.neighbours import Ints, check_arcs, list_neighbours
from corridors.hierarchy.queries import Selection
from corridors.messages import Message

STORED = ("tail", "head", "order")
MAX_ARCS = 2**30
"""Arcs that a hierarchy can have: twice as many slots must fit int32."""


class Hierarchy(Contraction):
    """The contracted topology of a network, ready for weights; nothing in it depends on them."""

    def customize(self, weight: Weights) -> Metric:
        """The hierarchy with these weights, one for each input arc.

        Parameters
        ----------
        weight
            uint32, where CLOSED (2**31 - 1) closes an arc; or float64, where inf does. Weights are
            not negative; 0 is a weight.

        Raises
        ------
        InputError
            `bad-weights`: not one weight an arc, another type, negative, or not a number (Fix: as
            above). `weights-too-large`: a uint32 weight is above CLOSED, or the sum over all nodes
            of the costliest usable arc that leaves the node is not below it; a distance could then
            reach CLOSED, which means "no path" (Fix: a coarser unit, for example 10 ms; or
            float64).

        Examples
        --------
        >>> from corridors.hierarchy import CLOSED, build_hierarchy, order_nodes
        >>> tail, head, lon, lat = [0, 1, 2, 0], [1, 2, 3, 3], [0, 1, 2, 3], [0, 0, 0, 0]
        >>> hierarchy = build_hierarchy(tail, head, 4, order_nodes(tail, head, lon, lat))
        >>> metric = hierarchy.customize(np.array([10, 10, 10, 40], np.uint32))
        >>> int(metric.distance(0, 3)), metric.path(0, 3).tolist()
        (30, [0, 1, 2])
        >>> metric.update([1], [CLOSED]).path(0, 3).tolist()
        [3]
        """
        given = self._check(weight, 1)
        bound, loops = check_path_weights(given, self.tail, self.node_count)
        customized = np.empty((len(self.graph.ends), 2), given.dtype)
        customization.place_weights(given, self.arcs.slot_of, customized)
        customization.customize(self.graph, customized)
        return Metric(self, given.copy(), customized, bound, loops)

    def customize_batch(self, weights: Weights, *, reuse: MetricBatch | None = None) -> MetricBatch:
        """The hierarchy with several sets of weights, one a row, LANES (32) of them at a time.

        The memory is `2 * LANES` weights for each arc of the hierarchy and each group of LANES
        sets. So pass as many sets at once as fit, best a multiple of LANES. The weights are not
        copied: do not change them while the batch is in use.

        `reuse` is an earlier batch of as many sets that is no longer needed. Its memory is used
        again, which saves up to half of the time; it holds no sets afterwards.

        Raises
        ------
        InputError
            As `customize`.
        """
        given = self._check(weights, 2)
        checked = [check_path_weights(row, self.tail, self.node_count) for row in given]
        shape = -(-len(given) // LANES), len(self.graph.ends), 2 * LANES
        if reuse is not None and reuse.weight.shape == shape and reuse.weight.dtype == given.dtype:
            customized = reuse.release()
        else:
            customized = np.empty(shape, given.dtype)
        for group, weight in enumerate(customized):
            lanes = given[group * LANES : (group + 1) * LANES]
            customization.customize_lanes(lanes, self.arcs, self.graph, weight)
        bounds, loops = zip(*checked, strict=True) if checked else ((), ())
        return MetricBatch(self, given, customized, bounds, loops)

    def select(self, nodes: npt.ArrayLike) -> Selection:
        """These nodes, for `Metric.sweeps`.

        Raises
        ------
        InputError
            `unknown-node` for a node that does not exist, or that is named twice (Fix: name each
            node once).
        """
        selected = check_nodes(nodes, self.node_count)
        if len(np.unique(selected)) < len(selected):
            message, hint = Message("problem.node_repeated"), Message("hint.name_nodes_once")
            raise InputError(Problem("unknown-node", message, hint))
        return queries.select_rows(self.graph, self.rank[selected])

    def as_arrays(self) -> dict[str, Ints]:
        """The arrays to store for `from_arrays`: arcs and order.

        All else is computed from them in less time than reading it would take.
        """
        return {name: getattr(self, name) for name in STORED}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.ArrayLike]) -> Hierarchy:
        """The hierarchy that `as_arrays` was called on, the same in every array.

        Raises
        ------
        InputError
            `bad-hierarchy` where an array is missing (Fix: build it again); `bad-arcs` and
            `bad-order` as `build_hierarchy`.

        Examples
        --------
        >>> hierarchy = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
        >>> Hierarchy.from_arrays(hierarchy.as_arrays()).order.tolist() == hierarchy.order.tolist()
        True
        """
        missing = [name for name in STORED if name not in arrays]
        if missing:
            message = Message("problem.hierarchy_incomplete", names=tuple(missing))
            raise InputError(
                Problem("bad-hierarchy", message, Message("hint.build_hierarchy_again"))
            )
        order = np.asarray(arrays["order"])
        return build_hierarchy(arrays["tail"], arrays["head"], len(order), order)

    def _check(self, weight: Weights, dimensions: int) -> Weights:
        given = np.asarray(weight)
        fitting = given.ndim == dimensions and given.shape[-1] == len(self.tail)
        if not fitting or given.dtype not in (np.uint32, np.float64):
            message = Message(
                "problem.weights_do_not_fit_arcs",
                shape=given.shape,
                type=str(given.dtype),
                arcs=len(self.tail),
            )
            raise InputError(
                Problem("bad-weights", message, Message("hint.give_one_weight_per_arc"))
            )
        return np.ascontiguousarray(given)


def build_hierarchy(
    tail: npt.ArrayLike, head: npt.ArrayLike, node_count: int, order: npt.ArrayLike
) -> Hierarchy:
    """The hierarchy of a network of `node_count` nodes, contracted in this order.

    Parallel arcs, self-loops and unconnected parts are allowed. Time and memory grow with the arcs
    of the hierarchy: they are few with an order from `order_nodes`, but with another order their
    number may be the square of the number of nodes.

    Raises
    ------
    InputError
        `bad-arcs` where tail and head are not nodes, or not as many (Fix: number nodes from 0);
        `bad-order` where `order` does not name each node once, or gives far too many arcs (Fix:
        `order_nodes`).

    Examples
    --------
    Contracting node 1, the lowest, joins its neighbours:

    >>> build_hierarchy([0, 1], [1, 2], 3, order=[1, 0, 2]).graph.ends.tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    tail, head = check_arcs(tail, head, node_count)
    given = np.asarray(order)
    if given.shape != (node_count,) or (
        node_count and not np.array_equal(np.sort(given), np.arange(node_count))
    ):
        message = Message("problem.order_does_not_name_nodes", nodes=node_count)
        raise InputError(Problem("bad-order", message, Message("hint.use_order_nodes")))
    first, neighbour = list_neighbours(tail, head, node_count)
    rank = contraction.rank_nodes(first, neighbour, given.astype(np.int32))
    graph = contraction.contract(first, neighbour, rank)
    if len(graph.ends) >= MAX_ARCS:
        message = Message("problem.order_gives_too_many_arcs", arcs=len(graph.ends), limit=MAX_ARCS)
        raise InputError(Problem("bad-order", message, Message("hint.use_order_nodes")))
    arcs = contraction.map_arcs(tail, head, rank, graph)
    node_at = np.empty(node_count, np.int32)
    node_at[rank] = np.arange(node_count, dtype=np.int32)
    steps = chains.lay_out_chains(chains.list_chains(first, neighbour), rank, graph, arcs)
    return Hierarchy(tail, head, node_at, rank, graph, arcs, steps, contraction.count_work(graph))
