"""Incidents are read strictly: what has no certain place, time or kind is refused or excluded."""

from __future__ import annotations

from datetime import UTC, datetime

import openpyxl
import pandas as pd
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from incident_files import GOOD, HEADER, MANY, layer, moment, read, refused, same_in, write
from pandas.testing import assert_frame_equal

from corridors.errors import InputError
from corridors.inputs.reports import read_incidents
from corridors.messages import Message


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


# Values


def test_without_a_column_of_kinds_all_are_other_and_that_is_noted(tmp_path):
    table, source = read(tmp_path, "A,2026-11-22T06:00Z,33.5,35.5", header="id,date,lat,lon")
    assert table["kind"].tolist() == ["other"]
    assert Message("note.no_kind") in source.notes


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


# Formats


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


@examples(50, 600)
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
