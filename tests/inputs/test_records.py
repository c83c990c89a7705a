"""Ids, duplicates, and the account of rows."""

from __future__ import annotations

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from incident_files import GOOD, HEADER, read, refused
from pandas.testing import assert_frame_equal

from corridors.errors import InputError
from corridors.messages import Message


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


@examples(25, 250)
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
