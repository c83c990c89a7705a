"""The tables of a comparison in words, once for terminal and page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from corridors.locales import Locale
from corridors.locales.figures import format_time
from corridors.review import ZoneComparison
from corridors.review.zone_proposals import (
    COMMON,
    FIRST,
    LEAST_KM2,
    ONLY_FIRST,
    ONLY_SECOND,
    PARTS,
    SECOND,
    TOUCH,
)
from corridors.tables import ROLES


@dataclass(frozen=True, slots=True)
class RenderedTable:
    """A table in words: `numeric` says which columns hold figures."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def write_area(area_km2: float) -> str:
    """Square kilometres to a tenth of a hectare; what is smaller and not nothing says so.

    >>> write_area(12.34567), write_area(0.00002), write_area(0.0)
    ('12.346', '<0.001', '0.000')
    """
    return "<0.001" if LEAST_KM2 <= area_km2 < 0.0005 else f"{area_km2:.3f}"


def write_part(part: str, comparison: ZoneComparison, locale: Locale) -> str:
    """What a part is called; "in neither" where it is none."""
    first, second = comparison.names
    return (
        locale.format(f"zone_comparison.{part}", first=first, second=second)
        if part
        else locale["zone_comparison.outside"]
    )


def tell_tables(comparison: ZoneComparison, locale: Locale) -> Iterator[RenderedTable]:
    """The totals, the zones that meet, each zone, and the destinations where sites are given."""
    yield _tell_total(comparison, locale)
    if len(comparison.pairs):
        yield _tell_pairs(comparison, locale)
    yield _tell_zones(comparison, locale)
    if comparison.sites is not None:
        yield _tell_destinations(
            comparison.sites[comparison.sites["role"] == "destination"], comparison, locale
        )


def tell_remarks(comparison: ZoneComparison, locale: Locale) -> Iterator[str]:
    """What a reader must not miss, the most important first."""
    first, second = comparison.names
    for party, name in zip((FIRST, SECOND), comparison.names, strict=True):
        if not (comparison.zones["party"] == party).any():
            yield locale.format("zone_comparison.empty", name=name)
    if comparison.total(COMMON)["area_km2"] < LEAST_KM2:
        yield locale["zone_comparison.nothing_common"]
    for row in comparison.kinds.itertuples(index=False):
        if row.first_kind != row.second_kind:
            kinds = {
                "first_kind": locale.name("zone", row.first_kind),
                "second_kind": locale.name("zone", row.second_kind),
            }
            yield locale.format(
                "zone_comparison.other_kind",
                area=write_area(row.common_km2),
                first=first,
                second=second,
                **kinds,
            )
    for row in comparison.pairs.itertuples(index=False):
        if not row.together and row.relation != TOUCH:
            yield locale.format(
                "zone_comparison.never_together",
                first=f"{first} {row.first_id}",
                second=f"{second} {row.second_id}",
            )
    for row in comparison.zones.itertuples(index=False):
        if row.repeated_km2 >= LEAST_KM2:
            name = first if row.party == FIRST else second
            yield locale.format(
                "zone_comparison.repeated",
                zone=row.zone_id,
                name=name,
                area=write_area(row.repeated_km2),
            )
    if comparison.sites is not None:
        silent = [site for part in PARTS for site in comparison.total(part)["unknown"]]
        if silent:
            names = locale["comma"].join(
                _call(comparison.sites.loc[site], locale) for site in silent
            )
            yield locale.format("zone_comparison.unknown", names=names)
        yield locale["zone_comparison.people_note"]


def _call(row: Any, locale: Locale) -> str:
    return str(row["name_ar"] if locale.lang == "ar" and row["name_ar"] else row["name"])


def _share(part_km2: float, whole_km2: float) -> str:
    return f"{part_km2 / whole_km2 * 100:.1f} %" if whole_km2 >= LEAST_KM2 else "-"


def _tell_total(comparison: ZoneComparison, locale: Locale) -> RenderedTable:
    first, second = comparison.names
    total = {part: comparison.total(part) for part in PARTS}
    whole = {
        first: total[COMMON]["area_km2"] + total[ONLY_FIRST]["area_km2"],
        second: total[COMMON]["area_km2"] + total[ONLY_SECOND]["area_km2"],
    }
    of = {COMMON: (True, True), ONLY_FIRST: (True, False), ONLY_SECOND: (False, True)}
    told: list[tuple[str, tuple[str, ...], tuple[bool, bool]]] = [
        (write_part(part, comparison, locale), (part,), of[part]) for part in PARTS
    ]
    told += [
        (
            locale.format("zone_comparison.proposal", name=first),
            (COMMON, ONLY_FIRST),
            (True, False),
        ),
        (
            locale.format("zone_comparison.proposal", name=second),
            (COMMON, ONLY_SECOND),
            (False, True),
        ),
    ]
    roles = (
        []
        if comparison.sites is None
        else [role for role in ROLES if (comparison.sites["role"] == role).any()]
    )
    rows = []
    for name, parts, shares in told:
        area_km2 = sum(total[part]["area_km2"] for part in parts)
        cells = [name, write_area(area_km2)]
        cells += [
            _share(area_km2, size) if shown else ""
            for size, shown in zip(whole.values(), shares, strict=True)
        ]
        if comparison.sites is not None:
            cells += [str(sum(int(total[part][role]) for part in parts)) for role in roles]
            cells += [
                f"{sum(total[part]['people'] for part in parts):.0f}",
                str(sum(len(total[part]["unknown"]) for part in parts)),
            ]
        rows.append(tuple(cells))
    columns = [locale["zone_comparison.part"], locale["zone_comparison.area"]]
    columns += [locale.format("zone_comparison.share", name=name) for name in comparison.names]
    if comparison.sites is not None:
        columns += [locale.name("role", role) for role in roles]
        columns += [locale["zone_comparison.people"], locale["zone_comparison.unstated"]]
    return RenderedTable(
        locale["zone_comparison.heading_total"],
        tuple(columns),
        tuple(rows),
        (False, *[True] * (len(columns) - 1)),
    )


def _tell_pairs(comparison: ZoneComparison, locale: Locale) -> RenderedTable:
    counted = comparison.sites is not None
    parts = comparison.parts.set_index(["first_id", "second_id", "part"])
    rows = []
    for row in comparison.pairs.itertuples(index=False):
        relation = locale.format(
            f"zone_comparison.{row.relation}", first=row.first_id, second=row.second_id
        )
        laid = None if row.relation == TOUCH else parts.loc[(row.first_id, row.second_id)]
        cells = [
            *(
                f"{name} {locale.name('zone', kind)}"
                for name, kind in ((row.first_id, row.first_kind), (row.second_id, row.second_kind))
            ),
            relation,
            *("-" if laid is None else write_area(laid.at[part, "area_km2"]) for part in PARTS),
            _tell_time(row, locale),
        ]
        if counted:
            cells += ["-" if laid is None else f"{laid.at[COMMON, 'people']:.0f}"]
        rows.append(tuple(cells))
    columns = [
        *comparison.names,
        locale["zone_comparison.relation"],
        *(
            f"{locale['zone_comparison.area']} {write_part(part, comparison, locale)}"
            for part in PARTS
        ),
        locale["zone_comparison.together"],
        *(
            [f"{locale['zone_comparison.people']}, {write_part(COMMON, comparison, locale)}"]
            if counted
            else []
        ),
    ]
    numeric = (False, False, False, True, True, True, False, *([True] if counted else []))
    return RenderedTable(
        locale["zone_comparison.heading_pairs"], tuple(columns), tuple(rows), numeric
    )


def _tell_time(row: Any, locale: Locale) -> str:
    if not row.together:
        return locale["zone_comparison.never"]
    bounds = (("from", row.together_from), ("until", row.together_to))
    said = [
        locale.format(f"zone_comparison.{word}", time=format_time(time))
        for word, time in bounds
        if not pd.isna(time)
    ]
    return "\n".join(said) or locale["zone_comparison.always"]


def _tell_zones(comparison: ZoneComparison, locale: Locale) -> RenderedTable:
    first, second = comparison.names
    rows = tuple(
        (
            first if row["party"] == FIRST else second,
            f"{row['zone_id']} {_call(row, locale)}".rstrip(),
            locale.name("zone", row["kind"]),
            *(write_area(row[name]) for name in ("area_km2", "common_km2", "only_km2")),
        )
        for _, row in comparison.zones.iterrows()
    )
    area = locale["zone_comparison.area"]
    columns = ("", locale["zone_comparison.zone"], locale["zone_comparison.kind"], area)
    both = (
        f"{area} {locale['zone_comparison.common']}",
        f"{area} {locale['zone_comparison.only']}",
    )
    return RenderedTable(
        locale["zone_comparison.heading_zones"],
        (*columns, *both),
        rows,
        (False, False, False, True, True, True),
    )


def _tell_destinations(
    sites: gpd.GeoDataFrame, comparison: ZoneComparison, locale: Locale
) -> RenderedTable:
    rows = tuple(
        (
            f"{_call(row, locale)}{f' ({site})' if row['name'] != site else ''}",
            write_part(row["part"], comparison, locale),
            locale["zone_comparison.unstated"]
            if pd.isna(row["people"])
            else f"{row['people']:.0f}",
        )
        for site, row in sites.iterrows()
    )
    columns = (
        locale["zone_comparison.place"],
        locale["zone_comparison.lies"],
        locale["zone_comparison.people"],
    )
    return RenderedTable(
        locale["zone_comparison.heading_sites"], columns, rows, (False, False, True)
    )
