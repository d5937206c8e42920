"""Shares, means and quantiles of what a run has measured; not a number where there is nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf, nan, sqrt
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEVEL = 0.95

class Ratio(float):
    """A ratio that remembers what it divides by; not a number where that is nothing."""

    over: float
    under: float

    def __new__(cls, over: float, under: float) -> Self:
        """So much over so much."""
        made = super().__new__(cls, over / under if under else nan)
        made.over, made.under = over, under
        return made

    def __getnewargs__(self) -> tuple[float, float]:  # type: ignore[override]  # a float's own is one number
        """What copies and other processes make it of again."""
        return self.over, self.under


class Quantile(float):
    """A quantile of a sample, with the two order statistics between which that of what was sampled lies, with 95 %
    confidence if the values are independent; infinite where the sample is too small for one.
    """

    low: float
    high: float

    def __new__(cls, value: float, low: float, high: float) -> Self:
        """The quantile and the ends of its interval."""
        made = super().__new__(cls, value)
        made.low, made.high = low, high
        return made

    def __getnewargs__(self) -> tuple[float, float, float]:  # type: ignore[override]  # a float's own is one number
        """What copies and other processes make it of again."""
        return float(self), self.low, self.high


def ratio(over: float | np.integer[Any], under: float | np.integer[Any]) -> Ratio:
    """A share; not a number where there is nothing to divide by."""
    return Ratio(float(over), float(under))


def mean(values: FloatArray) -> Ratio:
    """The mean; not a number of nothing."""
    return Ratio(float(values.sum()), values.size)


def quantile(values: FloatArray, q: float) -> float:
    """The smallest value that at least a share `q` of the values does not exceed; not a number if it is infinite or
    there is none.

    The inverse of the empirical distribution function (Hyndman and Fan, 1996, definition 1).
    """
    return _finite(np.sort(values), q)


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of some values, and the two quantiles that are measured; not a number of nothing."""

    mean: float
    p50: Quantile
    p90: Quantile


def spread(values: FloatArray) -> Spread:
    """The spread of values, which are left sorted."""
    if not values.size:
        nothing = Quantile(nan, nan, nan)
        return Spread(nan, nothing, nothing)
    average = mean(values)
    values.sort()
    return Spread(average, *(_with_ends(values, _rank(values, q), *interval_ranks(values.size, q)) for q in (0.5, 0.9)))


@lru_cache(maxsize=4096)
def interval_ranks(n: int, q: float, level: float = LEVEL) -> tuple[int, int]:
    """The ranks, from 0, of the order statistics that hold the q-quantile of what n independent values are a sample of,
    with each tail at most half of what the level leaves; -1 and n where the sample is too small.

    How many values lie below the quantile is binomial.
    Source: David and Nagaraja (2003), Order Statistics, section 7.1.

    >>> interval_ranks(100, 0.9)
    (83, 95)
    """
    tail = (1 - level) / 2
    return _least_below(n, q, tail) - 1, _least_below(n, q, 1 - tail)


def _least_below(n: int, q: float, level: float) -> int:
    """The least number k, n at most, with P(binomial(n, q) ≤ k) at or above a level."""
    from scipy.special import bdtr, ndtri

    k = min(max(round(n * q + float(ndtri(level)) * sqrt(n * q * (1 - q)) - 0.5), 0), n)
    while k > 0 and bdtr(float(k - 1), n, q) >= level:
        k -= 1
    while k < n and bdtr(float(k), n, q) < level:
        k += 1
    return k


def _with_ends(values: FloatArray, rank: int, low: int, high: int) -> Quantile:
    value = float(values[rank])
    ends = (float(values[low]) if low >= 0 else -inf, float(values[high]) if high < values.size else inf)
    return Quantile(value if np.isfinite(value) else nan, *ends)


def _rank(values: FloatArray, q: float) -> int:
    return max(ceil(q * values.size) - 1, 0)


def _finite(ordered: FloatArray, q: float) -> float:
    """The value at a quantile's rank; not a number if there is none or it is infinite."""
    if not ordered.size:
        return float("nan")
    found = float(ordered[_rank(ordered, q)])
    return found if np.isfinite(found) else float("nan")
