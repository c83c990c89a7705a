"""Tables of lines: nodes by column or by place, any coordinate system, our own files read back, bad
rows all named."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from effort import examples
from geographiclib.geodesic import Geodesic
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from line_files import line, problems_of, write
from real_files import REAL
from shapely import LineString, MultiLineString, Point

from corridors.errors import InputError
from corridors.inputs.roads import lines as lines_module
from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.tables import ROADS, build_table, check_table

UNDIVIDED = RoadRules(max_piece_m=1e9)


# --- our own files
# ----------------------------------------------------------------------------------------------------


def test_our_own_table_written_to_a_file_is_read_back_the_same(tmp_path):
    table = build_table(
        ROADS,
        {
            "segment_id": ["a/1", "b", "c", "d~2"],
            "from_node": [1, 2, -9_007_199_254_740_995, 3],
            "to_node": [2, 3, 2, 3],
            "oneway": ["forward", "backward", "both", "forward"],
            "length_m": 0.0,
            "speed_kph": [48.28032, 5.0, 90.0, 25.0],
            "road_class": ["motorway", "primary", "", "residential"],
            "name": ["A; B", "`${x}` <b>", "", "ك"],
            "name_ar": ["طريق", "", "", ""],
            "bridge": [True, True, False, False],
            "tunnel": [False, False, True, False],
            "layer": [1, 0, -1, 0],
            "max_weight_t": [3.5, np.nan, 18.1436948, np.nan],
            "max_height_m": [np.nan, 4.1148, np.nan, np.nan],
            "surface": ["asphalt", "", "gravel", ""],
            "geometry": [
                line(1, 2),
                line(2, 2.5, 3),
                line(9, 5, 2, lat=33.0),
                LineString([(35.003, 33), (35.004, 33), (35.003, 33.001), (35.003, 33)]),
            ],
        },
    )
    table["length_m"] = [
        Geodesic.WGS84.Inverse(33, a[0], 33, b[0])["s12"]
        for a, b in (((35.001,), (35.002,)), ((35.002,), (35.003,)), ((35.009,), (35.002,)))
    ] + [1.0]
    for name in ("own.gpkg", "own.parquet", "own.fgb"):
        path = tmp_path / name
        table.to_parquet(path) if name.endswith("parquet") else table.reset_index().to_file(path)
        back = read_roads(path).table
        check_table(ROADS, back)
        assert back.drop(columns="length_m").equals(table.drop(columns="length_m"))
        assert back["length_m"].iloc[:3].to_numpy() == pytest.approx(
            table["length_m"].iloc[:3].to_numpy(), rel=1e-9
        )


def test_roads_read_from_a_map_survive_a_file_bit_for_bit(tmp_path):
    if not (REAL / "quackosm_monaco").exists():
        pytest.skip("real data quackosm_monaco is not here")
    table = read_roads(REAL / "quackosm_monaco/monaco.osm.pbf").table
    table.reset_index().to_file(tmp_path / "roads.gpkg", layer="roads")
    reading = read_roads(tmp_path / "roads.gpkg")
    assert reading.table.equals(table)
    assert reading.source.rows == {"read": len(table), "kept": len(table)}


# --- columns
# ----------------------------------------------------------------------------------------------------------


def test_columns_are_known_by_the_words_of_openstreetmap_in_any_case(tmp_path):
    path = write(
        tmp_path / "a.gpkg",
        [line(0, 1), line(1, 2), line(2, 3)],
        Highway=["primary", "secondary", "footway"],
        MAXSPEED=["30 mph", None, None],
        oneway=["yes", "-1", None],
        bridge=["viaduct", None, None],
        maxweight=["7500 kg", None, None],
        maxheight=[None, "13'6\"", None],
        name=[None, "Main", None],
        ref=["M51", "M52", None],
        name_ar=["طريق", None, None],
        surface=[None, "mud", None],
        access=[None, None, None],
        osm_id=[11, 12, 13],
    )
    reading = read_roads(path)
    assert reading.table.index.tolist() == ["11", "12"]
    one, two = reading.table.loc["11"], reading.table.loc["12"]
    assert (one.oneway, one.speed_kph, one.bridge, one.layer, one.max_weight_t) == (
        "forward",
        48.28032,
        True,
        1,
        7.5,
    )
    assert (one["name"], one.name_ar) == ("M51", "طريق")
    assert (two.oneway, two.speed_kph, two.max_height_m, two["name"]) == (
        "backward",
        10,
        4.1148,
        "Main",
    )
    assert reading.source.rows == {"read": 3, "kept": 2, "not_a_truck_road": 1}
    assert reading.source.attribution == "© OpenStreetMap contributors, ODbL 1.0"


def test_lines_without_a_class_are_roads_of_unknown_class(tmp_path):
    reading = read_roads(write(tmp_path / "a.geojson", [line(0, 1)], id=["x"]))
    assert reading.table[["road_class", "speed_kph", "oneway"]].to_numpy().tolist() == [
        ["", 25.0, "both"]
    ]
    assert reading.table.index.tolist() == ["x"]
    assert reading.source.attribution == ""


def test_the_lowest_of_two_columns_for_one_limit_holds(tmp_path):
    path = write(
        tmp_path / "a.gpkg", [line(0, 1)], id=["x"], max_weight_t=[20.0], maxweight=["3.5"]
    )
    assert read_roads(path).table["max_weight_t"].tolist() == [3.5]


def test_tags_that_gdal_left_in_other_tags_are_read(tmp_path):
    other = '"bridge"=>"yes","maxweight"=>"3.5","name:ar"=>"a \\"b\\""'
    row = read_roads(
        write(
            tmp_path / "a.gpkg", [line(0, 1)], osm_id=["5"], highway=["primary"], other_tags=[other]
        )
    ).table.loc["5"]
    assert (row.bridge, row.max_weight_t, row.name_ar) == (True, 3.5, 'a "b"')


def test_the_codes_of_geofabrik_shapefiles_are_read(tmp_path):
    path = write(
        tmp_path / "gis_osm_roads.shp",
        [line(0, 1), line(1, 2), line(2, 3)],
        osm_id=["1", "2", "3"],
        fclass=["primary", "primary", "primary"],
        oneway=["F", "T", "B"],
        maxspeed=[0, 50, 0],
        bridge=["T", "F", "F"],
        layer=[1, 0, 0],
    )
    table = read_roads(path).table
    assert table["oneway"].tolist() == ["forward", "backward", "both"]
    assert table["speed_kph"].tolist() == [65, 50, 65]
    assert table["bridge"].tolist() == [True, False, False]


def test_the_hash_of_a_shapefile_covers_its_table(tmp_path):
    path = write(tmp_path / "a.shp", [line(0, 1)], maxweight=["3.5"])
    before = read_roads(path).source.sha256
    write(path, [line(0, 1)], maxweight=["9.5"])
    assert read_roads(path).source.sha256 != before


# --- nodes
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pair", [("from_node", "to_node"), ("u", "v"), ("from", "to"), ("A_node", "B_node")]
)
def test_node_columns_are_taken_as_they_are(tmp_path, pair):
    path = write(
        tmp_path / "a.gpkg", [line(0, 1), line(1, 2)], **{pair[0]: [5, 6], pair[1]: [6, 7]}
    )
    assert read_roads(path).table[["from_node", "to_node"]].to_numpy().tolist() == [[5, 6], [6, 7]]


def test_text_nodes_become_negative_numbers_that_stay_the_same(tmp_path):
    one = read_roads(
        write(
            tmp_path / "a.gpkg", [line(0, 1), line(1, 2)], u=["P", "Q"], v=["Q", "R"], id=["1", "2"]
        )
    ).table
    other = read_roads(write(tmp_path / "b.gpkg", [line(1, 2)], u=["Q"], v=["R"], id=["2"])).table
    assert (one[["from_node", "to_node"]] < 0).all().all()
    assert one.loc["1", "to_node"] == one.loc["2", "from_node"]
    assert one.loc[["2"]].equals(other)


def test_a_line_drawn_from_its_second_node_to_its_first_is_turned(tmp_path):
    path = write(
        tmp_path / "a.gpkg",
        [line(0, 1), line(2, 1), line(2, 3)],
        u=[1, 2, 3],
        v=[2, 3, 4],
        id=["a", "b", "c"],
    )
    table = read_roads(path).table
    assert [shape.coords[0][0] for shape in table.geometry] == pytest.approx([35.0, 35.001, 35.002])


def test_a_one_way_line_drawn_against_its_nodes_is_refused(tmp_path):
    path = write(
        tmp_path / "a.gpkg",
        [line(0, 1), line(2, 1), line(2, 3)],
        u=[1, 2, 3],
        v=[2, 3, 4],
        oneway=["no", "yes", "no"],
    )
    assert problems_of(path) == [("ambiguous-oneway", 2, "oneway", "")]


def test_a_node_in_two_places_is_refused(tmp_path):
    path = write(tmp_path / "a.gpkg", [line(0, 1), line(1.5, 2)], u=[1, 2], v=[2, 3])
    assert problems_of(path) == [("node-in-two-places", 1, "", "2")]
    path = write(
        tmp_path / "b.gpkg", [line(0, 1), line(1.000005, 2)], u=[1, 2], v=[2, 3]
    )  # half a metre is rounding
    assert len(read_roads(path).table) == 2


def test_a_missing_node_is_refused_with_its_row(tmp_path):
    path = write(tmp_path / "a.gpkg", [line(0, 1), line(1, 2)], u=["a", None], v=["b", "c"])
    assert problems_of(path) == [("missing-node", 2, "u", "")]


def test_ends_within_reach_are_one_node_and_others_are_not(tmp_path):
    nine_cm, fifteen_cm = (
        0.09 / 93.4,
        0.15 / 93.4,
    )  # a thousandth of a degree of longitude at 33 N is 93.4 m
    path = write(
        tmp_path / "a.gpkg",
        [line(0, 1), line(1 + nine_cm, 2), line(2 + fifteen_cm, 3)],
        id=["a", "b", "c"],
    )
    table = read_roads(path).table
    assert table.loc["a", "to_node"] == table.loc["b", "from_node"]
    assert table.loc["b", "to_node"] != table.loc["c", "from_node"]
    assert (table[["from_node", "to_node"]] < 0).all().all()
    wider = read_roads(path, rules=RoadRules(join_ends_m=0.2)).table
    assert wider.loc["b", "to_node"] == wider.loc["c", "from_node"]


@pytest.mark.parametrize(
    ("drawn", "said", "expected"),
    [
        ([1, 1], ["yes", "no"], "forward"),
        ([1, -1], ["no", "yes"], "backward"),
        ([1, 1], ["-1", "no"], "backward"),
        ([1, -1], ["yes", "yes"], "both"),
        ([1, 1], ["no", "no"], "both"),
    ],
)
def test_a_road_that_is_drawn_as_one_way_and_as_two_way_is_one_way(tmp_path, drawn, said, expected):
    lines = [line(0, 1) if way > 0 else line(0, 1).reverse() for way in drawn]
    for order in ([0, 1], [1, 0]):
        reading = read_roads(
            write(
                tmp_path / "a.gpkg", [lines[at] for at in order], oneway=[said[at] for at in order]
            )
        )
        (road,) = reading.table.itertuples()
        along = {"both": "both", "forward": 35.001, "backward": 35.0}[expected]
        ends = {
            "forward": road.geometry.coords[-1][0],
            "backward": road.geometry.coords[0][0],
            "both": "both",
        }
        assert ends[road.oneway] == along
        doubtful = "no" in said and len(set(said)) == 2
        assert (Message("note.oneway_holds", n=1) in reading.source.notes) == doubtful


def test_columns_that_differ_in_case_alone_all_count(tmp_path):
    path = write(
        tmp_path / "a.geojson",
        [line(0, 1)],
        id=["a"],
        MaxWeight=["30"],
        maxweight=["3"],
        Access=["yes"],
        access=["permissive"],
    )
    assert read_roads(path).table["max_weight_t"].tolist() == [3.0]


def test_a_line_that_joining_its_ends_has_swallowed_is_named_and_a_ring_is_not(tmp_path):
    ring = LineString([(35.01, 33), (35.011, 33), (35.011, 33.001), (35.01, 33)])
    path = write(
        tmp_path / "a.gpkg",
        [line(0, 1), line(1, 1.05), line(1.05, 2), ring],
        id=["a", "bridge", "c", "ring"],
    )
    assert read_roads(path).source.notes == ()
    # the bridge is 4.7 m long
    source = read_roads(path, rules=RoadRules(join_ends_m=5.0)).source
    assert source.notes == (Message("note.lines_swallowed", n=1),)


def test_ends_join_by_metres_near_the_pole_and_across_the_antimeridian(tmp_path):
    far_north = [
        LineString([(20, 80), (20.001, 80)]),
        LineString([(20.001004, 80), (20.002, 80)]),
    ]  # 0.08 m apart, 4e-6 degrees
    across = [LineString([(179.999, 0), (180, 0)]), LineString([(-180, 0), (-179.999, 0)])]
    for shapes in (far_north, across):
        table = read_roads(write(tmp_path / "a.gpkg", shapes, id=["a", "b"])).table
        assert table.loc["a", "to_node"] == table.loc["b", "from_node"]


def test_lines_that_only_cross_do_not_join_and_a_missing_junction_is_noted(tmp_path):
    over = LineString([(35.0005, 32.999), (35.0005, 33.001)])
    ends_on = LineString([(35.0002, 33.0), (35.0002, 33.001)])
    reading = read_roads(
        write(tmp_path / "a.gpkg", [line(0, 1), over, ends_on], id=["a", "b", "c"])
    )
    assert (
        nx.number_connected_components(
            nx.Graph(zip(reading.table["from_node"], reading.table["to_node"], strict=True))
        )
        == 3
    )
    assert reading.source.notes == (Message("note.junctions_missing", n=1),)


def test_lines_in_parts_are_split_and_parts_of_one_are_plain(tmp_path):
    shapes = [MultiLineString([line(0, 1)]), MultiLineString([line(1, 2), line(3, 4)])]
    reading = read_roads(write(tmp_path / "a.gpkg", shapes, id=["a", "b"]))
    assert reading.table.index.tolist() == ["a", "b", "b#2"]
    assert reading.source.rows == {"read": 2, "kept": 2}
    assert problems_of(write(tmp_path / "b.gpkg", shapes, u=[1, 2], v=[2, 3])) == [
        ("bad-geometry", 2, "geometry", "")
    ]


# --- refusals
# ---------------------------------------------------------------------------------------------------------


def test_every_bad_row_is_named_in_one_run(tmp_path):
    path = write(
        tmp_path / "a.geojson",
        [line(0, 1), None, Point(35, 33), LineString(), line(1, 2), line(2, 3), line(3, 4)],
        maxweight=[None, None, None, None, "heavy", None, None],
        maxspeed=[None, None, None, None, None, "fast", None],
        oneway=[None, None, None, None, None, None, "T"],
    )
    assert problems_of(path) == [
        ("bad-geometry", 2, "geometry", ""),
        ("bad-geometry", 3, "geometry", ""),
        ("bad-geometry", 4, "geometry", ""),
        ("bad-number", 5, "maxweight", "heavy"),
        ("bad-number", 6, "maxspeed", "fast"),
        ("bad-oneway", 7, "oneway", "T"),
    ]


@pytest.mark.parametrize("column", ["speed_kph", "max_weight_t", "max_height_m"])
@pytest.mark.parametrize("value", [-1.0, np.inf])
def test_numbers_that_no_road_has_are_refused(tmp_path, column, value):
    path = write(tmp_path / "a.parquet", [line(0, 1)], **{column: [value]})
    assert [problem[:2] for problem in problems_of(path)] == [("bad-number", 1)]


def test_ids_that_two_roads_share_are_refused_with_their_rows(tmp_path):
    path = write(
        tmp_path / "a.gpkg", [line(0, 1), line(1, 2), line(2, 3)], segment_id=["x", "y", "x"]
    )
    assert problems_of(path) == [("duplicate-id", 1, "id", "x"), ("duplicate-id", 3, "id", "x")]


def test_a_file_without_a_coordinate_system_or_with_the_wrong_one_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="crs"):
        path = write(tmp_path / "a.shp", [line(0, 1)], crs=None, id=["x"])
    assert problems_of(path)[0][0] == "unknown-crs"
    assert (
        problems_of(
            write(tmp_path / "b.gpkg", [LineString([(500_000, 3_700_000), (500_100, 3_700_000)])])
        )[0][0]
        == "bad-coordinates"
    )


def test_a_file_of_several_layers_of_lines_must_name_one_roads(tmp_path):
    table = gpd.GeoDataFrame({"id": ["x"]}, geometry=[line(0, 1)], crs=4326)
    table.to_file(tmp_path / "a.gpkg", layer="rivers")
    table.to_file(tmp_path / "a.gpkg", layer="rails")
    assert problems_of(tmp_path / "a.gpkg") == [("many-layers", None, "", "rivers, rails")]
    table.to_file(tmp_path / "a.gpkg", layer="roads")
    assert len(read_roads(tmp_path / "a.gpkg").table) == 1


def test_a_shapefile_without_its_table_is_refused(tmp_path):
    path = write(tmp_path / "a.shp", [line(0, 1)], highway=["primary"])
    (tmp_path / "a.dbf").unlink()
    assert problems_of(path)[0][0] == "missing-file"


def test_columns_that_play_no_part_are_noted_and_a_state_that_says_closed_is_refused(tmp_path):
    reading = read_roads(
        write(tmp_path / "a.gpkg", [line(0, 1)], highway=["primary"], weight_limit=["3.5t"])
    )
    assert Message("note.columns_unread", names=("weight_limit",)) in reading.source.notes
    assert (
        problems_of(write(tmp_path / "b.gpkg", [line(0, 1)], status=["NOT_PASSABLE"]))[0][0]
        == "status-not-read"
    )
    assert len(read_roads(write(tmp_path / "c.gpkg", [line(0, 1)], status=["PASSABLE"])).table) == 1


def test_files_that_hold_no_lines_are_refused(tmp_path):
    assert problems_of(write(tmp_path / "a.gpkg", [Point(35, 33)]))[0][0] == "no-lines"
    for name in ("b.gpkg", "b.geojson", "b.parquet", "b.shp", "b.fgb"):
        (tmp_path / name).write_text("<html>")
        assert problems_of(tmp_path / name)[0][0] == (
            "missing-file" if name == "b.shp" else "broken-file"
        )
    for part in ("b.dbf", "b.shx"):
        (tmp_path / part).write_text("<html>")
    assert problems_of(tmp_path / "b.shp")[0][0] == "broken-file"
    (tmp_path / "c.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    assert problems_of(tmp_path / "c.geojson")[0][0] in ("no-roads", "no-lines")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "d.parquet")
    assert problems_of(tmp_path / "d.parquet")[0][0] == "broken-file"


def test_a_parquet_file_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet", [line(0, 1)])

    def lacking(*_):
        raise ImportError("pyarrow")

    monkeypatch.setattr(lines_module.gpd, "read_parquet", lacking)
    with pytest.raises(InputError, match=r"pip install corridors\[parquet\]"):
        read_roads(path)


# --- the same roads from different copies
# -----------------------------------------------------------------------------


@pytest.mark.parametrize("with_nodes", [True, False])
def test_copies_in_three_coordinate_systems_give_the_same_roads(tmp_path, with_nodes):
    rng = np.random.default_rng(4)
    spots = np.round(np.column_stack([rng.uniform(35, 35.2, 40), rng.uniform(33, 33.2, 40)]), 7)
    pairs = [(a, b) for a, b in rng.integers(0, 40, (90, 2)).tolist() if a != b]
    table = gpd.GeoDataFrame(
        {"highway": "primary"},
        index=range(len(pairs)),
        geometry=[LineString(spots[list(pair)]) for pair in pairs],
        crs=4326,
    )
    if with_nodes:
        table[["u", "v"]] = pairs
    tables = []
    for crs in (4326, 32636, 3857):
        table.to_crs(crs).to_file(tmp_path / f"{crs}.gpkg")
        tables.append(read_roads(tmp_path / f"{crs}.gpkg").table)
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    table.iloc[::-1].to_file(tmp_path / "turned.gpkg")
    assert tables[0].equals(read_roads(tmp_path / "turned.gpkg").table)


@examples(12, 100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1]),
        min_size=1,
        max_size=15,
    ),
    random=st.randoms(use_true_random=False),
)
def test_ids_and_nodes_do_not_depend_on_the_order_of_rows(tmp_path, pairs, random):
    spots = [(35 + (n * 5 % 8) * 0.003, 33 + n * 0.002) for n in range(8)]
    shapes = [LineString([spots[a], spots[b]]) for a, b in pairs]
    one = read_roads(write(tmp_path / "a.fgb", shapes, highway=["primary"] * len(shapes))).table
    assert one.index.is_unique
    random.shuffle(shapes)
    assert one.equals(
        read_roads(write(tmp_path / "b.fgb", shapes, highway=["primary"] * len(shapes))).table
    )
    truth = nx.number_connected_components(nx.Graph(pairs))
    assert (
        nx.number_connected_components(nx.Graph(zip(one["from_node"], one["to_node"], strict=True)))
        == truth
    )


@examples(8, 100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([(0, 1), (1, 0), (1, 2)]),
            st.sampled_from(["primary", "track"]),
            st.sampled_from(["5", "8", ""]),
            st.sampled_from(["asphalt", ""]),
            st.sampled_from(["yes", "-1", ""]),
            st.sampled_from(["7", ""]),
        ),
        min_size=2,
        max_size=8,
    ),
    random=st.randoms(use_true_random=False),
)
def test_lines_upon_each_other_that_differ_only_in_what_they_say_do_not_depend_on_the_order_of_rows(
    tmp_path, rows, random
):
    def read(name, rows):
        pairs, *said = zip(*rows, strict=True)
        columns = dict(
            zip(
                ("highway", "maxweight", "surface", "oneway", "osmid"), map(list, said), strict=True
            )
        )
        return read_roads(write(tmp_path / name, [line(*pair) for pair in pairs], **columns)).table

    one = read("a.fgb", rows)
    random.shuffle(rows)
    pd.testing.assert_frame_equal(one, read("b.fgb", rows))


def test_a_real_city_without_attributes_is_read_whole():
    path = REAL / "douala_neatnet/douala_809.parquet"
    if not path.exists():
        pytest.skip("real data douala_neatnet is not here")
    raw = gpd.read_parquet(path)
    reading = read_roads(path, rules=UNDIVIDED)
    trucks = raw[raw["highway"] != "pedestrian"]
    assert reading.source.rows == {
        "read": len(raw),
        "kept": len(trucks),
        "not_a_truck_road": len(raw) - len(trucks),
    }
    assert set(map(frozenset, reading.table[["from_node", "to_node"]].to_numpy().tolist())) == set(
        map(frozenset, trucks[["u", "v"]].to_numpy().tolist())
    )
    assert reading.table["length_m"].sum() == pytest.approx(
        trucks.length.sum(), rel=1e-3
    )  # a UTM zone stretches by up to 0.1 %
    spots = shapely.get_coordinates(shapely.get_point(reading.table.geometry.array, 0))
    by_node = pd.DataFrame(spots).groupby(reading.table["from_node"].to_numpy())
    assert (by_node.max() - by_node.min()).to_numpy().max() < 1e-5
