"""Two proposals of zones, drawn as boxes."""

from __future__ import annotations

import json

import pandas as pd
import pyproj
import shapely
from town import make_zones

from corridors.outputs.documents.html import render_html
from corridors.outputs.documents.zone_comparison import build_zone_document
from corridors.review.zone_proposals import PARTS
from corridors.tables import SITES, build_table


def box(west, south, east, north):
    return shapely.box(west, south, east, north)


def propose(*shapes, kind="safe_zone"):
    return make_zones(
        *((f"Z-{number}", kind, shape) for number, shape in enumerate(shapes, start=1))
    )


def render_zone_page(comparison, lang="en"):
    return render_html(build_zone_document(comparison, lang=lang)).decode()


def total_km2(found):
    return [float(found.total(part)["area_km2"]) for part in PARTS]


def exact_km2(shape):
    """By an equal-area plane on the ellipsoid, with edges drawn finely: no part of our own way of
    measuring."""
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326", "+proj=cea +ellps=WGS84 +units=m", always_xy=True
    )
    return (
        shapely.transform(shapely.segmentize(shape, 0.001), plane.transform, interleaved=False).area
        / 1e6
    )


def place(*rows):
    table = [
        {
            "site_id": name,
            "role": role,
            "name": name,
            "people": people,
            "geometry": shapely.Point(*xy),
        }
        for name, role, people, xy in rows
    ]
    return build_table(SITES, pd.DataFrame(table))


def write_zones(path, *zones):
    features = [
        {"type": "Feature", "properties": told, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape, told in zones
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    return str(path)
