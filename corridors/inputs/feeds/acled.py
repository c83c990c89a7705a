"""ACLED: armed conflict and protest, one row per event, located at the centre of a town.

`geo_precision` and `time_precision` state how exact a row is. Peaceful protests and non-violent
events are excluded and counted. ACLED's rows may not be redistributed. ACLED deletes events and
lists them in a separate file; that file retracts them here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import (
    CellError,
    Columns,
    Span,
    fold,
    parse_number,
    parse_text,
    parse_time,
    plain_digits,
)
from corridors.inputs.feeds.feed import (
    EXPORT_AGAIN,
    MISSING_TIME,
    Feed,
    FeedFile,
    blank_cell,
    earliest,
    latest,
    split_names,
    worst_of,
)
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.precision import parse_code, widen
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS, RETRACTIONS

COLUMNS = split_names(
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,tags,timestamp"
)
"""The header of a current export."""
OTHER_COLUMNS = split_names(
    "data_id,event_id_no_cnty,iso3,population_1km,population_2km,population_5km,population_best"
)
"""Columns of exports before March 2023, and of exports with population."""

DEMONSTRATION, STRATEGIC = "demonstration", "strategic_development"
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "Armed clash": "ground_clash",
        "Government regains territory": "ground_clash",
        "Non-state actor overtakes territory": "ground_clash",
        "Sexual violence": "other",
        "Attack": "other",
        "Abduction/forced disappearance": "other",
        "Chemical weapon": "other",
        "Air/drone strike": "air_strike",
        "Suicide bomb": "explosive_hazard",
        "Shelling/artillery/missile attack": "shelling",
        "Remote explosive/landmine/IED": "explosive_hazard",
        "Grenade": "ground_clash",
        "Peaceful protest": DEMONSTRATION,
        "Protest with intervention": DEMONSTRATION,
        "Excessive force against protesters": "other",
        "Excessive force against protestors": "other",
        "Violent demonstration": "obstruction",
        "Mob violence": "obstruction",
        "Agreement": STRATEGIC,
        "Arrests": STRATEGIC,
        "Change to group/activity": STRATEGIC,
        "Disrupted weapons use": "explosive_hazard",
        "Headquarters or base established": STRATEGIC,
        "Looting/property destruction": "other",
        "Non-violent transfer of territory": STRATEGIC,
        "Other": "other",
    }
)
"""`sub_event_type` -> our kind, or the reason of exclusion. Events that harm people close roads; a
violent crowd blocks a road; a peaceful demonstration, an agreement or an arrest closes none."""
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "Battles": "ground_clash",
        "Explosions/Remote violence": "shelling",
        "Violence against civilians": "other",
        "Riots": "obstruction",
        "Strategic developments": "other",
        "Protests": "other",
    }
)
"""`event_type` -> our kind, for an unknown `sub_event_type`; such rows are never excluded."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        split_names(
            "january,february,march,april,may,june,july,august,september,october,november,december"
        ),
        1,
    )
}
DATES = ("dd-mm-yyyy", "mm-dd-yyyy")
"""The values of `dates`: the order of day and month in numeric dates that are not ISO 8601."""
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_NAMED_DAY = re.compile(r"(\d{1,2})[ -]([A-Za-z]+)[ -](\d{4})", re.ASCII)
_NUMERIC_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_WRITE_DAY = Message("hint.write_acled_day")
_SECONDS = (946_684_800, 4_102_444_800)
"""The years 2000 to 2099, in seconds since 1970."""
_IDS = blank_cell("missing-id")


def parse_day(dates: str, text: str) -> date:
    """The day of a cell: 2023-01-31, 31 January 2023, or numeric in the order of `dates`.

    Raises
    ------
    CellError
        `ambiguous-time`: a numeric date, and `dates` is not declared. Fix: add
        `dates = "dd-mm-yyyy"` to the file's entry in the mission. `bad-time`: no such day. Fix:
        correct it.

    >>> parse_day("", "31 January 2023"), parse_day("dd-mm-yyyy", "01-02-2023")
    (datetime.date(2023, 1, 31), datetime.date(2023, 2, 1))
    """
    plain = plain_digits(text)
    parts: tuple[Any, ...] = ()
    if found := _ISO_DAY.fullmatch(plain):
        parts = found.groups()
    elif (found := _NAMED_DAY.fullmatch(plain)) and (month := _MONTHS.get(found[2].casefold())):
        parts = found[3], month, found[1]
    elif found := _NUMERIC_DAY.fullmatch(plain):
        if dates not in DATES:
            raise CellError(
                "ambiguous-time",
                Message("problem.acled_day_ambiguous"),
                Message("hint.declare_acled_dates"),
            )
        first, second, year = found.groups()
        parts = (year, second, first) if dates == DATES[0] else (year, first, second)
    if not parts:
        raise CellError("bad-time", Message("problem.not_acled_day"), _WRITE_DAY)
    try:
        return date(*map(int, parts))
    except ValueError as error:
        message = Message("problem.no_such_day", text=str(error))
        raise CellError("bad-time", message, _WRITE_DAY) from error


def parse_upload(text: str) -> datetime:
    """The instant of an upload, which ACLED writes in seconds since 1970."""
    seconds = parse_number(text)
    if not _SECONDS[0] <= seconds <= _SECONDS[1]:
        raise CellError("bad-time", Message("problem.not_epoch_seconds"), EXPORT_AGAIN)
    return datetime.fromtimestamp(seconds, UTC)


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {
        "incident_id": "event_id_cnty",
        "kind": "sub_event_type",
        "event_type": "event_type",
        "occurred_at": "event_date",
        "time_precision": "time_precision",
        "accuracy_m": "geo_precision",
        "reported_at": "timestamp",
        "source": "source",
    }
    columns = file.columns(
        ACLED, own, strict=("incident_id", "occurred_at", "time_precision", "accuracy_m", "kind")
    )
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)
    kinds, left_out = _read_kinds(columns)

    def read_code(name: str, codes: Mapping[str, float]) -> list[float | None]:
        parse_one = partial(parse_code, codes, own[name])
        return columns.read(name, parse_one, blank_cell("unknown-precision"))

    def parse(text: str) -> Span:
        return parse_time(file.zone, parse_day(file.dates, text).isoformat())

    days = read_code("time_precision", file.precision.acled_days)
    spans = [
        span and widen(span, margin or 0.0)
        for span, margin in zip(columns.read("occurred_at", parse, MISSING_TIME), days, strict=True)
    ]
    accuracy_m = read_code("accuracy_m", file.precision.acled_m)
    values: dict[str, Any] = {
        "incident_id": columns.read("incident_id", parse_text, _IDS),
        "kind": kinds,
        "occurred_at": earliest(spans),
        "occurred_until": latest(spans),
        "reported_at": columns.read("reported_at", parse_upload, None),
        "accuracy_m": worst_of(accuracy_m, spread_m),
        "verification": "reported",
        "source": [
            f"ACLED: {source}" if source else "ACLED"
            for source in columns.read("source", parse_text, "")
        ],
        "geometry": shapes,
    }
    return (file.build(columns, INCIDENTS, values, ACLED, left_out=left_out),)


def _read_kinds(columns: Columns) -> tuple[list[str], list[str]]:
    """The kind of each row, and the reason of its exclusion, "" where it is kept."""
    by_sub = {fold(word): kind for word, kind in KINDS.items()}
    by_type = {fold(word): kind for word, kind in TYPES.items()}
    subs, types = (columns.read(name, parse_text, "") for name in ("kind", "event_type"))
    kinds, left_out, unknown = [], [], set()
    for position, (sub, general) in enumerate(zip(subs, types, strict=True)):
        kind = by_sub.get(fold(sub)) or by_type.get(fold(general))
        if kind is None:
            message = Message("problem.unknown_acled_type")
            columns.refuse("kind", position, CellError("unknown-kind", message, EXPORT_AGAIN), sub)
        elif fold(sub) not in by_sub:
            unknown.add(f"{sub} ({general})".strip())
        excluded = kind in (DEMONSTRATION, STRATEGIC)
        left_out.append(str(kind) if excluded else "")
        kinds.append("other" if kind is None or excluded else kind)
    if unknown:
        columns.notes.append(Message("note.acled_unknown", names=tuple(sorted(unknown))))
    return kinds, left_out


def _read_deleted(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {"incident_id": "event_id_cnty", "retracted_at": "deleted_timestamp"}
    columns = file.columns(DELETED, own, strict=("incident_id", "retracted_at"), places={})
    values = {
        "incident_id": columns.read("incident_id", parse_text, _IDS),
        "retracted_at": columns.read("retracted_at", parse_upload, MISSING_TIME),
        "source": "ACLED",
    }
    return (file.build(columns, RETRACTIONS, values, DELETED, newest=("retracted_at",)),)


ACLED = Feed(
    "acled",
    "ACLED",
    (
        frozenset(
            {"event_id_cnty", "event_date", "sub_event_type", "geo_precision", "time_precision"}
        ),
    ),
    (*COLUMNS, *OTHER_COLUMNS),
    _read,
    "Armed Conflict Location & Event Data (ACLED), acleddata.com",
    redistributable=False,
    note="note.acled_internal",
)
DELETED = Feed(
    "acled-deleted",
    "ACLED (deleted)",
    (frozenset({"event_id_cnty", "deleted_timestamp"}),),
    ("event_id_cnty", "deleted_timestamp"),
    _read_deleted,
    ACLED.attribution,
    redistributable=False,
)
