"""A dossier in words, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pandas as pd

from corridors.locales import read_locale, show_unseen
from corridors.locales.figures import format_duration, format_time
from corridors.outputs.documents.dossier.sentences import (
    write_accuracy,
    write_effect,
    write_heading,
    write_report,
    write_single,
)
from corridors.review import Dossier


def render_dossier(dossier: Dossier, *, width: int = 80) -> str:
    """The dossier in words, `width` columns wide, ending in a newline.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> "CUT OFF in the plan by this incident alone: Marjayoun hospital" in render_dossier(
    ...     co.build_dossier(plan, "DEMO-002")
    ... )
    True
    """
    lines: list[str] = []
    for indent, locale in _paragraphs(dossier):
        shown = str(show_unseen(locale))
        lines += (
            textwrap.wrap(
                shown, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2)
            )
            if shown
            else [""]
        )
    return "\n".join(lines) + "\n"


def _paragraphs(dossier: Dossier) -> Iterator[tuple[int, str]]:
    yield from ((0, locale) for locale in write_heading(dossier))
    for remark in dossier.remarks:
        yield 0, f"Note: {remark}"
    yield 0, ""
    yield 0, f"REPORTS, in the order in which they were made ({len(dossier.reports)})"
    for number, (name, row) in enumerate(dossier.reports.iterrows(), 1):
        yield 2, f"{number}. {write_report(str(name), row)} {write_accuracy(row)}"
    yield 0, ""
    yield 0, f"ROADS THAT THE PLAN CLOSES because of it ({len(dossier.closures)})"
    for name, row in dossier.closures.iterrows():
        told = f" ({row['name']})" if row["name"] else ""
        yield (
            2,
            f"{name}{told}: {row['distance_m']:.0f} m from it; {read_locale().name('rule', row['rule'])}; until {format_time(row['active_until'])}.",
        )
    yield 0, ""
    yield 0, "DESTINATIONS, with and without these reports"
    yield from (
        (2, locale)
        for name, row in dossier.destinations.iterrows()
        if (locale := write_effect(str(name), row))
    )
    unchanged = sum(
        not write_effect(str(name), row) for name, row in dossier.destinations.iterrows()
    )
    yield (
        2,
        f"{unchanged} of {len(dossier.destinations)} destinations are reached as they would be without them, or are cut off for other causes.",
    )
    yield 0, ""
    yield 0, f"CORRIDORS that it exposes ({len(dossier.corridors)})"
    for name, row in dossier.corridors.iterrows():
        yield (
            2,
            (
                f"{name}: {format_duration(row['exposed_min'])} of {format_duration(row['duration_min'])} (h:mm) near it, "
                f"{row['exposure_share']:.0%} of its exposure; nearest segment {row['nearest_m']:.0f} m away."
            ),
        )
    yield 0, ""
    yield 0, "SITES near the places reported"
    for name, row in dossier.sites.iterrows():
        within = " Within the closure radius." if row["within_reach"] else ""
        yield (
            2,
            f"{read_locale().name('role', row['role'])} {row['name']} ({name}): {read_locale().distance(row['distance_m'])}.{within}",
        )
    yield 0, ""
    yield 0, "RESTS ON ONE SOURCE"
    yield from ((2, locale) for locale in write_single(dossier))
    if dossier.single_source.empty:
        yield 2, "Nothing: each of these is told by two sources or more."
    yield 0, ""
    yield 0, "INPUTS (SHA-256)"
    for row in dossier.inputs.itertuples():
        newest = f", newest {format_time(row.newest)}" if not pd.isna(row.newest) else ""
        yield 2, f"{row.role.replace('_', ' ')}: {row.name}{newest} {row.sha256}"
