"""Files of incidents, and what is read of them or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

import corridors as co
from corridors.errors import InputError
from corridors.inputs.reports import read_incidents

HEADER = "incident_id,kind,occurred_at,lat,lon"

GOOD = "A,shelling,2026-11-22T06:00Z,33.5,35.5"


def write(folder, text, name="strikes.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder, *rows, header=HEADER, **options):
    return read_incidents(write(folder, "\n".join([header, *rows]) + "\n"), **options)


def refused(folder, *rows, header=HEADER, **options):
    with pytest.raises(InputError) as error:
        read(folder, *rows, header=header, **options)
    assert all(problem.file == "strikes.csv" and problem.hint for problem in error.value.problems)
    return [
        (problem.code, problem.row, problem.field, problem.value)
        for problem in error.value.problems
    ]


def moment(*parts):
    return pd.Timestamp(datetime(*parts, tzinfo=UTC))


MANY = pd.DataFrame(
    {
        "incident_id": ["A", "B", "ج"],
        "kind": ["air_strike", "shelling", "fire"],
        "occurred_at": ["2026-11-22T06:00:00Z", "2026-11-20T01:30:00Z", "2026-11-21T23:59:59Z"],
        "reported_at": ["2026-11-22T07:00:00Z", "", "2026-11-22T00:30:00Z"],
        "accuracy_m": ["50", "1500.5", ""],
        "verification": ["verified", "", "corroborated"],
        "source": ["one", "", "مصدر"],
        "lat": [33.272911, 33.123456, -33.5],
        "lon": [35.193912, 35.654321, -70.25],
    }
)


def layer(crs=4326):
    table = gpd.GeoDataFrame(
        MANY.drop(columns=["lat", "lon"]),
        geometry=gpd.points_from_xy(MANY["lon"], MANY["lat"]),
        crs=4326,
    )
    return table.to_crs(crs)


def same_in(folder, form):
    path = folder / f"strikes.{form.partition('-')[0]}"
    if form == "csv":
        MANY.to_csv(path, index=False)
    elif form == "csv-semicolon":
        MANY.to_csv(path, index=False, sep=";", encoding="utf-8-sig", lineterminator="\r\n")
    elif form == "csv-offset":
        moved = MANY.assign(
            occurred_at=[
                f"{pd.Timestamp(text) + pd.Timedelta(hours=3):%Y-%m-%d %H:%M:%S}+03:00"
                for text in MANY["occurred_at"]
            ]
        )
        moved.iloc[::-1].to_csv(path, index=False)
    elif form.startswith("xlsx"):
        book = openpyxl.Workbook()
        book.active.append(list(MANY))
        for row in MANY.itertuples(index=False):
            numbers = [
                float(cell) if name == "accuracy_m" and cell else cell
                for name, cell in zip(MANY, row, strict=True)
            ]
            book.active.append(numbers)
        book.save(path)
    else:
        crs = {"gpkg-utm": 32736, "gpkg-mercator": 3857, "geojson-mercator": 3857}.get(form, 4326)
        layer(crs).to_file(path, driver="LIBKML" if form == "kml" else None)
    return path


def geojson(folder, *geometries):
    features = [
        {
            "type": "Feature",
            "properties": {"id": str(at), "kind": "fire", "date": "2026-11-22T06:00Z"},
            "geometry": geometry,
        }
        for at, geometry in enumerate(geometries)
    ]
    return write(
        folder, json.dumps({"type": "FeatureCollection", "features": features}), "strikes.geojson"
    )


PLAIN_HEADER = "id,kind,date,lat,lon,accuracy_m,name"

PLAIN_ROW = "A,shelling,2026-11-22T06:00Z,33.25,35.5,100,x"


def read_text(folder, text, name="strikes.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return co.read_incidents(path)


def find_codes(folder, text):
    with pytest.raises(InputError) as error:
        read_text(folder, text)
    return [problem.code for problem in error.value.problems]
