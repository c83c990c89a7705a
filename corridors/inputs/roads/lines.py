"""Tables of lines (.gpkg .geojson .json .parquet .shp .fgb), with or without node columns, in any
coordinate system.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import pyproj
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.crs import to_wgs84
from corridors.geodesy.measures import GEOD
from corridors.inputs.roads.account import Account
from corridors.inputs.roads.streets import (
    OWN_IDS,
    WAY_IDS,
    merge_edges,
    name_columns,
    number_nodes,
    orient_lines,
    smallest,
    to_texts,
)
from corridors.inputs.roads.tags import KEYS
from corridors.inputs.roads.ways import OSM_ATTRIBUTION, ParsedRoads
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.tables import Ints

NODE_COLUMNS = (("from_node", "to_node"), ("from", "to"), ("u", "v"), ("a_node", "b_node"))
LAYERS = ("roads", "edges", "segments")
"""Which layer is read where a file has several of lines."""


_METRES_PER_DEGREE = 110_574.0  # the shortest degree of latitude there is
_NUMBERS = re.compile("max(speed|weight|height|gcweight)|layer")
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_GEOFABRIK = {
    "oneway": {"B": "both", "F": "forward", "T": "backward"},
    "bridge": {"T": "yes", "F": "no"},
    "tunnel": {"T": "yes", "F": "no"},
    "maxspeed": {"0": ""},
}
"""The codes of Geofabrik's shapefiles, known by their column fclass."""


_OPEN = {
    "status": {"", "passable", "open", "yes"},
    "closed": {"", "no", "false", "0"},
    "passable": {"", "yes", "true", "1"},
}
"""What a column of the state of roads may say where nothing is closed."""


class _Read(NamedTuple):
    frame: gpd.GeoDataFrame
    notes: tuple[Message, ...]


def read_lines(path: Path, rules: RoadRules) -> ParsedRoads:
    """The pieces of road in a table of lines.

    Columns are known by our own names (`corridors.tables.ROADS`), else by OpenStreetMap's words, in
    any case; a GDAL column other_tags is read too. Where both columns of a pair of node columns are
    there (from_node and to_node, u and v, from and to, a_node and b_node), nodes are theirs and
    lines may be drawn either way; else ends of lines within `rules.join_ends_m` are one node. Lines
    that only cross do not join.

    Raises
    ------
    InputError
        All problems of the file at once: `bad-geometry`, `missing-node`, `bad-number`,
        `bad-oneway`, `duplicate-id` (a row each: mend that value), `status-not-read` (fix: give
        closures as incidents or zones), `node-in-two-places`, `unknown-crs`, `bad-coordinates`,
        `no-lines`, `many-layers` (fix: leave one layer of lines, or name it roads),
        `missing-package` (fix: pip install corridors[parquet]), `broken-file`.
    """
    frame, notes = _read_frame(path)
    by_name = {column.casefold(): column for column in reversed(list(frame.columns))}
    pair = next(
        ((by_name[a], by_name[b]) for a, b in NODE_COLUMNS if a in by_name and b in by_name), None
    )
    problems = [
        *_geometry_problems(frame, one_part=pair is not None),
        *(_node_problems(frame, pair) if pair else ()),
    ]
    ways, account, tag_problems = _read_rows(frame, rules)
    rows = account.rows
    problems += _state_problems(frame, by_name)
    notes = (*notes, *_note_unread(frame, pair))
    if problems := problems + tag_problems:
        raise InputError(sorted(problems, key=lambda problem: (problem.row or 0, problem.code)))
    ways["geometry"] = (
        _to_degrees(frame, path.name)[ways["row"].to_numpy() - 1] if len(ways) else []
    )
    ways["way_id"] = _texts(frame, WAY_IDS, by_name)[ways["row"].to_numpy(dtype=np.int64) - 1]
    ways["way_id"] = ways["way_id"].map(smallest)
    ways["own_id"] = _texts(frame, OWN_IDS, by_name)[ways["row"].to_numpy(dtype=np.int64) - 1]
    if ways.empty:
        return ParsedRoads(
            ways.assign(segment_id="", from_node=0, to_node=0), rows, notes, attribution=""
        )
    ways = _explode(ways)
    lines = ways["geometry"].to_numpy(dtype=object)
    if pair:
        at = ways["row"].to_numpy() - 1
        start, end = (nodes[at] for nodes in _read_nodes(frame, pair))
        lines = orient_lines(
            start, end, lines, ways["row"].to_numpy(), ways["oneway"].to_numpy(dtype=object)
        )
    else:
        start, end = _join_ends(lines, rules.join_ends_m)
        notes = (
            *notes,
            *_missing_junctions(lines, start, end, rules.join_ends_m),
            *_swallowed(lines, start, end),
        )
    if (ways["own_id"] == "").any():
        ways["own_id"] = ""
        notes = (*notes, Message("note.road_ids_made"))
    merged = merge_edges(
        ways.assign(from_node=start, to_node=end, geometry=lines, has_nodes=pair is not None),
        directed=False,
    )
    rows.update(
        {"kept": -merged.duplicates, "duplicate": merged.duplicates} if merged.duplicates else {}
    )
    credit = _read_credit(path) or (
        OSM_ATTRIBUTION if any(name in by_name for name in (*WAY_IDS[:3], "other_tags")) else ""
    )
    return ParsedRoads(
        merged.pieces,
        {key: rows[key] for key in sorted(rows)},
        (*notes, *merged.notes, *account.describe()),
        attribution=credit,
    )


def _read_frame(path: Path) -> _Read:
    """The table as it is in the file, its rows numbered from 0, with what the library had to say
    about it.
    """
    hint = "save the file again from the program that made it"
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            if path.suffix.lower() == ".parquet":
                frame = gpd.read_parquet(path)
            else:
                frame = gpd.read_file(path, engine="pyogrio", layer=_pick_layer(path))
        except ImportError as error:
            raise InputError(
                Problem(
                    "missing-package",
                    "reading .parquet needs the package pyarrow",
                    "pip install corridors[parquet]",
                    path.name,
                )
            ) from error
        except shapely.errors.GEOSException as error:
            message = f"a line cannot be read: {str(error).strip()}"
            raise InputError(
                Problem(
                    "bad-geometry",
                    message,
                    "find the line in QGIS (Check validity), and draw it again",
                    path.name,
                )
            ) from error
        except (
            pyogrio.errors.DataSourceError,
            pyogrio.errors.DataLayerError,
            ValueError,
            OSError,
            RuntimeError,
        ) as error:
            raise InputError(
                Problem(
                    "broken-file",
                    f"the file cannot be read: {error}".replace(str(path), path.name),
                    hint,
                    path.name,
                )
            ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(
            Problem("no-lines", "the file holds no shapes", "give a layer of lines", path.name)
        )
    if any(frame.index.names):
        frame = frame.reset_index()
    return _Read(
        frame.reset_index(drop=True),
        tuple(
            Message("note.library", text=text)
            for text in sorted(
                {str(warning.message).replace(str(path), path.name) for warning in heard}
            )
        ),
    )


def _read_credit(path: Path) -> str:
    """Who a GeoPackage of ours names in the metadata of its layer."""
    if path.suffix.lower() != ".gpkg":
        return ""
    return str(
        (pyogrio.read_info(path, layer=_pick_layer(path))["layer_metadata"] or {}).get(
            "attribution", ""
        )
    )


def _state_problems(frame: gpd.GeoDataFrame, by_name: Mapping[str, str]) -> Iterator[Problem]:
    """A column that says roads are closed is not read as one: refused, never ignored."""
    for name in ("status", "closed", "passable"):
        if name not in by_name:
            continue
        for row, said in enumerate(to_texts(frame[by_name[name]]), 1):
            if said.casefold() not in _OPEN[name]:
                hint = "give closures as incidents or zones, and remove this column"
                yield Problem(
                    "status-not-read",
                    "the state of a road is not read from this file",
                    hint,
                    row=row,
                    field=by_name[name],
                    value=said,
                )


def _note_unread(frame: gpd.GeoDataFrame, pair: tuple[str, str] | None) -> tuple[Message, ...]:
    """The columns that play no part, as a note."""
    columns = [column for column in frame.columns if column != frame.geometry.name]
    read = {column for held in name_columns(columns).values() for column in held} | set(pair or ())
    known = {
        *WAY_IDS,
        *OWN_IDS,
        "key",
        "length",
        "length_m",
        "reversed",
        "geometry",
        "other_tags",
        "fclass",
    }
    unread = [column for column in columns if column not in read and column.casefold() not in known]
    return (Message("note.columns_unread", names=", ".join(unread)),) if unread else ()


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
    if not lines:
        raise InputError(
            Problem(
                "no-lines",
                "the file has no layer of lines",
                "give a layer of lines",
                path.name,
                value=", ".join(layers),
            )
        )
    hint = "leave one layer of lines in the file, or name it roads"
    raise InputError(
        Problem(
            "many-layers",
            "the file has several layers of lines",
            hint,
            path.name,
            value=", ".join(lines),
        )
    )


def _geometry_problems(frame: gpd.GeoDataFrame, *, one_part: bool) -> Iterator[Problem]:
    shapes = frame.geometry.to_numpy()
    coords, owner = shapely.get_coordinates(shapes, return_index=True)
    infinite = np.isin(np.arange(len(shapes)), owner[~np.isfinite(coords).all(axis=1)])
    kinds = shapely.get_type_id(shapes)
    in_parts = one_part & (kinds == 5) & (shapely.get_num_geometries(shapes) > 1)
    faults = (
        (shapely.is_missing(shapes) | shapely.is_empty(shapes), "the feature has no shape"),
        (~np.isin(kinds, (1, 5)), "the feature is not a line"),
        (infinite, "a coordinate is not a number"),
        (in_parts, "the line is in several parts, but names only two nodes"),
    )
    found: dict[int, str] = {}
    for bad, message in faults:
        found = {int(row): message for row in np.flatnonzero(bad)} | found
    for row, message in sorted(found.items()):
        yield Problem(
            "bad-geometry",
            message,
            "correct or delete the feature, or split it into its parts",
            row=row + 1,
            field="geometry",
        )


def _node_problems(frame: gpd.GeoDataFrame, pair: tuple[str, str]) -> Iterator[Problem]:
    for name in pair:
        if frame[name].dtype == np.int64:
            continue
        for row in np.flatnonzero(to_texts(frame[name]) == "").tolist():
            yield Problem(
                "missing-node",
                "the line does not say its node",
                "fill it in, or leave both node columns out",
                row=row + 1,
                field=name,
            )


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
) -> tuple[pd.DataFrame, Account, list[Problem]]:
    """A `Way` for each feature that a truck may use, with its row; the account of all features;
    numbers and directions not understood.
    """
    account, problems, kept = Account(rules.speed_kph), [], []
    for row, tags in enumerate(_row_tags(frame), 1):
        way = account.add(tags)
        if way is None:
            continue
        kept.append(row)
        for key, value in way.oddities:
            if _NUMBERS.match(key):
                message, hint = (
                    "cannot be read as a number with a known unit",
                    "correct it, or leave it empty",
                )
                problems.append(
                    Problem("bad-number", message, hint, row=row, field=key, value=value)
                )
            elif key.startswith("oneway"):
                hint = "write both, forward or backward"
                problems.append(
                    Problem(
                        "bad-oneway", "is not a direction", hint, row=row, field=key, value=value
                    )
                )
    return account.build_frame().assign(row=np.array(kept, dtype=np.int64)), account, problems


def _row_tags(frame: gpd.GeoDataFrame) -> Iterator[dict[str, str]]:
    """The tags of each feature, from its columns."""
    columns = name_columns(frame.columns.drop(frame.geometry.name))
    geofabrik = any(column.casefold() == "fclass" for column in frame.columns)
    texts: dict[str, list[str]] = {}
    for key, names in columns.items():
        codes = _GEOFABRIK.get(key, {}) if geofabrik else {}
        held = [[codes.get(text, text) for text in to_texts(frame[name])] for name in names]
        texts[key] = (
            held[0]
            if len(held) == 1
            else [";".join(filter(None, parts)) for parts in zip(*held, strict=True)]
        )
    others = to_texts(frame["other_tags"]).tolist() if "other_tags" in frame else [""] * len(frame)
    for values, other in zip(
        zip(*texts.values(), strict=True) if texts else [()] * len(frame), others, strict=True
    ):
        tags = {key: value for key, value in zip(texts, values, strict=True) if value}
        yield (
            {key: value.replace('\\"', '"') for key, value in _HSTORE.findall(other) if key in KEYS}
            | tags
            if other
            else tags
        )


def _to_degrees(frame: gpd.GeoDataFrame, file: str) -> npt.NDArray[np.object_]:
    flat = gpd.GeoSeries(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
    try:
        return to_wgs84(flat, frame.crs, file).to_numpy()
    except pyproj.exceptions.ProjError as error:
        raise InputError(
            Problem(
                "unknown-crs",
                f"the coordinate system cannot be used: {error}",
                "save the file again with an EPSG code",
                file,
            )
        ) from error


def _texts(
    frame: gpd.GeoDataFrame, names: tuple[str, ...], by_name: dict[str, str]
) -> npt.NDArray[np.object_]:
    """The first of several columns that is there, as text."""
    name = next((by_name[name] for name in names if name in by_name), None)
    if name is None:
        return np.full(len(frame), "", dtype=object)
    return to_texts(frame[name])


def _explode(ways: pd.DataFrame) -> pd.DataFrame:
    """Lines of several parts as one row a part, ids with "#2", "#3" ... from the second on."""
    parts, owner = shapely.get_parts(ways["geometry"].to_numpy(dtype=object), return_index=True)
    ways = ways.iloc[owner].reset_index(drop=True)
    ways["geometry"] = parts
    number = ways.groupby("row").cumcount() + 1
    ways["own_id"] = ways["own_id"].where(
        (number == 1) | (ways["own_id"] == ""), ways["own_id"] + "#" + number.astype("str")
    )
    return ways


def _join_ends(lines: npt.NDArray[np.object_], join_m: float) -> tuple[Ints, Ints]:
    """A node for each end of each line: ends within `join_m` of each other are one, numbered by its
    smallest position.
    """
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)])
    packed = _pack(ends)
    node, at, which = np.unique(packed, return_index=True, return_inverse=True)
    lon, lat = ends[at].T
    pad = join_m / _METRES_PER_DEGREE * 1.01
    pad_lon = pad / np.maximum(np.cos(np.radians(np.minimum(np.abs(lat) + pad, 90.0))), 1e-9)
    tree = shapely.STRtree(shapely.points(lon, lat))
    pairs = [
        tree.query(
            shapely.box(lon - pad_lon + turn, lat - pad, lon + pad_lon + turn, lat + pad),
            "intersects",
        )
        for turn in (-360.0, 0.0, 360.0)
    ]
    one, other = np.concatenate(pairs, axis=1)
    one, other = one[one < other], other[one < other]
    near = GEOD.inv(lon[one], lat[one], lon[other], lat[other])[2] <= join_m
    joined: nx.Graph[int] = nx.Graph(zip(one[near].tolist(), other[near].tolist(), strict=True))
    for group in nx.connected_components(joined):
        node[list(group)] = node[list(group)].max()
    return node[which[: len(lines)]], node[which[len(lines) :]]


def _pack(ends: npt.NDArray[np.float64]) -> Ints:
    """A negative whole number for each position, by whole 1e-7 degrees: longitude in the upper
    bits, latitude in the lower 31.
    """
    lon, lat = np.rint((ends + np.array([180.0, 90.0])) * 1e7).astype(np.int64).T
    return -1 - ((lon % 3_600_000_000) << 31 | lat)


def _swallowed(lines: npt.NDArray[np.object_], start: Ints, end: Ints) -> list[Message]:
    """A note where a line that is no ring has become one: roads go on past it, whatever closes it."""
    count = int(((start == end) & ~shapely.is_closed(lines)).sum())
    return [Message("note.lines_swallowed", n=count)] * bool(count)


def _missing_junctions(
    lines: npt.NDArray[np.object_], start: Ints, end: Ints, join_m: float
) -> list[Message]:
    """A note where ends of lines lie on other lines without a node there: a junction is likely
    missing.
    """
    points = np.concatenate([shapely.get_point(lines, at) for at in (0, -1)])
    node, at = np.unique(np.concatenate([start, end]), return_index=True)
    point, line = shapely.STRtree(lines).query(
        points[at], "dwithin", distance=max(join_m, 0.001) / _METRES_PER_DEGREE
    )
    count = len(np.unique(point[(start[line] != node[point]) & (end[line] != node[point])]))
    return [Message("note.junctions_missing", n=count)] * bool(count)
