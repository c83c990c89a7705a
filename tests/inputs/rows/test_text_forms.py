"""Places, numbers and letters as people and programs write them: read if they have one reading."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyproj import Geod, Transformer

import corridors as co
from corridors.errors import InputError
from corridors.inputs.columns import CellError
from corridors.inputs.coordinates import parse_angle, parse_mgrs, parse_pair
from corridors.inputs.precision import parse_accuracy
from corridors.inputs.rows.encodings import decode_text
from corridors.messages import Message
from corridors.rules import PrecisionRules

GEOD = Geod(ellps="WGS84")
HEADER = "id,kind,date,lat,lon,accuracy_m,name"
ROW = "A,shelling,2026-11-22T06:00Z,33.25,35.5,100,x"


def read(folder, text, name="strikes.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return co.read_incidents(path)


def code_of(folder, text):
    with pytest.raises(InputError) as error:
        read(folder, text)
    return [problem.code for problem in error.value.problems]


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
    table, source = read(
        tmp_path, f"{HEADER}\n{ROW.replace('33.25', '33°15′N').replace('35.5', '35°30′E')}\n"
    )
    # half a minute either way: 927 m north-south, 775 m east-west here
    assert table["accuracy_m"].item() == pytest.approx(1209, abs=5)
    assert (table.geometry.y.item(), table.geometry.x.item()) == pytest.approx((33.25, 35.5))
    assert Message("note.places_coarse", n=1) in source.notes
    assert (
        read(tmp_path, f"{HEADER}\n{ROW.replace('33.25', '33°15′00.000″N')}\n")
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
    table = read(
        tmp_path,
        "id,kind,date,mgrs\nA,fire,2026-11-22T06:00Z,36SYC1267\nB,fire,2026-11-22T06:00Z,36SYC1234567890\n",
    ).table
    assert table["accuracy_m"].tolist() == pytest.approx([707.1, 0.7], abs=0.1)
    assert code_of(
        tmp_path, "id,kind,date,mgrs\nA,fire,2026-11-22T06:00Z,\nB,fire,2026-11-22T06:00Z,here\n"
    ) == [
        "missing-place",
        "bad-mgrs",
    ]


def test_a_place_given_in_two_forms_is_refused(tmp_path):
    assert code_of(
        tmp_path, "id,kind,date,mgrs,lat,lon\nA,fire,2026-11-22T06:00Z,36SYC1267,33,35\n"
    ) == ["two-columns"]


# Numbers


def test_decimal_commas_between_semicolons_give_the_same_table(tmp_path):
    plain = read(tmp_path, f"{HEADER}\n{ROW.replace('100', '12.5')}\n").table
    table, source = read(
        tmp_path,
        f"{HEADER}\n{ROW.replace('100', '12#5')}\n".replace(",", ";")
        .replace("#", ",")
        .replace("33.25", "33,25"),
    )
    assert_frame_equal(table, plain)
    assert Message("note.decimal_commas", column="lat") in source.notes


@pytest.mark.parametrize(
    ("lat", "accuracy", "codes"),
    [
        ("33,25", "1,500", ["decimal-comma"]),  # 1.5 m or 1,500 m
        (
            "33,25",
            "1.500",
            ["decimal-comma"],
        ),  # the same, in a file that writes decimals with a comma
        ("33,25", "1.500 m", ["decimal-comma"]),
        ("33,25", "about 1.500m", ["decimal-comma"]),
        ("33.25", "1,500", ["decimal-comma"]),
        ("33,25", "1.500,5", ["unknown-precision"]),
        ("33,25,1", "1", ["bad-latitude"]),
    ],
)
def test_a_mark_with_two_readings_is_refused(tmp_path, lat, accuracy, codes):
    row = ROW.replace(",", ";").replace("33.25", lat).replace(";100;", f";{accuracy};")
    assert code_of(tmp_path, f"{HEADER.replace(',', ';')}\n{row}\n") == codes


def test_a_decimal_comma_among_commas_is_refused(tmp_path):
    assert code_of(
        tmp_path, f"{HEADER}\n{ROW.replace('33.25', chr(34) + '33,25' + chr(34))}\n"
    ) == ["decimal-comma"]


# Precision in words


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("250", 250),
        ("25 km", 25_000),
        ("25km", 25_000),
        ("about 2.5 km", 2_500),
        ("± 300 m", 300),
        ("500 metres", 500),
        ("street level", 100),
        ("Street-Level", 100),
        ("Approximate (town level)", 2_000),
        ("Bad (somewhere in a province)", 150_000),
        ("\u0662\u0665 km", 25_000),
    ],
)
def test_words_and_lengths_become_metres(text, metres):
    assert parse_accuracy(PrecisionRules(), text) == metres


@pytest.mark.parametrize(
    "text", ["25 miles", "roughly", "km", "-5", "1,500", "1,5 km", "NaN", "1e999"]
)
def test_what_says_no_length_is_refused(text):
    with pytest.raises(CellError):
        parse_accuracy(PrecisionRules(), text)


def test_a_bare_number_under_precision_may_be_a_code_and_is_refused(tmp_path):
    header = HEADER.replace("accuracy_m", "precision")
    assert code_of(tmp_path, f"{header}\n{ROW}\n") == ["unknown-precision"]
    assert (
        read(tmp_path, f"{header}\n{ROW.replace('100', 'town level')}\n").table["accuracy_m"].item()
        == 2000
    )


def test_a_mission_may_tune_the_metres_and_add_words():
    rules = co.Rules.from_tables(
        {"precision": {"words_m": {"town_level": 3000, "valley": 4000}, "acled_m": {"1": 1500}}}
    )
    assert parse_accuracy(rules.precision, "Town level") == 3000
    assert parse_accuracy(rules.precision, "valley") == 4000
    assert rules.precision.acled_m == {"1": 1500.0, "2": 10_000.0, "3": 50_000.0}


# Encodings

ARABIC = "id;kind;date;lat;lon;source\nأ;fire;2026-11-22T06:00Z;33.25;35.5;غرفة العمليات، طريق صور الناقورة\n"
FRENCH = "id;kind;date;lat;lon;source\né1;fire;2026-11-22T06:00Z;33.25;35.5;Préfecture à Tyr – contrôle\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1256"])
def test_arabic_is_read_the_same_in_every_encoding_that_can_be_recognised(tmp_path, encoding):
    assert_frame_equal(read(tmp_path, ARABIC.encode(encoding)).table, read(tmp_path, ARABIC).table)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "cp1256"])
def test_french_is_read_the_same_in_every_encoding_that_can_be_recognised(tmp_path, encoding):
    table, source = read(tmp_path, FRENCH.encode(encoding))
    assert_frame_equal(table, read(tmp_path, FRENCH).table)
    assert (Message("note.windows_1252") in source.notes) == encoding.startswith("cp")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Київ, міст через Дніпро", "cp1251"),
        ("ДНЕПР МОСТ", "cp1251"),
        ("ДНЕПР МОСТ", "koi8-r"),
        ("Αθήνα δρόμος", "cp1253"),
        ("Ağır yol şehir", "cp1254"),
        ("Most przez Wisłę, łódź", "cp1250"),
        ("غرفة العمليات طريق", "iso8859-6"),
        ("טירה דרך ראשית", "cp1255"),
        ("橋 道路 東京", "shift_jis"),
        ("طريق صور Київ", "utf-8"),
    ],
)
def test_letters_with_more_than_one_reading_are_refused(text, encoding):
    data = f"name\n{text}\n".encode(encoding)
    if encoding == "utf-8":
        data = data.replace(b"\xd9", b"\xd9\xd9", 1)  # damaged
    with pytest.raises(InputError, match="unsure-encoding"):
        decode_text("a.csv", data)


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_refused(data):
    try:
        text, _ = decode_text("a.csv", data)
    except InputError as error:
        assert error.problems[0].code in ("unsure-encoding", "bad-encoding", "nul-byte")  # noqa: PT017 - either way is right
    else:
        assert "\0" not in text


# HXL

TAGGED = "event,when,Breite,Laenge,what\n#event+id,#date+occurred,#geo+lat,#geo+lon,#event+type\nA,2026-11-22T06:00Z,33.25,35.5,shelling\n"


def test_tags_name_the_columns_whose_headers_do_not(tmp_path):
    table, source = read(tmp_path, TAGGED)
    wanted = read(
        tmp_path, "incident_id,kind,occurred_at,lat,lon\nA,shelling,2026-11-22T06:00Z,33.25,35.5\n"
    ).table
    assert_frame_equal(table, wanted)
    assert Message("note.tags_ignored", row=2) in source.notes


def test_tags_alone_serve_as_the_row_of_names(tmp_path):
    assert_frame_equal(read(tmp_path, TAGGED.split("\n", 1)[1]).table, read(tmp_path, TAGGED).table)


def test_a_tag_that_contradicts_its_header_is_refused(tmp_path):
    text = "id,kind,date,lat,lon\n,,,#geo+lon,#geo+lat\nA,fire,2026-11-22T06:00Z,33.25,35.5\n"
    assert set(code_of(tmp_path, text)) == {"two-columns"}


def test_two_columns_of_one_tag_are_refused(tmp_path):
    text = (
        TAGGED.replace(",what\n", ",what,also\n")
        .replace("#event+type\n", "#event+type,#geo+lat+rounded\n")
        .replace("shelling\n", "shelling,33\n")
    )
    assert code_of(tmp_path, text)[0] == "two-columns"


def test_a_workbook_with_tags_gives_the_same_table(tmp_path):
    rows = [line.split(",") for line in TAGGED.strip().split("\n")]
    pd.DataFrame(rows[1:], columns=rows[0]).to_excel(tmp_path / "strikes.xlsx", index=False)
    assert_frame_equal(
        co.read_incidents(tmp_path / "strikes.xlsx").table, read(tmp_path, TAGGED).table
    )
