"""Where corridors and roads cross the borders of zones, and which roads a corridor follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from corridors.geodesy.measures import measure_length_m, wrap_longitudes
from corridors.tables import PASSABLE, RESTRICTED, Floats, Ints

SAME_PLACE = 2e-5
"""Degrees, two metres: nearer crossings are one, such as those of a corridor and its road."""
ON_ROAD = 1e-6
"""Degrees, a tenth of a metre: a corridor lies on its roads, cut and rounded."""
SHORTEST_STRETCH_M = 500.0
"""A road followed for less than this is no landmark: slip roads, roundabouts, gaps in names."""
MAX_STRETCHES = 25
"""Of a corridor with more stretches than this, the shorter ones are left out."""
MAIN_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
"""Other roads are listed at a border only where they have a name."""

ENTERS, LEAVES, TOUCHES = "enters", "leaves", "touches"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place where roads in use, or corridors, cross the border of a zone."""

    zone_id: str
    lon: float
    lat: float
    road: int
    """The position of the road in the table of segments; -1 where there is none."""
    corridors: tuple[tuple[str, str], ...]
    """Corridors that cross there, each with `ENTERS`, `LEAVES` or `TOUCHES`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A corridor crosses the border of a zone."""

    corridor_id: str
    zone_id: str
    act: str
    """`ENTERS`, `LEAVES` or `TOUCHES`."""
    along: float
    """The place along the corridor's line, in degrees of the line; to sort by."""
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a place on, a corridor follows a road."""

    road: int
    """The position of a segment of the road; -1 where there is none."""
    along: float
    lon: float
    lat: float


def find_passages(corridors: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> tuple[Passage, ...]:
    """Where corridors cross the borders of zones, corridor by corridor, in driving order.

    A corridor enters or leaves by where it runs before and after.
    """
    passages = []
    for position, (corridor_id, line) in enumerate(corridors.geometry.items()):
        if line.geom_type != "LineString":
            continue
        for zone_id, zone in zones.geometry.items():
            path, area = _unroll(line, zone)
            if shapely.intersects(path, area):
                passages += [
                    (position, Passage(str(corridor_id), str(zone_id), act, along, *_wrap(spot)))
                    for act, along, spot in _follow_through(path, area)
                ]
    passages.sort(key=lambda each: (each[0], each[1].along, each[1].zone_id))
    return tuple(passage for _, passage in passages)


def _unroll(
    line: shapely.LineString, zone: shapely.Geometry
) -> tuple[shapely.LineString, shapely.Geometry]:
    """Line and zone; across the antimeridian, longitudes continue past 180 degrees."""
    west, _, east, _ = line.bounds
    if east - west <= 180:
        return line, zone
    start = float(line.coords[0][0])
    path = shapely.transform(
        line, lambda xy: np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])
    )
    return path, shapely.union_all(
        shapely.get_parts(shapely.transform(zone, lambda xy: wrap_longitudes(xy, start)))
    )


def _wrap(spot: shapely.Point) -> tuple[float, float]:
    return (float(spot.x) + 180.0) % 360.0 - 180.0 if abs(spot.x) > 180 else float(spot.x), float(
        spot.y
    )


def _follow_through(
    line: shapely.LineString, zone: shapely.Geometry
) -> Iterator[tuple[str, float, shapely.Point]]:
    """Each place where a line meets the border of a zone: act, place along the line, point."""
    spots = _list_spots(shapely.intersection(line, zone.boundary))
    places = sorted(
        {round(float(shapely.line_locate_point(line, spot)), 12): spot for spot in spots}.items()
    )
    stops = [0.0, *(along for along, _ in places), line.length]
    middles = [
        shapely.line_interpolate_point(line, (before + after) / 2)
        for before, after in pairwise(stops)
    ]
    inside = [bool(shapely.intersects(middle, zone)) for middle in middles]
    for (along, spot), before, after in zip(places, inside[:-1], inside[1:], strict=True):
        if along in (0.0, line.length):
            yield TOUCHES, along, spot
        else:
            yield (
                ENTERS if after and not before else LEAVES if before and not after else TOUCHES,
                along,
                spot,
            )


def _list_spots(shape: shapely.Geometry) -> list[shapely.Point]:
    """The points of an intersection; of lines that run along a border, their ends."""
    spots = []
    parts = [part for part in shapely.get_parts(shape) if not part.is_empty]
    lines = [part for part in parts if part.geom_type == "LineString"]
    for part in (
        [*shapely.get_parts(shapely.line_merge(shapely.MultiLineString(lines)))] if lines else []
    ):
        spots += [shapely.Point(part.coords[0]), shapely.Point(part.coords[-1])]
    return spots + [part for part in parts if part.geom_type == "Point"]


def find_crossings(
    segments: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, passages: tuple[Passage, ...]
) -> tuple[Crossing, ...]:
    """Where corridors and roads in use cross the borders of zones, from west to east.

    Roads in use are passable or restricted.
    """
    positions = np.flatnonzero(
        segments["status"].isin((PASSABLE, RESTRICTED)).to_numpy() & _is_narrow(segments.geometry)
    )
    used = segments.iloc[positions]
    tree = shapely.STRtree(used.geometry.to_numpy())
    found: list[Crossing] = []
    for zone_id, zone in zones.geometry.items():
        places: list[tuple[float, float, int, list[tuple[str, str]]]] = []
        for passage in passages:
            if passage.zone_id == zone_id:
                _add(places, passage.lon, passage.lat, -1, (passage.corridor_id, passage.act))
        for position in sorted(tree.query(zone.boundary, predicate="intersects")):
            for spot in _list_spots(
                shapely.intersection(used.geometry.iloc[position], zone.boundary)
            ):
                _add(places, spot.x, spot.y, int(positions[position]), None)
        found += [
            Crossing(str(zone_id), lon, lat, road, tuple(ids))
            for lon, lat, road, ids in sorted(places)
        ]
    return tuple(found)


def _is_narrow(lines: gpd.GeoSeries) -> Any:
    west, _, east, _ = shapely.bounds(lines.to_numpy()).T if len(lines) else np.zeros((4, 0))
    return east - west <= 180


def _add(
    places: list[tuple[float, float, int, list[tuple[str, str]]]],
    lon: float,
    lat: float,
    road: int,
    corridor: tuple[str, str] | None,
) -> None:
    """Add a road or corridor to the place that is there already, or as a new place."""
    for position, (east, north, known, corridors) in enumerate(places):
        if abs(east - lon) < SAME_PLACE and abs(north - lat) < SAME_PLACE:
            new = [corridor] if corridor and corridor not in corridors else []
            places[position] = (east, north, road if known < 0 else known, [*corridors, *new])
            return
    places.append((lon, lat, road, [corridor] if corridor else []))


def follow_roads(
    corridors: gpd.GeoDataFrame, segments: gpd.GeoDataFrame
) -> dict[str, tuple[float, tuple[Stretch, ...]]]:
    """For each corridor the roads that it follows, in driving order.

    Before them stands how many metres a road must be followed to be listed.
    """
    lines = corridors[corridors.geom_type == "LineString"].geometry
    if lines.empty:
        return {}
    tree = shapely.STRtree(segments.geometry.to_numpy())
    names = segments["name"].to_numpy().astype(object)
    return {
        str(corridor_id): _list_stretches(line, tree, names) for corridor_id, line in lines.items()
    }


def _list_stretches(
    line: shapely.LineString, tree: shapely.STRtree, names: Any
) -> tuple[float, tuple[Stretch, ...]]:
    coords = shapely.get_coordinates(line)
    length_m = measure_length_m(shapely.linestrings(np.stack([coords[:-1], coords[1:]], axis=1)))
    run_on = np.column_stack([np.unwrap(coords[:, 0], period=360.0), coords[:, 1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(run_on, axis=0).T))])
    road = _find_roads(wrap_longitudes((run_on[:-1] + run_on[1:]) / 2, 0.0), tree)
    road_names = [names[at] if at >= 0 else "" for at in road]
    min_m = SHORTEST_STRETCH_M
    while True:
        starts = _group_stretches(road_names, length_m, min_m)
        if len(starts) <= MAX_STRETCHES:
            break
        min_m *= 2
    return min_m, tuple(
        Stretch(int(road[at]), float(along[at]), float(coords[at, 0]), float(coords[at, 1]))
        for at in starts
    )


def _find_roads(middles: Floats, tree: shapely.STRtree) -> Ints:
    """The position of the road on which each point lies, the first of several; -1 where none is."""
    road = np.full(len(middles), -1, dtype=np.int64)
    if len(tree.geometries):
        point, at = tree.query_nearest(
            shapely.points(middles), max_distance=ON_ROAD, all_matches=True
        )
        order = np.lexsort([at, point])
        first = np.unique(point[order], return_index=True)[1]
        road[point[order][first]] = at[order][first]
    return road


def _group_stretches(names: list[str], length_m: Floats, min_m: float) -> list[int]:
    """Where each stretch of one name starts; one shorter than `min_m` belongs to the one before.

    At the start, it belongs to the one after.

    >>> _group_stretches(
    ...     ["A", "A", "", "A", "B"], np.array([600.0, 600.0, 30.0, 600.0, 900.0]), 500.0
    ... )
    [0, 4]
    """
    runs: list[list[Any]] = []
    for position, (name, metres) in enumerate(zip(names, length_m.tolist(), strict=True)):
        if runs and runs[-1][1] == name:
            runs[-1][2] += metres
        else:
            runs.append([position, name, metres])
    long = [run for run in runs if run[2] >= min_m] or runs[:1]
    kept = [
        run
        for before, run in zip([None, *long[:-1]], long, strict=True)
        if before is None or before[1] != run[1]
    ]
    return [int(run[0]) for run in kept]
