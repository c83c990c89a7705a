"""Fixtures that tests of releases share."""

from __future__ import annotations

import pytest
from release_town import make_cut_town, make_town


@pytest.fixture(scope="module")
def town():
    return make_town()


@pytest.fixture(scope="module")
def cut_town():
    return make_cut_town()
