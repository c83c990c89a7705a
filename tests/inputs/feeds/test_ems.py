"""Copernicus EMS: damage that an image shows."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError


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
