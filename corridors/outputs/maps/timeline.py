"""The times from which and until which things apply, in minutes from the plan's reference time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pandas as pd

from corridors.evidence.status import ACTIVE, EXPIRED, FUTURE
from corridors.release import Release
from corridors.tables import INCIDENT_KINDS, VERIFICATIONS

Span = list[int | None]

MAX_HOURS = 60 * 24
"""The range of the slider in both directions."""


def count_minutes(
    moment: datetime | pd.Timestamp, release: Release, *, up: bool = False
) -> int | None:
    """Whole minutes from the plan's reference time, rounded down or up; None for no time."""
    if pd.isna(moment):
        return None
    minutes = (moment - pd.Timestamp(release.as_of)).total_seconds() / 60
    return math.ceil(minutes) if up else math.floor(minutes)


def find_spans(release: Release) -> dict[str, Span]:
    """The times from which and until which each incident closes roads, as far as known.

    An incident closes roads from the first to the last of its reports that are active, expired or
    in the future. Other incidents are left out.
    """
    reports = release.table("reports")
    reports = reports[reports["incident_status"].isin([ACTIVE, EXPIRED, FUTURE])]
    if reports.empty or "incidents" not in release.rules:
        return {}
    look_back = pd.to_timedelta(
        reports["kind"].map(
            {kind: _read_rule(release, kind, "look_back_days") for kind in INCIDENT_KINDS}
        ),
        unit="D",
    )
    ends = reports["occurred_until"].fillna(reports["occurred_at"]) + look_back
    spans = pd.DataFrame(
        {"incident": reports["incident_id"], "since": reports["occurred_at"], "until": ends}
    ).groupby("incident")
    return {
        str(incident): [count_minutes(since, release), count_minutes(until, release, up=True)]
        for incident, since, until in zip(
            spans.groups, spans["since"].min(), spans["until"].max(), strict=True
        )
    }


def find_range(release: Release, spans: Iterable[Span]) -> list[int] | None:
    """The first and last hour, from the plan's reference time, at which something starts or ends.

    None where all times are withheld, because every moment would look the same.
    """
    areas, zones, spans = release.table("closure_areas"), release.table("zones"), list(spans)
    if not spans and not areas["active_until"].notna().any():
        return None
    ends = [
        count_minutes(moment, release)
        for moment in [*areas["active_until"], *zones["valid_from"], *zones["valid_to"]]
    ]
    hours = [
        minutes / 60
        for minutes in [*ends, *(end for span in spans for end in span)]
        if minutes is not None
    ]
    first, last = math.floor(min([*hours, 0.0])) - 1, math.ceil(max([*hours, 0.0])) + 1
    if not spans:
        first = 0  # closure areas have an end only
    return [max(first, -MAX_HOURS), min(last, MAX_HOURS)]


def list_incident_rules(release: Release) -> dict[str, dict[str, Any]] | None:
    """By kind of incident, the rules that decide whether a new report closes roads.

    They are the radius and the largest uncertainty in metres, the age in days, and whether one
    report is enough. None where the rules are withheld.
    """
    if "incidents" not in release.rules:
        return None
    ranks = {word: place for place, word in enumerate(VERIFICATIONS)}
    return {
        kind: {
            "radius_m": _read_rule(release, kind, "radius_m"),
            "max_accuracy_m": _read_rule(release, kind, "max_accuracy_m"),
            "look_back_days": _read_rule(release, kind, "look_back_days"),
            "enough": ranks["reported"] >= ranks[_read_rule(release, kind, "min_verification")],
        }
        for kind in INCIDENT_KINDS
    }


def _read_rule(release: Release, kind: str, rule: str) -> Any:
    """The value of a rule for one kind of incident."""
    rules = release.rules["incidents"]
    return rules.get("by_kind", {}).get(kind, {}).get(rule, rules[rule])
