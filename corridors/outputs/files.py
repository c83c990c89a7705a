"""The plan as files: `plan.json`, `plan.gpkg` and `map.html`, put in place whole or not at all.

Everything is written into a new folder beside the target, which then changes places with it in one step of the file
system. Whatever stops a run, the old folder stands as it was.
"""

from __future__ import annotations

import ctypes
import errno
import json
import math
import os
import platform
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from corridors.crs import cut_lines
from corridors.errors import OutputError, UsageError
from corridors.outputs.maps import render_map
from corridors.plan import Plan
from corridors.tables import ROADS, check_table

if sys.platform != "win32":
    import fcntl

SCHEMA_VERSION = 1
PLAN_FILES = ("plan.json", "plan.gpkg", "map.html")
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What desktops leave in a folder that someone looked into: no reason not to replace it."""
DECIMALS: Mapping[str, int] = {
    "length_m": 1,
    "duration_min": 2,
    "exposure": 4,
    "clearance_m": 1,
    "shared_with_primary": 3,
    "shared_exposure": 3,
    "unknown_share": 3,
    "distance_m": 2,
    "start_m": 2,
    "end_m": 2,
    "reachable_within_m": 1,
    "snap_m": 1,
    "reach_m": 1,
}
"""Decimals a reader can use: tenths of metres, seconds; more would only show the noise of arithmetic."""


def write_plan(plan: Plan, folder: str | Path, *, force: bool = False) -> list[Path]:
    """Write `plan.json`, `plan.gpkg` and `map.html` into `folder`, and give back their paths.

    Raises
    ------
    UsageError
        The folder exists and `force` is not set, or holds files that are not a plan's, which replacing it would lose.
    OutputError
        Something could not be written; what stood there before is untouched. The message names the path.
    """

    def write(new: Path) -> None:
        (new / "plan.json").write_text(render_json(describe_plan(plan)), encoding="utf-8", newline="\n")
        _write_layers(new / "plan.gpkg", _lay_out(plan), plan.situation.as_of, _credit(plan))
        (new / "map.html").write_text(render_map(plan), encoding="utf-8", newline="\n")

    target = check_target(folder, force=force)
    _put_in_place(target, write, _is_of_plan, "a plan", force=force)
    return [target / name for name in PLAN_FILES]


def write_documents(
    documents: Mapping[str, str], folder: str | Path, *, is_ours: Callable[[str], bool], what: str, force: bool = False
) -> list[Path]:
    """Write texts by file name into `folder`, all or none, and give back their paths.

    Parameters
    ----------
    documents
        The texts by file name, written as UTF-8 with the line ends that they have.
    folder
        Where to; it is made, and then holds these and nothing else.
    is_ours
        Whether a file of that name may be replaced, with all others of the folder, where `force` is set.
    what
        What such a folder holds, for messages: "a plan".
    force
        Replace what is there.

    Raises
    ------
    UsageError
        The folder holds such files and `force` is not set, or others.
    OutputError
        Something could not be written; what stood there before is untouched.
    """

    def write(new: Path) -> None:
        for name, text in documents.items():
            (new / name).write_text(text, encoding="utf-8", newline="")

    target = check_documents_target(folder, is_ours=is_ours, what=what, force=force)
    _put_in_place(target, write, is_ours, what, force=force)
    return [target / name for name in documents]


def check_documents_target(folder: str | Path, *, is_ours: Callable[[str], bool], what: str, force: bool) -> Path:
    """The target folder, if `write_documents` may write there; raises as it does."""
    target = Path(folder)
    _check_replaceable(target, is_ours, what, force=force)
    _check_writable(target)
    return target


def write_roads(roads: gpd.GeoDataFrame, path: str | Path, *, attribution: str = "", force: bool = False) -> Path:
    """Write a roads table as a GeoPackage that `read_roads` reads back as the same table.

    Raises
    ------
    UsageError
        The file exists and `force` is not set, or its name does not end in .gpkg.
    OutputError
        It could not be written; what stood there before is untouched.
    """
    check_table(ROADS, roads)
    target = check_roads_target(path, force=force)
    with _workplace(target) as place:
        new = place / "roads.gpkg"
        _write_layers(new, {"roads": roads.reset_index()}, datetime(2000, 1, 1, tzinfo=UTC), attribution)
        _sync(new)
        new.replace(target)
        with suppress(OSError):
            _sync(target.parent)
    return target


def check_target(folder: str | Path, *, force: bool) -> Path:
    """The target folder, if a plan may be written there: asked before the work, so that nobody waits in vain.

    Raises
    ------
    UsageError
        It exists and `force` is not set, or it holds other things than a plan.
    OutputError
        The folder it stands in, or is to be made in, cannot be written to.
    """
    return check_documents_target(folder, is_ours=_is_of_plan, what="a plan", force=force)


def check_roads_target(path: str | Path, *, force: bool) -> Path:
    """The target file, if roads may be written there: asked before the download.

    Raises
    ------
    UsageError
        It exists and `force` is not set, or its name does not end in .gpkg.
    OutputError
        The folder it stands in cannot be written to.
    """
    target = Path(path)
    if target.suffix.lower() != ".gpkg":
        raise UsageError(f"{target} is written as a GeoPackage; name a file that ends in .gpkg")
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise UsageError(f"{target} is not a plain file; name another")
    if target.exists() and not force:
        raise UsageError(f"{target} exists; say --force to replace it")
    _check_writable(target)
    return target


def describe_plan(plan: Plan) -> dict[str, Any]:
    """The plan as one JSON document: what `plan.json` holds and `--json` prints.

    Times are ISO 8601 in UTC; what is not known is null; figures have the decimals of `DECIMALS`.
    """
    situation = plan.situation
    return {
        "schema_version": SCHEMA_VERSION,
        "title": situation.title,
        "as_of": to_plain(situation.as_of),
        "plan_hash": plan.plan_hash,
        "acknowledgements": [{"code": said.code, "reason": said.reason, "by": said.by} for said in situation.acknowledgements],
        "inputs": [
            {
                "role": source.role,
                "name": source.name,
                "format": source.format,
                "sha256": source.sha256,
                "newest": to_plain(source.newest),
                "rows": dict(source.rows),
                "completeness": {name: round(share, 4) for name, share in source.completeness.items()},
                "attribution": source.attribution,
                "redistributable": source.redistributable,
                "notes": list(source.notes),
            }
            for source in situation.sources
        ],
        "rules": to_plain(plan.rules.as_tables()),
        "counts": dict(plan.counts),
        "corridors": _records(plan.corridors),
        "cut_off": _records(plan.cut_off),
        "snaps": _records(plan.snaps),
        "remarks": list(plan.remarks),
        "software": {name: version(name) for name in ("corridors", "geopandas", "networkx", "numpy", "pandas", "pyproj", "shapely")}
        | {"python": platform.python_version()},
    }


def render_json(document: Mapping[str, Any]) -> str:
    """The text of a JSON document: UTF-8, indented, in the order given, ending in a newline."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.drop(columns="geometry", errors="ignore").reset_index().to_dict("records")
    return [{name: to_plain(value, DECIMALS.get(str(name))) for name, value in row.items()} for row in rows]


def to_plain(value: Any, decimals: int | None = None) -> Any:
    """A value as JSON has it: times as ISO 8601 in UTC, what is not known as null, fractions to so many decimals."""
    if isinstance(value, Mapping):
        return {key: to_plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(entry) for entry in value]
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        return round(value, decimals) if decimals is not None else value
    return value


def _lay_out(plan: Plan) -> dict[str, pd.DataFrame]:
    """The layers of the GeoPackage, in the order in which a reader wants them."""
    sites = plan.situation.sites.join(plan.snaps[["segment_id", "snap_m"]])
    sites["cut_off"] = sites.index.isin(plan.cut_off.index)
    sites["reason"] = plan.cut_off["reason"].reindex(sites.index).fillna("")
    return {
        "corridors": plan.corridors.reset_index(),
        "steps": _draw_steps(plan),
        "segments": plan.segments.reset_index(),
        "closures": plan.closures,
        "structures": plan.structures.reset_index(),
        "road_reports": plan.situation.road_reports.assign(standing=plan.report_standing).reset_index(),
        "incidents": plan.incidents.drop(columns="version_of").assign(standing=plan.standing, reach_m=plan.reach_m).reset_index(),
        "reports": plan.reports.drop(columns="superseded").reset_index(),
        "zones": plan.situation.zones.reset_index(),
        "sites": sites.reset_index(),
    }


def _draw_steps(plan: Plan) -> gpd.GeoDataFrame:
    """The steps with the line that is driven, in driving order."""
    segments = plan.segments.loc[plan.steps["segment_id"]]
    driven = (table[name].to_numpy() for table, name in ((segments, "length_m"), (plan.steps, "start_m"), (plan.steps, "end_m")))
    lines = cut_lines(segments.geometry.to_numpy(), *driven)
    return gpd.GeoDataFrame(plan.steps, geometry=gpd.GeoSeries(lines, index=plan.steps.index, crs=plan.segments.crs))


def _write_layers(path: Path, layers: Mapping[str, pd.DataFrame], dated: datetime, credit: str) -> None:
    """One GeoPackage; its own date is `dated`, so that the same plan gives the same file."""
    options = {
        "OGR_CURRENT_DATE": dated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "OGR_SQLITE_SYNCHRONOUS": "OFF",  # nobody reads it before it is whole, and then `_sync` has it on the disk at once
    }
    pyogrio.set_gdal_config_options(options)
    try:
        for name, table in layers.items():
            pyogrio.write_dataframe(
                _flat(table),
                path,
                layer=name,
                driver="GPKG",
                append=path.exists(),
                use_arrow=len(table) > 0 and find_spec("pyarrow") is not None,  # in half the time; the file is the same
                dataset_options={"VERSION": "1.2"},  # 1.4 makes QGIS before 3.34 warn at each opening
                layer_options={"DESCRIPTION": credit} | ({} if len(table) else {"SPATIAL_INDEX": "NO"}),
                layer_metadata={"attribution": credit} if credit else None,  # where read_roads looks
                **({"geometry_type": _shape_of(table)} if isinstance(table, gpd.GeoDataFrame) else {}),
            )
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))
    _check_layers(path, layers)


def _shape_of(table: gpd.GeoDataFrame) -> str:
    """The one shape of a layer, or "Unknown" where shapes are mixed or there are none."""
    shapes = table.geom_type.unique()
    return str(shapes[0]) if len(shapes) == 1 else "Unknown"


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """What a GeoPackage has no place for: lists become text with semicolons, times whole milliseconds, shapes flat."""
    lists = {name: column for name, column in table.items() if column.dtype == object}
    flat = {
        name: pd.Series([";".join(map(str, entry)) for entry in column], index=table.index, dtype="str") for name, column in lists.items()
    }
    flat |= {name: column.dt.floor("ms") for name, column in table.items() if column.dtype.kind == "M"}
    if isinstance(table, gpd.GeoDataFrame) and shapely.has_z(table.geometry.array).any():
        flat["geometry"] = shapely.force_2d(table.geometry.array)
    return table.assign(**flat)


def _credit(plan: Plan) -> str:
    return "; ".join(dict.fromkeys(source.attribution for source in plan.situation.sources if source.attribution))


def _check_layers(path: Path, layers: Mapping[str, pd.DataFrame]) -> None:
    """Refuse a GeoPackage that lacks something: the library says nothing when the disk is full as it closes the file."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        rows = dict(file.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents"))
        closed = file.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'trigger_delete_feature_count_%'").fetchone()[0]
        indexed = {name for (name,) in file.execute("SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'")}
        sound = file.execute("PRAGMA quick_check").fetchone()[0]
    whole = rows == {name: len(table) for name, table in layers.items()} and closed == len(layers)
    placed = {name for name, table in layers.items() if isinstance(table, gpd.GeoDataFrame) and len(table)}
    if not whole or indexed != placed or sound != "ok":
        raise OSError(errno.EIO, "the file was not written whole; is the disk full?", str(path))


# Putting things in place


def _put_in_place(target: Path, write: Callable[[Path], None], is_ours: Callable[[str], bool], what: str, *, force: bool) -> None:
    """Let a new folder that `write` fills take the place of `target`, whole or not at all."""
    with _workplace(target) as place:
        new = place / "new"
        new.mkdir()
        write(new)
        for path in (*new.iterdir(), new):
            _sync(path)
        _check_replaceable(target, is_ours, what, force=force)  # once more: others work too
        if target.exists():
            _exchange(new, target, place / "previous")
        else:
            new.rename(target)
        with suppress(OSError):  # it is in place; only how soon that is on the disk is open
            _sync(target.parent)


def _is_of_plan(name: str) -> bool:
    return name in PLAN_FILES


def _check_replaceable(target: Path, is_ours: Callable[[str], bool], what: str, *, force: bool) -> None:
    """Refuse to replace what is not ours, or is and nobody said so."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UsageError(f"{target} is not a folder; name another")
    if Path.cwd().is_relative_to(target.resolve()):
        raise UsageError(f"{target} is the folder you work in, or one around it; name a new one")
    names = {path.name for path in target.iterdir()} - LITTER if target.is_dir() else set()
    if any(name.startswith("plan.gpkg-") for name in names):
        raise UsageError(f"{target / 'plan.gpkg'} is open in another program; close it there")
    if others := sorted(name for name in names if not is_ours(name)):
        raise UsageError(f"{target} holds other things than {what} ({', '.join(others[:3])}); name another folder")
    if names and not force:
        raise UsageError(f"{target} holds {what} already; say --force to replace it")


def _check_writable(target: Path) -> None:
    """Refuse a target in a folder that cannot be written to; where that is still to be made, in the nearest that is there."""
    there = next(folder for folder in target.absolute().parents if folder.exists())
    with _explained(target):
        tempfile.TemporaryFile(dir=there).close()


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise OutputError(f"{target} could not be written, and is as it was before: {error}") from error


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """A folder beside `target` to work in, which vanishes afterwards, and with it those that killed runs have left."""
    with _explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(target)
        place = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".writing", dir=target.parent))
        try:
            with _held(place):
                yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _clear_leftovers(target: Path) -> None:
    """Remove the workplaces of killed runs; where one was killed between two renames, put the plan it took away back."""
    for place in target.parent.iterdir():
        if not re.fullmatch(rf"\.{re.escape(target.name)}\.\w+\.writing", place.name):
            continue
        with _held(place) as abandoned:
            if abandoned:
                previous = place / "previous"
                left = {path.name for path in previous.iterdir()} if previous.is_dir() else set()
                whole = left and (left.isdisjoint(PLAN_FILES) or left >= set(PLAN_FILES))
                if not target.exists() and whole:
                    previous.rename(target)
                shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder, and say whether nobody else does. The hold ends with the process, however that ends."""
    if sys.platform == "win32":  # no such hold there: a second run into the same folder fails one of the two, loudly
        yield True
        return
    handle, alone = None, False
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alone = True
    try:
        yield alone
    finally:
        if handle is not None:
            os.close(handle)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on."""
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(new: Path, old: Path, previous: Path) -> None:
    """Let two folders change places: in one step where the system has one, else in two that the next run can undo."""
    if _swap(new, old):
        return
    old.rename(previous)
    try:
        new.rename(old)
    except OSError:
        previous.rename(old)
        raise


def _swap(new: Path, old: Path) -> bool:
    """Whether the system could exchange the names of two folders in one step, and did."""
    if sys.platform == "win32":
        return False
    libc = ctypes.CDLL(None)
    here, swap = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux; RENAME_SWAP of macOS is 2 too
    names = os.fsencode(new), os.fsencode(old)
    if hasattr(libc, "renameat2"):
        return bool(libc.renameat2(here, names[0], here, names[1], swap) == 0)
    return bool(hasattr(libc, "renamex_np") and libc.renamex_np(*names, swap) == 0)
