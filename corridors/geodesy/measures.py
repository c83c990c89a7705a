"""Lengths, areas, parts of lines and discs on the WGS 84 ellipsoid, in geodesic metres."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from corridors.tables import Floats

GEOD = pyproj.Geod(ellps="WGS84")
EARTH_M = 20_100_000.0
"""More than the distance of any two points on Earth."""
DISC_VERTICES = 48
DISC_MARGIN = 1.001
"""Covers rounding to a metre, and the difference between a geodesic and the straight edge that a
screen draws."""
_EDGE_DEGREES = 0.01
"""An edge of this length, straight in longitude and latitude, is within millimetres of the geodesic
between its ends."""


def measure_distance_m(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """The geodesic distance between the points of each row, in metres.

    >>> float(measure_distance_m(*np.array([[0.0], [0.0], [1.0], [0.0]]))[0].round(3))
    111319.491
    """
    return np.asarray(GEOD.inv(lon, lat, to_lon, to_lat)[2], dtype=np.float64)


def cut_line(
    line: shapely.LineString, length_m: float, start_m: float, end_m: float
) -> shapely.LineString:
    """The part of `line` between two distances along it, in metres.

    Where `start_m` is greater than `end_m`, the part is reversed. `length_m` is the geodesic length
    of the line: a distance along the line is a fraction of it. A step of more than 180 degrees of
    longitude crosses the antimeridian.

    >>> cut_line(shapely.LineString([(0, 0), (1, 0)]), 100.0, 75.0, 25.0).wkt
    'LINESTRING (0.75 0, 0.25 0)'
    >>> cut_line(shapely.LineString([(179, 0), (-179, 0)]), 100.0, 25.0, 75.0).wkt
    'LINESTRING (179.5 0, -179.5 0)'
    """
    if start_m > end_m:
        return cut_line(line, length_m, end_m, start_m).reverse()
    coords = shapely.get_coordinates(line)
    reached = np.concatenate([[0.0], np.cumsum(measure_distance_m(*coords[:-1].T, *coords[1:].T))])
    reached *= length_m / reached[-1] if reached[-1] else 0.0
    inner = (reached > start_m) & (reached < end_m)
    lon, lat = np.unwrap(coords[:, 0], period=360.0), coords[:, 1]
    ends = np.array(
        [[np.interp(at, reached, axis) for axis in (lon, lat)] for at in (start_m, end_m)]
    )
    ends = wrap_longitudes(ends, 0.0)
    return shapely.LineString(np.concatenate([ends[:1], coords[inner], ends[1:]]))


def cut_lines(
    lines: Any, length_m: Floats, start_m: Floats, end_m: Floats
) -> npt.NDArray[np.object_]:
    """The part of each line between two distances along it, as in `cut_line`.

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
    reversed_ = start_m > end_m
    cut[reversed_] = shapely.reverse(cut[reversed_])
    is_part = (np.minimum(start_m, end_m) > 0) | (np.maximum(start_m, end_m) < length_m)
    for at in np.flatnonzero(is_part):
        cut[at] = cut_line(lines[at], length_m[at], start_m[at], end_m[at])
    return cut


def measure_length_m(lines: Any) -> Floats:
    """Geodesic length of each line, in metres (vertices joined by geodesics).

    >>> float(measure_length_m([shapely.LineString([(0, 0), (1, 0)])])[0].round(3))
    111319.491
    """
    array = np.asarray(lines, dtype=object)
    coords, owner = shapely.get_coordinates(array, return_index=True)
    inner = owner[1:] == owner[:-1]
    steps = measure_distance_m(*coords[:-1][inner].T, *coords[1:][inner].T)
    return np.bincount(owner[1:][inner], steps, len(array)).astype(np.float64)


def measure_area_m2(areas: Any) -> Floats:
    """Area of each polygon on WGS 84, in square metres, without its holes.

    Other shapes have area 0. Edges are straight in longitude and latitude, as in files, so the
    areas of the parts of a polygon add up to its area.

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
    """Length of all rings of each polygon, in metres, with edges as in `measure_area_m2`.

    A cut of a polygon at the antimeridian, as RFC 7946 asks for it, is no border and not counted.

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
        lengths.append(np.sum(measure_distance_m(*start[along].T, *end[along].T)))
    return np.array(lengths, dtype=np.float64)


def wrap_longitudes(coords: Floats, meridian: float) -> Floats:
    """The same positions with longitudes within 180 degrees of `meridian`.

    So no shape near that meridian is torn apart at the antimeridian.

    >>> wrap_longitudes(np.array([[-179.0, 1.0], [179.0, 2.0]]), 179.0).tolist()
    [[181.0, 1.0], [179.0, 2.0]]
    """
    lon = coords[:, 0]
    return np.column_stack([lon - 360.0 * np.round((lon - meridian) / 360.0), coords[:, 1]])


def find_middle(line: shapely.LineString) -> shapely.Point:
    """The point midway along a line in longitude and latitude.

    It is on the line also where that crosses the antimeridian.

    >>> find_middle(shapely.LineString([(179.0, 0.0), (-177.0, 2.0)])).wkt
    'POINT (-179 1)'
    """
    near = shapely.transform(line, lambda lonlat: wrap_longitudes(lonlat, float(lonlat[0, 0])))
    (lon, lat), *_ = shapely.get_coordinates(
        shapely.line_interpolate_point(near, 0.5, normalized=True)
    )
    return shapely.Point(*wrap_longitudes(np.array([[lon, lat]]), 0.0)[0])


def build_disc(shape: shapely.Geometry, radius_m: float) -> shapely.Geometry:
    """The area within `radius_m` of a shape, as a polygon that is never smaller than it.

    A point has the circumscribed polygon of its geodesic circle. Other shapes are buffered in the
    azimuthal equidistant projection about their centroid; the margin covers its error (below 1e-4
    within 150 km).

    >>> disc = build_disc(shapely.Point(35.0, 33.0), 1000.0)
    >>> disc.contains(shapely.Point(GEOD.fwd(35.0, 33.0, 12.3, 1000.0)[:2]))
    True
    """
    radius_m = radius_m * DISC_MARGIN / np.cos(np.pi / DISC_VERTICES) + 1.0
    if isinstance(shape, shapely.Point):
        azimuth = np.arange(DISC_VERTICES) * 360.0 / DISC_VERTICES
        start = np.full((2, DISC_VERTICES), [[shape.x], [shape.y]])
        lon, lat, _ = GEOD.fwd(start[0], start[1], azimuth, np.full(DISC_VERTICES, radius_m))
        return shapely.Polygon(wrap_longitudes(np.column_stack([lon, lat]), shape.x))
    # A shape on both sides of the antimeridian is joined first.
    first = float(shapely.get_coordinates(shape)[0, 0])
    whole = shapely.transform(shape, lambda lonlat: wrap_longitudes(lonlat, first))
    ((lon, lat),) = wrap_longitudes(shapely.get_coordinates(whole.centroid), 0.0).tolist()
    projection = f"+proj=aeqd +lat_0={lat!r} +lon_0={lon!r} +ellps=WGS84 +units=m"
    plane = pyproj.Transformer.from_crs("EPSG:4326", projection, always_xy=True)
    flat = shapely.transform(
        shapely.segmentize(whole, _EDGE_DEGREES), plane.transform, interleaved=False
    )
    grown = shapely.buffer(flat, radius_m, quad_segs=DISC_VERTICES // 4)
    back = shapely.transform(
        grown, lambda x, y: plane.transform(x, y, direction="INVERSE"), interleaved=False
    )
    return shapely.transform(back, lambda lonlat: wrap_longitudes(lonlat, lon))
