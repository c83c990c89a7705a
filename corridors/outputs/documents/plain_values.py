"""Tables of analyses as plain values, and their shapes as GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import shapely

from corridors.outputs.serialization import DECIMALS, to_jsonable

SHAPE_DECIMALS = 7
"""A centimetre."""


def describe_rows(
    table: pd.DataFrame, decimals: Mapping[str, int] = DECIMALS
) -> list[dict[str, Any]]:
    """The rows of a table without shapes, its named index first; unknown values are null."""
    flat = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    named = flat.reset_index() if flat.index.name else flat
    return [
        {str(name): describe_value(value, decimals.get(str(name))) for name, value in row.items()}
        for row in named.to_dict("records")
    ]


def describe_value(value: Any, decimals: int | None = None) -> Any:
    """A cell of a table as JSON holds it."""
    if not isinstance(value, tuple | list) and pd.isna(value):
        return None
    return to_jsonable(value.item() if hasattr(value, "item") else value, decimals)


def build_feature(shape: shapely.Geometry, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A feature; lists become text with semicolons, which a map program has a column for."""
    flat = {
        name: "; ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in properties.items()
    }
    return {"type": "Feature", "geometry": _describe_shape(shape), "properties": flat}


def _describe_shape(shape: shapely.Geometry) -> Any:
    """The shape to a centimetre, outer rings counter-clockwise."""
    flat = shapely.transform(shapely.force_2d(shape), lambda xy: xy.round(SHAPE_DECIMALS) + 0.0)
    return json.loads(shapely.to_geojson(shapely.orient_polygons(flat)))
