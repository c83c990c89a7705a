"""Two parties' zone proposals overlaid: as text, as a page, as one JSON document, and as shapes.

content       the document that every format is rendered from
figure        its drawings
description   plain values: one JSON document, and GeoJSON
"""

from __future__ import annotations

from pathlib import Path

from corridors.outputs.documents.html import render_html
from corridors.outputs.documents.rendering import write_files
from corridors.outputs.documents.text import render_text
from corridors.outputs.documents.zone_comparison.content import build_zone_document
from corridors.outputs.documents.zone_comparison.description import (
    describe_zone_comparison,
    render_zone_geojson,
)
from corridors.outputs.serialization import render_json
from corridors.review import ZoneComparison

__all__ = [
    "ZONE_COMPARISON_FILES",
    "build_zone_document",
    "describe_zone_comparison",
    "render_zone_comparison",
    "write_zone_comparison",
]

ZONE_COMPARISON_FILES = ("zone-comparison.html", "zone-comparison.json", "zone-comparison.geojson")


def render_zone_comparison(comparison: ZoneComparison, *, lang: str = "en", width: int = 80) -> str:
    """The comparison in tables for a terminal, `width` columns wide, ending in a newline.

    Examples
    --------
    >>> import corridors as co
    >>> zones = co.read_zones(co.demo_folder() / "zones.geojson").table
    >>> text = render_zone_comparison(
    ...     co.compare_zones(zones.loc[["SZ-01"]], zones.loc[["SZ-01", "SZ-02"]]), width=160
    ... )
    >>> "the same area" in text
    True
    """
    return render_text(build_zone_document(comparison, lang=lang), width=width)


def write_zone_comparison(
    comparison: ZoneComparison, folder: str | Path, *, lang: str = "en", force: bool = False
) -> list[Path]:
    """Write the page, the JSON document and the shapes into `folder`; return their paths.

    Parameters
    ----------
    comparison
        What `compare_zones` found.
    folder
        It is made where there is none, and may hold other files.
    lang
        The language of the page, one of `locales.LANGUAGES`.
    force
        Replace a comparison that is there.

    Raises
    ------
    UsageError
        The folder holds a comparison and `force` is not set (Fix: set it, or name another folder),
        or there is no such language.
    OutputError
        A file cannot be written; what was there before is untouched.
    """
    files = (
        render_html(build_zone_document(comparison, lang=lang)),
        render_json(describe_zone_comparison(comparison)).encode(),
        render_zone_geojson(comparison).encode(),
    )
    return write_files(dict(zip(ZONE_COMPARISON_FILES, files, strict=True)), folder, force=force)
