"""An experiment as one asks about it: by the measure's id, with the verdict on every part."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import isnan

from ..scenarios.scenario import Scenario
from ..scenarios.workload import some_stay
from ..simulator.experiment import OVERALL, Difference, Experiment, Part
from ..simulator.intervals import Estimate
from ..simulator.metrics import METRICS, Metric

_NUMBERS = {metric.id: number for number, metric in enumerate(METRICS)}


class Readings:
    """The values and verdicts of an experiment; those of a part are worked out once."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._of_part = lru_cache(maxsize=None)(self._differences)

    @property
    def segments(self) -> tuple[str, ...]:
        """The scenario's segments."""
        return tuple(name for kind, name in self.experiment.parts() if kind == "segment")

    @property
    def teams(self) -> tuple[str, ...]:
        """The scenario's teams."""
        return tuple(name for kind, name in self.experiment.parts() if kind == "team")

    @property
    def groups(self) -> tuple[str, ...]:
        """The scenario's groups of agents."""
        return tuple(name for kind, name in self.experiment.parts() if kind == "group")

    def estimate(self, policy: int, metric: str, part: Part = OVERALL) -> Estimate:
        """The mean of a measure under a policy."""
        return self.experiment.estimate(policy, part, _NUMBERS[metric])

    def value(self, policy: int, metric: str, part: Part = OVERALL) -> float:
        """The mean itself; not a number if it is null."""
        return self.estimate(policy, metric, part).value

    def difference(self, policy: int, metric: str, part: Part = OVERALL) -> Difference:
        """How a policy other than the baseline differs from it."""
        return self._of_part(part)[metric, policy]

    def unseen(self) -> tuple[Metric, ...]:
        """The measures that had nothing to count, under no policy and in no replication: later replies where nobody
        writes by e-mail, what a bot contains where no policy has one, who is turned away where no inbox is ever full.
        """
        uncaused = _uncaused(self.experiment.scenario)
        policies = range(len(self.experiment.policies))
        found = {metric: [self.estimate(policy, metric.id) for policy in policies] for metric in METRICS}
        return tuple(
            metric
            for metric, row in found.items()
            if (not metric.null_means_never and all(each.nulls == each.n for each in row))
            or (metric.id in uncaused and not any(each.value > 0 for each in row))
        )

    def is_certain(self, policy: int, metric: str, part: Part = OVERALL) -> bool:
        """Whether a policy is known to differ from the baseline."""
        return self.difference(policy, metric, part).verdict != "cannot tell"

    def leaders(self, metric: str) -> tuple[int, ...]:
        """The policy with the best mean, and those that cannot be told apart from it; none if all are null.

        The tests are those of the table of differences, with the best as its baseline.
        """
        better = METRICS[_NUMBERS[metric]].better
        known = [policy for policy in range(len(self.experiment.policies)) if not isnan(self.value(policy, metric))]
        if not known:
            return ()
        best = (max if better == "higher" else min)(known, key=lambda policy: self.value(policy, metric))
        others = (policy for policy in range(len(self.experiment.policies)) if policy != best)
        seen_from_best = self._only(best, *others).differences()
        apart = {each.b for each in seen_from_best if each.metric == metric and each.verdict != "cannot tell"}
        return tuple(policy for policy in known if self.experiment.names[policy] not in apart)

    def against(self, other: int, policy: int, metric: str) -> Difference:
        """How a policy differs from any other, the baseline or not; its verdict is of these two alone."""
        return next(each for each in self._only(other, policy).differences() if each.metric == metric)

    def _only(self, *policies: int) -> Experiment:
        """The experiment with these policies, in this order."""
        return replace(
            self.experiment,
            policies=tuple(self.experiment.policies[policy] for policy in policies),
            summaries=tuple(self.experiment.summaries[policy] for policy in policies),
        )

    def _differences(self, part: Part) -> dict[tuple[str, int], Difference]:
        names = {name: number for number, name in enumerate(self.experiment.names)}
        return {(each.metric, names[each.b]): each for each in self.experiment.differences(part)}


def _uncaused(scenario: Scenario) -> frozenset[str]:
    """Shares that nothing in a scenario can raise above nought."""
    causes = {
        "blocked_rate": any(team.waiting_at_most is not None for team in scenario.teams.values()),
        "open_rate": some_stay(scenario),
        "reopen_rate": scenario.returns is not None and scenario.returns.reopens is not None,
    }
    return frozenset(measure for measure, is_there in causes.items() if not is_there)
