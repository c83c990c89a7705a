"""A hotline's log: what callers reported, in the plain columns that we propose.

A call says what happened, or in which state a road is; its place is coordinates, a P-code that a
site of the mission carries, or a kilometre along a corridor of an earlier plan. What cannot be
placed for certain is refused or set aside. No column is read that could hold a name or a number of
a caller.
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
    Span,
    fold,
    parse_text,
    parse_time,
    plain_digits,
)
from corridors.inputs.coordinates import Spot, measure_spread_m, parse_angle
from corridors.inputs.feeds.feed import Feed, FeedFile, missing_time
from corridors.inputs.geometries import place_spots
from corridors.inputs.precision import parse_accuracy
from corridors.inputs.records import REPORTED_UNTIL
from corridors.inputs.vocabulary import KINDS, ROAD_STATUSES, SURENESS
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS, ROAD_REPORTS

COLUMNS = (
    "call_id",
    "received_at",
    "occurred_at",
    "caller_role",
    "lat",
    "lon",
    "pcode",
    "place",
    "code",
    "confidence",
    "accuracy_m",
    "structure",
)
CONFIDENCE: Mapping[str, str] = MappingProxyType(
    {"low": "reported", "medium": "reported", "high": "reported", **SURENESS}
)
"""One caller is one source: however sure, a call is `reported`.

Who checked it writes corroborated, verified or retracted.
"""
ROAD_REPORT, INCIDENT = "road_report", "incident"
_LAT_LON = {"lat": ("lat",), "lon": ("lon",)}
_KILOMETRE = re.compile(
    r"(?P<corridor>.+?)[\s,;:@+]+(?:km|kilomet(?:er|re))\s*(?P<km>\d+(?:\.\d+)?)|(?P<corridor2>.+?)[\s,;:@+]+(?P<km2>\d+(?:\.\d+)?)\s*km",
    re.IGNORECASE,
)


class Placed(NamedTuple):
    """Where a call was placed, and how exactly in metres."""

    spot: Spot
    accuracy_m: float


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {name: name for name in COLUMNS if name not in ("lat", "lon", "received_at")} | {
        "occurred_until": "received_at"
    }
    columns = file.columns(HOTLINE, own, strict=("occurred_until", "code"), places=_LAT_LON)
    placed = _read_placed(columns, file)
    shapes, _ = place_spots(columns, INCIDENTS, [place and place.spot for place in placed])

    def parse(text: str) -> Span:
        return parse_time(file.zone, text)

    received = columns.read("occurred_until", parse, missing_time("when the call came"))
    began = columns.read("occurred_at", parse, None)
    starts = [(since or call or (None,))[0] for since, call in zip(began, received, strict=True)]
    ends = [call and call[1] for call in received]
    columns.check_order("occurred_at", starts, ends)
    blank = CellError(
        "unknown-code-word",
        "the code is blank",
        "write a kind of incident, or the state of the road",
    )
    codes = columns.read("code", _parse_code, blank)
    roles = columns.read("caller_role", parse_text, "")
    exact = columns.read("accuracy_m", partial(parse_accuracy, file.precision), None)
    count = len(codes)
    values: dict[str, Any] = {
        "occurred_at": starts,
        "occurred_until": ends,
        "reported_at": [call and call[0] for call in received],
        REPORTED_UNTIL: [call[1] if call and call[0] < call[1] else None for call in received],
        "accuracy_m": [
            max(place.accuracy_m if place else 0.0, stated or 0.0)
            for place, stated in zip(placed, exact, strict=True)
        ],
        "verification": columns.read("confidence", _parse_confidence, "reported"),
        "structure": columns.read("structure", parse_text, ""),
        "source": [f"hotline: {role}" if role else "hotline" for role in roles],
        "geometry": shapes,
    }
    ids = columns.read("call_id", parse_text, "")
    states = [code if code and code[0] == ROAD_REPORT else None for code in codes]
    incident = {
        **values,
        "incident_id": [f"call-{name}" if name else "" for name in ids],
        "kind": [code[1] if code and code[0] == INCIDENT else "other" for code in codes],
    }
    road = {
        **values,
        "report_id": [f"call-{name}" if name else "" for name in ids],
        "status": [state[1] if state else "UNKNOWN" for state in states],
        "kind": ["road_status"] * count,
        "valid_from": starts,
        "direction": ["both"] * count,
        "name": values["structure"],
    }
    again = copy(columns)
    again.notes = []
    readings: list[ReadResult] = []
    problems: list[Problem] = []
    for its_columns, contract, said, reasons in (
        (columns, INCIDENTS, incident, [ROAD_REPORT if state else "" for state in states]),
        (again, ROAD_REPORTS, road, ["" if state else INCIDENT for state in states]),
    ):
        try:
            readings.append(
                file.build(
                    its_columns, contract, said, HOTLINE, newest=("reported_at",), left_out=reasons
                )
            )
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(readings if any(states) else readings[:1])


def _parse_code(text: str) -> tuple[str, str]:
    """What a call is about: an incident of a kind, or the state of a road."""
    word = fold(text)
    if word in ROAD_STATUSES:
        return ROAD_REPORT, ROAD_STATUSES[word]
    if word in KINDS and KINDS[word] != "other":
        return INCIDENT, KINDS[word]
    if word == "other":
        return INCIDENT, "other"
    hint = "write a kind of incident (air_strike, shelling, ...), or the state of the road (passable, restricted, not passable)"
    raise CellError(
        "unknown-code-word", "this code is neither a kind of incident nor a state of a road", hint
    )


def _parse_confidence(text: str) -> str:
    if (word := CONFIDENCE.get(fold(text))) is None:
        hint = "write low, medium or high, or reported, corroborated, verified or retracted"
        raise CellError("unknown-verification", "this confidence is not known", hint)
    return word


def _read_placed(columns: Columns, file: FeedFile) -> list[Placed | None]:
    """Where each call was placed, by the first of its ways of saying so;

    None, and a problem, where none is certain.
    """
    rules = file.precision.hotline_m
    lats = columns.read("lat", partial(parse_angle, "latitude"), None)
    lons = columns.read("lon", partial(parse_angle, "longitude"), None)
    pcodes, places = (columns.read(name, parse_text, "") for name in ("pcode", "place"))
    read = []
    refused = {(name, problem.row) for name, problem in columns.problems if name in ("lat", "lon")}
    for position, (lat, lon, pcode, place) in enumerate(
        zip(lats, lons, pcodes, places, strict=True)
    ):
        found: Placed | None = None
        number = columns.rows.numbers[position]
        if lat is not None and lon is not None:
            found = Placed(
                Spot(lat.degrees, lon.degrees, 0.0),
                max(rules["coordinates"], measure_spread_m(lat, lon)),
            )
        elif {("lat", number), ("lon", number)} & refused:
            pass  # it says coordinates, and they are a problem already
        elif (lat is None) != (lon is None):
            half = "longitude" if lon is None else "latitude"
            columns.refuse(
                "geometry",
                position,
                CellError("missing-place", f"the {half} is blank", "give both, or neither"),
            )
        else:
            try:
                found = _find_place(file, pcode, place)
            except CellError as unreadable:
                columns.refuse("geometry", position, unreadable, pcode or place)
        read.append(found)
    return read


def _find_place(file: FeedFile, pcode: str, place: str) -> Placed:
    """The place that a P-code or the words of a caller name, if they name one."""
    rules = file.precision.hotline_m
    if not pcode and not place:
        raise CellError(
            "missing-place",
            "the call has no place",
            "write lat and lon, a P-code, or a corridor and its kilometre",
        )
    if not pcode and (found := _KILOMETRE.fullmatch(plain_digits(place))):
        name, km = found["corridor"] or found["corridor2"], float(found["km"] or found["km2"])
        return Placed(_find_on_corridor(file, name.strip(), km), rules["kilometre"])
    code = pcode or place
    if file.sites is None or not (file.sites["pcode"] == code).any():
        hint = "write lat and lon, or add a site that carries this pcode"
        raise CellError("unresolved-place", "no site of the mission carries this P-code", hint)
    spots = shapely.get_coordinates(file.sites.geometry.array[file.sites["pcode"] == code])
    if (spots != spots[0]).any():
        raise CellError(
            "unresolved-place", "sites at several places carry this P-code", "write lat and lon"
        )
    return Placed(Spot(float(spots[0, 1]), float(spots[0, 0]), 0.0), rules["pcode"])


def _find_on_corridor(file: FeedFile, name: str, km: float) -> Spot:
    if file.corridors is None:
        hint = 'name the plan that the caller holds: { path = "...", format = "hotline", corridors = "plan.gpkg" }; or write lat and lon'
        raise CellError(
            "unresolved-place",
            "a kilometre along a corridor needs the plan whose corridor is meant",
            hint,
        )
    if name not in file.corridors:
        known = ", ".join(sorted(file.corridors)[:5])
        raise CellError(
            "unresolved-place", "the plan has no such corridor", f"its corridors are {known}, ..."
        )
    line = file.corridors[name]
    length_m = float(measure_length_m([line])[0])
    if km * 1000.0 > length_m:
        raise CellError(
            "unresolved-place",
            f"the corridor ends at kilometre {length_m / 1000:.1f}",
            "correct the kilometre",
        )
    end = (
        shapely.get_coordinates(cut_line(line, length_m, 0.0, km * 1000.0))[-1]
        if km
        else shapely.get_coordinates(line)[0]
    )
    return Spot(float(end[1]), float(end[0]), 0.0)


HOTLINE = Feed(
    "hotline",
    "hotline log",
    (frozenset({"received_at", "caller_role", "code"}),),
    COLUMNS,
    _read,
    "",
)
