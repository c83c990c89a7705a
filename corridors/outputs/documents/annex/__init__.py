"""The annex that negotiators paste into a text: declared zones and proposed corridors as articles.

`content` builds the document, in one or two languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corridors.outputs.documents.annex.content import STATUS_WORDS, build_annex
from corridors.outputs.documents.rendering import DOCUMENT_FORMATS, check_format, write_files
from corridors.plan import Plan
from corridors.release import AUDIENCES, Release, name_file
from corridors.release.audiences import as_seen_by

__all__ = ["ANNEX_FORMATS", "STATUS_WORDS", "build_annex", "restrict_to_parties", "write_annex"]

ANNEX_FORMATS = ("docx", "pdf")


def write_annex(
    plan: Plan | Release,
    folder: str | Path,
    *,
    format: str = "docx",  # noqa: A002 - its name on the command line too
    languages: Sequence[str] = ("en",),
    status: str = "draft",
    audience: str = "",
    force: bool = False,
) -> Path:
    """Write the annex of a plan into `folder`; return its path.

    Parameters
    ----------
    plan
        A plan, or a release.
    folder
        It is made where there is none, and may hold other files.
    format
        docx, to edit and to paste from, or pdf.
    languages
        One or two of `locales.LANGUAGES`; two stand side by side.
    status
        draft, proposed or notified.
    audience
        One of `AUDIENCES`. Where none is named: parties, or the audience of a release that is for
        the public.
    force
        Replace an annex that is there.

    Raises
    ------
    UsageError
        There is no such format, language, status or audience; the extra `docx` or `print` is not
        installed; the file exists and `force` is not set. Fix: as the message says.
    InputError
        `missing-glyph`, for pdf: a name holds a character that the font cannot show. Fix: write it
        in other letters, or write a Word document.
    OutputError
        The file cannot be written; what was there before is untouched.

    Examples
    --------
    >>> import corridors as co
    >>> write_annex(co.read_plan("plan"), "annex", languages=("en", "ar"))  # doctest: +SKIP
    """
    check_format(format, ANNEX_FORMATS)
    release = restrict_to_parties(plan, audience)
    document = build_annex(release, languages=languages, status=status)
    name = f"annex-{status}-{'-'.join(document.languages)}"
    files = {name_file(release, name, format): DOCUMENT_FORMATS[format](document)}
    return write_files(files, folder, force=force)[0]


def restrict_to_parties(plan: Plan | Release, audience: str = "") -> Release:
    """What an annex shows of a plan: as parties see it, or as a wider audience of the release does.

    Another audience that is named comes first.
    """
    release = as_seen_by(plan)
    widest = max(AUDIENCES.index(release.audience), AUDIENCES.index("parties"))
    return as_seen_by(release, audience or AUDIENCES[widest])
