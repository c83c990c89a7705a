"""The shapes on the map, without language: corridors, incidents, areas, zones and sites.

`popups` has the text of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence.status import ACTIVE
from corridors.geodesy.measures import build_disc, find_middle, wrap_longitudes
from corridors.locales import read_locale
from corridors.outputs.maps.polylines import encode_lines, join_edges, number_edges
from corridors.outputs.maps.roads import Ground, draw_closed, draw_limited, draw_roads, number_kinds
from corridors.outputs.maps.timeline import (
    Span,
    count_minutes,
    find_range,
    find_spans,
    list_incident_rules,
)
from corridors.release import Release
from corridors.release.labels import Labels
from corridors.tables import Ints

Data = dict[str, Any]


def build_layers(release: Release) -> tuple[Data, list[Ground]]:
    """The shapes of the map by the names of the page's script, and the grounds of closures.

    Positions are [lat, lon]; `polylines` describes lines. The grounds have the order in which
    `popups` renders them.
    """
    labels = Labels(release, read_locale())
    return _Layers(labels, find_spans(release), _find_meridian(labels)).build()


def _find_meridian(labels: Labels) -> int:
    """The mean longitude of the sites, or of the roads where there are no sites."""
    table = labels.sites if len(labels.sites) else labels.segments
    angle = np.radians(shapely.get_coordinates(table.geometry)[:, 0])
    return round(float(np.degrees(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum()))))


@dataclass(frozen=True, eq=False, slots=True)
class _Layers:
    labels: Labels
    spans: dict[str, Span]
    meridian: int

    def build(self) -> tuple[Data, list[Ground]]:
        """The shapes of the map, and the grounds on which segments are closed."""
        labels, release = self.labels, self.labels.release
        kinds, kind = number_kinds(labels.segments)
        closed, grounds = draw_closed(labels, self.meridian, kind)
        return {
            "audience": release.audience,
            "code": release.code,
            "as_of": round(release.as_of.timestamp() * 1000),
            "valid_until": round(release.valid_until.timestamp() * 1000),
            "bounds": self._bounds(),
            "credits": sorted(release.credits),
            "kinds": kinds,
            "roads": draw_roads(labels.segments, self.meridian, kinds, kind),
            "closed": closed,
            "limited": draw_limited(labels, self.meridian, kind),
            "corridors": self._corridors(),
            "incidents": [
                self._incident(str(incident_id), row)
                for incident_id, row in labels.incidents.iterrows()
            ],
            "areas": list(self._areas()) if labels.incidents.empty else [],
            "zones": [self._zone(str(zone_id), row) for zone_id, row in labels.zones.iterrows()],
            "sites": list(self._sites()),
            "range": find_range(release, [*closed["spans"], *self.spans.values()]),
            "incident_rules": list_incident_rules(release),
        }, grounds

    def _areas(self) -> Iterator[Data]:
        areas = self.labels.release.table("closure_areas")
        for shape, until in zip(areas.geometry, areas["active_until"], strict=True):
            end = count_minutes(until, self.labels.release, up=True)
            yield {"rings": self._rings(shape), "span": [None, end]}

    def _bounds(self) -> list[list[float]]:
        """South-west and north-east corner of corridors and sites, or of the roads without them."""
        shapes = [
            *self.labels.corridors.geometry,
            *self.labels.sites.geometry,
            *(s.representative_point() for s in self.labels.cut_off.geometry),
        ]
        coords = wrap_longitudes(
            shapely.get_coordinates(shapes or self.labels.segments.geometry), self.meridian
        )
        west, south, east, north = (
            [*coords.min(axis=0), *coords.max(axis=0)]
            if len(coords)
            else [-180.0, -60.0, 180.0, 75.0]
        )
        return [
            [round(float(south), 5), round(float(west), 5)],
            [round(float(north), 5), round(float(east), 5)],
        ]

    def _corridors(self) -> Data:
        edges, number, corridor = number_edges(self.labels.corridors.geometry)
        best = np.full(len(edges), 3)
        np.minimum.at(best, number, self.labels.corridors["rank"].to_numpy()[corridor])
        best[(edges[:, 0] == edges[:, 1]).all(axis=1)] = 0  # edges without length are not drawn
        uses = np.bincount(
            pd.DataFrame({"number": number, "corridor": corridor}).drop_duplicates()["number"],
            minlength=len(edges),
        )
        layers = {"primary": best == 1, "second": best == 2, "third": best == 3}
        chokepoints: dict[str, list[Any]] = {}
        for name, shape in self._list_chokepoints():
            chokepoints.setdefault(name, []).append(self._at(find_middle(shape)))
        return {
            "lines": {
                name: self._encode(join_edges(edges[layer])) for name, layer in layers.items()
            },
            "each": [
                {
                    "id": str(corridor_id),
                    "rank": int(rank),
                    "line": self._encode([line])
                    if (is_line := line.geom_type == "LineString")
                    else "",
                    "badge": self._at(
                        _find_own_middle(line, uses[number[corridor == position]])
                        if is_line
                        else line
                    ),
                    "chokepoints": chokepoints.get(str(corridor_id), []),
                    "cut": [is_square(self.labels, depot), is_square(self.labels, destination)],
                }
                for position, (corridor_id, rank, line, depot, destination) in enumerate(
                    zip(
                        self.labels.corridors.index,
                        self.labels.corridors["rank"],
                        self.labels.corridors.geometry,
                        self.labels.corridors["depot_id"],
                        self.labels.corridors["destination_id"],
                        strict=True,
                    )
                )
            ],
        }

    def _list_chokepoints(self) -> Iterator[tuple[str, shapely.Geometry]]:
        """Corridor and shape of each chokepoint, from the corridors or from their own layer."""
        if self.labels.corridors["chokepoints"].map(len).any():
            for corridor_id, names in self.labels.corridors["chokepoints"].items():
                yield from (
                    (str(corridor_id), shape)
                    for shape in self.labels.segments.geometry.reindex(names).dropna()
                )
            return
        table = self.labels.release.table("chokepoints")
        yield from zip(table["corridor_id"].astype(str), table.geometry, strict=True)

    def _incident(self, incident_id: str, row: pd.Series) -> Data:
        shape, active = row["geometry"], row["incident_status"] == ACTIVE
        span = self.spans.get(incident_id)
        # The page draws the closure area of an incident that is not active now when the slider
        # comes to its time; for a point the radius is enough.
        drawn = active or (
            span is not None and (shape.geom_type != "Point" or len(row["reports"]) > 1)
        )
        return {
            "id": incident_id,
            "at": self._at(shape if shape.geom_type == "Point" else shape.representative_point()),
            "active": active,
            "span": span,
            "radius_m": round(float(row["effective_radius_m"]), 1) if span and not drawn else 0,
            "disc": self._rings(self._closure_area(row)) if drawn else [],
            "outline": self._outline(shape),
        }

    def _closure_area(self, row: pd.Series) -> shapely.Geometry:
        """The area in which an incident closes roads: the closure radius around each report."""
        if len(row["reports"]) < 2:
            return build_disc(row["geometry"], float(row["effective_radius_m"]))
        reports = self.labels.release.table("reports").loc[list(row["reports"])]
        reports = reports[reports["incident_status"] == row["incident_status"]]
        places = zip(reports.geometry, reports["effective_radius_m"], strict=True)
        return shapely.union_all([build_disc(*place) for place in places])

    def _zone(self, zone_id: str, row: pd.Series) -> Data:
        since = count_minutes(row["valid_from"], self.labels.release)
        until = count_minutes(row["valid_to"], self.labels.release, up=True)
        return {
            "id": zone_id,
            "kind": row["kind"],
            "in_force": bool((since is None or since <= 0) and (until is None or until >= 0)),
            "span": [since, until],
            "at": self._at(row["geometry"].representative_point()),
            "rings": self._rings(row["geometry"]),
        }

    def _sites(self) -> Iterator[Data]:
        """The sites, and the zones that are destinations."""
        for site_id, state, row in list_sites(self.labels):
            road = (
                []
                if row is None or not row["segment_id"]
                else [self._at(shapely.Point(row["snap_lon"], row["snap_lat"]))]
            )
            shape = self.labels.place(site_id)[2]
            yield {
                "id": site_id,
                "state": state,
                "supply": "" if row is None else row["supply"],
                "at": self._at(
                    shape
                    if shape.geom_type == "Point"
                    else shape.centroid
                    if row is not None
                    else shape.representative_point()
                ),
                "cell": self._rings(shape)
                if row is not None and shape.geom_type == "Polygon"
                else [],
                "road": road,
            }

    def _at(self, spot: shapely.Point) -> list[float]:
        lon, lat = (
            wrap_longitudes(shapely.get_coordinates(spot)[:1], self.meridian)[0]
            if not spot.is_empty
            else (0.0, 0.0)
        )
        return [round(float(lat), 5), round(float(lon), 5)]

    def _encode(self, shapes: Any) -> str:
        return encode_lines(shapes, self.meridian)

    def _outline(self, shape: shapely.Geometry) -> str:
        if shapely.get_dimensions(shape) == 0:
            return ""
        return self._encode(
            shapely.get_parts(shape.boundary if shapely.get_dimensions(shape) == 2 else shape)
        )

    def _rings(self, shape: shapely.Geometry) -> list[str]:
        return [self._encode(shapely.get_rings(part)) for part in shapely.get_parts(shape)]


def is_square(labels: Labels, site_id: str) -> bool:
    """Whether a site is shown as a square, so that corridors are not shown inside it."""
    sites = labels.sites
    return site_id in sites.index and sites.geometry[site_id].geom_type == "Polygon"


def list_sites(labels: Labels) -> Iterator[tuple[str, str, pd.Series | None]]:
    """Id, state and row of each site, then of the zones that are destinations, without a row.

    The state is the role of a site; for destinations it is reached, cut_off, or unplanned where no
    corridor was planned to them.
    """
    sites: gpd.GeoDataFrame = labels.sites
    reached, cut_off = (
        set(labels.corridors["destination_id"]),
        set(labels.cut_off.index) | set(sites.index[sites["cut_off"]]),
    )

    def state(site_id: str) -> str:
        return "cut_off" if site_id in cut_off else "reached" if site_id in reached else "unplanned"

    for site_id, row in sites.iterrows():
        yield (
            str(site_id),
            state(str(site_id)) if row["role"] == "destination" else row["role"],
            row,
        )
    for zone_id in sorted((reached | cut_off) - set(sites.index)):
        yield zone_id, state(zone_id), None


def _find_own_middle(line: shapely.LineString, uses: Ints) -> shapely.Point:
    """The middle of the longest part that the fewest corridors use, for the label of a corridor.

    `uses` is the number of corridors that use each step of the line.
    """
    coords = shapely.get_coordinates(line)
    coords = wrap_longitudes(coords, coords[0, 0])
    length = np.hypot(*(np.diff(coords, axis=0) * [np.cos(np.radians(coords[0, 1])), 1.0]).T)
    ends = np.cumsum(length)
    own = np.flatnonzero(uses == uses.min())
    runs = np.split(own, np.flatnonzero(np.diff(own) > 1) + 1)
    longest = max(runs, key=lambda run: length[run].sum())
    middle = ends[longest[0]] - length[longest[0]] + length[longest].sum() / 2
    at = int(np.searchsorted(ends, middle).clip(0, len(length) - 1))
    part = 1 - (ends[at] - middle) / length[at] if length[at] else 0.0
    return shapely.Point(coords[at] + part * (coords[at + 1] - coords[at]))
