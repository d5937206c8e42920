"""Policies side by side: the same customers, replication by replication, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..rules.policy import Policy
from ..scenarios.scenario import Scenario
from .intervals import Estimate, estimate, half_width, holm, p_value
from .metrics import METRICS
from .summary import Summary
from .warm_up import WarmUp

FloatArray = NDArray[np.float64]
Verdict = Literal["better", "worse", "higher", "lower", "cannot tell"]
Part = tuple[str, str]
OVERALL: Part = ("overall", "")
Job = tuple[int, int]
"""Position of a policy, and a replication."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How policy `b` differs from policy `a` in one measure: the mean of paired differences b − a and its 95 %
    interval.
    """

    metric: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    verdict: Verdict


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
        return np.array([summary.values[part][metric] for summary in self.summaries[policy]])

    def estimate(self, policy: int, part: Part, metric: int) -> Estimate:
        """The mean of a measure over the replications."""
        return estimate(self.values(policy, part, metric))

    def differences(self, part: Part = OVERALL) -> tuple[Difference, ...]:
        """Every policy against the baseline in every measure; verdicts are Holm-adjusted over this table."""
        paired: list[tuple[int, int, FloatArray]] = [
            (policy, metric, self.values(policy, part, metric) - self.values(0, part, metric))
            for policy in range(1, len(self.policies))
            for metric in range(len(METRICS))
        ]
        told = holm([p_value(differences) for _, _, differences in paired])
        return tuple(
            self._difference(policy, metric, differences, sure)
            for (policy, metric, differences), sure in zip(paired, told, strict=True)
        )

    def _difference(self, policy: int, number: int, differences: FloatArray, sure: bool) -> Difference:
        metric = METRICS[number]
        mean, half = float(differences.mean()), half_width(differences)
        verdict: Verdict = "cannot tell"
        if sure and mean != 0:
            if metric.better == "none":
                verdict = "higher" if mean > 0 else "lower"
            else:
                verdict = "better" if (mean > 0) == (metric.better == "higher") else "worse"
        return Difference(metric.id, self.names[0], self.names[policy], mean, mean - half, mean + half, verdict)
