"""Cases run: replications on all processors, intervals, and a second try where one is amiss."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ..desk import Desk, open_desk
from ..executors import results_of
from ..intervals import half_width
from ..run import BrokenConservation, simulate
from .case import Case, Effort, Row
from .laws import check_laws
from .model import Measure
from .papers import Papers
from .watched import Watched

FloatArray = NDArray[np.float64]
LEVEL = 0.999
STRICT, QUICK = 0.03, 0.10
FRESH = 1_000_003
"""The seed of a second try is that of the first and so many more."""
BEGUN, LEAST = 0.75, 40
"""The share of its planned replications, or so many, that a case begins with; it goes on until its intervals are narrow
enough.
"""
STEP, LEAST_STEP = 0.7, 0.02
"""How much of the way to where its intervals will be narrow enough, as far as can be told, a case goes before it looks
again; and the least, as a share of what it has gone.
"""
LAWFUL = 20
"""The laws of all runs, which cost a twentieth of a run, are looked at in so many replications of a case."""
MOST_TIMES = 6
"""A case gets so many times its planned replications at most."""

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """How cases are tried: `limit` is half of an interval at most, as a share of the exact value."""

    seed: int = 1
    workers: int | Executor = 1
    quick: bool = False
    finished: Told | None = None

    @property
    def limit(self) -> float:
        """Half of an interval at most, as a share of the exact value."""
        return QUICK if self.quick else STRICT


@dataclass(frozen=True, slots=True)
class Part:
    """A case, how much of it is planned, and with which seed it is run."""

    case: Case
    effort: Effort
    seed: int
    quick: bool

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that are rows."""
        return self.case.measures(quick=self.quick)


Job = tuple[int, int]
"""Position of a part, and a replication."""


class _Replications:
    """All replications of some parts, with the desk of the one that is at work."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = parts
        self._open: tuple[int, Desk, Papers] | None = None

    def one(self, job: Job) -> tuple[float, ...]:
        """Every measure of one replication; the runs of the first ones obey the laws."""
        number, replication = job
        part = self._parts[number]
        if self._open is None or self._open[0] != number:
            papers = part.case.papers(part.effort)
            self._open = number, open_desk(papers.scenario), papers
        _, desk, papers = self._open
        run = simulate(desk, papers.policy, part.seed, replication)
        if replication < LAWFUL:
            try:
                check_laws(run)
            except BrokenConservation as broken:
                raise BrokenConservation(
                    f"{part.case.name}, seed {part.seed}, replication {replication}: {broken}"
                ) from None
        watched = Watched(run, part.case.scale(part.effort).unit_s)
        return tuple(measure.read(watched) for measure in part.measures)


def rows_of(cases: Sequence[Case], trial: Trial) -> tuple[Row, ...]:
    """The rows of all cases in their order, on any number of workers with the same result.

    A case whose intervals are too wide gets more replications until they are narrow enough (a sequential procedure of
    fixed width: Chow and Robbins 1965, Law 2015, section 9.4.1). A case of which an interval then misses the exact
    value is run once more, whole, with a fresh seed, and the second answer counts. Raises `BadValue` and `Unstable` for
    parameters out of the formulas' range, and `BrokenConservation` where a run breaks a law.
    """
    first = [Part(case, case.effort(quick=trial.quick), trial.seed, trial.quick) for case in cases]
    again = [replace(part, seed=trial.seed + FRESH) for part in first]
    exact = [exact_values(part) for part in first]
    tries = [_Try(*each, trial, 1) for each in zip(first, exact, strict=True)]
    tries += [_Try(*each, trial, 2) for each in zip(again, exact, strict=True)]
    jobs, done = _longest_first(tries[: len(cases)]), 0
    given = len(jobs)
    for (number, replication), values in results_of(_Replications((*first, *again)), jobs, trial.workers):
        tried = tries[number]
        more = [(number, each) for each in tried.takes(replication, values)]
        if tried.is_over and number < len(cases) and not all(row.holds for row in tried.rows):
            number += len(cases)
            more = [(number, each) for each in range(tries[number].given)]
        jobs += more
        done, given = done + 1, given + len(more)
        if trial.finished is not None:
            trial.finished(done, given)
    firsts, seconds = tries[: len(cases)], tries[len(cases) :]
    counting = [second if second.is_over else once for once, second in zip(firsts, seconds, strict=True)]
    return tuple(row for tried in counting for row in tried.rows)


class _Try:
    """A part that is played, replication after replication, until its intervals are narrow enough.

    `given` is how many replications it has been given; `is_over`: all are done, and it needs no more.
    """

    def __init__(self, part: Part, exact: tuple[float, ...], trial: Trial, attempt: int) -> None:
        self.part, self._exact, self._trial, self._attempt = part, exact, trial, attempt
        planned = part.effort.replications
        self.given, self.is_over = min(max(LEAST, ceil(BEGUN * planned)), planned), False
        self._most = MOST_TIMES * planned
        self._found: dict[int, tuple[float, ...]] = {}

    def takes(self, replication: int, values: tuple[float, ...]) -> range:
        """One replication is done; which ones it needs more, once all that it was given are."""
        self._found[replication] = values
        done = len(self._found)
        if done < self.given:
            return range(0)
        self.given = min(self._needed(done), self._most)
        self.is_over = self.given == done
        return range(done, self.given)

    def _needed(self, done: int) -> int:
        too_wide = [row for row in self.rows if row.half_width > row.half_width_limit > 0]
        ways = [(row.half_width / row.half_width_limit) ** 2 - 1 for row in too_wide]
        return ceil(done * (1 + max(STEP * max(ways), LEAST_STEP))) if ways else done

    @property
    def rows(self) -> tuple[Row, ...]:
        """A row for each measure, by the replications that are done."""
        by_measure = np.array([self._found[number] for number in range(len(self._found))]).T
        measured = zip(self.part.measures, self._exact, by_measure, strict=True)
        return tuple(self._row(measure.name, exact, values) for measure, exact, values in measured)

    def _row(self, name: str, exact: float, values: FloatArray) -> Row:
        case, trial = self.part.case, self._trial
        limit = 2 * trial.limit if name in case.wide and not trial.quick else trial.limit
        mean, half = float(values.mean()), half_width(values, LEVEL)
        return Row(case.name, name, exact, mean, mean - half, mean + half, limit * abs(exact), self._attempt)


def exact_values(part: Part) -> tuple[float, ...]:
    """The exact values of a case's measures; raises `BadValue` and `Unstable`."""
    return tuple(measure.exact() for measure in part.measures)


def _longest_first(tries: Sequence[_Try]) -> deque[Job]:
    """What is played first of each part, so that all workers end together; a part's replications together, as they
    share a desk.
    """
    longest = sorted(range(len(tries)), key=lambda number: -tries[number].part.effort.each * tries[number].given)
    return deque((number, replication) for number in longest for replication in range(tries[number].given))


def played(parts: Sequence[Part], trial: Trial) -> list[FloatArray]:
    """For each part its measures by replication; shape (replications, measures)."""
    each = [range(part.effort.replications) for part in parts]
    jobs = deque((number, replication) for number, several in enumerate(each) for replication in several)
    many, found = len(jobs), dict[Job, tuple[float, ...]]()
    for job, values in results_of(_Replications(tuple(parts)), jobs, trial.workers):
        found[job] = values
        if trial.finished is not None:
            trial.finished(len(found), many)
    return [
        np.array([found[number, replication] for replication in several]) for number, several in enumerate(each)
    ]
