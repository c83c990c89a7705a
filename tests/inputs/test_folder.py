"""The mission folder is read whole or refused whole, with every problem of every file in one run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from mission_files import FILES, MISSION, found
from pandas.testing import assert_frame_equal

from corridors.checks import check_situation
from corridors.errors import AcknowledgementNeeded, InputError
from corridors.inputs.folder import check_folder, demo_folder, read_situation
from corridors.inputs.mission import read_rules
from corridors.messages import Message
from corridors.plan import plan_corridors
from corridors.remarks import remark_files
from corridors.rules import Rules


def test_a_whole_folder_is_read_without_a_problem(town):
    folder = town()
    situation = read_situation(folder)
    assert check_folder(folder) == []
    assert situation.title == "Town"
    assert situation.as_of == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert [
        len(table)
        for table in (situation.roads, situation.incidents, situation.sites, situation.zones)
    ] == [2, 1, 2, 0]
    assert [(source.role, source.name) for source in situation.sources] == [
        ("roads", "roads.geojson"),
        ("incidents", "strikes.csv"),
        ("sites", "sites.csv"),
    ]


def test_the_demonstration_may_be_planned_on():
    assert check_folder(demo_folder()) == []
    check_situation(read_situation(demo_folder()), read_rules(demo_folder()))


# Files together


def test_every_problem_of_every_file_comes_in_one_run(town):
    folder = town(
        MISSION.replace("sites.csv", "site.csv") + 'zones = "zones.geojson"\n[rules.incident]\n',
        strikes__csv="incident_id,kind,occurred_at,lat,lon\nI1,fire,,33,35\nI2,fire,2026-11-22T06:00Z,95,35\n",
        zones__geojson="{",
        roads__geojson="[]",
    )
    problems = check_folder(folder)
    assert {(problem.file, problem.row) for problem in problems} >= {
        ("mission.toml", None),
        ("strikes.csv", 2),
        ("strikes.csv", 3),
        ("site.csv", None),
        ("zones.geojson", None),
        ("roads.geojson", None),
    }
    assert all(problem.hint for problem in problems)
    with pytest.raises(InputError) as error:
        read_situation(folder)
    assert list(error.value.problems) == problems


def test_what_depends_on_a_file_that_cannot_be_read_is_not_judged(town):
    assert {
        code for code, _, _ in found(town(sites__csv="site_id,role,lat,lon\nS1,palace,33,35\n"))
    } == {"unknown-role"}
    assert {
        code
        for code, _, _ in found(
            town(strikes__csv="incident_id,kind,occurred_at,lat,lon\nI1,fire,,33,35\n")
        )
    } == {"missing-time"}


def test_exchanged_coordinates_are_found_even_among_other_problems(town):
    folder = town(
        strikes__csv="incident_id,kind,occurred_at,lat,lon\nI1,fire,2026-11-22T06:00Z,35.1,33.1\n",
        sites__csv="site_id,role,lat,lon\nS1,depot,x,35\n",
    )
    assert {("latlon-exchanged", "strikes.csv"), ("bad-latitude", "sites.csv")} <= {
        (code, file) for code, file, _ in found(folder)
    }


def test_a_mission_without_depot_or_destination_is_reported(town):
    assert {code for code, _, _ in found(town(sites__csv="site_id,role,lat,lon\n"))} == {
        "no-depot",
        "no-destination",
    }


def test_a_doubt_is_reported_until_someone_answers_for_it(town):
    empty = "incident_id,kind,occurred_at,lat,lon\n"
    folder = town(strikes__csv=empty)
    assert found(folder) == [("no-active-incident", "strikes.csv", "")]
    with pytest.raises(AcknowledgementNeeded):
        check_situation(read_situation(folder), Rules())
    answered = (
        '[[acknowledge]]\ncode = "no-active-incident"\nreason = "ceasefire"\nby = "duty officer"\n'
    )
    assert found(town(MISSION + answered, strikes__csv=empty)) == []


def test_stale_incidents_are_reported(town):
    assert [code for code, _, _ in found(town("max_age_hours = 23" + MISSION))] == ["stale-input"]
    assert found(town("max_age_hours = 24" + MISSION)) == []


def test_heat_seen_today_does_not_make_up_for_reports_that_are_old(town):
    hours = "max_age_hours = 20" + MISSION
    heat = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n"
    heat += "33.1,35.1,330.0,0.4,0.4,2026-11-23,0500,N20,VIIRS,n,2.0NRT,290.0,5.0,N\n"
    both = hours.replace('"strikes.csv"', '["strikes.csv", "heat.csv"]')
    assert "stale-input" in [code for code, _, _ in found(town(both, heat__csv=heat))]
    assert "stale-input" not in [
        code for code, _, _ in found(town(hours.replace("strikes.csv", "heat.csv"), heat__csv=heat))
    ]


@pytest.mark.parametrize(
    "hotspots", ["", "33.1,35.1,330.0,0.4,0.4,2026-11-23,0500,N20,VIIRS,low,2.0NRT,290.0,5.0,N\n"]
)
def test_a_fresh_file_without_a_hotspot_that_counts_does_not_make_up_for_reports_that_are_old(
    town, hotspots
):
    heat = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n"
    declared = '["strikes.csv", { path = "heat.csv", declared_at = 2026-11-23T05:00:00Z }]'
    mission = "max_age_hours = 20" + MISSION.replace('"strikes.csv"', declared)
    assert [code for code, _, _ in found(town(mission, heat__csv=heat + hotspots))] == [
        "stale-input"
    ]


def test_an_old_feed_next_to_a_new_one_is_remarked_and_so_is_one_without_dates(town):
    head = "incident_id,kind,occurred_at,lat,lon\n"
    three = MISSION.replace('"strikes.csv"', '["strikes.csv", "new.csv", "empty.csv"]')
    files = {"new__csv": head + "I2,fire,2026-11-23T01:00Z,33.1,35.2\n", "empty__csv": head}
    folder = town("max_age_hours = 23" + three, **files)
    assert found(folder) == []
    assert remark_ages(folder) == [
        Message("remark.old_feed", file="strikes.csv", newest="2026-11-22T06:00:00+00:00"),
        Message("remark.undated_feed", file="empty.csv"),
    ]
    assert set(remark_ages(folder)) < set(plan_corridors(read_situation(folder)).remarks)
    assert remark_ages(town("max_age_hours = 24" + MISSION)) == []
    assert remark_ages(town(three, **files)) == []  # no age is too old


def remark_ages(folder):
    remarks = remark_files(read_situation(folder))
    return [remark for remark in remarks if remark.code != "remark.file_note"]


def test_rows_are_excluded_only_where_the_mission_acknowledges_it(town):
    strikes = FILES["strikes.csv"] + "I2,fire,,33.1,35.1\n"
    assert found(town(strikes__csv=strikes)) == [("missing-time", "strikes.csv", "occurred_at")]
    answered = '[[acknowledge]]\ncode = "quarantined-incidents"\nreason = "asked the sender"\nby = "duty officer"\n'
    situation = read_situation(town(MISSION + answered, strikes__csv=strikes))
    assert dict(situation.sources[1].rows) == {
        "read": 2,
        "kept": 1,
        "duplicate": 0,
        "quarantined": 1,
    }
    assert found(town(MISSION + answered, strikes__csv=strikes)) == []


TWO = MISSION.replace('"strikes.csv"', '["strikes.csv", "more.csv"]')


def test_a_row_of_two_files_counts_once_and_every_row_is_accounted_for(town):
    more = FILES["strikes.csv"] + "I2,fire,2026-11-22T07:00Z,33.2,35.1\n"
    situation = read_situation(town(TWO, more__csv=more))
    assert situation.incidents.index.tolist() == ["I1", "I2"]
    assert [dict(source.rows) for source in situation.sources if source.role == "incidents"] == [
        {"read": 1, "kept": 1, "duplicate": 0, "quarantined": 0},
        {"read": 2, "kept": 1, "duplicate": 1, "quarantined": 0},
    ]


def test_the_order_of_files_does_not_matter(town):
    more = "incident_id,kind,occurred_at,lat,lon,reported_at\nI0,fire,2026-11-22T07:00Z,33.2,35.1,2026-11-22T08:00Z\n"
    first = read_situation(town(TWO, more__csv=more)).incidents
    second = read_situation(
        town(
            TWO.replace('["strikes.csv", "more.csv"]', '["more.csv", "strikes.csv"]'),
            more__csv=more,
        )
    ).incidents
    assert_frame_equal(first, second)


def test_one_id_for_two_things_in_two_files_is_refused_naming_both(town):
    problems = check_folder(town(TWO, more__csv=FILES["strikes.csv"].replace("fire", "shelling")))
    assert [(problem.code, problem.file, problem.value) for problem in problems] == [
        ("duplicate-id", "more.csv", "I1")
    ]
    assert problems[0].message.values["other"] == "strikes.csv"


def test_a_file_of_depots_joins_the_sites(town):
    depots = "site_id,name,lat,lon\nD1,Store,33.0,35.0\n"
    situation = read_situation(town(MISSION + 'depots = "depots.csv"\n', depots__csv=depots))
    assert situation.sites["role"].to_dict() == {"D1": "depot", "S1": "depot", "S2": "destination"}
    assert found(
        town(MISSION + 'depots = "depots.csv"\n', depots__csv=depots.replace("D1", "S2"))
    ) == [("duplicate-id", "depots.csv", "site_id")]


def test_a_site_and_a_zone_may_not_share_an_id(town):
    zones = 'zone_id,kind,wkt\nS2,safe_zone,"POLYGON ((35 33, 35.1 33, 35.1 33.1, 35 33))"\n'
    assert found(town(MISSION + 'zones = "zones.csv"\n', zones__csv=zones)) == [
        ("duplicate-id", "sites.csv", "site_id")
    ]


def test_the_time_zone_of_the_mission_reaches_its_files(town):
    strikes = "incident_id,kind,occurred_at,lat,lon\nI1,fire,2026-11-22T06:00,33.1,35.1\n"
    assert found(town(strikes__csv=strikes)) == [("naive-time", "strikes.csv", "occurred_at")]
    situation = read_situation(town('timezone = "Asia/Beirut"' + MISSION, strikes__csv=strikes))
    assert situation.incidents.loc["I1", "occurred_at"] == datetime(2026, 11, 22, 4, tzinfo=UTC)


def test_messages_name_files_but_never_folders(town):
    folder = town(
        MISSION.replace("strikes.csv", "strike.csv"), sites__csv="x\n1\n", roads__geojson="{"
    )
    assert str(folder) not in "".join(map(str, check_folder(folder)))
