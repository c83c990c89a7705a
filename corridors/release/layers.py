"""The contract of every layer of a release: the tables of a plan, with columns of other stages.

They are in the order in which a reader wants them. Files are written and read by these, and the
documentation is compared with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from corridors import tables
from corridors.evidence.status import INCIDENT_STATUSES, ROAD_REPORT_STATUSES
from corridors.supplies import SUPPLY_WORDS
from corridors.tables import AREAS, LINES, Column, Table

_SITE = (*tables.SITES.geometry, *AREAS)  # a depot may stand as a cell
_RADIUS = Column(
    "effective_radius_m",
    "number",
    "within which it closes roads: the radius of its kind plus its positional uncertainty",
)
_REASON = (
    Column("reason_values", "text", "the values of the reason, as JSON; of several causes, each"),
    Column("reason", "text", "the same as an English sentence"),
)


def _without(contract: Table, *names: str) -> tuple[Column, ...]:
    return tuple(column for column in contract.columns if column.name not in names)


CHOKEPOINTS = Table(
    "chokepoints",
    "",
    (
        Column("corridor_id", "text", "the corridor", required=True),
        Column("segment_id", "text", "the segment that every route must use"),
        Column("name", "text", "its name"),
        Column("name_ar", "text", "its Arabic name"),
        Column("bridge", "bool", "it is a bridge"),
    ),
    LINES,
)
CLOSURE_AREAS = Table(
    "closure_areas",
    "",
    (
        Column("incidents", "int", "active incidents whose effective radii make up the area"),
        Column(
            "active_until",
            "time",
            "when the last of them stops closing roads, if nothing else happens",
        ),
    ),
    ("Polygon",),
)
_LAYERS = (
    tables.CORRIDORS,
    replace(tables.STEPS, geometry=LINES),
    CHOKEPOINTS,
    replace(
        tables.SEGMENTS,
        columns=(
            *tables.SEGMENTS.columns,
            *_REASON,
            Column("closed_by", "list", "what kinds of cause close it, by the ledger"),
        ),
    ),
    tables.CLOSURES,
    CLOSURE_AREAS,
    replace(tables.STRUCTURES, columns=(*tables.STRUCTURES.columns, *_REASON)),
    replace(
        tables.ROAD_REPORTS,
        columns=(
            *tables.ROAD_REPORTS.columns,
            Column(
                "road_report_status", "text", "what the report counts for", ROAD_REPORT_STATUSES
            ),
        ),
    ),
    Table(
        "incidents",
        "incident_id",
        (
            *_without(tables.INCIDENTS, "version_of"),
            Column("incident_status", "text", "what it counts for", INCIDENT_STATUSES),
            _RADIUS,
        ),
        tables.INCIDENTS.geometry,
    ),
    Table(
        "reports",
        "report_id",
        (
            *_without(tables.REPORTS, "superseded"),
            Column(
                "incident_status",
                "text",
                "what the report counts for",
                (*INCIDENT_STATUSES, "superseded"),
            ),
            _RADIUS,
        ),
        tables.REPORTS.geometry,
    ),
    tables.ZONES,
    Table(
        "sites",
        "site_id",
        (
            *tables.SITES.columns,
            Column("segment_id", "text", "the segment it meets; empty: no route leads to it"),
            Column("snap_m", "number", "from the site to where it meets the road"),
            Column("snap_lon", "number", "longitude of where it meets the road"),
            Column("snap_lat", "number", "latitude of where it meets the road"),
            Column("cut_off", "bool", "no corridor reaches it"),
            Column("reason", "text", "why, in words"),
            Column("supply", "text", "what becomes of its need", SUPPLY_WORDS),
            Column("drawn_from", "text", "the depot that its need draws on"),
            Column(
                "drawn_t",
                "number",
                "depots: the sum of the needs that draw on it; null where one is not stated",
            ),
            Column("reached", "int", "depots: how many destinations a primary corridor leads to"),
            Column("farthest_min", "number", "depots: driving time to the farthest of those"),
        ),
        _SITE,
    ),
    replace(
        tables.CUT_OFF,
        columns=(
            *tables.CUT_OFF.columns,
            Column("reason", "text", "the same as an English sentence"),
            Column(
                "blocked_by",
                "list",
                "the types of cause that close the roads to it; none: no road leads there at all",
            ),
        ),
    ),
)
LAYERS: Mapping[str, Table] = MappingProxyType({contract.name: contract for contract in _LAYERS})
