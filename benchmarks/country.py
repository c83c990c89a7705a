"""A whole country, end to end: three depots, ten destinations and fifty invented incidents on the
roads of Iceland.

    python benchmarks/country.py [--runs 3]

Prints CPU time per stage, and of the whole command in processes of its own, with what a clock on
the wall says and peak memory; medians. Before any time, the result is checked: every destination is
served or cut off, and each primary costs what networkx's own Dijkstra finds on the same graph.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
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
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=3)
    runs = arguments.parse_args().runs
    if not ICELAND.is_file():
        sys.exit(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
    with tempfile.TemporaryDirectory() as place:
        folder, cache = write_mission(Path(place) / "mission"), Path(place) / "cache"
        # First: what a process is told to have needed at most includes what the one that started it
        # held then.
        commands = {
            "the first of all: kernels are compiled": [
                run_command(folder, place, cache=cache, kernels="fresh")
            ],
            "corridors plan --no-cache": [
                run_command(folder, place, "--no-cache", cache=cache) for _ in range(runs)
            ],
            "corridors plan, roads prepared": [
                run_command(folder, place, cache=cache) for _ in range(runs)
            ],
        }
        times = [run_once(folder, Path(place), check=run == 0) for run in range(runs)]
    print(f"in one process, medians of {runs} runs\n\n{'stage':<40} {'CPU s':>6}")
    for stage in times[0]:
        print(f"{stage:<40} {median(run[stage] for run in times):>6.2f}")
    print(f"\n{'command, start-up included':<40} {'CPU s':>6} {'wall s':>7} {'peak MB':>8}")
    for name, seen in commands.items():
        print(
            f"{name:<40} {median(s[0] for s in seen):>6.2f} {median(s[1] for s in seen):>7.2f} {max(s[2] for s in seen):>8,.0f}"
        )


def run_command(
    folder: Path, place: str, *options: str, cache: Path, kernels: str = "kept"
) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak memory of one run of the command line, in a process of its
    own."""
    environment = (
        os.environ
        | {"CORRIDORS_CACHE": str(cache)}
        | ({"NUMBA_CACHE_DIR": f"{place}/kernels"} if kernels == "fresh" else {})
    )
    command = [
        sys.executable,
        "-m",
        "corridors.cli",
        "plan",
        str(folder),
        "--out",
        f"{place}/by-command",
        "--force",
        *options,
    ]
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in {0, 3}:  # 3: planned, and someone is cut off
        raise SystemExit("WRONG: the command line does not plan")
    return (
        used.ru_utime + used.ru_stime,
        wall,
        used.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024),
    )


def write_mission(folder: Path) -> Path:
    """A mission whose sites and strikes lie near main roads of the largest part of the network,
    chosen by seed."""
    folder.mkdir()
    shutil.copy(
        ICELAND, folder / "roads.osm.pbf"
    )  # a mission names no file outside its folder, links included
    roads = co.read_roads(folder / "roads.osm.pbf").table
    joined = nx.Graph(zip(roads["from_node"], roads["to_node"], strict=True))
    largest = max(nx.connected_components(joined), key=len)
    main_roads = roads[
        roads["from_node"].isin(largest)
        & roads["road_class"].isin(["trunk", "primary", "secondary", "tertiary", "residential"])
    ]
    main_roads = main_roads[
        (main_roads["oneway"] == "both") & ~main_roads["bridge"] & main_roads["max_weight_t"].isna()
    ]
    picked = main_roads.sample(DEPOTS + DESTINATIONS + INCIDENTS, random_state=1).geometry.array
    spots = shapely.get_coordinates(shapely.line_interpolate_point(picked, 0.4, normalized=True))
    spots = pd.DataFrame(
        spots + np.random.default_rng(1).normal(0, 1e-4, spots.shape), columns=["lon", "lat"]
    )
    sites, strikes = spots.iloc[: DEPOTS + DESTINATIONS], spots.iloc[DEPOTS + DESTINATIONS :]
    roles = ["depot"] * DEPOTS + ["destination"] * DESTINATIONS
    sites.assign(site_id=[f"{role}-{i}" for i, role in enumerate(roles)], role=roles).to_csv(
        folder / "sites.csv", index=False
    )
    told = {
        "kind": "shelling",
        "occurred_at": "2026-11-21T10:00:00Z",
        "accuracy_m": 20,
        "verification": "reported",
        "source": "invented",
    }
    strikes.assign(incident_id=[f"invented-{i}" for i in range(INCIDENTS)], **told).to_csv(
        folder / "strikes.csv", index=False
    )
    (folder / "mission.toml").write_text(MISSION, encoding="utf-8")
    return folder


def run_once(folder: Path, place: Path, *, check: bool) -> dict[str, float]:
    """CPU seconds of each stage of one run."""
    times: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        times[stage] = time.process_time() - start
        return result

    timed("read, from OpenStreetMap", lambda: co.read_situation(folder))
    co.read_situation(folder, cache=place / "cache")
    situation, rules = timed(
        "read, prepared",
        lambda: (co.read_situation(folder, cache=place / "cache"), co.read_rules(folder)),
    )
    plan = timed("plan", lambda: co.plan_corridors(situation, rules=rules))
    timed("write", lambda: co.write_plan(plan, place / "plan", force=True))
    if check:
        check_plan(plan)
    return times


def check_plan(plan: co.Plan) -> None:
    """Stop, unless everyone is served or cut off, and each primary is networkx's own shortest path."""
    served, cut_off = set(plan.corridors["destination_id"]), set(plan.cut_off.index)
    if len(served | cut_off) != DESTINATIONS or served & cut_off:
        raise SystemExit("WRONG: a destination is neither served nor cut off, or both")
    for route in (route for route in plan.routes if route.rank == 1):
        ends = plan.network.terminals[route.depot_id], plan.network.terminals[route.destination_id]
        expected = nx.dijkstra_path_length(plan.network.graph, *ends, weight="ticks")
        if not route.ticks == plan.network.ticks[route.arcs].sum() == expected:
            raise SystemExit(
                f"WRONG: {route.corridor_id} costs {route.ticks} ticks, and networkx finds {expected}"
            )
    counts = plan.summary
    print(
        f"{counts['segments']:,} segments, {counts['closed']:,} closed, {len(plan.corridors)} corridors, {len(cut_off)} of {DESTINATIONS} destinations"
        " cut off; every primary equals networkx's\n"
    )


if __name__ == "__main__":
    main()
