"""Shapes of times, each as its survival function: the share of times that are longer than x.

For formulas that take any law: the patience of M/M/n+G, handle times in an infinite-server queue. They are vectorised,
right-continuous, and in the unit of whatever mean they are given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue
from .arguments import require_inner_shares, require_not_negative, require_positive, require_same_length, require_shares

FloatArray = NDArray[np.float64]
Survival = Callable[[FloatArray], FloatArray]
"""P(time > x), for an array of x that are not negative."""


def exponential(mean: float) -> Survival:
    """Exponential times."""
    require_positive(mean=mean)
    return lambda x: np.exp(-x / mean)


def constant(length: float) -> Survival:
    """The same time for everybody."""
    require_positive(length=length)
    return lambda x: np.where(x < length, 1.0, 0.0)


def lognormal(mean: float, cv: float) -> Survival:
    """Lognormal times; `cv` is the standard deviation over the mean."""
    shape = lognormal_parameters(mean, cv)

    def survival(x: FloatArray) -> FloatArray:
        from scipy.special import ndtr

        # The logarithm of the smallest number stands for that of 0, where everybody is left.
        return np.asarray(ndtr((shape.mu - np.log(np.maximum(x, np.finfo(float).tiny))) / shape.sigma))

    return survival


def weibull(mean: float, shape: float) -> Survival:
    """Weibull times; below a `shape` of 1 those who have waited are the more patient, above it the less."""
    require_positive(mean=mean, shape=shape)
    scale = mean / exp(lgamma(1 + 1 / shape))
    return lambda x: np.exp(-((x / scale) ** shape))


def hyperexponential(shares: tuple[float, ...], means: tuple[float, ...]) -> Survival:
    """Exponential times of several kinds of customers; the shares add up to 1."""
    require_same_length(shares=shares, means=means)
    return mixture(shares, tuple(exponential(mean) for mean in means))


def at_once(x: FloatArray) -> FloatArray:
    """The times of customers who do not wait at all (they balk), as a part of a `mixture`."""
    return np.zeros_like(x)


def never(x: FloatArray) -> FloatArray:
    """The times of customers who never leave, as a part of a `mixture`."""
    return np.ones_like(x)


def mixture(shares: tuple[float, ...], parts: tuple[Survival, ...]) -> Survival:
    """Times of several kinds of customers; the shares add up to 1.

    >>> some_balk = mixture((0.1, 0.7, 0.2), (at_once, exponential(2.0), never))
    >>> some_balk(np.array([0.0, 2.0])).round(4).tolist()
    [0.9, 0.4575]
    """
    require_same_length(shares=shares, parts=parts)
    require_shares(**{f"shares[{place}]": share for place, share in enumerate(shares)})
    if abs(sum(shares) - 1) > 1e-9:
        raise BadValue(f"`shares` add up to {sum(shares):g}; they must add up to 1")

    def survival(x: FloatArray) -> FloatArray:
        return np.asarray(sum(share * part(x) for share, part in zip(shares, parts, strict=True)))

    return survival


def from_quantile(quantile: Callable[[FloatArray], FloatArray]) -> Survival:
    """Times whose quantile function is known, as that of a scenario's shapes; jumps of either function are followed."""

    def survival(x: FloatArray) -> FloatArray:
        # The largest probability whose quantile does not exceed x, by bisection. The ends are never asked for, as a
        # quantile there may be 0 or endless: one more halving would round to 1.
        low, high = np.zeros_like(x), np.ones_like(x)
        for _ in range(53):
            middle = (low + high) / 2
            below = quantile(middle) <= x
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray(1 - low)

    return survival


@dataclass(frozen=True, slots=True)
class LognormalParameters:
    """Mean and standard deviation of the logarithm."""

    mu: float
    sigma: float

    @property
    def median(self) -> float:
        return exp(self.mu)

    def quantile(self, share: float) -> float:
        """The time that a share of the times do not exceed."""
        from scipy.special import ndtri

        require_inner_shares(share=share)
        return exp(self.mu + self.sigma * float(ndtri(share)))


def lognormal_parameters(mean: float, cv: float) -> LognormalParameters:
    """The lognormal law with a mean and a coefficient of variation: σ² = ln(1 + cv²), μ = ln(mean) − σ²/2.

    Source: Johnson, Kotz and Balakrishnan (1994), Continuous Univariate Distributions, vol. 1, ch. 14.

    >>> shape = lognormal_parameters(mean=10, cv=0.8)
    >>> round(shape.mu, 6), round(shape.sigma, 6), round(shape.median, 4)
    (2.055237, 0.703346, 7.8087)
    """
    require_positive(mean=mean, cv=cv)
    variance = log1p(cv**2)
    return LognormalParameters(log(mean) - variance / 2, sqrt(variance))


@dataclass(frozen=True, slots=True)
class TwoPhases:
    """Exponential times of two kinds: with the probability `share` at the first rate, otherwise at the second."""

    share: float
    rates: tuple[float, float]

    @property
    def survival(self) -> Survival:
        return hyperexponential((self.share, 1 - self.share), (1 / self.rates[0], 1 / self.rates[1]))


def balanced_hyperexponential(mean: float, scv: float) -> TwoPhases:
    """The two-phase hyperexponential law with balanced means (each kind makes up half of the mean).

    `scv` is the squared coefficient of variation, 1 or above (1 is exponential).
    Source: Whitt (1982), Approximating a point process by a renewal process, I: two basic methods.

    >>> phases = balanced_hyperexponential(mean=10, scv=4)
    >>> round(phases.share, 6), tuple(round(rate, 6) for rate in phases.rates)
    (0.887298, (0.17746, 0.02254))
    """
    require_positive(mean=mean)
    require_not_negative(scv=scv)
    if scv < 1:
        raise BadValue(f"`scv` is {scv:g}; a hyperexponential law needs 1 or above")
    share = (1 + sqrt((scv - 1) / (scv + 1))) / 2
    return TwoPhases(share, (2 * share / mean, 2 * (1 - share) / mean))
