"""What the corridors are worth, and who is cut off, by what."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd


@dataclass(frozen=True, eq=False)
class Assessment:
    """The corridors and their figures, and the destinations that none of them reaches."""

    corridors: gpd.GeoDataFrame
    """A table of the contract `CORRIDORS`."""
    cut_off: gpd.GeoDataFrame
    """A table of the contract `CUT_OFF`."""
