"""The dossier of an incident as files: a document to read, the same for programs, and its places
for a map.

    describe   the tables of a dossier as plain values; as one JSON document, and as GeoJSON
    text       in words, for a terminal
    page       as one HTML page that asks the network for nothing
    sketch     the drawing on that page

Every word on them says who reported what and which rule closed what, and no more.
"""

from __future__ import annotations

from pathlib import Path

from corridors.outputs.atomic_write import check_documents_target, write_documents
from corridors.outputs.documents.dossier.description import describe_dossier, render_geojson
from corridors.outputs.documents.dossier.html import render_dossier_page
from corridors.outputs.documents.dossier.text import render_dossier
from corridors.outputs.serialization import render_json
from corridors.plan import Plan
from corridors.review import Dossier

__all__ = [
    "DOSSIER_FILES",
    "check_dossier_target",
    "describe_dossier",
    "render_dossier",
    "render_dossier_page",
    "render_geojson",
    "write_dossier",
]

DOSSIER_FILES = ("dossier.json", "dossier.geojson", "dossier.html")


def write_dossier(
    dossier: Dossier, plan: Plan, folder: str | Path, *, force: bool = False
) -> list[Path]:
    """Write `dossier.json`, `dossier.geojson` and `dossier.html` into `folder`, and give back their
    paths.

    Parameters
    ----------
    dossier
        What is written.
    plan
        The plan it is of, whose roads and corridors are drawn around the incident.
    folder
        It is made where there is none.
    force
        Replace a dossier that is there.

    Raises
    ------
    UsageError
        The folder holds a dossier and `force` is not set, or holds other things.
    OutputError
        Something could not be written; what stood there before is untouched.
    """
    texts = (
        render_json(describe_dossier(dossier)),
        render_geojson(dossier),
        render_dossier_page(dossier, plan),
    )
    return write_documents(
        dict(zip(DOSSIER_FILES, texts, strict=True)),
        folder,
        is_ours=_is_of_dossier,
        what="dossier",
        force=force,
    )


def check_dossier_target(folder: str | Path, *, force: bool) -> None:
    """Pass in silence, or raise as `write_dossier` would for the folder: asked before the work."""
    check_documents_target(folder, is_ours=_is_of_dossier, what="dossier", force=force)


def _is_of_dossier(name: str) -> bool:
    return name in DOSSIER_FILES
