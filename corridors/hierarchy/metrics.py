"""A hierarchy with weights: all queries, in the numbering of the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem
from corridors.hierarchy import customization, queries
from corridors.hierarchy.chains import Contraction
from corridors.hierarchy.customization import CLOSED, LANES, Weights
from corridors.hierarchy.neighbours import Ints, Unsigned
from corridors.hierarchy.queries import Selection
from corridors.messages import Message

WORTH_UPDATING = 0.5
"""An update computes only the rows above what changed, where these hold at most this share of the
work."""


@dataclass(frozen=True, eq=False)
class Metric:
    """Shortest paths under one set of weights; made by `Hierarchy.customize`.

    Distances have the type of the weights: uint32 with CLOSED, or float64 with inf, where there is
    no path. No state is kept between calls, so any number of threads may query one metric at once;
    they run at once, because no query holds the interpreter's lock.

    `given` are the weights of the input arcs, `weight[arc, direction]` those of the arcs of the
    hierarchy (driven upward, driven downward). No path without a loop costs more than `bound`, and
    `loops` says whether a loop can cost nothing.

    Raises
    ------
    InputError
        `unknown-node` from every query about a node that does not exist (Fix: number nodes from 0,
        as the arcs do).
    """

    hierarchy: Contraction
    given: Weights
    weight: Weights
    bound: float
    loops: bool
    _search: tuple[Unsigned, Unsigned, Unsigned, Weights] = field(init=False, repr=False)
    _unpack: tuple[
        Unsigned, Unsigned, Unsigned, Weights, Unsigned, Unsigned, Ints, Ints, Weights, Ints, Ints
    ] = field(init=False, repr=False)
    _node_count: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Collect the arrays of the kernels: doing so in each query would take as long as one."""
        of, graph = self.hierarchy, self.hierarchy.graph
        search = (graph.nodes, graph.up_depth, of.rank, self.weight)
        unpack = (graph.ends, graph.down, of.arcs.first_arc, of.arcs.next_arc, self.given)
        object.__setattr__(self, "_search", search)
        object.__setattr__(self, "_unpack", (*search, *unpack, *of.chains))
        object.__setattr__(self, "_node_count", of.node_count)

    def distance(self, source: int, target: int) -> Any:
        """The weight of the cheapest path; CLOSED or inf where there is none.

        >>> from corridors.hierarchy import build_hierarchy
        >>> hierarchy = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
        >>> street = hierarchy.customize(np.array([5, 7], np.uint32))
        >>> int(street.distance(0, 2)), int(street.distance(2, 0)) == CLOSED
        (12, True)
        """
        source, target = index(source), index(target)
        if not (0 <= source < self._node_count > target >= 0):
            self._check_nodes([source, target])
        return queries.find_distance(*self._search, source, target)

    def path(self, source: int, target: int) -> Ints | None:
        """The input arcs of a cheapest path in driving order; None where there is no path.

        It visits no node twice, and is empty where source and target are the same. Of parallel arcs
        that cost the same, it has the first. Whole weights of the arcs add up to `distance`
        exactly, floating-point ones up to rounding. Of several cheapest paths it is always the same
        one.

        >>> from corridors.hierarchy import build_hierarchy
        >>> hierarchy = build_hierarchy([0, 0, 1], [1, 1, 2], 3, order=[0, 2, 1])
        >>> street = hierarchy.customize(np.array([5, 5, 7], np.uint32))
        >>> street.path(0, 2).tolist(), street.path(1, 1).tolist(), street.path(2, 0)
        ([0, 2], [], None)
        """
        source, target = index(source), index(target)
        if not (0 <= source < self._node_count > target >= 0):
            self._check_nodes([source, target])
        found, path = queries.find_path(*self._unpack, source, target)
        if not found:
            return None
        if not self.loops:
            return path
        return queries.cut_loops(path, self.hierarchy.tail, self.hierarchy.head)

    def distances_from(self, node: int) -> npt.NDArray[Any]:
        """The distance from a node to every node."""
        return self._sweep(node, queries.UP)

    def distances_to(self, node: int) -> npt.NDArray[Any]:
        """The distance from every node to a node."""
        return self._sweep(node, queries.DOWN)

    def sweeps(self, selection: Selection) -> Sweeps:
        """Queries between any node and the nodes of a selection, which take less time each."""
        return Sweeps(self, selection, np.ascontiguousarray(self.weight[selection.arcs].T))

    def distances_from_many(self, nodes: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance from each of some nodes to every node: one row for each of those.

        It is faster than one by one.
        """
        return self._sweep_many(nodes, queries.UP)

    def distances_to_many(self, nodes: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance from every node to each of some nodes: one row for each of those.

        It is faster than one by one.
        """
        return self._sweep_many(nodes, queries.DOWN)

    def matrix(self, sources: npt.ArrayLike, targets: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance from each source (rows) to each target (columns).

        >>> from corridors.hierarchy import build_hierarchy
        >>> hierarchy = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
        >>> hierarchy.customize(np.array([5.0, 7.0])).matrix([0, 1], [2, 0])
        array([[12.,  0.],
               [ 7., inf]])
        """
        of = self.hierarchy
        rows, columns = of.rank[self._check_nodes(sources)], of.rank[self._check_nodes(targets)]
        matrix = np.empty((len(rows), len(columns)), self.weight.dtype)
        row_of, column_of = (
            np.argsort(ranks, kind="stable").astype(np.int32) for ranks in (rows, columns)
        )
        queries.fill_matrix(
            of.graph, self.weight, rows[row_of], columns[column_of], row_of, column_of, matrix
        )
        return matrix

    def update(
        self, arcs: npt.ArrayLike, weight: npt.ArrayLike, *, in_place: bool = False
    ) -> Metric:
        """The metric after these input arcs were given these weights.

        It equals a new customization of all weights, in less time: only the rows above the changed
        arcs in the elimination tree are computed again, unless they hold more than half of all the
        work. Where an arc is named twice, the last weight counts.

        `in_place` changes this metric and returns it, which saves a copy of all weights. Only one
        thread may do so, and there must be no query at the same time.

        Raises
        ------
        InputError
            As `Hierarchy.customize`; also `bad-arcs` for an arc that does not exist. The metric is
            then unchanged.

        Examples
        --------
        >>> from corridors.hierarchy import build_hierarchy
        >>> hierarchy = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
        >>> street = hierarchy.customize(np.array([5, 7], np.uint32))
        >>> int(street.update([1], [30]).distance(0, 2)), int(street.distance(0, 2))
        (35, 12)
        """
        of = self.hierarchy
        changed, new = self._check_update(arcs, weight)
        bound, loops = check_weights(new, changed)
        bound, loops = self.bound + bound, self.loops or loops
        if bound >= limit_of(new):  # the sum is too coarse a bound: check all weights together
            every = self.given.copy()
            every[changed] = new
            bound, loops = check_path_weights(every, of.tail, of.node_count)
        slots = of.arcs.slot_of[changed]
        above, work = customization.list_rows_above(slots, of.graph, of.work)
        whole = work > WORTH_UPDATING * of.work[-1]
        given, customized = self.given, self.weight
        if not in_place:
            given = given.copy()
            customized = np.empty_like(customized) if whole else customized.copy()
        given[changed] = new
        if whole:
            customization.place_weights(given, of.arcs.slot_of, customized)
            customization.customize(of.graph, customized)
        else:
            customization.recustomize(above, slots, given, of.arcs, of.graph, customized)
        if not in_place:
            return Metric(of, given, customized, bound, loops)
        object.__setattr__(self, "bound", bound)
        object.__setattr__(self, "loops", loops)
        return self

    def _check_update(
        self, arcs: npt.ArrayLike, weight: npt.ArrayLike
    ) -> tuple[npt.NDArray[Any], Weights]:
        changed, weights = np.atleast_1d(np.asarray(arcs)), np.atleast_1d(np.asarray(weight))
        if changed.size == 0:
            changed = changed.astype(np.int32)
        if changed.dtype.kind not in "iu" or changed.shape != weights.shape or changed.ndim != 1:
            message = Message("problem.update_without_weights")
            raise InputError(Problem("bad-arcs", message, Message("hint.give_arcs_and_weights")))
        last = len(self.hierarchy.tail) - 1
        if changed.size and not 0 <= int(changed.min()) <= int(changed.max()) <= last:
            message, hint = Message("problem.unknown_arc"), Message("hint.number_from_0", last=last)
            raise InputError(Problem("bad-arcs", message, hint))
        return changed, convert_weights(weights, self.given.dtype)

    def _sweep(self, node: int, direction: int) -> npt.NDArray[Any]:
        of = self.hierarchy
        self._check_nodes([index(node)])
        return queries.sweep(of.graph, of.rank, of.order, self.weight, direction, index(node))

    def _sweep_many(self, nodes: npt.ArrayLike, direction: int) -> npt.NDArray[Any]:
        of, sources = self.hierarchy, self._check_nodes(nodes)
        distance = np.empty((len(sources), of.node_count), self.weight.dtype)
        held = np.empty((of.node_count if len(sources) else 0, LANES), self.weight.dtype)
        for lane in range(0, len(sources), LANES):
            lanes = slice(lane, lane + LANES)
            queries.sweep_lanes(
                of.graph, of.rank, self.weight, direction, sources[lanes], held, distance[lanes]
            )
        return distance

    def _check_nodes(self, nodes: npt.ArrayLike) -> Ints:
        return check_nodes(nodes, self.hierarchy.node_count)


@dataclass(frozen=True, eq=False, slots=True)
class Sweeps:
    """Distances between any node and each node of a selection, in its order.

    It is made by `Metric.sweeps`, and must be made again after an update in place.

    Raises
    ------
    InputError
        `unknown-node` as every query.

    Examples
    --------
    >>> from corridors.hierarchy import build_hierarchy
    >>> street = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
    >>> street.customize(np.array([5.0, 7.0])).sweeps(street.select([2, 0])).distances_from(0)
    array([12.,  0.])
    """

    metric: Metric
    selection: Selection
    weight: Weights

    def distances_from(self, node: int) -> npt.NDArray[Any]:
        """The distance from a node to each selected node."""
        return self._sweep(node, queries.UP)

    def distances_to(self, node: int) -> npt.NDArray[Any]:
        """The distance from each selected node to a node."""
        return self._sweep(node, queries.DOWN)

    def _sweep(self, node: int, direction: int) -> npt.NDArray[Any]:
        of, node = self.metric.hierarchy, index(node)
        if not 0 <= node < of.node_count:
            check_nodes([node], of.node_count)
        distance = np.empty(self.selection.size, self.weight.dtype)
        queries.sweep_rows(
            of.graph,
            of.rank,
            self.metric.weight,
            direction,
            node,
            self.selection,
            self.weight[1 - direction],
            distance,
        )
        return distance


@dataclass(frozen=True, eq=False)
class MetricBatch:
    """Shortest paths under several sets of weights; made by `Hierarchy.customize_batch`.

    `given[k, arc]` are the weights of the input arcs. `weight[group, arc]` are those of the arcs of
    the hierarchy: LANES weights upward, then LANES downward, of the sets from `group * LANES` on.
    Any number of threads may query it at once.
    """

    hierarchy: Contraction
    given: Weights
    weight: Weights
    bound: tuple[float, ...]
    loops: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.given)

    def distances(self, sources: npt.ArrayLike, targets: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance of each pair (columns) under each set of weights (rows).

        The first pair is the first source and the first target, and so on.

        >>> from corridors.hierarchy import build_hierarchy
        >>> street = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
        >>> batch = street.customize_batch(np.array([[5, 7], [50, 70]], np.uint32))
        >>> batch.distances([0, 0], [1, 2]).tolist()
        [[5, 12], [50, 120]]
        """
        of = self.hierarchy
        starts, ends = check_nodes(sources, of.node_count), check_nodes(targets, of.node_count)
        if len(starts) != len(ends):
            message = Message("problem.sources_without_targets")
            hint = Message("hint.give_as_many_targets")
            raise InputError(Problem("unknown-node", message, hint))
        distance = np.empty((len(self), len(starts)), self.weight.dtype)
        for group, weight in enumerate(self.weight):
            lanes = slice(group * LANES, (group + 1) * LANES)
            queries.find_distances_in_lanes(
                of.graph, of.rank, weight, starts, ends, distance[lanes]
            )
        return distance

    def metric(self, k: int) -> Metric:
        """One set of weights as a metric of its own.

        Raises
        ------
        InputError
            `unknown-metric` where there is no set `k` (Fix: number sets from 0).
        """
        if not 0 <= k < len(self):
            message = Message("problem.unknown_metric", number=k)
            hint = Message("hint.number_from_0", last=len(self) - 1)
            raise InputError(Problem("unknown-metric", message, hint))
        weight = np.ascontiguousarray(self.weight[k // LANES, :, k % LANES :: LANES])
        return Metric(self.hierarchy, self.given[k].copy(), weight, self.bound[k], self.loops[k])

    def release(self) -> Weights:
        """The weights, as memory to write to; the batch holds no sets afterwards."""
        weight = self.weight
        for name in ("given", "weight"):
            object.__setattr__(self, name, getattr(self, name)[:0])
        return weight


def check_nodes(nodes: npt.ArrayLike, node_count: int) -> Ints:
    """Nodes as an int32 array; raises `unknown-node` where one does not exist."""
    array = np.atleast_1d(np.asarray(nodes))
    if array.size == 0:
        return np.empty(0, np.int32)
    if (
        array.ndim != 1
        or array.dtype.kind not in "iu"
        or not 0 <= int(array.min()) <= int(array.max()) < node_count
    ):
        message = Message("problem.unknown_node")
        hint = Message("hint.number_from_0", last=node_count - 1)
        raise InputError(Problem("unknown-node", message, hint))
    return np.ascontiguousarray(array, dtype=np.int32)


def convert_weights(weight: npt.NDArray[Any], dtype: npt.DTypeLike) -> Weights:
    """Weights in the type of a metric, which must be able to hold them."""
    if weight.dtype == dtype:
        return np.ascontiguousarray(weight)
    whole = weight.dtype.kind in "iu" or not weight.size
    if not (whole or (weight.dtype.kind == "f" and dtype == np.float64)) or (weight < 0).any():
        message = Message(
            "problem.weights_do_not_fit_metric", type=str(weight.dtype), metric=str(dtype)
        )
        hint = Message("hint.give_weights_of_type", type=str(dtype))
        raise InputError(Problem("bad-weights", message, hint))
    if dtype == np.uint32:
        return np.minimum(weight.astype(np.uint64), CLOSED + 1).astype(dtype)
    return weight.astype(dtype)


def limit_of(weight: Weights) -> float:
    """The limit that the bound on paths must be below: CLOSED or inf."""
    return float(CLOSED) if weight.dtype == np.uint32 else float(np.inf)


def check_weights(weight: Weights, arcs: npt.NDArray[Any] | None = None) -> tuple[float, bool]:
    """The sum of all usable weights, and whether a loop can cost nothing.

    `arcs` are the numbers of the arcs, where they are not 0, 1, and so on; errors name them.

    Raises
    ------
    InputError
        `bad-weights` or `weights-too-large`, as `Hierarchy.customize`.
    """
    valid, total, zero = customization.sum_weights(weight)
    if valid:
        # Rounding can make a floating-point weight above 0 count as nothing.
        return total, zero or weight.dtype != np.uint32
    wrong = int(np.flatnonzero(~((weight >= 0) & (weight <= limit_of(weight))))[0])
    arc, value = int(wrong if arcs is None else arcs[wrong]), str(weight[wrong])
    if weight.dtype == np.uint32:
        message = Message("problem.weight_above_closed", arc=arc, limit=CLOSED)
        hint = Message("hint.use_coarser_unit")
        raise InputError(Problem("weights-too-large", message, hint, value=value))
    message, hint = Message("problem.not_a_weight", arc=arc), Message("hint.give_weights")
    raise InputError(Problem("bad-weights", message, hint, value=value))


def check_path_weights(weight: Weights, tail: Ints, node_count: int) -> tuple[float, bool]:
    """A bound on the cost of paths without a loop, and whether a loop can cost nothing.

    Raises
    ------
    InputError
        As `Hierarchy.customize`.
    """
    bound, loops = check_weights(weight)
    if bound >= limit_of(weight):
        bound = customization.bound_path_weight(weight, tail, node_count)
    if bound >= limit_of(weight):
        usable = np.where(weight < limit_of(weight), weight, 0)
        message = Message(
            "problem.path_too_heavy",
            arc=int(usable.argmax()),
            bound=float(bound),
            limit=limit_of(weight),
        )
        hint, value = Message("hint.use_coarser_unit"), str(usable.max())
        raise InputError(Problem("weights-too-large", message, hint, value=value))
    return bound, loops
