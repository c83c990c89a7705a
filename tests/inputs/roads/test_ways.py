"""Ways cut into segments from junction to junction."""

from __future__ import annotations

from osm_files import write_osm

from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message


def test_a_road_is_cut_where_another_meets_it(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"}), 8: ([2, 5], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways)).table
    assert table.index.tolist() == ["7:1-2", "7:2-3", "8:2-5"]
    assert table[["from_node", "to_node"]].to_numpy().tolist() == [[1, 2], [2, 3], [2, 5]]


def test_a_footpath_does_not_cut_a_road(tmp_path):
    ways = {7: ([1, 2, 3], {"highway": "primary"}), 8: ([2, 5], {"highway": "footway"})}
    assert read_roads(write_osm(tmp_path / "a.osm", ways)).table.index.tolist() == ["7:1-3"]


def test_a_loop_stays_whole_and_a_road_through_itself_is_cut_there(tmp_path):
    places = {1: (35, 33), 2: (35.001, 33), 3: (35.001, 33.001), 4: (35, 33.001), 5: (34.999, 33)}
    ways = {7: ([1, 2, 3, 4, 1], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways, places=places)).table
    assert table[["from_node", "to_node"]].to_numpy().tolist() == [[1, 1]]
    ways = {7: ([5, 1, 2, 3, 4, 1], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "b.osm", ways, places=places)).table
    assert table.index.tolist() == ["7:1-1", "7:5-1"]


def test_two_segments_of_one_way_between_the_same_nodes_get_ids_of_their_own(tmp_path):
    places = {1: (35, 33), 2: (35.001, 33), 3: (35.0005, 33.001)}
    ways = {7: ([1, 2, 3, 1, 2], {"highway": "service"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways, places=places)).table
    assert table.index.tolist() == ["7:1-2", "7:1-2~2", "7:2-1"]


def test_a_node_said_twice_in_a_row_is_one_node(tmp_path):
    table = read_roads(
        write_osm(tmp_path / "a.osm", {7: ([1, 2, 2, 3], {"highway": "primary"})})
    ).table
    assert table.index.tolist() == ["7:1-3"]


def test_a_road_is_cut_at_a_missing_node_and_never_drawn_across(tmp_path):
    ways = {7: ([1, 2, 3, 4, 5], {"highway": "primary"}), 8: ([3, 6], {"highway": "primary"})}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, places={3: (None, None)}))
    assert reading.table.index.tolist() == ["7:1-2", "7:4-5"]
    assert reading.source.rows == {"read": 2, "kept": 1, "incomplete": 1}
    assert reading.source.notes == (Message("note.nodes_lacking", n=2),)


def test_two_places_of_a_way_on_both_sides_of_a_missing_node_do_not_join(tmp_path):
    ways = {7: ([1, 2, 1], {"highway": "primary"}), 8: ([5, 6], {"highway": "primary"})}
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, places={2: (None, None)}))
    assert reading.table.index.tolist() == ["8:5-6"]


def test_nodes_may_come_after_the_ways_and_may_have_negative_ids(tmp_path):
    good = write_osm(
        tmp_path / "good.osm",
        {-7: ([-1, -2, 3], {"highway": "primary"}), 8: ([-2, 4], {"highway": "primary"})},
    ).read_text()
    nodes, ways = good.index("<node"), good.index("<way")
    (tmp_path / "turned.osm").write_text(
        good[:nodes] + good[ways:].replace("</osm>", good[nodes:ways] + "</osm>")
    )
    assert read_roads(tmp_path / "good.osm").table.equals(read_roads(tmp_path / "turned.osm").table)
    assert read_roads(tmp_path / "good.osm").table.index.tolist() == [
        "-7:-1--2",
        "-7:-2-3",
        "8:-2-4",
    ]


def test_objects_marked_as_deleted_are_left_out(tmp_path):
    ways = {
        7: ([1, 2], {"highway": "primary"}),
        8: ([2, 3], {"highway": "primary"}),
        9: ([3, 4], {"highway": "primary"}),
    }
    text = write_osm(tmp_path / "a.osm", ways).read_text()
    text = text.replace('<way id="7">', '<way id="7" visible="false">').replace(
        '<way id="8">', '<way action="delete" visible="true" id="8">'
    )
    (tmp_path / "b.osm").write_text(text)
    reading = read_roads(tmp_path / "b.osm")
    assert reading.table.index.tolist() == ["9:3-4"]
    assert reading.source.rows == {"read": 3, "kept": 1, "deleted": 2}
