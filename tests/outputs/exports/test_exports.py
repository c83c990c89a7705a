"""Every format is read back by another library, and holds what the release holds, row by row;
hostile words stay words."""

from __future__ import annotations

import csv
import getpass
import html
import io
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import gpxpy
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from disclosed import find_places, find_words, make_random
from exported import (
    FORMULA,
    SECRET,
    assert_rows,
    assert_shapes,
    find,
    flat,
    lists_of,
    make_release,
    read_styles,
    show,
    split,
)
from programs import need
from town import GRID, make_situation, spot
from town_mission import CUT_OFF, ROADS, SITES, write_town

import corridors as co
from corridors.cli import cli, exports
from corridors.locales import read_locale
from corridors.outputs.exports import antimeridian, kmz, xlsx
from corridors.outputs.maps import render_map
from corridors.release.layers import LAYERS
from corridors.situation import Acknowledgement
from corridors.tables import ROAD_REPORTS, build_table

KML = "{http://www.opengis.net/kml/2.2}"
GPX = "{http://www.topografix.com/GPX/1/1}"
LON_180 = 144.97
"""By so many degrees the town is moved so that its streets 2-3, 5-6 and 8-9 cross the antimeridian.
"""


def move(release, by):
    """The same release elsewhere on the same parallel, longitudes from -180 to 180 as every table
    has them."""

    def turn(coords):
        return np.column_stack(
            [np.round((coords[:, 0] + by + 180.0) % 360.0 - 180.0, 9), coords[:, 1]]
        )

    moved = {
        name: layer.set_geometry(
            gpd.GeoSeries(
                shapely.transform(layer.geometry.array, turn), index=layer.index, crs=layer.crs
            )
        )
        if isinstance(layer, gpd.GeoDataFrame)
        else layer
        for name, layer in release.layers.items()
    }
    return replace(release, layers=moved)


# What every format has in common


def test_there_is_a_file_a_format_or_one_a_layer_and_its_name_says_for_whom_it_is(seen):
    release, folder = seen
    names = {path.name.partition("_")[0] + path.suffix for path in folder.iterdir()}
    layers = {name.replace("_", "-") for name in release.layers}
    by_layer = {
        f"{layer}.{suffix}"
        for layer in layers
        for suffix in ("geojson", "geojsonl", "csv", "parquet")
    }
    assert names == by_layer | {
        f"corridors.{suffix}" for suffix in ("gpkg", "kmz", "gpx", "xlsx")
    } | {"about.csv"}
    assert all(
        f"_{release.audience}_20261123T0600Z_{release.plan_hash[:10]}." in path.name
        for path in folder.iterdir()
    )


def read_texts(path):
    """All that is written in a file, containers opened."""
    data = path.read_bytes()
    if path.suffix in (".kmz", ".xlsx"):
        with zipfile.ZipFile(path) as file:
            return b"\n".join(file.read(name) for name in file.namelist())
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return (
            data
            + str(table.schema.metadata).encode()
            + str(
                table.drop_columns(
                    ["geometry"] if "geometry" in table.column_names else []
                ).to_pylist()
            ).encode()
        )
    return data


def test_every_file_carries_its_marking_and_credits(seen):
    release, folder = seen
    for path in folder.iterdir():
        told = read_texts(path).decode("utf-8", "replace")
        if path.suffix == ".csv" and not path.name.startswith("about"):
            continue  # the file "about" beside it and the name say it
        if path.suffix == ".geojsonl" and not told:
            continue  # no feature, no line
        if path.suffix == ".parquet":
            told = pq.read_schema(path).metadata[b"corridors"].decode()
        assert {
            "internal": "TLP:AMBER+STRICT",
            "partners": "TLP:AMBER",
            "parties": "TLP:GREEN",
            "public": "TLP:CLEAR",
        }[release.audience] in told
        assert "not a guarantee of safety" in told, path.name
        assert "OpenStreetMap contributors, ODbL 1.0" in told, path.name
        assert release.code in told or release.plan_hash in told
        assert "2026-11-23 06:00 UTC" in told or "2026-11-23T06:00:00Z" in told
        assert "2026-11-24" in told, "until when it is valid"
        if release.audience == "parties":
            assert "Restricted" in told, "the response's own word"


def test_what_is_withheld_is_in_no_file(seen):
    release, folder = seen
    everything = {path.name: read_texts(path) for path in folder.iterdir()}
    told = {
        "internal": set(),
        "partners": {SECRET, "incident:hit", "shelling"},
        "parties": {SECRET, "incident:hit", "depot:clinic", "Town"},
        "public": {SECRET, "incident:hit", "depot:clinic", "Town", "D-1"},
    }[release.audience]
    for word in told:
        assert not [name for name, data in everything.items() if word.encode() in data], word
    if release.audience == "internal":
        assert all(
            any(word.encode() in data for data in everything.values())
            for word in (SECRET, "incident:hit")
        )


def test_nothing_of_a_depot_is_in_any_export_of_random_plans_for_parties_and_public(tmp_path):
    for seed in range(2):
        release, words, places = make_random(seed)
        for audience in ("parties", "public"):
            folder = tmp_path / f"{seed} {audience}"
            for path in co.write_exports(
                release, folder, formats=co.EXPORT_FORMATS, audience=audience
            ):
                content = read_texts(path) if path.suffix == ".parquet" else path.read_bytes()
                assert find_words(content, words) == set(), path.name
                assert find_places(content, places) == set(), path.name


def test_no_user_host_or_path_is_in_any_file(folders, tmp_path):
    private = [
        str(Path.home()).encode() + b"/",
        str(Path.cwd()).encode(),
        sys.prefix.encode(),
        str(tmp_path.parent).encode(),
    ]
    private += [
        name.encode()
        for name in (socket.gethostname(), getpass.getuser())
        if len(name) > 3 and name not in ("root", "user", "runner")
    ]
    for folder in folders.values():
        for path in folder.iterdir():
            data = path.read_bytes() + read_texts(path)
            assert not [word for word in private if word in data], path.name


RUN = """
import sys
import corridors as co
plan = co.plan_corridors(co.read_situation("town"))
co.write_exports(plan, "out", formats=co.EXPORT_FORMATS, hxl=True)
co.write_exports(plan, "out", formats=co.EXPORT_FORMATS, audience="parties", lang="ar")
"""
MACHINES = (
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    {
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "123",
        "HOME": "/nowhere",
        "USER": "somebody",
    },
)


def test_two_machines_write_the_same_bytes(tmp_path):
    runs = []
    for position, machine in enumerate(MACHINES):
        home = tmp_path / f"machine {position}"
        home.mkdir()
        write_town(home / "town", sites=SITES + CUT_OFF)
        runs.append(
            (
                home,
                subprocess.Popen(
                    [sys.executable, "-W", "error", "-c", RUN], cwd=home, env=os.environ | machine
                ),
            )
        )
    assert [run.wait(120) for _, run in runs] == [0, 0]
    first, second = (
        {path.name: path.read_bytes() for path in (home / "out").iterdir()} for home, _ in runs
    )
    assert len(first) > 60
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


# GeoPackage and its styles


def test_the_geopackage_holds_every_layer_exactly(seen):
    release, folder = seen
    path = find(folder, "corridors", "gpkg")
    assert {name for name, _ in pyogrio.list_layers(path)} == {*release.layers, "layer_styles"}
    for name, layer in release.layers.items():
        back = pyogrio.read_dataframe(path, layer=name, use_arrow=False)
        rows = back.drop(columns="geometry", errors="ignore").to_dict("records")
        for row in rows:
            row |= {column: split(row[column] or "") for column in lists_of(name) if column in row}
        assert_rows(layer, rows)
        if isinstance(layer, gpd.GeoDataFrame):
            assert shapely.equals_exact(layer.geometry.to_numpy(), back.geometry.to_numpy()).all()


def test_gdal_lists_the_layers_of_the_geopackage(seen):
    need("ogrinfo")
    release, folder = seen
    told = subprocess.run(
        ["ogrinfo", "-ro", "-al", "-so", find(folder, "corridors", "gpkg")],
        capture_output=True,
        text=True,
        check=True,
    )
    counted = dict(
        zip(
            re.findall(r"Layer name: (\w+)", told.stdout),
            map(int, re.findall(r"Feature Count: (\d+)", told.stdout)),
            strict=True,
        )
    )
    assert counted == {name: len(layer) for name, layer in release.layers.items()} | {
        "layer_styles": len(release.layers)
    }
    assert "WARNING" not in told.stdout + told.stderr.upper()


# GeoJSON


def assert_rfc_7946(shape):
    """Positions on Earth with at most seven decimals, and rings by the right hand."""
    coords = shapely.get_coordinates(shape)
    assert (np.abs(coords) <= [180.0, 90.0]).all()
    np.testing.assert_allclose(coords, np.round(coords, 7), atol=1e-12, rtol=0)
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            assert part.exterior.is_ccw
            assert not any(ring.is_ccw for ring in part.interiors)
        if part.geom_type != "Point":
            assert part.bounds[2] - part.bounds[0] < 180.0


def test_geojson_holds_every_layer_by_rfc_7946(seen):
    release, folder = seen
    for name, layer in release.layers.items():
        document = json.loads(find(folder, name, "geojson").read_text("utf-8"))
        assert set(document) == {"type", "name", "marking", "features"}
        assert document["marking"]["audience"] == release.audience
        rows = [feature["properties"] for feature in document["features"]]
        assert_rows(layer, rows)
        if not isinstance(layer, gpd.GeoDataFrame):
            assert {json.dumps(feature["geometry"]) for feature in document["features"]} <= {"null"}
            continue
        shapes = [shapely.geometry.shape(feature["geometry"]) for feature in document["features"]]
        for shape in shapes:
            assert_rfc_7946(shape)
        assert_shapes(layer, shapes)
        if len(layer):
            back = pyogrio.read_dataframe(find(folder, name, "geojson"), use_arrow=False)
            assert back.crs.to_epsg() == 4326
            assert_shapes(layer, back.geometry)


def test_a_hole_of_an_area_runs_clockwise(release, tmp_path):
    ring = shapely.box(35, 33, 36, 34).difference(shapely.box(35.4, 33.4, 35.6, 33.6))
    zones = (
        release.layers["zones"]
        .iloc[:1]
        .set_geometry(
            gpd.GeoSeries(
                [shapely.orient_polygons(ring, exterior_cw=True)], index=["Z-1"], crs=4326
            )
        )
    )
    (path,) = co.write_exports(
        replace(release, layers={"zones": zones}), tmp_path, formats=["geojson"]
    )
    assert_rfc_7946(
        shapely.geometry.shape(json.loads(path.read_text("utf-8"))["features"][0]["geometry"])
    )


def test_geojsonl_is_one_feature_a_line_that_gdal_reads(seen):
    release, folder = seen
    for name, layer in release.layers.items():
        path = find(folder, name, "geojsonl")
        text = path.read_bytes().decode("utf-8")
        assert "\x1e" not in text
        assert "\r" not in text
        features = [json.loads(line) for line in text.split("\n")[:-1]]
        assert_rows(layer, [feature["properties"] for feature in features])
        assert [at for at, feature in enumerate(features) if "marking" in feature] == [0] * bool(
            features
        )
        if len(layer) and isinstance(layer, gpd.GeoDataFrame):
            assert len(layer) == 1 or pyogrio.read_info(path)["driver"] == "GeoJSONSeq"
            assert_shapes(layer, pyogrio.read_dataframe(path, use_arrow=False).geometry)


# KMZ


def read_kml(path):
    with zipfile.ZipFile(path) as file:
        assert file.namelist()[0] == "doc.kml"
        assert {entry.date_time for entry in file.infolist()} == {(2026, 11, 23, 6, 0, 0)}
        assert all(file.read(name)[:4] == b"\x89PNG" for name in file.namelist()[1:])
        return ET.fromstring(file.read("doc.kml")), file.namelist()


def unmark(text):
    """A text as the map shows it: angle brackets as quotation marks, what nobody sees spelled out."""
    return show(text).replace("<", "\u2039").replace(">", "\u203a")


def read_kml_shape(placemark):
    def read(element):
        if element.tag in (f"{KML}Point", f"{KML}LineString", f"{KML}LinearRing"):
            coords = [
                tuple(map(float, pair.split(",")))
                for pair in element.findtext(f"{KML}coordinates").split()
            ]
            return (
                shapely.Point(coords[0])
                if element.tag == f"{KML}Point"
                else shapely.LineString(coords)
            )
        if element.tag == f"{KML}Polygon":
            shell = read(element.find(f"{KML}outerBoundaryIs/{KML}LinearRing"))
            return shapely.Polygon(
                shell,
                [read(ring) for ring in element.iterfind(f"{KML}innerBoundaryIs/{KML}LinearRing")],
            )
        parts = [read(part) for part in element]
        return {
            "Point": shapely.MultiPoint,
            "LineString": shapely.MultiLineString,
            "Polygon": shapely.MultiPolygon,
        }[parts[0].geom_type](parts)

    (shape,) = (
        child
        for child in placemark
        if child.tag.removeprefix(KML) in ("Point", "LineString", "Polygon", "MultiGeometry")
    )
    return read(shape)


def test_kmz_has_a_folder_a_layer_with_names_signs_and_columns(seen):
    release, folder = seen
    root, files = read_kml(find(folder, "corridors", "kmz"))
    styles = {style.get("id"): style for style in root.iter(f"{KML}Style")}
    folders = root.findall(f"{KML}Document/{KML}Folder")
    order = [name for name in LAYERS if name in release.layers]
    assert len(folders) == len(order)
    for name, part in zip(order, folders, strict=True):
        layer, placemarks = release.layers[name], part.findall(f"{KML}Placemark")
        table = flat(layer)
        texts = [column for column in table.columns if str(table[column].dtype) == "str"]
        rows = [
            {
                data.get("name"): data.findtext(f"{KML}value")
                for data in placemark.iter(f"{KML}Data")
            }
            for placemark in placemarks
        ]
        for row in rows:
            row |= {column: split(row.get(column) or "") for column in lists_of(name)}
        assert_rows(
            layer.assign(
                **{
                    column: [unmark(text) for text in layer[column]]
                    for column in texts
                    if column in layer
                }
            ),
            rows,
        )
        assert all(placemark.findtext(f"{KML}name") for placemark in placemarks)
        assert all(
            placemark.findtext(f"{KML}styleUrl").removeprefix("#") in styles
            for placemark in placemarks
        )
        if isinstance(layer, gpd.GeoDataFrame):
            assert_shapes(layer, [read_kml_shape(placemark) for placemark in placemarks])
    for style in styles.values():
        assert all(re.fullmatch(r"[0-9a-f]{8}", color.text) for color in style.iter(f"{KML}color"))
        assert {href.text for href in style.iter(f"{KML}href")} <= set(files)
    assert styles["primary"].findtext(f"{KML}LineStyle/{KML}color") == "ff4a6100", (
        "opacity, blue, green, red of #00614a"
    )
    assert float(styles["primary"].findtext(f"{KML}LineStyle/{KML}width")) > float(
        styles["alternate"].findtext(f"{KML}LineStyle/{KML}width")
    )


def test_gdal_lists_the_folders_of_the_kmz_and_their_placemarks(seen):
    release, folder = seen
    path = find(folder, "corridors", "kmz")
    counted = [
        pyogrio.read_info(path, layer=name)["features"] for name, _ in pyogrio.list_layers(path)
    ]
    assert counted == [len(release.layers[name]) for name in LAYERS if name in release.layers]
    assert next(name for name, _ in pyogrio.list_layers(path)) == "Corridors"
    corridors = pyogrio.read_dataframe(path, layer="Corridors", use_arrow=False)
    assert corridors["corridor_id"].tolist() == release.layers["corridors"].index.tolist()


def test_in_kmz_nothing_is_markup_and_nothing_is_fetched(folders):
    with zipfile.ZipFile(find(folders["internal"], "corridors", "kmz")) as file:
        text = file.read("doc.kml").decode("utf-8")
    assert "CDATA" not in text
    assert "&lt;" not in text, "Google Earth would read it as the beginning of a tag"
    assert "\u2039/name\u203a\u2039script\u203aalert(1)" in text
    assert "[U+0001]" in text
    assert set(re.findall(r"https?://[^\"<]+", text)) == {
        "http://www.opengis.net/kml/2.2",
        "http://www.google.com/kml/ext/2.2",
    }


def test_a_kmz_too_large_to_be_read_is_refused(release, tmp_path, monkeypatch):
    monkeypatch.setattr(kmz, "MAX_BYTES", 10_000)
    with pytest.raises(co.UsageError, match="--layer"):
        co.write_exports(release, tmp_path, formats=["csv", "kmz"])
    assert list(tmp_path.iterdir()) == []


def test_incidents_and_closures_of_the_kmz_have_their_times_and_the_view_opens_at_the_moment_planned_for(
    folders, release
):
    root, _ = read_kml(find(folders["internal"], "corridors", "kmz"))
    assert (
        root.find(f".//{KML}LookAt").find(".//{http://www.google.com/kml/ext/2.2}TimeStamp")[0].text
        == "2026-11-23T06:00:00Z"
    )
    parts = dict(
        zip(
            [name for name in LAYERS if name in release.layers],
            root.iter(f"{KML}Folder"),
            strict=True,
        )
    )
    begins = [span.findtext(f"{KML}begin") for span in parts["incidents"].iter(f"{KML}TimeSpan")]
    assert begins == ["2026-11-22T06:00:00Z", "2026-01-01T00:00:00Z"]
    for span, (_, row) in zip(
        parts["closures"].iter(f"{KML}TimeSpan"),
        release.layers["closures"].dropna(subset="active_from").iterrows(),
        strict=True,
    ):
        assert pd.Timestamp(span.findtext(f"{KML}begin")) == row["active_from"]
        assert pd.Timestamp(span.findtext(f"{KML}end")) == row["active_until"]
    assert len(list(parts["closures"].iter(f"{KML}TimeSpan"))) > 0


def test_zones_that_are_not_in_force_and_reports_that_count_for_nothing_look_otherwise_and_say_so(
    tmp_path,
):
    boxes = [shapely.box(35.1 + at, 33.1, 35.11 + at, 33.11) for at in (0.0, 0.1, 0.2, 0.3)]
    situation = make_situation(
        zones=[(f"Z-{number}", "no_go", box) for number, box in enumerate(boxes)]
    )
    at = pd.Timestamp(situation.as_of)
    never, days = pd.NaT, pd.Timedelta(days=1)
    zones = situation.zones.assign(
        valid_from=[never, at + days, never, at], valid_to=[never, never, at - days, at]
    )
    said = {
        "report_id": ["new", "old"],
        "status": "PASSABLE",
        "kind": "road_status",
        "direction": "both",
        "accuracy_m": 0.0,
    }
    said |= {
        "verification": "reported",
        "reported_at": [at, at - 90 * days],
        "geometry": [shapely.Point(35.01, 33.0)] * 2,
    }
    planned = co.plan_corridors(
        replace(situation, zones=zones, road_reports=build_table(ROAD_REPORTS, said))
    )
    co.write_exports(planned, tmp_path, formats=["kmz", "gpkg"], layers=["zones", "road_reports"])
    path = find(tmp_path, "corridors", "gpkg")
    hits: dict[str, list[str]] = {}
    with closing(sqlite3.connect(path)) as file:
        for style, name in ((style, style["f_table_name"]) for style in read_styles(path)):
            for rule in ET.fromstring(style["styleQML"]).iter("rule"):
                asked = f"SELECT {'report_id' if name == 'road_reports' else 'zone_id'} FROM {name} WHERE {rule.get('filter')}"
                hits[rule.get("label")] = [found for (found,) in file.execute(asked)]
    assert {label: found for label, found in hits.items() if found} == {
        "passable": ["new"],
        "road report that counts for nothing at that moment": ["old"],
        "no-go zone": ["Z-0", "Z-3"],
        "not in force at the moment planned for": ["Z-1", "Z-2"],
    }
    root, _ = read_kml(find(tmp_path, "corridors", "kmz"))
    reports, drawn = (
        [
            (
                mark.findtext(f"{KML}styleUrl"),
                mark.findtext(f"{KML}description"),
                mark.find(f"{KML}TimeSpan"),
            )
            for mark in part.iter(f"{KML}Placemark")
        ]
        for part in root.iter(f"{KML}Folder")
    )
    assert [style for style, _, _ in drawn] == [
        "#no_go",
        "#not_in_force",
        "#not_in_force",
        "#no_go",
    ]
    assert ["not in force" in told for _, told, _ in drawn] == [False, True, True, False]
    assert [
        None if span is None else (span.findtext(f"{KML}begin"), span.findtext(f"{KML}end"))
        for _, _, span in drawn
    ] == [
        None,
        ("2026-11-24T06:00:00Z", None),
        (None, "2026-11-22T06:00:00Z"),
        ("2026-11-23T06:00:00Z",) * 2,
    ]
    assert [(style, "too long ago" in told) for style, told, _ in reports] == [
        ("#PASSABLE", False),
        ("#not_in_force", True),
    ]


def test_closed_roads_of_the_kmz_are_seen_at_first_and_plain_ones_are_not(seen):
    release, folder = seen
    root, _ = read_kml(find(folder, "corridors", "kmz"))
    parts = dict(
        zip(
            [name for name in LAYERS if name in release.layers],
            root.iter(f"{KML}Folder"),
            strict=True,
        )
    )
    hidden = [
        placemark.findtext(f"{KML}visibility") == "0"
        for placemark in parts["segments"].iter(f"{KML}Placemark")
    ]
    assert hidden == (release.layers["segments"]["status"] == "PASSABLE").tolist()
    assert any(hidden)
    assert not all(hidden)


# GPX


def test_gpx_has_a_track_for_each_corridor_and_no_route(seen):
    release, folder = seen
    document = gpxpy.parse(find(folder, "corridors", "gpx").read_text("utf-8"))
    corridors = release.layers["corridors"]
    assert [track.comment for track in document.tracks] == corridors.index.tolist()
    assert document.routes == []
    assert document.time.isoformat() == "2026-11-23T06:00:00+00:00"
    assert document.copyright_author == "© OpenStreetMap contributors, ODbL 1.0"
    for track, line in zip(document.tracks, corridors.geometry, strict=True):
        points = [
            (point.longitude, point.latitude)
            for segment in track.segments
            for point in segment.points
        ]
        np.testing.assert_allclose(points, shapely.get_coordinates(line), atol=1e-7, rtol=0)
        assert "Do not let the device calculate it anew or attach it to roads" in track.description
        looks = {extension.tag.rpartition("}")[2]: extension.text for extension in track.extensions}
        assert looks.keys() == {"show_arrows", "color", "width", "coloring_type"}
        assert {extension.tag.partition("}")[0] for extension in track.extensions} == {
            "{https://osmand.net/docs/technical/osmand-file-formats/osmand-gpx"
        }
    text = find(folder, "corridors", "gpx").read_text("utf-8")
    assert "<rte" not in text
    assert "[U+0001]" in text or release.audience == "public" or "\x01" not in text


def test_gpx_has_waypoints_for_what_is_shown_as_a_point(seen):
    release, folder = seen
    document = gpxpy.parse(find(folder, "corridors", "gpx").read_text("utf-8"))
    kinds = [point.type for point in document.waypoints]
    expected = {
        "internal": ["Depot", "Destination", "Destination"],
        "partners": ["Depot", "Destination", "Destination"],
        "parties": ["Destination", "Destination"],
        "public": [],
    }[release.audience]
    chokepoints = release.table("chokepoints")["segment_id"].nunique()
    assert sorted(kind for kind in kinds if kind != "Chokepoints") == expected
    assert kinds.count("Chokepoints") == chokepoints
    points = release.layers["sites"][release.layers["sites"].geom_type == "Point"]
    places = {(point.longitude, point.latitude) for point in document.waypoints}
    shown = points[points["role"].isin(["depot", "destination"])]
    assert {(round(place.x, 7), round(place.y, 7)) for place in shown.geometry} <= places


def test_a_safe_zone_that_is_a_destination_is_a_waypoint(tmp_path):
    release = make_release(sites={"depot": ("depot", *spot(1))})
    (path,) = co.write_exports(release, tmp_path, formats=["gpx"], audience="parties")
    document = gpxpy.parse(path.read_text("utf-8"))
    (point,) = (point for point in document.waypoints if point.type == "declared safe zone")
    assert (
        release.layers["zones"]
        .geometry["Z-2"]
        .contains(shapely.Point(point.longitude, point.latitude))
    )
    assert len(document.tracks) == 1


def test_a_safe_zone_that_is_cut_off_is_a_waypoint_that_says_so(tmp_path):
    zones = (("Z-1", "safe_zone", shapely.box(35.019, 32.999, 35.021, 33.001)),)
    situation = make_situation(
        incidents=(("hit", *spot(2)),), zones=zones, sites={"depot": ("depot", *spot(1))}
    )
    for lang, word in (("en", "CUT OFF"), ("fr", "ACCÈS COUPÉ")):
        co.write_exports(co.plan_corridors(situation), tmp_path / lang, formats=["gpx"], lang=lang)
        points = gpxpy.parse(find(tmp_path / lang, "corridors", "gpx").read_text("utf-8")).waypoints
        assert [point.name for point in points] == ["Depot", f"Z-1 - {word}"]


def test_gpx_is_in_degrees_when_the_inputs_were_in_utm(tmp_path):
    town = write_town(tmp_path / "town")
    roads = gpd.read_file(io.StringIO(ROADS)).to_crs(32636)
    assert roads.total_bounds.min() > 1000
    roads.to_file(town / "roads.gpkg", driver="GPKG")
    mission = (town / "mission.toml").read_text("utf-8").replace("roads.geojson", "roads.gpkg")
    (town / "mission.toml").write_text(mission, encoding="utf-8")
    (path,) = co.write_exports(
        co.plan_corridors(co.read_situation(town)), tmp_path / "out", formats=["gpx"]
    )
    document = gpxpy.parse(path.read_text("utf-8"))
    points = [(point.longitude, point.latitude) for point, *_ in document.walk()]
    np.testing.assert_allclose([points[0], points[-1]], [spot(1), spot(9)], atol=1e-6)


# XLSX


def read_sheet(sheet, name, layer):
    """The rows of a sheet as dicts by column, times as they were before the suffix."""
    head, tags, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert all(tag.startswith("#") for tag in tags)
    times = [column for column in flat(layer).columns if flat(layer)[column].dtype.kind == "M"]
    assert {column for column in head if column.endswith("_utc")} == {
        f"{column}_utc" for column in times
    }
    found = [
        dict(zip([column.removesuffix("_utc") for column in head], row, strict=True))
        for row in rows
    ]
    for row in found:
        row |= {
            column: pd.Timestamp(row[column], tz="UTC")
            for column in times
            if row[column] is not None
        }
        row |= {column: split(row[column] or "") for column in lists_of(name) if column in row}
    return found


def test_a_workbook_has_a_sheet_a_layer_and_one_about_them(seen):
    release, folder = seen
    book = openpyxl.load_workbook(find(folder, "corridors", "xlsx"))
    order = [name for name in LAYERS if name in release.layers]
    assert book.sheetnames == ["About", *order]
    for name in order:
        layer, sheet = release.layers[name], book[name]
        rows = read_sheet(sheet, name, layer)
        for row in rows:
            row |= {
                key: pd.Timestamp(value).round("ms")
                for key, value in row.items()
                if isinstance(value, pd.Timestamp)
            }
        assert_rows(layer, rows, shown=True)
        assert sheet.freeze_panes == "B3"
        assert "not a guarantee of safety" in sheet.oddFooter.left.text
    about = [
        [cell.value for cell in row if cell.value is not None] for row in book["About"].iter_rows()
    ]
    assert [
        layer
        for layer, _, count in (row for row in about if len(row) == 3 and isinstance(row[2], int))
    ][: len(order)] == order
    told = {(row[0], row[1]) for row in about if len(row) == 4}
    heads = {(name, cell.value.removesuffix("_utc")) for name in order for cell in book[name][1]}
    assert told == heads, "every column is explained"
    assert (book.properties.creator or "", book.properties.lastModifiedBy or "") == ("", "")
    assert book.properties.created == book.properties.modified == datetime(2026, 11, 23, 6)  # noqa: DTZ001 - workbooks know no zones


def test_no_text_in_a_workbook_is_a_formula_or_a_link(folders):
    book = openpyxl.load_workbook(find(folders["internal"], "corridors", "xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d", "inlineStr"}
    assert any(cell.value == FORMULA and cell.data_type in ("s", "inlineStr") for cell in cells)
    assert all(cell.hyperlink is None for cell in cells)
    assert any(cell.value == "a[U+0001]b[U+202E]c[U+FFFE]" for cell in cells)


def test_what_a_sheet_cannot_hold_is_cut_written_as_text_or_refused(release, tmp_path, monkeypatch):
    segments = release.layers["segments"].assign(
        reason="x" * 40_000, from_node=-4_611_686_018_427_387_904
    )
    (path,) = co.write_exports(
        replace(release, layers={"segments": segments}), tmp_path, formats=["xlsx"]
    )
    head, row, *_ = openpyxl.load_workbook(path)["segments"].iter_rows(values_only=True)
    found = dict(zip(head, row, strict=True))
    assert len(found["reason"]) == 32_767
    assert found["reason"].endswith("[cut: 40000 characters]")
    assert found["from_node"] == "-4611686018427387904", "a number would lose its last digits"
    monkeypatch.setattr(xlsx, "MAX_ROWS", 10)
    with pytest.raises(co.UsageError, match="segments has 12 rows"):
        co.write_exports(release, tmp_path / "other", formats=["csv", "xlsx"], layers=["segments"])
    assert not (tmp_path / "other").exists()


def test_places_in_tables_are_latitude_and_longitude_ends_of_lines_and_bounds_of_areas(folders):
    book = openpyxl.load_workbook(find(folders["parties"], "corridors", "xlsx"))

    def read(name):
        head, _, *rows = book[name].iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    sites = {row["site_id"]: row for row in read("sites")}
    lons, lats = zip(*(spot(node) for node in (9, 2)), strict=True)
    assert sorted((sites[name]["lon"], sites[name]["lat"]) for name in ("S-1", "S-2")) == sorted(
        zip(lons, lats, strict=True)
    )
    cell = sites["D-1"]
    assert cell["lat"] is None, "a cell has no point that someone might take for the depot"
    assert cell["south"] < spot(1)[1] < cell["north"]
    assert cell["west"] < spot(1)[0] < cell["east"]
    streets = {
        (row["start_lon"], row["start_lat"], row["end_lon"], row["end_lat"])
        for row in read("segments")
    }
    assert streets == {(*spot(a), *spot(b)) for a, b in GRID}
    assert (read("zones")[0]["west"], read("zones")[0]["north"]) == (35.1, 33.11)


# CSV


def read_csv(path):
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in data.replace(b"\r\n", b""), "lines end as spreadsheets write them"
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_csv_holds_every_layer_and_nothing_that_a_spreadsheet_would_run(seen):
    release, folder = seen
    for name, layer in release.layers.items():
        head, tags, *rows = read_csv(find(folder, name, "csv"))
        assert all(re.fullmatch(r"#[a-z]+(\+[a-z0-9_]+)*", tag) for tag in tags)
        found = [dict(zip(head, row, strict=True)) for row in rows]
        texts = {
            column.name for column in LAYERS[name].columns if column.kind in ("text", "list")
        } | {LAYERS[name].index}
        for row in found:
            for column, text in row.items():
                assert column not in texts or not text.startswith(("=", "+", "-", "@", "\t", "\r"))
            row |= {column: row[column].removeprefix("'") for column in texts if column in row}
            row |= {column: split(row[column]) for column in lists_of(name) if column in row}
        assert_rows(layer, found, shown=True)
        back = pd.read_csv(find(folder, name, "csv"), skiprows=[1])
        assert len(back) == len(layer)
        for column in LAYERS[name].columns:
            if column.kind in ("number", "int") and column.name in back and len(back):
                assert back[column.name].dtype.kind in "if", column.name


def test_numbers_below_zero_stay_numbers_and_texts_are_guarded(release, tmp_path):
    sites = release.layers["sites"].assign(need_t=-1.5, reason=["-1", "@x", "\ttab", "a=b"])
    sites = sites.set_geometry(
        gpd.GeoSeries([shapely.Point(-70.5, -33.25)] * 4, index=sites.index, crs=4326)
    )
    head, row, *others = read_csv(
        co.write_exports(replace(release, layers={"sites": sites}), tmp_path, formats=["csv"])[0]
    )
    first = dict(zip(head, row, strict=True))
    assert (first["need_t"], first["lon"], first["lat"], first["reason"]) == (
        "-1.5",
        "-70.5",
        "-33.25",
        "'-1",
    )
    assert [dict(zip(head, other, strict=True))["reason"] for other in others] == [
        "'@x",
        "'\ttab",
        "a=b",
    ]


def test_without_hxl_the_second_row_is_the_first_of_the_layer(release, tmp_path):
    paths = co.write_exports(release, tmp_path, formats=["csv", "xlsx"], layers=["sites"])
    rows = read_csv(find(tmp_path, "sites", "csv"))
    assert rows[1][0] == release.layers["sites"].index[0]
    sheet = openpyxl.load_workbook(find(tmp_path, "corridors", "xlsx"))["sites"]
    assert (sheet["A2"].value, sheet.freeze_panes) == (rows[1][0], "B2")
    assert len(paths) == 3


# GeoParquet


def test_parquet_gives_every_layer_back_as_it_was(seen):
    release, folder = seen
    for name, layer in release.layers.items():
        path = find(folder, name, "parquet")
        placed = isinstance(layer, gpd.GeoDataFrame)
        back = gpd.read_parquet(path) if placed else pd.read_parquet(path)
        expected = flat(layer)
        assert back.columns.tolist() == expected.columns.tolist()
        for column in expected.columns.drop("geometry", errors="ignore"):
            if column in lists_of(name):
                assert [tuple(entry) for entry in back[column]] == expected[column].tolist()
                assert str(pq.read_schema(path).field(column).type) == "list<element: string>"
            else:
                assert str(back[column].dtype) == str(expected[column].dtype), column
                pd.testing.assert_series_equal(back[column], expected[column])
        if placed:
            assert back.crs.to_epsg() == 4326
            assert shapely.equals_exact(
                back.geometry.to_numpy(), expected.geometry.to_numpy()
            ).all()
        marking = json.loads(pq.read_schema(path).metadata[b"corridors"])
        assert (marking["layer"], marking["audience"]) == (name, release.audience)


@pytest.mark.parametrize("hours", [0, 5, -8])
def test_one_moment_is_one_plan_and_one_file_of_each_kind_in_whatever_time_zone_and_read_back_or_not(
    tmp_path, hours
):
    situation = make_situation()  # a town of many ways: there is no chokepoint in it
    there = replace(situation, as_of=situation.as_of.astimezone(timezone(timedelta(hours=hours))))
    planned = co.plan_corridors(there)
    assert planned.plan_hash == co.plan_corridors(situation).plan_hash
    co.write_plan(planned, tmp_path / "plan")
    for name, given in (("made", planned), ("read", co.read_plan(tmp_path / "plan"))):
        co.write_exports(given, tmp_path / name, formats=co.EXPORT_FORMATS)
        co.write_print(given, tmp_path / name)
    made, back = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("made", "read")
    )
    assert made == back
    types = pq.read_schema(find(tmp_path / "made", "chokepoints", "parquet"))
    assert str(types.field("corridor_id").type) in ("string", "large_string")


@pytest.mark.parametrize(("audience", "told"), [("internal", True), ("parties", False)])
def test_an_acknowledgement_is_in_the_language_and_others_do_not_see_who_and_why(
    release, tmp_path, audience, told
):
    doubted = replace(
        release, acknowledgements=(Acknowledgement("no-active-incident", "trêve, jour 3", "Rima"),)
    )
    (path,) = co.write_exports(co.disclose(doubted, audience), tmp_path, formats=["gpx"], lang="fr")
    page = render_map(co.disclose(doubted, audience), languages=("fr",))
    for text in (path.read_text("utf-8"), html.unescape(page)):
        assert "aucun incident n’était actif à l’heure de référence du plan" in text
        assert "no-active-incident" not in text
        assert ("trêve, jour 3" in text, "Rima" in text) == (told, told)


# The antimeridian, nothing, and no length


@pytest.fixture(scope="module")
def moved(release, tmp_path_factory):
    """The town on both sides of the antimeridian, in all formats."""
    folder = tmp_path_factory.mktemp("antimeridian")
    there = move(release, LON_180)
    co.write_exports(there, folder, formats=co.EXPORT_FORMATS)
    return there, folder


def test_at_the_antimeridian_shapes_of_geojson_and_kmz_are_cut_and_cover_what_they_did(
    release, moved
):
    there, folder = moved
    root, _ = read_kml(find(folder, "corridors", "kmz"))
    parts = dict(
        zip(
            [name for name in LAYERS if name in there.layers],
            root.iter(f"{KML}Folder"),
            strict=True,
        )
    )
    for name in ("segments", "corridors", "zones", "closure_areas", "steps"):
        features = json.loads(find(folder, name, "geojson").read_text("utf-8"))["features"]
        kml = [read_kml_shape(placemark) for placemark in parts[name].iter(f"{KML}Placemark")]
        for written in ([shapely.geometry.shape(feature["geometry"]) for feature in features], kml):
            several = 0
            for shape, before in zip(written, release.layers[name].geometry, strict=True):
                assert_rfc_7946(shape) if written is not kml else None
                back = shapely.transform(
                    shape, lambda xy: np.column_stack([(xy[:, 0] - LON_180) % 360.0, xy[:, 1]])
                )
                assert back.area == pytest.approx(before.area, rel=1e-4)
                assert back.length == pytest.approx(before.length, abs=3e-6) or before.area
                assert back.hausdorff_distance(before) < 2e-6 or before.area
                several += shape.geom_type.startswith("Multi")
            assert several > 0, name


def test_at_the_antimeridian_a_track_has_two_parts_and_no_longitude_180(moved):
    _, folder = moved
    document = gpxpy.parse(find(folder, "corridors", "gpx").read_text("utf-8"))
    clinic = next(track for track in document.tracks if track.comment == "depot:clinic:1")
    assert len(clinic.segments) == 2
    assert all(-180.0 <= point.longitude < 180.0 for point, *_ in document.walk())
    west, east = clinic.segments
    assert west.points[-1].longitude == pytest.approx(180.0, abs=1e-6)
    assert east.points[0].longitude == pytest.approx(-180.0, abs=1e-6)
    assert west.points[-1].latitude == east.points[0].latitude
    bounds = {
        row[0]: row
        for row in openpyxl.load_workbook(find(folder, "corridors", "xlsx"))["zones"].iter_rows(
            values_only=True
        )
    }
    assert bounds["Z-2"][-4:] == (33.015, 179.985, 33.025, -179.985), "west is larger than east"


def test_at_the_antimeridian_chokepoints_and_the_first_view_lie_where_the_roads_are(tmp_path):
    row = make_release(
        pairs=[(1, 2), (2, 3), (3, 6), (6, 9)],
        incidents=(("far", 35.5, 33.4),),
        name={"2-3": "Across"},
    )
    for by in (
        LON_180,
        LON_180 + 0.01,
        LON_180 + 0.02,
    ):  # the middle of street 2-3 lies on it, east of it, and east of it
        (tmp_path / str(by)).mkdir()
        co.write_exports(move(row, by), tmp_path / str(by), formats=["gpx", "kmz"])
        points = gpxpy.parse(
            find(tmp_path / str(by), "corridors", "gpx").read_text("utf-8")
        ).waypoints
        (across,) = (point for point in points if point.name == "Across")
        assert (across.longitude - (35.03 + by)) % 360.0 == pytest.approx(
            0.0, abs=1e-6
        ) or across.longitude == pytest.approx(180.0)
        root, _ = read_kml(find(tmp_path / str(by), "corridors", "kmz"))
        look = root.find(f".//{KML}LookAt")
        assert (
            float(look.findtext(f"{KML}longitude")) - (35.02 + by) + 1.0
        ) % 360.0 == pytest.approx(1.0, abs=1e-4)
        assert float(look.findtext(f"{KML}range")) < 20_000


def test_the_bounds_of_an_area_in_parts_on_both_sides_of_the_antimeridian_are_of_that_area_and_not_of_the_earth(
    tmp_path,
):
    fiji = shapely.MultiPolygon(
        [shapely.box(179.5, -18, 180, -17), shapely.box(-180, -18, -179, -17)]
    )
    both = shapely.MultiPolygon(
        [shapely.box(-100, 10, -90, 20), shapely.box(90, 10, 100, 20)]
    )  # wider the other way round
    release = make_release(zones=(("Z-1", "no_go", fiji), ("Z-2", "no_go", both)))
    co.write_exports(release, tmp_path, formats=["csv"], layers=["zones"])
    head, *rows = read_csv(find(tmp_path, "zones", "csv"))
    found = [
        tuple(float(row[head.index(side)]) for side in ("south", "west", "north", "east"))
        for row in rows
    ]
    assert found == [(-18.0, 179.5, -17.0, -179.0), (10.0, 90.0, 20.0, -90.0)]


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        ("LINESTRING (179 1, 180 2, 179 3)", ["LINESTRING (179 1, 180 2, 179 3)"]),
        (
            "LINESTRING (179 0, 180 1, -179 2)",
            ["LINESTRING (179 0, 180 1)", "LINESTRING (-180 1, -179 2)"],
        ),
        (
            "LINESTRING (-179 0, 179 2)",
            ["LINESTRING (-179 0, -180 1)", "LINESTRING (180 1, 179 2)"],
        ),
        ("LINESTRING (0 0, 1 0, 0 0)", ["LINESTRING (0 0, 1 0, 0 0)"]),
        ("POINT (180 5)", ["POINT (180 5)"]),
        (
            "POLYGON ((179 0, 181 0, 181 1, 179 1, 179 0))",
            [
                "POLYGON ((179 0, 180 0, 180 1, 179 1, 179 0))",
                "POLYGON ((-180 0, -179 0, -179 1, -180 1, -180 0))",
            ],
        ),
        ("POLYGON ((-170 60, -60 60, 60 60, 170 60, 60 50, -60 50, -170 60))", None),
    ],
)
def test_shapes_are_cut_where_they_cross_and_nowhere_else(shape, parts):
    (laid,) = antimeridian.lay_out([shapely.from_wkt(shape)])
    if parts is None:  # all around a pole: left as it is
        assert laid.geom_type == "Polygon"
        return
    found = list(shapely.get_parts(laid))
    assert len(found) == len(parts)
    for part, expected in zip(found, map(shapely.from_wkt, parts), strict=True):
        assert part.equals(expected)
        if part.geom_type == "LineString":
            assert part.coords[:] == expected.coords[:], "it runs the same way"


def test_layers_without_rows_and_corridors_without_length_are_written(tmp_path):
    sites = {"depot": ("depot", *spot(1)), "clinic": ("destination", *spot(1))}
    release = make_release(zones=(), sites=sites)
    assert release.layers["corridors"].geom_type.tolist() == ["Point"]
    co.write_exports(release, tmp_path, formats=co.EXPORT_FORMATS)
    assert json.loads(find(tmp_path, "zones", "geojson").read_text("utf-8"))["features"] == []
    assert find(tmp_path, "zones", "geojsonl").read_bytes() == b""
    assert len(read_csv(find(tmp_path, "zones", "csv"))) == 1
    assert len(gpd.read_parquet(find(tmp_path, "zones", "parquet"))) == 0
    (track,) = gpxpy.parse(find(tmp_path, "corridors", "gpx").read_text("utf-8")).tracks
    assert [(point.longitude, point.latitude) for point in track.segments[0].points] == [spot(1)]
    root, _ = read_kml(find(tmp_path, "corridors", "kmz"))
    assert read_kml_shape(next(root.iter(f"{KML}Placemark"))).equals(shapely.Point(spot(1)))
    head, row = openpyxl.load_workbook(find(tmp_path, "corridors", "xlsx"))["corridors"].iter_rows(
        values_only=True
    )
    found = dict(zip(head, row, strict=True))
    assert (found["start_lon"], found["start_lat"], found["end_lon"]) == (*spot(1), spot(1)[0])
    nothing = replace(
        release, layers={name: layer.iloc[:0] for name, layer in release.layers.items()}
    )
    assert len(co.write_exports(nothing, tmp_path / "nothing", formats=co.EXPORT_FORMATS)) == len(
        list(tmp_path.glob("*.*"))
    )


# Words, doors, refusals


def test_legends_folders_and_descriptions_are_in_the_language_asked_for(release, tmp_path):
    for lang, folder_name, rule in (
        ("fr", "Corridors", "corridor principal"),
        ("ar", "الممرات", "الممر الرئيسي"),
    ):
        co.write_exports(
            release, tmp_path / lang, formats=["kmz", "gpkg", "xlsx", "gpx"], lang=lang
        )
        root, _ = read_kml(find(tmp_path / lang, "corridors", "kmz"))
        assert root.find(f".//{KML}Folder/{KML}name").text == folder_name
        (style,) = (
            row
            for row in read_styles(find(tmp_path / lang, "corridors", "gpkg"))
            if row["f_table_name"] == "corridors"
        )
        labels = [label.get("label") for label in ET.fromstring(style["styleQML"]).iter("rule")]
        assert labels[0] == read_locale(lang)["corridor.primary"]
        assert len(rule) > 3
        about = openpyxl.load_workbook(find(tmp_path / lang, "corridors", "xlsx"))["About"]
        assert bool(about.sheet_view.rightToLeft) == (lang == "ar")
        words = read_locale(lang)
        assert words["exchange.follow"] in find(tmp_path / lang, "corridors", "gpx").read_text(
            "utf-8"
        )


def test_only_the_layers_named_are_written(release, tmp_path):
    paths = co.write_exports(
        release, tmp_path, formats=["geojson", "gpkg"], layers=["zones", "corridors"]
    )
    assert sorted(path.name.split("_")[0] + path.suffix for path in paths) == [
        "corridors.geojson",
        "corridors.gpkg",
        "zones.geojson",
    ]
    assert sorted(name for name, _ in pyogrio.list_layers(find(tmp_path, "corridors", "gpkg"))) == [
        "corridors",
        "layer_styles",
        "zones",
    ]


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"formats": ["shp"]}, ("usage.unknown_format", {"format": "shp"})),
        ({"layers": ["roads"]}, ("usage.unknown_layer", {"layer": "roads"})),
        (
            {"layers": ["incidents"], "audience": "parties"},
            ("usage.withheld_layer", {"layer": "incidents", "audience": "parties"}),
        ),
        ({"audience": "press"}, ("usage.unknown_audience", {"audience": "press"})),
        ({"formats": ["gpx"], "layers": ["closures"]}, ("usage.no_gpx_layer", {})),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_written(release, tmp_path, asked, refused):
    with pytest.raises(co.UsageError) as caught:
        co.write_exports(release, tmp_path / "out", **asked)
    (message,), (code, values) = caught.value.args, refused
    assert message.code == code
    assert values.items() <= message.values.items()
    assert not (tmp_path / "out").exists()


def test_a_language_without_a_catalogue_is_refused_and_nothing_is_written(release, tmp_path):
    with pytest.raises(co.UsageError, match="there is no language de; use one of en, ar, fr"):
        co.write_exports(release, tmp_path / "out", lang="de")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "library", "extra"),
    [("xlsx", "xlsxwriter", "excel"), ("parquet", "pyarrow", "parquet")],
)
def test_a_missing_library_is_named_with_its_extra_before_anything_is_written(
    release, tmp_path, monkeypatch, name, library, extra
):
    from corridors.outputs import exports as exchange

    monkeypatch.setattr(exchange, "find_spec", lambda asked: None if asked == library else object())
    with pytest.raises(co.UsageError, match=re.escape(f"corridors[{extra}]")):
        co.write_exports(release, tmp_path / "out", formats=["csv", name])
    assert not (tmp_path / "out").exists()


def test_files_are_replaced_only_by_force_and_all_or_none(release, tmp_path, monkeypatch):
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    first = co.write_exports(release, tmp_path, formats=["csv"])
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(co.UsageError, match="force"):
        co.write_exports(release, tmp_path, formats=["gpx", "csv"])

    def fail(*_):
        raise OSError(28, "No space left on device")

    from corridors.outputs import exports as exchange

    monkeypatch.setitem(exchange._WHOLE, "gpx", fail)
    with pytest.raises(co.OutputError, match="is unchanged"):
        co.write_exports(release, tmp_path, formats=["csv", "gpx"], force=True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert co.write_exports(release, tmp_path, formats=["csv"], force=True) == first


def test_the_command_writes_what_the_function_writes(release, folders, tmp_path):
    co.write_plan(release, tmp_path / "plan")
    asked = ["export", str(tmp_path / "plan"), "-f", "all", "--hxl", "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(cli, asked, catch_exceptions=False)
    assert told.exit_code == 0
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert sorted(Path(line).name for line in told.stdout.splitlines()) == sorted(written)
    assert written == {path.name: path.read_bytes() for path in folders["internal"].iterdir()}
    asked = [
        "export",
        str(tmp_path / "plan"),
        "-f",
        "gpx",
        "-f",
        "geojson",
        "--layer",
        "corridors",
        "--audience",
        "public",
        "--lang",
        "ar",
    ]
    told = CliRunner().invoke(cli, [*asked, "--out", str(tmp_path / "few")], catch_exceptions=False)
    assert [path.suffix for path in sorted((tmp_path / "few").iterdir())] == [".geojson", ".gpx"]
    assert set(exports.FORMATS) == set(co.EXPORT_FORMATS)
