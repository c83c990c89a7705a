"""A plan made by hand for the map: every table has rows, and any text can be put anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import shapely

from corridors.access import BACKWARD, CAUSE_TYPES, FORWARD, RULES, Access, Causes
from corridors.assessment import Assessment
from corridors.evidence import Evidence
from corridors.evidence.conditions import COLUMNS
from corridors.evidence.matching import Matches
from corridors.evidence.status import INCIDENT_STATUSES
from corridors.exposure import Exposure
from corridors.geodesy.measures import measure_length_m
from corridors.messages import Message
from corridors.network.graph import Network
from corridors.network.prepared import PreparedNetwork
from corridors.plan import Plan
from corridors.routing import Routes
from corridors.rules import Rules
from corridors.situation import Acknowledgement, Situation, Source
from corridors.tables import (
    CLOSURES,
    CORRIDORS,
    CUT_OFF,
    INCIDENTS,
    REPORTS,
    ROAD_REPORTS,
    ROADS,
    SEGMENTS,
    SITES,
    STATUSES,
    STEPS,
    ZONES,
    build_table,
)

AS_OF = datetime(2026, 11, 23, 6, tzinfo=UTC)
WEST, SOUTH = 35.20, 33.20
STAGES = {
    "closures": "access",
    "corridors": "assessment",
    "cut_off": "assessment",
    "incidents": "evidence",
    "reports": "evidence",
    "segments": "network",
}
"""The stage that holds each table of a plan."""


@dataclass(frozen=True, eq=False)
class DrawnAccess(Access):
    """Access with a ledger that is given as a table, so that any text can be in it."""

    closures: pd.DataFrame = field(kw_only=True)


def change(plan, **values):
    """The plan with other tables in its stages, or other fields."""
    for name, value in values.items():
        if stage := STAGES.get(name):
            plan = replace(plan, **{stage: replace(getattr(plan, stage), **{name: value})})
        else:
            plan = replace(plan, **{name: value})
    return plan


def plain_name(what, number):
    return f"{what} {number}"


def make_plan(name_of=plain_name, *, west=WEST, as_of=AS_OF):
    """A small town: a square of four roads and a spur; one way to C1 and one alternate, C2 cut off
    by a strike on the spur.

    `name_of` gives every text of every table, so that a test can put anything anywhere.
    """

    def at(x, y):
        return ((west + x / 100 + 180) % 360 - 180, SOUTH + y / 100)

    def names(what, count):
        return [name_of(what, number) for number in range(count)]

    ways = [
        [at(0, 0), at(2, 1), at(4, 0)],
        [at(4, 0), at(4, 4)],
        [at(4, 4), at(0, 4)],
        [at(0, 4), at(0, 0)],
        [at(4, 4), at(8, 5)],
    ]
    lines = [shapely.LineString(way) for way in ways]
    segment_ids = [f"s{number} {text}" for number, text in enumerate(names("segment", 5))]
    roads = {
        "segment_id": segment_ids,
        "from_node": [0, 1, 2, 3, 2],
        "to_node": [1, 2, 3, 0, 4],
        "oneway": "both",
        "length_m": measure_length_m(lines),
        "speed_kph": 50.0,
        "road_class": ["primary", "secondary", "residential", "trunk", "tertiary"],
        "name": names("road", 5),
        "name_ar": names("طريق", 5),
        "bridge": [False, True, False, False, False],
        "surface": names("surface", 5),
        "geometry": lines,
    }
    site_ids = [f"p{number} {text}" for number, text in enumerate(names("site", 4))]
    spots = [
        shapely.Point(at(0, 0)),
        shapely.Point(at(4, 4)),
        shapely.Point(at(8, 5)),
        shapely.Point(at(2, 3)),
    ]
    sites = build_table(
        SITES,
        {
            "site_id": site_ids,
            "role": ["depot", "destination", "destination", "waypoint"],
            "name": names("place", 4),
            "name_ar": names("مكان", 4),
            "pcode": names("pcode", 4),
            "people": [np.nan, 1200.0, 300.0, np.nan],
            "geometry": spots,
        },
    )
    zone_ids = [f"z{number} {text}" for number, text in enumerate(names("zone", 2))]
    zones = build_table(
        ZONES,
        {
            "zone_id": zone_ids,
            "kind": ["safe_zone", "no_go"],
            "name": names("area", 2),
            "name_ar": names("منطقة", 2),
            "declared_by": names("declarer", 2),
            "supervisor": names("supervisor", 2),
            "valid_to": [pd.NaT, pd.Timestamp("2026-01-01T00:00Z")],
            "source": names("map sheet", 2),
            "geometry": [
                shapely.Polygon([at(3, 3), at(5, 3), at(5, 5), at(3, 5)]),
                shapely.Polygon([at(-2, 0), at(-1, 0), at(-1, 1)]),
            ],
        },
    )
    incident_ids = [f"i{number} {text}" for number, text in enumerate(names("incident", 6))]
    incidents = build_table(
        INCIDENTS,
        {
            "incident_id": incident_ids,
            "kind": ["air_strike", "shelling", "fire", "other", "obstruction", "ground_clash"],
            "occurred_at": [pd.Timestamp("2026-11-20T14:30Z")] * 6,
            "occurred_until": [pd.Timestamp("2026-11-20T15:00Z")] * 6,
            "accuracy_m": 50.0,
            "verification": [
                "verified",
                "reported",
                "reported",
                "reported",
                "retracted",
                "reported",
            ],
            "structure": names("structure", 6),
            "source": names("reporter", 6),
            "geometry": [
                shapely.Point(at(6, 4.5)),
                *[shapely.Point(at(x, 6)) for x in range(1, 6)],
            ],
        },
    )
    causes = [
        ("incident", incident_ids[0]),
        ("zone", zone_ids[1]),
        ("road_report", name_of("report", 0)),
        ("vehicle", name_of("limit", 0)),
    ]
    closures = build_table(
        CLOSURES,
        {
            "segment_id": [segment_ids[4]] * 4,
            "cause_id": [cause for _, cause in causes],
            "cause_type": [kind for kind, _ in causes],
            "rule": ["within_radius", "crosses_zone", name_of("rule", 0), "weight_limit"],
            "direction": "both",
            "distance_m": [12.0, 0.0, 3.0, np.nan],
            "active_until": [pd.Timestamp("2026-12-04T15:00Z"), pd.NaT, pd.NaT, pd.NaT],
        },
    )
    corridor_ids = [f"c{rank} {name_of('corridor', rank)}" for rank in (1, 2)]
    driven = [
        shapely.LineString([at(0, 0), at(0, 4), at(4, 4)]),
        shapely.LineString([at(0, 0), at(2, 1), at(4, 0), at(4, 4)]),
    ]
    corridors = build_table(
        CORRIDORS,
        {
            "corridor_id": corridor_ids,
            "depot_id": site_ids[0],
            "destination_id": site_ids[1],
            "rank": [1, 2],
            "status": ["PASSABLE", "UNKNOWN"],
            "length_m": measure_length_m(driven),
            "duration_min": [61.2, 75.0],
            "exposure": [0.25, 0.0],
            "nearest_incident_m": [1990.0, np.nan],
            "shared_with_primary": [1.0, 0.0],
            "shared_exposure": [1.0, 0.0],
            "unknown_share": [0.0, 0.25],
            "chokepoints": [(segment_ids[3],), ()],
            "geometry": driven,
        },
    )
    closed = Message("reason.crosses_zone", zone=zone_ids[1], zone_kind="no_go")
    why = Message("cut_off.own_road", road=name_of("road", 4), reason=closed)
    cut_off = build_table(
        CUT_OFF,
        {
            "site_id": [site_ids[2]],
            "name": [sites["name"].iloc[2]],
            "reason_code": "cut_off.own_road",
            "reason_values": why.write_values(),
            "blocking": [tuple(":".join(cause) for cause in causes)],
            "smallest_set": [(":".join(causes[0]),)],
            "reachable_within_m": [4100.0],
            "geometry": [spots[2]],
        },
    )
    status = ["PASSABLE", "UNKNOWN", "RESTRICTED", "PASSABLE", "NOT_PASSABLE"]
    rule_of = np.array(
        [-1, *[RULES.index("in_restricted_zone")] * 2, -1, RULES.index("bridge_deck")]
    )
    segments = build_table(
        SEGMENTS,
        {
            **roads,
            "exposure": 0.0,
            "status": status,
            "reason_code": [f"reason.{RULES[rule]}" if rule >= 0 else "" for rule in rule_of],
        },
    )
    reasons = Causes(
        ids=np.array([*zone_ids, incident_ids[0]], dtype=object),
        segment=np.array([1, 2, 4]),
        cause=np.arange(3),
        cause_type=np.array([CAUSE_TYPES.index(kind) for kind in ("zone", "zone", "incident")]),
        rule=rule_of[[1, 2, 4]],
        reason=rule_of[[1, 2, 4]],
        direction=np.full(3, FORWARD | BACKWARD),
        distance_m=np.array([0.0, 0.0, 12.0]),
        radius_m=np.array([np.nan, np.nan, 1050.0]),
        bridge=np.array([-1, -1, 4]),
        active_from=np.full(3, np.datetime64("NaT", "us")),
        active_until=np.full(3, np.datetime64("NaT", "us")),
    )
    access = DrawnAccess(
        segment_ids=segments.index,
        status_code=np.array([STATUSES.index(word) for word in status]),
        reason=rule_of,
        closed=np.array([0, 0, 0, 0, FORWARD | BACKWARD]),
        ledger=reasons.take(np.array([2])),
        causes=reasons,
        closures=closures,
    )
    counted = {"incident_status": list(INCIDENT_STATUSES), "effective_radius_m": 1050.0}
    evidence = Evidence(
        reports=build_table(REPORTS, incidents.assign(incident_id=incidents.index)).assign(
            **counted
        ),
        incidents=incidents.assign(**counted),
        road_reports=build_table(ROAD_REPORTS),
        road_report_status=pd.Series(dtype="str"),
        matches=Matches(pd.DataFrame(columns=["report", "segment"]), pd.DataFrame()),
        conditions=pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()}),
    )
    snaps = pd.DataFrame(
        {
            "segment_id": segment_ids[:3],
            "snap_m": 12.3,
            "lon": [p.x for p in spots[:3]],
            "lat": [p.y for p in spots[:3]],
        },
        index=sites.index[:3],
    )
    source = Source(
        "roads",
        name_of("file", 0),
        "pbf",
        rows={name_of("left out", 0): 3},
        attribution=name_of("credit", 0),
        notes=tuple(Message("note.library", text=text) for text in names("note", 2)),
    )
    said = Acknowledgement(name_of("code", 0), name_of("because", 0), name_of("officer", 0))
    return Plan(
        situation=Situation(
            as_of,
            build_table(ROADS, roads),
            sites,
            zones,
            incidents,
            name_of("title", 0),
            (source,),
            (said,),
        ),
        rules=Rules(),
        prepared=PreparedNetwork(None, pd.DataFrame(), snaps, None),
        evidence=evidence,
        exposure=Exposure(None, None, segments["exposure"]),
        access=access,
        network=Network(segments, None, None, None, 0.0),
        routes=Routes((), build_table(STEPS)),
        assessment=Assessment(corridors, cut_off),
        remarks=(Message("remark.file_note", file="a file", note=name_of("remark", 0)),),
        summary={"segments": 5, "closed": 1, "incidents_quarantined": 2, "incidents_duplicate": 0},
        plan_hash="0123456789abcdef" * 4,
    )
