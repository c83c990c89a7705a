"""A plan as text for a terminal."""

from __future__ import annotations

import re

import pytest
from release_town import make_cut_town

import corridors as co
from corridors.outputs.summary import render_summary


@pytest.mark.parametrize("audience", co.AUDIENCES)
def test_the_text_for_a_terminal_lists_for_each_level_what_it_sees(audience):
    cut_town = make_cut_town()
    text = " ".join(
        re.sub(
            r"\x1b\[[\d;]*m",
            "",
            render_summary(co.disclose(cut_town, audience, reveal=audience != "public")),
        ).split()
    )
    told = (
        "INC-77 of 2026-11-22" in text,
        "Fewest closures" in text,
        "Every road there is closed by" in text,
        "CUT OFF: Clinic" in text,
    )
    least = {
        "internal": (True,) * 4,
        "partners": (False, True, True, True),
        "parties": (False, True, True, True),
        "public": (False,) * 3 + (True,),
    }
    assert told == least[audience]
    assert ("Incidents read: 2" in text) == (audience in ("internal", "partners"))
