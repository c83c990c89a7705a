"""The steps of a plan one by one, in the order of a notebook, looking at the ledger row of one
bridge on the way.

Every stage takes tables and gives a new one; look at any of them before going on.
"""

import pandas as pd

import corridors as co
from corridors.tables import SEGMENTS

# What is known
folder = co.demo_folder()
rules, as_of = co.read_rules(folder), co.read_situation(folder).as_of
roads, source = co.read_roads(folder / "roads.geojson", rules=rules.roads)
zones = co.read_zones(folder / "zones.geojson").table
incidents = co.read_incidents(folder / "strikes.csv").table
sites = pd.concat(
    [
        co.read_sites(folder / "depots.csv", role="depot").table,
        co.read_sites(folder / "sites.csv").table,
    ]
)
depots, destinations = sites[sites["role"] == "depot"], sites[sites["role"] == "destination"]
print(f"{source.name}: {len(roads)} segments")

# Which incidents count at that moment, and for which roads
standing = co.classify_incidents(incidents, as_of=as_of, rules=rules)
print(f"incidents: {standing.value_counts().to_dict()}")
active = incidents[standing == "active"]
nearby = co.weigh_nearby(
    active, co.find_nearby(roads, active, rules=rules), as_of=as_of, rules=rules
)
exposure = co.measure_exposure(roads, nearby)

# What is closed, and why: the ledger
access = co.classify_access(roads, active, zones, nearby, as_of=as_of, rules=rules)
print(access.closures.query("segment_id == 'khardali-bridge' and rule == 'bridge_deck'").squeeze())

# What is left, as a network, and the ways through it
segments = co.build_table(SEGMENTS, roads.assign(exposure=exposure, **access.status))
snaps = co.snap_sites(sites, roads, rules=rules)
network = co.build_network(segments, rules=rules, snaps=snaps)
routes = co.find_routes(
    network, list(depots.index), list(destinations.index), rules=rules, nearby=nearby
)

# What they are worth, and who is cut off
corridors = co.assess_corridors(network, routes, active, nearby=nearby)
missed = destinations.drop({route.destination_id for route in routes})
cut_off = co.assess_cut_off(network, list(depots.index), missed, access.ledger, snaps)
print(
    f"{len(corridors)} corridors in {len(co.build_steps(network, routes))} steps; cut off: {', '.join(cut_off['name'])}"
)
