"""Queries: distances and paths over the customized hierarchy. Nodes are told by rank here, and
depth names an ancestor.

Every shortest way goes up and then down: over arcs to ever higher nodes until its top, and from
there over ever lower ones. So it is found by climbing the elimination tree from both ends, and
looking at which common ancestor the two climbs cost least.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from corridors.hierarchy.contraction import DEPTH, FIRST_DOWN, FIRST_UP, PARENT
from corridors.hierarchy.customization import LANES, Weights, closed_like
from corridors.hierarchy.neighbours import Ints, Unsigned

UP, DOWN = 0, 1
"""How an arc of the hierarchy is driven: the columns of `weight`."""
BLOCK = 1024
"""Sources, and targets, whose labels a matrix holds at once."""


@numba.njit(cache=True, nogil=True)
def find_distance(
    nodes: Unsigned, up_depth: Unsigned, rank: Unsigned, weight: Weights, source: int, target: int
) -> Any:
    """The distance between two nodes in the numbering of the caller."""
    number, closed = weight.dtype.type, closed_like(weight)
    below, beyond = rank[source], rank[target]
    out, back = (
        np.empty(nodes[below, DEPTH] + 1, weight.dtype),
        np.empty(nodes[beyond, DEPTH] + 1, weight.dtype),
    )
    out[:], back[:] = closed, closed
    out[-1], back[-1] = 0, 0
    while below != beyond:
        if below < beyond:
            so_far = out[nodes[below, DEPTH]]
            if so_far < closed:
                for arc in range(nodes[below, FIRST_UP], nodes[below + 1, FIRST_UP]):
                    out[up_depth[arc]] = min(out[up_depth[arc]], number(so_far + weight[arc, UP]))
            below = nodes[below, PARENT]
        else:
            so_far = back[nodes[beyond, DEPTH]]
            if so_far < closed:
                for arc in range(nodes[beyond, FIRST_UP], nodes[beyond + 1, FIRST_UP]):
                    back[up_depth[arc]] = min(
                        back[up_depth[arc]], number(so_far + weight[arc, DOWN])
                    )
            beyond = nodes[beyond, PARENT]
    best = closed
    while below < len(nodes) - 1:
        depth = nodes[below, DEPTH]
        from_source, to_target = out[depth], back[depth]
        best = min(best, number(from_source + to_target))
        if from_source < best:
            for arc in range(nodes[below, FIRST_UP], nodes[below + 1, FIRST_UP]):
                out[up_depth[arc]] = min(out[up_depth[arc]], number(from_source + weight[arc, UP]))
        if to_target < best:
            for arc in range(nodes[below, FIRST_UP], nodes[below + 1, FIRST_UP]):
                back[up_depth[arc]] = min(
                    back[up_depth[arc]], number(to_target + weight[arc, DOWN])
                )
        below = nodes[below, PARENT]
    return best


@numba.njit(cache=True, nogil=True)
def find_path(
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
    """Whether there is a way, and its input arcs in driving order."""
    number, closed = weight.dtype.type, closed_like(weight)
    below, beyond = rank[source], rank[target]
    out, back = (
        np.empty(nodes[below, DEPTH] + 1, weight.dtype),
        np.empty(nodes[beyond, DEPTH] + 1, weight.dtype),
    )
    out_arc, back_arc = np.empty(len(out), np.int32), np.empty(len(back), np.int32)
    out[:], back[:] = closed, closed
    out[-1], back[-1], out_arc[-1], back_arc[-1] = 0, 0, -1, -1
    best, top, meeting = closed, -1, False
    while below < len(nodes) - 1 or beyond < len(nodes) - 1:
        meeting |= below == beyond
        if below <= beyond:
            so_far = out[nodes[below, DEPTH]]
            if meeting and number(so_far + back[nodes[below, DEPTH]]) < best:
                best, top = number(so_far + back[nodes[below, DEPTH]]), below
            if so_far < best:
                for arc in range(nodes[below, FIRST_UP], nodes[below + 1, FIRST_UP]):
                    if number(so_far + weight[arc, UP]) < out[up_depth[arc]]:
                        out[up_depth[arc]], out_arc[up_depth[arc]] = (
                            number(so_far + weight[arc, UP]),
                            arc,
                        )
        if beyond <= below:
            so_far = back[nodes[beyond, DEPTH]]
            if so_far < best:
                for arc in range(nodes[beyond, FIRST_UP], nodes[beyond + 1, FIRST_UP]):
                    if number(so_far + weight[arc, DOWN]) < back[up_depth[arc]]:
                        back[up_depth[arc]], back_arc[up_depth[arc]] = (
                            number(so_far + weight[arc, DOWN]),
                            arc,
                        )
        if meeting:
            below = beyond = nodes[below, PARENT]
        elif below < beyond:
            below = nodes[below, PARENT]
        else:
            beyond = nodes[beyond, PARENT]
    if top < 0:
        return False, np.empty(0, np.int32)
    # Slots still to be driven, the next one last: first the way down, which lies beyond the top.
    waiting, size = np.empty(len(out) + len(back) + 64, np.int32), 0
    depth = nodes[top, DEPTH]
    while back_arc[depth] >= 0:
        waiting[size] = 2 * back_arc[depth] + DOWN
        size += 1
        depth = nodes[ends[back_arc[depth], 0], DEPTH]
    waiting[:size] = waiting[:size][::-1].copy()
    depth = nodes[top, DEPTH]
    while out_arc[depth] >= 0:
        waiting[size] = 2 * out_arc[depth] + UP
        size += 1
        depth = nodes[ends[out_arc[depth], 0], DEPTH]
    path, length = np.empty(256, np.int32), 0
    while size > 0:
        size -= 1
        slot = waiting[size]
        begin, end = span[slot >> 1, slot & 1], span[slot >> 1, 1 - (slot & 1)]
        if length + abs(end - begin) + 1 > len(path):
            path = np.concatenate((path, np.empty(length + abs(end - begin), np.int32)))
        if begin >= 0:  # along a chain, where there is one way only
            length = drive_chain(begin, end, steps, first_arc, next_arc, given, path, length)
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
        waiting[size], waiting[size + 1] = split_slot(
            slot, cost, nodes, ends, up_depth, down, weight
        )
        size += 2
    return True, path[:length].copy()


@numba.njit(cache=True, nogil=True)
def drive_chain(
    begin: int,
    end: int,
    steps: Ints,
    first_arc: Ints,
    next_arc: Ints,
    given: Weights,
    path: Ints,
    length: int,
) -> int:
    """The path with the input arcs from one place of a chain to another, the cheapest of parallel
    ones; and its length.
    """
    for step in range(abs(end - begin)):
        driven = steps[0, begin + step] if begin < end else steps[1, begin - 1 - step]
        if driven < 0:
            parallel = first_arc[-2 - driven]
            driven = parallel
            while parallel >= 0:
                if given[parallel] < given[driven]:
                    driven = parallel
                parallel = next_arc[parallel]
        path[length] = driven
        length += 1
    return length


@numba.njit(cache=True, nogil=True)
def split_slot(
    slot: int,
    cost: Any,
    nodes: Unsigned,
    ends: Unsigned,
    up_depth: Unsigned,
    down: Unsigned,
    weight: Weights,
) -> tuple[int, int]:
    """The two slots of the lower triangle over which an arc goes: (the later, the earlier one)."""
    number = weight.dtype.type
    tail, upward = ends[slot >> 1, 0], slot & 1 == UP
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


@numba.njit(cache=True, nogil=True)
def cut_loops(path: Ints, tail: Ints, head: Ints) -> Ints:
    """The path without the loops that a weight of nothing lets it drive: from each node on as it
    was last left.
    """
    mask = 1
    while mask < 2 * len(path):
        mask *= 2
    mask -= 1
    last = np.full(mask + 1, -1, np.int64)  # where each node was last left, by a hash of its number
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


@numba.njit(cache=True, nogil=True)
def climb(
    nodes: Unsigned, up_depth: Unsigned, weight: Weights, direction: int, node: int, label: Weights
) -> None:
    """What it costs to each ancestor of a node (UP), or from each to it (DOWN), by depth."""
    number, closed = weight.dtype.type, closed_like(weight)
    label[:] = closed
    label[nodes[node, DEPTH]] = 0
    while node < len(nodes) - 1:
        so_far = label[nodes[node, DEPTH]]
        if so_far < closed:
            for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
                label[up_depth[arc]] = min(
                    label[up_depth[arc]], number(so_far + weight[arc, direction])
                )
        node = nodes[node, PARENT]


@numba.njit(cache=True, nogil=True)
def sweep(
    nodes: Unsigned,
    up_depth: Unsigned,
    rank: Unsigned,
    order: Ints,
    weight: Weights,
    direction: int,
    source: int,
) -> Weights:
    """The distance from one node to each (direction UP), or from each to it (DOWN)."""
    number, closed, node_count = weight.dtype.type, closed_like(weight), len(nodes) - 1
    distance, known = (
        np.empty(node_count, weight.dtype),
        np.empty(nodes[:, DEPTH].max() + 1, weight.dtype),
    )
    node = rank[source]
    climbed, ancestor = (
        np.empty(nodes[node, DEPTH] + 1, weight.dtype),
        np.empty(nodes[node, DEPTH] + 1, np.int32),
    )
    climb(nodes, up_depth, weight, direction, node, climbed)
    while node < node_count:
        ancestor[nodes[node, DEPTH]] = node
        node = nodes[node, PARENT]
    onward = 0
    for node in range(node_count - 1, -1, -1):
        least = closed
        if onward < len(ancestor) and node == ancestor[onward]:
            least = climbed[onward]
            onward += 1
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            least = min(least, number(known[up_depth[arc]] + weight[arc, 1 - direction]))
        known[nodes[node, DEPTH]] = least
        distance[order[node]] = least
    return distance


@numba.njit(cache=True, nogil=True)
def select_rows(nodes: Unsigned, up_depth: Unsigned, ranks: Unsigned) -> tuple[Ints, Ints, Ints]:
    """What `sweep_rows` looks at to find the distances of some nodes: they and all their ancestors,
    the highest first: (rows, arcs, depth).

    A row holds the rank, the depth, the place of the node in the list given (-1 for one that is not
    there), and where its upward arcs begin in `arcs`; `depth` is the depth of their heads. The last
    row only says where the arcs end.
    """
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
    found, size = 0, 0
    for node in range(node_count - 1, -1, -1):
        if place[node] > -2:
            rows[found, 0], rows[found, 1], rows[found, 2], rows[found, 3] = (
                node,
                nodes[node, DEPTH],
                place[node],
                size,
            )
            for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
                arcs[size], size = arc, size + 1
            found += 1
    rows[found, 3] = size
    depth = np.empty(size, np.int32)
    for at in range(size):
        depth[at] = up_depth[arcs[at]]
    return rows, arcs, depth


@numba.njit(cache=True, nogil=True)
def sweep_rows(
    nodes: Unsigned,
    up_depth: Unsigned,
    rank: Unsigned,
    weight: Weights,
    direction: int,
    source: int,
    rows: Ints,
    depth: Ints,
    against: Weights,
    depths: int,
    distance: Weights,
) -> None:
    """As `sweep`, where only the nodes given to `select_rows` are asked for; none of the rows is as
    deep as `depths`.

    `against` are the weights of the arcs of these rows, in the other direction.
    """
    number, closed, node_count = weight.dtype.type, closed_like(weight), len(nodes) - 1
    known, node = np.empty(depths, weight.dtype), rank[source]
    climbed, ancestor = (
        np.empty(nodes[node, DEPTH] + 1, weight.dtype),
        np.empty(nodes[node, DEPTH] + 1, np.int32),
    )
    climb(nodes, up_depth, weight, direction, node, climbed)
    while node < node_count:
        ancestor[nodes[node, DEPTH]] = node
        node = nodes[node, PARENT]
    onward = 0
    for at in range(len(rows) - 1):
        least = closed
        if onward < len(ancestor) and rows[at, 0] == ancestor[onward]:
            least = climbed[onward]
            onward += 1
        for arc in range(rows[at, 3], rows[at + 1, 3]):
            least = min(least, number(known[depth[arc]] + against[arc]))
        known[rows[at, 1]] = least
        if rows[at, 2] >= 0:
            distance[rows[at, 2]] = least


@numba.njit(cache=True, nogil=True)
def sweep_lanes(
    nodes: Unsigned,
    up_depth: Unsigned,
    rank: Unsigned,
    weight: Weights,
    direction: int,
    sources: Ints,
    held: Weights,
    distance: Weights,
) -> None:
    """As `sweep`, for up to LANES nodes at once: `distance[lane, node]`.

    `held` is room for one value a rank and lane.
    """
    number, closed, node_count = weight.dtype.type, closed_like(weight), len(nodes) - 1
    known, climbed = (
        np.empty((nodes[:, DEPTH].max() + 1, LANES), weight.dtype),
        np.empty(nodes[:, DEPTH].max() + 1, weight.dtype),
    )
    held[:] = closed
    for lane in range(len(sources)):
        node = rank[sources[lane]]
        climb(nodes, up_depth, weight, direction, node, climbed)
        while node < node_count:
            held[node, lane] = climbed[nodes[node, DEPTH]]
            node = nodes[node, PARENT]
    for node in range(node_count - 1, -1, -1):
        least = known[nodes[node, DEPTH]]
        for lane in range(LANES):
            least[lane] = held[node, lane]
        for arc in range(nodes[node, FIRST_UP], nodes[node + 1, FIRST_UP]):
            before, further = known[up_depth[arc]], weight[arc, 1 - direction]
            for lane in range(LANES):
                least[lane] = min(least[lane], number(before[lane] + further))
        for lane in range(LANES):
            held[node, lane] = least[lane]
    for node in range(node_count):
        for lane in range(len(sources)):
            distance[lane, node] = held[rank[node], lane]


@numba.njit(cache=True, nogil=True)
def count_common(nodes: Unsigned, one: int, other: int) -> int:
    """How many ancestors two nodes have in common, themselves included."""
    while one != other:
        if one < other:
            one = nodes[one, PARENT]
        else:
            other = nodes[other, PARENT]
    return nodes[one, DEPTH] + 1 if one < len(nodes) - 1 else 0


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def join(out: Weights, back: Weights, common: int, closed: Any) -> Any:
    """The least sum of two labels over the first `common` depths."""
    number, least = out.dtype.type, closed
    for depth in range(common):
        least = min(least, number(out[depth] + back[depth]))
    return least


@numba.njit(cache=True, nogil=True)
def fill_matrix(
    nodes: Unsigned,
    up_depth: Unsigned,
    weight: Weights,
    sources: Unsigned,
    targets: Unsigned,
    row_of: Ints,
    column_of: Ints,
    matrix: Weights,
) -> None:
    """The distances between ranks, each list ascending; into rows and columns as the caller has
    them.

    In postorder the ancestors that two nodes have in common are those that all nodes between them
    have, too: so they are counted for neighbours in the list only, and the least count is carried
    along.
    """
    closed, depths, node_count = closed_like(weight), nodes[:, DEPTH].max() + 1, len(nodes) - 1
    out, back = (
        np.empty(depths, weight.dtype),
        np.empty((min(BLOCK, len(targets)), depths), weight.dtype),
    )
    shared = np.empty(len(targets), np.int64)
    for column in range(1, len(targets)):
        shared[column] = count_common(nodes, targets[column - 1], targets[column])
    for block in range(0, len(targets), BLOCK):
        stop = min(block + BLOCK, len(targets))
        for column in range(block, stop):
            climb(nodes, up_depth, weight, DOWN, targets[column], back[column - block])
        middle = block
        for row in range(len(sources)):
            climb(nodes, up_depth, weight, UP, sources[row], out)
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
                    out, back[column - block], common, closed
                )
            for column in range(middle - 1, block - 1, -1):
                common = (
                    min(common, shared[column + 1])
                    if column < middle - 1
                    else count_common(nodes, sources[row], targets[column])
                )
                matrix[row_of[row], column_of[column]] = join(
                    out, back[column - block], common, closed
                )


@numba.njit(cache=True, nogil=True)
def find_distances_in_lanes(
    nodes: Unsigned,
    up_depth: Unsigned,
    rank: Unsigned,
    weight: Weights,
    sources: Ints,
    targets: Ints,
    distance: Weights,
) -> None:
    """The distance of each pair under each of up to LANES weight sets: `distance[lane, pair]`;

    `weight` as of `customize_lanes`.
    """
    number, closed, depths = weight.dtype.type, closed_like(weight), nodes[:, DEPTH].max() + 1
    out, back = np.empty((depths, LANES), weight.dtype), np.empty((depths, LANES), weight.dtype)
    best, so_far = np.empty(LANES, weight.dtype), np.empty(LANES, weight.dtype)
    for pair in range(len(sources)):
        below, beyond = rank[sources[pair]], rank[targets[pair]]
        out[: nodes[below, DEPTH] + 1], back[: nodes[beyond, DEPTH] + 1], best[:] = (
            closed,
            closed,
            closed,
        )
        out[nodes[below, DEPTH]], back[nodes[beyond, DEPTH]] = 0, 0
        while below < len(nodes) - 1 or beyond < len(nodes) - 1:
            lower, higher = below, beyond
            if lower == higher:
                depth = nodes[lower, DEPTH]
                for lane in range(LANES):
                    best[lane] = min(best[lane], number(out[depth, lane] + back[depth, lane]))
            if lower <= higher:
                relax_lanes(lower, nodes, up_depth, weight, 0, out, best, so_far)
                below = nodes[lower, PARENT]
            if higher <= lower:
                relax_lanes(higher, nodes, up_depth, weight, LANES, back, best, so_far)
                beyond = nodes[higher, PARENT]
        for lane in range(len(distance)):
            distance[lane, pair] = best[lane]


@numba.njit(cache=True, nogil=True)
def relax_lanes(
    node: int,
    nodes: Unsigned,
    up_depth: Unsigned,
    weight: Weights,
    first: int,
    label: Weights,
    best: Weights,
    so_far: Weights,
) -> None:
    """The labels of the higher neighbours of a node, by its own, where a lane may still come to
    less than `best`.
    """
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
