"""The plan as files: `plan.json`, `plan.gpkg` and `map.html`, put in place whole or not at all.

Everything is written into a new folder beside the target, which then changes places with it in one step of the file
system. Whatever stops a run, the old folder stands as it was.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from corridors.errors import OutputError, UsageError
from corridors.outputs.maps import render_map
from corridors.plan import Plan
from corridors.tables import ROADS, check_table

SCHEMA_VERSION = 1
PLAN_FILES = ("plan.json", "plan.gpkg", "map.html")
DECIMALS: Mapping[str, int] = {
    "length_m": 1,
    "duration_min": 2,
    "exposure": 4,
    "clearance_m": 1,
    "shared_with_primary": 3,
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
    target = check_target(folder, force=force)
    with _whole_folder(target) as new:
        (new / "plan.json").write_text(render_json(describe_plan(plan)), encoding="utf-8", newline="\n")
        _write_layers(new / "plan.gpkg", _lay_out(plan), plan.situation.as_of, _credit(plan))
        (new / "map.html").write_text(render_map(plan), encoding="utf-8", newline="\n")
    return [target / name for name in PLAN_FILES]


def write_roads(roads: gpd.GeoDataFrame, path: str | Path, *, attribution: str = "", force: bool = False) -> Path:
    """Write a roads table as a GeoPackage that `read_roads` reads back as the same table.

    Raises
    ------
    UsageError
        The file exists and `force` is not set.
    OutputError
        It could not be written; what stood there before is untouched.
    """
    check_table(ROADS, roads)
    target = Path(path)
    if target.exists() and not force:
        raise UsageError(f"{target} exists; say --force to replace it")
    with _explained(target), tempfile.TemporaryDirectory(prefix=f".{target.name}.writing-", dir=target.parent) as new:
        _write_layers(Path(new) / "roads.gpkg", {"roads": roads.reset_index()}, datetime(2000, 1, 1, tzinfo=UTC), attribution)
        os.replace(Path(new) / "roads.gpkg", target)  # noqa: PTH105 - replaces on every system
    return target


def check_target(folder: str | Path, *, force: bool) -> Path:
    """The target folder, if a plan may be written there: asked before the work, so that nobody waits in vain.

    Raises
    ------
    UsageError
        It exists and `force` is not set, or it holds other things than a plan.
    OutputError
        The folder it stands in cannot be written to.
    """
    target = Path(folder)
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UsageError(f"{target} is not a folder; name another")
    if target.is_dir():
        if others := sorted(path.name for path in target.iterdir() if path.name not in PLAN_FILES):
            raise UsageError(f"{target} holds other things than a plan ({', '.join(others[:3])}); name another folder")
        if not force and any(target.iterdir()):
            raise UsageError(f"{target} holds a plan already; say --force to replace it")
    with _explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=target.parent).close()
    return target


def describe_plan(plan: Plan) -> dict[str, Any]:
    """The plan as one JSON document: what `plan.json` holds and `--json` prints.

    Times are ISO 8601 in UTC; what is not known is null; figures have the decimals of `DECIMALS`.
    """
    situation = plan.situation
    return {
        "schema_version": SCHEMA_VERSION,
        "title": situation.title,
        "as_of": _plain(situation.as_of),
        "plan_hash": plan.plan_hash,
        "acknowledgements": [{"code": said.code, "reason": said.reason, "by": said.by} for said in situation.acknowledgements],
        "inputs": [
            {
                "role": source.role,
                "name": source.name,
                "format": source.format,
                "sha256": source.sha256,
                "newest": _plain(source.newest),
                "rows": dict(source.rows),
                "completeness": {name: round(share, 4) for name, share in source.completeness.items()},
                "attribution": source.attribution,
                "notes": list(source.notes),
            }
            for source in situation.sources
        ],
        "rules": _plain(plan.rules.as_tables()),
        "counts": dict(plan.counts),
        "corridors": _records(plan.corridors),
        "cut_off": _records(plan.cut_off),
        "remarks": list(plan.remarks),
        "software": {name: version(name) for name in ("corridors", "geopandas", "networkx", "numpy", "pandas", "pyproj", "shapely")}
        | {"python": platform.python_version()},
    }


def render_json(document: Mapping[str, Any]) -> str:
    """The text of a JSON document: UTF-8, indented, in the order given, ending in a newline."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.drop(columns="geometry", errors="ignore").reset_index().to_dict("records")
    return [{name: _plain(value, DECIMALS.get(str(name))) for name, value in row.items()} for row in rows]


def _plain(value: Any, decimals: int | None = None) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
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
        "incidents": plan.situation.incidents.assign(standing=plan.standing, reach_m=plan.reach_m).reset_index(),
        "zones": plan.situation.zones.reset_index(),
        "sites": sites.reset_index(),
    }


def _draw_steps(plan: Plan) -> gpd.GeoDataFrame:
    """The steps with the line of their segment."""
    lines = plan.segments.geometry.reindex(plan.steps["segment_id"]).to_numpy()
    return gpd.GeoDataFrame(plan.steps, geometry=gpd.GeoSeries(lines, index=plan.steps.index, crs=plan.segments.crs))


def _write_layers(path: Path, layers: Mapping[str, pd.DataFrame], dated: datetime, credit: str) -> None:
    """One GeoPackage; its own date is `dated`, so that the same plan gives the same file."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": dated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})
    try:
        for name, table in layers.items():
            pyogrio.write_dataframe(
                _flat(table),
                path,
                layer=name,
                driver="GPKG",
                append=path.exists(),
                dataset_options={"VERSION": "1.2"},  # 1.4 makes QGIS before 3.34 warn at each opening
                layer_options={"DESCRIPTION": credit},
                **({"geometry_type": _shape_of(table)} if isinstance(table, gpd.GeoDataFrame) else {}),
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _shape_of(table: gpd.GeoDataFrame) -> str:
    """The one shape of a layer, or "Unknown" where shapes are mixed or there are none."""
    shapes = table.geom_type.unique()
    return str(shapes[0]) if len(shapes) == 1 else "Unknown"


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Lists as text with semicolons: a GeoPackage has none."""
    lists = [name for name in table.columns if name != "geometry" and table[name].dtype == object]
    flat = table.assign(**{name: [";".join(map(str, entry)) for entry in table[name]] for name in lists})
    return flat.assign(geometry=shapely.force_2d(flat.geometry.array)) if isinstance(flat, gpd.GeoDataFrame) else flat


def _credit(plan: Plan) -> str:
    return "; ".join(dict.fromkeys(source.attribution for source in plan.situation.sources if source.attribution))


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise OutputError(f"{target} could not be written, and is as it was before: {error}") from error


@contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    """A new folder to write into, which takes the place of `target` if all goes well, and vanishes if not."""
    _clear_leftovers(target)
    with _explained(target):
        new = Path(tempfile.mkdtemp(prefix=f".{target.name}.{os.getpid()}.", dir=target.parent))
    try:
        with _explained(target):
            yield new
            for path in new.iterdir():
                with path.open("rb") as written:
                    os.fsync(written.fileno())
            new.chmod(0o755)
            if target.exists():
                _exchange(new, target)
            else:
                new.rename(target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _clear_leftovers(target: Path) -> None:
    """Remove what killed runs left beside the target; where one was killed between two renames, put its old plan back."""
    for path in target.parent.glob(f".{target.name}.*"):
        if not (match := re.fullmatch(rf"\.{re.escape(target.name)}\.(\d+)\.\w+", path.name)) or _is_running(int(match[1])):
            continue
        if not target.exists() and path.name.endswith("previous"):
            path.rename(target)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    if process == os.getpid() or sys.platform == "win32":  # there, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exchange(new: Path, old: Path) -> None:
    """Let two folders change names: in one step where the system has one, else in two that the next run can undo."""
    libc = None if sys.platform == "win32" else ctypes.CDLL(None)
    here, swap = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux; RENAME_SWAP of macOS is 2 too
    if libc and hasattr(libc, "renameat2") and libc.renameat2(here, os.fsencode(new), here, os.fsencode(old), swap) == 0:
        return
    if libc and hasattr(libc, "renamex_np") and libc.renamex_np(os.fsencode(new), os.fsencode(old), swap) == 0:
        return
    previous = old.parent / f".{old.name}.{os.getpid()}.previous"
    old.rename(previous)
    try:
        new.rename(old)
    except OSError:
        previous.rename(old)
        raise
    shutil.rmtree(previous, ignore_errors=True)
