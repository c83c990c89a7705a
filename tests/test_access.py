"""What closes a segment, and what the ledger says of it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from effort import counts
from geographiclib.geodesic import Geodesic
from town import AS_OF, GRID, make_incidents, make_roads, make_situation, make_zones, spot
from town_ledger import between, classify, closed, explain

from corridors.access import classify_access, explain_segments
from corridors.exposure import find_nearby, measure_exposure, weigh_nearby
from corridors.geodesy import LineIndex
from corridors.geodesy.measures import measure_length_m
from corridors.messages import Message
from corridors.rules import Rules
from corridors.tables import ROADS, build_table


def test_a_strike_in_the_middle_of_a_long_street_closes_it_though_its_ends_are_outside_the_radius():
    roads, strikes = make_roads(GRID), [("s", *between(4, 5))]
    access = classify(roads, strikes, tables={"incidents": {"radius_m": 200.0}})
    assert closed(access) == ["4-5"]
    row = access.closures.iloc[0]
    assert (row["rule"], row["cause_type"], row["cause_id"]) == ("within_radius", "incident", "s")
    assert row["active_until"] == pd.Timestamp("2026-12-06T06:00Z")
    assert access.status.at["4-5", "status"] == "NOT_PASSABLE"
    reason = explain(access, roads, strikes)["4-5"]
    assert reason.code == access.status.at["4-5", "reason_code"] == "reason.within_radius"
    assert reason.values["incident"] == "s"
    assert "s of 2026-11-22" in str(reason)
    assert set(access.status["status"].drop("4-5")) == {"PASSABLE"}


def test_a_strike_at_a_junction_closes_every_street_that_meets_there():
    assert closed(classify(make_roads(GRID), [("s", *spot(5))])) == ["2-5", "4-5", "5-6", "5-8"]


def test_the_stated_uncertainty_is_added_to_the_radius():
    lon, lat = between(4, 5)
    away = (
        "s",
        lon,
        lat - 1500 / 110_900,
    )  # 1,500 m south of the street, 700 m north of the one below
    assert closed(classify(make_roads([(4, 5)]), [away])) == []
    assert closed(classify(make_roads([(4, 5)]), [(*away, {"accuracy_m": 510.0})])) == ["4-5"]


def test_a_kind_may_have_a_radius_of_its_own():
    lon, lat = between(4, 5)
    shelling = [("s", lon, lat + 400 / 110_900, {"kind": "shelling"})]
    tables = {"incidents": {"radius_m": 100.0, "by_kind": {"shelling": {"radius_m": 500.0}}}}
    assert closed(classify(make_roads(GRID), shelling, tables=tables)) == ["4-5"]
    assert (
        closed(classify(make_roads(GRID), [(*shelling[0][:3], {"kind": "fire"})], tables=tables))
        == []
    )


def test_a_strike_on_a_bridge_closes_the_deck_and_what_passes_under_it_and_the_ledger_says_which():
    # The bridge 4-6 runs over the road 2-8; they cross at the place of node 5 without a junction.
    roads = make_roads(
        [(4, 6), (2, 8), (1, 3)], bridge={"4-6": True}, layer={"4-6": 1, "2-8": 0, "1-3": 0}
    )
    near_the_end = between(4, 6, 0.02)  # 75 m onto the deck, 1.8 km from the crossing
    access = classify(roads, [("s", *near_the_end)], tables={"incidents": {"radius_m": 100.0}})
    rules = dict(zip(access.closures["segment_id"], access.closures["rule"], strict=True))
    assert rules == {"4-6": "bridge_deck", "2-8": "under_bridge"}
    under = access.closures.set_index("segment_id").loc["2-8"]
    g = Geodesic.WGS84.Inverse(near_the_end[1], near_the_end[0], 33.02, 35.02)
    assert under["distance_m"] == pytest.approx(g["s12"], rel=1e-3)
    assert access.status.at["2-8", "reason_code"] == "reason.under_bridge"
    reason = explain(access, roads, [("s", *near_the_end)])["2-8"]
    assert (reason.code, reason.values["bridge"]) == ("reason.under_bridge", "4-6")
    assert "bridge" in str(reason)


def test_a_strike_near_a_bridge_closes_by_distance_only():
    roads = make_roads([(4, 6), (2, 8)], bridge={"4-6": True}, layer={"4-6": 1, "2-8": 0})
    lon, lat = between(4, 6, 0.02)
    access = classify(
        roads, [("s", lon, lat + 60 / 110_900)], tables={"incidents": {"radius_m": 100.0}}
    )
    assert access.closures[["segment_id", "rule"]].to_numpy().tolist() == [["4-6", "within_radius"]]


def test_a_strike_on_a_bridge_closes_it_however_small_the_radius():
    roads = make_roads([(4, 6), (2, 8)], bridge={"4-6": True}, layer={"4-6": 1, "2-8": 0})
    lon, lat = between(4, 6, 0.02)
    tables = {"incidents": {"radius_m": 10.0, "exposure_reach_ratio": 1.0}}
    assert closed(classify(roads, [("s", lon, lat + 20 / 110_900)], tables=tables)) == [
        "2-8",
        "4-6",
    ]


@pytest.mark.parametrize("lon", [35.0, 180.0, 179.9995, -179.9995])
def test_what_passes_under_a_struck_bridge_across_the_antimeridian_is_closed_and_nothing_elsewhere_on_its_parallel(
    lon,
):
    def line(*coords):
        return shapely.LineString(
            [((lon + x + 180.0) % 360.0 - 180.0, -16.8 + y) for x, y in coords]
        )

    lines = {
        "deck": line((-0.002, 0), (0.002, 0)),
        "west": line((-0.02, 0), (-0.002, 0)),  # meets the deck end to end, as does the next
        "east": line((0.002, 0), (0.02, 0)),
        "under west": line((-0.001, -0.01), (-0.001, 0.01)),
        "under east": line((0.001, -0.01), (0.001, 0.01)),
        "far": line((-30, -0.01), (-30, 0.01)),
    }
    columns = {
        "oneway": "both",
        "speed_kph": 50.0,
        "layer": [1, 0, 0, 0, 0, 0],
        "bridge": [True] + [False] * 5,
    }
    ids = {"segment_id": list(lines), "length_m": measure_length_m(list(lines.values()))}
    roads = build_table(ROADS, {**ids, **columns, "geometry": list(lines.values())})
    strike = (
        "s",
        (lon + 0.0015 + 180.0) % 360.0 - 180.0,
        -16.8,
    )  # 53 m from each end and crossing, or more
    access = classify(roads, [strike], tables={"incidents": {"radius_m": 10.0}})
    rules = dict(zip(access.closures["segment_id"], access.closures["rule"], strict=True))
    assert rules == {
        "deck": "bridge_deck",
        "under west": "under_bridge",
        "under east": "under_bridge",
    }


def test_a_ramp_that_loops_under_its_own_bridge_is_closed_with_it():
    roads = make_roads([(4, 6), (6, 8)], bridge={"4-6": True}, layer={"4-6": 1, "6-8": 0})
    loop = shapely.LineString([spot(6), (35.03, 33.0), (35.02, 33.0), spot(8)])
    roads = roads.set_geometry([roads.geometry["4-6"], loop], crs=4326)
    assert closed(
        classify(roads, [("s", *between(4, 6, 0.02))], tables={"incidents": {"radius_m": 50.0}})
    ) == ["4-6", "6-8"]


def test_a_strike_on_two_bridges_one_over_the_other_says_deck_or_both_and_names_them():
    bridges, names = {"4-6": True, "2-8": True}, {"4-6": "Upper", "2-8": "Lower"}
    roads = make_roads([(4, 6), (2, 8)], bridge=bridges, name=names, layer={"4-6": 2, "2-8": 1})
    strikes = [("s", *spot(5))]
    access = classify(roads, strikes, tables={"incidents": {"radius_m": 1.0}})
    rules = dict(zip(access.closures["segment_id"], access.closures["rule"], strict=True))
    assert rules == {"4-6": "bridge_deck", "2-8": "deck_and_under"}
    assert access.closures["segment_id"].value_counts()["2-8"] == 1
    reasons = explain(access, roads, strikes)
    for segment, bridge in names.items():
        assert reasons[segment].values["bridge"] == bridge
        assert f"the bridge {bridge}" in str(reasons[segment])


def test_a_road_over_a_struck_bridge_stays_as_it_was():
    roads = make_roads(
        [(4, 6), (2, 8)], bridge={"4-6": True, "2-8": True}, layer={"4-6": 1, "2-8": 2}
    )
    assert closed(
        classify(roads, [("s", *between(4, 6, 0.02))], tables={"incidents": {"radius_m": 100.0}})
    ) == ["4-6"]


def test_zones_of_the_closing_kinds_close_what_they_cross_with_holes_and_parts_respected():
    around_5 = shapely.Point(spot(5)).buffer(0.004)
    with_hole = shapely.Point(spot(5)).buffer(0.03).difference(shapely.Point(spot(5)).buffer(0.028))
    parts = shapely.MultiPolygon(
        [shapely.Point(between(1, 2)).buffer(0.002), shapely.Point(between(8, 9)).buffer(0.002)]
    )
    roads = make_roads(GRID)
    assert closed(classify(roads, zones=[("z", "no_go", around_5)])) == ["2-5", "4-5", "5-6", "5-8"]
    assert (
        closed(
            classify(
                roads,
                zones=[
                    (
                        "z",
                        "no_go",
                        shapely.Point(spot(5))
                        .buffer(0.03)
                        .difference(shapely.Point(spot(5)).buffer(0.0285)),
                    )
                ],
            )
        )
        == []
    )
    assert len(closed(classify(roads, zones=[("z", "contaminated", with_hole)]))) == len(
        [line for line in roads.geometry if line.intersects(with_hole)]
    )
    assert closed(classify(roads, zones=[("z", "front_line", parts)])) == ["1-2", "8-9"]
    assert closed(classify(roads, zones=[("z", "safe_zone", around_5)])) == []


def test_a_restricted_zone_restricts_without_closing():
    access = classify(
        make_roads(GRID), zones=[("z", "restricted", shapely.Point(between(1, 2)).buffer(0.002))]
    )
    assert closed(access) == []
    assert access.status.at["1-2", "status"] == "RESTRICTED"


def test_a_zone_out_of_force_closes_nothing():
    zones = make_zones(("z", "no_go", shapely.Point(spot(5)).buffer(0.004)))
    zones["valid_to"] = pd.Timestamp("2026-11-20T00:00Z").as_unit("us")
    roads, none = make_roads(GRID), make_incidents()
    access = classify_access(
        roads, none, zones, find_nearby(roads, none, rules=Rules()), as_of=AS_OF, rules=Rules()
    )
    assert closed(access) == []


def test_what_the_vehicle_is_too_heavy_or_too_high_for_is_closed_to_it():
    roads = make_roads(
        GRID, max_weight_t={"1-2": 19.9, "2-3": 20.0}, max_height_m={"4-5": 3.9, "5-6": 4.0}
    )
    access = classify(roads)
    assert closed(access) == ["1-2", "4-5"]
    assert sorted(access.closures["rule"]) == ["height_limit", "weight_limit"]
    assert access.status.at["1-2", "reason_code"] == "reason.weight_limit"
    reason = explain(access, roads)["1-2"]
    assert reason == Message("reason.weight_limit", limit_t=19.9, vehicle_t=20.0)
    assert str(reason) == "weight limit 19.9 t, vehicle 20 t"


def test_every_segment_that_is_not_passable_has_a_row_in_the_ledger_and_no_other_has():
    access = classify(
        make_roads(GRID, max_weight_t={"1-2": 3.0}),
        [("s", *spot(5))],
        [("z", "no_go", shapely.Point(spot(9)).buffer(0.004))],
    )
    shut = access.status.index[access.status["status"] == "NOT_PASSABLE"]
    assert sorted(shut) == closed(access)
    assert (access.status.loc[shut, "reason_code"] != "").all()
    assert (access.status["reason_code"].drop(shut) == "").all()


def brute_force_closed(lines, spots):
    """Every line (by name) against every spot (lon, lat, limit in metres), by geographiclib along
    each straight piece."""

    def inverse_m(lon, lat, x, y):
        return Geodesic.WGS84.Inverse(lat, lon, y, x, Geodesic.DISTANCE)["s12"]

    shut = set()
    arrays = {name: np.array(line.coords) for name, line in lines.items()}
    for lon, lat, limit in spots:
        for name, coords in arrays.items():
            degrees = np.hypot(
                (coords[:, 0] - lon) * math.cos(math.radians(lat)), coords[:, 1] - lat
            )
            longest = np.hypot(*np.diff(coords, axis=0).T).max()
            if name in shut or degrees.min() * 110_000 > limit * 1.1 + longest * 112_000:
                continue  # no vertex is near enough for any piece to reach
            far = [inverse_m(lon, lat, x, y) for x, y in coords]
            for (x, y), (to_x, to_y), near in zip(
                coords, coords[1:], np.minimum(far[:-1], far[1:]), strict=False
            ):
                length_m = math.hypot(to_x - x, to_y - y) * 112_000  # at least
                if min(far) <= limit or near > limit + length_m / 2:
                    continue
                low, high, golden = 0.0, 1.0, (math.sqrt(5) - 1) / 2
                for _ in range(45):
                    one, two = high - golden * (high - low), low + golden * (high - low)
                    first, second = (
                        inverse_m(lon, lat, x + at * (to_x - x), y + at * (to_y - y))
                        for at in (one, two)
                    )
                    if min(first, second) <= limit:
                        far.append(min(first, second))
                    if (
                        min(first, second) <= limit
                        or min(first, second) - (high - low) * length_m > limit
                    ):
                        break
                    low, high = (low, two) if first < second else (one, high)
            if min(far) <= limit:
                shut.add(name)
    return sorted(shut)


def random_case(seed):
    """Six short roads and three incidents within some kilometres, at a latitude and longitude of
    their own."""
    random = np.random.default_rng(seed)
    lat, lon, width = random.uniform(-75, 75), (seed % 100) * 3.0 - 170, 0.03
    starts = np.column_stack([lon + random.uniform(0, width, 6), lat + random.uniform(0, width, 6)])
    lines = {
        f"{seed}-{i}": shapely.LineString(np.round([a, a + random.normal(0, 0.01, 2)], 7))
        for i, a in enumerate(starts)
    }
    spots = np.round(
        np.column_stack([lon + random.uniform(0, width, 3), lat + random.uniform(0, width, 3)]), 7
    )
    return lines, [(x, y, float(random.choice([100, 500, 1000]))) for x, y in spots]


def closed_by_distance(lines, spots):
    """What the ledger closes: the limit of each spot as its uncertainty, on a radius of next to
    nothing."""
    shapes = list(lines.values())
    table = {
        "segment_id": list(lines),
        "oneway": "both",
        "length_m": measure_length_m(shapes),
        "speed_kph": 50.0,
        "geometry": shapes,
    }
    incidents = [
        (f"i{i}", lon, lat, {"accuracy_m": limit}) for i, (lon, lat, limit) in enumerate(spots)
    ]
    return closed(
        classify(
            build_table(ROADS, pd.DataFrame(table)),
            incidents,
            tables={"incidents": {"radius_m": 1e-9}},
        )
    )


@pytest.mark.thorough
@pytest.mark.parametrize("hundred", range(counts(2, 10)))
def test_brute_force_closes_the_same_segments_on_random_small_cases(hundred):
    cases = [random_case(hundred * 100 + seed) for seed in range(100)]
    expected = sorted(name for lines, spots in cases for name in brute_force_closed(lines, spots))
    lines = {name: line for case, _ in cases for name, line in case.items()}
    assert closed_by_distance(lines, [spot for _, spots in cases for spot in spots]) == expected
    assert 100 < len(expected) < 500


def test_brute_force_closes_the_same_segments_of_monaco(real_data):
    from corridors.inputs.roads.reader import read_roads

    roads = read_roads(real_data / "quackosm_monaco" / "monaco.osm.pbf").table
    west, south, east, north = roads.total_bounds
    random = np.random.default_rng(1)
    spots = [
        (random.uniform(west, east), random.uniform(south, north), float(random.choice([15, 40])))
        for _ in range(200)
    ]
    lines = roads.geometry.to_dict()
    expected = brute_force_closed(lines, spots)
    assert closed_by_distance(lines, spots) == expected
    assert 100 < len(expected) < len(lines)


def test_many_incidents_on_few_roads_close_the_same_by_categories_and_by_text():
    roads, none = make_roads(GRID), make_zones()
    incidents = make_incidents(*[(f"i{i}", *between(4, 5, i / 300)) for i in range(300)])
    incidents["incident_id"] = [f"owner {i // 2}" for i in range(300)]
    nearby = find_nearby(roads, incidents, rules=Rules())
    plain = nearby.astype({"incident_id": "str", "segment_id": "str"})
    access, again = (
        classify_access(roads, incidents, none, pairs, as_of=AS_OF, rules=Rules())
        for pairs in (nearby, plain)
    )
    pd.testing.assert_frame_equal(access.closures, again.closures)
    assert access.closures["segment_id"].value_counts()["4-5"] == 150


def test_an_index_made_before_changes_nothing_and_many_reasons_are_counted():
    roads, zones = (
        make_roads(GRID),
        make_zones(("z", "no_go", shapely.Point(spot(5)).buffer(0.004))),
    )
    incidents = make_incidents(*[(f"i{i}", *spot(5)) for i in range(4)], ("area", 0, 0))
    incidents.loc["area", "geometry"] = shapely.Point(spot(4)).buffer(0.001)
    index = LineIndex(roads.geometry.array)
    nearby = find_nearby(roads, incidents, rules=Rules(), index=index)
    pd.testing.assert_frame_equal(nearby, find_nearby(roads, incidents, rules=Rules()))
    assert nearby["incident_id"].astype("str").is_monotonic_increasing
    access = classify_access(
        roads, incidents, zones, nearby, as_of=AS_OF, rules=Rules(), index=index
    )
    plain = nearby.astype({"incident_id": "str", "segment_id": "str"})
    again = classify_access(roads, incidents, zones, plain, as_of=AS_OF, rules=Rules())
    pd.testing.assert_frame_equal(access.closures, again.closures)
    assert access.closures["segment_id"].value_counts().to_dict() == {
        "2-5": 5,
        "4-5": 6,
        "5-6": 5,
        "5-8": 5,
        "1-4": 1,
        "4-7": 1,
    }
    situation = dataclasses.replace(make_situation(), roads=roads, zones=zones)
    reason = explain_segments(access, situation, incidents, Rules(), ["4-5"])["4-5"]
    assert (reason.code, reason.values["more"]) == ("reason.several_more", 3)
    assert len(reason.values["reasons"]) == 3
    assert str(reason).endswith("; and 3 more")
    weighed = [
        weigh_nearby(incidents, pairs, as_of=AS_OF, rules=Rules()) for pairs in (nearby, plain)
    ]
    pd.testing.assert_series_equal(*(measure_exposure(roads, pairs) for pairs in weighed))
