"""Which segments and directions a road report means."""

from __future__ import annotations

import pytest
import shapely
from town import AS_OF, spot
from town_reports import DAY, ledger, middle, plan_with, remarked, states

from corridors.evidence.matching import normalise_name


def test_a_report_is_of_the_segments_within_its_uncertainty_and_the_tolerance():
    lon, lat = middle(4, 5).coords[0]
    off = shapely.Point(lon, lat + 90 / 110_900)  # 90 m north of the street
    assert ledger(plan_with(("r", off, "NOT_PASSABLE", {"accuracy_m": 59.0}))) == set()
    assert ledger(plan_with(("r", off, "NOT_PASSABLE", {"accuracy_m": 61.0}))) == {
        ("4-5", "both", "r", "report_closed")
    }


def test_a_report_that_no_road_is_near_is_named_in_a_remark_and_counted():
    made = plan_with(("lost", shapely.Point(35.01, 33.01), "NOT_PASSABLE"))
    assert remarked(made, "lost", "near no road")
    assert made.summary["road_reports_unmatched"] == 1
    assert made.evidence.road_report_status.to_dict() == {"lost": "unmatched"}


def test_a_line_is_of_the_segments_that_it_runs_along_and_not_of_those_that_it_meets():
    along = shapely.LineString(
        [middle(4, 5, 0.4), middle(5, 6, 0.5)]
    )  # over the crossing at node 5
    assert ledger(plan_with(("r", along, "NOT_PASSABLE"))) == {
        (name, "both", "r", "report_closed") for name in ("4-5", "5-6")
    }


def test_a_vague_line_opens_none_of_the_parallel_streets_that_it_may_mean():
    line = shapely.LineString([spot(4), spot(5)])
    shut = (
        "a",
        shapely.LineString([spot(1), spot(2)]),
        "NOT_PASSABLE",
        {"reported_at": AS_OF - DAY},
    )
    made = plan_with(shut, ("b", line, "PASSABLE", {"accuracy_m": 2500.0}))
    assert states(made) == {"1-2": "NOT_PASSABLE"}
    assert remarked(made, "b: road reports that may mean several")


def test_forward_and_backward_are_along_the_line_of_the_report_in_whichever_direction_the_road_is_drawn():
    west_to_east = shapely.LineString([spot(4), spot(5)])
    for line, direction, closed in (
        (west_to_east, "forward", "forward"),
        (west_to_east, "backward", "backward"),
        (west_to_east.reverse(), "forward", "backward"),
    ):
        assert ledger(plan_with(("r", line, "NOT_PASSABLE", {"direction": direction}))) == {
            ("4-5", closed, "r", "report_closed")
        }


def test_forward_of_a_point_is_both_and_said_so():
    made = plan_with(("r", middle(4, 5), "NOT_PASSABLE", {"direction": "forward"}))
    assert ledger(made) == {("4-5", "both", "r", "report_closed")}
    assert remarked(made, "r: road reports that say forward or backward of no line")


@pytest.mark.parametrize(
    ("place", "word", "closed"),
    [
        (middle(4, 7), "northbound", "forward"),
        (middle(4, 7), "southwestbound", "backward"),
        (middle(4, 5), "eastbound", "forward"),
        (middle(4, 5), "westbound", "backward"),
        (middle(4, 5), "northbound", "both"),  # the street runs across
    ],
)
def test_a_word_of_the_compass_is_taken_by_the_bearing_of_the_segment(place, word, closed):
    made = plan_with(("r", place, "NOT_PASSABLE", {"direction": word}))
    assert {direction for _, direction, _, _ in ledger(made)} == {closed}


def test_one_direction_of_a_one_way_street_is_all_of_it_or_nothing():
    north = ("r", middle(4, 7), "NOT_PASSABLE", {"direction": "northbound"})
    assert states(plan_with(north, oneway={"4-7": "forward"})) == {"4-7": "NOT_PASSABLE"}
    made = plan_with(north, oneway={"4-7": "backward"})
    assert states(made) == {}
    assert made.summary["road_reports_unmatched"] == 1


def test_a_name_decides_which_of_several_roads_is_meant_and_finds_one_farther_away():
    names = {"1-2": "Al-Qasmiyeh", "4-5": "Litani"}
    arabic = {"4-5": "جسر الليطاني"}
    bridges = {"1-2": True, "4-5": True}
    between = shapely.Point(35.01, 33.01)
    told = {"kind": "bridge_damage", "accuracy_m": 1200.0}
    for name, segment in (("Qasmiyeh bridge", "1-2"), ("ليطانى", "4-5")):
        made = plan_with(
            ("r", between, "NOT_PASSABLE", {**told, "name": name}),
            bridge=bridges,
            name=names,
            name_ar=arabic,
        )
        assert {at for at, *_ in ledger(made)} == {segment}
        assert not remarked(made, "several")
    made = plan_with(
        ("r", between, "NOT_PASSABLE", {"kind": "bridge_damage", "name": "qasmiyeh"}),
        bridge=bridges,
        name=names,
    )
    assert {at for at, *_ in ledger(made)} == {"1-2"}  # a kilometre away, by name alone
    assert remarked(made, "bears the name")


def test_a_report_that_names_another_road_than_the_one_it_lies_on_closes_that_one_and_opens_none_and_says_so():
    names = {"1-2": "Rue Hamra"}
    shut = ("a", middle(1, 2), "NOT_PASSABLE", {"reported_at": AS_OF - DAY})

    def opened(told, place=None, **columns):
        beside = place or shapely.Point(35.0051, 33.0)  # not where the closure was reported
        return plan_with(shut, ("b", beside, "PASSABLE", {"name": told}), **columns)

    other = opened("Coast road", name=names)
    assert {segment for segment, *_ in ledger(other)} == {"1-2"}
    assert remarked(other, "b: road reports that name another road", "open none")
    assert ledger(opened("hamra", name=names)) == ledger(opened("", name=names)) == set()
    assert ledger(opened("الحمرا", name=names, name_ar={"1-2": "شارع الحمراء"})) == set()
    assert ledger(opened("Coast road")) == set()  # a road without a name gives no name the lie
    assert (
        ledger(opened("Coast road", middle(1, 2), name=names)) == set()
    )  # what was reported at the same place
    line = shapely.LineString([spot(1), spot(2)])
    assert (
        ledger(opened("Coast road", line, name=names)) == set()
    )  # a line says itself which road it runs along
    closing = plan_with(("b", middle(1, 2), "NOT_PASSABLE", {"name": "Coast road"}), name=names)
    assert {segment for segment, *_ in ledger(closing)} == {"1-2"}
    assert remarked(
        closing, "b: road reports that name another road", "are applied to the one they lie on"
    )
    bridge = plan_with(
        ("b", middle(1, 2), "NOT_PASSABLE", {"kind": "bridge_damage", "name": "Awali"}),
        name=names,
        bridge={"1-2": True},
    )
    assert not remarked(bridge, "another road")  # bridges are seldom called as their roads are


def test_names_are_compared_without_case_accents_articles_and_generic_words():
    assert normalise_name("EL AADBE Bridge") == normalise_name("aadbe") == {"aadbe"}
    assert normalise_name("Pont d'Âge") == normalise_name("pont d'age")
    assert normalise_name("جسر الأوّلي") == normalise_name("الاولى")
    assert normalise_name("شارع الحمراء") == normalise_name("الحمرا")
    assert normalise_name("Bridge") == frozenset()
