"""The embedded mission gives what is stored in `tests/golden`, in figures and in pictures."""

from __future__ import annotations

import io
import subprocess
from hashlib import sha256

import pytest
from dump_results import COLUMNS, dump_plan, plan_mission
from golden_files import GOLDEN, compare_picture, compare_text
from programs import need

import corridors as co
from corridors.outputs.maps import render_map

LONG = ("segments", "steps")
"""Tables of which only a digest is stored."""
CLOCK = "2026-11-23T07:00:00Z"
"""What the clock of the browser says: an hour after the moment of the mission."""


@pytest.fixture(scope="module")
def plan():
    return plan_mission(co.demo_folder())


@pytest.fixture(scope="module")
def dumped(plan):
    return dump_plan(plan)


@pytest.fixture
def renew(request):
    return request.config.getoption("--renew-golden")


@pytest.mark.parametrize(
    "table", [*(name for name in COLUMNS if name not in LONG), "counts", "remarks"]
)
def test_the_embedded_mission_gives_the_stored_table(dumped, renew, table):
    compare_text(f"{table}.tsv", dumped[table], renew=renew)


def test_the_embedded_mission_gives_the_stored_digests_of_long_tables(dumped, renew):
    rows = [
        f"{table}\t{dumped[table].count(chr(10)) - 1}\t{sha256(dumped[table].encode()).hexdigest()}"
        for table in LONG
    ]
    compare_text("long_tables.tsv", "\n".join(["table\trows\tsha256", *rows, ""]), renew=renew)


def test_the_map_page_looks_as_stored(plan, renew, browser, tmp_path):
    (tmp_path / "map.html").write_text(render_map(plan), encoding="utf-8")
    script = browser.ask(
        "Page.addScriptToEvaluateOnNewDocument", source=f"Date.now = () => Date.parse('{CLOCK}')"
    )
    try:
        browser.open(tmp_path / "map.html", width=960, height=640)
        compare_picture("map_page.png", browser.shoot("map_page.png"), renew=renew)
    finally:
        browser.ask("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])


def test_the_first_page_of_the_printed_map_looks_as_stored(plan, renew, tmp_path):
    need("pdftoppm")
    pytest.importorskip("typst")
    (tmp_path / "map.pdf").write_bytes(co.render_print(plan))
    command = [
        "pdftoppm",
        "-png",
        "-r",
        "72",
        "-f",
        "1",
        "-l",
        "1",
        "-singlefile",
        "map.pdf",
        "map",
    ]
    subprocess.run(command, cwd=tmp_path, check=True)
    compare_picture("printed_map.png", (tmp_path / "map.png").read_bytes(), renew=renew)


def test_a_text_that_differs_is_shown_as_a_short_difference_with_the_command_that_renews_it():
    stored = (GOLDEN / "snaps.tsv").read_text(encoding="utf-8")
    with pytest.raises(pytest.fail.Exception) as failed:
        compare_text("snaps.tsv", stored.replace("0.000000", "0.5"), renew=False)
    lines = str(failed.value).splitlines()
    assert lines[0] == "snaps.tsv differs:"
    assert len(lines) < 45
    assert "--renew-golden" in lines[-1]


def test_a_picture_with_one_more_sign_differs_and_one_with_a_few_other_pixels_does_not(
    tmp_path, monkeypatch
):
    images = pytest.importorskip("PIL.Image")
    monkeypatch.setattr("golden_files.SEEN", tmp_path)
    picture = images.open(GOLDEN / "map_page.png").convert("RGB")
    picture.paste((0, 0, 0), (400, 100, 402, 102))
    compare_picture("map_page.png", write_png(picture), renew=False)
    picture.paste((255, 0, 0), (400, 200, 500, 300))
    with pytest.raises(pytest.fail.Exception, match=r"map_page\.png differs"):
        compare_picture("map_page.png", write_png(picture), renew=False)
    assert {path.name for path in tmp_path.iterdir()} == {"map_page.png", "difference-map_page.png"}


def write_png(picture):
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
