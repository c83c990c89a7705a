"""Positions as text: degrees, degrees minutes seconds, and the military grid.

Latitude comes first, as people say it.
"""

from __future__ import annotations

from functools import cache

import mgrs


def write_decimal(lon: float, lat: float) -> str:
    """Degrees to the fifth decimal, about a metre.

    >>> write_decimal(35.37148, 33.55751)
    '33.55751, 35.37148'
    """
    return f"{lat:.5f}, {lon:.5f}"


def write_dms(lon: float, lat: float) -> str:
    r"""Degrees, minutes and seconds to the tenth, about three metres.

    >>> write_dms(35.37148, -33.55751)
    '33°33\u203227.0\u2033S 35°22\u203217.3\u2033E'
    """
    return f"{_write_angle(lat, 'NS')} {_write_angle(lon, 'EW')}"


def _write_angle(degrees: float, letters: str) -> str:
    # Tenths of a second, rounded once, so that 60 seconds never appear.
    minutes, tenths = divmod(round(abs(degrees) * 36_000), 600)
    angle = f"{minutes // 60}°{minutes % 60:02d}\u2032{tenths / 10:04.1f}\u2033"
    return f"{angle}{letters[degrees < 0]}"


def write_mgrs(lon: float, lat: float) -> str:
    """The square metre of the military grid (MGRS) that contains a position, in groups.

    >>> write_mgrs(35.37148, 33.55751)
    '36S YC 20154 15614'
    """
    text = str(_grid().toMGRS(lat, lon, MGRSPrecision=5))
    zone = text[:-12] if len(text) > 12 else ""
    return " ".join(part for part in (zone, text[len(zone) : -10], text[-10:-5], text[-5:]) if part)


@cache
def _grid() -> mgrs.MGRS:
    return mgrs.MGRS()
