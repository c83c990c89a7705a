"""Questions asked of a plan once it is made, and of what is proposed before.

dossier.py          what was known of one incident, and what it did to roads, corridors and people
zone_proposals.py   what two parties' proposals of zones have in common, and what each has alone
"""

from corridors.review.dossier import Dossier, build_dossier
from corridors.review.zone_proposals import ZoneComparison, compare_zones

__all__ = ["Dossier", "ZoneComparison", "build_dossier", "compare_zones"]
