"""From a release, one for a wider audience: fewer layers and columns, coarser figures, cells.

Each audience is made from the one before it, internal to partners to parties to public, so that a
narrower one sees everything that a wider one sees. Only what `SHOWN` lists passes.

    partners   work with us: places and figures as they are; no reports, stocks, free text or
               chokepoints
    parties    receive notices of corridors: primary corridors outside the cells of depots, in
               coarse figures
    public     anyone: destinations as cells too, corridors outside them, and which roads are open
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.errors import UsageError
from corridors.geodesy.measures import measure_length_m
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.plan import Plan
from corridors.release import Release
from corridors.release.building import build_release
from corridors.release.grid import Part, cut_outside, find_cells
from corridors.release.labels import Labels
from corridors.release.layers import LAYERS
from corridors.situation import AUDIENCES, Acknowledgement, Producer
from corridors.tables import CRS

SHOWN: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "partners": {
            "corridors": (
                *("depot_id", "destination_id", "rank", "status", "length_m", "duration_min"),
                *("nearest_incident_m", "shared_with_primary", "unknown_share"),
            ),
            "steps": ("corridor_id", "sequence", "segment_id", "direction", "start_m", "end_m"),
            "segments": (
                *(
                    "from_node",
                    "to_node",
                    "oneway",
                    "length_m",
                    "speed_kph",
                    "road_class",
                    "name",
                    "name_ar",
                    "bridge",
                    "tunnel",
                ),
                *(
                    "layer",
                    "max_weight_t",
                    "max_height_m",
                    "surface",
                    "status",
                    "closed_direction",
                    "closed_by",
                ),
            ),
            "closure_areas": ("incidents", "active_until"),
            "structures": ("kind", "name", "name_ar", "segments", "status", "max_weight_t"),
            "zones": (
                "kind",
                "name",
                "name_ar",
                "declared_by",
                "supervisor",
                "valid_from",
                "valid_to",
            ),
            "sites": (
                "role",
                "name",
                "name_ar",
                "pcode",
                "segment_id",
                "snap_m",
                "snap_lon",
                "snap_lat",
                "cut_off",
            ),
            "cut_off": ("name", "blocked_by", "reachable_within_m"),
        },
        "parties": {
            "corridors": (
                "depot_id",
                "destination_id",
                "rank",
                "status",
                "length_m",
                "duration_min",
            ),
            "segments": (
                "length_m",
                "road_class",
                "name",
                "name_ar",
                "bridge",
                "tunnel",
                "status",
                "closed_direction",
                "closed_by",
            ),
            "closure_areas": ("active_until",),
            "zones": (
                "kind",
                "name",
                "name_ar",
                "declared_by",
                "supervisor",
                "valid_from",
                "valid_to",
            ),
            "sites": ("role", "name", "name_ar", "pcode", "cut_off"),
            "cut_off": ("name", "blocked_by"),
        },
        "public": {
            "corridors": ("destination_id", "rank", "status", "length_m"),
            "segments": ("length_m", "road_class", "name", "name_ar", "bridge", "tunnel", "status"),
            "closure_areas": (),
            "zones": ("kind", "name", "name_ar", "declared_by", "valid_from", "valid_to"),
            "sites": ("role", "name", "name_ar", "cut_off"),
        },
    }
)
"""The columns of each layer that an audience sees, with ids and shapes."""
REVEALED: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "partners": {
            "chokepoints": ("corridor_id", "segment_id", "name", "name_ar", "bridge"),
            "cut_off": ("smallest_set",),
        },
        "parties": {
            "chokepoints": ("corridor_id", "name", "name_ar", "bridge"),
            "cut_off": ("smallest_set",),
        },
    }
)
"""What is added only for a stated reason.

Bridges whose loss ends all access are a list of targets.
"""
SHOWN_RULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "partners": ("incidents", "zones", "road_reports", "routing", "vehicle", "disclosure"),
        "parties": ("incidents", "zones", "disclosure"),
        "public": (),
    }
)
PARTIES_SITES = ("depot", "destination")
PUBLIC_SITES = ("destination",)
PUBLIC_ZONES = ("safe_zone", "no_go", "contaminated")
"""The course of the front line is for those who draw it to publish."""
NUMBERED = ("corridor_id", "depot_id", "destination_id")
"""Columns that hold new ids, or those of zones, when texts are searched: a new id may equal one of
the mission."""
SHORTEST_NAME = 3
"""A shorter withheld name is not searched in other texts: half of them would match."""


def disclose(release: Release, audience: str, *, reveal: bool = False, title: str = "") -> Release:
    """The release for another audience, as wide as this one's or wider.

    Parameters
    ----------
    release
        An internal one, or one for a narrower audience.
    audience
        One of `AUDIENCES`.
    reveal
        Include the chokepoints and the smallest sets of closures for partners or parties. Record
        the reason with `log_reveal`, as the command line does.
    title
        For parties and public, who do not see the mission's own.

    Raises
    ------
    UsageError
        There is no such audience. Fix: use one of `AUDIENCES`. The audience sees more than this
        release holds. Fix: start from the plan itself. Something is to be revealed to the public.
        Fix: leave out `reveal`.

    Examples
    --------
    >>> import corridors as co
    >>> release = co.build_release(co.plan_corridors(co.read_situation(co.demo_folder())))
    >>> parties = disclose(release, "parties")
    >>> (
    ...     parties.layers["sites"].query("role == 'depot'").geom_type.unique().tolist(),
    ...     "incidents" in parties.layers,
    ... )
    (['Polygon'], False)
    """
    if audience not in AUDIENCES:
        raise UsageError(Message("usage.unknown_audience", audience=audience, choices=AUDIENCES))
    here, there = AUDIENCES.index(release.audience), AUDIENCES.index(audience)
    if there < here:
        levels = {"audience": audience, "released_for": release.audience}
        raise UsageError(Message("usage.audience_too_narrow", **levels))
    if reveal and audience == "public":
        raise UsageError(Message("usage.public_reveal"))
    if reveal and "chokepoints" not in release.layers:
        raise UsageError(Message("usage.nothing_to_reveal", released_for=release.audience))
    steps = {"partners": _to_partners, "parties": _to_parties, "public": _to_public}
    for level in AUDIENCES[here + 1 : there + 1]:
        release = steps[level](release, reveal=reveal)
    return replace(release, title=title) if title else release


def as_seen_by(plan: Plan | Release, audience: str = "") -> Release:
    """A plan, or a release of one, as an audience sees it; unchanged where none is named.

    Raises
    ------
    UsageError
        As `disclose`.
    """
    release = build_release(plan) if isinstance(plan, Plan) else plan
    return disclose(release, audience) if audience else release


def _to_partners(release: Release, *, reveal: bool) -> Release:
    sources = (
        replace(source, name="", sha256="", rows={}, notes=(), numbers={})
        for source in release.sources
    )
    shown = replace(
        release,
        sources=tuple(
            source for source in sources if source.attribution or source.newest is not None
        ),
        acknowledgements=tuple(
            Acknowledgement(answer.code, "", "") for answer in release.acknowledgements
        ),
        remarks=(),
        software={"corridors": release.software.get("corridors", "")},
    )
    return _narrow(shown, "partners", reveal=reveal)


def _to_parties(release: Release, *, reveal: bool) -> Release:
    sites, corridors, cut_off = (release.table(name) for name in ("sites", "corridors", "cut_off"))
    shown = sites[sites["role"].isin(PARTIES_SITES)]
    is_depot = (shown["role"] == "depot").to_numpy()
    met = shown[is_depot & (shown["segment_id"] != "").to_numpy()]
    cells = _draw_cells(
        shown[is_depot],
        release,
        dict(zip(met.index, shapely.points(met["snap_lon"], met["snap_lat"]), strict=True)),
    )
    primary = corridors[corridors["rank"] == 1]
    parts = _cut_corridors(primary, primary["depot_id"].map(cells), None)
    numbers = _number_sites(shown, cells)
    kept = _keep_parts(primary, parts, release).assign(
        duration_min=_round_up(
            [_measure_minutes(release, name, part) for name, part in parts.items()],
            release,
            "duration_step_min",
        )
    )
    for end in ("depot_id", "destination_id"):
        kept[end] = kept[end].map(lambda place: numbers.get(place, place)).astype("str")
    kept = kept.sort_values(["destination_id", "depot_id"], kind="stable")
    new_ids = {name: f"C-{position}" for position, name in enumerate(kept.index, start=1)}
    coarse = replace(
        release,
        title="",
        layers={
            **release.layers,
            "corridors": _rename(kept, new_ids),
            "segments": release.table("segments").reset_index(drop=True),
            "sites": _rename(_put_in_cells(shown, cells), numbers).loc[
                lambda table: ~table.index.duplicated()
            ],
            "cut_off": _rename(
                cut_off.assign(smallest_set=cut_off["smallest_set"].map(_hide_ids).astype(object)),
                numbers,
            ),
            "chokepoints": _hide_in_cells(release.table("chokepoints"), cells, new_ids),
        },
        sources=tuple(replace(source, format="", completeness={}) for source in release.sources),
        withheld={"corridors": len(primary) - len(kept)},
        counts=_some(release.counts, "segments", "closed", "unknown"),
    )
    is_destination = sites["role"] == "destination"
    hidden = sites[~is_destination]
    shown_by_name = {
        site
        for site, name in sites.loc[is_destination, "name"].items()
        if site != name and _is_word_of(str(site), name)
    }
    ids = {
        *sites.index,
        *corridors.index,
        *release.table("incidents").index,
        *release.table("reports").index,
    } - shown_by_name
    narrow = _narrow(coarse, "parties", reveal=reveal)
    return _seal(_withhold(narrow, {*hidden["name"], *hidden["name_ar"]}, ids))


def _to_public(release: Release, *, reveal: bool) -> Release:
    sites, corridors, zones = (release.table(name) for name in ("sites", "corridors", "zones"))
    shown = sites[sites["role"].isin(PUBLIC_SITES)]
    ends = shapely.get_point(corridors.geometry.to_numpy(), -1)
    cells = _draw_cells(shown, release, dict(zip(corridors["destination_id"], ends, strict=True)))
    parts = _cut_corridors(corridors, None, corridors["destination_id"].map(cells))
    coarse = replace(
        release,
        layers={
            **release.layers,
            "corridors": _keep_parts(corridors, parts, release),
            "sites": _put_in_cells(shown, cells, named=True),
            "zones": zones[zones["kind"].isin(PUBLIC_ZONES)],
        },
        producer=Producer(release.producer.name, "", release.producer.words),
        withheld={"corridors": release.withheld.get("corridors", 0) + len(corridors) - len(parts)},
        counts=_some(release.counts, "segments", "closed"),
        acknowledgements=(),
    )
    return _seal(_narrow(coarse, "public", reveal=reveal))


def _narrow(release: Release, audience: str, *, reveal: bool) -> Release:
    """Only the layers, columns and rules that an audience sees."""
    shown, more = SHOWN[audience], REVEALED[audience] if reveal else {}
    layers = {}
    for name in (name for name in LAYERS if name in release.layers):
        if name in shown or name in more:
            layer = release.layers[name]
            columns = {
                *shown.get(name, ()),
                *more.get(name, ()),
                *(("geometry",) if LAYERS[name].geometry else ()),
            }
            layers[name] = layer[[column for column in layer.columns if column in columns]]
    return replace(
        release,
        audience=audience,
        layers=layers,
        rules=_some(release.rules, *SHOWN_RULES[audience]),
        revealed=reveal,
    )


def _some(table: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: table[name] for name in names if name in table}


def _seal(release: Release) -> Release:
    """The release with a hash of its own contents.

    With the plan's hash, someone could test guesses of what was withheld.
    """
    digest = sha256()
    for name, layer in release.layers.items():
        digest.update(name.encode())
        plain = layer.reset_index() if layer.index.name else layer
        for column, values in plain.items():
            is_shape = column == "geometry"
            cells = shapely.to_wkb(values.array).tolist() if is_shape else values.tolist()
            digest.update(f"{column}{cells}".encode())
    facts = [
        release.audience,
        release.as_of,
        release.valid_until,
        release.counts,
        release.rules,
        [*release.credits],
        release.producer.name,
    ]
    digest.update(str(facts).encode())
    return replace(release, plan_hash=digest.hexdigest())


# Depots as cells, corridors outside them


def _draw_cells(
    sites: gpd.GeoDataFrame, release: Release, met: Mapping[str, shapely.Point]
) -> dict[str, shapely.Polygon]:
    """The cell of each site, by where it meets the road.

    No corridor then begins outside the cell and shows where that is.
    """
    points = [
        met.get(site, place)
        for site, place in zip(sites.index, shapely.centroid(sites.geometry.array), strict=True)
    ]
    return dict(
        zip(
            sites.index,
            find_cells(points, float(release.rules["disclosure"]["grid_m"])),
            strict=True,
        )
    )


def _cut_corridors(
    corridors: gpd.GeoDataFrame, starts: pd.Series | None, ends: pd.Series | None
) -> dict[str, Part]:
    """The part of each corridor outside the cells of its ends; none where nothing is outside."""
    parts = {}
    for name, line in corridors.geometry.items():
        cells = [
            None if column is None or pd.isna(column[name]) else column[name]
            for column in (starts, ends)
        ]
        part = cut_outside(line, *cells) if line.geom_type == "LineString" else None
        if part is not None:
            parts[str(name)] = part
    return parts


def _keep_parts(
    corridors: gpd.GeoDataFrame, parts: Mapping[str, Part], release: Release
) -> gpd.GeoDataFrame:
    """The corridors with a part outside the cells, as that part, with its length."""
    kept = corridors.loc[list(parts)]
    lines = gpd.GeoSeries([part.line for part in parts.values()], index=kept.index, crs=CRS)
    return kept.set_geometry(lines).assign(
        length_m=_round_up(measure_length_m(lines.to_numpy()), release, "length_step_m")
    )


def _measure_minutes(release: Release, corridor: str, part: Part) -> float:
    """The driving time of the part of a corridor that is shown, from its steps alone.

    It reveals nothing about the part that is hidden.
    """
    steps = release.table("steps")
    steps = steps[steps["corridor_id"] == corridor]
    speed_kph = (
        release.table("segments")
        .loc[steps["segment_id"], "speed_kph"]
        .clip(upper=float(release.rules["vehicle"]["top_speed_kph"]))
    )
    length_m = (steps["end_m"] - steps["start_m"]).abs().to_numpy()
    along_m = np.concatenate([[0.0], np.cumsum(length_m)])
    minutes = np.concatenate([[0.0], np.cumsum(length_m / speed_kph.to_numpy() * 0.06)])
    start, end = np.interp([part.start_m, part.end_m], along_m, minutes)
    return float(end - start)


def _round_up(values: Any, release: Release, step: str) -> np.ndarray:
    """Up to whole steps of a rule, and at least one."""
    width = float(release.rules["disclosure"][step])
    return np.maximum(np.ceil(np.asarray(values, dtype=np.float64) / width - 1e-9), 1.0) * width


def _put_in_cells(
    sites: gpd.GeoDataFrame, cells: Mapping[str, shapely.Polygon], *, named: bool = False
) -> gpd.GeoDataFrame:
    """The sites as their cells; without their names, unless `named`."""
    places = sites.geometry.astype(object).where(
        ~sites.index.isin(cells), sites.index.map(cells.get)
    )
    coarse = sites.set_geometry(gpd.GeoSeries(places, index=sites.index, crs=CRS))
    texts = [name for name in ("name", "name_ar", "pcode") if name in coarse and not named]
    is_shown = ~coarse.index.isin(cells)
    return coarse.assign(**{name: coarse[name].where(is_shown, "") for name in texts})


def _number_sites(sites: gpd.GeoDataFrame, cells: Mapping[str, shapely.Polygon]) -> dict[str, str]:
    """New ids: one for all depots of a cell; destinations in the order of their names."""
    rectangles = sorted({cell.bounds for cell in cells.values()})
    depots = {site: f"D-{rectangles.index(cell.bounds) + 1}" for site, cell in cells.items()}
    others = sites[~sites.index.isin(cells)]
    order = np.lexsort(
        [*shapely.get_coordinates(others.geometry.array).T, others["name"].to_numpy().astype(str)]
    )
    return depots | {
        site: f"S-{position}" for position, site in enumerate(others.index[order], start=1)
    }


def _rename(table: gpd.GeoDataFrame, names: Mapping[str, str]) -> gpd.GeoDataFrame:
    """The table with new ids, in their order; rows without a new one keep theirs."""
    ids = pd.Index(
        [names.get(name, name) for name in table.index], dtype="str", name=table.index.name
    )
    order = sorted(
        range(len(ids)),
        key=lambda at: [
            int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", ids[at])
        ],
    )
    return table.set_axis(ids).iloc[order]


def _hide_in_cells(
    chokepoints: gpd.GeoDataFrame, cells: Mapping[str, shapely.Polygon], new_ids: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """The chokepoints of corridors that are shown, outside all cells."""
    kept = chokepoints[
        chokepoints["corridor_id"].isin(new_ids)
        & ~chokepoints.intersects(shapely.union_all(list(cells.values())))
    ]
    return kept.assign(corridor_id=kept["corridor_id"].map(new_ids).astype("str")).reset_index(
        drop=True
    )


def _hide_ids(causes: tuple[str, ...]) -> tuple[str, ...]:
    """Causes ("type:id") with only the ids of zones, which parties declare themselves."""
    return tuple(
        cause if cause.startswith("zone:") else cause.partition(":")[0] for cause in causes
    )


# Names that must not appear in other texts


def _as_word(text: str) -> str:
    return rf"(?<!\w){re.escape(text)}(?!\w)"


def _is_word_of(word: str, text: str) -> bool:
    return re.search(_as_word(word), text, re.IGNORECASE) is not None


def _withhold(release: Release, names: Iterable[str], ids: Iterable[str]) -> Release:
    """The release without any text that contains a withheld name, or an internal id as a word."""
    held = [re.escape(name) for name in sorted(names) if len(name) >= SHORTEST_NAME]
    held += [_as_word(name) for name in sorted(map(str, ids)) if len(name) >= SHORTEST_NAME]
    if not held:
        return release
    pattern = re.compile("|".join(held), re.IGNORECASE)
    layers = {}
    for name, layer in release.layers.items():
        changed = {}
        coded = [
            column.name for column in LAYERS[name].columns if column.choices
        ]  # the name "Depot" of a depot is no reason to hide a role
        for column in layer.columns.difference(["geometry", *NUMBERED, *coded]):
            if str(layer[column].dtype) == "str":
                revealing = [text for text in layer[column].unique() if pattern.search(text)]
                if revealing:
                    changed[column] = layer[column].where(~layer[column].isin(revealing), "")
        layers[name] = layer.assign(**changed) if changed else layer
    sources = tuple(source for source in release.sources if not pattern.search(source.attribution))
    texts = (release.producer.name, release.producer.contact)
    name, contact = ("" if pattern.search(text) else text for text in texts)
    producer = Producer(name, contact, release.producer.words)
    return replace(release, layers=layers, sources=sources, producer=producer)


def render_remarks(plan: Plan | Release, language: str = "en") -> list[str]:
    """One sentence for each remark of a plan, in their order.

    Distances are rounded down and shares up.

    Raises
    ------
    UsageError
        There is no such language. Fix: use en, fr or ar.

    Examples
    --------
    >>> import corridors as co
    >>> co.render_remarks(co.plan_corridors(co.read_situation(co.demo_folder())))[0]
    'DEMO-023: dated after the moment planned for, and closing nothing.'
    """
    labels = Labels(as_seen_by(plan), read_locale(language))
    return [labels.render(remark) for remark in labels.release.remarks]
