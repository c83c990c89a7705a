"""The drawing of a comparison: the parts and the outlines of both proposals, as shapes of SVG in a local plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely

from corridors.crs import turn
from corridors.outputs.wording import Wording
from corridors.review import ZoneComparison
from corridors.review.zone_proposals import FIRST, PARTS

WIDTH, MOST_HEIGHT, LEAST_HEIGHT = 900, 760, 320
MARGIN = 0.06
"""Of the larger side, around what is drawn."""
LEAST_M = 1000.0
"""A drawing is never of less than this to a side: one must see where one is."""
BARS_M = tuple(float(digit * 10**power) for power in range(1, 7) for digit in (1, 2, 5))


def draw_comparison(comparison: ZoneComparison, words: Wording) -> dict[str, Any] | None:
    """What the template draws: `parts` and `zones` as paths, `labels`, `places` (destinations) and the scale; None if there is no zone.

    Equidistant around the middle: what is twice as large on it is twice as large on the ground, as nearly as a page can show.
    """
    zones = comparison.zones
    if zones.empty:
        return None
    meridian = float(shapely.get_coordinates(zones.geometry.array)[0, 0])

    def close_up(shapes: Any) -> Any:
        return shapely.transform(np.asarray(shapes, dtype=object), lambda xy: turn(xy, meridian) if len(xy) else xy)

    middle = shapely.box(*shapely.total_bounds(close_up(zones.geometry))).centroid
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lat_0={middle.y!r} +lon_0={middle.x!r} +ellps=WGS84 +units=m", always_xy=True
    )

    def flatten(shapes: Any) -> Any:
        return shapely.transform(close_up(shapes), plane.transform, interleaved=False)

    west, south, east, north = shapely.total_bounds(flatten(zones.geometry))
    side_m = max(east - west, north - south, LEAST_M)
    room = 1 + 2 * MARGIN
    scale = min(WIDTH / (max(east - west, side_m * 0.3) * room), MOST_HEIGHT / (max(north - south, LEAST_M * 0.3) * room))
    height = max(LEAST_HEIGHT, (north - south + 2 * MARGIN * side_m) * scale)
    centre = np.array([(west + east) / 2, (south + north) / 2])
    half = np.array([WIDTH, height]) / 2

    def place(xy: Any) -> Any:
        moved = (np.asarray(xy) - centre) * scale
        return np.column_stack([half[0] + moved[:, 0], half[1] - moved[:, 1]]).round(1)

    def path(shape: shapely.Geometry) -> str:
        rings = shapely.get_rings(shape)
        return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in place(ring.coords)) + "Z" for ring in rings)

    def mark(shape: shapely.Geometry) -> tuple[float, float]:
        x, y = place(shapely.point_on_surface(shape).coords)[0]
        return float(x), float(y)

    sites = None if comparison.sites is None else comparison.sites[comparison.sites["role"] == "destination"]
    bar_m = max((bar for bar in BARS_M if bar * scale <= WIDTH / 4), default=BARS_M[0])
    outlines = flatten(zones.geometry)
    return {
        "width": WIDTH,
        "height": round(height),
        "parts": [
            {"kind": part, "d": path(shape)}
            for part, shape in zip(PARTS, flatten([comparison.total(part)["geometry"] for part in PARTS]), strict=True)
            if not shape.is_empty
        ],
        "zones": [{"party": party, "d": path(shape)} for party, shape in zip(zones["party"], outlines, strict=True)],
        "labels": _spread(
            [
                {"party": party, "text": zone_id, "x": x, "y": y}
                for party, zone_id, shape in zip(zones["party"], zones["zone_id"], outlines, strict=True)
                for x, y in [mark(shape)]
            ]
        ),
        "places": []
        if sites is None
        else [
            {"name": name_ar if words.lang == "ar" and name_ar else name, "x": float(x), "y": float(y), "left": bool(x > WIDTH * 0.7)}
            for name, name_ar, shape in zip(sites["name"], sites["name_ar"], flatten(sites.geometry), strict=True)
            for x, y in place(shape.coords)
            if 0 <= x <= WIDTH and 0 <= y <= height
        ],
        "bar": round(bar_m * scale, 1),
        "bar_words": f"{bar_m:g} m" if bar_m < 1000 else f"{bar_m / 1000:g} km",
        "first": FIRST,
    }


def _spread(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The labels, each moved down until it hides none before it.

    >>> [label["y"] for label in _spread([{"x": 10.0, "y": 10.0, "text": "Z-1"}, {"x": 12.0, "y": 12.0, "text": "Z-2"}])]
    [10.0, 28.0]
    """
    placed: list[dict[str, Any]] = []
    for label in labels:
        y = label["y"]
        while any(
            abs(y - other["y"]) < 18 and abs(label["x"] - other["x"]) < 4.5 * (len(label["text"]) + len(other["text"]) + 2)
            for other in placed
        ):
            y = round(y + 4.5, 1)
        placed.append({**label, "y": y})
    return placed
