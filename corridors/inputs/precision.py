"""Precision of places and days: the codes and words of a source as metres and days.

`rules.precision` is the one table of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from corridors.inputs.columns import CellError, Span, fold, parse_amount, parse_number, plain_digits
from corridors.messages import Message
from corridors.rules import PrecisionRules

_LENGTH = re.compile(
    r"(?:about |around |within |ca\.? ?|approx(?:imately|\.)? ?|~ ?|± ?|\+/- ?)?"
    r"(?P<amount>[\d.]+) ?(?P<unit>m|met(?:er|re)s?|km|kms|kilomet(?:er|re)s?)"
)


def parse_code(table: Mapping[str, float], name: str, text: str) -> float:
    """The metres or days of a numeric code of a source; `table` is one of `rules.precision`.

    Raises
    ------
    CellError
        `unknown-precision`. Fix: use a code of the source's codebook.

    Examples
    --------
    >>> parse_code(PrecisionRules().ucdp_m, "where_prec", "2.0")
    25000.0
    """
    plain = plain_digits(text)
    code = plain.partition(".")[0] if re.fullmatch(r"\d+(\.0*)?", plain) else plain
    if code not in table:
        message = Message("problem.unknown_code", field=name)
        hint = Message("hint.use_one_of", words=tuple(table))
        raise CellError("unknown-precision", message, hint)
    return table[code]


def parse_accuracy(rules: PrecisionRules, text: str, *, bare: bool = True) -> float:
    """Metres, from a number of metres, a length with its unit, or words of `rules.words_m`.

    `bare` is whether a number alone is metres: in a column whose name does not mean metres it can
    be a code of any source.

    Raises
    ------
    CellError
        `unknown-precision`, `negative-number`, `decimal-comma`. Fix: write metres, a length with
        its unit, or a known word.

    Examples
    --------
    >>> [parse_accuracy(PrecisionRules(), text) for text in ("25 km", "Approximate (town level)")]
    [25000.0, 2000.0]
    """
    known = {fold(word): metres for word, metres in rules.words_m.items()}
    word = re.sub(r"[()]", "", fold(text))
    if word in known:
        return known[word]
    plain = plain_digits(text).strip().casefold()
    if found := _LENGTH.fullmatch(plain):
        return parse_amount(found["amount"]) * (1000.0 if found["unit"].startswith("k") else 1.0)
    hint = Message("hint.write_accuracy", words=tuple(rules.words_m))
    try:
        metres = parse_number(plain)
    except CellError as unreadable:
        if unreadable.code == "decimal-comma":
            raise
        message = Message("problem.not_an_accuracy")
        raise CellError("unknown-precision", message, hint) from None
    if not bare:
        message = Message("problem.accuracy_without_unit")
        raise CellError("unknown-precision", message, hint)
    return metres if metres >= 0 else parse_amount(plain)


def widen(span: Span, days: float) -> Span:
    """A span of time with this many days added at each end.

    >>> span = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    >>> [moment.day for moment in widen(span, 6)]
    [14, 27]
    """
    return _widen(span, timedelta(days=days))


def widen_to(span: Span, days: float) -> Span:
    """A span of at least this many days: what is missing is added at each end."""
    missing = timedelta(days=days) - (span[1] - span[0]) - timedelta(seconds=1)
    return span if missing <= timedelta(0) else _widen(span, missing)


def _widen(span: Span, more: timedelta) -> Span:
    """The span with this much added at each end, from the year 1 to the year 9999 at most."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return span[0] - min(more, span[0] - first), span[1] + min(more, last - span[1])
