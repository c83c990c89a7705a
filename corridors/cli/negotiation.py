"""The commands for negotiators: compare-zones and annex."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import corridors as co
from corridors.cli import products, terminal
from corridors.cli.terminal import print_result, width, working


@click.command("compare-zones")
@click.argument("files", metavar="A B", nargs=2, type=click.Path(path_type=Path))
@click.option(
    "--sites",
    type=click.Path(path_type=Path),
    help="A file of sites to count in each part.",
)
@click.option(
    "--names",
    metavar="A,B",
    default="A,B",
    show_default=True,
    help="The names of the two parties.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "ar", "fr"]),
    default="en",
    show_default=True,
    help="The language of text and page.",
)
@terminal.as_json
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write a page, a JSON document and the shapes to.",
)
@terminal.force
def compare_zones(
    files: tuple[Path, Path],
    sites: Path | None,
    names: str,
    lang: str,
    out: Path | None,
    *,
    as_json: bool,
    force: bool,
) -> None:
    """Compare the zones in the files A and B.

    Shows the square kilometres that both propose and that only one proposes, for each zone and in
    total, and the sites in each part.
    """
    from corridors.outputs.documents.zone_comparison import (
        describe_zone_comparison,
        render_zone_comparison,
    )
    from corridors.outputs.serialization import render_json

    parties = tuple(name.strip() for name in names.split(","))
    if len(parties) != 2 or not all(parties) or parties[0] == parties[1]:
        raise click.UsageError(
            '--names needs two different names with a comma between: --names "Party A,Party B".'
        )
    with working("Comparing the proposals"):
        counted = None if sites is None else co.read_sites(sites).table
        one, other = (co.read_zones(file).table for file in files)
        comparison = co.compare_zones(one, other, counted, names=(parties[0], parties[1]))
        written = (
            [] if out is None else co.write_zone_comparison(comparison, out, lang=lang, force=force)
        )
    if as_json:
        print_result(render_json(describe_zone_comparison(comparison)).encode())
    else:
        text = render_zone_comparison(comparison, lang=lang, width=width())
        print_result(text + "".join(f"Written: {path}\n" for path in written))


@click.command()
@products.plan_folder
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["docx", "pdf"]),
    required=True,
    help="docx, to edit, or pdf.",
)
@click.option(
    "--lang",
    default="en",
    show_default=True,
    help="en, ar or fr, or two of them side by side: en,ar.",
)
@click.option(
    "--status",
    type=click.Choice(["draft", "proposed", "notified"]),
    default="draft",
    show_default=True,
    help="The status of the annex; recipient and time of a notification are left blank.",
)
@products.out
@products.for_audience
@terminal.force
def annex(
    plan: Path,
    format_: str,
    lang: str,
    status: str,
    out: Path,
    *,
    force: bool,
    audience: str | None,
    **seen: Any,
) -> None:
    """Write the zones and corridors of the plan in the folder PLAN as a numbered annex.

    The audience is parties, unless --audience names another or the plan is public.
    """
    from corridors.outputs.documents.annex import restrict_to_parties

    with working("Reading the plan"):
        release = co.read_plan(plan)
    audience = audience or restrict_to_parties(release).audience
    narrowed = products.narrow(release, plan, audience=audience, **seen)
    with working("Writing the annex"):
        written = co.write_annex(
            narrowed,
            out,
            format=format_,
            languages=[name.strip() for name in lang.split(",")],
            status=status,
            audience=audience,
            force=force,
        )
    print_result(f"{written}\n")
