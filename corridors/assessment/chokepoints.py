"""Segments that every route from a depot to a destination must use."""

from __future__ import annotations

import numpy as np

from corridors.kernels import kernel
from corridors.network.graph import Network
from corridors.network.links import CLOSED
from corridors.routing import Route
from corridors.tables import Flags, Ints


def find_chokepoints(
    network: Network, route: Route, divided: Flags | None = None
) -> tuple[str, ...]:
    """The segments, in driving order, that every route between the ends of a route must use.

    One sweep along the route finds the links that nothing reachable before them, without the
    route's own links, leads past: linear in the number of links. A segment that a site divides is
    judged by barring all its parts. `divided` is what `find_divided` returns, where it exists
    already.
    """
    if not len(route.arcs):
        return ()
    divided = find_divided(network) if divided is None else divided
    roads, links = network.topology, network.topology.links
    driven = links.find_links(route.arcs)
    arcs = links.expand(driven)
    segment = roads.segment[arcs]
    path = np.r_[links.tail[driven[:1]], links.head[driven]]
    usable = network.links.ticks < CLOSED
    necessary = np.repeat(
        _find_necessary(links.leaving, links.head, usable, path, _bar(network, driven)),
        np.diff(links.first)[driven],
    )
    entering = links.entering_first, links.entering, links.tail
    for at in np.flatnonzero(
        divided[segment] & (segment >= 0) & ~necessary
    ):  # without a necessary part, none leads past the whole either
        parts = links.find_links(np.flatnonzero(roads.segment == segment[at]))
        ends = int(path[0]), int(path[-1])
        necessary[at] = not _is_connected(
            links.leaving, links.head, *entering, usable, *ends, _bar(network, parts)
        )
    names = network.segments.index[segment[necessary & (segment >= 0)]]
    return tuple(dict.fromkeys(names))


def find_divided(network: Network) -> Flags:
    """Whether a site or the edge of a zone divides each segment, so that arcs end within it."""
    roads = network.topology
    divided = np.zeros(len(network.segments), dtype=bool)
    inside = (roads.segment >= 0) & (np.minimum(roads.start_m, roads.end_m) > 0)
    divided[roads.segment[inside]] = True
    return divided


def _bar(network: Network, links: Ints) -> Flags:
    """A flag for each link, set for these and for those that drive the same roads back."""
    barred = np.zeros(len(network.topology.links.tail) + 1, dtype=bool)
    barred[links] = barred[network.topology.links.opposite[links]] = True
    return barred


@kernel
def _find_necessary(leaving: Ints, head: Ints, usable: Flags, path: Ints, barred: Flags) -> Flags:
    """Whether each link of a path (given by its ends) is on every route.

    It is where nothing met before it leads past it without the path's own links.
    """
    position = np.full(len(leaving) - 1, -1, np.int64)
    for at in range(len(path) - 1, -1, -1):
        position[path[at]] = at
    seen = np.zeros(len(leaving) - 1, np.bool_)
    waiting = np.empty(len(leaving), np.int64)
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
                for link in range(leaving[node], leaving[node + 1]):
                    end = head[link]
                    if usable[link] and not seen[end] and not barred[link]:
                        seen[end] = True
                        farthest = max(farthest, position[end])
                        waiting[count] = end
                        count += 1
            done += 1
        necessary[at] = farthest <= at
    return necessary


@kernel
def _is_connected(  # noqa: PLR0913 - a kernel, called for each link
    leaving: Ints,
    head: Ints,
    entering_first: Ints,
    entering: Ints,
    tail: Ints,
    usable: Flags,
    source: int,
    target: int,
    barred: Flags,
) -> bool:
    """Whether a route leads from source to target without the barred links.

    The search goes on from both in turn, so that it ends at once where either is shut in.
    """
    forward, backward = np.zeros(len(leaving) - 1, np.bool_), np.zeros(len(leaving) - 1, np.bool_)
    ahead, behind = np.empty(len(leaving), np.int64), np.empty(len(leaving), np.int64)
    ahead[0], behind[0], front, back = source, target, 1, 1
    forward[source] = backward[target] = True
    while source != target and front and back:
        front -= 1
        node = ahead[front]
        for link in range(leaving[node], leaving[node + 1]):
            end = head[link]
            if usable[link] and not forward[end] and not barred[link]:
                if backward[end]:
                    return True
                forward[end] = True
                ahead[front] = end
                front += 1
        back -= 1
        node = behind[back]
        for place in range(entering_first[node], entering_first[node + 1]):
            link = entering[place]
            end = tail[link]
            if usable[link] and not backward[end] and not barred[link]:
                if forward[end]:
                    return True
                backward[end] = True
                behind[back] = end
                back += 1
    return bool(source == target)
