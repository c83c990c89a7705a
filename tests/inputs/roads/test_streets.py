"""Streets from rows that name their two nodes: one segment for both directions."""

from __future__ import annotations

import pytest
from line_files import line, write
from shapely import LineString

from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message


def test_the_two_directions_of_a_street_become_one_row(tmp_path):
    there = LineString([(35, 33), (35.0005, 33.0003), (35.001, 33)])
    path = write(
        tmp_path / "edges.gpkg",
        [there, there.reverse(), line(1, 2)],
        u=[1, 2, 2],
        v=[2, 1, 3],
        key=[0, 0, 0],
        osmid=[7, 7, 8],
        oneway=[False, False, True],
        maxweight=["10", "8", None],
    )
    reading = read_roads(path)
    assert reading.table["oneway"].to_dict() == {"7:1-2": "both", "8:2-3": "forward"}
    assert reading.table.loc["7:1-2", "max_weight_t"] == 8
    assert reading.source.rows == {"read": 3, "kept": 3}


def test_parallel_streets_between_the_same_nodes_stay_apart(tmp_path):
    bent = LineString([(35, 33), (35.0005, 33.0003), (35.001, 33)])
    path = write(
        tmp_path / "edges.gpkg", [line(0, 1), bent, bent], u=[1, 1, 1], v=[2, 2, 2], osmid=[7, 7, 8]
    )
    assert read_roads(path).table.index.str.split("~").str[0].tolist() == [
        "7:1-2",
        "7:1-2",
        "8:1-2",
    ]


def test_equal_lines_that_differ_in_what_they_say_stay_apart(tmp_path):
    path = write(tmp_path / "a.gpkg", [line(0, 1), line(0, 1)], layer=[0, 1], maxweight=["5", None])
    reading = read_roads(path)
    assert reading.table["layer"].tolist() == [0, 1]
    assert reading.source.rows == {"read": 2, "kept": 2}


@pytest.mark.parametrize("other", [line(0, 1), line(1, 0)])
def test_a_road_drawn_twice_keeps_the_lower_limits_on_both_drawings_and_says_so(tmp_path, other):
    path = write(
        tmp_path / "a.gpkg",
        [line(0, 1), other, line(1, 2)],
        name=["a", "b", "c"],
        maxweight=["5", None, None],
        maxheight=["4.2", "4", None],
    )
    reading = read_roads(path)
    by_name = reading.table.set_index("name")
    assert by_name["max_weight_t"].fillna(0).to_dict() == {"a": 5, "b": 5, "c": 0}
    assert by_name["max_height_m"].fillna(0).to_dict() == {"a": 4, "b": 4, "c": 0}
    assert Message("note.limits_shared", n=2) in reading.source.notes


def test_another_road_between_the_same_two_nodes_keeps_its_own_limits(tmp_path):
    bent = LineString([(35, 33), (35.0005, 33.0003), (35.001, 33)])
    path = write(tmp_path / "a.gpkg", [line(0, 1), bent], name=["a", "b"], maxweight=["5", None])
    assert read_roads(path).table.set_index("name")["max_weight_t"].fillna(0).to_dict() == {
        "a": 5,
        "b": 0,
    }


def test_a_line_that_is_there_twice_counts_as_a_duplicate(tmp_path):
    path = write(tmp_path / "a.gpkg", [line(0, 1), line(0, 1)], highway=["primary", "primary"])
    assert read_roads(path).source.rows == {"read": 2, "kept": 1, "duplicate": 1}
