"""A plan as files: `plan.json`, `plan.gpkg` and `map.html`, written together and read."""

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
from corridors.outputs.parallel import in_parallel
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
    """Write `plan.json`, `plan.gpkg` and `map.html` into `folder`, and return their paths.

    Parameters
    ----------
    plan
        A plan, or a release of one.
    folder
        The folder to write; it is created, and then holds only these files.
    audience
        One of `AUDIENCES`; for all but internal, the file names state audience, time and plan.
    languages
        The languages of the map: some of "en", "ar" and "fr"; it opens in the first.
    force
        Replace an existing plan.
    fork
        Draw the map in a forked process at the same time, where that is possible: see
        `parallel.in_parallel`. The files are the same.

    Raises
    ------
    UsageError
        The folder exists and `force` is not set, or it holds files of no plan. Fix: set `force`,
        or use another folder.
    OutputError
        A file could not be written; the folder is unchanged. Fix: check the path in the message.
    """
    release = as_seen_by(plan, audience)
    names = name_plan_files(release)

    locale = read_locale("en")

    def write(new: Path) -> None:
        document, layers, page = (new / name for name in names)

        def draw() -> None:
            from corridors.outputs.maps import render_map  # noqa: PLC0415 - slow to load

            page.write_text(
                render_map(release, languages=languages), encoding="utf-8", newline="\n"
            )

        with in_parallel(draw, fork=fork):
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
            sync(layers)  # the slowest of the three files

    target = check_target(folder, force=force)
    put_in_place(target, write, lambda name: name in _find_own(target), "plan", force=force)
    return [target / name for name in names]


def name_plan_files(release: Release) -> tuple[str, ...]:
    """The file names of a release: fixed for internal, with audience, time and plan for others."""
    return (
        PLAN_FILES
        if release.audience == "internal"
        else tuple(name_file(release, what, suffix) for what, suffix in _KINDS)
    )


def read_plan(folder: str | Path) -> Release:
    """The release of a plan from a folder that `write_plan` wrote.

    Raises
    ------
    InputError
        `no-plan`: the folder holds no plan. Fix: use the folder that `corridors plan` wrote.
        `broken-plan`: a file is damaged, of another version, or from another plan. Fix: plan again.

    Examples
    --------
    >>> import corridors as co
    >>> read_plan("plan").layers["corridors"]  # doctest: +SKIP
    """
    place = Path(folder)
    found = {name.rpartition(".")[2]: name for name in sorted(_find_own(place))}
    if "json" not in found or "gpkg" not in found:
        is_mission = (place / "mission.toml").exists()
        what = Message("problem.folder_is_mission" if is_mission else "problem.no_plan")
        raise InputError(Problem("no-plan", what, Message("hint.name_plan_folder"), place.name))
    try:
        document = json.loads((place / found["json"]).read_text("utf-8"))
        return _build_release(document, _read_layers(place / found["gpkg"], document))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        InputError,
    ) as error:
        messages = [arg for arg in error.args if isinstance(arg, Message)]
        what = Message("problem.plan_unreadable", reason=messages[0] if messages else str(error))
        raise InputError(
            Problem("broken-plan", what, Message("hint.plan_again"), place.name)
        ) from error


def _read_layers(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    if (version := document["schema_version"]) != SCHEMA_VERSION:
        raise ValueError(
            Message("problem.other_schema_version", version=version, expected=SCHEMA_VERSION)
        )
    layers, there = {}, {str(name) for name, _ in pyogrio.list_layers(path)}
    for name in (name for name in LAYERS if name in there):
        facts = pyogrio.read_info(path, layer=name)["layer_metadata"] or {}
        if facts.get("plan_hash") != document["plan_hash"]:
            raise ValueError(Message("problem.mixed_plan", file=path.name))
        layers[name] = read_layer(path, LAYERS[name])
    return layers


def _build_release(document: dict[str, Any], layers: dict[str, Any]) -> Release:
    return Release(
        audience=document["audience"],
        title=document["title"],
        as_of=datetime.fromisoformat(document["as_of"]),
        valid_until=datetime.fromisoformat(document["valid_until"]),
        plan_hash=document["plan_hash"],
        layers=layers,
        counts=document["counts"],
        rules=document["rules"],
        sources=tuple(
            Source(
                **source
                | {
                    "notes": tuple(map(Message.from_dict, source["notes"])),
                    "newest": source["newest"] and datetime.fromisoformat(source["newest"]),
                }
            )
            for source in document["inputs"]
        ),
        acknowledgements=tuple(Acknowledgement(**entry) for entry in document["acknowledgements"]),
        remarks=tuple(map(Message.from_dict, document["remarks"])),
        producer=Producer(**document["producer"]),
        software=document["software"],
        withheld=document["withheld"],
        revealed=document["revealed"],
        invented=document["invented"],
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
        It could not be written; an existing file is unchanged. Fix: check the folder and the space.
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
    """The target folder, checked before the work that fills it.

    Raises
    ------
    UsageError
        It exists and `force` is not set, or it holds other files than a plan.
    OutputError
        Its parent folder is not writable.
    """
    return check_documents_target(
        folder, is_ours=lambda name: name in _find_own(Path(folder)), what="plan", force=force
    )


def check_roads_target(path: str | Path, *, force: bool) -> Path:
    """The target file of roads, checked before the download.

    Raises
    ------
    UsageError
        It exists and `force` is not set, or its name does not end in .gpkg.
    OutputError
        Its folder is not writable.
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

    Times are ISO 8601 in UTC; unknown values are null; numbers have the decimals of
    `serialization.DECIMALS`.
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
            {"code": answer.code, "reason": answer.reason, "by": answer.by}
            for answer in release.acknowledgements
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

    Where internal files exist, files for other audiences were made from them, and are not the plan.
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
