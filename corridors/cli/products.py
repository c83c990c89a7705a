"""The commands about a plan: map, brief and diff."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import corridors as co
from corridors.cli import terminal
from corridors.cli.terminal import print_result, width, working

plan_folder = click.argument("plan", metavar="PLAN", type=click.Path(path_type=Path))
out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="this folder",
    help="Folder to write to; it may hold other files.",
)


def for_audience(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of the audience of a product; a command passes them to `see`."""
    options = (
        click.option(
            "--audience",
            type=click.Choice(terminal.AUDIENCES),
            help="The audience; the files hold only what it may see."
            " [default: the audience of the plan]",
        ),
        click.option(
            "--title",
            default="",
            help="A title for parties and public, who do not see the mission's title.",
        ),
        click.option(
            "--reveal",
            metavar="REASON",
            default="",
            help="Show chokepoints to partners or parties; the reason is recorded.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def see(plan: Path, *, audience: str | None, title: str, reveal: str) -> co.Release:
    """The plan in a folder as an audience sees it."""
    with working("Reading the plan"):
        release = co.read_plan(plan)
    return narrow(release, plan, audience=audience, title=title, reveal=reveal)


def narrow(
    release: co.Release,
    plan: Path,
    *,
    audience: str | None,
    title: str,
    reveal: str,
    dry_run: bool = False,
) -> co.Release:
    """The release for an audience; revealed layers are recorded before files are written."""
    narrowed = co.disclose(release, audience or release.audience, title=title, reveal=bool(reveal))
    if narrowed.revealed and not release.revealed and not dry_run:
        from datetime import UTC, datetime

        from corridors.outputs.disclosures import log_reveal

        log_reveal(
            narrowed,
            plan,
            reason=reveal,
            at=datetime.now(UTC).replace(microsecond=0),
            plan_hash=release.plan_hash,
        )
    return narrowed


@click.command("map")
@plan_folder
@out
@for_audience
@terminal.languages
@terminal.force
def map_(plan: Path, out: Path, languages: tuple[str, ...], *, force: bool, **seen: Any) -> None:
    """Draw the plan in the folder PLAN as a map that works without a network."""
    release = see(plan, **seen)
    with working("Drawing the map"):
        written = co.write_map(release, out, languages=languages, force=force)
    print_result(f"{written}\n")


@click.command()
@plan_folder
@click.option(
    "-f",
    "--format",
    "formats",
    metavar="FORMAT,...",
    default="pdf",
    show_default=True,
    help="Formats of the files: some of html, pdf, docx and text.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write to; it may hold other files. [default: print the text only]",
)
@for_audience
@terminal.languages
@terminal.force
def brief(
    plan: Path,
    formats: str,
    out: Path | None,
    languages: tuple[str, ...],
    *,
    force: bool,
    **seen: Any,
) -> None:
    """Summarize the plan in the folder PLAN on one page for a duty officer.

    It lists destinations that are cut off, then the proposed corridors, the main causes of
    closures, and the remarks of the plan. Each language has its own page.
    """
    from corridors.outputs.documents.brief import build_brief, write_brief
    from corridors.outputs.documents.text import render_text

    release = see(plan, **seen)
    if out is None:
        pages = (render_text(build_brief(release, lang=lang), width=width()) for lang in languages)
        print_result("\n".join(pages))
        return
    with working("Writing the brief"):
        names = [name.strip() for name in formats.split(",")]
        written = write_brief(release, out, formats=names, languages=languages, force=force)
    print_result("".join(f"{path}\n" for path in written))


@click.command()
@click.argument("older", metavar="OLDER", type=click.Path(path_type=Path))
@click.argument("newer", metavar="NEWER", type=click.Path(path_type=Path))
@click.option(
    "--exit-code", is_flag=True, help="Exit with 1 if anything changed, and with 0 if not."
)
@click.option(
    "--lang",
    type=click.Choice(["en", "ar", "fr"]),
    default="en",
    show_default=True,
    help="The language of the text.",
)
@terminal.as_json
def diff(older: Path, newer: Path, lang: str, *, exit_code: bool, as_json: bool) -> None:
    """Show what changed from the plan in the folder OLDER to the one in NEWER."""
    from corridors.outputs.documents.changes import describe_changes, render_changes
    from corridors.outputs.serialization import render_json

    with working("Comparing the plans"):
        changes = co.compare_plans(co.read_plan(older), co.read_plan(newer))
    if as_json:
        print_result(render_json(describe_changes(changes)).encode())
    else:
        print_result(render_changes(changes, lang=lang, width=width()))
    sys.exit(int(exit_code and bool(changes)))
