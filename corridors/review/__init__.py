"""Questions asked of a plan once it is made.

dossier.py    what was known of one incident, and what it did to roads, corridors and people
"""

from corridors.review.dossier import Dossier, build_dossier

__all__ = ["Dossier", "build_dossier"]
