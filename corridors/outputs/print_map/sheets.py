"""Sheets of paper at round scales, and the part of the Earth that each shows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import shapely

from corridors.errors import UsageError
from corridors.messages import Message
from corridors.outputs.print_map.projection import Projection, choose_projection
from corridors.tables import Floats

PAPERS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
)
"""Width and height in millimetres, portrait."""
SCALES = tuple(
    digits * 10**power
    for power in range(4, 8)
    for digits in ((1, 1.5, 2, 2.5, 3, 4, 5, 7.5) if power < 7 else (1, 1.5, 2, 3, 5, 10))
)
"""The round scales to choose from, largest first."""
MIN_SCALE, MAX_SCALE = 1_000, 100_000_000
PAD_MM = 5.0
"""Margin within the frame around the content that must be visible."""
OVERLAP_MM = 15.0
"""The overlap of neighbouring sheets."""
MAX_SHEETS = 30
MARGIN_MM = 8.0
LABELS_MM = 4.0
"""Outside the frame on each side, for the labels of the graticule."""
RULE_MM = 9.0
"""Below the frame, for scale, bar, north and projection."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a map page in millimetres.

    A page has a header, a frame with labels and a rule below, a panel, and a footer.
    """

    width: float
    height: float
    frame_width: float
    frame_height: float
    panel_width: float
    panel_height: float
    header: float
    footer: float
    panel_at_side: bool
    """The panel is next to the frame, not below."""


@dataclass(frozen=True)
class Sheet:
    """A frame of a size in millimetres around a place, at a scale."""

    plane: Projection
    x: float
    y: float
    scale: float
    width: float
    height: float

    @property
    def box(self) -> shapely.Polygon:
        """The frame in millimetres, from its lower left corner."""
        return shapely.box(0.0, 0.0, self.width, self.height)

    def to_mm(self, xy: Floats) -> Floats:
        """Coordinates in metres, converted to millimetres from the frame's lower left corner."""
        return np.asarray(
            (xy - [self.x, self.y]) * (1000.0 / self.scale) + [self.width / 2, self.height / 2],
            dtype=np.float64,
        )

    def to_metres(self, mm: Floats) -> Floats:
        """Coordinates in millimetres of the frame, converted to metres."""
        return np.asarray(
            (mm - [self.width / 2, self.height / 2]) * (self.scale / 1000.0) + [self.x, self.y],
            dtype=np.float64,
        )

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the frame."""
        lon, lat = self.plane.locate(np.array([[self.x, self.y]]))[0]
        return float(lon), float(lat)

    def find_bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the area that the frame shows.

        Longitudes are within 180 degrees of the middle of the plane.
        """
        edge = shapely.get_coordinates(
            shapely.segmentize(self.box.exterior, max(self.width, self.height) / 40)
        )
        lonlat = self.plane.locate(self.to_metres(edge))
        lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
        if not len(lonlat):
            return -540.0, -90.0, 540.0, 90.0
        west, south, east, north = (
            float(value) for value in [*lonlat.min(axis=0), *lonlat.max(axis=0)]
        )
        for pole in (-90.0, 90.0):
            spot = self.to_mm(self.plane.project(np.array([[self.plane.lon, pole]])))[0]
            if np.isfinite(spot).all() and self.box.covers(shapely.Point(spot)):
                west, east = self.plane.lon - 180.0, self.plane.lon + 180.0
                south, north = min(south, pole), max(north, pole)
        if east - west > 300.0:  # beyond the far side of the Earth: all of these latitudes
            west, east = self.plane.lon - 180.0, self.plane.lon + 180.0
        return west, south, east, north


def lay_out(paper: str) -> tuple[Layout, Layout]:
    """The portrait and the landscape layout of a paper.

    >>> upright, broad = lay_out("a4")
    >>> upright.frame_width, upright.frame_height
    (186.0, 188.0)
    """
    if paper not in PAPERS:
        raise UsageError(Message("usage.unknown_paper", paper=paper, known=tuple(PAPERS)))
    short, long = PAPERS[paper]
    large = paper == "a3"
    header, footer, panel = (20.0, 11.0, 60.0) if large else (18.0, 10.0, 48.0)
    around = header + footer + 2 * LABELS_MM + RULE_MM
    inner_short, inner_long = short - 2 * MARGIN_MM, long - 2 * MARGIN_MM
    upright = Layout(
        short,
        long,
        inner_short - 2 * LABELS_MM,
        inner_long - around - panel,
        inner_short,
        panel,
        header,
        footer,
        panel_at_side=False,
    )
    side = 92.0 if large else 68.0
    broad = Layout(
        long,
        short,
        inner_long - side - 3.0 - 2 * LABELS_MM,
        inner_short - around,
        side,
        inner_short - header - footer,
        header,
        footer,
        panel_at_side=True,
    )
    return upright, broad


def fit_sheet(
    lonlat: Floats, width: float, height: float, *, scale: float | None = None
) -> Sheet | None:
    """The sheet that shows all places at the largest round scale, or at `scale`.

    None where that scale is too large.

    >>> fit_sheet(np.array([[35.1, 33.1], [35.9, 33.9]]), 180.0, 180.0).scale
    750000.0
    """
    plane = choose_projection(lonlat)
    xy = plane.project(lonlat)
    low, high = xy.min(axis=0), xy.max(axis=0)
    middle = (low + high) / 2
    need = (high - low) * 1000.0
    room = np.array([width, height]) - 2 * PAD_MM
    for candidate in SCALES if scale is None else (scale,):
        if (need <= room * candidate + 1e-6).all():
            return Sheet(plane, float(middle[0]), float(middle[1]), float(candidate), width, height)
    return (
        Sheet(plane, float(middle[0]), float(middle[1]), float(SCALES[-1]), width, height)
        if scale is None
        else None
    )


def split_sheets(
    lonlat: Floats, shapes: list[shapely.Geometry], width: float, height: float, scale: float
) -> list[Sheet]:
    """Sheets of a size and scale that together show all shapes, from the north-west.

    Sheets that would be empty are left out.

    Raises
    ------
    UsageError
        They are more than `MAX_SHEETS`. Fix: use the scale in the message, or larger paper.
    """
    sheets = _split(lonlat, shapes, width, height, scale)
    if len(sheets) <= MAX_SHEETS:
        return sheets
    fitting = (
        named
        for named in SCALES
        if named > scale and len(_split(lonlat, shapes, width, height, named)) <= MAX_SHEETS
    )
    raise UsageError(
        Message(
            "usage.too_many_sheets",
            scale=round(scale),
            max_sheets=MAX_SHEETS,
            fitting=round(next(fitting, SCALES[-1])),
        )
    )


def _split(
    lonlat: Floats, shapes: list[shapely.Geometry], width: float, height: float, scale: float
) -> list[Sheet]:
    plane = choose_projection(lonlat)
    xy = plane.project(lonlat)
    low, high = xy.min(axis=0), xy.max(axis=0)
    size = np.array([width, height])
    step = (size - OVERLAP_MM) * scale / 1000.0
    need = high - low + (2 * PAD_MM - OVERLAP_MM) * scale / 1000.0
    across, down = (max(1, math.ceil(share - 1e-9)) for share in need / step)
    middle, flat = (low + high) / 2, plane.flatten(np.array(shapes, dtype=object))
    sheets: list[Sheet] = []
    for row, column in itertools.product(range(down), range(across)):
        x, y = middle + step * [column - (across - 1) / 2, (down - 1) / 2 - row]
        sheet = Sheet(plane, float(x), float(y), scale, width, height)
        if shapely.intersects(
            flat, shapely.box(*sheet.to_metres(np.array([[0.0, 0.0], size])).ravel())
        ).any():
            sheets.append(sheet)
            if len(sheets) > MAX_SHEETS:
                break
    return sheets


def choose_bar(scale: float) -> tuple[float, int]:
    """The metres of one part of the scale bar, and the number of parts.

    A part is a round length of at least a centimetre on paper.

    >>> choose_bar(250_000), choose_bar(500_000), choose_bar(10_000)
    ((5000.0, 3), (5000.0, 4), (100.0, 4))
    """
    for power, digit in itertools.product(range(1, 8), (1, 2, 5)):
        part_m = float(digit * 10**power)
        if part_m * 1000.0 / scale >= 10.0 - 1e-9:
            return part_m, 3 if part_m * 1000.0 / scale >= 18.0 else 4
    return 1e7, 2
