"""A hotline's log: each call is placed for certain or refused by name, and no caller is ever named."""

from __future__ import annotations

import pandas as pd
import pytest
from feeds_mission import count_rows, plan, write_csv, write_mission
from shapely import LineString

import corridors as co
from corridors.errors import InputError
from corridors.geodesy.measures import measure_length_m
from corridors.inputs.feeds.hotline import COLUMNS
from corridors.messages import Message

HERE = {"lon": 35.0, "lat": 33.0, "as_of": "2026-11-23T06:00:00Z"}
STRIKE = "id,kind,date,lat,lon\nfar,fire,2026-11-22T00:00Z,33.4,35.5\n"


def call(name="1", **said):
    return {
        "call_id": name,
        "received_at": "2026-11-23T04:00Z",
        "caller_role": "focal point",
        "lat": "33.02",
        "lon": "35.02",
        "code": "shelling",
        "confidence": "high",
    } | said


def read(folder, *calls, columns=COLUMNS, **options):
    return co.read_reports(write_csv(folder, columns, calls), **options)


def test_a_call_is_a_report_of_one_source_however_sure_the_caller(tmp_path):
    ((table, source),) = read(tmp_path, call())
    row = table.loc["call-1"]
    assert row[["kind", "verification", "source", "accuracy_m"]].tolist() == [
        "shelling",
        "reported",
        "hotline: focal point",
        500.0,
    ]
    assert (
        row["occurred_at"]
        == row["occurred_until"]
        == row["reported_at"]
        == pd.Timestamp("2026-11-23T04:00Z")
    )
    assert (row.geometry.y, row.geometry.x) == (33.02, 35.02)
    assert count_rows(source) == (1, 1)


def test_calls_about_the_state_of_a_road_become_road_reports_and_rows_add_up(tmp_path):
    calls = [
        call(),
        call("2", code="not passable"),
        call("3", code="restricted", structure="Bridge at the mill"),
    ]
    incidents, roads = read(tmp_path, *calls)
    assert dict(incidents.source.rows) == {
        "read": 3,
        "kept": 1,
        "duplicate": 0,
        "quarantined": 0,
        "road_report": 2,
    }
    assert dict(roads.source.rows) == {
        "read": 3,
        "kept": 2,
        "duplicate": 0,
        "quarantined": 0,
        "incident": 1,
    }
    assert roads.table["status"].to_dict() == {"call-2": "NOT_PASSABLE", "call-3": "RESTRICTED"}
    assert roads.table.loc["call-3", "name"] == "Bridge at the mill"


def test_a_place_code_lies_where_the_site_that_carries_it_lies(tmp_path):
    folder = write_mission(
        tmp_path / "m", **HERE, reports={"calls.csv": "\n".join([",".join(COLUMNS)])}
    )
    sites = co.read_situation(folder).sites
    for said in ({"pcode": "LB-C"}, {"place": "LB-C"}):
        ((table, _),) = read(tmp_path, call(lat="", lon="", **said), sites=sites)
        row = table.iloc[0]
        assert (round(row.geometry.x, 6), round(row.geometry.y, 6), row["accuracy_m"]) == (
            35.04,
            33.04,
            2000.0,
        )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"pcode": "LB-X"}, "unresolved-place"),
        ({"place": "near the old mill"}, "unresolved-place"),
        ({"place": "D>C#1 km 3"}, "unresolved-place"),
        ({}, "missing-place"),
        ({"lat": "33.02"}, "missing-place"),
        ({"lat": "95", "lon": "35"}, "bad-latitude"),
    ],
)
def test_a_place_that_is_not_certain_is_refused_or_quarantined(tmp_path, said, code):
    calls = [call(), call("2", lat="", lon="") | said]
    with pytest.raises(InputError) as error:
        read(tmp_path, *calls)
    assert [(problem.code, problem.row) for problem in error.value.problems] == [(code, 3)]
    ((_, source),) = read(tmp_path, *calls, quarantine=True)
    assert dict(source.rows) == {"read": 2, "kept": 1, "duplicate": 0, "quarantined": 1}
    assert [note.code for note in source.notes] == ["note.excluded"]


def test_a_kilometre_counts_along_the_corridor_of_the_plan_that_is_named(tmp_path):
    first = plan(write_mission(tmp_path / "first", **HERE, reports={"strikes.csv": STRIKE}))
    name = first.corridors.index[first.corridors["rank"] == 1][0]
    line = first.corridors.geometry[name]
    log = write_csv(
        tmp_path,
        COLUMNS,
        [call(lat="", lon="", place=f"{name} km 1.5"), call("2")],
        name="calls.csv",
    ).read_bytes()
    inputs = 'incidents = ["strikes.csv", { path = "calls.csv", corridors = "plan.gpkg" }]'
    folder = write_mission(tmp_path / "m", **HERE, reports={}, inputs=inputs)
    (folder / "strikes.csv").write_text(STRIKE, encoding="utf-8")
    (folder / "calls.csv").write_bytes(log)
    co.write_plan(first, tmp_path / "out")
    (folder / "plan.gpkg").write_bytes((tmp_path / "out" / "plan.gpkg").read_bytes())
    row = co.read_situation(folder).incidents.loc["call-1"]
    assert row["accuracy_m"] == 1000.0
    assert line.distance(row.geometry) < 1e-9
    # the corridor starts straight, so that its first 1.5 km are one line
    assert measure_length_m([LineString([line.coords[0], row.geometry.coords[0]])])[
        0
    ] == pytest.approx(1500, abs=1)
    with pytest.raises(InputError, match="unresolved-place"):
        co.read_reports(
            write_csv(tmp_path, COLUMNS, [call(lat="", lon="", place=f"{name} km 900")]),
            corridors=folder / "plan.gpkg",
        )


def test_a_call_without_a_time_or_with_a_code_nobody_knows_is_refused(tmp_path):
    for said, code in (
        ({"received_at": ""}, "missing-time"),
        ({"code": "trouble"}, "unknown-code-word"),
        ({"code": ""}, "unknown-code-word"),
        ({"confidence": "maybe"}, "unknown-verification"),
        ({"received_at": "2026-11-23T04:00"}, "naive-time"),
    ):
        with pytest.raises(InputError) as error:
            read(tmp_path, call(**said))
        assert [problem.code for problem in error.value.problems] == [code]


def test_every_problem_of_both_kinds_of_calls_comes_in_one_run(tmp_path):
    calls = [call(lat="", lon=""), call("2", code="closed", lat="", lon="")]
    with pytest.raises(InputError) as error:
        read(tmp_path, *calls)
    assert [problem.row for problem in error.value.problems] == [2, 3]


def test_names_and_numbers_of_callers_are_never_read(tmp_path):
    columns = [*COLUMNS, "caller_name", "phone"]
    ((table, source),) = read(
        tmp_path, call(caller_name="Somebody", phone="+961 1 23"), columns=columns
    )
    assert "Somebody" not in table.to_csv()
    assert Message("note.columns_unread", names=("caller_name", "phone")) in source.notes


def test_a_log_plans_to_the_end(tmp_path):
    log = write_csv(tmp_path, COLUMNS, [call(), call("2", code="closed")]).read_text(
        encoding="utf-8"
    )
    folder = write_mission(tmp_path / "m", **HERE, reports={"calls.csv": log})
    made = plan(folder)
    assert made.summary["incidents_read"] == 2
    assert made.summary["incidents_excluded"] == 1
    assert made.situation.road_reports.index.tolist() == ["call-2"]
    assert "call-1" in set(made.closures["cause_id"])
