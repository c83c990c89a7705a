"""A workbook: a sheet "About" with marking and columns, then one sheet per layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from corridors.errors import UsageError
from corridors.messages import Message
from corridors.outputs.exports.selection import (
    LARGEST_EXACT,
    Export,
    flatten_index,
    list_columns,
    list_marking,
)
from corridors.outputs.exports.spreadsheet import describe_about, list_tags, locate
from corridors.outputs.geopackage import join_list

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
_WIDEST = 48
_LINE = 120
"""Characters that fit into a line of the sheet "About"."""
_SAMPLE = 200
"""Rows that decide the width of a column."""


def check_xlsx(export: Export) -> None:
    """Refuse a layer with more rows than a sheet can hold.

    Raises
    ------
    UsageError
        A layer is too long. Fix: name the other layers, or write csv or parquet.
    """
    for name, layer in export.layers.items():
        if len(layer) + 1 + export.hxl > MAX_ROWS:
            raise UsageError(
                Message("usage.sheet_too_long", layer=name, rows=len(layer), max_rows=MAX_ROWS)
            )


def write_xlsx(export: Export, path: Path) -> None:
    """Write all layers as one workbook.

    No text is a formula or a link. Times are times of a spreadsheet, in UTC, in columns that end in
    `_utc`; numbers that it cannot hold exactly are texts; lists are separated by semicolons; shapes
    are degrees, as `spreadsheet.locate` writes them. Texts that are too long for a cell are cut,
    and the cell states their length.
    """
    import xlsxwriter  # noqa: PLC0415 - an extra

    about = list_marking(export.release, export.locale)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        moment = export.release.as_of.astimezone(UTC).replace(tzinfo=None)
        credit = "; ".join(export.release.credits)
        book.set_properties(
            {"title": about[0], "comments": "\n".join(about), "keywords": credit, "created": moment}
        )
        formats = {
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "head": book.add_format({"bold": True, "bottom": 2, "bg_color": "#E4ECE9"}),
            "tag": book.add_format({"italic": True, "font_color": "#5B6668", "bottom": 1}),
            "bold": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        footer = " | ".join([*about[:1], *about[-3:]]).replace("&", "&&")[:200]
        sheets = {name: book.add_worksheet(name) for name in ("About", *export.layers)}
        for sheet in sheets.values():
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.set_footer(f"&L&8{footer}&R&8&P/&N")
        _write_about(export, sheets["About"], formats, len(about))
        for name, layer in export.layers.items():
            _write_layer(export, name, layer, sheets[name], formats)


def _write_about(export: Export, sheet: Worksheet, formats: dict[str, Any], marked: int) -> None:
    if export.locale.direction == "rtl":
        sheet.right_to_left()
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 28)
    sheet.set_column(2, 2, 90)
    sheet.set_column(3, 3, 36)
    sheet.fit_to_pages(1, 0)
    before_heading = True
    for row, cells in enumerate(describe_about(export)):
        style = formats["bold"] if row < marked or before_heading else formats["wrap"]
        if len(cells) == 1:
            sheet.merge_range(row, 0, row, 2, "")
            sheet.set_row(row, 15.0 * math.ceil(len(cells[0]) / _LINE))
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(row, column, _fit(cell), style)
            elif cell is not None:
                sheet.write_number(row, column, cell)
        before_heading = not cells


def _write_layer(
    export: Export, name: str, layer: pd.DataFrame, sheet: Worksheet, formats: dict[str, Any]
) -> None:
    columns = list_columns(layer, shown=True) | locate(name, layer)
    times = {
        str(column): values
        for column, values in flatten_index(layer).items()
        if values.dtype.kind == "M"
    }
    prepared = {
        f"{column}_utc" if column in times else column: _prepare_times(
            sheet, times[column], values, formats["time"]
        )
        if column in times
        else _prepare(sheet, values)
        for column, values in columns.items()
    }
    writers, cells = zip(*prepared.values(), strict=True)
    tags = list_tags(columns) if export.hxl else [""] * len(prepared)
    for position, (head, tag, values) in enumerate(zip(prepared, tags, cells, strict=True)):
        width = max(len(head), len(tag), _measure_longest(values)) + 2
        sheet.set_column(position, position, min(width, _WIDEST))
    sheet.freeze_panes(1 + export.hxl, 1)
    sheet.repeat_rows(0, export.hxl)
    if len(layer):
        sheet.autofilter(export.hxl, 0, len(layer) + export.hxl, len(prepared) - 1)
    for position, head in enumerate(prepared):
        sheet.write_string(0, position, head, formats["head"])
    for position, tag in enumerate(tags if export.hxl else ()):
        sheet.write_string(1, position, tag, formats["tag"])
    for row, values in enumerate(zip(*cells, strict=True), start=1 + export.hxl):
        for position, value in enumerate(values):
            if value is not None and value != "":
                writers[position](row, position, value)


def _measure_longest(values: list[Any]) -> int:
    sizes = (
        16 if isinstance(value, datetime) else len(str(value))
        for value in values[:_SAMPLE]
        if value is not None
    )
    return max(sizes, default=0)


def _prepare(sheet: Worksheet, values: list[Any]) -> tuple[Callable[..., Any], list[Any]]:
    """The function that writes the cells of a column, and their values."""
    if any(isinstance(value, list) for value in values):
        values = [join_list(value) for value in values]
    if any(isinstance(value, bool) for value in values):
        return sheet.write_boolean, values
    numbers = [value for value in values if isinstance(value, int | float)]
    if numbers and max(map(abs, numbers)) < LARGEST_EXACT:
        return sheet.write_number, values
    if numbers:
        return sheet.write_string, [None if value is None else str(value) for value in values]
    return sheet.write_string, [
        _fit(value) if isinstance(value, str) else value for value in values
    ]


def _prepare_times(
    sheet: Worksheet, moments: pd.Series, texts: list[Any], style: Any
) -> tuple[Callable[..., Any], list[Any]]:
    """Times of a spreadsheet, in UTC; texts if one is before the first day of a spreadsheet."""
    if moments.notna().any() and moments.min().year < 1901:
        return sheet.write_string, texts
    naive = moments.dt.tz_convert(None).dt.floor("ms")
    return lambda row, column, value: sheet.write_datetime(row, column, value, style), list(
        _list_moments(naive)
    )


def _list_moments(naive: pd.Series) -> Iterator[datetime | None]:
    for moment in naive:
        yield None if pd.isna(moment) else moment.to_pydatetime()


def _fit(text: str) -> str:
    """A text cut to the length of a cell; a cut text states its full length.

    >>> _fit("x" * 40_000)[-31:]
    'xxxx... [cut: 40000 characters]'
    """
    if len(text) <= MAX_TEXT:
        return text
    ending = f"... [cut: {len(text)} characters]"
    return f"{text[: MAX_TEXT - len(ending)]}{ending}"
