"""A new mission folder: a commented `mission.toml` and empty input files to fill in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corridors.errors import OutputError, UsageError
from corridors.rules import Rules

_HEAD = """\
# A corridors mission. Lines that begin with # are comments; take the # away from what you need.
title = "Untitled mission"
# as_of = 2026-11-23T06:00:00Z         # needed: the moment planned for, with its offset
# timezone = "Asia/Beirut"             # the zone of times without an offset, and of dates alone
# max_age_hours = 48                   # newest incident report older than this: stop (exit 5)
# valid_hours = 24                     # documents say EXPIRED so long after as_of

[inputs]                               # paths relative to this folder, never outside it
roads = "roads.osm.pbf"                # also .osm(.gz, .bz2) .graphml .gpkg .geojson .parquet .shp
zones = "zones.geojson"                # optional: declared zones; also .csv .gpkg .kml .xlsx
incidents = ["incidents.csv"]          # one or many; also .geojson .gpkg .kml .xlsx; feeds: ACLED ...
# road_reports = "road_reports.csv"    # the state of roads and bridges, with limits; feeds too
sites = "sites.csv"                    # depots, destinations and other sites; role per row
# depots = "depots.csv"                # a sites file in which every row is a depot

# [[acknowledge]]                      # answer for a dangerous state; printed on every output
# code = "no-active-incident"
# reason = "ceasefire day 3, confirmed by both focal points"
# by = "duty officer"

# [producer]                           # who answers for the plan: printed on its documents
# name = "Logistics coordination cell"
# contact = "logistics@example.org"
# words = { internal = "Strictly confidential", partners = "Restricted" } # names of your levels

# The rules, with their defaults.
# Rules for incidents may differ by kind, in a table such as [rules.incidents.by_kind.shelling].

"""
_FILES = {
    "incidents.csv": "incident_id,kind,occurred_at,occurred_until,reported_at,lat,lon,accuracy_m,verification,structure,source\n",
    "sites.csv": "site_id,role,name,name_ar,pcode,people,need_t,stock_t,lat,lon\n",
    "zones.geojson": json.dumps({"type": "FeatureCollection", "features": []}) + "\n",
}
MEANINGS: Mapping[str, str] = {
    "radius_m": "closes roads this near, plus accuracy_m of the report",
    "look_back_days": "active until this long after it ended",
    "min_verification": "reported, corroborated or verified; what is less sure closes nothing",
    "max_accuracy_m": "a report vaguer than this closes nothing, and is listed",
    "half_life_days": "exposure halves in this time",
    "exposure_reach_ratio": "exposure falls to 0 at this many radiuses",
    "weight_reported": "exposure, next to 1 of a verified report",
    "weight_corroborated": "exposure, next to 1 of a verified report",
    "on_bridge_m": "this near to a bridge is on it, and closes what passes under it too",
    "within_m": "reports of one happening lie this near, beyond the larger accuracy_m",
    "within_hours": "and this near in time, from the end of one to the beginning of the other",
    "max_window_days": "a report that spans more is fused with nothing",
    "alike": "kinds that one happening may be told as",
    "close": "zones of these kinds close what they touch; restricted is another",
    "match_m": "a road report this near to a road, plus its accuracy_m, may mean it",
    "name_reach_m": "where none is so near, one of the name reported is looked for this far",
    "across_deg": "a road this near to square to northbound runs across: closed both ways",
    "use_unknown": "true: roads of unknown state are driven too",
    "assume_unreported": "what a road is that no report speaks of: PASSABLE or UNKNOWN",
    "max_piece_m": "longer roads are divided, and closed piece by piece",
    "join_ends_m": "line ends this near meet, in files without nodes",
    "pairs": '"nearest": each destination from its nearest depot; "all": from every depot',
    "alternates": "besides the primary",
    "max_shared": "share of its length that an alternate may share with a better corridor",
    "max_shared_exposure": "the same for exposure to the same incidents; preferred, not required",
    "local_optimality_ratio": "no detour within this share of the primary's cost",
    "max_stretch_ratio": "an alternate may cost this many times the primary",
    "exposure_weight": "cost = minutes * (1 + exposure_weight * exposure)",
    "max_snap_m": "a site farther than this from every road is an error",
    "gross_weight_t": "of the heaviest vehicle",
    "height_m": "of the highest vehicle",
    "top_speed_kph": "of the convoy on a good road",
    "grid_m": "depots are shown to parties as a cell of this size, and corridors outside it",
    "length_step_m": "lengths shown to parties are rounded up to this",
    "duration_step_min": "and driving times to this",
    "firms_pixel_share": "accuracy of a hotspot, as a share of the diagonal of its pixel",
    "firms_min_confidence": "0 to 100; a hotspot less sure is set aside",
    "first_image_days": "UNOSAT: damage of the first image is at most this old, or so it is taken",
}
"""What each rule does, in the few words that fit beside it; the reasons for the defaults stand in
`corridors.rules`."""
_TABLES = {
    "speed_kph": "speed where none is tagged, by highway class; only these classes are read",
    "surface_kph": "at most, by surface",
    "shelf_life_days": "how long a report that a road may be used is relied upon, by kind",
    "precision": "what the codes of sources mean in metres and days",
    "acled_m": "geo_precision of ACLED, in metres",
    "acled_days": "time_precision of ACLED, days either side",
    "ucdp_m": "where_prec of UCDP GED, in metres",
    "ucdp_days": "date_prec of UCDP GED, days spanned at least",
    "words_m": "words for how exact a place is, in metres; more may be added",
    "imagery_m": "what is drawn on satellite images, in metres",
    "hotline_m": "what a caller said, in metres",
}


def write_mission(folder: str | Path, *, force: bool = False) -> list[Path]:
    """Write `mission.toml` and empty inputs into `folder`, and give back their paths.

    Raises
    ------
    UsageError
        One of the files exists and `force` is not set; nothing is written then.
    OutputError
        The folder cannot be written to.
    """
    target = Path(folder)
    files = {"mission.toml": render_mission(), **_FILES}
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is not a folder; name another")
    if there := [name for name in files if (target / name).exists() and not force]:
        raise UsageError(f"{target} holds {', '.join(there)} already; say --force to replace")
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (target / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{target} could not be written: {error}") from error
    return [target / name for name in files]


def render_mission() -> str:
    """The text of a new `mission.toml`; every rule stands in it as a comment, with its default and
    what it does.

    >>> [line for line in render_mission().splitlines() if "alternates" in line]
    ['# alternates = 2                       # besides the primary']
    """
    return _HEAD + "\n".join(_rule_lines("rules", Rules().as_tables()))


def _rule_lines(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table and its tables, each value a comment."""
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if values:
        heading = f"[{name}]"
        meaning = _TABLES.get(name.rpartition(".")[2], "")
        yield f"{heading:<38} # {meaning}" if meaning else heading
        for key, value in values.items():
            line = f"# {key} = {json.dumps(value)}"
            yield f"{line:<38} # {MEANINGS[key]}" if key in MEANINGS else line
        yield ""
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _rule_lines(f"{name}.{key}", value)
