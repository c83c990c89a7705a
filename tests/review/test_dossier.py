"""The dossier of an incident: what was known, by whom, and what it did, checked by hand on the
town; nothing from a file is run."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from geographiclib.geodesic import Geodesic
from incident_dossier import (
    CALL,
    SITES,
    STRUCK,
    WIRE,
    dossier_of,
    drive,
    everything,
    list_remarks,
    make_plan,
)
from town import FAR, GRID, make_situation, spot
from town_mission import MISSION, write_town

import corridors as co
from corridors.errors import UsageError
from corridors.outputs.documents.dossier import render_dossier
from corridors.review.dossier import ALONE, AMONG_OTHERS
from corridors.situation import Source

# What was known


def test_the_reports_are_in_the_order_in_which_they_were_made_with_who_made_them():
    dossier = dossier_of("B-7")
    assert dossier.reports.index.tolist() == ["A-1", "B-7"]
    assert dossier.reports["source"].tolist() == ["hotline: driver", "Agency: wire"]
    assert dossier.reports["publisher"].tolist() == ["hotline", "agency"]
    assert dossier.reports["stated"].tolist() == ["reported", "verified"]
    assert dossier.reports["verification"].tolist() == [
        "verified",
        "verified",
    ]  # a verified report lends its certainty to one that matches it
    assert dossier.reports["effective_radius_m"].tolist() == [1200.0, 1000.0]
    assert dossier.incident[
        ["kind", "source_count", "incident_status", "effective_radius_m"]
    ].tolist() == ["air_strike", 2, "active", 1200.0]
    assert str(dossier.incident["occurred_at"]) == "2026-11-22 05:30:00+00:00"


def test_a_report_may_be_asked_for_and_gives_its_incident():
    of_incident = dossier_of(dossier_of("A-1").incident_id)
    other = next(name for name in ("A-1", "B-7") if name != of_incident.incident_id)
    dossier = dossier_of(other)
    assert dossier.incident_id == of_incident.incident_id
    assert any(
        remark.startswith(f"{other} is a report of this incident")
        for remark in list_remarks(dossier)
    )


def test_a_report_dated_after_the_moment_does_not_appear_anywhere():
    later = WIRE | {
        "reported_at": "2026-11-23T09:00Z",
        "source": "Latecomer: wire",
        "structure": "aqueduct",
    }
    plan = make_plan(("A-1", *spot(2), CALL), ("LATE-7", *spot(2), later), FAR)
    dossier = co.build_dossier(plan, "A-1")
    assert dossier.reports.index.tolist() == ["A-1"]
    told = everything(dossier, plan)
    assert not re.search("LATE-7|Latecomer|aqueduct|09:00", told)
    assert any(
        "dated after the plan’s reference time" in remark for remark in list_remarks(dossier)
    )
    assert dossier.incident["source_count"] == 1


def test_a_report_dated_after_the_moment_lends_neither_its_kind_nor_its_certainty_to_those_known_by_then():
    heard = ("A-1", *spot(2), CALL | {"kind": "other"})
    plan = make_plan(heard, ("LATE-7", *spot(2), WIRE | {"reported_at": "2026-11-23T09:00Z"}), FAR)
    dossier = co.build_dossier(plan, "A-1")
    assert dossier.incident[["kind", "verification", "source_count"]].tolist() == [
        "other",
        "reported",
        1,
    ]
    assert dossier.reports["verification"].tolist() == ["reported"]
    assert not re.search("air strike|air_strike|verified|corroborated", everything(dossier, plan))


def test_a_later_version_dated_after_the_moment_is_counted_and_said_not_to_be_heeded():
    later = CALL | {"reported_at": "2026-11-23T09:00Z", "verification": "retracted"}
    first = CALL | {"version_of": "A-1"}
    plan = make_plan(
        ("A-1", *spot(2), later), ("A-1@2026-11-22T07:00:00+00:00", *spot(2), first), FAR
    )
    dossier = co.build_dossier(plan, "A-1")
    assert len(dossier.closures) == 3  # it closes its roads until it is withdrawn
    said = [remark for remark in list_remarks(dossier) if "reference time" in remark]
    assert said == [
        "Later versions of its reports dated after the plan’s reference time, and left out: 1. The plan does not use them."
    ]


def test_an_incident_of_which_nothing_was_reported_yet_is_not_known():
    plan = make_plan(("LATE-7", *spot(2), CALL | {"reported_at": "2026-11-23T09:00Z"}), FAR)
    with pytest.raises(
        UsageError,
        match=r"nothing of the id LATE-7 was reported by 2026-11-23 06:00 UTC; did you mean far\?",
    ):
        co.build_dossier(plan, "LATE-7")


def test_an_id_that_is_not_known_names_the_nearest():
    with pytest.raises(
        UsageError, match=r"nothing of the id A-2 was reported by .*; did you mean A-1, "
    ):
        dossier_of("A-2")


def test_an_older_version_is_listed_as_superseded_and_closes_nothing():
    first = CALL | {"version_of": "A-1", "reported_at": "2026-11-22T06:30Z"}
    dossier = dossier_of(
        "A-1", ("A-1", *spot(2), CALL), ("A-1@2026-11-22T06:30:00+00:00", *spot(5), first), FAR
    )
    assert dossier.reports["incident_status"].tolist() == ["superseded", "active"]
    assert {name for ids in dossier.closures["reports"] for name in ids} == {"A-1"}


def test_a_report_that_was_withdrawn_closes_nothing_and_changes_nothing():
    dossier = dossier_of("A-1", ("A-1", *spot(2), CALL | {"verification": "retracted"}), FAR)
    assert dossier.incident["incident_status"] == "retracted"
    assert dossier.closures.empty
    assert (dossier.destinations["cut_off_by"] == "").all()
    assert (
        dossier.destinations["duration_min"].tolist()
        == dossier.destinations["without_duration_min"].tolist()
    )


def test_each_report_names_its_file_and_row(tmp_path):
    folder = write_town(tmp_path / "town")
    dossier = co.build_dossier(co.plan_corridors(co.read_situation(folder)), "I-1")
    assert dossier.reports[["file", "row"]].iloc[0].tolist() == ["strikes.csv", 2]
    assert dossier.inputs["name"].tolist() == [
        "roads.geojson",
        "zones.geojson",
        "strikes.csv",
        "sites.csv",
    ]
    assert dossier.inputs["sha256"].str.fullmatch("[0-9a-f]{64}").all()


@pytest.mark.parametrize("files", [("strikes.csv", "more.csv"), ("more.csv", "strikes.csv")])
def test_each_version_of_a_report_names_its_file_and_row_whichever_file_holds_the_later_one(
    tmp_path, files
):
    head = "incident_id,kind,occurred_at,reported_at,lat,lon,source\n"
    early = "A-1,air_strike,2026-11-22T03:00Z,2026-11-22T04:00Z,33.0,35.02,Agency: first\n"
    other = "X-1,fire,2026-11-22T03:00Z,2026-11-22T04:00Z,33.3,35.3,Agency: first\n"
    later = "A-1,air_strike,2026-11-22T03:00Z,2026-11-22T08:00Z,33.0,35.021,Agency: second\n"
    # after the moment
    latest = "A-1,air_strike,2026-11-22T03:00Z,2026-11-23T08:00Z,33.0,35.021,Agency: third\n"
    named = ", ".join(f'"{name}"' for name in files)
    folder = write_town(
        tmp_path / "town",
        mission=MISSION.replace('"strikes.csv"', f"[{named}]"),
        strikes=head + other + early + later,
    )
    (folder / "more.csv").write_text(head + latest + later)
    dossier = co.build_dossier(co.plan_corridors(co.read_situation(folder)), "A-1")
    first = (
        "strikes.csv" if files[0] == "strikes.csv" else "more.csv"
    )  # of a row in both files the first is told
    assert dossier.reports[["source", "file", "row"]].to_numpy().tolist() == [
        ["Agency: first", "strikes.csv", 3],
        ["Agency: second", first, 4 if first == "strikes.csv" else 3],
    ]


def test_a_row_that_is_also_in_a_file_that_may_not_be_passed_on_may_not_be_passed_on():
    sources = (
        Source("incidents", "copy.csv", "csv", numbers={"A-1": 2}),
        Source("incidents", "acled.csv", "csv (acled)", numbers={"A-1": 5}, redistributable=False),
    )
    dossier = co.build_dossier(
        co.plan_corridors(replace(make_situation(incidents=STRUCK, sites=SITES), sources=sources)),
        "A-1",
    )
    assert dossier.reports["redistributable"].tolist() == [False, True]
    assert any(
        "do not allow passing their rows on: hotline: driver" in remark
        for remark in list_remarks(dossier)
    )


def test_rows_that_may_not_be_passed_on_are_said_to_be_so():
    source = Source(
        "incidents", "acled.csv", "csv (acled)", numbers={"A-1": 5}, redistributable=False
    )
    plan = co.plan_corridors(
        replace(make_situation(incidents=STRUCK, sites=SITES), sources=(source,))
    )
    dossier = co.build_dossier(plan, "A-1")
    assert any(
        "do not allow passing their rows on: hotline: driver" in remark
        for remark in list_remarks(dossier)
    )
    assert dossier.reports["redistributable"].tolist() == [False, True]


# What it did


def test_it_lists_the_segments_it_closes_with_distance_rule_and_report():
    dossier = dossier_of("A-1")
    assert sorted(dossier.closures.index) == [
        "1-2",
        "2-3",
        "2-5",
    ]  # all end at the node that was struck
    assert dossier.closures["distance_m"].tolist() == [0.0, 0.0, 0.0]
    assert set(dossier.closures["rule"]) == {"within_radius"}
    assert all(sorted(ids) == ["A-1", "B-7"] for ids in dossier.closures["reports"])


def test_it_lists_the_bridge_that_was_struck_and_what_passes_under_it_however_small_the_radius():
    # The bridge 4-6 crosses 2-8 at the place of node 5 and is struck 22 m beside it, 75 m from its
    # end; the radius of the kind is 10 m.
    pairs, strike = [(4, 6), (2, 8), (1, 2)], ("A-1", 35.0008, 33.0202, {"kind": "obstruction"})
    situation = make_situation(
        pairs,
        (strike, FAR),
        sites=SITES | {"mill": ("destination", *spot(8))},
        bridge={"4-6": True},
        layer={"4-6": 1, "2-8": 0, "1-2": 0},
    )
    sites = situation.sites.drop("clinic")
    rules = co.Rules.from_tables({"incidents": {"by_kind": {"obstruction": {"radius_m": 10.0}}}})
    plan = co.plan_corridors(replace(situation, sites=sites), rules=rules)
    closures = co.build_dossier(plan, "A-1").closures
    assert closures["rule"].to_dict() == {"4-6": "bridge_deck", "2-8": "under_bridge"}
    assert closures["distance_m"]["4-6"] == pytest.approx(
        Geodesic.WGS84.Inverse(33.0202, 35.0008, 33.02, 35.0008)["s12"], abs=0.01
    )
    assert closures["reports"]["4-6"] == ("A-1",)


def test_a_segment_is_closed_until_the_last_of_the_reports_that_close_it_whichever_rules_they_close_it_by():
    # The fire is on the bridge 1-2 and expires after 5 days; the shelling lies 440 m beside it and
    # expires after 30.
    fire = {"kind": "fire", "source": "hotline: driver", "occurred_at": "2026-11-20T01:00Z"}
    shelling = {"kind": "shelling", "source": "Agency: wire", "occurred_at": "2026-11-20T03:00Z"}
    situation = make_situation(
        GRID,
        (("A-1", 35.01, 33.0, fire), ("B-1", 35.01, 33.004, shelling), FAR),
        sites=SITES,
        bridge={"1-2": True},
    )
    rules = co.Rules.from_tables(
        {
            "incidents": {
                "by_kind": {"fire": {"look_back_days": 5.0}, "shelling": {"look_back_days": 30.0}}
            }
        }
    )
    closures = co.build_dossier(co.plan_corridors(situation, rules=rules), "A-1").closures
    assert closures.loc["1-2", ["rule", "reports"]].tolist() == ["bridge_deck", ("A-1", "B-1")]
    assert str(closures.at["1-2", "active_from"]) == "2026-11-20 01:00:00+00:00"
    assert str(closures.at["1-2", "active_until"]) == "2026-12-20 03:00:00+00:00"


def test_a_destination_on_a_longer_route_is_compared_with_its_route_without_the_reports():
    row = dossier_of("A-1").destinations.loc["clinic"]
    assert row["duration_min"] == pytest.approx(drive(1, 4, 5, 6, 3), rel=1e-6)
    assert row["without_duration_min"] == pytest.approx(drive(1, 2, 3), rel=1e-6)
    assert row["cut_off_by"] == ""


def test_whom_the_incident_alone_cuts_off_is_separate_from_whom_others_cut_off_too():
    pairs = [(1, 2), (2, 3)]
    sites = {"depot": SITES["depot"], "clinic": SITES["clinic"]}
    alone = co.build_dossier(
        co.plan_corridors(make_situation(pairs, incidents=STRUCK, sites=sites)), "A-1"
    )
    assert alone.destinations["cut_off_by"].to_dict() == {"clinic": ALONE}
    assert alone.destinations["without_duration_min"].item() == pytest.approx(
        drive(1, 2, 3), rel=1e-6
    )
    other = (
        "C-1",
        35.005,
        33.0,
        {"kind": "shelling", "occurred_at": "2026-11-15T06:00Z", "source": "third"},
    )
    both = co.build_dossier(
        co.plan_corridors(make_situation(pairs, incidents=(*STRUCK, other), sites=sites)), "A-1"
    )
    assert both.destinations["cut_off_by"].to_dict() == {"clinic": AMONG_OTHERS}


def test_a_destination_cut_off_for_other_causes_is_not_said_to_be_reached():
    # The mill lies on an island of its own: no incident has to do with it.
    plan = make_plan(("A-1", *spot(2), CALL), FAR, pairs=[(1, 4), (4, 5), (5, 6), (6, 3), (8, 9)])
    assert plan.cut_off.index.tolist() == ["mill"]
    dossier = co.build_dossier(plan, "A-1")
    text = " ".join(render_dossier(dossier).split())
    assert (
        "2 of 2 destinations are reached as they would be without these reports, or are cut off for"
        " other causes." in text
    )


def test_the_only_incident_of_a_plan_can_be_taken_away_for_the_comparison():
    dossier = dossier_of("A-1", ("A-1", *spot(2), CALL))
    assert dossier.destinations.loc["clinic", "without_duration_min"] == pytest.approx(
        drive(1, 2, 3), rel=1e-6
    )


def test_corridors_that_it_exposes_are_listed_with_its_share():
    strike = (
        "A-1",
        35.02,
        33.0,
        CALL,
    )  # 2.2 km from node 5: exposes within 3.6 km and closes within 1.2 km
    dossier = dossier_of("A-1", strike, FAR)
    primary = dossier.corridors.loc[dossier.corridors["destination_id"] == "clinic"].iloc[0]
    assert primary["exposure_share"] == pytest.approx(1.0)
    assert primary["exposed_min"] == pytest.approx(
        primary["duration_min"]
    )  # every street of the detour comes within 3.6 km
    assert 1200 < primary["nearest_m"] < 2300


def test_the_share_of_an_incident_is_of_all_exposure_that_of_reports_too_vague_to_close_a_road_too():
    strike = ("A-1", 35.02, 33.0, CALL)
    vague = (
        "V-1",
        *spot(5),
        {
            "accuracy_m": 8000.0,
            "verification": "verified",
            "source": "office: daily",
            "occurred_at": "2026-11-23T06:00Z",
        },
    )
    row = dossier_of("A-1", strike, vague).corridors.loc["depot:clinic:1"]
    spread = (
        1000 / 9000
    ) ** 2  # of the vague report, to each street of the town: radius over effective radius, squared
    assert row["exposure_share"] == pytest.approx(
        row["exposure"] / (row["exposure"] + spread), rel=1e-6
    )


def test_sites_are_listed_by_their_geodesic_distance_and_what_lies_within_the_radius_is_said():
    dossier = dossier_of("A-1", ("A-1", 35.035, 33.0, CALL), FAR)
    near = Geodesic.WGS84.Inverse(33.0, 35.035, 33.0, 35.04)["s12"]
    far = Geodesic.WGS84.Inverse(33.0, 35.035, 33.0, 35.0)["s12"]
    assert dossier.sites["distance_m"][["clinic", "depot"]].tolist() == pytest.approx(
        [near, far], abs=0.01
    )
    assert dossier.sites["within_radius"][["clinic", "depot"]].tolist() == [True, False]
    assert dossier.sites["distance_m"].is_monotonic_increasing


def test_what_rests_on_one_source_is_named_and_what_two_sources_report_is_not():
    facts = dossier_of("A-1").single_source.set_index("fact")
    assert "happened" not in facts.index
    assert facts.loc["structure", ["value", "sources"]].tolist() == ["bridge", ("Agency: wire",)]
    assert facts.loc["verified", "reports"] == ("B-7",)
    assert facts.loc["accuracy", ["value", "sources"]].tolist() == [200.0, ("hotline: driver",)]
    assert facts.loc["time", "sources"] == ("Agency: wire",)
    assert "closures" not in facts.index
    alone = dossier_of("A-1", ("A-1", *spot(2), CALL), FAR)
    facts = alone.single_source.set_index("fact")
    assert facts.loc["happened", "sources"] == ("hotline: driver",)
    assert facts.loc["closures", "value"] == 3
    text = " ".join(render_dossier(alone).split())
    assert "that roads are closed: 3 of 3 segments" in text


def test_the_plan_is_not_changed_and_the_order_of_rows_does_not_matter():
    plan = make_plan()
    before = plan.reports.copy()
    text = everything(co.build_dossier(plan, "A-1"), plan)
    pd.testing.assert_frame_equal(plan.reports, before)
    turned = make_plan(*STRUCK[::-1])
    assert everything(co.build_dossier(turned, "A-1"), turned) == text
