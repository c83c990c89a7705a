"""Shapes as RFC 7946 requires them.

They are cut where they cross the antimeridian, have counterclockwise outer rings, and are rounded
to the centimetre.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from corridors.tables import Floats

DECIMALS = 7
"""Decimals of a degree: a centimetre."""
WORLD = shapely.box(-180.0, -90.0, 180.0, 90.0)


def lay_out(shapes: Any) -> npt.NDArray[np.object_]:
    """The shapes cut at the antimeridian, rounded, their outer rings counterclockwise.

    >>> [shape.wkt for shape in lay_out([shapely.LineString([(179, 0), (-179, 2)])])]
    ['MULTILINESTRING ((179 0, 180 1), (-180 1, -179 2))']
    """
    array = np.array(shapes, dtype=object)
    for at in np.flatnonzero(crosses(array)):
        array[at] = cut(array[at])
    # Adding zero removes negative zeros.
    rounded = shapely.transform(array, lambda coords: np.round(coords, DECIMALS) + 0.0)
    areas = np.isin(shapely.get_type_id(rounded), (3, 6))
    rounded[areas] = shapely.orient_polygons(rounded[areas], exterior_cw=False)
    return rounded


def crosses(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Which shapes have a side that is shorter across the antimeridian, or lie beyond it.

    >>> crosses(
    ...     np.array([shapely.LineString([(179, 0), (-179, 2)]), shapely.Point(179, 0)])
    ... ).tolist()
    [True, False]
    """
    west, _, east, _ = shapely.bounds(shapes).T
    kinds = shapely.get_type_id(shapes)
    far = (east - west > 180.0) | (west < -180.0) | (east > 180.0)
    found = far & ~np.isin(kinds, (0, 4))
    # A wide shape may have parts on both sides of the antimeridian, or contain Greenwich.
    for at in np.flatnonzero(found):
        found[at] = any(_is_torn(shapely.get_coordinates(part)) for part in _list_lines(shapes[at]))
    return found


def _is_torn(coords: Floats) -> bool:
    return bool(
        (np.abs(np.diff(coords[:, 0])) > 180.0).any() or (np.abs(coords[:, 0]) > 180.0).any()
    )


def _list_lines(shape: shapely.Geometry) -> list[shapely.Geometry]:
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in shapely.get_rings(part)
    ]
    return rings or list(shapely.get_parts(shape))


def unwrap(shape: shapely.Geometry) -> shapely.Geometry:
    """The same shape without a break; its longitudes continue beyond 180 degrees.

    >>> unwrap(shapely.LineString([(179, 0), (-179, 2)])).wkt
    'LINESTRING (179 0, 181 2)'
    """
    if shape.geom_type.startswith("Multi"):
        return type(shape)([unwrap(part) for part in shapely.get_parts(shape)])
    if shape.geom_type == "Polygon":
        shell, *holes = (
            _unwrap_line(shapely.get_coordinates(ring)) for ring in shapely.get_rings(shape)
        )
        middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
        return shapely.Polygon(shell, [_move_near(hole, middle) for hole in holes])
    return (
        shapely.LineString(_unwrap_line(shapely.get_coordinates(shape)))
        if shape.geom_type == "LineString"
        else shape
    )


def _unwrap_line(coords: Floats) -> Floats:
    turned = coords.copy()
    turned[1:, 0] -= 360.0 * np.cumsum(np.round(np.diff(coords[:, 0]) / 360.0))
    return turned


def _move_near(coords: Floats, middle: float) -> Floats:
    turns = np.round(((coords[:, 0].min() + coords[:, 0].max()) / 2 - middle) / 360.0)
    return coords - np.array([360.0 * turns, 0.0])


def cut(shape: shapely.Geometry) -> shapely.Geometry:
    """The parts of a shape on both sides of the antimeridian.

    A shape around a pole is not changed. A line is cut only where it crosses: its direction, and
    the parts that it uses twice, stay the same.
    """
    parts: list[shapely.Geometry] = []
    for part in shapely.get_parts(unwrap(shape)):
        found = (
            _cut_area(part)
            if part.geom_type == "Polygon"
            else _cut_line(shapely.get_coordinates(part))
        )
        if not found:
            return shape
        parts += found
    many = shapely.MultiPolygon if parts[0].geom_type == "Polygon" else shapely.MultiLineString
    return parts[0] if len(parts) == 1 else many(parts)


def _cut_line(coords: Floats) -> list[shapely.Geometry]:
    runs = [[coords[0]]]
    for start, end in itertools.pairwise(coords):
        first, last = sorted((start[0], end[0]))
        edges = 180.0 + 360.0 * np.arange(
            np.ceil((first - 180.0) / 360.0), np.floor((last - 180.0) / 360.0) + 1.0
        )
        for edge in edges if end[0] > start[0] else edges[::-1]:
            if edge != end[0] and start[0] != end[0]:
                spot = start + (end - start) * (edge - start[0]) / (end[0] - start[0])
                if edge != start[0]:
                    runs[-1].append(np.array([edge, spot[1]]))
                runs.append([np.array([edge, spot[1]])])
        runs[-1].append(end)
    lines = [_move_near(np.array(run), 0.0) for run in runs]
    return [shapely.LineString(line) for line in lines if (line != line[0]).any()]


def _cut_area(whole: shapely.Geometry) -> list[shapely.Geometry]:
    if any(
        coords[0, 0] != coords[-1, 0]
        for coords in map(shapely.get_coordinates, shapely.get_rings(whole))
    ):
        return []
    west, _, east, _ = whole.bounds
    parts: list[shapely.Geometry] = []
    for turns in range(
        int(np.floor((west + 180.0) / 360.0)), int(np.ceil((east - 180.0) / 360.0)) + 1
    ):
        aside = np.array([360.0 * turns, 0.0])
        inside = shapely.intersection(
            shapely.transform(whole, lambda coords, aside=aside: coords - aside), WORLD
        )
        parts += [part for part in shapely.get_parts(inside) if part.geom_type == "Polygon"]
    return parts
