"""Remarks: told in every language, and the same after the plan was written and read."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

import corridors as co
from corridors import remarks
from corridors.evidence.status import FUTURE, TOO_IMPRECISE, UNVERIFIED
from corridors.locales import LANGUAGES, read_locale
from corridors.remarks import Remark


@pytest.fixture(scope="module")
def plan():
    folder = co.demo_folder()
    return co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))


def list_codes():
    """The codes of all remarks that the source makes."""
    source = inspect.getsource(remarks)
    made = re.findall(r'Remark\(\s*"(\w+)"|_name_all\(\s*"(\w+)"|"(report_\w+)"', source)
    return {code for found in made for code in found if code} | {FUTURE, TOO_IMPRECISE, UNVERIFIED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remark_that_can_be_made_has_words_in_every_language_and_no_other_has(language):
    assert list_codes() == set(read_locale(language).texts["remark"]) - {"some_more"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_remarks_of_a_plan_are_complete_in_every_language(plan, language):
    told = co.render_remarks(plan, language)
    assert len(told) == len(plan.remarks) > 2
    assert not any("{" in sentence or "}" in sentence for sentence in told)
    for remark, sentence in zip(plan.remarks, told, strict=True):
        listed = [
            name
            for value in remark.values.values()
            if isinstance(value, tuple)
            for name in value[:5]
        ]
        assert all(name in sentence for name in listed)
    if language == "ar":
        assert all(re.search(r"[\u0621-\u064a]", sentence) for sentence in told)
        assert not any("�" in sentence for sentence in told)


def tell(plan, *told, language="en"):
    return co.render_remarks(replace(plan, remarks=told), language)


def test_more_than_five_names_are_counted(plan):
    remark = Remark("far_zones", {"names": tuple("abcdefg")})
    assert tell(plan, remark)[0].startswith("a, b, c, d, e and 2 more: zones far from")
    assert "a, b, c, d, e et 2 de plus" in tell(plan, remark, language="fr")[0]


def test_distances_are_rounded_down_and_shares_up(plan):
    pair = {"depot": "DEP-SIDON", "destination": "DST-TYRE", "rank": 1}
    near, part = (
        Remark("in_reach", {"site": "DST-TYRE", "incident": "inc-1", "distance_m": 612.9}),
        Remark("unknown_roads", pair | {"share": 0.401}),
    )
    assert tell(plan, near) == ["Tyre hospital itself lies 612 m from inc-1, within its reach."]
    assert "41 % of corridor 1" in tell(plan, part)[0]


def test_places_are_called_as_the_language_calls_them_and_figures_stay_where_they_are(plan):
    remark = Remark(
        "unknown_roads", {"depot": "DEP-SIDON", "destination": "DST-TYRE", "rank": 1, "share": 0.4}
    )
    assert "من مستودع صيدا إلى مستشفى صور" in tell(plan, remark, language="ar")[0]
    assert tell(plan, remark)[0].startswith("From Sidon depot to Tyre hospital, 40 %")
    sites = plan.situation.sites.assign(name=plan.situation.sites["name_ar"])
    arabic = replace(plan, situation=replace(plan.situation, sites=sites))
    assert tell(arabic, remark)[0].startswith("From مستودع صيدا\u200e to مستشفى صور\u200e, 40 %")


def test_remarks_are_the_same_after_the_plan_was_written_and_read(plan, tmp_path):
    co.write_plan(plan, tmp_path / "plan")
    release = co.read_plan(tmp_path / "plan")
    assert release.remarks == plan.remarks
    for language in LANGUAGES:
        assert co.render_remarks(release, language) == co.render_remarks(plan, language)
