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
import shapely

from corridors.access import classify_access
from corridors.assessment import assess_corridors, assess_cut_off, find_own_road
from corridors.evidence import Evidence, fuse_reports, group_closures, group_nearby, group_standing
from corridors.exposure import find_nearby, measure_exposure, measure_reach, measure_vague_exposure, weigh_nearby
from corridors.nearness import LineIndex
from corridors.network import Network, Topology, build_network, build_topology, find_snaps
from corridors.road_reports import (
    ENDED,
    IN_FORCE,
    REPORT_STANDINGS,
    STALE,
    UNMATCHED,
    Meant,
    classify_road_reports,
    find_holding,
    find_meant,
)
from corridors.routing import Known, Route, build_steps, find_routes
from corridors.rules import Rules
from corridors.situation import (
    ACTIVE,
    EXPIRED,
    FUTURE,
    RETRACTED,
    STANDINGS,
    TOO_IMPRECISE,
    UNVERIFIED,
    Situation,
    check_situation,
    classify_incidents,
    find_destinations,
    is_in_area,
    is_in_force,
)
from corridors.structures import classify_structures, find_structures
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, SEGMENTS, UNKNOWN, Ints, build_table

SMALL_RADIUS_M = 50.0
"""A radius smaller than this is remarked upon: it is less than a street and its houses, and kilometres may have been meant."""
CLOSING_FIRST = (ACTIVE, UNVERIFIED, TOO_IMPRECISE, EXPIRED, FUTURE, RETRACTED)
"""An incident counts for what that of its reports does which stands first here."""
FAR_SNAP_M = 250.0
"""A site farther than this from its road is remarked upon: beyond it, the last stretch is not what the map shows."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What was planned, on what, and why. All tables keep the contracts of `corridors.tables` and are in EPSG:4326."""

    situation: Situation
    rules: Rules
    segments: gpd.GeoDataFrame
    """Every road segment with its exposure, status and reason."""
    closures: pd.DataFrame
    """The ledger: one row for each segment and each cause that closes it."""
    incidents: gpd.GeoDataFrame
    """What happened, by what the situation's reports say together: each with its reports and how many sources tell of it."""
    standing: pd.Series
    """What each incident counts for, by the report of it that counts for most: active, expired, future, too_imprecise, retracted, unverified."""
    report_standing: pd.Series
    """What each road report counts for: in_force, stale, ended, future, too_imprecise, retracted, unmatched."""
    structures: gpd.GeoDataFrame
    """Every bridge and tunnel, and the culverts and fords that reports name, with its status and reason."""
    reach_m: pd.Series
    """Each incident's effective radius: the radius of its kind plus its positional uncertainty, of its reports the largest."""
    reports: gpd.GeoDataFrame
    """Every report (contract `REPORTS`), with its standing (also: superseded) and reach_m. Each closes roads about its own place."""
    nearby: pd.DataFrame
    """Every pair of an active incident and a segment near enough to matter: incident_id, segment_id, distance_m, reach_m, exposure."""
    measured: pd.DataFrame
    """The same for each active report, whose id stands in incident_id."""
    snaps: pd.DataFrame
    """Where each depot and destination meets the roads: index site_id; segment_id, along_m, snap_m (how far from the
    site), lon, lat."""
    ground: Ground
    """What `replan` need not work out again."""
    network: Network
    routes: tuple[Route, ...]
    """The corridors as rows of `network.arcs`."""
    corridors: gpd.GeoDataFrame
    steps: pd.DataFrame
    cut_off: gpd.GeoDataFrame
    counts: Mapping[str, int]
    """segments, closed, unknown, incidents_read and how many of them are active, expired, future, too_imprecise,
    retracted, unverified, and of the other rows how many are fused (further reports of an incident), superseded, duplicate,
    quarantined or set_aside (by what they are, such as demonstrations): these add up;
    road_reports, and how many of them have which `report_standing`: these add up too."""
    remarks: tuple[str, ...]
    """What a reader of the plan must know besides, in plain sentences."""
    plan_hash: str
    """SHA-256 over the inputs, the rules and the result; printed on every product."""

    def _repr_html_(self) -> str:
        """What a notebook shows. It asks the plan itself; the answer comes by the package's door, so that no stage knows outputs."""
        import corridors  # noqa: PLC0415 - the door is open once everything behind it is there

        return corridors.render_notebook(self)


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """What no incident changes, worked out once: an index of the roads, where sites meet them, and where their arcs lead."""

    index: LineIndex
    destinations: gpd.GeoDataFrame
    snaps: pd.DataFrame
    topology: Topology


def plan_corridors(situation: Situation, *, rules: Rules | None = None, engine: str = "auto") -> Plan:
    """Plan every corridor of a situation.

    Parameters
    ----------
    situation
        What is known, as of one moment.
    rules
        Every tunable number; the defaults where not given.
    engine
        One of `routing.ENGINES`: what searches the roads. The plan is the same with each, byte for byte.

    Returns
    -------
    Plan
        A destination that nothing reaches is a row of `cut_off` with its reason, not an error.

    Raises
    ------
    InputError
        `latlon-exchanged`, `no-depot`, `no-destination`, `no-roads`, `site-far-from-roads`: mend the file named.
    AcknowledgementNeeded
        A dangerous but plausible state that nobody has answered for: answer, or bring what is missing.
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
    return _plan(situation, rules, _find_ground(situation, rules, index), evidence, engine)


def replan(plan: Plan, incidents: gpd.GeoDataFrame, *, engine: str = "auto") -> Plan:
    """The plan that `plan_corridors` would make with these incidents instead, to the byte, without doing all of it again.

    Where the sites lie and the roads lead is kept, and so is the distance of every incident that did not change. A pair's
    corridors are kept where nothing changed that any of them could use: see `routing.find_routes`.

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


def _find_ground(situation: Situation, rules: Rules, index: LineIndex) -> Ground:
    destinations = find_destinations(situation)
    served = situation.sites[(situation.sites["role"] == "depot") | situation.sites.index.isin(destinations.index)]
    snaps = find_snaps(served, situation.roads, rules=rules, index=index)
    zones = situation.zones[situation.zones.index.isin(destinations.index)]
    topology = build_topology(situation.roads, snaps=snaps, zones=zones, index=index, order=situation.road_order)
    return Ground(index, destinations, snaps, topology)


def _plan(situation: Situation, rules: Rules, ground: Ground, evidence: Evidence, engine: str, before: Plan | None = None) -> Plan:
    """The method, in its order; `before` is a plan on the same ground, of which is kept what still holds."""
    as_of, roads, index = situation.as_of, situation.roads, ground.index
    depots, destinations = list(situation.sites.index[situation.sites["role"] == "depot"]), ground.destinations

    reports, incidents = evidence.reports[~evidence.reports["superseded"]], evidence.incidents
    counted = classify_incidents(reports, as_of=as_of, rules=rules)
    standing = group_standing(reports, counted, incidents, CLOSING_FIRST)
    active = reports[counted == ACTIVE]
    measured = find_nearby(roads, active, rules=rules, index=index) if before is None else _update_nearby(before, active)
    measured = weigh_nearby(active, measured, as_of=as_of, rules=rules)
    nearby = group_nearby(measured, reports, incidents[standing == ACTIVE])
    vague = reports[counted == TOO_IMPRECISE]
    exposure = measure_exposure(roads, nearby) + measure_vague_exposure(roads, vague, as_of=as_of, rules=rules)

    road_reports, found = situation.road_reports.sort_index(), find_structures(roads)
    report_standing = classify_road_reports(road_reports, as_of=as_of, rules=rules)
    road_reports = road_reports[report_standing.isin([IN_FORCE, STALE, ENDED])]
    meant = find_meant(roads, road_reports, found, rules=rules.road_reports, index=index)
    holding = find_holding(roads, road_reports, report_standing[road_reports.index], meant, rules=rules)
    matched = road_reports.index[meant.pairs["report"].unique()]
    report_standing[road_reports.index.difference(matched)] = UNMATCHED

    access = classify_access(roads, active, situation.zones, measured, as_of=as_of, rules=rules, index=index, holding=holding)
    closures = group_closures(access.closures, reports)
    segments = build_table(SEGMENTS, roads.assign(exposure=exposure, **access.status))
    structures = classify_structures(segments, found, road_reports, meant.pairs, holding)

    network = build_network(segments, rules=rules, topology=ground.topology)
    known = None if before is None else Known(before.network, before.routes, _find_changed(before.nearby, nearby))
    routes = find_routes(network, depots, list(destinations.index), rules=rules, nearby=nearby, engine=engine, known=known)

    corridors = assess_corridors(network, routes, active, nearby=nearby)
    missed = destinations[~destinations.index.isin({route.destination_id for route in routes})]
    cut_off = assess_cut_off(network, depots, missed, closures, ground.snaps)
    steps = build_steps(network, routes)
    counts = _count(situation, segments, standing, report_standing, evidence)
    reach_m = measure_reach(reports, rules=rules)
    return Plan(
        situation=situation,
        rules=rules,
        segments=segments,
        closures=closures,
        incidents=incidents,
        standing=standing,
        report_standing=report_standing,
        structures=structures,
        reach_m=reach_m.groupby(reports["incident_id"]).max().reindex(incidents.index),
        reports=_tell_reports(evidence.reports, counted, reach_m),
        nearby=nearby,
        measured=measured,
        snaps=ground.snaps,
        ground=ground,
        network=network,
        routes=tuple(routes),
        corridors=corridors,
        steps=steps,
        cut_off=cut_off,
        counts=counts,
        remarks=(
            *_remark_incidents(situation, incidents, rules, standing),
            *_remark_reports(road_reports, report_standing, meant, holding, rules),
            *_remark_unknown(situation, corridors),
            *_remark_places(situation, rules, network, ground.snaps, active),
            *_remark_routes(situation, rules, depots, destinations, routes),
            *_remark_exposure(situation, rules, corridors),
            *(
                f"{source.name}: {note}."
                for source in situation.sources
                for note in source.notes
                if source.role != "roads" or "not read" in note or "not understood" in note
            ),
        ),
        plan_hash=_hash(situation, rules, counts, (closures, steps, cut_off)),
    )


def _update_nearby(before: Plan, active: gpd.GeoDataFrame) -> pd.DataFrame:
    """What `find_nearby` gives, measuring only the incidents that were not measured before as they are now."""
    roads, old = before.situation.roads, before.reports[before.reports["standing"] == ACTIVE]
    said = [
        pd.DataFrame({"kind": table["kind"], "accuracy_m": table["accuracy_m"], "where": table.geometry.to_wkb()})
        for table in (old, active)
    ]
    both = active.index.intersection(old.index)
    same = both[(said[0].loc[both] == said[1].loc[both]).all(axis=1)]
    new = find_nearby(roads, active.drop(same), rules=before.rules, index=before.ground.index)
    parts = [before.measured[before.measured["incident_id"].isin(same)], new]
    incident = np.concatenate([active.index.get_indexer(part["incident_id"].astype("str")) for part in parts])
    segment = np.concatenate([part["segment_id"].cat.codes for part in parts])
    order = np.lexsort((segment, incident))
    return pd.DataFrame(
        {
            "incident_id": pd.Categorical.from_codes(incident[order], categories=active.index),
            "segment_id": pd.Categorical.from_codes(segment[order], categories=roads.index),
            **{name: np.concatenate([part[name] for part in parts])[order] for name in ("distance_m", "reach_m")},
        }
    )


def _find_changed(old: pd.DataFrame, new: pd.DataFrame) -> Ints:
    """The segments (their positions) that any incident exposes otherwise than before."""
    pairs = pd.concat(
        [
            part[["incident_id", "exposure"]].astype({"incident_id": "str"}).assign(segment=part["segment_id"].cat.codes)
            for part in (old, new)
        ]
    )
    return np.unique(pairs["segment"][~pairs.duplicated(keep=False)].to_numpy()).astype(np.int64)


def _tell_reports(reports: gpd.GeoDataFrame, counted: pd.Series, reach_m: pd.Series) -> gpd.GeoDataFrame:
    """All reports with what each counts for and how far it closes; one that another version supersedes closes nothing."""
    return reports.assign(
        standing=counted.reindex(reports.index).fillna("superseded").astype("str"), reach_m=reach_m.reindex(reports.index)
    )


def _count(
    situation: Situation, segments: gpd.GeoDataFrame, standing: pd.Series, report_standing: pd.Series, evidence: Evidence
) -> dict[str, int]:
    feeds = [source.rows for source in situation.sources if source.role == "incidents"]
    superseded = int(evidence.reports["superseded"].sum())
    others = {"fused": len(evidence.reports) - superseded - len(standing), "superseded": superseded}
    others |= {name: sum(rows.get(name, 0) for rows in feeds) for name in ("duplicate", "quarantined")}
    named = {"read", "kept", "duplicate", "quarantined"}
    others["set_aside"] = sum(count for rows in feeds for name, count in rows.items() if name not in named)
    return {
        "segments": len(segments),
        "closed": int((segments["status"] == NOT_PASSABLE).sum()),
        "unknown": int((segments["status"] == UNKNOWN).sum()),
        "incidents_read": len(standing) + sum(others.values()),
        **{f"incidents_{name}": int((standing == name).sum()) for name in STANDINGS},
        **{f"incidents_{name}": number for name, number in others.items()},
        "road_reports": len(report_standing),
        **{f"road_reports_{name}": int((report_standing == name).sum()) for name in REPORT_STANDINGS},
    }


def _remark_incidents(situation: Situation, incidents: gpd.GeoDataFrame, rules: Rules, standing: pd.Series) -> list[str]:
    """Reports that close nothing though someone might think they do, and those that lie nowhere near the roads."""
    remarks = []
    words = {
        FUTURE: "dated after the moment planned for",
        TOO_IMPRECISE: "too vague in place to close a road (its area is more exposed)",
        UNVERIFIED: "less sure than min_verification asks for",
    }
    for word, meaning in words.items():
        if names := list(standing.index[standing == word]):
            remarks.append(f"{_list(names)}: {meaning}, and closing nothing.")
    active = incidents[standing == ACTIVE]
    radius_m = {kind: rules.incidents.of(kind).radius_m for kind in sorted(active["kind"].unique())}
    remarks += [
        f"Each {kind.replace('_', ' ')} closes roads within {metres:g} m only (radius_m). Is that meant to be metres?"
        for kind, metres in radius_m.items()
        if metres < SMALL_RADIUS_M
    ]
    if names := list(active.index[~is_in_area(active, situation.area)]):
        remarks.append(f"{_list(names)}: active, but far from every road of this mission. Are their coordinates right?")
    zones = situation.zones
    if names := list(zones.index[~is_in_area(zones, situation.area)]):
        remarks.append(f"{_list(names)}: zones far from every road of this mission. Are their coordinates right?")
    return remarks


def _remark_reports(reports: gpd.GeoDataFrame, standing: pd.Series, meant: Meant, holding: pd.DataFrame, rules: Rules) -> list[str]:
    """Road reports that change nothing, that may mean more than one road, or that are too old to rely on."""
    counts = standing.reindex(reports.index).isin([IN_FORCE, STALE])
    notes, states = meant.notes, reports["status"]
    several = (notes["several"] > 0) & counts if len(reports) else counts
    told = np.zeros(len(reports), dtype=bool)
    told[holding.loc[(holding["report"] >= 0) & (holding["word"] != PASSABLE), "report"]] = True
    unknown = "are UNKNOWN" if rules.road_reports.use_unknown else "are UNKNOWN, and not used (road_reports.use_unknown)"
    stale = (standing.reindex(reports.index) == STALE) & told
    limited = reports[["max_weight_t", "max_height_m"]].notna().any(axis=1)
    cases = [
        (standing.index[standing == FUTURE], "are of later than the moment planned for, or hold from later, and change nothing"),
        (
            standing.index[standing == TOO_IMPRECISE],
            "are too vague in place to be of any road (road_reports.max_accuracy_m), and change nothing",
        ),
        (
            standing.index[standing == UNMATCHED],
            "lie near no road that they could mean, or none that may be driven their way, and change nothing",
        ),
        (reports.index[several & (states != PASSABLE)], "may mean several roads or structures, and are applied to all of them"),
        (
            reports.index[several & (states == PASSABLE)],
            "may mean several roads or structures, and so open none but what was reported at the same place",
        ),
        (
            reports.index[counts & notes["by_name"].astype(bool)],
            "lie near no such road or structure, and are applied to what bears the name farther away",
        ),
        (
            reports.index[counts & notes["no_structure"].astype(bool)],
            "are of a bridge or tunnel where the roads mark none, and are applied to the road",
        ),
        (
            reports.index[counts & notes["no_line"].astype(bool)],
            "say forward or backward of no line that could tell which that is, and are applied to both",
        ),
        (
            reports.index[counts & limited & (states == NOT_PASSABLE)],
            "say NOT_PASSABLE and a limit, and close to every vehicle; RESTRICTED lets through what keeps the limit",
        ),
        (
            reports.index[stale & states.isin([PASSABLE, RESTRICTED])],
            f"are too old to rely on (road_reports.shelf_life_days): their roads {unknown}",
        ),
        (reports.index[stale & (states == NOT_PASSABLE)], "are old, but nothing has contradicted them, and they close roads still"),
    ]
    return [f"{_list(list(names))}: road reports that {what}." for names, what in cases if len(names)]


def _remark_unknown(situation: Situation, corridors: gpd.GeoDataFrame) -> list[str]:
    """Corridors that rest on roads whose state is unknown or no longer known."""
    return [
        f"From {_name(situation, row.depot_id)} to {_name(situation, row.destination_id)}, {row.unknown_share:.0%} of corridor {row.rank}"
        " rests on roads whose state is unknown, or known only from reports too old to rely on."
        for row in corridors.itertuples()
        if row.unknown_share > 0
    ]


def _remark_places(situation: Situation, rules: Rules, network: Network, snaps: pd.DataFrame, active: gpd.GeoDataFrame) -> list[str]:
    """Depots and destinations on closed roads, in places struck or closed, or far from where they meet the roads; zones that close nothing."""
    remarks = []
    sites = situation.sites.loc[snaps.index]
    for site in sites.index[sites["role"] == "depot"]:
        own = find_own_road(network, site, snaps)
        if own and network.segments.at[own, "status"] == NOT_PASSABLE:
            remarks.append(f"The depot {_name(situation, site)} lies on a closed road: {network.segments.at[own, 'reason']}.")
    here = shapely.linestrings(np.repeat(shapely.get_coordinates(sites.geometry.array), 2, axis=0).reshape(-1, 2, 2))
    near = LineIndex(here).within(active.geometry.array, measure_reach(active, rules=rules).to_numpy())
    nearest: dict[tuple[str, int], float] = {}
    for report, site, distance in zip(near.place.tolist(), near.line.tolist(), near.distance_m.tolist(), strict=True):
        pair = (active["incident_id"].iloc[report], site)
        nearest[pair] = min(distance, nearest.get(pair, np.inf))
    remarks += [
        f"{_name(situation, sites.index[site])} itself lies {distance:.0f} m from {incident}, within its reach."
        for (incident, site), distance in sorted(nearest.items())
    ]
    in_force = situation.zones[is_in_force(situation.zones, situation.as_of) & situation.zones["kind"].isin(rules.zones.close)]
    for zone, site in zip(*LineIndex(here).crossed_by(in_force.geometry.array), strict=True):
        kind = in_force["kind"].iloc[zone].replace("_", " ")
        remarks.append(f"{_name(situation, sites.index[site])} itself lies in the {kind} zone {_name(situation, in_force.index[zone])}.")
    for site, snap_m in snaps["snap_m"][snaps["snap_m"] > FAR_SNAP_M].items():
        remarks.append(f"{_name(situation, site)} lies {snap_m:.0f} m from the road that it is reached by.")
    idle = situation.zones.index[~is_in_force(situation.zones, situation.as_of)]
    return remarks + [
        f"The zone {_name(situation, zone)} is not in force at this moment: it closes nothing and is no destination." for zone in idle
    ]


def _list(names: Sequence[str]) -> str:
    """The first five names, and how many more there are."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _remark_routes(
    situation: Situation, rules: Rules, depots: Sequence[str], destinations: gpd.GeoDataFrame, routes: Sequence[Route]
) -> list[str]:
    """Alternates that do not exist, and pairs without a way."""
    remarks = []
    found: dict[tuple[str, str], int] = {}
    for route in routes:
        found[route.depot_id, route.destination_id] = route.rank
    wanted, shared, stretch = rules.routing.alternates, rules.routing.max_shared, rules.routing.max_stretch_ratio
    for (depot, destination), ranks in found.items():
        if (missing := wanted + 1 - ranks) and any(
            len(route.arcs) for route in routes if (route.depot_id, route.destination_id) == (depot, destination)
        ):
            remarks.append(
                f"From {_name(situation, depot)} to {_name(situation, destination)}, {missing} of {wanted} alternates were not found: other ways"
                f" share more than {shared:.0%} of their length with a better one, cost more than {stretch:g} times the primary, or hold a detour."
            )
    reached = {destination for _, destination in found}
    if rules.routing.pairs == "all":
        remarks += [
            f"No way leads from {_name(situation, depot)} to {_name(situation, destination)}, which another depot reaches."
            for destination in destinations.index
            for depot in depots
            if destination in reached and (depot, destination) not in found
        ]
    return remarks


def _remark_exposure(situation: Situation, rules: Rules, corridors: gpd.GeoDataFrame) -> list[str]:
    """Alternates that are exposed to the same incidents as the primary, because every way is."""
    return [
        f"From {_name(situation, row.depot_id)} to {_name(situation, row.destination_id)}, {row.shared_exposure:.0%} of the exposure of"
        f" corridor {row.rank} is to incidents that the primary is exposed to as well: {_list(row.shared_incidents)}."
        for row in corridors.itertuples()
        if row.rank > 1 and row.shared_exposure > rules.routing.max_shared_exposure
    ]


def _name(situation: Situation, place: str) -> str:
    """What people call a site or zone, or its id where it has no name."""
    table = situation.sites if place in situation.sites.index else situation.zones
    return table.at[place, "name"] or place


def _hash(situation: Situation, rules: Rules, counts: Mapping[str, int], results: Sequence[pd.DataFrame]) -> str:
    """One number for inputs, rules, software and result."""
    told = {
        "version": version("corridors"),
        "as_of": situation.as_of.isoformat(),
        "valid_hours": situation.valid_hours,
        "title": situation.title,
        "sources": [[source.role, source.name, source.sha256] for source in situation.sources],
        "acknowledgements": [[said.code, said.reason, said.by] for said in situation.acknowledgements],
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
