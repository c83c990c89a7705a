"""Line tables (.gpkg .geojson .json .parquet .shp .fgb) in any CRS, some with node columns."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.crs import to_wgs84
from corridors.geodesy.measures import GEOD
from corridors.inputs.roads.streets import (
    OWN_IDS,
    WAY_IDS,
    Lines,
    merge_edges,
    name_columns,
    number_nodes,
    orient_lines,
    smallest,
    to_texts,
)
from corridors.inputs.roads.tag_reader import TagReader
from corridors.inputs.roads.tags import KEYS, split_names
from corridors.inputs.roads.ways import OSM_ATTRIBUTION, ParsedRoads
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.tables import Floats, Ints

NODE_COLUMNS = (("from_node", "to_node"), ("from", "to"), ("u", "v"), ("a_node", "b_node"))
LAYERS = ("roads", "edges", "segments")
"""The layer that is read where a file has several layers of lines."""

_METRES_PER_DEGREE = 110_574.0
"""The shortest degree of latitude."""
_NUMBERS = re.compile("max(speed|weight|height|gcweight)|layer")
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_GEOFABRIK = {
    "oneway": {"B": "both", "F": "forward", "T": "backward"},
    "bridge": {"T": "yes", "F": "no"},
    "tunnel": {"T": "yes", "F": "no"},
    "maxspeed": {"0": ""},
}
"""The codes of Geofabrik's shapefiles, which have a column fclass."""
_OPEN = {
    "status": {"", "passable", "open", "yes"},
    "closed": {"", "no", "false", "0"},
    "passable": {"", "yes", "true", "1"},
}
"""Values of the status columns that close no road."""
_GIVE_LINES = Message("hint.give_line_layer")


_EXPECTED = {*WAY_IDS, *OWN_IDS} | set(
    split_names("key,length,length_m,reversed,geometry,other_tags,fclass")
)
"""Columns that are used elsewhere, or whose loss does not matter."""
_UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    ValueError,
    OSError,
    RuntimeError,
)


class _Read(NamedTuple):
    frame: gpd.GeoDataFrame
    notes: tuple[Message, ...]


def read_lines(path: Path, rules: RoadRules) -> ParsedRoads:
    """The road segments in a line table.

    Columns are recognised by our own names (`corridors.tables.ROADS`), else by OpenStreetMap's
    keys, in any case; a GDAL column other_tags is read too. Where both columns of a pair of node
    columns are there (from_node and to_node, u and v, from and to, a_node and b_node), they name
    the nodes, and lines may be drawn in either direction; else ends of lines within
    `rules.join_ends_m` are one node. Lines that only cross do not join.

    Raises
    ------
    InputError
        All problems of the file at once: `bad-geometry`, `missing-node`, `bad-number`,
        `bad-oneway`, `duplicate-id` (one per row. Fix: correct that value), `status-not-read` (Fix:
        give closures as incidents or zones), `node-in-two-places`, `unknown-crs`,
        `bad-coordinates`, `no-lines`, `many-layers` (Fix: leave one layer of lines, or name it
        roads), `missing-package` (Fix: pip install corridors[parquet]), `broken-file`.
    """
    frame, notes = _read_frame(path)
    by_name = {column.casefold(): column for column in reversed(list(frame.columns))}
    pair = next(
        ((by_name[a], by_name[b]) for a, b in NODE_COLUMNS if a in by_name and b in by_name), None
    )
    ways, reader, tag_problems = _read_rows(frame, rules)
    problems = [
        *_find_geometry_problems(frame, one_part=pair is not None),
        *(_find_node_problems(frame, pair) if pair else ()),
        *_find_status_problems(frame, by_name),
        *tag_problems,
    ]
    if problems:
        raise InputError(sorted(problems, key=lambda problem: (problem.row or 0, problem.code)))
    notes = (*notes, *_note_unread(frame, pair))
    at = ways["row"].to_numpy(dtype=np.int64) - 1
    ways["geometry"] = _to_degrees(frame, path.name)[at] if len(ways) else []
    ways["way_id"] = _find_texts(frame, WAY_IDS, by_name)[at]
    ways["way_id"] = ways["way_id"].map(smallest)
    ways["own_id"] = _find_texts(frame, OWN_IDS, by_name)[at]
    if ways.empty:
        segments = ways.assign(segment_id="", from_node=0, to_node=0)
        return ParsedRoads(segments, reader.rows, notes, attribution="")
    ways = _explode(ways)
    if pair:
        start, end, lines = _connect_by_nodes(ways, *_read_nodes(frame, pair))
    else:
        start, end, lines, more = _connect_by_place(ways, rules.join_ends_m)
        notes = (*notes, *more)
    if (ways["own_id"] == "").any():
        ways["own_id"] = ""
        notes = (*notes, Message("note.road_ids_made"))
    merged = merge_edges(
        ways.assign(from_node=start, to_node=end, geometry=lines, has_nodes=pair is not None),
        directed=False,
    )
    is_osm = any(name in by_name for name in (*WAY_IDS[:3], "other_tags"))
    return ParsedRoads(
        merged.segments,
        reader.drop_duplicates(merged.duplicates),
        (*notes, *merged.notes, *reader.build_notes()),
        attribution=_read_credit(path) or (OSM_ATTRIBUTION if is_osm else ""),
    )


def _connect_by_nodes(ways: pd.DataFrame, start: Ints, end: Ints) -> tuple[Ints, Ints, Lines]:
    """The two nodes of each way by the node columns, and its line from the one to the other."""
    row = ways["row"].to_numpy()
    start, end = start[row - 1], end[row - 1]
    lines, oneway = (ways[name].to_numpy(dtype=object) for name in ("geometry", "oneway"))
    return start, end, orient_lines(start, end, lines, row, oneway)


def _connect_by_place(ways: pd.DataFrame, join_m: float) -> tuple[Ints, Ints, Lines, list[Message]]:
    """The two nodes of each way by the places of its ends, its line, and notes of odd places."""
    lines = ways["geometry"].to_numpy(dtype=object)
    start, end = _join_ends(lines, join_m)
    counts = {
        "note.junctions_missing": _count_missing_junctions(lines, start, end, join_m),
        "note.lines_swallowed": int(((start == end) & ~shapely.is_closed(lines)).sum()),
    }
    return start, end, lines, [Message(code, n=n) for code, n in counts.items() if n]


def _refuse(code: str, problem: str, hint: Message, file: str, **facts: str) -> InputError:
    return InputError(Problem(code, Message(problem, **facts), hint, file))


def _read_frame(path: Path) -> _Read:
    """The table as it is in the file, its rows numbered from 0, with the library's warnings."""
    file = path.name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if path.suffix.lower() == ".parquet":
                frame = gpd.read_parquet(path)
            else:
                frame = gpd.read_file(path, engine="pyogrio", layer=_pick_layer(path))
        except ImportError as error:
            hint = Message("hint.install_parquet")
            raise _refuse("missing-package", "problem.parquet_not_installed", hint, file) from error
        except shapely.errors.GEOSException as error:
            hint, text = Message("hint.draw_line_again"), str(error).strip()
            raise _refuse(
                "bad-geometry", "problem.line_unreadable", hint, file, text=text
            ) from error
        except _UNREADABLE as error:
            hint, text = Message("hint.save_roads_again"), str(error).replace(str(path), file)
            raise _refuse(
                "broken-file", "problem.road_file_unreadable", hint, file, text=text
            ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _refuse("no-lines", "problem.road_file_without_shapes", _GIVE_LINES, file)
    if any(frame.index.names):
        frame = frame.reset_index()
    texts = sorted({str(warning.message).replace(str(path), file) for warning in caught})
    return _Read(
        frame.reset_index(drop=True), tuple(Message("note.library", text=text) for text in texts)
    )


def _read_credit(path: Path) -> str:
    """The attribution that a GeoPackage of ours names in the metadata of its layer."""
    if path.suffix.lower() != ".gpkg":
        return ""
    metadata = pyogrio.read_info(path, layer=_pick_layer(path))["layer_metadata"] or {}
    return str(metadata.get("attribution", ""))


def _find_status_problems(frame: gpd.GeoDataFrame, by_name: Mapping[str, str]) -> Iterator[Problem]:
    """Refuse columns that close roads: they are not read, and must not be ignored."""
    message, hint = Message("problem.road_status_not_read"), Message("hint.give_closures")
    for name, open_values in _OPEN.items():
        if name not in by_name:
            continue
        column = by_name[name]
        for row, value in enumerate(to_texts(frame[column]), 1):
            if value.casefold() not in open_values:
                yield Problem("status-not-read", message, hint, row=row, field=column, value=value)


def _note_unread(frame: gpd.GeoDataFrame, pair: tuple[str, str] | None) -> tuple[Message, ...]:
    """A note of the columns that are not used."""
    columns = [column for column in frame.columns if column != frame.geometry.name]
    read = {column for names in name_columns(columns).values() for column in names} | {
        *(pair or ())
    }
    unread = [
        column for column in columns if column not in read and column.casefold() not in _EXPECTED
    ]
    return (Message("note.columns_unread", names=tuple(unread)),) if unread else ()


def _pick_layer(path: Path) -> str:
    layers = {str(name): str(kind) for name, kind in pyogrio.list_layers(path)}
    lines = [
        name
        for name, kind in layers.items()
        if "LineString" in kind or kind.startswith(("Unknown", "GeometryCollection"))
    ]
    named = [name for known in LAYERS for name in lines if name.casefold() == known]
    if len(lines) == 1 or named:
        return (named or lines)[0]
    problem = Problem("no-lines", Message("problem.no_line_layer"), _GIVE_LINES, path.name)
    if lines:
        message, hint = Message("problem.several_line_layers"), Message("hint.leave_one_line_layer")
        problem = Problem("many-layers", message, hint, path.name)
    raise InputError(replace(problem, value=", ".join(lines or layers)))


def _find_geometry_problems(frame: gpd.GeoDataFrame, *, one_part: bool) -> Iterator[Problem]:
    shapes = frame.geometry.to_numpy()
    coords, owner = shapely.get_coordinates(shapes, return_index=True)
    infinite = np.isin(np.arange(len(shapes)), owner[~np.isfinite(coords).all(axis=1)])
    kinds = shapely.get_type_id(shapes)
    in_parts = one_part & (kinds == 5) & (shapely.get_num_geometries(shapes) > 1)
    faults = (
        (in_parts, "problem.line_in_parts"),
        (infinite, "problem.line_coordinate_not_finite"),
        (~np.isin(kinds, (1, 5)), "problem.road_not_a_line"),
        (shapely.is_missing(shapes) | shapely.is_empty(shapes), "problem.line_without_shape"),
    )
    found = {row: code for bad, code in faults for row in np.flatnonzero(bad).tolist()}
    hint = Message("hint.correct_or_split_line")
    for row, code in sorted(found.items()):
        message = Message(code)
        yield Problem("bad-geometry", message, hint, row=row + 1, field="geometry")


def _find_node_problems(frame: gpd.GeoDataFrame, pair: tuple[str, str]) -> Iterator[Problem]:
    message, hint = Message("problem.line_without_node"), Message("hint.fill_in_node")
    for name in pair:
        if frame[name].dtype == np.int64:
            continue
        for row in np.flatnonzero(to_texts(frame[name]) == "").tolist():
            yield Problem("missing-node", message, hint, row=row + 1, field=name)


def _read_nodes(frame: gpd.GeoDataFrame, pair: tuple[str, str]) -> tuple[Ints, Ints]:
    """The two nodes of each row, as numbers."""
    one, other = (frame[name] for name in pair)
    if one.dtype == other.dtype == np.int64:
        return one.to_numpy(), other.to_numpy()
    number = number_nodes([*one, *other])
    start, end = (
        np.array([number[label] for label in labels], dtype=np.int64) for labels in (one, other)
    )
    return start, end


def _read_rows(
    frame: gpd.GeoDataFrame, rules: RoadRules
) -> tuple[pd.DataFrame, TagReader, list[Problem]]:
    """The ways that a truck may use and their rows, the reader, and problems of tags."""
    reader, problems, kept = TagReader(rules.speed_kph), [], []
    number = (
        "bad-number",
        Message("problem.road_number_unreadable"),
        Message("hint.correct_or_empty"),
    )
    oneway = ("bad-oneway", Message("problem.not_a_direction"), Message("hint.write_direction"))
    for row, tags in enumerate(_read_tags(frame), 1):
        way = reader.add(tags)
        if way is None:
            continue
        kept.append(row)
        for key, value in way.invalid:
            if fault := (
                number if _NUMBERS.match(key) else oneway if key.startswith("oneway") else None
            ):
                problems.append(Problem(*fault, row=row, field=key, value=value))
    return reader.build_frame().assign(row=np.array(kept, dtype=np.int64)), reader, problems


def _read_tags(frame: gpd.GeoDataFrame) -> Iterator[dict[str, str]]:
    """The tags of each feature, from its columns."""
    geofabrik = any(column.casefold() == "fclass" for column in frame.columns)
    texts: dict[str, list[str]] = {}
    for key, names in name_columns(frame.columns.drop(frame.geometry.name)).items():
        codes = _GEOFABRIK.get(key, {}) if geofabrik else {}
        values = [[codes.get(text, text) for text in to_texts(frame[name])] for name in names]
        texts[key] = (
            values[0]
            if len(values) == 1
            else [";".join(filter(None, parts)) for parts in zip(*values, strict=True)]
        )
    others = to_texts(frame["other_tags"]).tolist() if "other_tags" in frame else [""] * len(frame)
    rows = zip(*texts.values(), strict=True) if texts else [()] * len(frame)
    for row, other in zip(rows, others, strict=True):
        tags = {key: value for key, value in zip(texts, row, strict=True) if value}
        yield (
            {key: value.replace('\\"', '"') for key, value in _HSTORE.findall(other) if key in KEYS}
            | tags
            if other
            else tags
        )


def _to_degrees(frame: gpd.GeoDataFrame, file: str) -> Lines:
    flat = gpd.GeoSeries(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
    try:
        return to_wgs84(flat, frame.crs, file).to_numpy()
    except pyproj.exceptions.ProjError as error:
        hint = Message("hint.save_with_epsg_code")
        raise _refuse("unknown-crs", "problem.crs_unusable", hint, file, text=str(error)) from error


def _find_texts(frame: gpd.GeoDataFrame, names: tuple[str, ...], by_name: dict[str, str]) -> Lines:
    """The first of several columns that the frame has, as text."""
    name = next((by_name[name] for name in names if name in by_name), None)
    return np.full(len(frame), "", dtype=object) if name is None else to_texts(frame[name])


def _explode(ways: pd.DataFrame) -> pd.DataFrame:
    """Lines of several parts as one row per part, ids with "#2", "#3" ... from the second on."""
    parts, owner = shapely.get_parts(ways["geometry"].to_numpy(dtype=object), return_index=True)
    ways = ways.iloc[owner].reset_index(drop=True)
    ways["geometry"] = parts
    number = ways.groupby("row").cumcount() + 1
    ways["own_id"] = ways["own_id"].where(
        (number == 1) | (ways["own_id"] == ""), ways["own_id"] + "#" + number.astype("str")
    )
    return ways


def _join_ends(lines: Lines, join_m: float) -> tuple[Ints, Ints]:
    """A node for each end of each line.

    Ends within `join_m` of each other are one node, numbered by its smallest position.
    """
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)])
    packed = _pack(ends)
    node, at, which = np.unique(packed, return_index=True, return_inverse=True)
    lon, lat = ends[at].T
    pad = join_m / _METRES_PER_DEGREE * 1.01
    pad_lon = pad / np.maximum(np.cos(np.radians(np.minimum(np.abs(lat) + pad, 90.0))), 1e-9)
    tree = shapely.STRtree(shapely.points(lon, lat))
    boxes = [
        shapely.box(lon - pad_lon + turn, lat - pad, lon + pad_lon + turn, lat + pad)
        for turn in (-360.0, 0.0, 360.0)
    ]
    one, other = np.concatenate([tree.query(box, "intersects") for box in boxes], axis=1)
    one, other = one[one < other], other[one < other]
    near = GEOD.inv(lon[one], lat[one], lon[other], lat[other])[2] <= join_m
    joined: nx.Graph[int] = nx.Graph(zip(one[near].tolist(), other[near].tolist(), strict=True))
    for group in nx.connected_components(joined):
        node[list(group)] = node[list(group)].max()
    return node[which[: len(lines)]], node[which[len(lines) :]]


def _pack(ends: Floats) -> Ints:
    """A negative whole number for each position, in whole 1e-7 degrees.

    Longitude is in the upper bits, latitude in the lower 31.
    """
    lon, lat = np.rint((ends + np.array([180.0, 90.0])) * 1e7).astype(np.int64).T
    return -1 - ((lon % 3_600_000_000) << 31 | lat)


def _count_missing_junctions(lines: Lines, start: Ints, end: Ints, join_m: float) -> int:
    """The number of line ends on another line without a node: a junction is probably missing."""
    points = np.concatenate([shapely.get_point(lines, at) for at in (0, -1)])
    node, at = np.unique(np.concatenate([start, end]), return_index=True)
    point, line = shapely.STRtree(lines).query(
        points[at], "dwithin", distance=max(join_m, 0.001) / _METRES_PER_DEGREE
    )
    return len(np.unique(point[(start[line] != node[point]) & (end[line] != node[point])]))
