"""Why segments are not PASSABLE, as messages made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.access.causes import CAUSE_TYPES, RULES, Causes
from corridors.access.classification import Access
from corridors.messages import Message
from corridors.rules import Rules
from corridors.situation import Situation
from corridors.tables import (
    CLOSED_WAYS,
    STRUCTURE_OF,
)

MAX_REASONS = 3
"""A message names this many causes of one segment, and counts the others."""


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
