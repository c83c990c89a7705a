"""Small tables of lines as files."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import LineString

from corridors.errors import InputError
from corridors.inputs.roads.reader import read_roads


def line(*thousandths, lat=33.0):
    """A line along a parallel, its corners given in thousandths of a degree east of 35."""
    return LineString([(35 + east / 1000, lat) for east in thousandths])


def write(path, geometry, crs="EPSG:4326", **columns):
    table = gpd.GeoDataFrame(
        {key.replace("__", ":"): value for key, value in columns.items()},
        geometry=geometry,
        crs=crs,
    )
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_file(path, engine="pyogrio")
    return path


def problems_of(path, rules=None):
    with pytest.raises(InputError) as caught:
        read_roads(path, rules=rules)
    assert {problem.file for problem in caught.value.problems} == {path.name}
    return [
        (problem.code, problem.row, problem.field, problem.value)
        for problem in caught.value.problems
    ]
