"""A document as text for a terminal, with ANSI styles."""

from __future__ import annotations

import io
import re
from itertools import pairwise

from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from corridors.outputs.documents.blocks import Block, Document, Figure, Heading, Table, Texts

_STYLES = {"strong": "bold", "small": "dim", "caution": "yellow", "alarm": "bold red"}
_ANSI = re.compile(r"\x1b\[[\d;]*m")
_GAP = 2
"""Columns between two cells."""


def render_text(document: Document, *, width: int = 80) -> str:
    """The document, `width` columns wide, ending in a newline.

    A table that is too wide is written row by row, each cell with the heading of its column.
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
    )
    if document.marking[0]:
        console.print(_join(document.marking, "bold"))
    for before, block in pairwise((None, *document.blocks)):
        if isinstance(block, Heading) and block.level and before:
            console.print()
        for part in _render(block, width):
            console.print(part)
    if document.footer[0]:
        console.print()
        console.print(_join(document.footer, "dim"))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _render(block: Block | None, width: int) -> list[RenderableType]:
    if isinstance(block, Table):
        return [_draw_table(block)] if _measure(block) <= width else _list_rows(block)
    if block is None or isinstance(block, Figure):
        return []
    style = "bold" if isinstance(block, Heading) else _STYLES.get(block.style, "")
    return [_join(block.texts, style, number=block.number)]


def _join(texts: Texts, style: str = "", *, number: str = "") -> Text:
    """Texts as they are, one line a language: nothing in them is markup."""
    return Text("\n".join(f"{number}  {text}" if number else text for text in texts), style)


def _measure(table: Table) -> int:
    """The least width of the table at which no word is broken."""
    rows = (table.columns, *table.rows)
    words = (
        max((len(word) for row in rows for text in row[at] for word in text.split()), default=0)
        for at in range(len(table.columns))
    )
    return sum(word + _GAP for word in words)


def _draw_table(table: Table) -> RichTable:
    drawn = RichTable(
        box=None, pad_edge=False, show_edge=False, header_style="dim", padding=(0, _GAP, 0, 0)
    )
    for texts, numeric in zip(table.columns, table.numeric, strict=True):
        drawn.add_column(_join(texts), justify="right" if numeric else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*map(_join, row))
    return drawn


def _list_rows(table: Table) -> list[RenderableType]:
    rows: list[RenderableType] = []
    for row in table.rows:
        cells = [
            f"{' / '.join(head)}: {' / '.join(text)}".replace("\n", " ").removeprefix(": ")
            for head, text in zip(table.columns, row, strict=True)
            if any(text)
        ]
        rows.append(Text("- " + "; ".join(cells)))
    return rows


def render_plain_text(document: Document) -> bytes:
    """The document as a text file of 80 columns, without styles."""
    lines = _ANSI.sub("", render_text(document)).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines).encode()
