"""UCDP GED: with and without a row of names, and never a closure from anything vaguer than near a
known place."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from feeds_mission import count_rows, plan, write_csv, write_mission
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError
from corridors.inputs.feeds.ucdp import COLUMNS, is_headerless_row

EXACT = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,dyad_dset_id,dyad_new_id,dyad_name,"
    "side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,source_date,"
    "source_headline,source_original,where_prec,where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,"
    "country,country_id,region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,"
    "gwnoa,gwnob"
)


def event(name="1", **said):
    """An invented event."""
    return {
        "id": name,
        "code_status": "Clear",
        "type_of_violence": "1",
        "number_of_sources": "2",
        "source_article": "Invented; twice, with marks",
        "where_prec": "1",
        "latitude": "33.02",
        "longitude": "35.02",
        "geom_wkt": "POINT (35.02 33.02)",
        "event_clarity": "1",
        "date_prec": "1",
        "date_start": "2026-11-21 00:00:00.000",
        "date_end": "2026-11-21 00:00:00.000",
        "best": "1",
    } | said


def read(folder, *events, **options):
    return co.read_incidents(write_csv(folder, COLUMNS, events), **options)


def test_the_columns_are_those_of_a_release_in_their_order():
    assert ",".join(COLUMNS) == EXACT
    assert len(COLUMNS) == 49


def test_an_event_is_an_incident_as_exact_as_its_codes(tmp_path):
    table, source = read(tmp_path, event(), timezone="UTC")
    row = table.loc["ucdp-1"]
    assert (row["kind"], row["accuracy_m"], row["verification"], row["source"]) == (
        "ground_clash",
        2000.0,
        "corroborated",
        "UCDP GED",
    )
    assert (row["occurred_at"], row["occurred_until"]) == (
        pd.Timestamp("2026-11-21T00:00Z"),
        pd.Timestamp("2026-11-21T23:59:59.999999Z"),
    )
    assert dict(source.rows) == {"read": 1, "kept": 1, "duplicate": 0, "quarantined": 0}
    assert source.redistributable


@pytest.mark.parametrize(
    "day", ["2026-11-21", "2026-11-21T00:00:00", "2026-11-21 00:00:00.000", "2026-11-21T00:00:00Z"]
)
def test_days_are_read_with_midnight_after_them_or_not(tmp_path, day):
    wanted = read(tmp_path, event()).table
    assert_frame_equal(read(tmp_path, event(date_start=day, date_end=day)).table, wanted)


def test_a_release_without_a_row_of_names_gives_the_same_table(tmp_path):
    events = [event(str(at), where_prec=str(at % 7 + 1)) for at in range(1, 20)]
    path = write_csv(tmp_path, COLUMNS, events)
    bare = tmp_path / "bare.csv"
    bare.write_text(
        "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8"
    )
    wanted, found = co.read_incidents(path), co.read_incidents(bare)
    assert_frame_equal(found.table, wanted.table)
    assert found.source.rows["read"] == 19
    assert "note.no_header" in {note.code for note in found.source.notes}


def test_only_a_row_of_data_is_taken_for_one():
    said = event()
    row = [said.get(name, "") for name in COLUMNS]
    assert is_headerless_row(row)
    assert not is_headerless_row(COLUMNS)
    assert not is_headerless_row(row[:-1])
    assert not is_headerless_row(["x", *row[1:]])


@pytest.mark.parametrize(
    ("code", "metres"),
    [("1", 2e3), ("2", 25e3), ("3", 50e3), ("4", 150e3), ("5", 100e3), ("6", 500e3), ("7", 500e3)],
)
def test_the_code_of_the_place_becomes_metres(tmp_path, code, metres):
    assert read(tmp_path, event(where_prec=code)).table["accuracy_m"].item() == metres


@pytest.mark.parametrize(("code", "days"), [("1", 1), ("2", 6), ("3", 7), ("4", 31), ("5", 366)])
def test_the_code_of_the_date_widens_what_spans_less_and_leaves_the_rest(tmp_path, code, days):
    row = read(tmp_path, event(date_prec=code), timezone="UTC").table.iloc[0]
    assert row["occurred_until"] - row["occurred_at"] >= pd.Timedelta(days=days) - pd.Timedelta(
        seconds=1
    )
    assert row["occurred_at"] <= pd.Timestamp("2026-11-21T00:00Z")
    assert row["occurred_until"] >= pd.Timestamp("2026-11-21T23:59:59Z")
    long = event(date_prec=code, date_start="2025-01-01", date_end="2026-11-21")
    row = read(tmp_path, long, timezone="UTC").table.iloc[0]
    assert (row["occurred_at"], row["occurred_until"].date().isoformat()) == (
        pd.Timestamp("2025-01-01T00:00Z"),
        "2026-11-21",
    )


@pytest.mark.parametrize(
    ("said", "sure"),
    [
        ({}, "corroborated"),
        ({"event_clarity": "2"}, "reported"),
        ({"number_of_sources": "1"}, "reported"),
        ({"number_of_sources": "-1"}, "reported"),
        ({"code_status": "Check dyad"}, "reported"),
    ],
)
def test_only_a_clear_event_of_two_sources_is_corroborated(tmp_path, said, sure):
    assert read(tmp_path, event(**said)).table["verification"].item() == sure


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"where_prec": "8"}, "unknown-precision"),
        ({"date_prec": ""}, "unknown-precision"),
        ({"type_of_violence": "4"}, "unknown-code-word"),
        ({"date_end": "2026-11-20"}, "ends-before-start"),
        ({"date_start": ""}, "missing-time"),
        ({"date_start": "21/11/2026"}, "bad-time"),
        ({"id": ""}, "missing-id"),
        ({"latitude": ""}, "missing-place"),
    ],
)
def test_a_row_that_is_not_certain_is_refused(tmp_path, said, code):
    with pytest.raises(InputError) as error:
        read(tmp_path, event(**said))
    assert code in {problem.code for problem in error.value.problems}
    assert all(problem.row == 2 for problem in error.value.problems)


def test_no_mission_can_make_an_area_close_a_road():
    for table in (
        {"ucdp_m": {"3": 20_000}},
        {"acled_m": {"3": 25_000}},
        {"words_m": {"province_level": 10}},
    ):
        with pytest.raises(InputError, match="never closes a road"):
            co.Rules.from_tables({"precision": table})
    with pytest.raises(InputError, match="max_accuracy_m"):
        co.Rules.from_tables({"incidents": {"max_accuracy_m": 25_001}})
    with pytest.raises(InputError, match="unknown-key"):
        co.Rules.from_tables({"precision": {"ucdp_m": {"8": 1}}})


@pytest.fixture(scope="module")
def sample(real_data, tmp_path_factory):
    """The real sample of 1,000 events as the CSV that UCDP publishes."""
    rdata = pytest.importorskip("rdata")
    path = real_data / "ucdp_ged23_sample" / "ucdpged.rda"
    if not path.is_file():
        pytest.skip("real data is not here (ucdp_ged23_sample)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about classes of R that it does not know
        table = next(iter(rdata.read_rda(path).values()))
    for name in ("date_start", "date_end"):
        table[name] = pd.to_datetime(table[name], unit="s").dt.strftime("%Y-%m-%d 00:00:00.000")
    for name in table:
        if table[name].dtype == float and (table[name].dropna() % 1 == 0).all():
            table[name] = table[name].astype("Int64")
    assert tuple(table) == COLUMNS
    target = tmp_path_factory.mktemp("ucdp") / "ged.csv"
    table.to_csv(target, index=False)
    return target


def test_the_real_sample_keeps_every_row(sample):
    table, source = co.read_incidents(sample)
    assert count_rows(source) == (1000, 1000)
    assert len(table) == 1000
    assert (table["accuracy_m"] > 25_000).sum() == 140 + 105 + 35 + 12 + 1, (
        "as the sample counts where_prec 3 to 7"
    )


def test_the_real_sample_without_its_header_is_the_same(sample, tmp_path):
    bare = tmp_path / "ged.csv"
    bare.write_text(sample.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")
    assert_frame_equal(co.read_incidents(bare).table, co.read_incidents(sample).table)


def test_the_real_sample_plans_to_the_end_and_what_is_vague_closes_nothing(sample, tmp_path):
    table = co.read_incidents(sample).table
    vague = table[table["accuracy_m"] > 25_000]
    spot = vague[vague["occurred_at"] < "2013-06-01"].geometry.iloc[0]
    rules = (
        "[rules.incidents]\nmax_accuracy_m = 25000\nlook_back_days = 36500\nhalf_life_days = 3650"
    )
    folder = write_mission(
        tmp_path / "m",
        lon=spot.x - 0.02,
        lat=spot.y - 0.02,
        as_of="2023-01-05T00:00:00Z",
        reports={"ged.csv": sample.read_bytes()},
        rules=rules,
        acknowledge="no-incident-in-area no-active-incident",
    )
    made = plan(folder)
    assert made.summary["incidents_read"] == 1000
    assert made.summary["incidents_too_imprecise"] == len(vague)
    assert not set(made.closures["cause_id"]) & set(vague.index)
    assert (made.segments["exposure"] > 0).all()
