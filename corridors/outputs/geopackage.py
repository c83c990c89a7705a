"""Tables as one GeoPackage, and back: lists as text, times in whole milliseconds, the same bytes
for the same tables.
"""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from corridors.tables import Table, build_table

STYLES = "layer_styles"
"""The table in which QGIS looks for the styles of layers; it is no layer itself."""


def write_layers(
    path: Path,
    layers: Mapping[str, pd.DataFrame],
    dated: datetime,
    credit: str,
    facts: Mapping[str, str],
    *,
    styles: Mapping[str, str] | None = None,
    description: str = "",
) -> None:
    """One GeoPackage; its own date is `dated`, so that the same tables give the same file.

    Parameters
    ----------
    path
        A file that is not there yet.
    layers
        By name, in order; those with a named index have it as a column.
    dated
        What the file says of when it was written.
    credit
        Who must be named: the description and the attribution of each layer.
    facts
        What else each layer says of itself: the hash of the plan, for whom it is.
    styles
        For each layer the QML that QGIS is to draw it with.
    description
        What each layer says of itself to readers; where it is empty, `credit`.

    Raises
    ------
    OSError
        The file was not written whole.
    """
    options = {
        "OGR_CURRENT_DATE": dated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        # nobody reads it before it is whole, and then it is put on the disk at once
        "OGR_SQLITE_SYNCHRONOUS": "OFF",
    }
    pyogrio.set_gdal_config_options(options)
    try:
        for name, table in layers.items():
            pyogrio.write_dataframe(
                _flatten(table.reset_index() if table.index.name else table),
                path,
                layer=name,
                driver="GPKG",
                append=path.exists(),
                use_arrow=len(table) > 0
                and find_spec("pyarrow") is not None,  # in half the time; the file is the same
                dataset_options={
                    "VERSION": "1.2"
                },  # 1.4 makes QGIS before 3.34 warn at each opening
                layer_options={"DESCRIPTION": description or credit}
                | ({} if len(table) else {"SPATIAL_INDEX": "NO"}),
                layer_metadata=dict(facts) | ({"attribution": credit} if credit else {})
                or None,  # where read_roads looks
                **(
                    {"geometry_type": _shape_of(table)}
                    if isinstance(table, gpd.GeoDataFrame)
                    else {}
                ),
            )
        if styles:
            _write_styles(path, layers, styles, dated)
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))
    _forget_transactions(path)
    _check_layers(path, layers, styles or {})


def _write_styles(
    path: Path, layers: Mapping[str, pd.DataFrame], styles: Mapping[str, str], dated: datetime
) -> None:
    """The table of styles as QGIS itself writes it: those are what it draws a layer with when it is
    opened.
    """
    rows = pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": list(styles),
            "f_geometry_column": [
                "geom" if isinstance(layers[name], gpd.GeoDataFrame) else "" for name in styles
            ],
            "styleName": list(styles),
            "styleQML": list(styles.values()),
            "styleSLD": "",
            "useAsDefault": True,
            "description": "corridors",
            "owner": "",
            "ui": "",
            "update_time": pd.Timestamp(dated.astimezone(UTC)).floor("ms"),
        }
    )
    pyogrio.write_dataframe(
        rows,
        path,
        layer=STYLES,
        driver="GPKG",
        append=True,
        use_arrow=False,
        layer_options={"FID": "id"},
    )


def _forget_transactions(path: Path) -> None:
    """Let the file not say in how many steps it was written: that depends on how columns lie in
    memory.

    Bytes 24 and 92 of SQLite's header: the change counter, and the same again
    (sqlite.org/fileformat2.html, 1.3.7 and 1.3.16).
    """
    with path.open("r+b") as file:
        for offset in (24, 92):
            file.seek(offset)
            file.write((1).to_bytes(4))


def read_layer(path: Path, contract: Table) -> pd.DataFrame:
    """A layer as it was written, its columns of the types of its contract; those that are not in
    the file are not there.

    Raises
    ------
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError
        The file, or the layer, cannot be read.
    InputError
        A column holds what its contract does not allow.
    """
    raw = pyogrio.read_dataframe(
        path, layer=contract.name, use_arrow=find_spec("pyarrow") is not None
    )
    here = [column for column in contract.columns if column.name in raw]
    lists = {
        column.name: [_split(text) for text in raw[column.name].fillna("")]
        for column in here
        if column.kind == "list"
    }
    kept = Table(
        contract.name,
        contract.index if contract.index in raw else "",
        tuple(here),
        contract.geometry,
    )
    return build_table(
        kept,
        raw.assign(
            **{
                name: pd.Series(column, index=raw.index, dtype=object)
                for name, column in lists.items()
            }
        ),
    )


def _split(text: str) -> tuple[str, ...]:
    r"""The entries of a list as text.

    >>> _split(join_list(["a;b", "c"])), _split("")
    (('a;b', 'c'), ())
    """
    return tuple(re.sub(r"\\(.)", r"\1", entry) for entry in re.findall(r"(?:[^;\\]|\\.)+", text))


def join_list(entries: object) -> str:
    """The entries of a list as text with semicolons; those inside an entry are marked."""
    return ";".join(str(entry).replace("\\", "\\\\").replace(";", "\\;") for entry in entries)  # type: ignore[attr-defined]


def _shape_of(table: gpd.GeoDataFrame) -> str:
    """The one shape of a layer, or "Unknown" where shapes are mixed or there are none."""
    shapes = table.geometry.array
    return (
        str(shapes[0].geom_type) if len(np.unique(shapely.get_type_id(shapes))) == 1 else "Unknown"
    )


def _flatten(table: pd.DataFrame) -> pd.DataFrame:
    """What a GeoPackage has no place for: lists become text with semicolons, times whole
    milliseconds.
    """
    lists = {
        name: [join_list(entry) if entry else "" for entry in column]
        for name, column in table.items()
        if column.dtype == object
    }
    flat = {name: pd.Series(texts, index=table.index, dtype="str") for name, texts in lists.items()}
    flat |= {
        name: column.dt.floor("ms") for name, column in table.items() if column.dtype.kind == "M"
    }
    return table.assign(**flat)


def _check_layers(
    path: Path, layers: Mapping[str, pd.DataFrame], styles: Mapping[str, str]
) -> None:
    """Refuse a GeoPackage that lacks something: the library says nothing when the disk is full as
    it closes the file.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        rows = dict(file.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents"))
        closed = file.execute(
            "SELECT count(*) FROM sqlite_master WHERE name LIKE 'trigger_delete_feature_count_%'"
        ).fetchone()[0]
        indexed = {
            name
            for (name,) in file.execute(
                "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'"
            )
        }
        sound = file.execute("PRAGMA quick_check").fetchone()[0]
    wanted = {name: len(table) for name, table in layers.items()} | (
        {STYLES: len(styles)} if styles else {}
    )
    placed = {
        name for name, table in layers.items() if isinstance(table, gpd.GeoDataFrame) and len(table)
    }
    if rows != wanted or closed != len(wanted) or indexed != placed or sound != "ok":
        raise OSError(errno.EIO, "the file was not written whole; is the disk full?", str(path))
