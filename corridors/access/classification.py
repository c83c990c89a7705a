"""Which segments can be used, and the ledger that says why each of the others cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.access.closures import (
    close_by_incidents,
    close_by_reports,
    close_by_zones,
    close_to_vehicle,
    list_reported,
    list_restricted,
    list_softer,
)
from corridors.access.rows import (
    CODES,
    REASONS,
    ROW,
    build_causes,
    build_closures,
    list_ids,
    sort_ledger,
    take_words,
)
from corridors.geodesy import LineIndex
from corridors.rules import Rules
from corridors.situation import is_in_force
from corridors.tables import (
    CLOSED_WAYS,
    NOT_PASSABLE,
    PASSABLE,
    RESTRICTED,
    STATUSES,
    UNKNOWN,
    Flags,
)


@dataclass(frozen=True, eq=False)
class Access:
    """Which segments can be used, and why the others cannot."""

    status: pd.DataFrame
    """Of every segment (index segment_id): status, reason_code (of its first cause; empty where it
    is PASSABLE) and closed_direction."""
    closures: pd.DataFrame
    """The ledger, a table of the contract `CLOSURES`, sorted by segment, cause and rule."""
    causes: pd.DataFrame
    """What the reasons are made of, sorted by segment, in the order in which they are named:
    segment (position), code, cause_id, direction, distance_m, radius_m and bridge (the position of
    the bridge that was struck; -1 for none)."""


def classify_access(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    nearby: pd.DataFrame,
    *,
    as_of: datetime,
    rules: Rules,
    index: LineIndex | None = None,
    conditions: pd.DataFrame | None = None,
) -> Access:
    """A LogIE word for every segment, the ledger of everything that closes one, and the reasons.

    Parameters
    ----------
    roads, zones
        Tables of the contracts `ROADS` and `ZONES`.
    incidents
        The active reports, as `REPORTS`: the ledger names the incident of each, and has one row
        where several reports of one incident close a segment by one rule. Or active incidents, as
        `INCIDENTS`.
    nearby
        What `exposure.find_nearby` returns for these roads and incidents.
    as_of
        The moment: zones count while they are in force.
    rules
        `zones.close`, `vehicle` and `incidents.on_bridge_m`.
    index
        `LineIndex(roads.geometry.array)`, where it exists already.
    conditions
        What `evidence.conditions.resolve_conditions` returns for these roads; without it, there
        are no reports.

    Returns
    -------
    Access
        A segment is NOT_PASSABLE where the ledger closes every direction that may be driven; else
        UNKNOWN where a direction is; else RESTRICTED where one is closed, a report restricts it, or
        a zone of kind `restricted` touches it. PASSABLE says only that nothing known closes it.
    """
    index = index or LineIndex(roads.geometry.array)
    in_force = zones[is_in_force(zones, as_of)]
    reported = list_reported(conditions)
    ids = list_ids(incidents, in_force, reported)
    parts = [
        close_by_incidents(roads, incidents, nearby, rules, index),
        close_by_zones(in_force, index, rules),
        close_to_vehicle(roads, "max_weight_t", rules.vehicle.gross_weight_t),
        close_to_vehicle(roads, "max_height_m", rules.vehicle.height_m),
        close_by_reports(reported, rules),
    ]
    ledger = sort_ledger(pd.concat(parts, ignore_index=True), roads.index)
    softer = list_softer(reported, ledger, rules)
    restricted = list_restricted(in_force, index, rules)
    others = np.concatenate([ledger["segment"], softer["segment"]])
    alone = restricted[~restricted["segment"].isin(others)]
    causes = pd.concat([ledger, softer[list(ROW)], alone], ignore_index=True)
    causes = causes.iloc[np.argsort(causes["segment"].to_numpy(), kind="stable")]
    return Access(
        _classify(roads, ledger, causes, reported),
        build_closures(ledger, roads.index, ids),
        build_causes(causes, ids),
    )


def _classify(
    roads: gpd.GeoDataFrame, ledger: pd.DataFrame, causes: pd.DataFrame, reported: pd.DataFrame
) -> pd.DataFrame:
    """The table `Access.status`."""
    status = np.full(len(roads), STATUSES.index(PASSABLE))
    status[causes["segment"]] = STATUSES.index(RESTRICTED)
    status[reported.loc[reported["word"] == UNKNOWN, "segment"]] = STATUSES.index(UNKNOWN)
    shut = _find_shut(roads, ledger[ledger["rule"] != REASONS.index("report_unknown")])
    status[shut] = STATUSES.index(NOT_PASSABLE)
    segment, first = np.unique(causes["segment"].to_numpy(), return_index=True)
    reason = np.zeros(len(roads), dtype=np.int64)
    reason[segment] = causes["reason"].to_numpy()[first] + 1
    closed = _find_closed(len(roads), ledger, "forward") + 2 * _find_closed(
        len(roads), ledger, "backward"
    )
    columns = {
        "status": take_words(STATUSES, status),
        "reason_code": take_words(["", *CODES], reason),
        "closed_direction": take_words(CLOSED_WAYS, closed),
    }
    return pd.DataFrame(columns, index=roads.index)


def _find_shut(roads: gpd.GeoDataFrame, ledger: pd.DataFrame) -> Flags:
    """Whether rows of the ledger close every direction of each segment that may be driven."""
    shut = [
        _find_closed(len(roads), ledger, direction) | (roads["oneway"] == other).to_numpy()
        for direction, other in (("forward", "backward"), ("backward", "forward"))
    ]
    return np.asarray(shut[0] & shut[1])


def _find_closed(count: int, ledger: pd.DataFrame, direction: str) -> Flags:
    """Whether a row of the ledger keeps that direction of each segment closed."""
    closed = np.zeros(count, dtype=bool)
    words = [CLOSED_WAYS.index(word) for word in ("both", direction)]
    closed[ledger["segment"].to_numpy()[ledger["direction"].isin(words)]] = True
    return closed
