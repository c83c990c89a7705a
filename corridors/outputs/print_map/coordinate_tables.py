"""The annex of a printed map: every place on it in figures, so that it can be read over the radio
and typed into a device.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely

from corridors.geodesy.measures import measure_length_m
from corridors.outputs.coordinates import write_decimal, write_dms, write_mgrs
from corridors.outputs.maps.polylines import join_edges, number_edges
from corridors.release.labels import Labels

MOST_CORNERS = 150
"""A zone of more is told by the corners of the box around it, and says so."""
MOST_STRETCHES = 400
"""More closed stretches are counted, the longest are listed."""

Row = list[str]


def write_place(lon: float, lat: float) -> Row:
    """A place in the three forms of the annex.

    >>> write_place(35.37148, 33.55751)[::2]
    ['33.55751, 35.37148', '36S YC 20154 15614']
    """
    return [write_decimal(lon, lat), write_dms(lon, lat), write_mgrs(lon, lat)]


def list_sites(labels: Labels) -> list[Row]:
    """Role, name and place of each site; of one that is told as a cell, its south-west and
    north-east corners.
    """
    locale, rows = labels.locale, []
    for site_id, row in labels.sites.iterrows():
        called = _call(labels, str(site_id))
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
    """The zones, each with its corners in order: outer rings first, holes said to be such."""
    locale, zones = labels.locale, []
    for zone_id, row in labels.zones.iterrows():
        polygons = shapely.get_parts(row["geometry"])
        title = f"{zone_id}: {_call(labels, str(zone_id))}, {locale.name('zone', row['kind'])}"
        if shapely.get_num_coordinates(row["geometry"]) > MOST_CORNERS:
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
    """Road, causes, length and both ends of each closed stretch, the longest first, and how many
    more there are.
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
    for called, causes, far, line in stretches[:MOST_STRETCHES]:
        start, end = line.coords[0], line.coords[-1]
        what = [called, labels.causes(causes), labels.distance(max(far, 1.0))]
        rows.append(
            [*what, *(f"{write_decimal(*place)}\n{write_mgrs(*place)}" for place in (start, end))]
        )
    return rows, max(0, len(stretches) - MOST_STRETCHES)


def _call(labels: Labels, place_id: str) -> str:
    name, name_ar, _ = labels.place(place_id)
    return f"{name} {name_ar}".strip() if name_ar else name


def _list_corners(shape: shapely.Geometry) -> Iterator[tuple[str, float, float]]:
    west, south, east, north = shape.bounds
    yield "south_west", west, south
    yield "north_east", east, north
