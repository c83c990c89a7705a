"""Fixtures that tests of roads share."""

from __future__ import annotations

import pytest
from osm_files import write_osm

from corridors.inputs.roads.reader import read_roads


@pytest.fixture
def one_road(tmp_path):
    """The only row of a map with one road of these tags."""

    def read(rules=None, nodes=None, **tags):
        tags = {
            "highway": "primary",
            **{key.replace("__", ":"): value for key, value in tags.items()},
        }
        reading = read_roads(
            write_osm(tmp_path / "one.osm", {7: ([1, 2], tags)}, nodes), rules=rules
        )
        assert len(reading.table) == 1
        return reading.table.iloc[0], reading.source

    return read


@pytest.fixture
def left_out(tmp_path):
    """The account of a map with one good road and one of these tags."""

    def read(tags):
        ways = {1: ([8, 9], {"highway": "primary"}), 7: ([1, 2], tags)}
        return dict(read_roads(write_osm(tmp_path / "two.osm", ways)).source.rows)

    return read
