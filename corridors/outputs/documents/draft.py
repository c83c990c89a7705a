"""A document under construction: from keys of the catalogue, values and names to blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from corridors.locales import Locale, read_locale, show_unseen
from corridors.locales.bidi import isolate_ltr, isolate_name
from corridors.messages import Message
from corridors.outputs.documents.blocks import (
    Block,
    Document,
    Figure,
    Heading,
    Paragraph,
    Style,
    Table,
    Texts,
)

Label = Callable[[str], str]
"""From the id of a place to its name in one language."""
EMPTY = Texts(("",))


@dataclass
class Draft:
    """Blocks in the order in which they are added.

    >>> draft = Draft((read_locale("en"), read_locale("fr")), "zone_comparison")
    >>> draft.heading("heading_sites")
    >>> draft.blocks[0].texts
    ('Destinations', 'Destinations')
    """

    locales: tuple[Locale, ...]
    section: str
    """The section of the catalogue whose keys need no prefix."""
    labels: Sequence[Label] = ()
    """For each language, the names of places by their ids; empty: the ids are the names."""
    blocks: list[Block] = field(default_factory=list)

    @classmethod
    def of(cls, languages: Iterable[str], section: str) -> Draft:
        """An empty draft in these languages, without names of places.

        Raises
        ------
        UsageError
            There is no such language. Fix: use one of `locales.LANGUAGES`.
        """
        return cls(tuple(map(read_locale, languages)), section)

    # Words

    def say(self, key: str, /, **values: Any) -> Texts:
        """A text of the catalogue in each language; a value of `Texts` goes to its own language."""
        full = key if "." in key else f"{self.section}.{key}"
        labels = self.labels or (str,) * len(self.locales)
        return Texts(
            locale.format(
                full,
                lambda place, label=label: isolate_name(label(place)),  # type: ignore[misc]
                **{
                    name: value.at(at) if isinstance(value, Texts) else value
                    for name, value in values.items()
                },
            )
            for at, (locale, label) in enumerate(zip(self.locales, labels, strict=True))
        )

    def render(self, message: Message) -> Texts:
        """The sentence of a message in each language."""
        return self.say(message.code, **message.values)

    def word(self, section: str, word: str) -> Texts:
        """The name of one of our words in each language."""
        return Texts(locale.name(section, word) for locale in self.locales)

    def place(self, place_id: str) -> Texts:
        """The name of a place in each language."""
        return Texts(label(place_id) for label in self.labels)

    def join(self, parts: Sequence[Texts]) -> Texts:
        """Parts as each language lists them."""
        return Texts(
            locale.join([part.at(at) for part in parts]) for at, locale in enumerate(self.locales)
        )

    # Blocks

    def heading(
        self, key: str | Texts, /, *, level: int = 1, number: str = "", **values: Any
    ) -> None:
        """Add a heading, by its key or as texts."""
        self.blocks.append(Heading(self._texts(key, values), level, number))

    def add(
        self, key: str | Texts, /, *, style: Style = "", number: str = "", **values: Any
    ) -> None:
        """Add a paragraph, by its key or as texts."""
        self.blocks.append(Paragraph(self._texts(key, values), style, number))

    def figure(self, svg: str, key: str) -> None:
        """Add a drawing with the key of its alternative text."""
        self.blocks.append(Figure(svg, self.finish(self.say(key))))

    def table(
        self,
        columns: Sequence[str | Texts],
        rows: Iterable[Sequence[str | Texts]],
        *,
        widths: Sequence[float] = (),
        numeric: Iterable[int] = (),
        spoken: int = -1,
        blank: bool = False,
    ) -> None:
        """Add a table.

        Parameters
        ----------
        columns
            Headings, by their keys or as texts.
        rows
            Cells; a cell of str is the same in all languages.
        widths
            Each column's share of the width; equal where none are given.
        numeric
            The positions of columns that hold figures.
        spoken
            The position of the column that holds phrases: it is there once for each language.
        blank
            Whether the rows are to be filled in by hand.
        """
        heads = [self.say(each) if isinstance(each, str) else each for each in columns]
        many = len(self.locales) > 1
        spread = [
            (at, side)
            for at in range(len(heads))
            for side in (range(len(self.locales)) if many and at == spoken else (None,))
        ]

        def row(cells: Sequence[str | Texts]) -> tuple[Texts, ...]:
            return tuple(self._cell(cells[at], side) for at, side in spread)

        figures = {*numeric}
        self.blocks.append(
            Table(
                row(heads),
                tuple(map(row, rows)),
                tuple(widths[at] if widths else 1.0 for at, _ in spread),
                tuple(at in figures for at, _ in spread),
                tuple(side for _, side in spread),
                blank,
            )
        )

    def build(
        self, *, marking: Texts, footer: Texts = EMPTY, dated: datetime, code: str = ""
    ) -> Document:
        """The document of all that was added."""
        languages = tuple(locale.lang for locale in self.locales)
        texts = self.finish(marking), self.finish(footer)
        return Document(languages, *texts, tuple(self.blocks), dated, code)

    def finish(self, texts: Texts) -> Texts:
        """Texts as they are shown: unseen characters spelled out, figures kept in their order."""
        return Texts(
            self._isolate(text, at) for at, text in enumerate(map(str, map(show_unseen, texts)))
        )

    def _texts(self, key: str | Texts, values: dict[str, Any]) -> Texts:
        return self.finish(self.say(key, **values) if isinstance(key, str) else key)

    def _cell(self, cell: str | Texts, side: int | None) -> Texts:
        """A cell: the text of one language, or of all, once where it is the same."""
        texts = Texts((cell,)) if isinstance(cell, str) else cell
        if side is not None:
            return Texts((self._isolate(show_unseen(texts.at(side)), side),))
        return self.finish(Texts(texts[:1]) if len({*texts}) == 1 else texts)

    def _isolate(self, text: str, at: int) -> str:
        return isolate_ltr(text) if self.locales[at].direction == "rtl" else text
