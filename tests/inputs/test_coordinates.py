"""Places as people and office programs write them: read where there is one reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_files import PLAIN_HEADER, PLAIN_ROW, find_codes, read_text
from pyproj import Geod, Transformer

from corridors.inputs.columns import CellError
from corridors.inputs.coordinates import parse_angle, parse_mgrs, parse_pair
from corridors.messages import Message

GEOD = Geod(ellps="WGS84")


# Degrees, minutes, seconds


@pytest.mark.parametrize(
    "text",
    [
        "33°15'N",
        "33° 15' N",
        "N 33° 15'",
        "n33°15′",
        '33º15´00"N',
        "33°15’00”N",
        "33°15′00.00″ N",
        "33° 15' 0,0\" N",
        "33 15 00 N",
        "33:15:00N",
        "33-15-00 N",
        "33d15m00sN",
        "33 deg 15 min N",
        "33deg15min0sec north",
        "+33°15'",
        "331500N",
        "3315N",
        "33.25",
        "33.25N",
        "33.25° N",
        "33°15.000'N",
        "\u0663\u0663°\u0661\u0665'N",
        "33°15' شمال",
        "\u06f3\u06f3\u066b\u06f2\u06f5",
    ],
)
def test_every_spelling_of_a_latitude_is_the_same_latitude(text):
    assert parse_angle("latitude", text).degrees == pytest.approx(33.25, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    ["35°30'W", "W35°30'", "-35°30'", "0353000W", "03530W", "35 30 00 west", "-35.5", "35.5° غرب"],
)
def test_every_spelling_of_a_western_longitude_is_negative(text):
    assert parse_angle("longitude", text).degrees == pytest.approx(-35.5, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "33°15'00 S",
        "33 15 00 S",
        "33°15'S",
        "33°15'00S",
        "33:15:00s",
        "33d15m00sS",
        "33d15m S",
        "331500S",
        "S 33 15",
        "33°15' جنوب",
    ],
)
def test_every_spelling_of_a_southern_latitude_is_negative(text):
    assert parse_angle("latitude", text).degrees == pytest.approx(-33.25, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "33d15m00s",
        "33°15'00s",
        "33° 15' 00s",
        "33°15'E",
        "33 15 00",
        "33 15",
        "33°60'N",
        "33°15'60\"N",
        "33.5°15'N",
        "33°15.5'20\"N",
        "95°00'N",
        "-33°15'S",
        "N33°15'N",
        "33°15'O",
        "33°15'N 35°30'E",
        "33°-15'N",
        "north",
        "°",
        "33,25",
        "1e400",
        "nan",
        "",
        "331560N",
        "33°15'N?",
    ],
)
def test_a_latitude_with_two_readings_or_none_is_refused(text):
    with pytest.raises(CellError) as error:
        parse_angle("latitude", text)
    assert error.value.code in ("bad-latitude", "decimal-comma")


@pytest.mark.parametrize(
    ("text", "spread"),
    [("33°N", 0.0), ("33°15'N", 0.5 / 60), ("33°15.0'N", 0.05 / 60), ("33°15'00\"N", 0.5 / 3600)],
)
def test_a_place_is_as_uncertain_as_half_of_its_last_unit(text, spread):
    assert parse_angle("latitude", text).spread == pytest.approx(spread)


@given(st.floats(-89.9, 89.9), st.integers(0, 4))
def test_degrees_minutes_and_seconds_are_within_the_uncertainty_they_state(latitude, decimals):
    seconds = round(abs(latitude) * 3600, decimals)
    whole, rest = divmod(seconds, 60)
    text = (
        f"{int(whole // 60)}°{int(whole % 60)}'{rest:.{decimals}f}\"{'S' if latitude < 0 else 'N'}"
    )
    if f"{rest:.{decimals}f}".startswith("60"):
        return  # rounded up to a minute, which nobody writes so
    angle = parse_angle("latitude", text)
    assert abs(angle.degrees - latitude) <= angle.spread + 1e-12


@given(st.text(max_size=15), st.sampled_from(["latitude", "longitude"]))
def test_any_text_is_an_angle_on_earth_or_unreadable(text, axis):
    try:
        angle = parse_angle(axis, text)
    except CellError as unreadable:
        assert unreadable.hint  # noqa: PT017 - either way is right
    else:
        assert abs(angle.degrees) <= (90 if axis == "latitude" else 180)


def test_accuracy_is_never_less_than_what_the_minutes_leave_open(tmp_path):
    table, source = read_text(
        tmp_path,
        f"{PLAIN_HEADER}\n{PLAIN_ROW.replace('33.25', '33°15′N').replace('35.5', '35°30′E')}\n",
    )
    # half a minute either way: 927 m north-south, 775 m east-west here
    assert table["accuracy_m"].item() == pytest.approx(1209, abs=5)
    assert (table.geometry.y.item(), table.geometry.x.item()) == pytest.approx((33.25, 35.5))
    assert Message("note.places_coarse", n=1) in source.notes
    assert (
        read_text(tmp_path, f"{PLAIN_HEADER}\n{PLAIN_ROW.replace('33.25', '33°15′00.000″N')}\n")
        .table["accuracy_m"]
        .item()
        == 100
    )


@pytest.mark.parametrize(
    "text",
    [
        "33.25, 35.5",
        "33.25,35.5",
        "33.25 35.5",
        "33°15'N 35°30'E",
        "35°30'E, 33°15'N",
        "N33°15' E35°30'",
        "33.25; 35.5",
        "33:15:00N 35:30:00E",
        "33.25 deg, 35.5 deg",
        "33.25 degrees, 35.5 degrees",
        "33 deg 15 min N, 35 deg 30 min E",
        "35 deg 30 min E, 33 deg 15 min N",
        "N 33 deg 15 min E 35 deg 30 min",
        "0353000E 331500N",
        "33 deg 15 N, 35 deg 30 E",
        "35 degrees 30 minutes E, 33 degrees 15 minutes N",
        "35d30m00secE, 33d15m00secN",
    ],
)
def test_a_place_in_one_cell_is_read(text):
    spot = parse_pair(text)
    assert (spot.lat, spot.lon) == pytest.approx((33.25, 35.5))


@pytest.mark.parametrize(
    "text", ["33.25", "35°30'E", "33 15 35 30", "95, 35", "33°15'N 34°15'N", "a, b", ""]
)
def test_a_cell_that_is_not_one_place_is_refused(text):
    with pytest.raises(CellError):
        parse_pair(text)


# The military grid


def write_mgrs(lat, lon, digits):
    """A reference of the grid by its definition, on the UTM of PROJ: the independent way.

    Not for Norway, Svalbard, the poles.
    """
    zone = min(int((lon + 180) // 6) + 1, 60)
    east, north = Transformer.from_crs(
        4326, (32600 if lat >= 0 else 32700) + zone, always_xy=True
    ).transform(lon, lat)
    columns = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")[zone % 3]
    rows = "ABCDEFGHJKLMNPQRSTUV"
    column = columns[int(east // 100_000) - 1]
    row = rows[(int(north // 100_000) + (5 if zone % 2 == 0 else 0)) % 20]
    band = "CDEFGHJKLMNPQRSTUVWXX"[int((lat + 80) // 8)]
    cut = [f"{int(value % 100_000):05d}"[:digits] for value in (east, north)]
    return f"{zone}{band}{column}{row}{cut[0]}{cut[1]}"


@given(st.floats(-79.9, 55.9), st.floats(-179.99, 179.99), st.integers(1, 5))
def test_a_reference_is_the_place_that_the_definition_gives_within_half_its_square(
    lat, lon, digits
):
    spot = parse_mgrs(write_mgrs(lat, lon, digits))
    distance_m = GEOD.inv(lon, lat, spot.lon, spot.lat)[2]
    # half of the diagonal of the square, and a metre for the point of the finest square and the
    # scale of the projection
    assert distance_m <= spot.spread_m * 1.002 + 1
    assert spot.spread_m == pytest.approx(10 ** (5 - digits) / 2**0.5)


def test_a_reference_of_one_metre_is_the_corner_by_hand():
    # 36S YC 12345 67890: zone 36, column Y is 700 km east, row C of an even zone is 1,700 km, here
    # + 2,000 km north
    lon, lat = Transformer.from_crs(32636, 4326, always_xy=True).transform(712_345, 3_767_890)
    spot = parse_mgrs("36S YC 12345 67890")
    assert GEOD.inv(lon, lat, spot.lon, spot.lat)[2] < 1


@pytest.mark.parametrize(
    "text",
    [
        "36SYC1234567890",
        "36s yc 12345 67890",
        "36S-YC-12345-67890",
        "36SYC\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660",
    ],
)
def test_every_spelling_of_a_reference_is_the_same(text):
    assert parse_mgrs(text) == parse_mgrs("36SYC1234567890")


@pytest.mark.parametrize(
    "text",
    [
        "36SYC123",
        "36SIC1234",
        "61SYC1234",
        "0SYC1234",
        "36SYZ1234",
        "BAN0000",
        "36S",
        "33.5 35.5",
        "",
        "36SYC123456789012",
        "36SAA12345678",
    ],
)
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(CellError) as error:
        parse_mgrs(text)
    assert error.value.code == "bad-mgrs"


def test_a_column_of_references_places_incidents_and_widens_them_by_their_square(tmp_path):
    table = read_text(
        tmp_path,
        "id,kind,date,mgrs\nA,fire,2026-11-22T06:00Z,36SYC1267\nB,fire,2026-11-22T06:00Z,36SYC1234567890\n",
    ).table
    assert table["accuracy_m"].tolist() == pytest.approx([707.1, 0.7], abs=0.1)
    assert find_codes(
        tmp_path, "id,kind,date,mgrs\nA,fire,2026-11-22T06:00Z,\nB,fire,2026-11-22T06:00Z,here\n"
    ) == [
        "missing-place",
        "bad-mgrs",
    ]


def test_a_place_given_in_two_forms_is_refused(tmp_path):
    assert find_codes(
        tmp_path, "id,kind,date,mgrs,lat,lon\nA,fire,2026-11-22T06:00Z,36SYC1267,33,35\n"
    ) == ["two-columns"]
