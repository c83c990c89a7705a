"""Coordinates of any coordinate reference system as longitude and latitude on WGS 84."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.measures import GEOD
from corridors.messages import Message
from corridors.tables import CRS, Floats


def to_wgs84(geometry: gpd.GeoSeries, crs: object, file: str = "") -> gpd.GeoSeries:
    """The shapes in EPSG:4326, rounded to 1e-9 degrees (0.1 mm).

    The rounding removes the numerical noise of the projection. Vertices are projected; the lines
    between them are straight in longitude and latitude afterwards.

    Raises
    ------
    InputError
        `unknown-crs` where `crs` is missing or PROJ does not know it (Fix: save the file with its
        coordinate system), or where its relation to WGS 84 is unknown (Fix: convert the file with
        a program that knows it). `bad-coordinates` where a coordinate is not on Earth (Fix: name
        the coordinate system that the file uses).

    Examples
    --------
    >>> utm = gpd.GeoSeries([shapely.Point(500_000, 3_700_000)], crs=32636)
    >>> to_wgs84(utm, utm.crs).x[0]
    np.float64(33.0)
    """
    to_degrees = _find_transform(crs, file)
    shapes = shapely.transform(
        np.asarray(geometry.array, dtype=object),
        lambda xy: np.round(np.column_stack(to_degrees(*xy.T)), 9),
    )
    degrees = gpd.GeoSeries(shapes, index=geometry.index, crs=CRS)
    bounds = degrees.bounds.to_numpy()
    has_shape = ~degrees.is_empty.to_numpy() & degrees.notna().to_numpy()
    bad = has_shape & ~np.isfinite(bounds).all(axis=1)
    bad |= (np.abs(bounds) > (180.0, 90.0, 180.0, 90.0)).any(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0]) + 1
        message = Message("problem.shapes_off_earth", n=int(bad.sum()))
        hint = Message("hint.check_crs_of_file")
        value = str(geometry.iloc[row - 1])[:80]
        raise InputError(Problem("bad-coordinates", message, hint, file, row, "geometry", value))
    return degrees


def _find_transform(crs: object, file: str) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """The function from a coordinate system to longitude and latitude, or an InputError."""
    if crs is None:
        message, hint = Message("problem.file_without_crs"), Message("hint.save_with_epsg_code")
        raise InputError(Problem("unknown-crs", message, hint, file))
    try:
        return _connect_to_wgs84(pyproj.CRS.from_user_input(crs))
    except pyproj.exceptions.CRSError as error:
        message, hint = (
            Message("problem.crs_not_known_to_proj", text=str(error)),
            Message("hint.save_with_epsg_code"),
        )
        raise InputError(Problem("unknown-crs", message, hint, file)) from error
    except pyproj.exceptions.ProjError as error:
        name = pyproj.CRS.from_user_input(crs).name
        message = Message("problem.datum_shift_unknown", name=name)
        hint = Message("hint.convert_to_wgs84")
        raise InputError(Problem("unknown-crs", message, hint, file)) from error


def _connect_to_wgs84(crs: pyproj.CRS) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """The transform of PROJ, without its "ballpark" guess.

    Where PROJ knows no shift of the datum, or a point is outside the area of use of the shift, it
    silently takes the degrees of one datum for those of another: for some points of a file and not
    for others. This is switched off. The exception is a system with the ellipsoid of WGS 84 and no
    named datum: old files name WGS 84 itself in that form.
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
