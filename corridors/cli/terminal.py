"""What every verb shares: its options, and how results are printed and progress is shown.

stdout is the result, stderr everything else.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corridors.errors import OutputError
from corridors.messages import Message

if TYPE_CHECKING:
    from datetime import datetime

AUDIENCES = ("internal", "partners", "parties", "public")
"""Those of `corridors.AUDIENCES`, which would load half the package for `--help`; a test compares
them."""

as_of = click.option(
    "--as-of",
    metavar="TIME",
    help="The moment planned for, e.g. 2026-11-23T06:00:00Z; 'now' for the clock's.",
)
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of text."
)
force = click.option("--force", is_flag=True, help="Replace what is there.")
languages = click.option(
    "--lang",
    "languages",
    metavar="LANG,...",
    default="en",
    show_default=True,
    callback=lambda _context, _option, value: read_languages(value),
    help="Languages of the map, of en, ar and fr: it opens in the first, and has a switch for the others.",
)
no_cache = click.option(
    "--no-cache",
    is_flag=True,
    help="Read the roads anew, and keep no prepared copy of them in the user's cache folder.",
)
folder = click.argument("folder", type=click.Path(path_type=Path))


def print_result(result: str | bytes) -> None:
    """Print a result: text as the terminal can show it, a document (bytes) as it is.

    Who reads it may have heard enough: that changes nothing.
    """
    try:
        click.echo(result, nl=False, color=False if os.environ.get("NO_COLOR") else None)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise OutputError(Message("output.not_printed", text=str(error))) from error


def width() -> int:
    """The columns of the terminal, within what text can be laid out in."""
    return max(60, min(160, shutil.get_terminal_size((100, 40)).columns))


def read_languages(text: str) -> tuple[str, ...]:
    """The languages that a user names, each once.

    >>> read_languages("ar, en")
    ('ar', 'en')
    """
    named = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if unknown := [part for part in named if part not in ("en", "ar", "fr")]:
        raise click.BadParameter(
            f"there is no language {unknown[0]!r}; name some of en, ar, fr, with commas between them"
        )
    return named


def read_moment(text: str | None) -> str | datetime | None:
    """The moment a user names; the clock is read only where they say so."""
    if text != "now":
        return text
    from datetime import UTC, datetime

    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def working(what: str, *, ticking: bool = True) -> Iterator[None]:
    """Say on stderr what is going on and, unless it must not be `ticking` in a thread of its own,
    for how long, where someone looks.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    clock = (
        (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        if ticking
        else ("{task.description}",)
    )
    with Progress(
        *clock, console=Console(stderr=True), auto_refresh=ticking, transient=True
    ) as progress:
        progress.add_task(what, total=None)
        progress.refresh()
        yield
