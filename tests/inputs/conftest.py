"""Fixtures that tests of inputs share."""

from __future__ import annotations

import pytest
from mission_files import FILES, MISSION


@pytest.fixture
def town(tmp_path):
    """A folder that may be planned on; call it with files to change or add."""

    def make(mission=MISSION, **files):
        for name, text in {
            **FILES,
            "mission.toml": mission,
            **{name.replace("__", "."): text for name, text in files.items()},
        }.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return make
