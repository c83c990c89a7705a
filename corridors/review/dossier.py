"""The dossier of one incident: what was known at a plan's reference time, by whom, and its effects.

It is for a third party that investigates an incident. It holds what was reported and what the rules
made of that, and nothing else. Reports dated after the reference time are left out, and so are
their effects.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.access import lie_on_bridge
from corridors.checks import DOUBTS
from corridors.errors import UsageError
from corridors.evidence.incidents import HEAT_SOURCE, fuse_reports, is_invented, name_publisher
from corridors.evidence.status import RETRACTED
from corridors.geodesy import GUARD_M, LineIndex
from corridors.geodesy.measures import EARTH_M
from corridors.messages import Message
from corridors.plan import Plan, replan
from corridors.routing import IncidentExposure, measure_incident_exposure
from corridors.situation import Acknowledgement, find_destinations
from corridors.tables import find_positions

ALONE, AMONG_OTHERS = "alone", "among_others"
"""Whether the incident alone cuts a destination off (without its reports it would be reached), or
the incident together with others."""
FACTS = ("happened", "kind", "structure", "verified", "accuracy", "time", "closures")
"""What may rest on one source: that it happened, that it was of a kind, what was struck, that it
was verified, its place as exactly as stated, its earliest time, that roads are closed."""


@dataclass(frozen=True, eq=False, slots=True)
class Dossier:
    """What was known of one incident at `as_of`.

    Times are UTC, shapes EPSG:4326, distances geodesic in metres.
    """

    incident_id: str
    as_of: datetime
    title: str
    """Of the mission."""
    plan_hash: str
    """Of the plan: over inputs, rules, software and result."""
    incident: pd.Series
    """kind, occurred_at, occurred_until, verification, source_count, incident_status,
    effective_radius_m (the largest of its reports)."""
    reports: gpd.GeoDataFrame
    """Index report_id, in the order in which they were made: reported_at, occurred_at,
    occurred_until, kind, source, publisher, stated (the verification that the source gave),
    verification (together with the other reports), accuracy_m, effective_radius_m, incident_status,
    structure, file, row, redistributable."""
    closures: gpd.GeoDataFrame
    """Index segment_id: name, rule (of several the first), distance_m, length_m, active_from and
    active_until (from the first to the last of the reports that close it), reports (those)."""
    corridors: pd.DataFrame
    """Index corridor_id, those that are exposed to the incident: depot_id, destination_id, rank,
    duration_min, exposed_min (driven where it exposes the road), exposure (mean over the drive, of
    this incident alone), exposure_share (of all exposure), nearest_m."""
    destinations: pd.DataFrame
    """Index site_id, every destination: name, depot_id, duration_min, exposure, and the same with
    `without_` before it, as they would be had none of these reports been made (null where it is not
    reached); cut_off_by: empty, `ALONE` or `AMONG_OTHERS`."""
    sites: pd.DataFrame
    """Index site_id, nearest first: role, name, distance_m, within_radius (the closure radius). The
    sites near enough to be exposed, those cut off by the incident, and the nearest of each role."""
    single_source: pd.DataFrame
    """What rests on one source: fact (`FACTS`), value (a kind, a structure, metres, a time, or how
    many segments; null where there is none), sources (their names; empty where not named), reports.
    """
    inputs: pd.DataFrame
    """Every file behind the plan: role, name, format, sha256, newest, attribution, redistributable.
    """
    remarks: tuple[Message, ...]
    """What else a reader must know."""


def build_dossier(plan: Plan, incident_id: str) -> Dossier:
    """What was known of one incident at a plan's reference time, and its effects in that plan.

    Parameters
    ----------
    plan
        Its `situation.as_of` is the reference time.
    incident_id
        The id of an incident, or of one of its reports.

    Raises
    ------
    UsageError
        Nothing of that id was reported by then. Fix: use one of the ids that the message names.

    Examples
    --------
    >>> import corridors as co
    >>> dossier = co.build_dossier(
    ...     co.plan_corridors(co.read_situation(co.demo_folder())), "DEMO-002"
    ... )
    >>> (
    ...     dossier.incident["kind"],
    ...     dossier.destinations["cut_off_by"].loc[lambda by: by != ""].to_dict(),
    ... )
    ('air_strike', {'DST-MARJAYOUN': 'alone'})
    """
    as_of = pd.Timestamp(plan.situation.as_of)
    dated = plan.reports["reported_at"].fillna(plan.reports["occurred_at"])
    known = plan.reports[dated <= as_of]
    name = _find_incident(plan, known, incident_id)
    late = plan.reports["superseded"][(plan.reports["incident_id"] == name) & (dated > as_of)]
    own = _find_own(plan, name, known)
    # the plan may name it by a report that was not known yet
    shown = name if name in own.index else str(own.index[0])
    reports = _list_reports(
        plan, own.iloc[np.lexsort([own.index.to_numpy(), own["occurred_at"], dated[own.index]])]
    )
    closures = _find_closures(plan, name, reports)
    destinations = _compare_destinations(plan, name)
    sites = _find_sites(plan, reports, destinations)
    return Dossier(
        incident_id=shown,
        as_of=plan.situation.as_of,
        title=plan.situation.title,
        plan_hash=plan.plan_hash,
        incident=_describe_incident(plan, name, own, reports),
        reports=reports,
        closures=closures,
        corridors=_find_exposed_corridors(plan, name),
        destinations=destinations,
        sites=sites,
        single_source=_find_single_source(reports, closures),
        inputs=_list_inputs(plan),
        remarks=tuple(
            _remark(
                plan,
                incident_id,
                shown,
                reports,
                later=int((~late).sum()),
                versions=int(late.sum()),
            )
        ),
    )


def _find_incident(plan: Plan, known: gpd.GeoDataFrame, wanted: str) -> str:
    """The incident of that id, or of the report of that id, if it was reported by then."""
    incidents = {*known["incident_id"]}
    if wanted in incidents:
        return wanted
    if wanted in known.index:
        return str(known.at[wanted, "incident_id"])
    near = difflib.get_close_matches(wanted, sorted(incidents | {*known.index}), 3, 0.0)
    values = {"id": wanted, "as_of": plan.situation.as_of, "near": tuple(near)}
    raise UsageError(
        Message("usage.incident_unknown" if near else "usage.no_incident_yet", **values)
    )


def _find_own(plan: Plan, name: str, known: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The known reports of an incident, each as certain as the other known reports make it."""
    own = known[known["incident_id"] == name].sort_values("occurred_at", kind="stable")
    if len(known) < len(plan.reports):
        rows, as_of = plan.situation.incidents, plan.situation.as_of
        dated = rows["reported_at"].fillna(rows["occurred_at"]) <= pd.Timestamp(as_of)
        fused = fuse_reports(rows[dated], as_of=as_of, rules=plan.rules).reports["verification"]
        own = own.assign(verification=fused.reindex(own.index).fillna(own["verification"]))
    return own


def _describe_incident(
    plan: Plan, name: str, own: gpd.GeoDataFrame, reports: gpd.GeoDataFrame
) -> pd.Series:
    """The incident by its known reports; where none is dated later, that is as the plan has it."""
    current = own[~own["superseded"]]
    fused = fuse_reports(current, as_of=plan.situation.as_of, rules=plan.rules).incidents.iloc[0]
    facts = fused[["kind", "occurred_at", "occurred_until", "verification", "source_count"]]
    radius_m = reports["effective_radius_m"].max()
    status = {
        "incident_status": plan.incidents.at[name, "incident_status"],
        "effective_radius_m": radius_m,
    }
    return pd.concat([facts, pd.Series(status)])


def _counting(reports: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The reports that are neither superseded nor withdrawn."""
    return reports[~reports["incident_status"].isin(["superseded", RETRACTED])]


def _list_reports(plan: Plan, own: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The reports with their publisher, the certainty that the source stated, and file and row."""
    given = plan.situation.incidents
    stated, file, row, free = [], [], [], []
    base = given["version_of"].where(given["version_of"] != "", given.index.to_series())
    for report_id, version_of, reported_at in zip(
        own.index, own["version_of"], own["reported_at"], strict=True
    ):
        dated = (given["reported_at"] == reported_at) | pd.isna(reported_at)
        # a version may have another id in the situation
        own_id = next(iter(given.index[(base == (version_of or report_id)) & dated]), report_id)
        sources = [
            source
            for source in plan.situation.sources
            if source.role == "incidents" and own_id in source.numbers
        ]
        source = next(iter(sources), None)
        stated.append(given["verification"].get(own_id, ""))
        file.append(source.name if source else "")
        row.append(source.numbers[own_id] if source else None)
        free.append(all(source.redistributable for source in sources))
    columns = [
        "reported_at",
        "occurred_at",
        "occurred_until",
        "kind",
        "source",
        "verification",
        "accuracy_m",
        "effective_radius_m",
        "incident_status",
        "structure",
    ]
    return own[[*columns, "geometry"]].assign(
        publisher=[name_publisher(source) for source in own["source"]],
        stated=stated,
        file=file,
        row=pd.array(row, dtype="Int64"),
        redistributable=free,
    )


def _find_closures(plan: Plan, name: str, reports: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows of the ledger that the known reports cause, with those reports."""
    ledger = plan.closures[
        (plan.closures["cause_type"] == "incident") & (plan.closures["cause_id"] == name)
    ]
    by_known = plan.exposure.nearby_reports["incident_id"].astype("str").isin(
        reports.index
    ) & plan.exposure.nearby_reports["segment_id"].isin(ledger["segment_id"])
    near = plan.exposure.nearby_reports[by_known]
    pairs = near.assign(
        incident=find_positions(near["incident_id"].astype("str"), reports.index),
        segment=find_positions(near["segment_id"], plan.segments.index),
    )
    on_bridge = lie_on_bridge(plan.segments, reports, pairs, plan.rules)
    near = near[(near["distance_m"] <= near["effective_radius_m"] + GUARD_M).to_numpy() | on_bridge]
    closing = near.astype({"incident_id": "str", "segment_id": "str"}).sort_values(
        ["segment_id", "distance_m", "incident_id"]
    )
    by_segment = {
        segment: tuple(ids) for segment, ids in closing.groupby("segment_id")["incident_id"]
    }
    nearest_m = closing.groupby("segment_id")["distance_m"].min()
    kept = ledger[
        ledger["segment_id"].isin(by_segment)
        | ((ledger["rule"] == "under_bridge") & on_bridge.any())
    ]
    spans = _find_spans(plan, reports, closing, kept)
    kept = kept.drop_duplicates("segment_id").sort_values("segment_id")
    segments = plan.segments.loc[kept["segment_id"]]
    distance_m = nearest_m.reindex(kept["segment_id"]).fillna(
        kept.set_index("segment_id")["distance_m"]
    )
    table = pd.DataFrame(
        {
            "name": segments["name"].to_numpy(),
            "rule": kept["rule"].to_numpy(),
            "distance_m": distance_m.to_numpy(),
            "length_m": segments["length_m"].to_numpy(),
            "active_from": spans["active_from"].reindex(kept["segment_id"]).array,
            "active_until": spans["active_until"].reindex(kept["segment_id"]).array,
            "reports": pd.Series(
                [by_segment.get(segment, ()) for segment in kept["segment_id"]], dtype=object
            ).array,
        },
        index=pd.Index(kept["segment_id"], name="segment_id"),
    ).sort_values(["distance_m", "segment_id"], kind="stable")
    return gpd.GeoDataFrame(
        table, geometry=plan.segments.geometry.loc[table.index].array, crs=plan.segments.crs
    )


def _find_spans(
    plan: Plan, reports: gpd.GeoDataFrame, closing: pd.DataFrame, ledger: pd.DataFrame
) -> pd.DataFrame:
    """From when until when each segment is closed, by the known reports that close it.

    Under a bridge, the ledger decides. A segment may have rows of several rules, by reports that
    end at different times: it is closed until the last of them.
    """
    look_back = pd.to_timedelta(
        reports["kind"]
        .map(lambda kind: plan.rules.incidents.of(kind).look_back_days)
        .astype(float),
        unit="D",
    )
    ends = reports["occurred_until"] + look_back
    named = closing["incident_id"]
    by_reports = {
        "active_from": reports["occurred_at"].loc[named].array,
        "active_until": ends.loc[named].array,
    }
    under = ledger.loc[
        ledger["rule"].isin(["under_bridge", "deck_and_under"]),
        ["segment_id", "active_from", "active_until"],
    ]
    spans = pd.concat(
        [pd.DataFrame({"segment_id": closing["segment_id"].array, **by_reports}), under]
    )
    return spans.groupby("segment_id").agg({"active_from": "min", "active_until": "max"})


def _find_exposed_corridors(plan: Plan, name: str) -> pd.DataFrame:
    """The corridors that the incident exposes, and how much."""
    exposed = IncidentExposure.build(plan.segments, plan.exposure.nearby_incidents)
    felt = plan.exposure.nearby_incidents[
        (plan.exposure.nearby_incidents["incident_id"].astype("str") == name)
        & (plan.exposure.nearby_incidents["exposure"] > 0)
    ]
    within = np.zeros(len(plan.segments), dtype=bool)
    within[find_positions(felt["segment_id"], plan.segments.index)] = True
    distance_m = pd.Series(felt["distance_m"].to_numpy(), index=felt["segment_id"].astype("str"))
    rows = []
    for route in plan.routes:
        corridor = plan.corridors.loc[route.corridor_id]
        segment, minutes = (
            plan.network.topology.segment[route.arcs],
            plan.network.minutes[route.arcs],
        )
        inside = (segment >= 0) & within[segment]
        if not inside.any():
            continue
        mine = float(
            measure_incident_exposure(plan.network, route.arcs, exposed)[
                exposed.incidents.get_loc(name)
            ]
        )
        # of all incidents, those too imprecise to be near a road included
        every_min = corridor["exposure"] * minutes.sum()
        rows.append(
            {
                "corridor_id": route.corridor_id,
                **corridor[["depot_id", "destination_id", "rank", "duration_min"]],
                "exposed_min": float(minutes[inside].sum()),
                "exposure": mine / minutes.sum() if minutes.sum() else 0.0,
                "exposure_share": mine / every_min if every_min else 0.0,
                "nearest_m": float(distance_m[plan.segments.index[segment[inside]].unique()].min()),
            }
        )
    columns = [
        "corridor_id",
        "depot_id",
        "destination_id",
        "rank",
        "duration_min",
        "exposed_min",
        "exposure",
        "exposure_share",
        "nearest_m",
    ]
    return pd.DataFrame(rows, columns=columns).set_index("corridor_id")


def _compare_destinations(plan: Plan, name: str) -> pd.DataFrame:
    """Each destination as it is, and as it would be without the reports of the incident."""
    mine = plan.reports.index[plan.reports["incident_id"] == name]
    versions = plan.reports.loc[mine, "version_of"]
    given = plan.situation.incidents
    gone = {*mine, *versions[versions != ""]}
    others = given[~given.index.isin(gone) & ~given["version_of"].isin(gone - {""})]
    # a plan for comparison only, which nobody drives by: it needs nobody's acknowledgement
    answers = tuple(Acknowledgement(code, "dossier", "corridors") for code in DOUBTS)
    without = replan(plan, incidents=others, acknowledgements=answers, max_age_hours=None)
    before, after = _best(without), _best(plan)
    names = find_destinations(plan.situation)["name"]
    table = pd.DataFrame(index=names.index).rename_axis("site_id").assign(name=names)
    table = table.join(after).join(before.add_prefix("without_"))
    blocked = {
        str(site)
        for site, causes in plan.cut_off["blocking"].items()
        if f"incident:{name}" in causes
    }
    lost = table["duration_min"].isna() & table["without_duration_min"].notna()
    among = np.where(table.index.isin(blocked) & table["duration_min"].isna(), AMONG_OTHERS, "")
    return table.assign(cut_off_by=np.where(lost, ALONE, among))


def _best(plan: Plan) -> pd.DataFrame:
    """The quickest primary corridor to each destination: depot_id, duration_min, exposure."""
    primary = plan.corridors[plan.corridors["rank"] == 1].sort_values(
        ["duration_min", "depot_id"], kind="stable"
    )
    first = primary.drop_duplicates("destination_id").set_index("destination_id")
    return pd.DataFrame(first[["depot_id", "duration_min", "exposure"]])


def _find_sites(plan: Plan, reports: gpd.GeoDataFrame, destinations: pd.DataFrame) -> pd.DataFrame:
    """The sites near the places reported, by the distance to the nearest of them."""
    sites, counted = plan.situation.sites, _counting(reports)
    counted = reports if counted.empty else counted
    here = shapely.linestrings(
        np.repeat(shapely.get_coordinates(sites.geometry.array), 2, axis=0).reshape(-1, 2, 2)
    )
    found = LineIndex(here).measure(counted.geometry.to_numpy(), EARTH_M)
    effective_radius_m = counted["effective_radius_m"].fillna(0.0).to_numpy()[found.place]
    pairs = pd.DataFrame(
        {
            "site": found.line,
            "distance_m": found.distance_m,
            "within_radius": found.distance_m <= effective_radius_m + GUARD_M,
        }
    )
    nearest = pairs.groupby("site").agg({"distance_m": "min", "within_radius": "any"})
    table = sites[["role", "name"]].assign(
        distance_m=nearest["distance_m"].to_numpy(),
        within_radius=nearest["within_radius"].to_numpy(),
    )
    table = table.iloc[np.lexsort([table.index.to_numpy(), table["distance_m"]])]
    far_m = (
        plan.rules.incidents.exposure_reach_ratio * counted["effective_radius_m"].fillna(0.0).max()
    )
    cut = destinations.index[destinations["cut_off_by"] != ""]
    kept = (table["distance_m"] <= far_m) | table.index.isin(cut) | ~table["role"].duplicated()
    return pd.DataFrame(table[kept])


def _find_single_source(reports: gpd.GeoDataFrame, closures: gpd.GeoDataFrame) -> pd.DataFrame:
    """What only one publisher's reports say. A source that is not named counts as one."""
    counted = _counting(reports)
    own = counted[counted["publisher"] != HEAT_SOURCE.casefold()]
    own = counted if own.empty else own
    rows: list[tuple[str, object, tuple[str, ...], tuple[str, ...]]] = []

    def add(fact: str, value: object, by: gpd.GeoDataFrame) -> None:
        if len({*by["publisher"]}) == 1:
            rows.append((fact, value, tuple(dict.fromkeys(by["source"])), tuple(by.index)))

    add("happened", None, own)
    for kind in own["kind"].unique():
        add("kind", kind, own[own["kind"] == kind])
    for structure in sorted({*own["structure"]} - {""}):
        add("structure", structure, own[own["structure"] == structure])
    add("verified", None, own[own["stated"] == "verified"])
    stated = own[own["accuracy_m"] > 0]
    if len(stated):
        exact = stated[stated["accuracy_m"] == stated["accuracy_m"].min()]
        add("accuracy", float(exact["accuracy_m"].iloc[0]), exact)
    if len(own):
        first = own["occurred_at"].min()
        add("time", first, own[own["occurred_at"] == first])
    publisher = reports["publisher"]
    by_one: dict[str, list[str]] = {}
    for ids in closures["reports"]:
        if len(of := {publisher[name] for name in ids}) == 1:
            by_one.setdefault(of.pop(), []).append(ids[0])
    for name, ids in sorted(by_one.items()):
        add("closures", len(ids), reports[(publisher == name) & reports.index.isin(ids)])
    return pd.DataFrame(rows, columns=["fact", "value", "sources", "reports"], dtype=object)


def _list_inputs(plan: Plan) -> pd.DataFrame:
    columns = ["role", "name", "format", "sha256", "newest", "attribution", "redistributable"]
    return pd.DataFrame(
        [[getattr(source, column) for column in columns] for source in plan.situation.sources],
        columns=columns,
    )


def _remark(
    plan: Plan, wanted: str, name: str, reports: gpd.GeoDataFrame, *, later: int, versions: int
) -> Iterator[Message]:
    """What else a reader must know.

    `later` reports, and `versions` of known ones, are dated after the reference time.
    """
    if invented := sorted({source for source in reports["source"] if is_invented(source)}):
        yield Message("dossier.remark_invented", sources=tuple(invented))
    for row in plan.situation.acknowledgements:
        yield Message("dossier.remark_acknowledged", doubt=row.code, reason=row.reason, by=row.by)
    if wanted != name:
        yield Message("dossier.remark_other_id", report=wanted)
    if later:
        yield Message("dossier.remark_later_reports", n=later)
    if versions:
        yield Message("dossier.remark_later_versions", n=versions)
    if blank := int((reports["accuracy_m"] == 0).sum()):
        yield Message("dossier.remark_no_accuracy", n=blank, all=len(reports))
    if closed := sorted({*reports.loc[~reports["redistributable"].astype(bool), "source"]}):
        yield Message("dossier.remark_not_redistributable", sources=tuple(closed))
