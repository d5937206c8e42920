"""Half-hours of the week pooled into periods, so that enough customers are expected in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .roster import SLOT_S, SLOTS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

LEAST = 5.0
"""Customers expected in a period."""


def periods_of(
    expected: FloatArray, opened: BoolArray, lasts_s: float = 0.0, whole: BoolArray | None = None
) -> IntArray:
    """The period of each half-hour of the week, in order of time; −1 where nobody is there. Half-hours in a row that
    are to be one `whole` are a period of their own.

    A period is one half-hour, or several one after the other until `LEAST` customers are expected and they last as
    long as `lasts_s`. What is left over at closing time belongs to the period before; a day without enough customers to
    the one that follows, and the last to the one before.

    >>> night, day = np.zeros(20), np.array([2.0, 4.0, 6.0, 1.0])
    >>> expected = np.concatenate([night, day, np.zeros(SLOTS - 24)])
    >>> periods_of(expected, expected > 0)[19:25].tolist()
    [-1, 0, 0, 1, 1, -1]
    """
    whole = np.zeros(SLOTS, dtype=np.bool_) if whole is None else opened & whole
    wanted = max(1, -(-int(lasts_s) // SLOT_S))
    pools: list[list[int]] = []
    small: list[int] = []
    for stretch in _stretches(opened & ~whole):
        found, waiting = list[list[int]](), small
        for slot in stretch:
            waiting = [*waiting, slot]
            if expected[waiting].sum() >= LEAST and len(waiting) >= wanted:
                found.append(waiting)
                waiting = []
        if waiting and found:
            found[-1] += waiting
            waiting = []
        pools += found
        small = waiting
    if small:
        if pools:
            pools[-1] += small
        else:
            pools.append(small)
    pools = sorted([*pools, *_stretches(whole)])
    period = np.full(SLOTS, -1, dtype=np.int64)
    for number, pool in enumerate(pools):
        period[pool] = number
    return period


def _stretches(opened: BoolArray) -> list[list[int]]:
    """Half-hours that follow one another and are open."""
    here = np.flatnonzero(opened)
    return [each.tolist() for each in np.split(here, np.flatnonzero(np.diff(here) > 1) + 1) if each.size]
