"""A plan in a notebook: a short summary, and the map, which loads nothing from a network."""

from __future__ import annotations

import html

from corridors.locales import read_locale, show_unseen
from corridors.outputs.maps import render_map
from corridors.plan import Plan
from corridors.release import TLP, Release
from corridors.release.audiences import as_seen_by
from corridors.release.labels import Labels

HEIGHT_PX = 560


def render_notebook(plan: Plan | Release, language: str = "en") -> str:
    """The HTML that a notebook shows for a plan.

    It holds a summary, and the map in a frame that cannot reach the notebook.

    Raises
    ------
    UsageError
        There is no such language. Fix: use en, fr or ar.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> "CUT OFF: Marjayoun hospital" in plan._repr_html_()
    True
    """
    release = as_seen_by(plan)
    labels = Labels(release, read_locale(language))
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in show_unseen(_list_lines(labels)))
    frame = html.escape(render_map(release, languages=(language,)))
    return (
        f"<div><strong>{html.escape(show_unseen(labels.title))}</strong><ul>{lines}</ul>"
        f'<iframe sandbox="allow-scripts" srcdoc="{frame}" '
        f'title="{html.escape(labels.locale["summary.map"])}" '
        f'style="width: 100%; height: {HEIGHT_PX}px; border: 1px solid #999"></iframe></div>'
    )


def _list_lines(labels: Labels) -> list[str]:
    release, locale = labels.release, labels.locale
    audience = locale[f"audience.{release.audience}"]
    reached, missed = labels.corridors["destination_id"].nunique(), len(labels.unreached)
    return [
        locale.format(
            "summary.valid_until",
            as_of=release.as_of,
            valid_until=release.valid_until,
            code=release.code,
        ),
        f"{audience}, {TLP[release.audience]}. {locale['marking.caution']}",
        locale.format(
            "summary.reached_and_closed",
            reached=reached,
            all=reached + missed,
            missed=missed,
            closed=release.counts["closed"],
            segments=release.counts["segments"],
        ),
        *(_format_cut_off(labels, site_id) for site_id in labels.unreached),
        *labels.doubts,
    ]


def _format_cut_off(labels: Labels, site_id: str) -> str:
    known = site_id in labels.cut_off.index
    return labels.locale.format(
        "summary.cut_off_because",
        place=labels.label(site_id),
        reason=labels.cut_off_reason(site_id) if known else "",
    ).rstrip()
