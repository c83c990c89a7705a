"""Whether a situation can be planned on: what must be acknowledged, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest
import shapely
from town import make_situation, spot
from town_plans import QUIET, plan

from corridors.errors import AcknowledgementNeeded, InputError, StaleInputError
from corridors.situation import Acknowledgement


def test_one_long_running_incident_does_not_keep_a_feed_fresh():
    mine = (
        "mine",
        *spot(5),
        {
            "kind": "explosive_hazard",
            "occurred_at": "2020-01-01T00:00Z",
            "occurred_until": "2099-01-01T00:00Z",
        },
    )
    with pytest.raises(StaleInputError):
        plan(dataclasses.replace(make_situation(incidents=[mine]), max_age_hours=48.0))


@pytest.mark.parametrize(
    ("incidents", "code"),
    [
        ([], "no-active-incident"),
        ([("x", 10.0, 10.0)], "no-incident-in-area"),
        ([("old", *spot(5), {"occurred_at": "2026-01-01T00:00Z"})], "no-active-incident"),
    ],
)
def test_a_dangerous_silence_stops_the_plan_until_someone_answers_for_it(incidents, code):
    situation = make_situation(incidents=incidents)
    with pytest.raises(AcknowledgementNeeded) as error:
        plan(situation)
    assert [problem.code for problem in error.value.problems] == [code]
    answered = dataclasses.replace(
        situation, acknowledgements=(Acknowledgement(code, "ceasefire", "duty officer"),)
    )
    assert len(plan(answered).corridors) == 3


def test_exchanged_coordinates_are_refused_for_incidents_sites_and_zones():
    lon, lat = spot(5)
    for situation in (
        make_situation(incidents=[("s", lat, lon)]),
        make_situation(sites={**QUIET, "school": ("destination", *reversed(spot(3)))}),
        make_situation(zones=[("z", "no_go", shapely.Point(lat, lon).buffer(0.01))]),
    ):
        with pytest.raises(InputError) as error:
            plan(situation)
        assert [problem.code for problem in error.value.problems] == ["latlon-exchanged"]


def test_a_mission_without_depot_or_destination_is_refused():
    with pytest.raises(InputError, match="no-depot"):
        plan(sites={"clinic": QUIET["clinic"]})
    with pytest.raises(InputError, match="no-destination"):
        plan(sites={"depot": QUIET["depot"]})


def test_a_stale_feed_stops_the_plan():
    with pytest.raises(StaleInputError):
        plan(dataclasses.replace(make_situation(), max_age_hours=12.0))
    assert len(plan(dataclasses.replace(make_situation(), max_age_hours=48.0)).corridors) == 3
