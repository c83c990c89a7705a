"""What the corridors are worth, and who is cut off, by what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from corridors.access import Causes
from corridors.assessment.corridors import assess_corridors
from corridors.assessment.cut_off import Explain, assess_cut_off
from corridors.geodesy import LineIndex
from corridors.network.graph import Network
from corridors.routing import IncidentExposure, Route


@dataclass(frozen=True, eq=False)
class Assessment:
    """The corridors and their figures, and the destinations that none of them reaches."""

    corridors: gpd.GeoDataFrame
    """A table of the contract `CORRIDORS`."""
    cut_off: gpd.GeoDataFrame
    """A table of the contract `CUT_OFF`."""


def assess(
    network: Network,
    routes: Sequence[Route],
    incidents: gpd.GeoDataFrame,
    *,
    depots: Sequence[str],
    destinations: gpd.GeoDataFrame,
    closures: Causes,
    snaps: pd.DataFrame,
    nearby: pd.DataFrame | IncidentExposure | None = None,
    explain: Explain | None = None,
    index: LineIndex | None = None,
) -> Assessment:
    """Measure every corridor, and find what cuts off the destinations without one.

    Parameters are those of `assess_corridors` and `assess_cut_off`; `destinations` are all of them.
    """
    corridors = assess_corridors(network, routes, incidents, nearby=nearby)
    reached = {route.destination_id for route in routes}
    missed = destinations[~destinations.index.isin(reached)]
    cut_off = assess_cut_off(network, depots, missed, closures, snaps, explain, index)
    return Assessment(corridors, cut_off)
