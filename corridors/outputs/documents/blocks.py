"""The parts of every document: a content file makes them from its data, and renderers write them.

Blocks hold finished texts: unseen characters are spelled out, and figures and codes keep their
order within a language that is written from right to left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from corridors.locales import Locale, read_locale

Style = Literal["", "strong", "small", "caution", "alarm"]
"""How a paragraph looks: small print, a caution to read first, or an alarm such as a place that is
cut off."""


class Texts(tuple[str, ...]):
    """A text in each language of the document, or once where it is the same in all."""

    __slots__ = ()

    def at(self, position: int) -> str:
        """The text in the language at a position.

        >>> Texts(("Plan", "الخطة")).at(1), Texts(("SZ-01",)).at(1)
        ('الخطة', 'SZ-01')
        """
        return self[position] if len(self) > 1 else self[0]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of the document (level 0), or the heading of a part of it (level 1 or 2)."""

    texts: Texts
    level: int = 1
    number: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or several."""

    texts: Texts
    style: Style = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row."""

    columns: tuple[Texts, ...]
    rows: tuple[tuple[Texts, ...], ...]
    widths: tuple[float, ...]
    """Each column's share of the width of the page."""
    numeric: tuple[bool, ...]
    """Whether each column holds figures, which are aligned at the end."""
    sides: tuple[int | None, ...]
    """The position of each column's language; None: its cells are for all languages."""
    blank: bool = False
    """Whether the rows are to be filled in by hand, and so are high."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing that is complete in itself, its legend and labels included."""

    svg: str
    """As in HTML: without a namespace, texts escaped."""
    texts: Texts
    """The alternative text: what one sees on it."""

    @property
    def file(self) -> bytes:
        """The drawing as a file of its own."""
        return self.svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1).encode()


Block = Heading | Paragraph | Table | Figure


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one language, or in two side by side."""

    languages: tuple[str, ...]
    marking: Texts
    """Above each page: whom the document is for; empty where it is for anyone."""
    footer: Texts
    """Below each page: the moment that it is of, the plan, and that it guarantees nothing."""
    blocks: tuple[Block, ...]
    dated: datetime
    code: str = ""
    """The code of the plan; a keyword of the files."""

    @property
    def locales(self) -> tuple[Locale, ...]:
        """The locale of each language."""
        return tuple(map(read_locale, self.languages))

    @property
    def title(self) -> Texts:
        """The text of the heading of level 0."""
        titles = (b.texts for b in self.blocks if isinstance(b, Heading) and b.level == 0)
        return next(titles, Texts(("",)))

    def list_texts(self, position: int = 0) -> Iterator[str]:
        """Every text of the body in one language, in the order of reading."""
        for block in self.blocks:
            if not isinstance(block, Table):
                yield block.texts.at(position)
                continue
            for row in (block.columns, *block.rows):
                for cell, side in zip(row, block.sides, strict=True):
                    if side in (None, position):
                        yield cell.at(position)
