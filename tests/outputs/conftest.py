"""Fixtures that tests of outputs share."""

from __future__ import annotations

import json

import pytest
from written_plan import make_plan

import corridors as co


@pytest.fixture(scope="module")
def plan():
    return make_plan()


@pytest.fixture(scope="module")
def out(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files") / "out"
    co.write_plan(plan, folder)
    return folder


@pytest.fixture(scope="module")
def document(out):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return json.loads((out / "plan.json").read_text(encoding="utf-8"), parse_constant=refuse)
