"""Words of files and feeds, and the words of our tables that they mean."""

from __future__ import annotations

import pytest
from incident_files import GOOD, HEADER, read, refused

from corridors.errors import InputError


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Airstrike", "air_strike"),
        ("Air/drone strike", "air_strike"),
        ("Shelling/artillery/missile attack", "shelling"),
        ("armed clash", "ground_clash"),
        ("Remote explosive/landmine/IED", "explosive_hazard"),
        ("IED", "explosive_hazard"),
        ("roadblock", "obstruction"),
        ("OTHER", "other"),
    ],
)
def test_the_usual_words_for_kinds_are_known(tmp_path, word, kind):
    assert read(tmp_path, f"A,{word},2026-11-22T06:00Z,33.5,35.5").table.loc["A", "kind"] == kind


def test_an_unknown_or_blank_kind_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, "A,sheling,2026-11-22T06:00Z,33.5,35.5")
    hint = error.value.problems[0].hint
    assert hint.values["near"] == "shelling"
    assert "other" in hint.values["words"]
    assert refused(tmp_path, "A,,2026-11-22T06:00Z,33.5,35.5") == [("unknown-kind", 2, "kind", "")]


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("", "reported"),
        ("Confirmed", "verified"),
        ("unconfirmed", "reported"),
        ("retracted", "retracted"),
    ],
)
def test_words_of_verification_are_known(tmp_path, word, wanted):
    assert (
        read(tmp_path, f"{GOOD},{word}", header=HEADER + ",verification").table.loc[
            "A", "verification"
        ]
        == wanted
    )
