"""A release in the formats that others use: each file says for whom it is, of when, and of which
plan.

gpkg         GeoPackage with QGIS styles: all layers in one file, exact
geojson      RFC 7946, a file a layer
geojsonl     one feature a line, a file a layer
kmz          Google Earth and phones: all layers in one file, drawn
gpx          devices and apps: corridors as tracks, places as way-points
xlsx         a workbook: a sheet a layer, and one about them
csv          for spreadsheets, a file a layer, and one about them
parquet      GeoParquet, a file a layer, exact

content      what every format is given: layers, marking, values
antimeridian shapes as RFC 7946 wants them
cells        tables as people read them in a spreadsheet
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
    """Write a plan in other formats into a folder that may hold other files, and give back the
    paths: all of them or none.

    Parameters
    ----------
    plan
        A plan, or what of one is seen by an audience already.
    folder
        Where to; it is made where there is none.
    formats
        Of `EXPORT_FORMATS`.
    hxl
        Put a row of HXL tags under the header of workbooks and CSV files.
    layers
        Names of layers; all that the audience is shown, where none is named. `gpx` has a place for
        corridors, chokepoints, zones that are destinations, and sites.
    lang
        Of names, legends and descriptions: en, ar or fr. Columns are called the same in every
        language.
    audience
        One of `AUDIENCES`: what they may not see is in no file.
    force
        Replace files of the same names.

    Raises
    ------
    UsageError
        There is no such format, layer, language or audience; the layer is not for this audience; a
        library of an extra is missing; a layer is too long for a sheet; or a file is there and
        `force` is not set.
    OutputError
        Something could not be written; what stood there before is untouched.

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
    if unknown := [name for name in wanted if name not in EXPORT_FORMATS]:
        raise UsageError(Message("usage.unknown_format", format=unknown[0], known=EXPORT_FORMATS))
    for name, (library, extra) in _EXTRAS.items():
        if name in wanted and find_spec(library) is None:
            raise UsageError(
                Message("usage.missing_library", format=name, library=library, extra=extra)
            )
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
