"""The door: which reader a file goes to, what its bytes are, and what became of everything in it."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.inputs.cache import find_folder, make_roads_key, read_reading, write_reading
from corridors.rules import RoadRules
from corridors.situation import ReadResult, Source

if TYPE_CHECKING:
    from corridors.inputs.roads.ways import ParsedRoads


# Readers are imported when a file is theirs: what they bring (osmium, networkx) loads for long, and
# prepared roads need none of it.
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


def read_roads(
    path: str | Path,
    *,
    rules: RoadRules | None = None,
    attribution: str = "",
    cache: bool | Path | None = None,
) -> ReadResult:
    """The roads of a file that a truck may use, as the roads table, and where they are from.

    Parameters
    ----------
    path
        A file whose name ends in .osm.pbf, .osm, .osm.gz, .osm.bz2 (OpenStreetMap), .graphml (saved
        by osmnx), or .gpkg, .geojson, .json, .parquet, .shp, .fgb (lines, in any coordinate
        system).
    rules
        Speeds, which highway classes count, and how long a piece may be; the defaults of
        `RoadRules` where none.
    attribution
        Who must be named wherever the roads are drawn; where nothing is said here, whoever the file
        itself names.
    cache
        Whether to keep what was read, and to take it from there the next time that the same bytes
        are read in the same way: True for the user's cache folder, or a folder. Whatever is said
        here, the same comes back.

    Returns
    -------
    Reading
        `table`: one row a physical piece between junctions, none longer than `rules.max_piece_m`,
        EPSG:4326, contract `corridors.tables.ROADS`. `source`: the SHA-256 of the bytes; `rows`, in
        ways or features, with those left out by reason; `completeness`; the date the data declares;
        notes of everything repaired or odd.

    Raises
    ------
    InputError
        `missing-file`, `not-a-file`, `unknown-format` (fix: the message names the endings that are
        known), `broken-file`, `changed-while-read`, `no-roads`; and those of `read_osm`,
        `read_lines`, `read_graphml`, which name the rows.

    Examples
    --------
    >>> read_roads("roads.xyz")
    Traceback (most recent call last):
    corridors.errors.InputError: roads.xyz: is not a format of roads that is known [unknown-format]. ...
    """
    path = Path(path)
    rules = rules or RoadRules()
    ending = _check_file(path)
    digest = _hash_files(path)
    folder = find_folder() if cache is True else cache or None
    key = make_roads_key(digest, path.name, rules, attribution) if folder is not None else ""
    if folder is not None and (known := read_reading(key, folder)):
        return known
    try:
        from corridors.inputs.roads.segmentation import build_roads  # noqa: PLC0415 - brings networkx

        found = _READERS[ending](path, rules)
        roads = build_roads(found.pieces, rules, found.rows, found.corners)
    except InputError as error:
        raise type(error)(problem.within(path.name) for problem in error.problems) from error
    if _hash_files(path) != digest:
        raise InputError(
            Problem(
                "changed-while-read",
                "the file was changed while it was read",
                "read it again",
                path.name,
            )
        )
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
    """The ending by which the file is read, if it is a plain file of a known format."""
    ending = max(
        (ending for ending in _READERS if path.name.lower().endswith(ending)), key=len, default=""
    )
    if not ending:
        hint = f"give a file whose name ends in {', '.join(_READERS)}"
        raise InputError(
            Problem("unknown-format", "is not a format of roads that is known", hint, path.name)
        )
    try:
        mode = path.stat().st_mode
    except OSError as error:
        hint = "check the name, and that the file lies where the mission says"
        raise InputError(
            Problem("missing-file", f"the file cannot be found ({error.strerror})", hint, path.name)
        ) from error
    if not stat.S_ISREG(mode):
        raise InputError(
            Problem(
                "not-a-file",
                "is a folder or a device, not a plain file",
                "give a plain file",
                path.name,
            )
        )
    if ending == ".shp" and (
        lacking := [part for part in (".dbf", ".shx") if not _has_part(path, part)]
    ):
        hint = "copy all files of the shapefile together"
        raise InputError(
            Problem(
                "missing-file",
                f"the shapefile lacks its {' and '.join(lacking)} file",
                hint,
                path.name,
            )
        )
    return ending


def _has_part(path: Path, ending: str) -> bool:
    return any(
        other.suffix.lower() == ending for other in path.parent.glob(f"{escape(path.stem)}.*")
    )


def _hash_files(path: Path) -> str:
    """SHA-256 of the bytes of the file; of a shapefile, of all its parts in the order of their
    names.
    """
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = sorted(
            other for other in path.parent.glob(f"{escape(path.stem)}.*") if other.is_file()
        )
    digest = hashlib.sha256()
    try:
        for part in parts:
            with part.open("rb") as stream:
                while chunk := stream.read(1 << 20):
                    digest.update(chunk)
    except OSError as error:
        raise InputError(
            Problem(
                "missing-file",
                f"the file cannot be read ({error.strerror})",
                "check its permissions",
                path.name,
            )
        ) from error
    return digest.hexdigest()
