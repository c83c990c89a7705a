"""Values and tables in the types of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

DECIMALS: Mapping[str, int] = {
    "length_m": 1,
    "duration_min": 2,
    "exposure": 4,
    "nearest_incident_m": 1,
    "shared_with_primary": 3,
    "shared_exposure": 3,
    "unknown_share": 3,
    "distance_m": 2,
    "start_m": 2,
    "end_m": 2,
    "reachable_within_m": 1,
    "snap_m": 1,
    "effective_radius_m": 1,
    "drawn_t": 2,
    "farthest_min": 2,
}
"""The decimals of each column: tenths of metres, seconds; more would be noise."""


def render_json(document: Mapping[str, Any]) -> str:
    """The text of a JSON document: UTF-8, indented, in the order given, ending in a newline."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def to_jsonable(value: Any, decimals: int | None = None) -> Any:
    """A value in the types of JSON: times as ISO 8601 in UTC, unknown values as null.

    Fractions are rounded to `decimals`.
    """
    if isinstance(value, Mapping):
        return {key: to_jsonable(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [to_jsonable(entry) for entry in value]
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        return round(value, decimals) if decimals is not None else value
    return value


def list_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain values, without geometry."""
    rows = table.drop(columns="geometry", errors="ignore").reset_index().to_dict("records")
    return [
        {name: to_jsonable(value, DECIMALS.get(str(name))) for name, value in row.items()}
        for row in rows
    ]
