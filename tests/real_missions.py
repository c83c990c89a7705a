"""Missions over real road networks."""

from __future__ import annotations

import csv
import shutil

import networkx as nx
import numpy as np
import shapely

import corridors as co
from corridors.inputs.roads.reader import read_roads

DRIVEN = ["trunk", "primary", "secondary", "tertiary", "residential"]
ICELAND = "iceland_osm_gostnets/iceland-latest.osm.pbf"


def write_table(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


TOWNS = [
    # the depots: Reykjavik, Akureyri, Egilsstadir
    (64.14, -21.90), (65.68, -18.09), (65.265, -14.40),
    (66.075, -23.13), (64.25, -15.21), (63.937, -21.00), (66.045, -17.34), (64.54, -21.92), (65.66, -20.28),
    (65.745, -19.65), (65.15, -13.69), (65.075, -22.73), (64.00, -22.56),
]  # fmt: skip
"""Latitude and longitude of thirteen towns of Iceland."""


def pick_in_iceland(incidents, seed=1):
    """The towns, and strikes here and there on the straight lines between neighbours among them."""
    random = np.random.default_rng(seed)
    towns = [(lon, lat) for lat, lon in TOWNS]
    ends = random.integers(0, len(towns), (incidents, 2))
    shares = random.uniform(0.02, 0.3, incidents)
    return towns, [
        tuple(np.array(towns[a]) + share * (np.array(towns[b]) - towns[a]))
        for (a, b), share in zip(ends, shares, strict=True)
    ]


def pick_on_roads(roads_file, sites, incidents, seed=1):
    """Sites a little off main roads of the largest part of a network, strikes on others."""
    roads = read_roads(roads_file).table
    joined = nx.Graph(zip(roads["from_node"], roads["to_node"], strict=True))
    largest = max(nx.connected_components(joined), key=len)
    main = roads[
        roads["from_node"].isin(largest)
        & roads["road_class"].isin(DRIVEN)
        & (roads["oneway"] == "both")
        & ~roads["bridge"]
        & roads["max_weight_t"].isna()
    ]
    picked = shapely.line_interpolate_point(
        main.sample(sites + incidents, random_state=seed).geometry.array, 0.4, normalized=True
    )
    random = np.random.default_rng(seed)
    spots = [
        (point.x + random.normal(0, 1e-4), point.y + random.normal(0, 1e-4)) for point in picked
    ]
    return spots[:sites], spots[sites:]


def write_mission(folder, roads_file, sites, strikes, *, depots, rules=""):
    """A mission over a real network; the first sites are depots."""
    folder.mkdir(exist_ok=True)
    shutil.copy(roads_file, folder / roads_file.name)
    roles = ["depot" if i < depots else "destination" for i in range(len(sites))]
    named = [
        (f"{role}-{i}", role, f"{role} {i}", lat, lon)
        for i, (role, (lon, lat)) in enumerate(zip(roles, sites, strict=True))
    ]
    write_table(
        folder / "sites.csv",
        [dict(zip(("site_id", "role", "name", "lat", "lon"), row, strict=True)) for row in named],
    )
    columns = ("incident_id", "kind", "occurred_at", "lat", "lon", "accuracy_m", "source")
    told = [
        (
            f"invented-{i}",
            "shelling",
            "2026-11-21T10:00:00Z",
            lat,
            lon,
            (0, 10, 40)[i % 3],
            "invented",
        )
        for i, (lon, lat) in enumerate(strikes)
    ]
    write_table(folder / "strikes.csv", [dict(zip(columns, row, strict=True)) for row in told])
    (folder / "mission.toml").write_text(
        f'title = "Test"\nas_of = 2026-11-23T06:00:00Z\n[inputs]\nroads = "{roads_file.name}"\nincidents = "strikes.csv"\nsites = "sites.csv"\n{rules}',
        encoding="utf-8",
    )
    return folder


def plan_folder(folder):
    return co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
