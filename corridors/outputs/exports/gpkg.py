"""GeoPackage: all layers in one file, exact, with styles that QGIS loads by itself."""

from __future__ import annotations

from pathlib import Path

from corridors.outputs.exports.selection import Export, list_facts, list_marking
from corridors.outputs.geopackage import write_layers
from corridors.outputs.qgis import build_styles


def write_gpkg(export: Export, path: Path) -> None:
    """Write all layers as one GeoPackage, as in `plan.gpkg`.

    Each layer states its audience, its time and its plan.
    """
    release = export.release
    credit = "; ".join(release.credits)
    styles = build_styles(export.layers, export.locale, release.as_of)
    described = "\n".join([*list_marking(release, export.locale), *release.credits])
    write_layers(
        path,
        export.layers,
        release.as_of,
        credit,
        list_facts(release, export.locale),
        styles=styles,
        description=described,
    )
