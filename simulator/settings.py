"""The same weeks in several settings: other values in the scenario or the policies, and the same customers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..rules.policy import Policy
from ..scenarios.scenario import Scenario
from .desk import Desk, open_desk
from .executors import results_of
from .experiment import OVERALL, Experiment
from .metrics import BY_ID
from .run import simulate
from .summary import Summary, summary_of
from .warm_up import WarmUp, warm_up_of

T = TypeVar("T")
FloatArray = NDArray[np.float64]
_NUMBERS = {name: number for number, name in enumerate(BY_ID)}


@dataclass(frozen=True, slots=True)
class Setting:
    """A scenario and the policies on it; what is equal in several settings is run once."""

    scenario: Scenario
    policies: tuple[Policy, ...]


Job = tuple[int, int, int]
"""Numbers of a desk and a policy, and a replication."""


def played_in(
    settings: Sequence[Setting],
    base: Desk,
    replications: int,
    seed: int = 1,
    workers: int | Executor = 1,
    finished: Callable[[int, int], None] | None = None,
    messages: Path | None = None,
    *,
    apart: bool = False,
) -> tuple[Experiment, ...]:
    """The replications of each setting's policies, on any number of workers with the same result.

    `base` is the desk of the unchanged scenario, with texts from a file of `messages` if there is one; where others
    have the same texts, they share them. Each setting meets the same customers, or, `apart`, customers of its own.
    Raises what `simulate` does.
    """
    desks, policies = _Distinct[Scenario](), _Distinct[Policy]()
    pairs = [
        (desks.number(each.scenario), tuple(policies.number(policy) for policy in each.policies)) for each in settings
    ]
    opened = tuple(_like(base, scenario, messages) for scenario in desks.found)
    warm_ups = tuple(warm_up_of(desk, settings[0].policies, seed) for desk in opened)
    work = _Work(opened, tuple(policies.found), seed, tuple(0.0 if each is None else each.lasts_s for each in warm_ups))
    begins = [replications * number if apart else 0 for number in range(len(settings))]
    wanted: dict[Job, None] = {
        (desk, policy, first + number): None
        for number in range(replications)
        for first, (desk, of) in zip(begins, pairs, strict=True)
        for policy in of
    }
    jobs = list(wanted)
    found: dict[Job, Summary] = {}
    for job, summary in results_of(work, deque(jobs), workers):
        found[job] = summary
        if finished is not None:
            finished(len(found), len(jobs))
    return tuple(
        _experiment(opened[desk], [policies.found[each] for each in of], seed, replications, warm_ups[desk], [
            [found[desk, policy, number] for number in range(first, first + replications)] for policy in of
        ])
        for first, (desk, of) in zip(begins, pairs, strict=True)
    )  # fmt: skip


def values_of(experiment: Experiment, policy: int, measure: str) -> FloatArray:
    """A measure in each replication, over everybody."""
    return experiment.values(policy, OVERALL, _NUMBERS[measure])


def _experiment(
    desk: Desk,
    policies: list[Policy],
    seed: int,
    replications: int,
    warm_up: WarmUp | None,
    found: list[list[Summary]],
) -> Experiment:
    summaries = tuple(map(tuple, found))
    return Experiment(desk.scenario, tuple(policies), seed, replications, summaries, warm_up)


class _Distinct(Generic[T]):
    """Things that are not hashed, each once."""

    def __init__(self) -> None:
        self.found: list[T] = []

    def number(self, each: T) -> int:
        """The number of a thing, which is new or was there."""
        for number, other in enumerate(self.found):
            if other is each or other == each:
                return number
        self.found.append(each)
        return len(self.found) - 1


def _like(base: Desk, scenario: Scenario, messages: Path | None) -> Desk:
    """A desk of a scenario, with the texts of another desk if they are the same."""
    if scenario == base.scenario:
        return base
    desk = open_desk(scenario, messages)
    if desk.pool.digest == base.pool.digest:
        return replace(desk, pool=base.pool)
    return desk


@dataclass(frozen=True, slots=True)
class _Work:
    """What a worker is sent."""

    desks: tuple[Desk, ...]
    policies: tuple[Policy, ...]
    seed: int
    counts_from_s: tuple[float, ...]

    def one(self, job: Job) -> Summary:
        """The summary of one replication of one policy on one desk."""
        desk, policy, number = job
        run = simulate(self.desks[desk], self.policies[policy], self.seed, number, self.counts_from_s[desk])
        return summary_of(run)
