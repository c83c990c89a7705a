"""A further language is one folder of texts: a pseudo-language, from the left and from the right, needs no code."""

from __future__ import annotations

import json
import re

import pytest

import corridors as co
from corridors import locales
from corridors.locales import read_locale
from corridors.messages import Message
from corridors.outputs.documents.brief import write_brief
from corridors.outputs.maps import render_map
from corridors.release.audiences import render_remarks

ACCENTS = str.maketrans("aeioucnyAEIOUCNY", "àéîõüçñýÀÉÎÕÜÇÑÝ")
FIELDS = re.compile(r"(\{[^{}]*\})")
HEBREW = str.maketrans("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתאבגד")


def disguise(text, alphabet):
    """The text in other letters; its fields stay as they are."""
    parts = FIELDS.split(text)
    return "".join(part if part.startswith("{") else part.translate(alphabet) for part in parts)


def write_toml(texts, alphabet, path=()):
    """The lines of a catalogue in other letters."""
    tables = {name: entry for name, entry in texts.items() if isinstance(entry, dict)}
    if path:
        yield f"[{'.'.join(json.dumps(name) for name in path)}]"
    for name, entry in texts.items():
        if isinstance(entry, str):
            yield f"{json.dumps(name)} = {json.dumps(disguise(entry, alphabet))}"
        elif isinstance(entry, list):
            yield f"{json.dumps(name)} = {json.dumps([disguise(one, alphabet) for one in entry])}"
    for name, entry in tables.items():
        yield from write_toml(entry, alphabet, (*path, name))


@pytest.fixture(params=["ltr", "rtl"])
def pseudo(request, tmp_path, monkeypatch):
    """A language that only has a folder, written from the left or from the right."""
    texts = dict(read_locale("en").texts)
    texts |= {"direction": "", "plural_rules": "", "language": ""}
    alphabet = HEBREW if request.param == "rtl" else ACCENTS
    head = [f'direction = "{request.param}"', 'plural_rules = "en"', 'language = "Pseudo"']
    rest = {
        name: entry
        for name, entry in texts.items()
        if name not in ("direction", "plural_rules", "language")
    }
    folder = tmp_path / "qps"
    folder.mkdir()
    (folder / "texts.toml").write_text(
        "\n".join([*head, *write_toml(rest, alphabet)]), encoding="utf-8"
    )
    monkeypatch.setitem(locales.CATALOGUES, "qps", folder)
    yield request.param
    read_locale.cache_clear()


@pytest.fixture(scope="module")
def plan():
    folder = co.demo_folder()
    return co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))


@pytest.mark.usefixtures("pseudo")
def test_a_message_is_worded_by_the_new_catalogue_with_its_figures():
    text = read_locale("qps").render(Message("note.rows_empty", n=1234, row=7))
    english = str(Message("note.rows_empty", n=1234, row=7))
    assert re.findall(r"\d+", text) == re.findall(r"\d+", english)
    assert text.replace("\u200e", "") != english


def test_remarks_the_brief_and_the_map_speak_the_new_language(pseudo, plan, tmp_path):
    remarks, english = render_remarks(plan, "qps"), render_remarks(plan)
    assert len(remarks) == len(english) > 0
    assert not set(remarks) & set(english)
    (path,) = write_brief(plan, tmp_path / "brief", formats=["html"], languages=["qps"])
    page = path.read_text(encoding="utf-8")
    assert f'dir="{pseudo}"' in page
    assert "cut off" not in page.lower()
    assert f'dir="{pseudo}"' in render_map(co.build_release(plan), languages=["qps"])
