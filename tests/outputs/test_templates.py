"""A new mission folder has every rule with its default, and lists what is still missing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

import pytest

import corridors as co
from corridors.locales import LANGUAGES, read_locale
from corridors.outputs.templates import render_mission

RULE = re.compile(r"^# (?=\w+ = )", re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_uncommented_are_exactly_the_defaults(language):
    head, _, rules = render_mission(language).partition("[rules.incidents]")
    tables = tomllib.loads(RULE.sub("", "[rules.incidents]" + rules))["rules"]
    assert co.Rules.from_tables(tables) == co.Rules()
    defaults = co.Rules().as_tables()
    assert defaults["incidents"].pop("by_kind") == {}
    assert tables == json.loads(json.dumps(defaults))
    assert "by_kind" in head


def test_the_rules_of_the_template_change_nothing():
    assert co.Rules.from_tables(tomllib.loads(render_mission())["rules"]) == co.Rules()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_its_meaning(language):
    def keys(table):
        for key, value in table.items():
            if isinstance(value, Mapping):
                yield from () if key.endswith(("_kph", "_m", "_days")) else keys(value)
            else:
                yield key

    meanings = read_locale(language).texts["rule_meaning"]
    assert set(keys(co.Rules().as_tables())) == meanings.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_template_is_known_to_the_reader(tmp_path, language):
    folder = tmp_path / "new"
    co.write_mission(folder, language=language)
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
    with pytest.raises(co.UsageError, match=r"already contains sites\.csv; use --force"):
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
