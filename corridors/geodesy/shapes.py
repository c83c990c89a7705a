"""Places that are lines or areas: they count from their nearest point.

Where a shape and a line meet, nothing lies between them. Elsewhere the nearest points of two chains
of straight segments that do not meet include a vertex of one of them; and lines straight in
longitude and latitude are such chains to within SAG_M once cut into pieces. So each is measured
from the vertices of the other, every distance exactly, and the least of them errs by at most
DOUBT_M, upwards. Where that could decide, vertices are set every metre, and what is left is below
1e-6 m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.azimuthal import run_starts
from corridors.geodesy.chords import PIECE_DEGREES, Floats, Ints
from corridors.geodesy.pieces import HALF_M, cut

if TYPE_CHECKING:
    from corridors.geodesy.index import LineIndex

Shapes = npt.NDArray[np.object_]
Measured = tuple[Ints, Ints, Floats, Floats, Floats]
"""Shape, line, distance in metres, and the point of the line in degrees."""
DOUBT_M = 0.005
"""Above twice SAG_M and what little a plane errs by over 200 m."""
FINE_DEGREES = 1.0 / 111_700.0


def measure_shapes(index: LineIndex, shapes: Shapes, radius_m: Floats) -> Measured:
    """Each pair of a shape and a line of the index within reach, some beyond, sorted by shape, then
    line.
    """
    count = len(index.lines)
    area, line = index.crossed_by(shapes)
    meeting = [
        _first_common(shapes[at], index.lines[to])
        for at, to in zip(area.tolist(), line.tolist(), strict=True)
    ]
    spots = np.array(meeting, dtype=np.float64).reshape(-1, 2)
    apart = _measure_apart(index, shapes, radius_m + DOUBT_M, PIECE_DEGREES)
    apart = _select(apart, ~np.isin(apart[0] * count + apart[1], area * count + line))
    doubtful = np.flatnonzero(
        (apart[2] > radius_m[apart[0]]) & (apart[2] <= radius_m[apart[0]] + DOUBT_M)
    )
    for row in doubtful.tolist():
        at, to = apart[0][row], apart[1][row]
        lone = type(index)(index.lines[[to]])
        again = _measure_apart(lone, shapes[[at]], radius_m[[at]] + DOUBT_M, FINE_DEGREES)
        for column, better in zip(apart[2:], again[2:], strict=True):
            column[row] = better[0]
    found = (area, line, np.zeros(len(area)), spots[:, 0], spots[:, 1])
    joined = _join([found, apart])
    return _select(joined, np.lexsort((joined[1], joined[0])))


def shift_longitudes(shapes: Any, degrees: float) -> Any:
    """The shapes moved east by so many degrees of longitude."""
    return (
        shapely.transform(shapes, lambda xy: xy + np.array([degrees, 0.0])) if degrees else shapes
    )


def wrap_near(shapes: Shapes, others: Any) -> Shapes:
    """The shapes, each on the turn round the globe on which the other of its place is drawn, or the
    one other of them all.
    """
    middle, there = (shapely.bounds(each)[..., [0, 2]].mean(axis=-1) for each in (shapes, others))
    turns = 360.0 * np.rint((there - middle) / 360.0)
    turned = shapes.copy()
    for at in np.flatnonzero(turns):
        turned[at] = shift_longitudes(shapes[at], turns[at])
    return turned


def _measure_apart(
    index: LineIndex, shapes: Shapes, radius_m: Floats, spacing_degrees: float
) -> Measured:
    """The least distance from the vertices of either to the other, where that is within reach."""
    edges, shape_of = _edges(shapes)
    corners, edge = shapely.get_coordinates(cut(edges, spacing_degrees), return_index=True)
    # A line within reach of an edge is within reach and half a piece of one of its vertices.
    blocks = index.measure_points(corners, shape_of[edge], radius_m[shape_of[edge]] + HALF_M)
    one_way = _join(
        [(found.place, found.line, found.distance_m, found.lon, found.lat) for found in blocks]
    )

    used, farthest = np.unique(one_way[1]), np.zeros(len(index.lines))
    np.maximum.at(farthest, one_way[1], radius_m[one_way[0]])
    vertices, line = shapely.get_coordinates(
        cut(index.lines[used], spacing_degrees), return_index=True
    )
    outlines = shapely.get_type_id(edges) != 0
    outlined = np.unique(shape_of[outlines])
    outline = np.array(
        [shapely.multilinestrings(edges[outlines & (shape_of == shape)]) for shape in outlined],
        dtype=object,
    )
    blocks = type(index)(outline).measure_points(vertices, used[line], farthest[used[line]])
    other_way = _join(
        [
            (outlined[found.line], found.place, found.distance_m, *vertices[found.point].T)
            for found in blocks
        ]
    )

    both = _join([one_way, other_way])
    both = _select(both, np.lexsort((both[2], both[1], both[0])))
    both = _select(both, run_starts(both[0] * len(index.lines) + both[1]))
    return _select(both, both[2] <= radius_m[both[0]])


def _join(found: list[Measured]) -> Measured:
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    shape, line, distance, lon, lat = (
        np.concatenate(columns)
        for columns in zip((none, none, nothing, nothing, nothing), *found, strict=True)
    )
    return shape, line, distance, lon, lat


def _edges(shapes: Shapes) -> tuple[Shapes, Ints]:
    """The points, lines and rings of each shape, and whose each is."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    parts[areas] = shapely.boundary(parts[areas])
    edges, part = shapely.get_parts(parts, return_index=True)
    return edges, shape[part]


def _first_common(shape: shapely.Geometry, line: shapely.LineString) -> Floats:
    """A point where a shape and a line meet, on whichever turn round the globe either is drawn."""
    turned = [shift_longitudes(shape, degrees) for degrees in (0.0, -360.0, 360.0)]
    common = (shapely.intersection(one, line) for one in turned)
    met = next((spot for spot in common if not spot.is_empty), None)
    if met is None:  # a line of no length on the border of an area: an intersection leaves it out
        met = min((shapely.shortest_line(line, one) for one in turned), key=shapely.length)
    return np.asarray(shapely.get_coordinates(met)[0])


def _select(measured: tuple[Any, ...], rows: Any) -> Measured:
    return tuple(column[rows] for column in measured)
