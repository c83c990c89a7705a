"""Problems and errors: what is wrong, where, and how to fix it."""

from __future__ import annotations

import pytest

from corridors import errors
from corridors.errors import InputError, Problem
from corridors.messages import Message

WHAT, HINT = Message("problem.broken_column_missing"), Message("hint.see_tables")
PROBLEM = Problem("broken-table", WHAT, HINT, "strikes.csv", 3, "lat", "95.2")


def test_a_problem_is_one_sentence_with_its_place_value_code_and_hint():
    start = "strikes.csv, row 3, field lat: "
    assert str(PROBLEM) == f"{start}{WHAT} (value '95.2') [broken-table]. Fix: {HINT}."


def test_a_problem_without_a_place_names_none_and_a_hint_that_asks_ends_with_its_mark():
    assert str(Problem("odd", "odd", "is it right?")) == "odd [odd]. Fix: is it right?"


def test_a_problem_gets_the_name_of_its_file_only_where_it_has_none():
    assert PROBLEM.within("other.csv") is PROBLEM
    assert Problem("odd", WHAT, HINT).within("other.csv").file == "other.csv"


def test_json_has_the_message_in_english_and_as_code_and_values():
    written = PROBLEM.as_dict()
    assert written["message"] == str(WHAT)
    assert (written["message_code"], written["message_values"]) == (WHAT.code, {})
    assert (written["row"], written["hint_code"]) == (3, HINT.code)


def test_an_input_error_keeps_every_problem_in_its_order():
    problems = [PROBLEM, PROBLEM.within("a"), Problem("odd", "odd", "mind it")]
    error = InputError(iter(problems))
    assert error.problems == tuple(problems)
    assert str(error).splitlines() == [str(problem) for problem in problems]
    assert InputError(PROBLEM).problems == (PROBLEM,)


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [
        ("CorridorsError", 1),
        ("UsageError", 2),
        ("InputError", 4),
        ("AcknowledgementNeeded", 4),
        ("DownloadError", 4),
        ("StaleInputError", 5),
        ("OutputError", 1),
    ],
)
def test_each_error_ends_the_command_line_with_its_exit_code(name, exit_code):
    error = getattr(errors, name)
    assert issubclass(error, errors.CorridorsError)
    assert error.exit_code == exit_code
