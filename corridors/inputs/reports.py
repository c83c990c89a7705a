"""The entry for reports: the feed of a file, its reader, and the tables that it becomes part of."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from corridors.errors import InputError, Problem
from corridors.inputs.columns import find_timezone, fold
from corridors.inputs.feeds import FEEDS, FeedFile, find_feed, find_headerless_columns
from corridors.inputs.incidents import read_plain_incidents
from corridors.inputs.road_reports import read_plain_road_reports
from corridors.inputs.rows import read_bytes, read_rows
from corridors.messages import Message
from corridors.rules import PrecisionRules
from corridors.situation import ReadResult

FORMATS = ("plain", *(feed.name for feed in FEEDS))
"""The formats of report files that can be named in a mission."""

_ALMOST = {
    "ACLED": ("geo_precision", "time_precision", "sub_event_type", "disorder_type"),
    "UCDP GED": ("where_prec", "date_prec", "type_of_violence"),
    "FIRMS": ("bright_ti4", "bright_t31", "acq_date"),
    "UNOSAT": ("main_damage_site_class",),
}
"""Columns that only these feeds have.

A file with some of them and without those that its feed needs is incomplete. Read as plain
incidents, its places would count as exact.
"""


class ReportOptions(TypedDict, total=False):
    """The options of `read_reports`; all but the last two are those of `read_incidents`."""

    timezone: str | None
    format: str | None
    declared_at: datetime | None
    quarantine: bool
    precision: PrecisionRules | None
    dates: str
    sites: gpd.GeoDataFrame | None
    corridors: str | Path | None


def read_incidents(
    source: str | Path | pd.DataFrame,
    *,
    timezone: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that mission files use
    declared_at: datetime | None = None,
    quarantine: bool = False,
    precision: PrecisionRules | None = None,
    dates: str = "",
) -> ReadResult:
    r"""Incidents from a CSV, XLSX, GeoJSON, GeoPackage or KML file, or from a table in memory.

    Parameters
    ----------
    source
        A file, a DataFrame or a GeoDataFrame. A feed is recognised by its columns. Any other source
        needs a column `occurred_at` and a place (geometry, or `lat` and `lon`, or `mgrs`, or WKT in
        `geometry`); `corridors.inputs.incidents.COLUMNS` holds all headers accepted.
    timezone
        IANA name of the time zone of times without an offset. Without it such a time is a problem,
        and a date alone is that day wherever on Earth it was written, as the notes say.
    format
        One of `FORMATS`, or None to recognise the feed by its columns.
    declared_at
        When the feed says that it was made; counts as its newest record where it is later.
    quarantine
        Exclude rows without a readable place or time, instead of refusing the file; the notes list
        each.
    precision
        What the codes and words of precision mean in metres and days; by default `PrecisionRules`.
    dates
        How ACLED writes days in figures: "dd-mm-yyyy" or "mm-dd-yyyy". Not needed for 2023-01-31
        and 31 January 2023.

    Returns
    -------
    ReadResult
        The table keeps `corridors.tables.INCIDENTS` (EPSG:4326, times UTC, `accuracy_m` metres).
        The source counts rows read = kept + duplicate + quarantined + those excluded by kind. Its
        `newest` is the latest `reported_at`, or `occurred_until` where that is blank, even where it
        is in the future.

    Raises
    ------
    InputError
        All problems of the source: those of `read_rows`; `missing-column`, `two-columns`,
        `near-column`; `implausible-time`, `missing-time`, `naive-time`, `ambiguous-time`,
        `serial-time`, `bad-time`, `ends-before-start`; `missing-place` and the other codes of
        `read_places`; `unknown-kind`, `unknown-verification`, `unknown-precision`,
        `unknown-code-word`, `bad-number`, `decimal-comma`, `negative-number`, `control-character`,
        `unseen-character`, `missing-id`, `duplicate-id`; `not-this-feed`, `cut-feed`,
        `other-table`, `unknown-format`, `unknown-timezone`. Fix: each problem has its row and its
        own hint.
    UsageError
        The source is neither a path nor a table. Fix: give one of them.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"id": "A1", "type": "airstrike", "date": "2026-11-22T03:00Z", "lat": 33.4, "lon": 35}
    >>> incidents, source = read_incidents(pd.DataFrame([row]))
    >>> incidents.loc["A1", "kind"], source.name, dict(source.rows)
    ('air_strike', 'table', {'read': 1, 'kept': 1, 'duplicate': 0, 'quarantined': 0})
    """
    results = read_reports(
        source,
        timezone=timezone,
        format=format,
        declared_at=declared_at,
        quarantine=quarantine,
        precision=precision,
        dates=dates,
    )
    return _only(results, "incidents")


def read_road_reports(
    source: str | Path | pd.DataFrame,
    *,
    timezone: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that mission files use
    declared_at: datetime | None = None,
    quarantine: bool = False,
    precision: PrecisionRules | None = None,
) -> ReadResult:
    r"""Reports about roads and bridges from a file or a table in memory, plain or of a feed.

    Parameters
    ----------
    source
        As for `read_incidents`. Copernicus EMS and WFP SDI-T are recognised by their columns. Any
        other source needs columns `status` and `reported_at`, and places (points or lines);
        `corridors.inputs.road_reports.COLUMNS` holds all headers accepted.
    timezone, format, declared_at, quarantine, precision
        As for `read_incidents`. What a feed does not date is as old as `declared_at`.

    Returns
    -------
    ReadResult
        The table keeps `corridors.tables.ROAD_REPORTS` (EPSG:4326, times UTC, tonnes, metres).

    Raises
    ------
    InputError
        As `read_incidents`, and `unknown-status`, `unknown-direction`.
    UsageError
        As `read_incidents`.

    Examples
    --------
    The El Aadbe bridge in northern Lebanon, after two blasts, as the Logistics Cluster reported it
    on 12 August 2006:

    >>> import pandas as pd
    >>> bridge = {
    ...     "report_id": "R1",
    ...     "name": "El Aadbe bridge",
    ...     "status": "restricted",
    ...     "kind": "bridge",
    ...     "reported_at": "2006-08-12",
    ...     "valid_to": "2006-08-12",
    ...     "direction": "northbound",
    ...     "lanes": "northbound and inside southbound",
    ...     "max_weight_t": 5,
    ...     "source": "Logistics Cluster",
    ...     "lat": 34.53,
    ...     "lon": 35.97,
    ... }
    >>> report = read_road_reports(pd.DataFrame([bridge]), timezone="Asia/Beirut").table.loc["R1"]
    >>> report[["status", "kind", "direction"]].tolist(), str(report["valid_to"])
    (['RESTRICTED', 'bridge_status', 'northbound'], '2006-08-12 20:59:59.999999+00:00')
    >>> f"{report['max_weight_t']:g} t"
    '5 t'
    """
    results = read_reports(
        source,
        table="road_reports",
        timezone=timezone,
        format=format,
        declared_at=declared_at,
        quarantine=quarantine,
        precision=precision,
    )
    return _only(results, "road_reports")


def read_reports(
    source: str | Path | pd.DataFrame, *, table: str = "incidents", **options: Unpack[ReportOptions]
) -> tuple[ReadResult, ...]:
    """Everything in a file of reports: one result for each table that it becomes part of.

    Parameters
    ----------
    source
        As for `read_incidents`.
    table
        "incidents" or "road_reports": what a file in our own columns holds. A feed is always of the
        same tables.
    **options
        `timezone`, `format`, `declared_at`, `quarantine`, `precision` and `dates`, as for
        `read_incidents`. For a hotline, `sites` are the sites whose P-codes name the places of
        calls, and `corridors` is the `plan.gpkg` of an earlier plan, along whose corridors callers
        count kilometres.

    Returns
    -------
    tuple of ReadResult
        `source.role` is the table of each: incidents, road_reports, area_counts or retractions.
        Rows that went to another table of the same file are counted under its name.

    Raises
    ------
    InputError
        As `read_incidents`.
    UsageError
        As `read_incidents`.
    TypeError
        An option of another name. Fix: use one of those above.
    """
    if unknown := sorted(options.keys() - ReportOptions.__annotations__.keys()):
        raise TypeError(*unknown)
    zone = find_timezone(options.get("timezone"))
    rows = read_rows(source, layer=table, headless=find_headerless_columns)
    named = options.get("format")
    if named is not None and named not in FORMATS:
        raise InputError(unknown_format(named, rows.file, "format"))
    headers = [*rows.columns]
    feed = next((feed for feed in FEEDS if feed.name == named), None) or (
        find_feed(headers) if named is None else None
    )
    corridors = options.get("corridors")
    file = FeedFile(
        rows,
        zone,
        options.get("precision") or PrecisionRules(),
        options.get("declared_at"),
        options.get("dates", ""),
        options.get("quarantine", False),
        options.get("sites"),
        None if corridors is None else _read_corridor_lines(Path(corridors)),
    )
    if feed is not None:
        feed.check_headers(rows.file, headers)
        return feed.read(file)
    _refuse_cut_feed(rows.file, headers, named)
    return (read_plain_incidents(file) if table == "incidents" else read_plain_road_reports(file),)


def unknown_format(name: str, file: str, field: str) -> Problem:
    """The problem of a format of reports that there is none of."""
    message, hint = (
        Message("problem.unknown_report_format"),
        Message("hint.use_one_of", words=FORMATS),
    )
    return Problem("unknown-format", message, hint, file, field=field, value=name)


def _refuse_cut_feed(file: str, headers: list[str], named: str | None) -> None:
    """Refuse to read a feed as a plain file, whose places would count as exact."""
    plain = {fold(header): header for header in headers}
    whole = find_feed(headers)
    for title, own in _ALMOST.items():
        column = next((plain[fold(name)] for name in own if fold(name) in plain), None)
        if column is None:
            continue
        hint = (
            Message("hint.name_format", format=whole.name)
            if named == "plain" and whole is not None
            else Message("hint.export_whole_feed")
        )
        message = Message("problem.cut_feed", feed=title, column=column)
        raise InputError(Problem("cut-feed", message, hint, file, field=column))


def _only(results: tuple[ReadResult, ...], role: str) -> ReadResult:
    others = tuple(result.source.role for result in results if result.source.role != role)
    if others:
        message = Message("problem.file_of_other_table", tables=others)
        hint = Message("hint.use_read_reports")
        raise InputError(Problem("other-table", message, hint, results[0].source.name))
    return results[0]


def _read_corridor_lines(path: Path) -> Mapping[str, shapely.LineString]:
    """The lines of the corridors of a plan, by id."""
    data = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns that it does not know the file name
            _, _, geometry, values = pyogrio.raw.read(
                data, layer="corridors", columns=["corridor_id"]
            )
    except (RuntimeError, ValueError) as error:
        message = Message("problem.no_corridors_in_file", text=str(error)[:120])
        problem = Problem("broken-gpkg", message, Message("hint.name_plan_gpkg"), path.name)
        raise InputError(problem) from error
    lines = shapely.from_wkb(geometry)
    return {
        str(name): line
        for name, line in zip(values[0], lines, strict=True)
        if line.geom_type == "LineString"
    }
