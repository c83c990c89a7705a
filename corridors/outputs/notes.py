"""What readers noted of the files and what became of their rows, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corridors.locales import Locale
from corridors.notes import read_note

_SECTIONS = {"what": "unread", "table": "file_role"}
"""Facts that are words of ours, and the section that has them."""


def tell_note(note: str, locale: Locale) -> str:
    """A note in a language; nothing where there is none of it in that language, as of what a
    library had to say about a file.

    >>> from corridors.locales import read_locale
    >>> tell_note("2 empty rows were passed over (first: row 7)", read_locale("fr"))
    'lignes vides ignorées : 2 (première : ligne 7)'
    """
    if locale.lang == "en":
        return note
    found = read_note(note)
    return (
        locale.format(
            f"note.{found.code}",
            **{name: _tell_fact(name, fact, locale) for name, fact in found.facts.items()},
        )
        if found
        else ""
    )


def _tell_fact(name: str, fact: str, locale: Locale) -> str:
    if name == "counts":
        counts = (entry.partition(" ") for entry in fact.split(", "))
        return tell_rows({what.replace(" ", "_"): int(count) for count, _, what in counts}, locale)
    return locale.name(_SECTIONS[name], re.sub(r"\W", "_", fact)) if name in _SECTIONS else fact


def tell_rows(rows: Mapping[str, int], locale: Locale) -> str:
    """What became of the rows of a file.

    >>> from corridors.locales import read_locale
    >>> tell_rows({"read": 3, "kept": 2, "duplicate": 1}, read_locale("en"))
    '3 read, 2 kept, 1 duplicate'
    """
    comma = locale["comma"]
    return comma.join(
        locale.format("row.counted", n=count, what=locale.name("row", what))
        for what, count in rows.items()
    )
