"""Questions about plans: what was known of an incident, what changed, what two parties propose.

dossier          what was known of one incident, and its effects on roads, corridors and people
plan_diff        what changed from one plan to the next
zone_proposals   what two parties' proposals of zones have in common, and what only one holds
"""

from corridors.review.dossier import Dossier, build_dossier
from corridors.review.plan_diff import Changes, compare_plans
from corridors.review.zone_proposals import ZoneComparison, compare_zones

__all__ = [
    "Changes",
    "Dossier",
    "ZoneComparison",
    "build_dossier",
    "compare_plans",
    "compare_zones",
]
