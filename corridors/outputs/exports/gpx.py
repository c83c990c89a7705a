"""GPX 1.1 for devices and apps: corridors as tracks, the places a driver needs as waypoints."""

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
    list_marking,
    name_corridor,
)
from corridors.outputs.serialization import to_jsonable
from corridors.outputs.symbology import ALARM, ALTERNATE, CHOKEPOINT, INK, PRIMARY
from corridors.release.labels import Labels

GPX = "http://www.topografix.com/GPX/1/1"
OSMAND = "https://osmand.net/docs/technical/osmand-file-formats/osmand-gpx"
LAYERS = ("corridors", "chokepoints", "zones", "sites")
"""The layers that GPX can hold."""
_LAST_LON = 179.9999999
"""Longitudes of GPX end before 180."""
_LOOKS = {1: (PRIMARY, "16"), 2: (ALTERNATE, "10")}
"""Colour and width of tracks, by rank: primary and alternate."""


class _Spot(NamedTuple):
    place: shapely.Point
    name: str
    description: str
    kind: str
    sign: str
    color: str


def write_gpx(export: Export, path: Path) -> None:
    """Write the corridors as tracks; depots, destinations and chokepoints as waypoints.

    Sites that are squares are left out. Corridors are never GPX routes, because a device calculates
    a route again and may use closed roads. Every description asks to follow the track exactly.
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
    lines = [*list_marking(release, locale), locale["exchange.follow"], *release.credits]
    _add_texts(
        metadata, {"name": release.title or locale["marking.title"], "desc": "\n".join(lines)}
    )
    if release.producer.name:
        _add_texts(SubElement(metadata, f"{{{GPX}}}author"), {"name": release.producer.name})
    if release.credits:
        SubElement(
            metadata, f"{{{GPX}}}copyright", {"author": show_unseen("; ".join(release.credits))}
        )
    _add_texts(metadata, {"time": str(to_jsonable(release.as_of))})


def _list_spots(export: Export, labels: Labels) -> Iterator[_Spot]:
    marking = list_marking(export.release, export.locale)[0]
    if "sites" in export.layers:
        yield from _list_sites(export, labels, marking)
    if "zones" in export.layers:
        yield from _list_destination_zones(export, labels, marking)
    if "chokepoints" in export.layers:
        yield from _list_chokepoints(export)


def _list_sites(export: Export, labels: Labels, marking: str) -> Iterator[_Spot]:
    """Depots and destinations that are points."""
    sites = export.release.table("sites").loc[export.layers["sites"].index]
    sites = sites[sites["role"].isin(["depot", "destination"]) & (sites.geom_type == "Point")]
    for site_id, site in sites.iterrows():
        name, other = _list_names(labels, str(site_id))
        role = export.locale.name("role", site["role"])
        state = export.locale["cut_off.word"] if site["cut_off"] else ""
        depot = site["role"] == "depot"
        yield _Spot(
            site.geometry,
            f"{name} - {state}" if state else name,
            "; ".join(part for part in (role, state, other, str(site_id), marking) if part),
            role,
            "Flag, Blue" if depot else "Pin, Green",
            INK if depot else ALARM if state else PRIMARY,
        )


def _list_destination_zones(export: Export, labels: Labels, marking: str) -> Iterator[_Spot]:
    destinations = {*labels.corridors["destination_id"], *labels.unreached}
    for zone_id, zone in export.layers["zones"].iterrows():
        if zone_id not in destinations:
            continue
        name, kind = labels.label(str(zone_id)), export.locale.name("zone", zone["kind"])
        state = export.locale["cut_off.word"] if zone_id in labels.unreached else ""
        yield _Spot(
            zone.geometry.representative_point(),
            f"{name} - {state}" if state else name,
            "; ".join(part for part in (kind, state, str(zone_id), marking) if part),
            kind,
            "Pin, Green",
            ALARM if state else PRIMARY,
        )


def _list_chokepoints(export: Export) -> Iterator[_Spot]:
    kind = export.locale.name("layer", "chokepoints")
    chokepoints = export.release.table("chokepoints").drop_duplicates(
        "segment_id" if "segment_id" in export.layers["chokepoints"] else "geometry"
    )
    for _, row in chokepoints.iterrows():
        names = [row["name"], row["name_ar"]]
        if export.locale.lang == "ar" and row["name_ar"]:
            names.reverse()
        parts = (kind, row["segment_id"], names[1])
        yield _Spot(
            find_middle(row.geometry),
            names[0] or kind,
            "; ".join(part for part in parts if part),
            kind,
            "Diamond, Red",
            CHOKEPOINT,
        )


def _list_names(labels: Labels, place_id: str) -> tuple[str, str]:
    """The name of a place in the language, and its name in the other script if that differs."""
    name, name_ar, _ = labels.place(place_id)
    main = labels.label(place_id)
    other = name if main != name else name_ar
    return main, other if other != main else ""


def _add_track(
    root: Element, export: Export, labels: Labels, corridor_id: str, corridor: pd.Series
) -> None:
    track = SubElement(root, f"{{{GPX}}}trk")
    locale = export.locale
    sentences = [
        describe_corridor(labels, corridor_id, corridor),
        locale["exchange.follow"],
        locale["marking.caution"],
        list_marking(export.release, locale)[0],
    ]
    texts = {
        "name": name_corridor(labels, corridor),
        "cmt": corridor_id,
        "desc": " ".join(sentences),
        "type": locale["corridor.primary" if corridor["rank"] == 1 else "corridor.alternate"],
    }
    _add_texts(track, texts)
    color, width = _LOOKS[min(int(corridor["rank"]), 2)]
    _add_look(
        track, {"show_arrows": "true", "color": color, "width": width, "coloring_type": "solid"}
    )
    for part in shapely.get_parts(lay_out([corridor.geometry])[0]):
        segment = SubElement(track, f"{{{GPX}}}trkseg")
        for lon, lat in shapely.get_coordinates(part).tolist():
            SubElement(segment, f"{{{GPX}}}trkpt", _write_place(lon, lat))


def _write_place(lon: float, lat: float) -> dict[str, str]:
    """The attributes of a place; GPX does not allow longitude 180."""
    edge = lon if abs(lon) < 180.0 else float(np.copysign(_LAST_LON, lon))
    return {"lat": f"{lat:.7f}", "lon": f"{edge:.7f}"}


def _add_texts(parent: Element, texts: dict[str, str]) -> None:
    for tag, text in texts.items():
        if text:
            SubElement(parent, f"{{{GPX}}}{tag}").text = show_unseen(text)


def _add_look(parent: Element, look: dict[str, Any]) -> None:
    """Add the drawing extensions of OsmAnd, which other programs ignore."""
    extensions = SubElement(parent, f"{{{GPX}}}extensions")
    for tag, value in look.items():
        SubElement(extensions, f"{{{OSMAND}}}{tag}").text = value
