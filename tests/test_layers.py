"""The architecture: imports point down only, and the stages of the spine do not know each other."""

from __future__ import annotations

import ast
from pathlib import Path

import corridors

PACKAGE = Path(corridors.__file__).parent
LAYERS = [
    {"errors"},
    {"tables", "rules", "crs", "notes", "loops", "links", "nearness", "hierarchy"},
    {"evidence", "situation", "exposure", "structures", "road_reports", "access", "network"},
    {"routing", "assessment", "inputs", "networkx_backend"},
    {"plan", "remarks"},
    {"arrangements", "supplies", "scenarios", "review"},
    {"outputs"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
STAGES = {"exposure", "road_reports", "access", "network"}
FORBIDDEN = {"utils", "util", "helpers", "common", "core", "base", "manager", "handler", "misc"}


def imports():
    """Every import of one part of the package by another: (importing file, its part, the part
    imported)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        me = Path(parts[0]).stem
        if me in ("__init__", "data"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.ImportFrom)
                and node.level == 0
                and (node.module or "").startswith("corridors.")
            ):
                yield path.name, me, node.module.split(".")[1]


def test_every_part_of_the_package_has_a_layer():
    assert {Path(p.relative_to(PACKAGE).parts[0]).stem for p in PACKAGE.rglob("*.py")} - {
        "__init__",
        "data",
    } <= LEVEL.keys()


def test_imports_point_down_only():
    upward = [(file, other) for file, me, other in imports() if LEVEL[other] > LEVEL[me]]
    assert upward == []


def test_stages_do_not_import_each_other_but_routing_assessment_and_networkx_know_the_network():
    sideways = [
        (file, other)
        for file, me, other in imports()
        if me in STAGES and other in STAGES and other != me
    ]
    assert sideways == []
    known = {
        other
        for _, me, other in imports()
        if me == "routing" and LEVEL[other] >= 2 and other != "routing"
    }
    assert known <= {"network"}
    known = {
        other
        for _, me, other in imports()
        if me == "assessment" and LEVEL[other] >= 2 and other != "assessment"
    }
    assert known <= {"network", "routing"}
    known = {
        other
        for _, me, other in imports()
        if me == "networkx_backend" and LEVEL[other] >= 2 and other != "networkx_backend"
    }
    assert known <= {"network"}


def test_no_relative_import_hides_from_this_test():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_only_inputs_and_outputs_touch_files_and_the_network():
    touching = {
        "pathlib",
        "io",
        "os",
        "socket",
        "urllib",
        "requests",
        "pyogrio",
        "osmium",
        "tempfile",
        "shutil",
    }
    for path in sorted(PACKAGE.rglob("*.py")):
        me = Path(path.relative_to(PACKAGE).parts[0]).stem
        if me in ("inputs", "outputs", "cli", "__init__", "data"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not {name.split(".")[0] for name in names} & touching, path


def test_nothing_is_called_by_a_word_that_says_nothing():
    assert not {path.stem for path in PACKAGE.rglob("*")} & FORBIDDEN
