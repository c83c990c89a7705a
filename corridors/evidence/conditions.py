"""What of the reports holds: each closes or restricts what it may mean until a later report, at
least as sure, says better of it.

    said              closes                                  is lifted by a later NOT_PASSABLE
    to every vehicle                        PASSABLE or RESTRICTED a limit           to vehicles
    above it                    PASSABLE, or RESTRICTED with a limit of the same measure UNKNOWN
    unless unknown roads may be used        PASSABLE or RESTRICTED PASSABLE, or RESTRICTED without
    an end, gone stale: as UNKNOWN     any report that the road may be used

All that is not lifted holds together, so the worse of two counts, and their order is that of
`reported_at` alone. Only a report that means a segment for certain, or that names the same place as
the other, lifts anything from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence.matching import Matches
from corridors.evidence.status import ENDED, IN_FORCE, STALE, find_words
from corridors.evidence.structures import STRUCTURE_OF
from corridors.geodesy.measures import GEOD
from corridors.rules import Rules
from corridors.tables import NOT_PASSABLE, PASSABLE, RESTRICTED, UNKNOWN, VERIFICATIONS, Flags

UNREPORTED = "unreported"
"""The cause of closures of roads that no report speaks of, where the rules take those as UNKNOWN.
"""
NO_REPORT = "no report speaks of it"
RESTRICTED_BY, UNKNOWN_BY, LAPSED_BY = (
    "restricted by",
    "unknown by",
    "no longer known to be open by",
)
"""What is said of roads that are not closed, before the name of the report that says it."""
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
    "says": "str",
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
    """What holds of each segment by the road reports, at the moment of their incident_status, for
    the vehicle of the rules.

    Parameters
    ----------
    roads, reports
        Tables of the contracts `ROADS` and `ROAD_REPORTS`.
    incident_status
        What `classify_road_reports` gives for them.
    matches
        What `match_reports` gives for them.
    rules
        `road_reports` and `vehicle`.
    reported_until
        By id, for reports of which the day is known and no hour: the end of that day. What such a
        report says is lifted only by one that is later than that; what it lifts itself goes by
        `reported_at`.

    Returns
    -------
    DataFrame, sorted, one row for each segment (its position), report and rule:
    `word` (what it makes of the segment in `direction`, both, forward or backward), `rule`
    (report_closed, report_weight_limit, report_height_limit, report_unknown, report_restricted,
    report_passable), cause_id, distance_m, active_from and active_until, max_weight_t (the limit,
    where one is in force), report (its position; -1 for none), says.
    """
    told = pd.DataFrame(
        {
            name: pd.Series(dtype=kind)
            for name, kind in {**COLUMNS, "road_report_status": "str"}.items()
        }
    )
    if reports.empty and rules.road_reports.assume_unreported != UNKNOWN:
        return told[list(COLUMNS)]
    if len(reports) and len(
        claims := _list_claims(reports, road_report_status, matches.pairs, reported_until or {})
    ):
        told = _apply(_drop_lifted(claims, reports, rules), rules)
    if rules.road_reports.assume_unreported == UNKNOWN:
        told = pd.concat([told, _list_unreported(roads, told)], ignore_index=True)
    return _say(told, roads, reports, rules)


def _list_claims(
    reports: gpd.GeoDataFrame,
    road_report_status: pd.Series,
    pairs: pd.DataFrame,
    reported_until: Mapping[str, datetime],
) -> pd.DataFrame:
    """A row for each report that counts, and each direction of each segment it may mean."""
    arcs = pd.concat(
        [
            pairs.loc[pairs[way], ["report", "segment", "distance_m", f"sure_{way}"]]
            .rename(columns={f"sure_{way}": "sure"})
            .assign(forward=way == "forward")
            for way in ("forward", "backward")
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
    """The claims, with a flag for each thing of them that still holds."""
    words, limited = claims["word"], claims["word"] != NOT_PASSABLE
    lapsed = (claims["road_report_status"] != IN_FORCE) & words.isin([PASSABLE, RESTRICTED])
    holds = pd.DataFrame(
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
        claims.loc[holds.any(axis=1), columns]
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
        had = holds[name].to_numpy()[both["old"]] & lifted
        has_lifted[both["new"].to_numpy()[had]] = True
        holds.loc[both["old"].to_numpy()[had], name] = False
    holds["lapsed"] &= (
        claims["sure"] | has_lifted | (words != PASSABLE)
    )  # one that may mean another road says nothing of this
    holds["passable"] = (
        (words == PASSABLE) & claims["sure"] & (claims["road_report_status"] == IN_FORCE)
    )
    return claims.assign(**holds)


def _speak_of_one_thing(new: pd.Series, old: pd.Series) -> Flags:
    """Whether a report of the new kind speaks of what one of the old kind does.

    One of the whole road speaks of everything on it except mines, which driving past does not
    clear; any other of its own kind, or its own kind of structure.
    """
    whole = (new == "road_status") & (old != "explosive_hazard")
    return np.asarray(
        whole
        | (new == old)
        | (new.map(STRUCTURE_OF).notna() & (new.map(STRUCTURE_OF) == old.map(STRUCTURE_OF)))
    )


def _are_in_one_place(reports: gpd.GeoDataFrame, both: pd.DataFrame, match_m: float) -> Flags:
    """Whether each pair of reports names the same place, to within `match_m`: then they speak of
    one thing, whichever it is.
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
    """What the claims that hold mean for the vehicle: a row for each and its rule, the two
    directions of a segment in one.
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
    told = pd.concat(
        [held[flag].assign(rule=rule, word=word) for rule, word, flag in parts], ignore_index=True
    )
    told["max_weight_t"] = told["weight"].where(told["keeps_weight"])
    keys = ["segment", "report", "rule"]
    grouped = told.groupby(keys, sort=True)
    one = grouped[["word", "road_report_status", "distance_m", "max_weight_t"]].first()
    ways = grouped["forward"].agg(["any", "all"])
    one["direction"] = np.where(ways["all"], "forward", np.where(ways["any"], "both", "backward"))
    return one.reset_index()


def _list_unreported(roads: gpd.GeoDataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """The directions that may be driven and that no report speaks of, as UNKNOWN."""
    free = {}
    for way, other in (("forward", "backward"), ("backward", "forward")):
        free[way] = np.array(roads["oneway"] != other)
        free[way][told.loc[told["direction"].isin(["both", way]), "segment"]] = False
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


def _say(
    told: pd.DataFrame, roads: gpd.GeoDataFrame, reports: gpd.GeoDataFrame, rules: Rules
) -> pd.DataFrame:
    """The rows with their cause and time, and in words."""
    told = told.astype({"segment": "int64", "report": "int64"})
    report = told["report"].to_numpy()
    known = reports.reset_index().reindex(report)
    labels = [name_report(row) for row in reports.reset_index().to_dict("records")]
    on = roads[["bridge", "name"]].iloc[told["segment"]]
    says = []
    columns = (
        told[column].tolist() for column in ("report", "rule", "direction", "road_report_status")
    )
    for is_bridge, name, at, rule, direction, road_report_status in zip(
        on["bridge"].tolist(), on["name"].tolist(), *columns, strict=True
    ):
        if at < 0:
            says.append(NO_REPORT)
            continue
        row = reports.iloc[at]
        structure = (
            row["name"]
            if STRUCTURE_OF.get(row["kind"]) and row["name"]
            else name
            if is_bridge
            else ""
        )
        what = {
            "report_weight_limit": f"bears {row['max_weight_t']:g} t, vehicle {rules.vehicle.gross_weight_t:g} t, by",
            "report_height_limit": f"lets {row['max_height_m']:g} m through, vehicle {rules.vehicle.height_m:g} m, by",
            "report_closed": "closed by",
            "report_restricted": RESTRICTED_BY,
            "report_unknown": UNKNOWN_BY
            if road_report_status == IN_FORCE or row["status"] == UNKNOWN
            else LAPSED_BY,
            "report_passable": "passable by",
        }[rule]
        way = "" if direction == "both" or row["direction"] in ("both", direction) else direction
        says.append(say_report(what, labels[at], structure=structure, way=way))
    starts = (
        known[["reported_at", "valid_from"]].max(axis=1, skipna=True)
        if len(known)
        else known["reported_at"]
    )
    made = told.assign(
        cause_id=known["report_id"].fillna(UNREPORTED).to_numpy(),
        active_from=pd.to_datetime(starts, utc=True).array,
        active_until=known["valid_to"].array,
        says=says,
    )
    return made[list(COLUMNS)].astype(COLUMNS)


def say_report(what: str, report: str, *, structure: str = "", way: str = "") -> str:
    """What a report says of a segment: of a structure on it, and of one way along the line of the
    report, where it is of such.

    >>> say_report(RESTRICTED_BY, "road report R-1", structure="Old Bridge", way="forward")
    'Old Bridge: restricted by road report R-1 (forward along its line)'
    """
    along = f" ({way} along its line)" if way else ""
    return f"{f'{structure}: ' if structure else ''}{what} {report}{along}".replace(";", ",")


def name_report(row: Mapping[str, Any]) -> str:
    """A report in words: its id, date, source and what it says of whom."""
    dated = (
        f" of {row['reported_at']:%Y-%m-%d}"
        if not pd.isna(row["reported_at"])
        else " without a date"
    )
    limits = [
        f"{row[name]:g} {unit}"
        for name, unit in (("max_weight_t", "t"), ("max_height_m", "m"))
        if not pd.isna(row[name])
    ]
    parts = [
        row["status"] + (f" above {' or '.join(limits)}" if limits else ""),
        row["kind"].replace("_", " "),
        *([row["direction"]] if row["direction"] != "both" else []),
        *([row["lanes"]] if row["lanes"] else []),
        *([f"until {row['valid_to']:%Y-%m-%d %H:%M}"] if not pd.isna(row["valid_to"]) else []),
        *([row["source"]] if row["source"] else []),
    ]
    return f"road report {row['report_id']}{dated} ({', '.join(parts)})"
