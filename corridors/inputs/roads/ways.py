"""OpenStreetMap ways, collected one by one and then cut into pieces from junction to junction.

A way is cut at its ends, at every node that is used more than once (by another kept way, or twice
by its own), at nodes that state a limit, at barriers, and where a node has no place. At a barrier
that stops a truck the two sides do not connect: each gets a node of its own.
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
from corridors.inputs.roads.account import Account
from corridors.inputs.roads.barriers import apply_nodes
from corridors.inputs.roads.segmentation import Vertices
from corridors.inputs.roads.tags import Node, read_node
from corridors.messages import Message
from corridors.tables import Ints

OSM_ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"


class ParsedRoads(NamedTuple):
    """What a reader found: `pieces` ready for `build_roads`, and the account of what was read."""

    pieces: pd.DataFrame
    rows: Mapping[str, int]
    """Features read, kept, and left out by reason."""
    notes: tuple[Message, ...] = ()
    newest: datetime | None = None
    attribution: str = OSM_ATTRIBUTION
    """Who must be named for it, as the data itself says."""
    corners: Vertices | None = None
    """The lines of the pieces, where `pieces` has no geometry."""


class Ways:
    """Collects ways and the nodes on them."""

    def __init__(self, classes: Mapping[str, float]) -> None:
        """Begin with nothing; `classes` are the highway classes a truck may use."""
        self.account = Account(classes)
        self.ids: dict[int, None] = {}
        """The ways kept, in the order of adding."""
        self._left_out = array("q")
        self.sizes, self.refs, self.lonlat = array("q"), array("q"), array("d")
        self.nodes: dict[int, Node] = {}
        self.restrictions: dict[int, frozenset[int]] = {}

    def add(self, way_id: int, tags: Mapping[str, str], *, deleted: bool = False) -> bool:
        """Whether the way is a road for a truck; if so, `place` must follow with its nodes."""
        if deleted:
            self.account.leave_out("deleted")
        if deleted or self.account.add(tags) is None:
            self._left_out.append(way_id)
            return False
        if way_id in self.ids:
            raise _refuse_twice([way_id])
        self.ids[way_id] = None
        return True

    def place(self, refs: Iterable[int], lonlat: Iterable[float]) -> None:
        """Add the nodes of the way added last, in its order: ids; longitude and latitude in turn,
        null for a node without a place.
        """
        before = len(self.refs)
        self.refs.extend(refs)
        self.lonlat.extend(lonlat)
        self.sizes.append(len(self.refs) - before)

    def add_node(self, node_id: int, tags: Mapping[str, str]) -> None:
        """Keep what a node says, if it stops or limits a truck, or might."""
        node = read_node(tags)
        if node.unread or _marks(node):
            self.nodes[node_id] = node

    def add_restriction(self, relation_id: int, ways: Iterable[int]) -> None:
        """Count a turn restriction that concerns these ways."""
        self.restrictions[relation_id] = frozenset(ways)

    def cut(self) -> ParsedRoads:
        """The pieces of all ways added, with the account of them.

        Raises
        ------
        InputError
            `duplicate-id`: a way is kept and left out, that is, there in two versions, and which is
            the newer one is not known.
        """
        twice = np.intersect1d(
            np.fromiter(self.ids, np.int64, len(self.ids)), np.array(self._left_out, dtype=np.int64)
        )
        if len(twice):
            raise _refuse_twice(twice.tolist())
        chain = _Chain.of(self)
        marked = [node_id for node_id, node in self.nodes.items() if _marks(node)]
        cuts = chain.find_cuts(np.array(marked, dtype=np.int64))
        begin, end = cuts[:-1], cuts[1:]
        same = chain.run[begin] == chain.run[end]
        begin, end = begin[same], end[same]
        owner = chain.owner[begin]
        ids = np.fromiter(self.ids, np.int64, len(self.ids))[owner]
        pieces = self.account.build_frame().iloc[owner].reset_index(drop=True)
        pieces["from_node"], pieces["to_node"] = chain.ref[begin], chain.ref[end]
        plain = pd.Series(
            [
                f"{way}:{a}-{b}"
                for way, a, b in zip(
                    ids.tolist(), chain.ref[begin].tolist(), chain.ref[end].tolist(), strict=True
                )
            ],
            dtype="str",
        )
        pieces["segment_id"] = number_repeats(plain)
        pieces, notes = apply_nodes(pieces, self.nodes)
        met = np.unique(
            chain.ref[np.isin(chain.ref, np.array(list(self.nodes), dtype=np.int64))]
        ).tolist()
        incomplete = len(self.ids) - len(np.unique(owner))
        rows = self.account.rows.copy()
        rows.update({"incomplete": incomplete, "kept": -incomplete})
        return ParsedRoads(
            pieces,
            {key: rows[key] for key in sorted(rows) if rows[key] or key in ("read", "kept")},
            (
                *notes,
                *self.account.describe(self.nodes[node_id] for node_id in met),
                *self._describe_restrictions(),
                *chain.notes,
            ),
            corners=chain.corners(begin, end),
        )

    def _describe_restrictions(self) -> tuple[Message, ...]:
        count = sum(any(way in self.ids for way in ways) for ways in self.restrictions.values())
        return (Message("note.turns_unread", n=count),) if count else ()


def _refuse_twice(way_ids: Iterable[int]) -> InputError:
    hint = "merge the files with `osmium merge` or `osmium sort`, which keep one copy of each object; take all of them from one date"
    return InputError(
        Problem(
            "duplicate-id", f"way {way_id} is in the file more than once", hint, value=str(way_id)
        )
        for way_id in way_ids
    )


def _marks(node: Node) -> bool:
    """Whether the road is cut at a node for what it says."""
    return (
        bool(node.barrier or node.oddities)
        or not np.isnan(node.max_weight_t)
        or not np.isnan(node.max_height_m)
    )


class _Chain(NamedTuple):
    """The nodes of all ways as one long array;

    `run` counts up wherever one node does not lead to the next.
    """

    ref: Ints
    xy: npt.NDArray[np.float64]
    owner: Ints
    run: Ints
    notes: tuple[Message, ...]

    @classmethod
    def of(cls, ways: Ways) -> _Chain:
        ref, lonlat = (
            np.array(ways.refs, dtype=np.int64),
            np.array(ways.lonlat, dtype=np.float64).reshape(-1, 2),
        )
        owner = np.repeat(np.arange(len(ways.sizes)), np.array(ways.sizes, dtype=np.int64))
        placed = ~np.isnan(lonlat[:, 0])
        number = np.arange(len(ref))
        broken = np.unique(owner[~placed])
        # a node said twice in a row is one node; what follows an unplaced node does not join what
        # came before
        again = (
            np.r_[False, (ref[1:] == ref[:-1]) & (owner[1:] == owner[:-1])]
            if len(ref)
            else np.zeros(0, bool)
        )
        gaps = np.cumsum(~placed)
        keep = number[placed & ~again]
        new = (
            np.r_[True, (owner[keep][1:] != owner[keep][:-1]) | (gaps[keep][1:] != gaps[keep][:-1])]
            if len(keep)
            else np.zeros(0, bool)
        )
        whole = len(broken)
        notes = (Message("note.nodes_lacking", n=whole),) * bool(whole)
        return cls(ref[keep], lonlat[keep], owner[keep], np.cumsum(new), notes)

    def find_cuts(self, marked: Ints) -> Ints:
        """Positions where pieces begin and end, in order."""
        if not len(self.ref):
            return np.zeros(0, dtype=np.int64)
        first = np.r_[True, self.run[1:] != self.run[:-1]]
        last = np.r_[first[1:], True]
        alone = first & last
        _, place, uses = np.unique(self.ref[~alone], return_inverse=True, return_counts=True)
        shared = np.zeros(len(self.ref), dtype=bool)
        shared[~alone] = uses[place] > 1
        return np.flatnonzero(~alone & (first | last | shared | np.isin(self.ref, marked)))

    def corners(self, begin: Ints, end: Ints) -> Vertices:
        """The corners of the pieces between these positions, measured."""
        size = end - begin + 1
        piece = np.repeat(np.arange(len(size)), size)
        offset = np.concatenate([[0], np.cumsum(size)])[:-1].astype(np.int64)
        xy = self.xy[begin[piece] + np.arange(len(piece)) - offset[piece]]
        return Vertices.tidied(xy, piece, np.full(len(piece), np.nan))


def number_repeats(names: pd.Series) -> pd.Series:
    """The names, where the second of equal ones gets "~2", the third "~3" and so on.

    >>> number_repeats(pd.Series(["a", "b", "a"])).tolist()
    ['a', 'b', 'a~2']
    """
    times = names.groupby(names).cumcount() + 1
    return names.where(times == 1, names + "~" + times.astype("str"))
