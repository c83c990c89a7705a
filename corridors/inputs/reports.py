"""The door for reports: whose file it is, which reader it goes to, and which tables it becomes part
of.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from corridors.errors import InputError, Problem
from corridors.inputs.columns import find_timezone, fold
from corridors.inputs.feeds import FEEDS, FeedFile, find_bare_columns, find_feed
from corridors.inputs.incidents import read_plain_incidents
from corridors.inputs.road_reports import read_plain_road_reports
from corridors.inputs.rows import read_bytes, read_rows
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
"""Columns that only these feeds have. A file that has some of them and not what its feed needs has
been cut, and read as plain incidents its places would be taken for exact."""


def read_incidents(
    path: str | Path,
    *,
    timezone: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that mission files use
    declared_at: datetime | None = None,
    quarantine: bool = False,
    precision: PrecisionRules | None = None,
    dates: str = "",
) -> ReadResult:
    r"""Incidents from a CSV, XLSX, GeoJSON, GeoPackage or KML file, plain or of a feed.

    Parameters
    ----------
    path
        The file. A feed is recognised by its columns. Any other needs a column of `occurred_at` and
        a place (shapes, or `lat` and `lon`, or `mgrs`, or WKT in `geometry`);
        `corridors.inputs.incidents.COLUMNS` holds all names known.
    timezone
        IANA name of the zone in which times without an offset are meant. Without it such a time is
        a problem, and a date alone is that day wherever on Earth it was written, as the source's
        notes say.
    format
        One of `FORMATS`, or None: as its columns tell.
    declared_at
        When the feed says that it was made; counts as its newest record where it is later.
    quarantine
        Set rows aside that cannot be placed or dated, instead of refusing the file; each is named
        in the notes.
    precision
        What the codes and words of precision mean in metres and days; the defaults of
        `PrecisionRules` where none.
    dates
        How ACLED writes days in figures: "dd-mm-yyyy" or "mm-dd-yyyy". Not needed for 2023-01-31
        and 31 January 2023.

    Returns
    -------
    Reading
        The table keeps `corridors.tables.INCIDENTS` (EPSG:4326, times UTC, `accuracy_m` metres).
        The source counts rows read = kept + duplicate + quarantined + those set aside by name; its
        `newest` is the latest `reported_at`, or `occurred_until` where that is blank, whether or
        not it lies in the future.

    Raises
    ------
    InputError
        All problems of the file: those of `read_rows`; `missing-column`, `two-columns`,
        `near-column`; `implausible-time`, `missing-time`, `naive-time`, `ambiguous-time`,
        `serial-time`, `bad-time`, `ends-before-start`; `missing-place` and the other codes of
        `read_places`; `unknown-kind`, `unknown-verification`, `unknown-precision`,
        `unknown-code-word`, `bad-number`, `decimal-comma`, `negative-number`, `control-character`,
        `unseen-character`, `missing-id`, `duplicate-id`; `not-this-feed`, `cut-feed`,
        `other-table`, `unknown-format`, `unknown-timezone`. Each says its row and how to mend it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "strikes.csv"
    ...     _ = path.write_text(
    ...         "id,type,date,lat,lon\nA1,airstrike,2026-11-22T03:00Z,33.4,35.4\n", encoding="utf-8"
    ...     )
    ...     incidents, source = read_incidents(path)
    >>> incidents.loc["A1", "kind"], dict(source.rows)
    ('air_strike', {'read': 1, 'kept': 1, 'duplicate': 0, 'quarantined': 0})
    """
    readings = read_reports(
        path,
        timezone=timezone,
        format=format,
        declared_at=declared_at,
        quarantine=quarantine,
        precision=precision,
        dates=dates,
    )
    return _only(readings, "incidents", path)


def read_road_reports(
    path: str | Path,
    *,
    timezone: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that mission files use
    declared_at: datetime | None = None,
    quarantine: bool = False,
    precision: PrecisionRules | None = None,
) -> ReadResult:
    r"""Reports about roads and bridges from a CSV, XLSX, GeoJSON, GeoPackage or KML file, plain or
    of a feed.

    Parameters
    ----------
    path
        The file. Copernicus EMS and WFP SDI-T are recognised by their columns. Any other needs
        columns of `status` and `reported_at`, and places (points or lines);
        `corridors.inputs.road_reports.COLUMNS` holds all names known.
    timezone, format, declared_at, quarantine, precision
        As for `read_incidents`. What a feed does not date is as old as `declared_at`.

    Returns
    -------
    Reading
        The table keeps `corridors.tables.ROAD_REPORTS` (EPSG:4326, times UTC, tonnes, metres).

    Raises
    ------
    InputError
        As `read_incidents`; besides `unknown-status`, `unknown-direction`.

    Examples
    --------
    The El Aadbe bridge in northern Lebanon, after two blasts, as the Logistics
    Cluster told it on 12 August 2006:

    >>> import tempfile
    >>> text = (
    ...     "report_id,name,status,kind,reported_at,valid_to,direction,lanes,max_weight_t,source,lat,lon\n"
    ...     "R1,El Aadbe bridge,restricted,bridge,2006-08-12,2006-08-12,northbound,northbound and inside southbound,5,"
    ...     "Logistics Cluster,34.53,35.97\n"
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "bridges.csv"
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     reports = read_road_reports(path, timezone="Asia/Beirut").table
    >>> (
    ...     reports.loc["R1", ["status", "kind", "direction"]].tolist(),
    ...     f"{reports.loc['R1', 'max_weight_t']:g}",
    ...     str(reports.loc["R1", "valid_to"]),
    ... )
    (['RESTRICTED', 'bridge_status', 'northbound'], '5', '2006-08-12 20:59:59.999999+00:00')
    """
    readings = read_reports(
        path,
        table="road_reports",
        timezone=timezone,
        format=format,
        declared_at=declared_at,
        quarantine=quarantine,
        precision=precision,
    )
    return _only(readings, "road_reports", path)


def read_reports(
    path: str | Path,
    *,
    table: str = "incidents",
    timezone: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that mission files use
    declared_at: datetime | None = None,
    quarantine: bool = False,
    precision: PrecisionRules | None = None,
    dates: str = "",
    sites: gpd.GeoDataFrame | None = None,
    corridors: str | Path | None = None,
) -> tuple[ReadResult, ...]:
    """All that a file of reports says: one reading for each table that it becomes part of.

    Parameters
    ----------
    path
        The file.
    table
        "incidents" or "road_reports": what a file in our own columns holds. A feed says so itself.
    sites
        Sites whose P-codes say where a hotline's calls are from.
    corridors
        The `plan.gpkg` of an earlier plan, along whose corridors a hotline's callers count
        kilometres.
    timezone, format, declared_at, quarantine, precision, dates
        As for `read_incidents`.

    Returns
    -------
    Readings whose `source.role` says of which table: incidents, road_reports,
    area_counts or retractions. Rows that went to another table of the same file are counted under
    its name.

    Raises
    ------
    InputError
        As `read_incidents`.
    """
    zone = find_timezone(timezone)
    rows = read_rows(path, layer=table, headless=find_bare_columns)
    if format is not None and format not in FORMATS:
        hint = f"use one of {', '.join(FORMATS)}"
        raise InputError(
            Problem(
                "unknown-format",
                "this format of reports is not known",
                hint,
                rows.file,
                field="format",
                value=format,
            )
        )
    headers = [*rows.columns]
    feed = next((feed for feed in FEEDS if feed.name == format), None) or (
        find_feed(headers) if format is None else None
    )
    file = FeedFile(
        rows,
        zone,
        precision or PrecisionRules(),
        declared_at,
        dates,
        quarantine,
        sites,
        _read_corridor_lines(Path(corridors)) if corridors is not None else None,
    )
    if feed is not None:
        feed.check_headers(rows.file, headers)
        return feed.read(file)
    _refuse_cut_feed(rows.file, headers, format)
    return (read_plain_incidents(file) if table == "incidents" else read_plain_road_reports(file),)


def _refuse_cut_feed(file: str, headers: list[str], named: str | None) -> None:
    """Refuse to read a feed as a plain file, whose places would count as exact."""
    plain = {fold(header): header for header in headers}
    whole = find_feed(headers)
    for title, own in _ALMOST.items():
        told = next((plain[fold(name)] for name in own if fold(name) in plain), None)
        if told is None:
            continue
        if named == "plain" and whole is not None:
            hint = f'name the format "{whole.name}", or none'
        else:
            hint = "export it again with all its columns; or convert it to incident_id, kind, occurred_at, lat, lon, accuracy_m in metres"
        message = f"this is of {title} (column {told}), whose places and times have a precision of their own"
        raise InputError(Problem("cut-feed", message, hint, file, field=told))


def _only(readings: tuple[ReadResult, ...], role: str, path: str | Path) -> ReadResult:
    others = [reading.source.role for reading in readings if reading.source.role != role]
    if others:
        message = f"the file holds {' and '.join(others)}".replace("_", " ")
        hint = "read it with read_reports, or name it in a mission"
        raise InputError(Problem("other-table", message, hint, Path(path).name))
    return readings[0]


def _read_corridor_lines(path: Path) -> Mapping[str, shapely.LineString]:
    """The lines of the corridors of a plan, by id."""
    data = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # about the name of the file, which the library does not know
            _, _, geometry, values = pyogrio.raw.read(
                data, layer="corridors", columns=["corridor_id"]
            )
    except (RuntimeError, ValueError) as error:
        hint = "name the plan.gpkg that a plan has written"
        raise InputError(
            Problem(
                "broken-gpkg", f"the file holds no corridors: {str(error)[:120]}", hint, path.name
            )
        ) from error
    lines = shapely.from_wkb(geometry)
    return {
        str(name): line
        for name, line in zip(values[0], lines, strict=True)
        if line.geom_type == "LineString"
    }
