"""No bad or odd file gives a silent wrong answer: every mission of the corpus is refused, stopped,
or planned right.

Silence is measured against two corridors: the direct road, which is right only where no strike is
known, and the detour, which is right where the strike is. A mission that loses its strike must say
so.
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
from corridors.release.audiences import render_remarks

DIRECT, DETOUR = [1, 2, 3], [1, 4, 5, 6, 3]


def find_way(plan):
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


def come_to(folder):
    """What comes of a mission: refused or stopped with codes, or the way, and the remarks and
    counts, of its plan. Roads are kept for the next one."""
    try:
        plan = co.plan_corridors(co.read_situation(folder, cache=True), rules=co.read_rules(folder))
    except (AcknowledgementNeeded, StaleInputError) as error:
        codes = (
            [problem.code for problem in error.problems]
            if isinstance(error, InputError)
            else ["stale-input"]
        )
        return "stop", codes, ""
    except InputError as error:
        return "refuse", [problem.code for problem in error.problems], ""
    counted = [
        f"{count} {word.removeprefix('incidents_')}" for word, count in plan.summary.items()
    ]  # as the heading of a plan has them
    return "plan", find_way(plan), "\n".join([*render_remarks(plan), *counted])


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
    assert come_to(folder)[1] == DETOUR
    (folder / "mission.toml").write_text(
        str(TOWN["mission.toml"]).replace('"strikes.csv", ', ""), encoding="utf-8"
    )
    assert come_to(folder)[1] == DIRECT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_goes_wrong_in_silence(case, tmp_path, monkeypatch):
    monkeypatch.setattr(
        mission_folder, "_gather", cache(mission_folder._gather)
    )  # to read and to check share one reading of the files
    folder = case.write(tmp_path / "mission")
    outcome, found, remarks = come_to(folder)
    if case.expected in (REFUSE, STOP):
        assert (outcome, sorted(set(found))) == (case.expected, sorted(case.told)), remarks
        assert {problem.code for problem in co.check_folder(folder, cache=True)} >= set(case.told)
    else:
        assert (outcome, found) == ("plan", DIRECT if case.expected == COUNT_NOT else DETOUR)
        assert all(words in remarks for words in case.told), remarks
