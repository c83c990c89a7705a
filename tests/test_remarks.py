"""Remarks: told in every language, and the same after the plan was written and read."""

from __future__ import annotations

import inspect
import re

import pytest

import corridors as co
from corridors import remarks
from corridors.outputs.remarks import tell_remark
from corridors.outputs.wording import LANGUAGES, read_wording
from corridors.remarks import Remark
from corridors.situation import FUTURE, TOO_IMPRECISE, UNVERIFIED


@pytest.fixture(scope="module")
def plan():
    folder = co.demo_folder()
    return co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))


def list_codes():
    """The codes of all remarks that the source makes."""
    source = inspect.getsource(remarks)
    made = re.findall(r'Remark\(\s*"(\w+)"|_name_all\("(\w+)"|"(report_\w+)"', source)
    return {code for found in made for code in found if code} | {FUTURE, TOO_IMPRECISE, UNVERIFIED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remark_that_can_be_made_has_words_in_every_language_and_no_other_has(language):
    assert list_codes() == set(read_wording(language).texts["remark"]) - {"some_more"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_remarks_of_a_plan_are_told_whole_in_every_language(plan, language):
    told = co.tell_remarks(plan, language)
    assert len(told) == len(plan.remarks) > 2
    assert not any("{" in sentence or "}" in sentence for sentence in told)
    for remark, sentence in zip(plan.remarks, told, strict=True):
        named = [value for value in remark.values.values() if isinstance(value, str)]
        listed = [name for value in remark.values.values() if isinstance(value, tuple) for name in value[:5]]
        kinds = {remark.values.get("kind"), remark.values.get("zone_kind")}
        assert all(name in sentence for name in (*named, *listed) if name not in kinds)
    if language == "ar":
        assert all(re.search(r"[\u0621-\u064a]", sentence) for sentence in told)
        assert not any("�" in sentence for sentence in told)


def test_more_than_five_names_are_counted():
    remark = Remark("far_zones", {"names": tuple("abcdefg")})
    assert tell_remark(remark, read_wording()).startswith("a, b, c, d, e and 2 more: zones far from")
    assert "a, b, c, d, e et 2 autres" in tell_remark(remark, read_wording("fr"))


def test_distances_are_rounded_down_and_shares_up():
    assert "lies 612 m from inc-1" in tell_remark(
        Remark("in_reach", {"site": "Clinic", "incident": "inc-1", "distance_m": 612.9}), read_wording()
    )
    pair = {"depot": "D", "destination": "C"}
    assert "41 % of corridor 1" in tell_remark(Remark("unknown_roads", pair | {"rank": 1, "share": 0.401}), read_wording())


def test_remarks_are_the_same_after_the_plan_was_written_and_read(plan, tmp_path):
    co.write_plan(plan, tmp_path / "plan")
    release = co.read_plan(tmp_path / "plan")
    assert release.remarks == plan.remarks
    for language in LANGUAGES:
        assert co.tell_remarks(release, language) == co.tell_remarks(plan, language)
