"""The content of a brief: one page of a plan for a duty officer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from corridors.locales import read_locale
from corridors.locales.figures import format_duration
from corridors.outputs.documents.blocks import Document, Style, Texts
from corridors.outputs.documents.draft import Draft
from corridors.outputs.documents.marking import date_release, foot_release, mark_release
from corridors.outputs.documents.rendering import (
    DOCUMENT_FORMATS,
    SUFFIXES,
    check_format,
    write_files,
)
from corridors.plan import Plan
from corridors.release import Release, name_file
from corridors.release.audiences import as_seen_by
from corridors.release.labels import Labels

MAX_CUT_OFF, MAX_CORRIDORS, MAX_CAUSES, MAX_REMARKS = 8, 16, 5, 6
"""So many rows of each part fit on one page; the brief says how many others there are."""


def build_brief(plan: Plan | Release, *, lang: str = "en") -> Document:
    """The brief of a plan as a document in one language.

    Who is cut off comes first, then the proposed primary corridors, what closes most of the road,
    and the remarks of the plan.

    Raises
    ------
    UsageError
        There is no such language. Fix: use one of `locales.LANGUAGES`.

    Examples
    --------
    >>> import corridors as co
    >>> brief = build_brief(co.plan_corridors(co.read_situation(co.demo_folder())))
    >>> brief.title, brief.blocks[3].texts
    (('Southern Lebanon supply (demonstration)',), ('Cut off: 1',))
    """
    release, locale = as_seen_by(plan), read_locale(lang)
    labels = Labels(release, locale)
    draft = Draft((locale,), "brief", [labels.label])
    draft.heading(Texts((labels.title,)), level=0)
    draft.add(date_release(draft, release), style="strong")
    if labels.demonstration:
        draft.add(Texts((f"{labels.demonstration.rstrip('.')}.",)), style="caution")
    for doubt in labels.doubts:
        draft.add(Texts((doubt,)), style="caution")
    _add_cut_off(draft, labels)
    _add_corridors(draft, labels)
    _add_causes(draft, labels)
    _add_remarks(draft, labels)
    marking, footer = mark_release(draft, release), foot_release(draft, release)
    return draft.build(marking=marking, footer=footer, dated=release.as_of, code=release.code)


def write_brief(
    plan: Plan | Release,
    folder: str | Path,
    *,
    formats: Sequence[str] = ("pdf",),
    languages: Sequence[str] = ("en",),
    force: bool = False,
) -> list[Path]:
    """Write the brief of a plan, a file for each format and language; return their paths.

    Parameters
    ----------
    plan
        A plan, or a release.
    folder
        It is made where there is none, and may hold other files.
    formats
        Some of html, pdf, docx and text.
    languages
        Some of `locales.LANGUAGES`.
    force
        Replace briefs that are there.

    Raises
    ------
    UsageError
        There is no such format or language; the extra `docx` or `print` is not installed; a file
        exists and `force` is not set. Fix: as the message says.
    InputError
        `missing-glyph`, for pdf: a name holds a character that the font cannot show. Fix: write it
        in other letters, or choose another format.
    OutputError
        A file cannot be written; what was there before is untouched.

    Examples
    --------
    >>> import corridors as co
    >>> write_brief(co.read_plan("plan"), "brief", formats=("pdf", "html"))  # doctest: +SKIP
    """
    for name in formats:
        check_format(name)
    release = as_seen_by(plan)
    briefs = {lang: build_brief(release, lang=lang) for lang in languages}
    files = {
        name_file(release, f"brief-{lang}", SUFFIXES.get(name, name)): DOCUMENT_FORMATS[name](brief)
        for lang, brief in briefs.items()
        for name in formats
    }
    return write_files(files, folder, force=force)


def _add_list(draft: Draft, texts: Iterable[Texts], most: int, style: Style = "") -> None:
    """The first paragraphs, and how many others there are."""
    rows = list(texts)
    for row in rows[:most]:
        draft.add(row, style=style)
    _add_rest(draft, len(rows) - most)


def _add_rest(draft: Draft, count: int) -> None:
    if count > 0:
        draft.add("more", style="small", n=count)


def _add_cut_off(draft: Draft, labels: Labels) -> None:
    sites = labels.unreached
    draft.heading("cut_off", n=len(sites))
    if not sites:
        draft.add("none_cut_off")
        return
    with_reason = labels.cut_off.index
    rows = (
        draft.say("site_cut_off", site=site, why=Texts((labels.cut_off_reason(site),)))
        if site in with_reason
        else draft.say("site_cut_off_alone", site=site)
        for site in sites
    )
    _add_list(draft, rows, MAX_CUT_OFF, "alarm")


def _add_corridors(draft: Draft, labels: Labels) -> None:
    draft.heading("corridors")
    primary = labels.corridors[labels.corridors["rank"] == 1]
    if primary.empty:
        draft.add("no_corridor")
        return
    rows = [
        (
            draft.place(row["depot_id"]) if row["depot_id"] else draft.say("not_shown"),
            draft.place(row["destination_id"]),
            labels.km(row["length_m"]),
            format_duration(row["duration_min"]),
            ""
            if pd.isna(row["nearest_incident_m"])
            else draft.say("distance", distance=row["nearest_incident_m"]),
            draft.word("status", row["status"]) if row["status"] else "",
        )
        for _, row in primary.head(MAX_CORRIDORS).iterrows()
    ]
    columns = [f"column_{name}" for name in ("from", "to", "km", "time", "nearest", "status")]
    draft.table(columns, rows, widths=(3, 3, 1, 1, 1.6, 2), numeric=(2, 3, 4))
    _add_rest(draft, len(primary) - MAX_CORRIDORS)
    draft.add("corridors_note", style="small", n=len(labels.corridors) - len(primary))


def _add_causes(draft: Draft, labels: Labels) -> None:
    """What closes most of the road: each cause, or each kind where the ledger is withheld."""
    draft.heading("causes")
    causes = _measure_causes(labels)
    if not causes:
        draft.add("nothing_closed")
        return
    rows = [
        (Texts((name,)), str(segments), f"{length_m / 1000:.1f}")
        for name, segments, length_m in causes[:MAX_CAUSES]
    ]
    columns = ["column_cause", "column_segments", "column_km"]
    draft.table(columns, rows, widths=(5, 1.4, 1), numeric=(1, 2))
    _add_rest(draft, len(causes) - MAX_CAUSES)


def _measure_causes(labels: Labels) -> list[tuple[str, int, float]]:
    """Each cause with the number and length of the segments that it closes, the longest first."""
    segments, ledger = labels.segments, labels.closures
    if len(ledger):
        pairs = ledger.drop_duplicates(["cause_type", "cause_id", "segment_id"])
        length_m = pairs["segment_id"].map(segments["length_m"])
        grouped = length_m.groupby([pairs["cause_type"], pairs["cause_id"]], sort=True)
    else:
        kinds = segments.loc[labels.closed, "closed_by"].explode().dropna()
        grouped = segments["length_m"].loc[kinds.index].groupby(kinds.to_numpy(), sort=True)
    sums = grouped.agg(["size", "sum"]).sort_values("sum", ascending=False, kind="stable")
    return [
        (
            labels.cause(*cause)
            if isinstance(cause, tuple)
            else labels.locale.name("cause", cause),
            int(row["size"]),
            float(row["sum"]),
        )
        for cause, row in sums.iterrows()
    ]


def _add_remarks(draft: Draft, labels: Labels) -> None:
    remarks = labels.release.remarks
    if remarks:
        draft.heading("remarks")
        _add_list(draft, map(draft.render, remarks), MAX_REMARKS)
