"""Evidence: which reports are one happening, which version counts, and that no report more ever
opens a road."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from itertools import combinations

import pandas as pd
import pytest
import shapely
from effort import examples
from feeds_mission import write_mission
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from town import AS_OF, FAR, make_incidents, make_situation, spot

import corridors as co
from corridors.errors import InputError
from corridors.evidence.incidents import fuse_reports
from corridors.evidence.status import classify_incidents
from corridors.outputs.files import describe_plan
from corridors.outputs.maps import render_map
from corridors.outputs.serialization import render_json
from corridors.rules import EvidenceRules
from corridors.tables import INCIDENTS, REPORTS, VERIFICATIONS, check_table

HERE = (35.0, 33.0)
DEGREE_NORTH_M = 110_901.0
"""Of latitude at 33 N, by the meridian arc."""


def north(metres):
    return HERE[1] + metres / DEGREE_NORTH_M


def report(name, source, metres=0.0, **said):
    """A report so many metres north of one place; of 22 November, 06:00."""
    return (name, HERE[0], north(metres), {"source": source, **said})


def fuse(*rows, as_of=AS_OF, **rules):
    return fuse_reports(make_incidents(*rows), as_of=as_of, rules=co.Rules.from_tables(rules))


def groups(*rows, **rules):
    return sorted(fuse(*rows, **rules).incidents["reports"])


# Which reports match


def test_two_sources_on_one_strike_are_one_incident_that_lists_both():
    made = fuse(
        report("a", "UN monitor"),
        report(
            "b",
            "hotline: driver",
            400,
            kind="shelling",
            accuracy_m=100.0,
            occurred_at="2026-11-22T08:00Z",
        ),
    )
    assert made.incidents.index.tolist() == ["a"]
    row = made.incidents.loc["a"]
    assert (row["reports"], row["source_count"], row["verification"], row["kind"]) == (
        ("a", "b"),
        2,
        "corroborated",
        "air_strike",
    )
    assert (row["occurred_at"], row["occurred_until"]) == (
        pd.Timestamp("2026-11-22T06:00Z"),
        pd.Timestamp("2026-11-22T08:00Z"),
    )
    assert (row["accuracy_m"], row["source"]) == (100.0, "UN monitor; hotline: driver")
    assert row["geometry"].equals(shapely.MultiPoint([HERE, (HERE[0], north(400))]))
    assert made.reports["incident_id"].to_dict() == {"a": "a", "b": "a"}
    assert made.reports["verification"].tolist() == ["corroborated"] * 2


@pytest.mark.parametrize(
    "other",
    [
        report("b", "un  Monitor: desk two"),
        report("b", ""),
        report("b", "hotline", 501),
        report("b", "hotline", occurred_at="2026-11-22T12:01Z"),
        report("b", "hotline", kind="obstruction"),
        report("b", "hotline", accuracy_m=5001.0),
        report("b", "hotline", occurred_until="2026-11-25T06:01Z"),
        report("b", "hotline", verification="retracted"),
    ],
    ids=[
        "same publisher",
        "no source",
        "far",
        "late",
        "another kind",
        "vague",
        "some time that week",
        "retracted",
    ],
)
def test_what_does_not_match_stays_apart(other):
    made = fuse(report("a", "UN monitor"), other)
    assert sorted(made.incidents["reports"]) == [("a",), ("b",)]
    assert "corroborated" not in made.incidents["verification"].tolist()


def test_what_lies_just_within_the_thresholds_matches_and_the_larger_uncertainty_counts():
    assert groups(report("a", "x"), report("b", "y", 499, occurred_at="2026-11-22T12:00Z")) == [
        ("a", "b")
    ]
    assert groups(
        report("a", "x", accuracy_m=1000.0), report("b", "y", 1499, accuracy_m=900.0)
    ) == [("a", "b")]
    assert groups(
        report("a", "x", accuracy_m=1000.0), report("b", "y", 1502, accuracy_m=900.0)
    ) == [("a",), ("b",)]


def test_an_incident_that_has_not_begun_is_fused_with_nothing():
    rows = (
        report("a", "x", occurred_at="2026-11-23T05:00Z"),
        report("b", "y", occurred_at="2026-11-23T07:00Z"),
    )
    assert groups(*rows) == [("a",), ("b",)]
    assert groups(*rows, as_of=pd.Timestamp("2026-11-23T08:00Z")) == [("a", "b")]


def test_a_chain_of_reports_is_not_one_incident():
    rows = [
        report(f"r{i}", f"source {i}", 400.0 * i, occurred_at=f"2026-11-22T{i:02}:00Z")
        for i in range(10)
    ]
    assert groups(*rows) == [(f"r{i}", f"r{i + 1}") for i in range(0, 10, 2)]


def test_each_day_of_shelling_is_an_incident_of_its_own():
    days = [
        (name, {"occurred_at": f"2026-11-{day}T00:00Z", "occurred_until": f"2026-11-{day}T23:59Z"})
        for day in (17, 18, 19)
        for name in "xy"
    ]
    rows = [report(f"{name}{said['occurred_at'][8:10]}", name, **said) for name, said in days]
    assert groups(*rows) == [(f"x{day}", f"y{day}") for day in (17, 18, 19)]


def test_other_matches_any_kind_and_the_more_specific_kind_is_kept():
    made = fuse(
        report("a", "UNOSAT", kind="other"),
        report("b", "hotline", kind="obstruction", occurred_at="2026-11-22T07:00Z"),
    )
    assert made.incidents.loc["a", ["kind", "reports"]].tolist() == ["obstruction", ("a", "b")]


def test_heat_corroborates_a_strike_and_is_no_source_of_its_own():
    made = fuse(
        report("a", "hotline"),
        report("b", "NASA FIRMS VIIRS N", kind="fire"),
        report("c", "NASA FIRMS MODIS T", kind="fire"),
    )
    assert made.incidents["reports"].tolist() == [("a", "b"), ("c",)]
    assert made.incidents["source_count"].tolist() == [1, 0]
    assert made.incidents["verification"].tolist() == ["corroborated"] * 2
    alone = fuse(
        report("b", "NASA FIRMS VIIRS N", kind="fire"),
        report("c", "NASA FIRMS MODIS T", kind="fire"),
    )
    assert alone.incidents["verification"].tolist() == ["reported"] * 2


def test_what_matches_a_verified_report_is_verified():
    made = fuse(report("a", "x"), report("b", "y", verification="verified"), report("c", "z", 5000))
    assert made.incidents["verification"].to_dict() == {"a": "verified", "c": "reported"}


def test_reports_match_across_the_antimeridian():
    rows = [("a", 179.999, -17.0, {"source": "x"}), ("b", -179.999, -17.0, {"source": "y"})]
    assert groups(*rows) == [("a", "b")]


# What closes roads


def plan(*rows, **tables):
    return co.plan_corridors(
        make_situation(incidents=rows),
        rules=co.Rules.from_tables({"incidents": {"radius_m": 400.0}, **tables}),
    )


def test_each_report_closes_about_its_own_place_and_the_ledger_names_the_incident_once():
    middle = (spot(4)[0] + spot(5)[0]) / 2
    rows = [
        ("a", middle, 33.02, {"source": "x"}),
        ("b", middle, 33.02 - 450 / DEGREE_NORTH_M, {"source": "y", "accuracy_m": 60.0}),
        FAR,
    ]
    made = plan(*rows)
    told = made.closures[made.closures["segment_id"] == "4-5"]
    assert told[["cause_id", "rule", "distance_m"]].to_numpy().tolist() == [
        ["a", "within_radius", pytest.approx(0.0, abs=0.5)]
    ]
    assert made.incidents["incident_status"].to_dict() == {"a": "active", "far": "active"}
    assert (
        made.summary["incidents_read"],
        made.summary["incidents_active"],
        made.summary["incidents_fused"],
    ) == (3, 2, 1)
    assert made.segments.at["4-5", "exposure"] == pytest.approx(0.75 * 0.5 ** (1 / 7), abs=1e-4), (
        "once, though two tell of it"
    )
    assert made.incidents.at["a", "effective_radius_m"] == 460.0


def test_a_rule_that_asks_for_corroboration_is_met_by_a_second_source_only():
    rule = {"incidents": {"radius_m": 400.0, "min_verification": "corroborated"}}
    strong = ("far", 35.5, 33.4, {"verification": "verified", "source": "z"})
    one, other = (("a", *spot(5), {"source": "x"}), ("b", *spot(5), {"source": "y"}))
    assert plan(one, strong, **rule).closures.empty
    assert plan(one, ("b", *spot(5), {"source": "x"}), strong, **rule).closures.empty
    assert set(plan(one, other, strong, **rule).closures["cause_id"]) == {"a"}
    # and nobody is asked to answer for a map without strikes, where two sources tell of one
    assert not plan(one, other, **rule).closures.empty


def test_the_files_and_the_map_name_the_sources_of_an_incident():
    made = plan(
        ("a", *spot(5), {"source": "UN monitor"}), ("b", *spot(5), {"source": "hotline"}), FAR
    )
    page = render_map(made)
    assert "2 that count as independent, 2 reports" in page
    assert "b: air strike, 2026-11-22 06:00 UTC, hotline" in page
    layers = co.build_release(made).layers
    assert layers["incidents"].loc["a", ["reports", "source_count"]].tolist() == [("a", "b"), 2]
    assert layers["reports"]["incident_id"].to_dict() == {"a": "a", "b": "a", "far": "far"}


PLACES = st.tuples(
    st.sampled_from([35.0, 35.004, 35.01, 35.02]), st.sampled_from([33.0, 33.003, 33.01, 33.02])
)
SAID = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["x", "y", "z", "", "NASA FIRMS N"]),
        "kind": st.sampled_from(["air_strike", "shelling", "fire", "other", "obstruction"]),
        "accuracy_m": st.sampled_from([0.0, 30.0, 500.0, 4000.0, 9000.0]),
        "verification": st.sampled_from(VERIFICATIONS),
        "hours": st.integers(0, 30),
        "lasts": st.sampled_from([0, 5, 24, 90]),
    }
)
DRAWN = st.lists(st.tuples(PLACES, SAID), min_size=1, max_size=9)
MIN = st.sampled_from(VERIFICATIONS[1:])


def draw(rows):
    """Reports r0, r1, ... from what hypothesis drew; those begin in the last days before the
    moment."""
    made = []
    for number, (place, said) in enumerate(rows):
        begun = pd.Timestamp(AS_OF) - pd.Timedelta(hours=said["hours"])
        told = {name: said[name] for name in ("source", "kind", "accuracy_m", "verification")}
        made.append(
            (
                f"r{number}",
                *place,
                {
                    **told,
                    "occurred_at": begun,
                    "occurred_until": begun + pd.Timedelta(hours=said["lasts"]),
                },
            )
        )
    return made


STRONG = ("far", 35.5, 33.4, {"verification": "verified", "source": "far away"})


@examples(25, 250)
@given(DRAWN)
def test_every_two_reports_of_an_incident_match_and_every_report_is_of_one(rows):
    told = make_incidents(*draw(rows))
    reports, incidents = fuse_reports(told, as_of=AS_OF, rules=co.Rules())
    check_table(REPORTS, reports)
    check_table(INCIDENTS, incidents)
    assert sorted(name for listed in incidents["reports"] for name in listed) == sorted(told.index)
    rule = EvidenceRules()
    for listed in incidents["reports"]:
        of = told.loc[list(listed)]
        assert of["occurred_at"].min() == incidents.at[listed[0], "occurred_at"]
        assert of["occurred_until"].max() == incidents.at[listed[0], "occurred_until"]
        for (_, one), (_, other) in combinations(of.iterrows(), 2):
            away = Geodesic.WGS84.Inverse(
                one.geometry.y, one.geometry.x, other.geometry.y, other.geometry.x
            )["s12"]
            assert away <= rule.within_m + max(one["accuracy_m"], other["accuracy_m"]) + 0.01
            between = max(one["occurred_at"], other["occurred_at"]) - min(
                one["occurred_until"], other["occurred_until"]
            )
            assert between <= pd.Timedelta(hours=rule.within_hours)
            assert one["source"] != other["source"]


@examples(8, 60)
@given(DRAWN, st.tuples(PLACES, SAID), MIN)
def test_one_more_report_never_opens_a_segment(rows, more, least):
    rule = {"incidents": {"radius_m": 400.0, "min_verification": least}}
    before, after = plan(*draw(rows), STRONG, **rule), plan(*draw([*rows, more]), STRONG, **rule)
    assert set(before.closures["segment_id"]) <= set(after.closures["segment_id"])


@examples(6, 40)
@given(DRAWN, st.integers(0, 8), st.floats(0.0, 5000.0))
def test_worse_precision_never_shrinks_what_is_closed_up_to_the_limit(rows, which, metres):
    place, said = rows[which % len(rows)]
    vaguer = {**said, "accuracy_m": max(said["accuracy_m"], metres)}
    worse = [
        (place, vaguer) if number == which % len(rows) else row for number, row in enumerate(rows)
    ]
    assert set(plan(*draw(rows), STRONG).closures["segment_id"]) <= set(
        plan(*draw(worse), STRONG).closures["segment_id"]
    )


@examples(20, 160)
@given(DRAWN, st.floats(0, 60), st.floats(0, 60))
def test_a_later_moment_never_revives_an_expired_report(rows, days, more):
    told, rules = make_incidents(*draw(rows)), co.Rules()
    incident_status = []
    for passed in (days, days + more):
        moment = pd.Timestamp(AS_OF) + pd.Timedelta(days=passed)
        incident_status.append(
            classify_incidents(
                fuse_reports(told, as_of=moment, rules=rules).reports, as_of=moment, rules=rules
            )
        )
    assert (incident_status[1][incident_status[0] == "expired"] == "expired").all()


def assert_same_but(made, other, *, counts=()):
    """Two plans are equal in all but what is said of their files and, where named, their counts."""
    releases = [
        plan if isinstance(plan, co.Release) else co.build_release(plan) for plan in (made, other)
    ]
    for name, table in releases[0].layers.items():
        assert_frame_equal(
            pd.DataFrame(table), pd.DataFrame(releases[1].layers[name]), check_exact=True
        )
    one, two = (describe_plan(release) for release in releases)
    for key in one.keys() - {"inputs", "plan_hash", "counts", "remarks", "remark_facts"}:
        assert render_json({key: one[key]}) == render_json({key: two[key]}), key
    assert {name: count for name, count in one["counts"].items() if name not in counts} == {
        name: count for name, count in two["counts"].items() if name not in counts
    }


# Versions


HEADER = "incident_id,kind,occurred_at,reported_at,lat,lon,accuracy_m,verification,source\n"
OLD = "A1,shelling,2026-11-22T03:00Z,2026-11-22T04:00Z,33.0,35.005,0,reported,x\n"
NEW = "A1,air_strike,2026-11-22T03:00Z,2026-11-22T09:00Z,33.0,35.015,0,verified,x\n"
ELSEWHERE = "F1,fire,2026-11-22T03:00Z,2026-11-22T04:00Z,33.3,35.3,0,reported,x\n"
MISSION = {"lon": 35.0, "lat": 33.0, "as_of": "2026-11-23T06:00:00Z"}


def write_reports(folder, files):
    return write_mission(
        folder, **MISSION, reports={name: HEADER + rows for name, rows in files.items()}
    )


def read_plan(folder, files, as_of=None):
    made = write_reports(folder, files)
    return co.plan_corridors(co.read_situation(made, as_of=as_of), rules=co.read_rules(made))


@pytest.mark.parametrize(
    "files",
    [{"a.csv": OLD + NEW + ELSEWHERE}, {"a.csv": NEW, "b.csv": ELSEWHERE + OLD}],
    ids=["one file", "two files"],
)
def test_a_later_version_replaces_an_earlier_one_from_when_it_was_reported(tmp_path, files):
    made = read_plan(tmp_path / "m", files)
    assert made.incidents[["kind", "verification"]].to_numpy().tolist() == [
        ["air_strike", "verified"],
        ["fire", "reported"],
    ]
    assert (
        made.summary["incidents_read"],
        made.summary["incidents_active"],
        made.summary["incidents_superseded"],
    ) == (3, 2, 1)
    parts = sum(
        count
        for name, count in made.summary.items()
        if name.startswith("incidents_") and name != "incidents_read"
    )
    assert parts == 3
    before = read_plan(tmp_path / "n", files, as_of="2026-11-22T08:59:59Z")
    assert before.incidents["kind"].to_dict() == {"A1": "shelling", "F1": "fire"}
    assert_same_layers_without_reports(
        before, read_plan(tmp_path / "o", {"a.csv": OLD + ELSEWHERE}, as_of="2026-11-22T08:59:59Z")
    )
    assert before.reports["superseded"].to_dict() == {
        "A1": False,
        "A1@2026-11-22T09:00:00+00:00": True,
        "F1": False,
    }


def assert_same_layers_without_reports(made, other):
    others = co.build_release(other).layers
    for name, table in co.build_release(made).layers.items():
        if name != "reports":
            assert_frame_equal(pd.DataFrame(table), pd.DataFrame(others[name]), check_exact=True)


def test_where_no_version_was_reported_yet_the_earliest_counts(tmp_path):
    made = read_plan(tmp_path / "m", {"a.csv": OLD + NEW + ELSEWHERE}, as_of="2026-11-22T03:30:00Z")
    assert made.incidents.at["A1", "kind"] == "shelling"


@pytest.mark.parametrize(
    "second",
    [
        NEW.replace("T09:00Z", "T04:00Z"),
        NEW.replace("2026-11-22T09:00Z", ""),
        NEW.replace("T09:00Z", ""),
    ],
    ids=["same time", "no time", "that day"],
)
@pytest.mark.parametrize("split", [False, True], ids=["one file", "two files"])
def test_versions_that_nothing_orders_are_refused(tmp_path, second, split):
    with pytest.raises(
        InputError, match="no reported_at shows which is the later version"
    ) as error:
        read_plan(
            tmp_path / "m", {"a.csv": OLD, "b.csv": second} if split else {"a.csv": OLD + second}
        )
    assert [problem.code for problem in error.value.problems] == ["duplicate-id"]


@pytest.mark.parametrize("split", [False, True], ids=["one file", "two files"])
def test_versions_of_two_days_are_in_order_and_so_are_a_day_and_an_hour_of_another(tmp_path, split):
    for name, (first, second) in {
        "days": ("2026-11-21", "2026-11-22"),
        "mixed": ("2026-11-20", "2026-11-22T04:00Z"),
    }.items():
        old, new = OLD.replace("2026-11-22T04:00Z", first), NEW.replace("2026-11-22T09:00Z", second)
        made = read_plan(
            tmp_path / name, {"a.csv": old, "b.csv": new} if split else {"a.csv": new + old}
        )
        assert made.incidents["kind"].to_dict() == {"A1": "air_strike"}


def test_a_later_version_that_retracts_withdraws_the_report(tmp_path):
    made = read_plan(
        tmp_path / "m", {"a.csv": OLD + NEW.replace("verified", "retracted") + ELSEWHERE}
    )
    assert made.incidents["incident_status"].to_dict() == {"A1": "retracted", "F1": "active"}
    assert made.closures.empty


def test_retracting_a_report_equals_never_having_had_it_but_for_its_own_row_and_counts():
    rows = [("a", *spot(5), {"source": "x"}), ("b", *spot(5), {"source": "y"}), FAR]
    with_it = plan(*rows, ("c", *spot(5), {"source": "z", "verification": "retracted"}))
    without = plan(*rows)
    others = co.build_release(without).layers
    for name, table in co.build_release(with_it).layers.items():
        other = others[name]
        if name in ("incidents", "reports"):
            table = table[table.index != "c"]  # noqa: PLW2901 - the same table, without its row
        assert_frame_equal(pd.DataFrame(table), pd.DataFrame(other), check_exact=True)
    one, two = with_it.summary, without.summary
    assert one.keys() == two.keys()
    changed = {name for name in one if one[name] != two[name]}
    assert changed == {"incidents_read", "incidents_retracted"}
    one, two = describe_plan(with_it), describe_plan(without)
    assert {key for key in one if one[key] != two[key]} == {"plan_hash", "counts"}


def test_a_hundred_orders_and_splits_of_the_same_reports_give_the_same_plan(tmp_path):
    shuffle = random.Random(7)
    lines = [OLD, NEW, ELSEWHERE, OLD]
    for number in range(24):
        source, kind = (
            shuffle.choice("xyz"),
            shuffle.choice(["shelling", "air_strike", "fire", "other"]),
        )
        where = f"{33 + shuffle.choice([0, 0.002, 0.004, 0.02])},{35 + shuffle.choice([0, 0.003, 0.006, 0.02])}"
        at = f"2026-11-22T{shuffle.randrange(24):02}:00Z"
        lines.append(
            f"R{number},{kind},{at},{at},{where},{shuffle.choice([0, 300, 2000])},reported,{source}\n"
        )
    read, made = [], []
    for number in range(100):
        shuffle.shuffle(lines)
        files = {f"{part}.csv": "" for part in range(shuffle.randint(1, 3))}
        for line in lines:
            files[shuffle.choice([*files])] += line
        folder = write_reports(
            tmp_path / str(number), {name: rows for name, rows in files.items() if rows}
        )
        read.append(co.read_situation(folder))
        assert_same_tables(read[-1], read[0])
        if number % 10 == 0:  # what is planned depends on the tables alone, and these are the same
            made.append(co.build_release(co.plan_corridors(read[-1], rules=co.read_rules(folder))))
            assert_same_but(made[-1], made[0])
    assert made[0].counts["incidents_fused"] > 0
    assert made[0].counts["incidents_duplicate"] == 1
    assert made[0].counts["incidents_superseded"] == 1


def assert_same_tables(read, first):
    """All that two missions know is equal, and so is how many rows of their files became what."""
    for field in dataclasses.fields(first):
        one, other = getattr(read, field.name), getattr(first, field.name)
        if isinstance(other, pd.DataFrame):
            assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_exact=True)
        elif field.name != "sources":
            assert one == other, field.name
    assert count_rows(read) == count_rows(first)


def count_rows(situation):
    """How many rows became what, by table."""
    return sum(
        (
            Counter({(source.role, word): rows for word, rows in source.rows.items()})
            for source in situation.sources
        ),
        Counter(),
    )


def test_replanning_with_new_reports_fuses_them_as_planning_does():
    rows = [("a", *spot(5), {"source": "x"}), FAR]
    before = plan(*rows)
    more = make_incidents(*rows, ("b", *spot(5), {"source": "y"}))
    again = co.replan(before, incidents=more)
    fresh = co.plan_corridors(
        dataclasses.replace(before.situation, incidents=more), rules=before.rules
    )
    assert again.plan_hash == fresh.plan_hash
    assert_same_but(again, fresh)
    assert again.incidents.at["a", "reports"] == ("a", "b")
