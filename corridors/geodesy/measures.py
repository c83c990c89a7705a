"""Coordinate systems and lengths: the one way into EPSG:4326, and geodesic metres along and around
lines on WGS 84.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from corridors.tables import Floats

GEOD = pyproj.Geod(ellps="WGS84")


EARTH_M = 20_100_000.0
"""Farther than any two places on Earth lie apart."""


_EDGE_DEGREES = 0.01
"""An edge this short, straight in longitude and latitude, and the geodesic between its ends lie
within millimetres of each other."""


DISC_CORNERS = 48


DISC_MARGIN = 1.001
"""Over rounding to a metre, and over the bend between a geodesic and the straight edge that a
screen draws."""


def cut_line(
    line: shapely.LineString, length_m: float, start_m: float, end_m: float
) -> shapely.LineString:
    """The part of `line` between two places along it, in metres; from the later to the earlier
    gives it reversed.

    `length_m` is the line's geodesic length: places are found by share of it, as everywhere in this
    package. A step of more than 180 degrees of longitude is one across the antimeridian.

    >>> cut_line(shapely.LineString([(0, 0), (1, 0)]), 100.0, 75.0, 25.0).wkt
    'LINESTRING (0.75 0, 0.25 0)'
    >>> cut_line(shapely.LineString([(179, 0), (-179, 0)]), 100.0, 25.0, 75.0).wkt
    'LINESTRING (179.5 0, -179.5 0)'
    """
    if start_m > end_m:
        return cut_line(line, length_m, end_m, start_m).reverse()
    coords = shapely.get_coordinates(line)
    reached = np.concatenate([[0.0], np.cumsum(_step_lengths_m(coords))])
    reached *= length_m / reached[-1] if reached[-1] else 0.0
    inner = (reached > start_m) & (reached < end_m)
    whole = np.column_stack([np.unwrap(coords[:, 0], period=360.0), coords[:, 1]])
    ends = [
        wrap_longitudes(
            np.array([[np.interp(at, reached, whole[:, axis]) for axis in (0, 1)]]), 0.0
        )
        for at in (start_m, end_m)
    ]
    return shapely.LineString(np.concatenate([ends[0], coords[inner], ends[1]]))


def cut_lines(
    lines: Any, length_m: Floats, start_m: Floats, end_m: Floats
) -> npt.NDArray[np.object_]:
    """The part of each line between two places along it, as `cut_line` gives it; whole lines are
    only turned.

    >>> [
    ...     line.wkt
    ...     for line in cut_lines(
    ...         [shapely.LineString([(0, 0), (1, 0)])] * 2,
    ...         *np.array([[9.0, 9.0], [9.0, 0.0], [0.0, 9.0]]),
    ...     )
    ... ]
    ['LINESTRING (1 0, 0 0)', 'LINESTRING (0 0, 1 0)']
    """
    cut = np.array(lines, dtype=object)
    turned = start_m > end_m
    cut[turned] = shapely.reverse(cut[turned])
    for at in np.flatnonzero(
        (np.minimum(start_m, end_m) > 0) | (np.maximum(start_m, end_m) < length_m)
    ):
        cut[at] = cut_line(lines[at], length_m[at], start_m[at], end_m[at])
    return cut


def _step_lengths_m(coords: Floats) -> Floats:
    return np.asarray(
        GEOD.inv(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])[2], dtype=np.float64
    )


def measure_length_m(lines: Any) -> Floats:
    """Geodesic length of each line, in metres (vertices joined by geodesics).

    >>> float(measure_length_m([shapely.LineString([(0, 0), (1, 0)])])[0].round(3))
    111319.491
    """
    array = np.asarray(lines, dtype=object)
    coords, owner = shapely.get_coordinates(array, return_index=True)
    inner = owner[1:] == owner[:-1]
    steps = np.zeros(len(coords))
    if inner.any():
        start, end = coords[:-1][inner], coords[1:][inner]
        steps[1:][inner] = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2]
    return np.bincount(owner, steps, len(array)).astype(np.float64)


def measure_area_m2(areas: Any) -> Floats:
    """Area of each polygon on WGS 84, in square metres, without its holes; 0 for what is no
    polygon.

    Edges are straight in longitude and latitude, as files mean them: areas of parts add up to that
    of the whole.

    >>> float(measure_area_m2([shapely.box(35.0, 33.0, 35.1, 33.1)])[0].round(-2))
    103586100.0
    """
    fine = shapely.orient_polygons(
        shapely.segmentize(np.asarray(areas, dtype=object), _EDGE_DEGREES)
    )
    return np.array(
        [0.0 if shape.is_empty else abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in fine],
        dtype=np.float64,
    )


def measure_perimeter_m(areas: Any) -> Floats:
    """Length of all rings of each polygon, in metres, as `measure_area_m2` means its edges.

    Where a polygon is only cut in two at the antimeridian, as RFC 7946 asks, the cut is no border
    and is not counted.

    >>> float(measure_perimeter_m([shapely.box(0.0, 0.0, 1.0, 1.0)])[0].round(-1))
    443770.0
    """
    lengths = []
    for shape in np.asarray(areas, dtype=object):
        rings = shapely.get_rings(shapely.get_parts(shapely.segmentize(shape, _EDGE_DEGREES)))
        coords, owner = shapely.get_coordinates(rings, return_index=True)
        start, end = coords[:-1], coords[1:]
        cut = (np.abs(start[:, 0]) == 180.0) & (start[:, 0] == end[:, 0])
        along = (owner[:-1] == owner[1:]) & ~cut
        lengths.append(
            float(np.sum(GEOD.inv(*start[along].T, *end[along].T)[2])) if along.any() else 0.0
        )
    return np.array(lengths, dtype=np.float64)


def wrap_longitudes(coords: Floats, meridian: float) -> Floats:
    """The same positions with longitudes within 180 degrees of `meridian`, so that nothing is torn
    at the antimeridian.

    >>> wrap_longitudes(np.array([[-179.0, 1.0], [179.0, 2.0]]), 179.0).tolist()
    [[181.0, 1.0], [179.0, 2.0]]
    """
    lon = coords[:, 0]
    return np.column_stack([lon - 360.0 * np.round((lon - meridian) / 360.0), coords[:, 1]])


def find_middle(line: shapely.LineString) -> shapely.Point:
    """The place midway along a line in longitude and latitude, on the line also where that crosses
    the antimeridian.

    >>> find_middle(shapely.LineString([(179.0, 0.0), (-177.0, 2.0)])).wkt
    'POINT (-179 1)'
    """
    near = shapely.transform(line, lambda lonlat: wrap_longitudes(lonlat, float(lonlat[0, 0])))
    (lon, lat), *_ = shapely.get_coordinates(
        shapely.line_interpolate_point(near, 0.5, normalized=True)
    )
    return shapely.Point(*wrap_longitudes(np.array([[lon, lat]]), 0.0)[0])


def build_disc(shape: shapely.Geometry, radius_m: float) -> shapely.Geometry:
    """All within `radius_m` of a shape, as a polygon drawn around the true outline: never smaller
    than the rule.

    Points get the geodesic circle's circumscribed polygon; other shapes are grown in the
    azimuthal-equidistant plane around their middle, whose error (under 1e-4 within 150 km) the
    margin covers.

    >>> disc = build_disc(shapely.Point(35.0, 33.0), 1000.0)
    >>> disc.contains(shapely.Point(GEOD.fwd(35.0, 33.0, 12.3, 1000.0)[:2]))
    True
    """
    radius_m = radius_m * DISC_MARGIN / np.cos(np.pi / DISC_CORNERS) + 1.0
    if isinstance(shape, shapely.Point):
        azimuth = np.arange(DISC_CORNERS) * 360.0 / DISC_CORNERS
        start = np.full((2, DISC_CORNERS), [[shape.x], [shape.y]])
        lon, lat, _ = GEOD.fwd(start[0], start[1], azimuth, np.full(DISC_CORNERS, radius_m))
        return shapely.Polygon(wrap_longitudes(np.column_stack([lon, lat]), shape.x))
    first = float(shapely.get_coordinates(shape)[0, 0])
    whole = shapely.transform(
        shape, lambda lonlat: wrap_longitudes(lonlat, first)
    )  # in one piece where it lies on both sides of the antimeridian
    ((lon, lat),) = wrap_longitudes(shapely.get_coordinates(whole.centroid), 0.0).tolist()
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326",
        f"+proj=aeqd +lat_0={lat!r} +lon_0={lon!r} +ellps=WGS84 +units=m",
        always_xy=True,
    )
    flat = shapely.transform(shapely.segmentize(whole, 0.01), plane.transform, interleaved=False)
    grown = shapely.buffer(flat, radius_m, quad_segs=DISC_CORNERS // 4)
    back = shapely.transform(
        grown, lambda x, y: plane.transform(x, y, direction="INVERSE"), interleaved=False
    )
    return shapely.transform(back, lambda lonlat: wrap_longitudes(lonlat, lon))
