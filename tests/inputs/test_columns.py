"""The columns of a file, and the times in their cells."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from incident_files import (
    GOOD,
    HEADER,
    PLAIN_HEADER,
    PLAIN_ROW,
    find_codes,
    moment,
    read,
    read_text,
    refused,
    write,
)
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError
from corridors.inputs import columns
from corridors.inputs.columns import CellError, parse_time
from corridors.inputs.reports import read_incidents
from corridors.messages import Message


@pytest.mark.parametrize(
    "header",
    [
        "id,type,date,latitude,longitude",
        "Event ID,Event Type,Event Date,Y,X",
        "EVENT_ID,KIND,date-time,Lat,LNG",
        "event_id_cnty,event_type,start,lat,long",
    ],
)
def test_the_usual_names_of_columns_are_known(tmp_path, header):
    assert_frame_equal(read(tmp_path, GOOD, header=header).table, read(tmp_path, GOOD).table)


@pytest.mark.parametrize("extra", ["y", "date", "event_id", "longitude"])
def test_two_columns_that_could_both_be_meant_are_refused_by_name(tmp_path, extra):
    found = refused(tmp_path, GOOD + ",1", header=f"{HEADER},{extra}")
    assert [code for code, _, _, _ in found] == ["two-columns"]
    assert extra in found[0][2]


def test_the_exact_name_wins_where_it_is_no_id_time_or_place(tmp_path):
    table, source = read(tmp_path, GOOD + ",Battles", header=f"{HEADER},event_type")
    assert table.loc["A", "kind"] == "shelling"
    assert Message("note.columns_unread", names=("event_type",)) in source.notes
    assert (
        refused(tmp_path, GOOD + ",x", header="incident_id,type,occurred_at,lat,lon,event_type")[0][
            0
        ]
        == "two-columns"
    )


def test_the_accuracy_of_a_place_may_not_be_in_two_columns(tmp_path):
    header = f"{HEADER},accuracy_m,location_precision"
    assert [found[::2] for found in refused(tmp_path, GOOD + ",,town level", header=header)] == [
        ("two-columns", "accuracy_m, location_precision")
    ]


def test_a_time_of_upload_is_not_taken_for_the_time_of_the_event(tmp_path):
    assert refused(tmp_path, GOOD, header="incident_id,kind,timestamp,lat,lon")[0][:3] == (
        "missing-column",
        None,
        "occurred_at",
    )


def test_a_missing_column_names_what_is_accepted_and_the_nearest(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, GOOD, header="incident_id,kind,ocurred_at,lat,lon")
    (problem,) = error.value.problems
    assert problem.message == Message("problem.missing_column", name="occurred_at")
    assert problem.hint.values["near"] == "ocurred_at"
    assert problem.hint.values["names"][:2] == ("occurred_at", "date")
    assert {found[2] for found in refused(tmp_path, "A", header="incident_id")} == {
        "occurred_at",
        "lat",
        "lon",
    }


def test_columns_that_are_not_read_are_named(tmp_path):
    notes = read(tmp_path, GOOD + ",2,x", header=HEADER + ",notes,fatalities").source.notes
    assert Message("note.columns_unread", names=("fatalities", "notes")) in notes


def test_a_header_without_rows_is_an_empty_table_and_noted(tmp_path):
    table, source = read(tmp_path)
    assert table.empty
    assert source.newest is None
    assert Message("note.no_rows", table="incidents") in source.notes
    assert dict(source.rows) == {"read": 0, "kept": 0, "duplicate": 0, "quarantined": 0}


def test_an_empty_collection_of_features_is_an_empty_table(tmp_path):
    assert read_incidents(
        write(tmp_path, '{"type": "FeatureCollection", "features": []}', "a.geojson")
    ).table.empty


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-22T06:00Z", (6, 0, 0)),
        ("2026-11-22 06:00:00+00:00", (6, 0, 0)),
        ("2026-11-22T08:00:00.5+02", (6, 0, 0, 500_000)),
        ("2026-11-22t11:30:00+0530", (6, 0, 0)),
        ("2026-11-22 02:30 -03:30", (6, 0, 0)),
        (
            "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0662\u0662T\u0660\u0666:\u0660\u0660Z",
            (6, 0, 0),
        ),
    ],
)
def test_iso_times_with_an_offset_are_one_instant(text, wanted):
    assert parse_time(None, text) == (datetime(2026, 11, 22, *wanted, tzinfo=UTC),) * 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("05/06/2026", "ambiguous-time"),
        ("5.6.26 07:00", "ambiguous-time"),
        ("22-11-2026", "ambiguous-time"),
        ("46349.25", "serial-time"),
        ("1795327200", "serial-time"),
        ("22 November 2026", "bad-time"),
        ("2026-11-31", "bad-time"),
        ("2026-11-22T24:00Z", "bad-time"),
        ("2026-11-22T24:01Z", "bad-time"),
        ("2026-11-22T06:00+15:00", "bad-time"),
        ("2026-11-22T06:00+02:75", "bad-time"),
        ("2026-11-22T06", "bad-time"),
        ("0001-01-01", "bad-time"),
        ("2026-11-22T06:00", "naive-time"),
        ("yesterday", "bad-time"),
    ],
)
def test_a_time_with_more_than_one_reading_or_none_is_refused(tmp_path, text, code):
    assert refused(tmp_path, f"A,shelling,{text},33.5,35.5") == [(code, 2, "occurred_at", text)]


def test_the_end_of_a_day_is_never_read_as_its_beginning_by_a_python_that_knows_24_hours(
    monkeypatch,
):
    class Later(time):
        """As `time` of Python 3.14, which reads 24:00 as 00:00."""

        @classmethod
        def fromisoformat(cls, text):
            return time.fromisoformat(text.replace("24:00", "00:00"))

    monkeypatch.setattr(columns, "clock", Later)
    with pytest.raises(CellError) as error:
        parse_time(UTC, "2026-11-22T24:00:00")
    assert error.value.message.code == "problem.no_such_time"


def test_a_blank_time_is_a_missing_time(tmp_path):
    assert refused(tmp_path, GOOD, "B,shelling,,33.5,35.5") == [
        ("missing-time", 3, "occurred_at", "")
    ]


def test_a_time_without_offset_is_local_to_the_mission(tmp_path):
    table = read(tmp_path, "A,shelling,2026-11-22T06:00,33.5,35.5", timezone="Asia/Beirut").table
    assert table.loc["A", "occurred_at"] == moment(2026, 11, 22, 4)


def test_a_date_alone_is_that_whole_local_day(tmp_path):
    table = read(tmp_path, "A,shelling,2026-11-22,33.5,35.5", timezone="Asia/Beirut").table
    assert table.loc["A", "occurred_at"] == moment(2026, 11, 21, 22)
    assert table.loc["A", "occurred_until"] == moment(2026, 11, 22, 21, 59, 59, 999_999)


def test_a_date_alone_without_a_time_zone_is_that_day_wherever_on_earth(tmp_path):
    table, source = read(tmp_path, "A,shelling,2026-11-22,33.5,35.5")
    assert table.loc["A", "occurred_at"] == moment(2026, 11, 21, 10)
    assert table.loc["A", "occurred_until"] == moment(2026, 11, 23, 11, 59, 59, 999_999)
    assert Message("note.bare_dates", n=1) in source.notes


@pytest.mark.parametrize(
    ("first", "second", "noted"),
    [
        ("2026-11-22 00:00:00", "2026-11-21T00:00", True),
        ("2026-11-22T00:00:00Z", "2026-11-21T00:00:00.000+02:00", True),
        ("2026-11-22T00:00:00", "2026-11-21T00:00:01", False),
        ("2026-11-22T00:00", "2026-11-21T10:00", False),
        ("2026-11-22", "2026-11-21", False),
    ],
)
def test_days_written_as_midnights_are_noted(tmp_path, first, second, noted):
    notes = read(
        tmp_path,
        f"A,shelling,{first},33.5,35.5",
        f"B,shelling,{second},33.5,35.5",
        timezone="Asia/Beirut",
    ).source.notes
    assert (Message("note.midnights", column="occurred_at") in notes) is noted


def test_a_day_that_begins_with_a_change_of_clocks_begins_at_the_change():
    """In Beirut 29 March 2026 began at 01:00 summer time, which is 22:00 UTC of the day before, and
    had 23 hours."""
    first, last = parse_time(ZoneInfo("Asia/Beirut"), "2026-03-29")
    assert first == datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert last == datetime(2026, 3, 29, 20, 59, 59, 999_999, tzinfo=UTC)


def test_a_local_time_that_comes_twice_spans_both(tmp_path):
    """In Berlin 02:30 of 25 October 2026 came at 00:30 and at 01:30 UTC."""
    row = read(
        tmp_path, "A,shelling,2026-10-25T02:30,52.5,13.4", timezone="Europe/Berlin"
    ).table.loc["A"]
    assert (row["occurred_at"], row["occurred_until"]) == (
        moment(2026, 10, 25, 0, 30),
        moment(2026, 10, 25, 1, 30),
    )


@pytest.mark.parametrize("name", ["Asia/Beyrouth", "../etc/passwd", "", "Asia", "+02:00", "a\0b"])
def test_an_unknown_time_zone_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="unknown-timezone"):
        read(tmp_path, GOOD, timezone=name)


@pytest.mark.parametrize(
    "name",
    [
        "localtime",
        "posixrules",
        "Factory",
        "right/Asia/Beirut",
        "posix/Asia/Beirut",
        "Etc/GMT+2",
        "Etc/GMT-2",
    ],
)
def test_a_time_zone_of_the_machine_or_of_the_reverse_sign_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="unknown-timezone"):
        read(tmp_path, GOOD, timezone=name)
    assert len(read(tmp_path, GOOD, timezone="Etc/UTC").table) == 1


@pytest.mark.parametrize(
    "header", ["end_time", "Date end", "ended at", "date_to", "Event End Date UTC"]
)
def test_a_column_that_may_be_the_end_of_an_incident_is_not_ignored(tmp_path, header):
    assert refused(tmp_path, GOOD + ",2026-11-23T06:00Z", header=f"{HEADER},{header}") == [
        ("near-column", None, header, "")
    ]
    assert read(
        tmp_path, GOOD + ",agreed", header=f"{HEADER},endorsed_by"
    ).table.index.tolist() == ["A"]


def test_an_end_before_its_start_is_refused(tmp_path):
    found = refused(tmp_path, GOOD + ",2026-11-22T05:59Z", header=HEADER + ",occurred_until")
    assert [found[0][:3]] == [("ends-before-start", 2, "occurred_until")]


def test_the_newest_record_is_the_latest_report_or_the_latest_end_without_one(tmp_path):
    header = HEADER + ",occurred_until,reported_at"
    rows = [GOOD + ",2026-11-22T07:00Z,", "B,fire,2026-11-20T00:00Z,33,35,,2026-11-22T06:30Z"]
    assert read(tmp_path, *rows, header=header).source.newest == datetime(
        2026, 11, 22, 7, tzinfo=UTC
    )
    assert read(tmp_path, *rows[1:], header=header).source.newest == datetime(
        2026, 11, 22, 6, 30, tzinfo=UTC
    )
    declared = datetime(2026, 11, 23, tzinfo=UTC)
    assert read(tmp_path, *rows, header=header, declared_at=declared).source.newest == declared
    assert read(tmp_path, header=header, declared_at=declared).source.newest == declared


def test_decimal_commas_between_semicolons_give_the_same_table(tmp_path):
    plain = read_text(tmp_path, f"{PLAIN_HEADER}\n{PLAIN_ROW.replace('100', '12.5')}\n").table
    table, source = read_text(
        tmp_path,
        f"{PLAIN_HEADER}\n{PLAIN_ROW.replace('100', '12#5')}\n".replace(",", ";")
        .replace("#", ",")
        .replace("33.25", "33,25"),
    )
    assert_frame_equal(table, plain)
    assert Message("note.decimal_commas", column="lat") in source.notes


@pytest.mark.parametrize(
    ("lat", "accuracy", "codes"),
    [
        ("33,25", "1,500", ["decimal-comma"]),  # 1.5 m or 1,500 m
        (
            "33,25",
            "1.500",
            ["decimal-comma"],
        ),  # the same, in a file that writes decimals with a comma
        ("33,25", "1.500 m", ["decimal-comma"]),
        ("33,25", "about 1.500m", ["decimal-comma"]),
        ("33.25", "1,500", ["decimal-comma"]),
        ("33,25", "1.500,5", ["unknown-precision"]),
        ("33,25,1", "1", ["bad-latitude"]),
    ],
)
def test_a_mark_with_two_readings_is_refused(tmp_path, lat, accuracy, codes):
    row = PLAIN_ROW.replace(",", ";").replace("33.25", lat).replace(";100;", f";{accuracy};")
    assert find_codes(tmp_path, f"{PLAIN_HEADER.replace(',', ';')}\n{row}\n") == codes


def test_a_decimal_comma_among_commas_is_refused(tmp_path):
    assert find_codes(
        tmp_path, f"{PLAIN_HEADER}\n{PLAIN_ROW.replace('33.25', chr(34) + '33,25' + chr(34))}\n"
    ) == ["decimal-comma"]


TAGGED = "event,when,Breite,Laenge,what\n#event+id,#date+occurred,#geo+lat,#geo+lon,#event+type\nA,2026-11-22T06:00Z,33.25,35.5,shelling\n"


def test_tags_name_the_columns_whose_headers_do_not(tmp_path):
    table, source = read_text(tmp_path, TAGGED)
    wanted = read_text(
        tmp_path, "incident_id,kind,occurred_at,lat,lon\nA,shelling,2026-11-22T06:00Z,33.25,35.5\n"
    ).table
    assert_frame_equal(table, wanted)
    assert Message("note.tags_ignored", row=2) in source.notes


def test_tags_alone_serve_as_the_row_of_names(tmp_path):
    assert_frame_equal(
        read_text(tmp_path, TAGGED.split("\n", 1)[1]).table, read_text(tmp_path, TAGGED).table
    )


def test_a_tag_that_contradicts_its_header_is_refused(tmp_path):
    text = "id,kind,date,lat,lon\n,,,#geo+lon,#geo+lat\nA,fire,2026-11-22T06:00Z,33.25,35.5\n"
    assert set(find_codes(tmp_path, text)) == {"two-columns"}


def test_two_columns_of_one_tag_are_refused(tmp_path):
    text = (
        TAGGED.replace(",what\n", ",what,also\n")
        .replace("#event+type\n", "#event+type,#geo+lat+rounded\n")
        .replace("shelling\n", "shelling,33\n")
    )
    assert find_codes(tmp_path, text)[0] == "two-columns"


def test_a_workbook_with_tags_gives_the_same_table(tmp_path):
    rows = [line.split(",") for line in TAGGED.strip().split("\n")]
    pd.DataFrame(rows[1:], columns=rows[0]).to_excel(tmp_path / "strikes.xlsx", index=False)
    assert_frame_equal(
        co.read_incidents(tmp_path / "strikes.xlsx").table, read_text(tmp_path, TAGGED).table
    )
