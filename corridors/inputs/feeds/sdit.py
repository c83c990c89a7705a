"""WFP's logistics data (SDI-T): obstacles on roads, and bridges with their status.

In these tables 0 and 0.0 mean that nobody entered a value: such a place is missing, such a limit
is not stated.
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
from corridors.inputs.feeds.feed import (
    LATLON,
    Feed,
    FeedFile,
    blank_cell,
    earliest,
    parse_choice,
    split_names,
    worst_of,
)
from corridors.inputs.geometries import place_spots, read_places_and_spread
from corridors.inputs.precision import parse_accuracy
from corridors.inputs.records import REPORTED_UNTIL
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, ROAD_REPORTS, UNKNOWN

_SHARED = "locprecision,latitude,longitude,iso3,country"
OBSTACLE_COLUMNS = split_names(f"objectid,obstype,obsdate,maxloadmt,{_SHARED}")
BRIDGE_COLUMNS = split_names(
    "objectid,brdgname,brdgtype,status,dmg,brdglength,maxloadmt,estimatedcrossingtime,curntprac,"
    f"basemtrl,srftpe,hasbypass,{_SHARED}"
)
_OTHER_COLUMNS = split_names(
    "createdate,updatedate,source,comments,globalid,shape,name,obsname,adm1,adm2"
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
"""`obstype` -> our kind and the status of the road, "" where no road is concerned.

WFP's table has no column for the status. An obstacle with a stated weight (`maxloadmt`) lets that
weight pass, and is a restriction.
"""
BRIDGES: Mapping[str, str] = MappingProxyType(
    {
        "Unknown": UNKNOWN,
        "Open": PASSABLE,
        "Closed": NOT_PASSABLE,
        "Planned": "planned",
        "Restricted": RESTRICTED,
    }
)
"""`status` of a bridge; an open bridge with damage (`dmg`) is restricted."""
RAILWAY, PLANNED = "railway", "planned"


def _read_table(
    file: FeedFile,
    feed: Feed,
    own: Mapping[str, str],
    classify: Callable[[Columns], tuple[list[str], list[str], list[str]]],
) -> tuple[ReadResult, ...]:
    """Read what both tables share: place, precision, load, date and id.

    `classify` returns the kind, the status and the reason of exclusion of each row.
    """
    common = {"report_id": "objectid", "max_weight_t": "maxloadmt", "accuracy_m": "locprecision"}
    columns = file.columns(feed, {**common, **own}, places=LATLON)
    shapes, spread_m = _read_spots(columns)
    kinds, statuses, left_out = classify(columns)
    weights = columns.read("max_weight_t", parse_amount, None)
    accuracy_m = columns.read(
        "accuracy_m",
        partial(parse_accuracy, file.precision, bare=False),
        file.precision.words_m["unknown"],
    )
    dates = columns.read("reported_at", partial(parse_time, file.zone), None)
    undated = dates.count(None) if file.declared_at is None else 0
    if undated:
        columns.notes.append(Message("note.sdit_undated", n=undated, all=len(kinds)))
    values: dict[str, Any] = {
        "report_id": [
            f"{feed.name}-{name}" if name else ""
            for name in columns.read("report_id", parse_text, "")
        ],
        "status": statuses,
        "kind": kinds,
        "reported_at": [date or file.declared_at for date in earliest(dates)],
        REPORTED_UNTIL: [date[1] if date and date[0] < date[1] else None for date in dates],
        "direction": "both",
        "max_weight_t": [weight or None for weight in weights],
        "accuracy_m": worst_of(accuracy_m, spread_m),
        "name": columns.read("name", parse_text, ""),
        "source": "WFP SDI-T",
        "verification": "reported",
        "geometry": shapes,
    }
    return (
        file.build(columns, ROAD_REPORTS, values, feed, newest=("reported_at",), left_out=left_out),
    )


def _read_spots(columns: Columns) -> tuple[Any, Any]:
    """The places; a latitude or longitude of 0 means that no value was entered."""
    if columns.rows.shapes is not None:
        return read_places_and_spread(columns, ROAD_REPORTS)
    hint = Message("hint.give_degrees_or_remove_row")
    angles: dict[str, Sequence[Angle | None]] = {}
    for name, axis in (("lat", "latitude"), ("lon", "longitude")):
        columns.require(name, LATLON[name])

        def parse(text: str, axis: str = axis) -> Angle:
            if plain_digits(text).strip("0.") == "":
                raise CellError("missing-place", Message("problem.sdit_coordinate_zero"), hint)
            return parse_angle(axis, text)

        angles[name] = columns.read(name, parse, blank_cell("missing-place", hint))
    spots = [
        Spot(lat.degrees, lon.degrees, measure_spread_m(lat, lon)) if lat and lon else None
        for lat, lon in zip(angles["lat"], angles["lon"], strict=True)
    ]
    return place_spots(columns, ROAD_REPORTS, spots)


def _classify_obstacles(columns: Columns) -> tuple[list[str], list[str], list[str]]:
    blank = blank_cell("unknown-code-word", Message("hint.write_obstacle_unknown"))
    found = columns.read("kind", partial(parse_choice, "obstype", OBSTACLES), blank)
    weights = columns.read("max_weight_t", parse_amount, None)
    kinds, statuses, left_out = [], [], []
    for obstacle, weight in zip(found, weights, strict=True):
        kind, status = obstacle or OBSTACLES["Unknown"]
        kinds.append(kind)
        statuses.append(RESTRICTED if weight and status == NOT_PASSABLE else status or UNKNOWN)
        left_out.append("" if status else RAILWAY)
    return kinds, statuses, left_out


def _classify_bridges(columns: Columns) -> tuple[list[str], list[str], list[str]]:
    found = columns.read("status", partial(parse_choice, "status", BRIDGES), UNKNOWN)
    damaged = columns.read(
        "dmg", partial(parse_choice, "dmg", {"Unknown": False, "Yes": True, "No": False}), False
    )
    statuses = [
        RESTRICTED if bad and status == PASSABLE else UNKNOWN if status == PLANNED else status
        for status, bad in zip(found, damaged, strict=True)
    ]
    kinds = ["bridge_damage" if bad else "bridge_status" for bad in damaged]
    return kinds, statuses, [PLANNED if status == PLANNED else "" for status in found]


def _read_obstacles(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {"kind": "obstype", "reported_at": "obsdate"}
    return _read_table(file, SDIT_OBSTACLES, own, _classify_obstacles)


def _read_bridges(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {"status": "status", "dmg": "dmg", "name": "brdgname"}
    return _read_table(file, SDIT_BRIDGES, own, _classify_bridges)


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
