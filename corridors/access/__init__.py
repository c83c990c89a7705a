"""Access: which segments can be used, and the ledger that says why each of the others cannot.

Rules of the ledger. Each closes a whole segment in both directions; a report may close one only:

    within_radius   an active incident lies within its effective radius of the segment
    bridge_deck     ... and lies on it, and it is a bridge
    under_bridge    it passes under a bridge that an active incident lies on
    deck_and_under  both
    crosses_zone    a zone of a closing kind, in force, touches it
    weight_limit    the vehicle is heavier than it bears
    height_limit    the vehicle is higher than it lets through
    report_closed   a road report in force says NOT_PASSABLE
    report_weight_limit, report_height_limit    one names a limit that the vehicle exceeds
    report_unknown  its state is UNKNOWN, and unknown roads are not to be used

The code of a reason is "reason." and a rule; `REASONS_OF_REPORTS` and in_restricted_zone are the
others. Reasons are facts by code; `explain_segments` makes their messages when they are asked for.

    causes          a cause of a segment in numbers, and the ledger as such rows
    closures        the rows of incidents, zones, road reports and the vehicle
    classification  which segments can be used, by these rows
    explanation     why the others cannot, as messages
"""

from corridors.access.causes import BACKWARD, CAUSE_TYPES, FORWARD, RULES, Causes
from corridors.access.classification import Access, classify_access
from corridors.access.closures import lie_on_bridge
from corridors.access.explanation import describe_report, explain_segments

__all__ = [
    "BACKWARD",
    "CAUSE_TYPES",
    "FORWARD",
    "RULES",
    "Access",
    "Causes",
    "classify_access",
    "describe_report",
    "explain_segments",
    "lie_on_bridge",
]
