"""A dossier as one HTML page: no script, no request, everything from a file escaped; to be read,
printed and filed.
"""

from __future__ import annotations

import importlib.resources
from functools import cache
from typing import Any

import pandas as pd

from corridors.locales import read_locale
from corridors.locales.figures import format_duration, format_time
from corridors.outputs.documents.dossier.figure import draw_sketch
from corridors.outputs.documents.dossier.sentences import (
    INCIDENT_STATUSES,
    UNNAMED,
    write_effect,
    write_heading,
    write_place,
    write_single,
    write_span,
)
from corridors.outputs.maps.page import render_page
from corridors.plan import Plan
from corridors.release import TLP
from corridors.review import Dossier


def render_dossier_page(dossier: Dossier, plan: Plan) -> str:
    """The page as text; the same dossier gives the same text, byte for byte.

    Raises
    ------
    OutputError
        The page would load something when opened, which is a fault of ours (fix: report it).
    """
    first, known, told, caution = write_heading(dossier)
    locale: dict[str, Any] = {
        "incident_id": dossier.incident_id,
        "marking": f"{read_locale()['audience.internal']} {TLP['internal']}",
        "heading": first,
        "known": known,
        "told": told,
        "caution": caution,
        "as_of": format_time(dossier.as_of),
        "title": dossier.title,
        "plan_hash": dossier.plan_hash,
        "remarks": list(dossier.remarks),
        "reports": [
            _tell_report(number, str(name), row)
            for number, (name, row) in enumerate(dossier.reports.iterrows(), 1)
        ],
        "closures": [_tell_closure(str(name), row) for name, row in dossier.closures.iterrows()],
        "closed_km": f"{dossier.closures['length_m'].sum() / 1000:.1f}",
        "effects": [
            {"words": effect, "cut_off": bool(row["cut_off_by"])}
            for name, row in dossier.destinations.iterrows()
            if (effect := write_effect(str(name), row))
        ],
        "unchanged": sum(
            not write_effect(str(name), row) for name, row in dossier.destinations.iterrows()
        ),
        "destinations": len(dossier.destinations),
        "corridors": [_tell_corridor(str(name), row) for name, row in dossier.corridors.iterrows()],
        "sites": [
            {
                "id": str(name),
                "role": read_locale().name("role", row["role"]),
                "name": row["name"],
                "distance": read_locale().distance(row["distance_m"]),
                "within": bool(row["within_reach"]),
            }
            for name, row in dossier.sites.iterrows()
        ],
        "single": [*write_single(dossier)],
        "inputs": [
            {
                "role": row.role.replace("_", " "),
                "name": row.name,
                "newest": format_time(row.newest) if not pd.isna(row.newest) else "",
                "sha256": row.sha256,
                "attribution": row.attribution,
            }
            for row in dossier.inputs.itertuples(index=False)
        ],
        "sketch": draw_sketch(dossier, plan),
    }
    return render_page(_template(), locale)


def _tell_report(number: int, name: str, row: pd.Series) -> dict[str, Any]:
    return {
        "number": number,
        "id": name,
        "made": format_time(row["reported_at"]) or "not stated",
        "source": row["source"] or UNNAMED,
        "kind": row["kind"].replace("_", " "),
        "structure": row["structure"],
        "span": write_span(row["occurred_at"], row["occurred_until"]),
        "where": write_place(row["geometry"]),
        "stated": row["stated"] or "not stated",
        "raised": row["verification"] if row["verification"] != row["stated"] else "",
        "accuracy": read_locale().distance(row["accuracy_m"])
        if row["accuracy_m"] > 0
        else "not stated",
        "reach": f"{row['effective_radius_m']:.0f} m"
        if not pd.isna(row["effective_radius_m"])
        else "",
        "incident_status": INCIDENT_STATUSES.get(row["incident_status"], row["incident_status"]),
        "place": f"{row['file']}, row {row['row']}" if row["file"] else "",
    }


def _tell_closure(name: str, row: pd.Series) -> dict[str, Any]:
    return {
        "id": name,
        "name": row["name"],
        "distance": f"{row['distance_m']:.0f} m",
        "rule": read_locale().name("rule", row["rule"]),
        "until": format_time(row["active_until"]),
        "reports": ", ".join(row["reports"]),
    }


def _tell_corridor(name: str, row: pd.Series) -> dict[str, Any]:
    return {
        "id": name,
        "time": format_duration(row["duration_min"]),
        "near": format_duration(row["exposed_min"]),
        "share": f"{row['exposure_share']:.0%}",
        "nearest": f"{row['nearest_m']:.0f} m",
    }


@cache
def _template() -> str:
    return (importlib.resources.files(__package__) / "page.html").read_text("utf-8")
