"""OpenStreetMap ways, collected one by one and then cut into segments from junction to junction.

A way is cut at its ends, at every node that is used more than once (by another way that is kept,
or twice by the way itself), at nodes that state a limit, at barriers, and where a node has no
place. At a barrier that stops a truck the two sides do not connect: each gets a node of its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from corridors.errors import InputError, Problem
from corridors.inputs.roads.barriers import apply_nodes
from corridors.inputs.roads.segmentation import Vertices
from corridors.inputs.roads.tag_reader import TagReader
from corridors.inputs.roads.tags import Node, read_node
from corridors.messages import Message
from corridors.tables import Ints

OSM_ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"


class ParsedRoads(NamedTuple):
    """What a reader found: segments for `build_roads`, and counts of the rows read."""

    segments: pd.DataFrame
    rows: Mapping[str, int]
    """Features read, kept, and excluded by reason."""
    notes: tuple[Message, ...] = ()
    newest: datetime | None = None
    attribution: str = OSM_ATTRIBUTION
    """Who must be credited, as the data itself states."""
    vertices: Vertices | None = None
    """The lines of the segments, where `segments` has no geometry."""


class Ways:
    """Collects ways and the nodes on them."""

    def __init__(self, classes: Mapping[str, float]) -> None:
        """Start empty; `classes` are the highway classes that a truck may use."""
        self.reader = TagReader(classes)
        self.ids: dict[int, None] = {}
        """The ways kept, in the order of adding."""
        self._excluded = array("q")
        self.sizes, self.refs, self.lonlat = array("q"), array("q"), array("d")
        self.nodes: dict[int, Node] = {}
        self.restrictions: dict[int, frozenset[int]] = {}

    def add(self, way_id: int, tags: Mapping[str, str], *, deleted: bool = False) -> bool:
        """Whether the way is a road for a truck; if so, `place` must follow with its nodes."""
        if deleted:
            self.reader.exclude("deleted")
        if deleted or self.reader.add(tags) is None:
            self._excluded.append(way_id)
            return False
        if way_id in self.ids:
            raise _refuse_repeated([way_id])
        self.ids[way_id] = None
        return True

    def place(self, refs: Iterable[int], lonlat: Iterable[float]) -> None:
        """Add the nodes of the way added last, in its order.

        `lonlat` holds longitude and latitude in turn, null for a node without a place.
        """
        before = len(self.refs)
        self.refs.extend(refs)
        self.lonlat.extend(lonlat)
        self.sizes.append(len(self.refs) - before)

    def add_node(self, node_id: int, tags: Mapping[str, str]) -> None:
        """Keep a node that stops or limits a truck, or might."""
        node = read_node(tags)
        if node.unread or _is_cut_at(node):
            self.nodes[node_id] = node

    def add_restriction(self, relation_id: int, ways: Iterable[int]) -> None:
        """Count a turn restriction that concerns these ways."""
        self.restrictions[relation_id] = frozenset(ways)

    def cut(self) -> ParsedRoads:
        """The segments of all ways added, with the counts of ways.

        Raises
        ------
        InputError
            `duplicate-id`: a way is both kept and excluded, because the file has two versions of
            it. Fix: keep the newer one.
        """
        way_ids = np.fromiter(self.ids, np.int64, len(self.ids))
        repeated = np.intersect1d(way_ids, np.array(self._excluded, dtype=np.int64))
        if len(repeated):
            raise _refuse_repeated(repeated.tolist())
        chain = _Chain.of(self)
        marked = [node_id for node_id, node in self.nodes.items() if _is_cut_at(node)]
        cuts = chain.find_cuts(np.array(marked, dtype=np.int64))
        begin, end = cuts[:-1], cuts[1:]
        same = chain.run[begin] == chain.run[end]
        begin, end = begin[same], end[same]
        owner = chain.owner[begin]
        segments = self.reader.build_frame().iloc[owner].reset_index(drop=True)
        segments["from_node"], segments["to_node"] = chain.ref[begin], chain.ref[end]
        names = zip(
            way_ids[owner].tolist(), chain.ref[begin].tolist(), chain.ref[end].tolist(), strict=True
        )
        segments["segment_id"] = number_repeats(
            pd.Series([f"{way}:{a}-{b}" for way, a, b in names], dtype="str")
        )
        segments, notes = apply_nodes(segments, self.nodes)
        on_roads = np.isin(chain.ref, np.array(list(self.nodes), dtype=np.int64))
        nodes = [self.nodes[node_id] for node_id in np.unique(chain.ref[on_roads]).tolist()]
        incomplete = len(self.ids) - len(np.unique(owner))
        rows = self.reader.rows.copy()
        rows.update({"incomplete": incomplete, "kept": -incomplete})
        return ParsedRoads(
            segments,
            {key: rows[key] for key in sorted(rows) if rows[key] or key in ("read", "kept")},
            (
                *notes,
                *self.reader.build_notes(nodes),
                *self._note_restrictions(),
                *chain.notes,
            ),
            vertices=chain.vertices(begin, end),
        )

    def _note_restrictions(self) -> tuple[Message, ...]:
        count = sum(any(way in self.ids for way in ways) for ways in self.restrictions.values())
        return (Message("note.turns_unread", n=count),) if count else ()


def _refuse_repeated(way_ids: Iterable[int]) -> InputError:
    problem, hint = Message("problem.way_repeated"), Message("hint.merge_with_osmium")
    return InputError(
        Problem("duplicate-id", problem, hint, value=str(way_id)) for way_id in way_ids
    )


def _is_cut_at(node: Node) -> bool:
    """Whether the road is cut at a node because of its tags."""
    stated = not (np.isnan(node.max_weight_t) and np.isnan(node.max_height_m))
    return stated or bool(node.barrier or node.invalid)


class _Chain(NamedTuple):
    """The nodes of all ways as one long array.

    `run` increases wherever one node does not lead to the next.
    """

    ref: Ints
    xy: npt.NDArray[np.float64]
    owner: Ints
    run: Ints
    notes: tuple[Message, ...]

    @classmethod
    def of(cls, ways: Ways) -> _Chain:
        ref = np.array(ways.refs, dtype=np.int64)
        lonlat = np.array(ways.lonlat, dtype=np.float64).reshape(-1, 2)
        owner = np.repeat(np.arange(len(ways.sizes)), np.array(ways.sizes, dtype=np.int64))
        placed = ~np.isnan(lonlat[:, 0])
        # a node that occurs twice in a row is one node; what follows a node without a place does
        # not join what came before
        size = len(ref)
        again = np.r_[False, (ref[1:] == ref[:-1]) & (owner[1:] == owner[:-1])][:size]
        gaps = np.cumsum(~placed)
        keep = np.flatnonzero(placed & ~again)
        owners, gaps = owner[keep], gaps[keep]
        new = np.r_[True, (owners[1:] != owners[:-1]) | (gaps[1:] != gaps[:-1])][: len(keep)]
        broken = len(np.unique(owner[~placed]))
        notes = (Message("note.nodes_lacking", n=broken),) * bool(broken)
        return cls(ref[keep], lonlat[keep], owners, np.cumsum(new), notes)

    def find_cuts(self, marked: Ints) -> Ints:
        """Positions where segments begin and end, in order."""
        if not len(self.ref):
            return np.zeros(0, dtype=np.int64)
        first = np.r_[True, self.run[1:] != self.run[:-1]]
        last = np.r_[first[1:], True]
        alone = first & last
        _, place, uses = np.unique(self.ref[~alone], return_inverse=True, return_counts=True)
        shared = np.zeros(len(self.ref), dtype=bool)
        shared[~alone] = uses[place] > 1
        return np.flatnonzero(~alone & (first | last | shared | np.isin(self.ref, marked)))

    def vertices(self, begin: Ints, end: Ints) -> Vertices:
        """The vertices of the segments between these positions, measured."""
        size = end - begin + 1
        segment = np.repeat(np.arange(len(size)), size)
        offset = np.concatenate([[0], np.cumsum(size)])[:-1].astype(np.int64)
        xy = self.xy[begin[segment] + np.arange(len(segment)) - offset[segment]]
        return Vertices.tidied(xy, segment)


def number_repeats(names: pd.Series) -> pd.Series:
    """The names, where the second of equal ones gets "~2", the third "~3" and so on.

    >>> number_repeats(pd.Series(["a", "b", "a"])).tolist()
    ['a', 'b', 'a~2']
    """
    times = names.groupby(names).cumcount() + 1
    return names.where(times == 1, names + "~" + times.astype("str"))
