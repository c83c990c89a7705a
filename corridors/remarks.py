"""Remarks: what else a reader of a plan must know, as messages.

Examples are reports that close nothing, places within the closure radius of a strike, and routes
that were not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.assessment.cut_off import Explain, find_own_segment
from corridors.checks import find_old_feeds
from corridors.evidence.matching import Matches
from corridors.evidence.status import (
    ACTIVE,
    FUTURE,
    IN_FORCE,
    STALE,
    TOO_IMPRECISE,
    UNMATCHED,
    UNVERIFIED,
    measure_effective_radius,
)
from corridors.geodesy import LineIndex
from corridors.messages import Message
from corridors.network.graph import Network
from corridors.routing import Route
from corridors.rules import Rules, ZoneRules
from corridors.situation import Situation, is_in_area, is_in_force
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED

SMALL_RADIUS_M = 50.0
"""A smaller radius gets a remark: it is less than a street and its houses, and kilometres may have
been meant."""
FAR_SNAP_M = 250.0
"""A site farther than this from its road gets a remark: the map does not show the last stretch."""

ROAD_NOTES = frozenset(
    f"note.{name}"
    for name in (
        "columns_unread",
        "layers_unread",
        "turns_unread",
        "values_unknown",
        "tags_unread",
        "tags_unread_on_ways",
        "tags_unread_on_nodes",
    )
)
"""The notes on files of roads that are remarks: what was not read or understood."""


def remark_incidents(
    situation: Situation, incidents: gpd.GeoDataFrame, rules: Rules, incident_status: pd.Series
) -> Iterator[Message]:
    """Reports that close nothing though a reader may expect it, and those far from the roads."""
    status = incident_status.to_numpy(dtype=object)
    for code in (FUTURE, TOO_IMPRECISE, UNVERIFIED):
        yield from _name_all(code, incidents.index[status == code])
    is_active = status == ACTIVE
    for kind in sorted(set(incidents["kind"].to_numpy(dtype=object)[is_active])):
        if (radius_m := rules.incidents.of(kind).radius_m) < SMALL_RADIUS_M:
            yield Message("remark.small_radius", kind=kind, radius_m=radius_m)
    for code, table, chosen in (
        ("far_incidents", incidents, is_active),
        ("far_zones", situation.zones, True),
    ):
        far = ~is_in_area(table, situation.area).to_numpy()
        yield from _name_all(code, table.index[far & chosen])


def remark_reports(
    reports: gpd.GeoDataFrame,
    road_report_status: pd.Series,
    matches: Matches,
    conditions: pd.DataFrame,
    rules: Rules,
) -> Iterator[Message]:
    """Road reports that change nothing, may mean several roads, or are too old to rely on."""
    if road_report_status.empty:
        return
    counts = road_report_status.reindex(reports.index).isin([IN_FORCE, STALE])
    notes, states = matches.notes, reports["status"]
    several = (notes["several"] > 0) & counts if len(reports) else counts
    counted = np.zeros(len(reports), dtype=bool)
    counted[
        conditions.loc[(conditions["report"] >= 0) & (conditions["word"] != PASSABLE), "report"]
    ] = True
    stale = (road_report_status.reindex(reports.index) == STALE) & counted
    limited = reports[["max_weight_t", "max_height_m"]].notna().any(axis=1)
    cases = {
        "report_future": road_report_status.index[road_report_status == FUTURE],
        "report_too_imprecise": road_report_status.index[road_report_status == TOO_IMPRECISE],
        "report_unmatched": road_report_status.index[road_report_status == UNMATCHED],
        "report_several_closing": reports.index[several & (states != PASSABLE)],
        "report_several_opening": reports.index[several & (states == PASSABLE)],
        "report_other_name_closing": reports.index[
            counts & notes["other_name"].astype(bool) & (states != PASSABLE)
        ],
        "report_other_name_opening": reports.index[
            counts & notes["other_name"].astype(bool) & (states == PASSABLE)
        ],
        "report_by_name": reports.index[counts & notes["by_name"].astype(bool)],
        "report_no_structure": reports.index[counts & notes["no_structure"].astype(bool)],
        "report_no_line": reports.index[counts & notes["no_line"].astype(bool)],
        "report_closed_and_limited": reports.index[counts & limited & (states == NOT_PASSABLE)],
        "report_stale_used"
        if rules.road_reports.use_unknown
        else "report_stale_unused": reports.index[stale & states.isin([PASSABLE, RESTRICTED])],
        "report_stale_closing": reports.index[stale & (states == NOT_PASSABLE)],
    }
    for code, names in cases.items():
        yield from _name_all(code, names)


def remark_unknown(corridors: gpd.GeoDataFrame) -> Iterator[Message]:
    """Corridors on roads whose state is unknown or no longer known."""
    for row in corridors.itertuples():
        if row.unknown_share > 0:
            yield Message(
                "remark.unknown_roads",
                depot=row.depot_id,
                destination=row.destination_id,
                rank=row.rank,
                share=row.unknown_share,
            )


def remark_places(
    situation: Situation,
    rules: Rules,
    network: Network,
    snaps: pd.DataFrame,
    active: gpd.GeoDataFrame,
    explain: Explain,
) -> Iterator[Message]:
    """Depots and destinations on closed roads, near strikes, in zones, or far from their road.

    Zones that close nothing, too. `explain` is `access.explain_segments` for the network.
    """
    sites = situation.sites.loc[snaps.index]
    for site in sites.index[sites["role"] == "depot"]:
        own = find_own_segment(network, site, snaps)
        if own and network.segments.at[own, "status"] == NOT_PASSABLE:
            yield Message("remark.depot_on_closed_road", site=site, reason=explain([own])[own])
    here = shapely.linestrings(
        np.repeat(shapely.get_coordinates(sites.geometry.array), 2, axis=0).reshape(-1, 2, 2)
    )
    index = LineIndex(here)
    near = index.measure(
        active.geometry.array, measure_effective_radius(active, rules=rules).to_numpy()
    )
    names = active["incident_id"].to_numpy(dtype=object)[near.place]
    nearest: dict[tuple[str, int], float] = {}
    for incident, site, distance_m in zip(
        names.tolist(), near.line.tolist(), near.distance_m.tolist(), strict=True
    ):
        nearest[incident, site] = min(distance_m, nearest.get((incident, site), np.inf))
    for (incident, site), distance_m in sorted(nearest.items()):
        yield Message(
            "remark.in_reach", site=sites.index[site], incident=incident, distance_m=distance_m
        )
    yield from _remark_zones(situation, rules, sites, snaps, index)


def _remark_zones(
    situation: Situation,
    rules: Rules,
    sites: gpd.GeoDataFrame,
    snaps: pd.DataFrame,
    index: LineIndex,
) -> Iterator[Message]:
    """Sites in zones or far from their road, and zones that close nothing."""
    far = snaps["snap_m"][snaps["snap_m"].to_numpy() > FAR_SNAP_M]
    remarks = [
        Message("remark.far_snap", site=site, distance_m=far_m) for site, far_m in far.items()
    ]
    if situation.zones.empty:
        yield from remarks
        return
    in_force = situation.zones[is_in_force(situation.zones, situation.as_of)]
    left_open = in_force.loc[
        in_force["kind"].isin(set(ZoneRules().close) - set(rules.zones.close)), "kind"
    ]
    in_force = in_force[in_force["kind"].isin(rules.zones.close)]
    for zone, site in zip(*index.crossed_by(in_force.geometry.array), strict=True):
        yield Message(
            "remark.in_zone",
            site=sites.index[site],
            zone=in_force.index[zone],
            zone_kind=in_force["kind"].iloc[zone],
        )
    yield from remarks
    for zone in situation.zones.index[~is_in_force(situation.zones, situation.as_of)]:
        yield Message("remark.idle_zone", zone=zone)
    for zone, kind in left_open.items():
        yield Message("remark.zone_left_open", zone=zone, zone_kind=kind)


def remark_routes(
    rules: Rules, depots: Sequence[str], destinations: gpd.GeoDataFrame, routes: Sequence[Route]
) -> Iterator[Message]:
    """Alternates that do not exist, and pairs without a route."""
    found = {(route.depot_id, route.destination_id): route.rank for route in routes}
    driven = {(route.depot_id, route.destination_id) for route in routes if len(route.arcs)}
    bounds = {
        "max_shared": rules.routing.max_shared,
        "max_stretch": rules.routing.max_stretch_ratio,
    }
    wanted = rules.routing.alternates
    for (depot, destination), ranks in found.items():
        if (missing := wanted + 1 - ranks) and (depot, destination) in driven:
            yield Message(
                "remark.alternates_missing",
                depot=depot,
                destination=destination,
                missing=missing,
                wanted=wanted,
                **bounds,
            )
    reached = {destination for _, destination in found}
    for destination in destinations.index if rules.routing.pairs == "all" else ():
        for depot in depots:
            if destination in reached and (depot, destination) not in found:
                yield Message("remark.no_way", depot=depot, destination=destination)


def remark_exposure(rules: Rules, corridors: gpd.GeoDataFrame) -> Iterator[Message]:
    """Alternates that are exposed to the same incidents as the primary, as every route is."""
    for row in corridors.itertuples():
        if row.rank > 1 and row.shared_exposure > rules.routing.max_shared_exposure:
            shared = {"rank": row.rank, "share": row.shared_exposure, "names": row.shared_incidents}
            yield Message(
                "remark.shared_exposure",
                depot=row.depot_id,
                destination=row.destination_id,
                **shared,
            )


def remark_files(situation: Situation) -> Iterator[Message]:
    """Feeds that are old though others are not, and the notes of readers on the files.

    Of files of roads only what was not read or understood.
    """
    for name, newest in find_old_feeds(situation):
        if newest is None:
            yield Message("remark.undated_feed", file=name)
        else:
            yield Message("remark.old_feed", file=name, newest=newest.isoformat())
    for source in situation.sources:
        for note in source.notes:
            if source.role != "roads" or note.code in ROAD_NOTES:
                yield Message("remark.file_note", file=source.name, note=note)


def _name_all(code: str, names: Sequence[str]) -> Iterator[Message]:
    """One remark of all of them, if there are any."""
    if len(names):
        yield Message(f"remark.{code}", names=tuple(names))
