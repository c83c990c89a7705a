"""Corridors as segments in driving order: the primary, and alternates that differ from it.

- `engines`: distances from one node to all others, in ticks, by a hierarchy or by networkx; both
  return the same numbers (`dijkstra` is the engine of networkx)
- `trees`: the cheapest paths from or to one node, with one rule for ties
- `alternates`: paths that are worth having in addition to the cheapest
- `routes`: the pairs that are served, and their routes by rank
- `sharing`: what two routes have in common
- `tradeoffs`: minutes against exposure: what more driving time would buy

The results depend on the ticks of the arcs alone, never on the engine.
"""

from corridors.routing.engines import ENGINES, start_engine
from corridors.routing.routes import EarlierRoutes, Route, Routes, build_steps, find_routes
from corridors.routing.sharing import (
    IncidentExposure,
    measure_incident_exposure,
    measure_shared,
    measure_shared_exposure,
    name_shared,
    read_exposure,
)
from corridors.routing.tradeoffs import find_tradeoffs

__all__ = [
    "ENGINES",
    "EarlierRoutes",
    "IncidentExposure",
    "Route",
    "Routes",
    "build_steps",
    "find_routes",
    "find_tradeoffs",
    "measure_incident_exposure",
    "measure_shared",
    "measure_shared_exposure",
    "name_shared",
    "read_exposure",
    "start_engine",
]
