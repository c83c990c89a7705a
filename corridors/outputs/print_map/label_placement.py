"""Where labels are placed: next to their objects, never on a mark or another label.

Labels are placed one after the other, the most important first; each takes the free place that
hides least. A label without a free place is left out and counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely

from corridors.locales import show_unseen
from corridors.outputs.print_map.sign_drawing import POINTS_PER_MM
from corridors.outputs.typesetting import FACES, check_glyphs, find_font_folder
from corridors.tables import Flags, Floats

CELL_MM = 0.5
LINE_SPACING = 1.22
GAP_MM = 0.5
RINGS_MM = (0.0, 4.0, 8.0, 13.0)
"""How far from its mark a label may be; from the second on, a thin line leads to the mark."""


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text in a box on the sheet.

    `x` and `y` are millimetres from the upper left corner of the frame to the middle of the box.
    """

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    size: float
    bold: bool = False
    colour: str = "#000000"
    style: str = "plain"
    """plain, badge (in a rounded box), or number (in a circle)."""
    turned: float = 0.0
    """Degrees clockwise."""


class Space:
    """The occupied parts of a sheet.

    Labels may cover signs if they must, but never other labels and marks.
    """

    def __init__(self, width: float, height: float) -> None:
        """An empty frame of a width and height in millimetres."""
        self.width, self.height = width, height
        self._covered: Flags = np.zeros(
            (math.ceil(height / CELL_MM) + 1, math.ceil(width / CELL_MM) + 1), dtype=bool
        )
        self._taken: list[tuple[float, float, float, float]] = []
        self._sums: Floats | None = None

    def cover(self, lines: Any) -> None:
        """Mark lines, in millimetres, that labels should not cover."""
        chosen = np.asarray(lines, dtype=object)
        long = shapely.length(chosen) > CELL_MM  # shorter lines need no division
        dense = np.concatenate(
            [
                shapely.get_coordinates(shapely.segmentize(chosen[long], CELL_MM)),
                shapely.get_coordinates(chosen[~long]),
            ]
        )
        column, row = np.rint(dense / CELL_MM).astype(np.int64).T
        inside = (
            (row >= 0)
            & (column >= 0)
            & (row < self._covered.shape[0])
            & (column < self._covered.shape[1])
        )
        self._covered[row[inside], column[inside]] = True
        self._sums = None

    def take(self, middle: Floats, width: float, height: float) -> None:
        """Mark a box around a place that labels must not cover."""
        x, y = float(middle[0]), float(middle[1])
        self._taken.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))

    def count_hidden(self, x: float, y: float, width: float, height: float) -> float:
        """How much of the signs a box would hide.

        Infinite where it leaves the frame or hides a label or mark.
        """
        west, south, east, north = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        if west < 0.3 or south < 0.3 or east > self.width - 0.3 or north > self.height - 0.3:
            return math.inf
        taken = np.array(self._taken).reshape(-1, 4)
        if (
            (taken[:, 0] < east)
            & (taken[:, 2] > west)
            & (taken[:, 1] < north)
            & (taken[:, 3] > south)
        ).any():
            return math.inf
        if self._sums is None:
            self._sums = np.pad(
                self._covered.astype(np.float64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0))
            )
        left, right, low, high = (round(edge / CELL_MM) for edge in (west, east, south, north))
        return float(
            self._sums[high + 1, right + 1]
            - self._sums[low, right + 1]
            - self._sums[high + 1, left]
            + self._sums[low, left]
        )


def place_beside(
    space: Space, spot: Floats, clear: float, label: Label, *, rings: Iterable[float] = RINGS_MM
) -> tuple[Label, shapely.LineString | None] | None:
    """The label at the best free place around a mark, and its leader line.

    `clear` is the width of the mark in millimetres. None where no place is free.

    >>> space = Space(100.0, 100.0)
    >>> label, leader = place_beside(
    ...     space, np.array([50.0, 50.0]), 3.0, Label(0, 0, 20.0, 3.0, ("Tyre",), 7.0)
    ... )
    >>> (label.x, label.y), leader
    ((62.0, 50.0), None)
    """
    best: tuple[float, Floats, float] | None = None
    for ring in rings:
        for order, (east, north) in enumerate(
            ((1, 0), (-1, 0), (1, 0.8), (1, -0.8), (-1, 0.8), (-1, -0.8), (0, 1), (0, -1))
        ):
            reach = clear / 2 + GAP_MM + ring
            slant = 0.8 if east and north else 1.0
            middle = spot + np.array(
                [
                    east * (reach * slant + label.width / 2),
                    np.sign(north) * (reach * slant + label.height / 2),
                ]
            )
            cost = (
                space.count_hidden(float(middle[0]), float(middle[1]), label.width, label.height)
                + order * 0.6
                + ring * 2.5
            )
            if cost < (best[0] if best else math.inf):
                best = (cost, middle, ring)
    if best is None:
        return None
    _, middle, ring = best
    placed = place_at(space, middle, label)
    if ring < 1.0:
        return placed, None
    half = np.array([label.width, label.height]) / 2
    box = shapely.box(*(middle - half), *(middle + half))
    near = shapely.get_coordinates(shapely.shortest_line(shapely.Point(spot), box))[1]
    away = float(np.hypot(*(near - spot)))
    if away <= max(clear / 2, 0.0) + 1.0:
        return placed, None
    leader = shapely.LineString([spot + (near - spot) / away * max(clear / 2, 0.0), near])
    space.cover([leader])
    return placed, leader


def place_along(space: Space, spots: Iterable[Floats], label: Label) -> Label | None:
    """The label at the first of several places where it hides no label or mark.

    None where there is none.
    """
    for spot in spots:
        if space.count_hidden(float(spot[0]), float(spot[1]), label.width, label.height) < math.inf:
            return place_at(space, spot, label)
    return None


def place_at(space: Space, middle: Floats, label: Label) -> Label:
    """The label around a place, which is then occupied."""
    space.take(middle, label.width, label.height)
    x, y = round(float(middle[0]), 2), round(space.height - float(middle[1]), 2)
    return Label(
        x,
        y,
        label.width,
        label.height,
        label.lines,
        label.size,
        label.bold,
        label.colour,
        label.style,
        label.turned,
    )


def write_label(
    lines: tuple[str, ...],
    size: float,
    *,
    bold: bool = False,
    colour: str = "#000000",
    style: str = "plain",
) -> Label:
    """A label without a place yet, as wide and high as its text; `size` is in points."""
    kept = tuple(str(show_unseen(line)) for line in lines if line)
    width = max((_measure_mm(line, size, bold=bold) for line in kept), default=0.0)
    height = size / POINTS_PER_MM * LINE_SPACING * len(kept)
    if style == "badge":
        width, height = max(width + 1.6, height + 0.8), height + 0.8
    elif style == "number":
        width = height = max(width, height * 0.8) + 0.6
    return Label(0.0, 0.0, round(width + 0.4, 2), round(height, 2), kept, size, bold, colour, style)


def wrap_words(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """A text on lines of at most a width in millimetres, where its words allow it.

    >>> wrap_words("Beiteddine collective shelters", 24.0, 6.0)
    ('Beiteddine collective', 'shelters')
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _measure_mm(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def place_within(space: Space, area: Any, label: Label) -> Label | None:
    """The label where it hides least within an area; None where no place is free."""
    west, south, east, north = area.bounds
    spots = [
        np.array([x, y])
        for y in np.linspace(south, north, 13)[1:-1]
        for x in np.linspace(west, east, 13)[1:-1]
    ]
    middle = np.array([west + east, south + north]) / 2
    costs = [
        space.count_hidden(float(spot[0]), float(spot[1]), label.width, label.height)
        + float(np.abs(spot - middle).sum()) * 0.3
        + 20.0
        * (
            label.width < east - west
            and not (west < spot[0] - label.width / 2 and spot[0] + label.width / 2 < east)
        )
        for spot in spots
    ]
    best = int(np.argmin(costs))
    return place_at(space, spots[best], label) if costs[best] < math.inf else None


@cache
def _measure_mm(text: str, size: float, *, bold: bool) -> float:
    """The width of a text in the font of the print."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - an extra
    from matplotlib.textpath import text_to_path  # noqa: PLC0415 - an extra

    check_glyphs(text, "map")
    face = FontProperties(fname=find_font_folder() / FACES[bold], size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, face, ismath=False)
    return float(width) / POINTS_PER_MM
