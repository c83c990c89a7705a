"""What a file holds: its bytes, and the rows made of them."""

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
"""No table of zones, incidents or sites is larger; a larger file is a mistake, or meant to stop us.
Also the limit of a workbook once unpacked."""


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """The rows of a file: texts by column, in the order of the file.

    `numbers` counts as the reader of the file counts (line, sheet row, feature). `shapes` holds a
    geometry or None a row in the coordinate system `crs`, and is None for a file without geometry.
    `tags` holds the HXL tag of each column that has one. `delimiter` is what parts the cells of a
    text file. `problems` are of rows that could not even be read as rows; those are not among
    `columns`.
    """

    file: str
    format: str
    sha256: str
    numbers: tuple[int, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shapes: npt.NDArray[np.object_] | None = None
    crs: object = None
    tags: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ""
    notes: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Raises
    ------
    InputError
        `missing-file`, `unreadable-file` (no regular file, or no permission) or `too-large`; mend
        the name or the file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            refuse(path.name, "unreadable-file", "this is not a regular file", "name a file")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        others = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, sorted(others), 1)
        refuse(
            path.name,
            "missing-file",
            "there is no such file",
            f"did you mean {near[0]}?" if near else "check the name and the folder",
        )
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        refuse(
            path.name,
            "unreadable-file",
            f"the file cannot be read: {reason}",
            "check the file and its permissions",
        )
    if len(data) > limit:
        refuse(
            path.name,
            "too-large",
            f"the file is larger than {limit // 1024**2} MB",
            "keep the rows that matter",
        )
    return data


def refuse(
    file: str, code: str, message: str, hint: str, *, row: int | None = None, value: str = ""
) -> NoReturn:
    """Raise the one problem that ends the reading of a file."""
    raise InputError(Problem(code, message, hint, file, row, value=value[:80])) from None


def decode(file: str, data: bytes) -> str:
    """The text of bytes that must be UTF-8; a byte order mark is left out."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        refuse(
            file,
            "bad-encoding",
            "the text is not UTF-8",
            "save it as UTF-8 (in Excel: CSV UTF-8)",
            row=row,
            value=str(data[error.start : error.start + 8]),
        )
    if (at := text.find("\0")) >= 0:
        row = text[:at].count("\n") + 1
        refuse(
            file,
            "nul-byte",
            "the text holds a NUL byte",
            "save it again as UTF-8 text; the file may be damaged",
            row=row,
        )
    return text


def text_of(value: object) -> str:
    """A cell of any kind as the text that a careful person would have typed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        return (
            ""
            if math.isnan(number)
            else str(int(number))
            if number.is_integer() and abs(number) < 1e15
            else repr(number)
        )
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
