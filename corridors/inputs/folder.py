"""The mission folder: all files that its mission file names, and every problem of them at once."""

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
    REPORTED_UNTIL,
    duplicate_id,
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
"""The tables of a situation, and the inputs of each.

The columns of a file of reports decide which tables it is part of.
"""
_REPORTS = ("incidents", "road_reports", "area_counts")


def read_situation(
    folder: str | Path, *, as_of: str | datetime | None = None, cache: bool | Path | None = None
) -> Situation:
    """Everything in a mission folder, as of one moment.

    Parameters
    ----------
    folder
        Holds `mission.toml` and the files it names.
    as_of
        The plan's reference time, instead of the one in the mission file: ISO 8601 with an offset,
        or an aware datetime.
    cache
        Whether roads, and on large networks the order of their nodes, are kept for the next run; as
        for `read_roads`.

    Returns
    -------
    Situation
        Tables, sources and acknowledgements. `corridors.checks.check_situation` checks whether it
        can be planned on.

    Raises
    ------
    InputError
        Every problem of the mission file and of all files it names, each with file, row, field,
        value and hint: those of `read_mission`, `read_roads`, `read_zones`, `read_incidents` and
        `read_sites`, `missing-as-of`, `naive-time` of `as_of`, and `duplicate-id` across files.

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
    if not cache:
        return situation
    return replace(situation, road_order=_find_order(situation, gathered.mission, cache))


def check_folder(
    folder: str | Path, *, as_of: str | datetime | None = None, cache: bool | Path | None = None
) -> list[Problem]:
    """Every problem of a mission folder, in one run; an empty list where it can be planned on.

    These are the problems that `read_situation` raises, `latlon-exchanged`, `site-far-from-roads`,
    `no-depot`, `no-destination`, `no-roads`, the doubts that nobody has acknowledged, and
    `stale-input`. What depends on a file that cannot be read is not checked.

    Examples
    --------
    >>> check_folder(demo_folder())
    []
    """
    gathered = _gather(Path(folder), as_of, cache)
    return [*gathered.problems, *_check(gathered)]


def find_inputs(folder: str | Path) -> Mapping[str, tuple[Path, ...]]:
    """The paths of the files of a mission by file name, as far as its mission.toml can be read.

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
    """The folder of the embedded mission: in the package of a wheel, at the root of a clone.

    Examples
    --------
    >>> demo_folder().name
    'lebanon'
    """
    inside = Path(corridors.__file__).parent / "data" / "lebanon"
    return inside if inside.is_dir() else Path(corridors.__file__).parents[1] / "data" / "lebanon"


def _find_order(
    situation: Situation,
    mission: Mission,
    cache: bool | Path,  # noqa: FBT001 - passed on
) -> Ints | None:
    """The order of the nodes for a contraction hierarchy, kept between runs.

    None where no hierarchy is used.
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


@dataclass(frozen=True, eq=False, slots=True)
class _Gathered:
    """A situation made of what could be read, and the problems of the rest."""

    situation: Situation
    mission: Mission
    problems: list[Problem]
    failed: set[str]
    """Incomplete tables, and "as_of" where no moment is known."""


def _gather(
    folder: Path,
    as_of: str | datetime | None,
    cache: bool | Path | None,  # noqa: FBT001 - passed on
) -> _Gathered:
    """Read the mission and every file it names, continuing after each that cannot be read."""
    try:
        mission, problems = parse_mission(folder)
        failed = {"rules"} if problems else set()
    except InputError as error:
        mission, problems = Mission(folder), list(error.problems)
        failed = {"rules", "as_of", *_TABLES}
    moment, faults = _find_moment(mission, as_of)
    if moment is None:
        # a wrong moment in the mission, or a mission that cannot be read, is a problem already
        known = "as_of" in failed or any(problem.field == "as_of" for problem in problems)
        problems += faults if as_of is not None or not known else []
        failed.add("as_of")
    failed |= {
        name
        for name, (_, inputs) in _TABLES.items()
        for key in inputs
        if any(problem.field.startswith(f"inputs.{key}") for problem in problems)
    }
    results = _read_files(mission, cache, problems, failed)
    tables: dict[str, Any] = {}
    sources: dict[str, list[Source]] = {}
    for name, (contract, _) in _TABLES.items():
        tables[name], sources[name], repeated = _merge(contract, results[name])
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


def _read_files(
    mission: Mission,
    cache: bool | Path | None,  # noqa: FBT001 - passed on
    problems: list[Problem],
    failed: set[str],
) -> dict[str, list[ReadResult]]:
    """The tables read by name, adding to the problems and the names of incomplete tables.

    Sites come before reports, which refer to them.
    """
    results: dict[str, list[ReadResult]] = {name: [] for name in _TABLES}
    sites: Any = None
    for name in sorted(_TABLES, key=lambda name: name in _REPORTS):
        for file, read in _readers(mission, _TABLES[name][1], sites, cache):
            try:
                found = read()
            except InputError as error:
                problems += [problem.within(file.path.name) for problem in error.problems]
                failed.add(name)
                continue
            for table, source in found:
                named = replace(source, attribution=file.attribution or source.attribution)
                results[source.role].append(ReadResult(table, named))
        if name == "sites":
            sites, _, _ = _merge(SITES, results[name])
    return results


def _find_moment(
    mission: Mission, as_of: str | datetime | None
) -> tuple[datetime | None, list[Problem]]:
    """The given moment, or else the mission's; or None and the problem."""
    if as_of is None:
        message, hint = Message("problem.no_reference_time"), Message("hint.write_as_of")
        missing = Problem("missing-as-of", message, hint, MISSION, field="as_of")
        return mission.as_of, [] if mission.as_of else [missing]
    try:
        return parse_moment(as_of), []
    except CellError as unreadable:
        return None, [unreadable.locate(field="as_of", value=str(as_of))]


def _readers(
    mission: Mission,
    inputs: tuple[str, ...],
    places: Any,
    cache: bool | Path | None,  # noqa: FBT001 - passed on
) -> list[tuple[InputFile, Callable[[], tuple[ReadResult, ...]]]]:
    """Each file of these inputs, and its reader; `places` are the sites, once they are known."""
    excluded = any(entry.code == "quarantined-incidents" for entry in mission.acknowledgements)
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
        roles = tuple(source.role for _, source in found)
        if name == "area_counts" and {*roles} != {name}:
            message = Message("problem.file_of_other_table", tables=roles)
            hint = Message("hint.name_under_reports")
            raise InputError(Problem("other-table", message, hint, file.path.name))
        return found

    return [
        (file, partial(read, name, file))
        for name in inputs
        for file in mission.inputs.get(name, ())
    ]


def _note_retracted(sources: list[Source], tables: Mapping[str, Any]) -> list[Source]:
    """The sources of retractions, with a note on how many incidents they withdraw."""
    incidents, listed = tables["incidents"], tables["retractions"].index
    among = incidents.index.isin(listed) | incidents["version_of"].isin(listed)
    retracted = int((incidents["verification"] == "retracted").sum())
    note = Message("note.withdrawn", n=int(among.sum()), all=retracted)
    return [replace(source, notes=(*source.notes, note)) for source in sources]


def _merge(contract: Table, results: list[ReadResult]) -> tuple[Any, list[Source], list[Problem]]:
    """The tables of several files as one.

    A row that repeats one of an earlier file in all columns counts once.
    """
    sources = [source for _, source in results]
    if len(results) < 2:
        return results[0].table if results else build_table(contract), sources, []
    parts = [table.reset_index().assign(_file=number) for number, (table, _) in enumerate(results)]
    if any(source.reported_until for source in sources):
        for part, (table, source) in zip(parts, results, strict=True):
            ends = [source.reported_until.get(name) for name in table.index]
            part[REPORTED_UNTIL] = pd.to_datetime(ends, utc=True)
    stacked = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    stacked["_own"] = stacked[contract.index]
    if has_versions(contract):  # versions are ordered again, over all files
        stacked[contract.index] = stacked["version_of"].where(
            stacked["version_of"] != "", stacked[contract.index]
        )
        stacked["version_of"] = ""
    whole, _ = find_repeated(stacked, contract)
    kept, only_id = separate_versions(stacked[~whole], contract)
    renamed = _find_renamed(stacked, kept, contract)
    first = (
        dict(zip(stacked[contract.index][::-1], stacked["_file"][::-1], strict=True))
        if only_id.any()
        else {}
    )
    problems = [
        duplicate_id(contract, name, sources[file].name, other=sources[first[name]].name)
        for name, file in kept.loc[only_id, [contract.index, "_file"]].itertuples(index=False)
    ]
    repeated = stacked.loc[whole, "_file"].value_counts()
    merged = [
        _count_repeated(
            replace(
                source,
                numbers={
                    renamed.get((file, name), name): row for name, row in source.numbers.items()
                },
            ),
            int(repeated.get(file, 0)),
        )
        for file, source in enumerate(sources)
    ]
    return build_table(contract, kept[~only_id]), merged, problems


def _count_repeated(source: Source, repeated: int) -> Source:
    """The source with this many of its rows counted as duplicates of an earlier file."""
    if not repeated:
        return source
    rows = {
        **source.rows,
        "kept": source.rows["kept"] - repeated,
        "duplicate": source.rows["duplicate"] + repeated,
    }
    note = Message("note.rows_repeated_elsewhere", n=repeated)
    return replace(source, rows=rows, notes=(*source.notes, note))


def _find_renamed(
    stacked: pd.DataFrame, kept: pd.DataFrame, contract: Table
) -> dict[tuple[int, str], str]:
    """The ids among all files that differ from those within a file, by file and own id.

    `stacked` has all rows with the id of the report and, as `_own`, the id within their file;
    `kept` has those that repeat no other.
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
    return {(file, own): chosen[key] for file, own, key in rows if chosen[key] != own}


def _check(gathered: _Gathered) -> list[Problem]:
    """The problems of all readable parts together; none of a part that is incomplete."""
    situation, failed, rules = gathered.situation, gathered.failed, gathered.mission.rules
    needs = {
        "no-depot": {"sites"},
        "no-destination": {"sites", "zones"},
        "no-roads": {"roads"},
        "site-far-from-roads": {"roads", "rules"},
    }
    faults = find_faults(situation, rules)
    found = [problem for problem in faults if not needs.get(problem.code, set()) & failed]
    answered = {entry.code for entry in situation.acknowledgements}
    if not failed & {"as_of", "rules", "roads", "incidents"} and not situation.roads.empty:
        doubts = find_doubts(situation, rules)
        found += [doubt for doubt in doubts if doubt.code not in answered]
    if not failed & {"as_of", "rules", "incidents"} and (stale := find_stale(situation)):
        found.append(stale)
    return [problem.within(MISSION) for problem in found]
