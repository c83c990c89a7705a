"""Real roads, which may not be here: CORRIDORS_REAL_DATA says where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL = Path(os.environ.get("CORRIDORS_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))


def real(name):
    if not (REAL / name).exists():
        pytest.skip(f"real data {name} is not here")
    return REAL / name
