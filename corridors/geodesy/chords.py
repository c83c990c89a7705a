"""Distances on the WGS 84 ellipsoid from chords, the straight lines through the Earth.

With chords, the poles and the antimeridian are places like any other. Let a geodesic of length s
join two points, and let c be the chord between them. Three facts connect s and c.

**Bounds, for any s.** c <= s. No geodesic of the ellipsoid has a curvature above 1 / MIN_RADIUS_M,
its least radius of curvature (b^2 / a, that of the meridian at the equator). So Schur's comparison
with a circle gives c >= 2 r sin(s / 2r) for s <= pi r. `chord_within` uses the second bound to turn
a limit on s into a limit on c; the first bound can be used as it is.

**A formula, for s up to NEAR_M.** With the curvature k of the geodesic at its start, c^2 = s^2 -
k^2 s^4 / 12 - k k' s^5 / 12 + ..., hence s = c (1 + k^2 c^2 / 24 + 3 k^4 c^4 / 640), exact to that
order for a circle. On an ellipsoid k is a constant times the cube of the distance p from the centre
to the tangent plane (Joachimsthal), so |k'| / k <= 3 (a^2 - b^2) / (2 b^2 MIN_RADIUS_M) = 0.0102 /
MIN_RADIUS_M. Therefore the first term left out is at most 0.0102 s^4 / (24 MIN_RADIUS_M^3): 2.7e-7
m at 20 km, 1.1e-12 m at 900 m. The terms of fifth order have a factor e^2 that leaves less than
1e-8 m. k is Euler's: 1 / N + (1 / M - 1 / N) cos^2 azimuth.

**Lines.** A line is straight in longitude and latitude (RFC 7946, section 3.1.1). It is cut into
pieces of at most PIECE_DEGREES. Each piece is a curve P(t) on the ellipsoid with |P''| <= (|dlat| +
|dlon|)^2 a^2 / b * 1.0001 <= 2 PIECE_DEGREES^2 a^2 / b * 1.0001 (in radians). So it lies within an
eighth of that, SAG_M, of the chord between its ends. If a point has the chord c to the nearest of
these straight segments, then its chord to the line is between c - SAG_M and c + SAG_M.

So Euclidean distances decide nearly all pairs. `measure_pieces` measures the others with one step
of Gauss and Newton from the foot on the segment to the foot on the curve; the error that remains is
below 1e-7 m up to NEAR_M. In total, distances up to NEAR_M have an error below 1e-6 m.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from corridors.tables import Floats, Ints

EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
"""Of WGS 84, with the equatorial radius above."""
POLE_M = EQUATOR_M * (1 - FLATTENING)
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
"""The square of the eccentricity."""
MIN_RADIUS_M, MAX_RADIUS_M = POLE_M**2 / EQUATOR_M, EQUATOR_M**2 / POLE_M
"""The least and the greatest radius of curvature."""

NEAR_M = 20_000.0
"""The greatest distance for which the formula is used."""
PIECE_DEGREES = 200.0 / 111_700.0
"""The greatest length of a piece: 200 m, as no degree is longer than 111.7 km."""
SAG_M = 0.0016
"""Above 2 * PIECE_DEGREES^2 (in radians) * 6,399,594 m * 1.0001 / 8 = 0.00156 m."""
UNEVEN_M = 0.0003
"""Above the difference between two geodesics of the same chord up to NEAR_M: c^3 / 24 * (1 /
MIN_RADIUS_M^2 - 1 / MAX_RADIUS_M^2) = 0.00017 m."""
TINY = 1e-300
"""Replaces a divisor of zero, where a piece has no length."""

Columns = TypeVar("Columns", bound=tuple[Any, ...])


class Vectors(NamedTuple):
    """Vectors as three arrays: towards (0 E, 0 N), (90 E, 0 N) and the north pole."""

    x: Floats
    y: Floats
    z: Floats


class Points(NamedTuple):
    """Points in degrees, with all that distances from them need.

    `xyz` is in metres from the centre of the Earth, `north` is the direction of north there. The
    curvature of a geodesic that starts there is `curvature` per metre towards the east, and
    `curvature + curvature_to_north` towards the north.
    """

    lon: Floats
    lat: Floats
    xyz: Vectors
    north: Vectors
    curvature: Floats
    curvature_to_north: Floats


class NearestPoints(NamedTuple):
    """The nearest point of each of many lines or pieces: how far it is, and its degrees."""

    distance_m: Floats
    lon: Floats
    lat: Floats


def select(columns: Columns, rows: Any) -> Columns:
    """The same rows of every column of a named tuple, nested ones included."""
    return type(columns)(
        *(select(column, rows) if isinstance(column, tuple) else column[rows] for column in columns)
    )


def join(parts: Sequence[Columns]) -> Columns:
    """The rows of several named tuples of arrays, one after the other; there is at least one."""
    return type(parts[0])(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def dot(one: Vectors, other: Vectors) -> Floats:
    """The scalar product, row by row."""
    return one.x * other.x + one.y * other.y + one.z * other.z


def subtract(one: Vectors, other: Vectors) -> Vectors:
    """The difference, row by row."""
    return Vectors(one.x - other.x, one.y - other.y, one.z - other.z)


def move(start: Vectors, step: Vectors, fraction: Floats) -> Vectors:
    """The start moved by a fraction of the step, row by row."""
    return Vectors(
        start.x + fraction * step.x, start.y + fraction * step.y, start.z + fraction * step.z
    )


def locate_points(lon: Floats, lat: Floats) -> Points:
    """Points in degrees as `Points`."""
    east, north = np.radians(lon), np.radians(lat)
    sine = np.sin(north)
    root = 1 - ECCENTRICITY_2 * sine * sine
    curvature = np.sqrt(root) / EQUATOR_M
    northward = Vectors(-sine * np.cos(east), -sine * np.sin(east), np.cos(north))
    to_north = (root / (1 - ECCENTRICITY_2) - 1) * curvature
    return Points(lon, lat, to_xyz(lon, lat), northward, curvature, to_north)


def to_xyz(lon: Floats, lat: Floats) -> Vectors:
    """The positions of degrees, in metres from the centre of the Earth.

    >>> [float(axis[0].round(3)) for axis in to_xyz(np.array([90.0]), np.array([0.0]))]
    [0.0, 6378137.0, 0.0]
    """
    east, north = np.radians(lon), np.radians(lat)
    sine = np.sin(north)
    across = EQUATOR_M / np.sqrt(1 - ECCENTRICITY_2 * sine * sine)
    from_axis = across * np.cos(north)
    return Vectors(
        from_axis * np.cos(east), from_axis * np.sin(east), across * (1 - ECCENTRICITY_2) * sine
    )


def chord_within(limit_m: Floats) -> Floats:
    """A chord below which the geodesic is certainly no longer than `limit_m`.

    It is 0 for limits beyond 10,000 km: nothing is certain there.

    >>> chord_within(np.array([1000.0, 2e7])).round(7).tolist()
    [999.999999, 0.0]
    """
    circle = 2 * MIN_RADIUS_M
    return np.where(limit_m <= 1e7, circle * np.sin(np.minimum(limit_m, 1e7) / circle), 0.0)


def measure_pieces(
    points: Points,
    point: Ints,
    begin: Vectors,
    step: Vectors,
    ends: tuple[Floats, Floats, Floats, Floats],
) -> NearestPoints:
    """The nearest point of each of many pieces to a point at most NEAR_M away.

    Parameters
    ----------
    points, point
        Points, and for each row the position of its point.
    begin, step
        Where the piece of each row begins (metres from the centre of the Earth), and the vector
        from there to its end.
    ends
        Longitude and latitude of the begin and of the end of the piece, in degrees.
    """
    origin = select(points.xyz, point)
    fraction = nearest_fraction(subtract(begin, origin), step)
    lon, lat, to_lon, to_lat = ends
    across_lon, across_lat = np.radians(to_lon - lon), np.radians(to_lat - lat)
    east = np.radians(lon + fraction * (to_lon - lon))
    north = np.radians(lat + fraction * (to_lat - lat))
    sin_e, cos_e, sin_n, cos_n = np.sin(east), np.cos(east), np.sin(north), np.cos(north)
    root = 1 - ECCENTRICITY_2 * sin_n * sin_n
    across = EQUATOR_M / np.sqrt(root)
    along = across * (1 - ECCENTRICITY_2) / root
    from_axis = across * cos_n
    eastward, northward = from_axis * across_lon, along * across_lat
    foot = Vectors(
        from_axis * cos_e - origin.x,
        from_axis * sin_e - origin.y,
        across * (1 - ECCENTRICITY_2) * sin_n - origin.z,
    )
    speed = Vectors(
        -eastward * sin_e - northward * sin_n * cos_e,
        eastward * cos_e - northward * sin_n * sin_e,
        northward * cos_n,
    )
    square = eastward * eastward + northward * northward
    newton = fraction - dot(foot, speed) / np.maximum(square, TINY)
    better = np.minimum(np.maximum(newton, 0.0), 1.0)
    # The second derivative of the curve matters only where the step is long, a metre at most: 1e-7
    # m of chord, most of it upwards.
    chord = move(foot, speed, better - fraction)
    square = dot(chord, chord)
    towards_north = dot(select(points.north, point), chord)
    curvature = points.curvature[point] + points.curvature_to_north[point] * (
        towards_north * towards_north / np.maximum(square, TINY)
    )
    bend = curvature * curvature * square
    distance = np.sqrt(square) * (1 + bend / 24 + 3 * bend * bend / 640)
    return NearestPoints(distance, lon + better * (to_lon - lon), lat + better * (to_lat - lat))


def nearest_fraction(begin: Vectors, step: Vectors) -> Floats:
    """The fraction of each straight segment up to its point nearest to the origin."""
    fraction = -dot(begin, step) / np.maximum(dot(step, step), TINY)
    return np.minimum(np.maximum(fraction, 0.0), 1.0)
