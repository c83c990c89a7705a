"""Exposure: for each segment, how near the active incidents are, how recent, and how sure.

Reports too vague to close a road spread their share over their whole area. Only a weighing of what
was reported: it makes a road dearer, it never closes one and never says how dangerous one is.
"""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.geodesy import LineIndex
from corridors.rules import Rules
from corridors.tables import find_positions

BATCH_SIZE = 1_000_000
"""So many pairs are weighed at once."""

_DEGREE_M = 111_320.0
"""Of latitude."""


def measure_effective_radius(incidents: gpd.GeoDataFrame, *, rules: Rules) -> pd.Series:
    """The effective radius of each incident, in metres: the radius of its kind plus its positional
    uncertainty.
    """
    radius_m = (
        incidents["kind"]
        .map({kind: rules.incidents.of(kind).radius_m for kind in incidents["kind"].unique()})
        .astype(float)
    )
    return (radius_m + incidents["accuracy_m"]).rename("effective_radius_m")


def find_nearby(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    *,
    rules: Rules,
    index: LineIndex | None = None,
) -> pd.DataFrame:
    """Every pair of an incident and a segment near enough to matter, measured exactly on the
    ellipsoid.

    Parameters
    ----------
    roads
        A table of the contract `ROADS`.
    incidents
        The active ones only, as `INCIDENTS`.
    rules
        An incident reaches as far as its effective radius times `incidents.exposure_reach_ratio`.
    index
        `LineIndex(roads.geometry.array)`, where it is there already.

    Returns
    -------
    DataFrame with columns incident_id, segment_id (categories: the indexes of the
    tables), distance_m (to the nearest point of the segment), effective_radius_m (the effective
    radius), sorted by incident, then segment.
    """
    index = index or LineIndex(roads.geometry.array)
    effective_radius_m = measure_effective_radius(incidents, rules=rules)
    far_m = np.maximum(
        effective_radius_m * rules.incidents.exposure_reach_ratio,
        incidents["accuracy_m"] + rules.incidents.on_bridge_m,
    ).to_numpy()
    # Millions of pairs: 24 bytes each, while they are found too.
    blocks = [
        (found.place.astype(np.int32), found.line.astype(np.int32), found.distance_m)
        for found in index.measure_in_blocks(incidents.geometry.array, far_m)
    ]
    place, line, distance_m = (
        np.concatenate([np.zeros(0, kind), *column])
        for kind, column in zip("iid", _columns(blocks), strict=True)
    )
    if (np.diff(place) < 0).any():  # incidents that are no points come last
        order = np.lexsort((line, place))
        place, line, distance_m = place[order], line[order], distance_m[order]
    return pd.DataFrame(
        {
            "incident_id": pd.Categorical.from_codes(place, categories=incidents.index),
            "segment_id": pd.Categorical.from_codes(line, categories=roads.index),
            "distance_m": distance_m,
            "effective_radius_m": effective_radius_m.to_numpy()[place],
        }
    )


def _columns(
    blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """The columns of blocks, each as a list of parts."""
    return (
        [block[0] for block in blocks],
        [block[1] for block in blocks],
        [block[2] for block in blocks],
    )


def weigh_nearby(
    incidents: gpd.GeoDataFrame, nearby: pd.DataFrame, *, as_of: datetime, rules: Rules
) -> pd.DataFrame:
    """How much each incident exposes each segment near it: `nearby` with a column exposure,
    nearness * recency * sureness.

    Nearness is 1 within the effective radius and falls in a straight line to 0 at
    `exposure_reach_ratio` times it; recency halves every `half_life_days`; sureness is 1 for a
    verified report and less for others. So 1.0 reads "as if one verified incident happened here
    now".
    """
    most = _weigh(incidents, as_of=as_of, rules=rules).to_numpy()
    ratio = rules.incidents.exposure_reach_ratio
    place = find_positions(nearby["incident_id"], incidents.index)
    distance_m, effective_radius_m = (
        nearby["distance_m"].to_numpy(),
        nearby["effective_radius_m"].to_numpy(),
    )
    exposure = np.empty(len(nearby))
    for start in range(0, len(nearby), BATCH_SIZE):
        some = slice(start, start + BATCH_SIZE)
        beyond = distance_m[some] / effective_radius_m[some] - 1.0
        nearness = np.clip(
            1.0 - beyond / (ratio - 1.0) if ratio > 1.0 else 1.0 - np.sign(beyond), 0.0, 1.0
        )
        exposure[some] = nearness * most[place[some]]
    return nearby.assign(exposure=exposure)


def measure_exposure(roads: gpd.GeoDataFrame, nearby: pd.DataFrame) -> pd.Series:
    """The exposure of each segment: the sum over the incidents near it, so that one more never
    lowers it.

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
    line = find_positions(nearby["segment_id"], roads.index)
    return pd.Series(
        np.bincount(line, nearby["exposure"], len(roads)), index=roads.index, name="exposure"
    )


def measure_vague_exposure(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    *,
    as_of: datetime,
    rules: Rules,
    index: LineIndex | None = None,
) -> pd.Series:
    """The exposure that reports too vague to close a road spread over the whole of their area.

    What happened somewhere within `accuracy_m` happened within its closure radius of any one spot
    there with a chance of (radius / effective radius) squared, the share of the two areas; each
    report adds that, times its recency and sureness, to every segment whose middle lies within its
    effective radius. Distances are of a flat Earth about the report, good to a few parts in a
    hundred: finer would say nothing about such reports. `index` is
    `LineIndex(roads.geometry.array)`, where it is there already.

    Returns
    -------
    Series of float, index `segment_id`, 0 where there is no such report.

    Examples
    --------
    Anywhere within 100 km, 1 km being what it would close: each spot gets the
    share of the one area in the other.

    >>> import shapely
    >>> from corridors.tables import INCIDENTS, ROADS, build_table
    >>> road = {"segment_id": ["r"], "oneway": ["both"], "length_m": [1.0], "speed_kph": [50.0]}
    >>> roads = build_table(
    ...     ROADS, {**road, "geometry": [shapely.LineString([(35.2, 33.1), (35.4, 33.3)])]}
    ... )
    >>> report = {
    ...     "incident_id": ["a"],
    ...     "kind": ["other"],
    ...     "verification": ["verified"],
    ...     "accuracy_m": [99_000.0],
    ... }
    >>> times = {"occurred_at": ["2026-11-22T00:00Z"], "occurred_until": ["2026-11-23T00:00Z"]}
    >>> vague = build_table(INCIDENTS, {**report, **times, "geometry": [shapely.Point(35, 33)]})
    >>> exposure = measure_vague_exposure(
    ...     roads, vague, as_of=pd.Timestamp("2026-11-23T00:00Z"), rules=Rules()
    ... )
    >>> print(f"{exposure['r']:.6f}")
    0.000100
    """
    total = np.zeros(len(roads))
    if incidents.empty or roads.empty:
        return pd.Series(total, index=roads.index, name="exposure")
    effective_radius_m = measure_effective_radius(incidents, rules=rules)
    price = ((effective_radius_m - incidents["accuracy_m"]) / effective_radius_m) ** 2 * _weigh(
        incidents, as_of=as_of, rules=rules
    )
    shapes = incidents.geometry.array
    middle, half_span_m = (
        shapely.centroid(shapes),
        shapely.minimum_bounding_radius(shapes) * _DEGREE_M,
    )
    reports = pd.DataFrame(
        {
            "lon": shapely.get_x(middle),
            "lat": shapely.get_y(middle),
            "effective_radius_m": effective_radius_m.to_numpy() + half_span_m,
        }
    )
    # many reports share the centre of one district: each distance is measured once
    shared = (
        reports.assign(price=price.to_numpy())
        .groupby(["lon", "lat", "effective_radius_m"], sort=True)["price"]
        .sum()
    )
    west, south, east, north = shapely.bounds((index or LineIndex(roads.geometry.array)).lines).T
    lon, lat = (west + east) / 2, (south + north) / 2
    for (x, y, far_m), amount in shared.items():
        across = (lon - x + 180.0) % 360.0 - 180.0
        distance_m = np.hypot(across * np.cos(np.radians((lat + y) / 2)), lat - y) * _DEGREE_M
        total[distance_m <= far_m] += amount
    return pd.Series(total, index=roads.index, name="exposure")


def _weigh(incidents: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> pd.Series:
    """Recency times sureness of each incident."""
    rule = {kind: rules.incidents.of(kind) for kind in incidents["kind"].unique()}
    age_days = ((pd.Timestamp(as_of) - incidents["occurred_until"]) / pd.Timedelta(days=1)).clip(
        lower=0.0
    )
    recency = 0.5 ** (
        age_days / incidents["kind"].map(lambda kind: rule[kind].half_life_days).astype(float)
    )
    weight = {
        "verified": 1.0,
        "corroborated": rules.incidents.weight_corroborated,
        "reported": rules.incidents.weight_reported,
    }
    return recency * incidents["verification"].map(weight).astype(float)
