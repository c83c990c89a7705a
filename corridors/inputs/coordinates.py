"""Places written as text: decimal degrees, degrees with minutes and seconds, and the military grid
(MGRS).

Each form says how finely it was written, and what is written in whole minutes is uncertain by half
a minute: besides the degrees, every function here gives half of the last unit written. Decimal
degrees count as exact, as people copy them from devices.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from mgrs import MGRS
from mgrs.core import MGRSError

from corridors.inputs.columns import CellError, plain_digits


class Angle(NamedTuple):
    """Degrees, north and east positive, and by how many degrees they may be off either way."""

    degrees: float
    spread: float


class Spot(NamedTuple):
    """A place in EPSG:4326, and by how many metres it may be off."""

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
"""The words for the four sides.

O is not among them: it is west in French and Spanish, east in German.
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
        "’": "'",
        "‘": "'",
        "′": "'",
        "´": "'",
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
    """The latitude or longitude that a cell says, in decimal degrees or in degrees, minutes and
    seconds.

    Degrees and minutes may be parted by their signs, by letters, colons, hyphens or spaces, and
    have a side before or after; what has neither a side nor the sign of degrees must be a plain
    decimal number.

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
    code, example = (
        f"bad-{axis}",
        "33.5 or 33°30'00\"N" if axis == "latitude" else "35.5 or 35°30'00\"E",
    )
    hint = f"give decimal degrees between -{LIMITS[axis]} and {LIMITS[axis]}, or degrees, minutes and seconds: {example}"
    typed = text if _PLAIN.fullmatch(text) else plain_digits(text).translate(_SIGNS).strip()
    written = typed.casefold()
    if re.fullmatch(r"[+-]?\d+,\d+", written):
        raise CellError(
            "decimal-comma",
            "a comma may part decimals or thousands",
            "write a decimal point, and no thousands mark",
        )
    if _PLAIN.fullmatch(written):
        angle = Angle(float(written), 0.0)
    else:
        found = _COMPACT[axis].fullmatch(written) or _ANGLE.fullmatch(written)
        if not found:
            raise CellError(code, f"this is not a {axis}", hint)
        if (
            found.re is _ANGLE and found["mm"] == "'" and found["s"] and re.search(r"\ds$", typed)
        ):  # who marks minutes marks seconds
            raise CellError(code, "the last letter may stand for seconds or for south", hint)
        angle = _read_angle(axis, found, written, code, hint)
    if not abs(angle.degrees) <= LIMITS[axis]:
        raise CellError(code, f"this is not a {axis}", hint)
    return angle


def _read_angle(axis: str, found: re.Match[str], written: str, code: str, hint: str) -> Angle:
    said = found.groupdict()
    sides = [said.get("before"), said.get("after")]
    side = next((word for word in sides if word), None)
    if (
        all(sides)
        or (side and said.get("sign"))
        or not (side or "°" in written or "deg" in written)
    ):
        raise CellError(code, "these degrees do not say their side in one way", hint)
    if said.get("mm") == "m" and said["s"] and not said["sm"] and said["after"] == "s":
        raise CellError(code, "the last letter may stand for seconds or for south", hint)
    if side and _HEMISPHERES[side][0] != axis:
        raise CellError(
            code,
            f"this is a {_HEMISPHERES[side][0]} where the {axis} should stand",
            "exchange the two columns, or the two cells",
        )
    parts = [part.replace(",", ".") for part in (said["d"], said["m"], said["s"]) if part]
    if any("." in part for part in parts[:-1]) or any(float(part) >= 60 for part in parts[1:]):
        raise CellError(
            code, "minutes and seconds end at 60, and only the last of them may have decimals", hint
        )
    negative = said.get("sign") == "-" or (side is not None and _HEMISPHERES[side][1] < 0)
    degrees = sum(float(part) / 60**place for place, part in enumerate(parts))
    unit = 60.0 ** (1 - len(parts)) / 10 ** len(parts[-1].partition(".")[2])
    return Angle(-degrees if negative else degrees, 0.0 if len(parts) == 1 else unit / 2)


def parse_pair(text: str) -> Spot:
    """A place in one cell: latitude then longitude, or either first where each says its side.

    Examples
    --------
    >>> parse_pair("33.5, 35.25"), parse_pair("35:15:00 E 33:30:00 N")[:2]
    (Spot(lat=33.5, lon=35.25, spread_m=0.0), (33.5, 35.25))
    """
    hint = "write the latitude, a comma, and the longitude: 33.5, 35.25"
    written = plain_digits(text).translate(_SIGNS).strip()
    cut = [part.strip() for part in re.split(r"\s*[;|]\s*|,\s+|\s*،\s*", written) if part.strip()]
    if len(cut) != 2:
        cut = [part.strip() for part in written.split(",")]
    if len(cut) != 2:
        cut = next(([first.strip(), last.strip()] for first, last in _halves(written)), [])
    if len(cut) != 2:
        raise CellError("bad-coordinates", "this is not a latitude and a longitude", hint)
    if _says_longitude(cut[0]):
        cut.reverse()
    lat, lon = parse_angle("latitude", cut[0]), parse_angle("longitude", cut[1])
    return Spot(lat.degrees, lon.degrees, measure_spread_m(lat, lon))


def _says_longitude(written: str) -> bool:
    """Whether an angle names east or west before or after it; the letters of "deg" and "sec" are
    those of no side.
    """
    found = _COMPACT["longitude"].fullmatch(written.casefold()) or _ANGLE.fullmatch(
        written.casefold()
    )
    sides = [found.groupdict().get(name) for name in ("before", "after")] if found else []
    return any(_HEMISPHERES[side][0] == "longitude" for side in sides if side)


def _halves(written: str) -> list[tuple[str, str]]:
    """Where a cell without comma can be cut in two: after a side that is followed by digits, or at
    its only blank.
    """
    before = re.fullmatch(rf"((?:{_SIDE}).*?\d.*?)\s*((?:{_SIDE})\s*\d.*)", written, re.IGNORECASE)
    if found := before or re.fullmatch(
        rf"(.*?\d.*?(?:{_SIDE}))\s*([\d+-].*)", written, re.IGNORECASE
    ):
        return [(found[1], found[2])]
    words = written.split()
    return [(words[0], words[1])] if len(words) == 2 else []


def measure_spread_m(lat: Angle, lon: Angle) -> float:
    """How far a place may be off, in metres, given how finely its two angles were written."""
    return math.hypot(lat.spread, lon.spread * math.cos(math.radians(lat.degrees))) * 111_320.0


_MGRS = re.compile(
    r"(?P<zone>\d{1,2})(?P<band>[C-HJ-NP-X])(?P<square>[A-HJ-NP-Z][A-HJ-NP-V])(?P<digits>\d*)"
)
_BANDS = "CDEFGHJKLMNPQRSTUVWX"


def parse_mgrs(text: str) -> Spot:
    """The middle of the square that a reference of the military grid names, and half of the
    square's diagonal.

    Blanks and hyphens do not matter. The polar grid, which has no zone, is not read.

    Raises
    ------
    CellError
        `bad-mgrs`: no such reference; mend: write it as 36SYC1234567890, as many digits for east as
        for north.

    Examples
    --------
    >>> lat, lon, spread_m = parse_mgrs("36S YC 123 678")
    >>> round(lat, 3), round(lon, 3), round(spread_m)
    (34.03, 35.3, 71)
    """
    hint = "write zone, band, square and as many digits for east as for north: 36SYC1234567890"
    written = re.sub(r"[\s\-]+", "", plain_digits(text)).upper()
    found = _MGRS.fullmatch(written)
    if (
        not found
        or len(found["digits"]) % 2
        or len(found["digits"]) > 10
        or not 1 <= int(found["zone"]) <= 60
    ):
        raise CellError("bad-mgrs", "this is not a reference of the military grid", hint)
    half = len(found["digits"]) // 2
    side_m = 10.0 ** (5 - half)
    east, north = found["digits"][:half], found["digits"][half:]
    # all five digits, lest it matter which point of a larger square the library takes
    middle = "".join(f"{part}5".ljust(5, "0")[:5] for part in (east, north))
    try:
        lat, lon = MGRS().toLatLon(
            f"{int(found['zone']):02d}{found['band']}{found['square']}{middle}"
        )
    except (MGRSError, ValueError, UnicodeError) as error:
        raise CellError("bad-mgrs", "there is no such square in the military grid", hint) from error
    south = -80 + 8 * _BANDS.index(found["band"])
    west = 6 * int(found["zone"]) - 186
    # squares reach over the edge of their band and zone, by less than a degree and a half; zones
    # are wider round Norway and Svalbard
    slack = 6.0 if found["band"] in "VX" else 1.5
    if not (
        south - 1.5 <= lat <= south + (13.5 if found["band"] == "X" else 9.5)
        and -slack <= (lon - west + 180.0) % 360.0 - 180.0 <= 6.0 + slack
    ):
        raise CellError(
            "bad-mgrs", "there is no such square in this zone and band of the military grid", hint
        )
    return Spot(lat, lon, side_m * math.sqrt(0.5))
