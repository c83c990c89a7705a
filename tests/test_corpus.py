"""No file gives a wrong answer silently: every mission is refused, stopped, or planned right.

Two corridors measure that: the direct road, which is right only where no strike is known, and the
detour, which is right where the strike is. A mission that loses its strike must report it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from corpus import CASES
from corpus.case import ACCEPT, COUNT_NOT, REFUSE, REPORT, STOP, TOWN
from town import spot

import corridors as co
from corridors.errors import AcknowledgementNeeded, InputError, StaleInputError
from corridors.inputs import folder as mission_folder

DIRECT, DETOUR = [1, 2, 3], [1, 4, 5, 6, 3]


def find_path(plan):
    """The primary corridor as nodes of the town, or what else it is."""
    if plan.corridors.empty:
        return "cut off"
    line = plan.corridors[plan.corridors["rank"] == 1].geometry.iloc[0]
    nodes = {
        (round(lon, 5), round(lat, 5)): node for node in range(1, 10) for lon, lat in [spot(node)]
    }
    return [
        nodes[place]
        for lon, lat in line.coords
        if (place := (round(lon, 5), round(lat, 5))) in nodes
    ]


def plan_mission(folder):
    """The outcome of a mission: refused or stopped with codes, or its corridor and its codes.

    The codes of a plan are those of its remarks and notes, and of its counts that are not 0. Roads
    are kept for the next mission.
    """
    try:
        plan = co.plan_corridors(co.read_situation(folder, cache=True), rules=co.read_rules(folder))
    except (AcknowledgementNeeded, StaleInputError) as error:
        codes = (
            [problem.code for problem in error.problems]
            if isinstance(error, InputError)
            else ["stale-input"]
        )
        return "stop", codes, set()
    except InputError as error:
        return "refuse", [problem.code for problem in error.problems], set()
    notes = {remark.values["note"] for remark in plan.remarks if "note" in remark.values}
    codes = {message.code for message in {*plan.remarks, *notes}}
    return "plan", find_path(plan), codes | {name for name, n in plan.summary.items() if n}


def test_the_names_of_the_cases_are_their_own_and_there_are_enough_of_every_sort():
    assert len({case.name for case in CASES}) == len(CASES) >= 150
    assert set(Counter(case.expected for case in CASES)) == {
        REFUSE,
        STOP,
        REPORT,
        ACCEPT,
        COUNT_NOT,
    }


def test_without_the_strike_the_direct_road_is_taken(tmp_path):
    case = CASES[0]
    folder = case.write(tmp_path / "town")
    assert plan_mission(folder)[1] == DETOUR
    (folder / "mission.toml").write_text(
        str(TOWN["mission.toml"]).replace('"strikes.csv", ', ""), encoding="utf-8"
    )
    assert plan_mission(folder)[1] == DIRECT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_goes_wrong_in_silence(case, tmp_path, monkeypatch):
    monkeypatch.setattr(
        mission_folder, "_gather", cache(mission_folder._gather)
    )  # to read and to check share one reading of the files
    folder = case.write(tmp_path / "mission")
    outcome, found, codes = plan_mission(folder)
    if case.expected in (REFUSE, STOP):
        assert (outcome, sorted(set(found))) == (case.expected, sorted(case.codes)), codes
        assert {problem.code for problem in co.check_folder(folder, cache=True)} >= set(case.codes)
    else:
        assert (outcome, found) == ("plan", DIRECT if case.expected == COUNT_NOT else DETOUR)
        assert set(case.codes) <= codes
