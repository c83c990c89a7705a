"""Kernels: the same results from plain loops and compiled ones, compiled only where it is worth it."""

from __future__ import annotations

import numpy as np
import pytest

from corridors import kernels
from corridors.kernels import WORTH_COMPILING, has_numba, kernel


@kernel
def add_up(values, start):
    total = start
    for value in values:
        total += value
    return total


@pytest.fixture(autouse=True)
def _nothing_looped(monkeypatch):
    monkeypatch.setattr(kernels, "_looped", 0)


@pytest.mark.skipif(not has_numba(), reason="numba is not installed")
def test_a_long_array_is_looped_over_compiled_with_the_same_result_to_the_last_bit():
    values = np.random.default_rng(1).uniform(0, 1, WORTH_COMPILING)
    assert add_up(values, 0.1) == add_up.plain(values, 0.1) == add_up.compiled(values, 0.1)
    assert kernels._looped == 0


def test_short_arrays_are_looped_over_plainly_until_many_were():
    values = np.ones(10)
    assert add_up(values, 0.5) == 10.5
    assert kernels._looped == 10
    kernels._looped = kernels.ENOUGH_LOOPED
    assert kernels.is_worth_compiling(10) is has_numba()


def test_without_numba_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr(kernels, "has_numba", lambda: False)
    assert not kernels.is_worth_compiling(10 * WORTH_COMPILING)
    assert add_up(np.ones(WORTH_COMPILING), 0) == WORTH_COMPILING
