"""The annex says what the release says, no more; Word and PDF say the same."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import docx
import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from disclosed import find_places, find_words, make_random
from docx.oxml.ns import qn
from effort import counts
from geographiclib.geodesic import Geodesic
from lxml import etree
from programs import need
from town import AS_OF, spot
from zoned_town import MIDDLE, make_plan, make_release

import corridors as co
from corridors.cli import cli
from corridors.locales import LANGUAGES, read_locale
from corridors.outputs.coordinates import write_decimal, write_dms, write_mgrs
from corridors.outputs.documents.annex import MAX_VERTICES, build_annex, restrict_to_parties
from corridors.outputs.documents.blocks import Heading, Paragraph, Table
from corridors.outputs.documents.docx import render_docx
from corridors.outputs.documents.pdf import render_pdf
from corridors.situation import Producer


def list_numbered(annex, start="", lang=0):
    """The sentences of an annex whose number begins so."""
    return {
        block.number: block.texts[lang]
        for block in annex.blocks
        if isinstance(block, Heading | Paragraph)
        and block.number
        and block.number.startswith(start)
    }


def sentences(release, **options):
    return list(list_numbered(build_annex(release, **options)).values())


def tables(annex, head):
    return [
        block
        for block in annex.blocks
        if isinstance(block, Table) and any(head in texts for texts in block.columns)
    ]


@pytest.fixture(scope="module")
def demo():
    folder = co.demo_folder()
    return co.plan_corridors(
        co.read_situation(folder, as_of="2026-11-23T06:00:00Z"), rules=co.read_rules(folder)
    )


@pytest.fixture(scope="module")
def parties(demo):
    return co.disclose(co.build_release(demo), "parties")


# What an article says of a corridor


def test_way_points_say_where_it_begins_turns_enters_leaves_and_ends():
    annex = build_annex(make_release(("Z", MIDDLE, {"name": "Middle"})))
    rows = [[cell[0] for cell in row] for row in tables(annex, "What")[0].rows]
    assert [row[1] for row in rows] == [
        "begins, along South Street",
        "enters Middle (Z)",
        "leaves Middle (Z)",
        "goes on along East Street",
        "ends",
    ]
    assert [row[2] for row in rows] == [
        write_decimal(*xy) for xy in (spot(1), (35.01, 33.0), (35.03, 33.0), spot(3), spot(9))
    ]
    assert [row[3] for row in rows] == [
        write_mgrs(*xy) for xy in (spot(1), (35.01, 33.0), (35.03, 33.0), spot(3), spot(9))
    ]


# What a zone's article says


def test_area_and_border_are_those_of_the_ellipsoid():
    polygon = Geodesic.WGS84.Polygon()
    for lon, lat in MIDDLE.exterior.coords[:-1]:
        polygon.AddPoint(lat, lon)
    _, perimeter_m, area_m2 = polygon.Compute()
    told = next(
        text for text in sentences(make_release(("Z", MIDDLE, {}))) if text.startswith("Area:")
    )
    area, perimeter = map(
        float,
        re.fullmatch(r"Area: ([\d.]+) km². Length of the border: ([\d.]+) km.", told).groups(),
    )
    assert area == pytest.approx(abs(area_m2) / 1e6, abs=0.0006)
    assert perimeter == pytest.approx(perimeter_m / 1000, abs=0.0006)


def test_vertices_are_those_of_the_release_in_its_order_in_three_notations():
    release = make_release(("Z", MIDDLE, {}))
    rows = tables(build_annex(release), "Degrees, minutes, seconds")[0].rows
    corners = list(release.table("zones").geometry["Z"].exterior.coords)[:-1]
    assert [tuple(cell[0] for cell in row) for row in rows] == [
        (str(number), write_decimal(*xy), write_dms(*xy), write_mgrs(*xy))
        for number, xy in enumerate(corners, start=1)
    ]


def test_holes_and_parts_are_rings_of_their_own_and_said_to_be():
    hole = shapely.box(35.015, 32.995, 35.02, 33.0)
    shape = shapely.MultiPolygon([MIDDLE.difference(hole), shapely.box(35.1, 33.1, 35.11, 33.11)])
    annex = build_annex(make_release(("Z", shape, {})))
    told = list(list_numbered(annex).values())
    assert "Ring A is the border of part 1." in told
    assert (
        "Ring B is the border of an excluded part in part 1;"
        " the area inside it is not part of the zone." in told
    )
    assert "Ring C is the border of part 2." in told
    numbers = [row[0][0] for row in tables(annex, "Degrees, minutes, seconds")[0].rows]
    assert numbers == [f"{ring}{number}" for ring in "ABC" for number in range(1, 5)]


def test_a_border_too_long_to_list_is_said_to_be_and_where_it_stands():
    round_ = shapely.Point(35.02, 33.02).buffer(0.01, quad_segs=MAX_VERTICES // 4 + 1)
    annex = build_annex(make_release(("Z", round_, {})))
    count = len(round_.exterior.coords) - 1
    assert any(
        text.startswith(f"The border has {count} vertices, too many to list here")
        for text in list_numbered(annex).values()
    )
    assert not tables(annex, "Degrees, minutes, seconds")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, "In force: no time is stated."),
        (
            {"valid_from": "2026-11-01T00:00Z"},
            "In force: from 2026-11-01 00:00 UTC until further notice.",
        ),
        ({"valid_to": "2026-12-01T00:00Z"}, "In force: until 2026-12-01 00:00 UTC."),
        (
            {"valid_from": "2026-11-01T00:00Z", "valid_to": "2026-12-01T00:00Z"},
            "In force: from 2026-11-01 00:00 UTC until 2026-12-01 00:00 UTC.",
        ),
    ],
)
def test_when_a_zone_is_in_force_is_said(told, sentence):
    said = sentences(make_release(("Z", MIDDLE, told)))
    assert sentence in said
    assert not any("NOT in force" in text for text in said)


@pytest.mark.parametrize(
    "told", [{"valid_from": "2026-11-24T00:00Z"}, {"valid_to": "2026-11-23T05:59Z"}]
)
def test_a_zone_that_is_not_in_force_is_said_not_to_be(told):
    assert "It is NOT in force at the moment stated in 1.1." in sentences(
        make_release(("Z", MIDDLE, told))
    )


def test_a_zone_that_ends_at_the_moment_planned_for_still_closes_roads_and_is_not_said_to_be_out_of_force():
    release = make_release(("Z", MIDDLE, {"kind": "no_go", "valid_to": "2026-11-23T06:00Z"}))
    assert "Z" in set(release.layers["closures"]["cause_id"])
    assert not any("NOT in force" in said for said in sentences(release))


def test_what_is_not_known_is_left_to_fill_in_and_what_is_withheld_is_not_spoken_of():
    house = sentences(make_release(("Z", MIDDLE, {})))
    assert house.count("Supervised by: ____________________.") == 2, (
        "of the zone and of the corridor"
    )
    assert "Windows of movement (date, from, until, time zone): ____________________." in house
    public = sentences(make_release(("Z", MIDDLE, {"supervisor": "Team 7"}), audience="public"))
    assert not any("Team 7" in text for text in public)
    assert "Supervised by: Team 7." in sentences(
        make_release(("Z", MIDDLE, {"supervisor": "Team 7"}), audience="parties")
    )


def test_a_plan_without_zones_or_corridors_says_so():
    said = sentences(make_release())
    assert "No zone is declared." in said
    barred = sentences(make_release(("Z", MIDDLE, {"kind": "no_go"})))
    assert "No corridor is proposed." in barred
    assert any(text.startswith("No proposed corridor reaches Clinic. ") for text in barred)


# What is said of it as a whole


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("status", ["draft", "proposed", "notified"])
def test_every_status_carries_the_stance_and_nothing_is_called_approved_or_safe(
    parties, lang, status
):
    annex = build_annex(parties, languages=(lang,), status=status)
    words = read_locale(lang)
    first = list_numbered(annex, "1.")
    assert first["1.3"].replace("\u200e", "") == words["annex.stance"]
    assert words[f"annex.{status}"] in annex.marking[0]
    text = "\n".join(annex.list_texts(0)).lower()
    for claim in (
        "is safe",
        "approved",
        "approuvé",
        "est sûr",
        "safe corridor",
        "ممر آمن",
        "موافق عليه",
    ):
        assert claim not in text


def test_notified_leaves_to_whom_and_when_to_be_filled_in():
    assert (
        list_numbered(build_annex(make_release(), status="notified"), "1.2")["1.2"].count(
            "____________________"
        )
        == 3
    )


def test_the_rules_in_force_are_told_kind_by_kind_with_units():
    rules = co.Rules.from_tables(
        {
            "incidents": {"by_kind": {"shelling": {"radius_m": 1500.0, "look_back_days": 21.0}}},
            "zones": {"close": []},
        }
    )
    annex = build_annex(make_release(rules=rules, audience="parties"))
    rows = {row[0][0]: (row[1][0], row[2][0]) for row in tables(annex, "Radius (m)")[0].rows}
    assert rows["shelling"] == ("1500", "21")
    assert rows["air strike"] == ("1000", "14")
    assert "No zone closes a road." in list_numbered(annex).values()
    assert not tables(build_annex(make_release(rules=rules, audience="public")), "Radius (m)"), (
        "the public is not told the rules"
    )


def test_acknowledgements_and_who_prepared_it_are_told():
    said = co.Acknowledgement("no-active-incident", "a quiet month", "R. Haddad")
    release = make_release(
        ("Z", MIDDLE, {}),
        producer=Producer("Access cell", "cell@example.org"),
        acknowledgements=(said,),
    )
    told = sentences(release)
    assert any(
        "no incident was active" in text and "a quiet month; R. Haddad" in text for text in told
    )
    assert "Prepared by: Access cell, cell@example.org." in told
    assert f"Plan: {release.plan_hash}." in [
        re.sub(r"(?<=[0-9a-f]) (?=[0-9a-f])", "", text) for text in told
    ]


def test_invented_incidents_are_declared_above_everything(demo, parties):
    for release in (co.build_release(demo), parties):
        warning = "DEMONSTRATION: some of the content of this annex is fictitious."
        annex = build_annex(release)
        assert annex.blocks[1].texts == (warning,)
        assert annex.marking[0].endswith(warning)
    assert not any("DEMONSTRATION" in text for text in build_annex(make_release()).list_texts())


def test_coarse_figures_of_parties_are_said_to_be_rounded():
    assert (
        "Lengths of corridors are rounded up to whole steps of 5 km, and driving times to whole steps of 60 minutes."
        in sentences(make_release(audience="parties"))
    )
    assert not any("rounded" in text for text in sentences(make_release()))


def test_two_languages_have_one_numbering_and_the_same_figures(parties):
    annex = build_annex(parties, languages=("ar", "en"))
    assert annex.languages == ("en", "ar"), "Arabic stands on the right"
    english, arabic = (
        "\n".join(annex.list_texts(position)).replace("\u200e", "") for position in (0, 1)
    )
    assert sorted(re.findall(r"\d+\.\d{5}", english)) == sorted(re.findall(r"\d+\.\d{5}", arabic))
    alone = build_annex(parties, languages=("en",))
    assert list_numbered(alone, "4.1") == list_numbered(annex, "4.1")


@pytest.mark.parametrize("languages", [(), ("en", "en"), ("en", "ar", "fr"), ("de",)])
def test_other_than_one_or_two_languages_that_we_have_are_refused(languages):
    with pytest.raises(co.UsageError):
        build_annex(make_release(), languages=languages)


def test_a_status_or_format_that_is_none_is_refused(tmp_path):
    with pytest.raises(co.UsageError, match="draft, proposed, notified"):
        build_annex(make_release(), status="approved")
    with pytest.raises(co.UsageError, match="docx, pdf"):
        co.write_annex(make_release(), tmp_path, format="odt")


def test_without_the_extra_a_user_is_told_which_one_to_install(monkeypatch):
    annex = build_annex(make_release())
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(co.UsageError, match=r"corridors\[docx\]"):
        render_docx(annex)


# Word


def read_docx(data):
    return docx.Document(io.BytesIO(data))


def list_paragraphs(document):
    """Every paragraph of the body, those in tables too, in the order of reading, as (element,
    text)."""
    found = []
    for paragraph in document.element.body.iter(qn("w:p")):
        text = "".join(
            {qn("w:t"): node.text or "", qn("w:tab"): "\t", qn("w:br"): "\n"}.get(node.tag, "")
            for node in paragraph.iter()
            if node.getparent().tag == qn("w:r")
        )
        found.append((paragraph, text))
    return found


def expect_paragraphs(annex):
    """What the body of a Word document must hold, from the content alone."""
    expected = []
    for block in annex.blocks:
        if isinstance(block, Table):
            rows = (block.columns, *block.rows)
            expected += [text for row in rows for cell in row for text in cell]
            continue
        for text, lang in zip(block.texts, annex.languages, strict=False):
            number = f"\u200e{block.number}\u200e" if lang == "ar" else block.number
            expected.append(f"{number}\t{text}" if block.number else text)
    return [text for text in expected if text]


@pytest.mark.parametrize(
    "languages", [("en",), ("ar",), ("en", "ar"), ("en", "fr"), ("fr", "ar")], ids="-".join
)
def test_word_reads_back_as_what_the_annex_says(parties, languages):
    annex = build_annex(parties, languages=languages, status="proposed")
    document = read_docx(render_docx(annex))
    assert [text for _, text in list_paragraphs(document) if text] == expect_paragraphs(annex)
    header, footer = (
        part.paragraphs for part in (document.sections[0].header, document.sections[0].footer)
    )
    assert [paragraph.text for paragraph in header] == list(annex.marking)
    for paragraph, marking in zip(footer, annex.footer, strict=True):
        assert paragraph.text.startswith(marking)
        assert re.findall(r"PAGE|NUMPAGES", etree.tostring(paragraph._p).decode()) == [
            "PAGE",
            "NUMPAGES",
        ]


def test_coordinates_in_word_equal_the_release_to_five_decimals(parties):
    document = read_docx(render_docx(build_annex(parties, languages=("en", "ar"))))
    vertices = [
        table
        for table in document.tables
        if len(table.columns) == 4 and "Degrees" in table.cell(0, 2).text
    ]
    shapes = list(parties.table("zones").geometry)
    assert len(vertices) == len(shapes)
    for table, shape in zip(vertices, shapes, strict=True):
        said = np.array(
            [[float(part) for part in row.cells[1].text.split(", ")] for row in table.rows[1:]]
        )
        assert np.abs(said[:, ::-1] - shapely.get_coordinates(shape)[:-1]).max() <= 0.500001e-5


def test_arabic_paragraphs_run_from_right_to_left_and_figures_in_them_do_not(parties):
    document = read_docx(render_docx(build_annex(parties, languages=("en", "ar"))))
    seen = Counter()
    for paragraph, text in list_paragraphs(document):
        arabic = paragraph.find(f"{qn('w:pPr')}/{qn('w:bidi')}") is not None
        assert (
            arabic == bool(re.search("[\u0590-\u08ff]", text))
            or not re.search("[\u0590-\u08ff]|[A-Za-z]{3}", text)
            or "/" in text
        )
        for run in paragraph.iter(qn("w:r")):
            said = "".join(node.text or "" for node in run.iter(qn("w:t")))
            properties = run.find(qn("w:rPr"))
            rtl = properties is not None and properties.find(qn("w:rtl")) is not None
            assert rtl <= arabic
            if arabic and re.search("[\u0590-\u08ff]", said):
                assert rtl
                assert properties.find(qn("w:lang")).get(qn("w:bidi")) == "ar-SA"
            if re.search(r"\d\.\d{5}, ", said):
                assert not rtl, "latitude and longitude would change places"
            seen[arabic, rtl] += 1
    assert all(seen[kind] for kind in ((True, True), (True, False), (False, False)))


def test_arabic_has_a_complex_font_of_the_same_size_in_every_style(parties):
    document = read_docx(render_docx(build_annex(parties, languages=("ar",))))
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Table Text", "Header", "Footer"):
        properties = document.styles[name].element.find(qn("w:rPr"))
        fonts = properties.find(qn("w:rFonts"))
        assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "cs")} == {"Arial"}
        assert not [key for key in fonts.attrib if "Theme" in key]
        assert properties.find(qn("w:sz")).get(qn("w:val")) == properties.find(qn("w:szCs")).get(
            qn("w:val")
        )


@pytest.mark.parametrize(
    ("languages", "mirrored"), [(("ar",), True), (("en", "ar"), False), (("en",), False)]
)
def test_tables_repeat_their_heading_and_run_from_right_to_left_where_the_annex_does(
    parties, languages, mirrored
):
    annex = build_annex(parties, languages=languages)
    document = read_docx(render_docx(annex))
    framed = [
        table for table in document.tables if table._tbl.tblPr.find(qn("w:tblStyle")) is not None
    ]
    assert len(framed) == sum(isinstance(block, Table) for block in annex.blocks)
    for table in framed:
        heads = [
            row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in table.rows
        ]
        assert heads == [True] + [False] * (len(heads) - 1)
        assert (table._tbl.tblPr.find(qn("w:bidiVisual")) is not None) == mirrored


def test_no_two_tables_touch_and_articles_are_real_headings(parties):
    annex = build_annex(parties, languages=("en", "ar"))
    document = read_docx(render_docx(annex))
    tags = [element.tag for element in document.element.body]
    assert not any(tag == after == qn("w:tbl") for tag, after in pairwise(tags))
    styles = Counter(paragraph.pPr.pStyle.val for paragraph, _ in list_paragraphs(document))
    levels = Counter(block.level for block in annex.blocks if isinstance(block, Heading))
    assert (styles["Heading1"], styles["Heading2"]) == (2 * levels[1], 2 * levels[2])


ORDER = ("pStyle", "keepNext", "tabs", "bidi", "spacing", "ind", "jc", "outlineLvl", "rPr")
RUN_ORDER = ("rFonts", "b", "bCs", "sz", "szCs", "rtl", "lang")


def test_properties_stand_in_the_order_that_the_schema_asks_for(parties):
    data = render_docx(build_annex(parties, languages=("fr", "ar")))
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in ("word/document.xml", "word/header1.xml", "word/footer1.xml"):
            root = etree.fromstring(parts.read(name))
            for tag, order in (("w:pPr", ORDER), ("w:rPr", RUN_ORDER)):
                for properties in root.iter(qn(tag)):
                    places = [order.index(etree.QName(child).localname) for child in properties]
                    assert places == sorted(places)


def test_word_holds_no_person_host_or_clock(parties):
    data = render_docx(build_annex(parties))
    said = read_docx(data).core_properties
    assert (said.author, said.last_modified_by, said.comments) == ("", "", "")
    assert said.created == said.modified == parties.as_of
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(2026, 11, 23, 6, 0, 0)}
        assert not [name for name in parts.namelist() if "thumbnail" in name]


# PDF


def extract_text(data, tmp_path, *options):
    need("pdftotext")
    path = tmp_path / "annex.pdf"
    path.write_bytes(data)
    text = subprocess.run(
        ["pdftotext", *options, str(path), "-"], check=True, capture_output=True
    ).stdout.decode()
    return unicodedata.normalize("NFKC", text)


def count_words(text):
    """The words of a text.

    Arabic ones by their letters: of a ligature, extraction may give the two in either order.
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text.replace("\u200e", "")))
    return Counter(
        "".join(sorted(word)) if re.search("[\u0590-\u08ff]", word) else word for word in words
    )


def test_word_and_pdf_say_the_same_word_for_word(parties, tmp_path):
    annex = build_annex(parties, languages=("en", "fr"), status="proposed")
    pages = extract_text(render_pdf(annex), tmp_path, "-raw").split("\f")[:-1]
    said = Counter()
    for page in pages:
        said.update(count_words(page))
    expected = Counter()
    for text in expect_paragraphs(annex):
        expected.update(count_words(text))
    per_page = Counter()
    for number in range(1, len(pages) + 1):
        for text in (
            *annex.marking,
            *annex.footer,
            *(
                read_locale(lang).format("document.page", page=number, pages=len(pages))
                for lang in annex.languages
            ),
        ):
            per_page.update(count_words(text))
    repeated = said - expected - per_page
    heads = set()
    for block in annex.blocks:
        if isinstance(block, Table):
            heads |= count_words(" ".join(text for cell in block.columns for text in cell)).keys()
    assert not (expected + per_page) - said, "nothing is lost"
    assert repeated.keys() <= heads, (
        "but headings of tables, on each further page, nothing is said twice"
    )
    written = Counter()
    for _, text in list_paragraphs(read_docx(render_docx(annex))):
        written.update(count_words(text))
    assert written == expected


def test_pdf_is_a4_with_its_fonts_and_arabic_that_can_be_read_out(parties, tmp_path):
    need("pdffonts")
    text = extract_text(render_pdf(build_annex(parties, languages=("en", "ar"))), tmp_path)
    fonts = (
        subprocess.run(["pdffonts", str(tmp_path / "annex.pdf")], check=True, capture_output=True)
        .stdout.decode()
        .splitlines()[2:]
    )
    assert fonts
    assert all(
        "DejaVuSans" in line and re.search(r"yes yes yes +\d+ +\d+$", line) for line in fonts
    )
    size = subprocess.run(
        ["pdfinfo", str(tmp_path / "annex.pdf")], check=True, capture_output=True
    ).stdout.decode()
    assert "595.276 x 841.89 pts (A4)" in size
    assert "Page 1 of " in text
    assert "33.26669, 35.23247" in text
    assert "المناطق" in text or "المناطق"[::-1] in text


def test_a_name_that_the_font_cannot_show_is_refused_in_pdf_and_written_in_word():
    annex = build_annex(make_release(("Z", MIDDLE, {"name": "仁"})))
    with pytest.raises(co.InputError, match="CJK UNIFIED IDEOGRAPH-4EC1"):
        render_pdf(annex)
    assert any("仁" in text for _, text in list_paragraphs(read_docx(render_docx(annex))))


# Names that would rather be something else

HOSTILE = '</w:t><script>#import "@preview/x:1.0.0" $x$ *b* =cmd|"/c calc"!A1 {PAGE} {fill} \\u'


def test_names_from_files_stay_text_in_word_and_pdf(tmp_path):
    told = {
        "name": HOSTILE,
        "name_ar": HOSTILE,
        "declared_by": "a\u202eb",
        "supervisor": "x\ufffey\nz",
    }
    annex = build_annex(make_release(("Z", MIDDLE, told)), languages=("en", "ar"))
    texts = [
        text.replace("\u200e", "") for _, text in list_paragraphs(read_docx(render_docx(annex)))
    ]
    assert sum(HOSTILE in text for text in texts) >= 4
    assert any("Declared by: a[U+202E]b." in text for text in texts)
    assert any("x[U+FFFE]y\nz" in text for text in texts)
    text = extract_text(render_pdf(annex), tmp_path, "-raw")
    for word in ("script", "preview", "calc", "U+202E"):
        assert word in text


# What parties are not told


def unpack(data):
    """All that the bytes of a Word document or a PDF hold, unpacked."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return b"\n".join(parts.read(name) for name in parts.namelist()).decode(
                "utf-8", "replace"
            )
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    opened = []
    for stream in streams:
        try:
            opened.append(zlib.decompress(stream))
        except zlib.error:
            opened.append(stream)
    return b"\n".join([data, *opened]).decode("latin-1")


@pytest.mark.parametrize("audience", ["parties", "public"])
def test_no_depot_stands_in_an_annex_for_parties_or_the_public(demo, tmp_path, audience):
    annex = build_annex(co.disclose(co.build_release(demo), audience), languages=("en", "ar"))
    word, pages = render_docx(annex), render_pdf(annex)
    text = "\n".join((unpack(word), unpack(pages), extract_text(pages, tmp_path))).replace(
        "\u200e", ""
    )
    sites = demo.situation.sites
    depots = sites[sites["role"] == "depot"]
    assert len(depots)
    for site_id, row in depots.iterrows():
        snap = demo.prepared.snaps.loc[site_id]
        hidden = [site_id, row["name"], row["name_ar"]]
        for lon, lat in (
            (row["geometry"].x, row["geometry"].y),
            (float(snap["lon"]), float(snap["lat"])),
        ):
            hidden += [
                write_decimal(lon, lat),
                write_dms(lon, lat),
                write_mgrs(lon, lat),
                f"{lat:.5f}",
                f"{lon:.5f}",
            ]
        assert [secret for secret in hidden if secret in text] == []
    assert "DEMO-0" not in text, "no incident by its id"


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(counts(1, 20)))
def test_no_secret_of_a_random_town_stands_in_any_byte_of_an_annex_for_others(seed, tmp_path):
    release, words, places = make_random(seed)
    for audience in ("parties", "public"):
        annex = build_annex(co.disclose(release, audience), languages=("fr", "ar"))
        pages = render_pdf(annex)
        for content in (render_docx(annex), pages, extract_text(pages, tmp_path).encode()):
            assert find_words(content, words) == set()
            assert find_places(content, places) == set()
    inside = render_docx(build_annex(release))
    assert find_words(inside, words), "what is looked for could be found"
    assert find_places(inside, places) or not len(release.table("corridors"))


def test_by_itself_an_annex_is_for_parties_and_never_for_a_wider_circle_than_its_release(tmp_path):
    plan = make_plan(("Z", MIDDLE, {}))
    house = co.build_release(plan)
    assert "_parties_" in co.write_annex(plan, tmp_path).name
    assert [restrict_to_parties(co.disclose(house, name)).audience for name in co.AUDIENCES] == [
        "parties",
        "parties",
        "parties",
        "public",
    ]
    inside = co.write_annex(house, tmp_path, audience="internal")
    assert "_internal_" in inside.name
    assert any(
        "From: Depot (depot), 33.00000, 35.00000." in text
        for _, text in list_paragraphs(docx.Document(str(inside)))
    )
    with pytest.raises(co.UsageError, match="start from the plan itself"):
        co.write_annex(co.disclose(house, "public"), tmp_path, audience="parties")


# The command, and the same bytes everywhere


@pytest.fixture(scope="module")
def plan_folder(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "plan"
    co.write_plan(demo, folder)
    return folder


def test_the_command_writes_an_annex_and_does_not_replace_one_unasked(tmp_path):
    co.write_plan(make_plan(("Z", MIDDLE, {})), tmp_path / "plan")
    out = tmp_path / "out"
    command = [
        "annex",
        str(tmp_path / "plan"),
        "--lang",
        "en,ar",
        "--status",
        "notified",
        "--title",
        "Round 3",
        "--out",
        str(out),
    ]
    result = CliRunner().invoke(cli, [*command, "-f", "docx"], catch_exceptions=False)
    assert result.exit_code == 0
    path = next(out.iterdir())
    assert re.fullmatch(
        r"annex-notified-en-ar_parties_20261123T0600Z_[0-9a-f]{10}\.docx", path.name
    )
    assert any(text == "Round 3" for _, text in list_paragraphs(docx.Document(str(path))))
    assert isinstance(CliRunner().invoke(cli, [*command, "-f", "docx"]).exception, co.UsageError)
    path.write_bytes(b"")
    assert CliRunner().invoke(cli, [*command, "-f", "docx", "--force"]).exit_code == 0
    assert path.stat().st_size > 0
    assert isinstance(
        CliRunner().invoke(cli, [*command, "-f", "pdf", "--lang", "de"]).exception, co.UsageError
    )


WRITE_BOTH = """
import sys
import corridors as co
release = co.read_plan(sys.argv[1])
for kind in ("docx", "pdf"):
    co.write_annex(release, sys.argv[2], format=kind, languages=("fr", "ar"))
"""


def test_the_same_plan_gives_the_same_bytes_whatever_the_time_zone_the_locale_and_the_hash_seed(
    demo, plan_folder, tmp_path
):
    here, there = tmp_path / "here", tmp_path / "there"
    for kind in ("docx", "pdf"):
        co.write_annex(demo, here, format=kind, languages=("fr", "ar"))
    surroundings = os.environ | {"TZ": "Asia/Beirut", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
    subprocess.run(
        [sys.executable, "-c", WRITE_BOTH, str(plan_folder), str(there)],
        check=True,
        env=surroundings,
        capture_output=True,
    )
    assert sorted(path.name for path in here.iterdir()) == sorted(
        path.name for path in there.iterdir()
    )
    for path in here.iterdir():
        assert path.read_bytes() == (there / path.name).read_bytes()
        text = unpack(path.read_bytes())
        for telling in (
            str(tmp_path),
            *(name for name in (os.environ.get("USER", ""), os.uname().nodename) if len(name) > 4),
        ):
            assert telling not in text


# As LibreOffice shows it


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Turn an annex into PDF, as LibreOffice shows it, and give back its path."""
    need("soffice")
    need("pdftotext")
    folder = tmp_path_factory.mktemp("office")

    def convert(name, annex):
        (folder / f"{name}.docx").write_bytes(render_docx(annex))
        command = [
            "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
        ]
        subprocess.run(
            [*command, str(folder / f"{name}.docx")], check=True, capture_output=True, timeout=120
        )
        return folder / f"{name}.pdf"

    return convert


def test_libreoffice_opens_it_repeats_the_heading_of_a_table_and_numbers_every_page(office):
    many = shapely.Point(35.02, 33.02).buffer(0.01, quad_segs=40)
    path = office("long", build_annex(make_release(("Z", many, {}))))
    pages = (
        subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True)
        .stdout.decode()
        .split("\f")[:-1]
    )
    on = [
        number
        for number, page in enumerate(pages)
        if "Degrees, minutes, seconds" in page.replace("in degrees, minutes and seconds", "")
    ]
    assert len(on) >= 3, "one table of 160 rows, whose heading stands on each of its pages"
    assert all(
        f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, start=1)
    )
    assert all(
        "TLP:AMBER+STRICT" in page and "not a guarantee" in " ".join(page.split()) for page in pages
    )


def test_libreoffice_sets_arabic_at_the_right_and_coordinates_in_their_order(office, parties):
    path = office("arabic", build_annex(parties, languages=("ar",)))
    boxes = subprocess.run(
        ["pdftotext", "-bbox", "-l", "1", str(path), "-"], check=True, capture_output=True
    ).stdout.decode()
    words = [
        (float(left), float(right), float(top), text)
        for left, top, right, text in re.findall(
            r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>',
            boxes,
        )
    ]
    lines, last = [], -100.0
    for left, right, top, _ in sorted(words, key=lambda word: word[2]):
        if top - last > 6:
            lines.append([])
            last = top
        lines[-1].append((left, right))
    ends = [(min(left for left, _ in line), max(right for _, right in line)) for line in lines]
    assert sum(right > 490 for _, right in ends) > 0.9 * len(ends), (
        "every line begins at the right margin"
    )
    assert sum(left > 100 for left, _ in ends) > 5, "and ragged ends are at the left"
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True
    ).stdout.decode()
    assert re.search(r"33\.26669, 35\.23247", text)
    assert re.search("2026-11-23 06:00 UTC", text)


def test_an_annex_of_another_moment_is_dated_so():
    release = replace(make_release(), as_of=datetime(2031, 5, 6, 7, 8, tzinfo=UTC))
    assert release.as_of != AS_OF
    assert read_docx(render_docx(build_annex(release))).core_properties.created == release.as_of
