"""A feed: the columns that identify it, and a reader of its rows."""

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
from corridors.inputs.columns import (
    PLACES,
    CellError,
    Columns,
    Span,
    fold,
    parse_time,
    plain_digits,
)
from corridors.inputs.records import build_reading
from corridors.inputs.rows import Rows
from corridors.messages import Message
from corridors.rules import PrecisionRules
from corridors.situation import ReadResult
from corridors.tables import Table

LATLON: Mapping[str, tuple[str, ...]] = {"lat": ("latitude",), "lon": ("longitude",)}
"""The place columns of most feeds. Other place-like columns (WKT text, a name) are not read."""
EXCLUDABLE = frozenset({*PLACES, "occurred_at", "occurred_until"})
"""Columns whose problems may exclude a row: without them a report has no place or no time."""
EXPORT_AGAIN = Message("hint.export_feed_again")
MISSING_TIME = CellError(
    "missing-time", Message("problem.feed_time_blank"), Message("hint.write_feed_time")
)


@dataclass(frozen=True, eq=False, slots=True)
class FeedFile:
    """One open file of a feed, with the settings that the mission has for it."""

    rows: Rows
    zone: tzinfo | None = None
    """The zone of dates without a time; None: the date anywhere on Earth."""
    precision: PrecisionRules = field(default_factory=PrecisionRules)
    declared_at: datetime | None = None
    """When the feed was made, as the mission declares it."""
    dates: str = ""
    """The date format of the file where it is not ISO 8601 ("dd-mm-yyyy")."""
    quarantine: bool = False
    """Exclude rows without a place or time, instead of refusing the file."""
    sites: gpd.GeoDataFrame | None = None
    """Sites whose P-codes locate reports."""
    corridors: Mapping[str, shapely.LineString] | None = None
    """Corridor lines of a plan by id, in driving order; kilometres count along them."""

    def columns(
        self,
        feed: Feed,
        own: Mapping[str, str],
        *,
        strict: Sequence[str] = (),
        places: Mapping[str, tuple[str, ...]] = LATLON,
    ) -> Columns:
        """The columns of the file by our names.

        `own` maps each of our names to the feed's one name. All columns in `strict` are required.
        """
        found = self.rows.problems
        problems = tuple(problem for problem in found if problem.code != "unnamed-column")
        columns = Columns(
            replace(self.rows, problems=problems),
            {name: (header,) for name, header in own.items()},
            strict=strict,
            required=strict,
            places=places,
            ignored=feed.columns,
        )
        if len(problems) < len(found):
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
        """The table of the rows, with the feed's name, attribution and declared time."""
        table, source = build_reading(
            columns,
            contract,
            values,
            excluded=EXCLUDABLE if self.quarantine else (),
            newest=newest,
            left_out=left_out,
            prefix=feed.name,
        )
        dates = [moment for moment in (source.newest, self.declared_at) if moment is not None]
        notes = (Message(feed.note),) if feed.note and self.rows.numbers else ()
        source = replace(
            source,
            format=f"{self.rows.format} ({feed.name})",
            newest=max(dates, default=None),
            attribution=feed.attribution,
            redistributable=feed.redistributable,
            notes=(*source.notes, *notes),
        )
        return ReadResult(table, source)

    def parse_day(self, text: str) -> Span:
        """The instants of a calendar day in the zone of the file."""
        return parse_time(self.zone, parse_calendar_day(text).isoformat())

    def read_period(self, columns: Columns) -> tuple[list[Span | None], list[Span | None]]:
        """The first and last day of each row; an end before its start is a problem."""
        began, ended = (
            columns.read(name, self.parse_day, MISSING_TIME)
            for name in ("occurred_at", "occurred_until")
        )
        columns.check_order("occurred_until", earliest(began), earliest(ended))
        return began, ended


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of reports whose files have columns of their own."""

    name: str
    """Its value of `format` in a mission."""
    title: str
    signatures: tuple[frozenset[str], ...]
    """Sets of column names; a file that has all names of any one set belongs to this feed."""
    columns: tuple[str, ...]
    """All columns that it is known to have."""
    read: Callable[[FeedFile], tuple[ReadResult, ...]]
    attribution: str
    redistributable: bool = True
    note: str = ""
    """The code of a note that every plan with this feed repeats."""
    headerless_columns: tuple[str, ...] = ()
    """The columns of a release without a header row; empty where there is none."""

    def matches(self, headers: Sequence[str]) -> bool:
        """Whether a file with these column names belongs to this feed."""
        return any(not missing for missing in self._find_missing(headers))

    def check_headers(self, file: str, headers: Sequence[str]) -> None:
        """Refuse a file that is declared as this feed and lacks its columns.

        Raises
        ------
        InputError
            `not-this-feed`. Fix: name the right format, or none.
        """
        if missing := min(self._find_missing(headers), key=len):
            raise InputError(
                Problem(
                    "not-this-feed",
                    Message("problem.feed_columns_missing", feed=self.title, columns=missing),
                    Message("hint.correct_format_or_export_again"),
                    file,
                    field="format",
                    value=self.name,
                )
            )

    def _find_missing(self, headers: Sequence[str]) -> list[tuple[str, ...]]:
        """The columns that the file lacks of each signature."""
        plain = {fold(header) for header in headers}
        return [
            tuple(sorted(name for name in signature if fold(name) not in plain))
            for signature in self.signatures
        ]


def split_names(names: str) -> tuple[str, ...]:
    """Names from a header line of a CSV file.

    >>> split_names("lat,lon")
    ('lat', 'lon')
    """
    return tuple(names.split(","))


def blank_cell(code: str, hint: Message = EXPORT_AGAIN) -> CellError:
    """The problem of a blank cell."""
    return CellError(code, Message("problem.feed_cell_blank"), hint)


def earliest(spans: Sequence[Span | None]) -> list[datetime | None]:
    """The first instant of each span of time."""
    return [span and span[0] for span in spans]


def latest(spans: Sequence[Span | None]) -> list[datetime | None]:
    """The last instant of each span of time."""
    return [span and span[1] for span in spans]


def parse_choice(column: str, choices: Mapping[str, Any], text: str) -> Any:
    """The meaning of one of a feed's own words or codes, whatever its case and blanks.

    Raises
    ------
    CellError
        `unknown-code-word`: not a word of the feed. Fix: export it again, or write the row as a
        plain report.
    """
    plain = fold(plain_digits(text)).removesuffix(".0")
    for word, meaning in choices.items():
        if fold(word) == plain:
            return meaning
    raise CellError(
        "unknown-code-word",
        Message("problem.unknown_feed_word", column=column),
        Message("hint.use_feed_word", words=tuple(choices)),
    )


def worst_of(*metres: Sequence[float | None] | npt.NDArray[np.float64]) -> list[float]:
    """Row by row the largest of several uncertainties; None counts as not stated."""
    return [
        max((float(value) for value in row if value is not None), default=0.0)
        for row in zip(*metres, strict=True)
    ]


def parse_calendar_day(text: str) -> date:
    """An ISO 8601 day, with or without midnight after it."""
    day, _, rest = plain_digits(text).replace("T", " ").partition(" ")
    try:
        if not rest.strip("Zz0:.+ "):
            return date.fromisoformat(day)
    except ValueError:
        pass
    raise CellError("bad-time", Message("problem.feed_day_not_iso"), Message("hint.write_feed_day"))
