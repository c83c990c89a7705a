"""Bytes as text: read where there is one reading, refused where not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incident_files import read_text
from pandas.testing import assert_frame_equal

from corridors.errors import InputError
from corridors.inputs.rows.encodings import decode_text
from corridors.messages import Message

ARABIC = "id;kind;date;lat;lon;source\nأ;fire;2026-11-22T06:00Z;33.25;35.5;غرفة العمليات، طريق صور الناقورة\n"

FRENCH = "id;kind;date;lat;lon;source\né1;fire;2026-11-22T06:00Z;33.25;35.5;Préfecture à Tyr – contrôle\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1256"])
def test_arabic_is_read_the_same_in_every_encoding_that_can_be_recognised(tmp_path, encoding):
    assert_frame_equal(
        read_text(tmp_path, ARABIC.encode(encoding)).table, read_text(tmp_path, ARABIC).table
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "cp1256"])
def test_french_is_read_the_same_in_every_encoding_that_can_be_recognised(tmp_path, encoding):
    table, source = read_text(tmp_path, FRENCH.encode(encoding))
    assert_frame_equal(table, read_text(tmp_path, FRENCH).table)
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
