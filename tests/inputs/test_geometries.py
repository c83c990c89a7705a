"""Where the rows of a file lie."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from incident_files import GOOD, HEADER, MANY, geojson, read, refused, write
from pandas.testing import assert_frame_equal

from corridors.errors import InputError
from corridors.inputs.columns import CellError, parse_number
from corridors.inputs.reports import read_incidents


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


def test_a_copy_in_utm_gives_the_same_table(tmp_path):
    here = MANY.iloc[:2]
    table = gpd.GeoDataFrame(here, geometry=gpd.points_from_xy(here["lon"], here["lat"]), crs=4326)
    for name, crs in (("wgs.gpkg", 4326), ("utm.gpkg", 32636)):
        table.drop(columns=["lat", "lon"]).to_crs(crs).to_file(tmp_path / name)
    assert_frame_equal(
        read_incidents(tmp_path / "utm.gpkg").table, read_incidents(tmp_path / "wgs.gpkg").table
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
