"""HDX HAPI conflict events: counts for an area and a month, without any place within it.

They may shade a map. They close no road, and are never summed over event types, which overlap.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from corridors.inputs.columns import CellError, Span, parse_amount, parse_text, parse_time
from corridors.inputs.feeds.feed import (
    Feed,
    FeedFile,
    missing_time,
    parse_calendar_day,
    parse_choice,
)
from corridors.situation import ReadResult
from corridors.tables import AREA_COUNTS, AREA_EVENT_TYPES

COLUMNS = (
    *(
        "event_type",
        "events",
        "fatalities",
        "resource_hdx_id",
        "location_ref",
        "location_code",
        "location_name",
        "has_hrp",
        "in_gho",
    ),
    *(
        "provider_admin1_name",
        "provider_admin2_name",
        "admin1_ref",
        "admin1_code",
        "admin1_name",
        "admin2_ref",
        "admin2_code",
    ),
    *("admin2_name", "admin_level", "reference_period_start", "reference_period_end"),
)
_LEVELS = (
    ("admin2_code", "admin2_name", 2),
    ("admin1_code", "admin1_name", 1),
    ("location_code", "location_name", 0),
)


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {name: name for level in _LEVELS for name in level[:2]}
    own |= {name: name for name in ("event_type", "events", "fatalities")}
    own |= {"occurred_at": "reference_period_start", "occurred_until": "reference_period_end"}
    columns = file.columns(
        HAPI,
        own,
        strict=("event_type", "occurred_at", "occurred_until", "location_code"),
        places={},
    )

    def parse(text: str) -> Span:
        return parse_time(file.zone, parse_calendar_day(text).isoformat())

    began = columns.read("occurred_at", parse, missing_time("reference_period_start"))
    ended = columns.read("occurred_until", parse, missing_time("reference_period_end"))
    columns.check_order(
        "occurred_until", [span and span[0] for span in began], [span and span[0] for span in ended]
    )
    said = {name: columns.read(name, parse_text, "") for level in _LEVELS for name in level[:2]}
    finest = [
        next(
            (
                (said[code][row], said[name][row], level)
                for code, name, level in _LEVELS
                if said[code][row]
            ),
            ("", "", 0),
        )
        for row in range(len(began))
    ]
    for position, (code, _, _) in enumerate(finest):
        if not code:
            columns.refuse(
                "geometry",
                position,
                CellError("missing-place", "no area is named", "export the file again"),
            )
    blank = CellError("unknown-code-word", "the event type is blank", "export the file again")
    types = columns.read(
        "event_type",
        partial(parse_choice, "event_type", {word: word for word in AREA_EVENT_TYPES}),
        blank,
    )
    values: dict[str, Any] = {
        "area_count_id": [
            f"hapi-{code}-{kind}-{span[0]:%Y%m%d}" if span else ""
            for (code, _, _), kind, span in zip(finest, types, began, strict=True)
        ],
        "pcode": [code for code, _, _ in finest],
        "name": [name for _, name, _ in finest],
        "admin_level": [level for _, _, level in finest],
        "event_type": types,
        "events": columns.read("events", parse_amount, None),
        "fatalities": columns.read("fatalities", parse_amount, None),
        "period_from": [span and span[0] for span in began],
        "period_to": [span and span[1] for span in ended],
        "source": ["HDX HAPI (ACLED)"] * len(began),
    }
    return (file.build(columns, AREA_COUNTS, values, HAPI, newest=("period_to",)),)


HAPI = Feed(
    "hapi",
    "HDX HAPI conflict events",
    (
        frozenset(
            {
                "event_type",
                "events",
                "reference_period_start",
                "reference_period_end",
                "location_code",
            }
        ),
    ),
    COLUMNS,
    _read,
    "HDX HAPI, conflict events by ACLED",
    remark="hapi_is_counts",
)
