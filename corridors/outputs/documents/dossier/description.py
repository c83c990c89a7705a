"""A dossier as plain values: one JSON document, and GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from corridors.outputs.serialization import DECIMALS, to_jsonable
from corridors.release import TLP
from corridors.review import Dossier

SCHEMA_VERSION = 1
SHAPE_DECIMALS = 7
"""A centimetre."""
_MARKING = {"audience": "internal", "tlp": TLP["internal"]}
"""Reports stand in it one by one: it is for those of the house alone."""
_DECIMALS: Mapping[str, int] = {
    **DECIMALS,
    "accuracy_m": 1,
    "nearest_m": 2,
    "exposed_min": 2,
    "exposure_share": 4,
    "without_duration_min": 2,
    "without_exposure": 4,
}


def describe_dossier(dossier: Dossier) -> dict[str, Any]:
    """The dossier as one JSON document: what `dossier.json` holds and `--json` prints.

    Times are ISO 8601 in UTC; what is not known is null.
    """
    tables = (
        "reports",
        "closures",
        "corridors",
        "destinations",
        "sites",
        "single_source",
        "inputs",
    )
    return {
        "schema_version": SCHEMA_VERSION,
        **_MARKING,
        "incident_id": dossier.incident_id,
        "title": dossier.title,
        "as_of": to_jsonable(dossier.as_of),
        "plan_hash": dossier.plan_hash,
        "software": {"corridors": version("corridors")},
        "incident": {
            str(name): _plain(str(name), value) for name, value in dossier.incident.items()
        },
        **{name: _records(getattr(dossier, name)) for name in tables},
        "remarks": list(dossier.remarks),
    }


def render_geojson(dossier: Dossier) -> str:
    """The places reported and the segments closed, as a FeatureCollection; the property `what`
    tells them apart.

    Reports come first, in the order in which they were made, then segments, the nearest first.
    Members beside the features say of which plan and inputs they are.
    """
    features = [
        {"type": "Feature", "geometry": _shape(shape), "properties": {"what": what, **_flat(row)}}
        for what, table in (("report", dossier.reports), ("closed segment", dossier.closures))
        for shape, row in zip(table.geometry, _records(table), strict=True)
    ]
    document = {
        "type": "FeatureCollection",
        "name": f"dossier {dossier.incident_id}",
        **_MARKING,
        "incident_id": dossier.incident_id,
        "as_of": to_jsonable(dossier.as_of),
        "plan_hash": dossier.plan_hash,
        "inputs": [
            {name: row[name] for name in ("role", "name", "sha256")}
            for row in _records(dossier.inputs)
        ],
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    flat = (
        pd.DataFrame(table.drop(columns="geometry"))
        if isinstance(table, gpd.GeoDataFrame)
        else table
    )
    named = flat.reset_index() if flat.index.name else flat
    return [
        {str(name): _plain(str(name), value) for name, value in row.items()}
        for row in named.to_dict("records")
    ]


def _plain(name: str, value: Any) -> Any:
    if not isinstance(value, tuple | list) and pd.isna(value):
        return None
    return to_jsonable(value.item() if hasattr(value, "item") else value, _DECIMALS.get(name))


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as text with semicolons: what a map program has a column for."""
    return {
        name: "; ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in row.items()
    }


def _shape(shape: shapely.Geometry) -> Any:
    """The shape as RFC 7946 wants it: outer rings counter-clockwise, no more decimals than a
    centimetre.
    """
    flat = shapely.transform(shapely.force_2d(shape), lambda xy: xy.round(SHAPE_DECIMALS) + 0.0)
    return json.loads(
        shapely.to_geojson(
            shapely.orient_polygons(flat) if hasattr(shapely, "orient_polygons") else flat
        )
    )
