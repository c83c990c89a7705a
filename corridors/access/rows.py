"""A cause of a segment in numbers, and tables made of such rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.tables import CLOSED_WAYS, CLOSURES, DTYPES, build_table

CAUSE_TYPES = ("incident", "road_report", "vehicle", "zone")
REASONS = (
    "bridge_deck",
    "crosses_zone",
    "deck_and_under",
    "height_limit",
    "in_restricted_zone",
    "report_closed",
    "report_height_limit",
    "report_lapsed",
    "report_restricted",
    "report_unknown",
    "report_weight_limit",
    "under_bridge",
    "unreported",
    "weight_limit",
    "within_radius",
)
"""The rules of the ledger, and the reasons of roads that are not closed. Sorted, as are the types of
causes: while they are classified, rows hold numbers, whose order is that of the words."""
CODES = tuple(f"reason.{reason}" for reason in REASONS)
NO_TIME = np.iinfo(np.int64).min
ROW = {
    "segment": "int32",
    "cause_type": "int8",
    "cause": "int32",
    "rule": "int8",
    "reason": "int8",
    "direction": "int8",
    "distance_m": "float64",
    "active_from": "int64",
    "active_until": "int64",
    "radius_m": "float64",
    "bridge": "int32",
}
"""A cause of a segment, in numbers: of the segment in its table, the type, the cause among the
sorted ids of its type, the rule and reason in `REASONS`, the direction in `CLOSED_WAYS`, times in
microseconds, the bridge that was struck among the segments (-1: none)."""


def list_ids(
    incidents: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, reported: pd.DataFrame
) -> dict[str, pd.Index]:
    """The sorted ids of all causes, by type."""
    ids = {
        "incident": incidents.get("incident_id", incidents.index),
        "road_report": reported["cause_id"].unique(),
        "vehicle": ["gross_weight_t", "height_m"],
        "zone": zones.index,
    }
    return {
        name: pd.Index(found, dtype="str").unique().sort_values() for name, found in ids.items()
    }


def make_rows(cause_type: str, rule: Any, **columns: Any) -> pd.DataFrame:
    """Rows of numbers as `ROW` describes; what is not given is unknown, both directions, no bridge."""
    values = {
        "cause_type": CAUSE_TYPES.index(cause_type),
        "rule": REASONS.index(rule) if isinstance(rule, str) else rule,
        "direction": CLOSED_WAYS.index("both"),
        "distance_m": np.nan,
        "active_from": NO_TIME,
        "active_until": NO_TIME,
        "radius_m": np.nan,
        "bridge": -1,
        **columns,
    }
    values.setdefault("reason", values["rule"])
    return pd.DataFrame({name: values[name] for name in ROW}).astype(ROW)


def count_us(times: Any) -> Any:
    """Times as microseconds since 1970."""
    return pd.Series(times).astype(DTYPES["time"]).array.asi8


def sort_ledger(rows: pd.DataFrame, segments: pd.Index) -> pd.DataFrame:
    """The rows by segment id, cause and rule, those of several reports of one incident in one.

    Of these it has the smallest distance with its bridge, the earliest beginning, the latest end
    and the largest radius.
    """
    keys = ["segment", "cause_type", "cause", "rule", "direction"]
    order = [rows[name] for name in ("distance_m", "direction", "rule", "cause", "cause_type")]
    rows = rows.iloc[np.lexsort([*order, _order(segments)[rows["segment"]]])]
    repeated = (rows[keys].diff().fillna(1) == 0).all(axis=1).to_numpy()
    if not repeated.any():
        return rows
    first = np.flatnonzero(~repeated)
    merged = {
        "active_from": np.minimum.reduceat(rows["active_from"].to_numpy(), first),
        "active_until": np.maximum.reduceat(rows["active_until"].to_numpy(), first),
        "radius_m": np.maximum.reduceat(rows["radius_m"].to_numpy(), first),
    }
    return rows.iloc[first].assign(**merged)


def build_closures(
    ledger: pd.DataFrame, segments: pd.Index, ids: Mapping[str, pd.Index]
) -> pd.DataFrame:
    """The ledger as a table of the contract `CLOSURES`."""
    columns = {
        "segment_id": segments.take(ledger["segment"]),
        "cause_id": _name_causes(ledger, ids).astype("str"),
        "cause_type": take_words(CAUSE_TYPES, ledger["cause_type"]),
        "rule": take_words(REASONS, ledger["rule"]),
        "direction": take_words(CLOSED_WAYS, ledger["direction"]),
        "distance_m": ledger["distance_m"].to_numpy(),
        **{
            name: pd.DatetimeIndex(ledger[name].to_numpy().view("M8[us]")).tz_localize("UTC")
            for name in ("active_from", "active_until")
        },
    }
    return build_table(CLOSURES, pd.DataFrame(columns))


def build_causes(causes: pd.DataFrame, ids: Mapping[str, pd.Index]) -> pd.DataFrame:
    """The table `Access.causes`."""
    return pd.DataFrame(
        {
            "segment": causes["segment"].to_numpy(),
            "code": pd.Categorical.from_codes(causes["reason"], categories=list(CODES)),
            "cause_id": _name_causes(causes, ids),
            "direction": pd.Categorical.from_codes(
                causes["direction"], categories=list(CLOSED_WAYS)
            ),
            **{name: causes[name].to_numpy() for name in ("distance_m", "radius_m", "bridge")},
        }
    )


def _name_causes(rows: pd.DataFrame, ids: Mapping[str, pd.Index]) -> pd.Categorical:
    """The id of the cause of each row."""
    first = np.cumsum([0, *(len(ids[name]) for name in CAUSE_TYPES)])
    every, names = pd.factorize(pd.Index(np.concatenate([ids[name] for name in CAUSE_TYPES])))
    number = every[first[rows["cause_type"]] + rows["cause"].to_numpy()]
    return pd.Categorical.from_codes(number, categories=names)


def take_words(words: Sequence[str], numbers: Any) -> Any:
    """A column of words by their numbers."""
    return pd.array(list(words), dtype="str").take(np.asarray(numbers))


def _order(index: pd.Index) -> np.ndarray:
    """The place of each id of a table in the sorted index."""
    order = np.empty(len(index), dtype=np.int64)
    order[np.arange(len(index)) if index.is_monotonic_increasing else index.argsort()] = np.arange(
        len(index)
    )
    return order
