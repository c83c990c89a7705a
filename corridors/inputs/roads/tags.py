"""What OpenStreetMap tags mean to a truck: may it drive here, which way, how fast, how heavy.

One road comes in as its tags (text by key) and goes out as a `Way`, or as the reason of its
exclusion. Line files and graphs use the same keys, so every reader calls this module. Meanings are
those of the OpenStreetMap wiki (Key:access, Key:oneway, Key:barrier, Key:maxspeed, Key:maxweight,
Key:maxheight). Where the wiki leaves a doubt, the cautious side holds:

- access: the most specific of hgv, goods, motor_vehicle, vehicle, access that has a known value
  decides; a list with a forbidding word forbids; goods, which is vans up to 3.5 t, counts only
  where it forbids;
- `oneway=reversible` is excluded, since its direction at the plan's reference time is not known;
  `alternating` is two-way;
- of several limits the lowest holds; a bare weight of 1000 or more is in kilograms, since no road
  bears 1000 t; a bare height of 100 or more is in centimetres, since no sign says 100 m;
- "ton" is the short ton, the lighter of the two;
- a barrier stops a truck unless its kind is known to let one through, or its tags allow access.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from corridors.messages import Message

NOT_A_TRUCK_ROAD, NO_ACCESS, FERRY, AREA = "not_a_truck_road", "no_access", "ferry", "area"
UNDER_CONSTRUCTION, ABANDONED, DESTROYED = "under_construction", "abandoned", "destroyed"
REVERSIBLE = "reversible"


def split_names(names: str) -> list[str]:
    """Names from a text that separates them by commas.

    >>> split_names("highway,route")
    ['highway', 'route']
    """
    return names.split(",")


MODES = ("hgv", "goods", "motor_vehicle", "vehicle", "access")
"""The access tags that concern a truck, most specific first. Passenger cars do not matter."""
FORBIDDING = frozenset(
    split_names(
        "no,private,forestry,agricultural,military,closed,emergency,permit,residents,psv,bus,"
        "bicycle,foot,use_sidepath,none"
    )
)
ALLOWING = frozenset(
    split_names(
        "yes,designated,permissive,destination,delivery,customers,public,official,unknown,"
        "discouraged,unsuitable,local,allowed"
    )
)
PASSABLE_BARRIERS = frozenset(
    split_names(
        "no,gate,lift_gate,swing_gate,sliding_gate,sliding_beam,hampshire_gate,bump_gate,"
        "toll_booth,border_control,checkpoint,cattle_grid,entrance,sally_port,arch,kerb,guardhouse,"
        "security_control"
    )
)
"""Barriers on a road that a truck passes unless access is denied there.

A height restrictor with a stated height is one too.
"""

_BUILDING = frozenset({"construction", "proposed", "planned"})
_GONE = frozenset({"abandoned", "disused"})
_RUINED = frozenset(
    split_names("destroyed,demolished,collapsed,razed,removed,ruined,ruins,dismantled")
)
_STATES = _BUILDING | _GONE | _RUINED
_DIRECTIONS = {
    **dict.fromkeys(("yes", "true", "1", "forward"), "forward"),
    **dict.fromkeys(("-1", "reverse", "backward"), "backward"),
    **dict.fromkeys(("no", "false", "0", "both", "alternating"), "both"),
    REVERSIBLE: REVERSIBLE,
}


def _combine(names: Iterable[str], suffixes: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name}{suffix}" for name in names for suffix in suffixes)


_ALONG = (":forward", ":backward")
_CONDITIONAL = ":conditional"
_ACCESS_KEYS = _combine(MODES, _ALONG)
_ONEWAY_KEYS = (*(f"oneway:{mode}" for mode in MODES[:-1]), "oneway")
_SPEED_KEYS = _combine(["maxspeed"], ("", *_ALONG))
_TRUCK_SPEED_KEYS = _combine(["maxspeed:hgv"], ("", *_ALONG))
_WEIGHT_KEYS = _combine(
    ("maxweight", "maxweightrating", "maxgcweight", "maxgcweightrating"),
    ("", ":hgv", ":goods", *_ALONG),
)
_HEIGHT_KEYS = _combine(["maxheight"], ("", ":physical", ":hgv", *_ALONG))
_LIMIT_KEYS = (*_WEIGHT_KEYS, *_HEIGHT_KEYS, *_SPEED_KEYS, *_TRUCK_SPEED_KEYS)
_NO_LIMIT = frozenset(
    split_names("none,no,default,unsigned,unknown,implicit,no_sign,no_indications,unlimited")
)
_NO_SPEED = _NO_LIMIT | {"signals", "variable", "national"}

UNREAD: Mapping[str, tuple[str, ...]] = {
    "conditional_limits": _combine(_LIMIT_KEYS, [_CONDITIONAL]),
    "conditional_access": _combine((*MODES, *_ACCESS_KEYS, *_ONEWAY_KEYS), [_CONDITIONAL]),
    "limits_of_axle_load": _combine(
        ("maxaxleload", "maxbogieweight"), ("", ":hgv", *_ALONG, _CONDITIONAL)
    ),
    "limits_of_width": _combine(["maxwidth"], ("", ":physical", ":hgv", *_ALONG, _CONDITIONAL)),
    "fords": ("ford",),
    "limits_of_length": _combine(["maxlength"], ("", ":hgv", *_ALONG, _CONDITIONAL)),
}
"""Tags that may stop a truck and are not read, by their word in the catalogues: only counted, so
that the plan states what it ignores."""
UNREAD_KEYS = frozenset(key for keys in UNREAD.values() for key in keys)

KEYS = frozenset(
    {
        *MODES,
        *_ACCESS_KEYS,
        *_ONEWAY_KEYS,
        *_LIMIT_KEYS,
        *split_names(
            "highway,junction,route,area,bridge,tunnel,layer,surface,smoothness,impassable,name,"
            "name:ar,ref,construction,barrier"
        ),
        *_combine(_STATES, ("", ":highway", ":bridge")),
    }
)
"""Every key read here: what a download must ask for and a table of lines may hold."""
DRIVING_KEYS = (KEYS | UNREAD_KEYS) - {"name", "name:ar", "ref"}
"""Every key that affects how a road may be driven."""
ROAD_KEYS = ("highway", "route", *sorted(f"{state}:highway" for state in _STATES))
"""A way without any of these is no road, and is not counted as one."""
NODE_KEYS = ("barrier", *_WEIGHT_KEYS, *_HEIGHT_KEYS, *sorted(UNREAD_KEYS))
"""A node with one of these may stop a truck."""

RESTRICTIONS = (
    "restriction",
    *(f"restriction:{mode}" for mode in MODES),
    "restriction:conditional",
)
"""Values of the tag `type` of relations that forbid or command turns."""

Tag = tuple[str, str]


class Way(NamedTuple):
    """One road, in columns of the roads table; `stated_kph` is null where no speed is tagged."""

    oneway: str
    road_class: str
    name: str
    name_ar: str
    bridge: bool
    tunnel: bool
    layer: int
    max_weight_t: float
    max_height_m: float
    surface: str
    stated_kph: float
    invalid: tuple[Tag, ...] = ()
    """Key and value of every tag that could not be understood."""
    unread: tuple[str, ...] = ()
    """Its keys among `UNREAD_KEYS`."""


class Node(NamedTuple):
    """A place on a road: the kind of barrier that stops a truck ("": none), and its limits."""

    barrier: str
    max_weight_t: float
    max_height_m: float
    invalid: tuple[Tag, ...] = ()
    unread: tuple[str, ...] = ()


def read_way(tags: Mapping[str, str], classes: Mapping[str, float]) -> Way | str:
    """One road from its tags, or the reason (a word) of its exclusion.

    Parameters
    ----------
    tags
        Text by key; several values of one key are joined by ";".
    classes
        Speed by highway class: the keys are the classes that a truck may use.

    Examples
    --------
    >>> way = read_way(
    ...     {"highway": "primary", "oneway": "-1", "maxweight": "7500 kg"}, {"primary": 65}
    ... )
    >>> way.oneway, way.max_weight_t
    ('backward', 7.5)
    >>> read_way({"highway": "footway"}, {"primary": 65})
    'not_a_truck_road'
    """
    invalid: list[Tag] = []
    oneway = _find_direction(tags, invalid)
    if reason := _find_reason(tags, classes, oneway):
        return reason
    bridge, tunnel = _is_yes(tags.get("bridge")), _is_yes(tags.get("tunnel"))
    speed = _lowest(tags, _TRUCK_SPEED_KEYS, parse_speed_kph, _NO_SPEED, invalid)
    if math.isnan(speed):
        speed = _lowest(tags, _SPEED_KEYS, parse_speed_kph, _NO_SPEED, invalid)
    invalid += [
        (mode, tags[mode])
        for mode in MODES
        if mode in tags and not set(_words(tags[mode])) <= FORBIDDING | ALLOWING
    ]
    highway = _words(tags.get("highway", ""))
    return Way(
        oneway=oneway,
        road_class=min(highway, key=lambda word: (classes[word], word), default=""),
        name=tags.get("name") or tags.get("ref", ""),
        name_ar=tags.get("name:ar", ""),
        bridge=bridge,
        tunnel=tunnel,
        layer=_find_layer(tags, 1 if bridge else -1 if tunnel else 0, invalid),
        max_weight_t=_lowest(tags, _WEIGHT_KEYS, parse_weight_t, _NO_LIMIT, invalid),
        max_height_m=_lowest(tags, _HEIGHT_KEYS, parse_height_m, _NO_LIMIT, invalid),
        surface=tags.get("surface", ""),
        stated_kph=speed,
        invalid=tuple(invalid),
        unread=_find_unread(tags),
    )


def read_node(tags: Mapping[str, str]) -> Node:
    """The effect of a node on a truck.

    >>> read_node({"barrier": "bollard"}).barrier, read_node({"barrier": "gate"}).barrier
    ('bollard', '')
    >>> read_node({"barrier": "height_restrictor", "maxheight": "2.1"}).max_height_m
    2.1
    """
    invalid: list[Tag] = []
    weight_t = _lowest(tags, _WEIGHT_KEYS, parse_weight_t, _NO_LIMIT, invalid)
    height_m = _lowest(tags, _HEIGHT_KEYS, parse_height_m, _NO_LIMIT, invalid)
    kind = tags.get("barrier", "").strip().casefold()
    mode, words = _find_access(tags)
    open_kind = (
        kind in PASSABLE_BARRIERS
        or not kind
        or (kind == "height_restrictor" and not math.isnan(height_m))
    )
    passes = not words & FORBIDDING and (open_kind or (mode != "access" and bool(words & ALLOWING)))
    return Node("" if passes else kind, weight_t, height_m, tuple(invalid), _find_unread(tags))


def parse_speed_kph(text: str) -> float:
    """A speed from one value of a maxspeed tag in lower case; null where it only names a zone.

    Raises ValueError where it cannot be read.

    >>> parse_speed_kph("50"), round(parse_speed_kph("30 mph"), 3), parse_speed_kph("walk")
    (50.0, 48.28, 5.0)
    >>> parse_speed_kph("ru:urban")
    nan
    """
    if text in ("walk", "walking") or re.fullmatch(r"[a-z]{2}:walk(ing)?", text):
        return 5.0
    if re.fullmatch(r"[a-z]{2}([-_][a-z]+)?:[a-z0-9_:.-]+", text):
        return math.nan
    value = _measure(text, _KPH)
    if value <= 0:
        raise ValueError(text)
    return value


def parse_weight_t(text: str) -> float:
    """A weight from one value of a maxweight tag. Raises ValueError where it cannot be read.

    >>> parse_weight_t("3.5"), parse_weight_t("7500 kg"), parse_weight_t("20 st")
    (3.5, 7.5, 18.1436948)
    >>> parse_weight_t("7500")
    7.5
    """
    text = re.sub(r"(?<=\d),(?=\d{3}\s*(kg|lbs?)$)", "", text)
    value = _measure(text, _TONNES)
    return round(value / 1000 if _is_bare(text) and value >= 1000 else value, 9)


def parse_height_m(text: str) -> float:
    r"""A height from one value of a maxheight tag. Raises ValueError where it cannot be read.

    >>> parse_height_m("4"), parse_height_m("4.2 m"), parse_height_m("13'6\"")
    (4.0, 4.2, 4.1148)
    >>> parse_height_m("4,20"), parse_height_m("380")
    (4.2, 3.8)
    """
    if feet := _FEET.fullmatch(text):
        value = float(feet[1]) * 0.3048 + float(feet[2] or 0) * 0.0254
    else:
        value = _measure(text, _METRES)
    if value <= 0:
        raise ValueError(text)
    return round(value / 100 if _is_bare(text) and value >= 100 else value, 9)


_KPH = {"mph": 1.609344} | dict.fromkeys(("", "km/h", "kmh", "kph"), 1.0)
_KPH |= dict.fromkeys(("knots", "kn"), 1.852)
_TONNES = dict.fromkeys(("", "t", "tonne", "tonnes", "mt"), 1.0) | {"kg": 0.001, "lt": 1.0160469088}
_TONNES |= dict.fromkeys(("st", "ton", "tons"), 0.90718474) | dict.fromkeys(
    ("lb", "lbs"), 0.00045359237
)
_METRES = {"cm": 0.01} | dict.fromkeys(("", "m", "meter", "metre", "meters", "metres"), 1.0)
_FEET = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:'|\u2032|\u2019|ft|feet)\s*"
    r"(?:(\d+(?:\.\d+)?)\s*(?:\"|\u2033|\u201d|''|in|inches)?)?"
)


def _is_bare(text: str) -> bool:
    return re.fullmatch(r"[\d.,]+", text) is not None


def note_invalid_values(tags: Iterable[tuple[Tag, int]]) -> list[Message]:
    """One note per key: how many values were not understood, and up to three of them.

    >>> str(note_invalid_values([(("maxweight", "heavy"), 2)])[0])
    'values of maxweight not understood, which count as unknown: 2 (for example heavy)'
    """
    by_key: dict[str, list[tuple[str, int]]] = {}
    for (key, value), times in sorted(tags):
        by_key.setdefault(key, []).append((value, times))
    return [
        Message(
            "note.values_unknown",
            tag=key,
            n=sum(times for _, times in values),
            names=tuple(value[:40] for value, _ in values[:3]),
        )
        for key, values in by_key.items()
    ]


def note_unread_tags(unread: Mapping[str, Mapping[str, int]]) -> list[Message]:
    """One note per kind of `UNREAD`: how many ways and nodes have it, and its commonest key.

    Parameters
    ----------
    unread
        For "ways" and "nodes", how many there are by key; one with two keys of a kind counts
        twice.

    Examples
    --------
    >>> notes = note_unread_tags({"ways": {"maxweight:conditional": 12}, "nodes": {"maxwidth": 1}})
    >>> [str(note) for note in notes]
    ['conditional limits not read: 12 ways (for example maxweight:conditional)',
     'limits of width not read: 1 node (for example maxwidth)']
    """
    notes = []
    for kind, keys in UNREAD.items():
        total = Counter[str]()
        counts: dict[str, int] = {}
        for things, by_key in unread.items():
            found = {key: times for key, times in by_key.items() if key in keys}
            total.update(found)
            if found:
                counts[things] = sum(found.values())
        if counts:
            example = min(total, key=lambda key: (-total[key], key))
            code = "note.tags_unread" if len(counts) > 1 else f"note.tags_unread_on_{min(counts)}"
            notes.append(Message(code, what=kind, tag=example, **counts))
    return notes


def _find_unread(tags: Mapping[str, str]) -> tuple[str, ...]:
    keys = UNREAD_KEYS.intersection(tags)
    return tuple(sorted(key for key in keys if tags[key].strip().casefold() != "no"))


def _find_reason(tags: Mapping[str, str], classes: Mapping[str, float], oneway: str) -> str:
    """The reason of exclusion of a road, "" where a truck may use it."""
    highway = _words(tags.get("highway", ""))
    states = _find_states(tags, highway)
    impassable = _is_yes(tags.get("impassable")) or "impassable" in _words(
        tags.get("smoothness", "")
    )
    reasons = {
        FERRY: "ferry" in (*highway, *_words(tags.get("route", ""))),
        AREA: _is_yes(tags.get("area")),
        DESTROYED: states & _RUINED,
        ABANDONED: states & _GONE,
        UNDER_CONSTRUCTION: states & _BUILDING,
        NOT_A_TRUCK_ROAD: not classes.keys() >= set(highway) or (not highway and "highway" in tags),
        NO_ACCESS: oneway == NO_ACCESS
        or impassable
        or _is_denied(tags)
        or all(_is_denied(tags, direction) for direction in _ALONG),
        REVERSIBLE: oneway == REVERSIBLE,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _find_states(tags: Mapping[str, str], highway: list[str]) -> set[str]:
    """The words for planned, abandoned or destroyed roads that apply."""
    states = {
        state for state in _STATES if _is_yes(tags.get(state)) and tags[state].casefold() != "minor"
    }
    states |= set(highway) & _STATES
    if not highway:
        states |= {state for state in _STATES if f"{state}:highway" in tags}
    states |= {state for state in _RUINED if _is_yes(tags.get(f"{state}:bridge"))}
    return states | set(_words(tags.get("bridge", ""))) & (_RUINED | _GONE)


def _find_direction(tags: Mapping[str, str], invalid: list[Tag]) -> str:
    """The direction in which a truck may drive along the line."""
    key = next((key for key in _ONEWAY_KEYS if tags.get(key)), "")
    implied = {"motorway", "motorway_link"} & set(_words(tags.get("highway", ""))) or (
        {"roundabout", "circular"} & set(_words(tags.get("junction", "")))
    )
    found = (
        {_DIRECTIONS.get(word, "") for word in _words(tags[key])}
        if key
        else {"forward" if implied else "both"}
    )
    direction = found.pop() if len(found) == 1 else ""
    if not direction:
        invalid.append((key, tags[key]))
        # a restriction is meant: the line's own direction is the wiki's default
        direction = "forward"
    if direction == "both" and _is_denied(tags, ":backward"):
        return "forward"
    if direction == "both" and _is_denied(tags, ":forward"):
        return "backward"
    closed = direction in ("forward", "backward") and _is_denied(tags, f":{direction}")
    return NO_ACCESS if closed else direction


def _is_denied(tags: Mapping[str, str], direction: str = "") -> bool:
    return not FORBIDDING.isdisjoint(_find_access(tags, direction)[1])


def _find_access(tags: Mapping[str, str], direction: str = "") -> tuple[str, set[str]]:
    """The most specific access tag with a known value, and its words.

    A blank, unknown or invalid value opens nothing.
    """
    for mode in MODES:
        words = set(_words(tags.get(mode + direction, "")))
        if words & (FORBIDDING if mode == "goods" else (FORBIDDING | ALLOWING) - {"unknown"}):
            return mode, words
    return "access", set()


def _find_layer(tags: Mapping[str, str], default: int, invalid: list[Tag]) -> int:
    words = _words(tags.get("layer", ""))
    levels = [int(float(word)) for word in words if re.fullmatch(r"[+-]?\d{1,2}(\.0+)?", word)]
    if len(levels) < len(words):
        invalid.append(("layer", tags["layer"]))
    return max(levels, key=lambda level: (abs(level), level), default=default)


def _lowest(
    tags: Mapping[str, str],
    keys: tuple[str, ...],
    parse: Callable[[str], float],
    silent: frozenset[str],
    invalid: list[Tag],
) -> float:
    """The lowest of all values under `keys`; those that cannot be read are added to `invalid`."""
    found = []
    for key in keys:
        for word in _words(tags[key]) if key in tags else ():
            if word in silent:
                continue
            try:
                found.append(parse(word))
            except ValueError:
                invalid.append((key, word))
    return min((value for value in found if not math.isnan(value)), default=math.nan)


def _measure(text: str, units: Mapping[str, float]) -> float:
    found = re.fullmatch(r"(\d+(?:[.,]\d{1,2}|\.\d+)?|\.\d+)\s*(\D*)", text)
    if not found or found[2].strip() not in units:
        raise ValueError(text)
    return float(found[1].replace(",", ".")) * units[found[2].strip()]


def _words(text: str) -> list[str]:
    """The values of a tag in lower case, with ASCII decimal points."""
    parts = text.replace("\u066b", ".").split(";")
    return [word for part in parts if (word := part.strip().casefold())]


def _is_yes(value: str | None) -> bool:
    """Whether a tag such as bridge means yes in any form."""
    return value is not None and value.strip().casefold() not in ("", "no", "false", "0", "none")
