"""From the name of a file to its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from corridors.inputs.rows.dispatch import Rows, read_bytes, refuse
from corridors.inputs.rows.grids import Headless, read_csv, read_xlsx
from corridors.inputs.rows.layers import check_gpkg, check_kml, read_geojson, read_layer

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
_SUFFIXES = ", ".join(FORMATS)


def _has_header(_cells: Sequence[str]) -> None:
    """Every table begins with the names of its columns, as far as this reader knows."""


def read_rows(path: str | Path, *, layer: str = "", headless: Headless = _has_header) -> Rows:
    r"""The rows of a small table file.

    Parameters
    ----------
    path
        A .csv, .tsv, .txt, .xlsx, .geojson, .json, .gpkg or .kml file.
    layer
        Which layer of a GeoPackage or KML file to take where it has several.
    headless
        Asked of the first row of a text file or sheet: the names of its columns if it is a row of
        data, else None.

    Raises
    ------
    InputError
        `missing-file`, `unreadable-file`, `too-large`, `empty-file`, `unknown-format` (mend the
        name or the file); `bad-encoding`, `unsure-encoding`, `nul-byte` (save as UTF-8);
        `ambiguous-delimiter`, `broken-csv`, `broken-xlsx`, `broken-geojson`, `broken-gpkg`,
        `broken-kml` (save it again); `swallowed-rows` (mend the quotation marks); `merged-cells`
        (unmerge them); `several-sheets`, `several-layers` (keep one); `unsaved-changes` (close the
        program that writes it); `missing-library` (install what the mend says).

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
    path = Path(path)
    kind = FORMATS.get(path.suffix.lower())
    data = read_bytes(path)
    if kind is None:
        refuse(
            path.name,
            "unknown-format",
            "the kind of file is told by its name, and this one is not known",
            f"use one of {_SUFFIXES}",
        )
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        refuse(
            path.name,
            "empty-file",
            "the file is empty",
            "write at least the line of column names, or leave the file out",
        )
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
