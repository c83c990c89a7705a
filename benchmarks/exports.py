"""A whole country in every format: the plan of `country.py`, exported.

    python benchmarks/exports.py [--runs 3]

Prints for each format the seconds that a clock on the wall and the processor's saw, and what was
written. Before any time, each file that can be counted is: GDAL, openpyxl or pyarrow must find in
it as many rows of each layer as the release has.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import openpyxl
import pyarrow.parquet
import pyogrio
from country import write_mission
from networks import ICELAND

import corridors as co


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runs", type=int, default=3)
    runs = arguments.parse_args().runs
    if not ICELAND.is_file():
        sys.exit(f"{ICELAND.name} is not here: set CORRIDORS_REAL_DATA to the folder of real data")
    with tempfile.TemporaryDirectory() as place:
        folder = write_mission(Path(place) / "mission")
        release = co.build_release(
            co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
        )
        rows = {name: len(layer) for name, layer in release.layers.items()}
        seen = {
            name: [
                export(release, Path(place) / name, name, rows if run == 0 else {})
                for run in range(runs)
            ]
            for name in co.EXPORT_FORMATS
        }
    print(
        f"{sum(rows.values()):,} rows, {rows['segments']:,} of them segments; medians of {runs} runs\n"
    )
    print(f"{'format':<10} {'wall s':>7} {'CPU s':>7} {'MB':>7}")
    for name, times in seen.items():
        print(
            f"{name:<10} {median(t[0] for t in times):>7.2f} {median(t[1] for t in times):>7.2f} {times[0][2]:>7.1f}"
        )
    totals = [sum(median(t[at] for t in times) for times in seen.values()) for at in (0, 1, 2)]
    print(f"{'all':<10} {totals[0]:>7.2f} {totals[1]:>7.2f} {totals[2]:>7.1f}")


def export(
    release: co.Release, folder: Path, name: str, rows: dict[str, int]
) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and megabytes of one export; what it wrote is counted first where
    `rows` are given."""
    clock, processor = time.perf_counter(), time.process_time()
    paths = co.write_exports(release, folder, formats=[name], force=True)
    spent = time.perf_counter() - clock, time.process_time() - processor
    for layer, count in rows.items():
        found = count_rows(paths, name, layer, list(rows).index(layer))
        if found not in (count, None):
            sys.exit(f"WRONG: {name} holds {found} rows of {layer}, and the release {count}")
    return (*spent, sum(path.stat().st_size for path in paths) / 1e6)


def count_rows(  # noqa: PLR0911 - one return for each format
    paths: list[Path], name: str, layer: str, place: int
) -> int | None:
    """How many rows of a layer another reader finds;

    None where the format does not hold it as rows.
    """
    own = [path for path in paths if path.name.startswith(f"{layer.replace('_', '-')}_")]
    if name == "parquet":
        return pyarrow.parquet.read_metadata(own[0]).num_rows
    if name == "xlsx":
        return openpyxl.load_workbook(paths[0], read_only=True)[layer].max_row - 1
    if name == "kmz":
        return pyogrio.read_info(
            paths[0], layer=pyogrio.list_layers(paths[0])[place][0], force_feature_count=True
        )["features"]
    if name == "gpx":
        return (
            pyogrio.read_info(paths[0], layer="tracks", force_feature_count=True)["features"]
            if layer == "corridors"
            else None
        )
    if name == "csv":
        return own[0].read_bytes().count(b"\r\n") - 1
    if name == "geojsonl":
        return own[0].read_bytes().count(b"\n")
    return pyogrio.read_info(
        own[0] if own and name == "geojson" else paths[0], layer=layer, force_feature_count=True
    )["features"]


if __name__ == "__main__":
    main()
