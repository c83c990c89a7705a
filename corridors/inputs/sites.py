"""Sites: where supplies start, and whom they should reach."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from corridors.errors import InputError, Problem
from corridors.inputs.columns import (
    CellError,
    Columns,
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
"""What files call the roles; any other word is a problem."""


def read_sites(path: str | Path, *, role: str | None = None) -> ReadResult:
    r"""Sites from a CSV, XLSX, GeoJSON, GeoPackage or KML file.

    Parameters
    ----------
    path
        The file. It needs a column of `role`, unless `role` is given, and a place (shapes, or `lat`
        and `lon`, or WKT in `geometry`); `COLUMNS` holds all names that are known.
    role
        The role of every row, as for a file of depots; a row that names another is a problem.

    Returns
    -------
    Reading
        The table keeps `corridors.tables.SITES` (EPSG:4326; `need_t` and `stock_t` in tonnes, null
        where unknown). A site without a name is called by its id.

    Raises
    ------
    InputError
        All problems of the file: those of `read_rows`; `missing-column`, `two-columns`,
        `unknown-role`, `other-role`; `missing-place`, `wrong-shape` and the other codes of
        `read_places`; `bad-number`, `decimal-comma`, `negative-number`, `control-character`,
        `unseen-character`, `duplicate-id`. Each says its row and how to mend it.

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
        raise InputError(
            Problem(
                "unknown-role",
                "this role is not known",
                f"use one of {', '.join(ROLES)}",
                field="role",
                value=role,
            )
        )
    columns = Columns(
        read_rows(path, layer="depots" if role == "depot" else "sites"),
        COLUMNS,
        required=() if role else ("role",),
        strict=("site_id",),
    )
    blank = role or CellError("unknown-role", "the role is blank", f"use one of {', '.join(ROLES)}")
    values: dict[str, Any] = {
        "site_id": columns.read("site_id", parse_id, ""),
        "role": [said or role for said in columns.read("role", partial(_parse_role, role), blank)],
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
        raise CellError(
            "other-role",
            f"every site of this file is a {only}",
            f"write {only}, or move the row to the sites file",
        )
    return role
