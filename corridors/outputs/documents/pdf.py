"""A document as pages to print, set by Typst."""

from __future__ import annotations

import importlib.resources
from functools import cache
from itertools import zip_longest
from typing import Any

from corridors.outputs.documents.blocks import Block, Document, Figure, Table
from corridors.outputs.typesetting import render_pdf as typeset


def render_pdf(document: Document) -> bytes:
    """The document as PDF/A; the same document gives the same bytes.

    Raises
    ------
    InputError
        `missing-glyph`: a text holds a character that the font cannot show. Fix: write it in
        letters that the font has.
    UsageError
        Typst or matplotlib is not installed. Fix: install the extra `print`.
    """
    figures = [block for block in document.blocks if isinstance(block, Figure)]
    names = {id(figure): f"figure-{number}.svg" for number, figure in enumerate(figures)}
    files = {names[id(figure)]: figure.file for figure in figures}
    pairs = zip_longest(document.blocks, document.blocks[1:])
    data: dict[str, Any] = {
        "languages": [{"lang": lo.lang, "rtl": lo.direction == "rtl"} for lo in document.locales],
        "title": document.title[0],
        "marking": document.marking,
        "footer": document.footer,
        "page": [
            locale["document.page"].replace("{pages}", "{page}").split("{page}")
            for locale in document.locales
        ],
        "keywords": document.code,
        "blocks": [
            {
                **_describe(block),
                "leads": isinstance(after, Table),
                "file": names.get(id(block), ""),
            }
            for block, after in pairs
        ],
    }
    return typeset(_template(), data, files=files, dated=document.dated)


def _describe(block: Block) -> dict[str, Any]:
    fields = {name: getattr(block, name) for name in type(block).__slots__ if name != "svg"}
    if isinstance(block, Table):
        fields["sides"] = [side or 0 for side in block.sides]
    return {**fields, "kind": type(block).__name__}


@cache
def _template() -> str:
    return (importlib.resources.files(__package__) / "document.typ").read_text("utf-8")
