"""Which assumption would change the decision: a scenario's ranges one at a time, and Morris' screening."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..documents import Document
from ..errors import InputError, Problem
from ..rules.policy import Policy
from .assumptions import Ranged, ranged_inputs, refuse_impossible, scenario_scaled
from .designs import elementary_effects, walks
from .desk import Desk
from .experiment import Experiment
from .intervals import Estimate, estimate, half_width, holm, p_value, variance
from .metrics import BY_ID
from .settings import Setting, played_in, values_of
from .variation import mean_of

FloatArray = NDArray[np.float64]
Side = Literal["better", "worse", "higher", "lower", "cannot tell"]
Finished = Callable[[int, int], None]


@dataclass(frozen=True)
class Question:
    """What is asked: of the policies the first alone, or by how much the second differs from the first, on a scenario
    with its document.
    """

    desk: Desk
    document: Document
    policies: tuple[Policy, ...]
    replications: int = 10
    seed: int = 1
    messages: Path | None = None

    def outcome(self, experiment: Experiment, measure: str) -> FloatArray:
        """The measure in each replication, or the paired difference of the two policies."""
        first = values_of(experiment, 0, measure)
        return first if len(self.policies) == 1 else values_of(experiment, 1, measure) - first

    def estimated(self, experiment: Experiment, measure: str) -> Estimate:
        """The mean of that outcome; where cases are rare, with an interval that is never empty."""
        if len(self.policies) == 1:
            return mean_of(experiment, 0, measure)
        difference = next(each for each in experiment.differences() if each.metric == measure)
        found = estimate(self.outcome(experiment, measure))
        return replace(found, low=difference.low, high=difference.high, kind=difference.kind)

    def changed(self, experiment: Experiment, now: Experiment, measure: str) -> Estimate:
        """By how much that outcome differs from what it is now."""
        if len(self.policies) == 1:
            return experiment.changed_from(now, 0, [*BY_ID].index(measure))[0]
        return estimate(self.outcome(experiment, measure) - self.outcome(now, measure))

    def played(
        self,
        factors: Sequence[dict[Ranged, float]],
        workers: int | Executor,
        finished: Finished | None,
        *,
        apart: bool = False,
    ) -> tuple[Experiment, ...]:
        """The replications with some inputs times factors. Raises `InputError`, and what `simulate` does."""
        now = Setting(self.desk.scenario, self.policies)
        settings = [Setting(scenario_scaled(self.document, each), self.policies) if each else now for each in factors]
        return played_in(
            settings, self.desk, self.replications, self.seed, workers, finished, self.messages, apart=apart
        )

    @cached_property
    def inputs(self) -> tuple[Ranged, ...]:
        """The inputs that have a range."""
        return ranged_inputs(self.document, self.desk.scenario)

    def refuse_unanswerable(self) -> None:
        """Raises `InputError` where no input has a range, and for ranges of which an end makes no scenario."""
        if not self.inputs:
            told = "no input has a range; `times: [0.5, 2]` beside an `assumed` in `sources` gives one"
            raise InputError(Problem(self.document.place, told))
        refuse_impossible(self.document, self.inputs)


@dataclass(frozen=True)
class End:
    """What comes of an input at one end of its range: the outcome, and how it differs from that of the inputs as they
    are, paired; and whether the outcome is told from 0, all ends of all inputs together (Holm).
    """

    factor: float
    outcome: Estimate
    change: Estimate
    is_sure: bool


@dataclass(frozen=True)
class Effect:
    """An input at both ends of its range."""

    input: Ranged
    low: End
    high: End

    @property
    def size(self) -> float:
        """The larger of the two changes."""
        return max(abs(self.low.change.value), abs(self.high.change.value))


@dataclass(frozen=True)
class OneAtATime:
    """The effects of all inputs on a measure, the largest first; `now` is the outcome of the inputs as they are."""

    measure: str
    now: Estimate
    effects: tuple[Effect, ...]


def one_at_a_time(
    question: Question, measures: Sequence[str], workers: int | Executor = 1, finished: Finished | None = None
) -> tuple[OneAtATime, ...]:
    """Each input with a range at both of its ends, the others as they are, on the same customers."""
    inputs = question.inputs
    factors: list[dict[Ranged, float]] = [{}, *({each: end} for each in inputs for end in (each.low, each.high))]
    now, *ends = question.played(factors, workers, finished)
    found = []
    for measure in measures:
        outcomes = [question.outcome(each, measure) for each in ends]
        ends_of = (end for each in factors[1:] for end in each.values())
        sure = holm([p_value(values) for values in outcomes])
        both = [
            End(factor, question.estimated(each, measure), question.changed(each, now, measure), is_sure)
            for each, factor, is_sure in zip(ends, ends_of, sure, strict=True)
        ]
        effects = [Effect(each, *both[2 * number : 2 * number + 2]) for number, each in enumerate(inputs)]
        # What cannot be measured stands last.
        effects.sort(key=lambda each: -each.size if each.size == each.size else 1.0)
        found.append(OneAtATime(measure, question.estimated(now, measure), tuple(effects)))
    return tuple(found)


def factors_of(inputs: Sequence[Ranged], points: FloatArray) -> list[dict[Ranged, float]]:
    """The factors at points of the unit cube, shape (points, inputs)."""
    return [
        {each: each.factor(share) for each, share in zip(inputs, row, strict=True)} for row in points.tolist()
    ]


def turned(measure: str, now: Estimate, end: End) -> Side | None:
    """The side to which an end of a range brings the outcome; `None`: it stays, or seems to change by chance."""
    side = side_of(measure, end.outcome)
    return side if side != side_of(measure, now) and (end.is_sure or side == "cannot tell") else None


def side_of(measure: str, found: Estimate) -> Side:
    """What the interval of a difference says of the second policy."""
    if not (found.low > 0 or found.high < 0):
        return "cannot tell"
    better = BY_ID[measure].better
    if better == "none":
        return "higher" if found.low > 0 else "lower"
    return "better" if (found.low > 0) == (better == "higher") else "worse"


@dataclass(frozen=True)
class Screened:
    """An input in Morris' screening, with its elementary effects, one of each walk: what the whole range changes."""

    input: Ranged
    effects: FloatArray

    @property
    def mean(self) -> float:
        """The mean of the effects."""
        return float(self.effects.mean())

    @property
    def size(self) -> float:
        """The mean of their sizes."""
        return float(np.abs(self.effects).mean())

    @property
    def half(self) -> float:
        """Half the 95 % interval of that."""
        return half_width(np.abs(self.effects))

    @property
    def deviation(self) -> float:
        """The standard deviation of the effects, large where they depend on the other inputs."""
        return sqrt(variance(self.effects))


@dataclass(frozen=True)
class Screening:
    """All inputs for a measure, the largest first."""

    measure: str
    walks: int
    inputs: tuple[Screened, ...]


def screened(
    question: Question,
    measures: Sequence[str],
    many: int,
    workers: int | Executor = 1,
    finished: Finished | None = None,
) -> tuple[Screening, ...]:
    """Morris' screening by so many walks through all ranges at once.

    Source: Morris (1991), Technometrics 33, 161-174; the mean of sizes: Campolongo, Cariboni and Saltelli (2007),
    Environmental Modelling and Software 22, 1509-1518.
    """
    inputs = question.inputs
    walked = walks(len(inputs), many, question.seed)
    points = walked.reshape(-1, len(inputs))
    experiments = question.played(factors_of(inputs, points), workers, finished)
    found = []
    for measure in measures:
        values = np.array([question.outcome(each, measure).mean() for each in experiments]).reshape(many, -1)
        effects = elementary_effects(walked, values)
        each = [Screened(ranged, column) for ranged, column in zip(inputs, effects.T, strict=True)]
        found.append(Screening(measure, many, tuple(sorted(each, key=lambda one: -one.size))))
    return tuple(found)
