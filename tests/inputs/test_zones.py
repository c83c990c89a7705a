"""Zones are polygons that someone declared: holes and parts are kept, broken rings are refused with
the place."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from corridors.errors import InputError
from corridors.inputs.zones import read_zones
from corridors.messages import Message

SQUARE = [[35, 33], [36, 33], [36, 34], [35, 34], [35, 33]]
HOLE = [[35.2, 33.2], [35.4, 33.2], [35.4, 33.4], [35.2, 33.4], [35.2, 33.2]]
BOW_TIE = [[35, 33], [36, 34], [36, 33], [35, 34], [35, 33]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def write(folder, *features, name="zones.geojson"):
    layer = [
        {
            "type": "Feature",
            "properties": {"zone_id": "Z", "kind": "no_go", **values},
            "geometry": shape,
        }
        for shape, values in features
    ]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": layer}), encoding="utf-8")
    return path


def refused(path, **options):
    with pytest.raises(InputError) as error:
        read_zones(path, **options)
    assert all(problem.file == path.name and problem.hint for problem in error.value.problems)
    return [(problem.code, problem.row) for problem in error.value.problems]


def test_a_zone_keeps_its_hole_its_parts_and_its_values(tmp_path):
    parts = {
        "type": "MultiPolygon",
        "coordinates": [[SQUARE, HOLE], [[[37, 33], [38, 33], [38, 34], [37, 33]]]],
    }
    said = {
        "name": "Wadi",
        "name_ar": "وادي",
        "declared_by": "cell",
        "supervisor": None,
        "valid_from": "2026-11-12T02:00+02:00",
    }
    table, source = read_zones(write(tmp_path, (parts, said)))
    zone = table.loc["Z"]
    assert zone.geometry.area == pytest.approx(1 - 0.04 + 0.5)
    assert (zone["kind"], zone["name_ar"], zone["declared_by"], zone["supervisor"]) == (
        "no_go",
        "وادي",
        "cell",
        "",
    )
    assert zone["valid_from"] == pd.Timestamp(datetime(2026, 11, 12, tzinfo=UTC))
    assert pd.isna(zone["valid_to"])
    assert (source.role, source.newest, dict(source.rows)) == (
        "zones",
        None,
        {"read": 1, "kept": 1, "duplicate": 0, "quarantined": 0},
    )


def test_a_ring_that_is_not_closed_is_closed(tmp_path):
    assert read_zones(write(tmp_path, (polygon(SQUARE[:-1]), {}))).table.geometry.iloc[0].area == 1


def test_a_ring_that_crosses_itself_is_refused_with_the_place_where(tmp_path):
    path = write(tmp_path, (polygon(SQUARE), {}), (polygon(BOW_TIE), {"zone_id": "Y"}))
    with pytest.raises(InputError) as error:
        read_zones(path)
    assert error.value.problems[0].message == Message(
        "problem.invalid_shape", text="Self-intersection[35.5 33.5]"
    )
    assert refused(path) == [("invalid-polygon", 2)]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "missing-place"),
        (polygon(), "missing-place"),
        ({"type": "Point", "coordinates": [35, 33]}, "wrong-shape"),
        ({"type": "LineString", "coordinates": SQUARE}, "wrong-shape"),
        (polygon([[x * 100, y * 100] for x, y in SQUARE]), "bad-coordinates"),
        (polygon([[35, 33], [36, 33]]), "bad-geometry"),
    ],
)
def test_what_is_no_area_on_earth_is_refused(tmp_path, geometry, code):
    assert refused(write(tmp_path, (geometry, {}))) == [(code, 1)]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Safe Zone", "safe_zone"),
        ("no-go", "no_go"),
        ("Minefield", "contaminated"),
        ("suspected hazardous area", "contaminated"),
        ("frontline", "front_line"),
        ("restricted", "restricted"),
    ],
)
def test_the_usual_words_for_kinds_are_known(tmp_path, word, kind):
    assert read_zones(write(tmp_path, (polygon(SQUARE), {"kind": word}))).table[
        "kind"
    ].tolist() == [kind]


def test_a_kind_is_never_guessed(tmp_path):
    assert refused(
        write(tmp_path, (polygon(SQUARE), {"kind": "green"}), (polygon(SQUARE), {"kind": None}))
    ) == [
        ("unknown-kind", 1),
        ("unknown-kind", 2),
    ]
    path = tmp_path / "zones.csv"
    path.write_text('zone_id,wkt\nZ,"POLYGON ((35 33, 36 33, 36 34, 35 33))"\n', encoding="utf-8")
    assert refused(path) == [("missing-column", None)]


def test_dates_are_in_force_from_their_first_to_their_last_instant(tmp_path):
    path = write(
        tmp_path, (polygon(SQUARE), {"valid_from": "2026-11-12", "valid_to": "2026-11-12"})
    )
    zone = read_zones(path, timezone="Asia/Beirut").table.loc["Z"]
    assert zone["valid_from"] == pd.Timestamp(datetime(2026, 11, 11, 22, tzinfo=UTC))
    assert zone["valid_to"] == pd.Timestamp(datetime(2026, 11, 12, 21, 59, 59, 999_999, tzinfo=UTC))
    wide, source = read_zones(path)
    assert wide.loc["Z", "valid_from"] == pd.Timestamp(datetime(2026, 11, 11, 10, tzinfo=UTC))
    assert source.notes == (Message("note.bare_dates", n=2),)


def test_a_zone_that_ends_before_it_begins_is_refused(tmp_path):
    said = {"valid_from": "2026-11-12T00:00Z", "valid_to": "2026-11-11T00:00Z"}
    assert refused(write(tmp_path, (polygon(SQUARE), said))) == [("ends-before-start", 1)]


def test_two_zones_of_one_id_are_refused_and_a_repeated_one_counts_once(tmp_path):
    other = polygon([[x + 1, y] for x, y in SQUARE])
    assert refused(write(tmp_path, (polygon(SQUARE), {}), (other, {}))) == [("duplicate-id", 2)]
    table, source = read_zones(write(tmp_path, (polygon(SQUARE), {}), (polygon(SQUARE), {})))
    assert len(table) == 1
    assert source.rows["duplicate"] == 1


def test_made_ids_are_the_same_in_another_coordinate_system(tmp_path):
    table = gpd.GeoDataFrame(
        {"kind": ["no_go", "safe_zone"]},
        geometry=[shapely.box(35, 33, 35.2, 33.2), shapely.box(36, 33, 36.1, 33.1)],
        crs=4326,
    )
    for folder, crs in (("a", 4326), ("b", 32636), ("c", 3857)):
        (tmp_path / folder).mkdir()
        table.to_crs(crs).to_file(tmp_path / folder / "zones.gpkg")
    first, *others = (read_zones(tmp_path / folder / "zones.gpkg").table for folder in "abc")
    for other in others:
        assert_frame_equal(other.drop(columns="geometry"), first.drop(columns="geometry"))
        assert other.geometry.geom_equals_exact(first.geometry, 1e-9).all()


@pytest.mark.parametrize("form", ["geojson", "gpkg", "kml"])
def test_every_format_gives_the_same_table(tmp_path, form):
    columns = {
        "zone_id": ["Z1", "Z2"],
        "kind": ["no_go", "safe_zone"],
        "name": ["Wadi", "ملجأ"],
        "valid_to": ["2026-12-01T00:00:00Z", ""],
    }
    shapes = [shapely.Polygon(SQUARE, [HOLE]), shapely.box(36, 33, 36.5, 33.25)]
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)
    table.assign(wkt=[shape.wkt for shape in shapes]).drop(columns="geometry").to_csv(
        tmp_path / "zones.csv", index=False
    )
    table.to_file(tmp_path / f"zones.{form}", driver="LIBKML" if form == "kml" else None)
    got, wanted = (
        read_zones(tmp_path / f"zones.{form}").table,
        read_zones(tmp_path / "zones.csv").table,
    )
    assert_frame_equal(got.drop(columns="geometry"), wanted.drop(columns="geometry"))
    assert got.geometry.geom_equals(wanted.geometry).all()


@examples(50, 500)
@given(st.lists(st.tuples(st.floats(34, 36), st.floats(32, 34)), min_size=1, max_size=6))
def test_any_ring_is_a_valid_zone_or_an_input_error(tmp_path_factory, ring):
    path = write(tmp_path_factory.mktemp("rings"), (polygon([list(spot) for spot in ring]), {}))
    try:
        shape = read_zones(path).table.geometry.iloc[0]
    except InputError as error:
        assert error.problems[0].code in {"invalid-polygon", "bad-geometry", "missing-place"}  # noqa: PT017 - either way is right
    else:
        assert shape.is_valid
        assert not shape.is_empty
