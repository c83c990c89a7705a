"""What of a plan an audience may see, as tables and facts: the only input of every writer.

    layers      the contract of every table of a release
    building    the internal release of a plan, which holds all its facts
    audiences   from a release the one for a wider audience, which holds less
    grid        the fixed cells shown for depots, and the parts of corridors outside them
    labels      the names of its places and causes, and its reasons in words

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
"""The label of the Traffic Light Protocol (FIRST, version 2.0) of each level: kept in the
organisation; shared with those who need it to act; within the community that receives it; with
anyone."""


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
    """Printed on every product: that of the plan; for parties and public, that of the release."""
    layers: Mapping[str, pd.DataFrame]
    """In the order in which a reader wants them, in EPSG:4326; without what is withheld."""
    counts: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    """The tables of the mission file, every default filled in."""
    sources: tuple[Source, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    remarks: tuple[Message, ...] = ()
    producer: Producer = field(default_factory=Producer)
    software: Mapping[str, str] = field(default_factory=dict)
    withheld: Mapping[str, int] = field(default_factory=dict)
    """By layer, how many rows are withheld entirely."""
    invented: int = 0
    """How many incidents are marked as invented. A demonstration is one for every audience."""
    revealed: bool = False
    """Whether others than internal readers see chokepoints and smallest sets of closures."""

    def table(self, name: str) -> Any:
        """A layer with all columns of its contract; those withheld hold the values of `EMPTY`.

        It has no rows where the layer is withheld.

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
        """What a notebook shows, as for a plan."""
        import corridors  # noqa: PLC0415 - complete only once all modules are imported

        return corridors.render_notebook(self)

    @property
    def code(self) -> str:
        """The first ten digits of the hash, in two groups that can be read over the phone."""
        return f"{self.plan_hash[:5]} {self.plan_hash[5:10]}"

    @property
    def level(self) -> str:
        """The word of the response's own protocol for the level; empty where it has none."""
        return self.producer.words.get(self.audience, "")

    @property
    def credits(self) -> tuple[str, ...]:
        """The attributions that every product must show, each once."""
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
    """A layer that is withheld, made once, since every writer asks for several."""
    contract = LAYERS[name]
    return _fill(
        gpd.GeoDataFrame(geometry=[], crs=CRS) if contract.geometry else pd.DataFrame(), contract
    )


def name_file(release: Release, what: str, suffix: str) -> str:
    """The name of a file: what it is, its audience, its moment and its plan.

    >>> at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    >>> name_file(Release("parties", "", at, at, "ab" * 32, {}), "map", "html")
    'map_parties_20261123T0600Z_ababababab.html'
    """
    moment = f"{release.as_of.astimezone(UTC):%Y%m%dT%H%MZ}"
    plain = re.sub(r"[^a-z0-9-]+", "-", what.lower())
    return f"{plain}_{release.audience}_{moment}_{release.plan_hash[:10]}.{suffix}"
