"""What each road report counts for at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from corridors.rules import Rules
from corridors.tables import (
    PASSABLE,
    RESTRICTED,
    UNKNOWN,
    VERIFICATIONS,
    Floats,
    Ints,
    read_times,
    take_words,
)

ACTIVE, EXPIRED, FUTURE, TOO_IMPRECISE, RETRACTED, UNVERIFIED = (
    "active",
    "expired",
    "future",
    "too_imprecise",
    "retracted",
    "unverified",
)


INCIDENT_STATUSES = (ACTIVE, EXPIRED, FUTURE, TOO_IMPRECISE, RETRACTED, UNVERIFIED)
"""What an incident counts for at a moment.

Only `active` ones close roads; none of the others is ever dropped.
"""
IN_FORCE, STALE, ENDED, UNMATCHED = "in_force", "stale", "ended", "unmatched"
ROAD_REPORT_STATUSES = (IN_FORCE, STALE, ENDED, FUTURE, TOO_IMPRECISE, RETRACTED, UNMATCHED)
"""What a road report counts for.

`unmatched` is one that would count and that no segment lies near enough to.
"""


def find_words(reports: gpd.GeoDataFrame) -> pd.Series:
    """The LogIE word of each report; PASSABLE with limits or lanes counts as RESTRICTED."""
    limited = (
        reports["max_weight_t"].notna() | reports["max_height_m"].notna() | (reports["lanes"] != "")
    )
    return reports["status"].mask(limited & (reports["status"] == PASSABLE), RESTRICTED)


def classify_road_reports(reports: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> pd.Series:
    """The status of each report at `as_of`: a word of `ROAD_REPORT_STATUSES`, on the same index.

    The first that fits: retracted; future (made, or in force from, later); too_imprecise; ended
    (`valid_to` is past); stale (older than `road_reports.shelf_life_days` of its kind, or without a
    date); in_force. A restriction or closure with a stated end is in force until then, whatever the
    shelf life; what is PASSABLE goes stale all the same.

    Examples
    --------
    >>> import shapely
    >>> from corridors.tables import ROAD_REPORTS, build_table
    >>> values = {
    ...     "report_id": ["a", "b"],
    ...     "status": "PASSABLE",
    ...     "kind": "road_status",
    ...     "direction": "both",
    ...     "accuracy_m": 0.0,
    ... }
    >>> values |= {
    ...     "verification": "reported",
    ...     "reported_at": ["2026-11-22T00:00Z", "2026-11-02T00:00Z"],
    ... }
    >>> reports = build_table(ROAD_REPORTS, {**values, "geometry": [shapely.Point(35, 33)] * 2})
    >>> classify_road_reports(
    ...     reports, as_of=pd.Timestamp("2026-11-23T00:00Z"), rules=Rules()
    ... ).tolist()
    ['in_force', 'stale']
    """
    if reports.empty:
        return pd.Series(index=reports.index, name="road_report_status", dtype="str")
    moment = pd.Timestamp(as_of)
    shelf_life = pd.to_timedelta(
        reports["kind"].map(rules.road_reports.shelf_life_days).astype(float), unit="D"
    )
    fresh = (moment - reports["reported_at"]) <= shelf_life
    dated_to = (
        reports["valid_to"].notna()
        & (find_words(reports) != PASSABLE)
        & (reports["status"] != UNKNOWN)
    )
    road_report_status = np.select(
        [
            reports["verification"] == "retracted",
            (reports["reported_at"] > moment) | (reports["valid_from"] > moment),
            reports["accuracy_m"] > rules.road_reports.max_accuracy_m,
            reports["valid_to"] < moment,
            ~(fresh | dated_to),
        ],
        [RETRACTED, FUTURE, TOO_IMPRECISE, ENDED, STALE],
        IN_FORCE,
    )
    return pd.Series(
        road_report_status, index=reports.index, name="road_report_status", dtype="str"
    )


def classify_incidents(incidents: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> pd.Series:
    """The status of each incident at `as_of`: a word of `INCIDENT_STATUSES`, on the same index.

    Active while 0 <= as_of - occurred_until <= look_back_days of its kind; one that has begun and
    not ended is active too. Retraction comes first, then time, then precision, then
    verification.

    Examples
    --------
    >>> import shapely
    >>> from corridors.rules import Rules
    >>> from corridors.tables import INCIDENTS, build_table
    >>> incidents = build_table(
    ...     INCIDENTS,
    ...     {
    ...         "incident_id": ["a", "b"],
    ...         "kind": ["shelling"] * 2,
    ...         "verification": ["reported"] * 2,
    ...         "occurred_at": ["2026-11-01T00:00Z", "2026-11-22T00:00Z"],
    ...         "occurred_until": ["2026-11-02T00:00Z", "2026-11-23T00:00Z"],
    ...         "accuracy_m": [0.0, 9000.0],
    ...         "geometry": [shapely.Point(35, 33)] * 2,
    ...     },
    ... )
    >>> classify_incidents(
    ...     incidents, as_of=pd.Timestamp("2026-11-22T12:00Z"), rules=Rules()
    ... ).tolist()
    ['expired', 'too_imprecise']
    """
    codes = find_status_codes(incidents, as_of=as_of, rules=rules)
    return pd.Series(
        take_words(INCIDENT_STATUSES, codes), index=incidents.index, name="incident_status"
    )


def find_status_codes(incidents: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> Ints:
    """As `classify_incidents`: of each incident, the position of its status."""
    by_kind = list_by_kind(incidents, rules)
    moment: Any = np.datetime64(pd.Timestamp(as_of).tz_convert(None), "us")
    since, until = (read_times(incidents[name]) for name in ("occurred_at", "occurred_until"))
    sure, words = pd.factorize(incidents["verification"])
    rank = np.array([VERIFICATIONS.index(word) for word in words], dtype=np.int64)[sure]
    conditions = {
        RETRACTED: rank == VERIFICATIONS.index("retracted"),
        FUTURE: since > moment,
        EXPIRED: moment - until > by_kind.look_back,
        TOO_IMPRECISE: incidents["accuracy_m"].to_numpy() > by_kind.max_accuracy_m,
        UNVERIFIED: rank < by_kind.min_rank,
    }
    codes = [INCIDENT_STATUSES.index(word) for word in conditions]
    return np.select(list(conditions.values()), codes, INCIDENT_STATUSES.index(ACTIVE))


class ByKind(NamedTuple):
    """The rules of each incident, by its kind."""

    radius_m: Floats
    look_back: npt.NDArray[np.timedelta64]
    max_accuracy_m: Floats
    half_life_days: Floats
    min_rank: Ints


def list_by_kind(incidents: pd.DataFrame, rules: Rules) -> ByKind:
    """The rules of each incident, a row for each."""
    kind, names = pd.factorize(incidents["kind"])
    each = [rules.incidents.of(name) for name in names]

    def take(name: str) -> Any:
        return np.array([getattr(rule, name) for rule in each], dtype=np.float64)[kind]

    days = pd.to_timedelta([float(rule.look_back_days) for rule in each], unit="D")
    least = [VERIFICATIONS.index(rule.min_verification) for rule in each]
    return ByKind(
        radius_m=take("radius_m"),
        look_back=days.to_numpy().astype("timedelta64[us]")[kind],
        max_accuracy_m=take("max_accuracy_m"),
        half_life_days=take("half_life_days"),
        min_rank=np.array(least, dtype=np.int64)[kind],
    )


def measure_effective_radius(incidents: gpd.GeoDataFrame, *, rules: Rules) -> pd.Series:
    """The effective radius of each incident, in metres.

    It is the radius of the kind of incident plus the positional uncertainty.
    """
    radius_m = list_by_kind(incidents, rules).radius_m + incidents["accuracy_m"].to_numpy()
    return pd.Series(radius_m, index=incidents.index, name="effective_radius_m")


def apply_retractions(
    incidents: gpd.GeoDataFrame, retractions: pd.DataFrame, *, as_of: datetime
) -> gpd.GeoDataFrame:
    """The incidents, those `retracted` that their source had withdrawn by `as_of`.

    All versions of such an id are retracted, except one that was reported after the withdrawal: it
    was reported anew. Ids that match no incident change nothing.

    Examples
    --------
    >>> import shapely
    >>> from corridors.tables import INCIDENTS, RETRACTIONS, build_table
    >>> incidents = build_table(
    ...     INCIDENTS,
    ...     {
    ...         "incident_id": ["a"],
    ...         "kind": ["fire"],
    ...         "verification": ["reported"],
    ...         "occurred_at": ["2026-11-01T00:00Z"],
    ...         "occurred_until": ["2026-11-01T00:00Z"],
    ...         "accuracy_m": [0.0],
    ...         "geometry": [shapely.Point(35, 33)],
    ...     },
    ... )
    >>> withdrawn = build_table(
    ...     RETRACTIONS, {"incident_id": ["a"], "retracted_at": ["2026-11-03T00:00Z"]}
    ... )
    >>> [
    ...     apply_retractions(incidents, withdrawn, as_of=pd.Timestamp(f"2026-11-{day}", tz="UTC"))[
    ...         "verification"
    ...     ].item()
    ...     for day in ("02", "04")
    ... ]
    ['reported', 'retracted']
    """
    by_now = retractions.loc[retractions["retracted_at"] <= pd.Timestamp(as_of), "retracted_at"]
    own, first = by_now.reindex(incidents.index), by_now.reindex(incidents["version_of"])
    since = own.where(own.notna(), first.array)
    withdrawn = since.notna() & ~(incidents["reported_at"] > since)
    return incidents.assign(verification=incidents["verification"].mask(withdrawn, "retracted"))
