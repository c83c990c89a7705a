"""Replanning: the same plan as from the beginning, whatever was kept."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely
from effort import counts, examples
from hypothesis import given
from hypothesis import strategies as st
from random_towns import towns
from town import GRID, make_incidents, make_situation, make_zones, spot
from town_plans import assert_same, plan, rules

import corridors as co
from corridors.errors import AcknowledgementNeeded, UsageError
from corridors.plan import plan_corridors, replan
from corridors.routing import routes as routes_of_pairs
from corridors.rules import VehicleRules

RULES = rules(incidents={"radius_m": 400.0}, routing={"max_stretch_ratio": 1.5, "alternates": 2})


STRIKES = st.lists(st.tuples(st.floats(34.99, 35.05), st.floats(32.99, 33.05)), max_size=4)


@examples(8, 100)
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


def draw_facts(random):
    """Some incidents, a moment, a vehicle and a zone, of few different ones, so that they return."""
    spots = [("a", *spot(5)), ("b", *spot(2)), ("c", *spot(6)), ("c", *spot(4)), ("d", *spot(7))]
    chosen = [spots[at] for at in np.flatnonzero(random.random(len(spots)) < 0.4)]
    rows = {row[0]: row for row in [*chosen, ("far", 35.5, 33.4)]}
    x, y = spot(8)
    zones = [("z", "no_go", shapely.box(x - 0.004, y - 0.004, x + 0.004, y + 0.004))]
    return {
        "incidents": make_incidents(*rows.values()),
        "as_of": ["2026-11-23T06:00Z", "2026-11-30T06:00Z"][random.integers(2)],
        "vehicle": VehicleRules(gross_weight_t=[20.0, 40.0][random.integers(2)]),
        "zones": make_zones(*zones[: random.integers(2)]),
    }


def plan_fresh(situation, given_rules, facts):
    """What `plan_corridors` makes of changed facts."""
    facts = dict(facts)
    changed = dataclasses.replace(given_rules, vehicle=facts.pop("vehicle", given_rules.vehicle))
    return plan_corridors(dataclasses.replace(situation, **facts), rules=changed)


@pytest.mark.thorough
def test_any_sequence_of_changes_and_returns_equals_a_fresh_plan():
    random = np.random.default_rng(13)
    max_weight_t = {"4-5": 30.0}
    situation = make_situation(max_weight_t=max_weight_t)
    made = plan_corridors(situation, rules=RULES)
    prepared, before = co.prepare(situation, rules=RULES), {}
    for number in range(counts(12, 500)):
        drawn = draw_facts(random)
        names = sorted(drawn)[: 1 + random.integers(len(drawn))]
        before |= {name: drawn[name] for name in names}
        made = replan(made, **{name: drawn[name] for name in names})
        fresh = plan_fresh(situation, RULES, before)
        assert_same(made, fresh)
        if number % 4 == 0:
            assert_same(prepared.plan(**before), fresh)


def test_only_the_snap_limit_among_rules_prepares_anew():
    made = plan()
    for tables, is_kept in (
        ({"vehicle": {"gross_weight_t": 7.5}}, True),
        ({"incidents": {"radius_m": 300.0}}, True),
        ({"routing": {"alternates": 0}}, True),
        ({"road_reports": {"use_unknown": True}}, True),
        ({"evidence": {"within_m": 10.0}}, True),
        ({"zones": {"close": ["no_go"]}}, True),
        ({"routing": {"max_snap_m": 1500.0}}, False),
    ):
        again = replan(made, rules=rules(**tables))
        assert (again.prepared is made.prepared) is is_kept, tables
        assert_same(again, plan_corridors(made.situation, rules=rules(**tables)))


def test_a_moment_does_not_change_where_safe_zones_divide_the_roads():
    x, y = spot(9)
    zone = make_zones(
        ("safe", "safe_zone", shapely.box(x - 0.002, y - 0.002, x + 0.002, y + 0.002))
    )
    later = pd.Series(pd.Timestamp("2026-11-24T00:00Z"), index=zone.index)
    other = zone.rename(index={"safe": "safe-later"}).rename_axis("zone_id")
    other["valid_from"] = later.set_axis(other.index).astype("datetime64[us, UTC]")
    situation = dataclasses.replace(
        make_situation(sites={"depot": ("depot", *spot(1))}), zones=pd.concat([zone, other])
    )
    made = plan_corridors(situation, rules=RULES)
    again = replan(made, as_of="2026-11-25T06:00Z")
    assert again.prepared is made.prepared
    assert set(made.corridors["destination_id"]) == {"safe"}
    assert set(again.corridors["destination_id"]) == {"safe", "safe-later"}
    moved = dataclasses.replace(situation, as_of="2026-11-25T06:00Z")
    assert_same(again, plan_corridors(moved, rules=RULES))


@pytest.mark.parametrize(
    "changed",
    [
        {"incident": make_incidents()},
        {"incidents": "strikes.csv"},
        {"rules": {}},
        {"vehicle": 20.0},
    ],
)
def test_what_no_plan_depends_on_is_refused_with_a_sentence(changed):
    with pytest.raises(UsageError, match=next(iter(changed))):
        replan(plan(), **changed)


@pytest.mark.parametrize("other", [None, 3, pd.DataFrame()])
def test_what_is_no_situation_is_refused_with_a_sentence(other):
    for function in (co.plan_corridors, co.prepare):
        with pytest.raises(UsageError, match="cannot be planned on"):
            function(other)
    with pytest.raises(UsageError, match="not a Plan"):
        replan(other)
