"""Copernicus EMS transportation layers: damage to roads and bridges that an image shows.

The layer does not state when its image was taken (the table of sources next to it does); the
mission's `declared_at` does. Rows without damage are excluded: an image does not show that a road
is passable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import PLACES, fold, parse_text
from corridors.inputs.feeds.feed import (
    Feed,
    FeedFile,
    blank_cell,
    parse_choice,
    split_names,
    worst_of,
)
from corridors.inputs.geometries import read_places_and_spread
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import NOT_PASSABLE, RESTRICTED, ROAD_REPORTS, UNKNOWN

COLUMNS = split_names(
    "obj_type,name,info,damage_gra,det_method,notation,or_src_id,dmg_src_id,cd_value"
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
"""`damage_gra` -> the status of the road, or the reason of exclusion."""
_STATUSES = (NOT_PASSABLE, RESTRICTED, UNKNOWN)
NOT_A_ROAD = "not_a_road"
_NO_ROADS = re.compile(
    r"\b(rail\w*|(runway|airfield|airport|aerodrome|helipad|harbour|port|pipeline|dam"
    r"|waterway)s?)\b"
)
_ROADS = re.compile(r"\b(road|street|highway|motorway|bridge|tunnel)s?\b")


def is_road(obj_type: str) -> bool:
    """Whether an `obj_type` may be a road.

    Codes 211 and 214 (bridges, tunnels) may, and so may codes from 900 on, which name no type;
    other codes may not. Without a code, a railway is no road, and neither is an airport, a port or
    the like that is not also called a road.

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
    others = [found[0] for found in _NO_ROADS.finditer(words)]
    return not others or (
        _ROADS.search(words) is not None and not any(word.startswith("rail") for word in others)
    )


def _find_kind(obj_type: str, info: str) -> str:
    """The kind of a report, from the words of the type and the subtype."""
    if "tunnel" in info.casefold():
        return "tunnel_damage"
    words = f"{obj_type} {info}".casefold()
    bridge = any(word in words for word in ("bridge", "overpass", "viaduct"))
    return "bridge_damage" if bridge else "road_damage"


def _read(file: FeedFile) -> tuple[ReadResult, ...]:
    own = {"obj_type": "obj_type", "name": "name", "info": "info", "status": "damage_gra"}
    columns = file.columns(EMS, own, places=PLACES)
    shapes, spread_m = read_places_and_spread(columns, ROAD_REPORTS)
    grades = columns.read(
        "status", partial(parse_choice, "damage_gra", DAMAGE), blank_cell("unknown-code-word")
    )
    types, infos, names = (
        columns.read(name, parse_text, "") for name in ("obj_type", "info", "name")
    )
    left_out = [
        NOT_A_ROAD if not is_road(kind) else "" if grade in _STATUSES or grade is None else grade
        for kind, grade in zip(types, grades, strict=True)
    ]
    count = len(grades)
    if file.declared_at is None and count:
        columns.notes.append(Message("note.ems_undated"))
    values: dict[str, Any] = {
        "report_id": "",
        "status": [grade if grade in _STATUSES else UNKNOWN for grade in grades],
        "kind": [_find_kind(*words) for words in zip(types, infos, strict=True)],
        "reported_at": [file.declared_at] * count,
        "direction": "both",
        "accuracy_m": worst_of([file.precision.imagery_m["ems"]] * count, spread_m),
        "name": ["" if fold(name) in ("unknown", "notapplicable") else name for name in names],
        "source": "Copernicus EMS",
        "verification": "reported",
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
