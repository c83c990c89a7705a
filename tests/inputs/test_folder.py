"""The mission folder is read whole or refused whole, with every problem of every file in one run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from corridors.checks import DOUBTS, check_situation
from corridors.errors import AcknowledgementNeeded, InputError
from corridors.inputs.folder import check_folder, demo_folder, read_situation
from corridors.inputs.mission import read_mission, read_rules
from corridors.messages import Message
from corridors.plan import plan_corridors
from corridors.remarks import remark_files
from corridors.rules import IncidentRules, RoadReportRules, Rules, ZoneRules
from corridors.situation import Acknowledgement

MISSION = """
title = "Town"
as_of = 2026-11-23T06:00:00Z
[inputs]
roads = "roads.geojson"
incidents = "strikes.csv"
sites = "sites.csv"
"""
FILES = {
    "roads.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"segment_id": "r", "road_class": "primary"},
                    "geometry": {
                        "type": "LineString",
                        "coordinates": [[35.0, 33.0], [35.005, 33.0], [35.005, 33.005]],
                    },
                }
            ],
        }
    ),
    "strikes.csv": "incident_id,kind,occurred_at,lat,lon\nI1,fire,2026-11-22T06:00Z,33.1,35.1\n",
    "sites.csv": "site_id,role,name,lat,lon\nS1,depot,Depot,33.0,35.0\nS2,destination,Clinic,33.005,35.005\n",
}


@pytest.fixture
def town(tmp_path):
    """A folder that may be planned on; call it with files to change or add."""

    def make(mission=MISSION, **files):
        for name, text in {
            **FILES,
            "mission.toml": mission,
            **{name.replace("__", "."): text for name, text in files.items()},
        }.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return make


def found(folder, **options):
    return [
        (problem.code, problem.file, problem.field) for problem in check_folder(folder, **options)
    ]


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


# The moment


def test_the_moment_given_replaces_the_one_of_the_mission(town):
    folder = town()
    for moment in ("2026-11-24T02:00+02:00", datetime(2026, 11, 24, tzinfo=UTC)):
        assert read_situation(folder, as_of=moment).as_of == datetime(2026, 11, 24, tzinfo=UTC)


NAIVE = datetime(2026, 11, 24)  # noqa: DTZ001 - on purpose


@pytest.mark.parametrize(
    "moment", ["2026-11-24T02:00", "2026-11-24", "now", "05/06/2026", "", NAIVE, 5]
)
def test_a_moment_that_is_no_instant_is_refused(town, moment):
    folder = town()
    with pytest.raises(InputError) as error:
        read_situation(folder, as_of=moment)
    assert [problem.field for problem in error.value.problems] == ["as_of"]


@pytest.mark.parametrize(
    "moment", ["2026-11-23T06:00:00", "2026-11-23", '"2026-11-23T06:00"', "06:00:00", "5", '"soon"']
)
def test_a_mission_must_have_an_instant(town, moment):
    assert [
        (file, field)
        for _, file, field in found(town(MISSION.replace("2026-11-23T06:00:00Z", moment)))
    ] == [("mission.toml", "as_of")]


def test_the_moment_may_come_from_the_mission_or_the_caller_but_must_come(town):
    folder = town(MISSION.replace("as_of", "# as_of"))
    assert found(folder) == [("missing-as-of", "mission.toml", "as_of")]
    assert found(folder, as_of="2026-11-23T06:00:00Z") == []
    assert read_mission(folder).as_of is None


def test_a_moment_in_quotes_is_read_too(town):
    assert read_mission(
        town(MISSION.replace("2026-11-23T06:00:00Z", '"2026-11-23T08:00:00+02:00"'))
    ).as_of == datetime(2026, 11, 23, 6, tzinfo=UTC)


# The mission file


def test_a_mission_is_what_its_file_says(town):
    folder = town(
        'timezone = "Asia/Beirut"\nmax_age_hours = 48\n'
        + MISSION.replace(
            '"strikes.csv"',
            '["strikes.csv", { path = "more.csv", format = "plain", declared_at = 2026-11-23T00:00:00Z }]',
        ).replace('"roads.geojson"', '{ path = "roads.geojson", attribution = "© somebody" }')
        + '[[acknowledge]]\ncode = "no-active-incident"\nreason = "ceasefire"\nby = "duty officer"\n[rules.incidents]\nradius_m = 700\n'
    )
    mission = read_mission(folder)
    assert (mission.timezone, mission.max_age_hours) == ("Asia/Beirut", 48.0)
    assert mission.acknowledgements == (
        Acknowledgement("no-active-incident", "ceasefire", "duty officer"),
    )
    assert mission.inputs["roads"][0].attribution == "© somebody"
    assert [file.path.name for file in mission.inputs["incidents"]] == ["strikes.csv", "more.csv"]
    assert mission.inputs["incidents"][1].declared_at == datetime(2026, 11, 23, tzinfo=UTC)
    assert read_rules(folder).incidents.radius_m == 700.0
    assert read_rules(town()) == Rules()


@pytest.mark.parametrize(
    ("line", "code", "field", "hint"),
    [
        ("titel = 1", "unknown-key", "titel", "the nearest is title"),
        ("[input]\nroads = 1", "unknown-key", "input", "the nearest is inputs"),
        ("[rules.incidents]\nradius = 1", "unknown-key", "rules.incidents.radius", "radius_m"),
        ("[rules.vehicle]\nheight_m = -1", "bad-rule", "rules.vehicle.height_m", ""),
        (
            f"[rules.vehicle]\nheight_m = 1{'0' * 400}",
            "bad-rule",
            "rules.vehicle.height_m",
            "a smaller number",
        ),
        (
            f"[rules.routing]\nalternates = 1{'0' * 400}",
            "bad-rule",
            "rules.routing.alternates",
            "from 0 to 100",
        ),
        (
            "[[acknowledge]]\ncode = 'no-active-incident'\nby = 'me'",
            "bad-value",
            "acknowledge[0].reason",
            "",
        ),
        (
            "[[acknowledge]]\ncode = 'no-active'\nreason = 'a'\nby = 'me'",
            "unknown-code",
            "acknowledge[0].code",
            "no-active-incident",
        ),
        (
            "[[acknowledge]]\ncode = 'no-active-incident'\nreason = ' '\nby = 'me'",
            "bad-value",
            "acknowledge[0].reason",
            "",
        ),
        (
            "[[acknowledge]]\ncode = 'no-active-incident'\nreason = 'a'\nby = 'me'\nwho = 'x'",
            "unknown-key",
            "acknowledge[0].who",
            "",
        ),
        (
            "[acknowledge]\ncode = 'no-active-incident'",
            "bad-value",
            "acknowledge",
            "[[acknowledge]]",
        ),
        ("rules = 3", "bad-value", "rules", ""),
    ],
)
def test_what_a_mission_may_not_say_is_refused_with_a_hint(town, line, code, field, hint):
    folder = town(line + "\n" + MISSION if line.startswith(("titel", "rules")) else MISSION + line)
    problem = check_folder(folder)[0]
    assert (problem.code, problem.file, problem.field) == (code, "mission.toml", field)
    assert hint in str(problem)
    with pytest.raises(InputError):
        read_mission(folder)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-05:00"])
def test_a_moment_before_or_after_all_time_is_refused(town, moment):
    assert found(town(MISSION.replace("2026-11-23T06:00:00Z", moment))) == [
        ("bad-time", "mission.toml", "as_of")
    ]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (
            {"incidents": IncidentRules(by_kind={"shellings": {"radius_m": 5000.0}})},
            "rules.incidents.by_kind.shellings",
        ),
        (
            {"incidents": IncidentRules(by_kind={"shelling": {"exposure_reach_ratio": 5.0}})},
            "rules.incidents.by_kind.shelling.exposure_reach_ratio",
        ),
        (
            {"incidents": IncidentRules(by_kind={"shelling": {"radius_m": "5000"}})},
            "rules.incidents.by_kind.shelling.radius_m",
        ),
        ({"incidents": IncidentRules(radius_m=True)}, "rules.incidents.radius_m"),
        ({"incidents": IncidentRules(radius_m=None)}, "rules.incidents.radius_m"),
        ({"road_reports": RoadReportRules(use_unknown="no")}, "rules.road_reports.use_unknown"),
        ({"zones": ZoneRules(close=None)}, "rules.zones.close"),
    ],
)
def test_rules_made_in_python_may_say_no_more_than_those_of_a_mission_file(part, field):
    with pytest.raises(InputError) as error:
        Rules(**part)
    assert [problem.field for problem in error.value.problems] == [field]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("title = 5", "title"),
        ('timezone = "Asia/Beyrouth"', "timezone"),
        ("timezone = 2", "timezone"),
        ("max_age_hours = 0", "max_age_hours"),
        ("max_age_hours = nan", "max_age_hours"),
        ("max_age_hours = true", "max_age_hours"),
        ('max_age_hours = "48"', "max_age_hours"),
    ],
)
def test_values_of_the_wrong_kind_are_refused(town, line, field):
    folder = town(
        line + MISSION.replace('title = "Town"', "" if field == "title" else 'title = "Town"')
    )
    assert found(folder) == [
        ("unknown-timezone" if "Bey" in line else "bad-value", "mission.toml", field)
    ]


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        ("", "missing-key", "inputs.roads"),
        ('roads = ["a.osm", "b.osm"]', "bad-value", "inputs.roads"),
        ("roads = 5", "bad-value", "inputs.roads"),
        ('roads = ""', "bad-value", "inputs.roads.path"),
        ('roads = { name = "roads.geojson" }', "unknown-key", "inputs.roads.name"),
        (
            'roads = { path = "roads.geojson", format = "plain" }',
            "unknown-key",
            "inputs.roads.format",
        ),
        ('roads = "roads.geojson"\nincident = "a.csv"', "unknown-key", "inputs.incident"),
        (
            'roads = "roads.geojson"\nincidents = { path = "strikes.csv", format = "excel" }',
            "unknown-format",
            "inputs.incidents.format",
        ),
        (
            'roads = "roads.geojson"\nincidents = { path = "strikes.csv", declared_at = 2026-11-23 }',
            "naive-time",
            "inputs.incidents.declared_at",
        ),
    ],
)
def test_inputs_are_named_as_they_should_be(town, inputs, code, field):
    folder = town(MISSION.partition("roads =")[0] + inputs + "\n")
    with pytest.raises(InputError) as error:
        read_mission(folder)
    assert (code, field) in [(problem.code, problem.field) for problem in error.value.problems]


def test_a_file_outside_the_folder_is_never_read_not_even_through_a_link(town, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "strikes.csv"
    outside.write_text(FILES["strikes.csv"], encoding="utf-8")
    folder = town()
    (folder / "link.csv").symlink_to(outside)
    for name in (
        "link.csv",
        str(outside),
        "../strikes.csv",
        f"../{outside.parent.name}/strikes.csv",
    ):
        (folder / "mission.toml").write_text(MISSION.replace("strikes.csv", name), encoding="utf-8")
        assert found(folder) == [("outside-folder", "mission.toml", "inputs.incidents")]


def test_a_file_in_a_folder_within_is_read(town):
    folder = town(MISSION.replace("strikes.csv", "feeds/strikes.csv"))
    (folder / "feeds").mkdir()
    (folder / "strikes.csv").rename(folder / "feeds" / "strikes.csv")
    assert found(folder) == []


def test_a_missing_mission_says_how_to_make_one(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        (problem,) = check_folder(folder)
        assert (problem.code, problem.file) == ("missing-file", "mission.toml")
        assert problem.hint == Message("hint.name_mission_folder")


def test_a_mission_that_is_not_toml_names_the_line(town):
    (problem,) = check_folder(town("title = 'a'\nas_of = soon\n"))
    assert (problem.code, problem.row) == ("broken-toml", 2)
    folder = town()
    (folder / "mission.toml").write_bytes("title = 'é'".encode("latin-1"))
    assert check_folder(folder)[0].code == "bad-encoding"


def test_a_mission_saved_with_a_byte_order_mark_is_read(town):
    assert read_mission(town("\ufeff" + MISSION)).title == "Town"


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


def test_every_acknowledgement_that_can_be_asked_for_can_be_given(town):
    for code in DOUBTS:
        assert (
            read_mission(
                town(MISSION + f'[[acknowledge]]\ncode = "{code}"\nreason = "r"\nby = "b"\n')
            )
            .acknowledgements[0]
            .code
            == code
        )


SCALARS = st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats() | st.text(max_size=5)
KEYS = st.sampled_from(
    [
        "title",
        "as_of",
        "timezone",
        "max_age_hours",
        "inputs",
        "acknowledge",
        "rules",
        "roads",
        "incidents",
        "path",
        "code",
        "x",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def toml(value):
    """TOML of a value, written inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if not isinstance(value, float) else repr(value)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_a_hostile_mission_is_read_or_refused_and_nothing_else(tmp_path_factory, table):
    folder = Path(tmp_path_factory.mktemp("hostile"))
    (folder / "mission.toml").write_text(
        "".join(f"{key} = {toml(value)}\n" for key, value in table.items()),
        encoding="utf-8",
        errors="replace",
    )
    problems = check_folder(folder)
    assert problems
    assert all(problem.hint and problem.code for problem in problems)
