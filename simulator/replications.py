"""Replications of some policies on one desk, run as they are asked for: the one way to run more until it is enough."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import local
from typing import Self

from ..errors import InputError, Problem
from ..rules.policy import Policy
from .desk import Desk
from .executors import WorkersGone, results_of
from .experiment import Experiment, Job
from .kept import is_kept, keep, kept
from .measured import Measured
from .run import simulate
from .store import TableWriter, write_tables
from .summary import Summary, summary_of
from .warm_up import warm_up_of

LOG = logging.getLogger(__name__)


class Replications:
    """What has been run so far, and the workers that run more of it; those end with the `with` block.

    Where MSER-5 is to find the warm-up, a pilot run of each policy goes before. With `out`, each replication's tables
    and its summary are written below that folder, and those that are there already are not run again.
    `finished(done, of)` is told after each. What is run depends on what is asked for alone, and so does each result: on
    any number of workers all is the same.

    found      what is there, by (policy, replication)
    given_up   what ended its process again and again, a defect or a lack of memory
    """

    def __init__(
        self,
        desk: Desk,
        policies: tuple[Policy, ...],
        seed: int = 1,
        workers: int | Executor = 1,
        out: Path | None = None,
        finished: Callable[[int, int], None] | None = None,
    ) -> None:
        self.desk, self.policies, self.seed = desk, policies, seed
        self.warm_up = warm_up_of(desk, policies, seed)
        self.found: dict[Job, Summary] = {}
        self.given_up: set[Job] = set()
        counts_from_s = 0.0 if self.warm_up is None else self.warm_up.lasts_s
        self._work = _Work(desk, policies, seed, out, counts_from_s)
        self._workers, self._out, self._finished = workers, out, finished
        self._jobs = deque[Job]()
        self._asked = set[Job]()
        self._results: Generator[tuple[Job, Summary]] | None = None
        self._hands = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_workers()

    def up_to(self, replications: int) -> Experiment:
        """All policies over the replications below a number; those that are missing are run first."""
        self.run((policy, number) for number in range(replications) for policy in range(len(self.policies)))
        return self.experiment(range(replications))

    def run(self, jobs: Iterable[Job]) -> None:
        """Runs those that are not there yet. Raises what `simulate` does; `WorkersGone` where nothing comes back."""
        asked = [job for job in jobs if job not in self.found and job not in self.given_up]
        self._asked.update(asked)
        if self._out is not None:
            there = self._work.kept(asked)
            self.found.update(there)
            LOG.debug("%d of %d replications are in %s already", len(there), len(asked), self._out)
        self._jobs.extend(job for job in asked if job not in self.found)
        waiting = set(self._jobs)
        while waiting:
            for job, summary in self._at_work(len(waiting)):
                self._refuse_elsewhere(job)
                self.found[job] = summary
                LOG.debug("%s, replication %d: %d problems", summary.policy, job[1], summary.problems)
                waiting.discard(job)
                if self._finished is not None:
                    self._finished(len(self.found), len(self._asked))
                if waiting <= self.given_up:
                    break
            else:
                self._results = None
            waiting -= self.given_up

    def _refuse_elsewhere(self, job: Job) -> None:
        """Raises `InputError` where somebody's executor keeps replications on machines of its own."""
        if self._out is None or not isinstance(self._workers, Executor):
            return
        policy, replication = job
        if not is_kept(self._out, self.policies[policy].name, replication):
            message = "the workers write it on their own machines; use a folder that they share with this one"
            raise InputError(Problem(str(self._out), message))

    def experiment(self, numbers: Iterable[int]) -> Experiment:
        """The replications of these numbers that all policies have, side by side; what was given up is told.

        Raises `WorkersGone` where there are none.
        """
        numbers = tuple(numbers)
        policies = range(len(self.policies))
        whole = [number for number in numbers if all((policy, number) in self.found for policy in policies)]
        if numbers and not whole:
            why = "a worker process ended by itself in each replication: short of memory, or ended by code of your own"
            raise WorkersGone("deskdrill", why)
        return Experiment(
            self.desk.scenario,
            self.policies,
            self.seed,
            len(whole),
            tuple(tuple(self.found[policy, number] for number in whole) for policy in policies),
            self.warm_up,
            given_up=tuple(sorted(job for job in self.given_up if job[1] in numbers)),
        )

    def _at_work(self, jobs: int) -> Generator[tuple[Job, Summary]]:
        """Results of the workers that are there, or of more where there is work for more."""
        hands = 1 if isinstance(self._workers, Executor) else min(jobs, self._workers)
        if self._results is None or hands > self._hands:
            self._end_workers()
            self._results = results_of(self._work, self._jobs, self._workers, self.given_up.add)
            self._hands = hands
        return self._results

    def _end_workers(self) -> None:
        if self._results is not None:
            self._results.close()
            self._results = None


def run_experiment(
    desk: Desk,
    policies: tuple[Policy, ...],
    replications: int,
    seed: int = 1,
    workers: int | Executor = 1,
    out: Path | None = None,
    finished: Callable[[int, int], None] | None = None,
) -> Experiment:
    """So many replications of all policies, on any number of workers with the same result.

    What the arguments mean, `Replications` says.
    """
    with Replications(desk, policies, seed, workers, out, finished) as replicating:
        return replicating.up_to(replications)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a worker is sent."""

    desk: Desk
    policies: tuple[Policy, ...]
    seed: int
    out: Path | None
    counts_from_s: float

    def one(self, job: Job) -> Summary:
        """The summary of one, its tables written on the way."""
        policy, replication = job
        run = simulate(self.desk, self.policies[policy], self.seed, replication, self.counts_from_s)
        measured = Measured(run)
        summary = summary_of(run, measured)
        if self.out is not None:
            keep(summary, self.out, write_tables(run, self.out, _HERE.writer, measured, summary))
        return summary

    def kept(self, jobs: Iterable[Job]) -> dict[Job, Summary]:
        """Those that are finished already."""
        if self.out is None:
            return {}
        found = {job: kept(self.out, self.policies[job[0]].name, job[1]) for job in jobs}
        return {job: summary for job, summary in found.items() if summary is not None}


class _Here(local):
    """What each thread that does replications has of its own."""

    @cached_property
    def writer(self) -> TableWriter:
        """Making one takes as long as writing a small replication."""
        return TableWriter()


_HERE = _Here()
