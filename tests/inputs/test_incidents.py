"""Incidents are read strictly: what has no certain place, time or kind is refused or excluded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from corridors.errors import InputError
from corridors.inputs import columns
from corridors.inputs.columns import CellError, parse_number, parse_time
from corridors.inputs.reports import read_incidents
from corridors.messages import Message

HEADER = "incident_id,kind,occurred_at,lat,lon"
GOOD = "A,shelling,2026-11-22T06:00Z,33.5,35.5"


def write(folder, text, name="strikes.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder, *rows, header=HEADER, **options):
    return read_incidents(write(folder, "\n".join([header, *rows]) + "\n"), **options)


def refused(folder, *rows, header=HEADER, **options):
    with pytest.raises(InputError) as error:
        read(folder, *rows, header=header, **options)
    assert all(problem.file == "strikes.csv" and problem.hint for problem in error.value.problems)
    return [
        (problem.code, problem.row, problem.field, problem.value)
        for problem in error.value.problems
    ]


def moment(*parts):
    return pd.Timestamp(datetime(*parts, tzinfo=UTC))


def test_a_plain_row_is_read_and_its_assumptions_are_noted(tmp_path):
    table, source = read(tmp_path, GOOD)
    row = table.loc["A"]
    assert (row["kind"], row["accuracy_m"], row["verification"], row["source"]) == (
        "shelling",
        0.0,
        "reported",
        "",
    )
    assert row["occurred_at"] == row["occurred_until"] == moment(2026, 11, 22, 6)
    assert pd.isna(row["reported_at"])
    assert (row.geometry.y, row.geometry.x) == (33.5, 35.5)
    assert source.newest == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert (source.role, source.name, source.format) == ("incidents", "strikes.csv", "csv")
    assert set(source.notes) >= {
        Message("note.no_accuracy", n=1, all=1),
        Message("note.no_verification", n=1, all=1),
    }


# Columns


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


@pytest.mark.parametrize(
    "column",
    [
        "geo_precision",
        "sub_event_type",
        "where_prec",
        "bright_ti4",
        "acq_date",
        "Main_Damage_Site_Class",
        "Where Prec",
    ],
)
def test_what_is_left_of_a_feed_is_refused_rather_than_taken_for_exact(tmp_path, column):
    assert refused(tmp_path, GOOD + ",1", header=f"{HEADER},{column}") == [
        ("cut-feed", None, column, "")
    ]
    assert (
        refused(tmp_path, GOOD + ",1", header=f"{HEADER},{column}", format="plain")[0][0]
        == "cut-feed"
    )


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, GOOD, format="excel")
    (problem,) = error.value.problems
    assert (problem.code, problem.value) == ("unknown-format", "excel")
    assert problem.hint.values["words"][:2] == ("plain", "acled")


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


# Times


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


# Places


@pytest.mark.parametrize(
    ("lat", "lon", "code", "field"),
    [
        ("95.2", "35.5", "bad-latitude", "lat"),
        ("33.5", "181", "bad-longitude", "lon"),
        ("", "35.5", "missing-place", "lat"),
        ("33.5", "", "missing-place", "lon"),
        ("0", "0.0", "null-island", "geometry"),
        ("nan", "35.5", "bad-latitude", "lat"),
        ("33.5", "inf", "bad-longitude", "lon"),
        ("1e400", "35.5", "bad-latitude", "lat"),
        ("33°30'00\"E", "35.5", "bad-latitude", "lat"),
        ("33 30 00", "35.5", "bad-latitude", "lat"),
        ("33.5 ?", "35.5", "bad-latitude", "lat"),
        ("33,5,1", "35.5", "bad-latitude", "lat"),
    ],
)
def test_a_place_that_is_not_certain_is_refused(tmp_path, lat, lon, code, field):
    path = write(
        tmp_path, f"incident_id;kind;occurred_at;lat;lon\nA;fire;2026-11-22T06:00Z;{lat};{lon}\n"
    )
    with pytest.raises(InputError) as error:
        read_incidents(path)
    assert [(problem.code, problem.row, problem.field) for problem in error.value.problems] == [
        (code, 2, field)
    ]


def test_arabic_and_persian_digits_are_understood():
    assert parse_number("\u0663\u0663\u066b\u0665\u0664") == 33.54
    assert parse_number("\u06f3\u06f5.\u06f5") == 35.5
    assert parse_number("\u22120.5") == -0.5


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read_as_python_writes_it(number):
    assert parse_number(repr(number)) == number


@given(st.text(max_size=12))
def test_a_text_is_a_finite_number_or_unreadable(text):
    try:
        assert abs(parse_number(text)) < float("inf")
    except CellError as unreadable:
        assert unreadable.hint  # noqa: PT017 - either way is right


def test_well_known_text_is_read_and_a_place_said_twice_is_refused(tmp_path):
    table = read(
        tmp_path,
        'A,fire,2026-11-22T06:00Z,"LINESTRING (35 33, 35.1 33)"',
        header="incident_id,kind,occurred_at,wkt",
    ).table
    assert table.geometry.iloc[0].wkt == "LINESTRING (35 33, 35.1 33)"
    assert refused(tmp_path, GOOD + ",POINT (35 33)", header=HEADER + ",wkt")[0][0] == "two-columns"
    assert refused(
        tmp_path, "A,fire,2026-11-22T06:00Z,POINT (35", header="incident_id,kind,occurred_at,wkt"
    )[0][:3] == (
        "bad-geometry",
        2,
        "wkt",
    )


# Values


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Airstrike", "air_strike"),
        ("Air/drone strike", "air_strike"),
        ("Shelling/artillery/missile attack", "shelling"),
        ("armed clash", "ground_clash"),
        ("Remote explosive/landmine/IED", "explosive_hazard"),
        ("IED", "explosive_hazard"),
        ("roadblock", "obstruction"),
        ("OTHER", "other"),
    ],
)
def test_the_usual_words_for_kinds_are_known(tmp_path, word, kind):
    assert read(tmp_path, f"A,{word},2026-11-22T06:00Z,33.5,35.5").table.loc["A", "kind"] == kind


def test_an_unknown_or_blank_kind_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, "A,sheling,2026-11-22T06:00Z,33.5,35.5")
    hint = error.value.problems[0].hint
    assert hint.values["near"] == "shelling"
    assert "other" in hint.values["words"]
    assert refused(tmp_path, "A,,2026-11-22T06:00Z,33.5,35.5") == [("unknown-kind", 2, "kind", "")]


def test_without_a_column_of_kinds_all_are_other_and_that_is_noted(tmp_path):
    table, source = read(tmp_path, "A,2026-11-22T06:00Z,33.5,35.5", header="id,date,lat,lon")
    assert table["kind"].tolist() == ["other"]
    assert Message("note.no_kind") in source.notes


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("", "reported"),
        ("Confirmed", "verified"),
        ("unconfirmed", "reported"),
        ("retracted", "retracted"),
    ],
)
def test_words_of_verification_are_known(tmp_path, word, wanted):
    assert (
        read(tmp_path, f"{GOOD},{word}", header=HEADER + ",verification").table.loc[
            "A", "verification"
        ]
        == wanted
    )


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("accuracy_m", "-1", "negative-number"),
        ("accuracy_m", "2 leagues", "unknown-precision"),
        ("accuracy_m", "NaN", "unknown-precision"),
        ("precision", "2", "unknown-precision"),
        ("uncertainty_m", '"1,000"', "decimal-comma"),
        ("verification", "maybe", "unknown-verification"),
        ("source", "a\x07b", "control-character"),
        ("source", '"two\nlines"', "control-character"),
        ("reported_at", "05/06/2026", "ambiguous-time"),
    ],
)
def test_a_value_that_cannot_be_is_refused(tmp_path, column, text, code):
    assert refused(tmp_path, f"{GOOD},{text}", header=f"{HEADER},{column}")[0][:3] == (
        code,
        2,
        column,
    )


def test_texts_are_composed_and_otherwise_left_as_they_are(tmp_path):
    table = read(tmp_path, f"{GOOD}, cafe\u0301 <b>\u202e ", header=HEADER + ",source").table
    assert table.loc["A", "source"] == "café <b>\u202e"


def test_every_problem_of_a_file_is_reported_in_order_of_rows(tmp_path):
    rows = [
        "A,boom,05/06/2026,95,35",
        "B,fire,2026-11-22T06:00Z,33",
        "C,fire,,33.5,35.5",
        "D,fire,2026-11-22,0,0",
    ]
    found = [(code, row) for code, row, _, _ in refused(tmp_path, *rows)]
    assert [row for _, row in found] == sorted(row for _, row in found)
    assert set(found) == {
        ("unknown-kind", 2),
        ("ambiguous-time", 2),
        ("bad-latitude", 2),
        ("ragged-row", 3),
        ("missing-time", 4),
        ("null-island", 5),
    }


# Ids and rows


def test_a_row_that_repeats_another_in_everything_counts_once(tmp_path):
    table, source = read(tmp_path, GOOD, GOOD)
    assert len(table) == 1
    assert dict(source.rows) == {"read": 2, "kept": 1, "duplicate": 1, "quarantined": 0}


def test_one_id_for_two_different_rows_is_refused_naming_both(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, GOOD, "A,fire,2026-11-22T06:00Z,33.5,35.5")
    assert error.value.problems[0].message.values["other"] == 2
    assert [(problem.code, problem.row, problem.value) for problem in error.value.problems] == [
        ("duplicate-id", 3, "A")
    ]


def test_made_ids_do_not_depend_on_the_order_of_rows(tmp_path):
    rows = [
        "fire,2026-11-22T06:00Z,33.5,35.5",
        "fire,2026-11-22T06:00Z,33.5,35.6",
        "fire,2026-11-22T07:00Z,33.5,35.5",
    ]
    table, source = read(tmp_path, *rows, header="kind,date,lat,lon")
    assert_frame_equal(read(tmp_path, *rows[::-1], header="kind,date,lat,lon").table, table)
    assert table.index.is_unique
    assert all(name.startswith("strikes-") for name in table.index)
    assert Message("note.ids_made", n=3, column="incident_id") in source.notes


QUARANTINE = ["B,fire,,33.5,35.5", "C,fire,2026-11-22T06:00Z,,35.5", "D,fire,05/06/2026,95,35"]


def test_rows_without_place_or_time_are_excluded_only_when_asked(tmp_path):
    table, source = read(tmp_path, GOOD, *QUARANTINE, quarantine=True)
    assert table.index.tolist() == ["A"]
    assert dict(source.rows) == {"read": 4, "kept": 1, "duplicate": 0, "quarantined": 3}
    excluded = [note for note in source.notes if note.code == "note.excluded"]
    assert {note.values["row"] for note in excluded} == {3, 4, 5}
    assert all(note.values["hint"].code.startswith("hint.") for note in excluded)
    assert {row for _, row, _, _ in refused(tmp_path, GOOD, *QUARANTINE)} == {3, 4, 5}


def test_excluding_rows_excuses_nothing_else(tmp_path):
    assert [
        found[:2] for found in refused(tmp_path, GOOD, "B,boom,,33.5,35.5", quarantine=True)
    ] == [("unknown-kind", 3)]


@pytest.mark.parametrize("column", ["lat", "y", "date", "occurred_at", "wkt"])
def test_excluding_rows_never_excuses_a_column_that_is_there_twice(tmp_path, column):
    found = refused(tmp_path, GOOD + ",34.5", header=f"{HEADER},{column}", quarantine=True)
    assert "two-columns" in {code for code, _, _, _ in found}


CELLS = {
    "id": st.sampled_from(["A", "B", "C", ""]),
    "kind": st.sampled_from(["fire", "shelling"]),
    "date": st.sampled_from(["2026-11-22", "2026-11-22T06:00Z", "", "05/06/2026"]),
    "lat": st.sampled_from(["33.5", "33.6", "", "95"]),
    "lon": st.sampled_from(["35.5", "0"]),
}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.fixed_dictionaries(CELLS), max_size=8), st.randoms())
def test_no_row_is_ever_lost_and_order_never_matters(tmp_path_factory, cells, random):
    rows = [",".join(row.values()) for row in cells]
    shuffled = random.sample(rows, len(rows))
    folder = tmp_path_factory.mktemp("rows")
    outcomes = []
    for order in (rows, shuffled):
        try:
            table, source = read(folder, *order, header=",".join(CELLS), quarantine=True)
        except InputError as error:
            outcomes.append(
                sorted(
                    (problem.code, problem.value)
                    for problem in error.problems
                    if problem.code != "duplicate-id"
                )
            )
        else:
            counts = dict(source.rows)
            assert counts.pop("read") == len(rows) == sum(counts.values())
            assert counts["kept"] == len(table)
            outcomes.append((counts, table.to_csv()))
    assert outcomes[0] == outcomes[1]


# Formats

MANY = pd.DataFrame(
    {
        "incident_id": ["A", "B", "ج"],
        "kind": ["air_strike", "shelling", "fire"],
        "occurred_at": ["2026-11-22T06:00:00Z", "2026-11-20T01:30:00Z", "2026-11-21T23:59:59Z"],
        "reported_at": ["2026-11-22T07:00:00Z", "", "2026-11-22T00:30:00Z"],
        "accuracy_m": ["50", "1500.5", ""],
        "verification": ["verified", "", "corroborated"],
        "source": ["one", "", "مصدر"],
        "lat": [33.272911, 33.123456, -33.5],
        "lon": [35.193912, 35.654321, -70.25],
    }
)


def layer(crs=4326):
    table = gpd.GeoDataFrame(
        MANY.drop(columns=["lat", "lon"]),
        geometry=gpd.points_from_xy(MANY["lon"], MANY["lat"]),
        crs=4326,
    )
    return table.to_crs(crs)


def same_in(folder, form):
    path = folder / f"strikes.{form.partition('-')[0]}"
    if form == "csv":
        MANY.to_csv(path, index=False)
    elif form == "csv-semicolon":
        MANY.to_csv(path, index=False, sep=";", encoding="utf-8-sig", lineterminator="\r\n")
    elif form == "csv-offset":
        moved = MANY.assign(
            occurred_at=[
                f"{pd.Timestamp(text) + pd.Timedelta(hours=3):%Y-%m-%d %H:%M:%S}+03:00"
                for text in MANY["occurred_at"]
            ]
        )
        moved.iloc[::-1].to_csv(path, index=False)
    elif form.startswith("xlsx"):
        book = openpyxl.Workbook()
        book.active.append(list(MANY))
        for row in MANY.itertuples(index=False):
            numbers = [
                float(cell) if name == "accuracy_m" and cell else cell
                for name, cell in zip(MANY, row, strict=True)
            ]
            book.active.append(numbers)
        book.save(path)
    else:
        crs = {"gpkg-utm": 32736, "gpkg-mercator": 3857, "geojson-mercator": 3857}.get(form, 4326)
        layer(crs).to_file(path, driver="LIBKML" if form == "kml" else None)
    return path


@pytest.mark.parametrize(
    "form",
    [
        "csv-semicolon",
        "csv-offset",
        "xlsx",
        "geojson",
        "geojson-mercator",
        "gpkg",
        "gpkg-mercator",
        "kml",
    ],
)
def test_every_format_gives_the_same_table(tmp_path, form):
    wanted = read_incidents(same_in(tmp_path, "csv")).table
    got = read_incidents(same_in(tmp_path, form)).table
    assert_frame_equal(got, wanted)


def test_a_copy_in_utm_gives_the_same_table(tmp_path):
    here = MANY.iloc[:2]
    table = gpd.GeoDataFrame(here, geometry=gpd.points_from_xy(here["lon"], here["lat"]), crs=4326)
    for name, crs in (("wgs.gpkg", 4326), ("utm.gpkg", 32636)):
        table.drop(columns=["lat", "lon"]).to_crs(crs).to_file(tmp_path / name)
    assert_frame_equal(
        read_incidents(tmp_path / "utm.gpkg").table, read_incidents(tmp_path / "wgs.gpkg").table
    )


def test_a_time_column_of_a_geopackage_is_read_as_the_instant_it_is(tmp_path):
    table = layer().assign(occurred_at=pd.to_datetime(MANY["occurred_at"], utc=True))
    table.to_file(tmp_path / "strikes.gpkg")
    assert_frame_equal(
        read_incidents(tmp_path / "strikes.gpkg").table,
        read_incidents(same_in(tmp_path, "csv")).table,
    )


def test_a_workbook_without_zones_needs_the_mission_to_name_one(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    book.active.append(["A", "fire", datetime(2026, 11, 22, 6), 33.5, 35.5])  # noqa: DTZ001 - a workbook knows no zones
    book.save(tmp_path / "strikes.xlsx")
    with pytest.raises(InputError, match="naive-time"):
        read_incidents(tmp_path / "strikes.xlsx")
    table = read_incidents(tmp_path / "strikes.xlsx", timezone="Asia/Beirut").table
    assert table.loc["A", "occurred_at"] == moment(2026, 11, 22, 4)


def geojson(folder, *geometries):
    features = [
        {
            "type": "Feature",
            "properties": {"id": str(at), "kind": "fire", "date": "2026-11-22T06:00Z"},
            "geometry": geometry,
        }
        for at, geometry in enumerate(geometries)
    ]
    return write(
        folder, json.dumps({"type": "FeatureCollection", "features": features}), "strikes.geojson"
    )


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "missing-place"),
        ({"type": "Point", "coordinates": []}, "missing-place"),
        ({"type": "Point", "coordinates": [0, 0]}, "null-island"),
        ({"type": "Point", "coordinates": [500000, 3700000]}, "bad-coordinates"),
        ({"type": "Point", "coordinates": [35.5, "33"]}, "bad-geometry"),
        ({"type": "GeometryCollection", "geometries": []}, "missing-place"),
        (
            {
                "type": "Polygon",
                "coordinates": [[[35, 33], [36, 34], [36, 33], [35, 34], [35, 33]]],
            },
            "invalid-polygon",
        ),
    ],
)
def test_a_shape_that_cannot_be_placed_is_refused_or_excluded(tmp_path, geometry, code):
    path = geojson(tmp_path, {"type": "Point", "coordinates": [35.5, 33.5]}, geometry)
    with pytest.raises(InputError) as error:
        read_incidents(path)
    assert [(problem.code, problem.row) for problem in error.value.problems] == [(code, 2)]
    assert dict(read_incidents(path, quarantine=True).source.rows)["quarantined"] == 1


def test_a_multipoint_of_one_point_is_that_point(tmp_path):
    table = read_incidents(
        geojson(tmp_path, {"type": "MultiPoint", "coordinates": [[35.5, 33.5]]})
    ).table
    assert table.geometry.iloc[0].equals(shapely.Point(35.5, 33.5))


def test_coordinate_systems_that_nobody_knows_are_refused(tmp_path):
    layer = geojson(tmp_path, {"type": "Point", "coordinates": [35.5, 33.5]})
    document = json.loads(layer.read_text())
    for crs in (
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::999999"}},
        {"type": "link"},
        5,
    ):
        path = write(tmp_path, json.dumps({**document, "crs": crs}), "a.geojson")
        with pytest.raises(InputError, match="unknown-crs"):
            read_incidents(path, quarantine=True)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=120).map(
        lambda text: (HEADER + "\n" + text).encode("utf-8", "surrogatepass")
    )
)
def test_hostile_bytes_give_a_reading_or_an_input_error(tmp_path_factory, content):
    path = write(tmp_path_factory.mktemp("hostile"), content)
    try:
        table, source = read_incidents(path, quarantine=True)
    except InputError as error:
        assert error.problems  # noqa: PT017 - either way is right
    else:
        counts = dict(source.rows)
        assert counts.pop("read") == sum(counts.values())
        assert counts["kept"] == len(table)
