"""A plan as files, and back: `plan.json`, `plan.gpkg` and `map.html`, put in place together or not
at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from corridors.errors import InputError, Problem, UsageError
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.outputs.atomic_write import (
    check_documents_target,
    check_writable,
    put_in_place,
    sync,
    workplace,
)
from corridors.outputs.geopackage import read_layer, write_layers
from corridors.outputs.parallel import beside
from corridors.outputs.qgis import build_styles
from corridors.outputs.serialization import list_records, render_json, to_jsonable
from corridors.plan import Plan
from corridors.release import AUDIENCES, TLP, Release, name_file
from corridors.release.audiences import as_seen_by, render_remarks
from corridors.release.layers import LAYERS
from corridors.situation import Acknowledgement, Producer, Source
from corridors.tables import ROADS, check_table

SCHEMA_VERSION = 2
PLAN_FILES = ("plan.json", "plan.gpkg", "map.html")
_KINDS = (("plan", "json"), ("plan", "gpkg"), ("map", "html"))
_OTHERS = re.compile(
    rf"(plan|map)_({'|'.join(AUDIENCES[1:])})_\d{{8}}T\d{{4}}Z_[0-9a-f]{{10}}\.(json|gpkg|html)"
)


def write_plan(
    plan: Plan | Release,
    folder: str | Path,
    *,
    audience: str = "",
    languages: Sequence[str] = ("en",),
    force: bool = False,
    fork: bool = False,
) -> list[Path]:
    """Write `plan.json`, `plan.gpkg` and `map.html` into `folder`, and give back their paths.

    Parameters
    ----------
    plan
        A plan, or what of one is seen by an audience already.
    folder
        Where to; it is made, and then holds these and nothing else.
    audience
        One of `AUDIENCES`; for all but internal, the names of the files say for whom, of when and
        of which plan they are.
    languages
        Of the map: some of "en", "ar" and "fr"; the first is the one it opens in.
    force
        Replace a plan that is there.
    fork
        Draw the map in a forked process meanwhile, where that is possible: see `outputs.beside`.
        The files are the same.

    Raises
    ------
    UsageError
        The folder exists and `force` is not set, or holds files that are not a plan's, which
        replacing it would lose.
    OutputError
        Something could not be written; what stood there before is untouched. The message names the
        path.
    """
    release = as_seen_by(plan, audience)
    names = name_plan_files(release)

    locale = read_locale("en")

    def write(new: Path) -> None:
        document, layers, page = (new / name for name in names)

        def draw() -> None:
            from corridors.outputs.maps import render_map  # noqa: PLC0415 - folium is slow to load: by the process that draws

            page.write_text(
                render_map(release, languages=languages), encoding="utf-8", newline="\n"
            )

        with beside(draw, fork=fork):
            document.write_text(render_json(describe_plan(release)), encoding="utf-8", newline="\n")
            facts = {"plan_hash": release.plan_hash, "audience": release.audience}
            styles = build_styles(release.layers, locale, release.as_of)
            write_layers(
                layers,
                release.layers,
                release.as_of,
                "; ".join(release.credits),
                facts,
                styles=styles,
            )
            sync(layers)  # the slowest of the three to reach the disk

    target = check_target(folder, force=force)
    put_in_place(target, write, lambda name: name in _find_own(target), "plan", force=force)
    return [target / name for name in names]


def name_plan_files(release: Release) -> tuple[str, ...]:
    """What the files of a release are called: as ever for those of the house, with their marking
    for others.
    """
    return (
        PLAN_FILES
        if release.audience == "internal"
        else tuple(name_file(release, what, suffix) for what, suffix in _KINDS)
    )


def read_plan(folder: str | Path) -> Release:
    """A plan from the folder that `write_plan` made: all that it tells, as every writer takes it.

    Raises
    ------
    InputError
        `no-plan`: the folder holds none (fix: name the folder that `corridors plan` wrote);
        `broken-plan`: a file of it is damaged, of another version, or not of the same plan as the
        others (fix: plan again).

    Examples
    --------
    >>> import corridors as co
    >>> read_plan("plan").layers["corridors"]  # doctest: +SKIP
    """
    place = Path(folder)
    found = {name.rpartition(".")[2]: name for name in sorted(_find_own(place))}
    if "json" not in found or "gpkg" not in found:
        what = "is a mission, not a plan" if (place / "mission.toml").exists() else "holds no plan"
        hint = "name the folder that corridors plan MISSION --out FOLDER wrote"
        raise InputError(Problem("no-plan", f"the folder {what}", hint, place.name))
    try:
        said = json.loads((place / found["json"]).read_text("utf-8"))
        if said["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version is {said['schema_version']}, not {SCHEMA_VERSION}")  # noqa: TRY301 - told below
        layers = _read_layers(place / found["gpkg"], said)
        return _gather(said, layers)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        InputError,
    ) as error:
        hint = "plan again: corridors plan MISSION --out FOLDER --force"
        raise InputError(
            Problem("broken-plan", f"the plan cannot be read: {error}", hint, place.name)
        ) from error


def _read_layers(path: Path, said: dict[str, Any]) -> dict[str, Any]:
    layers, there = {}, {str(name) for name, _ in pyogrio.list_layers(path)}
    for name in (name for name in LAYERS if name in there):
        facts = pyogrio.read_info(path, layer=name)["layer_metadata"] or {}
        if facts.get("plan_hash") != said["plan_hash"]:
            raise ValueError(f"{path.name} is of another plan than the rest of the folder")
        layers[name] = read_layer(path, LAYERS[name])
    return layers


def _gather(said: dict[str, Any], layers: dict[str, Any]) -> Release:
    return Release(
        audience=said["audience"],
        title=said["title"],
        as_of=datetime.fromisoformat(said["as_of"]),
        valid_until=datetime.fromisoformat(said["valid_until"]),
        plan_hash=said["plan_hash"],
        layers=layers,
        counts=said["counts"],
        rules=said["rules"],
        sources=tuple(
            Source(
                **source
                | {
                    "notes": tuple(map(Message.from_dict, source["notes"])),
                    "newest": source["newest"] and datetime.fromisoformat(source["newest"]),
                }
            )
            for source in said["inputs"]
        ),
        acknowledgements=tuple(Acknowledgement(**entry) for entry in said["acknowledgements"]),
        remarks=tuple(map(Message.from_dict, said["remarks"])),
        producer=Producer(**said["producer"]),
        software=said["software"],
        withheld=said["withheld"],
        revealed=said["revealed"],
        invented=said["invented"],
    )


def write_roads(
    roads: gpd.GeoDataFrame, path: str | Path, *, attribution: str = "", force: bool = False
) -> Path:
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
    with workplace(target) as place:
        new = place / "roads.gpkg"
        write_layers(new, {"roads": roads}, datetime(2000, 1, 1, tzinfo=UTC), attribution, {})
        sync(new)
        new.replace(target)
        with suppress(OSError):
            sync(target.parent)
    return target


def check_target(folder: str | Path, *, force: bool) -> Path:
    """The target folder, if a plan may be written there: asked before the work, so that nobody
    waits in vain.

    Raises
    ------
    UsageError
        It exists and `force` is not set, or it holds other things than a plan.
    OutputError
        The folder it stands in, or is to be made in, cannot be written to.
    """
    return check_documents_target(
        folder, is_ours=lambda name: name in _find_own(Path(folder)), what="plan", force=force
    )


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
        raise UsageError(Message("usage.not_gpkg", path=str(target)))
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise UsageError(Message("usage.not_a_file", path=str(target)))
    if target.exists() and not force:
        raise UsageError(Message("usage.exists", path=str(target)))
    check_writable(target)
    return target


def describe_plan(plan: Plan | Release) -> dict[str, Any]:
    """The plan as one JSON document: what `plan.json` holds and `--json` prints.

    Times are ISO 8601 in UTC; what is not known is null; figures have the decimals of
    `plain.DECIMALS`.
    """
    release = as_seen_by(plan)
    sites = release.table("sites")
    snaps = sites.loc[sites["segment_id"] != "", ["segment_id", "snap_m", "snap_lon", "snap_lat"]]
    return {
        "schema_version": SCHEMA_VERSION,
        "title": release.title,
        "audience": release.audience,
        "tlp": TLP[release.audience],
        "as_of": to_jsonable(release.as_of),
        "valid_until": to_jsonable(release.valid_until),
        "plan_hash": release.plan_hash,
        "producer": {
            "name": release.producer.name,
            "contact": release.producer.contact,
            "words": dict(release.producer.words),
        },
        "acknowledgements": [
            {"code": said.code, "reason": said.reason, "by": said.by}
            for said in release.acknowledgements
        ],
        "inputs": [
            {
                "role": source.role,
                "name": source.name,
                "format": source.format,
                "sha256": source.sha256,
                "newest": to_jsonable(source.newest),
                "rows": dict(source.rows),
                "completeness": {
                    name: round(share, 4) for name, share in source.completeness.items()
                },
                "attribution": source.attribution,
                "redistributable": source.redistributable,
                "notes": [{**note.as_dict(), "text": str(note)} for note in source.notes],
            }
            for source in release.sources
        ],
        "rules": to_jsonable(release.rules),
        "counts": dict(release.counts),
        "withheld": dict(release.withheld),
        "revealed": release.revealed,
        "invented": release.invented,
        "corridors": list_records(release.layers["corridors"]),
        "cut_off": _list_cut_off(release),
        "snaps": list_records(snaps.rename(columns={"snap_lon": "lon", "snap_lat": "lat"})),
        "remarks": [
            {**remark.as_dict(), "text": text}
            for remark, text in zip(release.remarks, render_remarks(release), strict=True)
        ],
        "software": dict(release.software),
    }


def _find_own(folder: Path) -> set[str]:
    """The files in a folder that are its plan.

    Beside those of the house, what is for others was made from them, and is not the plan.
    """
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return names & {*PLAN_FILES} or {name for name in names if _OTHERS.fullmatch(name)}


def _list_cut_off(release: Release) -> list[dict[str, Any]]:
    """The rows of the layer cut_off, with the values of their reasons as an object."""
    rows = list_records(release.layers["cut_off"]) if "cut_off" in release.layers else []
    for row in rows:
        if "reason_values" in row:
            row["reason_values"] = json.loads(row["reason_values"])
    return rows
