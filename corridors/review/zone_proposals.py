"""Two proposals of zones overlaid: what both hold, what only one holds, and who is there.

Shapes are cut in longitude and latitude, where the edges of files are straight, so that nothing is
lost or moved; areas are geodesic on WGS 84. What two zones of one proposal both cover is counted
once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.geodesy.measures import measure_area_m2
from corridors.messages import Message
from corridors.tables import CRS, ROLES, SITES, ZONES, check_table

COMMON, ONLY_FIRST, ONLY_SECOND = "common", "only_first", "only_second"
PARTS = (COMMON, ONLY_FIRST, ONLY_SECOND)
FIRST, SECOND = "first", "second"
SAME, FIRST_WITHIN, SECOND_WITHIN, OVERLAP, TOUCH = (
    "same",
    "first_within",
    "second_within",
    "overlap",
    "touch",
)
RELATIONS = (SAME, FIRST_WITHIN, SECOND_WITHIN, OVERLAP, TOUCH)
LEAST_KM2 = 1e-6
"""A square metre: two drawings of one border may differ by that much, and it is no place."""


@dataclass(frozen=True, eq=False, slots=True)
class ZoneComparison:
    """What two proposals have in common, and what each has alone.

    Tables are in EPSG:4326, areas in square kilometres.
    """

    names: tuple[str, str]
    """The names of the two parties."""
    parts: gpd.GeoDataFrame
    """A row for each of `PARTS` in total (first_id and second_id empty), and for each of a pair of
    zones that share area: area_km2, the geometry, and by the sites: sites, one column a role (how
    many), people (the sum of those stated), unknown (ids of destinations that state none)."""
    pairs: pd.DataFrame
    """A row for each pair of zones that meet: first_id, second_id, first_kind, second_kind,
    relation (one of `RELATIONS`), common_km2, same_kind, and together_from and together_to, the
    time in which both are in force (null: no bound); together says whether there is one."""
    zones: gpd.GeoDataFrame
    """Every zone of both: party (first, second), zone_id, name, name_ar, kind, area_km2, common_km2
    (what the other proposal covers too), only_km2, repeated_km2 (what another zone of the same
    proposal covers too)."""
    kinds: pd.DataFrame
    """first_kind, second_kind, common_km2: of the common area, what is proposed as which."""
    sites: gpd.GeoDataFrame | None
    """The sites with the part that each lies in (empty: in none; a site on a border is inside);
    None where no sites were given."""

    def total(self, part: str) -> pd.Series:
        """The row of `parts` that holds all of a part."""
        rows = self.parts
        return rows[
            (rows["first_id"] == "") & (rows["second_id"] == "") & (rows["part"] == part)
        ].iloc[0]


def compare_zones(
    first: gpd.GeoDataFrame,
    second: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame | None = None,
    *,
    names: tuple[str, str] = ("A", "B"),
) -> ZoneComparison:
    """Overlay two proposals of zones.

    Parameters
    ----------
    first, second
        Tables of zones (contract `ZONES`), as `read_zones` returns them; either may be empty.
    sites
        What to count in each part (contract `SITES`).
    names
        The names of the two parties.

    Returns
    -------
    ZoneComparison
        The areas of a proposal's parts add up to its own; swapping the two gives the mirror image.

    Raises
    ------
    InputError
        `broken-table`: a table does not keep its contract; `invalid-polygon`: a shape crosses
        itself; `bad-coordinates`: a shape does not lie on Earth in degrees, or spans more than half
        of it. Fix: draw it again, or split it at 180 degrees of longitude.

    Examples
    --------
    >>> from corridors.tables import build_table
    >>> def propose(west):
    ...     return build_table(
    ...         ZONES,
    ...         pd.DataFrame(
    ...             {
    ...                 "zone_id": ["Z"],
    ...                 "kind": "safe_zone",
    ...                 "geometry": [shapely.box(west, 33, west + 0.2, 33.1)],
    ...             }
    ...         ),
    ...     )
    >>> found = compare_zones(propose(35.0), propose(35.1))
    >>> found.parts.iloc[:3][["part", "area_km2"]].round(1).to_numpy().tolist()
    [['common', 103.6], ['only_first', 103.6], ['only_second', 103.6]]
    """
    _check(names[0], first)
    _check(names[1], second)
    if sites is not None:
        check_table(SITES, sites)
    parts = [
        _lay_over(
            "",
            "",
            shapely.union_all(first.geometry.array),
            shapely.union_all(second.geometry.array),
        )
    ]
    pairs = []
    for first_id, second_id in _find_meeting(first, second):
        one, other = first.loc[first_id], second.loc[second_id]
        laid = _lay_over(first_id, second_id, one.geometry, other.geometry)
        pairs.append(_relate(first_id, second_id, one, other, laid))
        if pairs[-1]["relation"] != TOUCH:
            parts.append(laid)
    table = pd.concat(parts, ignore_index=True)
    return ZoneComparison(
        names=names,
        parts=gpd.GeoDataFrame(table.assign(**_count_sites(table, sites)), crs=CRS),
        pairs=_build_pairs(pairs),
        zones=pd.concat(
            [_measure_zones(FIRST, first, second), _measure_zones(SECOND, second, first)],
            ignore_index=True,
        ),
        kinds=_compare_kinds(first, second),
        sites=None
        if sites is None
        else sites.assign(part=_find_parts(sites, table.geometry.iloc[:3])),
    )


def _check(name: str, zones: gpd.GeoDataFrame) -> None:
    check_table(ZONES, zones)
    problems = []
    for zone_id, shape in zones.geometry.items():
        west, south, east, north = shape.bounds
        wide = any(part.bounds[2] - part.bounds[0] > 180 for part in shapely.get_parts(shape))
        on_earth = west >= -180 and east <= 180 and south >= -90 and north <= 90
        code, hint, detail = "bad-coordinates", "split_at_180", ""
        if wide:
            what = "zone_too_wide"
        elif not on_earth:
            what = "zone_not_in_degrees"
        elif shape.is_valid:
            continue
        else:
            code, what, hint = "invalid-polygon", "zone_invalid", "draw_zone_again"
            detail = shapely.is_valid_reason(shape)
        message = Message(f"problem.{what}", zone=zone_id, party=name, detail=detail)
        problems.append(Problem(code, message, Message(f"hint.{hint}"), field="geometry"))
    if problems:
        raise InputError(problems)


def _find_meeting(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> Iterator[tuple[str, str]]:
    """The pairs of zones that share area or border, in the order of their ids."""
    tree = shapely.STRtree(second.geometry.to_numpy())
    pairs = tree.query(first.geometry.to_numpy(), predicate="intersects").T
    yield from sorted((str(first.index[one]), str(second.index[other])) for one, other in pairs)


def _overlay(
    one: shapely.Geometry, other: shapely.Geometry
) -> tuple[shapely.Geometry, shapely.Geometry, shapely.Geometry]:
    """Common, only one, only other, computed in one order: swapping the two changes no digit."""
    if shapely.to_wkb(one) > shapely.to_wkb(other):
        common, only_other, only_one = _overlay(other, one)
        return common, only_one, only_other
    return (
        _areas(shapely.intersection(one, other)),
        _areas(shapely.difference(one, other)),
        _areas(shapely.difference(other, one)),
    )


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape, without the points and lines where borders touch."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.normalize(polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons))


def _lay_over(
    first_id: str, second_id: str, one: shapely.Geometry, other: shapely.Geometry
) -> gpd.GeoDataFrame:
    shapes = np.array(_overlay(shapely.normalize(one), shapely.normalize(other)), dtype=object)
    return gpd.GeoDataFrame(
        {
            "first_id": first_id,
            "second_id": second_id,
            "part": PARTS,
            "area_km2": measure_area_m2(shapes) / 1e6,
        },
        geometry=shapes,
        crs=CRS,
    )


def _relate(
    first_id: str, second_id: str, one: pd.Series, other: pd.Series, laid: gpd.GeoDataFrame
) -> dict[str, Any]:
    """How two zones relate in place and time."""
    common, only_first, only_second = (float(area) >= LEAST_KM2 for area in laid["area_km2"])
    relation = TOUCH
    if common:
        relation = {
            (False, False): SAME,
            (False, True): FIRST_WITHIN,
            (True, False): SECOND_WITHIN,
        }.get((only_first, only_second), OVERLAP)
    start = max(
        (time for time in (one["valid_from"], other["valid_from"]) if not pd.isna(time)),
        default=pd.NaT,
    )
    end = min(
        (time for time in (one["valid_to"], other["valid_to"]) if not pd.isna(time)), default=pd.NaT
    )
    return {
        "first_id": first_id,
        "second_id": second_id,
        "first_kind": one["kind"],
        "second_kind": other["kind"],
        "relation": relation,
        "common_km2": float(laid["area_km2"].iloc[0]),
        "same_kind": one["kind"] == other["kind"],
        "together_from": start,
        "together_to": end,
        "together": bool(pd.isna(start) or pd.isna(end) or start < end),
    }


def _build_pairs(pairs: list[dict[str, Any]]) -> pd.DataFrame:
    columns = (
        "first_id",
        "second_id",
        "first_kind",
        "second_kind",
        "relation",
        "common_km2",
        "same_kind",
    )
    table = pd.DataFrame(pairs, columns=[*columns, "together_from", "together_to", "together"])
    times = {
        name: pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]")
        for name in ("together_from", "together_to")
    }
    return table.assign(**times)


def _measure_zones(
    party: str, zones: gpd.GeoDataFrame, others: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    shapes, covered = (
        zones.geometry.to_numpy(),
        shapely.normalize(shapely.union_all(others.geometry.array)),
    )
    laid = [_overlay(shapely.normalize(shape), covered) for shape in shapes]
    common, only = (
        measure_area_m2(np.array([cut[at] for cut in laid], dtype=object)) / 1e6 for at in (0, 1)
    )
    tree = shapely.STRtree(shapes)
    neighbours = [
        tree.geometries[[at for at in tree.query(shape, predicate="intersects") if at != own]]
        for own, shape in enumerate(shapes)
    ]
    repeated = [
        _areas(shapely.intersection(shape, shapely.union_all(near)))
        for shape, near in zip(shapes, neighbours, strict=True)
    ]
    return zones.reset_index()[
        ["zone_id", "name", "name_ar", "kind", "declared_by", "geometry"]
    ].assign(
        party=pd.Series([party] * len(zones), dtype="str"),
        area_km2=measure_area_m2(shapes) / 1e6,
        common_km2=common,
        only_km2=only,
        repeated_km2=measure_area_m2(np.array(repeated, dtype=object)) / 1e6,
    )


def _compare_kinds(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    for first_kind in sorted(first["kind"].unique()):
        for second_kind in sorted(second["kind"].unique()):
            one, other = (
                shapely.normalize(shapely.union_all(zones[zones["kind"] == kind].geometry.array))
                for zones, kind in ((first, first_kind), (second, second_kind))
            )
            area_km2 = (
                float(measure_area_m2(np.array([_overlay(one, other)[0]], dtype=object))[0]) / 1e6
            )
            if area_km2 >= LEAST_KM2:
                rows.append((first_kind, second_kind, area_km2))
    return pd.DataFrame(rows, columns=["first_kind", "second_kind", "common_km2"])


def _find_parts(sites: gpd.GeoDataFrame, shapes: gpd.GeoSeries) -> pd.Series:
    """The part of each site; a site on a border is inside, so that nobody is between two parts."""
    common, only_first, only_second = (
        shapely.covers(shape, sites.geometry.to_numpy()) for shape in shapes
    )
    both = common | (only_first & only_second)
    return pd.Series(
        np.select([both, only_first, only_second], PARTS, ""), index=sites.index, dtype="str"
    )


def _count_sites(table: gpd.GeoDataFrame, sites: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """For each row of parts: how many sites of each role, people in all, and who states none."""
    counted: dict[str, list[Any]] = {name: [] for name in ("sites", *ROLES, "people", "unknown")}
    if sites is None:
        return {
            name: [() if name == "unknown" else 0.0 if name == "people" else 0] * len(table)
            for name in counted
        }
    for start in range(0, len(table), 3):
        part = _find_parts(sites, table.geometry.iloc[start : start + 3])
        for name in PARTS:
            inside = sites[part == name]
            counted["sites"].append(len(inside))
            for role in ROLES:
                counted[role].append(int((inside["role"] == role).sum()))
            counted["people"].append(float(inside["people"].sum()))
            silent = inside[(inside["role"] == "destination") & inside["people"].isna()]
            counted["unknown"].append(tuple(map(str, silent.index)))
    return counted
