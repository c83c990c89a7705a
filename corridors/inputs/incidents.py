"""Incidents: where something happened, when, how exactly that is known, and how surely."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import (
    CellError,
    Columns,
    fold,
    parse_id,
    parse_text,
    parse_time,
    parse_word,
)
from corridors.inputs.feeds.feed import EXCLUDABLE, FeedFile, worst_of
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.precision import parse_accuracy
from corridors.inputs.records import REPORTED_UNTIL, build_reading
from corridors.inputs.vocabulary import KINDS, SURENESS
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS

COLUMNS = MappingProxyType(
    {
        "incident_id": ("incident_id", "id", "event_id", "event_id_cnty"),
        "kind": ("kind", "type", "event_type"),
        "occurred_at": (
            "occurred_at",
            "date",
            "event_date",
            "time",
            "datetime",
            "date_time",
            "start",
            "start_date",
        ),
        "occurred_until": ("occurred_until", "until", "end", "end_date"),
        "reported_at": ("reported_at", "reported", "report_date"),
        "accuracy_m": (
            "accuracy_m",
            "accuracy",
            "uncertainty_m",
            "precision",
            "location_precision",
            "locprecision",
        ),
        "verification": ("verification",),
        "structure": ("structure",),
        "source": ("source",),
    }
)
"""The columns read, each with the headers accepted.

`timestamp` is none of them: feeds use it for the time of upload.
"""

METRES = ("accuracy_m", "accuracy", "uncertainty_m")
"""Headers under which a bare number counts metres; under the others of `accuracy_m` only words and
lengths with a unit are read."""


def read_plain_incidents(file: FeedFile) -> ReadResult:
    """The incidents of an opened file in our own columns; see
    `corridors.inputs.reports.read_incidents`.
    """
    rows = file.rows
    times = ("occurred_at", "occurred_until", "reported_at")
    telling = ("occurred_until", "accuracy_m", "verification")
    columns = Columns(
        rows, COLUMNS, required=("occurred_at",), strict=("incident_id", *times), telling=telling
    )
    parse = partial(parse_time, file.zone)
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)
    began = columns.read(
        "occurred_at",
        parse,
        CellError(
            "missing-time",
            "the time is blank",
            "write when it happened, or remove the row and say so elsewhere",
        ),
    )
    ended = columns.read("occurred_until", parse, None)
    reported = columns.read("reported_at", parse, None)
    starts = [span and span[0] for span in began]
    ends = [(until or since or (None, None))[1] for since, until in zip(began, ended, strict=True)]
    columns.check_order("occurred_until", starts, ends)
    values: dict[str, Any] = {
        "incident_id": columns.read("incident_id", parse_id, ""),
        "kind": columns.read(
            "kind",
            partial(parse_word, KINDS, "kind"),
            CellError("unknown-kind", "the kind is blank", "write it; other is possible"),
        )
        if "kind" in columns
        else ["other"] * len(rows.numbers),
        "occurred_at": starts,
        "occurred_until": ends,
        "reported_at": [span and span[0] for span in reported],
        REPORTED_UNTIL: [span[1] if span and span[0] < span[1] else None for span in reported],
        "accuracy_m": worst_of(read_accuracy(columns, file), spread_m),
        "verification": columns.read(
            "verification", partial(parse_word, SURENESS, "verification"), "reported"
        ),
        "structure": columns.read("structure", parse_text, ""),
        "source": columns.read("source", parse_text, ""),
        "geometry": shapes,
    }
    if rows.numbers:
        _note_assumptions(columns, dated=file.zone is not None)
    reading = build_reading(
        columns,
        INCIDENTS,
        values,
        excluded=EXCLUDABLE if file.quarantine else (),
        newest=("reported_at", "occurred_until"),
    )
    dates = [date for date in (reading.source.newest, file.declared_at) if date is not None]
    return ReadResult(reading.table, replace(reading.source, newest=max(dates, default=None)))


def read_accuracy(columns: Columns, file: FeedFile) -> list[float]:
    """Positional uncertainty in metres, from numbers, lengths or words; 0 where none is stated.

    A bare number counts metres only in a column that is called so: under "precision" it may be a
    code of any source.
    """
    bare = fold(columns.found.get("accuracy_m", "")) in {fold(name) for name in METRES}
    return columns.read_numbers(
        "accuracy_m", partial(parse_accuracy, file.precision, bare=bare), 0.0
    )


def _note_assumptions(columns: Columns, *, dated: bool) -> None:
    """Say what was taken for granted where the file does not say."""
    count = len(columns.rows.numbers)
    if "kind" not in columns:
        columns.notes.append(Message("note.no_kind"))
    for name, code in (("accuracy_m", "no_accuracy"), ("verification", "no_verification")):
        texts = columns.rows.columns.get(columns.found.get(name, ""), ("",) * count)
        if blank := texts.count(""):
            columns.notes.append(Message(f"note.{code}", n=blank, all=count))
    if columns.found.get("accuracy_m", "accuracy_m") == "accuracy":
        columns.notes.append(Message("note.read_as_metres", column="accuracy"))
    columns.note_midnights("occurred_at")
    if not dated:
        columns.note_bare_dates("occurred_at", "occurred_until", "reported_at")
