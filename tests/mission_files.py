"""A mission folder of small files, and the problems found in it."""

from __future__ import annotations

import json

from corridors.inputs.folder import check_folder

MISSION = """
title = "Town"
as_of = 2026-11-23T06:00:00Z
[inputs]
roads = "roads.geojson"
incidents = "strikes.csv"
sites = "sites.csv"
"""

FILES = {
    "roads.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"segment_id": "r", "road_class": "primary"},
                    "geometry": {
                        "type": "LineString",
                        "coordinates": [[35.0, 33.0], [35.005, 33.0], [35.005, 33.005]],
                    },
                }
            ],
        }
    ),
    "strikes.csv": "incident_id,kind,occurred_at,lat,lon\nI1,fire,2026-11-22T06:00Z,33.1,35.1\n",
    "sites.csv": "site_id,role,name,lat,lon\nS1,depot,Depot,33.0,35.0\nS2,destination,Clinic,33.005,35.005\n",
}


def found(folder, **options):
    return [
        (problem.code, problem.file, problem.field) for problem in check_folder(folder, **options)
    ]
