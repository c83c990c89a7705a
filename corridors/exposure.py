"""Exposure: for each segment, how near the active incidents are, how recent, and how sure.

Reports too vague to close a road spread their share over their whole area. Exposure weighs reports
only: it raises the cost of a segment, but never closes it, and it is no measure of danger.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence import Evidence
from corridors.evidence.incidents import group_nearby
from corridors.evidence.status import (
    ACTIVE,
    TOO_IMPRECISE,
    list_by_kind,
    measure_effective_radius,
)
from corridors.geodesy import LineIndex
from corridors.rules import Rules
from corridors.tables import Floats, Ints, find_positions, read_times

BATCH_SIZE = 1_000_000
"""The most pairs weighed at once."""
_DEGREE_M = 111_320.0
"""The length of a degree of latitude."""


@dataclass(frozen=True, eq=False)
class Exposure:
    """What the active incidents expose, pair by pair and per segment."""

    nearby_reports: pd.DataFrame
    """Every pair of an active report and a segment near enough to matter: what `weigh_nearby`
    returns, with the id of the report in `incident_id`."""
    nearby_incidents: pd.DataFrame
    """The same for each active incident."""
    segments: pd.Series
    """The exposure of each segment, index `segment_id`."""


def assess_exposure(
    roads: gpd.GeoDataFrame,
    evidence: Evidence,
    *,
    as_of: datetime,
    rules: Rules,
    index: LineIndex | None = None,
    nearby: pd.DataFrame | None = None,
) -> Exposure:
    """Measure how near, how recent and how sure the incidents near each segment are.

    Parameters
    ----------
    roads
        A table of the contract `ROADS`.
    evidence
        What `resolve_evidence` returns.
    as_of
        The moment.
    rules
        `incidents`.
    index, nearby
        `LineIndex(roads.geometry.array)`, and what `find_nearby` returns for the active reports,
        where they exist already.
    """
    reports, incidents, active = evidence.reports, evidence.incidents, evidence.active
    if nearby is None:
        nearby = find_nearby(roads, active, rules=rules, index=index)
    by_report = weigh_nearby(active, nearby, as_of=as_of, rules=rules)
    by_incident = group_nearby(
        by_report, active, incidents[(incidents["incident_status"] == ACTIVE).to_numpy()]
    )
    vague = reports[(reports["incident_status"] == TOO_IMPRECISE).to_numpy()]
    segments = measure_exposure(roads, by_incident) + measure_vague_exposure(
        roads, vague, as_of=as_of, rules=rules, index=index
    )
    return Exposure(by_report, by_incident, segments)


def find_nearby(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    *,
    rules: Rules,
    index: LineIndex | None = None,
) -> pd.DataFrame:
    """Every pair of an incident and a segment near it, measured exactly on the ellipsoid.

    Parameters
    ----------
    roads
        A table of the contract `ROADS`.
    incidents
        The active incidents only, as `INCIDENTS`.
    rules
        `incidents.exposure_reach_ratio`: an incident exposes segments up to this many times its
        effective radius away.
    index
        `LineIndex(roads.geometry.array)`, where it exists already.

    Returns
    -------
    DataFrame with columns incident_id and segment_id (categories: the indexes of the tables),
    distance_m (to the nearest point of the segment) and effective_radius_m, sorted by incident,
    then segment.
    """
    index = index or LineIndex(roads.geometry.array)
    effective_radius_m = measure_effective_radius(incidents, rules=rules)
    far_m = np.maximum(
        effective_radius_m * rules.incidents.exposure_reach_ratio,
        incidents["accuracy_m"] + rules.incidents.on_bridge_m,
    ).to_numpy()
    # There can be millions of pairs: small types keep them at 16 bytes each.
    blocks = [(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))]
    blocks += [
        (found.place.astype(np.int32), found.line.astype(np.int32), found.distance_m)
        for found in index.measure_in_blocks(incidents.geometry.array, far_m)
    ]
    place, line, distance_m = (np.concatenate(column) for column in zip(*blocks, strict=True))
    if (np.diff(place) < 0).any():  # incidents that are no points come last
        order = np.lexsort((line, place))
        place, line, distance_m = place[order], line[order], distance_m[order]
    return _build_nearby(
        incidents,
        roads,
        incident=place,
        segment=line,
        distance_m=distance_m,
        effective_radius_m=effective_radius_m.to_numpy()[place],
    )


def update_nearby(
    nearby: pd.DataFrame,
    old: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    *,
    rules: Rules,
    index: LineIndex | None = None,
) -> pd.DataFrame:
    """What `find_nearby` returns, measuring only incidents that changed.

    Parameters
    ----------
    nearby, old
        The result of `find_nearby` for the incidents `old`, on the same roads, by the same rules.
    roads, incidents, rules, index
        As `find_nearby`.
    """
    at = old.index.get_indexer(incidents.index)
    both = np.flatnonzero(at >= 0)
    was = at[both]
    same = np.asarray(
        shapely.equals_identical(old.geometry.to_numpy()[was], incidents.geometry.to_numpy()[both])
    )
    for name, kind in (("kind", object), ("accuracy_m", float)):
        values = (table[name].to_numpy(dtype=kind) for table in (old, incidents))
        same &= next(values)[was] == next(values)[both]
    place = np.full(len(old), -1)
    place[was[same]] = both[same]
    others = np.ones(len(incidents), dtype=bool)
    others[both[same]] = False
    new = find_nearby(roads, incidents[others], rules=rules, index=index)
    incident = place[nearby["incident_id"].cat.codes]
    kept = incident >= 0
    columns = {name: nearby[name].to_numpy()[kept] for name in ("distance_m", "effective_radius_m")}
    columns |= {
        "incident": incident[kept],
        "segment": nearby["segment_id"].cat.codes.to_numpy()[kept],
    }
    more = {name: new[name].to_numpy() for name in ("distance_m", "effective_radius_m")}
    more |= {
        "incident": np.flatnonzero(others)[new["incident_id"].cat.codes],
        "segment": new["segment_id"].cat.codes.to_numpy(),
    }
    keys = [_number_pairs(part["incident"], part["segment"], roads) for part in (columns, more)]
    before = np.searchsorted(keys[0], keys[1])
    joined = {name: np.insert(columns[name], before, more[name]) for name in columns}
    return _build_nearby(incidents, roads, **joined)


def find_changed(old: pd.DataFrame, new: pd.DataFrame) -> Ints:
    """The segments (their positions) that any incident exposes otherwise than before.

    Both tables are what `weigh_nearby` returns, for the same roads.
    """
    ids = [table["incident_id"].cat for table in (old, new)]
    segment = [table["segment_id"].cat.codes.to_numpy() for table in (old, new)]
    exposure = [table["exposure"].to_numpy() for table in (old, new)]
    roads = new["segment_id"].cat.categories
    incident = ids[1].categories.get_indexer(ids[0].categories)[ids[0].codes]
    keys = [
        _number_pairs(each, at, roads)
        for each, at in zip((incident, ids[1].codes.to_numpy()), segment, strict=True)
    ]
    place = np.searchsorted(keys[1], keys[0])
    place[place == len(keys[1])] = 0
    same = np.zeros(len(old), dtype=bool)
    if len(new):
        same = (keys[1][place] == keys[0]) & (exposure[1][place] == exposure[0])
    others = np.ones(len(new), dtype=bool)
    others[place[same]] = False
    return np.unique(np.concatenate([segment[0][~same], segment[1][others]])).astype(np.int64)


def _number_pairs(incident: Ints, segment: Ints, roads: Sized) -> Ints:
    """A number for each pair of an incident and a segment, in the order of both."""
    return incident.astype(np.int64) * max(1, len(roads)) + segment


def _build_nearby(
    incidents: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    *,
    incident: Ints,
    segment: Ints,
    distance_m: Floats,
    effective_radius_m: Floats,
) -> pd.DataFrame:
    ids = pd.CategoricalDtype(incidents.index), pd.CategoricalDtype(roads.index)
    return pd.DataFrame(
        {
            "incident_id": pd.Categorical.from_codes(incident, dtype=ids[0], validate=False),
            "segment_id": pd.Categorical.from_codes(segment, dtype=ids[1], validate=False),
            "distance_m": distance_m,
            "effective_radius_m": effective_radius_m,
        },
        copy=False,
    )


def weigh_nearby(
    incidents: gpd.GeoDataFrame, nearby: pd.DataFrame, *, as_of: datetime, rules: Rules
) -> pd.DataFrame:
    """`nearby` with a column exposure: how much each incident exposes each segment near it.

    Exposure is nearness * recency * sureness. Nearness is 1 within the effective radius and falls
    linearly to 0 at `exposure_reach_ratio` times it. Recency halves every `half_life_days`.
    Sureness is 1 for a verified report and less for others. So 1.0 means: as if one verified
    incident had just happened here.
    """
    weight = _weigh(incidents, as_of=as_of, rules=rules).to_numpy()
    ratio = rules.incidents.exposure_reach_ratio
    place = find_positions(nearby["incident_id"], incidents.index)
    distance_m = nearby["distance_m"].to_numpy()
    effective_radius_m = nearby["effective_radius_m"].to_numpy()
    exposure = np.empty(len(nearby))
    for start in range(0, len(nearby), BATCH_SIZE):
        some = slice(start, start + BATCH_SIZE)
        beyond = distance_m[some] / effective_radius_m[some] - 1.0
        nearness = 1.0 - (beyond / (ratio - 1.0) if ratio > 1.0 else np.sign(beyond))
        exposure[some] = np.clip(nearness, 0.0, 1.0) * weight[place[some]]
    return nearby.assign(exposure=exposure)


def measure_exposure(roads: gpd.GeoDataFrame, nearby: pd.DataFrame) -> pd.Series:
    """The exposure of each segment: the sum over the incidents near it.

    So one more incident never lowers it.

    Parameters
    ----------
    roads
        A table of the contract `ROADS`.
    nearby
        The result of `weigh_nearby`.

    Returns
    -------
    Series of float, index `segment_id`; 0 where no incident is near.
    """
    line = find_positions(nearby["segment_id"], roads.index)
    exposure = np.bincount(line, nearby["exposure"], len(roads))
    return pd.Series(exposure, index=roads.index, name="exposure")


def measure_vague_exposure(
    roads: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    *,
    as_of: datetime,
    rules: Rules,
    index: LineIndex | None = None,
) -> pd.Series:
    """The exposure from reports too vague to close a road, spread over their whole area.

    An incident somewhere within `accuracy_m` is within its radius of a given point there with a
    probability of (radius / effective radius) squared, the ratio of the two areas. Each report adds
    this, times its recency and sureness, to every segment whose middle is within its effective
    radius. Distances are those of a flat Earth about the report, right to a few parts in a hundred;
    more precision would add nothing to such reports. `index` is `LineIndex(roads.geometry.array)`,
    where it exists already.

    Returns
    -------
    Series of float, index `segment_id`; 0 where there is no such report.

    Examples
    --------
    Somewhere within 100 km, for a radius of 1 km: each point gets the ratio of the areas.

    >>> import shapely
    >>> from corridors.tables import INCIDENTS, ROADS, build_table
    >>> road = {"segment_id": ["r"], "oneway": ["both"], "length_m": [1.0], "speed_kph": [50.0]}
    >>> line = shapely.LineString([(35.2, 33.1), (35.4, 33.3)])
    >>> roads = build_table(ROADS, {**road, "geometry": [line]})
    >>> report = {"incident_id": ["a"], "kind": ["other"], "verification": ["verified"]}
    >>> times = {"occurred_at": ["2026-11-22T00:00Z"], "occurred_until": ["2026-11-23T00:00Z"]}
    >>> where = {"accuracy_m": [99_000.0], "geometry": [shapely.Point(35, 33)]}
    >>> vague = build_table(INCIDENTS, {**report, **times, **where})
    >>> as_of = pd.Timestamp("2026-11-23T00:00Z")
    >>> exposure = measure_vague_exposure(roads, vague, as_of=as_of, rules=Rules())
    >>> print(f"{exposure['r']:.6f}")
    0.000100
    """
    total = np.zeros(len(roads))
    if incidents.empty or roads.empty:
        return pd.Series(total, index=roads.index, name="exposure")
    effective_radius_m = measure_effective_radius(incidents, rules=rules)
    probability = ((effective_radius_m - incidents["accuracy_m"]) / effective_radius_m) ** 2
    amount = probability * _weigh(incidents, as_of=as_of, rules=rules)
    shapes = incidents.geometry.array
    middle = shapely.centroid(shapes)
    half_span_m = shapely.minimum_bounding_radius(shapes) * _DEGREE_M
    # Many reports share the centre of one district: each distance is measured once.
    discs = pd.DataFrame(
        {
            "lon": shapely.get_x(middle),
            "lat": shapely.get_y(middle),
            "radius_m": effective_radius_m.to_numpy() + half_span_m,
            "amount": amount.to_numpy(),
        }
    )
    shared = discs.groupby(["lon", "lat", "radius_m"], sort=True)["amount"].sum()
    west, south, east, north = shapely.bounds((index or LineIndex(roads.geometry.array)).lines).T
    lon, lat = (west + east) / 2, (south + north) / 2
    for (x, y, radius_m), shared_amount in shared.items():
        across = (lon - x + 180.0) % 360.0 - 180.0
        distance_m = np.hypot(across * np.cos(np.radians((lat + y) / 2)), lat - y) * _DEGREE_M
        total[distance_m <= radius_m] += shared_amount
    return pd.Series(total, index=roads.index, name="exposure")


def _weigh(incidents: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> pd.Series:
    """Recency times sureness of each incident."""
    moment: Any = np.datetime64(pd.Timestamp(as_of).tz_convert(None), "us")
    age_us = np.maximum((moment - read_times(incidents["occurred_until"])).astype(np.int64), 0)
    recency = 0.5 ** (age_us / 86_400e6 / list_by_kind(incidents, rules).half_life_days)
    sure, words = pd.factorize(incidents["verification"])
    weight = {
        "verified": 1.0,
        "corroborated": rules.incidents.weight_corroborated,
        "reported": rules.incidents.weight_reported,
    }
    by_word = np.array([weight.get(word, np.nan) for word in words], dtype=np.float64)
    return pd.Series(recency * by_word[sure], index=incidents.index)
