"""The waypoints of a corridor: where a driver or a checkpoint can say on which road a convoy is,
and how far along.

Where the steps of a corridor are told, they are where its road changes, its bridges and tunnels,
and where its state is not PASSABLE. Where they are not, places along the line that is shown anyway,
a rounding step of the disclosure apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from corridors.geodesy.measures import GEOD, wrap_longitudes
from corridors.locales.figures import format_duration
from corridors.outputs.print_map.map_drawing import MapDrawing
from corridors.rules import Rules
from corridors.tables import PASSABLE, Floats

SHORT_M = 150.0
"""A road driven for less than this is a junction, and no waypoint."""
NEAR_DEG = 2e-4
"""So near a line lies the road it follows: 20 m; coordinates of what is cut at a cell are rounded.
"""
MOST_SAMPLES = 60


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place on a corridor."""

    lon: float
    lat: float
    km: str
    time: str
    """Hours and minutes from the start; empty where the audience is told only the whole."""
    what: str


@dataclass(frozen=True)
class Waypoints:
    """Those of a corridor in driving order, and the bridges on it as lines."""

    stops: tuple[Waypoint, ...]
    bridges: tuple[shapely.LineString, ...] = field(default=())
    step_m: float = 0.0
    """How far apart they are, where they are sampled from the line."""

    @property
    def points(self) -> list[shapely.Point]:
        """Their places."""
        return [shapely.Point(stop.lon, stop.lat) for stop in self.stops]


def list_waypoints(names: MapDrawing, corridor_id: str) -> Waypoints:
    """The waypoints of a corridor, as far as the audience of the release may know them."""
    steps = names.release.table("steps")
    steps = steps[steps["corridor_id"] == corridor_id].sort_values("sequence")
    return _list_changes(names, corridor_id, steps) if len(steps) else _sample(names, corridor_id)


def _list_changes(names: MapDrawing, corridor_id: str, steps: pd.DataFrame) -> Waypoints:
    """The ends, and each place where road, structure or state changes."""
    locale, row = names.locale, names.corridors.loc[corridor_id]
    segments = names.segments.loc[steps["segment_id"]]
    length_m = (steps["end_m"] - steps["start_m"]).abs().to_numpy()
    top = float(names.release.rules.get("vehicle", {}).get("top_speed_kph", np.inf))
    minutes = length_m / segments["speed_kph"].clip(upper=top).to_numpy() * 0.06
    away_m, away_min = (
        np.concatenate([[0.0], np.cumsum(values)]) for values in (length_m, minutes)
    )
    own = _call_roads(names, segments)
    called = _absorb_short(own, length_m)
    structure = np.where(segments["bridge"], "bridge", np.where(segments["tunnel"], "tunnel", ""))
    status = segments["status"].to_numpy()
    starts = [shapely.get_coordinates(line)[0] for line in steps.geometry]
    stops: list[Waypoint] = []

    def add(at: int, spot: Floats, what: str) -> None:
        stops.append(
            Waypoint(
                float(spot[0]),
                float(spot[1]),
                f"{away_m[at] / 1000:.1f}",
                format_duration(away_min[at]),
                what,
            )
        )

    for at, spot in enumerate(starts):
        said = (
            [locale.format("print.start", place=names.call_site(row["depot_id"]))]
            if at == 0
            else []
        )
        if at == 0 or called[at] != called[at - 1]:
            said.append(locale.format("print.onto", road=called[at] or locale["print.unnamed"]))
        if structure[at] and (at == 0 or structure[at] != structure[at - 1]):
            what, road = locale.name("structure", structure[at]), own[at]
            said.append(
                locale.format("print.structure", what=what, road=road)
                if road and road != called[at]
                else what
            )
        if status[at] != (status[at - 1] if at else PASSABLE):
            said.append(locale.format("print.from_here", status=locale.name("status", status[at])))
        if said:
            add(at, spot, "; ".join(said))
    end = shapely.get_coordinates(steps.geometry.iloc[-1])[-1]
    add(len(starts), end, locale.format("print.end", place=names.call_site(row["destination_id"])))
    bridges = shapely.get_parts(
        shapely.line_merge(shapely.MultiLineString(list(steps.geometry[structure == "bridge"])))
    )
    return Waypoints(tuple(stops), tuple(bridges))


def _call_roads(names: MapDrawing, segments: pd.DataFrame) -> list[str]:
    """The name of each road in the language, empty where it has none."""
    arabic = names.locale.lang == "ar"
    return [
        name_ar if arabic and name_ar else name
        for name, name_ar in zip(segments["name"], segments["name_ar"], strict=True)
    ]


def _absorb_short(called: list[str], length_m: Floats) -> list[str]:
    """The same names, those of roads driven for less than `SHORT_M` told as the road before."""
    runs: list[tuple[int, int]] = []
    for at, name in enumerate(called):
        if runs and called[runs[-1][0]] == name:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    told: list[str] = []
    for start, end in runs:
        short = told and length_m[start:end].sum() < SHORT_M
        told += [told[-1] if short else called[start]] * (end - start)
    return told


def _sample(names: MapDrawing, corridor_id: str) -> Waypoints:
    """Places along what is shown of a corridor, a rounding step apart: nothing that the line on the
    map does not say.
    """
    locale, row = names.locale, names.corridors.loc[corridor_id]
    line, release = row["geometry"], names.release
    coords = shapely.get_coordinates(line)
    away_m = np.concatenate([[0.0], np.cumsum(GEOD.inv(*coords[:-1].T, *coords[1:].T)[2])])
    step_m = float(
        release.rules.get("disclosure", {}).get("length_step_m", Rules().disclosure.length_step_m)
    )
    step_m *= max(1.0, float(np.ceil(away_m[-1] / step_m / MOST_SAMPLES)))
    at_m = np.arange(0.0, max(away_m[-1], 1e-6), step_m)  # the start, whatever is left of the rest
    around = wrap_longitudes(coords, float(coords[0, 0]))
    lon, lat = (np.interp(at_m, away_m, around[:, axis]) for axis in (0, 1))
    spots = np.vstack([np.column_stack([(lon + 180.0) % 360.0 - 180.0, lat]), coords[-1:]])
    roads = _find_roads(names, spots)
    ends = [
        _say_end(names, row["depot_id"], "start"),
        *[""] * (len(spots) - 2),
        _say_end(names, row["destination_id"], "end"),
    ]
    km = [*(f"{at / 1000:g}" for at in at_m), f"≤ {row['length_m'] / 1000:g}"]
    told = [
        "; ".join(part for part in (end, road) if part) or locale["print.unnamed"]
        for end, road in zip(ends, roads, strict=True)
    ]
    return Waypoints(
        tuple(
            Waypoint(float(x), float(y), far, "", what)
            for (x, y), far, what in zip(spots, km, told, strict=True)
        ),
        (),
        step_m,
    )


def _say_end(names: MapDrawing, site_id: str, end: str) -> str:
    """What the end of a line is: a site, the edge of the cell of one, or no more than an end."""
    if not site_id or site_id not in names.places:
        return names.locale[f"print.{end}_shown"]
    inside = names.place(site_id)[2].geom_type == "Point" or site_id in names.zones.index
    return names.locale.format(
        f"print.{end}" if inside else f"print.{end}_cell", place=names.call_site(site_id)
    )


def _find_roads(names: MapDrawing, spots: Floats) -> list[str]:
    """The name of the road at each place."""
    segments = names.segments
    if not len(segments):
        return [""] * len(spots)
    called: list[str] = []
    tree = shapely.STRtree(segments.geometry.to_numpy())
    found: dict[int, Any] = dict(
        reversed(
            list(
                zip(
                    *tree.query_nearest(
                        shapely.points(spots), max_distance=NEAR_DEG, all_matches=True
                    ).tolist(),
                    strict=True,
                )
            )
        )
    )
    for at in range(len(spots)):
        called += _call_roads(names, segments.iloc[[found[at]]]) if at in found else [""]
    return called
