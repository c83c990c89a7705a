"""The content of the pages of a printed map, as the template needs it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import shapely

from corridors.errors import UsageError
from corridors.locales import Locale, show_unseen
from corridors.locales.figures import format_duration, format_share, format_time
from corridors.messages import Message
from corridors.outputs.print_map import coordinate_tables as coordinates
from corridors.outputs.print_map import sign_drawing as signs
from corridors.outputs.print_map.map_drawing import Drawing, MapDrawing
from corridors.outputs.print_map.sheets import (
    LABELS_MM,
    MARGIN_MM,
    MAX_SCALE,
    MIN_SCALE,
    PAPERS,
    RULE_MM,
    Layout,
    Sheet,
    choose_bar,
    fit_sheet,
    lay_out,
    split_sheets,
)
from corridors.outputs.print_map.stops import list_stops
from corridors.outputs.typesetting import check_glyphs
from corridors.release import TLP, Release
from corridors.release.audiences import render_remarks
from corridors.release.labels import Labels
from corridors.tables import PASSABLE

STATUSES = ("draft", "proposed", "notified")
COLOURS = {"internal": "#ffc000", "partners": "#ffc000", "parties": "#33ff00", "public": "#ffffff"}
"""The colours of the Traffic Light Protocol, on black."""
SIGN_ORDER = (
    *(
        "primary",
        "alternate",
        "unsure",
        "closed",
        "limited",
        "bridge",
        "mark_depot",
        "mark_reached",
        "mark_cut_off",
        "mark_unplanned",
        "cell",
    ),
    *("mark_waypoint", "mark_observer_base", "mark_incident", "reach", "mark_inactive"),
    *(
        "zone_safe_zone",
        "zone_no_go",
        "zone_contaminated",
        "zone_front_line",
        "zone_restricted",
        "not_in_force",
        "roads",
    ),
)
STRIP_HEIGHTS_MM = {"a4": (96.0, 130.0, 165.0), "a3": (150.0, 200.0, 255.0)}
"""The height of a corridor's map where its page has no room for another height."""
OTHER_STRIP_MM, ROW_MM = 108.0, 4.7
"""The height of the rest of such a page, and of a row of its waypoints."""
WORTH_A_PAGE = 1.35
"""A scale smaller by this factor is accepted if the corridor then needs one page, not two."""
TYPE_SIZES = {"a4": 1.0, "a3": 1.25}
"""A wall map is read from farther away."""
LONGEST_NUMBER = 40
AROUND_M = 1000.0
"""The margin shown around objects that have no extent."""

Data = dict[str, Any]


class Pages:
    """The pages of a release on one paper in one language, and their pictures."""

    def __init__(
        self,
        release: Release,
        locale: Locale,
        *,
        paper: str,
        corridors: Sequence[str],
        alternates: bool,
    ) -> None:
        """Choose the corridors to show: those named, or all.

        Each primary corridor has its own page; alternates have one on request.
        """
        self.release, self.locale, self.paper = release, locale, paper
        self.labels = labels = Labels(release, locale)
        check_glyphs(
            show_unseen(
                {
                    place: {"name": name, "name_ar": name_ar}
                    for place, (name, name_ar, _) in labels.places.items()
                }
            ),
            "places",
        )
        everything = labels.corridors
        if missing := [name for name in corridors if name not in everything.index]:
            known = tuple(everything.index)
            raise UsageError(Message("usage.unknown_corridor", corridor=missing[0], known=known))
        chosen = everything[everything.index.isin(corridors)] if corridors else everything
        self.drawing = MapDrawing(
            labels,
            corridors=chosen.index,
            numbers=number_corridors(everything),
            type_size=TYPE_SIZES[paper],
        )
        self.with_page = list(
            chosen.index if alternates or corridors else chosen.index[chosen["rank"] == 1]
        )
        self.files: dict[str, bytes] = {}

    def describe(self, *, scale: float | None, status: str, map_number: str) -> Data:
        """All data of the template."""
        locale, release = self.locale, self.release
        width, height = PAPERS[self.paper]
        maps = self._describe_maps(scale)
        corridors, annex = self.drawing.corridors, self._describe_annex()
        reduced = release.audience in ("parties", "public")
        return {
            "lang": locale.lang,
            "direction": locale.direction,
            "paper": self.paper,
            "title": self.labels.title,
            "margin": MARGIN_MM,
            "edge_room": LABELS_MM,
            "rule_room": RULE_MM,
            "text_width": width,
            "text_height": height,
            "sample": {"width": signs.LEGEND_WIDTH, "height": signs.LEGEND_HEIGHT},
            "words": dict(locale.texts["print"]) | {"cut_off_word": locale["cut_off.word"]},
            "marking": self._mark(status, map_number),
            "maps": maps,
            "corridor_heads": self._list_heads(),
            "place_columns": sum(column in ("from", "to") for column in self._columns),
            "corridors": [
                {
                    "number": self.drawing.numbers[str(name)],
                    "primary": bool(row["rank"] == 1),
                    "cells": self._format_corridor(row),
                }
                for name, row in corridors.iterrows()
            ],
            "corridor_note": " ".join(
                [locale["print.rounded"]] * reduced
                + [
                    locale.format("print.withheld", count=count)
                    for count in [release.withheld.get("corridors", 0)]
                    if count
                ]
            ),
            "cut_off": self._list_cut_off(),
            "remarks": render_remarks(release, locale.lang),
            "sources": self._list_sources(),
            "producer": "; ".join(
                part for part in (release.producer.name, release.producer.contact) if part
            )
            or locale["print.no_producer"],
            "strips": [self._describe_strip(str(name)) for name in self.with_page],
            "annex": annex,
        }

    # Marking

    def _mark(self, status: str, map_number: str) -> Data:
        locale, release = self.locale, self.release
        if len(map_number) > LONGEST_NUMBER:
            raise UsageError(
                Message(
                    "usage.map_number_too_long", length=len(map_number), max_length=LONGEST_NUMBER
                )
            )
        number = map_number or f"{release.as_of:%Y%m%d}-{release.plan_hash[:5]}"
        return {
            "audience": locale[f"audience.{release.audience}"],
            "level": release.level,
            "tlp": TLP[release.audience],
            "tlp_colour": COLOURS[release.audience],
            "status_word": locale[f"print.status_{status}"],
            "status_note": locale[f"print.note_{status}"],
            "number": locale.format("print.map_number", number=number),
            "as_of": locale.format("marking.as_of", time=format_time(release.as_of)),
            "valid_until": locale.format(
                "marking.valid_until", time=format_time(release.valid_until)
            ),
            "hash": locale.format("marking.hash", code=release.code),
            "made_from": locale.format("print.made_from", code=release.code),
            "caution": locale["marking.caution"],
            "credits": " ".join(release.credits),
            "invented": self.labels.demonstration,
            "doubts": [
                {"whole": sentence, "short": locale.name("doubt", answer.code)}
                for sentence, answer in zip(
                    self.labels.doubts, release.acknowledgements, strict=True
                )
            ],
        }

    def _list_sources(self) -> list[str]:
        """A line for each source: its role, time, name and attribution."""
        lines = []
        for source in self.release.sources:
            parts = (
                [self.locale.format("print.of_date", time=format_time(source.newest))]
                if source.newest is not None
                else []
            )
            parts += [part for part in (source.name, source.attribution) if part]
            if parts:
                lines.append(
                    self.locale.format(
                        "print.source",
                        what=self.locale.name("file_role", source.role),
                        details="; ".join(parts),
                    )
                )
        return list(dict.fromkeys(lines))

    # Maps

    def _describe_maps(self, scale: float | None) -> list[Data]:
        """The overview; where one sheet is too small for a scale, an index and the sheets."""
        shapes = self.drawing.list_shown()
        if not shapes:
            raise UsageError(Message("usage.nothing_to_print"))
        around = widen(shapes)
        layouts = lay_out(self.paper)
        fitting = [
            (layout, sheet)
            for layout in layouts
            if (sheet := self._fit(around, layout, scale)) is not None
        ]
        if fitting:
            low, high = (
                fitting[0][1].plane.project(around).min(axis=0),
                fitting[0][1].plane.project(around).max(axis=0),
            )
            is_wide = bool((high - low)[0] > (high - low)[1])
            layout, sheet = min(
                fitting, key=lambda found: (found[1].scale, found[0].panel_at_side != is_wide)
            )
            return [self._describe_map(layout, self.drawing.draw(sheet), "overview")]
        splits = [
            (
                layout,
                split_sheets(
                    around, shapes, layout.frame_width, layout.frame_height, float(scale or 0)
                ),
            )
            for layout in layouts
        ]
        layout, sheets = min(splits, key=lambda found: len(found[1]))
        first = self._describe_maps(None)[0]
        overview, index = next(
            (one, sheet)
            for one in layouts
            if one.panel_at_side == first["layout"]["panel_at_side"]
            and (sheet := self._fit(around, one, None))
        )
        self.files.pop(first["file"])
        maps = [
            self._describe_map(
                overview,
                self.drawing.draw(index, index=sheets),
                "overview",
                self.locale["print.overview"],
            )
        ]
        for at, sheet in enumerate(sheets, start=1):
            name = self.locale.format("print.sheet", at=at, all=len(sheets))
            maps.append(self._describe_map(layout, self.drawing.draw(sheet), f"sheet-{at}", name))
        return maps

    @staticmethod
    def _fit(around: Any, layout: Layout, scale: float | None) -> Sheet | None:
        return fit_sheet(around, layout.frame_width, layout.frame_height, scale=scale)

    def _describe_map(self, layout: Layout, drawing: Drawing, file: str, name: str = "") -> Data:
        alt = self.locale.format(
            "print.alt_map", scale=write_scale(drawing.sheet.scale, self.locale)
        )
        return {**self._describe_frame(drawing, file, alt), "layout": asdict(layout), "name": name}

    def _describe_frame(self, drawing: Drawing, file: str, alt: str) -> Data:
        locale, sheet = self.locale, drawing.sheet
        self.files[f"{file}.svg"] = drawing.svg
        part_m, parts = choose_bar(sheet.scale)
        unit, per_unit = ("km", 1000.0) if part_m >= 1000.0 else ("m", 1.0)
        ticks = [f"{part * part_m / per_unit:g}" for part in range(parts + 1)]
        return {
            "file": f"{file}.svg",
            "alt": alt,
            "width": sheet.width,
            "height": sheet.height,
            "labels": [asdict(label) for label in drawing.labels],
            "edge_labels": [asdict(label) for label in drawing.edge_labels],
            "scale": locale.format(
                "print.scale", scale=write_scale(sheet.scale, self.locale), paper=self.paper.upper()
            ),
            "bar": {
                "part_mm": part_m * 1000.0 / sheet.scale,
                "parts": parts,
                "labels": [*ticks[:-1], f"{ticks[-1]} {unit}"],
            },
            "projection": self._format_projection(sheet),
            "convergence": self._format_convergence(sheet),
            "signs": [self._describe_sign(sign) for sign in SIGN_ORDER if sign in drawing.signs],
            "beyond": self._format_missing(drawing),
        }

    def _format_projection(self, sheet: Sheet) -> str:
        if sheet.plane.zone:
            return self.locale.format("print.utm", zone=sheet.plane.zone)
        lon = (sheet.plane.lon + 180.0) % 360.0 - 180.0
        place = f"{abs(sheet.plane.lat):g}°{'NS'[sheet.plane.lat < 0]} {abs(lon):g}°{'EW'[lon < 0]}"
        return self.locale.format("print.equidistant", place=place)

    def _format_convergence(self, sheet: Sheet) -> str:
        degrees = sheet.plane.measure_convergence(*sheet.centre)
        if abs(degrees) < 1.0:
            return self.locale["print.grid_north"]
        return self.locale.format(
            f"print.true_north_{'west' if degrees < 0 else 'east'}", degrees=f"{abs(degrees):.1f}"
        )

    def _describe_sign(self, sign: str) -> Data:
        if f"sign-{sign}.svg" not in self.files:
            self.files[f"sign-{sign}.svg"] = signs.draw_sample(sign)
        return {"file": f"sign-{sign}.svg", "text": self.locale[f"print_sign.{sign}"]}

    def _format_missing(self, drawing: Drawing) -> str:
        """How much of the release is outside the frame, and how many names have no place."""
        beyond = [
            self.locale.format(f"print.beyond_{what}", count=count)
            for what, count in drawing.beyond.items()
            if count
        ]
        sentences = []
        if beyond:
            what = self.locale["comma"].join(beyond)
            sentences.append(self.locale.format("print.beyond", what=what))
        if drawing.nameless:
            sentences.append(self.locale.format("print.nameless", count=drawing.nameless))
        return " ".join(sentences)

    # Corridors

    def _list_heads(self) -> list[str]:
        """The headings of the columns that have values for this audience."""
        locale = self.locale
        heads = {
            "from": "from",
            "to": "to",
            "length_m": "length_km",
            "duration_min": "time",
            "status": "state",
        }
        heads |= {"nearest_incident_m": "nearest_incident", "unknown_share": "unknown"}
        return [locale[f"print.{heads[column]}"] for column in self._columns]

    @property
    def _columns(self) -> list[str]:
        shown = (
            self.release.layers["corridors"].columns if "corridors" in self.release.layers else ()
        )
        rows = self.drawing.corridors
        optional = [
            *("length_m", "duration_min", "status", "nearest_incident_m"),
            *(["unknown_share"] if len(rows) and (rows["unknown_share"] > 0).any() else []),
        ]
        return [
            *(["from"] if "depot_id" in shown else []),
            "to",
            *(column for column in optional if column in shown),
        ]

    def _format_corridor(self, row: pd.Series) -> list[str]:
        cells = {
            "from": self.drawing.format_site_name(row["depot_id"]),
            "to": self.drawing.format_site_name(row["destination_id"]),
            "length_m": self.labels.km(row["length_m"]),
            "duration_min": format_duration(row["duration_min"]),
            "status": self.locale.name("status", row["status"]),
            "nearest_incident_m": self.labels.distance(row["nearest_incident_m"]),
            "unknown_share": format_share(row["unknown_share"]) if row["unknown_share"] > 0 else "",
        }
        return [cells[column] for column in self._columns]

    def _list_cut_off(self) -> list[dict[str, str]]:
        """Places that no corridor reaches, with the reasons that the audience may know."""
        labels = self.labels
        rows = [
            {
                "name": self._name_cut_off(site_id, row["name"]),
                "why": labels.cut_off_reason(site_id),
            }
            for site_id, row in labels.cut_off.iterrows()
        ]
        others = sorted(set(labels.unreached).difference(labels.cut_off.index))
        return rows + [
            {
                "name": self.drawing.format_site_name(str(site_id)),
                "why": self.locale["cut_off.word"],
            }
            for site_id in others
        ]

    def _name_cut_off(self, site_id: Any, name: str) -> str:
        return (
            name
            if name and str(site_id) not in self.labels.places
            else self.drawing.format_site_name(str(site_id))
        )

    def _describe_strip(self, corridor_id: str) -> Data:
        locale, shown = self.locale, self.drawing
        row, found = shown.corridors.loc[corridor_id], list_stops(shown, corridor_id)
        number = shown.numbers[corridor_id]
        around = widen([shown.lines[corridor_id]])
        sheet = self._choose_strip(around, len(found.stops))
        drawing = shown.draw(sheet, corridor=corridor_id, stops=found.points, bridges=found.bridges)
        alt = locale.format(
            "print.alt_strip", number=number, scale=write_scale(sheet.scale, self.locale)
        )
        return {
            "number": number,
            "title": locale.format(
                "print.corridor" if row["depot_id"] else "print.corridor_to",
                number=number,
                start=shown.format_site_name(row["depot_id"]),
                end=shown.format_site_name(row["destination_id"]),
            ),
            "facts": self._format_facts(row),
            "map": self._describe_frame(drawing, f"strip-{number}", alt),
            "timed": not found.step_m,
            "note": locale.format("print.sampled", step=f"{found.step_m / 1000:g}")
            if found.step_m
            else "",
            "stops": [
                {
                    "km": stop.km,
                    "time": stop.time,
                    "what": stop.what,
                    "decimal": place[0],
                    "mgrs": place[2],
                }
                for stop in found.stops
                for place in [coordinates.write_place(stop.lon, stop.lat)]
            ],
        }

    def _choose_strip(self, around: Any, stops: int) -> Sheet:
        """The frame for a corridor: the room that its waypoints leave on the page.

        A higher frame on a page of its own where the scale would be much smaller otherwise.
        """
        heights = STRIP_HEIGHTS_MM[self.paper]
        best = min(
            (self._fit_strip(around, height) for height in heights), key=lambda sheet: sheet.scale
        )
        left = min(PAPERS[self.paper][1] - OTHER_STRIP_MM - stops * ROW_MM, heights[-1] * 1.1)
        if left >= heights[0] * 0.8:
            whole = self._fit_strip(around, round(left, 1))
            if whole.scale <= best.scale * WORTH_A_PAGE:
                return whole
        return best

    def _fit_strip(self, around: Any, height: float) -> Sheet:
        width = PAPERS[self.paper][0] - 2 * MARGIN_MM - 2 * LABELS_MM
        sheet = fit_sheet(around, width, height)
        if sheet is None:  # the smallest scale shows everything
            raise UsageError(Message("usage.corridor_does_not_fit", paper=self.paper))
        return sheet

    def _format_facts(self, row: pd.Series) -> str:
        locale = self.locale
        facts = [
            locale["corridor.primary" if row["rank"] == 1 else "corridor.alternate"],
            locale.format("print.fact_length", km=self.labels.km(row["length_m"])),
        ]
        if not math.isnan(row["duration_min"]):
            facts.append(
                locale.format("print.fact_time", time=format_duration(row["duration_min"]))
            )
        facts.append(
            locale.format(
                "print.fact_state", state=locale.name("status", row["status"] or PASSABLE)
            )
        )
        if not math.isnan(row["nearest_incident_m"]):
            facts.append(
                locale.format(
                    "print.fact_nearest_incident",
                    distance=self.labels.distance(row["nearest_incident_m"]),
                )
            )
        if row["unknown_share"] > 0:
            facts.append(
                locale.format("print.fact_unknown", share=format_share(row["unknown_share"]))
            )
        return f"{locale['comma'].join(facts)}."

    # Annex

    def _describe_annex(self) -> Data:
        closed, more = coordinates.list_closed(self.labels)
        return {
            "sites": coordinates.list_sites(self.labels),
            "zones": coordinates.list_zones(self.labels),
            "closed": closed,
            "more": self.locale.format("print.more_closed", count=more) if more else "",
        }


def number_corridors(corridors: pd.DataFrame) -> dict[str, str]:
    """The number of each corridor: that of its depot and destination, and its rank.

    The rank is omitted for primary corridors.

    >>> table = pd.DataFrame(
    ...     {"depot_id": ["d"] * 3, "destination_id": ["a", "a", "b"], "rank": [1, 2, 1]},
    ...     index=["x", "y", "z"],
    ... )
    >>> number_corridors(table)
    {'x': '1', 'y': '1.2', 'z': '2'}
    """
    if len(corridors) and corridors.index.str.fullmatch(r"C-\d+").all():
        return {str(name): str(name) for name in corridors.index}
    pairs: dict[tuple[str, str], int] = {}
    numbers = {}
    for name, pair, rank in zip(
        corridors.index,
        zip(corridors["depot_id"], corridors["destination_id"], strict=True),
        corridors["rank"],
        strict=True,
    ):
        number = pairs.setdefault(pair, len(pairs) + 1)
        numbers[str(name)] = f"{number}" if rank == 1 else f"{number}.{rank}"
    return numbers


def widen(shapes: list[shapely.Geometry]) -> Any:
    """The coordinates that must be visible, with a margin around objects without extent."""
    coords = shapely.get_coordinates(shapes)
    low, high = coords.min(axis=0), coords.max(axis=0)
    lat = float(min(89.0, max(abs(low[1]), abs(high[1]))))
    min_size = [AROUND_M / 111_000.0 / max(math.cos(math.radians(lat)), 0.02), AROUND_M / 111_000.0]
    is_small = (high - low < min_size).all()
    middle = (low + high) / 2
    ends = (middle + sign * np.array(min_size) for sign in (-1, 1))
    corners = [end.clip([-540.0, -90.0], [540.0, 90.0]) for end in ends]
    return shapely.get_coordinates([*shapes, *([shapely.LineString(corners)] if is_small else [])])


def write_scale(scale: float, locale: Locale) -> str:
    """A scale with the thousands separator of the language.

    >>> from corridors.locales import read_locale
    >>> write_scale(250000.0, read_locale("en"))
    '1:250,000'
    """
    return locale.part(f"1:{scale:,.0f}")


def read_scale(text: str | float) -> float | None:
    """The scale that a user gives, as 250000 or 1:250,000; None for auto.

    Raises
    ------
    UsageError
        It is not a scale. Fix: use a number from 1,000 to 100,000,000, or auto.

    Examples
    --------
    >>> read_scale("1:250,000"), read_scale("auto")
    (250000.0, None)
    >>> read_scale("25000,5")
    Traceback (most recent call last):
    corridors.errors.UsageError: 25000,5 is not a scale; ...
    """
    number = re.sub(
        r"(?<=\d)[,_ ](?=\d{3}\b)", "", str(text).strip().lower().removeprefix("1:")
    )  # 25000,5 is not 250,005
    if number == "auto":
        return None
    try:
        scale = float(number)
    except ValueError:
        scale = math.nan
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise UsageError(
            Message("usage.bad_scale", text=text, min_scale=MIN_SCALE, max_scale=MAX_SCALE)
        )
    return scale
