"""The content of a comparison of zones: what both parties propose, and what only one does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import pandas as pd

from corridors.locales import read_locale
from corridors.outputs.documents.blocks import Document, Texts
from corridors.outputs.documents.draft import EMPTY, Draft
from corridors.outputs.documents.marking import mark_audience
from corridors.outputs.documents.zone_comparison.figure import draw_comparison
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

UNDATED = datetime(1980, 1, 1, tzinfo=UTC)
"""The date of the files: a comparison has no moment, and 1980 is the first year of a zip file."""


def build_zone_document(comparison: ZoneComparison, *, lang: str = "en") -> Document:
    """The comparison as a document in one language.

    Where sites are counted it is marked as internal: it shows what lies where.

    Raises
    ------
    UsageError
        There is no such language. Fix: use one of `locales.LANGUAGES`.
    """
    draft, locale = Draft.of((lang,), "zone_comparison"), read_locale(lang)
    first, second = comparison.names
    draft.heading("title", level=0, first=first, second=second)
    draft.add("caution", style="caution")
    _add_remarks(draft, comparison)
    for svg in draw_comparison(comparison, locale):
        draft.figure(svg, "map")
    _add_total(draft, comparison)
    if len(comparison.pairs):
        _add_pairs(draft, comparison)
    _add_zones(draft, comparison)
    if comparison.sites is not None:
        sites = comparison.sites
        _add_destinations(draft, comparison, sites[sites["role"] == "destination"])
    draft.add("method", style="small")
    marking = EMPTY if comparison.sites is None else mark_audience(draft, "internal")
    return draft.build(marking=marking, dated=UNDATED)


def write_area(area_km2: float) -> str:
    """Square kilometres to a tenth of a hectare; an area too small for that says so.

    >>> write_area(12.34567), write_area(0.00002), write_area(0.0)
    ('12.346', '<0.001', '0.000')
    """
    return "<0.001" if LEAST_KM2 <= area_km2 < 0.0005 else f"{area_km2:.3f}"


def _name_part(draft: Draft, comparison: ZoneComparison, part: str) -> Texts:
    first, second = comparison.names
    return draft.say(part or "outside", first=first, second=second)


def _name_row(draft: Draft, row: Any) -> Texts:
    arabic = draft.locales[0].lang == "ar" and row["name_ar"]
    return Texts((str(row["name_ar"] if arabic else row["name"]),))


def _add_remarks(  # noqa: C901 - one remark after the other
    draft: Draft, comparison: ZoneComparison
) -> None:
    """What a reader must not miss, the most important first."""
    first, second = comparison.names
    names = {FIRST: first, SECOND: second}
    for party, name in names.items():
        if not (comparison.zones["party"] == party).any():
            draft.add("empty", name=name)
    if comparison.total(COMMON)["area_km2"] < LEAST_KM2:
        draft.add("nothing_common")
    for row in comparison.kinds.itertuples(index=False):
        if row.first_kind != row.second_kind:
            values = {"area": write_area(row.common_km2), "first": first, "second": second}
            values |= {"first_kind": row.first_kind, "second_kind": row.second_kind}
            draft.add(draft.say("other_kind", **values))
    for row in comparison.pairs.itertuples(index=False):
        if not row.together and row.relation != TOUCH:
            one, other = f"{first} {row.first_id}", f"{second} {row.second_id}"
            draft.add("never_together", first=one, second=other)
    for row in comparison.zones.itertuples(index=False):
        if row.repeated_km2 >= LEAST_KM2:
            area = write_area(row.repeated_km2)
            draft.add("repeated", zone=row.zone_id, name=names[row.party], area=area)
    if comparison.sites is not None:
        unknown = [site for part in PARTS for site in comparison.total(part)["unknown"]]
        if unknown:
            sites = (_name_row(draft, comparison.sites.loc[site])[0] for site in unknown)
            draft.add("unknown", names=tuple(sites))
        draft.add("people_note")


def _add_total(draft: Draft, comparison: ZoneComparison) -> None:
    total = {part: comparison.total(part) for part in PARTS}
    wholes = ((COMMON, ONLY_FIRST), (COMMON, ONLY_SECOND))
    proposals = [draft.say("proposal", name=name) for name in comparison.names]
    lines: list[tuple[Texts, tuple[str, ...]]] = [
        (_name_part(draft, comparison, part), (part,)) for part in PARTS
    ]
    lines += zip(proposals, wholes, strict=True)
    sites = comparison.sites
    roles = [] if sites is None else [role for role in ROLES if (sites["role"] == role).any()]

    def measure(parts: Sequence[str]) -> float:
        return float(sum(total[part]["area_km2"] for part in parts))

    rows = []
    for name, parts in lines:
        area_km2 = measure(parts)
        cells: list[str | Texts] = [name, write_area(area_km2)]
        for whole in wholes:
            share = area_km2 / measure(whole) if measure(whole) >= LEAST_KM2 else None
            shown = "-" if share is None else f"{share * 100:.1f} %"
            cells.append(shown if {*parts} <= {*whole} else "")
        if sites is not None:
            cells += [str(sum(int(total[part][role]) for part in parts)) for role in roles]
            cells.append(f"{sum(total[part]['people'] for part in parts):.0f}")
            cells.append(str(sum(len(total[part]["unknown"]) for part in parts)))
        rows.append(cells)
    columns: list[str | Texts] = ["part", "area"]
    columns += [draft.say("share", name=name) for name in comparison.names]
    if sites is not None:
        columns += [*(draft.word("role", role) for role in roles), "people", "unstated"]
    draft.heading("heading_total")
    widths = (3.0, *(1.2,) * (len(columns) - 1))
    draft.table(columns, rows, widths=widths, numeric=range(1, len(columns)))


def _add_pairs(draft: Draft, comparison: ZoneComparison) -> None:
    counted = comparison.sites is not None
    parts = comparison.parts.set_index(["first_id", "second_id", "part"])
    rows = []
    for row in comparison.pairs.itertuples(index=False):
        laid = None if row.relation == TOUCH else parts.loc[(row.first_id, row.second_id)]
        cells: list[str | Texts] = [
            Texts(f"{zone_id} {name}" for name in draft.word("zone", kind))
            for zone_id, kind in ((row.first_id, row.first_kind), (row.second_id, row.second_kind))
        ]
        cells.append(draft.say(row.relation, first=row.first_id, second=row.second_id))
        cells += ["-" if laid is None else write_area(laid.at[part, "area_km2"]) for part in PARTS]
        cells.append(_write_time(draft, row))
        if counted:
            cells.append("-" if laid is None else f"{laid.at[COMMON, 'people']:.0f}")
        rows.append(cells)
    columns: list[str | Texts] = [*map(_same, comparison.names), "relation"]
    columns += [_join(draft.say("area"), _name_part(draft, comparison, part)) for part in PARTS]
    columns.append("together")
    if counted:
        common = _name_part(draft, comparison, COMMON)
        columns.append(Texts((f"{draft.say('people')[0]}, {common[0]}",)))
    draft.heading("heading_pairs")
    draft.table(columns, rows, numeric=(3, 4, 5, 7))


def _same(name: str) -> Texts:
    return Texts((name,))


def _join(*texts: Texts) -> Texts:
    return Texts((" ".join(text[0] for text in texts),))


def _write_time(draft: Draft, row: Any) -> Texts:
    if not row.together:
        return draft.say("never")
    bounds = (("from", row.together_from), ("until", row.together_to))
    parts = [draft.say(word, time=time)[0] for word, time in bounds if not pd.isna(time)]
    return Texts(("\n".join(parts),)) if parts else draft.say("always")


def _add_zones(draft: Draft, comparison: ZoneComparison) -> None:
    first, second = comparison.names
    rows: list[tuple[str | Texts, ...]] = [
        (
            first if row["party"] == FIRST else second,
            f"{row['zone_id']} {_name_row(draft, row)[0]}".rstrip(),
            draft.word("zone", row["kind"]),
            *(write_area(row[name]) for name in ("area_km2", "common_km2", "only_km2")),
        )
        for _, row in comparison.zones.iterrows()
    ]
    area = draft.say("area")
    both = [_join(area, draft.say(key)) for key in ("common", "only")]
    draft.heading("heading_zones")
    columns: list[str | Texts] = [EMPTY, "zone", "kind", area, *both]
    draft.table(columns, rows, widths=(1.4, 3, 2, 1.2, 1.2, 1.4), numeric=(3, 4, 5))


def _add_destinations(draft: Draft, comparison: ZoneComparison, sites: gpd.GeoDataFrame) -> None:
    rows = [
        (
            f"{_name_row(draft, row)[0]}{f' ({site})' if row['name'] != site else ''}",
            _name_part(draft, comparison, row["part"]),
            draft.say("unstated") if pd.isna(row["people"]) else f"{row['people']:.0f}",
        )
        for site, row in sites.iterrows()
    ]
    draft.heading("heading_sites")
    draft.table(["place", "lies", "people"], rows, widths=(3, 2, 1), numeric=[2])
