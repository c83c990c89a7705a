"""The mission file `mission.toml`: its inputs, acknowledgements and rules, checked all at once."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from corridors.checks import DOUBTS
from corridors.errors import InputError, Problem
from corridors.inputs.columns import (
    CellError,
    find_timezone,
    no_such_time,
    parse_text,
    parse_time,
)
from corridors.inputs.feeds import DATES
from corridors.inputs.reports import FORMATS, unknown_format
from corridors.inputs.rows import read_bytes
from corridors.messages import Message
from corridors.rules import Rules, unknown_keys
from corridors.situation import AUDIENCES, VALID_HOURS, Acknowledgement, Producer

Value = TypeVar("Value")

MISSION = "mission.toml"
MISSION_BYTES = 1024**2
"""A mission file is written by hand; a larger one is another file."""

_FILE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "roads": ("path", "attribution"),
        "zones": ("path", "attribution"),
        "incidents": ("path", "attribution", "format", "declared_at", "dates", "corridors"),
        "road_reports": ("path", "attribution", "format", "declared_at", "corridors"),
        "area_counts": ("path", "attribution", "declared_at"),
        "sites": ("path", "attribution"),
        "depots": ("path", "attribution"),
    }
)
"""The inputs of a mission, and the keys of each file."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that a mission names, and its keys."""

    path: Path
    attribution: str = ""
    format: str | None = None
    declared_at: datetime | None = None
    dates: str = ""
    corridors: Path | None = None


@dataclass(frozen=True, slots=True)
class Mission:
    """The checked values of a mission file; the files it names are not opened yet."""

    folder: Path
    title: str = ""
    as_of: datetime | None = None
    timezone: str | None = None
    max_age_hours: float | None = None
    valid_hours: float = VALID_HOURS
    producer: Producer = field(default_factory=Producer)
    inputs: Mapping[str, tuple[InputFile, ...]] = field(default_factory=dict)
    """Files by input: roads, zones, incidents, road_reports, area_counts, sites, depots; an input
    without files is missing here."""
    acknowledgements: tuple[Acknowledgement, ...] = ()
    rules: Rules = field(default_factory=Rules)


def read_mission(folder: str | Path) -> Mission:
    """The mission file of a folder, without the files it names.

    Raises
    ------
    InputError
        `missing-file`. Fix: corridors init makes one. `broken-toml`; `unknown-key`, `bad-value`,
        `bad-rule`, `missing-key`; `naive-time`; `unknown-timezone`; `unknown-code` of an
        acknowledgement; `outside-folder`. All at once. Fix: correct mission.toml.

    Examples
    --------
    >>> from corridors.inputs.folder import demo_folder
    >>> read_mission(demo_folder()).title
    'Southern Lebanon supply (demonstration)'
    """
    mission, problems = parse_mission(Path(folder))
    if problems:
        raise InputError(problems)
    return mission


def read_rules(folder: str | Path) -> Rules:
    """The rules of a mission folder, every default filled in.

    Raises
    ------
    InputError
        As `read_mission`.

    Examples
    --------
    >>> from corridors.inputs.folder import demo_folder
    >>> read_rules(demo_folder()).incidents.radius_m
    1000.0
    """
    return read_mission(folder).rules


def parse_mission(folder: Path) -> tuple[Mission, list[Problem]]:
    """The mission as far as its values can be read, and a problem for each that cannot.

    Raises
    ------
    InputError
        The file is missing or is no TOML.
    """
    try:
        data = read_bytes(folder / MISSION, limit=MISSION_BYTES)
        table = tomllib.loads(data.decode("utf-8-sig"))
    except InputError as error:
        hint = Message("hint.name_mission_folder")
        raise InputError(
            replace(problem, hint=hint) if problem.code == "missing-file" else problem
            for problem in error.problems
        ) from error
    except UnicodeDecodeError as error:
        message, hint = Message("problem.not_utf8"), Message("hint.save_as_utf8")
        raise InputError(Problem("bad-encoding", message, hint, MISSION)) from error
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        message, hint = Message("problem.not_toml", text=str(error)), Message("hint.correct_toml")
        row = int(line[1]) if line else None
        raise InputError(Problem("broken-toml", message, hint, MISSION, row)) from error
    return _MissionParser(folder, table).parse()


class _MissionParser:
    """Reads the tables of a mission file, keeping every problem."""

    def __init__(self, folder: Path, table: dict[str, Any]) -> None:
        self.folder, self.table = folder, table
        self.problems: list[Problem] = []

    def parse(self) -> tuple[Mission, list[Problem]]:
        known = [
            key for key in Mission.__dataclass_fields__ if key not in ("folder", "acknowledgements")
        ]
        self.problems += unknown_keys(self.table, [*known, "acknowledge"], "")
        timezone = self.text("timezone", self.table.get("timezone"))
        try:
            find_timezone(timezone)
        except InputError as error:
            self.problems += error.problems
            timezone = None
        title = self.table.get("title", "")
        mission = Mission(
            folder=self.folder,
            title="" if title == "" else self.text("title", title) or "",
            as_of=self.moment("as_of", self.table.get("as_of")),
            timezone=timezone,
            max_age_hours=self.hours("max_age_hours", self.table.get("max_age_hours")),
            valid_hours=self.hours("valid_hours", self.table.get("valid_hours")) or VALID_HOURS,
            producer=self.producer(),
            inputs=MappingProxyType(self.inputs()),
            acknowledgements=tuple(self.acknowledgements()),
            rules=self.rules(),
        )
        return mission, [problem.within(MISSION) for problem in self.problems]

    def bad(self, where: str, value: object, wanted: str, **values: Any) -> None:
        """Add the problem of a value that its key does not take."""
        message = Message(f"problem.takes_{wanted}", **values)
        hint, text = Message("hint.change_value"), str(value)[:80]
        self.problems.append(Problem("bad-value", message, hint, field=where, value=text))

    def text(self, where: str, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.bad(where, value, "text")
            return None
        return self.parsed(parse_text, where, value.strip())

    def moment(self, where: str, value: object) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, str | date):
            self.bad(where, value, "time")
            return None
        return self.parsed(parse_moment, where, value)

    def parsed(self, parse: Callable[[Any], Value], where: str, value: object) -> Value | None:
        """A value as a parser of cells reads it, or None and a problem."""
        try:
            return parse(value)
        except CellError as unreadable:
            self.problems.append(unreadable.locate(field=where, value=str(value)[:80]))
            return None

    def hours(self, where: str, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e6:
            self.bad(where, value, "hours")
            return None
        return float(value)

    def rules(self) -> Rules:
        tables = self.table.get("rules", {})
        if not isinstance(tables, dict):
            self.bad("rules", tables, "table")
            return Rules()
        try:
            return Rules.from_tables(tables)
        except InputError as error:
            self.problems += error.problems
            return Rules()

    def producer(self) -> Producer:
        table = self.table.get("producer", {})
        if not isinstance(table, dict) or not isinstance(table.get("words", {}), dict):
            self.bad("producer", table, "producer")
            return Producer()
        self.problems += unknown_keys(table, ["name", "contact", "words"], "producer")
        self.problems += unknown_keys(table.get("words", {}), list(AUDIENCES), "producer.words")
        words = {
            level: self.text(f"producer.words.{level}", word) or ""
            for level, word in table.get("words", {}).items()
        }
        name, contact = (
            self.text(f"producer.{key}", table.get(key)) or "" for key in ("name", "contact")
        )
        return Producer(name, contact, MappingProxyType(words))

    def acknowledgements(self) -> list[Acknowledgement]:
        entries = self.table.get("acknowledge", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self.bad("acknowledge", entries, "acknowledgements")
            return []
        made = []
        for position, entry in enumerate(entries):
            where = f"acknowledge[{position}]"
            before = len(self.problems)
            self.problems += unknown_keys(entry, ["code", "reason", "by"], where)
            values = {
                key: self.text(f"{where}.{key}", entry.get(key, "")) or ""
                for key in ("code", "reason", "by")
            }
            if (code := values["code"]) and code not in DOUBTS:
                near = difflib.get_close_matches(code, DOUBTS, 1, 0.0)[0]
                hint = Message("hint.use_nearest_word", near=near, words=tuple(DOUBTS))
                message = Message("problem.unknown_doubt")
                unreadable = CellError("unknown-code", message, hint)
                self.problems.append(unreadable.locate(field=f"{where}.code", value=code))
            if len(self.problems) == before:
                made.append(Acknowledgement(**values))
        return made

    def inputs(self) -> dict[str, tuple[InputFile, ...]]:
        table = self.table.get("inputs", {})
        if not isinstance(table, dict):
            self.bad("inputs", table, "table")
            return {}
        self.problems += unknown_keys(table, list(_FILE_KEYS), "inputs")
        if "roads" not in table:
            message, hint = Message("problem.no_road_file"), Message("hint.name_road_file")
            self.problems.append(Problem("missing-key", message, hint, field="inputs.roads"))
        made = {}
        for name, keys in _FILE_KEYS.items():
            if name not in table:
                continue
            entries = table[name]
            if name == "roads" and isinstance(entries, list):
                self.bad("inputs.roads", entries, "one_file")
                continue
            files = [
                self.file(f"inputs.{name}", keys, entry)
                for entry in (entries if isinstance(entries, list) else [entries])
            ]
            made[name] = tuple(file for file in files if file is not None)
        return made

    def file(self, where: str, keys: tuple[str, ...], entry: object) -> InputFile | None:
        table = {"path": entry} if isinstance(entry, str) else entry
        if not isinstance(table, dict):
            self.bad(where, entry, "file")
            return None
        self.problems += unknown_keys(table, list(keys), where)
        name = self.text(f"{where}.path", table.get("path", ""))
        if name is None:
            return None
        path = self.inside(where, name)
        corridors = self.text(f"{where}.corridors", table.get("corridors"))
        if path is None:
            return None
        return InputFile(
            path,
            self.text(f"{where}.attribution", table.get("attribution")) or "",
            self.format(f"{where}.format", table.get("format")),
            self.moment(f"{where}.declared_at", table.get("declared_at")),
            self.dates(f"{where}.dates", table.get("dates")),
            None if corridors is None else self.inside(f"{where}.corridors", corridors),
        )

    def inside(self, where: str, name: str) -> Path | None:
        """The path of a named file, if it is in the folder of the mission."""
        path = self.folder / name
        try:
            inside = path.resolve().is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError, ValueError):
            inside = True  # a loop of links, or an invalid name: the reader reports it
        if inside:
            return path
        message, hint = Message("problem.outside_mission"), Message("hint.copy_into_mission")
        self.problems.append(Problem("outside-folder", message, hint, field=where, value=name))
        return None

    def dates(self, where: str, value: object) -> str:
        text = self.text(where, value) or ""
        if text and text not in DATES:
            self.bad(where, text, "one_of", words=tuple(DATES))
            return ""
        return text

    def format(self, where: str, value: object) -> str | None:
        name = self.text(where, value)
        if name is not None and name not in FORMATS:
            self.problems.append(unknown_format(name, "", where))
            return None
        return name


def parse_moment(value: str | date) -> datetime:
    """The instant of a text, or of a TOML or Python time; anything less than an instant is refused.

    Raises
    ------
    CellError
        `naive-time`, `bad-time` and the other codes of `parse_time`. Fix: write
        2026-11-23T06:00:00Z.
    """
    if not isinstance(value, str | date):
        raise CellError("bad-time", Message("problem.takes_time"), Message("hint.write_time"))
    text = value if isinstance(value, str) else value.isoformat()
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(UTC)
        except OverflowError as error:
            raise no_such_time(error) from error
    first, last = parse_time(None, text.strip())
    if first != last:
        raise CellError("naive-time", Message("problem.date_alone"), Message("hint.write_time"))
    return first
