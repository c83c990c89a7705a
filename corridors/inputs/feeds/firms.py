"""NASA FIRMS: hotspots that satellites saw, VIIRS or MODIS, near real time or archive.

A hotspot is heat in a pixel, not a strike, and it may be stubble that burns: it supports other
reports. Its kind is `fire`, its place is the middle of the pixel and as uncertain as the pixel is
wide.
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
    Feed,
    FeedFile,
    missing_time,
    parse_calendar_day,
    parse_choice,
    worst_of,
)
from corridors.inputs.geometries import read_places_and_spread
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS

VIIRS_COLUMNS = (
    *(
        "latitude",
        "longitude",
        "bright_ti4",
        "scan",
        "track",
        "acq_date",
        "acq_time",
        "satellite",
        "instrument",
        "confidence",
        "version",
    ),
    *("bright_ti5", "frp", "daynight"),
)
MODIS_COLUMNS = (
    *(
        "latitude",
        "longitude",
        "brightness",
        "scan",
        "track",
        "acq_date",
        "acq_time",
        "satellite",
        "instrument",
        "confidence",
        "version",
    ),
    *("bright_t31", "frp", "daynight"),
)
"""Near real time; the archive adds `type`, the text files of the last day and week lack
`instrument`."""
CONFIDENCE = {"l": 0.0, "low": 0.0, "n": 30.0, "nominal": 30.0, "h": 80.0, "high": 80.0}
"""VIIRS's words on MODIS's scale of 0 to 100, where its own classes begin."""
TYPES = {"0": "", "1": "volcano", "2": "static_source", "3": "offshore"}
"""`type` of the archive: 0 is presumed vegetation; the others are set aside by name.

Near real time does not tell.
"""
LOW = "low_confidence"
PIXEL_KM = 10.0
"""No pixel of these sensors is wider, not even at the edge of the swath: a larger number is of
something else."""


def parse_clock(text: str) -> timedelta:
    """The time of day in UTC, written HHMM, HH:MM, or as a number that has lost its zeros.

    >>> parse_clock("112"), parse_clock("7")
    (datetime.timedelta(seconds=4320), datetime.timedelta(seconds=420))
    """
    plain = plain_digits(text)
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::00)?", plain, re.ASCII) or re.fullmatch(
        r"(\d\d)(\d\d)", plain.zfill(4), re.ASCII
    )
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise CellError("bad-time", "this is not a time of day in UTC", "write HHMM, such as 0112")
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def parse_confidence(text: str) -> float:
    """Confidence from 0 to 100, from such a number or from l, n, h or the words for them."""
    if plain_digits(text)[:1].isdigit():
        if (value := parse_amount(text)) > 100:
            raise CellError("unknown-code-word", "confidence ends at 100", "export the file again")
        return value
    return float(parse_choice("confidence", CONFIDENCE, text))


def _parse_pixel_km(text: str) -> float:
    if not 0 < (value := parse_number(text)) <= PIXEL_KM:
        raise CellError(
            "unknown-precision", "no pixel is that wide, in kilometres", "export the file again"
        )
    return value


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {
        "occurred_at": "acq_date",
        "occurred_until": "acq_time",
        "scan": "scan",
        "track": "track",
        "confidence": "confidence",
        "type": "type",
        "satellite": "satellite",
        "instrument": "instrument",
    }
    columns = file.columns(
        FIRMS, own, strict=("occurred_at", "occurred_until", "scan", "track", "confidence")
    )
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)
    days = columns.read("occurred_at", parse_calendar_day, missing_time("acq_date"))
    clocks = columns.read("occurred_until", parse_clock, missing_time("acq_time"))
    moments = [
        datetime(day.year, day.month, day.day, tzinfo=UTC) + clock
        if day is not None and clock is not None
        else None
        for day, clock in zip(days, clocks, strict=True)
    ]
    blank = CellError(
        "unknown-precision", "the size of the pixel is blank", "export the file again"
    )
    scan, track = (columns.read(name, _parse_pixel_km, blank) for name in ("scan", "track"))
    share = file.precision.firms_pixel_share
    accuracy_m = [
        math.hypot(wide or PIXEL_KM, high or PIXEL_KM) * 1000.0 * share
        for wide, high in zip(scan, track, strict=True)
    ]
    no_word = CellError("unknown-code-word", "the confidence is blank", "export the file again")
    confidence = columns.read("confidence", parse_confidence, no_word)
    what = columns.read("type", partial(parse_choice, "type", TYPES), "")
    least = file.precision.firms_min_confidence
    satellite, instrument = (
        columns.read(name, parse_text, "") for name in ("satellite", "instrument")
    )
    sensor = "MODIS" if "bright_t31" in columns.rows.columns else "VIIRS"
    values: dict[str, Any] = {
        "incident_id": [""] * len(moments),
        "kind": ["fire"] * len(moments),
        "occurred_at": moments,
        "occurred_until": moments,
        "accuracy_m": worst_of(accuracy_m, spread_m),
        "verification": ["reported"] * len(moments),
        "structure": ["heat seen from space"] * len(moments),
        "source": [
            f"{HEAT_SOURCE} {said or sensor} {name}".strip()
            for said, name in zip(instrument, satellite, strict=True)
        ],
        "geometry": shapes,
    }
    left_out = [
        kind or (LOW if sure is not None and sure < least else "")
        for kind, sure in zip(what, confidence, strict=True)
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
    remark="firms_is_heat",
)
