"""The rows of incidents, zones, road reports and the vehicle: what closes or restricts segments."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.access.rows import REASONS, ROW, count_us, make_rows
from corridors.geodesy import GUARD_M, LineIndex
from corridors.geodesy.measures import EARTH_M
from corridors.geodesy.shapes import wrap_near
from corridors.rules import Rules
from corridors.tables import (
    CLOSED_WAYS,
    NOT_PASSABLE,
    PASSABLE,
    RESTRICTED,
    UNKNOWN,
    Flags,
    find_positions,
)

JOINT_DEGREES = 1e-9
"""Ends nearer than this are one: a tenth of a millimetre, more than turning a line round the globe
moves it."""


def list_reported(conditions: pd.DataFrame | None) -> pd.DataFrame:
    """The conditions that are not PASSABLE as rows of numbers, with their word and cause_id."""
    if conditions is None:
        names = ("segment", "direction", "word", "rule", "cause_id", "reason")
        times = ("active_from", "active_until")
        conditions = pd.DataFrame({name: [] for name in (*names, *times, "distance_m")})
    conditions = conditions[conditions["word"] != PASSABLE]
    rows = make_rows(
        "road_report",
        conditions["rule"].map(REASONS.index),
        segment=conditions["segment"],
        cause=pd.factorize(conditions["cause_id"], sort=True)[0],
        reason=conditions["reason"].map(REASONS.index),
        direction=conditions["direction"].map(CLOSED_WAYS.index),
        distance_m=conditions["distance_m"],
        **{name: count_us(conditions[name]) for name in ("active_from", "active_until")},
    )
    return rows.assign(word=conditions["word"], cause_id=conditions["cause_id"])


def close_by_reports(reported: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """What road reports close; UNKNOWN roads too, unless those may be used."""
    words = (NOT_PASSABLE,) if rules.road_reports.use_unknown else (NOT_PASSABLE, UNKNOWN)
    return reported.loc[reported["word"].isin(words), list(ROW)]


def list_softer(reported: pd.DataFrame, ledger: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """What reports say of roads without closing them.

    Of a road in the ledger only what makes it unknown counts; where unknown roads are not used,
    that is in the ledger itself.
    """
    rows = reported[reported["word"].isin([RESTRICTED, UNKNOWN])]
    is_closed = rows["segment"].isin(ledger["segment"])
    is_more = (rows["word"] == UNKNOWN) & rules.road_reports.use_unknown
    return rows[~is_closed | is_more].sort_values(
        ["segment", "word", "cause"], ascending=[True, False, True], kind="stable"
    )


def list_restricted(zones: gpd.GeoDataFrame, index: LineIndex, rules: Rules) -> pd.DataFrame:
    """Segments that zones of kind `restricted` touch, where that kind does not close."""
    is_restricting = (zones["kind"] == "restricted") & ~zones["kind"].isin(rules.zones.close)
    return _list_touched(zones, is_restricting, index, "in_restricted_zone")


def close_by_zones(zones: gpd.GeoDataFrame, index: LineIndex, rules: Rules) -> pd.DataFrame:
    """Segments that zones of a closing kind touch."""
    return _list_touched(zones, zones["kind"].isin(rules.zones.close), index, "crosses_zone")


def _list_touched(
    zones: gpd.GeoDataFrame, chosen: pd.Series, index: LineIndex, rule: str
) -> pd.DataFrame:
    place, segment = index.crossed_by(zones.geometry.array[chosen])
    zone = np.flatnonzero(chosen)[place]
    times = {"active_from": "valid_from", "active_until": "valid_to"}
    return make_rows(
        "zone",
        rule,
        segment=segment,
        cause=pd.factorize(zones.index, sort=True)[0][zone],
        distance_m=0.0,
        **{name: count_us(zones[column])[zone] for name, column in times.items()},
    )


def close_to_vehicle(roads: gpd.GeoDataFrame, limit: str, vehicle: float) -> pd.DataFrame:
    """What a limit of the road closes to a vehicle that exceeds it."""
    rule, cause = {"max_weight_t": ("weight_limit", 0), "max_height_m": ("height_limit", 1)}[limit]
    segment = np.flatnonzero(roads[limit] < vehicle)
    return make_rows("vehicle", rule, segment=segment, cause=cause)


def close_by_incidents(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    nearby: pd.DataFrame,
    rules: Rules,
    index: LineIndex,
) -> pd.DataFrame:
    """What active reports close: by distance, on the deck of a bridge, and under such."""
    rows = nearby[["distance_m", "effective_radius_m"]].assign(
        incident=find_positions(nearby["incident_id"], incidents.index),
        segment=find_positions(nearby["segment_id"], roads.index),
    )
    on_bridge = lie_on_bridge(roads, incidents, rows, rules)
    within = (rows["distance_m"] <= rows["effective_radius_m"] + GUARD_M).to_numpy()
    struck = rows.assign(
        rule=np.where(on_bridge, REASONS.index("bridge_deck"), REASONS.index("within_radius")),
        bridge=np.where(on_bridge, rows["segment"], -1),
    )[within | on_bridge]
    under = _find_under_bridges(roads, incidents, rows[on_bridge], index)
    struck = _join_deck_and_under(struck, under, len(roads)) if len(under) else struck
    days = incidents["kind"].map(lambda kind: rules.incidents.of(kind).look_back_days)
    until = incidents["occurred_until"] + pd.to_timedelta(days.astype(float), unit="D")
    ids = pd.factorize(incidents.get("incident_id", incidents.index), sort=True)[0]
    at = struck["incident"].to_numpy()
    return make_rows(
        "incident",
        struck["rule"].to_numpy(),
        segment=struck["segment"].to_numpy(),
        cause=ids[at],
        distance_m=struck["distance_m"].to_numpy(),
        active_from=count_us(incidents["occurred_at"])[at],
        active_until=count_us(until)[at],
        radius_m=struck["effective_radius_m"].to_numpy(),
        bridge=struck["bridge"].to_numpy(),
    )


def _join_deck_and_under(struck: pd.DataFrame, under: pd.DataFrame, count: int) -> pd.DataFrame:
    """The rows of struck decks and of what passes under such, those of both kinds in one."""
    pairs = (rows[["incident", "segment"]].astype("int64") for rows in (struck, under))
    deck, below = (rows["incident"] * count + rows["segment"] for rows in pairs)
    is_both = (struck["rule"] == REASONS.index("bridge_deck")) & deck.isin(below)
    joined = struck.assign(rule=struck["rule"].mask(is_both, REASONS.index("deck_and_under")))
    return pd.concat([joined, under[~below.isin(deck[is_both])]], ignore_index=True)


def _find_under_bridges(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    decks: pd.DataFrame,
    index: LineIndex,
) -> pd.DataFrame:
    """What passes under a bridge that an incident lies on.

    Such lines cross it on a lower level or no higher, elsewhere than at a joint.
    """
    if decks.empty:
        return decks.assign(rule=-1, bridge=-1)
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
        decks[["incident", "segment", "effective_radius_m"]].rename(columns={"segment": "bridge"}),
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
    rule = REASONS.index("under_bridge")
    return rows.assign(distance_m=np.concatenate([np.zeros(0), *distances]), rule=rule)


def lie_on_bridge(
    roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules
) -> Flags:
    """Whether the segment of each pair is a bridge, and the incident lies on it.

    Pairs are positions of an incident and a segment, with distance_m.
    """
    on_m = incidents["accuracy_m"].to_numpy() + rules.incidents.on_bridge_m
    return np.asarray(
        roads["bridge"].to_numpy()[rows["segment"]]
        & (rows["distance_m"].to_numpy() <= on_m[rows["incident"]] + GUARD_M)
    )
