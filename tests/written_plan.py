"""A plan of the town with something in every layer."""

from __future__ import annotations

import shapely
from town import make_situation, spot

import corridors as co

STRUCK = ("hit", *spot(2), {"accuracy_m": 50.0})

SQUARE = ("Z-1", "no_go", shapely.box(35.1, 33.1, 35.11, 33.11))


def make_plan(**changes):
    sites = {
        "depot": ("depot", *spot(1)),
        "clinic": ("destination", *spot(9)),
        "mill": ("destination", *spot(2)),
    }
    return co.plan_corridors(
        make_situation(**{"incidents": (STRUCK,), "zones": (SQUARE,), "sites": sites, **changes})
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())
