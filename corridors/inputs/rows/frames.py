"""Tables in memory: a DataFrame or GeoDataFrame as the rows of a file."""

from __future__ import annotations

from hashlib import sha256

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.inputs.rows.raw_rows import Rows, refuse, text_of
from corridors.messages import Message

NAME = "table"
"""The name and format of a source that is no file."""


def read_frame(frame: pd.DataFrame) -> Rows:
    """The rows of a table in memory, counted from 1.

    A named index is a column. The geometry of a GeoDataFrame is that of its rows; geometries in a
    column of a DataFrame become well-known text. A missing value is a blank cell.

    >>> read_frame(pd.DataFrame({"lat": [33.5, None]})).columns
    {'lat': ('33.5', '')}
    """
    shapes, crs = None, None
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        shapes, crs = np.array(frame.geometry.array, dtype=object), frame.crs
        shapes[frame.geometry.isna().to_numpy()] = None
        frame = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
    levels = [(name, frame.index.get_level_values(name)) for name in frame.index.names if name]
    cells = [(str(name), values) for name, values in [*levels, *frame.items()]]
    names = [name for name, _ in cells]
    for name in names:
        if names.count(name) > 1:
            message = Message("problem.repeated_column", name=name, n=names.count(name))
            refuse(NAME, "two-columns", message, "rename_or_remove_columns")
    columns = {
        name: tuple(
            "" if blank else text_of(value)
            for value, blank in zip(values, values.isna(), strict=True)
        )
        for name, values in cells
    }
    digest = sha256(repr(columns).encode("utf-8", "surrogatepass"))
    if shapes is not None:
        digest.update(repr((shapely.to_wkb(shapes).tolist(), crs and crs.to_wkt())).encode())
    numbers = tuple(range(1, len(frame) + 1))
    return Rows(NAME, NAME, digest.hexdigest(), numbers, columns, shapes, crs)
