"""Road reports: in which state a road or a bridge is, for whom, in which direction, and until when."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import (
    CellError,
    Columns,
    parse_amount,
    parse_id,
    parse_text,
    parse_time,
    parse_word,
)
from corridors.inputs.feeds.feed import EXCLUDABLE, FeedFile, worst_of
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.incidents import read_accuracy
from corridors.inputs.records import REPORTED_UNTIL, build_reading
from corridors.inputs.vocabulary import DIRECTION_WORDS, ROAD_KINDS, ROAD_STATUSES, SURENESS
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import ROAD_REPORTS, STATUSES

COLUMNS = MappingProxyType(
    {
        "report_id": ("report_id", "id"),
        "status": ("status", "road_status", "access", "passability"),
        "kind": ("kind", "type", "obstacle", "obstacle_type"),
        "reported_at": (
            "reported_at",
            "reported",
            "report_date",
            "date",
            "date_reported",
            "last_update",
            "updated",
        ),
        "valid_from": ("valid_from", "from", "start", "start_date"),
        "valid_to": ("valid_to", "valid_until", "until", "to", "end", "end_date"),
        "direction": ("direction", "heading", "bound"),
        "lanes": ("lanes", "lane"),
        "max_weight_t": ("max_weight_t", "max_weight", "weight_limit_t", "maxloadmt", "gvm_t"),
        "max_height_m": ("max_height_m", "max_height", "height_limit_m"),
        "accuracy_m": (
            "accuracy_m",
            "accuracy",
            "uncertainty_m",
            "precision",
            "location_precision",
            "locprecision",
        ),
        "name": ("name", "road", "road_name", "structure"),
        "source": ("source", "reported_by"),
        "verification": ("verification",),
    }
)
"""The columns read, each with the headers accepted."""


def read_plain_road_reports(file: FeedFile) -> ReadResult:
    """The road reports of an opened file in our own columns; see
    `corridors.inputs.reports.read_road_reports`.
    """
    strict = ("report_id", "reported_at", "valid_from", "valid_to")
    telling = (
        "valid_from",
        "valid_to",
        "direction",
        "max_weight_t",
        "max_height_m",
        "accuracy_m",
        "verification",
    )
    columns = Columns(
        file.rows, COLUMNS, required=("status", "reported_at"), strict=strict, telling=telling
    )
    parse = partial(parse_time, file.zone)
    shapes, spread_m = read_places_and_spread(columns, ROAD_REPORTS)
    lacking = CellError(
        "missing-time",
        "the time is blank",
        "write when it was reported; a report of any age says nothing of today",
    )
    reported = columns.read("reported_at", parse, lacking)
    starts = [span and span[0] for span in columns.read("valid_from", parse, None)]
    ends = [span and span[1] for span in columns.read("valid_to", parse, None)]
    columns.check_order("valid_to", starts, ends)
    count = len(file.rows.numbers)
    blank = CellError("unknown-status", "the status is blank", f"use one of {', '.join(STATUSES)}")
    values: dict[str, Any] = {
        "report_id": columns.read("report_id", parse_id, ""),
        "status": columns.read("status", partial(parse_word, ROAD_STATUSES, "status"), blank),
        "kind": columns.read("kind", partial(parse_word, ROAD_KINDS, "kind"), "road_status"),
        "reported_at": [span and span[0] for span in reported],
        REPORTED_UNTIL: [span[1] if span and span[0] < span[1] else None for span in reported],
        "valid_from": starts,
        "valid_to": ends,
        "direction": columns.read(
            "direction", partial(parse_word, DIRECTION_WORDS, "direction"), "both"
        ),
        "max_weight_t": columns.read_numbers("max_weight_t", _parse_limit, None),
        "max_height_m": columns.read_numbers("max_height_m", _parse_limit, None),
        "accuracy_m": worst_of(read_accuracy(columns, file), spread_m),
        "verification": columns.read(
            "verification", partial(parse_word, SURENESS, "verification"), "reported"
        ),
        "geometry": shapes,
    } | {name: columns.read(name, parse_text, "") for name in ("lanes", "name", "source")}
    if count:
        _note_assumptions(columns, dated=file.zone is not None)
    reading = build_reading(
        columns,
        ROAD_REPORTS,
        values,
        excluded=EXCLUDABLE if file.quarantine else (),
        newest=("reported_at",),
    )
    dates = [date for date in (reading.source.newest, file.declared_at) if date is not None]
    return ReadResult(reading.table, replace(reading.source, newest=max(dates, default=None)))


def _parse_limit(text: str) -> float:
    """A limit of weight or height; 0 is none that a vehicle could keep, and says that nobody
    entered it.
    """
    if (value := parse_amount(text)) == 0:
        raise CellError(
            "bad-number",
            "a limit of 0 lets nothing pass",
            "leave it blank, or write the status NOT_PASSABLE",
        )
    return value


def _note_assumptions(columns: Columns, *, dated: bool) -> None:
    """Say what was taken for granted where the file does not say."""
    for name, unit in (("max_weight_t", "tonnes"), ("max_height_m", "metres")):
        if columns.found.get(name, name) in ("max_weight", "max_height"):
            columns.notes.append(Message(f"note.read_as_{unit}", column=columns.found[name]))
    if not dated:
        columns.note_bare_dates("reported_at", "valid_from", "valid_to")
