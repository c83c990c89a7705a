"""The same inputs give the same bytes, whatever the machine is set to."""

from __future__ import annotations

import os
import subprocess
import sys

from town_mission import CUT_OFF, MISSION, SITES, STRIKES, write_town

MORE = "I-2,shelling,2026-11-20,33.02,35.03,,reported,x\nI-3,fire,2026-11-01T00:00Z,33.02,35.03,900,reported,x\n"
MACHINES = (
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    {
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "1",
        "COLUMNS": "70",
        "NO_COLOR": "1",
    },
    {
        "TZ": "America/Caracas",
        "LC_ALL": "de_DE.UTF-8",
        "PYTHONHASHSEED": "random",
        "HOME": "/nowhere",
        "PYTHONIOENCODING": "cp1252",
    },
)


def test_two_runs_give_the_same_bytes_under_other_time_zones_locales_and_hash_seeds(tmp_path):
    runs = []
    for position, machine in enumerate(MACHINES):  # each in a place of its own, all at once
        home = tmp_path / f"machine {position}"
        home.mkdir()
        write_town(
            home / "town",
            sites=SITES + CUT_OFF,
            strikes=STRIKES + MORE,
            mission='timezone = "Asia/Beirut"\n' + MISSION,
        )
        arguments = [
            sys.executable,
            "-m",
            "corridors.cli",
            "plan",
            "town",
            "--out",
            "out",
            "--json",
        ]
        runs.append(
            (
                home,
                subprocess.Popen(
                    arguments,
                    cwd=home,
                    env=os.environ | machine,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                ),
            )
        )
    printed = []
    for _, run in runs:
        stdout, stderr = run.communicate(timeout=120)
        assert (run.returncode, stderr) == (3, b"")
        printed.append(stdout)
    assert printed[0] == printed[1] == printed[2]
    for name in ("plan.json", "map.html", "plan.gpkg"):
        first, *others = ((home / "out" / name).read_bytes() for home, _ in runs)
        assert all(other == first for other in others), name
    assert printed[0] == (runs[0][0] / "out" / "plan.json").read_bytes()
