"""The examples run from any folder and print what their docstrings promise."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each example printed; all run at once, in a folder of their own."""
    place = tmp_path_factory.mktemp("examples")
    arguments = {"plan_a_mission": ["out"]}
    runs = {
        path.stem: subprocess.Popen(
            [sys.executable, "-W", "error", path, *arguments.get(path.stem, [])],
            cwd=place,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for path in sorted(EXAMPLES.glob("*.py"))
    }
    printed = {}
    for name, run in runs.items():
        stdout, stderr = run.communicate(timeout=120)
        assert (name, run.returncode, stderr) == (name, 0, "")
        printed[name] = stdout
    assert sorted(path.name for path in place.iterdir()) == ["out"]
    assert sorted(path.name for path in (place / "out").iterdir()) == [
        "map.html",
        "plan.gpkg",
        "plan.json",
    ]
    return printed


def test_there_are_three_and_each_says_what_it_shows():
    paths = sorted(EXAMPLES.glob("*.py"))
    assert [path.stem for path in paths] == ["by_hand", "from_osmnx", "plan_a_mission"]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text))
        assert len(text.splitlines()) < 60


def test_a_mission_is_planned_in_a_few_lines(printed):
    assert "CUT OFF DST-MARJAYOUN" in printed["plan_a_mission"]
    assert len(re.findall(r"to DST-\w+: [\d.]+ km", printed["plan_a_mission"])) == 13
    assert str(Path("out") / "map.html") in printed["plan_a_mission"]


def test_the_steps_by_hand_give_the_same_result_and_show_the_ledger_of_a_bridge(printed):
    assert re.search(r"cause_id +DEMO-002", printed["by_hand"])
    assert re.search(r"rule +bridge_deck", printed["by_hand"])
    assert "cut off: Marjayoun hospital" in printed["by_hand"]


def test_an_osmnx_graph_goes_in_and_comes_out_around_the_strike(printed):
    # two streets north and two east at 33 N: 2 * 2,218 m + 2 * 1,868 m, whatever corner is turned
    # first
    assert "networkx: 8.2 km" in printed["from_osmnx"]
    assert "the path avoids the strike in the middle" in printed["from_osmnx"]
