"""The colours of corridors, roads, zones and places.

All products use them, except the printed map, whose signs differ even without colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PRIMARY = "#00614a"
ALTERNATE = "#0a5fa5"
CLOSED = "#d55e00"
LIMITED = "#8a5a00"
ALARM = "#b3261e"
QUIET = "#85898a"
ROAD = "#b9b5ac"
CHOKEPOINT = "#ffd23f"
INK = "#1d2528"
PAPER = "#ffffff"
ZONES: Mapping[str, str] = MappingProxyType(
    {
        "safe_zone": PRIMARY,
        "no_go": "#7a1f1f",
        "contaminated": "#8c3d78",
        "front_line": "#222222",
        "restricted": LIMITED,
    }
)
STATUSES: Mapping[str, str] = MappingProxyType(
    {"PASSABLE": ROAD, "RESTRICTED": LIMITED, "UNKNOWN": "#5b6668", "NOT_PASSABLE": CLOSED}
)
