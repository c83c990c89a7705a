"""A new mission folder: a commented `mission.toml` and empty input files to fill in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corridors.errors import OutputError, UsageError
from corridors.locales import Locale, read_locale
from corridors.messages import Message
from corridors.rules import Rules

_FILES = {
    "incidents.csv": (
        "incident_id,kind,occurred_at,occurred_until,reported_at,lat,lon,accuracy_m,verification,"
        "structure,source\n"
    ),
    "sites.csv": "site_id,role,name,name_ar,pcode,people,need_t,stock_t,lat,lon\n",
    "zones.geojson": json.dumps({"type": "FeatureCollection", "features": []}) + "\n",
}


def write_mission(folder: str | Path, *, language: str = "en", force: bool = False) -> list[Path]:
    """Write `mission.toml` and empty inputs into `folder`, and return their paths.

    Parameters
    ----------
    folder
        The new mission.
    language
        The language of the comments: one of `corridors.locales.LANGUAGES`.
    force
        Replace existing files.

    Raises
    ------
    UsageError
        One of the files exists and `force` is not set; then nothing is written. Fix: set `force`,
        or name another folder.
    OutputError
        The folder cannot be written to.
    """
    target = Path(folder)
    files = {"mission.toml": render_mission(language), **_FILES}
    if target.exists() and not target.is_dir():
        raise UsageError(Message("usage.not_a_folder", path=str(target)))
    existing = tuple(name for name in files if (target / name).exists())
    if existing and not force:
        raise UsageError(Message("usage.files_exist", path=str(target), names=existing))
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (target / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        message = Message("output.mission_not_written", path=str(target), text=str(error))
        raise OutputError(message) from error
    return [target / name for name in files]


def render_mission(language: str = "en") -> str:
    """The text of a new `mission.toml`, with every rule as a comment, its default and its meaning.

    >>> [line for line in render_mission().splitlines() if "alternates" in line]
    ['# alternates = 2                       # alternates per primary']
    """
    locale = read_locale(language)
    lines = _rule_lines(locale, "rules", Rules().as_tables())
    return "\n".join([locale["template.head"], *lines])


def _rule_lines(locale: Locale, name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table and of its tables, each value as a comment."""

    def comment(line: str, key: str) -> str:
        return f"{line:<38} # {locale[key]}" if key in locale else line

    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if values:
        yield comment(f"[{name}]", f"rule_table.{name.rpartition('.')[2]}")
        for key, value in values.items():
            yield comment(f"# {key} = {json.dumps(value)}", f"rule_meaning.{key}")
        yield ""
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _rule_lines(locale, f"{name}.{key}", value)
