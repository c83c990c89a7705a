"""The dossier of one incident: what was known of it at the moment of a plan, by whom, and what it
did.

It is what a third party is handed that looks into an incident. It says what was reported and what
the rules made of that, and nothing else. Reports dated after the moment are left out, as is what
they alone did.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from corridors.plan import Plan, replan
from corridors.routing import IncidentExposure, measure_incident_exposure
from corridors.situation import Acknowledgement
from corridors.tables import find_positions

ALONE, AMONG_OTHERS = "this incident alone", "this incident among others"
"""Whether a destination that is cut off would be reached if none of the incident's reports had been
made."""


@dataclass(frozen=True, eq=False, slots=True)
class Dossier:
    """What was known of one incident at `as_of`.

    Times UTC, shapes EPSG:4326; distances geodesic, in metres.
    """

    incident_id: str
    as_of: datetime
    title: str
    """Of the mission."""
    plan_hash: str
    """Of the plan that all of this is from: over inputs, rules, software and result."""
    incident: pd.Series
    """kind, occurred_at, occurred_until, verification, source_count, incident_status,
    effective_radius_m (the largest of its reports)."""
    reports: gpd.GeoDataFrame
    """Index report_id, in the order in which they were made: reported_at, occurred_at,
    occurred_until, kind, source, publisher, stated (the verification that the source gave),
    verification (beside the other reports), accuracy_m, effective_radius_m, incident_status,
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
    """Index site_id, nearest first: role, name, distance_m, within_reach. Those within the reach of
    exposure, those cut off by the incident, and of every role the nearest."""
    single_source: pd.DataFrame
    """What rests on one source: fact, value, source, reports."""
    inputs: pd.DataFrame
    """Every file behind the plan: role, name, format, sha256, newest, attribution, redistributable.
    """
    remarks: tuple[str, ...]
    """What a reader must know besides."""


def build_dossier(plan: Plan, incident_id: str) -> Dossier:
    """What was known of one incident at the moment of a plan, and what it did in that plan.

    Parameters
    ----------
    plan
        Its `situation.as_of` is the moment.
    incident_id
        The id of an incident, or of a report: then of the incident that the report tells of.

    Raises
    ------
    UsageError
        Nothing of that id was reported by then; the message names the nearest ids.

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
    ('air_strike', {'DST-MARJAYOUN': 'this incident alone'})
    """
    as_of = pd.Timestamp(plan.situation.as_of)
    dated = plan.reports["reported_at"].fillna(plan.reports["occurred_at"])
    known = plan.reports[dated <= as_of]
    name = _find_incident(plan, known, incident_id)
    late = plan.reports["superseded"][(plan.reports["incident_id"] == name) & (dated > as_of)]
    own = _find_own(plan, name, known)
    shown = (
        name if name in own.index else str(own.index[0])
    )  # the plan may call it by a report that was not known yet
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
        incident=_tell_incident(plan, name, own, reports),
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
    """The incident of that id, or that the report of that id tells of, if anything was reported of
    it by then.
    """
    told = {*known["incident_id"]}
    if wanted in told:
        return wanted
    if wanted in known.index:
        return str(known.at[wanted, "incident_id"])
    near = difflib.get_close_matches(wanted, sorted(told | {*known.index}), 3, 0.0)
    hint = f"did you mean {' or '.join(near)}?" if near else "no incident was reported by then."
    raise UsageError(
        f"nothing of the id {wanted} was reported by {plan.situation.as_of:%Y-%m-%d %H:%M} UTC; {hint}"
    )


def _find_own(plan: Plan, name: str, known: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The known reports of an incident, each as sure as the others known make it: none dated later
    lends it anything.
    """
    own = known[known["incident_id"] == name].sort_values("occurred_at", kind="stable")
    if len(known) < len(plan.reports):
        told = plan.situation.incidents
        heard = told[
            told["reported_at"].fillna(told["occurred_at"]) <= pd.Timestamp(plan.situation.as_of)
        ]
        sure = fuse_reports(heard, as_of=plan.situation.as_of, rules=plan.rules).reports[
            "verification"
        ]
        own = own.assign(verification=sure.reindex(own.index).fillna(own["verification"]))
    return own


def _tell_incident(
    plan: Plan, name: str, own: gpd.GeoDataFrame, reports: gpd.GeoDataFrame
) -> pd.Series:
    """The incident as its known reports tell of it; where none is dated later, that is as the plan
    has it.
    """
    fused = fuse_reports(
        own[~own["superseded"]], as_of=plan.situation.as_of, rules=plan.rules
    ).incidents.iloc[0]
    said = fused[["kind", "occurred_at", "occurred_until", "verification", "source_count"]]
    return pd.concat(
        [
            said,
            pd.Series(
                {
                    "incident_status": plan.incident_status[name],
                    "effective_radius_m": reports["effective_radius_m"].max(),
                }
            ),
        ]
    )


def _counting(reports: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Those that no later version supersedes and nobody withdrew."""
    return reports[~reports["incident_status"].isin(["superseded", RETRACTED])]


def _list_reports(plan: Plan, own: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The reports with who published them, what their source said of their certainty, and where
    they stand.
    """
    told = plan.situation.incidents
    stated, file, row, free = [], [], [], []
    base = told["version_of"].where(told["version_of"] != "", told.index.to_series())
    for report_id, version_of, reported_at in zip(
        own.index, own["version_of"], own["reported_at"], strict=True
    ):
        same = told.index[
            (base == (version_of or report_id))
            & ((told["reported_at"] == reported_at) | pd.isna(reported_at))
        ]
        own_id = next(
            iter(same), report_id
        )  # a version may stand under another name in the situation
        sources = [
            source
            for source in plan.situation.sources
            if source.role == "incidents" and own_id in source.numbers
        ]
        source = next(iter(sources), None)
        stated.append(told["verification"].get(own_id, ""))
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
    """The rows of the ledger that the known reports account for, with those reports."""
    ledger = plan.closures[
        (plan.closures["cause_type"] == "incident") & (plan.closures["cause_id"] == name)
    ]
    spoken = plan.nearby_reports["incident_id"].astype("str").isin(
        reports.index
    ) & plan.nearby_reports["segment_id"].isin(ledger["segment_id"])
    near = plan.nearby_reports[spoken]
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
    """From when until when each segment is closed: by the known reports that close it and, under a
    bridge, by the ledger.

    A segment may have rows of several rules, by reports that end at different times: it is closed
    until the last of them.
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
    """The corridors whose segments the incident exposes, and how much."""
    exposed = IncidentExposure.build(plan.segments, plan.nearby_incidents)
    felt = plan.nearby_incidents[
        (plan.nearby_incidents["incident_id"].astype("str") == name)
        & (plan.nearby_incidents["exposure"] > 0)
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
        every_min = (
            corridor["exposure"] * minutes.sum()
        )  # of reports too vague to be near a road, too
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
    """Each destination as it is, and as it would be had no report of the incident been made."""
    mine = plan.reports.index[plan.reports["incident_id"] == name]
    versions = plan.reports.loc[mine, "version_of"]
    told = plan.situation.incidents
    gone = {*mine, *versions[versions != ""]}
    others = told[~told.index.isin(gone) & ~told["version_of"].isin(gone - {""})]
    # whoever answers for a plan answers for the reports there are; this is none that anyone drives
    # by
    answers = tuple(
        Acknowledgement(code, "without the reports of one incident, for its dossier", "corridors")
        for code in DOUBTS
    )
    bare = replace(
        plan, situation=replace(plan.situation, acknowledgements=answers, max_age_hours=None)
    )
    before, after = _best(replan(bare, others)), _best(plan)
    table = (
        pd.DataFrame(index=plan.ground.destinations.index)
        .rename_axis("site_id")
        .assign(name=plan.ground.destinations["name"])
    )
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
    table = pd.DataFrame(
        {
            "site": found.line,
            "distance_m": found.distance_m,
            "within_reach": found.distance_m <= effective_radius_m + GUARD_M,
        }
    )
    nearest = table.groupby("site").agg({"distance_m": "min", "within_reach": "any"})
    told = sites[["role", "name"]].assign(
        distance_m=nearest["distance_m"].to_numpy(), within_reach=nearest["within_reach"].to_numpy()
    )
    told = told.iloc[np.lexsort([told.index.to_numpy(), told["distance_m"]])]
    far_m = (
        plan.rules.incidents.exposure_reach_ratio * counted["effective_radius_m"].fillna(0.0).max()
    )
    cut = destinations.index[destinations["cut_off_by"] != ""]
    return pd.DataFrame(
        told[(told["distance_m"] <= far_m) | told.index.isin(cut) | ~told["role"].duplicated()]
    )


def _find_single_source(reports: gpd.GeoDataFrame, closures: gpd.GeoDataFrame) -> pd.DataFrame:
    """What only one publisher's reports say. A source that is not named counts as one."""
    counted = _counting(reports)
    told = counted[counted["publisher"] != HEAT_SOURCE.casefold()]
    told = counted if told.empty else told
    rows: list[dict[str, object]] = []

    def add(fact: str, value: str, by: gpd.GeoDataFrame) -> None:
        if len({*by["publisher"]}) == 1:
            sources = "; ".join(
                dict.fromkeys(source or "a source that is not named" for source in by["source"])
            )
            rows.append(
                {"fact": fact, "value": value, "source": sources, "reports": tuple(by.index)}
            )

    add("that it happened", "", told)
    for kind in told["kind"].unique():
        add("that it was", kind.replace("_", " "), told[told["kind"] == kind])
    for structure in sorted({*told["structure"]} - {""}):
        add("what was struck", structure, told[told["structure"] == structure])
    add("that it was verified", "", told[told["stated"] == "verified"])
    stated = told[told["accuracy_m"] > 0]
    if len(stated):
        exact = stated[stated["accuracy_m"] == stated["accuracy_m"].min()]
        add(
            "its place, as exactly as anyone states it", f"{exact['accuracy_m'].iloc[0]:g} m", exact
        )
    if len(told):
        first = told["occurred_at"].min()
        add("its earliest time", f"{first:%Y-%m-%d %H:%M} UTC", told[told["occurred_at"] == first])
    publisher = reports["publisher"]
    by_one: dict[str, list[str]] = {}
    for ids in closures["reports"]:
        if len(of := {publisher[name] for name in ids}) == 1:
            by_one.setdefault(of.pop(), []).append(ids[0])
    for name, ids in sorted(by_one.items()):
        add(
            "that roads are closed",
            f"{len(ids)} of {len(closures)} segments",
            reports[(publisher == name) & reports.index.isin(ids)],
        )
    return pd.DataFrame(rows, columns=["fact", "value", "source", "reports"])


def _list_inputs(plan: Plan) -> pd.DataFrame:
    columns = ["role", "name", "format", "sha256", "newest", "attribution", "redistributable"]
    return pd.DataFrame(
        [[getattr(source, column) for column in columns] for source in plan.situation.sources],
        columns=columns,
    )


def _remark(
    plan: Plan, wanted: str, name: str, reports: gpd.GeoDataFrame, *, later: int, versions: int
) -> Sequence[str]:
    """What a reader must know besides;

    `later` reports and `versions` of known ones are dated after the moment.
    """
    remarks = []
    if invented := sorted({source for source in reports["source"] if is_invented(source)}):
        remarks.append(
            f"DEMONSTRATION: by their source ({', '.join(invented)}), reports of this incident are invented."
        )
    remarks += [
        f"Acknowledged in this plan: {said.code}: {said.reason} ({said.by})."
        for said in plan.situation.acknowledgements
    ]
    if wanted != name:
        remarks.append(
            f"{wanted} is a report of this incident, which is called by its earliest report."
        )
    if later:
        remarks.append(
            f"{later} more reports of it are dated after this moment, and are left out; the corridors are those of the plan, which heeds them."
        )
    if versions:
        remarks.append(
            f"{versions} later versions of its reports are dated after this moment, and are left out; the plan does not heed them."
        )
    if blank := int((reports["accuracy_m"] == 0).sum()):
        remarks.append(f"{blank} of {len(reports)} reports state no accuracy, and count as exact.")
    if closed := sorted({*reports.loc[~reports["redistributable"].astype(bool), "source"]}):
        remarks.append(
            f"The terms of these sources do not allow passing their rows on: {', '.join(closed)}. Keep this dossier internal, or ask them."
        )
    return remarks
