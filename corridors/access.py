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
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.evidence.status import list_by_kind
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
    STRUCTURE_OF,
    UNKNOWN,
    Codes,
    Flags,
    Floats,
    Ints,
    assemble_table,
    find_positions,
    make_times,
    read_times,
    take_words,
)

JOINT_DEGREES = 1e-9
"""Ends nearer than this are one: a tenth of a millimetre, more than turning a line round the globe
moves it."""
MAX_REASONS = 3
"""A message names this many causes of one segment, and counts the others."""
REASONS_OF_REPORTS = ("report_restricted", "report_lapsed", "unreported")
"""The reasons of road reports that are no rules of the ledger: what restricts a road, what no
longer shows that it is open, and that no report is about it."""
CAUSE_TYPES = ("incident", "road_report", "vehicle", "zone")
"""The types of cause, in the order of the ledger."""
RULES = (
    *("bridge_deck", "crosses_zone", "deck_and_under", "height_limit", "in_restricted_zone"),
    *("report_closed", "report_height_limit", "report_lapsed", "report_passable"),
    *("report_restricted", "report_unknown", "report_weight_limit", "under_bridge", "unreported"),
    *("weight_limit", "within_radius"),
)
"""The rules of the ledger and the other reasons, in the order of the ledger."""
FORWARD, BACKWARD = 1, 2
"""The bits of a direction; both is both."""
_CODE = {word: number for number, word in enumerate(RULES)}
_NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True, eq=False, slots=True)
class Causes:
    """What closes, restricts or makes unknown: one row for each segment and cause, as codes.

    Rows are sorted by segment. `segment` is a position in the roads, `cause` one in `ids`,
    `cause_type` and `rule` are those in `CAUSE_TYPES` and `RULES`, `reason` is the rule that names
    it in a reason, `direction` has the bits `FORWARD` and `BACKWARD`; `bridge` is the position of
    the bridge that was struck (-1: none). Times are UTC.
    """

    ids: npt.NDArray[np.object_]
    segment: Ints
    cause: Ints
    cause_type: Codes
    rule: Codes
    reason: Codes
    direction: Codes
    distance_m: Floats
    radius_m: Floats
    bridge: Ints
    active_from: npt.NDArray[np.datetime64]
    active_until: npt.NDArray[np.datetime64]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.segment)

    def take(self, rows: npt.NDArray[Any]) -> Causes:
        """Some of the rows, in that order: positions, or a flag for each."""
        columns = (getattr(self, field.name) for field in fields(self))
        ids, *others = columns
        return Causes(ids, *(column[rows] for column in others))


@dataclass(frozen=True, eq=False)
class Access:
    """Which segments can be used, and why the others cannot.

    All is held as codes; tables are made when they are first asked for.
    """

    segment_ids: pd.Index
    status_code: Codes
    """Of every segment, the position of its status in `STATUSES`."""
    reason: Codes
    """Of every segment, the rule of its first cause, by its position in `RULES`; -1 for none."""
    closed: Codes
    """Of every segment, the directions that the ledger closes: bits `FORWARD` and `BACKWARD`."""
    ledger: Causes
    """What closes segments, sorted by segment, type of cause, cause and rule."""
    causes: Causes
    """What the reasons are made of, sorted by segment, in the order in which they are named."""

    def find_open(self, rules: Rules) -> tuple[Flags, Flags]:
        """Whether each segment may be used along its line, and against it.

        An UNKNOWN one may where `road_reports.use_unknown` is set.
        """
        closing = [NOT_PASSABLE] if rules.road_reports.use_unknown else [NOT_PASSABLE, UNKNOWN]
        codes = [STATUSES.index(status) for status in closing]
        unsaid = (self.closed == 0) & np.isin(self.status_code, codes)
        return ~unsaid & ((self.closed & FORWARD) == 0), ~unsaid & ((self.closed & BACKWARD) == 0)

    @cached_property
    def status(self) -> pd.DataFrame:
        """Of every segment (index segment_id): status, reason_code and closed_direction."""
        columns = {
            "status": (STATUSES, self.status_code),
            "reason_code": (("", *(f"reason.{rule}" for rule in RULES)), self.reason + 1),
            "closed_direction": (CLOSED_WAYS, self.closed),
        }
        table = {name: take_words(words, codes) for name, (words, codes) in columns.items()}
        return pd.DataFrame(table, index=self.segment_ids)

    @cached_property
    def closures(self) -> pd.DataFrame:
        """The ledger as a table of the contract `CLOSURES`."""
        rows = self.ledger
        return assemble_table(
            CLOSURES,
            {
                "segment_id": self.segment_ids.array.take(rows.segment),
                "cause_id": take_words(rows.ids, rows.cause),
                "cause_type": take_words(CAUSE_TYPES, rows.cause_type),
                "rule": take_words(RULES, rows.rule),
                "direction": take_words(CLOSED_WAYS, rows.direction),
                "distance_m": rows.distance_m,
                "active_from": make_times(rows.active_from),
                "active_until": make_times(rows.active_until),
            },
        )


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
    kind = in_force["kind"]
    closing = kind.isin(rules.zones.close)
    restricting = (kind == "restricted") & ~closing
    reports = None if conditions is None or conditions.empty else conditions
    ledger = _sort_ledger(
        [
            _close_by_incidents(roads, incidents, nearby, rules, index),
            _touch_zones(in_force[closing], index, "crosses_zone"),
            _close_to_vehicle(roads, "max_weight_t", rules.vehicle.gross_weight_t),
            _close_to_vehicle(roads, "max_height_m", rules.vehicle.height_m),
            *([] if reports is None else [_close_by_reports(reports, rules)]),
        ],
        roads.index,
    )
    softer = [] if reports is None else [_list_softer(reports, ledger, rules)]
    causes = [ledger, *softer]
    if restricting.any():
        touched = _touch_zones(in_force[restricting], index, "in_restricted_zone")
        others = np.concatenate([rows.segment for rows in causes])
        causes.append(touched.take(~np.isin(touched.segment, others)))
    return _classify(roads, ledger, _join(causes) if causes[1:] else ledger, reports)


def _classify(
    roads: gpd.GeoDataFrame, ledger: Causes, causes: Causes, conditions: pd.DataFrame | None
) -> Access:
    """The status of every segment, of all causes sorted by segment."""
    order = np.argsort(causes.segment, kind="stable")
    causes = causes.take(order) if (np.diff(causes.segment) < 0).any() else causes
    count = len(roads)
    status = np.full(count, STATUSES.index(PASSABLE), dtype=np.int8)
    status[causes.segment] = STATUSES.index(RESTRICTED)
    if conditions is not None:
        unknown = conditions["segment"].to_numpy()[(conditions["word"] == UNKNOWN).to_numpy()]
        status[unknown] = STATUSES.index(UNKNOWN)
    closed = _find_closed(count, ledger)
    hard = _find_closed(count, ledger.take(ledger.rule != _CODE["report_unknown"]))
    oneway = roads["oneway"]
    # What may not be driven anyway counts as closed here.
    hard |= np.where(oneway == "backward", FORWARD, 0) | np.where(oneway == "forward", BACKWARD, 0)
    status[hard == FORWARD | BACKWARD] = STATUSES.index(NOT_PASSABLE)
    reason = np.full(count, -1, dtype=np.int8)
    segment, first = np.unique(causes.segment, return_index=True)
    reason[segment] = causes.reason[first]
    return Access(roads.index, status, reason, closed, ledger, causes)


def _find_closed(count: int, ledger: Causes) -> Codes:
    """The bits of the directions of each segment that rows of the ledger close."""
    closed = np.zeros(count, dtype=np.int8)
    for direction in (FORWARD, BACKWARD):
        closed[ledger.segment[(ledger.direction & direction) > 0]] |= direction
    return closed


def _make_causes(
    segment: Ints,
    cause: Ints,
    ids: npt.NDArray[np.object_],
    *,
    cause_type: str,
    rule: npt.ArrayLike,
    reason: npt.ArrayLike | None = None,
    direction: npt.ArrayLike = FORWARD | BACKWARD,
    distance_m: npt.ArrayLike = np.nan,
    radius_m: npt.ArrayLike = np.nan,
    bridge: npt.ArrayLike = -1,
    times: tuple[Any, Any] = (_NEVER, _NEVER),
) -> Causes:
    """Causes of one type; numbers stand for a whole column."""
    count = len(segment)

    def fill(value: Any, kind: Any) -> Any:
        return np.full(count, value, dtype=kind) if np.ndim(value) == 0 else value.astype(kind)

    rules = fill(rule, np.int8)
    return Causes(
        ids,
        fill(segment, np.int64),
        fill(cause, np.int64),
        fill(CAUSE_TYPES.index(cause_type), np.int8),
        rules,
        rules if reason is None else fill(reason, np.int8),
        fill(direction, np.int8),
        fill(distance_m, np.float64),
        fill(radius_m, np.float64),
        fill(bridge, np.int64),
        *(fill(moment, "datetime64[us]") for moment in times),
    )


def _join(parts: Sequence[Causes]) -> Causes:
    """All rows, with the ids of all."""
    starts = np.cumsum([0, *(len(part.ids) for part in parts)])
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Causes)
        if field.name != "cause"
    }
    cause = [part.cause + start for part, start in zip(parts, starts[:-1], strict=True)]
    return Causes(cause=np.concatenate(cause), **columns)


def _sort_ledger(parts: Sequence[Causes], ids: pd.Index) -> Causes:
    """The rows in the order of the ids of segments, then by type of cause, cause and rule."""
    rows = _join(parts)
    rank = np.empty(len(rows.ids), dtype=np.int64)
    rank[np.argsort(rows.ids, kind="stable")] = np.arange(len(rows.ids))
    keys = (rows.rule, rank[rows.cause], rows.cause_type, _order(ids)[rows.segment])
    return rows.take(np.lexsort(keys))


def _order(index: pd.Index) -> Ints:
    """The place of each id of a table among all of them, sorted."""
    order = np.empty(len(index), dtype=np.int64)
    order[np.arange(len(index)) if index.is_monotonic_increasing else index.argsort()] = np.arange(
        len(index)
    )
    return order


# Reasons


def _list_softer(conditions: pd.DataFrame, ledger: Causes, rules: Rules) -> Causes:
    """What reports say of roads without closing them.

    Of a road in the ledger only what makes it unknown counts; where unknown roads are not used,
    that is in the ledger itself.
    """
    rows = conditions[conditions["word"].isin([RESTRICTED, UNKNOWN])]
    is_closed = np.isin(rows["segment"].to_numpy(), ledger.segment)
    is_more = (rows["word"] == UNKNOWN) & rules.road_reports.use_unknown
    return _list_conditions(
        rows[~is_closed | is_more].sort_values(
            ["segment", "word", "cause_id"], ascending=[True, False, True], kind="stable"
        )
    )


def _list_conditions(rows: pd.DataFrame) -> Causes:
    """Rows of conditions as causes."""
    cause, ids = pd.factorize(rows["cause_id"].to_numpy(dtype=object))
    return _make_causes(
        rows["segment"].to_numpy(),
        cause,
        ids,
        cause_type="road_report",
        rule=rows["rule"].map(_CODE).to_numpy(dtype=np.int8),
        reason=rows["reason"].map(_CODE).to_numpy(dtype=np.int8),
        direction=rows["direction"].map(CLOSED_WAYS.index).to_numpy(dtype=np.int8),
        distance_m=rows["distance_m"].to_numpy(),
        times=(read_times(rows["active_from"]), read_times(rows["active_until"])),
    )


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
    rows = access.causes.take(np.isin(access.causes.segment, chosen))
    segment, first, count = np.unique(rows.segment, return_index=True, return_counts=True)
    place = np.arange(len(rows)) - np.repeat(first, count)
    made = list(_explain(rows.take(place < MAX_REASONS), situation, incidents, rules))
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
    causes: Causes, situation: Situation, incidents: gpd.GeoDataFrame, rules: Rules
) -> Iterator[Message]:
    """A message for each cause."""
    roads, names = situation.roads, causes.ids[causes.cause].tolist()
    values = {
        name: roads[name].array[causes.segment]
        for name in ("max_weight_t", "max_height_m", "name", "bridge")
    }
    struck = [roads["name"].iloc[at] or roads.index[at] if at >= 0 else "" for at in causes.bridge]
    facts = {
        name: _look_up(
            table,
            [
                cause
                for cause, other in zip(names, causes.cause_type, strict=True)
                if CAUSE_TYPES[other] == name
            ],
        )
        for name, table in (
            ("incident", incidents[["kind", "occurred_at"]]),
            ("zone", situation.zones[["kind"]]),
            ("road_report", situation.road_reports),
        )
    }
    for at, cause in enumerate(names):
        code, kind = f"reason.{RULES[causes.reason[at]]}", CAUSE_TYPES[causes.cause_type[at]]
        fact = facts.get(kind, {}).get(cause, {})
        if kind == "incident":
            yield Message(
                code,
                incident=cause,
                kind=fact["kind"],
                date=fact["occurred_at"],
                distance_m=float(causes.distance_m[at]),
                radius_m=float(causes.radius_m[at]),
                **({"bridge": struck[at]} if struck[at] else {}),
            )
        elif code == "reason.weight_limit":
            limit_t = float(values["max_weight_t"][at])
            yield Message(code, limit_t=limit_t, vehicle_t=rules.vehicle.gross_weight_t)
        elif code == "reason.height_limit":
            limit_m = float(values["max_height_m"][at])
            yield Message(code, limit_m=limit_m, vehicle_m=rules.vehicle.height_m)
        elif kind == "zone":
            yield Message(code, zone=cause, zone_kind=fact["kind"])
        elif fact:
            bridge = values["name"][at] if values["bridge"][at] else ""
            row = {"code": code, "direction": CLOSED_WAYS[causes.direction[at]]}
            yield _explain_report(row, fact, bridge, rules)
        else:
            yield Message(code)


def _look_up(table: pd.DataFrame, ids: Sequence[str]) -> dict[str, Any]:
    """The rows of some ids, by id; those that are not in the table are left out."""
    if not ids:
        return {}
    known = table.loc[table.index.intersection(pd.Index(ids).unique())]
    rows = pd.DataFrame(known).rename_axis("report_id").reset_index().to_dict("records")
    return {row["report_id"]: row for row in rows}


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


def describe_report(report: Mapping[str, Any], direction: str, bridge: str) -> dict[str, Any]:
    """The values of a reason that names a road report.

    Parameters
    ----------
    report
        A row of `ROAD_REPORTS`, its id included.
    direction
        The direction of the segment that the report is about: both, forward or backward.
    bridge
        The name of the bridge that the segment is, if any.

    Returns
    -------
    dict
        The report's id and kind, and details: messages of the structure, the direction where it is
        one of a line, its date, what it says of which traffic, until when, and its source.
    """
    structure = report["name"] if STRUCTURE_OF.get(report["kind"]) else ""
    is_whole = direction == "both" or report["direction"] in ("both", direction)
    facts = {
        "structure": structure or bridge,
        "line_direction": "" if is_whole else direction,
        "date": report["reported_at"],
        "status": report["status"],
        "limit_t": report["max_weight_t"],
        "limit_m": report["max_height_m"],
        "direction": "" if report["direction"] == "both" else report["direction"],
        "lanes": report["lanes"],
        "until": report["valid_to"],
        "source": report["source"],
    }
    stated = {name: value for name, value in facts.items() if not pd.isna(value) and value != ""}
    details = [Message(f"detail.{name}", **{name: value}) for name, value in stated.items()]
    if "date" not in stated:
        details.append(Message("detail.undated"))
    return {"report": report["report_id"], "kind": report["kind"], "details": tuple(details)}


# Closures


def _close_by_reports(conditions: pd.DataFrame, rules: Rules) -> Causes:
    """What road reports close; UNKNOWN roads too, unless those may be used."""
    words = (NOT_PASSABLE,) if rules.road_reports.use_unknown else (NOT_PASSABLE, UNKNOWN)
    return _list_conditions(conditions[conditions["word"].isin(words)])


def _close_by_incidents(
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
            "rule": np.where(on_bridge, _CODE["bridge_deck"], _CODE["within_radius"])[closing],
            "bridge": np.where(on_bridge, segment, -1)[closing],
        }
    )
    if on_bridge.any():
        decks = struck[struck["bridge"] >= 0]
        under = _find_under_bridges(roads, incidents, decks, index)
        if len(under):
            struck = _join_deck_and_under(struck, under)
    return _list_closures(incidents, struck, rules)


def _join_deck_and_under(struck: pd.DataFrame, under: pd.DataFrame) -> pd.DataFrame:
    """The rows of struck decks and of what passes under such, those of both kinds in one."""
    keys = ["segment", "incident"]
    below, deck = pd.MultiIndex.from_frame(under[keys]), pd.MultiIndex.from_frame(struck[keys])
    is_both = (struck["rule"] == _CODE["bridge_deck"]) & deck.isin(below)
    joined = struck.assign(rule=struck["rule"].mask(is_both, _CODE["deck_and_under"]))
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
    return rows.assign(distance_m=distance_m, rule=_CODE["under_bridge"])


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
    return _make_causes(
        segment,
        cause,
        ids,
        cause_type="incident",
        rule=rule,
        distance_m=distance_m,
        radius_m=radius_m,
        bridge=bridge,
        times=(active_from, active_until),
    )


def _touch_zones(zones: gpd.GeoDataFrame, index: LineIndex, rule: str) -> Causes:
    """The segments that each zone touches."""
    zone, touched = index.crossed_by(zones.geometry.array)
    since, until = (read_times(zones[name])[zone] for name in ("valid_from", "valid_to"))
    return _make_causes(
        touched,
        zone,
        zones.index.to_numpy(dtype=object),
        cause_type="zone",
        rule=_CODE[rule],
        distance_m=0.0,
        times=(since, until),
    )


def _close_to_vehicle(roads: gpd.GeoDataFrame, limit: str, vehicle: float) -> Causes:
    """What a limit of the road closes to a vehicle that exceeds it."""
    cause, rule = {
        "max_weight_t": ("gross_weight_t", "weight_limit"),
        "max_height_m": ("height_m", "height_limit"),
    }[limit]
    segment = np.flatnonzero(roads[limit].to_numpy() < vehicle)
    ids = np.array([cause], dtype=object)
    none = np.zeros(len(segment), dtype=np.int64)
    return _make_causes(segment, none, ids, cause_type="vehicle", rule=_CODE[rule])
