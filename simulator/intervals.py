"""Means over replications, their intervals, and verdicts on paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isnan, nan, sqrt

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEVEL = 0.95
WEEKS_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications: `low` to `high` holds the true mean with 95 % confidence, `week_low` to `week_high`
    nine weeks of ten.

    Not a number if the measure was null in any replication; `nulls` counts those.
    """

    value: float
    low: float
    high: float
    week_low: float
    week_high: float
    n: int
    nulls: int


def estimate(values: FloatArray) -> Estimate:
    """The mean of independent replications with its t-interval; needs two replications for an interval.

    Source: Law (2015), Simulation Modeling and Analysis, section 9.4.1.

    >>> round(estimate(np.array([1.0, 2.0, 3.0])).high, 3)
    4.484
    """
    n, nulls = values.size, int(np.isnan(values).sum())
    if nulls or not n:
        return Estimate(nan, nan, nan, nan, nan, n, nulls)
    mean = float(values.mean())
    half = half_width(values)
    low, high = week_range(values)
    return Estimate(mean, mean - half, mean + half, low, high, n, 0)


def half_width(values: FloatArray, level: float = LEVEL) -> float:
    """Half the t-interval of the mean; not a number with fewer than two values."""
    from scipy.special import stdtrit

    n = values.size
    if n < 2:
        return nan
    return float(stdtrit(n - 1, 0.5 + level / 2)) * float(values.std(ddof=1)) / sqrt(n)


def week_range(values: FloatArray, share: float = WEEKS_SHARE) -> tuple[float, float]:
    """The middle `share` of the replications, from one order statistic to another (outward, so never too narrow for the
    sample).
    """
    ordered = np.sort(values)
    # Rounded, because (1 − 0.9) / 2 × 20 falls just short of 1 in floating point.
    tail = round((1 - share) / 2 * (ordered.size - 1), 9)
    return float(ordered[floor(tail)]), float(ordered[ceil(ordered.size - 1 - tail)])


def wilson(many: int, of: int, level: float = LEVEL) -> tuple[float, float]:
    """The ends of the score interval of a share of independent cases; not numbers of no cases.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.

    >>> [round(end, 3) for end in wilson(7, 10)]
    [0.397, 0.892]
    """
    from scipy.special import ndtri

    if not of:
        return nan, nan
    z = float(ndtri(0.5 + level / 2))
    share, squared = many / of, z * z / of
    middle, half = share + squared / 2, z * sqrt(share * (1 - share) / of + squared / (4 * of))
    # At the ends rounding may fall short of them.
    low = 0.0 if many == 0 else (middle - half) / (1 + squared)
    return low, 1.0 if many == of else (middle + half) / (1 + squared)


def p_value(differences: FloatArray) -> float:
    """Two-sided p-value of the paired t-test that the mean difference is 0; 1 where nothing varies and nothing
    differs.
    """
    from scipy.special import stdtr

    n = differences.size
    if n < 2 or np.isnan(differences).any():
        return nan
    mean, spread = float(differences.mean()), float(differences.std(ddof=1)) / sqrt(n)
    if spread == 0:
        return 1.0 if mean == 0 else 0.0
    return 2 * float(stdtr(n - 1, -abs(mean) / spread))


def holm(p_values: Sequence[float], level: float = 1 - LEVEL) -> list[bool]:
    """Which hypotheses are rejected together at the given level; one that could not be tested (not a number) is not.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.

    >>> holm([0.01, 0.04, 0.03])
    [True, False, False]
    """
    tested = sorted((p, place) for place, p in enumerate(p_values) if not isnan(p))
    rejected = [False] * len(p_values)
    for step, (p, place) in enumerate(tested):
        if p > level / (len(tested) - step):
            break
        rejected[place] = True
    return rejected
