"""Notes, problems and hints are codes with values, and every language renders the same figures."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from town_mission import MISSION, STRIKES, write_town

import corridors as co
from corridors import inputs
from corridors.inputs.feeds.ems import DAMAGE
from corridors.inputs.feeds.firms import TYPES
from corridors.locales import CATALOGUES, LANGUAGES, read_locale
from corridors.messages import Message

SECTIONS = ("note", "problem", "hint", "usage", "check", "output")
SOURCES = sorted(Path(inputs.__file__).parent.rglob("*.py"))
FIELD = re.compile(r"\{(\w+)(?::([\w.]+))?\}")
OTHERS = [lang for lang in LANGUAGES if lang != "en"]
FIGURES = ("distance", "metres_exact", "height", "weight", "speed", "duration", "share", "number")
WORDS = {"table": "incidents", "tables": ("incidents", "area_counts"), "what": "fords", "n": 13}
"""Values of fields whose words are listed, or that choose a plural."""


def list_codes():
    """The code and fields of every message of these sections."""
    texts = read_locale().texts
    for section in SECTIONS:
        for name, text in texts.get(section, {}).items():
            whole = text if isinstance(text, str) else " ".join(text.values())
            yield f"{section}.{name}", dict(FIELD.findall(whole))


CODES = dict(list_codes())


def make_value(name, kind, number):
    """A value for a field: of a listed word, a message, several texts, a time, or a number."""
    if name in WORDS:
        return WORDS[name]
    if name in ("problem", "hint", "message"):
        return Message("problem.blank")
    if kind in ("list", "names", "parts") or name == "counts":
        return (f"a{number}", f"b{number}")
    if kind in ("time", "date"):
        return datetime(2026, 11, number, tzinfo=UTC)
    return number if kind in ("", *FIGURES) or kind.startswith("count.") else name


def build(code):
    values = {
        name: make_value(name, kind, number)
        for number, (name, kind) in enumerate(CODES[code].items(), start=14)
    }
    return Message(code, **values)


def figures(text):
    return sorted(re.findall(r"\d+", text.replace("\u200e", "")))


@pytest.mark.parametrize("code", CODES)
def test_every_message_shows_the_same_figures_in_every_language(code):
    texts = {lang: read_locale(lang).render(build(code)) for lang in LANGUAGES}
    assert all(texts.values())
    assert not any(FIELD.search(text) for text in texts.values())
    assert len({tuple(figures(text)) for text in texts.values()}) == 1, texts


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_language_has_the_same_fields(code, lang):
    section, _, name = code.partition(".")
    text = read_locale(lang).texts[section][name]
    texts = [text] if isinstance(text, str) else text.values()
    assert {field for text in texts for field in FIELD.findall(text)} == set(CODES[code].items())


def test_a_problem_is_a_clause_and_a_hint_an_order_and_neither_ends_like_a_sentence():
    for lang in LANGUAGES:
        texts = read_locale(lang).texts
        for section in ("problem", "hint"):
            assert not [text for text in texts[section].values() if text.endswith((".", "?", "!"))]


def test_every_code_in_the_source_is_in_the_catalogues():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    assert code.value in read_locale(), (path.name, code.value)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_key_is_in_two_files_of_a_language(lang):
    keys = Counter(
        (section, key)
        for file in CATALOGUES[lang].iterdir()
        if file.name.endswith(".toml")
        for section, entries in tomllib.loads(file.read_text("utf-8")).items()
        if isinstance(entries, dict)
        for key in entries
        if section != "count"
    )
    assert not [key for key, count in keys.items() if count > 1]


def list_rows():
    """Every word that a reader may count rows under, as the sources have them."""
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    named = re.findall(r'^([A-Z_, ]+) = ("[a-z_]+"(?:, "[a-z_]+")*)$', source, re.MULTILINE)
    words = {word for _, words in named for word in ast.literal_eval(f"({words},)")}
    return (
        words - {"reported_until", "table"}
        | {word for word in [*TYPES.values(), *DAMAGE.values()] if word.islower()}
        | {"read", "kept", "duplicate", "quarantined"}
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_that_rows_are_counted_under_is_in_every_language(lang):
    wanted = {"demonstration", "low_confidence", "not_a_truck_road", "no_damage", "railway"}
    assert wanted < list_rows()
    assert list_rows() <= read_locale(lang).texts["row"].keys()


def test_excluded_rows_are_counted_by_kind_in_the_language():
    kinds = (("demonstration", 3), ("low_confidence", 2))
    counts = tuple(Message("row.counted", n=n, what=what) for what, n in kinds)
    note = Message("note.excluded_by_kind", counts=counts)
    assert str(note) == "excluded by kind: 3 demonstration, 2 low confidence"
    assert "3" in read_locale("ar").render(note)
    assert "manifestation" in read_locale("fr").render(note)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A plan on files with many notes."""
    mission = f'{MISSION}[[acknowledge]]\ncode = "quarantined-incidents"\nreason = "r"\nby = "b"\n'
    strikes = STRIKES.replace("verification,source", "verification,source,depth").replace(
        ",فريق", ",فريق,3"
    )
    strikes += "\nI-2,fire,2026-11-21,33.1,35.1,,,x,4\n"
    folder = write_town(
        tmp_path_factory.mktemp("town") / "town",
        mission=mission,
        strikes=strikes + "I-3,fire,never,33.1,35.1,,,x,4\n",
    )
    return co.plan_corridors(co.read_situation(folder))


@pytest.mark.parametrize("lang", OTHERS)
def test_a_plan_renders_the_notes_on_its_files_in_the_language_also_after_it_was_written(
    plan, lang, tmp_path
):
    notes = [remark for remark in plan.remarks if remark.code == "remark.file_note"]
    assert len(notes) > 4
    co.write_plan(plan, tmp_path / "plan")
    remarks = co.render_remarks(plan, lang)
    assert co.render_remarks(co.read_plan(tmp_path / "plan"), lang) == remarks
    assert not set(remarks) & set(co.render_remarks(plan))


@pytest.mark.parametrize("lang", OTHERS)
def test_the_text_of_a_library_is_marked_as_english(plan, lang):
    text = "Several features with id = 3 have been found"
    note = Message("note.library", text=text)
    remark = Message("remark.file_note", file="a.gpkg", note=note)
    (sentence,) = co.render_remarks(replace(plan, remarks=(remark,)), lang)
    assert text in sentence.replace("\u200e", "")
    assert {"fr": "en anglais", "ar": "بالإنجليزية"}[lang] in sentence
