"""Destinations that no depot reaches: what blocks them, and the minimum set of closures to lift."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.access import BACKWARD, CAUSE_TYPES, FORWARD, Causes
from corridors.assessment.chokepoints import find_divided
from corridors.assessment.corridors import REACHES_M
from corridors.geodesy import LineIndex
from corridors.kernels import kernel
from corridors.messages import Message
from corridors.network.graph import Network
from corridors.tables import (
    CUT_OFF,
    NOT_PASSABLE,
    UNREPORTED,
    Flags,
    Floats,
    Ints,
    assemble_table,
    build_table,
    list_tuples,
)

NEAR_M = (250.0, 1_000.0)
"""So far around a destination all lines are measured; beyond it, only those that can be reached."""
MOST_SETS = 5_000
"""The search for the smallest set of causes to lift ends after this many sets: it is a covering
problem, and hard."""
_UNNAMED = ("vehicle", UNREPORTED)
"""Types of cause whose ids mean nothing to a reader."""
Explain = Callable[[Sequence[str]], Mapping[str, Message]]
"""From ids of segments to why each is not PASSABLE."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What closes the roads between a destination and every depot: causes as "type:id".

    `connected` is whether a road would lead there with nothing closed; `smallest` the fewest causes
    to lift (empty where none helps, or where the search ended early: then `exact` is False).
    """

    connected: bool
    blocking: tuple[str, ...]
    smallest: tuple[str, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Components:
    """The strongly connected components of the open network, and what connects them.

    `of` is the component of each node. From `tail[i]` to component `c` leads, for `i` from
    `first[c]` to `first[c + 1]`, a road that is open once the causes in `sets[label[i]]` are lifted
    (none where it is an open one-way road).
    """

    of: Ints
    first: list[int]
    tail: list[int]
    label: list[int]
    sets: list[frozenset[str]]

    def list_into(self, component: int) -> list[tuple[int, frozenset[str]]]:
        """The components from which roads lead to one, and the causes to lift for each."""
        some = slice(self.first[component], self.first[component + 1])
        sets = map(self.sets.__getitem__, self.label[some])
        return list(zip(self.tail[some], sets, strict=True))


class _Growth(NamedTuple):
    """Components that reach a destination, once some causes are lifted."""

    grown: set[int]
    border: Sequence[tuple[int, frozenset[str]]]
    """Components beyond, each with all causes that close a road from it."""
    frontier: set[frozenset[str]]
    """The causes left to lift for each of these roads."""


def assess_cut_off(
    network: Network,
    depots: Sequence[str],
    destinations: gpd.GeoDataFrame,
    closures: Causes,
    snaps: pd.DataFrame,
    explain: Explain | None = None,
    index: LineIndex | None = None,
) -> gpd.GeoDataFrame:
    """A row for each destination that no depot reaches: a table of the contract `CUT_OFF`.

    Parameters
    ----------
    network
        The network, closed segments included.
    depots
        Ids of the depots.
    destinations
        The sites or zones that none of them reaches: index site_id, columns name and geometry.
    closures
        The ledger, as `Access.ledger`.
    snaps
        As `network.snap_sites` returns them, for the sites among the destinations.
    index
        `LineIndex` of the lines of the segments, where it exists already.
    explain
        `access.explain_segments` for this network; without it, no reason names the closed road of a
        destination itself.
    """
    if destinations.empty:
        return build_table(CUT_OFF)
    components = build_components(network, closures)
    index = index or LineIndex(network.segments.geometry.array)
    within_m = _measure_reachable(network, depots, destinations, index)
    starts = [network.topology.position[depot] for depot in depots]
    own = {site: find_own_segment(network, site, snaps) for site in destinations.index}
    reasons = explain([road for road in own.values() if road]) if explain else {}
    cuts = [
        find_cut(components, starts, at, connected=_is_joined(network, starts, at))
        for at in (network.topology.position[site] for site in destinations.index)
    ]
    messages = [
        _explain(network, cut, road, reasons.get(road))
        for cut, road in zip(cuts, own.values(), strict=True)
    ]
    return assemble_table(
        CUT_OFF,
        {
            "name": destinations["name"].array,
            "reason_code": pd.array([message.code for message in messages], dtype="str"),
            "reason_values": pd.array(
                [message.write_values() for message in messages], dtype="str"
            ),
            "blocking": list_tuples([cut.blocking for cut in cuts]),
            "smallest_set": list_tuples([cut.smallest for cut in cuts]),
            "reachable_within_m": np.array([within_m[site] for site in destinations.index]),
            "geometry": destinations.geometry.array,
        },
        destinations.index.rename("site_id"),
    )


def build_components(network: Network, closures: Causes) -> Components:
    """The components of a network in which closed segments cannot be driven."""
    roads, usable = network.topology, network.usable
    of = _find_components(*roads.leaving, roads.head, usable)
    tail, head = of[roads.tail], of[roads.head]
    apart = np.flatnonzero(
        (tail != head) | (roads.tail == roads.head)
    )  # a loop leads nowhere else, yet may be the only road of a place
    closed = apart[~usable[apart]]
    label = np.zeros(len(usable), dtype=np.int64)
    label[closed], sets = _label_closed(2 * roads.segment[closed] + roads.forward[closed], closures)
    count = int(of.max(initial=-1)) + 1
    key = (head[apart] * count + tail[apart]) * len(sets) + label[apart]
    ends, number = np.divmod(np.unique(key), len(sets))
    target, source = np.divmod(ends, max(count, 1))
    first = np.searchsorted(target, np.arange(count + 1))
    return Components(of, first.tolist(), source.tolist(), number.tolist(), sets)


def _is_joined(network: Network, starts: Sequence[int], destination: int) -> bool:
    """Whether a road leads from any start to the destination with nothing closed."""
    roads = network.topology
    ends, every = np.array([destination]), np.ones(len(roads.tail), dtype=bool)
    return bool(_sweep(*roads.entering, roads.tail, every, ends)[starts].any())


def _label_closed(wanted: Ints, closures: Causes) -> tuple[Ints, list[frozenset[str]]]:
    """The number of the set of causes that close each wanted direction, and these sets.

    A direction is twice the position of its segment, and one more along its line. The first set is
    empty; a set holds causes as "type:id".
    """
    rows = [np.flatnonzero((closures.direction & bit) > 0) for bit in (BACKWARD, FORWARD)]
    key = np.concatenate([2 * closures.segment[some] + at for at, some in enumerate(rows)])
    cause, row = closures.cause[np.concatenate(rows)], np.concatenate(rows)
    is_wanted = np.zeros(max(key.max(initial=-1), wanted.max(initial=-1)) + 1, dtype=bool)
    is_wanted[wanted] = True
    keep = is_wanted[key]
    count = max(len(closures.ids), 1)
    pairs, where = np.unique(key[keep] * count + cause[keep], return_index=True)
    key, cause = np.divmod(pairs, count)
    keys, first, size = np.unique(key, return_index=True, return_counts=True)
    names = {
        number: f"{CAUSE_TYPES[closures.cause_type[at]]}:{closures.ids[number]}"
        for number, at in zip(*(each.tolist() for each in (cause, row[keep][where])), strict=True)
    }
    sets: list[frozenset[str]] = [frozenset()]
    numbers: dict[tuple[int, ...], int] = {}
    number_of = np.zeros(len(keys), dtype=np.int64)
    alone, of_alone = np.unique(cause[first[size == 1]], return_inverse=True)
    number_of[size == 1] = 1 + of_alone
    sets += [frozenset([names[each]]) for each in alone.tolist()]
    for at in np.flatnonzero(size > 1).tolist():
        causes = tuple(cause[first[at] : first[at] + size[at]].tolist())
        if causes not in numbers:
            numbers[causes] = len(sets)
            sets.append(frozenset(names[each] for each in causes))
        number_of[at] = numbers[causes]
    return number_of[np.searchsorted(keys, wanted)], sets


@kernel
def _find_components(  # noqa: C901 - Tarjan's loop; kernels call no other kernel
    first: np.ndarray, leaving: np.ndarray, head: np.ndarray, usable: np.ndarray
) -> np.ndarray:
    """The strongly connected component of each node (Tarjan 1972, without recursion)."""
    nodes = len(first) - 1
    number, lowest = np.full(nodes, -1, np.int64), np.zeros(nodes, np.int64)
    island = np.full(nodes, -1, np.int64)
    following = first[:-1].copy()
    path, open_nodes = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    met, on_path, still_open, components = 0, 0, 0, 0
    for start in range(nodes):
        if number[start] >= 0:
            continue
        path[0], on_path = start, 1
        while on_path:
            node = path[on_path - 1]
            if number[node] < 0:
                number[node] = lowest[node] = met
                met += 1
                open_nodes[still_open] = node
                still_open += 1
            deeper = False
            while following[node] < first[node + 1]:
                arc = leaving[following[node]]
                end = head[arc]
                if usable[arc] and number[end] < 0:
                    path[on_path] = end
                    on_path += 1
                    deeper = True
                    break
                if usable[arc] and island[end] < 0:
                    lowest[node] = min(lowest[node], lowest[end])
                following[node] += 1
            if deeper:
                continue
            on_path -= 1
            if lowest[node] == number[node]:
                while True:
                    still_open -= 1
                    island[open_nodes[still_open]] = components
                    if open_nodes[still_open] == node:
                        break
                components += 1
    return island


@kernel
def _sweep(first: Ints, arcs: Ints, other: Ints, usable: Flags, starts: Ints) -> Flags:
    """Whether each node is reached from any of the starts: by arcs that leave, to their heads."""
    seen = np.zeros(len(first) - 1, np.bool_)
    waiting = np.empty(len(first), np.int64)
    for start in starts:
        waiting[0], count = start, 1
        seen[start] = True
        while count:
            count -= 1
            node = waiting[count]
            for place in range(first[node], first[node + 1]):
                end = other[arcs[place]]
                if usable[arcs[place]] and not seen[end]:
                    seen[end] = True
                    waiting[count] = end
                    count += 1
    return seen


def find_cut(
    components: Components, depots: Iterable[int], destination: int, *, connected: bool = True
) -> Cut:
    """Which causes close the last roads to a destination, and the fewest to lift to reach it.

    Sets of causes are tried by size. From each, the components that then reach the destination grow
    backwards until only closed segments lead to them, whose causes extend the set. Every smallest
    set is found this way, one frontier at a time.

    Parameters
    ----------
    components
        As `build_components` returns them.
    depots, destination
        Positions in `Network.nodes`.
    connected
        Whether a road leads from any depot to the destination with nothing closed.
    """
    starts, end = {int(components.of[depot]) for depot in depots}, int(components.of[destination])
    first = _grow_back(_Growth({end}, components.list_into(end), set()), frozenset(), components)
    here = first.grown
    # A depot at the destination, or in the zone that it is, cannot reach it where every road there
    # is closed.
    there = starts & here
    roads = _find_roads(there, components) if there else set()
    blocking = tuple(sorted(frozenset().union(*first.frontier, *roads)))
    if not connected:
        return Cut(connected=False, blocking=(), smallest=(), exact=True)
    tried: set[frozenset[str]] = {frozenset()}
    waiting: list[deque[tuple[frozenset[str], _Growth]]] = [deque([(frozenset(), first)])]
    for sets in waiting:  # grows during the loop
        while sets:
            lifted, before = sets.popleft()
            growth = _grow_back(before, lifted, components) if lifted else before
            if (starts - there) & growth.grown or any(causes <= lifted for causes in roads):
                return Cut(
                    connected=True, blocking=blocking, smallest=tuple(sorted(lifted)), exact=True
                )
            for causes in sorted(
                growth.frontier | {causes - lifted for causes in roads}, key=sorted
            ):
                wider = lifted | causes
                if wider in tried:
                    continue
                tried.add(wider)
                if len(tried) > MOST_SETS:
                    return Cut(connected=True, blocking=blocking, smallest=(), exact=False)
                waiting += [deque() for _ in range(len(wider) + 1 - len(waiting))]
                waiting[len(wider)].append((wider, growth))
    return Cut(connected=False, blocking=(), smallest=(), exact=True)


def _find_roads(there: set[int], components: Components) -> set[frozenset[str]]:
    """The causes to lift for roads that lead to or from any of some components."""
    target = np.repeat(np.arange(len(components.first) - 1), np.diff(components.first))
    tail, label = np.array(components.tail), np.array(components.label)
    beside = np.isin(target, list(there)) | np.isin(tail, list(there))
    return {components.sets[number] for number in np.unique(label[beside & (label > 0)]).tolist()}


def _grow_back(before: _Growth, lifted: frozenset[str], components: Components) -> _Growth:
    """The components from which others can be reached with some causes lifted.

    They are those of `before`, which had fewer causes lifted, and what can be reached from beyond
    its border.
    """
    grown, waiting = set(before.grown), [before.border]
    border: dict[tuple[int, frozenset[str]], None] = {}
    while waiting:
        for link in waiting.pop():
            component, causes = link
            if component in grown:
                continue
            if causes <= lifted:
                grown.add(component)
                waiting.append(components.list_into(component))
            else:
                border[link] = None
    kept = [link for link in border if link[0] not in grown]
    return _Growth(grown, kept, {causes - lifted for _, causes in kept})


def find_own_segment(network: Network, site: str, snaps: pd.DataFrame) -> str:
    """The segment a site lies along; empty for a zone, and for a site at a junction."""
    if site not in snaps.index:
        return ""
    own, roads = snaps.at[site, "segment_id"], network.segments
    at, node = roads.index.get_loc(own), network.terminals[site]
    is_end = node in (roads[name].iloc[at] for name in ("from_node", "to_node"))
    return "" if is_end else str(own)


def _explain(network: Network, cut: Cut, own: str, own_reason: Message | None) -> Message:
    """Why no depot reaches a destination; `own_reason` is why its own road is not passable."""
    if not cut.connected:
        return Message("cut_off.no_road")
    if own_reason and network.segments.at[own, "status"] == NOT_PASSABLE:
        road = network.segments.at[own, "name"] or own
        return Message("cut_off.own_road", road=road, reason=own_reason)
    return Message("cut_off.closed", causes=name_causes(cut.blocking))


def name_causes(causes: Sequence[str]) -> tuple[Message, ...]:
    """Causes ("type:id") as messages, one for each type.

    >>> [str(message) for message in name_causes(["incident:a", "incident:b", "zone:z"])]
    ['reported incidents (a, b)', 'declared zones (z)']
    """
    by_type: dict[str, list[str]] = {}
    for cause in causes:
        kind, name = cause.split(":", 1)
        kind = UNREPORTED if cause == f"road_report:{UNREPORTED}" else kind
        by_type.setdefault(kind, []).append(name)
    return tuple(
        Message(f"blocked_by.{kind}", **({} if kind in _UNNAMED else {"ids": tuple(names)}))
        for kind, names in by_type.items()
    )


def _measure_reachable(
    network: Network, depots: Sequence[str], destinations: gpd.GeoDataFrame, index: LineIndex
) -> dict[str, float]:
    """Metres from each destination to the nearest point of a segment that some depot reaches.

    `index` holds whole segments; parts of divided ones are measured on their own.
    """
    roads = network.topology
    starts = np.array([roads.position[depot] for depot in depots], dtype=np.int64)
    seen = _sweep(*roads.leaving, roads.head, network.usable, starts)
    driven = np.flatnonzero(network.usable & seen[roads.tail] & (roads.segment >= 0))
    is_part = find_divided(network)[roads.segment[driven]]
    parts = driven[is_part]
    parts = parts[np.unique(roads.edge_id[parts], return_index=True)[1]]
    whole = np.zeros(len(network.segments), dtype=bool)
    whole[roads.segment[driven[~is_part]]] = True
    shapes = destinations.geometry.array
    nearest = _nearest_m(index, shapes, whole)
    if len(parts):
        lines = LineIndex(network.draw_arcs(parts))
        nearest = np.fmin(nearest, _nearest_m(lines, shapes, np.ones(len(parts), dtype=bool)))
    return dict(zip(destinations.index, nearest.tolist(), strict=True))


def _nearest_m(index: LineIndex, shapes: Iterable[shapely.Geometry], chosen: Flags) -> Floats:
    """From each shape to the nearest chosen line, searched ever farther: near ones are found fast.

    Null where there is none.
    """
    shapes = np.asarray(shapes, dtype=object)
    nearest = np.full(len(shapes), np.inf)
    for reach in (*NEAR_M, *REACHES_M) if chosen.any() else ():
        far = np.flatnonzero(np.isinf(nearest))
        if not len(far):
            break
        if reach == REACHES_M[0]:  # of many lines near, only the chosen ones are measured
            index, chosen = LineIndex(index.lines[chosen]), chosen[chosen]
        found = index.measure(shapes[far], reach)
        kept = chosen[found.line]
        np.minimum.at(nearest, far[found.place[kept]], found.distance_m[kept])
    return np.where(np.isinf(nearest), np.nan, nearest)
