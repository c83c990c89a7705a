"""What is known, as of one moment: roads, zones, incidents and sites, and where each is known from.

    Source           where a table comes from, and what became of every row that was read
    Acknowledgement  someone's answer for a dangerous but plausible state
    Situation        the tables, the moment, the sources, the acknowledgements

`classify_incidents` says of each incident whether it counts at that moment; `find_doubts` what a plan must not pass over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.errors import AcknowledgementNeeded, InputError, Problem, StaleInputError
from corridors.evidence import HEAT_SOURCE, fuse_reports, name_publisher
from corridors.nearness import LineIndex
from corridors.nearness.shapes import turn
from corridors.rules import Rules
from corridors.tables import AREA_COUNTS, INCIDENTS, ROAD_REPORTS, ROADS, SITES, VERIFICATIONS, ZONES, Ints, build_table, check_table

ACTIVE, EXPIRED, FUTURE, TOO_IMPRECISE, RETRACTED, UNVERIFIED = "active", "expired", "future", "too_imprecise", "retracted", "unverified"
STANDINGS = (ACTIVE, EXPIRED, FUTURE, TOO_IMPRECISE, RETRACTED, UNVERIFIED)
"""What an incident counts for at a moment. Only `active` ones close roads; none of the others is ever dropped."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table comes from, and what became of every row.

    `rows` accounts for every row read: "read" equals the sum of all the other entries ("kept", "duplicate",
    "quarantined", and whatever was left out or set aside, by reason).
    """

    role: str
    """The table that it is part of: roads, zones, incidents, road_reports, area_counts, retractions or sites."""
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
    """Roads: share of the pieces, by length, that state a thing (speed, weight limit, ...) rather than leave it to us."""
    notes: tuple[str, ...] = ()
    """Repairs made and oddities seen, in words."""
    numbers: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Where each id stands in the file, as the reader of the file counts rows; empty for roads."""
    reported_until: Mapping[str, datetime] = field(default_factory=dict, repr=False)
    """By id the last instant at which a report may have been made, where its `reported_at` is a day and no instant."""
    redistributable: bool = True
    """Whether the rows may be passed on. ACLED's may not: what repeats them row by row stays internal."""


class Reading(NamedTuple):
    """What a reader gives back: the table, and where it comes from."""

    table: gpd.GeoDataFrame
    source: Source


@dataclass(frozen=True, slots=True)
class Producer:
    """Who answers for a plan's documents, as printed on them, and the words that their levels of disclosure go by."""

    name: str = ""
    contact: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    """By level (internal, partners, parties, public): the word of the response's own information sharing protocol."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Someone answers for a dangerous but plausible state; printed on every output."""

    code: str
    reason: str
    by: str


AUDIENCES = ("internal", "partners", "parties", "public")
"""Whom a product is for, from those who see everything to those who see least."""
VALID_HOURS = 24.0
"""Where a mission says nothing, a plan is for the day: the next morning's reports make a new one."""

HEAT_FORMAT = "(firms)"
"""What the format of a file of hotspots ends with, by which one is known that holds none."""

DOUBTS: Mapping[str, str] = MappingProxyType(
    {
        "no-active-incident": "no incident is active at this moment: nothing closes a road",
        "no-incident-in-area": "incidents are active, but none lies in or near the area of the roads",
        "quarantined-incidents": "reports that could not be placed or dated were set aside: they might be anywhere, now",
    }
)
"""The states that a plan goes past only with an acknowledgement of that code."""


@dataclass(frozen=True, eq=False)
class Situation:
    """What is known as of `as_of`. The tables keep the contracts of `corridors.tables`."""

    as_of: datetime
    roads: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame = field(default_factory=lambda: build_table(ZONES))
    incidents: gpd.GeoDataFrame = field(default_factory=lambda: build_table(INCIDENTS))
    """What sources reported, all versions of it: a row each. `evidence.fuse_reports` says what happened by them."""
    title: str = ""
    sources: tuple[Source, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    max_age_hours: float | None = None
    valid_hours: float = VALID_HOURS
    """So long after `as_of` a plan is to be used; then its documents say that they have expired."""
    producer: Producer = field(default_factory=Producer)
    road_reports: gpd.GeoDataFrame = field(default_factory=lambda: build_table(ROAD_REPORTS))
    """What was reported of roads and structures: their state, and limits in time, direction, weight and height."""
    area_counts: pd.DataFrame = field(default_factory=lambda: build_table(AREA_COUNTS))
    """Counts for whole areas, to shade a map with; they close nothing, and their event types overlap."""
    road_order: Ints | None = field(default=None, repr=False)
    """What `network.order_roads` gave for these roads, where it was kept: a plan is made sooner, and no other."""

    def __post_init__(self) -> None:
        """Check the tables at the door, and that the moment has a time zone: one moment is one plan, whatever clock tells it.

        Rows are put in the order of their ids, in which every stage counts them.
        """
        if self.as_of.tzinfo is None:
            raise InputError(
                Problem("naive-time", "as_of has no time zone", "write 2026-11-23T06:00:00Z", field="as_of", value=str(self.as_of))
            )
        object.__setattr__(self, "as_of", self.as_of.astimezone(UTC))
        for contract in (ROADS, SITES, ZONES, INCIDENTS, ROAD_REPORTS, AREA_COUNTS):
            table = getattr(self, contract.name)
            check_table(contract, table)
            if not table.index.is_monotonic_increasing:
                object.__setattr__(self, contract.name, table.sort_index(kind="stable"))

    @cached_property
    def area(self) -> shapely.Geometry:
        """What `find_area` gives for the roads."""
        return find_area(self.roads)


def classify_incidents(incidents: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> pd.Series:
    """What each incident counts for at `as_of`: one word of `STANDINGS` a row, on the same index.

    Active while 0 <= as_of - occurred_until <= look_back_days of its kind; one that has begun and not ended is going on,
    and active. Retraction comes first, then time, then precision, then verification.

    Examples
    --------
    >>> from corridors.rules import Rules
    >>> incidents = build_table(
    ...     INCIDENTS,
    ...     {
    ...         "incident_id": ["a", "b"],
    ...         "kind": ["shelling"] * 2,
    ...         "verification": ["reported"] * 2,
    ...         "occurred_at": ["2026-11-01T00:00Z", "2026-11-22T00:00Z"],
    ...         "occurred_until": ["2026-11-02T00:00Z", "2026-11-23T00:00Z"],
    ...         "accuracy_m": [0.0, 9000.0],
    ...         "geometry": [shapely.Point(35, 33)] * 2,
    ...     },
    ... )
    >>> classify_incidents(incidents, as_of=pd.Timestamp("2026-11-22T12:00Z"), rules=Rules()).tolist()
    ['expired', 'too_imprecise']
    """
    by_kind = {kind: rules.incidents.of(kind) for kind in incidents["kind"].unique()}
    moment = pd.Timestamp(as_of)
    look_back = pd.to_timedelta(
        incidents["kind"].map({kind: rule.look_back_days for kind, rule in by_kind.items()}).astype(float), unit="D"
    )
    most = incidents["kind"].map({kind: rule.max_accuracy_m for kind, rule in by_kind.items()}).astype(float)
    ranks = {word: place for place, word in enumerate(VERIFICATIONS)}
    least = incidents["kind"].map({kind: ranks[rule.min_verification] for kind, rule in by_kind.items()}).astype(int)
    sure = incidents["verification"].map(ranks).astype(int)
    standing = np.select(
        [
            incidents["verification"] == "retracted",
            incidents["occurred_at"] > moment,
            moment - incidents["occurred_until"] > look_back,
            incidents["accuracy_m"] > most,
            sure < least,
        ],
        [RETRACTED, FUTURE, EXPIRED, TOO_IMPRECISE, UNVERIFIED],
        ACTIVE,
    )
    return pd.Series(standing, index=incidents.index, name="standing", dtype="str")


def apply_retractions(incidents: gpd.GeoDataFrame, retractions: pd.DataFrame, *, as_of: datetime) -> gpd.GeoDataFrame:
    """The incidents with those `retracted` that their source had withdrawn by `as_of`; ids that name none do nothing.

    All versions of such an id go, but for one that was reported after it was withdrawn: it was reported anew.

    Examples
    --------
    >>> from corridors.tables import RETRACTIONS
    >>> incidents = build_table(
    ...     INCIDENTS,
    ...     {
    ...         "incident_id": ["a"],
    ...         "kind": ["fire"],
    ...         "verification": ["reported"],
    ...         "occurred_at": ["2026-11-01T00:00Z"],
    ...         "occurred_until": ["2026-11-01T00:00Z"],
    ...         "accuracy_m": [0.0],
    ...         "geometry": [shapely.Point(35, 33)],
    ...     },
    ... )
    >>> withdrawn = build_table(RETRACTIONS, {"incident_id": ["a"], "retracted_at": ["2026-11-03T00:00Z"]})
    >>> [
    ...     apply_retractions(incidents, withdrawn, as_of=pd.Timestamp(f"2026-11-{day}", tz="UTC"))["verification"].item()
    ...     for day in ("02", "04")
    ... ]
    ['reported', 'retracted']
    """
    by_now = retractions.loc[retractions["retracted_at"] <= pd.Timestamp(as_of), "retracted_at"]
    own, first = by_now.reindex(incidents.index), by_now.reindex(incidents["version_of"])
    since = own.where(own.notna(), first.array)
    withdrawn = since.notna() & ~(incidents["reported_at"] > since)
    return incidents.assign(verification=incidents["verification"].mask(withdrawn, "retracted"))


def is_invented(source: str) -> bool:
    """Whether a source says of itself that what it tells was made up. "Demonstration" does not say so: people hold them.

    >>> is_invented("Invented for demonstration"), is_invented("committee of the demonstration")
    (True, False)
    """
    return "invented" in source.casefold()


def is_in_force(zones: gpd.GeoDataFrame, as_of: datetime) -> pd.Series:
    """Whether each zone is in force at `as_of`; one without dates always is."""
    moment = pd.Timestamp(as_of)
    return ~(zones["valid_from"] > moment) & ~(zones["valid_to"] < moment)


def find_destinations(situation: Situation) -> gpd.GeoDataFrame:
    """The sites to be reached or, where none has that role, the safe zones in force: columns name and geometry, index their id."""
    sites, zones = situation.sites, situation.zones
    chosen = sites[sites["role"] == "destination"]
    if chosen.empty:
        chosen = zones[(zones["kind"] == "safe_zone") & is_in_force(zones, situation.as_of)]
    return chosen[["name", "geometry"]]


def find_doubts(situation: Situation, rules: Rules, reports: gpd.GeoDataFrame | None = None) -> list[Problem]:
    """The dangerous but plausible states of a situation: one problem each, its code a key of `DOUBTS`.

    A situation may be planned on once each is acknowledged; `check_situation` holds that. `reports` are those of
    `fuse_reports`, where they are there already.
    """
    if reports is None:
        reports = fuse_reports(situation.incidents, as_of=situation.as_of, rules=rules).reports
    known = reports[~reports["superseded"]]
    standing = classify_incidents(known, as_of=situation.as_of, rules=rules)
    active = known[standing == ACTIVE]
    found = []
    if active.empty:
        found.append("no-active-incident")
    elif not is_in_area(active, situation.area).any():
        found.append("no-incident-in-area")
    if any(source.rows.get("quarantined") for source in situation.sources):
        found.append("quarantined-incidents")
    files = ", ".join(source.name for source in situation.sources if source.role == "incidents")
    told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in standing.value_counts(sort=False).sort_index().items())
    mend = "bring what is missing, or answer for it with an [[acknowledge]] table in mission.toml (this code, a reason, a name)"
    return [Problem(code, f"{DOUBTS[code]} (reports: {told or 'none'})", mend, files) for code in found]


def find_exchanged(table: gpd.GeoDataFrame, area: shapely.Polygon, sources: Sequence[Source] = ()) -> list[Problem]:
    """One problem for each row that lies outside the area of the roads, but within if latitude and longitude change places.

    `sources` say in which file and row it stands.

    >>> roads = build_table(
    ...     ROADS,
    ...     {
    ...         "segment_id": ["r"],
    ...         "oneway": ["both"],
    ...         "length_m": [1.0],
    ...         "speed_kph": [50.0],
    ...         "geometry": [shapely.LineString([(35.2, 33.1), (35.4, 33.3)])],
    ...     },
    ... )
    >>> site = build_table(SITES, {"site_id": ["s"], "role": ["depot"], "geometry": [shapely.Point(33.2, 35.3)]})
    >>> find_exchanged(site, find_area(roads))[0].code
    'latlon-exchanged'
    """
    if area.is_empty or table.empty:
        return []
    far = table[~is_in_area(table, area)]
    if far.empty:
        return []
    swapped = gpd.GeoSeries(shapely.transform(far.geometry.array, lambda xy: xy[:, ::-1]), index=far.index, crs=table.crs)
    doubtful = far[is_in_area(far.set_geometry(swapped), area)]
    mend = "exchange the two columns, or the order of the coordinates, in the file"
    message = "lies far from every road, but among them if latitude and longitude change places"
    return [
        Problem("latlon-exchanged", f"{name} {message}", mend, *_find_row(sources, name), field="lat, lon", value=_spot(shape))
        for name, shape in doubtful.geometry.items()
    ]


def find_far_sites(situation: Situation, rules: Rules, *, index: LineIndex | None = None) -> list[Problem]:
    """One problem for each depot and destination with no road within `rules.routing.max_snap_m`."""
    sites = situation.sites[situation.sites["role"].isin(["depot", "destination"])]
    near = (index or LineIndex(situation.roads.geometry.array)).nearest(sites.geometry.array, rules.routing.max_snap_m)
    message = f"lies more than {rules.routing.max_snap_m:g} m (max_snap_m) from every road"
    mend = "correct its coordinates, bring roads that reach it, or raise rules.routing.max_snap_m"
    return [
        Problem("site-far-from-roads", f"{name} {message}", mend, *_find_row(situation.sources, name), field="lat, lon", value=_spot(shape))
        for name, shape in sites.geometry.drop(sites.index[near.place]).items()
    ]


def check_situation(situation: Situation, rules: Rules, *, index: LineIndex | None = None, reports: gpd.GeoDataFrame | None = None) -> None:
    """Pass in silence, or refuse to plan on a situation that is exchanged, unanswered for, or stale.

    `index` is `LineIndex(situation.roads.geometry.array)` and `reports` those of `fuse_reports`, where they are there already.

    Raises
    ------
    InputError
        `latlon-exchanged` or `site-far-from-roads` (mend the file), `no-depot` or `no-destination` (add sites, or a safe
        zone), `no-roads` (bring roads a truck may use), `duplicate-id` (give the site or the zone of that id another).
    AcknowledgementNeeded
        A state of `DOUBTS` that nobody has answered for (mend: an `[[acknowledge]]` table with that code).
    StaleInputError
        The newest incident report or declared feed time is older than `max_age_hours` (mend: a newer feed).
    """
    if problems := [*find_faults(situation, rules, index=index), *find_shared_ids(situation.sites, situation.zones, situation.sources)]:
        raise InputError(problems)
    answered = {acknowledgement.code for acknowledgement in situation.acknowledgements}
    if doubts := [doubt for doubt in find_doubts(situation, rules, reports) if doubt.code not in answered]:
        raise AcknowledgementNeeded(doubts)
    if stale := find_stale(situation):
        raise StaleInputError(str(stale))


def find_faults(situation: Situation, rules: Rules, *, index: LineIndex | None = None) -> list[Problem]:
    """What makes a situation impossible to plan on, whoever answers for it."""
    tables = (situation.incidents, situation.road_reports, situation.sites, situation.zones)
    problems = [problem for table in tables for problem in find_exchanged(table, situation.area, situation.sources)]
    if not problems and not situation.roads.empty:  # a site that is exchanged is far from the roads too
        problems += find_far_sites(situation, rules, index=index)
    if not (situation.sites["role"] == "depot").any():
        problems.append(Problem("no-depot", "no site has the role depot", "add a depot to the sites, or a depots file", field="role"))
    if find_destinations(situation).empty:
        message = "no site is a destination and no safe zone is in force"
        problems.append(Problem("no-destination", message, "add a destination or a safe zone", field="role"))
    if situation.roads.empty:
        problems.append(Problem("no-roads", "no road that a truck may use was read", "check the roads file"))
    return problems


def find_shared_ids(sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, sources: Sequence[Source]) -> list[Problem]:
    """Ids that a site and a zone share: a corridor could mean either."""
    file = ", ".join(source.name for source in sources if source.role == "sites")
    mend = "give the site or the zone another id"
    return [
        Problem("duplicate-id", "a site and a zone have the same id", mend, file, field="site_id", value=name)
        for name in sites.index.intersection(zones.index)
    ]


def find_stale(situation: Situation) -> Problem | None:
    """The staleness of the incident feeds where the mission sets `max_age_hours`, or None.

    What is dated after `as_of` says nothing of how new a feed was then; a report without a date of its own counts from
    the end of what it reports, or from its beginning where that goes on. Heat seen from space is no report: where there are
    other feeds, it does not make up for their age, and neither does a file that saw none.
    """
    if situation.max_age_hours is None:
        return None
    heat = {name for name, source in situation.incidents["source"].items() if name_publisher(source) == HEAT_SOURCE.casefold()}
    feeds = [source for source in situation.sources if source.role == "incidents"]
    reports = [source for source in feeds if not _tells_heat(source, heat)]
    told = situation.incidents
    if reports or len(heat) < len(told):
        told = told[~told.index.isin(heat)]
    newest = _find_newest(situation, told, reports or feeds)
    if _is_new(newest, situation.as_of, situation.max_age_hours):
        return None
    age = f"more than {situation.max_age_hours:g} hours before the moment planned for"
    said = "no report says when it was made" if newest is None else f"the newest report is of {newest:%Y-%m-%d %H:%M} UTC, {age}"
    return Problem("stale-input", said, "bring a newer feed, or raise max_age_hours knowingly", field="max_age_hours")


def find_old_feeds(situation: Situation) -> Iterator[tuple[str, pd.Timestamp | None]]:
    """The files of incidents that would be stale if they were alone: name and newest date, both as `find_stale` counts them."""
    if situation.max_age_hours is None:
        return
    for source in situation.sources:
        if source.role == "incidents":
            newest = _find_newest(situation, situation.incidents[situation.incidents.index.isin(source.numbers)], [source])
            if not _is_new(newest, situation.as_of, situation.max_age_hours):
                yield source.name, newest


def _find_newest(situation: Situation, told: gpd.GeoDataFrame, feeds: Sequence[Source]) -> pd.Timestamp | None:
    moment = pd.Timestamp(situation.as_of)
    begun = told[told["occurred_at"] <= moment]
    ended = begun["occurred_until"].where(begun["occurred_until"] <= moment, begun["occurred_at"])
    known = begun["reported_at"].fillna(ended)
    dates = [pd.Timestamp(source.newest) for source in feeds if source.newest is not None]
    return max([date for date in [*dates, *known.dropna()] if date <= moment], default=None)


def _is_new(newest: pd.Timestamp | None, as_of: datetime, max_age_hours: float) -> bool:
    return newest is not None and pd.Timestamp(as_of) - newest <= pd.Timedelta(hours=max_age_hours)


def _tells_heat(source: Source, heat: set[str]) -> bool:
    """Whether a file holds hotspots alone, of the ids `heat`, or is one of hotspots that holds none."""
    return source.format.endswith(HEAT_FORMAT) or bool(source.numbers and heat.issuperset(source.numbers))


def find_area(roads: gpd.GeoDataFrame) -> shapely.Geometry:
    """The box of the roads, widened by a tenth of its size and at least half a degree: what lies outside is far from them all.

    Across the antimeridian it has a part on either side.

    Examples
    --------
    >>> taveuni = gpd.GeoDataFrame(geometry=[shapely.LineString([(179.9, -16.8), (-179.9, -16.7)])])
    >>> np.round(shapely.bounds(shapely.get_parts(find_area(taveuni))), 1).tolist()
    [[-180.0, -17.3, -179.4, -16.2], [179.4, -17.3, 180.0, -16.2]]
    """
    if roads.empty:
        return shapely.Polygon()
    west, south, east, north = roads.total_bounds
    if east - west > 180.0:  # the widest gap between roads lies outside, be it in the middle of the map
        lon = np.unique(shapely.get_coordinates(roads.geometry.array)[:, 0] % 360.0)
        gap = np.diff(lon, append=lon[0] + 360.0)
        after = int(gap.argmax())
        west, east = lon[after] + gap[after] - 360.0, lon[after]
    pad = max(0.5, (east - west) / 10, (north - south) / 10)
    box, globe = shapely.box(west - pad, south - pad, east + pad, north + pad), shapely.box(-180.0, -90.0, 180.0, 90.0)
    return shapely.union_all([shapely.intersection(turn(box, degrees), globe) for degrees in (-360.0, 0.0, 360.0)])


def is_in_area(table: gpd.GeoDataFrame, area: shapely.Geometry) -> pd.Series:
    """Whether each row meets an area."""
    return pd.Series(shapely.intersects(table.geometry.array, area), index=table.index)


def _find_row(sources: Sequence[Source], name: str) -> tuple[str, int | None]:
    """The file and row in which an id stands, where a source tells."""
    return next(((source.name, source.numbers[name]) for source in sources if name in source.numbers), ("", None))


def _spot(shape: shapely.Geometry) -> str:
    spot = shapely.get_coordinates(shape)[0]
    return f"{spot[1]:.5f}, {spot[0]:.5f}"
