"""What a feed is: columns by which it is recognised, and a reader of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from corridors.errors import InputError, Problem
from corridors.inputs.columns import PLACES, CellError, Columns, fold, plain_digits
from corridors.inputs.records import build_reading
from corridors.inputs.rows import Rows
from corridors.messages import Message
from corridors.rules import PrecisionRules
from corridors.situation import ReadResult
from corridors.tables import Table

LATLON: Mapping[str, tuple[str, ...]] = {"lat": ("latitude",), "lon": ("longitude",)}
"""The columns of places of most feeds; what else of theirs looks like a place (a text of WKT, a
name) is passed over."""
SET_ASIDE = frozenset({*PLACES, "occurred_at", "occurred_until"})
"""Columns without which a report might be anywhere, at any time."""


@dataclass(frozen=True, eq=False, slots=True)
class FeedFile:
    """One file of a feed, opened, and all that the mission says of it."""

    rows: Rows
    zone: tzinfo | None = None
    """In which a date alone is that day; None: wherever on Earth it was written."""
    precision: PrecisionRules = field(default_factory=PrecisionRules)
    declared_at: datetime | None = None
    """When the feed says it was made."""
    dates: str = ""
    """How the file writes its dates where that is not ISO 8601 ("dd-mm-yyyy")."""
    quarantine: bool = False
    """Set rows aside that cannot be placed or dated, instead of refusing the file."""
    sites: gpd.GeoDataFrame | None = None
    """Where P-codes lie."""
    corridors: Mapping[str, shapely.LineString] | None = None
    """The lines of a plan's corridors by id, in driving order, along which kilometres count."""

    def columns(
        self,
        feed: Feed,
        own: Mapping[str, str],
        *,
        strict: Sequence[str] = (),
        places: Mapping[str, tuple[str, ...]] = LATLON,
    ) -> Columns:
        """The columns of the file by our names;

        `own` holds the feed's one name for each. All of `strict` are needed.
        """
        unnamed = [problem for problem in self.rows.problems if problem.code == "unnamed-column"]
        rows = replace(
            self.rows,
            problems=tuple(problem for problem in self.rows.problems if problem not in unnamed),
        )
        synonyms = {name: (header,) for name, header in own.items()}
        columns = Columns(
            rows, synonyms, strict=strict, required=strict, places=places, ignored=feed.columns
        )
        if unnamed:
            columns.notes.append(Message("note.column_unnamed"))
        return columns

    def build(
        self,
        columns: Columns,
        contract: Table,
        values: Mapping[str, Any],
        feed: Feed,
        *,
        newest: Sequence[str] = ("reported_at", "occurred_until"),
        left_out: Sequence[str] = (),
    ) -> ReadResult:
        """The reading of the rows, with the feed's name, attribution and declared time."""
        aside = SET_ASIDE if self.quarantine else ()
        reading = build_reading(
            columns,
            contract,
            values,
            excluded=aside,
            newest=newest,
            left_out=left_out,
            prefix=feed.name,
        )
        dates = [
            moment for moment in (reading.source.newest, self.declared_at) if moment is not None
        ]
        source = replace(
            reading.source,
            format=f"{self.rows.format} ({feed.name})",
            newest=max(dates, default=None),
            attribution=feed.attribution,
            redistributable=feed.redistributable,
            notes=(
                *reading.source.notes,
                *([Message(f"note.{feed.remark}")] if feed.remark and self.rows.numbers else []),
            ),
        )
        return ReadResult(reading.table, source)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of reports whose files have columns of their own."""

    name: str
    """What a mission calls it in `format`."""
    title: str
    marks: tuple[frozenset[str], ...]
    """Sets of column names; a file that has all of any one set is of this feed."""
    columns: tuple[str, ...]
    """All columns it is known to have."""
    read: Callable[[FeedFile], tuple[ReadResult, ...]]
    attribution: str
    redistributable: bool = True
    remark: str = ""
    """The code of a note that every plan on this feed repeats."""
    bare_columns: tuple[str, ...] = ()
    """The columns in the order of a release without a row of names; empty where there is none."""

    def is_of(self, headers: Sequence[str]) -> bool:
        """Whether a file with these column names is of this feed."""
        plain = {fold(header) for header in headers}
        return any({fold(mark) for mark in marks} <= plain for marks in self.marks)

    def check_headers(self, file: str, headers: Sequence[str]) -> None:
        """Pass in silence, or refuse a file that is said to be of this feed and is not.

        Raises
        ------
        InputError
            `not-this-feed`; mend: the format that it is of, or none.
        """
        if not self.is_of(headers):
            plain = {fold(header) for header in headers}
            lacking = min(
                (sorted(mark for mark in marks if fold(mark) not in plain) for marks in self.marks),
                key=len,
            )
            message = f"the file is said to be of {self.title}, and lacks the columns {', '.join(lacking)}"
            raise InputError(
                Problem(
                    "not-this-feed",
                    message,
                    "correct the format, or export the file again",
                    file,
                    field="format",
                    value=self.name,
                )
            )


def missing_time(what: str) -> CellError:
    """What a blank time is."""
    return CellError(
        "missing-time", "the time is blank", f"write {what}, or remove the row and say so elsewhere"
    )


def parse_choice(field_name: str, known: Mapping[str, Any], text: str) -> Any:
    """What one of a feed's own words or codes stands for, whatever its case and blanks.

    Raises
    ------
    CellError
        `unknown-code-word`: not a word of the feed; mend: export it again, or bring the row as a
        plain report.
    """
    plain = fold(plain_digits(text)).removesuffix(".0")
    for word, matches in known.items():
        if fold(word) == plain:
            return matches
    hint = f"it knows {', '.join(known)}; bring such rows as plain reports"
    raise CellError("unknown-code-word", f"this is no word of {field_name} that is known", hint)


def worst_of(*metres: Sequence[float | None] | npt.NDArray[np.float64]) -> list[float]:
    """Row by row the largest uncertainty of several; None says nothing."""
    return [
        max((float(value) for value in row if value is not None), default=0.0)
        for row in zip(*metres, strict=True)
    ]


def parse_calendar_day(text: str) -> date:
    """A day written as ISO 8601, with midnight after it or not."""
    plain = plain_digits(text)
    day, _, rest = plain.replace("T", " ").partition(" ")
    if rest and rest.strip("Zz0:.+ "):
        raise CellError("bad-time", "this is not a day", "write 2026-11-23")
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise CellError("bad-time", "this is not an ISO 8601 day", "write 2026-11-23") from error
