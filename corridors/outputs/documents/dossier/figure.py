"""The drawing of a dossier: reports, their closure radius, and the roads around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from corridors.geodesy.measures import build_disc
from corridors.locales import Locale
from corridors.outputs.documents.svg import Frame, Plane, draw, write
from corridors.plan import Plan
from corridors.review import Dossier
from corridors.tables import NOT_PASSABLE

WIDTH = 900
MIN_SIDE_M = 1500.0
"""A drawing is never of less than this to a side: one must see where one is."""
MARK_PX = 20
"""Marks nearer than this on the drawing are one mark."""
MAX_ROADS = 4000
"""Of more lines than this, the farthest are left out: the drawing shows the surroundings."""
STYLE = (
    "path{fill:none;stroke-linecap:round}"
    ".road{stroke:#b3b3ad;stroke-width:1.6px}.corridor{stroke:#00614a;stroke-width:4px}"
    ".others{stroke:#e7a06c;stroke-width:2.5px;stroke-dasharray:2 5}"
    ".closed{stroke:#d55e00;stroke-width:5px}.area{stroke:#000;stroke-width:2px;fill:#0001}"
    ".disc{stroke:#d55e00;stroke-width:1.6px;stroke-dasharray:6 4;fill:#d55e00;fill-opacity:.08}"
    ".site{fill:#fff;stroke:#000;stroke-width:2.5px}"
    ".mark{fill:#1d2528;stroke:#fff;stroke-width:1.5px}"
    ".count{stroke:none;fill:#fff;font-size:12px;font-weight:700}"
)
_SIGNS = {
    "reported": '<circle class="mark" cx="15" cy="7" r="6"/>',
    "disc": '<path class="disc" d="M2 1H28V13H2Z"/>',
    **{kind: draw("M2 7H28", kind) for kind in ("closed", "others", "corridor", "road")},
    "site": '<rect class="site" x="2" y="2" width="10" height="10"/>'
    '<circle class="site" cx="22" cy="7" r="5"/>',
}


def draw_dossier(dossier: Dossier, plan: Plan, locale: Locale) -> str:
    """The drawing as SVG, with the words of a language."""
    reports = dossier.reports
    discs = [
        build_disc(shape, radius_m)
        for shape, radius_m in zip(reports.geometry, reports["effective_radius_m"], strict=True)
        if radius_m > 0
    ]
    focus = np.array([*discs, *reports.geometry, *dossier.closures.geometry], dtype=object)
    plane = Plane(focus)
    frame = Frame.around(plane.flatten(focus), width=WIDTH, min_side_m=MIN_SIDE_M)
    around = plan.segments[
        shapely.intersects(plan.segments.geometry.array, _find_area(plane, frame))
    ]
    others = around[~around.index.isin(dossier.closures.index)]
    closed = (others["status"] == NOT_PASSABLE).to_numpy()
    primary = (plan.corridors["rank"] == 1).to_numpy()

    def cut(shapes: Any) -> list[str]:
        return frame.cut(plane.flatten(shapes.array), MAX_ROADS)

    drawn = {
        "road": cut(others.geometry[~closed]),
        "others": cut(others.geometry[closed]),
        "disc": [frame.outline(shape) for shape in plane.flatten(discs)],
        "corridor": cut(plan.corridors.geometry[primary]),
        "closed": cut(dossier.closures.geometry),
        "area": [*map(frame.outline, plane.flatten(reports.geometry.array))],
    }
    sites = [*_draw_sites(plan, plane, frame)]
    parts = [draw(data, kind) for kind, paths in drawn.items() for data in paths]
    marks = frame.place(
        [spot.coords[0] for spot in shapely.centroid(plane.flatten(reports.geometry))]
    )
    parts += [*sites, *_draw_marks(_group_marks(marks.tolist()))]
    shown = {"reported", *(kind for kind, paths in drawn.items() if any(paths))}
    shown |= {"site"} if sites else set()
    legend = [
        (sign, locale[f"dossier.legend_{kind}"]) for kind, sign in _SIGNS.items() if kind in shown
    ]
    return frame.render(parts, STYLE, legend, rtl=locale.direction == "rtl")


def _find_area(plane: Plane, frame: Frame) -> shapely.Geometry:
    """A box in degrees that holds the frame."""
    middle, half_m = plane.middle, np.hypot(frame.width, frame.height) / frame.scale / 2
    half = half_m * 1.2 / 100_000.0 / max(0.05, float(np.cos(np.radians(min(89.0, abs(middle.y))))))
    return shapely.box(*(np.array(middle.bounds) + np.array([-half, -half, half, half])))


def _draw_sites(plan: Plan, plane: Plane, frame: Frame) -> Iterator[str]:
    sites = plan.situation.sites
    shapes = plane.flatten(sites.geometry.array)
    for role, name, shape in zip(sites["role"], sites["name"], shapes, strict=True):
        if not frame.box.contains(shape):
            continue
        x, y = frame.place(shape.coords)[0]
        if role == "depot":
            yield f'<rect class="site" x="{x - 6:g}" y="{y - 6:g}" width="12" height="12"/>'
        else:
            yield f'<circle class="site" cx="{x:g}" cy="{y:g}" r="6"/>'
        left = x > WIDTH * 0.7
        yield write(name, x - 11 if left else x + 11, y + 4, "end" if left else "start")


def _group_marks(places: list[list[float]]) -> list[tuple[str, float, float]]:
    """One mark for reports that would hide one another: their numbers, from 1, and its place.

    >>> _group_marks([[10.0, 10.0], [200.0, 10.0], [12.0, 9.0]])
    [('1, 3', 10.0, 10.0), ('2', 200.0, 10.0)]
    """
    groups: dict[tuple[float, float], list[str]] = {}
    for number, (x, y) in enumerate(places, 1):
        near = (at for at in groups if abs(at[0] - x) < MARK_PX and abs(at[1] - y) < MARK_PX)
        groups.setdefault(next(near, (x, y)), []).append(str(number))
    return [
        (", ".join(numbers[:4]) + f" +{len(numbers) - 4}" * (len(numbers) > 4), x, y)
        for (x, y), numbers in groups.items()
    ]


def _draw_marks(marks: list[tuple[str, float, float]]) -> Iterator[str]:
    for numbers, x, y in marks:
        half = 10 + 7 * (len(numbers) // 2)
        box = f'x="{x - half:g}" y="{y - 10:g}" width="{2 * half}" height="20" rx="10"'
        yield f'<rect class="mark" {box}/>{write(numbers, x, y + 4, "middle", kind="count")}'
