"""Blocks are made in one or two languages, and every renderer writes what they hold, no more."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import docx
import pytest
import shapely
from geographiclib.geodesic import Geodesic

import corridors as co
from corridors.locales import LANGUAGES, read_locale
from corridors.outputs.documents.blocks import Figure, Texts
from corridors.outputs.documents.docx import render_docx
from corridors.outputs.documents.draft import Draft
from corridors.outputs.documents.html import render_html
from corridors.outputs.documents.pdf import render_pdf
from corridors.outputs.documents.rendering import DOCUMENT_FORMATS, check_format, write_files
from corridors.outputs.documents.svg import Frame, Plane, write
from corridors.outputs.documents.text import render_text

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script>{{ 7*7 }} #panic() [b]\u202e"'
SVG = '<svg viewBox="0 0 100 40"><path d="M0 0L90 30" stroke="#000"/></svg>'


def make(*languages, text="Khardali bridge", rows=()):
    draft = Draft.of(languages, "zone_comparison")
    draft.heading("heading_zones", level=0)
    draft.add(Texts((text,)), style="alarm")
    draft.add("from", time=AT, number="1.1")
    draft.blocks.append(Figure(SVG, Texts(("A drawing",))))
    draft.table(["zone", "area"], [(text, "12.345"), *rows], numeric=[1])
    return draft.build(marking=Texts(("INTERNAL",) * len(languages)), dated=AT, code="abc")


@pytest.mark.parametrize("languages", [("en",), ("ar",), ("en", "ar")], ids="-".join)
@pytest.mark.parametrize("name", DOCUMENT_FORMATS)
def test_every_format_is_written_in_one_language_or_two_and_the_same_each_time(name, languages):
    render = DOCUMENT_FORMATS[name]
    assert render(make(*languages)) == render(make(*languages))


def test_texts_from_files_stay_text_in_every_format():
    document = make("en", text=HOSTILE)
    page = render_html(document).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }} #panic() [b][U+202E]" in page
    shown = HOSTILE.replace("\u202e", "[U+202E]")
    assert shown in render_text(document, width=120)
    file = docx.Document(io.BytesIO(render_docx(document)))
    assert shown in [paragraph.text for paragraph in file.paragraphs]
    assert render_pdf(document)[:5] == b"%PDF-"


def test_two_languages_have_each_its_own_text_and_shared_cells_stand_once():
    document = make("en", "ar")
    assert document.languages == ("en", "ar")
    assert document.title == ("Each zone", read_locale("ar")["zone_comparison.heading_zones"])
    table = document.blocks[-1]
    assert table.rows[0] == (("Khardali bridge",), ("12.345",))
    assert next(document.list_texts(0)) == "Each zone"


def test_a_table_too_wide_for_the_terminal_is_written_row_by_row():
    long = "x" * 60
    narrow = render_text(make("en", rows=[(long, "1")]), width=60)
    assert f"- Zone:{long}; km²: 1" in narrow.replace("\n", "")
    assert "Zone: Khardali bridge; km²: 12.345" in narrow


def test_a_word_document_without_typst_has_the_alternative_text_of_a_figure(monkeypatch):
    with_picture = docx.Document(io.BytesIO(render_docx(make("en"))))
    assert len(with_picture.inline_shapes) == 1
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    without = docx.Document(io.BytesIO(render_docx(make("en"))))
    assert "A drawing" in [paragraph.text for paragraph in without.paragraphs]


def test_an_unknown_format_or_language_is_refused(tmp_path):
    with pytest.raises(co.UsageError, match="no format odt; use html, pdf, docx, text"):
        check_format("odt")
    with pytest.raises(co.UsageError, match="no language de"):
        make("de")
    write_files({"a.txt": b"1"}, tmp_path)
    with pytest.raises(co.UsageError):
        write_files({"a.txt": b"2"}, tmp_path)


def test_a_drawing_has_the_scale_of_the_ground():
    line = shapely.LineString([(35.0, 33.0), (35.1, 33.0)])
    exact_m = Geodesic.WGS84.Inverse(33.0, 35.0, 33.0, 35.1)["s12"]
    plane = Plane([line])
    frame = Frame.around(plane.flatten([line]), width=900, min_side_m=100.0)
    (west, _), (east, _) = frame.place(plane.flatten([line])[0].coords)
    assert (east - west) / frame.scale == pytest.approx(exact_m, abs=2.0)
    svg = frame.render([write(HOSTILE, 1, 1)], "", [("<path/>", "Zone")], rtl=False)
    assert "<script" not in svg
    assert "2 km" in svg


@pytest.mark.parametrize("section", ["document", "brief", "plan_diff", "dossier", "annex"])
def test_every_text_of_documents_is_there_in_every_language(section):
    keys = [set(read_locale(lang).texts[section]) for lang in LANGUAGES]
    assert keys[0] == keys[1] == keys[2]
