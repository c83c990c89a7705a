"""Copies of the tables of a mission, with two more columns: the problems of each row and their fix.

A copy helps to correct the original. It is never in the mission folder, and never an input.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from corridors.errors import InputError, Problem, UsageError
from corridors.inputs.folder import find_inputs
from corridors.inputs.rows import read_bytes
from corridors.inputs.rows.grids import read_csv_cells, read_xlsx_cells
from corridors.inputs.rows.reading import FORMATS
from corridors.locales import Locale, read_locale
from corridors.messages import Message
from corridors.outputs.atomic_write import write_documents

ENDING = ".problems.csv"
COLUMNS = ("problem", "hint")
_READERS = {"csv": read_csv_cells, "xlsx": read_xlsx_cells}


def write_annotations(
    folder: str | Path,
    problems: Iterable[Problem],
    target: str | Path,
    *,
    language: str = "en",
    force: bool = False,
) -> list[Path]:
    """Write an annotated copy of each text file and workbook of a mission that has problems.

    Parameters
    ----------
    folder
        The mission.
    problems
        What `check_folder` found in it.
    target
        The folder to write to. For `strikes.csv` it gets `strikes.csv.problems.csv`: UTF-8 with
        byte order mark, commas, the columns of the file and two more, `problem` and `hint`. The
        problems of the file as a whole are in a last row.
    language
        One of `corridors.locales.LANGUAGES`.
    force
        Replace existing copies.

    Returns
    -------
    list of Path
        The copies; empty where no such file has a problem, and then nothing is written. A file that
        cannot be read as rows has no copy.

    Raises
    ------
    UsageError
        `target` is the mission folder or in it. Fix: name another folder. It contains other files,
        or copies and `force` is not set. Fix: set `force`, or name another folder. Two files of the
        mission have the same name. Fix: rename one.
    OutputError
        A file could not be written; what was there before is unchanged.
    """
    place, mission = Path(target), Path(folder)
    if place.resolve().is_relative_to(mission.resolve()):
        raise UsageError(Message("usage.target_in_mission", path=str(place)))
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        for name in problem.file.split(", "):
            by_file.setdefault(name, []).append(problem)
    documents = {}
    inputs = find_inputs(mission)
    for name, found in by_file.items():
        paths = inputs.get(name, ())
        if len(paths) > 1:
            raise UsageError(Message("usage.two_files_of_one_name", name=name))
        if paths and (cells := _read_cells(paths[0])):
            documents[f"{name}{ENDING}"] = render_annotated(cells, found, language)
    if not documents:
        return []
    return write_documents(
        documents,
        place,
        is_ours=lambda name: name.endswith(ENDING),
        what="annotations",
        force=force,
    )


def render_annotated(
    rows: Sequence[tuple[int, Sequence[str]]], problems: Iterable[Problem], language: str = "en"
) -> str:
    r"""The rows as CSV, with the problems of each and their fix.

    Parameters
    ----------
    rows
        Number and cells of each row. The first that is not empty has the names of the columns.
    problems
        Those of the file. A last row has the problems of no row below the names.
    language
        One of `corridors.locales.LANGUAGES`.

    Examples
    --------
    >>> problem = Problem("id", Message("problem.blank"), Message("hint.retype_id"), row=2)
    >>> print(render_annotated([(1, ["id", "lat"]), (2, ["", "=A1"])], [problem])[1:])
    id,lat,problem,hint
    ,'=A1,is blank [id],type the id again
    <BLANKLINE>
    """
    locale = read_locale(language)
    by_row: dict[int | None, list[Problem]] = {}
    header = next((number for number, cells in rows if any(cell.strip() for cell in cells)), 1)
    known = {number for number, _ in rows} - {header}
    for problem in problems:
        by_row.setdefault(problem.row if problem.row in known else None, []).append(problem)
    width = max((len(cells) for _, cells in rows), default=0)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for number, cells in rows:
        added = COLUMNS if number == header else _describe(locale, by_row.get(number, []))
        row = (*cells, *[""] * (width - len(cells)), *added)
        writer.writerow(map(neutralise, row))
    if None in by_row:
        what, fix = _describe(locale, by_row[None])
        row = (*[""] * width, locale.format("check.whole_file", problems=what), fix)
        writer.writerow(map(neutralise, row))
    return "\ufeff" + text.getvalue()


def neutralise(cell: str) -> str:
    """The cell with an apostrophe before a formula, so that no spreadsheet runs it.

    Numbers are unchanged.

    >>> neutralise("-35.02"), neutralise("-2+3"), neutralise("@SUM(A1)"), neutralise("mill")
    ('-35.02', "'-2+3", "'@SUM(A1)", 'mill')
    """
    plain = cell.lstrip()
    if not plain.startswith(
        ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    ) and not cell.startswith(("\t", "\r", "\n")):
        return cell
    return cell if re.fullmatch(r"[+-]?\d+([.,]\d+)?", plain.strip(), re.ASCII) else f"'{cell}"


def _describe(locale: Locale, problems: Sequence[Problem]) -> tuple[str, str]:
    """The problems of a row and their fix, each as one text."""
    what = tuple(
        locale.format(
            "check.problem_at" if problem.field else "check.problem",
            place=problem.field,
            message=problem.message,
            code=problem.code,
        )
        for problem in problems
    )
    fixes = tuple(dict.fromkeys(problem.hint for problem in problems))
    return locale.format("check.parts", parts=what), locale.format("check.parts", parts=fixes)


def _read_cells(path: Path) -> Sequence[tuple[int, Sequence[str]]]:
    """The rows of a text file or workbook; none where it is neither or cannot be read as rows."""
    reader = _READERS.get(FORMATS.get(path.suffix.lower(), ""))
    if reader is None:
        return []
    try:
        return reader(path.name, read_bytes(path))
    except InputError:
        return []
