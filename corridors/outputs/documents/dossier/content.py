"""The content of a dossier: who reported what, and what the rules of the plan made of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import shapely

from corridors.locales import read_locale
from corridors.locales.bidi import isolate_name
from corridors.locales.figures import format_duration, format_time
from corridors.outputs.documents.blocks import Document, Texts
from corridors.outputs.documents.dossier.figure import draw_dossier
from corridors.outputs.documents.draft import EMPTY, Draft
from corridors.outputs.documents.marking import mark_audience
from corridors.plan import Plan
from corridors.review import Dossier
from corridors.review.dossier import ALONE


def build_dossier_document(
    dossier: Dossier, plan: Plan | None = None, *, lang: str = "en"
) -> Document:
    """The dossier as a document in one language.

    Parameters
    ----------
    dossier
        What it is about.
    plan
        The plan of the dossier, for the drawing of its surroundings; no drawing where not given.
    lang
        One of `locales.LANGUAGES`.

    Raises
    ------
    UsageError
        There is no such language. Fix: use one of `locales.LANGUAGES`.
    """
    draft = Draft.of((lang,), "dossier")
    _add_summary(draft, dossier)
    if plan is not None:
        draft.figure(draw_dossier(dossier, plan, read_locale(lang)), "figure")
    _add_effects(draft, dossier)
    _add_reports(draft, dossier)
    _add_single_source(draft, dossier)
    _add_closures(draft, dossier)
    _add_corridors(draft, dossier)
    _add_sites(draft, dossier)
    _add_inputs(draft, dossier)
    return draft.build(
        marking=mark_audience(draft, "internal"), dated=dossier.as_of, code=dossier.plan_hash
    )


def _add_summary(draft: Draft, dossier: Dossier) -> None:
    incident = dossier.incident
    span = _write_span(draft, incident["occurred_at"], incident["occurred_until"])
    draft.heading("title", level=0, id=dossier.incident_id, kind=incident["kind"], span=span)
    draft.add(
        "summary",
        style="strong",
        reports=draft.say("count_reports", n=len(dossier.reports)),
        sources=draft.say("count_sources", n=int(incident["source_count"])),
        verification=incident["verification"],
        status=incident["incident_status"],
    )
    mission = Texts((dossier.title,)) if dossier.title else draft.say("untitled")
    draft.add("known", style="small", as_of=dossier.as_of, mission=mission, hash=dossier.plan_hash)
    draft.add("caution", style="caution")
    for remark in dossier.remarks:
        draft.add(draft.render(remark), style="caution")


def _write_span(draft: Draft, start: pd.Timestamp, end: pd.Timestamp) -> Texts:
    """A span of time, or one moment where both are the same minute."""
    moments = format_time(start), format_time(end)
    if moments[0] == moments[1]:
        return Texts(moments[:1])
    return draft.say("span", start=moments[0], end=moments[1])


def _add_effects(draft: Draft, dossier: Dossier) -> None:
    draft.heading("effects")
    effects = [*_write_effects(draft, dossier.destinations)]
    for texts, cut_off in effects:
        draft.add(texts, style="alarm" if cut_off else "")
    count = len(dossier.destinations)
    draft.add("unchanged", unchanged=count - len(effects), all=count)


def _write_effects(draft: Draft, destinations: pd.DataFrame) -> Iterator[tuple[Texts, bool]]:
    """What the reports change for each destination for which they change anything."""
    for site_id, row in destinations.iterrows():
        name = row["name"] or site_id
        place = isolate_name(name if name == site_id else f"{name} ({site_id})")
        without = {"duration": row["without_duration_min"], "depot": row["without_depot_id"]}
        if row["cut_off_by"]:
            key = "without_reached" if row["cut_off_by"] == ALONE else "without_cut_off"
            texts = draft.say(
                f"cut_off_{row['cut_off_by']}", place=place, without=draft.say(key, **without)
            )
            yield texts, True
        elif not pd.isna(row["duration_min"]) and (
            row["depot_id"] != row["without_depot_id"]
            or abs(row["duration_min"] - row["without_duration_min"]) >= 1 / 60
        ):
            now = {"duration_now": row["duration_min"], "depot_now": row["depot_id"]}
            yield draft.say("slower", place=place, **without, **now), False


def _add_reports(draft: Draft, dossier: Dossier) -> None:
    draft.heading("reports")
    names = ("number", "made", "reported_by", "what", "certainty", "where", "radius", "now")
    rows = [
        _write_report(draft, number, str(name), row)
        for number, (name, row) in enumerate(dossier.reports.iterrows(), 1)
    ]
    columns = [f"column_{name}" for name in names]
    draft.table(columns, rows, widths=(0.7, 2, 2.5, 2.4, 1.9, 2.2, 1.3, 2))
    draft.add("radius_note", style="small")


def _write_report(draft: Draft, number: int, report_id: str, row: pd.Series) -> list[str | Texts]:
    place = draft.say("file_row", file=row["file"], row=row["row"]) if row["file"] else ""
    structure = row["structure"]
    kind = draft.say("kind_of", kind=row["kind"], structure=structure)
    stated = draft.word("verification", row["stated"]) if row["stated"] else draft.say("not_stated")
    raised = row["verification"] != row["stated"]
    accuracy = {"accuracy": row["accuracy_m"]} if row["accuracy_m"] > 0 else {}
    radius_m = row["effective_radius_m"]
    return [
        str(number),
        format_time(row["reported_at"]) or draft.say("not_stated"),
        _lines(row["source"] or draft.say("unnamed"), report_id, place),
        _lines(
            kind if structure else draft.word("kind", row["kind"]),
            _write_span(draft, row["occurred_at"], row["occurred_until"]),
        ),
        _lines(stated, draft.say("together", word=row["verification"]) if raised else ""),
        _lines(
            _write_place(row["geometry"]),
            draft.say("to_accuracy" if accuracy else "no_accuracy", **accuracy),
        ),
        "" if pd.isna(radius_m) else draft.say("metres", metres=round(radius_m)),
        draft.word("incident_status", row["incident_status"]),
    ]


def _lines(*parts: str | Texts) -> Texts:
    """Parts of a cell, each on its own line; empty ones are left out."""
    texts = [part if isinstance(part, str) else part[0] for part in parts]
    return Texts(("\n".join(filter(None, texts)),))


def _write_place(shape: shapely.Geometry) -> str:
    """The middle of a shape as latitude and longitude.

    >>> _write_place(shapely.Point(35.02, -33.0))
    '33.00000° S, 35.02000° E'
    """
    spot = shape.centroid
    north, east = "S" if spot.y < 0 else "N", "W" if spot.x < 0 else "E"
    return f"{abs(spot.y):.5f}° {north}, {abs(spot.x):.5f}° {east}"


def _add_single_source(draft: Draft, dossier: Dossier) -> None:
    draft.heading("single_source")
    facts: dict[Any, list[Texts]] = {}
    for row in dossier.single_source.itertuples(index=False):
        value = {"value": row.value, "all": len(dossier.closures)}
        fact = draft.say(f"fact_{row.fact}", **value)
        facts.setdefault((row.sources, row.reports), []).append(fact)
    for (sources, reports), parts in facts.items():
        names = [Texts((source,)) if source else draft.say("unnamed") for source in sources]
        semicolon = draft.say("reason.semicolon")[0]
        draft.add(
            "only_by",
            sources=draft.join(names),
            reports=reports,
            facts=Texts((semicolon.join(part[0] for part in parts),)),
        )
    if not facts:
        draft.add("no_single_source")


def _add_closures(draft: Draft, dossier: Dossier) -> None:
    closures = dossier.closures
    km = f"{closures['length_m'].sum() / 1000:.1f}"
    draft.heading("closures", count=len(closures), km=km)
    if closures.empty:
        draft.add("no_closures")
        return
    rows = [
        (
            _lines(row["name"], str(name)),
            draft.say("metres", metres=round(row["distance_m"])),
            draft.word("rule", row["rule"]),
            format_time(row["active_until"]),
            ", ".join(row["reports"]),
        )
        for name, row in closures.iterrows()
    ]
    columns = [f"column_{name}" for name in ("segment", "distance", "rule", "until", "by_report")]
    draft.table(columns, rows, widths=(3, 1.2, 3, 2.2, 3), numeric=[1])


def _add_corridors(draft: Draft, dossier: Dossier) -> None:
    draft.heading("corridors")
    draft.add("exposure_note", style="small")
    if dossier.corridors.empty:
        draft.add("none")
        return
    rows = [
        (
            str(name),
            format_duration(row["duration_min"]),
            format_duration(row["exposed_min"]),
            f"{row['exposure_share']:.0%}",
            draft.say("metres", metres=round(row["nearest_m"])),
        )
        for name, row in dossier.corridors.iterrows()
    ]
    columns = [f"column_{name}" for name in ("corridor", "time", "near", "share", "nearest")]
    draft.table(columns, rows, widths=(3, 1.4, 1.4, 1.4, 1.4), numeric=range(1, 5))


def _add_sites(draft: Draft, dossier: Dossier) -> None:
    draft.heading("sites")
    rows = [
        (
            _lines(row["name"], str(name) if name != row["name"] else ""),
            draft.word("role", row["role"]),
            draft.say("distance", distance=row["distance_m"]),
            draft.say("within_radius") if row["within_radius"] else "",
        )
        for name, row in dossier.sites.iterrows()
    ]
    columns: list[str | Texts] = ["column_site", "column_role", "column_distance", EMPTY]
    draft.table(columns, rows, widths=(3, 2, 1.4, 2.4), numeric=[2])


def _add_inputs(draft: Draft, dossier: Dossier) -> None:
    draft.heading("inputs")
    rows: list[tuple[str | Texts, ...]] = [
        (
            _lines(draft.word("file_role", row.role), row.name, row.attribution),
            format_time(row.newest),
            row.sha256,
        )
        for row in dossier.inputs.itertuples(index=False)
    ]
    rows.append((draft.say("plan_row"), "", dossier.plan_hash))
    columns = [f"column_{name}" for name in ("file", "newest", "sha256")]
    draft.table(columns, rows, widths=(3, 1.8, 4))
