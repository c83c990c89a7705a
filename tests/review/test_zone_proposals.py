"""Two proposals of zones are laid over each other exactly, and areas are those of the ellipsoid."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from zone_proposals import box, exact_km2, place, propose, render_zone_page, total_km2

import corridors as co
from corridors.outputs.documents.zone_comparison import (
    describe_zone_comparison,
    render_zone_comparison,
)
from corridors.outputs.serialization import render_json
from corridors.review.zone_proposals import COMMON, ONLY_FIRST, ONLY_SECOND, PARTS
from corridors.tables import SITES, ZONES, build_table

# What two proposals have in common


def test_what_both_name_is_separate_from_what_only_one_names():
    found = co.compare_zones(propose(box(35.0, 33, 35.2, 33.1)), propose(box(35.1, 33, 35.4, 33.1)))
    expected = [
        exact_km2(box(*edges))
        for edges in ((35.1, 33, 35.2, 33.1), (35, 33, 35.1, 33.1), (35.2, 33, 35.4, 33.1))
    ]
    assert total_km2(found) == pytest.approx(expected, rel=1e-7)
    assert found.pairs[["first_id", "second_id", "relation"]].to_numpy().tolist() == [
        ["Z-1", "Z-1", "overlap"]
    ]


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        (box(35, 33, 36, 34), box(35, 33, 36, 34), "same"),
        (box(35.2, 33.2, 35.4, 33.4), box(35, 33, 36, 34), "first_within"),
        (box(35, 33, 36, 34), box(35.2, 33.2, 35.4, 33.4), "second_within"),
        (box(35, 33, 35.5, 34), box(35.5, 33, 36, 34), "touch"),
        (box(35, 33, 35.5, 33.5), box(35.5, 33.5, 36, 34), "touch"),
    ],
)
def test_how_two_zones_meet_has_a_word(first, second, relation):
    found = co.compare_zones(propose(first), propose(second))
    assert found.pairs["relation"].tolist() == [relation]
    assert (len(found.parts) == 3) == (relation == "touch"), (
        "what only touches has no part in common to list"
    )
    assert sum(total_km2(found)) == pytest.approx(exact_km2(shapely.union(first, second)), rel=1e-6)
    if relation == "touch":
        assert total_km2(found)[0] == 0.0
        assert found.total(COMMON)["geometry"].is_empty


def test_zones_that_do_not_meet_are_no_pair():
    found = co.compare_zones(propose(box(35, 33, 35.1, 33.1)), propose(box(36, 33, 36.1, 33.1)))
    assert len(found.pairs) == 0
    assert total_km2(found)[0] == 0.0


def test_a_zone_in_the_hole_of_the_other_shares_nothing_with_it():
    ring = box(35, 33, 36, 34).difference(box(35.2, 33.2, 35.8, 33.8))
    found = co.compare_zones(propose(ring), propose(box(35.3, 33.3, 35.7, 33.7)))
    assert total_km2(found)[0] == 0.0
    assert found.pairs.empty


def test_what_two_zones_of_one_proposal_cover_is_counted_once_and_named():
    found = co.compare_zones(
        propose(box(35, 33, 35.2, 33.1), box(35.1, 33, 35.3, 33.1)),
        propose(box(35, 33, 35.3, 33.1)),
    )
    assert total_km2(found) == pytest.approx(
        [exact_km2(box(35, 33, 35.3, 33.1)), 0.0, 0.0], abs=1e-6
    )
    once = exact_km2(box(35.1, 33, 35.2, 33.1))
    assert found.zones["repeated_km2"].tolist() == pytest.approx([once, once, 0.0])
    assert "Z-1 of A covers" in render_zone_comparison(found, width=160)


def test_zones_across_the_antimeridian_are_compared_as_anywhere_else():
    def across(west, east):
        return shapely.MultiPolygon([box(west, -17, 180, -16.9), box(-180, -17, east, -16.9)])

    found = co.compare_zones(propose(across(179.9, -179.8)), propose(across(179.8, -179.9)))
    here = co.compare_zones(
        propose(box(9.9, -17, 10.2, -16.9)), propose(box(9.8, -17, 10.1, -16.9))
    )
    assert total_km2(found) == pytest.approx(total_km2(here))
    frame = re.search(r'viewBox="0 0 (\d+) (\d+)"', render_zone_page(found))
    assert int(frame[1]) > 2 * int(frame[2]), "drawn side by side, not around the Earth"


def test_a_shape_not_split_at_the_antimeridian_or_crossing_itself_is_refused():
    with pytest.raises(
        co.InputError, match=r"zone Z-1 of A spans more than half the globe.*split it at 180"
    ):
        co.compare_zones(propose(box(-179.9, 0, 179.9, 1)), propose())
    bow_tie = shapely.Polygon([(35, 33), (36, 34), (36, 33), (35, 34)])
    with pytest.raises(
        co.InputError, match=r"zone Z-1 of B is invalid: Self-intersection\[35.5 33.5\]"
    ):
        co.compare_zones(propose(), propose(bow_tie))
    with pytest.raises(co.InputError, match="does not lie on Earth"):
        co.compare_zones(propose(box(3_500_000, 33, 3_500_001, 34)), propose())
    with pytest.raises(co.InputError, match="kind is missing"):
        co.compare_zones(propose().drop(columns="kind"), propose())


@pytest.mark.parametrize("one_holds", [0, 1])
def test_a_proposal_without_a_zone_leaves_all_to_the_other(one_holds):
    zones = propose(box(35, 33, 35.1, 33.1))
    found = co.compare_zones(
        zones if one_holds == 0 else propose(),
        zones if one_holds == 1 else propose(),
        names=("North", "South"),
    )
    area = exact_km2(box(35, 33, 35.1, 33.1))
    assert total_km2(found) == pytest.approx(
        [0.0, area * (one_holds == 0), area * (one_holds == 1)]
    )
    assert (
        f"The proposal of {('South', 'North')[one_holds]} holds no zone"
        in render_zone_comparison(found)
    )


def test_two_empty_proposals_are_compared_too():
    found = co.compare_zones(propose(), propose(), build_table(SITES))
    assert total_km2(found) == [0.0, 0.0, 0.0]
    assert "<svg" not in render_zone_page(found)
    assert json.loads(render_json(describe_zone_comparison(found)))["pairs"] == []


boxes = st.lists(
    st.builds(
        lambda west, south, wide, high: box(
            35 + west / 50, 33 + south / 50, 35 + (west + wide) / 50, 33 + (south + high) / 50
        ),
        *(st.integers(0, 12), st.integers(0, 12), st.integers(1, 8), st.integers(1, 8)),
    ),
    max_size=4,
)


@examples(10, 80)
@given(boxes, boxes)
def test_areas_add_up_and_naming_the_two_in_the_other_order_gives_the_mirror_image(first, second):
    found = co.compare_zones(propose(*first), propose(*second))
    common, only_first, only_second = total_km2(found)
    for shapes, parts in (
        (first, common + only_first),
        (second, common + only_second),
        (first + second, common + only_first + only_second),
    ):
        assert parts == pytest.approx(exact_km2(shapely.union_all(shapes)), rel=1e-6, abs=1e-6)
    for party, count in (("first", len(first)), ("second", len(second))):
        rows = found.zones[found.zones["party"] == party]
        assert len(rows) == count
        assert (rows["common_km2"] + rows["only_km2"]).tolist() == pytest.approx(
            rows["area_km2"].tolist(), rel=1e-6
        )
    laid = found.parts[found.parts["first_id"] != ""]
    for (first_id, second_id), rows in laid.groupby(["first_id", "second_id"]):
        areas = rows.set_index("part")["area_km2"]
        one, other = propose(*first).geometry[first_id], propose(*second).geometry[second_id]
        assert areas[COMMON] + areas[ONLY_FIRST] == pytest.approx(exact_km2(one), rel=1e-6)
        assert areas[COMMON] + areas[ONLY_SECOND] == pytest.approx(exact_km2(other), rel=1e-6)
    mirrored = co.compare_zones(propose(*second), propose(*first))
    assert total_km2(mirrored) == [common, only_second, only_first]
    for part, other in ((COMMON, COMMON), (ONLY_FIRST, ONLY_SECOND), (ONLY_SECOND, ONLY_FIRST)):
        assert mirrored.total(part)["geometry"].equals_exact(found.total(other)["geometry"], 0.0)
    turned = mirrored.pairs.rename(
        columns=lambda name: (
            {"first": "second", "second": "first"}.get(name.split("_")[0], "")
            + name[name.index("_") :]
            if name.startswith(("first", "second"))
            else name
        )
    )
    turned["relation"] = turned["relation"].replace(
        {"first_within": "second_within", "second_within": "first_within"}
    )
    order = ["first_id", "second_id"]
    assert_frame_equal(
        turned[found.pairs.columns].sort_values(order, ignore_index=True),
        found.pairs.sort_values(order, ignore_index=True),
    )


# Kinds and times


def test_a_place_that_one_calls_safe_and_the_other_forbids_is_said_to_be_no_agreement():
    shared = box(35, 33, 35.1, 33.1)
    found = co.compare_zones(
        propose(shared), propose(shared, kind="no_go"), names=("North", "South")
    )
    assert found.kinds.to_numpy().tolist() == [
        ["safe_zone", "no_go", pytest.approx(exact_km2(shared))]
    ]
    assert not found.pairs["same_kind"].any()
    told = render_zone_comparison(found, width=160)
    assert (
        "km² are in both, but as different things: North names it declared safe zone, South names it no-go zone."
        in told
    )


def test_zones_never_in_force_together_are_said_to_be_so():
    def zones(start, end):
        return build_table(
            ZONES,
            pd.DataFrame(
                {
                    "zone_id": ["Z"],
                    "kind": "safe_zone",
                    "valid_from": [start],
                    "valid_to": [end],
                    "geometry": [box(35, 33, 35.1, 33.1)],
                }
            ),
        )

    found = co.compare_zones(
        zones("2026-11-01T00:00Z", "2026-11-10T00:00Z"), zones("2026-11-10T00:00Z", None)
    )
    assert found.pairs["together"].tolist() == [False]
    assert "never in force at the same time" in render_zone_comparison(found, width=160)
    found = co.compare_zones(zones("2026-11-01T00:00Z", None), zones(None, "2026-11-10T00:00Z"))
    assert found.pairs["together"].tolist() == [True]
    assert [f"{time:%m-%d}" for time in found.pairs.loc[0, ["together_from", "together_to"]]] == [
        "11-01",
        "11-10",
    ]


# Who is there


def test_people_and_sites_are_counted_part_by_part_and_who_is_not_stated_is_named():
    sites = place(
        ("clinic", "destination", 100, (35.15, 33.05)),
        ("camp", "destination", None, (35.15, 33.06)),
        ("hospital", "destination", 30, (35.05, 33.05)),
        ("store", "depot", None, (35.3, 33.05)),
        ("far", "destination", 7, (36, 34)),
        ("edge", "destination", 5, (35.1, 33.05)),
    )
    found = co.compare_zones(
        propose(box(35.0, 33, 35.2, 33.1)), propose(box(35.1, 33, 35.4, 33.1)), sites
    )
    counted = [found.total(part) for part in PARTS]
    assert [row["people"] for row in counted] == [105, 30, 0]
    assert [row["sites"] for row in counted] == [3, 1, 1]
    assert [row["depot"] for row in counted] == [0, 0, 1]
    assert [row["unknown"] for row in counted] == [("camp",), (), ()]
    assert found.sites["part"].to_dict() == {
        "clinic": COMMON,
        "camp": COMMON,
        "edge": COMMON,
        "hospital": ONLY_FIRST,
        "store": ONLY_SECOND,
        "far": "",
    }
    told = render_zone_comparison(found, width=160)
    assert "No number of people is stated for camp" in told


def test_without_sites_nothing_is_counted_and_nothing_is_marked_as_internal():
    found = co.compare_zones(propose(box(35.0, 33, 35.2, 33.1)), propose())
    document = describe_zone_comparison(found)
    assert "people" not in document["total"][0]
    assert document["sites"] is None
    assert "TLP" not in render_zone_page(found)
    with_sites = co.compare_zones(
        propose(box(35.0, 33, 35.2, 33.1)), propose(), place(("a", "depot", 1, (35.1, 33.05)))
    )
    assert "TLP:AMBER+STRICT" in render_zone_page(with_sites)


def test_a_depot_is_counted_and_never_drawn_or_named_on_the_page():
    sites = place(
        ("Hidden store", "depot", None, (35.1, 33.05)), ("Clinic", "destination", 5, (35.11, 33.06))
    )
    page = render_zone_page(co.compare_zones(propose(box(35.0, 33, 35.2, 33.1)), propose(), sites))
    assert "Clinic" in page
    assert "Hidden store" not in page
