"""A million reports read, fused and applied: the embedded mission with three years of invented
reports of five sources.

    python benchmarks/reports.py [--rows 1000000] [--runs 1]

Prints CPU time per stage (read the folder, fuse alone, plan; medians) and the peak memory of the
process. Before any time, the result is checked: every row is accounted for, every happening that
two sources were made to tell of is corroborated, and no incident reaches farther than two reports
of one may lie apart, by geographiclib.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from geographiclib.geodesic import Geodesic

import corridors as co
from corridors.evidence.incidents import fuse_reports

DAYS, SOURCES, TOLD_TWICE = 1095, 5, 0.4
LON, LAT = (35.2, 37.2), (32.4, 34.2)
"""The reports lie in a box about the embedded mission and east of it, 37,000 square kilometres."""
MOST_APART_M = 500.0 + 300.0
CHECKED = 2000


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--runs", type=int, default=1)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "mission"
        writer = get_context("spawn").Process(
            target=write_mission, args=(folder, given.rows)
        )  # its memory is not ours
        writer.start()
        writer.join()
        size_mb = (folder / "strikes.csv").stat().st_size / 1e6
        times = [run_once(folder, given.rows, check=run == 0) for run in range(given.runs)]
    print(f"{given.rows:,} rows, {size_mb:.0f} MB; medians of {given.runs} runs, CPU seconds")
    for stage in ("read", "plan", "of it: fuse"):
        print(f"{stage:<14} {median(run[stage] for run in times):>6.1f}")
    print(f"{'read and plan':<14} {median(run['read'] + run['plan'] for run in times):>6.1f}")
    print(f"peak memory {times[0]['peak MB']:,.0f} MB (of the first run)")


def write_mission(folder: Path, rows: int) -> None:
    """The embedded mission, its incidents replaced by invented ones; of `TOLD_TWICE` happenings a
    second source tells too."""
    shutil.copytree(co.demo_folder(), folder)
    random = np.random.default_rng(1)
    happenings = int(rows / (1 + TOLD_TWICE))
    again = rows - happenings
    minute = random.integers(1, DAYS * 1440, happenings)
    lat, lon = (random.uniform(*box, happenings) for box in (LAT, LON))
    source = random.integers(SOURCES, size=happenings)
    table = pd.DataFrame(
        {"happening": range(happenings), "minute": minute, "lat": lat, "lon": lon, "source": source}
    )
    second = table.iloc[:again].assign(
        minute=lambda one: np.maximum(0, one["minute"] - random.integers(0, 120, again)),
        lat=lambda one: one["lat"] + random.uniform(-0.002, 0.002, again),
        lon=lambda one: one["lon"] + random.uniform(-0.002, 0.002, again),
        source=lambda one: (one["source"] + random.integers(1, SOURCES, again)) % SOURCES,
    )
    reports = pd.concat([table, second], ignore_index=True)
    at = pd.Timestamp("2026-11-23T06:00Z") - pd.to_timedelta(reports["minute"], unit="min")
    kinds = np.array(["air_strike", "shelling", "ground_clash", "other"])
    pd.DataFrame(
        {
            "incident_id": [
                f"H{name}-{number}" for number, name in enumerate(reports["happening"])
            ],
            "kind": kinds[reports["happening"] % 4],
            "occurred_at": at.dt.strftime("%Y-%m-%dT%H:%M:00Z"),
            "lat": reports["lat"].round(5),
            "lon": reports["lon"].round(5),
            "accuracy_m": random.choice([20, 100, 300], len(reports)),
            "verification": "reported",
            "source": np.array([f"invented {name}" for name in "ABCDE"])[reports["source"]],
        }
    ).sample(frac=1.0, random_state=1).to_csv(folder / "strikes.csv", index=False)


def run_once(folder: Path, rows: int, *, check: bool) -> dict[str, float]:
    """CPU seconds of each stage of one run."""
    times: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        times[stage] = time.process_time() - start
        return result

    situation, rules = timed(
        "read",
        lambda: (co.read_situation(folder, as_of="2026-11-23T06:00:00Z"), co.read_rules(folder)),
    )
    plan = timed("plan", lambda: co.plan_corridors(situation, rules=rules))
    times["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )
    timed(
        "of it: fuse",
        lambda: fuse_reports(situation.incidents, as_of=situation.as_of, rules=rules),
    )
    if check:
        check_plan(plan, rows)
    return times


def check_plan(plan: co.Plan, rows: int) -> None:
    """Stop, unless rows are conserved, what was told twice is corroborated, and incidents are as
    small as promised."""
    parts = sum(
        count
        for name, count in plan.summary.items()
        if name.startswith("incidents_") and name != "incidents_read"
    )
    if not parts == plan.summary["incidents_read"] == rows:
        raise SystemExit(f"WRONG: {rows} rows, {plan.summary}")
    happening = plan.reports.index.to_series().str.partition("-")[0]
    twice = happening.duplicated(keep=False)
    if (plan.reports["verification"][twice] == "reported").any():
        raise SystemExit("WRONG: what two sources tell of is not corroborated")
    several = plan.incidents[plan.incidents["reports"].map(len) > 1]
    for listed in several["reports"].iloc[:: max(1, len(several) // CHECKED)]:
        spots = plan.reports.loc[list(listed)].geometry
        away = Geodesic.WGS84.Inverse(
            spots.iloc[0].y, spots.iloc[0].x, spots.iloc[-1].y, spots.iloc[-1].x
        )["s12"]
        if away > MOST_APART_M:
            raise SystemExit(f"WRONG: the reports of {listed[0]} lie {away} m apart")
    print(
        f"{len(plan.incidents):,} incidents, {len(several):,} of several sources; {dict(plan.summary)}\n"
    )


if __name__ == "__main__":
    main()
