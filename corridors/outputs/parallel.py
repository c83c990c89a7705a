"""Two works at once, where a process can be forked; else one after the other. What comes out is the
same.

A forked process has all that its parent knows, at no cost, and a processor of its own. It is not
trusted: what it does not bring to its end is done again where it came from, and so is told there if
it fails.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

PATIENCE_S = 60.0
"""How long after the other work a forked one may still take, before it is taken for stuck."""


@contextmanager
def beside(work: Callable[[], None], *, fork: bool) -> Iterator[None]:
    """Do `work` while the body runs, in a forked process; or after it.

    Parameters
    ----------
    work
        What leaves its result in a file, and may be done twice.
    fork
        Whether a process may be forked, if `can_fork` as well. A program with threads that Python
        does not know of, such as one with windows, is not to ask for it.

    Raises
    ------
    Whatever `work` raises, after the body; nothing of it where the body raises.
    """
    process = _start(work) if fork and can_fork() else None
    try:
        yield
        if process is not None:
            process.join(PATIENCE_S)
    finally:
        if process is not None:
            process.kill()
            process.join()  # two are not to write the same file
    if process is None or process.exitcode != 0:
        work()


def can_fork() -> bool:
    """Whether forking is safe here and of use: on Linux, with a second processor, while no other
    thread holds locks.
    """
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and threading.active_count() == 1
    )


def _start(work: Callable[[], None]) -> BaseProcess | None:
    """A process that does `work`; none where the system has no room for one."""

    def do_quietly() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):  # the parent answers for both
            signal.signal(number, signal.SIG_DFL)
        try:
            work()
        except BaseException:  # noqa: BLE001 - it is done again, and told, where it came from
            os._exit(1)

    process = multiprocessing.get_context("fork").Process(target=do_quietly, daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of threads of libraries, which look after forks themselves
        try:
            process.start()
        except OSError:
            return None
    return process
