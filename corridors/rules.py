"""Every tunable number, with its unit in its name, its default and its reason.

The mission file's `[rules]` tables are these dataclasses, key for key. They check themselves, are
frozen, and turn back into the same tables with every default filled in (`Rules.as_tables`), which
is what `plan.json` repeats.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Self

from corridors.errors import InputError, Problem
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
"""Free speed where a road has no speed tag: the class speeds of the OSRM car profile
(Project-OSRM/osrm-backend, profiles/car.lua, BSD-2), which were fitted to real driving; `road`
(class unknown) as `unclassified`, `track` as its worst grade. The vehicle's own `top_speed_kph`
caps them. The classes in this table are the ones a truck may use."""

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
"""No faster than this on such a surface where the speed is not tagged: the surface speeds of the
same profile, rounded down for a laden truck where its versions differ. Surfaces not named here do
not slow a vehicle."""


CLOSING_LIMIT_M = 25_000.0
"""Whatever a mission says, a report less exact than this closes no road: `max_accuracy_m` cannot be
larger, and the codes for "somewhere in a district" and vaguer cannot be made finer. It is the
radius of UCDP's second code ("near a known place")."""


@dataclass(frozen=True, slots=True)
class PrecisionRules:
    """What each source's code of precision means in metres and days: the one table of it. Keys are
    the source's own codes.

    Sources give codes, not metres; the metres are our reading of their codebooks, on the careful
    side.
    """

    acled_m: Mapping[str, float] = field(
        default_factory=lambda: {"1": 2_000.0, "2": 10_000.0, "3": 50_000.0}
    )
    """`geo_precision`: 1 a town, whose centre is coded, not the impact: a town of middling size; 2
    near a town or a small part of a region; 3 a larger region, coded to its capital (ACLED
    codebook)."""
    acled_days: Mapping[str, float] = field(default_factory=lambda: {"1": 0.0, "2": 6.0, "3": 30.0})
    """`time_precision`, days either side of the date: 1 the actual date; 2 some day of that week; 3
    some day of about that month (older codebooks: the middle of the month)."""
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
    """`date_prec`, the least number of days that the event's dates span: a day, 2 to 6 days, a
    week, a month, up to a year. Dates that span less are widened at both ends."""
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
    """Words, WFP's `locprecision` among them: half a block, a village, a town, a city from end to
    end, a district and a province as those of UCDP. Unknown is as bad as the worst. In files,
    blanks and brackets do not matter. More may be added."""
    imagery_m: Mapping[str, float] = field(
        default_factory=lambda: {"unosat": 30.0, "unosat_adjacent": 100.0, "ems": 30.0}
    )
    """Points and lines drawn on satellite images: the error of the image plus half a building;
    UNOSAT's class 11 saw the effect of an impact next door."""
    hotline_m: Mapping[str, float] = field(
        default_factory=lambda: {"coordinates": 500.0, "pcode": 2_000.0, "kilometre": 1_000.0}
    )
    """What a caller said: coordinates read aloud, the place of a P-code (a town), a kilometre along
    a corridor."""
    firms_pixel_share: float = 0.5
    """FIRMS: of the diagonal of the pixel (scan x track).

    Half reaches from its centre, which is what is given, to a corner.
    """
    firms_min_confidence: float = 30.0
    """FIRMS: less is set aside as low confidence. 30 is where MODIS's own class "nominal" begins;
    VIIRS's words count as low 0, nominal 30, high 80. 0 keeps all."""
    first_image_days: float = 365.0
    """UNOSAT: what is damaged in the first image happened at most this long before it, or so it is
    taken."""


@dataclass(frozen=True, slots=True)
class IncidentRules:
    """Which incidents close roads, and how far.

    `by_kind` overrides any of the numbers for one kind of incident.
    """

    radius_m: float = 1000.0
    """Our assumption, on the careful side: fragments and secondary strikes reach several hundred
    metres, and a convoy must be able to stop and turn before them."""
    look_back_days: float = 14.0
    """Two weeks: long enough for clearance of debris and ordnance to be reported, short enough not
    to close a country."""
    min_verification: str = "reported"
    """The careful side: an unconfirmed report closes as a verified one does."""
    max_accuracy_m: float = 5000.0
    """Beyond this a report says "somewhere in the district": closing every road there would say
    nothing."""
    half_life_days: float = 7.0
    """Exposure only: half of the weight is gone after a week, three quarters at the end of the
    look-back."""
    exposure_reach_ratio: float = 3.0
    """Exposure only: falls from 1 at the closure radius to 0 at this many times the radius."""
    weight_reported: float = 0.5
    """Exposure only: a single unconfirmed report counts half of a verified one, ..."""
    weight_corroborated: float = 0.75
    """... one that a second source repeats three quarters."""
    on_bridge_m: float = 30.0
    """An incident within this of a bridge, plus its positional uncertainty, counts as on it, and
    closes what passes under the bridge too: about the width of two carriageways and an abutment."""
    by_kind: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)

    def of(self, kind: str) -> IncidentRules:
        """The rules for one kind of incident: these, with what `by_kind` says of it.

        >>> IncidentRules(by_kind={"shelling": {"radius_m": 1500.0}}).of("shelling").radius_m
        1500.0
        """
        return replace(self, by_kind={}, **self.by_kind.get(kind, {}))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """Which reports of different publishers may tell of one happening: near in place and time, and
    of kinds that match.

    What is fused closes no road less: these say what counts as corroborated, and which rows are one
    incident.
    """

    within_m: float = 500.0
    """Beyond the larger of the two uncertainties: people place a blast by the nearest name, a few
    hundred metres off. The larger and not the sum, which between two reports of a town would reach
    the next one."""
    within_hours: float = 6.0
    """Between the end of one and the beginning of the other: a night's shelling and the morning's
    report of it, not two nights'."""
    max_window_days: float = 3.0
    """A report that spans more says "some time that week" and is fused with nothing: it would match
    whatever happened. Three days hold a date without a time zone."""
    alike: tuple[str, ...] = ("air_strike", "shelling", "explosive_hazard", "ground_clash", "fire")
    """Any two of these may be one happening: who hears a blast cannot tell what it came from, and
    what is struck burns. Else kinds must be the same; `other`, which says no kind, matches any."""


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """Which kinds of zone close the segments they cross;

    `restricted` zones mark theirs RESTRICTED instead.
    """

    close: tuple[str, ...] = ("no_go", "contaminated", "front_line")


@dataclass(frozen=True, slots=True)
class RoadReportRules:
    """Which segments a road report speaks of, for how long it is relied upon, and what becomes of
    roads not known.
    """

    match_m: float = 30.0
    """A report within this of a segment, plus its `accuracy_m`, may mean it: two carriageways and a
    shoulder, which is how far from the line drawn someone at the roadside stands."""
    name_reach_m: float = 5000.0
    """Where no road lies so near, one with the name that the report gives is looked for within
    this: a town and its outskirts."""
    max_accuracy_m: float = 5000.0
    """A report vaguer than this changes no road, and is listed: as for incidents."""
    across_deg: float = 22.5
    """A segment within this of square to "northbound" runs across it: nobody can tell which of its
    directions is meant, and both are closed. Half of an eighth of the compass."""
    use_unknown: bool = False
    """Whether segments of unknown state are driven. The careful side: not until someone says so."""
    assume_unreported: str = PASSABLE
    """What a segment is that no report speaks of: PASSABLE (nothing known closes it), or UNKNOWN.
    """
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
    """How long a report that a road may be used, with or without limits, is relied upon; then the
    road is UNKNOWN. Our assumption: what people or water can change overnight (blocks, checkpoints,
    floods, ferries) a day; a road three, in which others would have met what closes it; what is
    built, mended or ordered a week, the usual round of an access map."""


@dataclass(frozen=True, slots=True)
class RoadRules:
    """How road files are read."""

    max_piece_m: float = 1000.0
    """A strike closes a kilometre of a mountain road, not thirty: as long as the default radius, no
    longer."""
    join_ends_m: float = 0.1
    """Line ends this near are one node, where a file has no node columns: above the noise of a
    change of projection, below the width of a kerb."""
    speed_kph: Mapping[str, float] = field(default_factory=lambda: dict(SPEED_KPH))
    surface_kph: Mapping[str, float] = field(default_factory=lambda: dict(SURFACE_KPH))


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """Which pairs are routed, and what an alternate must be."""

    pairs: str = "nearest"
    """"nearest": each destination from the depot that reaches it at least cost; "all": from every
    depot."""
    alternates: int = 2
    """Besides the primary: one to fall back on, and one more when that one closes too."""
    max_shared: float = 0.5
    """Share of its length that an alternate may share with a better corridor: more is the same
    road."""
    max_shared_exposure: float = 0.5
    """Share of its exposure that an alternate may owe to incidents which a better corridor is
    exposed to as well. Preferred, not required: where every way is exposed to the same incidents,
    the plan names them."""
    local_optimality_ratio: float = 0.1
    """No stretch of an alternate that costs up to this share of the primary could be driven at a
    lower price: no loops and detours made only to differ. Abraham et al. (2013) take a quarter on
    whole continents; a tenth leaves the second bridge."""
    max_stretch_ratio: float = 3.0
    """An alternate may cost at most this many times the primary: beyond it, waiting is the better
    alternate."""
    exposure_weight: float = 1.0
    """cost = minutes * (1 + exposure_weight * exposure): one full incident's worth of exposure
    doubles the price."""
    max_snap_m: float = 2000.0
    """A site farther than this from any road is an error, not a guess."""


@dataclass(frozen=True, slots=True)
class VehicleRules:
    """The heaviest and highest vehicle of the convoy."""

    gross_weight_t: float = 20.0
    """A laden two- or three-axle truck, the usual one of common transport services."""
    height_m: float = 4.0
    """The legal maximum in most of Europe and the Middle East (Council Directive 96/53/EC, Annex
    I)."""
    top_speed_kph: float = 60.0
    """Convoy speed on a good road."""


@dataclass(frozen=True, slots=True)
class DisclosureRules:
    """How coarse a plan becomes for those who are not of the house."""

    grid_m: float = 10_000.0
    """Depots are shown as the cell of a fixed grid, and corridors only outside it: a cell of ten
    kilometres holds hundreds of places that could be the one, and being fixed, many plans tell no
    more than one."""
    length_step_m: float = 5000.0
    """Lengths are rounded up to whole steps of this: what is planned with, not what is measured
    with."""
    duration_step_min: float = 60.0
    """Driving times likewise."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All of them.

    >>> (
    ...     Rules().incidents.radius_m,
    ...     Rules.from_tables({"vehicle": {"height_m": 3.2}}).vehicle.height_m,
    ... )
    (1000.0, 3.2)
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
        """Refuse values that make no sense, all at once; before that, those that are no numbers,
        words or tables where such are wanted.
        """
        if problems := list(_kind_problems(self)) or list(_value_problems(self)):
            raise InputError(problems)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> Self:
        """The rules that the tables of a mission file say; what they leave out keeps its default.

        Raises
        ------
        InputError
            `unknown-key` names the nearest known key; `bad-rule` says which values a key takes.
            Mend the mission file.

        Examples
        --------
        >>> Rules.from_tables({"routing": {"max_shard": 0.3}})
        Traceback (most recent call last):
        corridors.errors.InputError: field rules.routing.max_shard: is not a known key [unknown-key]. Fix: did you mean max_shared?
        """
        problems: list[Problem] = []
        plain = cls()
        parts = {f.name: getattr(plain, f.name) for f in fields(cls)}
        made: dict[str, Any] = {}
        for name, part in parts.items():
            made[name] = part
            table = tables.get(name, {})
            if not isinstance(table, Mapping):
                problems.append(_bad(f"rules.{name}", table, "a table"))
                continue
            problems += unknown_keys(table, [f.name for f in fields(part)], f"rules.{name}")
            try:
                made[name] = replace(
                    part,
                    **{
                        f.name: _read(
                            f"rules.{name}.{f.name}", getattr(part, f.name), table[f.name]
                        )
                        for f in fields(part)
                        if f.name in table
                    },
                )
            except InputError as error:
                problems += error.problems
        problems += unknown_keys(tables, list(parts), "rules")
        if problems:
            raise InputError(problems)
        return cls(**made)

    def as_tables(self) -> dict[str, dict[str, Any]]:
        """The tables of the mission file with every default filled in; `Rules.from_tables` of it
        gives the same rules.

        >>> Rules.from_tables(Rules().as_tables()) == Rules()
        True
        """
        return asdict(self)


def unknown_keys(table: Mapping[str, Any], known: list[str], where: str) -> list[Problem]:
    """One problem for each key of `table` that is not `known`, naming the nearest that is.

    >>> unknown_keys({"titel": 1}, ["title"], "mission")[0].hint
    'did you mean title?'
    """
    problems = []
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.0)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
            problems.append(
                Problem(
                    "unknown-key",
                    "is not a known key",
                    hint,
                    field=f"{where}.{key}" if where else key,
                )
            )
    return problems


def _read(where: str, default: object, value: object) -> object:
    """`value` in the type of `default`, refusing what a mission file may not say there."""
    if isinstance(default, Mapping):
        if not isinstance(value, Mapping):
            raise InputError(_bad(where, value, "a table"))
        if where.endswith("by_kind"):
            return _read_by_kind(where, value)
        is_closed = where.startswith("rules.precision.") or where.endswith("shelf_life_days")
        if (
            is_closed
            and not where.endswith("words_m")
            and (unknown := unknown_keys(value, list(default), where))
        ):
            raise InputError(unknown)
        return {
            **default,
            **{key: _read(f"{where}.{key}", 0.0, entry) for key, entry in value.items()},
        }
    if isinstance(default, tuple):
        if not isinstance(value, list | tuple) or not all(
            isinstance(entry, str) for entry in value
        ):
            raise InputError(_bad(where, value, "a list of words"))
        return tuple(value)
    if isinstance(default, str):
        if not isinstance(value, str):
            raise InputError(_bad(where, value, "a word in quotes"))
        return value
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise InputError(_bad(where, value, "true or false, without quotes"))
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (
        isinstance(default, int) and isinstance(value, float) and not value.is_integer()
    ):
        raise InputError(
            _bad(
                where,
                value,
                "a whole number" if isinstance(default, int) else "a number without quotes",
            )
        )
    try:
        return type(default)(value)  # type: ignore[call-arg]
    except OverflowError:
        raise InputError(_bad(where, value, "a smaller number")) from None


def _read_by_kind(where: str, value: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    plain = IncidentRules()
    keys = ["radius_m", "look_back_days", "min_verification", "max_accuracy_m", "half_life_days"]
    problems = unknown_keys(value, list(INCIDENT_KINDS), where)
    made: dict[str, dict[str, Any]] = {}
    for kind, table in value.items():
        if not isinstance(table, Mapping):
            problems.append(_bad(f"{where}.{kind}", table, "a table"))
            continue
        problems += unknown_keys(table, keys, f"{where}.{kind}")
        made[kind] = {
            key: _read(f"{where}.{kind}.{key}", getattr(plain, key), table[key])
            for key in keys
            if key in table
        }
    if problems:
        raise InputError(problems)
    return made


def _kind_problems(rules: Rules) -> Iterator[Problem]:
    """What no mission file may say, in rules made in Python: `True` for a number, a kind of
    incident or a key that there is none of.
    """
    for part in fields(rules):
        table = getattr(rules, part.name)
        plain = type(table)()
        for f in fields(table):
            try:
                _read(f"rules.{part.name}.{f.name}", getattr(plain, f.name), getattr(table, f.name))
            except InputError as error:
                yield from error.problems


def _value_problems(rules: Rules) -> Iterator[Problem]:
    for part in fields(rules):
        table = getattr(rules, part.name)
        yield from _number_problems(
            f"rules.{part.name}", {f.name: getattr(table, f.name) for f in fields(table)}
        )
    for kind, table in rules.incidents.by_kind.items():
        yield from _number_problems(f"rules.incidents.by_kind.{kind}", table)
        yield from _word_problems(
            f"rules.incidents.by_kind.{kind}.min_verification",
            [str(table.get("min_verification", "reported"))],
            VERIFICATIONS[1:],
        )
    yield from _word_problems(
        "rules.incidents.min_verification", [rules.incidents.min_verification], VERIFICATIONS[1:]
    )
    yield from _word_problems("rules.evidence.alike", rules.evidence.alike, INCIDENT_KINDS)
    yield from _word_problems(
        "rules.zones.close",
        rules.zones.close,
        tuple(kind for kind in ZONE_KINDS if kind != "safe_zone"),
    )
    yield from _word_problems(
        "rules.road_reports.assume_unreported",
        [rules.road_reports.assume_unreported],
        (PASSABLE, UNKNOWN),
    )
    yield from _word_problems(
        "rules.road_reports.shelf_life_days",
        list(rules.road_reports.shelf_life_days),
        ROAD_REPORT_KINDS,
    )
    yield from _word_problems("rules.routing.pairs", [rules.routing.pairs], ("nearest", "all"))
    for table, codes in _VAGUE.items():
        for code, metres in getattr(rules.precision, table).items():
            if code in codes and metres <= CLOSING_LIMIT_M:
                where = f"rules.precision.{table}.{code}"
                yield _bad(
                    where,
                    metres,
                    f"more than {CLOSING_LIMIT_M:g}: a report this vague never closes a road",
                )


_MAY_BE_ZERO = {
    *("match_m", "name_reach_m", "across_deg"),
    *(
        "look_back_days",
        "max_accuracy_m",
        "alternates",
        "exposure_weight",
        "join_ends_m",
        "firms_min_confidence",
        "first_image_days",
    ),
    *(
        "max_shared",
        "max_shared_exposure",
        "local_optimality_ratio",
        "within_m",
        "within_hours",
        "max_window_days",
    ),
}
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
"""The codes that say an area, not a place near a point."""
_AT_LEAST_ONE = {"exposure_reach_ratio", "max_stretch_ratio", "max_piece_m", "duration_step_min"}
_AT_LEAST_KM = {"grid_m", "length_step_m"}
"""A finer grid, or finer lengths, would tell where a depot is."""


def _number_problems(where: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in table.items():
        if isinstance(value, Mapping) and key != "by_kind":
            yield from _number_problems(f"{where}.{key}", value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            least, most = (
                1000 if key in _AT_LEAST_KM else 1 if key in _AT_LEAST_ONE else 0,
                _AT_MOST.get(key, 1e6),
            )
            zero = key in _MAY_BE_ZERO or where.endswith("_days")
            if not least <= value <= most or (value == 0 and not zero):
                yield _bad(
                    f"{where}.{key}",
                    value,
                    f"a number {'from' if least or zero else 'above'} {least} to {most:g}",
                )


def _word_problems(
    where: str, words: list[str] | tuple[str, ...], known: tuple[str, ...]
) -> Iterator[Problem]:
    for word in words:
        if word not in known:
            yield _bad(where, word, f"one of {', '.join(known)}")


def _bad(where: str, value: object, wanted: str) -> Problem:
    return Problem(
        "bad-rule",
        f"takes {wanted}",
        "change the value in mission.toml",
        field=where,
        value=str(value),
    )
