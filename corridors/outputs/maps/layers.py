"""The shapes on the map, each with its facts in words: roads, closures, corridors, incidents, zones and sites."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.crs import build_disc, turn
from corridors.outputs.maps.lines import encode_lines, join_edges, number_edges
from corridors.outputs.release import Release
from corridors.outputs.release.naming import Names
from corridors.outputs.wording import Wording, write_distance, write_duration, write_share, write_time
from corridors.situation import ACTIVE
from corridors.tables import RESTRICTED, UNKNOWN, Ints

Data = dict[str, Any]
Facts = list[list[str]]

ROAD_WIDTHS = {
    "other": (),
    "minor": ("secondary", "secondary_link", "tertiary", "tertiary_link"),
    "primary": ("primary", "primary_link"),
    "main": ("motorway", "motorway_link", "trunk", "trunk_link"),
}
"""Groups of road classes drawn alike, thinnest first; what is in none of them is `other`."""
BASE_TOLERANCE_DEG = 3e-5
"""How far the base map may cut a bend: three metres, less than its lines are wide. Corridors and closures are not cut."""
MAX_ROAD_NAMES = 150
"""More would hide each other."""


def build_layers(release: Release, words: Wording) -> Data:
    """What the map draws, by the names that `map.js` uses; positions as [lat, lon], lines as in `lines`."""
    return _Layers(release, words).data()


class _Layers(Names):
    def __init__(self, release: Release, words: Wording) -> None:
        super().__init__(release, words)
        spots = shapely.get_coordinates(self.sites.geometry if len(self.sites) else self.segments.geometry)
        angle = np.radians(spots[:, 0])
        self.meridian = round(float(np.degrees(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum())))) if len(spots) else 0

    def data(self) -> Data:
        """What the map draws."""
        return {
            "bounds": self.bounds(),
            "credits": sorted(self.release.credits),
            "roads": self._roads(),
            "closed": self._closed(),
            "limited": self._limited(),
            "corridors": self._corridors(),
            "incidents": [self._incident(incident_id, row) for incident_id, row in self.incidents.iterrows()],
            "zones": [self._zone(zone_id, row) for zone_id, row in self.zones.iterrows()],
            "sites": list(self._sites()),
        }

    def bounds(self) -> list[list[float]]:
        """South-west and north-east corner of the corridors and sites; of the roads where there are neither."""
        shapes = [
            *self.corridors.geometry,
            *self.sites.geometry,
            *(s.representative_point() for s in self.cut_off.geometry),
        ]
        coords = turn(shapely.get_coordinates(shapes or self.segments.geometry), self.meridian)
        west, south, east, north = [*coords.min(axis=0), *coords.max(axis=0)] if len(coords) else [-180.0, -60.0, 180.0, 75.0]
        return [[round(float(south), 5), round(float(west), 5)], [round(float(north), 5), round(float(east), 5)]]

    def _roads(self) -> Data:
        segments = self.segments
        shapes = shapely.simplify(segments.geometry.to_numpy(), BASE_TOLERANCE_DEG, preserve_topology=False)  # lines: nothing to preserve
        group = np.full(len(segments), "other", dtype=object)
        for width, classes in ROAD_WIDTHS.items():
            group[segments["road_class"].isin(classes)] = width
        bridges = segments["bridge"].to_numpy()
        return {
            **{width: self._encode(shapes[group == width]) for width in ROAD_WIDTHS},
            "bridges": self._encode(shapes[bridges]),
            "names": self._road_names(segments[group != "other"]),
        }

    def _road_names(self, segments: gpd.GeoDataFrame) -> list[Any]:
        """Where to write the name of each larger road: the middle of its longest piece, the longest roads first."""
        named = segments[segments["name"] != ""]
        total = named.groupby("name")["length_m"].sum()
        longest = named.sort_values("length_m", ascending=False, kind="stable").drop_duplicates("name")
        longest = longest.assign(total=longest["name"].map(total)).sort_values(["total", "name"], ascending=[False, True])[:MAX_ROAD_NAMES]
        spots = shapely.line_interpolate_point(longest.geometry.to_numpy(), 0.5, normalized=True)
        return [[self._at(spot), name, name_ar] for spot, name, name_ar in zip(spots, longest["name"], longest["name_ar"], strict=True)]

    def _closed(self) -> Data:
        """Closed segments in one list of lines; for each its id, name, length, reason, and the rows of the ledger that close it.

        What thousands of them say alike is told once: a reason is the first word of each part and the number of the others in
        `texts`; a row of the ledger is how far away, and the number of its cause, rule and time in `grounds`.
        """
        closed = self.segments[self.closed]
        texts: dict[str, int] = {}
        grounds: dict[tuple[Any, ...], int] = {}
        rows: dict[str, list[str | int]] = {segment: [] for segment in closed.index}
        ledger = self.closures.sort_values(["segment_id", "cause_type", "cause_id", "rule"], kind="stable")
        ledger = ledger.loc[ledger["segment_id"].isin(closed.index)]
        ledger = ledger[["segment_id", "distance_m", "cause_type", "cause_id", "rule", "direction", "active_from", "active_until"]]
        for segment, distance_m, *ground in _list_rows(ledger):
            away = write_distance(distance_m) if distance_m > 0 else ""
            rows[segment] += [away, grounds.setdefault(tuple(ground), len(grounds))]
        reasons: dict[str, list[str | int]] = {segment: [] for segment in closed.index}
        for segment, reason in closed["reason"][closed["reason"] != ""].items():
            for part in reason.split("; "):
                first, space, others = part.partition(" ")
                reasons[segment] += [first, texts.setdefault(space + others, len(texts))]
        return {
            "lines": self._encode(closed.geometry),
            "texts": list(texts),
            "grounds": [self._ground(*ground) for ground in grounds],
            "segments": [
                [segment, *road, reasons[segment], rows[segment]] for segment, road in zip(closed.index, _tell_roads(closed), strict=True)
            ],
        }

    def _ground(self, cause_type: str, cause_id: str, rule: str, direction: str, since: pd.Timestamp, until: pd.Timestamp) -> list[str]:
        """Cause, rule, direction and time of a row of the ledger, in words."""
        way = f", {self.words.name('way', direction)}" if self.words.name("way", direction) else ""
        begun = f"since {write_time(since)}, " if write_time(since) else ""
        return [
            self.cause(cause_type, cause_id),
            self.words.name("rule", rule),
            f"{begun}until {write_time(until) or 'further notice'}{f', {way}' if way else ''}",
        ]

    def _limited(self) -> Data:
        """Segments that are RESTRICTED or UNKNOWN, with the direction that is closed, where one is."""
        limited = self.segments[self.segments["status"].isin([RESTRICTED, UNKNOWN]) & ~self.closed]
        states = _list_rows(limited[["status", "reason", "closed_direction"]])
        return {
            "lines": self._encode(limited.geometry),
            "segments": [
                [segment, *road, closed and (self.words.name("way", closed) or "both ways"), self.words.name("status", status), reason]
                for segment, road, (status, reason, closed) in zip(limited.index, _tell_roads(limited), states, strict=True)
            ],
        }

    def _corridors(self) -> Data:
        edges, number, corridor = number_edges(self.corridors.geometry)
        best = np.full(len(edges), 3)
        np.minimum.at(best, number, self.corridors["rank"].to_numpy()[corridor])
        best[(edges[:, 0] == edges[:, 1]).all(axis=1)] = 0  # of no length: nothing to draw
        uses = np.bincount(pd.DataFrame({"number": number, "corridor": corridor}).drop_duplicates()["number"], minlength=len(edges))
        layers = {"primary": best == 1, "second": best == 2, "third": best == 3}
        return {
            "lines": {name: self._encode(join_edges(edges[layer])) for name, layer in layers.items()},
            "each": [
                self._corridor(str(corridor_id), row, uses[number[corridor == position]])
                for position, (corridor_id, row) in enumerate(self.corridors.iterrows())
            ],
        }

    def _corridor(self, corridor_id: str, row: pd.Series, uses: Ints) -> Data:
        depot, destination = self.place(row["depot_id"]), self.place(row["destination_id"])
        choke = self.segments.geometry.reindex(row["chokepoints"]).dropna()
        names = sorted({self.segments["name"].get(segment) or segment for segment in row["chokepoints"]})
        facts = [
            ["Rank", "1, primary" if row["rank"] == 1 else f"{row['rank']}, alternate"],
            ["Status", self.words.name("status", row["status"])],
            ["Length", f"{row['length_m'] / 1000:.1f} km"],
            ["Driving time", f"{write_duration(row['duration_min'])} h, no stops"],
            ["Clearance", write_distance(row["clearance_m"]) or "no active incident"],
            ["Unknown or stale", f"{write_share(row['unknown_share'])} of its length" if row["unknown_share"] > 0 else ""],
            ["Exposure", f"{row['exposure']:.2f}"],
            ["Shared with primary", "" if row["rank"] == 1 else f"{row['shared_with_primary']:.0%} of its length"],
            *([["Exposed like the primary", _write_shared(row)]] if row["rank"] > 1 and row["shared_incidents"] else []),
            ["Chokepoints", f"{len(names)}: {', '.join(names[:6])}{' …' if len(names) > 6 else ''}" if names else "none"],
            ["Corridor", corridor_id],
        ]
        line = row["geometry"]
        is_line = line.geom_type == "LineString"
        return {
            "id": corridor_id,
            "rank": int(row["rank"]),
            "from": depot[:2],
            "to": destination[:2],
            "line": self._encode([line]) if is_line else [],
            "badge": self._at(_find_own_middle(line, uses) if is_line else line),
            "chokepoints": [self._at(spot) for spot in shapely.line_interpolate_point(choke.to_numpy(), 0.5, normalized=True)],
            "facts": [fact for fact in facts if fact[1]],
        }

    def _incident(self, incident_id: Any, row: pd.Series) -> Data:
        standing, shape = row["standing"], row["geometry"]
        reach_m = float(row["reach_m"])
        active = standing == ACTIVE
        closes = self.closed_by["incident", str(incident_id)]
        when = write_time(row["occurred_at"])
        until = write_time(row["occurred_until"])
        facts = [
            ["Counts as", self.words.name("standing", standing)],
            ["Occurred", when if when == until else f"{when} to {until}"],
            ["Reported", write_time(row["reported_at"])],
            ["Verification", row["verification"]],
            *self._evidence(row),
            ["Structure", row["structure"]],
            ["Closes roads within", f"{math.ceil(reach_m)} m (position uncertain by {math.ceil(row['accuracy_m'])} m)" if active else ""],
            ["Closes", f"{closes} road segments" if active else "nothing"],
            ["Position uncertain by", "" if active else f"{math.ceil(row['accuracy_m'])} m"],
            ["Source", row["source"]],
            ["Incident", str(incident_id)],
        ]
        return {
            "at": self._at(shape if shape.geom_type == "Point" else shape.representative_point()),
            "kind": row["kind"].replace("_", " ").capitalize(),
            "active": active,
            "standing": str(standing).replace("_", " "),
            "day": f"{row['occurred_at'].day} {self.words.texts['months'][row['occurred_at'].month - 1]}",
            "disc": self._rings(self._reach(row, reach_m)) if active else [],
            "outline": self._outline(shape),
            "facts": [fact for fact in facts if fact[1]],
        }

    def _evidence(self, row: pd.Series) -> Facts:
        """Which reports tell of an incident, and of how many sources."""
        if len(row["reports"]) < 2:
            return []
        reports = self.release.table("reports").loc[list(row["reports"])]
        told = [
            f"{name}: {kind.replace('_', ' ')}, {write_time(at)}, {source}"
            for name, kind, at, source in zip(reports.index, reports["kind"], reports["occurred_at"], reports["source"], strict=True)
        ]
        return [["Sources", f"{row['source_count']} that count as independent, {len(told)} reports"], ["Reports", "; ".join(told)]]

    def _reach(self, row: pd.Series, reach_m: float) -> shapely.Geometry:
        """Where an incident closes roads: about the place of each active report, as far as that one reaches."""
        if len(row["reports"]) < 2:
            return build_disc(row["geometry"], reach_m)
        reports = self.release.table("reports").loc[list(row["reports"])]
        reports = reports[reports["standing"] == ACTIVE]
        return shapely.union_all([build_disc(shape, reach) for shape, reach in zip(reports.geometry, reports["reach_m"], strict=True)])

    def _zone(self, zone_id: Any, row: pd.Series) -> Data:
        now = pd.Timestamp(self.release.as_of)
        in_force = not (row["valid_from"] > now or row["valid_to"] < now)
        facts = [
            ["Kind", self.words.name("zone", row["kind"])],
            ["", "" if in_force else "not in force at the moment planned for"],
            ["Declared by", row["declared_by"]],
            ["Supervised by", row["supervisor"]],
            ["In force from", write_time(row["valid_from"])],
            ["In force until", write_time(row["valid_to"]) or "further notice"],
            ["Closes", f"{closes} road segments" if (closes := self.closed_by["zone", str(zone_id)]) else ""],
            ["Source", row["source"]],
            ["Zone", str(zone_id)],
        ]
        return {
            "id": str(zone_id),
            "kind": row["kind"],
            "word": self.words.name("zone", row["kind"]),
            "in_force": in_force,
            "name": row["name"],
            "name_ar": row["name_ar"],
            "at": self._at(row["geometry"].representative_point()),
            "rings": self._rings(row["geometry"]),
            "facts": [fact for fact in facts if fact[1]],
        }

    def _sites(self) -> Iterator[Data]:
        """The sites, and zones that are destinations."""
        sites, reached, cut_off = self.sites, set(self.corridors["destination_id"]), set(self.cut_off.index)
        for site_id, row in sites.iterrows():
            state = row["role"]
            if row["role"] == "destination":
                state = self._state(str(site_id), reached, cut_off)
            snap = row if row["segment_id"] else None
            facts = [
                [self.words.name("role", row["role"]), str(site_id)],
                ["", self._state_word(str(site_id), state)],
                ["Nearest reachable point", self._reachable(str(site_id))],
                ["Place code", row["pcode"]],
                ["People", _number(row["people"], "")],
                ["Need", _number(row["need_t"], " t")],
                ["Stock", _number(row["stock_t"], " t")],
                ["Meets the road", "" if snap is None else f"{math.ceil(snap['snap_m'])} m from the site"],
            ]
            yield self._site(
                str(site_id), state, facts, [] if snap is None else [self._at(shapely.Point(snap["snap_lon"], snap["snap_lat"]))]
            )
        for zone_id in sorted((reached | cut_off) - set(sites.index)):
            state = self._state(zone_id, reached, cut_off)
            yield self._site(zone_id, state, [["Destination", zone_id], ["", self._state_word(zone_id, state)]], [])

    def _site(self, site_id: str, state: str, facts: Facts, road: list[Any]) -> Data:
        name, name_ar, shape = self.place(site_id)
        return {
            "id": site_id,
            "state": state,
            "name": name,
            "name_ar": name_ar,
            "at": self._at(shape if shape.geom_type == "Point" else shape.representative_point()),
            "road": road,
            "facts": [fact for fact in facts if fact[1]],
        }

    @staticmethod
    def _state(site_id: str, reached: set[str], cut_off: set[str]) -> str:
        return "cut_off" if site_id in cut_off else "reached" if site_id in reached else "unplanned"

    def _state_word(self, site_id: str, state: str) -> str:
        if state == "cut_off":
            return f"CUT OFF: {self.cut_off.loc[site_id, 'reason']}"
        return {"reached": "reached by a proposed corridor", "unplanned": "no corridor was planned to it"}.get(state, "")

    def _reachable(self, site_id: str) -> str:
        cut_off = self.cut_off
        return write_distance(cut_off.loc[site_id, "reachable_within_m"]) if site_id in cut_off.index else ""

    def _at(self, spot: shapely.Point) -> list[float]:
        lon, lat = turn(shapely.get_coordinates(spot)[:1], self.meridian)[0] if not spot.is_empty else (0.0, 0.0)
        return [round(float(lat), 5), round(float(lon), 5)]

    def _encode(self, shapes: Any) -> list[int]:
        return encode_lines(shapes, self.meridian)

    def _outline(self, shape: shapely.Geometry) -> list[int]:
        if shapely.get_dimensions(shape) == 0:
            return []
        return self._encode(shapely.get_parts(shape.boundary if shapely.get_dimensions(shape) == 2 else shape))

    def _rings(self, shape: shapely.Geometry) -> list[list[int]]:
        return [self._encode(shapely.get_rings(part)) for part in shapely.get_parts(shape)]


def _list_rows(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a table as plain values, which for thousands of rows is several times faster than `itertuples`."""
    return zip(*(table[name].tolist() for name in table.columns), strict=True)


def _tell_roads(segments: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Name and length of each segment."""
    for name, road_class, bridge, tunnel, length_m in _list_rows(segments[["name", "road_class", "bridge", "tunnel", "length_m"]]):
        what = f"{'bridge, ' if bridge else ''}{'tunnel, ' if tunnel else ''}{road_class.replace('_', ' ') or 'road'}"
        yield f"{name} ({what})" if name else what, write_distance(length_m)


def _find_own_middle(line: shapely.LineString, uses: Ints) -> shapely.Point:
    """The middle of the longest stretch that the fewest corridors use: where a label speaks of this corridor only.

    `uses` says of each step of the line how many corridors use it.
    """
    coords = shapely.get_coordinates(line)
    length = np.hypot(*(np.diff(coords, axis=0) * [np.cos(np.radians(coords[0, 1])), 1.0]).T)
    ends = np.cumsum(length)
    own = np.flatnonzero(uses == uses.min())
    runs = np.split(own, np.flatnonzero(np.diff(own) > 1) + 1)
    longest = max(runs, key=lambda run: length[run].sum())
    middle = ends[longest[0]] - length[longest[0]] + length[longest].sum() / 2
    at = int(np.searchsorted(ends, middle).clip(0, len(length) - 1))
    part = 1 - (ends[at] - middle) / length[at] if length[at] else 0.0
    return shapely.Point(coords[at] + part * (coords[at + 1] - coords[at]))


def _write_shared(row: pd.Series) -> str:
    """How much of an alternate's exposure the primary has too, and to what."""
    names = row["shared_incidents"]
    return f"{row['shared_exposure']:.0%} of its exposure: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"


def _number(value: float, unit: str) -> str:
    return "" if math.isnan(value) else f"{value:,.0f}{unit}" if value == round(value) else f"{value:,.1f}{unit}"
