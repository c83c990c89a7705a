"""The method, in its order: a situation and rules in, a plan out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property, partial
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.access import CAUSE_TYPES, RULES, Access, classify_access, explain_segments
from corridors.assessment import Assessment
from corridors.assessment.corridors import assess_corridors
from corridors.assessment.cut_off import assess_cut_off
from corridors.checks import check_doubts, check_faults
from corridors.errors import UsageError
from corridors.evidence import Evidence, resolve_evidence
from corridors.evidence.incidents import fuse_reports
from corridors.evidence.status import INCIDENT_STATUSES, ROAD_REPORT_STATUSES
from corridors.evidence.structures import classify_structures
from corridors.exposure import (
    Exposure,
    assess_exposure,
    find_changed,
    find_nearby,
    update_nearby,
)
from corridors.messages import Message
from corridors.network.graph import Network, build_network
from corridors.network.prepared import PreparedNetwork, prepare_network
from corridors.remarks import (
    remark_exposure,
    remark_files,
    remark_incidents,
    remark_places,
    remark_reports,
    remark_routes,
    remark_unknown,
)
from corridors.routing import EarlierRoutes, IncidentExposure, Routes, find_routes
from corridors.rules import Rules, VehicleRules
from corridors.situation import Situation, find_candidate_zones, find_destinations
from corridors.tables import CLOSED_WAYS, NOT_PASSABLE, SEGMENTS, STATUSES, UNKNOWN, assemble_table


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """What was planned, on what, and why: one value for each stage of the method.

    The common tables are properties. All keep the contracts of `corridors.tables` and are in
    EPSG:4326.
    """

    situation: Situation
    rules: Rules
    prepared: PreparedNetwork
    """What no report changes; `replan` uses it again."""
    evidence: Evidence
    exposure: Exposure
    access: Access
    network: Network
    routes: Routes
    assessment: Assessment
    remarks: tuple[Message, ...]
    """What a reader of the plan must also know; `render_remarks` words it."""
    summary: Mapping[str, int]
    """Counts: segments, closed, unknown; incidents_read and how many of them are active, expired,
    future, too_imprecise, retracted, unverified, fused (further reports of an incident),
    superseded, duplicate, quarantined or excluded: these add up; road_reports, and how many have
    which status: these add up too."""
    plan_hash: str
    """SHA-256 over the inputs, the rules and the result; printed on every product."""

    @property
    def corridors(self) -> gpd.GeoDataFrame:
        """The proposed corridors (contract `CORRIDORS`)."""
        return self.assessment.corridors

    @property
    def segments(self) -> gpd.GeoDataFrame:
        """Every road segment with its exposure and status (contract `SEGMENTS`)."""
        return self.network.segments

    @property
    def closures(self) -> pd.DataFrame:
        """The ledger: one row for each segment and each cause that closes it."""
        return self.access.closures

    @property
    def steps(self) -> pd.DataFrame:
        """The segments of every corridor in driving order (contract `STEPS`)."""
        return self.routes.steps

    @property
    def cut_off(self) -> gpd.GeoDataFrame:
        """The destinations that no depot reaches, and what blocks them (contract `CUT_OFF`)."""
        return self.assessment.cut_off

    @property
    def incidents(self) -> gpd.GeoDataFrame:
        """What happened; see `Evidence.incidents`."""
        return self.evidence.incidents

    @property
    def reports(self) -> gpd.GeoDataFrame:
        """Every report of incidents; see `Evidence.reports`."""
        return self.evidence.reports

    @cached_property
    def road_reports(self) -> gpd.GeoDataFrame:
        """Every road report, with its `road_report_status`; see `Evidence.road_report_status`."""
        reports = self.situation.road_reports
        return reports.assign(
            road_report_status=self.evidence.road_report_status.reindex(reports.index)
        )

    @cached_property
    def structures(self) -> gpd.GeoDataFrame:
        """Bridges and tunnels, reported culverts and fords (contract `STRUCTURES`)."""
        evidence = self.evidence
        return classify_structures(
            self.segments,
            self.prepared.structures,
            evidence.road_reports,
            evidence.matches.pairs,
            evidence.conditions,
        )

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """The depots, destinations and other places (contract `SITES`)."""
        return self.situation.sites

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """The declared zones, in force or not (contract `ZONES`)."""
        return self.situation.zones

    def __repr__(self) -> str:
        """Six lines: title, moment, who is reached, what is closed, remarks, hash."""
        served = self.corridors["destination_id"].nunique()
        return str(
            Message(
                "plan.repr",
                title=self.situation.title,
                as_of=self.situation.as_of.isoformat(),
                reached=served,
                cut_off=len(self.cut_off),
                closed=self.summary["closed"],
                segments=self.summary["segments"],
                remarks=len(self.remarks),
                plan_hash=self.plan_hash,
            )
        )

    def _repr_html_(self) -> str:
        """What a notebook shows.

        It asks the plan itself; the answer comes by the package's door, so that no stage knows
        outputs.
        """
        import corridors  # noqa: PLC0415 - the door is open once everything behind it is there

        return corridors.render_notebook(self)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A situation whose network is ready to be planned on, many times; made by `prepare`."""

    situation: Situation
    rules: Rules
    network: PreparedNetwork

    def plan(
        self,
        *,
        incidents: gpd.GeoDataFrame | None = None,
        road_reports: gpd.GeoDataFrame | None = None,
        zones: gpd.GeoDataFrame | None = None,
        as_of: datetime | str | None = None,
        rules: Rules | None = None,
        vehicle: VehicleRules | None = None,
        engine: str = "auto",
    ) -> Plan:
        """Plan the situation with other tables, at another moment or by other rules.

        The plan equals, to the byte, the one that `plan_corridors` makes of the same facts.

        Parameters
        ----------
        incidents, road_reports, zones
            All rows of the table, not only the new ones; as in the situation where not given.
        as_of
            Another moment: a time with an offset, or ISO 8601 text. The tables stay as they were
            read; a list of retracted incidents was applied when they were read.
        rules, vehicle
            Other rules; `vehicle` replaces that part of the rules only.
        engine
            One of `routing.ENGINES`.

        Raises
        ------
        InputError, AcknowledgementNeeded, StaleInputError
            As `plan_corridors`.
        UsageError
            A value is of another type. Fix: pass what this function names.

        Examples
        --------
        >>> import corridors as co
        >>> prepared = co.prepare(co.read_situation(co.demo_folder()))
        >>> incidents = prepared.situation.incidents.drop("DEMO-002")
        >>> len(prepared.plan().cut_off), len(prepared.plan(incidents=incidents).cut_off)
        (1, 0)
        """
        changed = {
            "incidents": incidents,
            "road_reports": road_reports,
            "zones": zones,
            "as_of": as_of,
            "rules": rules,
            "vehicle": vehicle,
        }
        given = {name: value for name, value in changed.items() if value is not None}
        situation, by_rules = _change(self.situation, self.rules, given)
        network = _prepare_again(self.network, self.situation, self.rules, situation, by_rules)
        _check_again(situation, by_rules, network, self.situation, self.rules)
        return _plan(situation, by_rules, network, engine)


def prepare(situation: Situation, *, rules: Rules | None = None) -> Prepared:
    """Prepare what no report changes, to plan on it many times.

    That is: an index of the roads, where arcs lead, a contraction hierarchy, where sites meet the
    roads, and the structures among them. It holds for any incidents, road reports, moment, vehicle
    and rules, except `routing.max_snap_m`. `Prepared.plan` prepares anew where that rule changes,
    or a zone that may be a destination (`safe_zone`, where no site is a destination). The rules
    `roads` and `precision` count when files are read, before.

    Parameters
    ----------
    situation
        What is known, as of one moment.
    rules
        Every tunable number; the defaults where not given.

    Raises
    ------
    InputError
        As `plan_corridors`. Whether enough is known to plan is checked by `Prepared.plan`.
    """
    rules = _check_type(Rules, "rules", Rules() if rules is None else rules)
    _check_type(Situation, "situation", situation)
    check_faults(situation, rules)
    return Prepared(situation, rules, prepare_network(situation, rules))


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
        `duplicate-id` (of a site and a zone). Fix: correct the file named.
    AcknowledgementNeeded
        A dangerous but plausible state that nobody has answered for. Fix: answer for it, or bring
        what is missing.
    StaleInputError
        The newest incident report is older than `max_age_hours`. Fix: bring a newer one.

    Examples
    --------
    >>> import corridors as co
    >>> folder = co.demo_folder()
    >>> plan = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    >>> len(plan.cut_off)
    1
    """
    return prepare(situation, rules=rules).plan(engine=engine)


def replan(plan: Plan, *, engine: str = "auto", **changed: Any) -> Plan:
    """Plan again with other tables, at another moment or by other rules.

    The plan equals, to the byte, the one that `plan_corridors` makes of the changed situation. What
    still holds is kept: the prepared network (see `prepare` for what prepares it anew), the
    distances of incidents that did not change, and the corridors of each pair that no change can
    touch; see `routing.find_routes`.

    Parameters
    ----------
    plan
        The plan to begin from.
    engine
        One of `routing.ENGINES`.
    changed
        By name, any field of `Situation` (`incidents`, `road_reports`, `zones`, `sites`, `roads`,
        `as_of`, ...; a table with all its rows), `rules`, or `vehicle`.

    Raises
    ------
    InputError, AcknowledgementNeeded, StaleInputError
        As `plan_corridors`.
    UsageError
        A name or a value is none of these. Fix: use the names above.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> incidents = plan.situation.incidents.drop("DEMO-002")
    >>> len(plan.cut_off), len(co.replan(plan, incidents=incidents).cut_off)
    (1, 0)
    """
    _check_type(Plan, "plan", plan)
    situation, rules = _change(plan.situation, plan.rules, changed)
    network = _prepare_again(plan.prepared, plan.situation, plan.rules, situation, rules)
    _check_again(situation, rules, network, plan.situation, plan.rules)
    return _plan(situation, rules, network, engine, before=plan)


def _plan(
    situation: Situation,
    rules: Rules,
    prepared: PreparedNetwork,
    engine: str,
    before: Plan | None = None,
) -> Plan:
    """The method, one stage a line; of the plan `before` is kept what still holds."""
    as_of, roads, index = situation.as_of, situation.roads, prepared.index
    depots = list(situation.sites.index[situation.sites["role"] == "depot"])
    destinations = find_destinations(situation)

    fused = fuse_reports(situation.incidents, as_of=as_of, rules=rules)
    evidence = resolve_evidence(
        situation, rules=rules, index=index, structures=prepared.structures, fused=fused
    )
    check_doubts(situation, rules, reports=evidence.reports)
    nearby = _find_nearby(evidence.active, situation, rules, prepared, before)
    exposure = assess_exposure(
        roads, evidence, as_of=as_of, rules=rules, index=index, nearby=nearby
    )
    access = classify_access(
        roads,
        evidence.active,
        situation.zones,
        exposure.nearby_reports,
        as_of=as_of,
        rules=rules,
        index=index,
        conditions=evidence.conditions,
    )
    explain = partial(explain_segments, access, situation, evidence.incidents, rules)
    columns = dict(pd.DataFrame(roads, copy=False).items()) | dict(access.status.items())
    columns |= {"exposure": exposure.segments, "geometry": roads.geometry.array}
    segments = assemble_table(SEGMENTS, columns, roads.index)
    network = build_network(
        segments, rules=rules, topology=prepared.topology, is_open=access.find_open(rules)
    )
    exposed = IncidentExposure.build(segments, exposure.nearby_incidents)
    routes = find_routes(
        network,
        depots,
        list(destinations.index),
        rules=rules,
        nearby=exposed,
        engine=engine,
        earlier=_find_earlier(before, rules, prepared, exposure),
    )
    reached = {route.destination_id for route in routes.routes}
    missed = destinations[~destinations.index.isin(reached)]
    assessment = Assessment(
        assess_corridors(network, routes.routes, evidence.active, nearby=exposed),
        assess_cut_off(network, depots, missed, access.ledger, prepared.snaps, explain, index),
    )
    summary = _count(situation, evidence, access)
    return Plan(
        situation,
        rules,
        prepared,
        evidence,
        exposure,
        access,
        network,
        routes,
        assessment,
        remarks=(
            *remark_incidents(
                situation, evidence.incidents, rules, evidence.incidents["incident_status"]
            ),
            *remark_reports(
                evidence.road_reports,
                evidence.road_report_status,
                evidence.matches,
                evidence.conditions,
                rules,
            ),
            *remark_unknown(assessment.corridors),
            *remark_places(situation, rules, network, prepared.snaps, evidence.active, explain),
            *remark_routes(rules, depots, destinations, routes.routes),
            *remark_exposure(rules, assessment.corridors),
            *remark_files(situation),
        ),
        summary=summary,
        plan_hash=_hash(situation, rules, summary, access, (routes.steps, assessment.cut_off)),
    )


# What changes, and what is kept


_TABLES = ("incidents", "road_reports", "zones", "sites", "roads")


def _change(
    situation: Situation, rules: Rules, changed: Mapping[str, Any]
) -> tuple[Situation, Rules]:
    """The situation and the rules with some facts changed, each checked to be one."""
    known = {field.name for field in fields(Situation)}
    if unknown := sorted(changed.keys() - known - {"rules", "vehicle"}):
        names = (*sorted(known), "rules", "vehicle")
        raise UsageError(Message("usage.not_a_fact", name=unknown[0], names=names))
    rules = _check_type(Rules, "rules", changed.get("rules", rules))
    if "vehicle" in changed:
        vehicle = _check_type(VehicleRules, "vehicle", changed["vehicle"])
        rules = replace(rules, vehicle=vehicle)
    facts = {name: value for name, value in changed.items() if name in known}
    for name in facts.keys() & _TABLES:
        _check_type(gpd.GeoDataFrame, name, facts[name])
    if "roads" in facts and facts["roads"] is not situation.roads:
        facts.setdefault("road_order", None)
    return (situation.change(**facts) if facts else situation), rules


def _check_type(kind: type, name: str, value: Any) -> Any:
    """The value, if it is of that type."""
    if not isinstance(value, kind):
        message = Message(
            "usage.other_type", name=name, kind=kind.__name__, given=type(value).__name__
        )
        raise UsageError(message)
    return value


def _prepare_again(
    network: PreparedNetwork, old: Situation, old_rules: Rules, new: Situation, rules: Rules
) -> PreparedNetwork:
    """The network for the new situation: the same one if nothing that it depends on changed."""
    same_roads = new.roads is old.roads and new.road_order is old.road_order
    same_sites = new.sites is old.sites or new.sites.equals(old.sites)
    same_zones = same_sites and (
        new.zones is old.zones or find_candidate_zones(new).equals(find_candidate_zones(old))
    )
    if (
        same_roads
        and same_sites
        and same_zones
        and rules.routing.max_snap_m == old_rules.routing.max_snap_m
    ):
        return network
    check_faults(new, rules, index=network.index if same_roads else None)
    return prepare_network(new, rules, known=network if new.roads is old.roads else None)


def _check_again(
    situation: Situation,
    rules: Rules,
    network: PreparedNetwork,
    known: Situation,
    known_rules: Rules,
) -> None:
    """Refuse a changed situation that cannot be planned on."""
    same_snaps = rules.routing.max_snap_m == known_rules.routing.max_snap_m
    check_faults(situation, rules, index=network.index, known=known if same_snaps else None)


def _find_earlier(
    before: Plan | None, rules: Rules, prepared: PreparedNetwork, exposure: Exposure
) -> EarlierRoutes | None:
    """The routes of the plan before, if they may still hold."""
    if before is None or prepared is not before.prepared or rules.routing != before.rules.routing:
        return None
    changed = find_changed(before.exposure.nearby_incidents, exposure.nearby_incidents)
    return EarlierRoutes(before.network, before.routes.routes, changed)


def _find_nearby(
    active: gpd.GeoDataFrame,
    situation: Situation,
    rules: Rules,
    prepared: PreparedNetwork,
    before: Plan | None,
) -> pd.DataFrame:
    """What `find_nearby` returns, measured only for incidents that changed since `before`."""
    roads, index = situation.roads, prepared.index
    if (
        before is None
        or before.prepared.index is not index
        or before.rules.incidents != rules.incidents
    ):
        return find_nearby(roads, active, rules=rules, index=index)
    known, old = before.exposure.nearby_reports, before.evidence.active
    return update_nearby(known, old, roads, active, rules=rules, index=index)


# Counts and hash


def _count(situation: Situation, evidence: Evidence, access: Access) -> Mapping[str, int]:
    incidents = Counter(evidence.incidents["incident_status"].tolist())
    road_reports = Counter(evidence.road_report_status.tolist())
    status = np.bincount(access.status_code, minlength=len(STATUSES))
    feeds = [source.rows for source in situation.sources if source.role == "incidents"]
    superseded = int(evidence.reports["superseded"].to_numpy().sum())
    others = {
        "fused": len(evidence.reports) - superseded - len(evidence.incidents),
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
        "segments": len(access.status_code),
        "closed": int(status[STATUSES.index(NOT_PASSABLE)]),
        "unknown": int(status[STATUSES.index(UNKNOWN)]),
        "incidents_read": len(evidence.incidents) + sum(others.values()),
        **{f"incidents_{name}": incidents[name] for name in INCIDENT_STATUSES},
        **{f"incidents_{name}": number for name, number in others.items()},
        "road_reports": len(evidence.road_report_status),
        **{f"road_reports_{name}": road_reports[name] for name in ROAD_REPORT_STATUSES},
    }


def _hash(
    situation: Situation,
    rules: Rules,
    counts: Mapping[str, int],
    access: Access,
    results: Sequence[pd.DataFrame],
) -> str:
    """One number for inputs, rules, software and result."""
    ledger, segment_ids = access.ledger, access.segment_ids.to_numpy(dtype=object)
    closures = {
        "segment_id": (segment_ids, ledger.segment),
        "cause_id": (ledger.ids, ledger.cause),
        "cause_type": (CAUSE_TYPES, ledger.cause_type),
        "rule": (RULES, ledger.rule),
        "direction": (CLOSED_WAYS, ledger.direction),
        "distance_m": ledger.distance_m,
        "active_from": ledger.active_from,
        "active_until": ledger.active_until,
    }
    facts = {
        "version": version("corridors"),
        "as_of": situation.as_of.isoformat(),
        "valid_hours": situation.valid_hours,
        "title": situation.title,
        "sources": [[source.role, source.name, source.sha256] for source in situation.sources],
        "acknowledgements": [
            [answer.code, answer.reason, answer.by] for answer in situation.acknowledgements
        ],
        "rules": rules.as_tables(),
        "counts": dict(counts),
        "results": [_digest(closures), *(_digest(_list_columns(table)) for table in results)],
    }
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _list_columns(table: pd.DataFrame) -> dict[str, Any]:
    """The columns that count for the hash, the index among them; text as words and codes."""
    plain = pd.DataFrame(table, copy=False).drop(
        columns=["geometry", "reason_values"], errors="ignore"
    )
    columns: dict[str, Any] = {}
    for name, column in (("index", plain.index.to_series()), *plain.items()):
        if column.dtype == object:  # lists
            columns[name] = ([json.dumps(values) for values in column], np.arange(len(column)))
        elif isinstance(column.dtype, pd.StringDtype):
            codes, words = pd.factorize(column)
            columns[name] = (words.to_numpy(dtype=object), codes)
        else:
            columns[name] = column.to_numpy()
    return columns


def _digest(columns: Mapping[str, Any]) -> str:
    """One number for the values of a table; numbers to the third decimal.

    A column is an array of numbers or times, or words and the position of each value among them.
    """
    digest = sha256()
    for name, column in columns.items():
        words: Sequence[str] = ()
        if isinstance(column, tuple):
            used, values = np.unique(column[1], return_inverse=True)
            words = [column[0][at] for at in used]
        elif column.dtype.kind == "f":
            values = np.where(np.isnan(column), -(2**62), np.rint(np.nan_to_num(column) * 1000))
        else:
            values = column
        digest.update(json.dumps([name, *words]).encode())
        digest.update(values.astype("<i8").tobytes())
    return digest.hexdigest()
