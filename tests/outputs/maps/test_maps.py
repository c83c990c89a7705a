"""What the map says and draws, read from the page itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta, timezone
from hashlib import sha256
from pathlib import Path

import folium
import numpy as np
import pytest
import shapely
from drawn_plan import AS_OF, SOUTH, WEST, change, make_plan
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from map_page import decode, read_data, read_said, read_words, unpack

from corridors.errors import OutputError, UsageError
from corridors.geodesy.measures import build_disc, measure_length_m
from corridors.locales import LANGUAGES, read_locale, show_unseen
from corridors.locales.figures import format_duration
from corridors.outputs import maps
from corridors.outputs.maps import draw_map, render_map, write_map
from corridors.outputs.maps.page import check_self_contained, write_json
from corridors.outputs.maps.polylines import encode_lines, join_edges, number_edges
from corridors.tables import CLOSURES, CORRIDORS, CUT_OFF, INCIDENTS, SEGMENTS, ZONES, build_table


@pytest.fixture(scope="module")
def page():
    return render_map(make_plan())


@pytest.mark.parametrize(
    "sentence",
    [
        "title 0",
        "INTERNAL TLP:AMBER+STRICT Situation as of 2026-11-23 06:00 UTC valid until 2026-11-24 06:00 UTC plan 01234 56789",
        "Proposed on the data of that moment; not a guarantee of safety.",
        "Cut off: 1 of 2 destinations",
        "Its own road (road 4) is closed: it enters or touches area 1 (no-go zone).",
        "Fewest closures whose lifting would restore access: air strike i0 incident 0 of 2026-11-20 .",
        "Acknowledged: code 0 because 0 Answered for by officer 0",
        "5 road segments",
        "1 not passable, 1 restricted, 1 unknown.",
        "1 active, 1 expired, 1 future, 1 too imprecise, 1 retracted, 1 unverified, 2 quarantined. Only active ones close roads.",
        "Roads : file 0 ; 3 left out 0 credit 0 Notes on this file (2) note 0 note 1",
        "remark 0",
        "place 1 مكان 1 from place 0",
    ],
)
def test_the_panel_says(page, sentence):
    assert sentence in read_words(page)


def test_the_table_rounds_time_up_and_the_nearest_incident_down(page):
    primary, alternate = re.findall(r'<tr class="corridor".*?</tr>', page, re.DOTALL)
    # 0.04 degrees north (4.44 km) and 0.04 east (3.73 km)
    assert (
        read_words(primary) == "place 1 مكان 1 from place 0 1 8.2 1:02 1.9 km passable 24 Nov 06:00"
    )
    assert read_words(alternate).endswith("2 8.8 1:15 n/a unknown (25 %) 24 Nov 06:00")


def test_distances_and_times_are_rounded_on_the_careful_side():
    assert [
        read_locale().distance(metres)
        for metres in (999.99, 1000.0, 2999.9, 123_999.0, float("nan"))
    ] == [
        "999 m",
        "1.0 km",
        "2.9 km",
        "123 km",
        "",
    ]
    assert [format_duration(minutes) for minutes in (0.0, 59.01, 60.0, 120.5)] == [
        "0:00",
        "1:00",
        "1:00",
        "2:01",
    ]


def test_the_map_promises_nothing(page):
    words = read_words(page).lower() + json.dumps(read_data(page)).lower()
    assert not re.search(r"safe (corridor|route|road)|approved|secure|cleared", words)


def test_the_moment_is_in_utc_whatever_zone_it_came_in():
    beirut = timezone(timedelta(hours=2))
    assert "Situation as of 2026-11-23 06:00 UTC" in read_words(
        render_map(make_plan(as_of=AS_OF.astimezone(beirut)))
    )


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Invented for demonstration", True),
        ("committee of the demonstration", False),
        ("reporter", False),
    ],
)
def test_invented_incidents_are_announced(source, shown):
    words = read_words(
        render_map(
            make_plan(lambda what, number: source if what == "reporter" else f"{what} {number}")
        )
    )
    assert ("DEMONSTRATION: 6 of 6 incidents are invented" in words) is shown


def test_some_invented_incidents_are_counted():
    words = read_words(
        render_map(
            make_plan(lambda what, n: "invented" if what == "reporter" and n < 2 else f"{what} {n}")
        )
    )
    assert "DEMONSTRATION: 2 of 6 incidents are invented" in words


def test_only_the_active_incident_has_a_reach_and_all_are_drawn(page):
    incidents = read_data(page)["incidents"]
    assert [bool(incident["disc"]) for incident in incidents] == [
        True,
        False,
        False,
        False,
        False,
        False,
    ]
    told = [incident["incident_status"] for incident in read_said(page)["incidents"]]
    assert told == ["active", "expired", "future", "too imprecise", "retracted", "unverified"]


def test_what_closes_roads_at_another_moment_is_known_from_when_until_when(page):
    incidents = read_data(page)["incidents"]
    # From 14:30 on the 20th, 63.5 hours before, until 14 days after 15:00 on the 20th, which is 11
    # days and 9 hours after.
    span = [-63.5 * 60, (11 * 24 + 9) * 60]
    assert [incident["span"] for incident in incidents] == [span, span, span, None, None, None]
    assert [incident["radius_m"] for incident in incidents] == [0, 1050, 1050, 0, 0, 0]
    assert read_data(page)["range"] == [
        -1440,
        274,
    ]  # the zone that ended in January is 60 days away


def test_closed_segments_list_every_row_of_the_ledger(page):
    closed = read_data(page)["closed"]
    assert len(decode(closed["lines"])) == len(closed["segments"]) == 1
    segment, name, kind, length_m, reason, causes, rows = closed["segments"][0]
    assert (segment, name, read_data(page)["kinds"][kind], causes) == (
        "s4 segment 4",
        "road 4",
        ["tertiary", 0, 0],
        [],
    )
    assert length_m == int(
        measure_length_m([shapely.LineString([(35.24, 33.24), (35.28, 33.25)])])[0]
    )
    assert "on the deck of the bridge road 4" in read_said(page)["reasons"][reason]
    told = [
        [*read_said(page)["grounds"][ground], away]
        for away, ground in zip(rows[::2], rows[1::2], strict=True)
    ]
    assert told == [
        [
            "air strike i0 incident 0 of 2026-11-20",
            "within reach of an active incident",
            "until 2026-12-04 15:00 UTC",
            12,
        ],
        ["road report report 0", "rule 0", "until further notice", 3],
        ["vehicle limit 0", "the vehicle is heavier than it bears", "until further notice", -1],
        [
            "no-go zone z1 zone 1 (area 1)",
            "it touches a zone of a closing kind",
            "until further notice",
            -1,
        ],
    ]


def test_restricted_and_unknown_segments_are_drawn_with_their_reason(page):
    limited = read_data(page)["limited"]
    assert len(decode(limited["lines"])) == 2
    reasons = read_said(page)["reasons"]
    assert [[status, reasons[reason]] for *_, status, _, _, reason in limited["segments"]] == [
        ["UNKNOWN", "it enters or touches area 0 (declared safe zone)"],
        ["RESTRICTED", "it enters or touches area 1 (no-go zone)"],
    ]


def test_every_road_segment_is_on_the_base_map_once(page):
    roads = read_data(page)["roads"]
    assert {
        width: len(decode(roads[width]))
        for width in ("main", "primary", "minor", "other", "bridges")
    } == {
        "main": 1,
        "primary": 1,
        "minor": 2,
        "other": 1,
        "bridges": 1,
    }


def test_every_road_can_be_asked_what_it_is(page):
    roads = read_data(page)["roads"]
    told = {width: np.array(unpack(text)).reshape(-1, 4) for width, text in roads["facts"].items()}
    # The first of the base map in each width, by hand: road 3 is a trunk road, road 0 primary, road
    # 1 a secondary bridge ...
    assert {width: roads["distinct_names"][rows[0, 2]] for width, rows in told.items()} == {
        "main": ["road 3", "طريق 3"],
        "primary": ["road 0", "طريق 0"],
        "minor": ["road 1", "طريق 1"],
        "other": ["road 2", "طريق 2"],
    }
    kinds = [read_data(page)["kinds"][kind] for kind in told["minor"][:, 1]]
    assert kinds == [["secondary", 1, 0], ["tertiary", 0, 0]]
    assert {width: rows[:, [0, 3]].tolist() for width, rows in told.items()} == {
        "main": [[1, 0]],
        "primary": [[1, 0]],
        "minor": [[1, 2], [1, 3]],
        "other": [[1, 1]],
    }


def test_corridors_are_drawn_where_they_run(page):
    primary, alternate = read_data(page)["corridors"]["each"]
    corner = [(35.2, 33.2), (35.2, 33.24), (35.24, 33.24)]
    assert decode(primary["line"]) == [corner]
    assert decode(read_data(page)["corridors"]["lines"]["primary"]) == [corner]
    facts = [corridor["facts"] for corridor in read_said(page)["corridors"]]
    assert ["Chokepoints", "1: road 3"] in facts[0]
    assert ["Shared with primary", "0% of its length"] in facts[1]
    assert decode(alternate["line"]) == [
        [(35.2, 33.2), (35.22, 33.21), (35.24, 33.2), (35.24, 33.24)]
    ]


def test_a_badge_is_in_the_middle_of_a_road_that_all_corridors_share_also_if_a_place_is_on_it_twice():
    plan = make_plan()
    line = shapely.LineString([(35.2, 33.2), (35.2, 33.21), (35.2, 33.21), (35.2, 33.24)])
    data = read_data(
        render_map(
            change(
                plan,
                corridors=plan.corridors.set_geometry([line, line], crs=plan.corridors.crs),
            )
        )
    )
    assert [corridor["badge"] for corridor in data["corridors"]["each"]] == [[33.22, 35.2]] * 2


def test_a_zone_not_in_force_says_so(page):
    safe, no_go = read_data(page)["zones"]
    assert (safe["in_force"], no_go["in_force"]) == (True, False)
    assert ["", "not in force at the moment planned for"] in read_said(page)["zones"][1]["facts"]


def test_sites_are_reached_or_cut_off(page):
    assert [site["state"] for site in read_data(page)["sites"]] == [
        "depot",
        "reached",
        "cut_off",
        "waypoint",
    ]


def test_a_zone_that_is_a_destination_is_drawn_as_one():
    plan = make_plan()
    zone = plan.situation.zones.index[0]
    plan = change(
        plan, corridors=plan.corridors.assign(destination_id=zone), cut_off=build_table(CUT_OFF)
    )
    sites = {site["id"]: site["state"] for site in read_data(render_map(plan))["sites"]}
    assert sites[zone] == "reached"
    assert sites[plan.situation.sites.index[1]] == "unplanned"


def test_a_corridor_without_length_is_a_row_without_a_line():
    plan = make_plan()
    corridors = plan.corridors.copy()
    corridors.geometry = [shapely.Point(WEST, SOUTH)] * 2
    data = read_data(render_map(change(plan, corridors=corridors)))["corridors"]
    assert [corridor["line"] for corridor in data["each"]] == ["", ""]


def test_a_plan_where_nothing_is_reached_still_has_its_map():
    plan = change(make_plan(), corridors=build_table(CORRIDORS))
    assert "No corridor. No destination can be reached on the roads that are open." in read_words(
        render_map(plan)
    )


def test_a_plan_without_incidents_and_zones_is_drawn():
    plan = make_plan()
    bare = replace(plan.situation, incidents=build_table(INCIDENTS), zones=build_table(ZONES))
    page = render_map(
        change(
            plan,
            situation=bare,
            incidents=plan.incidents.iloc[:0],
            reports=plan.reports.iloc[:0],
            access=replace(plan.access, causes=plan.access.causes.take(np.arange(0))),
            closures=build_table(CLOSURES),
        )
    )
    assert "Incidents: 0 active, 2 quarantined." in read_words(page)


def test_nothing_is_torn_at_the_antimeridian():
    south_west, north_east = read_data(render_map(make_plan(west=179.97)))["bounds"]
    assert north_east[1] - south_west[1] == pytest.approx(0.08)
    data = read_data(render_map(make_plan(west=179.97)))
    drawn = [
        x
        for line in decode(data["roads"]["other"]) + decode(data["corridors"]["each"][0]["line"])
        for x, _ in line
    ]
    assert max(drawn) - min(drawn) < 1
    each = data["corridors"]["each"]
    written = (
        [one["badge"] for one in each]
        + [spot for one in each for spot in one["chokepoints"]]
        + [spot for spot, *_ in data["roads"]["names"]]
    )
    assert any(one["chokepoints"] for one in each)
    assert data["roads"]["names"]
    assert all(south_west[1] - 0.1 < lon < north_east[1] + 0.1 for _, lon in written)


def test_the_page_is_readable_by_everyone(page):
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>title 0, Situation as of 2026-11-23 06:00 UTC</title>" in page
    assert re.findall(r'<meta name="viewport" content="([^"]*)"', page) == [
        "width=device-width, initial-scale=1"
    ]
    assert '<span class="other" dir="auto" lang="ar">' in page


def test_the_page_loads_nothing_and_runs_only_its_own_scripts(page):
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=", page)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert policy.count("'sha256-") == len(re.findall(r"<script>", page))


def test_leaflet_is_named_without_a_flag(page):
    assert '"attributionControl": false' in page
    assert "prefix: '<a href=\"https://leafletjs.com\">Leaflet</a>'" in page


@pytest.mark.parametrize(
    "bad",
    [
        '<img src="https://tiles.example/1.png">',
        '<script src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="style.css">',
        "<style>@import 'https://fonts.example';</style>",
        '<p style="background: url(https://pixel.example)">',
        '<form action="https://collect.example">',
        "<script>L.tileLayer('https://{s}.example')</script>",
        '<a href="https://elsewhere.example">',
    ],
)
def test_a_page_that_would_load_something_is_refused(bad):
    with pytest.raises(OutputError, match="would load"):
        check_self_contained(bad)


def test_a_name_that_looks_like_a_link_is_only_text():
    check_self_contained(
        "<p>url(https://x) @import &lt;img src=//x&gt;</p><script type='application/json'>\"L.tileLayer(\"</script>"
    )


def test_a_tile_layer_added_to_the_map_is_refused():
    chart = draw_map(make_plan())
    folium.TileLayer("https://tiles.example/{z}/{x}/{y}.png", attr="x").add_to(chart)
    with pytest.raises(OutputError, match="would load"):
        chart.get_root().render()


def test_a_map_of_folium_can_be_drawn_on_and_saved(tmp_path):
    chart = draw_map(make_plan())
    assert isinstance(chart, folium.Map)
    folium.Circle([33.2, 35.2], radius=100).add_to(chart)
    chart.save(tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text("utf-8")
    assert "L.circle(" in text
    assert "https://cdn" not in text


def test_names_are_not_run_by_the_templates_of_folium():
    page = render_map(
        make_plan(lambda what, number: f"{what} {number} {{{{ 6997 * 3 }}}} {{% raw %}} {{# x #}}")
    )
    assert "20991" not in page
    assert "title 0 {{ 6997 * 3 }} {% raw %} {# x #}" in read_words(page)


def test_unseen_characters_are_spelled_out():
    assert show_unseen(["a\u202eb", "\x00", "مكان", "\u200d"]) == [
        "a[U+202E]b",
        "[U+0000]",
        "مكان",
        "\u200d",
    ]


def test_every_word_of_the_map_is_used_and_every_one_used_is_there_in_each_language():
    folder = Path(maps.__file__).parent
    files = {
        path.name: path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.suffix in {".py", ".js", ".html"}
    }
    used = {
        key
        for name, text in files.items()
        if name.endswith(".js")
        for key in re.findall(r'\btell\("(\w+)"', text)
    }
    used |= set(re.findall(r"\b(?:w|t\.words)\.(\w+)", files["page.html"]))
    texts = {lang: read_locale(lang).texts["map"] for lang in LANGUAGES}
    for lang in LANGUAGES:
        assert used <= texts[lang].keys()
        assert texts[lang].keys() == texts["en"].keys()
        for key, text in texts[lang].items():
            assert set(re.findall(r"{(\w+)}", text)) == set(
                re.findall(r"{(\w+)}", texts["en"][key])
            ) or key.endswith("_one"), (lang, key)
    everything = " ".join(files.values())
    prefixes = ("layer_", "supply_", "tool_")  # composed with the name of a thing
    for key in texts["en"]:
        assert key.startswith(prefixes) or re.search(
            rf"\b{key.removesuffix('_one')}\b", everything
        ), key


@given(st.text())
def test_json_in_the_page_holds_no_markup_and_reads_back(text):
    written = write_json([text])
    assert written.isascii()
    assert not set(written) & set("<>&")
    assert json.loads(written) == [show_unseen(text)]


def test_no_unseen_character_gets_into_the_json_of_a_page():
    for code in range(0x10000):
        assert json.loads(write_json([chr(code)])) == [show_unseen(chr(code))]


coordinate = st.tuples(st.integers(-17_000_000, 17_000_000), st.integers(-8_500_000, 8_500_000))


@given(st.lists(st.lists(coordinate, min_size=2, max_size=6), max_size=5))
def test_lines_read_back_as_they_were(lines):
    shapes = [shapely.LineString(np.array(line) / 1e5) for line in lines]
    assert [
        [(round(x * 1e5), round(y * 1e5)) for x, y in line] for line in decode(encode_lines(shapes))
    ] == lines


def test_a_road_that_many_corridors_use_is_drawn_once():
    there, back = (
        shapely.LineString([(0, 0), (1, 0), (2, 0)]),
        shapely.LineString([(3, 1), (2, 0), (1, 0)]),
    )
    joined = join_edges(number_edges([there, back])[0])
    assert sum(line.length for line in joined) == pytest.approx(2 + 2**0.5)
    assert len(joined) == 1


@pytest.mark.parametrize("lat", [0.0, 34.0, -60.0, 80.0])
@pytest.mark.parametrize("effective_radius_m", [50.0, 1000.0, 25_000.0])
def test_the_drawn_reach_is_never_smaller_than_the_rule(lat, effective_radius_m):
    disc = build_disc(shapely.Point(35.0, lat), effective_radius_m)
    drawn = shapely.Polygon([(x, y) for x, y in decode(encode_lines([disc.exterior]))[0]])
    edge = [
        Geodesic.WGS84.Direct(lat, 35.0, azimuth, effective_radius_m)
        for azimuth in np.arange(0, 360, 0.5)
    ]
    assert all(drawn.covers(shapely.Point(spot["lon2"], spot["lat2"])) for spot in edge)
    assert drawn.area < disc.envelope.area


@pytest.mark.parametrize(
    "shape",
    [
        "LINESTRING (35 33, 35.3 33.2)",
        "POLYGON ((35 33, 35.2 33, 35.1 33.3, 35 33))",
        "MULTIPOINT ((35 33), (35.4 33.1))",
    ],
)
def test_the_reach_of_lines_and_areas_is_never_smaller_either(shape):
    shape = shapely.from_wkt(shape)
    disc = build_disc(shape, 3000.0)
    for lon, lat in shapely.get_coordinates(shapely.segmentize(shape, 0.02)):
        for azimuth in range(0, 360, 5):
            spot = Geodesic.WGS84.Direct(lat, lon, azimuth, 3000.0)
            assert disc.covers(shapely.Point(spot["lon2"], spot["lat2"]))


def test_the_same_plan_gives_the_same_bytes_in_any_process():
    script = """
import sys
from hashlib import sha256
sys.path.insert(0, sys.argv[1])
from drawn_plan import make_plan
from corridors.outputs.maps import render_map
print(sha256(render_map(make_plan()).encode()).hexdigest())
"""
    settings = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "C"},
    ]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(Path(__file__).parents[2])],
            env=os.environ | setting,
            stdout=subprocess.PIPE,
            text=True,
        )
        for setting in settings
    ]
    assert {run.communicate()[0].strip() for run in runs} == {
        sha256(render_map(make_plan()).encode()).hexdigest()
    }


def test_another_incident_gives_another_map():
    plan = make_plan()
    assert render_map(plan) != render_map(
        change(
            plan,
            incidents=plan.incidents.assign(
                effective_radius_m=plan.incidents["effective_radius_m"] + 10
            ),
        )
    )


def test_a_hundred_thousand_segments_stay_small():
    rng = np.random.default_rng(1)
    count = 100_000
    start = np.column_stack([rng.uniform(-24, -14, count), rng.uniform(63, 66, count)])
    start = start[np.lexsort((start[:, 1].round(1), start[:, 0].round(1)))]
    steps = rng.normal(0, 0.002, (count, 4, 2)).cumsum(axis=1)
    lines = shapely.linestrings(np.concatenate([start[:, None], start[:, None] + steps], axis=1))
    roads = {
        "segment_id": [f"{number:06}" for number in range(count)],
        "oneway": "both",
        "length_m": 100.0,
        "speed_kph": 50.0,
        "road_class": "residential",
        "geometry": lines,
    }
    plan = change(make_plan(), closures=build_table(CLOSURES))
    page = render_map(
        change(
            plan, segments=build_table(SEGMENTS, {**roads, "exposure": 0.0, "status": "PASSABLE"})
        )
    )
    assert len(page) < 6_000_000


def test_the_file_is_written_whole_or_not_at_all(tmp_path):
    path = write_map(make_plan(), tmp_path)
    assert path.name == "map_internal_20261123T0600Z_0123456789.html"
    assert path.read_bytes() == render_map(make_plan()).encode()
    with pytest.raises(UsageError, match="exists; use --force"):
        write_map(make_plan(), tmp_path)
    write_map(make_plan(), tmp_path, force=True)
    (tmp_path / "a file").touch()
    with pytest.raises(UsageError, match="a file is not a folder"):
        write_map(make_plan(), tmp_path / "a file")
    with pytest.raises(OutputError, match="could not be written"):
        write_map(make_plan(), tmp_path / "a file" / "within")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", path.name]
