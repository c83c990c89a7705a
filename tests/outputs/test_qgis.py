"""The styles of layers as QGIS reads them."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
import shapely
from exported import find, flat, read_styles

import corridors as co


def test_every_layer_has_a_default_style_whose_columns_exist(seen):
    release, folder = seen
    styles = read_styles(find(folder, "corridors", "gpkg"))
    assert [style["f_table_name"] for style in styles] == list(release.layers) or {
        s["f_table_name"] for s in styles
    } == set(release.layers)
    for style in styles:
        layer = release.layers[style["f_table_name"]]
        placed = isinstance(layer, gpd.GeoDataFrame)
        assert (style["f_geometry_column"], style["useAsDefault"], style["f_table_schema"]) == (
            "geom" if placed else "",
            1,
            "",
        )
        assert style["update_time"] == "2026-11-23T06:00:00.000Z"
        qml = ET.fromstring(style["styleQML"])
        assert qml.tag == "qgis"
        said = [rule.get("filter", "") for rule in qml.iter("rule")] + [
            text.get("fieldName") for text in qml.iter("text-style")
        ]
        said += [clause.text for clause in qml.iter("orderByClause")]
        assert {name for text in said for name in re.findall(r'"(\w+)"', text)} <= set(
            flat(layer).columns
        )
        symbols = {symbol.get("name") for symbol in qml.iterfind("renderer-v2/symbols/symbol")}
        assert {rule.get("symbol") for rule in qml.iter("rule")} == symbols
        assert bool(symbols) == (placed and len(layer) > 0) or not len(layer)


def test_every_row_is_drawn_by_exactly_one_rule_of_its_style(seen):
    release, folder = seen
    path = find(folder, "corridors", "gpkg")
    drawn = 0
    with closing(sqlite3.connect(path)) as file:
        kinds = {"Point": "Point", "LineString": "Line", "Polygon": "Polygon"}
        header = {
            0: 0,
            1: 32,
            2: 48,
            3: 48,
            4: 64,
        }  # bytes of the envelope in a GeoPackage's geometry
        file.create_function(
            "geometry_type",
            1,
            lambda blob: kinds[
                shapely.from_wkb(blob[8 + header[blob[3] >> 1 & 7] :]).geom_type.removeprefix(
                    "Multi"
                )
            ],
        )
        for style in read_styles(path):
            rules = [
                rule.get("filter", "1") for rule in ET.fromstring(style["styleQML"]).iter("rule")
            ]
            if not len(release.layers[style["f_table_name"]]) or not style["f_geometry_column"]:
                continue
            hits = " + ".join(f"(({rule.replace('$geometry', 'geom')}) IS TRUE)" for rule in rules)
            counted = file.execute(
                f'SELECT {hits}, count(*) FROM "{style["f_table_name"]}" GROUP BY 1'
            ).fetchall()
            assert [number for number, _ in counted] == [1], (style["f_table_name"], rules)
            drawn += counted[0][1]
    assert drawn == sum(
        len(layer) for layer in release.layers.values() if isinstance(layer, gpd.GeoDataFrame)
    )


def test_corridors_and_roads_differ_in_grey_by_pattern_or_width(folders):
    styles = {
        style["f_table_name"]: ET.fromstring(style["styleQML"])
        for style in read_styles(find(folders["internal"], "corridors", "gpkg"))
    }
    for name, least in (("corridors", 3), ("segments", 5)):
        looks = []
        for symbol in styles[name].iterfind("renderer-v2/symbols/symbol"):
            strokes = [
                {prop.get("k"): prop.get("v") for prop in layer.iterfind("prop")}
                for layer in symbol.iterfind("layer[@class='SimpleLine']")
            ]
            looks.append((strokes[-1].get("customdash"), strokes[-1]["line_width"], len(strokes)))
        assert len(set(looks)) == len(looks) >= least
        for symbol in styles["corridors"].iterfind("renderer-v2/symbols/symbol"):
            casing = {
                prop.get("k"): prop.get("v") for prop in symbol.find("layer").iterfind("prop")
            }
            assert casing["line_color"] == "255,255,255,255"


def test_plan_gpkg_carries_the_same_styles(release, folders, tmp_path):
    co.write_plan(release, tmp_path / "plan")
    assert read_styles(tmp_path / "plan" / "plan.gpkg") == read_styles(
        find(folders["internal"], "corridors", "gpkg")
    )
    assert list(co.read_plan(tmp_path / "plan").layers.keys() ^ release.layers.keys()) == []


QGIS = """
import sys
from qgis.core import QgsApplication, QgsDataProvider, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
path, *names = sys.argv[1:]
for name in names:
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    print(name, layer.isValid(), layer.loadDefaultStyle()[1], layer.renderer().type() if layer.renderer() else "")
    sys.stdout.flush()
"""


def test_qgis_loads_the_styles_by_itself(seen):
    python = os.environ.get("CORRIDORS_QGIS_PYTHON", "/usr/bin/python3")
    if (
        not Path(python).exists()
        or subprocess.run(
            [python, "-c", "import qgis.core"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip(
            "QGIS for Python is not installed; CORRIDORS_QGIS_PYTHON names a Python that has it"
        )
    release, folder = seen
    machine = {"QT_QPA_PLATFORM": "offscreen", "PATH": os.environ["PATH"]}
    arguments = [python, "-c", QGIS, find(folder, "corridors", "gpkg"), *release.layers]
    told = subprocess.run(arguments, capture_output=True, text=True, env=machine, check=False)
    rows = [line.split() for line in told.stdout.splitlines()]
    assert [row[:3] for row in rows] == [[name, "True", "True"] for name in release.layers]
    assert {row[3] for row in rows if len(row) > 3} == {"RuleRenderer"}
