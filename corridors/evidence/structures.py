"""Structures: bridges and tunnels of the roads, culverts and fords that reports name.

A bridge or tunnel consists of the pieces of one OSM way that are marked so and meet end to end.
Roads do not mark culverts and fords: one is where a report says, on the segment nearest to it. Each
structure has a status of its own.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.tables import SEVERITY, STRUCTURE_OF, STRUCTURES, build_table


def find_structures(roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """The bridges and tunnels among the segments: a row for each piece of one.

    Columns are structure_id, kind and segment (its position).

    A structure is named after its kind and the first of its segments, so that it has the same name
    in every run.

    Examples
    --------
    >>> from corridors.tables import ROADS
    >>> lines = [shapely.LineString([(at, 0), (at + 1, 0)]) for at in range(3)]
    >>> ways = {
    ...     "segment_id": ["7:1-2/1", "7:1-2/2", "8:3-4"],
    ...     "from_node": [1, 2, 3],
    ...     "to_node": [2, 3, 4],
    ...     "bridge": True,
    ... }
    >>> roads = build_table(
    ...     ROADS, {**ways, "oneway": "both", "length_m": 1.0, "speed_kph": 50.0, "geometry": lines}
    ... )
    >>> find_structures(roads)["structure_id"].tolist()
    ['bridge 7:1-2/1', 'bridge 7:1-2/1', 'bridge 8:3-4']
    """
    parts = [_join_pieces(roads, kind) for kind in ("bridge", "tunnel") if roads[kind].any()]
    found = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["structure_id", "kind", "segment"])
    )
    return found.astype({"structure_id": "str", "kind": "str", "segment": "int64"})


def find_way(segment_id: str) -> str:
    """The OSM way that a segment was cut from: its id without nodes and number of the piece.

    >>> find_way("7:1-2/1"), find_way("lane 4")
    ('7', 'lane 4')
    """
    return segment_id.split("/", 1)[0].split(":", 1)[0]


def classify_structures(
    segments: gpd.GeoDataFrame,
    found: pd.DataFrame,
    reports: gpd.GeoDataFrame,
    matches: pd.DataFrame,
    conditions: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """The structures as a table of the contract `STRUCTURES`.

    Each has the most restrictive status of its segments, and the reason of the first of those.

    Parameters
    ----------
    segments
        A table of the contract `SEGMENTS`.
    found
        What `find_structures` returns for them.
    reports
        The road reports that count at the plan's reference time, as `ROAD_REPORTS`.
    matches
        The `pairs` of what `matching.match_reports` returns: report and segment (positions),
        distance_m.
    conditions
        What `conditions.resolve_conditions` returns: segment and max_weight_t.
    """
    if found.empty and matches.empty:
        return build_table(STRUCTURES)
    kind = reports["kind"].map(STRUCTURE_OF).fillna("").to_numpy(dtype=object)
    matches = matches.assign(of=kind[matches["report"]])
    pieces = pd.concat([found, _find_named(segments, matches)], ignore_index=True)
    pairs = pieces.merge(matches, on="segment")
    pairs = pairs[pairs["kind"].isin(["bridge", "tunnel"]) | (pairs["of"] == pairs["kind"])]
    pairs = pairs.assign(reported_at=reports["reported_at"].array[pairs["report"]])
    order = ["structure_id", "reported_at", "report"]
    last = (
        pairs.sort_values(order, na_position="first")
        .drop_duplicates("structure_id", keep="last")
        .set_index("structure_id")["report"]
    )
    limits = (
        pieces.merge(conditions[["segment", "max_weight_t"]], on="segment")
        .groupby("structure_id")["max_weight_t"]
        .min()
    )
    pieces = pieces.sort_values(["structure_id", "segment"], ignore_index=True)
    at = pieces["segment"].to_numpy(dtype=np.int64)
    own = (
        segments[["status", "reason_code", "name", "name_ar", "max_weight_t"]]
        .iloc[at]
        .reset_index(names="piece")
        .assign(**pieces)
    )
    severity = pd.Categorical(own["status"], categories=SEVERITY).codes
    worst = own.assign(severity=severity).sort_values(
        ["structure_id", "severity", "segment"], ascending=[True, False, True]
    )
    by_structure = own.groupby("structure_id", sort=True)
    made = by_structure[["kind", "name", "name_ar"]].first()
    first = np.flatnonzero(~own["structure_id"].duplicated())
    made["segments"] = (
        [tuple(names) for names in np.split(own["piece"].to_numpy(dtype=object), first[1:])]
        if len(made)
        else []
    )
    made[["status", "reason_code"]] = worst.drop_duplicates("structure_id").set_index(
        "structure_id"
    )[["status", "reason_code"]]
    made["max_weight_t"] = np.fmin(by_structure["max_weight_t"].min(), limits.reindex(made.index))
    made["geometry"] = (
        [_draw(lines) for lines in np.split(segments.geometry.to_numpy()[at], first[1:])]
        if len(made)
        else []
    )
    reported = reports.iloc[last.to_numpy(dtype=np.int64)].set_axis(last.index)
    made = made.join(reported[["reported_at", "source"]])
    named = reported[made.loc[reported.index, "kind"].isin(["culvert", "ford"])]
    made.loc[named.index, ["name", "geometry"]] = named[["name", "geometry"]]
    return build_table(STRUCTURES, made)


def _find_named(segments: gpd.GeoDataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """The culverts and fords that reports name, by their kind and the segment nearest to them."""
    named = matches[matches["of"].isin(["culvert", "ford"])].sort_values(
        ["report", "distance_m", "segment"]
    )
    nearest = segments.index[
        named.groupby("report")["segment"].transform("first").to_numpy(dtype=np.int64)
    ]
    ids = [f"{kind} {segment}" for kind, segment in zip(named["of"], nearest, strict=True)]
    return pd.DataFrame(
        {"structure_id": ids, "kind": named["of"], "segment": named["segment"]}
    ).drop_duplicates()


def _join_pieces(roads: gpd.GeoDataFrame, kind: str) -> pd.DataFrame:
    """The marked pieces of each way that meet end to end, joined into one structure.

    Each takes the first of those that it meets, until nothing changes.
    """
    segment = np.flatnonzero(roads[kind].to_numpy())
    names = sorted(roads.index[segment])
    segment = roads.index.get_indexer(names)
    way = pd.factorize(np.array([find_way(name) for name in names], dtype=object))[0]
    start, end = (
        pd.MultiIndex.from_arrays([way, roads[node].to_numpy()[segment]])
        for node in ("from_node", "to_node")
    )
    corner = pd.factorize(start.append(end))[0].reshape(2, -1)
    first, before = np.arange(len(names)), np.zeros(0, dtype=np.int64)
    while not np.array_equal(first, before):
        before, lowest = first, np.full(corner.size, len(names))
        np.minimum.at(lowest, corner.ravel(), np.tile(first, 2))
        first = lowest[corner].min(axis=0)
    return pd.DataFrame(
        {
            "structure_id": [f"{kind} {names[at]}" for at in first.tolist()],
            "kind": kind,
            "segment": segment,
        }
    )


def _draw(lines: npt.NDArray[np.object_]) -> shapely.Geometry:
    """The pieces of a structure as one line where they make one."""
    return lines[0] if len(lines) == 1 else shapely.line_merge(shapely.multilinestrings(lines))
