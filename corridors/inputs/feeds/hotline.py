"""A hotline's log: what callers report, in the plain columns that we propose.

A call reports an incident or the state of a road. Its place is a pair of coordinates, the P-code
of a site, or a kilometre along a corridor of an earlier plan. A call without a certain place is
refused or excluded. No column that could identify a caller is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.measures import cut_line, measure_length_m
from corridors.inputs.columns import (
    CellError,
    Columns,
    fold,
    parse_text,
    parse_time,
    plain_digits,
)
from corridors.inputs.coordinates import Angle, Spot, measure_spread_m, parse_angle
from corridors.inputs.feeds.feed import (
    MISSING_TIME,
    Feed,
    FeedFile,
    blank_cell,
    earliest,
    latest,
    split_names,
)
from corridors.inputs.geometries import place_spots
from corridors.inputs.precision import parse_accuracy
from corridors.inputs.records import REPORTED_UNTIL
from corridors.inputs.vocabulary import KINDS, ROAD_STATUSES, SURENESS
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS, ROAD_REPORTS

COLUMNS = split_names(
    "call_id,received_at,occurred_at,caller_role,lat,lon,pcode,place,code,confidence,accuracy_m,"
    "structure"
)
CONFIDENCE: Mapping[str, str] = MappingProxyType(
    {"low": "reported", "medium": "reported", "high": "reported", **SURENESS}
)
"""One caller is one source: whatever the confidence, a call is `reported`.

Staff who checked the call write corroborated, verified or retracted.
"""
ROAD_REPORT, INCIDENT = "road_report", "incident"
_LAT_LON = {"lat": ("lat",), "lon": ("lon",)}
_KILOMETRE = re.compile(
    r"(?P<corridor>.+?)[\s,;:@+]+(?:km|kilomet(?:er|re))\s*(?P<km>\d+(?:\.\d+)?)"
    r"|(?P<corridor2>.+?)[\s,;:@+]+(?P<km2>\d+(?:\.\d+)?)\s*km",
    re.IGNORECASE,
)
_WRITE_CODE = Message("hint.write_call_code")


class Placed(NamedTuple):
    """The place of a call, and its uncertainty in metres."""

    spot: Spot
    accuracy_m: float


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {name: name for name in COLUMNS if name not in ("lat", "lon", "received_at")} | {
        "occurred_until": "received_at"
    }
    columns = file.columns(HOTLINE, own, strict=("occurred_until", "code"), places=_LAT_LON)
    placed = _read_placed(columns, file)
    shapes, _ = place_spots(columns, INCIDENTS, [place and place.spot for place in placed])
    parse = partial(parse_time, file.zone)
    received = columns.read("occurred_until", parse, MISSING_TIME)
    began = columns.read("occurred_at", parse, None)
    starts = earliest([since or call for since, call in zip(began, received, strict=True)])
    ends = latest(received)
    columns.check_order("occurred_at", starts, ends)
    codes = columns.read("code", _parse_code, blank_cell("unknown-code-word", _WRITE_CODE))
    roles = columns.read("caller_role", parse_text, "")
    stated_m = columns.read("accuracy_m", partial(parse_accuracy, file.precision), None)
    values: dict[str, Any] = {
        "occurred_at": starts,
        "occurred_until": ends,
        "reported_at": earliest(received),
        REPORTED_UNTIL: [call[1] if call and call[0] < call[1] else None for call in received],
        "accuracy_m": [
            max(place.accuracy_m if place else 0.0, metres or 0.0)
            for place, metres in zip(placed, stated_m, strict=True)
        ],
        "verification": columns.read("confidence", _parse_confidence, "reported"),
        "structure": columns.read("structure", parse_text, ""),
        "source": [f"hotline: {role}" if role else "hotline" for role in roles],
        "geometry": shapes,
    }
    ids = [f"call-{name}" if name else "" for name in columns.read("call_id", parse_text, "")]
    statuses = [code[1] if code and code[0] == ROAD_REPORT else "" for code in codes]
    incident = {
        **values,
        "incident_id": ids,
        "kind": [code[1] if code and code[0] == INCIDENT else "other" for code in codes],
    }
    road = {
        **values,
        "report_id": ids,
        "status": [status or "UNKNOWN" for status in statuses],
        "kind": "road_status",
        "valid_from": starts,
        "direction": "both",
        "name": values["structure"],
    }
    again = copy(columns)
    again.notes = []
    readings: list[ReadResult] = []
    problems: list[Problem] = []
    for its_columns, contract, its_values, left_out in (
        (columns, INCIDENTS, incident, [ROAD_REPORT if status else "" for status in statuses]),
        (again, ROAD_REPORTS, road, ["" if status else INCIDENT for status in statuses]),
    ):
        try:
            reading = file.build(
                its_columns,
                contract,
                its_values,
                HOTLINE,
                newest=("reported_at",),
                left_out=left_out,
            )
            readings.append(reading)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(readings if any(statuses) else readings[:1])


def _parse_code(text: str) -> tuple[str, str]:
    """The subject of a call: an incident of a kind, or the status of a road."""
    word = fold(text)
    if word in ROAD_STATUSES:
        return ROAD_REPORT, ROAD_STATUSES[word]
    if word == "other" or KINDS.get(word, "other") != "other":
        return INCIDENT, KINDS.get(word, word)
    raise CellError("unknown-code-word", Message("problem.unknown_call_code"), _WRITE_CODE)


def _parse_confidence(text: str) -> str:
    if (word := CONFIDENCE.get(fold(text))) is None:
        raise CellError(
            "unknown-verification",
            Message("problem.unknown_call_confidence"),
            Message("hint.write_call_confidence"),
        )
    return word


def _read_placed(columns: Columns, file: FeedFile) -> list[Placed | None]:
    """The place of each call; None, and a problem, where none is certain.

    Coordinates come first; P-codes and names count only without them.
    """
    lats, lons = (
        columns.read(name, partial(parse_angle, axis), None)
        for name, axis in (("lat", "latitude"), ("lon", "longitude"))
    )
    pcodes, places = (columns.read(name, parse_text, "") for name in ("pcode", "place"))
    refused = {problem.row for name, problem in columns.problems if name in ("lat", "lon")}
    placed: list[Placed | None] = []
    for position, (lat, lon, pcode, place) in enumerate(
        zip(lats, lons, pcodes, places, strict=True)
    ):
        found: Placed | None = None
        try:
            if lat is not None and lon is not None:
                found = _place_at(file, lat, lon)
            elif columns.rows.numbers[position] not in refused:
                found = _find_place(file, lat, lon, pcode, place)
        except CellError as unreadable:
            text = "" if lat or lon else pcode or place
            columns.refuse("geometry", position, unreadable, text)
        placed.append(found)
    return placed


def _place_at(file: FeedFile, lat: Angle, lon: Angle) -> Placed:
    spread_m = max(file.precision.hotline_m["coordinates"], measure_spread_m(lat, lon))
    return Placed(Spot(lat.degrees, lon.degrees, 0.0), spread_m)


def _find_place(
    file: FeedFile, lat: Angle | None, lon: Angle | None, pcode: str, place: str
) -> Placed:
    """The place that a P-code or the words of a caller name."""
    rules = file.precision.hotline_m
    if lat or lon:
        message = Message(
            "problem.call_without_longitude" if lon is None else "problem.call_without_latitude"
        )
        raise CellError("missing-place", message, Message("hint.give_both_coordinates"))
    if not pcode and not place:
        message = Message("problem.call_without_place")
        raise CellError("missing-place", message, Message("hint.write_call_place"))
    if not pcode and (found := _KILOMETRE.fullmatch(plain_digits(place))):
        name, km = found["corridor"] or found["corridor2"], float(found["km"] or found["km2"])
        return Placed(_find_on_corridor(file, name.strip(), km), rules["kilometre"])
    sites = file.sites
    named = [] if sites is None else sites.geometry.array[sites["pcode"] == (pcode or place)]
    spots = shapely.get_coordinates(named)
    if not len(spots):
        raise _refuse_place(
            "problem.pcode_of_no_site", Message("hint.write_call_lat_lon_or_add_site")
        )
    if (spots != spots[0]).any():
        raise _refuse_place("problem.pcode_of_several_places", Message("hint.write_call_lat_lon"))
    return Placed(Spot(float(spots[0, 1]), float(spots[0, 0]), 0.0), rules["pcode"])


def _find_on_corridor(file: FeedFile, name: str, km: float) -> Spot:
    if file.corridors is None:
        raise _refuse_place("problem.kilometre_without_plan", Message("hint.name_plan_of_caller"))
    if name not in file.corridors:
        names = tuple(sorted(file.corridors))
        raise _refuse_place(
            "problem.unknown_corridor", Message("hint.use_corridor_of_plan", names=names)
        )
    line = file.corridors[name]
    length_m = float(measure_length_m([line])[0])
    if km * 1000.0 > length_m:
        hint = Message("hint.correct_kilometre")
        raise _refuse_place("problem.kilometre_beyond_corridor", hint, length_m=length_m)
    lon, lat = (
        shapely.get_coordinates(cut_line(line, length_m, 0.0, km * 1000.0))[-1]
        if km
        else shapely.get_coordinates(line)[0]
    )
    return Spot(float(lat), float(lon), 0.0)


def _refuse_place(problem: str, hint: Message, **values: float) -> CellError:
    return CellError("unresolved-place", Message(problem, **values), hint)


HOTLINE = Feed(
    "hotline",
    "hotline log",
    (frozenset({"received_at", "caller_role", "code"}),),
    COLUMNS,
    _read,
    "",
)
