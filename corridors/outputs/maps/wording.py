"""The words of a map: how states, times and distances are told, and what the parts of a plan are called.

Rounding is on the careful side: time up, clearance down.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import shapely

from corridors.plan import Plan
from corridors.road_reports import UNREPORTED
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, UNKNOWN

Data = dict[str, Any]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not by strftime, which asks the locale."""
STANDING_WORDS = {
    "active": "active: closes roads",
    "expired": "expired: too long ago to close roads",
    "future": "future: after the moment planned for",
    "too_imprecise": "too imprecise to close roads",
    "retracted": "retracted: closes nothing",
    "unverified": "unverified: less sure than the rules ask for",
}
ROLE_WORDS = {"depot": "Depot", "destination": "Destination", "waypoint": "Waypoint", "observer_base": "Observer base"}
STATUS_WORDS = {PASSABLE: "passable", RESTRICTED: "restricted", NOT_PASSABLE: "not passable", UNKNOWN: "unknown"}
RULE_WORDS = {
    "within_radius": "within reach of an active incident",
    "bridge_deck": "the incident struck this bridge",
    "under_bridge": "it passes under a bridge that was struck",
    "crosses_zone": "it touches a zone of a closing kind",
    "weight_limit": "the vehicle is heavier than it bears",
    "height_limit": "the vehicle is higher than it lets through",
    "deck_and_under": "the incident struck this bridge, and one that it passes under",
    "report_closed": "reported as not passable",
    "report_weight_limit": "the vehicle is heavier than reported to be let through",
    "report_height_limit": "the vehicle is higher than reported to be let through",
    "report_unknown": "its state is unknown or no longer known, and unknown roads are not used",
}
"""The rules of the ledger in plain words; a rule not named here stands as it is."""
WAY_WORDS = {"both": "", "forward": "forward along the line", "backward": "backward along the line"}
"""Which traffic is kept out, where not all of it is."""
ZONE_WORDS = {
    "safe_zone": "declared safe zone",
    "no_go": "no-go zone",
    "contaminated": "contaminated",
    "front_line": "front line",
    "restricted": "restricted zone",
}


def write_time(moment: datetime | pd.Timestamp | None) -> str:
    """A moment to the minute in UTC; nothing where there is none.

    >>> write_time(datetime(2026, 11, 23, 6, tzinfo=UTC))
    '2026-11-23 06:00 UTC'
    """
    return "" if moment is None or pd.isna(moment) else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def write_duration(minutes: float) -> str:
    """Hours and minutes, rounded up.

    >>> write_duration(61.2)
    '1:02'
    """
    whole = math.ceil(round(minutes, 6))
    return f"{whole // 60}:{whole % 60:02d}"


def write_distance(metres: float) -> str:
    """Metres or kilometres, rounded down; nothing where unknown.

    >>> write_distance(1990.0), write_distance(847.9)
    ('1.9 km', '847 m')
    """
    if math.isnan(metres):
        return ""
    whole = math.floor(round(metres, 6))
    return f"{whole} m" if whole < 1000 else f"{whole // 100 / 10:.1f} km" if whole < 100_000 else f"{whole // 1000} km"


def write_share(share: float) -> str:
    """A share in percent, rounded up.

    >>> write_share(0.0), write_share(0.001)
    ('0 %', '1 %')
    """
    return f"{math.ceil(round(share * 100, 6))} %"


class Names:
    """What the parts of one plan are called, and which corridors lead where."""

    def __init__(self, plan: Plan) -> None:
        """Look the names up once."""
        self.plan, self.situation = plan, plan.situation
        self.places: dict[str, tuple[str, str, shapely.Geometry]] = {
            str(place): (name, name_ar, shape)
            for table in (self.situation.zones, self.situation.sites)
            for place, name, name_ar, shape in zip(table.index, table["name"], table["name_ar"], table.geometry, strict=True)
        }
        self.corridors = plan.corridors.sort_values(["destination_id", "depot_id", "rank"], kind="stable")
        self.closed_by = Counter(zip(plan.closures["cause_type"], plan.closures["cause_id"], strict=True))
        self.closed = plan.segments["status"] == NOT_PASSABLE

    def place(self, place_id: str) -> tuple[str, str, shapely.Geometry]:
        """Name, Arabic name and shape of a site or zone; its id where it has no name."""
        name, name_ar, shape = self.places.get(place_id, ("", "", shapely.Point()))
        return name or place_id, name_ar, shape

    def cause(self, cause_type: str, cause_id: str) -> str:
        """A cause in words: what it is, its id, and its day or name."""
        incidents, zones, reports = self.plan.incidents, self.situation.zones, self.situation.road_reports
        if cause_type == "incident" and cause_id in incidents.index:
            kind, day = incidents.loc[cause_id, "kind"].replace("_", " "), incidents.loc[cause_id, "occurred_at"]
            return f"{kind} {cause_id} of {day:%Y-%m-%d}"
        if cause_type == "zone" and cause_id in zones.index:
            name = zones.loc[cause_id, "name"]
            return f"{ZONE_WORDS[zones.loc[cause_id, 'kind']]} {cause_id}{f' ({name})' if name else ''}"
        if cause_type == "road_report" and cause_id in reports.index:
            kind, day = reports.loc[cause_id, "kind"].replace("_", " "), reports.loc[cause_id, "reported_at"]
            return f"road report {cause_id} ({kind}){'' if pd.isna(day) else f' of {day:%Y-%m-%d}'}"
        if (cause_type, cause_id) == ("road_report", UNREPORTED):
            return "that no report speaks of the road"
        return f"{cause_type.replace('_', ' ')} {cause_id}"
