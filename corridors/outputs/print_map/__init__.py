"""The printed map: sheets at true scale with all that a map must say, a page for each corridor, and
every place in figures.

plane        the projection of a sheet
sheets       paper, scale, frame; several sheets where one has no room
signs        the sign of every thing, in millimetres, told apart without colour
graticule    lines of longitude and latitude
labels       where words stand
chart        a release drawn on a sheet
waypoints    where a corridor can be followed on the ground
coordinates  the annex
pages        all of it as the template `map.typ` takes it
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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


def render_print(
    plan: Plan | Release,
    *,
    audience: str = "",
    paper: str = "a4",
    scale: str | float = "auto",
    lang: str = "en",
    status: str = "draft",
    map_number: str = "",
    corridors: Sequence[str] = (),
    alternates: bool = False,
) -> bytes:
    """The printed map of a plan as PDF/A; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        A plan, or what of one is seen by an audience already.
    audience
        One of `AUDIENCES`.
    paper
        a4 or a3; upright or broad is chosen by what shows more.
    scale
        250000 for 1:250,000, on several sheets where one has no room; auto: the largest round one
        that shows everything on one.
    lang
        en, ar or fr.
    status
        draft, proposed or notified, as printed on every page.
    map_number
        The number in your own series; empty: the date and the first digits of the plan's hash.
    corridors
        The ids of those to show; none: all.
    alternates
        Give each alternate a page of its own too.

    Raises
    ------
    UsageError
        There is no such paper, scale, language, status or corridor; the scale would take too many
        sheets; the extra `print` is not installed. The message says what there is.
    InputError
        `missing-glyph`: a name holds a character that the font cannot show (fix: write it in
        letters that it has).

    Examples
    --------
    >>> import corridors as co
    >>> pdf = co.render_print(plan, audience="parties", paper="a3", lang="ar")  # doctest: +SKIP
    """
    if paper not in PAPERS:
        raise UsageError(Message("usage.unknown_paper", paper=paper, known=tuple(PAPERS)))
    if status not in STATUSES:
        raise UsageError(Message("usage.unknown_status", status=status, known=tuple(STATUSES)))
    release, locale, named = as_seen_by(plan, audience), read_locale(lang), read_scale(scale)
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
    paper: str = "a4",
    scale: str | float = "auto",
    lang: str = "en",
    status: str = "draft",
    map_number: str = "",
    corridors: Sequence[str] = (),
    alternates: bool = False,
    force: bool = False,
) -> Path:
    """Write the printed map into a folder, and give back its path; its name says for whom, of when
    and of which plan it is.

    Parameters are those of `render_print`; `force` replaces a file that is there.

    Raises
    ------
    UsageError
        As `render_print`; or a file of that name is there, and `force` is not set.
    InputError
        As `render_print`.
    OutputError
        The file could not be written (fix: check the folder and the space left).
    """
    release = as_seen_by(plan, audience)
    made = render_print(
        release,
        paper=paper,
        scale=scale,
        lang=lang,
        status=status,
        map_number=map_number,
        corridors=corridors,
        alternates=alternates,
    )
    name = name_file(release, f"print-{paper}-{lang}", "pdf")
    return write_products({name: lambda path: _write(path, made)}, folder, force=force)[0]


def _write(path: Path, made: bytes) -> None:
    path.write_bytes(made)


@contextmanager
def _own_style() -> Iterator[None]:
    """Draw by the defaults of matplotlib, whatever its user has set; dashes are in points, not in
    widths of the line.
    """
    find_font_folder()
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    defaults = {
        name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")
    }
    with mpl.rc_context({**defaults, "lines.scale_dashes": False}):
        yield
