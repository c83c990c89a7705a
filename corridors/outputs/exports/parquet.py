"""GeoParquet, one file per layer: the only format without losses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd

from corridors.outputs.exports.selection import Export, flatten_index, list_facts


def write_parquet(export: Export, name: str, path: Path) -> None:
    """Write a layer as GeoParquet.

    Lists stay lists, times keep their zone, and whole numbers, figures and shapes are exact. The
    marking is JSON in the metadata of the file, under the key `corridors`. A layer without shapes
    is plain Parquet.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    table = flatten_index(export.layers[name])
    lists = [str(column) for column, values in table.items() if values.dtype == object]
    if isinstance(table, gpd.GeoDataFrame):
        # geopandas writes the metadata of shapes; ours is added to it.
        held = io.BytesIO()
        table.to_parquet(held, index=False, compression=None)
        made = pq.read_table(held)
    else:
        made = pa.Table.from_pandas(table, preserve_index=False)
    for column in lists:  # empty lists have no type
        place = made.schema.get_field_index(column)
        made = made.set_column(place, column, made.column(column).cast(pa.list_(pa.string())))
    marking = json.dumps(
        {"layer": name, **list_facts(export.release, export.locale)}, ensure_ascii=False
    )
    pq.write_table(
        made.replace_schema_metadata({**(made.schema.metadata or {}), "corridors": marking}),
        path,
        compression="zstd",
    )
