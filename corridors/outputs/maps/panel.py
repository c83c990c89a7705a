"""The words beside the map: who is cut off, what is proposed, what it rests on, and which signs the map uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from corridors.outputs.maps.layers import Data
from corridors.outputs.release import Release
from corridors.outputs.release.naming import Names
from corridors.outputs.wording import Wording, write_distance, write_duration, write_share, write_time
from corridors.situation import ACTIVE, STANDINGS
from corridors.tables import NOT_PASSABLE, RESTRICTED, UNKNOWN


def build_panel(release: Release, words: Wording) -> Data:
    """The words of the panel, by the names that `page.html` uses."""
    return _Panel(release, words).tell()


class _Panel(Names):
    def tell(self) -> Data:
        """What the panel says."""
        release, standing = self.release, self.incidents["standing"]
        invented = self.incidents["source"].str.contains("invented|demonstration", case=False)
        return {
            "title": self.title,
            "as_of": write_time(release.as_of),
            "plan_hash": release.code,
            "invented": int(invented.sum()),
            "incidents": len(invented),
            "acknowledgements": [{"code": a.code, "reason": a.reason, "by": a.by} for a in release.acknowledgements],
            "remarks": list(release.remarks),
            "cut_off": [self._cut_off(site_id, row) for site_id, row in self.cut_off.iterrows()],
            "resting": self._resting(),
            "destinations": int(self.corridors["destination_id"].nunique()),
            "pairs": list(self._pairs()),
            "roads": self._road_counts(),
            "standings": [
                {"word": word.replace("_", " "), "count": int((standing == word).sum())}
                for word in STANDINGS
                if word == ACTIVE or (standing == word).any()
            ]
            + [
                {"word": word.replace("_", " "), "count": count}
                for word in ("fused", "superseded", "duplicate", "quarantined", "set_aside")
                if (count := release.counts.get(f"incidents_{word}"))
            ],
            "sources": [
                {
                    "role": source.role,
                    "name": source.name,
                    "newest": write_time(source.newest),
                    "attribution": source.attribution,
                    "rows": ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in source.rows.items()),
                    "notes": list(source.notes),
                }
                for source in release.sources
            ],
            "legend": self._legend(),
        }

    def _cut_off(self, site_id: Any, row: pd.Series) -> Data:
        name, name_ar, _ = self.place(str(site_id))
        return {
            "id": str(site_id),
            "name": row["name"] or name,
            "name_ar": name_ar,
            "reason": f"{row['reason'][:1].upper()}{row['reason'][1:].rstrip('.')}.",
            "blocking": [self.cause(*cause.split(":", 1)) if ":" in cause else cause for cause in row["blocking"]],
            "smallest_set": [self.cause(*cause.split(":", 1)) if ":" in cause else cause for cause in row["smallest_set"]],
        }

    def _pairs(self) -> Iterator[Data]:
        positions = {corridor_id: position for position, corridor_id in enumerate(self.corridors.index)}
        for (destination, depot), rows in self.corridors.groupby(["destination_id", "depot_id"], sort=False):
            name, name_ar, _ = self.place(str(destination))
            yield {
                "name": name,
                "name_ar": name_ar,
                "depot": self.place(str(depot))[0],
                "corridors": [
                    {
                        "position": positions[corridor_id],
                        "id": corridor_id,
                        "rank": row["rank"],
                        "km": f"{row['length_m'] / 1000:.1f}",
                        "time": write_duration(row["duration_min"]),
                        "clearance": write_distance(row["clearance_m"]) or "n/a",
                        "status": row["status"],
                        "status_word": self.words.name("status", row["status"]),
                        "unknown": write_share(row["unknown_share"]) if row["unknown_share"] > 0 else "",
                    }
                    for corridor_id, row in rows.iterrows()
                ],
            }

    def _resting(self) -> Data:
        """How many corridors rest on roads of unknown or stale state, and the largest share of one that does."""
        share = self.corridors["unknown_share"]
        return {"corridors": int((share > 0).sum()), "all": len(share), "most": write_share(share.max()) if len(share) else ""}

    def _road_counts(self) -> Data:
        status = self.segments["status"]
        return {
            "segments": len(status),
            "km": f"{self.segments['length_m'].sum() / 1000:,.0f}",
            **{word.lower(): int((status == word).sum()) for word in (NOT_PASSABLE, RESTRICTED, UNKNOWN)},
        }

    def _legend(self) -> Data:
        """Which signs this map uses: no sign is explained that does not appear."""
        sites, standing = self.sites, self.incidents["standing"]
        ranks = self.corridors["rank"]
        return {
            "primary": bool((ranks == 1).any()),
            "second": bool((ranks == 2).any()),
            "third": bool((ranks > 2).any()),
            "closed": bool(self.closed.any()),
            "restricted": bool(self.segments["status"].isin([RESTRICTED, UNKNOWN]).any()),
            "active": bool((standing == ACTIVE).any()),
            "inactive": bool((standing != ACTIVE).any()),
            "zones": [[kind, word] for kind, word in self.words.texts["zone"].items() if (self.zones["kind"] == kind).any()],
            "depot": bool((sites["role"] == "depot").any()),
            "reached": not self.corridors.empty,
            "cut_off": not self.cut_off.empty,
            "other_sites": bool(sites["role"].isin(["waypoint", "observer_base"]).any()),
            "bridges": bool(self.segments["bridge"].any()),
        }
