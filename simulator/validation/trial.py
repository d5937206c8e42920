"""Cases run: replications on all processors, intervals, and a second try where one is amiss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..desk import Desk, open_desk
from ..executors import done_in_processes
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
MORE = 1.5
"""A second try has so many times the replications: an interval is a little too wide more often than it is amiss."""

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """How cases are tried: `limit` is half of an interval at most, as a share of the exact value."""

    seed: int = 1
    workers: int = 1
    quick: bool = False
    finished: Told | None = None

    @property
    def limit(self) -> float:
        """Half of an interval at most, as a share of the exact value."""
        return QUICK if self.quick else STRICT


@dataclass(frozen=True, slots=True)
class Part:
    """A case, how much of it is run, and with which seed."""

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


class _Worker:
    """One process at work: the parts it was sent, and the desk of the one it is at."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = parts
        self._open: tuple[int, Desk, Papers] | None = None

    def values(self, job: Job) -> tuple[float, ...]:
        """Every measure of one replication, whose run obeys the laws."""
        number, replication = job
        part = self._parts[number]
        if self._open is None or self._open[0] != number:
            papers = part.case.papers(part.effort)
            self._open = number, open_desk(papers.scenario), papers
        _, desk, papers = self._open
        run = simulate(desk, papers.policy, part.seed, replication)
        try:
            check_laws(run)
        except BrokenConservation as broken:
            raise BrokenConservation(
                f"{part.case.name}, seed {part.seed}, replication {replication}: {broken}"
            ) from None
        watched = Watched(run, part.case.scale(part.effort).unit_s)
        return tuple(measure.read(watched) for measure in part.measures)


_worker: _Worker | None = None


def _make_ready(parts: tuple[Part, ...]) -> None:
    global _worker  # noqa: PLW0603 - a worker process is made ready once
    _worker = _Worker(parts)


def _one(job: Job) -> tuple[float, ...]:
    assert _worker is not None  # every worker is made ready first
    return _worker.values(job)


def rows_of(cases: Sequence[Case], trial: Trial) -> tuple[Row, ...]:
    """The rows of all cases in their order, on any number of workers with the same result.

    A case with a row that does not pass is run once more, whole, with a fresh seed, and the second answer counts.
    Raises `BadValue` and `Unstable` for parameters out of the formulas' range, and `BrokenConservation` where a run
    breaks a law.
    """
    first = [Part(case, case.effort(quick=trial.quick), trial.seed, trial.quick) for case in cases]
    exact = [exact_values(part) for part in first]
    found = _rows(first, exact, trial, 1)
    amiss = [number for number, rows in enumerate(found) if not all(row.passes for row in rows)]
    again = [replace(first[n], effort=first[n].effort.more(MORE), seed=trial.seed + FRESH) for n in amiss]
    for number, rows in zip(amiss, _rows(again, [exact[n] for n in amiss], trial, 2), strict=True):
        found[number] = rows
    return tuple(row for rows in found for row in rows)


def exact_values(part: Part) -> tuple[float, ...]:
    """The exact values of a case's measures; raises `BadValue` and `Unstable`."""
    return tuple(measure.exact() for measure in part.measures)


def _rows(parts: list[Part], exact: list[tuple[float, ...]], trial: Trial, attempt: int) -> list[tuple[Row, ...]]:
    return [
        tuple(
            _row(part, measure.name, value, found, trial, attempt)
            for measure, value, found in zip(part.measures, known, values.T, strict=True)
        )
        for part, known, values in zip(parts, exact, played(parts, trial), strict=True)
    ]


def _row(part: Part, name: str, exact: float, values: FloatArray, trial: Trial, attempt: int) -> Row:
    limit = 2 * trial.limit if name in part.case.wide and not trial.quick else trial.limit
    mean, half = float(values.mean()), half_width(values, LEVEL)
    return Row(part.case.name, name, exact, mean, mean - half, mean + half, limit * abs(exact), attempt)


def played(parts: Sequence[Part], trial: Trial) -> list[FloatArray]:
    """For each part its measures by replication; shape (replications, measures)."""
    # The longest first, so that all workers end together; a case's replications together, as they share a desk.
    longest = sorted(range(len(parts)), key=lambda number: -parts[number].effort.conversations)
    jobs = [(number, replication) for number in longest for replication in range(parts[number].effort.replications)]
    found: dict[Job, tuple[float, ...]] = {}
    for job, values in _done(jobs, tuple(parts), trial.workers):
        found[job] = values
        if trial.finished is not None:
            trial.finished(len(found), len(jobs))
    return [
        np.array([found[number, replication] for replication in range(part.effort.replications)])
        for number, part in enumerate(parts)
    ]


def _done(jobs: list[Job], parts: tuple[Part, ...], workers: int) -> Iterator[tuple[Job, tuple[float, ...]]]:
    """Each job with its values, as they are done."""
    if min(workers, len(jobs)) <= 1:
        worker = _Worker(parts)
        for job in jobs:
            yield job, worker.values(job)
        return
    yield from done_in_processes(_one, jobs, min(workers, len(jobs)), _make_ready, parts)
