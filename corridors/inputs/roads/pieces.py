"""Pieces of road made into the roads table: measured, divided, given a speed, checked.

A piece is a row of the roads table without length and speed, its speed as tagged in `stated_kph`. Whatever a file looked
like, its pieces end here.
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

from corridors.crs import GEOD, measure_length_m
from corridors.errors import InputError, Problem
from corridors.rules import RoadRules
from corridors.tables import ROADS, build_table, made_node

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEP_M = 100.0
"""A straight line in longitude and latitude is measured in steps of this length when it is divided."""


class Roads(NamedTuple):
    """The roads table, how much of it is stated rather than assumed, and what had to be repaired."""

    table: gpd.GeoDataFrame
    completeness: Mapping[str, float]
    notes: tuple[str, ...]


def build_roads(pieces: pd.DataFrame, rules: RoadRules, rows: Mapping[str, int] | None = None) -> Roads:
    """The roads table of some pieces, none of them longer than `rules.max_piece_m`.

    Parameters
    ----------
    pieces
        Columns of the roads table except length_m and speed_kph; stated_kph instead (null: not tagged). Geometry in
        EPSG:4326, from from_node to to_node.
    rules
        max_piece_m, and the speeds by class and surface.
    rows
        What was read and left out, for the message where nothing is left.

    Returns
    -------
    Roads
        `completeness` is the share of the length that states speed_kph, max_weight_t, max_height_m, surface, name.

    Raises
    ------
    InputError
        `no-roads` where nothing is left (mend: give a file that holds roads a truck may use).
    """
    if pieces.empty:
        raise InputError(
            Problem("no-roads", f"no road that a truck may use was found{_counted(rows)}", "give a file of roads, with their classes")
        )
    pieces = pieces.assign(geometry=tidy(pieces["geometry"].to_numpy(dtype=object)))
    pieces["length_m"] = measure_length_m(pieces["geometry"])
    pieces, notes = _without_zero_lengths(pieces)
    if pieces.empty:
        raise InputError(Problem("no-roads", "no road has a length", "give a file of roads, with their lines"))
    pieces = _divide(pieces, rules.max_piece_m)
    pieces["speed_kph"] = pieces["stated_kph"].fillna(_assumed_kph(pieces, rules))
    length = pieces["length_m"].to_numpy()
    stated = {
        "speed_kph": pieces["stated_kph"].notna(),
        "max_weight_t": pieces["max_weight_t"].notna(),
        "max_height_m": pieces["max_height_m"].notna(),
        "surface": pieces["surface"] != "",
        "name": pieces["name"] != "",
    }
    share = {name: round(float(np.sort(length[known.to_numpy()]).sum() / np.sort(length).sum()), 6) for name, known in stated.items()}
    return Roads(build_table(ROADS, pieces), share, tuple(notes))


def made_nodes(names: Iterable[str], taken: Collection[int]) -> Ints:
    """A negative node id for each name (all different), the same in every run, none of them in `taken`.

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
    return f" ({', '.join(f'{reason} {count}' for reason, count in (rows or {}).items())})" if rows else ""


def tidy(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The lines rounded to 1e-9 degrees (0.1 mm), without repeated points, so that the same road is the same bytes."""
    return shapely.remove_repeated_points(shapely.transform(lines, lambda xy: np.round(xy, 9) + 0.0))


def _without_zero_lengths(pieces: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The pieces that have a length; the ends of the others become one node, so that what they joined stays joined."""
    empty = ~(pieces["length_m"] > 0)
    if not empty.any():
        return pieces, []
    same: nx.Graph[int] = nx.Graph()
    same.add_edges_from(zip(pieces.loc[empty, "from_node"].tolist(), pieces.loc[empty, "to_node"].tolist(), strict=True))
    one = {node: max(group) for group in nx.connected_components(same) for node in group}
    kept = pieces[~empty].copy()
    for end in ("from_node", "to_node"):
        kept[end] = kept[end].map(lambda node: one.get(node, node)).astype("int64")
    return kept, [f"pieces without length, dropped, their two ends made one node: {int(empty.sum())}"]


def _assumed_kph(pieces: pd.DataFrame, rules: RoadRules) -> pd.Series:
    """The speed by class and surface: what stands where none is tagged."""
    unknown = rules.speed_kph.get("road", min(rules.speed_kph.values(), default=1.0))
    by_class = pieces["road_class"].map(lambda word: rules.speed_kph.get(word, unknown)).astype(float)
    caps = {
        surface: min((rules.surface_kph.get(word.strip().casefold(), np.inf) for word in surface.split(";")), default=np.inf)
        for surface in pieces["surface"].unique()
    }
    return np.minimum(by_class, pieces["surface"].map(caps).astype(float))


def _divide(pieces: pd.DataFrame, max_piece_m: float) -> pd.DataFrame:
    """Long pieces in equal parts of at most `max_piece_m`, ids with "/1", "/2" ... in line order, nodes made between them."""
    pieces = pieces.reset_index(drop=True)
    long = np.flatnonzero(pieces["length_m"].to_numpy() > max_piece_m)
    if not len(long):
        return pieces
    lines, count = _cut_equally(pieces["geometry"].to_numpy(dtype=object)[long], max_piece_m)
    parts = pieces.iloc[np.repeat(long, count)].reset_index(drop=True)
    number = np.concatenate([np.arange(1, n + 1) for n in count])
    parts["segment_id"] = [f"{name}/{n}" for name, n in zip(parts["segment_id"], number.tolist(), strict=True)]
    parts["geometry"] = lines
    parts["length_m"] = measure_length_m(lines)
    inner = number < np.repeat(count, count)
    between = made_nodes(parts.loc[inner, "segment_id"], set(pieces["from_node"]) | set(pieces["to_node"]))
    parts.loc[inner, "to_node"] = between
    parts.loc[np.r_[False, inner[:-1]], "from_node"] = between
    return pd.concat([pieces.drop(index=long), parts], ignore_index=True)


def _cut_equally(lines: npt.NDArray[np.object_], max_m: float) -> tuple[npt.NDArray[np.object_], Ints]:
    """Each line cut into equal parts no longer than `max_m`: the parts of all lines in order, and how many each line gave."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    lon = _unwrapped(xy[:, 0], owner)
    dense, line, corner = _with_steps(np.column_stack([lon, xy[:, 1]]), owner)
    step = np.r_[0.0, GEOD.inv(dense[:-1, 0], dense[:-1, 1], dense[1:, 0], dense[1:, 1])[2]]
    first = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    step[first] = 0.0
    reached = np.cumsum(step)
    reached -= reached[first][line]  # from the start of its own line
    total = np.maximum.reduceat(reached, first)
    count = np.ceil(total * (1 + 1e-6) / max_m).astype(np.int64)

    # the places to cut at: the first n - 1 multiples of total / n of each line, found among the dense points
    cut_line = np.repeat(np.arange(len(count)), count - 1)
    nth = np.arange(len(cut_line)) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1) + 1
    along = total[cut_line] / count[cut_line] * nth
    shift = np.concatenate([[0.0], np.cumsum(total + 1.0)])[:-1]  # makes distances grow over all lines, for one search
    at = np.searchsorted(reached + shift[line], along + shift[cut_line], side="left")
    share = (along - reached[at - 1]) / (reached[at] - reached[at - 1])
    spot = np.round(dense[at - 1] + share[:, None] * (dense[at] - dense[at - 1]), 9)

    # corners and cuts in driving order; a cut counts twice, as the end of one part and the start of the next
    all_xy = np.concatenate([dense[corner], spot, spot])
    all_line = np.concatenate([line[corner], cut_line, cut_line])
    all_along = np.concatenate([reached[corner], along, along])
    starts = np.concatenate([np.zeros(int(corner.sum()) + len(spot), np.int64), np.ones(len(spot), np.int64)])
    order = np.lexsort((starts, all_along, all_line))
    new = np.r_[True, (all_line[order][1:] != all_line[order][:-1]) | (starts[order][1:] == 1)]
    all_xy[:, 0] = np.where(np.abs(all_xy[:, 0]) > 180, (all_xy[:, 0] + 180) % 360 - 180, all_xy[:, 0])
    return tidy(shapely.linestrings(all_xy[order], indices=np.cumsum(new) - 1)), count


def _unwrapped(lon: Floats, owner: Ints) -> Floats:
    """Longitudes that run on past 180 degrees instead of jumping by 360."""
    turns = np.r_[0.0, -360.0 * np.round((lon[1:] - lon[:-1]) / 360.0)]
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    turns[first] = 0.0
    turned = np.cumsum(turns)
    return lon + turned - turned[first][owner]


def _with_steps(xy: Floats, owner: Ints) -> tuple[Floats, Ints, npt.NDArray[np.bool_]]:
    """The corners of lines with points between them every `STEP_M`; of each point its line, and whether it is a corner."""
    far = np.r_[GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])[2], 0.0]
    inner = np.r_[owner[1:] == owner[:-1], False]
    size = np.where(inner, np.maximum(1, np.ceil(far / STEP_M)), 1).astype(np.int64)
    corner = np.repeat(np.arange(len(xy)), size)
    nth = np.arange(len(corner)) - (np.cumsum(size) - size)[corner]
    after = np.where(inner, np.arange(1, len(xy) + 1), np.arange(len(xy)))
    points = xy[corner] + (nth / size[corner])[:, None] * (xy[after[corner]] - xy[corner])
    return points, owner[corner], nth == 0
