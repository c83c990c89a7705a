"""Places written as text: decimal degrees, degrees with minutes and seconds, and MGRS references.

What is written in whole minutes is uncertain by half a minute: with each place, the functions
return half of the last unit written. Decimal degrees count as exact, because people copy them from
devices.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from mgrs import MGRS
from mgrs.core import MGRSError

from corridors.inputs.columns import CellError, plain_digits, refuse_decimal_comma
from corridors.messages import Message


class Angle(NamedTuple):
    """Degrees, north and east positive, and their uncertainty in degrees."""

    degrees: float
    spread: float


class Spot(NamedTuple):
    """A place in EPSG:4326, and its uncertainty in metres."""

    lat: float
    lon: float
    spread_m: float


_HEMISPHERES = {
    "n": ("latitude", 1),
    "north": ("latitude", 1),
    "شمال": ("latitude", 1),
    "شمالا": ("latitude", 1),
    "s": ("latitude", -1),
    "south": ("latitude", -1),
    "جنوب": ("latitude", -1),
    "جنوبا": ("latitude", -1),
    "e": ("longitude", 1),
    "east": ("longitude", 1),
    "شرق": ("longitude", 1),
    "شرقا": ("longitude", 1),
    "w": ("longitude", -1),
    "west": ("longitude", -1),
    "غرب": ("longitude", -1),
    "غربا": ("longitude", -1),
}
"""The words for the four hemispheres.

O is missing: it is west in French and Spanish, east in German.
"""
_SIDE = "|".join(sorted(_HEMISPHERES, key=len, reverse=True))
_AMOUNT = r"\d+(?:[.,]\d+)?"
_ANGLE = re.compile(
    rf"(?P<before>{_SIDE})?\s*(?P<sign>[+-])?\s*"
    rf"(?P<d>{_AMOUNT})\s*(?P<dm>°|deg(?:rees?)?|d|:|-|\s)?\s*"
    rf"(?:(?P<m>{_AMOUNT})\s*(?P<mm>'|min(?:utes?)?|m|:|-|\s)?\s*)?"
    rf"(?:(?P<s>{_AMOUNT})\s*(?P<sm>\"|''|sec(?:onds?)?|s(?=\s*[nsew]))?\s*)?"
    rf"(?P<after>{_SIDE})?"
)
_COMPACT = {
    "latitude": re.compile(r"(?P<d>\d\d)(?P<m>\d\d)(?P<s>\d\d)?(?P<after>[ns])"),
    "longitude": re.compile(r"(?P<d>\d{3})(?P<m>\d\d)(?P<s>\d\d)?(?P<after>[ew])"),
}
_SIGNS = str.maketrans(
    {
        "º": "°",
        "˚": "°",
        "’": "'",  # noqa: RUF001 - the sign itself
        "‘": "'",  # noqa: RUF001 - the sign itself
        "′": "'",  # noqa: RUF001 - the sign itself
        "´": "'",  # noqa: RUF001 - the sign itself
        "`": "'",
        "″": '"',
        "”": '"',
        "“": '"',
        "\xa0": " ",
    }
)
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
LIMITS = {"latitude": 90, "longitude": 180}


def parse_angle(axis: str, text: str) -> Angle:
    """The latitude or longitude of a cell.

    It is written in decimal degrees, or in degrees, minutes and seconds with their signs, letters,
    colons, hyphens or spaces, and with a hemisphere before or after. What has neither a hemisphere
    nor a degree sign must be a plain decimal number.

    Raises
    ------
    CellError
        `bad-latitude`, `bad-longitude`: not such an angle, or one of the other axis;
        `decimal-comma`.

    Examples
    --------
    >>> parse_angle("latitude", "33°15'N").degrees, parse_angle("longitude", "35 30 00 W").degrees
    (33.25, -35.5)
    """
    typed = text if _PLAIN.fullmatch(text) else plain_digits(text).translate(_SIGNS).strip()
    written = typed.casefold()
    refuse_decimal_comma(written)
    if _PLAIN.fullmatch(written):
        angle = Angle(float(written), 0.0)
    else:
        found = _COMPACT[axis].fullmatch(written) or _ANGLE.fullmatch(written)
        if not found:
            raise _bad_angle(axis)
        # who marks minutes marks seconds
        marked = found.re is _ANGLE and found["mm"] == "'" and found["s"]
        if marked and re.search(r"\ds$", typed):
            raise _bad_angle(axis, "seconds_or_south")
        angle = _read_angle(axis, found, written)
    if not abs(angle.degrees) <= LIMITS[axis]:
        raise _bad_angle(axis)
    return angle


def _bad_angle(axis: str, what: str = "", hint: str = "") -> CellError:
    """The error of an angle; without more it is none of this axis."""
    message = Message(f"problem.{what or f'not_{axis}'}")
    return CellError(f"bad-{axis}", message, Message(f"hint.{hint or f'write_{axis}'}"))


def _read_angle(axis: str, found: re.Match[str], written: str) -> Angle:
    groups = found.groupdict()
    sign, sides = groups.get("sign"), [groups.get("before"), groups.get("after")]
    side = next((word for word in sides if word), None)
    if all(sides) or (side and sign) or not (side or "°" in written or "deg" in written):
        raise _bad_angle(axis, "hemisphere_unclear")
    if groups.get("mm") == "m" and groups["s"] and not groups["sm"] and groups["after"] == "s":
        raise _bad_angle(axis, "seconds_or_south")
    if side and _HEMISPHERES[side][0] != axis:
        raise _bad_angle(axis, f"{_HEMISPHERES[side][0]}_for_{axis}", "exchange_coordinates")
    parts = [part.replace(",", ".") for part in (groups["d"], groups["m"], groups["s"]) if part]
    if any("." in part for part in parts[:-1]) or any(float(part) >= 60 for part in parts[1:]):
        raise _bad_angle(axis, "minutes_out_of_range")
    negative = sign == "-" or (side is not None and _HEMISPHERES[side][1] < 0)
    degrees = sum(float(part) / 60**place for place, part in enumerate(parts))
    unit = 60.0 ** (1 - len(parts)) / 10 ** len(parts[-1].partition(".")[2])
    return Angle(-degrees if negative else degrees, 0.0 if len(parts) == 1 else unit / 2)


def parse_pair(text: str) -> Spot:
    """A place in one cell: latitude then longitude, or either first where each has a hemisphere.

    >>> parse_pair("33.5, 35.25"), parse_pair("35:15:00 E 33:30:00 N")[:2]
    (Spot(lat=33.5, lon=35.25, spread_m=0.0), (33.5, 35.25))
    """
    written = plain_digits(text).translate(_SIGNS).strip()
    cut = [part.strip() for part in re.split(r"\s*[;|]\s*|,\s+|\s*،\s*", written) if part.strip()]
    if len(cut) != 2:
        cut = [part.strip() for part in written.split(",")]
    if len(cut) != 2:
        cut = _halve(written)
    if len(cut) != 2:
        message, hint = Message("problem.not_two_coordinates"), Message("hint.write_coordinates")
        raise CellError("bad-coordinates", message, hint)
    if _is_longitude(cut[0]):
        cut.reverse()
    lat, lon = parse_angle("latitude", cut[0]), parse_angle("longitude", cut[1])
    return Spot(lat.degrees, lon.degrees, measure_spread_m(lat, lon))


def _is_longitude(written: str) -> bool:
    """Whether an angle names east or west; the letters of "deg" and "sec" name no hemisphere."""
    plain = written.casefold()
    found = _COMPACT["longitude"].fullmatch(plain) or _ANGLE.fullmatch(plain)
    sides = [found.groupdict().get(name) for name in ("before", "after")] if found else []
    return any(_HEMISPHERES[side][0] == "longitude" for side in sides if side)


def _halve(written: str) -> list[str]:
    """The two parts of a cell without comma: cut after a hemisphere, or at its only space."""
    for pattern in (
        rf"((?:{_SIDE}).*?\d.*?)\s*((?:{_SIDE})\s*\d.*)",
        rf"(.*?\d.*?(?:{_SIDE}))\s*([\d+-].*)",
    ):
        if found := re.fullmatch(pattern, written, re.IGNORECASE):
            return [found[1].strip(), found[2].strip()]
    return written.split()


def measure_spread_m(lat: Angle, lon: Angle) -> float:
    """The uncertainty of a place in metres, from that of its two angles."""
    return math.hypot(lat.spread, lon.spread * math.cos(math.radians(lat.degrees))) * 111_320.0


_MGRS = re.compile(
    r"(?P<zone>\d{1,2})(?P<band>[C-HJ-NP-X])(?P<square>[A-HJ-NP-Z][A-HJ-NP-V])(?P<digits>\d*)"
)
_BANDS = "CDEFGHJKLMNPQRSTUVWX"


def parse_mgrs(text: str) -> Spot:
    """The middle of the square of an MGRS reference, and half of the square's diagonal.

    Spaces and hyphens do not matter. The polar grid, which has no zone, is not read.

    Raises
    ------
    CellError
        `bad-mgrs`. Fix: write 36SYC1234567890, with as many digits for east as for north.

    Examples
    --------
    >>> lat, lon, spread_m = parse_mgrs("36S YC 123 678")
    >>> round(lat, 3), round(lon, 3), round(spread_m)
    (34.03, 35.3, 71)
    """
    found = _MGRS.fullmatch(re.sub(r"[\s\-]+", "", plain_digits(text)).upper())
    if not found or len(found["digits"]) not in range(0, 11, 2):
        raise _bad_mgrs("not_mgrs")
    zone, band, digits = int(found["zone"]), found["band"], found["digits"]
    if not 1 <= zone <= 60:
        raise _bad_mgrs("not_mgrs")
    half = len(digits) // 2
    side_m = 10.0 ** (5 - half)
    # all five digits, because libraries differ in the point that a larger square stands for
    middle = "".join(f"{part}5".ljust(5, "0")[:5] for part in (digits[:half], digits[half:]))
    try:
        lat, lon = MGRS().toLatLon(f"{zone:02d}{band}{found['square']}{middle}")
    except (MGRSError, ValueError, UnicodeError) as error:
        raise _bad_mgrs("no_mgrs_square") from error
    south, west = -80 + 8 * _BANDS.index(band), 6 * zone - 186
    # squares cross the edge of their band and zone by less than a degree and a half; zones are
    # wider near Norway and Svalbard
    slack = 6.0 if band in "VX" else 1.5
    if not (
        south - 1.5 <= lat <= south + (13.5 if band == "X" else 9.5)
        and -slack <= (lon - west + 180.0) % 360.0 - 180.0 <= 6.0 + slack
    ):
        raise _bad_mgrs("mgrs_square_outside_zone")
    return Spot(lat, lon, side_m * math.sqrt(0.5))


def _bad_mgrs(what: str) -> CellError:
    return CellError("bad-mgrs", Message(f"problem.{what}"), Message("hint.write_mgrs"))
