"""NASA FIRMS: hotspots that satellites detect, VIIRS or MODIS, near real time or archive.

A hotspot is heat in a pixel, not a strike, and may be burning stubble: it supports other reports.
Its kind is `fire`, its place is the middle of the pixel, as uncertain as the pixel is wide.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from corridors.evidence.incidents import HEAT_SOURCE
from corridors.inputs.columns import CellError, parse_amount, parse_number, parse_text, plain_digits
from corridors.inputs.feeds.feed import (
    EXPORT_AGAIN,
    MISSING_TIME,
    Feed,
    FeedFile,
    blank_cell,
    parse_calendar_day,
    parse_choice,
    split_names,
    worst_of,
)
from corridors.inputs.geometries import read_places_and_spread
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS

_SHARED = "scan,track,acq_date,acq_time,satellite,instrument,confidence,version"
VIIRS_COLUMNS = split_names(f"latitude,longitude,bright_ti4,{_SHARED},bright_ti5,frp,daynight")
MODIS_COLUMNS = split_names(f"latitude,longitude,brightness,{_SHARED},bright_t31,frp,daynight")
"""Near real time. The archive adds `type`; text files of the last week lack `instrument`."""
CONFIDENCE = {"l": 0.0, "low": 0.0, "n": 30.0, "nominal": 30.0, "h": 80.0, "high": 80.0}
"""VIIRS's words on MODIS's scale of 0 to 100, where MODIS's own classes begin."""
TYPES = {"0": "", "1": "volcano", "2": "static_source", "3": "offshore"}
"""`type` of the archive: 0 is presumed vegetation; the others are excluded and counted.

Near real time has no such column.
"""
LOW = "low_confidence"
PIXEL_KM = 10.0
"""No pixel of these sensors is wider, even at the edge of the swath: larger numbers are errors."""


def parse_clock(text: str) -> timedelta:
    """The time of day in UTC, written HHMM, HH:MM, or as a number without its leading zeros.

    >>> parse_clock("112"), parse_clock("7")
    (datetime.timedelta(seconds=4320), datetime.timedelta(seconds=420))
    """
    plain = plain_digits(text)
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::00)?", plain, re.ASCII) or re.fullmatch(
        r"(\d\d)(\d\d)", plain.zfill(4), re.ASCII
    )
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        message = Message("problem.not_utc_clock")
        raise CellError("bad-time", message, Message("hint.write_utc_clock"))
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def parse_confidence(text: str) -> float:
    """Confidence from 0 to 100: such a number, or l, n, h or their words."""
    if plain_digits(text)[:1].isdigit():
        if (value := parse_amount(text)) > 100:
            message = Message("problem.confidence_above_100")
            raise CellError("unknown-code-word", message, EXPORT_AGAIN)
        return value
    return float(parse_choice("confidence", CONFIDENCE, text))


def _parse_pixel_km(text: str) -> float:
    if not 0 < (value := parse_number(text)) <= PIXEL_KM:
        message = Message("problem.pixel_size_impossible", limit_km=PIXEL_KM)
        raise CellError("unknown-precision", message, EXPORT_AGAIN)
    return value


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {
        "occurred_at": "acq_date",
        "occurred_until": "acq_time",
        **{
            name: name
            for name in ("scan", "track", "confidence", "type", "satellite", "instrument")
        },
    }
    columns = file.columns(
        FIRMS, own, strict=("occurred_at", "occurred_until", "scan", "track", "confidence")
    )
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)
    days = columns.read("occurred_at", parse_calendar_day, MISSING_TIME)
    clocks = columns.read("occurred_until", parse_clock, MISSING_TIME)
    moments = [
        datetime(day.year, day.month, day.day, tzinfo=UTC) + clock
        if day is not None and clock is not None
        else None
        for day, clock in zip(days, clocks, strict=True)
    ]
    scan, track = (
        columns.read(name, _parse_pixel_km, blank_cell("unknown-precision"))
        for name in ("scan", "track")
    )
    accuracy_m = [
        math.hypot(wide or PIXEL_KM, high or PIXEL_KM) * 1000.0 * file.precision.firms_pixel_share
        for wide, high in zip(scan, track, strict=True)
    ]
    confidence = columns.read("confidence", parse_confidence, blank_cell("unknown-code-word"))
    types = columns.read("type", partial(parse_choice, "type", TYPES), "")
    satellite, instrument = (
        columns.read(name, parse_text, "") for name in ("satellite", "instrument")
    )
    sensor = "MODIS" if "bright_t31" in columns.rows.columns else "VIIRS"
    values: dict[str, Any] = {
        "incident_id": "",
        "kind": "fire",
        "occurred_at": moments,
        "occurred_until": moments,
        "accuracy_m": worst_of(accuracy_m, spread_m),
        "verification": "reported",
        "structure": "heat seen from space",
        "source": [
            f"{HEAT_SOURCE} {stated or sensor} {name}".strip()
            for stated, name in zip(instrument, satellite, strict=True)
        ],
        "geometry": shapes,
    }
    minimum = file.precision.firms_min_confidence
    left_out = [
        kind or (LOW if sure is not None and sure < minimum else "")
        for kind, sure in zip(types, confidence, strict=True)
    ]
    return (file.build(columns, INCIDENTS, values, FIRMS, left_out=left_out),)


FIRMS = Feed(
    "firms",
    "NASA FIRMS",
    (
        frozenset({"bright_ti4", "acq_date", "acq_time"}),
        frozenset({"bright_t31", "acq_date", "acq_time"}),
    ),
    tuple(dict.fromkeys((*VIIRS_COLUMNS, *MODIS_COLUMNS, "type"))),
    _read,
    "NASA LANCE / FIRMS active fire data (no endorsement by NASA)",
    note="note.firms_is_heat",
)
