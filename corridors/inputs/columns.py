"""The columns of a file by the names we know, and each cell by what it must hold.

A header is matched whatever its case, spaces, hyphens and underscores. Where two columns could both
be meant, that is a problem; only where one of them has the exact name of the contract, and it
neither is an id, a time or a place nor changes what a report closes, does that one win.

A row of HXL tags names the columns whose headers do not. Cells are read strictly: numbers are plain
decimals without unit or thousands mark, times are ISO 8601. Arabic-Indic and Persian digits, the
Arabic decimal mark and the minus sign of typographers are understood: they have one reading.
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

from corridors.errors import InputError, Problem
from corridors.inputs.rows import Rows
from corridors.messages import Message

Value = TypeVar("Value")
Span = tuple[datetime, datetime]
"""Earliest and latest instant that a time may mean, both UTC; the same where it says one instant.
"""

PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lat": ("lat", "latitude", "y"),
        "lon": ("lon", "lng", "long", "longitude", "x"),
        "geometry": ("geometry", "wkt", "geom", "geom_wkt"),
        "mgrs": ("mgrs", "mgrs_reference", "military_grid"),
        "latlon": ("latlon", "lat_lon", "latitude_longitude"),
    }
)
"""The columns that say a place, in a file that has no shapes of its own."""


class CellError(ValueError):
    """A cell does not say what it must; becomes a `Problem` with file, row and field."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        """Keep the three apart."""
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class Columns:
    """One file's columns by the names of our contract, and everything found wrong while reading
    them.

    `problems` holds pairs of the contract's column name ("" where it is of none) and the problem.
    """

    def __init__(
        self,
        rows: Rows,
        synonyms: Mapping[str, tuple[str, ...]],
        *,
        strict: Collection[str],
        required: Collection[str] = (),
        places: Mapping[str, tuple[str, ...]] = PLACES,
        passed_over: Collection[str] = (),
        telling: Collection[str] = (),
    ) -> None:
        """Match the headers; `strict` names the ids and times, for which (as for places) two
        candidates are always a problem.

        `places` are the columns that say a place in a file without shapes; `passed_over` those
        known and not read. Of those `telling`, a header that is nearly one of them is a problem,
        and so are two candidates: passed over, it would change what a report closes.
        """
        self.rows = rows
        strict = {*strict, *PLACES, *telling}
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
                hint = (
                    "keep the one that is meant"
                    if name in strict
                    else f"keep one, or rename the one that is meant to {name}"
                )
                message = f"columns {' and '.join(headers)} could both be the {name}"
                self._add(name, Problem("two-columns", message, hint, field=", ".join(headers)))
            elif headers:
                self.found[name] = (exact or headers)[0]
        self._read_tags([*synonyms])
        for name in required:
            self.require(name, synonyms.get(name, ()))
        ours = {fold(word) for accepted in synonyms.values() for word in accepted}
        others = [
            header
            for header in plain
            if header not in self.found.values() and plain[header] not in ours
        ]
        for name in telling:
            self._refuse_near(name, synonyms[name], others)
        silent = {fold(header) for header in passed_over}
        if unread := sorted(
            header
            for header in set(rows.columns) - set(self.found.values())
            if plain[header] not in silent
        ):
            self.notes.append(Message("note.columns_unread", names=", ".join(unread)))

    def _refuse_near(self, name: str, accepted: Sequence[str], headers: Sequence[str]) -> None:
        """Note headers that are not read and nearly say this column, which the file lacks."""
        if name in self or any(named == name for named, _ in self.problems):
            return
        words = [fold(word) for word in accepted if len(fold(word)) >= 6]
        for header in headers:
            near = difflib.get_close_matches(fold(header), words, 1, 0.84)
            if near or (
                name in _TOLD_BY and len(header) < 40 and _TOLD_BY[name].search(fold(header))
            ):
                hint = f"call it {name} (its unit is in the name) if that is what it says, else rename or remove it"
                self._add(
                    name,
                    Problem(
                        "near-column",
                        f"no column is the {name}, and this one may be meant",
                        hint,
                        field=header,
                    ),
                )

    def _read_tags(self, names: Sequence[str]) -> None:
        """Let HXL tags name the columns that no header names; a tag that says another thing than
        its header is a problem.
        """
        named = {header: name for name, header in self.found.items()}
        by_tag: dict[str, list[str]] = {}
        for header, tag in self.rows.tags.items():
            if (name := _name_of_tag(tag, names)) is None:
                continue
            if (
                header in named
                and named[header] != name
                and {named[header], name} <= {"lat", "lon"}
            ):
                message = f"the header says {named[header]}, the HXL tag {tag}"
                self._add(
                    name,
                    Problem("two-columns", message, "mend the header or the tag", field=header),
                )
            if header not in named and name not in self.found:
                by_tag.setdefault(name, []).append(header)
        for name, headers in by_tag.items():
            if len(headers) > 1:
                message = (
                    f"by their HXL tags, columns {' and '.join(headers)} could both be the {name}"
                )
                self._add(
                    name,
                    Problem(
                        "two-columns",
                        message,
                        "keep the one that is meant",
                        field=", ".join(headers),
                    ),
                )
            else:
                self.found[name] = headers[0]

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def read(self, name: str, parse: Callable[[str], Value], blank: Any) -> list[Value | Any]:
        """Every cell of a column, parsed; `blank` where the cell or the column is empty, and where
        a cell is unreadable.

        A blank that is an `CellError` makes each empty cell a problem and stands for nothing else
        than None.
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
        """As `read`, for numbers: where semicolons part the columns a decimal comma has one
        reading, and is read.

        One with three digits after it has two, unless it is of degrees: a thousand and more cannot
        be a latitude. Nor has a point with three digits after it one reading, in a file that writes
        decimals with a comma.
        """
        if self.rows.delimiter != ";":
            return self.read(name, parse, blank)
        degrees = name in ("lat", "lon")

        def read_one(text: str) -> Value:
            plain = plain_digits(text)
            if not degrees and self._commas and _THOUSANDS.search(plain):
                raise CellError(
                    "decimal-comma",
                    "a point may part decimals or thousands in this file",
                    "write it without thousands mark",
                )
            whole, comma, decimals = plain.partition(",")
            if (
                comma
                and re.fullmatch(r"[+-]?\d+", whole)
                and re.fullmatch(r"\d+", decimals)
                and (degrees or len(decimals) != 3)
            ):
                return parse(f"{whole}.{decimals}")
            return parse(text)

        if name in self and any("," in text for text in self.rows.columns[self.found[name]]):
            self.notes.append(Message("note.decimal_commas", column=self.found[name]))
        return self.read(name, read_one, blank)

    @cached_property
    def _commas(self) -> bool:
        """Whether a file with semicolons writes any place or number of its columns with a decimal
        comma.
        """
        return any(
            re.fullmatch(r"[+-]?\d+,(\d{1,2}|\d{4,})", plain_digits(text))
            for header in self.found.values()
            for text in dict.fromkeys(self.rows.columns[header])
        )

    def refuse(self, name: str, position: int, unreadable: CellError, text: str = "") -> None:
        """Note that the cell of the row at this position (from 0) is unreadable."""
        field = self.found.get(name, name)
        self._add(
            name,
            Problem(
                unreadable.code,
                unreadable.message,
                unreadable.hint,
                row=self.rows.numbers[position],
                field=field,
                value=text[:80],
            ),
        )

    def check_order(
        self, name: str, starts: Sequence[datetime | None], ends: Sequence[datetime | None]
    ) -> None:
        """Note each row that ends before it begins; `name` is the column of the end."""
        for position, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if start and end and end < start:
                message = f"it ends before it begins ({start:%Y-%m-%d %H:%M:%S} UTC)"
                text = f"{end:%Y-%m-%d %H:%M:%S} UTC"
                self.refuse(
                    name,
                    position,
                    CellError("ends-before-start", message, "mend or exchange the two times"),
                    text,
                )

    def note_bare_dates(self, *names: str) -> None:
        """Say how many dates without a time were read without a time zone."""
        texts = [
            text for name in names if name in self for text in self.rows.columns[self.found[name]]
        ]
        if bare := sum(len(text) == 10 for text in texts):
            self.notes.append(Message("note.bare_dates", n=bare))

    def note_midnights(self, name: str) -> None:
        """Say that every time of a column is midnight, as programs write days: each counts as that
        instant, and not as its day.
        """
        texts = [text for text in self.rows.columns.get(self.found.get(name, ""), ()) if text]
        if len(texts) > 1 and all(_MIDNIGHT.search(text) for text in texts):
            self.notes.append(Message("note.midnights", column=self.found[name]))

    def require(self, name: str, accepted: tuple[str, ...]) -> None:
        """Note a column that is missing, unless the file has no features that could have one."""
        doubled = any(named == name for named, _ in self.problems)
        if name not in self and not doubled and (self.rows.columns or self.rows.numbers):
            near = difflib.get_close_matches(name, self.rows.columns, 1, 0.5)
            hint = f"name a column {' or '.join(accepted)}" + (
                f"; is it {near[0]}?" if near else ""
            )
            self._add(name, Problem("missing-column", f"no column is the {name}", hint, field=name))

    def refuse_file(self, name: str, unreadable: CellError) -> None:
        """Note a problem of a column as a whole."""
        self._add(
            name,
            Problem(
                unreadable.code,
                unreadable.message,
                unreadable.hint,
                field=self.found.get(name, name),
            ),
        )

    def add(self, error: InputError) -> None:
        """Keep the problems that a step about the whole file found."""
        for problem in error.problems:
            self._add("", problem)

    def _add(self, name: str, problem: Problem) -> None:
        self.problems.append((name, replace(problem, file=self.rows.file)))


def fold(word: str) -> str:
    """A header or word without case, spaces, hyphens, underscores and what is not seen.

    >>> fold("Event Date") == fold("event_date")
    True
    """
    return re.sub(r"[\s_\-/]+", "", _UNSEEN.sub("", unicodedata.normalize("NFKC", word)).casefold())


_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Marks of direction, joiners and blanks without width: office programs in Arabic put them round
numbers and words."""
_TOLD_BY: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "accuracy_m": re.compile("accura|uncertain|precisi|^error"),
        "occurred_until": re.compile(
            r"^(event)?(end|ended|ending|finish|finished)(at|on|date|time|utc|local)*$|(date|time|occurred)(end|to|until)$"
        ),
    }
)
"""What headers about how exact a place is, and about when a thing ended, have in them."""


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
"""The HXL tags of our columns: those the standard's knowledge base has for them, or proposes. The
attributes of the tag in a file may be more (`#adm2+code+v_pcode`), save where a fuller pattern is
that of another column (`#loc+name+i_ar`)."""


def _name_of_tag(tag: str, names: Collection[str]) -> str | None:
    """The column, of those wanted, whose pattern of the most attributes a tag fulfils."""
    said, *attributes = re.sub(r"\s+", "", tag).casefold().split("+")
    best: tuple[int, str] | None = None
    for name in names:
        for pattern in TAGS.get(name, ()):
            base, *wanted = pattern.split("+")
            if (
                base == said
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
"""Arabic-Indic and Persian digits, the Arabic decimal mark, the minus sign of typographers."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}\.\d{3}(?![\d.,])", re.ASCII)
"""A number whose point may part thousands, alone or before a unit."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def plain_digits(text: str) -> str:
    """The text with Arabic-Indic and Persian digits, the Arabic decimal mark and the long minus as
    ASCII has them, without what is not seen.
    """
    return text if text.isascii() else _UNSEEN.sub("", text.translate(_ASCII)).strip()


def parse_text(text: str) -> str:
    """The text in Unicode's composed form (NFC), as it stands otherwise; control characters are
    refused.
    """
    if _CONTROL.search(text):
        raise CellError(
            "control-character",
            "the text holds a control character or a line break",
            "type it again on one line",
        )
    return unicodedata.normalize("NFC", text)


def parse_id(text: str) -> str:
    """As `parse_text`; besides, an id may hold nothing that is not seen, lest two that look the
    same be two.
    """
    if _UNSEEN.search(text):
        message = "the id holds a character that is not seen, and is not the one that it looks like"
        raise CellError("unseen-character", message, "type the id again")
    return parse_text(text)


def parse_number(text: str) -> float:
    r"""A plain decimal number.

    >>> parse_number("33.50"), parse_number("\u0663\u0663\u066b\u0665")
    (33.5, 33.5)
    """
    plain = plain_digits(text)
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        raise CellError(
            "decimal-comma",
            "a comma may part decimals or thousands",
            "write a decimal point, and no thousands mark",
        )
    if not _NUMBER.fullmatch(plain) or abs(value := float(plain)) == float("inf"):
        raise CellError(
            "bad-number",
            "this is not a plain number",
            "write digits and a decimal point only, without a unit",
        )
    return value


def parse_amount(text: str) -> float:
    """A number that is not negative."""
    if (value := parse_number(text)) < 0:
        raise CellError(
            "negative-number", "this cannot be negative", "write 0 or more, or leave it blank"
        )
    return value


def parse_word(known: Mapping[str, str], field: str, text: str) -> str:
    """The contract's word for a word of a file;

    `known` holds words and synonyms, folded, with what each stands for.
    """
    if (word := known.get(fold(text))) is not None:
        return word
    words = sorted(set(known.values()))
    near = difflib.get_close_matches(fold(text), known, 1, 0.6)
    hint = (
        f"did you mean {known[near[0]]}? The words are {', '.join(words)}"
        if near
        else f"use one of {', '.join(words)}"
    )
    raise CellError(f"unknown-{field}", f"this {field} is not known", hint)


def words(contract: Iterable[str], synonyms: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """What `parse_word` takes: every word of the contract and its synonyms, folded."""
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
_MEND_TIME = "write 2026-11-23T06:00:00Z, or with another offset such as +02:00"


_NO_ZONE_OF_A_PLACE = re.compile(r"(right|posix)/.*|localtime|posixrules|Factory|Etc/GMT[+-]\d+")


def find_timezone(name: str | None) -> ZoneInfo | None:
    """The time zone of an IANA name such as Asia/Beirut, or None for None.

    Files beside those of places are refused: the zone of the machine, and those whose sign is the
    reverse of what people write.

    Raises
    ------
    InputError
        `unknown-timezone`; mend: an IANA name.
    """
    if name is None:
        return None
    if _NO_ZONE_OF_A_PLACE.fullmatch(name):
        message = "this is no time zone of a place: some differ from machine to machine, and Etc/GMT+2 is two hours behind UTC"
        raise InputError(
            Problem(
                "unknown-timezone",
                message,
                "use the name of a place such as Asia/Beirut",
                field="timezone",
                value=name,
            )
        )
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        hint = "use an IANA name such as Asia/Beirut"
        raise InputError(
            Problem(
                "unknown-timezone",
                "this time zone is not known",
                hint,
                field="timezone",
                value=name,
            )
        ) from error


def parse_time(zone: tzinfo | None, text: str) -> Span:
    """The earliest and the latest instant that an ISO 8601 time may mean.

    A date alone is that whole day in `zone`; without a zone, from its start at UTC+14 to its end at
    UTC-12, which holds it wherever on Earth it was written. A local time that a change of clocks
    repeats or skips spans both its readings.

    >>> [str(end) for end in parse_time(ZoneInfo("Asia/Beirut"), "2026-11-23")]
    ['2026-11-22 22:00:00+00:00', '2026-11-23 21:59:59.999999+00:00']
    """
    plain = plain_digits(text)
    found = _TIME.fullmatch(plain)
    if not found:
        raise _no_time(plain)
    if found["clock"] and not found["offset"] and zone is None:
        hint = f'{_MEND_TIME}; or say timezone = "Asia/Beirut" in mission.toml'
        raise CellError("naive-time", "the time does not say its offset from UTC", hint)
    try:
        day = date.fromisoformat(found["date"])
        if not found["clock"]:
            return _whole_day(day, zone)
        local = datetime.combine(day, _read_clock(found["clock"]))
        own = _offset(found["offset"]) if found["offset"] else zone
        readings = [local.replace(tzinfo=own, fold=side).astimezone(UTC) for side in (0, 1)]
    except (ValueError, OverflowError) as error:
        raise CellError("bad-time", f"there is no such time: {error}", _MEND_TIME) from error
    return min(readings), max(readings)


def _read_clock(text: str) -> clock:
    """The time of day; 24:00, the end of a day, is refused: Python 3.14 reads it as the beginning
    of the same day.
    """
    if text.startswith("24"):
        raise ValueError("hour must be in 0..23")
    return clock.fromisoformat(text)


def _whole_day(day: date, zone: tzinfo | None) -> Span:
    midnight = datetime.combine(day, clock(0))
    first, last = (
        (zone, zone)
        if zone
        else (fixed_offset(timedelta(hours=14)), fixed_offset(timedelta(hours=-12)))
    )
    return midnight.replace(tzinfo=first).astimezone(UTC), (midnight + _DAY).replace(
        tzinfo=last, fold=1
    ).astimezone(UTC)


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if minutes > 59 or hours > 14:
        raise ValueError(f"no place is {text} from UTC")
    return fixed_offset((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _no_time(text: str) -> CellError:
    if re.fullmatch(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\b.*", text):
        return CellError("ambiguous-time", "day and month could be meant either way", _MEND_TIME)
    if _NUMBER.fullmatch(text):
        return CellError(
            "serial-time",
            "a bare number is no time: it may count days or seconds from several starts",
            _MEND_TIME,
        )
    return CellError("bad-time", "this is not an ISO 8601 time", _MEND_TIME)
