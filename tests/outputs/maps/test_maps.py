"""What the map says and draws, read from the page itself."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import folium
import numpy as np
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from corridors.errors import OutputError, UsageError
from corridors.evidence.status import INCIDENT_STATUSES
from corridors.geodesy.measures import build_disc, measure_length_m
from corridors.locales import LANGUAGES, read_locale, show_unseen
from corridors.locales.figures import format_duration
from corridors.outputs import maps
from corridors.outputs.maps import draw_map, render_map, write_map
from corridors.outputs.maps.page import check_self_contained, write_json
from corridors.outputs.maps.polylines import encode_lines, join_edges, number_edges
from corridors.plan import Plan
from corridors.remarks import Remark
from corridors.rules import Rules
from corridors.situation import Acknowledgement, Situation, Source
from corridors.tables import (
    CLOSURES,
    CORRIDORS,
    CUT_OFF,
    INCIDENTS,
    REPORTS,
    ROADS,
    SEGMENTS,
    SITES,
    STEPS,
    STRUCTURES,
    ZONES,
    build_table,
)

AS_OF = datetime(2026, 11, 23, 6, tzinfo=UTC)
WEST, SOUTH = 35.20, 33.20


def plain_name(what, number):
    return f"{what} {number}"


def make_plan(name_of=plain_name, *, west=WEST, as_of=AS_OF):
    """A small town: a square of four roads and a spur; one way to C1 and one alternate, C2 cut off
    by a strike on the spur.

    `name_of` gives every text of every table, so that a test can put anything anywhere.
    """

    def at(x, y):
        return ((west + x / 100 + 180) % 360 - 180, SOUTH + y / 100)

    def names(what, count):
        return [name_of(what, number) for number in range(count)]

    ways = [
        [at(0, 0), at(2, 1), at(4, 0)],
        [at(4, 0), at(4, 4)],
        [at(4, 4), at(0, 4)],
        [at(0, 4), at(0, 0)],
        [at(4, 4), at(8, 5)],
    ]
    lines = [shapely.LineString(way) for way in ways]
    segment_ids = [f"s{number} {text}" for number, text in enumerate(names("segment", 5))]
    roads = {
        "segment_id": segment_ids,
        "from_node": [0, 1, 2, 3, 2],
        "to_node": [1, 2, 3, 0, 4],
        "oneway": "both",
        "length_m": measure_length_m(lines),
        "speed_kph": 50.0,
        "road_class": ["primary", "secondary", "residential", "trunk", "tertiary"],
        "name": names("road", 5),
        "name_ar": names("طريق", 5),
        "bridge": [False, True, False, False, False],
        "surface": names("surface", 5),
        "geometry": lines,
    }
    site_ids = [f"p{number} {text}" for number, text in enumerate(names("site", 4))]
    spots = [
        shapely.Point(at(0, 0)),
        shapely.Point(at(4, 4)),
        shapely.Point(at(8, 5)),
        shapely.Point(at(2, 3)),
    ]
    sites = build_table(
        SITES,
        {
            "site_id": site_ids,
            "role": ["depot", "destination", "destination", "waypoint"],
            "name": names("place", 4),
            "name_ar": names("مكان", 4),
            "pcode": names("pcode", 4),
            "people": [np.nan, 1200.0, 300.0, np.nan],
            "geometry": spots,
        },
    )
    zone_ids = [f"z{number} {text}" for number, text in enumerate(names("zone", 2))]
    zones = build_table(
        ZONES,
        {
            "zone_id": zone_ids,
            "kind": ["safe_zone", "no_go"],
            "name": names("area", 2),
            "name_ar": names("منطقة", 2),
            "declared_by": names("declarer", 2),
            "supervisor": names("supervisor", 2),
            "valid_to": [pd.NaT, pd.Timestamp("2026-01-01T00:00Z")],
            "source": names("map sheet", 2),
            "geometry": [
                shapely.Polygon([at(3, 3), at(5, 3), at(5, 5), at(3, 5)]),
                shapely.Polygon([at(-2, 0), at(-1, 0), at(-1, 1)]),
            ],
        },
    )
    incident_ids = [f"i{number} {text}" for number, text in enumerate(names("incident", 6))]
    incidents = build_table(
        INCIDENTS,
        {
            "incident_id": incident_ids,
            "kind": ["air_strike", "shelling", "fire", "other", "obstruction", "ground_clash"],
            "occurred_at": [pd.Timestamp("2026-11-20T14:30Z")] * 6,
            "occurred_until": [pd.Timestamp("2026-11-20T15:00Z")] * 6,
            "accuracy_m": 50.0,
            "verification": [
                "verified",
                "reported",
                "reported",
                "reported",
                "retracted",
                "reported",
            ],
            "structure": names("structure", 6),
            "source": names("reporter", 6),
            "geometry": [
                shapely.Point(at(6, 4.5)),
                *[shapely.Point(at(x, 6)) for x in range(1, 6)],
            ],
        },
    )
    causes = [
        ("incident", incident_ids[0]),
        ("zone", zone_ids[1]),
        ("road_report", name_of("report", 0)),
        ("vehicle", name_of("limit", 0)),
    ]
    closures = build_table(
        CLOSURES,
        {
            "segment_id": [segment_ids[4]] * 4,
            "cause_id": [cause for _, cause in causes],
            "cause_type": [kind for kind, _ in causes],
            "rule": ["within_radius", "crosses_zone", name_of("rule", 0), "weight_limit"],
            "direction": "both",
            "distance_m": [12.0, 0.0, 3.0, np.nan],
            "active_until": [pd.Timestamp("2026-12-04T15:00Z"), pd.NaT, pd.NaT, pd.NaT],
        },
    )
    corridor_ids = [f"c{rank} {name_of('corridor', rank)}" for rank in (1, 2)]
    driven = [
        shapely.LineString([at(0, 0), at(0, 4), at(4, 4)]),
        shapely.LineString([at(0, 0), at(2, 1), at(4, 0), at(4, 4)]),
    ]
    corridors = build_table(
        CORRIDORS,
        {
            "corridor_id": corridor_ids,
            "depot_id": site_ids[0],
            "destination_id": site_ids[1],
            "rank": [1, 2],
            "status": ["PASSABLE", "UNKNOWN"],
            "length_m": measure_length_m(driven),
            "duration_min": [61.2, 75.0],
            "exposure": [0.25, 0.0],
            "nearest_incident_m": [1990.0, np.nan],
            "shared_with_primary": [1.0, 0.0],
            "shared_exposure": [1.0, 0.0],
            "unknown_share": [0.0, 0.25],
            "chokepoints": [(segment_ids[3],), ()],
            "geometry": driven,
        },
    )
    cut_off = build_table(
        CUT_OFF,
        {
            "site_id": [site_ids[2]],
            "name": [sites["name"].iloc[2]],
            "reason": [name_of("reason", 0)],
            "blocking": [tuple(":".join(cause) for cause in causes)],
            "smallest_set": [(":".join(causes[0]),)],
            "reachable_within_m": [4100.0],
            "geometry": [spots[2]],
        },
    )
    segments = build_table(
        SEGMENTS,
        {
            **roads,
            "exposure": 0.0,
            "status": ["PASSABLE", "UNKNOWN", "RESTRICTED", "PASSABLE", "NOT_PASSABLE"],
            "reason": ["", *names("why", 2), "", name_of("why", 2)],
        },
    )
    source = Source(
        "roads",
        name_of("file", 0),
        "pbf",
        rows={name_of("left out", 0): 3},
        attribution=name_of("credit", 0),
        notes=tuple(names("note", 2)),
    )
    said = Acknowledgement(name_of("code", 0), name_of("because", 0), name_of("officer", 0))
    return Plan(
        situation=Situation(
            as_of,
            build_table(ROADS, roads),
            sites,
            zones,
            incidents,
            name_of("title", 0),
            (source,),
            (said,),
        ),
        rules=Rules(),
        segments=segments,
        closures=closures,
        incidents=incidents,
        incident_status=pd.Series(INCIDENT_STATUSES, index=incidents.index),
        road_report_status=pd.Series(dtype="str"),
        structures=build_table(STRUCTURES),
        effective_radius_m=pd.Series(1050.0, index=incidents.index),
        snaps=pd.DataFrame(
            {
                "segment_id": segment_ids[:3],
                "snap_m": 12.3,
                "lon": [p.x for p in spots[:3]],
                "lat": [p.y for p in spots[:3]],
            },
            index=sites.index[:3],
        ),
        reports=build_table(REPORTS, incidents.assign(incident_id=incidents.index)).assign(
            incident_status=list(INCIDENT_STATUSES), effective_radius_m=1050.0
        ),
        nearby=None,
        measured=None,
        ground=None,
        network=None,
        routes=(),
        corridors=corridors,
        steps=build_table(STEPS),
        cut_off=cut_off,
        counts={"incidents_quarantined": 2, "incidents_duplicate": 0},
        remarks=(Remark("file_note", {"file": "a file", "note": name_of("remark", 0)}),),
        plan_hash="0123456789abcdef" * 4,
    )


def read_data(page):
    return json.loads(
        re.search(r'<script type="application/json" id="plan">(.*?)</script>', page, re.DOTALL)[1]
    )


def read_said(page, lang="en"):
    return next(said for said in read_data(page)["said"] if said["lang"] == lang)


def read_words(page):
    """The panel and header as a reader without JavaScript sees them, one space between words."""
    body = re.sub(r"<(script|style|template|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def unpack(text):
    """The whole numbers in a packed text, read off letter by letter."""
    numbers, bits, shift = [], 0, 0
    for letter in text:
        digit = LETTERS.index(letter)
        bits |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            numbers.append(-(bits + 1) // 2 if bits % 2 else bits // 2)
            bits = shift = 0
    return numbers


def decode(text):
    flat = unpack(text)
    lines, place, x, y = [], 0, 0, 0
    while place < len(flat):
        line = []
        for step in range(place + 1, place + 1 + 2 * flat[place], 2):
            x, y = x + flat[step], y + flat[step + 1]
            line.append((x / 1e5, y / 1e5))
        place += 1 + 2 * flat[place]
        lines.append(line)
    return lines


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
        "Reason 0.",
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


def test_the_table_rounds_time_up_and_clearance_down(page):
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


def test_the_moment_is_told_in_utc_whatever_zone_it_came_in():
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
    assert [incident["reach"] for incident in incidents] == [0, 1050, 1050, 0, 0, 0]
    assert read_data(page)["range"] == [
        -1440,
        274,
    ]  # the zone that ended in January is 60 days away


def test_closed_segments_tell_every_row_of_the_ledger(page):
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
    assert [(first, closed["texts"][others]) for first, others in [reason]] == [("why", " 2")]
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
    assert [[status, reason] for *_, status, _, _, reason in limited["segments"]] == [
        ["UNKNOWN", "why 0"],
        ["RESTRICTED", "why 1"],
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
    told = {width: np.array(unpack(text)).reshape(-1, 4) for width, text in roads["told"].items()}
    # The first of the base map in each width, by hand: road 3 is a trunk road, road 0 primary, road
    # 1 a secondary bridge ...
    assert {width: roads["called"][rows[0, 2]] for width, rows in told.items()} == {
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


def test_a_badge_stands_in_the_middle_of_a_road_that_all_corridors_share_and_not_where_a_place_of_it_is_told_twice():
    plan = make_plan()
    line = shapely.LineString([(35.2, 33.2), (35.2, 33.21), (35.2, 33.21), (35.2, 33.24)])
    data = read_data(
        render_map(
            replace(
                plan,
                corridors=plan.corridors.set_geometry(
                    [line, line], crs=plan.corridors.geodesy.measures
                ),
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
    plan = replace(
        plan, corridors=plan.corridors.assign(destination_id=zone), cut_off=build_table(CUT_OFF)
    )
    sites = {site["id"]: site["state"] for site in read_data(render_map(plan))["sites"]}
    assert sites[zone] == "reached"
    assert sites[plan.situation.sites.index[1]] == "unplanned"


def test_a_corridor_without_length_is_a_row_without_a_line():
    plan = make_plan()
    corridors = plan.corridors.copy()
    corridors.geometry = [shapely.Point(WEST, SOUTH)] * 2
    data = read_data(render_map(replace(plan, corridors=corridors)))["corridors"]
    assert [corridor["line"] for corridor in data["each"]] == ["", ""]


def test_a_plan_where_nothing_is_reached_still_has_its_map():
    plan = replace(make_plan(), corridors=build_table(CORRIDORS))
    assert "No corridor. No destination can be reached on the roads that are open." in read_words(
        render_map(plan)
    )


def test_a_plan_without_incidents_and_zones_is_drawn():
    plan = make_plan()
    bare = replace(plan.situation, incidents=build_table(INCIDENTS), zones=build_table(ZONES))
    none = pd.Series([], dtype=object)
    page = render_map(
        replace(
            plan,
            situation=bare,
            incidents=bare.incidents,
            incident_status=none,
            effective_radius_m=none,
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
    script = "import sys; sys.path.insert(0, sys.argv[1]); import test_maps as t; print(t.sha256(t.render_map(t.make_plan()).encode()).hexdigest())"
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
        replace(plan, effective_radius_m=plan.effective_radius_m + 10)
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
    plan = replace(make_plan(), closures=build_table(CLOSURES))
    page = render_map(
        replace(
            plan, segments=build_table(SEGMENTS, {**roads, "exposure": 0.0, "status": "PASSABLE"})
        )
    )
    assert len(page) < 6_000_000


def test_the_file_is_written_whole_or_not_at_all(tmp_path):
    path = write_map(make_plan(), tmp_path)
    assert path.name == "map_internal_20261123T0600Z_0123456789.html"
    assert path.read_bytes() == render_map(make_plan()).encode()
    with pytest.raises(UsageError, match="exists; say --force"):
        write_map(make_plan(), tmp_path)
    write_map(make_plan(), tmp_path, force=True)
    (tmp_path / "a file").touch()
    with pytest.raises(UsageError, match="a file is not a folder"):
        write_map(make_plan(), tmp_path / "a file")
    with pytest.raises(OutputError, match="could not be written"):
        write_map(make_plan(), tmp_path / "a file" / "within")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", path.name]
