"""What it costs not to know the inputs: all that have a range drawn anew, and what of the spread they bring."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .assumptions import Ranged
from .intervals import Estimate, estimate
from .sensitivity import Finished, Question, factors_of

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Lead:
    """An input and how the outcome goes with it: the outcome at both ends of its range, along the straight line through
    the draws, the correlation, and whether that is told from chance, all inputs together (Bonferroni).
    """

    input: Ranged
    low: float
    high: float
    correlation: float
    is_sure: bool


@dataclass(frozen=True)
class Uncertain:
    """A measure when all inputs are drawn from their ranges: its mean over the draws with the interval in which, with
    95 % confidence, the long-run outcome of the real inputs lies, which are one more draw; the standard deviation that
    inputs and that weeks bring, in how many draws the outcome is above 0, and the inputs, the one that it goes with
    most first. More draws or weeks tell the interval better; what inputs bring does not shrink.

    drawn   for each draw the factor of each input, in their order, and the outcome
    """

    measure: str
    mean: Estimate
    inputs_sd: float
    weeks_sd: float
    above: int
    draws: int
    leading: tuple[Lead, ...]
    drawn: tuple[tuple[tuple[float, ...], float], ...]

    @property
    def flips(self) -> Lead | None:
        """The input that surely matters and alone would bring the outcome to the other side of 0, if there is one."""
        return next((each for each in self.leading if each.is_sure and each.low * each.high < 0), None)


def uncertain(
    question: Question,
    measures: Sequence[str],
    draws: int,
    workers: int | Executor = 1,
    finished: Finished | None = None,
) -> tuple[Uncertain, ...]:
    """All inputs with a range drawn anew for each of so many draws, a Latin hypercube, each on customers of its own.

    Components of variance of a balanced one-way layout with random effects; of a hypercube, whose draws are spread
    evenly, what inputs bring is the mean square over all draws, and hardly moves the mean.
    Sources: Searle, Casella and McCulloch (1992), Variance Components, section 3.5; Stein (1987), Large sample
    properties of simulations using Latin hypercube sampling, Technometrics 29, 143-151.
    """
    from scipy.stats import qmc

    inputs = question.inputs
    shares = qmc.LatinHypercube(len(inputs), rng=np.random.default_rng(question.seed)).random(draws)
    experiments = question.played(factors_of(inputs, shares), workers, finished, apart=True)
    return tuple(
        components(measure, inputs, shares, np.array([question.outcome(each, measure) for each in experiments]))
        for measure in measures
    )


def components(measure: str, inputs: Sequence[Ranged], shares: FloatArray, values: FloatArray) -> Uncertain:
    """What draws and weeks bring: `values` has a row for each draw, a column for each of its replications; `shares` are
    the draws, shape (draws, inputs).
    """
    draws, weeks = values.shape
    means = values.mean(axis=1)
    within = float(values.var(axis=1, ddof=1).mean()) if weeks > 1 else float("nan")
    by_chance = within / weeks if weeks > 1 else 0.0
    between = max(float(means.var(ddof=1)) - by_chance, 0.0) * (draws - 1) / draws
    leading = []
    for number, ranged in enumerate(inputs):
        share = shares[:, number]
        slope = float(np.cov(share, means)[0, 1] / share.var(ddof=1))
        low, high = (float(means.mean()) + slope * (end - float(share.mean())) for end in (0.0, 1.0))
        spread = float(means.std(ddof=1))
        correlation = slope * float(share.std(ddof=1)) / spread if spread > 0 else 0.0
        leading.append(Lead(ranged, low, high, correlation, _chance(correlation, draws) < 0.05 / len(inputs)))
    leading.sort(key=lambda each: -abs(each.correlation))
    factors = [tuple(each.factor(part) for each, part in zip(inputs, row, strict=True)) for row in shares.tolist()]
    return Uncertain(
        measure,
        _of_real_inputs(means, between, by_chance),
        sqrt(between),
        sqrt(within),
        int(np.count_nonzero(means > 0)),
        draws,
        tuple(leading),
        tuple(zip(factors, means.tolist(), strict=True)),
    )


def _of_real_inputs(means: FloatArray, between: float, by_chance: float) -> Estimate:
    """The mean of all draws, with an interval for the long-run outcome of one more: its inputs vary as those of the
    draws do (`between`, a variance), and the mean is as well known as its weeks (`by_chance`, of each draw's) tell it.
    """
    from scipy.special import stdtrit

    found = estimate(means)
    variance = between + (by_chance or float(means.var(ddof=1))) / means.size
    half = float(stdtrit(means.size - 1, 0.975)) * sqrt(variance)
    return replace(found, low=found.value - half, high=found.value + half)


def _chance(correlation: float, draws: int) -> float:
    """How likely a correlation at least as strong is where there is none: the t-test of Pearson's r."""
    from scipy.special import stdtr

    if abs(correlation) >= 1:
        return 0.0
    return 2 * float(stdtr(draws - 2, -abs(correlation) * sqrt((draws - 2) / (1 - correlation**2))))
