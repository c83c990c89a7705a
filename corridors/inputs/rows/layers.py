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
from corridors.inputs.rows.dispatch import Rows, as_array, decode, refuse, text_of
from corridors.messages import Message
from corridors.tables import CRS


def read_geojson(blank: Rows, data: bytes) -> Rows:
    """`blank` filled with the features of a FeatureCollection."""
    try:
        document = json.loads(
            decode(blank.file, data), parse_constant=_no_constant, object_pairs_hook=_no_repeats
        )
    except (ValueError, RecursionError) as error:
        refuse(
            blank.file,
            "broken-geojson",
            f"the file is not JSON: {str(error)[:200]}",
            "export it again; the file may be cut short",
        )
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        refuse(
            blank.file,
            "broken-geojson",
            "the file is not a GeoJSON FeatureCollection",
            "export it again as GeoJSON",
        )
    crs: object = CRS
    if (
        document.get("crs") is not None
    ):  # GeoJSON 2008, which many programs still write for other systems
        named = document["crs"]
        named = named.get("properties") if isinstance(named, dict) else None
        crs = named.get("name") if isinstance(named, dict) else None
    problems, notes, numbers, properties, shapes = [], [], [], [], []
    opened = 0
    for number, feature in enumerate(features, 1):
        told = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(feature, dict) or not isinstance(told, dict | None):
            problems.append(
                Problem(
                    "broken-geojson",
                    "this is not a feature",
                    "export the file again as GeoJSON",
                    blank.file,
                    number,
                )
            )
            continue
        numbers.append(number)
        properties.append(told or {})
        try:
            shapes.append(_shape(feature.get("geometry")))
            opened += _count_open_rings(feature.get("geometry"))
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
            shapely.errors.ShapelyError,
        ) as error:
            shapes.append(None)
            hint = "draw it again, or remove the feature"
            problems.append(
                Problem(
                    "bad-geometry",
                    f"the geometry cannot be read: {str(error)[:120]}",
                    hint,
                    blank.file,
                    number,
                    "geometry",
                )
            )
    if opened:
        notes.append(Message("note.rings_closed", n=opened))
    if any(isinstance(feature, dict) and "id" in feature for feature in features):
        notes.append(Message("note.ids_beside_unread"))
    names = dict.fromkeys(name for told in properties for name in told)
    return replace(
        blank,
        numbers=tuple(numbers),
        columns={name: tuple(text_of(told.get(name)) for told in properties) for name in names},
        shapes=as_array(shapes),
        crs=crs,
        notes=tuple(notes),
        problems=tuple(problems),
    )


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError(
            f"a name is said twice in one object: {', '.join(name for name, _ in pairs)[:80]}"
        )
    return told


def _shape(geometry: Any) -> shapely.Geometry | None:
    """A shape from its GeoJSON; rings that are not closed are closed.

    Numbers must be numbers, not texts of numbers.
    """
    if geometry is None:
        return None
    stack = [geometry.get("coordinates", ())]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack.extend(part)
        elif isinstance(part, bool) or not isinstance(part, int | float | tuple):
            raise TypeError(f"{part!r} is not a coordinate")
    return shapely.geometry.shape(geometry)


def _count_open_rings(geometry: Any) -> int:
    """How many rings of an area that could be read do not end where they begin."""
    kind, parts = (geometry or {}).get("type"), (geometry or {}).get("coordinates", ())
    areas = [parts] if kind == "Polygon" else parts if kind == "MultiPolygon" else []
    return sum(ring[0][:2] != ring[-1][:2] for area in areas for ring in area if ring)


def check_gpkg(path: Path, data: bytes) -> None:
    """Refuse what is no GeoPackage, and one whose last changes still stand in the log beside it."""
    if not data.startswith(b"SQLite format 3\0"):
        refuse(
            path.name,
            "broken-gpkg",
            "the file is not a GeoPackage",
            "export it again as GeoPackage",
        )
    beside = path.with_name(path.name + "-wal")
    if beside.is_file() and beside.stat().st_size:
        refuse(
            path.name,
            "unsaved-changes",
            "a program still holds changes of this file",
            "close the project in QGIS, or export the layer anew",
        )


def check_kml(file: str, data: bytes) -> None:
    """Refuse what is not KML: the library below would open any of its hundred formats, some of
    which fetch other files.
    """
    roots: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: roots.append(name) if not roots else None

    def refuse_doctype(*_: object) -> NoReturn:
        refuse(
            file,
            "broken-kml",
            "the file declares a document type, which KML never needs",
            "export it again as KML",
        )

    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        refuse(
            file,
            "broken-kml",
            f"the file is not XML: {error}",
            "export it again as KML; the file may be cut short",
        )
    if roots[0].rpartition(" ")[2] != "kml" or b"<OGR" in data:
        refuse(file, "broken-kml", "the file is not KML", "export it again as KML")


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
"""What the library adds to every KML layer.

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
        refuse(blank.file, "empty-file", "the file has no layer", "export the layer again")
    if len(names) > 1 and wanted not in names:
        refuse(
            blank.file,
            "several-layers",
            f"the file has {len(names)} layers: {', '.join(names)}",
            f"keep one layer, or name the one to be read {wanted}" if wanted else "keep one layer",
        )
    rows = _read_one_layer(blank, data, wanted if wanted in names else names[0])
    others = [name for name in names if len(names) > 1 and name != wanted]
    return (
        replace(rows, notes=(*rows.notes, Message("note.layers_unread", names=", ".join(others))))
        if others
        else rows
    )


def _ask(blank: Rows, function: Any, data: bytes, **options: Any) -> Any:
    """What the library answers, with its fits of temper as problems."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the name of the file, which it does not know
            return function(data, **options)
    except (RuntimeError, ValueError) as error:
        refuse(
            blank.file,
            f"broken-{blank.format}",
            f"the file cannot be read: {str(error)[:200]}",
            "export it again; the file may be cut short",
        )


def _read_one_layer(blank: Rows, data: bytes, layer: str) -> Rows:
    meta, _, geometry, values = _ask(
        blank, pyogrio.raw.read, data, layer=layer, datetime_as_string=True, force_2d=True
    )
    stated = _ask(blank, pyogrio.read_info, data, layer=layer, force_feature_count=True)["features"]
    fields = [str(name) for name in meta["fields"]]
    count = len(geometry) if geometry is not None else len(values[0]) if values else 0
    if count != stated:
        refuse(
            blank.file,
            f"broken-{blank.format}",
            f"{stated} features are stated, {count} could be read",
            "export it again",
        )
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
    """The layers of one file as one, its features counted through."""
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
