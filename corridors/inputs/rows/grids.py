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
from typing import Any, NoReturn

from corridors.errors import InputError, Problem
from corridors.inputs.rows.encodings import decode_text
from corridors.inputs.rows.raw_rows import MAX_BYTES, Rows, refuse, refuse_size, text_of
from corridors.messages import Message

MAX_SHEET_ROWS = 1_048_576
"""The most rows that Excel writes; a file that states more is damaged or an attack."""
SHARED_ROWS = 1000
"""Texts that repeat in a column mostly do so within this many rows."""
MAX_SHEET_CELLS = 20_000_000
"""As many as fit into the memory of a laptop."""


Headless = Callable[[Sequence[str]], Sequence[str] | None]
"""Takes the first row of a file; returns the names of its columns if the row is data, or None."""


def read_csv(blank: Rows, data: bytes, headless: Headless) -> Rows:
    """`blank` filled with the rows of a text file."""
    text, notes = decode_text(blank.file, data)
    header = _first_line(text)
    found = [mark for mark in ",;\t" if mark in _without_quoted(header)]
    # a row of data may contain any delimiter in its texts; only the right one makes it recognisable
    if len(found) > 1 and (
        fitting := [mark for mark in found if headless(_first_record(text, mark))]
    ):
        found = fitting
    if len(found) > 1:
        hint = "use_one_delimiter"
        refuse(blank.file, "ambiguous-delimiter", "several_delimiters", hint, value=header)
    delimiter = found[0] if found else ","
    rows = _from_grid(blank, _records(blank.file, text, delimiter), headless, delimiter)
    return replace(rows, delimiter=delimiter, notes=(*notes, *rows.notes))


def read_csv_cells(file: str, data: bytes) -> list[tuple[int, list[str]]]:
    """The rows of a text file, each with its first line, as far as they can be separated.

    Raises
    ------
    InputError
        The text cannot be decoded. Fix: save it as UTF-8.
    """
    text, _ = decode_text(file, data)
    bare = _without_quoted(_first_line(text))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=bare.count))
    rows, number = [], 1
    try:
        for cells in reader:
            rows.append((number, cells))
            number = reader.line_num + 1
    except csv.Error as error:
        _refuse_record(file, error, number)
    return rows


def _first_line(text: str) -> str:
    return next((line for line in re.split(r"[\r\n]+", text) if line.strip()), "")


def _without_quoted(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _refuse_record(file: str, error: csv.Error, row: int) -> NoReturn:
    message = Message("problem.broken_record", text=str(error))
    refuse(file, "broken-csv", message, "correct_quotation_marks", row=row)


def _first_record(text: str, delimiter: str) -> list[str]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        cells = next((cells for cells in reader if any(cells)), [])
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
            _refuse_record(file, error, number)


def _from_grid(
    blank: Rows, records: Iterable[tuple[int, list[str]]], headless: Headless, delimiter: str = ""
) -> Rows:
    """Rows from records, the first of which is the column names.

    HXL tags are kept apart and empty rows left out; notes report both.
    """
    grid = _strip_cells(records)
    while grid and not any(grid[-1][1]):
        grid.pop()
    empty = [number for number, cells in grid if not any(cells)]
    grid = [(number, cells) for number, cells in grid if any(cells)]
    if not grid:
        refuse(blank.file, "empty-file", "no_column_names", "write_header_first")
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
        notes.append(Message("note.tags_ignored", row=body[0][0]))
        del body[0]

    even = [(number, cells) for number, cells in body if len(cells) == len(names)]
    columns: list[tuple[str, ...]] = (
        list(zip(*(cells for _, cells in even), strict=True)) if even else [()] * len(names)
    )
    problems = [
        *_find_repeated_names(blank.file, first, names),
        *_find_bad_rows(blank, body, len(names), delimiter),
        *_find_unnamed(blank.file, first, names, columns),
    ]
    return replace(
        blank,
        numbers=tuple(number for number, _ in even),
        columns={name: texts for name, texts in zip(names, columns, strict=True) if name},
        tags={name: tag for name, tag in zip(names, tags, strict=False) if name and tag},
        notes=tuple(notes),
        problems=tuple(problems),
    )


def _strip_cells(records: Iterable[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The records with stripped cells; a text that repeats is kept once in memory."""
    records = iter(records)
    begun = [
        (number, [cell.strip() for cell in cells]) for number, cells in islice(records, SHARED_ROWS)
    ]
    shared = {cell: cell for _, cells in begun for cell in cells}
    return begun + [
        (number, [shared.get(cell := text.strip(), cell) for text in cells])
        for number, cells in records
    ]


def _find_repeated_names(file: str, row: int, names: Sequence[str]) -> Iterator[Problem]:
    hint = Message("hint.rename_or_remove_columns")
    for name in dict.fromkeys(names):
        if name and names.count(name) > 1:
            message = Message("problem.repeated_column", name=name, n=names.count(name))
            yield Problem("two-columns", message, hint, file, row, name)


def _find_bad_rows(
    blank: Rows, body: Sequence[tuple[int, list[str]]], width: int, delimiter: str
) -> Iterator[Problem]:
    for number, cells in body:
        if len(cells) != width:
            more = "many" if len(cells) > width else "few"
            message = Message(f"problem.too_{more}_cells", cells=len(cells), columns=width)
            hint = Message("hint.correct_row_of_cells")
            text = " | ".join(cells)[:80]
            yield Problem("ragged-row", message, hint, blank.file, number, value=text)
    message, hint = Message("problem.rows_in_a_text"), Message("hint.correct_quotes_or_breaks")
    for number, cells in body:
        if blank.format == "csv" and _holds_rows(cells, delimiter):
            yield Problem("swallowed-rows", message, hint, blank.file, number)


def _find_unnamed(
    file: str, row: int, names: Sequence[str], columns: Sequence[tuple[str, ...]]
) -> Iterator[Problem]:
    hint = Message("hint.name_or_remove_column")
    for position, (name, texts) in enumerate(zip(names, columns, strict=True), 1):
        if not name and any(texts):
            message = Message("problem.unnamed_column", position=position)
            yield Problem("unnamed-column", message, hint, file, row)


def _are_tags(cells: Sequence[str]) -> bool:
    return any(cells) and all(re.match(r"#[A-Za-z]", cell) for cell in cells if cell)


def _holds_rows(cells: Sequence[str], delimiter: str) -> bool:
    """Whether a cell contains as many delimiters and line breaks as whole rows.

    Then a quotation mark is missing or superfluous.
    """
    for cell in cells:
        breaks = len(re.findall(r"\r\n|\r|\n", cell))
        if breaks and cell.count(delimiter) >= breaks * max(1, len(cells) - 1):
            return True
    return False


def read_xlsx(blank: Rows, data: bytes, headless: Headless) -> Rows:
    """`blank` filled with the rows of the only sheet of a workbook that is not empty."""
    problems, filled, merged = _read_sheets(blank.file, data)
    if len(filled) > 1:
        message = Message("problem.several_sheets", sheets=tuple(filled))
        refuse(blank.file, "several-sheets", message, "keep_one_sheet")
    if not filled:
        refuse(blank.file, "empty-file", "empty_workbook", "write_header_first")
    records = next(iter(filled.values()))
    first, header = next((number, cells) for number, cells in records if any(cells))
    width = _filled(header)
    rows = _from_grid(blank, ((number, _fit(cells, width)) for number, cells in records), headless)
    message, hint = Message("problem.merged_cells"), Message("hint.unmerge_cells")
    problems += [
        Problem("merged-cells", message, hint, blank.file, row, value=cells)
        for cells, row, last in merged
        if last > first
    ]
    return replace(rows, problems=(*rows.problems, *problems))


def _read_sheets(
    file: str, data: bytes
) -> tuple[list[Problem], dict[str, list[tuple[int, list[str]]]], list[tuple[str, int, int]]]:
    """Problems of single cells, the sheets that are not empty, and the merged cells of all sheets.

    Merged cells come with their first and last row.
    """
    try:
        import openpyxl  # noqa: PLC0415 - optional
    except ImportError:
        refuse(file, "missing-library", "openpyxl_missing", "install_excel_extra")
    problems: list[Problem] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
                refuse_size(file, "workbook_too_large", MAX_BYTES)
            merged = _find_merged(file, archive)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns of styles, which are not read
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
        message = Message("problem.unreadable_file", text=type(error).__name__)
        refuse(file, "broken-xlsx", message, "save_workbook_again")
    filled = {
        title: records
        for title, records in sheets.items()
        if any(any(cells) for _, cells in records)
    }
    return problems, filled, merged


_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]+(\d+):[A-Z]+(\d+))[\"']")


def _find_merged(file: str, archive: zipfile.ZipFile) -> list[tuple[str, int, int]]:
    """The merged cells of all sheets with their first and last row.

    A part that declares a document type is refused, because its entities can expand to anything.
    """
    merged = []
    for name in archive.namelist():
        if not name.lower().endswith((".xml", ".rels", ".vml")):
            continue
        part = archive.read(name)
        if b"<!DOCTYPE" in part.replace(b"\0", b"") or b"<!ENTITY" in part.replace(b"\0", b""):
            refuse(file, "broken-xlsx", "document_type", "save_workbook_again")
        if name.startswith("xl/worksheets/"):
            merged += [
                (cells.decode(), int(row), int(last)) for cells, row, last in _MERGED.findall(part)
            ]
    return merged


def read_xlsx_cells(file: str, data: bytes) -> list[tuple[int, list[str]]]:
    """The numbered rows of the only sheet of a workbook that is not empty, or none.

    Raises
    ------
    InputError
        As `read_xlsx`.
    """
    _, filled, _ = _read_sheets(file, data)
    return [*next(iter(filled.values()))] if len(filled) == 1 else []


def _fit(cells: list[str], width: int) -> list[str]:
    """The cells of a sheet row as wide as its header, or wider where more cells are filled."""
    return [*cells, *[""] * width][: max(width, _filled(cells))]


def _filled(cells: Sequence[str]) -> int:
    """The position of the last cell that is not blank, from 1; 0 where there is none."""
    return max((position for position, cell in enumerate(cells, 1) if cell), default=0)


def _sheet_records(
    file: str, shown: Any, written: Any, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Each sheet row with its number.

    A formula counts by its stored value; a formula without a value or with an error is a problem.
    """
    shown.reset_dimensions()
    written.reset_dimensions()
    total = 0
    for number, (values, formulas) in enumerate(
        zip(shown.iter_rows(), written.iter_rows(), strict=True), 1
    ):
        cells = []
        for value, formula in zip(values, formulas, strict=True):
            what = ""
            if formula.data_type == "f" and value.value is None:
                what, hint, text = "formula-without-value", "calculate_formula", formula.value
            elif value.data_type == "e":
                what, hint, text = "cell-error", "correct_formula", value.value
            if what:
                message = Message(f"problem.{what.replace('-', '_')}")
                fix = Message(f"hint.{hint}")
                problems.append(Problem(what, message, fix, file, number, value=str(text)[:80]))
            cells.append(text_of(value.value.date() if _is_bare_date(value) else value.value))
        total += len(cells)
        if number > MAX_SHEET_ROWS or total > MAX_SHEET_CELLS:
            message = Message("problem.sheet_too_large", rows=MAX_SHEET_ROWS, cells=MAX_SHEET_CELLS)
            refuse(file, "too-large", message, "keep_rows_that_matter")
        yield number, cells


_NO_CODE = re.compile(r'"[^"]*"|\\.|\[(?!h+\])[^\]]*\]', re.IGNORECASE)
"""The literal texts, languages, colours and conditions of a number format: [$-fr-CH], [White]; [h]
counts hours."""


def _is_bare_date(cell: Any) -> bool:
    """Whether a cell holds a date without a time: midnight, in a format that shows no hours."""
    return (
        isinstance(cell.value, datetime)
        and cell.value.time() == time(0)
        and "h" not in _NO_CODE.sub("", cell.number_format).lower()
    )
