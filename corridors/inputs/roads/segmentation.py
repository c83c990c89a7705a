"""Pieces of road made into the roads table: measured, divided, given a speed, checked.

A piece is a row of the roads table without length and speed, its speed as tagged in `stated_kph`.
Whatever a file looked like, its pieces end here.
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
"""A straight line in longitude and latitude is measured in steps of this length when it is divided.
"""


class Roads(NamedTuple):
    """The roads table, how much of it is stated rather than assumed, and what had to be repaired."""

    table: gpd.GeoDataFrame
    completeness: Mapping[str, float]
    notes: tuple[Message, ...]


class Vertices(NamedTuple):
    """The corners of many lines as arrays, those of one line together: rounded to 1e-9 degrees (0.1
    mm), none said twice in a row.
    """

    xy: Floats
    line: Ints
    """Which line, counted from 0 and never falling."""
    step_m: Floats
    """Geodesic metres to the next corner of the line; 0 at its end."""

    @classmethod
    def of(cls, lines: npt.NDArray[np.object_]) -> Vertices:
        """The corners of lines, measured."""
        xy, line = shapely.get_coordinates(lines, return_index=True)
        return cls.tidied(xy, line, np.full(len(line), np.nan))

    @classmethod
    def tidied(cls, xy: Floats, line: Ints, step_m: Floats) -> Vertices:
        """Vertices from any coordinates; what `step_m` does not say (null) is measured."""
        xy = np.round(xy, 9) + 0.0
        goes_on = line[1:] == line[:-1]
        new = np.r_[True, ~goes_on | (xy[1:] != xy[:-1]).any(axis=1)][: len(line)]
        xy, line, step_m = xy[new], line[new], step_m[new]
        inner = np.r_[line[1:] == line[:-1], False][: len(line)]
        measured = np.where(inner, step_m, 0.0)
        at = np.flatnonzero(np.isnan(measured))
        measured[at] = GEOD.inv(*xy[at].T, *xy[at + 1].T)[2]
        return cls(xy, line, measured)

    def of_lines(self, chosen: npt.NDArray[np.bool_]) -> Vertices:
        """The corners of the lines chosen, which are counted anew."""
        if chosen.all():
            return self
        at = chosen[self.line]
        return Vertices(self.xy[at], (np.cumsum(chosen) - 1)[self.line[at]], self.step_m[at])

    def measure_length_m(self, count: int) -> Floats:
        """Geodesic length of each of `count` lines."""
        return np.bincount(self.line, self.step_m, count).astype(np.float64)

    def lines(self) -> npt.NDArray[np.object_]:
        """The lines as shapes."""
        return (
            shapely.linestrings(self.xy, indices=self.line)
            if len(self.line)
            else np.empty(0, dtype=object)
        )


def build_roads(
    pieces: pd.DataFrame,
    rules: RoadRules,
    rows: Mapping[str, int] | None = None,
    corners: Vertices | None = None,
) -> Roads:
    """The roads table of some pieces, none of them longer than `rules.max_piece_m`.

    Parameters
    ----------
    pieces
        Columns of the roads table except length_m and speed_kph; stated_kph instead (null: not
        tagged). Geometry in EPSG:4326, from from_node to to_node.
    rules
        max_piece_m, and the speeds by class and surface.
    rows
        What was read and left out, for the message where nothing is left.
    corners
        The lines, where they are not the geometry of `pieces`.

    Returns
    -------
    Roads
        `completeness` is the share of the length that states speed_kph, max_weight_t, max_height_m,
        surface, name.

    Raises
    ------
    InputError
        `no-roads` where nothing is left (fix: give a file that holds roads a truck may use).
    """
    if pieces.empty:
        raise InputError(
            Problem(
                "no-roads",
                f"no road that a truck may use was found{_counted(rows)}",
                "give a file of roads, with their classes",
            )
        )
    if corners is None:
        corners = Vertices.of(pieces["geometry"].to_numpy(dtype=object))
        pieces = pieces.drop(columns="geometry")
    pieces = pieces.reset_index(drop=True)
    pieces["length_m"] = corners.measure_length_m(len(pieces))
    pieces, corners, notes = _without_zero_lengths(pieces, corners)
    if pieces.empty:
        raise InputError(
            Problem("no-roads", "no road has a length", "give a file of roads, with their lines")
        )
    pieces, shared = share_limits(pieces, corners)
    notes += shared
    pieces = _divide(pieces, corners, rules.max_piece_m)
    pieces["speed_kph"] = pieces["stated_kph"].fillna(_assumed_kph(pieces, rules))
    length = pieces["length_m"].to_numpy()
    stated = {
        "speed_kph": pieces["stated_kph"].notna(),
        "max_weight_t": pieces["max_weight_t"].notna(),
        "max_height_m": pieces["max_height_m"].notna(),
        "surface": pieces["surface"] != "",
        "name": pieces["name"] != "",
    }
    share = {
        name: round(float(np.sort(length[known.to_numpy()]).sum() / np.sort(length).sum()), 6)
        for name, known in stated.items()
    }
    return Roads(build_table(ROADS, pieces), share, tuple(notes))


def made_nodes(names: Iterable[str], taken: Collection[int]) -> Ints:
    """A negative node id for each name (all different), the same in every run, none of them in
    `taken`.

    >>> made_nodes(["7:1-2/1"], set()).tolist() == made_nodes(["7:1-2/1"], set()).tolist()
    True
    """
    made: dict[int, str] = {}
    for name in names:
        salted = name
        while (node := made_node(salted)) in made or node in taken:
            salted += "'"
        made[node] = name
    return np.fromiter(made, np.int64, len(made))


def _counted(rows: Mapping[str, int] | None) -> str:
    return (
        f" ({', '.join(f'{reason} {count}' for reason, count in (rows or {}).items())})"
        if rows
        else ""
    )


def tidy(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The lines rounded to 1e-9 degrees (0.1 mm), without repeated points, so that the same road is
    the same bytes.
    """
    return shapely.remove_repeated_points(
        shapely.transform(lines, lambda xy: np.round(xy, 9) + 0.0)
    )


def _without_zero_lengths(
    pieces: pd.DataFrame, corners: Vertices
) -> tuple[pd.DataFrame, Vertices, list[Message]]:
    """The pieces that have a length; the ends of the others become one node, so that what they
    joined stays joined.

    The limits of those hold for what leads there: else a truck would pass over a node that was too
    weak a bridge.
    """
    long = pieces["length_m"].to_numpy() > 0
    if long.all():
        return pieces, corners, []
    same: nx.Graph[int] = nx.Graph()
    same.add_edges_from(
        zip(
            pieces.loc[~long, "from_node"].tolist(),
            pieces.loc[~long, "to_node"].tolist(),
            strict=True,
        )
    )
    one = {node: max(group) for group in nx.connected_components(same) for node in group}
    kept = pieces[long].reset_index(drop=True)
    for end in ("from_node", "to_node"):
        kept[end] = kept[end].map(lambda node: one.get(node, node)).astype("int64")
    for limit in ("max_weight_t", "max_height_m"):
        lowest = (
            pieces.loc[~long, limit].groupby(pieces.loc[~long, "from_node"].map(one)).min().dropna()
        )
        for end in ("from_node", "to_node"):
            kept[limit] = np.fmin(kept[limit], kept[end].map(lowest))
    note = Message("note.no_length", n=int((~long).sum()))
    return kept, corners.of_lines(long), [note]


def share_limits(pieces: pd.DataFrame, corners: Vertices) -> tuple[pd.DataFrame, list[Message]]:
    """The pieces, where those that lie upon each other between the same two nodes all have the
    lowest limits of any of them; a note of it.

    A road that is drawn twice is one road: what one drawing forbids, the other must not let
    through.
    """
    ends = np.sort(pieces[["from_node", "to_node"]].to_numpy(), axis=1)
    doubtful = pd.DataFrame(ends).duplicated(keep=False).to_numpy()
    if not doubtful.any():
        return pieces, []
    shapes = shapely.to_wkb(shapely.normalize(corners.of_lines(doubtful).lines()))
    place = (
        pd.DataFrame({"low": ends[doubtful, 0], "high": ends[doubtful, 1], "shape": shapes})
        .groupby(["low", "high", "shape"])
        .ngroup()
    )
    place = place.set_axis(pieces.index[doubtful])
    place = place[place.duplicated(keep=False)]
    changed = np.zeros(len(pieces), dtype=bool)
    for limit in ("max_weight_t", "max_height_m"):
        lowest = pieces.loc[place.index, limit].groupby(place).transform("min")
        differs = lowest.index[lowest.notna() & (lowest != pieces.loc[place.index, limit])]
        if len(differs):
            pieces = pieces.copy()
            pieces.loc[differs, limit] = lowest[differs]
            changed[pieces.index.get_indexer(differs)] = True
    note = Message("note.limits_shared", n=int(changed.sum()))
    return pieces, [note] * bool(changed.any())


def _assumed_kph(pieces: pd.DataFrame, rules: RoadRules) -> pd.Series:
    """The speed by class and surface: what stands where none is tagged."""
    unknown = rules.speed_kph.get("road", min(rules.speed_kph.values(), default=1.0))
    by_class = (
        pieces["road_class"].map(lambda word: rules.speed_kph.get(word, unknown)).astype(float)
    )
    caps = {
        surface: min(
            (rules.surface_kph.get(word.strip().casefold(), np.inf) for word in surface.split(";")),
            default=np.inf,
        )
        for surface in pieces["surface"].unique()
    }
    return np.minimum(by_class, pieces["surface"].map(caps).astype(float))


def _divide(pieces: pd.DataFrame, corners: Vertices, max_piece_m: float) -> pd.DataFrame:
    """The pieces with their lines, long ones in equal parts of at most `max_piece_m`: ids with
    "/1", "/2" ... in line order, nodes made between them.
    """
    long = pieces["length_m"].to_numpy() > max_piece_m
    short = pieces[~long].assign(geometry=corners.of_lines(~long).lines())
    if not long.any():
        return short
    divided, count = _cut_equally(corners.of_lines(long), max_piece_m)
    parts = pieces.iloc[np.repeat(np.flatnonzero(long), count)].reset_index(drop=True)
    number = np.concatenate([np.arange(1, n + 1) for n in count])
    parts["segment_id"] = [
        f"{name}/{n}" for name, n in zip(parts["segment_id"], number.tolist(), strict=True)
    ]
    parts["geometry"] = divided.lines()
    parts["length_m"] = divided.measure_length_m(len(parts))
    inner = number < np.repeat(count, count)
    between = made_nodes(
        parts.loc[inner, "segment_id"], {*pieces["from_node"].tolist(), *pieces["to_node"].tolist()}
    )
    parts.loc[inner, "to_node"] = between
    parts.loc[np.r_[False, inner[:-1]], "from_node"] = between
    return pd.concat([short, parts], ignore_index=True) if len(short) else parts


def _cut_equally(corners: Vertices, max_m: float) -> tuple[Vertices, Ints]:
    """Lines cut into equal parts no longer than `max_m`: the parts of all lines in order, and how
    many each line gave.
    """
    lon = _unwrapped(corners.xy[:, 0], corners.line)
    dense, line, step, is_corner = _with_steps(
        corners._replace(xy=np.column_stack([lon, corners.xy[:, 1]]))
    )
    first = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    step[first] = 0.0
    reached = np.cumsum(step)
    reached -= reached[first][line]  # from the start of its own line
    total = np.maximum.reduceat(reached, first)
    count = np.ceil(total * (1 + 1e-6) / max_m).astype(np.int64)

    # the places to cut at: the first n - 1 multiples of total / n of each line, found among the
    # dense points
    cut_line = np.repeat(np.arange(len(count)), count - 1)
    nth = np.arange(len(cut_line)) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1) + 1
    along = total[cut_line] / count[cut_line] * nth
    shift = np.concatenate([[0.0], np.cumsum(total + 1.0)])[
        :-1
    ]  # makes distances grow over all lines, for one search
    at = np.searchsorted(reached + shift[line], along + shift[cut_line], side="left")
    share = (along - reached[at - 1]) / (reached[at] - reached[at - 1])
    spot = np.round(dense[at - 1] + share[:, None] * (dense[at] - dense[at - 1]), 9)

    # corners and cuts in driving order; a cut counts twice, as the end of one part and the start of
    # the next
    all_xy = np.concatenate([dense[is_corner], spot, spot])
    all_line = np.concatenate([line[is_corner], cut_line, cut_line])
    all_along = np.concatenate([reached[is_corner], along, along])
    starts = np.concatenate(
        [np.zeros(int(is_corner.sum()) + len(spot), np.int64), np.ones(len(spot), np.int64)]
    )
    order = np.lexsort((starts, all_along, all_line))
    part = np.cumsum(
        np.r_[False, (all_line[order][1:] != all_line[order][:-1]) | (starts[order][1:] == 1)]
    )
    all_xy[:, 0] = np.where(
        np.abs(all_xy[:, 0]) > 180, (all_xy[:, 0] + 180) % 360 - 180, all_xy[:, 0]
    )
    # from a corner to the next corner it is as far as it was
    known = np.concatenate([corners.step_m, np.full(2 * len(spot), np.nan)])[order]
    known[:-1][np.isnan(known[1:])] = np.nan
    return Vertices.tidied(all_xy[order], part, known), count


def _unwrapped(lon: Floats, owner: Ints) -> Floats:
    """Longitudes that run on past 180 degrees instead of jumping by 360."""
    turns = np.r_[0.0, -360.0 * np.round((lon[1:] - lon[:-1]) / 360.0)]
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    turns[first] = 0.0
    turned = np.cumsum(turns)
    return lon + turned - turned[first][owner]


def _with_steps(corners: Vertices) -> tuple[Floats, Ints, Floats, npt.NDArray[np.bool_]]:
    """The corners of lines with points between them every `STEP_M`; of each point its line, the
    metres from the one before, and whether it is a corner.
    """
    xy = corners.xy
    inner = np.r_[corners.line[1:] == corners.line[:-1], False]
    size = np.where(inner, np.maximum(1, np.ceil(corners.step_m / STEP_M)), 1).astype(np.int64)
    corner = np.repeat(np.arange(len(xy)), size)
    nth = np.arange(len(corner)) - (np.cumsum(size) - size)[corner]
    after = np.where(inner, np.arange(1, len(xy) + 1), np.arange(len(xy)))
    points = xy[corner] + (nth / size[corner])[:, None] * (xy[after[corner]] - xy[corner])
    step = np.r_[0.0, corners.step_m[corner][:-1]]
    between = np.flatnonzero(size[corner][:-1] > 1)
    step[between + 1] = GEOD.inv(*points[between].T, *points[between + 1].T)[2]
    return points, corners.line[corner], step, nth == 0
