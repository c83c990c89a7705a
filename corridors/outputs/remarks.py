"""The remarks of a plan in words, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from corridors.locales import read_locale, write_share, write_time
from corridors.locales.bidi import isolate_name
from corridors.outputs.notes import tell_note
from corridors.plan import Plan
from corridors.release import Release
from corridors.release.audiences import as_seen_by
from corridors.release.labels import Labels
from corridors.remarks import Remark, Value

NAMED = 5
"""So many reports, incidents or zones are named in one remark; of the others it is said how many
there are."""
_PLACES = ("site", "depot", "destination", "zone")
_SECTIONS = {"kind": "kind", "zone_kind": "zone"}
_FIGURES: dict[str, Callable[[Any], str]] = {
    "share": write_share,
    "max_shared": write_share,
    "max_stretch": "{:g}".format,
    "newest": lambda moment: write_time(datetime.fromisoformat(moment)),
    "radius_m": "{:g} m".format,
}


def tell_remarks(plan: Plan | Release, language: str = "en") -> list[str]:
    """What a reader of the plan must know besides: a sentence each, in their order.

    Distances are rounded down and shares up. What a library had to say about a file is in English
    in every language, and said to be.

    Raises
    ------
    UsageError
        There is no such language (fix: one of en, fr, ar).

    Examples
    --------
    >>> import corridors as co
    >>> co.tell_remarks(co.plan_corridors(co.read_situation(co.demo_folder())))[0]
    'DEMO-023: dated after the moment planned for, and closing nothing.'
    """
    names = Labels(as_seen_by(plan), read_locale(language))
    return [_tell(remark, names) for remark in names.release.remarks]


def _tell(remark: Remark, names: Labels) -> str:
    told = {name: _write(name, value, names) for name, value in remark.values.items()}
    if "reason" in told:
        told["reason"] = _tell_reason(remark, names)
    return names.locale.format(f"remark.{remark.code}", **told)


def _tell_reason(remark: Remark, names: Labels) -> str:
    """Why the road of a site is closed: told of the road where it is the one that the remark is of,
    else as it stands there.
    """
    reason = str(remark.values["reason"])
    if names.locale.lang == "en":
        return reason
    own = names.sites["segment_id"].get(remark.values["site"], "")
    if own in names.segments.index and names.segments.at[own, "reason"] == reason:
        return names.reasons.tell(own)
    return names.locale.format("untold.reason", reason=reason)


def _write(name: str, value: Value, names: Labels) -> str:
    locale = names.locale
    if isinstance(value, tuple):
        named = ", ".join(value[:NAMED])
        return (
            locale.format("remark.some_more", names=named, count=len(value) - NAMED)
            if len(value) > NAMED
            else named
        )
    if name in _PLACES:
        return isolate_name(names.label(str(value)))
    if name == "note":
        return tell_note(str(value), locale) or locale.format("untold.note", note=str(value))
    if name in _SECTIONS:
        return locale.name(_SECTIONS[name], str(value))
    if name == "distance_m":
        return names.distance(float(value))
    return _FIGURES[name](value) if name in _FIGURES else str(value)
