"""Roads of the town, classified with a few incidents and zones."""

from __future__ import annotations

import dataclasses

from town import AS_OF, make_incidents, make_situation, make_zones, spot

from corridors.access import classify_access, explain_segments
from corridors.evidence.status import ACTIVE, classify_incidents
from corridors.exposure import find_nearby
from corridors.rules import Rules


def classify(roads, incidents=(), zones=(), tables=None):
    rules = Rules.from_tables(tables or {})
    incidents = make_incidents(*incidents)
    active = incidents[classify_incidents(incidents, as_of=AS_OF, rules=rules) == ACTIVE]
    nearby = find_nearby(roads, active, rules=rules)
    return classify_access(roads, active, make_zones(*zones), nearby, as_of=AS_OF, rules=rules)


def explain(access, roads, incidents=(), zones=()):
    """Why each segment is not PASSABLE, as a message, by its id."""
    situation = dataclasses.replace(make_situation(), roads=roads, zones=make_zones(*zones))
    incidents = make_incidents(*incidents)
    return explain_segments(access, situation, incidents, Rules(), access.segment_ids)


def closed(access):
    return sorted(access.closures["segment_id"].unique())


def between(a, b, share=0.5):
    (lon, lat), (to_lon, to_lat) = spot(a), spot(b)
    return lon + share * (to_lon - lon), lat + share * (to_lat - lat)
