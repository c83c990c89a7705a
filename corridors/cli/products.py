"""The verbs about a plan: what is made of it for others."""

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
    """The options that say for whom a product is; a verb passes them on to `see`."""
    options = (
        click.option(
            "--audience",
            type=click.Choice(terminal.AUDIENCES),
            help="For whom it is: what they may not see is not in it. [default: whom the plan was written for]",
        ),
        click.option(
            "--title",
            default="",
            help="A title for parties and public, who are not told the mission's own.",
        ),
        click.option(
            "--reveal",
            metavar="REASON",
            default="",
            help="Tell partners or parties the chokepoints too; the reason is kept.",
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
    """The release for an audience; what it reveals is logged beside the folder of the plan before
    anything is written.
    """
    told = co.disclose(release, audience or release.audience, title=title, reveal=bool(reveal))
    if told.revealed and not release.revealed and not dry_run:
        from datetime import UTC, datetime

        from corridors.outputs.disclosures import log_reveal

        log_reveal(
            told,
            plan,
            reason=reveal,
            at=datetime.now(UTC).replace(microsecond=0),
            plan_hash=release.plan_hash,
        )
    return told


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
@click.argument("older", metavar="OLDER", type=click.Path(path_type=Path))
@click.argument("newer", metavar="NEWER", type=click.Path(path_type=Path))
@click.option(
    "--exit-code", is_flag=True, help="End with 1 where anything changed, with 0 where nothing did."
)
@terminal.as_json
def diff(older: Path, newer: Path, *, exit_code: bool, as_json: bool) -> None:
    """Say what changed from the plan in the folder OLDER to the one in NEWER."""
    with working("Comparing the plans"):
        changes = co.compare_plans(co.read_plan(older), co.read_plan(newer))
    if as_json:
        print_result(co.render_json(co.describe_changes(changes)).encode())
    else:
        print_result(co.render_changes(changes, width=width()))
    sys.exit(int(exit_code and bool(changes)))
