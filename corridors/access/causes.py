"""Causes of segments in numbers, and how they are joined and sorted into the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from corridors.tables import (
    CLOSED_WAYS,
    Codes,
    Floats,
    Ints,
    read_times,
)

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


RULE_CODES = {word: number for number, word in enumerate(RULES)}


NEVER = np.datetime64("NaT", "us")


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


_KINDS: Mapping[str, Any] = MappingProxyType(
    dict.fromkeys(("segment", "cause", "bridge"), np.int64)
    | dict.fromkeys(("cause_type", "rule", "reason", "direction"), np.int8)
    | dict.fromkeys(("distance_m", "radius_m"), np.float64)
    | dict.fromkeys(("active_from", "active_until"), "datetime64[us]")
)
_UNSTATED: Mapping[str, Any] = MappingProxyType(
    {"direction": FORWARD | BACKWARD, "bridge": -1}
    | dict.fromkeys(("distance_m", "radius_m"), np.nan)
    | dict.fromkeys(("active_from", "active_until"), NEVER)
)


def make_causes(
    segment: Ints,
    cause: Ints,
    ids: npt.NDArray[np.object_],
    *,
    cause_type: str,
    rule: npt.ArrayLike,
    **columns: npt.ArrayLike,
) -> Causes:
    """Causes of one type; numbers stand for a whole column.

    `columns` are further fields of `Causes`; where they are not given, the reason is the rule, both
    directions are closed, and there is no distance, radius, bridge or time.
    """
    given = {"segment": segment, "cause": cause, "cause_type": CAUSE_TYPES.index(cause_type)}
    values = given | dict(_UNSTATED) | {"rule": rule, "reason": rule} | columns
    return Causes(ids, **{name: _fill(values[name], len(segment), name) for name in _KINDS})


def _fill(value: Any, count: int, name: str) -> Any:
    kind = _KINDS[name]
    return np.full(count, value, dtype=kind) if np.ndim(value) == 0 else value.astype(kind)


def join_causes(parts: Sequence[Causes]) -> Causes:
    """All rows, with the ids of all."""
    starts = np.cumsum([0, *(len(part.ids) for part in parts)])
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Causes)
        if field.name != "cause"
    }
    cause = [part.cause + start for part, start in zip(parts, starts[:-1], strict=True)]
    return Causes(cause=np.concatenate(cause), **columns)


def sort_ledger(parts: Sequence[Causes], ids: pd.Index) -> Causes:
    """The rows in the order of the ids of segments, then by type of cause, cause and rule."""
    rows = join_causes(parts)
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


def list_conditions(rows: pd.DataFrame) -> Causes:
    """Rows of conditions as causes."""
    cause, ids = pd.factorize(rows["cause_id"].to_numpy(dtype=object))
    return make_causes(
        rows["segment"].to_numpy(),
        cause,
        ids,
        cause_type="road_report",
        rule=rows["rule"].map(RULE_CODES).to_numpy(dtype=np.int8),
        reason=rows["reason"].map(RULE_CODES).to_numpy(dtype=np.int8),
        direction=rows["direction"].map(CLOSED_WAYS.index).to_numpy(dtype=np.int8),
        distance_m=rows["distance_m"].to_numpy(),
        active_from=read_times(rows["active_from"]),
        active_until=read_times(rows["active_until"]),
    )
