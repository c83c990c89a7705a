"""A canonical dump of a plan's facts as text, without sentences, so that two versions of the code
can be compared.

    python tests/dump_results.py FOLDER [--mission embedded] [--mission iceland] [--mission corpus]

Every table is a file of tab-separated lines, sorted by its key, with numbers to the sixth decimal.
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

TABLES = {
    "corridors": ["depot_id", "destination_id", "rank", "status", "length_m", "duration_min", "exposure", "nearest_incident_m",
                  "shared_with_primary", "shared_exposure", "unknown_share", "shared_incidents", "chokepoints", "line"],
    "closures": ["segment_id", "cause_id", "cause_type", "rule", "direction", "distance_m", "active_from", "active_until"],
    "cut_off": ["name", "blocking", "smallest_set", "reachable_within_m"],
    "steps": ["corridor_id", "sequence", "segment_id", "direction", "start_m", "end_m"],
    "segments": ["exposure", "status", "closed_direction"],
    "incidents": ["kind", "occurred_at", "occurred_until", "accuracy_m", "verification", "source_count", "reports", "status", "effective_radius_m"],
    "reports": ["incident_id", "superseded", "status", "effective_radius_m"],
    "road_reports": ["status"],
    "structures": ["kind", "segments", "status", "max_weight_t"],
    "snaps": ["segment_id", "along_m", "snap_m"],
}  # fmt: skip


def dump_plan(plan) -> dict[str, str]:
    """The facts of a plan: text by the name of its table."""
    incidents = plan.incidents.rename(columns={"incident_status": "status"})
    tables = {
        "corridors": plan.corridors.assign(
            line=[_digest(line) for line in plan.corridors.geometry]
        ),
        "closures": plan.closures,
        "cut_off": plan.cut_off,
        "steps": plan.steps,
        "segments": plan.segments,
        "incidents": incidents,
        "reports": plan.reports.rename(columns={"incident_status": "status"}),
        "road_reports": plan.road_reports.drop(columns="status").rename(
            columns={"road_report_status": "status"}
        ),
        "structures": plan.structures,
        "snaps": plan.prepared.snaps,
    }
    dumped = {name: _write_table(table, TABLES[name]) for name, table in tables.items()}
    dumped["counts"] = "".join(f"{name}\t{number}\n" for name, number in plan.summary.items())
    dumped["remarks"] = "".join(
        f"{remark.code.removeprefix('remark.')}\n" for remark in plan.remarks
    )
    return dumped


def dump_corpus(folder: Path) -> dict[str, str]:
    """What comes of every mission of the corpus: the codes of its problems, or its corridors and
    counts."""
    from corpus import CASES

    lines = []
    for number, case in enumerate(CASES):
        mission = case.write(folder / str(number))
        try:
            plan = co.plan_corridors(co.read_situation(mission), rules=co.read_rules(mission))
        except InputError as error:
            found = " ".join(
                f"{problem.code}@{problem.file}:{problem.row}:{problem.field}"
                for problem in error.problems
            )
        except CorridorsError as error:
            found = type(error).__name__
        else:
            facts = dump_plan(plan)
            counts = " ".join(facts.pop("counts").split())
            codes = " ".join(facts.pop("remarks").split())
            digest = sha256("".join(facts.values()).encode()).hexdigest()[:16]
            ways = ",".join(f"{length:.3f}" for length in plan.corridors["length_m"])
            found = f"{digest} {ways} | {counts} | {codes}"
        lines.append(f"{case.name}\t{found}\n")
    return {"corpus": "".join(lines)}


def _write_table(table: pd.DataFrame, columns: list[str]) -> str:
    rows = zip(table.index, *(table[name].tolist() for name in columns), strict=True)
    keyed = ["\t".join(map(_write_value, row)) for row in rows]
    return "\n".join(["\t".join([table.index.name or "row", *columns]), *keyed]) + "\n"


def _write_value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return value.isoformat() if isinstance(value, pd.Timestamp) else str(value)


def _digest(shape: shapely.Geometry) -> str:
    return sha256(shapely.to_wkb(shapely.set_precision(shape, 1e-9, mode="pointwise"))).hexdigest()[
        :12
    ]


def write_dump(folder: Path, dumped: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in dumped.items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mission", action="append", choices=["embedded", "iceland", "corpus"])
    arguments = parser.parse_args()
    for name in arguments.mission or ["embedded"]:
        with tempfile.TemporaryDirectory() as place:
            if name == "corpus":
                write_dump(arguments.folder / name, dump_corpus(Path(place)))
                continue
            if name == "iceland":
                sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
                from country import write_mission

                folder = write_mission(Path(place) / "mission")
            else:
                folder = co.demo_folder()
            plan = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
            write_dump(arguments.folder / name, dump_plan(plan))


if __name__ == "__main__":
    main()
