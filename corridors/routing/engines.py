"""Engines: distances in ticks, by a contraction hierarchy where it pays, else by networkx.

Both return the same whole numbers, so no plan depends on the engine.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from corridors.errors import UsageError
from corridors.kernels import is_worth_compiling
from corridors.messages import Message
from corridors.network.graph import Network
from corridors.network.topology import Topology
from corridors.tables import Ints

if TYPE_CHECKING:
    from corridors.hierarchy import Metric, Sweeps

ENGINES = ("auto", "hierarchy", "networkx")


class Engine(Protocol):
    """Queries for one cost of every arc.

    Nodes are positions in `Topology.nodes`; the distance is `CLOSED` where there is no path.
    """

    def distances_from(self, node: int) -> Ints:
        """The ticks from one node to every node."""

    def distances_to(self, node: int) -> Ints:
        """The ticks from every node to one."""

    def ends_from(self, node: int) -> Ints:
        """The ticks from one node to every end of the links of the topology."""

    def ends_to(self, node: int) -> Ints:
        """The ticks from every end of links to one node."""

    def distance(self, source: int, target: int) -> int:
        """The ticks from one node to another."""

    def repriced(self, ticks: Ints) -> Engine:
        """An engine for the same roads with other costs."""


def start_engine(network: Network, name: str = "auto") -> Engine:
    """An engine for the costs of a network.

    Parameters
    ----------
    network
        Its `ticks` are the costs.
    name
        "hierarchy" (needs the extra `fast`), "networkx", or "auto": the hierarchy where it is
        installed and the network is large enough.

    Raises
    ------
    UsageError
        There is no such engine (Fix: one of `ENGINES`).
    """
    if name not in ENGINES:
        raise UsageError(Message("usage.unknown_engine", engine=name, names=tuple(ENGINES)))
    if name == "auto":
        name = "hierarchy" if is_worth_compiling(len(network.ticks)) else "networkx"
    if name == "hierarchy":
        return HierarchyEngine(network.topology, network.ticks)
    from corridors.routing.dijkstra import NetworkxEngine  # noqa: PLC0415 - brings networkx

    return NetworkxEngine(network.topology, network.ticks)


class HierarchyEngine:
    """A contraction hierarchy: built once for a topology, customized for costs in milliseconds."""

    def __init__(self, topology: Topology, ticks: Ints, metric: Metric | None = None) -> None:
        """Customize the hierarchy of a topology, or use a metric of it."""
        self._topology, self._ticks = topology, ticks
        self._metric = (
            metric if metric is not None else topology.hierarchy.customize(ticks.astype(np.uint32))
        )

    @cached_property
    def _sweeps(self) -> Sweeps:
        return self._metric.sweeps(self._topology.end_selection)

    def distances_from(self, node: int) -> Ints:
        """See `Engine`."""
        return self._metric.distances_from(node).astype(np.int64)

    def distances_to(self, node: int) -> Ints:
        """See `Engine`."""
        return self._metric.distances_to(node).astype(np.int64)

    def ends_from(self, node: int) -> Ints:
        """See `Engine`."""
        return self._sweeps.distances_from(node).astype(np.int64)

    def ends_to(self, node: int) -> Ints:
        """See `Engine`."""
        return self._sweeps.distances_to(node).astype(np.int64)

    def distance(self, source: int, target: int) -> int:
        """See `Engine`."""
        return int(self._metric.distance(source, target))

    def repriced(self, ticks: Ints) -> HierarchyEngine:
        """See `Engine`; only what changed is customized again."""
        changed = np.flatnonzero(ticks != self._ticks)
        metric = self._metric.update(changed, ticks[changed].astype(np.uint32))
        return HierarchyEngine(self._topology, ticks, metric)
