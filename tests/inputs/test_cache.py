"""Prepared copies: the same roads come back, from the same bytes read in the same way only,
whatever became of the copy."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest

from corridors.inputs import cache
from corridors.inputs.cache import MAX_COPIES, find_folder, make_key, read_arrays, write_arrays
from corridors.inputs.folder import check_folder, read_situation
from corridors.inputs.roads import reader as reading
from corridors.inputs.roads.reader import read_roads
from corridors.rules import RoadRules

WAYS = """<way id="7" timestamp="2026-11-20T10:00:00Z"><nd ref="1"/><nd ref="2"/><nd ref="3"/>{tags}</way>
<way id="8" timestamp="2026-11-21T10:00:00Z"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>"""
TAGS = {
    "highway": "primary",
    "name": "Rue de l'\U0001f69a",
    "name:ar": "شارع",
    "maxweight": "7.5",
    "maxwidth": "2.5",
    "layer": "-1",
}


def write_town(path, **tags):
    nodes = "".join(
        f'<node id="{n}" lon="{35 + n / 50}" lat="{33 + n % 2 / 100}"/>' for n in range(1, 5)
    )
    said = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in (TAGS | tags).items())
    path.write_text(f'<osm version="0.6">{nodes}{WAYS.format(tags=said)}</osm>', encoding="utf-8")
    return path


@pytest.fixture
def town(tmp_path):
    return write_town(tmp_path / "town.osm")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def readers(monkeypatch):
    """How often a file of roads was read from the beginning."""
    times = []
    for ending, read in list(reading._READERS.items()):
        monkeypatch.setitem(
            reading._READERS,
            ending,
            lambda path, rules, read=read: times.append(path) or read(path, rules),
        )
    return times


def assert_same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    assert type(one.table) is type(other.table)
    assert one.table.crs == other.table.crs
    assert one.table.geometry.to_wkb().equals(other.table.geometry.to_wkb())
    assert one.source == other.source
    assert list(one.source.rows) == list(other.source.rows)


def copy_of(folder):
    (path,) = folder.glob("*.prepared")
    return path


# --- the same roads
# ---------------------------------------------------------------------------------------------------


def test_roads_come_back_from_the_copy_equal_in_everything(town, folder, readers):
    fresh = read_roads(town)
    first, second = (read_roads(town, cache=folder) for _ in range(2))
    assert len(readers) == 2
    assert_same(fresh, first)
    assert_same(fresh, second)
    assert fresh.source.newest is not None
    assert fresh.source.notes


def test_what_comes_back_may_be_changed_without_changing_the_copy(town, folder):
    fresh = read_roads(town, cache=folder)
    table = read_roads(town, cache=folder).table
    table.loc[:, "speed_kph"] = 1.0
    assert_same(fresh, read_roads(town, cache=folder))


@pytest.mark.parametrize(
    "change",
    [
        lambda town: {"path": write_town(town, maxweight="3.5")},
        lambda town: {"path": town.rename(town.with_name("other.osm"))},
        lambda town: {"path": town, "rules": RoadRules(max_piece_m=500)},
        lambda town: {"path": town, "rules": RoadRules(speed_kph={"primary": 12.0})},
        lambda town: {"path": town, "attribution": "someone"},
    ],
    ids=["bytes", "name", "rules", "speeds", "attribution"],
)
def test_other_bytes_or_other_rules_of_reading_are_read_anew(town, folder, readers, change):
    read_roads(town, cache=folder)
    said = change(town)
    again = read_roads(**said, cache=folder)
    assert len(readers) == 2
    assert_same(again, read_roads(**said))


def test_other_versions_or_other_code_read_anew(town, folder, readers, monkeypatch):
    read_roads(town, cache=folder)
    monkeypatch.setattr(cache, "_fingerprint", lambda: {"source": "other"})
    read_roads(town, cache=folder)
    assert len(readers) == 2


def test_the_code_that_the_key_depends_on_is_all_there():
    for pattern in cache._CODE:
        assert list((cache.Path(cache.corridors.__file__).parent).glob(pattern)), pattern
    assert len(cache._fingerprint()["source"]) == 64


def test_a_file_with_problems_leaves_no_copy(tmp_path, folder):
    (tmp_path / "bad.osm").write_text("<html>")
    with pytest.raises(cache.corridors.InputError):
        read_roads(tmp_path / "bad.osm", cache=folder)
    assert not folder.exists()


# --- only when asked
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [{}, {"cache": None}, {"cache": False}])
def test_a_library_keeps_nothing_by_default(town, folder, monkeypatch, said):
    monkeypatch.setenv(cache.VARIABLE, str(folder))
    read_roads(town, **said)
    assert not folder.exists()


def test_true_means_the_folder_of_the_environment_and_else_of_the_user(town, folder, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(folder))
    read_roads(town, cache=True)
    assert copy_of(folder)
    monkeypatch.setenv(cache.VARIABLE, "")
    assert find_folder().name == "corridors"


def test_a_mission_passes_it_on(folder, readers):
    demo = cache.corridors.demo_folder()
    one, other = (read_situation(demo, cache=folder) for _ in range(2))
    assert check_folder(demo, cache=folder) == []
    assert len(readers) == 1
    pd.testing.assert_frame_equal(one.roads, other.roads)
    assert one.sources == other.sources


# --- copies that are not as they were written
# -------------------------------------------------------------------------


def damage(path, kind):
    content = path.read_bytes()
    if kind == "gone":
        path.unlink()
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    elif isinstance(kind, float):
        path.write_bytes(content[: int(len(content) * kind)])
    elif isinstance(kind, int):
        at = kind * (len(content) - 1) // 10
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    else:
        path.write_bytes(content + b"more" if kind == "longer" else b"PK\x03\x04 not ours")


@pytest.mark.parametrize("kind", ["gone", "foreign", "longer", 0.0, 0.001, 0.5, 0.999, *range(11)])
def test_a_damaged_copy_is_not_believed_and_made_anew(town, folder, readers, kind):
    fresh = read_roads(town, cache=folder)
    damage(copy_of(folder), kind)
    assert_same(fresh, read_roads(town, cache=folder))
    assert len(readers) == 2
    assert_same(fresh, read_roads(town, cache=folder))
    assert len(readers) == 2


def test_a_folder_in_the_place_of_a_copy_is_gone_around(town, folder, readers):
    fresh = read_roads(town, cache=folder)
    damage(copy_of(folder), "folder")
    assert_same(fresh, read_roads(town, cache=folder))
    assert len(readers) == 2
    assert not list(folder.glob("*.partial"))


def test_a_copy_under_the_name_of_another_is_not_believed(folder):
    mine, other = make_key("mine"), make_key("other")
    write_arrays(mine, {"a": np.arange(3)}, folder)
    (folder / f"{mine}.prepared").rename(folder / f"{other}.prepared")
    assert read_arrays(other, folder) is None


# --- no place to keep one
# ---------------------------------------------------------------------------------------------


def test_without_a_folder_that_can_be_written_work_goes_on_and_says_so(
    town, folder, caplog, recwarn
):
    folder.write_text("a file, not a folder")
    assert_same(read_roads(town), read_roads(town, cache=folder))
    assert "no prepared copy is kept" in caplog.text
    assert not recwarn.list


def test_a_full_disk_leaves_nothing_half_written(town, folder, caplog, monkeypatch):
    real = cache.tempfile.NamedTemporaryFile

    def full(**options):
        stream = real(**options)

        def write(_content):
            raise OSError(errno.ENOSPC, "No space left on device")

        stream.write = write
        return stream

    monkeypatch.setattr(cache.tempfile, "NamedTemporaryFile", full)
    assert_same(read_roads(town), read_roads(town, cache=folder))
    assert "No space left on device" in caplog.text
    assert list(folder.iterdir()) == []


# --- arrays
# -----------------------------------------------------------------------------------------------------------


def test_arrays_come_back_as_they_were(folder):
    arrays = {
        "a": np.arange(6, dtype=np.int32).reshape(2, 3),
        "b": np.array([np.nan, -0.0]),
        "none": np.zeros((0, 2)),
        "file": np.array([True]),
    }
    assert write_arrays("0" * 64, arrays, folder)
    back = read_arrays("0" * 64, folder)
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
    assert read_arrays("1" * 64, folder) is None


def test_python_objects_are_refused_not_pickled(folder):
    with pytest.raises(ValueError, match="pickle"):
        write_arrays("0" * 64, {"a": np.array([{}, None], dtype=object)}, folder)
    assert not folder.exists()


def test_the_copies_used_longest_ago_go_and_half_written_ones_of_yesterday(folder):
    names = [make_key(number) for number in range(MAX_COPIES + 2)]
    for age, name in enumerate(names[:MAX_COPIES]):
        write_arrays(name, {"a": np.arange(3)}, folder)
        os.utime(folder / f"{name}.prepared", (1_000_000 + age, 1_000_000 + age))
    (folder / "old.partial").touch()
    os.utime(folder / "old.partial", (1_000_000, 1_000_000))
    (folder / "new.partial").touch()
    assert read_arrays(names[0], folder) is not None  # used now, so it stays
    for name in names[MAX_COPIES:]:
        write_arrays(name, {"a": np.arange(3)}, folder)
    assert {path.stem for path in folder.glob("*.prepared")} == {names[0], *names[3:]}
    assert [path.name for path in folder.glob("*.partial")] == ["new.partial"]


def test_many_writers_and_readers_at_once_see_a_whole_copy_or_none(folder):
    keys = [make_key(number) for number in range(3)]
    torn = []

    def work(seed):
        for turn in range(30):
            number = (seed + turn) % 3
            write_arrays(keys[number], {"a": np.full(5000, number), "b": np.full(10, seed)}, folder)
            found = read_arrays(keys[number], folder)
            if (
                found is None
                or not (found["a"] == number).all()
                or len(set(found["b"].tolist())) != 1
            ):
                torn.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torn == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{key}.prepared" for key in keys
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_writer_that_is_killed_leaves_the_copy_of_before_or_a_whole_new_one(folder):
    key = make_key("killed")
    write_arrays(key, {"a": np.full(1_000_000, -1)}, folder)
    code = f"""
import numpy as np
from pathlib import Path
from corridors.inputs.cache import write_arrays
for turn in range(10**6):
    write_arrays({key!r}, {{"a": np.full(1_000_000, turn)}}, Path({str(folder)!r}))
"""
    writer = subprocess.Popen([sys.executable, "-c", code])
    try:
        while read_arrays(key, folder)["a"][0] < 3:
            assert writer.poll() is None
            time.sleep(0.005)
    finally:
        writer.kill()
        writer.wait()
    assert len(set(read_arrays(key, folder)["a"].tolist())) == 1
