"""What each incident and each road report counts for at a moment."""

from __future__ import annotations

import pytest
import shapely
from town import AS_OF, GRID, make_roads, spot
from town_ledger import classify, closed
from town_reports import DAY, middle, plan_with, remarked, states


@pytest.mark.parametrize(
    "said",
    [
        {"occurred_at": "2026-11-01T00:00Z"},
        {"occurred_at": "2026-11-24T00:00Z"},
        {"accuracy_m": 5001.0},
        {"verification": "retracted"},
    ],
)
def test_an_expired_future_vague_or_retracted_report_closes_nothing(said):
    assert closed(classify(make_roads(GRID), [("s", *spot(5), said)])) == []


def test_a_report_that_is_still_going_on_closes():
    going_on = {"occurred_at": "2026-11-23T00:00Z", "occurred_until": "2026-11-23T23:59Z"}
    assert closed(classify(make_roads(GRID), [("s", *spot(5), going_on)])) == [
        "2-5",
        "4-5",
        "5-6",
        "5-8",
    ]


def test_every_report_counts_for_one_thing():
    made = plan_with(
        ("ended", middle(1, 2), "NOT_PASSABLE", {"valid_to": AS_OF - DAY}),
        ("future", middle(1, 2), "NOT_PASSABLE", {"reported_at": AS_OF + DAY}),
        ("later", middle(1, 2), "NOT_PASSABLE", {"valid_from": AS_OF + DAY}),
        ("lost", shapely.Point(35.01, 33.01), "NOT_PASSABLE"),
        ("old", middle(4, 5), "PASSABLE", {"reported_at": AS_OF - 30 * DAY}),
        ("vague", middle(1, 2), "NOT_PASSABLE", {"accuracy_m": 6000.0}),
        ("wrong", middle(1, 2), "NOT_PASSABLE", {"verification": "retracted"}),
    )
    assert made.evidence.road_report_status.to_dict() == {
        "ended": "ended",
        "future": "future",
        "later": "future",
        "lost": "unmatched",
        "old": "stale",
        "vague": "too_imprecise",
        "wrong": "retracted",
    }
    parts = [count for name, count in made.summary.items() if name.startswith("road_reports_")]
    assert made.summary["road_reports"] == sum(parts) == 7
    assert states(made) == {"4-5": "UNKNOWN"}
    for words in (
        ("future, later", "change nothing"),
        ("vague", "too vague"),
        ("lost", "near no road"),
        ("old", "too old"),
    ):
        assert remarked(made, *words)
