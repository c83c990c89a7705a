"""The drawings of a comparison: one of all, and where zones lie far apart one of each group, as
shapes of SVG in a local plane.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from corridors.geodesy.measures import wrap_longitudes
from corridors.locales import Locale
from corridors.review import ZoneComparison
from corridors.review.zone_proposals import FIRST, PARTS

WIDE, NARROW = 1000, 480
HIGHEST = 0.85
"""Of the width: a drawing is never higher."""
MARGIN = 0.12
"""Of the larger side, around what is drawn."""
LEAST_M = 500.0
"""A drawing is never of less than this to a side: one must see where one is."""
BARS_M = tuple(float(digit * 10**power) for power in range(1, 7) for digit in (1, 2, 5))


def draw_comparison(comparison: ZoneComparison, locale: Locale) -> list[dict[str, Any]]:
    """What the template draws: for each drawing `parts` and `zones` as paths, `labels`, `places`
    (destinations) and the scale.

    Equidistant around the middle: what is twice as large on it is twice as large on the ground, as
    nearly as a page can show.
    """
    zones = comparison.zones
    if zones.empty:
        return []
    meridian = float(shapely.get_coordinates(zones.geometry.array)[0, 0])

    def close_up(shapes: Any) -> Any:
        return shapely.transform(
            np.asarray(shapes, dtype=object),
            lambda xy: wrap_longitudes(xy, meridian) if len(xy) else xy,
        )

    middle = shapely.box(*shapely.total_bounds(close_up(zones.geometry))).centroid
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326",
        f"+proj=aeqd +lat_0={middle.y!r} +lon_0={middle.x!r} +ellps=WGS84 +units=m",
        always_xy=True,
    )

    def flatten(shapes: Any) -> Any:
        return shapely.transform(close_up(shapes), plane.transform, interleaved=False)

    sites = comparison.sites
    places = None if sites is None else sites[sites["role"] == "destination"]
    flat = {
        "parts": flatten([comparison.total(part)["geometry"] for part in PARTS]),
        "zones": flatten(zones.geometry),
        "places": flatten([] if places is None else places.geometry),
    }
    names = (
        []
        if places is None
        else [
            ar if locale.lang == "ar" and ar else name
            for name, ar in zip(places["name"], places["name_ar"], strict=True)
        ]
    )
    groups = _group(flat["zones"])
    every = np.arange(len(zones))
    drawings = [_draw(flat, zones, names, every, WIDE)]
    return (
        drawings
        if len(groups) == 1
        else drawings + [_draw(flat, zones, names, group, NARROW) for group in groups]
    )


def _group(shapes: npt.NDArray[np.object_]) -> list[npt.NDArray[np.int64]]:
    """The positions of shapes that lie near each other: their boxes, grown by half, meet, or meet
    others that do.
    """
    west, south, east, north = shapely.bounds(shapes).T
    room = np.maximum(east - west, north - south) / 2
    boxes = shapely.box(west - room, south - room, east + room, north + room)
    merged = shapely.get_parts(shapely.union_all(boxes))
    owner = shapely.STRtree(merged).query(shapely.point_on_surface(boxes), predicate="intersects")
    group = np.zeros(len(shapes), dtype=np.int64)
    group[owner[0]] = owner[1]
    found = [np.flatnonzero(group == number) for number in np.unique(group)]
    return sorted(found, key=lambda members: int(members[0]))


def _draw(
    flat: dict[str, Any],
    zones: gpd.GeoDataFrame,
    names: list[str],
    members: npt.NDArray[np.int64],
    width: int,
) -> dict[str, Any]:
    west, south, east, north = shapely.total_bounds(flat["zones"][members])
    margin_m = MARGIN * max(east - west, north - south, LEAST_M)
    size = np.array([max(east - west, LEAST_M), max(north - south, LEAST_M)]) + 2 * margin_m
    scale = min(width / size[0], width * HIGHEST / size[1])
    height = max(width * 0.4, float(size[1]) * scale)
    centre, half = np.array([(west + east) / 2, (south + north) / 2]), np.array([width, height]) / 2
    frame = shapely.box(*(centre - half / scale), *(centre + half / scale))

    def place(xy: Any) -> Any:
        moved = (np.asarray(xy)[:, :2] - centre) * scale
        return np.column_stack([half[0] + moved[:, 0], half[1] - moved[:, 1]]).round(1)

    def path(shape: shapely.Geometry) -> str:
        seen = shapely.get_parts(shape)
        rings = shapely.get_rings(seen[shapely.intersects(seen, frame)])
        return "".join(
            "M" + "L".join(f"{x:g} {y:g}" for x, y in place(ring.coords)) + "Z" for ring in rings
        )

    labels = []
    for party, zone_id, shape in zip(zones["party"], zones["zone_id"], flat["zones"], strict=True):
        if not shapely.intersects(shape, frame):
            continue
        left, low, right, high = shape.bounds
        (x, y), below = (
            place([((left + right) / 2, low if party != FIRST else high)])[0],
            party != FIRST,
        )
        labels.append(
            {
                "party": party,
                "text": zone_id,
                "x": float(np.clip(x, 30, width - 30)),
                "y": float(np.clip(y + (15 if below else -6), 14, height - 6)),
            }
        )
    bar_m = max((bar for bar in BARS_M if bar * scale <= width / 4), default=BARS_M[0])
    return {
        "width": width,
        "height": round(height),
        "parts": [
            {"kind": part, "d": d}
            for part, shape in zip(PARTS, flat["parts"], strict=True)
            if (d := path(shape))
        ],
        "zones": [
            {"party": party, "d": d}
            for party, shape in zip(zones["party"], flat["zones"], strict=True)
            if (d := path(shape))
        ],
        "labels": _spread(labels),
        "places": [
            {"name": name, "x": float(x), "y": float(y), "left": bool(x > width * 0.6)}
            for name, shape in zip(names, flat["places"], strict=True)
            if frame.contains(shape)
            for x, y in place(shape.coords)
        ],
        "bar": round(bar_m * scale, 1),
        "bar_words": f"{bar_m:g} m" if bar_m < 1000 else f"{bar_m / 1000:g} km",
    }


def _spread(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The labels, each moved down until it hides none before it.

    >>> [
    ...     label["y"]
    ...     for label in _spread(
    ...         [{"x": 10.0, "y": 10.0, "text": "Z-1"}, {"x": 12.0, "y": 12.0, "text": "Z-2"}]
    ...     )
    ... ]
    [10.0, 26.0]
    """
    placed: list[dict[str, Any]] = []
    for label in labels:
        y = label["y"]
        while any(
            abs(y - other["y"]) < 16
            and abs(label["x"] - other["x"]) < 4.5 * (len(label["text"]) + len(other["text"]) + 2)
            for other in placed
        ):
            y += 2
        placed.append({**label, "y": y})
    return placed
