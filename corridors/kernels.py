"""Loops over arrays: plain Python on a small network, compiled by numba on a large one.

Some searches of a network cannot be written as whole-array operations. They are written once, as
plain loops over arrays of integers and floats, and marked `@kernel`. Where numba is installed (the
extra `fast`) and the arrays are long enough, numba compiles them. The results are the same to the
last bit.

Kernels take arrays, numbers and named tuples of arrays. A named tuple costs about a microsecond per
ten arrays and call, so a kernel that runs once per query of some microseconds takes arrays alone.
numba keeps a compiled kernel as long as its file does not change: delete its cache after a change
of a named tuple in another file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, update_wrapper
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

WORTH_COMPILING = 20_000
"""Entries of the longest array: below this, importing numba (half a second) takes longer than the
plain loop."""
ENOUGH_LOOPED = 150 * WORTH_COMPILING
"""Entries that plain loops have gone through in this process: from here on short arrays are worth
compiling for too, since more of them are likely to come."""
_looped = 0


@cache
def has_numba() -> bool:
    """Whether numba, of the extra `fast`, is installed; this does not import it."""
    return find_spec("numba") is not None


def is_worth_compiling(size: int) -> bool:
    """Whether a loop over an array of that length is worth compiling now."""
    global _looped  # noqa: PLW0603 - it decides how fast the process is, and no result
    if size < WORTH_COMPILING and _looped < ENOUGH_LOOPED:
        _looped += size
        return False
    return has_numba()


class Kernel:
    """A loop, and its compiled form, which is made when it is first worth it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Keep the plain loop; nothing is compiled yet."""
        self.plain = function
        self._compiled: Callable[..., Any] | None = None
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run on these arrays, numbers and named tuples of arrays."""
        worth = is_worth_compiling(_longest(arguments))
        return self.compiled(*arguments) if worth else self.plain(*arguments)

    @property
    def compiled(self) -> Callable[..., Any]:
        """The loop as numba compiles it; numba keeps it on disk for later runs."""
        if self._compiled is None:
            from numba import njit  # noqa: PLC0415 - half a second; the extra `fast` has it

            in_file = not self.plain.__code__.co_filename.startswith("<")  # an interpreter has none
            self._compiled = njit(cache=in_file, nogil=True)(self.plain)
        return self._compiled


def kernel(function: Callable[..., Any]) -> Kernel:
    """Mark a function of arrays and numbers as a loop to compile.

    >>> @kernel
    ... def total(values):
    ...     found = 0.0
    ...     for value in values:
    ...         found += value
    ...     return found
    >>> float(total(np.ones(3)))
    3.0
    """
    return Kernel(function)


def _longest(arguments: tuple[Any, ...]) -> int:
    """The length of the longest array, those inside tuples included; 0 where there is none.

    The first array that is worth compiling for ends the search.
    """
    longest = 0
    for argument in arguments:
        if longest >= WORTH_COMPILING:
            break
        if isinstance(argument, np.ndarray):
            longest = max(longest, len(argument))
        elif isinstance(argument, tuple):
            longest = max(longest, _longest(argument))
    return longest


def expand_ranges(first: npt.NDArray[Any], count: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """All numbers of several ranges, one range after the other: first, first + 1, ... of each.

    >>> expand_ranges(np.array([5, 20]), np.array([2, 3])).tolist()
    [5, 6, 20, 21, 22]
    """
    return np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count - first, count)


def count_starts(group: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    """Where each of `count` groups begins, and the last ends, once rows are sorted by group.

    >>> count_starts(np.array([2, 0, 2]), 3).tolist()
    [0, 1, 1, 3]
    """
    return np.r_[0, np.cumsum(np.bincount(group, minlength=count))]


def list_groups(
    group: npt.NDArray[Any], count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The rows of each group as (first, rows): those of group i are rows[first[i]:first[i + 1]].

    >>> first, rows = list_groups(np.array([2, 0, 2]), 3)
    >>> first.tolist(), rows.tolist()
    ([0, 1, 1, 3], [1, 0, 2])
    """
    return count_starts(group, count), np.argsort(group, kind="stable")
