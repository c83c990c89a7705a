"""What the readers of zones, incidents and sites end with: ids, duplicates, the table, and what
became of each row.
"""

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
MANY_VERSIONS = ", and no reported_at tells which is the later version"
REPORTED_UNTIL = "reported_until"
"""A value beside those of the contract: the last instant at which a report may have been made; null
where `reported_at` is an instant."""
TELL_VERSIONS = "; versions of one report need a reported_at each"


class RowNumbers(Mapping[str, int]):
    """Where each id stands in a file: as a dict, in a third of the memory, which a million rows
    make worth it.
    """

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
"""Problems that are of more rows than the one that they are told of: setting that one aside excuses
nothing."""
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
"""No report of ours is older: what ended before is the zero of a spreadsheet (1900) or of a clock
(1970), or of another calendar."""


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
    """The table of a file that was read without fault, and its source.

    Parameters
    ----------
    columns
        The columns read, with the problems found.
    contract
        The table wanted.
    values
        One value a row for each column, "geometry" and the index, and `REPORTED_UNTIL` where known;
        a blank id is made from what the row says.
    excluded
        Columns whose problems do not refuse the file but set their rows aside ("quarantined").
    newest
        Time columns, the first that is not null in a row saying how new it is.
    left_out
        For each row the reason why it is no row of the table ("demonstration"), or "" where it is
        one. Such rows are counted under their reason, and nothing else that is wrong with them
        matters, save what is of other rows too.
    prefix
        What made ids begin with; the name of the file if not given.

    Raises
    ------
    InputError
        Everything found, `duplicate-id` included: give each row its own id.
    """
    if contract is INCIDENTS:
        _refuse_implausible_times(columns, values["occurred_until"])
    frame = pd.DataFrame(dict(values), index=pd.Index(columns.rows.numbers, dtype="int64"))
    reasons = {
        number: reason
        for number, reason in dict(
            zip(columns.rows.numbers, left_out, strict=bool(left_out))
        ).items()
        if reason
    }
    told = [
        (name, problem)
        for name, problem in columns.problems
        if problem.row not in reasons or problem.code in OF_OTHER_ROWS
    ]
    aside = [problem for name, problem in told if name in excluded and problem.row is not None]
    refused = [problem for name, problem in told if name not in excluded or problem.row is None]
    if has_versions(contract):
        frame["version_of"] = ""
    frame = frame.drop(
        index=list(
            ({problem.row for problem in (*aside, *refused)} | set(reasons)) & set(frame.index)
        )
    )
    frame, made = _make_ids(frame, contract, prefix or PurePath(columns.rows.file).stem)
    frame, repeated, problems = _drop_repeated(frame, contract, columns.rows.file)
    if refused := sorted([*refused, *problems], key=lambda problem: problem.row or 0):
        raise InputError(refused)

    rows = {
        "read": len(columns.rows.numbers),
        "kept": len(frame),
        "duplicate": repeated,
        "quarantined": len({problem.row for problem in aside}),
    }
    rows |= dict(sorted(Counter(reasons.values()).items()))
    notes = [*columns.notes]
    if made:
        notes.append(Message("note.ids_made", n=made, column=contract.index))
    if repeated:
        notes.append(Message("note.rows_repeated", n=repeated))
    if reasons:
        counts = tuple(
            Message("row.counted", n=rows[reason], what=reason)
            for reason in sorted(set(reasons.values()))
        )
        notes.append(Message("note.excluded_by_kind", counts=counts))
    if not rows["read"]:
        notes.append(Message("note.no_rows", table=contract.name))
    notes += [
        Message(
            "note.excluded",
            row=problem.row,
            field=problem.field,
            value=problem.value,
            problem=problem.message,
            hint=problem.hint,
        )
        for problem in aside
    ]
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


def _refuse_implausible_times(columns: Columns, ends: Sequence[datetime | None]) -> None:
    message = "this is before 1971: the zero of a program, or another calendar, rather than when it happened"
    hint = "write when it happened, in the Gregorian calendar: 2026-11-23T06:00:00Z"
    for position, end in enumerate(ends):
        if end is not None and end < EARLIEST:
            columns.refuse(
                "occurred_at",
                position,
                CellError("implausible-time", message, hint),
                f"{end:%Y-%m-%d %H:%M} UTC",
            )


def find_repeated(table: pd.DataFrame, contract: Table) -> tuple[pd.Series, pd.Series]:
    """Which rows repeat an earlier one in everything, and which only in the id;

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
    """The table with a name of its own for each earlier version of an id, and which rows share an
    id that nothing orders.

    `table` has the id as a column and no row that repeats another in everything. The later version
    is the one with the later `reported_at`; where one of an id has none, two have the same, or one
    has a day and another an hour of that day, nothing tells which is.
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
    some["untold"] = unsure.groupby(some["id"]).transform("any")
    older = some[~some["untold"] & (some["at"] < some.groupby("id")["at"].transform("max"))]
    named = table.copy()
    named.loc[older.index, "version_of"] = older["id"]
    named.loc[older.index, contract.index] = [
        name_version(name, at) for name, at in zip(older["id"], older["at"], strict=True)
    ]
    return named, ids.duplicated() & some["untold"].reindex(table.index, fill_value=False)


def _find_within_days(some: pd.DataFrame) -> pd.Series:
    """Which versions were reported at an instant (`until` is null) of a day on which another of
    their id was (`at` to `until`).
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
    """The frame with an id in every row: those that lack one get a hash of what they say, whatever
    the order of rows.
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
    said = zip(*parts, strict=True)
    ids = [f"{stem}-{blake2b(repr(row).encode(), digest_size=6).hexdigest()}" for row in said]
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
        Problem(
            "duplicate-id",
            f"the id is also that of row {first[name]}, which says something else{MANY_VERSIONS if has_versions(contract) else ''}",
            f"give each its own id, or remove one{TELL_VERSIONS if has_versions(contract) else ''}",
            file,
            number,
            contract.index,
            name,
        )
        for number, name in frame.loc[only_id, contract.index].items()
    ]
    return frame, int(whole.sum()), problems


def _find_newest(table: pd.DataFrame, names: Sequence[str]) -> datetime | None:
    if not names or table.empty:
        return None
    known = table[names[0]]
    for name in names[1:]:
        known = known.fillna(table[name])
    return None if known.isna().all() else known.max().to_pydatetime()
