"""Prepared copies: slow results, kept in the user's cache folder as plain arrays.

    read_reading   write_reading    the roads of a file
    read_arrays    write_arrays     any named arrays

A copy is found by its key, which contains everything that it depends on (`make_key`). It is used
only where the digest before it is that of the key and of its bytes; otherwise the result is
computed again. A copy changes the time that a run takes, never its result. It is no defence against
someone who can write into the user's own folder.

Copies are written under another name and then renamed, so that a reader finds a whole one or none,
however many runs there are and whenever they stop. Where a copy cannot be kept, the run continues
without it.
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
from dataclasses import fields
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

FORMAT = "corridors prepared 3"
"""Changes whenever older copies cannot be read any more."""
MAX_COPIES = 16
"""The most copies in a folder; the least recently used are deleted first."""
VARIABLE = "CORRIDORS_CACHE"
"""The environment variable with another folder than the user's cache folder."""

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
"""The source that decides the roads: other code makes other copies, whatever its version."""

Array = npt.NDArray[Any]

_log = logging.getLogger(__name__)


def find_folder() -> Path:
    """The folder of prepared copies: that of `CORRIDORS_CACHE`, else the user's cache folder.

    It may not exist yet.
    """
    return Path(os.environ.get(VARIABLE) or platformdirs.user_cache_path("corridors"))


def make_key(*parts: Any) -> str:
    """A key of 64 hexadecimal digits for parts that JSON can hold.

    >>> make_key("roads", {"a": 1, "b": 2}) == make_key("roads", {"b": 2, "a": 1})
    True
    """
    return sha256(json.dumps([FORMAT, *parts], sort_keys=True).encode()).hexdigest()


def read_arrays(key: str, folder: Path) -> dict[str, Array] | None:
    """The arrays kept under a key; None where there are none, or they were altered."""
    try:
        with (folder / f"{key}{_ENDING}").open("rb") as stream:
            head, digest, content = stream.readline(), stream.readline(), stream.read()
            if head != f"{FORMAT}\n".encode() or digest != _digest(key, content):
                return None
            with np.load(io.BytesIO(content), allow_pickle=False) as members:
                arrays = dict(members)
            with suppress(OSError):
                os.utime(stream.fileno() if os.utime in os.supports_fd else stream.name)
            return arrays
    except (OSError, ValueError):
        return None


def write_arrays(key: str, arrays: Mapping[str, Array], folder: Path) -> bool:
    """Keep arrays of numbers under a key, for `read_arrays`; returns whether that was possible.

    Where it was not, for lack of permission or of space, the log `corridors.inputs.cache` has a
    warning (on stderr by default). The least recently used copies are deleted, so that `MAX_COPIES`
    remain.

    Raises
    ------
    ValueError
        An array holds Python objects. Fix: convert it to numbers.
    """
    packed = io.BytesIO()
    # as numpy.savez, but without the time of writing and for any name
    with zipfile.ZipFile(packed, "w") as members:
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
        text = error.strerror or str(error)
        _log.warning("%s", Message("usage.no_cache", folder=str(folder), text=text))
        if partial is not None:
            with suppress(OSError):
                partial.unlink()
        return False
    return True


def make_roads_key(digest: str, name: str, rules: RoadRules, attribution: str) -> str:
    """The key of the roads of a file: its SHA-256, name and rules, our code and the libraries."""
    values = {field.name: getattr(rules, field.name) for field in fields(rules)}
    tables = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in values.items()
    }
    return make_key("roads", digest, name, tables, attribution, _fingerprint())


def read_reading(key: str, folder: Path) -> ReadResult | None:
    """The roads kept under a key, equal to those written; None where there are none."""
    arrays = read_arrays(key, folder)
    return _unpack(arrays) if arrays is not None else None


def write_reading(key: str, reading: ReadResult, folder: Path) -> bool:
    """Keep roads under a key; returns whether that was possible, as `write_arrays`."""
    return write_arrays(key, _pack(reading), folder)


def _digest(key: str, content: bytes) -> bytes:
    digest = sha256(key.encode())
    digest.update(content)
    return f"{digest.hexdigest()}\n".encode()


def _prune(folder: Path, now: float) -> None:
    """Delete the least recently used copies, and partial ones older than a day before `now`."""
    kept = []
    for path in folder.iterdir():
        with suppress(OSError):  # another run may have deleted it
            used = path.stat().st_mtime
            if path.suffix == _ENDING:
                kept.append((used, path))
            elif path.suffix == _PARTIAL and used < now - 86_400:
                path.unlink()
    for _, path in sorted(kept)[:-MAX_COPIES]:
        with suppress(OSError):
            path.unlink()


@cache
def _fingerprint() -> dict[str, str]:
    """The versions of all libraries that decide the roads, and the digest of our own code."""
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


# Roads as arrays: numbers as they are, text as unique values and codes, lines as vertices and
# offsets


def _pack(reading: ReadResult) -> dict[str, Array]:
    table, source = reading
    values = {field.name: getattr(source, field.name) for field in fields(Source)}
    values |= {
        "newest": source.newest.isoformat() if source.newest else None,
        "notes": [note.as_dict() for note in source.notes],
    }
    values |= {name: dict(values[name]) for name in ("rows", "completeness", "numbers")}
    arrays = _pack_texts("source", [json.dumps(values)])
    arrays |= _pack_texts("index", table.index.tolist())
    for column in ROADS.columns:
        name = column.name
        if column.kind == "text":
            codes, texts = pd.factorize(table[name])
            arrays[f"{name}.codes"] = codes.astype(np.int32)
            arrays |= _pack_texts(name, texts.tolist())
        else:
            arrays[name] = table[name].to_numpy()
    _, vertices, (offsets,) = shapely.to_ragged_array(table.geometry.to_numpy())
    return arrays | {"vertices": vertices, "offsets": offsets}


def _unpack(arrays: Mapping[str, Array]) -> ReadResult:
    values = json.loads(_unpack_texts(arrays, "source")[0])
    values |= {
        "newest": datetime.fromisoformat(values["newest"]) if values["newest"] else None,
        "notes": tuple(map(Message.from_dict, values["notes"])),
    }
    columns: dict[str, Any] = {}
    for column in ROADS.columns:
        name = column.name
        columns[name] = (
            _unpack_texts(arrays, name).take(arrays[f"{name}.codes"])
            if column.kind == "text"
            else arrays[name]
        )
    index = pd.Index(_unpack_texts(arrays, "index"), name=ROADS.index)
    lines = shapely.from_ragged_array(
        shapely.GeometryType.LINESTRING, arrays["vertices"], (arrays["offsets"],)
    )
    table = gpd.GeoDataFrame(
        columns, index=index, geometry=gpd.GeoSeries(lines, index=index, crs=CRS), crs=CRS
    )
    return ReadResult(table, Source(**values))


def _pack_texts(name: str, texts: list[str]) -> dict[str, Array]:
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return {f"{name}.text": np.frombuffer(b"".join(parts), np.uint8), f"{name}.ends": ends}


def _unpack_texts(arrays: Mapping[str, Array], name: str) -> Any:
    """The texts as pandas holds them: without copying them where pyarrow is installed."""
    text, ends = arrays[f"{name}.text"], arrays[f"{name}.ends"]
    if find_spec("pyarrow") is not None:
        import pyarrow as pa  # noqa: PLC0415 - only the extra `parquet` has it

        return pd.array(
            pa.LargeStringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(text)),
            dtype="str",
        )
    whole = text.tobytes()
    spans = pairwise(ends.tolist())
    texts = [whole[start:end].decode("utf-8", "surrogatepass") for start, end in spans]
    return pd.array(texts, dtype="str")
