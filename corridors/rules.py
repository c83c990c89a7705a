"""Every tunable number, with its unit in its name, its default and its reason.

The `[rules]` tables of the mission file are these dataclasses, key for key. They are frozen and
check their values. `Rules.as_tables` returns the same tables with every default filled in, as
`plan.json` repeats them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, NoReturn, Self

from corridors.errors import InputError, Problem
from corridors.messages import Message
from corridors.tables import (
    INCIDENT_KINDS,
    PASSABLE,
    ROAD_REPORT_KINDS,
    UNKNOWN,
    VERIFICATIONS,
    ZONE_KINDS,
)

SPEED_KPH: Mapping[str, float] = MappingProxyType(
    {
        "motorway": 90.0,
        "motorway_link": 45.0,
        "trunk": 85.0,
        "trunk_link": 40.0,
        "primary": 65.0,
        "primary_link": 30.0,
        "secondary": 55.0,
        "secondary_link": 25.0,
        "tertiary": 40.0,
        "tertiary_link": 20.0,
        "unclassified": 25.0,
        "residential": 25.0,
        "living_street": 10.0,
        "service": 15.0,
        "road": 25.0,
        "track": 15.0,
    }
)
"""Free speed where a road has no speed tag: the class speeds of the OSRM car profile.

Project-OSRM/osrm-backend, profiles/car.lua, BSD-2; they were fitted to real driving. `road` (class
unknown) is as `unclassified`, `track` as its worst grade. `top_speed_kph` of the vehicle caps them.
The classes in this table are those that a truck can use.
"""

SURFACE_KPH: Mapping[str, float] = MappingProxyType(
    {
        "compacted": 80.0,
        "fine_gravel": 45.0,
        "gravel": 45.0,
        "grass_paver": 45.0,
        "cobblestone": 30.0,
        "unpaved": 30.0,
        "ground": 30.0,
        "dirt": 30.0,
        "grass": 30.0,
        "pebblestone": 30.0,
        "clay": 20.0,
        "stone": 20.0,
        "rocky": 20.0,
        "earth": 15.0,
        "sand": 15.0,
        "mud": 10.0,
    }
)
"""The highest speed on a surface where the speed is not tagged: from the same profile.

Rounded down for a laden truck where its versions differ. Other surfaces do not slow a vehicle.
"""


CLOSING_LIMIT_M = 25_000.0
"""A report less exact than this closes no road, whatever the mission: the radius of UCDP's second
code ("near a known place"). `max_accuracy_m` cannot be larger, and the codes for "somewhere in a
district" and vaguer cannot be made finer."""


@dataclass(frozen=True, slots=True)
class PrecisionRules:
    """What the precision codes of each source mean in metres and days; keys are its own codes.

    Sources publish codes, not metres; the metres are our cautious reading of their codebooks.
    """

    acled_m: Mapping[str, float] = field(
        default_factory=lambda: {"1": 2_000.0, "2": 10_000.0, "3": 50_000.0}
    )
    """`geo_precision` (ACLED codebook): 1 the centre of a town, not the impact: a town of medium
    size; 2 near a town, or a small part of a region; 3 a larger region, coded to its capital."""
    acled_days: Mapping[str, float] = field(default_factory=lambda: {"1": 0.0, "2": 6.0, "3": 30.0})
    """`time_precision`, days on each side of the date: 1 the actual date; 2 some day of that week;
    3 some day of about that month (older codebooks: the middle of the month)."""
    ucdp_m: Mapping[str, float] = field(
        default_factory=lambda: {
            "1": 2_000.0,
            "2": 25_000.0,
            "3": 50_000.0,
            "4": 150_000.0,
            "5": 100_000.0,
            "6": 500_000.0,
            "7": 500_000.0,
        }
    )
    """`where_prec`: 1 a named place, coded by its centre; 2 within about 25 km of one; 3 a
    second-order and 4 a first-order division, coded by its centroid; 5 along a line or in a fuzzy
    area; 6 a country; 7 sea or air (UCDP GED codebook)."""
    ucdp_days: Mapping[str, float] = field(
        default_factory=lambda: {"1": 1.0, "2": 6.0, "3": 7.0, "4": 31.0, "5": 366.0}
    )
    """`date_prec`, the minimum number of days of the event's dates: a day, 2 to 6 days, a week, a
    month, up to a year. Shorter spans are widened at both ends."""
    words_m: Mapping[str, float] = field(
        default_factory=lambda: {
            "exact": 50.0,
            "gps": 50.0,
            "building": 50.0,
            "street_level": 100.0,
            "accurate": 100.0,
            "accurate_street_level": 100.0,
            "village_level": 1_000.0,
            "town_level": 2_000.0,
            "approximate": 2_000.0,
            "approximate_town_level": 2_000.0,
            "city_level": 5_000.0,
            "district_level": 50_000.0,
            "province_level": 150_000.0,
            "bad": 150_000.0,
            "bad_somewhere_in_a_province": 150_000.0,
            "unknown": 150_000.0,
        }
    )
    """Words, with WFP's `locprecision`: half a block, a village, a town, a city from end to end, a
    district and a province as those of UCDP. Unknown is as bad as the worst. In files, spaces and
    brackets do not matter. A mission can add words."""
    imagery_m: Mapping[str, float] = field(
        default_factory=lambda: {"unosat": 30.0, "unosat_adjacent": 100.0, "ems": 30.0}
    )
    """Points and lines drawn on satellite images: the error of the image plus half a building.
    UNOSAT's class 11 is damage by an impact on the next building."""
    hotline_m: Mapping[str, float] = field(
        default_factory=lambda: {"coordinates": 500.0, "pcode": 2_000.0, "kilometre": 1_000.0}
    )
    """Calls: coordinates read aloud, the place of a P-code (a town), a kilometre of a corridor."""
    firms_pixel_share: float = 0.5
    """FIRMS: share of the diagonal of the pixel (scan x track); half of it is the distance from the
    centre, which FIRMS publishes, to a corner."""
    firms_min_confidence: float = 30.0
    """FIRMS: hotspots below are excluded as low confidence. MODIS's own class "nominal" begins at
    30; VIIRS's words count as low 0, nominal 30, high 80. 0 keeps all."""
    first_image_days: float = 365.0
    """UNOSAT: damage in the first image is assumed to be at most this old."""


@dataclass(frozen=True, slots=True)
class IncidentRules:
    """Which incidents close roads, and how far.

    `by_kind` overrides any of the numbers for one kind of incident.
    """

    radius_m: float = 1000.0
    """Our cautious assumption: fragments and secondary strikes reach several hundred metres, and a
    convoy must be able to stop and turn before them."""
    look_back_days: float = 14.0
    """Two weeks: long enough for clearance of debris and ordnance to be reported, short enough not
    to close a country."""
    min_verification: str = "reported"
    """Cautious: an unconfirmed report closes roads as a verified one does."""
    max_accuracy_m: float = 5000.0
    """A report vaguer than this means "somewhere in the district": to close every road there would
    be meaningless."""
    half_life_days: float = 7.0
    """Exposure only: the weight halves in a week, and is a quarter at the end of the look-back."""
    exposure_reach_ratio: float = 3.0
    """Exposure only: falls from 1 at the closure radius to 0 at this many times the radius."""
    weight_reported: float = 0.5
    """Exposure only: a single unconfirmed report counts half of a verified one, ..."""
    weight_corroborated: float = 0.75
    """... one that a second source repeats three quarters."""
    on_bridge_m: float = 30.0
    """An incident within this distance of a bridge, plus its positional uncertainty, counts as on
    it, and also closes the roads under the bridge: about the width of two carriageways and an
    abutment."""
    by_kind: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)

    def of(self, kind: str) -> IncidentRules:
        """The rules for one kind of incident: these, with those of `by_kind`.

        >>> IncidentRules(by_kind={"shelling": {"radius_m": 1500.0}}).of("shelling").radius_m
        1500.0
        """
        return replace(self, by_kind={}, **self.by_kind.get(kind, {}))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """Which reports of different publishers can be about the same incident.

    They are near in place and time, and of kinds that match. Fusion opens no road: these rules
    decide what counts as corroborated, and which rows are one incident.
    """

    within_m: float = 500.0
    """Beyond the larger of the two uncertainties: people place a blast by the nearest name, some
    hundred metres away. Not beyond the sum, which from two reports of a town would reach the next
    town."""
    within_hours: float = 6.0
    """Between the end of one and the start of the other: the shelling of a night and the report of
    the next morning, not two nights."""
    max_window_days: float = 3.0
    """A report that spans more means "some time that week" and is fused with nothing, because it
    would match everything. Three days contain a date without a time zone."""
    alike: tuple[str, ...] = ("air_strike", "shelling", "explosive_hazard", "ground_clash", "fire")
    """Any two of these kinds can be the same incident: a blast does not reveal its cause to who
    hears it, and what is hit burns. Other kinds must be equal; `other` matches any."""


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """Which kinds of zone close the segments they cross; `restricted` ones mark them RESTRICTED."""

    close: tuple[str, ...] = ("no_go", "contaminated", "front_line")


@dataclass(frozen=True, slots=True)
class RoadReportRules:
    """Which segments a road report is about, how long it is valid, and the status without one."""

    match_m: float = 30.0
    """A report within this distance of a segment, plus its `accuracy_m`, can be about it: two
    carriageways and a shoulder, the distance of someone at the roadside from the line on the
    map."""
    name_reach_m: float = 5000.0
    """Where no road is that near, a road with the reported name is searched within this distance: a
    town and its outskirts."""
    max_accuracy_m: float = 5000.0
    """A report vaguer than this changes no road and is listed, as for incidents."""
    across_deg: float = 22.5
    """A segment within this angle of perpendicular to "northbound" runs across it: the report does
    not decide between its directions, and both are closed. Half of an eighth of the compass."""
    use_unknown: bool = False
    """Whether corridors use segments of unknown status. Cautious: only if a mission allows it."""
    assume_unreported: str = PASSABLE
    """The status of a segment without reports: PASSABLE (nothing known closes it), or UNKNOWN."""
    shelf_life_days: Mapping[str, float] = field(
        default_factory=lambda: {
            "road_status": 3.0,
            "bridge_status": 7.0,
            "flood": 1.0,
            "explosive_hazard": 7.0,
            "roadblock": 1.0,
            "road_damage": 7.0,
            "railway_damage": 7.0,
            "bridge_damage": 7.0,
            "culvert_damage": 7.0,
            "tunnel_damage": 7.0,
            "ferry": 1.0,
            "ford": 1.0,
            "checkpoint_official": 1.0,
            "checkpoint_unofficial": 1.0,
            "traffic_restriction": 7.0,
            "landslide": 3.0,
            "wreckage": 3.0,
            "trees": 3.0,
            "unknown": 1.0,
        }
    )
    """How long a report that a road can be used, with or without limits, is valid; then the road is
    UNKNOWN. Our assumption: a day for what people or water change overnight (blocks, checkpoints,
    floods, ferries); three days for a road, in which others would have met what closes it; a week
    for what is built, repaired or ordered, the usual cycle of an access map."""


@dataclass(frozen=True, slots=True)
class RoadRules:
    """How road files are read."""

    max_piece_m: float = 1000.0
    """A strike closes a kilometre of a mountain road, not thirty: as long as the default radius."""
    join_ends_m: float = 0.1
    """Line ends within this distance are one node, where a file has no node columns: more than the
    error of a reprojection, less than the width of a kerb."""
    speed_kph: Mapping[str, float] = field(default_factory=lambda: dict(SPEED_KPH))
    surface_kph: Mapping[str, float] = field(default_factory=lambda: dict(SURFACE_KPH))


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """Which pairs are routed, and what an alternate must be."""

    pairs: str = "nearest"
    """"nearest": each destination from the depot with the least cost; "all": from every depot."""
    alternates: int = 2
    """Their number: one to fall back on, and one more for when that one closes too."""
    max_shared: float = 0.5
    """Share of its length that an alternate can share with a better corridor; more is the same
    corridor."""
    max_shared_exposure: float = 0.5
    """Share of its exposure that an alternate can have to the incidents of a better corridor.
    Preferred, not required: where every route is exposed to the same incidents, the plan names
    them."""
    local_optimality_ratio: float = 0.1
    """A stretch of an alternate with up to this share of the primary's cost has no cheaper path
    between its ends: no loops, and no detours made only to differ. Abraham et al. (2013) use a
    quarter on whole continents; a tenth keeps the second bridge."""
    max_stretch_ratio: float = 3.0
    """An alternate costs at most this many times the primary; beyond it, waiting is better."""
    exposure_weight: float = 1.0
    """cost = minutes * (1 + exposure_weight * exposure): the exposure of one full incident doubles
    the cost."""
    max_snap_m: float = 2000.0
    """A site farther than this from any road is an error, not a guess."""


@dataclass(frozen=True, slots=True)
class VehicleRules:
    """The heaviest and highest vehicle of the convoy."""

    gross_weight_t: float = 20.0
    """A laden two- or three-axle truck, as common transport services use it."""
    height_m: float = 4.0
    """The legal maximum in most of Europe and the Middle East (Council Directive 96/53/EC, Annex
    I)."""
    top_speed_kph: float = 60.0
    """Convoy speed on a good road."""


@dataclass(frozen=True, slots=True)
class DisclosureRules:
    """How coarse a plan becomes for readers outside the organisation."""

    grid_m: float = 10_000.0
    """Depots are shown as a square of a fixed grid, and corridors only outside it: a square of ten
    kilometres has hundreds of possible places, and because it is fixed, many plans reveal no more
    than one."""
    length_step_m: float = 5000.0
    """Lengths are rounded up to whole steps: enough to plan with, too coarse to locate a depot."""
    duration_step_min: float = 60.0
    """Driving times are rounded up to whole steps too."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules.

    >>> Rules.from_tables({"vehicle": {"height_m": 3.2}}).vehicle
    VehicleRules(gross_weight_t=20.0, height_m=3.2, top_speed_kph=60.0)
    """

    incidents: IncidentRules = field(default_factory=IncidentRules)
    zones: ZoneRules = field(default_factory=ZoneRules)
    road_reports: RoadReportRules = field(default_factory=RoadReportRules)
    roads: RoadRules = field(default_factory=RoadRules)
    routing: RoutingRules = field(default_factory=RoutingRules)
    vehicle: VehicleRules = field(default_factory=VehicleRules)
    precision: PrecisionRules = field(default_factory=PrecisionRules)
    evidence: EvidenceRules = field(default_factory=EvidenceRules)
    disclosure: DisclosureRules = field(default_factory=DisclosureRules)

    def __post_init__(self) -> None:
        """Refuse values of a wrong type, all at once; then values out of range, all at once."""
        if problems := list(_find_wrong_types(self)) or list(_find_wrong_values(self)):
            raise InputError(problems)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> Self:
        """The rules of the tables of a mission file; a key that is missing keeps its default.

        Raises
        ------
        InputError
            `unknown-key` (the hint names the nearest known key), `bad-rule` (the message states the
            values that a key takes). Fix: correct the mission file.

        Examples
        --------
        >>> Rules.from_tables({"routing": {"max_shard": 0.3}})
        Traceback (most recent call last):
        corridors.errors.InputError: field rules.routing.max_shard: is not a known key ...
        """
        problems: list[Problem] = []
        plain = cls()
        parts = {f.name: getattr(plain, f.name) for f in fields(cls)}
        made: dict[str, Any] = {}
        for name, part in parts.items():
            made[name] = part
            table = tables.get(name, {})
            if not isinstance(table, Mapping):
                problems.append(_bad(f"rules.{name}", table, "table"))
                continue
            known = {f.name: getattr(part, f.name) for f in fields(part)}
            problems += unknown_keys(table, list(known), f"rules.{name}")
            try:
                made[name] = replace(part, **_read_keys(f"rules.{name}", known, table))
            except InputError as error:
                problems += error.problems
        problems += unknown_keys(tables, list(parts), "rules")
        if problems:
            raise InputError(problems)
        return cls(**made)

    def as_tables(self) -> dict[str, dict[str, Any]]:
        """The tables of the mission file with every default filled in.

        >>> Rules.from_tables(Rules().as_tables()) == Rules()
        True
        """
        return asdict(self)


def unknown_keys(table: Mapping[str, Any], known: Sequence[str], where: str) -> list[Problem]:
    """One problem for each key of `table` that is not `known`; its hint names the nearest.

    >>> str(unknown_keys({"titel": 1}, ["title"], "mission")[0].hint)
    'use a known key; the nearest is title'
    """
    problems = []
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.0)[0]
            message, hint = Message("problem.unknown_key"), Message("hint.use_known_key", near=near)
            field = f"{where}.{key}" if where else key
            problems.append(Problem("unknown-key", message, hint, field=field))
    return problems


def _read_keys(where: str, defaults: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a table for the keys that have a default."""
    return {
        key: _read(f"{where}.{key}", default, table[key])
        for key, default in defaults.items()
        if key in table
    }


def _read(where: str, default: Any, value: Any) -> Any:
    """`value` in the type of `default`; other types are refused."""
    if isinstance(default, Mapping):
        return _read_table(where, default, value)
    if isinstance(default, tuple):
        texts = isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)
        return tuple(value) if texts else _refuse(where, value, "words")
    if isinstance(default, str):
        return value if isinstance(value, str) else _refuse(where, value, "word")
    if isinstance(default, bool):
        return value if isinstance(value, bool) else _refuse(where, value, "true_or_false")
    return _read_number(where, default, value)


def _read_number(where: str, default: float, value: Any) -> float:
    whole = isinstance(default, int)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (whole and isinstance(value, float) and not value.is_integer())
    ):
        _refuse(where, value, "whole_number" if whole else "number")
    try:
        return type(default)(value)
    except OverflowError:
        _refuse(where, value, "smaller_number")


def _read_table(where: str, default: Mapping[str, Any], value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        _refuse(where, value, "table")
    if where.endswith("by_kind"):
        return _read_by_kind(where, value)
    closed = where.startswith("rules.precision.") or where.endswith("shelf_life_days")
    known = list(default if closed and not where.endswith("words_m") else value)
    if unknown := unknown_keys(value, known, where):
        raise InputError(unknown)
    return {**default, **{key: _read(f"{where}.{key}", 0.0, entry) for key, entry in value.items()}}


def _read_by_kind(where: str, value: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    plain = IncidentRules()
    keys = ["radius_m", "look_back_days", "min_verification", "max_accuracy_m", "half_life_days"]
    defaults = {key: getattr(plain, key) for key in keys}
    problems = unknown_keys(value, INCIDENT_KINDS, where)
    made: dict[str, dict[str, Any]] = {}
    for kind, table in value.items():
        if not isinstance(table, Mapping):
            problems.append(_bad(f"{where}.{kind}", table, "table"))
            continue
        problems += unknown_keys(table, keys, f"{where}.{kind}")
        made[kind] = _read_keys(f"{where}.{kind}", defaults, table)
    if problems:
        raise InputError(problems)
    return made


def _find_wrong_types(rules: Rules) -> Iterator[Problem]:
    """Values of rules made in Python that a mission file could not have: `True` for a number."""
    for part in fields(rules):
        table = getattr(rules, part.name)
        plain = type(table)()
        for f in fields(table):
            try:
                _read(f"rules.{part.name}.{f.name}", getattr(plain, f.name), getattr(table, f.name))
            except InputError as error:
                yield from error.problems


def _find_wrong_values(rules: Rules) -> Iterator[Problem]:
    for part in fields(rules):
        table = getattr(rules, part.name)
        values = {f.name: getattr(table, f.name) for f in fields(table)}
        yield from _find_wrong_numbers(f"rules.{part.name}", values)
    reports, levels = rules.road_reports, VERIFICATIONS[1:]
    choices: list[tuple[str, Iterable[str], Sequence[str]]] = [
        ("incidents.min_verification", [rules.incidents.min_verification], levels),
        ("evidence.alike", rules.evidence.alike, INCIDENT_KINDS),
        ("zones.close", rules.zones.close, [kind for kind in ZONE_KINDS if kind != "safe_zone"]),
        ("road_reports.assume_unreported", [reports.assume_unreported], (PASSABLE, UNKNOWN)),
        ("road_reports.shelf_life_days", reports.shelf_life_days, ROAD_REPORT_KINDS),
        ("routing.pairs", [rules.routing.pairs], ("nearest", "all")),
    ]
    for kind, entries in rules.incidents.by_kind.items():
        where = f"incidents.by_kind.{kind}"
        yield from _find_wrong_numbers(f"rules.{where}", entries)
        level = str(entries.get("min_verification", "reported"))
        choices.append((f"{where}.min_verification", [level], levels))
    for where, words, known in choices:
        for word in words:
            if word not in known:
                yield _bad(f"rules.{where}", word, "one_of", words=tuple(known))
    for table, codes in _VAGUE.items():
        for code, metres in getattr(rules.precision, table).items():
            if code in codes and metres <= CLOSING_LIMIT_M:
                where = f"rules.precision.{table}.{code}"
                yield _bad(where, metres, "more_than_closing_limit", limit_m=CLOSING_LIMIT_M)


_MAY_BE_ZERO = frozenset(
    {
        "match_m",
        "name_reach_m",
        "across_deg",
        "look_back_days",
        "max_accuracy_m",
        "alternates",
        "exposure_weight",
        "join_ends_m",
        "firms_min_confidence",
        "first_image_days",
        "max_shared",
        "max_shared_exposure",
        "local_optimality_ratio",
        "within_m",
        "within_hours",
        "max_window_days",
    }
)
_AT_MOST: Mapping[str, float] = {
    "look_back_days": 36_500,
    "half_life_days": 36_500,
    "join_ends_m": 100,
    "alternates": 100,
    **dict.fromkeys(
        ("max_shared", "max_shared_exposure", "local_optimality_ratio", "firms_pixel_share"), 1
    ),
    "max_accuracy_m": CLOSING_LIMIT_M,
    "name_reach_m": CLOSING_LIMIT_M,
    "match_m": 1000,
    "across_deg": 90,
    "within_m": CLOSING_LIMIT_M,
    "within_hours": 168,
    "max_window_days": 31,
    "firms_min_confidence": 100,
    "first_image_days": 36_500,
    **dict.fromkeys(("grid_m", "length_step_m"), 100_000),
    "duration_step_min": 1440,
}
_VAGUE = {
    "acled_m": {"3"},
    "ucdp_m": {"3", "4", "5", "6", "7"},
    "words_m": {
        "district_level",
        "province_level",
        "bad",
        "bad_somewhere_in_a_province",
        "unknown",
    },
}
"""The codes of an area, not of a place near a point."""
_AT_LEAST: Mapping[str, float] = {
    **dict.fromkeys(
        ("exposure_reach_ratio", "max_stretch_ratio", "max_piece_m", "duration_step_min"), 1
    ),
    **dict.fromkeys(("grid_m", "length_step_m"), 1000),
}
"""A grid, or lengths, finer than a kilometre would reveal where a depot is."""


def _find_wrong_numbers(where: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in table.items():
        if isinstance(value, Mapping) and key != "by_kind":
            yield from _find_wrong_numbers(f"{where}.{key}", value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            minimum, maximum = _AT_LEAST.get(key, 0), _AT_MOST.get(key, 1e6)
            zero = key in _MAY_BE_ZERO or where.endswith("_days")
            if not minimum <= value <= maximum or (value == 0 and not zero):
                wanted = "number_from" if minimum or zero else "number_above"
                limits = {"minimum": minimum, "maximum": maximum}
                yield _bad(f"{where}.{key}", value, wanted, **limits)


def _bad(where: str, value: object, wanted: str, **values: Any) -> Problem:
    """The problem of a value that its key does not take."""
    message, hint = Message(f"problem.takes_{wanted}", **values), Message("hint.change_value")
    return Problem("bad-rule", message, hint, field=where, value=str(value))


def _refuse(where: str, value: object, wanted: str) -> NoReturn:
    raise InputError(_bad(where, value, wanted))
