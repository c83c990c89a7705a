"""The hierarchy of a network: built once for its arcs, whatever they will weigh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem
from corridors.hierarchy import chains, contraction, customization, queries
from corridors.hierarchy.customization import LANES, Weights
from corridors.hierarchy.metrics import Metric, MetricBatch, check_nodes, check_path_weights
from corridors.hierarchy.neighbours import Ints, Unsigned, check_arcs, list_neighbours
from corridors.messages import Message

STORED = ("tail", "head", "order")
MOST_ARCS = 2**30
"""Arcs that a hierarchy may have: twice as many slots must fit int32."""


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """Some nodes to which the way is asked again and again, and what of the hierarchy lies above
    them; made by `Hierarchy.select`.
    """

    count: int
    rows: Ints
    arcs: Ints
    depth: Ints
    depths: int


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The topology of a network, contracted. Nothing in it depends on weights; arrays are not to be
    written to.

    Input arcs run from `tail` to `head`. `order[rank]` is a node and `rank[node]` the opposite: the
    order given, rearranged so that each subtree of the elimination tree lies together. Nodes of the
    tree are told by rank: `nodes` has the columns first_up, first_down, parent and depth. `ends`
    (lower, higher) and `up_depth` (the depth of the higher end) are the arcs of the hierarchy;
    `down` lists them by higher end. `slot_of`, `first_arc`, `next_arc` say which input arcs each
    stands for. More in `contraction`; `steps` and `span` in `chains`.
    """

    tail: Ints
    head: Ints
    order: Ints
    rank: Unsigned
    nodes: Unsigned
    ends: Unsigned
    up_depth: Unsigned
    down: Unsigned
    slot_of: Ints
    first_arc: Ints
    next_arc: Ints
    work: npt.NDArray[np.int64]
    steps: Ints
    span: Ints

    @property
    def node_count(self) -> int:
        """How many nodes the network has."""
        return len(self.order)

    def customize(self, weight: Weights) -> Metric:
        """The hierarchy with these weights, one an input arc.

        Parameters
        ----------
        weight
            uint32, where CLOSED (2**31 - 1) closes an arc; or float64, where inf does. Nothing
            below 0; 0 is a weight.

        Raises
        ------
        InputError
            `bad-weights`: not one weight an arc, another type, below 0, or not a number (fix: as
            above). `weights-too-large`: a uint32 weight above CLOSED, or some path might reach it,
            where a distance would read as "no way": the dearest usable arcs leaving each node must
            add up to less (fix: a coarser unit, for example 10 ms; or float64).

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
        customized = np.empty((len(self.ends), 2), given.dtype)
        customization.place_weights(given, self.slot_of, customized)
        customization.customize(self.nodes, self.up_depth, self.down, customized)
        return Metric(self, given.copy(), customized, bound, loops)

    def customize_batch(self, weights: Weights, *, reuse: MetricBatch | None = None) -> MetricBatch:
        """The hierarchy with several sets of weights, one a row, taken through it LANES (32) at a
        time.

        Memory is `2 * LANES` weights for each arc of the hierarchy and each LANES sets or part of
        them: give as many sets at once as fit, best multiples of LANES. What is given is not
        copied: leave it as it is while the batch is in use.

        `reuse` is an earlier batch of as many sets that is no longer needed. Its memory is taken,
        which saves asking for new (up to half of the time); it holds no sets afterwards.

        Raises
        ------
        InputError
            As `customize`.
        """
        given = self._check(weights, 2)
        checked = [check_path_weights(row, self.tail, self.node_count) for row in given]
        shape = -(-len(given) // LANES), len(self.ends), 2 * LANES
        if reuse is not None and reuse.weight.shape == shape and reuse.weight.dtype == given.dtype:
            customized = reuse.give_up()
        else:
            customized = np.empty(shape, given.dtype)
        for group, weight in enumerate(customized):
            lanes = given[group * LANES : (group + 1) * LANES]
            customization.customize_lanes(
                lanes, self.first_arc, self.next_arc, self.nodes, self.up_depth, self.down, weight
            )
        return MetricBatch(
            self,
            given,
            customized,
            tuple(bound for bound, _ in checked),
            tuple(loops for _, loops in checked),
        )

    def select(self, nodes: npt.ArrayLike) -> Selection:
        """These nodes, for `Metric.sweeps`.

        Raises
        ------
        InputError
            `unknown-node` where one is not there (fix: number nodes from 0, as the arcs do), or
            named twice (fix: name it once).
        """
        asked = check_nodes(nodes, self.node_count)
        if len(np.unique(asked)) < len(asked):
            message, hint = Message("problem.node_repeated"), Message("hint.name_nodes_once")
            raise InputError(Problem("unknown-node", message, hint))
        rows, arcs, depth = queries.select_rows(self.nodes, self.up_depth, self.rank[asked])
        return Selection(len(asked), rows, arcs, depth, int(rows[:, 1].max()) + 1)

    def as_arrays(self) -> dict[str, Ints]:
        """What `from_arrays` needs, to be stored: arcs and order.

        All else follows from them in less time than reading it would take.
        """
        return {name: getattr(self, name) for name in STORED}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.ArrayLike]) -> Hierarchy:
        """The hierarchy that `as_arrays` was taken from, the same in every array.

        Raises
        ------
        InputError
            `bad-hierarchy` where an array is missing (fix: build it again); `bad-arcs` and
            `bad-order` as `build_hierarchy`.

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
    """The hierarchy of a network of `node_count` nodes: its nodes contracted in this order.

    Parallel arcs, self-loops and parts without connection are fine. Time and memory grow with the
    arcs of the hierarchy, which are few with an order from `order_nodes`, and may be the square of
    the nodes with an order from elsewhere.

    Raises
    ------
    InputError
        `bad-arcs` where tail and head are not nodes, or not as many (fix: number nodes from 0);
        `bad-order` where `order` does not name each node once, or gives far too many arcs (fix:
        `order_nodes`).

    >>> build_hierarchy(
    ...     [0, 1], [1, 2], 3, order=[1, 0, 2]
    ... ).ends.tolist()  # over node 1, lowest, its neighbours are joined
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
    nodes, ends, down = contraction.contract(first, neighbour, rank)
    if len(ends) >= MOST_ARCS:
        message = Message("problem.order_gives_too_many_arcs", arcs=len(ends), limit=MOST_ARCS)
        raise InputError(Problem("bad-order", message, Message("hint.use_order_nodes")))
    slot_of, first_arc, next_arc = contraction.map_arcs(tail, head, rank, nodes, ends)
    placed = np.empty(node_count, np.int32)
    placed[rank] = np.arange(node_count, dtype=np.int32)
    up_depth = np.ascontiguousarray(nodes[ends[:, 1], contraction.DEPTH])
    work = contraction.count_work(nodes, down)
    steps, span = chains.lay_out_chains(
        chains.list_chains(first, neighbour), rank, nodes, ends, first_arc, next_arc
    )
    return Hierarchy(
        tail,
        head,
        placed,
        rank,
        nodes,
        ends,
        up_depth,
        down,
        slot_of,
        first_arc,
        next_arc,
        work,
        steps,
        span,
    )
