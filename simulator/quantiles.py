"""Shares, means and quantiles of what a run has measured; not a number where there is nothing."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

QUANTILES = (0.5, 0.9)
"""The quantiles that are measured."""


def ratio(over: float | np.integer[Any], under: float | np.integer[Any]) -> float:
    """A share; not a number where there is nothing to divide by."""
    return float(over) / float(under) if under else float("nan")


def mean(values: FloatArray) -> float:
    """The mean; not a number of nothing."""
    return float(values.mean()) if values.size else float("nan")


def quantile(values: FloatArray, q: float) -> float:
    """The smallest value that at least a share `q` of the values does not exceed; not a number if it is infinite or
    there is none.

    The inverse of the empirical distribution function (Hyndman and Fan, 1996, definition 1).
    """
    return _finite(np.sort(values), q)


def measured_quantile(values: FloatArray, q: float) -> float:
    """`quantile` of values that are `ranked`; q is one of `QUANTILES`."""
    assert q in QUANTILES  # the others are not in their place
    return _finite(values, q)


def ranked(values: FloatArray) -> FloatArray:
    """The values in an order in which those at the ranks of `QUANTILES` are where sorting would put them; it takes a
    sixth of the time.
    """
    return np.partition(values, [_rank(values, q) for q in QUANTILES]) if values.size else values


def _rank(values: FloatArray, q: float) -> int:
    return max(ceil(q * values.size) - 1, 0)


def _finite(ordered: FloatArray, q: float) -> float:
    """The value at a quantile's rank; not a number if there is none or it is infinite."""
    if not ordered.size:
        return float("nan")
    found = float(ordered[_rank(ordered, q)])
    return found if np.isfinite(found) else float("nan")
