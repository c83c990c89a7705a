"""The verbs about a plan: a map, a brief, and what changed since an older plan."""

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


def for_audience(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name the audience of a product; a verb passes them on to `see`."""
    options = (
        click.option(
            "--audience",
            type=click.Choice(terminal.AUDIENCES),
            help="Whom it is for: what they may not see is not in it."
            " [default: the audience of the plan]",
        ),
        click.option(
            "--title",
            default="",
            help="A title for parties and public, who do not see the mission's own.",
        ),
        click.option(
            "--reveal",
            metavar="REASON",
            default="",
            help="Show chokepoints to partners or parties too; the reason is recorded.",
        ),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


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
    """The release for an audience; what it reveals is recorded before anything is written."""
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
    """Draw the plan in the folder PLAN as a map that opens without a network."""
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
    help="Formats of the files, of html, pdf, docx and text.",
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

    Who is cut off comes first, then the proposed corridors, what closes most of the road, and the
    remarks of the plan. Each language is a page of its own.
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
    "--exit-code", is_flag=True, help="End with 1 where anything changed, with 0 where nothing did."
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
    with working("Comparing the plans"):
        changes = co.compare_plans(co.read_plan(older), co.read_plan(newer))
    if as_json:
        print_result(co.render_json(co.describe_changes(changes)).encode())
    else:
        print_result(co.render_changes(changes, lang=lang, width=width()))
    sys.exit(int(exit_code and bool(changes)))
