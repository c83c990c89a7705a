"""Options that commands share, and how results and progress are shown.

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
"""The same as `corridors.AUDIENCES`, which is slow to import; a test compares them."""

as_of = click.option(
    "--as-of",
    metavar="TIME",
    help="The plan's reference time, e.g. 2026-11-23T06:00:00Z; 'now' for the current time.",
)
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of text."
)
force = click.option("--force", is_flag=True, help="Replace existing files.")
languages = click.option(
    "--lang",
    "languages",
    metavar="LANG,...",
    default="en",
    show_default=True,
    callback=lambda _context, _option, value: read_languages(value),
    help="Languages: some of en, ar and fr. A map opens in the first and can switch to the others.",
)
no_cache = click.option(
    "--no-cache",
    is_flag=True,
    help="Read the roads again, and keep no prepared copy of them in the user's cache folder.",
)
folder = click.argument("folder", type=click.Path(path_type=Path))


def print_result(result: str | bytes) -> None:
    """Print a result: text as the terminal can show it, a document (bytes) unchanged.

    A reader that closes its end early is no error.
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
    """The columns of the terminal, from 60 to 160."""
    return max(60, min(160, shutil.get_terminal_size((100, 40)).columns))


def read_languages(text: str) -> tuple[str, ...]:
    """The languages that a user gives, each once.

    >>> read_languages("ar, en")
    ('ar', 'en')
    """
    named = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if unknown := [part for part in named if part not in ("en", "ar", "fr")]:
        raise click.BadParameter(
            f"there is no language {unknown[0]!r}; use some of en, ar, fr, separated by commas"
        )
    return named


def read_moment(text: str | None) -> str | datetime | None:
    """The time that a user gives; the clock is read only for "now"."""
    if text != "now":
        return text
    from datetime import UTC, datetime

    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def working(what: str, *, ticking: bool = True) -> Iterator[None]:
    """Show a task on a terminal's stderr, with its duration if `ticking`.

    `ticking` needs a thread.
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
