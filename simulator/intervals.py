"""Means over replications, their intervals, and verdicts on paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, hypot, inf, isnan, nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEVEL = 0.95
WEEKS_SHARE = 0.9
RARE = 10
"""Cases, over all replications, below which a mean is too far from normal for a t-interval."""
Kind = Literal["t", "Wilson", "Poisson", "order statistics"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications: `low` to `high` holds the true mean with 95 % confidence (or what was asked for),
    `week_low` to `week_high` nine weeks of ten.

    Not a number if the measure was null in any replication; `nulls` counts those. `kind` is how the interval was found.
    """

    value: float
    low: float
    high: float
    week_low: float
    week_high: float
    n: int
    nulls: int
    kind: Kind = "t"

    @property
    def is_symmetric(self) -> bool:
        """Whether the value is in the middle of its interval, so that half its width says it all."""
        return self.kind == "t"


def estimate(values: FloatArray, level: float = LEVEL) -> Estimate:
    """The mean of independent replications with its t-interval; needs two replications for an interval.

    Source: Law (2015), Simulation Modeling and Analysis, section 9.4.1.

    >>> round(estimate(np.array([1.0, 2.0, 3.0])).high, 3)
    4.484
    """
    n, nulls = values.size, int(np.isnan(values).sum())
    if nulls or not n:
        return Estimate(nan, nan, nan, nan, nan, n, nulls)
    mean = float(values.mean())
    half = half_width(values, level)
    low, high = week_range(values)
    return Estimate(mean, mean - half, mean + half, low, high, n, 0)


def estimate_of_share(values: FloatArray, of: FloatArray, level: float = LEVEL) -> Estimate:
    """The mean of a share of cases in each replication, `of` so many; where cases are rare, or all but a few are, with
    Wilson's interval of all replications together, which is never empty.
    """
    found, total = estimate(values, level), float(of.sum())
    many = found.value * total
    if found.n == 0 or found.nulls or min(many, total - many) >= RARE:
        return found
    low, high = wilson(many, total, level)
    return replace(found, low=low, high=high, kind="Wilson")


def estimate_of_count(values: FloatArray, level: float = LEVEL) -> Estimate:
    """The mean of a count in each replication; where cases are rare with Poisson's interval, which is never empty."""
    found = estimate(values, level)
    if found.n == 0 or found.nulls or found.value * found.n >= RARE:
        return found
    low, high = poisson(found.value * found.n, level)
    return replace(found, low=low / found.n, high=high / found.n, kind="Poisson")


def pooled(values: FloatArray, of: FloatArray) -> Estimate:
    """The ratio of sums over all replications, with its interval by the delta method; `estimate` is the mean of ratios
    instead, in which a quiet week weighs as much as a busy one.

    Replications in which there is nothing to divide by weigh nothing.
    Source: Law (2015), section 9.4.2 (the ratio estimator of regenerative simulation).

    >>> pooled(np.array([0.5, 0.25]), np.array([10.0, 30.0])).value
    0.3125
    """
    n, total = values.size, float(of.sum())
    if not total or isnan(total):
        return Estimate(nan, nan, nan, nan, nan, n, int((of == 0).sum()))
    over = np.where(of > 0, values, 0.0) * of
    value = float(over.sum()) / total
    half = half_width((over - value * of) / (total / n))
    low, high = week_range(values[of > 0])
    return Estimate(value, value - half, value + half, low, high, n, 0)


def half_width(values: FloatArray, level: float = LEVEL) -> float:
    """Half the t-interval of the mean; not a number with fewer than two values."""
    from scipy.special import stdtrit

    n = values.size
    if n < 2:
        return nan
    return float(stdtrit(n - 1, 0.5 + level / 2)) * float(values.std(ddof=1)) / sqrt(n)


def variance(values: FloatArray) -> float:
    """The variance of what values are a sample of; not a number with fewer than two of them."""
    return float(values.var(ddof=1)) if values.size > 1 else nan


def skew_interval(values: FloatArray, level: float = LEVEL) -> tuple[float, float]:
    """The ends of an interval of the mean that allows for skewness: where a few weeks are much worse than most, the
    t-interval ends too low. The t-interval itself with fewer than three values, not numbers with fewer than two.

    Source: Willink (2005), A confidence interval and test for the mean of an asymmetric distribution, Communications in
    Statistics, Theory and Methods 34, 753-766; after Hall (1992).

    >>> [round(end, 3) for end in skew_interval(np.array([1.0, 1.0, 1.0, 1.0, 6.0]))]
    [0.398, 8.744]
    """
    from scipy.special import stdtrit

    n, mean, half = values.size, float(values.mean()), half_width(values, level)
    if n < 3 or not half > 0:
        return mean - half, mean + half
    t = float(stdtrit(n - 1, 0.5 + level / 2))
    spread = float(values.std(ddof=1))
    skewness = n / ((n - 1) * (n - 2)) * float((((values - mean) / spread) ** 3).sum())
    a = skewness / (6 * sqrt(n))
    if abs(a) < 1e-9:
        return mean - half, mean + half
    low, high = ((float(np.cbrt(1 + 6 * a * (end - a))) - 1) / (2 * a) for end in (t, -t))
    return mean - spread / sqrt(n) * low, mean - spread / sqrt(n) * high


def week_range(values: FloatArray, share: float = WEEKS_SHARE) -> tuple[float, float]:
    """The middle `share` of the replications, from one order statistic to another (outward, so never too narrow for the
    sample).
    """
    ordered = np.sort(values)
    # Rounded, because (1 − 0.9) / 2 × 20 falls just short of 1 in floating point.
    tail = round((1 - share) / 2 * (ordered.size - 1), 9)
    return float(ordered[floor(tail)]), float(ordered[ceil(ordered.size - 1 - tail)])


def wilson(many: float, of: float, level: float = LEVEL) -> tuple[float, float]:
    """The ends of the score interval of a share of independent cases; not numbers of no cases.

    >>> [round(end, 3) for end in wilson(7, 10)]
    [0.397, 0.892]
    """
    from scipy.special import ndtri

    return score_interval(many / of, of, float(ndtri(0.5 + level / 2))) if of else (nan, nan)


def score_interval(share: float, n: float, z: float) -> tuple[float, float]:
    """The ends of the interval of a share of n, z standard deviations wide; all of 0 to 1 for an infinite z.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.

    >>> [round(end, 4) for end in score_interval(0.0, 20, 1.959964)]
    [0.0, 0.1611]
    """
    if z == inf:
        return 0.0, 1.0
    shift, middle = z * z / n, share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the ends rounding may fall short of them, or go beyond.
    low = 0.0 if share == 0 else max((middle - half) / (1 + shift), 0.0)
    return low, 1.0 if share == 1 else min((middle + half) / (1 + shift), 1.0)


def exact_share(many: int, of: int, level: float = LEVEL) -> tuple[float, float]:
    """The ends of an interval of a share of independent cases that misses it no more often than said, for any share.

    Source: Clopper and Pearson (1934), The use of confidence or fiducial limits, Biometrika 26, 404-413.

    >>> [round(end, 3) for end in exact_share(7, 10)]
    [0.348, 0.933]
    """
    from scipy.special import betaincinv

    if not of:
        return nan, nan
    tail = (1 - level) / 2
    low = float(betaincinv(many, of - many + 1, tail)) if many else 0.0
    return low, float(betaincinv(many + 1, of - many, 1 - tail)) if many < of else 1.0


def poisson(many: float, level: float = LEVEL) -> tuple[float, float]:
    """The ends of the exact interval of what a count of independent cases is expected to be.

    Source: Garwood (1936), Fiducial limits for the Poisson distribution.

    >>> [round(end, 3) for end in (*poisson(0), *poisson(3))]
    [0.0, 3.689, 0.619, 8.767]
    """
    from scipy.special import gammaincinv

    tail = (1 - level) / 2
    return float(gammaincinv(many, tail)) if many else 0.0, float(gammaincinv(many + 1, 1 - tail))


def difference_of(a: Estimate, b: Estimate) -> tuple[float, float]:
    """The ends of the interval of b − a, from those of both.

    It takes them for independent, so with the same customers in both it is too wide rather than too narrow.
    Source: Zou and Donner (2008), Construction of confidence limits about effect measures (MOVER); Newcombe (1998).
    """
    middle = b.value - a.value
    return middle - hypot(b.value - b.low, a.high - a.value), middle + hypot(b.high - b.value, a.value - a.low)


def p_value_of_counts(a: float, b: float, of_a: float, of_b: float) -> float:
    """Two-sided p-value that two counts of rare, independent cases, of so many each, come at the same rate.

    Source: Przyborowski and Wilenski (1940): given their sum, either is binomial.

    >>> round(p_value_of_counts(1, 9, 100, 100), 4)
    0.0215
    """
    from scipy.special import bdtr

    a, b = round(a), round(b)
    if not (a + b and of_a + of_b):
        return 1.0
    share = of_b / (of_a + of_b)
    at_most, less = (float(bdtr(float(many), a + b, share)) if many >= 0 else 0.0 for many in (b, b - 1))
    return min(1.0, 2 * min(at_most, 1 - less))


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
