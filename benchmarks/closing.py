"""Closing roads around incidents: exact distance against the two usual ways, on a million segments.

    python benchmarks/closing.py [--runs 3] [--most 10000] [--sample 100000]

ours            `corridors.geodesy.LineIndex.pairs_within`: the ellipsoid, exact
dwithin         geopandas `sjoin(predicate="dwithin")` in the UTM zone that geopandas estimates
buffer          geopandas: buffers in the same UTM zone, `sjoin(predicate="intersects")`

Each is told the same: incidents with an effective radius, road segments in degrees. What is made
once and asked often, our index, and geopandas' projection and tree, stands apart. Pairs are drawn
from all within 1.2 times the reach, half of them those nearest to the limit, and decided by
geographiclib, piece by piece; a time is printed only after ours proved right in all of them. CPU
time, medians.
"""

from __future__ import annotations

import argparse
import math
import resource
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geographiclib.geodesic import Geodesic
from networks import ICELAND, read_iceland

from corridors.geodesy import LineIndex

Pairs = npt.NDArray[np.int64]
RADIUS_M = 1000.0


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument(
        "--most", type=int, default=10_000, help="the largest number of incidents"
    )
    arguments.add_argument(
        "--sample",
        type=int,
        default=100_000,
        help="how many pairs geographiclib decides, for the most incidents",
    )
    given = arguments.parse_args()
    for name, lines in (
        ("made by seed", make_lines(1_000_000)),
        ("Iceland, piece by piece", read_pieces()),
    ):
        if lines is None:
            print(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
            continue
        compare_on(name, lines, given)


def make_lines(count: int) -> gpd.GeoSeries:
    """Roads of four vertices, 15 m to 1 km long as streets between junctions are, half of them in
    300 towns, on 10 by 3 degrees in the north."""
    random = np.random.default_rng(1)
    corner, size = np.array([-24, 63.5]), np.array([10, 3])
    towns = corner + random.uniform(0, 1, (300, 2)) * size
    in_towns = towns[random.integers(300, size=count // 2)] + random.normal(
        0, [0.06, 0.03], (count // 2, 2)
    )
    starts = np.concatenate(
        [in_towns, corner + random.uniform(0, 1, (count - count // 2, 2)) * size]
    )
    scale = 10 ** random.uniform(-4.4, -2.6, (count, 1, 1)) * [2.0, 1.0]
    bends = np.cumsum(random.normal(0, 1, (count, 4, 2)) * scale, axis=1)
    return gpd.GeoSeries(shapely.linestrings(np.round(starts[:, None] + bends, 7)), crs=4326)


def read_pieces() -> gpd.GeoSeries | None:
    """Every pair of consecutive nodes of a road of Iceland, or None where the file is not here."""
    if not ICELAND.is_file():
        return None
    arcs = read_iceland()
    tail, head = arcs.tail[: len(arcs.tail) // 2], arcs.head[: len(arcs.head) // 2]
    ends = np.stack(
        [np.column_stack([arcs.lon[node], arcs.lat[node]]) for node in (tail, head)], axis=1
    )
    return gpd.GeoSeries(shapely.linestrings(ends), crs=4326)


def compare_on(name: str, lines: gpd.GeoSeries, given: argparse.Namespace) -> None:
    index, index_s = time_of(lambda: LineIndex(lines.array), lambda index: index.pieces)
    projected, project_s = time_of(
        lambda: gpd.GeoDataFrame(geometry=lines.to_crs(lines.estimate_utm_crs()))
    )
    _, tree_s = time_of(lambda: projected.sindex)
    print(f"{name}: {len(lines):,} segments, medians of {given.runs} runs, CPU seconds")
    print(
        f"made once: our index {index_s:.2f}; geopandas' projection {project_s:.2f} and tree {tree_s:.2f}\n"
    )
    print(
        f"{'incidents':>9} {'way':<9} {'pairs':>10} {'segments':>9} {'missed':>7} {'extra':>6} {'seconds':>8} {'ratio':>6}"
    )
    for count in (100, 1_000, 10_000):
        if count <= given.most:
            sample = max(given.sample * count // given.most, 2)
            compare(
                lines,
                index,
                projected,
                *make_incidents(lines, count),
                runs=given.runs,
                sample=sample,
            )
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB, all ways together\n"
    )


def time_of(
    make: Callable[[], Any], then: Callable[[Any], object] = lambda _: None
) -> tuple[Any, float]:
    start = time.process_time()
    made = make()
    then(made)
    return made, time.process_time() - start


def make_incidents(lines: gpd.GeoSeries, count: int) -> tuple[gpd.GeoSeries, np.ndarray]:
    """Incidents within a few kilometres of roads, and the effective radius of each: 1 km and an
    uncertainty up to 500 m."""
    random = np.random.default_rng(count)
    at = shapely.get_coordinates(
        shapely.get_point(lines.array[random.integers(len(lines), size=count)], 0)
    )
    spots = at + random.normal(0, [0.04, 0.018], (count, 2))
    return gpd.GeoSeries(shapely.points(spots), crs=4326), RADIUS_M + random.choice(
        [0.0, 50.0, 200.0, 500.0], count
    )


def compare(
    lines: gpd.GeoSeries,
    index: LineIndex,
    projected: gpd.GeoDataFrame,
    spots: gpd.GeoSeries,
    effective_radius_m: np.ndarray,
    *,
    runs: int,
    sample: int,
) -> None:
    moved = gpd.GeoDataFrame(geometry=spots.to_crs(projected.crs))
    ways: dict[str, Callable[[], Pairs]] = {
        "ours": lambda: number_pairs(
            *index.pairs_within(spots.array, effective_radius_m), len(lines)
        ),
        "dwithin": lambda: join(moved, projected, predicate="dwithin", distance=effective_radius_m),
        "buffer": lambda: join(
            gpd.GeoDataFrame(geometry=moved.buffer(effective_radius_m)),
            projected,
            predicate="intersects",
        ),
    }
    found, seconds = {}, {}
    for name, close in ways.items():
        timed = [time_of(close) for _ in range(runs)]
        found[name], seconds[name] = np.sort(timed[0][0]), median(taken for _, taken in timed)

    truth = found["ours"]
    drawn = draw_pairs(index, spots, effective_radius_m, sample)
    everything = np.unique(np.concatenate(list(found.values())))
    disputed = everything[
        ~np.logical_and.reduce([np.isin(everything, pairs) for pairs in found.values()])
    ]
    drawn = np.union1d(drawn, np.random.default_rng(0).permutation(disputed)[:sample])
    decided = np.array(
        [
            is_within(
                spots[pair // len(lines)],
                lines[pair % len(lines)],
                effective_radius_m[pair // len(lines)],
            )
            for pair in drawn
        ]
    )
    wrong = int((np.isin(drawn, truth) != decided).sum())
    if wrong:
        raise SystemExit(
            f"WRONG: ours differs from geographiclib in {wrong} of {len(drawn)} pairs; no time is printed"
        )
    for name, pairs in found.items():
        missed, extra = len(np.setdiff1d(truth, pairs)), len(np.setdiff1d(pairs, truth))
        print(
            f"{len(spots):>9,} {name:<9} {len(pairs):>10,} {len(np.unique(pairs % len(lines))):>9,} {missed:>7,} {extra:>6,}"
            f" {seconds[name]:>8.3f} {seconds[name] / seconds['ours']:>6.2f}"
        )
    print(
        f"{'':>9} {len(drawn):,} pairs decided by geographiclib, {int(decided.sum()):,} of them within: ours differs in {wrong}\n"
    )


def draw_pairs(
    index: LineIndex, spots: gpd.GeoSeries, effective_radius_m: np.ndarray, sample: int
) -> Pairs:
    """Half of them at random, half those nearest to the limit."""
    near = index.measure(spots.array, effective_radius_m * 1.2)
    every = number_pairs(near.place, near.line, len(index.lines))
    half = min(sample // 2, len(every))
    closest = np.argpartition(np.abs(near.distance_m - effective_radius_m[near.place]), half - 1)[
        :half
    ]
    others = np.random.default_rng(1).choice(
        np.delete(np.arange(len(every)), closest), min(half, len(every) - half), replace=False
    )
    return np.union1d(every[closest], every[others])


def join(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, **how: object) -> Pairs:
    joined: pd.DataFrame = gpd.sjoin(left, right, **how)
    return number_pairs(joined.index.to_numpy(), joined["index_right"].to_numpy(), len(right))


def number_pairs(place: Pairs, line: Pairs, lines: int) -> Pairs:
    """Each pair of an incident and a segment as one number."""
    return place * lines + line


def is_within(spot: shapely.Point, line: shapely.LineString, effective_radius_m: float) -> bool:
    """Whether the least geodesic distance to the straight lon/lat pieces of a line is at most the
    reach: golden-section search."""
    ratio = (math.sqrt(5) - 1) / 2
    coords = shapely.get_coordinates(line).tolist()

    for (lon, lat), (to_lon, to_lat) in pairwise(coords):

        def far(
            share: float,
            lon: float = lon,
            lat: float = lat,
            to_lon: float = to_lon,
            to_lat: float = to_lat,
        ) -> float:
            there = lat + share * (to_lat - lat), lon + share * (to_lon - lon)
            return Geodesic.WGS84.Inverse(spot.y, spot.x, *there, Geodesic.DISTANCE)["s12"]

        low, high = 0.0, 1.0
        length_m = Geodesic.WGS84.Inverse(lat, lon, to_lat, to_lon, Geodesic.DISTANCE)["s12"]
        if min(far(0.0), far(1.0)) <= effective_radius_m:
            return True
        if min(far(0.0), far(1.0)) > effective_radius_m + length_m:
            continue  # no point of the piece is nearer than that
        while (high - low) * length_m > 1e-4:
            one, two = high - ratio * (high - low), low + ratio * (high - low)
            low, high = (low, two) if far(one) < far(two) else (one, high)
        if far((low + high) / 2) <= effective_radius_m:
            return True
    return False


if __name__ == "__main__":
    main()
