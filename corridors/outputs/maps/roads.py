"""The roads on the map: all as a base, those closed, and those restricted or of unknown state.

What thousands of segments say alike is told once, by number, and put into words by the page in the
language that is read.
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
from corridors.outputs.maps.timeline import tell_minutes
from corridors.release.labels import Labels, read_reason
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, UNKNOWN, Ints

Data = dict[str, Any]

ROAD_WIDTHS = {
    "other": (),
    "minor": ("secondary", "secondary_link", "tertiary", "tertiary_link"),
    "primary": ("primary", "primary_link"),
    "main": ("motorway", "motorway_link", "trunk", "trunk_link"),
}
"""Groups of road classes drawn alike, thinnest first; what is in none of them is `other`."""
BASE_TOLERANCE_DEG = 3e-5
"""How far the base map may cut a bend: three metres, less than its lines are wide.

Corridors and closures are not cut.
"""
MAX_ROAD_NAMES = 150
"""More would hide each other."""
STATUSES = (PASSABLE, RESTRICTED, UNKNOWN, NOT_PASSABLE)
"""By the numbers that stand for them in the page."""
Ground = tuple[Any, ...]
"""What closes segments: cause type, cause, rule, direction, since and until."""
GROUND = ["cause_type", "cause_id", "rule", "direction", "active_from", "active_until"]


def number_kinds(segments: gpd.GeoDataFrame) -> tuple[list[list[Any]], Ints]:
    """The kinds of road there are, each as class, whether a bridge, whether a tunnel; and the
    number of each segment's.
    """
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
    """The base map: lines by width, and in `told` what the lines of each width are, so many in a
    row alike: count, kind, name, status.
    """
    shapes = np.array(segments.geometry.array)
    bent = shapely.get_num_coordinates(shapes) > 2
    shapes[bent] = shapely.simplify(
        shapes[bent], BASE_TOLERANCE_DEG, preserve_topology=False
    )  # lines: nothing to preserve
    width_of = {
        road_class: width for width, classes in ROAD_WIDTHS.items() for road_class in classes
    }
    order = {width: position for position, width in enumerate(ROAD_WIDTHS)}
    group = np.array(
        [order[width_of.get(road_class, "other")] for road_class, _, _ in kinds], dtype=np.int64
    )[kind]
    bridges = segments["bridge"].to_numpy()
    name, called = pd.factorize(segments["name"].array)
    first = np.unique(name, return_index=True)[1]
    arabic = segments["name_ar"].array[first].tolist()
    state, locale = pd.factorize(segments["status"].array)
    status = np.array(
        [STATUSES.index(word) if word in STATUSES else STATUSES.index(UNKNOWN) for word in locale],
        dtype=np.int64,
    )[state]
    facts = np.column_stack([kind, name, status])
    return {
        **{
            width: encode_lines(shapes[group == position], meridian)
            for width, position in order.items()
        },
        "bridges": encode_lines(shapes[bridges], meridian),
        "told": {width: _count_runs(facts[group == position]) for width, position in order.items()},
        "called": [
            [text, other] if other and other != text else [text]
            for text, other in zip(called.tolist(), arabic, strict=True)
        ],
        "names": _road_names(
            segments[["name", "name_ar", "length_m", "geometry"]][group != order["other"]], meridian
        ),
    }


def _count_runs(facts: Ints) -> str:
    """Rows that repeat the one before, as one: how often, and what."""
    if not len(facts):
        return ""
    starts = np.concatenate([[0], np.flatnonzero((np.diff(facts, axis=0) != 0).any(axis=1)) + 1])
    counts = np.diff(np.append(starts, len(facts)))
    return pack(np.column_stack([counts, facts[starts]]).ravel())


def _road_names(segments: gpd.GeoDataFrame, meridian: float) -> list[Any]:
    """Where to write the name of each larger road: the middle of its longest piece, the longest
    roads first.
    """
    code, names = pd.factorize(segments["name"].array)
    length_m = segments["length_m"].to_numpy()
    total = pd.DataFrame(
        {"name": names, "total": np.bincount(code, length_m, minlength=len(names))}
    )
    told = (
        total[total["name"] != ""]
        .sort_values(["total", "name"], ascending=[False, True])
        .index[:MAX_ROAD_NAMES]
    )
    by_length = np.argsort(-length_m, kind="stable")
    longest = segments.iloc[by_length[np.unique(code[by_length], return_index=True)[1][told]]]
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

    They are those of restricted and unknown roads, and of closed roads for which the rows of the
    ledger do not state everything. A reason is the code and the values of its row.
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

    Of each segment: id, name, kind, metres, number of its reason (-1: none), causes, and the rows
    of the ledger that close it: how far away in metres (-1: unknown), and the number of its ground.
    """
    closed = labels.segments[labels.closed]
    grounds: dict[Ground, int] = {}
    rows: dict[str, list[int]] = {segment: [] for segment in closed.index}
    ledger = _list_ledger(labels)
    times = {
        name: pd.factorize(ledger[name]) for name in GROUND[-2:]
    }  # thousands of rows share few moments, and a moment is slow to make
    for segment, distance_m, *ground in _list_rows(
        ledger.assign(**{name: codes for name, (codes, _) in times.items()})
    ):
        rows[segment] += [
            int(distance_m) if distance_m > 0 else -1,
            grounds.setdefault(tuple(ground), len(grounds)),
        ]
    starts, ends = (moments for _, moments in times.values())
    said = [
        (*ground, starts[since] if since >= 0 else pd.NaT, ends[until] if until >= 0 else pd.NaT)
        for *ground, since, until in grounds
    ]
    told = zip(
        *_tell_roads(closed, kind[labels.closed.to_numpy()]),
        _find_reasons(labels, closed),
        closed["closed_by"],
        strict=True,
    )
    return {
        "lines": encode_lines(closed.geometry, meridian),
        "spans": [
            [tell_minutes(since, labels.release), tell_minutes(until, labels.release, up=True)]
            for *_, since, until in said
        ],
        "segments": [
            [
                _tell_id(segment),
                *road,
                reason,
                [] if rows[segment] else list(causes),
                rows[segment],
            ]
            for segment, (*road, reason, causes) in zip(closed.index, told, strict=True)
        ],
    }, said


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

    Of each: id, name, kind, metres, status, the direction that is closed, what closes it, and the
    number of its reason.
    """
    chosen = labels.segments["status"].isin([RESTRICTED, UNKNOWN]) & ~labels.closed
    limited = labels.segments[chosen]
    columns = [limited[name].tolist() for name in ("status", "closed_direction", "closed_by")]
    states = zip(*columns, _find_reasons(labels, limited), strict=True)
    roads = _tell_roads(limited, kind[chosen.to_numpy()])
    return {
        "lines": encode_lines(limited.geometry, meridian),
        "segments": [
            [segment, *road, status, direction, list(causes), reason]
            for segment, road, (status, direction, causes, reason) in zip(
                map(_tell_id, limited.index), zip(*roads, strict=True), states, strict=True
            )
        ],
    }


def _tell_id(segment: Any) -> str:
    """The id of a segment; nothing where it is only the number of its row, because ids are
    withheld.
    """
    return segment if isinstance(segment, str) else ""


def _tell_roads(segments: gpd.GeoDataFrame, kind: Ints) -> tuple[list[str], list[int], list[int]]:
    """Name, number of its kind, and whole metres of each segment."""
    return (
        segments["name"].tolist(),
        kind.tolist(),
        np.floor(segments["length_m"].to_numpy()).astype(int).tolist(),
    )


def _list_rows(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a table as plain values, which for thousands of rows is several times faster than
    `itertuples`.
    """
    return zip(*(table[name].tolist() for name in table.columns), strict=True)
