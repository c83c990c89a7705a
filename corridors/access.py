"""Access: which segments can be used, and the ledger that says why each of the others cannot.

Rules of the ledger, each closing a whole segment, in both directions but for those of reports,
which may be of one:

    within_radius   an active incident lies within its effective radius of the segment
    bridge_deck     ... and lies on it, and it is a bridge
    under_bridge    it passes under a bridge that an active incident lies on
    deck_and_under  both
    crosses_zone    a zone of a closing kind, in force, touches it
    weight_limit    the vehicle is heavier than it bears
    height_limit    the vehicle is higher than it lets through
    report_closed   a road report that holds says NOT_PASSABLE
    report_weight_limit, report_height_limit    one names a limit that the vehicle does not keep
    report_unknown  its state is UNKNOWN, and unknown roads are not to be used
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence.incidents import group_closures
from corridors.geodesy import GUARD_M, LineIndex
from corridors.geodesy.measures import EARTH_M
from corridors.geodesy.shapes import wrap_near
from corridors.rules import Rules
from corridors.situation import is_in_force
from corridors.tables import (
    CLOSED_WAYS,
    CLOSURES,
    NOT_PASSABLE,
    PASSABLE,
    RESTRICTED,
    STATUSES,
    UNKNOWN,
    Flags,
    build_table,
    find_positions,
)

JOINT_DEGREES = 1e-9
"""Ends nearer than this are one: a tenth of a millimetre, more than turning a line round the globe
moves it."""
IN_RESTRICTED_ZONE = "in the restricted zone "
"""What is said of a road that is restricted by a zone, before its id."""


@dataclass(frozen=True, eq=False)
class Access:
    """Which segments can be used, and the ledger that says why each of the others cannot."""

    status: pd.DataFrame
    """Index segment_id: status, reason, closed_direction; a row for every segment."""
    closures: pd.DataFrame
    """The ledger, a table of the contract `CLOSURES`."""


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
    """A LogIE word and a reason for every segment, and the ledger of everything that closes one.

    Parameters
    ----------
    roads, zones
        Tables of the contracts `ROADS` and `ZONES`.
    incidents
        The active ones only, as `INCIDENTS`; or as `REPORTS`: then the ledger names for each report
        the incident that it is of, and has one row for those that close a segment by one rule.
    nearby
        What `exposure.find_nearby` gives for these roads and incidents.
    as_of
        The moment: zones count while they are in force.
    rules
        `zones.close`, `vehicle` and `incidents.on_bridge_m`.
    index
        `LineIndex(roads.geometry.array)`, where it is there already.
    conditions
        What `road_reports.resolve_conditions` gives for these roads; without it, no report is
        known.

    Returns
    -------
    Access
        `closures` keeps the contract `CLOSURES`, sorted by segment, cause and rule. A segment is
        NOT_PASSABLE where it closes every direction that may be driven; else UNKNOWN where a
        direction is; else RESTRICTED where one is closed, a report restricts it, or a zone of kind
        `restricted` touches it. PASSABLE says only that nothing known closes it.
    """
    index = index or LineIndex(roads.geometry.array)
    in_force = zones[is_in_force(zones, as_of)]
    closing = in_force[in_force["kind"].isin(rules.zones.close)]
    rows = nearby[["distance_m", "effective_radius_m"]].assign(
        incident=find_positions(nearby["incident_id"], incidents.index),
        segment=find_positions(nearby["segment_id"], roads.index),
    )
    on_bridge = lie_on_bridge(roads, incidents, rows, rules)
    struck = [
        _closed_by_incidents(roads, incidents, rows, on_bridge, rules),
        _closed_under_bridges(roads, incidents, rows[on_bridge], rules, index),
    ]
    parts = [
        *_join_deck_and_under(*struck),
        _closed_by_zones(closing, index),
        _closed_to_vehicle(
            roads, "max_weight_t", rules.vehicle.gross_weight_t, "gross_weight_t", "weight_limit"
        ),
        _closed_to_vehicle(
            roads, "max_height_m", rules.vehicle.height_m, "height_m", "height_limit"
        ),
    ]
    ledger = pd.concat([part.assign(direction="both") for part in parts], ignore_index=True)
    if conditions is not None and len(closes := _closed_by_reports(conditions, rules)):
        ledger = pd.concat([ledger, closes], ignore_index=True)
    ledger = ledger.iloc[
        np.lexsort(
            [_rank(ledger[column]) for column in ("rule", "cause_id", "cause_type")]
            + [_order(roads.index)[ledger["segment"]]]
        )
    ]
    closures = build_table(
        CLOSURES, ledger.assign(segment_id=roads.index[ledger["segment"]]).reset_index(drop=True)
    )

    code = {
        word: number for number, word in enumerate(STATUSES)
    }  # most segments share their words, which are put in at the end
    status, reason, words = (
        np.full(len(roads), code[PASSABLE]),
        np.zeros(len(roads), dtype=np.int64),
        [""],
    )
    restricted = in_force[(in_force["kind"] == "restricted") & ~in_force.index.isin(closing.index)]
    area, touched = index.crossed_by(restricted.geometry.array)
    status[touched], reason[touched] = (
        code[RESTRICTED],
        1 + area,
    )  # where several touch, the last is told of
    words += [f"{IN_RESTRICTED_ZONE}{name}" for name in restricted.index]
    unknown = np.zeros(len(roads), dtype=bool)
    told = []
    softer = (
        conditions[conditions["word"].isin([RESTRICTED, UNKNOWN])]
        if conditions is not None
        else None
    )
    if softer is not None and len(softer):
        unknown[softer.loc[softer["word"] == UNKNOWN, "segment"]] = True
        told.append(
            softer.sort_values(
                ["segment", "word", "cause_id"], ascending=[True, False, True], kind="stable"
            )
        )
    closed_and_unknown = ledger
    if (
        softer is not None and rules.road_reports.use_unknown
    ):  # else what makes a road unknown closes it, and stands in the ledger
        besides = softer[(softer["word"] == UNKNOWN) & softer["segment"].isin(ledger["segment"])]
        closed_and_unknown = pd.concat([ledger, besides]).sort_values("segment", kind="stable")
    for rows in (*told, closed_and_unknown):
        segment, says = _tell(rows)
        status[segment], reason[segment] = code[RESTRICTED], len(words) + np.arange(len(says))
        words += says
    status[unknown] = code[UNKNOWN]
    status[_find_shut(roads, ledger[ledger["rule"] != "report_unknown"])] = code[NOT_PASSABLE]
    closed = _find_closed(len(roads), ledger, "forward") + 2 * _find_closed(
        len(roads), ledger, "backward"
    )
    columns = {
        "status": (STATUSES, status),
        "reason": (words, reason),
        "closed_direction": (CLOSED_WAYS, closed),
    }
    table = {
        name: pd.array(list(known), dtype="str").take(number)
        for name, (known, number) in columns.items()
    }
    if "incident_id" in incidents:
        closures = group_closures(closures, incidents)
    return Access(pd.DataFrame(table, index=roads.index), closures)


def _tell(rows: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Each segment (its position) of rows sorted by it, and what they say of it."""
    segment = rows["segment"].to_numpy()
    first = np.flatnonzero(np.r_[True, segment[1:] != segment[:-1]]) if len(segment) else segment
    says = rows["says"].tolist()
    return segment[first], [
        _several(says[start:end]) for start, end in pairwise([*first.tolist(), len(says)])
    ]


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


def _closed_by_reports(conditions: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """What road reports close: what they say of UNKNOWN roads too, unless those may be used."""
    words = (NOT_PASSABLE,) if rules.road_reports.use_unknown else (NOT_PASSABLE, UNKNOWN)
    names = [
        "segment",
        "cause_id",
        "rule",
        "direction",
        "distance_m",
        "active_from",
        "active_until",
        "says",
    ]
    return conditions.loc[conditions["word"].isin(words), names].assign(cause_type="road_report")


def _join_deck_and_under(
    struck: pd.DataFrame, under: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of struck decks and of what passes under such, those of both kinds in one."""
    if under.empty:
        return struck, under
    keys = ["segment", "cause_id"]
    below, deck = pd.MultiIndex.from_frame(under[keys]), pd.MultiIndex.from_frame(struck[keys])
    is_both = (struck["rule"] == "bridge_deck") & deck.isin(below)
    told = [
        f"{words}, and under another bridge struck by it" if both else words
        for words, both in zip(struck["says"], is_both, strict=True)
    ]
    return struck.assign(rule=struck["rule"].mask(is_both, "deck_and_under"), says=told), under[
        ~below.isin(deck[is_both])
    ]


def _name_bridges(rows: pd.DataFrame, roads: gpd.GeoDataFrame, bridge: np.ndarray) -> pd.DataFrame:
    """The rows with the name of the bridge (a position; -1 for none) before what they say, where it
    has one.
    """
    if (bridge < 0).all():
        return rows
    names = np.append(roads["name"].to_numpy(dtype=object), "")[bridge]
    return rows.assign(
        says=[
            f"bridge {name}: {words}" if name else words
            for name, words in zip(names, rows["says"], strict=True)
        ]
    )


def _closed_by_incidents(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    rows: pd.DataFrame,
    on_bridge: np.ndarray,
    rules: Rules,
) -> pd.DataFrame:
    within = (rows["distance_m"] <= rows["effective_radius_m"] + GUARD_M).to_numpy()
    rule = np.where(on_bridge, "bridge_deck", "within_radius")
    rows = rows.assign(rule=rule)[within | on_bridge]
    return _name_bridges(
        _incident_rows(incidents, rows, rules),
        roads,
        np.where(on_bridge[within | on_bridge], rows["segment"], -1),
    )


def _closed_under_bridges(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    decks: pd.DataFrame,
    rules: Rules,
    index: LineIndex,
) -> pd.DataFrame:
    """What passes under a bridge that an incident lies on: lines that cross it on a lower level or
    no higher, elsewhere than at a joint.
    """
    if decks.empty:
        return _incident_rows(incidents, decks.assign(rule="under_bridge"), rules)
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
    rows = rows.assign(distance_m=np.concatenate([np.zeros(0), *distances]), rule="under_bridge")
    return _name_bridges(
        _incident_rows(incidents, rows, rules), roads, rows["bridge"].to_numpy(dtype=np.int64)
    )


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


def _incident_rows(incidents: gpd.GeoDataFrame, rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Rows of the ledger for pairs of an incident and a segment (positions), with the distance and
    the rule of each.
    """
    look_back = pd.to_timedelta(
        incidents["kind"].map(lambda kind: rules.incidents.of(kind).look_back_days).astype(float),
        unit="D",
    )
    what = {
        "within_radius": "from",
        "bridge_deck": "from, on the deck, of",
        "under_bridge": "from, under the bridge struck by,",
    }
    cause = [
        f"{kind.replace('_', ' ')} {name} of {at:%Y-%m-%d} (closes within"
        for name, kind, at in zip(
            incidents.index, incidents["kind"], incidents["occurred_at"], strict=True
        )
    ]
    said = zip(
        rows["distance_m"].tolist(),
        rows["rule"].tolist(),
        rows["incident"].tolist(),
        rows["effective_radius_m"].tolist(),
        strict=True,
    )
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
            "says": [
                f"{distance:.0f} m {what[rule]} {cause[incident]} {reach:.0f} m)"
                for distance, rule, incident, reach in said
            ],
        }
    )


def _closed_by_zones(zones: gpd.GeoDataFrame, index: LineIndex) -> pd.DataFrame:
    zone, touched = index.crossed_by(zones.geometry.array)
    says = np.array(
        [
            f"crosses the {kind.replace('_', ' ')} zone {name}"
            for name, kind in zones["kind"].items()
        ],
        dtype=object,
    )
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


def _closed_to_vehicle(
    roads: gpd.GeoDataFrame, limit: str, vehicle: float, cause: str, rule: str
) -> pd.DataFrame:
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
            "says": [
                f"{rule.replace('_', ' ')} {value:g} {unit}, vehicle {vehicle:g} {unit}"
                for value in roads[limit].iloc[segment]
            ],
        }
    )


def _several(reasons: list[str]) -> str:
    """The first three reasons, and how many more there are."""
    more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return "; ".join(reasons[:3]) + more
