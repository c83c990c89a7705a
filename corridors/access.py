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

from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.nearness import GUARD_M, LineIndex
from corridors.rules import Rules
from corridors.situation import is_in_force
from corridors.tables import CLOSURES, NOT_PASSABLE, PASSABLE, RESTRICTED, build_table, find_positions

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
    index: LineIndex | None = None,
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
    index
        `LineIndex(roads.geometry.array)`, where it is there already.

    Returns
    -------
    Access
        `closures` keeps the contract `CLOSURES`, sorted by segment, cause and rule; a segment with a row in it is
        NOT_PASSABLE. A zone of kind `restricted` makes the others it touches RESTRICTED. PASSABLE says only that nothing
        known closes the segment.
    """
    index = index or LineIndex(roads.geometry.array)
    in_force = zones[is_in_force(zones, as_of)]
    closing = in_force[in_force["kind"].isin(rules.zones.close)]
    rows = nearby[["distance_m", "reach_m"]].assign(
        incident=find_positions(nearby["incident_id"], incidents.index), segment=find_positions(nearby["segment_id"], roads.index)
    )
    on_bridge = _on_bridge(roads, incidents, rows, rules)
    ledger = pd.concat(
        [
            _closed_by_incidents(incidents, rows, on_bridge, rules),
            _closed_under_bridges(roads, incidents, rows[on_bridge], rules, index),
            _closed_by_zones(closing, index),
            _closed_to_vehicle(roads, "max_weight_t", rules.vehicle.gross_weight_t, "gross_weight_t", "weight_limit"),
            _closed_to_vehicle(roads, "max_height_m", rules.vehicle.height_m, "height_m", "height_limit"),
        ],
        ignore_index=True,
    )
    ledger = ledger.iloc[
        np.lexsort([_rank(ledger[column]) for column in ("rule", "cause_id", "cause_type")] + [_order(roads.index)[ledger["segment"]]])
    ]
    closures = build_table(CLOSURES, ledger.assign(segment_id=roads.index.to_numpy()[ledger["segment"]]).reset_index(drop=True))

    status, reason = np.full(len(roads), PASSABLE, dtype=object), np.full(len(roads), "", dtype=object)
    restricted = in_force[(in_force["kind"] == "restricted") & ~in_force.index.isin(closing.index)]
    area, touched = index.crossed_by(restricted.geometry.array)
    zone = np.array([f"in the restricted zone {name}" for name in restricted.index], dtype=object)
    status[touched], reason[touched] = RESTRICTED, zone[area]  # where several touch, the last is told of
    closed = ledger["segment"].to_numpy()
    first = np.flatnonzero(np.r_[True, closed[1:] != closed[:-1]]) if len(closed) else closed
    status[closed[first]] = NOT_PASSABLE
    says = ledger["says"].tolist()
    reason[closed[first]] = [_several(says[start:end]) for start, end in pairwise([*first.tolist(), len(says)])]
    return Access(pd.DataFrame({"status": status, "reason": reason}, index=roads.index).astype("str"), closures)


def _rank(column: pd.Series) -> np.ndarray:
    """The place of each value among the different ones, sorted."""
    return pd.factorize(column, sort=True)[0]


def _order(index: pd.Index) -> np.ndarray:
    """The place of each id of a table among all of them, sorted."""
    order = np.empty(len(index), dtype=np.int64)
    order[np.arange(len(index)) if index.is_monotonic_increasing else index.argsort()] = np.arange(len(index))
    return order


def _closed_by_incidents(incidents: gpd.GeoDataFrame, rows: pd.DataFrame, on_bridge: np.ndarray, rules: Rules) -> pd.DataFrame:
    within = (rows["distance_m"] <= rows["reach_m"] + GUARD_M).to_numpy()
    rule = np.where(on_bridge, "bridge_deck", "within_radius")
    return _incident_rows(incidents, rows.assign(rule=rule)[within | on_bridge], rules)


def _closed_under_bridges(
    roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, decks: pd.DataFrame, rules: Rules, index: LineIndex
) -> pd.DataFrame:
    """What passes under a bridge that an incident lies on: lines that cross it on a lower level or no higher, elsewhere than at a joint."""
    bridges = decks["segment"].unique()
    lines, layer = roads.geometry.to_numpy(), roads["layer"].to_numpy()
    deck, lower = index.crossed_by(lines[bridges])
    upper = bridges[deck]
    apart = shapely.intersection(lines[upper], lines[lower])
    for one in (0, -1):  # where two roads only meet end to end, neither passes under the other
        joint = shapely.get_point(lines[upper], one)
        meets = np.logical_or.reduce([shapely.equals(joint, shapely.get_point(lines[lower], other)) for other in (0, -1)])
        apart = np.where(meets, shapely.difference(apart, shapely.buffer(joint, 1e-9)), apart)
    passes = (layer[lower] <= layer[upper]) & ~shapely.is_empty(apart) & (upper != lower)
    pairs = pd.DataFrame({"bridge": upper[passes], "segment": lower[passes]})
    rows = pairs.merge(decks[["incident", "segment", "reach_m"]].rename(columns={"segment": "bridge"}), on="bridge")
    rows = rows.drop_duplicates(["incident", "segment"]).sort_values(["incident", "segment"], ignore_index=True)
    spots = incidents.geometry.to_numpy()
    distances = [
        LineIndex(lines[under["segment"]]).measure(spots[[incident]], EARTH_M).distance_m for incident, under in rows.groupby("incident")
    ]
    return _incident_rows(incidents, rows.assign(distance_m=np.concatenate([np.zeros(0), *distances]), rule="under_bridge"), rules)


def _on_bridge(roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules) -> np.ndarray:
    on_m = incidents["accuracy_m"].to_numpy() + rules.incidents.on_bridge_m
    return roads["bridge"].to_numpy()[rows["segment"]] & (rows["distance_m"].to_numpy() <= on_m[rows["incident"]])


def _incident_rows(incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Rows of the ledger for pairs of an incident and a segment (positions), with the distance and the rule of each."""
    look_back = pd.to_timedelta(incidents["kind"].map(lambda kind: rules.incidents.of(kind).look_back_days).astype(float), unit="D")
    what = {"within_radius": "from", "bridge_deck": "from, on the deck, of", "under_bridge": "from, under the bridge struck by,"}
    cause = [
        f"{kind.replace('_', ' ')} {name} of {at:%Y-%m-%d} (closes within"
        for name, kind, at in zip(incidents.index, incidents["kind"], incidents["occurred_at"], strict=True)
    ]
    said = zip(rows["distance_m"].tolist(), rows["rule"].tolist(), rows["incident"].tolist(), rows["reach_m"].tolist(), strict=True)
    at = rows["incident"].to_numpy()
    return pd.DataFrame(
        {
            "segment": rows["segment"].to_numpy(),
            "cause_id": incidents.index.to_numpy()[at],
            "cause_type": "incident",
            "rule": rows["rule"].to_numpy(),
            "distance_m": rows["distance_m"].to_numpy(),
            "active_from": incidents["occurred_at"].array[at],
            "active_until": (incidents["occurred_until"] + look_back).array[at],
            "says": [f"{distance:.0f} m {what[rule]} {cause[incident]} {reach:.0f} m)" for distance, rule, incident, reach in said],
        }
    )


def _closed_by_zones(zones: gpd.GeoDataFrame, index: LineIndex) -> pd.DataFrame:
    zone, touched = index.crossed_by(zones.geometry.array)
    says = np.array([f"crosses the {kind.replace('_', ' ')} zone {name}" for name, kind in zones["kind"].items()], dtype=object)
    return pd.DataFrame(
        {
            "segment": touched,
            "cause_id": zones.index.to_numpy()[zone],
            "cause_type": "zone",
            "rule": "crosses_zone",
            "distance_m": 0.0,
            "active_from": zones["valid_from"].array[zone],
            "active_until": zones["valid_to"].array[zone],
            "says": says[zone],
        }
    )


def _closed_to_vehicle(roads: gpd.GeoDataFrame, limit: str, vehicle: float, cause: str, rule: str) -> pd.DataFrame:
    segment = np.flatnonzero(roads[limit] < vehicle)
    unit = limit.rsplit("_", 1)[1]
    return pd.DataFrame(
        {
            "segment": segment,
            "cause_id": cause,
            "cause_type": "vehicle",
            "rule": rule,
            "distance_m": np.nan,
            "active_from": pd.NaT,
            "active_until": pd.NaT,
            "says": [f"{rule.replace('_', ' ')} {value:g} {unit}, vehicle {vehicle:g} {unit}" for value in roads[limit].iloc[segment]],
        }
    )


def _several(reasons: list[str]) -> str:
    """The first three reasons, and how many more there are."""
    more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return "; ".join(reasons[:3]) + more
