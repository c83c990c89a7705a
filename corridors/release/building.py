"""The internal release of a plan: all its facts, in the shape that files can hold."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.access import explain_segments
from corridors.evidence.incidents import is_invented
from corridors.evidence.status import ACTIVE
from corridors.geodesy.measures import build_disc, cut_lines
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.outputs.serialization import to_jsonable
from corridors.plan import Plan
from corridors.release import Release
from corridors.release.labels import Labels
from corridors.release.layers import CLOSURE_AREAS, LAYERS
from corridors.supplies import assess_supply
from corridors.tables import CLOSURES, CRS, PASSABLE, build_table

CAUSE_TYPES = next(column.choices for column in CLOSURES.columns if column.name == "cause_type")


def build_release(plan: Plan) -> Release:
    """All facts of a plan, for internal use: the release that `read_plan` reads from its files.

    Lists, times (whole milliseconds) and shapes (flat) are as a GeoPackage holds them, so that a
    plan and its files give the same products, byte for byte.

    Examples
    --------
    >>> import corridors as co
    >>> release = co.build_release(co.plan_corridors(co.read_situation(co.demo_folder())))
    >>> (
    ...     release.audience,
    ...     len(release.layers["corridors"]),
    ...     release.layers["sites"].loc["DEP-SIDON", "supply"],
    ... )
    ('internal', 38, '')
    """
    situation, chosen = plan.situation, _choose_segments(plan)
    hindered = plan.segments.index[plan.segments["status"] != PASSABLE]
    reasons = explain_segments(plan.access, situation, plan.incidents, plan.rules, hindered)
    values = {segment: reason.write_values() for segment, reason in reasons.items()}
    layers: dict[str, pd.DataFrame] = {
        "corridors": plan.corridors,
        "steps": _draw_steps(plan),
        "chokepoints": _draw_chokepoints(plan),
        "segments": plan.segments.assign(
            reason_values=_look_up(values, chosen["segments"]), closed_by=_list_types(plan)
        ),
        "closures": plan.closures,
        "closure_areas": _draw_closure_areas(plan),
        "structures": plan.structures.assign(reason_values=_look_up(values, chosen["structures"])),
        "road_reports": plan.road_reports,
        "incidents": plan.incidents,
        "reports": plan.reports,
        "zones": situation.zones,
        "sites": _describe_sites(plan),
        "cut_off": plan.cut_off.assign(
            blocked_by=plan.cut_off["blocking"].map(_list_kinds).astype(object)
        ),
    }
    release = Release(
        audience="internal",
        title=situation.title,
        as_of=situation.as_of,
        valid_until=situation.as_of + timedelta(hours=situation.valid_hours),
        plan_hash=plan.plan_hash,
        layers={name: _flatten(_select_columns(name, layer)) for name, layer in layers.items()},
        counts=plan.summary,
        invented=sum(map(is_invented, plan.incidents["source"])),
        rules=to_jsonable(plan.rules.as_tables()),
        sources=situation.sources,
        acknowledgements=situation.acknowledgements,
        remarks=plan.remarks,
        producer=situation.producer,
        software=_find_versions(),
    )
    return _add_sentences(release, chosen, reasons)


def _choose_segments(plan: Plan) -> dict[str, list[str]]:
    """By layer, for each row the segment whose reason it has; empty for structures in use.

    That of a structure is the first of its segments with its status.
    """
    status = plan.segments["status"].to_dict()
    worst = [
        next((segment for segment in segments if status[segment] == word != PASSABLE), "")
        for segments, word in zip(
            plan.structures["segments"], plan.structures["status"], strict=True
        )
    ]
    return {"segments": plan.segments.index.tolist(), "structures": worst}


def _add_sentences(
    release: Release, chosen: Mapping[str, list[str]], reasons: Mapping[str, Message]
) -> Release:
    """The release with every reason as an English sentence, for those who read the tables."""
    labels = Labels(release, read_locale("en"))
    sentences = {segment: labels.render(reason) for segment, reason in reasons.items()}
    layers = dict(release.layers)
    for name, segments in chosen.items():
        layers[name] = layers[name].assign(reason=_look_up(sentences, segments))
    why = {site: labels.cut_off_reason(site) for site in layers["cut_off"].index}
    for name in ("cut_off", "sites"):
        layers[name] = layers[name].assign(reason=_look_up(why, layers[name].index))
    return replace(release, layers=layers)


def _look_up(texts: Mapping[str, str], ids: Iterable[str]) -> Any:
    return pd.array([texts.get(name, "") for name in ids], dtype="str")


@cache
def _find_versions() -> Mapping[str, str]:
    """The versions of what a plan depends on."""
    names = ("corridors", "geopandas", "networkx", "numpy", "pandas", "pyproj", "shapely")
    return MappingProxyType(
        {name: version(name) for name in names} | {"python": platform.python_version()}
    )


def _select_columns(name: str, layer: pd.DataFrame) -> pd.DataFrame:
    """The columns of the contract, with a place for sentences."""
    columns = [column.name for column in LAYERS[name].columns]
    filled = layer.assign(reason="") if "reason" in columns else layer
    return filled[columns + (["geometry"] if isinstance(layer, gpd.GeoDataFrame) else [])]


def _flatten(layer: pd.DataFrame) -> pd.DataFrame:
    """Times in whole milliseconds and shapes without heights, as a GeoPackage holds them."""
    flat = {
        name: column.dt.floor("ms") for name, column in layer.items() if column.dtype.kind == "M"
    }
    if isinstance(layer, gpd.GeoDataFrame) and shapely.has_z(layer.geometry.array).any():
        flat["geometry"] = shapely.force_2d(layer.geometry.array)
    return layer.assign(**flat) if flat else layer


def _draw_steps(plan: Plan) -> gpd.GeoDataFrame:
    """The steps with the line that is driven, in driving order."""
    segments = plan.segments[["length_m", "geometry"]].loc[plan.steps["segment_id"]]
    driven = (
        table[name].to_numpy()
        for table, name in ((segments, "length_m"), (plan.steps, "start_m"), (plan.steps, "end_m"))
    )
    lines = cut_lines(segments.geometry.to_numpy(), *driven)
    return gpd.GeoDataFrame(
        plan.steps, geometry=gpd.GeoSeries(lines, index=plan.steps.index, crs=plan.segments.crs)
    )


def _draw_chokepoints(plan: Plan) -> gpd.GeoDataFrame:
    """A row for each corridor and each segment that every route must use."""
    pairs = plan.corridors["chokepoints"].explode().dropna()
    at = plan.segments.index.get_indexer(pairs)
    segments = plan.segments[["name", "name_ar", "bridge", "geometry"]].iloc[at[at >= 0]]
    return segments.reset_index().assign(
        corridor_id=pairs.index[at >= 0].astype("str").array
    )  # text also where there is none


def _list_types(plan: Plan) -> pd.Series:
    """For each segment the types of the causes that close it, each once."""
    bit = 1 << pd.Categorical(plan.closures["cause_type"], categories=CAUSE_TYPES).codes.astype(
        np.int64
    )
    closed_by = np.zeros(len(plan.segments), dtype=np.int64)
    np.bitwise_or.at(closed_by, plan.segments.index.get_indexer(plan.closures["segment_id"]), bit)
    types = np.empty(1 << len(CAUSE_TYPES), dtype=object)
    types[:] = [
        tuple(name for at, name in enumerate(CAUSE_TYPES) if number >> at & 1)
        for number in range(len(types))
    ]
    return pd.Series(types[closed_by], index=plan.segments.index)


def _list_kinds(causes: tuple[str, ...]) -> tuple[str, ...]:
    """The types of causes ("type:id"), each once."""
    return tuple(sorted({cause.partition(":")[0] for cause in causes}))


def _draw_closure_areas(plan: Plan) -> gpd.GeoDataFrame:
    """Where active incidents close roads, as areas that do not show single reports."""
    active = plan.reports[plan.reports["incident_status"] == ACTIVE]
    if active.empty:
        return build_table(CLOSURE_AREAS)
    discs = [
        build_disc(shape, effective_radius_m)
        for shape, effective_radius_m in zip(
            active.geometry, active["effective_radius_m"], strict=True
        )
    ]
    parts = shapely.get_parts(shapely.union_all(discs))
    parts = parts[np.lexsort(shapely.bounds(parts).T[::-1])]
    pieces, report = shapely.get_parts(
        discs, return_index=True
    )  # a report of two places closes about each
    area = np.zeros(len(pieces), dtype=np.int64)
    piece, part = shapely.STRtree(parts).query(
        shapely.point_on_surface(pieces), predicate="intersects"
    )
    area[piece] = part
    days = active["kind"].map(lambda kind: plan.rules.incidents.of(kind).look_back_days)
    parts_of = pd.DataFrame(
        {
            "incident": active["incident_id"].to_numpy()[report],
            "until": (active["occurred_until"] + pd.to_timedelta(days, unit="D")).array[report],
        }
    ).groupby(area)
    return build_table(
        CLOSURE_AREAS,
        gpd.GeoDataFrame(
            {
                "incidents": parts_of["incident"].nunique(),
                "active_until": parts_of["until"].max(),
            },
            geometry=parts,
            crs=CRS,
        ),
    )


def _describe_sites(plan: Plan) -> gpd.GeoDataFrame:
    """The sites with the road that each meets, whether it is cut off, and its supply."""
    snaps = plan.prepared.snaps.rename(columns={"lon": "snap_lon", "lat": "snap_lat"})[
        ["segment_id", "snap_m", "snap_lon", "snap_lat"]
    ]
    sites = plan.sites.join(snaps).join(assess_supply(plan))
    return sites.assign(
        segment_id=sites["segment_id"].fillna("").astype("str"),
        cut_off=sites.index.isin(plan.cut_off.index),
    )
