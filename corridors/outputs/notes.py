"""What readers noted of the files and what became of their rows, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corridors.locales import Wording
from corridors.notes import read_note

_SECTIONS = {"what": "unread", "table": "file_role"}
"""Facts that are words of ours, and the section that has them."""


def tell_note(note: str, words: Wording) -> str:
    """A note in a language; nothing where there is none of it in that language, as of what a library had to say about a file.

    >>> from corridors.locales import read_wording
    >>> tell_note("2 empty rows were passed over (first: row 7)", read_wording("fr"))
    'lignes vides ignorées : 2 (première : ligne 7)'
    """
    if words.lang == "en":
        return note
    found = read_note(note)
    return words.say(f"note.{found.code}", **{name: _tell_fact(name, fact, words) for name, fact in found.facts.items()}) if found else ""


def _tell_fact(name: str, fact: str, words: Wording) -> str:
    if name == "counts":
        counts = (entry.partition(" ") for entry in fact.split(", "))
        return tell_rows({what.replace(" ", "_"): int(count) for count, _, what in counts}, words)
    return words.name(_SECTIONS[name], re.sub(r"\W", "_", fact)) if name in _SECTIONS else fact


def tell_rows(rows: Mapping[str, int], words: Wording) -> str:
    """What became of the rows of a file.

    >>> from corridors.locales import read_wording
    >>> tell_rows({"read": 3, "kept": 2, "duplicate": 1}, read_wording("en"))
    '3 read, 2 kept, 1 duplicate'
    """
    comma = words["comma"]
    return comma.join(words.say("row.counted", n=count, what=words.name("row", what)) for what, count in rows.items())
