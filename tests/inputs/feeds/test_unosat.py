"""UNOSAT damage points: epochs in any order, and the window in which the damage was done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pandas as pd
import pytest
from feeds_mission import write_csv
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError
from corridors.inputs.feeds.unosat import Epoch, find_window

HEADER = ["SiteID", "SensorDate", "Main_Damage_Site_Class", "Damage_Status"]
HEADER += [
    f"{name}_{at}"
    for at in (1, 2)
    for name in ("SensorDate", "Main_Damage_Site_Class", "Damage_Status")
]
HEADER += ["Municipality", "Neighborhood", "latitude", "longitude"]


def site(*epochs, name="S1"):
    """A site with (date, class) for each pair of columns: the first has no suffix."""
    said = {"SiteID": name, "latitude": "31.5", "longitude": "34.45", "Municipality": "Invented"}
    for at, (taken, code) in enumerate(epochs):
        tail = f"_{at}" if at else ""
        said |= {f"SensorDate{tail}": taken, f"Main_Damage_Site_Class{tail}": code}
    return said


def read(folder, *sites, **options):
    return co.read_incidents(write_csv(folder, HEADER, sites), **options)


def window(folder, *epochs):
    row = read(folder, site(*epochs)).table.iloc[0]
    return [row[name].date().isoformat() for name in ("occurred_at", "occurred_until")]


def test_the_damage_was_done_between_the_last_image_without_it_and_the_first_with_it(tmp_path):
    assert window(tmp_path, ("2023-10-15", "6"), ("2023-11-07", "6"), ("2023-11-26", "1")) == [
        "2023-11-07",
        "2023-11-26",
    ]


def test_the_order_of_the_epochs_does_not_matter(tmp_path):
    assert window(tmp_path, ("2023-11-26", "1"), ("2023-10-15", "6"), ("2023-11-07", "6")) == [
        "2023-11-07",
        "2023-11-26",
    ]


def test_damage_that_grows_keeps_the_window_open_to_the_worst_image(tmp_path):
    assert window(tmp_path, ("2023-10-15", "6"), ("2023-11-07", "3"), ("2023-11-26", "1")) == [
        "2023-10-15",
        "2023-11-26",
    ]
    assert window(tmp_path, ("2023-10-15", "6"), ("2023-11-07", "1"), ("2023-11-26", "1")) == [
        "2023-10-15",
        "2023-11-07",
    ]


def test_damage_that_comes_again_keeps_the_window_open_to_the_image_that_shows_it_again(tmp_path):
    assert window(tmp_path, ("2023-10-15", "3"), ("2023-11-07", "6"), ("2023-11-26", "3")) == [
        "2022-10-15",
        "2023-11-26",
    ]
    assert window(tmp_path, ("2023-10-15", "6"), ("2023-10-20", "1"), ("2023-11-07", "6")) == [
        "2023-10-15",
        "2023-10-20",
    ]
    assert window(tmp_path, ("2023-11-26", "4"), ("2023-10-20", "1"), ("2023-11-07", "6")) == [
        "2022-10-20",
        "2023-11-26",
    ]


def test_damage_in_the_first_image_happened_at_any_time_before_and_that_is_said(tmp_path):
    table, source = read(tmp_path, site(("2023-10-15", "2")))
    assert table["occurred_at"].item() == pd.Timestamp("2022-10-15T00:00Z")  # 365 days before
    assert "note.unosat_first_image" in {note.code for note in source.notes}
    with pytest.raises(InputError) as error:
        read(tmp_path, site(("0001-01-15", "2")))
    assert [problem.code for problem in error.value.problems] == ["implausible-time"]


def test_milliseconds_are_the_same_day(tmp_path):
    days = [("2023-10-15", "6"), ("2023-11-07", "1")]
    wanted = read(tmp_path, site(*days)).table
    milliseconds = [
        (str(int(pd.Timestamp(day, tz="UTC").timestamp() * 1000)), code) for day, code in days
    ]
    assert_frame_equal(read(tmp_path, site(*milliseconds)).table, wanted)


def test_no_damage_and_no_assessment_are_excluded_by_name(tmp_path):
    rows = [
        site(("2023-10-15", "6")),
        site(name="S2"),
        site(("2023-10-15", "6"), ("2023-11-07", "4"), name="S3"),
    ]
    table, source = read(tmp_path, *rows)
    assert table.index.tolist() == ["unosat-S3"]
    assert dict(source.rows) == {
        "read": 3,
        "kept": 1,
        "duplicate": 0,
        "quarantined": 0,
        "no_damage": 1,
        "not_assessed": 1,
    }


def test_every_incident_is_a_report_as_exact_as_an_image(tmp_path):
    rows = [site(("2023-10-15", code), name=code) for code in ("1", "2", "3", "4", "11")]
    table = read(tmp_path, *rows).table
    assert table["accuracy_m"].to_dict() == {
        "unosat-1": 30.0,
        "unosat-11": 100.0,
        "unosat-2": 30.0,
        "unosat-3": 30.0,
        "unosat-4": 30.0,
    }
    assert set(table["verification"]) == {"reported"}
    assert table.loc["unosat-11", "structure"].endswith("from an impact or debris next to it")


def test_classes_in_words_are_read(tmp_path):
    assert (
        read(tmp_path, site(("2023-10-15", "Severe Damage")))
        .table["structure"]
        .item()
        .endswith("severe damage")
    )


@pytest.mark.parametrize(
    ("epoch", "code"),
    [
        (("2023-10-15", "5"), "unknown-code-word"),
        (("", "1"), "missing-time"),
        (("15/10/2023", "1"), "ambiguous-time"),
    ],
)
def test_a_row_that_is_not_certain_is_refused(tmp_path, epoch, code):
    with pytest.raises(InputError) as error:
        read(tmp_path, site(("2023-09-01", "6"), epoch))
    assert [problem.code for problem in error.value.problems] == [code]


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        lambda name: name.replace("SensorDate", "Sensor Date"),
        lambda name: name.replace("_", ""),
    ],
)
def test_headers_are_known_whatever_their_case_blanks_and_underscores(tmp_path, spell):
    rows = [site(("2023-10-15", "6"), ("2023-11-07", "1"))]
    wanted = read(tmp_path, *rows).table
    spelt = [{spell(name): text for name, text in row.items()} for row in rows]
    assert_frame_equal(
        co.read_incidents(write_csv(tmp_path, [spell(name) for name in HEADER], spelt)).table,
        wanted,
    )


@pytest.mark.parametrize("lost", ["SensorDate_1", "Main_Damage_Site_Class_1"])
def test_an_image_that_lacks_one_of_its_two_columns_is_not_passed_over(tmp_path, lost):
    header = [name for name in HEADER if name != lost]
    with pytest.raises(InputError) as error:
        co.read_incidents(
            write_csv(tmp_path, header, [site(("2023-10-15", "6"), ("2023-11-07", "1"))])
        )
    assert [(problem.code, problem.field) for problem in error.value.problems] == [
        ("missing-column", lost)
    ]


def test_a_geopackage_and_geojson_give_the_table_of_the_csv(tmp_path):
    rows = [
        site(("2023-10-15", "6"), ("2023-11-07", "1")),
        site(("2023-11-07", "3"), ("2023-10-15", "6"), name="S2"),
    ]
    wanted = read(tmp_path, *rows).table
    frame = pd.DataFrame(rows).drop(columns=["latitude", "longitude"])
    shapes = gpd.points_from_xy([34.45] * 2, [31.5] * 2)
    layer = gpd.GeoDataFrame(frame, geometry=shapes, crs=4326)
    layer.to_file(tmp_path / "damage.geojson")
    for name in ("SensorDate", "SensorDate_1"):
        layer[name] = pd.to_datetime(layer[name], utc=True)
    for name in ("Main_Damage_Site_Class", "Main_Damage_Site_Class_1"):
        layer[name] = layer[name].astype(float)
    layer.to_crs(32636).to_file(tmp_path / "damage.gpkg", layer="Damage_Sites")
    assert json.loads((tmp_path / "damage.geojson").read_text())["features"]
    for name in ("damage.geojson", "damage.gpkg"):
        table = co.read_incidents(tmp_path / name).table
        assert_frame_equal(table.drop(columns="geometry"), wanted.drop(columns="geometry"))
        assert table.geometry.geom_equals_exact(wanted.geometry, 1e-7).all()


EPOCHS = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(["1", "2", "3", "4", "6", "11", ""])),
    min_size=1,
    max_size=14,
)


@given(EPOCHS, st.randoms())
def test_the_window_never_depends_on_the_order_and_always_holds_an_image_with_damage(told, random):
    def build(pairs):
        start = datetime(2023, 1, 1, tzinfo=UTC)
        return [
            Epoch(
                (start + timedelta(days=day), start + timedelta(days=day + 1, microseconds=-1)),
                code,
            )
            for day, code in pairs
        ]

    found = find_window(build(told), timedelta(days=365))
    assert found == find_window(build(random.sample(told, len(told))), timedelta(days=365))
    damaged = [epoch for epoch in build(told) if epoch.code not in ("", "6")]
    assert (found is None) == (not damaged)
    if found:
        assert found[0] < found[1]
        assert found[1] in {epoch.taken[1] for epoch in damaged}
        first = min(epoch.taken[1] for epoch in damaged)
        assert found[0] < first <= found[1]
