"""The rows of a file as text, and the bytes that they come from."""

from __future__ import annotations

import difflib
import json
import math
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from corridors.errors import InputError, Problem
from corridors.messages import Message

MAX_BYTES = 512 * 1024**2
"""No table of zones, incidents or sites is larger; a larger file is a mistake or an attack. Also
the limit of an unpacked workbook."""


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """The rows of a file: texts by column, in the order of the file."""

    file: str
    format: str
    sha256: str
    numbers: tuple[int, ...] = ()
    """Line, sheet row or feature of each row, as the reader of the file counts."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shapes: npt.NDArray[np.object_] | None = None
    """A geometry or None per row, in `crs`; None for a file without geometry."""
    crs: object = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """The HXL tag of each column that has one."""
    delimiter: str = ""
    """What separates the cells of a text file."""
    notes: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Of rows that could not even be read as rows; those are not in `columns`."""


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Raises
    ------
    InputError
        `missing-file`, `unreadable-file` (no regular file, or no permission) or `too-large`. Fix:
        correct the name or the file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            refuse(path.name, "unreadable-file", "not_a_regular_file", "name_a_file")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        others = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, sorted(others), 1)
        hint = Message("hint.use_near_file", name=near[0]) if near else "check_name_and_folder"
        refuse(path.name, "missing-file", "no_such_file", hint)
    except (OSError, ValueError, RuntimeError) as error:
        message = Message("problem.unreadable_file", text=describe_error(error))
        refuse(path.name, "unreadable-file", message, "check_file_and_permissions")
    if len(data) > limit:
        refuse_size(path.name, "file_too_large", limit)
    return data


def describe_error(error: Exception) -> str:
    """What the system says of an error: its text, or else its type."""
    return getattr(error, "strerror", None) or type(error).__name__


def refuse(
    file: str,
    code: str,
    message: Message | str,
    hint: Message | str,
    *,
    row: int | None = None,
    value: str = "",
) -> NoReturn:
    """Raise the one problem that ends the reading of a file.

    A message or hint without values can be given by its name in the catalogue.
    """
    message = Message(f"problem.{message}") if isinstance(message, str) else message
    hint = Message(f"hint.{hint}") if isinstance(hint, str) else hint
    raise InputError(Problem(code, message, hint, file, row, value=value[:80])) from None


def refuse_size(file: str, what: str, limit: int) -> NoReturn:
    """Refuse a file or workbook of more than `limit` bytes."""
    message = Message(f"problem.{what}", limit_mb=limit // 1024**2)
    refuse(file, "too-large", message, "keep_rows_that_matter")


def decode(file: str, data: bytes) -> str:
    """The text of bytes that must be UTF-8, without its byte order mark."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        seen = str(data[error.start : error.start + 8])
        refuse(file, "bad-encoding", "not_utf8", "save_as_utf8", row=row, value=seen)
    if (at := text.find("\0")) >= 0:
        row = text[:at].count("\n") + 1
        refuse(file, "nul-byte", "nul_byte", "save_as_utf8_again", row=row)
    return text


def text_of(value: object) -> str:  # noqa: PLR0911 - one return for each type
    """A cell of any type as the text that a careful person would type."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        if math.isnan(number):
            return ""
        whole = number.is_integer() and abs(number) < 1e15
        return str(int(number)) if whole else repr(number)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def as_array(shapes: Sequence[Any]) -> npt.NDArray[np.object_]:
    """Shapes and Nones as an array of objects, whatever their number."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array
