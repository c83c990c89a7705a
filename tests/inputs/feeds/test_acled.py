"""ACLED exports: as exact as their codes say, in every variant, with what closes nothing set aside
by name. All rows are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

import openpyxl
import pandas as pd
import pytest
from feeds_mission import count_rows, plan, write_csv, write_mission
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError
from corridors.inputs.feeds.acled import COLUMNS, DEMONSTRATION, KINDS, STRATEGIC, parse_day
from corridors.messages import Message
from corridors.outputs.files import describe_plan
from corridors.tables import INCIDENT_KINDS

EXACT = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,actor2,assoc_actor_2,"
    "inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,"
    "source_scale,notes,fatalities,tags,timestamp"
)
"""The header of an export, as the reference has it."""


def event(name="INV1", **said):
    """An invented event; nothing of it happened."""
    return {
        "event_id_cnty": name,
        "event_date": "2026-11-21",
        "year": "2026",
        "time_precision": "1",
        "disorder_type": "Political violence",
        "event_type": "Explosions/Remote violence",
        "sub_event_type": "Air/drone strike",
        "actor1": "Invented forces",
        "inter1": "State forces",
        "country": "Nowhere",
        "location": "Invented town",
        "latitude": "33.02",
        "longitude": "35.02",
        "geo_precision": "1",
        "source": "Invented for tests",
        "notes": "Invented, with a comma",
        "fatalities": "0",
        "timestamp": "1795392000",
    } | said


def read(folder, *events, columns=COLUMNS, **options):
    return co.read_incidents(write_csv(folder, columns, events), **options)


def test_the_columns_are_those_of_an_export_in_their_order():
    assert ",".join(COLUMNS) == EXACT
    assert len(COLUMNS) == 31


def test_an_event_is_an_incident_as_exact_as_its_codes(tmp_path):
    table, source = read(tmp_path, event(), timezone="Asia/Beirut")
    row = table.loc["INV1"]
    assert (row["kind"], row["accuracy_m"], row["verification"], row["source"]) == (
        "air_strike",
        2000.0,
        "reported",
        "ACLED: Invented for tests",
    )
    assert (row["occurred_at"], row["occurred_until"]) == (
        pd.Timestamp("2026-11-20T22:00Z"),
        pd.Timestamp("2026-11-21T21:59:59.999999Z"),
    )
    assert row["reported_at"] == datetime(2026, 11, 23, 0, 0, tzinfo=UTC) == source.newest
    assert (row.geometry.y, row.geometry.x) == (33.02, 35.02)
    assert source.format == "csv (acled)"
    assert "ACLED" in source.attribution
    assert not source.redistributable
    assert "note.columns_unread" not in {note.code for note in source.notes}


def test_a_byte_order_mark_other_cases_and_population_columns_change_nothing(tmp_path):
    wanted = read(tmp_path, event()).table
    marked = co.read_incidents(write_csv(tmp_path, COLUMNS, [event()], mark="\ufeff")).table
    assert_frame_equal(marked, wanted)
    more = (*COLUMNS, "population_1km", "population_best")
    assert_frame_equal(read(tmp_path, event(population_1km="500"), columns=more).table, wanted)


def test_an_export_of_before_2023_is_read(tmp_path):
    old = (
        "data_id",
        "iso",
        "event_id_cnty",
        "event_id_no_cnty",
        *COLUMNS[1:4],
        *COLUMNS[5:14],
        *COLUMNS[16:29],
        "timestamp",
        "iso3",
    )
    assert "disorder_type" not in old
    table = read(tmp_path, event(inter1="1", interaction="10"), columns=old).table
    assert_frame_equal(table, read(tmp_path, event()).table)


def test_a_workbook_gives_the_same_table(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    said = event(
        event_date=date(2026, 11, 21),
        latitude=33.02,
        longitude=35.02,
        geo_precision=1,
        time_precision=1,
        timestamp=1795392000,
    )
    book.active.append([said.get(name) for name in COLUMNS])
    book.save(tmp_path / "feed.xlsx")
    assert_frame_equal(
        co.read_incidents(tmp_path / "feed.xlsx").table, read(tmp_path, event()).table
    )


@pytest.mark.parametrize(("code", "metres"), [("1", 2_000), ("2", 10_000), ("3", 50_000)])
def test_the_code_of_the_place_becomes_metres(tmp_path, code, metres):
    assert read(tmp_path, event(geo_precision=code)).table["accuracy_m"].item() == metres


@pytest.mark.parametrize(("code", "days"), [("1", 0), ("2", 6), ("3", 30)])
def test_the_code_of_the_time_widens_the_window_and_never_narrows_it(tmp_path, code, days):
    exact, wide = (
        read(tmp_path, event(time_precision=precision), timezone="UTC").table.iloc[0]
        for precision in ("1", code)
    )
    assert exact["occurred_at"] - wide["occurred_at"] == pd.Timedelta(days=days)
    assert wide["occurred_until"] - exact["occurred_until"] == pd.Timedelta(days=days)


def test_a_window_is_never_wider_than_the_years_that_can_be_counted(tmp_path):
    last = read(
        tmp_path, event(event_date="9999-12-15", time_precision="3"), timezone="UTC"
    ).table.iloc[0]
    assert (last["occurred_at"].date().isoformat(), last["occurred_until"].date().isoformat()) == (
        "9999-11-15",
        "9999-12-31",
    )
    with pytest.raises(InputError) as error:
        read(tmp_path, event(event_date="0001-01-15", time_precision="3"), timezone="UTC")
    assert [problem.code for problem in error.value.problems] == ["implausible-time"]


@pytest.mark.parametrize("column", ["geo_precision", "time_precision"])
@pytest.mark.parametrize("code", ["", "0", "4", "exact"])
def test_a_code_that_acled_does_not_have_is_refused(tmp_path, column, code):
    with pytest.raises(InputError) as error:
        read(tmp_path, event(**{column: code}))
    assert [(problem.code, problem.row, problem.field) for problem in error.value.problems] == [
        ("unknown-precision", 2, column)
    ]


def test_every_kind_of_event_is_one_of_ours_or_excluded_by_name():
    assert set(KINDS.values()) == {*INCIDENT_KINDS, DEMONSTRATION, STRATEGIC} - {"fire"}
    assert len({word for word in KINDS if "protestors" not in word}) == 25
    assert {word for word, kind in KINDS.items() if kind == DEMONSTRATION} == {
        "Peaceful protest",
        "Protest with intervention",
    }


def test_demonstrations_are_excluded_by_name_and_every_row_is_accounted_for(tmp_path):
    rows = [event(f"INV{at}", sub_event_type=word) for at, word in enumerate(KINDS)]
    table, source = read(tmp_path, *rows, rows[0])
    assert dict(source.rows) == {
        "read": 27,
        "kept": 19,
        "duplicate": 1,
        "quarantined": 0,
        "demonstration": 2,
        "strategic_development": 5,
    }
    assert len(table) == 19
    assert count_rows(source)[0] == count_rows(source)[1] == 27
    assert any("2 demonstration, 5 strategic development" in str(note) for note in source.notes)


def test_what_is_wrong_with_a_demonstration_does_not_matter(tmp_path):
    rows = dict(
        read(
            tmp_path,
            event(),
            event("INV2", sub_event_type="Peaceful protest", latitude="", geo_precision="9"),
        ).source.rows
    )
    assert rows == {"read": 2, "kept": 1, "duplicate": 0, "quarantined": 0, "demonstration": 1}


def test_a_demonstration_in_whose_notes_rows_are_hidden_is_refused(tmp_path):
    protest, clash = event(sub_event_type="Peaceful protest", event_type="Protests"), event("INV2")
    columns = [name for name in COLUMNS if name != "notes"] + ["notes"]
    lines = [",".join(row.get(name, "") for name in columns[:-1]) for row in (protest, clash)]
    path = tmp_path / "acled.csv"
    path.write_text(
        f'{",".join(columns)}\n{lines[0]},"a crowd\n{lines[1]},a clash"\n', encoding="utf-8"
    )
    with pytest.raises(InputError) as error:
        co.read_incidents(path)
    assert [(problem.code, problem.row) for problem in error.value.problems] == [
        ("swallowed-rows", 2)
    ]


def test_a_sub_event_type_that_is_not_known_counts_by_its_event_type_and_says_so(tmp_path):
    table, source = read(tmp_path, event(sub_event_type="Laser beam"))
    assert table["kind"].item() == "shelling"
    names = ("Laser beam (Explosions/Remote violence)",)
    assert Message("note.acled_unknown", names=names) in source.notes
    with pytest.raises(InputError, match="unknown-kind"):
        read(tmp_path, event(sub_event_type="Laser beam", event_type="Weather"))


@pytest.mark.parametrize(
    "text",
    [
        "2023-01-31",
        "31 January 2023",
        "31-January-2023",
        "2023-01-31T00:00:00",
        "\u0662\u0660\u0662\u0663-\u0660\u0661-\u0663\u0661",
    ],
)
def test_a_day_with_one_reading_is_read(text):
    assert parse_day("", text) == date(2023, 1, 31)


def test_days_in_figures_need_a_declaration(tmp_path):
    with pytest.raises(InputError, match=r'ambiguous-time.*dates = "dd-mm-yyyy"'):
        read(tmp_path, event(event_date="05-06-2026"))
    days = [
        read(tmp_path, event(event_date="05-06-2026"), dates=dates, timezone="UTC")
        .table["occurred_at"]
        .item()
        for dates in ("dd-mm-yyyy", "mm-dd-yyyy")
    ]
    assert days == [pd.Timestamp("2026-06-05T00:00Z"), pd.Timestamp("2026-05-06T00:00Z")]


@pytest.mark.parametrize(
    "text",
    ["31 Januar 2023", "31 Jan 23", "2023-02-30", "Jan 31 2023", "45000", "31 February 2023"],
)
def test_a_day_that_is_none_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="bad-time"):
        read(tmp_path, event(event_date=text))


def test_an_export_without_its_codes_is_not_read_as_if_it_were_exact(tmp_path):
    cut = [name for name in COLUMNS if name != "geo_precision"]
    with pytest.raises(InputError, match="cut-feed"):
        read(tmp_path, event(), columns=cut)
    with pytest.raises(
        InputError, match=r"lacks the columns geo_precision \[?.*not-this-feed|not-this-feed"
    ):
        read(tmp_path, event(), columns=cut, format="acled")


def test_rows_without_a_place_are_quarantined_only_when_asked(tmp_path):
    rows = [event(), event("INV2", latitude="")]
    with pytest.raises(InputError, match="missing-place"):
        read(tmp_path, *rows)
    assert dict(read(tmp_path, *rows, quarantine=True).source.rows)["quarantined"] == 1


HERE = {"lon": 35.0, "lat": 33.0, "as_of": "2026-11-23T06:00:00Z"}


def as_text(*events):
    return (
        "\n".join(
            [EXACT, *(",".join(f'"{one.get(name, "")}"' for name in COLUMNS) for one in events)]
        )
        + "\n"
    )


def test_an_export_plans_to_the_end_and_an_event_of_a_region_closes_nothing(tmp_path):
    # the clinic lies at 33.04 N; the strike in the middle is known to a town only, the one of the
    # region sits on the depot's road
    events = [
        event(latitude="33.2", longitude="35.3"),
        event("INV2", geo_precision="3", latitude="33.0", longitude="35.01"),
        event("INV3", sub_event_type="Peaceful protest"),
    ]
    folder = write_mission(
        tmp_path / "m",
        **HERE,
        reports={"export.csv": as_text(*events)},
        rules="[rules.incidents]\nmax_accuracy_m = 25000",
    )
    made = plan(folder)
    assert made.incidents["incident_status"].to_dict() == {
        "INV1": "active",
        "INV2": "too_imprecise",
    }
    assert not (made.closures["cause_id"] == "INV2").any()
    assert (made.summary["incidents_read"], made.summary["incidents_excluded"]) == (3, 1)
    assert (
        made.summary["incidents_read"]
        == sum(count for name, count in made.summary.items() if name.startswith("incidents_")) - 3
    )
    assert any("may not be redistributed" in remark for remark in co.render_remarks(made))
    inputs = describe_plan(made)["inputs"]
    assert [said["redistributable"] for said in inputs if said["role"] == "incidents"] == [False]
    assert (made.segments["exposure"] > 0).all(), "the whole region is a little more exposed"


def test_deleted_events_are_retracted_from_the_moment_of_deletion(tmp_path):
    events = as_text(
        event(timestamp="1795327200"), event("INV2", latitude="33.2", longitude="35.3")
    )  # six hours before
    # 2026-11-22 12:00 UTC
    deleted = "event_id_cnty,deleted_timestamp\nINV1,1795348800\nINV9,1795348800\n"
    folder = write_mission(
        tmp_path / "m", **HERE, reports={"export.csv": events, "deleted.csv": deleted}
    )
    situation = co.read_situation(folder)
    assert situation.incidents["verification"].to_dict() == {
        "INV1": "retracted",
        "INV2": "reported",
    }
    assert co.read_situation(folder, as_of="2026-11-22T11:59:59Z").incidents[
        "verification"
    ].to_dict() == {
        "INV1": "reported",
        "INV2": "reported",
    }
    source = next(source for source in situation.sources if source.role == "retractions")
    assert dict(source.rows) == {"read": 2, "kept": 2, "duplicate": 0, "quarantined": 0}
    assert "incidents on the list of withdrawals: 1" in " ".join(map(str, source.notes))


def test_an_event_made_anew_after_its_deletion_counts(tmp_path):
    deleted = "event_id_cnty,deleted_timestamp\nINV1,1795348800\n"  # 2026-11-22 12:00 UTC
    before, anew = (
        event(timestamp="1795345200"),
        event(timestamp="1795352400", notes="made anew"),
    )  # an hour before, an hour after
    far = event("INV2", latitude="33.2", longitude="35.3")
    for number, (rows, incident_status) in enumerate(
        [((before,), "retracted"), ((anew,), "active"), ((before, anew), "active")]
    ):
        reports = {"export.csv": as_text(far, *rows), "deleted.csv": deleted}
        assert plan(write_mission(tmp_path / str(number), **HERE, reports=reports)).incidents[
            "incident_status"
        ].to_dict() == {
            "INV1": incident_status,
            "INV2": "active",
        }


def test_retracting_an_event_closes_what_never_having_had_it_closes(tmp_path):
    far = event("INV2", latitude="33.2", longitude="35.3")
    deleted = "event_id_cnty,deleted_timestamp\nINV1,1795348800\n"
    with_it = write_mission(
        tmp_path / "a",
        **HERE,
        reports={"export.csv": as_text(event(timestamp="1795327200"), far), "deleted.csv": deleted},
    )
    without = write_mission(tmp_path / "b", **HERE, reports={"export.csv": as_text(far)})
    one, other = plan(with_it), plan(without)
    assert_frame_equal(one.closures, other.closures)
    assert_frame_equal(one.steps, other.steps)
    assert_frame_equal(one.segments, other.segments)


def test_a_list_of_deletions_alone_is_no_file_of_incidents(tmp_path):
    path = tmp_path / "deleted.csv"
    path.write_text("event_id_cnty,deleted_timestamp\nINV1,1795348800\n", encoding="utf-8")
    with pytest.raises(InputError, match="other-table"):
        co.read_incidents(path)
