"""Tables as one GeoPackage, and back; the same tables give the same bytes.

Lists become text, times whole milliseconds.
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

from corridors.messages import Message
from corridors.tables import Table, build_table

STYLES = "layer_styles"
"""The table in which QGIS looks for styles; it is not a layer."""


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
    """Write tables as one GeoPackage dated `dated`.

    Parameters
    ----------
    path
        A file that does not exist yet.
    layers
        The tables by name, in order; a named index becomes a column.
    dated
        The date that the file states.
    credit
        The attribution of each layer, and its description if `description` is empty.
    facts
        Further metadata of each layer: plan hash and audience.
    styles
        The QML with which QGIS draws each layer.
    description
        The description of each layer.

    Raises
    ------
    OSError
        The file is incomplete. Fix: check the free space.
    """
    options = {
        "OGR_CURRENT_DATE": dated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        # nobody reads the file before it is complete and synced
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
                and find_spec("pyarrow") is not None,  # twice as fast, same file
                dataset_options={
                    "VERSION": "1.2"
                },  # 1.4 makes QGIS before 3.34 warn at each opening
                layer_options={"DESCRIPTION": description or credit}
                | ({} if len(table) else {"SPATIAL_INDEX": "NO"}),
                layer_metadata=dict(facts) | ({"attribution": credit} if credit else {})
                or None,  # read_roads reads it
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
    _reset_change_counters(path)
    _check_layers(path, layers, styles or {})


def _write_styles(
    path: Path, layers: Mapping[str, pd.DataFrame], styles: Mapping[str, str], dated: datetime
) -> None:
    """Write the table of styles as QGIS does; QGIS applies them when a layer is opened."""
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


def _reset_change_counters(path: Path) -> None:
    """Set the change counters of the file to 1.

    Their values depend on the memory layout of the columns.

    They are at bytes 24 and 92 of SQLite's header (sqlite.org/fileformat2.html, 1.3.7 and 1.3.16).
    """
    with path.open("r+b") as file:
        for offset in (24, 92):
            file.seek(offset)
            file.write((1).to_bytes(4))


def read_layer(path: Path, contract: Table) -> pd.DataFrame:
    """A layer with the column types of its contract, without columns that the file lacks.

    Raises
    ------
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError
        The file, or the layer, cannot be read.
    InputError
        A column holds values that its contract does not allow.
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
    r"""The entries of a list in text form.

    >>> _split(join_list(["a;b", "c"])), _split("")
    (('a;b', 'c'), ())
    """
    return tuple(re.sub(r"\\(.)", r"\1", entry) for entry in re.findall(r"(?:[^;\\]|\\.)+", text))


def join_list(entries: object) -> str:
    """The entries of a list as text with semicolons; those inside an entry are escaped."""
    texts = [str(entry) for entry in entries]  # type: ignore[attr-defined]
    return ";".join(text.replace("\\", "\\\\").replace(";", "\\;") for text in texts)


def _shape_of(table: gpd.GeoDataFrame) -> str:
    """The shape type of a layer; "Unknown" where types are mixed or there is none."""
    shapes = table.geometry.array
    return (
        str(shapes[0].geom_type) if len(np.unique(shapely.get_type_id(shapes))) == 1 else "Unknown"
    )


def _flatten(table: pd.DataFrame) -> pd.DataFrame:
    """The table as a GeoPackage holds it: lists as text, times in whole milliseconds."""
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
    """Raise OSError for an incomplete GeoPackage.

    The library reports no error when the disk is full as it closes the file.
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
        raise OSError(errno.EIO, Message("output.incomplete"), str(path))
