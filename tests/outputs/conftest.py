"""Fixtures that tests of outputs share."""

from __future__ import annotations

import json

import pytest
from exported import make_release
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


@pytest.fixture(scope="module")
def release():
    return make_release()


@pytest.fixture(scope="module")
def folders(release, tmp_path_factory):
    """All formats, with HXL, for every audience."""
    made = {}
    for audience in co.AUDIENCES:
        made[audience] = tmp_path_factory.mktemp(audience)
        co.write_exports(
            release, made[audience], formats=co.EXPORT_FORMATS, audience=audience, hxl=True
        )
    return made


@pytest.fixture(params=["internal", "partners", "parties", "public"])
def seen(request, release, folders):
    """A release as an audience sees it, and the folder of its exports."""
    return co.disclose(release, request.param), folders[request.param]
