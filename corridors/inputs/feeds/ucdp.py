"""UCDP GED: organised violence with at least one death, one row per event.

Coordinates may be a village or the centroid of a country: `where_prec` states which, and above 2
no event closes a road. Events without a death, such as most strikes on roads, are not included.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from corridors.inputs.columns import CellError, parse_number, parse_text
from corridors.inputs.feeds.feed import (
    LATLON,
    Feed,
    FeedFile,
    blank_cell,
    earliest,
    latest,
    parse_calendar_day,
    parse_choice,
    split_names,
    worst_of,
)
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.precision import parse_code, widen_to
from corridors.situation import ReadResult
from corridors.tables import INCIDENTS

COLUMNS = split_names(
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,"
    "conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,"
    "side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,"
    "source_date,source_headline,source_original,where_prec,where_coordinates,where_description,"
    "adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,"
    "date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,"
    "gwnoa,gwnob"
)
"""The header of a release; some releases lack this row."""
KINDS = {"1": "ground_clash", "2": "ground_clash", "3": "other"}
"""`type_of_violence`: 1 (state-based) and 2 (non-state) are fights between two armed sides; 3 is
one-sided violence against civilians."""


def is_headerless_row(cells: Sequence[str]) -> bool:
    """Whether a first row is one of data, in the columns of a release.

    It has as many cells as a release, with codes and dates where they belong.
    """
    if len(cells) != len(COLUMNS):
        return False
    row = dict(zip(COLUMNS, cells, strict=True))
    try:
        parse_calendar_day(row["date_start"])
        parse_calendar_day(row["date_end"])
    except CellError:
        return False
    return (
        row["id"].isdecimal()
        and row["type_of_violence"] in KINDS
        and row["where_prec"] in tuple("1234567")
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
    blank = blank_cell("unknown-precision")
    days = columns.read(
        "date_prec", partial(parse_code, file.precision.ucdp_days, "date_prec"), blank
    )
    spans = [
        widen_to((start[0], max(start[1], end[1])), minimum or 0.0) if start and end else None
        for start, end, minimum in zip(*file.read_period(columns), days, strict=True)
    ]
    clarity = columns.read(
        "event_clarity", partial(parse_choice, "event_clarity", {"1": True, "2": False}), False
    )
    sources = columns.read("number_of_sources", parse_number, -1.0)
    statuses = columns.read("code_status", parse_text, "Clear")
    values: dict[str, Any] = {
        "incident_id": [
            f"ucdp-{name}"
            for name in columns.read("incident_id", _parse_id, blank_cell("missing-id"))
        ],
        "kind": columns.read(
            "kind",
            partial(parse_choice, "type_of_violence", KINDS),
            blank_cell("unknown-code-word"),
        ),
        "occurred_at": earliest(spans),
        "occurred_until": latest(spans),
        "accuracy_m": worst_of(
            columns.read(
                "accuracy_m", partial(parse_code, file.precision.ucdp_m, "where_prec"), blank
            ),
            spread_m,
        ),
        "verification": [
            "corroborated" if clear and number >= 2 and status == "Clear" else "reported"
            for clear, number, status in zip(clarity, sources, statuses, strict=True)
        ],
        "source": "UCDP GED",
        "geometry": shapes,
    }
    return (file.build(columns, INCIDENTS, values, UCDP),)


def _parse_id(text: str) -> str:
    """An id as whole digits, even where a spreadsheet wrote it as a decimal."""
    number = parse_number(text)
    return str(int(number)) if number.is_integer() and number >= 0 else parse_text(text)


UCDP = Feed(
    "ucdp",
    "UCDP GED",
    (frozenset({"where_prec", "date_prec", "type_of_violence"}),),
    COLUMNS,
    _read,
    "UCDP Georeferenced Event Dataset (GED), Uppsala Conflict Data Program, CC BY 4.0",
    note="note.ucdp_is_deaths",
    headerless_columns=COLUMNS,
)
