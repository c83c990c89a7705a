"""Which segments can be used, and in which direction, by the causes that close or restrict them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.access.causes import (
    BACKWARD,
    CAUSE_TYPES,
    FORWARD,
    RULE_CODES,
    RULES,
    Causes,
    join_causes,
    list_conditions,
    sort_ledger,
)
from corridors.access.closures import (
    close_by_incidents,
    close_by_reports,
    close_to_vehicle,
    touch_zones,
)
from corridors.geodesy import LineIndex
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
    Codes,
    Flags,
    assemble_table,
    make_times,
    take_words,
)


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
    ledger = sort_ledger(
        [
            close_by_incidents(roads, incidents, nearby, rules, index),
            touch_zones(in_force[closing], index, "crosses_zone"),
            close_to_vehicle(roads, "max_weight_t", rules.vehicle.gross_weight_t),
            close_to_vehicle(roads, "max_height_m", rules.vehicle.height_m),
            *([] if reports is None else [close_by_reports(reports, rules)]),
        ],
        roads.index,
    )
    softer = [] if reports is None else [_list_softer(reports, ledger, rules)]
    causes = [ledger, *softer]
    if restricting.any():
        touched = touch_zones(in_force[restricting], index, "in_restricted_zone")
        others = np.concatenate([rows.segment for rows in causes])
        causes.append(touched.take(~np.isin(touched.segment, others)))
    return _classify(roads, ledger, join_causes(causes) if causes[1:] else ledger, reports)


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
    hard = _find_closed(count, ledger.take(ledger.rule != RULE_CODES["report_unknown"]))
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


def _list_softer(conditions: pd.DataFrame, ledger: Causes, rules: Rules) -> Causes:
    """What reports say of roads without closing them.

    Of a road in the ledger only what makes it unknown counts; where unknown roads are not used,
    that is in the ledger itself.
    """
    rows = conditions[conditions["word"].isin([RESTRICTED, UNKNOWN])]
    is_closed = np.isin(rows["segment"].to_numpy(), ledger.segment)
    is_more = (rows["word"] == UNKNOWN) & rules.road_reports.use_unknown
    return list_conditions(
        rows[~is_closed | is_more].sort_values(
            ["segment", "word", "cause_id"], ascending=[True, False, True], kind="stable"
        )
    )
