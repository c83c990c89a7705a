"""What two routes have in common: metres of road, and exposure to the same incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.kernels import count_starts, expand_ranges
from corridors.network.graph import Network
from corridors.tables import Floats, Ints, find_positions


@dataclass(frozen=True, eq=False, slots=True)
class IncidentExposure:
    """How much each incident exposes each segment, as arrays sorted by segment.

    The entries of segment i are those from first[i] to first[i + 1]: `incident` is a position in
    `incidents`.
    """

    incidents: pd.Index
    first: Ints
    incident: Ints
    exposure: Floats

    @classmethod
    def build(cls, segments: gpd.GeoDataFrame, nearby: pd.DataFrame) -> Self:
        """From the result of `exposure.weigh_nearby`: incident_id, segment_id, exposure."""
        exposure, ids = nearby["exposure"].to_numpy(), nearby["incident_id"]
        rows = np.flatnonzero(exposure > 0)
        if (
            isinstance(ids.dtype, pd.CategoricalDtype)
            and ids.cat.categories.is_monotonic_increasing
        ):
            code = ids.cat.codes.to_numpy()[rows]
            used = np.bincount(code, minlength=len(ids.cat.categories)) > 0
            incidents, incident = ids.cat.categories[used], (np.cumsum(used) - 1)[code]
        else:
            incidents = pd.Index(ids.iloc[rows].unique()).sort_values()
            incident = incidents.get_indexer(ids.iloc[rows])
        segment = find_positions(nearby["segment_id"], segments.index)[rows]
        order = np.lexsort((incident, segment))
        first = count_starts(segment, len(segments))
        return cls(incidents, first, incident[order].astype(np.int64), exposure[rows][order])


def read_exposure(
    network: Network, nearby: pd.DataFrame | IncidentExposure | None
) -> IncidentExposure | None:
    """The exposure of the segments of a network, from the result of `weigh_nearby`.

    An `IncidentExposure`, or None, is returned unchanged.
    """
    if nearby is None or isinstance(nearby, IncidentExposure):
        return nearby
    return IncidentExposure.build(network.segments, nearby)


def measure_shared(network: Network, arcs: Ints, others: Ints) -> float:
    """The share (0 to 1) of the length of a route that another route drives too, either direction.

    Both are given by their arcs.
    """
    roads = network.topology
    length_m = roads.length_m[arcs]
    driven = length_m.sum()
    if not driven:
        return 1.0
    return float(length_m[np.isin(roads.edge_id[arcs], roads.edge_id[others])].sum() / driven)


def measure_incident_exposure(network: Network, arcs: Ints, exposed: IncidentExposure) -> Floats:
    """The exposure along a route to each of `exposed.incidents`: exposure times minutes, summed."""
    segment = network.topology.segment[arcs]
    driven = segment >= 0
    segment, minutes = segment[driven], network.minutes[arcs][driven]
    first = exposed.first[segment]
    count = exposed.first[segment + 1] - first
    entry, step = expand_ranges(first, count), np.repeat(np.arange(len(segment)), count)
    return np.bincount(
        exposed.incident[entry], exposed.exposure[entry] * minutes[step], len(exposed.incidents)
    ).astype(np.float64)


def measure_shared_exposure(own: Floats, other: Floats) -> float:
    """The share (0 to 1) of a route's exposure that comes from incidents that expose another too.

    Both are results of `measure_incident_exposure`. A route without exposure shares nothing.

    >>> measure_shared_exposure(np.array([3.0, 1.0, 0.0]), np.array([0.0, 0.5, 2.0]))
    0.25
    """
    total = own.sum()
    return float(own[other > 0].sum() / total) if total else 0.0


def name_shared(own: Floats, other: Floats, exposed: IncidentExposure) -> Mapping[str, float]:
    """The incidents that expose both routes, with their share of the exposure of the first.

    The largest share comes first.
    """
    total = own.sum()
    both = np.flatnonzero((own > 0) & (other > 0))
    order = both[np.argsort(-own[both], kind="stable")]
    return {exposed.incidents[at]: float(own[at] / total) for at in order}
