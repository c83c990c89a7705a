"""What stands on the pages of a printed map, as the template takes it: maps, tables and words."""

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
    LEAST_SCALE,
    MARGIN_MM,
    MOST_SCALE,
    PAPERS,
    RULE_MM,
    Layout,
    Sheet,
    choose_bar,
    fit_sheet,
    lay_out,
    split_sheets,
)
from corridors.outputs.print_map.waypoints import list_waypoints
from corridors.outputs.typesetting import check_glyphs
from corridors.release import TLP, Release
from corridors.release.audiences import render_remarks
from corridors.release.labels import Labels
from corridors.tables import PASSABLE

STATUSES = ("draft", "proposed", "notified")
COLOURS = {"internal": "#ffc000", "partners": "#ffc000", "parties": "#33ff00", "public": "#ffffff"}
"""Of the labels of the Traffic Light Protocol, on black."""
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
"""How high the map of one corridor may be where its page has room for no other height."""
BESIDE_STRIP_MM, ROW_MM = 108.0, 4.7
"""What else stands on such a page, and how high a row of its waypoints is."""
WORTH_A_PAGE = 1.35
"""A scale so many times smaller is taken where the corridor has one page then, and not two."""
TYPE_SIZES = {"a4": 1.0, "a3": 1.25}
"""What hangs on a wall is read from further away."""
LONGEST_NUMBER = 40
AROUND_M = 1000.0
"""So much is shown around what has no extent of its own."""

Data = dict[str, Any]


class Pages:
    """The pages of a release on one paper in one language, and the pictures on them."""

    def __init__(
        self,
        release: Release,
        locale: Locale,
        *,
        paper: str,
        corridors: Sequence[str],
        alternates: bool,
    ) -> None:
        """Choose the corridors that are shown: those named, or all; a page of its own has each
        primary one, and others if asked for.
        """
        self.release, self.locale, self.paper = release, locale, paper
        labels = Labels(release, locale)
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
        self.chart = MapDrawing(
            release,
            locale,
            corridors=chosen.index,
            numbers=number_corridors(everything),
            type_size=TYPE_SIZES[paper],
        )
        self.with_page = list(
            chosen.index if alternates or corridors else chosen.index[chosen["rank"] == 1]
        )
        self.files: dict[str, bytes] = {}

    def describe(self, *, scale: float | None, status: str, map_number: str) -> Data:
        """Everything that the template shows."""
        locale, release = self.locale, self.release
        width, height = PAPERS[self.paper]
        maps = self._describe_maps(scale)
        corridors, annex = self.chart.corridors, self._describe_annex()
        reduced = release.audience in ("parties", "public")
        return {
            "lang": locale.lang,
            "direction": locale.direction,
            "paper": self.paper,
            "title": self.chart.title,
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
            "places_told": sum(column in ("from", "to") for column in self._columns),
            "corridors": [
                {
                    "number": self.chart.numbers[str(name)],
                    "primary": bool(row["rank"] == 1),
                    "cells": self._tell_corridor(row),
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
            "invented": self.chart.demonstration,
            "doubts": [
                {"whole": told, "short": locale.name("doubt", said.code)}
                for told, said in zip(self.chart.doubts, release.acknowledgements, strict=True)
            ],
        }

    def _list_sources(self) -> list[str]:
        """A line for each source: what it is of, as of when, and whom to name."""
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
                        said="; ".join(parts),
                    )
                )
        return list(dict.fromkeys(lines))

    # Maps

    def _describe_maps(self, scale: float | None) -> list[Data]:
        """The overview; where a scale is named that one sheet has no room for, as an index of the
        sheets that follow.
        """
        shapes = self.chart.list_shown()
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
                fitting, key=lambda found: (found[1].scale, found[0].beside != is_wide)
            )
            return [self._describe_map(layout, self.chart.draw(sheet), "overview")]
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
            if one.beside == first["layout"]["beside"] and (sheet := self._fit(around, one, None))
        )
        self.files.pop(first["file"])
        maps = [
            self._describe_map(
                overview,
                self.chart.draw(index, index=sheets),
                "overview",
                self.locale["print.overview"],
            )
        ]
        for at, sheet in enumerate(sheets, start=1):
            name = self.locale.format("print.sheet", at=at, all=len(sheets))
            maps.append(self._describe_map(layout, self.chart.draw(sheet), f"sheet-{at}", name))
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
        said = [f"{part * part_m / per_unit:g}" for part in range(parts + 1)]
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
                "labels": [*said[:-1], f"{said[-1]} {unit}"],
            },
            "projection": self._tell_projection(sheet),
            "convergence": self._tell_convergence(sheet),
            "signs": [self._describe_sign(sign) for sign in SIGN_ORDER if sign in drawing.signs],
            "beyond": " ".join([*self._tell_beyond(drawing), *self._tell_nameless(drawing)]),
        }

    def _tell_projection(self, sheet: Sheet) -> str:
        if sheet.plane.zone:
            return self.locale.format("print.utm", zone=sheet.plane.zone)
        lon = (sheet.plane.lon + 180.0) % 360.0 - 180.0
        place = f"{abs(sheet.plane.lat):g}°{'NS'[sheet.plane.lat < 0]} {abs(lon):g}°{'EW'[lon < 0]}"
        return self.locale.format("print.equidistant", place=place)

    def _tell_convergence(self, sheet: Sheet) -> str:
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

    def _tell_beyond(self, drawing: Drawing) -> list[str]:
        told = [
            self.locale.format(f"print.beyond_{what}", count=count)
            for what, count in drawing.beyond.items()
            if count
        ]
        return (
            [self.locale.format("print.beyond", what=self.locale["comma"].join(told))]
            if told
            else []
        )

    def _tell_nameless(self, drawing: Drawing) -> list[str]:
        return (
            [self.locale.format("print.nameless", count=drawing.nameless)]
            if drawing.nameless
            else []
        )

    # Corridors

    def _list_heads(self) -> list[str]:
        """The columns of the table of corridors that hold anything for this audience."""
        locale = self.locale
        heads = {
            "from": "from",
            "to": "to",
            "length_m": "length_km",
            "duration_min": "time",
            "status": "state",
        }
        heads |= {"nearest_incident_m": "clearance", "unknown_share": "unknown"}
        return [locale[f"print.{heads[column]}"] for column in self._columns]

    @property
    def _columns(self) -> list[str]:
        shown = (
            self.release.layers["corridors"].columns if "corridors" in self.release.layers else ()
        )
        rows = self.chart.corridors
        optional = [
            *("length_m", "duration_min", "status", "nearest_incident_m"),
            *(["unknown_share"] if len(rows) and (rows["unknown_share"] > 0).any() else []),
        ]
        return [
            *(["from"] if "depot_id" in shown else []),
            "to",
            *(column for column in optional if column in shown),
        ]

    def _tell_corridor(self, row: pd.Series) -> list[str]:
        said = {
            "from": self.chart.call_site(row["depot_id"]),
            "to": self.chart.call_site(row["destination_id"]),
            "length_m": self.chart.km(row["length_m"]),
            "duration_min": format_duration(row["duration_min"]),
            "status": self.locale.name("status", row["status"]),
            "nearest_incident_m": self.chart.distance(row["nearest_incident_m"]),
            "unknown_share": format_share(row["unknown_share"]) if row["unknown_share"] > 0 else "",
        }
        return [said[column] for column in self._columns]

    def _list_cut_off(self) -> list[dict[str, str]]:
        """Places that no corridor reaches, and why, as far as the audience is told."""
        chart = self.chart
        known = [
            {"name": self._call_lost(site_id, row["name"]), "why": chart.cut_off_reason(site_id)}
            for site_id, row in chart.cut_off.iterrows()
        ]
        others = [
            site_id for site_id in sorted(chart.unreached) if site_id not in chart.cut_off.index
        ]
        return known + [
            {"name": self.chart.call_site(str(site_id)), "why": self.locale["cut_off.word"]}
            for site_id in others
        ]

    def _call_lost(self, site_id: Any, name: str) -> str:
        return (
            name
            if name and str(site_id) not in self.chart.places
            else self.chart.call_site(str(site_id))
        )

    def _describe_strip(self, corridor_id: str) -> Data:
        locale, chart = self.locale, self.chart
        row, found = chart.corridors.loc[corridor_id], list_waypoints(chart, corridor_id)
        number = chart.numbers[corridor_id]
        around = widen([chart.lines[corridor_id]])
        sheet = self._choose_strip(around, len(found.stops))
        drawing = chart.draw(sheet, corridor=corridor_id, stops=found.points, bridges=found.bridges)
        alt = locale.format(
            "print.alt_strip", number=number, scale=write_scale(sheet.scale, self.locale)
        )
        return {
            "number": number,
            "title": locale.format(
                "print.corridor" if row["depot_id"] else "print.corridor_to",
                number=number,
                start=self.chart.call_site(row["depot_id"]),
                end=self.chart.call_site(row["destination_id"]),
            ),
            "facts": self._tell_facts(row),
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
        """The frame for a corridor: what its page leaves beside the waypoints, or a higher one
        where the scale would be much smaller.
        """
        heights = STRIP_HEIGHTS_MM[self.paper]
        best = min(
            (self._fit_strip(around, height) for height in heights), key=lambda sheet: sheet.scale
        )
        left = min(PAPERS[self.paper][1] - BESIDE_STRIP_MM - stops * ROW_MM, heights[-1] * 1.1)
        if left >= heights[0] * 0.8:
            whole = self._fit_strip(around, round(left, 1))
            if whole.scale <= best.scale * WORTH_A_PAGE:
                return whole
        return best

    def _fit_strip(self, around: Any, height: float) -> Sheet:
        width = PAPERS[self.paper][0] - 2 * MARGIN_MM - 2 * LABELS_MM
        sheet = fit_sheet(around, width, height)
        if sheet is None:  # the smallest scale takes whatever there is
            raise UsageError(Message("usage.corridor_does_not_fit", paper=self.paper))
        return sheet

    def _tell_facts(self, row: pd.Series) -> str:
        locale = self.locale
        facts = [
            locale["corridor.primary" if row["rank"] == 1 else "corridor.alternate"],
            locale.format("print.fact_length", km=self.chart.km(row["length_m"])),
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
                    "print.fact_clearance", distance=self.chart.distance(row["nearest_incident_m"])
                )
            )
        if row["unknown_share"] > 0:
            facts.append(
                locale.format("print.fact_unknown", share=format_share(row["unknown_share"]))
            )
        return f"{locale['comma'].join(facts)}."

    # Annex

    def _describe_annex(self) -> Data:
        closed, more = coordinates.list_closed(self.chart)
        return {
            "sites": coordinates.list_sites(self.chart),
            "zones": coordinates.list_zones(self.chart),
            "closed": closed,
            "more": self.locale.format("print.more_closed", count=more) if more else "",
        }


def number_corridors(corridors: pd.DataFrame) -> dict[str, str]:
    """The number that each corridor goes by: that of its pair of depot and destination, alternates
    with their rank.

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
    """The corners of what must be seen, with some ground around what has no extent of its own."""
    coords = shapely.get_coordinates(shapes)
    low, high = coords.min(axis=0), coords.max(axis=0)
    lat = float(min(89.0, max(abs(low[1]), abs(high[1]))))
    least = [AROUND_M / 111_000.0 / max(math.cos(math.radians(lat)), 0.02), AROUND_M / 111_000.0]
    lonely = (high - low < least).all()
    middle = (low + high) / 2
    ends = (middle + sign * np.array(least) for sign in (-1, 1))
    corners = [end.clip([-540.0, -90.0], [540.0, 90.0]) for end in ends]
    return shapely.get_coordinates([*shapes, *([shapely.LineString(corners)] if lonely else [])])


def write_scale(scale: float, locale: Locale) -> str:
    """A scale with its thousands apart, as the language parts them.

    >>> from corridors.locales import read_locale
    >>> write_scale(250000.0, read_locale("en"))
    '1:250,000'
    """
    return locale.part(f"1:{scale:,.0f}")


def read_scale(text: str | float) -> float | None:
    """The scale that someone names, as 250000 or 1:250,000; None for auto.

    Raises
    ------
    UsageError
        It is none (fix: a number from 1,000 to 100,000,000, or auto).

    Examples
    --------
    >>> read_scale("1:250,000"), read_scale("auto")
    (250000.0, None)
    >>> read_scale("25000,5")
    Traceback (most recent call last):
    corridors.errors.UsageError: 25000,5 is no scale; ...
    """
    said = re.sub(
        r"(?<=\d)[,_ ](?=\d{3}\b)", "", str(text).strip().lower().removeprefix("1:")
    )  # 25000,5 is no 250,005
    if said == "auto":
        return None
    try:
        scale = float(said)
    except ValueError:
        scale = math.nan
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        raise UsageError(
            Message("usage.bad_scale", text=text, min_scale=LEAST_SCALE, max_scale=MOST_SCALE)
        )
    return scale
