"""CSV for spreadsheets, one file per layer.

The files are UTF-8 with a byte order mark and CRLF, and hold nothing that a spreadsheet would run.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from corridors.outputs.exports.selection import Export, list_columns
from corridors.outputs.exports.spreadsheet import describe_about, list_tags, locate
from corridors.outputs.geopackage import join_list

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters of a text that a spreadsheet may read as a formula (OWASP), full width too."""


def write_csv(export: Export, name: str, path: Path) -> None:
    """Write a layer as CSV: a header, with `hxl` a row of tags, then the rows.

    Shapes are degrees, as `spreadsheet.locate` writes them; times are ISO 8601 in UTC; lists are
    separated by semicolons; unknown values are empty. A text that a spreadsheet could read as a
    formula starts with an apostrophe; numbers never do.
    """
    columns = list_columns(export.layers[name], shown=True) | locate(name, export.layers[name])
    guarded = (_guard(values) for values in columns.values())
    heads = [list(columns), *([list_tags(columns)] if export.hxl else [])]
    _write_rows([*heads, *zip(*guarded, strict=True)], path)


def write_about(export: Export, path: Path) -> None:
    """Write the content of the sheet "About": marking, credits and the meaning of columns."""
    _write_rows([_guard(row) for row in describe_about(export)], path)


def _write_rows(rows: Iterable[Any], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)


def _guard(values: Iterable[Any]) -> list[Any]:
    r"""The cells of a column, with an apostrophe before texts that need one.

    Flags are words; unknown values are empty.

    >>> _guard(["=1+1", -35.2, None, ["a", "b;c"], True])
    ["'=1+1", -35.2, '', 'a;b\\;c', 'true']
    """
    cells = list(values)
    kinds = set(map(type, cells))
    if kinds <= {int, float, type(None)}:
        return ["" if cell is None else cell for cell in cells]
    if kinds <= {str, type(None)}:
        written = {cell: _write_cell(cell) for cell in set(cells)}
        return [written[cell] for cell in cells]
    return [_write_cell(cell) for cell in cells]


def _write_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = join_list(value)
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_DANGEROUS) else value
    return "" if value is None else value
