"""Waypoints of a corridor: places that a driver or a checkpoint can report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from corridors.geodesy.measures import GEOD, wrap_longitudes
from corridors.tables import PASSABLE, Floats, Ints

SHORT_M = 150.0
"""A road followed for less than this is a junction, not a waypoint."""
NEAR_DEG = 2e-4
"""Degrees, 20 m: a line follows the road this near to it; lines cut at a cell are rounded.
"""
MAX_SAMPLES = 60
"""A line is sampled at no more places than this."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place on a corridor, and what changes there."""

    lon: float
    lat: float
    distance_m: float
    """Distance from the start."""
    minutes: float = math.nan
    """Driving time from the start; NaN where unknown."""
    road: str | None = None
    """The name of the road that starts here, empty without a name; None where it continues."""
    structure: str = ""
    """The bridge or tunnel that starts here."""
    structure_road: str = ""
    """The name of its road, where it differs from that of the road followed."""
    status: str = ""
    """The state that starts here."""


def find_changes(
    steps: gpd.GeoDataFrame,
    segments: gpd.GeoDataFrame,
    names: Sequence[str],
    *,
    top_speed_kph: float,
) -> tuple[Waypoint, ...]:
    """The start of a corridor, each place where road, structure or state changes, and the end.

    Parameters
    ----------
    steps
        The steps of one corridor in driving order.
    segments
        The segment of each step.
    names
        The name of the road of each step, empty where it has none.
    top_speed_kph
        The top speed of the vehicle.
    """
    length_m = (steps["end_m"] - steps["start_m"]).abs().to_numpy()
    minutes = length_m / segments["speed_kph"].clip(upper=top_speed_kph).to_numpy() * 0.06
    away_m, away_min = (
        np.concatenate([[0.0], np.cumsum(values)]) for values in (length_m, minutes)
    )
    roads = _absorb_short(names, length_m)
    structures = np.where(segments["bridge"], "bridge", np.where(segments["tunnel"], "tunnel", ""))
    status = segments["status"].to_numpy()
    found = []
    before: tuple[str | None, str, str] = (None, "", PASSABLE)
    for at, line in enumerate(steps.geometry):
        now = (roads[at], str(structures[at]), str(status[at]))
        road, structure, state = (
            new if new != old else None for new, old in zip(now, before, strict=True)
        )
        if road is not None or structure or state:
            lon, lat = line.coords[0]
            own = names[at] if structure and names[at] != roads[at] else ""
            place = (lon, lat, float(away_m[at]), float(away_min[at]))
            found.append(Waypoint(*place, road, structure or "", own, state or ""))
        before = now
    lon, lat = steps.geometry.iloc[-1].coords[-1]
    return (*found, Waypoint(lon, lat, float(away_m[-1]), float(away_min[-1])))


def _absorb_short(names: Sequence[str], length_m: Floats) -> list[str]:
    """The same names; a road followed for less than `SHORT_M` takes the name of the road before.

    >>> _absorb_short(["A", "B", "C"], np.array([500.0, 20.0, 500.0]))
    ['A', 'A', 'C']
    """
    runs: list[tuple[int, int]] = []
    for at, name in enumerate(names):
        if runs and names[runs[-1][0]] == name:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    kept: list[str] = []
    for start, end in runs:
        short = kept and length_m[start:end].sum() < SHORT_M
        kept += [kept[-1] if short else names[start]] * (end - start)
    return kept


def sample_line(line: shapely.LineString, step_m: float) -> tuple[float, tuple[Waypoint, ...]]:
    """Places along a line: the start, one at each step, and the end. Before them stands the step.

    The step is a multiple of `step_m`, such that there are at most `MAX_SAMPLES` steps.

    >>> step_m, places = sample_line(shapely.LineString([(0, 0), (0, 0.02)]), 1000.0)
    >>> step_m, [place.distance_m for place in places[:-1]]
    (1000.0, [0.0, 1000.0, 2000.0])
    """
    coords = shapely.get_coordinates(line)
    away_m = np.concatenate([[0.0], np.cumsum(GEOD.inv(*coords[:-1].T, *coords[1:].T)[2])])
    step_m *= max(1.0, float(np.ceil(away_m[-1] / step_m / MAX_SAMPLES)))
    at_m = np.arange(0.0, max(away_m[-1], 1e-6), step_m)  # the start, even of a line without length
    around = wrap_longitudes(coords, float(coords[0, 0]))
    lon, lat = (np.interp(at_m, away_m, around[:, axis]) for axis in (0, 1))
    spots = np.vstack([np.column_stack([(lon + 180.0) % 360.0 - 180.0, lat]), coords[-1:]])
    distances_m = [*at_m.tolist(), float(away_m[-1])]
    return step_m, tuple(
        Waypoint(float(x), float(y), far) for (x, y), far in zip(spots, distances_m, strict=True)
    )


def find_roads(places: Sequence[Waypoint], segments: gpd.GeoDataFrame) -> Ints:
    """The position of the segment at each place; -1 where none is within `NEAR_DEG`."""
    road = np.full(len(places), -1, dtype=np.int64)
    if len(segments):
        spots = shapely.points([(place.lon, place.lat) for place in places])
        tree = shapely.STRtree(segments.geometry.to_numpy())
        spot, at = tree.query_nearest(spots, max_distance=NEAR_DEG, all_matches=True)
        first = np.unique(spot, return_index=True)[1]
        road[spot[first]] = at[first]
    return road
