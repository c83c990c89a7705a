"""The town of the tests as a mission folder: files that a test may change one by one."""

from __future__ import annotations

import json

from town import GRID, spot

MISSION = """\
title = "Town"
as_of = 2026-11-23T06:00:00Z
[inputs]
roads = "roads.geojson"
zones = "zones.geojson"
incidents = "strikes.csv"
sites = "sites.csv"
"""
STRIKES = "incident_id,kind,occurred_at,lat,lon,accuracy_m,verification,source\nI-1,air_strike,2026-11-22T03:00Z,33.0,35.02,50,verified,فريق\n"
SITES = "site_id,role,name,name_ar,lat,lon\nD-1,depot,Depot,المستودع,33.0,35.0\nC-9,destination,Clinic,العيادة,33.04,35.04\n"
CUT_OFF = "M-2,destination,Mill,,33.0,35.02\n"
"""A destination at the corner that was struck."""
ALL_CUT_OFF = SITES.rpartition("C-9")[0] + CUT_OFF


def layer(*features):
    """A GeoJSON layer from (properties, type, coordinates)."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": told,
                    "geometry": {"type": kind, "coordinates": coordinates},
                }
                for told, kind, coordinates in features
            ],
        },
        ensure_ascii=False,
    )


ROADS = layer(
    *(
        (
            {"id": f"{a}-{b}", "highway": "primary", "name": f"Street {a}-{b}"},
            "LineString",
            [spot(a), spot(b)],
        )
        for a, b in GRID
    )
)
SQUARE = [[[35.1, 33.1], [35.11, 33.1], [35.11, 33.11], [35.1, 33.1]]]
FILES = {
    "mission.toml": MISSION,
    "roads.geojson": ROADS,
    "zones.geojson": layer(({"zone_id": "Z-1", "kind": "no_go"}, "Polygon", SQUARE)),
    "strikes.csv": STRIKES,
    "sites.csv": SITES,
}


def write_town(folder, **changes):
    """Write the mission; `strikes="..."` replaces the file of that stem by text or bytes."""
    folder.mkdir(exist_ok=True)
    for name, unchanged in FILES.items():
        text = changes.get(name.partition(".")[0], unchanged)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
