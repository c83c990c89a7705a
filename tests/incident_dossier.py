"""Dossiers of a strike on a bridge of the town."""

from __future__ import annotations

from itertools import pairwise

from geographiclib.geodesic import Geodesic
from town import FAR, GRID, make_situation, spot

import corridors as co
from corridors.outputs.documents.dossier import (
    build_dossier_document,
    describe_dossier,
    render_dossier,
    render_geojson,
)
from corridors.outputs.documents.html import render_html
from corridors.outputs.serialization import render_json

SITES = {
    "depot": ("depot", *spot(1)),
    "clinic": ("destination", *spot(3)),
    "mill": ("destination", *spot(9)),
}

CALL = {"source": "hotline: driver", "reported_at": "2026-11-22T07:00Z", "accuracy_m": 200.0}

WIRE = {
    "source": "Agency: wire",
    "reported_at": "2026-11-22T09:00Z",
    "verification": "verified",
    "occurred_at": "2026-11-22T05:30Z",
    "structure": "bridge",
}

STRUCK = (("A-1", *spot(2), CALL), ("B-7", *spot(2), WIRE), FAR)


def make_plan(*incidents, pairs=GRID, **said):
    return co.plan_corridors(
        make_situation(pairs, incidents=incidents or STRUCK, sites=SITES, **said)
    )


def dossier_of(name, *incidents, **said):
    return co.build_dossier(make_plan(*incidents, **said), name)


def render_page(dossier, plan):
    return render_html(build_dossier_document(dossier, plan)).decode()


def list_remarks(dossier):
    return list(map(str, dossier.remarks))


def drive(*nodes):
    """Minutes along straight streets at 50 km/h."""
    metres = 0.0
    for one, other in pairwise(nodes):
        (west, south), (east, north) = spot(one), spot(other)
        metres += Geodesic.WGS84.Inverse(south, west, north, east)["s12"]
    return metres / 1000 / 50 * 60


def everything(dossier, plan):
    """All that is ever written of a dossier."""
    return "\n".join(
        [
            render_json(describe_dossier(dossier)),
            render_geojson(dossier),
            render_page(dossier, plan),
            render_dossier(dossier, width=100),
        ]
    )
