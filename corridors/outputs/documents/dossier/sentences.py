"""The sentences of a dossier: who reported what, and what the rules made of it.

The same on a terminal and on the page.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import shapely

from corridors.locales import read_locale
from corridors.locales.figures import format_duration, format_time
from corridors.review import Dossier
from corridors.review.dossier import ALONE

UNNAMED = "a source that is not named"
INCIDENT_STATUSES = {
    **read_locale().texts["incident_status"],
    "superseded": "superseded: another version of it counts",
}


def write_heading(dossier: Dossier) -> Iterator[str]:
    """What it is, when and on what it was known, and what it is not."""
    said = dossier.incident
    kind = said["kind"].replace("_", " ")
    count, sources = len(dossier.reports), int(said["source_count"])
    yield f"Incident {dossier.incident_id}: {kind}, {write_span(said['occurred_at'], said['occurred_until'])}"
    yield f"What was known as of {format_time(dossier.as_of)}. Mission: {dossier.title or 'untitled'}. Plan {dossier.plan_hash}."
    yield (
        f"Told by {count} report{'s' * (count != 1)} of {sources} independent source{'s' * (sources != 1)};"
        f" {said['verification']}. At this moment {INCIDENT_STATUSES.get(said['incident_status'], said['incident_status'])}."
    )
    yield (
        "This says what was reported and what the rules of the plan made of it. It does not establish what happened, who did it,"
        " or that any road was open or closed in fact."
    )


def write_span(start: pd.Timestamp, end: pd.Timestamp) -> str:
    """A span of time, or the one moment that it is."""
    return (
        format_time(start)
        if format_time(start) == format_time(end)
        else f"{format_time(start)} to {format_time(end)}"
    )


def write_report(name: str, row: pd.Series) -> str:
    """Who reported what, when, and how sure it is."""
    made = (
        f"at {format_time(row['reported_at'])}"
        if not pd.isna(row["reported_at"])
        else "at a time that is not stated"
    )
    structure = f", of {row['structure']}" if row["structure"] else ""
    sure = row["stated"] or "of no stated certainty"
    raised = (
        f", {row['verification']} beside the other reports"
        if row["stated"] and row["verification"] != row["stated"]
        else ""
    )
    place = f" ({row['file']}, row {row['row']})" if row["file"] else ""
    return (
        f"{name}: reported by {row['source'] or UNNAMED} {made}: {row['kind'].replace('_', ' ')}{structure},"
        f" {write_span(row['occurred_at'], row['occurred_until'])}. {sure.capitalize()}{raised}.{place}"
    )


def write_place(shape: shapely.Geometry) -> str:
    """The middle of a place as latitude and longitude.

    >>> write_place(shapely.Point(35.02, -33.0))
    '33.00000° S, 35.02000° E'
    """
    spot = shape.centroid
    return f"{abs(spot.y):.5f}° {'S' if spot.y < 0 else 'N'}, {abs(spot.x):.5f}° {'W' if spot.x < 0 else 'E'}"


def write_accuracy(row: pd.Series) -> str:
    """How exactly the place is known, how far the rules close, and whether they do."""
    where = write_place(row["geometry"])
    exact = (
        f"Place {where}, known to {read_locale().distance(row['accuracy_m'])}"
        if row["accuracy_m"] > 0
        else f"Place {where}, no accuracy stated"
    )
    reach = (
        f"; closure radius {row['effective_radius_m']:.0f} m with it"
        if not pd.isna(row["effective_radius_m"])
        else ""
    )
    return f"{exact}{reach}. {INCIDENT_STATUSES.get(row['incident_status'], row['incident_status']).capitalize()}."


def write_effect(name: str, row: pd.Series) -> str:
    """What becomes of a destination with and without the reports; empty where they change nothing."""
    place = f"{row['name']} ({name})" if row["name"] and row["name"] != name else name
    if row["cut_off_by"]:
        without = (
            f" Without these reports it would be reached in {format_duration(row['without_duration_min'])} (h:mm) from {row['without_depot_id']}."
            if row["cut_off_by"] == ALONE
            else " Without these reports it would be cut off too, by the others."
        )
        return f"CUT OFF in the plan by {row['cut_off_by']}: {place}.{without}"
    same = (
        row["depot_id"] == row["without_depot_id"]
        and abs(row["duration_min"] - row["without_duration_min"]) < 1 / 60
    )
    if pd.isna(row["duration_min"]) or same:
        return ""
    return (
        f"{place}: {format_duration(row['duration_min'])} (h:mm) from {row['depot_id']}; without these reports"
        f" {format_duration(row['without_duration_min'])} (h:mm) from {row['without_depot_id']}."
    )


def write_single(dossier: Dossier) -> Iterator[str]:
    """What each source alone tells, source by source."""
    facts: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in dossier.single_source.itertuples(index=False):
        facts.setdefault((row.source, row.reports), []).append(
            f"{row.fact}{f': {row.value}' if row.value else ''}"
        )
    for (source, reports), told in facts.items():
        yield f"Reported only by {source} ({', '.join(reports)}): {'; '.join(told)}."
