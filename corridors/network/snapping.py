"""Where sites meet the roads."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.errors import InputError, Problem
from corridors.geodesy import LineIndex
from corridors.messages import Message
from corridors.rules import Rules


def snap_sites(
    sites: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    *,
    rules: Rules,
    index: LineIndex | None = None,
) -> pd.DataFrame:
    """Where each site meets the roads: the nearest point of any segment, open or closed.

    Parameters
    ----------
    sites, roads
        Tables of the contracts `SITES` and `ROADS`.
    rules
        `routing.max_snap_m`.
    index
        `LineIndex(roads.geometry.array)`, where it exists already.

    Returns
    -------
    DataFrame with index site_id and columns segment_id, along_m (metres along the segment), snap_m
    (geodesic metres from the site to that point), lon, lat.

    Raises
    ------
    InputError
        `site-far-from-roads` for each site with no road within `rules.routing.max_snap_m` (Fix: its
        coordinates, or roads near it, or a larger max_snap_m).
    """
    near = (index or LineIndex(roads.geometry.array)).nearest(
        sites.geometry.array, rules.routing.max_snap_m
    )
    missing = sites.index[~np.isin(np.arange(len(sites)), near.place)]
    if len(missing):
        limit_m = rules.routing.max_snap_m
        raise InputError(
            Problem(
                "site-far-from-roads",
                Message(
                    "problem.site_beyond_max_snap",
                    role=sites.at[site, "role"],
                    site=site,
                    limit_m=limit_m,
                ),
                Message("hint.move_site_or_add_roads"),
                field="lat, lon",
                value=f"{point.y:.5f}, {point.x:.5f}",
            )
            for site, point in sites.geometry.loc[missing].items()
        )
    return pd.DataFrame(
        {
            "segment_id": roads.index.to_numpy()[near.line],
            "along_m": near.along_m,
            "snap_m": near.distance_m,
            "lon": near.lon,
            "lat": near.lat,
        },
        index=sites.index,
    )
