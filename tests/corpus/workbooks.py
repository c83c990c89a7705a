"""Strikes in workbooks, and in files with shapes."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import openpyxl
import shapely
from openpyxl.workbook import Workbook
from town_mission import layer

from corpus.case import STRIKE, Case, Content, accept, count_not, read_from, refuse, report

BEIRUT = 'timezone = "Asia/Beirut"'
NAMES = list(STRIKE)


def book(*rows: Sequence[object], change: Callable[[Workbook], object] | None = None) -> bytes:
    """A workbook of rows; `change` may do more to it before it is saved."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    if change is not None:
        change(workbook)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def row(**said: object) -> list[object]:
    """The strike as cells, numbers as numbers."""
    return list((STRIKE | {"lat": 33.0, "lon": 35.02, "accuracy_m": 50} | said).values())


def second_sheet(state: str = "visible") -> Callable[[Workbook], object]:
    def add(workbook: Workbook) -> None:
        sheet = workbook.create_sheet("old")
        sheet.append(NAMES)
        sheet.append(row(lat=33.3))
        sheet.sheet_state = state

    return add


def merged(cells: str) -> Callable[[Workbook], object]:
    return lambda workbook: workbook.active.merge_cells(cells)


def repack(data: bytes, changes: Callable[[str, bytes], bytes]) -> bytes:
    """A workbook with the bytes of its members changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            new.writestr(member, changes(member, old.read(member)))
    return out.getvalue()


def with_entity(member: str, data: bytes) -> bytes:
    """A sheet whose latitude is an entity of its document type."""
    if member != "xl/worksheets/sheet1.xml":
        return data
    kind = b'<!DOCTYPE worksheet [<!ENTITY north "33.4">]>'
    return kind + data.replace(b"<v>33</v>", b"<v>&north;</v>").replace(
        b"<v>33.0</v>", b"<v>&north;</v>"
    )


def bomb(path: Path) -> None:
    """A workbook of some hundred kilobytes that states to unpack to 600 MB, without unpacking it
    here."""
    data = bytearray(book(NAMES, row()))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = (600 * 1024**2).to_bytes(4, "little")
    path.write_bytes(bytes(data))


def in_book(
    make: Callable[..., Case], name: str, told: str = "", *, data: Content, top: str = ""
) -> Case:
    """A case whose strikes are a workbook."""
    return make(
        name,
        *([told] if told else []),
        mission=read_from("strikes.xlsx", top=top),
        strikes__xlsx=data,
    )


GOOD = book(NAMES, row())
WORKBOOKS = [
    in_book(accept, "a workbook", data=GOOD),
    in_book(accept, "a workbook with its numbers as text", data=book(NAMES, STRIKE.values())),
    in_book(accept, "a workbook with a date", data=book(NAMES, row(occurred_at=date(2026, 11, 22))), top=BEIRUT),
    in_book(report, "a workbook with a date and no zone", "note.bare_dates", data=book(NAMES, row(occurred_at=date(2026, 11, 22)))),
    in_book(refuse, "a workbook with a time and no zone", "naive-time", data=book(NAMES, row(occurred_at=datetime(2026, 11, 22, 3)))),  # noqa: DTZ001
    in_book(refuse, "a workbook with a bare day number", "serial-time", data=book(NAMES, row(occurred_at=46348))),
    in_book(refuse, "a workbook with a number as a date", "bad-latitude", data=book(NAMES, row(lat=date(2026, 2, 2)))),
    in_book(refuse, "a workbook with a decimal comma", "decimal-comma", data=book(NAMES, row(lat="33,0"))),
    in_book(refuse, "a workbook with a formula that was never calculated", "formula-without-value missing-place", data=book(NAMES, row(lat="=33+0"))),
    in_book(refuse, "a workbook with an error", "cell-error bad-latitude", data=book(NAMES, row(lat="#REF!"))),
    in_book(refuse, "a workbook of two sheets", "several-sheets", data=book(NAMES, row(), change=second_sheet())),
    in_book(refuse, "a workbook with a hidden sheet", "several-sheets", data=book(NAMES, row(), change=second_sheet("hidden"))),
    in_book(accept, "a workbook with an empty sheet", data=book(NAMES, row(), change=lambda workbook: workbook.create_sheet("Sheet2"))),
    in_book(accept, "a workbook with a hidden row", data=book(NAMES, row(), change=lambda workbook: setattr(workbook.active.row_dimensions[2], "hidden", True))),
    in_book(accept, "a workbook with a filter that hides the strike", data=book(NAMES, row(), change=lambda workbook: setattr(workbook.active.auto_filter, "ref", "A1:H2"))),
    in_book(refuse, "a workbook with merged accuracies", "merged-cells",
            data=book(NAMES, row(incident_id="I-0", lat=33.4, lon=35.44, accuracy_m=1200), row(lat=32.982, accuracy_m=None), change=merged("F2:F3"))),
    in_book(refuse, "a workbook with merged verifications", "merged-cells", data=book(NAMES, row(incident_id="I-0", lat=33.4, lon=35.44), row(verification=None), change=merged("G2:G3"))),
    in_book(refuse, "a workbook with a merged title", "missing-column ragged-row", data=book(["Strikes of the week"], NAMES, row(), change=merged("A1:H1"))),
    in_book(refuse, "a workbook without a row of names", "missing-column", data=book(row())),
    in_book(refuse, "an empty workbook", "empty-file", data=book()),
    in_book(count_not, "a workbook with only the row of names", "note.no_rows", data=book(NAMES)),
    in_book(report, "a workbook with empty rows", "note.rows_empty", data=book(NAMES, [], row())),
    in_book(refuse, "a workbook with a value in a column without name", "ragged-row", data=book([*NAMES, None, None], [*row(), None, "see"])),
    in_book(refuse, "a workbook cut short", "broken-xlsx", data=GOOD[: len(GOOD) // 2]),
    in_book(refuse, "text named as a workbook", "broken-xlsx", data="id,lat,lon\n"),
    in_book(refuse, "a workbook that unpacks to more than any table holds", "too-large", data=bomb),
    in_book(refuse, "a workbook with an entity for a number", "broken-xlsx", data=repack(GOOD, with_entity)),
]  # fmt: skip


def features(*shapes: tuple[str, object], **said: object) -> str:
    """A GeoJSON layer of strikes from (type, coordinates)."""
    told = {
        key: value
        for key, value in (STRIKE | said).items()
        if key not in ("lat", "lon") and value is not None
    }
    return layer(
        *(
            (told | ({"incident_id": f"I-{at}"} if len(shapes) > 1 else {}), kind, where)
            for at, (kind, where) in enumerate(shapes, 1)
        )
    )


def with_member(text: str, **said: object) -> str:
    return json.dumps(json.loads(text) | said)


POINT = features(("Point", [35.02, 33.0]))
METRES = features(("Point", [688716.0, 3653099.2]))


def in_json(make: Callable[..., Case], name: str, told: str = "", *, text: Content) -> Case:
    """A case whose strikes are GeoJSON."""
    return make(
        name, *([told] if told else []), mission=read_from("strikes.geojson"), strikes__geojson=text
    )


def named_system(name: str) -> dict[str, object]:
    return {"type": "name", "properties": {"name": name}}


GEOJSON = [
    in_json(accept, "GeoJSON", text=POINT),
    in_json(accept, "GeoJSON with heights", text=features(("Point", [35.02, 33.0, 120.0]))),
    in_json(accept, "GeoJSON with a mark of the byte order", text="\ufeff" + POINT),
    in_json(accept, "GeoJSON with a MultiPoint of one", text=features(("MultiPoint", [[35.02, 33.0]]))),
    in_json(accept, "GeoJSON with a strike along a line", text=features(("LineString", [[35.015, 33.0], [35.025, 33.0]]))),
    in_json(accept, "GeoJSON in metres that says so", text=with_member(METRES, crs=named_system("urn:ogc:def:crs:EPSG::32636"))),
    in_json(refuse, "GeoJSON in metres that does not say so", "bad-coordinates", text=METRES),
    in_json(count_not, "GeoJSON in metres of the wrong zone", "remark.far_incidents", text=with_member(METRES, crs=named_system("EPSG:32638"))),
    in_json(refuse, "GeoJSON in a system that nobody knows", "unknown-crs", text=with_member(POINT, crs=named_system("EPSG:999999"))),
    in_json(refuse, "GeoJSON, latitude first", "latlon-exchanged", text=features(("Point", [33.0, 35.02]))),
    in_json(refuse, "GeoJSON with a feature without a place", "missing-place", text=POINT.replace('{"type": "Point", "coordinates": [35.02, 33.0]}', "null")),
    in_json(refuse, "GeoJSON with an empty place", "bad-geometry", text=features(("Point", [35.02]))),
    in_json(refuse, "GeoJSON with numbers in quotes", "bad-geometry", text=features(("Point", ["35.02", "33.0"]))),
    in_json(refuse, "GeoJSON with NaN", "broken-geojson", text=POINT.replace("33.0", "NaN")),
    in_json(accept, "GeoJSON with two points in one", text=features(("MultiPoint", [[35.02, 33.0], [35.5, 33.4]]))),
    in_json(refuse, "GeoJSON cut short", "broken-geojson", text=POINT[:-20]),
    in_json(refuse, "GeoJSON of one feature without a collection", "broken-geojson", text=json.dumps(json.loads(POINT)["features"][0])),
    in_json(refuse, "GeoJSON line by line", "broken-geojson", text=(json.dumps(json.loads(POINT)["features"][0]) + "\n") * 2),
    in_json(refuse, "GeoJSON with a name said twice", "broken-geojson", text=POINT.replace('"kind"', '"source": "x", "kind"')),
    in_json(count_not, "GeoJSON without features", "note.no_rows", text=layer()),
    in_json(report, "GeoJSON with ids beside the properties", "note.feature_ids_unread", text=POINT.replace('{"type": "Feature",', '{"type": "Feature", "id": 7,')),
    in_json(refuse, "GeoJSON whose properties say another place", "place-contradicted", text=features(("Point", [35.3, 33.3]), latitude=33.0, longitude=35.02)),
    in_json(accept, "GeoJSON whose properties say the same place", text=features(("Point", [35.02, 33.0]), latitude=33.0, longitude=35.02)),
]  # fmt: skip


def package(
    *layers: str,
    crs: str | None = "EPSG:4326",
    at: tuple[float, float] = (35.02, 33.0),
    then: Callable[[bytes], bytes] | None = None,
) -> Callable[[Path], None]:
    """Writes a GeoPackage with the strike in each layer named."""

    def write(path: Path) -> None:
        told = {name: [value] for name, value in STRIKE.items() if name not in ("lat", "lon")}
        table = gpd.GeoDataFrame(told, geometry=[shapely.Point(at)], crs=crs)
        for name in layers:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that no system is said: on purpose
                table.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        if then is not None:
            path.write_bytes(then(path.read_bytes()))

    return write


def in_package(make: Callable[..., Case], name: str, told: str = "", *, data: Content) -> Case:
    """A case whose strikes are a GeoPackage."""
    return make(
        name, *([told] if told else []), mission=read_from("strikes.gpkg"), strikes__gpkg=data
    )


def kml(
    place: str = "<Point><coordinates>35.02,33.0</coordinates></Point>",
    *,
    head: str = "",
    time: str = "2026-11-22T03:00Z",
) -> str:
    """A KML file of the strike."""
    told = {
        name: value
        for name, value in (STRIKE | {"occurred_at": time}).items()
        if value and name not in ("lat", "lon")
    }
    data = "".join(
        f'<Data name="{name}"><value>{value}</value></Data>' for name, value in told.items()
    )
    mark = f"<Placemark><ExtendedData>{data}</ExtendedData>{place}</Placemark>"
    return f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>week</name>{mark}</Folder></Document></kml>'


def in_kml(make: Callable[..., Case], name: str, told: str = "", *, text: str) -> Case:
    """A case whose strikes are KML."""
    return make(
        name, *([told] if told else []), mission=read_from("strikes.kml"), strikes__kml=text
    )


SHAPES = [
    in_package(accept, "a GeoPackage", data=package("strikes")),
    in_package(accept, "a GeoPackage in metres", data=package("strikes", crs="EPSG:32636", at=(688716.0, 3653099.2))),
    in_package(report, "a GeoPackage with other layers", "note.layers_unread", data=package("incidents", "old")),
    in_package(refuse, "a GeoPackage of two layers", "several-layers", data=package("week", "old")),
    in_package(refuse, "a GeoPackage without a coordinate system", "unknown-crs", data=package("strikes", crs=None)),
    in_package(refuse, "a GeoPackage in metres said to be degrees", "bad-coordinates", data=package("strikes", at=(688716.0, 3653099.2))),
    in_package(refuse, "a GeoPackage, latitude first", "latlon-exchanged", data=package("strikes", at=(33.0, 35.02))),
    in_package(refuse, "a GeoPackage cut short", "broken-gpkg", data=package("strikes", then=lambda data: data[:5000])),
    in_package(refuse, "text named as a GeoPackage", "broken-gpkg", data="SQLite"),
    in_kml(accept, "KML", text=kml()),
    in_kml(refuse, "KML, latitude first", "latlon-exchanged", text=kml("<Point><coordinates>33.0,35.02</coordinates></Point>")),
    in_kml(refuse, "KML with a document type", "broken-kml", text=kml(head='<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
    in_kml(refuse, "KML that is not closed", "broken-kml", text=kml()[:-10]),
    in_kml(refuse, "KML with a place without coordinates", "missing-place", text=kml("")),
    in_kml(refuse, "KML without a time", "missing-column", text=kml(time="")),
]  # fmt: skip

CASES = [*WORKBOOKS, *GEOJSON, *SHAPES]
