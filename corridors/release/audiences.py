"""From a release, one for a wider audience: a whitelist of layers and columns, coarser figures,
cells for depots.

Each audience is made from the one before it, internal to partners to parties to public, so that
what a wider one is told a narrower one is told too. What is not listed in `SHOWN` does not pass,
whatever it is called.

    partners   work with us: places and figures as they are; no reports, no stocks, no free text, no
    chokepoints parties    to whom a corridor is notified: primary corridors outside the cells of
    depots, in coarse figures public     anyone: destinations as cells too, corridors outside them,
    and whether roads are open
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
"""The columns of each layer that an audience is shown, beside ids and shapes."""
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
"""What is added where someone gives a reason for it.

Which bridges, if lost, end all access is a list of targets.
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
"""Where the front line runs is for those who draw it to tell."""
NUMBERED = ("corridor_id", "depot_id", "destination_id")
"""Columns that hold new ids, or those of zones, when texts are searched: one of yours may be called
as a new one is."""
SHORTEST_NAME = 3
"""A withheld name shorter than this is not looked for in other texts: it would be found in half of
them."""


def disclose(release: Release, audience: str, *, reveal: bool = False, title: str = "") -> Release:
    """The release for another audience, as wide as this one's or wider.

    Parameters
    ----------
    release
        For the house, or for an audience that is told more.
    audience
        One of `AUDIENCES`.
    reveal
        Tell partners or parties the chokepoints and the smallest sets of closures too. Keep with
        `log_reveal` why, as the command line does.
    title
        For parties and public, who are not told the mission's own.

    Raises
    ------
    UsageError
        The audience is told more than this release holds: start from the plan itself. There is no
        such audience. Something is to be revealed to the public.

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
        raise UsageError(f"there is no audience {audience!r}; use one of {', '.join(AUDIENCES)}")
    here, there = AUDIENCES.index(release.audience), AUDIENCES.index(audience)
    if there < here:
        raise UsageError(
            f"what was released for {release.audience} cannot be told to {audience} from it; start from the plan itself"
        )
    if reveal and audience == "public":
        raise UsageError("chokepoints and smallest sets of closures are never told to the public")
    if reveal and "chokepoints" not in release.layers:
        raise UsageError(
            f"what was released for {release.audience} holds nothing to reveal; start from the plan itself"
        )
    steps = {"partners": _to_partners, "parties": _to_parties, "public": _to_public}
    for level in AUDIENCES[here + 1 : there + 1]:
        release = steps[level](release, reveal=reveal)
    return replace(release, title=title) if title else release


def as_seen_by(plan: Plan | Release, audience: str = "") -> Release:
    """A plan, or a release of one, as an audience sees it; as it is where none is named.

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
    told = replace(
        release,
        sources=tuple(
            source for source in sources if source.attribution or source.newest is not None
        ),
        acknowledgements=tuple(
            Acknowledgement(said.code, "", "") for said in release.acknowledgements
        ),
        remarks=(),
        software={"corridors": release.software.get("corridors", "")},
    )
    return _narrow(told, "partners", reveal=reveal)


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
    called = {name: f"C-{position}" for position, name in enumerate(kept.index, start=1)}
    told = replace(
        release,
        title="",
        layers={
            **release.layers,
            "corridors": _rename(kept, called),
            "segments": release.table("segments").reset_index(drop=True),
            "sites": _rename(_put_in_cells(shown, cells), numbers).loc[
                lambda table: ~table.index.duplicated()
            ],
            "cut_off": _rename(
                cut_off.assign(
                    smallest_set=cut_off["smallest_set"].map(_tell_kinds).astype(object)
                ),
                numbers,
            ),
            "chokepoints": _hide_in_cells(release.table("chokepoints"), cells, called),
        },
        sources=tuple(replace(source, format="", completeness={}) for source in release.sources),
        withheld={"corridors": len(primary) - len(kept)},
        counts=_some(release.counts, "segments", "closed", "unknown"),
    )
    is_destination = sites["role"] == "destination"
    hidden = sites[~is_destination]
    told_by_name = {
        site
        for site, name in sites.loc[is_destination, "name"].items()
        if site != name and _is_word_of(str(site), name)
    }
    ids = {
        *sites.index,
        *corridors.index,
        *release.table("incidents").index,
        *release.table("reports").index,
    } - told_by_name
    return _seal(
        _withhold(
            _narrow(told, "parties", reveal=reveal), {*hidden["name"], *hidden["name_ar"]}, ids
        )
    )


def _to_public(release: Release, *, reveal: bool) -> Release:
    sites, corridors, zones = (release.table(name) for name in ("sites", "corridors", "zones"))
    shown = sites[sites["role"].isin(PUBLIC_SITES)]
    ends = shapely.get_point(corridors.geometry.to_numpy(), -1)
    cells = _draw_cells(shown, release, dict(zip(corridors["destination_id"], ends, strict=True)))
    parts = _cut_corridors(corridors, None, corridors["destination_id"].map(cells))
    told = replace(
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
    return _seal(_narrow(told, "public", reveal=reveal))


def _narrow(release: Release, audience: str, *, reveal: bool) -> Release:
    """Only the layers, columns and rules that an audience is shown."""
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
    """The release with a hash of what it says itself: the plan's own would let someone try what
    else it was made from.
    """
    digest = sha256()
    for name, layer in release.layers.items():
        digest.update(name.encode())
        plain = layer.reset_index() if layer.index.name else layer
        for column, values in plain.items():
            said = (
                shapely.to_wkb(values.array).tolist() if column == "geometry" else values.tolist()
            )
            digest.update(f"{column}{said}".encode())
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
    """The cell of each site: the one where it meets the road, so that no corridor begins outside it
    and tells where that is.
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
    """What of each corridor lies outside the cells that it starts and ends in; corridors of which
    nothing does are not there.
    """
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
    """The corridors of which something is left, as what is left, with its length."""
    kept = corridors.loc[list(parts)]
    lines = gpd.GeoSeries([part.line for part in parts.values()], index=kept.index, crs=CRS)
    return kept.set_geometry(lines).assign(
        length_m=_round_up(measure_length_m(lines.to_numpy()), release, "length_step_m")
    )


def _measure_minutes(release: Release, corridor: str, part: Part) -> float:
    """The driving time of what is left of a corridor, from its steps alone: of what is hidden
    nothing is told by it.
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
    """The sites as the cells that stand for them; their names go too, where those are not `named`."""
    places = sites.geometry.astype(object).where(
        ~sites.index.isin(cells), sites.index.map(cells.get)
    )
    told = sites.set_geometry(gpd.GeoSeries(places, index=sites.index, crs=CRS))
    texts = [name for name in ("name", "name_ar", "pcode") if name in told and not named]
    return told.assign(**{name: told[name].where(~told.index.isin(cells), "") for name in texts})


def _number_sites(sites: gpd.GeoDataFrame, cells: Mapping[str, shapely.Polygon]) -> dict[str, str]:
    """New ids: depots by their cell, several in one being one; destinations by their name."""
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
    """The table with other ids, in their order; those without another keep theirs."""
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
    chokepoints: gpd.GeoDataFrame, cells: Mapping[str, shapely.Polygon], called: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """The chokepoints of corridors that are shown, outside all cells."""
    kept = chokepoints[
        chokepoints["corridor_id"].isin(called)
        & ~chokepoints.intersects(shapely.union_all(list(cells.values())))
    ]
    return kept.assign(corridor_id=kept["corridor_id"].map(called).astype("str")).reset_index(
        drop=True
    )


def _tell_kinds(causes: tuple[str, ...]) -> tuple[str, ...]:
    """Causes ("type:id") without the ids of reports; zones are what parties themselves declare."""
    return tuple(
        cause if cause.startswith("zone:") else cause.partition(":")[0] for cause in causes
    )


# Names that must not be found in other texts


def _as_word(text: str) -> str:
    return rf"(?<!\w){re.escape(text)}(?!\w)"


def _is_word_of(word: str, text: str) -> bool:
    return re.search(_as_word(word), text, re.IGNORECASE) is not None


def _withhold(release: Release, names: Iterable[str], ids: Iterable[str]) -> Release:
    """The release without any text that holds a name which is withheld, or is or holds an id of
    ours as a word.
    """
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
        ]  # a depot called "Depot" is no reason to hide a role
        for column in layer.columns.difference(["geometry", *NUMBERED, *coded]):
            if str(layer[column].dtype) == "str":
                telling = [text for text in layer[column].unique() if pattern.search(text)]
                if telling:
                    changed[column] = layer[column].where(~layer[column].isin(telling), "")
        layers[name] = layer.assign(**changed) if changed else layer
    sources = tuple(source for source in release.sources if not pattern.search(source.attribution))
    said = release.producer
    name, contact = ("" if pattern.search(text) else text for text in (said.name, said.contact))
    producer = Producer(name, contact, said.words)
    return replace(release, layers=layers, sources=sources, producer=producer)


def render_remarks(plan: Plan | Release, language: str = "en") -> list[str]:
    """What a reader of the plan must know: one sentence for each remark, in their order.

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
