"""Policies side by side: the same customers, replication by replication, and what differs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan, nan
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..rules.policy import Policy
from ..scenarios.scenario import Scenario
from .intervals import (
    LEVEL,
    RARE,
    Estimate,
    Kind,
    difference_of,
    estimate,
    estimate_of_count,
    estimate_of_share,
    half_width,
    holm,
    p_value,
    p_value_of_counts,
    pooled,
    variance,
    wilson,
)
from .metrics import METRICS, OF_THE_BOT
from .summary import Summary
from .warm_up import WarmUp

if TYPE_CHECKING:
    from .precision import Precision

FloatArray = NDArray[np.float64]
Verdict = Literal["better", "worse", "higher", "lower", "cannot tell"]
Part = tuple[str, str]
OVERALL: Part = ("overall", "")
_OF_RARE: tuple[Kind, ...] = ("Wilson", "Poisson")
Job = tuple[int, int]
"""Position of a policy, and a replication."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How policy `b` differs from policy `a` in one measure: the mean of paired differences b − a and its 95 %
    interval, the t-interval unless cases are rare under both.
    """

    metric: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    verdict: Verdict
    kind: Kind = "t"
    is_same: bool = False
    """Whether both were equal in each replication."""
    pairing: float = nan
    """How many times the replications it would take on different customers: the variance of the difference of
    independent replications over that of the paired ones. Not a number where one does not vary, or is alone.
    """


@dataclass(frozen=True)
class Experiment:
    """The finished replications of some policies on one scenario; the first policy is the baseline."""

    scenario: Scenario
    policies: tuple[Policy, ...]
    seed: int
    replications: int
    summaries: tuple[tuple[Summary, ...], ...]
    """By policy, then by replication, those that all policies have."""
    warm_up: WarmUp | None = None
    """What is left out at the beginning of every run, where they are measured in steady state."""
    precision: tuple[Precision, ...] = ()
    """What was wanted of its intervals, and how near it came."""
    given_up: tuple[Job, ...] = ()
    """What ended its process again and again; the other policies' replications of these numbers are left out too."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the policies, in order."""
        return tuple(policy.name for policy in self.policies)

    def parts(self) -> tuple[Part, ...]:
        """All parts that measures are about: everybody, each segment, each team."""
        return tuple(self.summaries[0][0].values)

    def values(self, policy: int, part: Part, metric: int) -> FloatArray:
        """A measure in each replication."""
        values: FloatArray = self._measured(policy, part, metric)[0]
        return values

    def estimate(self, policy: int, part: Part, metric: int, level: float = LEVEL) -> Estimate:
        """The mean of a measure over the replications; of a single one, a quantile has an interval within it."""
        key = policy, part, metric, level
        if key not in self._estimates:
            self._estimates[key] = self._estimated(*key)
        return self._estimates[key]

    @cached_property
    def _estimates(self) -> dict[tuple[int, Part, int, float], Estimate]:
        """Those that were asked for."""
        return {}

    def _estimated(self, policy: int, part: Part, metric: int, level: float) -> Estimate:
        values, of, low, high = self._measured(policy, part, metric)
        measure, is_ratio = METRICS[metric], not np.isnan(of).any()
        if self.policies[policy].bot is None and measure.id in OF_THE_BOT:
            return estimate(values, level)
        if measure.unit == "count" and not is_ratio:
            return estimate_of_count(values, level)
        if measure.unit == "share" and measure.of_cases and is_ratio:
            return estimate_of_share(values, of, level)
        found = estimate(values, level)
        if found.n == 1 and not isnan(low[0]) and not found.nulls:
            return replace(found, low=float(low[0]), high=float(high[0]), kind="order statistics")
        return found

    def pooled(self, policy: int, part: Part, metric: int) -> Estimate | None:
        """A measure that is a ratio, as the ratio of sums over all replications; `None`: it is none. Of rare cases with
        Wilson's interval, which is never empty.
        """
        values, of, _, _ = self._measured(policy, part, metric)
        if np.isnan(of).any():
            return None
        found = pooled(values, of)
        if METRICS[metric].unit == "share" and METRICS[metric].of_cases and found.n and not isnan(found.value):
            many, total = self.cases(policy, part, metric)
            if min(many, total - many) < RARE:
                low, high = wilson(many, total)
                return replace(found, low=low, high=high, kind="Wilson")
        return found

    def cases(self, policy: int, part: Part, metric: int) -> tuple[int, int]:
        """Of a measure that is a share of cases, how many there were in all replications, and of how many."""
        values, of, _, _ = self._measured(policy, part, metric)
        return round(float(np.where(of > 0, values * of, 0.0).sum())), round(float(of.sum()))

    def _measured(self, policy: int, part: Part, metric: int) -> FloatArray:
        """A measure in each replication with what it is made of, shape (`MADE_OF`, replications)."""
        if (policy, part) not in self._columns:
            each = np.array([summary.measured[part] for summary in self.summaries[policy]])
            self._columns[policy, part] = np.ascontiguousarray(each.transpose(1, 2, 0))
        measured: FloatArray = self._columns[policy, part][metric]
        return measured

    @cached_property
    def _columns(self) -> dict[tuple[int, Part], FloatArray]:
        """Those that were asked for, shape (measures, `MADE_OF`, replications)."""
        return {}

    def differences(self, part: Part = OVERALL) -> tuple[Difference, ...]:
        """Every policy against the baseline in every measure; verdicts are Holm-adjusted over this table."""
        if part not in self._differences:
            self._differences[part] = self._differing(part)
        return self._differences[part]

    @cached_property
    def _differences(self) -> dict[Part, tuple[Difference, ...]]:
        """Those that were asked for."""
        return {}

    def _differing(self, part: Part) -> tuple[Difference, ...]:
        paired: list[tuple[int, int, FloatArray]] = [
            (policy, metric, self.values(policy, part, metric) - self.values(0, part, metric))
            for policy in range(1, len(self.policies))
            for metric in range(len(METRICS))
        ]
        told = holm([self._p_value(*each, part) for each in paired])
        return tuple(
            self._difference(policy, metric, differences, part, sure)
            for (policy, metric, differences), sure in zip(paired, told, strict=True)
        )

    def _p_value(self, policy: int, metric: int, differences: FloatArray, part: Part) -> float:
        if not self._are_rare(policy, metric, part):
            return p_value(differences)
        return _p_value_of_rare(metric, *(self._measured(each, part, metric) for each in (0, policy)))

    def changed_from(self, before: Experiment, policy: int, metric: int) -> tuple[Estimate, float]:
        """By how much a measure of a policy, over everybody, differs from what it is in another setting, on the same
        customers, and the p-value of that.
        """
        a, b = (each._measured(policy, OVERALL, metric) for each in (before, self))
        found = estimate(b[0] - a[0])
        means = [each.estimate(policy, OVERALL, metric) for each in (before, self)]
        if found.nulls or not all(each.kind in _OF_RARE for each in means):
            return found, p_value(b[0] - a[0])
        low, high = difference_of(*means)
        return replace(found, low=low, high=high, kind=means[1].kind), _p_value_of_rare(metric, a, b)

    def _are_rare(self, policy: int, metric: int, part: Part) -> bool:
        """Whether a measure is of cases that are rare under the baseline and this policy."""
        return all(self.estimate(each, part, metric).kind in _OF_RARE for each in (0, policy))

    def _difference(self, policy: int, number: int, differences: FloatArray, part: Part, sure: bool) -> Difference:
        metric, mean = METRICS[number], float(differences.mean())
        verdict: Verdict = "cannot tell"
        if sure and mean != 0:
            if metric.better == "none":
                verdict = "higher" if mean > 0 else "lower"
            else:
                verdict = "better" if (mean > 0) == (metric.better == "higher") else "worse"
        apart = [variance(self.values(each, part, number)) for each in (0, policy)]
        paired = variance(differences)
        found = Difference(
            metric.id,
            self.names[0],
            self.names[policy],
            mean,
            nan,
            nan,
            verdict,
            is_same=not differences.any(),
            pairing=sum(apart) / paired if paired > 0 and min(apart) > 0 else nan,
        )
        if self._are_rare(policy, number, part):
            a, b = (self.estimate(each, part, number) for each in (0, policy))
            low, high = difference_of(a, b)
            return replace(found, low=low, high=high, kind=b.kind)
        half = half_width(differences)
        return replace(found, low=mean - half, high=mean + half)


def _p_value_of_rare(metric: int, a: FloatArray, b: FloatArray) -> float:
    """That two measures of rare cases, each as `_measured`, are alike: by their counts alone."""
    if METRICS[metric].unit == "count":
        return p_value_of_counts(a[0].sum(), b[0].sum(), a.shape[1], b.shape[1])
    (many_a, of_a), (many_b, of_b) = (((each[0] * each[1]).sum(), each[1].sum()) for each in (a, b))
    if many_a + many_b > (of_a + of_b) / 2:
        many_a, many_b = of_a - many_a, of_b - many_b
    return p_value_of_counts(many_a, many_b, of_a, of_b)
