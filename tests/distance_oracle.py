"""Distances by geographiclib, independent of the package."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from geographiclib.geodesic import Geodesic

WGS84 = Geodesic.WGS84


def inverse_m(lon, lat, other_lon, other_lat):
    return WGS84.Inverse(lat, lon, other_lat, other_lon, Geodesic.DISTANCE)["s12"]


def oracle_m(point, line):
    """The least distance from a point to a line, by scanning each piece and golden-section search
    about the best places."""
    best = math.inf
    coords = np.array(line.coords)
    coords[:, 0] = np.unwrap(coords[:, 0], period=360)
    for (lon, lat), (to_lon, to_lat) in pairwise(coords):

        def far(share, lon=lon, lat=lat, to_lon=to_lon, to_lat=to_lat):
            return inverse_m(
                point.x, point.y, lon + share * (to_lon - lon), lat + share * (to_lat - lat)
            )

        shares = np.linspace(0, 1, 41)
        distances = [far(share) for share in shares]
        at = int(np.argmin(distances))
        low, high = shares[max(at - 1, 0)], shares[min(at + 1, 40)]
        golden = (math.sqrt(5) - 1) / 2
        for _ in range(60):
            one, two = high - golden * (high - low), low + golden * (high - low)
            low, high = (low, two) if far(one) < far(two) else (one, high)
        best = min(best, far((low + high) / 2), *distances)
    return best


def place(lon, lat, azimuth, metres):
    there = WGS84.Direct(lat, lon, azimuth, metres)
    return there["lon2"], there["lat2"]
