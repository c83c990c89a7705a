"""Sites are points with a role; what they need and hold is a number or unknown, never a guess."""

from __future__ import annotations

import json

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from corridors.errors import InputError
from corridors.inputs.sites import read_sites
from corridors.messages import Message

HEADER = "site_id,role,name,lat,lon"


def write(folder, *rows, header=HEADER, name="sites.csv"):
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def refused(path, **options):
    with pytest.raises(InputError) as error:
        read_sites(path, **options)
    assert all(problem.file == path.name and problem.hint for problem in error.value.problems)
    return [(problem.code, problem.row, problem.field) for problem in error.value.problems]


def test_a_site_is_read_with_all_its_columns(tmp_path):
    header = "ID,Type,Name,Arabic Name,P-Code,Population,Need,stock_t,Latitude,Longitude"
    table, source = read_sites(
        write(tmp_path, "A,warehouse,Port,مرفأ,LB1,1200,1.5,0,33.5,35.5", header=header)
    )
    site = table.loc["A"]
    assert site.drop("geometry").tolist() == ["depot", "Port", "مرفأ", "LB1", 1200.0, 1.5, 0.0]
    assert (site.geometry.y, site.geometry.x) == (33.5, 35.5)
    assert source.notes == (Message("note.read_as_tonnes", column="Need"),)
    assert (source.role, source.newest) == ("sites", None)


def test_what_is_not_known_stays_unknown_and_a_site_without_name_is_called_by_its_id(tmp_path):
    site = read_sites(write(tmp_path, "A,depot,,33.5,35.5")).table.loc["A"]
    assert site["name"] == "A"
    assert site[["people", "need_t", "stock_t"]].isna().all()


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("Warehouse", "depot"),
        ("HOSPITAL", "destination"),
        ("camp", "destination"),
        ("hub", "destination"),
        ("observer base", "observer_base"),
    ],
)
def test_the_usual_words_for_roles_are_known(tmp_path, word, role):
    assert read_sites(write(tmp_path, f"A,{word},a,33.5,35.5")).table["role"].tolist() == [role]


def test_an_unknown_or_blank_role_is_refused(tmp_path):
    assert refused(write(tmp_path, "A,palace,a,33.5,35.5", "B,,b,33.5,35.6")) == [
        ("unknown-role", 2, "role"),
        ("unknown-role", 3, "role"),
    ]
    assert refused(write(tmp_path, "A,a,33.5,35.5", header="site_id,name,lat,lon")) == [
        ("missing-column", None, "role")
    ]


def test_a_file_of_depots_needs_no_roles_and_allows_no_other(tmp_path):
    assert read_sites(
        write(tmp_path, "A,a,33.5,35.5", header="site_id,name,lat,lon"), role="depot"
    ).table["role"].tolist() == ["depot"]
    rows = write(tmp_path, "A,depot,a,33.5,35.5", "B,,b,33.5,35.6", "C,hospital,c,33.5,35.7")
    assert refused(rows, role="depot") == [("other-role", 4, "role")]
    assert read_sites(write(tmp_path, "A,,a,33.5,35.5"), role="depot").table["role"].tolist() == [
        "depot"
    ]


def test_a_role_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown-role"):
        read_sites(write(tmp_path, "A,depot,a,33.5,35.5"), role="dpot")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-1", "negative-number"),
        ("12 t", "bad-number"),
        ('"1,200"', "decimal-comma"),
        ("inf", "bad-number"),
        ("many", "bad-number"),
    ],
)
@pytest.mark.parametrize("column", ["people", "need_t", "stock_t"])
def test_amounts_are_plain_numbers_and_never_negative(tmp_path, column, text, code):
    assert refused(write(tmp_path, f"A,depot,a,33.5,35.5,{text}", header=f"{HEADER},{column}")) == [
        (code, 2, column)
    ]


def test_places_are_points(tmp_path):
    square = {"type": "Polygon", "coordinates": [[[35, 33], [36, 33], [36, 34], [35, 33]]]}
    two = {"type": "MultiPoint", "coordinates": [[35, 33], [36, 33]]}
    features = [
        {"type": "Feature", "properties": {"id": str(at), "role": "depot"}, "geometry": shape}
        for at, shape in enumerate((square, two))
    ]
    path = tmp_path / "sites.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    assert refused(path) == [("wrong-shape", 1, "geometry"), ("wrong-shape", 2, "geometry")]
    assert refused(write(tmp_path, "A,depot,a,0,0", "B,depot,b,,35")) == [
        ("null-island", 2, "geometry"),
        ("missing-place", 3, "lat"),
    ]


def test_one_id_for_two_sites_is_refused_and_a_repeated_row_counts_once(tmp_path):
    row = "A,depot,a,33.5,35.5"
    assert refused(write(tmp_path, row, "A,destination,a,33.5,35.5")) == [
        ("duplicate-id", 3, "site_id")
    ]
    assert dict(read_sites(write(tmp_path, row, row)).source.rows) == {
        "read": 2,
        "kept": 1,
        "duplicate": 1,
        "quarantined": 0,
    }


def test_ids_are_made_where_the_file_has_none(tmp_path):
    table, source = read_sites(
        write(tmp_path, "depot,a,33.5,35.5", "depot,b,33.5,35.6", header="role,name,lat,lon")
    )
    assert table.index.is_unique
    assert source.notes == (Message("note.ids_made", n=2, column="site_id"),)


MANY = pd.DataFrame(
    {
        "site_id": ["A", "B"],
        "role": ["depot", "destination"],
        "name": ["Port", "مستشفى"],
        "need_t": [None, 12.5],
        "lat": [33.901944, 33.378889],
        "lon": [35.517778, 35.483889],
    }
)


@pytest.mark.parametrize("form", ["xlsx", "geojson", "gpkg", "kml", "tsv", "txt"])
def test_every_format_gives_the_same_table(tmp_path, form):
    MANY.to_csv(tmp_path / "sites.csv", index=False)
    path = tmp_path / f"sites.{form}"
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in [list(MANY), *MANY.astype(object).where(MANY.notna(), None).to_numpy().tolist()]:
            book.active.append(row)
        book.save(path)
    elif form in {"tsv", "txt"}:
        MANY.iloc[::-1].to_csv(path, index=False, sep="\t")
    else:
        layer = gpd.GeoDataFrame(
            MANY.drop(columns=["lat", "lon"]),
            geometry=gpd.points_from_xy(MANY["lon"], MANY["lat"]),
            crs=4326,
        )
        layer.to_file(path, driver="LIBKML" if form == "kml" else None)
    assert_frame_equal(read_sites(path).table, read_sites(tmp_path / "sites.csv").table)
