"""The architecture: imports point down only, and the stages of the spine do not know each other."""

from __future__ import annotations

import ast
from pathlib import Path

import networkx as nx

import corridors

PACKAGE = Path(corridors.__file__).parent
TESTS = Path(__file__).parent
LAYERS = [
    {"errors", "locales", "messages"},
    {"tables", "rules", "kernels", "geodesy", "hierarchy", "notes"},
    {"situation", "checks", "evidence", "exposure", "access", "network", "routing", "assessment"},
    {"plan", "remarks"},
    {"inputs"},
    {"supplies", "review", "itinerary", "arrangements", "scenarios"},
    {"release"},
    {"outputs"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
SPINE = ("evidence", "exposure", "access", "network", "routing", "assessment")
"""The stages: each may import those before it, for what they return."""
UPWARD = {("release", "outputs")}
"""Imports that point up, until `to_jsonable` is in a module of the ground."""
FORBIDDEN = {"utils", "util", "helpers", "common", "core", "base", "manager", "handler", "misc"}


def list_imports():
    """Every import of one module of the package by another, as two lists of the parts of names."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        importer = parts[:-1] if parts[-1] == "__init__" else parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or node.level:
                continue
            imported = (node.module or "").split(".")
            if imported[0] != "corridors":
                continue
            for alias in node.names:
                yield importer, find_module([*imported[1:], alias.name])


def find_module(parts):
    """The module or package that holds a name."""
    path = PACKAGE.joinpath(*parts)
    is_module = path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
    return tuple(parts if is_module else parts[:-1])


def list_room_imports():
    """Every import of one room by another."""
    return {
        (importer[0], imported[0])
        for importer, imported in list_imports()
        if importer and imported and importer[0] != imported[0]
    }


def test_every_room_has_a_layer():
    rooms = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")}
    assert {Path(room).stem for room in rooms} - {"__init__", "data"} <= LEVEL.keys()


def test_imports_point_down_only():
    upward = {(room, other) for room, other in list_room_imports() if LEVEL[other] > LEVEL[room]}
    assert upward == UPWARD


def test_a_stage_imports_only_the_stages_before_it():
    order = {name: position for position, name in enumerate(SPINE)}
    assert [
        (room, other)
        for room, other in list_room_imports()
        if room in order and other in order and order[other] > order[room]
    ] == []


def test_no_imports_go_round_in_a_circle():
    graph = nx.DiGraph((importer, imported) for importer, imported in list_imports())
    graph.remove_edges_from([(name, name) for name in list(graph)])
    circles = [
        sorted(".".join(name) for name in circle)
        for circle in nx.strongly_connected_components(graph)
        if len(circle) > 1
    ]
    assert circles == []


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


def find_test_files(module):
    """Where the tests of a module may be: a file of its name, or of its folder's name."""
    folder = TESTS / module.parent.relative_to(PACKAGE)
    own = [folder.with_name(f"test_{folder.name}.py"), folder / f"test_{folder.name}.py"]
    if module.name == "__init__.py":
        return [*own, *folder.rglob("test_*.py")]
    return [folder / f"test_{module.stem}.py", *own]


def test_every_module_has_a_test_file_of_its_name_or_of_its_folders():
    modules = {*PACKAGE.rglob("*.py")} - {PACKAGE / "__init__.py", PACKAGE / "cli" / "__main__.py"}
    assert [
        str(module.relative_to(PACKAGE))
        for module in sorted(modules)
        if not any(path.exists() for path in find_test_files(module))
    ] == []


def test_every_test_file_is_in_a_folder_of_the_package():
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert [str(folder) for folder in sorted(folders) if not (PACKAGE / folder).is_dir()] == []
