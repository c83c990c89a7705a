"""Every message is in every language, has the same fields there, and shows the same figures."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

import corridors
from corridors.locales import CATALOGUES, LANGUAGES, read_locale
from corridors.messages import Message

OTHERS = [lang for lang in LANGUAGES if lang != "en"]
FIELD = re.compile(r"\{(\w+)(?::([\w.]+))?\}")
FIGURE = re.compile(r"\d+(?:[.:]\d+)*")
MESSAGES = ("problem", "hint", "usage", "output", "note", "remark", "reason", "detail", "cut_off")
"""The sections whose texts are messages; "blocked_by" and others are parts of them."""
MOMENT = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
SAMPLES = {
    "distance": 2_790.0,
    "metres_exact": 1_500.0,
    "height": 4.2,
    "weight": 7.5,
    "speed": 60.0,
    "duration": 61.2,
    "share": 0.123,
    "time": MOMENT,
    "date": MOMENT,
    "number": 12_000,
}
"""A value for each kind of figure; other fields are numbers from 3 on, since
Arabic has words for one and two things."""


def list_texts(texts, section=""):
    for key, text in texts.items():
        if isinstance(text, Mapping) and not is_plural(text):
            yield from list_texts(text, f"{section}{key}.")
        else:
            yield f"{section}{key}", text


def is_plural(text):
    return isinstance(text, Mapping) and "other" in text


def list_fields(text):
    forms = text.values() if is_plural(text) else [str(text)]
    return {field for form in forms for field in FIELD.findall(form)}


def list_messages():
    sections = (*MESSAGES, "blocked_by")
    for key, text in list_texts(read_locale("en").texts):
        if key.partition(".")[0] in sections:
            yield key, text


def give_samples(text):
    """A value for each field, numbers that differ from each other."""
    values = {}
    for number, (name, kind) in enumerate(sorted(list_fields(text)), start=3):
        if kind in SAMPLES:
            values[name] = SAMPLES[kind]
        elif kind in ("list", "names", "and", "parts"):
            values[name] = tuple(f"{number}{digit}" for digit in range(3))
        else:
            values[name] = number
    return values


def list_figures(sentence):
    """The figures of a sentence, thousands joined and without marks of order."""
    plain = re.sub("[\u200e\u200f\u2066-\u2069]", "", sentence)
    joined = re.sub(r"(?<=\d)[,\u00a0\u202f](?=\d{3})", "", plain)
    decimal = re.sub(r"(?<=\d),(?=\d)", ".", joined)
    return Counter(FIGURE.findall(decimal))


@pytest.mark.parametrize("lang", OTHERS)
def test_every_text_is_in_every_language_with_the_same_fields(lang):
    english, other = (dict(list_texts(read_locale(name).texts)) for name in ("en", lang))
    assert english.keys() == other.keys()
    for key, text in english.items():
        if not key.endswith("_one"):
            assert list_fields(text) == list_fields(other[key]), key


def test_the_languages_have_the_same_files_and_no_key_twice():
    names = {lang: sorted(file.name for file in CATALOGUES[lang].iterdir()) for lang in LANGUAGES}
    assert len({tuple(files) for files in names.values()}) == 1
    for lang, folder in CATALOGUES.items():
        keys = Counter(
            key
            for file in folder.iterdir()
            if file.name.endswith(".toml")
            for key, _ in list_texts(tomllib.loads(file.read_text("utf-8")))
        )
        assert [key for key, number in keys.items() if number > 1] == [], lang


@pytest.mark.parametrize(
    ("code", "text"), [pytest.param(*row, id=row[0]) for row in list_messages()]
)
def test_a_message_shows_the_same_figures_in_every_language(code, text):
    message = Message(code, **give_samples(text))
    figures = {lang: list_figures(read_locale(lang).render(message)) for lang in LANGUAGES}
    assert all(found == figures["en"] for found in figures.values()), figures
    assert Message.from_dict(message.as_dict()).code == code
    sentences = [
        read_locale(lang).render(Message.from_dict(message.as_dict())) for lang in LANGUAGES
    ]
    assert sentences == [read_locale(lang).render(message) for lang in LANGUAGES]


def test_distances_are_rounded_down_in_every_language():
    reason = Message(
        "reason.within_radius",
        incident="I-1",
        kind="air_strike",
        date=MOMENT,
        distance_m=2_799.0,
        radius_m=3_000.0,
    )
    for lang in LANGUAGES:
        assert "2.7" in read_locale(lang).render(reason).replace(",", ".")


def list_codes():
    """Every code that the package makes a message of, where it is written out."""
    for path in sorted(Path(corridors.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_message = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message"
            if is_message and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, {word.arg for word in node.keywords if word.arg}


def test_the_catalogue_has_every_code_and_no_field_lacks_its_value():
    texts = dict(list_texts(read_locale("en").texts))
    codes = list(list_codes())
    assert len(codes) > 20
    assert [code for code, _ in codes if code not in texts] == []


SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
WORDS_OF_OTHERS = {
    "inputs/feeds": "names of publishers, and words of their files that are recognised",
    "inputs/vocabulary.py": "words of files that are recognised",
    "inputs/zones.py": "words of files that are recognised",
    "network/networkx_backend": "what networkx prints: its own sentences, and its documentation",
}
"""Where literals of three words are data or belong to another program, and why."""


def list_literals(path):
    """The string literals of a module that are no docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and node not in docstrings:
            yield node.value


def test_no_sentence_that_a_user_may_read_is_outside_the_catalogues():
    root = Path(corridors.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root).as_posix()
        if place.startswith(("locales/", "cli/", *WORDS_OF_OTHERS)):
            continue
        found += [
            f"{place}: {text[:80]}"
            for text in list_literals(path)
            if SENTENCE.search(text) and not re.search(r"[<{}#@;]|SELECT|http", text)
        ]
    # a compiled kernel can only raise text, and this one means that our own code is wrong
    assert found == ["hierarchy/queries.py: the weights of the hierarchy do not fit together"]
