"""What a desk with the agents that were found is like in every measure, not only in those it was staffed for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from ...rules.policy import Policy
from ..desk import Desk
from ..experiment import OVERALL, Experiment
from ..intervals import Estimate
from ..metrics import BY_ID, METRICS
from ..replications import Replications
from .plan import Plan


def measured_with(
    desk: Desk,
    policy: Policy,
    plan: Plan,
    workers: int | Executor = 1,
    finished: Callable[[int, int], None] | None = None,
) -> Experiment:
    """The replications that checked a plan, simulated in full with its agents (with its shifts if it has any). Raises
    what `simulate` does.
    """
    numbers = plan.fresh if plan.schedule is None else plan.schedule.fresh
    changed = replace(desk, scenario=plan.staffed)
    with Replications(changed, (policy,), plan.question.seed, workers, None, finished) as replicating:
        replicating.run((0, number) for number in numbers)
        return replicating.experiment(numbers)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a policy does for customers and what it takes in people, all policies staffed for the same goals.

    automated   share of all problems that the bot resolves as far as the desk can see
    false       share of all conversations that end without people and without help
    agent_hours of a week, or the paid hours of its shifts
    best        whether no other policy is better in all three, on average
    """

    policy: str
    automated: Estimate
    false: Estimate
    agent_hours: float
    best: bool = True


def frontier(found: Sequence[tuple[Plan, Experiment]]) -> tuple[Worth, ...]:
    """What each of several policies is worth, in their order."""
    each = [
        Worth(
            plan.policy,
            _estimate(experiment, "automated_resolution_rate"),
            _estimate(experiment, "false_deflection_true_rate"),
            sum(plan.agent_hours(plan.needed).values()) if plan.schedule is None else plan.schedule.cover.paid_hours,
        )
        for plan, experiment in found
    ]
    return tuple(replace(one, best=not any(_beats(other, one) for other in each)) for one in each)


def _beats(other: Worth, one: Worth) -> bool:
    return (
        other.automated.value > one.automated.value
        and other.false.value < one.false.value
        and other.agent_hours < one.agent_hours
    )


def _estimate(experiment: Experiment, measure: str) -> Estimate:
    return experiment.estimate(0, OVERALL, METRICS.index(BY_ID[measure]))
