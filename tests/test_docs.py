"""The documentation says what the code does: rules, problem codes, columns, words, links and
examples are held against it."""

from __future__ import annotations

import ast
import doctest
import json
import re
from pathlib import Path

import pytest
from town import make_situation

import corridors as co
from corridors.checks import DOUBTS
from corridors.inputs import incidents, road_reports, sites, vocabulary, zones
from corridors.inputs.columns import PLACES, fold
from corridors.inputs.feeds import FEEDS
from corridors.inputs.feeds.acled import KINDS as ACLED_KINDS
from corridors.inputs.feeds.sdit import OBSTACLES
from corridors.release.layers import LAYERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.glob("*.md"), ROOT / "benchmarks" / "README.md"])
BACKTICKED = re.compile(r"`([^`]+)`")

COMPOSED = {
    "broken-{blank.format}": ("broken-gpkg", "broken-kml"),
    "unknown-{field}": (
        "unknown-kind",
        "unknown-verification",
        "unknown-role",
        "unknown-status",
        "unknown-direction",
    ),
}
"""Codes that the source puts together, and what they can become."""
PASSED_ON = {"code", "unreadable.code", "position"}
"""Names that stand where a code does, and bring one that another line wrote."""


def read_page(name):
    return (DOCS / name).read_text(encoding="utf-8")


def read_rows(text, heading=""):
    """The rows of the tables under a heading, as lists of cells."""
    if heading:
        text = re.split(
            r"^#+ ", text.split(f"\n{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE
        )[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


def flatten(tables):
    return {
        f"{part}.{key}": value for part, table in tables.items() for key, value in table.items()
    }


def written_codes():
    """Every code that the package writes, from its syntax tree."""
    place_of_code = {"Problem": 0, "CellError": 0, "refuse": 1}
    codes = set(DOUBTS)
    for path in sorted(Path(co.__file__).parent.rglob("*.py")):
        if path.parent.name == "hierarchy":
            continue  # an engine for programmers, which explains its own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and (called := getattr(node.func, "id", getattr(node.func, "attr", "")))
                in place_of_code
            ):
                code = node.args[place_of_code[called]]
                if isinstance(code, ast.Constant):
                    codes.add(code.value)
                elif isinstance(code, ast.JoinedStr):
                    codes |= set(COMPOSED[ast.unparse(code)[2:-1]])
                else:
                    assert ast.unparse(code) in PASSED_ON, (path.name, node.lineno)
    degrees = (Path(co.__file__).parent / "inputs" / "coordinates.py").read_text(encoding="utf-8")
    assert 'f"bad-{axis}"' in degrees
    return codes | {"bad-latitude", "bad-longitude"}


def test_the_table_of_rules_names_every_rule_with_its_default():
    said = {
        cells[0].strip("`"): json.loads(cells[1].strip("`"))
        for cells in read_rows(read_page("mission.md"), "## Rules")
        if "." in cells[0]
    }
    rules = {
        key: value
        for key, value in flatten(co.Rules().as_tables()).items()
        if not isinstance(value, dict)
    }
    assert said == json.loads(json.dumps(rules))


def test_the_tables_of_speeds_are_the_defaults():
    said = {}
    for cells in read_rows(read_page("mission.md"), "## Rules"):
        if len(cells) == 8 and cells[1].isdecimal():
            said |= {name: float(kph) for name, kph in zip(cells[::2], cells[1::2], strict=True)}
    assert said == {**co.Rules().roads.speed_kph, **co.Rules().roads.surface_kph}


def test_the_rules_that_may_differ_by_kind_are_listed():
    said = read_page("mission.md").split("overrides for that kind", 1)[1].split(".", 1)[0]
    taken = set()
    for key, value in co.Rules().as_tables()["incidents"].items():
        try:
            co.Rules.from_tables({"incidents": {"by_kind": {"shelling": {key: value}}}})
            taken.add(key)
        except co.InputError:
            pass
    assert set(BACKTICKED.findall(said)) == taken


def test_every_problem_code_of_the_source_is_explained_and_no_other():
    explained = [
        cells[0].strip("`")
        for cells in read_rows(read_page("problems.md"))
        if cells[0].startswith("`")
    ]
    assert len(explained) == len(set(explained))
    assert set(explained) == written_codes()


def test_what_can_be_acknowledged_is_in_the_mission_reference_in_the_words_of_the_code():
    rows = read_rows(read_page("mission.md"), "## Acknowledgements")
    assert {cells[0].strip("`"): cells[1] for cells in rows if cells[0].startswith("`")} == dict(
        DOUBTS
    )


@pytest.mark.parametrize(
    ("heading", "reader", "page", "section"),
    [
        ("incidents", incidents, "mission.md", "## Incidents, zones and sites"),
        ("zones", zones, "mission.md", "## Incidents, zones and sites"),
        ("sites", sites, "mission.md", "## Incidents, zones and sites"),
        ("road reports", road_reports, "feeds.md", "## Road reports"),
    ],
)
def test_every_column_is_listed_with_every_header_that_is_accepted(heading, reader, page, section):
    rows = read_rows(read_page(page), section)
    start = next(at for at, cells in enumerate(rows) if cells[0] == heading) + 1
    table = {}
    for cells in rows[start:]:
        names, others = (BACKTICKED.findall(cell) for cell in cells[:2])
        if not names or not set(names) <= set(reader.COLUMNS):
            break
        table[tuple(names)] = set(names) | set(others)
    assert {name for names in table for name in names} == set(reader.COLUMNS)
    for names, accepted in table.items():
        assert accepted == {header for name in names for header in reader.COLUMNS[name]}


def test_the_headers_of_places_are_listed():
    line = next(
        part for part in read_page("mission.md").split("\n- ") if part.startswith("**Places.**")
    )
    assert {header for accepted in PLACES.values() for header in accepted} <= set(
        BACKTICKED.findall(line)
    )


@pytest.mark.parametrize(
    ("page", "section", "lists"),
    [
        (
            "mission.md",
            "## Incidents, zones and sites",
            (incidents.KINDS, incidents.SURENESS, zones.KINDS, sites.ROLE_WORDS),
        ),
        (
            "feeds.md",
            "## Road reports",
            (vocabulary.ROAD_STATUSES, vocabulary.ROAD_KINDS, vocabulary.DIRECTION_WORDS),
        ),
    ],
)
def test_every_word_of_a_file_is_listed_under_what_it_means(page, section, lists):
    said = {}
    for cells in read_rows(read_page(page), section):
        names = BACKTICKED.findall(cells[0])
        if len(cells) == 2 and names:
            for name, group in zip(names, cells[1].split("; "), strict=True):
                said.setdefault(name, set()).update(
                    {fold(name)} | {fold(word) for word in group.split(", ")}
                )
    alone = (
        {fold(name): name for name in BACKTICKED.findall(read_page(page).splitlines()[-1])}
        if page == "feeds.md"
        else {}
    )
    matches = {}
    for words in lists:
        for word, name in words.items():
            matches.setdefault(name, set()).add(word)
    assert said | {name: {word} for word, name in alone.items() if name not in said} == matches


def test_the_table_of_precision_is_the_one_of_the_rules():
    said = {}
    for cells in read_rows(read_page("feeds.md"), "## Precision"):
        if len(cells) == 4 and cells[0].startswith("`"):
            said.setdefault(cells[0].strip("`"), {})[cells[1].strip("`")] = float(cells[2])
    assert said == {
        name: table
        for name, table in co.Rules().as_tables()["precision"].items()
        if isinstance(table, dict)
    }


def test_every_feed_is_listed_with_the_columns_it_is_recognised_by():
    rows = [
        cells
        for cells in read_rows(read_page("feeds.md"))
        if len(cells) == 4 and cells[3] in FEED_TABLES
    ]
    said = {cells[0].strip("`"): set(BACKTICKED.findall(cells[2])) for cells in rows}
    assert said == {feed.name: set().union(*feed.marks) for feed in FEEDS}


FEED_TABLES = ("incidents", "retractions", "road reports", "area counts", "incidents, road reports")


def test_what_the_words_of_feeds_become_is_listed():
    said = {}
    for cells in read_rows(read_page("feeds.md"), "## What each becomes"):
        if len(cells) == 2:
            said |= dict.fromkeys(cells[1].split("; "), cells[0].strip("`"))
    states = {word: state for word, (_, state) in OBSTACLES.items() if state}
    assert {word: kind for word, kind in said.items() if word in ACLED_KINDS} == dict(ACLED_KINDS)
    assert {word: state for word, state in said.items() if word in OBSTACLES} == states


@pytest.fixture(scope="module")
def plan():
    return co.plan_corridors(make_situation())


def test_the_layers_and_columns_of_the_geopackage_are_listed(plan):
    page = read_page("layers.md")
    layers = co.build_release(plan).layers
    for layer, table in layers.items():
        said = [
            name
            for cells in read_rows(page, f"## {layer}")
            for name in BACKTICKED.findall(cells[0])
        ]
        assert len(said) == len(set(said))
        assert set(said) == {column.name for column in LAYERS[layer].columns} | (
            {LAYERS[layer].index} - {""}
        ), layer
        assert [column.name for column in LAYERS[layer].columns] == [
            name for name in table.columns if name != "geometry"
        ]
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(layers) == list(LAYERS)


def test_the_keys_of_the_json_document_are_listed(plan):
    rows = read_rows(read_page("outputs.md"), "## plan.json")
    document = co.describe_plan(plan)
    assert [name for cells in rows for name in BACKTICKED.findall(cells[0])] == list(document)
    counts = next(cells for cells in rows if cells[0] == "`counts`")
    assert set(BACKTICKED.findall(counts[1])) == set(document["counts"])


@pytest.mark.parametrize(
    "page",
    [
        ROOT / "README.md",
        *(DOCS / f"{name}.md" for name in ("annex", "exports", "osmnx", "python")),
    ],
    ids=lambda page: page.name,
)
def test_the_examples_print_what_the_page_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    result = doctest.testfile(
        str(page), module_relative=False, optionflags=options, encoding="utf-8"
    )
    assert result.failed == 0
    assert result.attempted > 0


def make_anchor(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_every_link_within_the_project_leads_somewhere(page):
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(make_anchor, headings), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_nothing_is_claimed_to_be_safe_or_approved(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(
        r"\bsafe(st|r)? (corridor|route|road|way|passage)|\bapproved (corridor|route|plan)|guaranteed?\b(?! of safety)",
        text,
        re.IGNORECASE,
    )
    for found in re.finditer(r"\bapproved\b", text):
        assert "Never" in text[max(0, found.start() - 60) : found.start()], (
            "only to say that it must not be said"
        )


def test_pages_are_short():
    for page in DOCS.glob("*.md"):
        assert len(page.read_text(encoding="utf-8").splitlines()) < 200, page.name
