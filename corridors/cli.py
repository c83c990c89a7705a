"""The command line: reads its arguments, calls one function, prints. It holds no rule.

stdout is the result, stderr everything else. Exit codes: 0 done; 1 our bug; 2 usage; 3 planned, and at least one
destination is cut off; 4 invalid input; 5 stale input. What a command needs is imported when it runs, so that `--help` is
there at once.
"""

from __future__ import annotations

import gc
import io
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

import corridors as co
from corridors.errors import CorridorsError, InputError, OutputError

if TYPE_CHECKING:
    from datetime import datetime

CUT_OFF_EXIT = 3
STOPPED_EXIT = 130

_as_of = click.option("--as-of", metavar="TIME", help="The moment planned for, e.g. 2026-11-23T06:00:00Z; 'now' for the clock's.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
_force = click.option("--force", is_flag=True, help="Replace what is there.")
_no_cache = click.option(
    "--no-cache", is_flag=True, help="Read the roads anew, and keep no prepared copy of them in the user's cache folder."
)
_folder = click.argument("folder", type=click.Path(path_type=Path))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 a fault of ours, or no place to write; 2 usage; 3 planned, and someone is cut off;"
    " 4 invalid input; 5 stale input.",
)
@click.version_option(package_name="corridors")
def cli() -> None:
    """Plan humanitarian corridors around reported strikes, offline.

    A corridor is proposed on the data of one moment. It is not a guarantee of safety.
    """


@cli.command()
@_folder
@_force
def init(folder: Path, *, force: bool) -> None:
    """Make FOLDER a mission to fill in.

    Writes a commented mission.toml, in which every rule stands with its default, and empty input files.
    """
    _print("".join(f"{path}\n" for path in co.write_mission(folder, force=force)))


@cli.command()
@_folder
@_as_of
@_as_json
@click.option(
    "--annotate",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write a copy of each text file and workbook with problems to DIR, each problem in its row.",
)
@_force
@_no_cache
def check(folder: Path, as_of: str | None, annotate: Path | None, *, as_json: bool, force: bool, no_cache: bool) -> None:
    """List every problem of the mission in FOLDER."""
    with _working("Checking the mission"):
        problems = co.check_folder(folder, as_of=_moment(as_of), prepared=not no_cache)
        written = [] if annotate is None else co.write_annotations(folder, problems, annotate, force=force)
    if as_json:
        copies = {} if annotate is None else {"annotated": [path.name for path in written]}
        _print(co.render_json({"schema_version": 1, "problems": [problem.as_dict() for problem in problems], **copies}).encode())
    else:
        from corridors.outputs.problems import render_problems

        copies_said = "".join(f"Annotated: {path}\n" for path in written)
        _print(f"{render_problems(problems, width=_width())}{copies_said}")
    stale_only = bool(problems) and all(problem.code == "stale-input" for problem in problems)
    sys.exit(5 if stale_only else 4 if problems else 0)


@cli.command()
@_folder
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write plan.json, plan.gpkg and map.html to.")
@_as_of
@_as_json
@click.option("--dry-run", is_flag=True, help="Plan and say what would be written; write nothing.")
@_force
@_no_cache
def plan(folder: Path, out: Path, as_of: str | None, *, as_json: bool, dry_run: bool, force: bool, no_cache: bool) -> None:
    """Plan the mission in FOLDER."""
    _plan(folder, out, _moment(as_of), as_json=as_json, dry_run=dry_run, force=force, no_cache=no_cache)


@cli.command()
@click.argument("incident_id", metavar="ID")
@_folder
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write dossier.json, dossier.geojson and dossier.html to.")
@_as_of
@_as_json
@_force
@_no_cache
def incident(incident_id: str, folder: Path, out: Path | None, as_of: str | None, *, as_json: bool, force: bool, no_cache: bool) -> None:
    """Say what was known of one incident.

    Plans the mission in FOLDER, and tells of the incident or report ID who reported it, what it closed, and whom it cut off.
    """
    if out is not None:
        co.check_dossier_target(out, force=force)
    with _working("Reading the mission"):
        situation, rules = co.read_situation(folder, as_of=_moment(as_of), prepared=not no_cache), co.read_rules(folder)
    with _working("Planning corridors, with and without the incident"):
        planned = co.plan_corridors(situation, rules=rules)
        dossier = co.build_dossier(planned, incident_id)
    written = [] if out is None else co.write_dossier(dossier, planned, out, force=force)
    if as_json:
        _print(co.render_json(co.describe_dossier(dossier)).encode())
    else:
        _print(co.render_dossier(dossier, width=_width()) + "".join(f"Written: {path}\n" for path in written))


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to write to.")
@_as_json
@_force
@_no_cache
def demo(out: Path, *, as_json: bool, force: bool, no_cache: bool) -> None:
    """Plan the embedded demonstration.

    Southern Lebanon: real places, schematic roads, invented incidents.
    """
    _plan(co.demo_folder(), out, None, as_json=as_json, dry_run=False, force=force, no_cache=no_cache)


@cli.command()
@click.argument("area", metavar="PLACE_OR_BBOX")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="GeoPackage to write the roads to.")
@click.option("--allow-network", is_flag=True, help="Needed: this asks OpenStreetMap's servers, which thereby learn the area.")
@click.option("--overpass-url", help="Another Overpass server than the public one.")
@_force
def fetch(area: str, out: Path, overpass_url: str | None, *, allow_network: bool, force: bool) -> None:
    """Download roads from OpenStreetMap.

    PLACE_OR_BBOX is the name of a place, or west,south,east,north in degrees.
    """
    if not allow_network:
        raise click.UsageError("fetch asks servers on the internet, which learn the area: say --allow-network to let it.")
    from corridors.outputs.files import check_roads_target

    check_roads_target(out, force=force)
    with _working("Downloading roads"):
        roads, source = co.download_roads(area, overpass_url=overpass_url)
    _print(f"{co.write_roads(roads, out, attribution=source.attribution, force=force)}\n")
    click.echo(f"{len(roads)} segments. {source.attribution}", err=True)


def main() -> NoReturn:
    """Run the command line; every error of ours ends in one message and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # there may be none
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(100_000)  # tables and lists, none of them garbage: looking for it every 700 takes a twentieth of a plan's time
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being told to stop is being told to stop
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _end("Stopped. No output was left half-written.", STOPPED_EXIT)
    except InputError as error:
        from corridors.outputs.problems import render_problems

        _end(f"{render_problems(error.problems, width=_width())}Nothing was written.", error.exit_code)
    except CorridorsError as error:
        _end(str(error), error.exit_code)
    except MemoryError:
        _end("This computer has not enough memory for the mission: bring roads of a smaller area. No output was left half-written.", 1)
    except Exception:  # noqa: BLE001 - the last door; the trace is shown
        _end(f"{traceback.format_exc()}This is a fault of corridors, not of your files. Please report it with the lines above.", 1)
    finally:
        gc.freeze()  # the process ends: looking through all tables for cycles first would take a tenth of the run


def _plan(folder: Path, out: Path, as_of: str | datetime | None, *, as_json: bool, dry_run: bool, force: bool, no_cache: bool) -> NoReturn:
    refusal = ""
    try:
        co.check_target(out, force=force)
    except CorridorsError as error:
        if not dry_run:
            raise
        refusal = str(error)
    with _working("Reading the mission"):
        situation, rules = co.read_situation(folder, as_of=as_of, prepared=not no_cache), co.read_rules(folder)
    from corridors.loops import WORTH_COMPILING, has_numba

    if len(situation.roads) >= WORTH_COMPILING and not has_numba():
        click.echo(
            "These roads are many. With the extra `fast` (pip install 'corridors[fast]') the same plan takes a fraction of the time.",
            err=True,
        )
    with _working("Planning corridors"):
        planned = co.plan_corridors(situation, rules=rules)
    if not dry_run:
        with _working("Writing the plan"):
            co.write_plan(planned, out, force=force)
    if as_json:
        _print(co.render_json(co.describe_plan(planned)).encode())
    else:
        from corridors.outputs.summary import render_summary

        _print(render_summary(planned, width=_width()) + f"\n{_say_written(out, dry_run=dry_run, refusal=refusal)}\n")
    sys.exit(CUT_OFF_EXIT if len(planned.cut_off) else 0)


def _say_written(out: Path, *, dry_run: bool, refusal: str) -> str:
    if refusal:
        return f"Nothing was written, and as things stand nothing would be: {refusal}"
    files = [str(out / name) for name in co.PLAN_FILES]
    return f"Nothing was written. Would write: {', '.join(files)}" if dry_run else f"Map:  {files[-1]}\nData: {', '.join(files[:-1])}"


def _print(result: str | bytes) -> None:
    """Print a result: text as the terminal can show it, a document (bytes) as it is. Who reads it may have heard enough: that changes nothing."""
    try:
        click.echo(result, nl=False, color=False if os.environ.get("NO_COLOR") else None)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise OutputError(f"the result could not be printed: {error}") from error


def _end(message: str, code: int) -> NoReturn:
    """Say why this ends here, on stderr, and end."""
    with suppress(BrokenPipeError):
        click.echo(message, err=True)
    sys.exit(code)


def _width() -> int:
    return max(60, min(160, shutil.get_terminal_size((100, 40)).columns))


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
