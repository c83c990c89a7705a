"""A new mission folder: a commented `mission.toml` and empty input files to fill in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corridors.errors import OutputError, UsageError
from corridors.rules import Rules

_HEAD = """\
# A corridors mission. Lines that begin with # are comments; those under [rules] show the defaults.
title = "Untitled mission"
as_of = 2026-01-01T00:00:00Z           # the moment planned for, with its offset; --as-of overrides it
# timezone = "Asia/Beirut"             # the zone of times without an offset, and of dates alone
# max_age_hours = 48                   # newest incident report older than this: stop (exit 5)

[inputs]                               # paths relative to this folder, never outside it
roads = "roads.osm.pbf"                # .osm.pbf .osm .osm.gz .osm.bz2 .graphml .gpkg .geojson .parquet .shp
zones = "zones.geojson"                # optional: declared zones
incidents = ["incidents.csv"]          # one or many
sites = "sites.csv"                    # depots, destinations and other sites; role per row
# depots = "depots.csv"                # a sites file in which every row is a depot

# [[acknowledge]]                      # answer for a dangerous but plausible state; printed on every output
# code = "no-active-incident"
# reason = "ceasefire day 3, confirmed by both focal points"
# by = "duty officer"
"""
_FILES = {
    "incidents.csv": "incident_id,kind,occurred_at,occurred_until,reported_at,lat,lon,accuracy_m,verification,structure,source\n",
    "sites.csv": "site_id,role,name,name_ar,pcode,people,need_t,stock_t,lat,lon\n",
    "zones.geojson": json.dumps({"type": "FeatureCollection", "features": []}) + "\n",
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
    """The text of a new `mission.toml`; every rule stands in it as a comment, with its default.

    >>> "# radius_m = 1000.0" in render_mission()
    True
    """
    return _HEAD + "\n" + "\n".join(_rule_lines("rules", Rules().as_tables()))


def _rule_lines(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table and its tables, each value a comment."""
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if values:
        yield f"[{name}]"
        yield from (f"# {key} = {json.dumps(value)}" for key, value in values.items())
        yield ""
    for key, value in table.items():
        if isinstance(value, Mapping) and value and not key.endswith("_kph"):
            yield from _rule_lines(f"{name}.{key}", value)
