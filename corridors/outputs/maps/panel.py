"""The words beside the map in one language: who is cut off, what is proposed, what it rests on, and
which signs the map uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pandas as pd

from corridors.evidence.status import ACTIVE, INCIDENT_STATUSES
from corridors.locales import Locale, show_unseen
from corridors.locales.figures import format_duration, format_share
from corridors.outputs.maps.layers import Data, list_sites
from corridors.outputs.maps.popups import PopupContent
from corridors.release import TLP, Release
from corridors.release.audiences import render_remarks
from corridors.supplies import SHORT
from corridors.tables import NOT_PASSABLE, RESTRICTED, UNKNOWN

OTHER_COUNTS = ("fused", "superseded", "duplicate", "quarantined", "excluded")
"""What becomes of reports besides a incident_status."""


def build_panel(release: Release, locale: Locale) -> Data:
    """The words of the panel, by the names that `page.html` uses."""
    return _Panel(release, locale).tell_panel()


class _Panel(PopupContent):
    def tell_panel(self) -> Data:
        """What the panel says."""
        release, locale = self.release, self.locale
        destinations = int(self.corridors["destination_id"].nunique())
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
            "title": self.title,
            "marking": marking,
            "invented": self.demonstration,
            "acknowledgements": [
                {
                    "doubt": locale.format(
                        "map.acknowledged", doubt=locale.name("doubt", said.code)
                    ),
                    "reason": said.reason,
                    "by": said.by,
                }
                for said in release.acknowledgements
            ],
            "remarks": render_remarks(release, locale.lang),
            "cut_off_heading": locale.format(
                "map.cut_off_heading", n=len(self.unreached), all=len(self.unreached) + destinations
            )
            if self.unreached
            else "",
            "cut_off": [self._cut_off(site_id) for site_id in self.unreached],
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
                    "newest": locale.format("map.newest", time=self.time(source.newest))
                    if source.newest is not None
                    else "",
                    "attribution": source.attribution,
                    "rows": locale.join_counts(source.rows),
                    "notes_heading": locale.format("map.notes", n=len(source.notes)),
                    "notes": [self.render(note) for note in source.notes],
                }
                for source in release.sources
            ],
            "legend": self._legend(),
        }

    def _mark(self) -> dict[str, str]:
        """For whom this is, of when, until when, and of which plan."""
        release, locale = self.release, self.locale
        return {
            "level": release.level or locale[f"audience.{release.audience}"],
            "tlp": TLP[release.audience],
            "as_of": locale.format("marking.as_of", time=self.time(release.as_of)),
            "valid_until": locale.format(
                "marking.valid_until", time=self.time(release.valid_until)
            ),
            "hash": locale.format("marking.hash", code=release.code),
            "caution": locale["marking.caution"],
            "expired": locale.format("marking.expired", time=self.time(release.valid_until)),
        }

    def _cut_off(self, site_id: str) -> Data:
        (name, other), why = self.both(site_id), self.say_why(site_id)
        row = self.cut_off.loc[site_id] if site_id in self.cut_off.index else None
        listed = [] if row is None else list(row["blocking"])
        least = [] if row is None else list(row["smallest_set"])
        return {
            "id": site_id,
            "name": name,
            "other": other,
            "reason": f"{why[:1].upper()}{why[1:]}",
            "blocking_heading": self.locale.format("map.closed_by_causes", n=len(listed)),
            "blocking": [self.format_cause(cause) for cause in listed],
            "smallest_set": [self.format_cause(cause) for cause in least],
        }

    def _columns(self) -> dict[str, bool]:
        """Which columns of the table this release can fill."""
        return {
            name: self.has("corridors", name) for name in ("duration_min", "nearest_incident_m")
        }

    def _rows(self) -> Iterator[Data]:
        locale, until = self.locale, self.release.valid_until.astimezone(UTC)
        for position, (corridor_id, row) in enumerate(self.corridors.iterrows()):
            name, other = self.both(row["destination_id"])
            rank = int(row["rank"])
            yield {
                "position": position,
                "label": locale.format("map.show_corridor", id=str(corridor_id), rank=rank),
                "rank": rank,
                "kind": locale["corridor.primary" if rank == 1 else "corridor.alternate"],
                "look": "primary" if rank == 1 else "second" if rank == 2 else "third",
                "to": name,
                "other": other,
                "from": locale.format("map.from_depot", depot=self.both(row["depot_id"])[0])
                if row["depot_id"]
                else "",
                "km": self.km(row["length_m"]),
                "length_m": round(float(row["length_m"])),
                "time": format_duration(row["duration_min"]),
                "minutes": round(float(row["duration_min"]), 2) if row["duration_min"] >= 0 else -1,
                "clearance": self.distance(row["nearest_incident_m"])
                or locale["map.not_applicable"],
                "nearest_incident_m": round(float(row["nearest_incident_m"]))
                if row["nearest_incident_m"] >= 0
                else 10**9,
                "status": row["status"],
                "status_word": locale.name("status", row["status"]),
                "unknown": format_share(row["unknown_share"]) if row["unknown_share"] > 0 else "",
                "until": f"{until.day} {locale.texts['months'][until.month - 1]}",
                "until_time": f"{until:%H:%M}",
                "until_full": self.time(until),
            }

    def _resting(self) -> str:
        """How many corridors rest on roads of unknown or stale state, and the largest share of one
        that does.
        """
        share = self.corridors["unknown_share"]
        resting = int((share > 0).sum())
        return (
            self.locale.format(
                "map.resting", n=resting, all=len(share), most=format_share(share.max())
            )
            if resting
            else ""
        )

    def _has_squares(self) -> bool:
        return bool(len(self.corridors)) and bool((self.sites.geom_type == "Polygon").any())

    def _needs(self) -> Iterator[Data]:
        """What becomes of the need of each destination; nothing at all where no need is stated."""
        told = (
            self.has("sites", "supply")
            and self.sites.loc[self.sites["role"] == "destination", "need_t"].notna().any()
        )
        for site, row in self._places("destination") if told else ():
            yield site | {
                "people": self.number(row["people"]),
                "need": self.number(row["need_t"]),
                "supply": row["supply"],
                "word": self.locale[f"map.supply_{row['supply']}"],
                "sentence": self.locale.name("supply", row["supply"]),
                "from": self.label(row["drawn_from"]) if row["drawn_from"] else "",
            }

    def _depots(self) -> Iterator[Data]:
        """What each depot has, and whom it reaches."""
        short = (
            {*self.sites.loc[self.sites["supply"] == SHORT, "drawn_from"]}
            if self.has("sites", "supply")
            else set()
        )
        for site, row in self._places("depot") if self.has("sites", "reached") else ():
            yield site | {
                "stock": self.number(row["stock_t"]),
                "drawn": self.number(row["drawn_t"]),
                "short": site["id"] in short,
                "reached": str(row["reached"]),
                "farthest": format_duration(row["farthest_min"])
                if row["farthest_min"] >= 0
                else "",
            }

    def _places(self, role: str) -> Iterator[tuple[Data, pd.Series]]:
        for site_id, row in self.sites[self.sites["role"] == role].iterrows():
            yield {"id": str(site_id), "name": self.both(str(site_id))[0]}, row

    def _roads(self) -> str:
        status = self.segments["status"]
        if not len(status):
            return ""
        counts = {
            word.lower(): self.locale.part(f"{int((status == word).sum()):,}")
            for word in (NOT_PASSABLE, RESTRICTED, UNKNOWN)
        }
        km = self.locale.part(f"{self.segments['length_m'].sum() / 1000:,.0f}")
        return self.locale.format(
            "map.road_counts", segments=self.locale.part(f"{len(status):,}"), km=km, **counts
        )

    def _reports(self) -> str:
        """How many incidents of each incident_status there are; nothing where incidents are not
        told of one by one.
        """
        locale, incident_status = self.locale, self.incidents["incident_status"]
        if "incidents" not in self.release.layers:
            return ""
        counts = {word: int((incident_status == word).sum()) for word in INCIDENT_STATUSES}
        counts |= {word: self.release.counts.get(f"incidents_{word}", 0) for word in OTHER_COUNTS}
        told = [
            f"{count} {locale.name('incident_status_of_one' if count == 1 else 'incident_status_short', word)}"
            for word, count in counts.items()
            if count or word == ACTIVE
        ]
        return locale.format("map.incident_counts", counts=locale["comma"].join(told))

    def _legend(self) -> dict[str, Any]:
        """Which signs this map uses: no sign is explained that does not appear."""
        sites, incident_status = self.sites, self.incidents["incident_status"]
        ranks, supply = self.corridors["rank"], sites["supply"]
        squares = sites.geom_type == "Polygon"
        return {
            "primary": bool((ranks == 1).any()),
            "second": bool((ranks == 2).any()),
            "third": bool((ranks > 2).any()),
            "closed": bool(self.closed.any()),
            "restricted": bool(self.segments["status"].isin([RESTRICTED, UNKNOWN]).any()),
            "active": bool((incident_status == ACTIVE).any()),
            "inactive": bool((incident_status != ACTIVE).any()),
            "areas": self.incidents.empty and bool(len(self.release.table("closure_areas"))),
            "zones": [
                [kind, f"{word[:1].upper()}{word[1:]}"]
                for kind, word in self.locale.texts["zone"].items()
                if (self.zones["kind"] == kind).any()
            ],
            "depot": bool(((sites["role"] == "depot") & ~squares).any()),
            "depot_square": bool(((sites["role"] == "depot") & squares).any()),
            "destination_square": bool(((sites["role"] == "destination") & squares).any()),
            "reached": not self.corridors.empty,
            "met": bool((supply == "met").any()),
            "short": bool((supply == "short").any()),
            "cut_off": bool(self.unreached),
            "unplanned": any(
                state == "unplanned" and not self._is_square(site_id)
                for site_id, state, _ in list_sites(self)
            ),
            "other_sites": bool(sites["role"].isin(["waypoint", "observer_base"]).any()),
            "bridges": bool(self.segments["bridge"].any()),
        }


def write_margin(text: str, direction: str = "ltr") -> str:
    r"""The rule of style that prints a text at the foot of every page, beside the number of the
    page.

    Nothing in the text can end it, the rule or the element: what is not plain stands as its number.

    >>> write_margin('a"}</style>')
    '@page { @bottom-left { content: "a\\22 \\7d \\3c /style\\3e "; } @bottom-right { content: counter(page) " / " counter(pages); } }'
    """
    turned = " direction: rtl; text-align: right;" if direction == "rtl" else ""
    plain = re.sub(r"[^\w .,:;·+/()-]", lambda found: f"\\{ord(found[0]):x} ", show_unseen(text))
    return f'@page {{ @bottom-left {{ content: "{plain}";{turned} }} @bottom-right {{ content: counter(page) " / " counter(pages); }} }}'
