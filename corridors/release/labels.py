"""The names of the places and causes of a release, and its reasons in words."""

from __future__ import annotations

import json
from collections import Counter
from functools import cached_property
from typing import Any

import pandas as pd
import shapely

from corridors.locales import Locale
from corridors.locales.bidi import isolate_name
from corridors.messages import Message
from corridors.release import Release
from corridors.situation import is_in_force
from corridors.tables import NOT_PASSABLE, UNREPORTED


def _layer(name: str) -> cached_property[Any]:
    """A layer with empty columns where they are withheld, made when it is first asked for."""
    return cached_property(lambda self: self.release.table(name))


class Labels:
    """The names in one release, in one language, looked up once. Columns withheld are empty."""

    def __init__(self, release: Release, locale: Locale) -> None:
        """Keep the release and the language."""
        self.release, self.locale = release, locale

    segments = _layer("segments")
    incidents = _layer("incidents")
    zones = _layer("zones")
    sites = _layer("sites")
    cut_off = _layer("cut_off")
    closures = _layer("closures")
    road_reports = _layer("road_reports")

    @cached_property
    def corridors(self) -> Any:
        """The corridors, in the order of their destinations."""
        return self.release.table("corridors").sort_values(
            ["destination_id", "depot_id", "rank"], kind="stable"
        )

    @cached_property
    def places(self) -> dict[str, tuple[str, str, shapely.Geometry]]:
        """Name, Arabic name and shape of every site and zone."""
        return {
            str(place): (name, name_ar, shape)
            for table in (self.zones, self.sites)
            for place, name, name_ar, shape in zip(
                table.index, table["name"], table["name_ar"], table.geometry, strict=True
            )
        }

    @cached_property
    def closed(self) -> pd.Series:
        """Which segments are closed."""
        return self.segments["status"] == NOT_PASSABLE

    @cached_property
    def closed_by(self) -> Counter[tuple[str, str]]:
        """How many segments each cause closes."""
        return Counter(zip(self.closures["cause_type"], self.closures["cause_id"], strict=True))

    @cached_property
    def in_force(self) -> pd.Series:
        """Whether each zone is in force at the plan's reference time."""
        return is_in_force(self.zones, self.release.as_of)

    @cached_property
    def unreached(self) -> tuple[str, ...]:
        """The sites and zones that no corridor reaches, those with a known reason first."""
        return tuple(
            dict.fromkeys(map(str, [*self.cut_off.index, *self.sites.index[self.sites["cut_off"]]]))
        )

    @property
    def title(self) -> str:
        """The mission's title, or the general one where it has none or it is withheld."""
        return self.release.title or self.locale["marking.title"]

    @property
    def demonstration(self) -> str:
        """That incidents are invented, and how many unless that is withheld; empty for none."""
        release = self.release
        if not release.invented or self.incidents.empty:
            return self.locale["marking.demonstration"] if release.invented else ""
        return self.locale.format(
            "marking.invented", some=release.invented, all=len(self.incidents)
        )

    @property
    def doubts(self) -> list[str]:
        """The acknowledged doubts, a sentence each, with reason and name unless withheld."""
        sentences = []
        for answer in self.release.acknowledgements:
            why = "; ".join(part for part in (answer.reason, answer.by) if part)
            doubt = self.locale.name("doubt", answer.code)
            what = f"{doubt} ({why})" if why else doubt
            sentences.append(self.locale.format("marking.doubt", what=what))
        return sentences

    def place(self, place_id: str) -> tuple[str, str, shapely.Geometry]:
        """Name, Arabic name and shape of a site or zone; its id where it has no name."""
        name, name_ar, shape = self.places.get(place_id, ("", "", shapely.Point()))
        return name or place_id, name_ar, shape

    def km(self, metres: float) -> str:
        """Kilometres to the tenth; unchanged where they are rounded to steps already."""
        return (
            f"{metres / 1000:g}"
            if self.release.audience in ("parties", "public")
            else f"{metres / 1000:.1f}"
        )

    def label(self, place_id: str) -> str:
        """The name of a site or zone in this language; in Arabic the Arabic one, if any."""
        name, name_ar, _ = self.place(place_id)
        return name_ar if self.locale.lang == "ar" and name_ar else name

    def render(self, message: Message) -> str:
        """The sentence of a message, with places by their names."""
        return self.locale.render(message, lambda place: isolate_name(self.label(place)))

    def cause(self, cause_type: str, cause_id: str) -> str:  # noqa: PLR0911 - one for each type
        """A cause in words: what it is, its id, and its day or name."""
        locale = self.locale
        if cause_type == "incident" and cause_id in self.incidents.index:
            kind, day = (
                locale.name("kind", self.incidents.loc[cause_id, "kind"]),
                self.incidents.loc[cause_id, "occurred_at"],
            )
            return locale.format(
                "cause.one_incident", kind=kind, id=cause_id, day=f"{day:%Y-%m-%d}"
            )
        if cause_type == "zone" and cause_id in self.zones.index:
            name, kind = self.label(cause_id), locale.name("zone", self.zones.loc[cause_id, "kind"])
            return f"{kind} {cause_id}{f' ({name})' if name != cause_id else ''}"
        if cause_type == "road_report" and cause_id in self.road_reports.index:
            kind, day = (
                locale.name("report", self.road_reports.loc[cause_id, "kind"]),
                self.road_reports.loc[cause_id, "reported_at"],
            )
            report = locale.format("cause.one_report", kind=kind, id=cause_id)
            if pd.isna(day):
                return report
            return locale.format("cause.of_day", what=report, day=f"{day:%Y-%m-%d}")
        if (cause_type, cause_id) == ("road_report", UNREPORTED):
            return locale["cause.unreported"]
        if cause_type == "vehicle" and cause_id in locale.texts["vehicle"]:
            return locale[f"vehicle.{cause_id}"]
        return f"{locale.name('cause_type', cause_type)} {cause_id}"

    def format_cause(self, cause: str) -> str:
        """A cause as "type:id" in words; only its type where the id is withheld."""
        kind, colon, cause_id = cause.partition(":")
        return self.cause(kind, cause_id) if colon else self.locale.name("cause", kind)

    def causes(self, kinds: tuple[str, ...]) -> str:
        """Types of cause in words, one after the other."""
        return self.locale.join([self.locale.name("cause", kind) for kind in kinds])

    def reason(self, segment_id: str) -> str:
        """Why a segment is not passable; empty where it is, and where reasons are withheld."""
        return self.render_reason(*self._reasons[segment_id])

    @cached_property
    def _reasons(self) -> dict[str, tuple[str, str]]:
        columns = (self.segments[name].tolist() for name in ("reason_code", "reason_values"))
        return dict(zip(self.segments.index, zip(*columns, strict=True), strict=True))

    def render_reason(self, code: str, values: str) -> str:
        """The sentence of `reason_code` and `reason_values` of a row; empty without values."""
        return self.render(read_reason(code, values)) if values else ""

    def distance(self, metres: float) -> str:
        """Metres or kilometres, rounded down; empty where unknown."""
        return self.locale.distance(metres)

    def cut_off_reason(self, site_id: str) -> str:
        """Why a place is cut off; only by types of cause where the reason is withheld."""
        row = self.cut_off.loc[site_id]
        if not row["reason_code"]:
            kinds = tuple(Message(f"cause.{kind}") for kind in row["blocked_by"])
            known = Message("cut_off.closed", causes=kinds)
            return self.render(known if kinds else Message("cut_off.no_road"))
        messages = [read_reason(row["reason_code"], row["reason_values"])]
        if not row["smallest_set"] and row["reason_code"] != "cut_off.no_road":
            messages.append(Message("cut_off.too_many"))
        if not pd.isna(row["reachable_within_m"]):
            messages.append(Message("cut_off.nearest", distance_m=row["reachable_within_m"]))
        return " ".join(map(self.render, messages))


def read_reason(code: str, values: str) -> Message:
    """The message of a row's `reason_code` and `reason_values`.

    Where a row has several causes, its code is that of the first, and its values are those of
    "reason.several" or "reason.several_more".

    >>> read_reason("reason.unreported", "{}")
    Message('reason.unreported')
    """
    facts = json.loads(values)
    if "reasons" in facts:
        code = "reason.several_more" if "more" in facts else "reason.several"
    return Message.from_dict({"code": code, "values": facts})
