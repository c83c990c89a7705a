"""The mission folder: the files that its mission file names, read whole, with every problem of all
of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

import corridors
from corridors.checks import find_doubts, find_faults, find_shared_ids, find_stale
from corridors.errors import InputError, Problem
from corridors.evidence.status import apply_retractions
from corridors.inputs import sites, zones
from corridors.inputs.cache import find_folder, make_key, make_roads_key, read_arrays, write_arrays
from corridors.inputs.columns import CellError
from corridors.inputs.mission import MISSION, InputFile, Mission, parse_mission, parse_moment
from corridors.inputs.records import (
    MANY_VERSIONS,
    REPORTED_UNTIL,
    TELL_VERSIONS,
    find_repeated,
    has_versions,
    separate_versions,
)
from corridors.inputs.reports import read_reports
from corridors.inputs.roads.reader import read_roads
from corridors.kernels import WORTH_COMPILING, has_numba
from corridors.messages import Message
from corridors.network.topology import order_roads
from corridors.situation import ReadResult, Situation, Source
from corridors.tables import (
    AREA_COUNTS,
    INCIDENTS,
    RETRACTIONS,
    ROAD_REPORTS,
    ROADS,
    SITES,
    ZONES,
    Ints,
    Table,
    build_table,
)

_TABLES: Mapping[str, tuple[Table, tuple[str, ...]]] = MappingProxyType(
    {
        "roads": (ROADS, ("roads",)),
        "zones": (ZONES, ("zones",)),
        "incidents": (INCIDENTS, ("incidents",)),
        "road_reports": (ROAD_REPORTS, ("road_reports",)),
        "area_counts": (AREA_COUNTS, ("area_counts",)),
        "retractions": (RETRACTIONS, ()),
        "sites": (SITES, ("sites", "depots")),
    }
)
"""The tables of a situation and the inputs that each is named by.

A file of reports says itself which tables it is part of.
"""
_REPORTS = ("incidents", "road_reports", "area_counts")


def read_situation(
    folder: str | Path, *, as_of: str | datetime | None = None, cache: bool | Path | None = None
) -> Situation:
    """Everything that a mission folder knows, as of one moment.

    Parameters
    ----------
    folder
        Holds `mission.toml` and the files it names.
    as_of
        The moment planned for, instead of the one in the mission file: ISO 8601 with an offset, or
        an aware datetime.
    cache
        Whether roads, and on large networks the order of their nodes, are kept for the next time,
        as `read_roads` says.

    Returns
    -------
    Situation
        Tables, sources and acknowledgements. Whether it may be planned on is
        `corridors.situation.check_situation`.

    Raises
    ------
    InputError
        Every problem of the mission file and of all files it names, each with file, row, field,
        value and mend; see `read_mission`, `read_roads`, `read_zones`, `read_incidents`,
        `read_sites`. Besides `missing-as-of`, `naive-time` of `as_of`, and `duplicate-id` across
        files.

    Examples
    --------
    >>> situation = read_situation(demo_folder(), as_of="2026-11-23T06:00:00Z")
    >>> sorted(situation.sites["role"].unique())
    ['depot', 'destination']
    """
    gathered = _gather(Path(folder), as_of, cache)
    if gathered.problems:
        raise InputError(gathered.problems)
    situation = gathered.situation
    return (
        replace(situation, road_order=_find_order(situation, gathered.mission, cache))
        if cache
        else situation
    )


def check_folder(
    folder: str | Path, *, as_of: str | datetime | None = None, cache: bool | Path | None = None
) -> list[Problem]:
    """Every problem of a mission folder, in one run; an empty list where it may be planned on.

    Besides what `read_situation` raises: `latlon-exchanged`, `site-far-from-roads`, `no-depot`,
    `no-destination`, `no-roads`, the doubts that nobody has acknowledged, and `stale-input`. What
    depends on a file that cannot be read is not judged.

    Examples
    --------
    >>> check_folder(demo_folder())
    []
    """
    gathered = _gather(Path(folder), as_of, cache)
    return [*gathered.problems, *_judge(gathered)]


def find_inputs(folder: str | Path) -> Mapping[str, tuple[Path, ...]]:
    """The paths of the files that a mission names, by file name, as far as its mission.toml can be
    read.

    Examples
    --------
    >>> sorted(find_inputs(demo_folder()))
    ['depots.csv', 'roads.geojson', 'sites.csv', 'strikes.csv', 'zones.geojson']
    """
    try:
        mission, _ = parse_mission(Path(folder))
    except InputError:
        return {}
    found: dict[str, dict[Path, None]] = {}
    for file in (file for files in mission.inputs.values() for file in files):
        found.setdefault(file.path.name, {})[file.path] = None
    return {name: tuple(paths) for name, paths in found.items()}


def demo_folder() -> Path:
    """The folder of the embedded mission: beside the package in an installed wheel, at the root in
    a clone.

    Examples
    --------
    >>> demo_folder().name
    'lebanon'
    """
    inside = Path(corridors.__file__).parent / "data" / "lebanon"
    return inside if inside.is_dir() else Path(corridors.__file__).parents[1] / "data" / "lebanon"


def _find_order(situation: Situation, mission: Mission, cache: bool | Path) -> Ints | None:  # noqa: FBT001 - passed on
    """The order of the nodes for a contraction hierarchy, kept from the last time or for the next;

    None where none would be used.
    """
    if len(situation.roads) < WORTH_COMPILING or not has_numba():
        return None
    folder = cache if isinstance(cache, Path) else find_folder()
    source = next(source for source in situation.sources if source.role == "roads")
    key = make_key(
        "order", make_roads_key(source.sha256, source.name, mission.rules.roads, source.attribution)
    )
    kept = read_arrays(key, folder)
    if kept is not None:
        return kept["node"]
    order = order_roads(situation.roads)
    write_arrays(key, {"node": order}, folder)
    return order


# The files together


@dataclass(frozen=True, eq=False, slots=True)
class _Gathered:
    """A situation made of what could be read, and all that could not."""

    situation: Situation
    mission: Mission
    problems: list[Problem]
    failed: set[str]
    """Tables that lack something, and "as_of" where no moment is known."""


def _gather(folder: Path, as_of: str | datetime | None, cache: bool | Path | None) -> _Gathered:  # noqa: FBT001 - passed on
    """Read the mission and every file it names, going on after each that cannot be read."""
    try:
        mission, problems = parse_mission(folder)
        failed = {"rules"} if problems else set()
    except InputError as error:
        mission, problems = Mission(folder), list(error.problems)
        failed = {"rules", "as_of", *_TABLES}
    moment, faults = _find_moment(mission, as_of)
    if moment is None:
        # a moment that the mission says wrongly, or in a file that cannot be read, has been
        # reported already
        known = "as_of" in failed or any(problem.field == "as_of" for problem in problems)
        problems += faults if as_of is not None or not known else []
        failed.add("as_of")

    tables: dict[str, Any] = {}
    sources: dict[str, list[Source]] = {}
    readings: dict[str, list[ReadResult]] = {name: [] for name in _TABLES}
    for name in sorted(
        _TABLES, key=lambda name: name in _REPORTS or name == "retractions"
    ):  # what reports refer to comes first
        contract, inputs = _TABLES[name]
        for file, read in _readers(mission, inputs, tables.get("sites"), cache):
            try:
                found = read()
            except InputError as error:
                problems += [problem.within(file.path.name) for problem in error.problems]
                failed.add(name)
            else:
                for reading in found:
                    source = replace(
                        reading.source, attribution=file.attribution or reading.source.attribution
                    )
                    readings[source.role].append(ReadResult(reading.table, source))
        if any(
            problem.field.startswith(tuple(f"inputs.{key}" for key in inputs))
            for problem in problems
            if inputs
        ):
            failed.add(name)
        if name not in _REPORTS:
            tables[name], sources[name], repeated = _merge(contract, readings[name])
            problems += repeated
    for name in (*_REPORTS, "retractions"):  # any file of reports may be part of any of them
        tables[name], sources[name], repeated = _merge(_TABLES[name][0], readings[name])
        problems += repeated
    if moment is not None:
        tables["incidents"] = apply_retractions(
            tables["incidents"], tables["retractions"], as_of=moment
        )
    sources["retractions"] = _note_retracted(sources["retractions"], tables)
    del tables["retractions"]
    in_order = [source for name in _TABLES for source in sources[name]]
    problems += find_shared_ids(tables["sites"], tables["zones"], in_order)
    situation = Situation(
        as_of=moment or datetime(1970, 1, 1, tzinfo=UTC),
        title=mission.title,
        sources=tuple(in_order),
        acknowledgements=mission.acknowledgements,
        max_age_hours=mission.max_age_hours,
        valid_hours=mission.valid_hours,
        producer=mission.producer,
        **tables,
    )
    return _Gathered(situation, mission, problems, failed)


def _find_moment(
    mission: Mission, as_of: str | datetime | None
) -> tuple[datetime | None, list[Problem]]:
    """The moment given, or else the mission's; or None and why there is none."""
    if as_of is None:
        hint = "write as_of = 2026-11-23T06:00:00Z, or give --as-of"
        missing = Problem(
            "missing-as-of", "the moment planned for is not said", hint, MISSION, field="as_of"
        )
        return mission.as_of, [] if mission.as_of else [missing]
    try:
        return parse_moment(as_of), []
    except CellError as unreadable:
        return None, [
            Problem(
                unreadable.code,
                unreadable.message,
                unreadable.hint,
                field="as_of",
                value=str(as_of),
            )
        ]


def _readers(
    mission: Mission,
    inputs: tuple[str, ...],
    places: Any,
    cache: bool | Path | None,  # noqa: FBT001 - passed on
) -> list[tuple[InputFile, Callable[[], tuple[ReadResult, ...]]]]:
    """Each file of these inputs, and what reads it; `places` are the sites, once they are known."""
    excluded = any(said.code == "quarantined-incidents" for said in mission.acknowledgements)
    rules = mission.rules

    def read(name: str, file: InputFile) -> tuple[ReadResult, ...]:
        if name == "roads":
            return (
                read_roads(file.path, rules=rules.roads, attribution=file.attribution, cache=cache),
            )
        if name == "zones":
            return (zones.read_zones(file.path, timezone=mission.timezone),)
        if name not in _REPORTS:
            return (sites.read_sites(file.path, role="depot" if name == "depots" else None),)
        found = read_reports(
            file.path,
            table="road_reports" if name == "road_reports" else "incidents",
            timezone=mission.timezone,
            format=file.format,
            declared_at=file.declared_at,
            quarantine=excluded,
            precision=rules.precision,
            dates=file.dates,
            sites=places,
            corridors=file.corridors,
        )
        if name == "area_counts" and any(reading.source.role != name for reading in found):
            message = (
                f"the file holds {found[0].source.role.replace('_', ' ')}, not counts for areas"
            )
            raise InputError(
                Problem(
                    "other-table",
                    message,
                    "name it under incidents or road_reports",
                    file.path.name,
                )
            )
        return found

    return [
        (file, partial(read, name, file))
        for name in inputs
        for file in mission.inputs.get(name, ())
    ]


def _note_retracted(sources: list[Source], tables: Mapping[str, Any]) -> list[Source]:
    """The sources of retractions, told how many of the incidents they withdraw by the moment
    planned for.
    """
    withdrawn = int((tables["incidents"]["verification"] == "retracted").sum())
    incidents = tables["incidents"]
    among = int(
        (
            incidents.index.isin(tables["retractions"].index)
            | incidents["version_of"].isin(tables["retractions"].index)
        ).sum()
    )
    note = Message("note.withdrawn", n=among, all=withdrawn)
    return [replace(source, notes=(*source.notes, note)) for source in sources]


def _merge(contract: Table, readings: list[ReadResult]) -> tuple[Any, list[Source], list[Problem]]:
    """The tables of several files as one.

    A row that repeats one of an earlier file in everything counts once.
    """
    if len(readings) < 2:
        return (
            (readings[0].table if readings else build_table(contract)),
            [reading.source for reading in readings],
            [],
        )
    parts = [
        reading.table.reset_index().assign(_file=position)
        for position, reading in enumerate(readings)
    ]
    if any(reading.source.reported_until for reading in readings):
        for part, reading in zip(parts, readings, strict=True):
            part[REPORTED_UNTIL] = pd.to_datetime(
                [reading.source.reported_until.get(name) for name in reading.table.index], utc=True
            )
    stacked = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    stacked["_own"] = stacked[contract.index]
    if has_versions(contract):  # which is the last one is told anew, of all files together
        stacked[contract.index] = stacked["version_of"].where(
            stacked["version_of"] != "", stacked[contract.index]
        )
        stacked["version_of"] = ""
    whole, _ = find_repeated(stacked, contract)
    kept, only_id = separate_versions(stacked[~whole], contract)
    called = _name_rows(stacked, kept, contract)
    names = [reading.source.name for reading in readings]
    first = (
        dict(zip(stacked[contract.index][::-1], stacked["_file"][::-1], strict=True))
        if only_id.any()
        else {}
    )
    problems = [
        Problem(
            "duplicate-id",
            f"the id is also used in {names[first[name]]}, for something else{MANY_VERSIONS if has_versions(contract) else ''}",
            f"give each its own id, or remove one{TELL_VERSIONS if has_versions(contract) else ''}",
            names[file],
            field=contract.index,
            value=name,
        )
        for name, file in kept.loc[only_id, [contract.index, "_file"]].itertuples(index=False)
    ]
    sources = []
    for position, (_, source) in enumerate(readings):
        repeated = int((whole & (stacked["_file"] == position)).sum())
        if repeated:
            rows = {
                **source.rows,
                "kept": source.rows["kept"] - repeated,
                "duplicate": source.rows["duplicate"] + repeated,
            }
            note = Message("note.rows_repeated_elsewhere", n=repeated)
            source = replace(source, rows=rows, notes=(*source.notes, note))  # noqa: PLW2901 - the same source, told more
        sources.append(
            replace(
                source,
                numbers={
                    called.get((position, name), name): row for name, row in source.numbers.items()
                },
            )
        )
    return build_table(contract, kept[~only_id]), sources, problems


def _name_rows(
    stacked: pd.DataFrame, kept: pd.DataFrame, contract: Table
) -> dict[tuple[int, str], str]:
    """What the row of an id of a file (its position) is called among those of all files, where that
    is something else.

    `stacked` has all rows with the id of the report and, as `_own`, the one within their file;
    `kept` those that repeat no other.
    """
    if (
        not has_versions(contract)
        or not ((kept["version_of"] != "") | (kept["_own"] != kept[contract.index])).any()
    ):
        return {}
    version = [stacked[contract.index], stacked["reported_at"].astype("str")]
    chosen = dict(
        zip(
            zip(*(part[kept.index] for part in version), strict=True),
            kept[contract.index],
            strict=True,
        )
    )
    rows = zip(stacked["_file"], stacked["_own"], zip(*version, strict=True), strict=True)
    return {(file, own): chosen[told] for file, own, told in rows if chosen[told] != own}


def _judge(gathered: _Gathered) -> list[Problem]:
    """What the readable parts say together; nothing about a part that is not whole."""
    situation, failed = gathered.situation, gathered.failed
    needs = {
        "no-depot": {"sites"},
        "no-destination": {"sites", "zones"},
        "no-roads": {"roads"},
        "site-far-from-roads": {"roads", "rules"},
    }
    found = [
        problem
        for problem in find_faults(situation, gathered.mission.rules)
        if not needs.get(problem.code, set()) & failed
    ]
    answered = {said.code for said in situation.acknowledgements}
    if not failed & {"as_of", "rules", "roads", "incidents"} and not situation.roads.empty:
        found += [
            doubt
            for doubt in find_doubts(situation, gathered.mission.rules)
            if doubt.code not in answered
        ]
    if not failed & {"as_of", "rules", "incidents"} and (stale := find_stale(situation)):
        found.append(stale)
    return [problem.within(MISSION) for problem in found]
