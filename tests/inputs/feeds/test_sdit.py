"""WFP SDI-T: obstacles and bridges as road reports."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from feeds_mission import obstacle, write_csv

import corridors as co
from corridors.errors import InputError
from corridors.inputs.feeds.sdit import BRIDGE_COLUMNS, OBSTACLE_COLUMNS, OBSTACLES


def bridge(name="7", **said):
    return {
        "objectid": name,
        "brdgname": "Invented bridge",
        "brdgtype": "Beam",
        "status": "Open",
        "dmg": "No",
        "maxloadmt": "40",
        "locprecision": "Accurate (street level)",
        "latitude": "33.02",
        "longitude": "35.02",
    } | said


def read_obstacles(folder, *rows, **options):
    return co.read_road_reports(write_csv(folder, OBSTACLE_COLUMNS, rows), **options)


def read_bridges(folder, *rows, **options):
    return co.read_road_reports(write_csv(folder, BRIDGE_COLUMNS, rows), **options)


def test_an_obstacle_is_a_report_with_its_precision_in_metres(tmp_path):
    row = read_obstacles(tmp_path, obstacle(), timezone="UTC").table.loc["sdit-obstacles-7"]
    assert row[["status", "kind", "accuracy_m", "source"]].tolist() == [
        "NOT_PASSABLE",
        "bridge_damage",
        100.0,
        "WFP SDI-T",
    ]
    assert row["reported_at"] == pd.Timestamp("2026-11-20T00:00Z")
    assert pd.isna(row["max_weight_t"]), "0.0 means that nobody entered a value"


@pytest.mark.parametrize(
    ("word", "metres"),
    [
        ("Approximate (town level)", 2e3),
        ("Bad (somewhere in a province)", 150e3),
        ("Unknown", 150e3),
        ("", 150e3),
    ],
)
def test_words_of_precision_become_metres(tmp_path, word, metres):
    assert (
        read_obstacles(tmp_path, obstacle(locprecision=word)).table["accuracy_m"].item() == metres
    )


def test_a_place_in_whole_minutes_is_as_uncertain_as_half_a_minute_whatever_word_is_next_to_it(
    tmp_path,
):
    metres = (
        read_obstacles(tmp_path, obstacle(latitude="33°02'N", longitude="35°01'E"))
        .table["accuracy_m"]
        .item()
    )
    assert metres == pytest.approx(
        1210, abs=2
    )  # half a minute of latitude, 928 m, and of longitude at 33°02', 778 m


def test_a_load_that_is_stated_may_pass(tmp_path):
    row = read_obstacles(tmp_path, obstacle(maxloadmt="5")).table.iloc[0]
    assert (row["status"], row["max_weight_t"]) == ("RESTRICTED", 5.0)


@pytest.mark.parametrize(
    ("lat", "lon"), [("0.0", "0.0"), ("0", "35.02"), ("33.02", "0.00"), ("", "")]
)
def test_a_place_of_zero_is_one_that_nobody_entered(tmp_path, lat, lon):
    with pytest.raises(InputError) as error:
        read_obstacles(tmp_path, obstacle(latitude=lat, longitude=lon))
    assert {problem.code for problem in error.value.problems} == {"missing-place"}
    rows = dict(
        read_obstacles(tmp_path, obstacle(latitude=lat, longitude=lon), quarantine=True).source.rows
    )
    assert rows == {"read": 1, "kept": 0, "duplicate": 0, "quarantined": 1}


def test_every_type_of_obstacle_is_read_and_railways_are_excluded_by_name(tmp_path):
    assert len(OBSTACLES) == 16
    table, source = read_obstacles(
        tmp_path, *(obstacle(str(at), obstype=word) for at, word in enumerate(OBSTACLES))
    )
    assert dict(source.rows) == {
        "read": 16,
        "kept": 15,
        "duplicate": 0,
        "quarantined": 0,
        "railway": 1,
    }
    assert not (table["status"] == "PASSABLE").any()
    with pytest.raises(InputError, match="unknown-code-word"):
        read_obstacles(tmp_path, obstacle(obstype="Dragon"))


@pytest.mark.parametrize(
    ("status", "damage", "wanted"),
    [
        ("Open", "No", "PASSABLE"),
        ("Open", "Yes", "RESTRICTED"),
        ("Open", "Unknown", "PASSABLE"),
        ("Restricted", "No", "RESTRICTED"),
        ("Closed", "No", "NOT_PASSABLE"),
        ("Unknown", "Yes", "UNKNOWN"),
        ("", "", "UNKNOWN"),
    ],
)
def test_the_state_of_a_bridge_is_what_wfp_says(tmp_path, status, damage, wanted):
    row = read_bridges(tmp_path, bridge(status=status, dmg=damage)).table.iloc[0]
    assert (row["status"], row["max_weight_t"], row["name"]) == (wanted, 40.0, "Invented bridge")
    assert row["kind"] == ("bridge_damage" if damage == "Yes" else "bridge_status")


def test_a_planned_bridge_is_excluded_and_a_row_without_a_date_takes_the_one_declared(tmp_path):
    rows = [bridge(), bridge("8", status="Planned")]
    table, source = read_bridges(tmp_path, *rows)
    assert dict(source.rows) == {
        "read": 2,
        "kept": 1,
        "duplicate": 0,
        "quarantined": 0,
        "planned": 1,
    }
    assert table["reported_at"].isna().all()
    assert "note.sdit_undated" in {note.code for note in source.notes}
    declared = datetime(2026, 11, 1, tzinfo=UTC)
    assert (
        read_bridges(tmp_path, *rows, declared_at=declared).table["reported_at"].item() == declared
    )
