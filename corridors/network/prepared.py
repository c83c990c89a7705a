"""What no report changes about a network: prepared once, then planned on many times."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from corridors.evidence.structures import find_structures
from corridors.geodesy import LineIndex
from corridors.network.snapping import snap_sites
from corridors.network.topology import Topology, build_topology
from corridors.rules import Rules
from corridors.situation import Situation, find_candidate_zones


@dataclass(frozen=True, eq=False, slots=True)
class PreparedNetwork:
    """An index of the roads, the structures among them, where sites meet them, and where arcs lead.

    The topology is divided at every zone that may become a destination, in force or not: so it is
    the same at every moment.
    """

    index: LineIndex
    structures: pd.DataFrame
    """What `find_structures` returns."""
    snaps: pd.DataFrame
    """Where each depot and destination meets the roads: what `snap_sites` returns."""
    topology: Topology


def prepare_network(
    situation: Situation, rules: Rules, *, known: PreparedNetwork | None = None
) -> PreparedNetwork:
    """Prepare what depends on roads, sites, zones and `routing.max_snap_m` only.

    Parameters
    ----------
    situation
        Its roads, sites and zones count.
    rules
        `routing.max_snap_m`.
    known
        The same for other sites or zones on the same roads: its index and structures are kept.

    Raises
    ------
    InputError
        `site-far-from-roads`. Fix: correct the site, or raise `routing.max_snap_m`.
    """
    roads, sites = situation.roads, situation.sites
    index = known.index if known else LineIndex(roads.geometry.array)
    structures = known.structures if known else find_structures(roads)
    served = sites[sites["role"].isin(["depot", "destination"])]
    snaps = snap_sites(served, roads, rules=rules, index=index)
    topology = build_topology(
        roads,
        snaps=snaps,
        zones=find_candidate_zones(situation),
        index=index,
        order=situation.road_order,
    )
    return PreparedNetwork(index, structures, snaps, topology)
