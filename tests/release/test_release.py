"""A release: its name, marking and hash; written and read back."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pandas as pd
import pytest
import shapely
from release_town import make_town
from town import make_situation, spot

import corridors as co
from corridors.errors import InputError
from corridors.outputs.files import SCHEMA_VERSION, describe_plan
from corridors.outputs.serialization import render_json
from corridors.release import Release, name_file


def test_the_name_of_a_file_says_what_it_is_for_whom_of_when_and_of_which_plan(town):
    told = co.disclose(town, "parties")
    assert (
        name_file(told, "Map: Tyre/..", "html")
        == f"map-tyre-_parties_20261123T0600Z_{told.plan_hash[:10]}.html"
    )
    assert told.level == "Limited"
    assert town.valid_until == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_parties_see_a_title_only_where_one_is_given_for_them(town):
    assert co.disclose(town, "parties").title == ""
    assert co.disclose(town, "parties", title="Northern road").title == "Northern road"


def test_the_hash_for_parties_is_of_what_they_see(town):
    told, other = (
        co.disclose(town, "parties"),
        co.disclose(make_town(incidents=(("INC-1", *spot(6)), ("far", 35.5, 33.4))), "parties"),
    )
    assert told.plan_hash != town.plan_hash
    assert told.plan_hash != other.plan_hash
    assert told.plan_hash == co.disclose(make_town(), "parties").plan_hash


@pytest.mark.parametrize("audience", co.AUDIENCES)
def test_a_plan_read_back_is_what_was_written(town, tmp_path, audience):
    told = co.disclose(town, audience)
    co.write_plan(told, tmp_path / "plan")
    back = co.read_plan(tmp_path / "plan")
    for name, layer in told.layers.items():
        again = back.layers[name]
        assert again.index.tolist() == layer.index.tolist()
        pd.testing.assert_frame_equal(
            pd.DataFrame(again), pd.DataFrame(layer), check_exact=True, check_index_type=False
        )
    assert set(back.layers) == set(told.layers)
    for field in dataclasses.fields(Release):
        if field.name not in ("layers", "sources", "rules"):
            assert getattr(back, field.name) == getattr(told, field.name), field.name
    assert render_json(describe_plan(back)) == render_json(describe_plan(told))
    co.write_plan(back, tmp_path / "again")
    for first, second in zip(
        sorted((tmp_path / "plan").iterdir()), sorted((tmp_path / "again").iterdir()), strict=True
    ):
        assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_lists_are_read_back_whatever_they_hold(tmp_path):
    strikes = (("a;b\\", *spot(4), {"source": "x"}), ("c;", *spot(4), {"source": "y"}))
    release = make_town(incidents=strikes)
    co.write_plan(release, tmp_path / "plan")
    reports = co.read_plan(tmp_path / "plan").layers["incidents"]["reports"].tolist()
    assert reports == release.layers["incidents"]["reports"].tolist() == [("a;b\\", "c;")]


def test_a_folder_without_a_plan_a_mission_and_a_mixed_folder_are_refused(town, tmp_path):
    (tmp_path / "mission").mkdir()
    (tmp_path / "mission" / "mission.toml").touch()
    for folder, said in (
        (tmp_path / "absent", "holds no plan"),
        (tmp_path / "mission", "is a mission, not a plan"),
    ):
        with pytest.raises(InputError, match=said):
            co.read_plan(folder)
    co.write_plan(town, tmp_path / "one")
    co.write_plan(make_town(incidents=(("far", 35.5, 33.4),)), tmp_path / "two")
    (tmp_path / "one" / "plan.gpkg").write_bytes((tmp_path / "two" / "plan.gpkg").read_bytes())
    with pytest.raises(InputError, match="of another plan than the rest"):
        co.read_plan(tmp_path / "one")
    (tmp_path / "two" / "plan.gpkg").write_bytes(b"no database")
    with pytest.raises(InputError, match="cannot be read"):
        co.read_plan(tmp_path / "two")
    document = json.loads((tmp_path / "one" / "plan.json").read_text("utf-8")) | {
        "schema_version": SCHEMA_VERSION + 1
    }
    (tmp_path / "one" / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(
        InputError, match=f"schema_version is {SCHEMA_VERSION + 1}, not {SCHEMA_VERSION}"
    ):
        co.read_plan(tmp_path / "one")


def test_a_report_of_two_places_is_an_area_about_each():
    places = [spot(2), (35.3, 33.3)]
    release = co.build_release(
        co.plan_corridors(
            make_situation(incidents=[("both", 0, 0, {"geometry": shapely.MultiPoint(places)})])
        )
    )
    areas = release.layers["closure_areas"]
    assert areas["incidents"].tolist() == [1, 1]
    assert [areas.covers(shapely.Point(place)).sum() for place in places] == [1, 1]
