"""The shapes on the map, each with its facts in words: roads, closures, corridors, incidents, zones and sites."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.outputs.maps.lines import Edge, build_disc, encode_lines, find_edges, join_edges, list_edges, turn
from corridors.outputs.maps.wording import (
    MONTHS,
    ROLE_WORDS,
    RULE_WORDS,
    STANDING_WORDS,
    STATUS_WORDS,
    ZONE_WORDS,
    Data,
    Names,
    write_distance,
    write_duration,
    write_time,
)
from corridors.plan import Plan
from corridors.situation import ACTIVE
from corridors.tables import RESTRICTED, UNKNOWN

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


def build_layers(plan: Plan) -> Data:
    """What the map draws, by the names that `map.js` uses; positions as [lat, lon], lines as in `lines`."""
    return _Layers(plan).data()


class _Layers(Names):
    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        spots = shapely.get_coordinates(self.situation.sites.geometry if len(self.situation.sites) else self.situation.roads.geometry)
        angle = np.radians(spots[:, 0])
        self.meridian = round(float(np.degrees(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum())))) if len(spots) else 0

    def data(self) -> Data:
        """What the map draws."""
        return {
            "bounds": self.bounds(),
            "credits": sorted({source.attribution for source in self.situation.sources if source.attribution}),
            "roads": self._roads(),
            "closed": self._closed(),
            "limited": self._limited(),
            "corridors": self._corridors(),
            "incidents": [self._incident(incident_id, row) for incident_id, row in self.situation.incidents.iterrows()],
            "zones": [self._zone(zone_id, row) for zone_id, row in self.situation.zones.iterrows()],
            "sites": list(self._sites()),
        }

    def bounds(self) -> list[list[float]]:
        """South-west and north-east corner of the corridors and sites; of the roads where there are neither."""
        shapes = [
            *self.plan.corridors.geometry,
            *self.situation.sites.geometry,
            *(s.representative_point() for s in self.plan.cut_off.geometry),
        ]
        coords = turn(shapely.get_coordinates(shapes or self.plan.segments.geometry), self.meridian)
        west, south, east, north = [*coords.min(axis=0), *coords.max(axis=0)] if len(coords) else [-180.0, -60.0, 180.0, 75.0]
        return [[round(float(south), 5), round(float(west), 5)], [round(float(north), 5), round(float(east), 5)]]

    def _roads(self) -> Data:
        segments = self.plan.segments
        shapes = shapely.simplify(segments.geometry.to_numpy(), BASE_TOLERANCE_DEG)
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
        """Closed segments in one list of lines; for each its name, length, and the rows of the ledger that close it."""
        closed = self.plan.segments[self.closed]
        causes: dict[tuple[str, str], int] = {}
        rows: dict[str, list[Any]] = {str(segment): [] for segment in closed.index}
        ledger = self.plan.closures.sort_values(["segment_id", "cause_type", "cause_id", "rule"], kind="stable")
        for row in ledger.itertuples(index=False):
            cause = causes.setdefault((row.cause_type, row.cause_id), len(causes))
            since, until = write_time(row.active_from), write_time(row.active_until) or "further notice"
            rule = RULE_WORDS.get(row.rule, row.rule.replace("_", " "))
            away = f", {write_distance(row.distance_m)} away" if row.distance_m > 0 else ""
            rows[row.segment_id].append([cause, rule + away, f"{f'since {since}, ' if since else ''}until {until}"])
        return {
            "lines": self._encode(closed.geometry),
            "causes": [self.cause(*cause) for cause in causes],
            "segments": [
                [row.Index, self._road_title(row), write_distance(row.length_m), row.reason, rows[row.Index]] for row in closed.itertuples()
            ],
        }

    def _limited(self) -> Data:
        """Segments that are RESTRICTED or UNKNOWN."""
        limited = self.plan.segments[self.plan.segments["status"].isin([RESTRICTED, UNKNOWN]) & ~self.closed]
        return {
            "lines": self._encode(limited.geometry),
            "segments": [
                [row.Index, self._road_title(row), write_distance(row.length_m), STATUS_WORDS[row.status], row.reason]
                for row in limited.itertuples()
            ],
        }

    def _corridors(self) -> Data:
        edges = {str(corridor_id): find_edges([line]) for corridor_id, line in self.corridors.geometry.items() if line.geom_type != "Point"}
        layers: dict[str, set[Edge]] = {"primary": set(), "second": set(), "third": set()}
        for corridor_id, rank in self.corridors["rank"].items():
            layers["primary" if rank == 1 else "second" if rank == 2 else "third"] |= edges.get(str(corridor_id), set())
        layers["second"] -= layers["primary"]
        layers["third"] -= layers["primary"] | layers["second"]
        uses = Counter(edge for own in edges.values() for edge in own)
        return {
            "lines": {name: self._encode(join_edges(layer)) for name, layer in layers.items()},
            "each": [self._corridor(str(corridor_id), row, uses) for corridor_id, row in self.corridors.iterrows()],
        }

    def _corridor(self, corridor_id: str, row: pd.Series, uses: Counter[Edge]) -> Data:
        depot, destination = self.place(row["depot_id"]), self.place(row["destination_id"])
        choke = self.plan.segments.geometry.reindex(row["chokepoints"]).dropna()
        names = sorted({self.plan.segments["name"].get(segment) or segment for segment in row["chokepoints"]})
        facts = [
            ["Rank", "1, primary" if row["rank"] == 1 else f"{row['rank']}, alternate"],
            ["Status", STATUS_WORDS[row["status"]]],
            ["Length", f"{row['length_m'] / 1000:.1f} km"],
            ["Driving time", f"{write_duration(row['duration_min'])} h, no stops"],
            ["Clearance", write_distance(row["clearance_m"]) or "no active incident"],
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
        standing, shape = self.plan.standing[incident_id], row["geometry"]
        reach_m = float(self.plan.reach_m[incident_id])
        active = standing == ACTIVE
        closes = self.closed_by["incident", str(incident_id)]
        when = write_time(row["occurred_at"])
        until = write_time(row["occurred_until"])
        facts = [
            ["Counts as", STANDING_WORDS[standing]],
            ["Occurred", when if when == until else f"{when} to {until}"],
            ["Reported", write_time(row["reported_at"])],
            ["Verification", row["verification"]],
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
            "day": f"{row['occurred_at'].day} {MONTHS[row['occurred_at'].month - 1]}",
            "disc": self._rings(build_disc(shape, reach_m)) if active else [],
            "outline": self._outline(shape),
            "facts": [fact for fact in facts if fact[1]],
        }

    def _zone(self, zone_id: Any, row: pd.Series) -> Data:
        now = pd.Timestamp(self.situation.as_of)
        in_force = not (row["valid_from"] > now or row["valid_to"] < now)
        facts = [
            ["Kind", ZONE_WORDS[row["kind"]]],
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
            "word": ZONE_WORDS[row["kind"]],
            "in_force": in_force,
            "name": row["name"],
            "name_ar": row["name_ar"],
            "at": self._at(row["geometry"].representative_point()),
            "rings": self._rings(row["geometry"]),
            "facts": [fact for fact in facts if fact[1]],
        }

    def _sites(self) -> Iterator[Data]:
        """The sites, and zones that are destinations."""
        sites, reached, cut_off = self.situation.sites, set(self.corridors["destination_id"]), set(self.plan.cut_off.index)
        for site_id, row in sites.iterrows():
            state = row["role"]
            if row["role"] == "destination":
                state = self._state(str(site_id), reached, cut_off)
            snap = self.plan.snaps.loc[site_id] if site_id in self.plan.snaps.index else None
            facts = [
                [ROLE_WORDS[row["role"]], str(site_id)],
                ["", self._state_word(str(site_id), state)],
                ["Nearest reachable point", self._reachable(str(site_id))],
                ["Place code", row["pcode"]],
                ["People", _number(row["people"], "")],
                ["Need", _number(row["need_t"], " t")],
                ["Stock", _number(row["stock_t"], " t")],
                ["Meets the road", "" if snap is None else f"{math.ceil(snap['snap_m'])} m from the site"],
            ]
            yield self._site(str(site_id), state, facts, [] if snap is None else [self._at(shapely.Point(snap["lon"], snap["lat"]))])
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
            return f"CUT OFF: {self.plan.cut_off.loc[site_id, 'reason']}"
        return {"reached": "reached by a proposed corridor", "unplanned": "no corridor was planned to it"}.get(state, "")

    def _reachable(self, site_id: str) -> str:
        cut_off = self.plan.cut_off
        return write_distance(cut_off.loc[site_id, "reachable_within_m"]) if site_id in cut_off.index else ""

    def _road_title(self, row: Any) -> str:
        kind = row.road_class.replace("_", " ") or "road"
        what = f"{'bridge, ' if row.bridge else ''}{'tunnel, ' if row.tunnel else ''}{kind}"
        return f"{row.name} ({what})" if row.name else what

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


def _find_own_middle(line: shapely.LineString, uses: Counter[Edge]) -> shapely.Point:
    """The middle of the longest stretch that the fewest corridors use: where a label speaks of this corridor only."""
    coords = shapely.get_coordinates(line)
    shared = np.array([uses.get(edge, 1) for edge in list_edges(line)])
    length = np.hypot(*(np.diff(coords, axis=0) * [np.cos(np.radians(coords[0, 1])), 1.0]).T)
    ends = np.cumsum(length)
    own = np.flatnonzero(shared == shared.min())
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
