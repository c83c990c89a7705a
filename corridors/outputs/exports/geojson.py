"""GeoJSON (RFC 7946), one file per layer: one collection, or one feature per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from corridors.outputs.exports.antimeridian import lay_out
from corridors.outputs.exports.selection import Export, is_placed, list_columns, list_facts

_WRITE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def write_geojson(export: Export, name: str, path: Path) -> None:
    """Write a layer as one FeatureCollection with the foreign members `name` and `marking`.

    Longitude first, degrees of WGS 84 to the seventh decimal, outer rings counterclockwise, cut at
    the antimeridian, no `crs`.
    """
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        head = (
            f'"name":{_WRITE(name)},"marking":{_WRITE(list_facts(export.release, export.locale))}'
        )
        file.write(f'{{"type":"FeatureCollection",{head},"features":[')
        for position, feature in enumerate(_list_features(export, name)):
            file.write(f"{',' if position else ''}\n{{{feature}}}")
        file.write("\n]}\n")


def write_geojsonl(export: Export, name: str, path: Path) -> None:
    """Write a layer as one feature per line, without the record separators of RFC 8142.

    Each line ends with a line feed. The first feature has the marking as a foreign member, which
    other programs ignore.
    """
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        marking = f',"marking":{_WRITE(list_facts(export.release, export.locale))}'
        for position, feature in enumerate(_list_features(export, name)):
            file.write(f"{{{feature}{'' if position else marking}}}\n")


def _list_features(export: Export, name: str) -> Iterator[str]:
    """The features of a layer as text without their braces.

    Shapes and columns are written as a whole, then joined.
    """
    layer = export.layers[name]
    columns = {column: _write_values(values) for column, values in list_columns(layer).items()}
    pattern = ",".join(
        f"{_WRITE(column)}:%s".replace("%", "%%").replace("%%s", "%s") for column in columns
    )
    shapes = (
        shapely.to_geojson(lay_out(layer.geometry.array)).tolist()
        if is_placed(layer)
        else ["null"] * len(layer)
    )
    for shape, *values in zip(shapes, *columns.values(), strict=True):
        yield f'"type":"Feature","properties":{{{pattern % tuple(values)}}},"geometry":{shape}'


def _write_values(values: list[Any]) -> list[str]:
    """Each value as JSON; each different text is written once."""
    kinds = set(map(type, values))
    if kinds <= {int, float, type(None)}:
        return ["null" if value is None else repr(value) for value in values]
    if kinds <= {str, bool, type(None)}:
        texts = {value: _WRITE(value) for value in set(values)}
        return [texts[value] for value in values]
    return [_WRITE(value) for value in values]
