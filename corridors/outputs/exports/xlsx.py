"""A workbook: a sheet "About" with the marking and what the columns hold, then a sheet a layer."""

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
    tell_marking,
)
from corridors.outputs.exports.spreadsheet import describe_about, list_tags, locate
from corridors.outputs.geopackage import join_list

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
_WIDEST = 48
_LINE = 120
"""As many characters fit into a line of the sheet "About"."""
_SAMPLE = 200
"""As many rows decide how wide a column is."""


def check_xlsx(export: Export) -> None:
    """Pass in silence, or refuse a layer with more rows than a sheet has.

    Raises
    ------
    UsageError
        A layer is too long (fix: name the other layers, or write csv or parquet).
    """
    for name, layer in export.layers.items():
        if len(layer) + 1 + export.hxl > MAX_ROWS:
            raise UsageError(
                Message("usage.sheet_too_long", layer=name, rows=len(layer), max_rows=MAX_ROWS)
            )


def write_xlsx(export: Export, path: Path) -> None:
    """Write all layers as one workbook.

    No text is a formula or a link. Times are those of a spreadsheet, in UTC, in columns that end in
    `_utc`; numbers that it cannot hold exactly are texts; lists are parted by semicolons; shapes
    are degrees, as `cells.locate` says. Texts longer than a cell holds are cut, and say so.
    """
    import xlsxwriter  # noqa: PLC0415 - an extra

    about = tell_marking(export.release, export.locale)
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
    moments = {
        str(column): values
        for column, values in flatten_index(layer).items()
        if values.dtype.kind == "M"
    }
    writers, cells, heads = [], [], []
    for column, values in columns.items():
        if column in moments:
            write, written = _prepare_times(sheet, moments[column], values, formats["time"])
        else:
            write, written = _prepare(sheet, values)
        heads.append(f"{column}_utc" if column in moments else column)
        writers.append(write)
        cells.append(written)
    tags = list_tags(columns) if export.hxl else [""] * len(heads)
    for position, (head, tag, values) in enumerate(zip(heads, tags, cells, strict=True)):
        longest = max(
            (
                16 if isinstance(value, datetime) else len(str(value))
                for value in values[:_SAMPLE]
                if value is not None
            ),
            default=0,
        )
        sheet.set_column(position, position, min(max(len(head), len(tag), longest) + 2, _WIDEST))
    sheet.freeze_panes(1 + export.hxl, 1)
    sheet.repeat_rows(0, export.hxl)
    if len(layer):
        sheet.autofilter(export.hxl, 0, len(layer) + export.hxl, len(heads) - 1)
    for position, head in enumerate(heads):
        sheet.write_string(0, position, head, formats["head"])
    if export.hxl:
        for position, tag in enumerate(tags):
            sheet.write_string(1, position, tag, formats["tag"])
    for row, shown in enumerate(zip(*cells, strict=True), start=1 + export.hxl):
        for position, value in enumerate(shown):
            if value is not None and value != "":
                writers[position](row, position, value)


def _prepare(sheet: Worksheet, values: list[Any]) -> tuple[Callable[..., Any], list[Any]]:
    """How the cells of a column are written, and what stands in them."""
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
    """Times as a spreadsheet has them, in UTC; as texts where one lies before its first day."""
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
    """A text as long as a cell may be; where it is longer, its beginning and how long it is.

    >>> _fit("x" * 40_000)[-31:]
    'xxxx... [cut: 40000 characters]'
    """
    said = f"... [cut: {len(text)} characters]"
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - len(said)]}{said}"
