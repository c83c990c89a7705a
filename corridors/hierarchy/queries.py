"""Queries: distances and paths over the customized hierarchy.

Nodes are identified by rank here, and ancestors by depth. Every shortest path goes up over arcs to
ever higher nodes until its top, and from there down over ever lower ones. So a query climbs the
elimination tree from both ends, and takes the common ancestor with the least sum of both climbs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from corridors.hierarchy.contraction import DEPTH, FIRST_DOWN, FIRST_UP, PARENT, UpwardGraph
from corridors.hierarchy.customization import LANES, Weights, closed_like
from corridors.hierarchy.neighbours import Ints, Unsigned, compiled

UP, DOWN = 0, 1
"""How an arc of the hierarchy is driven: the columns of `weight`."""
BLOCK = 1024
"""The most targets whose labels a matrix query holds at once."""


class Selection(NamedTuple):
    """Some nodes to which many distances are asked, and the rows above them in the hierarchy.

    It is made by `Hierarchy.select`. The rows are the nodes and all their ancestors, the highest
    first. A row of `rows` holds the rank, the depth, the position of the node in the selection (-1
    where it is not selected), and where its upward arcs begin in `arcs`; the last row only says
    where the arcs end. `depth` is the depth of the heads of `arcs`; all depths are below `depths`.
    """

    size: int
    rows: Ints
    arcs: Ints
    depth: Ints
    depths: int


@compiled
def relax(
    node: int, nodes: Unsigned, up_depth: Unsigned, weight: Weights, direction: int, label: Weights
) -> None:
    """Lower the labels of the higher neighbours of a node, by its own label."""
    number, so_far = weight.dtype.type, label[nodes[node, DEPTH]]
    for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
        label[up_depth[arc]] = min(label[up_depth[arc]], number(so_far + weight[arc, direction]))


@compiled
def find_distance(
    nodes: Unsigned, up_depth: Unsigned, rank: Unsigned, weight: Weights, source: int, target: int
) -> Any:
    """The distance between two nodes in the numbering of the caller.

    It takes arrays alone, because unpacking a named tuple would take as long as a short query.
    """
    number, closed = weight.dtype.type, closed_like(weight)
    start, end = rank[source], rank[target]
    forward = np.empty(nodes[start, DEPTH] + 1, weight.dtype)
    backward = np.empty(nodes[end, DEPTH] + 1, weight.dtype)
    forward[:], backward[:] = closed, closed
    forward[-1], backward[-1] = 0, 0
    while start != end:
        if start < end:
            if forward[nodes[start, DEPTH]] < closed:
                relax(start, nodes, up_depth, weight, UP, forward)
            start = nodes[start, PARENT]
        else:
            if backward[nodes[end, DEPTH]] < closed:
                relax(end, nodes, up_depth, weight, DOWN, backward)
            end = nodes[end, PARENT]
    best = closed
    while start < len(nodes) - 1:
        depth = nodes[start, DEPTH]
        best = min(best, number(forward[depth] + backward[depth]))
        if forward[depth] < best:
            relax(start, nodes, up_depth, weight, UP, forward)
        if backward[depth] < best:
            relax(start, nodes, up_depth, weight, DOWN, backward)
        start = nodes[start, PARENT]
    return best


@compiled
def find_path(  # noqa: PLR0913 - as `find_distance`, it takes arrays alone
    nodes: Unsigned,
    up_depth: Unsigned,
    rank: Unsigned,
    weight: Weights,
    ends: Unsigned,
    down: Unsigned,
    first_arc: Ints,
    next_arc: Ints,
    given: Weights,
    steps: Ints,
    span: Ints,
    source: int,
    target: int,
) -> tuple[bool, Ints]:
    """Whether there is a path, and its input arcs in driving order."""
    graph = UpwardGraph(nodes, ends, up_depth, down)
    waiting, size = find_slots(graph, weight, rank[source], rank[target])
    if size < 0:
        return False, np.empty(0, np.int32)
    path, length = np.empty(256, np.int32), 0
    while size > 0:
        size -= 1
        slot = waiting[size]
        begin, end = span[slot >> 1, slot & 1], span[slot >> 1, 1 - (slot & 1)]
        if length + abs(end - begin) + 1 > len(path):
            path = np.concatenate((path, np.empty(length + abs(end - begin), np.int32)))
        if begin >= 0:  # along a chain, where there is only one path
            for step in range(abs(end - begin)):
                driven = steps[0, begin + step] if begin < end else steps[1, begin - 1 - step]
                if driven < 0:
                    driven = find_cheapest(first_arc[-2 - driven], next_arc, given)
                path[length] = driven
                length += 1
            continue
        cost = weight[slot >> 1, slot & 1]
        driven = first_arc[slot]
        while driven >= 0 and given[driven] != cost:
            driven = next_arc[driven]
        if driven >= 0:
            path[length] = driven
            length += 1
            continue
        if size + 2 > len(waiting):
            waiting = np.concatenate((waiting, np.empty(size, np.int32)))
        waiting[size], waiting[size + 1] = split_slot(slot, cost, graph, weight)
        size += 2
    return True, path[:length].copy()


@compiled
def find_slots(graph: UpwardGraph, weight: Weights, start: int, end: int) -> tuple[Ints, int]:
    """The slots of a shortest path between two ranks, the first slot last, and their number.

    The number is -1 where there is no path. The array has room for more.
    """
    nodes, ends = graph.nodes, graph.ends
    top, up_arc, down_arc = climb_both(graph, weight, start, end)
    waiting, size = np.empty(len(up_arc) + len(down_arc) + 64, np.int32), 0
    if top < 0:
        return waiting, -1
    depth = nodes[top, DEPTH]
    while down_arc[depth] >= 0:
        waiting[size] = 2 * down_arc[depth] + DOWN
        size += 1
        depth = nodes[ends[down_arc[depth], 0], DEPTH]
    waiting[:size] = waiting[:size][::-1].copy()
    depth = nodes[top, DEPTH]
    while up_arc[depth] >= 0:
        waiting[size] = 2 * up_arc[depth] + UP
        size += 1
        depth = nodes[ends[up_arc[depth], 0], DEPTH]
    return waiting, size


@compiled
def climb_both(graph: UpwardGraph, weight: Weights, start: int, end: int) -> tuple[int, Ints, Ints]:
    """The top of a shortest path (-1 where there is none), and the last arc to each ancestor.

    The arcs are by depth, of the climb from the start and of the climb from the end.
    """
    nodes, number, closed = graph.nodes, weight.dtype.type, closed_like(weight)
    forward = np.empty(nodes[start, DEPTH] + 1, weight.dtype)
    backward = np.empty(nodes[end, DEPTH] + 1, weight.dtype)
    up_arc, down_arc = np.empty(len(forward), np.int32), np.empty(len(backward), np.int32)
    forward[:], backward[:] = closed, closed
    forward[-1], backward[-1], up_arc[-1], down_arc[-1] = 0, 0, -1, -1
    best, top, meeting = closed, -1, False
    while start < len(nodes) - 1 or end < len(nodes) - 1:
        meeting |= start == end
        if start <= end:
            so_far = forward[nodes[start, DEPTH]]
            if meeting and number(so_far + backward[nodes[start, DEPTH]]) < best:
                best, top = number(so_far + backward[nodes[start, DEPTH]]), start
            if so_far < best:
                relax_with_arcs(start, graph, weight, UP, forward, up_arc)
        if end <= start and backward[nodes[end, DEPTH]] < best:
            relax_with_arcs(end, graph, weight, DOWN, backward, down_arc)
        if meeting:
            start = end = nodes[start, PARENT]
        elif start < end:
            start = nodes[start, PARENT]
        else:
            end = nodes[end, PARENT]
    return top, up_arc, down_arc


@compiled
def relax_with_arcs(
    node: int, graph: UpwardGraph, weight: Weights, direction: int, label: Weights, last_arc: Ints
) -> None:
    """As `relax`, and keep the arc that gave each label."""
    nodes, up_depth = graph.nodes, graph.up_depth
    number, so_far = weight.dtype.type, label[nodes[node, DEPTH]]
    for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
        cost = number(so_far + weight[arc, direction])
        if cost < label[up_depth[arc]]:
            label[up_depth[arc]], last_arc[up_depth[arc]] = cost, arc


@compiled
def find_cheapest(arc: int, next_arc: Ints, given: Weights) -> int:
    """The cheapest of the parallel input arcs from this one on, the first where several are."""
    cheapest = arc
    while arc >= 0:
        if given[arc] < given[cheapest]:
            cheapest = arc
        arc = next_arc[arc]
    return cheapest


@compiled
def split_slot(slot: int, cost: Any, graph: UpwardGraph, weight: Weights) -> tuple[int, int]:
    """The two slots of the lower triangle that an arc stands for, the later one first."""
    nodes, up_depth, down = graph.nodes, graph.up_depth, graph.down
    number = weight.dtype.type
    tail, upward = graph.ends[slot >> 1, 0], slot & 1 == UP
    depth = up_depth[slot >> 1]
    for place in range(nodes[tail, FIRST_DOWN], nodes[tail + 1, FIRST_DOWN]):
        to_tail = down[place, 0]
        part = weight[to_tail, DOWN if upward else UP]
        if part > cost:
            continue
        low, high = to_tail + 1, np.int64(down[place, 1])  # depths fall along a row
        while low < high:
            middle = (low + high) >> 1
            if up_depth[middle] > depth:
                low = middle + 1
            else:
                high = middle
        if (
            low < down[place, 1]
            and up_depth[low] == depth
            and number(part + weight[low, UP if upward else DOWN]) == cost
        ):
            if upward:
                return 2 * low + UP, 2 * to_tail + DOWN
            return 2 * to_tail + UP, 2 * low + DOWN
    raise RuntimeError("the weights of the hierarchy do not fit together")


@compiled
def cut_loops(path: Ints, tail: Ints, head: Ints) -> Ints:
    """The path without loops, which arcs of weight 0 allow.

    From each node it continues where the path leaves this node for the last time.
    """
    mask = 1
    while mask < 2 * len(path):
        mask *= 2
    mask -= 1
    last = np.full(mask + 1, -1, np.int64)  # the last arc that leaves each node, by a hash of it
    for at in range(len(path)):
        place = (np.int64(tail[path[at]]) * 2654435761) & mask
        while last[place] >= 0 and tail[path[last[place]]] != tail[path[at]]:
            place = (place + 1) & mask
        last[place] = at
    kept, length, at = np.empty(len(path), np.int32), 0, 0
    while at < len(path):
        place = (np.int64(tail[path[at]]) * 2654435761) & mask
        while tail[path[last[place]]] != tail[path[at]]:
            place = (place + 1) & mask
        kept[length] = path[last[place]]
        length += 1
        at = len(path) if head[path[last[place]]] == head[path[-1]] else last[place] + 1
    return kept[:length].copy()


@compiled
def climb(graph: UpwardGraph, weight: Weights, direction: int, node: int, label: Weights) -> None:
    """Set the label of each ancestor of a node: the cost to it (UP) or from it (DOWN), by depth."""
    nodes, up_depth, closed = graph.nodes, graph.up_depth, closed_like(weight)
    label[:] = closed
    label[nodes[node, DEPTH]] = 0
    while node < len(nodes) - 1:
        if label[nodes[node, DEPTH]] < closed:
            relax(node, nodes, up_depth, weight, direction, label)
        node = nodes[node, PARENT]


@compiled
def climb_to_root(
    graph: UpwardGraph, weight: Weights, direction: int, node: int
) -> tuple[Weights, Ints]:
    """The labels of `climb`, and the ancestors of a node (it is the last of them), by depth."""
    nodes = graph.nodes
    depths = nodes[node, DEPTH] + 1
    label, ancestor = np.empty(depths, weight.dtype), np.empty(depths, np.int32)
    climb(graph, weight, direction, node, label)
    while node < len(nodes) - 1:
        ancestor[nodes[node, DEPTH]] = node
        node = nodes[node, PARENT]
    return label, ancestor


@compiled
def sweep(
    graph: UpwardGraph, rank: Unsigned, order: Ints, weight: Weights, direction: int, source: int
) -> Weights:
    """The distance from one node to each (direction UP), or from each to it (DOWN)."""
    nodes, up_depth = graph.nodes, graph.up_depth
    number, closed, node_count = weight.dtype.type, closed_like(weight), len(nodes) - 1
    distance = np.empty(node_count, weight.dtype)
    by_depth = np.empty(nodes[:, DEPTH].max() + 1, weight.dtype)
    climbed, ancestor = climb_to_root(graph, weight, direction, rank[source])
    onward = 0
    for node in range(node_count - 1, -1, -1):
        least = closed
        if onward < len(ancestor) and node == ancestor[onward]:
            least = climbed[onward]
            onward += 1
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            least = min(least, number(by_depth[up_depth[arc]] + weight[arc, 1 - direction]))
        by_depth[nodes[node, DEPTH]] = least
        distance[order[node]] = least
    return distance


@compiled
def select_rows(graph: UpwardGraph, ranks: Unsigned) -> Selection:
    """The selection of some nodes, by rank."""
    nodes, up_depth = graph.nodes, graph.up_depth
    node_count = len(nodes) - 1
    place, found, size = np.full(node_count, -2, np.int32), 0, 0
    for rank in ranks:
        node = rank
        while node < node_count and place[node] == -2:
            place[node] = -1
            found, size = found + 1, size + nodes[node + 1, FIRST_UP] - nodes[node, FIRST_UP]
            node = nodes[node, PARENT]
    for at in range(len(ranks)):
        place[ranks[at]] = at
    rows, arcs = np.zeros((found + 1, 4), np.int32), np.empty(size, np.int32)
    depth, depths, found, size = np.empty(size, np.int32), 0, 0, 0
    for node in range(node_count - 1, -1, -1):
        if place[node] > -2:
            rows[found, 0], rows[found, 1] = node, nodes[node, DEPTH]
            rows[found, 2], rows[found, 3] = place[node], size
            depths = max(depths, nodes[node, DEPTH])
            for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
                arcs[size], depth[size], size = arc, up_depth[arc], size + 1
            found += 1
    rows[found, 3] = size
    return Selection(len(ranks), rows, arcs, depth, depths + 1)


@compiled
def sweep_rows(
    graph: UpwardGraph,
    rank: Unsigned,
    weight: Weights,
    direction: int,
    source: int,
    selection: Selection,
    against: Weights,
    distance: Weights,
) -> None:
    """As `sweep`, for the nodes of a selection only.

    `against` are the weights of the arcs of the selection, in the other direction.
    """
    rows, depth = selection.rows, selection.depth
    number, closed = weight.dtype.type, closed_like(weight)
    by_depth = np.empty(selection.depths, weight.dtype)
    climbed, ancestor = climb_to_root(graph, weight, direction, rank[source])
    onward = 0
    for at in range(len(rows) - 1):
        least = closed
        if onward < len(ancestor) and rows[at, 0] == ancestor[onward]:
            least = climbed[onward]
            onward += 1
        for arc in range(rows[at, 3], rows[at + 1, 3]):
            least = min(least, number(by_depth[depth[arc]] + against[arc]))
        by_depth[rows[at, 1]] = least
        if rows[at, 2] >= 0:
            distance[rows[at, 2]] = least


@compiled
def sweep_lanes(
    graph: UpwardGraph,
    rank: Unsigned,
    weight: Weights,
    direction: int,
    sources: Ints,
    held: Weights,
    distance: Weights,
) -> None:
    """As `sweep`, for up to LANES nodes at once: `distance[lane, node]`.

    `held` is an array for one value a rank and lane.
    """
    nodes, up_depth = graph.nodes, graph.up_depth
    number, closed, node_count = weight.dtype.type, closed_like(weight), len(nodes) - 1
    by_depth = np.empty((nodes[:, DEPTH].max() + 1, LANES), weight.dtype)
    held[:] = closed
    for lane in range(len(sources)):
        climbed, ancestor = climb_to_root(graph, weight, direction, rank[sources[lane]])
        for depth in range(len(ancestor)):
            held[ancestor[depth], lane] = climbed[depth]
    for node in range(node_count - 1, -1, -1):
        least = by_depth[nodes[node, DEPTH]]
        for lane in range(LANES):
            least[lane] = held[node, lane]
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            before, further = by_depth[up_depth[arc]], weight[arc, 1 - direction]
            for lane in range(LANES):
                least[lane] = min(least[lane], number(before[lane] + further))
        for lane in range(LANES):
            held[node, lane] = least[lane]
    for node in range(node_count):
        for lane in range(len(sources)):
            distance[lane, node] = held[rank[node], lane]


@compiled
def count_common(nodes: Unsigned, one: int, other: int) -> int:
    """The number of ancestors that two nodes have in common, themselves included."""
    while one != other:
        if one < other:
            one = nodes[one, PARENT]
        else:
            other = nodes[other, PARENT]
    return nodes[one, DEPTH] + 1 if one < len(nodes) - 1 else 0


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def join(forward: Weights, backward: Weights, common: int, closed: Any) -> Any:
    """The least sum of two labels over the first `common` depths."""
    number, least = forward.dtype.type, closed
    for depth in range(common):
        least = min(least, number(forward[depth] + backward[depth]))
    return least


@compiled
def fill_matrix(
    graph: UpwardGraph,
    weight: Weights,
    sources: Unsigned,
    targets: Unsigned,
    row_of: Ints,
    column_of: Ints,
    matrix: Weights,
) -> None:
    """The distances between ranks, each list ascending, in the rows and columns of the caller.

    In postorder, all nodes between two others have the ancestors that these two have in common. So
    common ancestors are counted for neighbours in the list only, and the least count is kept.
    """
    nodes = graph.nodes
    closed, depths, node_count = closed_like(weight), nodes[:, DEPTH].max() + 1, len(nodes) - 1
    forward = np.empty(depths, weight.dtype)
    backward = np.empty((min(BLOCK, len(targets)), depths), weight.dtype)
    shared = np.empty(len(targets), np.int64)
    for column in range(1, len(targets)):
        shared[column] = count_common(nodes, targets[column - 1], targets[column])
    for block in range(0, len(targets), BLOCK):
        stop = min(block + BLOCK, len(targets))
        for column in range(block, stop):
            climb(graph, weight, DOWN, targets[column], backward[column - block])
        middle = block
        for row in range(len(sources)):
            climb(graph, weight, UP, sources[row], forward)
            while middle < stop and targets[middle] < sources[row]:
                middle += 1
            common = node_count
            for column in range(middle, stop):
                common = (
                    min(common, shared[column])
                    if column > middle
                    else count_common(nodes, sources[row], targets[column])
                )
                matrix[row_of[row], column_of[column]] = join(
                    forward, backward[column - block], common, closed
                )
            for column in range(middle - 1, block - 1, -1):
                common = (
                    min(common, shared[column + 1])
                    if column < middle - 1
                    else count_common(nodes, sources[row], targets[column])
                )
                matrix[row_of[row], column_of[column]] = join(
                    forward, backward[column - block], common, closed
                )


@compiled
def find_distances_in_lanes(
    graph: UpwardGraph,
    rank: Unsigned,
    weight: Weights,
    sources: Ints,
    targets: Ints,
    distance: Weights,
) -> None:
    """The distance of each pair under up to LANES weight sets: `distance[lane, pair]`.

    `weight` is that of `customize_lanes`.
    """
    nodes = graph.nodes
    number, closed, depths = weight.dtype.type, closed_like(weight), nodes[:, DEPTH].max() + 1
    forward, backward = (
        np.empty((depths, LANES), weight.dtype),
        np.empty((depths, LANES), weight.dtype),
    )
    best, so_far = np.empty(LANES, weight.dtype), np.empty(LANES, weight.dtype)
    for pair in range(len(sources)):
        start, end = rank[sources[pair]], rank[targets[pair]]
        forward[: nodes[start, DEPTH] + 1] = closed
        backward[: nodes[end, DEPTH] + 1] = closed
        best[:] = closed
        forward[nodes[start, DEPTH]], backward[nodes[end, DEPTH]] = 0, 0
        while start < len(nodes) - 1 or end < len(nodes) - 1:
            lower, higher = start, end
            if lower == higher:
                depth = nodes[lower, DEPTH]
                for lane in range(LANES):
                    best[lane] = min(
                        best[lane], number(forward[depth, lane] + backward[depth, lane])
                    )
            if lower <= higher:
                relax_lanes(lower, graph, weight, 0, forward, best, so_far)
                start = nodes[lower, PARENT]
            if higher <= lower:
                relax_lanes(higher, graph, weight, LANES, backward, best, so_far)
                end = nodes[higher, PARENT]
        for lane in range(len(distance)):
            distance[lane, pair] = best[lane]


@compiled
def relax_lanes(
    node: int,
    graph: UpwardGraph,
    weight: Weights,
    first: int,
    label: Weights,
    best: Weights,
    so_far: Weights,
) -> None:
    """As `relax`, for all lanes, where a lane can still come below `best`."""
    nodes, up_depth = graph.nodes, graph.up_depth
    number, worth, depth = weight.dtype.type, False, nodes[node, DEPTH]
    for lane in range(LANES):
        so_far[lane] = label[depth, lane]
        worth |= so_far[lane] < best[lane]
    if worth:
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            depth = up_depth[arc]
            for lane in range(LANES):
                label[depth, lane] = min(
                    label[depth, lane], number(so_far[lane] + weight[arc, first + lane])
                )
