"""Problems are listed by file, in any language, and a mistake made often is listed once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import corridors as co
from corridors.errors import Problem
from corridors.locales import LANGUAGES
from corridors.messages import Message
from corridors.outputs.problems import MAX_ALIKE, render_problems
from corridors.outputs.serialization import render_json

BLANK, RETYPE = Message("problem.blank"), Message("hint.retype_id")


def make(row=3, **place):
    return Problem("some-code", BLANK, RETYPE, "strikes.csv", row, **place)


def test_a_problem_has_its_place_its_value_and_its_fix():
    text = render_problems([make(field="lat", value="95.2")])
    assert text.splitlines() == [
        "strikes.csv",
        "  row 3, lat = '95.2': is blank [some-code]",
        "      Fix: type the id again.",
        "",
        "1 problem in 1 file.",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_places_values_and_codes(language):
    problems = [make(field="lat", value="95.2"), make(17), make(None)]
    text = render_problems(problems, language=language).replace("\u200e", "")
    for part in ("strikes.csv", "3", "17", "lat = '95.2'", "[some-code]"):
        assert part in text
    assert ("Fix" in text) == (language == "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_problems_of_many_rows_are_counted(language):
    problems = [make(row) for row in range(2, MAX_ALIKE + 9)]
    text = render_problems(problems, width=200, language=language).replace("\u200e", "")
    assert text.count("[some-code]") == MAX_ALIKE + 1
    (last,) = (line for line in text.splitlines() if "--json" in line)
    assert all(str(figure) in last for figure in (7, MAX_ALIKE + 2, MAX_ALIKE + 8))


def test_no_problem_is_a_sentence_too():
    assert render_problems([]) == "No problem found.\n"


def test_lines_are_as_wide_as_the_terminal_and_hidden_characters_are_shown():
    text = render_problems([make(value="a\u202eb \x1b[1m " + "word " * 20)], width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_the_same_mission_is_checked_in_every_language(tmp_path):
    folder = tmp_path / "new"
    co.write_mission(folder)
    problems = co.check_folder(folder)
    texts = [render_problems(problems, language=lang).replace("\u200e", "") for lang in LANGUAGES]
    assert {text.count("[missing-file]") for text in texts} == {1}


def test_a_problem_is_a_document_with_code_and_values_in_plain_json():
    start = datetime(2026, 11, 22, 6, tzinfo=UTC)
    message = Message("problem.ends_before_start", start=start)
    problem = Problem("ends-before-start", message, Message("hint.use_one_of", words=("a", "b")))
    document = json.loads(render_json(problem.as_dict()))
    assert document["message_code"] == "problem.ends_before_start"
    assert document["message_values"] == {"start": "2026-11-22T06:00:00+00:00"}
    assert document["hint_values"] == {"words": ["a", "b"]}
    assert document["hint"] == "use one of these: a, b"
