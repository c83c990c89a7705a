"""Copernicus EMS rapid mapping, transportation layers: roads and bridges, and the damage that an
image shows.

The layer does not say when its image was taken (that stands in the table of sources beside it): the
mission's `declared_at` does. What shows no damage is set aside, for an image does not say that a
road may be driven.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import PLACES, CellError, fold, parse_text
from corridors.inputs.feeds.feed import Feed, FeedFile, parse_choice, worst_of
from corridors.inputs.geometries import read_places_and_spread
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import NOT_PASSABLE, RESTRICTED, ROAD_REPORTS, UNKNOWN

COLUMNS = (
    "obj_type",
    "name",
    "info",
    "damage_gra",
    "det_method",
    "notation",
    "or_src_id",
    "dmg_src_id",
    "cd_value",
)
DAMAGE: Mapping[str, str] = MappingProxyType(
    {
        "Destroyed": NOT_PASSABLE,
        "Damaged": RESTRICTED,
        "Possibly damaged": UNKNOWN,
        "No visible damage": "no_visible_damage",
        "Not Analysed": "not_analysed",
        "Not analyzed": "not_analysed",
        "Not Applicable": "not_analysed",
    }
)
"""`damage_gra` -> the state of the road, or the reason why the row is set aside."""
_STATES = (NOT_PASSABLE, RESTRICTED, UNKNOWN)
NOT_A_ROAD = "not_a_road"
_OTHER_WAYS = re.compile(
    r"\b(rail\w*|(runway|airfield|airport|aerodrome|helipad|harbour|port|pipeline|dam|waterway)s?)\b"
)
_ROADS = re.compile(r"\b(road|street|highway|motorway|bridge|tunnel)s?\b")


def is_road(obj_type: str) -> bool:
    """Whether an `obj_type` may be a road: 211, 214 (bridges, tunnels) and those from 900 on, which
    say nothing, may; other codes not.

    Without a code, what is named a railway is none, nor is another way that is not called a road
    too.

    >>> (
    ...     is_road("211-Highways, Streets and Roads"),
    ...     is_road("212-Railways"),
    ...     is_road("Bridge"),
    ...     is_road("Port road"),
    ... )
    (True, False, True, True)
    """
    code = obj_type.strip()[:3]
    if code.isdecimal():
        return code in ("211", "214") or code.startswith("9")
    words = obj_type.casefold().replace("_", " ")
    others = [found[0] for found in _OTHER_WAYS.finditer(words)]
    return not others or (
        _ROADS.search(words) is not None and not any(word.startswith("rail") for word in others)
    )


def _find_kind(obj_type: str, info: str) -> str:
    """The kind of a report, from the words of the type and the subtype."""
    words = f"{obj_type} {info}".casefold()
    if "tunnel" in info.casefold():
        return "tunnel_damage"
    return (
        "bridge_damage"
        if "bridge" in words or "overpass" in words or "viaduct" in words
        else "road_damage"
    )


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {"obj_type": "obj_type", "name": "name", "info": "info", "status": "damage_gra"}
    columns = file.columns(EMS, own, places=PLACES)
    shapes, spread_m = read_places_and_spread(columns, ROAD_REPORTS)
    blank = CellError("unknown-code-word", "the damage grade is blank", "export the layer again")
    grades = columns.read("status", partial(parse_choice, "damage_gra", DAMAGE), blank)
    kinds, infos, names = (
        columns.read(name, parse_text, "") for name in ("obj_type", "info", "name")
    )
    left_out = [
        NOT_A_ROAD if not is_road(kind) else "" if grade in _STATES or grade is None else grade
        for kind, grade in zip(kinds, grades, strict=True)
    ]
    count = len(grades)
    if file.declared_at is None and count:
        columns.notes.append(Message("note.ems_undated"))
    values: dict[str, Any] = {
        "report_id": [""] * count,
        "status": [grade if grade in _STATES else UNKNOWN for grade in grades],
        "kind": [_find_kind(kind, info) for kind, info in zip(kinds, infos, strict=True)],
        "reported_at": [file.declared_at] * count,
        "direction": ["both"] * count,
        "accuracy_m": worst_of([file.precision.imagery_m["ems"]] * count, spread_m),
        "name": ["" if fold(name) in ("unknown", "notapplicable") else name for name in names],
        "source": ["Copernicus EMS"] * count,
        "verification": ["reported"] * count,
        "geometry": shapes,
    }
    return (
        file.build(columns, ROAD_REPORTS, values, EMS, newest=("reported_at",), left_out=left_out),
    )


EMS = Feed(
    "ems",
    "Copernicus EMS, transportation",
    (frozenset({"obj_type", "damage_gra"}),),
    COLUMNS,
    _read,
    "Copernicus Emergency Management Service (© European Union)",
)
