"""The mission file: what it may say, and what is refused with a hint."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from mission_files import FILES, MISSION, found

from corridors.checks import DOUBTS
from corridors.errors import InputError
from corridors.inputs.folder import check_folder, read_situation
from corridors.inputs.mission import read_mission, read_rules
from corridors.messages import Message
from corridors.rules import Rules
from corridors.situation import Acknowledgement


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


@examples(20, 200)
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
