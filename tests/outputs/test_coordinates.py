"""A place in each notation is read back as that place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridors.geodesy.measures import GEOD
from corridors.inputs.coordinates import parse_mgrs, parse_pair
from corridors.outputs.coordinates import write_decimal, write_dms, write_mgrs

LON, LAT = st.floats(-180, 180), st.floats(-90, 90)


@given(LON, LAT)
def test_degrees_minutes_and_seconds_are_within_half_a_tenth_of_a_second(lon, lat):
    parts = re.findall(r"(\d+)°(\d\d)\u2032(\d\d\.\d)\u2033([NSEW])", write_dms(lon, lat))
    for (degrees, minutes, seconds, letter), value in zip(parts, (lat, lon), strict=True):
        assert int(minutes) < 60
        assert float(seconds) < 60
        size = int(degrees) + int(minutes) / 60 + float(seconds) / 3600
        assert (-size if letter in "SW" else size) == pytest.approx(value, abs=0.0501 / 3600)


@given(st.floats(-179.9, 179.9), st.floats(-79.9, 83.9))
def test_a_square_of_the_military_grid_is_within_two_metres_of_its_place(lon, lat):
    read = parse_mgrs(write_mgrs(lon, lat))
    assert GEOD.inv(lon, lat, read.lon, read.lat)[2] < 2.0


@given(LON, LAT)
def test_decimal_degrees_name_the_latitude_first(lon, lat):
    written = [float(part) for part in write_decimal(lon, lat).split(",")]
    assert written == pytest.approx([lat, lon], abs=0.51e-5)


@pytest.mark.parametrize("write", [write_decimal, write_dms])
def test_our_readers_understand_what_we_write(write):
    read = parse_pair(write(35.37148, -33.55751))
    assert (read.lon, read.lat) == pytest.approx((35.37148, -33.55751), abs=3e-5)
