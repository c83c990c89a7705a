"""Why segments are not PASSABLE, as messages made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.access.classification import Access
from corridors.messages import Message
from corridors.rules import Rules
from corridors.situation import Situation
from corridors.tables import STRUCTURE_OF

MAX_REASONS = 3
"""A message names this many causes of one segment, and counts the others."""
_OF_INCIDENTS = frozenset(
    f"reason.{rule}" for rule in ("bridge_deck", "deck_and_under", "under_bridge", "within_radius")
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
    roads, segment = situation.roads, rows["segment"].to_numpy()
    names, bridge = roads["name"].to_numpy(dtype=object), rows["bridge"].to_numpy()
    table = rows.assign(
        max_weight_t=roads["max_weight_t"].to_numpy()[segment],
        max_height_m=roads["max_height_m"].to_numpy()[segment],
        struck_bridge=np.where(names == "", roads.index, names)[bridge],
        own_bridge=np.where(roads["bridge"], names, "")[segment],
    )
    known = situation.road_reports.index.intersection(rows["cause_id"].unique())
    reports = situation.road_reports.loc[known].rename_axis("report_id").reset_index()
    by_report = {report["report_id"]: report for report in reports.to_dict("records")}
    facts = incidents[["kind", "occurred_at"]].to_dict("index")
    zone_kinds = situation.zones["kind"].to_dict()
    for row in table.to_dict("records"):
        code, cause = row["code"], row["cause_id"]
        if code in _OF_INCIDENTS:
            yield _explain_incident(row, facts[cause])
        elif code == "reason.weight_limit":
            vehicle_t = rules.vehicle.gross_weight_t
            yield Message(code, limit_t=row["max_weight_t"], vehicle_t=vehicle_t)
        elif code == "reason.height_limit":
            yield Message(code, limit_m=row["max_height_m"], vehicle_m=rules.vehicle.height_m)
        elif code in ("reason.crosses_zone", "reason.in_restricted_zone"):
            yield Message(code, zone=cause, zone_kind=zone_kinds[cause])
        elif cause in by_report:
            yield _explain_report(row, by_report[cause], rules)
        else:
            yield Message(code)


def _explain_incident(row: Mapping[str, Any], incident: Mapping[str, Any]) -> Message:
    """Why an incident closes a segment; a bridge that was struck is named, or called by its id."""
    return Message(
        row["code"],
        incident=row["cause_id"],
        kind=incident["kind"],
        date=incident["occurred_at"],
        distance_m=row["distance_m"],
        radius_m=row["radius_m"],
        **({"bridge": row["struck_bridge"]} if row["bridge"] >= 0 else {}),
    )


def _explain_report(row: Mapping[str, Any], report: Mapping[str, Any], rules: Rules) -> Message:
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
    values = describe_report(report, row["direction"], row["own_bridge"])
    return Message(row["code"], **values, **limits.get(row["code"], {}))


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
