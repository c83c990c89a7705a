"""The annex that negotiators paste into a text: declared zones and proposed corridors as articles.

It is in one language, or in two side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from corridors.errors import UsageError
from corridors.evidence.incidents import is_invented
from corridors.geodesy.measures import GEOD, measure_area_m2, measure_perimeter_m
from corridors.itinerary.crossings import (
    MAIN_ROADS,
    Crossing,
    Stretch,
    find_crossings,
    find_passages,
    follow_roads,
)
from corridors.locales import Locale, read_locale
from corridors.locales.figures import format_time
from corridors.messages import Message
from corridors.outputs.coordinates import write_decimal, write_dms, write_mgrs
from corridors.outputs.documents.blocks import Document, Texts
from corridors.outputs.documents.draft import Draft
from corridors.outputs.documents.marking import foot_release, mark_release
from corridors.outputs.documents.rendering import DOCUMENT_FORMATS, check_format, write_files
from corridors.plan import Plan
from corridors.release import AUDIENCES, Release, name_file
from corridors.release.audiences import as_seen_by
from corridors.release.labels import Labels
from corridors.rules import IncidentRules
from corridors.tables import INCIDENT_KINDS, NOT_PASSABLE, STATUSES

ANNEX_FORMATS = ("docx", "pdf")
STATUS_WORDS = ("draft", "proposed", "notified")
MAX_LANGUAGES = 2
MAX_VERTICES = 1000
"""Of a longer border, the annex says where its vertices are listed, and how many there are."""
NEAR_SITE_M = 250.0
SIGNATORIES = 3
FILL = "_" * 20
"""What is left to be filled in by hand."""
_BOUNDS = {(True, True): "from_until", (True, False): "from", (False, True): "until"}


def write_annex(
    plan: Plan | Release,
    folder: str | Path,
    *,
    format: str = "docx",  # noqa: A002 - its name on the command line too
    languages: Sequence[str] = ("en",),
    status: str = "draft",
    audience: str = "",
    force: bool = False,
) -> Path:
    """Write the annex of a plan into `folder`; return its path.

    Parameters
    ----------
    plan
        A plan, or a release.
    folder
        It is made where there is none, and may hold other files.
    format
        docx, to edit and to paste from, or pdf.
    languages
        One or two of `locales.LANGUAGES`; two stand side by side.
    status
        draft, proposed or notified.
    audience
        One of `AUDIENCES`. Where none is named: parties, or the audience of a release that is for
        the public.
    force
        Replace an annex that is there.

    Raises
    ------
    UsageError
        There is no such format, language, status or audience; the extra `docx` or `print` is not
        installed; the file exists and `force` is not set. Fix: as the message says.
    InputError
        `missing-glyph`, for pdf: a name holds a character that the font cannot show. Fix: write it
        in other letters, or write a Word document.
    OutputError
        The file cannot be written; what was there before is untouched.

    Examples
    --------
    >>> import corridors as co
    >>> write_annex(co.read_plan("plan"), "annex", languages=("en", "ar"))  # doctest: +SKIP
    """
    check_format(format, ANNEX_FORMATS)
    release = restrict_to_parties(plan, audience)
    document = build_annex(release, languages=languages, status=status)
    name = f"annex-{status}-{'-'.join(document.languages)}"
    files = {name_file(release, name, format): DOCUMENT_FORMATS[format](document)}
    return write_files(files, folder, force=force)[0]


def restrict_to_parties(plan: Plan | Release, audience: str = "") -> Release:
    """What an annex shows of a plan: as parties see it, or as a wider audience of the release does.

    Another audience that is named comes first.
    """
    release = as_seen_by(plan)
    widest = max(AUDIENCES.index(release.audience), AUDIENCES.index("parties"))
    return as_seen_by(release, audience or AUDIENCES[widest])


def build_annex(
    release: Release, *, languages: Sequence[str] = ("en",), status: str = "draft"
) -> Document:
    """The annex of a release as a document.

    Parameters
    ----------
    release
        What its readers may see of a plan.
    languages
        One or two of `locales.LANGUAGES`; Arabic stands on the right.
    status
        One of `STATUS_WORDS`. To whom and when something was notified is left to be filled in.

    Raises
    ------
    UsageError
        There is no such language or status, or not one or two different languages. Fix: use those
        that the message names.

    Examples
    --------
    >>> import corridors as co
    >>> release = co.disclose(
    ...     co.build_release(co.plan_corridors(co.read_situation(co.demo_folder()))), "parties"
    ... )
    >>> annex = build_annex(release, languages=("en", "fr"))
    >>> [block.texts for block in annex.blocks if getattr(block, "level", 0) == 1][2]
    ('Declared zones', 'Zones déclarées')
    """
    if not 1 <= len(languages) <= MAX_LANGUAGES or len({*languages}) != len(languages):
        raise UsageError(Message("usage.annex_languages", languages=", ".join(languages)))
    if status not in STATUS_WORDS:
        raise UsageError(Message("usage.unknown_status", status=status, known=STATUS_WORDS))
    locales = sorted(map(read_locale, languages), key=lambda locale: locale.direction == "rtl")
    return _Annex(release, tuple(locales), status).build()


class _Annex:
    """The articles of an annex, one after the other, numbered as they are added."""

    def __init__(self, release: Release, locales: tuple[Locale, ...], status: str) -> None:
        self.release, self.status = release, status
        self.labels = tuple(Labels(release, locale) for locale in locales)
        self.draft = Draft(locales, "annex", [labels.label for labels in self.labels])
        self.say = self.draft.say
        self.zones, self.sites, self.corridors, self.segments = (
            release.table(name) for name in ("zones", "sites", "corridors", "segments")
        )
        self.passages = find_passages(self.corridors, self.zones)
        self.crossings = find_crossings(self.segments, self.zones, self.passages)
        self.counts = [0, 0, 0]

    def build(self) -> Document:
        release, draft = self.release, self.draft
        invented = [self.say("demonstration")] if self._is_invented() else []
        draft.add("number", fill=FILL)
        for warning in invented:
            draft.add(warning, style="strong")
        draft.heading("title", level=0)
        if release.title:
            draft.add(Texts((release.title,)), style="strong")
        self._add_purpose()
        self._add_definitions()
        self._add_zones()
        self._add_corridors()
        self._add_closures()
        self._add_rules()
        self._add_sources()
        self._add_signatures()
        return draft.build(
            marking=mark_release(draft, release, self.say(self.status), *invented),
            footer=foot_release(draft, release),
            dated=release.as_of,
            code=release.code,
        )

    # Numbering

    def article(self, key: str) -> None:
        self.draft.heading(key, number=self._count(0))

    def item(self, texts: Texts) -> None:
        self.draft.heading(texts, level=2, number=self._count(1))

    def sentence(self, key: str | Texts, **values: Any) -> None:
        """A paragraph of the article."""
        self.draft.add(key, number=self._count(1), **values)

    def fact(self, key: str, **values: Any) -> None:
        """A paragraph of the item."""
        self.draft.add(key, number=self._count(2), **values)

    def _count(self, level: int) -> str:
        self.counts[level] += 1
        self.counts[level + 1 :] = [0] * (2 - level)
        return ".".join(str(count) for count in self.counts if count)

    # Names

    def shows(self, layer: str, column: str) -> bool:
        """Whether the release has a column: the annex does not mention what is withheld."""
        return layer in self.release.layers and column in self.release.layers[layer]

    def with_id(self, place_id: str) -> Texts:
        """A place by its name and id, once where they are the same."""
        names = self.draft.place(place_id)
        return Texts(n if n == place_id else f"{n} ({place_id})" for n in names)

    def name_road(self, road: int) -> Texts:
        names = ("", "") if road < 0 else tuple(self.segments.iloc[road][["name", "name_ar"]])
        unnamed = self.say("unnamed")
        return Texts(
            (locale.lang == "ar" and names[1]) or names[0] or unnamed[at]
            for at, locale in enumerate(self.draft.locales)
        )

    # 1 and 2: what it is

    def _is_invented(self) -> bool:
        texts = [*self.zones["declared_by"], *self.zones["supervisor"], *self.zones["source"]]
        texts += [source.attribution for source in self.release.sources]
        return self.release.invented > 0 or any(map(is_invented, texts))

    def _add_purpose(self) -> None:
        self.article("purpose")
        as_of, valid_until = map(format_time, (self.release.as_of, self.release.valid_until))
        self.sentence("scope", as_of=as_of, valid_until=valid_until)
        self.sentence(f"status_{self.status}", fill=FILL)
        self.sentence("stance")
        for doubt in zip(*(labels.doubts for labels in self.labels), strict=True):
            self.sentence(Texts(doubt))

    def _add_definitions(self) -> None:
        self.article("definitions")
        words = ("zone", "corridor", "proposed", "closed", "crossing", "coordinates", "measures")
        for word in words:
            self.sentence(f"def_{word}")
        coarse = self.release.rules.get("disclosure")
        if self.release.audience == "parties" and coarse:
            km, minutes = coarse["length_step_m"] / 1000, coarse["duration_step_min"]
            self.sentence("def_rounded", km=f"{km:g}", minutes=f"{minutes:g}")
        elif self.release.audience in ("parties", "public"):
            self.sentence("def_rounded_up")
        if len(self.draft.locales) > 1:
            self.sentence("def_prevailing", fill=FILL)

    # 3: zones

    def _add_zones(self) -> None:
        self.article("zones")
        if self.zones.empty:
            self.sentence("no_zones")
        for zone_id, row in self.zones.iterrows():
            self._add_zone(str(zone_id), row)

    def _add_zone(self, zone_id: str, row: pd.Series) -> None:
        self.item(self.with_id(zone_id))
        languages = [locale.lang for locale in self.draft.locales]
        if len(languages) == 1 or "ar" not in languages:  # else both names stand side by side
            order = ["name_ar", "name"] if languages == ["ar"] else ["name", "name_ar"]
            names = " / ".join(filter(None, dict.fromkeys(row[order])))
            self.fact("name", value=names or zone_id)
        self.fact("kind", value=self.draft.word("zone", row["kind"]))
        for column in ("declared_by", "supervisor"):
            if self.shows("zones", column):
                self.fact(column, value=row[column] or FILL)
        start, end = (format_time(row[name]) for name in ("valid_from", "valid_to"))
        bounds = _BOUNDS.get((bool(start), bool(end)), "unbounded")
        self.fact("validity", value=self.say(bounds, start=start, end=end))
        if not self.labels[0].in_force[zone_id]:
            self.fact("not_in_force")
        shape = row["geometry"]
        area, perimeter = measure_area_m2([shape])[0] / 1e6, measure_perimeter_m([shape])[0] / 1000
        self.fact("size", area=f"{area:.3f}", perimeter=f"{perimeter:.3f}")
        self._add_border(shape)
        self._add_crossings(zone_id)

    def _add_border(self, shape: shapely.Geometry) -> None:
        rings = [
            (part, ring, bool(hole))
            for part, polygon in enumerate(shapely.get_parts(shape), start=1)
            for hole, ring in enumerate(shapely.get_rings(polygon))
        ]
        count = sum(len(ring.coords) - 1 for _, ring, _ in rings)
        if count > MAX_VERTICES:
            self.fact("too_many", count=count, code=self.release.code)
            return
        self.fact("vertices", count=count)
        many = len(rings) > 1
        for number, (part, _, hole) in enumerate(rings) if many else ():
            key = "ring_hole" if hole else "ring_outer"
            self.fact(key, ring=_name_ring(number), part=part)
        rows = [
            (f"{_name_ring(number) if many else ''}{position}", *_write_place(lon, lat))
            for number, (_, ring, _) in enumerate(rings)
            for position, (lon, lat) in enumerate(shapely.get_coordinates(ring)[:-1].tolist(), 1)
        ]
        columns = ("col_number", "col_decimal", "col_dms", "col_mgrs")
        self.draft.table(columns, rows, widths=(1.3, 3.4, 4.8, 3.6))

    def _add_crossings(self, zone_id: str) -> None:
        crossings = [crossing for crossing in self.crossings if crossing.zone_id == zone_id]
        listed = [each for each in crossings if each.corridors or self._is_landmark(each)]
        if not crossings:
            self.fact("no_crossings")
            return
        if listed:
            self.fact("crossings")
            rows = [
                (
                    str(number),
                    self.name_road(crossing.road),
                    write_decimal(crossing.lon, crossing.lat),
                    write_mgrs(crossing.lon, crossing.lat),
                    self._list_corridors(crossing),
                )
                for number, crossing in enumerate(listed, start=1)
            ]
            columns = ("col_number", "col_road", "col_decimal", "col_mgrs", "col_corridors")
            self.draft.table(columns, rows, widths=(1.3, 3.4, 3.4, 3.6, 2.6), spoken=1)
        if len(listed) < len(crossings):
            self.fact("minor", count=len(crossings) - len(listed))

    def _is_landmark(self, crossing: Crossing) -> bool:
        if crossing.road < 0:
            return False
        row = self.segments.iloc[crossing.road]
        return bool(row["name"] or row["road_class"] in MAIN_ROADS)

    def _list_corridors(self, crossing: Crossing) -> Texts:
        if not crossing.corridors:
            return self.say("no_corridor")
        acts = sorted({act for _, act in crossing.corridors})
        lines = [
            self.say(f"by_{act}", ids=tuple(each for each, its in crossing.corridors if its == act))
            for act in acts
        ]
        return Texts("\n".join(parts) for parts in zip(*lines, strict=True))

    # 4: corridors

    def _add_corridors(self) -> None:
        self.article("corridors")
        if self.corridors.empty:
            self.sentence("no_corridors")
        stretches = follow_roads(self.corridors, self.segments)
        for corridor_id, row in self.corridors.iterrows():
            self._add_corridor(str(corridor_id), row, *stretches.get(str(corridor_id), (0.0, ())))
        if count := self.release.withheld.get("corridors", 0):
            self.sentence("withheld", count=count)

    def _add_corridor(
        self, corridor_id: str, row: pd.Series, min_m: float, stretches: tuple[Stretch, ...]
    ) -> None:
        destination = self.draft.place(row["destination_id"])
        self.item(self.say("corridor", id=corridor_id, destination=destination))
        if row["depot_id"]:
            self.fact("start", value=self._write_end(row["depot_id"]))
        self.fact("end", value=self._write_end(row["destination_id"]))
        rank = "primary" if row["rank"] == 1 else "alternate"
        self.fact("rank", value=self.draft.word("corridor", rank))
        self.fact("length", value=self.labels[0].km(row["length_m"]))
        if not np.isnan(row["duration_min"]):
            minutes = int(np.ceil(round(row["duration_min"], 6)))
            self.fact("duration", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
        if row["status"] in STATUSES:
            self.fact("state", value=self.draft.word("status", row["status"]))
        self.fact("windows", fill=FILL)
        self.fact("supervisor", value=FILL)
        if row["geometry"].geom_type == "LineString":
            self.fact("way_points", metres=f"{min_m:.0f}")
            places = self._list_way_points(corridor_id, row["geometry"], stretches)
            rows = [
                (str(number), what, write_decimal(lon, lat), write_mgrs(lon, lat))
                for number, (what, lon, lat) in enumerate(places, start=1)
            ]
            columns = ("col_number", "col_what", "col_decimal", "col_mgrs")
            self.draft.table(columns, rows, widths=(1.3, 4.6, 3.4, 3.6), spoken=1)

    def _write_end(self, place_id: str) -> Texts:
        """Where a corridor begins or ends: a name and its position, or the square shown for it."""
        shape = self.labels[0].place(place_id)[2]
        if place_id in self.sites.index and shape.geom_type != "Point":
            west, south, east, north = shape.bounds
            corners = {
                "south_west": write_decimal(west, south),
                "north_east": write_decimal(east, north),
            }
            if self.sites.at[place_id, "name"]:
                return self.say("square_named", name=self.draft.place(place_id), **corners)
            return self.say("square", **corners)
        names = self.with_id(place_id)
        if shape.geom_type != "Point" or shape.is_empty:
            return names
        return self.say("end_place", name=names, place=write_decimal(shape.x, shape.y))

    def _list_way_points(
        self, corridor_id: str, line: shapely.LineString, stretches: tuple[Stretch, ...]
    ) -> Iterator[tuple[Texts, float, float]]:
        """What happens along a corridor, in driving order: road changes, zones, sites."""
        start = line.coords[0][:2]
        events: list[tuple[float, int, Texts, float, float]] = []
        for stretch in stretches[:1]:
            road = self.name_road(stretch.road)
            if road != self.say("unnamed"):
                events.append((0.0, 0, self.say("begins_on", road=road), *start))
        for stretch in stretches[1:]:
            onto = self.say("onto", road=self.name_road(stretch.road))
            events.append((stretch.along, 0, onto, stretch.lon, stretch.lat))
        if not events or events[0][0] > 0.0:
            events.append((0.0, 0, self.say("begins"), *start))
        for passage in self.passages:
            if passage.corridor_id == corridor_id:
                act = self.say(passage.act, zone=self.with_id(passage.zone_id))
                events.append((passage.along, 1, act, passage.lon, passage.lat))
        events += self._list_near(line)
        events.append((np.inf, 3, self.say("ends"), *line.coords[-1][:2]))
        for _, _, what, lon, lat in sorted(events, key=lambda event: event[:2]):
            yield what, float(lon), float(lat)

    def _list_near(
        self, line: shapely.LineString
    ) -> Iterator[tuple[float, int, Texts, float, float]]:
        """The waypoints among the sites that a corridor passes."""
        points = self.sites[self.sites["role"] == "waypoint"]
        for site_id, shape in points.geometry.items():
            along = float(shapely.line_locate_point(line, shape))
            spot = shapely.line_interpolate_point(line, along)
            if GEOD.inv(spot.x, spot.y, shape.x, shape.y)[2] <= NEAR_SITE_M:
                near = self.say("near", name=self.draft.place(str(site_id)))
                yield along, 2, near, shape.x, shape.y

    # 5: what is closed

    def _add_closures(self) -> None:
        self.article("closures")
        if len(self.segments):
            self._add_closed_roads()
        areas = self.release.table("closure_areas")
        if len(areas):
            area = measure_area_m2(areas.geometry.array).sum() / 1e6
            self.sentence("closed_areas", count=len(areas), area=f"{area:.1f}")
            if (last := areas["active_until"].max()) is not pd.NaT:
                self.sentence("closed_until", time=format_time(last))
        self._add_unreached()

    def _add_closed_roads(self) -> None:
        length_km = self.segments["length_m"] / 1000
        closed = self.segments["status"] == NOT_PASSABLE
        counts = {"closed": int(closed.sum()), "all": len(closed)}
        km = {"closed_km": f"{length_km[closed].sum():.1f}", "all_km": f"{length_km.sum():.1f}"}
        self.sentence("closed", **counts, **km)
        by_cause = self.segments.loc[closed, "closed_by"]
        causes = 0
        for cause in self.draft.locales[0].texts["cause_type"]:
            by = by_cause.map(lambda causes, cause=cause: cause in causes)
            if by.any():
                causes += 1
                length = f"{length_km[closed][by].sum():.1f}"
                self.sentence("closed_by", cause=self.draft.word("cause", cause), km=length)
        if causes > 1:
            self.sentence("closed_several")

    def _add_unreached(self) -> None:
        with_reason = self.release.table("cut_off").index
        for site_id in self.labels[0].unreached:
            name = self.draft.place(site_id)
            if site_id in with_reason:
                why = Texts(labels.cut_off_reason(site_id) for labels in self.labels)
                self.sentence("not_reached", name=name, why=why)
            else:
                self.sentence("not_reached_alone", name=name)

    # 6 to 8: the rules, its basis, and who takes note of it

    def _add_rules(self) -> None:
        rules = self.release.rules
        if not rules:
            return
        self.article("rules")
        if "incidents" in rules:
            own = IncidentRules(**rules["incidents"])
            self.sentence("rule_radius")
            rows = [
                (
                    self.draft.word("kind", kind),
                    f"{own.of(kind).radius_m:g}",
                    f"{own.of(kind).look_back_days:g}",
                )
                for kind in INCIDENT_KINDS
            ]
            columns = ("col_kind", "col_radius", "col_days")
            self.draft.table(columns, rows, widths=(3, 1, 1), spoken=0)
            word = self.draft.word("verification", own.min_verification)
            self.sentence("rule_sure", word=word, metres=f"{own.max_accuracy_m:g}")
        if "zones" in rules:
            kinds = [self.draft.word("zone", kind) for kind in rules["zones"]["close"]]
            key = "rule_zones" if kinds else "rule_no_zones"
            self.sentence(key, kinds=self.draft.join(kinds))

    def _add_sources(self) -> None:
        release = self.release
        self.article("sources")
        for source in release.sources:
            newest, credit = format_time(source.newest), source.attribution.rstrip(".")
            self.sentence(
                "source",
                role=self.draft.word("file_role", source.role),
                newest=self.say("newest", time=newest) if newest else "",
                attribution=self.say("attribution", attribution=credit) if credit else "",
            )
        producer = filter(None, (release.producer.name, release.producer.contact))
        self.sentence("prepared", value=", ".join(producer) or FILL)
        self.sentence("plan", hash=" ".join(re.findall(".{1,8}", release.plan_hash)))

    def _add_signatures(self) -> None:
        self.article("signatures")
        self.sentence("signature_note")
        columns = ("on_behalf", "signed_name", "signed_date", "signed")
        self.draft.table(columns, [("", "", "", "")] * SIGNATORIES, blank=True)


def _name_ring(number: int) -> str:
    """A letter for a ring, two from the 27th on.

    >>> _name_ring(0), _name_ring(26)
    ('A', 'AA')
    """
    return f"{_name_ring(number // 26 - 1) if number >= 26 else ''}{chr(65 + number % 26)}"


def _write_place(lon: float, lat: float) -> tuple[str, str, str]:
    return write_decimal(lon, lat), write_dms(lon, lat), write_mgrs(lon, lat)
