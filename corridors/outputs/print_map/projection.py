"""The projection of a sheet: named, true to scale at the sheet, and continuous."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import shapely

from corridors.geodesy.measures import wrap_longitudes
from corridors.tables import CRS, Floats

UTM_REACH_DEG = 4.5
"""Sheets within this distance of their zone's middle use UTM: lengths are true to 2 in 1,000."""
UTM_SOUTH, UTM_NORTH = -80.0, 84.0


@dataclass(frozen=True)
class Projection:
    """A projection of WGS 84.

    `zone` is the UTM zone, such as "36N"; empty for the azimuthal equidistant projection around
    `lon`, `lat`.
    """

    lon: float
    lat: float
    zone: str = ""

    @cached_property
    def _transformer(self) -> pyproj.Transformer:
        if self.zone:
            there = f"EPSG:{(32600 if self.zone[-1] == 'N' else 32700) + int(self.zone[:-1])}"
        else:
            there = f"+proj=aeqd +lat_0={self.lat!r} +lon_0={self.lon!r} +ellps=WGS84 +units=m"
        return pyproj.Transformer.from_crs(CRS, there, always_xy=True)

    def flatten(self, shapes: Any) -> Any:
        """Shapes in degrees, converted to metres."""
        return shapely.transform(shapes, self._transformer.transform, interleaved=False)

    def project(self, lonlat: Floats) -> Floats:
        """Coordinates in degrees, converted to metres."""
        return np.column_stack(self._transformer.transform(lonlat[:, 0], lonlat[:, 1]))

    def locate(self, xy: Floats) -> Floats:
        """Coordinates in metres, converted to degrees.

        Longitudes are within 180 degrees of the middle of the plane.
        """
        lonlat = np.column_stack(
            self._transformer.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
        )
        return wrap_longitudes(lonlat, self.lon)

    def measure_convergence(self, lon: float, lat: float) -> float:
        """The direction of true north at a place, in degrees clockwise from the top of the sheet.

        >>> round(Projection(36.0, 33.5, "36N").measure_convergence(36.0, 33.5), 2)
        -1.66
        """
        step = 1e-4 if lat < 89.9 else -1e-4
        (x, y), (x_on, y_on) = self.project(np.array([[lon, lat], [lon, lat + step]]))
        return math.degrees(math.atan2((x_on - x) * np.sign(step), (y_on - y) * np.sign(step)))


def choose_projection(lonlat: Floats) -> Projection:
    """The projection for a sheet: UTM where one zone is enough, else azimuthal.

    Longitudes must continue past 180 degrees where the places cross the antimeridian.

    >>> choose_projection(np.array([[35.1, 33.0], [35.9, 33.9]])).zone
    '36N'
    >>> choose_projection(np.array([[179.0, -17.0], [181.0, -18.0]])).zone
    '60S'
    >>> choose_projection(np.array([[-24.5, 63.3], [-13.5, 66.6]]))
    Projection(lon=-19.34, lat=65.05, zone='')
    """
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    lon, lat = round(float(west + east) / 2, 2), round(float(south + north) / 2, 2)
    zone = math.floor((lon + 180.0 - 1e-9) / 6.0) % 60 + 1
    middle = zone * 6.0 - 183.0
    away = np.abs((np.array([west, east]) - middle + 180.0) % 360.0 - 180.0)
    if away.max() <= UTM_REACH_DEG and south >= UTM_SOUTH and north <= UTM_NORTH:
        return Projection(lon, lat, f"{zone}{'N' if lat >= 0 else 'S'}")
    around, up = np.radians(lonlat.T)
    globe = np.column_stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])
    x, y, z = (
        globe.min(axis=0) + globe.max(axis=0)
    ) / 2  # in space, so that places around a pole have a middle
    middle_lon, middle_lat = (
        math.degrees(math.atan2(y, x)),
        math.degrees(math.atan2(z, math.hypot(x, y))),
    )
    return Projection(
        round(float(wrap_longitudes(np.array([[middle_lon, 0.0]]), lon)[0, 0]), 2),
        round(middle_lat, 2),
    )
