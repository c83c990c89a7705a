"""A canonical dump of what a plan says, as text without sentences, to compare two versions.

    python tests/dump_results.py FOLDER [--mission embedded] [--mission iceland] [--mission corpus]

Every table is a file of tab-separated lines in the order of its index, with six decimals.
`diff -r` of two folders shows what a change of the code did to corridors, closures, cut-offs and
figures. Iceland needs the real data.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import pandas as pd
import shapely

import corridors as co
from corridors.errors import CorridorsError, InputError

MISSIONS = ("embedded", "iceland", "corpus")
COLUMNS = {
    "corridors": "depot_id destination_id rank status length_m duration_min exposure "
    "nearest_incident_m shared_with_primary shared_exposure unknown_share shared_incidents "
    "chokepoints line",
    "closures": "segment_id cause_id cause_type rule direction distance_m active_from active_until",
    "cut_off": "name blocking smallest_set reachable_within_m",
    "steps": "corridor_id sequence segment_id direction start_m end_m",
    "segments": "exposure status closed_direction",
    "incidents": "kind occurred_at occurred_until accuracy_m verification source_count reports "
    "status effective_radius_m",
    "reports": "incident_id superseded status effective_radius_m",
    "road_reports": "status",
    "structures": "kind segments status max_weight_t",
    "snaps": "segment_id along_m snap_m",
}
"""The columns of each table that are dumped."""


def dump_plan(plan) -> dict[str, str]:
    """The results of a plan: text by the name of its table."""
    lines = [_digest_shape(line) for line in plan.corridors.geometry]
    tables = {
        "corridors": plan.corridors.assign(line=lines),
        "closures": plan.closures,
        "cut_off": plan.cut_off,
        "steps": plan.steps,
        "segments": plan.segments,
        "incidents": plan.incidents.rename(columns={"incident_status": "status"}),
        "reports": plan.reports.rename(columns={"incident_status": "status"}),
        "road_reports": plan.road_reports.drop(columns="status").rename(
            columns={"road_report_status": "status"}
        ),
        "structures": plan.structures,
        "snaps": plan.prepared.snaps,
    }
    dumped = {name: _write_table(table, COLUMNS[name].split()) for name, table in tables.items()}
    dumped["counts"] = "".join(f"{name}\t{number}\n" for name, number in plan.summary.items())
    codes = [remark.code.removeprefix("remark.") for remark in plan.remarks]
    dumped["remarks"] = "".join(f"{code}\n" for code in codes)
    return dumped


def dump_corpus(folder: Path) -> dict[str, str]:
    """One line for every mission of the corpus: its problems, or its corridors and counts."""
    from corpus import CASES

    rows = []
    for number, case in enumerate(CASES):
        mission = case.write(folder / str(number))
        try:
            row = _sum_up(dump_plan(plan := plan_mission(mission)), plan.corridors["length_m"])
        except InputError as error:
            row = " ".join(
                f"{problem.code}@{problem.file}:{problem.row}:{problem.field}"
                for problem in error.problems
            )
        except CorridorsError as error:
            row = type(error).__name__
        rows.append(f"{case.name}\t{row}\n")
    return {"corpus": "".join(rows)}


def plan_mission(folder: Path):
    """The plan of a mission folder."""
    return co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))


def _sum_up(dumped: dict[str, str], lengths_m: pd.Series) -> str:
    counts, codes = " ".join(dumped.pop("counts").split()), " ".join(dumped.pop("remarks").split())
    digest = sha256("".join(dumped.values()).encode()).hexdigest()[:16]
    lengths = ",".join(f"{length:.3f}" for length in lengths_m)
    return f"{digest} {lengths} | {counts} | {codes}"


def _write_table(table: pd.DataFrame, columns: list[str]) -> str:
    rows = zip(table.index, *(table[name].tolist() for name in columns), strict=True)
    lines = ["\t".join(map(_write_value, row)) for row in rows]
    return "\n".join(["\t".join([table.index.name or "row", *columns]), *lines]) + "\n"


def _write_value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return value.isoformat() if isinstance(value, pd.Timestamp) else str(value)


def _digest_shape(shape: shapely.Geometry) -> str:
    rounded = shapely.set_precision(shape, 1e-9, mode="pointwise")
    return sha256(shapely.to_wkb(rounded)).hexdigest()[:12]


def _dump_mission(name: str, place: Path) -> dict[str, str]:
    if name == "corpus":
        return dump_corpus(place)
    if name == "embedded":
        return dump_plan(plan_mission(co.demo_folder()))
    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    from country import write_mission

    return dump_plan(plan_mission(write_mission(place / "mission")))


def main() -> None:
    """Dump the missions that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mission", action="append", choices=MISSIONS)
    arguments = parser.parse_args()
    for name in arguments.mission or ["embedded"]:
        target = arguments.folder / name
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as place:
            for table, text in _dump_mission(name, Path(place)).items():
                (target / f"{table}.tsv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
