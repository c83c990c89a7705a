"""NASA FIRMS: heat in a pixel, as wide as the pixel, whatever sensor, archive or lost zero it came
with."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from feeds_mission import count_rows, plan, write_csv, write_mission
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError
from corridors.inputs.feeds.firms import MODIS_COLUMNS, VIIRS_COLUMNS
from corridors.rules import PrecisionRules

VIIRS = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight"
MODIS = "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_t31,frp,daynight"


def hotspot(**said):
    return {
        "latitude": "33.02",
        "longitude": "35.02",
        "bright_ti4": "367",
        "brightness": "302.3",
        "scan": "0.4",
        "track": "0.3",
        "acq_date": "2026-11-22",
        "acq_time": "0112",
        "satellite": "N20",
        "instrument": "VIIRS",
        "confidence": "n",
        "version": "2.0NRT",
        "frp": "7.7",
        "daynight": "N",
    } | said


def read(folder, *spots, columns=VIIRS_COLUMNS, **options):
    return co.read_incidents(write_csv(folder, columns, spots), **options)


def test_the_columns_are_those_of_the_two_sensors():
    assert (",".join(VIIRS_COLUMNS), ",".join(MODIS_COLUMNS)) == (VIIRS, MODIS)


def test_a_hotspot_is_a_fire_that_was_reported_and_as_uncertain_as_its_pixel(tmp_path):
    table, source = read(tmp_path, hotspot())
    row = table.iloc[0]
    assert (row["kind"], row["verification"], row["source"]) == (
        "fire",
        "reported",
        "NASA FIRMS VIIRS N20",
    )
    assert row["accuracy_m"] == pytest.approx(250.0)  # half of the diagonal of 400 m by 300 m
    assert row["occurred_at"] == row["occurred_until"] == pd.Timestamp("2026-11-22T01:12Z")
    codes = {note.code for note in source.notes}
    assert "note.firms_is_heat" in codes
    assert "note.columns_unread" not in codes


@pytest.mark.parametrize(
    "columns",
    [
        [name for name in VIIRS_COLUMNS if name != "instrument"],
        [*VIIRS_COLUMNS, "type"],
        MODIS_COLUMNS,
        [*MODIS_COLUMNS, "type"],
    ],
)
def test_every_set_of_columns_gives_the_same_place_and_time(tmp_path, columns):
    told = hotspot(confidence="50") if "bright_t31" in columns else hotspot()
    table = read(tmp_path, told | {"type": "0"}, columns=columns).table
    wanted = read(tmp_path, hotspot()).table
    same = ["kind", "occurred_at", "occurred_until", "accuracy_m", "verification", "geometry"]
    assert_frame_equal(table[same].reset_index(drop=True), wanted[same].reset_index(drop=True))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("112", 72), ("0112", 72), ("01:12", 72), ("7", 7), ("0", 0), ("2359", 1439), ("1200", 720)],
)
def test_lost_zeros_of_the_time_are_put_back(tmp_path, text, minutes):
    moment = read(tmp_path, hotspot(acq_time=text)).table["occurred_at"].item()
    assert moment == pd.Timestamp("2026-11-22T00:00Z") + pd.Timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["2400", "1260", "12345", "1.5", "noon", "1:2", ""])
def test_a_time_of_day_that_is_none_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"bad-time|missing-time"):
        read(tmp_path, hotspot(acq_time=text))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("l", 0),
        ("low", 0),
        ("n", 1),
        ("nominal", 1),
        ("h", 1),
        ("high", 1),
        ("0", 0),
        ("29", 0),
        ("30", 1),
        ("100", 1),
    ],
)
def test_low_confidence_is_excluded_by_name(tmp_path, text, kept):
    rows = dict(read(tmp_path, hotspot(confidence=text)).source.rows)
    assert rows["kept"] == kept
    assert rows.get("low_confidence", 0) == 1 - kept


def test_a_mission_may_keep_low_confidence(tmp_path):
    assert (
        len(
            read(
                tmp_path,
                hotspot(confidence="l"),
                precision=PrecisionRules(firms_min_confidence=0.0),
            ).table
        )
        == 1
    )


@pytest.mark.parametrize(
    ("code", "reason"), [("1", "volcano"), ("2", "static_source"), ("3", "offshore")]
)
def test_what_is_no_fire_on_land_is_excluded_by_name(tmp_path, code, reason):
    source = read(
        tmp_path, hotspot(type=code), hotspot(type="0"), columns=[*VIIRS_COLUMNS, "type"]
    ).source
    assert dict(source.rows) == {"read": 2, "kept": 1, "duplicate": 0, "quarantined": 0, reason: 1}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"confidence": ""}, "unknown-code-word"),
        ({"confidence": "101"}, "unknown-code-word"),
        ({"confidence": "medium"}, "unknown-code-word"),
        ({"scan": "375"}, "unknown-precision"),
        ({"track": "0"}, "unknown-precision"),
        ({"scan": ""}, "unknown-precision"),
        ({"acq_date": "22/11/2026"}, "bad-time"),
        ({"acq_date": ""}, "missing-time"),
    ],
)
def test_a_row_that_is_not_certain_is_refused(tmp_path, said, code):
    with pytest.raises(InputError) as error:
        read(tmp_path, hotspot(**said))
    assert [problem.code for problem in error.value.problems] == [code]


def test_the_same_hotspot_of_two_downloads_is_one_incident(tmp_path):
    one, two = (
        co.read_incidents(write_csv(tmp_path, VIIRS_COLUMNS, [hotspot()], name=name)).table
        for name in ("a.csv", "b.csv")
    )
    assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("name", "low", "left_out"),
    [
        # counted with awk in the files: confidence l or below 30, and type 3 of the others
        ("California_firms_Soberanes_2016_viirs.csv", 382, 30),
        ("Portugal_firms_2016_17_18_MODIS.csv", 562, 8),
    ],
)
def test_the_real_files_plan_to_the_end_and_keep_every_row(
    real_data, tmp_path, name, low, left_out
):
    path = real_data / "firms_climada_petals" / name
    if not path.is_file():
        pytest.skip("real data is not here (firms_climada_petals)")
    table, source = co.read_incidents(path)
    lines = len(path.read_text(encoding="utf-8").splitlines()) - 1
    assert count_rows(source) == (lines, lines)
    assert dict(source.rows)["low_confidence"] + dict(source.rows)["offshore"] == low + left_out
    assert (
        table["accuracy_m"].between(math.hypot(320, 360) / 2, math.hypot(4900, 2100) / 2).all()
    ), "nadir of VIIRS to edge of MODIS"
    last = table["occurred_until"].max()
    spot = table.geometry[table["occurred_until"].idxmax()]
    folder = write_mission(
        tmp_path / "m",
        lon=spot.x - 0.02,
        lat=spot.y - 0.02,
        as_of=(last + pd.Timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        reports={name: path.read_bytes()},
    )
    made = plan(folder)
    assert made.summary["incidents_read"] == lines
    assert table["occurred_until"].idxmax() in set(made.closures["cause_id"]), (
        "it lies on the middle crossing"
    )
