"""The command line: reads its arguments, calls one function, prints. It holds no rule.

    terminal   the options that verbs share, and how results are printed
    missions   init, check, plan, demo, incident, fetch
    products   map, brief, diff: what is made of a plan for others, and what changed since an older one
    exports    export: a plan in the formats of others
    printing   print: the same on paper
    negotiation   annex, compare-zones: what those who negotiate take and bring

stdout is the result, stderr everything else. Exit codes: 0 done; 1 our bug; 2 usage; 3 planned, and
at least one destination is cut off; 4 invalid input; 5 stale input. What a command needs is
imported when it runs, so that `--help` is there at once.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

import click

from corridors.cli import exports, missions, negotiation, printing, products
from corridors.cli.terminal import width
from corridors.errors import CorridorsError, InputError

STOPPED_EXIT = 130


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


for verb in (
    *(
        missions.init,
        missions.check,
        missions.plan,
        missions.demo,
        missions.incident,
        missions.fetch,
    ),
    *(
        products.map_,
        products.brief,
        products.diff,
        exports.export,
        printing.print_,
        negotiation.annex,
        negotiation.compare_zones,
    ),
):
    cli.add_command(verb)


def run() -> NoReturn:
    """`main`, and the process ends with it: to take a country's tables apart first would be a
    twentieth of the whole.
    """
    try:
        main()
    except SystemExit as end:
        for stream in (sys.stdout, sys.stderr):
            with suppress(
                AttributeError, OSError, ValueError
            ):  # there may be none, or nobody who listens
                stream.flush()
        os._exit(int(end.code or 0))


def main() -> NoReturn:
    """Run the command line; every error of ours ends in one message and its exit code, as
    `SystemExit`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # there may be none
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(
        1_000_000
        # tables and lists, none of them garbage: looking for it every 700 takes a twentieth of a plan's
        # time
    )
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # being told to stop is being told to stop
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _end("Stopped. No output was left half-written.", STOPPED_EXIT)
    except InputError as error:
        from corridors.outputs.problems import render_problems

        _end(
            f"{render_problems(error.problems, width=width())}Nothing was written.", error.exit_code
        )
    except CorridorsError as error:
        _end(str(error), error.exit_code)
    except MemoryError:
        _end(
            "This computer has not enough memory for the mission: bring roads of a smaller area. No output was left half-written.",
            1,
        )
    except Exception:  # noqa: BLE001 - the last door; the trace is shown
        _end(
            f"{traceback.format_exc()}This is a fault of corridors, not of your files. Please report it with the lines above.",
            1,
        )


def _end(message: str, code: int) -> NoReturn:
    """Say why this ends here, on stderr, and end."""
    with suppress(BrokenPipeError):
        click.echo(message, err=True)
    sys.exit(code)
