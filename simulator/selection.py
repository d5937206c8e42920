"""The best of many policies: ranking and selection that keeps the same customers for all, and knows when to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from ..errors import BadValue

FloatArray = NDArray[np.float64]
FIRST = 10
"""Replications that every policy gets."""
AT_MOST = 2_000
"""Replications of one policy after which the means decide."""
BATCH = 10
"""Replications that are run at a time; each of them is looked at."""
CONFIDENCE = 0.95

Observe = Callable[[Sequence[int], int, int], FloatArray]
"""Values of some policies in the replications from one number on, up to another; shape (policies, replications)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the search came to: the `best` policy, by position; how many replications each took, and whether the best
    was `is_found` by the procedure or, at the most replications that were allowed, by its mean alone.
    """

    best: int
    taken: tuple[int, ...]
    is_found: bool


def kn_constants(policies: int, first: int, error: float) -> tuple[float, float]:
    """η and h² of the procedure KN: η = ((2 error / (k − 1))^(−2 / (n₀ − 1)) − 1) / 2 and h² = 2 η (n₀ − 1).

    Source: Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation, ACM
    TOMACS 11 (3), with c = 1.

    >>> [round(each, 6) for each in kn_constants(3, 10, 0.05)]
    [0.472944, 8.512989]
    """
    eta = ((2 * error / (policies - 1)) ** (-2 / (first - 1)) - 1) / 2
    return eta, 2 * eta * (first - 1)


def select(
    observe: Observe,
    policies: int,
    margin: float,
    confidence: float = CONFIDENCE,
    first: int = FIRST,
    at_most: int = AT_MOST,
) -> Selection:
    """The policy with the largest mean, by the procedure KN: after each replication, policies that are behind by more
    than chance explains drop out.

    With the confidence given it is the best where that is ahead of the others by `margin` at least, and else one that
    is within the margin of it. Values of one replication may depend on each other, as those of the same customers do,
    as long as they are normal. How many values are asked for at a time changes nothing.
    Raises `BadValue` for arguments out of range.
    """
    if policies < 2 or first < 2 or not margin > 0 or not 0.5 < confidence < 1:
        raise BadValue("selection takes two policies, two first replications, a margin above 0, a confidence above 0.5")
    _, squared = kn_constants(policies, first, 1 - confidence)
    left = list(range(policies))
    seen = [np.empty(0) for _ in left]

    def more(number: int) -> None:
        known = seen[left[0]].size
        for policy, row in zip(left, observe(left, known, number), strict=True):
            seen[policy] = np.append(seen[policy], row)

    more(first)
    table = np.array(seen)
    variance = np.var(table[:, None, :] - table[None, :, :], axis=2, ddof=1)
    taken = [first] * policies
    number = first
    while len(left) > 1:
        sums = np.array([seen[policy][:number].sum() for policy in left])
        # Behind by so much in the sum that the best would hardly ever be.
        slack = np.maximum(squared * variance[np.ix_(left, left)] / margin - margin * number, 0.0) / 2
        behind = (sums[None, :] - sums[:, None] > slack) & ~np.eye(len(left), dtype=np.bool_)
        stay = [policy for policy, out in zip(left, behind.any(axis=1), strict=True) if not out]
        # Where sums are equal to the last digit and no slack is left, the first of them is as good as any.
        if not slack.any() and len(stay) > 1:
            stay = stay[:1]
        for policy in left:
            taken[policy] = number
        left = stay
        if len(left) == 1 or number >= at_most:
            break
        if number == seen[left[0]].size:
            more(min(number + BATCH, at_most))
        number += 1
    means = [seen[policy][:number].mean() for policy in left]
    return Selection(left[int(np.argmax(means))], tuple(taken), is_found=len(left) == 1)


@dataclass(frozen=True, slots=True)
class Behind:
    """How far a policy is ahead of the one that was selected, in replications that the search has not seen: the mean of
    paired differences, and an interval that holds for all policies together.
    """

    policy: int
    difference: float
    low: float
    high: float


def confirmed(values: FloatArray, best: int, confidence: float = CONFIDENCE) -> tuple[Behind, ...]:
    """The others against a policy; `values` has shape (policies, replications), of replications of their own.

    These are multiple comparisons with the best as far as the best is the one selected: paired t-intervals, widened so
    that all hold together (Bonferroni).
    Source: Hsu (1996), Multiple Comparisons, chapter 4; Nelson and Matejcik (1995) for common random numbers.
    """
    from scipy.special import stdtrit

    policies, n = values.shape
    quantile = float(stdtrit(n - 1, 1 - (1 - confidence) / (2 * (policies - 1)))) if n > 1 else inf
    found = []
    for policy in range(policies):
        if policy != best:
            differences = values[policy] - values[best]
            mean = float(differences.mean())
            half = quantile * float(differences.std(ddof=1)) / sqrt(n) if n > 1 else inf
            found.append(Behind(policy, mean, mean - half, mean + half))
    return tuple(found)


def enough_to_confirm(values: FloatArray, best: int, margin: float, confidence: float = CONFIDENCE) -> int:
    """Replications that seem to be needed for intervals of half the margin to either side, from values of the search,
    shape (policies, replications), larger is better. Policies that are surely worse need none.
    """
    near = [each for each in confirmed(values, best, confidence) if each.high > -margin]
    halves = [(each.high - each.low) / 2 for each in near] or [0.0]
    return max(ceil(int(values.shape[1]) * (max(halves) / (margin / 2)) ** 2), FIRST)
