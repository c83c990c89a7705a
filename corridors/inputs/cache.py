"""Prepared copies: what took long to make, kept in the user's cache folder as plain arrays. Nothing
else touches these files.

    read_reading   write_reading    the roads of a file, as they were read
    read_arrays    write_arrays     any named arrays

A copy is found by its key, which says everything that it depends on (`make_key`); it is used only
where the digest in front of it is that of the key and of its bytes, and made anew where it is not.
So a copy changes how long things take, never what comes out; it is no defence against someone who
may write into the user's own folder.

Copies are written under another name and renamed, so that a reader sees a whole one or none,
however many run at once and whenever they are stopped. Where there is no place to keep one, work
goes on without.
"""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import platformdirs
import pyproj
import shapely

import corridors
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.situation import ReadResult, Source
from corridors.tables import CRS, ROADS

FORMAT = "corridors prepared 2"
"""Changes whenever copies of before cannot be read any more."""
KEPT = 16
"""How many copies stay in a folder; those used longest ago go first."""
VARIABLE = "CORRIDORS_CACHE"
"""The environment variable that names another folder than the user's cache folder."""

_ENDING = ".prepared"
_PARTIAL = ".partial"
_DEPENDS_ON = ("geopandas", "networkx", "numpy", "osmium", "pandas", "pyogrio", "pyproj", "shapely")
_CODE = (
    "inputs/cache.py",
    "inputs/roads/*.py",
    "geodesy/*.py",
    "messages.py",
    "rules.py",
    "situation.py",
    "tables.py",
)
"""The source that decides what roads look like: other code makes other copies, whatever its version
says."""

Array = npt.NDArray[Any]

_log = logging.getLogger(__name__)


def find_folder() -> Path:
    """The folder of prepared copies: what `CORRIDORS_CACHE` names, else the user's cache folder; it
    may not be there yet.
    """
    return Path(os.environ.get(VARIABLE) or platformdirs.user_cache_path("corridors"))


def make_key(*said: Any) -> str:
    """A key for everything in `said`, which JSON must be able to write: 64 hexadecimal digits.

    >>> make_key("roads", {"a": 1, "b": 2}) == make_key("roads", {"b": 2, "a": 1}) != make_key(
    ...     "roads", {"a": 1}
    ... )
    True
    """
    return sha256(json.dumps([FORMAT, *said], sort_keys=True).encode()).hexdigest()


def read_arrays(key: str, folder: Path) -> dict[str, Array] | None:
    """The arrays kept under a key; None where there are none, or not as they were written."""
    try:
        with (folder / f"{key}{_ENDING}").open("rb") as stream:
            head, digest, content = stream.readline(), stream.readline(), stream.read()
            if head != f"{FORMAT}\n".encode() or digest != _digest(key, content):
                return None
            with np.load(io.BytesIO(content), allow_pickle=False) as members:
                arrays = dict(members)
            with suppress(OSError):
                os.utime(
                    stream.fileno() if os.utime in os.supports_fd else stream.name
                )  # used last, goes last
            return arrays
    except (OSError, ValueError):
        return None


def write_arrays(key: str, arrays: Mapping[str, Array], folder: Path) -> bool:
    """Keep arrays of numbers under a key, for `read_arrays`; whether that was possible.

    Where it was not, for lack of a right or of space, the log `corridors.inputs.cache` says so (on
    stderr, where nobody set it up otherwise). The copies used longest ago go, so that `KEPT`
    remain.

    Raises
    ------
    ValueError
        An array that holds Python objects: turn it into numbers.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(
        packed, "w"
    ) as members:  # as numpy.savez does, without its clock and for any name
        for name, array in arrays.items():
            with members.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    content = packed.getvalue()
    partial = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=folder, prefix=key[:8], suffix=_PARTIAL, delete=False
        ) as stream:
            partial = Path(stream.name)
            stream.write(f"{FORMAT}\n".encode())
            stream.write(_digest(key, content))
            stream.write(content)
        written = partial.stat().st_mtime
        partial.replace(folder / f"{key}{_ENDING}")
        _prune(folder, written)
    except OSError as error:
        _log.warning(
            "No prepared copy is kept in %s (%s): the next run takes as long as this one.",
            folder,
            error.strerror or error,
        )
        if partial is not None:
            with suppress(OSError):
                partial.unlink()
        return False
    return True


def make_roads_key(digest: str, name: str, rules: RoadRules, attribution: str) -> str:
    """The key of the roads of a file: its bytes (SHA-256) and name, how it is read, and by which
    code and libraries.
    """
    said = {field.name: getattr(rules, field.name) for field in fields(rules)}
    said = {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in said.items()
    }
    return make_key("roads", digest, name, said, attribution, _fingerprint())


def read_reading(key: str, folder: Path) -> ReadResult | None:
    """The roads kept under a key, equal to those written in everything; None where there are none."""
    arrays = read_arrays(key, folder)
    return _unpack(arrays) if arrays is not None else None


def write_reading(key: str, reading: ReadResult, folder: Path) -> bool:
    """Keep roads under a key; whether that was possible, as `write_arrays`."""
    return write_arrays(key, _pack(reading), folder)


def _digest(key: str, content: bytes) -> bytes:
    digest = sha256(key.encode())
    digest.update(content)
    return f"{digest.hexdigest()}\n".encode()


def _prune(folder: Path, now: float) -> None:
    """Delete the copies used longest ago, and what runs that were stopped a day before `now` left
    half-written.
    """
    kept = []
    for path in folder.iterdir():
        with suppress(OSError):  # another run may have deleted it
            used = path.stat().st_mtime
            if path.suffix == _ENDING:
                kept.append((used, path))
            elif path.suffix == _PARTIAL and used < now - 86_400:
                path.unlink()
    for _, path in sorted(kept)[:-KEPT]:
        with suppress(OSError):
            path.unlink()


@cache
def _fingerprint() -> dict[str, str]:
    """The versions of everything that decides how roads come out, and the digest of our own source
    that does.
    """
    root = Path(corridors.__file__).parent
    source = sha256()
    for path in sorted(path for pattern in _CODE for path in root.glob(pattern)):
        source.update(path.read_bytes())
    versions = {name: version(name) for name in ("corridors", *_DEPENDS_ON)}
    return versions | {
        "geos": shapely.geos_version_string,
        "proj": pyproj.proj_version_str,
        "source": source.hexdigest(),
    }


# A reading as arrays: numbers as they are, text as its different values and which of them, shapes
# as corners and counts


def _pack(reading: ReadResult) -> dict[str, Array]:
    table, source = reading
    said = {field.name: getattr(source, field.name) for field in fields(Source)}
    said |= {
        "newest": source.newest.isoformat() if source.newest else None,
        "notes": [note.as_dict() for note in source.notes],
    }
    said |= {name: dict(said[name]) for name in ("rows", "completeness", "numbers")}
    arrays = _pack_texts("source", [json.dumps(said)]) | _pack_texts("index", table.index.tolist())
    for column in ROADS.columns:
        if column.kind == "text":
            codes, values = pd.factorize(table[column.name])
            arrays |= {f"{column.name}.codes": codes.astype(np.int32)} | _pack_texts(
                column.name, values.tolist()
            )
        else:
            arrays[column.name] = table[column.name].to_numpy()
    _, corners, (offsets,) = shapely.to_ragged_array(table.geometry.to_numpy())
    return arrays | {"corners": corners, "offsets": offsets}


def _unpack(arrays: Mapping[str, Array]) -> ReadResult:
    said = json.loads(_unpack_texts(arrays, "source")[0])
    said |= {
        "newest": datetime.fromisoformat(said["newest"]) if said["newest"] else None,
        "notes": tuple(map(Message.from_dict, said["notes"])),
    }
    columns: dict[str, Any] = {}
    for column in ROADS.columns:
        if column.kind == "text":
            columns[column.name] = _unpack_texts(arrays, column.name).take(
                arrays[f"{column.name}.codes"]
            )
        else:
            columns[column.name] = arrays[column.name]
    index = pd.Index(_unpack_texts(arrays, "index"), name=ROADS.index)
    lines = shapely.from_ragged_array(
        shapely.GeometryType.LINESTRING, arrays["corners"], (arrays["offsets"],)
    )
    table = gpd.GeoDataFrame(
        columns, index=index, geometry=gpd.GeoSeries(lines, index=index, crs=CRS), crs=CRS
    )
    return ReadResult(table, replace(Source("roads", "", ""), **said))


def _pack_texts(name: str, texts: list[str]) -> dict[str, Array]:
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return {f"{name}.text": np.frombuffer(b"".join(parts), np.uint8), f"{name}.ends": ends}


def _unpack_texts(arrays: Mapping[str, Array], name: str) -> Any:
    """The texts as pandas holds them: as they lie there where it leaves that to pyarrow, else one
    after the other.
    """
    text, ends = arrays[f"{name}.text"], arrays[f"{name}.ends"]
    if find_spec("pyarrow") is not None:
        import pyarrow as pa  # noqa: PLC0415 - only the extra `parquet` has it

        return pd.array(
            pa.LargeStringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(text)),
            dtype="str",
        )
    whole = text.tobytes()
    return pd.array(
        [
            whole[start:end].decode("utf-8", "surrogatepass")
            for start, end in pairwise(ends.tolist())
        ],
        dtype="str",
    )
