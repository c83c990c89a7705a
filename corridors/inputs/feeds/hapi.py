"""HDX HAPI conflict events: counts for an area and a month, without any place within it.

They may shade a map. They close no road, and event types overlap, so that counts are never summed
over them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from corridors.inputs.columns import CellError, parse_amount, parse_text
from corridors.inputs.feeds.feed import (
    EXPORT_AGAIN,
    Feed,
    FeedFile,
    blank_cell,
    earliest,
    latest,
    parse_choice,
    split_names,
)
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import AREA_COUNTS, AREA_EVENT_TYPES

COLUMNS = split_names(
    "event_type,events,fatalities,resource_hdx_id,location_ref,location_code,location_name,has_hrp,"
    "in_gho,provider_admin1_name,provider_admin2_name,admin1_ref,admin1_code,admin1_name,"
    "admin2_ref,admin2_code,admin2_name,admin_level,reference_period_start,reference_period_end"
)
_LEVELS = (
    ("admin2_code", "admin2_name", 2),
    ("admin1_code", "admin1_name", 1),
    ("location_code", "location_name", 0),
)


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    areas = [name for level in _LEVELS for name in level[:2]]
    own = {name: name for name in (*areas, "event_type", "events", "fatalities")}
    own |= {"occurred_at": "reference_period_start", "occurred_until": "reference_period_end"}
    columns = file.columns(
        HAPI,
        own,
        strict=("event_type", "occurred_at", "occurred_until", "location_code"),
        places={},
    )
    began, ended = file.read_period(columns)
    texts = {name: columns.read(name, parse_text, "") for name in areas}
    finest = [
        next(
            (
                (texts[code][row], texts[name][row], level)
                for code, name, level in _LEVELS
                if texts[code][row]
            ),
            ("", "", 0),
        )
        for row in range(len(began))
    ]
    no_area = CellError("missing-place", Message("problem.hapi_area_missing"), EXPORT_AGAIN)
    for position, (code, _, _) in enumerate(finest):
        if not code:
            columns.refuse("geometry", position, no_area)
    types = columns.read(
        "event_type",
        partial(parse_choice, "event_type", {word: word for word in AREA_EVENT_TYPES}),
        blank_cell("unknown-code-word"),
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
        "period_from": earliest(began),
        "period_to": latest(ended),
        "source": "HDX HAPI (ACLED)",
    }
    return (file.build(columns, AREA_COUNTS, values, HAPI, newest=("period_to",)),)


HAPI = Feed(
    "hapi",
    "HDX HAPI conflict events",
    (
        frozenset(
            split_names(
                "event_type,events,reference_period_start,reference_period_end,location_code"
            )
        ),
    ),
    COLUMNS,
    _read,
    "HDX HAPI, conflict events by ACLED",
    note="note.hapi_is_counts",
)
