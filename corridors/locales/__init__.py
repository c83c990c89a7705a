"""The words of every output: texts by language, and how times, distances and shares are told.

The texts stand in `en.toml`, `fr.toml` and `ar.toml`, with the same keys. Rounding is on the
careful side: time up, clearance down. Digits are those of coordinates, 0 to 9, in every language.
"""

from __future__ import annotations

import importlib.resources
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pandas as pd

from corridors.errors import UsageError
from corridors.locales.bidi import isolate_ltr

LANGUAGES = ("en", "ar", "fr")

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, eq=False, slots=True)
class Locale:
    """The texts of one language, by keys such as "status.PASSABLE"."""

    lang: str
    texts: Mapping[str, Any]

    @property
    def direction(self) -> str:
        """Which way it is written: ltr or rtl."""
        return str(self.texts["direction"])

    def __getitem__(self, key: str) -> str:
        """The text of a key."""
        section, _, name = key.rpartition(".")
        return str((self.texts[section] if section else self.texts)[name])

    def format(self, key: str, **values: object) -> str:
        r"""The text of a key with its {braces} filled in; what is filled in is never read as a
        pattern itself.

        Where the language is written from the right, figures of several parts are kept in their
        order by marks of direction that nobody sees: without them a date after an Arabic word is
        shown with its day first.

        >>> read_locale("fr").format("marking.as_of", time="2026-11-23 06:00 UTC")
        'Situation au 2026-11-23 06:00 UTC'
        >>> read_locale("ar").format("marking.as_of", time="2026-11-23 06:00 UTC")[
        ...     -22:
        ... ] == "\u200e2026-11-23 06:00 UTC\u200e"
        True
        """
        kept = isolate_ltr if self.direction == "rtl" else str
        return re.sub(r"\{(\w+)\}", lambda found: kept(str(values[found[1]])), self[key])

    def part(self, figure: str) -> str:
        """A figure with its thousands parted by commas, as the language parts them.

        >>> read_locale("fr").part("12,000.5").split()
        ['12', '000.5']
        """
        return figure.replace(",", self["print.thousands"])

    def name(self, section: str, word: str) -> str:
        """What a word of ours is called: the text of its section, or the word itself where there is
        none.

        >>> read_locale("en").name("rule", "of_tomorrow")
        'of tomorrow'
        """
        return str(self.texts[section].get(word, word.replace("_", " ")))


@cache
def read_locale(lang: str = "en") -> Locale:
    """The texts of a language.

    Raises
    ------
    UsageError
        There are none: use one of `LANGUAGES`.

    Examples
    --------
    >>> read_locale("ar")["role.depot"]
    'مستودع'
    """
    if lang not in LANGUAGES:
        raise UsageError(f"there is no language {lang!r}; use one of {', '.join(LANGUAGES)}")
    return Locale(
        lang,
        tomllib.loads((importlib.resources.files(__package__) / f"{lang}.toml").read_text("utf-8")),
    )


def show_unseen(value: Any) -> Any:
    r"""The same words with characters nobody sees, or that turn the order of others, spelled out.

    >>> show_unseen({"name": "a\u202eb"})
    {'name': 'a[U+202E]b'}
    """
    if isinstance(value, str):
        plain = value.isascii() and value.isprintable()
        return value if plain else _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)
    if isinstance(value, list | tuple):
        return (
            value
            if value and isinstance(value[0], int)
            else [show_unseen(entry) for entry in value]
        )
    if isinstance(value, Mapping):
        return {key: show_unseen(entry) for key, entry in value.items()}
    return value


def write_time(moment: datetime | pd.Timestamp | None) -> str:
    """A moment to the minute in UTC; nothing where there is none.

    >>> write_time(datetime(2026, 11, 23, 6, tzinfo=UTC))
    '2026-11-23 06:00 UTC'
    """
    return (
        "" if moment is None or pd.isna(moment) else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    )


def write_duration(minutes: float) -> str:
    """Hours and minutes, rounded up; nothing where unknown.

    >>> write_duration(61.2)
    '1:02'
    """
    if math.isnan(minutes):
        return ""
    whole = math.ceil(round(minutes, 6))
    return f"{whole // 60}:{whole % 60:02d}"


def write_distance(metres: float) -> str:
    """Metres or kilometres, rounded down; nothing where unknown.

    >>> write_distance(1990.0), write_distance(847.9)
    ('1.9 km', '847 m')
    """
    if math.isnan(metres):
        return ""
    whole = math.floor(round(metres, 6))
    return (
        f"{whole} m"
        if whole < 1000
        else f"{whole // 100 / 10:.1f} km"
        if whole < 100_000
        else f"{whole // 1000} km"
    )


def write_share(share: float) -> str:
    """A share in percent, rounded up; nothing where unknown.

    >>> write_share(0.0), write_share(0.001)
    ('0 %', '1 %')
    """
    return "" if math.isnan(share) else f"{math.ceil(round(share * 100, 6))} %"
