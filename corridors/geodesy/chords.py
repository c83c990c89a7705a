"""Distances on the WGS 84 ellipsoid from chords: straight through the Earth, where poles and the
antimeridian are places like any other.

Let a geodesic of length s join a place to a point, and c be the chord between the two. Three things
are known of them.

**Bounds, for any s.** c <= s; and, as no geodesic of the ellipsoid bends more than 1 /
LEAST_RADIUS_M (its least radius of curvature, b^2 / a, that of the meridian at the equator),
Schur's comparison with a circle gives c >= 2 r sin(s / 2r) for s <= pi r. `chord_within` turns a
limit on s into a limit on c by the second; the first needs no turning.

**A formula, for s up to NEAR_M.** With the curvature k of the geodesic where it starts, c^2 = s^2 -
k^2 s^4 / 12 - k k' s^5 / 12 + ..., whence s = c (1 + k^2 c^2 / 24 + 3 k^4 c^4 / 640), exact to that
order for a circle. On an ellipsoid k is the cube of the distance p from the centre to the tangent
plane, times a constant (Joachimsthal), so that |k'| / k <= 3 (a^2 - b^2) / (2 b^2 LEAST_RADIUS_M) =
0.0102 / LEAST_RADIUS_M. The first term left out is therefore at most 0.0102 s^4 / (24
LEAST_RADIUS_M^3): 2.7e-7 m at 20 km, 1.1e-12 m at 900 m. Those of fifth order have a factor e^2
that leaves less than 1e-8 m. k is Euler's: 1 / N + (1 / M - 1 / N) cos^2 azimuth.

**Lines.** A line is straight in longitude and latitude (RFC 7946, section 3.1.1). Cut into pieces
of at most PIECE_DEGREES, each of which is a curve P(t) on the ellipsoid with |P''| <= (|dlat| +
|dlon|)^2 a^2 / b * 1.0001 <= 2 PIECE_DEGREES^2 a^2 / b * 1.0001 (in radians), it lies within an
eighth of that, SAG_M, of the straight segments through the Earth between the ends of its pieces. So
a place that is c from the nearest of these segments has a chord to the line between c - SAG_M and c
+ SAG_M.

Euclid therefore decides nearly all; `measure_rows` measures the others, one step of Gauss and
Newton from the foot on the segment to the foot on the curve: what that leaves is below 1e-7 m up to
NEAR_M. Altogether distances up to NEAR_M err by less than 1e-6 m.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
"""Of WGS 84, with the equatorial radius above."""
POLE_M = EQUATOR_M * (1 - FLATTENING)
SQUARE = FLATTENING * (2 - FLATTENING)
"""The eccentricity, squared."""
LEAST_RADIUS_M, MOST_RADIUS_M = POLE_M**2 / EQUATOR_M, EQUATOR_M**2 / POLE_M

NEAR_M = 20_000.0
"""As far as the formula is used."""
PIECE_DEGREES = 200.0 / 111_700.0
"""Pieces are at most so long: 200 m, as no degree is longer than that."""
SAG_M = 0.0016
"""Above 2 * PIECE_DEGREES^2 (in radians) * 6,399,594 m * 1.0001 / 8 = 0.00156 m."""
UNEVEN_M = 0.0003
"""Above the difference between two geodesics of the same chord up to NEAR_M: c^3 / 24 * (1 /
LEAST_RADIUS_M^2 - 1 / MOST_RADIUS_M^2) = 0.00017 m."""


Vectors = tuple[Floats, Floats, Floats]
"""Three arrays: towards (0 E, 0 N), (90 E, 0 N) and the north pole."""


class Places(NamedTuple):
    """Points in degrees, with what distances from them need.

    `xyz` is in metres from the centre of the Earth, `north` the direction of north there; a
    geodesic that starts there bends `bend` per metre to the east, and `bend + more_bend` to the
    north.
    """

    lon: Floats
    lat: Floats
    xyz: Vectors
    north: Vectors
    bend: Floats
    more_bend: Floats

    def part(self, some: slice) -> Places:
        """Some of the places."""
        return Places(
            self.lon[some],
            self.lat[some],
            _pick(self.xyz, some),
            _pick(self.north, some),
            self.bend[some],
            self.more_bend[some],
        )


TINY = 1e-300
"""Divides what is zero where a piece has no length."""


class Feet(NamedTuple):
    """The nearest point of each of many pieces: how far it is, the share of the piece up to it, and
    where it lies in degrees.
    """

    distance_m: Floats
    share: Floats
    lon: Floats
    lat: Floats


def find_places(lon: Floats, lat: Floats) -> Places:
    """Points in degrees as `Places`."""
    east, north = np.radians(lon), np.radians(lat)
    sine = np.sin(north)
    root = 1 - SQUARE * sine * sine
    bend = np.sqrt(root) / EQUATOR_M
    northward = (-sine * np.cos(east), -sine * np.sin(east), np.cos(north))
    return Places(lon, lat, to_xyz(lon, lat), northward, bend, (root / (1 - SQUARE) - 1) * bend)


def to_xyz(lon: Floats, lat: Floats) -> Vectors:
    """Metres from the centre of the Earth towards (0 E, 0 N), (90 E, 0 N) and the north pole, of
    degrees.

    >>> [float(axis[0].round(3)) for axis in to_xyz(np.array([90.0]), np.array([0.0]))]
    [0.0, 6378137.0, 0.0]
    """
    east, north = np.radians(lon), np.radians(lat)
    sine = np.sin(north)
    across = EQUATOR_M / np.sqrt(1 - SQUARE * sine * sine)
    from_axis = across * np.cos(north)
    return from_axis * np.cos(east), from_axis * np.sin(east), across * (1 - SQUARE) * sine


def chord_within(limit_m: Floats) -> Floats:
    """A chord below which the geodesic is certainly no longer than `limit_m`; nothing is certain
    beyond 10,000 km.

    >>> chord_within(np.array([1000.0, 2e7])).round(7).tolist()
    [999.999999, 0.0]
    """
    circle = 2 * LEAST_RADIUS_M
    return np.where(limit_m <= 1e7, circle * np.sin(np.minimum(limit_m, 1e7) / circle), 0.0)


def measure_rows(
    places: Places,
    place: Ints,
    begin: Vectors,
    step: Vectors,
    ends: tuple[Floats, Floats, Floats, Floats],
) -> Feet:
    """The distance from a place to each of many pieces, up to NEAR_M: see above.

    Parameters
    ----------
    places, place
        Points, and for each row the position of its point.
    begin, step
        Where the piece of each row begins (metres from the centre of the Earth), and from there to
        where it ends.
    ends
        Longitude and latitude of where it begins, and of where it ends, in degrees.
    """
    at = _pick(places.xyz, place)
    share = nearest_share((begin[0] - at[0], begin[1] - at[1], begin[2] - at[2]), step)
    lon, lat, to_lon, to_lat = ends
    turn, climb = np.radians(to_lon - lon), np.radians(to_lat - lat)
    east, north = np.radians(lon + share * (to_lon - lon)), np.radians(lat + share * (to_lat - lat))
    sin_e, cos_e, sin_n, cos_n = np.sin(east), np.cos(east), np.sin(north), np.cos(north)
    root = 1 - SQUARE * sin_n * sin_n
    across = EQUATOR_M / np.sqrt(root)
    along = across * (1 - SQUARE) / root
    from_axis = across * cos_n
    eastward, northward = from_axis * turn, along * climb
    foot = (
        from_axis * cos_e - at[0],
        from_axis * sin_e - at[1],
        across * (1 - SQUARE) * sin_n - at[2],
    )
    speed = (
        -eastward * sin_e - northward * sin_n * cos_e,
        eastward * cos_e - northward * sin_n * sin_e,
        northward * cos_n,
    )
    square = eastward * eastward + northward * northward
    slope = foot[0] * speed[0] + foot[1] * speed[1] + foot[2] * speed[2]
    better = np.minimum(np.maximum(share - slope / np.maximum(square, TINY), 0.0), 1.0)
    moved = better - share
    # The second derivative of the curve matters only where the step is long, a metre at most: 1e-7
    # m of chord, most of it upwards.
    x, y, z = (f + moved * s for f, s in zip(foot, speed, strict=True))
    square = x * x + y * y + z * z
    northward_x, northward_y, northward_z = _pick(places.north, place)
    towards_north = northward_x * x + northward_y * y + northward_z * z
    curvature = places.bend[place] + places.more_bend[place] * (
        towards_north * towards_north / np.maximum(square, TINY)
    )
    bend = curvature * curvature * square
    distance = np.sqrt(square) * (1 + bend / 24 + 3 * bend * bend / 640)
    return Feet(distance, better, lon + better * (to_lon - lon), lat + better * (to_lat - lat))


def nearest_share(begin: Vectors, step: Vectors) -> Floats:
    """The share of each straight segment up to its point nearest to the origin."""
    square = step[0] * step[0] + step[1] * step[1] + step[2] * step[2]
    slope = begin[0] * step[0] + begin[1] * step[1] + begin[2] * step[2]
    return np.minimum(np.maximum(-slope / np.maximum(square, TINY), 0.0), 1.0)


def _pick(vectors: Vectors, rows: Any) -> Vectors:
    return vectors[0][rows], vectors[1][rows], vectors[2][rows]
