"""The networks that benchmarks run on, as arrays: a planar one made by seed, and Iceland piece by
piece from OpenStreetMap."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridors.geodesy.measures import GEOD
from corridors.rules import Rules

CLOSED = 2**31 - 1
REAL_DATA = Path(
    os.environ.get("CORRIDORS_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")
)
ICELAND = REAL_DATA / "iceland_osm_gostnets" / "iceland-latest.osm.pbf"


class Arcs(NamedTuple):
    """A network as arrays: an arc from `tail` to `head` takes `weight` milliseconds; nodes lie at
    `lon`, `lat`."""

    tail: npt.NDArray[np.int32]
    head: npt.NDArray[np.int32]
    weight: npt.NDArray[np.uint32]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    length_m: npt.NDArray[np.float64]


def make_planar(nodes: int, seed: int = 0) -> Arcs:
    """A planar network of clustered points and about 2.5 arcs a node, harder for hierarchies than
    any real country.

    Delaunay triangles without their longest sides (about the relative neighbourhood graph), four
    speeds, one road in twelve one way.
    """
    from scipy.spatial import Delaunay  # noqa: PLC0415 - only this network needs scipy

    random = np.random.default_rng(seed)
    towns = random.uniform(0, 1, (max(nodes // 2000, 1), 2))
    near = towns[random.integers(len(towns), size=nodes // 2)] + random.normal(
        0, 0.01, (nodes // 2, 2)
    )
    points = np.concatenate((near, random.uniform(0, 1, (nodes - nodes // 2, 2))))
    triangles = Delaunay(points).simplices
    sides = np.concatenate([triangles[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
    length = np.hypot(*(points[sides[:, 0]] - points[sides[:, 1]]).T)
    longest = length.reshape(3, -1).argmax(axis=0)
    long = np.zeros(length.shape, bool)
    long[longest * len(triangles) + np.arange(len(triangles))] = True
    sides.sort(axis=1)
    sides, first, found = np.unique(sides, axis=0, return_index=True, return_inverse=True)
    ever_longest = np.bincount(found.ravel(), weights=long, minlength=len(sides)) > 0
    sides, length = sides[~ever_longest], length[first][~ever_longest]
    speed_kph = random.choice([30, 50, 80, 110], size=len(sides), p=[0.5, 0.3, 0.15, 0.05])
    both = random.random(len(sides)) > 1 / 12
    tail, head = (
        np.concatenate((sides[:, 0], sides[both, 1])),
        np.concatenate((sides[:, 1], sides[both, 0])),
    )
    length_m = np.concatenate((length, length[both])) * 300_000
    weight = np.maximum(length_m / np.concatenate((speed_kph, speed_kph[both])) * 3600, 1)
    return Arcs(
        tail.astype(np.int32),
        head.astype(np.int32),
        weight.astype(np.uint32),
        *(points.T * 3),
        length_m,
    )


def read_iceland(path: Path = ICELAND) -> Arcs:
    """Iceland with a node at every bend: two arcs for each pair of consecutive nodes of a drivable
    way.

    The arc against a one-way street is there and closed (CLOSED), as a strike would close it;
    classes and speeds are those of `Rules`.
    """
    import osmium  # noqa: PLC0415 - only this network needs it

    speeds = dict(Rules().roads.speed_kph)
    ref: list[int] = []
    lonlat: list[tuple[float, float]] = []
    size: list[int] = []
    speed_kph: list[float] = []
    oneway: list[str] = []
    for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if not way.is_way() or way.tags.get("highway") not in speeds:
            continue
        ref.extend(node.ref for node in way.nodes)
        lonlat.extend((node.location.lon, node.location.lat) for node in way.nodes)
        size.append(len(way.nodes))
        speed_kph.append(speeds[way.tags["highway"]])
        oneway.append(
            way.tags.get("oneway", "yes" if way.tags.get("junction") == "roundabout" else "no")
        )
    _, first, node = np.unique(np.array(ref), return_index=True, return_inverse=True)
    lon, lat = np.array(lonlat)[first].T
    way_of = np.repeat(np.arange(len(size)), size)
    inner = way_of[1:] == way_of[:-1]
    begin, end, owner = node[:-1][inner], node[1:][inner], way_of[1:][inner]
    length_m = GEOD.inv(lon[begin], lat[begin], lon[end], lat[end])[2]
    weight = np.maximum(np.rint(length_m / np.array(speed_kph)[owner] * 3600), 1)
    forward = np.where(np.isin(oneway, ("-1", "reverse"))[owner], CLOSED, weight)
    backward = np.where(np.isin(oneway, ("yes", "true", "1"))[owner], CLOSED, weight)
    tail, head = np.concatenate((begin, end)), np.concatenate((end, begin))
    weights, lengths = np.concatenate((forward, backward)), np.concatenate((length_m, length_m))
    return Arcs(
        tail.astype(np.int32), head.astype(np.int32), weights.astype(np.uint32), lon, lat, lengths
    )
