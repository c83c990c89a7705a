"""A comparison as one HTML page: no script, no request, everything from a file escaped; to be
looked at and printed.
"""

from __future__ import annotations

import importlib.resources
from functools import cache

from corridors.locales import read_locale
from corridors.locales.bidi import isolate_ltr
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
    locale = read_locale(lang)
    first, second = comparison.names
    order = isolate_ltr if locale.direction == "rtl" else str
    format = {"first": first, "second": second}
    return render_page(
        _template(),
        {
            "lang": lang,
            "direction": locale.direction,
            "title": locale.format("zone_comparison.title", **format),
            "marking": ""
            if comparison.sites is None
            else f"{locale['audience.internal']} {TLP['internal']}",
            "caution": locale["zone_comparison.caution"],
            "method": locale["zone_comparison.method"],
            "map": locale["zone_comparison.map"],
            "destination": locale.name("role", "destination"),
            "remarks": [order(remark) for remark in tell_remarks(comparison, locale)],
            "tables": [
                {
                    "heading": told.heading,
                    "columns": told.columns,
                    "rows": [list(map(order, row)) for row in told.rows],
                    "numeric": list(map(str, told.numeric)),
                }
                for told in tell_tables(comparison, locale)
            ],
            "parts": [
                {"kind": part, "name": write_part(part, comparison, locale)} for part in PARTS
            ],
            "outlines": [
                {"party": party, "name": locale.format("zone_comparison.proposal", name=name)}
                for party, name in format.items()
            ],
            "places": comparison.sites is not None,
            "sketches": draw_comparison(comparison, locale),
        },
    )


@cache
def _template() -> str:
    return (importlib.resources.files(__package__) / "page.html").read_text("utf-8")
