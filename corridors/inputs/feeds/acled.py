"""ACLED: armed conflict and protest, one row an event, placed at the centre of a town.

A row is as exact as its `geo_precision` and `time_precision` say. Peaceful protests and what is no
violence are set aside by name. ACLED may not be passed on row by row, deletes events, and lists
those in a file of its own, which retracts them here.
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
from corridors.inputs.feeds.feed import Feed, FeedFile, missing_time, worst_of
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.precision import parse_code, widen
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS, RETRACTIONS

COLUMNS = (
    *(
        "event_id_cnty",
        "event_date",
        "year",
        "time_precision",
        "disorder_type",
        "event_type",
        "sub_event_type",
        "actor1",
        "assoc_actor_1",
    ),
    *(
        "inter1",
        "actor2",
        "assoc_actor_2",
        "inter2",
        "interaction",
        "civilian_targeting",
        "iso",
        "region",
        "country",
        "admin1",
        "admin2",
    ),
    *(
        "admin3",
        "location",
        "latitude",
        "longitude",
        "geo_precision",
        "source",
        "source_scale",
        "notes",
        "fatalities",
        "tags",
        "timestamp",
    ),
)
"""An export of today, in its order."""
OTHER_COLUMNS = (
    *("data_id", "event_id_no_cnty", "iso3"),
    *("population_1km", "population_2km", "population_5km", "population_best"),
)
"""Of exports before March 2023, and of those that were asked for population."""

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
"""`sub_event_type` -> our kind, or the reason why it is set aside. What harms people where it
happens closes roads there; a crowd that fights stands on a road; a demonstration that does not, and
an agreement or an arrest, closes none."""
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
"""`event_type` -> our kind, for a `sub_event_type` that is not known: none is set aside then."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        (
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ),
        1,
    )
}
DATES = ("dd-mm-yyyy", "mm-dd-yyyy")
"""What `dates` may declare: how a file writes days in figures where that is not ISO 8601."""


def parse_day(dates: str, text: str) -> date:
    """The day that a cell says: 2023-01-31, 31 January 2023, or in figures as `dates` declares.

    Raises
    ------
    CellError
        `ambiguous-time`: figures, and nothing was declared; mend: `dates = "dd-mm-yyyy"` beside the
        file. `bad-time`.

    >>> parse_day("", "31 January 2023"), parse_day("dd-mm-yyyy", "01-02-2023")
    (datetime.date(2023, 1, 31), datetime.date(2023, 2, 1))
    """
    plain = plain_digits(text)
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", plain, re.ASCII)
    parts = found and (found[1], found[2], found[3])
    if named := re.fullmatch(r"(\d{1,2})[ -]([A-Za-z]+)[ -](\d{4})", plain, re.ASCII):
        month = _MONTHS.get(named[2].casefold())
        parts = (named[3], str(month), named[1]) if month else None
    if figures := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", plain, re.ASCII):
        if dates not in DATES:
            hint = 'say how the file writes its dates: { path = "...", format = "acled", dates = "dd-mm-yyyy" }'
            raise CellError("ambiguous-time", "day and month could be meant either way", hint)
        parts = (
            (figures[3], figures[2], figures[1])
            if dates == "dd-mm-yyyy"
            else (figures[3], figures[1], figures[2])
        )
    if not parts:
        raise CellError(
            "bad-time",
            "this is not a day as ACLED writes them",
            "write 2023-01-31 or 31 January 2023",
        )
    try:
        return date(*(int(part) for part in parts))
    except ValueError as error:
        raise CellError(
            "bad-time", f"there is no such day: {error}", "write 2023-01-31 or 31 January 2023"
        ) from error


def parse_upload(text: str) -> datetime:
    """The instant of an upload, which ACLED counts in seconds since 1970."""
    seconds = parse_number(text)
    if not 946_684_800 <= seconds <= 4_102_444_800:
        raise CellError(
            "bad-time", "these are no seconds since 1970 of this century", "export the file again"
        )
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
    blank = CellError(
        "unknown-precision", "the code of precision is blank", "export the file again"
    )
    days = columns.read(
        "time_precision", partial(parse_code, file.precision.acled_days, "time_precision"), blank
    )

    def parse(text: str) -> Span:
        return parse_time(file.zone, parse_day(file.dates, text).isoformat())

    spans = columns.read("occurred_at", parse, missing_time("the day"))
    spans = [
        span and widen(span, either_side or 0.0)
        for span, either_side in zip(spans, days, strict=True)
    ]
    accuracy_m = columns.read(
        "accuracy_m", partial(parse_code, file.precision.acled_m, "geo_precision"), blank
    )
    values: dict[str, Any] = {
        "incident_id": columns.read(
            "incident_id",
            parse_text,
            CellError("missing-id", "the id is blank", "export the file again"),
        ),
        "kind": kinds,
        "occurred_at": [span and span[0] for span in spans],
        "occurred_until": [span and span[1] for span in spans],
        "reported_at": columns.read("reported_at", parse_upload, None),
        "accuracy_m": worst_of(accuracy_m, spread_m),
        "verification": ["reported"] * len(kinds),
        "source": [
            f"ACLED: {source}" if source else "ACLED"
            for source in columns.read("source", parse_text, "")
        ],
        "geometry": shapes,
    }
    return (file.build(columns, INCIDENTS, values, ACLED, left_out=left_out),)


def _read_kinds(columns: Columns) -> tuple[list[str], list[str]]:
    """The kind of each row, and the reason why it is set aside, where it is."""
    by_sub = {fold(word): kind for word, kind in KINDS.items()}
    by_type = {fold(word): kind for word, kind in TYPES.items()}
    subs = columns.read("kind", parse_text, "")
    types = columns.read("event_type", parse_text, "")
    kinds, left_out, unknown = [], [], set()
    for position, (sub, general) in enumerate(zip(subs, types, strict=True)):
        kind = by_sub.get(fold(sub)) or by_type.get(fold(general))
        if fold(sub) not in by_sub and kind is not None:
            unknown.add(f"{sub or 'blank'} ({general})")
        if kind is None:
            message = "neither the sub_event_type nor the event_type is one of ACLED's"
            columns.refuse(
                "kind", position, CellError("unknown-kind", message, "export the file again"), sub
            )
        aside = kind in (DEMONSTRATION, STRATEGIC)
        left_out.append(str(kind) if aside else "")
        kinds.append("other" if kind is None or aside else kind)
    if unknown:
        columns.notes.append(Message("note.acled_unknown", names=", ".join(sorted(unknown))))
    return kinds, left_out


def _read_deleted(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {"incident_id": "event_id_cnty", "retracted_at": "deleted_timestamp"}
    columns = file.columns(DELETED, own, strict=("incident_id", "retracted_at"), places={})
    values = {
        "incident_id": columns.read(
            "incident_id",
            parse_text,
            CellError("missing-id", "the id is blank", "export the file again"),
        ),
        "retracted_at": columns.read(
            "retracted_at", parse_upload, missing_time("when it was deleted")
        ),
        "source": ["ACLED"] * len(columns.rows.numbers),
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
    remark="acled_internal",
)
DELETED = Feed(
    "acled-deleted",
    "the list of events that ACLED has deleted",
    (frozenset({"event_id_cnty", "deleted_timestamp"}),),
    ("event_id_cnty", "deleted_timestamp"),
    _read_deleted,
    "Armed Conflict Location & Event Data (ACLED), acleddata.com",
    redistributable=False,
)
