"""Rows that are sorted by group: where each group begins, and its smallest value."""

from __future__ import annotations

import numpy as np

from corridors.tables import Floats, Ints


def group_starts(group: Ints) -> Ints:
    """The position at which each run of equal values begins.

    >>> group_starts(np.array([4, 4, 7, 9, 9])).tolist()
    [0, 2, 3]
    """
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.r_[True, group[1:] != group[:-1]])


def group_minimum(values: Floats, group: Ints) -> Floats:
    """For each row the smallest value of its group.

    >>> group_minimum(np.array([3.0, 1.0, 5.0]), np.array([0, 0, 1])).tolist()
    [1.0, 1.0, 5.0]
    """
    if not len(group):
        return values
    starts = group_starts(group)
    return np.repeat(np.minimum.reduceat(values, starts), np.diff(np.r_[starts, len(group)]))


def first_minimum(values: Floats, group: Ints) -> Ints:
    """The position of the smallest value of each group, the first where several are equal.

    >>> first_minimum(np.array([3.0, 1.0, 1.0, 5.0]), np.array([0, 0, 0, 1])).tolist()
    [1, 3]
    """
    at = np.flatnonzero(values == group_minimum(values, group))
    return at[group_starts(group[at])]
