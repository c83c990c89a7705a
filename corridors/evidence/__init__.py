"""What sources report: incidents, conditions of roads, and the structures they concern.

    incidents    versions of reports, and reports of one incident fused
    status       what each report counts for at a moment
    matching     which segments each road report may mean
    conditions   what road reports say together of each segment
    structures   bridges, tunnels, culverts and fords

A road report only adds a closure, or lifts what an earlier road report closed. It never changes
what an incident, a zone or a limit of the road itself closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.evidence.conditions import resolve_conditions
from corridors.evidence.incidents import FusedReports, fuse_reports, group_status
from corridors.evidence.matching import Matches, match_reports
from corridors.evidence.status import (
    ACTIVE,
    ENDED,
    IN_FORCE,
    INCIDENT_STATUSES,
    STALE,
    UNMATCHED,
    classify_road_reports,
    find_status_codes,
    measure_effective_radius,
)
from corridors.evidence.structures import find_structures
from corridors.geodesy import LineIndex
from corridors.rules import Rules
from corridors.situation import Situation
from corridors.tables import add_columns, take_words


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known at one moment, from all reports, and how much each counts.

    `reports` (contract `REPORTS`) and `incidents` (contract `INCIDENTS`) have two more columns:
    `incident_status` (active, expired, future, too_imprecise, retracted, unverified; of a report
    also superseded) and `effective_radius_m`. An incident has the status of the report that counts
    most, and the largest effective radius of its reports.
    """

    reports: gpd.GeoDataFrame
    """Every version of every report. Each active one closes roads near its own place."""
    incidents: gpd.GeoDataFrame
    """What happened: one row for each incident, with its reports and the number of sources."""
    road_reports: gpd.GeoDataFrame
    """The road reports that may count: in force, stale or ended, in the order of their ids."""
    road_report_status: pd.Series
    """What every road report counts for: in_force, stale, ended, future, too_imprecise, retracted,
    unmatched."""
    matches: Matches
    """The segments that each of `road_reports` may mean."""
    conditions: pd.DataFrame
    """What road reports say together of each segment; see `resolve_conditions`."""

    @cached_property
    def active(self) -> gpd.GeoDataFrame:
        """The reports that close roads now."""
        return self.reports[self.reports["incident_status"].to_numpy() == ACTIVE]


def resolve_evidence(
    situation: Situation,
    *,
    rules: Rules,
    index: LineIndex | None = None,
    structures: pd.DataFrame | None = None,
    fused: FusedReports | None = None,
) -> Evidence:
    """Find what happened and what holds of the roads, from all reports known at one moment.

    Parameters
    ----------
    situation
        Its incidents, road reports, roads and moment count.
    rules
        `incidents`, `evidence`, `road_reports` and `vehicle`.
    index, structures, fused
        `LineIndex(roads.geometry.array)`, what `find_structures` returns for the roads, and what
        `fuse_reports` returns for the incidents, where they exist already.

    Examples
    --------
    >>> import corridors as co
    >>> evidence = resolve_evidence(co.read_situation(co.demo_folder()), rules=Rules())
    >>> len(evidence.incidents) <= len(evidence.reports)
    True
    """
    roads, as_of = situation.roads, situation.as_of
    fused = fused or fuse_reports(situation.incidents, as_of=as_of, rules=rules)
    structures = find_structures(roads) if structures is None else structures
    reports, incidents = _classify_incidents(fused, situation, rules)

    status = classify_road_reports(situation.road_reports, as_of=as_of, rules=rules)
    road_reports = situation.road_reports[status.isin([IN_FORCE, STALE, ENDED])]
    matches = match_reports(roads, road_reports, structures, rules=rules.road_reports, index=index)
    conditions = resolve_conditions(
        roads,
        road_reports,
        status[road_reports.index],
        matches,
        rules=rules,
        reported_until=situation.reported_until,
    )
    matched = road_reports.index[matches.pairs["report"].unique()]
    status[road_reports.index.difference(matched)] = UNMATCHED
    return Evidence(reports, incidents, road_reports, status, matches, conditions)


def _classify_incidents(
    fused: FusedReports, situation: Situation, rules: Rules
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The reports and the incidents, with what each counts for and how far it closes roads."""
    superseded = fused.reports["superseded"].to_numpy()
    known = fused.reports if not superseded.any() else fused.reports[~superseded]
    status = find_status_codes(known, as_of=situation.as_of, rules=rules)
    radius_m = measure_effective_radius(known, rules=rules).to_numpy()
    words = (*INCIDENT_STATUSES, "superseded")
    codes = np.full(len(superseded), len(INCIDENT_STATUSES))
    of_reports = np.full(len(superseded), np.nan)
    codes[~superseded], of_reports[~superseded] = status, radius_m
    reports = add_columns(
        fused.reports,
        {"incident_status": take_words(words, codes), "effective_radius_m": of_reports},
    )
    owner = fused.incidents.index.get_indexer(known["incident_id"])
    of_incidents = np.zeros(len(fused.incidents))
    np.maximum.at(of_incidents, owner, radius_m)
    best = group_status(owner, status, len(fused.incidents))
    incidents = add_columns(
        fused.incidents,
        {"incident_status": take_words(words, best), "effective_radius_m": of_incidents},
    )
    return reports, incidents
