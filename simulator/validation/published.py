"""Shipped scenarios played, and their measures held against the published figures that they are fitted to."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ...rules.loading import load_policy
from ...rules.policy import Policy
from ...scenarios.loading import load_scenario
from ...scenarios.scenario import Scenario
from ..desk import Desk, open_desk
from ..executors import results_of
from ..intervals import half_width
from ..measured import Measured
from ..metrics import BY_ID
from ..run import simulate
from .case import Row
from .figures import FIGURES, Figure
from .trial import LEVEL, Trial

FloatArray = NDArray[np.float64]
QUICK = 0.4
"""The share of its weeks that a quick trial plays."""
QUICK_WIDTH = 2
"""How much wider the intervals of a quick trial may be."""


@dataclass(frozen=True, slots=True)
class PublishedRow(Row):
    """A measure held against a published figure, which is in `exact`: the 99.9 % interval reaches into what the figure
    may be, from `at_least` to `at_most`, and is narrow enough.
    """

    at_least: float = 0.0
    at_most: float = 1.0

    @property
    def holds(self) -> bool:
        """Whether the interval reaches into what the published figure may be."""
        return self.low <= self.at_most and self.high >= self.at_least


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario and a policy, which measures are read off each run, and how many there are."""

    scenario: Scenario
    policy: Policy
    measures: tuple[str, ...]
    weeks: int


Job = tuple[int, int]
"""Position of a play, and a replication."""


class _Replications:
    """All replications of some plays, with the desk of the scenario that is at work."""

    def __init__(self, plays: tuple[Play, ...], seed: int) -> None:
        self._plays, self._seed = plays, seed
        self._open: tuple[str, Desk] | None = None

    def one(self, job: Job) -> tuple[float, ...]:
        """The measures of one replication, overall."""
        play = self._plays[job[0]]
        if self._open is None or self._open[0] != play.scenario.name:
            self._open = play.scenario.name, open_desk(play.scenario)
        run = simulate(self._open[1], play.policy, self._seed, job[1])
        _, _, everybody = next(Measured(run).parts())
        return tuple(BY_ID[name].value(everybody) for name in play.measures)


def published_rows(trial: Trial, figures: Sequence[Figure] = FIGURES) -> tuple[PublishedRow, ...]:
    """A row for each figure, in their order, on any number of workers with the same result."""
    share, wider = (QUICK, QUICK_WIDTH) if trial.quick else (1, 1)
    scenarios = {name: load_scenario(name) for name in dict.fromkeys(each.scenario for each in figures)}
    by_figure = measured_weeks(figures, scenarios, trial, share)
    return tuple(_row(figure, by_figure[figure], wider * figure.narrow) for figure in figures)


def measured_weeks(
    figures: Sequence[Figure], scenarios: Mapping[str, Scenario], trial: Trial, share: float = 1
) -> dict[Figure, FloatArray]:
    """For each figure its measure by replication, on scenarios by name; a share of the weeks is played."""
    plays = _plays(figures, scenarios, share)
    jobs = deque((number, week) for number, play in enumerate(plays.values()) for week in range(play.weeks))
    many, found = len(jobs), dict[Job, tuple[float, ...]]()
    for job, values in results_of(_Replications(tuple(plays.values()), trial.seed), jobs, trial.workers):
        found[job] = values
        if trial.finished is not None:
            trial.finished(len(found), many)

    def of(figure: Figure, policy: str) -> FloatArray:
        number = list(plays).index((figure.scenario, policy))
        play = plays[figure.scenario, policy]
        at = play.measures.index(figure.measure)
        return np.array([found[number, week][at] for week in range(play.weeks)])

    return {
        figure: less(of(figure, figure.policy), of(figure, figure.less_than))
        if figure.less_than
        else of(figure, figure.policy)
        for figure in figures
    }


def less(values: FloatArray, than: FloatArray) -> FloatArray:
    """By which share the mean of `values` is less than that of others, with the part of each pair in it: the mean of
    these numbers is 1 minus the ratio of means, and their spread is its own (delta method).

    Source: Law (2015), Simulation Modeling and Analysis, section 9.4.1; Cochran (1977), Sampling Techniques, eq. 2.39.

    >>> less(np.array([1.0, 3.0]), np.array([2.0, 6.0])).tolist()
    [0.5, 0.5]
    """
    ratio = values.mean() / than.mean()
    return np.asarray(1 - ratio - (values - ratio * than) / than.mean())


def _plays(
    figures: Sequence[Figure], scenarios: Mapping[str, Scenario], share: float
) -> dict[tuple[str, str], Play]:
    """What is played, once for all figures of the same scenario and policy; a scenario's together, equally often."""
    plays = dict[tuple[str, str], Play]()
    for name, scenario in scenarios.items():
        mine = [figure for figure in figures if figure.scenario == name]
        weeks = ceil(share * max(figure.weeks for figure in mine))
        measures = dict[str, dict[str, None]]()
        for figure in mine:
            for policy in filter(None, (figure.policy, figure.less_than)):
                measures.setdefault(policy, {})[figure.measure] = None
        for policy, ids in measures.items():
            plays[name, policy] = Play(scenario, load_policy(policy), tuple(ids), weeks)
    return plays


def _row(figure: Figure, values: FloatArray, narrow: float) -> PublishedRow:
    mean, half = float(values.mean()), half_width(values, LEVEL)
    return PublishedRow(
        case=figure.case,
        measure=figure.name,
        exact=figure.published,
        estimate=mean,
        low=mean - half,
        high=mean + half,
        half_width_limit=narrow * figure.published,
        at_least=figure.at_least,
        at_most=figure.at_most,
    )
