"""Notes of readers on files: written from facts, read back into them, and told in every language."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from corridors.notes import NOTES, read_note, write_note
from corridors.outputs.notes import tell_note
from town_mission import MISSION, STRIKES, write_town

import corridors as co
from corridors import inputs
from corridors.inputs.feeds.ems import DAMAGE
from corridors.inputs.feeds.firms import TYPES
from corridors.inputs.roads.tags import UNREAD, describe_oddities, describe_unread
from corridors.locales import read_locale
from corridors.outputs.maps.panel import build_panel
from corridors.remarks import Remark

OTHERS = ("fr", "ar")
FACTS = {
    **{
        name: number
        for number, name in enumerate(("n", "all", "row", "days", "ways", "nodes"), start=3)
    },
    "column": "need_t",
    "names": "depth, 'colour'",
    "table": "road reports",
    "counts": "3 demonstration, 2 low confidence",
    "encoding": "UTF-16",
    "kind": "bollard",
    "tag": "maxwidth",
    "what": "limits of width",
    "problem": "a.csv, row 3: no [bad-time]. Fix: x.",
}
SOURCES = sorted(Path(inputs.__file__).parent.rglob("*.py"))


def list_rows():
    """Every word that a reader may count rows under, as the sources have them."""
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    named = re.findall(r'^([A-Z_, ]+) = ("[a-z_]+"(?:, "[a-z_]+")*)$', source, re.MULTILINE)
    words = {word for _, words in named for word in ast.literal_eval(f"({words},)")} - {
        "reported_until"
    }
    return (
        words
        | {word for word in [*TYPES.values(), *DAMAGE.values()] if word.islower()}
        | {"read", "kept", "duplicate", "quarantined"}
    )


@pytest.mark.parametrize("code", NOTES)
def test_what_a_note_was_written_from_is_read_from_it_again(code):
    found = read_note(write_note(code, **FACTS))
    assert found is not None
    assert found.code == code
    assert found.facts == {name: str(FACTS[name]) for name in found.facts}


def test_one_of_a_kind_has_no_plural():
    told = write_note("tags_unread", what="limits of width", tag="maxwidth", ways=1, nodes=2)
    assert told == "limits of width not read: 1 way and 2 nodes (for example maxwidth)"
    assert read_note(told).facts["ways"] == "1"


def test_a_sentence_of_a_library_is_no_note_of_ours():
    assert read_note("Several features with id = 3 have been found") is None


def test_readers_write_no_note_but_by_its_code():
    for path in SOURCES:
        for call in (
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
        ):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            owner = getattr(call.func, "value", None)
            if name == "append" and "notes" in (
                getattr(owner, "attr", ""),
                getattr(owner, "id", ""),
            ):
                assert not isinstance(call.args[0], ast.JoinedStr | ast.Constant), (
                    path.name,
                    call.lineno,
                )
            if name == "write_note" and isinstance(call.args[0], ast.Constant):
                assert call.args[0].value in NOTES, (path.name, call.lineno)


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("code", NOTES)
def test_every_note_is_complete_in_every_language(code, lang):
    note = write_note(code, **FACTS)
    told = tell_note(note, read_locale(lang)).replace("\u200e", "")
    assert told
    assert told != note
    assert "{" not in told
    for name, fact in read_note(note).facts.items():
        assert fact in told or name in ("counts", "table", "what")
    assert (
        not re.search(r"\b(?:the|was|were|rows?|roads?|read|which)\b", told) or code == "excluded"
    )


def test_rows_that_were_excluded_are_counted_by_kind_in_the_language():
    note = write_note("excluded_by_kind", counts="3 demonstration, 2 low confidence")
    assert (
        tell_note(note, read_locale("fr"))
        == "mis de côté d’après leur nature : manifestation : 3, faible confiance : 2"
    )
    assert (
        tell_note(note, read_locale("ar")).replace("\u200e", "")
        == "وُضعت جانبًا بحسب طبيعتها: مظاهرة 3، ثقة منخفضة 2"
    )


@pytest.mark.parametrize("lang", ["en", *OTHERS])
def test_every_word_that_rows_are_counted_under_is_there_in_every_language(lang):
    assert {
        "demonstration",
        "low_confidence",
        "not_a_truck_road",
        "no_damage",
        "railway",
    } < list_rows()
    assert list_rows() <= read_locale(lang).texts["row"].keys()
    assert {what.replace(" ", "_") for what in UNREAD} == read_locale(lang).texts["unread"].keys()


@pytest.mark.parametrize("lang", OTHERS)
def test_what_is_not_understood_of_roads_is_in_the_language(lang):
    notes = describe_unread(
        {"ways": {"maxweight:conditional": 12}, "nodes": {"maxwidth": 1}}
    ) + describe_oddities([(("maxweight", "?"), 2)])
    told = [tell_note(note, read_locale(lang)) for note in notes]
    assert all(told)
    assert not any("not" in sentence or "limits" in sentence for sentence in told)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A plan on files that much is noted of."""
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
def test_a_plan_has_the_notes_on_its_files_in_the_language_also_after_it_was_written(
    plan, lang, tmp_path
):
    told = co.render_remarks(plan, lang)
    about_files = [
        sentence
        for remark, sentence in zip(plan.remarks, told, strict=True)
        if remark.code == "file_note"
    ]
    assert len(about_files) > 4
    assert not any(
        re.search(r"\b(?:the|were|row|read)\b", sentence.partition("[")[0].partition("I-3")[0])
        for sentence in about_files[:3]
    )
    co.write_plan(plan, tmp_path / "plan")
    assert co.render_remarks(co.read_plan(tmp_path / "plan"), lang) == told


@pytest.mark.parametrize("lang", OTHERS)
def test_the_list_of_files_on_the_map_counts_rows_and_has_notes_in_the_language(plan, lang):
    files = build_panel(co.build_release(plan), read_locale(lang))["files"]
    assert not any("read" in file["rows"] or "kept" in file["rows"] for file in files)
    assert {note["lang"] for file in files for note in file["notes"]} == {lang}


@pytest.mark.parametrize("lang", OTHERS)
def test_what_a_library_said_stays_as_it_is_and_is_said_to_be_english(plan, lang):
    said = "Several features with id = 3 have been found"
    (told,) = co.render_remarks(
        replace(plan, remarks=(Remark("file_note", {"file": "a.gpkg", "note": said}),)), lang
    )
    assert said in told.replace("\u200e", "")
    assert {"fr": "en anglais", "ar": "بالإنجليزية"}[lang] in told
