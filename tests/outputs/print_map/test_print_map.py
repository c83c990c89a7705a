"""The printed map, as it comes out of the printer: measured on the rendered page, read back as
text, and compared with the plan."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.ndimage
import shapely
from click.testing import CliRunner
from geographiclib.geodesic import Geodesic
from paper import PER_MM, Paper
from real_missions import pick_on_roads, write_mission
from town import make_situation, spot

import corridors as co
from corridors.cli import cli
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.outputs.print_map.label_placement import Space, place_beside, write_label
from corridors.outputs.print_map.map_drawing import MapDrawing
from corridors.outputs.print_map.pages import number_corridors
from corridors.outputs.print_map.projection import Projection, choose_projection
from corridors.outputs.print_map.sheets import SCALES, fit_sheet, lay_out, split_sheets
from corridors.outputs.print_map.stops import list_stops
from corridors.release import TLP, Release
from corridors.release.audiences import render_remarks
from corridors.release.labels import Labels
from corridors.situation import Acknowledgement
from corridors.tables import CORRIDORS, SITES, ZONES, build_table

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


def print_it(release, folder, **options):
    folder.mkdir(exist_ok=True)
    return Paper(co.render_print(release, **options), folder)


@pytest.fixture(scope="module")
def demo():
    """The release of the embedded mission."""
    return co.build_release(
        co.plan_corridors(
            co.read_situation(co.demo_folder()), rules=co.read_rules(co.demo_folder())
        )
    )


@pytest.fixture(scope="module")
def sheet(demo, tmp_path_factory):
    """The embedded mission on A4."""
    return print_it(demo, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def sheets(demo, tmp_path_factory):
    """One corridor of it on several sheets."""
    return print_it(
        demo,
        tmp_path_factory.mktemp("sheets"),
        scale="250000",
        corridors=["DEP-BEIRUT:DST-HASBAYA:1"],
    )


@pytest.fixture(scope="module")
def arabic(demo, tmp_path_factory):
    """The same for parties, in Arabic."""
    return print_it(co.disclose(demo, "parties"), tmp_path_factory.mktemp("arabic"), lang="ar")


def make_release(**layers):
    """A release of tables made by hand."""
    return Release("internal", "Far away", AT, AT + timedelta(hours=24), "ab" * 32, layers)


def make_sites(*rows):
    ids, roles, lons, lats = zip(*rows, strict=True)
    return build_table(
        SITES,
        {
            "site_id": ids,
            "role": roles,
            "name": [f"{one} town" for one in ids],
            "geometry": shapely.points(lons, lats),
        },
    )


def make_corridor(depot, destination, places):
    facts = {
        "rank": 1,
        "status": "PASSABLE",
        "length_m": 1000.0,
        "duration_min": 9.0,
        "exposure": 0.0,
        "unknown_share": 0.0,
    }
    shared = {"shared_with_primary": 1.0, "shared_exposure": 0.0}
    row = {
        "corridor_id": f"{depot}:{destination}:1",
        "depot_id": depot,
        "destination_id": destination,
        **facts,
        **shared,
    }
    return build_table(
        CORRIDORS,
        {name: [value] for name, value in row.items()} | {"geometry": [shapely.LineString(places)]},
    )


def find_all(texts, *said):
    """Which of the words are missing on which page, line breaks aside."""
    plain = [" ".join(text.split()) for text in texts]
    return [
        (word, number)
        for number, text in enumerate(plain, start=1)
        for word in said
        if word not in text
    ]


# What a map must say


def test_the_overview_says_what_a_map_must_say(sheet, demo):
    info = sheet.info()
    assert info["Page size"].endswith("(A4)")
    assert int(info["Pages"]) > 2
    assert (
        find_all(
            sheet.texts()[:1],
            *(
                "Southern Lebanon supply (demonstration)",
                f"Map 20261123-{demo.plan_hash[:5]}",
                "DRAFT",
                "Situation as of 2026-11-23 06:00 UTC",
            ),
            *(
                "valid until 2026-11-24 06:00 UTC",
                f"made from plan {demo.code}",
                "1:500,000 on A4",
                "UTM, zone 36N",
                "WGS 84",
                "Legend",
            ),
            *(
                "true north lies 1.4° to its left",
                "Sources and credits",
                "© GeoNames, CC BY 4.0",
                "Producer",
                "Nothing here guarantees the safety",
            ),
            *(
                "Marjayoun hospital",
                "Cut off: no corridor leads there",
                "23 of 23 incidents are invented",
            ),
        )
        == []
    )


def test_every_page_says_for_whom_it_is_of_when_until_when_of_which_plan_and_which_page(
    sheet, demo
):
    texts = sheet.texts()
    said = (
        "INTERNAL",
        TLP["internal"],
        "DRAFT",
        "Situation as of 2026-11-23 06:00 UTC",
        "valid until 2026-11-24 06:00 UTC",
    )
    assert (
        find_all(
            texts, *said, f"plan {demo.code}", "not a guarantee of safety", "© GeoNames, CC BY 4.0"
        )
        == []
    )
    assert [
        (word, page)
        for page in range(1, len(texts) + 1)
        for word, _ in find_all([texts[page - 1]], f"Page {page} of {len(texts)}")
    ] == []


def test_the_words_of_the_response_for_a_level_and_who_made_the_map_are_printed(demo, tmp_path):
    producer = dataclasses.replace(
        demo.producer,
        name="Logistics cell",
        contact="ring 112",
        words={"partners": "HUM-RESTRICTED"},
    )
    told = dataclasses.replace(demo, producer=producer)
    one = demo.layers["corridors"].index[0]
    paper = print_it(
        co.disclose(told, "partners"),
        tmp_path,
        status="notified",
        map_number="LBN-007",
        corridors=[one],
    )
    assert (
        find_all(
            paper.texts(), "HUM-RESTRICTED", "PARTNERS", "TLP:AMBER", "NOTIFIED", "Map LBN-007"
        )
        == []
    )
    assert (
        find_all(paper.texts()[:1], "Logistics cell; ring 112", "That is no permission to pass")
        == []
    )


def test_acknowledgements_are_on_each_map_and_remarks_are_in_every_language(demo, tmp_path):
    said = tuple(
        Acknowledgement(
            code, f"calm since day {day}, {'as the focal points say ' * 30}", f"officer {day}"
        )
        for day, code in enumerate(("no-active-incident", "no-incident-in-area"), start=1)
    )
    doubted = dataclasses.replace(
        demo, acknowledgements=said, remarks=(Message("remark.idle_zone", zone="Zone Q"),)
    )
    for lang in ("en", "fr", "ar"):
        texts = print_it(doubted, tmp_path, lang=lang, corridors=["DEP-SIDON:DST-TYRE:1"]).texts()
        for code in ("no-active-incident", "no-incident-in-area"):
            doubt = set(
                read_locale(lang)[f"doubt.{code}"].split()
            )  # as words: columns stand beside each other
            assert lang == "ar" or all(
                doubt <= set(re.split(r"[\s.(;]+", text)) for text in texts[:3]
            )
        assert find_all(texts[1:2], "calm", "officer 1", "officer 2", "Zone Q") == []
        assert lang == "ar" or render_remarks(doubted, lang)[0][:24] in " ".join(texts[1].split())
    told = print_it(co.disclose(doubted, "parties"), tmp_path, corridors=["C-1"]).texts()
    assert find_all(told[1:3], "no incident was active at the") == []
    assert not re.search("calm since|officer|Zone Q", " ".join(told))


def test_the_legend_explains_the_signs_that_are_there_and_no_other(sheet, arabic, demo):
    words = read_locale("en").texts["print_sign"]
    text = " ".join(sheet.texts()[0].split())
    shown = {sign for sign, said in words.items() if " ".join(said.split()[:2]) in text}
    there = {
        "primary",
        "alternate",
        "closed",
        "roads",
        "reach",
        "zone_safe_zone",
        "zone_no_go",
        "zone_contaminated",
        "zone_front_line",
    }
    there |= {"mark_depot", "mark_reached", "mark_cut_off", "mark_incident", "mark_inactive"}
    assert (
        shown
        & {"cell", "limited", "bridge", "mark_observer_base", "zone_restricted", "not_in_force"}
        == set()
    )
    assert there - shown == set()
    told = " ".join(arabic.texts()[0].split())
    assert read_locale("ar")["print_sign.mark_incident"] not in told
    assert demo.layers["sites"].loc["DEP-SIDON", "name"] not in told


def test_whatever_is_long_has_room_or_says_where_it_is(demo, tmp_path):
    lost = demo.layers["cut_off"]
    many = pd.concat(
        [
            lost.rename({lost.index[0]: f"X{number}"}).assign(name=f"Hospital number {number}")
            for number in range(40)
        ]
    )
    names = tuple(f"I-{number}" for number in range(200))
    causes = (Message("blocked_by.incident", ids=names),)
    many["reason_values"] = Message("cut_off.closed", causes=causes).write_values()
    sources = tuple(
        dataclasses.replace(source, attribution=f"© {number} {'a long licence ' * 20}")
        for number, source in enumerate(demo.sources * 2)
    )
    producer = dataclasses.replace(
        demo.producer,
        name="Cell " * 60,
        contact="ring " * 60,
        words={"internal": "A WORD OF THE PROTOCOL"},
    )
    long = dataclasses.replace(
        demo,
        title="A mission of many words " * 20,
        sources=sources,
        producer=producer,
        layers={**demo.layers, "cut_off": many},
    )
    for paper in ("a4", "a3"):
        printed = print_it(long, tmp_path, corridors=["DEP-SIDON:DST-TYRE:1"], paper=paper)
        texts = printed.texts()
        assert (
            find_all(texts[:1], "Hospital number 0", "and 35 more", "See the page of corridors")
            == []
        )
        assert (
            find_all(
                texts,
                "INTERNAL · A WORD OF THE PROTOCOL",
                "not a guarantee of safety",
                "A mission of many words",
            )
            == []
        )
        assert (
            find_all(
                ["".join(texts)],
                *(f"Hospital number {number}" for number in range(40)),
                *(f"© {number} a long" for number in range(8)),
            )
            == []
        )
        width, height = (
            float(side) / 72 * 25.4
            for side in re.findall(r"[\d.]+", printed.info()["Page size"])[:2]
        )
        for page in (1, 2):
            words = printed.words(page)
            assert words["x"].between(5, width - 5).all()
            assert words["y"].between(5, height - 5).all()


# True to scale


def measure_bar(paper, page, at=0):
    """The length in millimetres from the start of the first black part of a scale bar to the start
    of the next, measured in ink."""
    words = paper.words(page)
    units = words[words["word"].isin(["km", "m"])]
    zeros = words[words["word"] == "0"]
    pairs = [
        (zero, unit)
        for _, zero in zeros.iterrows()
        for _, unit in units.iterrows()
        if abs(zero["y"] - unit["y"]) < 0.3
    ]
    zero, unit = pairs[at]
    image = paper.grey(page)
    left, right = round((zero["x"] - 4) * PER_MM), round((unit["x"] + 2) * PER_MM)
    rows = (
        image[round((zero["y"] - 4.0) * PER_MM) : round((zero["y"] - 1.2) * PER_MM), left:right]
        < 0.5
    )
    middle = rows[np.argsort(rows.sum(axis=1))[len(rows) // 2 :]]
    inside = next(row for row in middle if 0.3 < row.mean() < 0.75)
    starts = np.flatnonzero(inside & ~np.roll(inside, 1))
    runs = [start for start in starts if inside[start : start + 20].all()]
    labels = words[
        (abs(words["y"] - zero["y"]) < 0.3)
        & words["word"].str.fullmatch(r"\d+")
        & (words["x"] > zero["x"])
    ].sort_values("x")
    return (runs[1] - runs[0]) / PER_MM, float(labels["word"].iloc[1]), unit["word"]


@pytest.mark.parametrize(
    ("scale", "page", "five_km_mm"), [("250000", 2, 20.0), ("500000", 1, 10.0)]
)
def test_five_kilometres_of_the_bar_are_as_long_as_the_scale_says(
    sheet, sheets, scale, page, five_km_mm
):
    length_mm, told, unit = measure_bar({"250000": sheets, "500000": sheet}[scale], page)
    assert (unit, told) == ("km", 10.0)
    assert length_mm / told * 5 == pytest.approx(five_km_mm, rel=0.01)


def test_the_graticule_on_the_page_lies_as_far_apart_as_on_the_earth(sheet):
    words = sheet.words(1)
    left = words[words["x"] < 20].set_index("word")["y"]
    mm = left["33°10\u2032N"] - left["33°50\u2032N"]
    metres = Geodesic.WGS84.Inverse(33 + 10 / 60, 35.2, 33 + 50 / 60, 35.2)["s12"]
    assert mm * 500 == pytest.approx(
        metres, rel=0.005
    )  # the edge runs 1.4 degrees off a meridian: 3 in 10,000


@pytest.mark.parametrize(
    ("lon", "lat", "reach"),
    [
        (35.5, 33.5, 0.5),
        (179.9, -17.0, 0.5),
        (-18.0, 65.0, 4.0),
        (20.0, 88.5, 1.0),
        (25.0, 0.0, 0.4),
        (0.0, -89.0, 0.5),
        (100.0, 45.0, 0.01),
    ],
)
def test_distances_on_a_sheet_are_those_on_the_earth(lon, lat, reach):
    random = np.random.default_rng(1)
    places = np.column_stack(
        [
            lon + random.uniform(-reach, reach, 12),
            np.clip(lat + random.uniform(-reach, reach, 12), -89.9, 89.9),
        ]
    )
    sheet = fit_sheet(places, 180.0, 180.0)
    mm = sheet.to_mm(sheet.plane.project(places))
    assert ((mm >= 0) & (mm <= 180)).all()
    for (a, b), (p, q) in zip(combinations(places, 2), combinations(mm, 2), strict=True):
        metres = Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"]
        assert np.hypot(*(p - q)) * sheet.scale / 1000 == pytest.approx(metres, rel=0.004, abs=1)
    assert sheet.plane.locate(sheet.plane.project(places)) == pytest.approx(places, abs=1e-7)


@pytest.mark.parametrize(("lon", "lat"), [(38.9, 33.5), (33.2, 60.0), (36.0, -20.0)])
def test_convergence_is_where_true_north_lies_on_the_sheet(lon, lat):
    plane = Projection(36.0, lat, "36N" if lat > 0 else "36S")
    north = Geodesic.WGS84.Direct(lat, lon, 0, 1000)
    (x, y), (x_on, y_on) = plane.project(np.array([[lon, lat], [north["lon2"], north["lat2"]]]))
    assert plane.measure_convergence(lon, lat) == pytest.approx(
        np.degrees(np.arctan2(x_on - x, y_on - y)), abs=1e-3
    )
    assert (plane.measure_convergence(lon, lat) > 0) == (((lon < 33) == (lat > 0)) and lon != 33)


def test_auto_is_the_largest_round_scale_at_which_everything_has_room():
    places = np.array([[35.1, 33.1], [35.9, 33.9]])
    width, height = 180.0, 200.0
    sheet = fit_sheet(places, width, height)
    xy = sheet.plane.project(places)
    needed = ((xy.max(axis=0) - xy.min(axis=0)) * 1000 / np.array([width - 10, height - 10])).max()
    assert sheet.scale == min(scale for scale in SCALES if scale >= needed)


# Nothing is cut off in silence


def test_a_scale_that_one_sheet_has_no_room_for_gives_several_that_overlap_and_an_index(sheets):
    texts = sheets.texts()
    assert find_all(texts[:1], "Overview", "on A4") == []
    count = sum("1:250,000 on A4" in text and "Sheet" in text for text in texts)
    assert count > 1
    assert (
        find_all(
            texts[1 : count + 1],
            f"of {count} ·",
            "1:250,000 on A4",
            "Not on this sheet, or cut by its frame",
        )
        == []
    )
    numbers = set(sheets.words(1)["word"])
    assert {str(number) for number in range(1, count + 1)} <= numbers


def test_every_place_of_every_corridor_is_on_a_sheet_and_neighbours_share_a_strip(demo):
    lines = list(demo.layers["corridors"].geometry)
    places = shapely.get_coordinates(lines)
    layout = lay_out("a4")[0]
    sheets = split_sheets(places, lines, layout.frame_width, layout.frame_height, 150_000)
    assert len(sheets) > 4
    seen = np.zeros(len(places), dtype=int)
    for one in sheets:
        mm = one.to_mm(one.plane.project(places))
        seen += ((mm >= 0) & (mm <= [one.width, one.height])).all(axis=1)
    assert seen.min() >= 1
    assert (seen > 1).any()
    east = min(other.x - sheets[0].x for other in sheets if other.x > sheets[0].x + 1)
    assert east / 150 == pytest.approx(layout.frame_width - 15)


def test_too_many_sheets_a_scale_that_is_none_and_other_words_are_refused_with_what_there_is(demo):
    for options, told in (
        ({"scale": "2000"}, "more than 30 sheets; use 1:"),
        ({"scale": "big"}, "is not a scale"),
        ({"scale": 12}, "is not a scale"),
        ({"paper": "a5"}, "a4, a3"),
        ({"status": "approved"}, "draft, proposed, notified"),
        ({"lang": "de"}, "en, ar, fr"),
        ({"corridors": ["nowhere"]}, "there is no corridor nowhere; there are DEP-"),
    ):
        with pytest.raises(co.UsageError, match=re.escape(told)):
            co.render_print(demo, **options)


def test_the_scale_that_a_refusal_names_has_room(demo):
    with pytest.raises(co.UsageError) as caught:
        co.render_print(demo, scale="2000")
    named = re.search(r"use (1:[\d,]+)", str(caught.value))[1]
    assert co.render_print(demo, scale=named, corridors=["DEP-SIDON:DST-TYRE:1"])


def test_what_lies_beyond_the_frame_is_counted(demo):
    chart = MapDrawing(
        Labels(demo, read_locale("en")),
        corridors=demo.layers["corridors"].index,
        numbers=number_corridors(demo.layers["corridors"]),
    )
    around_tyre = fit_sheet(np.array([[35.19, 33.24], [35.26, 33.29]]), 100.0, 100.0)
    told = chart.draw(around_tyre)
    west, south, east, north = around_tyre.find_bounds()
    frame = shapely.box(west, south, east, north)
    assert told.beyond["sites"] == int((~demo.layers["sites"].intersects(frame)).sum())
    assert told.beyond["zones"] == int((~demo.layers["zones"].covered_by(frame)).sum())
    closed = demo.layers["segments"].query("status == 'NOT_PASSABLE'")
    assert told.beyond["closed_km"] == round(
        closed[~closed.intersects(frame)]["length_m"].sum() / 1000
    )


def test_a_town_of_two_kilometres_fills_its_sheet(tmp_path):
    sites = make_sites(("here", "depot", 35.0, 33.0), ("there", "destination", 35.02, 33.0))
    paper = print_it(
        make_release(
            sites=sites,
            corridors=make_corridor("here", "there", [(35, 33), (35.01, 33.002), (35.02, 33)]),
        ),
        tmp_path,
    )
    assert find_all(paper.texts()[:1], "1:10,000 on A4", "here town", "there town") == []


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ([(10.0, 88.5), (10.0, 89.5), (-120.0, 89.6), (-120.0, 89.2)], "azimuthal equidistant"),
        ([(179.2, -17.0), (179.9, -17.2), (-179.9, -17.3), (-179.3, -17.6)], "UTM, zone 60S"),
    ],
    ids=["arctic", "antimeridian"],
)
def test_far_north_and_over_the_antimeridian_without_any_road_the_map_is_whole(
    tmp_path, places, named
):
    sites = make_sites(
        ("start", "depot", *places[0]),
        ("finish", "destination", *places[-1]),
        ("other", "destination", *places[1]),
    )
    zone = shapely.Point(places[-1]).buffer(0.1)
    zones = build_table(
        ZONES, {"zone_id": ["Z"], "kind": ["no_go"], "name": ["ring"], "geometry": [zone]}
    )
    release = make_release(
        sites=sites, zones=zones, corridors=make_corridor("start", "finish", places)
    )
    paper = print_it(release, tmp_path)
    assert (
        find_all(paper.texts()[:1], named, "start town", "finish town", "other town", "ring") == []
    )
    for lon, lat in (places[0], places[-1]):
        assert any(f"{lat:.5f}, {lon:.5f}" in text for text in paper.texts())
    chart = MapDrawing(
        Labels(release, read_locale("en")),
        corridors=release.layers["corridors"].index,
        numbers={"start:finish:1": "1"},
    )
    around = shapely.get_coordinates(chart.list_shown())
    assert max(np.ptp(around[:, 0]), 0) <= 360
    assert chart.draw(fit_sheet(around, 180.0, 180.0)).beyond["sites"] == 0


def test_a_city_of_openstreetmap_is_printed_with_its_credit_on_every_page(real_data, tmp_path):
    source = real_data / "quackosm_monaco" / "monaco.osm.pbf"
    folder = write_mission(
        tmp_path / "city",
        source,
        *pick_on_roads(source, 5, 4),
        depots=1,
        rules="[rules.incidents]\nradius_m = 40\n",
    )
    release = co.build_release(
        co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    )
    paper = print_it(release, tmp_path)
    assert find_all(paper.texts(), "© OpenStreetMap contributors, ODbL 1.0") == []
    assert len(paper.content) < 3_000_000


def test_a_release_that_shows_nothing_is_refused():
    with pytest.raises(co.UsageError, match="nothing to print"):
        co.render_print(make_release())


# In black and white


@pytest.fixture(scope="module")
def plain_town(tmp_path_factory):
    """A town with a corridor, a closed road and an open one, its page in grey, and where things are
    on it."""
    rules = co.Rules.from_tables({"routing": {"alternates": 0}})
    release = co.build_release(
        co.plan_corridors(make_situation(incidents=(("strike", 35.03, 33.0),)), rules=rules)
    )
    paper = print_it(release, tmp_path_factory.mktemp("grey"))
    return release, paper.grey(1)


def follow(release, image, start, end, *, share=(0.35, 0.65)):
    """Luminance across a road, averaged, and along its middle, between two shares of it; positions
    by the sheet that was chosen."""
    chart = MapDrawing(
        Labels(release, read_locale("en")),
        corridors=release.layers["corridors"].index,
        numbers=number_corridors(Labels(release, read_locale("en")).corridors),
    )
    around = shapely.get_coordinates(chart.list_shown())
    layouts = lay_out("a4")
    chosen = [
        (layout, fit_sheet(around, layout.frame_width, layout.frame_height)) for layout in layouts
    ]
    broad = image.shape[1] > image.shape[0]
    layout, sheet = next(pair for pair in chosen if pair[0].panel_at_side == broad)
    ends = sheet.to_mm(sheet.plane.project(np.array([start, end])))
    along = ends[0] + (ends[1] - ends[0]) * np.linspace(*share, 400)[:, None]
    heading = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
    across = np.array([-heading[1], heading[0]])
    offsets = np.arange(-3.0, 3.0, 0.1)
    spots = along[:, None, :] + offsets[None, :, None] * across
    column = (8.0 + 4.0 + spots[..., 0]) * PER_MM
    row = (8.0 + layout.header + 4.0 + sheet.height - spots[..., 1]) * PER_MM
    return offsets, scipy.ndimage.map_coordinates(image, [row, column], order=1)


def test_in_grey_corridor_closed_road_and_open_road_differ_in_width_pattern_and_luminance(
    plain_town,
):
    release, image = plain_town
    used = release.layers["corridors"].geometry.union_all().buffer(1e-6)
    roads = ((1, 4), (4, 7), (5, 8), (5, 6))
    on, off = (
        next(
            (a, b)
            for a, b in roads
            if used.covers(shapely.LineString([spot(a), spot(b)])) == driven
        )
        for driven in (True, False)
    )
    found = {}
    for name, (a, b), share in (
        ("corridor", on, (0.2, 0.8)),
        ("closed", (2, 3), (0.5, 0.95)),
        ("open", off, (0.3, 0.7)),
    ):
        offsets, luminance = follow(release, image, spot(a), spot(b), share=share)
        middle = luminance[:, np.abs(offsets) < 0.15].mean(axis=1)
        dark_mm = float(
            (np.median(luminance, axis=0) < (0.9 if name == "open" else 0.5)).sum() * 0.1
        )
        found[name] = {
            "middle": middle,
            "width": dark_mm,
            "side": float(
                np.median(luminance[:, (np.abs(offsets) > 0.8) & (np.abs(offsets) < 1.0)])
            ),
        }
    assert 1.0 <= found["corridor"]["width"] <= 1.6
    assert np.median(found["corridor"]["middle"]) < 0.35
    assert found["corridor"]["side"] > 0.9, "a white casing"
    assert found["open"]["width"] <= 0.9
    assert 0.6 < np.median(found["open"]["middle"]) < 0.85
    dotted = found["closed"]["middle"] < 0.5
    assert 0.25 < dotted.mean() < 0.85
    assert (np.diff(dotted.astype(int)) == 1).sum() >= 5, "dots, not a line"
    assert (np.diff((found["corridor"]["middle"] < 0.5).astype(int)) == 1).sum() <= 4, (
        "a line, not dots; its arrows are cased"
    )


def test_where_a_corridor_uses_a_road_of_unknown_state_it_looks_otherwise(tmp_path):
    release = co.build_release(
        co.plan_corridors(
            make_situation(), rules=co.Rules.from_tables({"routing": {"alternates": 0}})
        )
    )
    segments = release.layers["segments"].copy()
    driven = release.layers["steps"]["segment_id"].tolist()
    segments.loc[driven[-1], "status"] = "UNKNOWN"
    release = dataclasses.replace(release, layers={**release.layers, "segments": segments})
    paper = print_it(release, tmp_path)
    assert find_all(paper.texts()[:1], "Corridor on a restricted or") == []
    image, white = paper.grey(1), {}
    for segment_id in (driven[0], driven[-1]):
        start, end = segments.loc[segment_id, "geometry"].coords
        offsets, luminance = follow(release, image, start, end, share=(0.1, 0.4))
        white[segment_id] = (luminance[:, np.abs(offsets) < 0.15].mean(axis=1) > 0.7).mean()
    assert white[driven[0]] < 0.2 < white[driven[-1]]
    words = read_locale("en")
    table = Labels(release, words).corridors
    chart = MapDrawing(
        Labels(release, words), corridors=table.index, numbers=number_corridors(table)
    )
    assert any(
        stop.what.endswith("unknown from here") for stop in list_stops(chart, table.index[0]).stops
    )


# Words on the map


@pytest.mark.parametrize("audience", ["internal", "partners", "parties", "public"])
def test_no_word_on_the_map_lies_on_another_or_leaves_the_frame(demo, audience):
    release = co.disclose(demo, audience)
    for lang in ("en", "ar"):
        words = read_locale(lang)
        table = Labels(release, words).corridors
        chart = MapDrawing(
            Labels(release, words), corridors=table.index, numbers=number_corridors(table)
        )
        drawn = chart.draw(fit_sheet(shapely.get_coordinates(chart.list_shown()), 186.0, 188.0))
        boxes = [
            shapely.box(
                one.x - one.width / 2,
                one.y - one.height / 2,
                one.x + one.width / 2,
                one.y + one.height / 2,
            )
            for one in drawn.labels
        ]
        assert len(boxes) > 25
        assert shapely.union_all(boxes).area == pytest.approx(
            sum(box.area for box in boxes), rel=1e-6
        )
        assert shapely.covers(shapely.box(0, 0, 186, 188), boxes).all()
        named = {line for one in drawn.labels for line in one.lines}
        if audience in ("internal", "partners"):
            missing = [
                site
                for site in release.layers["sites"].index
                if chart.format_site_name(site) not in named
            ]
            assert len(missing) <= drawn.nameless


def test_a_word_without_a_place_is_left_out_never_squeezed_in():
    space = Space(30.0, 10.0)
    space.take(np.array([15.0, 5.0]), 30.0, 10.0)
    assert place_beside(space, np.array([15.0, 5.0]), 2.0, write_label(("Tyre",), 7.0)) is None


def test_words_are_as_wide_as_they_are_printed(tmp_path):
    from corridors.outputs.typesetting import render_pdf

    for text in ("Beiteddine collective shelters", "مستشفى مرجعيون"):
        template = "#set document(title: data.t); #set page(width: 120mm, height: 30mm, margin: 10mm); #text(size: 14pt, data.t)"
        image = Paper(render_pdf(template, {"t": text}, dated=AT), tmp_path).grey(1)
        columns = np.flatnonzero((image < 0.5).any(axis=0))
        inked = (columns[-1] - columns[0]) / PER_MM
        assert inked <= write_label((text,), 14.0).width <= inked * 1.05


# Arabic


def test_arabic_letters_are_joined(tmp_path):
    from corridors.outputs.typesetting import render_pdf

    template = '#set document(title: data.t); #set page(width: 90mm, height: 30mm, margin: 8mm); #set text(lang: "ar", dir: rtl); #text(size: 30pt, data.t)'
    for text, parts in (("سلم", 1), ("ددد", 3), ("محمد", 1), ("دار", 3)):
        image = Paper(render_pdf(template, {"t": text}, dated=AT), tmp_path).grey(1)
        assert scipy.ndimage.label(image < 0.5)[1] == parts, text


def test_a_page_in_arabic_runs_from_the_right_and_its_figures_from_the_left(arabic):
    words = arabic.words(1)
    top = words[words["y"] < 14]
    assert top["x"].max() > 180, "the title"
    assert top.loc[top["word"].str.contains("TLP"), "x"].max() < 60
    for page in range(1, 5):
        words = arabic.words(page)
        lines = words.assign(line=words["y"].round()).sort_values(["line", "x"])
        for date in ("2026-11-23", "2026-11-24"):
            at = lines.index[lines["word"] == date]
            assert len(at) >= 1, page
            for one in at:
                place = lines.index.get_loc(one)
                assert lines["word"].iloc[place : place + 3].tolist() == [date, "06:00", "UTC"]
    words = arabic.words(3)
    latitudes = words[words["word"].str.fullmatch(r"33\.\d{5},")]
    longitudes = words[words["word"].str.fullmatch(r"35\.\d{5}")]
    assert len(latitudes) == len(longitudes) > 3
    assert (latitudes["x"].to_numpy() < longitudes["x"].to_numpy()).all()
    grid = words[words["word"] == "36S"]
    assert (
        grid["x"].to_numpy()[:, None] < words[words["word"].str.fullmatch("Y[BC]")]["x"].to_numpy()
    ).all()


# Corridors


def test_a_page_of_a_corridor_lists_its_waypoints_up_to_its_length_and_time(demo):
    words = read_locale("en")
    table = Labels(demo, words).corridors
    chart = MapDrawing(Labels(demo, words), corridors=table.index, numbers=number_corridors(table))
    for corridor_id in ("DEP-SIDON:DST-TYRE:1", "DEP-SIDON:DST-BINTJBEIL:1"):
        row, found = demo.layers["corridors"].loc[corridor_id], list_stops(chart, corridor_id)
        first, *_, last = found.stops
        assert first.what.startswith("start: ")
        assert (first.km, first.time) == ("0.0", "0:00")
        assert last.km == f"{row['length_m'] / 1000:.1f}"
        assert (
            last.time
            == f"{int(np.ceil(row['duration_min'])) // 60}:{int(np.ceil(row['duration_min'])) % 60:02d}"
        )
        km = [float(stop.km) for stop in found.stops]
        assert km == sorted(km)
        line = row["geometry"]
        for stop in found.stops:
            assert line.distance(shapely.Point(stop.lon, stop.lat)) < 1e-8
        steps = demo.layers["steps"].query("corridor_id == @corridor_id").sort_values("sequence")
        bridges = demo.layers["segments"].loc[steps["segment_id"], "bridge"].to_numpy()
        entered = int(bridges[0]) + int((bridges[1:] & ~bridges[:-1]).sum())
        assert sum("bridge" in stop.what for stop in found.stops) == entered > 0


def test_parties_see_places_on_their_line_and_no_times_between(demo):
    release, words = co.disclose(demo, "parties"), read_locale("en")
    table = Labels(release, words).corridors
    chart = MapDrawing(
        Labels(release, words), corridors=table.index, numbers=number_corridors(table)
    )
    for corridor_id, row in table.iterrows():
        found = list_stops(chart, corridor_id)
        assert {stop.time for stop in found.stops} == {""}
        assert [stop.km for stop in found.stops[:-1]] == [
            str(5 * at) for at in range(len(found.stops) - 1)
        ]
        assert found.stops[-1].km == f"≤ {row['length_m'] / 1000:g}"
        assert found.stops[0].what.startswith("edge of the cell of Depot D-")
        reached = 0.0
        places = np.array([[stop.lon, stop.lat] for stop in found.stops])
        for a, b in pairwise(places):
            reached += Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"]
        assert reached <= row["length_m"]
        assert shapely.distance(row["geometry"], shapely.points(places)).max() < 1e-6


def test_corridors_go_by_one_number_on_the_map_in_the_table_and_on_their_page(sheet, demo):
    texts = sheet.texts()
    numbers = number_corridors(Labels(demo, read_locale("en")).corridors)
    assert len(set(numbers.values())) == len(demo.layers["corridors"])
    tyre = numbers["DEP-SIDON:DST-TYRE:1"]
    page = next(
        at
        for at, text in enumerate(texts, start=1)
        if f"Corridor {tyre}: Sidon depot – Tyre hospital" in text
    )
    line = next(
        line
        for line in texts[1].splitlines()
        if re.match(rf"\s*{tyre}\s+Sidon depot\s+Tyre hospital", line)
    )
    assert line.split()[-1] == str(page)
    assert tyre in set(sheet.words(1)["word"])


def test_only_the_corridors_asked_for_have_their_map_and_page(demo, tmp_path):
    paper = print_it(demo, tmp_path, corridors=["DEP-SIDON:DST-TYRE:1", "DEP-SIDON:DST-TYRE:2"])
    text = "\n".join(paper.texts())
    assert set(re.findall(r"Corridor ([\d.]+): ", text)) == {"13", "13.2"}
    assert "Destination without a plan" not in paper.texts()[0]
    assert "1:200,000" in paper.texts()[0]


# The annex


def test_every_site_zone_and_closed_stretch_is_in_the_annex_in_figures(sheet, demo):
    annex = "\n".join(sheet.texts()[-12:])
    for place in demo.layers["sites"].geometry:
        assert f"{place.y:.5f}, {place.x:.5f}" in annex
    for lon, lat in shapely.get_coordinates(demo.layers["zones"].geometry):
        assert f"{lat:.5f}, {lon:.5f}" in annex
    for _, row in demo.layers["segments"].query("status == 'NOT_PASSABLE' and bridge").iterrows():
        assert row["name"].split()[0] in annex
    assert annex.count("Degrees, minutes, seconds") >= sum(
        "Degrees, minutes, seconds" in text for text in sheet.texts()
    )


def test_tables_repeat_their_heads_on_every_page(sheet):
    pages = [
        text
        for text in sheet.texts()
        if re.search(r"^\s*\d+\s+33\.\d{5}, 35\.\d{5}", text, re.MULTILINE)
    ]
    assert len(pages) > 2
    assert all("Latitude, longitude" in text and "MGRS" in text for text in pages)


# For whom


def test_what_parties_may_not_see_is_on_no_page_of_theirs(demo, tmp_path):
    from corridors.outputs.coordinates import write_mgrs

    for audience in ("parties", "public"):
        text = "\n".join(
            print_it(co.disclose(demo, audience), tmp_path / audience, corridors=["C-2"]).texts()
        )
        for _, site in demo.layers["sites"].query("role == 'depot'").iterrows():
            assert site["name"] not in text
            assert f"{site['geometry'].y:.5f}" not in text
            assert write_mgrs(site["geometry"].x, site["geometry"].y) not in text
        assert not re.search(r"DEMO-\d+", text)
        assert "(within this square)" in text
        assert TLP[audience] in text
        assert ("Depot" in text) == (audience == "parties")
    assert write_mgrs(35.37148, 33.55751) == "36S YC 20154 15614"


# The file


def test_the_file_is_pdf_a_with_every_font_within_and_shown_without_those_of_the_system(sheet):
    assert re.search(
        rb"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>", sheet.content
    )
    fonts = sheet.run("pdffonts", sheet.path).splitlines()[2:]
    assert {line.split()[0].partition("+")[2] for line in fonts} == {
        "DejaVuSans",
        "DejaVuSans-Bold",
    }
    assert {line.split()[-5] for line in fonts} == {"yes"}


def test_a_name_that_the_font_cannot_show_stops_the_print_and_names_the_letter(demo):
    sites = demo.layers["sites"].copy()
    sites.loc["DST-TYRE", "name"] = "Tyre 仁"
    with pytest.raises(co.InputError, match="U\\+4EC1 CJK UNIFIED IDEOGRAPH-4EC1") as caught:
        co.render_print(dataclasses.replace(demo, layers={**demo.layers, "sites": sites}))
    assert {problem.code for problem in caught.value.problems} == {"missing-glyph"}


def test_a_name_that_looks_like_a_command_is_printed_as_it_is(demo, tmp_path):
    sites = demo.layers["sites"].copy()
    sites.loc["DST-TYRE", "name"] = '#panic("x") $a$ <b>'
    paper = print_it(
        dataclasses.replace(demo, layers={**demo.layers, "sites": sites}),
        tmp_path,
        corridors=["DEP-SIDON:DST-TYRE:1"],
    )
    assert any('#panic("x") $a$ <b>' in text for text in paper.texts())


def test_the_same_plan_is_the_same_bytes_whatever_the_machine_is_set_to_and_names_nothing_of_it(
    tmp_path,
):
    co.write_plan(
        co.plan_corridors(make_situation(incidents=(("strike", 35.03, 33.0),))), tmp_path / "plan"
    )
    runs = []
    for position, machine in enumerate(
        (
            {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
            {
                "TZ": "Asia/Kathmandu",
                "LC_ALL": "tr_TR.UTF-8",
                "PYTHONHASHSEED": "random",
                "SOURCE_DATE_EPOCH": "7",
            },
        )
    ):
        home = tmp_path / f"machine {position}"
        home.mkdir()
        (home / "matplotlibrc").write_text(
            "lines.linewidth: 9\nlines.scale_dashes: True\nsvg.fonttype: path\n"
            if position
            else "",
            encoding="utf-8",
        )
        arguments = [
            sys.executable,
            "-m",
            "corridors.cli",
            "print",
            tmp_path / "plan",
            "--lang",
            "ar",
        ]
        runs.append(
            (
                home,
                subprocess.Popen(
                    arguments,
                    cwd=home,
                    env=os.environ | machine,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                ),
            )
        )
    made = []
    for home, run in runs:
        stdout, stderr = run.communicate(timeout=120)
        assert run.returncode == 0, stderr.decode()
        name = stdout.decode().strip()
        assert re.fullmatch(r"print-a4-ar_internal_\d{8}T\d{4}Z_[0-9a-f]{10}\.pdf", name)
        made.append((home / name).read_bytes())
    assert made[0] == made[1]
    inside = [made[0]]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", made[0], re.DOTALL):
        try:
            inside.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            continue
    secrets = {
        os.uname().nodename,
        str(tmp_path),
        "/tmp",
        os.environ.get("USER", ""),
        str(Path.home()),
    } - {""}
    assert [
        word for word in secrets if len(word) > 3 and any(word.encode() in part for part in inside)
    ] == []


def test_the_command_writes_one_file_and_does_not_replace_it_unasked(demo, tmp_path):
    co.write_plan(demo, tmp_path / "plan")
    said = [
        "print",
        str(tmp_path / "plan"),
        "--out",
        str(tmp_path / "out"),
        "--corridor",
        "DEP-SIDON:DST-TYRE:1",
        "--audience",
        "partners",
    ]
    first = CliRunner().invoke(cli, [*said, "--lang", "fr"], catch_exceptions=False)
    path = tmp_path / "out" / f"print-a4-fr_partners_20261123T0600Z_{demo.plan_hash[:10]}.pdf"
    assert (first.exit_code, first.stdout) == (0, f"{path}\n")
    assert [one.name for one in (tmp_path / "out").iterdir()] == [path.name]
    with pytest.raises(co.UsageError, match="--force"):
        CliRunner().invoke(cli, [*said, "--lang", "fr"], catch_exceptions=False)


def test_what_is_printed_of_a_plan_and_of_its_files_is_the_same(demo, tmp_path):
    co.write_plan(demo, tmp_path / "plan")
    one = ["DEP-SIDON:DST-TYRE:1"]
    assert co.render_print(co.read_plan(tmp_path / "plan"), corridors=one) == co.render_print(
        demo, corridors=one
    )
    assert isinstance(demo.layers["sites"], gpd.GeoDataFrame)


def test_the_projection_does_not_depend_on_the_order_of_places():
    places = np.array([[35.1, 33.0], [35.9, 33.9], [35.4, 33.2]])
    assert choose_projection(places) == choose_projection(places[::-1])
