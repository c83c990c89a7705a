"""The panel next to the map, in one language.

It shows the places that are cut off, the proposed corridors, their basis, and the signs of the map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pandas as pd

from corridors.evidence.status import ACTIVE, INCIDENT_STATUSES
from corridors.locales import Locale, show_unseen
from corridors.locales.figures import format_duration, format_share
from corridors.outputs.maps.layers import Data, is_square, list_sites
from corridors.outputs.maps.page_text import PageText
from corridors.release import TLP, Release
from corridors.release.audiences import render_remarks
from corridors.release.labels import Labels
from corridors.supplies import SHORT
from corridors.tables import NOT_PASSABLE, RESTRICTED, UNKNOWN

OTHER_COUNTS = ("fused", "superseded", "duplicate", "quarantined", "excluded")
"""Results of reading that are no incident status."""


def build_panel(release: Release, locale: Locale) -> Data:
    """The texts of the panel, by the names that `page.html` uses."""
    return _Panel(PageText(Labels(release, locale))).build()


@dataclass(frozen=True, eq=False, slots=True)
class _Panel:
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

    def build(self) -> Data:
        """The texts of the panel."""
        release, locale = self.release, self.locale
        destinations = int(self.labels.corridors["destination_id"].nunique())
        marking = self._mark()
        return {
            "margin": write_margin(
                " · ".join(
                    marking[part]
                    for part in ("level", "tlp", "as_of", "valid_until", "hash", "caution")
                ),
                locale.direction,
            ),
            "lang": locale.lang,
            "direction": locale.direction,
            "language": locale["language"],
            "words": locale.texts["map"],
            "title": self.labels.title,
            "marking": marking,
            "invented": self.labels.demonstration,
            "acknowledgements": [
                {
                    "doubt": locale.format(
                        "map.acknowledged", doubt=locale.name("doubt", answer.code)
                    ),
                    "reason": answer.reason,
                    "by": answer.by,
                }
                for answer in release.acknowledgements
            ],
            "remarks": render_remarks(release, locale.lang),
            "cut_off_heading": locale.format(
                "map.cut_off_heading",
                n=len(self.labels.unreached),
                all=len(self.labels.unreached) + destinations,
            )
            if self.labels.unreached
            else "",
            "cut_off": [self._cut_off(site_id) for site_id in self.labels.unreached],
            "resting": self._resting(),
            "withheld": locale.format("map.withheld", n=held)
            if (held := release.withheld.get("corridors"))
            else "",
            "squares": locale["map.square_hides"] if self._has_squares() else "",
            "corridors": list(self._rows()),
            "columns": self._columns(),
            "needs": list(self._needs()),
            "depots": list(self._depots()),
            "rests_on": [sentence for sentence in (self._roads(), self._reports()) if sentence],
            "files": [
                {
                    "role": locale.name("file_role", source.role),
                    "name": source.name,
                    "newest": locale.format("map.newest", time=self.text.format_time(source.newest))
                    if source.newest is not None
                    else "",
                    "attribution": source.attribution,
                    "rows": locale.join_counts(source.rows),
                    "notes_heading": locale.format("map.notes", n=len(source.notes)),
                    "notes": [self.labels.render(note) for note in source.notes],
                }
                for source in release.sources
            ],
            "legend": self._legend(),
        }

    def _mark(self) -> dict[str, str]:
        """The marking: audience, times, plan and caution."""
        release, locale = self.release, self.locale
        return {
            "level": release.level or locale[f"audience.{release.audience}"],
            "tlp": TLP[release.audience],
            "as_of": locale.format("marking.as_of", time=self.text.format_time(release.as_of)),
            "valid_until": locale.format(
                "marking.valid_until", time=self.text.format_time(release.valid_until)
            ),
            "hash": locale.format("marking.hash", code=release.code),
            "caution": locale["marking.caution"],
            "expired": locale.format(
                "marking.expired", time=self.text.format_time(release.valid_until)
            ),
        }

    def _cut_off(self, site_id: str) -> Data:
        (name, other), why = self.text.list_names(site_id), self.text.explain_cut_off(site_id)
        row = self.labels.cut_off.loc[site_id] if site_id in self.labels.cut_off.index else None
        blocking = [] if row is None else list(row["blocking"])
        smallest = [] if row is None else list(row["smallest_set"])
        return {
            "id": site_id,
            "name": name,
            "other": other,
            "reason": f"{why[:1].upper()}{why[1:]}",
            "blocking_heading": self.locale.format("map.closed_by_causes", n=len(blocking)),
            "blocking": [self.labels.format_cause(cause) for cause in blocking],
            "smallest_set": [self.labels.format_cause(cause) for cause in smallest],
        }

    def _columns(self) -> dict[str, bool]:
        """Which columns of the table this release has."""
        return {
            name: self.text.has("corridors", name)
            for name in ("duration_min", "nearest_incident_m")
        }

    def _rows(self) -> Iterator[Data]:
        locale, until = self.locale, self.release.valid_until.astimezone(UTC)
        for position, (corridor_id, row) in enumerate(self.labels.corridors.iterrows()):
            name, other = self.text.list_names(row["destination_id"])
            rank = int(row["rank"])
            yield {
                "position": position,
                "label": locale.format("map.show_corridor", id=str(corridor_id), rank=rank),
                "rank": rank,
                "kind": locale["corridor.primary" if rank == 1 else "corridor.alternate"],
                "look": "primary" if rank == 1 else "second" if rank == 2 else "third",
                "to": name,
                "other": other,
                "from": locale.format(
                    "map.from_depot", depot=self.text.list_names(row["depot_id"])[0]
                )
                if row["depot_id"]
                else "",
                "km": self.labels.km(row["length_m"]),
                "length_m": round(float(row["length_m"])),
                "time": format_duration(row["duration_min"]),
                "minutes": round(float(row["duration_min"]), 2) if row["duration_min"] >= 0 else -1,
                "nearest_incident": self.labels.distance(row["nearest_incident_m"])
                or locale["map.not_applicable"],
                "nearest_incident_m": round(float(row["nearest_incident_m"]))
                if row["nearest_incident_m"] >= 0
                else 10**9,
                "status": row["status"],
                "status_word": locale.name("status", row["status"]),
                "unknown": format_share(row["unknown_share"]) if row["unknown_share"] > 0 else "",
                "until": f"{until.day} {locale.texts['months'][until.month - 1]}",
                "until_time": f"{until:%H:%M}",
                "until_full": self.text.format_time(until),
            }

    def _resting(self) -> str:
        """How many corridors use roads of unknown or stale state, and the largest share of them."""
        share = self.labels.corridors["unknown_share"]
        count = int((share > 0).sum())
        if not count:
            return ""
        most = format_share(share.max())
        return self.locale.format("map.resting", n=count, all=len(share), most=most)

    def _has_squares(self) -> bool:
        return bool(len(self.labels.corridors)) and bool(
            (self.labels.sites.geom_type == "Polygon").any()
        )

    def _needs(self) -> Iterator[Data]:
        """How the need of each destination is met; nothing where no need is stated."""
        stated = (
            self.text.has("sites", "supply")
            and self.labels.sites.loc[self.labels.sites["role"] == "destination", "need_t"]
            .notna()
            .any()
        )
        for site, row in self._places("destination") if stated else ():
            yield site | {
                "people": self.text.format_number(row["people"]),
                "need": self.text.format_number(row["need_t"]),
                "supply": row["supply"],
                "word": self.locale[f"map.supply_{row['supply']}"],
                "sentence": self.locale.name("supply", row["supply"]),
                "from": self.labels.label(row["drawn_from"]) if row["drawn_from"] else "",
            }

    def _depots(self) -> Iterator[Data]:
        """The stock of each depot, and the destinations that it reaches."""
        short = (
            {*self.labels.sites.loc[self.labels.sites["supply"] == SHORT, "drawn_from"]}
            if self.text.has("sites", "supply")
            else set()
        )
        for site, row in self._places("depot") if self.text.has("sites", "reached") else ():
            yield site | {
                "stock": self.text.format_number(row["stock_t"]),
                "drawn": self.text.format_number(row["drawn_t"]),
                "short": site["id"] in short,
                "reached": str(row["reached"]),
                "farthest": format_duration(row["farthest_min"])
                if row["farthest_min"] >= 0
                else "",
            }

    def _places(self, role: str) -> Iterator[tuple[Data, pd.Series]]:
        for site_id, row in self.labels.sites[self.labels.sites["role"] == role].iterrows():
            yield {"id": str(site_id), "name": self.text.list_names(str(site_id))[0]}, row

    def _roads(self) -> str:
        status = self.labels.segments["status"]
        if not len(status):
            return ""
        counts = {
            word.lower(): self.locale.part(f"{int((status == word).sum()):,}")
            for word in (NOT_PASSABLE, RESTRICTED, UNKNOWN)
        }
        km = self.locale.part(f"{self.labels.segments['length_m'].sum() / 1000:,.0f}")
        return self.locale.format(
            "map.road_counts", segments=self.locale.part(f"{len(status):,}"), km=km, **counts
        )

    def _reports(self) -> str:
        """The number of incidents by status; nothing where single incidents are withheld."""
        if "incidents" not in self.release.layers:
            return ""
        locale, status = self.locale, self.labels.incidents["incident_status"]
        counts = {word: int((status == word).sum()) for word in INCIDENT_STATUSES}
        counts |= {word: self.release.counts.get(f"incidents_{word}", 0) for word in OTHER_COUNTS}
        sections = {1: "incident_status_of_one"}
        parts = [
            f"{count} {locale.name(sections.get(count, 'incident_status_short'), word)}"
            for word, count in counts.items()
            if count or word == ACTIVE
        ]
        return locale.format("map.incident_counts", counts=locale["comma"].join(parts))

    def _legend(self) -> dict[str, Any]:
        """The signs that this map uses; the legend explains no others."""
        sites, incident_status = self.labels.sites, self.labels.incidents["incident_status"]
        ranks, supply = self.labels.corridors["rank"], sites["supply"]
        squares = sites.geom_type == "Polygon"
        return {
            "primary": bool((ranks == 1).any()),
            "second": bool((ranks == 2).any()),
            "third": bool((ranks > 2).any()),
            "closed": bool(self.labels.closed.any()),
            "restricted": bool(self.labels.segments["status"].isin([RESTRICTED, UNKNOWN]).any()),
            "active": bool((incident_status == ACTIVE).any()),
            "inactive": bool((incident_status != ACTIVE).any()),
            "areas": self.labels.incidents.empty and bool(len(self.release.table("closure_areas"))),
            "zones": [
                [kind, f"{word[:1].upper()}{word[1:]}"]
                for kind, word in self.locale.texts["zone"].items()
                if (self.labels.zones["kind"] == kind).any()
            ],
            "depot": bool(((sites["role"] == "depot") & ~squares).any()),
            "depot_square": bool(((sites["role"] == "depot") & squares).any()),
            "destination_square": bool(((sites["role"] == "destination") & squares).any()),
            "reached": not self.labels.corridors.empty,
            "met": bool((supply == "met").any()),
            "short": bool((supply == "short").any()),
            "cut_off": bool(self.labels.unreached),
            "unplanned": any(
                state == "unplanned" and not is_square(self.labels, site_id)
                for site_id, state, _ in list_sites(self.labels)
            ),
            "other_sites": bool(sites["role"].isin(["waypoint", "observer_base"]).any()),
            "bridges": bool(self.labels.segments["bridge"].any()),
        }


def write_margin(text: str, direction: str = "ltr") -> str:
    r"""The style rule that prints a text and the page number at the foot of every page.

    Special characters are written as their numbers, so that the text cannot end the rule or the
    element.

    >>> "</style>" in write_margin('a"}</style>')
    False
    """
    align = " direction: rtl; text-align: right;" if direction == "rtl" else ""
    plain = re.sub(r"[^\w .,:;·+/()-]", lambda found: f"\\{ord(found[0]):x} ", show_unseen(text))
    left = f'@bottom-left {{ content: "{plain}";{align} }}'
    right = '@bottom-right { content: counter(page) " / " counter(pages); }'
    return f"@page {{ {left} {right} }}"
