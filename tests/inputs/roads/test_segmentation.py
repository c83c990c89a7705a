"""Segments measured, divided and named."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from osm_files import UNDIVIDED, write_osm
from real_files import real

from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message
from corridors.rules import RoadRules


def test_a_long_segment_is_divided_into_equal_parts_with_ids_in_line_order(tmp_path):
    ways = {7: ([0, 30], {"highway": "primary", "oneway": "-1", "maxweight": "12"})}
    table = read_roads(write_osm(tmp_path / "a.osm", ways)).table
    whole = Geodesic.WGS84.Inverse(33, 35, 33, 35.03)["s12"]  # 2804 m: three parts
    assert table.index.tolist() == ["7:0-30/1", "7:0-30/2", "7:0-30/3"]
    assert table["length_m"].to_numpy() == pytest.approx([whole / 3] * 3, rel=1e-6)
    assert table["from_node"].iloc[0] == 0
    assert table["to_node"].iloc[-1] == 30
    assert table["to_node"].iloc[:-1].tolist() == table["from_node"].iloc[1:].tolist()
    assert (table["from_node"].iloc[1:] < 0).all()
    assert [line.coords[0][0] for line in table.geometry] == pytest.approx([35, 35.01, 35.02])
    assert set(table["oneway"]) == {"backward"}
    assert set(table["max_weight_t"]) == {12.0}


def test_made_nodes_are_the_same_when_the_rest_of_the_map_changes(tmp_path):
    ways = {7: ([0, 30], {"highway": "primary"})}
    alone = read_roads(write_osm(tmp_path / "a.osm", ways)).table
    more = read_roads(
        write_osm(tmp_path / "b.osm", {**ways, 8: ([30, 70], {"highway": "primary"})})
    ).table
    assert alone["to_node"].to_dict().items() <= more["to_node"].to_dict().items()


def test_the_limit_of_a_segment_without_length_holds_for_what_leads_to_it(tmp_path):
    ways = {n: ([n, n + 1], {"highway": "primary"}) for n in (1, 2, 3, 4)}
    ways[3][1].update(maxweight="3.5", maxheight="2")
    table = read_roads(write_osm(tmp_path / "a.osm", ways, places={4: (35.003, 33.0)})).table
    assert table.index.tolist() == ["1:1-2", "2:2-3", "4:4-5"]
    assert table["max_weight_t"].fillna(99).tolist() == [99, 3.5, 3.5]
    assert table["max_height_m"].fillna(99).tolist() == [99, 2, 2]


def test_a_segment_across_the_antimeridian_is_divided_across_it(tmp_path):
    places = {1: (179.99, -17.0), 2: (-179.99, -17.0)}
    table = read_roads(
        write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})}, places=places)
    ).table
    whole = Geodesic.WGS84.Inverse(-17, 179.99, -17, -179.99)["s12"]
    assert len(table) == 3
    assert table["length_m"].sum() == pytest.approx(whole, rel=1e-9)
    assert table.geometry.bounds.abs().max().max() <= 180
    starts = [line.coords[0][0] for line in table.geometry]
    assert starts == pytest.approx([179.99, 180 - 0.02 / 6, -180 + 0.02 / 6], abs=1e-6)


def test_two_nodes_in_one_place_stay_joined_though_the_segment_between_has_no_length(tmp_path):
    ways = {
        7: ([1, 2], {"highway": "primary"}),
        8: ([2, 3], {"highway": "primary"}),
        9: ([3, 4], {"highway": "primary"}),
    }
    reading = read_roads(write_osm(tmp_path / "a.osm", ways, places={3: (35.002, 33.0)}))
    assert reading.table.index.tolist() == ["7:1-2", "9:3-4"]
    assert reading.table.loc["7:1-2", "to_node"] == reading.table.loc["9:3-4", "from_node"]
    assert reading.source.notes == (Message("note.no_length", n=1),)


def test_dividing_keeps_the_length_and_the_network_of_a_real_city():
    whole = read_roads(real("quackosm_monaco/monaco.osm.pbf"), rules=UNDIVIDED).table
    parts = read_roads(
        real("quackosm_monaco/monaco.osm.pbf"), rules=RoadRules(max_piece_m=100)
    ).table
    assert parts["length_m"].max() <= 100
    assert parts["length_m"].sum() == pytest.approx(whole["length_m"].sum(), rel=1e-6)
    assert parts.index.is_unique
    of = parts.index.str.split("/").str[0]
    assert parts["length_m"].groupby(of).sum().to_numpy() == pytest.approx(
        whole["length_m"].to_numpy(), rel=1e-5
    )
    ends = np.concatenate([whole["from_node"], whole["to_node"]])
    made = np.setdiff1d(np.concatenate([parts["from_node"], parts["to_node"]]), ends)
    assert (made < 0).all()
    assert (Counter(np.concatenate([parts["from_node"], parts["to_node"]]).tolist())[made[0]]) == 2
    together = shapely.line_merge(shapely.union_all(parts.geometry[of == of[0]].to_numpy()))
    assert shapely.hausdorff_distance(together, whole.geometry[of[0]]) < 1e-8
