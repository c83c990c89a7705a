"""Incidents: where something happened, when, how exactly that is known, and how surely."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from corridors.errors import InputError, Problem
from corridors.inputs.columns import (
    PLACES,
    Columns,
    UnreadableError,
    find_timezone,
    fold,
    parse_amount,
    parse_text,
    parse_time,
    parse_word,
    words,
)
from corridors.inputs.places import read_places
from corridors.inputs.records import build_reading
from corridors.inputs.rows import read_rows
from corridors.situation import Reading
from corridors.tables import INCIDENT_KINDS, INCIDENTS, VERIFICATIONS

FORMATS = ("plain",)
"""The formats of incident files that can be named in a mission."""

COLUMNS = MappingProxyType(
    {
        "incident_id": ("incident_id", "id", "event_id", "event_id_cnty"),
        "kind": ("kind", "type", "event_type"),
        "occurred_at": ("occurred_at", "date", "event_date", "time", "datetime", "date_time", "start", "start_date"),
        "occurred_until": ("occurred_until", "until", "end", "end_date"),
        "reported_at": ("reported_at", "reported", "report_date"),
        "accuracy_m": ("accuracy_m", "accuracy", "uncertainty_m"),
        "verification": ("verification",),
        "structure": ("structure",),
        "source": ("source",),
    }
)
"""The columns read, each with the headers accepted. `timestamp` is none of them: feeds use it for the time of upload."""

KINDS = words(
    INCIDENT_KINDS,
    {
        "air_strike": (
            "airstrike",
            "air strikes",
            "air/drone strike",
            "drone strike",
            "drone",
            "uav strike",
            "aerial bombardment",
            "bombing",
            "missile strike",
        ),
        "shelling": (
            "artillery",
            "artillery shelling",
            "shelling/artillery/missile attack",
            "mortar",
            "rocket",
            "rocket attack",
            "bombardment",
        ),
        "ground_clash": ("clash", "clashes", "armed clash", "battle", "battles", "firefight", "ground fighting", "small arms fire"),
        "explosive_hazard": (
            "mine",
            "landmine",
            "mines",
            "mines/uxo",
            "ied",
            "uxo",
            "erw",
            "unexploded ordnance",
            "remote explosive/landmine/ied",
            "cluster munition",
        ),
        "fire": ("burning", "wildfire"),
        "obstruction": ("roadblock", "road block", "barricade", "checkpoint", "blockage", "debris", "crater", "rubble"),
        "other": ("unknown",),
    },
)
"""What files call the kinds. A word that is not here is a problem, never "other" in silence."""

SURENESS = words(
    VERIFICATIONS,
    {
        "reported": ("unverified", "unconfirmed", "claimed"),
        "verified": ("confirmed",),
        "corroborated": ("partly confirmed", "partially confirmed"),
        "retracted": ("withdrawn",),
    },
)

_FEEDS = MappingProxyType(
    {
        "ACLED": ("geo_precision", "time_precision", "sub_event_type", "disorder_type"),
        "UCDP GED": ("where_prec", "date_prec", "type_of_violence"),
        "FIRMS": ("bright_ti4", "bright_t31", "acq_date"),
    }
)
"""Columns that only these feeds have. Their coordinates may be the centre of a district or of a pixel, which only other
columns of theirs tell; read as plain incidents they would close the wrong roads."""

_SET_ASIDE = frozenset({*PLACES, "occurred_at", "occurred_until"})
"""Columns without which an incident might be anywhere, at any time."""


def read_incidents(
    path: str | Path,
    *,
    timezone: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that mission files use
    declared_at: datetime | None = None,
    quarantine: bool = False,
) -> Reading:
    r"""Incidents from a CSV, XLSX, GeoJSON, GeoPackage or KML file.

    Parameters
    ----------
    path
        The file. It needs a column of `occurred_at` and a place (shapes, or `lat` and `lon`, or WKT in `geometry`);
        `COLUMNS` holds all names that are known.
    timezone
        IANA name of the zone in which times without an offset are meant. Without it such a time is a problem, and a date
        alone is that day wherever on Earth it was written, as the source's notes say.
    format
        "plain" or None. Files of ACLED, UCDP GED and FIRMS are refused rather than misread.
    declared_at
        When the feed says that it was made; counts as its newest record where it is later.
    quarantine
        Set rows aside that cannot be placed or dated, instead of refusing the file; each is named in the notes.

    Returns
    -------
    Reading
        The table keeps `corridors.tables.INCIDENTS` (EPSG:4326, times UTC, `accuracy_m` metres). The source counts rows
        read = kept + duplicate + quarantined; its `newest` is the latest `reported_at`, or `occurred_until` where that
        is blank, whether or not it lies in the future.

    Raises
    ------
    InputError
        All problems of the file: those of `read_rows`; `missing-column`, `two-columns`; `missing-time`, `naive-time`,
        `ambiguous-time`, `serial-time`, `bad-time`, `ends-before-start`; `missing-place` and the other codes of
        `read_places`; `unknown-kind`, `unknown-verification`, `bad-number`, `decimal-comma`, `negative-number`,
        `control-character`, `duplicate-id`; `feed-not-supported`, `unknown-format`, `unknown-timezone`. Each says its
        row and how to mend it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "strikes.csv"
    ...     _ = path.write_text("id,type,date,lat,lon\nA1,airstrike,2026-11-22T03:00Z,33.4,35.4\n", encoding="utf-8")
    ...     incidents, source = read_incidents(path)
    >>> incidents.loc["A1", "kind"], dict(source.rows)
    ('air_strike', {'read': 1, 'kept': 1, 'duplicate': 0, 'quarantined': 0})
    """
    zone = find_timezone(timezone)
    rows = read_rows(path, layer="incidents")
    _check_format(rows.file, format, rows.columns)
    columns = Columns(rows, COLUMNS, required=("occurred_at",), strict=("incident_id", "occurred_at", "occurred_until", "reported_at"))
    parse = partial(parse_time, zone)
    shapes = read_places(columns, INCIDENTS)
    began = columns.read(
        "occurred_at",
        parse,
        UnreadableError("missing-time", "the time is blank", "write when it happened, or remove the row and say so elsewhere"),
    )
    ended = columns.read("occurred_until", parse, None)
    reported = columns.read("reported_at", parse, None)
    starts = [span and span[0] for span in began]
    ends = [(until or since or (None, None))[1] for since, until in zip(began, ended, strict=True)]
    columns.check_order("occurred_until", starts, ends)
    values: dict[str, Any] = {
        "incident_id": columns.read("incident_id", parse_text, ""),
        "kind": columns.read(
            "kind", partial(parse_word, KINDS, "kind"), UnreadableError("unknown-kind", "the kind is blank", "write it; other is possible")
        )
        if "kind" in columns
        else ["other"] * len(rows.numbers),
        "occurred_at": starts,
        "occurred_until": ends,
        "reported_at": [span and span[0] for span in reported],
        "accuracy_m": columns.read("accuracy_m", parse_amount, 0.0),
        "verification": columns.read("verification", partial(parse_word, SURENESS, "verification"), "reported"),
        "structure": columns.read("structure", parse_text, ""),
        "source": columns.read("source", parse_text, ""),
        "geometry": shapes,
    }
    if rows.numbers:
        _note_assumptions(columns, dated=zone is not None)
    reading = build_reading(
        columns, INCIDENTS, values, set_aside=_SET_ASIDE if quarantine else (), newest=("reported_at", "occurred_until")
    )
    dates = [date for date in (reading.source.newest, declared_at) if date is not None]
    return Reading(reading.table, replace(reading.source, newest=max(dates, default=None)))


def _check_format(file: str, named: str | None, headers: Collection[str]) -> None:
    """Refuse what this reader would misread."""
    if named is not None and named not in FORMATS:
        raise InputError(
            Problem(
                "unknown-format",
                "this format of incidents is not known",
                f"use one of {', '.join(FORMATS)}",
                file,
                field="format",
                value=named,
            )
        )
    plain = {fold(header) for header in headers}
    for feed, own in _FEEDS.items():
        if told := [name for name in own if fold(name) in plain]:
            message = f"this is an export of {feed} (column {told[0]}), whose places and times have a precision of their own"
            mend = "convert it to the columns incident_id, kind, occurred_at, lat, lon, accuracy_m with the precision in metres"
            raise InputError(Problem("feed-not-supported", message, mend, file, field=told[0]))


def _note_assumptions(columns: Columns, *, dated: bool) -> None:
    """Say what was taken for granted where the file does not say."""
    count = len(columns.rows.numbers)
    if "kind" not in columns:
        columns.notes.append('no column says the kind: all are "other"')
    for name, meant in (("accuracy_m", "the place is taken as exact (0 m)"), ("verification", 'taken as "reported"')):
        texts = columns.rows.columns.get(columns.found.get(name, ""), ("",) * count)
        if blank := texts.count(""):
            columns.notes.append(f"{blank} of {count} rows do not say {name}: {meant}")
    if columns.found.get("accuracy_m", "accuracy_m") == "accuracy":
        columns.notes.append("accuracy was read as metres")
    if not dated:
        columns.note_bare_dates("occurred_at", "occurred_until", "reported_at")
