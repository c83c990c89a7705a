"""Coordinates of any coordinate reference system as longitude and latitude on WGS 84."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.measures import GEOD
from corridors.tables import CRS, Floats


def to_wgs84(geometry: gpd.GeoSeries, crs: object, file: str = "") -> gpd.GeoSeries:
    """The same shapes in EPSG:4326, rounded to 1e-9 degrees (0.1 mm), so that a change of
    projection leaves no noise.

    Vertices are projected; the lines between them are straight in longitude and latitude from then
    on.

    Raises
    ------
    InputError
        `unknown-crs` where `crs` is none or not one PROJ knows (fix: save the file with its
        coordinate system), or one of which nobody knows how it lies to WGS 84 (fix: convert the
        file with a program that does); `bad-coordinates` where a coordinate does not land on Earth
        (fix: the coordinate system named is not the file's).

    Examples
    --------
    >>> utm = gpd.GeoSeries([shapely.Point(500_000, 3_700_000)], crs=32636)
    >>> to_wgs84(utm, utm.crs).x[0]
    np.float64(33.0)
    """
    if crs is None:
        raise InputError(
            Problem(
                "unknown-crs",
                "the file does not say its coordinate system",
                "save it again with its coordinate system (EPSG code)",
                file,
            )
        )
    try:
        to_degrees = _find_way_to_wgs84(pyproj.CRS.from_user_input(crs))
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            Problem(
                "unknown-crs",
                f"the coordinate system is not known: {error}",
                "save it again with an EPSG code",
                file,
            )
        ) from error
    except pyproj.exceptions.ProjError as error:
        name = pyproj.CRS.from_user_input(crs).name
        message = f"how the coordinate system {name!r} lies to WGS 84 is not known: places may be hundreds of metres off"
        hint = "convert the file to EPSG:4326 with a program that knows its datum, or correct the coordinate system it names"
        raise InputError(Problem("unknown-crs", message, hint, file)) from error
    moved = shapely.transform(
        np.asarray(geometry.array, dtype=object),
        lambda xy: np.round(np.column_stack(to_degrees(*xy.T)), 9),
    )
    moved = gpd.GeoSeries(moved, index=geometry.index, crs=CRS)
    bad = (
        ~np.isfinite(moved.bounds.to_numpy()).all(axis=1)
        & ~moved.is_empty.to_numpy()
        & moved.notna().to_numpy()
    )
    bad |= (np.abs(moved.bounds.to_numpy()[:, [1, 3]]) > 90).any(axis=1) | (
        np.abs(moved.bounds.to_numpy()[:, [0, 2]]) > 180
    ).any(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0]) + 1
        raise InputError(
            Problem(
                "bad-coordinates",
                f"{bad.sum()} shapes do not lie on Earth in the coordinate system that the file names",
                "check which coordinate system the file is in",
                file,
                row,
                "geometry",
                str(geometry.iloc[row - 1])[:80],
            )
        )
    return moved


def _find_way_to_wgs84(crs: pyproj.CRS) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """The way from a coordinate system to longitude and latitude.

    Where PROJ knows no shift of the datum, or a place lies outside of the area it is meant for, it
    takes the degrees of one datum for those of another without a word ("ballpark"), for some places
    of a file and not for others. That is asked not to be done, but for the ellipsoid of WGS 84 with
    no datum said, as which old files name WGS 84 itself.
    """
    if crs.equals(CRS, ignore_axis_order=True):
        return lambda lon, lat: (lon, lat)
    geod = crs.get_geod()
    like_wgs84 = geod is not None and np.allclose(
        (geod.a, geod.f), (GEOD.a, GEOD.f), rtol=1e-9, atol=0.0
    )
    return pyproj.Transformer.from_crs(
        crs, CRS, always_xy=True, allow_ballpark=like_wgs84
    ).transform
