"""The method, in its order: a situation and rules in, a plan out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.access import classify_access
from corridors.assessment.corridors import assess_corridors
from corridors.assessment.cut_off import assess_cut_off
from corridors.checks import check_situation
from corridors.evidence.conditions import resolve_conditions
from corridors.evidence.incidents import (
    Evidence,
    fuse_reports,
    group_closures,
    group_nearby,
    group_status,
)
from corridors.evidence.matching import match_reports
from corridors.evidence.status import (
    ACTIVE,
    ENDED,
    EXPIRED,
    FUTURE,
    IN_FORCE,
    INCIDENT_STATUSES,
    RETRACTED,
    ROAD_REPORT_STATUSES,
    STALE,
    TOO_IMPRECISE,
    UNMATCHED,
    UNVERIFIED,
    classify_incidents,
    classify_road_reports,
)
from corridors.evidence.structures import classify_structures, find_structures
from corridors.exposure import (
    find_nearby,
    measure_effective_radius,
    measure_exposure,
    measure_vague_exposure,
    weigh_nearby,
)
from corridors.geodesy import LineIndex
from corridors.network.graph import Network, build_network
from corridors.network.snapping import snap_sites
from corridors.network.topology import Topology, build_topology
from corridors.remarks import (
    Remark,
    remark_exposure,
    remark_files,
    remark_incidents,
    remark_places,
    remark_reports,
    remark_routes,
    remark_unknown,
)
from corridors.routing import EarlierRoutes, Route, build_steps, find_routes
from corridors.rules import Rules
from corridors.situation import Situation, find_destinations
from corridors.tables import NOT_PASSABLE, SEGMENTS, UNKNOWN, Ints, build_table

CLOSING_FIRST = (ACTIVE, UNVERIFIED, TOO_IMPRECISE, EXPIRED, FUTURE, RETRACTED)
"""An incident counts for what that of its reports does which stands first here."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What was planned, on what, and why.

    All tables keep the contracts of `corridors.tables` and are in EPSG:4326.
    """

    situation: Situation
    rules: Rules
    segments: gpd.GeoDataFrame
    """Every road segment with its exposure, status and reason."""
    closures: pd.DataFrame
    """The ledger: one row for each segment and each cause that closes it."""
    incidents: gpd.GeoDataFrame
    """What happened, by what the situation's reports say together: each with its reports and how
    many sources tell of it."""
    incident_status: pd.Series
    """What each incident counts for, by the report of it that counts for most: active, expired,
    future, too_imprecise, retracted, unverified."""
    road_report_status: pd.Series
    """What each road report counts for: in_force, stale, ended, future, too_imprecise, retracted,
    unmatched."""
    structures: gpd.GeoDataFrame
    """Every bridge and tunnel, and the culverts and fords that reports name, with its status and
    reason."""
    effective_radius_m: pd.Series
    """Each incident's effective radius: the radius of its kind plus its positional uncertainty, of
    its reports the largest."""
    reports: gpd.GeoDataFrame
    """Every report (contract `REPORTS`), with its incident_status (also: superseded) and
    effective_radius_m. Each closes roads about its own place."""
    nearby_incidents: pd.DataFrame
    """Every pair of an active incident and a segment near enough to matter: incident_id,
    segment_id, distance_m, effective_radius_m, exposure."""
    nearby_reports: pd.DataFrame
    """The same for each active report, whose id stands in incident_id."""
    snaps: pd.DataFrame
    """Where each depot and destination meets the roads: index site_id; segment_id, along_m, snap_m
    (how far from the site), lon, lat."""
    ground: Ground
    """What `replan` need not work out again."""
    network: Network
    routes: tuple[Route, ...]
    """The corridors as rows of `network.arcs`."""
    corridors: gpd.GeoDataFrame
    steps: pd.DataFrame
    cut_off: gpd.GeoDataFrame
    counts: Mapping[str, int]
    """segments, closed, unknown, incidents_read and how many of them are active, expired, future,
    too_imprecise, retracted, unverified, and of the other rows how many are fused (further reports
    of an incident), superseded, duplicate, quarantined or excluded (by what they are, such as
    demonstrations): these add up; road_reports, and how many of them have which
    `road_report_status`: these add up too."""
    remarks: tuple[Remark, ...]
    """What a reader of the plan must know besides; `tell_remarks` puts it into words."""
    plan_hash: str
    """SHA-256 over the inputs, the rules and the result; printed on every product."""

    def _repr_html_(self) -> str:
        """What a notebook shows.

        It asks the plan itself; the answer comes by the package's door, so that no stage knows
        outputs.
        """
        import corridors  # noqa: PLC0415 - the door is open once everything behind it is there

        return corridors.render_notebook(self)


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """What no incident changes, worked out once: an index of the roads, where sites meet them, and
    where their arcs lead.
    """

    index: LineIndex
    destinations: gpd.GeoDataFrame
    snaps: pd.DataFrame
    topology: Topology


def plan_corridors(
    situation: Situation, *, rules: Rules | None = None, engine: str = "auto"
) -> Plan:
    """Plan every corridor of a situation.

    Parameters
    ----------
    situation
        What is known, as of one moment.
    rules
        Every tunable number; the defaults where not given.
    engine
        One of `routing.ENGINES`: what searches the roads. The plan is the same with each, byte for
        byte.

    Returns
    -------
    Plan
        A destination that nothing reaches is a row of `cut_off` with its reason, not an error.

    Raises
    ------
    InputError
        `latlon-exchanged`, `no-depot`, `no-destination`, `no-roads`, `site-far-from-roads`,
        `duplicate-id` (of a site and a zone): mend the file named.
    AcknowledgementNeeded
        A dangerous but plausible state that nobody has answered for: answer, or bring what is
        missing.
    StaleInputError
        The newest incident report is older than `max_age_hours`: bring a newer one.

    Examples
    --------
    >>> import corridors as co
    >>> folder = co.demo_folder()
    >>> plan = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    >>> len(plan.cut_off)
    1
    """
    rules = rules or Rules()
    index = LineIndex(situation.roads.geometry.array)
    evidence = fuse_reports(situation.incidents, as_of=situation.as_of, rules=rules)
    check_situation(situation, rules, index=index, reports=evidence.reports)
    return _plan(situation, rules, _prepare_network(situation, rules, index), evidence, engine)


def replan(plan: Plan, incidents: gpd.GeoDataFrame, *, engine: str = "auto") -> Plan:
    """The plan that `plan_corridors` would make with these incidents instead, to the byte, without
    doing all of it again.

    Where the sites lie and the roads lead is kept, and so is the distance of every incident that
    did not change. A pair's corridors are kept where nothing changed that any of them could use:
    see `routing.find_routes`.

    Parameters
    ----------
    plan
        A plan for the same roads, zones, sites and rules.
    incidents
        All reports there are now, not only the new ones: a table of the contract `INCIDENTS`.
    engine
        One of `routing.ENGINES`.

    Raises
    ------
    InputError, AcknowledgementNeeded, StaleInputError
        As `plan_corridors`.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> incidents = plan.situation.incidents.drop("DEMO-002")
    >>> len(plan.cut_off), len(co.replan(plan, incidents).cut_off)
    (1, 0)
    """
    situation = replace(plan.situation, incidents=incidents)
    evidence = fuse_reports(incidents, as_of=situation.as_of, rules=plan.rules)
    check_situation(situation, plan.rules, index=plan.ground.index, reports=evidence.reports)
    return _plan(situation, plan.rules, plan.ground, evidence, engine, before=plan)


def _prepare_network(situation: Situation, rules: Rules, index: LineIndex) -> Ground:
    destinations = find_destinations(situation)
    served = situation.sites[
        (situation.sites["role"] == "depot") | situation.sites.index.isin(destinations.index)
    ]
    snaps = snap_sites(served, situation.roads, rules=rules, index=index)
    zones = situation.zones[situation.zones.index.isin(destinations.index)]
    topology = build_topology(
        situation.roads, snaps=snaps, zones=zones, index=index, order=situation.road_order
    )
    return Ground(index, destinations, snaps, topology)


def _plan(
    situation: Situation,
    rules: Rules,
    ground: Ground,
    evidence: Evidence,
    engine: str,
    before: Plan | None = None,
) -> Plan:
    """The method, in its order;

    `before` is a plan on the same ground, of which is kept what still holds.
    """
    as_of, roads, index = situation.as_of, situation.roads, ground.index
    depots, destinations = (
        list(situation.sites.index[situation.sites["role"] == "depot"]),
        ground.destinations,
    )

    reports, incidents = evidence.reports[~evidence.reports["superseded"]], evidence.incidents
    counted = classify_incidents(reports, as_of=as_of, rules=rules)
    incident_status = group_status(reports, counted, incidents, CLOSING_FIRST)
    active = reports[counted == ACTIVE]
    measured = (
        find_nearby(roads, active, rules=rules, index=index)
        if before is None
        else _update_nearby(before, active)
    )
    measured = weigh_nearby(active, measured, as_of=as_of, rules=rules)
    nearby = group_nearby(measured, reports, incidents[incident_status == ACTIVE])
    vague = reports[counted == TOO_IMPRECISE]
    exposure = measure_exposure(roads, nearby) + measure_vague_exposure(
        roads, vague, as_of=as_of, rules=rules, index=index
    )

    road_reports, found = situation.road_reports.sort_index(), find_structures(roads)
    road_report_status = classify_road_reports(road_reports, as_of=as_of, rules=rules)
    road_reports = road_reports[road_report_status.isin([IN_FORCE, STALE, ENDED])]
    matches = match_reports(roads, road_reports, found, rules=rules.road_reports, index=index)
    until = {
        name: last
        for source in situation.sources
        if source.role == "road_reports"
        for name, last in source.reported_until.items()
    }
    conditions = resolve_conditions(
        roads,
        road_reports,
        road_report_status[road_reports.index],
        matches,
        rules=rules,
        reported_until=until,
    )
    matched = road_reports.index[matches.pairs["report"].unique()]
    road_report_status[road_reports.index.difference(matched)] = UNMATCHED

    access = classify_access(
        roads,
        active,
        situation.zones,
        measured,
        as_of=as_of,
        rules=rules,
        index=index,
        conditions=conditions,
    )
    closures = group_closures(access.closures, reports)
    segments = build_table(SEGMENTS, roads.assign(exposure=exposure, **access.status))
    structures = classify_structures(segments, found, road_reports, matches.pairs, conditions)

    network = build_network(segments, rules=rules, topology=ground.topology)
    earlier = None
    if before is not None:
        changed = _find_changed(before.nearby_incidents, nearby)
        earlier = EarlierRoutes(before.network, before.routes, changed)
    routes = find_routes(
        network,
        depots,
        list(destinations.index),
        rules=rules,
        nearby=nearby,
        engine=engine,
        earlier=earlier,
    )

    corridors = assess_corridors(network, routes, active, nearby=nearby)
    missed = destinations[~destinations.index.isin({route.destination_id for route in routes})]
    cut_off = assess_cut_off(network, depots, missed, closures, ground.snaps)
    steps = build_steps(network, routes)
    counts = _count(situation, segments, incident_status, road_report_status, evidence)
    effective_radius_m = measure_effective_radius(reports, rules=rules)
    return Plan(
        situation=situation,
        rules=rules,
        segments=segments,
        closures=closures,
        incidents=incidents,
        incident_status=incident_status,
        road_report_status=road_report_status,
        structures=structures,
        effective_radius_m=effective_radius_m.groupby(reports["incident_id"])
        .max()
        .reindex(incidents.index),
        reports=_list_reports(evidence.reports, counted, effective_radius_m),
        nearby_incidents=nearby,
        nearby_reports=measured,
        snaps=ground.snaps,
        ground=ground,
        network=network,
        routes=tuple(routes),
        corridors=corridors,
        steps=steps,
        cut_off=cut_off,
        counts=counts,
        remarks=(
            *remark_incidents(situation, incidents, rules, incident_status),
            *remark_reports(road_reports, road_report_status, matches, conditions, rules),
            *remark_unknown(corridors),
            *remark_places(situation, rules, network, ground.snaps, active),
            *remark_routes(rules, depots, destinations, routes),
            *remark_exposure(rules, corridors),
            *remark_files(situation),
        ),
        plan_hash=_hash(situation, rules, counts, (closures, steps, cut_off)),
    )


def _update_nearby(before: Plan, active: gpd.GeoDataFrame) -> pd.DataFrame:
    """What `find_nearby` gives, measuring only the incidents that were not measured before as they
    are now.
    """
    roads, old = before.situation.roads, before.reports[before.reports["incident_status"] == ACTIVE]
    said = [
        pd.DataFrame(
            {
                "kind": table["kind"],
                "accuracy_m": table["accuracy_m"],
                "where": table.geometry.to_wkb(),
            }
        )
        for table in (old, active)
    ]
    both = active.index.intersection(old.index)
    same = both[(said[0].loc[both] == said[1].loc[both]).all(axis=1)]
    new = find_nearby(roads, active.drop(same), rules=before.rules, index=before.ground.index)
    parts = [before.nearby_reports[before.nearby_reports["incident_id"].isin(same)], new]
    incident = np.concatenate(
        [active.index.get_indexer(part["incident_id"].astype("str")) for part in parts]
    )
    segment = np.concatenate([part["segment_id"].cat.codes for part in parts])
    order = np.lexsort((segment, incident))
    return pd.DataFrame(
        {
            "incident_id": pd.Categorical.from_codes(incident[order], categories=active.index),
            "segment_id": pd.Categorical.from_codes(segment[order], categories=roads.index),
            **{
                name: np.concatenate([part[name] for part in parts])[order]
                for name in ("distance_m", "effective_radius_m")
            },
        }
    )


def _find_changed(old: pd.DataFrame, new: pd.DataFrame) -> Ints:
    """The segments (their positions) that any incident exposes otherwise than before."""
    pairs = pd.concat(
        [
            part[["incident_id", "exposure"]]
            .astype({"incident_id": "str"})
            .assign(segment=part["segment_id"].cat.codes)
            for part in (old, new)
        ]
    )
    return np.unique(pairs["segment"][~pairs.duplicated(keep=False)].to_numpy()).astype(np.int64)


def _list_reports(
    reports: gpd.GeoDataFrame, counted: pd.Series, effective_radius_m: pd.Series
) -> gpd.GeoDataFrame:
    """All reports with what each counts for and how far it closes; one that another version
    supersedes closes nothing.
    """
    return reports.assign(
        incident_status=counted.reindex(reports.index).fillna("superseded").astype("str"),
        effective_radius_m=effective_radius_m.reindex(reports.index),
    )


def _count(
    situation: Situation,
    segments: gpd.GeoDataFrame,
    incident_status: pd.Series,
    road_report_status: pd.Series,
    evidence: Evidence,
) -> dict[str, int]:
    feeds = [source.rows for source in situation.sources if source.role == "incidents"]
    superseded = int(evidence.reports["superseded"].sum())
    others = {
        "fused": len(evidence.reports) - superseded - len(incident_status),
        "superseded": superseded,
    }
    others |= {
        name: sum(rows.get(name, 0) for rows in feeds) for name in ("duplicate", "quarantined")
    }
    named = {"read", "kept", "duplicate", "quarantined"}
    others["excluded"] = sum(
        count for rows in feeds for name, count in rows.items() if name not in named
    )
    return {
        "segments": len(segments),
        "closed": int((segments["status"] == NOT_PASSABLE).sum()),
        "unknown": int((segments["status"] == UNKNOWN).sum()),
        "incidents_read": len(incident_status) + sum(others.values()),
        **{f"incidents_{name}": int((incident_status == name).sum()) for name in INCIDENT_STATUSES},
        **{f"incidents_{name}": number for name, number in others.items()},
        "road_reports": len(road_report_status),
        **{
            f"road_reports_{name}": int((road_report_status == name).sum())
            for name in ROAD_REPORT_STATUSES
        },
    }


def _hash(
    situation: Situation, rules: Rules, counts: Mapping[str, int], results: Sequence[pd.DataFrame]
) -> str:
    """One number for inputs, rules, software and result."""
    told = {
        "version": version("corridors"),
        "as_of": situation.as_of.isoformat(),
        "valid_hours": situation.valid_hours,
        "title": situation.title,
        "sources": [[source.role, source.name, source.sha256] for source in situation.sources],
        "acknowledgements": [
            [said.code, said.reason, said.by] for said in situation.acknowledgements
        ],
        "rules": rules.as_tables(),
        "counts": dict(counts),
        "results": [_digest(table) for table in results],
    }
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _digest(table: pd.DataFrame) -> str:
    """One number for what a table says, geometry aside; numbers to the third decimal."""
    digest = sha256()
    plain = table.drop(columns="geometry", errors="ignore").reset_index()
    for name, column in plain.items():
        if column.dtype.kind == "f":
            said = json.dumps([str(name), *(f"{value:.3f}" for value in column.tolist())])
        elif column.dtype.kind == "M":
            said = json.dumps([str(name), *column.astype("int64").tolist()])
        else:
            said = json.dumps([str(name), *column.tolist()])
        digest.update(said.encode())
    return digest.hexdigest()
