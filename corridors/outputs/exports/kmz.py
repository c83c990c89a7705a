"""KMZ for Google Earth and phones: one folder per layer, with styles and columns.

The file loads nothing from a network.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
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
from corridors.evidence.status import ACTIVE, IN_FORCE
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
    list_marking,
    name_corridor,
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

MAX_BYTES = 2**31 - 1
"""Bytes of a document; readers of KMZ support no larger ones."""
ICONS = ("square", "circle", "cross", "diamond")
"""The signs that the file holds as pictures, so that none is loaded from a network."""
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
"""By style: colour, line width in pixels, opacity of areas out of 255, picture and its scale."""
_HIDDEN = ("steps", "closures", "reports")
"""Layers that repeat what others show; a reader can switch their rows on."""
_TIMES: Mapping[str, tuple[str, str]] = {
    "incidents": ("occurred_at", ""),
    "reports": ("occurred_at", ""),
    "closures": ("active_from", "active_until"),
    "closure_areas": ("", "active_until"),
    "zones": ("valid_from", "valid_to"),
}
"""The columns with the start and the end of rows of these layers; incidents have no end."""
_HTML = str.maketrans({"<": "\u2039", ">": "\u203a"})


def write_kmz(export: Export, path: Path) -> None:
    """Write all layers as one KMZ: `doc.kml` and the pictures of its signs.

    Texts hold no markup: angle brackets in them are written as single quotation marks, because
    Google Earth reads names and descriptions as HTML. A row of `closures` is drawn as the segment
    that it closes. The view opens at the plan's reference time, so that the time slider of Google
    Earth hides nothing that is active then.

    Raises
    ------
    UsageError
        The layers are too large. Fix: export fewer layers.
    """
    dated = export.release.as_of.astimezone(UTC)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as file:
        with file.open(_name_entry("doc.kml", dated), "w") as document:
            lines, written = _list_lines(export), 0
            while chunk := "".join(islice(lines, 5000)).encode("utf-8", "backslashreplace"):
                written += len(chunk)
                if written > MAX_BYTES:
                    raise UsageError(Message("usage.kmz_too_large"))
                document.write(chunk)
        for sign in ICONS:
            file.writestr(_name_entry(f"icons/{sign}.png", dated), draw_icon(sign))


def _name_entry(name: str, dated: datetime) -> zipfile.ZipInfo:
    moment = (max(dated.year, 1980), dated.month, dated.day, dated.hour, dated.minute, 0)
    entry = zipfile.ZipInfo(name, moment)
    entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
    entry.external_attr = 0o644 << 16
    return entry


def _list_lines(export: Export) -> Iterator[str]:
    """The document, line by line."""
    release, locale, names = export.release, export.locale, export.names
    marking = [*list_marking(release, locale), *release.credits]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"'
    yield ' xmlns:gx="http://www.google.com/kml/ext/2.2">\n'
    yield f"<Document>\n{_tag('name', names.title)}<open>1</open>\n{_tag('Snippet', marking[0])}"
    yield _tag("description", "; ".join(marking))
    yield _look_at(export)
    yield "".join(_write_style(name, *style) for name, style in _STYLES.items())
    layers = {
        name: _place_closures(export, layer) if name == "closures" else layer
        for name, layer in export.layers.items()
    }
    for name, layer in layers.items():
        yield f"<Folder>\n{_tag('name', locale.name('layer', name))}"
        yield f"<visibility>{int(name not in _HIDDEN)}</visibility>\n"
        yield from _list_placemarks(export, names, name, layer)
        yield "</Folder>\n"
    yield "</Document>\n</kml>\n"


def _look_at(export: Export) -> str:
    """The first view: over the exported layers, at the plan's reference time."""
    placed = [
        layer
        for name in ("corridors", "sites", "segments")
        if (layer := export.layers.get(name)) is not None
    ][:2]
    places = shapely.get_coordinates([shape for layer in placed for shape in layer.geometry])
    moment = f"<gx:TimeStamp><when>{to_jsonable(export.release.as_of)}</when></gx:TimeStamp>"
    if not len(places):
        spot, range_m = "<longitude>0</longitude><latitude>0</latitude>", 20_000_000.0
        return f"<LookAt>{moment}{spot}<range>{range_m:.0f}</range></LookAt>\n"
    near = wrap_longitudes(places, float(places[0, 0]))  # on one side of the antimeridian
    (west, south), (east, north) = near.min(axis=0).tolist(), near.max(axis=0).tolist()
    width_m = max(east - west, north - south, 0.05) * 111_000.0
    lon, lat = wrap_longitudes(np.array([[(west + east) / 2, (south + north) / 2]]), 0.0)[0]
    spot = f"<longitude>{lon:.5f}</longitude><latitude>{lat:.5f}</latitude>"
    return f"<LookAt>{moment}{spot}<range>{width_m * 1.6:.0f}</range></LookAt>\n"


def _write_style(name: str, color: str, width: float, opacity: int, icon: str, scale: float) -> str:
    tint = f"<color>{to_kml_color(color)}</color>"
    image = f"<Icon><href>icons/{icon}.png</href></Icon>"
    parts = (
        f"<IconStyle>{tint}<scale>{scale}</scale>{image}</IconStyle>",
        "<LabelStyle><scale>0.8</scale></LabelStyle>",
        f"<LineStyle>{tint}<width>{width}</width></LineStyle>",
        f"<PolyStyle><color>{to_kml_color(color, opacity)}</color><fill>1</fill>",
        "<outline>1</outline></PolyStyle>",
    )
    return f'<Style id="{name}">{"".join(parts)}</Style>\n'


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
    values = [_write_values(column, cells) for column, cells in columns.items()]
    data = ["".join(row) for row in zip(*values, strict=True)] or [""] * len(layer)
    shapes = _write_shapes(lay_out(layer.geometry.array)) if is_placed(layer) else [""] * len(layer)
    rows = zip(
        _name_rows(export, labels, name, layer, columns),
        _describe_rows(labels, name, layer),
        _list_seen(name, layer),
        _write_spans(name, layer),
        choose_styles(labels, name, layer),
        data,
        shapes,
        strict=True,
    )
    for title, description, shown, span, style, row, shape in rows:
        parts = (
            _tag("name", title),
            "" if shown else "<visibility>0</visibility>",
            _tag("description", description),
            f"{span}<styleUrl>#{style}</styleUrl><ExtendedData>{row}</ExtendedData>{shape}",
        )
        yield f"<Placemark>{''.join(parts)}</Placemark>\n"


def _tag(tag: str, text: Any) -> str:
    return f"<{tag}>{_plain(str(text))}</{tag}>" if text else ""


def _plain(text: str) -> str:
    r"""A text for XML, and for programs that read it as HTML.

    >>> _plain("a\x01 & b")
    'a[U+0001] &amp; b'
    """
    return escape(show_unseen(text).translate(_HTML), {"\r": "&#13;"})


def _write_values(column: str, values: list[Any]) -> list[str]:
    """Each value as the XML of its column; nothing for unknown or empty values.

    There is no schema, because not every reader uses one.
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
    """Shapes as KML; their coordinates come from WKT, which shapely writes in one call."""
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
            parts = _write_shapes(np.array(shapely.get_parts(shape), dtype=object))
            written.append(f"<MultiGeometry>{''.join(parts)}</MultiGeometry>")
    return written


def _write_area(area: shapely.Polygon) -> str:
    rings = [shapely.LineString(ring) for ring in shapely.get_rings(area)]
    texts = _write_coordinates(np.array(rings, dtype=object))
    tags = ["outerBoundaryIs", *["innerBoundaryIs"] * (len(texts) - 1)]
    written = "".join(
        f"<{tag}><LinearRing><coordinates>{text}</coordinates></LinearRing></{tag}>"
        for tag, text in zip(tags, texts, strict=True)
    )
    return f"<Polygon>{written}</Polygon>"


def _write_coordinates(lines: npt.NDArray[np.object_]) -> list[str]:
    """The coordinates of points and lines in KML: "lon,lat lon,lat"."""
    texts = shapely.to_wkt(lines, rounding_precision=DECIMALS)
    return [
        ""
        if text is None
        else text[text.index("(") + 1 : -1].replace(", ", ";").replace(" ", ",").replace(";", " ")
        for text in texts
    ]


def choose_styles(labels: Labels, name: str, layer: pd.DataFrame) -> list[str]:
    """The style of each row of a layer, by rank, status, kind or role.

    What is not active or not in force at the reference time of the plan has a style of its own.
    """
    if name == "corridors":
        return ["primary" if rank == 1 else "alternate" for rank in layer["rank"]]
    if name in ("incidents", "reports"):
        return ["active" if status == ACTIVE else "inactive" for status in layer["incident_status"]]
    if name == "sites":
        cut_off = layer.get("cut_off", pd.Series(data=False, index=layer.index))
        return layer["role"].mask(cut_off, "cut_off").tolist()
    column = "kind" if name == "zones" else "status"
    styles = layer.get(column, pd.Series(name, index=layer.index))
    styles = styles.where(styles.isin(_STYLES), "other")
    if name == "zones":
        styles = styles.where(labels.in_force[layer.index], "not_in_force")
    if name == "road_reports":
        styles = styles.where(layer["road_report_status"] == IN_FORCE, "not_in_force")
    return styles.tolist()


def _list_seen(name: str, layer: pd.DataFrame) -> list[bool]:
    """Which rows are visible at first: passable roads and structures are not."""
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
    """The sentence of each row, for readers who select it."""
    describe = _DESCRIPTIONS.get(name)
    return describe(labels, layer) if describe else [""] * len(layer)


def _describe_corridors(labels: Labels, layer: pd.DataFrame) -> list[str]:
    caution = labels.locale["marking.caution"]
    return [
        f"{describe_corridor(labels, str(corridor_id), row)} {caution}"
        for corridor_id, row in layer.iterrows()
    ]


def _describe_road_reports(labels: Labels, layer: pd.DataFrame) -> list[str]:
    name = labels.locale.name
    return [
        f"{name('status', status)}; {name('road_report_status', report_status)}"
        for status, report_status in zip(layer["status"], layer["road_report_status"], strict=True)
    ]


def _describe_roads(labels: Labels, layer: pd.DataFrame) -> list[str]:
    words = {status: labels.locale.name("status", status) for status in layer["status"].unique()}
    return [
        f"{words[status]}; {reason}" if reason else words[status]
        for status, reason in zip(layer["status"], _render_reasons(labels, layer), strict=True)
    ]


def _describe_incidents(labels: Labels, layer: pd.DataFrame) -> list[str]:
    return [
        f"{labels.locale.name('incident_status', status)}; {format_time(moment)}"
        for status, moment in zip(layer["incident_status"], layer["occurred_at"], strict=True)
    ]


def _describe_closures(labels: Labels, layer: pd.DataFrame) -> list[str]:
    keys = [*zip(layer["cause_type"], layer["cause_id"], layer["rule"], strict=True)]
    sentences = {
        key: f"{labels.cause(*key[:2])}: {labels.locale.name('rule', key[2])}" for key in set(keys)
    }
    return [sentences[key] for key in keys]


def _describe_zones(labels: Labels, layer: pd.DataFrame) -> list[str]:
    idle = f"; {labels.locale['marking.not_in_force']}"
    return [
        f"{labels.locale.name('zone', kind)}{'' if in_force else idle}"
        for kind, in_force in zip(layer["kind"], labels.in_force[layer.index], strict=True)
    ]


def _describe_sites(labels: Labels, layer: pd.DataFrame) -> list[str]:
    cut_off = f"; {labels.locale['cut_off.word']}"
    return [
        f"{labels.locale.name('role', role)}{cut_off if site_id in labels.unreached else ''}"
        for site_id, role in layer["role"].items()
    ]


def _describe_cut_off(labels: Labels, layer: pd.DataFrame) -> list[str]:
    word = labels.locale["cut_off.word"]
    return [f"{word}: {labels.cut_off_reason(str(site_id))}" for site_id in layer.index]


_DESCRIPTIONS: Mapping[str, Callable[[Labels, pd.DataFrame], list[str]]] = {
    "corridors": _describe_corridors,
    "road_reports": _describe_road_reports,
    "segments": _describe_roads,
    "structures": _describe_roads,
    "incidents": _describe_incidents,
    "reports": _describe_incidents,
    "closures": _describe_closures,
    "zones": _describe_zones,
    "sites": _describe_sites,
    "cut_off": _describe_cut_off,
}


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
    r"""A white sign with a dark edge as a PNG; a style gives it its colour.

    >>> draw_icon("square")[:4]
    b'\x89PNG'
    """
    y, x = np.mgrid[:size, :size] / (size - 1) * 2 - 1
    radius = {
        "square": np.maximum(abs(x), abs(y)),
        "circle": np.hypot(x, y),
        "diamond": abs(x) + abs(y),
        "cross": np.maximum(np.minimum(abs(x - y), abs(x + y)) * 2.6, np.maximum(abs(x), abs(y))),
    }[sign]
    shade, alpha = np.where(radius < 0.7, 255, 40), np.where(radius < 0.95, 255, 0)
    image = np.stack([shade, shade, shade, alpha], axis=-1).astype(np.uint8)
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
