"""A whole country, end to end: three depots, ten destinations and fifty invented incidents on the roads of Iceland.

    python benchmarks/country.py [--runs 3]

Prints CPU time per stage (read, plan, write; medians) and the peak memory of the process. Before any time, the result is checked:
every destination is served or cut off, and each primary costs what networkx's own Dijkstra finds on the same graph.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from networks import ICELAND

import corridors as co

DEPOTS, DESTINATIONS, INCIDENTS = 3, 10, 50
MISSION = """\
title = "Iceland, invented"
as_of = 2026-11-23T06:00:00Z
[inputs]
roads = "roads.osm.pbf"
incidents = "strikes.csv"
sites = "sites.csv"
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=3)
    runs = arguments.parse_args().runs
    if not ICELAND.is_file():
        sys.exit(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
    with tempfile.TemporaryDirectory() as place:
        folder = write_mission(Path(place) / "mission")
        times = [run_once(folder, Path(place) / "plan", check=run == 0) for run in range(runs)]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    print(f"medians of {runs} runs, CPU seconds")
    for stage in times[0]:
        print(f"{stage:<6} {median(run[stage] for run in times):>6.1f}")
    print(f"{'all':<6} {median(sum(run.values()) for run in times):>6.1f}")
    print(f"peak memory {peak_mb:,.0f} MB (of the whole benchmark, its own check included)")


def write_mission(folder: Path) -> Path:
    """A mission whose sites and strikes lie near main roads of the largest part of the network, chosen by seed."""
    folder.mkdir()
    shutil.copy(ICELAND, folder / "roads.osm.pbf")  # a mission names no file outside its folder, links included
    roads = co.read_roads(folder / "roads.osm.pbf").table
    joined = nx.Graph(zip(roads["from_node"], roads["to_node"], strict=True))
    largest = max(nx.connected_components(joined), key=len)
    main_roads = roads[
        roads["from_node"].isin(largest) & roads["road_class"].isin(["trunk", "primary", "secondary", "tertiary", "residential"])
    ]
    main_roads = main_roads[(main_roads["oneway"] == "both") & ~main_roads["bridge"] & main_roads["max_weight_t"].isna()]
    picked = main_roads.sample(DEPOTS + DESTINATIONS + INCIDENTS, random_state=1).geometry.array
    spots = shapely.get_coordinates(shapely.line_interpolate_point(picked, 0.4, normalized=True))
    spots = pd.DataFrame(spots + np.random.default_rng(1).normal(0, 1e-4, spots.shape), columns=["lon", "lat"])
    sites, strikes = spots.iloc[: DEPOTS + DESTINATIONS], spots.iloc[DEPOTS + DESTINATIONS :]
    roles = ["depot"] * DEPOTS + ["destination"] * DESTINATIONS
    sites.assign(site_id=[f"{role}-{i}" for i, role in enumerate(roles)], role=roles).to_csv(folder / "sites.csv", index=False)
    told = {"kind": "shelling", "occurred_at": "2026-11-21T10:00:00Z", "accuracy_m": 20, "verification": "reported", "source": "invented"}
    strikes.assign(incident_id=[f"invented-{i}" for i in range(INCIDENTS)], **told).to_csv(folder / "strikes.csv", index=False)
    (folder / "mission.toml").write_text(MISSION, encoding="utf-8")
    return folder


def run_once(folder: Path, out: Path, *, check: bool) -> dict[str, float]:
    """CPU seconds of each stage of one run."""
    times: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        times[stage] = time.process_time() - start
        return result

    situation, rules = timed("read", lambda: (co.read_situation(folder), co.read_rules(folder)))
    plan = timed("plan", lambda: co.plan_corridors(situation, rules=rules))
    timed("write", lambda: co.write_plan(plan, out, force=True))
    if check:
        check_plan(plan)
    return times


def check_plan(plan: co.Plan) -> None:
    """Stop, unless everyone is served or cut off, and each primary is networkx's own shortest path."""
    served, cut_off = set(plan.corridors["destination_id"]), set(plan.cut_off.index)
    if len(served | cut_off) != DESTINATIONS or served & cut_off:
        raise SystemExit("WRONG: a destination is neither served nor cut off, or both")
    primary = plan.corridors[plan.corridors["rank"] == 1]
    for row in primary.itertuples():
        steps = plan.steps[plan.steps["corridor_id"] == row.Index]
        known = plan.segments.loc[steps["segment_id"]]
        km = (steps["end_m"] - steps["start_m"]).abs().to_numpy() / 1000
        paid = (km / known["speed_kph"].clip(upper=plan.rules.vehicle.top_speed_kph) * 60 * (1 + known["exposure"])).sum()
        ends = plan.network.terminals[row.depot_id], plan.network.terminals[row.destination_id]
        expected = nx.dijkstra_path_length(plan.network.graph, *ends, weight="cost")
        if abs(paid - expected) > 1e-9 * expected:
            raise SystemExit(f"WRONG: {row.Index} costs {paid}, and networkx finds {expected}")
    counts = plan.counts
    print(
        f"{counts['segments']:,} segments, {counts['closed']:,} closed, {len(plan.corridors)} corridors, {len(cut_off)} of {DESTINATIONS} destinations"
        " cut off; every primary equals networkx's\n"
    )


if __name__ == "__main__":
    main()
