"""The annex that negotiators paste into a text: declared zones and proposed corridors as numbered
articles and tables.

content     what it says, in one or two languages; every format is written from this alone
crossings   where corridors and roads cross the borders of zones, and which roads a corridor follows
docx        as a Word document to edit
pdf         as pages to print
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from corridors.errors import UsageError
from corridors.outputs.atomic_write import write_products
from corridors.outputs.documents.annex.articles import STATUS_WORDS, Annex, build_annex
from corridors.outputs.documents.annex.docx import render_docx
from corridors.outputs.documents.annex.pdf import render_annex_pdf
from corridors.plan import Plan
from corridors.release import AUDIENCES, Release, name_file
from corridors.release.audiences import as_seen_by

__all__ = ["ANNEX_FORMATS", "STATUS_WORDS", "Annex", "build_annex", "write_annex"]

ANNEX_FORMATS = {"docx": render_docx, "pdf": render_annex_pdf}


def write_annex(
    plan: Plan | Release,
    folder: str | Path,
    *,
    format: str = "docx",  # noqa: A002 - what it is called on the command line too
    languages: Sequence[str] = ("en",),
    status: str = "draft",
    audience: str = "",
    force: bool = False,
) -> Path:
    """Write the annex of a plan into `folder`, and give back its path.

    Parameters
    ----------
    plan
        A plan, or what of one is seen by an audience already.
    folder
        It is made where there is none, and may hold other files.
    format
        docx, to edit and to paste from, or pdf.
    languages
        One or two of en, ar and fr; two stand side by side.
    status
        draft, proposed or notified.
    audience
        One of `AUDIENCES`; where none is named, parties, for whom an annex is, or the narrower one
        that a release is for.
    force
        Replace an annex that is there.

    Raises
    ------
    UsageError
        There is no such format, language, status or audience; the extra `docx` or `print` is not
        installed; the file exists and `force` is not set.
    InputError
        `missing-glyph`, for pdf: a name holds a character that the font cannot show (fix: write it
        in other letters, or write a Word document).
    OutputError
        It could not be written; what stood there before is untouched.

    Examples
    --------
    >>> import corridors as co
    >>> write_annex(co.read_plan("plan"), "annex", languages=("en", "ar"))  # doctest: +SKIP
    """
    if format not in ANNEX_FORMATS:
        raise UsageError(
            f"an annex is not written as {format!r}; use one of {', '.join(ANNEX_FORMATS)}"
        )
    release = see_annex(plan, audience)
    annex = build_annex(release, languages=languages, status=status)
    document = ANNEX_FORMATS[format](annex)
    name = name_file(release, f"annex-{status}-{'-'.join(annex.languages)}", format)
    return write_products({name: partial(_write, document)}, folder, force=force)[0]


def see_annex(plan: Plan | Release, audience: str = "") -> Release:
    """What of a plan an annex tells: as parties see it, unless another audience is named or the
    release tells less already.
    """
    release = as_seen_by(plan)
    widest = max(AUDIENCES.index(release.audience), AUDIENCES.index("parties"))
    return as_seen_by(release, audience or AUDIENCES[widest])


def _write(document: bytes, path: Path) -> None:
    path.write_bytes(document)
