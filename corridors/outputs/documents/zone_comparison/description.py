"""A comparison as plain values: one JSON document, and GeoJSON (RFC 7946)."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from corridors.outputs.documents.plain_values import build_feature, describe_rows
from corridors.outputs.serialization import render_json
from corridors.review import ZoneComparison
from corridors.tables import ROLES

SCHEMA_VERSION = 1
_DECIMALS = dict.fromkeys(("area_km2", "common_km2", "only_km2", "repeated_km2"), 6)
"""A square metre."""
_COUNTS = ("sites", *ROLES, "people", "unknown")


def describe_zone_comparison(comparison: ZoneComparison) -> dict[str, Any]:
    """The comparison as one JSON document: the content of `zone-comparison.json`.

    Areas are km² to the square metre; times are ISO 8601 in UTC; unknown values are null. Without
    sites there are no counts.
    """
    parts, sites = _describe_parts(comparison), comparison.sites
    if sites is not None:
        sites = sites.reset_index()[["site_id", "role", "name", "people", "part"]]
    return {
        "schema_version": SCHEMA_VERSION,
        "names": dict(zip(("first", "second"), comparison.names, strict=True)),
        "total": [_without(row, "first_id", "second_id") for row in parts[:3]],
        "pairs": describe_rows(comparison.pairs, _DECIMALS),
        "pair_parts": parts[3:],
        "zones": describe_rows(comparison.zones, _DECIMALS),
        "kinds": describe_rows(comparison.kinds, _DECIMALS),
        "sites": None if sites is None else describe_rows(sites),
        "software": {"corridors": version("corridors")},
    }


def render_zone_geojson(comparison: ZoneComparison) -> str:
    """The parts as a FeatureCollection: the three of the whole, then those of each pair of zones.

    `of` distinguishes the two; parts without an area have no place and are left out.
    """
    features = [
        build_feature(shape, {"of": "pair" if row["first_id"] else "total", **row})
        for shape, row in zip(comparison.parts.geometry, _describe_parts(comparison), strict=True)
        if not shape.is_empty
    ]
    return render_json(
        {
            "type": "FeatureCollection",
            "name": "zone comparison",
            "names": dict(zip(("first", "second"), comparison.names, strict=True)),
            "features": features,
        }
    )


def _describe_parts(comparison: ZoneComparison) -> list[dict[str, Any]]:
    """The parts as plain values, with counts where sites were given."""
    rows = describe_rows(comparison.parts, _DECIMALS)
    return rows if comparison.sites is not None else [_without(row, *_COUNTS) for row in rows]


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
