"""What the corridors are worth, and who is cut off, by what.

Figures stay apart (time, nearest incident, exposure, chokepoints): no blended score says more.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas.array import GeometryArray

from corridors.assessment.chokepoints import find_chokepoints, find_divided
from corridors.geodesy import LineIndex
from corridors.network.graph import Network
from corridors.routing import (
    IncidentExposure,
    Route,
    measure_incident_exposure,
    measure_shared,
    name_shared,
    read_exposure,
)
from corridors.tables import (
    CORRIDORS,
    CRS,
    SEVERITY,
    UNKNOWN,
    Floats,
    Ints,
    assemble_table,
    build_table,
    list_tuples,
    take_words,
)

REACHES_M = tuple(5_000.0 * 2**doubling for doubling in range(13))
"""The nearest thing is looked for within the first, then the next, ...; the last is beyond the far
side of the Earth."""


def assess_corridors(
    network: Network,
    routes: Sequence[Route],
    incidents: gpd.GeoDataFrame,
    *,
    nearby: pd.DataFrame | IncidentExposure | None = None,
) -> gpd.GeoDataFrame:
    """A row for each route: a table of the contract `CORRIDORS`.

    Parameters
    ----------
    network
        What the routes were found on.
    routes
        As `routing.find_routes` gives them.
    incidents
        The active ones: `nearest_incident_m` is the geodesic distance from the driven line to the
        nearest of them.
    nearby
        What `exposure.weigh_nearby` gives, for the exposure that a route and its primary have in
        common; without it there is none.
    """
    if not routes:
        return build_table(CORRIDORS)
    exposed, roads = read_exposure(network, nearby), network.topology
    primary = {(route.depot_id, route.destination_id): route for route in routes if route.rank == 1}
    chosen = [primary[route.depot_id, route.destination_id] for route in routes]
    divided = find_divided(network)
    chokepoints = {
        pair: find_chokepoints(network, route, divided) for pair, route in primary.items()
    }
    driven = _Driven.draw(network, routes)
    shared = [_share_exposure(network, *pair, exposed) for pair in zip(routes, chosen, strict=True)]
    segment, minutes = roads.segment[driven.arcs], network.minutes[driven.arcs]
    status = network.segments["status"].array.take(segment)
    severity = np.where(segment < 0, 0, pd.Categorical(status, categories=SEVERITY).codes)
    worst = np.zeros(len(routes), dtype=np.int64)
    np.maximum.at(worst, driven.route, severity)
    exposure = np.append(network.segments["exposure"].to_numpy(), 0.0)[segment] * minutes
    length_m = roads.length_m[driven.arcs]
    parts = [slice(*ends) for ends in pairwise(driven.first.tolist())]
    total_m, total_min, felt, total_unknown_m = (
        np.array([values[part].sum() for part in parts])
        for values in (
            length_m,
            minutes,
            exposure,
            np.where(severity == SEVERITY.index(UNKNOWN), length_m, 0.0),
        )
    )
    pairs = zip(routes, chosen, strict=True)
    columns: dict[str, Any] = {
        "depot_id": pd.array([route.depot_id for route in routes], dtype="str"),
        "destination_id": pd.array([route.destination_id for route in routes], dtype="str"),
        "rank": np.array([route.rank for route in routes]),
        "status": take_words(SEVERITY, worst),
        "length_m": total_m,
        "duration_min": total_min,
        "exposure": np.divide(felt, total_min, out=np.zeros(len(routes)), where=total_min > 0),
        "nearest_incident_m": _measure_nearest_incident(network, routes, driven, incidents),
        "shared_with_primary": np.array(
            [measure_shared(network, route.arcs, first.arcs) for route, first in pairs]
        ),
        "shared_exposure": np.array([share for share, _ in shared]),
        "unknown_share": np.divide(
            total_unknown_m, total_m, out=np.zeros(len(routes)), where=total_m > 0
        ),
        "shared_incidents": list_tuples([names for _, names in shared]),
        "chokepoints": list_tuples(
            [chokepoints[route.depot_id, route.destination_id] for route in routes]
        ),
        "geometry": _draw(network, routes, driven),
    }
    ids = np.array([route.corridor_id for route in routes], dtype=object)
    order = np.argsort(ids, kind="stable")
    ordered = {name: column[order] for name, column in columns.items()}
    ordered["geometry"] = GeometryArray(ordered["geometry"], crs=CRS)
    return assemble_table(
        CORRIDORS, ordered, pd.Index(ids[order], dtype="str", name=CORRIDORS.index)
    )


class _Driven(NamedTuple):
    """The arcs of all routes, one after the other, and the line of each."""

    arcs: Ints
    route: Ints
    """The number of the route of each."""
    first: Ints
    """Where each route begins, and the last ends."""
    lines: npt.NDArray[np.object_]
    """Of each different arc, in the order of their numbers."""
    line: Ints
    """The line of each of `arcs`."""

    @classmethod
    def draw(cls, network: Network, routes: Sequence[Route]) -> Self:
        arcs = np.concatenate([route.arcs for route in routes])
        count = [len(route.arcs) for route in routes]
        different, line = np.unique(arcs, return_inverse=True)
        first = np.r_[0, np.cumsum(count)]
        owner = np.repeat(np.arange(len(routes)), count)
        return cls(arcs, owner, first, network.draw_arcs(different), line)


def _share_exposure(
    network: Network, route: Route, primary: Route, exposed: IncidentExposure | None
) -> tuple[float, tuple[str, ...]]:
    """The share of exposure that a route and its primary have in common, and the incidents."""
    if exposed is None:
        return 0.0, ()
    own = measure_incident_exposure(network, route.arcs, exposed)
    if route.rank == 1:
        return float(own.any()), ()
    shared = name_shared(own, measure_incident_exposure(network, primary.arcs, exposed), exposed)
    return sum(shared.values()), tuple(shared)


def _measure_nearest_incident(
    network: Network, routes: Sequence[Route], driven: _Driven, incidents: gpd.GeoDataFrame
) -> Floats:
    """From the driven line of each route to the nearest incident, in metres.

    Null where there is no incident.
    """
    nearest = np.full(len(routes), np.nan)
    if incidents.empty:
        return nearest
    starts = _find_starts(network, routes)
    dots = shapely.linestrings(np.stack([starts, starts], axis=1))
    # a route of no length is where it starts
    for reach in REACHES_M:
        far = np.isnan(nearest)
        if not far.any():
            break
        line, route = (each[far[driven.route]] for each in (driven.line, driven.route))
        used, place = np.unique(line, return_inverse=True)
        index = LineIndex(np.concatenate([driven.lines[used], dots[far]]))
        found = index.measure(incidents.geometry.array, reach)
        shortest = np.full(len(index.lines), np.nan)
        np.fmin.at(shortest, found.line, found.distance_m)
        nearest[far] = shortest[len(used) :]
        np.fmin.at(nearest, route, shortest[place])
    return nearest


def _find_starts(network: Network, routes: Sequence[Route]) -> Floats:
    """Where each route starts: longitude and latitude."""
    at = [network.topology.position[route.depot_id] for route in routes]
    return network.nodes[["lon", "lat"]].to_numpy()[at]


def _draw(network: Network, routes: Sequence[Route], driven: _Driven) -> npt.NDArray[np.object_]:
    """The driven lines; a point where a route has no length (a depot in its destination)."""
    coords, owner = shapely.get_coordinates(driven.lines[driven.line], return_index=True)
    route = driven.route[owner]
    new = np.ones(len(coords), dtype=bool)
    new[1:] = (np.diff(coords, axis=0) != 0).any(axis=1) | (np.diff(route) != 0)
    coords, route = coords[new], route[new]
    count = np.bincount(route, minlength=len(routes))
    shapes = shapely.points(_find_starts(network, routes))
    lone = count[route] == 1
    shapes[route[lone]] = shapely.points(coords[lone])
    several = np.flatnonzero(count > 1)
    place = np.searchsorted(several, route[~lone])
    shapes[several] = shapely.linestrings(coords[~lone], indices=place)
    return shapes
