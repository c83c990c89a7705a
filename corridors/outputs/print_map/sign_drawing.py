"""The signs of the printed map and its legend, drawn in millimetres.

Signs differ in pattern, width and shape, not only in colour: most sheets are printed in black and
white.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from corridors.tables import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS_PER_MM = 72.0 / 25.4
GREEN, RED, BLACK, WHITE = "#00614a", "#a3001b", "#000000", "#ffffff"
LEGEND_WIDTH, LEGEND_HEIGHT = 11.0, 4.6


@dataclass(frozen=True, slots=True)
class Stroke:
    """The style of a line: colour, width and dashes in millimetres, and white casing."""

    colour: str
    width: float
    dashes: tuple[float, ...] = ()
    casing: float = 0.0
    round: bool = False


ROADS: Mapping[str, Stroke] = MappingProxyType(
    {
        "other": Stroke("#d0d0d0", 0.15),
        "minor": Stroke("#c4c4c4", 0.25),
        "primary": Stroke("#b4b4b4", 0.45),
        "main": Stroke("#a8a8a8", 0.75),
    }
)
PRIMARY = Stroke(GREEN, 1.3, casing=2.3)
ALTERNATE = Stroke(GREEN, 0.75, (2.4, 1.1), casing=1.5)
CLOSED = Stroke(BLACK, 0.95, (0.0, 1.75), casing=1.5, round=True)
LIMITED = Stroke("#7a4a00", 0.7, (2.2, 0.8, 0.3, 0.8), casing=1.2)
UNSURE = Stroke(WHITE, 0.5, (1.6, 0.9))
"""On a corridor, where its road is restricted or of unknown state."""
GRATICULE = Stroke("#8a8a8a", 0.1)
LEADER = Stroke("#404040", 0.15)
INDEX = Stroke(BLACK, 0.35)


@dataclass(frozen=True, slots=True)
class Area:
    """The style of an area: edge, and hatching at `angles`, `spacing` millimetres apart."""

    edge: Stroke
    hatch: Stroke | None = None
    angles: tuple[float, ...] = ()
    spacing: float = 3.0
    fill: str = ""


ZONES: Mapping[str, Area] = MappingProxyType(
    {
        "safe_zone": Area(Stroke("#1b5e9b", 0.5), Stroke("#1b5e9b", 0.14), (45.0,), 3.4),
        "no_go": Area(Stroke(RED, 0.6), Stroke(RED, 0.16), (45.0, 135.0), 2.0),
        "contaminated": Area(
            Stroke("#7b3f00", 0.45, (1.6, 0.8)),
            Stroke("#7b3f00", 0.55, (0.0, 1.9), round=True),
            (0.0,),
            1.7,
        ),
        "front_line": Area(Stroke(BLACK, 0.6, (3.0, 0.9)), Stroke("#303030", 0.22), (90.0,), 1.2),
        "restricted": Area(Stroke("#5b3c88", 0.45), Stroke("#5b3c88", 0.16), (135.0,), 2.2),
    }
)
NOT_IN_FORCE = Area(Stroke("#606060", 0.25, (1.0, 1.0)))
REACH = Area(Stroke(RED, 0.22, (0.9, 0.6)), fill="#f5e3e3")
CELL = Area(Stroke(BLACK, 0.45, (3.0, 1.0)))
MARK_MM: Mapping[str, float] = MappingProxyType(
    {
        "depot": 3.4,
        "reached": 3.0,
        "cut_off": 3.8,
        "unplanned": 3.0,
        "waypoint": 3.0,
        "observer_base": 3.2,
        "incident": 4.0,
        "inactive": 3.0,
    }
)
"""The width of each mark."""


def open_drawing(width: float, height: float) -> tuple[Figure, Axes]:
    """A drawing of a size in millimetres, with coordinates from its lower left corner."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    figure = Figure(figsize=(width / 25.4, height / 25.4))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, width)
    axes.set_ylim(0.0, height)
    axes.axis("off")
    figure.patch.set_visible(False)
    return figure, axes


def save_drawing(figure: Figure) -> bytes:
    """A drawing as SVG, without date and without names of this machine."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    with mpl.rc_context(
        {"svg.hashsalt": "corridors", "svg.fonttype": "none", "path.simplify": False}
    ):
        held = io.BytesIO()
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    return held.getvalue()


def draw_lines(axes: Axes, lines: Any, stroke: Stroke, level: float) -> None:
    """Draw lines in millimetres, all casings below all lines."""
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - an extra

    path = _join(lines)
    if path is None:
        return
    for place, width, colour, dashes in (
        (level, stroke.casing, WHITE, ()),
        (level + 0.5, stroke.width, stroke.colour, stroke.dashes),
    ):
        if width:
            ends = "round" if stroke.round or not dashes else "butt"
            style: Any = (0, tuple(part * POINTS_PER_MM for part in dashes)) if dashes else "-"
            patch = PathPatch(
                path,
                fill=False,
                edgecolor=colour,
                linewidth=width * POINTS_PER_MM,
                capstyle=ends,
                joinstyle="round",
                zorder=place,
            )
            patch.set_linestyle(style)
            axes.add_artist(patch)


def _join(lines: Any) -> Any:
    """Lines as one path of several parts; None where there are none."""
    from matplotlib.path import Path  # noqa: PLC0415 - an extra

    coords, owner = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    if len(coords) < 2:
        return None
    codes = np.full(len(coords), Path.LINETO, dtype=Path.code_type)
    codes[np.diff(owner, prepend=-1) != 0] = Path.MOVETO
    return Path(coords, codes)


def draw_area(axes: Axes, area: shapely.Geometry, sign: Area, level: float) -> None:
    """Draw an area in millimetres: fill, hatching and edge."""
    polygons = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    if sign.fill:
        from matplotlib.patches import PathPatch  # noqa: PLC0415 - an extra

        for polygon in polygons:
            axes.add_artist(
                PathPatch(
                    _join(shapely.get_rings(polygon)),
                    facecolor=sign.fill,
                    edgecolor="none",
                    zorder=level,
                )
            )
    if sign.hatch:
        for angle in sign.angles:
            draw_lines(
                axes,
                [line for polygon in polygons for line in hatch(polygon, angle, sign.spacing)],
                sign.hatch,
                level + 0.1,
            )
    draw_lines(
        axes,
        [ring for polygon in polygons for ring in shapely.get_rings(polygon)],
        sign.edge,
        level + 0.2,
    )


def hatch(polygon: shapely.Polygon, angle: float, spacing: float) -> list[shapely.LineString]:
    """Parallel lines within a polygon, aligned with those of all other polygons.

    >>> [line.wkt for line in hatch(shapely.box(0, 0, 4, 3), 0.0, 2.0)]
    ['LINESTRING (0 0, 4 0)', 'LINESTRING (0 2, 4 2)']
    """
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    across = np.array([-along[1], along[0]])
    corners = shapely.get_coordinates(polygon)
    away, places = corners @ across, corners @ along
    offsets = (
        np.arange(
            math.ceil(away.min() / spacing - 1e-9), math.floor(away.max() / spacing + 1e-9) + 1
        )
        * spacing
    )
    start = math.floor(places.min() / 10) * 10.0  # aligns the dots of all rows
    lines = [
        shapely.LineString(
            [start * along + offset * across, (places.max() + 1) * along + offset * across]
        )
        for offset in offsets
    ]
    cut = shapely.get_parts(shapely.intersection(np.array(lines, dtype=object), polygon))
    return [line for line in cut if line.geom_type == "LineString" and line.length > 0.05]


def draw_arrow(axes: Axes, spot: Floats, heading: Floats, level: float) -> None:
    """Draw an arrowhead on a corridor, in the driving direction."""
    across = np.array([-heading[1], heading[0]])
    corners = [
        spot + heading * 1.7,
        spot - heading * 1.0 + across * 1.35,
        spot - heading * 0.45,
        spot - heading * 1.0 - across * 1.35,
    ]
    _draw_polygon(axes, corners, GREEN, WHITE, 0.3, level)


def draw_crosses(axes: Axes, spots: Floats, level: float) -> None:
    """Draw crosses on closed roads."""
    lines = [
        shapely.LineString([spot + arm, spot - arm])
        for spot in spots
        for arm in np.array([[1.1, 1.1], [1.1, -1.1]])
    ]
    draw_lines(axes, lines, Stroke(BLACK, 0.4, casing=1.0), level)


def draw_bridge(axes: Axes, spot: Floats, heading: Floats, level: float) -> None:
    """Draw a bridge: a stroke on each side of the road."""
    across = np.array([-heading[1], heading[0]])
    lines = []
    for side in (-1.35, 1.35):
        start, end = spot + across * side - heading * 1.1, spot + across * side + heading * 1.1
        flare = across * math.copysign(0.5, side)
        lines.append(
            shapely.LineString(
                [start - heading * 0.5 + flare, start, end, end + heading * 0.5 + flare]
            )
        )
    draw_lines(axes, lines, Stroke(BLACK, 0.3, casing=0.7), level)


def draw_mark(axes: Axes, what: str, spot: Floats, level: float) -> None:
    """Draw the mark of a site or incident, `MARK_MM` wide."""
    half = MARK_MM[what] / 2
    if what in ("incident", "inactive"):
        angle = np.arange(16) * math.pi / 8 + math.pi / 2
        reach = np.where(np.arange(16) % 2 == 0, half, half * 0.42)
        star = spot + np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None]
        fill, edge = (RED, WHITE) if what == "incident" else (WHITE, "#606060")
        _draw_polygon(axes, star, fill, edge, 0.2, level)
    elif what == "depot":
        square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        _draw_polygon(axes, spot + square * half, BLACK, WHITE, 0.35, level)
        _draw_polygon(axes, spot + square * half * 0.25, WHITE, WHITE, 0.0, level + 0.1)
    elif what == "waypoint":
        _draw_polygon(
            axes,
            spot + np.array([[0, 1.1], [-1, -0.8], [1, -0.8]]) * half,
            WHITE,
            BLACK,
            0.35,
            level,
        )
    elif what == "observer_base":
        _draw_polygon(
            axes,
            spot + np.array([[0, 1], [-1, 0], [0, -1], [1, 0]]) * half,
            WHITE,
            BLACK,
            0.35,
            level,
        )
    else:
        _draw_circle(
            axes,
            spot,
            half,
            BLACK if what == "cut_off" else WHITE,
            WHITE if what == "cut_off" else BLACK,
            0.4,
            level,
        )
        if what == "reached":
            _draw_circle(axes, spot, half * 0.4, BLACK, BLACK, 0.0, level + 0.1)
        if what == "cut_off":
            arms = np.array([[0.5, 0.5], [0.5, -0.5]]) * half
            draw_lines(
                axes,
                [shapely.LineString([spot + arm, spot - arm]) for arm in arms],
                Stroke(WHITE, 0.6),
                level + 0.1,
            )


def _draw_polygon(
    axes: Axes, corners: Any, fill: str, edge: str, width: float, level: float
) -> None:
    from matplotlib.patches import Polygon  # noqa: PLC0415 - an extra

    axes.add_artist(
        Polygon(
            np.asarray(corners),
            facecolor=fill,
            edgecolor=edge,
            linewidth=width * POINTS_PER_MM,
            joinstyle="round",
            zorder=level,
        )
    )


def _draw_circle(
    axes: Axes, spot: Floats, radius: float, fill: str, edge: str, width: float, level: float
) -> None:
    turn = np.arange(32) * math.pi / 16
    _draw_polygon(
        axes,
        spot + np.column_stack([np.cos(turn), np.sin(turn)]) * radius,
        fill,
        edge,
        width,
        level,
    )


def draw_sample(what: str) -> bytes:
    """A sign of the legend as SVG, `LEGEND_WIDTH` by `LEGEND_HEIGHT` millimetres."""
    figure, axes = open_drawing(LEGEND_WIDTH, LEGEND_HEIGHT)
    _SAMPLES[what](axes)
    return save_drawing(figure)


_MIDDLE = np.array([LEGEND_WIDTH / 2, LEGEND_HEIGHT / 2])
_EAST = np.array([1.0, 0.0])
_LINE = [shapely.LineString([(0.8, LEGEND_HEIGHT / 2), (LEGEND_WIDTH - 0.8, LEGEND_HEIGHT / 2)])]
_BOX = shapely.box(1.0, 0.4, LEGEND_WIDTH - 1.0, LEGEND_HEIGHT - 0.4)


def _sample_primary(axes: Axes) -> None:
    draw_lines(axes, _LINE, PRIMARY, 1)
    draw_arrow(axes, _MIDDLE, _EAST, 2)


def _sample_closed(axes: Axes) -> None:
    draw_lines(axes, _LINE, CLOSED, 1)
    draw_crosses(axes, _MIDDLE[None], 2)


def _sample_unsure(axes: Axes) -> None:
    draw_lines(axes, _LINE, PRIMARY, 1)
    draw_lines(axes, _LINE, UNSURE, 3)


def _sample_bridge(axes: Axes) -> None:
    draw_lines(axes, _LINE, PRIMARY, 1)
    draw_bridge(axes, _MIDDLE, _EAST, 2)


def _sample_roads(axes: Axes) -> None:
    draw_lines(axes, [shapely.affinity.translate(_LINE[0], 0, 1.1)], ROADS["main"], 1)
    draw_lines(axes, _LINE, ROADS["primary"], 1)
    draw_lines(axes, [shapely.affinity.translate(_LINE[0], 0, -1.1)], ROADS["minor"], 1)


def _sample_line(stroke: Stroke) -> Callable[[Axes], None]:
    return lambda axes: draw_lines(axes, _LINE, stroke, 1)


def _sample_area(area: Area) -> Callable[[Axes], None]:
    return lambda axes: draw_area(axes, _BOX, area, 1)


def _sample_mark(what: str) -> Callable[[Axes], None]:
    return lambda axes: draw_mark(axes, what, _MIDDLE, 1)


_SAMPLES: Mapping[str, Callable[[Axes], None]] = MappingProxyType(
    {
        "primary": _sample_primary,
        "alternate": _sample_line(replace(ALTERNATE, casing=0.0)),
        "closed": _sample_closed,
        "limited": _sample_line(LIMITED),
        "unsure": _sample_unsure,
        "bridge": _sample_bridge,
        "roads": _sample_roads,
        "reach": _sample_area(REACH),
        "cell": _sample_area(CELL),
        "not_in_force": _sample_area(NOT_IN_FORCE),
        **{f"zone_{kind}": _sample_area(area) for kind, area in ZONES.items()},
        **{f"mark_{what}": _sample_mark(what) for what in MARK_MM},
    }
)
