"""From a file or a table in memory to its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import pandas as pd

from corridors.errors import UsageError
from corridors.inputs.rows.frames import read_frame
from corridors.inputs.rows.grids import Headless, read_csv, read_xlsx
from corridors.inputs.rows.layers import check_gpkg, check_kml, read_geojson, read_layer
from corridors.inputs.rows.raw_rows import Rows, read_bytes, refuse
from corridors.messages import Message

FORMATS: Mapping[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".kml": "kml",
}


def _has_header(_cells: Sequence[str]) -> None:
    """Every table begins with the names of its columns, as far as this reader knows."""


def read_rows(
    source: str | Path | pd.DataFrame, *, layer: str = "", headless: Headless = _has_header
) -> Rows:
    r"""The rows of a small table.

    Parameters
    ----------
    source
        A .csv, .tsv, .txt, .xlsx, .geojson, .json, .gpkg or .kml file, a DataFrame or a
        GeoDataFrame.
    layer
        The layer of a GeoPackage to read where it has several.
    headless
        Called with the first row of a text file or sheet: returns the names of its columns if it is
        a row of data, else None.

    Raises
    ------
    InputError
        `missing-file`, `unreadable-file`, `too-large`, `empty-file`, `unknown-format`. Fix: correct
        the name or the file. `bad-encoding`, `unsure-encoding`, `nul-byte`. Fix: save as UTF-8.
        `ambiguous-delimiter`, `broken-csv`, `broken-xlsx`, `broken-geojson`, `broken-gpkg`,
        `broken-kml`. Fix: save it again. `swallowed-rows`. Fix: correct the quotation marks.
        `merged-cells`. Fix: unmerge them. `several-sheets`, `several-layers`. Fix: keep one.
        `unsaved-changes`. Fix: close the program that writes it. `missing-library`. Fix: install
        the library of the hint.
    UsageError
        The source is neither a path nor a table. Fix: give one of them.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sites.csv"
    ...     _ = path.write_text("site_id;name\nA;Clinic\n", encoding="utf-8")
    ...     rows = read_rows(path)
    >>> rows.numbers, rows.columns
    ((2,), {'site_id': ('A',), 'name': ('Clinic',)})
    """
    if isinstance(source, pd.DataFrame):
        return read_frame(source)
    if not isinstance(source, str | Path):
        raise UsageError(Message("usage.not_a_path_or_table", type=type(source).__name__))
    path = Path(source)
    kind = FORMATS.get(path.suffix.lower())
    data = read_bytes(path)
    if kind is None:
        hint = Message("hint.use_one_of", words=tuple(FORMATS))
        refuse(path.name, "unknown-format", "unknown_file_type", hint)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        refuse(path.name, "empty-file", "empty_file", "write_header_or_omit_file")
    blank = Rows(path.name, kind, sha256(data).hexdigest())
    if kind == "csv":
        return read_csv(blank, data, headless)
    if kind == "xlsx":
        return read_xlsx(blank, data, headless)
    if kind == "geojson":
        return read_geojson(blank, data)
    if kind == "kml":
        check_kml(path.name, data)
    else:
        check_gpkg(path, data)
    return read_layer(blank, data, layer)
