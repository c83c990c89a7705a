"""The brief: one page for a duty officer, in every language and format, with the worst news first."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import docx
import pytest
from click.testing import CliRunner
from town import make_situation, spot

import corridors as co
from corridors.cli import cli
from corridors.locales import LANGUAGES, read_locale
from corridors.outputs.documents import brief as content
from corridors.outputs.documents.blocks import Heading, Table
from corridors.outputs.documents.brief import build_brief, write_brief
from corridors.outputs.documents.rendering import DOCUMENT_FORMATS
from corridors.outputs.documents.text import render_text
from corridors.release import TLP


@pytest.fixture(scope="module")
def plan():
    folder = co.demo_folder()
    situation = co.read_situation(folder, as_of="2026-11-23T06:00:00Z")
    return co.plan_corridors(situation, rules=co.read_rules(folder))


@pytest.fixture(scope="module")
def release(plan):
    return co.build_release(plan)


def plain(texts):
    return "\n".join(texts).replace("\u200e", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_whom_it_is_for_of_when_it_is_and_who_is_cut_off_before_anything_else(
    plan, release, lang
):
    brief = build_brief(release, lang=lang)
    assert TLP["internal"] in brief.marking[0]
    texts = [text.replace("\u200e", "") for text in brief.list_texts()]
    assert "2026-11-23 06:00 UTC" in texts[1]
    assert "2026-11-24 06:00 UTC" in texts[1]
    assert release.code in texts[1]
    headings = [block.texts[0] for block in brief.blocks if isinstance(block, Heading)]
    locale = read_locale(lang)
    assert headings[1] == locale.format("brief.cut_off", n=len(plan.cut_off))
    hospital = "مستشفى مرجعيون" if lang == "ar" else "Marjayoun hospital"
    position = next(at for at, text in enumerate(texts) if text.startswith(hospital))
    assert position < texts.index(headings[2])
    assert "DEMO-002" in texts[position]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_corridors_are_the_primary_ones_with_their_figures(plan, release, lang):
    table = next(
        block for block in build_brief(release, lang=lang).blocks if isinstance(block, Table)
    )
    primary = plan.corridors[plan.corridors["rank"] == 1].sort_values("destination_id")
    lengths = [f"{metres / 1000:.1f}" for metres in primary["length_m"]]
    assert [row[2][0].replace("\u200e", "") for row in table.rows] == lengths


def test_what_closes_most_of_the_road_is_measured_by_the_ledger(plan, release):
    causes = [block for block in build_brief(release).blocks if isinstance(block, Table)][1]
    ledger = plan.closures.drop_duplicates(["cause_id", "segment_id"])
    km = (
        ledger["segment_id"].map(plan.segments["length_m"]).groupby(ledger["cause_id"]).sum() / 1000
    )
    worst = km.sort_values(ascending=False).head(content.MAX_CAUSES)
    assert [row[2][0] for row in causes.rows] == [f"{value:.1f}" for value in worst]
    for row, cause_id in zip(causes.rows, worst.index, strict=True):
        assert cause_id in row[0][0]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", DOCUMENT_FORMATS)
def test_every_format_says_the_same_in_every_language(release, lang, name, tmp_path):
    brief = build_brief(release, lang=lang)
    data = DOCUMENT_FORMATS[name](brief)
    if name == "docx":
        file = docx.Document(io.BytesIO(data))
        cells = (cell.text for table in file.tables for row in table.rows for cell in row.cells)
        text = "\n".join([*(paragraph.text for paragraph in file.paragraphs), *cells])
    elif name == "pdf":
        if shutil.which("pdftotext") is None:
            pytest.skip("pdftotext is not installed (poppler-utils)")
        (tmp_path / "brief.pdf").write_bytes(data)
        command = ["pdftotext", "-layout", str(tmp_path / "brief.pdf"), "-"]
        text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
        assert text.count("\f") == 1, "it fits on one page"
    else:
        text = data.decode()
    shown = {*re.findall(r"\d+\.\d|\d+:\d\d", plain([text]))}
    expected = {*re.findall(r"\d+\.\d|\d+:\d\d", plain(brief.list_texts()))}
    assert expected <= shown
    assert len(expected) > 20


def test_what_does_not_fit_is_counted():
    sites = {"depot": ("depot", *spot(1))}
    sites |= {f"site {number}": ("destination", *spot(2 + number % 8)) for number in range(30)}
    brief = build_brief(co.plan_corridors(make_situation(sites=sites)))
    texts = list(brief.list_texts())
    assert "Not listed here: 14. See the plan." in texts
    assert "A proposed corridor reaches each destination." in texts


@pytest.mark.parametrize("audience", co.AUDIENCES)
def test_it_shows_no_more_than_its_audience_may_see_and_calls_nothing_safe(release, audience):
    brief = build_brief(co.disclose(release, audience))
    text = render_text(brief, width=120)
    assert TLP[audience] in text
    assert not re.search(r"\b(safe|approved|permitted)\b", text, re.IGNORECASE)
    if audience in ("parties", "public"):
        assert "Sidon depot" not in text
        assert "DEMO-0" not in text


def test_the_command_prints_it_or_writes_every_format_and_language(release, tmp_path):
    co.write_plan(release, tmp_path / "plan")
    command = ["brief", str(tmp_path / "plan")]
    printed = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert printed.exit_code == 0
    assert "Cut off: 1" in printed.output
    out = [
        *command,
        "--lang",
        "en,fr,ar",
        "-f",
        "html,pdf,docx,text",
        "--out",
        str(tmp_path / "out"),
    ]
    written = CliRunner().invoke(cli, out, catch_exceptions=False)
    assert written.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(names) == 12
    assert re.fullmatch(r"brief-ar_internal_20261123T0600Z_[0-9a-f]{10}\.docx", names[0])
    assert isinstance(CliRunner().invoke(cli, out).exception, co.UsageError), "it is there already"
    wrong = CliRunner().invoke(cli, [*command, "-f", "odt", "--out", str(tmp_path / "out")])
    assert "use html, pdf, docx, text" in str(wrong.exception)
    assert "Formats of the files" in CliRunner().invoke(cli, ["brief", "--help"]).output


def test_a_release_is_briefed_as_its_plan_is(plan, release, tmp_path):
    here = write_brief(plan, tmp_path / "plan", formats=("docx", "pdf"))
    there = write_brief(release, tmp_path / "release", formats=("docx", "pdf"))
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in there]
