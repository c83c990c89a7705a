"""Why roads are not passable, in a language.

The reasons of a plan are sentences in English. In other languages they are told from what they are
of: the rows of the ledger, and the zone or the road reports that restrict a road.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from corridors.access import IN_RESTRICTED_ZONE
from corridors.evidence.conditions import (
    LAPSED_BY,
    NO_REPORT,
    RESTRICTED_BY,
    UNKNOWN_BY,
    UNREPORTED,
    name_report,
    say_report,
)
from corridors.locales.figures import format_time

if TYPE_CHECKING:
    from corridors.release.labels import Labels

NAMED = 3
"""So many rows of the ledger are told of one segment, as in English; of the others it is said how
many there are."""
_SAID = {
    RESTRICTED_BY: "reason.restricted",
    UNKNOWN_BY: "reason.unknown",
    LAPSED_BY: "reason.lapsed",
}
_WAYS = ("", "forward", "backward")


class _Said(NamedTuple):
    """What a report says: which it is, in which words, of which structure and way."""

    report: str
    locale: str
    structure: str
    way: str


class Reasons:
    """The reasons in one release, in one language."""

    def __init__(self, names: Labels) -> None:
        """Take what things are called."""
        self.names, self.locale = names, names.locale

    def tell(self, segment_id: str) -> str:
        """Why a segment is not passable, or not known to be; nothing where no reason is told, and
        in English where no words are found.
        """
        reason = self._reasons[segment_id]
        if not reason or self.locale.lang == "en":
            return reason
        return self.find(segment_id) or self.locale.format("untold.reason", reason=reason)

    def find(self, segment_id: str) -> str:
        """The same where words are found, else nothing."""
        reason = self._reasons[segment_id]
        if rows := self._ledger.get(segment_id, []):
            told = [self._tell_row(*row) for row in rows] + self._tell_besides(
                segment_id, {row[1] for row in rows}
            )
            return self._join(told[:NAMED], len(told) - NAMED)
        return self._tell_softer(segment_id, reason) if reason else ""

    @cached_property
    def _reasons(self) -> dict[str, str]:
        segments = self.names.segments
        return dict(zip(segments.index, segments["reason"].tolist(), strict=True))

    @cached_property
    def _ledger(self) -> dict[str, list[tuple[Any, ...]]]:
        rows: dict[str, list[tuple[Any, ...]]] = {}
        closures = self.names.closures
        columns = (
            closures[name].tolist()
            for name in ("segment_id", "cause_type", "cause_id", "rule", "direction", "distance_m")
        )
        for segment, *row in zip(*columns, strict=True):
            rows.setdefault(segment, []).append(tuple(row))
        return rows

    def _tell_row(
        self, cause_type: str, cause_id: str, rule: str, direction: str, distance_m: float
    ) -> str:
        locale, said = self.locale, self.locale.name("rule", rule)
        if cause_type == "incident" and distance_m > 0:
            said = locale.format("map.rule_away", rule=said, away=self.names.distance(distance_m))
        if cause_id in self.names.road_reports.index and self.names.road_reports.at[
            cause_id, "direction"
        ] not in ("both", direction):
            said = locale.format("reason.one_way", said=said, way=locale.name("way", direction))
        return (
            said
            if cause_type == "vehicle"
            else locale.format(
                "reason.because", cause=self.names.cause(cause_type, cause_id), said=said
            )
        )

    def _join(self, parts: list[str], more: int) -> str:
        said = self.locale["reason.semicolon"].join(parts)
        return self.locale.format("list.more", names=said, count=more) if more > 0 else said

    def _tell_softer(self, segment_id: str, reason: str) -> str:
        """What restricts a road that nothing closes, or makes it unknown; nothing where that is not
        found.
        """
        if (
            reason.startswith(IN_RESTRICTED_ZONE)
            and (zone := reason.removeprefix(IN_RESTRICTED_ZONE)) in self.names.zones.index
        ):
            return self.names.cause("zone", zone)
        *parts, last = reason.split("; ")
        more = re.fullmatch(r"and (\d+) more", last)
        told = [
            self._tell_part(part, str(self.names.segments.at[segment_id, "name"]))
            for part in (parts if more else [*parts, last])
        ]
        return self._join(told, int(more[1]) if more else 0) if all(told) else ""

    def _tell_besides(self, segment_id: str, causes: set[str]) -> list[str]:
        """What makes a road unknown besides, of which the rows of the ledger are closed by these
        causes.
        """
        road, told = str(self.names.segments.at[segment_id, "name"]), []
        for part in self._reasons[segment_id].split("; "):
            known = self._recognise(part, road)
            if (known and known.report not in causes) or (
                part == NO_REPORT and UNREPORTED not in causes
            ):
                told.append(self._tell_part(part, road))
        return told

    def _recognise(self, part: str, road: str) -> _Said | None:
        """What a part of a reason says of a road, where it is one of `_known`."""
        return self._known.get(part) or self._known.get(
            part.removeprefix(f"{road.replace(';', ',')}: ")
        )

    def _tell_part(self, part: str, road: str) -> str:
        if part == NO_REPORT:
            return self.locale["reason.unreported"]
        known = self._recognise(part, road)
        if known is None:
            return ""
        locale = self.locale
        said = locale.format(known.locale, report=self._describe(known.report))
        if known.way:
            said = locale.format("reason.one_way", said=said, way=locale.name("way", known.way))
        structure = known.structure or ("" if part in self._known else road)
        return (
            locale.format("reason.of_structure", structure=structure, said=said)
            if structure
            else said
        )

    @cached_property
    def _known(self) -> dict[str, _Said]:
        """All that the road reports may say of a road that they do not close, by its words in
        English.
        """
        known = {}
        for row in self.names.road_reports.reset_index().to_dict("records"):
            label = name_report(row)
            for structure, what, way in product(
                dict.fromkeys(("", str(row["name"]))), _SAID, _WAYS
            ):
                said = say_report(what, label, structure=structure, way=way)
                known[said] = _Said(str(row["report_id"]), _SAID[what], structure, way)
        return known

    def _describe(self, report_id: str) -> str:
        """A road report: what it is, and what it says of whom, until when."""
        locale, row = self.locale, self.names.road_reports.loc[report_id]
        limits = [
            locale.format(f"map.{unit}", n=f"{row[name]:g}")
            for name, unit in (("max_weight_t", "t"), ("max_height_m", "m"))
            if row[name] > 0
        ]
        status = locale.name("status", row["status"])
        parts = [
            locale.format("reason.above", status=status, limits=locale["reason.or"].join(limits))
            if limits
            else status,
            locale.name("way", row["direction"]),
            row["lanes"],
            ""
            if pd.isna(row["valid_to"])
            else locale.format("map.until", time=format_time(row["valid_to"])),
            row["source"],
        ]
        details = locale["comma"].join(part for part in parts if part)
        return locale.format(
            "reason.report", report=self.names.cause("road_report", report_id), details=details
        )
