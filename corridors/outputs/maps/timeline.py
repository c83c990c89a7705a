"""When what is on the map holds: since when and until when, in minutes from the moment planned for."""

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

MOST_HOURS = 60 * 24
"""How far the slider goes either way: what began a year ago is not worth a step of half a day."""


def tell_minutes(
    moment: datetime | pd.Timestamp, release: Release, *, up: bool = False
) -> int | None:
    """Whole minutes from the moment planned for, down or up, so that nothing holds shorter than it
    does; None where there is none.
    """
    if pd.isna(moment):
        return None
    minutes = (moment - pd.Timestamp(release.as_of)).total_seconds() / 60
    return math.ceil(minutes) if up else math.floor(minutes)


def find_spans(release: Release) -> dict[str, Span]:
    """From when until when each incident closes roads, by what is known; those that never do are
    not there.

    An incident is told of by reports; it closes roads from the first of them that counts until the
    last.
    """
    reports = release.table("reports")
    reports = reports[reports["incident_status"].isin([ACTIVE, EXPIRED, FUTURE])]
    if reports.empty or "incidents" not in release.rules:
        return {}
    look_back = pd.to_timedelta(
        reports["kind"].map(
            {kind: _of(release, kind, "look_back_days") for kind in INCIDENT_KINDS}
        ),
        unit="D",
    )
    ends = reports["occurred_until"].fillna(reports["occurred_at"]) + look_back
    told = pd.DataFrame(
        {"incident": reports["incident_id"], "since": reports["occurred_at"], "until": ends}
    ).groupby("incident")
    return {
        str(incident): [tell_minutes(since, release), tell_minutes(until, release, up=True)]
        for incident, since, until in zip(
            told.groups, told["since"].min(), told["until"].max(), strict=True
        )
    }


def find_range(release: Release, spans: Iterable[Span]) -> list[int] | None:
    """The first and last hour, from the moment planned for, at which something begins or ends to
    hold.

    None where no time of anything that closes roads is told: another moment would look like this
    one.
    """
    areas, zones, spans = release.table("closure_areas"), release.table("zones"), list(spans)
    if not spans and not areas["active_until"].notna().any():
        return None
    ends = [
        tell_minutes(moment, release)
        for moment in [*areas["active_until"], *zones["valid_from"], *zones["valid_to"]]
    ]
    hours = [
        minutes / 60
        for minutes in [*ends, *(end for span in spans for end in span)]
        if minutes is not None
    ]
    first, last = math.floor(min([*hours, 0.0])) - 1, math.ceil(max([*hours, 0.0])) + 1
    if not spans:
        first = 0  # what was before is not told to whom only closure areas are
    return [max(first, -MOST_HOURS), min(last, MOST_HOURS)]


def list_reaches(release: Release) -> dict[str, dict[str, Any]] | None:
    """By kind of incident what a new report of it would do: metres of radius, the vaguest that
    closes, days, whether one report is enough.

    None where the rules are not told.
    """
    if "incidents" not in release.rules:
        return None
    ranks = {word: place for place, word in enumerate(VERIFICATIONS)}
    return {
        kind: {
            "radius_m": _of(release, kind, "radius_m"),
            "max_accuracy_m": _of(release, kind, "max_accuracy_m"),
            "look_back_days": _of(release, kind, "look_back_days"),
            "enough": ranks["reported"] >= ranks[_of(release, kind, "min_verification")],
        }
        for kind in INCIDENT_KINDS
    }


def _of(release: Release, kind: str, rule: str) -> Any:
    """A rule for incidents as it is for one kind of them."""
    rules = release.rules["incidents"]
    return rules.get("by_kind", {}).get(kind, {}).get(rule, rules[rule])
