"""UCDP GED: organised violence with at least one death, one row an event.

Coordinates may be a village or the centroid of a country: `where_prec` tells, and above 2 nothing
closes a road. Events without a death, most strikes on roads among them, are not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from corridors.inputs.columns import CellError, Span, parse_number, parse_text, parse_time
from corridors.inputs.feeds.feed import (
    LATLON,
    Feed,
    FeedFile,
    missing_time,
    parse_calendar_day,
    parse_choice,
    worst_of,
)
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.precision import parse_code, widen_to
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS

COLUMNS = (
    *(
        "id",
        "relid",
        "year",
        "active_year",
        "code_status",
        "type_of_violence",
        "conflict_dset_id",
        "conflict_new_id",
        "conflict_name",
    ),
    *(
        "dyad_dset_id",
        "dyad_new_id",
        "dyad_name",
        "side_a_dset_id",
        "side_a_new_id",
        "side_a",
        "side_b_dset_id",
        "side_b_new_id",
        "side_b",
    ),
    *(
        "number_of_sources",
        "source_article",
        "source_office",
        "source_date",
        "source_headline",
        "source_original",
        "where_prec",
    ),
    *(
        "where_coordinates",
        "where_description",
        "adm_1",
        "adm_2",
        "latitude",
        "longitude",
        "geom_wkt",
        "priogrid_gid",
        "country",
    ),
    *(
        "country_id",
        "region",
        "event_clarity",
        "date_prec",
        "date_start",
        "date_end",
        "deaths_a",
        "deaths_b",
        "deaths_civilians",
    ),
    *("deaths_unknown", "best", "high", "low", "gwnoa", "gwnob"),
)
"""A release, in its order; some are published without this row of names."""
KINDS = {"1": "ground_clash", "2": "ground_clash", "3": "other"}
"""`type_of_violence`: 1 state-based and 2 non-state are fights of two armed sides; 3 is one-sided
violence against civilians."""


def is_bare_row(cells: Sequence[str]) -> bool:
    """Whether a first row is one of data: as many cells as a release has columns, and codes and
    dates where they belong.
    """
    if len(cells) != len(COLUMNS):
        return False
    said = dict(zip(COLUMNS, cells, strict=True))
    try:
        parse_calendar_day(said["date_start"])
        parse_calendar_day(said["date_end"])
    except CellError:
        return False
    return (
        said["id"].isdecimal()
        and said["type_of_violence"] in KINDS
        and said["where_prec"] in tuple("1234567")
    )


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {
        "incident_id": "id",
        "kind": "type_of_violence",
        "occurred_at": "date_start",
        "occurred_until": "date_end",
        "date_prec": "date_prec",
        "accuracy_m": "where_prec",
        "event_clarity": "event_clarity",
        "number_of_sources": "number_of_sources",
        "code_status": "code_status",
    }
    needed = ("incident_id", "kind", "occurred_at", "occurred_until", "date_prec", "accuracy_m")
    columns = file.columns(UCDP, own, strict=needed, places=LATLON)
    shapes, spread_m = read_places_and_spread(columns, INCIDENTS)

    def parse(text: str) -> Span:
        return parse_time(file.zone, parse_calendar_day(text).isoformat())

    blank = CellError(
        "unknown-precision", "the code of precision is blank", "export the file again"
    )
    days = columns.read(
        "date_prec", partial(parse_code, file.precision.ucdp_days, "date_prec"), blank
    )
    began = columns.read("occurred_at", parse, missing_time("the first day"))
    ended = columns.read("occurred_until", parse, missing_time("the last day"))
    columns.check_order(
        "occurred_until", [span and span[0] for span in began], [span and span[0] for span in ended]
    )
    spans = [
        widen_to((start[0], max(start[1], end[1])), least or 0.0) if start and end else None
        for start, end, least in zip(began, ended, days, strict=True)
    ]
    clarity = columns.read(
        "event_clarity", partial(parse_choice, "event_clarity", {"1": True, "2": False}), False
    )
    sources = columns.read("number_of_sources", parse_number, -1.0)
    status = columns.read("code_status", parse_text, "Clear")
    no_kind = CellError(
        "unknown-code-word", "the type of violence is blank", "export the file again"
    )
    values: dict[str, Any] = {
        "incident_id": [
            f"ucdp-{name}"
            for name in columns.read(
                "incident_id",
                _parse_id,
                CellError("missing-id", "the id is blank", "export the file again"),
            )
        ],
        "kind": columns.read("kind", partial(parse_choice, "type_of_violence", KINDS), no_kind),
        "occurred_at": [span and span[0] for span in spans],
        "occurred_until": [span and span[1] for span in spans],
        "accuracy_m": worst_of(
            columns.read(
                "accuracy_m", partial(parse_code, file.precision.ucdp_m, "where_prec"), blank
            ),
            spread_m,
        ),
        "verification": [
            "corroborated" if clear and number >= 2 and word == "Clear" else "reported"
            for clear, number, word in zip(clarity, sources, status, strict=True)
        ],
        "source": ["UCDP GED"] * len(spans),
        "geometry": shapes,
    }
    return (file.build(columns, INCIDENTS, values, UCDP),)


def _parse_id(text: str) -> str:
    """An id as whole digits, whatever a table program made of it."""
    number = parse_number(text)
    return str(int(number)) if number.is_integer() and number >= 0 else parse_text(text)


UCDP = Feed(
    "ucdp",
    "UCDP GED",
    (frozenset({"where_prec", "date_prec", "type_of_violence"}),),
    COLUMNS,
    _read,
    "UCDP Georeferenced Event Dataset (GED), Uppsala Conflict Data Program, CC BY 4.0",
    remark="ucdp_is_deaths",
    bare_columns=COLUMNS,
)
