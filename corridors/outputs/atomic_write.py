"""Putting outputs in place: whole or not at all, and never over what is not ours.

Everything is written into a new folder beside the target, which then changes places with it in one
step of the file system. Whatever stops a run, what was there stands as it was.
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
"""What desktops leave in a folder that someone looked into: no reason not to replace it."""


def write_documents(
    documents: Mapping[str, str],
    folder: str | Path,
    *,
    is_ours: Callable[[str], bool],
    what: str,
    force: bool = False,
) -> list[Path]:
    """Write texts by file name into `folder`, all or none, and give back their paths.

    Parameters
    ----------
    documents
        The texts by file name, written as UTF-8 with the line ends that they have.
    folder
        Where to; it is made, and then holds these and nothing else.
    is_ours
        Whether a file of that name may be replaced, with all others of the folder, where `force` is
        set.
    what
        What such a folder holds, for messages: "plan".
    force
        Replace what is there.

    Raises
    ------
    UsageError
        The folder holds such files and `force` is not set, or others.
    OutputError
        Something could not be written; what stood there before is untouched.
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
    """Write files into a folder that may hold others, and give back their paths; none is put in
    place before all are made.

    Parameters
    ----------
    makers
        By file name, what writes the file to the path it is given.
    folder
        It is made where there is none.
    force
        Replace files of these names.

    Raises
    ------
    UsageError
        A file of such a name is there, and `force` is not set; or `folder` is a file.
    OutputError
        Something could not be written; what stood there before is untouched.
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
    """Let a new folder that `write` fills take the place of `target`, whole or not at all."""
    with workplace(target) as place:
        new = place / "new"
        new.mkdir()
        write(new)
        for path in (*new.iterdir(), new):
            sync(path)
        check_replaceable(target, is_ours, what, force=force)  # once more: others work too
        if target.exists():
            _exchange(new, target, place / "previous")
        else:
            new.rename(target)
        with suppress(OSError):  # it is in place; only how soon that is on the disk is open
            sync(target.parent)


def check_replaceable(
    target: Path, is_ours: Callable[[str], bool], what: str, *, force: bool
) -> None:
    """Refuse to replace what is not ours, or is and nobody said so."""
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
    """Refuse a target in a folder that cannot be written to; where that is still to be made, in the
    nearest that is there.
    """
    there = next(folder for folder in target.absolute().parents if folder.exists())
    with explained(target):
        tempfile.TemporaryFile(dir=there).close()


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Say of whatever cannot be written which target it was, and that it is as before."""
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
    """A folder beside `target` to work in, which vanishes afterwards, and with it those that killed
    runs have left.
    """
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(target)
        place = Path(
            tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".writing", dir=target.parent)
        )
        try:
            with _held(place):
                yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _clear_leftovers(target: Path) -> None:
    """Remove the workplaces of killed runs; where one was killed between two renames, put what it
    took away back.
    """
    for place in target.parent.iterdir():
        if not re.fullmatch(rf"\.{re.escape(target.name)}\.\w+\.writing", place.name):
            continue
        with _held(place) as abandoned:
            if abandoned:
                previous = place / "previous"
                if not target.exists() and previous.is_dir():
                    previous.rename(target)
                shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder, and say whether nobody else does.

    The hold ends with the process, however that ends.
    """
    if (
        sys.platform == "win32"
    ):  # no such hold there: a second run into the same folder fails one of the two, loudly
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
    """Have a file, or the names in a folder, on the disk before going on."""
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(new: Path, old: Path, previous: Path) -> None:
    """Let two folders change places: in one step where the system has one, else in two that the
    next run can undo.
    """
    if _swap(new, old):
        return
    old.rename(previous)
    try:
        new.rename(old)
    except OSError:
        previous.rename(old)
        raise
    with suppress(OSError):  # what is called `previous` is whole, and only waits to be put back
        previous.rename(previous.with_name("replaced"))


def _swap(new: Path, old: Path) -> bool:
    """Whether the system could exchange the names of two folders in one step, and did."""
    if sys.platform == "win32":
        return False
    libc = ctypes.CDLL(None)
    here, swap = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux; RENAME_SWAP of macOS is 2 too
    names = os.fsencode(new), os.fsencode(old)
    if hasattr(libc, "renameat2"):
        return bool(libc.renameat2(here, names[0], here, names[1], swap) == 0)
    return bool(hasattr(libc, "renamex_np") and libc.renamex_np(*names, swap) == 0)
