"""Tables as people read them in a spreadsheet: where shapes lie, HXL tags, and what a file says
about itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.geodesy.measures import wrap_longitudes
from corridors.locales import Locale, show_unseen
from corridors.outputs.exports.antimeridian import DECIMALS
from corridors.outputs.exports.selection import Export, is_placed, list_columns, tell_marking
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
"""The columns that `locate` may add; what they hold stands under their names in `exchange` of the
wording."""
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
"""Tags of the Humanitarian Exchange Language for the columns that it has a word for; the others
follow `_TAGS`."""
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

    >>> list_tags(["site_id", "lat", "length_m", "start_lon", "cut_off"])
    ['#loc+site+id', '#geo+lat', '#indicator+num+length_m', '#geo+start_lon', '#indicator+bool+cut_off']
    """
    return [
        HXL.get(name) or f"{'#geo' if name in PLACES else _TAGS[_KINDS[name]]}+{name}"
        for name in columns
    ]


def locate(name: str, layer: pd.DataFrame) -> dict[str, list[Any]]:
    """Where the shapes of a layer lie, in degrees of WGS 84, as columns that a spreadsheet has room
    for.

    Points have `lat` and `lon`; lines the place where they start and the one where they end; areas,
    and layers of all kinds of shapes, the bounds of what is no point (`west` is larger than `east`
    where they cross the antimeridian).
    """
    if not is_placed(layer):
        return {}
    allowed = set(LAYERS[name].geometry)
    shapes = np.asarray(layer.geometry.array, dtype=object)
    if "LineString" in allowed and allowed <= {"LineString", "Point"}:
        coords, owner = shapely.get_coordinates(shapes, return_index=True)
        first = np.searchsorted(owner, np.arange(len(shapes)))
        last = np.searchsorted(owner, np.arange(len(shapes)), side="right") - 1
        ends = (
            np.hstack([coords[first][:, ::-1], coords[last][:, ::-1]])
            if len(shapes)
            else np.empty((0, 4))
        )
        return dict(
            zip(("start_lat", "start_lon", "end_lat", "end_lon"), _write_degrees(ends), strict=True)
        )
    is_point = shapely.get_type_id(shapes) == 0
    columns: dict[str, list[Any]] = {}
    if "Point" in allowed:
        columns |= dict(
            zip(
                ("lat", "lon"),
                _write_degrees(np.column_stack([shapely.get_y(shapes), shapely.get_x(shapes)])),
                strict=True,
            )
        )
    if not is_point.all() or "Point" not in allowed:
        whole = shapes.copy()
        whole[is_point] = None
        wide = np.flatnonzero(_measure_width(whole) > 180.0)
        around = shapely.transform(whole[wide], lambda lonlat: wrap_longitudes(lonlat, 180.0))
        narrower = _measure_width(around) < _measure_width(
            whole[wide]
        )  # on both sides of the antimeridian, in one piece or in several
        whole[wide[narrower]] = around[narrower]
        west, south, east, north = shapely.bounds(whole).T
        turned = [
            lon - 360.0 * np.ceil((np.abs(lon) - 180.0) / 360.0).clip(0) * np.sign(lon)
            for lon in (west, east)
        ]
        bounds = np.column_stack([south, turned[0], north, turned[1]])
        columns |= dict(
            zip(("south", "west", "north", "east"), _write_degrees(bounds), strict=True)
        )
    return columns


def _measure_width(shapes: npt.NDArray[np.object_]) -> Floats:
    west, _, east, _ = shapely.bounds(shapes).reshape(-1, 4).T
    return np.asarray(east - west, dtype=np.float64)


def _write_degrees(columns: Floats) -> list[list[float | None]]:
    return [
        [
            None if np.isnan(value) else value
            for value in (np.round(column, DECIMALS) + 0.0).tolist()
        ]
        for column in columns.T
    ]


def describe_about(export: Export) -> list[list[Any]]:
    """What a file of tables says about itself, as rows of cells: marking, answers given, remarks,
    counts, credits, columns.
    """
    locale, release = export.locale, export.release
    rows: list[list[Any]] = [[line] for line in tell_marking(release, locale)]

    def begin(heading: str) -> None:
        rows.extend([[], [locale[f"exchange.{heading}"]]])

    if release.remarks:
        begin("remarks")
        rows += [[remark] for remark in render_remarks(release, locale.lang)]
    begin("sheets")
    rows += [
        [name, locale.name("layer", name), len(layer)] for name, layer in export.layers.items()
    ]
    rows += [
        [name, locale["exchange.withheld"], count]
        for name, count in release.withheld.items()
        if count
    ]
    begin("counts")
    rows += [[name, None, count] for name, count in release.counts.items()]
    if release.credits:
        begin("credits")
        rows += [[credit] for credit in release.credits]
    begin("columns")
    rows += list(chain.from_iterable(_describe_columns(export, name) for name in export.layers))
    return [[show_unseen(cell) for cell in row] for row in rows]


def _describe_columns(export: Export, name: str) -> Iterable[list[Any]]:
    """A row for each column of a layer: layer, column, what it holds, its tag."""
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
