"""GeoJSON, GeoPackage and KML: shapes with their attributes."""

from __future__ import annotations

import itertools
import json
import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

import numpy as np
import pyogrio
import shapely
import shapely.geometry

from corridors.errors import Problem
from corridors.inputs.rows.raw_rows import Rows, as_array, decode, refuse, text_of
from corridors.messages import Message
from corridors.tables import CRS


def read_geojson(blank: Rows, data: bytes) -> Rows:
    """`blank` filled with the features of a FeatureCollection."""
    document = _parse_json(blank.file, data)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        refuse(blank.file, "broken-geojson", "not_a_feature_collection", "export_geojson_again")
    problems, notes, numbers, properties, shapes = [], [], [], [], []
    opened = 0
    broken, again = Message("problem.not_a_feature"), Message("hint.export_geojson_again")
    for number, feature in enumerate(features, 1):
        values = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(feature, dict) or not isinstance(values, dict | None):
            problems.append(Problem("broken-geojson", broken, again, blank.file, number))
            continue
        numbers.append(number)
        properties.append(values or {})
        try:
            shapes.append(_shape(feature.get("geometry")))
            opened += _count_open_rings(feature.get("geometry"))
        except _SHAPE_ERRORS as error:
            shapes.append(None)
            message = Message("problem.unreadable_geometry", text=str(error)[:120])
            hint = Message("hint.draw_or_remove_feature")
            place = (blank.file, number, "geometry")
            problems.append(Problem("bad-geometry", message, hint, *place))
    if opened:
        notes.append(Message("note.rings_closed", n=opened))
    if any(isinstance(feature, dict) and "id" in feature for feature in features):
        notes.append(Message("note.feature_ids_unread"))
    names = dict.fromkeys(name for values in properties for name in values)
    return replace(
        blank,
        numbers=tuple(numbers),
        columns={name: tuple(text_of(values.get(name)) for values in properties) for name in names},
        shapes=as_array(shapes),
        crs=_find_crs(document),
        notes=tuple(notes),
        problems=tuple(problems),
    )


_SHAPE_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
    shapely.errors.ShapelyError,
)


def _find_crs(document: dict[str, Any]) -> object:
    """The coordinate system that a file names, as GeoJSON 2008 allows and many programs write."""
    named = document.get("crs")
    if named is None:
        return CRS
    values = named.get("properties") if isinstance(named, dict) else None
    return values.get("name") if isinstance(values, dict) else None


def _parse_json(file: str, data: bytes) -> Any:
    """The document; a constant such as NaN and an object with a repeated name are refused."""

    def refuse_constant(word: str) -> NoReturn:
        refuse(file, "broken-geojson", "not_a_json_number", "export_again", value=word)

    def refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            names = ", ".join(name for name, _ in pairs)
            refuse(file, "broken-geojson", "repeated_json_name", "export_again", value=names)
        return values

    try:
        return json.loads(
            decode(file, data), parse_constant=refuse_constant, object_pairs_hook=refuse_repeats
        )
    except (ValueError, RecursionError) as error:
        refuse(
            file,
            "broken-geojson",
            Message("problem.not_json", text=str(error)[:200]),
            "export_again",
        )


def _shape(geometry: Any) -> shapely.Geometry | None:
    """A shape from its GeoJSON; open rings are closed, and texts are no numbers."""
    if geometry is None:
        return None
    stack = [geometry.get("coordinates", ())]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack.extend(part)
        elif isinstance(part, bool) or not isinstance(part, int | float | tuple):
            raise TypeError(repr(part))
    return shapely.geometry.shape(geometry)


def _count_open_rings(geometry: Any) -> int:
    """How many rings of a valid area do not end where they begin."""
    kind, parts = (geometry or {}).get("type"), (geometry or {}).get("coordinates", ())
    areas = [parts] if kind == "Polygon" else parts if kind == "MultiPolygon" else []
    return sum(ring[0][:2] != ring[-1][:2] for area in areas for ring in area if ring)


def check_gpkg(path: Path, data: bytes) -> None:
    """Refuse what is no GeoPackage, and one whose last changes are still in its log file."""
    if not data.startswith(b"SQLite format 3\0"):
        refuse(path.name, "broken-gpkg", "not_a_geopackage", "export_geopackage_again")
    log = path.with_name(path.name + "-wal")
    if log.is_file() and log.stat().st_size:
        refuse(path.name, "unsaved-changes", "unsaved_changes", "close_program")


def check_kml(file: str, data: bytes) -> None:
    """Refuse what is not KML.

    The library would open any of its hundred formats, some of which fetch other files.
    """
    roots: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: roots.append(name) if not roots else None

    def refuse_doctype(*_: object) -> NoReturn:
        refuse(file, "broken-kml", "document_type", "export_kml_again")

    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        refuse(file, "broken-kml", Message("problem.not_xml", text=str(error)), "export_kml_again")
    if roots[0].rpartition(" ")[2] != "kml" or b"<OGR" in data:
        refuse(file, "broken-kml", "not_kml", "export_kml_again")


_KML_OWN = {
    "id",
    "timestamp",
    "begin",
    "end",
    "altitudeMode",
    "tessellate",
    "extrude",
    "visibility",
    "drawOrder",
    "icon",
}
"""Columns that the library adds to every KML layer.

Times of KML elements are not read: they may be a year or a month only.
"""
_KML_TIME = re.compile(r"(\d{4})/(\d\d)/(\d\d)(?= |$)")


def read_layer(blank: Rows, data: bytes, wanted: str) -> Rows:
    """`blank` filled with the features of a GeoPackage layer, or of all folders of a KML file."""
    names = [str(name) for name, _ in _ask(blank, pyogrio.list_layers, data)]
    if blank.format == "kml":  # each folder of a KML file is a layer
        parts = [_read_one_layer(blank, data, name) for name in names]
        return _join(blank, [part for part in parts if part.numbers] or parts[:1])
    if not names:
        refuse(blank.file, "empty-file", "no_layer", "export_again")
    if len(names) > 1 and wanted not in names:
        message = Message("problem.several_layers", layers=tuple(names))
        hint = Message("hint.name_layer", name=wanted) if wanted else "keep_one_layer"
        refuse(blank.file, "several-layers", message, hint)
    rows = _read_one_layer(blank, data, wanted if wanted in names else names[0])
    others = tuple(name for name in names if len(names) > 1 and name != wanted)
    notes = (Message("note.layers_unread", names=others),) if others else ()
    return replace(rows, notes=(*rows.notes, *notes))


def _ask(blank: Rows, function: Any, data: bytes, **options: Any) -> Any:
    """The answer of the library, with its errors as problems."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that it does not know the file name
            return function(data, **options)
    except (RuntimeError, ValueError) as error:
        message = Message("problem.unreadable_file", text=str(error)[:200])
        refuse(blank.file, f"broken-{blank.format}", message, "export_again")


def _read_one_layer(blank: Rows, data: bytes, layer: str) -> Rows:
    meta, _, geometry, values = _ask(
        blank, pyogrio.raw.read, data, layer=layer, datetime_as_string=True, force_2d=True
    )
    stated = _ask(blank, pyogrio.read_info, data, layer=layer, force_feature_count=True)["features"]
    fields = [str(name) for name in meta["fields"]]
    count = len(geometry) if geometry is not None else len(values[0]) if values else 0
    if count != stated:
        message = Message("problem.features_lost", stated=stated, read=count)
        refuse(blank.file, f"broken-{blank.format}", message, "export_again")
    columns = {
        name: tuple(text_of(value) for value in column)
        for name, column in zip(fields, values, strict=True)
    }
    notes: tuple[Message, ...] = ()
    if blank.format == "kml":
        if any(any(columns.get(name, ())) for name in ("timestamp", "begin", "end")):
            notes = (Message("note.kml_times_unread"),)
        columns = {
            name.removesuffix("2") if name.removesuffix("2") in _KML_OWN else name: tuple(
                _KML_TIME.sub(r"\1-\2-\3", text) for text in texts
            )
            for name, texts in columns.items()
            if name not in _KML_OWN and any(texts)
        }
    return replace(
        blank,
        numbers=tuple(range(1, count + 1)),
        columns=columns,
        shapes=None if geometry is None else shapely.from_wkb(geometry, on_invalid="fix"),
        crs=meta["crs"],
        notes=notes,
    )


def _join(blank: Rows, parts: list[Rows]) -> Rows:
    """The layers of one file as one, with their features numbered from 1."""
    names = dict.fromkeys(itertools.chain.from_iterable(part.columns for part in parts))
    count = sum(len(part.numbers) for part in parts)
    shapes = [part.shapes for part in parts if part.shapes is not None]
    return replace(
        blank,
        numbers=tuple(range(1, count + 1)),
        columns={
            name: tuple(
                text for part in parts for text in part.columns.get(name, ("",) * len(part.numbers))
            )
            for name in names
        },
        shapes=np.concatenate(shapes) if shapes else as_array([]),
        crs=CRS,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
