"""The command line: it reads arguments, calls one function and prints the result.

    terminal     options that commands share, and how results are printed
    missions     init, check, plan, demo, incident, fetch
    products     map, brief, diff
    exports      export
    printing     print
    negotiation  annex, compare-zones

stdout is the result, stderr everything else. Exit codes: 0 done; 1 a bug, or no place to write; 2
usage; 3 planned, and at least one destination is cut off; 4 invalid input; 5 stale input. A command
imports its modules when it runs, so that `--help` is fast.
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
    epilog="Exit codes: 0 done; 1 a bug, or no place to write; 2 usage;"
    " 3 planned, and a destination is cut off; 4 invalid input; 5 stale input.",
)
@click.version_option(package_name="corridors")
def cli() -> None:
    """Plan humanitarian corridors around reported strikes, offline.

    A corridor is proposed on the data of one moment. It is not a guarantee of safety.
    """


for command in (
    *(missions.init, missions.check, missions.plan, missions.demo, missions.incident),
    *(missions.fetch, products.map_, products.brief, products.diff, exports.export),
    *(printing.print_, negotiation.annex, negotiation.compare_zones),
):
    cli.add_command(command)


def run() -> NoReturn:
    """Run `main`, and end the process at once.

    Freeing the tables of a country first would take a twentieth of the time.
    """
    try:
        main()
    except SystemExit as end:
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # closed, or None
                stream.flush()
        os._exit(int(end.code or 0))


def main() -> NoReturn:
    """Run the command line and raise `SystemExit` with its exit code.

    Each error of this package is printed as one message.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None without a console
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(1_000_000)  # tables are no garbage; the default costs a twentieth of the time
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C
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
            "This computer has not enough memory for the mission."
            " Fix: use roads of a smaller area. No output was left half-written.",
            1,
        )
    except Exception:  # noqa: BLE001 - the trace is shown
        _end(
            f"{traceback.format_exc()}This is a bug in corridors, not an error in your files."
            " Please report it with the lines above.",
            1,
        )


def _end(message: str, code: int) -> NoReturn:
    """Print a message on stderr, and exit."""
    with suppress(BrokenPipeError):
        click.echo(message, err=True)
    sys.exit(code)
