"""Zones: areas that someone declared."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from corridors.inputs.columns import (
    Columns,
    blank_word,
    find_timezone,
    parse_id,
    parse_text,
    parse_time,
    parse_word,
    words,
)
from corridors.inputs.geometries import read_places
from corridors.inputs.records import build_reading
from corridors.inputs.rows import read_rows
from corridors.situation import ReadResult
from corridors.tables import ZONE_KINDS, ZONES

COLUMNS = MappingProxyType(
    {
        "zone_id": ("zone_id", "id"),
        "kind": ("kind", "type", "zone_type", "zone_kind"),
        "name": ("name", "name_en"),
        "name_ar": ("name_ar", "arabic_name"),
        "declared_by": ("declared_by",),
        "supervisor": ("supervisor", "supervised_by"),
        "valid_from": ("valid_from", "from", "start", "start_date"),
        "valid_to": ("valid_to", "valid_until", "to", "until", "end", "end_date"),
        "source": ("source",),
    }
)
"""The columns read, each with the headers accepted."""

KINDS = words(
    ZONE_KINDS,
    {
        "safe_zone": (
            "safe",
            "safe area",
            "safe haven",
            "protected zone",
            "humanitarian zone",
            "humanitarian area",
        ),
        "no_go": ("nogo area", "no go zone", "no go area", "forbidden", "prohibited", "closed"),
        "contaminated": (
            "minefield",
            "mine field",
            "mined",
            "mined area",
            "uxo",
            "contamination",
            "contaminated area",
            "suspected hazardous area",
            "confirmed hazardous area",
        ),
        "front_line": ("front", "line of contact", "contact line"),
        "restricted": ("restricted area", "restricted zone", "restriction"),
    },
)
"""Words of files for the kinds; any other word is a problem."""


def read_zones(source: str | Path | pd.DataFrame, *, timezone: str | None = None) -> ReadResult:
    r"""Zones from a GeoJSON, GeoPackage, KML, CSV or XLSX file, or from a table in memory.

    Parameters
    ----------
    source
        A file, a DataFrame or a GeoDataFrame. It needs a column `kind`, and polygons (in CSV and
        XLSX as well-known text); `COLUMNS` holds all headers accepted.
    timezone
        IANA name of the time zone of times without an offset; see `read_incidents`. A date alone is
        in force from its first to its last instant.

    Returns
    -------
    ReadResult
        The table keeps `corridors.tables.ZONES` (EPSG:4326, times UTC), holes and parts as drawn.

    Raises
    ------
    InputError
        All problems of the source: those of `read_rows`; `missing-column`, `two-columns`,
        `near-column`, `unknown-kind`; `invalid-polygon` (with its place), `wrong-shape` (a point or
        line), `missing-place` and the other codes of `read_places`; `naive-time`, `ambiguous-time`,
        `serial-time`, `bad-time`, `ends-before-start`, `unknown-timezone`; `control-character`,
        `unseen-character`, `duplicate-id`. Fix: each problem has its row and its own hint.
    UsageError
        The source is neither a path nor a table. Fix: give one of them.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "zones.csv"
    ...     _ = path.write_text(
    ...         'zone_id,kind,wkt\nZ1,minefield,"POLYGON ((35 33, 36 33, 36 34, 35 33))"\n',
    ...         encoding="utf-8",
    ...     )
    ...     read_zones(path).table.loc["Z1", "kind"]
    'contaminated'
    """
    parse = partial(parse_time, find_timezone(timezone))
    times = ("valid_from", "valid_to")
    columns = Columns(
        read_rows(source, layer="zones"),
        COLUMNS,
        required=("kind",),
        strict=("zone_id", *times),
        critical=times,
    )
    starts = [span and span[0] for span in columns.read("valid_from", parse, None)]
    ends = [span and span[1] for span in columns.read("valid_to", parse, None)]
    columns.check_order("valid_to", starts, ends)
    if timezone is None:
        columns.note_bare_dates("valid_from", "valid_to")
    blank = blank_word("kind", ZONE_KINDS)
    values: dict[str, Any] = {
        "zone_id": columns.read("zone_id", parse_id, ""),
        "kind": columns.read("kind", partial(parse_word, KINDS, "kind"), blank),
        "valid_from": starts,
        "valid_to": ends,
        "geometry": read_places(columns, ZONES),
    } | {
        name: columns.read(name, parse_text, "")
        for name in ("name", "name_ar", "declared_by", "supervisor", "source")
    }
    return build_reading(columns, ZONES, values)
