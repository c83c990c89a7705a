"""One formatter for each kind of figure, for all languages. Rounding is on the careful side.

A formatter takes a value in the unit that its name states. It returns digits without a unit, or
with a unit that is the same in every language. `Locale` adds units and separators of a language.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime


def format_time(moment: datetime | None) -> str:
    """A moment to the minute in UTC; empty where there is none.

    >>> format_time(datetime(2026, 11, 23, 6, tzinfo=UTC))
    '2026-11-23 06:00 UTC'
    """
    if moment is None or moment != moment:  # noqa: PLR0124 - true of NaT
        return ""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def format_date(moment: datetime | None) -> str:
    """The day of a moment in UTC; empty where there is none.

    >>> format_date(datetime(2026, 11, 23, 6, tzinfo=UTC))
    '2026-11-23'
    """
    if moment is None or moment != moment:  # noqa: PLR0124 - true of NaT
        return ""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def format_duration(minutes: float) -> str:
    """Hours and minutes, rounded up; empty where unknown.

    >>> format_duration(61.2)
    '1:02'
    """
    if math.isnan(minutes):
        return ""
    whole = math.ceil(round(minutes, 6))
    return f"{whole // 60}:{whole % 60:02d}"


def format_share(share: float) -> str:
    """A share of one in percent, rounded up; empty where unknown.

    >>> format_share(0.0), format_share(0.001)
    ('0 %', '1 %')
    """
    return "" if math.isnan(share) else f"{math.ceil(round(share * 100, 6))} %"


def split_distance(metres: float) -> tuple[str, str]:
    """A distance rounded down, as digits and the unit m or km; both empty where unknown.

    >>> split_distance(1990.0), split_distance(847.9), split_distance(123_456.0)
    (('1.9', 'km'), ('847', 'm'), ('123', 'km'))
    """
    if math.isnan(metres):
        return "", ""
    whole = math.floor(round(metres, 6))
    if whole < 1000:
        return str(whole), "m"
    return (f"{whole // 100 / 10:.1f}" if whole < 100_000 else str(whole // 1000)), "km"
