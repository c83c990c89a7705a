"""Outputs are put in place completely or not at all, and replace only files of ours.

Everything is written into a new folder next to the target, which then replaces it in one step of
the file system. If a run is stopped, the target is unchanged.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pyogrio

from corridors.errors import OutputError, UsageError
from corridors.messages import Message

if sys.platform != "win32":
    import fcntl

LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that desktops leave in a folder; they do not prevent its replacement."""


def write_documents(
    documents: Mapping[str, str],
    folder: str | Path,
    *,
    is_ours: Callable[[str], bool],
    what: str,
    force: bool = False,
) -> list[Path]:
    """Write texts by file name into `folder`, all or none, and return their paths.

    Parameters
    ----------
    documents
        The texts by file name, written as UTF-8 with unchanged line ends.
    folder
        The folder to write; it is created, and then holds only these files.
    is_ours
        Whether a file of that name may be replaced where `force` is set.
    what
        The product in messages, such as "plan".
    force
        Replace existing files.

    Raises
    ------
    UsageError
        The folder holds such files and `force` is not set, or it holds other files.
    OutputError
        A file could not be written; existing files are unchanged. Fix: check the folder and space.
    """

    def write(new: Path) -> None:
        for name, text in documents.items():
            (new / name).write_text(text, encoding="utf-8", newline="")

    target = check_documents_target(folder, is_ours=is_ours, what=what, force=force)
    put_in_place(target, write, is_ours, what, force=force)
    return [target / name for name in documents]


def write_products(
    makers: Mapping[str, Callable[[Path], None]], folder: str | Path, *, force: bool = False
) -> list[Path]:
    """Write files into a folder that may hold others, and return their paths.

    No file is put in place before all are written.

    Parameters
    ----------
    makers
        By file name, a function that writes the file to a path.
    folder
        The folder to write; it is created if needed.
    force
        Replace existing files of these names.

    Raises
    ------
    UsageError
        A file of such a name exists and `force` is not set; or `folder` is a file.
    OutputError
        A file could not be written; existing files are unchanged. Fix: check the folder and space.
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise UsageError(Message("usage.not_a_folder", path=str(target)))
    if there := [name for name in makers if (target / name).exists() and not force]:
        raise UsageError(Message("usage.exists", path=str(target / there[0])))
    with workplace(target / "product") as place:
        for name, make in makers.items():
            make(place / name)
            sync(place / name)
        for name in makers:
            (place / name).replace(target / name)
        with suppress(OSError):
            sync(target)
    return [target / name for name in makers]


def check_documents_target(
    folder: str | Path, *, is_ours: Callable[[str], bool], what: str, force: bool
) -> Path:
    """The target folder, if `write_documents` may write there; raises as it does."""
    target = Path(folder)
    check_replaceable(target, is_ours, what, force=force)
    check_writable(target)
    return target


def put_in_place(
    target: Path,
    write: Callable[[Path], None],
    is_ours: Callable[[str], bool],
    what: str,
    *,
    force: bool,
) -> None:
    """Replace `target` by a new folder that `write` fills, completely or not at all."""
    with workplace(target) as place:
        new = place / "new"
        new.mkdir()
        write(new)
        for path in (*new.iterdir(), new):
            sync(path)
        check_replaceable(
            target, is_ours, what, force=force
        )  # again: other programs may have written meanwhile
        if target.exists():
            _exchange(new, target, place / "previous")
        else:
            new.rename(target)
        with suppress(OSError):  # it is in place already
            sync(target.parent)


def check_replaceable(
    target: Path, is_ours: Callable[[str], bool], what: str, *, force: bool
) -> None:
    """Raise UsageError if `target` may not be replaced."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UsageError(Message("usage.not_a_folder", path=str(target)))
    if Path.cwd().is_relative_to(target.resolve()):
        raise UsageError(Message("usage.working_folder", path=str(target)))
    names = {path.name for path in target.iterdir()} - LITTER if target.is_dir() else set()
    if opened := [name for name in names if re.search(r"\.gpkg-(wal|shm|journal)$", name)]:
        raise UsageError(
            Message("usage.open_elsewhere", path=str(target / opened[0].rpartition("-")[0]))
        )
    if others := sorted(name for name in names if not is_ours(name)):
        raise UsageError(
            Message("usage.other_files", path=str(target), product=what, names=tuple(others[:3]))
        )
    if names and not force:
        raise UsageError(Message("usage.product_exists", path=str(target), product=what))


def check_writable(target: Path) -> None:
    """Raise OutputError if `target` cannot be created in the nearest existing folder."""
    there = next(folder for folder in target.absolute().parents if folder.exists())
    with explained(target):
        tempfile.TemporaryFile(dir=there).close()


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Turn errors of writing into OutputError, which names the target."""
    try:
        yield
    except (
        OSError,
        sqlite3.Error,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
    ) as error:
        raise OutputError(
            Message("output.not_written", path=str(target), text=str(error))
        ) from error


@contextmanager
def workplace(target: Path) -> Iterator[Path]:
    """A working folder next to `target`, removed afterwards, with those of killed runs."""
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(target)
        place = Path(
            tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".writing", dir=target.parent)
        )
        try:
            with _locked(place):
                yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _clear_leftovers(target: Path) -> None:
    """Remove the working folders of killed runs, and restore a target that one had moved."""
    for place in target.parent.iterdir():
        if not re.fullmatch(rf"\.{re.escape(target.name)}\.\w+\.writing", place.name):
            continue
        with _locked(place) as abandoned:
            if abandoned:
                previous = place / "previous"
                if not target.exists() and previous.is_dir():
                    previous.rename(target)
                shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock a folder, and yield whether no other process has it.

    The lock ends with the process.
    """
    if sys.platform == "win32":  # no such lock; one of two runs into the same folder fails
        yield True
        return
    handle, alone = None, False
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alone = True
    try:
        yield alone
    finally:
        if handle is not None:
            os.close(handle)


def sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk before going on."""
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(new: Path, old: Path, previous: Path) -> None:
    """Exchange two folders: in one step where possible, else in two that can be undone."""
    if _swap(new, old):
        return
    old.rename(previous)
    try:
        new.rename(old)
    except OSError:
        previous.rename(old)
        raise
    with suppress(OSError):  # `previous` is complete, and can still be put back
        previous.rename(previous.with_name("replaced"))


def _swap(new: Path, old: Path) -> bool:
    """Exchange the names of two folders in one step, and return whether that worked."""
    if sys.platform == "win32":
        return False
    libc = ctypes.CDLL(None)
    here, swap = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux; RENAME_SWAP of macOS is 2 too
    names = os.fsencode(new), os.fsencode(old)
    if hasattr(libc, "renameat2"):
        return bool(libc.renameat2(here, names[0], here, names[1], swap) == 0)
    return bool(hasattr(libc, "renamex_np") and libc.renamex_np(*names, swap) == 0)
