"""Corridors as segments in driving order: the cheapest, and alternates that are not the same road
again.

    engines     how far it is from one node to all others, in ticks: a hierarchy, or networkx; the
    same numbers from either trees       the cheapest ways from or to one node, ties decided by one
    rule alternates  ways worth having besides the cheapest routes      which pairs are served, and
    their routes by rank tradeoffs   minutes against exposure: what more time would buy

What is found depends on the ticks of the arcs alone, never on the engine.
"""

from corridors.routing.engines import ENGINES, start_engine
from corridors.routing.routes import Known, Route, Routes, build_steps, find_routes
from corridors.routing.sharing import (
    Exposed,
    measure_exposed,
    measure_shared,
    measure_shared_exposure,
    name_shared,
    read_exposed,
)
from corridors.routing.tradeoffs import find_tradeoffs

__all__ = [
    "ENGINES",
    "Exposed",
    "Known",
    "Route",
    "Routes",
    "build_steps",
    "find_routes",
    "find_tradeoffs",
    "measure_exposed",
    "measure_shared",
    "measure_shared_exposure",
    "name_shared",
    "read_exposed",
    "start_engine",
]
