"""North-up drawings of places as SVG: a local plane, a frame, labels, a scale bar and a legend.

Equidistant around the middle: what is twice as large on a drawing is twice as large on the ground,
as nearly as a page can show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pyproj
import shapely

from corridors.geodesy.measures import wrap_longitudes
from corridors.locales import show_unseen
from corridors.tables import Floats

MARGIN = 0.12
"""Of the larger side, around the shapes."""
FLATTEST, HIGHEST = 0.4, 0.7
"""The height of a drawing, as a share of its width."""
LEGEND_ROW = 22
BARS_M = tuple(float(digit * 10**power) for power in range(1, 7) for digit in (1, 2, 5))
INK, PAPER = "#1d2528", "#f5f4f0"
_STYLE = (
    'text{font:13px system-ui,"Noto Sans","Noto Sans Arabic","DejaVu Sans",sans-serif;'
    f"paint-order:stroke;stroke:{PAPER};stroke-width:4px;fill:#000}}"
    "path{stroke-linejoin:round}"
)


class Plane:
    """A plane around the middle of shapes, in metres."""

    def __init__(self, shapes: Any) -> None:
        """Choose the middle; shapes on both sides of the antimeridian lie next to each other."""
        self._meridian = float(shapely.get_coordinates(shapes)[0, 0])
        self.middle = shapely.box(*shapely.total_bounds(self._join(shapes))).centroid
        self._project = pyproj.Transformer.from_crs(
            "EPSG:4326",
            f"+proj=aeqd +lat_0={self.middle.y!r} +lon_0={self.middle.x!r} +ellps=WGS84 +units=m",
            always_xy=True,
        ).transform

    def flatten(self, shapes: Any) -> Any:
        """The shapes in the plane, from longitude and latitude."""
        return shapely.transform(self._join(shapes), self._project, interleaved=False)

    def _join(self, shapes: Any) -> Any:
        return shapely.transform(
            np.asarray(shapes, dtype=object),
            lambda xy: wrap_longitudes(xy, self._meridian) if len(xy) else xy,
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a plane that a drawing shows, and its size in pixels."""

    width: int
    height: float
    scale: float
    """Pixels for a metre."""
    centre: Floats

    @classmethod
    def around(cls, shapes: Any, *, width: int, min_side_m: float) -> Frame:
        """The frame around shapes of a plane; never of less than `min_side_m` to a side."""
        west, south, east, north = shapely.total_bounds(shapes)
        margin_m = MARGIN * max(east - west, north - south, min_side_m)
        size = np.maximum([east - west, north - south], min_side_m) + 2 * margin_m
        scale = float(min(width / size[0], width * HIGHEST / size[1]))
        height = max(width * FLATTEST, float(size[1]) * scale)
        return cls(width, height, scale, np.array([(west + east) / 2, (south + north) / 2]))

    @property
    def box(self) -> shapely.Polygon:
        """What the drawing shows, in the plane."""
        half = np.array([self.width, self.height]) / self.scale / 2
        return shapely.box(*(self.centre - half), *(self.centre + half))

    def place(self, xy: Any) -> Floats:
        """Pixels of points of the plane, shape (n, 2)."""
        moved = (np.asarray(xy, dtype=float).reshape(-1, 2) - self.centre) * self.scale
        return np.column_stack([self.width / 2 + moved[:, 0], self.height / 2 - moved[:, 1]]).round(
            1
        )

    def outline(self, shape: shapely.Geometry) -> str:
        """The path data of lines and of the rings of polygons; empty outside the frame."""
        parts = shapely.get_parts(shape)
        return "".join(map(self._trace, parts[shapely.intersects(parts, self.box)]))

    def cut(self, shapes: Any, most: int) -> list[str]:
        """The path data of lines in the frame; of more than `most`, the farthest are left out."""
        near = shapes[shapely.intersects(shapes, self.box)]
        away = shapely.distance(near, shapely.Point(self.centre))
        near = near[np.argsort(away, kind="stable")[:most]] if len(near) > most else near
        cut = (self.outline(shapely.intersection(shape, self.box)) for shape in near)
        return [data for data in cut if data]

    def _trace(self, part: shapely.Geometry) -> str:
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        steps = (
            "M" + "L".join(f"{x:g} {y:g}" for x, y in self.place(line.coords))
            for line in rings
            if line.geom_type != "Point"
        )
        return "".join(step + "Z" * (part.geom_type == "Polygon") for step in steps)

    def render(
        self, parts: Iterable[str], style: str, legend: Iterable[tuple[str, str]] = (), *, rtl: bool
    ) -> str:
        """The drawing as SVG: elements, CSS, and a legend of signs (30 by 14) with their texts."""
        entries = list(legend)
        below = (len(entries) + 1) // 2 * LEGEND_ROW + 8 * bool(entries)
        height = round(self.height) + below
        frame = f'width="{self.width}" height="{round(self.height)}"'
        return "".join(
            [
                f'<svg viewBox="0 0 {self.width} {height}" direction="ltr">',
                f"<style>{_STYLE}{style}</style>",
                f'<rect {frame} fill="{PAPER}"/><svg {frame}>',  # a drawing within clips its parts
                *parts,
                "</svg>",
                *self._draw_scale(),
                *self._draw_legend(entries, rtl=rtl),
                "</svg>",
            ]
        )

    def _draw_scale(self) -> Iterator[str]:
        bar_m = max((m for m in BARS_M if m * self.scale <= self.width / 4), default=BARS_M[0])
        bar, words = bar_m * self.scale, f"{bar_m:g} m" if bar_m < 1000 else f"{bar_m / 1000:g} km"
        ink = f'fill="none" stroke="{INK}" stroke-width="1.7"'
        yield (
            f'<g transform="translate({self.width - 24 - bar:.1f} {self.height - 14:.1f})">'
            f'<path d="M0 -5V0H{bar:.1f}V-5" {ink}/>{write(words, bar / 2, -7, "middle")}</g>'
        )
        yield (
            f'<g transform="translate({self.width - 26} 40)">'
            f'<path d="M0 12V-12M-5 -5L0 -12L5 -5" {ink}/>{write("N", 0, -16, "middle")}</g>'
        )

    def _draw_legend(self, entries: list[tuple[str, str]], *, rtl: bool) -> Iterator[str]:
        column = self.width / 2
        for number, (sign, text) in enumerate(entries):
            y = self.height + 12 + number // 2 * LEGEND_ROW
            x = 12 + number % 2 * column
            left = self.width - x - 30 if rtl else x
            yield f'<g transform="translate({left:.1f} {y:.1f})">{sign}</g>'
            at = left - 8 if rtl else left + 38
            yield write(text, at, y + 12, "end" if rtl else "start", rtl=rtl)


def write(
    text: str, x: float, y: float, anchor: str = "start", *, kind: str = "", rtl: bool = False
) -> str:
    """A text on a drawing; unseen characters are spelled out.

    With `rtl` its parts are ordered from right to left.

    >>> write("<A>", 1, 2)
    '<text x="1" y="2" text-anchor="start">&lt;A&gt;</text>'
    """
    name = f' class="{kind}"' if kind else ""
    place = f'x="{round(x, 1):g}" y="{round(y, 1):g}" text-anchor="{anchor}"'
    shown = escape(str(show_unseen(text)))
    return f"<text {place}{name}>{f'&#8295;{shown}&#8297;' if rtl else shown}</text>"


def draw(data: str, kind: str, **attributes: str) -> str:
    """A path of a class; empty where it has no data.

    >>> draw("M0 0L1 1", "road")
    '<path class="road" d="M0 0L1 1"/>'
    """
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<path class="{kind}"{more} d="{data}"/>' if data else ""
