"""The verbs for those who negotiate: proposals of zones compared, and the annex to a text."""

from __future__ import annotations

from pathlib import Path

import click

import corridors as co
from corridors.cli import products, terminal
from corridors.cli.terminal import print_result, width, working


@click.command("compare-zones")
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--sites",
    type=click.Path(path_type=Path),
    help="A file of sites: whom and what to count in each part.",
)
@click.option(
    "--names",
    metavar="A,B",
    default="A,B",
    show_default=True,
    help="What the two parties are called.",
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
    first: Path,
    second: Path,
    sites: Path | None,
    names: str,
    lang: str,
    out: Path | None,
    *,
    as_json: bool,
    force: bool,
) -> None:
    """Lay the zones in the files A and B over each other.

    Says how many square kilometres both propose and how many only one, zone by zone and in total,
    and who is there.
    """
    called = tuple(name.strip() for name in names.split(","))
    if len(called) != 2 or not all(called) or called[0] == called[1]:
        raise click.UsageError(
            '--names takes two different names with a comma between: --names "Party A,Party B".'
        )
    with working("Comparing the proposals"):
        counted = None if sites is None else co.read_sites(sites).table
        comparison = co.compare_zones(
            co.read_zones(first).table,
            co.read_zones(second).table,
            counted,
            names=(called[0], called[1]),
        )
        written = (
            [] if out is None else co.write_zone_comparison(comparison, out, lang=lang, force=force)
        )
    if as_json:
        print_result(co.render_json(co.describe_zone_comparison(comparison)).encode())
    else:
        told = co.render_zone_comparison(comparison, lang=lang, width=width())
        print_result(told + "".join(f"Written: {path}\n" for path in written))


@click.command()
@products.plan_folder
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["docx", "pdf"]),
    required=True,
    help="docx, to edit and paste from, or pdf.",
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
    help="What it says it is. To whom and when something was notified is left to be filled in.",
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
    title: str,
    reveal: str,
) -> None:
    """Write declared zones and proposed corridors of the plan in the folder PLAN as a numbered
    annex.

    It is for parties unless --audience names others, or the plan was written for those who are told
    less.
    """
    from corridors.outputs.documents.annex import see_annex

    with working("Reading the plan"):
        release = co.read_plan(plan)
    whom = audience or see_annex(release).audience
    told = products.narrow(release, plan, audience=whom, title=title, reveal=reveal)
    with working("Writing the annex"):
        languages = [name.strip() for name in lang.split(",")]
        written = co.write_annex(
            told,
            out,
            format=format_,
            languages=languages,
            status=status,
            audience=whom,
            force=force,
        )
    print_result(f"{written}\n")
