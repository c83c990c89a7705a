"""The dossier of an incident as files: a page to read, one JSON document, and its places for a map.

    content       the document that every format is rendered from
    figure        its drawing
    description   plain values: one JSON document, and GeoJSON

Every sentence says who reported what and which rule closed what, and no more.
"""

from __future__ import annotations

from pathlib import Path

from corridors.outputs.atomic_write import check_documents_target, write_documents
from corridors.outputs.documents.dossier.content import build_dossier_document
from corridors.outputs.documents.dossier.description import describe_dossier, render_geojson
from corridors.outputs.documents.html import render_html
from corridors.outputs.documents.text import render_text
from corridors.outputs.serialization import render_json
from corridors.plan import Plan
from corridors.review import Dossier

__all__ = [
    "DOSSIER_FILES",
    "build_dossier_document",
    "check_dossier_target",
    "describe_dossier",
    "render_dossier",
    "render_geojson",
    "write_dossier",
]

DOSSIER_FILES = ("dossier.json", "dossier.geojson", "dossier.html")


def render_dossier(dossier: Dossier, *, lang: str = "en", width: int = 80) -> str:
    """The dossier in words for a terminal, `width` columns wide, ending in a newline.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> "CUT OFF in the plan by this incident alone: Marjayoun hospital" in render_dossier(
    ...     co.build_dossier(plan, "DEMO-002")
    ... )
    True
    """
    return render_text(build_dossier_document(dossier, lang=lang), width=width)


def write_dossier(
    dossier: Dossier, plan: Plan, folder: str | Path, *, lang: str = "en", force: bool = False
) -> list[Path]:
    """Write `dossier.json`, `dossier.geojson` and `dossier.html` into `folder`; return their paths.

    Parameters
    ----------
    dossier
        What is written.
    plan
        The plan of the dossier, whose roads and corridors are drawn around the incident.
    folder
        It is made where there is none.
    lang
        The language of the page, one of `locales.LANGUAGES`.
    force
        Replace a dossier that is there.

    Raises
    ------
    UsageError
        The folder holds a dossier and `force` is not set, or holds other things (Fix: name another
        folder), or there is no such language.
    OutputError
        A file cannot be written; what was there before is untouched.
    """
    texts = (
        render_json(describe_dossier(dossier)),
        render_geojson(dossier),
        render_html(build_dossier_document(dossier, plan, lang=lang)).decode(),
    )
    return write_documents(
        dict(zip(DOSSIER_FILES, texts, strict=True)),
        folder,
        is_ours=_is_of_dossier,
        what="dossier",
        force=force,
    )


def check_dossier_target(folder: str | Path, *, force: bool) -> None:
    """Raise as `write_dossier` would for the folder, before the work is done."""
    check_documents_target(folder, is_ours=_is_of_dossier, what="dossier", force=force)


def _is_of_dossier(name: str) -> bool:
    return name in DOSSIER_FILES
