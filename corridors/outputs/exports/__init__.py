"""A release in exchange formats.

Each file states its audience, its time and its plan.

gpkg         GeoPackage with QGIS styles: all layers in one file, exact
geojson      RFC 7946, one file per layer
geojsonl     one feature per line, one file per layer
kmz          Google Earth and phones: all layers in one file, with styles
gpx          devices and apps: corridors as tracks, places as waypoints
xlsx         a workbook: one sheet per layer, and one about them
csv_text     CSV for spreadsheets: one file per layer, and one about them
parquet      GeoParquet, one file per layer, exact

selection    the input of every format: layers, marking, values
antimeridian shapes as RFC 7946 requires them
spreadsheet  tables as people read them in a spreadsheet
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from corridors.errors import UsageError
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.outputs.atomic_write import write_products
from corridors.outputs.exports.csv_text import write_about, write_csv
from corridors.outputs.exports.geojson import write_geojson, write_geojsonl
from corridors.outputs.exports.gpkg import write_gpkg
from corridors.outputs.exports.gpx import LAYERS as GPX_LAYERS
from corridors.outputs.exports.gpx import write_gpx
from corridors.outputs.exports.kmz import write_kmz
from corridors.outputs.exports.parquet import write_parquet
from corridors.outputs.exports.selection import Export, choose_layers
from corridors.outputs.exports.xlsx import check_xlsx, write_xlsx
from corridors.plan import Plan
from corridors.release import Release, name_file
from corridors.release.audiences import as_seen_by

__all__ = ["EXPORT_FORMATS", "write_exports"]

_WHOLE: Mapping[str, Callable[[Export, Path], None]] = {
    "gpkg": write_gpkg,
    "kmz": write_kmz,
    "gpx": write_gpx,
    "xlsx": write_xlsx,
}
"""Formats that hold all layers in one file."""
_BY_LAYER: Mapping[str, Callable[[Export, str, Path], None]] = {
    "geojson": write_geojson,
    "geojsonl": write_geojsonl,
    "csv": write_csv,
    "parquet": write_parquet,
}
"""Formats with a file for each layer."""
EXPORT_FORMATS = ("gpkg", "geojson", "kmz", "gpx", "xlsx", "csv", "parquet", "geojsonl")
_EXTRAS = {"xlsx": ("xlsxwriter", "excel"), "parquet": ("pyarrow", "parquet")}
"""Formats that need a library of an extra."""


def write_exports(
    plan: Plan | Release,
    folder: str | Path,
    *,
    formats: Iterable[str] = ("gpkg",),
    hxl: bool = False,
    layers: Iterable[str] = (),
    lang: str = "en",
    audience: str = "",
    force: bool = False,
) -> list[Path]:
    """Write a plan in exchange formats into a folder, all files or none.

    The folder may hold other files.

    Parameters
    ----------
    plan
        A plan, or a release for one audience.
    folder
        The folder for the files; it is created if it does not exist.
    formats
        Some of `EXPORT_FORMATS`.
    hxl
        Add a row of HXL tags below the header of workbooks and CSV files.
    layers
        Names of layers; by default all layers of the audience. `gpx` can hold corridors,
        chokepoints, sites, and zones that are destinations.
    lang
        The language of names, legends and descriptions: en, ar or fr. Column names are the same in
        every language.
    audience
        One of `AUDIENCES`. No file contains what this audience may not see.
    force
        Replace files of the same names.

    Returns
    -------
    The paths of the files.

    Raises
    ------
    UsageError
        There is no such format, layer, language or audience. Fix: use one that the message names.
        The layer is not for this audience. Fix: leave it out.
        A library of an extra is missing. Fix: install the extra.
        A layer has too many rows for a sheet. Fix: export it as csv or parquet.
        A file exists and `force` is not set. Fix: set `force`.
    OutputError
        A file could not be written; all earlier files are unchanged. Fix: check the folder and the
        free space.

    Examples
    --------
    >>> import corridors as co, tempfile
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [
    ...         path.name.split("_")[:2]
    ...         for path in write_exports(
    ...             plan, folder, formats=["geojson"], layers=["sites"], audience="parties"
    ...         )
    ...     ]
    [['sites', 'parties']]
    """
    release, locale = as_seen_by(plan, audience), read_locale(lang)
    wanted = list(dict.fromkeys(formats))
    _check_formats(wanted)
    export = Export(release, choose_layers(release, layers), locale, hxl)
    if "xlsx" in wanted:
        check_xlsx(export)
    if "gpx" in wanted and not set(GPX_LAYERS) & set(export.layers):
        raise UsageError(Message("usage.no_gpx_layer", known=GPX_LAYERS))
    makers: dict[str, Callable[[Path], None]] = {}
    for name in wanted:
        if name in _WHOLE:
            makers[name_file(release, "corridors", name)] = partial(_WHOLE[name], export)
            continue
        makers |= {
            name_file(release, layer, name): partial(_BY_LAYER[name], export, layer)
            for layer in export.layers
        }
        if name == "csv":
            makers[name_file(release, "about", name)] = partial(write_about, export)
    return write_products(makers, folder, force=force)


def _check_formats(names: Iterable[str]) -> None:
    for name in names:
        if name not in EXPORT_FORMATS:
            raise UsageError(Message("usage.unknown_format", format=name, known=EXPORT_FORMATS))
        library, extra = _EXTRAS.get(name, ("", ""))
        if library and find_spec(library) is None:
            raise UsageError(
                Message("usage.missing_library", format=name, library=library, extra=extra)
            )
