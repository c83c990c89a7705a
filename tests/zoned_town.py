"""A town with one way through it and zones on that way, and releases of its plan."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import shapely
from town import make_situation

import corridors as co
from corridors.tables import ZONES, build_table

ONE_WAY = [(1, 2), (2, 3), (3, 6), (6, 9)]
"""Of the town only the streets along its south and east: there is one way from the depot at 1 to
the clinic at 9."""
NAMES = {"1-2": "South Street", "2-3": "South Street", "3-6": "East Street", "6-9": "East Street"}
NAMES_AR = {"1-2": "شارع الجنوب", "2-3": "شارع الجنوب", "3-6": "شارع الشرق", "6-9": "شارع الشرق"}
MIDDLE = shapely.box(35.01, 32.99, 35.03, 33.01)
"""South Street runs through it, from 35.01 to 35.03."""


def zones(*rows):
    table = [
        {"zone_id": name, "kind": "safe_zone", "geometry": shape, **more}
        for name, shape, more in rows
    ]
    return build_table(ZONES, pd.DataFrame(table) if table else None)


@cache
def make_town():
    return make_situation(ONE_WAY, name=NAMES, name_ar=NAMES_AR)


def make_plan(*rows, rules=None, **more):
    situation = make_town()
    return co.plan_corridors(replace(situation, zones=zones(*rows), **more), rules=rules)


@cache
def release_town():
    return co.build_release(make_plan())


def make_release(*rows, audience="internal", rules=None, **more):
    as_it_is = not rows and rules is None and not more
    return co.disclose(
        release_town() if as_it_is else co.build_release(make_plan(*rows, rules=rules, **more)),
        audience,
    )
