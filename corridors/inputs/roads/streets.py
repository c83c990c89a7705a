"""Streets from edges: rows that name their two nodes, as tables of lines and graphs have them.

A graph says a two-way street twice, once for each direction; here it is one piece again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.measures import GEOD
from corridors.inputs.roads.segmentation import made_nodes, tidy
from corridors.inputs.roads.tags import KEYS
from corridors.inputs.roads.ways import number_repeats
from corridors.messages import Message
from corridors.tables import Floats, Ints

SAME_PLACE_M = 1.0
"""A node that its lines put farther apart than this is an error: above rounding, below any real
street."""

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "highway": ("road_class", "highway", "fclass"),
    "maxspeed": ("speed_kph", "maxspeed", "max_speed"),
    "maxweight": ("max_weight_t", "maxweight", "max_weight"),
    "maxheight": ("max_height_m", "maxheight", "max_height"),
    "name:ar": ("name_ar", "name:ar"),
}
"""OpenStreetMap keys under the names that our own tables and common exports give them; of several,
all count."""
WAY_IDS = ("osmid", "osm_id", "osm_way_id", "way_id")
ALIKE = (
    "road_class",
    "name",
    "name_ar",
    "bridge",
    "tunnel",
    "layer",
    "max_weight_t",
    "max_height_m",
    "surface",
    "stated_kph",
)
"""Edges that do not say their way are one street only if they also agree in these."""
OWN_IDS = ("segment_id", "id", "fid")

Lines = npt.NDArray[np.object_]


class Merged(NamedTuple):
    """The streets, how many edges were the same as another in every way, and what had to be
    decided.
    """

    pieces: pd.DataFrame
    duplicates: int
    notes: tuple[Message, ...]


def name_columns(columns: Iterable[str]) -> dict[str, list[str]]:
    """For each OpenStreetMap key that is read, all columns that hold it, whatever their case.

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
    return {key: held for key, held in found.items() if held}


def to_text(value: Any) -> str:
    """One value of a table or graph as the text of a tag; several become a list joined by ";",
    nothing is "".

    >>> (
    ...     to_text(True),
    ...     to_text(50.0),
    ...     to_text(["50", "30"]),
    ...     to_text("['a', 'b']"),
    ...     to_text(None),
    ...     to_text(float("nan")),
    ... )
    ('yes', '50', '50;30', 'a;b', '', '')
    """
    if (
        value is None
        or (isinstance(value, float) and np.isnan(value))
        or value is pd.NA
        or value is pd.NaT
    ):
        return ""
    if isinstance(value, str):
        if value.startswith("[") and value.endswith("]"):
            try:
                return to_text(ast.literal_eval(value))
            except (ValueError, SyntaxError):
                return value.strip()
        return value.strip()
    if isinstance(value, list | tuple | set | np.ndarray):
        return ";".join(dict.fromkeys(text for part in value if (text := to_text(part))))
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return repr(float(value)) if isinstance(value, np.floating) else str(value)


def to_texts(values: pd.Series) -> npt.NDArray[np.object_]:
    """`to_text` of every value of a column, worked out once for equal ones.

    >>> to_texts(pd.Series([50.0, None, 50.0])).tolist()
    ['50', '', '50']
    """
    if values.dtype == object:  # may hold lists, and values of several kinds that are equal
        return np.array([to_text(value) for value in values], dtype=object)
    codes, different = pd.factorize(values)
    return np.array([*map(to_text, different), ""], dtype=object)[
        codes
    ]  # -1, at the end, is a null


def smallest(ids: str) -> str:
    """The smallest of several way ids: what an edge that was simplified from several ways is
    called.

    >>> smallest("120;7;15")
    '7'
    """
    return min(ids.split(";"), key=lambda text: (len(text), text))


def number_nodes(labels: Sequence[Any]) -> dict[Any, int]:
    """A whole number for each label: itself where all labels are whole numbers, else a negative one
    made from the text.

    >>> number_nodes([5, 7.0])
    {5: 5, 7.0: 7}
    >>> number_nodes(["A"])["A"] < 0
    True
    """
    unique = list(dict.fromkeys(labels))
    texts = [to_text(label) for label in unique]
    if len(set(texts)) == len(texts) and all(
        text.removeprefix("-").isdecimal() and abs(int(text)) < 2**63 for text in texts
    ):
        return dict(zip(unique, map(int, texts), strict=True))
    kept = {
        label: int(label)
        for label in unique
        if isinstance(label, int | np.integer) and not isinstance(label, bool)
    }
    others = sorted({f"{type(label).__name__}|{label}" for label in unique if label not in kept})
    made = dict(
        zip(
            others,
            made_nodes([f"node|{name}" for name in others], set(kept.values())).tolist(),
            strict=True,
        )
    )
    return {
        label: kept[label] if label in kept else made[f"{type(label).__name__}|{label}"]
        for label in unique
    }


def orient_lines(
    start: Ints, end: Ints, lines: Lines, rows: Ints, oneway: npt.NDArray[np.object_]
) -> Lines:
    """The lines, each running from its `start` node to its `end` node, whichever way it was drawn.

    A node is where most of the lines that name it have an end.

    Raises
    ------
    InputError
        `node-in-two-places`, one a node (fix: the node columns belong to another file, or lines
        were moved); `ambiguous-oneway`, one a row, where a one-way line is drawn against its node
        columns (fix: turn the one or the other, so that both say the same direction).
    """
    first, last = (
        shapely.get_coordinates(shapely.get_point(lines, 0)),
        shapely.get_coordinates(shapely.get_point(lines, -1)),
    )
    if len(_scattered(start, end, first, last)):
        turn = _turned(start, end, first, last)
        if (doubtful := turn & (oneway != "both")).any():
            message, hint = (
                "a one-way road is drawn from its second node to its first",
                "turn the line, or exchange its nodes",
            )
            raise InputError(
                Problem("ambiguous-oneway", message, hint, row=row, field="oneway")
                for row in sorted(rows[doubtful].tolist())
            )
        lines = np.where(turn, shapely.reverse(lines), lines)
        first, last = np.where(turn[:, None], last, first), np.where(turn[:, None], first, last)
    problems = []
    for node in _scattered(start, end, first, last).tolist():
        at = rows[(start == node) | (end == node)]
        message = f"node {node} lies in two places more than {SAME_PLACE_M:g} m apart (features {', '.join(map(str, at[:5].tolist()))})"
        hint = "correct the node columns or the lines, or leave the node columns out"
        problems.append(
            Problem("node-in-two-places", message, hint, row=int(at[0]), value=str(node))
        )
    if problems:
        raise InputError(problems)
    return lines


def merge_edges(edges: pd.DataFrame, *, directed: bool) -> Merged:
    """One row a street: edges of the same nodes, way and line, in whichever direction, are one,
    with the lower limits.

    Where some of them are one-way, those that go both ways say nothing of the direction: what one
    forbids, none lets through.

    Parameters
    ----------
    edges
        Columns of `Way`, from_node, to_node, geometry (from the one to the other), way_id and
        own_id (text, may be empty), row (where the edge stands in its file), has_nodes (whether the
        file named the nodes).
    directed
        Each edge may be driven along its line only (a directed graph), whatever its oneway says.

    Raises
    ------
    InputError
        `duplicate-id`, one a row, where different streets have the same own_id (fix: give each its
        own).
    """
    lines = tidy(edges["geometry"].to_numpy(dtype=object))
    there, back = (
        shapely.to_wkb(lines, byte_order=1),
        shapely.to_wkb(shapely.reverse(lines), byte_order=1),
    )
    ahead = there <= back
    keys = pd.DataFrame(
        {
            "line": np.where(ahead, there, back),
            "low": np.minimum(edges["from_node"], edges["to_node"]),
            "high": np.maximum(edges["from_node"], edges["to_node"]),
            "way_id": edges["way_id"].to_numpy(),
            "like": np.where(
                edges["way_id"] == "", edges.groupby(list(ALIKE), dropna=False).ngroup(), -1
            ),
        }
    )
    edges = edges.assign(geometry=lines, line=keys["line"].to_numpy(), ahead=ahead)
    edges = edges.reset_index(drop=True)
    oneway = np.full(len(edges), "forward") if directed else edges["oneway"].to_numpy(dtype=object)
    edges["street"] = keys.groupby(list(keys), sort=False).ngroup().to_numpy()
    is_one_way = pd.Series(oneway != "both").groupby(edges["street"])
    outdone = is_one_way.transform("any").to_numpy() & (oneway == "both")
    edges["goes_ahead"] = ((oneway == "both") | ((oneway == "forward") == ahead)) & ~outdone
    edges["goes_back"] = ((oneway == "both") | ((oneway == "forward") != ahead)) & ~outdone
    # which row of a street speaks for it is decided by what the rows say; their order in the file
    # only between equal ones
    several = edges["street"].duplicated(keep=False)
    by_content = edges[several].sort_values(
        ["from_node", "to_node", "line", "own_id", *ALIKE, "goes_ahead", "row"], kind="stable"
    )
    edges = pd.concat([edges[~several], by_content]) if len(by_content) else edges
    groups = edges.groupby("street", sort=False)
    streets = groups.first().assign(
        **{name: groups[name].min() for name in ("max_weight_t", "max_height_m", "stated_kph")},
        **{name: groups[name].any() for name in ("bridge", "tunnel", "goes_ahead", "goes_back")},
    )
    along, against = (
        np.where(streets["ahead"], streets[a], streets[b])
        for a, b in (("goes_ahead", "goes_back"), ("goes_back", "goes_ahead"))
    )
    streets["oneway"] = np.where(along & against, "both", np.where(along, "forward", "backward"))
    streets["segment_id"] = _ids(streets, edges)
    said = int(groups["ahead"].nunique().sum())
    doubtful = edges.loc[outdone[edges.index], "street"].nunique()
    note = Message("note.oneway_holds", n=doubtful)
    return Merged(streets.reset_index(drop=True), len(edges) - said, (note,) * bool(doubtful))


def _ids(streets: pd.DataFrame, edges: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The file's own ids, or ids made from way, nodes and line, equal ones numbered by what the
    rows say: their order does not matter.
    """
    own = streets["own_id"]
    if (own != "").all():
        if (twice := own.duplicated(keep=False)).any():
            rows = sorted(
                (int(row), name)
                for row, name in zip(streets.loc[twice, "row"], own[twice], strict=True)
            )
            raise InputError(
                Problem(
                    "duplicate-id",
                    "another road has the same id",
                    "give every road its own id",
                    row=row,
                    field="id",
                    value=name,
                )
                for row, name in rows
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
            streets["way_id"],
            streets["from_node"],
            streets["to_node"],
            shape,
            streets["has_nodes"],
            alone,
            strict=True,
        )
    ]
    plain = pd.Series(names, dtype="str")
    repeated = plain.duplicated(keep=False).to_numpy()
    said = streets.loc[repeated, [*ALIKE, "oneway"]].assign(
        shape=np.array(shape, dtype=object)[repeated], plain=plain[repeated].to_numpy()
    )
    order = (
        said.set_axis(np.flatnonzero(repeated))
        .sort_values(["plain", "shape", *ALIKE, "oneway"], kind="stable")
        .index.to_numpy()
    )
    plain.iloc[order] = number_repeats(plain.iloc[order].reset_index(drop=True)).to_numpy()
    return plain.to_numpy(dtype=object)


def _scattered(start: Ints, end: Ints, first: Floats, last: Floats) -> Ints:
    """The nodes that lie in more than one place."""
    node, place = np.concatenate([start, end]), np.concatenate([first, last])
    unique, at, which = np.unique(node, return_index=True, return_inverse=True)
    home = place[at][which]
    moved = np.flatnonzero((home != place).any(axis=1))
    far = (
        GEOD.inv(home[moved, 0], home[moved, 1], place[moved, 0], place[moved, 1])[2] > SAME_PLACE_M
    )
    return unique[np.unique(which[moved[far]])]


def _turned(start: Ints, end: Ints, first: Floats, last: Floats) -> npt.NDArray[np.bool_]:
    """Which lines run from their end node to their start node, going by where most lines of a node
    have an end.
    """
    corner, cell = np.unique(
        np.round(np.concatenate([first, last]), 7), axis=0, return_inverse=True
    )
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
    sure = best["votes"] > votes.groupby("node").nth(1).set_index("node")["votes"].reindex(
        best.index
    ).fillna(0)
    by_start = sure.loc[start].to_numpy() | (~sure.loc[end].to_numpy() & (start <= end))
    by_end = sure.loc[end].to_numpy() | ~by_start
    at_start, at_end = corner[best["cell"].loc[start]], corner[best["cell"].loc[end]]
    as_drawn = by_start * _apart(first, at_start) + by_end * _apart(last, at_end)
    turned = by_start * _apart(last, at_start) + by_end * _apart(first, at_end)
    return turned < as_drawn


def _apart(one: Floats, other: Floats) -> Floats:
    return np.hypot(*(one - other).T)
