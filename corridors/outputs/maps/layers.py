"""The shapes on the map, in no language: corridors, incidents, areas, zones and sites.

What each of them says is in `facts`.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from corridors.outputs.maps.timeline import find_range, find_spans, list_reaches, tell_minutes
from corridors.release import Release
from corridors.release.labels import Labels
from corridors.tables import Ints

Data = dict[str, Any]


def build_layers(release: Release) -> tuple[Data, list[Ground]]:
    """What the map draws, by the names that the page's script uses; positions as [lat, lon], lines
    as in `lines`.

    Second, what closes segments, in the order in which `facts` puts it into words.
    """
    return _Layers(release, read_locale()).data()


class _Layers(Labels):
    def data(self) -> tuple[Data, list[Ground]]:
        """What the map draws, and what closes segments."""
        spots = shapely.get_coordinates(
            self.sites.geometry if len(self.sites) else self.segments.geometry
        )
        angle = np.radians(spots[:, 0])
        self.meridian = (
            round(float(np.degrees(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum()))))
            if len(spots)
            else 0
        )
        self.spans = find_spans(self.release)
        kinds, kind = number_kinds(self.segments)
        closed, grounds = draw_closed(self, self.meridian, kind)
        areas = self.release.table("closure_areas")
        return {
            "audience": self.release.audience,
            "code": self.release.code,
            "as_of": round(self.release.as_of.timestamp() * 1000),
            "valid_until": round(self.release.valid_until.timestamp() * 1000),
            "bounds": self._bounds(),
            "credits": sorted(self.release.credits),
            "kinds": kinds,
            "roads": draw_roads(self.segments, self.meridian, kinds, kind),
            "closed": closed,
            "limited": draw_limited(self, self.meridian, kind),
            "corridors": self._corridors(),
            "incidents": [
                self._incident(str(incident_id), row)
                for incident_id, row in self.incidents.iterrows()
            ],
            "areas": [
                {
                    "rings": self._rings(shape),
                    "span": [None, tell_minutes(until, self.release, up=True)],
                }
                for shape, until in zip(areas.geometry, areas["active_until"], strict=True)
            ]
            if self.incidents.empty
            else [],
            "zones": [self._zone(str(zone_id), row) for zone_id, row in self.zones.iterrows()],
            "sites": list(self._sites()),
            "range": find_range(self.release, [*closed["spans"], *self.spans.values()]),
            "reaches": list_reaches(self.release),
        }, grounds

    def _bounds(self) -> list[list[float]]:
        """South-west and north-east corner of the corridors and sites; of the roads where there are
        neither.
        """
        shapes = [
            *self.corridors.geometry,
            *self.sites.geometry,
            *(s.representative_point() for s in self.cut_off.geometry),
        ]
        coords = wrap_longitudes(
            shapely.get_coordinates(shapes or self.segments.geometry), self.meridian
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
        edges, number, corridor = number_edges(self.corridors.geometry)
        best = np.full(len(edges), 3)
        np.minimum.at(best, number, self.corridors["rank"].to_numpy()[corridor])
        best[(edges[:, 0] == edges[:, 1]).all(axis=1)] = 0  # of no length: nothing to draw
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
                    "cut": [self._is_cell(depot), self._is_cell(destination)],
                }
                for position, (corridor_id, rank, line, depot, destination) in enumerate(
                    zip(
                        self.corridors.index,
                        self.corridors["rank"],
                        self.corridors.geometry,
                        self.corridors["depot_id"],
                        self.corridors["destination_id"],
                        strict=True,
                    )
                )
            ],
        }

    def _list_chokepoints(self) -> Iterator[tuple[str, shapely.Geometry]]:
        """Corridor and shape of each chokepoint, by the corridors where they name segments, else by
        the layer of its own.
        """
        if self.corridors["chokepoints"].map(len).any():
            for corridor_id, names in self.corridors["chokepoints"].items():
                yield from (
                    (str(corridor_id), shape)
                    for shape in self.segments.geometry.reindex(names).dropna()
                )
            return
        table = self.release.table("chokepoints")
        yield from zip(table["corridor_id"].astype(str), table.geometry, strict=True)

    def _is_cell(self, site_id: str) -> bool:
        """Whether a site stands as a square, so that a corridor is not shown inside it."""
        return site_id in self.sites.index and self.sites.geometry[site_id].geom_type == "Polygon"

    def _incident(self, incident_id: str, row: pd.Series) -> Data:
        shape, active = row["geometry"], row["incident_status"] == ACTIVE
        span = self.spans.get(incident_id)
        # The reach of what is not active now is drawn by the page when the slider comes to it; a
        # point needs only its radius.
        drawn = active or (
            span is not None and (shape.geom_type != "Point" or len(row["reports"]) > 1)
        )
        return {
            "id": incident_id,
            "at": self._at(shape if shape.geom_type == "Point" else shape.representative_point()),
            "active": active,
            "span": span,
            "reach": round(float(row["effective_radius_m"]), 1) if span and not drawn else 0,
            "disc": self._rings(self._reach(row, float(row["effective_radius_m"])))
            if drawn
            else [],
            "outline": self._outline(shape),
        }

    def _reach(self, row: pd.Series, effective_radius_m: float) -> shapely.Geometry:
        """Where an incident closes roads: about the place of each report that counts, as far as
        that one reaches.
        """
        if len(row["reports"]) < 2:
            return build_disc(row["geometry"], effective_radius_m)
        reports = self.release.table("reports").loc[list(row["reports"])]
        reports = reports[reports["incident_status"] == row["incident_status"]]
        return shapely.union_all(
            [
                build_disc(shape, reach)
                for shape, reach in zip(
                    reports.geometry, reports["effective_radius_m"], strict=True
                )
            ]
        )

    def _zone(self, zone_id: str, row: pd.Series) -> Data:
        since, until = (
            tell_minutes(row["valid_from"], self.release),
            tell_minutes(row["valid_to"], self.release, up=True),
        )
        return {
            "id": zone_id,
            "kind": row["kind"],
            "in_force": bool((since is None or since <= 0) and (until is None or until >= 0)),
            "span": [since, until],
            "at": self._at(row["geometry"].representative_point()),
            "rings": self._rings(row["geometry"]),
        }

    def _sites(self) -> Iterator[Data]:
        """The sites, and zones that are destinations: what is drawn of each."""
        for site_id, state, row in list_sites(self):
            road = (
                []
                if row is None or not row["segment_id"]
                else [self._at(shapely.Point(row["snap_lon"], row["snap_lat"]))]
            )
            shape = self.place(site_id)[2]
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


def list_sites(labels: Labels) -> Iterator[tuple[str, str, pd.Series | None]]:
    """Id, state and row of each site, then the zones that are destinations, which have no row.

    The state is the role; of destinations whether they are reached, cut off, or no corridor was
    planned to them.
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
    """The middle of the longest stretch that the fewest corridors use: where a label speaks of this
    corridor only.

    `uses` says of each step of the line how many corridors use it.
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
