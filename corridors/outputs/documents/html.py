"""A document as one HTML page: no script, no request, every text escaped."""

from __future__ import annotations

import importlib.resources
from functools import cache

from corridors.outputs.documents.blocks import Block, Document
from corridors.outputs.maps.page import render_page


def render_html(document: Document) -> bytes:
    """The page as UTF-8; the same document gives the same bytes.

    Raises
    ------
    OutputError
        The page would load something when opened. Fix: report it, the fault is ours.
    """
    languages = [
        {"lang": locale.lang, "direction": locale.direction} for locale in document.locales
    ]
    content = {
        "languages": languages,
        "title": document.title[0],
        "marking": document.marking,
        "footer": document.footer,
        "blocks": [_describe(block) for block in document.blocks],
    }
    return render_page(_template(), content).encode()


def _describe(block: Block) -> dict[str, object]:
    """The block's fields, with its kind; templates show texts only, so flags become words."""
    fields = {name: getattr(block, name) for name in type(block).__slots__}
    if "columns" in fields:
        fields["numeric"] = ["number" if figures else "" for figures in fields["numeric"]]
        fields["sides"] = [side or 0 for side in fields["sides"]]
    return {**fields, "kind": type(block).__name__}


@cache
def _template() -> str:
    return (importlib.resources.files(__package__) / "document.html").read_text("utf-8")
