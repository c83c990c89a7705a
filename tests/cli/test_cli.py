"""The command line: what it prints where, its exit codes, and that a refused run leaves nothing
behind."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime

import osmium
import pytest
from folders import tree
from town_mission import ALL_CUT_OFF, CUT_OFF, MISSION, SITES, STRIKES, layer, write_town

import corridors as co
from corridors.cli.missions import CUT_OFF_EXIT
from corridors.outputs import geopackage
from corridors.outputs.problems import MAX_ALIKE, render_problems

BOWTIE = [[[35.1, 33.1], [35.11, 33.11], [35.11, 33.1], [35.1, 33.11], [35.1, 33.1]]]
HEADER = STRIKES.partition("\n")[0] + "\n"
ACKNOWLEDGED = '[[acknowledge]]\ncode = "{}"\nreason = "ceasefire, day 3"\nby = "duty officer"\n'


def in_one_line(text):
    return " ".join(text.split())


# Done, and cut off


def test_a_plan_ends_with_0_and_says_what_a_logistician_must_know(run, tmp_path):
    code, out, err = run(
        "plan", write_town(tmp_path / "town"), "--out", tmp_path / "deep" / "er" / "out"
    )
    assert (code, err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "deep/er/out").iterdir()) == [
        "map.html",
        "plan.gpkg",
        "plan.json",
    ]
    assert sorted(path.name for path in (tmp_path / "deep/er").iterdir()) == ["out"]
    for said in (
        "Town",
        "As of 2026-11-23 06:00 UTC",
        "not a guarantee of safety",
        "Incidents read: 1 = 1 active.",
        "1 of 1 destinations reached, none cut off.",
        "air strike I-1 of 2026-11-22",
        str(tmp_path / "deep/er/out/map.html"),
    ):
        assert said in out
    # by 1-4-7-8-9 or 1-4-5-6-9 or the like: two streets north of 2,218 m and two east of 1,866 m
    assert re.search(r"Clinic +Depot +8\.2 +0:09 ", out)
    assert "CUT OFF" not in out
    assert "\x1b" not in out


def test_a_destination_cut_off_ends_with_3_and_is_last_with_its_reason(run, tmp_path):
    code, out, _ = run(
        "plan", write_town(tmp_path / "town", sites=SITES + CUT_OFF), "--out", tmp_path / "out"
    )
    assert code == 3
    assert "1 of 2 destinations reached, 1 CUT OFF." in out
    table, _, told = out.partition("CUT OFF: Mill (M-2)")
    assert "Clinic" in table
    assert "incidents (I-1)" in told
    assert (
        "Fewest closures whose lifting would restore access: air strike I-1 of 2026-11-22." in told
    )


def test_all_destinations_cut_off_is_an_answer_with_outputs(run, tmp_path):
    code, out, _ = run(
        "plan", write_town(tmp_path / "town", sites=ALL_CUT_OFF), "--out", tmp_path / "out"
    )
    plan = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert code == 3
    assert (plan["corridors"], [row["site_id"] for row in plan["cut_off"]]) == ([], ["M-2"])
    assert plan["cut_off"][0]["reason"]
    assert plan["cut_off"][0]["smallest_set"] == ["incident:I-1"]
    assert "0 of 1 destinations reached, 1 CUT OFF." in out
    assert (tmp_path / "out" / "map.html").stat().st_size > 1000


def test_json_prints_exactly_plan_json(run, tmp_path):
    code, out, err = run(
        "plan",
        write_town(tmp_path / "town", sites=SITES + CUT_OFF),
        "--out",
        tmp_path / "out",
        "--json",
    )
    assert (code, err) == (3, "")
    assert out == (tmp_path / "out" / "plan.json").read_text(encoding="utf-8")
    assert json.loads(out)["cut_off"][0]["name"] == "Mill"


def test_text_is_printed_on_a_terminal_that_knows_no_arabic_and_documents_stay_whole(
    run, tmp_path, monkeypatch
):
    write_town(tmp_path / "town", sites=SITES.replace("Clinic", "مستوصف"))
    printed = []
    for options in ([], ["--json", "--force"]):
        stdout = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
        monkeypatch.setattr(sys, "stdout", stdout)
        assert run("plan", tmp_path / "town", "--out", tmp_path / "out", *options)[0] == 0
        printed.append(stdout.buffer.getvalue())
    assert b"\\u0645\\u0633" in printed[0]
    assert printed[1] == (tmp_path / "out" / "plan.json").read_bytes()


def test_a_reader_who_left_before_the_first_line_changes_nothing(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    arguments = [
        sys.executable,
        "-m",
        "corridors.cli",
        "plan",
        write_town(tmp_path / "town"),
        "--out",
        tmp_path / "out",
    ]
    ended = subprocess.run(arguments, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "map.html",
        "plan.gpkg",
        "plan.json",
    ]


def test_no_colour_and_no_unseen_letter_reaches_a_terminal(run, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda _stream, color=None: color is False)
    code, out, _ = run(
        "plan",
        write_town(tmp_path / "town", sites=SITES.replace("Clinic", "Cli\u202enic")),
        "--out",
        tmp_path / "out",
    )
    assert code == 0
    assert "Cli[U+202E]nic" in out
    assert "\x1b" not in out


# The moment


def test_as_of_overrides_the_moment_of_the_mission(run, tmp_path):
    folder = write_town(tmp_path / "town")
    code, out, _ = run(
        "plan", folder, "--out", tmp_path / "out", "--as-of", "2026-11-23T10:30:00+02:00", "--json"
    )
    assert (code, json.loads(out)["as_of"]) == (0, "2026-11-23T08:30:00Z")
    code, _, err = run(
        "plan", folder, "--out", tmp_path / "naive", "--as-of", "2026-11-23T06:00:00"
    )
    assert code == 4
    assert "as_of = '2026-11-23T06:00:00'" in err
    assert "[naive-time]" in err
    assert "2026-11-23T06:00:00Z" in err
    assert not (tmp_path / "naive").exists()


def test_as_of_now_is_the_clock_and_nothing_else_is(run, tmp_path):
    now = datetime.now(UTC).replace(microsecond=0)
    strikes = STRIKES.replace("2026-11-22T03:00Z", now.isoformat())
    folder = write_town(
        tmp_path / "town", strikes=strikes, mission=MISSION.replace("as_of", "# as_of")
    )
    _, out, _ = run("plan", folder, "--out", tmp_path / "out", "--as-of", "now", "--json")
    assert now <= datetime.fromisoformat(json.loads(out)["as_of"]) <= datetime.now(UTC)
    assert run("check", folder)[0] == 4
    assert "[missing-as-of]" in run("plan", folder, "--out", tmp_path / "other")[2]


def test_stale_input_ends_with_5_and_writes_nothing(run, tmp_path):
    folder = write_town(
        tmp_path / "town", mission="max_age_hours = 24\n" + MISSION
    )  # the newest report is 27 hours old
    before = tree(tmp_path)
    code, out, err = run("plan", folder, "--out", tmp_path / "out")
    assert (code, out) == (5, "")
    assert "2026-11-22 03:00" in err
    assert "max_age_hours" in err
    assert run("check", folder)[0] == 5
    assert tree(tmp_path) == before
    assert run("plan", folder, "--out", tmp_path / "out", "--as-of", "2026-11-23T02:00Z")[0] == 0


# Refused


def write_pbf(path):
    """The streets of the town as PBF, with the points of a long winding lane so that there is
    something to cut."""
    with osmium.SimpleWriter(str(path)) as writer:
        for node in range(1, 10):
            row, column = divmod(node - 1, 3)
            writer.add_node(
                osmium.osm.mutable.Node(id=node, location=(35.0 + column * 0.02, 33.0 + row * 0.02))
            )
        for node in range(100, 3000):
            writer.add_node(
                osmium.osm.mutable.Node(
                    id=node, location=(35.0 + node % 97 * 1e-5, 33.0 + node % 89 * 1e-5)
                )
            )
        for way, nodes in enumerate(
            [(1, 2, 3), (4, 5, 6), (7, 8, 9), (1, 4, 7), (2, 5, 8), (3, 6, 9)], start=1
        ):
            writer.add_way(osmium.osm.mutable.Way(id=way, nodes=nodes, tags={"highway": "primary"}))
    return path.read_bytes()


FAULTS = {
    "unknown key": (
        {"mission": "titel = 1\n" + MISSION},
        ["mission.toml", "titel", "[unknown-key]", "the nearest is title"],
    ),
    "unknown rule": (
        {"mission": MISSION + "[rules.incidents]\nradius = 1\n"},
        ["mission.toml", "rules.incidents.radius", "the nearest is radius_m"],
    ),
    "exchanged": (
        {"sites": SITES.replace("33.04,35.04", "35.04,33.04")},
        [
            "sites.csv",
            "row 3",
            "lat, lon = '35.04",
            "[latlon-exchanged]",
            "exchange the two columns",
        ],
    ),
    "missing time": (
        {"strikes": STRIKES.replace("2026-11-22T03:00Z", "")},
        ["strikes.csv", "row 2", "occurred_at", "[missing-time]"],
    ),
    "naive time": (
        {"strikes": STRIKES.replace("03:00Z", "03:00")},
        ["strikes.csv", "row 2", "occurred_at = '2026-11-22T03:00'", "[naive-time]", "timezone ="],
    ),
    "no such latitude": (
        {"strikes": STRIKES.replace("33.0,", "93.0,")},
        ["strikes.csv", "row 2", "lat = '93.0'", "from -90 to 90"],
    ),
    "duplicate id": (
        {"strikes": STRIKES + "I-1,fire,2026-11-22T04:00Z,33.0,35.0,,,\n"},
        ["strikes.csv", "row 3", "incident_id = 'I-1'", "[duplicate-id]", "row 2"],
    ),
    "invalid polygon": (
        {"zones": layer(({"zone_id": "Z", "kind": "no_go"}, "Polygon", BOWTIE))},
        ["zones.geojson", "row 1", "geometry", "Self-intersection", "[invalid-polygon]", "QGIS"],
    ),
    "no incident": ({"strikes": HEADER}, ["[no-active-incident]", "[[acknowledge]]"]),
    "none in the area": (
        {"strikes": STRIKES.replace("33.0,35.02", "50.0,10.0")},
        ["[no-incident-in-area]", "[[acknowledge]]"],
    ),
    "file not there": (
        {"mission": MISSION.replace("sites.csv", "places.csv")},
        ["places.csv", "[missing-file]"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_refused_with_its_place_and_a_hint_and_nothing_is_written(
    run, tmp_path, fault
):
    changes, told = FAULTS[fault]
    folder = write_town(tmp_path / "town", **changes)
    before = tree(tmp_path)
    code, out, err = run("plan", folder, "--out", tmp_path / "new" / "out")
    assert (code, out) == (4, "")
    for part in (*told, "Fix:", "Nothing was written."):
        assert part in in_one_line(err)
    checked, listed, _ = run("check", folder)
    assert checked == 4
    assert all(part in in_one_line(listed) for part in told)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("code", "strikes"),
    [
        ("no-active-incident", HEADER),
        ("no-incident-in-area", STRIKES.replace("33.0,35.02", "50.0,10.0")),
    ],
)
def test_a_doubt_stops_until_someone_answers_for_it_and_then_is_printed(
    run, tmp_path, code, strikes
):
    folder = write_town(
        tmp_path / "town", strikes=strikes, mission=MISSION + ACKNOWLEDGED.format(code)
    )
    ended, out, _ = run("plan", folder, "--out", tmp_path / "out")
    assert ended == 0
    assert f"Acknowledged: {code}: ceasefire, day 3 (duty officer)" in out
    plan = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert plan["acknowledgements"] == [
        {"code": code, "reason": "ceasefire, day 3", "by": "duty officer"}
    ]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_a_truncated_pbf_is_refused(run, tmp_path, share):
    whole = write_pbf(tmp_path / "whole.osm.pbf")
    folder = write_town(
        tmp_path / "town", mission=MISSION.replace("roads.geojson", "roads.osm.pbf")
    )
    (folder / "roads.osm.pbf").write_bytes(whole)
    assert run("check", folder)[0] == 0
    (folder / "roads.osm.pbf").write_bytes(whole[: int(len(whole) * share)])
    code, _, err = run("plan", folder, "--out", tmp_path / "out")
    assert code == 4
    assert "roads.osm.pbf" in err
    assert "Fix: get the whole file again" in in_one_line(err)
    assert not (tmp_path / "out").exists()


def test_check_lists_all_problems_of_all_files_in_one_run(run, tmp_path):
    folder = write_town(
        tmp_path / "town",
        mission="titel = 1\n" + MISSION + "[rules.vehicle]\nheight_m = -4\n",
        strikes=HEADER
        + "A,fire,,33.0,35.0,,,\nB,fire,2026-11-22T03:00,33.0,35.0,,,\nC,fire,2026-11-22T03:00Z,33.0,35.0,,,\n"
        + "C,fire,2026-11-21T03:00Z,33.0,35.0,,,\nD,fire,2026-11-22T03:00Z,133.0,35.0,,,\n",
        sites=SITES.replace("33.04,35.04", "35.04,33.04"),
        zones=layer(({"zone_id": "Z", "kind": "no_go"}, "Polygon", BOWTIE)),
    )
    code, out, _ = run("check", folder, "--json")
    problems = json.loads(out)["problems"]
    assert code == 4
    assert sorted(
        (problem["file"], problem["row"], problem["code"])
        for problem in problems
        if problem["file"] != "mission.toml"
    ) == [
        ("sites.csv", 3, "latlon-exchanged"),
        ("strikes.csv", 2, "missing-time"),
        ("strikes.csv", 3, "naive-time"),
        ("strikes.csv", 5, "duplicate-id"),
        ("strikes.csv", 6, "bad-latitude"),
        ("zones.geojson", 1, "invalid-polygon"),
    ]
    assert [problem["code"] for problem in problems if problem["file"] == "mission.toml"] == [
        "unknown-key",
        "bad-rule",
    ]
    assert all(problem["message"] and problem["hint"] for problem in problems)
    _, listed, _ = run("check", folder)
    assert listed.endswith("8 problems in 4 files.\n")
    assert all(f"[{problem['code']}]" in listed for problem in problems)


def test_one_mistake_made_often_is_listed_only_a_few_times():
    alike = [
        co.Problem("naive-time", "no offset", "write Z", "strikes.csv", row, "time", "03:00")
        for row in range(2, 1002)
    ]
    other = co.Problem("missing-time", "blank", "write it", "strikes.csv", 77, "time")
    text = render_problems([*alike, other])
    assert text.count("no offset") == MAX_ALIKE
    assert f"{1000 - MAX_ALIKE} more of the same kind, rows {2 + MAX_ALIKE} to 1001" in in_one_line(
        text
    )
    assert "row 77, time: blank [missing-time]" in text
    assert "1001 problems in 1 file." in text


def test_a_problem_cannot_give_orders_to_the_terminal():
    text = render_problems(
        [co.Problem("odd", "bell\x07 and \x1b[2J", "no", "a\u202eb.csv", 2, "x", "\x1b]0;")]
    )
    assert text.isprintable() or set(filter(lambda letter: not letter.isprintable(), text)) == {
        "\n"
    }


def test_check_of_a_good_mission_says_so(run, tmp_path):
    assert run("check", write_town(tmp_path / "town")) == (0, "No problem found.\n", "")
    assert json.loads(run("check", tmp_path / "town", "--json")[1])["problems"] == []


# Usage, and what must not be lost


def test_nothing_is_overwritten_without_force(run, tmp_path):
    folder, out = write_town(tmp_path / "town"), tmp_path / "out"
    assert run("plan", folder, "--out", out)[0] == 0
    (out / "map.html").write_text("mine", encoding="utf-8")
    before = tree(out)
    code, _, err = run("plan", folder, "--out", out)
    assert code == 2
    assert "--force" in err
    assert tree(out) == before
    assert run("plan", folder, "--out", out, "--force")[0] == 0
    assert "mine" not in (out / "map.html").read_text(encoding="utf-8")


def test_a_folder_with_other_things_is_not_replaced_even_with_force(run, tmp_path):
    folder = write_town(tmp_path / "town")
    before = tree(tmp_path)
    code, _, err = run("plan", folder, "--out", folder, "--force")
    assert code == 2
    assert "other files than a plan" in err
    assert tree(tmp_path) == before


def test_an_output_that_cannot_be_written_is_refused_before_the_work(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x", encoding="utf-8")

    def work(*_, **__):
        raise AssertionError("the work began")

    monkeypatch.setattr(co, "read_situation", work)
    code, _, err = run("plan", tmp_path, "--out", tmp_path / "file" / "out")
    assert code == 1
    assert str(tmp_path / "file" / "out") in err
    assert run("plan", tmp_path, "--out", tmp_path / "file", "--force")[0] == 2
    monkeypatch.chdir(tmp_path)
    assert run("plan", tmp_path, "--out", ".", "--force")[0] == 2


def test_a_dry_run_writes_nothing_and_says_what_it_would(run, tmp_path):
    folder = write_town(tmp_path / "town")
    before = tree(tmp_path)
    code, out, _ = run("plan", folder, "--out", tmp_path / "new" / "out", "--dry-run")
    assert code == 0
    assert re.search(r"Clinic +Depot", out)
    assert "Would write:" in out
    assert str(tmp_path / "new" / "out" / "map.html") in out
    assert tree(tmp_path) == before
    run("plan", folder, "--out", tmp_path / "out")
    before = tree(tmp_path)
    code, out, _ = run("plan", folder, "--out", tmp_path / "out", "--dry-run")
    assert (code, tree(tmp_path)) == (0, before)
    assert "use --force to replace it" in out


def test_usage_errors_end_with_2(run, tmp_path):
    assert run("plan", tmp_path)[0] == 2
    assert run("plan", tmp_path, "--out", tmp_path / "o", "--colour")[0] == 2
    assert run("go")[0] == 2
    assert run("plan", "--help")[0] == 0
    assert run("--version")[0] == 0


def test_roads_are_kept_for_the_next_time_unless_no_cache_is_said_and_the_plan_is_the_same(
    run, tmp_path, monkeypatch
):
    cache = tmp_path / "cache"
    monkeypatch.setenv("CORRIDORS_CACHE", str(cache))
    for name in ("none", "first", "second"):
        code, _, err = run(
            "demo", "--out", tmp_path / name, *(["--no-cache"] if name == "none" else [])
        )
        assert (code, err) == (CUT_OFF_EXIT, "")
        assert len(list(cache.glob("*"))) == (name != "none")
    assert tree(tmp_path / "none") == tree(tmp_path / "first") == tree(tmp_path / "second")
    cache.rename(tmp_path / "old")
    assert run("check", co.demo_folder(), "--no-cache")[0] == 0
    assert (
        run("plan", co.demo_folder(), "--out", tmp_path / "third", "--no-cache")[0] == CUT_OFF_EXIT
    )
    assert not cache.exists()
    assert run("check", co.demo_folder())[0] == 0
    assert len(list(cache.glob("*"))) == 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_stop_ends_with_130_and_leaves_nothing(run, tmp_path, monkeypatch, name):
    folder = write_town(tmp_path / "town")
    before = tree(tmp_path)
    real = geopackage._check_layers

    def stop(*_):
        os.kill(os.getpid(), getattr(signal, name))
        real(*_)

    monkeypatch.setattr(geopackage, "_check_layers", stop)
    code, out, err = run("plan", folder, "--out", tmp_path / "out")
    assert (code, out) == (130, "")
    assert "Stopped" in err
    assert "Traceback" not in err
    assert tree(tmp_path) == before


def test_a_fault_of_ours_ends_with_1_and_says_so(run, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(co, "plan_corridors", fail)
    code, _, err = run("plan", write_town(tmp_path / "town"), "--out", tmp_path / "out")
    assert code == 1
    assert "ZeroDivisionError" in err
    assert "a bug in corridors, not an error in your files" in err
    assert not (tmp_path / "out").exists()


def test_help_imports_nothing_heavy():
    heavy = {
        "pandas",
        "geopandas",
        "folium",
        "networkx",
        "numpy",
        "shapely",
        "pyproj",
        "osmnx",
        "rich",
    }
    script = f"""
import sys
from corridors import cli
sys.argv = ["corridors", *sys.argv[1:]]
try:
    cli.main()
finally:
    print(sorted({heavy} & sys.modules.keys()), file=sys.stderr)
"""
    for arguments in (["--help"], ["plan", "--help"]):
        ended = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0
        assert ended.stderr == "[]\n"


# Fetch


def test_fetch_asks_no_server_by_default(run, tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", None)
    code, _, err = run("fetch", "35.1,33.0,35.2,33.1", "--out", tmp_path / "roads.gpkg")
    assert code == 2
    assert "--allow-network" in err
    (tmp_path / "roads.gpkg").write_bytes(b"mine")
    assert (
        run("fetch", "35.1,33.0,35.2,33.1", "--out", tmp_path / "roads.gpkg", "--allow-network")[0]
        == 2
    )
    assert (
        run("fetch", "35.1,33.0,35.2,33.1", "--out", tmp_path / "roads.geojson", "--allow-network")[
            0
        ]
        == 2
    )
    assert tree(tmp_path).keys() == {"roads.gpkg"}


def test_fetch_from_a_dead_server_ends_with_4_and_says_so(run, tmp_path):
    with socket.socket() as closed:  # a port on which nobody listens
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/api"
        code, out, err = run(
            "fetch",
            "35.1,33.0,35.2,33.1",
            "--out",
            tmp_path / "roads.gpkg",
            "--allow-network",
            "--overpass-url",
            url,
        )
    assert (code, out) == (4, "")
    assert "no network" in err
    assert "Fix:" in err
    assert list(tmp_path.iterdir()) == []
