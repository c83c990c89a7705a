"""KMZ for Google Earth and phones: a folder a layer, drawn by kind, with the columns of each row
and nothing to fetch.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.errors import UsageError
from corridors.evidence.status import IN_FORCE
from corridors.geodesy.measures import wrap_longitudes
from corridors.locales import show_unseen
from corridors.locales.figures import format_time
from corridors.messages import Message
from corridors.outputs.exports.antimeridian import DECIMALS, lay_out
from corridors.outputs.exports.selection import (
    Export,
    describe_corridor,
    is_placed,
    list_columns,
    name_corridor,
    tell_marking,
)
from corridors.outputs.geopackage import join_list
from corridors.outputs.serialization import to_jsonable
from corridors.outputs.symbology import (
    ALARM,
    ALTERNATE,
    CHOKEPOINT,
    INK,
    LIMITED,
    PAPER,
    PRIMARY,
    QUIET,
    STATUSES,
    ZONES,
)
from corridors.release.labels import Labels
from corridors.release.layers import LAYERS
from corridors.tables import NOT_PASSABLE

LARGEST = 2**31 - 1
"""Bytes of a document: readers of KMZ know no larger ones."""
ICONS = ("square", "circle", "cross", "diamond")
"""The signs that lie in the file as pictures of their own, so that none is fetched."""
_STYLES: Mapping[str, tuple[str, float, int, str, float]] = {
    "primary": (PRIMARY, 6, 0, "circle", 0.6),
    "alternate": (ALTERNATE, 3, 0, "circle", 0.6),
    "steps": (PRIMARY, 2, 0, "circle", 0.4),
    "chokepoints": (CHOKEPOINT, 9, 0, "diamond", 0.8),
    "closures": (STATUSES[NOT_PASSABLE], 5, 0, "circle", 0.5),
    "closure_areas": (ALARM, 2, 70, "circle", 0.5),
    "active": (ALARM, 3, 70, "cross", 1.0),
    "inactive": (QUIET, 1.5, 30, "cross", 0.6),
    "not_in_force": (QUIET, 1.5, 30, "diamond", 0.6),
    "depot": (INK, 3, 40, "square", 1.1),
    "destination": (PRIMARY, 3, 40, "circle", 1.1),
    "cut_off": (ALARM, 4, 40, "circle", 1.3),
    "waypoint": (PAPER, 2, 40, "diamond", 0.8),
    "observer_base": (PAPER, 2, 40, "diamond", 0.8),
    **{
        status: (color, {"PASSABLE": 1.5, "NOT_PASSABLE": 5}.get(status, 3), 40, "diamond", 0.6)
        for status, color in STATUSES.items()
    },
    **{
        kind: (color, {"no_go": 4, "front_line": 5}.get(kind, 2), 60, "circle", 0.5)
        for kind, color in ZONES.items()
    },
    "other": (LIMITED, 2, 40, "circle", 0.6),
}
"""By style: colour, width of lines in pixels, opacity of areas out of 255, picture and its scale.
"""
_HIDDEN = ("steps", "closures", "reports")
"""Layers that repeat what others show: their rows are there, to be switched on."""
_TIMES: Mapping[str, tuple[str, str]] = {
    "incidents": ("occurred_at", ""),
    "reports": ("occurred_at", ""),
    "closures": ("active_from", "active_until"),
    "closure_areas": ("", "active_until"),
    "zones": ("valid_from", "valid_to"),
}
"""From when until when rows of these layers hold. What happened has happened: it has no end."""
_HTML = str.maketrans({"<": "\u2039", ">": "\u203a"})


def write_kmz(export: Export, path: Path) -> None:
    """Write all layers as one KMZ: `doc.kml` and the pictures of its signs.

    Texts hold no markup: angle brackets in them are written as single quotation marks, because
    Google Earth reads names and descriptions as HTML. A row of `closures` is drawn as the segment
    it closes. The view opens at the moment planned for, so that the time slider of Google Earth
    hides nothing that holds then.

    Raises
    ------
    UsageError
        The layers are too large (fix: name fewer).
    """
    dated = export.release.as_of.astimezone(UTC)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as file:
        with file.open(_name_entry("doc.kml", dated), "w") as document:
            lines, written = _list_lines(export), 0
            while chunk := "".join(islice(lines, 5000)).encode("utf-8", "backslashreplace"):
                written += len(chunk)
                if written > LARGEST:
                    raise UsageError(Message("usage.kmz_too_large"))
                document.write(chunk)
        for sign in ICONS:
            file.writestr(_name_entry(f"icons/{sign}.png", dated), draw_icon(sign))


def _name_entry(name: str, dated: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(
        name, (max(dated.year, 1980), dated.month, dated.day, dated.hour, dated.minute, 0)
    )
    entry.compress_type, entry.create_system, entry.external_attr = (
        zipfile.ZIP_DEFLATED,
        3,
        0o644 << 16,
    )
    return entry


def _list_lines(export: Export) -> Iterator[str]:
    """The document, line by line."""
    release, locale, names = export.release, export.locale, export.names
    said = [*tell_marking(release, locale), *release.credits]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">\n'
    yield f"<Document>\n{_tag('name', names.title)}<open>1</open>\n{_tag('Snippet', said[0])}{_tag('description', '; '.join(said))}"
    yield _look_at(export)
    yield "".join(_write_style(name, *style) for name, style in _STYLES.items())
    layers = {
        name: _place_closures(export, layer) if name == "closures" else layer
        for name, layer in export.layers.items()
    }
    for name, layer in layers.items():
        yield f"<Folder>\n{_tag('name', locale.name('layer', name))}<visibility>{int(name not in _HIDDEN)}</visibility>\n"
        yield from _list_placemarks(export, names, name, layer)
        yield "</Folder>\n"
    yield "</Document>\n</kml>\n"


def _look_at(export: Export) -> str:
    """The first view: over what is exported, at the moment planned for."""
    placed = [
        layer
        for name in ("corridors", "sites", "segments")
        if (layer := export.layers.get(name)) is not None
    ][:2]
    places = shapely.get_coordinates([shape for layer in placed for shape in layer.geometry])
    moment = f"<gx:TimeStamp><when>{to_jsonable(export.release.as_of)}</when></gx:TimeStamp>"
    if not len(places):
        return f"<LookAt>{moment}<longitude>0</longitude><latitude>0</latitude><range>20000000</range></LookAt>\n"
    near = wrap_longitudes(places, float(places[0, 0]))  # on one side of the antimeridian
    (west, south), (east, north) = near.min(axis=0).tolist(), near.max(axis=0).tolist()
    width_m = max(east - west, north - south, 0.05) * 111_000.0
    lon, lat = wrap_longitudes(np.array([[(west + east) / 2, (south + north) / 2]]), 0.0)[0]
    spot = f"<longitude>{lon:.5f}</longitude><latitude>{lat:.5f}</latitude>"
    return f"<LookAt>{moment}{spot}<range>{width_m * 1.6:.0f}</range></LookAt>\n"


def _write_style(name: str, color: str, width: float, opacity: int, icon: str, scale: float) -> str:
    picture = f"<IconStyle><color>{to_kml_color(color)}</color><scale>{scale}</scale><Icon><href>icons/{icon}.png</href></Icon></IconStyle>"
    line = f"<LineStyle><color>{to_kml_color(color)}</color><width>{width}</width></LineStyle>"
    area = f"<PolyStyle><color>{to_kml_color(color, opacity)}</color><fill>1</fill><outline>1</outline></PolyStyle>"
    return f'<Style id="{name}">{picture}<LabelStyle><scale>0.8</scale></LabelStyle>{line}{area}</Style>\n'


def to_kml_color(color: str, opacity: int = 255) -> str:
    """A colour as KML writes it: opacity, blue, green, red.

    >>> to_kml_color("#0a5fa5", 127)
    '7fa55f0a'
    """
    return f"{opacity:02x}{color[5:7]}{color[3:5]}{color[1:3]}"


def _place_closures(export: Export, closures: pd.DataFrame) -> pd.DataFrame:
    """The ledger with the lines of the segments that it closes."""
    lines = export.release.table("segments").geometry
    return (
        closures.assign(geometry=lines.reindex(closures["segment_id"]).array).set_geometry(
            "geometry"
        )
        if len(closures)
        else closures
    )


def _list_placemarks(
    export: Export, labels: Labels, name: str, layer: pd.DataFrame
) -> Iterator[str]:
    columns = list_columns(layer, shown=True)
    values = [_write_values(column, said) for column, said in columns.items()]
    data = ["".join(row) for row in zip(*values, strict=True)] or [""] * len(layer)
    shapes = _write_shapes(lay_out(layer.geometry.array)) if is_placed(layer) else [""] * len(layer)
    styles = choose_styles(labels, name, layer)
    titles, descriptions = (
        _name_rows(export, labels, name, layer, columns),
        _describe_rows(labels, name, layer),
    )
    spans, seen = _write_spans(name, layer), _list_seen(name, layer)
    for title, description, shown, span, style, row, shape in zip(
        titles, descriptions, seen, spans, styles, data, shapes, strict=True
    ):
        head = f"{_tag('name', title)}{'' if shown else '<visibility>0</visibility>'}{_tag('description', description)}"
        extended = f"<ExtendedData>{row}</ExtendedData>"
        yield f"<Placemark>{head}{span}<styleUrl>#{style}</styleUrl>{extended}{shape}</Placemark>\n"


def _tag(tag: str, text: Any) -> str:
    return f"<{tag}>{_plain(str(text))}</{tag}>" if text else ""


def _plain(text: str) -> str:
    r"""A text for XML and for what reads it as HTML.

    >>> _plain("a\x01 & b")
    'a[U+0001] &amp; b'
    """
    return escape(show_unseen(text).translate(_HTML), {"\r": "&#13;"})


def _write_values(column: str, values: list[Any]) -> list[str]:
    """Each value as the XML of its column, without a schema, which not every reader looks up;
    nothing for what is unknown or empty.
    """
    head, tail = f"<Data name={quoteattr(column)}><value>", "</value></Data>"
    kinds = set(map(type, values))
    if kinds <= {int, float, type(None)}:
        return ["" if value is None else f"{head}{value!r}{tail}" for value in values]
    texts = [join_list(value) for value in values] if list in kinds else values
    written = {
        text: f"{head}{_plain(str(text).lower() if isinstance(text, bool) else text)}{tail}"
        for text in set(texts)
        if text not in (None, "")
    }
    return [written.get(text, "") for text in texts]


def _write_shapes(shapes: npt.NDArray[np.object_]) -> list[str]:
    """Shapes as KML; coordinates by way of WKT, which is written in one go."""
    simple = shapes.copy()
    simple[~np.isin(shapely.get_type_id(shapes), (0, 1))] = None
    texts = _write_coordinates(simple)
    written = []
    for shape, text in zip(shapes, texts, strict=True):
        if shape is None or shape.is_empty:
            written.append("")
        elif text:
            written.append(
                f"<{shape.geom_type}><coordinates>{text}</coordinates></{shape.geom_type}>"
            )
        elif shape.geom_type == "Polygon":
            written.append(_write_area(shape))
        else:
            written.append(
                f"<MultiGeometry>{''.join(_write_shapes(np.array(shapely.get_parts(shape), dtype=object)))}</MultiGeometry>"
            )
    return written


def _write_area(area: shapely.Polygon) -> str:
    shell, *holes = _write_coordinates(
        np.array([shapely.LineString(ring) for ring in shapely.get_rings(area)], dtype=object)
    )
    inner = "".join(
        f"<innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates></LinearRing></innerBoundaryIs>"
        for hole in holes
    )
    return f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{shell}</coordinates></LinearRing></outerBoundaryIs>{inner}</Polygon>"


def _write_coordinates(lines: npt.NDArray[np.object_]) -> list[str]:
    """The coordinates of points and lines as KML has them: "lon,lat lon,lat"."""
    texts = shapely.to_wkt(lines, rounding_precision=DECIMALS)
    return [
        ""
        if text is None
        else text[text.index("(") + 1 : -1].replace(", ", ";").replace(" ", ",").replace(";", " ")
        for text in texts
    ]


def choose_styles(labels: Labels, name: str, layer: pd.DataFrame) -> list[str]:
    """The style of each row of a layer, by rank, status, incident_status, kind or role; what does
    not hold now looks like nothing that does.
    """
    if name == "corridors":
        return ["primary" if rank == 1 else "alternate" for rank in layer["rank"]]
    if name in ("incidents", "reports"):
        return [
            "active" if incident_status == "active" else "inactive"
            for incident_status in layer["incident_status"]
        ]
    if name == "sites":
        cut_off = (
            layer["cut_off"] if "cut_off" in layer else pd.Series(data=False, index=layer.index)
        )
        return [
            "cut_off" if cut else role for role, cut in zip(layer["role"], cut_off, strict=True)
        ]
    told = (
        layer["kind"]
        if name == "zones"
        else layer["status"]
        if "status" in layer
        else pd.Series(name, index=layer.index)
    )
    told = told.where(told.isin(_STYLES), "other")
    if name in ("zones", "road_reports"):
        told = told.where(
            labels.in_force[layer.index]
            if name == "zones"
            else layer["road_report_status"] == IN_FORCE,
            "not_in_force",
        )
    return told.tolist()


def _list_seen(name: str, layer: pd.DataFrame) -> list[bool]:
    """Which rows are seen at first: of roads and structures those that are not simply passable."""
    if name in ("segments", "structures"):
        return [status != "PASSABLE" for status in layer["status"]]
    return [name not in _HIDDEN] * len(layer)


def _name_rows(
    export: Export, labels: Labels, name: str, layer: pd.DataFrame, columns: Mapping[str, list[Any]]
) -> list[str]:
    if name == "corridors":
        return [name_corridor(labels, row) for _, row in layer.iterrows()]
    ids = next(
        (
            columns[column]
            for column in (LAYERS[name].index, "segment_id", "corridor_id")
            if column in columns
        ),
        [""] * len(layer),
    )
    if name in ("incidents", "reports"):
        kinds = [labels.locale.name("kind", kind) for kind in columns["kind"]]
        return [f"{kind} {row}" for kind, row in zip(kinds, ids, strict=True)]
    arabic = export.locale.lang == "ar" and "name_ar" in columns
    called = columns.get("name", [""] * len(layer))
    chosen = (
        [ar or text for ar, text in zip(columns["name_ar"], called, strict=True)]
        if arabic
        else called
    )
    return [
        text or row or labels.locale.name("layer", name)
        for text, row in zip(chosen, ids, strict=True)
    ]


def _describe_rows(labels: Labels, name: str, layer: pd.DataFrame) -> list[str]:
    """What each row says in words, for those who look at it."""
    locale = labels.locale
    if name == "corridors":
        return [
            f"{describe_corridor(labels, str(at), row)} {locale['marking.caution']}"
            for at, row in layer.iterrows()
        ]
    if name == "road_reports":
        return [
            f"{locale.name('status', status)}; {locale.name('road_report_status', report_status)}"
            for status, report_status in zip(
                layer["status"], layer["road_report_status"], strict=True
            )
        ]
    if name in ("segments", "structures"):
        said = {status: locale.name("status", status) for status in layer["status"].unique()}
        reasons = _render_reasons(labels, layer)
        return [
            f"{said[status]}; {reason}" if reason else said[status]
            for status, reason in zip(layer["status"], reasons, strict=True)
        ]
    if name in ("incidents", "reports"):
        return [
            f"{locale.name('incident_status', incident_status)}; {format_time(at)}"
            for incident_status, at in zip(
                layer["incident_status"], layer["occurred_at"], strict=True
            )
        ]
    if name == "closures":
        kinds = zip(layer["cause_type"], layer["cause_id"], layer["rule"], strict=True)
        known = {
            kind: f"{labels.cause(kind[0], kind[1])}: {locale.name('rule', kind[2])}"
            for kind in set(kinds)
        }
        return [
            known[kind]
            for kind in zip(layer["cause_type"], layer["cause_id"], layer["rule"], strict=True)
        ]
    if name == "zones":
        known = labels.in_force[layer.index]
        return [
            locale.name("zone", kind)
            if holds
            else f"{locale.name('zone', kind)}; {locale['marking.not_in_force']}"
            for kind, holds in zip(layer["kind"], known, strict=True)
        ]
    if name == "sites":
        return [
            f"{locale.name('role', role)}; {locale['cut_off.word']}"
            if site_id in labels.unreached
            else locale.name("role", role)
            for site_id, role in layer["role"].items()
        ]
    if name == "cut_off":
        return [
            f"{locale['cut_off.word']}: {labels.cut_off_reason(str(site_id))}"
            for site_id in layer.index
        ]
    return [""] * len(layer)


def _render_reasons(labels: Labels, layer: pd.DataFrame) -> list[str]:
    """Why each road or structure is not passable; empty where reasons are withheld."""
    if "reason_values" not in layer:
        return [""] * len(layer)
    columns = (layer[name].tolist() for name in ("reason_code", "reason_values"))
    return [labels.render_reason(*reason) for reason in zip(*columns, strict=True)]


def _write_spans(name: str, layer: pd.DataFrame) -> list[str]:
    begins, ends = (
        [str(to_jsonable(moment) or "") for moment in layer[column]]
        if column and column in layer
        else [""] * len(layer)
        for column in _TIMES.get(name, ("", ""))
    )
    return [
        f"<TimeSpan>{_tag('begin', begin)}{_tag('end', end)}</TimeSpan>" if begin or end else ""
        for begin, end in zip(begins, ends, strict=True)
    ]


def draw_icon(sign: str, size: int = 32) -> bytes:
    r"""A white sign with a dark edge as a PNG, which the colour of a style tints.

    >>> draw_icon("square")[:4]
    b'\x89PNG'
    """
    y, x = np.mgrid[:size, :size] / (size - 1) * 2 - 1
    reach = {
        "square": np.maximum(abs(x), abs(y)),
        "circle": np.hypot(x, y),
        "diamond": abs(x) + abs(y),
        "cross": np.maximum(np.minimum(abs(x - y), abs(x + y)) * 2.6, np.maximum(abs(x), abs(y))),
    }[sign]
    shade = np.where(reach < 0.7, 255, 40)
    image = np.stack([shade, shade, shade, np.where(reach < 0.95, 255, 0)], axis=-1).astype(
        np.uint8
    )
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    parts = (
        (b"IHDR", struct.pack(">2I5B", size, size, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
