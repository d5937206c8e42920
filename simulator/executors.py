"""Where replications run: in this process, in a pool of processes, or on somebody's cluster; with the same results.

What is done is a `Work`, sent once to whoever does it; a job is what its `one` takes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import BaseContext
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, current_thread, main_thread
from threading import enumerate as live_threads
from types import FrameType
from typing import Any, Generic, Protocol, TypeVar

from ..errors import DeskdrillError

J = TypeVar("J")
T = TypeVar("T")
J_contra = TypeVar("J_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)

LOG = logging.getLogger(__name__)
AHEAD = 4
"""Batches given out for each worker before their results are in."""
BATCH_S = 0.3
"""Shorter jobs are given out together, as many as take about this long."""
TRIES = 2
"""How often a job that may have ended its process is tried alone."""
LOOK_S = 0.2
"""How often a wait looks up to see whether it should end."""
_A_PROCESS_ENDED = (
    "a worker process ended by itself: short of memory, ended by code of your own (`os._exit`), or the script that "
    'asked for workers has no `if __name__ == "__main__":` around that; `workers=1` needs no processes'
)
_A_WORKER_ENDED = "a worker ended by itself again and again: short of memory, or ended by code of your own (`os._exit`)"
CLEARING_S = 5.0
"""Longest wait for a pool's own threads to notice that its processes are gone."""


class WorkersGone(DeskdrillError):
    """Who did the work is no longer there, and nothing more comes back; what was finished is."""

    def __init__(self, who: str, why: str) -> None:
        super().__init__(who, why)

    def __str__(self) -> str:
        who, why = self.args
        return f"{who}: {why}"


class Work(Protocol[J_contra, T_co]):
    """What is done, with all that it needs; it can be pickled."""

    def one(self, job: J_contra, /) -> T_co:
        """The result of a job, a function of the work and the job alone."""
        ...


@dataclass(frozen=True, slots=True)
class Batch(Generic[J, T]):
    """Jobs that were done together, and how long that took."""

    done: tuple[tuple[J, T], ...]
    took_s: float


def results_of(
    work: Work[J, T], jobs: deque[J], workers: int | Executor = 1, given_up: Callable[[J], None] | None = None
) -> Generator[tuple[J, T]]:
    """Each job with its result, as they are done: by this process if `workers` is 1, else by so many processes, or by
    somebody's executor.

    Jobs are taken from the left; who looks at a result may add more, as long as some are there or the last result has
    not been asked for its next: workers wait for that. `close` ends them.

    Where a process ends by itself, the pool is made anew, and what it was doing is done again, one job after the other.
    A job that ends its process again and again is given up: `given_up` is told of it, and the rest goes on. Without it,
    and where nothing has ever come back, that is `WorkersGone`.

    When this is left by an error, by Ctrl-C or by a signal to end, the workers are ended at once and what they were
    doing is dropped.
    """
    if isinstance(workers, Executor):
        yield from _on_executor(workers, Parcel.of(work), jobs, given_up)
    elif min(workers, len(jobs)) <= 1:
        while jobs:
            job = jobs.popleft()
            yield job, work.one(job)
    else:
        yield from _in_processes(work, jobs, min(workers, len(jobs)), given_up)


def get_ready() -> None:
    """Begins to read what worker processes need, beside what this process does meanwhile."""
    context = _context()
    if context.get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        with _deaf_to_ctrl_c():
            ensure_running()


def _context() -> BaseContext:
    """How processes begin: on Linux as copies of one that has read our modules, elsewhere anew. Copies of this one had
    not the threads that it has; and what other systems' libraries begin does not survive being copied.
    """
    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    # What our modules import only where it is needed, replications need.
    context.set_forkserver_preload(["deskdrill.simulator.replications", "ahocorasick", "numpy.random", "scipy.special"])
    return context


def default_workers() -> int:
    """As many as there are processors for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Parcel:
    """Work, packed: in a file for processes of this machine, else the bytes themselves."""

    digest: str
    content: Path | bytes

    @classmethod
    def of(cls, work: object, folder: Path | None = None) -> Parcel:
        """Work, packed; in a file where there is a folder for it."""
        packed = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        digest = hashlib.blake2b(packed, digest_size=16).hexdigest()
        if folder is None:
            return cls(digest, packed)
        (folder / digest).write_bytes(packed)
        return cls(digest, folder / digest)

    def unpacked(self) -> Any:
        """The work; a process unpacks it once."""
        if self.digest not in _unpacked:
            _unpacked.clear()
            packed = self.content if isinstance(self.content, bytes) else self.content.read_bytes()
            _unpacked[self.digest] = pickle.loads(packed)  # noqa: S301 - packed by who asks for it
        return _unpacked[self.digest]


_unpacked: dict[str, Any] = {}


def _one_batch(parcel: Parcel, jobs: tuple[J, ...]) -> Batch[J, Any]:
    work, began = parcel.unpacked(), time.perf_counter()
    results = tuple((job, work.one(job)) for job in jobs)
    return Batch(results, time.perf_counter() - began)


class _Queue(Generic[J, T]):
    """Jobs that are given out to an executor, in batches, and taken back."""

    def __init__(self, executor: Executor, parcel: Parcel, jobs: deque[J], workers: int) -> None:
        self._executor, self._parcel, self._jobs, self._workers = executor, parcel, jobs, workers
        self.waiting = dict[Future[Batch[J, T]], tuple[J, ...]]()
        self.lost: list[tuple[J, ...]] = []
        self._job_s: float | None = None

    def give_out(self) -> None:
        """As many batches as keep all workers busy for a while."""
        while self._jobs and len(self.waiting) < AHEAD * self._workers:
            batch = tuple(self._jobs.popleft() for _ in range(min(self._batch_size, len(self._jobs))))
            try:
                self._give(batch)
            except BaseException:
                self._jobs.extendleft(reversed(batch))
                raise

    def give_alone(self, job: J) -> None:
        """One job, that no other is done with."""
        self._give((job,))

    def _give(self, batch: tuple[J, ...]) -> None:
        self.waiting[self._executor.submit(_one_batch, self._parcel, batch)] = batch

    @property
    def _batch_size(self) -> int:
        if self._job_s is None:
            return 1
        fair = len(self._jobs) // (AHEAD * self._workers)
        return max(1, min(ceil(BATCH_S / max(self._job_s, 1e-6)), fair))

    def take_back(self, *, raises: bool = True) -> Iterator[tuple[J, T]]:
        """What is done by now. Raises what a job raised, and `BrokenExecutor` once the rest is taken; unless that is
        not wanted, and then what is lost is in `lost`.
        """
        ready, _ = wait(self.waiting, timeout=LOOK_S, return_when=FIRST_COMPLETED)
        broken = None
        for future in ready:
            try:
                batch = future.result()
            except BrokenExecutor as error:
                broken = error
                if not raises:
                    self.lost.append(self.waiting.pop(future))
                continue
            del self.waiting[future]
            self._job_s = batch.took_s / len(batch.done)
            LOG.debug("%d jobs in %.3f s", len(batch.done), batch.took_s)
            yield from batch.done
        if broken is not None and raises:
            raise broken


def _on_executor(
    executor: Executor, parcel: Parcel, jobs: deque[J], given_up: Callable[[J], None] | None
) -> Iterator[tuple[J, Any]]:
    """What is lost beside others is done again with nothing beside it, on any worker; what is lost so is given up. Who
    the workers are is the executor's own matter, and so is how often it tries.
    """
    came, suspects, alone = False, list[J](), False
    with _signals_held() as deliver:
        queue = _Queue[J, Any](executor, parcel, jobs, getattr(executor, "hands", default_workers()))
        try:
            while jobs or queue.waiting or suspects:
                if not queue.waiting:
                    alone = bool(suspects)
                    if alone:
                        queue.give_alone(suspects.pop())
                if not (alone or suspects):
                    queue.give_out()
                deliver()
                for result in queue.take_back(raises=False):
                    came = True
                    yield result
                lost = [job for batch in queue.lost for job in batch]
                queue.lost.clear()
                if not alone:
                    suspects += lost
                    continue
                for job in lost:
                    if given_up is None or not came:
                        raise WorkersGone("deskdrill", _A_WORKER_ENDED)
                    given_up(job)
        except BrokenExecutor as error:
            raise WorkersGone("deskdrill", f"the workers have gone: {error}") from None
        finally:
            for future in queue.waiting:
                future.cancel()


def _in_processes(
    work: Work[J, T], jobs: deque[J], workers: int, given_up: Callable[[J], None] | None
) -> Iterator[tuple[J, T]]:
    with _signals_held() as deliver, TemporaryDirectory(prefix="deskdrill-") as folder:
        # Whoever starts a process writes what it is sent into a pipe, and waits for ever where the process has ended
        # before it reads more than a pipe holds: so it is sent by a file.
        parcel = Parcel.of(work, Path(folder))
        came = False
        while jobs:
            lost: list[J] = []
            for result in _until_broken(parcel, jobs, workers, deliver, lost):
                came = True
                yield result
            # Which of them ended the process shows when each is alone; a job that was beside it has the second try.
            for job in lost:
                alone = [job]
                for _ in range(TRIES):
                    tried, alone = deque(alone), []
                    for result in _until_broken(parcel, tried, 1, deliver, alone):
                        came = True
                        yield result
                if alone and (given_up is None or not came):
                    raise WorkersGone("deskdrill", _A_PROCESS_ENDED)
                if alone and given_up is not None:
                    given_up(job)


def _until_broken(
    parcel: Parcel, jobs: deque[J], workers: int, deliver: Callable[[], None], lost: list[J]
) -> Iterator[tuple[J, Any]]:
    """Results of a fresh pool until all is done, or one of its processes ends: what is `lost` then is added there."""
    if not jobs:
        return
    LOG.debug("%d processes for %d jobs", workers, len(jobs))
    with _pool(workers) as pool:
        queue = _Queue[J, Any](pool, parcel, jobs, workers)
        try:
            while jobs or queue.waiting:
                queue.give_out()
                yield from queue.take_back()
                deliver()
        except BrokenProcessPool:
            LOG.warning("a worker process has ended; what it was doing is done again")
            # All that is still waiting has ended by now, one way or the other.
            for future, batch in queue.waiting.items():
                if future.exception() is None:
                    yield from future.result().done
                else:
                    lost += batch


def _end_with_parent() -> None:
    """In a worker: a parent that is killed tells nobody, and workers would wait for it for ever."""
    parent = parent_process()
    if parent is not None:
        Thread(target=lambda: (wait_for([parent.sentinel]), os._exit(1)), daemon=True).start()


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    earlier, threads = set(active_children()), set(live_threads())
    pool = ProcessPoolExecutor(workers, _context(), _end_with_parent)
    try:
        with _deaf_to_ctrl_c():
            for _ in range(workers):
                pool.submit(int)
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - earlier:
            child.terminate()
        # A pool's thread that is still closing its pipes while the interpreter ends makes it complain.
        for thread in set(live_threads()) - threads:
            thread.join(CLEARING_S)
        raise
    pool.shutdown()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started in the block ignore Ctrl-C, from their first moment: it reaches the whole group of processes,
    and the one that was typed at ends the others.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _signals_held() -> Iterator[Callable[[], None]]:
    """Signals to end are noted, and handled as before where the function that this gives is called.

    An exception raised anywhere, in the midst of the pool's own locks too, would leave them shut for ever.
    """
    if current_thread() is not main_thread():
        yield lambda: None
        return
    came: list[tuple[int, FrameType | None]] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda got, frame: came.append((got, frame))) for number in numbers}

    def deliver() -> None:
        if not came:
            return
        number, frame = came.pop(0)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        elif handler == signal.SIG_DFL:
            raise SystemExit(128 + number)

    try:
        yield deliver
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0][0])
