"""What the corridors are worth, and who is cut off, by what.

Figures stay apart (time, clearance, exposure, chokepoints): no blended score says more than they
do.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.assessment.chokepoints import _find_chokepoints, _find_divided
from corridors.geodesy import LineIndex
from corridors.network.graph import Network
from corridors.routing import (
    IncidentExposure,
    Route,
    measure_incident_exposure,
    measure_shared,
    name_shared,
)
from corridors.tables import CORRIDORS, SEVERITY, UNKNOWN, build_table

REACHES_M = tuple(5_000.0 * 2**doubling for doubling in range(13))
"""The nearest thing is looked for within the first, then the next, ...; the last is beyond the far
side of the Earth."""


DIRECTIONS_OF = {"both": (True, False), "forward": (True,), "backward": (False,)}
"""Whether along the line of a segment, for the words of the ledger."""


def assess_corridors(
    network: Network,
    routes: Sequence[Route],
    incidents: gpd.GeoDataFrame,
    *,
    nearby: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """A row for each route: a table of the contract `CORRIDORS`.

    Parameters
    ----------
    network
        What the routes were found on.
    routes
        As `routing.find_routes` gives them.
    incidents
        The active ones: clearance is the geodesic distance from the driven line to the nearest of
        them.
    nearby
        What `exposure.weigh_nearby` gives, for the exposure that a route and its primary have in
        common; without it there is none.
    """
    exposed = None if nearby is None else IncidentExposure.build(network.segments, nearby)
    primary = {(route.depot_id, route.destination_id): route for route in routes if route.rank == 1}
    divided = _find_divided(network)
    chokepoints = {
        pair: _find_chokepoints(network, route, divided) for pair, route in primary.items()
    }
    felt = (
        {
            pair: measure_incident_exposure(network, route.arcs, exposed)
            for pair, route in primary.items()
        }
        if exposed
        else {}
    )
    nearest_incident_m = _measure_nearest_incident(network, routes, incidents)
    severity = pd.Categorical(network.segments["status"], categories=SEVERITY).codes
    exposure = np.append(network.segments["exposure"].to_numpy(), 0.0)
    unknown = np.append((network.segments["status"] == UNKNOWN).to_numpy(), False)
    rows = []
    for route, clear in zip(routes, nearest_incident_m, strict=True):
        pair, segment, minutes = (
            (route.depot_id, route.destination_id),
            network.topology.segment[route.arcs],
            network.minutes[route.arcs],
        )
        length_m = network.topology.length_m[route.arcs]
        shared = (
            name_shared(
                measure_incident_exposure(network, route.arcs, exposed), felt[pair], exposed
            )
            if exposed and route.rank > 1
            else {}
        )
        rows.append(
            {
                "corridor_id": route.corridor_id,
                "depot_id": route.depot_id,
                "destination_id": route.destination_id,
                "rank": route.rank,
                "status": SEVERITY[severity[segment[segment >= 0]].max(initial=0)],
                "length_m": length_m.sum(),
                "duration_min": minutes.sum(),
                "exposure": (exposure[segment] * minutes).sum() / minutes.sum()
                if minutes.any()
                else 0.0,
                "nearest_incident_m": clear,
                "shared_with_primary": measure_shared(network, route.arcs, primary[pair].arcs),
                "shared_exposure": sum(shared.values())
                if route.rank > 1
                else float(bool(exposed and felt[pair].any())),
                "unknown_share": length_m[unknown[segment]].sum() / length_m.sum()
                if length_m.any()
                else 0.0,
                "shared_incidents": tuple(shared),
                "chokepoints": chokepoints[pair],
                "geometry": _draw(network, route),
            }
        )
    return build_table(CORRIDORS, pd.DataFrame(rows) if rows else None)


def _measure_nearest_incident(
    network: Network, routes: Sequence[Route], incidents: gpd.GeoDataFrame
) -> np.ndarray:
    """From the driven line of each route to the nearest incident, in metres; null where there is no
    incident.
    """
    nearest = np.full(len(routes), np.nan)
    for reach in REACHES_M if len(incidents) else ():
        far = np.flatnonzero(np.isnan(nearest)).tolist()
        if not far:
            break
        arcs = np.unique(np.concatenate([routes[at].arcs for at in far]))
        starts = (
            network.nodes[["lon", "lat"]]
            .iloc[[network.topology.position[routes[at].depot_id] for at in far]]
            .to_numpy()
        )
        dots = shapely.linestrings(
            np.stack([starts, starts], axis=1)
        )  # a route of no length is where it starts
        found = LineIndex(np.concatenate([network.draw_arcs(arcs), dots])).measure(
            incidents.geometry.array, reach
        )
        shortest = np.full(len(arcs) + len(dots), np.nan)
        np.fmin.at(shortest, found.line, found.distance_m)
        for dot, at in enumerate(far, start=len(arcs)):
            nearest[at] = np.fmin.reduce(shortest[[*np.searchsorted(arcs, routes[at].arcs), dot]])
    return nearest


def _draw(network: Network, route: Route) -> shapely.Geometry:
    """The driven line; a point where a route has no length (a depot that lies in its destination)."""
    coords = shapely.get_coordinates(network.draw_arcs(route.arcs))
    if len(coords):
        coords = coords[np.r_[True, (np.diff(coords, axis=0) != 0).any(axis=1)]]
    if len(coords) < 2:
        lon, lat = (
            network.nodes.loc[network.terminals[route.depot_id], ["lon", "lat"]]
            if not len(coords)
            else coords[0]
        )
        return shapely.Point(lon, lat)
    return shapely.LineString(coords)
