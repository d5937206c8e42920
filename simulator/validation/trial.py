"""Cases run: replications on all processors, intervals, and a second try where one is amiss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Self

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
BEGUN, LEAST = 0.75, 40
"""The share of its planned replications, or so many, that a case begins with; it goes on until its intervals are narrow
enough.
"""
SURE = 1.03
"""More replications are planned for an interval narrower than the limit by the root of this."""
LAWFUL = 20
"""The laws of all runs, which cost a twentieth of a run, are looked at in so many replications of a case."""
MOST_TIMES = 6
"""A case gets so many times its planned replications at most."""

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
    """A case, how long its replications are, which of them are run, and with which seed."""

    case: Case
    effort: Effort
    seed: int
    quick: bool
    replications: range

    @classmethod
    def planned(cls, case: Case, effort: Effort, seed: int, *, quick: bool) -> Self:
        """All the replications of an effort."""
        return cls(case, effort, seed, quick, range(effort.replications))

    @property
    def conversations(self) -> float:
        """Of all its replications together."""
        return self.effort.each * len(self.replications)

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


_worker: _Worker | None = None


def _make_ready(parts: tuple[Part, ...]) -> None:
    global _worker  # noqa: PLW0603 - a worker process is made ready once
    _worker = _Worker(parts)


def _one(job: Job) -> tuple[float, ...]:
    assert _worker is not None  # every worker is made ready first
    return _worker.values(job)


def rows_of(cases: Sequence[Case], trial: Trial) -> tuple[Row, ...]:
    """The rows of all cases in their order, on any number of workers with the same result.

    A case whose intervals are too wide gets more replications until they are narrow enough (a sequential procedure of
    fixed width: Chow and Robbins 1965, Law 2015, section 9.4.1). A case of which an interval then misses the exact
    value is run once more, whole, with a fresh seed, and the second answer counts. Raises `BadValue` and `Unstable` for
    parameters out of the formulas' range, and `BrokenConservation` where a run breaks a law.
    """
    first = [Part.planned(case, case.effort(quick=trial.quick), trial.seed, quick=trial.quick) for case in cases]
    exact = [exact_values(part) for part in first]
    found = _narrowed(first, exact, trial, 1)
    amiss = [number for number, rows in enumerate(found) if not all(row.holds for row in rows)]
    again = [replace(first[number], seed=trial.seed + FRESH) for number in amiss]
    for number, rows in zip(amiss, _narrowed(again, [exact[number] for number in amiss], trial, 2), strict=True):
        found[number] = rows
    return tuple(row for rows in found for row in rows)


def exact_values(part: Part) -> tuple[float, ...]:
    """The exact values of a case's measures; raises `BadValue` and `Unstable`."""
    return tuple(measure.exact() for measure in part.measures)


def _narrowed(
    parts: Sequence[Part], exact: Sequence[tuple[float, ...]], trial: Trial, attempt: int
) -> list[tuple[Row, ...]]:
    """The rows of each part, with as many replications as its intervals need."""
    begun = [part.replications[: max(LEAST, ceil(BEGUN * len(part.replications)))] for part in parts]
    values = played([replace(part, replications=some) for part, some in zip(parts, begun, strict=True)], trial)
    while True:
        rows = [_rows(*each, trial, attempt) for each in zip(parts, exact, values, strict=True)]
        more = [_more(*each) for each in zip(parts, rows, map(len, values), strict=True)]
        longer = [number for number, replications in enumerate(more) if replications]
        if not longer:
            return rows
        added = [replace(parts[number], replications=more[number]) for number in longer]
        for number, new in zip(longer, played(added, trial), strict=True):
            values[number] = np.concatenate([values[number], new])


def _more(part: Part, rows: tuple[Row, ...], done: int) -> range:
    """The replications that a part needs besides those that are done; none if it needs none, or has had most."""
    most = MOST_TIMES * len(part.replications)
    too_wide = [row for row in rows if row.half_width > row.half_width_limit]
    needs = [done * SURE * (row.half_width / row.half_width_limit) ** 2 for row in too_wide if row.half_width_limit]
    return range(done, min(ceil(max(needs)), most) if needs else done)


def _rows(
    part: Part, exact: tuple[float, ...], values: FloatArray, trial: Trial, attempt: int
) -> tuple[Row, ...]:
    return tuple(
        _row(part, measure.name, value, found, trial, attempt)
        for measure, value, found in zip(part.measures, exact, values.T, strict=True)
    )


def _row(part: Part, name: str, exact: float, values: FloatArray, trial: Trial, attempt: int) -> Row:
    limit = 2 * trial.limit if name in part.case.wide and not trial.quick else trial.limit
    mean, half = float(values.mean()), half_width(values, LEVEL)
    return Row(part.case.name, name, exact, mean, mean - half, mean + half, limit * abs(exact), attempt)


def played(parts: Sequence[Part], trial: Trial) -> list[FloatArray]:
    """For each part its measures by replication; shape (replications, measures)."""
    # The longest first, so that all workers end together; a case's replications together, as they share a desk.
    longest = sorted(range(len(parts)), key=lambda number: -parts[number].conversations)
    jobs = [(number, replication) for number in longest for replication in parts[number].replications]
    found: dict[Job, tuple[float, ...]] = {}
    for job, values in _done(jobs, tuple(parts), trial.workers):
        found[job] = values
        if trial.finished is not None:
            trial.finished(len(found), len(jobs))
    return [
        np.array([found[number, replication] for replication in part.replications])
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
