"""The words beside the map: who is cut off, what is proposed, what it rests on, and which signs the map uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from corridors.outputs.maps.wording import STATUS_WORDS, ZONE_WORDS, Data, Names, write_distance, write_duration, write_share, write_time
from corridors.plan import Plan
from corridors.situation import ACTIVE, STANDINGS
from corridors.tables import NOT_PASSABLE, RESTRICTED, UNKNOWN


def build_panel(plan: Plan) -> Data:
    """The words of the panel, by the names that `page.html` uses."""
    return _Panel(plan).words()


class _Panel(Names):
    def words(self) -> Data:
        """What the panel says."""
        situation, plan = self.situation, self.plan
        invented = plan.incidents["source"].str.contains("invented|demonstration", case=False)
        return {
            "title": situation.title or "Proposed corridors",
            "as_of": write_time(situation.as_of),
            "plan_hash": f"{plan.plan_hash[:5]} {plan.plan_hash[5:10]}",
            "invented": int(invented.sum()),
            "incidents": len(invented),
            "acknowledgements": [{"code": a.code, "reason": a.reason, "by": a.by} for a in situation.acknowledgements],
            "remarks": list(plan.remarks),
            "cut_off": [self._cut_off(site_id, row) for site_id, row in plan.cut_off.iterrows()],
            "resting": self._resting(),
            "destinations": int(plan.corridors["destination_id"].nunique()),
            "pairs": list(self._pairs()),
            "roads": self._road_counts(),
            "standings": [
                {"word": word.replace("_", " "), "count": int((plan.standing == word).sum())}
                for word in STANDINGS
                if word == ACTIVE or (plan.standing == word).any()
            ]
            + [
                {"word": word.replace("_", " "), "count": count}
                for word in ("fused", "superseded", "duplicate", "quarantined", "set_aside")
                if (count := plan.counts.get(f"incidents_{word}"))
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
                for source in situation.sources
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
                        "status_word": STATUS_WORDS[row["status"]],
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
        status = self.plan.segments["status"]
        return {
            "segments": len(status),
            "km": f"{self.plan.segments['length_m'].sum() / 1000:,.0f}",
            **{word.lower(): int((status == word).sum()) for word in (NOT_PASSABLE, RESTRICTED, UNKNOWN)},
        }

    def _legend(self) -> Data:
        """Which signs this map uses: no sign is explained that does not appear."""
        plan, sites = self.plan, self.situation.sites
        ranks = plan.corridors["rank"]
        return {
            "primary": bool((ranks == 1).any()),
            "second": bool((ranks == 2).any()),
            "third": bool((ranks > 2).any()),
            "closed": bool(self.closed.any()),
            "restricted": bool(plan.segments["status"].isin([RESTRICTED, UNKNOWN]).any()),
            "active": bool((plan.standing == ACTIVE).any()),
            "inactive": bool((plan.standing != ACTIVE).any()),
            "zones": [[kind, word] for kind, word in ZONE_WORDS.items() if (self.situation.zones["kind"] == kind).any()],
            "depot": bool((sites["role"] == "depot").any()),
            "reached": not plan.corridors.empty,
            "cut_off": not plan.cut_off.empty,
            "other_sites": bool(sites["role"].isin(["waypoint", "observer_base"]).any()),
            "bridges": bool(plan.segments["bridge"].any()),
        }
