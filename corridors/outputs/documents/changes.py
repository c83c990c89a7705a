"""The content of what changed between two plans: roads, corridors and destinations."""

from __future__ import annotations

from typing import Any

import pandas as pd

from corridors.locales.figures import format_duration, format_time
from corridors.outputs.documents.blocks import Document, Texts
from corridors.outputs.documents.draft import EMPTY, Draft
from corridors.outputs.documents.text import render_text
from corridors.outputs.serialization import list_records, to_jsonable
from corridors.review import Changes
from corridors.review.plan_diff import CORRIDOR_CHANGES, GONE, ROAD_CHANGES, UNAFFECTED

SCHEMA_VERSION = 2
SITE_CHANGES = ("reached", "gone", "cut_off")
"""The worst news stands last, where a terminal shows it."""


def describe_changes(changes: Changes) -> dict[str, Any]:
    """The changes as one JSON document."""
    older, newer = (
        {"as_of": to_jsonable(as_of), "plan_hash": plan_hash}
        for as_of, plan_hash in (changes.older, changes.newer)
    )
    return {
        "schema_version": SCHEMA_VERSION,
        "older": older,
        "newer": newer,
        "changed": bool(changes),
        "segments": list_records(changes.segments.set_index("change")),
        "corridors": list_records(changes.corridors),
        "sites": list_records(changes.sites),
    }


def render_changes(changes: Changes, *, lang: str = "en", width: int = 80) -> str:
    """The changes in words and one table for a terminal, `width` columns wide."""
    return render_text(build_changes_document(changes, lang=lang), width=width)


def build_changes_document(changes: Changes, *, lang: str = "en") -> Document:
    """The changes as a document in one language; the worst news stands last.

    Raises
    ------
    UsageError
        There is no such language. Fix: use one of `locales.LANGUAGES`.
    """
    draft = Draft.of((lang,), "plan_diff")
    _add_summary(draft, changes)
    _add_corridors(draft, changes.corridors)
    _add_roads(draft, changes.segments)
    for change in SITE_CHANGES:
        for name in changes.sites["name"][changes.sites["change"] == change]:
            draft.add(
                f"site_{change}", style="alarm" if change == "cut_off" else "strong", site=name
            )
    return draft.build(marking=EMPTY, dated=changes.newer[0], code=changes.newer[1])


def _add_summary(draft: Draft, changes: Changes) -> None:
    (older, older_hash), (newer, newer_hash) = changes.older, changes.newer
    hours = round((newer - older).total_seconds() / 3600, 1)
    draft.heading("title", level=0)
    draft.add(
        "later" if hours >= 0 else "earlier",
        older=format_time(older),
        older_hash=older_hash[:10],
        newer=format_time(newer),
        newer_hash=newer_hash[:10],
        hours=f"{abs(hours):g}",
    )


def _add_corridors(draft: Draft, corridors: pd.DataFrame) -> None:
    changed = corridors[corridors["change"] != UNAFFECTED]
    if len(changed):
        rows = [
            (
                str(name),
                row["depot"],
                row["destination"],
                draft.say(f"corridor_{row['change']}"),
                *_write_figures(row),
            )
            for name, row in changed.iterrows()
        ]
        columns = [f"column_{name}" for name in ("corridor", "from", "to", "change", "km", "time")]
        draft.table(columns, rows, widths=(3, 2, 2, 1.6, 1.8, 1.8), numeric=(4, 5))
    counts = [
        draft.say("count_change", n=count, change=draft.say(f"corridor_{change}"))
        for change in CORRIDOR_CHANGES
        if (count := int((corridors["change"] == change).sum()))
    ]
    comma = draft.say("comma_between")[0]
    text = comma.join(count[0] for count in counts)
    draft.add("corridors", counts=Texts((text,)) if counts else draft.say("none"))


def _write_figures(row: pd.Series) -> tuple[str, str]:
    """Length and time of a corridor, each with its difference to the older plan."""
    length, time = f"{row['length_m'] / 1000:.1f}", format_duration(row["duration_min"])
    if pd.isna(row["more_m"]):
        return length, time
    minutes = row["more_min"]
    sign = "-" if minutes < 0 else "+"
    more = "" if pd.isna(minutes) else f" ({sign}{format_duration(abs(minutes))})"
    return f"{length} ({row['more_m'] / 1000:+.1f})", f"{time}{more}"


def _add_roads(draft: Draft, segments: pd.DataFrame) -> None:
    """How many roads were closed or opened, their length, and how many in one direction only."""
    parts = []
    for change in ROAD_CHANGES:
        roads = segments[segments["change"] == change]
        if change == GONE and roads.empty:
            continue
        one_way = int((roads["direction"] != "both").sum())
        km = f"{roads['length_m'].sum() / 1000:.1f}"
        partly = draft.say("one_direction", n=one_way) if one_way else ""
        parts.append(draft.say(f"road_{change}", n=len(roads), km=km, partly=partly)[0])
    draft.add("roads", roads=Texts((draft.say("comma_between")[0].join(parts),)))
