"""What the places and causes of a release are called, and which corridors lead where."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

import pandas as pd
import shapely

from corridors.assessment.cut_off import NO_ROAD, OWN_ROAD
from corridors.evidence.conditions import UNREPORTED
from corridors.locales import Locale
from corridors.locales.bidi import isolate_name
from corridors.messages import Message
from corridors.release import Release
from corridors.release.reasons import Reasons
from corridors.situation import is_in_force
from corridors.tables import NOT_PASSABLE


def _layer(name: str) -> cached_property[Any]:
    """A layer, with what is withheld filled in when it is first asked for: most who name want few
    of them.
    """
    return cached_property(lambda self: self.release.table(name))


class Labels:
    """The names in one release, in one language: looked up once. Columns withheld are empty."""

    def __init__(self, release: Release, locale: Locale) -> None:
        """Take the release, and the words that it is told in."""
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
        """Whether each zone is in force at the moment planned for, as when it was planned."""
        return is_in_force(self.zones, self.release.as_of)

    @cached_property
    def unreached(self) -> tuple[str, ...]:
        """The sites and zones that no corridor reaches: first those of which it is told why."""
        return tuple(
            dict.fromkeys(map(str, [*self.cut_off.index, *self.sites.index[self.sites["cut_off"]]]))
        )

    @property
    def title(self) -> str:
        """The mission's title, or the general one where it has none or it is withheld."""
        return self.release.title or self.locale["marking.title"]

    @property
    def demonstration(self) -> str:
        """That incidents are invented, and how many where that may be told; nothing where none is."""
        release = self.release
        if not release.invented or self.incidents.empty:
            return self.locale["marking.demonstration"] if release.invented else ""
        return self.locale.format(
            "marking.invented", some=release.invented, all=len(self.incidents)
        )

    @property
    def doubts(self) -> list[str]:
        """What the plan was made in spite of, a sentence each, with the reason and who answers for
        it where those are told.
        """
        told = []
        for said in self.release.acknowledgements:
            why = "; ".join(part for part in (said.reason, said.by) if part)
            told.append(
                self.locale.format(
                    "marking.doubt",
                    what=f"{self.locale.name('doubt', said.code)}{f' ({why})' if why else ''}",
                )
            )
        return told

    def place(self, place_id: str) -> tuple[str, str, shapely.Geometry]:
        """Name, Arabic name and shape of a site or zone; its id where it has no name."""
        name, name_ar, shape = self.places.get(place_id, ("", "", shapely.Point()))
        return name or place_id, name_ar, shape

    def km(self, metres: float) -> str:
        """Kilometres to the tenth; as they are told where that is in steps, which must not be
        rounded once more.
        """
        return (
            f"{metres / 1000:g}"
            if self.release.audience in ("parties", "public")
            else f"{metres / 1000:.1f}"
        )

    def label(self, place_id: str) -> str:
        """The one name of a site or zone that fits the language: the Arabic one in Arabic, where
        there is one.
        """
        name, name_ar, _ = self.place(place_id)
        return name_ar if self.locale.lang == "ar" and name_ar else name

    def render(self, message: Message) -> str:
        """The sentence of a message, with places by their names."""
        return self.locale.render(message, lambda place: isolate_name(self.label(place)))

    def cause(self, cause_type: str, cause_id: str) -> str:
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
            said = locale.format("cause.one_report", kind=kind, id=cause_id)
            return (
                said
                if pd.isna(day)
                else locale.format("cause.of_day", what=said, day=f"{day:%Y-%m-%d}")
            )
        if (cause_type, cause_id) == ("road_report", UNREPORTED):
            return locale["cause.unreported"]
        if cause_type == "vehicle" and cause_id in locale.texts["vehicle"]:
            return locale[f"vehicle.{cause_id}"]
        return f"{locale.name('cause_type', cause_type)} {cause_id}"

    def tell_cause(self, cause: str) -> str:
        """A cause as "type:id" in words; what kind it is where the id is withheld."""
        kind, colon, cause_id = cause.partition(":")
        return self.cause(kind, cause_id) if colon else self.locale.name("cause", kind)

    def causes(self, kinds: tuple[str, ...]) -> str:
        """Kinds of cause in words, one after the other."""
        return words_join([self.locale.name("cause", kind) for kind in kinds], self.locale)

    @cached_property
    def reasons(self) -> Reasons:
        """Why roads are not passable."""
        return Reasons(self)

    def distance(self, metres: float) -> str:
        """Metres or kilometres, rounded down; empty where unknown."""
        return self.locale.distance(metres)

    def _list_causes(self, causes: tuple[str, ...]) -> str:
        """Causes as "type:id" in words: each type of them once, with the ids that say something."""
        ids: dict[str, list[str]] = {}
        for kind, _, cause_id in (cause.partition(":") for cause in causes):
            unreported = (kind, cause_id) == ("road_report", UNREPORTED)
            ids.setdefault("unreported" if unreported else kind, []).extend(
                [] if unreported or kind == "vehicle" else [cause_id]
            )
        told = {self.locale.name("cause", kind): ", ".join(listed) for kind, listed in ids.items()}
        return words_join(
            [f"{kind} ({listed})" if listed else kind for kind, listed in told.items()], self.locale
        )

    def say_cut_off(self, site_id: str) -> str:
        """Why a place is cut off: the reason as it was worked out, or by kinds of cause where that
        is withheld.
        """
        row = self.cut_off.loc[site_id]
        if row["reason"] and self.locale.lang == "en":
            return f"{row['reason'][:1].upper()}{row['reason'][1:].rstrip('.')}."
        if row["reason"]:
            return self._tell_cut_off(site_id, row)
        if not row["blocked_by"]:
            return self.locale["cut_off.no_road"]
        return self.locale.format("cut_off.closed", causes=self.causes(row["blocked_by"]))

    def _tell_cut_off(self, site_id: str, row: pd.Series) -> str:
        """The reason as it was worked out, in another language than that of the plan: told from
        what it is of.
        """
        locale, reason = self.locale, row["reason"]
        own = self.sites["segment_id"].get(site_id, "")
        if reason.startswith(NO_ROAD):
            parts = [locale["cut_off.no_road"]]
        elif reason.startswith(OWN_ROAD) and own in self.segments.index:
            parts = [
                locale.format(
                    "cut_off.own_road",
                    road=self.segments.at[own, "name"] or own,
                    reason=self.reasons.tell(own),
                )
            ]
        else:
            parts = [locale.format("cut_off.closed", causes=self._list_causes(row["blocking"]))]
        if not row["smallest_set"] and not reason.startswith(NO_ROAD):
            parts.append(locale["cut_off.too_many"])
        if away := self.distance(row["reachable_within_m"]):
            parts.append(locale.format("cut_off.nearest", distance=away))
        return " ".join(parts)


def words_join(parts: list[str], locale: Locale) -> str:
    """Parts of a list as a language joins them.

    >>> from corridors.locales import read_locale
    >>> words_join(["a", "b", "c"], read_locale("en"))
    'a, b and c'
    """
    return (
        parts[0]
        if len(parts) == 1
        else f"{locale['comma'].join(parts[:-1])}{locale['and']}{parts[-1]}"
        if parts
        else ""
    )
