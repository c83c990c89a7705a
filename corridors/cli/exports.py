"""The command `export`: a plan in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import corridors as co
from corridors.cli import terminal
from corridors.cli.products import for_audience, out, plan_folder, see
from corridors.cli.terminal import print_result, working

FORMATS = ("gpkg", "geojson", "kmz", "gpx", "xlsx", "csv", "parquet", "geojsonl")


@click.command()
@plan_folder
@click.option(
    "-f",
    "--format",
    "formats",
    type=click.Choice([*FORMATS, "all"]),
    multiple=True,
    default=["gpkg"],
    show_default="gpkg",
    help="Format of the files; may be given several times.",
)
@click.option("--hxl", is_flag=True, help="Add a row of HXL tags under the header of xlsx and csv.")
@click.option(
    "--layer",
    "layers",
    metavar="NAME",
    multiple=True,
    help="Only this layer; may be given several times.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "ar", "fr"]),
    default="en",
    show_default=True,
    help="Language of names and legends.",
)
@out
@for_audience
@terminal.force
def export(
    plan: Path,
    formats: tuple[str, ...],
    layers: tuple[str, ...],
    lang: str,
    out: Path,
    *,
    hxl: bool,
    force: bool,
    **seen: Any,
) -> None:
    """Write the plan in the folder PLAN for QGIS, Excel, Google Earth, devices and programs."""
    release = see(plan, **seen)
    wanted = FORMATS if "all" in formats else formats
    with working("Writing the files"):
        written = co.write_exports(
            release, out, formats=wanted, hxl=hxl, layers=layers, lang=lang, force=force
        )
    print_result("".join(f"{path}\n" for path in written))
