"""The fixed cells shown instead of depots, and the parts of corridors outside them.

The grid is fixed on the Earth, never on a depot: all plans of one depot show the same cell. Where a
corridor leaves the cell depends on the cell and the road, not on where in the cell it begins.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from corridors.geodesy.measures import GEOD, wrap_longitudes
from corridors.tables import Floats

_DEGREE_M = 110_574.0
"""The shortest degree of latitude, less than one of longitude at the equator: no cell is smaller
than the grid states."""


SHORTEST_M = 1.0
"""A shorter part of a line does not count: it only touches the border of the cell."""


class Part(NamedTuple):
    """A part of a line, and where along the line it starts and ends, in metres."""

    line: shapely.LineString
    start_m: float
    end_m: float


def find_cells(points: Any, grid_m: float) -> npt.NDArray[np.object_]:
    """The cell of the fixed grid around each point, as a rectangle in degrees.

    It is at least `grid_m` wide and high. Each row of cells is divided evenly around the Earth,
    from the antimeridian on.

    >>> cell = find_cells([shapely.Point(35.37148, 33.55751)], 10_000.0)[0]
    >>> [round(float(edge), 4) for edge in cell.bounds]
    [35.3698, 33.5522, 35.4784, 33.6426]
    """
    lon, lat = shapely.get_coordinates(np.asarray(points, dtype=object)).T
    height = grid_m / _DEGREE_M
    south = np.floor(lat / height) * height
    nearest_pole = np.minimum(np.maximum(np.abs(south), np.abs(south + height)), 90.0)
    around = np.maximum(1, np.floor(360.0 * _DEGREE_M * np.cos(np.radians(nearest_pole)) / grid_m))
    width = 360.0 / around
    west = np.minimum(np.floor((lon + 180.0) / width), around - 1) * width - 180.0
    return shapely.box(
        west, np.maximum(south, -90.0), west + width, np.minimum(south + height, 90.0)
    )


def cut_outside(
    line: shapely.LineString, start_cell: shapely.Polygon | None, end_cell: shapely.Polygon | None
) -> Part | None:
    """The part of a line between the cells that it starts and ends in.

    It starts where the line last leaves the first cell, and ends where it first enters the second.

    Lengths are geodesic, along the line. None where nothing is left.

    >>> line = shapely.LineString([(0.5, 0.5), (2.5, 0.5), (4.5, 0.5)])
    >>> cut_outside(line, shapely.box(0, 0, 1, 1), shapely.box(4, 0, 5, 1)).line.wkt
    'LINESTRING (1 0.5, 2.5 0.5, 4 0.5)'
    >>> cut_outside(line, shapely.box(0, 0, 5, 1), None)
    """
    coords = shapely.get_coordinates(line)
    first, last = 0.0, float(len(coords) - 1)
    if start_cell is not None:
        enter, leave = _cross(coords, start_cell)
        inside = np.flatnonzero(enter < leave)
        first = inside[-1] + leave[inside[-1]] if len(inside) else first
    if end_cell is not None:
        enter, leave = _cross(coords, end_cell)
        inside = np.flatnonzero(enter < leave)
        last = inside[0] + enter[inside[0]] if len(inside) else last
    if first >= last:
        return None
    order = np.arange(len(coords))
    within = coords[(order > first) & (order < last)]
    ends = [_place(coords, first), _place(coords, last)]
    away_m = np.concatenate([[0.0], np.cumsum(GEOD.inv(*coords[:-1].T, *coords[1:].T)[2])])
    start_m, end_m = (float(np.interp(at, order, away_m)) for at in (first, last))
    whole = end_m - start_m >= SHORTEST_M
    return (
        Part(shapely.LineString(np.vstack([ends[0], within, ends[1]])), start_m, end_m)
        if whole
        else None
    )


def _cross(coords: Floats, cell: shapely.Polygon) -> tuple[Floats, Floats]:
    """Where each step of a line enters and leaves a rectangle, as shares of the step.

    It is inside between the two; where it enters later than it leaves, it is never inside.
    """
    west, south, east, north = cell.bounds
    around = wrap_longitudes(coords, (west + east) / 2)
    enter, leave = np.zeros(len(coords) - 1), np.ones(len(coords) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis, low, high in ((0, west, east), (1, south, north)):
            start, step = around[:-1, axis], np.diff(around[:, axis])
            flat = step == 0
            near, far = np.sort([(low - start) / step, (high - start) / step], axis=0)
            inside = (start >= low) & (start <= high)
            enter = np.maximum(enter, np.where(flat, np.where(inside, 0.0, 2.0), near))
            leave = np.minimum(leave, np.where(flat, np.where(inside, 1.0, -1.0), far))
    return enter, leave


def _place(coords: Floats, at: float) -> Floats:
    """The place so many steps along a line, to a centimetre.

    Finer, the noise of arithmetic would reveal where the step began.
    """
    step = min(int(at), len(coords) - 2)
    start = coords[step]
    end = wrap_longitudes(coords[step + 1 : step + 2], float(start[0]))[0]
    lon, lat = start + (at - step) * (end - start)
    return np.round([(lon + 180.0) % 360.0 - 180.0 if abs(lon) > 180.0 else lon, lat], 7)
