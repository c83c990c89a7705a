"""Road reports, plain and of WFP and Copernicus: temporary, directional, limited, dated and sourced
in one record."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from feeds_mission import count_rows, plan, write_csv, write_mission
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError
from corridors.inputs.feeds.sdit import BRIDGE_COLUMNS, OBSTACLE_COLUMNS, OBSTACLES
from corridors.tables import ROAD_REPORTS, check_table

# The plain file

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


# WFP SDI-T


def obstacle(name="7", **said):
    return {
        "objectid": name,
        "obstype": "Bridge damage",
        "obsdate": "2026-11-20",
        "maxloadmt": "0.0",
        "locprecision": "Accurate (street level)",
        "latitude": "33.02",
        "longitude": "35.02",
        "iso3": "LBN",
        "country": "Lebanon",
    } | said


def bridge(name="7", **said):
    return {
        "objectid": name,
        "brdgname": "Invented bridge",
        "brdgtype": "Beam",
        "status": "Open",
        "dmg": "No",
        "maxloadmt": "40",
        "locprecision": "Accurate (street level)",
        "latitude": "33.02",
        "longitude": "35.02",
    } | said


def read_obstacles(folder, *rows, **options):
    return co.read_road_reports(write_csv(folder, OBSTACLE_COLUMNS, rows), **options)


def read_bridges(folder, *rows, **options):
    return co.read_road_reports(write_csv(folder, BRIDGE_COLUMNS, rows), **options)


def test_an_obstacle_is_a_report_with_its_precision_in_metres(tmp_path):
    row = read_obstacles(tmp_path, obstacle(), timezone="UTC").table.loc["sdit-obstacles-7"]
    assert row[["status", "kind", "accuracy_m", "source"]].tolist() == [
        "NOT_PASSABLE",
        "bridge_damage",
        100.0,
        "WFP SDI-T",
    ]
    assert row["reported_at"] == pd.Timestamp("2026-11-20T00:00Z")
    assert pd.isna(row["max_weight_t"]), "0.0 means that nobody entered a value"


@pytest.mark.parametrize(
    ("word", "metres"),
    [
        ("Approximate (town level)", 2e3),
        ("Bad (somewhere in a province)", 150e3),
        ("Unknown", 150e3),
        ("", 150e3),
    ],
)
def test_words_of_precision_become_metres(tmp_path, word, metres):
    assert (
        read_obstacles(tmp_path, obstacle(locprecision=word)).table["accuracy_m"].item() == metres
    )


def test_a_place_in_whole_minutes_is_as_uncertain_as_half_a_minute_whatever_word_is_next_to_it(
    tmp_path,
):
    metres = (
        read_obstacles(tmp_path, obstacle(latitude="33°02'N", longitude="35°01'E"))
        .table["accuracy_m"]
        .item()
    )
    assert metres == pytest.approx(
        1210, abs=2
    )  # half a minute of latitude, 928 m, and of longitude at 33°02', 778 m


def test_a_load_that_is_stated_may_pass(tmp_path):
    row = read_obstacles(tmp_path, obstacle(maxloadmt="5")).table.iloc[0]
    assert (row["status"], row["max_weight_t"]) == ("RESTRICTED", 5.0)


@pytest.mark.parametrize(
    ("lat", "lon"), [("0.0", "0.0"), ("0", "35.02"), ("33.02", "0.00"), ("", "")]
)
def test_a_place_of_zero_is_one_that_nobody_entered(tmp_path, lat, lon):
    with pytest.raises(InputError) as error:
        read_obstacles(tmp_path, obstacle(latitude=lat, longitude=lon))
    assert {problem.code for problem in error.value.problems} == {"missing-place"}
    rows = dict(
        read_obstacles(tmp_path, obstacle(latitude=lat, longitude=lon), quarantine=True).source.rows
    )
    assert rows == {"read": 1, "kept": 0, "duplicate": 0, "quarantined": 1}


def test_every_type_of_obstacle_is_read_and_railways_are_excluded_by_name(tmp_path):
    assert len(OBSTACLES) == 16
    table, source = read_obstacles(
        tmp_path, *(obstacle(str(at), obstype=word) for at, word in enumerate(OBSTACLES))
    )
    assert dict(source.rows) == {
        "read": 16,
        "kept": 15,
        "duplicate": 0,
        "quarantined": 0,
        "railway": 1,
    }
    assert not (table["status"] == "PASSABLE").any()
    with pytest.raises(InputError, match="unknown-code-word"):
        read_obstacles(tmp_path, obstacle(obstype="Dragon"))


@pytest.mark.parametrize(
    ("status", "damage", "wanted"),
    [
        ("Open", "No", "PASSABLE"),
        ("Open", "Yes", "RESTRICTED"),
        ("Open", "Unknown", "PASSABLE"),
        ("Restricted", "No", "RESTRICTED"),
        ("Closed", "No", "NOT_PASSABLE"),
        ("Unknown", "Yes", "UNKNOWN"),
        ("", "", "UNKNOWN"),
    ],
)
def test_the_state_of_a_bridge_is_what_wfp_says(tmp_path, status, damage, wanted):
    row = read_bridges(tmp_path, bridge(status=status, dmg=damage)).table.iloc[0]
    assert (row["status"], row["max_weight_t"], row["name"]) == (wanted, 40.0, "Invented bridge")
    assert row["kind"] == ("bridge_damage" if damage == "Yes" else "bridge_status")


def test_a_planned_bridge_is_excluded_and_a_row_without_a_date_takes_the_one_declared(tmp_path):
    rows = [bridge(), bridge("8", status="Planned")]
    table, source = read_bridges(tmp_path, *rows)
    assert dict(source.rows) == {
        "read": 2,
        "kept": 1,
        "duplicate": 0,
        "quarantined": 0,
        "planned": 1,
    }
    assert table["reported_at"].isna().all()
    assert "note.sdit_undated" in {note.code for note in source.notes}
    declared = datetime(2026, 11, 1, tzinfo=UTC)
    assert (
        read_bridges(tmp_path, *rows, declared_at=declared).table["reported_at"].item() == declared
    )


# Copernicus EMS


def ems_layer(folder, *rows, name="transportationL.geojson"):
    """A layer from (obj_type, info, name, damage_gra)."""
    columns = ("obj_type", "info", "name", "damage_gra")
    frame = pd.DataFrame(rows, columns=list(columns)).assign(
        det_method="Photo-interpretation", notation="", or_src_id=1, dmg_src_id=2
    )
    lines = [
        shapely.LineString([(35 + at / 100, 33), (35 + at / 100, 33.01)]) for at in range(len(rows))
    ]
    gpd.GeoDataFrame(frame, geometry=lines, crs=4326).to_file(folder / name)
    return folder / name


ROAD, BRIDGE = (
    "211-Highways, Streets and Roads",
    "214-Bridges, Elevated Highways, Tunnels and Subways",
)


def test_damage_that_an_image_shows_is_a_state_and_no_damage_is_no_promise(tmp_path):
    grades = ["Destroyed", "Damaged", "Possibly damaged", "No visible damage", "Not Analysed"]
    path = ems_layer(
        tmp_path,
        *((ROAD, "21121-Secondary Road", f"Road {at}", grade) for at, grade in enumerate(grades)),
    )
    declared = datetime(2026, 11, 20, tzinfo=UTC)
    table, source = co.read_road_reports(path, declared_at=declared)
    assert table.set_index("name")["status"].to_dict() == {
        "Road 0": "NOT_PASSABLE",
        "Road 1": "RESTRICTED",
        "Road 2": "UNKNOWN",
    }
    assert dict(source.rows) == {
        "read": 5,
        "kept": 3,
        "duplicate": 0,
        "quarantined": 0,
        "no_visible_damage": 1,
        "not_analysed": 1,
    }
    assert (table["reported_at"] == declared).all()
    assert set(table["kind"]) == {"road_damage"}


def test_railways_are_excluded_and_bridges_are_bridges(tmp_path):
    rows = [
        (BRIDGE, "Bridge", "Unknown", "Destroyed"),
        ("212-Railways", "", "", "Destroyed"),
        ("213-Airfield Runways", "", "", "Damaged"),
        ("Bridge", "", "", "Damaged"),
    ]
    table, source = co.read_road_reports(ems_layer(tmp_path, *rows))
    assert table["kind"].tolist() == ["bridge_damage"] * 2
    assert set(table["name"]) == {""}
    assert dict(source.rows)["not_a_road"] == 2
    assert "note.ems_undated" in {note.code for note in source.notes}


@pytest.mark.parametrize(
    ("obj_type", "kept"),
    [
        ("Damaged road", True),  # begins as a dam does
        ("Dam road", True),
        ("Road to the harbour", True),
        ("997-Not Applicable", True),
        ("Unknown", True),
        ("", True),
        ("Dams", False),
        ("Airport_runway", False),
        ("Railroad", False),
        ("Railway bridge", False),
        ("215-Harbours, Waterways, Dams and Other Waterworks", False),
    ],
)
def test_only_what_is_named_as_something_else_than_a_road_is_excluded(tmp_path, obj_type, kept):
    assert (
        len(co.read_road_reports(ems_layer(tmp_path, (obj_type, "", "", "Destroyed"))).table)
        == kept
    )


def test_a_grade_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown-code-word"):
        co.read_road_reports(ems_layer(tmp_path, (ROAD, "", "", "Wobbly")))


def test_the_same_layer_as_a_geopackage_is_the_same(tmp_path):
    rows = [(ROAD, "", "A", "Destroyed"), (BRIDGE, "", "B", "Damaged")]
    tables = [
        co.read_road_reports(ems_layer(tmp_path, *rows, name=name)).table
        for name in ("a.geojson", "b.gpkg")
    ]
    assert_frame_equal(*tables)


def test_road_reports_among_the_incidents_of_a_mission_go_where_they_belong(tmp_path):
    strike = "id,kind,date,lat,lon\nfar,fire,2026-11-22T00:00Z,33.4,35.5\n"
    wfp = write_csv(tmp_path, OBSTACLE_COLUMNS, [obstacle()]).read_text(encoding="utf-8")
    folder = write_mission(
        tmp_path / "m",
        lon=35.0,
        lat=33.0,
        as_of="2026-11-23T06:00:00Z",
        reports={"strikes.csv": strike, "obstacles.csv": wfp},
    )
    situation = co.read_situation(folder)
    assert situation.incidents.index.tolist() == ["far"]
    assert situation.road_reports.index.tolist() == ["sdit-obstacles-7"]
