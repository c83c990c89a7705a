"""What changed from one plan to the next: roads, corridors, and destinations that are cut off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.errors import UsageError
from corridors.messages import Message
from corridors.plan import Plan
from corridors.situation import is_in_force
from corridors.tables import CLOSED_WAYS, NOT_PASSABLE, UNKNOWN

UNAFFECTED, REASSESSED, REROUTED, BLOCKED, NEW = (
    "unaffected",
    "reassessed",
    "rerouted",
    "blocked",
    "new",
)
CORRIDOR_CHANGES = (BLOCKED, REROUTED, REASSESSED, NEW, UNAFFECTED)
"""How a corridor changed, the worst first: it is gone; it uses other roads; it uses the same roads
with another status, exposure, time or nearest incident; it is new; nothing changed."""
CLOSED, REOPENED, GONE = "closed", "reopened", "gone"
ROAD_CHANGES = (CLOSED, REOPENED, GONE)
CUT_OFF, REACHED = "cut_off", "reached"


class Tables(Protocol):
    """What a release offers: a plan as one audience may see it."""

    @property
    def audience(self) -> str:
        """Whom it is for."""

    @property
    def as_of(self) -> datetime:
        """The reference time of the plan."""

    @property
    def plan_hash(self) -> str:
        """The hash of the plan."""

    @property
    def layers(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name, without what is withheld."""

    def table(self, name: str) -> Any:
        """A table with all columns of its contract, empty where withheld."""


@dataclass(frozen=True, eq=False, slots=True)
class Changes:
    """What changed from an older plan to a newer one."""

    older: tuple[datetime, str]
    """Reference time and hash of the older plan."""
    newer: tuple[datetime, str]
    segments: pd.DataFrame
    """A row for each road of which a direction was closed or opened: segment_id (empty where it is
    withheld), change (`ROAD_CHANGES`; gone: it was closed, and the newer plan has no such road),
    direction (both; forward or backward along its line), name, length_m."""
    corridors: pd.DataFrame
    """A row for each corridor of either: index corridor_id (of the newer plan; of the older where
    it is blocked); change (`CORRIDOR_CHANGES`), depot_id and destination_id, depot and destination
    (their names), rank, length_m and duration_min (likewise), more_m and more_min (the difference
    to the older plan; null where only one plan has the corridor)."""
    sites: pd.DataFrame
    """A row for each destination that was cut off or is reached again: index site_id; change
    (cut_off, reached; gone: it was cut off, and is no destination of the newer plan), name."""

    def __bool__(self) -> bool:
        """Whether any road, corridor or destination changed."""
        moved = (self.corridors["change"] != UNAFFECTED).any()
        return bool(len(self.segments) or len(self.sites) or moved)


def compare_plans(older: Plan | Tables, newer: Plan | Tables) -> Changes:
    """What changed from one plan to another of the same mission.

    Corridors, sites and roads are identified by their ids. In releases that withhold the ids, a
    road is identified by its line, a site by its name and place, and a corridor by its ends and
    rank.

    Parameters
    ----------
    older, newer
        Plans, or releases as `read_plan` returns them; both for the same audience.

    Raises
    ------
    UsageError
        They are for different audiences, which see different things (Fix: compare two of one
        audience), or one is neither a plan nor a release (Fix: read it with `read_plan`).

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> without = plan.situation.incidents.drop("DEMO-002")
    >>> changes = compare_plans(plan, co.replan(plan, incidents=without))
    >>> changes.segments["change"].unique().tolist(), changes.sites["change"].to_dict()
    (['reopened'], {'DST-MARJAYOUN': 'reached'})
    """
    before, after = _read(older), _read(newer)
    if before.audience != after.audience:
        raise UsageError(
            Message("usage.audiences_differ", older=before.audience, newer=after.audience)
        )
    return Changes(
        before.version,
        after.version,
        _compare_segments(before, after),
        _compare_corridors(before, after),
        _compare_sites(before, after),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Side:
    """The tables of one of the two plans, and how its rows are identified."""

    audience: str
    version: tuple[datetime, str]
    corridors: gpd.GeoDataFrame
    segments: gpd.GeoDataFrame
    destinations: list[str]
    cut_off: list[str]
    places: dict[str, tuple[str, shapely.Geometry]]
    """Name (empty where there is none) and shape of every site and zone."""
    shows_directions: bool

    @property
    def keeps_ids(self) -> bool:
        """Whether ids are those of the mission; else they are numbers that may change their row."""
        return bool(self.segments.index.name == "segment_id")

    def name(self, place_id: str) -> str:
        """The name of a place, or its id."""
        return self.places.get(place_id, ("", None))[0] or place_id

    def key_place(self, place_id: str) -> Any:
        """What identifies a place in both plans."""
        if self.keeps_ids:
            return place_id
        name, shape = self.places.get(place_id, ("", shapely.Point()))
        return name, shapely.to_wkt(shape, rounding_precision=-1)

    def key_roads(self, segments: gpd.GeoDataFrame) -> pd.Index:
        """What identifies each road in both plans."""
        if self.keeps_ids:
            return segments.index
        lines = shapely.to_wkt(segments.geometry.to_numpy(), rounding_precision=-1)
        return pd.Index(lines, dtype="str")


def _read(plan: Any) -> _Side:
    if isinstance(plan, Plan):
        situation = plan.situation
        sites = situation.sites.assign(cut_off=situation.sites.index.isin(plan.cut_off.index))
        tables = {"corridors": plan.corridors, "segments": plan.segments, "sites": sites}
        tables |= {"cut_off": plan.cut_off, "zones": situation.zones}
        return _build("internal", situation.as_of, plan.plan_hash, tables, shows_directions=True)
    if not callable(getattr(plan, "table", None)):
        raise UsageError(Message("usage.not_a_plan", kind=type(plan).__name__))
    names = ("corridors", "segments", "sites", "cut_off", "zones")
    tables = {name: plan.table(name) for name in names}
    shown = "closed_direction" in plan.layers.get("segments", ())
    return _build(plan.audience, plan.as_of, plan.plan_hash, tables, shows_directions=shown)


def _build(
    audience: str,
    as_of: datetime,
    plan_hash: str,
    tables: dict[str, Any],
    *,
    shows_directions: bool,
) -> _Side:
    sites, zones = tables["sites"], tables["zones"]
    chosen = sites.index[sites["role"] == "destination"]
    if chosen.empty:
        chosen = zones.index[is_in_force(zones, as_of) & (zones["kind"] == "safe_zone")]
    return _Side(
        audience,
        (as_of, plan_hash),
        tables["corridors"],
        tables["segments"],
        [*map(str, chosen)],
        list(dict.fromkeys(map(str, [*tables["cut_off"].index, *sites.index[sites["cut_off"]]]))),
        {
            str(place): (name, shape)
            for table in (zones, sites)
            for place, name, shape in zip(table.index, table["name"], table.geometry, strict=True)
        },
        shows_directions,
    )


def _compare_segments(older: _Side, newer: _Side) -> pd.DataFrame:
    before, after = _find_closed(older), _find_closed(newer)
    parts = []
    for change, here, there, ways in (
        (CLOSED, after, before, "ways"),
        (REOPENED, before, after, "most_ways"),
    ):
        others = there[ways].groupby(level=0).agg(np.bitwise_or.reduce)
        own = here["ways"].to_numpy() & ~others.reindex(here.index, fill_value=0).to_numpy()
        directions = np.array(CLOSED_WAYS, dtype=object)[own]
        changed = here.assign(change=change, direction=directions)[own > 0]
        if change == REOPENED and len(changed):
            there_still = changed.index.isin(newer.key_roads(newer.segments))
            changed["change"] = changed["change"].where(there_still, GONE)
        parts.append(changed[["segment_id", "change", "direction", "name", "length_m"]])
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["change", "segment_id"], kind="stable", ignore_index=True)


def _find_closed(side: _Side) -> pd.DataFrame:
    """The roads of a plan that are closed in some direction, by what identifies them.

    `ways` is the position in `CLOSED_WAYS`: a one-way road closed in its direction is closed both
    ways. `most_ways` includes what the release leaves in doubt: a road of unknown state may be
    closed in a direction that is withheld.
    """
    segments = side.segments
    given, oneway = segments["closed_direction"], segments["oneway"]
    both = (segments["status"] == NOT_PASSABLE) | ((given != "") & (given == oneway))
    direction = given.mask(both, "both")
    hidden = (given != "") | (not side.shows_directions)
    doubtful = (segments["status"] == UNKNOWN) & (oneway == "") & hidden
    rows = (direction != "") | doubtful
    closed, ways = segments[rows], pd.Index(CLOSED_WAYS).get_indexer(direction[rows])
    return pd.DataFrame(
        {
            "segment_id": closed.index.astype("str") if side.keeps_ids else "",
            "name": closed["name"].to_numpy(),
            "length_m": closed["length_m"].to_numpy(),
            "ways": ways,
            "most_ways": np.where(doubtful[rows], CLOSED_WAYS.index("both"), ways),
        },
        index=side.key_roads(closed),
    )


def _compare_corridors(older: _Side, newer: _Side) -> pd.DataFrame:
    sides = (older, newer)
    lines = [
        shapely.to_wkb(side.corridors.geometry.to_numpy(), output_dimension=2).tolist()
        for side in sides
    ]
    positions = [
        _key_corridors(side, own, {*others})
        for side, own, others in zip(sides, lines, reversed(lines), strict=True)
    ]
    rows = []
    for key in sorted({*positions[0], *positions[1]}):
        places = [corridors.get(key, -1) for corridors in positions]
        before, after = (
            side.corridors.iloc[place] if place >= 0 else None
            for side, place in zip(sides, places, strict=True)
        )
        same = -1 not in places and lines[0][places[0]] == lines[1][places[1]]
        shown, side = (before, older) if after is None else (after, newer)
        rows.append(_describe(shown, side, before, _classify(before, after, same=same)))
    columns = ["change", "depot_id", "destination_id", "depot", "destination", "rank"]
    columns += ["length_m", "duration_min", "more_m", "more_min"]
    return pd.DataFrame(rows, columns=["corridor_id", *columns]).set_index("corridor_id")


def _describe(row: Any, side: _Side, before: Any, change: str) -> dict[str, Any]:
    known = before is not None and change != BLOCKED
    return {
        "corridor_id": row.name,
        "change": change,
        "depot_id": row["depot_id"],
        "destination_id": row["destination_id"],
        "depot": side.name(row["depot_id"]),
        "destination": side.name(row["destination_id"]),
        "rank": int(row["rank"]),
        "length_m": row["length_m"],
        "duration_min": row["duration_min"],
        "more_m": row["length_m"] - before["length_m"] if known else np.nan,
        "more_min": row["duration_min"] - before["duration_min"] if known else np.nan,
    }


def _key_corridors(side: _Side, lines: list[bytes], others: set[bytes]) -> dict[Any, int]:
    """The position of each corridor by what identifies it in both plans.

    That is its id; where that is a number, its ends and rank. Of several alike, those with a line
    of the other plan come first, so that they are matched.
    """
    corridors = side.corridors
    if side.keeps_ids:
        return {(corridor,): position for position, corridor in enumerate(corridors.index)}
    found: dict[Any, int] = {}
    for position in sorted(range(len(lines)), key=lambda at: lines[at] not in others):
        row = corridors.iloc[position]
        ends = side.key_place(row["destination_id"]), side.key_place(row["depot_id"])
        key = (*ends, int(row["rank"]))
        found[*key, sum(other[:3] == key for other in found)] = position
    return found


def _classify(before: Any, after: Any, *, same: bool) -> str:
    if before is None:
        return NEW
    if after is None:
        return BLOCKED
    if not same:
        return REROUTED
    columns = ["status", "nearest_incident_m", "unknown_share", "exposure", "duration_min"]
    first, second = (pd.Series(row[columns].tolist()) for row in (before, after))
    return UNAFFECTED if first.equals(second) else REASSESSED


def _compare_sites(older: _Side, newer: _Side) -> pd.DataFrame:
    before, after = (
        {side.key_place(site): site for site in side.cut_off} for side in (older, newer)
    )
    still = {*map(newer.key_place, newer.destinations)}
    rows = [(site, CUT_OFF, newer.name(site)) for key, site in after.items() if key not in before]
    rows += [
        (site, REACHED if key in still else GONE, older.name(site))
        for key, site in before.items()
        if key not in after
    ]
    return pd.DataFrame(sorted(rows), columns=["site_id", "change", "name"]).set_index("site_id")
