"""Two parties' zone proposals laid over each other: as text, as one JSON document, as a page to
look at, and as shapes.

telling    the tables of a comparison in words, once for terminal and page
describe   as plain values: one JSON document, and GeoJSON
text       for a terminal
page       as one HTML page that asks the network for nothing
sketch     the drawing on that page
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from corridors.outputs.atomic_write import write_products
from corridors.outputs.documents.zone_comparison.description import (
    describe_zone_comparison,
    render_zone_geojson,
)
from corridors.outputs.documents.zone_comparison.html import render_zone_page
from corridors.outputs.documents.zone_comparison.text import render_zone_comparison
from corridors.outputs.serialization import render_json
from corridors.review import ZoneComparison

__all__ = [
    "ZONE_COMPARISON_FILES",
    "describe_zone_comparison",
    "render_zone_comparison",
    "render_zone_page",
    "write_zone_comparison",
]

ZONE_COMPARISON_FILES = ("zone-comparison.html", "zone-comparison.json", "zone-comparison.geojson")


def write_zone_comparison(
    comparison: ZoneComparison, folder: str | Path, *, lang: str = "en", force: bool = False
) -> list[Path]:
    """Write the page, the JSON document and the shapes into `folder`, and give back their paths.

    Parameters
    ----------
    comparison
        What `compare_zones` found.
    folder
        It is made where there is none, and may hold other files.
    lang
        The language of the page: en, ar or fr.
    force
        Replace a comparison that is there.

    Raises
    ------
    UsageError
        The folder holds a comparison and `force` is not set, or there is no such language.
    OutputError
        Something could not be written; what stood there before is untouched.
    """
    texts = (
        render_zone_page(comparison, lang=lang),
        render_json(describe_zone_comparison(comparison)),
        render_zone_geojson(comparison),
    )
    makers = {
        name: partial(_write, text) for name, text in zip(ZONE_COMPARISON_FILES, texts, strict=True)
    }
    return write_products(makers, folder, force=force)


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
