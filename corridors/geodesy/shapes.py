"""Places that are lines or areas: their distance is that of their nearest point.

Where a shape and a line intersect, the distance is 0. Elsewhere, the nearest points of two chains
of straight segments that do not intersect include a vertex of one of them. Lines that are straight
in longitude and latitude are such chains to within SAG_M, once they are cut into pieces. So each is
measured exactly from the vertices of the other. The least of these distances is at most DOUBT_M too
large. Where that could decide, vertices are added every metre; the error that remains is below
1e-6 m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.chords import PIECE_DEGREES, join, select
from corridors.geodesy.groups import group_starts
from corridors.geodesy.pieces import HALF_M, cut
from corridors.tables import Floats, Ints

if TYPE_CHECKING:
    from corridors.geodesy.index import LineIndex

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


def measure_shapes(index: LineIndex, shapes: Shapes, radius_m: Floats) -> ShapePairs:
    """Each pair of a shape and a line within the radius, and some beyond, by shape, then line."""
    count = len(index.lines)
    shape, line = index.crossed_by(shapes)
    common = [
        _first_common(shapes[at], index.lines[to])
        for at, to in zip(shape.tolist(), line.tolist(), strict=True)
    ]
    points = np.array(common, dtype=np.float64).reshape(-1, 2)
    crossing = ShapePairs(shape, line, np.zeros(len(shape)), *points.T)
    apart = _measure_apart(index, shapes, radius_m + DOUBT_M, PIECE_DEGREES)
    is_crossing = np.isin(apart.shape * count + apart.line, shape * count + line)
    apart = select(apart, ~is_crossing)
    limit_m = radius_m[apart.shape]
    doubtful = (apart.distance_m > limit_m) & (apart.distance_m <= limit_m + DOUBT_M)
    for row in np.flatnonzero(doubtful).tolist():
        at, to = apart.shape[row], apart.line[row]
        lone = type(index)(index.lines[[to]])
        exact = _measure_apart(lone, shapes[[at]], radius_m[[at]] + DOUBT_M, FINE_DEGREES)
        for column, better in zip(apart[2:], exact[2:], strict=True):
            column[row] = better[0]
    joined = join([crossing, apart])
    return select(joined, np.lexsort((joined.line, joined.shape)))


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


def _measure_apart(
    index: LineIndex, shapes: Shapes, radius_m: Floats, spacing_degrees: float
) -> ShapePairs:
    """The least distance from the vertices of either to the other, where within the radius."""
    edges, shape_of_edge = _list_edges(shapes)
    vertices, edge = shapely.get_coordinates(cut(edges, spacing_degrees), return_index=True)
    shape = shape_of_edge[edge]
    # A line near an edge is at most half a piece farther from one of its vertices.
    blocks = index.measure_points(vertices, shape, radius_m[shape] + HALF_M)
    from_shapes = join([EMPTY, *(ShapePairs(*found[:5]) for found in blocks)])

    used, farthest = np.unique(from_shapes.line), np.zeros(len(index.lines))
    np.maximum.at(farthest, from_shapes.line, radius_m[from_shapes.shape])
    vertices, at = shapely.get_coordinates(
        cut(index.lines[used], spacing_degrees), return_index=True
    )
    has_length = shapely.get_type_id(edges) != 0
    outlined = np.unique(shape_of_edge[has_length])
    outlines = [
        shapely.multilinestrings(edges[has_length & (shape_of_edge == shape)]) for shape in outlined
    ]
    outline_index = type(index)(np.array(outlines, dtype=object))
    blocks = outline_index.measure_points(vertices, used[at], farthest[used[at]])
    from_lines = join(
        [
            EMPTY,
            *(
                ShapePairs(
                    outlined[found.line], found.place, found.distance_m, *vertices[found.point].T
                )
                for found in blocks
            ),
        ]
    )

    both = join([from_shapes, from_lines])
    both = select(both, np.lexsort((both.distance_m, both.line, both.shape)))
    both = select(both, group_starts(both.shape * len(index.lines) + both.line))
    return select(both, both.distance_m <= radius_m[both.shape])


def _list_edges(shapes: Shapes) -> tuple[Shapes, Ints]:
    """The points, lines and rings of all shapes, and the position of the shape of each."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    parts[areas] = shapely.boundary(parts[areas])
    edges, part = shapely.get_parts(parts, return_index=True)
    return edges, shape[part]


def _first_common(shape: shapely.Geometry, line: shapely.LineString) -> Floats:
    """A point where a shape and a line intersect, whichever turn of the globe either is on."""
    turns = [shift_longitudes(shape, degrees) for degrees in (0.0, -360.0, 360.0)]
    common = (shapely.intersection(one, line) for one in turns)
    met = next((part for part in common if not part.is_empty), None)
    if met is None:  # an intersection omits a line of no length on the border of an area
        met = min((shapely.shortest_line(line, one) for one in turns), key=shapely.length)
    return np.asarray(shapely.get_coordinates(met)[0])
