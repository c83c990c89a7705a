"""Shapes as short lists of whole numbers, for a page that must stay small and open fast.

Positions are in 1e-5 degrees (about a metre) and each is told as its difference from the one before: a road network of
100,000 pieces becomes one list a road class, 4 MB instead of 28.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from corridors.crs import GEOD
from corridors.tables import Floats, Ints

UNITS_PER_DEGREE = 100_000
DISC_CORNERS = 48
DISC_MARGIN = 1.001
"""Over rounding to a metre, and over the bend between a geodesic and the straight edge that a screen draws."""


def turn(coords: Floats, meridian: float) -> Floats:
    """The same positions with longitudes within 180 degrees of `meridian`, so that nothing is torn at the antimeridian.

    >>> turn(np.array([[-179.0, 1.0], [179.0, 2.0]]), 179.0).tolist()
    [[181.0, 1.0], [179.0, 2.0]]
    """
    lon = coords[:, 0]
    return np.column_stack([lon - 360.0 * np.round((lon - meridian) / 360.0), coords[:, 1]])


def encode_lines(shapes: Any, meridian: float = 0.0) -> list[int]:
    """Lines or rings as one flat list: for each its number of positions, then longitude and latitude steps.

    The first position of a line is told from the last one of the line before; the very first from 0, 0.

    >>> encode_lines([shapely.LineString([(1, 2), (1, 2.00003)]), shapely.LineString([(1, 2), (1.00001, 2)])])
    [2, 100000, 200000, 0, 3, 2, 0, -3, 1, 0]
    """
    coords, owner = shapely.get_coordinates(np.asarray(shapes, dtype=object), return_index=True)
    if not len(coords):
        return []
    units = np.rint(turn(coords, meridian) * UNITS_PER_DEGREE).astype(np.int64)
    steps = np.diff(units, axis=0, prepend=np.zeros((1, 2), np.int64))
    _, starts, counts = np.unique(owner, return_index=True, return_counts=True)
    return np.insert(steps.ravel(), 2 * starts, counts).tolist()


def number_edges(lines: Any) -> tuple[Ints, Ints, Ints]:
    """The steps of lines between positions in 1e-5 degrees, each told once whichever way and however often it is driven.

    Returns
    -------
    The steps, sorted: for each its two ends, smaller first, as (lon, lat). Then, for each step of each line in driving
    order, its row in the first, and the position of its line.

    >>> edges, number, line = number_edges([shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (0, 0)])])
    >>> edges.tolist(), number.tolist(), line.tolist()
    ([[[0, 0], [100000, 0]]], [0, 0], [0, 1])
    """
    coords, line = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    units = np.rint(coords * UNITS_PER_DEGREE).astype(np.int64)
    _, first, place = np.unique(units[:, 0] * 2**26 + units[:, 1], return_index=True, return_inverse=True)  # 2**25 is beyond the poles
    step = line[1:] == line[:-1]
    low, high = np.sort([place[:-1][step], place[1:][step]], axis=0)
    pairs, number = np.unique(low * len(first) + high, return_inverse=True)
    return units[first][np.stack(np.divmod(pairs, max(len(first), 1)), axis=1)], number, line[1:][step]


def join_edges(edges: Ints) -> npt.NDArray[np.object_]:
    """Edges as lines as long as possible, each edge once: dashes stay even where many corridors use a road.

    >>> [line.wkt for line in join_edges(np.array([[[0, 0], [100000, 0]], [[100000, 0], [200000, 0]]]))]
    ['LINESTRING (0 0, 1 0, 2 0)']
    """
    if not len(edges):
        return np.zeros(0, dtype=object)
    return shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(edges / UNITS_PER_DEGREE))))


def build_disc(shape: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    """All within `reach_m` of a shape, as a polygon drawn around the true outline: never smaller than the rule.

    Points get the geodesic circle's circumscribed polygon; other shapes are grown in the azimuthal-equidistant plane
    around their middle, whose error (under 1e-4 within 150 km) the margin covers.

    >>> disc = build_disc(shapely.Point(35.0, 33.0), 1000.0)
    >>> disc.contains(shapely.Point(GEOD.fwd(35.0, 33.0, 12.3, 1000.0)[:2]))
    True
    """
    radius_m = reach_m * DISC_MARGIN / np.cos(np.pi / DISC_CORNERS) + 1.0
    if isinstance(shape, shapely.Point):
        azimuth = np.arange(DISC_CORNERS) * 360.0 / DISC_CORNERS
        start = np.full((2, DISC_CORNERS), [[shape.x], [shape.y]])
        lon, lat, _ = GEOD.fwd(start[0], start[1], azimuth, np.full(DISC_CORNERS, radius_m))
        return shapely.Polygon(turn(np.column_stack([lon, lat]), shape.x))
    middle = shape.centroid
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lat_0={middle.y!r} +lon_0={middle.x!r} +ellps=WGS84 +units=m", always_xy=True
    )
    flat = shapely.transform(shapely.segmentize(shape, 0.01), plane.transform, interleaved=False)
    grown = shapely.buffer(flat, radius_m, quad_segs=DISC_CORNERS // 4)
    return shapely.transform(grown, lambda x, y: plane.transform(x, y, direction="INVERSE"), interleaved=False)
