"""Policies side by side: the same customers, replication by replication, and what differs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..rules.policy import Policy
from ..scenarios.scenario import Scenario
from .desk import Desk
from .executors import results_of
from .intervals import Estimate, estimate, half_width, holm, p_value
from .kept import keep, kept
from .metrics import METRICS
from .run import simulate
from .store import connection, write_tables
from .summary import Summary, summary_of
from .warm_up import WarmUp, warm_up_of

if TYPE_CHECKING:
    import duckdb

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
    """By policy, then by replication."""
    warm_up: WarmUp | None = None
    """What is left out at the beginning of every run, where they are measured in steady state."""

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


@dataclass(frozen=True, slots=True)
class _Replications:
    """All replications of some policies."""

    desk: Desk
    policies: tuple[Policy, ...]
    seed: int
    out: Path | None
    counts_from_s: float

    def one(self, job: Job) -> Summary:
        """The summary of one, its tables written on the way."""
        policy, replication = job
        run = simulate(self.desk, self.policies[policy], self.seed, replication, self.counts_from_s)
        summary = summary_of(run)
        if self.out is not None:
            # A cursor of its own, for executors whose workers are threads.
            keep(summary, self.out, write_tables(run, self.out, _database().cursor()))
        return summary

    def kept(self, jobs: Iterable[Job]) -> dict[Job, Summary]:
        """Those that are finished already."""
        if self.out is None:
            return {}
        found = {job: kept(self.out, self.policies[job[0]].name, job[1]) for job in jobs}
        return {job: summary for job, summary in found.items() if summary is not None}


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Making one takes as long as writing a small replication."""
    return connection()


def run_experiment(
    desk: Desk,
    policies: tuple[Policy, ...],
    replications: int,
    seed: int = 1,
    workers: int | Executor = 1,
    out: Path | None = None,
    finished: Callable[[int, int], None] | None = None,
) -> Experiment:
    """All replications of all policies, on any number of workers with the same result; `finished(done, of)` is told
    after each.

    With `out`, each replication's tables and its summary are written below that folder, and those that are there
    already are not run again. Where MSER-5 is to find the warm-up, a pilot run of each policy goes before.
    """
    warm_up = warm_up_of(desk, policies, seed)
    work = _Replications(desk, policies, seed, out, counts_from_s=0.0 if warm_up is None else warm_up.lasts_s)
    jobs = [(policy, replication) for replication in range(replications) for policy in range(len(policies))]
    found = work.kept(jobs)
    for job, summary in results_of(work, deque(job for job in jobs if job not in found), workers):
        found[job] = summary
        if finished is not None:
            finished(len(found), len(jobs))
    summaries = tuple(
        tuple(found[policy, replication] for replication in range(replications)) for policy in range(len(policies))
    )
    return Experiment(desk.scenario, policies, seed, replications, summaries, warm_up)
