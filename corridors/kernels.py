"""Loops over arrays: plain Python on a small network, compiled by numba on a large one, the same
result either way.

Some walks over a network cannot be said in whole-array steps. They are written once, as plain loops
over arrays of whole numbers and floats, and marked `@kernel`. Where numba is installed (the extra
`fast`) and the arrays are long enough to repay it, numba compiles them; nothing else changes, to
the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, update_wrapper
from importlib.util import find_spec
from typing import Any

import numpy as np

WORTH_COMPILING = 20_000
"""Entries of the longest array: below this, importing numba (half a second) takes longer than the
plain loop."""
ENOUGH_LOOPED = 150 * WORTH_COMPILING
"""Entries that plain loops have gone through in this process: from here on short arrays are worth
compiling for too, since more of them are likely to come."""
_looped = 0


@cache
def has_numba() -> bool:
    """Whether numba, of the extra `fast`, is installed; it is not imported for that."""
    return find_spec("numba") is not None


def is_worth_compiling(size: int) -> bool:
    """Whether a loop over an array of that length is worth compiling now."""
    global _looped  # noqa: PLW0603 - it decides how fast the process is, and no result
    if size < WORTH_COMPILING and _looped < ENOUGH_LOOPED:
        _looped += size
        return False
    return has_numba()


class Loop:
    """One loop, and its compiled form when that is first worth having."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Keep the plain loop; nothing is compiled yet."""
        self.plain = function
        self._compiled: Callable[..., Any] | None = None
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run on these arrays and numbers."""
        longest = max((len(each) for each in arguments if isinstance(each, np.ndarray)), default=0)
        worth = is_worth_compiling(longest)
        return self.compiled(*arguments) if worth else self.plain(*arguments)

    @property
    def compiled(self) -> Callable[..., Any]:
        """The loop as numba compiles it; kept on disk by numba, so that only the first run on a
        machine waits for it.
        """
        if self._compiled is None:
            from numba import njit  # noqa: PLC0415 - half a second, and only the extra `fast` has it

            self._compiled = njit(cache=True, nogil=True)(self.plain)
        return self._compiled


def kernel(function: Callable[..., Any]) -> Loop:
    """Mark a function of arrays and numbers as a loop.

    >>> @kernel
    ... def total(values):
    ...     found = 0.0
    ...     for value in values:
    ...         found += value
    ...     return found
    >>> float(total(np.ones(3)))
    3.0
    """
    return Loop(function)
