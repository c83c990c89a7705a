"""Fixtures that all tests share, and the profile of hypothesis."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is slow at making examples, too; that is no fault of theirs.
settings.register_profile(
    "same-every-time", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same-every-time")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Prepared copies of these tests lie among their own files, never in the user's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORRIDORS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data, or a skip that says why."""
    folder = Path(
        os.environ.get("CORRIDORS_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")
    )
    if not folder.is_dir():
        pytest.skip(f"real data is not here ({folder.name}): set CORRIDORS_REAL_DATA to its folder")
    return folder
