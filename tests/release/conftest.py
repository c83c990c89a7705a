"""Fixtures that tests of releases share."""

from __future__ import annotations

import pytest
from release_town import make_town
from town import GRID, spot


@pytest.fixture(scope="module")
def town():
    return make_town()


@pytest.fixture(scope="module")
def cut_town():
    """The mill is cut off by two strikes; one street is the only way to the clinic."""
    strikes = (("INC-77", 35.0, 33.021), ("INC-78", 35.02, 33.021, {"source": "x"}))
    return make_town(
        pairs=[*GRID[:3], (1, 4), (2, 5), (5, 6), (6, 9)], incidents=strikes, clinic=spot(9)
    )
