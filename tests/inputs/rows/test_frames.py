"""A table in memory is read by the same path as a file, with the same problems."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError, UsageError
from corridors.inputs.rows import read_rows

INCIDENTS = pd.DataFrame(
    {
        "incident_id": ["A", "B"],
        "kind": ["air_strike", "fire"],
        "occurred_at": ["2026-11-22T06:00:00Z", "2026-11-21T23:59:59Z"],
        "accuracy_m": [50.0, None],
        "verification": ["verified", None],
        "lat": [33.272911, 33.123456],
        "lon": [35.193912, 35.654321],
    }
)
READERS = [
    co.read_incidents,
    co.read_zones,
    co.read_sites,
    co.read_reports,
    co.read_road_reports,
]


def test_a_frame_and_its_file_give_the_same_table(tmp_path):
    INCIDENTS.to_csv(tmp_path / "strikes.csv", index=False)
    from_file = co.read_incidents(tmp_path / "strikes.csv")
    table, source = co.read_incidents(INCIDENTS)
    assert_frame_equal(table, from_file.table)
    assert (source.name, source.format) == ("table", "table")
    assert source.notes == from_file.source.notes
    assert source.rows == from_file.source.rows


def test_geometry_and_its_coordinate_system_are_those_of_the_frame():
    points = gpd.points_from_xy(INCIDENTS["lon"], INCIDENTS["lat"])
    frame = gpd.GeoDataFrame(INCIDENTS.drop(columns=["lat", "lon"]), geometry=points, crs=4326)
    wanted = co.read_incidents(frame).table
    assert wanted.geometry.geom_equals(gpd.GeoSeries(points, index=wanted.index, crs=4326)).all()
    moved = co.read_incidents(frame.to_crs(32636)).table
    assert moved.geometry.geom_equals_exact(wanted.geometry, 1e-8).all()
    for shapes in (list(points), [shape.wkt for shape in points]):
        plain = INCIDENTS.drop(columns=["lat", "lon"]).assign(geometry=shapes)
        assert_frame_equal(co.read_incidents(plain).table, wanted)
    assert_frame_equal(co.read_incidents(pd.DataFrame(frame)).table, wanted)


def test_a_table_of_ours_is_read_again_unchanged():
    situation = co.read_situation(co.demo_folder())
    for read, name in ((co.read_incidents, "incidents"), (co.read_zones, "zones")):
        table = getattr(situation, name)
        assert_frame_equal(read(table).table, table)
    assert_frame_equal(co.read_sites(situation.sites).table, situation.sites)


def test_times_of_pandas_and_python_are_read_as_instants():
    when = [pd.Timestamp("2026-11-22T06:00Z"), datetime(2026, 11, 22, 7, tzinfo=UTC)]
    table = co.read_incidents(INCIDENTS.assign(occurred_at=when)).table
    assert table["occurred_at"].tolist() == [pd.Timestamp(moment) for moment in when]
    with pytest.raises(InputError, match="naive-time"):
        co.read_incidents(INCIDENTS.assign(occurred_at=pd.Timestamp("2026-11-22T06:00")))


def test_missing_values_are_blank_cells():
    rows = read_rows(pd.DataFrame({"a": [None, float("nan"), pd.NaT, pd.NA, "x", 1.0]}))
    assert rows.columns == {"a": ("", "", "", "", "x", "1")}
    assert rows.numbers == (1, 2, 3, 4, 5, 6)


def test_problems_name_the_table_the_row_and_the_column():
    with pytest.raises(InputError) as error:
        co.read_incidents(INCIDENTS.assign(lat=[95.2, 33.1]))
    (problem,) = error.value.problems
    assert (problem.code, problem.file, problem.row, problem.field, problem.value) == (
        "bad-latitude",
        "table",
        1,
        "lat",
        "95.2",
    )


def test_columns_that_share_a_name_are_refused():
    twice = pd.concat([INCIDENTS, INCIDENTS["lat"]], axis="columns")
    with pytest.raises(InputError, match="two-columns"):
        co.read_incidents(twice)
    with pytest.raises(InputError, match="two-columns"):
        co.read_incidents(INCIDENTS.set_index("incident_id", drop=False))


def test_the_digest_is_that_of_the_contents():
    digests = {
        read_rows(frame).sha256
        for frame in (INCIDENTS, INCIDENTS.copy(), INCIDENTS.assign(lat=33.1))
    }
    assert len(digests) == 2
    layers = [gpd.GeoDataFrame(geometry=[shapely.Point(x, 33)], crs=4326) for x in (35, 36)]
    assert read_rows(layers[0]).sha256 != read_rows(layers[1]).sha256


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("source", [None, 5, b"a.csv", ["a.csv"], {"lat": [1]}, INCIDENTS["lat"]])
def test_anything_else_is_refused_with_a_message(read, source):
    with pytest.raises(UsageError) as error:
        read(source)
    (message,) = error.value.args
    assert message.code == "usage.not_a_path_or_table"
    assert message.values == {"type": type(source).__name__}


def test_reports_refuse_an_option_of_another_name():
    with pytest.raises(TypeError, match="time_zone"):
        co.read_reports(INCIDENTS, time_zone="Asia/Beirut")
