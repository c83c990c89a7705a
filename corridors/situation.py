"""What is known as of one moment: roads, zones, incidents and sites, and the source of each.

    Source           where a table comes from, and what became of every row that was read
    Acknowledgement  someone's answer for a dangerous but plausible state
    Situation        the tables, the moment, the sources, the acknowledgements

`classify_incidents` says of each incident whether it counts at that moment; `find_doubts` what a
plan must not pass over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.shapes import shift_longitudes
from corridors.messages import Message
from corridors.tables import (
    AREA_COUNTS,
    INCIDENTS,
    ROAD_REPORTS,
    ROADS,
    SITES,
    ZONES,
    Ints,
    build_table,
    check_table,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table comes from, and what became of every row.

    `rows` accounts for every row read: "read" equals the sum of all the other entries ("kept",
    "duplicate", "quarantined", and whatever was left out or set aside, by reason).
    """

    role: str
    """The table that it is part of: roads, zones, incidents, road_reports, area_counts, retractions
    or sites."""
    name: str
    """File name, never a path."""
    format: str
    sha256: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    newest: datetime | None = None
    """Newest record, or the date the data itself declares; None where it does not say."""
    attribution: str = ""
    """Who must be named wherever this is drawn."""
    completeness: Mapping[str, float] = field(default_factory=dict)
    """Roads: share of the pieces, by length, that state a thing (speed, weight limit, ...) rather
    than leave it to us."""
    notes: tuple[Message, ...] = ()
    """Repairs made and oddities seen."""
    numbers: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Where each id stands in the file, as the reader of the file counts rows; empty for roads."""
    reported_until: Mapping[str, datetime] = field(default_factory=dict, repr=False)
    """By id the last instant at which a report may have been made, where its `reported_at` is a day
    and no instant."""
    redistributable: bool = True
    """Whether the rows may be passed on.

    ACLED's may not: what repeats them row by row stays internal.
    """


class ReadResult(NamedTuple):
    """What a reader gives back: the table, and where it comes from."""

    table: gpd.GeoDataFrame
    source: Source


@dataclass(frozen=True, slots=True)
class Producer:
    """Who is responsible for a plan's documents, as printed on them, and the words for levels."""

    name: str = ""
    contact: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    """By level (internal, partners, parties, public): the word of the response's own information
    sharing protocol."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Someone answers for a dangerous but plausible state; printed on every output."""

    code: str
    reason: str
    by: str


AUDIENCES = ("internal", "partners", "parties", "public")
"""Whom a product is for, from those who see everything to those who see least."""


VALID_HOURS = 24.0
"""Where a mission says nothing, a plan is for the day: the next morning's reports make a new one.
"""


_TABLES = {
    contract.name: contract
    for contract in (ROADS, SITES, ZONES, INCIDENTS, ROAD_REPORTS, AREA_COUNTS)
}


class _Moment:
    """A field that takes a time with an offset, or ISO 8601 text, and holds the time in UTC."""

    def __get__(self, situation: Any, owner: type | None = None) -> datetime:
        if situation is None:
            raise AttributeError  # so the field has no default
        moment: datetime = situation.__dict__["as_of"]
        return moment

    def __set__(self, situation: Any, value: datetime | str) -> None:
        moment = value
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                raise InputError(_bad_moment("bad-time", value)) from None
        if not isinstance(moment, datetime):
            raise InputError(_bad_moment("bad-time", value))
        if moment.tzinfo is None:
            raise InputError(_bad_moment("naive-time", value))
        situation.__dict__["as_of"] = moment.astimezone(UTC)


def _bad_moment(code: str, value: object) -> Problem:
    fact = "naive" if code == "naive-time" else "unreadable"
    message, hint = Message(f"problem.as_of_{fact}"), Message("hint.write_utc")
    return Problem(code, message, hint, field="as_of", value=str(value))


@dataclass(frozen=True, eq=False)
class Situation:
    """What is known as of `as_of`. The tables keep the contracts of `corridors.tables`.

    `as_of` takes a time with an offset, or such text: `Situation(as_of="2026-11-23T06:00Z", ...)`.
    """

    as_of: _Moment = _Moment()  # a descriptor, not a default; mypy takes it for one
    roads: gpd.GeoDataFrame  # type: ignore[misc]
    sites: gpd.GeoDataFrame  # type: ignore[misc]
    zones: gpd.GeoDataFrame = field(default_factory=lambda: build_table(ZONES))
    incidents: gpd.GeoDataFrame = field(default_factory=lambda: build_table(INCIDENTS))
    """What sources reported, all versions of it: a row each.

    `evidence.fuse_reports` says what happened by them.
    """
    title: str = ""
    sources: tuple[Source, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    max_age_hours: float | None = None
    valid_hours: float = VALID_HOURS
    """So long after `as_of` a plan is to be used; then its documents say that they have expired."""
    producer: Producer = field(default_factory=Producer)
    road_reports: gpd.GeoDataFrame = field(default_factory=lambda: build_table(ROAD_REPORTS))
    """What was reported of roads and structures: their state, and limits in time, direction, weight
    and height."""
    area_counts: pd.DataFrame = field(default_factory=lambda: build_table(AREA_COUNTS))
    """Counts for whole areas, to shade a map with; they close nothing, and their event types
    overlap."""
    road_order: Ints | None = field(default=None, repr=False)
    """What `network.order_roads` gave for these roads, where it was kept: a plan is made sooner,
    and no other."""

    def __post_init__(self) -> None:
        """Check the tables at the door, and put rows in the order of their ids."""
        self._check(_TABLES)

    def change(self, **facts: Any) -> Situation:
        """The same situation with other facts, by the names of the fields; only these are checked.

        Raises
        ------
        InputError
            As for a new situation.
        """
        made = object.__new__(Situation)
        made.__dict__.update(self.__dict__)
        if "roads" in facts:
            made.__dict__.pop("area", None)
        if facts.keys() & {"sites", "zones", "as_of"}:
            made.__dict__.pop("destinations", None)
        for name, value in facts.items():
            object.__setattr__(made, name, value)
        made._check(name for name in _TABLES if name in facts)
        return made

    def _check(self, names: Iterable[str]) -> None:
        for name in names:
            table = getattr(self, name)
            check_table(_TABLES[name], table)
            if not table.index.is_monotonic_increasing:
                object.__setattr__(self, name, table.sort_index(kind="stable"))

    @property
    def reported_until(self) -> Mapping[str, datetime]:
        """By road report, the last instant at which it may have been made; see `Source`."""
        return {
            name: last
            for source in self.sources
            if source.role == "road_reports"
            for name, last in source.reported_until.items()
        }

    @cached_property
    def area(self) -> shapely.Geometry:
        """What `find_area` returns for the roads."""
        area = find_area(self.roads)
        shapely.prepare(area)
        return area

    @cached_property
    def destinations(self) -> gpd.GeoDataFrame:
        """What `find_destinations` returns."""
        chosen = self.sites[self.sites["role"] == "destination"]
        if chosen.empty:
            zones = find_candidate_zones(self)
            chosen = zones[is_in_force(zones, self.as_of)]
        return chosen[["name", "geometry"]]


def is_in_force(zones: gpd.GeoDataFrame, as_of: datetime) -> pd.Series:
    """Whether each zone is in force at `as_of`; one without dates always is."""
    moment = pd.Timestamp(as_of)
    return ~(zones["valid_from"] > moment) & ~(zones["valid_to"] < moment)


def find_destinations(situation: Situation) -> gpd.GeoDataFrame:
    """The sites to be reached or, where none has that role, the safe zones in force.

    Columns name and geometry, index their id.
    """
    return situation.destinations


def find_candidate_zones(situation: Situation) -> gpd.GeoDataFrame:
    """The zones that are destinations while they are in force; none where a site is one."""
    is_candidate = situation.zones["kind"] == "safe_zone"
    return situation.zones[is_candidate & ~(situation.sites["role"] == "destination").any()]


def find_area(roads: gpd.GeoDataFrame) -> shapely.Geometry:
    """The box of the roads, widened by a tenth of its size and at least half a degree.

    What lies outside is far from all roads. Across the antimeridian it has a part on either side.

    Examples
    --------
    >>> taveuni = gpd.GeoDataFrame(geometry=[shapely.LineString([(179.9, -16.8), (-179.9, -16.7)])])
    >>> np.round(shapely.bounds(shapely.get_parts(find_area(taveuni))), 1).tolist()
    [[-180.0, -17.3, -179.4, -16.2], [179.4, -17.3, 180.0, -16.2]]
    """
    if roads.empty:
        return shapely.Polygon()
    west, south, east, north = roads.total_bounds
    if (
        east - west > 180.0
    ):  # the widest gap between roads lies outside, be it in the middle of the map
        lon = np.unique(shapely.get_coordinates(roads.geometry.array)[:, 0] % 360.0)
        gap = np.diff(lon, append=lon[0] + 360.0)
        after = int(gap.argmax())
        west, east = lon[after] + gap[after] - 360.0, lon[after]
    pad = max(0.5, (east - west) / 10, (north - south) / 10)
    box, globe = (
        shapely.box(west - pad, south - pad, east + pad, north + pad),
        shapely.box(-180.0, -90.0, 180.0, 90.0),
    )
    return shapely.union_all(
        [
            shapely.intersection(shift_longitudes(box, degrees), globe)
            for degrees in (-360.0, 0.0, 360.0)
        ]
    )


def is_in_area(table: gpd.GeoDataFrame, area: shapely.Geometry) -> pd.Series:
    """Whether each row meets an area."""
    return pd.Series(shapely.intersects(area, np.asarray(table.geometry.array)), index=table.index)
