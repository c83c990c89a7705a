"""How exact a place is, in words and lengths."""

from __future__ import annotations

import pytest
from incident_files import PLAIN_HEADER, PLAIN_ROW, find_codes, read_text

import corridors as co
from corridors.inputs.columns import CellError
from corridors.inputs.precision import parse_accuracy
from corridors.rules import PrecisionRules


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("250", 250),
        ("25 km", 25_000),
        ("25km", 25_000),
        ("about 2.5 km", 2_500),
        ("± 300 m", 300),
        ("500 metres", 500),
        ("street level", 100),
        ("Street-Level", 100),
        ("Approximate (town level)", 2_000),
        ("Bad (somewhere in a province)", 150_000),
        ("\u0662\u0665 km", 25_000),
    ],
)
def test_words_and_lengths_become_metres(text, metres):
    assert parse_accuracy(PrecisionRules(), text) == metres


@pytest.mark.parametrize(
    "text", ["25 miles", "roughly", "km", "-5", "1,500", "1,5 km", "NaN", "1e999"]
)
def test_what_says_no_length_is_refused(text):
    with pytest.raises(CellError):
        parse_accuracy(PrecisionRules(), text)


def test_a_bare_number_under_precision_may_be_a_code_and_is_refused(tmp_path):
    header = PLAIN_HEADER.replace("accuracy_m", "precision")
    assert find_codes(tmp_path, f"{header}\n{PLAIN_ROW}\n") == ["unknown-precision"]
    assert (
        read_text(tmp_path, f"{header}\n{PLAIN_ROW.replace('100', 'town level')}\n")
        .table["accuracy_m"]
        .item()
        == 2000
    )


def test_a_mission_may_tune_the_metres_and_add_words():
    rules = co.Rules.from_tables(
        {"precision": {"words_m": {"town_level": 3000, "valley": 4000}, "acled_m": {"1": 1500}}}
    )
    assert parse_accuracy(rules.precision, "Town level") == 3000
    assert parse_accuracy(rules.precision, "valley") == 4000
    assert rules.precision.acled_m == {"1": 1500.0, "2": 10_000.0, "3": 50_000.0}
