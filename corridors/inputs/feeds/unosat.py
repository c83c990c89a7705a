"""UNOSAT damage points: one row a damaged structure, one pair of columns an image, in no order of
time.

What an image shows happened before it: after the last image without damage, if there is one. Where
the damage grew later, the window reaches to the image that shows it at its worst, or shows it anew.
What is damaged, and by what, UNOSAT does not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
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
from corridors.inputs.feeds.feed import Feed, FeedFile, parse_choice, worst_of
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
"""The classes, from worst to none. 5 and 7 to 10 are in no product that we know."""
_WORDS = {
    **{code: code for code in CLASSES},
    "destroyed": "1",
    "severe damage": "2",
    "moderate damage": "3",
    "possible damage": "4",
}
_WORDS |= {"no visible damage": NO_DAMAGE, "0": "", "not analysed": ""}
_RANK = {code: rank for rank, code in enumerate(CLASSES)}
CLEAR, NOT_ASSESSED = "no_damage", "not_assessed"


class Epoch(NamedTuple):
    """What one image shows of a structure: when it was taken, and the class ("" where it was not
    assessed).
    """

    taken: Span
    code: str


def parse_image_date(zone: Any, text: str) -> Span:
    """When an image was taken: ISO 8601, or milliseconds since 1970 as web services write them.

    >>> parse_image_date(None, "1696636800000")[0].isoformat()
    '2023-10-07T00:00:00+00:00'
    """
    plain = plain_digits(text).removesuffix(".0")
    if re.fullmatch(r"\d{12,13}", plain):
        moment = datetime.fromtimestamp(int(plain) / 1000, UTC)
        return moment, moment + timedelta(days=1) - timedelta(
            microseconds=1
        ) if moment.hour == moment.minute == 0 else moment
    if found := re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[T ]00:00:00(?:\.0+)?(?:Z|\+00:?(?:00)?)?", plain.replace("/", "-")
    ):
        plain = found[1]  # midnight is how these layers write a day
    return parse_time(zone or UTC, plain)


def find_window(
    epochs: Sequence[Epoch], first_image: timedelta
) -> tuple[datetime, datetime, str] | None:
    """The window in which the damage was done, and its worst class; None where no image shows any.

    From the end of the last image without damage before the first with it, or `first_image` before
    that one where there is none, to the image that first shows the damage at its worst. What an
    image without damage is followed by was done after it: the window then reaches to the image that
    first shows that at its worst.
    """
    seen = sorted(
        (epoch for epoch in epochs if epoch.code),
        key=lambda epoch: (epoch.taken[1], _RANK[epoch.code]),
    )
    damaged = [epoch for epoch in seen if epoch.code != NO_DAMAGE]
    if not damaged:
        return None
    first = damaged[0]
    whole = [
        epoch.taken[0]
        for epoch in seen
        if epoch.code == NO_DAMAGE and epoch.taken[1] < first.taken[1]
    ]
    worst = _find_worst(damaged)
    clear = [
        epoch.taken[1]
        for epoch in seen
        if epoch.code == NO_DAMAGE and epoch.taken[1] <= damaged[-1].taken[1]
    ]
    again = _find_worst([epoch for epoch in damaged if not clear or epoch.taken[1] >= max(clear)])
    return (
        (max(whole) if whole else widen(first.taken, first_image / timedelta(days=1))[0]),
        max(worst.taken[1], again.taken[1]),
        worst.code,
    )


def _find_worst(damaged: Sequence[Epoch]) -> Epoch:
    """The first image that shows the worst of these damages."""
    return min(damaged, key=lambda epoch: (_RANK[epoch.code], epoch.taken[1]))


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    dates, classes = (_find_suffixes(file.rows.columns, name) for name in (_DATE, _CLASS))
    suffixes = sorted(dates & classes, key=lambda text: (len(text), text))
    own = {"incident_id": "SiteID"}
    for suffix in suffixes:
        tail = f"_{suffix}" if suffix else ""
        own |= {f"taken{tail}": f"{_DATE}{tail}", f"class{tail}": f"{_CLASS}{tail}"}
    columns = file.columns(UNOSAT, own, places=PLACES)
    for suffix in sorted(dates ^ classes):
        there, lacking = (
            f"{name}_{suffix}" if suffix else name
            for name in ((_DATE, _CLASS) if suffix in dates else (_CLASS, _DATE))
        )
        message = f"there is a column {there} and no {lacking}: what that image shows would be lost"
        columns.refuse_file(
            lacking,
            CellError("missing-column", message, "export both, or remove the one that is there"),
        )
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)
    epochs = [_read_epoch(columns, file, f"_{suffix}" if suffix else "") for suffix in suffixes]
    windows, left_out = [], []
    unseen = 0
    unread = {
        problem.row for _, problem in columns.problems
    }  # what cannot be read may be damage, and sets nothing aside
    rows = zip(*epochs, strict=True) if epochs else [()] * len(columns.rows.numbers)
    for number, told in zip(columns.rows.numbers, rows, strict=True):
        window = find_window(told, timedelta(days=file.precision.first_image_days))
        assessed = any(epoch.code for epoch in told)
        left_out.append("" if window or number in unread else CLEAR if assessed else NOT_ASSESSED)
        windows.append(window)
        unseen += window is not None and not any(epoch.code == NO_DAMAGE for epoch in told)
    if unseen:
        days = file.precision.first_image_days
        columns.notes.append(Message("note.unosat_first_image", n=unseen, days=days))
    names = columns.read("incident_id", parse_text, "")
    exact = file.precision.imagery_m
    values: dict[str, Any] = {
        "incident_id": [f"unosat-{name}" if name else "" for name in names],
        "kind": ["other"] * len(windows),
        "occurred_at": [window and window[0] for window in windows],
        "occurred_until": [window and window[1] for window in windows],
        "accuracy_m": worst_of(
            [
                exact["unosat_adjacent" if window and window[2] == ADJACENT else "unosat"]
                for window in windows
            ],
            spread_m,
        ),
        "verification": ["reported"] * len(windows),
        "structure": [
            f"structure seen from space: {CLASSES[window[2]]}" if window else ""
            for window in windows
        ],
        "source": ["UNOSAT"] * len(windows),
        "geometry": shapes,
    }
    return (
        file.build(
            columns, INCIDENTS, values, UNOSAT, newest=("occurred_until",), left_out=left_out
        ),
    )


def _find_suffixes(headers: Iterable[str], name: str) -> set[str]:
    """The numbers of the images that have a column of this name, "" for the one without a number."""
    found = (re.fullmatch(rf"{fold(name)}(\d*)", fold(header)) for header in headers)
    return {match[1] for match in found if match}


def _read_epoch(columns: Columns, file: FeedFile, tail: str) -> list[Epoch]:
    """One image of every row; a class without a date is a problem of the time."""
    taken = columns.read(f"taken{tail}", partial(parse_image_date, file.zone), None)
    codes = columns.read(f"class{tail}", partial(parse_choice, _CLASS, _WORDS), "")
    texts = columns.rows.columns.get(columns.found.get(f"taken{tail}", ""), ("",) * len(taken))
    for position, (span, code) in enumerate(zip(taken, codes, strict=True)):
        if code and span is None and not texts[position]:
            lacking = CellError(
                "missing-time",
                "an image that was assessed has no date",
                f"write SensorDate{tail}, or blank the class",
            )
            columns.refuse("occurred_at", position, lacking)
    return [
        Epoch(span, code) if span else Epoch((datetime.min.replace(tzinfo=UTC),) * 2, "")
        for span, code in zip(taken, codes, strict=True)
    ]


UNOSAT = Feed(
    "unosat",
    "UNOSAT damage points",
    (frozenset({_DATE, _CLASS}),),
    (
        *(
            "OBJECTID",
            "SiteID",
            "SensorDate",
            _CLASS,
            "Damage_Status",
            "Grouped_Damage_Classes",
            "Governorate",
            "Municipality",
            "Neighborhood",
        ),
        *(
            f"{name}_{number}"
            for name in ("SensorDate", _CLASS, "Damage_Status", "SensorID", "Confidence")
            for number in range(1, 31)
        ),
        *("SensorID", "Confidence", "ConfidenceID", "StaffID", "EventCode", "Notes"),
    ),
    _read,
    "UNITAR / UNOSAT",
    remark="unosat_not_validated",
)
