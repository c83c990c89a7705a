"""GPX 1.1 for devices and apps: a track a corridor, way-points for the places a driver needs."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent, register_namespace

import numpy as np
import pandas as pd
import shapely

from corridors.geodesy.measures import find_middle
from corridors.locales import show_unseen
from corridors.outputs.exports.antimeridian import lay_out
from corridors.outputs.exports.selection import (
    Export,
    describe_corridor,
    name_corridor,
    tell_marking,
)
from corridors.outputs.serialization import to_jsonable
from corridors.outputs.symbology import ALARM, ALTERNATE, CHOKEPOINT, INK, PRIMARY
from corridors.release.labels import Labels

GPX = "http://www.topografix.com/GPX/1/1"
OSMAND = "https://osmand.net/docs/technical/osmand-file-formats/osmand-gpx"
LAYERS = ("corridors", "chokepoints", "zones", "sites")
"""The layers that have a place in such a file."""
_LAST_LON = 179.9999999
"""Longitudes of GPX end before 180."""
_LOOKS = {1: (PRIMARY, "16"), 2: (ALTERNATE, "10")}
"""Colour and width of primaries; of alternates."""


class _Spot(NamedTuple):
    place: shapely.Point
    name: str
    description: str
    kind: str
    sign: str
    color: str


def write_gpx(export: Export, path: Path) -> None:
    """Write the corridors as tracks, with depots and destinations that are shown as points, and
    chokepoints, as way-points.

    Never as routes: a device calculates those anew, and may lead through roads that are closed.
    Every description says that the track is to be followed as it is.
    """
    register_namespace("", GPX)
    register_namespace("osmand", OSMAND)
    root = Element(
        f"{{{GPX}}}gpx",
        {"version": "1.1", "creator": f"corridors {importlib.metadata.version('corridors')}"},
    )
    _add_metadata(export, root)
    names = export.names
    for spot in _list_spots(export, names):
        point = SubElement(root, f"{{{GPX}}}wpt", _write_place(*spot.place.coords[0]))
        _add_texts(
            point,
            {"name": spot.name, "desc": spot.description, "sym": spot.sign, "type": spot.kind},
        )
        _add_look(
            point,
            {
                "color": spot.color,
                "background": "square" if spot.sign == "Flag, Blue" else "circle",
            },
        )
    corridors = export.layers.get("corridors")
    for corridor_id, corridor in corridors.iterrows() if corridors is not None else ():
        _add_track(root, export, names, str(corridor_id), corridor)
    _add_look(root, {"show_arrows": "true", "show_start_finish": "true"})
    tree = ElementTree(root)
    indent(tree, " ")
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _add_metadata(export: Export, root: Element) -> None:
    release, locale = export.release, export.locale
    metadata = SubElement(root, f"{{{GPX}}}metadata")
    said = [*tell_marking(release, locale), locale["exchange.follow"], *release.credits]
    _add_texts(
        metadata, {"name": release.title or locale["marking.title"], "desc": "\n".join(said)}
    )
    if release.producer.name:
        _add_texts(SubElement(metadata, f"{{{GPX}}}author"), {"name": release.producer.name})
    if release.credits:
        SubElement(
            metadata, f"{{{GPX}}}copyright", {"author": show_unseen("; ".join(release.credits))}
        )
    _add_texts(metadata, {"time": str(to_jsonable(release.as_of))})


def _list_spots(export: Export, labels: Labels) -> Iterator[_Spot]:
    locale, layers = export.locale, export.layers
    marking = " ".join(tell_marking(export.release, locale)[:1])
    sites = export.release.table("sites").loc[layers["sites"].index] if "sites" in layers else None
    for site_id, site in sites.iterrows() if sites is not None else ():
        if site["role"] in ("depot", "destination") and site.geometry.geom_type == "Point":
            name, other = _call(labels, str(site_id))
            role = locale.name("role", site["role"])
            state = locale["cut_off.word"] if site["cut_off"] else ""
            parts = [part for part in (role, state, other, str(site_id), marking) if part]
            depot = site["role"] == "depot"
            color = INK if depot else ALARM if state else PRIMARY
            yield _Spot(
                site.geometry,
                f"{name} - {state}" if state else name,
                "; ".join(parts),
                role,
                "Flag, Blue" if depot else "Pin, Green",
                color,
            )
    if "zones" in layers:
        reached = set(labels.corridors["destination_id"])
        for zone_id, zone in layers["zones"].iterrows():
            if zone_id in reached.union(labels.unreached):
                name, said = labels.label(str(zone_id)), locale.name("zone", zone["kind"])
                state = locale["cut_off.word"] if zone_id in labels.unreached else ""
                yield _Spot(
                    zone.geometry.representative_point(),
                    f"{name} - {state}" if state else name,
                    "; ".join(part for part in (said, state, str(zone_id), marking) if part),
                    said,
                    "Pin, Green",
                    ALARM if state else PRIMARY,
                )
    if "chokepoints" in layers:
        kind = locale.name("layer", "chokepoints")
        chokepoints = export.release.table("chokepoints").drop_duplicates(
            "segment_id" if "segment_id" in layers["chokepoints"] else "geometry"
        )
        for _, point in chokepoints.iterrows():
            first, other = (
                (point["name_ar"], point["name"])
                if locale.lang == "ar" and point["name_ar"]
                else (point["name"], point["name_ar"])
            )
            called = "; ".join(part for part in (kind, point["segment_id"], other) if part)
            yield _Spot(
                find_middle(point.geometry), first or kind, called, kind, "Diamond, Red", CHOKEPOINT
            )


def _call(labels: Labels, place_id: str) -> tuple[str, str]:
    """What a place is called in the language, and in the other script where that differs."""
    name, name_ar, _ = labels.place(place_id)
    called = labels.label(place_id)
    other = name if called != name else name_ar
    return called, other if other != called else ""


def _add_track(
    root: Element, export: Export, labels: Labels, corridor_id: str, corridor: pd.Series
) -> None:
    track = SubElement(root, f"{{{GPX}}}trk")
    said = [
        describe_corridor(labels, corridor_id, corridor),
        export.locale["exchange.follow"],
        export.locale["marking.caution"],
    ]
    said.append("; ".join(tell_marking(export.release, export.locale)[:1]))
    _add_texts(
        track, {"name": name_corridor(labels, corridor), "cmt": corridor_id, "desc": " ".join(said)}
    )
    _add_texts(
        track,
        {
            "type": export.locale[
                "corridor.primary" if corridor["rank"] == 1 else "corridor.alternate"
            ]
        },
    )
    color, width = _LOOKS[min(int(corridor["rank"]), 2)]
    _add_look(
        track, {"show_arrows": "true", "color": color, "width": width, "coloring_type": "solid"}
    )
    for part in shapely.get_parts(lay_out([corridor.geometry])[0]):
        segment = SubElement(track, f"{{{GPX}}}trkseg")
        for lon, lat in shapely.get_coordinates(part).tolist():
            SubElement(segment, f"{{{GPX}}}trkpt", _write_place(lon, lat))


def _write_place(lon: float, lat: float) -> dict[str, str]:
    """The attributes of a place: GPX knows no longitude 180."""
    edge = lon if abs(lon) < 180.0 else float(np.copysign(_LAST_LON, lon))
    return {"lat": f"{lat:.7f}", "lon": f"{edge:.7f}"}


def _add_texts(parent: Element, texts: dict[str, str]) -> None:
    for tag, text in texts.items():
        if text:
            SubElement(parent, f"{{{GPX}}}{tag}").text = show_unseen(text)


def _add_look(parent: Element, look: dict[str, Any]) -> None:
    """The extensions by which OsmAnd draws; other programs pass them over."""
    extensions = SubElement(parent, f"{{{GPX}}}extensions")
    for tag, value in look.items():
        SubElement(extensions, f"{{{OSMAND}}}{tag}").text = value
