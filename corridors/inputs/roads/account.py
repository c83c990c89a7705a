"""The account of the ways of a file: which a truck may use, why the others are left out, and what
was not understood of them.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from corridors.inputs.roads.tags import (
    SAYING,
    Node,
    Oddity,
    Way,
    describe_oddities,
    describe_unread,
    read_way,
)
from corridors.messages import Message

_UNTABLED = ["oddities", "unread"]


class Account:
    """Reads ways from their tags one by one, and counts every one of them."""

    def __init__(self, classes: Mapping[str, float]) -> None:
        """Begin with nothing; `classes` are the highway classes a truck may use."""
        self.rows: Counter[str] = Counter(read=0, kept=0)
        """Ways read, kept, and left out by reason."""
        self._classes = classes
        self._known: dict[tuple[tuple[str, str], ...], int | str] = {}
        self._said: list[Way] = []  # every different way, without its names
        self._kept = array("q")  # of each way that was kept, which of them it is
        self._names: list[str] = []
        self._names_ar: list[str] = []

    def add(self, tags: Mapping[str, str]) -> Way | None:
        """What the way says (names aside), if a truck may use it."""
        self.rows["read"] += 1
        words = tuple([item for item in tags.items() if item[0] in SAYING])
        known = self._known.get(words)
        if known is None:  # what the same words say is worked out once
            way = read_way(dict(words), self._classes)
            known = way if isinstance(way, str) else len(self._said)
            self._known[words] = known
            if isinstance(way, Way):
                self._said.append(way)
        if isinstance(known, str):
            self.rows[known] += 1
            return None
        self.rows["kept"] += 1
        self._kept.append(known)
        self._names.append(tags.get("name") or tags.get("ref", ""))
        self._names_ar.append(tags.get("name:ar", ""))
        return self._said[known]

    def leave_out(self, reason: str) -> None:
        """Count a way that is left out for a reason that its tags do not say."""
        self.rows.update(("read", reason))

    def build_frame(self) -> pd.DataFrame:
        """The columns of `Way` but for oddities and unread, one row for each way kept, in the order
        of adding.
        """
        said = pd.DataFrame(self._said, columns=list(Way._fields)).drop(columns=_UNTABLED)
        frame = said.iloc[np.array(self._kept, dtype=np.int64)].reset_index(drop=True)
        return frame.assign(
            name=pd.Series(self._names, dtype="str"), name_ar=pd.Series(self._names_ar, dtype="str")
        )

    def describe(self, nodes: Iterable[Node] = ()) -> tuple[Message, ...]:
        """Notes of what was not understood and of what is not read, on the ways kept and on these
        nodes of theirs.
        """
        oddities: Counter[Oddity] = Counter()
        unread = {"ways": Counter[str](), "nodes": Counter[str]()}
        times = np.bincount(
            np.array(self._kept, dtype=np.int64), minlength=len(self._said)
        ).tolist()
        for things, met in (
            ("ways", zip(self._said, times, strict=True)),
            ("nodes", ((node, 1) for node in nodes)),
        ):
            for thing, count in met:
                for oddity in thing.oddities:
                    oddities[oddity] += count
                for key in thing.unread:
                    unread[things][key] += count
        return (*describe_oddities(oddities.items()), *describe_unread(unread))
