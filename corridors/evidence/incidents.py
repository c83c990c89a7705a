"""Evidence: reports become incidents, as they were known at one moment.

    reports -> the version of each known then -> matches -> verification of each -> incidents

A report is one row of a source. Reports of one event from several sources become one incident,
which lists them. Roads are closed by the reports, each with its own place, accuracy and time;
incidents only group them. So one more report never opens a road, whatever is fused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.evidence.status import (
    ACTIVE,
    EXPIRED,
    FUTURE,
    INCIDENT_STATUSES,
    RETRACTED,
    TOO_IMPRECISE,
    UNVERIFIED,
)
from corridors.geodesy.measures import GEOD
from corridors.rules import Rules
from corridors.tables import (
    INCIDENTS,
    REPORTS,
    VERIFICATIONS,
    Flags,
    Floats,
    Ints,
    add_columns,
    assemble_table,
    build_table,
    read_times,
    take_words,
)

CLOSING_FIRST = (ACTIVE, UNVERIFIED, TOO_IMPRECISE, EXPIRED, FUTURE, RETRACTED)
"""An incident has the first of these statuses among its reports."""
HEAT_SOURCE = "NASA FIRMS"
"""The start of the `source` of a hotspot: heat seen by any satellite, one publisher."""

_RETRACTED, CORROBORATED, VERIFIED = (
    VERIFICATIONS.index(word) for word in ("retracted", "corroborated", "verified")
)
_NEVER = pd.Timestamp("1678-01-01T00:00Z")
_DEGREE_M = 110_574.0
"""The shortest degree of latitude."""
_BATCH_SIZE = 20_000
"""The number of reports compared with the others at once."""


class FusedReports(NamedTuple):
    """Reports and incidents.

    `reports` (contract `REPORTS`) has every row, `incidents` (contract `INCIDENTS`) one row for
    each event.
    """

    reports: gpd.GeoDataFrame
    incidents: gpd.GeoDataFrame


class _Matches(NamedTuple):
    """Pairs of reports that may describe one event, and their distance in time and place.

    They are positions, `first` before `second`.
    """

    first: Ints
    second: Ints
    apart_us: Ints
    distance_m: Floats


def fuse_reports(reports: gpd.GeoDataFrame, *, as_of: datetime, rules: Rules) -> FusedReports:
    """The incidents by all reports known at `as_of`.

    Of the versions of one id the latest reported by `as_of` counts; where there is none, the
    earliest. Two reports match if they are from different publishers, of kinds that may describe
    one event, and near in place and time: see `EvidenceRules`. A report that matches another is at
    least `corroborated`, and `verified` if the other is. An incident is a set of reports that all
    match one another; reports of one publisher are never fused.

    Parameters
    ----------
    reports
        A table of the contract `INCIDENTS` with a row for each report and version, in any order.
    as_of
        The reference time; later reports are not fused.
    rules
        `evidence`, and `incidents.max_accuracy_m`: a less accurate report is not fused.

    Returns
    -------
    FusedReports
        `reports` has all rows, sorted by id, each with its verification by the others, its
        incident, and whether another version superseded it. `incidents` has the incidents, sorted
        by id: the id of the earliest of their reports. Times span those of the reports,
        `accuracy_m` is the largest, the geometry has all places, and `source_count` counts
        publishers without hotspots.

    Examples
    --------
    >>> strikes = build_table(
    ...     INCIDENTS,
    ...     {
    ...         "incident_id": ["a", "b", "c"],
    ...         "kind": ["air_strike", "shelling", "air_strike"],
    ...         "verification": ["reported"] * 3,
    ...         "occurred_at": ["2026-11-22T03:00Z", "2026-11-22T04:00Z", "2026-11-22T04:00Z"],
    ...         "occurred_until": ["2026-11-22T03:00Z", "2026-11-22T04:00Z", "2026-11-22T04:00Z"],
    ...         "accuracy_m": [0.0, 100.0, 0.0],
    ...         "source": ["hotline: driver", "UN monitor", "hotline: nurse"],
    ...         "geometry": [
    ...             shapely.Point(35, 33),
    ...             shapely.Point(35.001, 33),
    ...             shapely.Point(35, 33),
    ...         ],
    ...     },
    ... )
    >>> incidents = fuse_reports(
    ...     strikes, as_of=pd.Timestamp("2026-11-23T06:00Z"), rules=Rules()
    ... ).incidents
    >>> incidents[["reports", "source_count", "verification"]].to_dict("index")["a"]
    {'reports': ('a', 'b'), 'source_count': 2, 'verification': 'corroborated'}
    """
    versions, superseded = _choose_versions(reports, as_of)
    counting = np.flatnonzero(~superseded)
    known = versions if len(counting) == len(versions) else versions.iloc[counting]
    times = (read_times(known[name]) for name in ("occurred_until", "occurred_at"))
    by_time = np.lexsort([np.arange(len(known)), *times])
    publisher, heat = _find_publishers(known["source"])
    sure = _rank(known["verification"])
    group = np.arange(len(known))
    if len(known) and (publisher != publisher[0]).any():  # reports of one publisher never match
        matches = _find_matches(
            known.iloc[by_time], publisher[by_time], sure[by_time], as_of, rules
        )
        sure[by_time] = _corroborate(sure[by_time], matches)
        group[by_time] = by_time[_group(len(known), matches)]
    known = add_columns(known, {"verification": take_words(VERIFICATIONS, sure)})
    every = _build_reports(versions, counting, known, group)
    return FusedReports(every, _build_incidents(known, group, by_time, publisher, heat))


def group_status(owner: Ints, status: Ints, count: int) -> Ints:
    """The status of each incident: the first of its reports' in `CLOSING_FIRST`.

    `owner` is the incident of each report, `status` its position in `INCIDENT_STATUSES`; returned
    are such positions.
    """
    rank = np.array([CLOSING_FIRST.index(word) for word in INCIDENT_STATUSES])
    best = np.full(count, len(CLOSING_FIRST) - 1)
    np.minimum.at(best, owner, rank[status])
    return np.argsort(rank)[best]


def group_nearby(
    nearby: pd.DataFrame, reports: pd.DataFrame, incidents: gpd.GeoDataFrame
) -> pd.DataFrame:
    """`nearby` by incident: the report that exposes a segment most counts, once.

    Parameters
    ----------
    nearby
        The result of `exposure.weigh_nearby` for the active reports; `incident_id` has their ids.
    reports, incidents
        From `FusedReports`; of `incidents` only the active ones.
    """
    named = nearby["incident_id"].cat.categories
    owner = incidents.index.get_indexer(reports.loc[named, "incident_id"])
    if len(named) == len(incidents) and (np.diff(owner) > 0).all():
        if named.equals(incidents.index):
            return nearby
        ids = nearby["incident_id"].cat.rename_categories(incidents.index)
        return nearby.assign(incident_id=ids)
    incident = owner[nearby["incident_id"].cat.codes]
    made = nearby.assign(
        incident_id=pd.Categorical.from_codes(incident, categories=incidents.index)
    )
    pair = (
        incident.astype(np.int64) * max(1, len(made["segment_id"].cat.categories))
        + made["segment_id"].cat.codes.to_numpy()
    )
    order = np.argsort(pair, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(pair[order]) > 0]) if len(pair) else order
    grouped = made.iloc[order[first]].reset_index(drop=True)
    for name, reduce in (
        ("distance_m", np.minimum),
        ("effective_radius_m", np.maximum),
        ("exposure", np.maximum),
    ):
        grouped[name] = (
            reduce.reduceat(made[name].to_numpy()[order], first) if len(pair) else made[name]
        )
    return grouped


# Versions


def name_version(report_id: str, reported_at: pd.Timestamp) -> str:
    """The id of a version of a report that does not count."""
    return f"{report_id}@{reported_at.isoformat()}"


def _choose_versions(reports: gpd.GeoDataFrame, as_of: datetime) -> tuple[gpd.GeoDataFrame, Flags]:
    """The reports, sorted by id, and which of them another version supersedes.

    The version that counts has the plain id.
    """
    if not (reports["version_of"] != "").any():
        return reports.sort_index(kind="stable"), np.zeros(len(reports), dtype=np.bool_)
    base = pd.Series(_base_ids(reports))
    reported = reports["reported_at"].fillna(_NEVER)
    late = (reported > pd.Timestamp(as_of)).to_numpy()
    moment = _count_us(reported)
    # the latest version known, else the earliest of the others
    order = np.lexsort((np.where(late, moment, -moment), late, pd.factorize(base)[0]))
    superseded = np.ones(len(reports), dtype=np.bool_)
    superseded[order[~base.iloc[order].duplicated().to_numpy()]] = False
    names = [
        name_version(name, at) if old else name
        for name, at, old in zip(base, reported, superseded, strict=True)
    ]
    renamed = reports.set_axis(pd.Index(names, name=reports.index.name, dtype="str")).assign(
        version_of=base.where(superseded, "").to_numpy()
    )
    order = renamed.index.argsort()
    return renamed.iloc[order], superseded[order]


def _base_ids(reports: gpd.GeoDataFrame) -> npt.NDArray[Any]:
    """The id that all versions of a report have in common."""
    return np.where(reports["version_of"] != "", reports["version_of"], reports.index)


# Matches


def name_publisher(source: str) -> str:
    """The publisher of a report in lower case: the text of its source before the first colon.

    All sources of NASA FIRMS are one publisher.

    >>> name_publisher("ACLED: Reuters"), name_publisher("NASA FIRMS VIIRS N20")
    ('acled', 'nasa firms')
    """
    name = " ".join(source.partition(":")[0].casefold().split())
    heat = HEAT_SOURCE.casefold()
    return heat if name.startswith(heat) else name


def _find_publishers(source: pd.Series) -> tuple[Ints, Flags]:
    """A number for the publisher of each report, -1 without one, and whether it reports heat.

    See `name_publisher`.
    """
    number, texts = pd.factorize(source)
    heat = HEAT_SOURCE.casefold()
    names = [name_publisher(str(text)) for text in texts]
    known = {name: place for place, name in enumerate(sorted({*names} - {""}))}
    publishers = np.array([known.get(name, -1) for name in names], dtype=np.int64)
    return publishers[number], np.array([name == heat for name in names], dtype=np.bool_)[number]


def _find_matches(
    known: gpd.GeoDataFrame, publisher: Ints, sure: Ints, as_of: datetime, rules: Rules
) -> _Matches:
    """Every pair of matching reports; `known` is in the order of time."""
    evidence = rules.evidence
    start, end = (_count_us(known[name]) for name in ("occurred_at", "occurred_until"))
    within_us, longest_us = (
        int(evidence.within_hours * 3.6e9),
        int(evidence.max_window_days * 86.4e9),
    )
    max_m = (
        known["kind"]
        .map({kind: rules.incidents.of(kind).max_accuracy_m for kind in known["kind"].unique()})
        .to_numpy(dtype=float)
    )
    accuracy_m = known["accuracy_m"].to_numpy()
    shapes = known.geometry.to_numpy()
    may = (
        (publisher >= 0)
        & (sure != _RETRACTED)
        & (known["occurred_at"] <= pd.Timestamp(as_of)).to_numpy()
        & (end - start <= longest_us)
        & (accuracy_m <= max_m)
        & (shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    )
    place = np.flatnonzero(may)
    if len(place) < 2 or (publisher[place] == publisher[place[0]]).all():
        return _Matches(*(np.zeros(0, np.int64),) * 3, np.zeros(0))
    kind, alike = _compare_kinds(known["kind"].iloc[place], evidence.alike)
    spots = shapely.get_coordinates(shapes[place])
    start, end, publisher, accuracy_m = (
        start[place],
        end[place],
        publisher[place],
        accuracy_m[place],
    )

    blocks = []
    for one, other in _find_candidates(
        spots, evidence.within_m + accuracy_m, start, longest_us + within_us, publisher
    ):
        apart_us = np.maximum(
            0, np.maximum(start[one], start[other]) - np.minimum(end[one], end[other])
        )
        fits = (
            (publisher[one] != publisher[other])
            & (apart_us <= within_us)
            & alike[kind[one], kind[other]]
        )
        one, other, apart_us = one[fits], other[fits], apart_us[fits]  # noqa: PLW2901 - fewer pairs
        distance_m = np.asarray(GEOD.inv(*spots[one].T, *spots[other].T)[2], dtype=np.float64)
        near = distance_m <= evidence.within_m + np.maximum(accuracy_m[one], accuracy_m[other])
        blocks.append(
            (
                np.minimum(one, other)[near],
                np.maximum(one, other)[near],
                apart_us[near],
                distance_m[near],
            )
        )
    first, second, apart_us, distance_m = (
        np.concatenate(column) for column in zip(*blocks, strict=True)
    )
    _, once = np.unique(first * len(place) + second, return_index=True)
    return _Matches(place[first[once]], place[second[once]], apart_us[once], distance_m[once])


def _find_candidates(
    spots: Floats, radius_m: Floats, start: Ints, span_us: int, publisher: Ints
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of positions whose boxes meet and whose times are at most `span_us` apart.

    There may be more pairs; none is missed.

    Every pair has a report that is not from the publisher with the most reports, so only the
    reports of the others are searched.
    """
    lon, lat = spots.T
    high = radius_m * 1.01 / _DEGREE_M
    wide = np.minimum(
        180.0, high / np.maximum(1e-6, np.cos(np.radians(np.minimum(90.0, np.abs(lat) + high))))
    )
    asking = publisher != np.bincount(publisher).argmax()
    bucket = (start - start.min()) // max(1, span_us)
    order = np.argsort(bucket, kind="stable")
    names, begins = np.unique(bucket[order], return_index=True)
    members = dict(zip(names.tolist(), np.split(order, begins[1:]), strict=True))
    yield np.zeros(0, np.int64), np.zeros(0, np.int64)
    for name, there in members.items():
        near = np.concatenate(
            [members[other] for other in (name - 1, name, name + 1) if other in members]
        )
        near = near[asking[near]]
        if not len(near):
            continue
        tree = shapely.STRtree(_boxes(lon[there], lat[there], wide[there], high[there]))
        for turn in (-360.0, 0.0, 360.0):  # across the antimeridian
            asked = (
                near
                if turn == 0.0
                else near[np.abs(lon[near] + turn) - wide[near] <= 180.0 + wide[there].max()]
            )
            for at in range(0, len(asked), _BATCH_SIZE):
                some = asked[at : at + _BATCH_SIZE]
                one, other = tree.query(_boxes(lon[some] + turn, lat[some], wide[some], high[some]))
                yield some[one], there[other]


def _boxes(lon: Floats, lat: Floats, wide: Floats, high: Floats) -> npt.NDArray[np.object_]:
    boxes: npt.NDArray[np.object_] = shapely.box(lon - wide, lat - high, lon + wide, lat + high)
    return boxes


def _compare_kinds(kinds: pd.Series, alike: tuple[str, ...]) -> tuple[Ints, Flags]:
    """The number of each report's kind, and which kinds may describe one event."""
    number, names = pd.factorize(kinds, sort=True)
    one_of = np.array([name in alike for name in names])
    whatever = names == "other"
    fits = (
        (one_of[:, None] & one_of)
        | np.eye(len(names), dtype=np.bool_)
        | whatever[:, None]
        | whatever
    )
    return number.astype(np.int64), fits


def _count_us(times: pd.Series) -> Ints:
    """Microseconds since 1970."""
    return times.astype("int64").to_numpy()


def _rank(verification: pd.Series) -> Ints:
    number, words = pd.factorize(verification)
    return np.array([VERIFICATIONS.index(word) for word in words], dtype=np.int64)[number]


def _corroborate(sure: Ints, matches: _Matches) -> Ints:
    """The verification of each report by its matches, across incidents; never lower."""
    raised = sure.copy()
    for one, other in ((matches.first, matches.second), (matches.second, matches.first)):
        np.maximum.at(raised, one, np.where(sure[other] == VERIFIED, VERIFIED, CORROBORATED))
    return raised


def _group(count: int, matches: _Matches) -> Ints:
    """For each report the first report, by position, of its incident.

    In the order of time, each report joins an incident if it matches all its reports: of several,
    the one whose farthest report is nearest in time, then in place, then the earliest. So an
    incident is never larger than the distance at which two reports match.
    """
    group = np.arange(count)
    size = np.ones(count, dtype=np.int64)
    order = np.lexsort((matches.first, matches.second))
    columns = zip(
        *(
            column[order].tolist()
            for column in (matches.second, matches.first, matches.apart_us, matches.distance_m)
        ),
        strict=True,
    )
    waiting: dict[int, list[Any]] = {}
    last = -1

    def settle() -> None:
        whole = [
            (apart, away, incident)
            for incident, (found, apart, away) in waiting.items()
            if found == size[incident]
        ]
        if whole:
            group[last] = min(whole)[2]
            size[group[last]] += 1

    for second, first, apart_us, distance_m in columns:
        if second != last:
            settle()
            waiting, last = {}, second
        pair = waiting.setdefault(int(group[first]), [0, 0, 0.0])
        pair[0], pair[1], pair[2] = pair[0] + 1, max(pair[1], apart_us), max(pair[2], distance_m)
    settle()
    return group


# Incidents


def _build_reports(
    versions: gpd.GeoDataFrame, counting: Ints, known: gpd.GeoDataFrame, group: Ints
) -> gpd.GeoDataFrame:
    """All versions with their incidents; those that count have their new verification.

    `counting` are the rows of `known` among the versions, `group` is the first report of the
    incident of each.
    """
    columns = dict(pd.DataFrame(versions, copy=False).items())
    sure = _rank(versions["verification"])
    sure[counting] = _rank(known["verification"])
    owner = known.index.array.take(group)
    superseded = np.ones(len(versions), dtype=np.bool_)
    superseded[counting] = False
    if superseded.any():
        by_id = pd.Series(owner, index=known.index)
        owner = by_id.reindex(_base_ids(versions)).array
    columns |= {
        "verification": take_words(VERIFICATIONS, sure),
        "incident_id": owner,
        "superseded": superseded,
    }
    return assemble_table(REPORTS, columns, versions.index.rename("report_id"))


def _build_incidents(
    known: gpd.GeoDataFrame, group: Ints, by_time: Ints, publisher: Ints, heat: Flags
) -> gpd.GeoDataFrame:
    """One row for each incident; an incident of a single report is that report."""
    lone = np.bincount(group, minlength=len(known))[group] == 1
    ids, rows = known.index.to_numpy(dtype=object), np.flatnonzero(lone)
    alone = known if len(rows) == len(known) else known.iloc[rows]
    reports = np.empty(len(rows), dtype=object)
    reports[:] = [(name,) for name in ids[rows]]
    columns = dict(pd.DataFrame(alone, copy=False).items())
    columns |= {"reports": reports, "source_count": (~heat[rows]).astype(np.int64)}
    table = assemble_table(INCIDENTS, columns, alone.index.rename("incident_id"))
    if len(rows) == len(known):
        return table
    others = by_time[~lone[by_time]]
    fused = _fuse(known.iloc[others], ids[group[others]], publisher[others], heat[others])
    every = pd.concat([table, fused]) if len(table) else fused
    return build_table(INCIDENTS, every.rename_axis("incident_id"))


def _fuse(
    reports: gpd.GeoDataFrame, incident_id: npt.NDArray[Any], publisher: Ints, heat: Flags
) -> pd.DataFrame:
    """The incidents of several reports, which are in the order of time."""
    number, names = pd.factorize(incident_id)
    order = np.argsort(number, kind="stable")
    number, reports, publisher, heat = (
        number[order],
        reports.iloc[order],
        publisher[order],
        heat[order],
    )
    begins = np.flatnonzero(np.r_[True, np.diff(number) > 0])
    by_incident = reports.groupby(number)
    # the first report that states a kind other than heat
    first_stated = np.lexsort(((reports["kind"] == "other").to_numpy() | heat, number))
    seen = pd.DataFrame({"number": number, "publisher": publisher})[~heat].drop_duplicates()[
        "number"
    ]
    spots = shapely.get_coordinates(reports.geometry.to_numpy())
    places = (
        pd.DataFrame({"number": number, "lon": spots[:, 0], "lat": spots[:, 1]})
        .drop_duplicates()
        .sort_values(["number", "lon", "lat"])
    )
    shapes = shapely.multipoints(
        shapely.points(places[["lon", "lat"]].to_numpy()), indices=places["number"].to_numpy()
    )
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    sure = np.maximum.reduceat(_rank(reports["verification"]), begins)
    return pd.DataFrame(
        {
            "kind": reports["kind"].to_numpy()[first_stated[begins]],
            "occurred_at": by_incident["occurred_at"].min().array,
            "occurred_until": by_incident["occurred_until"].max().array,
            "reported_at": by_incident["reported_at"].max().array,
            "accuracy_m": np.maximum.reduceat(reports["accuracy_m"].to_numpy(), begins),
            "verification": np.array(VERIFICATIONS, dtype=object)[sure],
            **{
                name: [_list_texts(texts) for texts in _divide(reports[name], begins)]
                for name in ("structure", "source")
            },
            "reports": pd.Series(
                [tuple(ids) for ids in _divide(reports.index, begins)], index=names, dtype=object
            ).array,
            "source_count": np.bincount(seen, minlength=len(names)),
            "geometry": shapes,
        },
        index=pd.Index(names),
    )


def _divide(values: pd.Series | pd.Index, begins: Ints) -> Iterator[list[Any]]:
    """The values from each beginning to the next."""
    every = values.tolist()
    return (every[start:end] for start, end in pairwise([*begins.tolist(), len(every)]))


def _list_texts(texts: list[str]) -> str:
    return "; ".join(sorted({text for text in texts if text}))


def is_invented(source: str) -> bool:
    """Whether a source states that its reports are invented.

    "Demonstration" is not enough: people hold demonstrations.

    >>> is_invented("Invented for demonstration"), is_invented("committee of the demonstration")
    (True, False)
    """
    return "invented" in source.casefold()
