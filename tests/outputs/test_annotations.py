"""Annotated copies: every row as it was, with its problems, and never where it could be an input."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from folders import tree
from town_mission import MISSION, SITES, STRIKES, write_town

import corridors as co
from corridors.errors import Problem, UsageError
from corridors.locales import LANGUAGES, read_locale
from corridors.messages import Message
from corridors.outputs.annotations import ENDING, neutralise, render_annotated, write_annotations

BAD = (
    STRIKES
    + "I-2,air strike,yesterday,north,35.01,50,verified,=HYPERLINK(1)\nI-3,shelling,2026-11-22T03:00Z,33.1,-35.1,+cmd|x,verified,فريق\n"
)


def annotate(folder, target, **options):
    return write_annotations(folder, co.check_folder(folder), target, **options)


def read(path):
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_each_row_is_as_it_was_with_its_problems_and_hints(tmp_path):
    folder = write_town(tmp_path / "town", strikes=BAD)
    (path,) = annotate(folder, tmp_path / "copies")
    assert path == tmp_path / "copies" / f"strikes.csv{ENDING}"
    header, first, second, third = read(path)
    assert header == [*STRIKES.splitlines()[0].split(","), "problem", "hint"]
    assert first == [*STRIKES.splitlines()[1].split(","), "", ""]
    assert second[:-3] == BAD.splitlines()[2].split(",")[:-1]
    assert second[-3] == "'=HYPERLINK(1)"
    assert {"[bad-time]", "[bad-latitude]"} <= set(second[-2].replace(";", "").split())
    assert str(Message("hint.write_time")) in second[-1]
    assert third[4:6] == ["-35.1", "'+cmd|x"]
    assert "[unknown-precision]" in third[-2]


def test_only_tables_with_problems_have_a_copy(tmp_path):
    folder = write_town(
        tmp_path / "town", sites=SITES.replace("destination", "destinatoin"), zones="{"
    )
    assert [path.name for path in annotate(folder, tmp_path / "copies")] == [f"sites.csv{ENDING}"]
    good = write_town(tmp_path / "good")
    assert annotate(good, tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


def test_what_is_wrong_with_the_whole_file_is_in_a_last_row(tmp_path):
    folder = write_town(tmp_path / "town", strikes=STRIKES.replace("lon", "where"))
    (path,) = annotate(folder, tmp_path / "copies")
    *_, last = read(path)
    assert last[:-2] == [""] * 8
    assert last[-2].startswith("the file as a whole: lon: ")
    assert "[missing-column]" in last[-2]


def test_rows_too_short_or_hidden_by_a_quotation_mark_are_shown(tmp_path):
    short = "I-2,shelling\n"
    hidden = 'I-3,shelling,2026-11-22T03:00Z,33.1,35.1,50,verified,"x\nI-4,shelling,2026-11-22T03:00Z,33.1,35.1,50,verified,y"\n'
    folder = write_town(tmp_path / "town", strikes=STRIKES + short + hidden)
    rows = read(annotate(folder, tmp_path / "copies")[0])
    assert rows[2][:3] == ["I-2", "shelling", ""]
    assert "[ragged-row]" in rows[2][-2]
    assert "I-4,shelling" in rows[3][7]
    assert "[swallowed-rows]" in rows[3][-2]


def test_a_workbook_gets_a_copy_as_text(tmp_path):
    folder = write_town(tmp_path / "town", mission=MISSION.replace("strikes.csv", "strikes.xlsx"))
    book = openpyxl.Workbook()
    book.active.append(["incident_id", "kind", "occurred_at", "lat", "lon"])
    book.active.append(["I-1", "air strike", "2026-11-22T03:00Z", "south", 35.02])
    book.save(folder / "strikes.xlsx")
    rows = read(annotate(folder, tmp_path / "copies")[0])
    assert rows[1][:5] == ["I-1", "air strike", "2026-11-22T03:00Z", "south", "35.02"]
    assert "[bad-latitude]" in rows[1][5]


def test_a_file_that_cannot_be_read_as_rows_has_no_copy(tmp_path):
    folder = write_town(tmp_path / "town", strikes=b"id\n\xff\xfe\x9d\x81")
    assert annotate(folder, tmp_path / "copies") == []


@pytest.mark.parametrize("inside", ["", "deeper", "../town"])
def test_nothing_is_written_into_the_mission_folder(tmp_path, inside):
    folder = write_town(tmp_path / "town", strikes=BAD)
    before = tree(folder)
    with pytest.raises(UsageError, match="is in the mission folder"):
        annotate(folder, folder / inside, force=True)
    assert tree(folder) == before


def test_a_link_to_the_mission_folder_is_the_mission_folder(tmp_path):
    folder = write_town(tmp_path / "town", strikes=BAD)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(UsageError, match="is in the mission folder"):
        annotate(folder, tmp_path / "link", force=True)


def test_copies_are_replaced_only_with_force_and_other_things_never(tmp_path):
    folder, target = write_town(tmp_path / "town", strikes=BAD), tmp_path / "copies"
    annotate(folder, target)
    with pytest.raises(UsageError, match="already holds annotated copies"):
        annotate(folder, target)
    (folder / "strikes.csv").write_text(BAD.replace("north", "up"), encoding="utf-8")
    assert read(annotate(folder, target, force=True)[0])[2][3] == "up"
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    before = tree(target)
    with pytest.raises(UsageError, match=r"holds other files than annotated copies \(notes.txt\)"):
        annotate(folder, target, force=True)
    assert tree(target) == before


def test_two_inputs_of_one_name_are_refused(tmp_path):
    folder = write_town(
        tmp_path / "town",
        strikes=BAD,
        mission=MISSION.replace('"strikes.csv"', '["strikes.csv", "old/strikes.csv"]'),
    )
    (folder / "old").mkdir()
    (folder / "old" / "strikes.csv").write_text(STRIKES, encoding="utf-8")
    with pytest.raises(UsageError, match="two files of the mission have the name strikes"):
        annotate(folder, tmp_path / "copies")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("-35.02", "-35.02"),
        ("+33,5", "+33,5"),
        ("=1+1", "'=1+1"),
        ("-1+1", "'-1+1"),
        (" @x", "' @x"),
        ("\tx", "'\tx"),
        ("a=b", "a=b"),
    ],
)
def test_what_a_spreadsheet_would_run_is_neutralised_and_numbers_are_not(cell, shown):
    assert neutralise(cell) == shown


def test_problems_of_the_names_themselves_are_not_lost():
    message, hint = Message("problem.repeated_column", name="id", n=2), Message("hint.retype_id")
    text = render_annotated(
        [(3, ["id", "id"]), (4, ["a", "b"])],
        [Problem("two-columns", message, hint, "x.csv", 3, "id")],
    )
    assert text.splitlines()[2] == f",,the file as a whole: id: {message} [two-columns],{hint}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_problems_and_hints_are_in_the_language(tmp_path, language):
    folder = write_town(tmp_path / "town", strikes=BAD)
    _, _, second, _ = read(annotate(folder, tmp_path / "copies", language=language)[0])
    assert read_locale(language)["problem.not_latitude"] in second[-2]
    assert "[bad-latitude]" in second[-2].replace("\u200e", "")
    assert second[0] == "I-2"


def test_the_command_line_writes_an_annotated_copy_and_prints_its_list(run, tmp_path):
    folder = write_town(tmp_path / "town", strikes=BAD)
    code, out, _ = run("check", folder, "--annotate", tmp_path / "copies")
    assert code == 4
    assert f"Annotated: {tmp_path / 'copies' / 'strikes.csv.problems.csv'}" in out
    code, _, err = run("check", folder, "--annotate", tmp_path / "copies")
    assert (code, "--force" in err) == (2, True)
    code, out, _ = run("check", folder, "--annotate", tmp_path / "copies", "--force", "--json")
    assert code == 4
    assert json.loads(out)["annotated"] == ["strikes.csv.problems.csv"]
