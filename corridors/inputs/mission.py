"""The mission file: `mission.toml`, its inputs, acknowledgements and rules, with every problem of
it at once.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from corridors.checks import DOUBTS
from corridors.errors import InputError, Problem
from corridors.inputs.columns import CellError, find_timezone, parse_text, parse_time
from corridors.inputs.feeds import DATES
from corridors.inputs.reports import FORMATS
from corridors.inputs.rows import read_bytes
from corridors.rules import Rules, unknown_keys
from corridors.situation import AUDIENCES, VALID_HOURS, Acknowledgement, Producer

MISSION = "mission.toml"
MISSION_BYTES = 1024**2
"""A mission file is written by hand; a larger one is something else."""

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
"""The inputs of a mission, and what may be said of each file beside its name."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that a mission names, and what it says about it."""

    path: Path
    attribution: str = ""
    format: str | None = None
    declared_at: datetime | None = None
    dates: str = ""
    corridors: Path | None = None


@dataclass(frozen=True, slots=True)
class Mission:
    """What a mission file says, checked; the files it names are not opened yet."""

    folder: Path
    title: str = ""
    as_of: datetime | None = None
    timezone: str | None = None
    max_age_hours: float | None = None
    valid_hours: float = VALID_HOURS
    producer: Producer = field(default_factory=Producer)
    inputs: Mapping[str, tuple[InputFile, ...]] = field(default_factory=dict)
    """Files by input: roads, zones, incidents, road_reports, area_counts, sites, depots; one that
    is not named is missing here."""
    acknowledgements: tuple[Acknowledgement, ...] = ()
    rules: Rules = field(default_factory=Rules)


def read_mission(folder: str | Path) -> Mission:
    """The mission file of a folder, without the files it names.

    Raises
    ------
    InputError
        `missing-file` (make one: corridors init); `broken-toml`; `unknown-key`, `bad-value`,
        `bad-rule`, `missing-key`; `naive-time`; `unknown-timezone`; `unknown-code` of an
        acknowledgement; `outside-folder`. All at once; mend mission.toml.

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
    """The mission as far as its values can be read, and a problem for each that cannot; raises
    where it is no TOML.
    """
    try:
        said = tomllib.loads(read_bytes(folder / MISSION, limit=MISSION_BYTES).decode("utf-8-sig"))
    except InputError as error:
        hint = "name a folder that holds a mission.toml; corridors init FOLDER makes one"
        raise InputError(
            replace(problem, hint=hint) if problem.code == "missing-file" else problem
            for problem in error.problems
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            Problem("bad-encoding", "the text is not UTF-8", "save it as UTF-8", MISSION)
        ) from error
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        hint = "mend that line; texts stand in quotation marks"
        raise InputError(
            Problem("broken-toml", str(error), hint, MISSION, int(line[1]) if line else None)
        ) from error
    return _MissionParser(folder, said).parse()


class _MissionParser:
    """Reads the tables of a mission file, keeping every problem."""

    def __init__(self, folder: Path, said: dict[str, Any]) -> None:
        self.folder, self.said = folder, said
        self.problems: list[Problem] = []

    def parse(self) -> tuple[Mission, list[Problem]]:
        known = [
            key for key in Mission.__dataclass_fields__ if key not in ("folder", "acknowledgements")
        ]
        self.problems += unknown_keys(self.said, [*known, "acknowledge"], "")
        timezone = self.text("timezone", self.said.get("timezone"))
        try:
            find_timezone(timezone)
        except InputError as error:
            self.problems += error.problems
            timezone = None
        mission = Mission(
            folder=self.folder,
            title=self.text(
                "title", self.said.get("title") if self.said.get("title") != "" else None
            )
            or "",
            as_of=self.moment("as_of", self.said.get("as_of")),
            timezone=timezone,
            max_age_hours=self.hours("max_age_hours", self.said.get("max_age_hours")),
            valid_hours=self.hours("valid_hours", self.said.get("valid_hours")) or VALID_HOURS,
            producer=self.producer(),
            inputs=MappingProxyType(self.inputs()),
            acknowledgements=tuple(self.acknowledgements()),
            rules=self.rules(),
        )
        return mission, [problem.within(MISSION) for problem in self.problems]

    def bad(self, where: str, value: object, wanted: str) -> None:
        self.problems.append(
            Problem(
                "bad-value",
                f"takes {wanted}",
                "change the value",
                field=where,
                value=str(value)[:80],
            )
        )

    def text(self, where: str, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.bad(where, value, "a text in quotation marks")
            return None
        try:
            return parse_text(value.strip())
        except CellError as unreadable:
            self.problems.append(
                Problem(
                    unreadable.code,
                    unreadable.message,
                    unreadable.hint,
                    field=where,
                    value=value[:80],
                )
            )
            return None

    def moment(self, where: str, value: object) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, str | date):
            self.bad(where, value, "a time with its offset, such as 2026-11-23T06:00:00Z")
            return None
        try:
            return parse_moment(value)
        except CellError as unreadable:
            self.problems.append(
                Problem(
                    unreadable.code,
                    unreadable.message,
                    unreadable.hint,
                    field=where,
                    value=str(value),
                )
            )
            return None

    def hours(self, where: str, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e6:
            self.bad(where, value, "a number of hours above 0")
            return None
        return float(value)

    def rules(self) -> Rules:
        tables = self.said.get("rules", {})
        if not isinstance(tables, dict):
            self.bad("rules", tables, "a table")
            return Rules()
        try:
            return Rules.from_tables(tables)
        except InputError as error:
            self.problems += error.problems
            return Rules()

    def producer(self) -> Producer:
        table = self.said.get("producer", {})
        if not isinstance(table, dict) or not isinstance(table.get("words", {}), dict):
            self.bad("producer", table, "a table, and a table of words in it")
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
        entries = self.said.get("acknowledge", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self.bad("acknowledge", entries, "tables headed [[acknowledge]]")
            return []
        made = []
        for position, entry in enumerate(entries):
            where = f"acknowledge[{position}]"
            before = len(self.problems)
            self.problems += unknown_keys(entry, ["code", "reason", "by"], where)
            said = {
                key: self.text(f"{where}.{key}", entry.get(key, "")) or ""
                for key in ("code", "reason", "by")
            }
            if said["code"] and said["code"] not in DOUBTS:
                near = difflib.get_close_matches(said["code"], DOUBTS, 1, 0.0)[0]
                hint = f"did you mean {near}? The codes are {', '.join(DOUBTS)}"
                self.problems.append(
                    Problem(
                        "unknown-code",
                        "nothing of this code can be acknowledged",
                        hint,
                        field=f"{where}.code",
                        value=said["code"],
                    )
                )
            if len(self.problems) == before:
                made.append(Acknowledgement(**said))
        return made

    def inputs(self) -> dict[str, tuple[InputFile, ...]]:
        table = self.said.get("inputs", {})
        if not isinstance(table, dict):
            self.bad("inputs", table, "a table")
            return {}
        self.problems += unknown_keys(table, list(_FILE_KEYS), "inputs")
        if "roads" not in table:
            self.problems.append(
                Problem(
                    "missing-key",
                    "no road file is named",
                    'write roads = "roads.osm.pbf"',
                    field="inputs.roads",
                )
            )
        made = {}
        for name, keys in _FILE_KEYS.items():
            if name not in table:
                continue
            entries = table[name]
            if name == "roads" and isinstance(entries, list):
                self.bad("inputs.roads", entries, "one file")
                continue
            files = [
                self.file(f"inputs.{name}", keys, entry)
                for entry in (entries if isinstance(entries, list) else [entries])
            ]
            made[name] = tuple(file for file in files if file is not None)
        return made

    def file(self, where: str, keys: tuple[str, ...], entry: object) -> InputFile | None:
        said = {"path": entry} if isinstance(entry, str) else entry
        if not isinstance(said, dict):
            self.bad(where, entry, 'a file name, or { path = "name" }')
            return None
        self.problems += unknown_keys(said, list(keys), where)
        name = self.text(f"{where}.path", said.get("path", ""))
        if name is None:
            return None
        path = self.inside(where, name)
        corridors = self.text(f"{where}.corridors", said.get("corridors"))
        if path is None:
            return None
        return InputFile(
            path,
            self.text(f"{where}.attribution", said.get("attribution")) or "",
            self.format(f"{where}.format", said.get("format")),
            self.moment(f"{where}.declared_at", said.get("declared_at")),
            self.dates(f"{where}.dates", said.get("dates")),
            None if corridors is None else self.inside(f"{where}.corridors", corridors),
        )

    def inside(self, where: str, name: str) -> Path | None:
        """The path of a file named, if it lies in the folder of the mission."""
        path = self.folder / name
        try:
            inside = path.resolve().is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError, ValueError):
            inside = True  # a loop of links, or no name at all: reading it says so
        if inside:
            return path
        hint = "copy the file into the mission folder"
        self.problems.append(
            Problem(
                "outside-folder",
                "the file lies outside the mission folder",
                hint,
                field=where,
                value=name,
            )
        )
        return None

    def dates(self, where: str, value: object) -> str:
        text = self.text(where, value) or ""
        if text and text not in DATES:
            self.bad(where, text, f"one of {', '.join(DATES)}")
            return ""
        return text

    def format(self, where: str, value: object) -> str | None:
        name = self.text(where, value)
        if name is not None and name not in FORMATS:
            hint = f"use one of {', '.join(FORMATS)}"
            self.problems.append(
                Problem(
                    "unknown-format",
                    "this format of reports is not known",
                    hint,
                    field=where,
                    value=name,
                )
            )
            return None
        return name


def parse_moment(value: str | date) -> datetime:
    """The instant that a text, or a TOML or Python time, says; anything less than an instant is
    unreadable.
    """
    text = value if isinstance(value, str) else value.isoformat()
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(UTC)
        except OverflowError as error:
            raise CellError(
                "bad-time", f"there is no such time: {error}", "write 2026-11-23T06:00:00Z"
            ) from error
    first, last = parse_time(None, text.strip())
    if first != last:
        raise CellError("naive-time", "a date alone is no moment", "write 2026-11-23T06:00:00Z")
    return first
