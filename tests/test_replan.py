"""Replanning: the same plan as from the beginning, whatever was kept."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_towns import towns
from town import GRID, make_incidents, make_situation, spot
from town_plans import assert_same, plan, rules

import corridors as co
from corridors.errors import AcknowledgementNeeded
from corridors.plan import plan_corridors, replan
from corridors.routing import routes as routes_of_pairs

RULES = rules(incidents={"radius_m": 400.0}, routing={"max_stretch_ratio": 1.5, "alternates": 2})


STRIKES = st.lists(st.tuples(st.floats(34.99, 35.05), st.floats(32.99, 33.05)), max_size=4)


@settings(max_examples=20)
@given(towns(), STRIKES, STRIKES)
def test_replanning_equals_planning_from_the_beginning_to_the_byte(town, first, second):
    situation, _, _ = town
    old = plan(
        dataclasses.replace(
            situation,
            incidents=make_incidents(
                *[(f"a{i}", *at) for i, at in enumerate(first)], ("far", 35.5, 33.4)
            ),
        ),
        RULES,
    )
    half = [(f"a{i}", *at) for i, at in enumerate(first) if i % 2] + [
        (f"b{i}", *at) for i, at in enumerate(second)
    ]
    moved = [("a0", *second[0])] if second else []  # an id that says something else now
    incidents = make_incidents(*half, *moved, ("far", 35.5, 33.4))
    assert_same(
        replan(old, incidents=incidents),
        plan(dataclasses.replace(situation, incidents=incidents), RULES),
    )


def test_a_demo_replanned_strike_by_strike_stays_equal():
    situation, demo_rules = co.read_situation(co.demo_folder()), co.read_rules(co.demo_folder())
    made = plan_corridors(situation, rules=demo_rules)
    for name in ("DEMO-002", "DEMO-016"):
        incidents = made.situation.incidents.drop(name)
        made = replan(made, incidents=incidents)
        assert_same(
            made,
            plan_corridors(dataclasses.replace(situation, incidents=incidents), rules=demo_rules),
        )


def test_corridors_that_no_change_touches_are_not_searched_for_again(monkeypatch):
    sites = {
        "west": ("depot", *spot(1)),
        "north": ("destination", *spot(4)),
        "east": ("depot", *spot(3)),
        "clinic": ("destination", *spot(6)),
    }
    made = plan(make_situation(GRID, sites=sites), RULES)
    searched = []
    whole = routes_of_pairs.find_alternates
    monkeypatch.setattr(
        routes_of_pairs,
        "find_alternates",
        lambda *told, **named: searched.append(told) or whole(*told, **named),
    )
    near_clinic = make_incidents(("far", 35.5, 33.4), ("new", spot(6)[0] + 0.006, spot(6)[1]))
    again = replan(made, incidents=near_clinic)
    assert (
        len(searched) == 1
    )  # to the clinic; the way from west to north could not have used a road there
    assert_same(again, plan(dataclasses.replace(made.situation, incidents=near_clinic), RULES))


def test_replanning_refuses_what_planning_refuses():
    with pytest.raises(AcknowledgementNeeded, match="no-active-incident"):
        replan(plan(), incidents=make_incidents())
