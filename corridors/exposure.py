"""Exposure: for each segment, how near the active incidents are, how recent, and how sure.

Only a weighing of what was reported: it makes a road dearer, it never closes one and never says how dangerous one is.
"""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.crs import LineIndex
from corridors.rules import Rules


def measure_reach(incidents: gpd.GeoDataFrame, *, rules: Rules) -> pd.Series:
    """The effective radius of each incident, in metres: the radius of its kind plus its positional uncertainty."""
    radius_m = incidents["kind"].map(lambda kind: rules.incidents.of(kind).radius_m).astype(float)
    return (radius_m + incidents["accuracy_m"]).rename("reach_m")


def find_nearby(roads: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame, *, rules: Rules) -> pd.DataFrame:
    """Every pair of an incident and a segment near enough to matter, measured exactly on the ellipsoid.

    Parameters
    ----------
    roads
        A table of the contract `ROADS`.
    incidents
        The active ones only, as `INCIDENTS`.
    rules
        An incident reaches as far as its effective radius times `incidents.exposure_reach_ratio`.

    Returns
    -------
    DataFrame with columns incident_id, segment_id, distance_m (to the nearest point of the segment), reach_m (the
    effective radius), sorted by incident, then segment.
    """
    reach_m = measure_reach(incidents, rules=rules)
    far_m = np.maximum(reach_m * rules.incidents.exposure_reach_ratio, incidents["accuracy_m"] + rules.incidents.on_bridge_m).to_numpy()
    near = LineIndex(roads.geometry.array).within(incidents.geometry.array, far_m)
    return pd.DataFrame(
        {
            "incident_id": incidents.index.to_numpy()[near.place],
            "segment_id": roads.index.to_numpy()[near.line],
            "distance_m": near.distance_m,
            "reach_m": reach_m.to_numpy()[near.place],
        }
    )


def weigh_nearby(incidents: gpd.GeoDataFrame, nearby: pd.DataFrame, *, as_of: datetime, rules: Rules) -> pd.DataFrame:
    """How much each incident exposes each segment near it: `nearby` with a column exposure, nearness * recency * sureness.

    Nearness is 1 within the effective radius and falls in a straight line to 0 at `exposure_reach_ratio` times it;
    recency halves every `half_life_days`; sureness is 1 for a verified report and less for others. So 1.0 reads "as if
    one verified incident happened here now".
    """
    rule = {kind: rules.incidents.of(kind) for kind in incidents["kind"].unique()}
    age_days = ((pd.Timestamp(as_of) - incidents["occurred_until"]) / pd.Timedelta(days=1)).clip(lower=0.0)
    recency = 0.5 ** (age_days / incidents["kind"].map(lambda kind: rule[kind].half_life_days).astype(float))
    weight = {"verified": 1.0, "corroborated": rules.incidents.weight_corroborated, "reported": rules.incidents.weight_reported}
    sureness = incidents["verification"].map(weight).astype(float)
    ratio = rules.incidents.exposure_reach_ratio
    beyond = nearby["distance_m"] / nearby["reach_m"] - 1.0
    nearness = (1.0 - beyond / (ratio - 1.0) if ratio > 1.0 else 1.0 - np.sign(beyond)).clip(0.0, 1.0)
    return nearby.assign(exposure=nearness * (recency * sureness).reindex(nearby["incident_id"]).to_numpy())


def measure_exposure(roads: gpd.GeoDataFrame, nearby: pd.DataFrame) -> pd.Series:
    """The exposure of each segment: the sum over the incidents near it, so that one more never lowers it.

    Parameters
    ----------
    roads
        A table of the contract `ROADS`.
    nearby
        What `weigh_nearby` gives.

    Returns
    -------
    Series of float, index `segment_id`, 0 where nothing is near.
    """
    return nearby["exposure"].groupby(nearby["segment_id"]).sum().reindex(roads.index, fill_value=0.0).rename("exposure")
