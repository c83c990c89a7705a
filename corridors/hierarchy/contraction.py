"""Contraction: the arcs of the hierarchy, and the input arcs they stand for. No weights yet.

Contracting a node joins all its higher neighbours with each other, so that a path over it exists
without it. This is done from the lowest node to the highest, and gives each node its upward arcs.
The parent of a node is its lowest higher neighbour; the parents form the elimination tree, where
all higher neighbours of a node are its ancestors. Two facts follow, and all speed rests on them.
The search space of a node is its path to the root. And *depth* in the tree identifies an ancestor:
so values for all ancestors of a node fit into one short array, indexed by depth.

Nodes are renumbered by `rank`, an order of the same tree in which each subtree is contiguous
(postorder). From the highest rank down, each node follows its own ancestors and their other
descendants, so one array indexed by depth serves all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridors.hierarchy.neighbours import Ints, Unsigned, compiled

FIRST_UP, FIRST_DOWN, PARENT, DEPTH = range(4)
"""The columns of `UpwardGraph.nodes`.

The parent of a root is the row after the last, which has no arcs: every climb ends there.
"""


class UpwardGraph(NamedTuple):
    """The elimination tree and the arcs of the hierarchy; nodes are identified by rank.

    `nodes` has the columns first_up, first_down, parent and depth, and one row more than there are
    nodes. A row of `ends` is the lower and the higher end of an arc; the arcs of a node are
    contiguous, the lowest head first. `up_depth` is the depth of the higher end of each arc. A row
    of `down` is an arc from below, and where the upward arcs of its lower end stop; the lowest tail
    comes first.
    """

    nodes: Unsigned
    ends: Unsigned
    up_depth: Unsigned
    down: Unsigned


class InputArcs(NamedTuple):
    """The input arcs that each arc of the hierarchy stands for; -1 is none.

    Slot `2 * arc` is an arc driven upward, slot `2 * arc + 1` the same arc driven downward.
    `slot_of` is the slot of each input arc (-1 for self-loops), `first_arc` the first input arc of
    each slot, and `next_arc` the one after it in the same slot.
    """

    slot_of: Ints
    first_arc: Ints
    next_arc: Ints


@compiled
def rank_nodes(first: Ints, neighbour: Ints, order: Ints) -> Unsigned:
    """The rank of each node: postorder of the elimination tree that `order` defines."""
    parent = find_parents(first, neighbour, order)
    count = len(order)
    child, sibling = np.full(count + 1, -1, np.int32), np.full(count, -1, np.int32)
    for at in range(count - 1, -1, -1):  # so that the lowest child comes first in each list
        above = parent[at] if parent[at] >= 0 else count
        sibling[at] = child[above]
        child[above] = at
    rank, stack, size, free = np.empty(count, np.uint32), np.empty(count + 1, np.int32), 1, count
    stack[0] = count
    # The highest child comes next, and ranks are assigned from the highest down, so that an order
    # that is a postorder does not change.
    while size > 0:
        size -= 1
        at = stack[size]
        if at < count:
            free -= 1
            rank[order[at]] = free
        below = child[at]
        while below >= 0:
            stack[size] = below
            size += 1
            below = sibling[below]
    return rank


@compiled
def find_parents(first: Ints, neighbour: Ints, order: Ints) -> Ints:
    """The parent of each place of the order in the elimination tree, -1 for a root.

    Liu's algorithm: join each node to the tops of the trees of its lower neighbours, with path
    compression.
    """
    count = len(order)
    place = np.empty(count, np.int32)
    for at in range(count):
        place[order[at]] = at
    parent, top = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    for at in range(count):
        node = order[at]
        for where in range(first[node], first[node + 1]):
            lower = place[neighbour[where]]
            while lower < at:
                higher = top[lower]
                top[lower] = at
                if higher < 0:
                    parent[lower] = at
                if higher < 0 or higher == at:
                    break
                lower = higher
    return parent


@compiled
def contract(first: Ints, neighbour: Ints, rank: Unsigned) -> UpwardGraph:
    """The upward and downward arcs of all nodes."""
    nodes, heads = list_upward_heads(first, neighbour, rank)
    count, total = len(rank), len(heads)
    for tail in range(count - 1, -1, -1):
        if nodes[tail, PARENT] < count:
            nodes[tail, DEPTH] = nodes[nodes[tail, PARENT], DEPTH] + 1
    # Two counting sorts: tails by head, then heads by tail.
    for arc in range(total):
        nodes[heads[arc] + 1, FIRST_DOWN] += 1
    for head in range(count):
        nodes[head + 1, FIRST_DOWN] += nodes[head, FIRST_DOWN]
    free, tails = nodes[:, FIRST_DOWN].copy(), np.empty(total, np.int32)
    for tail in range(count):
        for arc in range(nodes[tail, FIRST_UP], nodes[tail + 1, FIRST_UP]):
            tails[free[heads[arc]]] = tail
            free[heads[arc]] += 1
    ends, down = np.empty((total, 2), np.uint32), np.empty((total, 2), np.uint32)
    up_depth, free = np.empty(total, np.uint32), nodes[:, FIRST_UP].copy()
    for head in range(count):
        for at in range(nodes[head, FIRST_DOWN], nodes[head + 1, FIRST_DOWN]):
            tail = tails[at]
            ends[free[tail], 0], ends[free[tail], 1] = tail, head
            up_depth[free[tail]] = nodes[head, DEPTH]
            down[at, 0], down[at, 1] = free[tail], nodes[tail + 1, FIRST_UP]
            free[tail] += 1
    return UpwardGraph(nodes, ends, up_depth, down)


@compiled
def list_upward_heads(  # noqa: C901 - one loop per source of heads, and room for them
    first: Ints, neighbour: Ints, rank: Unsigned
) -> tuple[Unsigned, Ints]:
    """The `nodes` with first_up and parent, and the heads of the upward arcs in any order."""
    count = len(rank)
    node_at = np.empty(count, np.int32)
    for node in range(count):
        node_at[rank[node]] = node
    nodes = np.zeros((count + 1, 4), np.uint32)
    nodes[:, PARENT] = count
    child, sibling = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    seen, heads, total = np.full(count, -1, np.int32), np.empty(2 * len(neighbour), np.int32), 0
    for tail in range(count):
        if total + count > len(heads):
            room = total + first[node_at[tail] + 1] - first[node_at[tail]]
            below = child[tail]
            while below >= 0:
                room += nodes[below + 1, FIRST_UP] - nodes[below, FIRST_UP]
                below = sibling[below]
            if room > len(heads):
                more = np.empty(max(2 * room, total + count), np.int32)
                more[:total] = heads[:total]
                heads = more
        parent = count
        for where in range(first[node_at[tail]], first[node_at[tail] + 1]):
            head = rank[neighbour[where]]
            if head > tail:
                seen[head] = tail
                heads[total] = head
                total += 1
                parent = min(parent, head)
        below = child[tail]
        while below >= 0:
            for arc in range(nodes[below, FIRST_UP], nodes[below + 1, FIRST_UP]):
                head = heads[arc]
                if head != tail and seen[head] != tail:
                    seen[head] = tail
                    heads[total] = head
                    total += 1
                    parent = min(parent, head)
            below = sibling[below]
        nodes[tail + 1, FIRST_UP] = total
        if parent < count:
            nodes[tail, PARENT] = parent
            sibling[tail] = child[parent]
            child[parent] = tail
    return nodes, heads[:total]


@compiled
def count_work(graph: UpwardGraph) -> npt.NDArray[np.int64]:
    """The number of arcs and lower triangles of all nodes below each rank."""
    nodes, down = graph.nodes, graph.down
    work = np.zeros(len(nodes), np.int64)
    for node in range(len(nodes) - 1):
        work[node + 1] = work[node] + nodes[node + 1, FIRST_UP] - nodes[node, FIRST_UP]
        for place in range(nodes[node, FIRST_DOWN], nodes[node + 1, FIRST_DOWN]):
            work[node + 1] += down[place, 1] - down[place, 0]
    return work


@compiled
def map_arcs(tail: Ints, head: Ints, rank: Unsigned, graph: UpwardGraph) -> InputArcs:
    """The input arcs that each arc of the hierarchy stands for."""
    nodes, ends = graph.nodes, graph.ends
    slot_of, next_arc = np.empty(len(tail), np.int32), np.empty(len(tail), np.int32)
    first_arc = np.full(2 * len(ends), -1, np.int32)
    for arc in range(len(tail) - 1, -1, -1):  # from the last, so that each list is ascending
        lower, higher, downward = rank[tail[arc]], rank[head[arc]], 0
        slot_of[arc], next_arc[arc] = -1, -1
        if lower == higher:
            continue
        if lower > higher:
            lower, higher, downward = higher, lower, 1
        low, high = nodes[lower, FIRST_UP], nodes[lower + 1, FIRST_UP] - 1
        while low < high:
            middle = (low + high) >> 1
            if ends[middle, 1] < higher:
                low = middle + 1
            else:
                high = middle
        slot_of[arc] = 2 * low + downward
        next_arc[arc] = first_arc[slot_of[arc]]
        first_arc[slot_of[arc]] = arc
    return InputArcs(slot_of, first_arc, next_arc)
