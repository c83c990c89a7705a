"""A comparison as plain values: one JSON document, and GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd
import shapely

from corridors.outputs.serialization import render_json, to_jsonable
from corridors.review import ZoneComparison
from corridors.tables import ROLES

SCHEMA_VERSION = 1
AREA_DECIMALS = 6
"""A square metre."""
SHAPE_DECIMALS = 7
"""A centimetre."""


def describe_zone_comparison(comparison: ZoneComparison) -> dict[str, Any]:
    """The comparison as one JSON document: what `zone-comparison.json` holds and `--json` prints.

    Areas are km² to the square metre; times are ISO 8601 in UTC; what is not known is null. Without
    sites there are no counts.
    """
    parts = _records(comparison.parts)
    if comparison.sites is None:
        counts = {"sites", *ROLES, "people", "unknown"}
        parts = [
            {name: value for name, value in row.items() if name not in counts} for row in parts
        ]
    sites = (
        None
        if comparison.sites is None
        else comparison.sites.reset_index()[["site_id", "role", "name", "people", "part"]]
    )
    return {
        "schema_version": SCHEMA_VERSION,
        "names": {"first": comparison.names[0], "second": comparison.names[1]},
        "total": [
            {name: value for name, value in row.items() if name not in ("first_id", "second_id")}
            for row in parts[:3]
        ],
        "pairs": _records(comparison.pairs),
        "pair_parts": parts[3:],
        "zones": _records(comparison.zones),
        "kinds": _records(comparison.kinds),
        "sites": None if sites is None else _records(sites),
        "software": {"corridors": version("corridors")},
    }


def render_zone_geojson(comparison: ZoneComparison) -> str:
    """The parts as a FeatureCollection: first the three of the whole, then those of each pair of
    zones that share area.

    `of` tells the two apart; parts without an area are left out, as they have no place.
    """
    rows = zip(comparison.parts.geometry, _records(comparison.parts), strict=True)
    counts = {"sites", *ROLES, "people", "unknown"}
    left_out = counts if comparison.sites is None else set()
    features = [
        {
            "type": "Feature",
            "geometry": _shape(shape),
            "properties": {"of": "pair" if row["first_id"] else "total", **_flat(row, left_out)},
        }
        for shape, row in rows
        if not shape.is_empty
    ]
    names = {"first": comparison.names[0], "second": comparison.names[1]}
    return render_json(
        {
            "type": "FeatureCollection",
            "name": "zone comparison",
            "names": names,
            "features": features,
        }
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    flat = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    return [
        {str(name): _plain(str(name), value) for name, value in row.items()}
        for row in flat.to_dict("records")
    ]


def _plain(name: str, value: Any) -> Any:
    if not isinstance(value, tuple | list) and pd.isna(value):
        return None
    return to_jsonable(
        value.item() if hasattr(value, "item") else value,
        AREA_DECIMALS if name.endswith("_km2") else None,
    )


def _flat(row: Mapping[str, Any], left_out: set[str]) -> dict[str, Any]:
    """Lists as text with semicolons: what a map program has a column for."""
    return {
        name: "; ".join(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name not in left_out
    }


def _shape(shape: shapely.Geometry) -> Any:
    """The shape as RFC 7946 wants it: outer rings counter-clockwise, no more decimals than a
    centimetre.
    """
    flat = shapely.transform(shape, lambda xy: xy.round(SHAPE_DECIMALS) + 0.0)
    return json.loads(shapely.to_geojson(shapely.orient_polygons(flat)))
