"""What the words of OpenStreetMap say to a truck: may it drive here, which way, how fast, how
heavy, how high.

One road comes in as its tags (text by key) and goes out as a `Way`, or as the reason why it is left
out. Files of lines and graphs speak the same words, so every reader asks here. Meanings are those
of the OpenStreetMap wiki (Key:access, Key:oneway, Key:barrier, Key:maxspeed, Key:maxweight,
Key:maxheight); where the wiki leaves a doubt, the careful side:

- access: the most specific of hgv, goods, motor_vehicle, vehicle, access that says something
  decides; a list with a forbidding word
  forbids; goods, which is vans up to 3.5 t, does so only where it forbids;
- `oneway=reversible` is left out, since its direction at the moment planned for is not known;
  `alternating` is two-way;
- of several limits the lowest holds; a bare weight of 1000 or more is in kilograms, since no road
  bears 1000 t, and a bare height of
  100 or more in centimetres, since nobody signs 100 m;
- "ton" is the short ton, the lighter of the two;
- a barrier stops a truck unless its kind is known to let one through, or its tags say that one may
  pass.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from corridors.messages import Message

NOT_A_TRUCK_ROAD, NO_ACCESS, FERRY, AREA = "not_a_truck_road", "no_access", "ferry", "area"
UNDER_CONSTRUCTION, ABANDONED, DESTROYED, REVERSIBLE = (
    "under_construction",
    "abandoned",
    "destroyed",
    "reversible",
)

MODES = ("hgv", "goods", "motor_vehicle", "vehicle", "access")
"""Whom an access tag speaks of, most specific first. Passenger cars are not ours."""
FORBIDDING = frozenset(
    "no private forestry agricultural military closed emergency permit residents psv bus bicycle foot use_sidepath none".split()  # noqa: SIM905 - a list of words reads best as one
)
ALLOWING = frozenset(
    "yes designated permissive destination delivery customers public official unknown discouraged unsuitable local allowed".split()  # noqa: SIM905
)

PASSABLE_BARRIERS = frozenset(
    [
        "no",
        "gate",
        "lift_gate",
        "swing_gate",
        "sliding_gate",
        "sliding_beam",
        "hampshire_gate",
        "bump_gate",
        "toll_booth",
        "border_control",
        "checkpoint",
        "cattle_grid",
        "entrance",
        "sally_port",
        "arch",
        "kerb",
        "guardhouse",
        "security_control",
    ]
)
"""Barriers on a road that a truck passes unless access is denied there.

A height restrictor that states its height is one too.
"""

_BUILDING = frozenset({"construction", "proposed", "planned"})
_GONE = frozenset({"abandoned", "disused"})
_RUINED = frozenset(
    {"destroyed", "demolished", "collapsed", "razed", "removed", "ruined", "ruins", "dismantled"}
)
_DIRECTIONS = {
    **dict.fromkeys(("yes", "true", "1", "forward"), "forward"),
    **dict.fromkeys(("-1", "reverse", "backward"), "backward"),
    **dict.fromkeys(("no", "false", "0", "both", "alternating"), "both"),
    REVERSIBLE: REVERSIBLE,
}
_ONEWAY_KEYS = ("oneway:hgv", "oneway:goods", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
_SPEED_KEYS = tuple(f"maxspeed{of}" for of in ("", ":forward", ":backward"))
_TRUCK_SPEED_KEYS = tuple(f"maxspeed:hgv{of}" for of in ("", ":forward", ":backward"))
_WEIGHT_KEYS = tuple(
    f"{limit}{of}"
    for limit in ("maxweight", "maxweightrating", "maxgcweight", "maxgcweightrating")
    for of in ("", ":hgv", ":goods", ":forward", ":backward")
)
_HEIGHT_KEYS = tuple(f"maxheight{of}" for of in ("", ":physical", ":hgv", ":forward", ":backward"))
_LIMIT_WORDS = frozenset(
    {
        "none",
        "no",
        "default",
        "unsigned",
        "unknown",
        "implicit",
        "no_sign",
        "no_indications",
        "unlimited",
    }
)
_SPEED_WORDS = _LIMIT_WORDS | {"signals", "variable", "implicit", "national"}

_CONDITIONAL = ":conditional"
UNREAD: Mapping[str, tuple[str, ...]] = {
    "conditional limits": tuple(
        f"{key}{_CONDITIONAL}"
        for key in (*_WEIGHT_KEYS, *_HEIGHT_KEYS, *_SPEED_KEYS, *_TRUCK_SPEED_KEYS)
    ),
    "conditional access": tuple(
        f"{key}{_CONDITIONAL}"
        for key in (
            *MODES,
            *(f"{mode}:{way}" for mode in MODES for way in ("forward", "backward")),
            *_ONEWAY_KEYS,
        )
    ),
    "limits of axle load": tuple(
        f"{limit}{of}"
        for limit in ("maxaxleload", "maxbogieweight")
        for of in ("", ":hgv", ":forward", ":backward", _CONDITIONAL)
    ),
    "limits of width": tuple(
        f"maxwidth{of}" for of in ("", ":physical", ":hgv", ":forward", ":backward", _CONDITIONAL)
    ),
    "fords": ("ford",),
    "limits of length": tuple(
        f"maxlength{of}" for of in ("", ":hgv", ":forward", ":backward", _CONDITIONAL)
    ),
}
"""What may stop a truck and is not read, in plain words: only counted, so that the plan says what
it passes over."""
UNREAD_KEYS = frozenset(key for keys in UNREAD.values() for key in keys)

KEYS = frozenset(
    {
        *MODES,
        *(f"{mode}:{way}" for mode in MODES for way in ("forward", "backward")),
        *_ONEWAY_KEYS,
        *_SPEED_KEYS,
        *_TRUCK_SPEED_KEYS,
        *_WEIGHT_KEYS,
        *_HEIGHT_KEYS,
        *(
            "highway",
            "junction",
            "route",
            "area",
            "bridge",
            "tunnel",
            "layer",
            "surface",
            "smoothness",
            "impassable",
        ),
        *("name", "name:ar", "ref", "construction", "barrier"),
        *(
            f"{state}:{what}"
            for state in _BUILDING | _GONE | _RUINED
            for what in ("highway", "bridge")
        ),
        *(_BUILDING | _GONE | _RUINED),
    }
)
"""Every key read here: what a download must ask for and a table of lines may hold."""
SAYING = (KEYS | UNREAD_KEYS) - {"name", "name:ar", "ref"}
"""Every key that makes a difference to how a road may be driven."""
ROAD_KEYS = (
    "highway",
    "route",
    *sorted(f"{state}:highway" for state in _BUILDING | _GONE | _RUINED),
)
"""A way with none of these is no road, and not counted as one."""
NODE_KEYS = ("barrier", *_WEIGHT_KEYS, *_HEIGHT_KEYS, *sorted(UNREAD_KEYS))
"""A node with one of these may stop a truck."""

RESTRICTIONS = (
    "restriction",
    *(f"restriction:{mode}" for mode in MODES),
    "restriction:conditional",
)
"""What the tag `type` of a relation says that forbids turns, or commands one."""

Oddity = tuple[str, str]


class Way(NamedTuple):
    """One road, in the words of the roads table; `stated_kph` is null where no speed is tagged."""

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
    oddities: tuple[Oddity, ...] = ()
    """Key and value of every tag that could not be understood."""
    unread: tuple[str, ...] = ()
    """The keys of `UNREAD_KEYS` that it has."""


class Node(NamedTuple):
    """A place on a road: the kind of barrier that stops a truck there (empty: none), and its
    limits.
    """

    barrier: str
    max_weight_t: float
    max_height_m: float
    oddities: tuple[Oddity, ...] = ()
    unread: tuple[str, ...] = ()


def read_way(tags: Mapping[str, str], classes: Mapping[str, float]) -> Way | str:
    """One road from its tags, or the reason (a word) why it is left out.

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
    oddities: list[Oddity] = []
    oneway = _direction(tags, oddities)
    if reason := _reason_left_out(tags, classes, oneway):
        return reason
    bridge, tunnel = _stated(tags.get("bridge")), _stated(tags.get("tunnel"))
    speed = _lowest(tags, _TRUCK_SPEED_KEYS, speed_kph, _SPEED_WORDS, oddities)
    if math.isnan(speed):
        speed = _lowest(tags, _SPEED_KEYS, speed_kph, _SPEED_WORDS, oddities)
    oddities += [
        (mode, tags[mode])
        for mode in MODES
        if mode in tags and not set(_words(tags[mode])) <= FORBIDDING | ALLOWING
    ]
    return Way(
        oneway=oneway,
        road_class=min(
            _words(tags.get("highway", "")), key=lambda word: (classes[word], word), default=""
        ),
        name=tags.get("name") or tags.get("ref", ""),
        name_ar=tags.get("name:ar", ""),
        bridge=bridge,
        tunnel=tunnel,
        layer=_layer(tags, 1 if bridge else -1 if tunnel else 0, oddities),
        max_weight_t=_lowest(tags, _WEIGHT_KEYS, weight_t, _LIMIT_WORDS, oddities),
        max_height_m=_lowest(tags, _HEIGHT_KEYS, height_m, _LIMIT_WORDS, oddities),
        surface=tags.get("surface", ""),
        stated_kph=speed,
        oddities=tuple(oddities),
        unread=_unread(tags),
    )


def read_node(tags: Mapping[str, str]) -> Node:
    """What a node on a road does to a truck.

    >>> read_node({"barrier": "bollard"}).barrier, read_node({"barrier": "gate"}).barrier
    ('bollard', '')
    >>> read_node({"barrier": "height_restrictor", "maxheight": "2.1"}).max_height_m
    2.1
    """
    oddities: list[Oddity] = []
    weight = _lowest(tags, _WEIGHT_KEYS, weight_t, _LIMIT_WORDS, oddities)
    height = _lowest(tags, _HEIGHT_KEYS, height_m, _LIMIT_WORDS, oddities)
    kind = tags.get("barrier", "").strip().casefold()
    mode, words = _decide(tags)
    known = (
        kind in PASSABLE_BARRIERS
        or not kind
        or (kind == "height_restrictor" and not math.isnan(height))
    )
    passes = not words & FORBIDDING and (known or (mode != "access" and bool(words & ALLOWING)))
    return Node("" if passes or not kind else kind, weight, height, tuple(oddities), _unread(tags))


def speed_kph(text: str) -> float:
    """A speed in kilometres per hour from one value of a maxspeed tag, in small letters; null where
    it only names a zone.

    Raises ValueError where it cannot be read.

    >>> speed_kph("50"), round(speed_kph("30 mph"), 3), speed_kph("walk"), speed_kph("ru:urban")
    (50.0, 48.28, 5.0, nan)
    """
    if text in ("walk", "walking") or re.fullmatch(r"[a-z]{2}:walk(ing)?", text):
        return 5.0
    if re.fullmatch(r"[a-z]{2}([-_][a-z]+)?:[a-z0-9_:.-]+", text):
        return math.nan
    value = _measure(
        text,
        {
            "": 1.0,
            "km/h": 1.0,
            "kmh": 1.0,
            "kph": 1.0,
            "mph": 1.609344,
            "knots": 1.852,
            "kn": 1.852,
        },
    )
    if value <= 0:
        raise ValueError(text)
    return value


def weight_t(text: str) -> float:
    """A weight in tonnes from one value of a maxweight tag. Raises ValueError where it cannot be
    read.

    >>> weight_t("3.5"), weight_t("7500 kg"), weight_t("20 st"), weight_t("7500")
    (3.5, 7.5, 18.1436948, 7.5)
    """
    pound, short_ton = 0.00045359237, 0.90718474
    units = {
        "": 1.0,
        "t": 1.0,
        "tonne": 1.0,
        "tonnes": 1.0,
        "mt": 1.0,
        "kg": 0.001,
        "st": short_ton,
        "ton": short_ton,
        "tons": short_ton,
    }
    text = re.sub(r"(?<=\d),(?=\d{3}\s*(kg|lbs?)$)", "", text)
    value = _measure(text, units | {"lt": 1.0160469088, "lb": pound, "lbs": pound})
    return round(value / 1000 if _is_bare(text) and value >= 1000 else value, 9)


def height_m(text: str) -> float:
    r"""A height in metres from one value of a maxheight tag. Raises ValueError where it cannot be
    read.

    >>> height_m("4"), height_m("4.2 m"), height_m("13'6\""), height_m("4,20"), height_m("380")
    (4.0, 4.2, 4.1148, 4.2, 3.8)
    """
    feet = re.fullmatch(
        r"(\d+(?:\.\d+)?)\s*(?:'|\u2032|\u2019|ft|feet)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|\u2033|\u201d|''|in|inches)?)?",
        text,
    )
    value = (
        _from_feet(feet)
        if feet
        else _measure(
            text,
            {
                "": 1.0,
                "m": 1.0,
                "meter": 1.0,
                "metre": 1.0,
                "meters": 1.0,
                "metres": 1.0,
                "cm": 0.01,
            },
        )
    )
    if value <= 0:
        raise ValueError(text)
    return round(value / 100 if _is_bare(text) and value >= 100 else value, 9)


def _is_bare(text: str) -> bool:
    return re.fullmatch(r"[\d.,]+", text) is not None


def _from_feet(found: re.Match[str]) -> float:
    return float(found[1]) * 0.3048 + float(found[2] or 0) * 0.0254


def describe_oddities(oddities: Iterable[tuple[Oddity, int]]) -> list[Message]:
    """One sentence a key: how many values were not understood, and up to three of them.

    >>> describe_oddities([(("maxweight", "heavy"), 2)])
    ["values of maxweight not understood, which count as unknown: 2 (for example 'heavy')"]
    """
    by_key: dict[str, list[tuple[str, int]]] = {}
    for (key, value), times in sorted(oddities):
        by_key.setdefault(key, []).append((value, times))
    return [
        Message(
            "note.values_unknown",
            tag=key,
            n=sum(times for _, times in seen),
            names=", ".join(repr(value[:40]) for value, _ in seen[:3]),
        )
        for key, seen in by_key.items()
    ]


def describe_unread(unread: Mapping[str, Mapping[str, int]]) -> list[Message]:
    """One sentence for each kind of `UNREAD`: on how many ways and nodes it was passed over, and
    its commonest key.

    Parameters
    ----------
    unread
        For "ways" and "nodes", how many there are by key; one that has two keys of a kind counts
        twice.

    Examples
    --------
    >>> describe_unread({"ways": {"maxweight:conditional": 12}, "nodes": {"maxwidth": 1}})
    ['conditional limits not read: 12 ways (for example maxweight:conditional)', 'limits of width not read: 1 node (for example maxwidth)']
    """
    notes = []
    for kind, keys in UNREAD.items():
        met = {
            things: {key: times for key, times in by_key.items() if key in keys}
            for things, by_key in unread.items()
        }
        if counted := {things: sum(by_key.values()) for things, by_key in met.items() if by_key}:
            total = Counter[str]()
            for by_key in met.values():
                total.update(by_key)
            example = min(total, key=lambda key: (-total[key], key))
            code = "tags_unread" if len(counted) > 1 else f"tags_unread_on_{next(iter(counted))}"
            notes.append(Message(f"note.{code}", what=kind, tag=example, **counted))
    return notes


def _unread(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        sorted(
            key for key in UNREAD_KEYS.intersection(tags) if tags[key].strip().casefold() != "no"
        )
    )


def _reason_left_out(tags: Mapping[str, str], classes: Mapping[str, float], oneway: str) -> str:
    highway = _words(tags.get("highway", ""))
    states = {
        state
        for state in _BUILDING | _GONE | _RUINED
        if _stated(tags.get(state)) and tags[state].casefold() != "minor"
    }
    states |= set(highway) & (_BUILDING | _GONE | _RUINED)
    if not highway:
        states |= {state for state in _BUILDING | _GONE | _RUINED if f"{state}:highway" in tags}
    states |= {state for state in _RUINED if _stated(tags.get(f"{state}:bridge"))} | (
        set(_words(tags.get("bridge", ""))) & (_RUINED | _GONE)
    )
    if "ferry" in (*highway, *_words(tags.get("route", ""))):
        return FERRY
    if _stated(tags.get("area")):
        return AREA
    for reason, words in (
        (DESTROYED, _RUINED),
        (ABANDONED, _GONE),
        (UNDER_CONSTRUCTION, _BUILDING),
    ):
        if states & words:
            return reason
    if not all(word in classes for word in highway) or not (highway or "highway" not in tags):
        return NOT_A_TRUCK_ROAD
    if (
        _denied(tags)
        or (_denied(tags, ":forward") and _denied(tags, ":backward"))
        or oneway == NO_ACCESS
    ):
        return NO_ACCESS
    if _stated(tags.get("impassable")) or "impassable" in _words(tags.get("smoothness", "")):
        return NO_ACCESS
    return REVERSIBLE if oneway == REVERSIBLE else ""


def _direction(tags: Mapping[str, str], oddities: list[Oddity]) -> str:
    """Which way a truck may go along the line."""
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
        oddities.append((key, tags[key]))
        # someone meant a restriction: the line's own direction is what the wiki's default says
        direction = "forward"
    if direction == "both" and _denied(tags, ":backward"):
        return "forward"
    if direction == "both" and _denied(tags, ":forward"):
        return "backward"
    against = {"forward": ":forward", "backward": ":backward"}.get(direction)
    return NO_ACCESS if against and _denied(tags, against) else direction


def _denied(tags: Mapping[str, str], direction: str = "") -> bool:
    return not FORBIDDING.isdisjoint(_decide(tags, direction)[1])


def _decide(tags: Mapping[str, str], direction: str = "") -> tuple[str, set[str]]:
    """The most specific of the access tags that says something, and its words: what is blank,
    unknown or not understood opens nothing.
    """
    for mode in MODES:
        words = set(_words(tags.get(mode + direction, "")))
        if words & (FORBIDDING if mode == "goods" else (FORBIDDING | ALLOWING) - {"unknown"}):
            return mode, words
    return "access", set()


def _layer(tags: Mapping[str, str], default: int, oddities: list[Oddity]) -> int:
    words = _words(tags.get("layer", ""))
    levels = [int(float(word)) for word in words if re.fullmatch(r"[+-]?\d{1,2}(\.0+)?", word)]
    if len(levels) < len(words):
        oddities.append(("layer", tags["layer"]))
    return max(levels, key=lambda level: (abs(level), level), default=default)


def _lowest(
    tags: Mapping[str, str],
    keys: tuple[str, ...],
    read: Callable[[str], float],
    silent: frozenset[str],
    oddities: list[Oddity],
) -> float:
    """The lowest of all values under `keys`; those that cannot be read are added to `oddities`."""
    found = []
    for key in keys:
        for word in _words(tags[key]) if key in tags else ():
            if word in silent:
                continue
            try:
                found.append(read(word))
            except ValueError:
                oddities.append((key, word))
    return min((value for value in found if not math.isnan(value)), default=math.nan)


def _measure(text: str, units: Mapping[str, float]) -> float:
    found = re.fullmatch(r"(\d+(?:[.,]\d{1,2}|\.\d+)?|\.\d+)\s*(\D*)", text)
    if not found or found[2].strip() not in units:
        raise ValueError(text)
    return float(found[1].replace(",", ".")) * units[found[2].strip()]


def _words(text: str) -> list[str]:
    """The values of a tag in small letters, with ASCII decimal points."""
    return [
        word for part in text.replace("\u066b", ".").split(";") if (word := part.strip().casefold())
    ]


def _stated(value: str | None) -> bool:
    """Whether a tag such as bridge says yes in any form."""
    return value is not None and value.strip().casefold() not in ("", "no", "false", "0", "none")
