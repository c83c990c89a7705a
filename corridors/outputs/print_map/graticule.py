"""Lines of longitude and latitude on a sheet, and their labels at its frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from corridors.outputs.print_map.sheets import Sheet

STEPS_MIN = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800)
"""Minutes of arc between lines."""
MIN_APART_MM = 32.0
LABELS_APART_MM = 14.0
CORNER_MM = 6.0


@dataclass(frozen=True, slots=True)
class EdgeLabel:
    """A label at one side of the frame: top, bottom, left or right.

    `at` is the distance along the side in millimetres, from the top or left.
    """

    side: str
    at: float
    text: str


def draw_graticule(sheet: Sheet) -> tuple[list[shapely.LineString], list[EdgeLabel]]:
    """The lines of a sheet in millimetres, and their labels."""
    west, south, east, north = sheet.find_bounds()
    lon, lat = sheet.centre
    if abs(lat) > 85:  # all meridians meet at a pole
        lon_step, lat_step = 30.0, 1.0
    else:
        lon_step, lat_step = (
            _choose_step(sheet, lon, lat, 1.0, 0.0),
            _choose_step(sheet, lon, lat, 0.0, 1.0),
        )
    lines: list[shapely.LineString] = []
    labels: list[EdgeLabel] = []
    for step, low, high, other_low, other_high, is_lon in (
        (lon_step, west, east, south, north, True),
        (lat_step, south, north, west, east, False),
    ):
        for place in (
            np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1) * step
        ):
            if not is_lon and abs(place) >= 90.0 - 1e-9:
                continue
            along = np.linspace(other_low, other_high, 121)
            lonlat = np.column_stack(
                [np.full(121, place), along] if is_lon else [along, np.full(121, place)]
            )
            mm = sheet.to_mm(sheet.plane.project(lonlat))
            mm = mm[np.isfinite(mm).all(axis=1)]
            if len(mm) < 2:
                continue
            for part in shapely.get_parts(shapely.intersection(shapely.LineString(mm), sheet.box)):
                if part.geom_type != "LineString" or part.length < 1.0:
                    continue
                lines.append(part)
                for x, y in (part.coords[0], part.coords[-1]):
                    label = _label_edge(
                        sheet,
                        x,
                        y,
                        write_angle(float(place), "EW" if is_lon else "NS"),
                        is_lon=is_lon,
                    )
                    if label and not any(
                        o.side == label.side and abs(o.at - label.at) < LABELS_APART_MM
                        for o in labels
                    ):
                        labels.append(label)
    return lines, labels


def _choose_step(sheet: Sheet, lon: float, lat: float, east: float, north: float) -> float:
    """The smallest step, in degrees, whose lines are far enough apart mid-sheet."""
    small = 1e-3
    spots = sheet.to_mm(
        sheet.plane.project(np.array([[lon, lat], [lon + east * small, lat + north * small]]))
    )
    per_minute = float(np.hypot(*(spots[1] - spots[0]))) / small / 60.0
    return (
        next(
            (minutes for minutes in STEPS_MIN if minutes * per_minute >= MIN_APART_MM),
            STEPS_MIN[-1],
        )
        / 60.0
    )


def _label_edge(sheet: Sheet, x: float, y: float, text: str, *, is_lon: bool) -> EdgeLabel | None:
    """The label of a line that ends at a place of the frame.

    Meridians are labelled above and below first, parallels left and right.
    """
    sides = {
        "left": x < 0.05,
        "right": x > sheet.width - 0.05,
        "top": y > sheet.height - 0.05,
        "bottom": y < 0.05,
    }
    for side in (
        ("top", "bottom", "left", "right") if is_lon else ("left", "right", "top", "bottom")
    ):
        if sides[side]:
            at, length = (
                (sheet.height - y, sheet.height) if side in ("left", "right") else (x, sheet.width)
            )
            return (
                EdgeLabel(side, round(at, 2), text)
                if CORNER_MM <= at <= length - CORNER_MM
                else None
            )
    return None


def write_angle(degrees: float, letters: str) -> str:
    r"""Degrees and minutes, longitudes within 180.

    >>> write_angle(33.5, "NS"), write_angle(181.0, "EW"), write_angle(0.0, "EW")
    ('33°30\u2032N', '179°00\u2032W', '0°00\u2032')
    """
    within = (
        (degrees + 180.0) % 360.0 - 180.0 if letters == "EW" and abs(degrees) > 180.0 else degrees
    )
    minutes = round(abs(within) * 60.0)
    letter = "" if minutes == 0 else letters[within < 0]
    return f"{minutes // 60}°{minutes % 60:02d}\u2032{letter}"
