"""The drawings of a comparison: all zones, and each group where they lie far apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from corridors.locales import Locale
from corridors.outputs.documents.svg import Frame, Plane, draw, write
from corridors.review import ZoneComparison
from corridors.review.zone_proposals import COMMON, FIRST, PARTS

WIDTH = 1000
MIN_SIDE_M = 500.0
"""A drawing is never of less than this to a side: one must see where one is."""
STYLE = (
    ".common{fill:#00614a;fill-opacity:.42}.outline{fill:none;stroke-width:2.4px}"
    ".first{stroke:#1f5a96}.second{stroke:#a34700;stroke-dasharray:9 4}"
    ".label{font-weight:700;stroke-dasharray:none}"
    ".label.first{fill:#1f5a96;stroke:#fff}.label.second{fill:#a34700;stroke:#fff}"
    ".place{fill:#fff;stroke:#000;stroke-width:2.2px}"
)


def draw_comparison(comparison: ZoneComparison, locale: Locale) -> list[str]:
    """The drawings as SVG, with the words of a language; none where there is no zone."""
    zones = comparison.zones
    if zones.empty:
        return []
    plane = Plane(np.asarray(zones.geometry, dtype=object))
    shapes = plane.flatten(zones.geometry)
    groups = _group(shapes)
    every = [np.arange(len(zones)), *(groups if len(groups) > 1 else ())]
    return [
        _draw(
            comparison,
            plane,
            shapes,
            Frame.around(shapes[of], width=WIDTH, min_side_m=MIN_SIDE_M),
            locale,
            number,
        )
        for number, of in enumerate(every)
    ]


def _group(shapes: npt.NDArray[np.object_]) -> list[npt.NDArray[np.int64]]:
    """The positions of shapes whose boxes, grown by half, meet directly or through others."""
    west, south, east, north = shapely.bounds(shapes).T
    room = np.maximum(east - west, north - south) / 2
    boxes = shapely.box(west - room, south - room, east + room, north + room)
    merged = shapely.get_parts(shapely.union_all(boxes))
    owner = shapely.STRtree(merged).query(shapely.point_on_surface(boxes), predicate="intersects")
    group = np.zeros(len(shapes), dtype=np.int64)
    group[owner[0]] = owner[1]
    found = [np.flatnonzero(group == number) for number in np.unique(group)]
    return sorted(found, key=lambda members: int(members[0]))


def _draw(
    comparison: ZoneComparison, plane: Plane, shapes: Any, frame: Frame, locale: Locale, number: int
) -> str:
    zones = comparison.zones
    parts = plane.flatten([comparison.total(part)["geometry"] for part in PARTS])
    drawn = [_PATTERNS.replace("NUMBER", str(number))]
    drawn += [
        _fill(frame.outline(shape), part, number) for part, shape in zip(PARTS, parts, strict=True)
    ]
    drawn += [
        draw(frame.outline(shape), f"outline {party}")
        for party, shape in zip(zones["party"], shapes, strict=True)
    ]
    places = [*_draw_places(comparison, plane, frame, locale)]
    drawn += [*places, *_draw_labels(zones, shapes, frame)]
    rtl = locale.direction == "rtl"
    legend = [] if number else [*_list_legend(comparison, locale, places=bool(places))]
    return frame.render(drawn, STYLE, legend, rtl=rtl)


_PATTERNS = "<defs>{}</defs>".format(
    "".join(
        f'<pattern id="lines-{party}-NUMBER" width="8" height="8" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({angle})"><path d="M4 0V8" stroke="{colour}" '
        f'stroke-width="{width}"/></pattern>'
        for party, angle, colour, width in (
            ("first", 45, "#1f5a96", 3),
            ("second", -45, "#a34700", 1.4),
        )
    )
)


def _fill(data: str, part: str, number: int) -> str:
    """A part of the area: common in a colour, the others hatched."""
    hatch = {} if part == COMMON else {"fill": f"url(#lines-{part.removeprefix('only_')}-{number})"}
    return draw(data, part, fill_rule="evenodd", **hatch)


def _list_legend(
    comparison: ZoneComparison, locale: Locale, *, places: bool
) -> Iterator[tuple[str, str]]:
    first, second = comparison.names
    box = '<path d="M1 1H29V13H1Z" fill="none" stroke="#1d2528" stroke-width=".6"/>'
    for part in PARTS:
        text = locale.format(f"zone_comparison.{part}", first=first, second=second)
        yield _fill("M1 1H29V13H1Z", part, 0) + box, text
    for party, name in zip(("first", "second"), comparison.names, strict=True):
        text = locale.format("zone_comparison.proposal", name=name)
        yield draw("M1 7H29", f"outline {party}"), text
    if places:
        yield '<circle class="place" cx="15" cy="7" r="5"/>', locale["role.destination"]


def _draw_places(
    comparison: ZoneComparison, plane: Plane, frame: Frame, locale: Locale
) -> Iterator[str]:
    """The destinations: depots and others are counted, and not drawn."""
    if comparison.sites is None:
        return
    sites = comparison.sites[comparison.sites["role"] == "destination"]
    shapes = plane.flatten(sites.geometry)
    for name, name_ar, shape in zip(sites["name"], sites["name_ar"], shapes, strict=True):
        if not frame.box.contains(shape):
            continue
        x, y = frame.place(shape.coords)[0]
        left = x > WIDTH * 0.6
        text = name_ar if locale.lang == "ar" and name_ar else name
        yield f'<circle class="place" cx="{x:g}" cy="{y:g}" r="5"/>'
        yield write(text, x - 10 if left else x + 10, y + 4, "end" if left else "start")


def _draw_labels(zones: gpd.GeoDataFrame, shapes: Any, frame: Frame) -> Iterator[str]:
    """The ids of zones: those of the first above their zone, those of the second below."""
    labels = []
    for party, zone_id, shape in zip(zones["party"], zones["zone_id"], shapes, strict=True):
        if shapely.intersects(shape, frame.box):
            west, south, east, north = shape.bounds
            above = party == FIRST
            x, y = frame.place(((west + east) / 2, north if above else south))[0]
            x = float(np.clip(x, 30, frame.width - 30))
            y = float(np.clip(y + (-6 if above else 15), 14, frame.height - 6))
            labels.append((x, y, zone_id, party))
    for x, y, zone_id, party in _spread(labels):
        yield write(zone_id, x, y, "middle", kind=f"label {party}")


def _spread(labels: list[tuple[float, float, str, str]]) -> list[tuple[float, float, str, str]]:
    """The labels, each moved down until it hides none before it.

    >>> [y for _, y, _, _ in _spread([(10.0, 10.0, "Z-1", ""), (12.0, 12.0, "Z-2", "")])]
    [10.0, 26.0]
    """
    placed: list[tuple[float, float, str, str]] = []
    for x, y, text, party in labels:
        while any(
            abs(y - other_y) < 16 and abs(x - other_x) < 4.5 * (len(text) + len(other) + 2)
            for other_x, other_y, other, _ in placed
        ):
            y += 2  # noqa: PLW2901 - the label moves down
        placed.append((x, y, text, party))
    return placed
