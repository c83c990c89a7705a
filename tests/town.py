"""A town small enough to check by hand.

7---8---9      Streets run 2 km apart (a degree grid at 33 N, 35 E), two-way, 50 km/h by default.
|   |   |      A depot stands at node 1, a clinic at node 9.
4---5---6
|   |   |
1---2---3
"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import shapely

from corridors.geodesy.measures import measure_length_m
from corridors.situation import Situation
from corridors.tables import INCIDENTS, ROADS, SITES, ZONES, build_table

AS_OF = datetime(2026, 11, 23, 6, tzinfo=UTC)
STEP = 0.02
"""Degrees between streets: 1,865 m east-west and 2,218 m north-south here."""


def spot(node):
    """Longitude and latitude of a node of the town."""
    row, column = divmod(node - 1, 3)
    return 35.0 + column * STEP, 33.0 + row * STEP


def make_roads(pairs, **columns):
    """Straight roads between nodes of the town; `columns` holds values by "1-2"."""
    names = [f"{a}-{b}" for a, b in pairs]
    lines = [shapely.LineString([spot(a), spot(b)]) for a, b in pairs]
    table = {
        "segment_id": names,
        "from_node": [a for a, _ in pairs],
        "to_node": [b for _, b in pairs],
        "oneway": "both",
        "length_m": measure_length_m(lines),
        "speed_kph": 50.0,
        "road_class": "primary",
        "geometry": lines,
    }
    frame = pd.DataFrame(table)
    for column, values in columns.items():
        if column not in frame:
            frame[column] = None
        frame[column] = [
            values.get(name, old) for name, old in zip(names, frame[column], strict=True)
        ]
    return build_table(ROADS, frame)


GRID = [
    (1, 2),
    (2, 3),
    (4, 5),
    (5, 6),
    (7, 8),
    (8, 9),
    (1, 4),
    (4, 7),
    (2, 5),
    (5, 8),
    (3, 6),
    (6, 9),
]


def make_incidents(*rows):
    """Incidents from (id, lon, lat) and whatever else a dict says; air strikes the day before, if
    nothing is said."""
    table = []
    for name, lon, lat, *rest in rows:
        said = {
            "kind": "air_strike",
            "occurred_at": "2026-11-22T06:00Z",
            "accuracy_m": 0.0,
            "verification": "reported",
            "source": "test",
        }
        said |= rest[0] if rest else {}
        table.append(
            {
                "incident_id": name,
                "occurred_until": said["occurred_at"],
                "geometry": shapely.Point(lon, lat),
                **said,
            }
        )
    return build_table(INCIDENTS, pd.DataFrame(table) if table else None)


def make_sites(**roles):
    """Sites from id=(role, lon, lat)."""
    rows = [
        {"site_id": name, "role": role, "name": name.title(), "geometry": shapely.Point(lon, lat)}
        for name, (role, lon, lat) in roles.items()
    ]
    return build_table(SITES, pd.DataFrame(rows))


def make_zones(*rows):
    """Zones from (id, kind, polygon)."""
    table = [
        {"zone_id": name, "kind": kind, "name": name, "geometry": shape}
        for name, kind, shape in rows
    ]
    return build_table(ZONES, pd.DataFrame(table) if table else None)


FAR = ("far", 35.5, 33.4)
"""An incident in the area that closes nothing in the town."""


def make_situation(pairs=GRID, incidents=(FAR,), zones=(), sites=None, **columns):
    """A situation of the town."""
    return Situation(
        as_of=AS_OF,
        title="Town",
        roads=make_roads(pairs, **columns),
        incidents=make_incidents(*incidents),
        zones=make_zones(*zones),
        sites=make_sites(
            **(sites or {"depot": ("depot", *spot(1)), "clinic": ("destination", *spot(9))})
        ),
    )
