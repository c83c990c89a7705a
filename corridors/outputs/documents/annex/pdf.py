"""An annex as pages to print, set by Typst from the same content as the Word document."""

from __future__ import annotations

import importlib.resources
from functools import cache
from itertools import zip_longest
from typing import Any

from corridors.locales import read_locale
from corridors.outputs.documents.annex.articles import Annex, Paragraph, Table
from corridors.outputs.typesetting import render_pdf


def render_annex_pdf(annex: Annex) -> bytes:
    """The annex as PDF/A.

    Raises
    ------
    InputError
        `missing-glyph`: a name holds a character that the font cannot show (fix: write it in
        letters that it has).
    UsageError
        Typst or matplotlib is not installed (fix: install the extra `print`).
    """
    data: dict[str, Any] = {
        "languages": [
            {"lang": lang, "rtl": read_locale(lang).direction == "rtl"} for lang in annex.languages
        ],
        "number": annex.number,
        "title": annex.title,
        "subtitle": annex.subtitle,
        "warnings": annex.warnings,
        "heading": annex.heading,
        "marking": annex.marking,
        "page": [pattern.replace("{pages}", "{page}").split("{page}") for pattern in annex.page],
        "keywords": annex.code,
        "blocks": [
            _tell(block) | {"leads": isinstance(after, Table)}
            for block, after in zip_longest(annex.blocks, annex.blocks[1:])
        ],
    }
    return render_pdf(_template(), data, dated=annex.as_of)


def _tell(block: Any) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"kind": block.kind, "number": block.number, "texts": block.texts}
    sides = [side or 0 for side in block.sides]
    return {
        "kind": "table",
        "columns": block.columns,
        "rows": block.rows,
        "widths": block.widths,
        "sides": sides,
        "blank": block.blank,
    }


@cache
def _template() -> str:
    return (importlib.resources.files(__package__) / "annex.typ").read_text("utf-8")
