"""Text files and workbooks: a row of column names, then rows of cells."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time
from itertools import islice
from typing import Any

from corridors.errors import InputError, Problem
from corridors.inputs.rows.dispatch import MAX_BYTES, Rows, refuse, text_of
from corridors.inputs.rows.encodings import decode_text
from corridors.messages import Message

MAX_SHEET_ROWS = 1_048_576
"""The most rows that Excel itself writes; a file that states more is damaged, or meant to stop us.
"""
SHARED_ROWS = 1000
"""What repeats in a column mostly does so within so many rows."""
MAX_SHEET_CELLS = 20_000_000
"""What fits into the memory of a laptop."""


Headless = Callable[[Sequence[str]], Sequence[str] | None]
"""Given the first row of a file, the names of its columns where that row is none of names but one
of data."""


def read_csv(blank: Rows, data: bytes, headless: Headless) -> Rows:
    """`blank` filled with the rows of a text file."""
    text, notes = decode_text(blank.file, data)
    header = next((line for line in re.split(r"[\r\n]+", text) if line.strip()), "")
    found = [mark for mark in ",;\t" if mark in re.sub(r'"[^"]*"', "", header)]
    # a row of data may hold any mark in its texts; the one that parts its columns makes it
    # recognisable
    if len(found) > 1 and (
        telling := [mark for mark in found if headless(_first_record(text, mark))]
    ):
        found = telling
    if len(found) > 1:
        refuse(
            blank.file,
            "ambiguous-delimiter",
            "the line of column names holds more than one of comma, semicolon and tab",
            "save the file again with one of them between the columns, and none within a name",
            value=header,
        )
    delimiter = found[0] if found else ","
    rows = _from_grid(blank, _records(blank.file, text, delimiter), headless, delimiter)
    return replace(rows, delimiter=delimiter, notes=(*notes, *rows.notes))


def read_csv_cells(file: str, data: bytes) -> list[tuple[int, list[str]]]:
    """The rows of a text file with the line that each starts on, as far as they can be told apart,
    faults and all.

    Raises
    ------
    InputError
        The text cannot be decoded; mend: save it as UTF-8.
    """
    text, _ = decode_text(file, data)
    header = next((line for line in re.split(r"[\r\n]+", text) if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", header)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=bare.count))
    rows, number = [], 1
    try:
        for cells in reader:
            rows.append((number, cells))
            number = reader.line_num + 1
    except csv.Error as error:
        refuse(
            file,
            "broken-csv",
            f"the row cannot be told apart: {error}",
            "mend the quotation marks of this row",
            row=number,
        )
    return rows


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        cells = next(
            (
                cells
                for cells in csv.reader(
                    io.StringIO(text, newline=""), delimiter=delimiter, strict=True
                )
                if any(cells)
            ),
            [],
        )
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


def _records(file: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refuse(
                file,
                "broken-csv",
                f"the row cannot be told apart: {error}",
                "mend the quotation marks of this row",
                row=number,
            )


def _from_grid(
    blank: Rows, records: Iterable[tuple[int, list[str]]], headless: Headless, delimiter: str = ""
) -> Rows:
    """Rows from records whose first is the column names;

    HXL tags are kept apart, empty rows passed over, and both said.
    """
    records = iter(records)
    begun = [
        (number, [cell.strip() for cell in cells]) for number, cells in islice(records, SHARED_ROWS)
    ]
    shared = {
        cell: cell for _, cells in begun for cell in cells
    }  # a word that stands in every row is kept once
    grid = begun + [
        (number, [shared.get(cell := text.strip(), cell) for text in cells])
        for number, cells in records
    ]
    while grid and not any(grid[-1][1]):
        grid.pop()
    empty = [number for number, cells in grid if not any(cells)]
    grid = [(number, cells) for number, cells in grid if any(cells)]
    if not grid:
        refuse(
            blank.file,
            "empty-file",
            "the file holds no column names",
            "write the line of column names first",
        )
    (first, names), *body = grid
    notes = [Message("note.rows_empty", n=len(empty), row=empty[0])] if empty else []
    tags: list[str] = []
    if (known := headless(names)) is not None:
        body, names = grid, list(known)
        notes.append(Message("note.no_header"))
    elif _are_tags(names):
        tags = names
        notes.append(Message("note.tags_as_names", row=first))
    elif body and _are_tags(body[0][1]):
        tags = body[0][1]
        notes.append(Message("note.tags_passed_over", row=body[0][0]))
        del body[0]

    problems = [
        Problem(
            "two-columns",
            f"{names.count(name)} columns are named {name}",
            "rename or remove all but one",
            blank.file,
            first,
            name,
        )
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]
    problems += [
        _ragged(blank.file, number, cells, len(names))
        for number, cells in body
        if len(cells) != len(names)
    ]
    problems += [
        _swallowed(blank.file, number)
        for number, cells in body
        if blank.format == "csv" and _holds_rows(cells, delimiter)
    ]
    even = [(number, cells) for number, cells in body if len(cells) == len(names)]
    columns: list[tuple[str, ...]] = (
        list(zip(*(cells for _, cells in even), strict=True)) if even else [()] * len(names)
    )
    problems += [
        Problem(
            "unnamed-column",
            f"column {position} has no name",
            "name it, or remove it",
            blank.file,
            first,
        )
        for position, (name, texts) in enumerate(zip(names, columns, strict=True), 1)
        if not name and any(texts)
    ]
    return replace(
        blank,
        numbers=tuple(number for number, _ in even),
        columns={name: texts for name, texts in zip(names, columns, strict=True) if name},
        tags={name: tag for name, tag in zip(names, tags, strict=False) if name and tag},
        notes=tuple(notes),
        problems=tuple(problems),
    )


def _are_tags(cells: Sequence[str]) -> bool:
    return any(cells) and all(re.match(r"#[A-Za-z]", cell) for cell in cells if cell)


def _holds_rows(cells: Sequence[str], delimiter: str) -> bool:
    """Whether a cell has as many delimiters as whole rows of this file have between its line
    breaks: a quotation mark too many.
    """
    for cell in cells:
        breaks = len(re.findall(r"\r\n|\r|\n", cell))
        if breaks and cell.count(delimiter) >= breaks * max(1, len(cells) - 1):
            return True
    return False


def _swallowed(file: str, number: int) -> Problem:
    message = "a text of this row runs over several lines and holds as many cells as they would: rows may be hidden in it"
    hint = "mend the quotation marks, or take the line breaks out of the text"
    return Problem("swallowed-rows", message, hint, file, number)


def _ragged(file: str, number: int, cells: list[str], width: int) -> Problem:
    much = "many" if len(cells) > width else "few"
    message = f"the row has too {much} cells: {len(cells)}, where {width} columns are named"
    hint = "put texts that hold the delimiter in quotation marks, write a decimal point rather than a comma, and fill every column"
    return Problem("ragged-row", message, hint, file, number, value=" | ".join(cells)[:80])


def read_xlsx(blank: Rows, data: bytes, headless: Headless) -> Rows:
    """`blank` filled with the rows of the only sheet of a workbook that holds anything."""
    problems, filled, merged = _read_sheets(blank.file, data)
    if len(filled) > 1:
        refuse(
            blank.file,
            "several-sheets",
            f"{len(filled)} sheets hold something: {', '.join(filled)}",
            "keep the one to be read, and save the others in files of their own",
        )
    if not filled:
        refuse(
            blank.file,
            "empty-file",
            "no sheet holds anything",
            "write the line of column names first",
        )
    records = next(iter(filled.values()))
    width = max(
        (
            position
            for position, cell in enumerate(next(cells for _, cells in records if any(cells)), 1)
            if cell
        ),
        default=0,
    )
    rows = _from_grid(blank, ((number, _fit(cells, width)) for number, cells in records), headless)
    first = next(number for number, cells in records if any(cells))
    hint = "unmerge them, and write the value into every row that it holds for"
    problems += [
        Problem(
            "merged-cells",
            "cells are merged: only the first of them holds the value",
            hint,
            blank.file,
            row,
            value=cells,
        )
        for cells, row, last in merged
        if last > first
    ]
    return replace(rows, problems=(*rows.problems, *problems))


def _read_sheets(
    file: str, data: bytes
) -> tuple[list[Problem], dict[str, list[tuple[int, list[str]]]], list[tuple[str, int, int]]]:
    """Problems of single cells, the sheets that hold anything, and the merged cells of all sheets
    with their first and last row.
    """
    try:
        import openpyxl  # noqa: PLC0415 - optional
    except ImportError:
        refuse(
            file,
            "missing-library",
            "reading Excel files needs openpyxl",
            "run: pip install 'corridors[excel]', or save as CSV",
        )
    problems: list[Problem] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
                refuse(
                    file,
                    "too-large",
                    f"the workbook unpacks to more than {MAX_BYTES // 1024**2} MB",
                    "keep the rows that matter",
                )
            merged = _find_merged(file, archive)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which are not read
            shown, written = (
                openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=only)
                for only in (True, False)
            )
            sheets = {
                sheet.title: list(_sheet_records(file, sheet, written[sheet.title], problems))
                for sheet in shown.worksheets
            }
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged workbook may raise anything
        refuse(
            file,
            "broken-xlsx",
            f"the workbook cannot be read: {type(error).__name__}",
            "open it and save it again as .xlsx, or as CSV",
        )
    filled = {
        title: records
        for title, records in sheets.items()
        if any(any(cells) for _, cells in records)
    }
    return problems, filled, merged


_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]+(\d+):[A-Z]+(\d+))[\"']")


def _find_merged(file: str, archive: zipfile.ZipFile) -> list[tuple[str, int, int]]:
    """The merged cells of all sheets with their first and last row; refuses a part that declares a
    document type, whose entities could say anything.
    """
    merged = []
    for name in archive.namelist():
        if not name.lower().endswith((".xml", ".rels", ".vml")):
            continue
        part = archive.read(name)
        if b"<!DOCTYPE" in part.replace(b"\0", b"") or b"<!ENTITY" in part.replace(b"\0", b""):
            refuse(
                file,
                "broken-xlsx",
                "a part of the workbook declares a document type, which none needs",
                "save it again as .xlsx, or as CSV",
            )
        if name.startswith("xl/worksheets/"):
            merged += [
                (cells.decode(), int(row), int(last)) for cells, row, last in _MERGED.findall(part)
            ]
    return merged


def read_xlsx_cells(file: str, data: bytes) -> list[tuple[int, list[str]]]:
    """The rows of the only sheet of a workbook that holds anything, with their numbers; no row
    where there are several.

    Raises
    ------
    InputError
        As `read_xlsx`.
    """
    _, filled, _ = _read_sheets(file, data)
    return [*next(iter(filled.values()))] if len(filled) == 1 else []


def _fit(cells: list[str], width: int) -> list[str]:
    """The cells of a sheet row as wide as its header, wider only where more cells are filled."""
    filled = max((position for position, cell in enumerate(cells, 1) if cell), default=0)
    return [*cells, *[""] * width][: max(width, filled)]


def _sheet_records(
    file: str, shown: Any, written: Any, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Each sheet row with its number.

    A formula counts by its stored value; one without, or in error, is a problem.
    """
    shown.reset_dimensions()
    written.reset_dimensions()
    total = 0
    for number, (values, formulas) in enumerate(
        zip(shown.iter_rows(), written.iter_rows(), strict=True), 1
    ):
        cells = []
        for value, formula in zip(values, formulas, strict=True):
            if formula.data_type == "f" and value.value is None:
                hint = "open the file in a spreadsheet program and save it, or paste values instead of formulas"
                message, text = (
                    "the cell is a formula that was never calculated",
                    str(formula.value)[:80],
                )
                problems.append(
                    Problem("formula-without-value", message, hint, file, number, value=text)
                )
            elif value.data_type == "e":
                message = "the cell holds an error of the spreadsheet"
                problems.append(
                    Problem(
                        "cell-error",
                        message,
                        "mend the formula",
                        file,
                        number,
                        value=str(value.value),
                    )
                )
            cells.append(text_of(value.value.date() if _is_bare_date(value) else value.value))
        total += len(cells)
        if number > MAX_SHEET_ROWS or total > MAX_SHEET_CELLS:
            refuse(
                file,
                "too-large",
                f"a sheet has more than {MAX_SHEET_ROWS:,} rows or {MAX_SHEET_CELLS:,} cells",
                "keep the rows that matter",
            )
        yield number, cells


_NO_CODE = re.compile(r'"[^"]*"|\\.|\[(?!h+\])[^\]]*\]', re.IGNORECASE)
"""What a number format shows as it stands, and its languages, colours and conditions: [$-fr-CH],
[White]; [h] counts hours."""


def _is_bare_date(cell: Any) -> bool:
    """Whether a cell holds a date without a time: midnight, in a format that shows no hours."""
    return (
        isinstance(cell.value, datetime)
        and cell.value.time() == time(0)
        and "h" not in _NO_CODE.sub("", cell.number_format).lower()
    )
