"""What closes segments: incidents, zones, road reports and the vehicle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.access.causes import RULE_CODES, Causes, list_conditions, make_causes
from corridors.evidence.status import list_by_kind
from corridors.geodesy import GUARD_M, LineIndex
from corridors.geodesy.measures import EARTH_M
from corridors.geodesy.shapes import wrap_near
from corridors.rules import Rules
from corridors.tables import (
    NOT_PASSABLE,
    UNKNOWN,
    Flags,
    find_positions,
    read_times,
)

JOINT_DEGREES = 1e-9
"""Ends nearer than this are one: a tenth of a millimetre, more than turning a line round the globe
moves it."""


def close_by_reports(conditions: pd.DataFrame, rules: Rules) -> Causes:
    """What road reports close; UNKNOWN roads too, unless those may be used."""
    words = (NOT_PASSABLE,) if rules.road_reports.use_unknown else (NOT_PASSABLE, UNKNOWN)
    return list_conditions(conditions[conditions["word"].isin(words)])


def close_by_incidents(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    nearby: pd.DataFrame,
    rules: Rules,
    index: LineIndex,
) -> Causes:
    """What active reports close: by distance, on the deck of a bridge, and under such."""
    incident = find_positions(nearby["incident_id"], incidents.index)
    segment = find_positions(nearby["segment_id"], roads.index)
    distance_m, radius_m = (
        nearby[name].to_numpy() for name in ("distance_m", "effective_radius_m")
    )
    rows = {"incident": incident, "segment": segment, "distance_m": distance_m}
    on_bridge = lie_on_bridge(roads, incidents, rows, rules)
    closing = np.flatnonzero((distance_m <= radius_m + GUARD_M) | on_bridge)
    struck = pd.DataFrame(
        {name: column[closing] for name, column in rows.items()}
        | {
            "radius_m": radius_m[closing],
            "rule": np.where(on_bridge, RULE_CODES["bridge_deck"], RULE_CODES["within_radius"])[
                closing
            ],
            "bridge": np.where(on_bridge, segment, -1)[closing],
        }
    )
    if on_bridge.any():
        decks = struck[struck["bridge"] >= 0]
        under = find_under_bridges(roads, incidents, decks, index)
        if len(under):
            struck = _join_deck_and_under(struck, under)
    return _list_closures(incidents, struck, rules)


def _join_deck_and_under(struck: pd.DataFrame, under: pd.DataFrame) -> pd.DataFrame:
    """The rows of struck decks and of what passes under such, those of both kinds in one."""
    keys = ["segment", "incident"]
    below, deck = pd.MultiIndex.from_frame(under[keys]), pd.MultiIndex.from_frame(struck[keys])
    is_both = (struck["rule"] == RULE_CODES["bridge_deck"]) & deck.isin(below)
    joined = struck.assign(rule=struck["rule"].mask(is_both, RULE_CODES["deck_and_under"]))
    return pd.concat([joined, under[~below.isin(deck[is_both])]], ignore_index=True)


def find_under_bridges(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    decks: pd.DataFrame,
    index: LineIndex,
) -> pd.DataFrame:
    """What passes under a bridge that an incident lies on.

    Such lines cross it on a lower level or no higher, elsewhere than at a joint.
    """
    bridges = decks["segment"].unique()
    lines, layer = (
        index.lines,
        roads["layer"].to_numpy(),
    )  # in one piece across the antimeridian, too
    deck, lower = index.crossed_by(lines[bridges])
    upper = bridges[deck]
    above, below = lines[upper], wrap_near(lines[lower], lines[upper])
    apart = shapely.intersection(above, below)
    for one in (0, -1):  # where two roads only meet end to end, neither passes under the other
        joint = shapely.get_point(above, one)
        meets = np.logical_or.reduce(
            [
                shapely.dwithin(joint, shapely.get_point(below, other), JOINT_DEGREES)
                for other in (0, -1)
            ]
        )
        apart = np.where(
            meets, shapely.difference(apart, shapely.buffer(joint, JOINT_DEGREES)), apart
        )
    passes = (layer[lower] <= layer[upper]) & ~shapely.is_empty(apart) & (upper != lower)
    pairs = pd.DataFrame({"bridge": upper[passes], "segment": lower[passes]})
    rows = pairs.merge(
        decks[["incident", "segment", "radius_m"]].rename(columns={"segment": "bridge"}),
        on="bridge",
    )
    rows = rows.drop_duplicates(["incident", "segment"]).sort_values(
        ["incident", "segment"], ignore_index=True
    )
    spots = incidents.geometry.to_numpy()
    distances = [
        LineIndex(lines[under["segment"]]).measure(spots[[incident]], EARTH_M).distance_m
        for incident, under in rows.groupby("incident")
    ]
    distance_m = np.concatenate([np.zeros(0), *distances])
    return rows.assign(distance_m=distance_m, rule=RULE_CODES["under_bridge"])


def lie_on_bridge(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    rows: Mapping[str, Any] | pd.DataFrame,
    rules: Rules,
) -> Flags:
    """Whether the incident of each pair lies on its segment, and that is a bridge.

    `rows` has incident and segment (positions) and distance_m.
    """
    on_m = incidents["accuracy_m"].to_numpy() + rules.incidents.on_bridge_m
    found = np.asarray(roads["bridge"].to_numpy()[rows["segment"]])
    pairs = np.flatnonzero(found)
    incident, distance_m = (np.asarray(rows[name])[pairs] for name in ("incident", "distance_m"))
    found[pairs] = distance_m <= on_m[incident] + GUARD_M
    return found


def _list_closures(incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules) -> Causes:
    """Rows of the ledger for pairs of a report and a segment (positions), by its incident.

    Of several reports of one incident that close a segment by one rule, the row has the smallest
    distance, the earliest beginning, the latest end and the largest radius.
    """
    since = read_times(incidents["occurred_at"])
    until = read_times(incidents["occurred_until"]) + list_by_kind(incidents, rules).look_back
    owners = incidents.get("incident_id", incidents.index)
    owner, ids = pd.factorize(owners.to_numpy(dtype=object))
    at = rows["incident"].to_numpy()
    segment, rule, distance_m = (
        rows[name].to_numpy() for name in ("segment", "rule", "distance_m")
    )
    radius_m, bridge = rows["radius_m"].to_numpy(), rows["bridge"].to_numpy()
    cause, active_from, active_until = owner[at], since[at], until[at]
    if len(ids) < len(incidents) and len(at):
        order = np.lexsort([distance_m, rule, cause, segment])
        keys = np.stack([segment, cause, rule])[:, order]
        first = np.flatnonzero(np.r_[True, (np.diff(keys) != 0).any(axis=0)])
        active_from = np.minimum.reduceat(active_from[order], first)
        active_until = np.maximum.reduceat(active_until[order], first)
        radius_m = np.maximum.reduceat(radius_m[order], first)
        segment, cause, rule, distance_m, bridge = (
            column[order[first]] for column in (segment, cause, rule, distance_m, bridge)
        )
    return make_causes(
        segment,
        cause,
        ids,
        cause_type="incident",
        rule=rule,
        distance_m=distance_m,
        radius_m=radius_m,
        bridge=bridge,
        active_from=active_from,
        active_until=active_until,
    )


def touch_zones(zones: gpd.GeoDataFrame, index: LineIndex, rule: str) -> Causes:
    """The segments that each zone touches."""
    zone, touched = index.crossed_by(zones.geometry.array)
    since, until = (read_times(zones[name])[zone] for name in ("valid_from", "valid_to"))
    return make_causes(
        touched,
        zone,
        zones.index.to_numpy(dtype=object),
        cause_type="zone",
        rule=RULE_CODES[rule],
        distance_m=0.0,
        active_from=since,
        active_until=until,
    )


def close_to_vehicle(roads: gpd.GeoDataFrame, limit: str, vehicle: float) -> Causes:
    """What a limit of the road closes to a vehicle that exceeds it."""
    cause, rule = {
        "max_weight_t": ("gross_weight_t", "weight_limit"),
        "max_height_m": ("height_m", "height_limit"),
    }[limit]
    segment = np.flatnonzero(roads[limit].to_numpy() < vehicle)
    ids = np.array([cause], dtype=object)
    none = np.zeros(len(segment), dtype=np.int64)
    return make_causes(segment, none, ids, cause_type="vehicle", rule=RULE_CODES[rule])
