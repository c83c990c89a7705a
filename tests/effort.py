"""How much the random tests try: few cases in every run, all of them under `-m thorough`."""

from __future__ import annotations

import pytest
from hypothesis import settings

is_thorough = False
"""Set by `conftest.py` before a test is collected."""


def counts(normal, thorough):
    """The number of cases of this run."""
    return thorough if is_thorough else normal


def examples(normal, thorough, **options):
    """Mark a test as `thorough`, and let hypothesis draw so many examples."""
    chosen = settings(max_examples=counts(normal, thorough), **options)
    return lambda test: pytest.mark.thorough(chosen(test))
