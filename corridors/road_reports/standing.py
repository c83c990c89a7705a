"""What each road report counts for at a moment."""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.rules import Rules
from corridors.situation import FUTURE, RETRACTED, TOO_IMPRECISE
from corridors.tables import PASSABLE, RESTRICTED, UNKNOWN

IN_FORCE, STALE, ENDED, UNMATCHED = "in_force", "stale", "ended", "unmatched"
REPORT_STANDINGS = (IN_FORCE, STALE, ENDED, FUTURE, TOO_IMPRECISE, RETRACTED, UNMATCHED)
"""What a road report counts for. `unmatched` is one that would count and that no segment lies near enough to."""


def find_words(reports: gpd.GeoDataFrame) -> pd.Series:
    """The LogIE word that each report comes to: one that names limits or lanes and says PASSABLE says RESTRICTED."""
    limited = reports["max_weight_t"].notna() | reports["max_height_m"].notna() | (reports["lanes"] != "")
    return reports["status"].mask(limited & (reports["status"] == PASSABLE), RESTRICTED)


def classify_road_reports(reports: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> pd.Series:
    """What each report counts for at `as_of`: one word of `REPORT_STANDINGS` a row, on the same index.

    The first that fits: retracted; future (made, or holding from, later); too_imprecise; ended (`valid_to` is past); stale
    (older than `road_reports.shelf_life_days` of its kind, or of no known date); in_force. A stated end stands for the shelf
    life of a restriction or closure, which is in force as long as it says; what is PASSABLE goes stale all the same.

    Examples
    --------
    >>> import shapely
    >>> from corridors.tables import ROAD_REPORTS, build_table
    >>> said = {"report_id": ["a", "b"], "status": "PASSABLE", "kind": "road_status", "direction": "both", "accuracy_m": 0.0}
    >>> said |= {"verification": "reported", "reported_at": ["2026-11-22T00:00Z", "2026-11-02T00:00Z"]}
    >>> reports = build_table(ROAD_REPORTS, {**said, "geometry": [shapely.Point(35, 33)] * 2})
    >>> classify_road_reports(reports, as_of=pd.Timestamp("2026-11-23T00:00Z"), rules=Rules()).tolist()
    ['in_force', 'stale']
    """
    if reports.empty:
        return pd.Series(index=reports.index, name="standing", dtype="str")
    moment = pd.Timestamp(as_of)
    shelf_life = pd.to_timedelta(reports["kind"].map(rules.road_reports.shelf_life_days).astype(float), unit="D")
    fresh = (moment - reports["reported_at"]) <= shelf_life
    dated_to = reports["valid_to"].notna() & (find_words(reports) != PASSABLE) & (reports["status"] != UNKNOWN)
    standing = np.select(
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
    return pd.Series(standing, index=reports.index, name="standing", dtype="str")
