"""Programs that some tests ask for, such as those of poppler."""

from __future__ import annotations

import os
import shutil

import pytest


def need(program):
    """Skip a test whose program is missing; fail where CORRIDORS_REQUIRE_TOOLS is set."""
    if shutil.which(program) is None:
        if os.environ.get("CORRIDORS_REQUIRE_TOOLS"):
            pytest.fail(f"{program} was not found, and CORRIDORS_REQUIRE_TOOLS is set")
        pytest.skip(f"{program} is not installed")
