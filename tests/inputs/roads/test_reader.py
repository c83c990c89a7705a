"""Roads from a file: its format, its bytes, and what they hold."""

from __future__ import annotations

import bz2
import gzip
import os

import osmium
from osm_files import refusal, write_osm

from corridors.inputs.roads import reader as reading_module
from corridors.inputs.roads.osm import read_osm
from corridors.inputs.roads.reader import read_roads


def test_packed_copies_give_the_same_roads(tmp_path):
    plain = write_osm(tmp_path / "a.osm", {7: ([0, 30], {"highway": "primary"})})
    (tmp_path / "b.osm.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "c.OSM.BZ2").write_bytes(bz2.compress(plain.read_bytes()))
    with osmium.SimpleWriter(tmp_path / "d.osm.pbf") as writer:
        for thing in osmium.FileProcessor(plain):
            writer.add(thing)
    tables = [
        read_roads(tmp_path / name).table
        for name in ("a.osm", "b.osm.gz", "c.OSM.BZ2", "d.osm.pbf")
    ]
    assert all(tables[0].equals(other) for other in tables[1:])


def test_truncated_packed_files_are_refused(tmp_path):
    text = write_osm(
        tmp_path / "a.osm", {7: (list(range(500)), {"highway": "primary"})}
    ).read_bytes()
    for name, pack in (("a.osm.gz", gzip.compress), ("a.osm.bz2", bz2.compress)):
        (tmp_path / name).write_bytes(pack(text)[:-200])
        assert refusal(tmp_path / name).code == "broken-file"
    (tmp_path / "b.osm.gz").write_bytes(text)
    assert refusal(tmp_path / "b.osm.gz").code == "broken-file"


def test_only_plain_files_of_known_formats_are_read(tmp_path):
    assert refusal(tmp_path / "none.osm").code == "missing-file"
    (tmp_path / "folder.osm").mkdir()
    assert refusal(tmp_path / "folder.osm").code == "not-a-file"
    os.mkfifo(tmp_path / "pipe.osm")
    assert refusal(tmp_path / "pipe.osm").code == "not-a-file"
    (tmp_path / "loop.osm").symlink_to(tmp_path / "loop.osm")
    assert refusal(tmp_path / "loop.osm").code == "missing-file"
    (tmp_path / "roads.xyz").touch()
    problem = refusal(tmp_path / "roads.xyz")
    assert problem.code == "unknown-format"
    assert {".osm.pbf", ".gpkg"} <= {*problem.hint.values["endings"]}


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = write_osm(tmp_path / "a.osm", {7: ([1, 2], {"highway": "primary"})})

    def meddle(file, rules):
        found = read_osm(file, rules)
        file.write_text(file.read_text() + "<!-- more -->")
        return found

    monkeypatch.setitem(reading_module._READERS, ".osm", meddle)
    assert refusal(path).code == "changed-while-read"
