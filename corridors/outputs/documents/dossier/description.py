"""A dossier as plain values: one JSON document, and GeoJSON (RFC 7946)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from corridors.outputs.documents.plain_values import build_feature, describe_rows, describe_value
from corridors.outputs.serialization import DECIMALS, render_json, to_jsonable
from corridors.release import TLP
from corridors.review import Dossier

SCHEMA_VERSION = 2
TABLES = (
    "reports",
    "closures",
    "corridors",
    "destinations",
    "sites",
    "single_source",
    "inputs",
)
_MARKING = {"audience": "internal", "tlp": TLP["internal"]}
"""It holds reports one by one: it is internal."""
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
    """The dossier as one JSON document: the content of `dossier.json`, and what `--json` prints.

    Times are ISO 8601 in UTC; unknown values are null.
    """
    remarks = [to_jsonable(each.as_dict()) | {"text": str(each)} for each in dossier.remarks]
    return {
        "schema_version": SCHEMA_VERSION,
        **_MARKING,
        "incident_id": dossier.incident_id,
        "title": dossier.title,
        "as_of": to_jsonable(dossier.as_of),
        "plan_hash": dossier.plan_hash,
        "software": {"corridors": version("corridors")},
        "incident": {
            str(name): describe_value(value, _DECIMALS.get(str(name)))
            for name, value in dossier.incident.items()
        },
        **{name: describe_rows(getattr(dossier, name), _DECIMALS) for name in TABLES},
        "remarks": remarks,
    }


def render_geojson(dossier: Dossier) -> str:
    """The places reported and the segments closed, as a FeatureCollection.

    The property `what` distinguishes them. Reports come first, in the order in which they were
    made, then segments, the nearest first. Other members name the plan and inputs.
    """
    features = [
        build_feature(shape, {"what": what, **row})
        for what, table in (("report", dossier.reports), ("closed segment", dossier.closures))
        for shape, row in zip(table.geometry, describe_rows(table, _DECIMALS), strict=True)
    ]
    document = {
        "type": "FeatureCollection",
        "name": f"dossier {dossier.incident_id}",
        **_MARKING,
        "incident_id": dossier.incident_id,
        "as_of": to_jsonable(dossier.as_of),
        "plan_hash": dossier.plan_hash,
        "inputs": describe_rows(dossier.inputs[["role", "name", "sha256"]]),
        "features": features,
    }
    return render_json(document)
