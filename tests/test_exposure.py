"""Exposure: how near, how recent and how sure the incidents are."""

from __future__ import annotations

import pytest
import shapely
from town import AS_OF, make_incidents, make_roads
from town_ledger import between
from town_plans import driven, plan

from corridors.exposure import find_nearby, measure_exposure, measure_vague_exposure, weigh_nearby
from corridors.geodesy.measures import measure_length_m
from corridors.rules import Rules
from corridors.tables import ROADS, build_table


def test_a_corridor_avoids_exposure_it_can_avoid():
    # A strike 1.5 km west of the street 4-7 closes nothing, but makes the western way dearer.
    made = plan(incidents=[("s", 34.984, 33.03)])
    assert made.summary["closed"] == 0
    assert "4-7" not in driven(made, "depot:clinic:1")


@pytest.mark.parametrize("lon", [35.0, 180.0])
def test_a_vague_report_makes_a_road_across_the_antimeridian_as_dear_as_any_other_in_its_area(lon):
    def turn(x):
        return (lon + x + 180.0) % 360.0 - 180.0

    lines = [
        shapely.LineString([(turn(west), -16.8), (turn(west + 0.004), -16.8)])
        for west in (-0.002, 0.002)
    ]
    ids = {
        "segment_id": ["a", "b"],
        "oneway": "both",
        "speed_kph": 50.0,
        "length_m": measure_length_m(lines),
    }
    roads = build_table(ROADS, {**ids, "geometry": lines})
    report = make_incidents(
        (
            "v",
            turn(0.01),
            -16.8,
            {"accuracy_m": 9000.0, "occurred_at": AS_OF, "verification": "verified"},
        )
    )
    exposure = measure_vague_exposure(roads, report, as_of=AS_OF, rules=Rules())
    assert exposure.tolist() == pytest.approx([0.01, 0.01])  # (1,000 m / 10,000 m) squared


def test_exposure_is_one_for_a_verified_incident_here_and_now_and_halves_every_half_life():
    roads = make_roads([(4, 5)])
    now = make_incidents(("s", *between(4, 5), {"verification": "verified", "occurred_at": AS_OF}))
    week_old = make_incidents(
        ("s", *between(4, 5), {"verification": "reported", "occurred_at": "2026-11-16T06:00Z"})
    )
    for incidents, expected in ((now, 1.0), (week_old, 0.25)):
        nearby = weigh_nearby(
            incidents, find_nearby(roads, incidents, rules=Rules()), as_of=AS_OF, rules=Rules()
        )
        assert measure_exposure(roads, nearby)["4-5"] == pytest.approx(expected)
