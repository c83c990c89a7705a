"""Reading OpenStreetMap files: ours against pyosmium alone, and against osmnx.

    python benchmarks/loading.py [--runs 3] [--small]

pyosmium   hands every way of our highway classes to Python: its tags, and the id and place of each
of its nodes. Nothing is done with them places     the same without tags and ids of nodes, of which
no roads table could be made: the floor ours       `corridors.read_roads`: tags understood,
one-ways, limits, barriers, junctions, pieces of at most 1 km, lengths, the hash of the file
prepared   the same again, from a prepared copy on disk, the file hashed as always osmnx
`osmnx.graph_from_xml(simplify=True)`, from XML, which is all that it reads; tags kept as they are
           (Monaco is turned into XML first, with its roads only; that is not timed)

Ours is compared with pyosmium on Iceland, with osmnx on two small extracts, and timed on a table of
lines. Peak memory is that of a process which does nothing else, libraries included. Checked before
a time is printed: every way in our table was among those that pyosmium handed over; and the
drivable length of the graph that osmnx makes of the same file, its edges taken through the same
rules for tags (`roads_from_graph`), is ours to a millimetre a kilometre; what comes from a prepared
copy equals what was read. CPU time, medians.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import osmium
import osmnx
import pandas as pd
from networks import ICELAND, REAL_DATA
from osmium.filter import KeyFilter
from osmium.osm import NODE, WAY

import corridors as co
from corridors.inputs.roads.tags import KEYS, NODE_KEYS
from corridors.rules import SPEED_KPH
from corridors.situation import ReadResult


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--small", action="store_true", help="leave Iceland out")
    given = arguments.parse_args()
    if not REAL_DATA.is_dir():
        sys.exit(
            f"{REAL_DATA.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data"
        )
    monaco, town = (
        REAL_DATA / "quackosm_monaco" / "monaco.osm.pbf",
        REAL_DATA / "osmnx_testdata" / "aguascalientes.osm.bz2",
    )
    print(f"medians of {given.runs} runs, CPU seconds")
    files = (monaco,) if given.small else (monaco, ICELAND)
    peaks = {
        path: [measure_peak_mb(work, path) for work in (hand_over, read)] for path in files
    }  # first: a child inherits its parent's peak
    for path in files:
        compare_with_pyosmium(path, given.runs)
        print("  peak memory: pyosmium {} MB, ours {} MB".format(*peaks[path]))
    time_lines(REAL_DATA / "douala_neatnet" / "douala_809.parquet", given.runs)
    osmnx.settings.useful_tags_way, osmnx.settings.useful_tags_node = (
        sorted(KEYS),
        sorted(NODE_KEYS),
    )
    with tempfile.TemporaryDirectory() as place:
        for path in (town, write_xml(monaco, Path(place))):
            compare_with_osmnx(path, given.runs)


def compare_with_pyosmium(path: Path, runs: int) -> None:
    works: dict[str, Callable[[], Any]] = {
        "pyosmium": lambda: hand_over(path),
        "places": lambda: hand_over_places(path),
        "ours": lambda: co.read_roads(path),
    }
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):  # in turn, so that what else the machine does falls on all
        done = {name: timed(work, 1) for name, work in works.items()}
        for name, (_, seconds) in done.items():
            spent[name].append(seconds)
    handed, reading = done["pyosmium"][0], done["ours"][0]
    with tempfile.TemporaryDirectory() as place:
        co.read_roads(path, cache=Path(place))
        again, kept = timed(lambda: co.read_roads(path, cache=Path(place)), runs)
    check_same(reading, again)
    used = {int(name.partition(":")[0]) for name in reading.table.index}
    if not used <= handed:
        raise SystemExit(
            f"WRONG: {path.name}: {len(used - handed)} ways of our table were not handed over"
        )
    print(
        f"\n{path.name}: {len(handed):,} ways handed over; {len(used):,} of them in our table, as {len(reading.table):,} segments"
    )
    times = {name: median(seconds) for name, seconds in spent.items()}
    print_times(times | {"cache": kept}, times["pyosmium"])


def time_lines(path: Path, runs: int) -> None:
    reading, ours = timed(lambda: co.read_roads(path), runs)
    print(f"\n{path.name}: {reading.source.rows['read']:,} lines")
    print_times({"ours": ours}, ours)


def check_same(one: ReadResult, other: ReadResult) -> None:
    """End with WRONG where two readings differ in anything."""
    try:
        pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    except AssertionError as error:
        raise SystemExit(f"WRONG: the prepared copy is not what was read: {error}") from error
    if one.source != other.source:
        raise SystemExit("WRONG: the source of the prepared copy is not that of what was read")


def read(path: Path) -> None:
    co.read_roads(path)


def measure_peak_mb(work: Callable[[Path], Any], path: Path) -> int:
    """The most memory that a new process needs for `work`."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure_own_peak_mb, (work, path))


def _measure_own_peak_mb(work: Callable[[Path], Any], path: Path) -> int:
    work(path)
    return round(
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1024**2 if sys.platform == "darwin" else 1024)
    )


def compare_with_osmnx(path: Path, runs: int) -> None:
    table, ours = timed(lambda: co.read_roads(path).table, runs)
    _, theirs = timed(lambda: osmnx.graph_from_xml(path, simplify=True, retain_all=True), runs)
    graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    graph.remove_edges_from(
        [edge for edge in graph.edges(keys=True) if "highway" not in graph.edges[edge]]
    )  # outlines of houses and parks
    km, other_km = (
        table["length_m"].sum() / 1000,
        co.roads_from_graph(graph)["length_m"].sum() / 1000,
    )
    if abs(km - other_km) > 1e-6 * km:
        raise SystemExit(f"WRONG: {path.name}: {km} km of road, by way of osmnx {other_km} km")
    print(f"\n{path.name}: {km:.1f} km that a truck may use, by either way")
    print_times({"ours": ours, "osmnx": theirs}, ours)


def hand_over(path: Path) -> set[int]:
    """The ids of all ways of our classes, their tags and each node's id and place looked at once."""
    ways = set()
    for thing in (
        osmium.FileProcessor(str(path), NODE | WAY)
        .with_locations()
        .with_filter(KeyFilter("highway"))
    ):
        if thing.is_way() and thing.tags["highway"] in SPEED_KPH:
            ways.add(thing.id)
            dict(thing.tags)
            for node in thing.nodes:
                _ = node.ref, node.x, node.y
    return ways


def hand_over_places(path: Path) -> set[int]:
    """The ids of all ways of our classes, each node's place looked at once."""
    ways, total = set(), 0
    for thing in (
        osmium.FileProcessor(str(path), NODE | WAY)
        .with_locations()
        .with_filter(KeyFilter("highway"))
    ):
        if thing.is_way() and thing.tags["highway"] in SPEED_KPH:
            ways.add(thing.id)
            for node in thing.nodes:
                total += node.x
    return ways


def write_xml(path: Path, folder: Path) -> Path:
    """The roads of the same file as XML: osmnx takes every way for one, and would spend its time on
    outlines of houses."""
    target = folder / path.name.replace(".pbf", "")
    used = {
        node.ref
        for way in osmium.FileProcessor(str(path), WAY).with_filter(KeyFilter("highway"))
        for node in way.nodes
    }
    with osmium.SimpleWriter(str(target)) as writer:
        for thing in osmium.FileProcessor(str(path), NODE | WAY):
            if "highway" in thing.tags if thing.is_way() else thing.id in used:
                writer.add(thing)
    return target


def timed(work: Callable[[], Any], runs: int) -> tuple[Any, float]:
    """What `work` gives, and the median of its CPU seconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return result, median(times)


def print_times(seconds: dict[str, float], unit: float) -> None:
    for name, spent in seconds.items():
        print(f"  {name:<9} {spent:>7.2f} s {spent / unit:>6.2f}")


if __name__ == "__main__":
    main()
