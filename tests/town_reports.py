"""Road reports of the town, and plans with them."""

from __future__ import annotations

import dataclasses

import pandas as pd
import shapely
from town import AS_OF, GRID, make_situation, spot
from town_plans import plan, rules

from corridors.release.audiences import render_remarks
from corridors.situation import Acknowledgement
from corridors.tables import ROAD_REPORTS, build_table

DAY = pd.Timedelta(days=1)


def middle(a, b, share=0.5):
    (lon, lat), (to_lon, to_lat) = spot(a), spot(b)
    return shapely.Point(lon + share * (to_lon - lon), lat + share * (to_lat - lat))


def make_reports(*rows):
    """Road reports from (id, place, status) and whatever else a dict says; of a road, an hour ago,
    if nothing is said."""
    table = []
    for name, place, status, *rest in rows:
        said = {
            "kind": "road_status",
            "reported_at": AS_OF - DAY / 24,
            "direction": "both",
            "accuracy_m": 0.0,
            "verification": "reported",
        }
        table.append(
            {
                "report_id": name,
                "status": status,
                "geometry": place,
                **said,
                **(rest[0] if rest else {}),
            }
        )
    return build_table(ROAD_REPORTS, pd.DataFrame(table) if table else None)


def plan_with(*rows, as_of=AS_OF, tables=None, pairs=GRID, sites=None, **columns):
    situation = make_situation(pairs, sites=sites, **columns)
    reports = (
        rows[0] if len(rows) == 1 and isinstance(rows[0], pd.DataFrame) else make_reports(*rows)
    )
    return plan(
        dataclasses.replace(situation, as_of=as_of, road_reports=reports), rules(**(tables or {}))
    )


ANSWERED = (Acknowledgement("no-active-incident", "a town at peace", "duty officer"),)


def ledger(made):
    table = made.closures[made.closures["cause_type"] == "road_report"]
    return set(
        zip(table["segment_id"], table["direction"], table["cause_id"], table["rule"], strict=True)
    )


def states(made):
    return made.segments["status"][made.segments["status"] != "PASSABLE"].to_dict()


def usable(made):
    arcs = made.network.arcs
    return set(
        zip(arcs["segment_id"][arcs["usable"]], arcs["direction"][arcs["usable"]], strict=True)
    )


def remarked(made, *words):
    return any(all(word in remark for word in words) for remark in render_remarks(made))


SITES_1_3 = {"depot": ("depot", *spot(1)), "clinic": ("destination", *spot(3))}
