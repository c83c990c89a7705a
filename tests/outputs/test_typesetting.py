"""Pages set by Typst: data stays data, Arabic reads from the right, fonts are within, and the same
pages are the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from programs import need

import corridors as co
from corridors.locales import read_locale
from corridors.outputs.typesetting import FONT, check_glyphs, render_pdf

DATED = datetime(2026, 11, 23, 6, tzinfo=UTC)
TEMPLATE = "#set document(title: data.title); #set page(width: 120mm, height: 60mm); #text(size: 16pt, data.title)"
MACHINES = (
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    {
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "random",
        "SOURCE_DATE_EPOCH": "1",
    },
)


def run_poppler(tool, pdf, tmp_path, *options):
    """What a tool of poppler says of a PDF, or a skip that says why not."""
    need(tool)
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf)
    return subprocess.run(
        [tool, *options, path, *(["-"] if tool == "pdftotext" else [])],
        capture_output=True,
        check=True,
    ).stdout.decode()


def test_commands_in_data_are_shown_as_the_words_they_are(tmp_path):
    for name in (
        '#image("x.svg")',
        "$a$",
        "#strong[b]",
        "*c* _d_ `e`",
        "] ) } \\ //",
        '"',
        "#panic()",
        "@preview/x",
        "= Heading",
    ):
        text = run_poppler(
            "pdftotext", render_pdf(TEMPLATE, {"title": name}, dated=DATED), tmp_path, "-layout"
        )
        assert text.strip("\f\n ") == name


def test_the_file_says_that_it_is_pdf_a_2a_of_the_moment_given_with_every_font_within(tmp_path):
    pdf = render_pdf(TEMPLATE, {"title": "مرجعيون Marjayoun"}, dated=DATED)
    assert re.search(
        rb"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>", pdf
    )
    facts = run_poppler("pdfinfo", pdf, tmp_path, "-rawdates")
    assert re.search(r"CreationDate:\s+D:20261123060000Z", facts)
    assert re.search(r"Tagged:\s+yes", facts)
    fonts = run_poppler("pdffonts", pdf, tmp_path).splitlines()[2:]
    assert fonts
    for line in fonts:
        assert line.split()[0].partition("+")[2] == FONT.replace(" ", "")
        assert line.split()[-5] == "yes"


def test_a_package_is_never_fetched():
    with pytest.raises(co.OutputError, match="network"):
        render_pdf('#import "@preview/cetz:0.4.0"', {}, dated=DATED)
    with pytest.raises(co.OutputError, match="network"):
        render_pdf(
            '#import "part.typ": *',
            {},
            files={"part.typ": b'#import "@local/x:1.0.0"'},
            dated=DATED,
        )


def test_a_template_that_does_not_work_or_warns_is_an_error_of_ours_that_names_no_path():
    for template in ("#nothing", '#image("lost.svg")', '#text(font: "Nowhere")[a]'):
        with pytest.raises(co.OutputError, match="fault of ours") as caught:
            render_pdf(template, {}, dated=DATED)
        assert "/tmp" not in str(caught.value)


def test_a_character_without_a_sign_is_refused_by_name_code_point_and_place():
    with pytest.raises(co.InputError) as caught:
        render_pdf(
            TEMPLATE,
            {"title": "a", "sites": [{"name": "Sidon"}, {"name": "仁 and 仁 and 𐎀"}]},
            dated=DATED,
        )
    assert caught.value.exit_code == 4
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [
        ("missing-glyph", "sites.2.name")
    ] * 2
    assert "'仁', U+4EC1 CJK UNIFIED IDEOGRAPH-4EC1" in str(caught.value.problems[0])
    assert "U+10380 UGARITIC LETTER ALPA" in str(caught.value.problems[1])


def test_every_letter_of_our_own_words_and_of_the_places_of_the_demonstration_has_a_sign():
    for lang in ("en", "fr", "ar"):
        check_glyphs(read_locale(lang).texts, lang)
    situation = co.read_situation(co.demo_folder())
    check_glyphs(
        {"sites": situation.sites["name_ar"].tolist(), "roads": situation.roads["name_ar"].tolist()}
    )


def test_joiners_and_marks_of_direction_pass_and_what_turns_the_order_of_letters_is_spelled_out(
    tmp_path,
):
    check_glyphs("a\u200cb\u200dc\u200e\u200f\u061c")
    text = run_poppler(
        "pdftotext", render_pdf(TEMPLATE, {"title": "gnp.\u202etxt"}, dated=DATED), tmp_path
    )
    assert text.strip("\f\n ") == "gnp.[U+202E]txt"


def test_the_same_page_is_the_same_bytes_under_other_time_zones_locales_and_hash_seeds():
    program = (
        "import sys; from datetime import datetime, UTC; from corridors.outputs.typesetting import render_pdf;"
        f"sys.stdout.buffer.write(render_pdf({TEMPLATE!r}, {{'title': 'مرجعيون 12.5 km'}}, dated=datetime(2026, 11, 23, 6, tzinfo=UTC)))"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | machine,
            capture_output=True,
            check=True,
        ).stdout
        for machine in MACHINES
    )
    assert first == second
    assert first.startswith(b"%PDF")
    assert os.uname().nodename.encode() not in first
    assert b"/tmp" not in first
