"""Writing is all or nothing: no accident leaves half a plan."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from town import GRID, make_roads, make_situation
from written_plan import names

import corridors as co
from corridors.outputs import geopackage, maps
from corridors.outputs.files import write_roads


def test_an_empty_folder_may_be_filled_and_a_plan_replaced_only_by_force(plan, tmp_path):
    (tmp_path / "out").mkdir()
    assert [path.name for path in co.write_plan(plan, tmp_path / "out")] == [
        "plan.json",
        "plan.gpkg",
        "map.html",
    ]
    with pytest.raises(co.UsageError, match="force"):
        co.write_plan(plan, tmp_path / "out")
    (tmp_path / "out" / ".DS_Store").touch()
    (tmp_path / "out" / "map.html").write_text("an older map", encoding="utf-8")
    co.write_plan(plan, tmp_path / "out", force=True)
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["map.html", "plan.gpkg", "plan.json"]
    assert "an older map" not in (tmp_path / "out" / "map.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("other", ["notes.txt", "plan.gpkg-wal", "sub/plan.json"])
def test_what_is_no_plan_is_never_replaced(plan, tmp_path, other):
    target = tmp_path / "out"
    (target / other).parent.mkdir(parents=True)
    (target / other).write_text("mine", encoding="utf-8")
    with pytest.raises(co.UsageError, match=r"other files|another program"):
        co.write_plan(plan, target, force=True)
    assert (target / other).read_text(encoding="utf-8") == "mine"
    assert names(tmp_path) == ["out"]


def test_a_link_is_not_followed(plan, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(co.UsageError, match="not a folder"):
        co.write_plan(plan, tmp_path / "link", force=True)


def test_names_with_letters_that_patterns_know_work_as_any_other(plan, tmp_path):
    target = tmp_path / "a [b] *ج.d"
    left = tmp_path / f".{target.name}.abc.writing"
    left.mkdir()
    co.write_plan(plan, target)
    assert names(tmp_path) == [target.name]


def test_a_note_put_into_the_folder_of_the_old_plan_during_the_work_is_not_lost(
    plan, tmp_path, monkeypatch
):
    co.write_plan(plan, tmp_path / "out")

    def draw(_, **_words):
        (tmp_path / "out" / "note.txt").write_text("mine", encoding="utf-8")
        return "map"

    monkeypatch.setattr(maps, "render_map", draw)
    with pytest.raises(co.UsageError, match=r"note\.txt"):
        co.write_plan(plan, tmp_path / "out", force=True)
    assert (tmp_path / "out" / "note.txt").exists()
    assert names(tmp_path) == ["out"]


def test_a_plan_that_appears_during_the_work_is_not_replaced_without_force(
    plan, tmp_path, monkeypatch
):
    draw = maps.render_map

    def slow(_, **_words):
        monkeypatch.setattr(maps, "render_map", draw)
        co.write_plan(plan, tmp_path / "out")
        return "late"

    monkeypatch.setattr(maps, "render_map", slow)
    with pytest.raises(co.UsageError, match="already holds a plan"):
        co.write_plan(plan, tmp_path / "out")
    assert (tmp_path / "out" / "map.html").read_text(encoding="utf-8") != "late"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["previous", "replaced"])
def test_a_plan_taken_away_by_a_killed_run_comes_back_unless_it_was_replaced_already(
    plan, out, tmp_path, name
):
    taken = tmp_path / ".out.abc.writing" / name
    taken.mkdir(parents=True)
    for path in list(out.iterdir())[
        : 3 if name == "previous" else 2
    ]:  # of what is replaced, a run may have removed some
        (taken / path.name).write_bytes(path.read_bytes())
    if name == "previous":
        with pytest.raises(co.UsageError, match="already holds a plan"):
            co.write_plan(plan, tmp_path / "out")
    else:
        co.write_plan(plan, tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        path.name: path.read_bytes() for path in out.iterdir()
    }


def test_new_files_have_the_rights_that_the_user_gives_new_files(plan, tmp_path):
    before = os.umask(0o027)
    try:
        co.write_plan(plan, tmp_path / "out")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o640}


def test_roads_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    roads = make_roads(GRID)
    path = write_roads(roads, tmp_path / "roads.gpkg", attribution="© somebody")
    back, source = co.read_roads(path)
    assert source.attribution == "© somebody"
    assert back["length_m"].sum() == pytest.approx(roads["length_m"].sum(), abs=0.001)
    with pytest.raises(co.UsageError, match="force"):
        write_roads(roads, path)
    with pytest.raises(co.UsageError, match=r"\.gpkg"):
        write_roads(roads, tmp_path / "roads.geojson")
    before = path.read_bytes()

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(geopackage, "_check_layers", fail)
    with pytest.raises(co.OutputError, match=r"roads\.gpkg could not be written"):
        write_roads(roads.iloc[:3], path, force=True)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["roads.gpkg"]


ACCIDENTS = f"""
import dataclasses, errno, hashlib, json, os, random, resource, shutil, signal, sys, time, traceback
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from town import make_situation
import corridors as co
from corridors.outputs import atomic_write, files, geopackage, maps

folder = Path(sys.argv[1])
target, old = folder / "out", folder.parent / "old"
plan = co.plan_corridors(make_situation())
# so that the map is the largest of the files
plan = dataclasses.replace(plan, remarks=(*plan.remarks, co.Message("remark.file_note", file="roads", note="x" * 100_000)))
plan = co.build_release(plan)


def once(make):
    'What is drawn or told of the plan, made the first time only: what matters here is the writing.'
    made = []
    return lambda *given, **named: made[0] if made else made.append(make(*given, **named)) or made[0]


maps.render_map, files.describe_plan, files.build_styles = map(once, (maps.render_map, files.describe_plan, files.build_styles))
os.fsync = lambda _handle: None  # no power fails here
real_swap, real_layers = atomic_write._swap, files.write_layers
EVENTS = {{"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "tempfile.mkdtemp"}}


def state(at):
    return {{path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in at.iterdir()}} if at.is_dir() else None


def watch(last, act):
    'Act just before the event of that number which touches the folder.'
    count = 0

    def hook(event, arguments):
        nonlocal count
        if event.startswith("ctypes.dlsym") or (event in EVENTS and str(arguments[0]).startswith(str(folder))):
            count += 1
            if count == last:
                act(event)

    sys.addaudithook(hook)


def kill(_event):
    os.kill(os.getpid(), signal.SIGKILL)


def fail(event):
    if not event.startswith(("ctypes", "shutil")):  # neither asks the disk
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "somewhere"))


def start(accident=lambda: None):
    'A child that writes the plan over an older one and meets with an accident.'
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(old, target)
    child = os.fork()
    if child:
        return child
    code = 7
    try:
        accident()
        files.write_plan(plan, target, force=True)
        code = 0
    except co.OutputError as error:
        code = 1 if str(target) in str(error) and "is unchanged" in str(error) else 8
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def end(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check_clear(point):
    assert [path.name for path in folder.iterdir()] == ["out"], point


def check_killed(point):
    now = state(target)
    # killed between two renames: the next run puts it back
    if now is None and atomic_write._swap is not real_swap:
        (place,) = folder.iterdir()
        assert state(place / "previous") == OLD, point
        try:
            files.write_plan(plan, target)
        except co.UsageError:
            now = state(target)
    assert now in (OLD, NEW), (point, now)
    told["new" if now == NEW else "old"] += 1
    files.write_plan(plan, target, force=True)
    assert state(target) == NEW, point
    check_clear(point)


def killed_at_each_step():
    for point in range(1, 200):
        if end(start(lambda: watch(point, kill))) == 0:
            break
        check_killed(point)


def failed_at_each_step():
    for point in range(1, 200):
        code = end(start(lambda: watch(point, fail)))
        assert code in (0, 1), (point, code)
        assert state(target) == (OLD if code else NEW), (point, code)
        told["old" if code else "new"] += 1
        if code == 0:
            files.write_plan(plan, target, force=True)
        check_clear(point)
        if told["new"] == 6:
            break


def killed_at_any_moment():
    dice, began = random.Random(20261123), time.perf_counter()
    end(start())
    longest = time.perf_counter() - began
    for point in range(6):
        child = start()
        time.sleep(dice.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        end(child)
        check_killed(point)


def disk_full():
    whole = len(layers)  # of the new plan's largest file; the others fail in failed_at_each_step
    for size in (0, 5000, whole // 4, whole // 2, whole - 8192, whole - 4096, whole - 1):
        code = end(start(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))))
        assert (code, state(target)) == (1, OLD), size
        told["old"] += 1
        check_clear(size)


files.write_plan(plan, target)
OLD, NEW = state(old), state(target)
layers = (target / "plan.gpkg").read_bytes()
results = {{}}
for way, act in [(way, act) for way in ("exchange", "two renames") for act in (killed_at_each_step, failed_at_each_step)] + [
    ("exchange", killed_at_any_moment),
    ("exchange", disk_full),
]:
    told = {{"old": 0, "new": 0}}
    atomic_write._swap = real_swap if way == "exchange" else lambda new, old: False
    # where steps are counted, the library, which has none that could be seen, gives way to a file
    # it wrote before
    files.write_layers = (lambda path, *_, **__: path.write_bytes(layers)) if act.__name__.endswith("step") else real_layers
    try:
        act()
    except Exception:
        told["error"] = traceback.format_exc()
    results[f"{{act.__name__}}, {{way}}"] = told
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def accidents(out, tmp_path_factory):
    """What became of runs that replace an older plan: how often the old one stood afterwards, how
    often the new."""
    if sys.platform == "win32":
        pytest.skip("there are no forks on Windows")
    place = tmp_path_factory.mktemp("accidents")
    shutil.copytree(out, place / "old")
    (place / "new").mkdir()
    arguments = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(ACCIDENTS), place / "new"]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


@pytest.mark.parametrize("way", ["exchange", "two renames"])
def test_a_run_killed_at_any_step_leaves_a_whole_plan_and_the_next_run_clears_up(accidents, way):
    told = accidents[f"killed_at_each_step, {way}"]
    assert "error" not in told, told["error"]
    assert (
        told["old"] >= 8
    )  # at least: the workplace, its hold, the new folder, three files, each made to last
    assert told["new"] >= 3  # the old files are removed one by one


@pytest.mark.parametrize("way", ["exchange", "two renames"])
def test_a_step_that_fails_leaves_the_old_plan_and_names_the_path(accidents, way):
    told = accidents[f"failed_at_each_step, {way}"]
    assert "error" not in told, told["error"]
    assert told["old"] >= 8


def test_a_run_killed_at_any_moment_leaves_a_whole_plan(accidents):
    told = accidents["killed_at_any_moment, exchange"]
    assert "error" not in told, told["error"]
    assert told["old"] + told["new"] == 6


def test_a_disk_that_is_full_at_any_size_leaves_the_old_plan(accidents):
    assert accidents["disk_full, exchange"] == {"old": 7, "new": 0}


def test_a_map_for_parties_in_the_folder_of_a_plan_is_neither_taken_for_the_plan_nor_lost(tmp_path):
    plan = co.plan_corridors(make_situation())
    co.write_plan(plan, tmp_path / "plan")
    made = co.write_map(plan, tmp_path / "plan", audience="parties")
    assert co.read_plan(tmp_path / "plan").audience == "internal"
    with pytest.raises(co.UsageError, match=r"holds other files than a plan \(map_parties"):
        co.write_plan(plan, tmp_path / "plan", force=True)
    assert made.exists()
