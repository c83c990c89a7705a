"""Where the rows of a file lie: from its shapes, its latitude and longitude, or its well-known
text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from corridors.errors import InputError
from corridors.geodesy.crs import to_wgs84
from corridors.inputs.columns import PLACES, CellError, Columns, fold, plain_digits
from corridors.inputs.coordinates import Spot, measure_spread_m, parse_angle, parse_mgrs, parse_pair
from corridors.inputs.rows.dispatch import as_array
from corridors.messages import Message
from corridors.tables import CRS, INCIDENTS, ROAD_REPORTS, Table

_AREA_MEND = "draw it again, or repair it in QGIS (Fix geometries) and look at what came out"


def read_places(columns: Columns, contract: Table) -> npt.NDArray[np.object_]:
    """A shape in EPSG:4326 for each row, None where it has none that may be used; each such row is
    a problem.

    Raises nothing: `missing-place`, `null-island`, `bad-latitude`, `bad-longitude`,
    `decimal-comma`, `bad-mgrs`, `bad-geometry`, `wrong-shape`, `invalid-polygon`,
    `bad-coordinates`, `place-contradicted`, `unknown-crs`, `two-columns` and `missing-column` are
    added to the problems of `columns`.
    """
    return read_places_and_spread(columns, contract)[0]


def read_places_and_spread(
    columns: Columns, contract: Table
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """As `read_places`, and how far off each may be in metres, from how finely it was written: 0
    for shapes and decimals.
    """
    rows = columns.rows
    crs: object = CRS
    spread_m = np.zeros(len(rows.numbers))
    if rows.shapes is not None:
        shapes, crs = rows.shapes, rows.crs
        refused = {problem.row for _, problem in columns.problems if problem.code == "bad-geometry"}
        for position in np.flatnonzero(shapely.is_missing(shapes)).tolist():
            if rows.numbers[position] not in refused:
                columns.refuse(
                    "geometry",
                    position,
                    CellError(
                        "missing-place",
                        "the feature has no geometry",
                        "draw it, or remove the feature",
                    ),
                )
        moved = _check_shapes(columns, contract, shapes, crs)
        _refuse_contradicted(columns, moved)
        return moved, spread_m
    ways = [name for name in ("geometry", "mgrs", "latlon") if name in columns]
    if "lat" in columns or "lon" in columns or not ways:
        ways.append("lat")
    if len(ways) > 1:
        told = " and as ".join({"lat": "latitude and longitude"}.get(way, way) for way in ways)
        columns.refuse_file(
            ways[0],
            CellError(
                "two-columns", f"the file says its places twice: as {told}", "keep one of them"
            ),
        )
    if ways[0] == "geometry":
        missing = CellError(
            "missing-place", "the geometry is blank", "write it as well-known text (WKT)"
        )
        return _check_shapes(
            columns, contract, as_array(columns.read("geometry", _parse_wkt, missing)), crs
        ), spread_m
    if ways[0] == "lat" and contract in (INCIDENTS, ROAD_REPORTS):
        _note_rounded(columns)
    return place_spots(columns, contract, _read_spots(columns, ways[0]))


CONTRADICTION_DEGREES = 0.01
"""A point that lies farther than this, about a kilometre, from where its own columns of latitude
and longitude say, has moved."""


def _refuse_contradicted(columns: Columns, shapes: npt.NDArray[np.object_]) -> None:
    """Note each point that lies elsewhere than the columns lat and lon beside it say."""
    headers = {
        name: [header for header in columns.rows.columns if fold(header) in PLACES[name][:-1]]
        for name in ("lat", "lon")
    }
    if any(len(found) != 1 for found in headers.values()):
        return
    message = "the point lies elsewhere than its own columns of latitude and longitude say"
    unreadable = CellError(
        "place-contradicted", message, "move the point, or mend or remove the columns"
    )
    texts = [columns.rows.columns[headers[name][0]] for name in ("lat", "lon")]
    for position, (shape, lat, lon) in enumerate(zip(shapes, *texts, strict=True)):
        if shape is None or shape.geom_type != "Point":
            continue
        try:
            apart = max(
                abs(parse_angle("latitude", lat).degrees - shape.y),
                abs(parse_angle("longitude", lon).degrees - shape.x),
            )
        except CellError:
            continue  # a blank, or a place in other words: not read, and the notes say so
        if CONTRADICTION_DEGREES < apart < 360 - CONTRADICTION_DEGREES:
            columns.refuse("geometry", position, unreadable, f"{lat}, {lon}")


def _note_rounded(columns: Columns) -> None:
    """Say which rows give their place in whole degrees or tenths, as a program writes what it has
    rounded.
    """
    texts = [
        columns.rows.columns[columns.found[name]] for name in ("lat", "lon") if name in columns
    ]
    if len(texts) == 2 and (
        rounded := [
            number
            for number, *told in zip(columns.rows.numbers, *texts, strict=True)
            if all(re.fullmatch(r"[+-]?\d+([.,]\d)?0*", plain_digits(text)) for text in told)
        ]
    ):
        columns.notes.append(Message("note.places_rounded", n=len(rounded), row=rounded[0]))


def place_spots(
    columns: Columns, contract: Table, spots: Sequence[Spot | None]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """The shapes of spots, checked as those of a file, and how far off each may be in metres;

    None where there is no spot.
    """
    if coarse := sum(spot is not None and spot.spread_m > 0 for spot in spots):
        columns.notes.append(Message("note.places_coarse", n=coarse))
    known = [spot or Spot(np.nan, np.nan, 0.0) for spot in spots]
    shapes = shapely.points(
        np.array([spot.lon for spot in known], dtype=float),
        np.array([spot.lat for spot in known], dtype=float),
    )
    shapes[[spot is None for spot in spots]] = None
    return _check_shapes(columns, contract, shapes, CRS), np.array(
        [spot.spread_m for spot in known], dtype=float
    )


def _read_spots(columns: Columns, way: str) -> list[Spot | None]:
    """The spot of each row as it is written in one column or two;

    None where it cannot be read, which is a problem.
    """
    if way == "mgrs":
        return columns.read(
            "mgrs",
            parse_mgrs,
            CellError("missing-place", "the reference is blank", "write it: 36SYC1234567890"),
        )
    if way == "latlon":
        return columns.read(
            "latlon",
            parse_pair,
            CellError("missing-place", "the place is blank", "write it: 33.5, 35.25"),
        )
    columns.require("lat", PLACES["lat"])
    columns.require("lon", PLACES["lon"])
    hint = "give the degrees, or remove the row and say so elsewhere"
    angles = {
        name: columns.read_numbers(
            name,
            partial(parse_angle, axis),
            CellError("missing-place", f"the {axis} is blank", hint),
        )
        for name, axis in (("lat", "latitude"), ("lon", "longitude"))
    }
    return [
        None
        if lat is None or lon is None
        else Spot(lat.degrees, lon.degrees, measure_spread_m(lat, lon))
        for lat, lon in zip(angles["lat"], angles["lon"], strict=True)
    ]


def _parse_wkt(text: str) -> shapely.Geometry:
    try:
        return shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise CellError(
            "bad-geometry",
            f"this is not well-known text: {str(error)[:120]}",
            "write POINT (35.5 33.5): longitude first",
        ) from error


def _check_shapes(
    columns: Columns, contract: Table, shapes: npt.NDArray[np.object_], crs: object
) -> npt.NDArray[np.object_]:
    """The shapes in EPSG:4326, None in place of those that may not be used."""
    shapes = _unwrap(shapes)
    degrees = _in_degrees(crs)
    for position, unreadable in _find_faults(shapes, contract, degrees=degrees):
        columns.refuse("geometry", position, unreadable, shapes[position].wkt)
        shapes[position] = None
    try:
        moved = to_wgs84(gpd.GeoSeries(shapes, crs=None), crs, columns.rows.file).to_numpy()
    except InputError as error:
        columns.add(error)
        return as_array([None] * len(shapes))
    for position in np.flatnonzero(~shapely.is_missing(moved) & ~shapely.is_valid(moved)).tolist():
        message = (
            f"the shape is invalid: {shapely.is_valid_reason(moved[position])} (longitude latitude)"
        )
        columns.refuse("geometry", position, CellError("invalid-polygon", message, _AREA_MEND))
        moved[position] = None
    return moved


def _find_faults(
    shapes: npt.NDArray[np.object_], contract: Table, *, degrees: bool
) -> list[tuple[int, CellError]]:
    """The first fault of each shape that has one, by position."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)

    def having(which: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        return np.bincount(owner[which], minlength=len(shapes)) > 0

    allowed = [shapely.GeometryType[name.upper()] for name in contract.geometry]
    redraw, earth = (
        "draw it again, or remove the row",
        "give longitude, latitude in decimal degrees",
    )
    entered = "give the place, or remove the row and say so elsewhere"
    faults = [
        (shapely.is_empty(shapes), CellError("missing-place", "the geometry is empty", redraw)),
        (
            ~np.isin(shapely.get_type_id(shapes), allowed),
            CellError(
                "wrong-shape",
                f"this shape cannot be one of the {contract.name}",
                f"use {' or '.join(contract.geometry)}",
            ),
        ),
        (
            having(~np.isfinite(coordinates).all(axis=1)),
            CellError("bad-coordinates", "a coordinate is not a number", redraw),
        ),
        (
            ~having((coordinates != 0).any(axis=1)),
            CellError("null-island", "0, 0 stands for a place that nobody entered", entered),
        ),
        (
            having((np.abs(coordinates) > (180, 90)).any(axis=1)) & degrees,
            CellError("bad-coordinates", "this does not lie on Earth in degrees", earth),
        ),
    ]
    if degrees:
        part, whose = shapely.get_parts(shapes, return_index=True)
        west, _, east, _ = shapely.bounds(part).T
        wide = (
            np.bincount(
                whose[
                    (east - west > 180)
                    & (shapely.get_type_id(part) != shapely.GeometryType.LINESTRING)
                ],
                minlength=len(shapes),
            )
            > 0
        )
        split = "split it at 180 degrees of longitude into several parts (RFC 7946, section 3.1.9)"
        faults.append(
            (
                wide,
                CellError(
                    "bad-coordinates", "a part of this spans more than half the globe", split
                ),
            )
        )
    first: dict[int, CellError] = {}
    for which, unreadable in faults:
        for position in np.flatnonzero(which & ~shapely.is_missing(shapes)).tolist():
            first.setdefault(position, unreadable)
    return sorted(first.items())


def _unwrap(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The shapes in an array of their own; a MultiPoint of one point, as many programs write it, is
    that point.
    """
    own = shapes.copy()
    single = (shapely.get_type_id(own) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(own) == 1
    )
    own[single] = shapely.get_geometry(own[single], 0)
    return own


def _in_degrees(crs: object) -> bool:
    try:
        return bool(pyproj.CRS.from_user_input(crs).is_geographic)
    except pyproj.exceptions.CRSError:
        return False
