"""The command `print`: the plan on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import corridors as co
from corridors.cli import terminal
from corridors.cli.products import for_audience, out, plan_folder, see
from corridors.cli.terminal import print_result, working


@click.command("print")
@plan_folder
@out
@click.option(
    "--paper",
    type=click.Choice(["a4", "a3"]),
    default="a4",
    show_default=True,
    help="Paper size; portrait or landscape, whichever gives the larger scale.",
)
@click.option(
    "--scale",
    metavar="NUMBER",
    default="auto",
    show_default=True,
    help="250000 for 1:250,000, on several sheets where one is too small;"
    " auto: the largest round scale that shows everything on one sheet.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "ar", "fr"]),
    default="en",
    show_default=True,
    help="The language of the pages.",
)
@click.option(
    "--status",
    type=click.Choice(["draft", "proposed", "notified"]),
    default="draft",
    show_default=True,
    help="The status, printed on every page.",
)
@click.option(
    "--map-number",
    metavar="TEXT",
    default="",
    help="The number in your own series. [default: date and plan]",
)
@click.option(
    "--corridor",
    "corridors",
    metavar="ID",
    multiple=True,
    help="Only this corridor; may be given several times.",
)
@click.option("--alternates", is_flag=True, help="Give each alternate its own page too.")
@for_audience
@terminal.force
def print_(
    plan: Path,
    out: Path,
    *,
    audience: str | None,
    title: str,
    reveal: str,
    force: bool,
    **options: Any,
) -> None:
    """Print the plan in the folder PLAN as a PDF.

    It has maps at true scale, a page for each corridor, and all coordinates.
    """
    release = see(plan, audience=audience, title=title, reveal=reveal)
    with working("Drawing the sheets"):
        written = co.write_print(release, out, force=force, **options)
    print_result(f"{written}\n")
