"""Contraction: which arcs the hierarchy has, and which input arcs they stand for. No weights yet.

Contracting a node joins all its higher neighbours with each other, so that a way over it can be
driven without it. Doing that from the lowest node to the highest gives each node its upward arcs.
Its parent is its lowest higher neighbour; the parents form the elimination tree, and all higher
neighbours of a node are its ancestors there. Two things follow, and everything fast rests on them:
the search space of a node is its way to the root; and *depth* in the tree names an ancestor. So
what is known about the ancestors of a node fits into one short array, indexed by depth.

Nodes are renumbered by `rank`, an order of the same tree in which each subtree lies together
(postorder). From the highest rank down, each node comes right after its own ancestors and their
other descendants, so one array indexed by depth serves them all.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from corridors.hierarchy.neighbours import Ints, Unsigned

FIRST_UP, FIRST_DOWN, PARENT, DEPTH = range(4)
"""Columns of `nodes`.

The parent of a root is the row after the last, which has no arcs: every climb ends there.
"""


@numba.njit(cache=True, nogil=True)
def rank_nodes(first: Ints, neighbour: Ints, order: Ints) -> Unsigned:
    """The rank of each node: postorder of the elimination tree that `order` gives."""
    count = len(order)
    place = np.empty(count, np.int32)
    for at in range(count):
        place[order[at]] = at
    # Liu's algorithm: join each node to the tops of the trees of its lower neighbours, with path
    # compression.
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
    child, sibling = np.full(count + 1, -1, np.int32), np.full(count, -1, np.int32)
    for at in range(count - 1, -1, -1):  # so that the lowest child comes first in each list
        above = parent[at] if parent[at] >= 0 else count
        sibling[at] = child[above]
        child[above] = at
    rank, stack, size, free = np.empty(count, np.uint32), np.empty(count + 1, np.int32), 1, count
    stack[0] = count
    while (
        size > 0
    ):  # the highest child next, giving out ranks from the highest down: a postorder stays as it is
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


@numba.njit(cache=True, nogil=True)
def contract(first: Ints, neighbour: Ints, rank: Unsigned) -> tuple[Unsigned, Unsigned, Unsigned]:
    """The upward and downward arcs by rank: `nodes` (first_up, first_down, parent, depth; one row
    more than nodes), `ends` and `down`.

    Row `arc` of `ends` is its lower and its higher end. Arcs of a node lie together, the lowest
    head first. Row of `down`: an arc that comes from below, and where the upward arcs of its lower
    end stop; the lowest tail first.
    """
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
    for tail in range(count - 1, -1, -1):
        if nodes[tail, PARENT] < count:
            nodes[tail, DEPTH] = nodes[nodes[tail, PARENT], DEPTH] + 1
    # Sorted by counting: tails by head, and then heads by tail.
    for arc in range(total):
        nodes[heads[arc] + 1, FIRST_DOWN] += 1
    for head in range(count):
        nodes[head + 1, FIRST_DOWN] += nodes[head, FIRST_DOWN]
    free, tails = nodes[:, FIRST_DOWN].copy(), np.empty(total, np.int32)
    for tail in range(count):
        for arc in range(nodes[tail, FIRST_UP], nodes[tail + 1, FIRST_UP]):
            tails[free[heads[arc]]] = tail
            free[heads[arc]] += 1
    free, ends, down = (
        nodes[:, FIRST_UP].copy(),
        np.empty((total, 2), np.uint32),
        np.empty((total, 2), np.uint32),
    )
    for head in range(count):
        for at in range(nodes[head, FIRST_DOWN], nodes[head + 1, FIRST_DOWN]):
            tail = tails[at]
            ends[free[tail], 0], ends[free[tail], 1] = tail, head
            down[at, 0], down[at, 1] = free[tail], nodes[tail + 1, FIRST_UP]
            free[tail] += 1
    return nodes, ends, down


@numba.njit(cache=True, nogil=True)
def count_work(nodes: Unsigned, down: Unsigned) -> npt.NDArray[np.int64]:
    """The arcs and lower triangles of all nodes below each rank."""
    work = np.zeros(len(nodes), np.int64)
    for node in range(len(nodes) - 1):
        work[node + 1] = work[node] + nodes[node + 1, FIRST_UP] - nodes[node, FIRST_UP]
        for place in range(nodes[node, FIRST_DOWN], nodes[node + 1, FIRST_DOWN]):
            work[node + 1] += down[place, 1] - down[place, 0]
    return work


@numba.njit(cache=True, nogil=True)
def map_arcs(
    tail: Ints, head: Ints, rank: Unsigned, nodes: Unsigned, ends: Unsigned
) -> tuple[Ints, Ints, Ints]:
    """Which input arcs each arc of the hierarchy stands for: (slot_of, first_arc, next_arc).

    Slot `2 * arc` is an arc driven upward, slot `2 * arc + 1` the same driven downward. `slot_of`
    gives the slot of each input arc (-1 for self-loops), `first_arc` the first input arc of each
    slot and `next_arc` the one after it in the same slot; -1 is none.
    """
    slot_of, next_arc, first_arc = (
        np.empty(len(tail), np.int32),
        np.empty(len(tail), np.int32),
        np.full(2 * len(ends), -1, np.int32),
    )
    for arc in range(
        len(tail) - 1, -1, -1
    ):  # from the last, so that each comes before those after it
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
    return slot_of, first_arc, next_arc
