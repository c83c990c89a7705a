"""The contract of every layer of a release: the tables of a plan, with columns of other stages.

The layers are in the order of importance for a reader. Files are written and read by these
contracts, and tests compare the documentation with them. `tables.describe_column` describes the
columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from corridors import tables
from corridors.evidence.status import INCIDENT_STATUSES, ROAD_REPORT_STATUSES
from corridors.supplies import SUPPLY_WORDS
from corridors.tables import AREAS, LINES, Column, Table

_SITE = (*tables.SITES.geometry, *AREAS)  # a depot can be shown as a square
_RADIUS = Column("effective_radius_m", "number")
_REASON = (Column("reason_values", "text"), Column("reason", "text"))


def _extend(contract: Table, *columns: Column, without: str = "") -> Table:
    """A contract with more columns at the end, and without one of its own."""
    kept = (column for column in contract.columns if column.name != without)
    return replace(contract, columns=(*kept, *columns))


CHOKEPOINTS = Table(
    "chokepoints",
    "",
    (
        Column("corridor_id", "text", required=True),
        Column("segment_id", "text"),
        Column("name", "text"),
        Column("name_ar", "text"),
        Column("bridge", "bool"),
    ),
    LINES,
)
CLOSURE_AREAS = Table(
    "closure_areas",
    "",
    (
        Column("incidents", "int"),
        Column("active_until", "time"),
    ),
    ("Polygon",),
)
_LAYERS = (
    tables.CORRIDORS,
    replace(tables.STEPS, geometry=LINES),
    CHOKEPOINTS,
    _extend(tables.SEGMENTS, *_REASON, Column("closed_by", "list")),
    tables.CLOSURES,
    CLOSURE_AREAS,
    _extend(tables.STRUCTURES, *_REASON),
    _extend(tables.ROAD_REPORTS, Column("road_report_status", "text", ROAD_REPORT_STATUSES)),
    _extend(
        tables.INCIDENTS,
        Column("incident_status", "text", INCIDENT_STATUSES),
        _RADIUS,
        without="version_of",
    ),
    _extend(
        tables.REPORTS,
        Column("incident_status", "text", (*INCIDENT_STATUSES, "superseded")),
        _RADIUS,
        without="superseded",
    ),
    tables.ZONES,
    replace(
        _extend(
            tables.SITES,
            Column("segment_id", "text"),
            Column("snap_m", "number"),
            Column("snap_lon", "number"),
            Column("snap_lat", "number"),
            Column("cut_off", "bool"),
            Column("reason", "text"),
            Column("supply", "text", SUPPLY_WORDS),
            Column("drawn_from", "text"),
            Column("drawn_t", "number"),
            Column("reached", "int"),
            Column("farthest_min", "number"),
        ),
        geometry=_SITE,
    ),
    _extend(tables.CUT_OFF, Column("reason", "text"), Column("blocked_by", "list")),
)
LAYERS: Mapping[str, Table] = MappingProxyType({contract.name: contract for contract in _LAYERS})
