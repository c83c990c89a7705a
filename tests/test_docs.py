"""The pages say what the code does: rules, problem codes, columns, words, links and examples.

The site itself is built by `.ci/run`, where every warning is an error.
"""

from __future__ import annotations

import ast
import doctest
import json
import re
from pathlib import Path

import pytest
import test_layers
from town import make_situation

import corridors as co
from corridors.checks import DOUBTS
from corridors.cli import cli
from corridors.inputs import incidents, road_reports, sites, vocabulary, zones
from corridors.inputs.columns import PLACES, fold
from corridors.inputs.feeds import FEEDS
from corridors.inputs.feeds.acled import KINDS as ACLED_KINDS
from corridors.inputs.feeds.sdit import OBSTACLES
from corridors.outputs.files import describe_plan
from corridors.release.layers import LAYERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GITHUB = "https://github.com/corridors-project/corridors/"
SITE = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)
PAGES = sorted([*ROOT.glob("*.md"), *SITE, ROOT / "benchmarks" / "README.md"])
PACKAGE = Path(co.__file__).parent
BACKTICKED = re.compile(r"`([^`]+)`")

COMPOSED = {"bad-latitude", "bad-longitude", "unknown-status", "unknown-direction"}
"""Codes that the source puts together: `bad-{axis}`, `unknown-{field}`."""
OTHER_WORDS = {
    *("acled-deleted", "sdit-bridges", "sdit-obstacles", "compare-zones"),
    *("dd-mm-yyyy", "mm-dd-yyyy", "latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-32"),
    *("a-2a", "python-docx", "renderer-v2", "text-buffer", "text-format", "text-style"),
}
"""Words with a hyphen in the source that are not codes of problems."""


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


def list_codes():
    """Every code of a problem in the package: its words with a hyphen, from the syntax trees."""
    words = {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "hierarchy"  # an engine for programmers, which explains its own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    codes = {word for word in words if re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", word)}
    return codes - OTHER_WORDS | COMPOSED


def test_the_table_of_rules_names_every_rule_with_its_default():
    said = {
        cells[0].strip("`"): json.loads(cells[1].strip("`"))
        for cells in read_rows(read_page("reference/rules.md"))
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
    for cells in read_rows(read_page("reference/rules.md")):
        if len(cells) == 8 and cells[1].isdecimal():
            said |= {name: float(kph) for name, kph in zip(cells[::2], cells[1::2], strict=True)}
    assert said == {**co.Rules().roads.speed_kph, **co.Rules().roads.surface_kph}


def test_the_rules_that_may_differ_by_kind_are_listed():
    said = read_page("reference/rules.md").split("overrides for that kind", 1)[1].split(".", 1)[0]
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
        for cells in read_rows(read_page("reference/problems.md"))
        if cells[0].startswith("`")
    ]
    assert len(explained) == len(set(explained))
    assert set(explained) == list_codes()


def test_the_states_that_can_be_acknowledged_are_listed():
    rows = read_rows(read_page("guide/mission.md"), "## Acknowledgements")
    listed = [cells[0].strip("`") for cells in rows if cells[0].startswith("`")]
    assert listed == list(DOUBTS)


@pytest.mark.parametrize(
    ("heading", "reader", "page", "section"),
    [
        ("incidents", incidents, "guide/mission.md", "## Incidents, zones and sites"),
        ("zones", zones, "guide/mission.md", "## Incidents, zones and sites"),
        ("sites", sites, "guide/mission.md", "## Incidents, zones and sites"),
        ("road reports", road_reports, "guide/feeds.md", "## Road reports"),
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
        part
        for part in read_page("guide/mission.md").split("\n- ")
        if part.startswith("**Places.**")
    )
    assert {header for accepted in PLACES.values() for header in accepted} <= set(
        BACKTICKED.findall(line)
    )


@pytest.mark.parametrize(
    ("page", "section", "lists"),
    [
        (
            "guide/mission.md",
            "## Incidents, zones and sites",
            (incidents.KINDS, incidents.SURENESS, zones.KINDS, sites.ROLE_WORDS),
        ),
        (
            "guide/feeds.md",
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
        {fold(name): name for name in BACKTICKED.findall(read_page(page).rpartition("\n\n")[2])}
        if page == "guide/feeds.md"
        else {}
    )
    matches = {}
    for words in lists:
        for word, name in words.items():
            matches.setdefault(name, set()).add(word)
    assert said | {name: {word} for word, name in alone.items() if name not in said} == matches


def test_the_table_of_precision_is_the_one_of_the_rules():
    said = {}
    for cells in read_rows(read_page("guide/feeds.md"), "## Precision"):
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
        for cells in read_rows(read_page("guide/feeds.md"))
        if len(cells) == 4 and cells[3] in FEED_TABLES
    ]
    said = {cells[0].strip("`"): set(BACKTICKED.findall(cells[2])) for cells in rows}
    assert said == {feed.name: set().union(*feed.signatures) for feed in FEEDS}


FEED_TABLES = ("incidents", "retractions", "road reports", "area counts", "incidents, road reports")


def test_what_the_words_of_feeds_become_is_listed():
    said = {}
    for cells in read_rows(read_page("guide/feeds.md"), "## What each feed becomes"):
        if len(cells) == 2:
            said |= dict.fromkeys(cells[1].split("; "), cells[0].strip("`"))
    states = {word: state for word, (_, state) in OBSTACLES.items() if state}
    assert {word: kind for word, kind in said.items() if word in ACLED_KINDS} == dict(ACLED_KINDS)
    assert {word: state for word, state in said.items() if word in OBSTACLES} == states


@pytest.fixture(scope="module")
def plan():
    return co.plan_corridors(make_situation())


def list_from_code(page):
    """The arguments of each list that a page takes from the code."""
    return re.findall(r"^```\{from-code\} (.+)$", read_page(page), re.MULTILINE)


def test_the_page_of_layers_lists_every_layer_in_its_order(plan):
    page = read_page("reference/layers.md")
    assert list_from_code("reference/layers.md") == [f"layer {name}" for name in LAYERS]
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(LAYERS)
    for name, table in co.build_release(plan).layers.items():
        assert [column.name for column in LAYERS[name].columns] == [
            column for column in table.columns if column != "geometry"
        ]


def test_the_page_of_the_command_line_lists_every_command():
    commands = list_from_code("reference/cli.md")
    assert sorted(commands) == sorted(f"command {name}" for name in cli.commands)


def test_the_api_page_describes_every_public_name_once():
    stub = ast.parse(Path(co.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    rooms = {node.module.split(".")[0] for node in stub.body if isinstance(node, ast.ImportFrom)}
    listed = [room for line in list_from_code("reference/api.md") for room in line.split()[1:]]
    assert len(listed) == len(set(listed))
    assert rooms <= set(listed)


def test_the_rooms_of_the_architecture_page_are_those_that_the_layer_test_enforces():
    rooms = {Path(path.relative_to(PACKAGE).parts[0]).stem for path in PACKAGE.rglob("*.py")}
    rows = read_rows(read_page("project/architecture.md"), "## Rooms")
    levels = [set(BACKTICKED.findall(cells[1])) & rooms for cells in rows if cells[0].isdecimal()]
    assert levels == [names & rooms for names in test_layers.LAYERS]


def test_the_keys_of_the_json_document_are_listed(plan):
    rows = read_rows(read_page("guide/outputs.md"), "## plan.json")
    document = describe_plan(plan)
    assert [name for cells in rows for name in BACKTICKED.findall(cells[0])] == list(document)
    counts = next(cells for cells in rows if cells[0] == "`counts`")
    assert set(BACKTICKED.findall(counts[1])) == set(document["counts"])


EXAMPLES = [
    ROOT / "README.md",
    *(
        DOCS / "guide" / f"{name}.md"
        for name in ("documents", "exports", "map", "networkx", "python")
    ),
]


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.name)
def test_the_examples_print_what_the_page_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    result = doctest.testfile(
        str(page), module_relative=False, optionflags=options, encoding="utf-8"
    )
    assert result.failed == 0
    assert result.attempted > 0


def make_anchor(heading):
    """The anchor that GitHub and the site give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def find_target(page, link):
    """The file of the project to which a link leads; None where it leads elsewhere."""
    if link.startswith(GITHUB):
        _, _, path = link.removeprefix(GITHUB).split("/", 2)
        return ROOT / path
    return None if "://" in link else (page.parent / link).resolve()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_every_link_within_the_project_leads_somewhere(page):
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        target = find_target(page, file) if file else page
        if target is None:
            continue
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(make_anchor, headings), link


def test_the_links_and_the_picture_of_the_readme_work_on_a_package_index():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_nothing_is_claimed_to_be_safe_or_approved(page):
    quoted = re.compile(r'"[^"]*"')
    text = quoted.sub("", page.read_text(encoding="utf-8"))
    assert not re.search(
        r"\bsafe(st|r)? (corridor|route|road|way|passage)|\bapproved\b"
        r"|guaranteed?\b(?! of\s+safety)",
        text,
        re.IGNORECASE,
    )


def test_pages_are_in_plain_english():
    dialect = re.compile(r"\b(told|tells?|telling|besides?|of which|to mend)\b", re.IGNORECASE)
    for page in [*ROOT.glob("*.md"), *SITE]:
        assert dialect.findall(page.read_text(encoding="utf-8")) == [], page.name


def test_every_page_of_the_site_begins_with_what_it_is_for():
    for page in SITE:
        text = page.read_text(encoding="utf-8")
        first = text.split("\n# ", 1)[-1].split("\n\n", 1)[-1]
        assert text.startswith("```{include}") or re.match(
            r"(This|These) pages? |`corridors` plans ", first
        ), page.name
