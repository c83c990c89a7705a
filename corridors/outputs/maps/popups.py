"""What everything on the map says, in one language: titles and facts by the order in which `layers`
draws.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

import pandas as pd

from corridors.evidence.status import ACTIVE
from corridors.locales import Locale
from corridors.locales.figures import format_duration, format_share, format_time
from corridors.outputs.maps.layers import Data, list_sites
from corridors.outputs.maps.roads import Ground, number_reasons
from corridors.release import Release
from corridors.release.labels import Labels

Facts = list[list[str]]
"""Term and value."""

LEFT_TO_RIGHT = "\u200e"

SPOKEN = ("map", "kind", "status", "way", "road_class", "cause")
"""The sections of words that the page composes sentences from."""


def tell_layers(release: Release, locale: Locale, grounds: list[Ground]) -> Data:
    """What the page says in one language, by the names that its script uses;

    `grounds` as `build_layers` gives them.
    """
    return PopupContent(release, locale).tell(grounds)


class PopupContent(Labels):
    """Names and figures as one language has them."""

    def tell(self, grounds: list[Ground]) -> Data:
        """What the page says in this language."""
        return {
            "lang": self.locale.lang,
            "direction": self.locale.direction,
            "title": f"{self.title}, {self.locale.format('marking.as_of', time=self.time(self.release.as_of))}",
            "words": {section: self.locale.texts[section] for section in SPOKEN},
            "thousands": self.locale["print.thousands"],
            "grounds": [self._ground(*ground) for ground in grounds],
            "corridors": [
                self._corridor(str(corridor_id), row)
                for corridor_id, row in self.corridors.iterrows()
            ],
            "incidents": [
                self._incident(str(incident_id), row)
                for incident_id, row in self.incidents.iterrows()
            ],
            "areas": [self._area(row) for _, row in self.release.table("closure_areas").iterrows()]
            if self.incidents.empty
            else [],
            "zones": [self._zone(str(zone_id), row) for zone_id, row in self.zones.iterrows()],
            "sites": [self._site(site_id, state, row) for site_id, state, row in list_sites(self)],
            "reasons": [self.render_reason(*reason) for reason in number_reasons(self)],
        }

    def has(self, layer: str, column: str) -> bool:
        """Whether a column is told at all: what is withheld must not be told as nothing."""
        return layer in self.release.layers and column in self.release.layers[layer]

    def both(self, place_id: str) -> list[str]:
        """What a place is called in this language, and its name in the other script, if it has one."""
        name, name_ar, _ = self.place(place_id)
        if not name_ar and name == place_id and place_id in self.sites.index:
            return [f"{self.locale.name('role', self.sites.at[place_id, 'role'])} {place_id}", ""]
        main = self.label(place_id)
        other = name if main == name_ar else name_ar
        return [main, other if other != main else ""]

    def time(self, moment: datetime | pd.Timestamp | None) -> str:
        """A moment in UTC, from left to right in any language: unmarked, Arabic around it would
        turn its parts round.
        """
        text = format_time(moment)
        return f"{LEFT_TO_RIGHT}{text}" if text and self.locale.direction == "rtl" else text

    def count(self, key: str, n: int, **values: str) -> str:
        """The text of a number of things, where one of them has words of its own."""
        return self.locale.format(
            f"map.{key}_one" if n == 1 else f"map.{key}", n=self.locale.part(f"{n:,}"), **values
        )

    def number(self, value: float) -> str:
        """A figure with its thousands parted as the language parts them; nothing where unknown."""
        return self.locale.part(write_number(value))

    def tonnes(self, value: float) -> str:
        """Tonnes; nothing where unknown."""
        return self.locale.format("map.t", n=number) if (number := self.number(value)) else ""

    def _facts(self, *facts: tuple[str, str]) -> Facts:
        return [[self.locale[f"map.{key}"] if key else "", value] for key, value in facts if value]

    def _ground(
        self,
        cause_type: str,
        cause_id: str,
        rule: str,
        direction: str,
        since: pd.Timestamp,
        until: pd.Timestamp,
    ) -> list[str]:
        """Cause, rule, and time and direction of a row of the ledger, in words."""
        way = self.locale.name("way", direction)
        parts = [
            self.locale.format("map.since", time=self.time(since)) if self.time(since) else "",
            self._until(until),
            way,
        ]
        return [
            self.cause(cause_type, cause_id),
            self.locale.name("rule", rule),
            self.locale["comma"].join(part for part in parts if part),
        ]

    def _until(self, until: pd.Timestamp) -> str:
        return (
            self.locale.format("map.until", time=self.time(until))
            if self.time(until)
            else self.locale["map.further_notice"]
        )

    def _corridor(self, corridor_id: str, row: pd.Series) -> Data:
        locale, rank = self.locale, int(row["rank"])
        names = self._chokepoints(corridor_id, row)
        clearance = self.distance(row["nearest_incident_m"]) or locale["map.no_active_incident"]
        told = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
        squares = [
            place for place in (row["depot_id"], row["destination_id"]) if self._is_square(place)
        ]
        facts = self._facts(
            (
                "rank",
                f"{rank}{locale['comma']}{locale['corridor.primary' if rank == 1 else 'corridor.alternate']}",
            ),
            ("status", locale.name("status", row["status"])),
            ("length", locale.format("map.km", n=self.km(row["length_m"]))),
            (
                "driving_time",
                locale.format("map.no_stops", time=time)
                if (time := format_duration(row["duration_min"]))
                else "",
            ),
            ("clearance", clearance if self.has("corridors", "nearest_incident_m") else ""),
            (
                "unknown_or_stale",
                self._share(format_share(row["unknown_share"])) if row["unknown_share"] > 0 else "",
            ),
            ("exposure", f"{row['exposure']:.2f}" if self.has("corridors", "exposure") else ""),
            (
                "shared_with_primary",
                self._share(f"{row['shared_with_primary']:.0%}")
                if rank > 1 and self.has("corridors", "shared_with_primary")
                else "",
            ),
            ("exposed_alike", self._shared(row) if rank > 1 and row["shared_incidents"] else ""),
            (
                "chokepoints",
                (f"{len(names)}: {told}" if names else locale["map.none"])
                if self._tells_chokepoints()
                else "",
            ),
            ("for_use_until", self.time(self.release.valid_until)),
            ("corridor", corridor_id),
            ("", locale["map.square_hides"] if squares else ""),
        )
        return {
            "from": self.both(row["depot_id"]) if row["depot_id"] else ["", ""],
            "to": self.both(row["destination_id"]),
            "facts": facts,
        }

    def _is_square(self, site_id: str) -> bool:
        return site_id in self.sites.index and self.sites.geometry[site_id].geom_type == "Polygon"

    def _share(self, share: str) -> str:
        return self.locale.format("map.of_its_length", share=share)

    def _tells_chokepoints(self) -> bool:
        return self.has("corridors", "chokepoints") or "chokepoints" in self.release.layers

    def _chokepoints(self, corridor_id: str, row: pd.Series) -> list[str]:
        names = self.segments["name"]
        if row["chokepoints"]:
            return sorted({names.get(segment) or segment for segment in row["chokepoints"]})
        table = self.release.table("chokepoints")
        table = table[table["corridor_id"] == corridor_id]
        return sorted(
            {
                name or segment
                for name, segment in zip(table["name"], table["segment_id"], strict=True)
                if name or segment
            }
        )

    def _shared(self, row: pd.Series) -> str:
        """How much of an alternate's exposure the primary has too, and to what."""
        names = row["shared_incidents"]
        listed = f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}"
        return self.locale.format(
            "map.of_its_exposure", share=f"{row['shared_exposure']:.0%}", incidents=listed
        )

    def _incident(self, incident_id: str, row: pd.Series) -> Data:
        locale, incident_status = self.locale, row["incident_status"]
        active = incident_status == ACTIVE
        closes = self.closed_by["incident", incident_id]
        when, until = self.time(row["occurred_at"]), self.time(row["occurred_until"])
        accuracy = locale.format("map.m", n=str(math.ceil(row["accuracy_m"])))
        reach = locale.format(
            "map.reach_and_accuracy",
            reach=locale.format("map.m", n=str(math.ceil(row["effective_radius_m"]))),
            accuracy=accuracy,
        )
        facts = self._facts(
            ("counts_as", locale.name("incident_status", incident_status)),
            (
                "occurred",
                when
                if when == until or not until
                else locale.format("map.from_to", start=when, end=until),
            ),
            ("reported", self.time(row["reported_at"])),
            ("verification", locale.name("verification", row["verification"])),
            *self._evidence(row),
            ("structure", self._structure(row["structure"])),
            ("closes_within", reach if active else ""),
            ("closes", self.count("segments", closes) if active else locale["map.nothing"]),
            ("uncertain_by", "" if active else accuracy),
            ("source", row["source"]),
            ("incident", incident_id),
        )
        kind = locale.name("kind", row["kind"])
        day = f"{row['occurred_at'].day} {locale.texts['months'][row['occurred_at'].month - 1]}"
        return {
            "kind": f"{kind[:1].upper()}{kind[1:]}",
            "incident_status": locale.name("incident_status_of_one", incident_status),
            "day": day,
            "facts": facts,
        }

    def _structure(self, text: str) -> str:
        """What was struck, as the report has it; in the language where it is a sentence of our own
        readers.
        """
        return str(self.locale.texts["seen"].get(re.sub(r"\W+", "_", text), text))

    def _evidence(self, row: pd.Series) -> list[tuple[str, str]]:
        """Which reports tell of an incident, and of how many sources."""
        if len(row["reports"]) < 2:
            return []
        reports = self.release.table("reports").loc[list(row["reports"])]
        told = [
            self.locale["comma"].join(
                [f"{name}: {self.locale.name('kind', kind)}", self.time(at), source]
            )
            for name, kind, at, source in zip(
                reports.index,
                reports["kind"],
                reports["occurred_at"],
                reports["source"],
                strict=True,
            )
        ]
        return [
            (
                "sources",
                self.locale.format(
                    "map.independent", n=str(row["source_count"]), reports=str(len(told))
                ),
            ),
            ("reports", "; ".join(told)),
        ]

    def _area(self, row: pd.Series) -> Data:
        several = self.has("closure_areas", "incidents")
        return {
            "facts": self._facts(
                ("", self.locale["map.area_closes"]),
                ("active_incidents", str(row["incidents"]) if several else ""),
                (
                    "closed",
                    self._until(row["active_until"])
                    if self.has("closure_areas", "active_until")
                    else "",
                ),
            )
        }

    def _zone(self, zone_id: str, row: pd.Series) -> Data:
        locale = self.locale
        closes = self.closed_by["zone", zone_id]
        facts = self._facts(
            ("kind", locale.name("zone", row["kind"])),
            ("", "" if self.in_force[zone_id] else locale["marking.not_in_force"]),
            ("declared_by", row["declared_by"]),
            ("supervised_by", row["supervisor"]),
            ("in_force_from", self.time(row["valid_from"])),
            ("in_force_until", self.time(row["valid_to"]) or locale["map.until_further_notice"]),
            ("closes", self.count("segments", closes) if closes else ""),
            ("source", row["source"]),
            ("zone", zone_id),
        )
        return {
            "word": locale.name("zone", row["kind"]),
            "name": self.both(zone_id),
            "facts": facts,
        }

    def _site(self, site_id: str, state: str, row: pd.Series | None) -> Data:
        locale = self.locale
        state_word = {
            "cut_off": f"{locale['cut_off.word']}: {self.say_why(site_id)}"
            if state == "cut_off"
            else "",
            "reached": locale["map.reached_by_corridor"],
            "unplanned": locale[
                "map.no_corridor_shown"
                if self.release.withheld.get("corridors")
                else "map.no_corridor_planned"
            ],
        }.get(state, "")
        if row is None:
            return {
                "name": self.both(site_id),
                "facts": self._facts(("destination", site_id), ("", state_word)),
            }
        reached = row["role"] == "depot" and self.has("sites", "reached")
        supplied = row["supply"] and not (
            row["supply"] == "not_stated" and math.isnan(row["need_t"])
        )
        facts = self._facts(
            ("", locale["map.in_square"] if self._is_square(site_id) else ""),
            ("", state_word),
            ("nearest_reachable", self._reachable(site_id)),
            ("place_code", row["pcode"]),
            ("people", self.number(row["people"])),
            ("need", self.tonnes(row["need_t"])),
            ("", locale.name("supply", row["supply"]) if supplied else ""),
            ("draws_on", self.label(row["drawn_from"]) if row["drawn_from"] else ""),
            (
                "stock",
                self.tonnes(row["stock_t"]) if row["role"] == "depot" or row["stock_t"] else "",
            ),
            ("drawn", self.tonnes(row["drawn_t"])),
            ("reaches", self.count("destinations", row["reached"]) if reached else ""),
            (
                "farthest",
                locale.format("map.no_stops", time=format_duration(row["farthest_min"]))
                if row["farthest_min"] >= 0
                else "",
            ),
            (
                "meets_road",
                ""
                if math.isnan(row["snap_m"])
                else locale.format("map.m_from_site", n=str(math.ceil(row["snap_m"]))),
            ),
        )
        return {
            "name": self.both(site_id),
            "facts": [[locale.name("role", row["role"]), site_id], *facts],
        }

    def say_why(self, site_id: str) -> str:
        """Why a place is cut off; only that it is, where the reason is withheld."""
        told = site_id in self.cut_off.index and (
            self.has("cut_off", "reason_code") or self.has("cut_off", "blocked_by")
        )
        return self.cut_off_reason(site_id) if told else self.locale["map.no_corridor_leads"]

    def _reachable(self, site_id: str) -> str:
        cut_off = self.cut_off
        return (
            self.distance(cut_off.loc[site_id, "reachable_within_m"])
            if site_id in cut_off.index
            else ""
        )


def write_number(value: float) -> str:
    """A figure with its thousands parted, to the tenth where it has one; nothing where unknown.

    >>> write_number(12000.0), write_number(1.25)
    ('12,000', '1.2')
    """
    return (
        "" if math.isnan(value) else f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
    )
