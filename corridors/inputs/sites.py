"""Sites: depots, destinations, waypoints and observer bases."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from corridors.errors import InputError, Problem
from corridors.inputs.columns import (
    CellError,
    Columns,
    blank_word,
    parse_amount,
    parse_id,
    parse_text,
    parse_word,
    words,
)
from corridors.inputs.geometries import read_places
from corridors.inputs.records import build_reading
from corridors.inputs.rows import read_rows
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import ROLES, SITES

COLUMNS = MappingProxyType(
    {
        "site_id": ("site_id", "id"),
        "role": ("role", "type", "site_type"),
        "name": ("name", "name_en", "site_name"),
        "name_ar": ("name_ar", "arabic_name"),
        "pcode": ("pcode", "p_code"),
        "people": ("people", "population"),
        "need_t": ("need_t", "need"),
        "stock_t": ("stock_t", "stock"),
    }
)
"""The columns read, each with the headers accepted."""

ROLE_WORDS = words(
    ROLES,
    {
        "depot": ("warehouse", "store", "logistics base", "logistics hub", "origin"),
        "destination": (
            "hospital",
            "clinic",
            "health centre",
            "health center",
            "camp",
            "shelter",
            "collective shelter",
            "distribution point",
            "hub",
            "dest",
        ),
        "waypoint": ("way point", "checkpoint", "assembly point", "rally point"),
        "observer_base": ("observer", "observers", "observation base", "observation post"),
    },
)
"""Words of files for the roles; any other word is a problem."""


def read_sites(source: str | Path | pd.DataFrame, *, role: str | None = None) -> ReadResult:
    r"""Sites from a CSV, XLSX, GeoJSON, GeoPackage or KML file, or from a table in memory.

    Parameters
    ----------
    source
        A file, a DataFrame or a GeoDataFrame. It needs a column `role`, unless `role` is given, and
        a place (geometry, or `lat` and `lon`, or WKT in `geometry`); `COLUMNS` holds all headers
        accepted.
    role
        The role of every row, as for a file of depots; a row with another role is a problem.

    Returns
    -------
    ReadResult
        The table keeps `corridors.tables.SITES` (EPSG:4326; `need_t` and `stock_t` in tonnes, null
        where unknown). A site without a name has its id as name.

    Raises
    ------
    InputError
        All problems of the source: those of `read_rows`; `missing-column`, `two-columns`,
        `unknown-role`, `other-role`; `missing-place`, `wrong-shape` and the other codes of
        `read_places`; `bad-number`, `decimal-comma`, `negative-number`, `control-character`,
        `unseen-character`, `duplicate-id`. Fix: each problem has its row and its own hint.
    UsageError
        The source is neither a path nor a table. Fix: give one of them.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sites.csv"
    ...     _ = path.write_text("site_id,role,lat,lon\nS1,warehouse,33.5,35.4\n", encoding="utf-8")
    ...     read_sites(path).table.loc["S1", ["role", "name"]].tolist()
    ['depot', 'S1']
    """
    if role is not None and role not in ROLES:
        message = Message("problem.unknown_word", field="role")
        hint = Message("hint.use_one_of", words=ROLES)
        raise InputError(Problem("unknown-role", message, hint, field="role", value=role))
    columns = Columns(
        read_rows(source, layer="depots" if role == "depot" else "sites"),
        COLUMNS,
        required=() if role else ("role",),
        strict=("site_id",),
    )
    blank = role or blank_word("role", ROLES)
    roles = columns.read("role", partial(_parse_role, role), blank)
    values: dict[str, Any] = {
        "site_id": columns.read("site_id", parse_id, ""),
        "role": [word or role for word in roles],
        "geometry": read_places(columns, SITES),
        **{name: columns.read(name, parse_text, "") for name in ("name", "name_ar", "pcode")},
        **{
            name: columns.read_numbers(name, parse_amount, None)
            for name in ("people", "need_t", "stock_t")
        },
    }
    for name in ("need_t", "stock_t"):
        if columns.found.get(name, name) != name:
            columns.notes.append(Message("note.read_as_tonnes", column=columns.found[name]))
    reading = build_reading(columns, SITES, values)
    unnamed = reading.table["name"] == ""
    return reading._replace(
        table=reading.table.assign(
            name=reading.table["name"].mask(unnamed, reading.table.index.to_series())
        )
    )


def _parse_role(only: str | None, text: str) -> str:
    role = parse_word(ROLE_WORDS, "role", text)
    if only and role != only:
        message, hint = (
            Message("problem.other_role", role=only),
            Message("hint.move_row_to_sites", role=only),
        )
        raise CellError("other-role", message, hint)
    return role
