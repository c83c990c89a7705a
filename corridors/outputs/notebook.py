"""A plan in a notebook: five lines of what must be known, and the map, which asks nobody for
anything.
"""

from __future__ import annotations

import html

from corridors.locales import read_locale, show_unseen
from corridors.locales.figures import format_time
from corridors.outputs.maps import render_map
from corridors.plan import Plan
from corridors.release import TLP, Release
from corridors.release.audiences import as_seen_by
from corridors.release.labels import Labels

HEIGHT_PX = 560


def render_notebook(plan: Plan | Release) -> str:
    """The HTML that a notebook shows for a plan: a summary, and the map in a frame that cannot
    reach the notebook.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> "CUT OFF: Marjayoun hospital" in plan._repr_html_()
    True
    """
    release = as_seen_by(plan)
    labels = Labels(release, read_locale("en"))
    reached, missed = labels.corridors["destination_id"].nunique(), len(labels.unreached)
    lines = [
        f"As of {format_time(release.as_of)}, for use until {format_time(release.valid_until)}. Plan {release.code}.",
        f"{labels.locale[f'audience.{release.audience}']}, {TLP[release.audience]}. {labels.locale['marking.caution']}",
        f"{reached} of {reached + missed} destinations reached, {missed} cut off; {release.counts['closed']} of {release.counts['segments']} segments closed.",
        *(
            f"CUT OFF: {labels.place(site)[0]}. {labels.cut_off_reason(site) if site in labels.cut_off.index else ''}".rstrip()
            for site in labels.unreached
        ),
        *labels.doubts,
    ]
    told = "".join(f"<li>{html.escape(line)}</li>" for line in show_unseen(lines))
    frame = html.escape(render_map(release))
    return (
        f"<div><strong>{html.escape(show_unseen(labels.title))}</strong><ul>{told}</ul>"
        f'<iframe sandbox="allow-scripts" srcdoc="{frame}" title="Map of the plan" '
        f'style="width: 100%; height: {HEIGHT_PX}px; border: 1px solid #999"></iframe></div>'
    )
