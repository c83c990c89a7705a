"""Copies of the tables that a mission names, with what is wrong with each row beside it.

A copy is for reading and mending the original by: it never lies in the mission folder, and is never
read as an input.
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
from corridors.outputs.atomic_write import write_documents

ENDING = ".problems.csv"
COLUMNS = ("problem", "hint")
_READERS = {"csv": read_csv_cells, "xlsx": read_xlsx_cells}


def write_annotations(
    folder: str | Path, problems: Iterable[Problem], target: str | Path, *, force: bool = False
) -> list[Path]:
    """Write an annotated copy of each text file and workbook of a mission that has problems, and
    give back their paths.

    Parameters
    ----------
    folder
        The mission.
    problems
        What `check_folder` found in it.
    target
        The folder to write to. For `strikes.csv` it gets `strikes.csv.problems.csv`: UTF-8 with its
        mark, commas, the columns as they stand and two more, `problem` and `mend`. What is wrong
        with the file as a whole stands in a last row.

    force
        Replace copies that are there.

    Returns
    -------
    The paths, none where no such file has a problem; then nothing is written. A
    file that cannot be read as rows has no copy.

    Raises
    ------
    UsageError
        `target` is the mission folder or lies in it, holds other things, or copies and `force` is
        not set; or two files of the mission have one name (fix: rename one).
    OutputError
        Something could not be written; what stood there before is untouched.
    """
    place, mission = Path(target), Path(folder)
    if place.resolve().is_relative_to(mission.resolve()):
        raise UsageError(f"{place} lies in the mission folder; name another")
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        for name in problem.file.split(", "):
            by_file.setdefault(name, []).append(problem)
    documents = {}
    inputs = find_inputs(mission)
    for name, found in by_file.items():
        paths = inputs.get(name, ())
        if len(paths) > 1:
            raise UsageError(
                f"two files of the mission are called {name}; rename one, so that each can have a copy"
            )
        if paths and (cells := _read_cells(paths[0])):
            documents[f"{name}{ENDING}"] = render_annotated(cells, found)
    if not documents:
        return []
    return write_documents(
        documents,
        place,
        is_ours=lambda name: name.endswith(ENDING),
        what="annotated copies",
        force=force,
    )


def render_annotated(rows: Sequence[tuple[int, Sequence[str]]], problems: Iterable[Problem]) -> str:
    r"""The rows as CSV, with the problems of each and how to mend them.

    Parameters
    ----------
    rows
        Number and cells of each row, the first that is not empty being the names of the columns.
    problems
        Those of the file; what is of no row below the names stands in a last row.

    Examples
    --------
    >>> rows = [(1, ["id", "lat"]), (2, ["=A1", "north"])]
    >>> print(
    ...     render_annotated(
    ...         rows,
    ...         [
    ...             Problem(
    ...                 "bad-latitude", "not a latitude", "give degrees", "strikes.csv", 2, "lat"
    ...             )
    ...         ],
    ...     )[1:]
    ... )
    id,lat,problem,mend
    '=A1,north,lat: not a latitude [bad-latitude],give degrees
    <BLANKLINE>
    """
    told: dict[int | None, list[Problem]] = {}
    header = next((number for number, cells in rows if any(cell.strip() for cell in cells)), 1)
    known = {number for number, _ in rows} - {header}
    for problem in problems:
        told.setdefault(problem.row if problem.row in known else None, []).append(problem)
    width = max((len(cells) for _, cells in rows), default=0)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for number, cells in rows:
        said = COLUMNS if number == header else _describe(told.get(number, []))
        writer.writerow(
            [neutralise(cell) for cell in (*cells, *[""] * (width - len(cells)), *said)]
        )
    if None in told:
        said = _describe(told[None])
        writer.writerow(
            [
                neutralise(cell)
                for cell in (*[""] * width, f"the file as a whole: {said[0]}", said[1])
            ]
        )
    return "\ufeff" + text.getvalue()


def neutralise(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula; numbers stay as
    they are.

    >>> neutralise("-35.02"), neutralise("-2+3"), neutralise("@SUM(A1)"), neutralise("mill")
    ('-35.02', "'-2+3", "'@SUM(A1)", 'mill')
    """
    plain = cell.lstrip()
    if not plain.startswith(
        ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    ) and not cell.startswith(("\t", "\r", "\n")):
        return cell
    return cell if re.fullmatch(r"[+-]?\d+([.,]\d+)?", plain.strip(), re.ASCII) else f"'{cell}"


def _describe(problems: Sequence[Problem]) -> tuple[str, str]:
    said = [
        f"{problem.field + ': ' if problem.field else ''}{problem.message} [{problem.code}]"
        for problem in problems
    ]
    return "; ".join(said), "; ".join(dict.fromkeys(problem.hint for problem in problems))


def _read_cells(path: Path) -> Sequence[tuple[int, Sequence[str]]]:
    """The rows of a text file or workbook as they stand, or none where it is neither or cannot be
    read as rows.
    """
    reader = _READERS.get(FORMATS.get(path.suffix.lower(), ""))
    if reader is None:
        return []
    try:
        return reader(path.name, read_bytes(path))
    except InputError:
        return []
