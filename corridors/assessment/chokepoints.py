"""Segments that every route from a depot to a destination must use."""

from __future__ import annotations

import numpy as np

from corridors.kernels import kernel
from corridors.network.graph import Network
from corridors.routing import Route
from corridors.tables import Flags


def find_chokepoints(
    network: Network, route: Route, divided: Flags | None = None
) -> tuple[str, ...]:
    """The segments, in driving order, that every route between the ends of a route must use.

    One sweep along the route finds the parts that nothing reachable before them, without the
    route's own parts, leads past: linear in the size of the network. A segment that a site divides
    is judged by barring all its parts. `divided` is what `find_divided` returns, where it exists
    already.
    """
    divided = find_divided(network) if divided is None else divided
    roads, arcs = network.topology, route.arcs
    if not len(arcs):
        return ()
    segment = roads.segment[arcs]
    path = np.r_[roads.tail[arcs[:1]], roads.head[arcs]]
    necessary = _find_necessary(
        *roads.leaving,
        roads.head,
        roads.edge_id,
        network.usable,
        path,
        _barred(network, roads.edge_id[arcs]),
    )
    for at in np.flatnonzero(
        divided[segment] & (segment >= 0) & ~necessary
    ):  # without a necessary piece, none leads past the whole either
        pieces = roads.edge_id[roads.segment == segment[at]]
        necessary[at] = not _sweep(
            *roads.leaving,
            roads.head,
            roads.edge_id,
            network.usable,
            path[:1],
            _barred(network, pieces),
        )[path[-1]]
    names = network.segments.index[segment[necessary & (segment >= 0)]]
    return tuple(dict.fromkeys(names))


def find_divided(network: Network) -> Flags:
    """Whether a site or the edge of a zone divides each segment, so that some arcs end within it."""
    roads = network.topology
    divided = np.zeros(len(network.segments), dtype=bool)
    inside = (roads.segment >= 0) & (np.minimum(roads.start_m, roads.end_m) > 0)
    divided[roads.segment[inside]] = True
    return divided


def _barred(network: Network, pieces: np.ndarray) -> np.ndarray:
    """A flag for each piece, and a last one, never set, for the arcs into zones (piece -1)."""
    barred = np.zeros(network.topology.edge_id.max(initial=-1) + 2, dtype=bool)
    barred[pieces[pieces >= 0]] = True
    return barred


@kernel
def _find_necessary(
    first: np.ndarray,
    leaving: np.ndarray,
    head: np.ndarray,
    edge_id: np.ndarray,
    usable: np.ndarray,
    path: np.ndarray,
    barred: np.ndarray,
) -> np.ndarray:
    """Whether each arc of a path (given by its nodes) is on every way: nothing met before it leads
    past it without the path's own pieces.
    """
    position = np.full(len(first) - 1, -1, np.int64)
    for at in range(len(path) - 1, -1, -1):
        position[path[at]] = at
    seen = np.zeros(len(first) - 1, np.bool_)
    waiting = np.empty(len(first), np.int64)
    necessary = np.zeros(len(path) - 1, np.bool_)
    farthest, done = 0, 0
    for at in range(len(path) - 1):
        while done <= max(at, min(farthest, len(path) - 1)):
            farthest = max(farthest, position[path[done]])
            waiting[0], count = path[done], 1
            seen[path[done]] = True
            while count:
                count -= 1
                node = waiting[count]
                for arc in leaving[first[node] : first[node + 1]]:
                    end = head[arc]
                    if usable[arc] and not seen[end] and not barred[edge_id[arc]]:
                        seen[end] = True
                        farthest = max(farthest, position[end])
                        waiting[count] = end
                        count += 1
            done += 1
        necessary[at] = farthest <= at
    return necessary


@kernel
def _sweep(
    first: np.ndarray,
    leaving: np.ndarray,
    head: np.ndarray,
    edge_id: np.ndarray,
    usable: np.ndarray,
    starts: np.ndarray,
    barred: np.ndarray,
) -> np.ndarray:
    """Whether each node is reached from any of the starts without the barred pieces."""
    seen = np.zeros(len(first) - 1, np.bool_)
    waiting = np.empty(len(first), np.int64)
    for start in starts:
        waiting[0], count = start, 1
        seen[start] = True
        while count:
            count -= 1
            node = waiting[count]
            for arc in leaving[first[node] : first[node + 1]]:
                end = head[arc]
                if usable[arc] and not seen[end] and not barred[edge_id[arc]]:
                    seen[end] = True
                    waiting[count] = end
                    count += 1
    return seen
