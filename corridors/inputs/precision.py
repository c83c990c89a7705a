"""How exactly a place or a day is known: a source's code or words as metres and days, by the one
table in `rules.precision`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from corridors.inputs.columns import CellError, Span, fold, parse_amount, parse_number, plain_digits
from corridors.rules import PrecisionRules

_LENGTH = re.compile(
    r"(?:about |around |within |ca\.? ?|approx(?:imately|\.)? ?|~ ?|± ?|\+/- ?)?(?P<amount>[\d.]+) ?(?P<unit>m|met(?:er|re)s?|km|kms|kilomet(?:er|re)s?)"
)


def parse_code(table: Mapping[str, float], name: str, text: str) -> float:
    """What a numeric code of a source stands for; `table` is one of `rules.precision`.

    Raises
    ------
    CellError
        `unknown-precision`: no such code; mend: a code of the source's codebook.

    >>> parse_code(PrecisionRules().ucdp_m, "where_prec", "2.0")
    25000.0
    """
    plain = plain_digits(text)
    code = plain.partition(".")[0] if re.fullmatch(r"\d+(\.0*)?", plain) else plain
    if code not in table:
        raise CellError(
            "unknown-precision",
            f"there is no such code of {name}",
            f"the codes are {', '.join(table)}",
        )
    return table[code]


def parse_accuracy(rules: PrecisionRules, text: str, *, bare: bool = True) -> float:
    """Metres, from a number of metres, a length with its unit, or words of `rules.words_m`.

    `bare` says whether a number alone counts metres: in a column that is not called so it may be a
    code of any source.

    Raises
    ------
    CellError
        `unknown-precision`, `negative-number`, `decimal-comma`; mend: metres, a length with its
        unit, or a word that is known.

    >>> (
    ...     parse_accuracy(PrecisionRules(), "25 km"),
    ...     parse_accuracy(PrecisionRules(), "Approximate (town level)"),
    ... )
    (25000.0, 2000.0)
    """
    known = {fold(word): metres for word, metres in rules.words_m.items()}
    word = re.sub(r"[()]", "", fold(text))
    if word in known:
        return known[word]
    plain = plain_digits(text).strip().casefold()
    if found := _LENGTH.fullmatch(plain):
        return parse_amount(found["amount"]) * (1000.0 if found["unit"].startswith("k") else 1.0)
    hint = f"give metres, a length such as 25 km, or one of: {', '.join(rules.words_m)}"
    try:
        metres = parse_number(plain)
    except CellError as unreadable:
        if unreadable.code == "decimal-comma":
            raise
        raise CellError(
            "unknown-precision", "this does not say how exact a place is", hint
        ) from None
    if not bare:
        raise CellError(
            "unknown-precision", "a bare number here may be metres or some source's code", hint
        )
    return metres if metres >= 0 else parse_amount(plain)


def widen(span: Span, days: float) -> Span:
    """A span of time with so many days more at either end: never narrower.

    >>> from datetime import UTC, datetime
    >>> [
    ...     moment.day
    ...     for moment in widen(
    ...         (datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)), 6
    ...     )
    ... ]
    [14, 27]
    """
    return _widen(span, timedelta(days=days))


def widen_to(span: Span, days: float) -> Span:
    """A span of time that covers at least so many days: what is missing is added at either end."""
    missing = timedelta(days=days) - (span[1] - span[0]) - timedelta(seconds=1)
    return span if missing <= timedelta(0) else _widen(span, missing)


def _widen(span: Span, more: timedelta) -> Span:
    """The span with so much more at either end, as far as time goes: from the year 1 to the year
    9999.
    """
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return span[0] - min(more, span[0] - first), span[1] + min(more, last - span[1])
