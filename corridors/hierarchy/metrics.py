"""A hierarchy with weights: what can be asked, in the numbering of the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem
from corridors.hierarchy import customization, queries
from corridors.hierarchy.customization import CLOSED, LANES, Weights
from corridors.hierarchy.neighbours import Ints, Unsigned
from corridors.messages import Message

if TYPE_CHECKING:
    from corridors.hierarchy.structure import Hierarchy, Selection

WORTH_UPDATING = 0.5
"""An update goes only through the rows above what changed, as long as these hold at most this share
of the work."""


@dataclass(frozen=True, eq=False)
class Metric:
    """Shortest ways under one set of weights; made by `Hierarchy.customize`.

    Distances come in the type of the weights: uint32 with CLOSED, or float64 with inf, where there
    is no way. Nothing is kept between calls, so any number of threads may ask one metric at once,
    and they run at once: no call holds the interpreter's lock.

    `given` is what was given, by input arc; `weight[arc, direction]` belongs to the arcs of the
    hierarchy (driven upward, driven downward). `bound` is at least what any path without a loop
    costs.

    Raises
    ------
    InputError
        `unknown-node` from every question about a node that is not there (fix: number nodes from 0,
        as the arcs do).
    """

    hierarchy: Hierarchy
    given: npt.NDArray[Any]
    weight: npt.NDArray[Any]
    bound: float
    loops: bool
    _search: tuple[Unsigned, Unsigned, Unsigned, Weights] = field(init=False, repr=False)
    _unpack: tuple[
        Unsigned, Unsigned, Unsigned, Weights, Unsigned, Unsigned, Ints, Ints, Weights, Ints, Ints
    ] = field(init=False, repr=False)
    _node_count: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay out what each question hands to its kernel: looking it up anew would take longer than
        a short way.
        """
        of = self.hierarchy
        search = (of.nodes, of.up_depth, of.rank, self.weight)
        object.__setattr__(self, "_search", search)
        object.__setattr__(
            self,
            "_unpack",
            (*search, of.ends, of.down, of.first_arc, of.next_arc, self.given, of.steps, of.span),
        )
        object.__setattr__(self, "_node_count", of.node_count)

    def distance(self, source: int, target: int) -> Any:
        """The weight of the cheapest way; CLOSED or inf where there is none.

        >>> from corridors.hierarchy import build_hierarchy
        >>> street = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1]).customize(
        ...     np.array([5, 7], np.uint32)
        ... )
        >>> int(street.distance(0, 2)), int(street.distance(2, 0)) == CLOSED
        (12, True)
        """
        source, target = index(source), index(target)
        if not (0 <= source < self._node_count > target >= 0):
            self._check_nodes([source, target])
        return queries.find_distance(*self._search, source, target)

    def path(self, source: int, target: int) -> Ints | None:
        """The input arcs of a cheapest way in driving order, none of its nodes twice; None where
        there is no way.

        Empty where source and target are the same. Of parallel arcs that cost the same, it names
        the first. Whole weights of the arcs add up to `distance`, exactly; floating-point ones up
        to rounding. Of several cheapest ways it is always the same one.

        >>> from corridors.hierarchy import build_hierarchy
        >>> street = build_hierarchy([0, 0, 1], [1, 1, 2], 3, order=[0, 2, 1]).customize(
        ...     np.array([5, 5, 7], np.uint32)
        ... )
        >>> street.path(0, 2).tolist(), street.path(1, 1).tolist(), street.path(2, 0)
        ([0, 2], [], None)
        """
        source, target = index(source), index(target)
        if not (0 <= source < self._node_count > target >= 0):
            self._check_nodes([source, target])
        found, path = queries.find_path(*self._unpack, source, target)
        if not found:
            return None
        return (
            queries.cut_loops(path, self.hierarchy.tail, self.hierarchy.head)
            if self.loops
            else path
        )

    def distances_from(self, node: int) -> npt.NDArray[Any]:
        """The distance from a node to every node."""
        return self._sweep(node, queries.UP)

    def distances_to(self, node: int) -> npt.NDArray[Any]:
        """The distance from every node to a node."""
        return self._sweep(node, queries.DOWN)

    def sweeps(self, selection: Selection) -> Sweeps:
        """The same between any node and a few that `Hierarchy.select` chose: for many questions,
        each in less time.
        """
        return Sweeps(self, selection, np.ascontiguousarray(self.weight[selection.arcs].T))

    def distances_from_many(self, nodes: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance from each of some nodes to every node: one row for each.

        Cheaper than one by one.
        """
        return self._sweep_many(nodes, queries.UP)

    def distances_to_many(self, nodes: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance from every node to each of some nodes: one row for each of those.

        Cheaper than one by one.
        """
        return self._sweep_many(nodes, queries.DOWN)

    def matrix(self, sources: npt.ArrayLike, targets: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance from each source (rows) to each target (columns).

        >>> from corridors.hierarchy import build_hierarchy
        >>> street = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1]).customize(
        ...     np.array([5.0, 7.0])
        ... )
        >>> street.matrix([0, 1], [2, 0])
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
            of.nodes,
            of.up_depth,
            self.weight,
            rows[row_of],
            columns[column_of],
            row_of,
            column_of,
            matrix,
        )
        return matrix

    def update(
        self, arcs: npt.ArrayLike, weight: npt.ArrayLike, *, in_place: bool = False
    ) -> Metric:
        """The same as customizing all weights again after `arcs` (rows of input) were given
        `weight`, in less time.

        Only what lies above the changed arcs in the elimination tree is computed again; or
        everything, where that holds more than half of all the work. Where an arc is named twice,
        the last weight counts.

        `in_place` changes this metric and returns it, which saves copying all weights: for one
        thread, and no question meanwhile.

        Raises
        ------
        InputError
            As `Hierarchy.customize`; also `bad-arcs` for an arc that is not there. The metric is
            then as it was.

        >>> from corridors.hierarchy import build_hierarchy
        >>> street = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1]).customize(
        ...     np.array([5, 7], np.uint32)
        ... )
        >>> int(street.update([1], [30]).distance(0, 2)), int(street.distance(0, 2))
        (35, 12)
        """
        of = self.hierarchy
        changed, weights = np.atleast_1d(np.asarray(arcs)), np.atleast_1d(np.asarray(weight))
        if changed.size == 0:
            changed = changed.astype(np.int32)
        if changed.dtype.kind not in "iu" or changed.shape != weights.shape or changed.ndim != 1:
            message = Message("problem.update_without_weights")
            raise InputError(Problem("bad-arcs", message, Message("hint.give_arcs_and_weights")))
        if changed.size and not 0 <= int(changed.min()) <= int(changed.max()) < len(of.tail):
            message = Message("problem.unknown_arc")
            hint = Message("hint.number_from_0", last=len(of.tail) - 1)
            raise InputError(Problem("bad-arcs", message, hint))
        new = convert_weights(weights, self.given.dtype)
        bound, loops = check_weights(new, changed)
        bound, loops = self.bound + bound, self.loops or loops
        if bound >= limit_of(new):  # too coarse a bound: see what all weights together say
            everything = self.given.copy()
            everything[changed] = new
            bound, loops = check_path_weights(everything, of.tail, of.node_count)
        slots = of.slot_of[changed]
        above, work = customization.list_rows_above(slots, of.ends, of.nodes, of.work)
        whole = work > WORTH_UPDATING * of.work[-1]
        given = self.given if in_place else self.given.copy()
        weight = (
            self.weight if in_place else np.empty_like(self.weight) if whole else self.weight.copy()
        )
        given[changed] = new
        if whole:
            customization.place_weights(given, of.slot_of, weight)
            customization.customize(of.nodes, of.up_depth, of.down, weight)
        else:
            customization.recustomize(
                above,
                slots,
                given,
                of.first_arc,
                of.next_arc,
                of.nodes,
                of.ends,
                of.up_depth,
                of.down,
                weight,
            )
        if not in_place:
            return Metric(of, given, weight, bound, loops)
        object.__setattr__(self, "bound", bound)
        object.__setattr__(self, "loops", loops)
        return self

    def _sweep(self, node: int, direction: int) -> npt.NDArray[Any]:
        of = self.hierarchy
        self._check_nodes([index(node)])
        return queries.sweep(
            of.nodes, of.up_depth, of.rank, of.order, self.weight, direction, index(node)
        )

    def _sweep_many(self, nodes: npt.ArrayLike, direction: int) -> npt.NDArray[Any]:
        of, asked = self.hierarchy, self._check_nodes(nodes)
        distance = np.empty((len(asked), of.node_count), self.weight.dtype)
        held = np.empty((of.node_count if len(asked) else 0, LANES), self.weight.dtype)
        for lane in range(0, len(asked), LANES):
            lanes = slice(lane, lane + LANES)
            queries.sweep_lanes(
                of.nodes,
                of.up_depth,
                of.rank,
                self.weight,
                direction,
                asked[lanes],
                held,
                distance[lanes],
            )
        return distance

    def _check_nodes(self, nodes: npt.ArrayLike) -> Ints:
        return check_nodes(nodes, self.hierarchy.node_count)


@dataclass(frozen=True, eq=False, slots=True)
class Sweeps:
    """Distances between any node and each of a selection, in its order; made by `Metric.sweeps`,
    anew after an update in place.

    Raises
    ------
    InputError
        `unknown-node` as every question.

    >>> from corridors.hierarchy import build_hierarchy
    >>> street = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
    >>> street.customize(np.array([5.0, 7.0])).sweeps(street.select([2, 0])).distances_from(0)
    array([12.,  0.])
    """

    metric: Metric
    selection: Selection
    weight: Weights

    def distances_from(self, node: int) -> npt.NDArray[Any]:
        """The distance from a node to each."""
        return self._sweep(node, queries.UP)

    def distances_to(self, node: int) -> npt.NDArray[Any]:
        """The distance from each to a node."""
        return self._sweep(node, queries.DOWN)

    def _sweep(self, node: int, direction: int) -> npt.NDArray[Any]:
        of, among, node = self.metric.hierarchy, self.selection, index(node)
        if not 0 <= node < of.node_count:
            check_nodes([node], of.node_count)
        distance = np.empty(among.count, self.weight.dtype)
        above = (of.nodes, of.up_depth, of.rank, self.metric.weight)
        queries.sweep_rows(
            *above,
            direction,
            node,
            among.rows,
            among.depth,
            self.weight[1 - direction],
            among.depths,
            distance,
        )
        return distance


@dataclass(frozen=True, eq=False)
class MetricBatch:
    """Shortest ways under several sets of weights at once; made by `Hierarchy.customize_batch`.

    `given[k, arc]` is what was given. `weight[group, arc]` belongs to the arcs of the hierarchy:
    LANES weights upward and as many downward, those of the sets from `group * LANES` on. Asking is
    safe from any number of threads at once.
    """

    hierarchy: Hierarchy
    given: npt.NDArray[Any]
    weight: npt.NDArray[Any]
    bound: tuple[float, ...]
    loops: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.given)

    def distances(self, sources: npt.ArrayLike, targets: npt.ArrayLike) -> npt.NDArray[Any]:
        """The distance of each pair (columns: the first source to the first target, and so on)
        under each set of weights (rows).

        >>> from corridors.hierarchy import build_hierarchy
        >>> street = build_hierarchy([0, 1], [1, 2], 3, order=[0, 2, 1])
        >>> street.customize_batch(np.array([[5, 7], [50, 70]], np.uint32)).distances(
        ...     [0, 0], [1, 2]
        ... ).tolist()
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
                of.nodes, of.up_depth, of.rank, weight, starts, ends, distance[lanes]
            )
        return distance

    def metric(self, k: int) -> Metric:
        """One set of weights as a metric of its own."""
        if not 0 <= k < len(self):
            message = Message("problem.unknown_metric", number=k)
            hint = Message("hint.number_from_0", last=len(self) - 1)
            raise InputError(Problem("unknown-metric", message, hint))
        weight = np.ascontiguousarray(self.weight[k // LANES, :, k % LANES :: LANES])
        return Metric(self.hierarchy, self.given[k].copy(), weight, self.bound[k], self.loops[k])

    def give_up(self) -> Weights:
        """Its weights, to be written over; the batch holds no sets from then on."""
        weight = self.weight
        for name in ("given", "weight"):
            object.__setattr__(self, name, getattr(self, name)[:0])
        return weight


def check_nodes(nodes: npt.ArrayLike, node_count: int) -> Ints:
    """Nodes as an int32 array, each checked to be there."""
    asked = np.atleast_1d(np.asarray(nodes))
    if asked.size == 0:
        return np.empty(0, np.int32)
    if (
        asked.ndim != 1
        or asked.dtype.kind not in "iu"
        or not 0 <= int(asked.min()) <= int(asked.max()) < node_count
    ):
        message = Message("problem.unknown_node")
        hint = Message("hint.number_from_0", last=node_count - 1)
        raise InputError(Problem("unknown-node", message, hint))
    return np.ascontiguousarray(asked, dtype=np.int32)


def convert_weights(weight: npt.NDArray[Any], dtype: npt.DTypeLike) -> Weights:
    """Weights in the type of a metric, which must be able to hold them: whole numbers for uint32."""
    if weight.dtype == dtype:
        return np.ascontiguousarray(weight)
    whole = weight.dtype.kind in "iu" or not weight.size
    if not (whole or (weight.dtype.kind == "f" and dtype == np.float64)) or (weight < 0).any():
        message = Message(
            "problem.weights_do_not_fit_metric", type=str(weight.dtype), metric=str(dtype)
        )
        hint = Message("hint.give_weights_of_type", type=str(dtype))
        raise InputError(Problem("bad-weights", message, hint))
    return (
        np.minimum(weight.astype(np.uint64), CLOSED + 1).astype(dtype)
        if dtype == np.uint32
        else weight.astype(dtype)
    )


def limit_of(weight: npt.NDArray[Any]) -> float:
    """What the bound on paths must stay below."""
    return float(CLOSED) if weight.dtype == np.uint32 else float(np.inf)


def check_weights(weight: Weights, arcs: npt.NDArray[Any] | None = None) -> tuple[float, bool]:
    """What all usable weights add up to, and whether a loop may cost nothing; raises where one is
    no weight.

    `arcs` are the numbers to be named, where weights are not those of arc 0, 1, and so on.
    """
    valid, total, zero = customization.add_up(weight)
    if valid:
        return (
            total,
            zero or weight.dtype != np.uint32,
        )  # rounding may swallow a weight that is not nothing
    wrong = int(np.flatnonzero(~((weight >= 0) & (weight <= limit_of(weight))))[0])
    arc, value = int(wrong if arcs is None else arcs[wrong]), str(weight[wrong])
    if weight.dtype == np.uint32:
        message = Message("problem.weight_above_closed", arc=arc, limit=CLOSED)
        hint = Message("hint.use_coarser_unit")
        raise InputError(Problem("weights-too-large", message, hint, value=value))
    message, hint = Message("problem.not_a_weight", arc=arc), Message("hint.give_weights")
    raise InputError(Problem("bad-weights", message, hint, value=value))


def check_path_weights(weight: Weights, tail: Ints, node_count: int) -> tuple[float, bool]:
    """At least what any path without a loop costs, and whether a loop may cost nothing; raises as
    `Hierarchy.customize` does.
    """
    bound, loops = check_weights(weight)
    if bound >= limit_of(weight):
        bound = customization.add_up_dearest(weight, tail, node_count)
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
