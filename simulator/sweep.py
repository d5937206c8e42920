"""One policy on the same customers with recognisers of several accuracies: what their mistakes do, and which guards
leak.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import nan

import numpy as np
from numpy.typing import NDArray

from ..rules.policy import Policy
from ..scenarios.pool import Kind
from .desk import Desk
from .executors import results_of
from .intervals import Estimate, estimate, score_interval
from .leaks import Leak, leaks_of_guards, leaks_of_intents
from .measured import Measured
from .metrics import METRICS, measure
from .noise import Noise
from .run import Run, simulate
from .warm_up import WarmUp, warm_up_of

FloatArray = NDArray[np.float64]

MEASURES = (
    "protected_automated_known",
    "protected_automated",
    "misroute_rate",
    "bot_loop_rate",
    "helped_rate",
    "false_deflection_true_rate",
)
NEVER_WRONG = 1.0
ALMOST_TWO = 1.959964
"""The normal quantile of a 95 % interval."""
Job = tuple[int, int]
"""Number of a setting, and a replication."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is kept of one replication: `values` in the order of `METRICS`; of first messages about a problem, those
    `recognised` rightly, and of those that ask for a person, those `heard` as such; leaks by guard and by sensitive
    intent.
    """

    values: FloatArray
    recognised: float
    heard: float
    guards: tuple[Leak, ...]
    intents: tuple[Leak, ...]
    population_hash: str


@dataclass(frozen=True)
class Sweep:
    """The replications of a policy by setting: an accuracy of the recogniser each, descending, the first of which is
    1 (never wrong); after them the scenario's own, `None`.
    """

    desk: Desk
    policy: Policy
    seed: int
    replications: int
    accuracies: tuple[float | None, ...]
    outcomes: tuple[tuple[Outcome, ...], ...]
    warm_up: WarmUp | None

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The scenario's sensitive intents."""
        return tuple(name for name, intent in self.desk.scenario.intents.items() if intent.sensitive)

    def measure(self, setting: int, metric: str) -> Estimate:
        """The mean of a measure in a setting."""
        number = [each.id for each in METRICS].index(metric)
        return estimate(np.array([each.values[number] for each in self.outcomes[setting]]))

    def recognised(self, setting: int) -> Estimate:
        """The mean share of first messages about a problem that are recognised rightly."""
        return estimate(np.array([each.recognised for each in self.outcomes[setting]]))

    def heard(self, setting: int) -> Estimate:
        """The mean share of first messages that ask for a person which are recognised as that."""
        return estimate(np.array([each.heard for each in self.outcomes[setting]]))

    def of_guard(self, number: int) -> Leaking:
        """How a guard leaks."""
        found = [[each.guards[number] for each in row] for row in self.outcomes]
        return Leaking("guard", self.policy.guards[number].id, self.accuracies, found)

    def of_intent(self, number: int) -> Leaking:
        """How conversations about a sensitive intent leak to the bot."""
        found = [[each.intents[number] for each in row] for row in self.outcomes]
        return Leaking("intent", self.sensitive[number], self.accuracies, found)


@dataclass(frozen=True, slots=True)
class Crossing:
    """The error rate from which on more leaks than is bearable, read off between the rates that were tried; `low` to
    `high` is its 95 % interval. Infinite: not up to the highest that was tried.
    """

    at: float
    low: float
    high: float

    def overlaps(self, other: Crossing) -> bool:
        """Whether it may be that the other comes before this one."""
        return self.low <= other.high and other.low <= self.high


class Leaking:
    """How the leak of one guard, or of one sensitive intent, grows with the recogniser's error rate."""

    def __init__(
        self, kind: str, name: str, accuracies: Sequence[float | None], found: Sequence[Sequence[Leak]]
    ) -> None:
        self.kind, self.name = kind, name
        self._accuracies, self._found = accuracies, found
        self._shares = [np.array([each.leaked / each.kept if each.kept else nan for each in row]) for row in found]
        self._pooled = [sum(each.kept for each in row) for row in found]

    def kept(self, setting: int) -> float:
        """Conversations from which the bot should have been kept, mean a replication."""
        return float(np.mean([each.kept for each in self._found[setting]]))

    def leaked(self, setting: int) -> float:
        """Those of them in which it answered, mean a replication."""
        return float(np.mean([each.leaked for each in self._found[setting]]))

    def share(self, setting: int) -> Estimate:
        """The share of them that leaked; replications that had none do not count. Where all replications give the same
        share, say none at all, the interval is Wilson's for all their conversations together.
        """
        return self._estimate(self._shares[setting], self._pooled[setting])

    def more(self, setting: int) -> Estimate:
        """How much more leaks than with a recogniser that is never wrong, on the same customers."""
        more = self._shares[setting] - self._shares[0]
        return self._estimate(more, min(self._pooled[setting], self._pooled[0]))

    def _estimate(self, values: FloatArray, pooled: int) -> Estimate:
        found = estimate(values[~np.isnan(values)])
        if found.n < 2 or found.low != found.high:
            return found
        bound = score_interval(0.0, pooled, ALMOST_TWO)[1]
        return replace(found, low=found.value - bound, high=found.value + bound)

    def crossing(self, bearable: float) -> Crossing:
        """The error rate from which on `bearable` more leaks than with a recogniser that is never wrong.

        The interval is where the upper and the lower ends of the 95 % intervals of `more` reach it, each by straight
        lines between the rates that were tried. One replication has no intervals: it may be anywhere.
        """
        tried = [(1.0 - each, self.more(at)) for at, each in enumerate(self._accuracies) if each is not None]
        errors = [error for error, _ in tried]
        return Crossing(
            _reached(errors, [more.value for _, more in tried], bearable),
            _reached(errors, [more.high for _, more in tried], bearable, otherwise=0.0),
            _reached(errors, [more.low for _, more in tried], bearable),
        )


def _reached(errors: Sequence[float], values: Sequence[float], level: float, otherwise: float = np.inf) -> float:
    """Where straight lines through the points first reach a level; infinite where they never do, and `otherwise`
    where a value is not known.
    """
    if np.isnan(values[1:]).any():
        return otherwise
    before, at = 0.0, 0.0
    for error, value in zip(errors[1:], values[1:], strict=True):
        if value >= level:
            return at + (error - at) * (level - before) / (value - before) if value > before else error
        before, at = value, error
    return np.inf


def swept(
    desk: Desk,
    policy: Policy,
    accuracies: Sequence[float],
    replications: int,
    seed: int = 1,
    *,
    workers: int | Executor = 1,
    finished: Callable[[int, int], None] | None = None,
) -> Sweep:
    """The replications of a policy with recognisers of these accuracies, one that is never wrong, and the desk's own.

    The same on any number of workers.
    """
    noise = Noise(desk)
    tried = sorted({NEVER_WRONG, *accuracies}, reverse=True)
    desks = (*(noise.desk(accuracy) for accuracy in tried), desk)
    warm_up = warm_up_of(desk, (policy,), seed)
    work = _Replications(desks, policy, seed, 0.0 if warm_up is None else warm_up.lasts_s)
    jobs = [(setting, replication) for replication in range(replications) for setting in range(len(desks))]
    found: dict[Job, Outcome] = {}
    for job, outcome in results_of(work, deque(jobs), workers):
        found[job] = outcome
        if finished is not None:
            finished(len(found), len(jobs))
    outcomes = tuple(tuple(found[setting, each] for each in range(replications)) for setting in range(len(desks)))
    return Sweep(desk, policy, seed, replications, (*tried, None), outcomes, warm_up)


@dataclass(frozen=True, slots=True)
class _Replications:
    """All replications of a policy in all settings."""

    desks: tuple[Desk, ...]
    policy: Policy
    seed: int
    counts_from_s: float

    def one(self, job: Job) -> Outcome:
        """One replication in one setting."""
        setting, replication = job
        run = simulate(self.desks[setting], self.policy, self.seed, replication, self.counts_from_s)
        return Outcome(
            values=measure(run)["overall", ""],
            recognised=_recognised(run, Kind.OPENING),
            heard=_recognised(run, Kind.ASK_PERSON),
            guards=leaks_of_guards(run),
            intents=leaks_of_intents(run),
            population_hash=run.population.digest,
        )


def _recognised(run: Run, kind: Kind) -> float:
    """The share of first messages of a kind that are recognised for what they are."""
    table = run.conversations
    rows = Measured(run).conversations
    rows = rows[run.desk.pool.kinds[table.opening[rows]] == kind]
    right = np.zeros(rows.size, dtype=np.bool_)
    for attempt in np.unique(table.attempt[rows]).tolist():
        here = table.attempt[rows] == attempt
        problems = table.problem[rows[here]].astype(np.int32)
        found = run.recogniser.guesses(problems, table.opening[rows[here]], attempt, 0)
        truth = run.population.intent[problems] if kind is Kind.OPENING else run.desk.asks_for_person
        right[here] = found.codes == truth
    return float(right.mean()) if right.size else nan
