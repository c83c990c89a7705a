"""A release drawn on a sheet: signs as a picture, names as labels, the rest counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from corridors.evidence.status import ACTIVE
from corridors.geodesy.measures import wrap_longitudes
from corridors.outputs.maps.polylines import join_edges, number_edges
from corridors.outputs.maps.roads import ROAD_WIDTHS
from corridors.outputs.print_map import sign_drawing as signs
from corridors.outputs.print_map.graticule import EdgeLabel, draw_graticule
from corridors.outputs.print_map.label_placement import (
    Label,
    Space,
    place_along,
    place_at,
    place_beside,
    place_within,
    wrap_words,
    write_label,
)
from corridors.outputs.print_map.sheets import Sheet
from corridors.release.labels import Labels
from corridors.tables import RESTRICTED, UNKNOWN, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIMPLIFY_MM = 0.08
"""Tolerance of simplification: less than a printer shows."""
SMALLEST_SCALES: Mapping[str, float] = {
    "other": 150_000,
    "minor": 1_000_000,
    "primary": 3_000_000,
    "main": 1e9,
}
"""The smallest scale at which roads of each width are drawn.

Below it, they would merge into one grey area.
"""
LONG_EDGE_DEG = 0.05
ARROWS_APART_MM, ARROWS_CLEAR_MM = 24.0, 8.0
CROSSES_APART_MM = 9.0
ROAD_NAMES = 14
SITE_POINTS, ROAD_POINTS, ZONE_POINTS = 6.5, 5.5, 6.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn sheet: the picture as SVG, labels, signs used, and counts of what is missing."""

    sheet: Sheet
    svg: bytes
    labels: tuple[Label, ...]
    edge_labels: tuple[EdgeLabel, ...]
    signs: frozenset[str]
    beyond: Mapping[str, int]
    """How many zones, closure areas, sites and kilometres of closed road exceed the frame."""
    nameless: int
    """The number of sites and zones on the sheet whose name had no free place."""


@dataclass
class _Canvas:
    """A sheet during drawing."""

    sheet: Sheet
    axes: Axes
    space: Space
    bounds: tuple[float, float, float, float]
    labels: list[Label] = field(default_factory=list)
    leaders: list[shapely.LineString] = field(default_factory=list)
    signs: set[str] = field(default_factory=set)
    nameless: int = 0

    def to_mm(self, shapes: Any) -> Any:
        """Shapes in degrees, converted to millimetres of the frame."""
        return shapely.transform(
            shapes, lambda lonlat: self.sheet.to_mm(self.sheet.plane.project(lonlat))
        )

    def spot(self, point: shapely.Point) -> Floats:
        """A point in degrees, converted to millimetres of the frame."""
        return np.asarray(shapely.get_coordinates(self.to_mm(point))[0], dtype=np.float64)

    def shows(self, spot: Floats, margin: float = 0.0) -> bool:
        """Whether a place lies within the frame."""
        return bool(
            (spot > -margin).all()
            and spot[0] < self.sheet.width + margin
            and spot[1] < self.sheet.height + margin
        )

    def select(self, shapes: Any) -> Any:
        """Whether the bounds of each shape, in degrees, meet those of the sheet."""
        west, south, east, north = self.bounds
        low_x, low_y, high_x, high_y = shapely.bounds(shapes).reshape(-1, 4).T
        return (low_x <= east) & (high_x >= west) & (low_y <= north) & (high_y >= south)

    def clip(self, shapes: Any, *, whole: bool = True) -> Any:
        """Lines in degrees, clipped to the frame in millimetres and simplified for print.

        `whole`: no line is lost.
        """
        chosen = np.asarray(shapes, dtype=object)
        flat = shapely.simplify(
            self.to_mm(chosen[self.select(chosen)]), SIMPLIFY_MM, preserve_topology=whole
        )
        parts = shapely.get_parts(
            shapely.clip_by_rect(flat, -3.0, -3.0, self.sheet.width + 3.0, self.sheet.height + 3.0)
        )
        return parts[shapely.get_type_id(parts) == 1]


class MapDrawing:
    """The layers of a release, prepared once to be drawn on any number of sheets.

    All longitudes are within 180 degrees of one meridian.
    """

    def __init__(
        self,
        labels: Labels,
        *,
        corridors: pd.Index,
        numbers: Mapping[str, str],
        type_size: float = 1.0,
    ) -> None:
        """Choose the corridors to draw, their numbers, and the factor of the type size."""
        self.labels, self.locale = labels, labels.locale
        self.segments, self.sites = labels.segments, labels.sites
        self.numbers, self.type_size = numbers, type_size
        self.reached = set(labels.corridors["destination_id"])
        self._is_part = len(corridors) < len(labels.corridors)
        self.corridors = labels.corridors.loc[corridors]
        self.areas = labels.release.table("closure_areas")
        spots = shapely.get_coordinates(self._list_ends() or self.segments.geometry.array[:1000])
        angle = np.radians(spots[:, 0])
        self.meridian = (
            round(float(np.degrees(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum()))))
            if len(spots)
            else 0
        )
        width = np.full(len(self.segments), "other", dtype=object)
        for name, classes in ROAD_WIDTHS.items():
            width[self.segments["road_class"].isin(classes)] = name
        self._width = width
        self._roads = self.wrap_longitudes(self.segments.geometry)
        self._closed = self.wrap_longitudes(
            join_edges(number_edges(self.segments.geometry[self.labels.closed])[0])
        )
        limited = self.segments["status"].isin([RESTRICTED, UNKNOWN])
        self._limited = self.wrap_longitudes(
            join_edges(number_edges(self.segments.geometry[limited])[0])
        )
        self.lines = dict(
            zip(self.corridors.index, self.wrap_longitudes(self.corridors.geometry), strict=True)
        )
        self._zones = self.wrap_longitudes(self.labels.zones.geometry)
        self._areas = self.wrap_longitudes(self.areas.geometry)
        self._alternates = self._join_alternates()

    def _list_ends(self) -> list[shapely.Geometry]:
        if not self._is_part:
            return [*self.corridors.geometry, *self.sites.geometry, *self.labels.cut_off.geometry]
        ends = [
            self.labels.place(site_id)[2]
            for site_id in sorted({*self.corridors["depot_id"], *self.corridors["destination_id"]})
        ]
        return [*self.corridors.geometry, *(end for end in ends if not end.is_empty)]

    def wrap_longitudes(self, shapes: Any) -> Any:
        """Shapes with longitudes within 180 degrees of the meridian, long edges divided.

        Edges are straight in longitude and latitude, so they are curves in most projections.
        """
        chosen = np.asarray(shapes, dtype=object)
        if (
            len(chosen)
            and (np.abs(shapely.get_coordinates(chosen)[:, 0] - self.meridian) > 180.0).any()
        ):
            chosen = shapely.transform(
                chosen, lambda lonlat: wrap_longitudes(lonlat, self.meridian)
            )
        long = shapely.length(chosen) > LONG_EDGE_DEG
        if long.any():
            chosen = chosen.copy()
            chosen[long] = shapely.segmentize(chosen[long], LONG_EDGE_DEG)
        return chosen

    def _join_alternates(self) -> Any:
        """The roads that only alternates use, each once, so that their dashes are regular."""
        edges, number, corridor = number_edges(self.corridors.geometry)
        best = np.full(len(edges), 9)
        np.minimum.at(best, number, self.corridors["rank"].to_numpy()[corridor])
        return self.wrap_longitudes(
            join_edges(edges[(best > 1) & (edges[:, 0] != edges[:, 1]).any(axis=1)])
        )

    def list_shown(self) -> list[shapely.Geometry]:
        """The content that the map must show: corridors, sites and cut-off places.

        Where only some corridors are chosen, these and their ends; without content, the roads.
        """
        return list(self.wrap_longitudes(self._list_ends() or list(self.segments.geometry)))

    def draw(
        self,
        sheet: Sheet,
        *,
        corridor: str = "",
        stops: Sequence[shapely.Point] = (),
        bridges: Any = (),
        index: Sequence[Sheet] = (),
    ) -> Drawing:
        """Draw a sheet of all corridors, or of one with its numbered stops and its bridges.

        Parameters
        ----------
        sheet
            The frame to fill.
        corridor
            The one corridor to draw; empty: all.
        stops
            Places along it, numbered from 1.
        bridges
            Lines of the bridges on it.
        index
            Sheets whose frames and numbers are drawn.
        """
        figure, axes = signs.open_drawing(sheet.width, sheet.height)
        canvas = _Canvas(sheet, axes, Space(sheet.width, sheet.height), sheet.find_bounds())
        lines, edge_labels = draw_graticule(sheet)
        signs.draw_lines(axes, lines, signs.GRATICULE, 2)
        self._draw_areas(canvas)
        names = self._draw_roads(canvas, corridor)
        zone_labels = self._draw_zones(canvas)
        self._draw_closed(canvas)
        badges = self._draw_corridors(canvas, corridor)
        for bridge in canvas.clip(bridges):
            signs.draw_bridge(axes, *_find_middle(bridge), 60)
            canvas.signs.add("bridge")
        marks = [*self._draw_incidents(canvas), *self._draw_sites(canvas)]
        self._draw_index(canvas, index)
        for line, text in badges:
            self._place_badge(canvas, line, text)
        for spot, clear, label, needed in marks:
            self._place_mark(canvas, spot, clear, label, needed=needed)
        for position, stop in enumerate(stops, start=1):
            spot = canvas.spot(stop)
            if canvas.shows(spot):
                self._place(
                    canvas,
                    place_beside(
                        canvas.space,
                        spot,
                        1.6,
                        self._write((str(position),), 5.0, style="number"),
                        rings=(0.0, 2.5),
                    ),
                )
        for shape, label in zone_labels:
            inner = shapely.intersection(shape, sheet.box)
            if not inner.is_empty:
                spot = shapely.get_coordinates(inner.representative_point())[0]
                canvas.nameless += not self._place(
                    canvas, place_beside(canvas.space, spot, -1.0, label)
                )
        for spots, label in names:
            placed = place_along(
                canvas.space, [spot for spot in spots if canvas.shows(spot)], label
            )
            canvas.labels += [placed] if placed else []
        signs.draw_lines(axes, canvas.leaders, signs.LEADER, 90)
        return Drawing(
            sheet,
            signs.save_drawing(figure),
            tuple(canvas.labels),
            tuple(edge_labels),
            frozenset(canvas.signs),
            self._count_beyond(canvas),
            canvas.nameless,
        )

    def _write(
        self,
        lines: tuple[str, ...],
        points: float,
        *,
        bold: bool = False,
        colour: str = signs.BLACK,
        style: str = "plain",
    ) -> Label:
        return write_label(lines, points * self.type_size, bold=bold, colour=colour, style=style)

    def _place(
        self, canvas: _Canvas, found: tuple[Label, shapely.LineString | None] | None
    ) -> bool:
        if found is None:
            return False
        canvas.labels.append(found[0])
        canvas.leaders += [found[1]] if found[1] is not None else []
        return True

    def _draw_areas(self, canvas: _Canvas) -> None:
        for shape in (
            canvas.to_mm(self._areas[canvas.select(self._areas)]) if len(self._areas) else ()
        ):
            if shapely.intersects(shape, canvas.sheet.box):
                signs.draw_area(canvas.axes, shape, signs.REACH, 1)
                canvas.signs.add("reach")

    def _draw_roads(self, canvas: _Canvas, corridor: str) -> list[tuple[list[Floats], Label]]:
        """Draw the roads; return the names of the largest, each with possible places."""
        near = canvas.select(self._roads) if len(self._roads) else np.zeros(0, dtype=bool)
        for level, (width, stroke) in enumerate(signs.ROADS.items()):
            drawn = near & (self._width == width)
            if canvas.sheet.scale <= SMALLEST_SCALES[width] and drawn.any():
                signs.draw_lines(
                    canvas.axes, canvas.clip(self._roads[drawn], whole=False), stroke, 5 + level
                )
                canvas.signs.add("roads")
        lettered = near & np.isin(
            self._width, ["main", "primary", "minor"] if corridor else ["main", "primary"]
        )
        named = self.segments[["name", "name_ar", "length_m"]].assign(
            position=np.arange(len(self.segments))
        )[lettered]
        named = named[named["name"] != ""]
        found = []
        total = named.groupby("name")["length_m"].sum().sort_values(ascending=False, kind="stable")
        for name in total.index[:ROAD_NAMES]:
            pieces = named[named["name"] == name].sort_values(
                "length_m", ascending=False, kind="stable"
            )[:6]
            written = (
                pieces["name_ar"].iloc[0]
                if self.locale.lang == "ar" and pieces["name_ar"].iloc[0]
                else name
            )
            spots = [
                _find_middle(line)[0]
                for line in canvas.to_mm(self._roads[pieces["position"].to_numpy()])
            ]
            found.append((spots, self._write((written,), ROAD_POINTS, colour="#4a4a4a")))
        return found

    def _draw_zones(self, canvas: _Canvas) -> list[tuple[shapely.Geometry, Label]]:
        labels = []
        near = canvas.select(self._zones) if len(self._zones) else np.zeros(0, dtype=bool)
        for shape, (zone_id, row) in zip(
            canvas.to_mm(self._zones[near]), self.labels.zones[near].iterrows(), strict=True
        ):
            if not shapely.intersects(shape, canvas.sheet.box):
                continue
            inner = shapely.intersection(
                shapely.make_valid(shape),
                shapely.box(-3, -3, canvas.sheet.width + 3, canvas.sheet.height + 3),
            )
            in_force = self.labels.in_force[zone_id]
            signs.draw_area(
                canvas.axes, inner, signs.ZONES[row["kind"]] if in_force else signs.NOT_IN_FORCE, 20
            )
            canvas.signs.add(f"zone_{row['kind']}" if in_force else "not_in_force")
            if zone_id not in self.reached.union(self.labels.unreached):
                word = (
                    self.locale.name("zone", row["kind"])
                    if in_force
                    else self.locale["print.not_in_force"]
                )
                colour = signs.ZONES[row["kind"]].edge.colour if in_force else "#404040"
                labels.append(
                    (
                        inner,
                        self._write(
                            (self.labels.label(str(zone_id)), f"{zone_id}: {word}"),
                            ZONE_POINTS,
                            colour=colour,
                        ),
                    )
                )
        return labels

    def _draw_closed(self, canvas: _Canvas) -> None:
        limited = canvas.clip(self._limited)
        if len(limited):
            signs.draw_lines(canvas.axes, limited, signs.LIMITED, 30)
            canvas.space.cover(limited)
            canvas.signs.add("limited")
        closed = canvas.clip(self._closed)
        if len(closed):
            signs.draw_lines(canvas.axes, closed, signs.CLOSED, 40)
            canvas.space.cover(closed)
            canvas.signs.add("closed")
            spots: list[Floats] = []
            for line in closed:
                count = max(1, round(line.length / CROSSES_APART_MM))
                for share in (np.arange(count) + 0.5) / count:
                    spot = shapely.get_coordinates(line.interpolate(share, normalized=True))[0]
                    if not any(np.hypot(*(spot - other)) < 4.0 for other in spots):
                        spots.append(spot)
            signs.draw_crosses(canvas.axes, np.array(spots), 45)

    def _draw_corridors(self, canvas: _Canvas, corridor: str) -> list[tuple[Any, str]]:
        """Draw the corridors; return possible places for the number of each primary one."""
        chosen = self.corridors if not corridor else self.corridors.loc[[corridor]]
        alternates = canvas.clip(self._alternates if not corridor else [])
        if len(alternates):
            signs.draw_lines(canvas.axes, alternates, signs.ALTERNATE, 50)
            canvas.space.cover(alternates)
            canvas.signs.add("alternate")
        drawn: list[tuple[Floats, Floats]] = []
        badges = []
        shown = chosen if corridor else chosen[chosen["rank"] == 1]
        lines = {name: canvas.clip([self.lines[name]]) for name in shown.index}
        whole = [line for parts in lines.values() for line in parts]
        if whole:
            is_primary = bool((shown["rank"] == 1).any())
            signs.draw_lines(
                canvas.axes, whole, signs.PRIMARY if is_primary else signs.ALTERNATE, 55
            )
            self._draw_unsure(canvas, [*whole, *alternates])
            canvas.space.cover(whole)
            canvas.signs.add("primary" if is_primary else "alternate")
        owners = shapely.STRtree(whole) if whole else None
        for name, parts in lines.items():
            for line in parts:
                _draw_arrows(canvas, line, drawn)
            if len(parts) and not corridor and owners is not None:
                badges.append(
                    (
                        _find_own(max(parts, key=lambda line: line.length), owners),
                        self.numbers[str(name)],
                    )
                )
        return badges

    def _draw_unsure(self, canvas: _Canvas, corridors: list[shapely.LineString]) -> None:
        """Mark the parts of corridors on roads that are restricted or of unknown state.

        They must differ from all other parts.
        """
        limited = canvas.clip(self._limited)
        if not len(limited):
            return
        near = shapely.buffer(shapely.union_all(limited), 2 * SIMPLIFY_MM)
        parts = shapely.get_parts(shapely.intersection(shapely.union_all(corridors), near))
        parts = shapely.get_parts(
            shapely.line_merge(shapely.multilinestrings(parts[shapely.length(parts) > 0.5]))
        )
        if len(parts):
            signs.draw_lines(canvas.axes, parts, signs.UNSURE, 58)
            canvas.signs.add("unsure")

    def _place_badge(self, canvas: _Canvas, spots: list[Floats], text: str) -> None:
        label = self._write((text,), 6.5, bold=True, colour=signs.GREEN, style="badge")
        placed = place_along(canvas.space, [spot for spot in spots if canvas.shows(spot)], label)
        if placed:
            canvas.labels.append(placed)
        elif spots:
            self._place(
                canvas,
                place_beside(canvas.space, spots[0], 1.5, label, rings=(2.0, 4.0, 8.0, 13.0, 18.0)),
            )

    def _draw_incidents(self, canvas: _Canvas) -> Iterator[tuple[Floats, float, Label, bool]]:
        incidents = self.labels.incidents.sort_values(
            "incident_status", ascending=False, kind="stable"
        )
        places = [
            (row, place)
            for _, row in incidents.iterrows()
            for place in shapely.get_parts(row["geometry"])
        ]  # one for each reported place
        for row, place in places:
            spot = canvas.spot(self.wrap_longitudes([place.representative_point()])[0])
            if not canvas.shows(spot, 2.0):
                continue
            what = "incident" if row["incident_status"] == ACTIVE else "inactive"
            signs.draw_mark(canvas.axes, what, spot, 70 if what == "incident" else 65)
            canvas.signs.add(f"mark_{what}")
            canvas.space.take(spot, signs.MARK_MM[what] * 0.7, signs.MARK_MM[what] * 0.7)
            if what == "incident":
                time = row["occurred_at"]
                day = f"{time.day} {self.locale.texts['months'][time.month - 1]}"
                yield spot, signs.MARK_MM[what], self._write((day,), 5.0, colour=signs.RED), False

    def _draw_sites(self, canvas: _Canvas) -> list[tuple[Floats, float, Label, bool]]:
        marks = []
        cells: dict[bytes, list[str]] = {}
        for site_id, shape in self._list_sites():
            if shape.geom_type != "Point":
                cells.setdefault(shapely.to_wkb(shape), []).append(site_id)
                continue
            spot = canvas.spot(shape)
            if not canvas.shows(spot):
                continue
            what = self.find_state(site_id)
            signs.draw_mark(canvas.axes, what, spot, 80)
            canvas.signs.add(f"mark_{what}")
            canvas.space.take(spot, signs.MARK_MM[what], signs.MARK_MM[what])
            marks.append((spot, signs.MARK_MM[what], self._write_site(site_id), True))
        self._draw_cells(canvas, cells)
        return sorted(marks, key=lambda mark: not mark[2].bold)

    def _draw_cells(self, canvas: _Canvas, cells: Mapping[bytes, list[str]]) -> None:
        """Draw the cells of sites, shared edges once, with the names inside.

        No mark shows a position within a cell.
        """
        edges = []
        for cell, members in cells.items():
            flat = canvas.to_mm(shapely.from_wkb(cell))
            inner = shapely.intersection(flat, canvas.sheet.box)
            if inner.is_empty:
                continue
            edges.append(flat.exterior)
            size, room = (
                (SITE_POINTS - 0.5) * self.type_size,
                max(18.0, inner.bounds[2] - inner.bounds[0] - 1.0),
            )
            texts = [
                *(self._format_site(site_id)[0] for site_id in members),
                self.locale["print.within_cell"],
            ]
            unreached = (
                [self.locale["cut_off.word"]]
                if len(members) == 1 and set(members).intersection(self.labels.unreached)
                else []
            )
            label = write_label(
                tuple(
                    line
                    for text in [*texts, *unreached]
                    for line in wrap_words(text, room, size, bold=True)
                ),
                size,
                bold=True,
            )
            width = inner.bounds[2] - inner.bounds[0]
            placed = place_within(canvas.space, inner, label) if width >= label.width else None
            if placed:
                canvas.labels.append(placed)
            elif not self._place(
                canvas,
                place_beside(
                    canvas.space, shapely.get_coordinates(inner.centroid)[0], width, label
                ),
            ):
                canvas.nameless += len(members)
        if edges:
            signs.draw_lines(
                canvas.axes,
                shapely.get_parts(shapely.line_merge(shapely.union_all(edges))),
                signs.CELL.edge,
                25,
            )
            canvas.signs.add("cell")

    def _list_sites(self) -> Iterator[tuple[str, shapely.Geometry]]:
        """The sites, and the zones that are destinations, each with its place."""
        yield from zip(
            map(str, self.sites.index), self.wrap_longitudes(self.sites.geometry), strict=True
        )
        for zone_id in sorted(
            self.reached.union(self.labels.unreached).difference(self.sites.index)
        ):
            shape = self.labels.place(zone_id)[2]
            if not shape.is_empty:
                yield zone_id, self.wrap_longitudes([shape.representative_point()])[0]

    def find_state(self, site_id: str) -> str:
        """The mark of a site: its role, or the state of a destination.

        A destination is reached, cut off, or unplanned.
        """
        role = self.sites["role"].get(site_id, "destination")
        if role != "destination":
            return str(role)
        return (
            "cut_off"
            if site_id in self.labels.unreached
            else "reached"
            if site_id in self.reached
            else "unplanned"
        )

    def format_site_name(self, site_id: str) -> str:
        """The name of a site or zone; without a name, or where it is withheld, its role and id."""
        called = self.labels.label(site_id)
        role = self.locale.name("role", self.sites["role"].get(site_id, "destination"))
        return called if called != site_id else f"{role} {site_id}"

    def _format_site(self, site_id: str) -> tuple[str, ...]:
        """The name of a site in the language, and in the other one where it exists."""
        name, name_ar, _ = self.labels.place(site_id)
        first = self.format_site_name(site_id)
        return (
            first,
            *([name_ar if first == name else name] if name_ar and name != site_id else []),
        )

    def _write_site(self, site_id: str) -> Label:
        lines = self._format_site(site_id)
        state = self.find_state(site_id)
        more = (self.locale["cut_off.word"],) if state == "cut_off" else ()
        return self._write((*lines, *more), SITE_POINTS, bold=state in ("cut_off", "depot"))

    def _place_mark(
        self, canvas: _Canvas, spot: Floats, clear: float, label: Label, *, needed: bool
    ) -> None:
        """Place the name of a mark.

        The name of a site goes on one line where two lines do not fit, and is counted where no
        place is free.
        """
        if not needed:
            self._place(canvas, place_beside(canvas.space, spot, clear, label, rings=(0.0,)))
            return
        short = write_label(label.lines[:1], label.size - 0.5, bold=label.bold)
        if not self._place(
            canvas, place_beside(canvas.space, spot, clear, label)
        ) and not self._place(canvas, place_beside(canvas.space, spot, clear, short)):
            canvas.nameless += 1

    def _draw_index(self, canvas: _Canvas, index: Sequence[Sheet]) -> None:
        for number, other in enumerate(index, start=1):
            corners = np.array(
                [
                    [0.0, 0.0],
                    [other.width, 0.0],
                    [other.width, other.height],
                    [0.0, other.height],
                    [0.0, 0.0],
                ]
            )
            lonlat = other.plane.locate(other.to_metres(corners))
            frame = shapely.Polygon(canvas.sheet.to_mm(canvas.sheet.plane.project(lonlat)))
            signs.draw_lines(canvas.axes, [frame.exterior], signs.INDEX, 85)
            corner = np.array([frame.bounds[0] + 4.0, frame.bounds[3] - 3.5]).clip(
                3.5, [canvas.sheet.width - 3.5, canvas.sheet.height - 3.5]
            )
            canvas.labels.append(
                place_at(
                    canvas.space, corner, write_label((str(number),), 9.0, bold=True, style="badge")
                )
            )

    def _count_beyond(self, canvas: _Canvas) -> dict[str, int]:
        """How many objects of each kind are outside the frame, or partly outside.

        Places on the far side of the Earth have no coordinates in the plane.
        """
        counted = {}
        for name, shapes in (
            ("zones", self._zones),
            ("areas", self._areas),
            ("sites", np.array([shape for _, shape in self._list_sites()], dtype=object)),
        ):
            inside = canvas.select(shapes) if len(shapes) else np.zeros(0, dtype=bool)
            flat = canvas.to_mm(shapes[inside])
            counted[name] = int(
                (~inside).sum()
                + (~shapely.covers(shapely.buffer(canvas.sheet.box, 0.01), flat)).sum()
            )
        closed = self.segments.loc[self.labels.closed, "length_m"].to_numpy()
        lines = self._roads[self.labels.closed.to_numpy()]
        outside = np.ones(len(lines), dtype=bool)
        if len(lines):
            near = canvas.select(lines)
            outside[near] = ~shapely.intersects(canvas.sheet.box, canvas.to_mm(lines[near]))
        return {**counted, "closed_km": round(float(closed[outside].sum()) / 1000)}


def _draw_arrows(
    canvas: _Canvas, line: shapely.LineString, drawn: list[tuple[Floats, Floats]]
) -> None:
    """Draw arrows along a line, except where a near arrow has the same direction."""
    if line.length < 6.0:
        return
    count = max(1, round(line.length / ARROWS_APART_MM))
    for share in (np.arange(count) + 0.5) / count:
        spot, heading = _find_heading(line, share * line.length)
        near = [
            other
            for place, other in drawn
            if np.hypot(*(place - spot)) < ARROWS_CLEAR_MM and other @ heading > 0.3
        ]
        touching = [other for place, other in drawn if np.hypot(*(place - spot)) < 3.6]
        if not near and not touching:
            drawn.append((spot, heading))
            signs.draw_arrow(canvas.axes, spot, heading, 62)


def _find_heading(line: shapely.LineString, at: float) -> tuple[Floats, Floats]:
    """A place along a line, and the direction of the line there."""
    ends = shapely.get_coordinates(
        shapely.line_interpolate_point(line, [at, max(at - 0.8, 0.0), min(at + 0.8, line.length)])
    )
    step = ends[2] - ends[1]
    length = float(np.hypot(*step))
    return ends[0], step / length if length > 1e-6 else np.array([1.0, 0.0])


def _find_middle(line: shapely.LineString) -> tuple[Floats, Floats]:
    return _find_heading(line, line.length / 2)


def _find_own(line: shapely.LineString, tree: shapely.STRtree) -> list[Floats]:
    """Places along a line: first those on the fewest other lines, then nearest its middle."""
    shares = (np.arange(25) + 0.5) / 25
    spots = shapely.line_interpolate_point(line, shares, normalized=True)
    which, _ = tree.query(spots, predicate="dwithin", distance=0.6)
    passed = np.bincount(which, minlength=len(spots))
    order = np.lexsort([np.abs(shares - 0.55), passed])
    return list(shapely.get_coordinates(spots[order]))
