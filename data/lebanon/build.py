"""Rebuild roads.geojson, the schematic road network of southern Lebanon, from these tables.

places.csv    named places and road junctions
links.csv     one row per road between two places, with the points it passes on the way
bridges.csv   bridges named in a link's ``via``; each becomes a line of its own

A road is drawn as a smooth curve through its places and via points. In hills and mountains it winds
a little between them, by an amount that depends on nothing but the link's name, so the same tables
always give the same bytes.

    python data/lebanon/build.py                      rebuild roads.geojson python
    data/lebanon/build.py --geonames LB.txt    first refresh positions from a GeoNames country dump
"""

import argparse
import csv
import json
import math
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shapely import LineString, STRtree
from shapely.ops import substring

HERE = Path(__file__).parent
DECIMALS = 5  # about a metre
STEP_M = 90  # distance between the sampled points of a curve
TOLERANCE_M = 5  # samples that change the line by less are left out
SHARPEST_TURN = math.radians(75)  # beyond this two roads meeting in a place are not drawn as one
WINDING_M = {"plain": 0.0, "hill": 50.0, "mountain": 110.0}  # sideways
WAVES_M = (2100.0, 830.0)  # lengthwise

Row = dict[str, str]
Point = tuple[float, float]  # metres east and north of the origin

ORIGIN_LAT, ORIGIN_LON = 33.5, 35.5
METRES_PER_DEGREE_LAT = 110_922.0
METRES_PER_DEGREE_LON = METRES_PER_DEGREE_LAT * 1.00505 * math.cos(math.radians(ORIGIN_LAT))


def to_metres(lat: float, lon: float) -> Point:
    """Project onto a plane that is true to a few parts in a thousand anywhere in the area."""
    return (lon - ORIGIN_LON) * METRES_PER_DEGREE_LON, (lat - ORIGIN_LAT) * METRES_PER_DEGREE_LAT


def to_degrees(point: Point) -> list[float]:
    """Undo `to_metres`; longitude first, as GeoJSON has it."""
    lon = ORIGIN_LON + point[0] / METRES_PER_DEGREE_LON
    lat = ORIGIN_LAT + point[1] / METRES_PER_DEGREE_LAT
    return [round(lon, DECIMALS), round(lat, DECIMALS)]


def read_table(name: str) -> list[Row]:
    """Read one of the tables beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(name: str, rows: list[Row]) -> None:
    """Write a table back as it was read."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def refresh_positions(name: str, dump: Path) -> None:
    """Copy positions from a GeoNames dump into the rows of a table that carry a geonameid."""
    with dump.open(encoding="utf-8") as file:
        positions = {row[0]: (row[4], row[5]) for row in (line.split("\t") for line in file)}
    rows = read_table(name)
    for row in rows:
        if row["geonameid"]:
            lat, lon = positions[row["geonameid"]]
            row["lat"], row["lon"] = f"{float(lat):.5f}", f"{float(lon):.5f}"
    write_table(name, rows)


def angle_between(a: Point, b: Point, c: Point) -> float:
    """Return by how much the way from a over b to c turns, 0 being straight on."""
    turn = math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(b[1] - a[1], b[0] - a[0])
    return abs(math.remainder(turn, math.tau))


def between(p0: Point, p1: Point, p2: Point, p3: Point) -> Iterator[Point]:
    """Sample a centripetal Catmull-Rom curve from p1 to p2, without p2."""
    k0 = 0.0
    k1 = k0 + math.sqrt(math.dist(p0, p1))
    k2 = k1 + math.sqrt(math.dist(p1, p2))
    k3 = k2 + math.sqrt(math.dist(p2, p3))

    def mix(a: Point, b: Point, ka: float, kb: float, k: float) -> Point:
        w = (k - ka) / (kb - ka)
        return a[0] + w * (b[0] - a[0]), a[1] + w * (b[1] - a[1])

    count = max(2, round(math.dist(p1, p2) / STEP_M))
    for i in range(count):
        k = k1 + (k2 - k1) * i / count
        a1, a2, a3 = mix(p0, p1, k0, k1, k), mix(p1, p2, k1, k2, k), mix(p2, p3, k2, k3, k)
        yield mix(mix(a1, a2, k0, k2, k), mix(a2, a3, k1, k3, k), k1, k2, k)


def wind(points: list[Point], amplitude_m: float, phase: float) -> list[Point]:
    """Push the points of a curve sideways, not at all at its ends."""
    chord = math.dist(points[0], points[-1])
    if amplitude_m == 0 or chord == 0:
        return points
    amplitude_m = min(amplitude_m, chord / 16)
    wound = [points[0]]
    walked = 0.0
    for i in range(1, len(points) - 1):
        (x0, y0), (x, y), (x1, y1) = points[i - 1], points[i], points[i + 1]
        walked += math.dist((x0, y0), (x, y))
        swing = sum(
            math.sin(math.tau * walked / wave + phase * n) / n for n, wave in enumerate(WAVES_M, 1)
        )
        offset = amplitude_m * math.sin(math.pi * i / (len(points) - 1)) * swing
        run = math.dist((x0, y0), (x1, y1))
        wound.append((x - offset * (y1 - y0) / run, y + offset * (x1 - x0) / run))
    return [*wound, points[-1]]


class Network:
    """The tables, and the points every link passes."""

    def __init__(self) -> None:
        """Read the tables and resolve every name in them."""
        self.links = {row["link_id"]: row for row in read_table("links.csv")}
        self.bridges = {row["bridge_id"]: row for row in read_table("bridges.csv")}
        named = [(row["place_id"], row) for row in read_table("places.csv")] + list(
            self.bridges.items()
        )
        self.at = {name: to_metres(float(row["lat"]), float(row["lon"])) for name, row in named}
        self.controls = {
            link_id: [self.locate(name) for name in self.names(link)]
            for link_id, link in self.links.items()
        }
        self.leaving: dict[Point, list[tuple[str, Point]]] = defaultdict(
            list
        )  # at a place: link, its next point
        for link_id, points in self.controls.items():
            self.leaving[points[0]].append((link_id, points[1]))
            self.leaving[points[-1]].append((link_id, points[-2]))

    @staticmethod
    def names(link: Row) -> list[str]:
        """List what a link passes: place ids, bridge ids and lat/lon points."""
        return [link["from_place"], *link["via"].split(), link["to_place"]]

    def locate(self, name: str) -> Point:
        """Find where a place, a bridge or a lat/lon point is."""
        if "/" in name:
            lat, lon = name.split("/")
            return to_metres(float(lat), float(lon))
        return self.at[name]

    def beyond(self, link_id: str, end: Point, inner: Point) -> Point:
        """Return the point that a link heads for past its end.

        It is the road of its class that continues most directly, or a point straight ahead.
        """
        road_class = self.links[link_id]["road_class"]
        onward = [
            (angle_between(inner, end, point), other, point)
            for other, point in self.leaving[end]
            if other != link_id and self.links[other]["road_class"] == road_class
        ]
        if onward and min(onward)[0] < SHARPEST_TURN:
            return min(onward)[2]
        return 2 * end[0] - inner[0], 2 * end[1] - inner[1]

    def curve(self, link_id: str) -> LineString:
        """Draw one link from end to end."""
        link, points = self.links[link_id], self.controls[link_id]
        first = self.beyond(link_id, points[0], points[1])
        last = self.beyond(link_id, points[-1], points[-2])
        padded = [first, *points, last]
        phase = math.tau * (zlib.crc32(link_id.encode()) % 1000) / 1000
        drawn: list[Point] = []
        for i in range(len(points) - 1):
            stretch = [*between(*padded[i : i + 4]), points[i + 1]]
            drawn += wind(stretch, WINDING_M[link["terrain"]], phase + i)[:-1]
        return LineString([*drawn, points[-1]])

    def features(self) -> Iterator[dict[str, Any]]:
        """Yield every link as GeoJSON features, cut where a bridge begins and ends."""
        for link_id, link in self.links.items():
            line = self.curve(link_id)
            crossed = [self.bridges[name] for name in self.names(link) if name in self.bridges]
            if not crossed:
                yield feature(link_id, link, line)
                continue
            start = 0.0
            for part, bridge in enumerate(crossed, 1):
                middle = line.project(LineString([self.at[bridge["bridge_id"]]] * 2).centroid)
                half = float(bridge["length_m"]) / 2
                yield feature(f"{link_id}-{part}", link, substring(line, start, middle - half))
                yield feature(
                    bridge["bridge_id"], link, substring(line, middle - half, middle + half), bridge
                )
                start = middle + half
            yield feature(
                f"{link_id}-{len(crossed) + 1}", link, substring(line, start, line.length)
            )


def feature(
    feature_id: str, link: Row, line: LineString, bridge: Row | None = None
) -> dict[str, Any]:
    """Make one GeoJSON feature; empty columns become absent properties."""
    named = bridge or link
    properties: dict[str, str | int | float] = {
        "id": feature_id,
        "highway": link["road_class"],
        "ref": link["ref"],
        "name": named["name"],
        "name:ar": named["name_ar"],
        "oneway": "no",
        "maxspeed": link["maxspeed_kph"],
        "surface": link["surface"],
    }
    if bridge:
        properties |= {"bridge": "yes", "layer": 1, "maxweight": float(bridge["maxweight_t"])}
    return {
        "type": "Feature",
        "properties": {key: value for key, value in properties.items() if value != ""},
        "geometry": {
            "type": "LineString",
            "coordinates": [to_degrees(point) for point in line.simplify(TOLERANCE_M).coords],
        },
    }


def crossings(features: list[dict[str, Any]]) -> list[str]:
    """Name the roads that meet anywhere but at a shared end."""
    lines = [LineString(feature["geometry"]["coordinates"]) for feature in features]
    found = []
    for a, b in STRtree(lines).query(lines, predicate="intersects").T:
        shared = lines[a].boundary.intersection(lines[b].boundary)
        if a < b and not lines[a].intersection(lines[b]).difference(shared).is_empty:
            found.append(f"{features[a]['properties']['id']} and {features[b]['properties']['id']}")
    return found + [
        f"{f['properties']['id']} with itself"
        for f, line in zip(features, lines, strict=True)
        if not line.is_simple
    ]


def main() -> None:
    """Rebuild roads.geojson."""
    parser = argparse.ArgumentParser(
        description="Rebuild roads.geojson from the tables beside this script."
    )
    parser.add_argument(
        "--geonames",
        type=Path,
        metavar="LB.txt",
        help="refresh positions from this GeoNames dump first",
    )
    dump = parser.parse_args().geonames
    if dump:
        refresh_positions("places.csv", dump)
        refresh_positions("bridges.csv", dump)

    features = sorted(Network().features(), key=lambda feature: feature["properties"]["id"])
    if found := crossings(features):
        raise SystemExit("roads that cross without a junction:\n" + "\n".join(found))
    body = ",\n".join(
        json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features
    )
    text = '{"type":"FeatureCollection","features":[\n' + body + "\n]}\n"
    (HERE / "roads.geojson").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
