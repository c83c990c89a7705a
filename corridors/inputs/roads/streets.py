"""Streets from edges: rows that name their two nodes, as line tables and graphs have them.

A graph holds a two-way street twice, once for each direction; here it becomes one segment again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.measures import GEOD
from corridors.inputs.roads.segmentation import LIMITS, make_nodes, tidy
from corridors.inputs.roads.tags import KEYS, Way
from corridors.inputs.roads.ways import number_repeats
from corridors.messages import Message
from corridors.tables import Floats, Ints

SAME_PLACE_M = 1.0
"""A node whose lines end farther apart than this is an error: above rounding, below any street."""

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "highway": ("road_class", "highway", "fclass"),
    "maxspeed": ("speed_kph", "maxspeed", "max_speed"),
    "maxweight": ("max_weight_t", "maxweight", "max_weight"),
    "maxheight": ("max_height_m", "maxheight", "max_height"),
    "name:ar": ("name_ar", "name:ar"),
}
"""OpenStreetMap keys and their names in our own tables and common exports; if several are there,
all count."""
WAY_IDS = ("osmid", "osm_id", "osm_way_id", "way_id")
ALIKE = tuple(name for name in Way._fields if name not in ("oneway", "invalid", "unread"))
"""Edges without a way id are one street only if they also agree in these columns."""
OWN_IDS = ("segment_id", "id", "fid")

Lines = npt.NDArray[np.object_]


class Merged(NamedTuple):
    """The streets, the number of edges that repeat another, and notes of decisions."""

    segments: pd.DataFrame
    duplicates: int
    notes: tuple[Message, ...]


def name_columns(columns: Iterable[str]) -> dict[str, list[str]]:
    """The columns that hold each OpenStreetMap key, whatever their case.

    >>> name_columns(["Highway", "speed_kph", "maxspeed", "geometry"])
    {'highway': ['Highway'], 'maxspeed': ['speed_kph', 'maxspeed']}
    """
    by_name: dict[str, list[str]] = {}
    for column in columns:
        by_name.setdefault(column.casefold(), []).append(column)
    named = {key: [*SYNONYMS.get(key, (key,)), key.replace(":", "_")] for key in sorted(KEYS)}
    found = {
        key: list(dict.fromkeys(column for name in names for column in by_name.get(name, ())))
        for key, names in named.items()
    }
    return {key: columns for key, columns in found.items() if columns}


def to_text(value: Any) -> str:
    """One value of a table or graph as the text of a tag.

    Several values become a list joined by ";"; a null becomes "".

    >>> to_text(True), to_text(50.0), to_text(["50", "30"]), to_text("['a', 'b']")
    ('yes', '50', '50;30', 'a;b')
    >>> to_text(None), to_text(float("nan"))
    ('', '')
    """
    if isinstance(value, str):
        text = value.strip()
        if value.startswith("[") and value.endswith("]"):
            with suppress(ValueError, SyntaxError):
                return to_text(ast.literal_eval(value))
    elif isinstance(value, list | tuple | set | np.ndarray):
        text = ";".join(dict.fromkeys(part for entry in value if (part := to_text(entry))))
    elif isinstance(value, bool | np.bool_):
        text = "yes" if value else "no"
    elif pd.isna(value):
        text = ""
    elif isinstance(value, float | np.floating):
        text = str(int(value)) if float(value).is_integer() else repr(float(value))
    else:
        text = str(value)
    return text


def to_texts(values: pd.Series) -> npt.NDArray[np.object_]:
    """`to_text` of every value of a column, computed once for equal ones.

    >>> to_texts(pd.Series([50.0, None, 50.0])).tolist()
    ['50', '', '50']
    """
    if values.dtype == object:  # may hold lists, and values of several kinds that are equal
        return np.array([to_text(value) for value in values], dtype=object)
    codes, different = pd.factorize(values)
    # a null has the code -1, which is the last text
    return np.array([*map(to_text, different), ""], dtype=object)[codes]


def smallest(ids: str) -> str:
    """The smallest of several way ids: the id of an edge that osmnx merged from several ways.

    >>> smallest("120;7;15")
    '7'
    """
    return min(ids.split(";"), key=lambda text: (len(text), text))


def number_nodes(labels: Sequence[Any]) -> dict[Any, int]:
    """A whole number for each label: itself where all labels are whole numbers.

    Else other labels get a negative number made from their text.

    >>> number_nodes([5, 7.0])
    {5: 5, 7.0: 7}
    >>> number_nodes(["A"])["A"] < 0
    True
    """
    unique = list(dict.fromkeys(labels))
    texts = [to_text(label) for label in unique]
    whole = (text.removeprefix("-").isdecimal() and abs(int(text)) < 2**63 for text in texts)
    if len(set(texts)) == len(texts) and all(whole):
        return dict(zip(unique, map(int, texts), strict=True))
    numbers = {
        label: int(label)
        for label in unique
        if isinstance(label, int | np.integer) and not isinstance(label, bool)
    }
    names = {
        label: f"node|{type(label).__name__}|{label}" for label in unique if label not in numbers
    }
    ordered = sorted(set(names.values()))
    made = dict(zip(ordered, make_nodes(ordered, set(numbers.values())).tolist(), strict=True))
    return numbers | {label: made[name] for label, name in names.items()}


def orient_lines(
    start: Ints, end: Ints, lines: Lines, rows: Ints, oneway: npt.NDArray[np.object_]
) -> Lines:
    """The lines, each from its `start` node to its `end` node, however it was drawn.

    A node is where most of the lines that name it have an end.

    Raises
    ------
    InputError
        `node-in-two-places`, one per node. Fix: correct the node columns or the lines.
        `ambiguous-oneway`, one per row, where a one-way line is drawn against its node columns.
        Fix: reverse the one or the other, so that both have the same direction.
    """
    first, last = (shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1))
    if len(_find_scattered(start, end, first, last)):
        reverse = _find_reversed(start, end, first, last)
        if (doubtful := reverse & (oneway != "both")).any():
            message = Message("problem.oneway_against_nodes")
            hint = Message("hint.reverse_line_or_nodes")
            raise InputError(
                Problem("ambiguous-oneway", message, hint, row=row, field="oneway")
                for row in sorted(rows[doubtful].tolist())
            )
        lines = np.where(reverse, shapely.reverse(lines), lines)
        swap = reverse[:, None]
        first, last = np.where(swap, last, first), np.where(swap, first, last)
    problems = []
    for node in _find_scattered(start, end, first, last).tolist():
        at = rows[(start == node) | (end == node)][:5].tolist()
        message = Message(
            "problem.node_in_two_places", node=str(node), limit_m=SAME_PLACE_M, rows=tuple(at)
        )
        hint = Message("hint.correct_node_columns")
        problems.append(Problem("node-in-two-places", message, hint, row=at[0], value=str(node)))
    if problems:
        raise InputError(problems)
    return lines


def merge_edges(edges: pd.DataFrame, *, directed: bool) -> Merged:
    """One row per street: edges of the same nodes, way and line, in either direction, are one.

    The lower limits hold. Where some of the edges are one-way, the direction of the others does not
    count: what one forbids, none allows.

    Parameters
    ----------
    edges
        Columns of `Way`, from_node, to_node, geometry (from the one to the other), way_id and
        own_id (text, may be empty), row (the number of the edge in its file), has_nodes (whether
        the file names the nodes).
    directed
        Each edge may be driven along its line only (a directed graph), whatever its oneway value.

    Raises
    ------
    InputError
        `duplicate-id`, one per row, where different streets have the same own_id. Fix: give each
        its own.
    """
    edges = _group_edges(edges, directed=directed)
    # the row that represents a street is chosen by content; the order of rows decides only between
    # equal ones
    several = edges["street"].duplicated(keep=False)
    by_content = edges[several].sort_values(
        ["from_node", "to_node", "line", "own_id", *ALIKE, "goes_ahead", "row"], kind="stable"
    )
    edges = pd.concat([edges[~several], by_content]) if len(by_content) else edges
    groups = edges.groupby("street", sort=False)
    streets = groups.first().assign(
        **{name: groups[name].min() for name in (*LIMITS, "stated_kph")},
        **{name: groups[name].any() for name in ("bridge", "tunnel", "goes_ahead", "goes_back")},
    )
    along, against = (
        np.where(streets["ahead"], streets[a], streets[b])
        for a, b in (("goes_ahead", "goes_back"), ("goes_back", "goes_ahead"))
    )
    streets["oneway"] = np.where(along & against, "both", np.where(along, "forward", "backward"))
    streets["segment_id"] = _make_ids(streets, edges)
    drawn = int(groups["ahead"].nunique().sum())
    doubtful = edges.loc[edges["overruled"], "street"].nunique()
    note = Message("note.oneway_holds", n=doubtful)
    return Merged(streets.reset_index(drop=True), len(edges) - drawn, (note,) * bool(doubtful))


def _group_edges(edges: pd.DataFrame, *, directed: bool) -> pd.DataFrame:
    """The edges with the number of their street, and the directions in which each may be driven.

    `ahead` is the direction of drawing relative to the street's line; `overruled` marks two-way
    edges of one-way streets.
    """
    lines = tidy(edges["geometry"].to_numpy(dtype=object))
    drawn, opposite = (
        shapely.to_wkb(shapes, byte_order=1) for shapes in (lines, shapely.reverse(lines))
    )
    ahead = drawn <= opposite
    edges = edges.reset_index(drop=True).assign(
        geometry=lines, line=np.where(ahead, drawn, opposite), ahead=ahead
    )
    keys = pd.DataFrame(
        {
            "line": edges["line"],
            "low": np.minimum(edges["from_node"], edges["to_node"]),
            "high": np.maximum(edges["from_node"], edges["to_node"]),
            "way_id": edges["way_id"],
            "like": np.where(
                edges["way_id"] == "", edges.groupby(list(ALIKE), dropna=False).ngroup(), -1
            ),
        }
    )
    edges["street"] = keys.groupby(list(keys), sort=False).ngroup()
    oneway = np.full(len(edges), "forward") if directed else edges["oneway"].to_numpy(dtype=object)
    both = oneway == "both"
    one_way_street = pd.Series(~both).groupby(edges["street"]).transform("any").to_numpy()
    edges["overruled"] = one_way_street & both
    for name, same in (("goes_ahead", ahead), ("goes_back", ~ahead)):
        edges[name] = (both & ~one_way_street) | (~both & ((oneway == "forward") == same))
    return edges


def _make_ids(streets: pd.DataFrame, edges: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The file's own ids, or ids made from way, nodes and line.

    Equal ones are numbered by the content of their rows: the order of rows does not matter.
    """
    own = streets["own_id"]
    if (own != "").all():
        repeated = own.duplicated(keep=False)
        if repeated.any():
            message, hint = Message("problem.road_id_repeated"), Message("hint.give_road_ids")
            found = zip(streets.loc[repeated, "row"].tolist(), own[repeated], strict=True)
            raise InputError(
                Problem("duplicate-id", message, hint, row=row, field="id", value=name)
                for row, name in sorted(found)
            )
        return own.to_numpy(dtype=object)
    shape = [blake2b(line, digest_size=8).hexdigest() for line in streets["line"]]
    several = edges.groupby("way_id")["street"].transform("nunique")
    alone = (several.groupby(edges["street"]).first().reindex(streets.index) == 1).to_numpy()
    names = [
        (f"{way}:{a}-{b}" if way else f"{a}-{b}:{mark[:8]}")
        if has_nodes
        else (way if way and single else f"{way}:{mark}" if way else mark)
        for way, a, b, mark, has_nodes, single in zip(
            *(streets[name] for name in ("way_id", "from_node", "to_node")),
            shape,
            streets["has_nodes"],
            alone,
            strict=True,
        )
    ]
    plain = pd.Series(names, dtype="str")
    repeated = plain.duplicated(keep=False).to_numpy()
    rows = streets.loc[repeated, [*ALIKE, "oneway"]].assign(
        shape=np.array(shape, dtype=object)[repeated], plain=plain[repeated].to_numpy()
    )
    order = (
        rows.set_axis(np.flatnonzero(repeated))
        .sort_values(["plain", "shape", *ALIKE, "oneway"], kind="stable")
        .index.to_numpy()
    )
    plain.iloc[order] = number_repeats(plain.iloc[order].reset_index(drop=True)).to_numpy()
    return plain.to_numpy(dtype=object)


def _find_scattered(start: Ints, end: Ints, first: Floats, last: Floats) -> Ints:
    """The nodes that lie in more than one place."""
    node, place = np.concatenate([start, end]), np.concatenate([first, last])
    unique, at, which = np.unique(node, return_index=True, return_inverse=True)
    home = place[at][which]
    moved = np.flatnonzero((home != place).any(axis=1))
    far = GEOD.inv(*home[moved].T, *place[moved].T)[2] > SAME_PLACE_M
    return unique[np.unique(which[moved[far]])]


def _find_reversed(start: Ints, end: Ints, first: Floats, last: Floats) -> npt.NDArray[np.bool_]:
    """Which lines run from their end node to their start node.

    A node is taken to be where most of its lines have an end.
    """
    place, cell = np.unique(np.round(np.concatenate([first, last]), 7), axis=0, return_inverse=True)
    head, tail = cell[: len(start)], cell[len(start) :]
    claims = pd.DataFrame(
        {
            "node": np.concatenate([start, start, end, end]),
            "cell": np.concatenate([head, tail, tail, head]),
            "as_drawn": np.repeat([1, 0, 1, 0], len(start)),
        }
    )
    votes = claims.groupby(["node", "cell"], as_index=False).agg(
        votes=("as_drawn", "size"), as_drawn=("as_drawn", "sum")
    )
    votes = votes.sort_values(
        ["node", "votes", "as_drawn", "cell"], ascending=[True, False, False, True], kind="stable"
    )
    best = votes.groupby("node").first()
    second = votes.groupby("node").nth(1).set_index("node")["votes"]
    sure = best["votes"] > second.reindex(best.index).fillna(0)
    by_start = sure.loc[start].to_numpy() | (~sure.loc[end].to_numpy() & (start <= end))
    by_end = sure.loc[end].to_numpy() | ~by_start
    at_start, at_end = (place[best["cell"].loc[node]] for node in (start, end))
    as_drawn = by_start * _apart(first, at_start) + by_end * _apart(last, at_end)
    reversed_ = by_start * _apart(last, at_start) + by_end * _apart(first, at_end)
    return reversed_ < as_drawn


def _apart(one: Floats, other: Floats) -> Floats:
    return np.hypot(*(one - other).T)
