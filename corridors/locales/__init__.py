"""The texts of all products in all languages: code and values in, sentences out.

    figures    one formatter for each kind of figure
    bidi       the order of figures and codes in languages written from right to left
    en fr ar   a catalogue each: a folder of TOML files with the same keys

A text has fields in braces: `{name}` is a value as it is; `{name:kind}` is a value in the format,
or from the list, that `kind` names:

    distance metres_exact duration  a figure with its unit (`Locale.figure`)
    share time date number
    weight height speed             a limit in t, m or km/h
    list                            several values with commas
    names                           the same; a long list is shortened
    and                             several values with commas and "and"
    parts                           several values with semicolons
    place                           the name of a site or zone by its id
    count.SECTION_KEY               a number with its noun, by the plural rules of the language
    a section of the catalogue      one of our words, such as `{kind:kind}`

A text may be a table of plural categories (CLDR: zero one two few many other); its value `n`
selects the row. A further language is one more folder.
"""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from importlib.resources.abc import Traversable
from typing import Any

import babel

from corridors.errors import UsageError
from corridors.locales.bidi import isolate_ltr
from corridors.locales.figures import (
    format_date,
    format_duration,
    format_share,
    format_time,
    split_distance,
)

LANGUAGES = ("en", "ar", "fr")
"""The languages of every product; English first."""
CATALOGUES: dict[str, Traversable] = {
    lang: importlib.resources.files(__package__) / lang for lang in LANGUAGES
}
"""By language, the folder of its catalogue."""
MAX_NAMES = 5
"""A `names` field shows this many values, and the number of the others."""

Label = Callable[[str], str]
"""The name of a site or zone by its id."""

_FIELD = re.compile(r"\{(\w+)(?::([\w.]+))?\}")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, eq=False)
class Locale:
    """The texts of one language, by keys such as "status.PASSABLE", and its formats of figures."""

    lang: str
    texts: Mapping[str, Any]

    @property
    def direction(self) -> str:
        """The direction of writing: ltr or rtl."""
        return str(self.texts["direction"])

    def __getitem__(self, key: str) -> str:
        """The text of a key."""
        return str(self._find(key))

    def __contains__(self, key: str) -> bool:
        """Whether the catalogue has the key."""
        section, _, name = key.rpartition(".")
        return name in (self.texts.get(section, {}) if section else self.texts)

    def name(self, section: str, word: str) -> str:
        """The name of one of our words; the word itself where its section has none.

        >>> read_locale("en").name("rule", "of_tomorrow")
        'of tomorrow'
        """
        return str(self.texts[section].get(word, word.replace("_", " ")))

    def format(self, key: str, label: Label = str, /, **values: Any) -> str:
        r"""The text of a key with its fields filled in; values are never read as texts with fields.

        Where the language is written from right to left, figures and codes keep their order.

        >>> read_locale("fr").format("marking.as_of", time="2026-11-23 06:00 UTC")
        'Situation au 2026-11-23 06:00 UTC'
        >>> read_locale("ar").format("marking.as_of", time="2026-11-23 06:00 UTC")[-22:]
        '\u200e2026-11-23 06:00 UTC\u200e'
        """
        text = self._find(key)
        if isinstance(text, Mapping):
            text = text.get(self.plural(values["n"]), text["other"])

        return "".join(
            literal + (self._write(values[name], kind, label) if name else "")
            for literal, name, kind in _split(str(text))
        )

    def render(self, message: Any, label: Label = str) -> str:
        """The sentence of a message.

        Parameters
        ----------
        message
            A `messages.Message`.
        label
            The name of a site or zone by its id; the id itself where it is not given.

        >>> from corridors.messages import Message
        >>> read_locale("fr").render(Message("remark.undated_feed", file="a.csv"))[:5]
        'a.csv'
        """
        return self.format(message.code, label, **message.values)

    def figure(self, kind: str, value: Any) -> str:
        """A figure in the format of its kind, with the unit of the language; empty where unknown.

        >>> read_locale("en").figure("distance", 1990.0), read_locale("en").figure("weight", 7.5)
        ('1.9 km', '7.5 t')
        """
        return _FIGURES[kind](self, value)

    def distance(self, metres: float) -> str:
        """Metres or kilometres, rounded down; empty where unknown."""
        number, unit = split_distance(metres)
        return self._with_unit(number, unit) if number else ""

    def number(self, value: float) -> str:
        """A number with the language's separator of thousands.

        >>> read_locale("fr").number(12000).split()
        ['12', '000']
        """
        return self.part(f"{value:,}" if isinstance(value, int) else f"{value:,g}")

    def part(self, figure: str) -> str:
        """A figure whose thousands are separated by commas, with the language's own separator.

        >>> read_locale("fr").part("12,000.5").split()
        ['12', '000.5']
        """
        return figure.replace(",", self["print.thousands"])

    def join(self, entries: list[str] | tuple[str, ...]) -> str:
        """Entries as the language lists them.

        >>> read_locale("en").join(["a", "b", "c"])
        'a, b and c'
        """
        *first, last = entries or [""]
        return f"{self['comma'].join(first)}{self['and']}{last}" if first else last

    def join_counts(self, rows: Mapping[str, int]) -> str:
        """The number of rows of a file in each state.

        >>> read_locale("en").join_counts({"read": 3, "kept": 2, "duplicate": 1})
        '3 read, 2 kept, 1 duplicate'
        """
        counts = (self.format("row.counted", n=count, what=what) for what, count in rows.items())
        return self["comma"].join(counts)

    def plural(self, n: float) -> str:
        """The plural category of a number, by the rules of CLDR.

        >>> read_locale("ar").plural(3), read_locale("en").plural(1)
        ('few', 'one')
        """
        return self._rules.plural_form(n)

    @cached_property
    def _rules(self) -> babel.Locale:
        return babel.Locale.parse(str(self.texts.get("plural_rules", self.lang)))

    def _find(self, key: str) -> Any:
        section, _, name = key.rpartition(".")
        return (self.texts[section] if section else self.texts)[name]

    def _write(self, value: Any, kind: str, label: Label) -> str:
        """A value of a field in its format; texts from outside are isolated."""
        if isinstance(value, tuple | list):
            return self._write_list(value, kind, label)
        if kind in _FIGURES:
            return self._isolate(self.figure(kind, value))
        if hasattr(value, "code"):
            return self.render(value, label)
        if kind.startswith("count."):
            return self.format(kind, n=value)
        if kind and kind != "place":
            return self.name(kind, str(value))
        text = label(str(value)) if kind == "place" else _write_plain(value)
        return self._isolate(text)

    def _write_list(self, values: tuple[Any, ...] | list[Any], kind: str, label: Label) -> str:
        inner = "" if kind in ("list", "names", "parts", "and") else kind
        if kind == "and":
            return self.join([self._write(value, inner, label) for value in values])
        shown = values[:MAX_NAMES] if kind == "names" else values
        separator = self["reason.semicolon"] if kind == "parts" else self["comma"]
        text = separator.join(self._write(value, inner, label) for value in shown)
        more = len(values) - len(shown)
        return self.format("list.more", names=text, count=more) if more else text

    def _with_unit(self, number: str, unit: str) -> str:
        return self.format(f"unit.{unit}", n=number)

    def _isolate(self, text: str) -> str:
        return isolate_ltr(text) if self.direction == "rtl" else text


@cache
def _split(text: str) -> tuple[tuple[str, str, str], ...]:
    """The parts of a text with fields: what precedes a field, its name and its kind.

    >>> _split("{n} of {all:number}.")
    (('', 'n', ''), (' of ', 'all', 'number'), ('.', '', ''))
    """
    *parts, last = _FIELD.split(text)
    fields = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return (*((literal, name, kind or "") for literal, name, kind in fields), (last, "", ""))


def _write_plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _as_time(moment: datetime | str) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment


_FIGURES: Mapping[str, Callable[[Locale, Any], str]] = {
    "distance": Locale.distance,
    "metres_exact": lambda locale, metres: locale._with_unit(f"{metres:g}", "m"),  # noqa: SLF001
    "height": lambda locale, metres: locale._with_unit(f"{metres:g}", "m"),  # noqa: SLF001
    "weight": lambda locale, tonnes: locale._with_unit(f"{tonnes:g}", "t"),  # noqa: SLF001
    "speed": lambda locale, kph: locale._with_unit(f"{kph:g}", "kph"),  # noqa: SLF001
    "duration": lambda _, minutes: format_duration(minutes),
    "share": lambda _, share: format_share(share),
    "time": lambda _, moment: format_time(_as_time(moment)),
    "date": lambda _, moment: format_date(_as_time(moment)),
    "number": Locale.number,
}


@cache
def read_locale(lang: str = "en") -> Locale:
    """The texts of a language.

    Raises
    ------
    UsageError
        There is no catalogue of that language. Fix: use one of `LANGUAGES`.

    Examples
    --------
    >>> read_locale("ar")["role.depot"]
    'مستودع'
    """
    if lang not in CATALOGUES:
        known = ", ".join(CATALOGUES)
        raise UsageError(read_locale("en").format("usage.unknown_language", lang=lang, known=known))
    files = sorted(CATALOGUES[lang].iterdir(), key=lambda file: file.name)
    texts: dict[str, Any] = {}
    for file in files:
        if file.name.endswith(".toml"):
            for name, entry in tomllib.loads(file.read_text("utf-8")).items():
                texts[name] = texts.get(name, {}) | entry if isinstance(entry, dict) else entry
    return Locale(lang, texts)


def show_unseen(value: Any) -> Any:
    r"""The same text, with invisible and order-changing characters spelled out.

    >>> show_unseen({"name": "a\u202eb"})
    {'name': 'a[U+202E]b'}
    """
    if isinstance(value, str):
        plain = value.isascii() and value.isprintable()
        return value if plain else _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], int):
            return value
        return [show_unseen(entry) for entry in value]
    if isinstance(value, Mapping):
        return {key: show_unseen(entry) for key, entry in value.items()}
    return value
