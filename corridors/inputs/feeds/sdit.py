"""WFP's logistics data (SDI-T): obstacles on roads, and bridges with their state.

In these tables 0 and 0.0 mean that nobody entered a value: such a place is missing, such a limit
not stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import (
    CellError,
    Columns,
    parse_amount,
    parse_text,
    parse_time,
    plain_digits,
)
from corridors.inputs.coordinates import Angle, Spot, measure_spread_m, parse_angle
from corridors.inputs.feeds.feed import LATLON, Feed, FeedFile, parse_choice, worst_of
from corridors.inputs.geometries import place_spots, read_places_and_spread
from corridors.inputs.precision import parse_accuracy
from corridors.inputs.records import REPORTED_UNTIL
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, ROAD_REPORTS, UNKNOWN

OBSTACLE_COLUMNS = (
    "objectid",
    "obstype",
    "obsdate",
    "maxloadmt",
    "locprecision",
    "latitude",
    "longitude",
    "iso3",
    "country",
)
BRIDGE_COLUMNS = (
    *(
        "objectid",
        "brdgname",
        "brdgtype",
        "status",
        "dmg",
        "brdglength",
        "maxloadmt",
        "estimatedcrossingtime",
        "curntprac",
        "basemtrl",
    ),
    *("srftpe", "hasbypass", "locprecision", "latitude", "longitude", "iso3", "country"),
)
_OTHER_COLUMNS = (
    "createdate",
    "updatedate",
    "source",
    "comments",
    "globalid",
    "shape",
    "name",
    "obsname",
    "adm1",
    "adm2",
)
OBSTACLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Unknown": ("unknown", UNKNOWN),
        "Flood": ("flood", NOT_PASSABLE),
        "Mines/UXO": ("explosive_hazard", NOT_PASSABLE),
        "Roadblock": ("roadblock", NOT_PASSABLE),
        "Road damage": ("road_damage", RESTRICTED),
        "Railway damage": ("railway_damage", ""),
        "Bridge damage": ("bridge_damage", NOT_PASSABLE),
        "Culvert damage": ("culvert_damage", NOT_PASSABLE),
        "Ferry": ("ferry", RESTRICTED),
        "Checkpoint Official": ("checkpoint_official", RESTRICTED),
        "Checkpoint Unofficial": ("checkpoint_unofficial", RESTRICTED),
        "Traffic restriction": ("traffic_restriction", RESTRICTED),
        "Landslide": ("landslide", NOT_PASSABLE),
        "Wreckage": ("wreckage", NOT_PASSABLE),
        "Ford": ("ford", RESTRICTED),
        "Trees": ("trees", NOT_PASSABLE),
    }
)
"""`obstype` -> our kind and the state it leaves the road in, "" where it is none of a road. WFP's
table has no column for the state; an obstacle for which a weight is stated (`maxloadmt`) lets that
weight pass, and is a restriction."""
BRIDGES: Mapping[str, str] = MappingProxyType(
    {
        "Unknown": UNKNOWN,
        "Open": PASSABLE,
        "Closed": NOT_PASSABLE,
        "Planned": "planned",
        "Restricted": RESTRICTED,
    }
)
"""`status` of a bridge; one that is damaged (`dmg`) and open is restricted."""
RAILWAY, PLANNED = "railway", "planned"


def _read_table(
    file: FeedFile,
    feed: Feed,
    own: Mapping[str, str],
    told: Callable[[Columns], tuple[list[str], list[str], list[str]]],
) -> tuple[ReadResult, ...]:
    """What both tables share: place, precision, load, date and id;

    `told` gives kind, state and reason to set aside.
    """
    common = {"report_id": "objectid", "max_weight_t": "maxloadmt", "accuracy_m": "locprecision"}
    columns = file.columns(feed, {**common, **own}, places=LATLON)
    shapes, spread_m = _read_spots(columns)
    kinds, states, left_out = told(columns)
    weights = columns.read("max_weight_t", parse_amount, None)
    vague = file.precision.words_m["unknown"]
    accuracy_m = columns.read(
        "accuracy_m", partial(parse_accuracy, file.precision, bare=False), vague
    )
    parse = partial(parse_time, file.zone)
    dates = columns.read("reported_at", parse, None)
    count = len(kinds)
    if undated := sum(date is None for date in dates) if file.declared_at is None else 0:
        columns.notes.append(Message("note.sdit_undated", n=undated, all=count))
    values: dict[str, Any] = {
        "report_id": [
            f"{feed.name}-{name}" if name else ""
            for name in columns.read("report_id", parse_text, "")
        ],
        "status": states,
        "kind": kinds,
        "reported_at": [date[0] if date else file.declared_at for date in dates],
        REPORTED_UNTIL: [date[1] if date and date[0] < date[1] else None for date in dates],
        "direction": ["both"] * count,
        "max_weight_t": [weight or None for weight in weights],
        "accuracy_m": worst_of(accuracy_m, spread_m),
        "name": columns.read("name", parse_text, ""),
        "source": ["WFP SDI-T"] * count,
        "verification": ["reported"] * count,
        "geometry": shapes,
    }
    return (
        file.build(columns, ROAD_REPORTS, values, feed, newest=("reported_at",), left_out=left_out),
    )


def _read_spots(columns: Columns) -> tuple[Any, Any]:
    """The places; a latitude or longitude of 0 was never entered."""
    if columns.rows.shapes is not None:
        return read_places_and_spread(columns, ROAD_REPORTS)
    hint = "give the degrees, or remove the row"
    angles: dict[str, Sequence[Angle | None]] = {}
    for name, axis in (("lat", "latitude"), ("lon", "longitude")):
        columns.require(name, LATLON[name])

        def parse(text: str, axis: str = axis) -> Angle:
            if plain_digits(text).strip("0.") == "":
                raise CellError("missing-place", f"a {axis} of 0 is one that nobody entered", hint)
            return parse_angle(axis, text)

        angles[name] = columns.read(
            name, parse, CellError("missing-place", f"the {axis} is blank", hint)
        )
    spots = [
        Spot(lat.degrees, lon.degrees, measure_spread_m(lat, lon)) if lat and lon else None
        for lat, lon in zip(angles["lat"], angles["lon"], strict=True)
    ]
    return place_spots(columns, ROAD_REPORTS, spots)


def _tell_obstacles(columns: Columns) -> tuple[list[str], list[str], list[str]]:
    blank = CellError("unknown-code-word", "the obstacle type is blank", "write Unknown")
    found = columns.read("kind", partial(parse_choice, "obstype", OBSTACLES), blank)
    weights = columns.read("max_weight_t", parse_amount, None)
    kinds, states, left_out = [], [], []
    for told, weight in zip(found, weights, strict=True):
        kind, state = told or OBSTACLES["Unknown"]
        kinds.append(kind)
        states.append(RESTRICTED if weight and state == NOT_PASSABLE else state or UNKNOWN)
        left_out.append("" if state else RAILWAY)
    return kinds, states, left_out


def _tell_bridges(columns: Columns) -> tuple[list[str], list[str], list[str]]:
    found = columns.read("status", partial(parse_choice, "status", BRIDGES), UNKNOWN)
    damaged = columns.read(
        "dmg", partial(parse_choice, "dmg", {"Unknown": False, "Yes": True, "No": False}), False
    )
    states = [
        RESTRICTED if bad and state == PASSABLE else UNKNOWN if state == PLANNED else state
        for state, bad in zip(found, damaged, strict=True)
    ]
    kinds = ["bridge_damage" if bad else "bridge_status" for bad in damaged]
    return kinds, states, [PLANNED if state == PLANNED else "" for state in found]


def _read_obstacles(file: FeedFile) -> tuple[ReadResult, ...]:
    return _read_table(
        file, SDIT_OBSTACLES, {"kind": "obstype", "reported_at": "obsdate"}, _tell_obstacles
    )


def _read_bridges(file: FeedFile) -> tuple[ReadResult, ...]:
    return _read_table(
        file, SDIT_BRIDGES, {"status": "status", "dmg": "dmg", "name": "brdgname"}, _tell_bridges
    )


SDIT_OBSTACLES = Feed(
    "sdit-obstacles",
    "WFP SDI-T obstacles",
    (frozenset({"obstype", "locprecision"}),),
    (*OBSTACLE_COLUMNS, *_OTHER_COLUMNS),
    _read_obstacles,
    "WFP, SDI-T obstacles",
)
SDIT_BRIDGES = Feed(
    "sdit-bridges",
    "WFP SDI-T bridges",
    (frozenset({"brdgname", "brdgtype", "locprecision"}),),
    (*BRIDGE_COLUMNS, *_OTHER_COLUMNS),
    _read_bridges,
    "WFP, SDI-T bridges",
)
