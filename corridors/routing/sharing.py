"""What two routes have in common: metres of road, and exposure to the same incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.network.graph import Network
from corridors.tables import Floats, Ints, find_positions


@dataclass(frozen=True, eq=False, slots=True)
class Exposed:
    """How much each incident exposes each segment, as arrays sorted by segment: those of segment i
    stand from first[i] to first[i + 1].
    """

    incidents: pd.Index
    first: Ints
    incident: Ints
    exposure: Floats

    @classmethod
    def build(cls, segments: gpd.GeoDataFrame, nearby: pd.DataFrame) -> Self:
        """From what `exposure.find_nearby` gives: incident_id, segment_id, exposure."""
        felt = np.flatnonzero(nearby["exposure"].to_numpy() > 0)
        ids = nearby["incident_id"]
        if (
            isinstance(ids.dtype, pd.CategoricalDtype)
            and ids.cat.categories.is_monotonic_increasing
        ):
            code = ids.cat.codes.to_numpy()[felt]
            used = np.bincount(code, minlength=len(ids.cat.categories)) > 0
            incidents = ids.cat.categories[used]
            incident = (np.cumsum(used) - 1)[code]
        else:
            incidents = pd.Index(ids.iloc[felt].unique()).sort_values()
            incident = incidents.get_indexer(ids.iloc[felt])
        segment = find_positions(nearby["segment_id"], segments.index)[felt]
        order = np.lexsort((incident, segment))
        first = np.r_[0, np.cumsum(np.bincount(segment, minlength=len(segments)))]
        return cls(
            incidents,
            first,
            incident[order].astype(np.int64),
            nearby["exposure"].to_numpy()[felt][order],
        )


def read_exposed(network: Network, nearby: pd.DataFrame | Exposed | None) -> Exposed | None:
    """What exposes the segments of a network, of what `weigh_nearby` returns if that is given."""
    if nearby is None or isinstance(nearby, Exposed):
        return nearby
    return Exposed.build(network.segments, nearby)


def measure_shared(network: Network, arcs: Ints, others: Ints) -> float:
    """The share of the length of a route (its arcs), from 0 to 1, that another drives too, in
    either direction.
    """
    roads = network.topology
    length_m = roads.length_m[arcs]
    driven = length_m.sum()
    return (
        float(length_m[np.isin(roads.edge_id[arcs], roads.edge_id[others])].sum() / driven)
        if driven
        else 1.0
    )


def measure_exposed(network: Network, arcs: Ints, exposed: Exposed) -> Floats:
    """For each incident of `exposed.incidents`, the exposure to it along a route: exposure times
    minutes, summed.
    """
    segment = network.topology.segment[arcs]
    driven = segment >= 0
    segment, minutes = segment[driven], network.minutes[arcs][driven]
    count = exposed.first[segment + 1] - exposed.first[segment]
    step = np.repeat(np.arange(len(segment)), count)
    pair = (
        exposed.first[segment][step]
        + np.arange(len(step))
        - np.repeat(np.cumsum(count) - count, count)
    )
    return np.bincount(
        exposed.incident[pair], exposed.exposure[pair] * minutes[step], len(exposed.incidents)
    ).astype(np.float64)


def measure_shared_exposure(own: Floats, other: Floats) -> float:
    """The share of a route's exposure, from 0 to 1, that comes from incidents to which another is
    exposed too.

    Both are what `measure_exposed` gives. A route that is not exposed shares nothing.

    >>> measure_shared_exposure(np.array([3.0, 1.0, 0.0]), np.array([0.0, 0.5, 2.0]))
    0.25
    """
    total = own.sum()
    return float(own[other > 0].sum() / total) if total else 0.0


def name_shared(own: Floats, other: Floats, exposed: Exposed) -> Mapping[str, float]:
    """The incidents to which both routes are exposed, and the share of the first one's exposure
    that each makes up; largest first.
    """
    total = own.sum()
    both = np.flatnonzero((own > 0) & (other > 0))
    order = both[np.argsort(-own[both], kind="stable")]
    return {exposed.incidents[at]: float(own[at] / total) for at in order}
