"""The printed map: sheets at true scale, a page for each corridor, and all coordinates.

projection         the projection of a sheet
sheets             paper, scale and frame; several sheets where one is too small
sign_drawing       the signs, in millimetres; they differ without colour
graticule          lines of longitude and latitude
label_placement    where names are placed
map_drawing        a release drawn on a sheet
stops              where a corridor can be followed on the ground
coordinate_tables  the annex
pages              the content of all pages for the template `map.typ`
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from corridors.errors import UsageError
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.outputs.atomic_write import write_products
from corridors.outputs.print_map.pages import STATUSES, Pages, read_scale
from corridors.outputs.print_map.sheets import PAPERS
from corridors.outputs.typesetting import find_font_folder, render_pdf
from corridors.plan import Plan
from corridors.release import Release, name_file
from corridors.release.audiences import as_seen_by

__all__ = ["render_print", "write_print"]


class PrintOptions(TypedDict, total=False):
    """The options of `render_print`, which explains them."""

    paper: str
    scale: str | float
    lang: str
    status: str
    map_number: str
    corridors: Sequence[str]
    alternates: bool


def render_print(
    plan: Plan | Release,
    *,
    audience: str = "",
    **options: Unpack[PrintOptions],
) -> bytes:
    """The printed map of a plan as PDF/A; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        A plan, or a release of one.
    audience
        One of `AUDIENCES`.
    paper
        a4 or a3, portrait or landscape: the one that gives the larger scale. Default: a4.
    scale
        250000 for 1:250,000, on several sheets where one is too small; auto: the largest round
        scale that shows everything on one sheet. Default: auto.
    lang
        en, ar or fr. Default: en.
    status
        draft, proposed or notified, as printed on every page. Default: draft.
    map_number
        The number in your own series; empty: the date and the first digits of the plan hash.
    corridors
        The ids of the corridors to show; empty: all.
    alternates
        Give each alternate its own page too.

    Raises
    ------
    UsageError
        There is no such paper, scale, language, status or corridor; the scale needs too many
        sheets; the extra `print` is not installed. Fix: use one of the values in the message.
    InputError
        `missing-glyph`: the font has no glyph for a character of a name. Fix: use other letters.

    Examples
    --------
    >>> import corridors as co
    >>> pdf = co.render_print(plan, audience="parties", paper="a3", lang="ar")  # doctest: +SKIP
    """
    return _render(as_seen_by(plan, audience), **options)


def _render(
    release: Release,
    *,
    paper: str = "a4",
    scale: str | float = "auto",
    lang: str = "en",
    status: str = "draft",
    map_number: str = "",
    corridors: Sequence[str] = (),
    alternates: bool = False,
) -> bytes:
    if paper not in PAPERS:
        raise UsageError(Message("usage.unknown_paper", paper=paper, known=tuple(PAPERS)))
    if status not in STATUSES:
        raise UsageError(Message("usage.unknown_status", status=status, known=tuple(STATUSES)))
    locale, named = read_locale(lang), read_scale(scale)
    with _own_style():
        pages = Pages(release, locale, paper=paper, corridors=corridors, alternates=alternates)
        data = pages.describe(scale=named, status=status, map_number=map_number)
    template = (importlib.resources.files(__package__) / "map.typ").read_text("utf-8")
    return render_pdf(template, data, files=pages.files, dated=release.as_of)


def write_print(
    plan: Plan | Release,
    folder: str | Path,
    *,
    audience: str = "",
    force: bool = False,
    **options: Unpack[PrintOptions],
) -> Path:
    """Write the printed map into a folder and return its path.

    The file name states audience, time and plan.

    Parameters are those of `render_print`; `force` replaces an existing file.

    Raises
    ------
    UsageError
        As `render_print`; or the file exists and `force` is not set. Fix: set `force`.
    InputError
        As `render_print`.
    OutputError
        The file could not be written. Fix: check the folder and the free space.
    """
    release = as_seen_by(plan, audience)
    made = _render(release, **options)
    paper, lang = options.get("paper", "a4"), options.get("lang", "en")
    name = name_file(release, f"print-{paper}-{lang}", "pdf")
    return write_products({name: lambda path: _write(path, made)}, folder, force=force)[0]


def _write(path: Path, made: bytes) -> None:
    path.write_bytes(made)


@contextmanager
def _own_style() -> Iterator[None]:
    """Draw with the defaults of matplotlib, whatever the user's settings.

    Dashes are measured in points, not in line widths.
    """
    find_font_folder()
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    defaults = {
        name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")
    }
    with mpl.rc_context({**defaults, "lines.scale_dashes": False}):
        yield
