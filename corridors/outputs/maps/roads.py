"""The roads on the map: all as a base, the closed ones, and those restricted or of unknown state.

Facts that thousands of segments share are stored once, by number; the page turns them into text in
the language of the reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.geodesy.measures import find_middle, wrap_longitudes
from corridors.messages import Message
from corridors.outputs.maps.polylines import encode_lines, pack
from corridors.outputs.maps.timeline import count_minutes
from corridors.release.labels import Labels, read_reason
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, UNKNOWN, Ints

Data = dict[str, Any]

ROAD_WIDTHS = {
    "other": (),
    "minor": ("secondary", "secondary_link", "tertiary", "tertiary_link"),
    "primary": ("primary", "primary_link"),
    "main": ("motorway", "motorway_link", "trunk", "trunk_link"),
}
"""Groups of road classes with the same width, thinnest first; all other classes are `other`."""
BASE_TOLERANCE_DEG = 3e-5
"""The tolerance of the base map: three metres, less than the width of its lines.

Corridors and closures are not simplified.
"""
MAX_ROAD_NAMES = 150
"""More names would hide each other."""
STATUSES = (PASSABLE, RESTRICTED, UNKNOWN, NOT_PASSABLE)
"""The position of a status is its number in the page."""
Ground = tuple[Any, ...]
"""Why segments are closed: cause type, cause, rule, direction, start and end."""
GROUND = ["cause_type", "cause_id", "rule", "direction", "active_from", "active_until"]


def number_kinds(segments: gpd.GeoDataFrame) -> tuple[list[list[Any]], Ints]:
    """The kinds of road, each with class, bridge and tunnel; and the kind number of segments."""
    classes, names = pd.factorize(segments["road_class"].array)
    code, kinds = pd.factorize(
        classes * 4 + segments["bridge"].to_numpy() * 2 + segments["tunnel"].to_numpy()
    )
    return [
        [str(names[kind // 4]), int(kind // 2 % 2), int(kind % 2)] for kind in kinds.tolist()
    ], code


def draw_roads(
    segments: gpd.GeoDataFrame, meridian: float, kinds: list[list[Any]], kind: Ints
) -> Data:
    """The base map: lines by width, with their facts.

    `facts` has for each width the facts of its lines, in runs of equal ones: count, kind, name,
    status.
    """
    shapes = np.array(segments.geometry.array)
    bent = shapely.get_num_coordinates(shapes) > 2
    shapes[bent] = shapely.simplify(shapes[bent], BASE_TOLERANCE_DEG, preserve_topology=False)
    width_of = {
        road_class: width for width, classes in ROAD_WIDTHS.items() for road_class in classes
    }
    order = {width: position for position, width in enumerate(ROAD_WIDTHS)}
    group = np.array(
        [order[width_of.get(road_class, "other")] for road_class, _, _ in kinds], dtype=np.int64
    )[kind]
    bridges = segments["bridge"].to_numpy()
    name, names = pd.factorize(segments["name"].array)
    first = np.unique(name, return_index=True)[1]
    arabic = segments["name_ar"].array[first].tolist()
    state, words = pd.factorize(segments["status"].array)
    numbers = [STATUSES.index(word if word in STATUSES else UNKNOWN) for word in words]
    status = np.array(numbers, dtype=np.int64)[state]
    facts = np.column_stack([kind, name, status])
    return {
        **{
            width: encode_lines(shapes[group == position], meridian)
            for width, position in order.items()
        },
        "bridges": encode_lines(shapes[bridges], meridian),
        "facts": {
            width: _count_runs(facts[group == position]) for width, position in order.items()
        },
        "distinct_names": [
            [text, other] if other and other != text else [text]
            for text, other in zip(names.tolist(), arabic, strict=True)
        ],
        "names": _road_names(
            segments[["name", "name_ar", "length_m", "geometry"]][group != order["other"]], meridian
        ),
    }


def _count_runs(facts: Ints) -> str:
    """Runs of equal rows, each as its length and its facts."""
    if not len(facts):
        return ""
    starts = np.concatenate([[0], np.flatnonzero((np.diff(facts, axis=0) != 0).any(axis=1)) + 1])
    counts = np.diff(np.append(starts, len(facts)))
    return pack(np.column_stack([counts, facts[starts]]).ravel())


def _road_names(segments: gpd.GeoDataFrame, meridian: float) -> list[Any]:
    """The names of larger roads, longest first, with the middle of their longest segment."""
    code, names = pd.factorize(segments["name"].array)
    length_m = segments["length_m"].to_numpy()
    total = pd.DataFrame(
        {"name": names, "total": np.bincount(code, length_m, minlength=len(names))}
    )
    named = (
        total[total["name"] != ""]
        .sort_values(["total", "name"], ascending=[False, True])
        .index[:MAX_ROAD_NAMES]
    )
    by_length = np.argsort(-length_m, kind="stable")
    longest = segments.iloc[by_length[np.unique(code[by_length], return_index=True)[1][named]]]
    spots = [find_middle(line) for line in longest.geometry]
    places = wrap_longitudes(shapely.get_coordinates(spots), meridian).tolist()
    return [
        [[round(lat, 5), round(lon, 5)], name, name_ar]
        for (lon, lat), name, name_ar in zip(
            places, longest["name"], longest["name_ar"], strict=True
        )
    ]


def number_reasons(labels: Labels) -> dict[tuple[str, str], int]:
    """The different reasons that the page shows as sentences, each with its number.

    They belong to restricted and unknown roads, and to closed roads for which the ledger does not
    state everything. A reason is the code and the values of its row.
    """
    rows = labels.segments[labels.segments["reason_values"] != ""]
    columns = (rows[name].tolist() for name in ("status", "reason_code", "reason_values"))
    numbers: dict[tuple[str, str], int] = {}
    for status, code, text in zip(*columns, strict=True):
        if status != NOT_PASSABLE or not _is_in_ledger(read_reason(code, text)):
            numbers.setdefault((code, text), len(numbers))
    return numbers


def _is_in_ledger(reason: Message) -> bool:
    """Whether rows of the ledger state everything that a reason states."""
    facts = dict(reason.values)
    return all(
        cause.code in ("reason.within_radius", "reason.crosses_zone")
        for cause in facts.get("reasons", (reason,))
    )


def _find_reasons(labels: Labels, segments: pd.DataFrame) -> list[int]:
    """The number of the reason of each segment; -1 for none."""
    numbers = number_reasons(labels)
    columns = (segments[name].tolist() for name in ("reason_code", "reason_values"))
    return [numbers.get(reason, -1) for reason in zip(*columns, strict=True)]


def draw_closed(labels: Labels, meridian: float, kind: Ints) -> tuple[Data, list[Ground]]:
    """Closed segments in one list of lines, and the grounds on which they are closed.

    Each segment has its id, name, kind, metres, number of its reason (-1 for none), causes, and the
    rows of the ledger that close it: distance in metres (-1 for unknown) and number of the ground.
    """
    closed = labels.segments[labels.closed]
    grounds: dict[Ground, int] = {}
    rows: dict[str, list[int]] = {segment: [] for segment in closed.index}
    ledger = _list_ledger(labels)
    # Thousands of rows share a few times, and timestamps are slow to create.
    times = {name: pd.factorize(ledger[name]) for name in GROUND[-2:]}
    for segment, distance_m, *ground in _list_rows(
        ledger.assign(**{name: codes for name, (codes, _) in times.items()})
    ):
        rows[segment] += [
            int(distance_m) if distance_m > 0 else -1,
            grounds.setdefault(tuple(ground), len(grounds)),
        ]
    starts, ends = (moments for _, moments in times.values())
    grounds_with_times = [
        (*ground, starts[since] if since >= 0 else pd.NaT, ends[until] if until >= 0 else pd.NaT)
        for *ground, since, until in grounds
    ]
    facts = zip(
        *_list_roads(closed, kind[labels.closed.to_numpy()]),
        _find_reasons(labels, closed),
        closed["closed_by"],
        strict=True,
    )
    return {
        "lines": encode_lines(closed.geometry, meridian),
        "spans": [
            [count_minutes(since, labels.release), count_minutes(until, labels.release, up=True)]
            for *_, since, until in grounds_with_times
        ],
        "segments": [
            [
                _show_id(segment),
                *road,
                reason,
                [] if rows[segment] else list(causes),
                rows[segment],
            ]
            for segment, (*road, reason, causes) in zip(closed.index, facts, strict=True)
        ],
    }, grounds_with_times


def _list_ledger(labels: Labels) -> pd.DataFrame:
    """The rows of the ledger that close segments, by segment."""
    ledger = labels.closures.sort_values(
        ["segment_id", "cause_type", "cause_id", "rule"], kind="stable"
    )
    closed = np.append(labels.closed.to_numpy(), False)[
        labels.segments.index.get_indexer(ledger["segment_id"])
    ]
    return ledger.loc[closed, ["segment_id", "distance_m", *GROUND]]


def draw_limited(labels: Labels, meridian: float, kind: Ints) -> Data:
    """Segments that are RESTRICTED or UNKNOWN.

    Each segment has its id, name, kind, metres, status, closed direction, causes, and the number of
    its reason.
    """
    chosen = labels.segments["status"].isin([RESTRICTED, UNKNOWN]) & ~labels.closed
    limited = labels.segments[chosen]
    columns = [limited[name].tolist() for name in ("status", "closed_direction", "closed_by")]
    states = zip(*columns, _find_reasons(labels, limited), strict=True)
    roads = _list_roads(limited, kind[chosen.to_numpy()])
    return {
        "lines": encode_lines(limited.geometry, meridian),
        "segments": [
            [segment, *road, status, direction, list(causes), reason]
            for segment, road, (status, direction, causes, reason) in zip(
                map(_show_id, limited.index), zip(*roads, strict=True), states, strict=True
            )
        ],
    }


def _show_id(segment: Any) -> str:
    """The id of a segment; empty where ids are withheld and it is only a row number."""
    return segment if isinstance(segment, str) else ""


def _list_roads(segments: gpd.GeoDataFrame, kind: Ints) -> tuple[list[str], list[int], list[int]]:
    """The names, kind numbers and whole metres of segments."""
    return (
        segments["name"].tolist(),
        kind.tolist(),
        np.floor(segments["length_m"].to_numpy()).astype(int).tolist(),
    )


def _list_rows(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a table as plain values, several times faster than `itertuples`."""
    return zip(*(table[name].tolist() for name in table.columns), strict=True)
