"""The annex of a printed map: all places with coordinates, to read by radio or to type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely

from corridors.geodesy.measures import measure_length_m
from corridors.outputs.coordinates import write_decimal, write_dms, write_mgrs
from corridors.outputs.maps.polylines import join_edges, number_edges
from corridors.release.labels import Labels

MAX_CORNERS = 150
"""A zone with more vertices is described by the corners of its bounding box, with a note."""
MAX_STRETCHES = 400
"""Only the longest closed stretches are listed; the others are counted."""

Row = list[str]


def write_place(lon: float, lat: float) -> Row:
    """A place in the three notations of the annex.

    >>> write_place(35.37148, 33.55751)[::2]
    ['33.55751, 35.37148', '36S YC 20154 15614']
    """
    return [write_decimal(lon, lat), write_dms(lon, lat), write_mgrs(lon, lat)]


def list_sites(labels: Labels) -> list[Row]:
    """Role, name and coordinates of each site.

    A site known only by its cell has two rows: the south-west and north-east corners.
    """
    locale, rows = labels.locale, []
    for site_id, row in labels.sites.iterrows():
        called = _format_name(labels, str(site_id))
        role, shape = locale.name("role", row["role"]), row["geometry"]
        if shape.geom_type == "Point":
            rows.append([role, called, *write_place(shape.x, shape.y)])
        else:
            rows += [
                [role, f"{called}: {locale[f'print.corner_{corner}']}", *write_place(lon, lat)]
                for corner, lon, lat in _list_corners(shape)
            ]
    return rows


def list_zones(labels: Labels) -> list[dict[str, Any]]:
    """The zones, each with its vertices in order: outer rings first, holes marked."""
    locale, zones = labels.locale, []
    for zone_id, row in labels.zones.iterrows():
        polygons = shapely.get_parts(row["geometry"])
        title = (
            f"{zone_id}: {_format_name(labels, str(zone_id))}, {locale.name('zone', row['kind'])}"
        )
        if shapely.get_num_coordinates(row["geometry"]) > MAX_CORNERS:
            note = locale.format(
                "print.many_corners", count=int(shapely.get_num_coordinates(row["geometry"]))
            )
            corners = [
                [locale[f"print.corner_{corner}"], *write_place(lon, lat)]
                for corner, lon, lat in _list_corners(row["geometry"])
            ]
            zones.append({"title": title, "note": note, "rows": corners})
            continue
        rows = []
        for part, polygon in enumerate(polygons, start=1):
            for hole, ring in enumerate(shapely.get_rings(polygon)):
                before = f"{part}." if len(polygons) > 1 else ""
                inner = f" {locale['print.hole']}" if hole else ""
                rows += [
                    [f"{before}{at}{inner}", *write_place(lon, lat)]
                    for at, (lon, lat) in enumerate(ring.coords[:-1], start=1)
                ]
        zones.append({"title": title, "note": "", "rows": rows})
    return zones


def list_closed(labels: Labels) -> tuple[list[Row], int]:
    """The closed stretches, longest first, and how many more exist.

    Each has its road, causes, length and both ends.
    """
    closed = labels.segments[labels.closed]
    stretches = []
    for (name, name_ar, causes), part in closed.groupby(
        [closed["name"], closed["name_ar"], closed["closed_by"].map(tuple)], sort=False
    ):
        called = name_ar if labels.locale.lang == "ar" and name_ar else name
        lines = join_edges(number_edges(part.geometry)[0])
        length_m = measure_length_m(lines)
        stretches += [
            (called or labels.locale["print.unnamed"], causes, far, line)
            for far, line in zip(length_m, lines, strict=True)
        ]
    stretches.sort(key=lambda stretch: (-round(stretch[2]), stretch[0], stretch[3].wkt))
    rows = []
    for called, causes, far, line in stretches[:MAX_STRETCHES]:
        start, end = line.coords[0], line.coords[-1]
        what = [called, labels.causes(causes), labels.distance(max(far, 1.0))]
        rows.append(
            [*what, *(f"{write_decimal(*place)}\n{write_mgrs(*place)}" for place in (start, end))]
        )
    return rows, max(0, len(stretches) - MAX_STRETCHES)


def _format_name(labels: Labels, place_id: str) -> str:
    name, name_ar, _ = labels.place(place_id)
    return f"{name} {name_ar}".strip() if name_ar else name


def _list_corners(shape: shapely.Geometry) -> Iterator[tuple[str, float, float]]:
    west, south, east, north = shape.bounds
    yield "south_west", west, south
    yield "north_east", east, north
