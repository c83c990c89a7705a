"""Places that are lines or areas: their distance is that of their nearest point.

Where a shape and a line intersect, the distance is 0. Elsewhere, the nearest points of two chains
of straight segments that do not intersect include a vertex of one of them. Lines that are straight
in longitude and latitude are such chains to within SAG_M, once they are cut into pieces. So each is
measured exactly from the vertices of the other. The least of these distances is at most DOUBT_M too
large. Where that could decide, vertices are added every metre; the error that remains is below
1e-6 m.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.tables import Floats, Ints

Shapes = npt.NDArray[np.object_]


DOUBT_M = 0.005
"""Above twice SAG_M and the small error of a plane over 200 m."""


FINE_DEGREES = 1.0 / 111_700.0


class ShapePairs(NamedTuple):
    """Pairs of a shape and a line (positions), and the nearest point of the line in degrees."""

    shape: Ints
    line: Ints
    distance_m: Floats
    lon: Floats
    lat: Floats


EMPTY = ShapePairs(*np.zeros((2, 0), np.int64), *np.zeros((3, 0)))


def shift_longitudes(shapes: Any, degrees: float) -> Any:
    """The shapes moved east by some degrees of longitude."""
    if not degrees:
        return shapes
    return shapely.transform(shapes, lambda xy: xy + np.array([degrees, 0.0]))


def wrap_near(shapes: Shapes, others: Any) -> Shapes:
    """The shapes, each moved by whole turns of the globe to be near another shape.

    `others` has the other shape of each row, or one for all rows.
    """
    middle, there = (shapely.bounds(each)[..., [0, 2]].mean(axis=-1) for each in (shapes, others))
    degrees = 360.0 * np.rint((there - middle) / 360.0)
    wrapped = shapes.copy()
    for at in np.flatnonzero(degrees):
        wrapped[at] = shift_longitudes(shapes[at], degrees[at])
    return wrapped


def list_edges(shapes: Shapes) -> tuple[Shapes, Ints]:
    """The points, lines and rings of all shapes, and the position of the shape of each."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    parts[areas] = shapely.boundary(parts[areas])
    edges, part = shapely.get_parts(parts, return_index=True)
    return edges, shape[part]


def first_common(shape: shapely.Geometry, line: shapely.LineString) -> Floats:
    """A point where a shape and a line intersect, whichever turn of the globe either is on."""
    turns = [shift_longitudes(shape, degrees) for degrees in (0.0, -360.0, 360.0)]
    common = (shapely.intersection(one, line) for one in turns)
    met = next((part for part in common if not part.is_empty), None)
    if met is None:  # an intersection omits a line of no length on the border of an area
        met = min((shapely.shortest_line(line, one) for one in turns), key=shapely.length)
    return np.asarray(shapely.get_coordinates(met)[0])
