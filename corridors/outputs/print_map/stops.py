"""The waypoints of a corridor in words, as far as the audience of the release may know them.

Where the audience sees the steps of a corridor, waypoints are where road, structure or state
changes. Where it does not, they are places along the visible line, one rounding step of the
disclosure apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import shapely

from corridors.itinerary import waypoints
from corridors.locales.figures import format_duration
from corridors.outputs.print_map.map_drawing import MapDrawing
from corridors.rules import Rules


@dataclass(frozen=True, slots=True)
class Stop:
    """A waypoint in words."""

    lon: float
    lat: float
    km: str
    time: str
    """Hours and minutes from the start; empty where the audience knows only the total."""
    what: str


@dataclass(frozen=True)
class Stops:
    """The stops of a corridor in driving order, and the bridges on it as lines."""

    stops: tuple[Stop, ...]
    bridges: tuple[shapely.LineString, ...] = ()
    step_m: float = 0.0
    """The distance between stops that are sampled from the line; else 0."""

    @property
    def points(self) -> list[shapely.Point]:
        """The places of the stops."""
        return [shapely.Point(stop.lon, stop.lat) for stop in self.stops]


def list_stops(drawing: MapDrawing, corridor_id: str) -> Stops:
    """The stops of a corridor."""
    steps = drawing.labels.release.table("steps")
    steps = steps[steps["corridor_id"] == corridor_id].sort_values("sequence")
    row = drawing.corridors.loc[corridor_id]
    return _list_changes(drawing, row, steps) if len(steps) else _sample(drawing, row)


def _list_changes(drawing: MapDrawing, row: pd.Series, steps: pd.DataFrame) -> Stops:
    """The start, each place where road, structure or state changes, and the end."""
    locale = drawing.locale
    segments = drawing.segments.loc[steps["segment_id"]]
    top_speed_kph = float(
        drawing.labels.release.rules.get("vehicle", {}).get("top_speed_kph", math.inf)
    )
    names = _name_roads(drawing, segments)
    places = waypoints.find_changes(steps, segments, names, top_speed_kph=top_speed_kph)
    start, end = (
        locale.format(f"print.{key}", place=drawing.format_site_name(row[column]))
        for key, column in (("start", "depot_id"), ("end", "destination_id"))
    )
    texts = [_format_changes(drawing, place) for place in places[:-1]]
    texts = [[start, *texts[0]], *texts[1:], [end]]
    bridges = shapely.line_merge(
        shapely.MultiLineString(list(steps.geometry[segments["bridge"].to_numpy()]))
    )
    return Stops(
        tuple(
            Stop(
                place.lon,
                place.lat,
                f"{place.distance_m / 1000:.1f}",
                format_duration(place.minutes),
                "; ".join(parts),
            )
            for place, parts in zip(places, texts, strict=True)
        ),
        tuple(shapely.get_parts(bridges)),
    )


def _format_changes(drawing: MapDrawing, place: waypoints.Waypoint) -> list[str]:
    locale, changes = drawing.locale, []
    if place.road is not None:
        changes.append(locale.format("print.onto", road=place.road or locale["print.unnamed"]))
    if place.structure:
        what, road = locale.name("structure", place.structure), place.structure_road
        changes.append(locale.format("print.structure", what=what, road=road) if road else what)
    if place.status:
        changes.append(locale.format("print.from_here", status=locale.name("status", place.status)))
    return changes


def _name_roads(drawing: MapDrawing, segments: pd.DataFrame) -> list[str]:
    """The name of each road in the language, empty where it has none."""
    arabic = drawing.locale.lang == "ar"
    return [
        name_ar if arabic and name_ar else name
        for name, name_ar in zip(segments["name"], segments["name_ar"], strict=True)
    ]


def _sample(drawing: MapDrawing, row: pd.Series) -> Stops:
    """Places along the visible line, one rounding step apart: they reveal no more than the line."""
    rules = drawing.labels.release.rules.get("disclosure", {})
    step_m = float(rules.get("length_step_m", Rules().disclosure.length_step_m))
    step_m, places = waypoints.sample_line(row["geometry"], step_m)
    names = [*_name_roads(drawing, drawing.segments), ""]  # the last for -1: no road
    roads = [names[at] for at in waypoints.find_roads(places, drawing.segments)]
    ends = [
        _format_end(drawing, row["depot_id"], "start"),
        *[""] * (len(places) - 2),
        _format_end(drawing, row["destination_id"], "end"),
    ]
    km = [
        *(f"{place.distance_m / 1000:g}" for place in places[:-1]),
        f"≤ {row['length_m'] / 1000:g}",
    ]
    texts = [
        "; ".join(part for part in (end, road) if part) or drawing.locale["print.unnamed"]
        for end, road in zip(ends, roads, strict=True)
    ]
    return Stops(
        tuple(
            Stop(place.lon, place.lat, far, "", what)
            for place, far, what in zip(places, km, texts, strict=True)
        ),
        step_m=step_m,
    )


def _format_end(drawing: MapDrawing, site_id: str, end: str) -> str:
    """The end of a line: a site, the edge of a site's cell, or only an end."""
    labels = drawing.labels
    if not site_id or site_id not in labels.places:
        return drawing.locale[f"print.{end}_shown"]
    inside = labels.place(site_id)[2].geom_type == "Point" or site_id in labels.zones.index
    key = f"print.{end}" if inside else f"print.{end}_cell"
    return drawing.locale.format(key, place=drawing.format_site_name(site_id))
