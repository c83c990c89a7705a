"""The drawing of a dossier: reports, their closure radius, and the roads around them, as shapes of
SVG in a local plane.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely

from corridors.geodesy.measures import build_disc
from corridors.plan import Plan
from corridors.review import Dossier

WIDTH, HEIGHT = 900, 560
MARGIN = 0.12
"""Of the larger side, around what is drawn."""
LEAST_M = 1500.0
"""A drawing is never of less than this to a side: one must see where one is."""
MARK = 20
"""Nearer than this on the drawing, marks share one."""
MOST_ROADS = 4000
"""More lines than this, the farthest are left out: the drawing shows the surroundings, not the
country."""
BARS_M = tuple(float(digit * 10**power) for power in range(1, 7) for digit in (1, 2, 5))


def draw_sketch(dossier: Dossier, plan: Plan) -> dict[str, Any]:
    """What the template draws: `roads`, `corridors`, `closed`, `discs` as paths;

    `reports` and `sites` as places; the scale.
    """
    discs = [
        build_disc(shape, effective_radius_m)
        for shape, effective_radius_m in zip(
            dossier.reports.geometry, dossier.reports["effective_radius_m"], strict=True
        )
        if effective_radius_m > 0
    ]
    shown = [*discs, *dossier.reports.geometry, *dossier.closures.geometry]
    middle = shapely.box(*shapely.total_bounds(np.array(shown, dtype=object))).centroid
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326",
        f"+proj=aeqd +lat_0={middle.y!r} +lon_0={middle.x!r} +ellps=WGS84 +units=m",
        always_xy=True,
    )

    def flatten(shapes: Any) -> Any:
        return shapely.transform(
            np.asarray(shapes, dtype=object), plane.transform, interleaved=False
        )

    west, south, east, north = shapely.total_bounds(flatten(shown))
    side_m = max(east - west, north - south, LEAST_M) * (1 + 2 * MARGIN)
    scale = min(WIDTH, HEIGHT * 1.0) / side_m
    half = np.array([WIDTH, HEIGHT]) / scale / 2
    centre = np.array([(west + east) / 2, (south + north) / 2])
    frame = shapely.box(*(centre - half), *(centre + half))

    def place(shape: shapely.Geometry) -> tuple[float, float]:
        x, y = (np.array([shape.x, shape.y]) - centre + half) * scale
        return round(float(x), 1), round(HEIGHT - float(y), 1)

    def path(shape: shapely.Geometry) -> str:
        steps = []
        for part in shapely.get_parts(shape):
            ring = part.exterior if part.geom_type == "Polygon" else part
            if ring.geom_type in ("LineString", "LinearRing") and not ring.is_empty:
                points = [place(shapely.Point(xy)) for xy in ring.coords]
                steps.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points))
        return "".join(steps)

    def cut(shapes: Any) -> list[str]:
        flat = flatten(shapes)
        near = flat[shapely.intersects(flat, frame)] if len(flat) else flat
        near = (
            near[
                np.argsort(shapely.distance(near, shapely.Point(centre)), kind="stable")[
                    :MOST_ROADS
                ]
            ]
            if len(near) > MOST_ROADS
            else near
        )
        return [d for shape in near if (d := path(shapely.intersection(shape, frame)))]

    reach = (
        float(np.hypot(*half))
        * 1.2
        / 100_000.0
        / max(0.05, float(np.cos(np.radians(min(89.0, abs(middle.y))))))
    )
    around = plan.segments[
        shapely.intersects(
            plan.segments.geometry.array,
            shapely.box(*(np.array(middle.bounds) + np.array([-reach, -reach, reach, reach]))),
        )
    ]
    others = around[~around.index.isin(dossier.closures.index)]
    closed = others["status"] == "NOT_PASSABLE"
    sites = plan.situation.sites
    bar_m = max((bar for bar in BARS_M if bar * scale <= WIDTH / 4), default=BARS_M[0])
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "roads": cut(others.geometry.array[~closed.to_numpy()]),
        "closed_by_others": cut(others.geometry.array[closed.to_numpy()]),
        "corridors": cut(plan.corridors.geometry.array[(plan.corridors["rank"] == 1).to_numpy()]),
        "closed": cut(dossier.closures.geometry.array),
        "discs": [path(shape) for shape in flatten(discs)],
        "areas": [
            path(shape)
            for shape in flatten(dossier.reports.geometry.array)
            if shape.geom_type != "Point"
        ],
        "reports": _group_marks(
            [place(shape.centroid) for shape in flatten(dossier.reports.geometry.array)]
        ),
        "sites": [
            {"role": role, "name": name, "x": x, "y": y, "left": x > WIDTH * 0.7}
            for role, name, shape in zip(
                sites["role"], sites["name"], flatten(sites.geometry.array), strict=True
            )
            if frame.contains(shape)
            for x, y in [place(shape)]
        ],
        "bar": round(bar_m * scale, 1),
        "bar_words": f"{bar_m:g} m" if bar_m < 1000 else f"{bar_m / 1000:g} km",
    }


def _group_marks(places: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """One mark for reports whose marks would hide one another: their numbers, from 1, and where it
    is drawn.

    >>> _group_marks([(10.0, 10.0), (200.0, 10.0), (12.0, 9.0)])
    [{'numbers': '1, 3', 'x': 10.0, 'y': 10.0, 'half': 24}, {'numbers': '2', 'x': 200.0, 'y': 10.0, 'half': 10}]
    """
    groups: list[tuple[float, float, list[int]]] = []
    for number, (x, y) in enumerate(places, 1):
        near = next(
            (
                told
                for east, south, told in groups
                if abs(east - x) < MARK and abs(south - y) < MARK
            ),
            None,
        )
        if near is None:
            groups.append((x, y, [number]))
        else:
            near.append(number)
    marks = [
        (x, y, ", ".join(map(str, told[:4])) + (f" +{len(told) - 4}" if len(told) > 4 else ""))
        for x, y, told in groups
    ]
    return [
        {"numbers": numbers, "x": x, "y": y, "half": 10 + 7 * (len(numbers) // 2)}
        for x, y, numbers in marks
    ]
