"""Two tasks in parallel where a process can be forked, else one after the other.

A forked process has the data of its parent at no cost, and its own processor. If it fails, its task
is done again by the parent, which then reports the error.
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
"""How long a forked process may continue after the body."""


@contextmanager
def in_parallel(work: Callable[[], None], *, fork: bool) -> Iterator[None]:
    """Run `work` in a forked process during the body, or else after it.

    Parameters
    ----------
    work
        A function that writes its result to a file, and may run twice.
    fork
        Whether a process may be forked if `can_fork` allows it. Programs with threads unknown to
        Python, such as those with windows, must not set it.

    Raises
    ------
    The errors of `work`, after the body; none where the body raises.
    """
    process = _start(work) if fork and can_fork() else None
    try:
        yield
        if process is not None:
            process.join(PATIENCE_S)
    finally:
        if process is not None:
            process.kill()
            process.join()  # only one process may write the file
    if process is None or process.exitcode != 0:
        work()


def can_fork() -> bool:
    """Whether forking is safe and useful: Linux, two processors, a single thread."""
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and threading.active_count() == 1
    )


def _start(work: Callable[[], None]) -> BaseProcess | None:
    """A started process that does `work`; None where the system cannot start one."""

    def do_quietly() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):  # the parent handles them
            signal.signal(number, signal.SIG_DFL)
        try:
            work()
        except BaseException:  # noqa: BLE001 - the parent does it again and reports
            os._exit(1)

    process = multiprocessing.get_context("fork").Process(target=do_quietly, daemon=True)
    with warnings.catch_warnings():
        # of threads of libraries, which handle forks themselves
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            process.start()
        except OSError:
            return None
    return process
