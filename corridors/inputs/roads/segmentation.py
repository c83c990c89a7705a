"""Parsed segments made into the roads table: measured, divided, given a speed, checked.

A parsed segment is a row of the roads table without length and speed, its tagged speed in
`stated_kph`. Every reader ends here, whatever its file looks like.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.measures import GEOD
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.tables import ROADS, Floats, Ints, build_table, made_node

STEP_M = 100.0
"""Lines to be divided get points at this spacing: between points they are straight in degrees."""
ENDS = ("from_node", "to_node")
LIMITS = ("max_weight_t", "max_height_m")


class Roads(NamedTuple):
    """The roads table, how much of it is stated rather than assumed, and notes of repairs."""

    table: gpd.GeoDataFrame
    completeness: Mapping[str, float]
    notes: tuple[Message, ...]


class Vertices(NamedTuple):
    """The vertices of many lines as arrays, those of one line together.

    They are rounded to 1e-9 degrees (0.1 mm); no vertex occurs twice in a row.
    """

    xy: Floats
    line: Ints
    """The number of the line, from 0 and never falling."""
    step_m: Floats
    """Geodesic metres to the next vertex of the line; 0 at its end."""

    @classmethod
    def of(cls, lines: npt.NDArray[np.object_]) -> Vertices:
        """The vertices of lines, measured."""
        return cls.tidied(*shapely.get_coordinates(lines, return_index=True))

    @classmethod
    def tidied(cls, xy: Floats, line: Ints, step_m: Floats | None = None) -> Vertices:
        """Vertices from any coordinates; null values of `step_m` are measured."""
        xy = np.round(xy, 9) + 0.0
        step_m = np.full(len(line), np.nan) if step_m is None else step_m
        same_line = line[1:] == line[:-1]
        new = np.r_[True, ~same_line | (xy[1:] != xy[:-1]).any(axis=1)][: len(line)]
        xy, line, step_m = xy[new], line[new], step_m[new]
        inner = np.r_[line[1:] == line[:-1], False][: len(line)]
        step_m = np.where(inner, step_m, 0.0)
        at = np.flatnonzero(np.isnan(step_m))
        step_m[at] = GEOD.inv(*xy[at].T, *xy[at + 1].T)[2]
        return cls(xy, line, step_m)

    def of_lines(self, chosen: npt.NDArray[np.bool_]) -> Vertices:
        """The vertices of the lines chosen, which are numbered anew."""
        if chosen.all():
            return self
        at = chosen[self.line]
        return Vertices(self.xy[at], (np.cumsum(chosen) - 1)[self.line[at]], self.step_m[at])

    def measure_length_m(self, count: int) -> Floats:
        """Geodesic length of each of `count` lines."""
        return np.bincount(self.line, self.step_m, count).astype(np.float64)

    def lines(self) -> npt.NDArray[np.object_]:
        """The lines as shapes."""
        if not len(self.line):
            return np.empty(0, dtype=object)
        return shapely.linestrings(self.xy, indices=self.line)


def build_roads(
    segments: pd.DataFrame,
    rules: RoadRules,
    rows: Mapping[str, int],
    vertices: Vertices | None = None,
) -> Roads:
    """The roads table of parsed segments, none of them longer than `rules.max_piece_m`.

    Parameters
    ----------
    segments
        Columns of the roads table except length_m and speed_kph; stated_kph instead (null: not
        tagged). Geometry in EPSG:4326, from from_node to to_node.
    rules
        max_piece_m, and the speeds by class and surface.
    rows
        The counts of rows by state, for the problem where nothing is left.
    vertices
        The lines, where they are not the geometry of `segments`.

    Returns
    -------
    Roads
        `completeness` is the share of the length that states speed_kph, max_weight_t, max_height_m,
        surface, name.

    Raises
    ------
    InputError
        `no-roads` where nothing is left. Fix: give a file with roads that a truck may use.
    """
    if segments.empty:
        counts = tuple(Message("row.counted", n=n, what=what) for what, n in rows.items())
        raise _refuse_empty(Message("problem.no_truck_roads", counts=counts))
    if vertices is None:
        vertices = Vertices.of(segments["geometry"].to_numpy(dtype=object))
        segments = segments.drop(columns="geometry")
    segments = segments.reset_index(drop=True)
    segments["length_m"] = vertices.measure_length_m(len(segments))
    segments, vertices, notes = _drop_zero_lengths(segments, vertices)
    if segments.empty:
        raise _refuse_empty(Message("problem.roads_without_length"))
    segments, shared = share_limits(segments, vertices)
    segments = _divide(segments, vertices, rules.max_piece_m)
    segments["speed_kph"] = segments["stated_kph"].fillna(_assume_kph(segments, rules))
    length = segments["length_m"].to_numpy()
    stated = {
        "speed_kph": segments["stated_kph"].notna(),
        **{limit: segments[limit].notna() for limit in LIMITS},
        **{name: segments[name] != "" for name in ("surface", "name")},
    }
    share = {
        name: round(float(np.sort(length[has.to_numpy()]).sum() / np.sort(length).sum()), 6)
        for name, has in stated.items()
    }
    return Roads(build_table(ROADS, segments), share, (*notes, *shared))


def _refuse_empty(message: Message) -> InputError:
    return InputError(Problem("no-roads", message, Message("hint.give_truck_roads")))


def make_nodes(names: Iterable[str], taken: Collection[int]) -> Ints:
    """A negative node id for each name (all different), the same in every run, none in `taken`.

    >>> make_nodes(["7:1-2/1"], set()).tolist() == make_nodes(["7:1-2/1"], set()).tolist()
    True
    """
    made: dict[int, str] = {}
    for name in names:
        salted = name
        while (node := made_node(salted)) in made or node in taken:
            salted += "'"
        made[node] = name
    return np.fromiter(made, np.int64, len(made))


def tidy(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The lines rounded to 1e-9 degrees (0.1 mm), without repeated points.

    Thus the same road is the same bytes.
    """
    return shapely.remove_repeated_points(
        shapely.transform(lines, lambda xy: np.round(xy, 9) + 0.0)
    )


def _drop_zero_lengths(
    segments: pd.DataFrame, vertices: Vertices
) -> tuple[pd.DataFrame, Vertices, list[Message]]:
    """The segments with a length; the two ends of the others become one node.

    Thus what they joined stays joined. Their limits then hold for the segments at that node: else
    a truck would pass a node that was a bridge too weak for it.
    """
    long = segments["length_m"].to_numpy() > 0
    if long.all():
        return segments, vertices, []
    dropped = segments[~long]
    ends = zip(*(dropped[end].tolist() for end in ENDS), strict=True)
    joined: nx.Graph[int] = nx.Graph(list(ends))
    merged = {node: max(group) for group in nx.connected_components(joined) for node in group}
    kept = segments[long].reset_index(drop=True)
    for end in ENDS:
        kept[end] = kept[end].map(lambda node: merged.get(node, node)).astype("int64")
    for limit in LIMITS:
        lowest = dropped[limit].groupby(dropped["from_node"].map(merged)).min().dropna()
        for end in ENDS:
            kept[limit] = np.fmin(kept[limit], kept[end].map(lowest))
    return kept, vertices.of_lines(long), [Message("note.no_length", n=len(dropped))]


def share_limits(segments: pd.DataFrame, vertices: Vertices) -> tuple[pd.DataFrame, list[Message]]:
    """The segments, where identical lines between the same nodes all have their lowest limits.

    A road that is drawn twice is one road: what one drawing forbids, the other must not allow. The
    messages note it.
    """
    ends = np.sort(segments[[*ENDS]].to_numpy(), axis=1)
    doubtful = pd.DataFrame(ends).duplicated(keep=False).to_numpy()
    if not doubtful.any():
        return segments, []
    shapes = shapely.to_wkb(shapely.normalize(vertices.of_lines(doubtful).lines()))
    place = (
        pd.DataFrame({"low": ends[doubtful, 0], "high": ends[doubtful, 1], "shape": shapes})
        .groupby(["low", "high", "shape"])
        .ngroup()
    )
    place = place.set_axis(segments.index[doubtful])
    place = place[place.duplicated(keep=False)]
    changed = np.zeros(len(segments), dtype=bool)
    for limit in LIMITS:
        lowest = segments.loc[place.index, limit].groupby(place).transform("min")
        differs = lowest.index[lowest.notna() & (lowest != segments.loc[place.index, limit])]
        if len(differs):
            segments = segments.copy()
            segments.loc[differs, limit] = lowest[differs]
            changed[segments.index.get_indexer(differs)] = True
    note = Message("note.limits_shared", n=int(changed.sum()))
    return segments, [note] * bool(changed.any())


def _assume_kph(segments: pd.DataFrame, rules: RoadRules) -> pd.Series:
    """The speed by class and surface, for segments without a tagged speed."""
    unknown = rules.speed_kph.get("road", min(rules.speed_kph.values(), default=1.0))
    by_class = segments["road_class"].map(lambda word: rules.speed_kph.get(word, unknown))
    caps = {
        surface: min(
            (rules.surface_kph.get(word.strip().casefold(), np.inf) for word in surface.split(";")),
            default=np.inf,
        )
        for surface in segments["surface"].unique()
    }
    return np.minimum(by_class.astype(float), segments["surface"].map(caps).astype(float))


def _divide(segments: pd.DataFrame, vertices: Vertices, max_piece_m: float) -> pd.DataFrame:
    """The segments with their lines, long ones divided in equal parts of at most `max_piece_m`.

    The parts get ids with "/1", "/2" ... in line order, and made nodes between them.
    """
    long = segments["length_m"].to_numpy() > max_piece_m
    short = segments[~long].assign(geometry=vertices.of_lines(~long).lines())
    if not long.any():
        return short
    divided, count = _cut_equally(vertices.of_lines(long), max_piece_m)
    parts = segments.iloc[np.repeat(np.flatnonzero(long), count)].reset_index(drop=True)
    number = np.concatenate([np.arange(1, n + 1) for n in count])
    parts["segment_id"] = [
        f"{name}/{n}" for name, n in zip(parts["segment_id"], number.tolist(), strict=True)
    ]
    parts["geometry"] = divided.lines()
    parts["length_m"] = divided.measure_length_m(len(parts))
    inner = number < np.repeat(count, count)
    taken = {node for end in ENDS for node in segments[end].tolist()}
    between = make_nodes(parts.loc[inner, "segment_id"], taken)
    parts.loc[inner, "to_node"] = between
    parts.loc[np.r_[False, inner[:-1]], "from_node"] = between
    return pd.concat([short, parts], ignore_index=True) if len(short) else parts


def _cut_equally(vertices: Vertices, max_m: float) -> tuple[Vertices, Ints]:
    """Lines cut into equal parts no longer than `max_m`, and how many parts each line gave."""
    lon = _unwrap(vertices.xy[:, 0], vertices.line)
    dense, line, step, is_vertex = _add_steps(
        vertices._replace(xy=np.column_stack([lon, vertices.xy[:, 1]]))
    )
    first = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    step[first] = 0.0
    reached = np.cumsum(step)
    reached -= reached[first][line]  # from the start of its own line
    total = np.maximum.reduceat(reached, first)
    count = np.ceil(total * (1 + 1e-6) / max_m).astype(np.int64)

    # the places to cut at: the first n - 1 multiples of total / n of each line, found among the
    # dense points; the shift makes distances grow over all lines, for one search
    cut_line = np.repeat(np.arange(len(count)), count - 1)
    nth = np.arange(len(cut_line)) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1) + 1
    along = total[cut_line] / count[cut_line] * nth
    shift = np.concatenate([[0.0], np.cumsum(total + 1.0)])[:-1]
    at = np.searchsorted(reached + shift[line], along + shift[cut_line], side="left")
    share = (along - reached[at - 1]) / (reached[at] - reached[at - 1])
    spot = np.round(dense[at - 1] + share[:, None] * (dense[at] - dense[at - 1]), 9)

    # vertices and cuts in driving order; a cut counts twice, as the end of one part and the start
    # of the next
    all_xy = np.concatenate([dense[is_vertex], spot, spot])
    all_line = np.concatenate([line[is_vertex], cut_line, cut_line])
    all_along = np.concatenate([reached[is_vertex], along, along])
    starts = np.repeat([0, 1], [int(is_vertex.sum()) + len(spot), len(spot)])
    order = np.lexsort((starts, all_along, all_line))
    part = np.cumsum(
        np.r_[False, (all_line[order][1:] != all_line[order][:-1]) | (starts[order][1:] == 1)]
    )
    all_xy[:, 0] = np.where(
        np.abs(all_xy[:, 0]) > 180, (all_xy[:, 0] + 180) % 360 - 180, all_xy[:, 0]
    )
    # between two vertices of the line the distance is known
    step_m = np.concatenate([vertices.step_m, np.full(2 * len(spot), np.nan)])[order]
    step_m[:-1][np.isnan(step_m[1:])] = np.nan
    return Vertices.tidied(all_xy[order], part, step_m), count


def _unwrap(lon: Floats, owner: Ints) -> Floats:
    """Longitudes that continue past 180 degrees instead of jumping by 360."""
    turns = np.r_[0.0, -360.0 * np.round((lon[1:] - lon[:-1]) / 360.0)]
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    turns[first] = 0.0
    total = np.cumsum(turns)
    return lon + total - total[first][owner]


def _add_steps(vertices: Vertices) -> tuple[Floats, Ints, Floats, npt.NDArray[np.bool_]]:
    """The vertices of lines with points between them every `STEP_M`.

    Of each point: its place, its line, the metres from the point before, whether it is a vertex.
    """
    xy = vertices.xy
    inner = np.r_[vertices.line[1:] == vertices.line[:-1], False]
    size = np.where(inner, np.maximum(1, np.ceil(vertices.step_m / STEP_M)), 1).astype(np.int64)
    vertex = np.repeat(np.arange(len(xy)), size)
    nth = np.arange(len(vertex)) - (np.cumsum(size) - size)[vertex]
    after = np.where(inner, np.arange(1, len(xy) + 1), np.arange(len(xy)))
    points = xy[vertex] + (nth / size[vertex])[:, None] * (xy[after[vertex]] - xy[vertex])
    step = np.r_[0.0, vertices.step_m[vertex][:-1]]
    between = np.flatnonzero(size[vertex][:-1] > 1)
    step[between + 1] = GEOD.inv(*points[between].T, *points[between + 1].T)[2]
    return points, vertices.line[vertex], step, nth == 0
