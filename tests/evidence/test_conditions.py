"""Road reports: what they are of, until when they are relied upon, and what they close, for whom
and in which direction."""

from __future__ import annotations

import dataclasses
from itertools import combinations, pairwise

import networkx as nx
import pandas as pd
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from random_towns import ALL_PAIRS, SMALL, free_graph
from town import AS_OF, make_incidents, make_situation, spot
from town_mission import MISSION, write_town
from town_plans import assert_drivable, assert_same, explain, explain_cut_off, plan, rules
from town_reports import (
    ANSWERED,
    DAY,
    SITES_1_3,
    ledger,
    make_reports,
    middle,
    plan_with,
    remarked,
    states,
    usable,
)

import corridors as co
from corridors.assessment.cut_off import name_causes
from corridors.messages import Message
from corridors.network.graph import build_network
from corridors.plan import replan
from corridors.tables import ROAD_REPORTS, build_table

# --- the record that must be held
# ------------------------------------------------------------------------------------------

AADBE = middle(4, 7)
"""A bridge on a street that runs north from node 4 to node 7."""
RECORD = {
    "kind": "bridge_damage",
    "name": "El Aadbe bridge",
    "direction": "northbound",
    "lanes": "northbound lanes, inside southbound lane",
    "max_weight_t": 5.0,
    "reported_at": pd.Timestamp("2006-08-12T00:00Z"),
    "valid_from": pd.Timestamp("2006-08-12T00:00Z"),
    "valid_to": pd.Timestamp("2006-08-26T23:59Z"),
    "source": "Logistics Cluster",
    "verification": "verified",
}


def plan_lebanon(day, weight_t, start, end):
    """From one end of the bridge's street to the other, where the way round costs three streets."""
    as_of = pd.Timestamp(f"2006-08-{day}T06:00Z").to_pydatetime()
    situation = make_situation(
        sites={"depot": ("depot", *spot(start)), "clinic": ("destination", *spot(end))},
        bridge={"4-7": True},
        name={"4-7": "Aadbe"},
    )
    when = {
        "occurred_at": pd.Timestamp("2006-08-10T00:00Z").as_unit("us"),
        "occurred_until": pd.Timestamp("2006-08-28T00:00Z").as_unit("us"),
    }
    reports = make_reports(("aadbe", AADBE, "RESTRICTED", RECORD))
    situation = dataclasses.replace(
        situation, as_of=as_of, incidents=situation.incidents.assign(**when), road_reports=reports
    )
    return plan(situation, rules(vehicle={"gross_weight_t": weight_t}))


@pytest.mark.parametrize(
    ("day", "weight_t", "start", "end", "crosses"),
    [
        ("13", 20.0, 4, 7, False),
        ("13", 4.0, 4, 7, True),
        ("13", 20.0, 7, 4, True),
        ("25", 20.0, 4, 7, False),
        ("25", 4.0, 4, 7, True),
        ("25", 20.0, 7, 4, True),
        ("11", 20.0, 4, 7, True),
        ("27", 20.0, 4, 7, True),
    ],
)
def test_the_bridge_of_lebanon_2006_is_one_record_and_does_what_it_says(
    day, weight_t, start, end, crosses
):
    made = plan_lebanon(day, weight_t, start, end)
    assert_drivable(made)
    primary = made.steps[made.steps["corridor_id"] == "depot:clinic:1"]["segment_id"].tolist()
    assert (primary == ["4-7"]) is crosses
    assert ("4-7" in set(made.steps.loc[made.steps["direction"] == "forward", "segment_id"])) is (
        crosses and start == 4
    )
    if day in ("13", "25"):
        heavy = weight_t > 5
        assert ledger(made) == (
            {("4-7", "forward", "aadbe", "report_weight_limit")} if heavy else set()
        )
        assert states(made) == {"4-7": "RESTRICTED"}
        row = made.structures.loc["bridge 4-7"]
        assert (row["status"], row["max_weight_t"], row["source"]) == (
            "RESTRICTED",
            5.0,
            "Logistics Cluster",
        )
        for words in (
            "El Aadbe bridge",
            "northbound",
            "inside southbound lane",
            "until 2006-08-26",
            "of 2006-08-12",
            "Logistics Cluster",
        ):
            assert words in str(explain(made, "4-7"))
        assert row["reason_code"] == explain(made, "4-7").code
    else:
        assert states(made) == {}


# --- until when, and against what
# ---------------------------------------------------------------------------------------------


def test_passable_decays_to_unknown_and_neither_to_open_nor_to_closed():
    report = ("r", middle(4, 5), "PASSABLE", {"reported_at": AS_OF - DAY})
    assert states(plan_with(report)) == {}
    later = AS_OF + 5 * DAY
    shut = plan_with(report, as_of=later)
    assert states(shut) == {"4-5": "UNKNOWN"}
    assert ledger(shut) == {("4-5", "both", "r", "report_unknown")}
    used = plan_with(report, as_of=later, tables={"road_reports": {"use_unknown": True}})
    assert states(used) == {"4-5": "UNKNOWN"}
    assert ledger(used) == set()


def test_the_share_of_a_corridor_that_rests_on_unknown_roads_is_named():
    report = ("r", middle(1, 2), "PASSABLE", {"reported_at": AS_OF - 9 * DAY})
    used = {"road_reports": {"use_unknown": True}}
    made = plan_with(report, tables=used, pairs=[(1, 2), (2, 3)], sites=SITES_1_3)
    assert made.corridors["unknown_share"].tolist() == [pytest.approx(0.5)]
    assert made.corridors["status"].tolist() == ["UNKNOWN"]
    assert remarked(made, "50 % of corridor 1", "too old")
    assert plan_with(pairs=[(1, 2), (2, 3)], sites=SITES_1_3).corridors[
        "unknown_share"
    ].tolist() == [0.0]


def test_a_road_closed_in_one_direction_and_unknown_in_the_other_has_both_reasons():
    closed = ("a", middle(1, 2), "NOT_PASSABLE", {"direction": "eastbound"})
    stale = ("b", middle(1, 2), "PASSABLE", {"reported_at": AS_OF - 60 * DAY})
    for use_unknown, closed_direction in ((True, "forward"), (False, "both")):
        made = plan_with(closed, stale, tables={"road_reports": {"use_unknown": use_unknown}})
        road = made.segments.loc["1-2"]
        assert (road["status"], road["closed_direction"]) == ("UNKNOWN", closed_direction)
        reason = explain(made, "1-2")
        assert [(each.code, each.values["report"]) for each in reason.values["reasons"]] == [
            ("reason.report_closed", "a"),
            ("reason.report_lapsed", "b"),
        ]
        assert reason.code == "reason.several"
        assert road["reason_code"] == "reason.report_closed"


def test_a_report_of_one_direction_leaves_all_else_unknown_where_the_rules_say_so():
    tables = {"road_reports": {"assume_unreported": "UNKNOWN"}}
    one = plan_with(("r", middle(4, 7), "PASSABLE", {"direction": "northbound"}), tables=tables)
    assert usable(one) == {("4-7", "forward")}
    oneway = plan_with(
        ("r", middle(1, 2), "NOT_PASSABLE"), tables=tables, oneway={"1-2": "backward"}
    )
    assert usable(oneway) == set()
    assert {row for row in ledger(oneway) if row[0] in ("1-2", "2-3")} == {
        ("1-2", "backward", "r", "report_closed"),
        ("2-3", "both", "unreported", "report_unknown"),
    }


def test_roads_without_a_report_are_unknown_where_the_rules_say_so():
    report = ("r", shapely.LineString([spot(1), spot(2)]), "PASSABLE")
    tables = {"road_reports": {"assume_unreported": "UNKNOWN"}}
    shut = plan_with(report, tables=tables, pairs=[(1, 2), (2, 3)], sites=SITES_1_3)
    assert states(shut) == {"2-3": "UNKNOWN"}
    assert shut.cut_off.at["clinic", "smallest_set"] == ("road_report:unreported",)
    tables["road_reports"]["use_unknown"] = True
    assert plan_with(report, tables=tables, pairs=[(1, 2), (2, 3)], sites=SITES_1_3).corridors[
        "unknown_share"
    ].tolist() == [pytest.approx(0.5)]


def test_a_closure_holds_until_its_end_or_until_contradicted_by_one_as_sure():
    shut = (
        "a",
        middle(4, 5),
        "NOT_PASSABLE",
        {"reported_at": AS_OF - 40 * DAY, "verification": "corroborated"},
    )
    assert states(plan_with(shut)) == {"4-5": "NOT_PASSABLE"}
    assert remarked(plan_with(shut), "a: road reports that are old")
    opened = {"reported_at": AS_OF - DAY}
    assert states(plan_with(shut, ("b", middle(4, 5), "PASSABLE", opened))) == {
        "4-5": "NOT_PASSABLE"
    }
    assert (
        states(
            plan_with(
                shut, ("b", middle(4, 5), "PASSABLE", {**opened, "verification": "corroborated"})
            )
        )
        == {}
    )
    assert states(plan_with((*shut[:3], {**shut[3], "valid_to": AS_OF - DAY}))) == {}


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("NOT_PASSABLE", "PASSABLE", {}),
        ("NOT_PASSABLE", "RESTRICTED", {"4-5": "RESTRICTED"}),
        ("NOT_PASSABLE", "UNKNOWN", {"4-5": "NOT_PASSABLE"}),
        ("PASSABLE", "NOT_PASSABLE", {"4-5": "NOT_PASSABLE"}),
        ("RESTRICTED", "PASSABLE", {}),
        ("UNKNOWN", "PASSABLE", {}),
    ],
)
def test_a_later_report_counts_and_of_two_at_once_the_worse(first, second, state):
    rows = [("a", middle(4, 5), first, {"reported_at": AS_OF - DAY}), ("b", middle(4, 5), second)]
    assert states(plan_with(*rows)) == state
    worse = max((first, second), key=["PASSABLE", "RESTRICTED", "UNKNOWN", "NOT_PASSABLE"].index)
    at_once = [
        (name, place, status, {"reported_at": AS_OF - DAY})
        for name, place, status, _ in (rows[0], (*rows[1], None))
    ]
    assert states(plan_with(*at_once)) == ({} if worse == "PASSABLE" else {"4-5": worse})


def test_what_has_no_date_is_contradicted_by_nothing_and_contradicts_nothing():
    undated = {"reported_at": pd.NaT}
    assert states(
        plan_with(("a", middle(4, 5), "NOT_PASSABLE", undated), ("b", middle(4, 5), "PASSABLE"))
    ) == {"4-5": "NOT_PASSABLE"}
    old = ("a", middle(4, 5), "NOT_PASSABLE", {"reported_at": AS_OF - 9 * DAY})
    assert states(plan_with(old, ("b", middle(4, 5), "PASSABLE", undated))) == {
        "4-5": "NOT_PASSABLE"
    }
    assert states(plan_with(("b", middle(4, 5), "PASSABLE", undated))) == {"4-5": "UNKNOWN"}


@pytest.mark.parametrize(
    ("closed", "opened", "state"),
    [
        ("2026-11-22", "2026-11-22T03:00Z", "NOT_PASSABLE"),
        ("2026-11-22", "2026-11-22", "NOT_PASSABLE"),
        ("2026-11-22", "2026-11-22T23:30Z", "NOT_PASSABLE"),
        ("2026-11-22", "2026-11-23T00:30Z", "PASSABLE"),
        ("2026-11-22T02:00Z", "2026-11-22T03:00Z", "PASSABLE"),
        ("2026-11-22T02:00Z", "2026-11-22", "NOT_PASSABLE"),
        ("2026-11-21T23:00Z", "2026-11-22", "PASSABLE"),
    ],
)
def test_a_closure_of_a_day_is_lifted_by_what_is_later_than_that_day(
    tmp_path, closed, opened, state
):
    lat, lon = middle(4, 5).y, middle(4, 5).x
    mission = MISSION.replace(
        "[inputs]", 'timezone = "UTC"\n[inputs]\nroad_reports = "reports.csv"'
    )
    folder = write_town(tmp_path / "town", mission=mission)
    rows = [f"a,NOT_PASSABLE,{closed},{lat},{lon}", f"b,PASSABLE,{opened},{lat},{lon}"]
    (folder / "reports.csv").write_text(
        "\n".join(["report_id,status,reported_at,lat,lon", *rows]), encoding="utf-8"
    )
    made = co.plan_corridors(co.read_situation(folder))
    assert set(made.segments.loc[made.segments["name"] == "Street 4-5", "status"]) == {state}


def test_a_closure_announced_before_a_report_of_an_open_road_is_not_contradicted_by_it():
    announced = (
        "a",
        middle(4, 5),
        "NOT_PASSABLE",
        {"reported_at": AS_OF - 3 * DAY, "valid_from": AS_OF - DAY},
    )
    between = ("b", middle(4, 5), "PASSABLE", {"reported_at": AS_OF - 2 * DAY})
    assert states(plan_with(announced, between)) == {"4-5": "NOT_PASSABLE"}


def test_a_road_opened_for_a_day_is_closed_again_after_it():
    shut = ("a", middle(4, 5), "NOT_PASSABLE", {"reported_at": AS_OF - 3 * DAY})
    pause = (
        "b",
        middle(4, 5),
        "PASSABLE",
        {"reported_at": AS_OF - DAY, "valid_to": AS_OF + DAY / 4},
    )
    assert states(plan_with(shut, pause)) == {}
    assert states(plan_with(shut, pause, as_of=AS_OF + DAY)) == {"4-5": "NOT_PASSABLE"}


def test_driving_past_a_mine_does_not_clear_it_and_an_open_bridge_no_flood():
    mine = (
        "a",
        middle(4, 5),
        "NOT_PASSABLE",
        {"kind": "explosive_hazard", "reported_at": AS_OF - DAY},
    )
    assert states(plan_with(mine, ("b", middle(4, 5), "PASSABLE"))) == {"4-5": "NOT_PASSABLE"}
    assert (
        states(plan_with(mine, ("b", middle(4, 5), "PASSABLE", {"kind": "explosive_hazard"}))) == {}
    )
    flood = ("a", middle(4, 5), "NOT_PASSABLE", {"kind": "flood", "reported_at": AS_OF - DAY})
    assert states(plan_with(flood, ("b", middle(4, 5), "PASSABLE", {"kind": "bridge_status"}))) == {
        "4-5": "NOT_PASSABLE"
    }
    assert states(plan_with(flood, ("b", middle(4, 5), "PASSABLE"))) == {}


def test_a_limit_closes_to_what_is_above_it_and_a_later_limit_replaces_it():
    low = ("a", middle(4, 5), "RESTRICTED", {"max_weight_t": 5.0, "reported_at": AS_OF - DAY})
    assert ledger(plan_with(low)) == {("4-5", "both", "a", "report_weight_limit")}
    assert states(plan_with(low, tables={"vehicle": {"gross_weight_t": 5.0}})) == {
        "4-5": "RESTRICTED"
    }
    assert (
        ledger(plan_with(low, ("b", middle(4, 5), "RESTRICTED", {"max_weight_t": 30.0}))) == set()
    )
    assert ledger(plan_with(low, ("b", middle(4, 5), "RESTRICTED", {"max_height_m": 3.0}))) == {
        ("4-5", "both", "a", "report_weight_limit"),
        ("4-5", "both", "b", "report_height_limit"),
    }
    stale = (
        "a",
        middle(4, 5),
        "RESTRICTED",
        {"max_weight_t": 5.0, "reported_at": AS_OF - 30 * DAY},
    )
    assert states(plan_with(stale, tables={"vehicle": {"gross_weight_t": 5.0}})) == {
        "4-5": "UNKNOWN"
    }


def test_not_passable_with_a_limit_is_closed_to_all_and_said_so():
    made = plan_with(("r", middle(4, 5), "NOT_PASSABLE", {"max_weight_t": 50.0}))
    assert states(made) == {"4-5": "NOT_PASSABLE"}
    assert remarked(made, "NOT_PASSABLE and a limit")


def test_a_passable_report_opens_nothing_that_something_else_closes():
    line = shapely.LineString([spot(4), spot(5)])
    situation = make_situation(incidents=[("s", *spot(5))], max_weight_t={"4-5": 3.0})
    reported = dataclasses.replace(
        situation, road_reports=make_reports(("r", line, "PASSABLE", {"verification": "verified"}))
    )
    pd.testing.assert_frame_equal(plan(reported).closures, plan(situation).closures)


def test_a_town_that_one_direction_cuts_off_names_the_report_and_the_fewest_to_lift():
    pairs = [(1, 2), (2, 3)]
    east = ("r", middle(1, 2), "NOT_PASSABLE", {"direction": "eastbound"})
    made = plan_with(east, pairs=pairs, sites=SITES_1_3)
    assert made.cut_off.at["clinic", "smallest_set"] == ("road_report:r",)
    causes = name_causes(["road_report:r"])
    assert explain_cut_off(made, "clinic") == Message("cut_off.closed", causes=causes)
    assert "(r)" in str(explain_cut_off(made, "clinic"))
    west = ("r", middle(1, 2), "NOT_PASSABLE", {"direction": "westbound"})
    assert plan_with(west, pairs=pairs, sites=SITES_1_3).cut_off.empty


def test_a_network_built_again_from_the_segments_alone_is_closed_in_the_same_directions():
    made = plan_with(("r", middle(4, 5), "NOT_PASSABLE", {"direction": "eastbound"}))
    again = build_network(made.segments, rules=made.rules, topology=made.network.topology)
    assert (again.ticks == made.network.ticks).all()
    assert not made.network.graph.has_edge(4, 5)
    assert made.network.graph.has_edge(5, 4)


# --- against brute force
# ----------------------------------------------------------------------------------------------------

STATUS = st.sampled_from(["PASSABLE", "RESTRICTED", "NOT_PASSABLE", "UNKNOWN"])
WAYS = st.sampled_from(["both", "northbound", "eastbound", "southbound", "westbound", "forward"])


@st.composite
def reports_of(draw, pairs, most=6):
    """Reports of roads of a town, most of them certain which road they mean."""
    rows = []
    for number in range(draw(st.integers(0, most))):
        pair = draw(st.sampled_from(pairs))
        said = {
            "reported_at": AS_OF - draw(st.integers(0, 20)) * DAY / 2,
            "direction": draw(WAYS),
            "verification": draw(st.sampled_from(["reported", "verified"])),
            "kind": draw(st.sampled_from(["road_status", "flood", "bridge_status"])),
            "accuracy_m": draw(st.sampled_from([0.0, 0.0, 600.0])),
            "max_weight_t": draw(st.sampled_from([None, None, 5.0, 30.0])),
        }
        line = shapely.LineString([spot(pair[0]), spot(pair[1])])
        rows.append(
            (f"r{number}", draw(st.sampled_from([middle(*pair, 0.3), line])), draw(STATUS), said)
        )
    return make_reports(*rows)


@st.composite
def reported_towns(draw):
    """A random town with road reports, some one-way streets and an incident somewhere."""
    pairs = draw(st.lists(st.sampled_from(ALL_PAIRS), min_size=4, max_size=12, unique=True))
    oneway = draw(
        st.dictionaries(
            st.sampled_from([f"{a}-{b}" for a, b in pairs]),
            st.sampled_from(["forward", "backward"]),
            max_size=3,
        )
    )
    used = sorted({node for pair in pairs for node in pair})
    depot, clinic = draw(st.sampled_from(used)), draw(st.sampled_from(used))
    strikes = [("s", 35.01, 33.01)] * draw(st.booleans())
    sites = {"depot": ("depot", *spot(depot)), "clinic": ("destination", *spot(clinic))}
    situation = make_situation(
        pairs, incidents=[("far", 35.5, 33.4), *strikes], sites=sites, oneway=oneway
    )
    return dataclasses.replace(situation, road_reports=draw(reports_of(pairs))), depot, clinic


def directed(made, lifted=frozenset()):
    """The town as a graph built anew from the ledger, direction by direction, with some causes
    lifted."""
    graph = free_graph(made)
    causes = {}
    for row in made.closures.itertuples():
        for way in ("forward", "backward"):
            if row.direction in ("both", way):
                causes.setdefault((row.segment_id, way), set()).add(
                    f"{row.cause_type}:{row.cause_id}"
                )
    for (name, way), needed in causes.items():
        road = made.segments.loc[name]
        tail, head = (
            (road["from_node"], road["to_node"])
            if way == "forward"
            else (road["to_node"], road["from_node"])
        )
        if not needed <= set(lifted) and graph.has_edge(tail, head, name):
            graph.remove_edge(tail, head, name)
    return graph, sorted(set().union(*causes.values())) if causes else []


@examples(8, 80)
@given(reported_towns(), st.booleans())
def test_routes_chokepoints_and_the_fewest_to_lift_are_those_of_brute_force_direction_by_direction(
    town, use_unknown
):
    situation, depot, clinic = town
    made = plan(
        situation,
        dataclasses.replace(
            SMALL, road_reports=dataclasses.replace(SMALL.road_reports, use_unknown=use_unknown)
        ),
    )
    assert_drivable(made)
    graph, causes = directed(made)
    is_there = (
        depot in graph
        and clinic in graph
        and bool(graph.degree(depot))
        and bool(graph.degree(clinic))
    )
    if depot != clinic:
        reachable = is_there and nx.has_path(graph, depot, clinic)
        assert made.cut_off.empty is reachable
    else:
        reachable = made.cut_off.empty
    if reachable and depot != clinic:
        steps = made.steps[made.steps["corridor_id"] == "depot:clinic:1"]
        cost = nx.shortest_path_length(graph, depot, clinic, weight="cost")
        roads = made.segments.loc[steps["segment_id"]]
        driven = (
            roads["length_m"]
            / 1000
            / roads["speed_kph"].clip(upper=60)
            * 60
            * (1 + roads["exposure"])
        ).sum()
        assert driven == pytest.approx(cost, rel=1e-9)
        ends = [
            (
                made.segments.at[s.segment_id, "from_node"],
                made.segments.at[s.segment_id, "to_node"],
            )[:: 1 if s.direction == "forward" else -1]
            for s in steps.itertuples()
        ]
        assert all(
            graph.has_edge(tail, head, name)
            for (tail, head), name in zip(ends, steps["segment_id"], strict=True)
        )
        assert all(head == tail for (_, head), (tail, _) in pairwise(ends))
        necessary = []
        for name in dict.fromkeys(steps["segment_id"]):
            rest = graph.copy()
            rest.remove_edges_from(
                [(a, b, key) for a, b, key in graph.edges(keys=True) if key == name]
            )
            necessary += [] if nx.has_path(rest, depot, clinic) else [name]
        assert list(made.corridors.at["depot:clinic:1", "chokepoints"]) == necessary
    if not reachable and depot != clinic:
        found = made.cut_off.at["clinic", "smallest_set"]
        everything = directed(made, causes)[0]
        if nx.has_path(everything, depot, clinic):
            assert nx.has_path(directed(made, found)[0], depot, clinic)
            assert not any(
                nx.has_path(directed(made, fewer)[0], depot, clinic)
                for fewer in combinations(causes, len(found) - 1)
            )
        else:
            assert found == ()


@examples(6, 50)
@given(reported_towns(), st.data())
def test_one_more_closure_never_opens_a_direction(town, data):
    situation, _, _ = town
    pairs = [tuple(map(int, name.split("-"))) for name in situation.roads.index]
    more = (
        data.draw(reports_of(pairs, most=2))
        .assign(status="NOT_PASSABLE")
        .rename(index=lambda name: f"more-{name}")
    )
    before = plan(situation, SMALL)
    after = plan(
        dataclasses.replace(
            situation,
            road_reports=build_table(ROAD_REPORTS, pd.concat([situation.road_reports, more])),
        ),
        SMALL,
    )
    assert usable(after) <= usable(before)


@examples(6, 50)
@given(reported_towns(), st.integers(1, 30), st.booleans())
def test_time_alone_opens_nothing_and_turns_what_was_passable_to_unknown(
    town, half_days, use_unknown
):
    situation, _, _ = town
    again = dataclasses.replace(
        SMALL, road_reports=dataclasses.replace(SMALL.road_reports, use_unknown=use_unknown)
    )
    situation = dataclasses.replace(
        situation, incidents=situation.incidents.iloc[:0].copy(), acknowledgements=ANSWERED
    )
    later = dataclasses.replace(situation, as_of=AS_OF + half_days * DAY / 2)
    before, after = plan(situation, again), plan(later, again)
    assert usable(after) <= usable(before)
    order = ["PASSABLE", "RESTRICTED", "UNKNOWN", "NOT_PASSABLE"].index
    worse = after.segments["status"].map(order) >= before.segments["status"].map(order)
    assert worse.all()
    assert set(after.segments["status"][after.segments["status"] != before.segments["status"]]) <= {
        "UNKNOWN"
    }


@examples(5, 40)
@given(reported_towns(), st.randoms(use_true_random=False))
def test_the_order_of_reports_never_matters(town, order):
    situation, _, _ = town
    rows = list(range(len(situation.road_reports)))
    order.shuffle(rows)
    # A table handed over as it comes, in another order than readers make.
    shuffled = dataclasses.replace(situation, road_reports=situation.road_reports.iloc[rows])
    before, after = plan(situation, SMALL), plan(shuffled, SMALL)
    assert after.plan_hash == before.plan_hash
    pd.testing.assert_frame_equal(after.segments, before.segments)
    assert after.remarks == before.remarks


@examples(5, 40)
@given(
    reported_towns(),
    st.lists(st.tuples(st.floats(34.99, 35.05), st.floats(32.99, 33.05)), max_size=2),
)
def test_replanning_with_road_reports_equals_planning_from_the_beginning(town, strikes):
    situation, _, _ = town
    incidents = make_incidents(
        ("far", 35.5, 33.4), *[(f"n{number}", *at) for number, at in enumerate(strikes)]
    )
    assert_same(
        replan(plan(situation, SMALL), incidents=incidents),
        plan(dataclasses.replace(situation, incidents=incidents), SMALL),
    )
