"""A town with something to withhold, and all that a release says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from town import AS_OF, GRID, make_situation, spot

import corridors as co
from corridors.messages import Message
from corridors.rules import Rules
from corridors.situation import Acknowledgement, Producer, Source
from corridors.tables import SITES, build_table

GEOD = Geod(ellps="WGS84")

DEPOT = "Zuhal granary"

CELL_M = 1000.0

SMALL = Rules.from_tables(
    {"disclosure": {"grid_m": CELL_M, "length_step_m": 1000.0, "duration_step_min": 1.0}}
)
"""A grid that fits the town, whose streets are two kilometres long."""

IDS = ("DEP-SECRET", "CLINIC-9", "POST-1")


def make_town(
    depot=(35.0031, 33.0),
    clinic=(35.04, 33.04),
    *,
    name=DEPOT,
    called="Clinic",
    ids=IDS,
    rules=SMALL,
    **changes,
):
    sites = build_table(
        SITES,
        {
            "site_id": list(ids),
            "role": ["depot", "destination", "observer_base"],
            "name": [name, called, "Hill post"],
            "name_ar": ["مخزن زحل", "عيادة", ""],
            "people": [np.nan, 4200.0, np.nan],
            "need_t": [np.nan, 12.0, np.nan],
            "stock_t": [80.0, np.nan, np.nan],
            "geometry": [shapely.Point(depot), shapely.Point(clinic), shapely.Point(spot(5))],
        },
    )
    said = {
        "incidents": (
            ("INC-77", *spot(4), {"source": "a caller named Salim", "structure": "mill"}),
            ("far", 35.5, 33.4),
        ),
        "zones": (
            ("Z-1", "safe_zone", shapely.box(35.03, 33.03, 35.05, 33.05)),
            ("Z-2", "front_line", shapely.box(35.2, 33.1, 35.3, 33.2)),
        ),
        "name": {"1-2": f"{name} road", "2-3": "Mill road"},
    } | changes
    situation = make_situation(**said)
    sources = (
        Source(
            "roads",
            "roads.pbf",
            "pbf",
            "ab" * 32,
            {"read": 12, "kept": 12},
            attribution="© OpenStreetMap contributors, ODbL 1.0",
        ),
        Source(
            "incidents",
            "calls of Salim.csv",
            "csv",
            "cd" * 32,
            {"read": 2, "kept": 2},
            AS_OF,
            notes=(Message("note.columns_unread", names=("repaired",)),),
        ),
        Source(
            "sites",
            "depots.csv",
            "csv",
            "ef" * 32,
            {"read": 3, "kept": 3},
            attribution=f"Register of {name}",
        ),
    )
    situation = dataclasses.replace(
        situation,
        sites=sites,
        sources=sources,
        title=f"Supply from {name}",
        acknowledgements=(
            Acknowledgement("no-incident-in-area", "calm, says Salim", "Duty officer Rima"),
        ),
        producer=Producer("Logistics cell", f"ring {name}", {"parties": "Limited"}),
    )
    return co.build_release(co.plan_corridors(situation, rules=rules))


def say_all(release):
    """Everything a release says, as one text: facts, columns, values, shapes."""
    parts = [
        str(
            [
                getattr(release, field.name)
                for field in dataclasses.fields(release)
                if field.name != "layers"
            ]
        )
    ]
    for name, layer in release.layers.items():
        plain = pd.DataFrame(layer.drop(columns="geometry", errors="ignore"))
        if "geometry" in layer:
            plain["geometry"] = shapely.to_wkt(layer.geometry.to_numpy(), rounding_precision=-1)
        parts.append(f"{name}\n{plain.to_csv()}")
    return "\n".join(parts)


def tell_ends(release):
    """Where each corridor leads, by the names and places of the sites that its ids stand for."""
    sites, corridors = release.layers["sites"], release.layers["corridors"]
    ends = [sites.loc[[row.depot_id, row.destination_id]] for row in corridors.itertuples()]
    return [[(told["name"], told["geometry"].wkt) for _, told in both.iterrows()] for both in ends]


def make_cut_town():
    """The mill is cut off by two strikes; one street is the only way to the clinic."""
    strikes = (("INC-77", 35.0, 33.021), ("INC-78", 35.02, 33.021, {"source": "x"}))
    return make_town(
        pairs=[*GRID[:3], (1, 4), (2, 5), (5, 6), (6, 9)], incidents=strikes, clinic=spot(9)
    )
