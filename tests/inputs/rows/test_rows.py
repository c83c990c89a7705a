"""Any small table becomes rows of text that keep their place, or is refused with row and hint."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import zipfile
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from corridors.errors import InputError
from corridors.inputs.rows import grids, read_bytes, read_rows
from corridors.inputs.rows.reading import FORMATS
from corridors.messages import Message


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def codes(error):
    return [(problem.code, problem.row) for problem in error.value.problems]


def refused(path):
    with pytest.raises(InputError) as error:
        read_rows(path)
    assert all(problem.file == path.name and problem.hint for problem in error.value.problems)
    return codes(error)


def attempt(path):
    """The rows, or the problems; anything else is raised."""
    try:
        return read_rows(path), ()
    except InputError as error:
        return None, error.problems


def workbook(folder, *rows, name="table.xlsx", sheets=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, content in sheets:
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_line_ends_and_byte_order_marks_make_no_difference(tmp_path, mark, start, end):
    text = end.join(mark.join(cells) for cells in (["id", "name"], ["A", "صور"], ["B", "b"])) + end
    rows = read_rows(write(tmp_path, "a.csv", start + text.encode()))
    assert dict(rows.columns) == {"id": ("A", "B"), "name": ("صور", "b")}
    assert rows.numbers == (2, 3)


def test_the_hash_is_of_the_bytes_that_were_read(tmp_path):
    content = b"id,name\nA,b\n"
    assert (
        read_rows(write(tmp_path, "a.csv", content)).sha256 == hashlib.sha256(content).hexdigest()
    )


def test_a_row_is_numbered_by_the_line_it_starts_on(tmp_path):
    rows = read_rows(write(tmp_path, "a.csv", 'id,note\nA,"two\nlines"\nB,x\n'))
    assert rows.numbers == (2, 4)


def test_a_delimiter_within_quotation_marks_of_the_header_does_not_count(tmp_path):
    rows = read_rows(write(tmp_path, "a.csv", 'id;"name, place"\nA;b\n'))
    assert list(rows.columns) == ["id", "name, place"]


def test_a_header_with_two_delimiters_is_refused(tmp_path):
    assert refused(write(tmp_path, "a.csv", "id;name,lat\nA;b,1\n")) == [
        ("ambiguous-delimiter", None)
    ]


def test_ragged_rows_are_each_a_problem(tmp_path):
    rows = read_rows(write(tmp_path, "a.csv", "id,lat,lon\nA,33,5,35\nB,33\nC,1,2\n"))
    assert [(problem.code, problem.row) for problem in rows.problems] == [
        ("ragged-row", 2),
        ("ragged-row", 3),
    ]
    assert rows.numbers == (4,)


def test_hxl_tags_and_empty_rows_are_skipped_and_noted(tmp_path):
    rows = read_rows(write(tmp_path, "a.csv", "id,lat\n#meta+id,#geo+lat\nA,1\n,\n\nB,2\n,\n"))
    assert rows.columns["id"] == ("A", "B")
    assert rows.numbers == (3, 6)
    assert rows.notes == (
        Message("note.rows_empty", n=2, row=4),
        Message("note.tags_ignored", row=2),
    )


def test_a_row_whose_only_text_is_a_number_sign_and_digits_is_data(tmp_path):
    assert read_rows(write(tmp_path, "a.csv", "id,name\n#1,\n")).columns["id"] == ("#1",)


def test_a_header_without_rows_is_an_empty_table(tmp_path):
    rows = read_rows(write(tmp_path, "a.csv", "id,name\n"))
    assert (rows.numbers, dict(rows.columns)) == ((), {"id": (), "name": ()})


@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"\xef\xbb\xbf", b"\0\0\0", b",,\n,,\n", "\u00a0\n".encode()]
)
def test_a_file_without_a_header_is_empty(tmp_path, content):
    assert refused(write(tmp_path, "a.csv", content)) == [("empty-file", None)]


def test_equal_column_names_are_a_problem_and_so_is_a_filled_column_without_a_name(tmp_path):
    rows = read_rows(write(tmp_path, "a.csv", "id,lat,lat,\nA,1,2,x\n"))
    assert [problem.code for problem in rows.problems] == ["two-columns", "unnamed-column"]
    assert not read_rows(write(tmp_path, "b.csv", "id,lat,\nA,1,\n")).problems


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("id,name\nA,Київ\n".encode("cp1251"), ("unsure-encoding", 2)),
        ("id,name\nA,b\n".encode("utf-16")[:-1], ("bad-encoding", None)),
        (b"id,name\nA,b\nB,\0\n", ("nul-byte", 3)),
        (b'id,name\nA,"b\nB,c\n', ("broken-csv", 2)),
        (b'id,name\nA,"b\nB,"c"\n', ("broken-csv", 2)),
    ],
)
def test_text_whose_encoding_is_not_certain_is_refused(tmp_path, content, found):
    assert refused(write(tmp_path, "a.csv", content)) == [found]


def test_a_missing_file_names_the_nearest_that_is_there(tmp_path):
    write(tmp_path, "strikes.csv", "id\nA\n")
    with pytest.raises(InputError) as error:
        read_rows(tmp_path / "strike.csv")
    assert codes(error) == [("missing-file", None)]
    assert error.value.problems[0].hint == Message("hint.use_near_file", name="strikes.csv")
    assert str(tmp_path) not in str(error.value)


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe.csv", "loop.csv", "folder.csv"):
        assert refused(tmp_path / name) == [("unreadable-file", None)]


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(tmp_path):
    path = write(tmp_path, "a.csv", "id\n" + "A\n" * 100)
    assert len(read_bytes(path, limit=203)) == 203
    with pytest.raises(InputError, match="too-large"):
        read_bytes(path, limit=202)


def test_an_unknown_kind_of_file_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(InputError) as error:
        read_rows(write(tmp_path, "a.xls", "id"))
    assert codes(error) == [("unknown-format", None)]
    assert error.value.problems[0].hint.values == {"words": tuple(FORMATS)}


# Workbooks


def test_cells_of_a_workbook_become_the_text_a_careful_person_would_type(tmp_path):
    path = workbook(
        tmp_path,
        ["id", "when", "day", "lat", "people", "on"],
        ["A", datetime(2026, 11, 23, 6, 30), datetime(2026, 11, 23), 33.5, 12.0, True],  # noqa: DTZ001 - a workbook knows no zones
    )
    book = openpyxl.load_workbook(path)
    book.active["C2"].number_format = "yyyy-mm-dd"
    book.save(path)
    rows = read_rows(path)
    assert [texts[0] for texts in rows.columns.values()] == [
        "A",
        "2026-11-23T06:30:00",
        "2026-11-23",
        "33.5",
        "12",
        "true",
    ]
    assert rows.numbers == (2,)


def test_letters_quoted_in_a_date_format_show_no_hours(tmp_path):
    path = workbook(tmp_path, ["id", "day"], ["A", datetime(2026, 11, 23)])  # noqa: DTZ001
    book = openpyxl.load_workbook(path)
    book.active["B2"].number_format = 'd"th" mmmm yyyy'
    book.save(path)
    assert read_rows(path).columns["day"] == ("2026-11-23",)


@pytest.mark.parametrize(
    "shown",
    ["[$-fr-CH]d mmmm yyyy;@", "[$-de-CH]dd/mm/yyyy", "[$-zh-CN]yyyy/m/d", "[White]dd/mm/yyyy"],
)
def test_the_language_of_a_date_format_shows_no_hours(tmp_path, shown):
    path = workbook(tmp_path, ["id", "day"], ["A", datetime(2026, 11, 23)])  # noqa: DTZ001
    book = openpyxl.load_workbook(path)
    book.active["B2"].number_format = shown
    book.save(path)
    assert read_rows(path).columns["day"] == ("2026-11-23",)


def test_midnight_with_hours_shown_is_a_time_and_no_date(tmp_path):
    path = workbook(tmp_path, ["id", "when"], ["A", datetime(2026, 11, 23)])  # noqa: DTZ001
    assert read_rows(path).columns["when"] == ("2026-11-23T00:00:00",)


def test_a_formula_that_was_never_calculated_is_a_problem(tmp_path):
    rows = read_rows(workbook(tmp_path, ["id", "lat"], ["A", "=30+3"]))
    assert [(problem.code, problem.row, problem.value) for problem in rows.problems] == [
        ("formula-without-value", 2, "=30+3")
    ]


def test_an_error_cell_is_a_problem(tmp_path):
    rows = read_rows(workbook(tmp_path, ["id", "lat"], ["A", "#REF!"]))
    assert [(problem.code, problem.row) for problem in rows.problems] == [("cell-error", 2)]


def test_the_only_filled_sheet_is_read_wherever_it_is(tmp_path):
    assert read_rows(workbook(tmp_path, sheets=[("data", [["id"], ["A"]])])).columns["id"] == ("A",)


def test_two_filled_sheets_are_refused_by_name(tmp_path):
    path = workbook(tmp_path, ["id"], ["A"], sheets=[("week 2", [["id"], ["B"]])])
    with pytest.raises(InputError) as error:
        read_rows(path)
    assert codes(error) == [("several-sheets", None)]
    assert error.value.problems[0].message.values["sheets"][1] == "week 2"


def test_short_sheet_rows_are_filled_and_long_ones_are_problems(tmp_path):
    rows = read_rows(workbook(tmp_path, ["id", "name", "note"], ["A"], ["B", "b", "c", "d"]))
    assert rows.columns["note"] == ("",)
    assert [(problem.code, problem.row) for problem in rows.problems] == [("ragged-row", 3)]


def test_rows_of_a_sheet_keep_their_numbers_across_gaps(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A5"] = "id", "A"
    book.save(tmp_path / "gap.xlsx")
    rows = read_rows(tmp_path / "gap.xlsx")
    assert (rows.numbers, rows.columns["id"]) == ((5,), ("A",))


def test_a_sheet_with_more_cells_than_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(grids, "MAX_SHEET_CELLS", 3)
    assert refused(workbook(tmp_path, ["id", "name"], ["A", "a"])) == [("too-large", None)]


def test_an_empty_workbook_is_an_empty_file(tmp_path):
    assert refused(workbook(tmp_path)) == [("empty-file", None)]


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 100_000)
    path = write(tmp_path, "bomb.xlsx", packed.getvalue())
    monkeypatch.setattr(grids, "MAX_BYTES", 99_999)
    assert path.stat().st_size < 1000
    assert refused(path) == [("too-large", None)]


def test_without_openpyxl_the_hint_is_what_to_install(tmp_path, monkeypatch):
    path = workbook(tmp_path, ["id"], ["A"])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match=r"pip install 'corridors\[excel\]'"):
        read_rows(path)


# Layers


def collection(*features, **more):
    return json.dumps({"type": "FeatureCollection", **more, "features": list(features)})


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


POINT = {"type": "Point", "coordinates": [35, 33]}


def test_features_are_numbered_from_one_and_lacking_properties_are_blank(tmp_path):
    rows = read_rows(
        write(
            tmp_path,
            "a.geojson",
            collection(feature(POINT, id="A", n=2), feature(POINT, name="b", n=None)),
        )
    )
    assert dict(rows.columns) == {"id": ("A", ""), "n": ("2", ""), "name": ("", "b")}
    assert rows.numbers == (1, 2)
    assert rows.shapes[0].equals(shapely.Point(35, 33))


def test_an_open_ring_is_closed(tmp_path):
    ring = {"type": "Polygon", "coordinates": [[[35, 33], [36, 33], [36, 34]]]}
    assert read_rows(write(tmp_path, "a.geojson", collection(feature(ring)))).shapes[0].area == 0.5


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["35", "33"]},
        {"type": "Point", "coordinates": [True, 33]},
        {"type": "Point", "coordinates": [35]},
        {"type": "Point", "coordinates": [None, 33]},
        {"type": "Point"},
        {"type": "Blob", "coordinates": [35, 33]},
        {"type": "Polygon", "coordinates": [[[35, 33], [36, 33]]]},
        {"coordinates": 5},
        "POINT (35 33)",
        7,
    ],
)
def test_a_geometry_that_cannot_be_read_is_a_problem_of_its_feature(tmp_path, geometry):
    rows = read_rows(write(tmp_path, "a.geojson", collection(feature(POINT), feature(geometry))))
    assert [(problem.code, problem.row) for problem in rows.problems] == [("bad-geometry", 2)]


def test_ids_outside_the_properties_are_not_read_and_that_is_noted(tmp_path):
    rows = read_rows(
        write(tmp_path, "a.geojson", collection({**feature(POINT, name="a"), "id": "0"}))
    )
    assert "id" not in rows.columns
    assert rows.notes == (Message("note.feature_ids_unread"),)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "7",
        '{"type": "FeatureCollection"}',
        '{"type": "Topology", "features": []}',
        collection(feature(POINT, n=1)).replace("1", "NaN"),
        collection(feature(POINT)).replace('"geometry"', '"geometry": null, "geometry"'),
        "[" * 100_000,
    ],
)
def test_what_is_no_feature_collection_is_refused(tmp_path, content):
    assert refused(write(tmp_path, "a.geojson", content)) == [("broken-geojson", None)]


def layers(folder, name, **tables):
    for layer, table in tables.items():
        table.to_file(folder / name, layer=layer)
    return folder / name


def points(*names):
    return gpd.GeoDataFrame(
        {"site": names}, geometry=[shapely.Point(35, 33)] * len(names), crs=4326
    )


def test_of_several_layers_the_one_named_like_the_table_is_read(tmp_path):
    path = layers(tmp_path, "a.gpkg", sites=points("A"), other=points("B"))
    rows = read_rows(path, layer="sites")
    assert rows.columns["site"] == ("A",)
    assert rows.notes == (Message("note.layers_unread", names=("other",)),)
    assert refused(path) == [("several-layers", None)]


def test_a_geopackage_with_unsaved_changes_next_to_it_is_refused(tmp_path):
    path = layers(tmp_path, "a.gpkg", sites=points("A"))
    write(tmp_path, "a.gpkg-wal", b"changes")
    assert refused(path) == [("unsaved-changes", None)]


def test_a_truncated_geopackage_is_refused_or_whole(tmp_path):
    path = layers(tmp_path, "a.gpkg", sites=points(*map(str, range(2000))))
    data = path.read_bytes()
    for size in range(0, len(data), len(data) // 12):
        cut = write(tmp_path, "cut.gpkg", data[:size])
        rows, problems = attempt(cut)
        assert (
            len(rows.numbers) == 2000 if rows else problems[0].code in {"broken-gpkg", "empty-file"}
        )


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
{}
</Document></kml>"""
PLACEMARK = """<Placemark id="x.1"><name>{name}</name><TimeStamp><when>2026-11</when></TimeStamp>
<ExtendedData><Data name="role"><value>depot</value></Data></ExtendedData>
<Point><coordinates>35.5,33.5,12</coordinates></Point></Placemark>"""


def test_every_folder_of_a_kml_file_is_read_and_counted_through(tmp_path):
    folders = "".join(
        f"<Folder><name>{name}</name>{PLACEMARK.format(name=name)}</Folder>" for name in ("A", "B")
    )
    rows = read_rows(write(tmp_path, "a.kml", KML.format(folders)))
    assert rows.columns["Name"] == ("A", "B")
    assert rows.columns["role"] == ("depot", "depot")
    assert rows.numbers == (1, 2)
    assert rows.shapes[1].wkt == "POINT (35.5 33.5)"
    assert rows.notes[0] == Message("note.kml_times_unread")


@pytest.mark.parametrize(
    "content",
    [
        "<gpx></gpx>",
        '<!DOCTYPE kml [<!ENTITY a "b">]><kml></kml>',
        "<kml>",
        "no xml",
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
        '<kml><OGRVRTDataSource><OGRVRTLayer name="a"/></OGRVRTDataSource></kml>',
    ],
)
def test_what_is_no_kml_never_reaches_the_library(tmp_path, content):
    assert refused(write(tmp_path, "a.kml", content)) == [("broken-kml", None)]


# Anything at all


@examples(50, 600)
@given(
    st.sampled_from(sorted(FORMATS)),
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
def test_hostile_bytes_give_rows_or_an_input_error(tmp_path_factory, suffix, content):
    path = write(tmp_path_factory.mktemp("hostile"), f"a{suffix}", content)
    rows, problems = attempt(path)
    assert all(problem.file == path.name for problem in problems)
    assert problems or all(len(texts) == len(rows.numbers) for texts in rows.columns.values())


@examples(40, 400)
@given(st.data())
def test_a_damaged_file_gives_rows_or_an_input_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    name = data.draw(st.sampled_from(["a.xlsx", "a.gpkg", "a.kml", "a.geojson"]))
    whole = bytearray(_sample(folder, name))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, 1_000_000))
        whole[at % len(whole)] = data.draw(st.integers(0, 255))
    rows, problems = attempt(write(folder, f"damaged-{name}", bytes(whole)))
    assert bool(rows) != bool(problems)


def _sample(folder, name):
    if name == "a.xlsx":
        return workbook(folder, ["id", "lat"], ["A", 33.5]).read_bytes()
    if name == "a.gpkg":
        return layers(folder, name, sites=points("A", "B")).read_bytes()
    return (
        KML.format(PLACEMARK.format(name="A"))
        if name == "a.kml"
        else collection(feature(POINT, id="A"))
    ).encode()


@examples(20, 240)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8),
            min_size=2,
            max_size=2,
        ),
        max_size=8,
    )
)
def test_every_row_of_a_text_file_is_read_or_a_problem(tmp_path_factory, table):
    quoted = [
        "a,b",
        *(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table),
    ]
    rows = read_rows(write(tmp_path_factory.mktemp("rows"), "a.csv", "\n".join(quoted)))
    tags = sum(note.code == "note.tags_ignored" for note in rows.notes)
    assert len(rows.numbers) + tags == len(table)
    assert all(late > early for early, late in pairwise(rows.numbers))


def test_reading_leaves_nothing_behind(tmp_path):
    path = layers(tmp_path, "a.gpkg", sites=points("A"))
    before = sorted(Path(tmp_path).iterdir())
    read_rows(path)
    assert sorted(Path(tmp_path).iterdir()) == before
