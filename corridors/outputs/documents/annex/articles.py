"""What an annex says, in one or two languages side by side: numbered articles and tables, from
which every format is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely

from corridors.errors import UsageError
from corridors.evidence.incidents import is_invented
from corridors.geodesy.measures import GEOD, measure_area_m2, measure_perimeter_m
from corridors.locales import Locale, read_locale, show_unseen
from corridors.locales.bidi import isolate_ltr
from corridors.locales.figures import format_time
from corridors.outputs.coordinates import write_decimal, write_dms, write_mgrs
from corridors.outputs.documents.annex.crossings import (
    MAIN_ROADS,
    Crossing,
    Stretch,
    find_crossings,
    find_passages,
    follow_roads,
)
from corridors.release import TLP, Release
from corridors.release.labels import Labels
from corridors.rules import IncidentRules
from corridors.tables import INCIDENT_KINDS, NOT_PASSABLE, STATUSES

Texts = tuple[str, ...]
"""The same in each language of the annex."""
STATUS_WORDS = ("draft", "proposed", "notified")
MOST_LANGUAGES = 2
MOST_VERTICES = 1000
"""More than this is no text any more; the annex then says where the shape stands, and how many
vertices it has."""
NEAR_SITE_M = 250.0
SIGNATORIES = 3
_NO_LETTER = re.compile("[\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A numbered sentence or heading."""

    kind: Literal["article", "item", "text"]
    """The heading of an article, of an item in it, or a sentence."""
    number: str
    texts: Texts


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    A cell holds its text once, where it is of one language or the same in all, or else in every
    language.
    """

    columns: tuple[Texts, ...]
    rows: tuple[tuple[Texts, ...], ...]
    widths: tuple[float, ...]
    """Shares of the width of the page."""
    sides: tuple[int | None, ...]
    """The language of a column, by its position; None: its cells are for all."""
    blank: bool = False
    """Its rows are to be filled in, and so are high."""


@dataclass(frozen=True, slots=True)
class Annex:
    """The whole of an annex."""

    languages: tuple[str, ...]
    title: Texts
    subtitle: str
    """The title of the plan; empty where it has none, or is not told."""
    number: Texts
    status: str
    heading: Texts
    """What stands above each page: for whom it is, its label, and its status."""
    marking: Texts
    """What stands below each page: of when and until when it is, of which plan, and that it
    guarantees nothing."""
    page: Texts
    """"Page {page} of {pages}"."""
    warnings: tuple[Texts, ...]
    """Above everything else."""
    blocks: tuple[Paragraph | Table, ...]
    as_of: datetime
    code: str

    def texts(self, position: int) -> Iterator[str]:
        """Every text in one of the languages, in the order of reading."""
        yield from (texts[position] for texts in (self.number, self.title, *self.warnings))
        yield self.subtitle
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block.texts[position]
            else:
                for row in (block.columns, *block.rows):
                    cells = (
                        cell
                        for cell, side in zip(row, block.sides, strict=True)
                        if side in (None, position)
                    )
                    yield from (cell[position if len(cell) > 1 else 0] for cell in cells)


def build_annex(
    release: Release, *, languages: Sequence[str] = ("en",), status: str = "draft"
) -> Annex:
    """What the annex of a release says.

    Parameters
    ----------
    release
        What of a plan its readers may see.
    languages
        One or two of en, ar and fr: the first stands on the left, Arabic on the right.
    status
        draft, proposed or notified: what is said of it. To whom and when something was notified is
        left to be filled in.

    Raises
    ------
    UsageError
        There is no such language or status, or not one or two different languages.

    Examples
    --------
    >>> import corridors as co
    >>> release = co.disclose(
    ...     co.build_release(co.plan_corridors(co.read_situation(co.demo_folder()))), "parties"
    ... )
    >>> annex = build_annex(release, languages=("en", "fr"))
    >>> [
    ...     block.texts
    ...     for block in annex.blocks
    ...     if isinstance(block, Paragraph) and block.kind == "article"
    ... ][2]
    ('Declared zones', 'Zones déclarées')
    """
    if not 1 <= len(languages) <= MOST_LANGUAGES or len(set(languages)) != len(languages):
        raise UsageError(
            f"an annex is written in one language, or in two different ones side by side; not in {', '.join(languages) or 'none'}"
        )
    if status not in STATUS_WORDS:
        raise UsageError(f"there is no status {status!r}; use one of {', '.join(STATUS_WORDS)}")
    told = sorted(map(read_locale, languages), key=lambda locale: locale.direction == "rtl")
    return _Annex(release, tuple(told), status).build()


class _Annex:
    """The articles of an annex, one after the other, numbered as they come."""

    def __init__(self, release: Release, locale: tuple[Locale, ...], status: str) -> None:
        self.release, self.locale, self.status = release, locale, status
        self.names = tuple(Labels(release, each) for each in locale)
        self.zones, self.sites, self.corridors, self.segments = (
            release.table(name) for name in ("zones", "sites", "corridors", "segments")
        )
        self.passages = find_passages(release)
        self.crossings = find_crossings(release, self.passages)
        self.blocks: list[Paragraph | Table] = []
        self.counts = [0, 0, 0]

    def build(self) -> Annex:
        self._tell_purpose()
        self._tell_definitions()
        self._tell_zones()
        self._tell_corridors()
        self._tell_closures()
        self._tell_rules()
        self._tell_sources()
        self._tell_signatures()
        release = self.release
        level = f" ({release.level})" if release.level else ""
        invented = self.format("demonstration") if self._is_invented() else ()
        status = self.format(self.status)
        return Annex(
            languages=tuple(locale.lang for locale in self.locale),
            title=self.format("title"),
            subtitle=self.cell(release.title)[0],
            number=self.format("number", fill=self.fill),
            status=self.status,
            heading=self.finish(
                " · ".join(
                    (
                        f"{locale['audience.' + release.audience]}{level}",
                        TLP[release.audience],
                        status[at],
                        *invented[at : at + 1],
                    )
                )
                for at, locale in enumerate(self.locale)
            ),
            marking=self.finish(
                " · ".join(
                    (
                        locale.format("marking.as_of", time=format_time(release.as_of)),
                        locale.format("marking.valid_until", time=format_time(release.valid_until)),
                        locale.format("marking.hash", code=release.code),
                        locale["marking.caution"],
                    )
                )
                for locale in self.locale
            ),
            page=tuple(locale["annex.page"] for locale in self.locale),
            warnings=(invented,) if invented else (),
            blocks=tuple(self.blocks),
            as_of=release.as_of,
            code=release.code,
        )

    # Words

    def finish(self, texts: Any) -> Texts:
        """Texts as they are shown: unseen characters spelled out, and what reads from left to right
        held so in Arabic.
        """
        shown = zip(map(_spell_out, texts), self.locale, strict=True)
        return tuple(
            isolate_ltr(text) if locale.direction == "rtl" else text for text, locale in shown
        )

    def each(self, key: str, **values: Any) -> Texts:
        """A text of ours in every language, with values that may differ from language to language."""
        return tuple(
            locale.format(
                key,
                **{
                    name: value[at] if isinstance(value, tuple) else value
                    for name, value in values.items()
                },
            )
            for at, locale in enumerate(self.locale)
        )

    def format(self, key: str, **values: Any) -> Texts:
        return self.finish(self.each(f"annex.{key}", **values))

    def cell(self, texts: str | Texts, side: int | None = None) -> Texts:
        """A cell: the text of one language, or of all, once where it is the same."""
        if side is not None:
            return self.finish(texts if isinstance(texts, tuple) else (texts,) * len(self.locale))[
                side : side + 1
            ]
        raw = (texts,) if isinstance(texts, str) else texts
        if len(set(raw)) > 1:
            return self.finish(raw)
        shown = _spell_out(raw[0])
        return (isolate_ltr(shown) if self.locale[0].direction == "rtl" else shown,)

    @property
    def fill(self) -> Texts:
        return self.each("annex.fill")

    # Blocks

    def article(self, key: str) -> None:
        self.counts = [self.counts[0] + 1, 0, 0]
        self.blocks.append(Paragraph("article", str(self.counts[0]), self.format(key)))

    def item(self, texts: Texts) -> None:
        self.counts = [self.counts[0], self.counts[1] + 1, 0]
        self.blocks.append(Paragraph("item", self._number(), texts))

    def sentence(self, key: str, **values: Any) -> None:
        """A sentence of the article."""
        self.tell(self.format(key, **values))

    def tell(self, texts: Texts) -> None:
        self.counts = [self.counts[0], self.counts[1] + 1, 0]
        self.blocks.append(Paragraph("text", self._number(), texts))

    def fact(self, key: str, **values: Any) -> None:
        """A sentence of the item."""
        self.counts[2] += 1
        self.blocks.append(Paragraph("text", self._number(), self.format(key, **values)))

    def _number(self) -> str:
        return ".".join(str(count) for count in self.counts if count)

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str | Texts]],
        widths: Sequence[float],
        *,
        told: str = "",
        blank: bool = False,
    ) -> None:
        """Add a table; the column `told` holds phrases, and is there once for each language."""
        spread = [
            (at, side)
            for at, key in enumerate(columns)
            for side in (range(len(self.locale)) if key == told else (None,))
        ]
        sides = tuple(side if len(self.locale) > 1 else None for _, side in spread)
        heads = [self.each(f"annex.{key}") for key in columns]
        self.blocks.append(
            Table(
                columns=tuple(
                    self.cell(heads[at], side) for (at, _), side in zip(spread, sides, strict=True)
                ),
                rows=tuple(
                    tuple(
                        self.cell(row[at], side)
                        for (at, _), side in zip(spread, sides, strict=True)
                    )
                    for row in rows
                ),
                widths=tuple(widths[at] for at, _ in spread),
                sides=sides,
                blank=blank,
            )
        )

    def shows(self, layer: str, column: str) -> bool:
        """Whether the release shows a column: what it withholds is not spoken of."""
        return layer in self.release.layers and column in self.release.layers[layer]

    # 1 and 2: what it is

    def _is_invented(self) -> bool:
        texts = [*self.zones["declared_by"], *self.zones["supervisor"], *self.zones["source"]]
        texts += [source.attribution for source in self.release.sources]
        return self.release.invented > 0 or any(map(is_invented, texts))

    def _tell_purpose(self) -> None:
        release = self.release
        self.article("purpose")
        self.sentence(
            "scope", as_of=format_time(release.as_of), valid_until=format_time(release.valid_until)
        )
        self.sentence(f"status_{self.status}", fill=self.fill)
        self.sentence("stance")
        for doubt in zip(*(name.doubts for name in self.names), strict=True):
            self.tell(self.finish(doubt))

    def _tell_definitions(self) -> None:
        self.article("definitions")
        for key in (
            "zone",
            "corridor",
            "proposed",
            "closed",
            "crossing",
            "coordinates",
            "measures",
        ):
            self.sentence(f"def_{key}")
        coarse = self.release.rules.get("disclosure")
        if self.release.audience == "parties" and coarse:
            self.sentence(
                "def_rounded",
                km=f"{coarse['length_step_m'] / 1000:g}",
                minutes=f"{coarse['duration_step_min']:g}",
            )
        elif self.release.audience in ("parties", "public"):
            self.sentence("def_rounded_up")
        if len(self.locale) > 1:
            self.sentence("def_prevailing", fill=self.fill)

    # 3: zones

    def _tell_zones(self) -> None:
        self.article("zones")
        if self.zones.empty:
            self.sentence("no_zones")
        for zone_id, row in self.zones.iterrows():
            self._tell_zone(str(zone_id), row)

    def _tell_zone(self, zone_id: str, row: pd.Series) -> None:
        self.item(self.finish(_with_id(name.label(zone_id), zone_id) for name in self.names))
        if (
            "ar" not in {locale.lang for locale in self.locale} or len(self.locale) == 1
        ):  # else both names stand side by side
            self.fact(
                "name",
                value=tuple(
                    _join_names(row["name"], row["name_ar"], locale) or zone_id
                    for locale in self.locale
                ),
            )
        self.fact("kind", value=tuple(locale.name("zone", row["kind"]) for locale in self.locale))
        for column in ("declared_by", "supervisor"):
            if self.shows("zones", column):
                self.fact(column, value=row[column] or self.fill)
        self.fact("validity", value=self._write_validity(row))
        if not self.names[0].in_force[zone_id]:
            self.fact("not_in_force")
        shape = row["geometry"]
        self.fact(
            "size",
            area=f"{measure_area_m2([shape])[0] / 1e6:.3f}",
            perimeter=f"{measure_perimeter_m([shape])[0] / 1000:.3f}",
        )
        self._tell_border(shape)
        self._tell_crossings(zone_id)

    def _write_validity(self, row: pd.Series) -> Texts:
        start, end = (format_time(row[name]) for name in ("valid_from", "valid_to"))
        key = {(True, True): "from_until", (True, False): "from", (False, True): "until"}.get(
            (bool(start), bool(end)), "unbounded"
        )
        return self.each(f"annex.{key}", start=start, end=end)

    def _tell_border(self, shape: shapely.Geometry) -> None:
        rings = [
            (part, ring, bool(hole))
            for part, polygon in enumerate(shapely.get_parts(shape), start=1)
            for hole, ring in enumerate(shapely.get_rings(polygon))
        ]
        count = sum(len(ring.coords) - 1 for _, ring, _ in rings)
        if count > MOST_VERTICES:
            self.fact("too_many", count=count, code=self.release.code)
            return
        self.fact("vertices", count=count)
        for number, (part, _, hole) in enumerate(rings) if len(rings) > 1 else ():
            self.fact("ring_hole" if hole else "ring_outer", ring=_call_ring(number), part=part)
        rows = [
            (f"{_call_ring(number) if len(rings) > 1 else ''}{position}", *_write_place(lon, lat))
            for number, (_, ring, _) in enumerate(rings)
            for position, (lon, lat) in enumerate(
                shapely.get_coordinates(ring)[:-1].tolist(), start=1
            )
        ]
        self.table(("col_number", "col_decimal", "col_dms", "col_mgrs"), rows, (1.3, 3.4, 4.8, 3.6))

    def _tell_crossings(self, zone_id: str) -> None:
        crossings = [crossing for crossing in self.crossings if crossing.zone_id == zone_id]
        listed = [
            crossing for crossing in crossings if crossing.corridors or self._is_landmark(crossing)
        ]
        if not crossings:
            self.fact("no_crossings")
            return
        if listed:
            self.fact("crossings")
            rows = [
                (
                    str(number),
                    self._call_road(crossing.road),
                    write_decimal(crossing.lon, crossing.lat),
                    write_mgrs(crossing.lon, crossing.lat),
                    self._list_corridors(crossing),
                )
                for number, crossing in enumerate(listed, start=1)
            ]
            self.table(
                ("col_number", "col_road", "col_decimal", "col_mgrs", "col_corridors"),
                rows,
                (1.3, 3.4, 3.4, 3.6, 2.6),
                told="col_road",
            )
        if len(listed) < len(crossings):
            self.fact("minor", count=len(crossings) - len(listed))

    def _is_landmark(self, crossing: Crossing) -> bool:
        if crossing.road < 0:
            return False
        row = self.segments.iloc[crossing.road]
        return bool(row["name"] or row["road_class"] in MAIN_ROADS)

    def _call_road(self, road: int) -> Texts:
        if road < 0:
            return self.each("annex.unnamed")
        row = self.segments.iloc[road]
        return tuple(
            (row["name_ar"] if locale.lang == "ar" and row["name_ar"] else row["name"])
            or locale["annex.unnamed"]
            for locale in self.locale
        )

    def _list_corridors(self, crossing: Crossing) -> Texts:
        if not crossing.corridors:
            return self.each("annex.no_corridor")
        ways = {
            way: [corridor_id for corridor_id, its in crossing.corridors if its == way]
            for _, way in crossing.corridors
        }
        return tuple(
            "\n".join(
                locale.format(f"annex.by_{way}", ids=locale["comma"].join(ids))
                for way, ids in sorted(ways.items())
            )
            for locale in self.locale
        )

    # 4: corridors

    def _tell_corridors(self) -> None:
        self.article("corridors")
        if self.corridors.empty:
            self.sentence("no_corridors")
        stretches = follow_roads(self.release)
        for corridor_id, row in self.corridors.iterrows():
            self._tell_corridor(str(corridor_id), row, *stretches.get(str(corridor_id), (0.0, ())))
        if count := self.release.withheld.get("corridors", 0):
            self.sentence("withheld", count=count)

    def _tell_corridor(
        self, corridor_id: str, row: pd.Series, least_m: float, stretches: tuple[Stretch, ...]
    ) -> None:
        self.item(
            self.format(
                "corridor",
                id=corridor_id,
                destination=tuple(name.label(row["destination_id"]) for name in self.names),
            )
        )
        if row["depot_id"]:
            self.fact("start", value=self._write_end(row["depot_id"]))
        self.fact("end", value=self._write_end(row["destination_id"]))
        rank = "primary" if row["rank"] == 1 else "alternate"
        self.fact("rank", value=tuple(locale[f"corridor.{rank}"] for locale in self.locale))
        self.fact("length", value=self.names[0].km(row["length_m"]))
        if not np.isnan(row["duration_min"]):
            minutes = int(np.ceil(round(row["duration_min"], 6)))
            self.fact("duration", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
        if row["status"] in STATUSES:
            self.fact(
                "state", value=tuple(locale.name("status", row["status"]) for locale in self.locale)
            )
        self.fact("windows", fill=self.fill)
        self.fact("supervisor", value=self.fill)
        if row["geometry"].geom_type == "LineString":
            self.fact("way_points", metres=f"{least_m:.0f}")
            places = self._list_way_points(corridor_id, row["geometry"], stretches)
            rows = [
                (str(number), what, write_decimal(lon, lat), write_mgrs(lon, lat))
                for number, (what, lon, lat) in enumerate(places, start=1)
            ]
            self.table(
                ("col_number", "col_what", "col_decimal", "col_mgrs"),
                rows,
                (1.3, 4.6, 3.4, 3.6),
                told="col_what",
            )

    def _write_end(self, place_id: str) -> Texts:
        """Where a corridor begins or ends: a name and its place, or the square that stands for it."""
        shape = self.names[0].place(place_id)[2]
        if place_id in self.sites.index and shape.geom_type != "Point":
            west, south, east, north = shape.bounds
            corners = {
                "south_west": write_decimal(west, south),
                "north_east": write_decimal(east, north),
            }
            named = bool(self.sites.at[place_id, "name"])
            if named:
                return self.each(
                    "annex.square_named",
                    name=tuple(name.label(place_id) for name in self.names),
                    **corners,
                )
            return self.each("annex.square", **corners)
        told = tuple(_with_id(name.label(place_id), place_id) for name in self.names)
        if shape.geom_type != "Point" or shape.is_empty:
            return told
        return tuple(
            f"{said}{locale['comma']}{write_decimal(shape.x, shape.y)}"
            for said, locale in zip(told, self.locale, strict=True)
        )

    def _list_way_points(
        self, corridor_id: str, line: shapely.LineString, stretches: tuple[Stretch, ...]
    ) -> Iterator[tuple[Texts, float, float]]:
        """What happens along a corridor, in driving order: where it begins, changes road, meets
        zones and way points, and ends.
        """
        events: list[tuple[float, int, Texts, float, float]] = []
        for position, stretch in enumerate(stretches):
            first = position == 0
            road = self._call_road(stretch.road)
            lon, lat = line.coords[0][:2] if first else (stretch.lon, stretch.lat)
            if not first or any(
                said != locale["annex.unnamed"]
                for said, locale in zip(road, self.locale, strict=True)
            ):
                events.append(
                    (
                        0.0 if first else stretch.along,
                        0,
                        self.each(f"annex.{'begins_on' if first else 'onto'}", road=road),
                        lon,
                        lat,
                    )
                )
        if not events or events[0][0] > 0.0:
            events.append((0.0, 0, self.each("annex.begins"), *line.coords[0][:2]))
        for passage in self.passages:
            if passage.corridor_id == corridor_id:
                zone = tuple(
                    _with_id(name.label(passage.zone_id), passage.zone_id) for name in self.names
                )
                events.append(
                    (
                        passage.along,
                        1,
                        self.each(f"annex.{passage.way}", zone=zone),
                        passage.lon,
                        passage.lat,
                    )
                )
        events += self._list_near(line)
        events.append((np.inf, 3, self.each("annex.ends"), *line.coords[-1][:2]))
        for _, _, what, lon, lat in sorted(events, key=lambda event: event[:2]):
            yield what, float(lon), float(lat)

    def _list_near(
        self, line: shapely.LineString
    ) -> Iterator[tuple[float, int, Texts, float, float]]:
        """The sites that are way points and that a corridor passes."""
        points = self.sites[self.sites["role"] == "waypoint"]
        for site_id, shape in points.geometry.items():
            along = float(shapely.line_locate_point(line, shape))
            spot = shapely.line_interpolate_point(line, along)
            if GEOD.inv(spot.x, spot.y, shape.x, shape.y)[2] <= NEAR_SITE_M:
                yield (
                    along,
                    2,
                    self.each(
                        "annex.near", name=tuple(name.label(str(site_id)) for name in self.names)
                    ),
                    shape.x,
                    shape.y,
                )

    # 5: what is closed

    def _tell_closures(self) -> None:
        self.article("closures")
        if len(self.segments):
            length_km = self.segments["length_m"] / 1000
            closed = self.segments["status"] == NOT_PASSABLE
            facts = {
                "closed": int(closed.sum()),
                "all": len(closed),
                "closed_km": f"{length_km[closed].sum():.1f}",
                "all_km": f"{length_km.sum():.1f}",
            }
            self.sentence("closed", **facts)
            causes = 0
            by_cause = self.segments.loc[closed, "closed_by"]
            for cause in self.locale[0].texts["cause_type"]:
                by = by_cause.map(lambda causes, cause=cause: cause in causes)
                if by.any():
                    causes += 1
                    named = tuple(locale.name("cause", cause) for locale in self.locale)
                    self.sentence("closed_by", cause=named, km=f"{length_km[closed][by].sum():.1f}")
            if causes > 1:
                self.sentence("closed_several")
        areas = self.release.table("closure_areas")
        if len(areas):
            self.sentence(
                "closed_areas",
                count=len(areas),
                area=f"{measure_area_m2(areas.geometry.array).sum() / 1e6:.1f}",
            )
            if (last := areas["active_until"].max()) is not pd.NaT:
                self.sentence("closed_until", time=format_time(last))
        self._tell_not_reached()

    def _tell_not_reached(self) -> None:
        cut_off = self.release.table("cut_off")
        for site_id in map(str, cut_off.index):
            called = tuple(name.label(site_id) for name in self.names)
            self.sentence(
                "not_reached",
                name=called,
                why=tuple(name.cut_off_reason(site_id) for name in self.names),
            )
        for site_id in self.sites.index[self.sites["cut_off"].to_numpy(dtype=bool)].difference(
            cut_off.index
        ):
            self.sentence(
                "not_reached_alone", name=tuple(name.label(str(site_id)) for name in self.names)
            )

    # 6 to 8: the rules, what it rests on, and who takes note of it

    def _tell_rules(self) -> None:
        said: Mapping[str, Any] = self.release.rules
        if not said:
            return
        self.article("rules")
        if "incidents" in said:
            rules = IncidentRules(**said["incidents"])
            self.sentence("rule_radius")
            rows = [
                (
                    tuple(locale.name("kind", kind) for locale in self.locale),
                    f"{rules.of(kind).radius_m:g}",
                    f"{rules.of(kind).look_back_days:g}",
                )
                for kind in INCIDENT_KINDS
            ]
            self.table(("col_kind", "col_radius", "col_days"), rows, (3, 1, 1), told="col_kind")
            sure = tuple(
                locale.name("verification", rules.min_verification) for locale in self.locale
            )
            self.sentence("rule_sure", word=sure, metres=f"{rules.max_accuracy_m:g}")
        if "zones" in said:
            kinds = tuple(
                locale.join([locale.name("zone", kind) for kind in said["zones"]["close"]])
                for locale in self.locale
            )
            self.sentence("rule_zones" if said["zones"]["close"] else "rule_no_zones", kinds=kinds)

    def _tell_sources(self) -> None:
        release = self.release
        self.article("sources")
        for source in release.sources:
            newest = (
                self.each("annex.newest", time=format_time(source.newest)) if source.newest else ""
            )
            credit = (
                self.each("annex.attribution", attribution=source.attribution.rstrip("."))
                if source.attribution
                else ""
            )
            self.sentence(
                "source",
                role=tuple(locale.name("file_role", source.role) for locale in self.locale),
                newest=newest,
                attribution=credit,
            )
        said = release.producer
        self.sentence(
            "prepared",
            value=", ".join(part for part in (said.name, said.contact) if part) or self.fill,
        )
        self.sentence("plan", hash=" ".join(re.findall(".{1,8}", release.plan_hash)))

    def _tell_signatures(self) -> None:
        self.article("signatures")
        self.sentence("signature_note")
        self.table(
            ("on_behalf", "signed_name", "signed_date", "signed"),
            [("", "", "", "")] * SIGNATORIES,
            (1, 1, 1, 1),
            blank=True,
        )


def _spell_out(text: str) -> str:
    """A text without characters that nobody sees, or that no document can hold: they are spelled
    out.
    """
    return _NO_LETTER.sub(lambda found: f"[U+{ord(found[0]):04X}]", str(show_unseen(text)))


def _with_id(name: str, place_id: str) -> str:
    return f"{name} ({place_id})" if name != place_id else name


def _join_names(name: str, name_ar: str, locale: Locale) -> str:
    """Both names of a place, that of the language first."""
    both = (name_ar, name) if locale.lang == "ar" else (name, name_ar)
    return " / ".join(dict.fromkeys(part for part in both if part))


def _call_ring(number: int) -> str:
    """A letter for a ring, two from the 27th on.

    >>> _call_ring(0), _call_ring(26)
    ('A', 'AA')
    """
    return f"{_call_ring(number // 26 - 1) if number >= 26 else ''}{chr(65 + number % 26)}"


def _write_place(lon: float, lat: float) -> tuple[str, str, str]:
    return write_decimal(lon, lat), write_dms(lon, lat), write_mgrs(lon, lat)
