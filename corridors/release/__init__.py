"""What of a plan an audience may see, as tables and facts: all that a writer is given, and so all
that it can tell.

    layers      the contract of every table of a release
    building    the release of a plan for those of the house, which tells everything
    audiences   from a release the one for a wider audience, which tells less
    grid        the fixed cells that stand for depots, and corridors cut to what lies outside them
    naming      what its places and causes are called

No writer ever sees a plan. What is not in a release is in no file, page, layer, popup, view or
legend made from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import geopandas as gpd
import pandas as pd

from corridors.messages import Message
from corridors.release.layers import LAYERS
from corridors.situation import AUDIENCES, Acknowledgement, Producer, Source
from corridors.tables import CRS, DTYPES, EMPTY, Table

__all__ = ["AUDIENCES", "TLP", "Release", "name_file"]

TLP: Mapping[str, str] = {
    "internal": "TLP:AMBER+STRICT",
    "partners": "TLP:AMBER",
    "parties": "TLP:GREEN",
    "public": "TLP:CLEAR",
}
"""The label of the Traffic Light Protocol (FIRST, version 2.0) that each level goes by: kept in the
organisation; shared with those who need it to work with it; within the community that it is given
to; with anyone."""


@dataclass(frozen=True, eq=False, slots=True)
class Release:
    """A plan as far as one audience may see it.

    Its layers keep the contracts of `layers.LAYERS`, without what is withheld.
    """

    audience: str
    """One of `AUDIENCES`."""
    title: str
    """Empty where it is withheld."""
    as_of: datetime
    valid_until: datetime
    plan_hash: str
    """Printed on every product: of the plan; for parties and public, of what the release itself
    says."""
    layers: Mapping[str, pd.DataFrame]
    """In the order in which a reader wants them;

    EPSG:4326. A layer or column that is withheld is not there.
    """
    counts: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    """The tables of the mission file, every default filled in."""
    sources: tuple[Source, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    remarks: tuple[Message, ...] = ()
    producer: Producer = field(default_factory=Producer)
    software: Mapping[str, str] = field(default_factory=dict)
    withheld: Mapping[str, int] = field(default_factory=dict)
    """How many rows of a layer are not shown at all because nothing of them may be, by layer."""
    invented: int = 0
    """How many incidents say of themselves that they were invented.

    A demonstration is one for every audience.
    """
    revealed: bool = False
    """Whether chokepoints and smallest sets of closures are told to others than the house."""

    def table(self, name: str) -> Any:
        """A layer with all columns of its contract: those withheld hold what stands for "unknown".
        No rows where it is withheld.

        >>> release = Release(
        ...     "public",
        ...     "",
        ...     datetime(2026, 11, 23, tzinfo=UTC),
        ...     datetime(2026, 11, 24, tzinfo=UTC),
        ...     "",
        ...     {},
        ... )
        >>> len(release.table("corridors")), "nearest_incident_m" in release.table("corridors")
        (0, True)
        """
        found = self.layers.get(name)
        return _make_empty(name).copy() if found is None else _fill(found, LAYERS[name])

    def _repr_html_(self) -> str:
        """What a notebook shows, as of a plan."""
        import corridors  # noqa: PLC0415 - the door is open once everything behind it is there

        return corridors.render_notebook(self)

    @property
    def code(self) -> str:
        """The first ten digits of the hash, in two groups that can be read over the phone."""
        return f"{self.plan_hash[:5]} {self.plan_hash[5:10]}"

    @property
    def level(self) -> str:
        """What the level is called by the response's own protocol; empty where that gives it no
        word.
        """
        return self.producer.words.get(self.audience, "")

    @property
    def credits(self) -> tuple[str, ...]:
        """Who must be named wherever this is drawn, each once."""
        return tuple(
            dict.fromkeys(source.attribution for source in self.sources if source.attribution)
        )


def _fill(found: Any, contract: Table) -> Any:
    missing = {
        column.name: pd.Series(
            [EMPTY[column.kind]] * len(found), index=found.index, dtype=DTYPES[column.kind]
        )
        for column in contract.columns
        if column.name not in found
    }
    return (
        pd.concat([found, pd.DataFrame(missing, index=found.index)], axis=1) if missing else found
    )


@cache
def _make_empty(name: str) -> Any:
    """A layer that is withheld, made once: every writer asks for several."""
    contract = LAYERS[name]
    return _fill(
        gpd.GeoDataFrame(geometry=[], crs=CRS) if contract.geometry else pd.DataFrame(), contract
    )


def name_file(release: Release, what: str, suffix: str) -> str:
    """The name of a file that says what it is, whom it is for, of when, and of which plan.

    >>> at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    >>> name_file(Release("parties", "", at, at, "ab" * 32, {}), "map", "html")
    'map_parties_20261123T0600Z_ababababab.html'
    """
    moment = f"{release.as_of.astimezone(UTC):%Y%m%dT%H%MZ}"
    return f"{re.sub(r'[^a-z0-9-]+', '-', what.lower())}_{release.audience}_{moment}_{release.plan_hash[:10]}.{suffix}"
