"""What changed from one plan to the next: roads closed and open again, corridors and destinations,
as a table, as text and as JSON.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rich.console import Console
from rich.table import Table
from rich.text import Text

from corridors.errors import UsageError
from corridors.locales import read_locale, show_unseen
from corridors.locales.figures import format_duration, format_time
from corridors.outputs.serialization import list_records, to_jsonable
from corridors.release import Release
from corridors.release.labels import Labels
from corridors.tables import CLOSED_WAYS, NOT_PASSABLE, UNKNOWN

UNAFFECTED, REASSESSED, REROUTED, BLOCKED, NEW = (
    "unaffected",
    "reassessed",
    "rerouted",
    "blocked",
    "new",
)
CORRIDOR_CHANGES = (BLOCKED, REROUTED, REASSESSED, NEW, UNAFFECTED)
"""What became of a corridor, the worst first: it is not there any more; it drives other roads; the
same roads, with another status, clearance, exposure or time; it was not there before; nothing
changed."""
SCHEMA_VERSION = 1
_ROAD_CHANGES = {
    "closed": "closed",
    "reopened": "open again",
    "gone": "closed before and not among the roads of the newer plan",
}


@dataclass(frozen=True, eq=False, slots=True)
class Changes:
    """What changed from an older plan to a newer one."""

    older: tuple[datetime, str]
    """The moment and the hash of each."""
    newer: tuple[datetime, str]
    segments: pd.DataFrame
    """A row for each road of which a direction was closed or opened: segment_id (where the level
    shows one), change (closed, reopened; gone where the newer plan has no such road, of which it
    says nothing then), direction (both; forward or backward along its line), name, length_m."""
    corridors: pd.DataFrame
    """A row for each corridor of either: index corridor_id (of the newer one; of the older where it
    is blocked); change (`CORRIDOR_CHANGES`), depot and destination (names), rank, length_m and
    duration_min of the newer one (of the older where it is blocked), and how much more those are
    (null where there is only one)."""
    sites: pd.DataFrame
    """A row for each destination that was cut off or is reached again: index site_id; change
    (cut_off, reached; gone where it was cut off and is no destination of the newer plan), name."""

    def __bool__(self) -> bool:
        """Whether anything that is driven or closed changed."""
        return bool(
            len(self.segments) or len(self.sites) or (self.corridors["change"] != UNAFFECTED).any()
        )


def compare_plans(older: Release, newer: Release) -> Changes:
    """What changed from one plan to another of the same mission, each as `read_plan` or
    `build_release` gives it.

    Corridors, sites and roads are the same by their id. Where the level shows none that lasts, a
    road is the same by its line, a site by its name and place, and a corridor by where it leads and
    its rank.

    Raises
    ------
    UsageError
        They are for different audiences, and so show different things: compare two of one level.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> lifted = co.replan(plan, incidents=plan.situation.incidents.drop("DEMO-002"))
    >>> changes = compare_plans(co.build_release(plan), co.build_release(lifted))
    >>> changes.segments["change"].unique().tolist(), changes.sites["change"].to_dict()
    (['reopened'], {'DST-MARJAYOUN': 'reached'})
    """
    if older.audience != newer.audience:
        raise UsageError(
            f"one plan is for {older.audience}, the other for {newer.audience}; compare two of one level"
        )
    return Changes(
        (older.as_of, older.plan_hash),
        (newer.as_of, newer.plan_hash),
        _compare_segments(older, newer),
        _compare_corridors(older, newer),
        _compare_sites(older, newer),
    )


def describe_changes(changes: Changes) -> dict[str, Any]:
    """The changes as one JSON document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "older": {"as_of": to_jsonable(changes.older[0]), "plan_hash": changes.older[1]},
        "newer": {"as_of": to_jsonable(changes.newer[0]), "plan_hash": changes.newer[1]},
        "changed": bool(changes),
        "segments": list_records(changes.segments.set_index("change")),
        "corridors": list_records(changes.corridors),
        "sites": list_records(changes.sites),
    }


def render_changes(changes: Changes, *, width: int = 80) -> str:
    """The changes in words and one table, `width` columns wide; the worst news stands last."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
    )
    hours = (changes.newer[0] - changes.older[0]).total_seconds() / 3600
    console.print(
        Text(
            f"From {format_time(changes.older[0])} (plan {changes.older[1][:10]}) to {format_time(changes.newer[0])} (plan {changes.newer[1][:10]}), {round(abs(hours), 1):g} h {'later' if hours >= 0 else 'earlier'}."
        )
    )
    told = changes.corridors
    altered = told[told["change"] != UNAFFECTED]
    if len(altered):
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for heading in ("Corridor", "From", "To", "Change"):
            table.add_column(heading)
        for heading in ("km", "h:mm"):
            table.add_column(heading, justify="right", no_wrap=True)
        for name, row in altered.iterrows():
            length, time = _write_figures(row)
            table.add_row(
                *(
                    Text(show_unseen(str(text)))
                    for text in (name, row["depot"], row["destination"])
                ),
                row["change"],
                length,
                time,
            )
        console.print(table)
    console.print(
        Text(
            f"Corridors: {', '.join(f'{count} {change}' for change, count in _count(told['change'], CORRIDOR_CHANGES)) or 'none'}."
        )
    )
    by_change = {
        change: changes.segments[changes.segments["change"] == change] for change in _ROAD_CHANGES
    }
    told = [
        _tell_roads(roads, _ROAD_CHANGES[change])
        for change, roads in by_change.items()
        if change != "gone" or len(roads)
    ]
    console.print(Text(f"Roads: +{', '.join(told)}."))
    gone = "CUT OFF BEFORE, and no destination of the newer plan"
    for change, style, word in (
        ("reached", "bold", "REACHED AGAIN"),
        ("gone", "bold", gone),
        ("cut_off", "bold red", "CUT OFF"),
    ):
        for name in changes.sites["name"][changes.sites["change"] == change]:
            console.print(Text(f"{word}: {show_unseen(name)}", style))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _tell_roads(roads: pd.DataFrame, word: str) -> str:
    """How many roads were closed or opened, how long they are, and how many of them in one
    direction only.
    """
    partly = int((roads["direction"] != "both").sum())
    return f"{len(roads)} {word} ({roads['length_m'].sum() / 1000:.1f} km{f'; {partly} in one direction' if partly else ''})"


def _count(changes: pd.Series, locale: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(word, count) for word in locale if (count := int((changes == word).sum()))]


def _write_figures(row: pd.Series) -> tuple[str, str]:
    """Length and time of a corridor, with how much more that is than before."""
    length, time = f"{row['length_m'] / 1000:.1f}", format_duration(row["duration_min"])
    if pd.isna(row["more_m"]):
        return length, time
    minutes = row["more_min"]
    more = (
        ""
        if pd.isna(minutes)
        else f" ({'-' if minutes < 0 else '+'}{format_duration(abs(minutes))})"
    )
    return f"{length} ({row['more_m'] / 1000:+.1f})", f"{time}{more}"


def _compare_segments(older: Release, newer: Release) -> pd.DataFrame:
    closed = [_find_closed(release) for release in (older, newer)]
    parts = []
    for change, here, there, ways in (
        ("closed", closed[1], closed[0], "ways"),
        ("reopened", closed[0], closed[1], "most"),
    ):
        own = (
            here["ways"].to_numpy()
            & ~there[ways]
            .groupby(level=0)
            .agg(np.bitwise_or.reduce)
            .reindex(here.index, fill_value=0)
            .to_numpy()
        )
        told = here.assign(change=change, direction=np.array(CLOSED_WAYS, dtype=object)[own])[
            own > 0
        ]
        if change == "reopened" and len(told):
            told["change"] = told["change"].where(
                told.index.isin(_key_roads(newer, newer.table("segments"))), "gone"
            )
        parts.append(told[["segment_id", "change", "direction", "name", "length_m"]])
    return pd.concat(parts, ignore_index=True).sort_values(
        ["change", "segment_id"], kind="stable", ignore_index=True
    )


def _keeps_ids(release: Release) -> bool:
    """Whether the ids of the level are those of the mission; else they are numbers, and the same
    one may stand for another thing.
    """
    return release.table("segments").index.name == "segment_id"


def _find_closed(release: Release) -> pd.DataFrame:
    """The roads of a plan that are closed in some direction, by what stays theirs: their id, or
    their line.

    `ways` is the place in `CLOSED_WAYS`: a one-way road closed in its direction is closed both
    ways. `most` is the same with all that the level leaves in doubt: of a road of unknown state it
    may not show the direction closed, or whether there is another.
    """
    segments = release.table("segments")
    said, oneway = segments["closed_direction"], segments["oneway"]
    direction = said.mask(
        (segments["status"] == NOT_PASSABLE) | ((said != "") & (said == oneway)), "both"
    )
    shown = "closed_direction" in release.layers.get("segments", ())
    doubtful = (segments["status"] == UNKNOWN) & (oneway == "") & ((said != "") | (not shown))
    rows = (direction != "") | doubtful
    closed, ways = segments[rows], pd.Index(CLOSED_WAYS).get_indexer(direction[rows])
    named = _keeps_ids(release)
    return pd.DataFrame(
        {
            "segment_id": closed.index.astype("str") if named else "",
            "name": closed["name"].to_numpy(),
            "length_m": closed["length_m"].to_numpy(),
            "ways": ways,
            "most": np.where(doubtful[rows], CLOSED_WAYS.index("both"), ways),
        },
        index=_key_roads(release, closed),
    )


def _key_roads(release: Release, segments: gpd.GeoDataFrame) -> pd.Index:
    """What stays the own of each road from plan to plan: its id, or its line."""
    if _keeps_ids(release):
        return segments.index
    return pd.Index(
        shapely.to_wkt(segments.geometry.to_numpy(), rounding_precision=-1), dtype="str"
    )


def _compare_corridors(older: Release, newer: Release) -> pd.DataFrame:
    tables = [release.table("corridors") for release in (older, newer)]
    lines = [shapely.to_wkb(table.geometry.to_numpy()).tolist() for table in tables]
    names = [Labels(release, read_locale("en")) for release in (older, newer)]
    rows = []
    known = [
        _key_corridors(at, here, set(there))
        for at, here, there in zip(names, lines, reversed(lines), strict=True)
    ]
    for key in sorted({*known[0], *known[1]}):
        places = [corridors.get(key, -1) for corridors in known]
        before, after = (
            table.iloc[place] if place >= 0 else None
            for table, place in zip(tables, places, strict=True)
        )
        told: Any = before if after is None else after
        at = names[0] if after is None else names[1]
        both = before is not None and after is not None
        rows.append(
            {
                "corridor_id": told.name,
                "change": _classify(
                    before, after, same=both and lines[0][places[0]] == lines[1][places[1]]
                ),
                "depot": at.place(told["depot_id"])[0],
                "destination": at.place(told["destination_id"])[0],
                "rank": int(told["rank"]),
                "length_m": told["length_m"],
                "duration_min": told["duration_min"],
                "more_m": np.nan
                if before is None or after is None
                else after["length_m"] - before["length_m"],
                "more_min": np.nan
                if before is None or after is None
                else after["duration_min"] - before["duration_min"],
            }
        )
    columns = [
        "change",
        "depot",
        "destination",
        "rank",
        "length_m",
        "duration_min",
        "more_m",
        "more_min",
    ]
    return pd.DataFrame(rows, columns=["corridor_id", *columns]).set_index("corridor_id")


def _key_corridors(
    names: Labels, lines: list[bytes], there: set[bytes]
) -> dict[tuple[Any, ...], int]:
    """The position of each corridor by what stays its own from plan to plan.

    Its id; where that is a number, where it leads and its rank. Of several alike, those that drive
    as one of the other plan come first, so that they are told as the same.
    """
    corridors = names.release.table("corridors")
    if _keeps_ids(names.release):
        return {(corridor,): position for position, corridor in enumerate(corridors.index)}
    found: dict[tuple[Any, ...], int] = {}
    for position in sorted(range(len(lines)), key=lambda at: lines[at] not in there):
        row = corridors.iloc[position]
        way = (
            _key_place(names, row["destination_id"]),
            _key_place(names, row["depot_id"]),
            int(row["rank"]),
        )
        alike = sum(key[:3] == way for key in found)
        found[*way, alike] = position
    return found


def _key_place(names: Labels, place_id: str) -> tuple[str, str]:
    name, _, shape = names.place(place_id)
    return "" if name == place_id else name, shapely.to_wkt(shape, rounding_precision=-1)


def _classify(before: pd.Series | None, after: pd.Series | None, *, same: bool) -> str:
    if before is None:
        return NEW
    if after is None:
        return BLOCKED
    if not same:
        return REROUTED
    told = [
        (
            row["status"],
            row["nearest_incident_m"],
            row["unknown_share"],
            row["exposure"],
            row["duration_min"],
        )
        for row in (before, after)
    ]
    return UNAFFECTED if pd.Series(told[0]).equals(pd.Series(told[1])) else REASSESSED


def _compare_sites(older: Release, newer: Release) -> pd.DataFrame:
    before, after = (_find_cut_off(release) for release in (older, newer))
    rows = [(site, "cut_off", name) for key, (site, name) in after.items() if key not in before]
    still = _find_destinations(newer)
    rows += [
        (site, "reached" if key in still else "gone", name)
        for key, (site, name) in before.items()
        if key not in after
    ]
    return pd.DataFrame(sorted(rows), columns=["site_id", "change", "name"]).set_index("site_id")


def _find_destinations(release: Release) -> set[Any]:
    """What stays the own, from plan to plan, of each place that corridors are planned to: the sites
    or, where none is one, the safe zones.
    """
    names = Labels(release, read_locale("en"))
    own = _keeps_ids(release)
    chosen = names.sites.index[names.sites["role"] == "destination"]
    if chosen.empty:
        chosen = names.zones.index[names.in_force & (names.zones["kind"] == "safe_zone")]
    return {str(site) if own else _key_place(names, str(site)) for site in chosen}


def _find_cut_off(release: Release) -> Mapping[Any, tuple[str, str]]:
    """Id and name of each place that is cut off, by what stays its own from plan to plan."""
    names = Labels(release, read_locale("en"))
    own = _keeps_ids(release)
    return {
        site if own else _key_place(names, site): (site, names.place(site)[0])
        for site in names.unreached
    }
