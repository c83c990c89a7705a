"""Access: which segments can be used, and the ledger that says why each of the others cannot.

Rules of the ledger. Each closes a whole segment in both directions; a report may close one only:

    within_radius   an active incident lies within its effective radius of the segment
    bridge_deck     ... and lies on it, and it is a bridge
    under_bridge    it passes under a bridge that an active incident lies on
    deck_and_under  both
    crosses_zone    a zone of a closing kind, in force, touches it
    weight_limit    the vehicle is heavier than it bears
    height_limit    the vehicle is higher than it lets through
    report_closed   a road report in force says NOT_PASSABLE
    report_weight_limit, report_height_limit    one names a limit that the vehicle exceeds
    report_unknown  its state is UNKNOWN, and unknown roads are not to be used

The code of a reason is "reason." and a rule; `REASONS_OF_REPORTS` and in_restricted_zone are the
others. Reasons are facts by code; `explain_segments` makes their messages when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence.conditions import describe_report
from corridors.geodesy import GUARD_M, LineIndex
from corridors.geodesy.measures import EARTH_M
from corridors.geodesy.shapes import wrap_near
from corridors.messages import Message
from corridors.rules import Rules
from corridors.situation import Situation, is_in_force
from corridors.tables import (
    CLOSED_WAYS,
    CLOSURES,
    NOT_PASSABLE,
    PASSABLE,
    RESTRICTED,
    STATUSES,
    UNKNOWN,
    Flags,
    Ints,
    build_table,
    find_positions,
)

JOINT_DEGREES = 1e-9
"""Ends nearer than this are one: a tenth of a millimetre, more than turning a line round the globe
moves it."""
RULES_OF_INCIDENTS = ("within_radius", "bridge_deck", "under_bridge", "deck_and_under")
MAX_REASONS = 3
"""A message names this many causes of one segment, and counts the others."""
REASONS_OF_REPORTS = ("report_restricted", "report_lapsed", "unreported")
"""The reasons of road reports that are no rules of the ledger: what restricts a road, what no
longer shows that it is open, and that no report is about it."""
_CAUSES = ["segment", "code", "cause_id", "direction", "distance_m", "radius_m", "bridge"]


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
    closing = in_force[in_force["kind"].isin(rules.zones.close)]
    ledger = pd.concat(
        [
            _close_by_incidents(roads, incidents, nearby, rules, index),
            _close_by_zones(closing, index),
            _close_to_vehicle(roads, "max_weight_t", rules.vehicle.gross_weight_t),
            _close_to_vehicle(roads, "max_height_m", rules.vehicle.height_m),
        ],
        ignore_index=True,
    ).assign(direction="both")
    if conditions is not None and len(closed := _close_by_reports(conditions, rules)):
        ledger = pd.concat([ledger, closed], ignore_index=True)
    ranks = [_rank(ledger[column]) for column in ("rule", "cause_id", "cause_type")]
    ledger = ledger.iloc[np.lexsort([*ranks, _order(roads.index)[ledger["segment"]]])]
    closures = build_table(
        CLOSURES, ledger.assign(segment_id=roads.index[ledger["segment"]]).reset_index(drop=True)
    )
    restricting = in_force[(in_force["kind"] == "restricted") & ~in_force.index.isin(closing.index)]
    softer = _list_softer(conditions, ledger, rules)
    causes = _sort_causes(ledger, softer, _list_restricted(restricting, index, ledger, softer))
    return Access(_classify(roads, ledger, causes, conditions), closures, causes)


def _classify(
    roads: gpd.GeoDataFrame,
    ledger: pd.DataFrame,
    causes: pd.DataFrame,
    conditions: pd.DataFrame | None,
) -> pd.DataFrame:
    """The table `Access.status`; words are put in at the end, since most segments share theirs."""
    status = np.full(len(roads), STATUSES.index(PASSABLE))
    status[causes["segment"]] = STATUSES.index(RESTRICTED)
    if conditions is not None:
        unknown = conditions.loc[conditions["word"] == UNKNOWN, "segment"]
        status[unknown] = STATUSES.index(UNKNOWN)
    shut = _find_shut(roads, ledger[ledger["rule"] != "report_unknown"])
    status[shut] = STATUSES.index(NOT_PASSABLE)
    segment, first = np.unique(causes["segment"].to_numpy(), return_index=True)
    code, codes = pd.factorize(causes["code"].to_numpy()[first])
    reason = np.zeros(len(roads), dtype=np.int64)
    reason[segment] = code + 1
    closed = _find_closed(len(roads), ledger, "forward") + 2 * _find_closed(
        len(roads), ledger, "backward"
    )
    columns = {
        "status": (STATUSES, status),
        "reason_code": (["", *codes], reason),
        "closed_direction": (CLOSED_WAYS, closed),
    }
    table = {
        name: pd.array(list(words), dtype="str").take(numbers)
        for name, (words, numbers) in columns.items()
    }
    return pd.DataFrame(table, index=roads.index)


# Reasons


def _list_softer(
    conditions: pd.DataFrame | None, ledger: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """What reports say of roads without closing them.

    Of a road in the ledger only what makes it unknown counts; where unknown roads are not used,
    that is in the ledger itself.
    """
    if conditions is None:
        return ledger.iloc[:0]
    rows = conditions[conditions["word"].isin([RESTRICTED, UNKNOWN])]
    is_closed = rows["segment"].isin(ledger["segment"])
    is_more = (rows["word"] == UNKNOWN) & rules.road_reports.use_unknown
    return rows[~is_closed | is_more].sort_values(
        ["segment", "word", "cause_id"], ascending=[True, False, True], kind="stable"
    )


def _list_restricted(
    zones: gpd.GeoDataFrame, index: LineIndex, *others: pd.DataFrame
) -> pd.DataFrame:
    """Segments that restricted zones touch, without those that have other causes."""
    zone, segment = index.crossed_by(zones.geometry.array)
    alone = ~np.isin(segment, np.concatenate([rows["segment"].to_numpy() for rows in others]))
    return pd.DataFrame(
        {
            "segment": segment[alone],
            "cause_id": zones.index.to_numpy()[zone[alone]],
            "rule": "in_restricted_zone",
            "direction": "both",
        }
    )


def _sort_causes(*parts: pd.DataFrame) -> pd.DataFrame:
    """The table `Access.causes`: rows of the ledger before those that do not close."""
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.iloc[np.argsort(rows["segment"].to_numpy(np.int64), kind="stable")]
    rule = rows["rule"].to_numpy(dtype=object)
    if "reason" in rows:  # a road report has reasons of its own
        rule = np.where(rows["reason"].notna(), rows["reason"], rule)
    number, rules = pd.factorize(rule)
    made = rows.reindex(columns=_CAUSES).assign(
        segment=rows["segment"].to_numpy(np.int64),
        code=np.array([f"reason.{rule}" for rule in rules], dtype=object)[number],
        bridge=rows["bridge"].fillna(-1).to_numpy(np.int64),
    )
    return made.reset_index(drop=True)


def explain_segments(
    access: Access,
    situation: Situation,
    incidents: gpd.GeoDataFrame,
    rules: Rules,
    ids: Sequence[str] | pd.Index,
) -> dict[str, Message]:
    """Why segments are not PASSABLE: a message for each of them that is not, by its id.

    Parameters
    ----------
    access
        What `classify_access` returns for the roads of the situation.
    situation
        Its roads, zones and road reports are named.
    incidents
        The incidents that the ledger names, as `INCIDENTS`.
    rules
        `vehicle`.
    ids
        The segments.

    Returns
    -------
    dict of Message
        The one cause; or "reason.several" or "reason.several_more" with the first three of them.
    """
    chosen = access.status.index.get_indexer(pd.Index(ids))
    rows = access.causes[np.isin(access.causes["segment"], chosen)]
    segment, first, count = np.unique(
        rows["segment"].to_numpy(), return_index=True, return_counts=True
    )
    place = np.arange(len(rows)) - np.repeat(first, count)
    made = list(_explain(rows[place < MAX_REASONS], situation, incidents, rules))
    names = access.status.index[segment].tolist()
    reasons, start = {}, 0
    for name, number in zip(names, count.tolist(), strict=True):
        end = start + min(number, MAX_REASONS)
        if number == 1:
            reasons[name] = made[start]
        elif number <= MAX_REASONS:
            reasons[name] = Message("reason.several", reasons=tuple(made[start:end]))
        else:
            more = number - MAX_REASONS
            reasons[name] = Message(
                "reason.several_more", reasons=tuple(made[start:end]), more=more
            )
        start = end
    return reasons


def _explain(
    rows: pd.DataFrame, situation: Situation, incidents: gpd.GeoDataFrame, rules: Rules
) -> Iterator[Message]:
    """A message for each cause."""
    roads, zones = situation.roads, situation.zones
    of_incidents = rows["code"].isin([f"reason.{rule}" for rule in RULES_OF_INCIDENTS])
    struck = rows.loc[of_incidents, "cause_id"].unique()
    facts = incidents.loc[struck, ["kind", "occurred_at"]].to_dict("index")
    named = situation.road_reports.index.intersection(rows["cause_id"].unique())
    reports = situation.road_reports.loc[named].rename_axis("report_id").reset_index()
    by_report = {report["report_id"]: report for report in reports.to_dict("records")}
    columns = {name: rows[name].tolist() for name in _CAUSES}
    for values, of_incident in zip(zip(*columns.values(), strict=True), of_incidents, strict=True):
        row = dict(zip(columns, values, strict=True))
        code, cause, segment = row["code"], row["cause_id"], row["segment"]
        if of_incident:
            yield Message(
                code,
                incident=cause,
                kind=facts[cause]["kind"],
                date=facts[cause]["occurred_at"],
                distance_m=row["distance_m"],
                radius_m=row["radius_m"],
                **_name_bridge(roads, row["bridge"]),
            )
        elif code == "reason.weight_limit":
            limit_t = roads["max_weight_t"].iat[segment]
            yield Message(code, limit_t=limit_t, vehicle_t=rules.vehicle.gross_weight_t)
        elif code == "reason.height_limit":
            limit_m = roads["max_height_m"].iat[segment]
            yield Message(code, limit_m=limit_m, vehicle_m=rules.vehicle.height_m)
        elif code in ("reason.crosses_zone", "reason.in_restricted_zone"):
            yield Message(code, zone=cause, zone_kind=zones.at[cause, "kind"])
        elif cause in by_report:
            bridge = roads["name"].iat[segment] if roads["bridge"].iat[segment] else ""
            yield _explain_report(row, by_report[cause], bridge, rules)
        else:
            yield Message(code)


def _name_bridge(roads: gpd.GeoDataFrame, at: int) -> dict[str, str]:
    """The bridge that was struck, by its name or, where it has none, by its id."""
    return {"bridge": roads["name"].iat[at] or roads.index[at]} if at >= 0 else {}


def _explain_report(
    row: Mapping[str, Any], report: Mapping[str, Any], bridge: str, rules: Rules
) -> Message:
    """Why a road report closes or restricts a segment, or makes it unknown."""
    limits = {
        "reason.report_weight_limit": {
            "limit_t": report["max_weight_t"],
            "vehicle_t": rules.vehicle.gross_weight_t,
        },
        "reason.report_height_limit": {
            "limit_m": report["max_height_m"],
            "vehicle_m": rules.vehicle.height_m,
        },
    }
    code, values = row["code"], describe_report(report, row["direction"], bridge)
    return Message(code, **values, **limits.get(code, {}))


# Closures


def _find_shut(roads: gpd.GeoDataFrame, ledger: pd.DataFrame) -> Flags:
    """Whether every direction of each segment that may be driven is closed by rows of the ledger."""
    shut = [
        _find_closed(len(roads), ledger, direction) | (roads["oneway"] == other).to_numpy()
        for direction, other in (("forward", "backward"), ("backward", "forward"))
    ]
    return np.asarray(shut[0] & shut[1])


def _find_closed(count: int, ledger: pd.DataFrame, direction: str) -> Flags:
    """Whether a row of the ledger keeps that direction of each segment closed."""
    closed = np.zeros(count, dtype=bool)
    closed[ledger["segment"].to_numpy()[ledger["direction"].isin(["both", direction])]] = True
    return closed


def _rank(column: pd.Series) -> np.ndarray:
    """The place of each value among the different ones, sorted."""
    return pd.factorize(column, sort=True)[0]


def _order(index: pd.Index) -> np.ndarray:
    """The place of each id of a table among all of them, sorted."""
    order = np.empty(len(index), dtype=np.int64)
    order[np.arange(len(index)) if index.is_monotonic_increasing else index.argsort()] = np.arange(
        len(index)
    )
    return order


def _close_by_reports(conditions: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """What road reports close; UNKNOWN roads too, unless those may be used."""
    words = (NOT_PASSABLE,) if rules.road_reports.use_unknown else (NOT_PASSABLE, UNKNOWN)
    return conditions[conditions["word"].isin(words)].assign(cause_type="road_report")


def _close_by_incidents(
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
        rule=np.where(on_bridge, "bridge_deck", "within_radius"),
        bridge=np.where(on_bridge, rows["segment"], -1),
    )[within | on_bridge]
    under = _find_under_bridges(roads, incidents, rows[on_bridge], index)
    if len(under):
        struck = _join_deck_and_under(struck, under)
    return _list_closures(incidents, struck, rules)


def _join_deck_and_under(struck: pd.DataFrame, under: pd.DataFrame) -> pd.DataFrame:
    """The rows of struck decks and of what passes under such, those of both kinds in one."""
    keys = ["segment", "incident"]
    below, deck = pd.MultiIndex.from_frame(under[keys]), pd.MultiIndex.from_frame(struck[keys])
    is_both = (struck["rule"] == "bridge_deck") & deck.isin(below)
    joined = struck.assign(rule=struck["rule"].mask(is_both, "deck_and_under"))
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
        return decks.assign(rule="under_bridge", bridge=-1)
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
    return rows.assign(distance_m=np.concatenate([np.zeros(0), *distances]), rule="under_bridge")


def lie_on_bridge(
    roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules
) -> Flags:
    """Whether of each pair of an incident and a segment (positions, with distance_m) the segment is
    a bridge, and the incident lies on it.
    """
    on_m = incidents["accuracy_m"].to_numpy() + rules.incidents.on_bridge_m
    return np.asarray(
        roads["bridge"].to_numpy()[rows["segment"]]
        & (rows["distance_m"].to_numpy() <= on_m[rows["incident"]] + GUARD_M)
    )


def _list_closures(incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Rows of the ledger for pairs of a report and a segment (positions), by its incident.

    Of several reports of one incident that close a segment by one rule, the row has the smallest
    distance, the earliest beginning, the latest end and the largest radius.
    """
    days = incidents["kind"].map(lambda kind: rules.incidents.of(kind).look_back_days)
    until = incidents["occurred_until"] + pd.to_timedelta(days.astype(float), unit="D")
    ids = incidents["incident_id"] if "incident_id" in incidents else incidents.index
    at = rows["incident"].to_numpy()
    made = pd.DataFrame(
        {
            "segment": rows["segment"].to_numpy(),
            "cause_id": ids.to_numpy()[at],
            "cause_type": "incident",
            "rule": rows["rule"].to_numpy(),
            "distance_m": rows["distance_m"].to_numpy(),
            "active_from": incidents["occurred_at"].array[at],
            "active_until": until.array[at],
            "radius_m": rows["effective_radius_m"].to_numpy(),
            "bridge": rows["bridge"].to_numpy(),
        }
    )
    keys = ["segment", "cause_id", "rule"]
    if not ids.duplicated().any() or not made.duplicated(keys).any():
        return made
    grouped = made.sort_values("distance_m", kind="stable").groupby(keys, as_index=False)
    first = dict.fromkeys(("cause_type", "distance_m", "bridge"), "first")
    last = {"active_until": "max", "radius_m": "max"}
    return grouped.agg({**first, "active_from": "min", **last})


def _close_by_zones(zones: gpd.GeoDataFrame, index: LineIndex) -> pd.DataFrame:
    zone, touched = index.crossed_by(zones.geometry.array)
    return pd.DataFrame(
        {
            "segment": touched,
            "cause_id": zones.index.to_numpy()[zone],
            "cause_type": "zone",
            "rule": "crosses_zone",
            "distance_m": 0.0,
            "active_from": zones["valid_from"].array[zone],
            "active_until": zones["valid_to"].array[zone],
        }
    )


def _close_to_vehicle(roads: gpd.GeoDataFrame, limit: str, vehicle: float) -> pd.DataFrame:
    """What a limit of the road closes to a vehicle that exceeds it."""
    cause, rule = {
        "max_weight_t": ("gross_weight_t", "weight_limit"),
        "max_height_m": ("height_m", "height_limit"),
    }[limit]
    return pd.DataFrame(
        {
            "segment": np.flatnonzero(roads[limit] < vehicle),
            "cause_id": cause,
            "cause_type": "vehicle",
            "rule": rule,
            "distance_m": np.nan,
            "active_from": pd.NaT,
            "active_until": pd.NaT,
        }
    )
