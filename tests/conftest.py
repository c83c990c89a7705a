"""Fixtures that all tests share, and the profile of hypothesis."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import effort
import pytest
from chromium import CHROMIUM, open_browser
from hypothesis import HealthCheck, settings

from corridors import cli

# A loaded machine is slow at making examples, too; that is no fault of theirs.
settings.register_profile(
    "same-every-time", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same-every-time")


def pytest_addoption(parser):
    parser.addoption(
        "--renew-golden", action="store_true", help="store what is now, in tests/golden"
    )


def pytest_configure(config):
    """`-m thorough` tries all cases of the random tests, and runs no other test."""
    effort.is_thorough = config.option.markexpr == "thorough"


QUICK = [
    "assessment",
    "evidence/test_status.py",
    "evidence/test_structures.py",
    "geodesy",
    "inputs/feeds",
    "inputs/rows",
    "inputs/test_coordinates.py",
    "inputs/test_incidents.py",
    "inputs/test_mission.py",
    "inputs/test_sites.py",
    "inputs/test_zones.py",
    "itinerary",
    "locales",
    "network/test_links.py",
    "test_checks.py",
    "test_errors.py",
    "test_exposure.py",
    "test_kernels.py",
    "test_layers.py",
    "test_messages.py",
    "test_rules.py",
    "test_situation.py",
    "test_tables.py",
]
"""Folders and files of unit tests that together take less than a minute on two quiet cores."""


def pytest_collection_modifyitems(items):
    """Mark as quick the unit tests of `QUICK` that try few cases."""
    root = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(root).as_posix() if root in item.path.parents else ""
        if place.startswith(tuple(QUICK)) and not item.get_closest_marker("thorough"):
            item.add_marker(pytest.mark.quick)


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


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A headless Chromium, or a skip that says why."""
    if CHROMIUM is None:
        if os.environ.get("CORRIDORS_REQUIRE_CHROMIUM"):
            pytest.fail("no Chromium was found, and CORRIDORS_REQUIRE_CHROMIUM is set")
        pytest.skip("no Chromium was found on the PATH: the map is not looked at in a browser")
    with open_browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line here; the exit code, stdout and stderr."""
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    # Who starts pytest in the background ignores SIGINT, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setenv("COLUMNS", "140")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["corridors", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    yield call
    for name, handler in before.items():
        signal.signal(name, handler)
