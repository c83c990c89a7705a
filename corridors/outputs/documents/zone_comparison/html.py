"""A comparison as one HTML page: no script, no request, everything from a file escaped; to be looked at and printed."""

from __future__ import annotations

import importlib.resources
from functools import cache

from corridors.locales import read_wording
from corridors.locales.bidi import keep_order
from corridors.outputs.documents.zone_comparison.figure import draw_comparison
from corridors.outputs.documents.zone_comparison.tables import tell_remarks, tell_tables, write_part
from corridors.outputs.maps.page import render_page
from corridors.release import TLP
from corridors.review import ZoneComparison
from corridors.review.zone_proposals import PARTS


def render_zone_page(comparison: ZoneComparison, *, lang: str = "en") -> str:
    """The page as text, in a language; the same comparison gives the same text, byte for byte.

    Where sites were counted it is marked as internal: it tells what lies where.

    Raises
    ------
    UsageError
        There is no such language.
    """
    words = read_wording(lang)
    first, second = comparison.names
    order = keep_order if words.direction == "rtl" else str
    say = {"first": first, "second": second}
    return render_page(
        _template(),
        {
            "lang": lang,
            "direction": words.direction,
            "title": words.say("zone_comparison.title", **say),
            "marking": "" if comparison.sites is None else f"{words['audience.internal']} {TLP['internal']}",
            "caution": words["zone_comparison.caution"],
            "method": words["zone_comparison.method"],
            "map": words["zone_comparison.map"],
            "destination": words.name("role", "destination"),
            "remarks": [order(remark) for remark in tell_remarks(comparison, words)],
            "tables": [
                {
                    "heading": told.heading,
                    "columns": told.columns,
                    "rows": [list(map(order, row)) for row in told.rows],
                    "numeric": list(map(str, told.numeric)),
                }
                for told in tell_tables(comparison, words)
            ],
            "parts": [{"kind": part, "name": write_part(part, comparison, words)} for part in PARTS],
            "outlines": [{"party": party, "name": words.say("zone_comparison.proposal", name=name)} for party, name in say.items()],
            "places": comparison.sites is not None,
            "sketches": draw_comparison(comparison, words),
        },
    )


@cache
def _template() -> str:
    return (importlib.resources.files(__package__) / "page.html").read_text("utf-8")
