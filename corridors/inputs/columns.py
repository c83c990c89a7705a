"""The columns of a file under the names of our tables, and strict parsers for their cells.

A header matches whatever its case, spaces, hyphens and underscores. Two columns that can both be
meant are a problem. The one with the exact name of the table wins only where the column is no id,
no time and no place, and does not change what a report closes.

A row of HXL tags names the columns that no header names. Cells are read strictly: numbers are plain
decimals without unit or thousands separator, times are ISO 8601. Arabic-Indic and Persian digits,
the Arabic decimal mark and the typographic minus sign are accepted, because they have one reading.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock
from datetime import timezone as fixed_offset
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from corridors.errors import InputError, Problem, Text
from corridors.inputs.rows import Rows
from corridors.messages import Message

Value = TypeVar("Value")
Span = tuple[datetime, datetime]
"""Earliest and latest instant that a time may mean, both UTC; equal where it is one instant."""

PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lat": ("lat", "latitude", "y"),
        "lon": ("lon", "lng", "long", "longitude", "x"),
        "geometry": ("geometry", "wkt", "geom", "geom_wkt"),
        "mgrs": ("mgrs", "mgrs_reference", "military_grid"),
        "latlon": ("latlon", "lat_lon", "latitude_longitude"),
    }
)
"""The columns that hold a place, in a file that has no geometry of its own."""


class CellError(ValueError):
    """A cell that cannot be read as a value of its column.

    `code`, `message` and `hint` are those of the `Problem` that it becomes.
    """

    def __init__(self, code: str, message: Text, hint: Text) -> None:
        """Keep the three."""
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint

    def locate(self, **place: Any) -> Problem:
        """The problem with its place: file, row, field and value, as far as they are known."""
        return Problem(self.code, self.message, self.hint, **place)


class Columns:
    """The columns of one file under the names of our tables, and every problem found in them.

    `problems` holds pairs: the name of the table's column ("" where it is none) and the problem.
    """

    def __init__(
        self,
        rows: Rows,
        synonyms: Mapping[str, tuple[str, ...]],
        *,
        strict: Collection[str],
        required: Collection[str] = (),
        places: Mapping[str, tuple[str, ...]] = PLACES,
        ignored: Collection[str] = (),
        critical: Collection[str] = (),
    ) -> None:
        """Match the headers.

        Parameters
        ----------
        rows
            The rows of the file.
        synonyms
            For each column of the table, the headers accepted.
        strict
            Ids and times, for which (as for places) two candidates are always a problem.
        required
            Columns that the file must have.
        places
            The columns that hold a place in a file without geometry.
        ignored
            Headers that are known and not read.
        critical
            Columns that change what a report closes. A header that is nearly the name of one is a
            problem, and so are two candidates.
        """
        self.rows = rows
        strict = {*strict, *PLACES, *critical}
        synonyms = {**synonyms, **(places if rows.shapes is None else {})}
        self.notes = list(rows.notes)
        self.problems = [
            ("geometry" if problem.code == "bad-geometry" else "", problem)
            for problem in rows.problems
        ]
        self.found: dict[str, str] = {}
        plain = {header: fold(header) for header in rows.columns}
        for name, accepted in synonyms.items():
            known = {fold(word) for word in accepted}
            headers = [header for header in plain if plain[header] in known]
            exact = [header for header in headers if header == name]
            if len(headers) > 1 and (name in strict or not exact):
                hint = "keep_one_column" if name in strict else "keep_or_rename_column"
                self._refuse_several(name, headers, "columns_match_one_name", hint)
            elif headers:
                self.found[name] = (exact or headers)[0]
        self._read_tags([*synonyms])
        for name in required:
            self.require(name, synonyms.get(name, ()))
        unread = {header: plain[header] for header in plain if header not in self.found.values()}
        ours = {fold(word) for accepted in synonyms.values() for word in accepted}
        for name in critical:
            others = [header for header, word in unread.items() if word not in ours]
            self._refuse_near(name, synonyms[name], others)
        silent = {fold(header) for header in ignored}
        if names := sorted(header for header, word in unread.items() if word not in silent):
            self.notes.append(Message("note.columns_unread", names=tuple(names)))

    def _refuse_several(self, name: str, headers: Sequence[str], what: str, hint: str) -> None:
        """Add the problem that several columns can be the one of this name."""
        message = Message(f"problem.{what}", headers=tuple(headers), name=name)
        fix = Message(f"hint.{hint}", name=name)
        self._add(name, Problem("two-columns", message, fix, field=", ".join(headers)))

    def _refuse_near(self, name: str, accepted: Sequence[str], headers: Sequence[str]) -> None:
        """Add a problem for each unread header that is nearly the name of a missing column."""
        if name in self or any(named == name for named, _ in self.problems):
            return
        words = [fold(word) for word in accepted if len(fold(word)) >= 6]
        pattern = _NEAR_HEADERS.get(name)
        message = Message("problem.near_column", name=name)
        hint = Message("hint.rename_near_column", name=name)
        for header in headers:
            near = difflib.get_close_matches(fold(header), words, 1, 0.84)
            if near or (pattern and len(header) < 40 and pattern.search(fold(header))):
                self._add(name, Problem("near-column", message, hint, field=header))

    def _read_tags(self, names: Sequence[str]) -> None:
        """Let HXL tags name the columns that no header names.

        A tag that contradicts its header is a problem.
        """
        named = {header: name for name, header in self.found.items()}
        by_tag: dict[str, list[str]] = {}
        for header, tag in self.rows.tags.items():
            if (name := _name_of_tag(tag, names)) is None:
                continue
            own = named.get(header, name)
            if own != name and {own, name} <= {"lat", "lon"}:
                message = Message("problem.header_contradicts_tag", name=own, tag=tag)
                hint = Message("hint.correct_header_or_tag")
                self._add(name, Problem("two-columns", message, hint, field=header))
            if header not in named and name not in self.found:
                by_tag.setdefault(name, []).append(header)
        for name, headers in by_tag.items():
            if len(headers) > 1:
                self._refuse_several(name, headers, "tags_match_one_name", "keep_one_column")
            else:
                self.found[name] = headers[0]

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def read(self, name: str, parse: Callable[[str], Value], blank: Any) -> list[Value | Any]:
        """Every cell of a column, parsed.

        `blank` is the value where the cell or the column is empty, and where a cell cannot be
        read. A `blank` that is a `CellError` makes each empty cell a problem; the value is None.
        """
        texts = self.rows.columns.get(self.found.get(name, ""))
        wanted = isinstance(blank, CellError)
        instead = None if wanted else blank
        if texts is None:
            return [instead] * len(self.rows.numbers)
        read: dict[str, Value | CellError | None] = {}
        for text in dict.fromkeys(texts):
            try:
                read[text] = parse(text) if text else blank
            except CellError as unreadable:
                read[text] = unreadable
        if wanted or any(isinstance(value, CellError) for value in read.values()):
            for position, text in enumerate(texts):
                if isinstance(value := read[text], CellError):
                    self.refuse(name, position, value, text)
        return [instead if isinstance(read[text], CellError) else read[text] for text in texts]

    def read_numbers(
        self, name: str, parse: Callable[[str], Value], blank: Any
    ) -> list[Value | Any]:
        """As `read`, for numbers; a decimal comma is read where semicolons separate the columns.

        A comma with three digits after it has two readings, except in degrees: no latitude is a
        thousand or more. A point with three digits after it has two readings as well, in a file
        that writes decimals with a comma.
        """
        if self.rows.delimiter != ";":
            return self.read(name, parse, blank)
        degrees = name in ("lat", "lon")

        def read_one(text: str) -> Value:
            plain = plain_digits(text)
            if not degrees and self._commas and _THOUSANDS.search(plain):
                message, hint = Message("problem.decimal_point"), Message("hint.no_thousands")
                raise CellError("decimal-comma", message, hint)
            found = _DECIMAL_COMMA.fullmatch(plain)
            if found and (degrees or len(found[2]) != 3):
                return parse(f"{found[1]}.{found[2]}")
            return parse(text)

        if name in self and any("," in text for text in self.rows.columns[self.found[name]]):
            self.notes.append(Message("note.decimal_commas", column=self.found[name]))
        return self.read(name, read_one, blank)

    @cached_property
    def _commas(self) -> bool:
        """Whether any place or number of the file is written with a decimal comma."""
        return any(
            (found := _DECIMAL_COMMA.fullmatch(plain_digits(text))) and len(found[2]) != 3
            for header in self.found.values()
            for text in dict.fromkeys(self.rows.columns[header])
        )

    def refuse(self, name: str, position: int, unreadable: CellError, text: str = "") -> None:
        """Add the problem of one cell, in the row at this position (from 0)."""
        self._refuse(name, unreadable, row=self.rows.numbers[position], value=text[:80])

    def check_order(
        self, name: str, starts: Sequence[datetime | None], ends: Sequence[datetime | None]
    ) -> None:
        """Add a problem for each row that ends before it starts; `name` is the end's column."""
        for position, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if start and end and end < start:
                message = Message("problem.ends_before_start", start=start)
                hint = Message("hint.correct_or_exchange_times")
                self.refuse(name, position, CellError("ends-before-start", message, hint), str(end))

    def note_bare_dates(self, *names: str) -> None:
        """Note how many dates without a time were read without a time zone."""
        texts = [
            text for name in names if name in self for text in self.rows.columns[self.found[name]]
        ]
        if bare := sum(len(text) == 10 for text in texts):
            self.notes.append(Message("note.bare_dates", n=bare))

    def note_midnights(self, name: str) -> None:
        """Note that every time of a column is midnight, as programs write days.

        Each counts as that instant, and not as its day.
        """
        texts = [text for text in self.rows.columns.get(self.found.get(name, ""), ()) if text]
        if len(texts) > 1 and all(_MIDNIGHT.search(text) for text in texts):
            self.notes.append(Message("note.midnights", column=self.found[name]))

    def require(self, name: str, accepted: tuple[str, ...]) -> None:
        """Add a problem where a column is missing and the file has rows that could have one."""
        doubled = any(named == name for named, _ in self.problems)
        if name in self or doubled or not (self.rows.columns or self.rows.numbers):
            return
        near = difflib.get_close_matches(name, self.rows.columns, 1, 0.5)
        hint = (
            Message("hint.rename_column", near=near[0], names=accepted)
            if near
            else Message("hint.add_column", names=accepted)
        )
        message = Message("problem.missing_column", name=name)
        self._add(name, Problem("missing-column", message, hint, field=name))

    def refuse_file(self, name: str, unreadable: CellError) -> None:
        """Add a problem of a column as a whole."""
        self._refuse(name, unreadable)

    def add(self, error: InputError) -> None:
        """Add the problems that a step about the whole file found."""
        for problem in error.problems:
            self._add("", problem)

    def _refuse(self, name: str, unreadable: CellError, **place: Any) -> None:
        self._add(name, unreadable.locate(field=self.found.get(name, name), **place))

    def _add(self, name: str, problem: Problem) -> None:
        self.problems.append((name, replace(problem, file=self.rows.file)))


def fold(word: str) -> str:
    """A header or word without case, spaces, hyphens, underscores and invisible characters.

    >>> fold("Event Date") == fold("event_date")
    True
    """
    return re.sub(r"[\s_\-/]+", "", _UNSEEN.sub("", unicodedata.normalize("NFKC", word)).casefold())


_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Direction marks, joiners and spaces without width, which office programs in Arabic write around
numbers and words."""
_NEAR_HEADERS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "accuracy_m": re.compile("accura|uncertain|precisi|^error"),
        "occurred_until": re.compile(
            r"^(event)?(end|ended|ending|finish|finished)(at|on|date|time|utc|local)*$"
            r"|(date|time|occurred)(end|to|until)$"
        ),
    }
)
"""What folded headers about positional uncertainty, and about the end of an incident, contain."""


TAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lat": ("#geo+lat",),
        "lon": ("#geo+lon",),
        "latlon": ("#geo+latlon",),
        "incident_id": ("#event+id", "#event+code"),
        "kind": ("#event+type", "#access+type", "#cause+type"),
        "occurred_at": ("#date+occurred", "#date+start", "#date+event"),
        "occurred_until": ("#date+end",),
        "reported_at": ("#date+reported",),
        "verification": ("#status+verification",),
        "source": ("#meta+source",),
        "site_id": ("#loc+id",),
        "zone_id": ("#loc+id",),
        "role": ("#loc+type",),
        "name": ("#loc+name",),
        "name_ar": ("#loc+name+i_ar",),
        "pcode": ("#loc+code",),
        "people": ("#population",),
        "status": ("#status+road", "#status+access"),
        "valid_from": ("#date+start",),
        "valid_to": ("#date+end",),
    }
)
"""The HXL tags of our columns: those of the standard's knowledge base, or proposed by it.

A tag in a file may have more attributes (`#adm2+code+v_pcode`), except where a longer pattern is
that of another column (`#loc+name+i_ar`).
"""


def _name_of_tag(tag: str, names: Collection[str]) -> str | None:
    """The wanted column whose pattern matches a tag with the most attributes."""
    own, *attributes = re.sub(r"\s+", "", tag).casefold().split("+")
    best: tuple[int, str] | None = None
    for name in names:
        for pattern in TAGS.get(name, ()):
            base, *wanted = pattern.split("+")
            if (
                base == own
                and set(wanted) <= set(attributes)
                and (best is None or len(wanted) > best[0])
            ):
                best = (len(wanted), name)
    return best and best[1]


# Values: a text in, a value out, or CellError

_ASCII = {first + digit: ord("0") + digit for first in (0x0660, 0x06F0) for digit in range(10)} | {
    0x066B: ".",
    0x2212: "-",
}
"""Arabic-Indic and Persian digits, the Arabic decimal mark, the typographic minus sign."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"([+-]?\d+),(\d+)")
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}\.\d{3}(?![\d.,])", re.ASCII)
"""A number whose point may separate thousands, alone or before a unit."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def plain_digits(text: str) -> str:
    """The text with ASCII digits, decimal mark and minus sign, without invisible characters."""
    return text if text.isascii() else _UNSEEN.sub("", text.translate(_ASCII)).strip()


def parse_text(text: str) -> str:
    """The text in Unicode's composed form (NFC); control characters are refused."""
    if _CONTROL.search(text):
        message, hint = Message("problem.control_character"), Message("hint.retype_on_one_line")
        raise CellError("control-character", message, hint)
    return unicodedata.normalize("NFC", text)


def parse_id(text: str) -> str:
    """As `parse_text`, without invisible characters: two ids that look the same must be one."""
    if _UNSEEN.search(text):
        message, hint = Message("problem.invisible_character"), Message("hint.retype_id")
        raise CellError("unseen-character", message, hint)
    return parse_text(text)


def parse_number(text: str) -> float:
    r"""A plain decimal number.

    >>> parse_number("33.50"), parse_number("\u0663\u0663\u066b\u0665")
    (33.5, 33.5)
    """
    plain = plain_digits(text)
    refuse_decimal_comma(plain)
    if not _NUMBER.fullmatch(plain) or abs(value := float(plain)) == float("inf"):
        message, hint = Message("problem.not_a_number"), Message("hint.plain_number")
        raise CellError("bad-number", message, hint)
    return value


def refuse_decimal_comma(text: str) -> None:
    """Raise the `decimal-comma` error where a text is a number with a comma."""
    if _DECIMAL_COMMA.fullmatch(text):
        message, hint = Message("problem.decimal_comma"), Message("hint.decimal_point")
        raise CellError("decimal-comma", message, hint)


def parse_amount(text: str) -> float:
    """A number that is not negative."""
    if (value := parse_number(text)) < 0:
        message, hint = Message("problem.negative"), Message("hint.zero_or_more")
        raise CellError("negative-number", message, hint)
    return value


def parse_word(known: Mapping[str, str], field: str, text: str) -> str:
    """The table's word for a word of a file.

    `known` maps folded words and synonyms to the words of the table, as `words` makes it.
    """
    if (word := known.get(fold(text))) is not None:
        return word
    choices = tuple(sorted(set(known.values())))
    near = difflib.get_close_matches(fold(text), known, 1, 0.6)
    hint = (
        Message("hint.use_nearest_word", near=known[near[0]], words=choices)
        if near
        else Message("hint.use_one_of", words=choices)
    )
    raise CellError(f"unknown-{field}", Message("problem.unknown_word", field=field), hint)


def blank_word(field: str, choices: Iterable[str]) -> CellError:
    """The error of a blank cell that must hold one of our words."""
    hint = Message("hint.use_one_of", words=tuple(choices))
    return CellError(f"unknown-{field}", Message("problem.blank"), hint)


def words(contract: Iterable[str], synonyms: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """What `parse_word` takes: every word of the table and its synonyms, folded."""
    return {fold(word): word for word in contract} | {
        fold(other): word for word, others in synonyms.items() for other in others
    }


# Times

_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_CLOCK = r"(?P<clock>\d\d:\d\d(:\d\d([.,]\d{1,9})?)?)"
_OFFSET = r"(?P<offset>[Zz]|[+-]\d\d(:?\d\d)?)"
_TIME = re.compile(rf"{_DATE}([Tt ]{_CLOCK}( ?{_OFFSET})?)?", re.ASCII)
_DAY = timedelta(days=1) - timedelta(microseconds=1)
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(?!\d|:)")
_NUMERIC_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\b.*")
_WRITE_TIME = Message("hint.write_time")


_NO_ZONE_OF_A_PLACE = re.compile(r"(right|posix)/.*|localtime|posixrules|Factory|Etc/GMT[+-]\d+")


def find_timezone(name: str | None) -> ZoneInfo | None:
    """The time zone of an IANA name such as Asia/Beirut, or None for None.

    Names that are no places are refused: the zone of the computer, and those whose sign is the
    reverse of what people write.

    Raises
    ------
    InputError
        `unknown-timezone`. Fix: use an IANA name.
    """
    if name is None:
        return None
    code = "unknown_timezone"
    if _NO_ZONE_OF_A_PLACE.fullmatch(name):
        code = "timezone_without_place"
    else:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
    message, hint = Message(f"problem.{code}"), Message("hint.use_timezone_of_place")
    raise InputError(Problem("unknown-timezone", message, hint, field="timezone", value=name))


def parse_time(zone: tzinfo | None, text: str) -> Span:
    """The earliest and the latest instant that an ISO 8601 time may mean.

    A date alone is that whole day in `zone`. Without a zone it lasts from its start at UTC+14 to
    its end at UTC-12, which contains it wherever on Earth it was written. A local time that a
    change of clocks repeats or skips spans both its readings.

    >>> [str(end) for end in parse_time(ZoneInfo("Asia/Beirut"), "2026-11-23")]
    ['2026-11-22 22:00:00+00:00', '2026-11-23 21:59:59.999999+00:00']
    """
    plain = plain_digits(text)
    found = _TIME.fullmatch(plain)
    if not found:
        raise _no_time(plain)
    if found["clock"] and not found["offset"] and zone is None:
        message = Message("problem.time_without_offset")
        raise CellError("naive-time", message, Message("hint.write_offset_or_timezone"))
    try:
        day = date.fromisoformat(found["date"])
        if not found["clock"]:
            return _whole_day(day, zone)
        local = datetime.combine(day, _read_clock(found["clock"]))
        own = _offset(found["offset"]) if found["offset"] else zone
        readings = [local.replace(tzinfo=own, fold=side).astimezone(UTC) for side in (0, 1)]
    except (ValueError, OverflowError) as error:
        raise no_such_time(error) from error
    return min(readings), max(readings)


def no_such_time(error: Exception) -> CellError:
    """The error of a time that does not exist, as the library words it."""
    return CellError("bad-time", Message("problem.no_such_time", text=str(error)), _WRITE_TIME)


def _read_clock(text: str) -> clock:
    """The time of day.

    24:00, the end of a day, is refused: Python 3.14 reads it as the beginning of the same day.
    """
    if text.startswith("24"):
        raise ValueError(text)
    return clock.fromisoformat(text)


def _whole_day(day: date, zone: tzinfo | None) -> Span:
    midnight = datetime.combine(day, clock(0))
    first = zone or fixed_offset(timedelta(hours=14))
    last = zone or fixed_offset(timedelta(hours=-12))
    end = (midnight + _DAY).replace(tzinfo=last, fold=1)
    return midnight.replace(tzinfo=first).astimezone(UTC), end.astimezone(UTC)


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if minutes > 59 or hours > 14:
        raise ValueError(text)
    return fixed_offset((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _no_time(text: str) -> CellError:
    if _NUMERIC_DATE.fullmatch(text):
        code, message = "ambiguous-time", "day_or_month_first"
    elif _NUMBER.fullmatch(text):
        code, message = "serial-time", "time_is_a_number"
    else:
        code, message = "bad-time", "not_iso_time"
    return CellError(code, Message(f"problem.{message}"), _WRITE_TIME)
