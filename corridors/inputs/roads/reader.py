"""Roads from a file: choose its reader, hash its bytes, and build the roads table."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.inputs.cache import find_folder, make_roads_key, read_reading, write_reading
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.situation import ReadResult, Source

if TYPE_CHECKING:
    from corridors.inputs.roads.ways import ParsedRoads


# Readers are imported when needed: osmium and networkx load slowly, and cached roads need neither.
def _read_osm(path: Path, rules: RoadRules) -> ParsedRoads:
    from corridors.inputs.roads.osm import read_osm  # noqa: PLC0415

    return read_osm(path, rules)


def _read_graphml(path: Path, rules: RoadRules) -> ParsedRoads:
    from corridors.inputs.roads.graphs import read_graphml  # noqa: PLC0415

    return read_graphml(path, rules)


def _read_lines(path: Path, rules: RoadRules) -> ParsedRoads:
    from corridors.inputs.roads.lines import read_lines  # noqa: PLC0415

    return read_lines(path, rules)


_READERS: dict[str, Callable[[Path, RoadRules], ParsedRoads]] = {
    **dict.fromkeys((".osm.pbf", ".osm", ".osm.gz", ".osm.bz2"), _read_osm),
    ".graphml": _read_graphml,
    **dict.fromkeys((".gpkg", ".geojson", ".json", ".parquet", ".shp", ".fgb"), _read_lines),
}


_SHP_PARTS = {".dbf", ".shx"}
"""A shapefile without these cannot be read."""


def read_roads(
    path: str | Path,
    *,
    rules: RoadRules | None = None,
    attribution: str = "",
    cache: bool | Path | None = None,
) -> ReadResult:
    """The roads of a file that a truck may use, as the roads table, with their source.

    Parameters
    ----------
    path
        A file whose name ends in .osm.pbf, .osm, .osm.gz, .osm.bz2 (OpenStreetMap), .graphml (saved
        by osmnx), or .gpkg, .geojson, .json, .parquet, .shp, .fgb (lines, in any coordinate
        system).
    rules
        Speeds, highway classes that count, and the maximum length of a segment; the defaults of
        `RoadRules` if None.
    attribution
        Who must be credited wherever the roads are drawn; if empty, whoever the file names.
    cache
        Whether to store the result, and to reuse it when the same bytes are read with the same
        rules: True for the user's cache folder, or a folder. The result is the same in any case.

    Returns
    -------
    ReadResult
        `table`: one row per physical segment between junctions, none longer than
        `rules.max_piece_m`, EPSG:4326, with the columns of `corridors.tables.ROADS`. `source`: the
        SHA-256 of the bytes; `rows`, in ways or features, with those excluded by reason;
        `completeness`; the date that the data declares; notes of repairs and oddities.

    Raises
    ------
    InputError
        `missing-file`, `not-a-file`, `unknown-format` (Fix: use one of the endings in the hint),
        `broken-file`, `changed-while-read`, `no-roads`; and those of `read_osm`, `read_lines`,
        `read_graphml`, which name the rows.

    Examples
    --------
    >>> read_roads("roads.xyz")
    Traceback (most recent call last):
    corridors.errors.InputError: roads.xyz: is not in a known format of roads [unknown-format]. ...
    """
    path = Path(path)
    rules = rules or RoadRules()
    ending = _check_file(path)
    digest = _hash_files(path)
    folder = find_folder() if cache is True else cache or None
    key = make_roads_key(digest, path.name, rules, attribution) if folder is not None else ""
    if folder is not None and (cached := read_reading(key, folder)):
        return cached
    try:
        # it brings networkx
        from corridors.inputs.roads.segmentation import build_roads  # noqa: PLC0415

        found = _READERS[ending](path, rules)
        roads = build_roads(found.segments, rules, found.rows, found.vertices)
    except InputError as error:
        raise type(error)(problem.within(path.name) for problem in error.problems) from error
    if _hash_files(path) != digest:
        message, hint = Message("problem.road_file_changed"), Message("hint.read_roads_again")
        raise InputError(Problem("changed-while-read", message, hint, path.name))
    source = Source(
        role="roads",
        name=path.name,
        format=ending.removeprefix("."),
        sha256=digest,
        rows=found.rows,
        newest=found.newest,
        attribution=attribution or found.attribution,
        completeness=roads.completeness,
        notes=(*found.notes, *roads.notes),
    )
    reading = ReadResult(roads.table, source)
    if folder is not None:
        write_reading(key, reading, folder)
    return reading


def _check_file(path: Path) -> str:
    """The ending that chooses the reader, if this is a plain file of a known format."""
    endings = [ending for ending in _READERS if path.name.lower().endswith(ending)]
    if not endings:
        message = Message("problem.unknown_road_format")
        hint = Message("hint.give_road_file", endings=tuple(_READERS))
        raise InputError(Problem("unknown-format", message, hint, path.name))
    try:
        mode = path.stat().st_mode
    except OSError as error:
        message = Message("problem.road_file_missing", text=error.strerror)
        hint = Message("hint.check_road_file_name")
        raise InputError(Problem("missing-file", message, hint, path.name)) from error
    if not stat.S_ISREG(mode):
        message, hint = (
            Message("problem.road_path_not_a_file"),
            Message("hint.give_plain_road_file"),
        )
        raise InputError(Problem("not-a-file", message, hint, path.name))
    ending = max(endings, key=len)
    found = [part.suffix.lower() for part in _list_parts(path)] if ending == ".shp" else _SHP_PARTS
    if missing := _SHP_PARTS.difference(found):
        message = Message("problem.shapefile_incomplete", names=tuple(sorted(missing)))
        hint = Message("hint.copy_shapefile")
        raise InputError(Problem("missing-file", message, hint, path.name))
    return ending


def _list_parts(path: Path) -> list[Path]:
    """The files of the same name with any ending, such as the parts of a shapefile."""
    return sorted(path.parent.glob(f"{escape(path.stem)}.*"))


def _hash_files(path: Path) -> str:
    """SHA-256 of the bytes of the file; of a shapefile, of all its parts in order of name."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = [part for part in _list_parts(path) if part.is_file()]
    digest = hashlib.sha256()
    try:
        for part in parts:
            with part.open("rb") as stream:
                while chunk := stream.read(1 << 20):
                    digest.update(chunk)
    except OSError as error:
        message = Message("problem.road_file_not_opened", text=error.strerror)
        hint = Message("hint.check_road_file_permissions")
        raise InputError(Problem("missing-file", message, hint, path.name)) from error
    return digest.hexdigest()
