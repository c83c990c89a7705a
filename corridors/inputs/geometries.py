"""Where the rows of a file lie: from its geometry, its coordinates, or its well-known text."""

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
from corridors.inputs.rows.raw_rows import as_array
from corridors.messages import Message
from corridors.tables import CRS, INCIDENTS, ROAD_REPORTS, Table

CONTRADICTION_DEGREES = 0.01
"""A point that lies farther than this, about a kilometre, from the coordinates in its own columns
of latitude and longitude has moved."""


def read_places(columns: Columns, contract: Table) -> npt.NDArray[np.object_]:
    """A geometry in EPSG:4326 for each row, or None where it cannot be used.

    Raises nothing. Each row without a place gets a problem in `columns`: `missing-place`,
    `null-island`, `bad-latitude`, `bad-longitude`, `decimal-comma`, `bad-mgrs`, `bad-geometry`,
    `wrong-shape`, `invalid-polygon`, `bad-coordinates` or `place-contradicted`. The file as a whole
    gets `unknown-crs`, `two-columns` or `missing-column`.
    """
    return read_places_and_spread(columns, contract)[0]


def read_places_and_spread(
    columns: Columns, contract: Table
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """As `read_places`, and the uncertainty of each place in metres.

    The uncertainty comes from how finely the place is written; it is 0 for geometry and decimals.
    """
    rows = columns.rows
    exact = np.zeros(len(rows.numbers))
    if rows.shapes is not None:
        _refuse_blank_shapes(columns, rows.shapes)
        shapes = _check_shapes(columns, contract, rows.shapes, rows.crs)
        _refuse_contradicted(columns, shapes)
        return shapes, exact
    forms = [name for name in ("geometry", "mgrs", "latlon") if name in columns]
    if "lat" in columns or "lon" in columns or not forms:
        forms.append("lat")
    if len(forms) > 1:
        headers = [
            columns.found[name]
            for form in forms
            for name in _FORMS.get(form, (form,))
            if name in columns
        ]
        message = Message("problem.place_twice", headers=tuple(headers))
        unreadable = CellError("two-columns", message, Message("hint.keep_one_form_of_place"))
        columns.refuse_file(forms[0], unreadable)
    if forms[0] == "geometry":
        read = columns.read("geometry", _parse_wkt, _blank("write_wkt"))
        return _check_shapes(columns, contract, as_array(read), CRS), exact
    if forms[0] == "lat" and contract in (INCIDENTS, ROAD_REPORTS):
        _note_rounded(columns)
    return place_spots(columns, contract, _read_spots(columns, forms[0]))


_FORMS = {"lat": ("lat", "lon")}
"""The columns of a form of place that has two."""


def _blank(hint: str) -> CellError:
    """The error of a cell that must hold a place."""
    return CellError("missing-place", Message("problem.blank"), Message(f"hint.{hint}"))


def _refuse_blank_shapes(columns: Columns, shapes: npt.NDArray[np.object_]) -> None:
    """Add a problem for each feature without geometry, unless its geometry has one already."""
    unreadable = CellError(
        "missing-place", Message("problem.no_geometry"), Message("hint.draw_or_remove_feature")
    )
    refused = {problem.row for _, problem in columns.problems if problem.code == "bad-geometry"}
    for position in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if columns.rows.numbers[position] not in refused:
            columns.refuse("geometry", position, unreadable)


def _refuse_contradicted(columns: Columns, shapes: npt.NDArray[np.object_]) -> None:
    """Add a problem for each point that is not where its own columns lat and lon place it."""
    headers = {
        name: [header for header in columns.rows.columns if fold(header) in PLACES[name][:-1]]
        for name in ("lat", "lon")
    }
    if any(len(found) != 1 for found in headers.values()):
        return
    message = Message("problem.place_contradicted")
    unreadable = CellError("place-contradicted", message, Message("hint.move_point_or_columns"))
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
            continue  # blank, or written in another form: not read, and the notes list the column
        if CONTRADICTION_DEGREES < apart < 360 - CONTRADICTION_DEGREES:
            columns.refuse("geometry", position, unreadable, f"{lat}, {lon}")


def _note_rounded(columns: Columns) -> None:
    """Note the rows whose place is in whole degrees or tenths, which a program may have rounded."""
    texts = [
        columns.rows.columns[columns.found[name]] for name in ("lat", "lon") if name in columns
    ]
    if len(texts) == 2 and (
        rounded := [
            number
            for number, *pair in zip(columns.rows.numbers, *texts, strict=True)
            if all(re.fullmatch(r"[+-]?\d+([.,]\d)?0*", plain_digits(text)) for text in pair)
        ]
    ):
        columns.notes.append(Message("note.places_rounded", n=len(rounded), row=rounded[0]))


def place_spots(
    columns: Columns, contract: Table, spots: Sequence[Spot | None]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """The points of spots, checked as those of a file, and the uncertainty of each in metres.

    None where there is no spot.
    """
    if coarse := sum(spot is not None and spot.spread_m > 0 for spot in spots):
        columns.notes.append(Message("note.places_coarse", n=coarse))
    known = np.array([spot or (np.nan, np.nan, 0.0) for spot in spots], float).reshape(-1, 3)
    shapes = shapely.points(known[:, 1], known[:, 0])
    shapes[[spot is None for spot in spots]] = None
    return _check_shapes(columns, contract, shapes, CRS), known[:, 2].copy()


def _read_spots(columns: Columns, form: str) -> list[Spot | None]:
    """The spot of each row, from one column or two; None where it cannot be read."""
    if form == "mgrs":
        return columns.read("mgrs", parse_mgrs, _blank("write_mgrs"))
    if form == "latlon":
        return columns.read("latlon", parse_pair, _blank("write_coordinates"))
    columns.require("lat", PLACES["lat"])
    columns.require("lon", PLACES["lon"])
    lats, lons = (
        columns.read_numbers(name, partial(parse_angle, axis), _blank("enter_place"))
        for name, axis in (("lat", "latitude"), ("lon", "longitude"))
    )
    return [
        None
        if lat is None or lon is None
        else Spot(lat.degrees, lon.degrees, measure_spread_m(lat, lon))
        for lat, lon in zip(lats, lons, strict=True)
    ]


def _parse_wkt(text: str) -> shapely.Geometry:
    try:
        return shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        message = Message("problem.not_wkt", text=str(error)[:120])
        raise CellError("bad-geometry", message, Message("hint.write_wkt")) from error


def _check_shapes(
    columns: Columns, contract: Table, shapes: npt.NDArray[np.object_], crs: object
) -> npt.NDArray[np.object_]:
    """The shapes in EPSG:4326, with None for those that cannot be used."""
    shapes = _unwrap(shapes)
    for position, unreadable in _find_faults(shapes, contract, degrees=_in_degrees(crs)):
        columns.refuse("geometry", position, unreadable, shapes[position].wkt)
        shapes[position] = None
    try:
        moved = to_wgs84(gpd.GeoSeries(shapes, crs=None), crs, columns.rows.file).to_numpy()
    except InputError as error:
        columns.add(error)
        return as_array([None] * len(shapes))
    for position in np.flatnonzero(~shapely.is_missing(moved) & ~shapely.is_valid(moved)).tolist():
        text = shapely.is_valid_reason(moved[position])
        message, hint = Message("problem.invalid_shape", text=text), Message("hint.repair_shape")
        columns.refuse("geometry", position, CellError("invalid-polygon", message, hint))
        moved[position] = None
    return moved


def _find_faults(
    shapes: npt.NDArray[np.object_], contract: Table, *, degrees: bool
) -> list[tuple[int, CellError]]:
    """The first fault of each shape that has one, by position."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)

    def having(owners: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        return np.bincount(owners, minlength=len(shapes)) > 0

    allowed = [shapely.GeometryType[name.upper()] for name in contract.geometry]
    off_earth = having(owner[(np.abs(coordinates) > (180, 90)).any(axis=1)])
    types = Message("hint.use_shape", shapes=contract.geometry)
    faults: list[tuple[npt.NDArray[np.bool_], str, str, Message | str]] = [
        (shapely.is_empty(shapes), "missing-place", "empty_geometry", "redraw"),
        (~np.isin(shapely.get_type_id(shapes), allowed), "wrong-shape", "wrong_shape", types),
        (
            having(owner[~np.isfinite(coordinates).all(axis=1)]),
            "bad-coordinates",
            "coordinate_not_a_number",
            "redraw",
        ),
        (~having(owner[(coordinates != 0).any(axis=1)]), "null-island", "zero_zero", "enter_place"),
        (off_earth & degrees, "bad-coordinates", "not_on_earth", "write_degrees"),
    ]
    if degrees:
        part, whose = shapely.get_parts(shapes, return_index=True)
        west, _, east, _ = shapely.bounds(part).T
        areas = shapely.get_type_id(part) != shapely.GeometryType.LINESTRING
        wide = having(whose[(east - west > 180) & areas])
        faults.append((wide, "bad-coordinates", "wider_than_half_the_globe", "split_at_180"))
    first: dict[int, CellError] = {}
    for which, code, what, hint in faults:
        message = Message(f"problem.{what}", table=contract.name)
        fix = Message(f"hint.{hint}") if isinstance(hint, str) else hint
        for position in np.flatnonzero(which & ~shapely.is_missing(shapes)).tolist():
            first.setdefault(position, CellError(code, message, fix))
    return sorted(first.items())


def _unwrap(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """A copy of the shapes, in which a MultiPoint of one point is that point."""
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
