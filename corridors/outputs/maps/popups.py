"""The texts of everything on the map, in one language, in the order of `layers`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import pandas as pd

from corridors.evidence.status import ACTIVE
from corridors.locales import Locale
from corridors.locales.figures import format_duration, format_share
from corridors.outputs.maps.layers import Data, is_square, list_sites
from corridors.outputs.maps.page_text import PageText
from corridors.outputs.maps.roads import Ground, number_reasons
from corridors.release import Release
from corridors.release.labels import Labels

Facts = list[list[str]]
"""Term and value."""

SPOKEN = ("map", "kind", "status", "way", "road_class", "cause")
"""The sections of the catalogue from which the page builds sentences."""


def build_popups(release: Release, locale: Locale, grounds: list[Ground]) -> Data:
    """The texts of the map in one language, by the names that the page's script uses.

    `build_layers` returns the grounds.
    """
    return _Popups(PageText(Labels(release, locale))).build(grounds)


@dataclass(frozen=True, eq=False, slots=True)
class _Popups:
    text: PageText

    @property
    def labels(self) -> Labels:
        return self.text.labels

    @property
    def locale(self) -> Locale:
        return self.text.locale

    @property
    def release(self) -> Release:
        return self.text.release

    def build(self, grounds: list[Ground]) -> Data:
        """The texts of all layers."""
        time = self.text.format_time(self.release.as_of)
        return {
            "lang": self.locale.lang,
            "direction": self.locale.direction,
            "title": f"{self.labels.title}, {self.locale.format('marking.as_of', time=time)}",
            "words": {section: self.locale.texts[section] for section in SPOKEN},
            "thousands": self.locale["print.thousands"],
            "grounds": [self._ground(*ground) for ground in grounds],
            "corridors": [
                self._corridor(str(corridor_id), row)
                for corridor_id, row in self.labels.corridors.iterrows()
            ],
            "incidents": [
                self._incident(str(incident_id), row)
                for incident_id, row in self.labels.incidents.iterrows()
            ],
            "areas": [self._area(row) for _, row in self.release.table("closure_areas").iterrows()]
            if self.labels.incidents.empty
            else [],
            "zones": [
                self._zone(str(zone_id), row) for zone_id, row in self.labels.zones.iterrows()
            ],
            "sites": [
                self._site(site_id, state, row) for site_id, state, row in list_sites(self.labels)
            ],
            "reasons": [
                self.labels.render_reason(*reason) for reason in number_reasons(self.labels)
            ],
        }

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
        start = self.text.format_time(since)
        parts = [
            self.locale.format("map.since", time=start) if start else "",
            self._until(until),
            self.locale.name("way", direction),
        ]
        return [
            self.labels.cause(cause_type, cause_id),
            self.locale.name("rule", rule),
            self.locale["comma"].join(part for part in parts if part),
        ]

    def _until(self, until: pd.Timestamp) -> str:
        time = self.text.format_time(until)
        key = "map.until" if time else "map.further_notice"
        return self.locale.format(key, time=time)

    def _corridor(self, corridor_id: str, row: pd.Series) -> Data:
        locale, rank = self.locale, int(row["rank"])
        names = self._chokepoints(corridor_id, row)
        nearest = (
            self.labels.distance(row["nearest_incident_m"]) or locale["map.no_active_incident"]
        )
        shown = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
        ends = (row["depot_id"], row["destination_id"])
        squares = any(is_square(self.labels, place) for place in ends)
        kind = locale["corridor.primary" if rank == 1 else "corridor.alternate"]
        facts = self._facts(
            ("rank", f"{rank}{locale['comma']}{kind}"),
            ("status", locale.name("status", row["status"])),
            ("length", locale.format("map.km", n=self.labels.km(row["length_m"]))),
            ("driving_time", self._driving_time(row["duration_min"])),
            (
                "nearest_incident",
                nearest if self.text.has("corridors", "nearest_incident_m") else "",
            ),
            (
                "unknown_or_stale",
                self._share(format_share(row["unknown_share"])) if row["unknown_share"] > 0 else "",
            ),
            (
                "exposure",
                f"{row['exposure']:.2f}" if self.text.has("corridors", "exposure") else "",
            ),
            (
                "shared_with_primary",
                self._share(f"{row['shared_with_primary']:.0%}")
                if rank > 1 and self.text.has("corridors", "shared_with_primary")
                else "",
            ),
            ("exposed_alike", self._shared(row) if rank > 1 and row["shared_incidents"] else ""),
            (
                "chokepoints",
                (f"{len(names)}: {shown}" if names else locale["map.none"])
                if self._has_chokepoints()
                else "",
            ),
            ("for_use_until", self.text.format_time(self.release.valid_until)),
            ("corridor", corridor_id),
            ("", locale["map.square_hides"] if squares else ""),
        )
        return {
            "from": self.text.list_names(row["depot_id"]) if row["depot_id"] else ["", ""],
            "to": self.text.list_names(row["destination_id"]),
            "facts": facts,
        }

    def _driving_time(self, minutes: float) -> str:
        time = format_duration(minutes)
        return self.locale.format("map.no_stops", time=time) if time else ""

    def _share(self, share: str) -> str:
        return self.locale.format("map.of_its_length", share=share)

    def _has_chokepoints(self) -> bool:
        return self.text.has("corridors", "chokepoints") or "chokepoints" in self.release.layers

    def _chokepoints(self, corridor_id: str, row: pd.Series) -> list[str]:
        names = self.labels.segments["name"]
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
        """The share of an alternate's exposure that the primary has too, and its incidents."""
        names = row["shared_incidents"]
        listed = f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}"
        return self.locale.format(
            "map.of_its_exposure", share=f"{row['shared_exposure']:.0%}", incidents=listed
        )

    def _incident(self, incident_id: str, row: pd.Series) -> Data:
        locale, incident_status = self.locale, row["incident_status"]
        active = incident_status == ACTIVE
        closes = self.labels.closed_by["incident", incident_id]
        when, until = (
            self.text.format_time(row["occurred_at"]),
            self.text.format_time(row["occurred_until"]),
        )
        accuracy = locale.format("map.m", n=str(math.ceil(row["accuracy_m"])))
        closes_within = locale.format(
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
            ("reported", self.text.format_time(row["reported_at"])),
            ("verification", locale.name("verification", row["verification"])),
            *self._evidence(row),
            ("structure", self._structure(row["structure"])),
            ("closes_within", closes_within if active else ""),
            (
                "closes",
                self.text.format_count("segments", closes) if active else locale["map.nothing"],
            ),
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
        """What was struck, as the report has it; translated where it is a sentence of a feed."""
        return str(self.locale.texts["seen"].get(re.sub(r"\W+", "_", text), text))

    def _evidence(self, row: pd.Series) -> list[tuple[str, str]]:
        """The reports of an incident, and the number of their sources."""
        if len(row["reports"]) < 2:
            return []
        reports = self.release.table("reports").loc[list(row["reports"])]
        lines = [
            self.locale["comma"].join(
                [f"{name}: {self.locale.name('kind', kind)}", self.text.format_time(at), source]
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
                    "map.independent", n=str(row["source_count"]), reports=str(len(lines))
                ),
            ),
            ("reports", "; ".join(lines)),
        ]

    def _area(self, row: pd.Series) -> Data:
        several = self.text.has("closure_areas", "incidents")
        return {
            "facts": self._facts(
                ("", self.locale["map.area_closes"]),
                ("active_incidents", str(row["incidents"]) if several else ""),
                (
                    "closed",
                    self._until(row["active_until"])
                    if self.text.has("closure_areas", "active_until")
                    else "",
                ),
            )
        }

    def _zone(self, zone_id: str, row: pd.Series) -> Data:
        locale = self.locale
        closes = self.labels.closed_by["zone", zone_id]
        facts = self._facts(
            ("kind", locale.name("zone", row["kind"])),
            ("", "" if self.labels.in_force[zone_id] else locale["marking.not_in_force"]),
            ("declared_by", row["declared_by"]),
            ("supervised_by", row["supervisor"]),
            ("in_force_from", self.text.format_time(row["valid_from"])),
            (
                "in_force_until",
                self.text.format_time(row["valid_to"]) or locale["map.until_further_notice"],
            ),
            ("closes", self.text.format_count("segments", closes) if closes else ""),
            ("source", row["source"]),
            ("zone", zone_id),
        )
        return {
            "word": locale.name("zone", row["kind"]),
            "name": self.text.list_names(zone_id),
            "facts": facts,
        }

    def _site(self, site_id: str, state: str, row: pd.Series | None) -> Data:
        locale = self.locale
        state_word = {
            "cut_off": f"{locale['cut_off.word']}: {self.text.explain_cut_off(site_id)}"
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
                "name": self.text.list_names(site_id),
                "facts": self._facts(("destination", site_id), ("", state_word)),
            }
        reached = row["role"] == "depot" and self.text.has("sites", "reached")
        supplied = row["supply"] and not (
            row["supply"] == "not_stated" and math.isnan(row["need_t"])
        )
        facts = self._facts(
            ("", locale["map.in_square"] if is_square(self.labels, site_id) else ""),
            ("", state_word),
            ("nearest_reachable", self._reachable(site_id)),
            ("place_code", row["pcode"]),
            ("people", self.text.format_number(row["people"])),
            ("need", self.text.format_tonnes(row["need_t"])),
            ("", locale.name("supply", row["supply"]) if supplied else ""),
            ("draws_on", self.labels.label(row["drawn_from"]) if row["drawn_from"] else ""),
            (
                "stock",
                self.text.format_tonnes(row["stock_t"])
                if row["role"] == "depot" or row["stock_t"]
                else "",
            ),
            ("drawn", self.text.format_tonnes(row["drawn_t"])),
            ("reaches", self.text.format_count("destinations", row["reached"]) if reached else ""),
            ("farthest", self._driving_time(row["farthest_min"])),
            (
                "meets_road",
                ""
                if math.isnan(row["snap_m"])
                else locale.format("map.m_from_site", n=str(math.ceil(row["snap_m"]))),
            ),
        )
        return {
            "name": self.text.list_names(site_id),
            "facts": [[locale.name("role", row["role"]), site_id], *facts],
        }

    def _reachable(self, site_id: str) -> str:
        cut_off = self.labels.cut_off
        return (
            self.labels.distance(cut_off.loc[site_id, "reachable_within_m"])
            if site_id in cut_off.index
            else ""
        )
