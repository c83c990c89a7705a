"""The method, in its order: a situation and rules in, a plan out."""

from __future__ import annotations

import json
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

from corridors.access import Access, classify_access, explain_segments
from corridors.assessment import Assessment, assess
from corridors.checks import check_doubts, check_faults
from corridors.errors import UsageError
from corridors.evidence import Evidence, resolve_evidence
from corridors.evidence.incidents import fuse_reports
from corridors.evidence.status import INCIDENT_STATUSES, ROAD_REPORT_STATUSES
from corridors.evidence.structures import classify_structures
from corridors.exposure import Exposure, assess_exposure, find_nearby
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
from corridors.routing import Exposed, Known, Routes, find_routes
from corridors.rules import Rules, VehicleRules
from corridors.situation import Situation, find_candidate_zones, find_destinations
from corridors.tables import NOT_PASSABLE, SEGMENTS, UNKNOWN, Ints, build_table


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
    segments = build_table(SEGMENTS, roads.assign(exposure=exposure.segments, **access.status))
    network = build_network(segments, rules=rules, topology=prepared.topology)
    exposed = Exposed.build(segments, exposure.nearby_incidents)
    routes = find_routes(
        network,
        depots,
        list(destinations.index),
        rules=rules,
        nearby=exposed,
        engine=engine,
        known=_find_known(before, rules, prepared, exposure),
    )
    assessment = assess(
        network,
        routes.routes,
        evidence.active,
        depots=depots,
        destinations=destinations,
        closures=access.ledger,
        snaps=prepared.snaps,
        nearby=exposed,
        explain=explain,
        index=index,
    )
    summary = _count(situation, evidence, segments)
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
        plan_hash=_hash(
            situation, rules, summary, (access.closures, routes.steps, assessment.cut_off)
        ),
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
    """The network prepared for the new situation: the same one where nothing it depends on
    changed.
    """
    same_roads = new.roads is old.roads and new.road_order is old.road_order
    zones = [find_candidate_zones(situation) for situation in (old, new)]
    if (
        same_roads
        and rules.routing.max_snap_m == old_rules.routing.max_snap_m
        and (new.sites is old.sites or new.sites.equals(old.sites))
        and zones[0].equals(zones[1])
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


def _find_known(
    before: Plan | None, rules: Rules, prepared: PreparedNetwork, exposure: Exposure
) -> Known | None:
    """The routes of the plan before, if they may still hold."""
    if before is None or prepared is not before.prepared or rules.routing != before.rules.routing:
        return None
    changed = _find_changed(before.exposure.nearby_incidents, exposure.nearby_incidents)
    return Known(before.network, before.routes.routes, changed)


def _find_nearby(
    active: gpd.GeoDataFrame,
    situation: Situation,
    rules: Rules,
    prepared: PreparedNetwork,
    before: Plan | None,
) -> pd.DataFrame:
    """What `find_nearby` returns; only incidents that changed since the plan before are measured."""
    roads, index = situation.roads, prepared.index
    if (
        before is None
        or before.prepared.index is not index
        or before.rules.incidents != rules.incidents
    ):
        return find_nearby(roads, active, rules=rules, index=index)
    old = before.evidence.active
    facts = [
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
    same = both[(facts[0].loc[both] == facts[1].loc[both]).all(axis=1)]
    new = find_nearby(roads, active.drop(same), rules=rules, index=index)
    known = before.exposure.nearby_reports
    parts = [known[known["incident_id"].isin(same)], new]
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


# Counts and hash


def _count(
    situation: Situation, evidence: Evidence, segments: gpd.GeoDataFrame
) -> Mapping[str, int]:
    incident_status = evidence.incidents["incident_status"]
    road_report_status = evidence.road_report_status
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
        "results": [_digest(table) for table in results],
    }
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _digest(table: pd.DataFrame) -> str:
    """One number for what a table says, geometry aside; numbers to the third decimal."""
    digest = sha256()
    plain = table.drop(columns=["geometry", "reason_values"], errors="ignore").reset_index()
    for name, column in plain.items():
        if column.dtype.kind == "f":
            text = json.dumps([str(name), *(f"{value:.3f}" for value in column.tolist())])
        elif column.dtype.kind == "M":
            text = json.dumps([str(name), *column.astype("int64").tolist()])
        else:
            text = json.dumps([str(name), *column.tolist()])
        digest.update(text.encode())
    return digest.hexdigest()
