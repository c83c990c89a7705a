"""UNOSAT damage points: one row per damaged structure, one pair of columns per image.

The columns are in no order of time. What an image shows happened before it, and after the last
image without damage, if there is one. Where the damage grew later, the window extends to the image
that shows it at its worst, or shows it again. UNOSAT does not state the cause of the damage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from corridors.inputs.columns import (
    PLACES,
    CellError,
    Columns,
    Span,
    fold,
    parse_text,
    parse_time,
    plain_digits,
)
from corridors.inputs.feeds.feed import Feed, FeedFile, parse_choice, split_names, worst_of
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.precision import widen
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS

_DATE, _CLASS = "SensorDate", "Main_Damage_Site_Class"
ADJACENT, NO_DAMAGE = "11", "6"
CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "1": "destroyed",
        "2": "severe damage",
        "3": "moderate damage",
        "4": "possible damage",
        ADJACENT: "possible damage from an impact or debris next to it",
        NO_DAMAGE: "no visible damage",
    }
)
"""The classes, from worst to none. No product that we know has 5 or 7 to 10."""
_WORDS = {code: code for code in CLASSES} | {
    word: code for code, word in CLASSES.items() if code != ADJACENT
}
_WORDS |= {"0": "", "not analysed": ""}
_RANK = {code: rank for rank, code in enumerate(CLASSES)}
CLEAR, NOT_ASSESSED = "no_damage", "not_assessed"
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00:00(?:\.0+)?(?:Z|\+00:?(?:00)?)?")
"""These layers write a day as its midnight."""
_DAY = timedelta(days=1) - timedelta(microseconds=1)


class Epoch(NamedTuple):
    """When one image was taken, and the class of the structure in it ("": not assessed)."""

    taken: Span
    code: str


_NEVER = Epoch((datetime.min.replace(tzinfo=UTC),) * 2, "")


def parse_image_date(zone: tzinfo | None, text: str) -> Span:
    """The time of an image: ISO 8601, or milliseconds since 1970 as web services write them.

    >>> parse_image_date(None, "1696636800000")[0].isoformat()
    '2023-10-07T00:00:00+00:00'
    """
    plain = plain_digits(text).removesuffix(".0")
    if re.fullmatch(r"\d{12,13}", plain):
        moment = datetime.fromtimestamp(int(plain) / 1000, UTC)
        return moment, moment if moment.hour or moment.minute else moment + _DAY
    if found := _MIDNIGHT.fullmatch(plain.replace("/", "-")):
        plain = found[1]
    return parse_time(zone or UTC, plain)


def find_window(
    epochs: Sequence[Epoch], first_image: timedelta
) -> tuple[datetime, datetime, str] | None:
    """The window in which the damage was done, and its worst class; None without damage.

    It begins at the end of the last image without damage before the first with it, or
    `first_image` before the first image with damage where there is none without. It ends at the
    image that first shows the damage at its worst. Damage that follows an image without damage was
    done after that image: the window then extends to the image that first shows this damage at its
    worst.
    """
    seen = sorted(
        (epoch for epoch in epochs if epoch.code),
        key=lambda epoch: (epoch.taken[1], _RANK[epoch.code]),
    )
    damaged = [epoch for epoch in seen if epoch.code != NO_DAMAGE]
    if not damaged:
        return None
    first, last = damaged[0].taken, damaged[-1].taken[1]
    clear = [epoch.taken for epoch in seen if epoch.code == NO_DAMAGE and epoch.taken[1] <= last]
    starts = [taken[0] for taken in clear if taken[1] < first[1]]
    last_clear = max((taken[1] for taken in clear), default=first[1])
    worst, again = (
        min(shown, key=lambda epoch: (_RANK[epoch.code], epoch.taken[1]))
        for shown in (damaged, [epoch for epoch in damaged if epoch.taken[1] >= last_clear])
    )
    begin = max(starts) if starts else widen(first, first_image / timedelta(days=1))[0]
    return begin, max(worst.taken[1], again.taken[1]), worst.code


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    columns, tails = _find_columns(file)
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)
    epochs = [_read_epoch(columns, file, tail) for tail in tails]
    rows = list(zip(*epochs, strict=True)) if epochs else [()] * len(columns.rows.numbers)
    first_image_days = file.precision.first_image_days
    windows = [find_window(row, timedelta(days=first_image_days)) for row in rows]
    # what cannot be read may be damage, and excludes nothing
    unread = {problem.row for _, problem in columns.problems}
    left_out = [
        ""
        if window or number in unread
        else CLEAR
        if any(epoch.code for epoch in row)
        else NOT_ASSESSED
        for window, number, row in zip(windows, columns.rows.numbers, rows, strict=True)
    ]
    damaged_at_first = sum(
        window is not None and not any(epoch.code == NO_DAMAGE for epoch in row)
        for window, row in zip(windows, rows, strict=True)
    )
    if damaged_at_first:
        columns.notes.append(
            Message("note.unosat_first_image", n=damaged_at_first, days=first_image_days)
        )
    names = columns.read("incident_id", parse_text, "")
    exact_m = file.precision.imagery_m
    values: dict[str, Any] = {
        "incident_id": [f"unosat-{name}" if name else "" for name in names],
        "kind": "other",
        "occurred_at": [window and window[0] for window in windows],
        "occurred_until": [window and window[1] for window in windows],
        "accuracy_m": worst_of(
            [
                exact_m["unosat_adjacent" if window and window[2] == ADJACENT else "unosat"]
                for window in windows
            ],
            spread_m,
        ),
        "verification": "reported",
        "structure": [
            f"structure seen from space: {CLASSES[window[2]]}" if window else ""
            for window in windows
        ],
        "source": "UNOSAT",
        "geometry": shapes,
    }
    reading = file.build(
        columns, INCIDENTS, values, UNOSAT, newest=("occurred_until",), left_out=left_out
    )
    return (reading,)


def _find_columns(file: FeedFile) -> tuple[Columns, list[str]]:
    """The columns of a file, and the endings of the column names of its images."""
    dates, classes = (_find_tails(file.rows.columns, name) for name in (_DATE, _CLASS))
    tails = sorted(dates & classes, key=lambda text: (len(text), text))
    own = {"incident_id": "SiteID"}
    for tail in tails:
        own |= {f"taken{tail}": f"{_DATE}{tail}", f"class{tail}": f"{_CLASS}{tail}"}
    columns = file.columns(UNOSAT, own, places=PLACES)
    for tail in sorted(dates ^ classes):
        present, missing = (_DATE, _CLASS) if tail in dates else (_CLASS, _DATE)
        present, missing = present + tail, missing + tail
        message = Message("problem.image_column_missing", column=present, missing=missing)
        hint = Message("hint.export_both_image_columns", column=present)
        columns.refuse_file(missing, CellError("missing-column", message, hint))
    return columns, tails


def _find_tails(headers: Iterable[str], name: str) -> set[str]:
    """The endings ("_2") of all columns of this name, "" for the one without a number."""
    found = (re.fullmatch(rf"{fold(name)}(\d*)", fold(header)) for header in headers)
    return {f"_{match[1]}" if match[1] else "" for match in found if match}


def _read_epoch(columns: Columns, file: FeedFile, tail: str) -> list[Epoch]:
    """One image of every row; a class without a date is a problem of the time."""
    taken = columns.read(f"taken{tail}", partial(parse_image_date, file.zone), None)
    codes = columns.read(f"class{tail}", partial(parse_choice, _CLASS, _WORDS), "")
    texts = columns.rows.columns.get(columns.found.get(f"taken{tail}", ""), ("",) * len(taken))
    for position, (span, code) in enumerate(zip(taken, codes, strict=True)):
        if code and span is None and not texts[position]:
            hint = Message("hint.write_image_date", column=f"{_DATE}{tail}")
            undated = CellError("missing-time", Message("problem.image_undated"), hint)
            columns.refuse("occurred_at", position, undated)
    return [Epoch(span, code) if span else _NEVER for span, code in zip(taken, codes, strict=True)]


UNOSAT = Feed(
    "unosat",
    "UNOSAT damage points",
    (frozenset({_DATE, _CLASS}),),
    (
        *split_names(
            "OBJECTID,SiteID,SensorDate,Main_Damage_Site_Class,Damage_Status,"
            "Grouped_Damage_Classes,Governorate,Municipality,Neighborhood"
        ),
        *(
            f"{name}_{number}"
            for name in (_DATE, _CLASS, "Damage_Status", "SensorID", "Confidence")
            for number in range(1, 31)
        ),
        *split_names("SensorID,Confidence,ConfidenceID,StaffID,EventCode,Notes"),
    ),
    _read,
    "UNITAR / UNOSAT",
    note="note.unosat_not_validated",
)
