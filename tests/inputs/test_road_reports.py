"""Road reports in a plain file."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from feeds_mission import count_rows, plan, write_mission

import corridors as co
from corridors.errors import InputError
from corridors.tables import ROAD_REPORTS, check_table

AADBE = (
    "report_id,name,status,kind,reported_at,valid_from,valid_to,direction,lanes,max_weight_t,source,verification,lat,lon\n"
    "LC-1,El Aadbe bridge (Aarida road),Restricted,bridge,2006-08-12T09:00+03:00,2006-08-11,2006-08-12,northbound,"
    "northbound lanes and inside southbound lane,5,Logistics Cluster,verified,34.53,35.97\n"
)


def write(folder, text, name="roads.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_bridge_of_2006_is_one_record_that_holds_all_that_was_said(tmp_path):
    table, source = co.read_road_reports(write(tmp_path, AADBE), timezone="Asia/Beirut")
    check_table(ROAD_REPORTS, table)
    row = table.loc["LC-1"]
    assert row[
        ["status", "kind", "direction", "lanes", "max_weight_t", "source", "verification", "name"]
    ].to_dict() == {
        "status": "RESTRICTED",
        "kind": "bridge_status",
        "direction": "northbound",
        "lanes": "northbound lanes and inside southbound lane",
        "max_weight_t": 5.0,
        "source": "Logistics Cluster",
        "verification": "verified",
        "name": "El Aadbe bridge (Aarida road)",
    }
    assert pd.isna(row["max_height_m"])
    assert row["reported_at"] == pd.Timestamp("2006-08-12T06:00Z")
    assert (row["valid_from"], row["valid_to"]) == (
        pd.Timestamp("2006-08-10T21:00Z"),
        pd.Timestamp("2006-08-12T20:59:59.999999Z"),
    )
    assert source.role == "road_reports"
    assert count_rows(source) == (1, 1)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("open", "PASSABLE"),
        ("Not passable", "NOT_PASSABLE"),
        ("CLOSED", "NOT_PASSABLE"),
        ("limited access", "RESTRICTED"),
        ("unknown", "UNKNOWN"),
    ],
)
def test_the_usual_words_for_states_are_known(tmp_path, word, status):
    text = f"id,road_status,date,lat,lon\nA,{word},2026-11-22T00:00Z,33,35\n"
    assert co.read_road_reports(write(tmp_path, text)).table["status"].item() == status


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("status", "fine", "unknown-status"),
        ("status", "", "unknown-status"),
        ("reported_at", "", "missing-time"),
        ("direction", "upwards", "unknown-direction"),
        ("kind", "weather", "unknown-kind"),
        ("max_weight_t", "0", "bad-number"),
        ("max_weight_t", "5 t", "bad-number"),
        ("valid_to", "2006-08-10", "ends-before-start"),
        ("lat", "", "missing-place"),
    ],
)
def test_a_row_that_is_not_certain_is_refused(tmp_path, column, text, code):
    table = pd.read_csv(write(tmp_path, AADBE), dtype=str)
    table[column] = text
    table.to_csv(tmp_path / "roads.csv", index=False)
    with pytest.raises(InputError) as error:
        co.read_road_reports(tmp_path / "roads.csv", timezone="Asia/Beirut")
    assert [(problem.code, problem.row) for problem in error.value.problems] == [(code, 2)]


def test_a_limit_may_not_be_in_two_columns_one_of_them_blank(tmp_path):
    text = AADBE.replace("max_weight_t", "max_weight_t,maxloadmt").replace("lane,5,", "lane,,5,")
    with pytest.raises(InputError) as error:
        co.read_road_reports(write(tmp_path, text), timezone="Asia/Beirut")
    assert [(problem.code, problem.field) for problem in error.value.problems] == [
        ("two-columns", "max_weight_t, maxloadmt")
    ]


def test_lines_are_read_from_geojson(tmp_path):
    shapes = [
        shapely.LineString([(35, 33), (35.1, 33)]),
        shapely.MultiLineString([[(35, 33), (35.1, 33)], [(36, 33), (36.1, 33)]]),
    ]
    layer = gpd.GeoDataFrame(
        {"id": ["a", "b"], "status": "closed", "date": "2026-11-22T00:00Z"},
        geometry=shapes,
        crs=4326,
    )
    layer.to_file(tmp_path / "roads.geojson")
    assert co.read_road_reports(tmp_path / "roads.geojson").table.geom_type.tolist() == [
        "LineString",
        "MultiLineString",
    ]


def test_a_mission_names_them_and_a_situation_holds_them(tmp_path):
    strike = "id,kind,date,lat,lon\nfar,fire,2026-11-22T00:00Z,33.4,35.5\n"
    reports = "id,status,date,lat,lon\nA,closed,2026-11-22T00:00Z,33.02,35.02\n"
    here = {
        "lon": 35.0,
        "lat": 33.0,
        "as_of": "2026-11-23T06:00:00Z",
        "reports": {"strikes.csv": strike},
    }
    folder = write_mission(
        tmp_path / "a", **here, inputs='road_reports = ["roads.csv"]', roads=reports
    )
    situation = co.read_situation(folder)
    assert situation.road_reports.index.tolist() == ["A"]
    assert situation.incidents.index.tolist() == ["far"]
    assert [source.role for source in situation.sources] == [
        "roads",
        "incidents",
        "road_reports",
        "sites",
    ]
    made = plan(folder)
    assert made.summary["incidents_read"] == 1
    assert made.evidence.road_report_status.to_dict() == {"A": "in_force"}
    assert set(zip(made.closures["cause_type"], made.closures["cause_id"], strict=True)) == {
        ("road_report", "A")
    }
    (folder / "roads.csv").write_text(
        reports.replace("33.02,35.02", "35.02,33.02"), encoding="utf-8"
    )
    assert [(problem.code, problem.file, problem.row) for problem in co.check_folder(folder)] == [
        ("latlon-exchanged", "roads.csv", 2)
    ]
    assert co.read_situation(write_mission(tmp_path / "b", **here)).road_reports.empty
