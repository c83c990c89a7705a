"""mission.toml, and what the files are on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from corpus.case import (
    STRIKE,
    TOWN,
    accept,
    as_csv,
    count_not,
    mission,
    read_from,
    refuse,
    report,
    stop,
)

GOOD = mission()
STRIKES = as_csv(STRIKE)


def rules(text: str, part: str = "incidents") -> str:
    return mission(tail=f"[rules.{part}]\n{text}")


def link_to(target: str):  # type: ignore[no-untyped-def]
    return lambda path: path.symlink_to(target)


def outside(path: Path) -> None:
    """A link to a file beside the mission folder."""
    beside = path.parent.parent / "strikes.csv"
    beside.write_text(STRIKES, encoding="utf-8")
    path.symlink_to(beside)


def beside(path: Path) -> None:
    (path.parent.parent / "strikes.csv").write_text(STRIKES, encoding="utf-8")


def said_of(text: str) -> str:
    """A mission that says more of its strikes."""
    return mission(f'[{{ path = "strikes.csv", {text} }}, "other.csv"]')


FILES = [
    refuse("a folder named as a file", "unreadable-file", strikes=lambda path: path.mkdir()),
    refuse("a pipe named as a file", "unreadable-file", strikes=os.mkfifo),
    refuse("a link to itself", "unreadable-file", strikes=link_to("strikes.csv")),
    refuse("a link to nothing", "missing-file", strikes=link_to("nothing.csv")),
    accept("a link within the folder", strikes=link_to("real.csv"), real=STRIKES),
    refuse("a link out of the folder", "outside-folder", strikes=outside),
    refuse("a path out of the folder", "outside-folder", mission=read_from("../strikes.csv"), strikes=beside),
    refuse("a path from the root", "outside-folder", mission=read_from("/etc/hostname")),
    accept("a path through a folder and back", mission=read_from("sub/../strikes.csv"), sub=lambda path: path.with_suffix("").mkdir()),
    refuse("an address on the network", "missing-file", mission=read_from("https://example.org/strikes.csv")),
    refuse("a file that is not there", "missing-file", mission=read_from("strikes2.csv")),
    refuse("a name in other letters", "missing-file", mission=read_from("Strikes.csv")),
    refuse("a blank name", "bad-value", mission=read_from("")),
    refuse("a name with a NUL", "control-character", mission=read_from("strikes\\u0000.csv")),
    refuse("a road file that is a folder", "not-a-file", roads=lambda path: path.mkdir()),
    report("a file named twice", "note.rows_repeated_elsewhere", mission=mission('["strikes.csv", "strikes.csv", "other.csv"]')),
    refuse("no mission.toml", "missing-file", mission=lambda _: None),
    refuse("a mission.toml that is a folder", "unreadable-file", mission=lambda path: path.mkdir()),
]  # fmt: skip

KEYS = [
    stop("no incidents named", "no-active-incident", mission=mission("")),
    stop("an empty list of incidents", "no-active-incident", mission=mission("[]")),
    refuse("the incidents under a key misspelt", "unknown-key", mission=mission("").replace("sites =", 'incident = "strikes.csv"\nsites =')),
    refuse("the incidents outside their table", "unknown-key", mission='incidents = "strikes.csv"\n' + mission("")),
    refuse("a key said twice", "broken-toml", mission=GOOD.replace("[inputs]", '[inputs]\nroads = "x.geojson"')),
    refuse("text without quotation marks", "broken-toml", mission=GOOD.replace('"Corpus"', "Corpus")),
    refuse("a mission cut short", "broken-toml", mission=GOOD.partition("other.csv")[0]),
    refuse("a mission in UTF-16", "bad-encoding", mission=GOOD.encode("utf-16")),
    refuse("a mission in Windows-1256", "bad-encoding", mission=GOOD.replace("Corpus", "صور").encode("cp1256")),
    accept("a mission with a mark of the byte order", mission="\ufeff" + GOOD),
    refuse("an empty mission", "missing-key missing-as-of", mission=""),
    refuse("a mission as YAML", "broken-toml", mission="title: Corpus\n"),
    refuse("a mission of two megabytes", "too-large", mission="#" * 2_000_000),
    refuse("a title that is a number", "bad-value", mission=GOOD.replace('"Corpus"', "7")),
    refuse("no moment", "missing-as-of", mission=GOOD.replace("as_of", "# as_of")),
    refuse("a moment without an offset", "naive-time", mission=GOOD.replace("06:00:00Z", "06:00:00")),
    refuse("a moment that is a day", "naive-time", mission=GOOD.replace("T06:00:00Z", "")),
    refuse("a moment in words", "bad-time", mission=GOOD.replace("2026-11-23T06:00:00Z", '"tomorrow"')),
    stop("a moment of next year", "no-active-incident", mission=GOOD.replace("2026-11-23T", "2027-11-23T")),
    stop("a moment of last year", "no-active-incident", mission=GOOD.replace("2026-11-23T", "2025-11-23T")),
    refuse("a time zone that is not known", "unknown-timezone", mission=mission(top='timezone = "Beirut"')),
    refuse("an offset as a time zone", "unknown-timezone", mission=mission(top='timezone = "+02:00"')),
    refuse("an age in quotation marks", "bad-value", mission=mission(top='max_age_hours = "48"')),
    refuse("an age of nothing", "bad-value", mission=mission(top="max_age_hours = 0")),
    refuse("an age that is not a number", "bad-value", mission=mission(top="max_age_hours = nan")),
    refuse("roads in a list", "bad-value", mission=GOOD.replace('roads = "roads.geojson"', 'roads = ["roads.geojson"]')),
    refuse("a number as a file", "bad-value", mission=mission("[7]")),
    refuse("no roads named", "missing-key", mission=GOOD.replace('roads = "roads.geojson"', "")),
    refuse("a format that is not known", "unknown-format", mission=said_of('format = "acleed"')),
    refuse("a format that the file does not have", "not-this-feed", mission=said_of('format = "firms"')),
    refuse("an order of dates that is not known", "bad-value", mission=said_of('dates = "mm/dd/yy"')),
    refuse("a declared time without an offset", "naive-time", mission=said_of("declared_at = 2026-11-23T05:00:00")),
    refuse("a key of a file that is not known", "unknown-key", mission=said_of('declared = "x"')),
    refuse("an acknowledgement of what cannot be acknowledged", "unknown-code", mission=mission(tail='[[acknowledge]]\ncode = "latlon-exchanged"\nreason = "a"\nby = "b"')),
    refuse("an acknowledgement without a name", "bad-value", mission=mission("", tail='[[acknowledge]]\ncode = "no-active-incident"\nreason = "quiet"'), roads=str(TOWN["roads.geojson"])),
    count_not("a strike file that is empty, and someone's word for it", "note.no_rows",
              mission=mission('"strikes.csv"', tail='[[acknowledge]]\ncode = "no-active-incident"\nreason = "quiet"\nby = "duty officer"'), strikes=STRIKES.partition("\n")[0]),
    stop("only a strike in another country", "no-incident-in-area", mission=mission('"strikes.csv"'), strikes=STRIKES.replace("35.02", "45.02")),
    stop("every strike on the wrong side of the equator", "no-incident-in-area", mission=mission('"strikes.csv"'), strikes=STRIKES.replace("33.0", "-33.0")),
]  # fmt: skip

RULES = [
    refuse("a radius in quotation marks", "bad-rule", mission=rules('radius_m = "1000"')),
    refuse("a radius of nothing", "bad-rule", mission=rules("radius_m = 0")),
    refuse("a negative radius", "bad-rule", mission=rules("radius_m = -1000")),
    refuse("a radius that is not a number", "bad-rule", mission=rules("radius_m = nan")),
    refuse("a radius without end", "bad-rule", mission=rules("radius_m = inf")),
    refuse("a radius that is true", "bad-rule", mission=rules("radius_m = true")),
    refuse("a radius in kilometres", "unknown-key", mission=rules("radius_km = 1")),
    report("a radius of one metre, which may mean kilometres", "remark.small_radius", mission=rules("radius_m = 1")),
    refuse("a rule for a kind that is not known", "unknown-key", mission=rules("radius_m = 1500", "incidents.by_kind.airstrike")),
    refuse("a rule misspelt", "unknown-key", mission=rules("look_back_day = 3")),
    refuse("a negative look-back", "bad-rule", mission=rules("look_back_days = -1")),
    refuse("a kind of zone to close that is not known", "bad-rule", mission=rules('close = ["nogo"]', "zones")),
    refuse("a kind of zone to close without a list", "bad-rule", mission=rules('close = "no_go"', "zones")),
    refuse("a verification that is not known", "bad-rule", mission=rules('min_verification = "sure"')),
    refuse("a vagueness that would close a district", "bad-rule", mission=rules("max_accuracy_m = 100000")),
    refuse("a district made a point", "bad-rule", mission=rules("3 = 100", "precision.acled_m")),
    refuse("a vehicle in quotation marks", "bad-rule", mission=rules('gross_weight_t = "20"', "vehicle")),
    refuse("a vehicle in kilogrammes", "unknown-key", mission=rules("gross_weight_kg = 20000", "vehicle")),
    refuse("a vehicle without weight", "bad-rule", mission=rules("gross_weight_t = 0", "vehicle")),
    refuse("half an alternate", "bad-rule", mission=rules("alternates = 1.5", "routing")),
    refuse("a share above one", "bad-rule", mission=rules("max_shared = 50", "routing")),
    refuse("rules that are no table", "bad-value", mission='rules = "default"\n' + GOOD),
]  # fmt: skip

CASES = [*FILES, *KEYS, *RULES]
