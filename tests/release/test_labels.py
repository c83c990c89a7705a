"""The reasons of roads and of places that are cut off, in every language."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile

import pytest
import shapely
from town import AS_OF, make_situation, spot
from town_plans import plan, rules
from town_reports import DAY, make_reports, middle, plan_with

import corridors as co
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.outputs.maps import render_map
from corridors.release.audiences import as_seen_by
from corridors.release.labels import Labels

OTHERS = ("fr", "ar")
ENGLISH = re.compile(
    r"\b(?:the|by|of|from|is|closed|closes|within|road|report|reports|restricted|unknown|known|vehicle|and|more|away|ways?)\b"
)


def clean(text):
    """A text without the marks of order and with plain spaces."""
    return re.sub("[\u00a0\u202f]", " ", text.replace("\u200e", ""))


def render(made, lang):
    """The reasons of all segments that have one, in a language."""
    labels = Labels(co.build_release(made), read_locale(lang))
    hindered = labels.segments.index[labels.segments["reason_code"] != ""]
    return {segment: clean(labels.reason(segment)) for segment in hindered}


def make_hindered():
    """A town in which roads are hindered in every way there is."""
    shape = shapely.box(35.035, 33.01, 35.045, 33.012)  # over the street 3-6
    barred = shapely.box(35.015, 33.03, 35.025, 33.032)  # over the street 5-8
    situation = make_situation(
        incidents=[("I-1", 35.01, 33.0), ("I-2", 35.03, 33.02, {"accuracy_m": 40.0})],
        zones=[("Z-1", "restricted", shape), ("Z-2", "no_go", barred)],
        sites={"depot": ("depot", 35.0, 33.01), "clinic": ("destination", *spot(9))},
        bridge={"5-6": True, "8-9": True},
        name={"5-6": "Old Bridge", "8-9": "Iron Bridge", "4-5": "Market Street"},
        max_weight_t={"7-8": 3.5},
    )
    reports = make_reports(
        (
            "R-1",
            middle(8, 9),
            "RESTRICTED",
            {
                "max_weight_t": 40.0,
                "source": "WFP",
                "valid_to": AS_OF + DAY,
                "kind": "bridge_status",
            },
        ),
        ("R-2", middle(4, 5), "UNKNOWN"),
        ("R-3", middle(4, 7), "PASSABLE", {"reported_at": AS_OF - 90 * DAY}),
        ("R-4", shapely.LineString([spot(6), spot(9)]), "NOT_PASSABLE", {"direction": "forward"}),
    )
    return plan(
        dataclasses.replace(situation, road_reports=reports),
        rules(
            incidents={"radius_m": 300.0},
            vehicle={"gross_weight_t": 20.0},
            road_reports={"use_unknown": True},
        ),
    )


@pytest.fixture(scope="module")
def hindered():
    return make_hindered()


@pytest.mark.parametrize("lang", OTHERS)
def test_every_reason_is_in_the_language_and_none_in_english(hindered, lang):
    told = render(hindered, lang)
    assert set(hindered.segments["status"]) == {"PASSABLE", "RESTRICTED", "NOT_PASSABLE", "UNKNOWN"}
    assert len(told) >= 9
    for segment, reason in told.items():
        assert not ENGLISH.search(reason), (segment, reason)


def test_reasons_say_which_report_zone_or_incident_it_is_and_what_they_say():
    told = render(make_hindered(), "fr")
    assert told["1-2"] == (
        "frappe aérienne I-1 du 2026-11-22, à 0 m (ferme les routes dans un rayon de 300 m)"
    )
    assert told["3-6"] == "entre dans Z-1 (zone réglementée) ou la touche"
    assert told["5-8"] == "entre dans Z-2 (zone interdite) ou la touche"
    assert told["7-8"] == "limite de poids 3.5 t, véhicule 20 t"
    assert told["8-9"] == (
        "restreinte selon le rapport routier R-1 (état du pont, à hauteur de « Iron Bridge »,"
        " du 2026-11-23, restreint, limite signalée : 40 t, jusqu’au 2026-11-24 06:00 UTC, WFP)"
    )
    assert told["4-5"] == (
        "état inconnu selon le rapport routier R-2 (état de la route, du 2026-11-23, inconnu)"
    )
    assert told["4-7"].startswith("signalée utilisable par un rapport trop ancien pour s’y fier")
    assert told["6-9"].startswith("fermée selon le rapport routier R-4 (état de la route")


def test_a_road_closed_in_one_direction_and_unknown_in_the_other_gives_both_reasons():
    closed = ("R-1", middle(1, 2), "NOT_PASSABLE", {"direction": "eastbound"})
    stale = ("R-2", middle(1, 2), "PASSABLE", {"reported_at": AS_OF - 60 * DAY})
    for use_unknown in (True, False):
        told = render(
            plan_with(closed, stale, tables={"road_reports": {"use_unknown": use_unknown}}), "fr"
        )["1-2"]
        first, second = told.split(" ; ")
        assert first.startswith("fermée selon le rapport routier R-1")
        assert "R-2" in second
    unreported = {"assume_unreported": "UNKNOWN", "use_unknown": True}
    told = render(plan_with(closed, tables={"road_reports": unreported}), "fr")["1-2"]
    assert told.endswith(" ; aucun rapport ne la concerne")


def test_a_road_of_which_no_report_speaks_says_so():
    made = plan_with(
        ("R-1", middle(1, 2), "PASSABLE"),
        tables={"road_reports": {"assume_unreported": "UNKNOWN", "use_unknown": True}},
    )
    assert render(made, "fr")["8-9"] == "aucun rapport ne la concerne"
    assert render(made, "ar")["8-9"] == "لا بلاغ عنه"


def test_more_than_three_causes_are_counted():
    made = plan(incidents=[(f"I-{number}", 35.01, 33.0) for number in range(5)])
    assert render(made, "fr")["1-2"].count("frappe aérienne") == 3
    assert render(made, "fr")["1-2"].endswith(" ; et 2 de plus")
    assert render(made, "ar")["1-2"].endswith("؛ و2 غيرها")


def test_reasons_that_are_withheld_are_empty(hindered):
    labels = Labels(as_seen_by(hindered, "partners"), read_locale("fr"))
    assert {labels.reason(segment) for segment in labels.segments.index} == {""}


@pytest.mark.parametrize("lang", ["en", *OTHERS])
def test_reasons_are_the_same_after_the_plan_was_written_and_read(hindered, lang, tmp_path):
    co.write_plan(hindered, tmp_path / "plan")
    read = Labels(co.read_plan(tmp_path / "plan"), read_locale(lang))
    made = Labels(co.build_release(hindered), read_locale(lang))
    for segment in made.segments.index:
        assert read.reason(segment) == made.reason(segment)
    for site in made.cut_off.index:
        assert read.cut_off_reason(site) == made.cut_off_reason(site)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", "se trouve sur une route fermée : frappe aérienne I-1"),
        ("ar", "على طريق مغلق: غارة جوية I-1"),
    ],
)
def test_a_depot_on_a_closed_road_has_its_reason_in_the_language(lang, said):
    sites = {"depot": ("depot", 35.01, 33.0), "clinic": ("destination", *spot(9))}
    made = plan(make_situation(incidents=[("I-1", 35.01, 33.0)], sites=sites))
    assert any(said in clean(remark) for remark in co.render_remarks(made, lang))


def cut_off(made, lang):
    return clean(Labels(co.build_release(made), read_locale(lang)).cut_off_reason("clinic"))


def test_a_place_that_no_road_leads_to_does_not_name_what_closes_roads_near_it():
    pairs = [(1, 2), (6, 9), (8, 9)]
    made = plan(pairs=pairs, incidents=[("near", 35.03, 33.04)])  # on a street that leads nowhere
    assert made.cut_off.at["clinic", "reason_code"] == "cut_off.no_road"
    for lang in OTHERS:
        assert cut_off(made, lang).startswith(read_locale(lang)["cut_off.no_road"])
    for audience in ("partners", "parties"):
        seen = Labels(as_seen_by(made, audience), read_locale("en"))
        site = next(iter(seen.cut_off.index))
        assert seen.cut_off_reason(site) == read_locale("en")["cut_off.no_road"]


def test_a_place_names_what_closes_its_own_road_and_how_near_one_can_get():
    sites = {"depot": ("depot", *spot(1)), "clinic": ("destination", 35.03, 33.0401)}
    made = plan(
        make_situation(incidents=[("s", 35.03, 33.04)], sites=sites),
        rules(incidents={"radius_m": 800.0}),
    )
    assert cut_off(made, "fr") == (
        "La route même où se trouve ce lieu (8-9) est fermée : frappe aérienne s du 2026-11-22,"
        " à 0 m (ferme les routes dans un rayon de 800 m). Le point accessible le plus proche est à 934 m."
    )
    assert "على بعد 934 م" in cut_off(made, "ar")


def test_a_place_that_is_cut_off_names_the_causes_that_the_audience_may_see():
    made = plan(pairs=[(1, 2), (2, 3), (3, 6), (6, 9)], incidents=[("a", 35.01, 33.0)])
    assert cut_off(made, "fr").startswith(
        "Tous les accès sont fermés par des incidents signalés (a)."
    )
    assert cut_off(made, "ar").startswith("كل الطرق إليه مغلقة بسبب حوادث مبلّغ عنها (a).")
    release = co.disclose(co.build_release(made), "partners")
    assert (
        Labels(release, read_locale("fr")).cut_off_reason("clinic")
        == "Tous les accès sont fermés par des incidents signalés."
    )


@pytest.mark.parametrize(
    ("lang", "said"),
    [("fr", "des limites de poids ou de hauteur."), ("ar", "حدود الوزن أو الارتفاع.")],
)
def test_a_limit_of_the_vehicle_is_written_without_the_name_of_its_column(lang, said):
    made = plan(pairs=[(1, 2), (2, 9)], max_weight_t={"1-2": 3.5}, incidents=[("far", 35.5, 33.4)])
    assert cut_off(made, lang).startswith(
        read_locale(lang).format("cut_off.closed", causes=(said.rstrip("."),))
    )
    assert "gross_weight_t" not in Labels(co.build_release(made), read_locale(lang)).format_cause(
        "vehicle:gross_weight_t"
    )


@pytest.mark.parametrize("lang", OTHERS)
def test_a_place_that_is_cut_off_by_unreported_roads_says_so(lang):
    made = plan_with(
        ("R-1", middle(1, 2), "PASSABLE"), tables={"road_reports": {"assume_unreported": "UNKNOWN"}}
    )
    cause = Message("blocked_by.unreported")
    sentence = read_locale(lang).render(Message("cut_off.closed", causes=(cause,)))
    assert cut_off(made, lang).startswith(clean(sentence))


@pytest.mark.parametrize("lang", OTHERS)
def test_a_file_for_google_earth_has_the_reasons_of_roads_and_structures_in_the_language(
    hindered, lang, tmp_path
):
    co.write_exports(
        hindered, tmp_path / "out", formats=("kmz",), layers=("segments", "structures"), lang=lang
    )
    (path,) = (tmp_path / "out").glob("*.kmz")
    text = zipfile.ZipFile(io.BytesIO(path.read_bytes())).read("doc.kml").decode()
    told = re.findall(r"<description>(.*?)</description>", text)[1:]
    labels = Labels(co.build_release(hindered), read_locale(lang))
    assert any(clean(labels.reason("1-2")) in clean(description) for description in told)
    assert not [description for description in told if ENGLISH.search(description)]


@pytest.mark.parametrize("lang", OTHERS)
def test_the_card_of_a_restricted_road_has_its_reason_in_the_language_that_is_read(
    hindered, lang, browser, tmp_path
):
    (tmp_path / "map.html").write_text(
        render_map(hindered, languages=("en", lang)), encoding="utf-8"
    )
    browser.open(tmp_path / "map.html", width=1200, height=900)
    cards = "plan.limited.segments.map((_, index) => makeLimitedCard(index).textContent)"
    english = browser.run(cards)
    assert any("it enters or touches Z-1 (restricted zone)" in card for card in english)
    browser.run(f"document.querySelector('[data-speak={lang}]').click()")
    told = browser.run(cards)
    assert len(told) == len(english) > 3
    assert not [card for card in told if ENGLISH.search(card.replace("\u200e", ""))]


def test_a_page_read_in_french_parts_thousands_by_a_space(hindered, browser, tmp_path):
    (tmp_path / "map.html").write_text(
        render_map(hindered, languages=("fr", "en")), encoding="utf-8"
    )
    browser.open(tmp_path / "map.html", width=1200, height=900)
    told = "format('none_within', { reach: formatInteger(1050) })"
    assert "1\xa0050 m" in browser.run(told)
    browser.run("document.querySelector('[data-speak=en]').click()")
    assert "1,050 m" in browser.run(told)
