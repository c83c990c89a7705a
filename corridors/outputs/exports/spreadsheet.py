"""Tables as people read them in a spreadsheet.

They have positions of shapes, HXL tags, and a description of the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.geodesy.measures import wrap_longitudes
from corridors.locales import Locale, show_unseen
from corridors.outputs.exports.antimeridian import DECIMALS
from corridors.outputs.exports.selection import Export, is_placed, list_columns, list_marking
from corridors.release.audiences import render_remarks
from corridors.release.layers import LAYERS
from corridors.tables import Column, Floats, describe_column

PLACES = (
    "lat",
    "lon",
    "start_lat",
    "start_lon",
    "end_lat",
    "end_lon",
    "south",
    "west",
    "north",
    "east",
)
"""The columns that `locate` may add; section `exchange` of the catalogue describes them."""
HXL: dict[str, str] = {
    "corridor_id": "#access+corridor+id",
    "segment_id": "#loc+road+id",
    "zone_id": "#loc+zone+id",
    "site_id": "#loc+site+id",
    "structure_id": "#loc+structure+id",
    "incident_id": "#event+incident+id",
    "report_id": "#event+report+id",
    "depot_id": "#loc+origin+id",
    "destination_id": "#loc+destination+id",
    "cause_id": "#cause+id",
    "cause_type": "#cause+type",
    "name": "#loc+name",
    "name_ar": "#loc+name+i_ar",
    "pcode": "#loc+code+v_pcode",
    "kind": "#meta+type",
    "role": "#loc+type",
    "status": "#status+access",
    "reason": "#description+reason",
    "people": "#population",
    "need_t": "#inneed+t",
    "stock_t": "#capacity+stock+t",
    "source": "#meta+source",
    "declared_by": "#org+declared",
    "supervisor": "#org+supervisor",
    "occurred_at": "#date+occurred+start",
    "occurred_until": "#date+occurred+end",
    "reported_at": "#date+reported",
    "valid_from": "#date+start",
    "valid_to": "#date+end",
    "active_from": "#date+start",
    "active_until": "#date+end",
    "lat": "#geo+lat",
    "lon": "#geo+lon",
}
"""Tags of the Humanitarian Exchange Language; columns that are not listed follow `_TAGS`."""
_TAGS = {
    "number": "#indicator+num",
    "int": "#indicator+num",
    "bool": "#indicator+bool",
    "time": "#date",
    "text": "#meta",
    "list": "#meta+list",
}
_KINDS = {column.name: column.kind for contract in LAYERS.values() for column in contract.columns}


def list_tags(columns: Iterable[str]) -> list[str]:
    """The HXL tag of each column; every column has one.

    >>> list_tags(["site_id", "lat", "length_m", "start_lon"])
    ['#loc+site+id', '#geo+lat', '#indicator+num+length_m', '#geo+start_lon']
    """
    return [
        HXL.get(name) or f"{'#geo' if name in PLACES else _TAGS[_KINDS[name]]}+{name}"
        for name in columns
    ]


def locate(name: str, layer: pd.DataFrame) -> dict[str, list[Any]]:
    """The positions of the shapes of a layer, in degrees of WGS 84, as columns.

    Points have `lat` and `lon`; lines have their start and their end; areas, and layers of mixed
    shapes, have the bounds of shapes other than points (`west` is larger than `east` where they
    cross the antimeridian).
    """
    if not is_placed(layer):
        return {}
    allowed = set(LAYERS[name].geometry)
    shapes = np.asarray(layer.geometry.array, dtype=object)
    if "LineString" in allowed and allowed <= {"LineString", "Point"}:
        return _write_degrees(("start_lat", "start_lon", "end_lat", "end_lon"), _find_ends(shapes))
    is_point = shapely.get_type_id(shapes) == 0
    columns: dict[str, list[Any]] = {}
    if "Point" in allowed:
        points = np.column_stack([shapely.get_y(shapes), shapely.get_x(shapes)])
        columns |= _write_degrees(("lat", "lon"), points)
    if not is_point.all() or "Point" not in allowed:
        areas = shapes.copy()
        areas[is_point] = None
        columns |= _write_degrees(("south", "west", "north", "east"), _find_bounds(areas))
    return columns


def _find_ends(lines: npt.NDArray[np.object_]) -> Floats:
    """Start and end of lines and points, as latitude, longitude, latitude, longitude."""
    if not len(lines):
        return np.empty((0, 4))
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines)))
    last = np.searchsorted(owner, np.arange(len(lines)), side="right") - 1
    return np.hstack([coords[first][:, ::-1], coords[last][:, ::-1]])


def _find_bounds(shapes: npt.NDArray[np.object_]) -> Floats:
    """South, west, north and east of shapes; `shapes` is changed."""
    wide = np.flatnonzero(_measure_width(shapes) > 180.0)
    around = shapely.transform(shapes[wide], lambda lonlat: wrap_longitudes(lonlat, 180.0))
    # A shape that becomes narrower crosses the antimeridian.
    narrower = _measure_width(around) < _measure_width(shapes[wide])
    shapes[wide[narrower]] = around[narrower]
    west, south, east, north = shapely.bounds(shapes).T
    turned = [
        lon - 360.0 * np.ceil((np.abs(lon) - 180.0) / 360.0).clip(0) * np.sign(lon)
        for lon in (west, east)
    ]
    return np.column_stack([south, turned[0], north, turned[1]])


def _measure_width(shapes: npt.NDArray[np.object_]) -> Floats:
    west, _, east, _ = shapely.bounds(shapes).reshape(-1, 4).T
    return np.asarray(east - west, dtype=np.float64)


def _write_degrees(names: tuple[str, ...], degrees: Floats) -> dict[str, list[Any]]:
    rounded = (np.round(degrees, DECIMALS) + 0.0).T.tolist()
    return {
        name: [None if math.isnan(value) else value for value in column]
        for name, column in zip(names, rounded, strict=True)
    }


def describe_about(export: Export) -> list[list[Any]]:
    """The description of a file of tables, as rows of cells.

    It holds marking, acknowledgements, remarks, counts, credits and columns.
    """
    locale, release = export.locale, export.release
    withheld = locale["exchange.withheld"]
    sections: dict[str, list[list[Any]]] = {
        "remarks": [[remark] for remark in render_remarks(release, locale.lang)],
        "sheets": [
            *(
                [name, locale.name("layer", name), len(rows)]
                for name, rows in export.layers.items()
            ),
            *([name, withheld, count] for name, count in release.withheld.items() if count),
        ],
        "counts": [[name, None, count] for name, count in release.counts.items()],
        "credits": [[credit] for credit in release.credits],
        "columns": [row for name in export.layers for row in _describe_columns(export, name)],
    }
    rows: list[list[Any]] = [[line] for line in list_marking(release, locale)]
    for heading, entries in sections.items():
        if entries or heading not in ("remarks", "credits"):
            rows += [[], [locale[f"exchange.{heading}"]], *entries]
    return [[show_unseen(cell) for cell in row] for row in rows]


def _describe_columns(export: Export, name: str) -> Iterable[list[Any]]:
    """A row for each column of a layer: layer, column, meaning, tag."""
    contract, layer = LAYERS[name], export.layers[name]
    meanings = {
        column.name: _format_meaning(name, column, export.locale) for column in contract.columns
    }
    columns = [*list_columns(layer.iloc[:0]), *locate(name, layer)]
    for column, tag in zip(columns, list_tags(columns), strict=True):
        meaning = meanings.get(column) or (
            export.locale[f"exchange.{column}"]
            if column in PLACES
            else export.locale["exchange.id"]
        )
        yield [name, column, meaning, *([tag] if export.hxl else [])]


def _format_meaning(layer: str, column: Column, locale: Locale) -> str:
    """The meaning of a column, with the words that it may hold."""
    meaning = describe_column(layer, column.name, locale)
    return f"{meaning} ({locale['comma'].join(column.choices)})" if column.choices else meaning
