"""What reports about roads say: until when each is relied upon, which segments it is of, and what of it holds at a moment.

    standing   what each report counts for
    matching   which segments, and which of their directions, each report may mean
    holding    what is not contradicted by a later report, and what follows for one vehicle

A report only ever adds a closure or lifts what an earlier *report* closed: incidents, zones and the limits of the roads
themselves are not touched by any.
"""

from corridors.road_reports.holding import (
    LAPSED_BY,
    NO_REPORT,
    RESTRICTED_BY,
    UNKNOWN_BY,
    UNREPORTED,
    find_holding,
    name_report,
    say_report,
)
from corridors.road_reports.matching import Meant, find_meant
from corridors.road_reports.standing import ENDED, IN_FORCE, REPORT_STANDINGS, STALE, UNMATCHED, classify_road_reports

__all__ = [
    "ENDED",
    "IN_FORCE",
    "LAPSED_BY",
    "NO_REPORT",
    "REPORT_STANDINGS",
    "RESTRICTED_BY",
    "STALE",
    "UNKNOWN_BY",
    "UNMATCHED",
    "UNREPORTED",
    "Meant",
    "classify_road_reports",
    "find_holding",
    "find_meant",
    "name_report",
    "say_report",
]
