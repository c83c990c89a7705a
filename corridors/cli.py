"""The command line: reads its arguments, calls one function, prints. It holds no rule.

stdout is the result, stderr everything else. Exit codes: 0 done; 1 our bug; 2 usage; 3 planned, and at least one
destination is cut off; 4 invalid input; 5 stale input. What a command needs is imported when it runs, so that `--help` is
there at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

import corridors as co
from corridors.errors import CorridorsError, InputError

if TYPE_CHECKING:
    from datetime import datetime

CUT_OFF_EXIT = 3

_as_of = click.option("--as-of", metavar="TIME", help="The moment planned for, e.g. 2026-11-23T06:00:00Z; 'now' for the clock's.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
_force = click.option("--force", is_flag=True, help="Replace what is there.")
_folder = click.argument("folder", type=click.Path(path_type=Path))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="corridors")
def cli() -> None:
    """Plan humanitarian corridors around reported strikes, offline.

    A corridor is proposed on the data of one moment. It is not a guarantee of safety.
    """


@cli.command()
@_folder
@_force
def init(folder: Path, *, force: bool) -> None:
    """Make FOLDER a mission: a commented mission.toml and empty input templates."""
    for path in co.write_mission(folder, force=force):
        click.echo(path)


@cli.command()
@_folder
@_as_of
@_as_json
def check(folder: Path, as_of: str | None, *, as_json: bool) -> None:
    """Say every problem of the mission in FOLDER in one run."""
    with _working("Checking the mission"):
        problems = co.check_folder(folder, as_of=_moment(as_of))
    if as_json:
        click.echo(json.dumps({"schema_version": 1, "problems": [problem.as_dict() for problem in problems]}, ensure_ascii=False, indent=1))
    else:
        for problem in problems:
            click.echo(problem)
        click.echo(f"{len(problems)} problem{'' if len(problems) == 1 else 's'} found." if problems else "No problem found.")
    stale_only = bool(problems) and all(problem.code == "stale-input" for problem in problems)
    sys.exit(5 if stale_only else 4 if problems else 0)


@cli.command()
@_folder
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write plan.json, plan.gpkg and map.html to.")
@_as_of
@_as_json
@click.option("--dry-run", is_flag=True, help="Plan and say what would be written; write nothing.")
@_force
def plan(folder: Path, out: Path, as_of: str | None, *, as_json: bool, dry_run: bool, force: bool) -> None:
    """Plan the mission in FOLDER."""
    _plan(folder, out, _moment(as_of), as_json=as_json, dry_run=dry_run, force=force)


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to write to.")
@_as_json
@_force
def demo(out: Path, *, as_json: bool, force: bool) -> None:
    """Plan the embedded mission: southern Lebanon, with invented incidents."""
    _plan(co.demo_folder(), out, None, as_json=as_json, dry_run=False, force=force)


@cli.command()
@click.argument("area", metavar="PLACE_OR_BBOX")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="GeoPackage to write the roads to.")
@click.option("--allow-network", is_flag=True, help="Needed: this asks OpenStreetMap's servers, which thereby learn the area.")
@click.option("--overpass-url", help="Another Overpass server than the public one.")
@_force
def fetch(area: str, out: Path, overpass_url: str | None, *, allow_network: bool, force: bool) -> None:
    """Download the roads of a place, or of west,south,east,north, from OpenStreetMap."""
    if not allow_network:
        raise click.UsageError("fetch asks servers on the internet, which learn the area: say --allow-network to let it.")
    with _working("Downloading roads"):
        roads, source = co.download_roads(area, overpass_url=overpass_url)
    click.echo(co.write_roads(roads, out, attribution=source.attribution, force=force))
    click.echo(f"{len(roads)} segments. {source.attribution}", err=True)


def main() -> NoReturn:
    """Run the command line; every error of ours ends in one message and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; nothing was changed.", err=True)
        sys.exit(130)
    except BrokenPipeError:  # whoever read stdout has heard enough
        sys.stderr.close()
        sys.exit(0)
    except InputError as error:
        click.echo(f"{error}\nNothing was written.", err=True)
        sys.exit(error.exit_code)
    except CorridorsError as error:
        click.echo(error, err=True)
        sys.exit(error.exit_code)


def _plan(folder: Path, out: Path, as_of: str | datetime | None, *, as_json: bool, dry_run: bool, force: bool) -> NoReturn:
    if not dry_run:
        co.check_target(out, force=force)
    with _working("Reading the mission"):
        rules, situation = co.read_rules(folder), co.read_situation(folder, as_of=as_of)
    with _working("Planning corridors"):
        planned = co.plan_corridors(situation, rules=rules)
    if not dry_run:
        with _working("Writing the plan"):
            co.write_plan(planned, out, force=force)
    if as_json:
        click.echo(co.render_json(co.describe_plan(planned)), nl=False)
    else:
        _print_summary(planned)
        click.echo(f"\n{'Would write' if dry_run else 'Wrote'} {', '.join(str(out / name) for name in co.PLAN_FILES)}")
    sys.exit(CUT_OFF_EXIT if len(planned.cut_off) else 0)


def _print_summary(planned: co.Plan) -> None:
    """What a logistician must know before opening the map."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    counts, situation = planned.counts, planned.situation
    names = situation.sites["name"].to_dict() | situation.zones["name"].to_dict()
    console.print(Text(situation.title or "Plan", style="bold"))
    console.print(
        f"Situation as of {situation.as_of:%Y-%m-%d %H:%M} UTC. Proposed corridors, not a guarantee of safety. Plan {planned.plan_hash[:10]}."
    )
    said = [f"{counts[f'incidents_{name}']} {name.replace('_', ' ')}" for name in _STANDINGS if counts[f"incidents_{name}"]]
    console.print(
        f"Incidents read: {counts['incidents_read']} = {' + '.join(said) or '0'}. Segments: {counts['segments']}, closed: {counts['closed']}."
    )
    for acknowledgement in situation.acknowledgements:
        console.print(Text(f"Acknowledged: {acknowledgement.code}: {acknowledgement.reason} ({acknowledgement.by})", style="yellow"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (
        ("from", "left"),
        ("to", "left"),
        ("rank", "right"),
        ("km", "right"),
        ("h:mm", "right"),
        ("clearance km", "right"),
        ("status", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for row in planned.corridors.sort_values(["destination_id", "depot_id", "rank"]).itertuples():
        table.add_row(
            Text(names.get(row.depot_id) or row.depot_id),
            Text(names.get(row.destination_id) or row.destination_id),
            str(row.rank),
            f"{row.length_m / 1000:.1f}",
            f"{int(row.duration_min + 0.5) // 60}:{int(row.duration_min + 0.5) % 60:02d}",
            "-" if row.clearance_m != row.clearance_m else f"{row.clearance_m / 1000:.1f}",
            row.status,
        )
    console.print(table)
    for site, row in planned.cut_off.iterrows():
        console.print(Text(f"CUT OFF: {row['name'] or site}: {row['reason']}.", style="bold red"))
    for remark in planned.remarks:
        console.print(Text(remark))


_STANDINGS = ("active", "expired", "future", "too_imprecise", "retracted", "unverified", "duplicate", "quarantined")


def _moment(text: str | None) -> str | datetime | None:
    """The moment a user names; the clock is read only where they say so."""
    if text != "now":
        return text
    from datetime import UTC, datetime

    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def _working(what: str) -> Iterator[None]:
    """Say on stderr what is going on and for how long, where someone looks."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as progress:
        progress.add_task(what, total=None)
        yield


if __name__ == "__main__":
    main()
