"""Closing roads around incidents: exact distance against the two usual ways, on a whole country.

    python benchmarks/closing.py [--runs 3] [--most 10000]

ours            `corridors.crs.LineIndex.within`: the ellipsoid, exact
dwithin         geopandas `sjoin(predicate="dwithin")` in the UTM zone that geopandas estimates
buffer          geopandas: buffers in the same UTM zone, `sjoin(predicate="intersects")`

Each is told the same: incidents with an effective radius, road segments in degrees. Pairs on which they differ are decided by
geographiclib, piece by piece; a time is printed only after ours proved right in all of them. CPU time, medians.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geographiclib.geodesic import Geodesic
from networks import ICELAND

from corridors.crs import LineIndex
from corridors.inputs.roads import read_roads

Pairs = npt.NDArray[np.int64]
RADIUS_M = 1000.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--most", type=int, default=10_000, help="the largest number of incidents")
    given = arguments.parse_args()
    lines = read_lines()
    print(f"{len(lines):,} segments, medians of {given.runs} runs, CPU seconds\n")
    print(f"{'incidents':>9} {'way':<9} {'pairs':>9} {'segments':>9} {'missed':>7} {'extra':>6} {'seconds':>8} {'ratio':>6}")
    for count in (100, 1_000, 10_000):
        if count <= given.most:
            compare(lines, *make_incidents(lines, count), runs=given.runs)


def read_lines() -> gpd.GeoSeries:
    """The roads of Iceland or, where the file is not here, of a land made by seed."""
    if ICELAND.is_file():
        return read_roads(ICELAND).table.geometry.reset_index(drop=True)
    print(f"{ICELAND.name} is not here (set CORRIDORS_REAL_DATA to the folder of real data): roads made by seed instead")
    random = np.random.default_rng(1)
    starts = np.column_stack([random.uniform(-24, -14, 110_000), random.uniform(63.5, 66.5, 110_000)])
    bends = np.cumsum(random.normal(0, [0.004, 0.002], (110_000, 6, 2)), axis=1)
    return gpd.GeoSeries(shapely.linestrings(np.round(starts[:, None] + bends, 7)), crs=4326)


def make_incidents(lines: gpd.GeoSeries, count: int) -> tuple[gpd.GeoSeries, np.ndarray]:
    """Incidents within a few kilometres of roads, and the effective radius of each: 1 km and an uncertainty up to 500 m."""
    random = np.random.default_rng(count)
    at = shapely.get_coordinates(shapely.get_point(lines.array[random.integers(len(lines), size=count)], 0))
    spots = at + random.normal(0, [0.04, 0.018], (count, 2))
    return gpd.GeoSeries(shapely.points(spots), crs=4326), RADIUS_M + random.choice([0.0, 50.0, 200.0, 500.0], count)


def compare(lines: gpd.GeoSeries, spots: gpd.GeoSeries, reach_m: np.ndarray, *, runs: int) -> None:
    ways: dict[str, Callable[[], Pairs]] = {
        "ours": lambda: close_exactly(lines, spots, reach_m),
        "dwithin": lambda: close_by_dwithin(lines, spots, reach_m),
        "buffer": lambda: close_by_buffer(lines, spots, reach_m),
    }
    found, seconds = {}, {}
    for name, close in ways.items():
        times = []
        for _ in range(runs):
            start = time.process_time()
            found[name] = close()
            times.append(time.process_time() - start)
        seconds[name] = median(times)

    everything, times_found = np.unique(np.concatenate(list(found.values())), return_counts=True)
    disputed = everything[times_found < len(ways)]
    decided = [is_within(spots[pair // len(lines)], lines[pair % len(lines)], reach_m[pair // len(lines)]) for pair in disputed]
    truth = np.union1d(everything[times_found == len(ways)], disputed[np.array(decided, dtype=bool)])
    if not np.array_equal(found["ours"], truth):
        raise SystemExit(f"WRONG: ours differs from geographiclib in {len(np.setxor1d(found['ours'], truth))} pairs; no time is printed")
    for name, pairs in found.items():
        missed, extra = len(np.setdiff1d(truth, pairs)), len(np.setdiff1d(pairs, truth))
        print(
            f"{len(spots):>9,} {name:<9} {len(pairs):>9,} {len(np.unique(pairs % len(lines))):>9,} {missed:>7,} {extra:>6,}"
            f" {seconds[name]:>8.2f} {seconds[name] / seconds['ours']:>6.2f}"
        )
    print(f"{'':>9} disputed pairs, each decided by geographiclib: {len(disputed):,}\n")


def close_exactly(lines: gpd.GeoSeries, spots: gpd.GeoSeries, reach_m: np.ndarray) -> Pairs:
    near = LineIndex(lines.array).within(spots.array, reach_m)
    return near.place * len(lines) + near.line  # sorted already


def close_by_dwithin(lines: gpd.GeoSeries, spots: gpd.GeoSeries, reach_m: np.ndarray) -> Pairs:
    utm = lines.estimate_utm_crs()
    left, right = gpd.GeoDataFrame(geometry=spots.to_crs(utm)), gpd.GeoDataFrame(geometry=lines.to_crs(utm))
    return number_pairs(gpd.sjoin(left, right, predicate="dwithin", distance=reach_m), len(lines))


def close_by_buffer(lines: gpd.GeoSeries, spots: gpd.GeoSeries, reach_m: np.ndarray) -> Pairs:
    utm = lines.estimate_utm_crs()
    discs = gpd.GeoDataFrame(geometry=spots.to_crs(utm).buffer(reach_m))
    return number_pairs(gpd.sjoin(discs, gpd.GeoDataFrame(geometry=lines.to_crs(utm)), predicate="intersects"), len(lines))


def number_pairs(joined: pd.DataFrame, lines: int) -> Pairs:
    """Each pair of an incident and a segment as one number, sorted."""
    return np.sort(joined.index.to_numpy() * lines + joined["index_right"].to_numpy())


def is_within(spot: shapely.Point, line: shapely.LineString, reach_m: float) -> bool:
    """Whether the least geodesic distance to the straight lon/lat pieces of a line is at most the reach: golden-section search."""
    ratio = (math.sqrt(5) - 1) / 2
    coords = shapely.get_coordinates(line).tolist()

    for (lon, lat), (to_lon, to_lat) in pairwise(coords):

        def far(share: float, lon: float = lon, lat: float = lat, to_lon: float = to_lon, to_lat: float = to_lat) -> float:
            there = lat + share * (to_lat - lat), lon + share * (to_lon - lon)
            return Geodesic.WGS84.Inverse(spot.y, spot.x, *there, Geodesic.DISTANCE)["s12"]

        low, high = 0.0, 1.0
        length_m = Geodesic.WGS84.Inverse(lat, lon, to_lat, to_lon, Geodesic.DISTANCE)["s12"]
        if min(far(0.0), far(1.0)) <= reach_m:
            return True
        if min(far(0.0), far(1.0)) > reach_m + length_m:
            continue  # no point of the piece is nearer than that
        while (high - low) * length_m > 1e-4:
            one, two = high - ratio * (high - low), low + ratio * (high - low)
            low, high = (low, two) if far(one) < far(two) else (one, high)
        if far((low + high) / 2) <= reach_m:
            return True
    return False


if __name__ == "__main__":
    main()
