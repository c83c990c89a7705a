"""Whether a situation can be planned on: what is wrong, doubtful or stale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import geopandas as gpd
import pandas as pd
import shapely

from corridors.errors import AcknowledgementNeeded, InputError, Problem, StaleInputError
from corridors.evidence.incidents import HEAT_SOURCE, fuse_reports, name_publisher
from corridors.evidence.status import ACTIVE, classify_incidents
from corridors.geodesy import LineIndex
from corridors.messages import Message
from corridors.rules import Rules
from corridors.situation import Situation, Source, find_destinations, is_in_area

HEAT_FORMAT = "(firms)"
"""The end of the format of a file of hotspots, which identifies one without rows."""
DOUBTS = ("no-active-incident", "no-incident-in-area", "quarantined-incidents")
"""The codes of dangerous but plausible states: a plan is made only once each is acknowledged."""


def find_doubts(
    situation: Situation, rules: Rules, reports: gpd.GeoDataFrame | None = None
) -> list[Problem]:
    """The dangerous but plausible states of a situation: one problem each, with a code of `DOUBTS`.

    A situation may be planned on once each is acknowledged, which `check_situation` ensures.
    `reports` are those of `fuse_reports` or `resolve_evidence`, where they exist already.
    """
    if reports is None:
        reports = fuse_reports(situation.incidents, as_of=situation.as_of, rules=rules).reports
    if "incident_status" in reports:
        known, incident_status = reports, reports["incident_status"]
    else:
        known = reports[~reports["superseded"]]
        incident_status = classify_incidents(known, as_of=situation.as_of, rules=rules)
    active = known[(incident_status == ACTIVE).to_numpy()]
    no_active, none_near, quarantined = DOUBTS
    found = []
    if active.empty:
        found.append(no_active)
    elif not is_in_area(active, situation.area).any():
        found.append(none_near)
    if any(source.rows.get("quarantined") for source in situation.sources):
        found.append(quarantined)
    files = ", ".join(source.name for source in situation.sources if source.role == "incidents")
    if not found:
        return []
    incident_status = incident_status[(incident_status != "superseded").to_numpy()]
    counts = tuple(
        Message("problem.incidents_counted", n=number, status=status)
        for status, number in incident_status.value_counts(sort=False).sort_index().items()
    ) or (Message("problem.no_reports"),)
    return [
        Problem(
            code,
            Message(f"problem.{code.replace('-', '_')}", counts=counts),
            Message("hint.acknowledge"),
            files,
        )
        for code in found
    ]


def find_exchanged(
    table: gpd.GeoDataFrame, area: shapely.Polygon, sources: Sequence[Source] = ()
) -> list[Problem]:
    """One problem for each row whose latitude and longitude seem to be exchanged.

    It lies outside the area of the roads, but within if the two are exchanged. `sources` state in
    which file and row it is.

    >>> from corridors.situation import find_area
    >>> from corridors.tables import ROADS, SITES, build_table
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
    >>> site = build_table(
    ...     SITES, {"site_id": ["s"], "role": ["depot"], "geometry": [shapely.Point(33.2, 35.3)]}
    ... )
    >>> find_exchanged(site, find_area(roads))[0].code
    'latlon-exchanged'
    """
    if area.is_empty or table.empty:
        return []
    far = table[~is_in_area(table, area)]
    if far.empty:
        return []
    swapped = gpd.GeoSeries(
        shapely.transform(far.geometry.array, lambda xy: xy[:, ::-1]),
        index=far.index,
        crs=table.crs,
    )
    doubtful = far[is_in_area(far.set_geometry(swapped), area)]
    return [
        Problem(
            "latlon-exchanged",
            Message("problem.latlon_exchanged", id=name),
            Message("hint.exchange_columns"),
            *_find_row(sources, name),
            field="lat, lon",
            value=_spot(shape),
        )
        for name, shape in doubtful.geometry.items()
    ]


def find_far_sites(
    situation: Situation, rules: Rules, *, index: LineIndex | None = None
) -> list[Problem]:
    """One problem for each depot and destination with no road within `rules.routing.max_snap_m`."""
    sites = situation.sites[situation.sites["role"].isin(["depot", "destination"])]
    near = (index or LineIndex(situation.roads.geometry.array)).nearest(
        sites.geometry.array, rules.routing.max_snap_m
    )
    max_snap_m = rules.routing.max_snap_m
    return [
        Problem(
            "site-far-from-roads",
            Message("problem.site_far_from_roads", id=name, max_snap_m=max_snap_m),
            Message("hint.move_site_or_add_roads"),
            *_find_row(situation.sources, name),
            field="lat, lon",
            value=_spot(shape),
        )
        for name, shape in sites.geometry.drop(sites.index[near.place]).items()
    ]


def check_situation(
    situation: Situation,
    rules: Rules,
    *,
    index: LineIndex | None = None,
    reports: gpd.GeoDataFrame | None = None,
) -> None:
    """Refuse to plan on a situation that is faulty, unanswered for, or stale.

    `check_faults` and `check_doubts` state what is raised.
    """
    check_faults(situation, rules, index=index)
    check_doubts(situation, rules, reports=reports)


def check_faults(
    situation: Situation,
    rules: Rules,
    *,
    index: LineIndex | None = None,
    known: Situation | None = None,
) -> None:
    """Refuse a situation that cannot be planned on, whoever answers for it.

    `index` is `LineIndex(situation.roads.geometry.array)`, where it exists already. `known` is a
    situation without faults by rules of the same `max_snap_m`: only what differs is checked.

    Raises
    ------
    InputError
        `latlon-exchanged` or `site-far-from-roads`. Fix: correct the file. `no-depot` or
        `no-destination`. Fix: add sites, or a safe zone. `no-roads`. Fix: bring roads that a truck
        may use. `duplicate-id`. Fix: give the site or the zone of that id another.
    """
    problems = find_faults(situation, rules, index=index, known=known)
    if not _is_same(situation, known, "sites", "zones"):
        problems += find_shared_ids(situation.sites, situation.zones, situation.sources)
    if problems:
        raise InputError(problems)


def _is_same(situation: Situation, known: Situation | None, *names: str) -> bool:
    """Whether tables of two situations are the same objects."""
    return known is not None and all(
        getattr(situation, name) is getattr(known, name) for name in names
    )


def check_doubts(
    situation: Situation, rules: Rules, *, reports: gpd.GeoDataFrame | None = None
) -> None:
    """Refuse a situation that nobody has answered for, or that is stale.

    `reports` are those of `fuse_reports` or `resolve_evidence`, where they exist already.

    Raises
    ------
    AcknowledgementNeeded
        A state of `DOUBTS` is not acknowledged. Fix: an `[[acknowledge]]` table with that code.
    StaleInputError
        The newest incident report or declared feed time is older than `max_age_hours`. Fix: a newer
        feed.
    """
    answered = {acknowledgement.code for acknowledgement in situation.acknowledgements}
    if doubts := [
        doubt for doubt in find_doubts(situation, rules, reports) if doubt.code not in answered
    ]:
        raise AcknowledgementNeeded(doubts)
    if stale := find_stale(situation):
        raise StaleInputError(stale)


def find_faults(
    situation: Situation,
    rules: Rules,
    *,
    index: LineIndex | None = None,
    known: Situation | None = None,
) -> list[Problem]:
    """What makes a situation impossible to plan on, even if it is acknowledged.

    Parameters are those of `check_faults`.
    """
    tables = ("incidents", "road_reports", "sites", "zones")
    problems = [
        problem
        for name in tables
        if not _is_same(situation, known, "roads", name)
        for problem in find_exchanged(getattr(situation, name), situation.area, situation.sources)
    ]
    if (
        not problems
        and not situation.roads.empty
        and not _is_same(situation, known, "roads", "sites")
    ):  # a site that is exchanged is far from the roads too
        problems += find_far_sites(situation, rules, index=index)
    if not (situation.sites["role"] == "depot").any():
        problems.append(
            Problem(
                "no-depot",
                Message("problem.no_depot"),
                Message("hint.add_depot"),
                field="role",
            )
        )
    if find_destinations(situation).empty:
        problems.append(
            Problem(
                "no-destination",
                Message("problem.no_destination"),
                Message("hint.add_destination"),
                field="role",
            )
        )
    if situation.roads.empty:
        problems.append(
            Problem("no-roads", Message("problem.no_roads"), Message("hint.check_roads"))
        )
    return problems


def find_shared_ids(
    sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, sources: Sequence[Source]
) -> list[Problem]:
    """Ids that a site and a zone share: a corridor could mean either."""
    file = ", ".join(source.name for source in sources if source.role == "sites")
    return [
        Problem(
            "duplicate-id",
            Message("problem.id_shared"),
            Message("hint.other_id"),
            file,
            field="site_id",
            value=name,
        )
        for name in sites.index.intersection(zones.index)
    ]


def find_stale(situation: Situation) -> Problem | None:
    """The staleness of the incident feeds where the mission sets `max_age_hours`, or None.

    Only dates up to `as_of` count. A report without a date of its own counts from the end of what
    it reports, or from its beginning where that continues. Where there are other feeds, satellite
    detections of heat, or a file without any, do not make up for their age.
    """
    if situation.max_age_hours is None:
        return None
    heat = {
        name
        for name, source in situation.incidents["source"].items()
        if name_publisher(source) == HEAT_SOURCE.casefold()
    }
    feeds = [source for source in situation.sources if source.role == "incidents"]
    reports = [source for source in feeds if not _holds_heat(source, heat)]
    incidents = situation.incidents
    if reports or len(heat) < len(incidents):
        incidents = incidents[~incidents.index.isin(heat)]
    newest = _find_newest(situation, incidents, reports or feeds)
    if _is_new(newest, situation.as_of, situation.max_age_hours):
        return None
    message = (
        Message("problem.reports_undated")
        if newest is None
        else Message("problem.reports_stale", newest=newest, max_age_hours=situation.max_age_hours)
    )
    return Problem("stale-input", message, Message("hint.newer_feed"), field="max_age_hours")


def find_old_feeds(situation: Situation) -> Iterator[tuple[str, pd.Timestamp | None]]:
    """The files of incidents that would be stale if they were alone: name and newest date.

    Both as `find_stale` counts them.
    """
    if situation.max_age_hours is None:
        return
    for source in situation.sources:
        if source.role == "incidents":
            newest = _find_newest(
                situation,
                situation.incidents[situation.incidents.index.isin(source.numbers)],
                [source],
            )
            if not _is_new(newest, situation.as_of, situation.max_age_hours):
                yield source.name, newest


def _find_newest(
    situation: Situation, incidents: gpd.GeoDataFrame, feeds: Sequence[Source]
) -> pd.Timestamp | None:
    moment = pd.Timestamp(situation.as_of)
    begun = incidents[incidents["occurred_at"] <= moment]
    ended = begun["occurred_until"].where(begun["occurred_until"] <= moment, begun["occurred_at"])
    known = begun["reported_at"].fillna(ended)
    dates = [pd.Timestamp(source.newest) for source in feeds if source.newest is not None]
    return max([date for date in [*dates, *known.dropna()] if date <= moment], default=None)


def _is_new(newest: pd.Timestamp | None, as_of: datetime, max_age_hours: float) -> bool:
    return newest is not None and pd.Timestamp(as_of) - newest <= pd.Timedelta(hours=max_age_hours)


def _holds_heat(source: Source, heat: set[str]) -> bool:
    """Whether a file holds only hotspots, of the ids `heat`, or is one of hotspots without rows."""
    return source.format.endswith(HEAT_FORMAT) or bool(
        source.numbers and heat.issuperset(source.numbers)
    )


def _find_row(sources: Sequence[Source], name: str) -> tuple[str, int | None]:
    """The file and row of an id, where a source states it."""
    return next(
        ((source.name, source.numbers[name]) for source in sources if name in source.numbers),
        ("", None),
    )


def _spot(shape: shapely.Geometry) -> str:
    spot = shapely.get_coordinates(shape)[0]
    return f"{spot[1]:.5f}, {spot[0]:.5f}"
