"""Call the stages of a plan one by one, and look at the ledger of one bridge.

Each stage takes tables and returns one value that holds its tables, so you can look at any result
before you go on.
"""

import corridors as co
from corridors.access import classify_access
from corridors.assessment.corridors import assess_corridors
from corridors.assessment.cut_off import assess_cut_off
from corridors.evidence import resolve_evidence
from corridors.exposure import assess_exposure
from corridors.network.graph import build_network
from corridors.network.snapping import snap_sites
from corridors.routing import find_routes
from corridors.tables import SEGMENTS

# What is known
situation, rules = co.read_situation(co.demo_folder()), co.read_rules(co.demo_folder())
as_of, roads, sites = situation.as_of, situation.roads, situation.sites
depots, destinations = sites[sites["role"] == "depot"], sites[sites["role"] == "destination"]
print(f"{len(roads)} segments, {len(situation.incidents)} reports")

# Which incidents are active at that time, and how exposed each segment is to them
evidence = resolve_evidence(situation, rules=rules)
print(f"incidents: {evidence.incidents['incident_status'].value_counts().to_dict()}")
exposure = assess_exposure(roads, evidence, as_of=as_of, rules=rules)

# What is closed, and why: the ledger
access = classify_access(
    roads,
    evidence.active,
    situation.zones,
    exposure.nearby_reports,
    as_of=as_of,
    rules=rules,
    conditions=evidence.conditions,
)
print(access.closures.query("segment_id == 'khardali-bridge' and rule == 'bridge_deck'").squeeze())

# The usable roads as a network, and the routes on it
segments = co.build_table(SEGMENTS, roads.assign(exposure=exposure.segments, **access.status))
snaps, nearby = snap_sites(sites, roads, rules=rules), exposure.nearby_incidents
network = build_network(segments, rules=rules, snaps=snaps)
pairs = list(depots.index), list(destinations.index)
routes = find_routes(network, *pairs, rules=rules, nearby=nearby)

# The figures of each corridor, and who is cut off
corridors = assess_corridors(network, routes.routes, evidence.active, nearby=nearby)
missed = destinations.drop(corridors["destination_id"].unique())
cut_off = assess_cut_off(network, pairs[0], missed, access.ledger, snaps)
print(f"{len(corridors)} corridors in {len(routes.steps)} steps")
print(f"cut off: {', '.join(cut_off['name'])}")
