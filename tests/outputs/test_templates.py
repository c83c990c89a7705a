"""A new mission folder says every rule with its default, and what is still missing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

import pytest

import corridors as co
from corridors.outputs.templates import MEANINGS, render_mission

RULE = re.compile(r"^# (?=\w+ = )", re.MULTILINE)


def test_the_rules_uncommented_are_exactly_the_defaults():
    head, _, rules = render_mission().partition("[rules.incidents]")
    tables = tomllib.loads(RULE.sub("", "[rules.incidents]" + rules))["rules"]
    assert co.Rules.from_tables(tables) == co.Rules()
    said = co.Rules().as_tables()
    assert said["incidents"].pop("by_kind") == {}
    assert tables == json.loads(json.dumps(said))  # every one of them is there
    assert "by_kind" in head


def test_the_rules_of_the_template_change_nothing():
    assert co.Rules.from_tables(tomllib.loads(render_mission())["rules"]) == co.Rules()


def test_every_rule_says_what_it_does():
    def keys(table):
        for key, value in table.items():
            if isinstance(value, Mapping):
                yield from () if key.endswith(("_kph", "_m", "_days")) else keys(value)
            else:
                yield key

    assert set(keys(co.Rules().as_tables())) == MEANINGS.keys()


def test_everything_in_the_template_is_known_to_the_reader(tmp_path):
    folder = tmp_path / "new"
    co.write_mission(folder)
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    head, _, rules = text.partition("[rules.incidents]")
    everything = (
        re.sub(r"^# (?=\w+ = |\[)", "", head, flags=re.MULTILINE)
        + "[rules.incidents]"
        + RULE.sub("", rules)
    )
    (folder / "mission.toml").write_text(everything, encoding="utf-8")
    assert "# " + "max_age_hours" not in everything
    codes = {problem.code for problem in co.check_folder(folder)}
    assert codes <= {
        "missing-file",
        "no-depot",
        "no-destination",
        "stale-input",
    }  # nothing is unknown, nothing unreadable


def test_check_of_a_new_mission_lists_what_is_missing(tmp_path):
    assert [path.name for path in co.write_mission(tmp_path / "a" / "new")] == [
        "mission.toml",
        "incidents.csv",
        "sites.csv",
        "zones.geojson",
    ]
    codes = {problem.code for problem in co.check_folder(tmp_path / "a" / "new")}
    assert {"missing-as-of", "missing-file", "no-depot", "no-destination"} <= codes
    assert all(problem.hint for problem in co.check_folder(tmp_path / "a" / "new"))


def test_nothing_is_overwritten_and_then_nothing_is_written(tmp_path):
    (tmp_path / "sites.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(co.UsageError, match=r"sites\.csv already; say --force"):
        co.write_mission(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sites.csv"]
    co.write_mission(tmp_path, force=True)
    assert (tmp_path / "sites.csv").read_text(encoding="utf-8").startswith("site_id,")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(co.UsageError, match="not a folder"):
        co.write_mission(tmp_path / "file")
    with pytest.raises(co.OutputError, match="could not be written"):
        co.write_mission(tmp_path / "file" / "deeper")
