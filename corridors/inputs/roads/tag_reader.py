"""Reads the ways of a file from their tags, and counts them.

It counts which ways a truck may use, why the others are excluded, and which tags were not
understood or not read.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from corridors.inputs.roads.tags import (
    DRIVING_KEYS,
    Node,
    Tag,
    Way,
    note_invalid_values,
    note_unread_tags,
    read_way,
)
from corridors.messages import Message


class TagReader:
    """Reads ways from their tags one by one, and counts every one of them."""

    def __init__(self, classes: Mapping[str, float]) -> None:
        """Start empty; `classes` are the highway classes that a truck may use."""
        self.rows: Counter[str] = Counter(read=0, kept=0)
        """Ways read, ways kept, and ways excluded by reason."""
        self._classes = classes
        self._results: dict[tuple[tuple[str, str], ...], int | str] = {}
        self._ways: list[Way] = []  # every different way, without its names
        self._kept = array("q")  # the position in _ways of each way that was kept
        self._names: list[str] = []
        self._names_ar: list[str] = []

    def add(self, tags: Mapping[str, str]) -> Way | None:
        """The way without its names, if a truck may use it."""
        self.rows["read"] += 1
        key = tuple([item for item in tags.items() if item[0] in DRIVING_KEYS])
        result = self._results.get(key)
        if result is None:  # the same tags are read once
            way = read_way(dict(key), self._classes)
            result = self._results[key] = way if isinstance(way, str) else len(self._ways)
            if isinstance(way, Way):
                self._ways.append(way)
        if isinstance(result, str):
            self.rows[result] += 1
            return None
        self.rows["kept"] += 1
        self._kept.append(result)
        self._names.append(tags.get("name") or tags.get("ref", ""))
        self._names_ar.append(tags.get("name:ar", ""))
        return self._ways[result]

    def exclude(self, reason: str) -> None:
        """Count a way that is excluded for a reason other than its tags."""
        self.rows.update(("read", reason))

    def drop_duplicates(self, count: int) -> dict[str, int]:
        """The counts sorted by reason, where `count` of the ways kept are duplicates."""
        if count:
            self.rows.update({"kept": -count, "duplicate": count})
        return dict(sorted(self.rows.items()))

    def build_frame(self) -> pd.DataFrame:
        """The columns of `Way` without invalid and unread: one row per way kept, in their order."""
        ways = pd.DataFrame(self._ways, columns=list(Way._fields))
        ways = ways.drop(columns=["invalid", "unread"])
        frame = ways.iloc[np.array(self._kept, dtype=np.int64)].reset_index(drop=True)
        return frame.assign(
            name=pd.Series(self._names, dtype="str"), name_ar=pd.Series(self._names_ar, dtype="str")
        )

    def build_notes(self, nodes: Iterable[Node] = ()) -> tuple[Message, ...]:
        """Notes of tags that were not understood or not read, on the ways kept and these nodes."""
        invalid: Counter[Tag] = Counter()
        unread = {"ways": Counter[str](), "nodes": Counter[str]()}
        kept = np.array(self._kept, dtype=np.int64)
        times = np.bincount(kept, minlength=len(self._ways)).tolist()
        for things, found in (
            ("ways", zip(self._ways, times, strict=True)),
            ("nodes", ((node, 1) for node in nodes)),
        ):
            for thing, count in found:
                for tag in thing.invalid:
                    invalid[tag] += count
                for key in thing.unread:
                    unread[things][key] += count
        return (*note_invalid_values(invalid.items()), *note_unread_tags(unread))
