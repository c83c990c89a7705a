"""The words of the outputs: the same texts with the same places to fill in, in every language, and
right for any number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

import corridors as co
from corridors.inputs.feeds.unosat import CLASSES
from corridors.locales import LANGUAGES, read_locale
from corridors.outputs.exports.selection import Export
from corridors.outputs.exports.spreadsheet import describe_about
from corridors.outputs.maps.panel import build_panel
from corridors.outputs.maps.popups import build_popups

OTHERS = [lang for lang in LANGUAGES if lang != "en"]
AFTER_A_NUMBER = re.compile(r"\{(?:n|count|minutes|days|reports|missing|some)\} [^\W\d_]{3,}")
"""A word that would have to change with the number before it."""


def list_texts(texts, section=""):
    for key, text in texts.items():
        if isinstance(text, Mapping):
            yield from list_texts(text, f"{section}{key}.")
        elif isinstance(text, str):
            yield f"{section}{key}", text


@pytest.fixture(scope="module")
def release():
    return co.build_release(co.plan_corridors(co.read_situation(co.demo_folder())))


def test_no_arabic_text_counts_with_a_noun_that_fits_some_numbers_only():
    # "of the", kilometres, "others", and minutes as the unit of a step
    fits_all = ("من ", "كم", "غيرها", "أخرى", "دقيقة")
    plural = (".zero", ".one", ".two", ".few", ".many", ".other")
    texts = dict(list_texts(read_locale("ar").texts))
    wrong = [
        key
        for key, text in texts.items()
        for found in AFTER_A_NUMBER.finditer(text)
        if not key.endswith(("_one", *plural))
        and not found[0].partition(" ")[2].startswith(tuple(word.strip() for word in fits_all))
    ]
    assert wrong == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_incident_is_in_the_singular_and_several_are_in_the_plural(release, lang):
    words = read_locale(lang)
    incidents = release.layers["incidents"]
    one = replace(
        release,
        layers={
            **release.layers,
            "incidents": incidents.assign(incident_status="expired").iloc[:1],
        },
        counts={},
    )
    several = replace(
        release,
        layers={
            **release.layers,
            "incidents": incidents.assign(incident_status="expired").iloc[:3],
        },
        counts={},
    )
    told = [
        " ".join(build_panel(incidents, words)["rests_on"]).replace("\u200e", "")
        for incidents in (one, several)
    ]
    assert f"1 {words['incident_status_of_one.expired']}." in told[0]
    assert f"3 {words['incident_status_short.expired']}." in told[1]
    assert (
        build_popups(one, words, [])["incidents"][0]["incident_status"]
        == words["incident_status_of_one.expired"]
    )


@pytest.mark.parametrize("lang", OTHERS)
def test_a_workbook_has_its_remarks_in_the_language_that_it_is_asked_for(release, lang):
    about = describe_about(Export(release, release.layers, read_locale(lang)))
    assert [co.render_remarks(release, lang)[0]] in about
    assert [co.render_remarks(release)[0]] not in about


def test_a_road_without_reports_is_not_described_as_better_known():
    assert "ou plus connu" not in read_locale("fr")["map.resting"]


@pytest.mark.parametrize("lang", OTHERS)
def test_that_no_report_speaks_of_a_road_is_a_cause_that_a_road_can_be_closed_by(lang):
    said = read_locale(lang).format(
        "annex.closed_by", cause=read_locale(lang)["cause.unreported"], km="3"
    )
    assert {
        "fr": "Par l’absence de tout rapport sur la route\u00a0: 3 km.",
        "ar": "بسبب عدم وجود أي تقرير عن الطريق",
    }[lang] in said


def test_what_analysts_saw_from_space_is_in_every_language_and_the_words_of_a_report_stay_as_they_are(
    release,
):
    incidents = (
        release.layers["incidents"]
        .iloc[:3]
        .assign(structure=["heat seen from space", "structure seen from space: destroyed", "mill"])
    )
    told = replace(release, layers={**release.layers, "incidents": incidents})
    english, french = (
        str(build_popups(told, read_locale(lang), [])["incidents"]) for lang in ("en", "fr")
    )
    assert all(text in english for text in incidents["structure"])
    assert "chaleur vue de l’espace" in french
    assert "structure vue de l’espace : détruite" in french
    assert "'mill'" in french
    seen = {f"structure seen from space: {damage}" for damage in CLASSES.values()} | {
        "heat seen from space"
    }
    assert seen == set(read_locale().texts["seen"].values())


def test_a_device_calls_places_as_the_language_does(release, tmp_path):
    for lang, name, other in (
        ("ar", "مستشفى صور", "Tyre hospital"),
        ("fr", "Tyre hospital", "مستشفى صور"),
    ):
        (path,) = co.write_exports(release, tmp_path / lang, formats=("gpx",), lang=lang)
        points = re.findall(
            r"<wpt.*?<name>(.*?)</name>.*?<desc>(.*?)</desc>", path.read_text("utf-8"), re.DOTALL
        )
        (description,) = [told for called, told in points if called == name]
        assert other in description


def test_thousands_in_french_are_not_parted_by_what_parts_decimals_there(release):
    sites = release.layers["sites"].assign(people=12000.0, need_t=1234.0, stock_t=5600.0)
    told = replace(release, layers={**release.layers, "sites": sites})
    for lang in LANGUAGES:
        words = read_locale(lang)
        said = str(build_panel(told, words)) + str(build_popups(told, words, []))
        assert ("12,000" in said) == (lang != "fr")
    facts = dict(build_popups(told, read_locale("fr"), [])["sites"][0]["facts"])
    assert (facts["Personnes"], facts["Stock"]) == ("12\u00a0000", "5\u00a0600 t")
