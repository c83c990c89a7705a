"""The last step of every reader of rows: ids, duplicates, the table, and the account of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.evidence.incidents import name_version
from corridors.inputs.columns import CellError, Columns
from corridors.messages import Message
from corridors.situation import ReadResult, Source
from corridors.tables import INCIDENTS, Table, build_table

ID_SHAPE_DIGITS = 7
"""Made ids round places to a centimetre, so that a copy in another coordinate system gets the same
ids."""
REPORTED_UNTIL = "reported_until"
"""An extra value of a row: the last instant at which a report may have been made; null where
`reported_at` is an instant."""


class RowNumbers(Mapping[str, int]):
    """The row of each id in a file: a dict in a third of the memory, for a million rows."""

    def __init__(self, numbers: pd.Series) -> None:
        """Keep the numbers of rows, indexed by id."""
        self._numbers = numbers

    def __getitem__(self, name: str) -> int:
        return int(self._numbers.loc[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers.index)

    def __len__(self) -> int:
        return len(self._numbers)


OF_OTHER_ROWS = frozenset({"swallowed-rows", "merged-cells"})
"""Problems that concern more rows than the one they name: to exclude that row solves nothing."""
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
"""No report is older: an earlier end is the zero of a spreadsheet (1900) or of a clock (1970), or
of another calendar."""


def build_reading(
    columns: Columns,
    contract: Table,
    values: Mapping[str, Any],
    *,
    excluded: Collection[str] = (),
    newest: Sequence[str] = (),
    left_out: Sequence[str] = (),
    prefix: str = "",
) -> ReadResult:
    """The table of a file without problems, and its source.

    Parameters
    ----------
    columns
        The columns read, with the problems found.
    contract
        The table wanted.
    values
        One value per row for each column, "geometry" and the index, and `REPORTED_UNTIL` where
        known; a blank id is made from the values of the row.
    excluded
        Columns whose problems do not refuse the file but exclude their rows ("quarantined").
    newest
        Time columns; the first that is not null in a row is the age of that row.
    left_out
        For each row the reason why it is no row of the table ("demonstration"), or "" where it is
        one. Such rows are counted under their reason, and their other problems do not matter,
        except those that concern other rows too.
    prefix
        The first part of made ids; the name of the file if not given.

    Raises
    ------
    InputError
        Every problem found, and `duplicate-id`. Fix: give each row its own id.
    """
    if contract is INCIDENTS:
        _refuse_implausible_times(columns, values["occurred_until"])
    numbers = columns.rows.numbers
    frame = pd.DataFrame(dict(values), index=pd.Index(numbers, dtype="int64"))
    reasons = {number: why for number, why in zip(numbers, left_out, strict=bool(left_out)) if why}
    aside, refused = _sort_problems(columns, excluded, reasons)
    if has_versions(contract):
        frame["version_of"] = ""
    dropped = {problem.row for problem in (*aside, *refused)} | set(reasons)
    frame = frame.drop(index=list(dropped & set(frame.index)))
    frame, made = _make_ids(frame, contract, prefix or PurePath(columns.rows.file).stem)
    frame, repeated, problems = _drop_repeated(frame, contract, columns.rows.file)
    if refused := sorted([*refused, *problems], key=lambda problem: problem.row or 0):
        raise InputError(refused)

    counts = dict(sorted(Counter(reasons.values()).items()))
    rows = {
        "read": len(numbers),
        "kept": len(frame),
        "duplicate": repeated,
        "quarantined": len({problem.row for problem in aside}),
    } | counts
    notes = [*columns.notes]
    if made:
        notes.append(Message("note.ids_made", n=made, column=contract.index))
    if repeated:
        notes.append(Message("note.rows_repeated", n=repeated))
    if counts:
        by_reason = (Message("row.counted", n=n, what=why) for why, n in counts.items())
        notes.append(Message("note.excluded_by_kind", counts=tuple(by_reason)))
    if not numbers:
        notes.append(Message("note.no_rows", table=contract.name))
    notes += map(_note_excluded, aside)
    table = build_table(contract, frame)
    source = Source(
        contract.name,
        columns.rows.file,
        columns.rows.format,
        columns.rows.sha256,
        rows,
        _find_newest(table, newest),
        notes=tuple(notes),
        numbers=RowNumbers(pd.Series(frame.index, index=frame[contract.index].astype("str"))),
        reported_until=frame.set_index(contract.index)[REPORTED_UNTIL].dropna().to_dict()
        if REPORTED_UNTIL in frame
        else {},
    )
    return ReadResult(table, source)


def _note_excluded(problem: Problem) -> Message:
    values = {"row": problem.row, "field": problem.field, "value": problem.value}
    return Message("note.excluded", problem=problem.message, hint=problem.hint, **values)


def _sort_problems(
    columns: Columns, excluded: Collection[str], reasons: Collection[int]
) -> tuple[list[Problem], list[Problem]]:
    """The problems that exclude a row, and those that refuse the file."""
    aside: list[Problem] = []
    refused: list[Problem] = []
    for name, problem in columns.problems:
        if problem.row not in reasons or problem.code in OF_OTHER_ROWS:
            of_row = name in excluded and problem.row is not None
            (aside if of_row else refused).append(problem)
    return aside, refused


def _refuse_implausible_times(columns: Columns, ends: Sequence[datetime | None]) -> None:
    message = Message("problem.implausible_time", year=EARLIEST.year)
    unreadable = CellError("implausible-time", message, Message("hint.write_gregorian_time"))
    for position, end in enumerate(ends):
        if end is not None and end < EARLIEST:
            columns.refuse("occurred_at", position, unreadable, str(end))


def find_repeated(table: pd.DataFrame, contract: Table) -> tuple[pd.Series, pd.Series]:
    """Which rows repeat an earlier one in all columns, and which only in the id.

    `table` has the id as a column.
    """
    shared = table[contract.index].duplicated()
    if not shared.any():  # the id is part of everything
        return shared, shared
    names = [
        column.name for column in contract.columns if column.name in table and column.kind != "list"
    ]
    content = table[[contract.index, *names]].copy()
    if "geometry" in table:
        content["geometry"] = shapely.to_wkb(np.asarray(table["geometry"], dtype=object))
    whole = content.duplicated()
    return whole, shared & ~whole


def has_versions(contract: Table) -> bool:
    """Whether a row may be an earlier version of another."""
    return any(column.name == "version_of" for column in contract.columns)


def separate_versions(table: pd.DataFrame, contract: Table) -> tuple[pd.DataFrame, pd.Series]:
    """The table with an id for each earlier version, and which rows share an id without order.

    `table` has the id as a column and no row that repeats another in all columns. The later version
    is the one with the later `reported_at`. The order is unknown where one version of an id has no
    `reported_at`, two have the same, or one has a day and another an hour of that day.
    """
    ids = table[contract.index]
    shared = ids.duplicated(keep=False)
    if not has_versions(contract) or not shared.any():
        return table, ids.duplicated()
    some = pd.DataFrame(
        {"id": ids[shared], "at": pd.to_datetime(table.loc[shared, "reported_at"], utc=True)}
    )
    unsure = some["at"].isna() | some.duplicated(["id", "at"], keep=False)
    if REPORTED_UNTIL in table:
        unsure |= _find_within_days(
            some.assign(until=pd.to_datetime(table.loc[shared, REPORTED_UNTIL], utc=True))
        )
    some["unordered"] = unsure.groupby(some["id"]).transform("any")
    older = some[~some["unordered"] & (some["at"] < some.groupby("id")["at"].transform("max"))]
    named = table.copy()
    named.loc[older.index, "version_of"] = older["id"]
    named.loc[older.index, contract.index] = [
        name_version(name, at) for name, at in zip(older["id"], older["at"], strict=True)
    ]
    return named, ids.duplicated() & some["unordered"].reindex(table.index, fill_value=False)


def _find_within_days(some: pd.DataFrame) -> pd.Series:
    """Which versions have an instant (`until` is null) within the day of another version.

    The day of a version lasts from `at` to `until`.
    """
    days = some[some["until"].notna()]
    pairs = (
        some[some["until"].isna()]
        .assign(row=some.index[some["until"].isna()])
        .merge(days, on="id", suffixes=("", "_day"))
    )
    within = pairs.loc[pairs["at"].between(pairs["at_day"], pairs["until_day"]), "row"]
    return pd.Series(some.index.isin(within), index=some.index)


def _make_ids(frame: pd.DataFrame, contract: Table, stem: str) -> tuple[pd.DataFrame, int]:
    """The frame with an id in every row, and how many were made.

    A made id is a hash of the values of its row, whatever the order of rows.
    """
    lacking = frame[contract.index] == ""
    if not lacking.any():
        return frame, 0
    rest = frame.loc[lacking].drop(
        columns=[contract.index, "geometry", REPORTED_UNTIL], errors="ignore"
    )
    parts = [rest[name].map(str) for name in sorted(rest)]
    if "geometry" in frame:
        shapes = np.asarray(frame.loc[lacking, "geometry"], dtype=object)
        rounded = shapely.transform(shapes, lambda xy: np.round(xy, ID_SHAPE_DIGITS) + 0.0)
        parts.insert(0, shapely.to_wkb(rounded, hex=True))
    rows = zip(*parts, strict=True)
    ids = [f"{stem}-{blake2b(repr(row).encode(), digest_size=6).hexdigest()}" for row in rows]
    frame = frame.copy()
    frame.loc[lacking, contract.index] = ids
    return frame, len(ids)


def _drop_repeated(
    frame: pd.DataFrame, contract: Table, file: str
) -> tuple[pd.DataFrame, int, list[Problem]]:
    whole, _ = find_repeated(frame, contract)
    frame, only_id = separate_versions(frame[~whole], contract)
    if only_id.any():
        first = {name: number for number, name in reversed(list(frame[contract.index].items()))}
    problems = [
        duplicate_id(contract, name, file, row=number, other=first[name])
        for number, name in frame.loc[only_id, contract.index].items()
    ]
    return frame, int(whole.sum()), problems


def duplicate_id(
    contract: Table, name: str, file: str, *, row: int | None = None, other: int | str
) -> Problem:
    """The problem of an id that two different rows share: of one file, or of this and another.

    `other` is the row, or the name of the other file.
    """
    what = "id_of_other_row" if isinstance(other, int) else "id_of_other_file"
    versions = "_version" if has_versions(contract) else ""
    message = Message(f"problem.{what}{versions}", other=other)
    hint = Message(f"hint.give_own_id{versions}")
    return Problem("duplicate-id", message, hint, file, row, contract.index, name)


def _find_newest(table: pd.DataFrame, names: Sequence[str]) -> datetime | None:
    if not names or table.empty:
        return None
    known = table[names[0]]
    for name in names[1:]:
        known = known.fillna(table[name])
    return None if known.isna().all() else known.max().to_pydatetime()
