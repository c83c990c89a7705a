"""Styles that QGIS loads with a GeoPackage: signs by rank, status, kind and role, with labels.

The signs differ even without colour. A style is a QML document. Its expressions use only columns
that the layer has, so that it fits every audience. Where a layer holds several kinds of shapes,
each rule names its kind, because QGIS opens such a layer once for each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence.status import ACTIVE, IN_FORCE, INCIDENT_STATUSES
from corridors.locales import Locale
from corridors.outputs.symbology import (
    ALARM,
    ALTERNATE,
    CHOKEPOINT,
    CLOSED,
    INK,
    LIMITED,
    PAPER,
    PRIMARY,
    QUIET,
    ROAD,
    STATUSES,
    ZONES,
)
from corridors.situation import is_in_force
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, UNKNOWN

VERSION = "3.22.0-corridors"
"""The oldest version of QGIS that was tested; newer ones read these styles too."""
SHAPES = {0: "Point", 4: "Point", 1: "Line", 5: "Line", 3: "Polygon", 6: "Polygon"}
"""The name that QGIS has for a kind of shape, by the type number of shapely."""
_MAIN_ROADS = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
)
_IS_MAIN_ROAD = f'"road_class" IN ({", ".join(map(repr, _MAIN_ROADS))})'
_NAMED_FROM = 150_000
"""Roads and structures have names from this scale on."""

Stroke = tuple[str, dict[str, Any]]
Strokes = list[Stroke]


class _Sign(NamedTuple):
    """The symbols of a kind of row, one for each kind of shape.

    A symbol is a list of strokes with the QGIS names of their properties.
    """

    point: Strokes
    line: Strokes
    area: Strokes


class _Rule(NamedTuple):
    filter: str
    label: str
    sign: _Sign


_Rules = Callable[[Locale, pd.DataFrame], Iterator[_Rule]]


def build_styles(
    layers: Mapping[str, pd.DataFrame], locale: Locale, as_of: datetime
) -> dict[str, str]:
    """The QML of the style of each layer, at the plan's reference time.

    >>> from datetime import UTC
    >>> from corridors.locales import read_locale
    >>> from corridors.tables import ZONES, build_table
    >>> list(
    ...     build_styles(
    ...         {"zones": build_table(ZONES)}, read_locale("en"), datetime(2026, 11, 23, tzinfo=UTC)
    ...     )
    ... )
    ['zones']
    """
    rules: dict[str, _Rules] = {**_RULES, "zones": partial(_zone_rules, as_of=as_of)}
    return {name: _write_style(name, layer, locale, rules) for name, layer in layers.items()}


def _write_style(
    name: str, layer: pd.DataFrame, locale: Locale, rules: Mapping[str, _Rules]
) -> str:
    root = Element(
        "qgis", {"version": VERSION, "styleCategories": "Symbology|Labeling", "labelsEnabled": "0"}
    )
    if isinstance(layer, gpd.GeoDataFrame):
        kinds = sorted(
            {SHAPES[kind] for kind in np.unique(shapely.get_type_id(layer.geometry.array)).tolist()}
        ) or ["Line"]
        _add_rules(root, list(rules[name](locale, layer)), kinds, _DRAWN_FIRST.get(name, ""))
        label = _label(name, layer, locale)
        if label:
            root.set("labelsEnabled", "1")
            _add_label(
                root,
                label,
                line=kinds == ["Line"],
                small=name not in ("sites", "zones"),
                near=name in ("segments", "structures"),
            )
    else:
        root.set("styleCategories", "Fields")
        SubElement(root, "layerGeometryType").text = "4"
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f"{doctype}\n{tostring(root, encoding='unicode')}"


# Signs


def _color(color: str, opacity: int = 255) -> str:
    return f"{int(color[1:3], 16)},{int(color[3:5], 16)},{int(color[5:7], 16)},{opacity}"


def _stroke(color: str, width: float, dash: str = "", *, cap: str = "round") -> Stroke:
    """A line with a width in millimetres; `dash` lists the lengths of lines and gaps."""
    look = {
        "line_color": _color(color),
        "line_width": width,
        "line_width_unit": "MM",
        "line_style": "solid",
        "capstyle": "flat" if dash else cap,
        "joinstyle": "round",
    }
    if dash:
        look |= {"use_custom_dash": 1, "customdash": dash, "customdash_unit": "MM"}
    return "SimpleLine", look


def _mark(shape: str, color: str, edge: str, size: float, width: float = 0.4) -> Stroke:
    return "SimpleMarker", {
        "name": shape,
        "color": _color(color),
        "outline_color": _color(edge),
        "outline_width": width,
        "outline_width_unit": "MM",
        "size": size,
        "size_unit": "MM",
        "outline_style": "solid",
        "scale_method": "diameter",
    }


def _fill(color: str, opacity: int, edge: str, width: float, style: str = "solid") -> Stroke:
    return "SimpleFill", {
        "color": _color(color, opacity),
        "style": "solid" if opacity else "no",
        "outline_color": _color(edge),
        "outline_style": style,
        "outline_width": width,
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }


def _hatch(color: str, angle: float, spacing: float, width: float) -> Stroke:
    return "LinePatternFill", {
        "angle": angle,
        "distance": spacing,
        "distance_unit": "MM",
        "color": _color(color),
        "of": ("line", [_stroke(color, width, cap="flat")]),
    }


def _arrows(color: str, spacing: float, size: float) -> Stroke:
    """Arrowheads along a line, in the direction of driving."""
    return "MarkerLine", {
        "placement": "interval",
        "interval": spacing,
        "interval_unit": "MM",
        "rotate": 1,
        "offset_along_line": spacing / 2,
        "offset_along_line_unit": "MM",
        "of": ("marker", [_mark("filled_arrowhead", color, PAPER, size, 0.3)]),
    }


def _corridor(color: str, width: float, casing: float, dash: str) -> _Sign:
    line = [
        _stroke(PAPER, width + casing),
        _stroke(color, width, dash),
        _arrows(color, 28.0, width * 2.2),
    ]
    return _Sign([_mark("circle", color, PAPER, width * 2, 0.5)], line, [])


def _road(color: str, width: float, dash: str = "", casing: float = 0.0) -> _Sign:
    around = [_stroke(PAPER, width + casing)] if casing else []
    return _Sign(
        [_mark("diamond", color, INK, width + 2)],
        [*around, _stroke(color, width, dash)],
        [_fill(color, 60, color, 0.4)],
    )


def _incident(color: str, size: float, width: float, hatch: float) -> _Sign:
    cross = [
        _mark("cross2", PAPER, PAPER, size, width + 0.8),
        _mark("cross2", color, color, size, width),
    ]
    return _Sign(
        cross,
        [_stroke(color, width * 1.4, "1;1.2")],
        [_hatch(color, 45.0, hatch, 0.2), _fill(color, 0, color, width, "dot")],
    )


def _site(shape: str, color: str, edge: str, size: float, width: float) -> _Sign:
    return _Sign(
        [_mark(shape, PAPER, PAPER, size + 1.2, 0.0), _mark(shape, color, edge, size, width)],
        [_stroke(edge, width, "2;1")],
        [_fill(color, 40, edge, width, "dash")],
    )


_STATUS_SIGNS = {
    NOT_PASSABLE: _road(CLOSED, 1.3, "0.9;1.1", casing=0.7),
    RESTRICTED: _road(LIMITED, 0.8, "3;1.2", casing=0.4),
    UNKNOWN: _road(STATUSES[UNKNOWN], 0.7, "3;1;0.8;1", casing=0.4),
}
_ZONE_SIGNS = {
    "safe_zone": [_hatch(PRIMARY, 0.0, 3.5, 0.2), _fill(PRIMARY, 18, PRIMARY, 0.6)],
    "no_go": [
        _hatch(ZONES["no_go"], 45.0, 2.2, 0.35),
        _hatch(ZONES["no_go"], 135.0, 2.2, 0.35),
        _fill(ZONES["no_go"], 18, ZONES["no_go"], 0.8, "dash"),
    ],
    "contaminated": [
        _hatch(ZONES["contaminated"], 135.0, 2.4, 0.35),
        _fill(ZONES["contaminated"], 18, ZONES["contaminated"], 0.6, "dash dot"),
    ],
    "front_line": [
        _hatch(ZONES["front_line"], 90.0, 1.6, 0.3),
        _fill(ZONES["front_line"], 0, ZONES["front_line"], 1.1, "dash"),
    ],
    "restricted": [_hatch(LIMITED, 45.0, 4.5, 0.25), _fill(LIMITED, 0, LIMITED, 0.5, "dot")],
}
_ROLE_SIGNS = {
    "depot": _site("square", PAPER, INK, 3.6, 0.9),
    "destination": _site("circle", PRIMARY, PAPER, 3.8, 0.5),
    "waypoint": _site("triangle", PAPER, "#3f4a4c", 3.0, 0.4),
    "observer_base": _site("diamond", PAPER, "#3f4a4c", 2.6, 0.4),
}
_CUT_OFF = _site("circle", PAPER, ALARM, 4.2, 1.1)


# Rules


def _equal(column: str, value: str) -> str:
    return f"\"{column}\" = '{value}'"


def _rank_rules(locale: Locale, _layer: pd.DataFrame) -> Iterator[_Rule]:
    alternate = locale["corridor.alternate"]
    yield _Rule('"rank" = 1', locale["corridor.primary"], _corridor(PRIMARY, 1.7, 1.2, ""))
    yield _Rule('"rank" = 2', f"{alternate} 1", _corridor(ALTERNATE, 1.1, 0.9, "4;2"))
    yield _Rule('"rank" > 2', f"{alternate} 2+", _corridor(ALTERNATE, 0.9, 0.8, "4;1.5;0.9;1.5"))


def _status_rules(locale: Locale, layer: pd.DataFrame) -> Iterator[_Rule]:
    for status, sign in _STATUS_SIGNS.items():
        yield _Rule(_equal("status", status), locale.name("status", status), sign)
    passable = _equal("status", PASSABLE)
    if "road_class" not in layer:
        yield _Rule(passable, locale.name("status", PASSABLE), _road(ROAD, 0.5))
        return
    for condition, name, sign in (
        (_IS_MAIN_ROAD, "passable_main", _road("#a29c90", 0.7)),
        (f"NOT {_IS_MAIN_ROAD}", "passable_other", _road("#cdc9c0", 0.26)),
    ):
        yield _Rule(f"{passable} AND {condition}", locale[f"exchange.{name}"], sign)


def _report_rules(locale: Locale, layer: pd.DataFrame) -> Iterator[_Rule]:
    """The rules of roads, and one for reports that are not in force.

    A road that was passable last week must not look like one that is passable now.
    """
    in_force = _equal("road_report_status", IN_FORCE)
    for rule in _status_rules(locale, layer):
        yield rule._replace(filter=f"{rule.filter} AND {in_force}")
    yield _Rule(f"NOT {in_force}", locale["exchange.counts_for_nothing"], _road(QUIET, 0.4, "1;2"))


def _incident_rules(locale: Locale, layer: pd.DataFrame) -> Iterator[_Rule]:
    for status in (*INCIDENT_STATUSES, "superseded"):
        if (layer["incident_status"] == status).any():
            look = (ALARM, 4.4, 1.1, 2.0) if status == ACTIVE else (QUIET, 2.6, 0.5, 4.0)
            name = locale.name("incident_status", status)
            yield _Rule(_equal("incident_status", status), name, _incident(*look))


def _zone_rules(locale: Locale, layer: pd.DataFrame, as_of: datetime) -> Iterator[_Rule]:
    """Rules by kind, and one for zones that are not in force.

    That rule lists the ids of its zones, because QGIS does not know the plan's reference time.
    """
    in_force = is_in_force(layer, as_of)
    ids = ", ".join(_quote(str(zone_id)) for zone_id in layer.index[~in_force])
    idle = f'"{layer.index.name}" IN ({ids})'
    for kind, area in _ZONE_SIGNS.items():
        if (in_force & (layer["kind"] == kind)).any():
            is_kind = _equal("kind", kind)
            yield _Rule(
                is_kind if in_force.all() else f"{is_kind} AND NOT {idle}",
                locale.name("zone", kind),
                _Sign([_mark("circle", ZONES[kind], PAPER, 3)], [_stroke(ZONES[kind], 0.8)], area),
            )
    if not in_force.all():
        quiet = _Sign(
            [_mark("circle", QUIET, PAPER, 2)],
            [_stroke(QUIET, 0.4, "1;2")],
            [_fill(QUIET, 0, QUIET, 0.4, "dot")],
        )
        yield _Rule(idle, locale["marking.not_in_force"], quiet)


def _role_rules(locale: Locale, layer: pd.DataFrame) -> Iterator[_Rule]:
    for role, sign in _ROLE_SIGNS.items():
        is_role = _equal("role", role)
        if role == "destination" and "cut_off" in layer:
            yield _Rule(f'{is_role} AND NOT "cut_off"', locale.name("role", role), sign)
            yield _Rule(
                f'{is_role} AND "cut_off"',
                f"{locale.name('role', role)}: {locale['cut_off.word']}",
                _CUT_OFF,
            )
        elif (layer["role"] == role).any():
            yield _Rule(is_role, locale.name("role", role), sign)


def _same(name: str, sign: _Sign) -> _Rules:
    def rules(locale: Locale, _layer: pd.DataFrame) -> Iterator[_Rule]:
        yield _Rule("", locale.name("layer", name), sign)

    return rules


_RULES: Mapping[str, _Rules] = {
    "corridors": _rank_rules,
    "steps": _same("steps", _Sign([], [_stroke(INK, 0.3, "1;1")], [])),
    "chokepoints": _same(
        "chokepoints", _Sign([], [_stroke(INK, 3.4), _stroke(CHOKEPOINT, 2.4)], [])
    ),
    "segments": _status_rules,
    "closure_areas": _same(
        "closure_areas",
        _Sign([], [], [_hatch(ALARM, 45.0, 2.0, 0.25), _fill(ALARM, 22, ALARM, 0.4, "dash")]),
    ),
    "structures": _status_rules,
    "road_reports": _report_rules,
    "incidents": _incident_rules,
    "reports": _incident_rules,
    "sites": _role_rules,
    "cut_off": _same("cut_off", _CUT_OFF),
}


_DRAWN_FIRST = {"corridors": '"rank"', "segments": "\"status\" = 'PASSABLE'"}
"""The expression that is larger for rows that are drawn first, by layer."""


def _label(name: str, layer: pd.DataFrame, locale: Locale) -> str:
    """The QGIS expression that labels the rows of a layer; empty for no label."""
    if name == "incidents":
        kinds = ", ".join(
            f"{_quote(kind)}, {_quote(word)}" for kind, word in locale.texts["kind"].items()
        )
        day = "format_date(\"occurred_at\", 'yyyy-MM-dd')"
        return f"map_get(map({kinds}), \"kind\") || '\\n' || {day}"
    if name not in ("segments", "structures", "zones", "sites") or "name" not in layer:
        return ""
    first, second = ("name_ar", "name") if locale.lang == "ar" else ("name", "name_ar")
    label = f"""coalesce("{first}", '')"""
    if second in layer:
        between = " · " if name in ("segments", "structures") else "\\n"
        label += f""" || if("{second}" <> '' AND "{first}" <> '', '{between}', '')"""
        label += f""" || coalesce("{second}", '')"""
    if name == "segments" and "road_class" in layer:
        label = f"if({_IS_MAIN_ROAD}, {label}, '')"
    if name == "sites" and "cut_off" in layer:
        label += f""" || if("cut_off", '\\n' || {_quote(locale["cut_off.word"])}, '')"""
    return label


def _quote(text: str) -> str:
    """A text as a string of a QGIS expression.

    >>> _quote("l'eau")
    "'l''eau'"
    """
    return "'" + text.replace("'", "''") + "'"


# QML


def _add_rules(root: Element, rules: list[_Rule], kinds: list[str], first: str) -> None:
    """Add the renderer with its rules and symbols.

    Rows are drawn one after the other, so that the casing of a row covers the dashes of rows below.
    """
    ordered = {
        "type": "RuleRenderer",
        "symbollevels": "0",
        "forceraster": "0",
        "enableorderby": str(int(bool(first))),
    }
    renderer = SubElement(root, "renderer-v2", ordered)
    listed, symbols = SubElement(renderer, "rules", {"key": "all"}), SubElement(renderer, "symbols")
    if first:
        SubElement(
            SubElement(renderer, "orderby"), "orderByClause", {"asc": "0", "nullsFirst": "1"}
        ).text = first
    for rule in rules:
        for kind in kinds:
            strokes, type_ = {
                "Point": (rule.sign.point, "marker"),
                "Line": (rule.sign.line, "line"),
                "Polygon": (rule.sign.area, "fill"),
            }[kind]
            if not strokes:
                continue
            filters = [
                rule.filter,
                f"geometry_type($geometry) = '{kind}'" if len(kinds) > 1 else "",
            ]
            number = str(len(symbols))
            filter_ = " AND ".join(
                f"({part})" if len(kinds) > 1 else part for part in filters if part
            )
            attributes = {"key": f"rule-{number}", "symbol": number, "label": rule.label}
            if filter_:
                attributes["filter"] = filter_
            SubElement(listed, "rule", attributes)
            _add_symbol(symbols, number, type_, strokes)


def _add_symbol(parent: Element, name: str, type_: str, strokes: Strokes) -> None:
    symbol = SubElement(
        parent,
        "symbol",
        {"type": type_, "name": name, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"},
    )
    for position, (class_, properties) in enumerate(strokes):
        layer = SubElement(
            symbol, "layer", {"class": class_, "enabled": "1", "locked": "0", "pass": "0"}
        )
        for key, value in properties.items():
            if key != "of":
                SubElement(layer, "prop", {"k": key, "v": str(value)})
        if "of" in properties:
            kind, parts = properties["of"]
            _add_symbol(layer, f"@{name}@{position}", kind, parts)


def _add_label(root: Element, expression: str, *, line: bool, small: bool, near: bool) -> None:
    labeling = SubElement(root, "labeling", {"type": "simple"})
    settings = SubElement(labeling, "settings", {"calloutType": "simple"})
    style = {
        "fieldName": expression,
        "isExpression": "1",
        "fontWeight": "50" if small else "63",
        "fontSize": "7" if small else "9",
        "fontSizeUnit": "Point",
        "textColor": _color(INK),
        "textOpacity": "1",
        "fontFamily": "DejaVu Sans",
    }
    buffer = {
        "bufferDraw": "1",
        "bufferSize": "0.8",
        "bufferSizeUnits": "MM",
        "bufferColor": _color(PAPER),
        "bufferOpacity": "1",
    }
    SubElement(SubElement(settings, "text-style", style), "text-buffer", buffer)
    SubElement(settings, "text-format", {"multilineAlign": "0"})
    placement = {
        "placement": "2" if line else "6",
        "placementFlags": "9",
        "dist": "0.5" if line else "2",
        "distUnits": "MM",
        "priority": "3" if small else "8",
        "predefinedPositionOrder": "TR,TL,BR,BL,R,L,TSR,BSR",
        "offsetType": "1",
        "repeatDistance": "80" if line else "0",
        "repeatDistanceUnits": "MM",
    }
    SubElement(settings, "placement", placement)
    rendering = {
        "drawLabels": "1",
        "obstacle": "1",
        "obstacleFactor": "1",
        "mergeLines": str(int(line)),
        "limitNumLabels": "0",
        "scaleVisibility": str(int(near)),
    }
    if near:
        rendering |= {"scaleMin": "0", "scaleMax": str(_NAMED_FROM)}
    SubElement(settings, "rendering", rendering)
