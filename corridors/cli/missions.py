"""The commands about a mission: init, check, plan, demo, incident and fetch."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

import corridors as co
from corridors.cli import terminal
from corridors.cli.products import for_audience, narrow
from corridors.cli.terminal import print_result, read_moment, width, working
from corridors.errors import CorridorsError, UsageError
from corridors.messages import Message

CUT_OFF_EXIT = 3


@click.command()
@terminal.folder
@terminal.force
def init(folder: Path, *, force: bool) -> None:
    """Make FOLDER a mission to fill in.

    Writes a commented mission.toml with the default of each rule, and empty input files.
    """
    print_result("".join(f"{path}\n" for path in co.write_mission(folder, force=force)))


@click.command()
@terminal.folder
@terminal.as_of
@terminal.as_json
@click.option(
    "--annotate",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write a copy of each text file and workbook with problems to DIR,"
    " with each problem in its row.",
)
@terminal.force
@terminal.no_cache
def check(
    folder: Path,
    as_of: str | None,
    annotate: Path | None,
    *,
    as_json: bool,
    force: bool,
    no_cache: bool,
) -> None:
    """List every problem of the mission in FOLDER."""
    from corridors.outputs.annotations import write_annotations
    from corridors.outputs.serialization import render_json

    with working("Checking the mission"):
        problems = co.check_folder(folder, as_of=read_moment(as_of), cache=not no_cache)
        written = (
            [] if annotate is None else write_annotations(folder, problems, annotate, force=force)
        )
    if as_json:
        copies = {} if annotate is None else {"annotated": [path.name for path in written]}
        print_result(
            render_json(
                {
                    "schema_version": 1,
                    "problems": [problem.as_dict() for problem in problems],
                    **copies,
                }
            ).encode()
        )
    else:
        from corridors.outputs.problems import render_problems

        annotated = "".join(f"Annotated: {path}\n" for path in written)
        print_result(f"{render_problems(problems, width=width())}{annotated}")
    stale_only = bool(problems) and all(problem.code == "stale-input" for problem in problems)
    sys.exit(5 if stale_only else 4 if problems else 0)


@click.command()
@terminal.folder
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write plan.json, plan.gpkg and map.html to.",
)
@terminal.as_of
@for_audience
@terminal.languages
@terminal.as_json
@click.option(
    "--dry-run", is_flag=True, help="Plan, and list the files that would be written; write nothing."
)
@terminal.force
@terminal.no_cache
def plan(
    folder: Path, out: Path, as_of: str | None, languages: tuple[str, ...], **how: Any
) -> None:
    """Plan the mission in FOLDER."""
    _plan(folder, out, read_moment(as_of), languages, **how)


@click.command()
@click.argument("incident_id", metavar="ID")
@terminal.folder
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write dossier.json, dossier.geojson and dossier.html to.",
)
@click.option(
    "--audience",
    type=click.Choice(terminal.AUDIENCES),
    default="internal",
    help="Only internal, since a dossier repeats reports.",
)
@terminal.as_of
@terminal.as_json
@terminal.force
@terminal.no_cache
def incident(
    incident_id: str,
    folder: Path,
    out: Path | None,
    audience: str,
    as_of: str | None,
    *,
    as_json: bool,
    force: bool,
    no_cache: bool,
) -> None:
    """Show what was known of one incident.

    Plans the mission in FOLDER, and lists for the incident or report ID who reported it, which
    roads it closed, and which destinations it cut off.
    """
    from corridors.outputs.documents.dossier import (
        check_dossier_target,
        describe_dossier,
        render_dossier,
    )
    from corridors.outputs.serialization import render_json

    if audience != "internal":
        raise UsageError(Message("usage.dossier_is_internal", audience=audience))
    if out is not None:
        check_dossier_target(out, force=force)
    with working("Reading the mission"):
        situation, rules = (
            co.read_situation(folder, as_of=read_moment(as_of), cache=not no_cache),
            co.read_rules(folder),
        )
    with working("Planning corridors, with and without the incident"):
        planned = co.plan_corridors(situation, rules=rules)
        dossier = co.build_dossier(planned, incident_id)
    written = [] if out is None else co.write_dossier(dossier, planned, out, force=force)
    if as_json:
        print_result(render_json(describe_dossier(dossier)).encode())
    else:
        print_result(
            render_dossier(dossier, width=width())
            + "".join(f"Written: {path}\n" for path in written)
        )


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Folder to write to.",
)
@terminal.languages
@terminal.as_json
@terminal.force
@terminal.no_cache
def demo(
    out: Path, languages: tuple[str, ...], *, as_json: bool, force: bool, no_cache: bool
) -> None:
    """Plan the embedded demonstration.

    Southern Lebanon: real places, schematic roads, fictitious incidents.
    """
    _plan(
        co.demo_folder(),
        out,
        None,
        languages,
        as_json=as_json,
        dry_run=False,
        force=force,
        no_cache=no_cache,
    )


@click.command()
@click.argument("area", metavar="PLACE_OR_BBOX")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="GeoPackage to write the roads to.",
)
@click.option(
    "--allow-network",
    is_flag=True,
    help="Required: this sends the area to the servers of OpenStreetMap.",
)
@click.option("--overpass-url", help="URL of another Overpass server than the public one.")
@terminal.force
def fetch(
    area: str, out: Path, overpass_url: str | None, *, allow_network: bool, force: bool
) -> None:
    """Download roads from OpenStreetMap.

    PLACE_OR_BBOX is the name of a place, or west,south,east,north in degrees.
    """
    from corridors.outputs.files import write_roads

    if not allow_network:
        raise click.UsageError(
            "fetch sends the area to servers on the internet. Fix: use --allow-network to allow it."
        )
    from corridors.outputs.files import check_roads_target

    check_roads_target(out, force=force)
    with working("Downloading roads"):
        roads, source = co.download_roads(area, overpass_url=overpass_url)
    print_result(f"{write_roads(roads, out, attribution=source.attribution, force=force)}\n")
    click.echo(f"{len(roads)} segments. {source.attribution}", err=True)


def _plan(
    folder: Path,
    out: Path,
    as_of: str | datetime | None,
    languages: tuple[str, ...],
    *,
    as_json: bool,
    dry_run: bool,
    force: bool,
    no_cache: bool,
    **seen: Any,
) -> NoReturn:
    from corridors.outputs.files import check_target, describe_plan
    from corridors.outputs.serialization import render_json

    refusal = ""
    try:
        check_target(out, force=force)
    except CorridorsError as error:
        if not dry_run:
            raise
        refusal = str(error)
    with working("Reading the mission"):
        situation, rules = (
            co.read_situation(folder, as_of=as_of, cache=not no_cache),
            co.read_rules(folder),
        )
    from corridors.kernels import WORTH_COMPILING, has_numba

    if len(situation.roads) >= WORTH_COMPILING and not has_numba():
        click.echo(
            "This network is large. The extra `fast` (pip install 'corridors[fast]')"
            " makes planning several times faster.",
            err=True,
        )
    with working("Planning corridors"):
        planned = co.plan_corridors(situation, rules=rules)
    release = co.build_release(planned)
    narrowed = narrow(release, out, dry_run=dry_run, **seen) if seen else release
    if not dry_run:
        with working("Writing the plan", ticking=False):  # processes with threads do not fork
            co.write_plan(narrowed, out, languages=languages, force=force, fork=True)
    if as_json:
        print_result(render_json(describe_plan(narrowed)).encode())
    else:
        from corridors.outputs.summary import render_summary

        print_result(
            render_summary(release, width=width())
            + f"\n{_list_written(narrowed, out, dry_run=dry_run, refusal=refusal)}\n"
        )
    sys.exit(CUT_OFF_EXIT if len(planned.cut_off) else 0)


def _list_written(release: co.Release, out: Path, *, dry_run: bool, refusal: str) -> str:
    from corridors.outputs.files import name_plan_files

    if refusal:
        return f"Nothing was written, and nothing could be: {refusal}"
    files = [str(out / name) for name in name_plan_files(release)]
    return (
        f"Nothing was written. Would write: {', '.join(files)}"
        if dry_run
        else f"Map:  {files[-1]}\nData: {', '.join(files[:-1])}"
    )
