"""A plan of a mission folder is the plan of what the folder holds."""

from __future__ import annotations

import pytest
from town_mission import MISSION, write_town
from town_plans import assert_same

import corridors as co
from corridors.errors import UsageError


@pytest.fixture
def folder(tmp_path):
    return write_town(tmp_path / "town", mission=MISSION + "[rules.routing]\nalternates = 1\n")


def test_a_folder_is_planned_with_the_situation_and_the_rules_it_holds(folder):
    fresh = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    assert fresh.rules.routing.alternates == 1
    assert_same(co.plan_corridors(folder), fresh)
    assert_same(co.plan_corridors(str(folder)), fresh)
    assert_same(co.prepare(folder).plan(), fresh)


def test_rules_that_are_given_replace_those_of_the_folder(folder):
    rules = co.Rules.from_tables({"routing": {"alternates": 0}})
    assert co.plan_corridors(folder, rules=rules).rules == rules


@pytest.mark.parametrize("given", [None, 5, {"title": "Town"}])
@pytest.mark.parametrize("function", [co.plan_corridors, co.prepare])
def test_what_is_neither_a_situation_nor_a_path_is_refused_by_its_type(function, given):
    with pytest.raises(UsageError, match=type(given).__name__):
        function(given)
