"""`corridors map` and the map that `corridors plan` writes: the same bytes, other bytes for other
data, languages, refusals."""

from __future__ import annotations

import re
import shutil

import folium
import pytest

import corridors as co
from corridors.outputs import maps


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """The embedded mission, planned and written; and the same with one strike moved by a hundredth
    of a degree."""
    folders = []
    for move in (False, True):
        mission = tmp_path_factory.mktemp("mission")
        shutil.copytree(co.demo_folder(), mission, dirs_exist_ok=True)
        strikes = mission / "strikes.csv"
        if move:
            text = strikes.read_text(encoding="utf-8")
            first = text.splitlines()[1]
            moved = re.sub(
                r"\b33\.(\d)", lambda found: f"33.{(int(found[1]) + 1) % 10}", first, count=1
            )
            assert moved != first
            strikes.write_text(text.replace(first, moved), encoding="utf-8")
        out = tmp_path_factory.mktemp("out") / "plan"
        co.write_plan(co.plan_corridors(co.read_situation(mission)), out)
        folders.append(out)
    return folders


def test_the_map_of_a_plan_folder_is_the_same_each_time_and_another_for_another_strike(
    run, plan, tmp_path
):
    texts = []
    for name, folder in (("a", plan[0]), ("b", plan[0]), ("c", plan[1])):
        code, out, _ = run("map", folder, "--out", tmp_path / name)
        assert code == 0
        texts.append((tmp_path / name / out.strip().rpartition("/")[2]).read_bytes())
    assert texts[0] == texts[1] == (plan[0] / "map.html").read_bytes()
    assert texts[2] != texts[0]


def test_a_file_named_as_the_folder_to_write_to_is_refused_by_its_name(run, plan, tmp_path):
    (tmp_path / "notes.txt").write_text("kept", encoding="utf-8")
    code, _, err = run("map", plan[0], "--out", tmp_path / "notes.txt", "--force")
    assert (code, err.strip()) == (2, f"{tmp_path / 'notes.txt'} is not a folder; use another name")
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "kept"


def test_only_the_links_of_credits_are_named_in_the_page(plan):
    page = (plan[0] / "map.html").read_text(encoding="utf-8")
    links = set(re.findall(r'(?:src|href)="?(https?://[^" >]*)', page)) - {
        "http://www.w3.org/2000/svg"
    }
    assert links <= {"https://leafletjs.com", "https://www.openstreetmap.org/copyright"}
    assert "Content-Security-Policy" in page


def test_languages_are_named_on_the_command_line(run, plan, tmp_path):
    code, out, _ = run(
        "map",
        plan[0],
        "--out",
        tmp_path,
        "--lang",
        "ar, en",
        "--audience",
        "parties",
        "--title",
        "القوافل",
    )
    assert code == 0
    page = (tmp_path / out.strip().rpartition("/")[2]).read_text(encoding="utf-8")
    assert '<html lang="ar">' in page
    assert re.findall(r'data-speak="(\w+)"', page) == ["ar", "en"]
    assert "القوافل" in page


@pytest.mark.parametrize("lang", ["de", "", "en,xx"])
def test_a_language_that_is_not_there_is_a_matter_of_usage(run, plan, tmp_path, lang):
    code, _, err = run("map", plan[0], "--out", tmp_path / "new", "--lang", lang)
    assert code == 2
    assert "en, ar, fr" in err
    assert not (tmp_path / "new").exists()


def test_a_map_that_would_load_tiles_is_not_written(run, plan, tmp_path, monkeypatch):
    draw = maps.draw_map

    def with_tiles(*plan, **how):
        chart = draw(*plan, **how)
        folium.TileLayer("https://tiles.example/{z}/{x}/{y}.png", attr="x").add_to(chart)
        return chart

    monkeypatch.setattr(maps, "draw_map", with_tiles)
    code, _, err = run("map", plan[0], "--out", tmp_path / "new")
    assert code == 1
    assert "would load" in err
    assert not (tmp_path / "new").exists() or not list((tmp_path / "new").iterdir())
