"""Incidents in our own columns: place, time, positional uncertainty and verification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import (
    CellError,
    Columns,
    blank_word,
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
from corridors.tables import INCIDENT_KINDS, INCIDENTS, Table

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

`timestamp` is missing: feeds use it for the time of upload.
"""

METRES = ("accuracy_m", "accuracy", "uncertainty_m")
"""Headers under which a bare number is metres; under the other headers of `accuracy_m` only words
and lengths with a unit are read."""


def read_plain_incidents(file: FeedFile) -> ReadResult:
    """The incidents of an opened file in our own columns.

    Columns, problems and source are those of `corridors.inputs.reports.read_incidents`.
    """
    rows = file.rows
    times = ("occurred_at", "occurred_until", "reported_at")
    critical = ("occurred_until", "accuracy_m", "verification")
    columns = Columns(
        rows, COLUMNS, required=("occurred_at",), strict=("incident_id", *times), critical=critical
    )
    parse = partial(parse_time, file.zone)
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)
    blank = CellError("missing-time", Message("problem.blank"), Message("hint.write_when"))
    began = columns.read("occurred_at", parse, blank)
    ended = columns.read("occurred_until", parse, None)
    reported = columns.read("reported_at", parse, None)
    starts = [span and span[0] for span in began]
    ends = [(until or since or (None, None))[1] for since, until in zip(began, ended, strict=True)]
    columns.check_order("occurred_until", starts, ends)
    values: dict[str, Any] = {
        "incident_id": columns.read("incident_id", parse_id, ""),
        "kind": columns.read(
            "kind", partial(parse_word, KINDS, "kind"), blank_word("kind", INCIDENT_KINDS)
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
    return build_report_table(file, columns, INCIDENTS, values, ("reported_at", "occurred_until"))


def build_report_table(
    file: FeedFile,
    columns: Columns,
    contract: Table,
    values: Mapping[str, Any],
    newest: Sequence[str],
) -> ReadResult:
    """The table of a plain file of reports; its newest record may be the date of declaration."""
    excluded = EXCLUDABLE if file.quarantine else ()
    table, source = build_reading(columns, contract, values, excluded=excluded, newest=newest)
    dates = [date for date in (source.newest, file.declared_at) if date is not None]
    return ReadResult(table, replace(source, newest=max(dates, default=None)))


def read_accuracy(columns: Columns, file: FeedFile) -> list[float]:
    """Positional uncertainty in metres, from numbers, lengths or words; 0 where none is stated.

    A bare number is metres only in a column whose name means metres: under "precision" it can be a
    code of any source.
    """
    bare = fold(columns.found.get("accuracy_m", "")) in {fold(name) for name in METRES}
    return columns.read_numbers(
        "accuracy_m", partial(parse_accuracy, file.precision, bare=bare), 0.0
    )


def _note_assumptions(columns: Columns, *, dated: bool) -> None:
    """Note what is assumed where the file does not state it."""
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
