"""Access: which segments can be used, and the ledger that says why each of the others cannot.

Rules of the ledger, each closing a whole segment in both directions:

    within_radius   an active incident lies within its effective radius of the segment
    bridge_deck     ... and lies on it, and it is a bridge
    under_bridge    it passes under a bridge that an active incident lies on
    crosses_zone    a zone of a closing kind, in force, touches it
    weight_limit    the vehicle is heavier than it bears
    height_limit    the vehicle is higher than it lets through
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.crs import GUARD_M, LineIndex, find_within
from corridors.rules import Rules
from corridors.situation import is_in_force
from corridors.tables import CLOSURES, NOT_PASSABLE, PASSABLE, RESTRICTED, build_table

EARTH_M = 20_100_000.0
"""Farther than any two places on Earth lie apart."""


class Access(NamedTuple):
    """`status` (index segment_id: status, reason) for every segment, and `closures`, the ledger."""

    status: pd.DataFrame
    closures: pd.DataFrame


def classify_access(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    nearby: pd.DataFrame,
    *,
    as_of: datetime,
    rules: Rules,
) -> Access:
    """A LogIE word and a reason for every segment, and the ledger of everything that closes one.

    Parameters
    ----------
    roads, zones
        Tables of the contracts `ROADS` and `ZONES`.
    incidents
        The active ones only, as `INCIDENTS`.
    nearby
        What `exposure.find_nearby` gives for these roads and incidents.
    as_of
        The moment: zones count while they are in force.
    rules
        `zones.close`, `vehicle` and `incidents.on_bridge_m`.

    Returns
    -------
    Access
        `closures` keeps the contract `CLOSURES`, sorted by segment, cause and rule; a segment with a row in it is
        NOT_PASSABLE. A zone of kind `restricted` makes the others it touches RESTRICTED. PASSABLE says only that nothing
        known closes the segment.
    """
    in_force = zones[is_in_force(zones, as_of)]
    closing = in_force[in_force["kind"].isin(rules.zones.close)]
    ledger = pd.concat(
        [
            _closed_by_incidents(roads, incidents, nearby, rules),
            _closed_under_bridges(roads, incidents, nearby, rules),
            _closed_by_zones(roads, closing),
            _closed_to_vehicle(roads, "max_weight_t", rules.vehicle.gross_weight_t, "gross_weight_t", "weight_limit"),
            _closed_to_vehicle(roads, "max_height_m", rules.vehicle.height_m, "height_m", "height_limit"),
        ],
        ignore_index=True,
    )
    ledger = ledger.sort_values(["segment_id", "cause_type", "cause_id", "rule"], ignore_index=True, kind="stable")
    closures = build_table(CLOSURES, ledger)

    restricted = in_force[(in_force["kind"] == "restricted") & ~in_force.index.isin(closing.index)]
    status = pd.DataFrame({"status": PASSABLE, "reason": ""}, index=roads.index)
    for zone, touched in _touched(roads, restricted):
        status.loc[touched, "status"] = RESTRICTED
        status.loc[touched, "reason"] = f"in the restricted zone {zone}"
    reasons = ledger["says"].groupby(ledger["segment_id"]).agg(_several)
    status.loc[reasons.index, "status"] = NOT_PASSABLE
    status.loc[reasons.index, "reason"] = reasons
    return Access(status.astype("str"), closures)


def _closed_by_incidents(roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, nearby: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    within = (nearby["distance_m"] <= nearby["reach_m"] + GUARD_M).to_numpy()
    rows = nearby[within | _on_bridge(roads, incidents, nearby, rules)].reset_index(drop=True)
    on_deck = _on_bridge(roads, incidents, rows, rules)
    return _incident_rows(incidents, rows.assign(rule=np.where(on_deck, "bridge_deck", "within_radius")), rules)


def _closed_under_bridges(roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, nearby: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """What passes under a bridge that an incident lies on: lines that cross it on a lower level or no higher, elsewhere than at a joint."""
    decks = nearby[_on_bridge(roads, incidents, nearby, rules)]
    bridges = roads.loc[decks["segment_id"].unique()]
    deck, under = roads.sindex.query(bridges.geometry.array, predicate="intersects")
    upper, lower = bridges.iloc[deck], roads.iloc[under]
    apart = shapely.intersection(upper.geometry.to_numpy(), lower.geometry.to_numpy())
    for one in (0, -1):  # where two roads only meet end to end, neither passes under the other
        joint = shapely.get_point(upper.geometry.to_numpy(), one)
        meets = np.logical_or.reduce([shapely.equals(joint, shapely.get_point(lower.geometry.to_numpy(), other)) for other in (0, -1)])
        apart = np.where(meets, shapely.difference(apart, shapely.buffer(joint, 1e-9)), apart)
    passes = (lower["layer"].to_numpy() <= upper["layer"].to_numpy()) & ~shapely.is_empty(apart) & (upper.index != lower.index)
    pairs = pd.DataFrame({"bridge": upper.index[passes], "segment_id": lower.index[passes]})
    rows = pairs.merge(decks[["incident_id", "segment_id", "reach_m"]].rename(columns={"segment_id": "bridge"}), on="bridge")
    rows = rows.drop_duplicates(["incident_id", "segment_id"]).reset_index(drop=True)
    spots, lines = incidents.geometry.loc[rows["incident_id"]], roads.geometry.loc[rows["segment_id"]]
    distances = [find_within([spot], [line], EARTH_M).distance_m[0] for spot, line in zip(spots, lines, strict=True)]
    return _incident_rows(incidents, rows.assign(distance_m=np.array(distances, dtype=float), rule="under_bridge"), rules)


def _on_bridge(roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules) -> np.ndarray:
    bridge = roads["bridge"].reindex(rows["segment_id"]).to_numpy()
    on_m = incidents["accuracy_m"].reindex(rows["incident_id"]).to_numpy() + rules.incidents.on_bridge_m
    return bridge & (rows["distance_m"].to_numpy() <= on_m)


def _incident_rows(incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    cause = incidents.loc[rows["incident_id"]].reset_index(drop=True)
    look_back = pd.to_timedelta(cause["kind"].map(lambda kind: rules.incidents.of(kind).look_back_days).astype(float), unit="D")
    what = {"within_radius": "from", "bridge_deck": "from, on the deck, of", "under_bridge": "from, under the bridge struck by,"}
    says = [
        f"{distance:.0f} m {what[rule]} {kind.replace('_', ' ')} {name} of {at:%Y-%m-%d} (closes within {reach:.0f} m)"
        for distance, rule, kind, name, at, reach in zip(
            rows["distance_m"], rows["rule"], cause["kind"], rows["incident_id"], cause["occurred_at"], rows["reach_m"], strict=True
        )
    ]
    return pd.DataFrame(
        {
            "segment_id": rows["segment_id"],
            "cause_id": rows["incident_id"],
            "cause_type": "incident",
            "rule": rows["rule"],
            "distance_m": rows["distance_m"],
            "active_from": cause["occurred_at"],
            "active_until": cause["occurred_until"] + look_back,
            "says": says,
        }
    )


def _closed_by_zones(roads: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "segment_id": touched,
                "cause_id": zone,
                "cause_type": "zone",
                "rule": "crosses_zone",
                "distance_m": 0.0,
                "active_from": zones.at[zone, "valid_from"],
                "active_until": zones.at[zone, "valid_to"],
                "says": f"crosses the {zones.at[zone, 'kind'].replace('_', ' ')} zone {zone}",
            }
        )
        for zone, touched in _touched(roads, zones)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _touched(roads: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> Iterable[tuple[str, pd.Index]]:
    """Each zone with the segments it touches, holes and several parts respected."""
    area, line = LineIndex(roads.geometry.array).crossed_by(zones.geometry.array)
    for position, zone in enumerate(zones.index):
        yield zone, roads.index[line[area == position]]


def _closed_to_vehicle(roads: gpd.GeoDataFrame, limit: str, vehicle: float, cause: str, rule: str) -> pd.DataFrame:
    closed = roads[roads[limit] < vehicle]
    unit = limit.rsplit("_", 1)[1]
    return pd.DataFrame(
        {
            "segment_id": closed.index,
            "cause_id": cause,
            "cause_type": "vehicle",
            "rule": rule,
            "distance_m": np.nan,
            "active_from": pd.NaT,
            "active_until": pd.NaT,
            "says": [f"{rule.replace('_', ' ')} {value:g} {unit}, vehicle {vehicle:g} {unit}" for value in closed[limit]],
        }
    )


def _several(reasons: pd.Series) -> str:
    """The first three reasons, and how many more there are."""
    more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return "; ".join(reasons[:3]) + more
