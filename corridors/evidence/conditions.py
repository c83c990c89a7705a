"""Conditions: what road reports say together of each segment.

Each report closes or restricts the segments that it may mean until a later report, at least as
sure, lifts that.

    reported        closes                              is lifted by a later
    NOT_PASSABLE    to every vehicle                    PASSABLE or RESTRICTED
    a limit         to vehicles above it                PASSABLE, or RESTRICTED with a limit of the
                                                        same measure
    UNKNOWN         unless unknown roads may be used    PASSABLE or RESTRICTED

PASSABLE, or RESTRICTED without an end, counts as UNKNOWN once it is stale, until any report that
the road may be used.

All that is not lifted is in force together, so the worse of two counts, and their order is that of
`reported_at` alone. Only a report that means a segment for certain, or that names the same place as
the other, lifts anything from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence.matching import Matches
from corridors.evidence.status import ENDED, IN_FORCE, STALE, find_words
from corridors.geodesy.measures import GEOD
from corridors.rules import Rules
from corridors.tables import (
    NOT_PASSABLE,
    PASSABLE,
    RESTRICTED,
    STRUCTURE_OF,
    UNKNOWN,
    UNREPORTED,
    VERIFICATIONS,
    Flags,
)

COLUMNS = {
    "segment": "int64",
    "direction": "str",
    "word": "str",
    "rule": "str",
    "cause_id": "str",
    "distance_m": "float64",
    "active_from": "datetime64[us, UTC]",
    "active_until": "datetime64[us, UTC]",
    "max_weight_t": "float64",
    "report": "int64",
    "reason": "str",
}


def resolve_conditions(
    roads: gpd.GeoDataFrame,
    reports: gpd.GeoDataFrame,
    road_report_status: pd.Series,
    matches: Matches,
    *,
    rules: Rules,
    reported_until: Mapping[str, datetime] | None = None,
) -> pd.DataFrame:
    """The conditions of each segment by the road reports, for the vehicle of the rules.

    Parameters
    ----------
    roads, reports
        Tables of the contracts `ROADS` and `ROAD_REPORTS`.
    road_report_status
        What `classify_road_reports` returns for them.
    matches
        What `match_reports` returns for them.
    rules
        `road_reports` and `vehicle`.
    reported_until
        By id, for reports whose day is known but not the hour: the end of that day. Only a report
        later than that lifts what such a report says; what it lifts itself goes by `reported_at`.

    Returns
    -------
    DataFrame
        Sorted, one row for each segment (its position), report and rule: `word` (what it makes of
        the segment in `direction`, both, forward or backward), `rule` (report_closed,
        report_weight_limit, report_height_limit, report_unknown, report_restricted,
        report_passable), cause_id, distance_m, active_from and active_until, max_weight_t (the
        limit, where one is in force), report (its position; -1 for none), `reason` (the rule; of
        those that are report_unknown also report_lapsed, for a report too old to show that a road
        is open, and unreported).
    """
    if reports.empty and rules.road_reports.assume_unreported != UNKNOWN:
        return _make_empty()[list(COLUMNS)].copy()
    rows = _make_empty()
    if len(reports) and len(
        claims := _list_claims(reports, road_report_status, matches.pairs, reported_until or {})
    ):
        rows = _apply(_drop_lifted(claims, reports, rules), rules)
    if rules.road_reports.assume_unreported == UNKNOWN:
        rows = pd.concat([rows, _list_unreported(roads, rows)], ignore_index=True)
    return _add_causes(rows, reports)


@cache
def _make_empty() -> pd.DataFrame:
    """A table without rows, made once."""
    columns = {**COLUMNS, "road_report_status": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def _list_claims(
    reports: gpd.GeoDataFrame,
    road_report_status: pd.Series,
    pairs: pd.DataFrame,
    reported_until: Mapping[str, datetime],
) -> pd.DataFrame:
    """A row for each report that counts, and each direction of each segment it may mean."""
    arcs = pd.concat(
        [
            pairs.loc[pairs[name], ["report", "segment", "distance_m", f"sure_{name}"]]
            .rename(columns={f"sure_{name}": "sure"})
            .assign(forward=name == "forward")
            for name in ("forward", "backward")
        ],
        ignore_index=True,
    )
    moments = reports[["reported_at", "valid_from"]].assign(
        until=pd.to_datetime(list(map(reported_until.get, reports.index)), utc=True)
    )
    known = pd.DataFrame(
        {
            "word": find_words(reports),
            "kind": reports["kind"],
            "road_report_status": road_report_status,
            "rank": reports["verification"].map(VERIFICATIONS.index),
            "reported_at": reports["reported_at"],
            "since": moments.max(axis=1, skipna=True).where(reports["reported_at"].notna()),
            "weight": reports["max_weight_t"],
            "height": reports["max_height_m"],
        }
    ).reset_index(drop=True)
    arcs = arcs.join(known, on="report")
    counts = arcs["road_report_status"].isin([IN_FORCE, STALE]) | (
        (arcs["road_report_status"] == ENDED) & (arcs["word"] == PASSABLE)
    )
    return arcs[counts].reset_index(drop=True)


def _drop_lifted(claims: pd.DataFrame, reports: gpd.GeoDataFrame, rules: Rules) -> pd.DataFrame:
    """The claims, with a flag for each part of them that is still in force."""
    words, limited = claims["word"], claims["word"] != NOT_PASSABLE
    lapsed = (claims["road_report_status"] != IN_FORCE) & words.isin([PASSABLE, RESTRICTED])
    in_force = pd.DataFrame(
        {
            "closed": words == NOT_PASSABLE,
            "keeps_weight": limited & claims["weight"].notna(),
            "keeps_height": limited & claims["height"].notna(),
            "restricted": words == RESTRICTED,
            "unknown": words == UNKNOWN,
            "lapsed": lapsed,
        }
    )
    lifters = (
        words.isin([PASSABLE, RESTRICTED])
        & claims["reported_at"].notna()
        & (claims["road_report_status"] != ENDED)
    )
    columns = [
        "segment",
        "forward",
        "report",
        "kind",
        "word",
        "rank",
        "reported_at",
        "since",
        "weight",
        "height",
        "sure",
    ]
    both = (
        claims.loc[in_force.any(axis=1), columns]
        .reset_index(names="old")
        .merge(
            claims.loc[lifters, columns].reset_index(names="new"),
            on=["segment", "forward"],
            suffixes=("", "_new"),
        )
    )
    both = both[
        (both["report"] != both["report_new"])
        & (both["since"].isna() | (both["reported_at_new"] > both["since"]))
    ]
    both = both[
        both["sure_new"].to_numpy() | _are_in_one_place(reports, both, rules.road_reports.match_m)
    ]
    is_open = (both["word_new"] == PASSABLE).to_numpy()
    better = (
        both["since"].notna()
        & (both["rank_new"] >= both["rank"])
        & _speak_of_one_thing(both["kind_new"], both["kind"])
    ).to_numpy()
    lifts = {
        "closed": better,
        "keeps_weight": better & (is_open | both["weight_new"].notna().to_numpy()),
        "keeps_height": better & (is_open | both["height_new"].notna().to_numpy()),
        "restricted": better & is_open,
        "unknown": better,
        "lapsed": np.ones(len(both), dtype=bool),
    }
    has_lifted = np.zeros(len(claims), dtype=bool)
    for name, lifted in lifts.items():
        had = in_force[name].to_numpy()[both["old"]] & lifted
        has_lifted[both["new"].to_numpy()[had]] = True
        in_force.loc[both["old"].to_numpy()[had], name] = False
    in_force["lapsed"] &= (
        claims["sure"] | has_lifted | (words != PASSABLE)
    )  # one that may mean another road says nothing about this one
    in_force["passable"] = (
        (words == PASSABLE) & claims["sure"] & (claims["road_report_status"] == IN_FORCE)
    )
    return claims.assign(**in_force)


def _speak_of_one_thing(new: pd.Series, old: pd.Series) -> Flags:
    """Whether a report of the new kind is about what one of the old kind is about.

    One of the whole road is about everything on it except mines, which driving past does not
    clear; any other is about its own kind, or its own kind of structure.
    """
    whole = (new == "road_status") & (old != "explosive_hazard")
    return np.asarray(
        whole
        | (new == old)
        | (new.map(STRUCTURE_OF).notna() & (new.map(STRUCTURE_OF) == old.map(STRUCTURE_OF)))
    )


def _are_in_one_place(reports: gpd.GeoDataFrame, both: pd.DataFrame, match_m: float) -> Flags:
    """Whether each pair of reports names the same place, to within `match_m`.

    Then they are about one thing, whichever it is.
    """
    shapes = reports.geometry.to_numpy()
    old, new = (
        shapes[both[name].to_numpy(dtype=np.int64)] for name in ("report", "report_new")
    )  # no rows have no type
    same = shapely.equals(old, new)
    points = (shapely.get_type_id(old) == 0) & (shapely.get_type_id(new) == 0) & ~same
    spots = shapely.get_coordinates(old[points]), shapely.get_coordinates(new[points])
    same[points] = np.asarray(GEOD.inv(*spots[0].T, *spots[1].T)[2]) <= match_m
    return np.asarray(same)


def _apply(held: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """What the claims in force mean for the vehicle.

    A row for each claim and its rule, the two directions of a segment in one.
    """
    heavy = held["weight"] < rules.vehicle.gross_weight_t
    high = held["height"] < rules.vehicle.height_m
    parts = [
        ("report_closed", NOT_PASSABLE, held["closed"]),
        ("report_weight_limit", NOT_PASSABLE, held["keeps_weight"] & heavy),
        ("report_height_limit", NOT_PASSABLE, held["keeps_height"] & high),
        ("report_unknown", UNKNOWN, held["unknown"] | held["lapsed"]),
        (
            "report_restricted",
            RESTRICTED,
            held["restricted"] | (held["keeps_weight"] & ~heavy) | (held["keeps_height"] & ~high),
        ),
        ("report_passable", PASSABLE, held["passable"]),
    ]
    rows = pd.concat(
        [held[flag].assign(rule=rule, word=word) for rule, word, flag in parts], ignore_index=True
    )
    rows["max_weight_t"] = rows["weight"].where(rows["keeps_weight"])
    keys = ["segment", "report", "rule"]
    grouped = rows.groupby(keys, sort=True)
    one = grouped[["word", "road_report_status", "distance_m", "max_weight_t"]].first()
    forward = grouped["forward"].agg(["any", "all"])
    backward_too = np.where(forward["any"], "both", "backward")
    one["direction"] = np.where(forward["all"], "forward", backward_too)
    return one.reset_index()


def _list_unreported(roads: gpd.GeoDataFrame, reported: pd.DataFrame) -> pd.DataFrame:
    """The directions that may be driven and that no report is about, as UNKNOWN."""
    free = {}
    for name, other in (("forward", "backward"), ("backward", "forward")):
        free[name] = np.array(roads["oneway"] != other)
        free[name][reported.loc[reported["direction"].isin(["both", name]), "segment"]] = False
    segment = np.flatnonzero(free["forward"] | free["backward"])
    one = np.where(free["forward"][segment], "forward", "backward")
    direction = np.where(free["forward"][segment] & free["backward"][segment], "both", one)
    return pd.DataFrame(
        {
            "segment": segment,
            "report": -1,
            "rule": "report_unknown",
            "word": UNKNOWN,
            "direction": direction,
        }
    )


def _add_causes(rows: pd.DataFrame, reports: gpd.GeoDataFrame) -> pd.DataFrame:
    """The rows with their cause, its time, and their reason."""
    rows = rows.astype({"segment": "int64", "report": "int64"})
    known = reports.reset_index().reindex(rows["report"].to_numpy())
    starts = (
        known[["reported_at", "valid_from"]].max(axis=1, skipna=True)
        if len(known)
        else known["reported_at"]
    )
    lapsed = (rows["road_report_status"] != IN_FORCE) & (known["status"] != UNKNOWN).to_numpy()
    reason = rows["rule"].mask((rows["rule"] == "report_unknown") & lapsed, "report_lapsed")
    made = rows.assign(
        cause_id=known["report_id"].fillna(UNREPORTED).to_numpy(),
        active_from=pd.to_datetime(starts, utc=True).array,
        active_until=known["valid_to"].array,
        reason=reason.mask(rows["report"] < 0, UNREPORTED),
    )
    return made[list(COLUMNS)].astype(COLUMNS)
