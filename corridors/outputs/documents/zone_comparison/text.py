"""A comparison in words and tables, for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from corridors.locales import read_locale, show_unseen
from corridors.outputs.documents.zone_comparison.tables import tell_remarks, tell_tables
from corridors.review import ZoneComparison


def render_zone_comparison(comparison: ZoneComparison, *, lang: str = "en", width: int = 80) -> str:
    """The comparison in tables, `width` columns wide, with ANSI styles, ending in a newline.

    Examples
    --------
    >>> import corridors as co
    >>> zones = co.read_zones(co.demo_folder() / "zones.geojson").table
    >>> told = render_zone_comparison(
    ...     co.compare_zones(zones.loc[["SZ-01"]], zones.loc[["SZ-01", "SZ-02"]]), width=160
    ... )
    >>> "the same area" in told
    True
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
    )
    for part in _parts(comparison, lang):
        console.print(part)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _parts(comparison: ZoneComparison, lang: str) -> Iterator[RenderableType]:
    locale = read_locale(lang)
    first, second = comparison.names
    yield _text(locale.format("zone_comparison.title", first=first, second=second), "bold")
    yield _text(locale["zone_comparison.caution"])
    for told in tell_tables(comparison, locale):
        yield ""
        yield _text(told.heading, "bold")
        table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
        for name, numeric in zip(told.columns, told.numeric, strict=True):
            table.add_column(_text(name), justify="right" if numeric else "left", overflow="fold")
        for row in told.rows:
            table.add_row(*map(_text, row))
        yield table
    yield ""
    for remark in tell_remarks(comparison, locale):
        yield _text(remark, "yellow")
    yield _text(locale["zone_comparison.method"])


def _text(locale: str, style: str = "") -> Text:
    """Words from files as they are: no markup, and nothing unseen that a terminal would obey."""
    return Text(show_unseen(locale), style=style)
